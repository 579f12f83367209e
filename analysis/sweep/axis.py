"""What the figures of a sweep share: points in order, words at axes, ticks."""

from __future__ import annotations

import math
import re
from typing import Any, Sequence

from ..base.errors import NothingToDraw
from ..base.labels import metric_words, option_words, with_unit
from ..base.picture import worn
from .sweep_file import FigureSpec
from .tables import Cell, Estimates

Group = tuple[tuple[str, ...], list[Cell]]


def split(cells: list[Cell], names: Sequence[str]) -> list[Group]:
    """Cells by the values of some options, ascending."""
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        groups.setdefault(tuple(cell.point.given[name] for name in names), []).append(cell)
    return sorted(groups.items(), key=lambda item: [order(item[1][0].values[name]) for name in names])


def order(value: object) -> tuple:
    return (isinstance(value, str), value)


def option_label(table: Estimates, name: str, label: str = "", bare: bool = False) -> str:
    """Words for an option with its unit, or without where they stand `bare`; `label` takes their place."""
    return label or with_unit(option_words(name), "" if bare else table.plan.program.options[name].unit)


def category_label(table: Estimates, name: str, label: str = "") -> str:
    """The same where values stand as texts, of which times tell their unit."""
    return option_label(table, name, label, bare=table.plan.program.options[name].type == "duration")


def value_words(table: Estimates, name: str, text: str) -> str:
    """``30 s``, ``12 1/s``: a value with its unit."""
    option = table.plan.program.options[name]
    if option.type == "duration":
        return re.sub(r"^([0-9.]+)us$", r"\1µs", text) if text.endswith("us") else re.sub(r"^([0-9.]+)([a-z]+)$", r"\1 \2", text)
    unit = option.unit if option.unit != "1" and re.fullmatch(r"[0-9.e+-]+", text) else ""
    return f"{text}/{unit[2:]}" if unit.startswith("1/") else f"{text} {unit}".rstrip()


def category_words(table: Estimates, name: str, text: str) -> str:
    """The same where the unit stands at the axis or in the legend's title, but for times."""
    return value_words(table, name, text) if table.plan.program.options[name].type == "duration" else text


def metric_label(table: Estimates, spec: FigureSpec) -> str:
    """Words for what is measured, with the unit."""
    given = (worn().y_label or spec.y_label) if spec.kind == "lines" else ""
    if given:
        return given
    name, _, host = spec.metric.partition("@")
    words = table.labels.get(spec.metric) or metric_words(name) + (f", {host}" if host else "")
    if spec.relative:
        return f"{words}: measured / closed form"
    return words if spec.metric in table.labels else with_unit(words, table.plan.sweep.unit_of(spec.metric, table.plan.program))


def measured(cell: Cell, spec: FigureSpec) -> tuple[float, float] | None:
    """Mean and half width as drawn; None where there is none, or a relative figure has nothing to divide by."""
    e = cell.estimates[spec.metric]
    if math.isnan(e.mean):
        return None
    if not spec.relative:
        return e.mean, e.half
    truth = cell.closed_form(spec.closed_form, spec.metric)
    return (e.mean / truth, e.half / truth) if truth else None


def extremes(spec: FigureSpec, values: list[float]) -> tuple[float, float]:
    """The least and the most of all panels, so that they can be compared."""
    values = [value for value in values if not math.isnan(value)]
    if not values:
        raise NothingToDraw(f"{spec.metric}: no value to draw")
    return min(values), max(values)


def places(table: Estimates, name: str) -> dict[Any, Any]:
    """Where each value of an option stands on an axis: numbers where they are, but its texts where there is any."""
    texts = {c.values[name]: c.point.given[name] for c in table.cells}
    return texts if any(isinstance(value, str) for value in texts) else {value: value for value in texts}


def tick_at(axis, values: list[float]) -> None:
    """Ticks of a logarithmic axis where the points are, if there is room for so many."""
    from matplotlib.ticker import FixedLocator, NullLocator

    if len(values) > 9:
        plain_ticks(axis, values[0], values[-1])
        return
    axis.set_major_locator(FixedLocator(values))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(plain_number())


def plain_ticks(axis, low: float, high: float) -> None:
    """Plain numbers; at 1, 2 and 5 of each decade where there are few."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.set_major_formatter(plain_number())
    if high < low * 1000:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_minor_locator(NullLocator())


def plain_number():
    """Of a tick: matplotlib's own of logarithmic axes is a formula, and dollar signs mean nothing in our figures."""
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda x, _: f"{x:.0f}" if 1e5 <= abs(x) < 1e8 else f"{x:g}")
