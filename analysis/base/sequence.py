"""One end of a connection as its traces show it: its state, and the sequence numbers of RFC 9293 3.3.1."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

ANY_ADDRESS = ("0.0.0.0", "[::]")
OPENED = ("SYN-SENT", "SYN-RECEIVED", "ESTABLISHED")


class Oddity(Exception):
    """What a segment has that it cannot have: the end of a sentence that begins with who sends or gets the segment."""


def distance(a: int, b: int) -> int:
    """a - b modulo 2^32, nearest to zero."""
    return (a - b + 2**31) % 2**32 - 2**31


def behind(seg: Any) -> int:
    """The number behind all that a row of segments.csv occupies; SYN and FIN take one each."""
    return (seg.seq + seg.len + ("S" in seg.flags) + ("F" in seg.flags)) % 2**32


def _later(a: int | None, b: int) -> int:
    return b if a is None or distance(b, a) > 0 else a


@dataclass
class End:
    """One end; numbers are absolute and None until a segment shows them."""

    state: str
    local: str
    remote: str
    is_listener: bool = False
    states: set[str] = field(default_factory=set)  # that it has been in at this instant
    ended_ns: int | None = None  # when it came to its end [ns]
    before: "End | None" = None  # the one in TIME-WAIT whose place it has taken
    after: "End | None" = None
    entered: Any = None  # the row by which it came into TIME-WAIT
    until_ns: int | None = None  # when TIME-WAIT is to end, by the last FIN [ns]
    told_until_ns: int | None = None  # by what its timer tells [ns]
    iss: int | None = None
    una: int | None = None  # SND.UNA
    nxt: int | None = None  # SND.NXT
    fin: int | None = None  # the number behind our FIN
    acked: int | None = None  # RCV.NXT, as last told to the peer
    arrived: int | None = None  # the number behind all that has arrived
    window: int = 0  # that was last offered [octets]
    fin_arrived: bool = False

    def __post_init__(self) -> None:
        self.states.add(self.state)

    def settle(self) -> None:
        """An instant is over."""
        self.states = {self.state}

    def listens_at(self, local: str) -> bool:
        address, _, port = self.local.rpartition(":")
        return self.local == local or (address in ANY_ADDRESS and port == local.rpartition(":")[2])

    def restore(self) -> None:
        """The connection in TIME-WAIT whose place it had taken is there again."""
        old = self.before
        if old is None:  # nobody has seen it
            self.iss = self.una = self.nxt = self.fin = self.acked = self.arrived = None
        else:
            self.iss, self.una, self.nxt, self.fin = old.iss, old.una, old.nxt, old.fin
            self.acked, self.arrived = old.acked, old.arrived

    # ---- what it sends

    def sends(self, seg: Any) -> None:
        """Any segment but a RST."""
        if "S" in seg.flags:
            self._sends_syn(seg)
        elif "." not in seg.flags:
            raise Oddity("sends neither SYN nor RST, and no ACK (RFC 9293 3.10.7.4)")
        else:
            self._sends_text(seg)
        if "." in seg.flags:
            self._acknowledges(seg)

    def _sends_syn(self, seg: Any) -> None:
        if self.iss is None:
            self.iss = self.una = seg.seq
            self.nxt = _later(self.nxt, behind(seg))
        elif seg.seq != self.iss:
            raise Oddity(f"repeats its SYN as number {seg.seq}, which was {self.iss} (RFC 9293 3.4)")

    def _sends_text(self, seg: Any) -> None:
        end = behind(seg)
        keeps_alive = seg.reason == "keepalive"
        if self.nxt is None:
            self.nxt = seg.seq  # its SYN,ACK has carried a cookie, of which no connection knew
        if distance(seg.seq, self.nxt) > 0:
            raise Oddity(f"sends number {seg.seq}, though nothing below it from {self.nxt} on was sent (RFC 9293 3.4)")
        if self.una is not None and end != seg.seq and not keeps_alive and distance(seg.seq, self.una) < 0:
            raise Oddity(f"sends number {seg.seq} again, though all below {self.una} is acknowledged (RFC 9293 3.4)")
        if self.fin is not None and not keeps_alive:
            if "F" in seg.flags and end != self.fin:
                raise Oddity(f"sends its FIN as number {(end - 1) % 2**32}, which was {(self.fin - 1) % 2**32} (RFC 9293 3.4)")
            if "F" not in seg.flags and seg.len > 0 and distance(end, self.fin) >= 0:
                raise Oddity(f"sends text up to number {(end - 1) % 2**32}, though its FIN is number {(self.fin - 1) % 2**32} (RFC 9293 3.4)")
        elif "F" in seg.flags:
            if distance(end, self.nxt) <= 0:
                raise Oddity(f"sends its FIN as number {(end - 1) % 2**32}, though it has sent all below {self.nxt} (RFC 9293 3.4)")
            self.fin = end
        self.nxt = _later(self.nxt, end)

    def _acknowledges(self, seg: Any) -> None:
        if self.acked is not None and distance(seg.ack, self.acked) < 0:
            raise Oddity(f"acknowledges {seg.ack}, and {self.acked} before: RCV.NXT goes back (RFC 9293 3.3.1)")
        if self.arrived is None:
            raise Oddity(f"acknowledges {seg.ack}, though nothing has arrived (RFC 9293 3.4)")
        if distance(seg.ack, self.arrived) > 0:
            raise Oddity(f"acknowledges {seg.ack}, though only what is below {self.arrived} has arrived (RFC 9293 3.4)")
        self.acked = seg.ack
        self.window = seg.window

    # ---- what it gets

    def gets(self, seg: Any) -> None:
        """Any segment but a RST that was not dropped."""
        self.arrived = _later(self.arrived, behind(seg))
        self.fin_arrived = self.fin_arrived or "F" in seg.flags
        if "." not in seg.flags or self.nxt is None:
            return
        if distance(seg.ack, self.nxt) <= 0:
            self.una = _later(self.una, seg.ack)
        elif "S" not in seg.flags and "CLOSED" not in self.states:
            raise Oddity(f"takes the acknowledgment of {seg.ack}, though it has sent only what is below {self.nxt}: SND.UNA is beyond SND.NXT "
                         "(RFC 9293 3.4)")  # fmt: skip

    def takes_reset(self, seg: Any, is_loose: bool, state: str) -> bool:
        """Whether a RST may end it in `state`: RFC 9293 3.10.7.3, RFC 5961 3.2. With `is_loose`, as in RFC 793, that is not known."""
        if state == "SYN-SENT":
            return "." in seg.flags and self.acks_syn(seg)
        if is_loose or self.acked is None or self.arrived is None:
            return True
        return distance(self.acked, seg.seq) <= 0 <= distance(self.arrived, seg.seq)

    def acks_syn(self, seg: Any) -> bool:
        """Whether ISS < SEG.ACK =< SND.NXT, as far as that is known."""
        return self.iss is None or self.nxt is None or (distance(seg.ack, self.iss) > 0 >= distance(seg.ack, self.nxt))
