"""The state machine, with how often each transition was taken."""

from __future__ import annotations

import argparse
import csv
import textwrap
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.colours import INK, QUIET, STATE_COLOUR, STATES, text_colour
from ..base.errors import BadInput
from ..base.files import ROOT
from ..base.picture import FONT_PT, SMALL_PT, page, width_of
from ..base.run_folder import RunFolder
from ..base.words import shortened
from .method.figure import Figure
from .method.panels import Panel

if TYPE_CHECKING:
    from matplotlib import figure as mpl

TABLE = ROOT / "analysis" / "transition-table.csv"
COLUMNS = ["id", "from", "to", "class", "default", "trigger", "section"]
WIDTH_IN, HEIGHT_IN = 7.2, 7.0
ALL_IDS_IN, LEAST_IN = 5.0, 3.3  # below the first the ids of what was never taken find no room
BOX_W, BOX_H = 1.06, 0.3


@dataclass(frozen=True)
class Edge:
    """A row of the transition table. `kind` is its class: F figure, E error, O option, I, L legacy or X."""

    id: str
    before: str
    after: str
    kind: str
    on: bool
    trigger: str


@dataclass
class Arrow:
    """All transitions between two states, drawn as one."""

    before: str
    after: str
    edges: list[Edge] = field(default_factory=list)
    taken: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.taken.values())


def transition_table(file: Path = TABLE) -> list[Edge]:
    """The transitions of the machine, as the C++ program writes them."""
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = csv.DictReader(stream)
            if rows.fieldnames != COLUMNS:
                raise BadInput(f"{file}: expected the columns {','.join(COLUMNS)}")
            return [
                Edge(r["id"], r["from"], r["to"], r["class"], r["default"] == "on", r["trigger"]) for r in rows
            ]
    except FileNotFoundError:
        raise BadInput(f"{file}: no such file; it belongs to the analysis") from None


def read(folders: list[RunFolder], options: argparse.Namespace, notes: list[str]) -> list[Arrow]:
    return arrows(transition_table(), count_transitions(folders[0]), folders[0].path / "transitions.csv")


def caption(drawn: list[Arrow]) -> list[str]:
    taken = {name: count for arrow in drawn for name, count in arrow.taken.items()}
    left_out = "" if Places.fitting().all_ids else ", its ids left out"
    return [f"Transitions taken, all hosts and connections, whole run: n = {sum(taken.values())}, {len(taken)} different. Solid: taken, "
            f"with id and count; dashed: never taken{left_out}.",
            "A count without id: the run does not tell which transition it was." if any(">" in name for name in taken) else ""]  # fmt: skip


def count_transitions(folder: RunFolder) -> Counter[str]:
    """How often each transition id occurs in the run; ``FROM>TO`` where the run does not tell the id."""
    counts: Counter[str] = Counter()
    for chunk in folder.chunks("transitions", ["from", "to", "transition"]):
        names = chunk["transition"].where(chunk["transition"] != "", chunk["from"] + ">" + chunk["to"])
        counts.update(names.value_counts().to_dict())
    return counts


def arrows(edges: list[Edge], counts: Counter[str], where: Path) -> list[Arrow]:
    """One arrow for each pair of states: default transitions, and any other that was taken."""
    unknown = sorted({name for name in counts if ">" not in name} - {edge.id for edge in edges})
    if unknown:
        raise BadInput(f"{where}: transition {shortened(unknown[0])} is not in {TABLE.name}; expected ids such as T08 or T41.ES")
    found: dict[tuple[str, str], Arrow] = {}
    for edge in edges:
        if not edge.on and not counts[edge.id]:
            continue
        arrow = found.setdefault((edge.before, edge.after), Arrow(edge.before, edge.after))
        arrow.edges.append(edge)
        if counts[edge.id]:
            arrow.taken[edge.id] = counts[edge.id]
    for name, count in counts.items():
        if ">" in name:
            before, _, after = name.partition(">")
            found.setdefault((before, after), Arrow(before, after)).taken[name] = count
    return list(found.values())


