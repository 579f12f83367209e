"""The timeline of the page: states, segments and timers of both ends over time, on the broken axis of `figures.timeline`."""

from __future__ import annotations

from dataclasses import dataclass

from ..base.colours import STATE_COLOUR
from ..base.ladder import pause
from ..base.picture import SMALL_PT, spread, text_width
from ..figures.timeline import BAR_IN, CAUSE_STEP_IN, Drawing
from .ladder_svg import Moments
from .svg import cross, drawing, line, tag, text, units

BETWEEN_IN = 0.8  # the lanes, for the segments
TIMER_IN = 0.13  # a row of one timer
MOST_CAUSE_IN = 1.6  # of a slanted cause


@dataclass(frozen=True)
class Span:
    """A timer of one end, from when it was armed to what ended that; times in seconds."""

    side: int
    timer: str
    from_s: float
    to_s: float
    how: str  # it ended


@dataclass(frozen=True)
class Picture:
    """The column of names, and what may be stretched beside it."""

    names: str
    svg: str
    axis: list[list[float]]  # instants [s], and their places [units]


def timeline_svg(it: Drawing, timers: list[Span], moments: Moments, run: int) -> Picture:
    causes = [it.remarks(side) for side in (0, 1)]
    slants = [max([min(text_width(words, SMALL_PT), MOST_CAUSE_IN) for _, words in remarks] + [0.2]) * it.rise + 0.2 for remarks in causes]
    lanes = (slants[0], slants[0] + BAR_IN + BETWEEN_IN)
    rows = list(dict.fromkeys((span.side, span.timer) for span in sorted(timers, key=lambda span: (span.side, span.timer))))
    first = lanes[1] + BAR_IN + slants[1]
    row_at = {row: first + TIMER_IN * i for i, row in enumerate(rows)}
    axis_y = first + TIMER_IN * len(rows) + 0.12
    labels = [f"{('●', '■')[side]} {it.it.names[side]}: {timer}" for side, timer in rows]
    wide = max(text_width(words, SMALL_PT) for words in [*labels, *(f"● {name}  " for name in it.it.names), "time [s]"]) * 1.1 + 0.1
    height = axis_y + 0.22
    names = [text(wide - 0.06, lanes[side] + BAR_IN / 2, f"{('●', '■')[side]} {it.it.names[side]}", f"name side{side}", "end") for side in (0, 1)]
    names += [text(wide - 0.06, y + TIMER_IN / 2, words, "", "end") for words, y in zip(labels, row_at.values())]
    names.append(text(wide - 0.06, axis_y + 0.12, "time [s]", "quiet", "end"))

    parts = []
    for side in (0, 1):
        parts += _lane(it, side, lanes[side])
        parts += _causes(it, side, lanes[side], causes[side], moments, run)
    for i in range(len(it.arrows)):
        parts.append(_segment(it, i, lanes, run))
    for span in timers:
        parts += _timer(it, span, row_at[span.side, span.timer])
    parts += _axis(it, axis_y, lanes)
    parts.append(line(it.left, lanes[0] - 0.06, it.left, axis_y, "cursor"))
    label = f"States of {' and '.join(it.it.names)} over time"
    return Picture(
        drawing(names, 0.0, 0.0, wide, height, "names", label),
        drawing(parts, it.left, 0.0, it.width_in - it.left, height, "timeline", label),
        [it.time.times_s, [float(units(place)) for place in it.time.places]],
    )


def _lane(it: Drawing, side: int, top: float) -> list[str]:
    parts = []
    for x0, x1, state in it.pieces(side):
        parts.append(tag("rect", x=float(x0), y=top, width=float(x1 - x0), height=BAR_IN, class_=f"bar s-{state}" if state in STATE_COLOUR else "bar"))
        a, b = it.widest(side, x0, x1)
        if state:  # where it does not fit, the script hides it until it does
            fits = text_width(state, SMALL_PT) + 0.06 < b - a
            words = text((a + b) / 2, top + BAR_IN / 2, state, f"in-bar t-{state}", "middle")
            parts.append(tag("g", words, class_="fits" if fits else "fits not", data_room=float(b - a), data_wants=text_width(state, SMALL_PT) + 0.06))
    return parts


