"""Where each thing of a ladder stands, in inches: the figure draws it there, and the page of a lecture as well."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import combinations, product
from typing import Iterator

from ...base.ladder import TIMER_REASONS, Arrow, Fold, Ladder, decimals, pause
from ...base.picture import SMALL_PT, spread, text_width, width_of, wrapped

RAIL_IN = 0.09
BREAK_IN = 0.5
LINE_IN = 0.115  # one line of small text
FLIGHT_IN = 0.32  # what the usual time from sending to arrival adds to a step
LABEL_IN = 0.105
STEP_IN = 0.19  # between events, as a rule; the layout may choose less or more
LOST_AT = 0.62  # share of the way at which a lost segment ends
LIFTS_IN = ((-0.062, 0.066), (-0.1, 0.104), (-0.15, 0.154))  # of a label above or below its arrow
HELD_AT = 0.04  # the same for the mark of one that was held back
FEW = 40  # arrows, for which more is tried
MOST_WITH_CARE = 150  # arrows whose labels are kept apart, for which each is held against all others


@dataclass(frozen=True)
class Slot:
    """A place on the time axis: an instant [s] and, where one end sends several at once, which of them.

    `guess` marks the instant at which a lost segment would have arrived: it has a place, but nothing happened then.
    """

    time_s: float
    order: int = 0
    guess: bool = False


@dataclass(frozen=True)
class Wording:
    """How much is written; room is in inches."""

    cause_in: float = 1.2  # of a line outside the rails
    edge_in: float = 0.12  # left of the clock
    unsaid: str = r"(?!)"  # what of an arrow's label is left out

    def of(self, arrow: Arrow) -> str:
        return re.sub(self.unsaid, "", arrow.text)


# From much room to little: numbers seq 1:101 say that the length is 100, and stand before ack even without the word.
WORDINGS = (Wording(), Wording(cause_in=0.66), Wording(0.66, 0.06, r", length \d+$"), Wording(0.66, 0.06, r", length \d+$|,(?= seq)| seq(?= )"))


class Layout:
    """The places of a ladder [inches, y downward]; final once it is arranged."""

    def __init__(self, it: Ladder, narrow: bool = False) -> None:
        """`narrow`: no wider than its labels need, as in a column of a page."""
        self.it = it
        self.flight_in, self.break_in = (0.6 * FLIGHT_IN, 0.5 * BREAK_IN) if narrow else (FLIGHT_IN, BREAK_IN)
        self.places = decimals(it.times_s(), it.flight_s())
        self.ends = self._slots()
        clock = max(text_width(words, SMALL_PT) for words in ["time [s]", *map(self.clock, it.times_s())])
        wanted = width_of(math.inf)
        for self.wording in WORDINGS:
            self.clock_x = self.wording.edge_in + clock
            self.texts = [self.wording.of(arrow) for arrow in it.arrows]
            self.outer = [self._outer_labels(0), self._outer_labels(1)]
            margin = [max([text_width(t, SMALL_PT) for _, lines in o for t in lines] + [0.5]) + 0.2 for o in self.outer]
            label = self._widest_label(0.5 if narrow else 1.6 if self.wording == WORDINGS[0] else 0.8)
            self.left_x = self.clock_x + max(0.09, self.wording.edge_in) + margin[0]
            self.margin = margin[1] + (0.05 if self.wording == WORDINGS[0] else 0.0)
            least = self.left_x + label + 0.3 + self.margin
            if least <= wanted:
                break
        # Narrow, or so wide that a label fits beside the point at which two arrows cross.
        self.channels = [label + 0.4, 2 * label + 0.3] if narrow else [max(2.5, label + 0.75), max(2.5, min(2 * label + 0.75, 4.5))]
        if math.isfinite(wanted):
            self.channels = [label + 0.3 + max(0.0, wanted - least)]
        self._widen(self.channels[0])

    def _widest_label(self, at_least: float) -> float:
        """Between the rails, with room behind a cross for why, and for what stands above the rails [inches]."""
        widest = max([text_width(text, SMALL_PT) for text in [*self.texts, *(fold.text for fold in self.it.folds)]] + [at_least])
        beside = max(text_width(why_beside(arrow), SMALL_PT) for arrow in self.it.arrows) if self.it.arrows else 0.0
        heads = [max(text_width(words, SMALL_PT) for words in side) for side in zip(self.it.names, self.it.addresses, self._isns())]
        return max(widest, (beside + 0.2) / (1 - LOST_AT) - 0.75, sum(heads) / 2 - 0.2)

    def _isns(self) -> tuple[str, str]:
        return tuple("" if isn is None else f"ISN {isn}" for isn in self.it.isn)

    def arrange(self) -> None:
        """The densest layout in which the fewest labels meet, and few are struck through by an arrow."""
        if len(self.it.arrows) > MOST_WITH_CARE:
            self._widen(self.channels[0])
            self._lay_out(STEP_IN)
            self.labels = [self._candidates(i, text_width(text, SMALL_PT))[0] for i, text in enumerate(self.texts)]
            return
        tried = []
        few = len(self.it.arrows) < FEW
        # Wider steps cannot help where hundreds of segments are on their way at once.
        steps = (0.125, 0.155, 0.19, 0.24, 0.3)[: 5 if len(self.it.arrows) < 100 else 2]
        for channel, step in ((c, s) for c in self.channels[: 2 if few else 1] for s in steps):
            self._widen(channel)
            self._lay_out(step)
            labels, clashes, struck = self._place_labels()
            # Where segments cross by the dozen, some labels must lie on an arrow.
            tried.append((clashes, struck if few else 6 * struck // len(labels), channel, step, labels))
            if tried[-1][:2] == (0, 0):
                break
        _, _, channel, step, self.labels = min(tried, key=lambda t: t[:4])
        self._widen(channel)
        self._lay_out(step)

    def _widen(self, channel: float) -> None:
        self.right_x = self.left_x + channel
        self.width = self.right_x + self.margin

    def clock(self, time_s: float) -> str:
        return f"{time_s:.{self.places}f}"

    def guides(self) -> Iterator[tuple[float, str]]:
        """Where instants stand, from the top, and what the axis says of each: nothing if that would be what it said last."""
        said = ""
        for slot, y in sorted(self.y.items(), key=lambda place: place[1]):
            if not slot.order and not slot.guess:
                clock = self.clock(slot.time_s)
                yield y, "" if clock == said else clock
                said = clock

    # Layout

    def _slots(self) -> dict[int, tuple[Slot, Slot | None]]:
        """The slots at which each arrow starts and ends."""
        used: dict[tuple[str, int, float], int] = {}

        def take(what: str, side: int, time_s: float) -> Slot:
            order = used.get((what, side, time_s), -1) + 1
            used[what, side, time_s] = order
            return Slot(time_s, order)

        starts = [take("tx", a.side, a.sent_s) for a in self.it.arrows]
        # What was held until others had left arrives at one instant with the last of them, but behind it.
        by_arrival = sorted((i for i, a in enumerate(self.it.arrows) if a.arrived_s is not None),
                            key=lambda i: (self.it.arrows[i].arrived_s, bool(self.it.arrows[i].held)))  # fmt: skip
        finish = {i: take("rx", 1 - self.it.arrows[i].side, self.it.arrows[i].arrived_s) for i in by_arrival}
        flight_s = self.it.flight_s()
        before: dict[int, Slot] = {}  # the latest arrival at each side
        for i, arrow in enumerate(self.it.arrows):
            if arrow.arrived_s is None and flight_s > 0:
                # At the slope of its neighbours, behind which it queued, a lost segment crosses none of them.
                guess = Slot(arrow.sent_s + flight_s, starts[i].order, guess=True)
                ahead = before.get(arrow.side)
                if ahead and guess.time_s <= ahead.time_s < guess.time_s + flight_s:
                    guess = Slot(ahead.time_s, ahead.order + 1, guess=True)
                finish[i] = guess
            slot = finish.get(i)
            if slot and (arrow.side not in before or slot.time_s >= before[arrow.side].time_s):
                before[arrow.side] = slot
        return {i: (starts[i], finish.get(i)) for i in range(len(starts))}

    def _lay_out(self, step: float) -> None:
        """Gives each slot its place [inches from the top]."""
        slots = {Slot(c.time_s) for c in [*self.it.changes, *self.it.again]}
        for start, end in self.ends.values():
            slots |= {start} if end is None else {start, end}
        ordered = sorted(slots, key=lambda s: (s.time_s, s.order))
        idle_s = self.it.idle_from_s()
        flight = self.it.flight_s() or idle_s / 3
        y = 0.78
        self.y = {ordered[0]: y}
        self.breaks: list[tuple[float, float, str]] = []  # top, bottom [inches], what is written there
        happened_s = ordered[0].time_s
        folds = self._folds_before()
        for before, after in zip(ordered, ordered[1:]):
            gap_s = after.time_s - before.time_s
            happened_s = happened_s if before.guess else max(happened_s, before.time_s)
            words = [fold.text for fold in folds.get(after, ())]
            happened_s = max([happened_s, *(fold.end_s for fold in folds.get(after, ()))])
            if gap_s > idle_s and after.time_s - happened_s > idle_s:
                words.append(f"{pause(after.time_s - happened_s)} idle")
            y = self._break(y, step, words)
            if not words:
                y += step + (self.flight_in * min(gap_s / flight, 3) if flight else 0)
            self.y[after] = y
        y = self._break(y, step, [fold.text for fold in folds.get(None, ())])
        self.bottom = y + 0.15
        self.lines = [self._line(i) for i in range(len(self.it.arrows))]
        self.beside = {i: self._place_beside(i) for i, arrow in enumerate(self.it.arrows) if why_beside(arrow)}
        self.bottom = max([self.bottom, *(y1 + 0.1 for _, _, _, y1 in self.lines)])
        heights = [[len(lines) * LINE_IN for _, lines in o] for o in self.outer]
        self.outer_y = [
            spread([self.y[Slot(t)] for t, _ in o], h, 0.66) for o, h in zip(self.outer, heights)
        ]
        ends = [y + h / 2 for ys, hs in zip(self.outer_y, heights) for y, h in zip(ys, hs)]
        self.bottom = max([self.bottom, *ends])

    def _break(self, y: float, step: float, words: list[str]) -> float:
        """Breaks the rails below `y` for each of `words`; returns where they go on."""
        for text in words:
            self.breaks.append((y, y + self.break_in + step, text))
            y += self.break_in + step
        return y

    def _folds_before(self) -> dict[Slot | None, list[Fold]]:
        """The folds by the place that stands behind each; None: the end."""
        found: dict[Slot | None, list[Fold]] = {}
        waiting: list[Fold] = []
        starts = iter(self.ends.values())
        for event in self.it.events():
            if isinstance(event, Fold):
                waiting.append(event)
                continue
            slot = next(starts)[0] if isinstance(event, Arrow) else Slot(event.time_s)
            if waiting:
                found.setdefault(slot, []).extend(waiting)
                waiting = []
        return found | ({None: waiting} if waiting else {})

    def _line(self, i: int) -> tuple[float, float, float, float]:
        """Where arrow `i` starts and ends [inches]."""
        arrow = self.it.arrows[i]
        start, end = self.ends[i]
        inner = (self.left_x + RAIL_IN / 2, self.right_x - RAIL_IN / 2)
        x0, x1 = inner if arrow.side == 0 else inner[::-1]
        y0 = self.y[start]
        if end is not None and not end.guess:
            return x0, y0, x1, self.y[end]
        fall = self.y[end] - y0 if end is not None else 0.26
        return x0, y0, x0 + LOST_AT * (x1 - x0), y0 + LOST_AT * fall

    # Labels along the arrows

    def _place_labels(self) -> tuple[list[tuple[float, float, float]], int, int]:
        """Centre and angle of each arrow's label; how many labels meet, and how many lie on a foreign arrow."""
        widths = [text_width(text, SMALL_PT) for text in self.texts]
        options = [self._candidates(i, width) for i, width in enumerate(widths)]
        # Where a label crosses a foreign arrow does not change, so it is counted once.
        crossed = [[self._crossings(i, c, width) for c in options[i]] for i, width in enumerate(widths)]
        boxes = [[_box(c, width) for c in options[i]] for i, width in enumerate(widths)]
        heights = [[(min(y for _, y in b), max(y for _, y in b)) for b in of] for of in boxes]
        chosen: list[int | None] = [None] * len(widths)
        taken = self._taken()

        def clashes(i: int, k: int) -> int:
            top, bottom = heights[i][k]
            meets = sum(_overlap(boxes[i][k], box) for box in taken if box[0][1] < bottom and top < box[2][1])
            for j, m in enumerate(chosen):
                if m is not None and j != i and heights[j][m][0] < bottom and top < heights[j][m][1]:
                    meets += _overlap(boxes[i][k], boxes[j][m])
            return meets

        # Later labels may have taken a better neighbour's room, so everyone may move again, twice.
        for _ in range(3):
            before = list(chosen)
            for i in range(len(widths)):
                chosen[i] = min(range(len(options[i])), key=lambda k: (clashes(i, k), crossed[i][k], k))
            if chosen == before:
                break
        # Where there is little room, two that meet can often part only together.
        for i, j in combinations(range(len(widths)), 2) if self.wording != WORDINGS[0] and len(widths) < FEW else ():
            if _overlap(boxes[i][chosen[i]], boxes[j][chosen[j]]):
                def both(pair: tuple[int, int]) -> tuple[int, int, int]:
                    chosen[i], chosen[j] = pair
                    return clashes(i, pair[0]) + clashes(j, pair[1]), crossed[i][pair[0]] + crossed[j][pair[1]], sum(pair)

                chosen[i], chosen[j] = min(product(range(len(options[i])), range(len(options[j]))), key=both)
        left = sum(clashes(i, k) for i, k in enumerate(chosen) if k is not None)
        struck = sum(crossed[i][k] > 0 for i, k in enumerate(chosen) if k is not None)
        return [options[i][k] for i, k in enumerate(chosen) if k is not None], left, struck

    def _candidates(self, i: int, width: float) -> list[tuple[float, float, float]]:
        x0, y0, x1, y1 = self.lines[i]
        if x0 > x1:
            x0, y0, x1, y1 = x1, y1, x0, y0
        angle = math.atan2(y1 - y0, x1 - x0)
        length = math.hypot(x1 - x0, y1 - y0)
        half = (width / 2 + 0.04) / length
        found = []
        reach_of = max(0.0, 0.5 - half)
        steps = 8 if len(self.lines) < 100 else 4
        parts = (0, *(sign * n / steps for n in range(1, steps + 1) for sign in (-1, 1)))
        # Where labels are as long as arrows that cross, they meet unless they stand a little farther away.
        for part, lifts in [(part, lifts) for lifts in LIFTS_IN[: 1 if self.wording == WORDINGS[0] else None] for part in parts]:
            share = 0.5 + part * reach_of
            for lift in lifts:
                x = x0 + share * (x1 - x0) - lift * math.sin(angle)
                y = y0 + share * (y1 - y0) + lift * math.cos(angle)
                reach = width / 2 * math.cos(angle)
                low, high = self.left_x + RAIL_IN / 2 + 0.03 + reach, self.right_x - RAIL_IN / 2 - 0.03 - reach
                inside = min(max(x, low), high)
                found.append((inside, y + (inside - x) * math.tan(angle), angle))
        return found

    def _taken(self) -> list[list[tuple[float, float]]]:
        """Boxes of what else is written between the rails: pauses, and why segments did not arrive."""
        x = (self.left_x + self.right_x) / 2
        boxes = [_box((x, (top + bottom) / 2, 0.0), text_width(words, SMALL_PT) + 0.1) for top, bottom, words in self.breaks]
        return boxes + [_box(*place) for place in self.beside.values()]

    def _place_beside(self, i: int) -> tuple[tuple[float, float, float], float]:
        """Where it is written why arrow `i` did not arrive, and how wide that is with the mark at the arrow's tip [inches]: at the
        height of the tip, or the next below or above at which it covers no other arrow."""
        _, _, x, tip = self.lines[i]
        width = text_width(why_beside(self.it.arrows[i]), SMALL_PT) + 0.24
        x += (1 if self.it.arrows[i].side == 0 else -1) * (width / 2 - 0.06)
        places = [(x, tip + n * LINE_IN / 2, 0.0) for n in (0, 1, -1, 2, -2, 3)]
        return next((at for at in places if not self._crossings(i, at, width)), places[0]), width

    def _crossings(self, i: int, at: tuple[float, float, float], width: float) -> int:
        """How many arrows other than its own a label covers."""
        box = _box(at, width)
        top, bottom = min(y for _, y in box), max(y for _, y in box)
        return sum(
            _overlap(box, [(a, b), (c, d)])
            for j, (a, b, c, d) in enumerate(self.lines)
            if j != i and min(b, d) < bottom and max(b, d) > top
        )

    # Labels outside the rails

    def _outer_labels(self, side: int) -> list[tuple[float, list[str]]]:
        """What stands outside a rail: (time [s], lines), ascending."""
        notes: dict[float, list[str]] = {}
        for change in self.it.changes:
            if change.side == side:
                here = notes.setdefault(change.time_s, [])
                here.append(change.after)
                # A segment that is the cause can be seen to arrive.
                if change.cause and not change.cause.startswith("seg "):
                    for line in wrapped(change.cause.replace("timer ", "timer: ", 1), self.wording.cause_in, SMALL_PT):
                        _once(here, line)
        for arrow in self.it.arrows:
            if arrow.side == side and not arrow.duplicate and arrow.reason not in ("", "reset"):
                words = "timer: " * arrow.timed + TIMER_REASONS.get(arrow.reason, arrow.reason)
                for line in wrapped(words, self.wording.cause_in, SMALL_PT):
                    _once(notes.setdefault(arrow.sent_s, []), line)
            if arrow.side != side and arrow.dropped and arrow.arrived_s is not None:
                for line in wrapped(f"dropped: {arrow.dropped}", self.wording.cause_in, SMALL_PT):
                    _once(notes.setdefault(arrow.arrived_s, []), line)
            if arrow.side != side and arrow.rules and arrow.arrived_s is not None:
                for line in wrapped(f"rules: {arrow.rules}", self.wording.cause_in, SMALL_PT):
                    _once(notes.setdefault(arrow.arrived_s, []), line)
        for again in self.it.again:
            if again.side == side:
                for line in again.text.replace(": ", ":\n").splitlines():
                    _once(notes.setdefault(again.time_s, []), line)
        return sorted(notes.items())

    def timed(self, side: int) -> set[float]:
        """When a timer of that end expired [s]."""
        sent = {a.sent_s for a in self.it.arrows if a.side == side and a.timed}
        return sent | {c.time_s for c in self.it.changes if c.side == side and c.cause.startswith("timer")}


