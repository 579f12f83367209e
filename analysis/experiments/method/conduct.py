"""Carries an experiment out with the tools of sweeps, and judges it."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping

from ...base.errors import BadInput
from ...base.files import ROOT
from ...base.labels import metric_words
from ...base.program import Option, Program
from ...base.run_folder import RunFolder
from ...base.theory import ClosedForm
from ...sweep.coordinator import Coordinator, How, results_of, scratch_of
from ...sweep.engines import LocalEngine
from ...sweep.plan import Plan, Point
from ...sweep.store import Store
from ...sweep.sweep_file import SET_BY_THE_SWEEP, Sweep, read_sweep
from ...sweep.tables import Cell, Estimates
from .declaration import Experiment, Part
from .size import FULL, intervals, runs_needed
from .story import story_of
from .verdict import Claim, Finding, Options, Run, Share, Story, Verdict, confidence, together

STORE = "runs.sqlite"


@dataclass(frozen=True)
class Request:
    """How experiments are to be carried out."""

    quick: bool = False
    seed: int = 1  # RngSeed
    broken: Mapping[str, str] = field(default_factory=dict)  # options that make the machine another one than theory speaks of

    def title(self, name: str) -> str:
        """An experiment and what is not as usual."""
        return name + (f", seed {self.seed}" if self.seed != 1 else "")

    def folder(self, name: str) -> str:
        """Answers of other random numbers and of broken machines do not take the place of the usual one."""
        return name + (f"-seed-{self.seed}" if self.seed != 1 else "") + ("-broken" if self.broken else "")


class Interrupted(Exception):
    """Ctrl-C; what was done is in the store."""


@dataclass
class Judged:
    """A claim at a point, and what it came to."""

    part: Part
    claim: Claim | Story
    at: Mapping[str, str]  # texts of the options that vary
    values: Options  # all of them, as theory sees them
    finding: Finding


@dataclass
class Conducted:
    """A part that has been run: its plan, and what figures need."""

    part: Part
    plan: Plan
    theory: Plan  # the same points as theory sees them: of the machine that is not broken
    store: Path
    table: Estimates | None = None
    runs: int = 0
    useless: dict[str, str] = field(default_factory=dict)  # why, by key of a run that told nothing

    @property
    def count(self) -> int:
        """Runs of each point."""
        return self.plan.sweep.replications.count or 0

    @property
    def is_broken(self) -> bool:
        """Whether the machine is not the one that theory speaks of."""
        return self.plan.unvaried != self.theory.unvaried

    def folder(self, point: Point, replication: int) -> Path:
        """The run folder of one run, if the part records anything."""
        return Path(f"{self.store}.files") / "runs" / self.plan.run(point, replication).key


@dataclass
class Outcome:
    """An experiment that has been carried out."""

    name: str
    experiment: Experiment
    request: Request
    parts: list[Conducted]
    level: float  # confidence of each interval
    judged: list[Judged] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        return together(j.finding.verdict for j in self.judged)


def conduct(name: str, experiment: Experiment, request: Request, parts: list[Conducted], jobs: int = 1) -> Outcome:
    """Runs what the store of the planned parts lacks, and judges all of it."""
    program, path = parts[0].plan.program, parts[0].store
    path.parent.mkdir(parents=True, exist_ok=True)
    with Store(path, write=True) as store:
        store.admit(program, accept_build=True)  # the key of a run holds its build, so that none is taken for another's
        scratch = scratch_of(store)
        engine = LocalEngine(jobs, scratch, fork_server=True)
        try:
            for conducted in parts:
                store.remember(conducted.plan.sweep)
                outcome = Coordinator(conducted.plan, store, engine, How(who=f"{name}, {conducted.part.name}"), ROOT).carry_out()
                conducted.useless = outcome.failed
                if outcome.interrupted:
                    raise Interrupted
        except BaseException:
            engine.kill()
            raise
        finally:
            engine.close()
            shutil.rmtree(scratch, ignore_errors=True)
        metrics, unlike = store.metrics(), store.counterfactuals()
    level = confidence(sum(len(intervals(conducted.part, conducted.theory)) for conducted in parts))
    result = Outcome(name, experiment, request, parts, level)
    for conducted in parts:
        result.judged += _judge(conducted, metrics, unlike, level)
    return result


# ---- planning


def planned(name: str, experiment: Experiment, program: Program, folder: Path, request: Request) -> list[Conducted]:
    """What is to be run, in a store in `folder`; a BadInput if it cannot be. Nothing is run or written yet."""
    store = folder / request.folder(name) / STORE

    def sweep(part: Part, count: int) -> Sweep:
        result = read_sweep(f"{name}/{part.name}.toml", sweep_text(part, "", count, request.seed), program)
        result.folder_units = part.folder_units
        return result

    parts = []
    theories = [Plan(sweep(part, 1), program) for part in experiment.parts]
    needed = runs_needed(list(zip(experiment.parts, theories)))
    for part, theory, runs in zip(experiment.parts, theories, needed):
        planned_sweep = sweep(part, runs if request.quick or part.runs else FULL * runs)
        for key, value in request.broken.items():
            _break(name, planned_sweep, _of_the_machine(program, key), value)
        parts.append(Conducted(part, Plan(planned_sweep, program), theory, store))
        if request.broken:
            _refuse_what_cannot_run(name, parts[-1])
    return parts


def sweep_text(part: Part, question: str, count: int, seed: int) -> str:
    """The sweep file of a part, as `lab sweep` takes it."""
    return f"question = {_quoted(question)}\n{part.sweep.strip()}\n\n[replications]\ncount = {count}\nseed = {seed}\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _of_the_machine(program: Program, name: str) -> Option:
    """An option of the machine and of what it meets, not of how a run is numbered and what is written of it."""
    refused = sorted(p.name for p in program.options.values() if p.name in SET_BY_THE_SWEEP or not p.describes_the_run)
    if name in refused:
        raise BadInput(f"--break: {name!r} is no option of the machine; allowed is any other than {', '.join(refused[:-1])} and "
                       f"{refused[-1]} (--seed=N gives other random numbers)")  # fmt: skip
    return program.option(name)


def _break(experiment: str, sweep: Sweep, option: Option, value: str) -> None:
    """Sets an option that the experiment holds fixed or leaves at its default."""
    if option.name in sweep.varied or option.name in sweep.dependent:
        raise BadInput(f"--break: {option.name!r} is varied by {experiment} itself; allowed is what it holds fixed")
    sweep.fixed[option.name] = option.text(_typed(option, value))


def _refuse_what_cannot_run(experiment: str, conducted: Conducted) -> None:
    """A broken machine may be one that the program refuses; else each run would fail by itself."""
    plan = conducted.plan
    for point in plan.points:
        objection = plan.program.objection(plan.arguments(plan.run(point, 1)))
        if objection:
            raise BadInput(f"--break: {experiment}, {conducted.part.name}: {objection}")


def _typed(option: Option, text: str) -> Any:
    """A value from the command line as it would stand in a sweep file."""
    if option.type == "flag":
        return {"true": True, "false": False}.get(text, text)
    if option.type in ("number", "integer") and text not in option.also:
        try:
            return float(text)
        except ValueError:
            return text
    return text


# ---- judging


def _judge(conducted: Conducted, metrics: dict[str, dict[str, float]], unlike: dict[str, list[str]],
           level: float) -> list[Judged]:  # fmt: skip
    part, plan = conducted.part, conducted.plan
    plan.sweep.confidence = level
    forms = {claim.metric: ClosedForm(claim.theory, claim.formula, claim.source)
             for claim in part.claims if isinstance(claim, Claim)}  # fmt: skip
    judged, cells = [], []
    for point, unbroken in zip(plan.points, conducted.theory.points, strict=True):
        values = conducted.theory.values(unbroken)
        at = dict(zip(plan.sweep.varied, point.varied))
        runs = _runs(conducted, point, metrics)
        conducted.runs += len(runs)
        for claim in part.claims:
            expected = claim.theory(values)
            if expected is not None:
                judged.append(Judged(part, claim, at, values, _finding(conducted, claim, point, runs, expected, level)))
        if runs:
            estimates = {claim.metric: claim.estimate(runs, level) for claim in part.claims if isinstance(claim, Claim)}
            cells.append(Cell(point, values, estimates, forms, unlike.get(plan.run(point, 1).key, ()), len(runs)))
    if cells:
        shares = {claim.metric: f"{_words(claim.metric)} / {_words(claim.of)}" for claim in part.claims if isinstance(claim, Share)}
        conducted.table = Estimates(plan, cells, conducted.runs, shares)
    return judged


def _words(metric: str) -> str:
    name, _, host = metric.partition("@")
    return metric_words(name) + (f", {host}" if host else "")


def _runs(conducted: Conducted, point: Point, metrics: dict[str, dict[str, float]]) -> list[Run]:
    """All metrics of the runs of a point: kept, computed, and read from run folders."""
    plan, part = conducted.plan, conducted.part
    runs = []
    options = plan.values(point)
    for i, kept in enumerate(results_of(plan, point, metrics), 1):
        run = dict(kept)
        run |= {name: plan.metric(name, options, kept) for name in plan.sweep.computed}
        try:
            if part.from_folder:
                run |= _from_folder(part, conducted.folder(point, i))
            runs.append(run)
        except BadInput as problem:  # a broken machine may leave another story than is read here
            conducted.useless[plan.run(point, i).key] = str(problem)
    return runs


def _from_folder(part: Part, folder: Path) -> Mapping[str, float]:
    assert part.from_folder
    try:
        return part.from_folder(RunFolder(folder))
    except (LookupError, ValueError, TypeError, ArithmeticError, StopIteration) as problem:
        raise BadInput(f"{folder}: does not hold what {part.name} reads out of it ({problem!r:.200})") from None


def _finding(conducted: Conducted, claim: Claim | Story, point: Point, runs: list[Run], expected: Any,
             level: float) -> Finding:  # fmt: skip
    wanted = conducted.count
    try:
        if len(runs) == wanted and isinstance(claim, Story):
            return claim.judge([story_of(RunFolder(conducted.folder(point, i)), claim.connection) for i in range(1, wanted + 1)], expected)
    except BadInput as problem:  # a broken machine may have opened no connection
        conducted.useless[conducted.plan.run(point, 1).key] = str(problem)
        runs = []
    if len(runs) < wanted:
        keys = (conducted.plan.run(point, i).key for i in range(1, wanted + 1))
        why = next((conducted.useless[key] for key in keys if key in conducted.useless), "not run")
        return Finding(Verdict.UNDECIDED, f"{wanted - len(runs)} of {wanted} runs are missing ({why})", len(runs),
                       float("nan"), expected if isinstance(claim, Claim) else "")  # fmt: skip
    needed = [name for name in (claim.metric, getattr(claim, "of", "")) if name]
    lacking = sum(any(math.isnan(run[name]) for name in needed) for run in runs)
    if lacking:  # the mean of the others is another
        return Finding(Verdict.UNDECIDED, f"{lacking} of {wanted} runs have no value of {' / '.join(needed)}", len(runs),
                       float("nan"), expected)  # fmt: skip
    return claim.judge(runs, expected, level)
