"""Lets libFuzzer look for what breaks our readers and a host, and keeps what it finds.

usage: run.py FOLDER MINUTES NAME... [--junit-xml=FILE]    FOLDER is where the fuzzers are built

Finds, one of each kind, go to FOLDER/finds/NAME; what libFuzzer learns stays in FOLDER/corpus/NAME.

Exit status: 0 nothing found, 1 something breaks a fuzzer, 130 interrupted before anything was found.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import seeds

KNOWN = Path(__file__).resolve().parent / "finds"
LONGEST = {"codec": 80, "host": 2000, "rules": 300, "injections": 300, "packetdrill": 2000, "options": 400}  # octets
SLOWEST_S = 10  # of an input; one that takes longer is a find
LOOKED_AT = 100  # of the inputs that break a fuzzer: the shortest
# Names in a stack take seconds to find out, and most of the time would go into freed memory that is kept.
ENVIRONMENT = os.environ | {"ASAN_OPTIONS": "symbolize=0:quarantine_size_mb=8:malloc_context_size=3",
                            "UBSAN_OPTIONS": "symbolize=0"}
SHOWN_EVERY_S = 2 if sys.stderr.isatty() else 20
STATUS = re.compile(r"^#(\d+)\s.*?cov: (\d+)|^stat::number_of_executed_units: (\d+)")
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
        was_slow = file.name.startswith(("slow-unit-", "timeout-"))
        why = reason(fuzzer, file) or ("" if was_slow else "once, but not again")
        if why and kind(why) not in kinds:
            kinds.add(kind(why))
            broken[file.replace(kept / file.name)] = why
    return broken


# ---- running


def start_folder(name: str, folder: Path) -> Path:
    """What fuzzer @p name starts from beside its corpus, each under its hash as libFuzzer has it."""
    started = folder / "start" / name
    shutil.rmtree(started, ignore_errors=True)
    started.mkdir(parents=True)
    octets = [text.encode() for text in seeds.texts_for(name)]
    for given in (folder / "seeds" / name, KNOWN / name):
        octets += [file.read_bytes() for file in given.glob("*")]
    for one in octets:
        (started / hashlib.sha1(one).hexdigest()).write_bytes(one)
    return started


def command_of(name: str, folder: Path) -> list[str]:
    words = folder / "start" / f"{name}.dict"
    corpus, started, new = folder / "corpus" / name, start_folder(name, folder), folder / "new" / name
    shutil.rmtree(new, ignore_errors=True)
    for path in (corpus, new):
        path.mkdir(parents=True, exist_ok=True)
    words.write_text("".join(f'"{word}"\n' for word in seeds.words_for(name)), encoding="ascii")
    return [str(folder / "bin" / f"{name}-fuzz"), f"-timeout={SLOWEST_S}", f"-max_len={LONGEST.get(name, 1000)}",
            "-print_final_stats=1", *([f"-dict={words}"] if words.stat().st_size else []),
            f"-artifact_prefix={new}/", str(corpus), str(started)]


class Worker(threading.Thread):
    """A fuzzer on one core, which is started again whenever an input has broken it."""

    def __init__(self, command: list[str], until: float, log: Path) -> None:
        super().__init__()
        self.command, self.until, self.log = command, until, log
        self.inputs = self.coverage = 0
        self.is_stopped = self.cannot_run = False
        self.process: subprocess.Popen[str] | None = None

    def run(self) -> None:
        *_, corpus, started = map(Path, self.command)
        new = Path(next(option for option in self.command if option.startswith("-artifact_prefix=")).split("=")[1])
        with open(self.log, "w", buffering=1, encoding="utf-8") as log:
            while not self.is_stopped and (left := math.ceil(self.until - time.monotonic())) > 0:
                earlier = self.inputs
                if self.run_once(left, log) == 0:
                    return
                if self.inputs == earlier:
                    self.cannot_run = not self.is_stopped
                    return
                for file in new.iterdir():  # or the next one would end while it starts
                    for origin in (corpus, started):
                        (origin / file.name.rpartition("-")[2]).unlink(missing_ok=True)

    def run_once(self, seconds: int, log: TextIO) -> int:
        earlier = self.inputs
        self.process = subprocess.Popen([*self.command, f"-max_total_time={seconds}"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, errors="replace", env=ENVIRONMENT,
                                        start_new_session=True)
        if self.is_stopped:
            self.process.send_signal(signal.SIGINT)
        assert self.process.stderr is not None
        for line in self.process.stderr:
            log.write(line)
            if status := STATUS.match(line):
                self.inputs = earlier + int(status[1] or status[3])
                self.coverage = max(self.coverage, int(status[2] or 0))
        return self.process.wait()

    def stop(self) -> None:
        self.is_stopped = True
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.join(10)
            self.process.kill()
        self.join()


def fuzz(result: Result, folder: Path, seconds: float) -> None:
    """Fills @p result; KeyboardInterrupt ends it early, with what was found till then."""
    command = command_of(result.name, folder)
    new, kept = folder / "new" / result.name, folder / "finds" / result.name
    started = shown = time.monotonic()
    workers = [Worker(command, started + seconds, folder / f"{result.name}-{number}.log")
               for number, _ in enumerate(os.sched_getaffinity(0), 1)]
    try:
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            time.sleep(0.1)
            result.inputs = sum(worker.inputs for worker in workers)
            result.coverage = max(worker.coverage for worker in workers)
            if (now := time.monotonic()) - shown >= SHOWN_EVERY_S:
                shown = now
                say(f"{result.name}: {now - started:.0f} of {seconds:.0f} s, {result.inputs:,} inputs, coverage "
                    f"{result.coverage:,}, {len(list(new.iterdir()))} break it", end="" if sys.stderr.isatty() else "\n")
    finally:
        for worker in workers:
            worker.stop()
        result.inputs = sum(worker.inputs for worker in workers)
        result.seconds = time.monotonic() - started
        result.finds = sort_finds(Path(command[0]), new, kept)
        if any(worker.cannot_run for worker in workers):
            result.problem = f"it cannot run; see {near(workers[0].log)}"
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
