"""The ladder of the page: places of the figure, each segment and each moment at an end a thing that can be pointed at."""

from __future__ import annotations

from ..base.colours import STATE_COLOUR
from ..figures.method.ladder_layout import HELD_AT, LINE_IN, RAIL_IN, Layout, Slot, why_beside
from .svg import cross, drawing, line, tag, text, units

MARK_IN = 0.025  # half the size of a mark
Moments = dict[tuple[int, float], str]  # by side and time [s]: the key of what happened at an end at that instant


def moments(it: Layout) -> Moments:
    """What is written outside the rails, each with a key of its own."""
    return {(side, time_s): f"m{side}.{i}" for side in (0, 1) for i, (time_s, _) in enumerate(it.outer[side])}


def knots(it: Layout) -> list[list[float]]:
    """Instant [s], and from where to where it reaches [units from the top]: what one end sends at once stands in a row."""
    places: dict[float, list[float]] = {}
    for slot, y in it.y.items():
        if not slot.guess:
            places.setdefault(slot.time_s, []).append(y)
    return [[time_s, float(units(min(ys))), float(units(max(ys)))] for time_s, ys in sorted(places.items())]


def ladder_svg(it: Layout, run: int) -> str:
    """The picture; keys of what stands in it begin with the number of the `run`."""
    parts = [*_guides(it), line(it.clock_x, 0.0, it.right_x + 0.12, 0.0, "cursor"), *_rails(it), *_breaks(it)]
    # In order of time, so that the keyboard walks through them as they happened.
    things = [(arrow.sent_s, 1, i, _arrow(it, i, run)) for i, arrow in enumerate(it.it.arrows)]
    keys = moments(it)
    things += [(time_s, 0, side, _moment(it, side, i, f"{run}{keys[side, time_s]}"))
               for side in (0, 1) for i, (time_s, _) in enumerate(it.outer[side])]  # fmt: skip
    parts += [thing for *_, thing in sorted(things, key=lambda thing: thing[:3])]
    names = " and ".join(it.it.names)
    return drawing(parts, 0.0, 0.0, it.width + 0.1, it.bottom + 0.15, "ladder", f"Ladder of {it.it.title}, between {names}")


def _guides(it: Layout) -> list[str]:
    parts = []
    for side, x in ((0, it.left_x), (1, it.right_x)):
        isn = "" if it.it.isn[side] is None else f"ISN {it.it.isn[side]}"
        parts.append(text(x, 0.17, ("● ", "■ ")[side] + it.it.names[side], f"name side{side}", "middle"))
        parts += [text(x, 0.31 + 0.12 * i, words, "quiet", "middle") for i, words in enumerate(filter(None, (it.it.addresses[side], isn)))]
        parts.append(text(x + (-0.16, 0.16)[side], 0.6, it.it.initial[side], "", ("end", "start")[side]))
    parts.append(text(it.clock_x, 0.6, "time [s]", "", "end"))
    for y, clock in it.guides():
        parts.append(text(it.clock_x, y, clock, "", "end"))
        parts.append(line(it.clock_x + 0.05, y, it.right_x, y, "guide"))
    return parts


def _rails(it: Layout) -> list[str]:
    parts = []
    for side, x in ((0, it.left_x), (1, it.right_x)):
        state, top = it.it.initial[side], 0.6
        own = [(change.time_s, change.after) for change in it.it.changes if change.side == side]
        for time_s, after in [*own, (None, "")]:
            y = it.bottom if time_s is None else it.y[Slot(time_s)]
            if y > top:
                known = f"rail s-{state}" if state in STATE_COLOUR else "rail"
                parts.append(tag("rect", x=x - RAIL_IN / 2, y=float(top), width=float(RAIL_IN), height=float(y - top), class_=known))
            state, top = after, y
    return parts


def _breaks(it: Layout) -> list[str]:
    parts = []
    for top, bottom, words in it.breaks:
        y = (top + bottom) / 2
        for x in (it.left_x, it.right_x):
            parts.append(tag("path", d=f"M{units(x - 0.1)} {units(y + 0.03)}L{units(x + 0.1)} {units(y - 0.03)}", class_="gap"))
            parts += [line(x - 0.1, y + 0.03 + lift, x + 0.1, y - 0.03 + lift, "ink") for lift in (-0.025, 0.025)]
        parts.append(text((it.left_x + it.right_x) / 2, y, words, "aside halo", "middle"))
    return parts


def _arrow(it: Layout, i: int, run: int) -> str:
    arrow = it.it.arrows[i]
    x0, y0, x1, y1 = it.lines[i]
    slot = it.ends[i][1]
    until_s = arrow.arrived_s if arrow.arrived_s is not None else slot.time_s if slot is not None else arrow.sent_s
    kind = " ".join(["shaft", *["lost"] * bool(arrow.lost), *["copy"] * arrow.duplicate])
    arrives = arrow.arrived_s is not None
    parts = [line(x0, y0, x1, y1, "hit"), line(x0, y0, x1, y1, kind, marker_end="url(#head)" if arrives else None)]
    if arrow.lost:
        parts.append(cross(x1, y1, 0.035, "lost"))
    elif not arrives:
        parts.append(text(x1, y1, "…", "halo", "middle"))
    if why_beside(arrow):
        sign, align = ((1, "start"), (-1, "end"))[arrow.side]
        parts.append(text(x1 + sign * 0.08, it.beside[i][0][1], why_beside(arrow), "halo lost" if arrow.lost else "halo", align))
    if arrow.held:
        parts.append(tag("circle", cx=x0 + HELD_AT * (x1 - x0), cy=y0 + HELD_AT * (y1 - y0), r=MARK_IN, class_="mark"))
    if arrow.dropped:
        parts.append(tag("rect", x=x1 - MARK_IN, y=y1 - MARK_IN, width=2 * MARK_IN, height=2 * MARK_IN, class_="mark lost"))
    x, y, angle = it.labels[i]
    parts.append(text(x, y, it.texts[i], "halo", "middle", angle * 180 / 3.141592653589793))
    parts.append(tag("circle", cx=float(x0), cy=float(y0), r=0.04, class_="flying"))
    return tag("g", "".join(parts), class_="thing", data_k=f"{run}a{i}", data_from=repr(arrow.sent_s), data_to=repr(until_s), tabindex=-1)


def _moment(it: Layout, side: int, i: int, key: str) -> str:
    """What stands outside a rail at an instant."""
    (time_s, lines), y = it.outer[side][i], it.outer_y[side][i]
    sign, x, align = ((-1, it.left_x, "end"), (1, it.right_x, "start"))[side]
    at = it.y[Slot(time_s)]
    edge = x + sign * RAIL_IN / 2
    points = ((edge, at), (edge + sign * 0.04, at), (edge + sign * 0.1, y))
    parts = [tag("polyline", points=" ".join(f"{units(a)},{units(b)}" for a, b in points), class_="lead")]
    if time_s in it.timed(side):
        parts.append(line(x - sign * 0.02, at, x + sign * 0.09, at, "tick"))
    top = y - len(lines) * LINE_IN / 2
    parts += [text(x + sign * 0.16, top + (j + 0.5) * LINE_IN, words, "halo" if words in STATE_COLOUR else "halo aside", align)
              for j, words in enumerate(lines)]  # fmt: skip
    return tag("g", "".join(parts), class_="thing", data_k=key, data_from=repr(time_s), data_to=repr(time_s), tabindex=-1)
