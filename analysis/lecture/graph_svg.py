"""The state graph of the page: the layout of `figures.graph`, with places to be lit."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ..base.ladder import Change, Ladder
from ..figures.graph import BOX_H, BOX_W, HEIGHT_IN, PLACE, WIDTH_IN, arrows, label_lines, route, transition_table
from .svg import drawing, tag, text, units

ANCHOR = {"left": "start", "right": "end", "center": "middle"}
ENDS_BELOW = ("TIME-WAIT", "LAST-ACK")  # from which CLOSED is the lower of its two boxes


def place_of(change: Change) -> str:
    """The box in which an end is after a change."""
    return "END" if change.after == "CLOSED" and change.before in ENDS_BELOW else change.after


def graph_svg(it: Ladder, table: Path) -> str:
    """All states; solid are the transitions that this connection took, with id and count."""
    counts = Counter(change.transition or f"{change.before}>{change.after}" for change in it.changes if not change.of_listener)
    counts = Counter({name: count for name, count in counts.items() if ">" not in name or name.split(">")[0] != name.split(">")[1]})
    parts = []
    for arrow in arrows(transition_table(), counts, table):
        points, at, align = route(arrow)
        kind = "edge taken" if arrow.total else "edge"
        path = tag("path", d=_rounded(points), class_=kind, marker_end=f"url(#{'head' if arrow.total else 'faint-head'})")
        labels = [text(x, y, words, "halo count" if is_count else "halo small" if taken else "halo small quiet", ANCHOR[ha])
                  for x, y, ha, words, taken, is_count in label_lines(arrow, at, align)]  # fmt: skip
        parts.append(tag("g", path + "".join(labels), data_edge=f"{arrow.before}>{arrow.after}"))
    for name, (x, y) in PLACE.items():
        state = "CLOSED" if name == "END" else name
        left, top = x - BOX_W / 2, y - BOX_H / 2
        box = tag("rect", x=left, y=top, width=BOX_W, height=BOX_H, rx=0.06, class_=f"box s-{state}")
        # Beside colour and place, each end has a shape: a disc at the left, a square at the right.
        box += tag("rect", x=left - 0.05, y=top - 0.05, width=BOX_W + 0.1, height=BOX_H + 0.1, rx=0.1, class_="lit lit0")
        box += tag("rect", x=left - 0.09, y=top - 0.09, width=BOX_W + 0.18, height=BOX_H + 0.18, rx=0.13, class_="lit lit1")
        box += tag("circle", cx=left, cy=top, r=0.09, class_="here here0")
        box += tag("rect", x=left + BOX_W - 0.08, y=top - 0.08, width=0.16, height=0.16, class_="here here1")
        parts.append(tag("g", box + text(x, y, state, f"box-name t-{state}", "middle"), data_state=name))
    return drawing(parts, 0.08, 0.08, WIDTH_IN - 0.4, HEIGHT_IN - 0.02, "graph", "State graph of RFC 9293, with where both ends are")


def _rounded(points: list[tuple[float, float]], radius: float = 0.1) -> str:
    """A path through `points` [inches] with rounded corners."""
    (x, y), *rest = points
    steps = [f"M{units(x)} {units(y)}"]
    for before, corner, after in zip(points, rest, rest[1:]):
        near = []
        for end in (before, after):
            away = ((end[0] - corner[0]) ** 2 + (end[1] - corner[1]) ** 2) ** 0.5
            near.append(tuple(c + (e - c) * min(radius, away / 2) / away for c, e in zip(corner, end)))
        steps.append(f"L{units(near[0][0])} {units(near[0][1])}Q{units(corner[0])} {units(corner[1])} {units(near[1][0])} {units(near[1][1])}")
    return "".join([*steps, f"L{units(rest[-1][0])} {units(rest[-1][1])}"])
