"""`lab plot DIR...`: all figures that run folders support, written to files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ...base.command_line import carry_out, parser_of, some_of
from ...base.errors import BadInput, NothingToDraw
from ...base.look import Look
from ...base.look import add_options as add_look
from ...base.progress import Progress
from ...base.run_folder import RunFolder
from . import panels
from .figure import NoFigure, add_options, drawn, load, names


def main(arguments: list[str] | None = None) -> int:
    """0 when it went well, 1 when something cannot be written, 2 when the input is bad."""
    return carry_out(_parser(), arguments)


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("plot", "Draws all figures that each run folder supports and prints their file names.")
    together = [name for name in names() if load(name).of_replications]
    parser.add_argument("dirs", nargs="+", type=Path, metavar="DIR",
                        help=f"run folder; several are replications of one another, which the figure {', '.join(together)} "
                             "shows together, or else each figure has a panel for each of them")  # fmt: skip
    parser.add_argument("--only", type=some_of(names()), default=names(), metavar="NAMES",
                        help=f"figures to draw, separated by commas, of {'; '.join(f'{name}: {load(name).shows}' for name in names())}")  # fmt: skip
    add_options(parser)
    add_look(parser)
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="folder to write to (default: DIR/figures)")
    parser.set_defaults(verb=_plot)
    return parser


def _plot(options: argparse.Namespace) -> int:
    from ...base import picture

    folders = [RunFolder(path) for path in options.dirs]
    look = Look.of(options)
    if why := len(folders) > 1 and panels.unlike(folders):
        print(f"plot: {why}: each figure has a panel for each folder", file=sys.stderr)
        return _as_panels(folders, look, options)
    wanted = [(name, folder) for i, folder in enumerate(folders) for name in options.only if i == 0 or not load(name).of_replications]
    look.of_one_figure(len(wanted), "--only")
    files: dict[Path, bytes] = {}
    notes: list[tuple[Path, str]] = []
    # Everything is drawn before anything is written, so that an error leaves no half of a result.
    with look.taken(), Progress("plot", "figure", len(wanted)) as progress:
        for name, folder in wanted:
            together = load(name).of_replications
            out = options.output or folder.path / "figures"
            if options.output and len(folders) > 1 and not together:
                out = out / folder.name
            try:
                figure = drawn(name, folders if together else [folder], options, notes)
                files |= picture.files(out / name, figure, look.formats)
            except NoFigure as problem:
                notes.append((problem.path, str(problem)))
            progress.step()
    return _written(files, notes, folders, options)


def _as_panels(folders: list[RunFolder], look: Look, options: argparse.Namespace) -> int:
    """One file for each figure, a panel for each folder."""
    from ...base import picture

    look.of_one_figure(len(options.only), "--only")
    files: dict[Path, bytes] = {}
    notes: list[tuple[Path, str]] = []
    with look.taken(), Progress("plot", "figure", len(options.only)) as progress:
        for name in options.only:
            try:
                figure = panels.drawn(name, load(name), folders, options, notes)
                files |= picture.files((options.output or folders[0].path / "figures") / f"{name}-panels", figure, look.formats)
            except NothingToDraw as problem:
                notes.append((folders[0].path, f"no {name} figure, because {problem}"))
            progress.step()
    return _written(files, notes, folders, options)


def _written(files: dict[Path, bytes], notes: list[tuple[Path, str]], folders: list[RunFolder], options: argparse.Namespace) -> int:
    """Writes what was drawn, and says what was not."""
    from ...base.files import write_all

    _tell(notes)
    if not files:
        raise BadInput(f"{folders[0].path}: nothing to draw; record {', '.join(dict.fromkeys(load(name).needs() for name in options.only))}")
    write_all(files)
    print(*files, sep="\n")
    return 0


def _tell(notes: list[tuple[Path, str]]) -> None:
    """Says what was left out and why, once for all folders that it concerns."""
    for text in dict.fromkeys(text for _, text in notes):
        where = list(dict.fromkeys(path for path, what in notes if what == text))
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        print(f"plot: {where[0]}{more}: {text}", file=sys.stderr)
