"""Several run folders in one figure, a panel for each: what `lab plot` makes of folders that are no replications of one another."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from ...base import picture
from ...base.errors import BadInput, NothingToDraw
from ...base.provenance import caption
from ...base.run_folder import RunFolder

if TYPE_CHECKING:
    from matplotlib import figure as mpl

    from .figure import Figure

LETTERS = "ABCDEFGHIJKL"  # a reader finds the way in no more panels
IN_A_ROW = 3
NAME_IN, GAP_IN = 0.24, 0.15
MAY_DIFFER = {"seed", "run", "record"}  # options in which replications may differ


@dataclass(frozen=True)
class Panel:
    """What a figure shows of one folder; sizes in inches."""

    width: float
    height: float
    ink: Callable[[Sheet], None]
    beside: bool  # whether others stand beside it, or below


@dataclass(frozen=True)
class Sheet:
    """A part of a figure, whose places are in inches from its left upper corner, y downward."""

    figure: "mpl.Figure"
    whole: tuple[float, float]  # width and height of the figure
    left: float
    top: float
    width: float
    height: float

    def axes(self, left: float, top: float, width: float, height: float):
        """Axes for data."""
        across, down = self.whole
        place = ((self.left + left) / across, 1 - (self.top + top + height) / down, width / across, height / down)
        return self.figure.add_axes(place, label=f"{self.left} {self.top} {left} {top}")

    def page(self):
        """Axes that cover all of it, in inches."""
        axes = self.axes(0, 0, self.width, self.height)
        axes.set_xlim(0, self.width)
        axes.set_ylim(self.height, 0)
        axes.axis("off")
        return axes


def unlike(folders: list[RunFolder]) -> str:
    """Why these are no replications of the first of them, in words; empty where they are."""
    first = folders[0].manifest
    for folder in folders[1:]:
        other = folder.manifest
        for key in ("program", "parameters", "stacks", "hosts", "average", "interrupted"):
            names = [key] if other.get(key) != first.get(key) else []
            if key == "parameters":
                both = (first[key].keys() | other[key].keys()) - MAY_DIFFER
                names = sorted(n for n in both if first[key].get(n) != other[key].get(n))
            if names:
                return (f"{folder.path}: no replication of {folders[0].path}, because {', '.join(names)} "
                        f"{'differs' if len(names) == 1 and names[0][-1] != 's' else 'differ'}")  # fmt: skip
    return ""


def drawn(name: str, figure: "Figure", folders: list[RunFolder], options: argparse.Namespace, notes: list[tuple[Path, str]]) -> "mpl.Figure":
    """One figure of these folders, with a panel for each that has something to show; of the others it is told why not."""
    if len(folders) > len(LETTERS):
        raise BadInput(f"{len(folders)} folders that are no replications of one another would be as many panels; allowed are {len(LETTERS)}")
    found: list[tuple[RunFolder, list[str], Panel]] = []
    for folder in folders:
        told: list[str] = []
        why = figure.lacks(folder)
        try:
            # All is laid out as it is best, and made as large as it is to be in the end.
            with picture.dressed(replace(picture.worn(), width_in=None, size_pt=None)):
                it = None if why else figure.read([folder], options, told)
                found += [] if why else [(folder, figure.caption(it), figure.panel(it))]
        except NothingToDraw as problem:
            why = str(problem)
        notes += [(folder.path, note) for note in ([f"no panel in the {name} figure, because {why}"] if why else told)]
    if not found:
        raise NothingToDraw("no folder has anything to show in it")
    captions = [caption(folder, [f"({LETTERS[i]}) {folder.name}:", *told]) for i, (folder, told, _) in enumerate(found)]
    return _composed([panel for *_, panel in found], [folder.name for folder, *_ in found], " ".join(captions))


def _composed(panels: list[Panel], names: list[str], text: str) -> "mpl.Figure":
    per_row = IN_A_ROW if panels[0].beside else 1
    rows = [panels[i : i + per_row] for i in range(0, len(panels), per_row)]
    heights = [NAME_IN + max(panel.height for panel in row) for row in rows]
    width = max(sum(panel.width for panel in row) + GAP_IN * (len(row) - 1) for row in rows)
    figure, axes = picture.page(width, sum(heights) + GAP_IN * (len(rows) - 1), text)
    whole, above = (width, axes.get_ylim()[0] - axes.get_ylim()[1]), -axes.get_ylim()[1]
    i, top = 0, 0.0
    for row, height in zip(rows, heights):
        left = 0.0
        for panel in row:
            axes.text(left + 0.1, top + 0.13, f"({LETTERS[i]}) {names[i]}", fontsize=picture.FONT_PT + 1, weight="bold", va="center")
            with picture.dressed(replace(picture.worn(), width_in=None, size_pt=None)):
                panel.ink(Sheet(figure, whole, left, above + top + NAME_IN, panel.width, panel.height))
            left += panel.width + GAP_IN
            i += 1
        top += height + GAP_IN
    picture.fitted(figure)
    return figure