# From the whole width to a column of a paper: the edges of boxes, of which the right one has room behind it for an id.
COLUMN = ((0.0, 0.0), (0.2, 0.05), (0.35, 0.13), (1.22, 0.22), (2.28, 0.9), (3.07, 1.18), (4.13, 1.86), (4.92, 2.14), (5.98, 2.82), (6.34, 2.88),
          (7.2, 3.3))  # fmt: skip


@dataclass(frozen=True)
class Places:
    """Where things stand in a picture of some width [inches]; natural ones are those of `PLACE` and `ROUTES`."""

    width: float = WIDTH_IN

    @classmethod
    def fitting(cls) -> "Places":
        """Of the width that was asked for."""
        return cls(min(WIDTH_IN, max(LEAST_IN, width_of(WIDTH_IN))))

    @property
    def all_ids(self) -> bool:
        return self.width >= ALL_IDS_IN

    @property
    def height(self) -> float:
        return self.at((0, HEIGHT_IN))[1]

    @property
    def box(self) -> tuple[float, float]:
        (left, top), (right, bottom) = (self.at((PLACE["CLOSED"][0] + s * BOX_W / 2, s * BOX_H / 2)) for s in (-1, 1))
        return right - left, bottom - top

    def at(self, natural: tuple[float, float]) -> tuple[float, float]:
        x, y = natural
        if self.all_ids:
            return x * self.width / WIDTH_IN, y
        k = min(i for i, (knot, _) in enumerate(COLUMN) if x <= knot or i == len(COLUMN) - 1) or 1
        (x0, a), (x1, b) = COLUMN[k - 1 : k + 1]
        return (a + (b - a) * (x - x0) / (x1 - x0)) * self.width / LEAST_IN, y * 0.85


