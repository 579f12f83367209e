"""The ladder as a drawing."""

from __future__ import annotations

import argparse
import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..base.colours import FAINT, INK, LOSS, QUIET, STATE_COLOUR
from ..base.folding import about_folds, fold
from ..base.ladder import Ladder, decimals
from ..base.picture import FONT_PT, SMALL_PT, page
from ..base.run_folder import RunFolder
from .method.figure import Figure
from .method.ladder_layout import BREAK_IN, FLIGHT_IN, HELD_AT, LINE_IN, RAIL_IN, STEP_IN, WORDINGS, Layout, Slot, why_beside
from .method.one_connection import chosen, story
from .method.panels import Panel

if TYPE_CHECKING:
    from matplotlib import figure as mpl

MOST_IN = 16  # high; what is longer is hard to find one's way in
MOST_OF_ALL_IN = 25  # the same where the user wants to see each segment; beyond it is slow to open


@dataclass
class Drawn:
    """A ladder as far as it is drawn, and what was said of all of it."""

    it: Ladder
    story: str


def read(folders: list[RunFolder], options: argparse.Namespace, notes: list[str]) -> Drawn:
    it = chosen(folders[0], options, notes, options.rules)
    told = story(it)
    it = shown(it, options.all)
    if it.cut:
        more = "" if options.all else ", or see more with --all"
        notes.append(f"the ladder figure holds {it.cut}; choose others with --interval{more}")
    return Drawn(it, told)


def caption(drawn: Drawn) -> list[str]:
    """Which part of the ladder is drawn, and what the numbers and marks mean."""
    it = drawn.it
    part = f"Shown: {it.cut}." if it.cut else ""
    notes = [f"{note[0].upper()}{note[1:]}." for note in it.notes]
    order = "" if Layout(it).wording != WORDINGS[-1] else ", the sequence number first"
    return [drawn.story, part, about_folds(it), *notes, f"Numbers relative to each ISN{order}.", legend(it)]


def draw(drawn: Drawn, caption: str) -> mpl.Figure:
    """Message sequence chart: time [s] downward, the two ends left and right.

    Time runs at one scale within a burst, plus a fixed step per event so that labels stay apart; a pause
    longer than three times the usual flight is broken and says how long it was. Numbers at the left are true times.
    A lost segment ends in a cross at an arbitrary place, because the link only tells that it was lost.
    """
    return Drawing(drawn.it).draw(caption)


def panel(drawn: Drawn) -> Panel:
    drawing = Drawing(drawn.it)
    drawing.arrange()
    return Panel(drawing.width, drawing.bottom + 0.12, lambda sheet: drawing.ink(sheet.page()), beside=True)


FIGURE = Figure(
    shows="each segment of one connection between its two ends, as a message sequence chart",
    read=read, caption=caption, draw=draw, panel=panel, one_of=("segments", "transitions"),
)  # fmt: skip


def shown(it: Ladder, each: bool = False) -> Ladder:
    """`it` folded, unless `each` segment is to be seen, and cut to what one page can hold."""
    most_in = MOST_OF_ALL_IN if each else MOST_IN
    it = it if each else fold(it)
    return cut(it, _page_ends_s(it, most_in), int(most_in / STEP_IN))  # an instant may hold many


def cut(it: Ladder, until_s: float, most: int) -> Ladder:
    """`it` until an instant [s], with at most so many segments; `cut` says so where that is not all."""
    total = len(it.arrows) + it.state_changes()
    it.arrows = [a for a in it.arrows if a.sent_s <= until_s]
    until_s = it.arrows[most - 1].sent_s if len(it.arrows) > most else until_s
    it.arrows = it.arrows[:most]
    it.changes = [c for c in it.changes if c.time_s <= until_s]
    it.again = [x for x in it.again if x.time_s <= until_s]
    it.folds = [f for f in it.folds if f.time_s <= until_s]
    count = len(it.arrows) + it.state_changes()
    if count < total:
        it.cut = f"the first {count} of {total} segments and state changes, until {it.times_s()[-1]:.{decimals(it.times_s(), it.flight_s())}f} s"
    return it


