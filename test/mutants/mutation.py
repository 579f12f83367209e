"""Mutants of the machine: what finds each fault that a patch of this folder seeds into model/core.

A patch NAME.patch begins with three lines:

    Fault: a sentence without an end
    Explorer: CHECK, OPTIONS of lifecycle-explore
    Ladders: see it

where one does not see the fault, the line says `survives: why` instead, or `survives OPTIONS: why`, and the explorer must
have seen all futures there.

usage: mutation.py [NAME...]    prints the table of those, or of all

Only what a patch changes is compiled, as build/ compiles it but without assertions: a fault is to be found by what
the machine does. The objects stand before the libraries of build/ when the explorer and the ladders are linked once more.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BUILD = ROOT / "build"
CORE = ROOT / "model" / "core"
PLACE = BUILD / "mutants"
TABLE = ROOT / "doc" / "mutation.csv"
SURVIVES = "survives: "
PROGRAMS = ("lifecycle-explore", "test-core")
LONGEST_S = 120  # of a search, and of the ladders, which a fault may hang
QUICK = ("delivers-twice", "no-timer-for-syn", "reset-gets-reset", "time-wait-lasts-one-msl")
BROKEN = re.compile(r"^broken: (\S+) \(", re.MULTILINE)
EVENTS = re.compile(r"^the shortest way there, (\d+) events", re.MULTILINE)
FAILED = re.compile(r"^\[  FAILED  \] (\w+\.\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Mutant:
    """One patch, and what is to see it."""

    path: Path
    fault: str
    explorer: str  # the check that is to break, or why none does
    world: tuple[str, ...]  # options of lifecycle-explore
    ladders: str

    @property
    def name(self) -> str:
        return self.path.stem


@dataclass
class Seen:
    """What has seen a mutant."""

    check: str = ""  # that breaks
    events: int = 0  # of the shortest way there
    report: str = ""  # of the explorer
    ladders: tuple[str, ...] = ()  # that fail, or one word on how they end

    def row(self, mutant: Mutant) -> list[str]:
        """As it stands in the table."""
        explorer = f"{self.check}, {self.events} events" if self.check else mutant.explorer
        return [mutant.name, mutant.fault, explorer, " ".join(mutant.world), "seen" if self.ladders else mutant.ladders]


def read(path: Path) -> Mutant:
    """A patch; a ValueError if its head is not as it should be."""
    head = path.read_text(encoding="ascii").splitlines()[:3]
    found = re.fullmatch(r"Fault: (.+)\nExplorer: (?:survives ?(--[^:]+)?(: .+)|([\w-]+), (--.+))\nLadders: (see it|survives: .+)", "\n".join(head))
    if found is None:
        raise ValueError(f"{path}: begins with {head!r}; expected lines Fault, Explorer and Ladders as in {HERE / 'mutation.py'}")
    fault, quiet_world, why, check, world, ladders = found.groups()
    return Mutant(path, fault, check or f"survives{why}", tuple(shlex.split(world or quiet_world or "")), ladders)


def mutants() -> list[Mutant]:
    return [read(path) for path in sorted(HERE.glob("*.patch"))]


# ---- building


def run(command: list[str], cwd: Path, timeout_s: float = LONGEST_S) -> subprocess.CompletedProcess:
    """A command that may fail; -1 if it has no end."""
    # With a ceiling git looks for no repository; golden files are not to be rewritten by a broken machine.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("LIFECYCLE_", "GTEST_"))}
    environment |= {"GIT_CEILING_DIRECTORIES": str(PLACE), "GTEST_BRIEF": "1"}
    try:
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, errors="replace", timeout=timeout_s, check=False, env=environment)
    except subprocess.TimeoutExpired as late:
        return subprocess.CompletedProcess(command, -1, (late.stdout or b"").decode(errors="replace"), "no end")


def must(command: list[str], cwd: Path) -> str:
    done = run(command, cwd)
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(map(str, command))}: {(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


def compile_commands() -> dict[str, list[str]]:
    """How build/ compiles each source of the core, by its name."""
    found = {}
    for entry in json.loads((BUILD / "compile_commands.json").read_text(encoding="utf-8")):
        command = shlex.split(entry["command"])
        if any("lifecycle-core.dir" in word for word in command):
            found[Path(entry["file"]).name] = command
    return found


def link_command(program: str) -> list[str]:
    """How build/ links a program."""
    last = must(["ninja", "-C", str(BUILD), "-t", "commands", f"bin/{program}"], ROOT).splitlines()[-1]
    return shlex.split(next(part for part in last.split("&&") if f"bin/{program}" in part))


def compile_without_assertions(command: list[str], source: Path, target: Path) -> Path:
    """Compiles `source`; `command` is that of the file it stands for."""
    words = list(command)
    words[words.index("-o") + 1] = str(target)
    words[words.index("-c") + 1] = str(source)
    words = [word for word in words if word not in ("-Wall", "-Wextra", "-Werror")]
    target.parent.mkdir(parents=True, exist_ok=True)
    must([*words, "-DNDEBUG"], BUILD)
    return target


class Workshop:
    """What all mutants have in common: how to compile and link, and the sources with assertions compiled without."""

    def __init__(self, jobs: int) -> None:
        self.compiles = compile_commands()
        self.links = {program: link_command(program) for program in PROGRAMS}
        asserting = sorted(path.name for path in CORE.glob("*.cc") if "assert(" in path.read_text(encoding="ascii"))
        newest = max(path.stat().st_mtime for path in CORE.iterdir())
        stale = [name for name in asserting if not self.plain(name).exists() or self.plain(name).stat().st_mtime < newest]
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda name: compile_without_assertions(self.compiles[name], CORE / name, self.plain(name)), stale))
        self.asserting = asserting

    @staticmethod
    def plain(name: str) -> Path:
        return PLACE / "plain" / f"{name}.o"

    def programs(self, place: Path, changed: dict[str, Path]) -> None:
        """Links all programs into `place`; `changed` are the sources that stand for those of the core."""
        objects = [str(compile_without_assertions(self.compiles[name], source, place / f"{name}.o")) for name, source in changed.items()]
        objects += [str(self.plain(name)) for name in self.asserting if name not in changed]
        for program, link in self.links.items():
            words = list(link)
            output = words.index("-o") + 1
            words[output : output + 1] = [str(place / program), *objects]
            must(words, BUILD)


def patched(mutant: Mutant, place: Path) -> dict[str, Path]:
    """The sources of the core that a mutant changes; a RuntimeError if its patch does not apply."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(CORE, place / "model" / "core")
    must(["git", "apply", "-C1", str(mutant.path)], place)
    changed = [path for path in (place / "model" / "core").iterdir() if path.read_bytes() != (CORE / path.name).read_bytes()]
    if not changed or any(path.suffix != ".cc" for path in changed):
        raise RuntimeError(f"{mutant.path.name} changes {', '.join(path.name for path in changed) or 'nothing'}; expected sources, no headers")
    return {path.name: path for path in changed}


