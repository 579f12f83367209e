"""What a figure declares, which figures there are, and how one of them is made."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from ...base import connection, picture
from ...base.command_line import parser_of
from ...base.errors import BadInput, NothingToDraw
from ...base.modules import declared, names_in
from ...base.provenance import caption
from ...base.run_folder import RunFolder
from .panels import Panel

if TYPE_CHECKING:
    from matplotlib import figure as mpl

FOLDER = Path(__file__).resolve().parents[1]
TOO_NARROW = "figure has room for text of"
READABLE = 0.95  # of the size of text; what is smaller than that is told


class NoFigure(NothingToDraw):
    """Of a folder, and why."""

    def __init__(self, name: str, folder: RunFolder, why: str) -> None:
        super().__init__(f"no {name} figure, because {why}")
        self.path = folder.path


@dataclass(frozen=True)
class Figure:
    """A figure of run folders. Its name is that of its file, and what it declares here is all that others know of it.

    `read` gives what there is to see, as `caption` and `draw` take it, and appends to the list what the user should be told; where
    there is nothing it raises a NothingToDraw that says why.
    """

    shows: str  # in help and handbook
    read: Callable[[list[RunFolder], argparse.Namespace, list[str]], Any]
    caption: Callable[[Any], list[str]]  # sentences; how the run can be repeated follows them
    draw: Callable[[Any, str], mpl.Figure]  # with its whole caption
    panel: Callable[[Any], Panel]  # the same of one folder among others
    tables: tuple[str, ...] = ()  # all of which must have been recorded
    one_of: tuple[str, ...] = ()  # tables of which one is enough
    metrics: tuple[str, ...] = ()  # that summary.json must tell
    applies: Callable[[RunFolder], str] = lambda folder: ""  # why it does not to a folder, as a clause
    of_replications: bool = False  # one figure of all folders, which are replications of one another
    add_options: Callable[[argparse.ArgumentParser], None] = lambda parser: None  # of its own
    axes: str = ""  # which of its axes, x and y, can be named
    fits: bool = False  # whether it is laid out anew for each width; else all of it becomes smaller where there is too little room

    def needs(self) -> str:
        """What a run must have recorded, in words."""
        return " and ".join(filter(None, [", ".join(self.tables), " or ".join(self.one_of), ", ".join(self.metrics)]))

    def lacks(self, folder: RunFolder) -> str:
        """Why it cannot be drawn of a folder, as a clause; empty where it can."""
        for table in self.tables:
            if not folder.recorded(table):
                return f"{table} {'was' if table == 'occupancy' else 'were'} not recorded"
        if self.one_of and not any([folder.recorded(table) for table in self.one_of]):
            return f"neither {' nor '.join(self.one_of)} were recorded"
        lacking = set(self.metrics) - {metric["name"] for metric in folder.metrics()} if self.metrics else ()
        if lacking:
            return f"summary.json does not tell {', '.join(sorted(lacking))}"
        return self.applies(folder)


def names() -> list[str]:
    """All names, in order."""
    return names_in(FOLDER)


def load(name: str) -> Figure:
    return declared(__package__.rpartition(".")[0], name, "FIGURE")


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of all figures."""
    connection.add_options(parser)
    for name in names():
        load(name).add_options(parser)


def options(**changes: Any) -> argparse.Namespace:
    """The options at their defaults but for `changes`."""
    parser = parser_of("plot", "")
    add_options(parser)
    return argparse.Namespace(**{**vars(parser.parse_args([])), **changes})


def drawn(name: str, folders: list[RunFolder], options: argparse.Namespace, notes: list[tuple[Path, str]], title: str = "") -> mpl.Figure:
    """The figure of that name, with its caption, which begins with `title`; what the user should be told is added to `notes`. A
    NoFigure where there is none."""
    figure = load(name)
    for folder in folders:
        if why := figure.lacks(folder):
            raise NoFigure(name, folder, why)
    told: list[str] = []
    try:
        it = figure.read(folders, options, told)
    except NothingToDraw as problem:
        raise NoFigure(name, folders[0], str(problem)) from None
    for axis, label in (("x", picture.worn().x_label), ("y", picture.worn().y_label)):
        if label and axis not in figure.axes:
            raise BadInput(f"--{axis}-label: the {name} figure has no {axis} axis to be named; those with one are {', '.join(_with_axis(axis))}")
    runs = [folder.manifest["rng-run"] for folder in folders]
    made = figure.draw(it, caption(folders[0], [title, *figure.caption(it)], runs))
    if not figure.fits and (factor := picture.fitted(made)) < READABLE:
        size_pt = picture.pt(picture.SMALL_PT)
        told.append(f"the {name} {TOO_NARROW} {size_pt * factor:.1f} pt instead of {size_pt:.3g} pt; it would have for that "
                    f"from --width={made.get_figwidth() * 25.4 / factor:.0f}mm on")  # fmt: skip
    notes += [(folders[0].path, note) for note in told]
    return made


def _with_axis(axis: str) -> list[str]:
    return [name for name in names() if axis in load(name).axes]
