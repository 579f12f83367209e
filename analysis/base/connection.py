"""Which connection a figure is about, and its rows out of transitions.csv and segments.csv."""

from __future__ import annotations

import argparse
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator
from weakref import WeakKeyDictionary

from .errors import BadInput
from .files import LAB
from .run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

Interval = tuple[float, float]
ALL_TIME: Interval = (-math.inf, math.inf)


@dataclass(frozen=True)
class End:
    """One host's end of a connection; times in seconds."""

    host: str
    number: int
    local: str
    remote: str
    begins_s: float
    before_s: float  # the next connection with the same addresses and ports begins here


@dataclass(frozen=True)
class Chosen:
    """A connection picked out of a folder."""

    end: End
    among: int  # how many connections the folder holds, counted at their openers
    asked: bool  # whether the user named it
    told: str = ""  # what there is to tell of it, where that is why it was chosen


def choose(folder: RunFolder, wanted: str | None) -> Chosen:
    """The connection named by `wanted` (``HOST:N``, ``N`` or None for the one with most to tell)."""
    known = _known(folder)
    if known.empty:
        raise BadInput(f"{folder.path}: no connection was recorded; record transitions or segments")
    row, told = _most_telling(folder, known) if wanted is None else (_named(folder, known, wanted), "")
    same = known[(known["host"] == row["host"]) & (known["local"] == row["local"]) & (known["remote"] == row["remote"])]
    later = same[same["time_s"] > row["time_s"]]["time_s"]
    earlier = (same["time_s"] < row["time_s"]).any()
    end = End(
        host=row["host"],
        number=int(row["connection"]),
        local=row["local"],
        remote=row["remote"],
        begins_s=float(row["time_s"]) if earlier else float("-inf"),
        before_s=float(later.min()) if len(later) else float("inf"),
    )
    pairs = {frozenset((a, b)) for a, b in zip(known["local"], known["remote"])}
    incarnations = known.groupby(["host", "local", "remote"], observed=True).size()
    among = len(pairs) + int((incarnations - 1).clip(lower=0).max())
    return Chosen(end, among, wanted is not None, told)


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which connection, which time of it and what of that is to be seen."""
    add_choice(parser)
    parser.add_argument("--rules", action="store_true", help="show in a ladder by which rules each arriving segment was decided about; "
                        f"'{LAB} why ID' says what one is")  # fmt: skip


def add_choice(parser: argparse.ArgumentParser) -> None:
    """The same for who sees the rules in any case."""
    parser.add_argument("--connection", metavar="HOST:N",
                        help="connection number N, of HOST where several hosts have one (default: the one with most losses, "
                        "then damage, resets, retransmissions)")  # fmt: skip
    parser.add_argument("--interval", type=parse_interval, default=ALL_TIME, metavar="A:B", help="only from A to B seconds; either may be left out")
    parser.add_argument("--all", action="store_true", help="show each segment of a ladder, also those that are alike, and data in bulk")


def parse_interval(text: str) -> Interval:
    """``A:B`` in seconds; either may be missing."""
    first, colon, last = text.partition(":")
    try:
        a = float(first) if first else -math.inf
        b = float(last) if last else math.inf
    except ValueError:
        a, b = 1.0, 0.0
    if not colon or not a < b:
        raise BadInput(f"--interval {text}: expected A:B in seconds with A before B, such as 0.5:2 or 60:")
    return a, b


def transitions_of(folder: RunFolder, end: End) -> "pd.DataFrame":
    """The state changes at both ends of `end`, in order of time."""
    return _rows_of(folder, "transitions", end)


def segments_of(folder: RunFolder, end: End) -> "pd.DataFrame":
    """The segments between the two ends of `end`, in order of time."""
    return _rows_of(folder, "segments", end)


def timers_of(folder: RunFolder, end: End) -> "pd.DataFrame":
    """What the timers at both ends of `end` did, in order of time."""
    return _rows_of(folder, "timers", end)


def _rows_of(folder: RunFolder, what: str, end: End) -> "pd.DataFrame":
    import pandas as pd

    ours = []
    for chunk in folder.chunks(what):
        chunk = _addressed(folder, chunk)
        here = (chunk["local"] == end.local) & (chunk["remote"] == end.remote)
        there = (chunk["local"] == end.remote) & (chunk["remote"] == end.local)
        during = (chunk["time_s"] >= end.begins_s) & (chunk["time_s"] < end.before_s)
        ours.append(chunk[(here | there) & during])
    return pd.concat(ours, ignore_index=True)


WILDCARDS = r"(?:0\.0\.0\.0|\[::\]):"


def _addressed(folder: RunFolder, rows: "pd.DataFrame") -> "pd.DataFrame":
    """`rows` with the host's own address where ``local`` is a wildcard, as ns-3's own TCP has it at first."""
    wild = rows["local"].str.match(WILDCARDS)
    if not wild.any():
        return rows
    addresses = {host["name"]: host["addresses"] for host in folder.hosts}
    ways = _ways(folder) if any(len(addresses.get(host, ())) > 1 for host in rows.loc[wild, "host"].unique()) else {}

    def local(host: str, before: str, remote: str) -> str:
        port = before.rpartition(":")[2]
        of_family = [a for a in addresses.get(host, ()) if (":" in a) == before.startswith("[")]
        first = [f"[{a}]:{port}" if ":" in a else f"{a}:{port}" for a in of_family[:1]]
        return ways.get((host, port, remote)) or (first[0] if first else before)

    rows = rows.copy()
    rows.loc[wild, "local"] = list(map(local, rows.loc[wild, "host"], rows.loc[wild, "local"], rows.loc[wild, "remote"]))
    return rows


Ways = dict[tuple[str, str, str], str]
_known_ways: WeakKeyDictionary[RunFolder, Ways] = WeakKeyDictionary()


def _ways(folder: RunFolder) -> Ways:
    """By host with several addresses, local port and remote end: the local end by which the packets of that connection went."""
    if folder not in _known_ways:
        _known_ways[folder] = _find_ways(folder)
    return _known_ways[folder]


def _find_ways(folder: RunFolder) -> Ways:
    found: Ways = {}
    if not folder.recorded("segments"):
        return found
    several = [host["name"] for host in folder.hosts if len(host["addresses"]) > 1]
    for chunk in folder.chunks("segments", ["host", "local", "remote"]):
        ends = chunk[chunk["host"].isin(several) & ~chunk["local"].str.match(WILDCARDS)].drop_duplicates()
        for host, local, remote in ends.itertuples(index=False, name=None):
            found.setdefault((host, local.rpartition(":")[2], remote), local)
    return found


Spans = list[tuple[float, float, str]]  # from when to when [s], and what ended it


def around(folder: RunFolder, end: End, hosts: tuple[str, str]) -> tuple[list[tuple[bool, float]], tuple[Spans, Spans]]:
    """What happened around the connection `end` of two `hosts`; nothing where no table tells: when one of them lost it by
    crashing [s], and whether that was the host of `end`; and how long a listener stood at each of its ends."""
    crashes: list[tuple[bool, float]] = []
    spans: tuple[Spans, Spans] = ([], [])
    places = list(zip(hosts, (end.local, end.remote), spans))
    if folder.recorded("connections"):
        for chunk in folder.chunks("connections"):
            listens = chunk["role"] == "listener"
            for row in chunk[listens].to_dict("records"):
                is_open = row["closed_s"] != row["closed_s"]  # no number
                why = "crash" if row["reason"] == "crash" else "listener closed"
                for host, local, found in places:
                    if _stands_at(row, host, local):
                        found.append((float(row["opened_s"]), float("inf") if is_open else float(row["closed_s"]), why))
            for row in _addressed(folder, chunk[~listens & (chunk["reason"] == "crash")]).to_dict("records"):
                ours = (row["local"], row["remote"]) == (end.local, end.remote)
                theirs = (row["remote"], row["local"]) == (end.local, end.remote)
                if (ours or theirs) and end.begins_s <= row["closed_s"] < end.before_s:
                    crashes.append((ours, float(row["closed_s"])))
    elif folder.recorded("transitions"):
        for chunk in folder.chunks("transitions"):
            for row in chunk[chunk["remote"].str.startswith("*")].to_dict("records"):
                for host, local, found in places:
                    if not _stands_at(row, host, local):
                        continue
                    if row["to"] == "LISTEN":
                        found.append((float(row["time_s"]), float("inf"), ""))
                    elif found:
                        found[-1] = (found[-1][0], float(row["time_s"]), row["cause"])
    return crashes, (sorted(spans[0]), sorted(spans[1]))


def _stands_at(row: dict[str, object], host: str, local: str) -> bool:
    """Whether the listener of a row is at that end of that host, by its address or by all of them."""
    at = str(row["local"])
    return row["host"] == host and (at == local or (re.match(WILDCARDS, at) is not None and at.rpartition(":")[2] == local.rpartition(":")[2]))


def _known(folder: RunFolder) -> "pd.DataFrame":
    """First sight of each connection (host, number, addresses, time_s), listeners left out."""
    import pandas as pd

    columns = ["time_s", "host", "connection", "local", "remote"]
    for what in filter(folder.recorded, ("transitions", "segments")):
        seen = []
        for chunk in folder.chunks(what, columns):
            real = chunk[(chunk["connection"] > 0) & ~chunk["remote"].str.startswith("*")]
            seen.append(_addressed(folder, real).drop_duplicates(["host", "connection"]))
        known = pd.concat(seen, ignore_index=True).drop_duplicates(["host", "connection"])
        if len(known):
            return known
    return pd.DataFrame(columns=columns)


def _of_openers(folder: RunFolder, known: "pd.DataFrame") -> "pd.DataFrame":
    clients = [host["name"] for host in folder.hosts if host["role"] == "client"]
    opened = known[known["host"].isin(clients)]
    return opened if len(opened) else known


def _first(folder: RunFolder, known: "pd.DataFrame") -> "pd.Series":
    return _of_openers(folder, known).iloc[0]


LOST, DAMAGED, RESET, AGAIN = range(4)  # in this order they make a connection worth a look
TOLD = ("lost", "damaged", "reset", "sent again")


def _most_telling(folder: RunFolder, known: "pd.DataFrame") -> tuple["pd.Series", str]:
    """The connection with most losses, then damage, resets, retransmissions, of equals that with the lowest number; and how many
    there are of each."""
    openers = _of_openers(folder, known)
    if len(openers) == 1:
        return openers.iloc[0], ""
    begun = _incarnations(openers)
    counts = {i: [0] * len(TOLD) for seen in begun.values() for _, i in seen}
    for time_s, local, remote, what in _events(folder):
        # The same addresses and ports may come again: what happens belongs to the last connection that has begun.
        earlier = [i for begins_s, i in begun.get(frozenset((local, remote)), ()) if begins_s <= time_s]
        if earlier:
            counts[earlier[-1]][what] += 1
    numbers = openers["connection"].tolist()
    best = min(counts, key=lambda i: ([-n for n in counts[i]], numbers[i], i))
    return openers.iloc[best], ", ".join(f"{n} {word}" for n, word in zip(counts[best], TOLD) if n)


def _incarnations(ends: "pd.DataFrame") -> dict[frozenset[str], list[tuple[float, int]]]:
    """By addresses and ports: when each connection begins [s], and its first end's place among `ends`, which are in order of time."""
    found: dict[frozenset[str], list[tuple[float, int]]] = {}
    hosts: dict[frozenset[str], set[str]] = {}  # that have an end of the last one
    for i, (time_s, host, local, remote) in enumerate(ends[["time_s", "host", "local", "remote"]].itertuples(index=False, name=None)):
        pair = frozenset((local, remote))
        if pair in hosts and host not in hosts[pair]:
            hosts[pair].add(host)  # the other end of the same connection
            continue
        hosts[pair] = {host}
        found.setdefault(pair, []).append((float(time_s), i))
    return found


