"""Theory between the points of a sweep: a closed form along the option of the horizontal axis, all else as at the points."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..base.errors import BadInput
from .sweep_file import FigureSpec
from .tables import Cell, Estimates

STEPS = 120  # of a curve
MOST_MARKS = 60  # whole numbers between which there is nothing


@dataclass
class Curve:
    """Places and values; nan where theory expects nothing. `joined` is whether there is something between the places."""

    at: list[float]
    values: list[float]
    joined: bool


def curve(table: Estimates, spec: FigureSpec, members: list[Cell]) -> Curve | None:
    """What theory expects along the points `members` of one line; None where the axis has no numbers, or something else varies
    together with what it shows, so that between the points nothing is defined."""
    option = table.plan.program.options[spec.x]
    together = next(names for names, _ in table.plan.sweep.axes if spec.x in names)
    texts = [cell.values[spec.x] for cell in members]
    if option.type not in ("duration", "number", "integer") or len(together) > 1 or any(isinstance(value, str) for value in texts):
        return None
    low, high = min(texts), max(texts)
    exact = dict(at_points(spec, members))
    at = sorted({*_places(low, high, option.type == "integer", spec.scale in ("log", "log-x") and low > 0), *exact})
    values = [exact[x] if x in exact else _value(table, spec, members[0], x) for x in at]
    return Curve(at, values, option.type != "integer" or len(at) > MOST_MARKS)


def _places(low: float, high: float, whole: bool, is_log: bool) -> list[float]:
    if whole and high - low < MOST_MARKS:
        return list(range(round(low), round(high) + 1))
    ways = [i / STEPS for i in range(STEPS + 1)]
    places = [low * (high / low) ** way if is_log else low + (high - low) * way for way in ways]
    places = [low, *places[1:-1], high]
    return sorted({round(x) for x in places}) if whole else places


def _value(table: Estimates, spec: FigureSpec, like: Cell, x: float) -> float:
    """What theory expects where all but `x` and what depends on it is as at the point `like`; nan if nothing."""
    options = table.plan.program.options
    values = {**like.values, spec.x: x}
    try:
        for name, formula in table.plan.sweep.dependent.items():
            values[name] = options[name].value(options[name].text_of_result(formula(values)))
        if not all(condition(values) for condition in table.plan.sweep.where):
            return math.nan
        truth = like.moved(values).closed_form(spec.closed_form, spec.metric)
    except (BadInput, LookupError):  # an option would leave its range; theory may know the points alone
        return math.nan
    return math.nan if truth is None else truth


def at_points(spec: FigureSpec, members: list[Cell]) -> list[tuple[Any, float]]:
    """The value of the option and what theory expects, of each point that has both."""
    found = ((cell.values[spec.x], cell.closed_form(spec.closed_form, spec.metric)) for cell in members)
    return [(x, truth) for x, truth in found if truth is not None]
