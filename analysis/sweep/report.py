"""One self-contained HTML file about a sweep."""

from __future__ import annotations

import base64
import math
import shlex
from pathlib import Path

from ..base import picture
from ..base.errors import BadInput
from ..base.progress import Progress
from ..base.times import time_text
from .figures import draw
from .plan import Plan
from .statistics import misses_by_chance
from .store import Store
from .sweep_file import FigureSpec
from .tables import Cell, Estimates

TEMPLATE = Path(__file__).with_name("report.html.jinja")
MOST_ROWS = 2000  # of the table of points; export has them all


def report(plan: Plan, store: Store, table: Estimates) -> str:
    """The page: question, options, figures, tables, provenance. The same store gives the same page."""
    import jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
                                     lstrip_blocks=True)  # fmt: skip
    sweep = plan.sweep
    r = sweep.replications
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    metrics = [*sweep.metrics, *sweep.computed]
    forms = {spec.metric: spec.closed_form for spec in sweep.figures if spec.closed_form}
    return template.render(
        sweep=sweep,
        question=sweep.question or f"The sweep {sweep.name}.",
        rows=_option_rows(plan),
        replications=f"{r.count} a point" if r.count else f"until half the {sweep.confidence:.0%} interval of {r.metric} is at "
        f"most {r.half_width:.1%} of the mean, {r.at_least} to {r.cap}",
        random="common random numbers: replication i has the same RngRun at every point" if r.common_random_numbers
        else "an RngRun of its own for every run",
        timeout=time_text(round(sweep.timeout_s * 1e9)),
        points=len(plan.points),
        table=table,
        failed=store.failed(),
        verdicts=[_verdict(table, metric, form) for metric, form in forms.items()],
        figures=_figures(table, sweep.figures),
        metrics=[(name, sweep.unit_of(name, plan.program)) for name in metrics],
        forms=forms,
        lines=[_line(cell, metrics, forms) for cell in table.cells[:MOST_ROWS]],
        lacking=[(name, table.lacking(name)) for name in metrics if table.lacking(name)],
        left_out=max(0, len(table.cells) - MOST_ROWS),
        environments=store.environments(),
        model=plan.program.model,
        example=shlex.join(store.example()),
    )  # fmt: skip


def _option_rows(plan: Plan) -> list[tuple[str, str, str]]:
    """Name, how it is set, values."""
    sweep = plan.sweep
    rows = []
    for names, values in sweep.axes:
        how = "grid" if len(names) == 1 else "zip"
        rows += [(name, how, ", ".join(row[i] for row in values)) for i, name in enumerate(names)]
    rows += [(name, "dependent", formula.text) for name, formula in sweep.dependent.items()]
    rows += [(name, "fixed", text) for name, text in sweep.fixed.items()]
    rows += [("", "where", condition.text) for condition in sweep.where]
    return rows


def _verdict(table: Estimates, metric: str, form: str) -> dict[str, object]:
    missed, compared = table.misses(metric, form)
    allowed = misses_by_chance(compared, table.plan.sweep.confidence)
    widest = table.widest(metric)
    return {"metric": metric, "formula": table.formula(metric, form), "source": table.cells[0].forms[form].source,
            "none": table.without_theory(metric, form),
            "missed": missed, "compared": compared, "allowed": allowed,
            "verdict": "not compared" if not compared else "holds" if missed <= allowed else "does not hold",
            "widest": "" if widest is None else f"{widest:.2%}"}  # fmt: skip


def _figures(table: Estimates, specs: list[FigureSpec]) -> list[dict[str, str]]:
    with Progress("sweep", "figure", len(specs)) as progress:
        found = []
        for spec in specs:
            found.append(_figure(table, spec))
            progress.step()
        return found


def _figure(table: Estimates, spec) -> dict[str, str]:
    """The octets of a figure in base64, or why there is none."""
    try:
        return {"png": base64.b64encode(picture.rendered(draw(table, spec), "png")).decode()}
    except BadInput as problem:
        return {"why": str(problem)}


def _line(cell: Cell, metrics: list[str], forms: dict[str, str]) -> list[str]:
    line = [*cell.point.varied, str(cell.runs)]
    for name in metrics:
        e = cell.estimates[name]
        told = "" if math.isnan(e.mean) else f"{e.mean:.6g}"
        told += "" if math.isnan(e.half) else f" ± {e.half:.2g}"
        line.append(told + (f" ({cell.had_a_value(name)})" if told and cell.had_a_value(name) else "") or "no value")
        if name in forms:
            truth = cell.closed_form(forms[name], name)
            line.append("none" if truth is None else f"{truth:.6g}")
    return line
