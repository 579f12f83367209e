"""TCP segments in Ethernet frames: read, and written for injection."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field

OUR_IP, LINUX_IP = "10.77.0.2", "10.77.0.1"
OUR_MAC = bytes.fromhex("020000007702")
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
LETTERS = ((SYN, "S"), (FIN, "F"), (RST, "R"), (PSH, "P"), (ACK, "."))
MODULUS = 1 << 32


def distance(start: int, end: int) -> int:
    """Octets from one sequence number to another, modulo 2^32, as a signed number."""
    return (end - start + MODULUS // 2) % MODULUS - MODULUS // 2


@dataclass
class Segment:
    """One TCP segment; `by_us` if the simulated host is its source, or pretended to be."""

    by_us: bool
    source_port: int
    destination_port: int
    seq: int
    ack: int
    flags: int
    window: int
    length: int
    options: dict[str, tuple[int, ...]] = field(default_factory=dict)
    time: float = 0.0
    fate: str = ""  # "", "dropped", "held", "injected"
    checksum_is_right: bool = True

    @property
    def syn(self) -> bool:
        return bool(self.flags & SYN)

    @property
    def fin(self) -> bool:
        return bool(self.flags & FIN)

    @property
    def rst(self) -> bool:
        return bool(self.flags & RST)

    @property
    def has_ack(self) -> bool:
        return bool(self.flags & ACK)

    @property
    def is_pure_ack(self) -> bool:
        return self.has_ack and not self.length and not self.flags & (SYN | FIN | RST)

    @property
    def seq_length(self) -> int:
        """SEG.LEN of RFC 9293 3.4: SYN and FIN count."""
        return self.length + self.syn + self.fin

    @property
    def end(self) -> int:
        """The sequence number behind it."""
        return (self.seq + self.seq_length) % MODULUS

    @property
    def letters(self) -> str:
        """Its flags as tcpdump prints them, and its length if it has text."""
        letters = "".join(letter for bit, letter in LETTERS if self.flags & bit and letter != "P")
        return letters + (f"({self.length})" if self.length else "")

    def __str__(self) -> str:
        who = "we   >" if self.by_us else "linux>"
        options = " ".join(f"{name}{list(values) if values else ''}" for name, values in self.options.items())
        return (f"{self.time:8.3f} {who} {self.source_port}>{self.destination_port} [{self.letters}] "
                f"seq {self.seq} ack {self.ack} win {self.window} {options} {self.fate}".rstrip())


def checksum(octets: bytes) -> int:
    """The Internet checksum."""
    if len(octets) % 2:
        octets += b"\0"
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def read_options(octets: bytes) -> dict[str, tuple[int, ...]]:
    """Options by name; what they hold as numbers."""
    formats = {2: ("mss", "!H"), 3: ("wscale", "!B"), 4: ("sackOK", "!"), 8: ("ts", "!II")}
    found: dict[str, tuple[int, ...]] = {}
    while octets:
        kind = octets[0]
        if kind == 0:
            break
        if kind == 1:
            octets = octets[1:]
            continue
        size = octets[1]
        body, octets = octets[2:size], octets[size:]
        if kind == 5:
            found["sack"] = struct.unpack(f"!{len(body) // 4}I", body)
        elif kind in formats:
            name, form = formats[kind]
            found[name] = struct.unpack(form, body)
    return found


def parse(frame: bytes) -> Segment | None:
    """The TCP segment in an Ethernet frame; None if it holds none."""
    if len(frame) < 54 or frame[12:14] != b"\x08\x00" or frame[14] >> 4 != 4 or frame[23] != 6:
        return None
    packet = frame[14 : 14 + struct.unpack("!H", frame[16:18])[0]]
    tcp = packet[(packet[0] & 15) * 4 :]
    source, destination, seq, ack, offset, flags, window = struct.unpack("!HHIIBBH", tcp[:16])
    header = (offset >> 4) * 4
    pseudo = packet[12:20] + struct.pack("!BBH", 0, 6, len(tcp))
    return Segment(
        by_us=socket.inet_ntoa(packet[12:16]) == OUR_IP,
        source_port=source,
        destination_port=destination,
        seq=seq,
        ack=ack,
        flags=flags,
        window=window,
        length=len(tcp) - header,
        options=read_options(tcp[20:header]),
        checksum_is_right=checksum(pseudo + tcp) == 0,
    )


def build(segment: Segment, linux_mac: bytes, payload: bytes = b"", corrupt: bool = False) -> bytes:
    """The Ethernet frame of a segment; with a wrong checksum on request."""
    options = b""
    if "mss" in segment.options:
        options += struct.pack("!BBH", 2, 4, *segment.options["mss"])
    if "ts" in segment.options:
        options += struct.pack("!BBBBII", 1, 1, 8, 10, *segment.options["ts"])
    ends = (OUR_IP, LINUX_IP) if segment.by_us else (LINUX_IP, OUR_IP)
    addresses = b"".join(socket.inet_aton(end) for end in ends)
    header = struct.pack("!HHIIBBHHH", segment.source_port, segment.destination_port, segment.seq % MODULUS,
                         segment.ack % MODULUS, (20 + len(options)) // 4 << 4, segment.flags, segment.window, 0, 0)
    tcp = header + options + payload
    value = checksum(addresses + struct.pack("!BBH", 0, 6, len(tcp)) + tcp) ^ (0x5555 if corrupt else 0)
    tcp = tcp[:16] + struct.pack("!H", value) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + addresses
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    macs = linux_mac + OUR_MAC if segment.by_us else OUR_MAC + linux_mac
    return macs + b"\x08\x00" + ip + tcp
