"""The ladder of a connection in a capture file."""

from __future__ import annotations

from pathlib import Path

from .capture import MOST_PACKETS, Capture, Packet
from .errors import BadInput
from .ladder import Ladder, cut
from .must_have import infer


def captured(path: Path, wanted: str | None, interval_s: tuple[float, float]) -> Ladder:
    """The ladder of connection number `wanted` of the file, from 1, or of the one with most to tell, within `interval_s` [s]. Both ends
    of each arrow stand at the instant at which it went past the place of the capture."""
    capture = Capture(path)
    stream = capture.most_telling() if wanted is None else _named(capture, wanted)
    if len(several := sorted(capture.interfaces[stream])) > 1:
        raise BadInput(f"{path}: holds packets of connection {stream + 1} from {len(several)} interfaces, of which each may show the same packet; "
                       f"'tshark -r {path} -Y frame.interface_id=={several[0]} -w one.pcapng' writes those of one")  # fmt: skip
    packets: list[Packet] = []
    for packet in capture.packets(stream):
        if len(packets) == MOST_PACKETS:
            capture.notes.append(f"the connection has more than {MOST_PACKETS} packets, of which the first are shown")
            break
        packets.append(packet)
    opener = next((p for p in packets if "S" in p.flags and "." not in p.flags), None)
    answer = next((p for p in packets if "S" in p.flags), None)
    left, right = (opener.local, opener.remote) if opener else (answer.remote, answer.local) if answer else (packets[0].local, packets[0].remote)
    names = _names(left, right)
    it = infer(packets, left, names)
    among = len(capture.streams)
    why = ""
    if wanted is None and among > 1:
        told = capture.streams[stream]
        why = f"of {among} the one with most to tell ({told['resets']} resets, {told['retransmissions']} retransmissions)"
    times = "times are seconds since the first packet of the file, at which each went past the place of the capture, so that arrows are level"
    result = Ladder(f"connection {stream + 1} of {path.name}", names, (left, right), (it.ends[0].isn, it.ends[1].isn), it.initial,
                    it.arrows, it.changes, notes=[*capture.notes, times, *it.notes], why=why, asks="N")  # fmt: skip
    cut(result, interval_s)
    if not result.arrows:
        raise BadInput(f"{path}: {result.title} has no packet in the chosen interval; expected seconds since the first packet of the file")
    return result


def _named(capture: Capture, wanted: str) -> int:
    most = len(capture.streams)
    if not wanted.isdecimal() or len(wanted) > 9 or int(wanted) - 1 not in capture.streams:
        raise BadInput(f"{capture.path}: --connection {wanted} is not in the capture; allowed is a whole number from 1 to {most}")
    return int(wanted) - 1


def _names(left: str, right: str) -> tuple[str, str]:
    """The addresses, with the ports where these alone tell the ends apart."""
    hosts = left.rpartition(":")[0].strip("[]"), right.rpartition(":")[0].strip("[]")
    return hosts if hosts[0] != hosts[1] else (left, right)
