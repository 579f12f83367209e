"""Run folders replayed against the state graph of model/core and the invariants of RFC 9293 that traces can show."""

from __future__ import annotations

import csv
import functools
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Union

from .requirements import TRANSITIONS
from .sequence import End, Oddity, behind
from .words import shown

Crash = tuple[str, int]  # host and number of the connection that it has ended


class Broken(Exception):
    """The first thing that cannot be: a sentence, and where it stands."""

    def __init__(self, row: "Row", sentence: str) -> None:
        super().__init__(sentence)
        self.table = row.TABLE
        self.line = row.line


class Transition(NamedTuple):
    """A row of transitions.csv; `ns` is simulated time [ns], here as below."""

    line: int
    ns: int
    host: str
    number: int
    local: str
    remote: str
    before: str
    after: str
    id: str
    cause: str

    TABLE = "transitions"

    @staticmethod
    def columns() -> list[str]:
        return "time_s,host,connection,local,remote,from,to,transition,cause".split(",")


class Segment(NamedTuple):
    """A row of segments.csv."""

    line: int
    ns: int
    host: str
    number: int
    event: str
    packet: int
    local: str
    remote: str
    flags: str
    seq: int
    ack: int | None
    len: int
    window: int
    reason: str

    TABLE = "segments"

    @staticmethod
    def columns() -> list[str]:
        return "time_s,host,connection,event,packet,local,remote,flags,seq,ack,len,window,reason".split(",")


class TimerEvent(NamedTuple):
    """A row of timers.csv."""

    line: int
    ns: int
    host: str
    number: int
    timer: str
    event: str
    expires_s: float | None

    TABLE = "timers"

    @staticmethod
    def columns() -> list[str]:
        return "time_s,host,connection,timer,event,expires_s".split(",")


Row = Union[Transition, Segment, TimerEvent]


@dataclass
class Instant:
    """All rows of one instant, table by table, in the order of the tables."""

    transitions: list[Transition] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    timers: list[TimerEvent] = field(default_factory=list)

    def add(self, row: Row) -> None:
        getattr(self, row.TABLE).append(row)

    def received(self, row: Transition | Segment, flags: str = "", without: str = "") -> list[Segment]:
        """What arrived at the host between the ends of `row`, with all of `flags` and none of the others."""
        return [seg for seg in self.segments if seg.event == "rx" and (seg.host, seg.local, seg.remote) == (row.host, row.local, row.remote)
                and set(flags) <= set(seg.flags) and not set(without) & set(seg.flags)]  # fmt: skip


