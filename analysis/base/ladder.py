"""The message sequence chart of one connection as plain values; drawn and printed elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from .connection import Chosen, End, Spans, around, choose, segments_of, timers_of, transitions_of
from .errors import BadInput
from .run_folder import RULES, RunFolder

if TYPE_CHECKING:
    import pandas as pd

NO_TCB = ("CLOSED", "LISTEN")
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
    lost: str | None = None  # why it was lost, and where, as a row tells
    dropped: str | None = None  # why the receiving TCP discarded it
    duplicate: bool = False
    held: str = ""  # the rule of the link that let it leave late
    damaged: bool = False  # whether the link flipped a bit of it
    rules: str = ""  # the ids of those by which the receiver decided, where that is to be shown
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

    @property
    def fate(self) -> str:
        """What became of one that did not arrive, as far as the run tells."""
        if self.lost:
            return self.lost
        return f"held back by {self.held}" if self.held else "corrupt, " * self.damaged + "not seen to arrive by the end"


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
    of_listener: bool = False  # not of the connection


@dataclass
class Again:
    """A FIN that arrived once more at an end in TIME-WAIT, or a restart of its timer; time in seconds."""

    side: int
    time_s: float
    fin: bool
    restarts: bool  # whether the 2MSL timer starts anew
    order: int = -1

    @property
    def text(self) -> str:
        return ": ".join(["FIN again"] * self.fin + ["2MSL restarts"] * self.restarts)


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
    initial: tuple[str, str]  # the state of each end when the interval begins; empty where nobody knows
    arrows: list[Arrow] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    again: list[Again] = field(default_factory=list)
    folds: list[Fold] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    cut: str | None = None  # what of it is drawn, where that is not all
    why: str = ""  # why it is this connection, where the user did not choose among several
    end: End | None = None  # of which the tables tell
    asks: str = "HOST:N"  # how --connection names one

    @property
    def choice(self) -> str | None:
        """How to choose another connection, where the user did not choose."""
        return f"{self.title}, {self.why}; choose another with --connection {self.asks}" if self.why else None

    def events(self) -> list[Arrow | Change | Again | Fold]:
        """All by time; at one instant the change of state comes before the segment it causes."""
        return sorted([*self.changes, *self.again, *self.arrows, *self.folds], key=lambda event: (event.time_s, event.order))

    def flight_s(self) -> float:
        """The usual time from sending to arrival [s]; the yardstick of idleness."""
        flights = [a.arrived_s - a.sent_s for a in self.arrows if a.arrived_s is not None and not a.duplicate]
        return median(flights) if flights else 0.0

    def state_changes(self) -> int:
        """How many changes of state are the connection's own."""
        return sum(not change.of_listener for change in self.changes)

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


