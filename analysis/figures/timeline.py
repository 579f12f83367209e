"""The state timeline of one connection."""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..base.colours import INK, LOSS, QUIET, STATE_COLOUR, STATES, text_colour
from ..base.ladder import Arrow, Ladder, pause
from ..base.picture import SMALL_PT, BrokenTime, idle_gaps, linear_with_breaks, page, spread, text_width, width_of, worn, wrapped
from ..base.run_folder import RunFolder
from .method.figure import Figure
from .method.one_connection import chosen, story
from .method.panels import Panel

if TYPE_CHECKING:
    from matplotlib import figure as mpl

WIDTH_IN, LEAST_IN = 7.2, 3.2
NARROW_IN = 4.6  # below it causes stand steeper, and the picture is taller
BAR_IN = 0.24
BREAK_IN = 0.45
SLANTS_DEG = (38, 60)  # of causes
CAUSE_STEP_IN = 0.105  # between neighbouring causes, across their slant
MOST_ARROWS = 1500
ROW_IN = 0.115  # one row of marks beside a lane
MARKS = {
    "retransmission": {"marker": "^", "mfc": INK, "mec": INK, "ms": 3.4},
    "keepalive probe": {"marker": "D", "mfc": "white", "mec": INK, "ms": 3.0},
    "zero-window probe": {"marker": "s", "mfc": "white", "mec": INK, "ms": 3.2},
    "lost": {"marker": "x", "mfc": LOSS, "mec": LOSS, "ms": 3.6},
}
MARK_OF = {"retransmission": "retransmission", "keepalive": "keepalive probe", "probe": "zero-window probe"}
AGAIN = "FIN or restart in TIME-WAIT"


@dataclass
class Timeline:
    """A connection, and what of it is to be seen; times in seconds."""

    it: Ladder
    end_s: float  # of the run
    interval_s: tuple[float, float]
    with_segments: bool


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--segments", action="store_true", help="draw the segments in the timeline")


def read(folders: list[RunFolder], options: argparse.Namespace, notes: list[str]) -> Timeline:
    it = chosen(folders[0], options, notes)
    count = len(it.arrows)  # of which a reader can tell only so many apart
    if options.segments and count > MOST_ARROWS:
        notes.append(f"timeline without segments, because {count} are more than {MOST_ARROWS}; choose some with --interval")
    return Timeline(it, folders[0].end_s, options.interval, options.segments and count <= MOST_ARROWS)


def caption(t: Timeline) -> list[str]:
    return [story(t.it), "Dashed: duplicate." if t.with_segments and any(arrow.duplicate for arrow in t.it.arrows) else ""]


def draw(t: Timeline, caption: str) -> mpl.Figure:
    """State of each end (one lane each) over time [s]; causes stand at each change, segments between the lanes.

    Time runs at one scale except where the axis is broken, because nothing happened for long.
    """
    return Drawing(t, caption).draw()


def panel(t: Timeline) -> Panel:
    drawing = Drawing(t, "")
    return Panel(drawing.width_in, drawing.height, lambda sheet: drawing.ink(sheet.page()), beside=False)


FIGURE = Figure(
    shows="the states of both ends of one connection over time",
    read=read, caption=caption, draw=draw, panel=panel, tables=("transitions",), add_options=add_options, axes="x",
)  # fmt: skip


