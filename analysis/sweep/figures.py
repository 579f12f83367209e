"""Figures of a sweep: lines with confidence intervals or heat maps, the closed form over them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..base.colours import INK, QUIET
from ..base.errors import BadInput, NothingToDraw
from ..base.picture import FONT_PT, SMALL_PT, new_figure, wrapped
from .statistics import misses_by_chance
from .sweep_file import FigureSpec
from .tables import Cell, Estimates

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL_IN = (2.55, 2.0)
ONLY_PANEL_IN = (4.2, 2.6)
# Okabe and Ito's palette but its yellow, which is too pale for a line.
LINE_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#222222", "#8a8a8a")
MARKERS = "osD^vP<>"
MOST_PANELS = 16


def draw(table: Estimates, spec: FigureSpec) -> "Figure":
    """The figure that `spec` asks for. Points without runs are left out, and the caption says how many."""
    panels = _split(table.cells, spec.panels)
    if len(panels) > MOST_PANELS:
        raise BadInput(f"panels: {', '.join(spec.panels)}: {len(panels)} are needed; a figure has room for {MOST_PANELS}")
    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    wide, high = PANEL_IN if len(panels) > 1 else ONLY_PANEL_IN
    lines = _caption(table, spec)
    labels_in = 0.14 if spec.kind == "lines" else 0.0
    width = 0.7 + columns * wide + (columns - 1) * 0.55 + (0.7 if spec.kind == "heat-map" else 0.15)
    text = wrapped(" ".join(lines), width - 0.2, SMALL_PT)
    entries = _legend_entries(table, spec)
    legend_rows = math.ceil(len(entries) / 3)
    below = 0.55 + labels_in * legend_rows + 0.115 * len(text) + 0.12
    height = 0.25 + rows * (high + 0.55) - 0.55 + below
    figure = new_figure(width, height)
    span = _span(table, spec)
    for i, (value, cells) in enumerate(panels):
        row, column = divmod(i, columns)
        left = 0.6 + column * (wide + 0.55)
        top = height - 0.25 - row * (high + 0.55)
        box = (left / width, (top - high) / height, wide / width, high / height)
        axes = figure.add_axes(box, label=str(i))
        if spec.kind == "lines":
            _lines(axes, table, spec, cells, span)
        else:
            image = _heat_map(axes, table, spec, cells, span)
            if column == columns - 1 or i == len(panels) - 1:  # one for the row, whose colours are the same
                _colour_bar(figure, axes, image, _metric_label(table, spec))
        if spec.panels:
            title = ", ".join(f"{name} = {text}" for name, text in zip(spec.panels, value))
            axes.set_title(title, fontsize=FONT_PT, pad=3)
    if entries:
        figure.legend(handles=entries, loc="upper left", ncol=3, frameon=False, handlelength=2.2, borderpad=0,
                      bbox_to_anchor=(0.55 / width, (below - 0.45) / height), labelspacing=0.3)  # fmt: skip
    figure.text(0.1 / width, (0.115 * len(text) + 0.06) / height, "\n".join(text), fontsize=SMALL_PT, va="top",
                linespacing=1.3)  # fmt: skip
    return figure


def _split(cells: list[Cell], names: tuple[str, ...]) -> list[tuple[tuple[str, ...], list[Cell]]]:
    """Cells by the values of some options, ascending."""
    groups: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        groups.setdefault(tuple(cell.point.given[name] for name in names), []).append(cell)
    return sorted(groups.items(), key=lambda item: [_order(item[1][0].values[name]) for name in names])


def _order(value: object) -> tuple:
    return (isinstance(value, str), value)


def _measured(cell: Cell, spec: FigureSpec) -> tuple[float, float] | None:
    """Mean and half width as drawn; None where there is none, or a relative figure has nothing to divide by."""
    e = cell.estimates[spec.metric]
    if math.isnan(e.mean):
        return None
    if not spec.relative:
        return e.mean, e.half
    truth = cell.closed_form(spec.closed_form, spec.metric)
    return (e.mean / truth, e.half / truth) if truth else None


def _span(table: Estimates, spec: FigureSpec) -> tuple[float, float]:
    """The least and the most over all panels, so that they can be compared."""
    values: list[float] = []
    for cell in table.cells:
        measured = _measured(cell, spec)
        if measured:
            half = 0 if math.isnan(measured[1]) else measured[1]
            # A logarithmic axis has no place for an interval that reaches to 0.
            low = measured[0] - half if not _is_log_y(spec) else measured[0]
            values += [low, measured[0] + half] if spec.kind == "lines" else [measured[0]]
        truth = cell.closed_form(spec.closed_form, spec.metric) if spec.closed_form and not spec.relative else None
        values += [truth] if truth is not None else []
    if not values:
        raise NothingToDraw(f"{spec.metric}: no value to draw")
    return min(values), max(values)


def _is_log_y(spec: FigureSpec) -> bool:
    return spec.scale in ("log", "log-y") and not spec.relative


def _lines(axes, table: Estimates, spec: FigureSpec, cells: list[Cell], span: tuple[float, float]) -> None:
    names = _series_values(table, spec)
    places = _places(table, spec.x)
    is_text = any(isinstance(place, str) for place in places.values())
    is_log_x = spec.scale in ("log", "log-x")
    if is_log_x and is_text:
        raise BadInput(f"scale: {spec.scale!r} is not allowed, because {spec.x} takes texts; allowed are linear and log-y")
    for place in sorted(places, key=_order) if is_text else ():
        axes.plot([places[place]], [span[0]], lw=0)  # so that texts stand in the order of their values
    for value, group in _split(cells, _by_series(spec)):
        i = names.index(value)
        colour, marker = LINE_COLOURS[i % len(LINE_COLOURS)], MARKERS[i % len(MARKERS)]
        for members in _repeated(group, _hidden(table, spec)):
            _one_line(axes, spec, places, members, colour, marker, _aside(i, len(names), spec))
    if spec.relative:
        axes.axhline(1, color=INK, lw=0.7, ls=(0, (5, 2)), zorder=1)
    option = table.plan.program.options[spec.x]
    axes.set_xlabel(spec.x + _unit(option.unit))
    axes.set_ylabel(_metric_label(table, spec).replace(" / ", " /\n"))  # a share's name is longer than the axis
    if is_log_x:
        axes.set_xscale("log")
    low, high = span
    if _is_log_y(spec) and high > 0:
        low = max(low, high * 1e-6)
        axes.set_yscale("log")
        axes.set_ylim(low / 1.3, high * 1.3)
        _plain_ticks(axes.yaxis, low, high)
    else:
        room = (high - low) * 0.06 or abs(high) * 0.1 or 1
        axes.set_ylim(0 if not spec.relative and low >= 0 and low < high * 0.5 else low - room, high + room)
    if is_log_x:
        _tick_at(axes.xaxis, sorted({c.values[spec.x] for c in table.cells}))
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(width=0.6, length=3, which="both")


def _tick_at(axis, values: list[float]) -> None:
    """Ticks of a logarithmic axis where the points are, if there is room for so many."""
    from matplotlib.ticker import FixedLocator, NullLocator

    if len(values) > 9:
        _plain_ticks(axis, values[0], values[-1])
        return
    axis.set_major_locator(FixedLocator(values))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(_plain_number())


def _plain_ticks(axis, low: float, high: float) -> None:
    """Plain numbers; at 1, 2 and 5 of each decade where there are few."""
    from matplotlib.ticker import LogLocator, NullLocator

    axis.set_major_formatter(_plain_number())
    if high < low * 1000:
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_minor_locator(NullLocator())


def _plain_number():
    """Of a tick: matplotlib's own of logarithmic axes is a formula, and dollar signs mean nothing in our figures."""
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda x, _: f"{x:g}")