def ladder(folder: RunFolder, wanted: str | None, interval_s: tuple[float, float], with_rules: bool = False) -> Ladder:
    """The ladder of the connection `wanted` within `interval_s`; `with_rules`: with those that decided about what arrived."""
    if not folder.recorded("segments") and not folder.recorded("transitions"):
        raise BadInput(f"{folder.path}: neither segments nor transitions were recorded; a ladder needs one of them")
    if with_rules and not (folder.recorded("segments") and RULES in folder.columns("segments")):
        raise BadInput(f"{folder.path}: rules were not recorded; run it again with --record=transitions,segments,rules")
    chosen = choose(folder, wanted)
    end = chosen.end
    seen: dict[str, str] = {}  # endpoint to host
    result = Ladder(
        title=f"connection {end.number} of {end.host}",
        why=_why(chosen),
        end=end,
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
        result.arrows = _arrows(rows, result, with_rules)
    else:
        result.notes.append("no arrows: segments were not recorded")
    if folder.recorded("transitions"):
        states = transitions_of(folder, end)
        seen |= dict(zip(states["local"], states["host"]))
        result.changes = _changes(states, end.local)
    else:
        result.notes.append("no states: transitions were not recorded")
        result.initial = ("", "")
    result.names = (end.host, seen.get(end.remote) or _host_of(folder, end.remote))
    if folder.recorded("transitions"):
        crashes, listeners = around(folder, end, result.names)
        _add_crashes(result.changes, crashes)
        _add_listeners(result, end, listeners)
    result.again = _again(folder, end, result)
    _put_opener_left(result)
    cut(result, interval_s)  # last: what anything means follows from the whole connection
    if not result.arrows and not result.changes:
        raise BadInput(f"{folder.path}: {result.title} has no event in the chosen interval")
    return result


def _why(chosen: Chosen) -> str:
    if chosen.asked or chosen.among < 2:
        return ""
    return f"of {chosen.among} the one with most to tell ({chosen.told})" if chosen.told else f"the first of {chosen.among}"


def _host_of(folder: RunFolder, endpoint: str) -> str:
    address = _address(endpoint)
    return next((host["name"] for host in folder.hosts if address in host["addresses"]), address)


def _is_unrecorded(folder: RunFolder, endpoint: str) -> bool:
    """Whether an end belongs to a machine outside the simulation."""
    return not any(_address(endpoint) in host["addresses"] for host in folder.hosts)


def _address(endpoint: str) -> str:
    return endpoint.rpartition(":")[0].strip("[]")


def _with_other_end(rows: "pd.DataFrame", end: End) -> "pd.DataFrame":
    """`rows` and what an end that was not recorded must have seen: it sends what arrives
    or is lost on the way, and gets what is not lost."""
    import pandas as pd

    lost = set(rows.loc[rows["event"] == "lost", "packet"])
    both: list[Row] = []
    for row in rows.to_dict("records"):
        there = row | {"host": "", "local": end.remote, "remote": end.local, RULES: ""}
        if row["event"] == "rx" or (row["event"] == "lost" and row["local"] == end.remote):
            both.append(row | {"event": "tx", "reason": "", "where": "", "local": end.remote, "remote": end.local})
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


def _arrows(rows: "pd.DataFrame", about: Ladder, with_rules: bool) -> list[Arrow]:
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
        arrows += _copies(_arrow(tx, 0 if tx["local"] == about.addresses[0] else 1, about), fate, with_rules)
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


def _copies(original: Arrow, fate: list[Row], with_rules: bool) -> list[Arrow]:
    """The original and its duplicates, each with what became of it."""
    original.held = next((_undirected(row["reason"]) for row in fate if row["event"] == "delay"), "")
    original.damaged = any(row["event"] == "corrupt" for row in fate)
    made = [row["time_s"] for row in fate if row["event"] == "dup"]
    copies = [original] + [replace(original, sent_s=time_s, duplicate=True) for time_s in made]
    received = [row for row in fate if row["event"] == "rx"]
    arrivals = [row["time_s"] for row in received]
    # A host that is down receives nothing, but drops what arrives.
    arrivals = sorted(arrivals + [r["time_s"] for r in fate if r["event"] == "drop" and r["time_s"] not in arrivals])
    # The rows do not say which copy arrived first, so the original is taken to be the first.
    for copy, arrived_s in zip(copies, arrivals):
        copy.arrived_s = arrived_s
        copy.rules = next((row[RULES] for row in received if with_rules and row["time_s"] == arrived_s), "")
    for copy, row in zip(copies[len(arrivals) :], (row for row in fate if row["event"] == "lost")):
        copy.lost = _loss(row["reason"], row["where"])
    for drop in (row for row in fate if row["event"] == "drop"):
        copy = next((c for c in copies if c.arrived_s == drop["time_s"] and c.dropped is None), None)
        if copy is not None:
            copy.dropped = drop["reason"] or "dropped"
    # ns-3's own TCP drops silently.
    if original.damaged and copies[0].arrived_s is not None and not any(c.dropped or c.lost for c in copies):
        copies[0].dropped = "corrupt"
    return copies


LOSSES = {"": "lost", "queue": "queue full"}  # where the reason alone would say too little


def _loss(reason: str, where: str) -> str:
    """Why a segment was lost, and where unless that is on the link."""
    why = LOSSES.get(reason) or _undirected(reason)
    return why if where in ("", "link") else f"{why} at {where}"


def _undirected(rule: str) -> str:
    """The arrow shows the direction, so a rule need not name it."""
    return re.sub(r"^rule: \S+->\S+: ", "rule: ", rule)


def _changes(rows: "pd.DataFrame", left: str) -> list[Change]:
    return [
        Change(0 if r["local"] == left else 1, float(r["time_s"]), r["from"], r["to"], r["transition"], r["cause"])
        for _, r in rows.iterrows()
    ]


def _add_crashes(changes: list[Change], crashes: list[tuple[bool, float]]) -> None:
    """A host that crashes forgets its connections without a transition; only connections.csv tells."""
    for ours, time_s in crashes:
        side = 0 if ours else 1
        before = next((c.after for c in reversed(changes) if c.side == side), "CLOSED")
        if before != "CLOSED":
            changes.append(Change(side, time_s, before, "CLOSED", "", "crash"))
    changes.sort(key=lambda change: change.time_s)


def _add_listeners(it: Ladder, end: End, listeners: tuple[Spans, Spans]) -> None:
    """What an end is in while it has no connection: LISTEN while a listener stands there, else CLOSED."""
    times_s = it.times_s()
    own = [[change for change in it.changes if change.side == side] for side in (0, 1)]
    goes_on = any(changes and changes[-1].after not in NO_TCB for changes in own)
    from_s, to_s = min(times_s, default=0.0), end.before_s if goes_on else max(times_s, default=0.0)
    initial = []
    for side, (ours, spans) in enumerate(zip(own, listeners)):

        def state_at(time_s: float) -> str:
            return "LISTEN" if any(a <= time_s < b for a, b, _ in spans) else "CLOSED"

        known = spans and (not ours or ours[0].before in NO_TCB)
        initial.append(state_at(from_s) if known else ours[0].before if ours else "CLOSED")
        edges = sorted([(a, "passive OPEN") for a, _, _ in spans] + [(b, why) for _, b, why in spans])
        free_s, state = from_s, initial[side]  # since when the end has had no connection
        for change in [*ours, None]:
            if state in NO_TCB and spans:
                until_s = to_s if change is None else change.time_s
                stays = any(a < free_s < b for a, b, _ in spans)
                found = [(free_s, "still listening" if stays else "passive OPEN")] if free_s > from_s else []
                for time_s, cause in [*found, *(edge for edge in edges if free_s < edge[0] < until_s)]:
                    after = state_at(time_s)
                    if after != state:
                        it.changes.append(Change(side, time_s, state, after, "", cause, of_listener=True))
                        state = after
            if change is not None:
                free_s, state = change.time_s, change.after
    it.changes.sort(key=lambda change: change.time_s)
    it.initial = (initial[0], initial[1])


def _again(folder: RunFolder, end: End, it: Ladder) -> list[Again]:
    """Each FIN that arrived at an end that was in TIME-WAIT already, and each restart of that timer."""
    fins = {(1 - a.side, a.arrived_s) for a in it.arrows if "F" in a.flags and a.arrived_s is not None}
    waiting = {(side, at_s) for side, at_s in fins if _state_before(it, side, at_s) == "TIME-WAIT"}
    restarted: set[tuple[int, float]] = set()
    if folder.recorded("timers"):
        rows = timers_of(folder, end)
        rows = rows[(rows["timer"] == "time-wait") & (rows["event"] == "restarted")]
        restarted = {(0 if local == end.local else 1, float(time_s)) for time_s, local in zip(rows["time_s"], rows["local"])}
    elif waiting:
        it.notes.append("whether a repeated FIN restarts 2MSL is not known: timers were not recorded")
    return [Again(side, at_s, (side, at_s) in waiting, (side, at_s) in restarted)
            for at_s, side in sorted((at_s, side) for side, at_s in waiting | restarted)]  # fmt: skip


def _state_before(it: Ladder, side: int, time_s: float) -> str:
    return next((c.after for c in reversed(it.changes) if c.side == side and c.time_s < time_s), it.initial[side])


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


def cut(it: Ladder, interval_s: tuple[float, float]) -> None:
    """Leaves of a ladder what happened within `interval_s` [s]."""
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
        one = len(crossing) == 1
        it.notes.append(f"{len(crossing)} segment{'' if one else 's'} on the way at an edge of the interval {'is' if one else 'are'} left out")
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
    for unit, size in (("ns", 1e-9), ("µs", 1e-6), ("ms", 1e-3)):
        if seconds / size < 999.5:  # else three digits would say 1e+03
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