class Drawing:
    """Where each thing of a timeline stands [inches], and its ink."""

    def __init__(self, t: Timeline, caption: str) -> None:
        it, end_s, interval_s = t.it, t.end_s, t.interval_s
        self.it, self.caption = it, caption
        self.width_in = max(LEAST_IN, width_of(WIDTH_IN))
        self.slant_deg = SLANTS_DEG[self.width_in < NARROW_IN]
        self.lean, self.rise = math.cos(math.radians(self.slant_deg)), math.sin(math.radians(self.slant_deg))
        self.arrows = it.arrows if t.with_segments else []
        self.spans = [self._spans(side, end_s, interval_s) for side in (0, 1)]
        self.first_s, self.last_s = self._range(end_s, interval_s)
        self.left = max([text_width(f"{n}", SMALL_PT + 1) for n in it.names] + [0.5]) + 0.25
        self.time = self._axis()
        self.bars: tuple[list[tuple[float, float, str]], ...] = ([], [])  # as drawn: from, to [inches], state
        self.marks = [self._marks(side) for side in (0, 1)]
        tallest = [max([text_width(words, SMALL_PT) for _, words in self.remarks(s)] + [0.2]) for s in (0, 1)]
        up, down = (self.rise * min(t, 2.4) + 0.22 for t in tallest)
        self.lane = [0.12 + up, 0.0]
        rows = sum(len(m) for m in self.marks)
        between = 0.85 if self.arrows else 0.12 + ROW_IN * rows + (0.04 if rows else 0)
        self.lane[1] = self.lane[0] + BAR_IN + between
        self.axis_y = self.lane[1] + BAR_IN + down + 0.2
        self.legend = self._legend_rows()
        self.height = self.axis_y + 0.5 + 0.14 * len(self.legend)

    def _range(self, end_s: float, interval_s: tuple[float, float]) -> tuple[float, float]:
        times = self.it.times_s()
        still_open = any(spans and spans[-1][2] != "CLOSED" and spans[-1][2] != "LISTEN" for spans in self.spans)
        first = interval_s[0] if interval_s[0] > float("-inf") else times[0]
        last = interval_s[1] if interval_s[1] < float("inf") else (max(end_s, times[-1]) if still_open else times[-1])
        return first, max(last, first + 1e-9)

    def _spans(self, side: int, end_s: float, interval_s: tuple[float, float]) -> list[tuple[float, float, str]]:
        """(begin, end, state), the ends still open at the infinite."""
        spans, state, since = [], self.it.initial[side], float("-inf")
        for change in self.it.changes:
            if change.side == side:
                spans.append((since, change.time_s, state))
                state, since = change.after, change.time_s
        return [*spans, (since, float("inf"), state)]

    def _axis(self) -> BrokenTime:
        times = sorted({*self.it.times_s(), self.first_s, self.last_s})
        times = [t for t in times if self.first_s <= t <= self.last_s]
        breaks = idle_gaps(times, self.it.idle_from_s())
        last = [self.remarks(side)[-1:] for side in (0, 1)]
        # The slanted cause of the last change must end on the page.
        overhang = max([self.lean * min(text_width(c, SMALL_PT), 2.4) for causes in last for _, c in causes] + [0.2])
        width = self.width_in - self.left - 0.15 - max(overhang + 0.13, 0.3)
        # Something must remain at full scale, however many gaps there are.
        longest = sorted(breaks, key=lambda g: g[0] - g[1])[: int(width / 2 / BREAK_IN)]
        return linear_with_breaks(times, sorted(longest), self.left + 0.15, width, BREAK_IN)

    def draw(self) -> mpl.Figure:
        figure, axes = page(self.width_in, self.height, self.caption)
        self.ink(axes)
        return figure

    def ink(self, axes) -> None:
        """Draws it into axes in inches, y downward."""
        from matplotlib import patheffects

        self.axes = axes
        self.halo = [patheffects.withStroke(linewidth=1.8, foreground="white")]
        for side in (0, 1):
            self._bars(side)
            self._causes(side)
            self._draw_marks(side)
        for arrow in self.arrows:
            self._segment(arrow)
        self._time_axis()
        self._legend()

    def _bars(self, side: int) -> None:
        from matplotlib.patches import Rectangle

        top = self.lane[side]
        self.axes.text(self.left - 0.05, top + BAR_IN / 2, self.it.names[side], ha="right", va="center",
                       fontsize=SMALL_PT + 1, weight="bold")  # fmt: skip
        self.bars[side].extend(self.pieces(side))
        for x0, x1, state in self.bars[side]:
            self.axes.add_patch(Rectangle((x0, top), x1 - x0, BAR_IN, facecolor=STATE_COLOUR[state], edgecolor=INK,
                                          lw=0.4, zorder=2))  # fmt: skip
            a, b = self.widest(side, x0, x1)
            if text_width(state, SMALL_PT) + 0.06 < b - a:
                self.axes.text((a + b) / 2, top + BAR_IN / 2, state, ha="center", va="center", fontsize=SMALL_PT,
                               color=text_colour(STATE_COLOUR[state]), zorder=7)  # fmt: skip

    def pieces(self, side: int) -> list[tuple[float, float, str]]:
        """Each state of an end: from, to [inches], state."""
        left_edge, right_edge = self.left, self.width_in - 0.08
        found = []
        for begin_s, end_s, state in self.spans[side]:
            # What begins at the first instant begins at its tick; before it stands the state it came from.
            x0 = left_edge if begin_s < self.first_s else self.time(begin_s)
            x1 = right_edge if end_s > self.last_s else self.time(end_s)
            if x1 > x0:
                found.append((x0, x1, state))
        return found

    def widest(self, side: int, x0: float, x1: float) -> tuple[float, float]:
        """The widest part of [x0, x1] that no mark crosses [inches]."""
        marks = [((self.time(a) + self.time(b)) / 2, 0.07) for a, b in self.time.breaks]
        marks += [(self.time(x.time_s), 0.02) for x in self.it.again if x.side == side]
        edges = [x0, *(m + s * half for m, half in sorted(marks) if x0 < m < x1 for s in (-1, 1)), x1]
        return max(zip(edges[::2], edges[1::2]), key=lambda part: part[1] - part[0])

    def remarks(self, side: int) -> list[tuple[float, str]]:
        """What is written beside a lane: (time [s], words), ascending."""
        ours = [c for c in self.it.changes if c.side == side]
        found = [(x.time_s, x.text) for x in self.it.again if x.side == side]
        for change, following in zip(ours, [*ours[1:], None]):
            # A state that lasts no time has no bar, so its name stands here.
            brief = following is not None and following.time_s == change.time_s
            found.append((change.time_s, f"{change.cause} → {change.after}" if brief else change.cause))
        return sorted(((t, words) for t, words in found if words), key=lambda remark: remark[0])

    def _marks(self, side: int) -> list[list[tuple[float, str, str]]]:
        """Rows of marks beside a lane, each (time [s], which mark, what was sent), nearest to the lane first."""
        sent = [a for a in self.it.arrows if a.side == side and self.first_s <= a.sent_s <= self.last_s]
        again = [(a.sent_s, MARK_OF[a.reason], _what(a)) for a in sent if a.reason in MARK_OF and not a.duplicate]
        # Where the segments are drawn, each lost one ends in a cross of its own.
        lost = [(a.sent_s, "lost", _what(a)) for a in sent if a.lost and not self.arrows]
        return [row for row in (again, lost) if row]

    def _draw_marks(self, side: int) -> None:
        sign, edge = ((1, self.lane[0] + BAR_IN), (-1, self.lane[1]))[side]
        for i, row in enumerate(self.marks[side]):
            y = edge + sign * (i + 0.65) * ROW_IN
            for (time_s, mark, what), following in zip(row, [*row[1:], None]):
                x = self.time(time_s)
                self.axes.plot([x], [y], linestyle="none", mew=0.8, zorder=6, **MARKS[mark])
                free = self.width_in if following is None else self.time(following[0])
                if x + 0.06 + text_width(what, SMALL_PT - 0.5) + 0.05 < free and mark != "keepalive probe":
                    self.axes.text(x + 0.06, y, what, fontsize=SMALL_PT - 0.5, ha="left", va="center", zorder=6,
                                   path_effects=self.halo)  # fmt: skip
        for again in self.it.again:
            if again.side == side:
                x, top = self.time(again.time_s), self.lane[side]
                self.axes.plot([x, x], [top, top + BAR_IN], color=INK, lw=1.4, zorder=4, solid_capstyle="butt")

    def _causes(self, side: int) -> None:
        ours = self.remarks(side)
        at = [self.time(time_s) for time_s, _ in ours]
        places = spread(at, [CAUSE_STEP_IN / self.rise] * len(at), self.left)
        sign, edge = ((-1, self.lane[0]), (1, self.lane[1] + BAR_IN))[side]
        for (_, words), x, place in zip(ours, at, places):
            self.axes.plot([x, x, place], [edge, edge + sign * 0.04, edge + sign * 0.12], color=QUIET, lw=0.5)
            turn = self.slant_deg if side == 0 else -self.slant_deg
            text = wrapped(words, 2.4, SMALL_PT)[0]
            self.axes.text(place, edge + sign * 0.14, text, fontsize=SMALL_PT, rotation=turn, rotation_mode="anchor",
                           ha="left", va="center")  # fmt: skip

    def _segment(self, arrow: Arrow) -> None:
        inner = (self.lane[0] + BAR_IN, self.lane[1])
        y0, y1 = inner if arrow.side == 0 else inner[::-1]
        x0 = self.time(arrow.sent_s)
        if arrow.arrived_s is not None:
            x1, style = self.time(arrow.arrived_s), "-|>,head_width=0.12,head_length=0.28"
        else:
            # At the usual slope, because only that it was lost is known, not where.
            ahead = min(self.it.flight_s() * self.time.scale(), 0.5)
            x1, y1, style = x0 + 0.6 * ahead, y0 + 0.6 * (y1 - y0), "-"
        colour = LOSS if arrow.lost else INK
        self.axes.annotate("", (x1, y1), (x0, y0), zorder=3, arrowprops={
            "arrowstyle": style, "lw": 0.55, "color": colour, "shrinkA": 0, "shrinkB": 0,
            "linestyle": (0, (3, 1.6)) if arrow.duplicate else "-"})  # fmt: skip
        if arrow.lost:
            self.axes.plot([x1], [y1], marker="x", ms=3.6, mew=1, color=LOSS, zorder=4)

    def _time_axis(self) -> None:
        y = self.axis_y
        begin, end = self.left, self.width_in - 0.08
        self.axes.plot([begin, end], [y, y], color=INK, lw=0.6)
        taken: list[tuple[float, float]] = []
        for time_s, text in self.ticks():
            x = self.time(time_s)
            half = text_width(text, SMALL_PT) / 2 + 0.04
            if any(x - half < b and a < x + half for a, b in taken) or x + half > self.width_in:
                continue
            taken.append((x - half, x + half))
            self.axes.plot([x, x], [y, y + 0.04], color=INK, lw=0.6)
            self.axes.text(x, y + 0.06, text, ha="center", va="top", fontsize=SMALL_PT)
        for a, b in self.time.breaks:
            self._break((self.time(a) + self.time(b)) / 2, pause(b - a))
        self.axes.text((begin + end) / 2, y + 0.2, worn().x_label or "time [s]", ha="center", va="top", fontsize=SMALL_PT + 1)

    def _break(self, x: float, text: str) -> None:
        for top, bottom in [(self.axis_y - 0.05, self.axis_y + 0.05)] + [
            (lane - 0.03, lane + BAR_IN + 0.03) for lane in self.lane
        ]:
            lean = 0.025
            self.axes.fill([x - 0.03 + lean, x + 0.03 + lean, x + 0.03 - lean, x - 0.03 - lean],
                           [top, top, bottom, bottom], color="white", lw=0, zorder=5)  # fmt: skip
            for shift in (-0.03, 0.03):
                self.axes.plot([x + shift + lean, x + shift - lean], [top, bottom], color=INK, lw=0.6, zorder=6)
        self.axes.text(x, self.axis_y - 0.07, text, ha="center", va="bottom", fontsize=SMALL_PT - 0.5, style="italic",
                       color=QUIET)  # fmt: skip

    def ticks(self) -> list[tuple[float, str]]:
        """Ticks in order of importance: the ends of each unbroken piece, then round times within."""
        from matplotlib.ticker import MaxNLocator

        edges = [self.first_s, *(t for gap in self.time.breaks for t in gap), self.last_s]
        pieces = list(zip(edges[::2], edges[1::2]))
        unit = min((b - a for a, b in pieces if b > a), default=1.0)
        places = max(0, min(9, 1 - _order(unit)))
        ticks: list[float] = []
        for a, b in pieces:
            room = self.time(b) - self.time(a)
            if room > 0.5:
                ticks += [t for t in MaxNLocator(max(1, int(room / 0.55))).tick_values(a, b) if a <= t <= b]
        wanted = [a for a, _ in pieces] + [b for _, b in pieces] + ticks
        unique = list(dict.fromkeys(wanted))
        return [(t, f"{t:.{places}f}") for t in unique]

    def _legend_rows(self) -> list[list[str]]:
        """The states and marks that occur, in rows that fit the page."""
        spans = [span for side in self.spans for span in side]
        # A state that lasts no time is named at its cause, and one outside the picture not at all.
        seen = [s for s in STATES if any(s == state and a < b and a <= self.last_s and b >= self.first_s
                                         for a, b, state in spans)]  # fmt: skip
        used = {mark for side in self.marks for row in side for _, mark, _ in row}
        used |= {"lost"} if any(a.lost for a in self.arrows) else set()
        seen += [mark for mark in MARKS if mark in used] + ([AGAIN] if self.it.again else [])
        per_row = len(seen)
        while per_row > 1:
            rows = [seen[i : i + per_row] for i in range(0, len(seen), per_row)]
            if max(sum(map(_legend_width, row)) for row in rows) <= self.width_in - 0.2:
                # As many rows as that, but evenly filled.
                per_row = -(-len(seen) // len(rows))
                break
            per_row -= 1
        return [seen[i : i + per_row] for i in range(0, len(seen), per_row)]

    def _legend(self) -> None:
        from matplotlib.patches import Rectangle

        left = (self.width_in - max(sum(map(_legend_width, row)) for row in self.legend)) / 2
        for i, row in enumerate(self.legend):
            x, y = left, self.axis_y + 0.5 + 0.14 * i
            for state in row:
                if state in MARKS:
                    self.axes.plot([x + 0.1], [y], linestyle="none", mew=0.8, **MARKS[state])
                elif state == AGAIN:
                    self.axes.plot([x + 0.1] * 2, [y - 0.06, y + 0.06], color=INK, lw=1.4, solid_capstyle="butt")
                else:
                    self.axes.add_patch(Rectangle((x, y - 0.045), 0.14, 0.09, facecolor=STATE_COLOUR[state],
                                                  edgecolor=INK, lw=0.4))  # fmt: skip
                self.axes.text(x + 0.18, y, state, va="center", fontsize=SMALL_PT)
                x += _legend_width(state)


def _what(arrow: Arrow) -> str:
    """What a segment carries, in a word."""
    names = {"S": "SYN", "S.": "SYN,ACK", ".": "ACK", "R": "RST", "R.": "RST"}
    if "length 0" not in arrow.numbers:
        return "data,FIN" if "F" in arrow.flags else "data"
    return "FIN" if "F" in arrow.flags else names.get(arrow.flags.rstrip("EW"), arrow.flags)  # of ECN, RFC 3168


def _legend_width(state: str) -> float:
    return text_width(state, SMALL_PT) + 0.32


def _order(value: float) -> int:
    """The decimal order of magnitude of a positive value."""
    return int(f"{value:e}".partition("e")[2])