# Places in inches, y downward, after RFC 9293 Figure 5; CLOSED stands twice, as there.
PLACE = {
    "CLOSED": (3.6, 0.35),
    "LISTEN": (3.6, 1.45),
    "SYN-RECEIVED": (1.75, 2.35),
    "SYN-SENT": (5.45, 2.35),
    "ESTABLISHED": (3.6, 3.3),
    "FIN-WAIT-1": (1.75, 4.2),
    "CLOSE-WAIT": (5.45, 4.2),
    "FIN-WAIT-2": (1.75, 5.5),
    "CLOSING": (3.6, 5.5),
    "LAST-ACK": (5.45, 5.5),
    "TIME-WAIT": (3.6, 6.65),
    "END": (5.45, 6.65),
}
# Where each arrow runs: way points in inches, the place of its label, and the label's alignment.
Route = tuple[list[tuple[float, float]], tuple[float, float], str]
ROUTES: dict[tuple[str, str], Route] = {
    ("CLOSED", "LISTEN"): ([(3.4, 0.5), (3.4, 1.3)], (3.34, 0.9), "right"),
    ("LISTEN", "CLOSED"): ([(3.8, 1.3), (3.8, 0.5)], (3.86, 0.9), "left"),
    ("CLOSED", "SYN-SENT"): ([(4.13, 0.3), (5.75, 0.3), (5.75, 2.2)], (5.81, 0.9), "left"),
    ("SYN-SENT", "CLOSED"): ([(5.25, 2.2), (5.25, 0.42), (4.13, 0.42)], (5.19, 1.25), "right"),
    ("LISTEN", "SYN-RECEIVED"): ([(3.3, 1.6), (2.1, 2.2)], (2.78, 1.96), "left"),
    ("SYN-RECEIVED", "LISTEN"): ([(1.75, 2.2), (1.75, 1.45), (3.07, 1.45)], (2.35, 1.38), "bottom"),
    ("SYN-RECEIVED", "CLOSED"): ([(1.4, 2.2), (1.4, 0.35), (3.07, 0.35)], (1.34, 1.1), "right"),
    ("SYN-SENT", "SYN-RECEIVED"): ([(4.92, 2.35), (2.28, 2.35)], (3.6, 2.29), "bottom"),
    ("SYN-SENT", "ESTABLISHED"): ([(5.1, 2.5), (3.9, 3.15)], (5.0, 2.68), "left"),
    ("SYN-RECEIVED", "ESTABLISHED"): ([(2.1, 2.5), (3.3, 3.15)], (2.6, 2.85), "right"),
    ("SYN-RECEIVED", "FIN-WAIT-1"): ([(1.6, 2.5), (1.6, 4.05)], (1.54, 3.3), "right"),
    ("ESTABLISHED", "FIN-WAIT-1"): ([(3.3, 3.45), (2.1, 4.05)], (2.6, 3.72), "right"),
    ("ESTABLISHED", "CLOSE-WAIT"): ([(3.9, 3.45), (5.1, 4.05)], (4.8, 3.97), "right"),
    ("ESTABLISHED", "CLOSED"): ([(4.13, 3.3), (4.5, 3.3)], (4.54, 3.3), "stub"),
    ("FIN-WAIT-1", "FIN-WAIT-2"): ([(1.75, 4.35), (1.75, 5.35)], (1.69, 5.05), "right"),
    ("FIN-WAIT-1", "CLOSING"): ([(2.28, 4.25), (3.6, 5.35)], (3.3, 4.92), "left"),
    ("FIN-WAIT-1", "TIME-WAIT"): ([(2.05, 4.35), (3.2, 6.5)], (2.48, 5.03), "left"),
    ("FIN-WAIT-1", "CLOSED"): ([(2.28, 4.15), (2.65, 4.15)], (2.69, 4.15), "stub"),
    ("FIN-WAIT-2", "TIME-WAIT"): ([(1.95, 5.65), (1.95, 6.6), (3.07, 6.6)], (2.1, 6.54), "bottomleft"),
    ("FIN-WAIT-2", "CLOSED"): ([(1.6, 5.65), (1.6, 5.95)], (1.6, 5.98), "stubdown"),
    ("CLOSING", "TIME-WAIT"): ([(3.6, 5.65), (3.6, 6.5)], (3.66, 6.1), "left"),
    ("CLOSING", "CLOSED"): ([(4.13, 5.5), (4.31, 5.5)], (4.34, 5.5), "stub"),
    ("CLOSE-WAIT", "LAST-ACK"): ([(5.45, 4.35), (5.45, 5.35)], (5.51, 4.85), "left"),
    ("CLOSE-WAIT", "CLOSED"): ([(5.98, 4.2), (6.3, 4.2)], (6.34, 4.2), "stub"),
    ("LAST-ACK", "CLOSED"): ([(5.45, 5.65), (5.45, 6.5)], (5.51, 6.1), "left"),
    ("TIME-WAIT", "CLOSED"): ([(4.13, 6.65), (4.92, 6.65)], (4.52, 6.72), "top"),
    ("TIME-WAIT", "SYN-RECEIVED"): ([(3.07, 6.75), (0.35, 6.75), (0.35, 2.4), (1.22, 2.4)], (0.41, 3.1), "left"),
    ("SYN-RECEIVED", "TIME-WAIT"): (
        [(1.22, 2.28), (0.2, 2.28), (0.2, 6.92), (3.3, 6.92), (3.3, 6.8)], (0.24, 2.22), "bottomleft"
    ),
    ("LISTEN", "SYN-SENT"): ([(3.9, 1.6), (5.1, 2.2)], (4.4, 1.98), "right"),
    ("LISTEN", "ESTABLISHED"): ([(3.6, 1.6), (3.6, 3.15)], (3.66, 2.55), "left"),
}


