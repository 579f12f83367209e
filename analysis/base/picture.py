"""What all figures share: the look, deterministic bytes, text measures, captions, broken time."""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Iterator, Mapping, Sequence

from .colours import INK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONT_PT = 7.0
SMALL_PT = 6.0
DPI = 200
HALO_PT = 2.0  # of the white around letters that lie on lines
MOST_PIXELS = 60_000  # a little below what the renderer can do in one direction
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
FAMILY = "DejaVu Sans"  # which has each sign that we write
SIZES = {"font.size": FONT_PT, "axes.linewidth": 0.6, "axes.labelsize": FONT_PT, "xtick.labelsize": SMALL_PT, "ytick.labelsize": SMALL_PT,
         "legend.fontsize": SMALL_PT}  # fmt: skip
LOOK = {
    "axes.edgecolor": INK,
    "text.color": INK,
    "svg.hashsalt": "tcp-lifecycle",
    "svg.fonttype": "none",  # text stays text
    "pdf.fonttype": 42,  # TrueType, of which journals take no other
    "text.parse_math": False,  # a dollar sign in a name is no formula
    "path.simplify": True,
}


@dataclass(frozen=True)
class Dress:
    """What the figures that are drawn look like; at its defaults as on a screen."""

    width_in: float | None = None  # of each figure; None: as wide as it is best
    family: Sequence[str] | None = None
    size_pt: float | None = None  # of usual text, to which all else is in proportion
    style: Mapping[str, Any] = field(default_factory=dict)  # of a style sheet, by matplotlib's names
    captions: bool = True  # whether figures hold theirs
    title: str = ""
    x_label: str = ""
    y_label: str = ""


_dress = Dress()
_scale = 1.0  # of all that is measured in points


def worn() -> Dress:
    return _dress


@contextlib.contextmanager
def dressed(dress: Dress) -> Iterator[None]:
    """All that is drawn and rendered meanwhile looks so."""
    global _dress, _scale
    import matplotlib

    before, _dress, _scale = (_dress, _scale), dress, (dress.size_pt or FONT_PT) / FONT_PT
    _take_look.cache_clear()
    text_width.cache_clear()
    try:
        with matplotlib.rc_context():
            yield
    finally:
        _dress, _scale = before
        _take_look.cache_clear()
        text_width.cache_clear()


def pt(points: float) -> float:
    """A measure of text, lines or marks [points] as it is at the size of text that was asked for."""
    return points * _scale


def styled(key: str, ours: Any) -> Any:
    """What the style sheet says of `key`, else `ours`."""
    return _dress.style.get(key, ours)


def width_of(natural_in: float) -> float:
    """How wide a figure is to be, in inches of a figure whose text has its usual size."""
    return natural_in if _dress.width_in is None else _dress.width_in / _scale


@lru_cache(maxsize=1)
def _take_look() -> None:
    import matplotlib

    matplotlib.use("Agg")
    families = _dress.family or [*_listed(styled("font.family", [])), FAMILY]
    style = {key: value for key, value in _dress.style.items() if key not in ("font.size", "font.family")}
    matplotlib.rcParams.update(LOOK | {key: pt(size) for key, size in SIZES.items()} | style)
    matplotlib.rcParams["font.family"] = list(families)
    warnings.filterwarnings("ignore", message="Glyph")  # a box is drawn for what no font has


def _listed(families: Any) -> list[str]:
    return [families] if isinstance(families, str) else list(families)


