"""The command line: ``python3 -m analysis VERB ...``."""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from .command_line import carry_out, whole_number
from .errors import BadInput
from .run_folder import COLUMNS as TABLES

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from .run_folder import RunFolder

    Interval = tuple[float, float]
    Note = tuple[Path, str]

WIDEST = 10_000  # columns of a ladder
FIGURES = ("timeline", "ladder", "occupancy", "graph")
FORMATS = ("png", "svg")
COLUMNS = tuple(TABLES["occupancy"][2:])
NEEDS = {"timeline": ("transitions",), "occupancy": ("occupancy",), "graph": ("transitions",)}


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb; 0 when it went well, 1 when something cannot be written, 2 when the input is bad."""
    return carry_out("analysis", _parser(), arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="analysis", description="Reads run folders and draws them.")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    plot = verbs.add_parser(
        "plot",
        help="draw all figures that a run folder supports",
        description="Draws all figures that each run folder supports and prints their file names.",
    )
    plot.add_argument(
        "dirs",
        nargs="+",
        type=Path,
        metavar="DIR",
        help="run folder; several are taken as replications of one another in the occupancy figure",
    )
    plot.add_argument("--only", type=_choice(FIGURES), metavar="NAMES",
                      help=f"figures to draw, separated by commas, of {','.join(FIGURES)}")  # fmt: skip
    plot.add_argument("--format", type=_choice(FORMATS), default=FORMATS, metavar="NAMES",
                      help="file formats, separated by commas (default png,svg)")  # fmt: skip
    _add_window(plot)
    plot.add_argument("--states", type=_choice(COLUMNS), metavar="NAMES",
                      help=f"states and queues of the occupancy figure, separated by commas, of {','.join(COLUMNS)} "
                           "(default: all that are not zero, but LISTEN)")  # fmt: skip
    plot.add_argument("--segments", action="store_true", help="draw the segments in the timeline")
    plot.add_argument("-o", "--output", type=Path, metavar="OUT", help="folder to write to (default DIR/figures)")
    plot.set_defaults(verb=_plot)
    ladder = verbs.add_parser("ladder", help="print the ladder of one connection as text",
                              description="Prints the message sequence chart of one connection.")  # fmt: skip
    ladder.add_argument("dir", type=Path, metavar="DIR", help="run folder")
    _add_window(ladder)
    ladder.add_argument("--width", type=whole_number(1, WIDEST), metavar="N",
                        help="columns, at least 80 (default: the terminal's)")  # fmt: skip
    ladder.add_argument("--ascii", action="store_true", help="use ASCII characters only")
    ladder.set_defaults(verb=_ladder)
    summary = verbs.add_parser(
        "summary",
        help="print the metrics of a run, and what theory expects",
        description="Prints each metric of a run folder with its unit, what theory expects of it or why that expects nothing, and "
        "what it is.",
    )
    summary.add_argument("dir", type=Path, metavar="DIR", help="run folder")
    summary.set_defaults(verb=_summary)
    diff = verbs.add_parser("diff", help="say in what two run folders differ",
                            description="Says in what two run folders differ: the manifests, the first row in simulated time, the metrics. "
                            "Exit status: 0 if nothing but host.json differs, 1 if they differ, 2 if one cannot be read.")  # fmt: skip
    diff.add_argument("a", type=Path, metavar="A", help="run folder")
    diff.add_argument("b", type=Path, metavar="B", help="another")
    diff.set_defaults(verb=_diff)
    return parser


def _add_window(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--connection", metavar="HOST:N",
                        help="connection number N, of HOST where several hosts have one (default: the one with most losses, "
                        "then damage, resets, retransmissions)")  # fmt: skip
    parser.add_argument("--interval", metavar="A:B", help="only from A to B seconds; either may be left out")
    parser.add_argument("--rules", action="store_true", help="show in a ladder by which rules each arriving segment was decided about; "
                        "'./lab why ID' says what one is")  # fmt: skip
    parser.add_argument("--all", action="store_true", help="show each segment of a ladder, also those that are alike, and data in bulk")


def _choice(allowed: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    def parse(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(text.split(",")))
        unknown = [name for name in names if name not in allowed]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is unknown; choose from {','.join(allowed)}")
        return names

    return parse


def _plot(options: argparse.Namespace) -> int:
    from .connection import parse_interval
    from .files import write_all
    from .picture import rendered
    from .run_folder import RunFolder

    interval_s = parse_interval(options.interval)
    folders = [RunFolder(path) for path in options.dirs]
    wanted = options.only or FIGURES
    files: dict[Path, bytes] = {}
    notes: list[Note] = []
    # Everything is drawn before anything is written, so that an error leaves no half of a result.
    for i, folder in enumerate(folders):
        out = options.output or folder.path / "figures"
        if options.output and len(folders) > 1:
            out = out / folder.name
        for name in wanted:
            # The occupancy of replications is one figure about all of them.
            if name == "occupancy" and i > 0:
                continue
            if name == "occupancy" and options.output:
                out_here = options.output
            else:
                out_here = out
            figure = _figure(name, folders if name == "occupancy" else [folder], options, interval_s, notes)
            if figure is not None:
                files |= {out_here / f"{name}.{kind}": rendered(figure, kind) for kind in options.format}
    _tell(notes)
    if not files:
        raise BadInput(f"{folders[0].path}: nothing to draw; record transitions, segments or occupancy")
    write_all(files)
    print(*files, sep="\n")
    return 0


def _tell(notes: list[Note]) -> None:
    """Says what was left out and why, once for all folders that it concerns."""
    for text in dict.fromkeys(text for _, text in notes):
        where = list(dict.fromkeys(path for path, what in notes if what == text))
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        print(f"analysis: {where[0]}{more}: {text}", file=sys.stderr)


def _figure(
    name: str, folders: list[RunFolder], options: argparse.Namespace, interval_s: Interval, notes: list[Note]
) -> Figure | None:
    """The figure `name`, or None where the folder does not support it; says why in `notes`."""
    folder = folders[0]
    for what in NEEDS.get(name, ()):
        lacking = [f for f in folders if not f.recorded(what)]
        if lacking:
            verb = "was" if what == "occupancy" else "were"
            notes.append((lacking[0].path, f"no {name} figure, because {what} {verb} not recorded"))
            return None
    if name == "occupancy":
        from .occupancy import occupancy_figure

        figure = occupancy_figure(folders, interval_s, options.states)
        if figure is None:
            what = f"{', '.join(options.states)} {'is' if len(options.states) == 1 else 'are'} zero" if options.states else "nothing was held"
            notes.append((folder.path, f"no occupancy figure, because {what} throughout"))
        return figure
    from .run_folder import caption

    if name == "graph":
        from .state_graph import arrows, count_transitions, state_graph_figure, transition_table

        counts = count_transitions(folder)
        drawn = arrows(transition_table(), counts, folder.path / "transitions.csv")
        total = sum(counts.values())
        ids = sum(1 for n in counts.values() if n)
        story = (
            f"Transitions taken, all hosts and connections, whole run: n = {total}, {ids} different. Solid: taken, "
            "with id and count; dashed: never taken."
        )
        if any(">" in name for name in counts):
            story += " A count without id: the run does not tell which transition it was."
        return state_graph_figure(drawn, caption(folder, [story]))
    return _connection_figure(name, folder, options, interval_s, notes)


def _connection_figure(
    name: str, folder: RunFolder, options: argparse.Namespace, interval_s: Interval, notes: list[Note]
) -> Figure | None:
    """The timeline or the ladder of one connection."""
    from .ladder import ladder
    from .run_folder import caption

    if not (folder.recorded("segments") or folder.recorded("transitions")):
        notes.append((folder.path, f"no {name} figure, because neither segments nor transitions were recorded"))
        return None
    it = ladder(folder, options.connection, interval_s, options.rules and name == "ladder")
    if it.choice:
        notes.append((folder.path, it.choice))
    notes += [(folder.path, note) for note in it.notes]
    title = ", ".join(filter(None, [it.title, it.why]))
    story = f"{title[0].upper()}{title[1:]}: {it.names[0]} {it.addresses[0]}, {it.names[1]} {it.addresses[1]}"
    segments, changes = sum(not a.duplicate for a in it.arrows), it.state_changes()
    story += f"; n = {segments} segment{'s' * (segments != 1)}, {changes} state change{'s' * (changes != 1)}."
    if name == "ladder":
        from .ladder_figure import ladder_figure, sentences, shown

        it = shown(it, options.all)
        if it.cut:
            more = "" if options.all else ", or see more with --all"
            notes.append((folder.path, f"the ladder figure holds {it.cut}; choose others with --interval{more}"))
        return ladder_figure(it, caption(folder, sentences(it, story)))
    from .timeline import timeline_figure, too_many

    if options.segments and (why := too_many(it)):
        notes.append((folder.path, why))
    if options.segments and not too_many(it) and any(arrow.duplicate for arrow in it.arrows):
        story += " Dashed: duplicate."
    return timeline_figure(it, folder.end_s, interval_s, options.segments, caption(folder, [story]))


def _ladder(options: argparse.Namespace) -> int:
    from .connection import parse_interval
    from .folding import fold
    from .ladder import ladder
    from .ladder_text import ladder_text
    from .run_folder import RunFolder

    interval_s = parse_interval(options.interval)
    folder = RunFolder(options.dir)
    it = ladder(folder, options.connection, interval_s, options.rules)
    it.title = it.choice or it.title
    it = it if options.all else fold(it)
    width = options.width or min(shutil.get_terminal_size((110, 24)).columns, WIDEST)
    plain = options.ascii or "utf" not in (sys.stdout.encoding or "").lower()
    sys.stdout.write(ladder_text(it, width, plain))
    return 0


def _summary(options: argparse.Namespace) -> int:
    from .run_folder import RunFolder
    from .summary import summary_text

    sys.stdout.write(summary_text(RunFolder(options.dir), shutil.get_terminal_size((130, 24)).columns))
    return 0


def _diff(options: argparse.Namespace) -> int:
    from .diff import diff_text
    from .run_folder import RunFolder

    text = diff_text(RunFolder(options.a), RunFolder(options.b))
    sys.stdout.write(text or "no difference\n")
    return 1 if text else 0


if __name__ == "__main__":
    sys.exit(main())
