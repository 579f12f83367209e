"""A metric over two options as a map of colours, with its number in each field."""

from __future__ import annotations

import math

from ..base.colours import FAINT, QUIET
from ..base.picture import SMALL_PT, pt, text_width
from .axis import extremes, measured, order, category_words
from .sweep_file import FigureSpec
from .tables import Cell, Estimates

ZERO = "#f4f4f4"


class HeatMap:
    """All panels of one figure, whose colours mean the same. A value that is exactly 0 has a colour of its own."""

    def __init__(self, table: Estimates, spec: FigureSpec) -> None:
        self.table, self.spec = table, spec
        self.xs, self.ys = (sorted({c.values[name] for c in table.cells}, key=order) for name in (spec.x, spec.y))
        self.texts = {name: {c.values[name]: c.point.given[name] for c in table.cells} for name in (spec.x, spec.y)}
        self.span = extremes(spec, [m[0] for cell in table.cells if (m := measured(cell, spec))])
        nonzero = [m[0] for cell in table.cells if (m := measured(cell, spec)) and m[0] != 0]
        if nonzero and not spec.relative:
            self.span = min(nonzero), max(nonzero)

    def entries(self) -> list:
        return []

    def least_wide_in(self) -> float:
        """So wide is a panel in which each number finds room."""
        widest = max((text_width(line, SMALL_PT) for cell in self.table.cells for line in self._words(cell)), default=0.2)
        return len(self.xs) * (widest + 0.08)

    def _words(self, cell: Cell) -> list[str]:
        """What stands in a field."""
        found = measured(cell, self.spec)
        if not found:
            return [] if cell.estimates[self.spec.metric].n else ["no value"]
        words = [self._number(found[0])]
        words += [f"± {found[1]:.2g}"] if self.spec.intervals and not math.isnan(found[1]) else []
        return [*words, *filter(None, [cell.had_a_value(self.spec.metric)])]

    def _number(self, value: float) -> str:
        """Three significant digits, so that 0.003 is not 0, and whole numbers up to a million; beside 1 three decimals tell more."""
        if self.spec.relative and abs(value) >= 0.01:
            return f"{value:.3f}"
        if 1 <= abs(value) < 999.5 and value != round(value):
            return f"{value:#.3g}".rstrip(".")
        return f"{value:.0f}" if 1 <= abs(value) < 1e6 else f"{value:.3g}"

    def tick_width_in(self) -> float:
        """Of the widest text at the vertical axis."""
        return max(text_width(category_words(self.table, self.spec.y, text), SMALL_PT) for text in self.texts[self.spec.y].values())

    def _norm(self):
        from matplotlib.colors import LogNorm, Normalize, TwoSlopeNorm

        low, high = self.span
        if self.spec.relative:
            reach = max(abs(low - 1), abs(high - 1), 1e-6)
            return TwoSlopeNorm(1, 1 - reach, 1 + reach), "RdBu_r"
        if self.spec.scale in ("log", "log-y") and low > 0:
            return LogNorm(low, high), "viridis"
        return Normalize(low, high), "viridis"

    def draw(self, axes, cells: list[Cell]):
        import numpy as np
        from matplotlib.patches import Rectangle

        spec = self.spec
        grid = np.full((len(self.ys), len(self.xs)), np.nan)
        place_of = {cell.point.index: (self.ys.index(cell.values[spec.y]), self.xs.index(cell.values[spec.x])) for cell in cells}
        zeros = []
        for cell in cells:
            found = measured(cell, spec)
            if found and found[0] == 0 and not spec.relative:
                zeros.append(place_of[cell.point.index])
            elif found:
                grid[place_of[cell.point.index]] = found[0]
        norm, colours = self._norm()
        image = axes.imshow(grid, origin="lower", aspect="auto", cmap=colours, norm=norm)
        for row, column in zeros:
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=ZERO, edgecolor=FAINT, hatch="////", lw=0))
        axes.set_xticks(range(len(self.xs)), [category_words(self.table, spec.x, self.texts[spec.x][x]) for x in self.xs])
        axes.set_yticks(range(len(self.ys)), [category_words(self.table, spec.y, self.texts[spec.y][y]) for y in self.ys])
        axes.grid(False)
        axes.tick_params(width=pt(0.6), length=pt(2))
        for cell in cells:
            row, column = place_of[cell.point.index]
            words = self._words(cell)
            if words:
                axes.text(column, row, "\n".join(words), ha="center", va="center", fontsize=pt(self._size_pt(axes, words)),
                          color=self._ink(image, norm, grid[row, column], cell))  # fmt: skip
        return image

    def _size_pt(self, axes, words: list[str]) -> float:
        """Of the numbers: as small as they must be to stay in their field."""
        box = axes.get_position()
        wide_in = axes.figure.get_figwidth() / pt(1) * box.width / len(self.xs) - 0.05
        high_in = axes.figure.get_figheight() / pt(1) * box.height / len(self.ys) - 0.03
        widest = max(text_width(line, SMALL_PT) for line in words)
        return min(SMALL_PT, SMALL_PT * wide_in / widest, SMALL_PT * high_in / (0.105 * len(words)))

    def _ink(self, image, norm, value: float, cell: Cell) -> str:
        if math.isnan(value):
            return "black" if cell.estimates[self.spec.metric].n else QUIET
        red, green, blue, _ = image.cmap(norm(value))
        return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
