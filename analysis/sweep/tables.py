"""Tables from a store: what is exported, and the estimates that figures and reports show."""

from __future__ import annotations

import csv
import io
import math
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Mapping, Sequence

from ..base.errors import BadInput
from ..base.files import write_all
from ..base.theory import CLOSED_FORMS, ClosedForm, pretty
from .coordinator import results_of
from .plan import Plan, Point
from .statistics import Estimate, estimate
from .store import Store

Table = list[list[str]]
NUMBERS = ("duration", "number", "integer")  # types of options
NUMBER_COLUMNS = {"rng_seed", "rng_run", "value", "n", "missing", "mean", "low", "high", "confidence", "closed_form"}


def results_table(store: Store) -> Table:
    """Key and metrics of every run, by key: the same bytes whichever engine made them. Where a metric was not kept, or
    has no value, the cell is empty."""
    metrics = store.metrics()
    names = sorted({name for values in metrics.values() for name in values})
    rows = [[key, *(_cell(values.get(n, math.nan)) for n in names)] for key, values in metrics.items()]
    return [["key", *names], *rows]


def _cell(value: float) -> str:
    """Empty where there is no value."""
    return "" if math.isnan(value) else repr(value)


def tidy_table(plan: Plan, store: Store) -> Table:
    """One row for each metric of each run of the plan; the cell of one that has no value is empty."""
    sweep = plan.sweep
    metrics = store.metrics()
    columns = OptionColumns(plan)
    table: Table = [["key", *columns.names, "rng_seed", "rng_run", "metric", "host", "unit", "value"]]
    adaptive = metrics if plan.is_adaptive else {}
    for run in plan.runs(lambda point: results_of(plan, point, adaptive)):
        if run.key not in metrics or not metrics[run.key].keys() >= set(sweep.metrics):
            continue
        options = plan.values(run.point) if sweep.computed else {}
        for name in [*sweep.metrics, *sweep.computed]:
            metric, _, host = name.partition("@")
            value = plan.metric(name, options, metrics[run.key])
            table.append([run.key, *columns.cells(run.point), str(sweep.replications.seed), str(run.rng_run), metric, host,
                          sweep.unit_of(name, plan.program), _cell(value)])  # fmt: skip
    return table


class OptionColumns:
    """The options that vary, of which each has a column with the text that stands in options; beside it, where they are numbers, one
    with the number, whose name holds the unit: ``msl`` and ``msl [s]``."""

    def __init__(self, plan: Plan) -> None:
        self._options = [(name, plan.program.options[name]) for name in plan.sweep.varied]
        self._numbers = {name for name, option in self._options if option.unit and option.unit != "1" and option.type in NUMBERS}
        self.names = [column for name, option in self._options
                      for column in ([name, f"{name} [{option.unit}]"] if name in self._numbers else [name])]  # fmt: skip

    def cells(self, point: Point) -> list[str]:
        """Of one row. What is no number, such as a random variable, leaves the number's cell empty."""
        cells = []
        for (name, option), text in zip(self._options, point.varied):
            cells.append(text)
            if name in self._numbers:
                value = option.value(text)
                cells.append("" if isinstance(value, str) else repr(value))
        return cells


def without_value(tidy: Table) -> list[str]:
    """A sentence about each metric that some rows have no value of."""
    metrics = [f"{row[-4]}@{row[-3]}".removesuffix("@") for row in tidy[1:]]
    empty = Counter(name for name, row in zip(metrics, tidy[1:]) if row[-1] == "")
    return [f"{name} has no value in {lacking} of {metrics.count(name)} runs; their cells are empty" for name, lacking in empty.items()]


def write(table: Table, to: Path | None) -> None:
    """Writes CSV, or Parquet where pandas has what that needs."""
    if to and to.suffix == ".parquet":
        import pandas as pd

        frame = pd.DataFrame(table[1:], columns=table[0])
        of_results = "metric" not in frame  # whose columns are metrics
        numbers = [name for name in frame.columns if name in NUMBER_COLUMNS or name.endswith("]") or (of_results and name != "key")]
        frame[numbers] = frame[numbers].apply(pd.to_numeric)
        content = io.BytesIO()
        try:
            frame.to_parquet(content, index=False)
        except ImportError:
            raise BadInput(f"{to}: pandas writes Parquet only with pyarrow or fastparquet, which this Python lacks; "
                           "name a .csv file instead") from None  # fmt: skip
        write_all({to: content.getvalue()})
        return
    if to and to.suffix != ".csv":
        raise BadInput(f"{to}: {to.suffix or 'no ending'!r} is not allowed; allowed are .csv and .parquet")
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table)
    if to:
        write_all({to: text.getvalue().encode("utf-8")})
    else:
        sys.stdout.write(text.getvalue())


