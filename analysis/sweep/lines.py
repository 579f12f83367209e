"""Lines of a metric over an option, a series for each value of another: means with intervals, and what theory expects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..base.colours import INK, QUIET
from ..base.errors import BadInput
from ..base.picture import SMALL_PT, open_frame, pt, styled, text_width
from .axis import category_words, extremes, measured, order, places, plain_ticks, split, tick_at
from .curve import Curve, at_points, curve
from .sweep_file import FigureSpec
from .tables import Cell, Estimates

# Okabe and Ito's palette but its yellow, which is too pale for a line.
LINE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#222222", "#8a8a8a")
MARKERS = "osD^vP<>"
TOGETHER = 0.012  # of the height of a panel: what is no farther apart hides one another
ON, OFF = 5.0, 2.0  # of a dashed line, in its widths


@dataclass(frozen=True)
class Stroke:
    """How a series is drawn. Of series that lie on one another the first is the widest, and below the others."""

    colour: str
    marker: str
    open_marker: bool
    size_pt: float
    width_pt: float
    dash: tuple


class Lines:
    """All panels of one figure, whose axes have the same reach."""

    def __init__(self, table: Estimates, spec: FigureSpec) -> None:
        self.table, self.spec = table, spec
        self.names = [value for value, _ in split(table.cells, self._by_series())]
        self.places = places(table, spec.x)
        self.is_text = any(isinstance(place, str) for place in self.places.values())
        self.is_log_x = spec.scale in ("log", "log-x")
        self.is_log_y = spec.scale in ("log", "log-y") and not spec.relative
        if self.is_log_x and self.is_text:
            raise BadInput(f"scale: {spec.scale!r} is not allowed, because {spec.x} takes texts; allowed are linear and log-y")
        self.curves: dict[tuple[int, ...], Curve] = {}  # by the points of a line
        if spec.closed_form and not spec.relative:
            for _, members in split(table.cells, (*spec.panels, *self._by_series())):
                found = curve(table, spec, members)
                if found:
                    self.curves[_key(members)] = found
        self.span = extremes(spec, [value for cell in table.cells for value in self._reach(cell)] + [v for c in self.curves.values() for v in c.values])
        self.meet = meet(table, spec, self.span, self.is_log_y)

    def _by_series(self) -> tuple[str, ...]:
        return (self.spec.series,) if self.spec.series else ()

    def _reach(self, cell: Cell) -> list[float]:
        found = measured(cell, self.spec)
        values = []
        if found:
            half = 0 if math.isnan(found[1]) else found[1]
            # A logarithmic axis has no place for an interval that reaches to 0.
            values = [found[0] - half if not self.is_log_y else found[0], found[0] + half]
        truth = cell.closed_form(self.spec.closed_form, self.spec.metric) if self.spec.closed_form and not self.spec.relative else None
        return values + ([truth] if truth is not None else [])

    def least_wide_in(self) -> float:
        return 0.0

    def tick_width_in(self) -> float:
        """Of the widest number at the vertical axis, about."""
        from matplotlib.ticker import MaxNLocator

        low, high = self.span
        ticks = [f"{v:.1g}" for v in (max(low, high * 1e-6), high)] if self.is_log_y else [f"{v:g}" for v in MaxNLocator(5).tick_values(low, high)]
        return max(text_width(tick, SMALL_PT) for tick in ticks)

    def stroke(self, i: int) -> Stroke:
        colours = self._colours()
        behind = (len(self.names) - 1 - i) / max(1, len(self.names) - 1) if self.meet else 0.0
        parts = len(self.names) if self.meet and len(self.names) <= 4 else 1  # dashes that take turns
        dash = (0, (ON, OFF)) if parts == 1 else (i * ON, (ON, (parts - 1) * ON + OFF))
        return Stroke(colours[i % len(colours)], MARKERS[(i + i // len(colours)) % len(MARKERS)], self.meet,
                      styled("lines.markersize", pt(2.6)) + pt(4.6) * behind, styled("lines.linewidth", pt(0.8)) + pt(3.0) * behind, dash)  # fmt: skip

    def _colours(self) -> tuple[str, ...]:
        cycle = styled("axes.prop_cycle", None)
        return tuple(cycle.by_key().get("color", LINE_COLOURS)) if cycle is not None else LINE_COLOURS

    def draw(self, axes, cells: list[Cell]) -> None:
        spec, table = self.spec, self.table
        for place in sorted(self.places, key=order) if self.is_text else ():
            axes.plot([self.places[place]], [self.span[0]], lw=0)  # so that texts stand in the order of their values
        for value, members in split(cells, self._by_series()):
            i = self.names.index(value)
            members = sorted(members, key=lambda c: order(c.values[spec.x]))
            self._means(axes, members, self.stroke(i), self._aside(i))
            if spec.closed_form and not spec.relative:
                self._theory(axes, members, self.stroke(i))
        if spec.relative:
            axes.axhline(1, color=INK, lw=pt(0.7), ls=(0, (5, 2)), zorder=1)
        self._scales(axes)
        open_frame(axes)
        axes.tick_params(width=pt(0.6), length=pt(3), which="both")
        if self.is_text:
            ticks = [category_words(table, spec.x, str(self.places[place])) for place in sorted(self.places, key=order)]
            axes.set_xticks(range(len(ticks)), ticks)

    def _scales(self, axes) -> None:
        if self.is_log_x:
            axes.set_xscale("log")
        low, high = self.span
        if self.is_log_y and high > 0:
            low = max(low, high * 1e-6)
            axes.set_yscale("log")
            axes.set_ylim(low / 1.3, high * 1.3)
            plain_ticks(axes.yaxis, low, high)
        else:
            room = (high - low) * 0.06 or abs(high) * 0.1 or 1
            from_zero = not self.spec.relative and 0 <= low < high * 0.5
            # What is near 0 must not lie on the axis, which would hide it.
            axes.set_ylim((-0.5 * room if low < 0.02 * high else 0) if from_zero else low - room, high + room)
        if self.table.plan.program.options[self.spec.x].type == "integer" and not self.is_log_x and not self.is_text:
            from matplotlib.ticker import MaxNLocator

            axes.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
        if self.is_log_x:
            tick_at(axes.xaxis, sorted({c.values[self.spec.x] for c in self.table.cells}))

    def _aside(self, i: int) -> float:
        """By which factor the i-th series is moved, so that bars at one place do not hide one another."""
        return 1.025 ** (i - (len(self.names) - 1) / 2) if self.spec.relative and self.is_log_x else 1.0

    def _means(self, axes, members: list[Cell], stroke: Stroke, aside: float) -> None:
        spec = self.spec
        drawn = [(c, m) for c in members if (m := measured(c, spec))]
        xs = [self._place(c, aside) for c, _ in drawn]
        means = [m for _, (m, _) in drawn]
        halves = [0 if math.isnan(h) else h for _, (_, h) in drawn]
        joined = not spec.closed_form
        axes.errorbar(xs, means, yerr=halves, color=stroke.colour, marker=stroke.marker, ms=stroke.size_pt,
                      mfc="none" if stroke.open_marker else stroke.colour, mew=pt(0.8) if stroke.open_marker else None,
                      lw=stroke.width_pt if joined else 0, elinewidth=pt(0.7), capsize=pt(1.6) + (stroke.size_pt - pt(2.6)) / 2,
                      capthick=pt(0.6), zorder=3 + 0.5 / (1 + stroke.width_pt), alpha=0.75 if stroke.open_marker and joined else None)  # fmt: skip
        for x, (c, (mean, _)) in zip(xs, drawn):
            if text := c.had_a_value(spec.metric):
                axes.annotate(text, (x, mean), (pt(3), pt(3)), textcoords="offset points", fontsize=pt(SMALL_PT - 1), color=stroke.colour,
                              zorder=4)  # fmt: skip
        low, high = ([m - s * h for m, h in zip(means, halves)] for s in (1, -1))
        if not spec.relative:
            axes.fill_between(xs, low, high, color=stroke.colour, alpha=0.18, lw=0, zorder=2)
        else:
            axes.plot(xs, means, color=stroke.colour, lw=pt(0.5), alpha=0.6, zorder=2)

    def _place(self, cell: Cell, aside: float) -> Any:
        at = self.places[cell.values[self.spec.x]]
        return at if aside == 1 or isinstance(at, str) else at * aside

    def _theory(self, axes, members: list[Cell], stroke: Stroke) -> None:
        """A curve; where theory is of the points alone, a short stroke at each."""
        found = self.curves.get(_key(members))
        if found and found.joined:
            axes.plot(found.at, found.values, color=stroke.colour, lw=pt(0.8), ls=stroke.dash, zorder=2.5)
            return
        marks = list(zip(found.at, found.values)) if found else [(self.places[x], truth) for x, truth in at_points(self.spec, members)]
        axes.plot([x for x, _ in marks], [y for _, y in marks], color=stroke.colour, lw=0, marker="_", ms=pt(7) + stroke.size_pt, mew=pt(0.9),
                  zorder=2.5)  # fmt: skip

    def entries(self) -> list:
        """Of the legend."""
        from matplotlib.lines import Line2D

        found = []
        joins_not = self.spec.closed_form and not self.spec.relative
        if self.spec.series:
            for i, (value,) in enumerate(self.names):
                s = self.stroke(i)
                found.append(Line2D([], [], color=s.colour, marker=s.marker, mfc="none" if s.open_marker else s.colour,
                                    mew=pt(0.8) if s.open_marker else None, ms=s.size_pt, lw=0 if joins_not else min(s.width_pt, pt(2.4)),
                                    label=category_words(self.table, self.spec.series, value)))  # fmt: skip
        if self.spec.closed_form:
            of_points = not self.spec.relative and not any(c.joined for c in self.curves.values())
            stroke = {"ls": "none", "marker": "_", "ms": pt(9)} if of_points else {"lw": pt(0.8), "ls": (0, (5, 2))}
            found.append(Line2D([], [], color=INK if self.spec.relative else QUIET, label="closed form", **stroke))
        return found


def _key(members: list[Cell]) -> tuple[int, ...]:
    return tuple(sorted(cell.point.index for cell in members))


def meet(table: Estimates, spec: FigureSpec, span: tuple[float, float], is_log: bool) -> bool:
    """Whether the means of two series lie on one another somewhere."""
    if not spec.series:
        return False
    scale = (lambda v: math.log(v)) if is_log else (lambda v: v)
    low, high = (scale(v) if not is_log or v > 0 else 0.0 for v in span)
    near = TOGETHER * abs(high - low)
    places_taken: dict[tuple[str, ...], list[float]] = {}
    for cell in table.cells:
        found = measured(cell, spec)
        if found and (not is_log or found[0] > 0):
            key = tuple(cell.point.given[name] for name in (spec.x, *spec.panels))
            others = places_taken.setdefault(key, [])
            if any(abs(scale(found[0]) - other) <= near for other in others):
                return True
            others.append(scale(found[0]))
    return False


def about_lines(table: Estimates, spec: FigureSpec) -> tuple[list[str], bool]:
    """Sentences on how the lines of a figure are to be read, and whether theory is a line."""
    it = Lines(table, spec)
    joined = any(c.joined for c in it.curves.values())
    told = ["Where series lie on one another, the first of the legend is the largest."] if it.meet else []
    if spec.closed_form and not spec.relative and not joined:
        told.append("The closed form stands at points alone, because there is nothing between them.")
    return told, joined