# What runs otherwise in a column of a paper, whose boxes leave no room between them.
COLUMN_ROUTES: dict[tuple[str, str], Route] = {
    ("CLOSING", "CLOSED"): ([(4.0, 5.65), (4.0, 5.9)], (4.0, 5.93), "stubdown"),
    ("TIME-WAIT", "CLOSED"): ([(4.13, 6.65), (4.92, 6.65)], (4.52, 6.84), "top"),
    ("LISTEN", "SYN-RECEIVED"): (ROUTES["LISTEN", "SYN-RECEIVED"][0], (2.98, 1.98), "left"),
    ("SYN-SENT", "ESTABLISHED"): (ROUTES["SYN-SENT", "ESTABLISHED"][0], (5.08, 2.72), "left"),
    ("ESTABLISHED", "CLOSE-WAIT"): (ROUTES["ESTABLISHED", "CLOSE-WAIT"][0], (4.7, 3.97), "right"),
    ("SYN-RECEIVED", "ESTABLISHED"): (ROUTES["SYN-RECEIVED", "ESTABLISHED"][0], (2.44, 2.9), "right"),
    ("ESTABLISHED", "FIN-WAIT-1"): (ROUTES["ESTABLISHED", "FIN-WAIT-1"][0], (2.44, 3.66), "right"),
}


def draw(drawn: list[Arrow], caption: str) -> mpl.Figure:
    """The eleven states laid out as in RFC 9293 Figure 5, one arrow per pair of states.

    Taken arrows are solid, thicker the more often they were taken, and labelled with each transition
    id and its count; those never taken are thin, dashed and grey. No axes: the picture has no scale.
    """
    places = Places.fitting()
    figure, axes = page(places.width, places.height, caption)
    _ink(axes, drawn, places)
    return figure


def panel(drawn: list[Arrow]) -> Panel:
    return Panel(WIDTH_IN, HEIGHT_IN, lambda sheet: _ink(sheet.page(), drawn, Places()), beside=True)


def _ink(axes, drawn: list[Arrow], places: Places) -> None:
    most = max([arrow.total for arrow in drawn] + [1])
    for arrow in drawn:
        _draw_arrow(axes, arrow, most, places)
    seen = {a.before for a in drawn if a.total} | {a.after for a in drawn if a.total}
    for name in PLACE:
        _draw_state(axes, name, seen, places)


FIGURE = Figure(
    shows="the state machine, and how often each of its transitions was taken",
    read=read, caption=caption, draw=draw, panel=panel, tables=("transitions",),
)  # fmt: skip


def _draw_state(axes, name: str, seen: set[str], places: Places) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y = places.at(PLACE[name])
    wide, high = places.box
    state = "CLOSED" if name == "END" else name
    colour = STATE_COLOUR[state]
    axes.add_patch(
        FancyBboxPatch((x - wide / 2 + 0.04, y - high / 2 + 0.04), wide - 0.08, high - 0.08,
                       boxstyle="round,pad=0.04,rounding_size=0.05", facecolor=colour, edgecolor=INK,
                       lw=1.0 if state in seen else 0.5, zorder=5)
    )  # fmt: skip
    axes.text(x, y, state, ha="center", va="center", fontsize=FONT_PT if places == Places() else SMALL_PT, color=text_colour(colour), zorder=6)


def _draw_arrow(axes, arrow: Arrow, most: int, places: Places) -> None:
    from math import log

    from matplotlib.patches import FancyArrowPatch

    points, at, align = (not places.all_ids and COLUMN_ROUTES.get((arrow.before, arrow.after))) or route(arrow)
    taken = arrow.total > 0
    width = 0.9 + 1.5 * log(arrow.total) / max(log(most), 1e-9) if taken and most > 1 else 0.9
    axes.add_patch(
        FancyArrowPatch(path=_rounded([places.at(point) for point in points]),
                        arrowstyle=f"-|>,head_width={1.5 + width * 0.45},head_length={3.2 + width * 0.8}",
                        lw=width if taken else 0.6, linestyle="-" if taken else (0, (4, 2)), shrinkA=0, shrinkB=0,
                        color=INK if taken else QUIET, zorder=3 if taken else 2, mutation_scale=1,
                        joinstyle="miter")
    )  # fmt: skip
    _label(axes, arrow, places.at(at), align, places)


