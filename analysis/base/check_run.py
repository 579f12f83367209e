"""`lab check-run DIR...`: whether what a run recorded agrees with the state graph and with itself."""

from __future__ import annotations

import argparse
import heapq
from itertools import groupby
from pathlib import Path
from typing import Any, Iterator

from .command_line import FAILED, carry_out, parser_of
from .errors import BadInput
from .replay import Broken, Crash, Instant, Replay, Row, Segment, TimerEvent, Transition
from .run_folder import RunFolder

READ = ("transitions", "segments", "timers")
UNCHECKED = {  # by what was not recorded: what nobody can tell then
    "transitions": "that states change along the graph, and that each segment fits the state",
    "segments": "that what allows a transition has arrived, and the numbers of segments",
    "timers": "that timers have expired that end something, and the length of TIME-WAIT to the last restart",
    "connections": "which connections a crash has ended, so that one which never ends is taken for such",
}


def main(arguments: list[str] | None = None) -> int:
    """`lab check-run DIR...`."""
    parser = parser_of("check-run", "Replays transitions, segments and timers of run folders against the state graph and the invariants that "
                                    "traces can show, and prints the first violation of each folder with its file and line. Exit status: 0 if "
                                    "there is none, 1 if there is one, 2 if a folder cannot be read.")  # fmt: skip
    parser.add_argument("folders", type=Path, nargs="+", metavar="DIR", help="run folder")
    parser.set_defaults(verb=_check)
    return carry_out(parser, arguments)


def _check(options: argparse.Namespace) -> int:
    status = 0
    for path in options.folders:
        text, is_broken = verdict(RunFolder(path))
        print(text)
        status = FAILED if is_broken else status
    return status


def verdict(folder: RunFolder) -> tuple[str, bool]:
    """What the replay of a folder says, with what could not be checked; and whether something is broken."""
    recorded = [what for what in READ if folder.recorded(what)]
    if not {"transitions", "segments"} & set(recorded):
        raise BadInput(f"{folder.path}: neither transitions nor segments were recorded; check-run replays these")
    replay = Replay(folder.manifest, recorded, _crashes(folder))
    try:
        for instant in _instants(folder, recorded):
            replay.happens(instant)
        replay.is_over(round(folder.end_s * 1e9))
    except Broken as broken:
        return f"{folder.path / broken.table}.csv, line {broken.line}: {broken}", True
    counts = " and ".join(", ".join(f"{replay.counts[what]} {what}" for what in recorded).rsplit(", ", 1))
    told = [f"{folder.path}: {counts} agree with the state graph and with each other"]
    told += [f"  not checked, as {what} were not recorded: {text}" for what, text in UNCHECKED.items() if not folder.recorded(what)]
    told += [f"  not checked: the states and numbers of {', '.join(replay.stock)}, whose TCP is ns-3's own"] if replay.stock else []
    return "\n".join(told), False


def _crashes(folder: RunFolder) -> dict[Crash, int] | None:
    """By host and number, when a crash has ended a connection [ns]; None if nobody tells."""
    if not folder.recorded("connections"):
        return None
    found = {}
    for chunk in folder.chunks("connections", ["host", "connection", "closed_s", "reason"]):
        crashed = chunk[chunk["reason"] == "crash"]
        for host, number, closed_s, _ in crashed.itertuples(index=False, name=None):
            found[host, number] = round(closed_s * 1e9)
    return found


KINDS = {"transitions": Transition, "segments": Segment, "timers": TimerEvent}


def _instants(folder: RunFolder, recorded: list[str]) -> Iterator[Instant]:
    """All rows, instant by instant: the tables do not tell in what order rows of two of them come at one instant."""
    merged = heapq.merge(*(_rows(folder, what) for what in recorded), key=lambda row: row.ns)
    for _, rows in groupby(merged, key=lambda row: row.ns):
        instant = Instant()
        for row in rows:
            instant.add(row)
        yield instant


def _rows(folder: RunFolder, what: str) -> Iterator[Row]:
    kind = KINDS[what]
    line = 1
    for chunk in folder.chunks(what, kind.columns()):
        for values in chunk.itertuples(index=False, name=None):
            line += 1
            time_s, *rest = (None if _is_missing(value) else value for value in values)
            yield kind(line, round(time_s * 1e9), *rest)


def _is_missing(value: Any) -> bool:
    import pandas as pd

    return value is pd.NA or value != value
