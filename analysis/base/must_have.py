"""The states that both ends of a captured connection must have had, and what happened to its segments, as far as a capture tells.

A capture shows what went past one place. Who sent a segment was in a state in which that is sent (RFC 9293 3.10); what has arrived is
known where the capture was taken beside the receiver, and else from what the receiver answers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .capture import Packet
from .ladder import Arrow, Change, relative

BESIDE = 0.1  # share of the round trip in which an end answers that stands beside the place of the capture
AT_THE_LATEST = "by now: "
UNLESS_SENT = ", unless its own was lost unseen"
UNLESS_FIRST = ", unless only the first copy of it: then CLOSING"
MOST_IN_FLIGHT = 2000  # segments of one side, among which one that is sent again is looked for
MOST_NOTES = 8  # about single segments


def after(a: int, b: int) -> bool:
    """Whether sequence number `a` is `b` or behind it, modulo 2^32 (RFC 9293 3.4)."""
    return (a - b) % 2**32 < 2**31


@dataclass
class End:
    """What is known of one end."""

    state: str = ""  # empty where nobody can know
    isn: int | None = None
    next: int | None = None  # behind all that it has sent
    fin: int | None = None  # the number behind its FIN
    acknowledged: int | None = None  # the highest number that it has acknowledged
    knows: int | None = None  # the highest acknowledgment of its own that it must have got


@dataclass
class Inferred:
    """A connection as a capture tells of it. Times in seconds since the first packet of the file."""

    ends: tuple[End, End] = field(default_factory=lambda: (End(), End()))
    initial: tuple[str, str] = ("", "")
    arrows: list[Arrow] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def infer(packets: list[Packet], left: str, names: tuple[str, str]) -> Inferred:
    """What the packets of one connection tell, of which `left` opened it, or sent first."""
    return _Story(packets, left, names).told()


class _Story:
    def __init__(self, packets: list[Packet], left: str, names: tuple[str, str]) -> None:
        self.packets, self.left, self.names = packets, left, names
        self.it = Inferred()
        self.told_of: list[str] = []
        self.is_repeated = False  # whether some of the handshake was sent more than once
        self.beside = self._beside()
        self.carried: tuple[list, list] = ([], [])  # what each side has sent of the sequence space, and its arrow
        self.flying: tuple[list[Packet], list[Packet]] = ([], [])  # of that what may not have arrived, copies left out
        self.fins: tuple[list[int], list[int]] = ([], [])  # what each copy of the FIN of a side acknowledges
        self.resets = [False, False]  # whether the side was seen to send one

    def side(self, packet: Packet) -> int:
        return 0 if packet.local == self.left else 1

    # ---- where the capture was taken

    def _handshake(self) -> tuple[Packet, Packet, Packet] | None:
        """The last SYN before the last SYN,ACK before the first ACK of it; None where one of them is not there."""
        ack = next((p for p in self.packets if p.local == self.left and "." in p.flags and not set("SR") & set(p.flags)), None)
        if ack is None:
            return None
        syns = [p for p in self.packets if "S" in p.flags and p.frame < ack.frame]
        answers = [p for p in syns if "." in p.flags and p.local != self.left and (p.seq + 1) % 2**32 == ack.ack]
        before = [p for p in syns if "." not in p.flags and p.local == self.left and answers and p.frame < answers[-1].frame]
        self.is_repeated = len(syns) > 2
        return (before[-1], answers[-1], ack) if before else None

    def _beside(self) -> int | None:
        """The end beside which the capture was taken, as the handshake tells; None where it was between them, or that is not known."""
        found = self._handshake()
        if not found:
            self.it.notes.append("where the capture was taken is not known, because it does not hold one whole handshake")
            return None
        syn, answer, ack = found
        right_s, left_s = answer.time_s - syn.time_s, ack.time_s - answer.time_s
        trip = right_s + left_s
        for side, own_s, other_s in ((0, left_s, right_s), (1, right_s, left_s)):
            # An answer may be to an earlier SYN than the last, so that it comes soon after this from far away.
            if trip > 0 and own_s <= BESIDE * trip and not (side == 1 and self.is_repeated):
                self.it.notes.append(f"taken beside {self.names[side]}, which answers after {1e3 * own_s:.3g} ms, {self.names[1 - side]} after "
                                     f"{1e3 * other_s:.3g} ms: what goes to {self.names[side]} is taken to arrive; whether what goes to "
                                     f"{self.names[1 - side]} does, only answers tell")  # fmt: skip
                return side
        self.it.notes.append(f"taken between the ends, of which {self.names[0]} answers after {1e3 * left_s:.3g} ms and {self.names[1]} after "
                             f"{1e3 * right_s:.3g} ms: whether a segment arrives, only answers tell")  # fmt: skip
        return None

    # ---- the story

    def told(self) -> Inferred:
        if not any("S" in p.flags for p in self.packets):
            self.it.ends[0].state = self.it.ends[1].state = "ESTABLISHED"
            self.it.notes.append("the capture begins after the handshake: both ends are taken to be ESTABLISHED at its beginning")
        else:
            first = next((p for p in self.packets if "S" in p.flags and p.local != self.left), None)
            self.it.ends[0].state = "CLOSED"
            self.it.ends[1].state = "" if first is None else "LISTEN" if "." in first.flags else "CLOSED"
        self.it.initial = self.it.ends[0].state, self.it.ends[1].state
        for packet in self.packets:
            self._sent(packet)
            if self.beside == 1 - self.side(packet):
                self._arrived(packet, 1 - self.side(packet), "")
        self._conclude()
        return self.it

    def _become(self, side: int, state: str, cause: str, packet: Packet) -> None:
        end = self.it.ends[side]
        if end.state != state:
            arrives = self.side(packet) != side  # what follows from an arrival stands behind the segment
            self.it.changes.append(Change(side, packet.time_s, end.state, state, "", cause, order=3 * packet.frame + 2 * arrives))
            end.state = state

    def _sent(self, packet: Packet) -> None:
        """Draws the segment, and tells what its sender must have been in."""
        side = self.side(packet)
        me, peer = self.it.ends[side], self.it.ends[1 - side]
        if "." in packet.flags and "R" not in packet.flags:
            self._believes(packet, side)
        if "S" in packet.flags:
            self._sent_syn(packet, side)
        elif "R" in packet.flags:
            self._sent_reset(packet, side)
        elif me.state == "SYN-SENT" and "." in packet.flags and peer.isn is not None and after(packet.ack, (peer.isn + 1) % 2**32):
            self._become(side, "ESTABLISHED", "sends the ACK of SYN,ACK", packet)
        elif me.state == "SYN-RECEIVED" and (packet.octets or packet.ack != ((peer.isn or 0) + 1) % 2**32):
            self._become(side, "ESTABLISHED", AT_THE_LATEST + "sends what only ESTABLISHED does", packet)
        if "." in packet.flags and "R" not in packet.flags:
            me.acknowledged = packet.ack if me.acknowledged is None or after(packet.ack, me.acknowledged) else me.acknowledged
            if peer.fin is not None and after(packet.ack, peer.fin):
                self._acknowledged_fin(packet, side)
        if "F" in packet.flags and "R" not in packet.flags:
            self._sent_fin(packet, side)
        self._draw(packet, side)

    def _believes(self, packet: Packet, side: int) -> None:
        """What the sender acknowledges has arrived, and with it what that acknowledged."""
        flying = self.flying[1 - side]
        while flying and after(packet.ack, (flying[0].seq + flying[0].length) % 2**32):
            self._arrived(flying.pop(0), side, AT_THE_LATEST if self.beside != side else "", packet)

    def _arrived(self, packet: Packet, side: int, how: str, now: Packet | None = None) -> None:
        """What an end must be in once `packet` has reached it; `now` is what shows that, if not the packet itself."""
        me = self.it.ends[side]
        now = now or packet
        if "R" in packet.flags:
            fits = me.state != "SYN-SENT" or ("." in packet.flags and me.isn is not None and packet.ack == (me.isn + 1) % 2**32)
            if fits and me.state not in ("LISTEN", ""):
                self._become(side, "CLOSED", "RST arrives" if me.state != "SYN-SENT" else "RST arrives: refused", now)
            return
        if "." in packet.flags and (me.knows is None or after(packet.ack, me.knows)):
            me.knows = packet.ack
        if me.state == "SYN-RECEIVED" and "." in packet.flags and me.isn is not None and after(packet.ack, (me.isn + 1) % 2**32) and "S" not in packet.flags:
            self._become(side, "ESTABLISHED", how + "the ACK of its SYN,ACK arrives", now)
        own_fin_known = me.fin is not None and me.knows is not None and after(me.knows, me.fin)
        if own_fin_known and "F" not in packet.flags:
            for before, then in (("FIN-WAIT-1", "FIN-WAIT-2"), ("CLOSING", "TIME-WAIT"), ("LAST-ACK", "CLOSED")):
                if me.state == before:
                    self._become(side, then, how + "the ACK of its FIN arrives", now)
                    break

    def _note(self, packet: Packet, sentence: str) -> None:
        """About one segment."""
        self.told_of.append(f"at {packet.time_s:.6f} s {sentence}")

    def _sent_syn(self, packet: Packet, side: int) -> None:
        me = self.it.ends[side]
        me.isn = packet.seq
        if "." not in packet.flags:
            if me.state in ("", "CLOSED", "LISTEN", "TIME-WAIT"):
                self._become(side, "SYN-SENT", "sends SYN", packet)
        elif me.state in ("", "CLOSED", "LISTEN", "SYN-SENT"):
            self._become(side, "SYN-RECEIVED", "sends SYN,ACK", packet)

    def _sent_reset(self, packet: Packet, side: int) -> None:
        """Who resets has no connection, before or from then on; but in the states of the handshake, and in LISTEN, an answer to what does
        not fit leaves the state (RFC 9293 3.10.7)."""
        me = self.it.ends[side]
        self.resets[side] = True
        if me.state == "":
            self._become(side, "CLOSED", "sends RST: it has no connection", packet)
        elif me.state not in ("SYN-SENT", "SYN-RECEIVED", "LISTEN", "CLOSED"):
            self._become(side, "CLOSED", "sends RST", packet)

    def _acknowledged_fin(self, packet: Packet, side: int) -> None:
        """The FIN of the other end has arrived here, and so have the data before it."""
        me = self.it.ends[side]
        cause = ("" if self.beside == side else AT_THE_LATEST) + "acknowledges the FIN"
        if me.state in ("ESTABLISHED", "SYN-RECEIVED"):
            # An empty segment has the number of what is sent next (RFC 9293 3.10.7.4), so that it shows whether a FIN was sent before.
            sure = self.beside == side or (packet.seq == me.next and not packet.again and "F" not in packet.flags)
            self._become(side, "CLOSE-WAIT", cause if sure else cause + UNLESS_SENT, packet)
        elif me.state == "FIN-WAIT-2":
            self._become(side, "TIME-WAIT", cause, packet)
        elif me.state == "FIN-WAIT-1" and me.fin is not None:
            # RFC 9293 3.10.7.4: whether a FIN that finds FIN-WAIT-1 acknowledges ours decides where it leads.
            both = [after(ack, me.fin) for ack in self.fins[1 - side]]
            if self.beside == side and not both[0] and any(both):
                self._become(side, "CLOSING", cause, packet)
                self._become(side, "TIME-WAIT", "the ACK of its FIN arrives", packet)
            elif both[0]:
                self._become(side, "TIME-WAIT", cause, packet)
            else:
                self._become(side, "TIME-WAIT" if any(both) else "CLOSING", cause + UNLESS_FIRST * any(both), packet)

    def _sent_fin(self, packet: Packet, side: int) -> None:
        me = self.it.ends[side]
        me.fin = (packet.seq + packet.length) % 2**32
        self.fins[side].append(packet.ack)
        if me.state == "CLOSE-WAIT":
            self._become(side, "LAST-ACK", "sends FIN", packet)
        elif me.state in ("ESTABLISHED", "SYN-RECEIVED"):
            self._become(side, "FIN-WAIT-1", "sends FIN", packet)

    # ---- segments

    def _draw(self, packet: Packet, side: int) -> None:
        me, peer = self.it.ends[side], self.it.ends[1 - side]
        reason = "keepalive" if packet.keepalive else "probe" if packet.probe else "retransmission" if packet.again else ""
        arrow = Arrow(side, packet.time_s, packet.time_s, packet.flags, "", packet.window, packet.options, reason, octets=packet.octets,
                      order=3 * packet.frame + 1)  # fmt: skip
        if reason == "retransmission":
            self._explain_repeat(packet, side)
        elif packet.length and me.next is not None and not after(me.next, packet.seq) and "S" not in packet.flags:
            missing = (packet.seq - me.next) % 2**32
            self._note(packet, f"{missing} octets of {self.names[side]} are missing before this segment: they were lost before the place of the "
                       "capture, come later, or were not captured")  # fmt: skip
        if packet.length:
            end = (packet.seq + packet.length) % 2**32
            me.next = end if me.next is None or after(end, me.next) else me.next
            self.carried[side].append((packet, arrow))
            if "." in packet.flags and not packet.again:  # of copies only the first is known to be among those that may have arrived
                self.flying[side].append(packet)
        arrow.numbers = _numbers(packet, me.isn, peer.isn)
        self.it.arrows.append(arrow)

    def _explain_repeat(self, packet: Packet, side: int) -> None:
        """A segment that is sent again was lost, or its acknowledgment was; which, the place of the capture may tell."""
        peer = self.it.ends[1 - side]
        last = (packet.seq + packet.length) % 2**32
        recent = self.carried[side][-MOST_IN_FLIGHT:]
        earlier = [arrow for before, arrow in recent if _overlap(before, packet)]
        if not earlier:
            self._note(packet, f"{self.names[side]} sends again what was not seen before: it was lost before the place of the capture")
        elif peer.acknowledged is not None and after(peer.acknowledged, last):
            self._note(packet, f"{self.names[side]} sends again what was acknowledged already: the ACK was lost or late")
        elif self.beside != 1 - side and earlier[-1].lost is None:
            earlier[-1].arrived_s = None
            earlier[-1].lost = "it or its answer lost: sent again"

    def _conclude(self) -> None:
        """What the end of the capture leaves open, and what is odd about single segments."""
        self.it.notes += self.told_of[:MOST_NOTES]
        if len(self.told_of) > MOST_NOTES:
            self.it.notes.append(f"and {len(self.told_of) - MOST_NOTES} more such segments")
        for side, end in enumerate(self.it.ends):
            name = self.names[side]
            if end.state in ("LAST-ACK", "CLOSING", "FIN-WAIT-1") and end.fin is not None:
                peer = self.it.ends[1 - side]
                if peer.acknowledged is not None and after(peer.acknowledged, end.fin) and self.beside != side:
                    self.it.notes.append(f"whether {name} got the ACK of its FIN, and left {end.state}, cannot be known from where the capture was taken")
                else:
                    self.it.notes.append(f"no ACK of the FIN of {name} was captured: it is in {end.state} at the end of the capture, or has given up")
            elif self.resets[1 - side] and end.state not in ("", "CLOSED", "LISTEN"):
                self.it.notes.append(f"whether {name} got the RST, and left {end.state}, cannot be known from where the capture was taken")
            elif end.state == "TIME-WAIT":
                self.it.notes.append(f"how long {name} stays in TIME-WAIT, a capture does not tell")
            elif end.state == "SYN-RECEIVED":
                self.it.notes.append(f"whether {name} came to ESTABLISHED cannot be known from what it has sent")


def _overlap(a: Packet, b: Packet) -> bool:
    """Whether two segments of one sender carry something of the same numbers."""
    return (b.seq - a.seq) % 2**32 < a.length or (a.seq - b.seq) % 2**32 < b.length


def _numbers(packet: Packet, mine: int | None, peer: int | None) -> str:
    parts = []
    first = relative(packet.seq, mine)
    if packet.octets:
        parts.append(f"seq {first}:{first + packet.octets}")
    elif set(packet.flags) & set("SFR") or packet.keepalive or packet.probe:
        parts.append(f"seq {first}")
    if "." in packet.flags:
        parts.append(f"ack {relative(packet.ack, peer)}")
    return ", ".join([*parts, f"length {packet.octets}"])