def _repeated(group: list[Cell], hidden: list[str]) -> list[list[Cell]]:
    """A line each for what varies and is shown neither by place nor by colour."""
    lines: dict[tuple[str, ...], list[Cell]] = {}
    for cell in group:
        lines.setdefault(tuple(cell.point.given[name] for name in hidden), []).append(cell)
    return list(lines.values())


def _hidden(table: Estimates, spec: FigureSpec) -> list[str]:
    """The options that vary on their own and that the figure does not tell apart."""
    return [name for name in table.plan.sweep.varied if name not in (spec.x, spec.y, spec.series, *spec.panels)]


def _aside(i: int, of: int, spec: FigureSpec) -> float:
    """By which factor the i-th series is moved, so that bars at one place do not hide one another."""
    return 1.025 ** (i - (of - 1) / 2) if spec.relative and spec.scale in ("log", "log-x") else 1.0


def _places(table: Estimates, name: str) -> dict[Any, Any]:
    """Where each value of an option stands on an axis: numbers where they are, but its texts where there is any."""
    texts = {c.values[name]: c.point.given[name] for c in table.cells}
    return texts if any(isinstance(value, str) for value in texts) else {value: value for value in texts}


def _one_line(axes, spec: FigureSpec, places: dict[Any, Any], members: list[Cell], colour: str, marker: str, aside: float) -> None:
    members = sorted(members, key=lambda c: _order(c.values[spec.x]))
    at = [places[c.values[spec.x]] for c in members]
    if not members or isinstance(at[0], str):
        aside = 1
    drawn = [(x * aside if aside != 1 else x, m) for x, c in zip(at, members) if (m := _measured(c, spec))]
    xs = [x for x, _ in drawn]
    means = [m for _, (m, _) in drawn]
    halves = [0 if math.isnan(h) else h for _, (_, h) in drawn]
    axes.errorbar(xs, means, yerr=halves, color=colour, marker=marker, ms=2.6, lw=0 if spec.closed_form else 0.8,
                  elinewidth=0.7, capsize=1.6, capthick=0.6, zorder=3)  # fmt: skip
    told = [c.had_a_value(spec.metric) for c in members if _measured(c, spec)]
    for x, mean, text in zip(xs, means, told):
        if text:
            axes.annotate(text, (x, mean), (3, 3), textcoords="offset points", fontsize=SMALL_PT - 1, color=colour, zorder=4)
    low, high = ([m - s * h for m, h in zip(means, halves)] for s in (1, -1))
    if not spec.relative:
        axes.fill_between(xs, low, high, color=colour, alpha=0.18, lw=0, zorder=2)
    else:
        axes.plot(xs, means, color=colour, lw=0.5, alpha=0.6, zorder=2)
    if spec.closed_form and not spec.relative:
        truths = [(x, t) for x, c in zip(at, members) if (t := c.closed_form(spec.closed_form, spec.metric)) is not None]
        axes.plot([x for x, _ in truths], [t for _, t in truths], color=colour, lw=0.8, ls=(0, (5, 2)), zorder=2.5)


