"""Runs the sweep tool as a user does: as a program, on real runs of lifecycle-run, in a folder of its own."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "build" / "bin" / "lifecycle-run"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg"}

# Six points, each a fraction of a second; five replications.
SMALL = """
question = "How many wait?"
metrics = ["time-wait-mean@client", "connections-opened@client"]

[fixed]
arrivals = "poisson"
duration = "5s"

[grid]
msl = ["500ms", "1s"]
rate = [2, 4, 8]

[replications]
count = 5

[[figure]]
metric = "time-wait-mean@client"
x = "msl"
series = "rate"
closed-form = "time-wait-occupancy"
"""
SMALL_RUNS = 30

# A program that does what it should but for some numbers of the run.
MISBEHAVING = """#!/bin/sh
for option; do case $option in --output=*) output=${{option#--output=}} ;; --run=*) run=${{option#--run=}} ;; esac; done
{setup}
case $run in
{cases}
*) exec {program} "$@" ;;
esac
"""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-P", "-m", "analysis", "sweep", *map(str, arguments)]


def sweep(*arguments: object, timeout: float = 120, variables: dict | None = None) -> subprocess.CompletedProcess:
    """The finished tool; `variables` are added to its environment."""
    assert PROGRAM.exists(), f"{PROGRAM} is missing; ./lab test builds it"
    return subprocess.run(command(*arguments), env={**ENVIRONMENT, **(variables or {})}, capture_output=True, text=True, timeout=timeout,
                          check=False)  # fmt: skip


def good(*arguments: object, **how) -> str:
    """Standard output of a tool that must succeed."""
    result = sweep(*arguments, **how)
    assert result.returncode == 0, result.stderr
    return result.stdout


def start(*arguments: object) -> subprocess.Popen:
    """The tool, under way in a session of its own."""
    return subprocess.Popen(command(*arguments), env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            start_new_session=True)  # fmt: skip


def write(folder: Path, text: str = SMALL, name: str = "small.toml") -> Path:
    file = folder / name
    file.write_text(text)
    return file


def misbehaving(folder: Path, cases: str, setup: str = "") -> Path:
    """A program like lifecycle-run but for `cases` of the run's number, in shell."""
    file = folder / "lifecycle-run"
    file.write_text(MISBEHAVING.format(program=PROGRAM, cases=cases, setup=setup))
    file.chmod(0o755)
    return file


def texts_of(svg: Path) -> list[str]:
    """What stands in a figure, a line each."""
    return ["".join(text.itertext()) for text in ElementTree.parse(svg).iter("{http://www.w3.org/2000/svg}text")]


def rows(store: Path, sql: str = "SELECT key FROM runs") -> list[tuple]:
    database = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=20)
    try:
        return database.execute(sql).fetchall()
    finally:
        database.close()


def planned_keys(file: Path) -> list[str]:
    """The keys of all runs of a sweep file, by their first twelve digits."""
    lines = good("plan", file, "--list").splitlines()[1:]
    return sorted(line.split("\t")[0] for line in lines)


def assert_each_planned_run_has_one_row(file: Path, store: Path) -> None:
    """None lost, none doubled; and the database itself is sound."""
    assert sorted(key[:12] for (key,) in rows(store)) == planned_keys(file)
    assert rows(store, "SELECT count(*) FROM provenance") == rows(store, "SELECT count(*) FROM runs")
    assert rows(store, "PRAGMA integrity_check") == [("ok",)]


def results(store: Path) -> str:
    return good("export", "-o", store, "--results")


def wait_for_rows(store: Path, at_least: int, process: subprocess.Popen, timeout: float = 60) -> int:
    """Waits until a coordinator has committed so many runs, and returns how many it has."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        assert process.poll() is None, f"the coordinator has ended: {process.communicate()}"
        try:
            have = len(rows(store))
        except sqlite3.OperationalError:
            have = 0
        if have >= at_least:
            return have
        time.sleep(0.01)
    raise AssertionError(f"not {at_least} rows within {timeout} s")


def kill_hard(process: subprocess.Popen) -> None:
    """SIGKILL to the coordinator alone."""
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