def _page_ends_s(it: Ladder, most_in: float) -> float:
    """The last instant that finds room on a page [s]; endless where all do."""
    # What one end sends, or takes, at one instant stands one below the other.
    stacks = Counter(("tx", a.side, a.sent_s) for a in it.arrows)
    stacks += Counter(("rx", a.side, a.arrived_s) for a in it.arrows if a.arrived_s is not None)
    rows: dict[float, int] = dict.fromkeys(it.times_s(), 1)
    for (_, _, time_s), count in stacks.items():
        rows[time_s] = max(rows[time_s], count)
    idle_s = it.idle_from_s()
    flight_s = it.flight_s() or idle_s / 3
    height = len(it.folds) * BREAK_IN
    before_s = min(rows)
    for time_s, count in rows.items():
        gap_s = time_s - before_s
        height += count * STEP_IN + (BREAK_IN if gap_s > idle_s else FLIGHT_IN * gap_s / flight_s if flight_s else 0)
        if height > most_in:
            return before_s
        before_s = time_s
    return math.inf


class Drawing(Layout):
    """A ladder in ink."""

    def draw(self, caption: str) -> mpl.Figure:
        self.arrange()
        figure, axes = page(self.width, self.bottom + 0.12, caption)
        self.ink(axes)
        return figure

    def ink(self, axes) -> None:
        """Draws what was arranged into axes in inches, y downward."""
        from matplotlib import patheffects

        self.halo = [patheffects.withStroke(linewidth=2.2, foreground="white")]
        self.axes = axes
        self._header()
        self._guides()
        self._rails()
        self._draw_breaks()
        for i in range(len(self.it.arrows)):
            self._arrow(i)
        for text, (x, y, angle) in zip(self.texts, self.labels):
            self.axes.text(
                x, y, text, fontsize=SMALL_PT, rotation=-math.degrees(angle), rotation_mode="anchor",
                ha="center", va="center", path_effects=self.halo, zorder=6, color=INK,
            )  # fmt: skip
        for side in (0, 1):
            self._write_outer(side)

    def _header(self) -> None:
        it = self.it
        for side, (x, isn) in enumerate(zip((self.left_x, self.right_x), self._isns())):
            self.axes.text(x, 0.2, it.names[side], ha="center", va="center", fontsize=FONT_PT + 0.5, weight="bold")
            small = "\n".join(line for line in (it.addresses[side], isn) if line)
            self.axes.text(x, 0.29, small, ha="center", va="top", fontsize=SMALL_PT, linespacing=1.2)
        self.axes.text(self.clock_x, 0.6, "time [s]", ha="right", va="center", fontsize=SMALL_PT)

    def _guides(self) -> None:
        for y, clock in self.guides():
            self.axes.text(self.clock_x, y, clock, ha="right", va="center", fontsize=SMALL_PT)
            self.axes.plot([self.clock_x + 0.04, self.clock_x + 0.09], [y, y], color=INK, lw=0.5)
            self.axes.plot([self.clock_x + 0.09, self.right_x], [y, y], color=FAINT, lw=0.35, zorder=0)
        x = self.clock_x + 0.09
        ends = max([*self.y.values(), *(bottom for _, bottom, _ in self.breaks)])
        self.axes.plot([x, x], [min(self.y.values()), ends], color=INK, lw=0.6)

    def _rails(self) -> None:
        from matplotlib.patches import Rectangle

        for side, x in ((0, self.left_x), (1, self.right_x)):
            state, top = self.it.initial[side], 0.6
            own = [(c.time_s, c.after) for c in self.it.changes if c.side == side]
            for time_s, after in [*own, (None, "")]:
                y = self.bottom if time_s is None else self.y[Slot(time_s)]
                if y > top:
                    self.axes.add_patch(
                        Rectangle((x - RAIL_IN / 2, top), RAIL_IN, y - top, facecolor=STATE_COLOUR.get(state, "none"),
                                  edgecolor=INK, lw=0.4, zorder=3)
                    )  # fmt: skip
                state, top = after, y

    def _draw_breaks(self) -> None:
        for top, bottom, words in self.breaks:
            y = (top + bottom) / 2
            for x, half in ((self.clock_x + 0.09, 0.06), (self.left_x, 0.1), (self.right_x, 0.1)):
                xs = [x - half, x + half]
                # A white band that rises to the right, between two strokes.
                edges = [(y + shift, y + shift - 0.02) for shift in (-0.02, 0.04)]
                self.axes.fill([*xs, *xs[::-1]], [*edges[0], *edges[1][::-1]], color="white", zorder=4, lw=0)
                for edge in edges:
                    self.axes.plot(xs, edge, color=INK, lw=0.6, zorder=5)
            self.axes.text(
                (self.left_x + self.right_x) / 2, y, words, ha="center", va="center",
                fontsize=SMALL_PT, style="italic", color=QUIET, zorder=5,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},  # over arrows that go on below
            )  # fmt: skip

    def _arrow(self, i: int) -> None:
        arrow = self.it.arrows[i]
        x0, y0, x1, y1 = self.lines[i]
        style = (0, (4, 2)) if arrow.duplicate else "-"
        colour = LOSS if arrow.lost else INK
        head = "-|>" if arrow.arrived_s is not None else "-"
        self.axes.annotate(
            "", (x1, y1), (x0, y0), zorder=4,
            arrowprops={"arrowstyle": f"{head},head_width=0.16,head_length=0.36" if head == "-|>" else "-",
                        "lw": 0.7, "color": colour, "linestyle": style, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
        if arrow.lost:
            self.axes.plot([x1], [y1], marker="x", ms=5, mew=1.3, color=LOSS, zorder=5)
        elif arrow.arrived_s is None:
            self.axes.text(x1, y1, "…", fontsize=FONT_PT, ha="center", va="center", path_effects=self.halo)
        if why_beside(arrow):
            sign, align = ((1, "left"), (-1, "right"))[arrow.side]
            self.axes.text(x1 + sign * 0.1, self.beside[i][0][1], why_beside(arrow), fontsize=SMALL_PT, ha=align, va="center", color=colour,
                           path_effects=self.halo, zorder=6)  # fmt: skip
        if arrow.held:
            self.axes.plot([x0 + HELD_AT * (x1 - x0)], [y0 + HELD_AT * (y1 - y0)], marker="o", ms=3.4, mfc="white", mec=INK,
                           mew=0.8, zorder=6)  # fmt: skip
        if arrow.dropped:
            self.axes.plot([x1], [y1], marker="s", ms=3.4, mfc="white", mec=LOSS, mew=0.8, zorder=6)

    def _write_outer(self, side: int) -> None:
        sign, x, align = ((-1, self.left_x, "right"), (1, self.right_x, "left"))[side]
        self.axes.text(x + sign * 0.16, 0.6, self.it.initial[side], ha=align, va="center", fontsize=SMALL_PT)
        for (time_s, lines), y in zip(self.outer[side], self.outer_y[side]):
            at = self.y[Slot(time_s)]
            edge = x + sign * RAIL_IN / 2
            self.axes.plot([edge, edge + sign * 0.04, edge + sign * 0.1], [at, at, y], color=INK, lw=0.4, zorder=3)
            if time_s in self.timed(side):
                self.axes.plot([x - sign * 0.02, x + sign * 0.09], [at, at], color=INK, lw=1.6, zorder=6,
                               solid_capstyle="butt")  # fmt: skip
            top = y - len(lines) * LINE_IN / 2
            for i, line in enumerate(lines):
                known = line in STATE_COLOUR
                self.axes.text(
                    x + sign * 0.16, top + (i + 0.5) * LINE_IN, line, ha=align, va="center", fontsize=SMALL_PT,
                    style="normal" if known else "italic", path_effects=self.halo, zorder=6,
                )  # fmt: skip


def legend(it: Ladder) -> str:
    """A sentence about the marks that occur in `it`."""
    timed = any(a.timed for a in it.arrows)
    timed |= any(c.cause.startswith("timer") for c in it.changes)
    marks = [
        ("cross: lost, at an arbitrary place", any(a.lost for a in it.arrows)),
        ("host/1: its device 1", any(re.search(r" at \S+/\d+$", a.lost or "") for a in it.arrows)),
        ("dots: not seen to arrive by the end", any(a.arrived_s is None and not a.lost for a in it.arrows)),
        ("circle: held back by a rule", any(a.held for a in it.arrows)),
        ("rules: those by which the receiver decided", any(a.rules for a in it.arrows)),
        ("dashed: duplicate", any(a.duplicate for a in it.arrows)),
        ("square: dropped by the receiver", any(a.dropped for a in it.arrows)),
        ("thick tick: timer", timed),
    ]
    words = "; ".join(text for text, occurs in marks if occurs)
    return f"{words[0].upper()}{words[1:]}." if words else ""
