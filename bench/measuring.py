"""Runs the programs in turns and keeps what they print."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Iterator

from analysis.base.errors import CannotWrite as Broken

from . import report
from .cases import BUILT, Case

SECONDS_BETWEEN_LINES = 10


class Results:
    """All that was measured: for each case and command the lines of JSON that it has printed."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.lines: dict[tuple[str, str], list[dict]] = {}

    def add(self, case: Case, command: str, line: dict) -> None:
        self.cases[case.name] = case
        self.lines.setdefault((case.name, command), []).append(line)

    def of(self, case: str, command: str) -> list[dict]:
        return self.lines.get((case, command), [])

    def figures(self, case: str, command: str) -> list[float]:
        """What is compared, of each repeat."""
        return [line[self.cases[case].figure] for line in self.of(case, command)]

    def median(self, case: str, command: str) -> float | None:
        figures = self.figures(case, command) if case in self.cases else []
        return median(figures) if figures else None


class Measuring:
    """One measurement of everything, whose results are on disk after each step. What breaks is named in `broken`, and
    takes nothing else with it."""

    def __init__(self, folder: Path, quick: bool) -> None:
        self.results = Results()
        self.broken: list[str] = []
        self._folder = folder
        self._quick = quick
        self._begin = self._told = time.monotonic()
        self._shown = False

    def run(self, timed: list[Case], counted: list[Case]) -> None:
        steps = list(_in_turns(timed)) + [(case, command) for case in counted for command in case.commands]
        report.write(self._folder, self.results, self._quick)  # before half an hour goes by
        for number, (case, command) in enumerate(steps):
            self._tell(number, len(steps), f"{case.title}: {command}")
            try:
                self.results.add(case, command, _measure(case, command))
            except Broken as problem:
                self.broken.append(str(problem))
            report.write_json(self._folder, self.results, self._quick)

    def _tell(self, number: int, steps: int, what: str) -> None:
        now = time.monotonic()
        text = f"{number} of {steps} measured, {now - self._begin:.0f} s; now {what}"
        if sys.stderr.isatty():
            print(f"\r\033[K{text[:100]}", end="", file=sys.stderr, flush=True)
            self._shown = True
        elif now - self._told >= SECONDS_BETWEEN_LINES:
            print(text, file=sys.stderr, flush=True)
            self._told = now

    def end_progress(self) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _in_turns(cases: list[Case]) -> Iterator[tuple[Case, str]]:
    """Each command of each case, and all that again, so that a busy moment hits none alone."""
    for turn in range(max(case.repeats for case in cases)):
        for case in cases:
            for command in case.commands:
                if turn < (1 if command in case.once else case.repeats):
                    yield case, command


def _measure(case: Case, name: str) -> dict:
    """What one run of the command says, or what it has taken if it is a whole process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [*case.commands[name], *([f"{case.folder}{folder}/run"] if case.folder else [])]
        output, errors = Path(folder) / "output", Path(folder) / "errors"
        used = _run(command, output, errors)
        if case.whole_process:
            seconds = used.ru_utime + used.ru_stime
            line = {case.figure: seconds * 1e6 / case.operations, "cpu_s": seconds, "peak_octets": used.ru_maxrss * 1024}
        else:
            line = json.loads(output.read_text())
        return {"command": " ".join([Path(command[0]).relative_to(BUILT.parent).as_posix(), *case.commands[name][1:]]), **line}


def _run(command: list[str], output: Path, errors: Path) -> resource.struct_rusage:
    """Runs the command to its end; what it has taken."""
    try:
        with output.open("w") as out, errors.open("w") as err:
            process = subprocess.Popen(command, stdout=out, stderr=err)
    except OSError as problem:
        raise Broken(f"{command[0]}: {problem.strerror}; './lab bench' builds it") from None
    try:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        last = (errors.read_text().strip() or "no word").splitlines()[-1]
        raise Broken(f"'{' '.join(command)}' ended with status {process.returncode}: {last}")
    return used