def _events(folder: RunFolder) -> Iterator[tuple[float, str, str, int]]:
    """What makes connections worth a look: (time [s], one end, the other, what)."""
    if not folder.recorded("segments"):
        return
    for chunk in folder.chunks("segments", ["time_s", "event", "local", "remote", "flags", "reason"]):
        sent = chunk["event"] == "tx"
        kinds = {LOST: chunk["event"] == "lost", DAMAGED: chunk["event"] == "corrupt", RESET: sent & chunk["flags"].str.contains("R", regex=False),
                 AGAIN: sent & (chunk["reason"] == "retransmission")}  # fmt: skip
        for what, rows in kinds.items():
            for time_s, local, remote in chunk.loc[rows, ["time_s", "local", "remote"]].itertuples(index=False, name=None):
                yield float(time_s), local, remote, what


def _named(folder: RunFolder, known: "pd.DataFrame", wanted: str) -> "pd.Series":
    match = re.fullmatch(r"(?:(.+):)?(\d{1,18})", wanted)
    if match is None:
        raise BadInput(f"--connection {wanted}: expected HOST:N or N, such as {_example(known)}")
    host, number = match.group(1), int(match.group(2))
    hits = known[known["connection"] == number]
    if host is not None:
        hits = hits[hits["host"] == host]
    if hits.empty:
        raise BadInput(f"--connection {wanted}: not in {folder.path}, which holds for instance {_example(known)}")
    return _first(folder, hits)


def _example(known: "pd.DataFrame") -> str:
    some = [f"{row.host}:{row.connection}" for row in known.head(3).itertuples()]
    return ", ".join(some)
