"""Carries an experiment out with the tools of sweeps, and judges it."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping

from ...errors import BadInput
from ...run_folder import RunFolder
from ...sweep.coordinator import Coordinator, Options, results_of, scratch_of
from ...sweep.engines import LocalEngine
from ...sweep.plan import Plan, Point
from ...sweep.program import Parameter, Program
from ...sweep.store import Store
from ...sweep.sweep_file import Sweep, read_sweep
from ...sweep.tables import Cell, Estimates
from ...sweep.theory import ClosedForm
from .declaration import Experiment, Part
from .story import story_of
from .verdict import Claim, Finding, Run, Share, Story, Verdict, confidence, together

ROOT = Path(__file__).resolve().parents[3]
STORE = "runs.sqlite"


class Interrupted(Exception):
    """Ctrl-C; what was done is in the store."""


@dataclass
class Judged:
    """A claim at a point, and what it came to."""

    part: Part
    claim: Claim | Story
    at: Mapping[str, str]  # texts of the parameters that vary
    finding: Finding


@dataclass
class Conducted:
    """A part that has been run: its plan, and what figures need."""

    part: Part
    text: str  # of the sweep file
    plan: Plan
    theory: Plan  # the same points as theory sees them: of the machine that is not broken
    store: Path
    table: Estimates | None = None
    runs: int = 0
    failed: dict[str, str] = field(default_factory=dict)  # message by key

    def folder(self, point: Point, replication: int) -> Path:
        """The run folder of one run, if the part records anything."""
        return Path(f"{self.store}.files") / "runs" / self.plan.run(point, replication).key


@dataclass
class Outcome:
    """An experiment that has been carried out."""

    name: str
    experiment: Experiment
    quick: bool
    broken: Mapping[str, str]
    parts: list[Conducted]
    level: float  # confidence of each interval
    judged: list[Judged] = field(default_factory=list)

    @property
    def verdict(self) -> Verdict:
        return together(j.finding.verdict for j in self.judged)


def conduct(name: str, experiment: Experiment, program: Program, folder: Path, *, quick: bool = False, jobs: int = 1,
            broken: Mapping[str, str] | None = None) -> Outcome:  # fmt: skip
    """Runs what `folder` lacks of the experiment, and judges all of it.

    `broken` are parameters that make the machine another one than theory speaks of.
    """
    broken = broken or {}
    folder.mkdir(parents=True, exist_ok=True)
    parts = [_planned(name, part, program, folder, quick, broken) for part in experiment.parts]
    with Store(folder / STORE, write=True) as store:
        store.admit(program, accept_build=True)  # the key of a run holds its build, so that none is taken for another's
        scratch = scratch_of(store)
        engine = LocalEngine(jobs, scratch, fork_server=True)
        try:
            for conducted in parts:
                store.remember(conducted.plan.sweep)
                outcome = Coordinator(conducted.plan, store, engine, Options(), ROOT).carry_out()
                conducted.failed = outcome.failed
                if outcome.interrupted:
                    raise Interrupted
        except BaseException:
            engine.kill()
            raise
        finally:
            engine.close()
            shutil.rmtree(scratch, ignore_errors=True)
        metrics, unlike = store.metrics(), store.counterfactuals()
    level = confidence(sum(_intervals(conducted) for conducted in parts))
    result = Outcome(name, experiment, quick, broken, parts, level)
    for conducted in parts:
        result.judged += _judge(conducted, metrics, unlike, level)
    return result


# ---- planning


def sweep_text(part: Part, question: str, quick: bool) -> str:
    """The sweep file of a part, as `lab sweep` takes it."""
    count = part.quick_runs if quick and part.quick_runs else part.runs
    return f"question = {_quoted(question)}\n{part.sweep.strip()}\n\n[replications]\ncount = {count}\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _planned(name: str, part: Part, program: Program, folder: Path, quick: bool, broken: Mapping[str, str]) -> Conducted:
    text = sweep_text(part, "", quick)
    file = f"{name}/{part.name}.toml"
    sweeps = [read_sweep(file, text, program) for _ in range(2)]
    for sweep in sweeps:
        sweep.folder_units = part.folder_units
    for key, value in broken.items():
        _break(sweeps[1], program.parameter(key), value)
    return Conducted(part, text, Plan(sweeps[1], program), Plan(sweeps[0], program), folder / STORE)


def _break(sweep: Sweep, parameter: Parameter, value: str) -> None:
    """Sets a parameter that the experiment holds fixed or leaves at its default."""
    if parameter.name in sweep.varied or parameter.name in sweep.dependent:
        raise BadInput(f"--break: {parameter.name!r} is varied by the experiment itself; expected one that it holds fixed")
    sweep.fixed[parameter.name] = parameter.text(_typed(parameter, value))


def _typed(parameter: Parameter, text: str) -> Any:
    """A value from the command line as it would stand in a sweep file."""
    if parameter.type == "flag":
        return {"true": True, "false": False}.get(text, text)
    if parameter.type in ("number", "integer") and text not in parameter.also:
        try:
            return float(text)
        except ValueError:
            return text
    return text


# ---- judging


def _intervals(conducted: Conducted) -> int:
    """How many intervals the claims of a part need."""
    values = [conducted.theory.values(point) for point in conducted.theory.points]
    claims = [claim for claim in conducted.part.claims if claim.is_interval]
    return sum(claim.theory(v) is not None for claim in claims for v in values)


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
                judged.append(Judged(part, claim, at, _finding(conducted, claim, point, runs, expected, level)))
        if runs:
            estimates = {claim.metric: claim.estimate(runs, level) for claim in part.claims if isinstance(claim, Claim)}
            cells.append(Cell(point, values, estimates, forms, unlike.get(plan.run(point, 1).key, ())))
    if cells:
        shares = {claim.metric: f"{claim.metric} / {claim.of}" for claim in part.claims if isinstance(claim, Share)}
        conducted.table = Estimates(plan, cells, conducted.runs, shares)
    return judged


def _runs(conducted: Conducted, point: Point, metrics: dict[str, dict[str, float]]) -> list[Run]:
    """All metrics of the runs of a point: kept, computed, and read from run folders."""
    plan, part = conducted.plan, conducted.part
    runs = []
    parameters = plan.values(point)
    for i, kept in enumerate(results_of(plan, point, metrics), 1):
        run = dict(kept)
        run |= {name: plan.metric(name, parameters, kept) for name in plan.sweep.computed}
        if part.from_folder:
            run |= _from_folder(part, conducted.folder(point, i))
        runs.append(run)
    return runs


def _from_folder(part: Part, folder: Path) -> Mapping[str, float]:
    assert part.from_folder
    try:
        return part.from_folder(RunFolder(folder))
    except (LookupError, ValueError, TypeError, ArithmeticError, StopIteration) as problem:
        raise BadInput(f"{folder}: does not hold what {part.name} reads out of it ({problem!r:.200})") from None


def _finding(conducted: Conducted, claim: Claim | Story, point: Point, runs: list[Run], expected: Any,
             level: float) -> Finding:  # fmt: skip
    wanted = conducted.plan.sweep.replications.count or 0
    if len(runs) < wanted:
        why = next(iter(conducted.failed.values()), "not run")
        return Finding(Verdict.UNDECIDED, f"{wanted - len(runs)} of {wanted} runs are missing ({why})", len(runs),
                       float("nan"), expected if isinstance(claim, Claim) else "")  # fmt: skip
    needed = [name for name in (claim.metric, getattr(claim, "of", "")) if name and not isinstance(claim, Story)]
    lacking = sum(any(math.isnan(run[name]) for name in needed) for run in runs)
    if lacking:  # the mean of the others is another
        return Finding(Verdict.UNDECIDED, f"{lacking} of {wanted} runs have no value of {' / '.join(needed)}", len(runs),
                       float("nan"), expected)  # fmt: skip
    if isinstance(claim, Story):
        told = [story_of(RunFolder(conducted.folder(point, i)), claim.connection) for i in range(1, wanted + 1)]
        return claim.judge(told, expected)
    return claim.judge(runs, expected, level)