def _heat_map(axes, table: Estimates, spec: FigureSpec, cells: list[Cell], span: tuple[float, float]):
    import numpy as np
    from matplotlib.colors import LogNorm, Normalize, TwoSlopeNorm

    xs, ys = (sorted({c.values[name] for c in table.cells}, key=_order) for name in (spec.x, spec.y))
    texts = {name: {c.values[name]: c.point.given[name] for c in table.cells} for name in (spec.x, spec.y)}
    grid = np.full((len(ys), len(xs)), np.nan)
    told = {}
    for cell in cells:
        measured = _measured(cell, spec)
        if not cell.estimates[spec.metric].n:
            axes.text(xs.index(cell.values[spec.x]), ys.index(cell.values[spec.y]), "no value", ha="center", va="center",
                      fontsize=SMALL_PT - 1, color=QUIET)  # fmt: skip
        if measured:
            place = ys.index(cell.values[spec.y]), xs.index(cell.values[spec.x])
            if not np.isnan(grid[place]):
                raise BadInput(f"heat-map: more than one point at {spec.x} and {spec.y}; split them with panels, or use "
                               "--filter")  # fmt: skip
            grid[place] = measured[0]
            told[place] = cell.had_a_value(spec.metric)
    low, high = span
    if spec.relative:
        reach = max(abs(low - 1), abs(high - 1), 1e-6)
        norm, colours = TwoSlopeNorm(1, 1 - reach, 1 + reach), "RdBu_r"
    elif spec.scale in ("log", "log-y") and low > 0:
        norm, colours = LogNorm(low, high), "viridis"
    else:
        norm, colours = Normalize(low, high), "viridis"
    image = axes.imshow(grid, origin="lower", aspect="auto", cmap=colours, norm=norm)
    axes.set_xticks(range(len(xs)), [texts[spec.x][x] for x in xs])
    axes.set_yticks(range(len(ys)), [texts[spec.y][y] for y in ys])
    axes.set_xlabel(spec.x)
    axes.set_ylabel(spec.y)
    axes.tick_params(width=0.6, length=2)
    for row, column in zip(*np.nonzero(~np.isnan(grid))):
        red, green, blue, _ = image.cmap(norm(grid[row, column]))
        light = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5
        words = f"{grid[row, column]:.3{'f' if spec.relative else 'g'}}\n{told[row, column]}".rstrip()
        axes.text(column, row, words, ha="center", va="center", fontsize=SMALL_PT - 1,
                  color="black" if light else "white")  # fmt: skip
    return image


