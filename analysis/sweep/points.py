"""What is exported of each point: how many runs, mean, interval and closed form of each metric."""

from __future__ import annotations

import math

from ..base.theory import theory_of
from .coordinator import results_of
from .plan import Plan
from .statistics import estimate
from .store import Store
from .tables import Cell, OptionColumns, Table

COLUMNS = ("n", "missing", "mean", "low", "high", "confidence", "closed_form")


def points_table(plan: Plan, store: Store) -> Table:
    """A row for each metric of each point, also of those without a run. `n` runs have a value, which `missing` of those that are wanted
    have not; `low` to `high` is the confidence interval of the mean. A cell of what there is none of is empty."""
    sweep = plan.sweep
    metrics = store.metrics()
    columns = OptionColumns(plan)
    forms = {spec.metric: spec.closed_form for spec in sweep.figures if spec.closed_form}
    table: Table = [[*columns.names, "metric", "host", "unit", *COLUMNS]]
    for point in plan.points:
        cell = Cell(point, plan.values(point))
        runs = results_of(plan, point, metrics)
        wanted = plan.wanted(point, lambda _: runs)
        for name in [*sweep.metrics, *sweep.computed]:
            e = estimate([plan.metric(name, cell.values, run) for run in runs], sweep.confidence)
            metric, _, host = name.partition("@")
            told = [e.mean, e.mean - e.half, e.mean + e.half, sweep.confidence, _closed_form(cell, name, forms.get(name, ""))]
            table.append([*columns.cells(point), metric, host, sweep.unit_of(name, plan.program), str(e.n), str(wanted - e.n),
                          *("" if math.isnan(value) else repr(value) for value in told)])  # fmt: skip
    return table


def _closed_form(cell: Cell, metric: str, form: str) -> float:
    """What a figure of the sweep file draws over the metric, else what theory says of it; nan if nothing."""
    if form:
        truth = cell.closed_form(form, metric)
    else:
        name, _, host = metric.partition("@")
        theory = theory_of(name, host, cell.values)
        truth = theory.value if theory else None
    return math.nan if truth is None else truth