def label_lines(arrow: Arrow, at: tuple[float, float], align: str, all_ids: bool = True) -> list[tuple[float, float, str, str, bool, bool]]:
    """What stands at an arrow, the lines from the top: x, y [inches], alignment, text, whether it was taken, whether it is a count."""
    lines = [(str(n) if ">" in i else f"{_short(i, arrow)}: {n}", True, True) for i, n in arrow.taken.items()]
    rest = _compressed([_short(e.id, arrow) for e in arrow.edges if e.id not in arrow.taken]) if all_ids else []
    lines += [(line, False, False) for line in _lines(rest)]
    if align.startswith("stub"):
        lines.insert(0, ("CLOSED", arrow.total > 0, False))
    step = 0.1
    x, y = at
    ha = {"right": "right", "left": "left", "stub": "left", "bottomleft": "left"}.get(align, "center")
    height = step * len(lines)
    top = {"bottom": y - height, "bottomleft": y - height, "top": y, "stubdown": y}.get(align, y - height / 2)
    return [(x, top + (i + 0.5) * step, ha, *line) for i, line in enumerate(lines)]


def _label(axes, arrow: Arrow, at: tuple[float, float], align: str, places: Places) -> None:
    """Ids with counts where taken, in bold ink; the other ids in grey below."""
    for x, y, ha, text, taken, is_count in label_lines(arrow, at, align, places.all_ids):
        axes.text(x, y, text, ha=ha, va="center", fontsize=SMALL_PT, color=INK if taken else QUIET, weight="bold" if is_count else "normal",
                  zorder=7, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.85})  # fmt: skip


def _short(transition: str, arrow: Arrow) -> str:
    """``T41.ES`` is ``T41`` here, because the arrow already tells the state."""
    return transition.partition(".")[0]


def _compressed(ids: list[str]) -> list[str]:
    """Runs of neighbouring ids as ranges: T40, T41, T42 is T40-T42."""
    numbers = sorted({int(i[1:]) for i in ids})
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    parts = []
    for a, b in runs:
        parts += [f"T{a:02d}"] if a == b else [f"T{a:02d}", f"T{b:02d}"] if b == a + 1 else [f"T{a:02d}–T{b:02d}"]
    return parts


def _lines(parts: list[str]) -> list[str]:
    """As wide as two ids or one range, which fits between two boxes."""
    return [line.rstrip(",") for line in textwrap.wrap(", ".join(parts), len("T40, T41,"))]


def route(arrow: Arrow) -> Route:
    """Way points, the place of the label, and its alignment."""
    return ROUTES.get((arrow.before, arrow.after)) or _straight(arrow)


def _straight(arrow: Arrow) -> Route:
    (x0, y0), (x1, y1) = PLACE[arrow.before], PLACE["END" if arrow.after == "CLOSED" else arrow.after]
    bow = 0.25 if x0 == x1 else 0.0
    half = ((x0 + x1) / 2 + bow, (y0 + y1) / 2)
    down = BOX_H / 2 if y1 > y0 else -BOX_H / 2
    return [(x0, y0 + down), half, (x1, y1 - down)], half, "center"


def _rounded(points: list[tuple[float, float]], radius: float = 0.1):
    """A path through `points` [inches] with rounded corners."""
    from math import hypot

    from matplotlib.path import Path as Outline

    vertices, codes = [points[0]], [Outline.MOVETO]
    for before, corner, after in zip(points, points[1:], points[2:]):
        for end, code in ((before, Outline.LINETO), (after, Outline.CURVE3)):
            away = hypot(end[0] - corner[0], end[1] - corner[1])
            near = tuple(c + (e - c) * min(radius, away / 2) / away for c, e in zip(corner, end))
            if code == Outline.CURVE3:
                vertices += [corner, near]
                codes += [Outline.CURVE3, Outline.CURVE3]
            else:
                vertices.append(near)
                codes.append(code)
    return Outline([*vertices, points[-1]], [*codes, Outline.LINETO])


assert set(PLACE) == {*STATES, "END"}