def _causes(it: Drawing, side: int, top: float, remarks: list[tuple[float, str]], moments: Moments, run: int) -> list[str]:
    at = [it.time(time_s) for time_s, _ in remarks]
    sign, edge = ((-1, top), (1, top + BAR_IN))[side]
    parts = []
    for (time_s, words), x, place in zip(remarks, at, spread(at, [CAUSE_STEP_IN / it.rise] * len(at), it.left)):
        lead = f"{units(x)},{units(edge)} {units(x)},{units(edge + sign * 0.04)} {units(place)},{units(edge + sign * 0.12)}"
        told = tag("polyline", points=lead, class_="lead") + text(place, edge + sign * 0.14, words, "halo", turn_deg=sign * it.slant_deg)
        parts.append(_thing(told, f"{run}{moments.get((side, time_s), '')}", time_s, time_s))
    return parts


def _thing(content: str, key: str, from_s: float, to_s: float) -> str:
    """Something that lies at one instant, or belongs to what stands in the ladder under the same key."""
    return tag("g", content, class_="thing", data_k=key, data_from=repr(from_s), data_to=repr(to_s))


def _segment(it: Drawing, i: int, lanes: tuple[float, float], run: int) -> str:
    arrow = it.arrows[i]
    inner = (lanes[0] + BAR_IN, lanes[1])
    y0, y1 = inner if arrow.side == 0 else inner[::-1]
    x0 = it.time(arrow.sent_s)
    arrives = arrow.arrived_s is not None
    if arrow.arrived_s is not None:
        x1 = it.time(arrow.arrived_s)
    else:
        ahead = min(it.it.flight_s() * it.time.scale(), 0.5)
        x1, y1 = x0 + 0.6 * ahead, y0 + 0.6 * (y1 - y0)
    kind = " ".join(["shaft", *["lost"] * bool(arrow.lost), *["copy"] * arrow.duplicate])
    parts = [line(x0, y0, x1, y1, "hit"), line(x0, y0, x1, y1, kind, marker_end="url(#head)" if arrives else None)]
    if arrow.lost:
        parts.append(tag("g", cross(0.0, 0.0, 0.03, "lost"), transform=f"translate({units(x1)} {units(y1)})"))
    until_s = arrow.arrived_s if arrow.arrived_s is not None else arrow.sent_s + it.it.flight_s()
    return _thing("".join(parts), f"{run}a{i}", arrow.sent_s, until_s)


def _timer(it: Drawing, span: Span, top: float) -> list[str]:
    from_s, to_s = max(span.from_s, it.first_s), min(span.to_s, it.last_s)
    if from_s > to_s:
        return []
    x0, x1 = it.time(from_s), it.time(to_s)
    bar = tag("rect", x=float(x0), y=top + 0.03, width=float(max(x1 - x0, 0.01)), height=TIMER_IN - 0.06, class_=f"timer {span.how}")
    parts = [bar]
    if span.how == "expired":
        parts.append(line(x1, top, x1, top + TIMER_IN, "tick"))
    return parts


def _axis(it: Drawing, y: float, lanes: tuple[float, float]) -> list[str]:
    parts = [line(it.left, y, it.width_in - 0.08, y, "ink")]
    taken: list[tuple[float, float]] = []
    for time_s, words in it.ticks():
        x = it.time(time_s)
        half = text_width(words, SMALL_PT) / 2 + 0.05
        if not any(x - half < b and a < x + half for a, b in taken):
            taken.append((x - half, x + half))
            x_text, anchor = (it.left, "start") if x - half < it.left else (x, "middle")
            parts += [line(x, y, x, y + 0.04, "ink"), text(x_text, y + 0.12, words, "", anchor)]
    for a, b in it.time.breaks:
        x = (it.time(a) + it.time(b)) / 2
        for top, bottom in [(y - 0.05, y + 0.05), *((lane - 0.03, lane + BAR_IN + 0.03) for lane in lanes)]:
            band = f"M{units(0.025)} {units(top)}L{units(-0.025)} {units(bottom)}"
            marks = tag("path", d=band, class_="gap") + "".join(
                line(0.025 + shift, top, -0.025 + shift, bottom, "ink") for shift in (-0.025, 0.025))  # fmt: skip
            parts.append(tag("g", marks, transform=f"translate({units(x)} 0)"))
        parts.append(text(x, y - 0.1, pause(b - a), "aside halo", "middle"))
    return parts