def open_frame(axes) -> None:
    """Leaves out the frame above and at the right, unless a style sheet wants it."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(styled(f"axes.spines.{side}", False))


def new_figure(width_in: float, height_in: float) -> "Figure":
    """An empty figure with our look, sizes in inches at the usual size of text."""
    from matplotlib.figure import Figure

    _take_look()
    return Figure(figsize=(width_in * _scale, height_in * _scale))


def caption_lines(figure_width_in: float, caption: str) -> list[str]:
    """The lines of a caption in a figure; none where captions stand elsewhere."""
    return wrapped(caption, figure_width_in - 0.2, SMALL_PT) if _dress.captions and caption else []


def page(width_in: float, height_in: float, caption: str):
    """A figure whose one axes covers it, in inches, y downward from 0; the caption stands below and the title above. Where it is wider
    than was asked for, all of it becomes smaller, text as well (`fitted`)."""
    lines = caption_lines(width_in, caption)
    above = 0.22 if _dress.title else 0.0
    total = height_in + 0.1 + 0.115 * len(lines) + 0.05 if lines else height_in
    figure = new_figure(width_in, total + above)
    figure.set_label(caption)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, width_in)
    axes.set_ylim(total, 0 - above)
    axes.axis("off")
    if lines:
        axes.text(0.1, height_in + 0.08, "\n".join(lines), fontsize=SMALL_PT, va="top", linespacing=1.3)
    if _dress.title:
        axes.text(width_in / 2, -0.08, _dress.title, fontsize=FONT_PT + 1, ha="center", va="center")
    return figure, axes


def fitted(figure: "Figure") -> float:
    """Gives a page the size of text and the width that were asked for; by which factor its text is smaller than that [0 to 1]."""
    natural_in = figure.get_figwidth()
    factor = 1.0 if _dress.width_in is None else min(1.0, _dress.width_in / natural_in)
    figure.set_size_inches(natural_in * factor, figure.get_figheight() * factor)
    _shrink(figure, _scale * factor)
    _on_paper(figure)
    return factor


def _on_paper(figure: "Figure") -> None:
    """A page has colours of its own, which are for white paper: a style sheet that is dark leaves it alone."""
    import matplotlib
    from matplotlib.text import Text

    figure.set_facecolor("white")
    for text in figure.findobj(Text) if "text.color" in _dress.style else ():
        if text.get_color() == matplotlib.rcParams["text.color"]:
            text.set_color(INK)


def _shrink(figure: "Figure", factor: float) -> None:
    """Multiplies all measures in points, of which a page has those of text, lines and outlines alone."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import FancyArrowPatch, Patch
    from matplotlib.text import Text

    if factor == 1:
        return
    for artist in figure.findobj(include_self=False):
        if isinstance(artist, Text):
            artist.set_fontsize(artist.get_fontsize() * factor)
        elif isinstance(artist, Line2D):
            artist.set_linewidth(artist.get_linewidth() * factor)
            artist.set_markersize(artist.get_markersize() * factor)
            artist.set_markeredgewidth(artist.get_markeredgewidth() * factor)
        elif isinstance(artist, Patch):
            artist.set_linewidth(artist.get_linewidth() * factor)
            if isinstance(artist, FancyArrowPatch):
                artist.set_mutation_scale(artist.get_mutation_scale() * factor)


def rendered(figure: "Figure", kind: str) -> bytes:
    """The bytes of a figure, ``pdf``, ``png`` or ``svg``; the same figure always gives the same bytes."""
    metadata = {"pdf": {"CreationDate": None, "Creator": None, "Producer": None}, "png": {"Software": None},
                "svg": {"Date": None, "Creator": None}}[kind]  # fmt: skip
    out = io.BytesIO()
    wanted = styled("savefig.dpi", DPI)
    dpi = min(wanted if isinstance(wanted, (int, float)) else DPI, MOST_PIXELS / max(figure.get_size_inches()))
    with _text_stays_text(figure) if kind != "png" else contextlib.nullcontext():
        figure.savefig(out, format=kind, dpi=dpi, metadata=metadata, facecolor="auto")
    return NOT_IN_XML.sub("□", out.getvalue().decode()).encode() if kind == "svg" else out.getvalue()


@contextlib.contextmanager
def _text_stays_text(figure: "Figure") -> Iterator[None]:
    """A halo would turn letters into outlines: meanwhile such text stands over a white outline that is drawn apart from it."""
    from matplotlib.patheffects import Stroke
    from matplotlib.text import Text

    haloed = [(text, text.get_path_effects()) for text in figure.findobj(Text) if text.get_path_effects()]
    outlines = []
    for text, _ in haloed:
        outline = Text(*text.get_position(), text.get_text(), fontproperties=text.get_fontproperties(), rotation=text.get_rotation(),
                       rotation_mode=text.get_rotation_mode(), ha=text.get_ha(), va=text.get_va(), zorder=text.get_zorder() - 0.1,
                       path_effects=[Stroke(linewidth=pt(HALO_PT), foreground="white")])  # fmt: skip
        outlines.append(text.axes.add_artist(outline))
        text.set_path_effects([])
    try:
        yield
    finally:
        for (text, effects), outline in zip(haloed, outlines):
            text.set_path_effects(effects)
            outline.remove()


def files(stem: Path, figure: "Figure", formats: Sequence[str]) -> dict[Path, bytes]:
    """What a figure leaves behind, by path: `stem` with each of `formats` for an ending, and its caption where it does not hold it."""
    made = {stem.with_name(f"{stem.name}.{kind}"): rendered(figure, kind) for kind in formats}
    if not _dress.captions:
        made[stem.with_name(f"{stem.name}.caption.txt")] = (figure.get_label() + "\n").encode()
    return made


@lru_cache(maxsize=4096)
def text_width(text: str, size_pt: float) -> float:
    """Width of one line of `text` at the usual size of text [inches]."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    if not text.strip():
        return 0.0
    _take_look()  # which says what a dollar sign means
    # The control points reach a hair farther than the outline, and are at hand without solving for its extremes.
    outline = TextPath((0, 0), text, size=size_pt, prop=FontProperties())
    return float(outline.vertices[:, 0].max()) / 72


def wrapped(text: str, width_in: float, size_pt: float) -> list[str]:
    """`text` broken into lines no wider than `width_in` inches; what no-break spaces join stays together."""
    width_in *= 0.97  # hinting makes rendered text a little wider than its outline
    words = re.split("[ \t\n]+", text.strip(" \t\n"))
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