@dataclass
class Cell:
    """What is known of one point."""

    point: Point
    values: dict[str, Any]  # options as formulas see them
    estimates: dict[str, Estimate] = field(default_factory=dict)  # by metric
    forms: Mapping[str, ClosedForm] = field(default_factory=lambda: CLOSED_FORMS)
    counterfactuals: Sequence[str] = ()  # as manifests name them
    runs: int = 0  # what is estimated may have a value in fewer

    def had_a_value(self, metric: str) -> str:
        """``3 of 5`` runs; empty where all had one."""
        n = self.estimates[metric].n
        return f"{n} of {self.runs}" if n < self.runs else ""

    def closed_form(self, form: str, metric: str) -> float | None:
        """What theory expects of a metric here; None where it expects nothing."""
        return self.forms[form].value(self._seen_by_theory(metric))

    def why_no_theory(self, form: str, metric: str) -> str:
        """A clause; empty where there is theory."""
        return self.forms[form].why_not(self._seen_by_theory(metric))

    def formula(self, form: str, metric: str) -> str:
        return self.forms[form].formula_at(self._seen_by_theory(metric))

    def moved(self, values: dict[str, Any]) -> "Cell":
        """The same point as theory would see it with other options."""
        return Cell(self.point, values, forms=self.forms)

    def _seen_by_theory(self, metric: str) -> dict[str, Any]:
        host = metric.partition("@")[2]
        return {**self.values, "host": host} if host else self.values


@dataclass
class Estimates:
    """The estimates of all points of a plan that have runs, and how many runs there are."""

    plan: Plan
    cells: list[Cell]
    runs: int
    labels: Mapping[str, str] = field(default_factory=dict)  # of metrics that are shown as something else
    failed: int = 0  # runs that only failed

    def misses(self, metric: str, closed_form: str) -> tuple[int, int]:
        """How many intervals miss the closed form, of how many that can be compared."""
        compared = missed = 0
        for cell in self.cells:
            e, truth = cell.estimates[metric], cell.closed_form(closed_form, metric)
            if truth is None or e.half != e.half or e.half == 0:
                continue
            compared += 1
            missed += abs(e.mean - truth) > e.half
        return missed, compared

    def formula(self, metric: str, closed_form: str) -> str:
        """The formula that theory has at the points of which it speaks, or the formulas."""
        told = (cell.formula(closed_form, metric) for cell in self.cells if not cell.why_no_theory(closed_form, metric))
        return pretty(" or ".join(dict.fromkeys(told)) or self.cells[0].forms[closed_form].formula)

    def without_theory(self, metric: str, closed_form: str) -> list[str]:
        """At how many points theory expects nothing, a sentence for each reason."""
        reasons = Counter(filter(None, (cell.why_no_theory(closed_form, metric) for cell in self.cells)))
        return [f"No theory at {points} of {len(self.cells)} points: {why}." for why, points in reasons.items()]

    def lacking(self, metric: str) -> int:
        """How many runs have no value of a metric."""
        return self.runs - sum(cell.estimates[metric].n for cell in self.cells)

    def widest(self, metric: str) -> float | None:
        """The largest half width of an interval as a fraction of its mean."""
        widths = [e.half / abs(e.mean) for e in (c.estimates[metric] for c in self.cells) if e.mean and e.half == e.half]
        return max(widths, default=None)


def estimates(plan: Plan, store: Store) -> Estimates:
    metrics, unlike = store.metrics(), store.counterfactuals()
    sweep = plan.sweep
    cells, runs = [], 0
    for point in plan.points:
        results = results_of(plan, point, metrics)
        if not results:
            continue
        runs += len(results)
        cell = Cell(point, plan.values(point), counterfactuals=unlike.get(plan.run(point, 1).key, ()), runs=len(results))
        for name in [*sweep.metrics, *sweep.computed]:
            cell.estimates[name] = estimate([plan.metric(name, cell.values, r) for r in results], sweep.confidence)
        cells.append(cell)
    if not cells:
        raise BadInput(f"{store.path}: holds no run of {sweep.name} yet")
    failed = {row[0] for row in store.failed()}
    if failed:
        failed &= {run.key for run in plan.runs(lambda point: results_of(plan, point, metrics))}
    return Estimates(plan, cells, runs, failed=len(failed))