@functools.cache
def graph() -> dict[str, dict[str, str]]:
    """The edges of the state graph, by id."""
    with open(TRANSITIONS, encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


# The options that open an edge which is off by default, each with the texts at which it does not.
EVICTION = {"SynOverflow": "drop-new random-early-drop reset", "SynCacheBuckets": "0"}
SWITCHES = {
    "T04": {"OpenFromListen": "false"}, "T05": {"OpenFromListen": "false"}, "T07": {"SynCookies": "off"}, "T19": EVICTION,
    "T32": {"TimeWaitReuse": "false"}, "T38": {"TimeWaitLimit": "0"}, "T39": EVICTION, "T41": {"Rfc1337": "true"},
    "T45": {"IcmpAbortsSynchronized": "false"}, "T46": {"IcmpSoftAborts": "false", "IcmpTimeExceededAborts": "false"},
    "T47": {"Rfc793Syn": "false", "TimeWaitSynEnds": "false", "OrphanSynReset": "false"}, "T56": {"ResetTextBehindFin": "false"},
    "T48": {"ResetIllegalOption": "false"}, "T50": {"AbortLingers": "false"}, "T52": {"AbortOnOverflow": "false"},
    "T53": {"TwoWayHandshake": "false"}, "T54": {"AwaitFin": "true"},
}  # fmt: skip
ANSWERS_SYN = ("SynReceivedReset", "TimeWaitSynEnds", "OrphanSynReset")  # as if there were no connection
NEVER = "X"  # the class of edges that no machine has
TIMERS = {"timer R2": "retransmission", "timer 2MSL": "time-wait", "timer user": "user-timeout", "timer keepalive": "keepalive",
          "timer orphan": "fin-wait-2"}  # fmt: skip
ARRIVALS = {  # by trigger: flags that what has arrived must have, and must not
    "seg SYN": ("S", "R"), "seg SYN+ACK": ("S.", "R"), "seg ACK": (".", "R"), "seg FIN": ("", "R"), "seg FIN+ACK": (".", "R"),
    "seg RST": ("R", ""), "seg data": (".", "R"), "seg SYN in window": ("S", "R"), "illegal option length": ("", ""), "accept queue full": (".", "R"),
}  # fmt: skip
BEHIND_FIN = {"CLOSE-WAIT", "CLOSING", "LAST-ACK"}
RESTORED = {"T16", "T39"}  # the connection in TIME-WAIT that a SYN had interrupted
REFUSES = {"T52.SR"}  # drops the segment that causes it
ACKS_FIN = {"T24", "T26", "T28", "T29", "T54"}
ACKS_SYN = {"T08", "T12"}
USER_CALLS = ("ABORT", "CLOSE", "listener closed")  # that may send a segment at the instant at which another arrives
SYNCHRONIZED = {"ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT"}
MAY_SEND = {  # RFC 9293 3.10: in which states
    "SYN": {"SYN-SENT"},
    "SYN,ACK": {"SYN-RECEIVED", "LISTEN"},
    "FIN": {"FIN-WAIT-1", "CLOSING", "LAST-ACK"},
    "data": {"ESTABLISHED", "CLOSE-WAIT", "FIN-WAIT-1", "CLOSING", "LAST-ACK"},
    "ACK": SYNCHRONIZED | {"SYN-RECEIVED"},
}


def kind_of(seg: Segment) -> str:
    """What a segment is, by what it needs most."""
    if "R" in seg.flags:
        return "RST"
    if "S" in seg.flags:
        return "SYN,ACK" if "." in seg.flags else "SYN"
    if "F" in seg.flags:
        return "FIN"
    return "data" if seg.len > 0 and seg.reason != "keepalive" else "ACK"


@dataclass
class Packet:
    """What was sent, and how many copies of it are under way."""

    said: tuple[str, int, int | None, int] | None  # flags and numbers; None where one packet stands for several segments
    copies: int = 1
    is_damaged: bool = False


class Replay:
    """The tables of one folder, instant by instant; the first thing that cannot be is a Broken."""

    def __init__(self, manifest: dict[str, Any], recorded: list[str], crashes: dict[Crash, int] | None) -> None:
        self.counts: Counter[str] = Counter()
        self._stacks = {host["name"]: manifest["stacks"][host["stack"]] for host in manifest["hosts"]}
        self._addresses = {address for host in manifest["hosts"] for address in host["addresses"]}
        self._recorded = recorded
        self._crashes = crashes
        self._ends: dict[tuple[str, int], End] = {}
        self._listeners: dict[str, list[End]] = {}  # by host
        self._latest: dict[tuple[str, str, str], End] = {}  # by host and both ends
        self._packets: dict[int, Packet] = {}
        self._dropped: set[int] = set()  # the lines of what was dropped, at this instant
        self._now = Instant()

    @property
    def stock(self) -> list[str]:
        """The hosts whose TCP tells no transitions by their ids."""
        return [name for name, stack in self._stacks.items() if stack["tcp"] == "stock"]

    def happens(self, now: Instant) -> None:
        """Everything of the next instant."""
        self._now = now
        for rows in (now.transitions, now.segments, now.timers):
            self.counts.update(row.TABLE for row in rows)
        ours = [row for row in now.transitions if self._is_ours(row)]
        touched = [self._move(row) for row in ours]
        self._dropped = lines_dropped(now.segments)
        for place, seg in enumerate(now.segments):
            self._travels(seg)
            if seg.event in ("tx", "rx") and seg.reason != "injected" and self._is_ours(seg):
                self._segment(seg, now.segments[:place])
        for timer in filter(self._is_ours, now.timers):
            self._timer(timer)
        for row in ours:
            self._check_event(row)
            if row.id in RESTORED:
                self._ends[row.host, row.number].restore()
        for end in touched:
            end.settle()

    def is_over(self, end_ns: int) -> None:
        """The run ends."""
        for (host, number), end in self._ends.items():
            until_ns = end.told_until_ns or end.until_ns
            if self._crashes is not None and (host, number) not in self._crashes and end.state == "TIME-WAIT" and until_ns is not None and until_ns < end_ns:
                raise Broken(end.entered, f"{host}:{number} stays in TIME-WAIT until the run ends at {seconds(end_ns)}; it should have left at "
                                          f"{seconds(until_ns)} (RFC 9293 3.4.2)")  # fmt: skip

    def _is_ours(self, row: Row) -> bool:
        return self._stacks.get(row.host, {}).get("tcp") == "lifecycle"

    def _is_on(self, host: str, option: str) -> bool:
        return self._stacks[host]["attributes"].get(option) == "true"

    def _may_exist(self, row: Row, end: End) -> None:
        crash_ns = (self._crashes or {}).get((row.host, row.number))
        if end.ended_ns is not None and end.ended_ns < row.ns:
            raise Broken(row, f"{name_of(row)} has ended at {seconds(end.ended_ns)}")
        if crash_ns is not None and crash_ns < row.ns:
            raise Broken(row, f"{name_of(row)} was lost in a crash at {seconds(crash_ns)}, as connections.csv tells")

    # ---- transitions

    def _move(self, row: Transition) -> End:
        self._check_edge(row)
        end = self._ends.get((row.host, row.number)) or self._begin(row)
        self._may_exist(row, end)
        if end.state != row.before:
            raise Broken(row, f"{name_of(row)} moves from {row.before} to {row.after}, but it is in {end.state}")
        end.state = row.after
        end.states.add(row.after)
        if row.after == "CLOSED" or (row.after == "LISTEN" and not end.is_listener):
            end.ended_ns = row.ns
        if end.is_listener and row.after != "LISTEN":
            end.is_listener = False
            self._listeners[row.host].remove(end)
        if row.after == "TIME-WAIT":
            end.entered = row
            end.until_ns = row.ns + self._time_wait_ns(row.host)
        return end

    def _check_edge(self, row: Transition) -> None:
        edge = graph().get(row.id)
        if edge is None:
            raise Broken(row, f"{shown(row.id)} is no edge of the state graph")
        if (edge["from"], edge["to"], edge["trigger"]) != (row.before, row.after, row.cause):
            raise Broken(row, f"{row.id} leads from {edge['from']} to {edge['to']} by {edge['trigger']!r}, not from {row.before} to {row.after} by "
                              f"{row.cause!r}")  # fmt: skip
        attributes = self._stacks[row.host]["attributes"]
        needed = SWITCHES.get(row.id.partition(".")[0], {}) if edge["default"] == "off" else {}
        off = [f"{name} is {attributes[name]}" for name, texts in needed.items() if attributes.get(name, "?") in texts.split()]
        if edge["class"] == NEVER:
            raise Broken(row, f"{row.id} is taken by no machine")
        if needed and len(off) == len(needed):
            raise Broken(row, f"{name_of(row)} takes {row.id}, but {' and '.join(off)}")

    def _begin(self, row: Transition) -> End:
        """The first of a connection: out of CLOSED, of a listener's LISTEN, or of the TIME-WAIT of the connection before."""
        end = End(row.before, row.local, row.remote, is_listener=row.after == "LISTEN")
        path = (row.host, row.local, row.remote)
        if row.before == "LISTEN" and not any(other.listens_at(row.local) for other in self._listeners.get(row.host, ())):
            raise Broken(row, f"{name_of(row)} comes out of LISTEN, but nobody listens at {row.local}")
        if row.before == "TIME-WAIT":
            end.before = self._latest.get(path)
            if end.before is None or end.before.state != "TIME-WAIT":
                raise Broken(row, f"{name_of(row)} comes out of TIME-WAIT, but no connection of {row.local} and {row.remote} is there")
            end.before.after, end.before.state, end.before.ended_ns = end, "CLOSED", row.ns
        elif row.before not in ("CLOSED", "LISTEN"):
            raise Broken(row, f"{name_of(row)} begins in {row.before}; allowed is CLOSED, LISTEN or TIME-WAIT")
        self._ends[row.host, row.number] = self._latest[path] = end
        if end.is_listener:
            self._listeners.setdefault(row.host, []).append(end)
        return end

    def _time_wait_ns(self, host: str) -> int:
        return round(self._stacks[host]["time-wait_s"] * 1e9)

    def _check_event(self, row: Transition) -> None:
        """Whether what allows a transition has happened, as far as it was recorded."""
        end = self._ends[row.host, row.number]
        if row.cause in TIMERS and "timers" in self._recorded:
            timer = TIMERS[row.cause]
            if not any((it.host, it.number, it.timer, it.event) == (row.host, row.number, timer, "expired") for it in self._now.timers):
                raise Broken(row, f"{name_of(row)} takes {row.id} by {row.cause!r}, but no timer {timer} expires at {seconds(row.ns)}")
        if row.cause == "timer 2MSL":
            self._check_time_wait(row, end)
        if row.cause in ARRIVALS and "segments" in self._recorded:
            self._check_arrival(row, end)

    def _check_arrival(self, row: Transition, end: End) -> None:
        takes_dropped = row.id in REFUSES or self._is_on(row.host, "TakeOldAck")
        came = [seg for seg in self._now.received(row, *ARRIVALS[row.cause]) if "R" in seg.flags or takes_dropped or seg.line not in self._dropped]
        if not came:
            raise Broken(row, f"{name_of(row)} takes {row.id} by {row.cause!r}, but no such segment arrives at {seconds(row.ns)}")
        if "FIN" in row.cause and not end.fin_arrived:
            raise Broken(row, f"{name_of(row)} takes {row.id} by {row.cause!r}, but no FIN has arrived")
        if row.id in ACKS_FIN and end.nxt is not None and not any("." in seg.flags and seg.ack == end.fin for seg in came):
            raise Broken(row, f"{name_of(row)} takes {row.id}, but no segment acknowledges its FIN{f', whose number is {end.fin - 1}' if end.fin else ''}")
        if row.id in ACKS_SYN and not any(end.acks_syn(seg) for seg in came):
            raise Broken(row, f"{name_of(row)} takes {row.id}, but no segment acknowledges its SYN, whose number is {end.iss}")
        below = 1 if self._is_on(row.host, "ResetBelowFin") and row.before in BEHIND_FIN else 0
        if row.cause == "seg RST" and not any(end.takes_reset(seg, self._is_on(row.host, "Rfc793Reset"), row.before)
                                              or end.takes_reset(seg._replace(seq=(seg.seq + below) % 2**32), False, row.before) for seg in came):  # fmt: skip
            raise Broken(row, f"{name_of(row)} takes {row.id}, but no RST that arrives has an acceptable number (RFC 5961 3.2)")

    def _check_time_wait(self, row: Transition, end: End) -> None:
        least_ns = end.entered.ns + self._time_wait_ns(row.host)
        if row.ns < least_ns:
            raise Broken(row, f"{name_of(row)} leaves TIME-WAIT at {seconds(row.ns)}, before {seconds(least_ns)} (RFC 9293 3.4.2)")
        if "segments" in self._recorded and row.ns != end.until_ns:
            raise Broken(row, f"{name_of(row)} leaves TIME-WAIT at {seconds(row.ns)}; by the last FIN it should at {seconds(end.until_ns)} (RFC 9293 3.10.7.4)")
        if "timers" in self._recorded and row.ns != end.told_until_ns:
            raise Broken(row, f"{name_of(row)} leaves TIME-WAIT at {seconds(row.ns)}; its timer was to expire at {seconds(end.told_until_ns)}")

    # ---- timers

    def _timer(self, row: TimerEvent) -> None:
        end = self._ends.get((row.host, row.number))
        if end is None or row.timer != "time-wait" or row.expires_s is None:
            return
        end.told_until_ns = round(row.expires_s * 1e9)
        due_ns = row.ns + self._time_wait_ns(row.host)
        if end.told_until_ns != due_ns:
            raise Broken(row, f"TIME-WAIT of {name_of(row)} is to last until {seconds(end.told_until_ns)}; 2 MSL from now are over at {seconds(due_ns)}")

    # ---- segments

    def _travels(self, seg: Segment) -> None:
        """What arrives was sent, as often as there are copies, and says the same."""
        said = (seg.flags, seg.seq, seg.ack, seg.len)
        packet = self._packets.get(seg.packet)
        if seg.event == "tx":
            is_one = packet is None and seg.host not in self.stock
            copies = packet.copies if packet else 0
            self._packets[seg.packet] = Packet(said if is_one else None, copies + 1)
        elif packet is None:
            sender = seg.remote.rpartition(":")[0].strip("[]")
            if seg.event == "rx" and sender in self._addresses:
                raise Broken(seg, f"packet {seg.packet} from {seg.remote} arrives at {seg.host}, but no copy of it is under way")
        elif seg.event == "dup":
            packet.copies += 1
        elif seg.event == "corrupt":
            packet.is_damaged = True
        elif seg.event in ("lost", "rx"):
            if seg.event == "rx" and packet.said not in (None, said) and not packet.is_damaged:
                raise Broken(seg, f"packet {seg.packet} arrives as {in_words(*said)}; it was sent as {in_words(*packet.said)}")
            packet.copies -= 1
            if packet.copies <= 0:
                del self._packets[seg.packet]

    def _segment(self, seg: Segment, earlier: list[Segment]) -> None:
        """What one of our hosts sends or gets."""
        end = self._ends.get((seg.host, seg.number))
        if end is None and "transitions" not in self._recorded and seg.number > 0:
            end = self._ends[seg.host, seg.number] = End("", seg.local, seg.remote)
        if end is None and seg.number > 0:
            raise Broken(seg, f"{name_of(seg)} is told of by no transition")
        if end is not None:
            self._may_exist(seg, end)
        if seg.event == "rx" and end is not None and "." in seg.flags and "R" not in seg.flags and self._is_on(seg.host, "TimeWaitRestartByAck"):
            end.until_ns = seg.ns + self._time_wait_ns(seg.host)
        try:
            if seg.event == "tx":
                self._sends(seg, end, earlier)
            elif end is not None and "R" not in seg.flags:
                self._restarts(seg, end)
                if seg.line not in self._dropped:
                    self._gets(seg, end)
        except Oddity as oddity:
            raise Broken(seg, f"{name_of(seg)} {oddity}") from None

    def _sends(self, seg: Segment, end: End | None, earlier: list[Segment]) -> None:
        came = [it for it in earlier if it.event == "rx" and (it.host, it.local, it.remote) == (seg.host, seg.local, seg.remote)]
        if came and "R" in came[-1].flags:
            self._check_answer_to_reset(seg, end, came[-1])
        if end is None or end.is_listener:
            if end is None or kind_of(seg) != "SYN,ACK":  # of a listener, with a cookie
                check_answer_of_nobody(seg, came)
            return
        kind = kind_of(seg)
        allowed = MAY_SEND.get(kind)
        if allowed is not None and end.state and not allowed & end.states:
            raise Oddity(f"sends {kind} in {' or '.join(sorted(end.states))} (RFC 9293 3.10)")
        if kind == "RST":
            is_of_nobody = "." in seg.flags and seg.seq == 0 and any(self._is_on(seg.host, option) for option in ANSWERS_SYN)
            if is_of_nobody and any("." not in it.flags and seg.ack == behind(it) for it in came):
                return
            if end.nxt is not None and seg.seq != end.nxt and not any(it.ack == seg.seq for it in came):
                raise Oddity(f"sends RST with number {seg.seq}, which is neither SND.NXT, {end.nxt}, nor what it answers acknowledges (RFC 9293 3.5.2)")
        else:
            end.sends(seg)

    def _check_answer_to_reset(self, seg: Segment, end: End | None, reset: Segment) -> None:
        """RFC 9293 3.5.2, RFC 5961 3.2: nothing answers a RST but a challenge ACK. A call or a timer may act at the same instant."""
        calls = any((it.host, it.number) == (seg.host, seg.number) and it.cause.startswith(USER_CALLS) for it in self._now.transitions)
        acts = any((it.host, it.number, it.event) == (seg.host, seg.number, "expired") for it in self._now.timers) or "timers" not in self._recorded
        opens_window = end is not None and seg.window > end.window
        if (seg.reason == "reset" and not calls) or (seg.reason == "ack" and not calls and not acts and not opens_window):
            raise Oddity(f"answers the RST of line {reset.line} with {seg.reason}; allowed is a challenge ACK (RFC 5961 3.2)")

    def _answers_all(self, host: str) -> bool:
        """Whether TIME-WAIT looks at no number: it answers whatever arrives."""
        return self._stacks[host]["attributes"].get("TimeWaitAcks", "rfc9293") != "rfc9293"

    def _restarts(self, seg: Segment, end: End) -> None:
        """What begins TIME-WAIT anew: the FIN that comes again, and any ACK if that is wished."""
        if "TIME-WAIT" not in end.states:
            return
        is_fin = "F" in seg.flags and seg.line not in self._dropped and self._stacks[seg.host]["attributes"].get("TimeWaitRestart") != "false"
        if self._answers_all(seg.host):
            is_fin = is_fin and behind(seg) == end.acked
        if is_fin or ("." in seg.flags and self._is_on(seg.host, "TimeWaitRestartByAck")):
            end.until_ns = seg.ns + self._time_wait_ns(seg.host)

    def _gets(self, seg: Segment, end: End) -> None:
        if end.after is not None:
            end.after.gets(seg)  # the SYN that begins the connection which takes its place
            return
        if end.states != {"TIME-WAIT"} or not self._answers_all(seg.host):
            end.gets(seg)


def lines_dropped(segments: list[Segment]) -> set[int]:
    """The lines of what arrived and was dropped as a whole: the row that says so follows, before the next copy."""
    arrived: dict[tuple[str, int], int] = {}
    dropped = set()
    for seg in segments:
        if seg.event == "rx":
            arrived[seg.host, seg.packet] = seg.line
        elif seg.event == "drop" and seg.reason != "ignored text" and (seg.host, seg.packet) in arrived:
            dropped.add(arrived[seg.host, seg.packet])
    return dropped


def name_of(row: Row) -> str:
    return f"{row.host}:{row.number}" if row.number else f"{row.host}, for which there is no connection,"


def seconds(ns: int | None) -> str:
    return "no time" if ns is None else f"{ns // 10**9}.{ns % 10**9:09d} s"


def in_words(flags: str, seq: int, ack: int | None, length: int) -> str:
    return f"[{flags}] seq {seq}{'' if ack is None else f' ack {ack}'} length {length}"


def answers(reset: Segment, came: list[Segment]) -> bool:
    """Whether a RST is the one that some segment deserves: RFC 9293 3.5.2."""
    return any(
        ("." in it.flags and reset.seq == it.ack) or ("." in reset.flags and (reset.seq, reset.ack) == (0, behind(it)))
        for it in came if "R" not in it.flags
    )  # fmt: skip


def check_answer_of_nobody(seg: Segment, came: list[Segment]) -> None:
    """RFC 9293 3.10.7.1 and 3.10.7.2: what a host sends for nobody is the RST that some segment deserves."""
    if "R" not in seg.flags:
        raise Oddity(f"sends [{seg.flags}]; allowed is a RST (RFC 9293 3.10.7.1)")
    if not answers(seg, came):
        raise Oddity(f"sends RST with number {seg.seq}, which no segment that arrives calls for (RFC 9293 3.10.7.1)")
