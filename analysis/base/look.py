"""How figures look where they go into a paper: file formats, width, font, style sheet, caption, title and axis labels."""

from __future__ import annotations

import argparse
import contextlib
import logging
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Iterator, Mapping, Sequence

from . import picture
from .command_line import some_of
from .errors import BadInput
from .words import nearest, shown

FORMATS = ("pdf", "png", "svg")
LENGTHS_IN = {"mm": 1 / 25.4, "cm": 1 / 2.54, "in": 1.0, "pt": 1 / 72}
WIDTHS_MM = (40, 1000)
SIZES_PT = (4, 48)
MOST_TEXT = 300  # characters of a title or a label
# What a style sheet says of these is not taken: width and bytes of a figure would not be what was asked for.
OURS = {"figure.figsize", "figure.dpi", "figure.autolayout", "figure.constrained_layout.use", "savefig.bbox", "savefig.pad_inches",
        "savefig.format", "savefig.transparent", "svg.fonttype", "svg.hashsalt", "pdf.fonttype", "ps.fonttype", "text.usetex",
        "text.latex.preamble", "text.parse_math", "backend", "interactive", "toolbar", "path.sketch"}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What was asked for; nothing changes what is left at its default."""

    formats: tuple[str, ...] = ("png", "svg")
    width_in: float | None = None
    font: str = ""
    size_pt: float | None = None
    style: Mapping[str, Any] = field(default_factory=dict)  # by matplotlib's names
    caption: str = "inside"  # or beside, in a file of its own
    title: str = ""
    x_label: str = ""
    y_label: str = ""

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Look":
        font, size = options.font or ("", None)
        return cls(tuple(options.format), options.width, font, size, options.style or {}, getattr(options, "caption", "inside"),
                   *(getattr(options, name, None) or "" for name in ("title", "x_label", "y_label")))  # fmt: skip

    def of_one_figure(self, count: int, how: str) -> None:
        """A BadInput if `count` figures are to be drawn, but title or labels are given; `how` says how one is chosen."""
        for option, text in (("--title", self.title), ("--x-label", self.x_label), ("--y-label", self.y_label)):
            if text and count != 1:
                raise BadInput(f"{option}: {shown(text)} is of one figure, but {count} are drawn; choose one with {how}")

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """All that is drawn and rendered meanwhile looks so."""
        family = [self.font, "DejaVu Sans"] if self.font else None  # the latter has each sign that we write
        size = self.size_pt or self.style.get("font.size")
        style = {key: value for key, value in self.style.items() if not (family and key == "font.family")}
        with picture.dressed(picture.Dress(self.width_in, family, size, style, self.caption == "inside", self.title, self.x_label, self.y_label)):
            yield


def add_options(parser: argparse.ArgumentParser, formats: Sequence[str] = ("png", "svg"), labels: bool = True, captions: bool = True) -> None:
    """The options that say how figures look; `labels`: also those of one figure, its title and the labels of its axes."""
    group = parser.add_argument_group("look of the figures")
    group.add_argument("--format", type=some_of(FORMATS), default=tuple(formats), metavar="NAMES",
                       help=f"file formats, separated by commas, of {','.join(FORMATS)} (default: {','.join(formats)})")  # fmt: skip
    group.add_argument("--width", type=width, metavar="LENGTH", help="width of each figure with its unit, such as 84mm, 17cm, 3.3in or 240pt")
    group.add_argument("--font", type=font, metavar="NAME[:SIZE]", help="family of the letters, and their size, such as 'Liberation Serif:8pt'")
    group.add_argument("--style", type=style, metavar="FILE", help="a style sheet of matplotlib, or the name of one that matplotlib has")
    if captions:
        group.add_argument("--caption", choices=("inside", "beside"), default="inside",
                           help="where the caption stands: in the figure (the default), or beside it in NAME.caption.txt")  # fmt: skip
    if labels:
        group.add_argument("--title", type=words, metavar="TEXT", help="a title above the figure, if one is drawn")
        group.add_argument("--x-label", type=words, metavar="TEXT", help="what stands at its horizontal axis")
        group.add_argument("--y-label", type=words, metavar="TEXT", help="what stands at its vertical axis")


def _length_in(text: str) -> float | None:
    """A length with its unit [inches]; None if it is none."""
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(mm|cm|in|pt)", text)
    return float(match[1]) * LENGTHS_IN[match[2]] if match else None


def width(text: str) -> float:
    """The width of a figure [inches]."""
    inches = _length_in(text)
    low, high = WIDTHS_MM
    if inches is None or not low - 1e-6 <= inches * 25.4 <= high + 1e-6:
        raise BadInput(f"--width: {shown(text)} is not allowed; allowed is a length from {low}mm to {high}mm with a unit (mm, cm, in, pt), such as 84mm")
    return inches


def font(text: str) -> tuple[str, float | None]:
    """Family and size [pt], of which None is the usual one."""
    name, colon, size = text.partition(":")
    points = _length_in(size) if size.endswith("pt") else None
    low, high = SIZES_PT
    if colon and (points is None or not low <= points * 72 <= high):
        raise BadInput(f"--font: {shown(size)} is not allowed; allowed is a size from {low}pt to {high}pt, such as 'DejaVu Sans:8pt'")
    _check_family("--font", name)
    return name, points * 72 if points is not None else None


def _check_family(where: str, name: str) -> None:
    from matplotlib import font_manager

    known = sorted({entry.name for entry in font_manager.fontManager.ttflist})
    generic = ("serif", "sans-serif", "monospace", "cursive", "fantasy")
    if name not in generic and name.lower() not in (family.lower() for family in known):
        raise BadInput(f"{where}: {shown(name)} is no font of this machine; the nearest is {nearest(name, [*known, *generic])!r}")


def words(text: str) -> str:
    """A title or a label."""
    if len(text) > MOST_TEXT or not text.isprintable() or not text.strip():
        raise BadInput(f"{shown(text)} is not allowed; allowed is a line of 1 to {MOST_TEXT} characters")
    return text


def style(text: str) -> dict[str, Any]:
    """What a style sheet says, by matplotlib's names, but for what is ours."""
    import matplotlib
    from matplotlib import style as sheets

    said: list[str] = []
    file = Path(text)
    if text in sheets.library and not file.is_file():
        given = dict(sheets.library[text])
    else:
        with _heard(said):
            try:
                given = dict(matplotlib.rc_params_from_file(file, fail_on_error=True, use_default_template=False))
            except (OSError, ValueError) as problem:
                why = getattr(problem, "strerror", None) or str(problem)
                near = f"; the style of matplotlib with the nearest name is {nearest(text, sheets.available)!r}" if not file.exists() else ""
                raise BadInput(f"--style: {text} is not a style sheet of matplotlib ({why.splitlines()[0]}){near}") from None
        if said:
            raise BadInput(f"--style: {text} is not a style sheet of matplotlib ({said[0]})")
    families = given.get("font.family", [])
    for family in [families] if isinstance(families, str) else families:
        _check_family(f"--style: {text}, font.family", family)
    if given.get("text.usetex"):
        raise BadInput(f"--style: {text}: text.usetex is not allowed, because figures here measure their own text; allowed is False")
    return {key: value for key, value in given.items() if key not in OURS}


@contextlib.contextmanager
def _heard(said: list[str]) -> Iterator[None]:
    """Adds to `said` what matplotlib would complain about in its log."""

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(" ".join(record.getMessage().split()))

    log, listener = logging.getLogger("matplotlib"), Listener(logging.WARNING)
    spread, log.propagate = log.propagate, False
    log.addHandler(listener)
    try:
        yield
    finally:
        log.removeHandler(listener)
        log.propagate = spread