def _colour_bar(figure, axes, image, label: str) -> None:
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import LogFormatter

    box = axes.get_position()
    bar = figure.colorbar(image, cax=figure.add_axes((box.x1 + 0.008, box.y0, 0.012, box.height)),
                          format=_plain_number())  # fmt: skip
    if isinstance(image.norm, LogNorm):
        bar.ax.yaxis.set_minor_formatter(LogFormatter())
    bar.set_label(label, fontsize=SMALL_PT)
    bar.ax.tick_params(labelsize=SMALL_PT - 1, width=0.5, length=2)
    bar.outline.set_linewidth(0.4)


def _by_series(spec: FigureSpec) -> tuple[str, ...]:
    return (spec.series,) if spec.series else ()


def _series_values(table: Estimates, spec: FigureSpec) -> list[tuple[str, ...]]:
    return [value for value, _ in _split(table.cells, _by_series(spec))]


def _legend_entries(table: Estimates, spec: FigureSpec) -> list:
    from matplotlib.lines import Line2D

    if spec.kind != "lines":
        return []
    entries = []
    if spec.series:
        unit = table.plan.program.options[spec.series].unit
        for i, (value,) in enumerate(_series_values(table, spec)):
            told = value if value[-1:].isalpha() or not unit else f"{value} {unit}"
            entries.append(Line2D([], [], color=LINE_COLOURS[i % len(LINE_COLOURS)], marker=MARKERS[i % len(MARKERS)],
                                  ms=2.6, lw=0.8, label=f"{spec.series} = {told}"))  # fmt: skip
    if spec.closed_form:
        entries.append(Line2D([], [], color=INK if spec.relative else QUIET, lw=0.8, ls=(0, (5, 2)), label="closed form"))
    return entries


def _metric_label(table: Estimates, spec: FigureSpec) -> str:
    name, _, host = spec.metric.partition("@")
    if spec.relative:
        return f"{name}, measured / closed form"
    if spec.metric in table.labels:
        return table.labels[spec.metric]
    unit = table.plan.sweep.unit_of(spec.metric, table.plan.program)
    of = f" of the {host}" if host else ""
    return f"{name}{of}{_unit(unit)}"


