"""The states of a run as a trace for Perfetto's viewer: a process for each host, a thread for each connection, a slice for each state."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .command_line import carry_out, parser_of
from .errors import BadInput
from .files import write_all
from .run_folder import RunFolder

if TYPE_CHECKING:
    from .ladder import Row

Event = dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """`lab perfetto DIR`."""
    parser = parser_of("perfetto", "Writes the states of a run as a trace in Chrome's JSON format, which https://ui.perfetto.dev shows without "
                       "sending it anywhere: a process for each host, a thread for each connection, a slice for each state.")  # fmt: skip
    parser.add_argument("dir", type=Path, metavar="DIR", help="run folder, of a run with --record=transitions; with connections as well, what a "
                        "crash ended ends there")  # fmt: skip
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to (default: DIR.perfetto.json)")
    parser.set_defaults(verb=_write)
    return carry_out(parser, arguments)


def _write(options: argparse.Namespace) -> None:
    folder = RunFolder(options.dir)
    if not folder.recorded("transitions"):
        raise BadInput(f"{folder.path}: transitions were not recorded; run it again with --record=transitions,connections")
    to = options.output or folder.path.resolve().with_name(f"{folder.path.resolve().name}.perfetto.json")
    told: list[str] = []
    events = trace(folder, told)
    write_all({to: ("[\n" + ",\n".join(json.dumps(event) for event in events) + "\n]\n").encode()})
    for sentence in told:
        print(f"perfetto: {sentence}", file=sys.stderr)
    print(to)


def trace(folder: RunFolder, told: list[str]) -> list[Event]:
    """The events, in order of host, connection and time; what the user should be told is added to `told`."""
    rows: dict[tuple[str, int], list[Row]] = {}
    for chunk in folder.chunks("transitions"):
        for row in chunk.to_dict("records"):
            rows.setdefault((str(row["host"]), int(row["connection"])), []).append(row)
    pids = {host["name"]: pid for pid, host in enumerate(folder.hosts, 1)}
    ends_s = _ends(folder)
    events: list[Event] = [_named("process", name, pid, 0) for name, pid in pids.items()]
    open_at_end = 0
    for (host, number), changes in sorted(rows.items(), key=lambda item: (pids[item[0][0]], item[0][1])):
        events.append(_named("thread", f"connection {number}: {changes[0]['local']} - {changes[0]['remote']}", pids[host], number))
        end_s = ends_s.get((host, number), folder.end_s)
        until_s = [*(float(change["time_s"]) for change in changes[1:]), max(end_s, float(changes[-1]["time_s"]))]
        for change, to_s in zip(changes, until_s):
            if change["to"] != "CLOSED":
                events.append(_slice(change, to_s, pids[host], number))
        open_at_end += changes[-1]["to"] not in ("CLOSED", "LISTEN")
    if open_at_end and not folder.recorded("connections"):
        told.append(f"shown as open until the end of the run: {open_at_end}; whether a crash ended them is not known, because connections "
                    "were not recorded")  # fmt: skip
    return events


def _ends(folder: RunFolder) -> dict[tuple[str, int], float]:
    """When each connection ended [s], as far as the run tells; of a crash no transition does."""
    if not folder.recorded("connections"):
        return {}
    ended = folder.table("connections", ["host", "connection", "closed_s"]).dropna()
    return {(str(host), int(number)): float(closed_s) for host, number, closed_s in ended.itertuples(index=False)}


def _named(what: str, name: str, pid: int, tid: int) -> Event:
    return {"name": f"{what}_name", "ph": "M", "pid": pid, "tid": tid, "args": {"name": name}}


def _slice(change: Row, to_s: float, pid: int, tid: int) -> Event:
    """A state from the change that led there; times in microseconds, as the format has them."""
    from_ns, to_ns = (round(time_s * 1e9) for time_s in (float(change["time_s"]), to_s))
    args = {"transition": change["transition"], "cause": change["cause"]}
    return {"name": change["to"], "cat": "state", "ph": "X", "ts": from_ns / 1000, "dur": (to_ns - from_ns) / 1000, "pid": pid, "tid": tid,
            "args": {name: text for name, text in args.items() if isinstance(text, str) and text}}  # fmt: skip
