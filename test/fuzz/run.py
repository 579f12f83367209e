"""Lets libFuzzer look for what breaks our readers and a host, and keeps what it finds.

usage: run.py FOLDER MINUTES NAME... [--junit-xml=FILE]    FOLDER is where the fuzzers are built

Finds, one of each kind, go to FOLDER/finds/NAME; what libFuzzer learns stays in FOLDER/corpus/NAME.

Exit status: 0 nothing found, 1 something breaks a fuzzer, 130 interrupted before anything was found.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

import seeds

KNOWN = Path(__file__).resolve().parent / "finds"
LONGEST = {"codec": 80, "host": 2000, "rules": 300, "injections": 300, "packetdrill": 2000, "options": 400}  # octets
SLOWEST_S = 10  # of an input; one that takes longer is a find
LOOKED_AT = 100  # of the inputs that break a fuzzer: the shortest
# Names in a stack take seconds to find out, and most of the time would go into freed memory that is kept.
ENVIRONMENT = os.environ | {"ASAN_OPTIONS": "symbolize=0:quarantine_size_mb=8:malloc_context_size=3",
                            "UBSAN_OPTIONS": "symbolize=0"}
SHOWN_EVERY_S = 2 if sys.stderr.isatty() else 20
STATUS = re.compile(r"^#(\d+):? .*?cov: (\d+)")
# What a program says when it dies, the most telling first.
REASONS = [re.compile(pattern, re.MULTILINE) for pattern in (
    r"Assertion .* failed.*", r"runtime error: .*", r"what\(\): .*(?:\n(?:Value|Actual|Expected).*)*", r"^broken: .*",
    r"msg=.*", r"ERROR: \w+: .*")]


@dataclass
class Result:
    """What came of one fuzzer."""

    name: str
    inputs: int = 0
    coverage: int = 0
    seconds: float = 0
    finds: dict[Path, str] = field(default_factory=dict)  # why each breaks it
    problem: str = ""  # why it could not run

    def __str__(self) -> str:
        finds = {0: "no finds", 1: "1 find"}.get(len(self.finds), f"{len(self.finds)} finds")
        return f"{self.name}: {self.inputs:,} inputs, coverage {self.coverage:,}, {self.problem or finds}"


def say(text: str, end: str = "\n") -> None:
    print(f"\r\033[Klab: {text}" if sys.stderr.isatty() else f"lab: {text}", end=end, file=sys.stderr, flush=True)


def near(path: Path) -> str:
    """The path as it is typed from here."""
    return shlex.quote(os.path.relpath(path))


# ---- finds


def reason(fuzzer: Path, file: Path) -> str:
    """Why an input breaks a fuzzer, in a line; empty if it does not."""
    try:
        done = subprocess.run([fuzzer, file], capture_output=True, timeout=6 * SLOWEST_S, check=False, env=ENVIRONMENT,
                              start_new_session=True)
    except subprocess.TimeoutExpired:
        return f"no end within {6 * SLOWEST_S} s"
    if done.returncode == 0:
        return ""
    said = done.stderr.decode(errors="replace")
    matches = (pattern.search(said) for pattern in REASONS)
    why = next((match[0] for match in matches if match), f"exit status {done.returncode}")
    return " ".join(re.sub(r"[^ -~]", " ", why).split())


def kind(why: str) -> str:
    """The reason without what differs between inputs of one cause."""
    return re.sub(r"\d+", "#", re.sub(r"broken: (.*?): .*", r"\1", why))


def sort_finds(fuzzer: Path, new: Path, kept: Path) -> dict[Path, str]:
    """Moves one input of each new kind from @p new to @p kept; all in @p kept that still break the fuzzer."""
    kept.mkdir(parents=True, exist_ok=True)
    broken = {file: why for file in sorted(kept.iterdir()) if (why := reason(fuzzer, file))}
    kinds = {kind(why) for why in broken.values()}
    for file in sorted(new.iterdir(), key=lambda file: file.stat().st_size)[:LOOKED_AT]:
        why = reason(fuzzer, file) or "once, but not again"
        if kind(why) not in kinds:
            kinds.add(kind(why))
            broken[file.replace(kept / file.name)] = why
    return broken


# ---- running


def command_of(name: str, folder: Path, seconds: float) -> list[str]:
    corpus, started, new = folder / "corpus" / name, folder / "seeds" / name, folder / "new" / name
    shutil.rmtree(new, ignore_errors=True)
    for path in (corpus, new):
        path.mkdir(parents=True, exist_ok=True)
    words = seeds.write(name, started)
    return [str(folder / "bin" / f"{name}-fuzz"), f"-fork={len(os.sched_getaffinity(0))}", "-ignore_crashes=1", "-ignore_ooms=1",
            "-ignore_timeouts=1", f"-timeout={SLOWEST_S}", f"-max_total_time={max(1, round(seconds))}",
            f"-max_len={LONGEST.get(name, 1000)}", *([f"-dict={words}"] if words.stat().st_size else []),
            f"-artifact_prefix={new}/", *map(str, filter(Path.is_dir, (corpus, started, KNOWN / name)))]


def stop(process: subprocess.Popen[str]) -> None:
    """Ends a fuzzer and the workers that it has started."""
    for how in (signal.SIGINT, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def lines_of(process: subprocess.Popen[str], log: Path) -> Iterator[str]:
    assert process.stderr is not None
    with open(log, "w", buffering=1, encoding="utf-8") as copy:
        for line in process.stderr:
            copy.write(line)
            yield line


def follow(result: Result, process: subprocess.Popen[str], folder: Path, seconds: float) -> None:
    """Shows how far it is until it ends."""
    started = shown = time.monotonic()
    for line in lines_of(process, folder / f"{result.name}.log"):
        status = STATUS.match(line)
        if status is None:
            continue
        result.inputs, result.coverage = int(status[1]), max(result.coverage, int(status[2]))
        now = time.monotonic()
        if now - shown >= SHOWN_EVERY_S:
            shown = now
            broken = len(list((folder / "new" / result.name).iterdir()))
            say(f"{result.name}: {now - started:.0f} of {seconds:.0f} s, {result.inputs:,} inputs, "
                f"coverage {result.coverage:,}, {broken} break it", end="" if sys.stderr.isatty() else "\n")


def fuzz(result: Result, folder: Path, seconds: float) -> None:
    """Fills @p result; KeyboardInterrupt ends it early, with what was found till then."""
    scratch = folder / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    command = command_of(result.name, folder, seconds)
    fuzzer, new, kept = Path(command[0]), folder / "new" / result.name, folder / "finds" / result.name
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace",
                               env=ENVIRONMENT | {"TMPDIR": str(scratch)}, start_new_session=True)
    try:
        follow(result, process, folder, seconds)
        status = process.wait()
        if status != 0 and result.inputs == 0:
            result.problem = f"it cannot run; see {near(folder / f'{result.name}.log')}"
    finally:
        stop(process)
        result.seconds = time.monotonic() - started
        result.finds = sort_finds(fuzzer, new, kept)
        shutil.rmtree(scratch, ignore_errors=True)
        say(str(result))


# ---- what came of it


def write_junit(results: list[Result], path: Path) -> None:
    """What `lab test` counts: a fuzzer is a test."""
    suite = xml.Element("testsuite", name="fuzz")
    for result in results:
        case = xml.SubElement(suite, "testcase", classname="fuzz", name=result.name, time=f"{result.seconds:.1f}")
        if result.finds or result.problem:
            text = "\n".join(f"{file}: {why}" for file, why in result.finds.items())
            xml.SubElement(case, "failure", message=str(result)).text = text
    xml.ElementTree(suite).write(path)


def name_finds(results: list[Result], folder: Path) -> None:
    for result in results:
        for file, why in result.finds.items():
            print(f"{near(file)}: {why}")
            print(f"  alone: {near(folder / 'bin' / f'{result.name}-fuzz')} {near(file)}")


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("minutes", type=float)
    parser.add_argument("names", nargs="+")
    parser.add_argument("--junit-xml", type=Path)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    results: list[Result] = []
    status = 0
    try:
        for name in arguments.names:
            results.append(Result(name))
            fuzz(results[-1], arguments.folder, 60 * arguments.minutes)
    except KeyboardInterrupt:
        say("interrupted")
        status = 130
    name_finds(results, arguments.folder)
    if arguments.junit_xml:
        write_junit(results, arguments.junit_xml)
    return 1 if any(result.finds or result.problem for result in results) else status


if __name__ == "__main__":
    sys.exit(main())