def why_beside(arrow: Arrow) -> str:
    """Why it did not arrive, in a few words; empty where it did, or nobody knows."""
    if arrow.arrived_s is not None:
        return ""
    return (arrow.lost or "held back" * bool(arrow.held) or "corrupt" * arrow.damaged).partition(":")[0]


def _once(lines: list[str], line: str) -> None:
    if line not in lines:
        lines.append(line)


def _box(at: tuple[float, float, float], width: float) -> list[tuple[float, float]]:
    """The corners of a label of `width` inches, centred and turned as `at` says."""
    x, y, angle = at
    c, s = math.cos(angle), math.sin(angle)
    w, h = width / 2, LABEL_IN / 2
    return [(x + c * a - s * b, y + s * a + c * b) for a, b in ((-w, -h), (w, -h), (w, h), (-w, h))]


def _overlap(one: list[tuple[float, float]], two: list[tuple[float, float]]) -> bool:
    """Whether two convex shapes meet (separating axis theorem; a shape of two points is a line)."""
    for shape in (one, two):
        for (ax, ay), (bx, by) in zip(shape, shape[1:] + shape[:1]):
            nx, ny = by - ay, ax - bx
            first = [nx * x + ny * y for x, y in one]
            second = [nx * x + ny * y for x, y in two]
            if max(first) <= min(second) or max(second) <= min(first):
                return False
    return True
