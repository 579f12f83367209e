"""Which connection a figure is about, and its rows out of transitions.csv and segments.csv."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Iterator

from .errors import BadInput
from .run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd


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


def parse_interval(text: str | None) -> tuple[float, float]:
    """``A:B`` in seconds; either may be missing. Everything where `text` is None."""
    if text is None:
        return float("-inf"), float("inf")
    first, colon, last = text.partition(":")
    try:
        a = float(first) if first else float("-inf")
        b = float(last) if last else float("inf")
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


def _addressed(folder: RunFolder, rows: "pd.DataFrame") -> "pd.DataFrame":
    """`rows` with the host's own address where ``local`` is a wildcard, as ns-3's own TCP has it at first."""
    wild = rows["local"].str.startswith("0.0.0.0:")
    if not wild.any():
        return rows
    address = rows["host"].map({host["name"]: host["address"] for host in folder.hosts}).fillna("0.0.0.0")
    rows = rows.copy()
    rows.loc[wild, "local"] = address[wild] + rows.loc[wild, "local"].str[len("0.0.0.0") :]
    return rows


def crash_of(folder: RunFolder, end: End) -> list[tuple[bool, float]]:
    """When a host lost the connection `end` by crashing [s], and whether that was the host of `end`."""
    if not folder.recorded("connections"):
        return []
    found = []
    for rows in folder.chunks("connections"):
        for row in rows[rows["reason"] == "crash"].to_dict("records"):
            ours = (row["local"], row["remote"]) == (end.local, end.remote)
            theirs = (row["remote"], row["local"]) == (end.local, end.remote)
            if (ours or theirs) and end.begins_s <= row["closed_s"] < end.before_s:
                found.append((ours, float(row["closed_s"])))
    return found


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


LOST, RESET, AGAIN = range(3)  # in this order they make a connection worth a look
TOLD = ("lost", "reset", "sent again")


def _most_telling(folder: RunFolder, known: "pd.DataFrame") -> tuple["pd.Series", str]:
    """The connection with most losses, then resets, then retransmissions, of equals that with the lowest number; and how many
    there are of each."""
    openers = _of_openers(folder, known)
    if len(openers) == 1:
        return openers.iloc[0], ""
    begun = _incarnations(openers)
    counts = {i: [0, 0, 0] for seen in begun.values() for _, i in seen}
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
        kinds = {LOST: chunk["event"].isin(("lost", "corrupt")), RESET: sent & chunk["flags"].str.contains("R", regex=False),
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