def _unit(unit: str) -> str:
    return f" [{unit}]" if unit and unit != "1" else ""


def _caption(table: Estimates, spec: FigureSpec) -> list[str]:
    plan = table.plan
    sweep = plan.sweep
    counts = sorted({c.runs for c in table.cells})
    n = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    lines = [f"{spec.title}." if spec.title else ""]
    if spec.kind == "lines":
        told = "bars and bands: " if not spec.relative else "bars: "
        method = table.cells[0].estimates[spec.metric].method
        if method == "exact":
            lines.append(f"{n} replications a point, each compared exactly." if n != "1" else "One run a point.")
        else:
            how = f"{told}{100 * sweep.confidence:.6g} % confidence interval, {method}"
            lines.append(f"Mean of {n} replications a point ({how}).")
    else:
        lines.append(f"Mean of {n} replications a point.")
    if spec.closed_form:
        form = table.cells[0].forms[spec.closed_form]
        dashed = "Dashed" if spec.kind == "lines" and not spec.relative else "Closed form"
        lines.append(f"{dashed}: {table.formula(spec.metric, spec.closed_form)} ({form.source}).")
        lines += table.without_theory(spec.metric, spec.closed_form)
        missed, compared = table.misses(spec.metric, spec.closed_form)
        if compared:
            allowed = misses_by_chance(compared, sweep.confidence)
            lines.append(f"{missed} of {compared} intervals miss it; chance allows up to {allowed}"
                         f"{'' if not sweep.replications.common_random_numbers else ' were they independent'} "
                         f"(binomial, 99.9 %).")  # fmt: skip
        widest = table.widest(spec.metric)
        if widest:
            lines.append(f"Widest half interval: {widest:.2%} of its mean.")
    hidden = _hidden(table, spec)
    if hidden and spec.kind == "lines":
        lines.append(f"A line for each {' and '.join(hidden)}.")
    lines += _counterfactuals(table)
    lines += _left_out(table, spec)
    given = {**sweep.fixed, **{n: f.text for n, f in sweep.dependent.items()}}
    lines.append(f"{sweep.name}, {plan.program.name} model {plan.program.model[:12]}, ns-3 {plan.program.ns3_version}; "
                 f"{table.runs} runs, RngSeed {sweep.replications.seed}.")  # fmt: skip
    if given:
        lines.append("Held: " + ", ".join(f"{name} {text}" for name, text in given.items()) + "; all else at its default.")
    return [line for line in lines if line]


def _left_out(table: Estimates, spec: FigureSpec) -> list[str]:
    """What there is no value of, and why."""
    lines = []
    if table.lacking(spec.metric):
        lines.append(f"{table.lacking(spec.metric)} of {table.runs} runs have no value of {spec.metric}; the mean is over the others, "
                     "and beside it stands how many they are.")  # fmt: skip
    empty = sum(cell.estimates[spec.metric].n == 0 for cell in table.cells)
    if empty:
        lines.append(f"At {empty} of {len(table.cells)} points no run has one.")
    if table.failed:
        lines.append(f"{table.failed} runs FAILED; of a point the replications before the first that is missing are taken.")
    lacking = len(table.plan.points) - len(table.cells)
    if lacking:
        why = "no run yet" if not table.failed else "no run that counts"
        lines.append(f"{lacking} of {len(table.plan.points)} points have {why} and are not drawn.")
    return lines


def _counterfactuals(table: Estimates) -> list[str]:
    """Which are in force at all points, and which at some."""
    named = list(dict.fromkeys(name for cell in table.cells for name in cell.counterfactuals))
    everywhere = [name for name in named if all(name in cell.counterfactuals for cell in table.cells)]
    somewhere = [name for name in named if name not in everywhere]
    return [f"COUNTERFACTUAL{where}: {', '.join(names)}."
            for where, names in (("", everywhere), (" at some points", somewhere)) if names]  # fmt: skip
