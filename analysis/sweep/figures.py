"""Figures of a sweep: lines with confidence intervals or heat maps, the closed form over them. Where everything stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..base.errors import BadInput
from ..base.picture import FONT_PT, SMALL_PT, caption_lines, new_figure, pt, text_width, width_of, worn, wrapped
from . import heat_map, lines
from .axis import Group, category_label, metric_label, option_label, places, split, value_words
from .caption import caption
from .sweep_file import FigureSpec
from .tables import Cell, Estimates

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL_IN = (2.55, 2.0)
ONLY_PANEL_IN = (4.2, 2.6)
LEAST_IN = (1.1, 1.15)  # of a panel
LEFT_IN, RIGHT_IN, GAP_IN, SHARED_GAP_IN = 0.6, 0.15, 0.55, 0.16
HEAD_IN, MORE_IN = 0.16, 0.12  # a line beside a panel, and each other one there, at an axis or above
BESIDE_TICKS_IN = 0.36  # what numbers at the vertical axis need beside their own width
TOP_IN, TITLE_IN, LINE_IN = 0.25, 0.24, 0.115
COLOUR_BAR_IN = 0.7
BESIDE_ENTRY_IN = 0.48  # what the sign and the gap of an entry of the legend take
READABLE = 0.75  # of the size of small text, which numbers in a field may have
MOST_PANELS = 16
NO_BREAK = "\u00a0"


def draw(table: Estimates, spec: FigureSpec) -> "Figure":
    """The figure that `spec` asks for. Points without runs are left out, and the caption says how many."""
    _refuse_what_has_no_place(table, spec)
    grid = _Grid(table, spec)
    plot = lines.Lines(table, spec) if spec.kind == "lines" else heat_map.HeatMap(table, spec)
    text = " ".join(caption(table, spec))
    layout = _Layout(table, spec, grid, plot, text)
    figure = new_figure(layout.width, layout.height)
    figure.set_label(text)
    for i, (row, column, cells) in enumerate(grid.panels):
        axes = figure.add_axes(layout.box(row, column), label=str(i))
        image = plot.draw(axes, cells)
        _name_axes(axes, table, spec, grid, row, column, layout)
        if image is not None and column == grid.columns - 1 or (image is not None and i == len(grid.panels) - 1):
            _colour_bar(figure, axes, image, metric_label(table, spec), layout)
    layout.write(figure, plot.entries())
    return figure


def _refuse_what_has_no_place(table: Estimates, spec: FigureSpec) -> None:
    """Each point needs a place of its own; else points that differ would be drawn as one series."""
    shown = [name for name in (spec.x, spec.y, spec.series, *spec.panels) if name]
    places: dict[tuple[str, ...], Cell] = {}
    for cell in table.cells:
        other = places.setdefault(tuple(cell.point.given[name] for name in shown), cell)
        if other is not cell:
            name = next(name for name in table.plan.sweep.varied if other.point.given[name] != cell.point.given[name])
            room = "series or panels" if spec.kind == "lines" else "panels"
            raise BadInput(f"figure of {spec.metric} over {spec.x}: {name} varies as well and has no place in it; name it in {room}, or "
                           "choose one of its values with --filter")  # fmt: skip


class _Grid:
    """Which panel stands where. Two options of panels give rows and columns, one is wrapped into two columns."""

    def __init__(self, table: Estimates, spec: FigureSpec) -> None:
        groups = split(table.cells, spec.panels)
        if len(groups) > MOST_PANELS:
            raise BadInput(f"panels: {', '.join(spec.panels)}: {len(groups)} are needed; a figure has room for {MOST_PANELS}")
        self.is_grid = len(spec.panels) == 2
        self.heads = [split(table.cells, (name,)) for name in spec.panels]
        if self.is_grid:
            rows, columns = ([value for (value,), _ in head] for head in self.heads)
            self.rows, self.columns = len(rows), len(columns)
            self.panels = [(rows.index(r), columns.index(c), cells) for (r, c), cells in groups]
        else:
            self._wrap(groups, 2)

    def _wrap(self, groups: list[Group], columns: int) -> None:
        self.groups = groups
        self.columns = min(columns, len(groups))
        self.rows = math.ceil(len(groups) / self.columns)
        self.panels = [(*divmod(i, self.columns), cells) for i, (_, cells) in enumerate(groups)]

    def narrower(self) -> bool:
        """One column less, where that can be; whether it could."""
        if self.is_grid or self.columns < 2:
            return False
        self._wrap(self.groups, self.columns - 1)
        return True

    def is_lowest(self, row: int, column: int) -> bool:
        return not any(c == column and r > row for r, c, _ in self.panels)


@dataclass
class _Box:
    wide: float
    high: float


class _Layout:
    """Sizes in inches at the usual size of text."""

    def __init__(self, table: Estimates, spec: FigureSpec, grid: _Grid, plot: lines.Lines | heat_map.HeatMap, text: str) -> None:
        several = len(grid.panels) > 1
        natural = PANEL_IN if several else ONLY_PANEL_IN
        self.right = RIGHT_IN + (COLOUR_BAR_IN - 0.15 if spec.kind == "heat-map" else 0) + (HEAD_IN if grid.is_grid else 0)
        self.left = max(LEFT_IN, plot.tick_width_in() + BESIDE_TICKS_IN)
        self.gap = SHARED_GAP_IN if grid.is_grid else max(GAP_IN, self.left - 0.05)
        entries, least_wide = plot.entries(), plot.least_wide_in()
        least = max(LEAST_IN[0], least_wide * READABLE)
        while True:
            columns = grid.columns
            around = self.left + self.right + (columns - 1) * self.gap
            best = columns * max(natural[0], least_wide) + around
            self.width = width_of(best)
            wide = (self.width - around) / columns
            if wide >= least or not grid.narrower():
                break
        if wide < least:
            what = f"{columns} panels beside one another" if least == LEAST_IN[0] else "numbers that can be read"
            raise BadInput(f"--width: {pt(self.width) * 25.4:.4g}mm has no room for {what}; allowed is a width from "
                           f"{math.ceil(pt(columns * least + around) * 25.4)}mm on")  # fmt: skip
        high = natural[1] if worn().width_in is None else min(natural[1] * 1.4, max(LEAST_IN[1], wide * natural[1] / natural[0]))
        self.panel = _Box(wide, high)
        self.label_lines = wrapped(metric_label(table, spec), high, FONT_PT) if spec.kind == "lines" else [""]
        self.beside_lines = {at: _beside(table, spec, grid, *at, high) for at in (panel[:2] for panel in grid.panels)}
        left, right = (MORE_IN * (_most_lines(lines) - 1) for lines in ([self.label_lines], self.beside_lines.values()))
        self.left, self.right, self.panel.wide = self.left + left, self.right + right, wide - (left + right) / columns
        self.beside_in = HEAD_IN + right if grid.is_grid else 0.0
        self.above_lines = {at: _above(table, spec, grid, *at, self.panel.wide) for at in self.beside_lines}
        more = MORE_IN * (_most_lines(self.above_lines.values()) - 1)
        self.step = high + (0.3 if grid.is_grid else GAP_IN) + (more if not grid.is_grid else 0)
        self.rows = grid.rows
        self.title = worn().title or spec.title
        self.top = TOP_IN + (TITLE_IN if self.title else 0) + more
        self.caption = caption_lines(self.width, text)
        self.entries_a_row = _entries_a_row(entries, self.width - self.left)
        head = 1 if entries and spec.series else 0
        legend = 0.14 * (math.ceil(len(entries) / self.entries_a_row) + head)
        below = 0.55 + legend + (LINE_IN * len(self.caption) + 0.12 if self.caption else 0)
        self.height = self.top + (grid.rows - 1) * self.step + high + below
        self.below = below
        self.series = category_label(table, spec.series) if spec.series else ""

    def box(self, row: int, column: int) -> tuple[float, float, float, float]:
        left = self.left + column * (self.panel.wide + self.gap)
        top = self.height - self.top - row * self.step
        return left / self.width, (top - self.panel.high) / self.height, self.panel.wide / self.width, self.panel.high / self.height

    def write(self, figure: "Figure", entries: list) -> None:
        """Title, legend and caption."""
        if self.title:
            figure.text(0.5, 1 - 0.13 / self.height, self.title, fontsize=pt(FONT_PT + 1), ha="center", va="center")
        if entries:
            legend = figure.legend(handles=entries, loc="upper left", ncol=self.entries_a_row, frameon=False, handlelength=2.2, borderpad=0,
                                   bbox_to_anchor=((self.left - 0.05) / self.width, (self.below - 0.45) / self.height), labelspacing=0.3,
                                   borderaxespad=0.5, title=self.series or None, title_fontsize=pt(SMALL_PT))  # fmt: skip
            legend._legend_box.align = "left"  # before matplotlib 3.6 there was no other way
        if self.caption:
            figure.text(0.1 / self.width, (LINE_IN * len(self.caption) + 0.06) / self.height, "\n".join(self.caption), fontsize=pt(SMALL_PT),
                        va="top", linespacing=1.3)  # fmt: skip


def _entries_a_row(entries: list, width_in: float) -> int:
    widths = [text_width(entry.get_label(), SMALL_PT) + BESIDE_ENTRY_IN for entry in entries]
    if sum(widths) <= width_in:
        return max(1, len(entries))
    return max(1, int(width_in / max(widths)))


def _name_axes(axes, table: Estimates, spec: FigureSpec, grid: _Grid, row: int, column: int, layout: _Layout) -> None:
    """Labels and titles; in a grid only where they differ."""
    below, left = (grid.is_lowest(row, column), column == 0) if grid.is_grid else (True, True)
    numbers = spec.kind == "lines" and not any(isinstance(place, str) for place in places(table, spec.x).values())
    if below:
        label = (option_label if numbers else category_label)(table, spec.x, worn().x_label or spec.x_label)
        axes.set_xlabel("\n".join(wrapped(label, layout.panel.wide + 0.3, FONT_PT)))
    if left:
        label = layout.label_lines if spec.kind == "lines" else wrapped(category_label(table, spec.y, worn().y_label or spec.y_label),
                                                                        layout.panel.high, FONT_PT)  # fmt: skip
        axes.set_ylabel("\n".join(label))
    axes.tick_params(labelbottom=below, labelleft=left)
    above, beside = layout.above_lines[row, column], layout.beside_lines[row, column]
    if above:
        axes.set_title("\n".join(above), fontsize=pt(FONT_PT), pad=pt(3))
    if beside:
        axes.text(1 + 0.05 / layout.panel.wide, 0.5, "\n".join(beside), rotation=270, ha="left", va="center", fontsize=pt(FONT_PT),
                  transform=axes.transAxes)  # fmt: skip


def _most_lines(texts) -> int:
    return max([1, *(len(lines) for lines in texts)])


def _above(table: Estimates, spec: FigureSpec, grid: _Grid, row: int, column: int, wide: float) -> list[str]:
    """The lines above a panel, which say of what values it is; in a grid above a column."""
    if grid.is_grid and row != min(r for r, c, _ in grid.panels if c == column):
        return []
    room = wide if grid.is_grid else wide + 0.3
    return _value_of(table, spec.panels[-1], grid, row, column, room) if spec.panels else []


def _beside(table: Estimates, spec: FigureSpec, grid: _Grid, row: int, column: int, high: float) -> list[str]:
    """The same beside a row of a grid."""
    if not grid.is_grid or column != max(c for r, c, _ in grid.panels if r == row):
        return []
    return _value_of(table, spec.panels[0], grid, row, column, high)


def _value_of(table: Estimates, name: str, grid: _Grid, row: int, column: int, room: float) -> list[str]:
    """``delay, each way = 5 ms``: the value that an option has in a panel, in lines that do not tear it from its unit."""
    cells = next(cells for r, c, cells in grid.panels if (r, c) == (row, column))
    value = f"= {value_words(table, name, cells[0].point.given[name])}".replace(" ", NO_BREAK)
    return [line.replace(NO_BREAK, " ") for line in wrapped(f"{option_label(table, name, bare=True)} {value}", room, FONT_PT)]


def _colour_bar(figure, axes, image, label: str, layout: _Layout) -> None:
    """One for a row, whose colours are the same."""
    from matplotlib.colors import LogNorm
    from matplotlib.ticker import LogFormatter

    from .axis import plain_number

    box = axes.get_position()
    aside = (layout.beside_in + 0.04) / layout.width
    bar = figure.colorbar(image, cax=figure.add_axes((box.x1 + aside, box.y0, 0.06 / layout.width, box.height)), format=plain_number())
    if isinstance(image.norm, LogNorm):
        bar.ax.yaxis.set_minor_formatter(LogFormatter())
    bar.set_label("\n".join(wrapped(label, layout.panel.high, SMALL_PT)), fontsize=pt(SMALL_PT))
    bar.ax.tick_params(labelsize=pt(SMALL_PT - 1), width=pt(0.5), length=pt(2))
    bar.outline.set_linewidth(pt(0.4))
