"""What all figures share: the look, deterministic bytes, text measures, captions, broken time."""

from __future__ import annotations

import io
import warnings
from bisect import bisect_right
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

from .colours import INK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONT_PT = 7.0
SMALL_PT = 6.0
DPI = 200
MOST_PIXELS = 60_000  # a little below what the renderer can do in one direction
LOOK = {
    "font.family": "DejaVu Sans",
    "font.size": FONT_PT,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.labelsize": FONT_PT,
    "xtick.labelsize": SMALL_PT,
    "ytick.labelsize": SMALL_PT,
    "legend.fontsize": SMALL_PT,
    "text.color": INK,
    "svg.hashsalt": "tcp-lifecycle",
    "text.parse_math": False,  # a dollar sign in a name is no formula
    "path.simplify": True,
}


@lru_cache(maxsize=1)
def _take_look() -> None:
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams.update(LOOK)
    warnings.filterwarnings("ignore", message="Glyph")  # a box is drawn for what no font has


def new_figure(width_in: float, height_in: float) -> "Figure":
    """An empty figure with our look, sizes in inches."""
    from matplotlib.figure import Figure

    _take_look()
    return Figure(figsize=(width_in, height_in))


def page(width_in: float, height_in: float, caption: str):
    """A figure whose one axes covers it, in inches, y downward from 0; the caption stands below."""
    lines = wrapped(caption, width_in - 0.2, SMALL_PT)
    total = height_in + 0.1 + 0.115 * len(lines) + 0.05
    figure = new_figure(width_in, total)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width_in)
    axes.set_ylim(total, 0)
    axes.axis("off")
    axes.text(0.1, height_in + 0.08, "\n".join(lines), fontsize=SMALL_PT, va="top", linespacing=1.3)
    return figure, axes


def rendered(figure: "Figure", kind: str) -> bytes:
    """The bytes of a figure, ``png`` or ``svg``; the same figure always gives the same bytes."""
    metadata = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}[kind]
    out = io.BytesIO()
    dpi = min(DPI, MOST_PIXELS / max(figure.get_size_inches()))
    figure.savefig(out, format=kind, dpi=dpi, metadata=metadata)
    return out.getvalue()


@lru_cache(maxsize=4096)
def text_width(text: str, size_pt: float) -> float:
    """Width of one line of `text` [inches]."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    _take_look()  # which says what a dollar sign means
    # The control points reach a hair farther than the outline, and are at hand without solving for its extremes.
    outline = TextPath((0, 0), text, size=size_pt, prop=FontProperties(family="DejaVu Sans"))
    return float(outline.vertices[:, 0].max()) / 72


def wrapped(text: str, width_in: float, size_pt: float) -> list[str]:
    """`text` broken into lines no wider than `width_in` inches."""
    width_in *= 0.97  # hinting makes rendered text a little wider than its outline
    words = text.split() or [""]
    space = text_width("n n", size_pt) - text_width("nn", size_pt)
    lines, used = [words[0]], text_width(words[0], size_pt)
    for word in words[1:]:
        wide = text_width(word, size_pt)
        if used + space + wide <= width_in:
            lines[-1] += " " + word
            used += space + wide
        else:
            lines.append(word)
            used = wide
    return lines


class BrokenTime:
    """A piecewise linear map from time [s] to inches; idle gaps are shortened to a fixed length.

    `knots` are pairs (time, place), `breaks` the pairs (begin, end) [s] of the shortened gaps.
    """

    def __init__(self, knots: list[tuple[float, float]], breaks: list[tuple[float, float]]) -> None:
        self.times_s = [t for t, _ in knots]
        self.places = [p for _, p in knots]
        self.breaks = breaks

    def scale(self) -> float:
        """Inches per second where the axis is not broken."""
        whole = zip(self.times_s, self.times_s[1:], self.places, self.places[1:])
        return max((q - p) / (b - a) for a, b, p, q in whole)

    def __call__(self, time_s: float) -> float:
        i = bisect_right(self.times_s, time_s)
        if i == 0:
            return self.places[0]
        if i == len(self.times_s):
            return self.places[-1]
        t0, t1 = self.times_s[i - 1], self.times_s[i]
        p0, p1 = self.places[i - 1], self.places[i]
        return p0 + (p1 - p0) * (time_s - t0) / (t1 - t0)


def idle_gaps(times_s: list[float], at_least_s: float) -> list[tuple[float, float]]:
    """The gaps between neighbours in `times_s` [s] that would leave too little room for the rest.

    A gap is broken where it is longer than `at_least_s`, far longer than the usual gap, and more than
    a quarter of all that remains.
    """
    gaps = sorted(((b - a, a, b) for a, b in zip(times_s, times_s[1:]) if b > a), reverse=True)
    if not gaps:
        return []
    usual = median(gap for gap, _, _ in gaps)
    rest = sum(gap for gap, _, _ in gaps)
    broken = []
    for gap, a, b in gaps:
        rest -= gap
        if gap <= at_least_s or gap <= 4 * usual or gap <= rest / 4:
            break
        broken.append((a, b))
    return sorted(broken)


def linear_with_breaks(
    times_s: list[float], breaks: list[tuple[float, float]], start_in: float, width_in: float, break_in: float
) -> BrokenTime:
    """One scale everywhere, except that each of `breaks` takes `break_in` inches."""
    first, last = times_s[0], times_s[-1]
    broken_s = sum(b - a for a, b in breaks)
    scale = (width_in - break_in * len(breaks)) / max(last - first - broken_s, 1e-12)
    knots = [(first, start_in)]
    for a, b in breaks:
        at = knots[-1][1] + (a - knots[-1][0]) * scale
        if a > knots[-1][0]:
            knots.append((a, at))
        knots.append((b, at + break_in))
    if last > knots[-1][0]:
        knots.append((last, knots[-1][1] + (last - knots[-1][0]) * scale))
    return BrokenTime(knots, breaks)


def spread(wanted: list[float], sizes: list[float], low: float) -> list[float]:
    """Places nearest to `wanted` (ascending) at which things of these `sizes` do not overlap, all above `low`.

    Neighbours that collide form a block centred on where they would like to be.
    """
    blocks: list[list[float]] = []  # centre wanted, size, number of members
    for want, size in zip(wanted, sizes):
        blocks.append([max(want, low + size / 2), size, 1])
        while len(blocks) > 1 and blocks[-2][0] + blocks[-2][1] / 2 > blocks[-1][0] - blocks[-1][1] / 2:
            c2, s2, n2 = blocks.pop()
            c1, s1, n1 = blocks.pop()
            size_both = s1 + s2
            # Each member wants its own place, which lies at an offset inside the block.
            centre = (n1 * (c1 + s2 / 2) + n2 * (c2 - s1 / 2)) / (n1 + n2)
            blocks.append([max(centre, low + size_both / 2), size_both, n1 + n2])
    places = []
    i = 0
    for centre, size, count in blocks:
        at = centre - size / 2
        for _ in range(int(count)):
            places.append(at + sizes[i] / 2)
            at += sizes[i]
            i += 1
    return places