# ---- looking


def look(mutant: Mutant, workshop: Workshop) -> Seen:
    """Builds a mutant, and asks the explorer and the ladders."""
    place = PLACE / mutant.name
    workshop.programs(place, patched(mutant, place))
    seen = explored(mutant, place)
    ladders = run([str(place / "test-core")], BUILD)
    if ladders.returncode != 0:
        seen.ladders = tuple(dict.fromkeys(FAILED.findall(ladders.stdout))) or ("no end" if ladders.returncode == -1 else "a crash",)
    shutil.rmtree(place)
    return seen


def explored(mutant: Mutant, place: Path) -> Seen:
    """What the explorer in `place` says in the world of a mutant; nothing if it has none."""
    if not mutant.world:
        return Seen()
    done = run([str(place / "lifecycle-explore"), *mutant.world, "--quiet", "--threads=1", f"--seconds={LONGEST_S * 3 // 4}"], BUILD)
    check, events = BROKEN.search(done.stdout), EVENTS.search(done.stdout)
    if check is None or events is None:
        return Seen(report=(done.stdout + done.stderr)[-2000:] or f"status {done.returncode}")
    return Seen(check[1], int(events[1]), done.stdout)


def look_at_all(chosen: list[Mutant], jobs: int = 2) -> dict[str, Seen | Exception]:
    """By name, what has seen each of them, or why it could not be built."""
    workshop = Workshop(jobs)

    def one(mutant: Mutant) -> Seen | Exception:
        try:
            return look(mutant, workshop)
        except (RuntimeError, OSError) as problem:
            return problem

    with ThreadPoolExecutor(jobs) as pool:
        return dict(zip((mutant.name for mutant in chosen), pool.map(one, chosen)))


def main(names: list[str]) -> int:
    known = {mutant.name: mutant for mutant in mutants()}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"mutation.py: there is no mutant {unknown[0]!r}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    chosen = [known[name] for name in names or known]
    status = 0
    for mutant, seen in zip(chosen, look_at_all(chosen).values()):
        if isinstance(seen, Exception):
            print(f"{mutant.name}: {seen}")
            status = 1
            continue
        print(" | ".join(seen.row(mutant)), f"({len(seen.ladders)}: {', '.join(seen.ladders[:3])})")
        if seen.check != mutant.explorer and not mutant.explorer.startswith(SURVIVES):
            print(f"  expected {mutant.explorer}; the explorer says: {seen.report.strip()[-600:]}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
