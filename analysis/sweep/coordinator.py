"""Carries a plan out: hands tasks to an engine and commits what comes back. The only writer of the store."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import tempfile
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterator

from ..base.progress import Progress
from .engines import Engine
from .plan import Plan, Run
from .store import Store, commit_of, now_utc
from .worker import Result, Task

LOOK_AROUND_S = 0.2  # how often signals and the window are looked at while nothing ends


@dataclass
class How:
    """How to carry a plan out."""

    retries: int = 0
    fail_fast: bool = False
    only_failed: bool = False
    who: str = "sweep"  # as lines that say how far it is begin


@dataclass
class Outcome:
    """What a coordinator did."""

    done: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # last message by key
    interrupted: bool = False


class Interrupts:
    """The first Ctrl-C drains, the second kills."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, *_: object) -> None:
        self.count += 1
        if self.count == 1:
            # Not print: a signal may come in the middle of one.
            os.write(2, b"\nsweep: finishing what is under way; once more kills it\n")

    @contextmanager
    def caught(self) -> Iterator["Interrupts"]:
        before = {s: signal.signal(s, self) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def scratch_of(store: Store) -> Path:
    """Where local runs write while they are under way; what a killed coordinator left there is removed."""
    name = hashlib.sha256(str(store.path.resolve()).encode()).hexdigest()[:16]
    scratch = Path(tempfile.gettempdir(), f"lifecycle-sweep-{os.getuid()}-{name}")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(mode=0o700)
    return scratch


def tool_version(root: Path) -> str:
    """The version of this project."""
    found = re.search(r"^version: (.+)$", (root / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    return found.group(1) if found else "unknown"


class Coordinator:
    """One invocation of `run`."""

    def __init__(self, plan: Plan, store: Store, engine: Engine, how: How, root: Path) -> None:
        self.plan, self.store, self.engine, self.how = plan, store, engine, how
        self._commit = commit_of(root)
        self._version = tool_version(root)
        self._outcome = Outcome()
        self._under_way: dict[str, tuple[Run, int]] = {}  # and the number of attempts so far
        self._metrics: dict[str, dict[str, float]] = {}
        described = {m: plan.program.metrics[m.partition("@")[0]] for m in plan.sweep.metrics}
        self._counts = [m for m, it in described.items() if not it["always"] and it["unit"] != "s"]
        # Where nothing ended, or the run ends before its steady part, there is no mean.
        self._may_lack = [m for m, it in described.items() if it["name"].endswith("-mean")]
        # A summary does not tell in what it would have counted nothing.
        self._units = {m: it["unit"] for m, it in described.items()}

    def carry_out(self) -> Outcome:
        """Runs all that the plan wants and the store lacks; returns when nothing is left, or nothing may go on."""
        failed_before = {row[0] for row in self.store.failed()} if self.how.only_failed else set()
        with Interrupts().caught() as interrupts, Progress(self.how.who, "run") as progress:
            while True:  # more than once only if the number of replications depends on results
                todo = self._missing(failed_before)
                progress.expect(len(todo))
                if not todo or not self._carry_out(todo, progress, interrupts):
                    break
                if not self.plan.is_adaptive or self.how.only_failed:
                    break
        self._outcome.interrupted = interrupts.count > 0
        return self._outcome

    def _missing(self, only: set[str]) -> list[Run]:
        if self.plan.is_adaptive:
            self._metrics = self.store.metrics()
        done = self.store.done(self.plan.sweep.metrics)
        gone = done | self._outcome.failed.keys()
        runs = self.plan.runs(self.results)
        return [run for run in runs if run.key not in gone and (not self.how.only_failed or run.key in only)]

    def results(self, point) -> list[dict[str, float]]:
        return results_of(self.plan, point, self._metrics)

    def _carry_out(self, todo: list[Run], progress: Progress, interrupts: Interrupts) -> bool:
        """Whether it may go on afterwards."""
        waiting: deque[tuple[Run, int]] = deque((run, 0) for run in todo)
        while waiting or self._under_way:
            stopping = interrupts.count > 0 or (self.how.fail_fast and self._outcome.failed)
            if stopping:
                waiting.clear()
                for key in self.engine.withdraw():
                    self._under_way.pop(key)
            if interrupts.count > 1:
                self.engine.kill()
                return False
            room = self.engine.window - len(self._under_way)
            for _ in range(min(room, len(waiting))):
                run, attempts = waiting.popleft()
                self._under_way[run.key] = (run, attempts + 1)
                self.engine.submit(self._task(run))
            if self._under_way:
                results = self.engine.finished(LOOK_AROUND_S)
                self._commit_results(results)
                progress.step(sum(self._settle(result, waiting) for result in results))
        return not (interrupts.count or (self.how.fail_fast and self._outcome.failed))

    def _task(self, run: Run) -> Task:
        sweep, program = self.plan.sweep, self.plan.program
        keep = "" if sweep.record == "none" else str(self.store.folder.resolve() / "runs" / run.key)
        return Task(run.key, program.path, program.model, self.plan.arguments(run), sweep.metrics, self._counts,
                    sweep.timeout_s, sweep.memory_bytes, keep, self._may_lack)  # fmt: skip

    def _commit_results(self, results: list[Result]) -> None:
        rows = []
        for result in (r for r in results if r.ok):
            run = self._under_way[result.key][0]
            program = self.plan.program
            result.units = {**self._units, **result.units}
            environment = (*self._commit, program.ns3_version, program.built_with, result.host, result.cpu, self._version)
            rows.append((result, self.plan.options(run.point), self.plan.sweep.replications.seed, run.rng_run,
                         program.model, environment))  # fmt: skip
        if rows:
            self.store.insert(rows)
        for result in (r for r in results if not r.ok):
            result.utc = result.utc or now_utc()
            self.store.fail(result)

    def _settle(self, result: Result, waiting: "deque[tuple[Run, int]]") -> int:
        """Counts a result, or puts its run back; returns by how much the sweep has come nearer to its end."""
        run, attempts = self._under_way.pop(result.key)
        if result.ok:
            self._outcome.done += 1
            return 1
        if attempts <= self.how.retries and result.failure != "program":
            waiting.append((run, attempts))
            return 0
        self._outcome.failed[result.key] = result.message
        return 1


def results_of(plan: Plan, point, metrics: dict[str, dict[str, float]]) -> list[dict[str, float]]:
    """The metrics of the first replications of a point, as far as they follow one another without a gap."""
    found: list[dict[str, float]] = []
    most = plan.sweep.replications.count or plan.sweep.replications.cap
    while len(found) < most:
        here = metrics.get(plan.run(point, len(found) + 1).key)
        if here is None or not here.keys() >= set(plan.sweep.metrics):
            break
        found.append(here)
    return found
