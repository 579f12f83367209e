"""The message sequence chart of one connection as plain values; drawn and printed elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from .connection import Chosen, End, choose, crash_of, segments_of, transitions_of
from .errors import BadInput
from .run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

TIMER_REASONS = {"retransmission": "retransmission", "probe": "zero-window probe", "keepalive": "keepalive"}
ACK_LIKE = ("new", "ack", "")


@dataclass
class Arrow:
    """One copy of one segment on the wire; times in seconds, `side` 0 is left and 1 is right."""

    side: int
    sent_s: float
    arrived_s: float | None
    flags: str
    numbers: str  # "seq 1:101, ack 1, length 100"
    window: int
    options: str
    reason: str  # why it was sent; empty for the ordinary
    lost: str | None = None  # why the link lost it
    dropped: str | None = None  # why the receiving TCP discarded it
    duplicate: bool = False
    held: bool = False  # whether a rule of the link let it leave late
    timed: bool = False  # whether a timer sent it
    octets: int = 0  # of payload
    order: int = 0  # among what happened at one instant

    @property
    def time_s(self) -> float:
        return self.sent_s

    @property
    def text(self) -> str:
        """Flags, sequence numbers and length as tcpdump prints them."""
        return f"[{self.flags}], {self.numbers}"


@dataclass
class Change:
    """A change of state at one end; time in seconds."""

    side: int
    time_s: float
    before: str
    after: str
    transition: str
    cause: str
    order: int = -1  # before the segment that it causes


@dataclass
class Again:
    """A FIN that arrived once more at an end in TIME-WAIT; time in seconds."""

    side: int
    time_s: float
    restarts: bool  # whether the 2MSL timer starts anew
    order: int = -1

    @property
    def text(self) -> str:
        return "FIN again: 2MSL restarts" if self.restarts else "FIN again"


@dataclass
class Fold:
    """What is told in words instead of being shown; times in seconds."""

    time_s: float  # when the first of it happened
    end_s: float
    text: str
    arrows: int  # how many segments it stands for
    order: int


@dataclass
class Ladder:
    """Both ends, everything between them, and what was left out."""

    title: str
    names: tuple[str, str]
    addresses: tuple[str, str]
    isn: tuple[int | None, int | None]
    initial: tuple[str, str]  # the state of each end when the interval begins
    arrows: list[Arrow] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cut: str | None = None  # what of it is drawn, where that is not all
    why: str = ""  # why it is this connection, where the user did not choose among several

    @property
    def choice(self) -> str | None:
        """How to choose another connection, where the user did not choose."""
        return f"{self.title}, {self.why}; choose another with --connection HOST:N" if self.why else None

    def events(self) -> list[Arrow | Change | Again | Fold]:
        """All by time; at one instant the change of state comes before the segment it causes."""
        return sorted([*self.changes, *self.again, *self.arrows, *self.folds], key=lambda event: (event.time_s, event.order))

    def flight_s(self) -> float:
        """The usual time from sending to arrival [s]; the yardstick of idleness."""
        flights = [a.arrived_s - a.sent_s for a in self.arrows if a.arrived_s is not None and not a.duplicate]
        return median(flights) if flights else 0.0

    def times_s(self) -> list[float]:
        """Every instant at which something happened [s], ascending, each once."""
        times = {a.sent_s for a in self.arrows} | {a.arrived_s for a in self.arrows if a.arrived_s is not None}
        return sorted(times | {c.time_s for c in [*self.changes, *self.again]})

    def idle_from_s(self) -> float:
        """A pause longer than this [s] is idle, and may be drawn shortened."""
        flight = self.flight_s()
        if flight > 0:
            return 3 * flight
        times = self.times_s()
        gaps = [b - a for a, b in zip(times, times[1:])]
        return 3 * median(gaps) if gaps else 1.0


def ladder(folder: RunFolder, wanted: str | None, interval_s: tuple[float, float]) -> Ladder:
    """The ladder of the connection `wanted` within `interval_s`."""
    if not folder.recorded("segments") and not folder.recorded("transitions"):
        raise BadInput(f"{folder.path}: neither segments nor transitions were recorded; a ladder needs one of them")
    chosen = choose(folder, wanted)
    end = chosen.end
    seen: dict[str, str] = {}  # endpoint to host
    result = Ladder(
        title=f"connection {end.number} of {end.host}",
        why=_why(chosen),
        names=(end.host, ""),
        addresses=(end.local, end.remote),
        isn=(None, None),
        initial=("CLOSED", "CLOSED"),
    )
    if folder.recorded("segments"):
        rows = segments_of(folder, end)
        told = (rows["local"] == end.remote) & (rows["event"] != "lost")  # what is lost, the link tells
        if _is_unrecorded(folder, end.remote) and not told.any():
            rows = _with_other_end(rows, end)
            result.notes.append(f"{end.remote} was not recorded: its segments are shown when they arrive, level")
        seen = dict(zip(rows["local"], rows["host"]))
        result.isn = (_isn(rows, end.local), _isn(rows, end.remote))
        result.arrows = _arrows(rows, result)
    else:
        result.notes.append("no arrows: segments were not recorded")
    if folder.recorded("transitions"):
        states = transitions_of(folder, end)
        seen |= dict(zip(states["local"], states["host"]))
        result.changes = _changes(states, end.local)
        _add_crashes(result.changes, folder, end)
        result.initial = (_initial(result.changes, 0), _initial(result.changes, 1))
    else:
        result.notes.append("no states: transitions were not recorded")
    if folder.recorded("segments") and folder.recorded("transitions"):
        result.again = _again(rows, result, folder)
    result.names = (end.host, seen.get(end.remote) or _host_of(folder, end.remote))
    _put_opener_left(result)
    _cut(result, interval_s)  # last: what anything means follows from the whole connection
    if not result.arrows and not result.changes:
        raise BadInput(f"{folder.path}: {result.title} has no event in the chosen interval")
    return result


def _why(chosen: Chosen) -> str:
    if chosen.asked or chosen.among < 2:
        return ""
    return f"of {chosen.among} the one with most to tell ({chosen.told})" if chosen.told else f"the first of {chosen.among}"


def _host_of(folder: RunFolder, endpoint: str) -> str:
    address = endpoint.rpartition(":")[0].strip("[]")
    for host in folder.hosts:
        if host["address"] == address:
            return host["name"]
    return address


def _is_unrecorded(folder: RunFolder, endpoint: str) -> bool:
    """Whether an end belongs to a machine outside the simulation."""
    return endpoint.rpartition(":")[0].strip("[]") not in {host["address"] for host in folder.hosts}


def _with_other_end(rows: "pd.DataFrame", end: End) -> "pd.DataFrame":
    """`rows` and what an end that was not recorded must have seen: it sends what arrives
    or is lost on the way, and gets what is not lost."""
    import pandas as pd

    lost = set(rows.loc[rows["event"] == "lost", "packet"])
    both: list[Row] = []
    for row in rows.to_dict("records"):
        there = row | {"host": "", "local": end.remote, "remote": end.local}
        if row["event"] == "rx" or (row["event"] == "lost" and row["local"] == end.remote):
            both.append(row | {"event": "tx", "reason": "", "local": end.remote, "remote": end.local})
        both.append(row)
        if row["event"] == "tx" and row["packet"] not in lost:
            both.append(there | {"event": "rx", "reason": ""})
    return pd.DataFrame(both, columns=rows.columns)


def _isn(rows: "pd.DataFrame", local: str) -> int | None:
    """The initial sequence number of the end at `local`, from its SYN or else its first segment."""
    sent = rows[(rows["event"] == "tx") & (rows["local"] == local)]
    syns = sent[sent["flags"].str.contains("S", regex=False)]
    if len(syns):
        return int(syns["seq"].iloc[0])
    quiet = sent[~sent["flags"].str.contains("R", regex=False)]
    return (int(quiet["seq"].iloc[0]) - 1) % 2**32 if len(quiet) else None


def relative(number: int, isn: int | None) -> int:
    """`number` counted from `isn` modulo 2^32, nearest to zero; absolute where `isn` is unknown."""
    if isn is None:
        return number
    distance = (number - isn) % 2**32
    return distance if distance < 2**31 else distance - 2**32


Row = dict[str, Any]


def _numbers(row: Row, mine: int | None, peer: int | None) -> str:
    import pandas as pd

    parts = []
    first = relative(row["seq"], mine)
    # tcpdump leaves out the number of an empty segment, but it is the whole point of a probe.
    if row["len"] > 0:
        parts.append(f"seq {first}:{first + row['len']}")
    elif set(row["flags"]) & set("SFR") or row["reason"] in ("keepalive", "probe"):
        parts.append(f"seq {first}")
    if "." in row["flags"] and not pd.isna(row["ack"]):
        parts.append(f"ack {relative(int(row['ack']), peer)}")
    parts.append(f"length {row['len']}")
    return ", ".join(parts)


def _arrows(rows: "pd.DataFrame", about: Ladder) -> list[Arrow]:
    """One arrow per copy sent: the original, and one for each duplicate that the link made."""
    # ns-3's own TCP gives the parts of one write one number, so the sequence number belongs to the key. The same
    # numbers sent once more are another packet, which takes what happens from then on.
    fates: dict[tuple[int, int, int], list[list[Row]]] = {}
    sent = []
    sent_as: dict[int, tuple[int, int, int]] = {}
    for row in rows.to_dict("records"):
        key = (row["packet"], row["seq"], row["len"])
        if row["event"] == "tx":
            sent_as[row["packet"]] = key
        elif row["event"] == "drop" and row["reason"] == "bad checksum":
            key = sent_as.get(row["packet"], key)  # its numbers may be what is damaged
        copies = fates.setdefault(key, [])
        if row["event"] == "tx":
            copies.append([])
            sent.append((row, copies[-1]))
        elif copies:
            copies[-1].append(row)
    arrows = []
    for tx, fate in sent:
        arrows += _copies(_arrow(tx, 0 if tx["local"] == about.addresses[0] else 1, about), fate)
    # What is sent again the moment something arrives answers that; otherwise a timer sent it.
    arrived = {(1 - a.side, a.arrived_s) for a in arrows}
    for a in arrows:
        a.timed = a.reason in TIMER_REASONS and not a.duplicate and (a.side, a.sent_s) not in arrived
    arrows.sort(key=lambda arrow: arrow.sent_s)
    for order, arrow in enumerate(arrows):
        arrow.order = order
    return arrows


def _arrow(tx: Row, side: int, about: Ladder) -> Arrow:
    return Arrow(
        side=side,
        sent_s=tx["time_s"],
        arrived_s=None,
        flags=tx["flags"],
        numbers=_numbers(tx, about.isn[side], about.isn[1 - side]),
        window=tx["window"],
        options=tx["options"],
        reason="" if tx["reason"] in ACK_LIKE else tx["reason"],
        octets=tx["len"],
    )


def _copies(original: Arrow, fate: list[Row]) -> list[Arrow]:
    """The original and its duplicates, each with what became of it."""
    original.held = any(row["event"] == "delay" for row in fate)
    made = [row["time_s"] for row in fate if row["event"] == "dup"]
    copies = [original] + [replace(original, sent_s=time_s, duplicate=True) for time_s in made]
    arrivals = [row["time_s"] for row in fate if row["event"] == "rx"]
    # A host that is down receives nothing, but drops what arrives.
    arrivals = sorted(arrivals + [r["time_s"] for r in fate if r["event"] == "drop" and r["time_s"] not in arrivals])
    corruptions = [row["reason"] for row in fate if row["event"] == "corrupt"]
    # One that is damaged beyond recognition has no row where it arrives.
    losses = [row["reason"] for row in fate if row["event"] == "lost"] + corruptions
    # The rows do not say which copy arrived first, so the original is taken to be the first.
    for copy, arrived_s in zip(copies, arrivals):
        copy.arrived_s = arrived_s
    for copy, why in zip(copies[len(arrivals) :], losses):
        # The arrow shows the direction, so a rule need not name it.
        copy.lost = re.sub(r"^rule: \S+->\S+: ", "rule: ", why) or "lost"
    for drop in (row for row in fate if row["event"] == "drop"):
        copy = next((c for c in copies if c.arrived_s == drop["time_s"] and c.dropped is None), None)
        if copy is not None:
            copy.dropped = drop["reason"] or "dropped"
    # ns-3's own TCP drops silently.
    if corruptions and copies[0].arrived_s is not None and not any(c.dropped or c.lost for c in copies):
        copies[0].dropped = "corrupt"
    return copies


def _changes(rows: "pd.DataFrame", left: str) -> list[Change]:
    return [
        Change(0 if r["local"] == left else 1, float(r["time_s"]), r["from"], r["to"], r["transition"], r["cause"])
        for _, r in rows.iterrows()
    ]


def _add_crashes(changes: list[Change], folder: RunFolder, end: End) -> None:
    """A host that crashes forgets its connections without a transition; only connections.csv tells."""
    for ours, time_s in crash_of(folder, end):
        side = 0 if ours else 1
        before = next((c.after for c in reversed(changes) if c.side == side), "CLOSED")
        if before != "CLOSED":
            changes.append(Change(side, time_s, before, "CLOSED", "", "crash"))
    changes.sort(key=lambda change: change.time_s)


def _again(rows: "pd.DataFrame", it: Ladder, folder: RunFolder) -> list[Again]:
    """Each FIN that arrived at an end that was in TIME-WAIT already."""
    found = []
    length_s = folder.time_wait_s()
    # What discards the FIN restarts nothing; where nobody tells how long the wait is, nobody can tell whether it was restarted.
    may_restart = folder.manifest["stack"] == "lifecycle" and folder.manifest["parameters"].get("time-wait-restart") != "false"
    dropped = set(rows.loc[rows["event"] == "drop", ["time_s", "packet"]].itertuples(index=False, name=None))
    arrived = rows[(rows["event"] == "rx") & rows["flags"].str.contains("F", regex=False)]
    for time_s, packet, local in zip(arrived["time_s"], arrived["packet"], arrived["local"]):
        side = 0 if local == it.addresses[0] else 1
        past = [c.after for c in it.changes if c.side == side and c.time_s < time_s]
        if past[-1:] != ["TIME-WAIT"]:
            continue
        left = next((c for c in it.changes if c.side == side and c.time_s >= time_s), None)
        # The state cannot end by its timer before the time is over, had that started anew.
        in_time = left is not None and left.cause == "timer 2MSL" and length_s is not None
        early = in_time and left.time_s - time_s < length_s - 1e-9 * left.time_s
        restarts = may_restart and length_s is not None and not early and (time_s, packet) not in dropped
        found.append(Again(side, float(time_s), restarts))
    return found


def _initial(changes: list[Change], side: int) -> str:
    return next((c.before for c in changes if c.side == side), "CLOSED")


def _put_opener_left(it: Ladder) -> None:
    """Whoever opened the connection stands left, as in every textbook."""
    if _opener(it) == 1:
        for thing in [*it.arrows, *it.changes, *it.again]:
            thing.side = 1 - thing.side
        it.names, it.addresses = it.names[::-1], it.addresses[::-1]
        it.isn, it.initial = it.isn[::-1], it.initial[::-1]


def _opener(it: Ladder) -> int:
    """The side that opened: it sent the first SYN, or came to SYN-SENT, or, where neither was seen, did anything first."""
    genuine = [a for a in it.arrows if a.reason != "injected"]
    syns = [a.side for a in genuine if "S" in a.flags and "." not in a.flags]
    opened = [c.side for c in it.changes if c.after == "SYN-SENT"]
    # A listener that goes to SYN-RECEIVED shows that the other end has opened.
    called = [1 - c.side for c in it.changes if (c.before, c.after) == ("LISTEN", "SYN-RECEIVED")]
    return [*syns, *opened, *called, *(a.side for a in genuine), 0][0]


def _cut(it: Ladder, interval_s: tuple[float, float]) -> None:
    a, b = interval_s
    for side in (0, 1):
        past = [c for c in it.changes if c.side == side and c.time_s < a]
        if past:
            states = list(it.initial)
            states[side] = past[-1].after
            it.initial = (states[0], states[1])
    it.changes = [c for c in it.changes if a <= c.time_s <= b]
    it.again = [x for x in it.again if a <= x.time_s <= b]
    inside = [x for x in it.arrows if a <= x.sent_s <= b and (x.arrived_s is None or x.arrived_s <= b)]
    crossing = [x for x in it.arrows if x.arrived_s is not None and (x.sent_s < a <= x.arrived_s or x.sent_s <= b < x.arrived_s)]
    if crossing:
        it.notes.append(f"{len(crossing)} segments that are on their way at an edge of the interval are left out")
    it.arrows = inside


def decimals(times_s: list[float], flight_s: float) -> int:
    """The fewest decimals, 3 to 9, with which all of `times_s` [s] stay apart; but not those that only a nanosecond or so parts,
    next to nothing beside a flight."""
    together_s = min(1e-6, flight_s / 1000)
    ordered = sorted(set(times_s))
    apart = [b for a, b in zip([float("-inf"), *ordered], ordered) if b - a > together_s]
    for places in range(3, 9):
        if len({f"{t:.{places}f}" for t in apart}) == len(apart):
            return places
    return 9


def pause(seconds: float) -> str:
    """A pause in words a reader can take in at a glance."""
    if seconds >= 99.95:
        return f"{seconds:.0f} s"
    if seconds >= 1:
        return f"{seconds:.3g} s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.3g} ms"
    return f"{seconds * 1e6:.3g} µs" if seconds >= 1e-6 else f"{seconds * 1e9:.3g} ns"
