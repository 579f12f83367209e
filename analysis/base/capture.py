"""The TCP packets of a capture file, as tshark reads them: pcap or pcapng, taken anywhere."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Iterator

from .errors import BadInput
from .words import shortened

FIELDS = ("frame.number", "frame.time_epoch", "tcp.stream", "ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "tcp.dstport",
          "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.len", "tcp.window_size", "tcp.options.mss_val", "tcp.options.wscale.shift",
          "tcp.options.sack.count", "tcp.analysis.retransmission", "tcp.analysis.keep_alive", "tcp.analysis.zero_window_probe",
          "frame.interface_id")  # fmt: skip
FLAGS = {0x01: "F", 0x02: "S", 0x04: "R", 0x08: "P", 0x10: ".", 0x20: "U", 0x40: "E", 0x80: "W"}
ORDER = "SFRP.UEW"  # in which tcpdump prints them
CUT = "cut short"  # as tshark says of a file that ends in the middle of a packet
MOST_PACKETS = 100_000  # of one connection, which is held in memory


@dataclass(frozen=True)
class Packet:
    """A TCP segment as it went past the place of the capture."""

    frame: int  # from 1
    time_s: float  # since the first of the file
    stream: int  # number of its connection in the file, from 0
    local: str  # who sent it: address:port
    remote: str
    flags: str  # of ORDER
    seq: int
    ack: int
    octets: int
    window: int  # in octets; where the SYNs were not captured, as in the header, unscaled
    options: str
    again: bool  # tshark has seen what it carries before
    keepalive: bool
    probe: bool
    interface: str  # number of the one on which it was captured, from 0

    @property
    def length(self) -> int:
        """What it takes of the sequence space (RFC 9293 3.4)."""
        return self.octets + ("S" in self.flags) + ("F" in self.flags)


class Capture:
    """A capture file; a BadInput unless it holds TCP."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        self._first_s: float | None = None
        self.streams: dict[int, Counter[str]] = {}
        self.interfaces: dict[int, set[str]] = {}  # by connection
        for packet in self.packets():
            told = self.streams.setdefault(packet.stream, Counter())
            self.interfaces.setdefault(packet.stream, set()).add(packet.interface)
            told["resets"] += "R" in packet.flags
            told["retransmissions"] += packet.again
        if not self.streams:
            cut = " (it is cut short)" * bool(self.notes)
            raise BadInput(f"{path}: holds no TCP packet that can be read{cut}; expected a capture (pcap or pcapng) with some")

    def packets(self, stream: int | None = None) -> Iterator[Packet]:
        """All in order, or those of one connection."""
        which = "tcp && !icmp && !icmpv6" + (f" && tcp.stream == {stream}" if stream is not None else "")
        for line in self._lines(which):
            packet = self._packet(line.split("\t"))
            if packet:
                yield packet

    def most_telling(self) -> int:
        """The connection with most resets and retransmissions, of equals the first."""
        return max(self.streams, key=lambda stream: (self.streams[stream]["resets"] > 0, self.streams[stream]["retransmissions"], -stream))

    def _lines(self, which: str) -> Iterator[str]:
        tshark = shutil.which("tshark")
        if not tshark:
            raise BadInput(f"{self.path}: captures are read by tshark, which is missing; on Debian 'apt-get install tshark' installs it")
        if not self.path.is_file():
            raise BadInput(f"{self.path}: no such file; expected a run folder or a capture (pcap or pcapng)")
        command = [tshark, "-n", "-r", str(self.path), "-Y", which, "-o", "tcp.analyze_sequence_numbers:TRUE", "-T", "fields", "-E", "separator=/t",
                   "-E", "occurrence=f", *(word for name in FIELDS for word in ("-e", name))]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace") as process:
            assert process.stdout and process.stderr
            try:
                yield from (line.rstrip("\n") for line in process.stdout)
                said = [line for line in process.stderr.read().splitlines() if line.startswith("tshark: ")]
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            why = said[-1].removeprefix("tshark: ") if said else f"tshark ended with {process.returncode}"
            if CUT not in why:
                raise BadInput(f"{self.path}: cannot be read as a capture ({shortened(why, 200)}); expected pcap or pcapng")
            note = "the file is cut short in the middle of a packet; what stands before is shown"
            self.notes += [note] if note not in self.notes else []

    def _packet(self, fields: list[str]) -> Packet | None:
        """None of one that is cut in its header."""
        frame, time, stream, src4, src6, dst4, dst6, srcport, dstport, flags, seq, ack, octets, window, mss, scale, sack, again, keep, probe, interface = fields
        if not all((time, stream, srcport, flags, seq, octets, window, src4 or src6)):
            return None
        if self._first_s is None:
            self._first_s = float(time)
        letters = {letter for bit, letter in FLAGS.items() if int(flags, 16) & bit}
        options = [f"mss {mss}"] * bool(mss) + [f"wscale {scale}"] * bool(scale) + [f"sack {sack} blocks"] * bool(sack)
        return Packet(int(frame), round(float(time) - self._first_s, 9), int(stream), _end(src4, src6, srcport), _end(dst4, dst6, dstport),
                      "".join(letter for letter in ORDER if letter in letters) or "none", int(seq), int(ack or 0), int(octets), int(window),
                      ", ".join(options), bool(again), bool(keep), bool(probe), interface)  # fmt: skip


def _end(address4: str, address6: str, port: str) -> str:
    return f"{address4}:{port}" if address4 else f"[{address6}]:{port}"
