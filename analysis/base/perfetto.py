"""A run as Perfetto and Chrome's about:tracing show it: a process for each host, a thread for each connection, a slice for each state."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .command_line import carry_out, parser_of
from .errors import BadInput
from .files import write_all
from .progress import Progress
from .run_folder import RunFolder

if TYPE_CHECKING:
    from .ladder import Row

OF_SEGMENT = ("packet", "seq", "ack", "len", "reason", "where", "rules")
MARKS = {"segments": lambda row: f"{row['event']} [{row['flags']}]", "timers": lambda row: f"{row['timer']} timer {row['event']}"}


def main(arguments: list[str] | None = None) -> int:
    """`lab perfetto DIR`."""
    parser = parser_of("perfetto", "Writes a run folder as a trace that ui.perfetto.dev and Chrome's about:tracing show: a process for each host, a thread "
                       "for each connection, a slice for each state, and a mark for each row of segments and timers, if these were recorded.")  # fmt: skip
    parser.add_argument("dir", type=Path, metavar="DIR", help="run folder, of a run with --record=transitions")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to (default: DIR.perfetto.json)")
    parser.set_defaults(verb=_write)
    return carry_out(parser, arguments)


def _write(options: argparse.Namespace) -> None:
    folder = RunFolder(options.dir)
    to = options.output or folder.beside(".perfetto.json")
    write_all({to: trace(folder)})
    print(to)


@dataclass
class _Since:
    """The state in which a connection is; time in nanoseconds."""

    time_ns: int
    row: Row


def trace(folder: RunFolder) -> bytes:
    """The octets of the file, JSON in the Trace Event Format, whose times are microseconds."""
    if not folder.recorded("transitions"):
        raise BadInput(f"{folder.path}: transitions were not recorded; run it again with --record=transitions")
    it = _Trace(folder)
    tables = ["transitions", *(table for table in MARKS if folder.recorded(table))]
    with Progress("perfetto", "table", len(tables)) as progress:
        for table in tables:
            for chunk in folder.chunks(table):
                for row in chunk.astype(object).where(chunk.notna(), None).to_dict("records"):
                    it.change(row) if table == "transitions" else it.mark(table, row)
            progress.step()
    it.end()
    return ('{"displayTimeUnit":"ns","traceEvents":[\n' + ",\n".join(it.events) + "\n]}\n").encode()


class _Trace:
    """The events so far, each a line of JSON."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.pids = {host["name"]: i for i, host in enumerate(folder.hosts, 1)}
        self.events: list[str] = []
        self.now: dict[tuple[str, int], _Since] = {}  # the state of each connection that is not CLOSED
        self.tids: dict[tuple[str, int], int] = {}  # no two alike, and none like a process: some readers tell threads apart by that alone
        for name, pid in self.pids.items():
            self._add("M", pid, name="process_name", args={"name": name})

    def change(self, row: Row) -> None:
        """A row of transitions."""
        key, at = (row["host"], row["connection"]), _ns(row["time_s"])
        self._tid(row)
        if key in self.now:
            self._slice(key, at)
        if row["to"] != "CLOSED":
            self.now[key] = _Since(at, row)

    def mark(self, table: str, row: Row) -> None:
        """A row of segments or timers."""
        args = {name: row[name] for name in OF_SEGMENT if row.get(name) not in (None, "")}
        self._add("i", self._pid(row["host"]), tid=self._tid(row), ts=_ns(row["time_s"]) / 1000, s="t", name=MARKS[table](row), args=args)

    def end(self) -> None:
        """What is not closed by a transition lasts until connections.csv says, or the run ends."""
        ended: dict[tuple[str, int], tuple[int, str]] = {}
        if self.now and self.folder.recorded("connections"):
            for row in self.folder.table("connections").dropna(subset="closed_s").to_dict("records"):
                ended[row["host"], row["connection"]] = (_ns(row["closed_s"]), row["reason"])
        for key in list(self.now):
            self._slice(key, *ended.get(key, (_ns(self.folder.end_s), "the end of the run")))

    def _slice(self, key: tuple[str, int], until_ns: int, why: str = "") -> None:
        since = self.now.pop(key)
        args = {name: since.row[name] for name in ("transition", "cause") if since.row[name]} | ({"until": why} if why else {})
        self._add("X", self._pid(key[0]), tid=self.tids[key], ts=since.time_ns / 1000, dur=(until_ns - since.time_ns) / 1000, name=since.row["to"], args=args)

    def _tid(self, row: Row) -> int:
        """The thread of its connection, which is named when it comes first."""
        key = (row["host"], row["connection"])
        if key not in self.tids:
            self.tids[key] = len(self.pids) + len(self.tids) + 1
            name = f"{row['connection']}: {row['local']} to {row['remote']}" if row["connection"] else "no connection"
            self._add("M", self._pid(row["host"]), tid=self.tids[key], name="thread_name", args={"name": name})
        return self.tids[key]

    def _pid(self, host: str) -> int:
        if host not in self.pids:
            raise BadInput(f"{self.folder.path}: {host} is in a table, but no host of manifest.json; there are {', '.join(self.pids)}")
        return self.pids[host]

    def _add(self, kind: str, pid: int, **rest: Any) -> None:
        self.events.append(json.dumps({"ph": kind, "pid": pid, **rest}, ensure_ascii=False, separators=(",", ":")))


def _ns(time_s: float) -> int:
    return round(time_s * 1e9)
