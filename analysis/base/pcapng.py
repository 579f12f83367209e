"""pcapng of a run: its captures in one file, an interface for each host, and at each packet what the tables tell of it."""

from __future__ import annotations

import argparse
import re
import struct
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Iterator

from .capture import Capture, Packet
from .command_line import carry_out, parser_of
from .errors import BadInput
from .files import write_all
from .progress import Progress
from .run_folder import RULES, RunFolder

if TYPE_CHECKING:
    from .ladder import Row

MAGIC = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\xa1\xb2\xc3\xd4": (">", 1000), b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\x3c\x4d": (">", 1)}
MOST_OCTETS = 1 << 26  # of a packet
SECTION, INTERFACE, ENHANCED_PACKET = 0x0A0D0D0A, 1, 6  # types of blocks
COMMENT, NAME, RESOLUTION = 1, 2, 9  # codes of options


def main(arguments: list[str] | None = None) -> int:
    """`lab pcapng DIR`."""
    parser = parser_of("pcapng", "Writes the captures of a run folder into one pcapng file, which Wireshark and tshark show: an interface for each host, "
                       "and at each packet a comment with the states before and after, the transition, the rules, and why it was lost.")  # fmt: skip
    parser.add_argument("dir", type=Path, metavar="DIR", help="run folder, of a run with --record=transitions,segments,pcap; with rules as well, "
                        "these are told")  # fmt: skip
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to (default: DIR.pcapng)")
    parser.set_defaults(verb=_write)
    return carry_out(parser, arguments)


def _write(options: argparse.Namespace) -> None:
    folder = RunFolder(options.dir)
    to = options.output or folder.beside(".pcapng")
    told: list[str] = []
    write_all({to: annotated(folder, told)})
    for sentence in told:
        print(f"pcapng: {sentence}", file=sys.stderr)
    print(to)


@dataclass
class Frame:
    """A packet as it was captured; time in nanoseconds."""

    time_ns: int
    octets: bytes
    length: int  # on the wire
    comment: str = ""


def annotated(folder: RunFolder, told: list[str]) -> bytes:
    """The octets of the file; what the user should be told is added to `told`."""
    files = {file: host for file in sorted(folder.path.glob("*.pcap")) if (host := _host_of(folder, file)) is not None}
    if not files:
        raise BadInput(f"{folder.path}: no capture of one of its hosts is there; run it again with --record=transitions,segments,pcap")
    for table in ("segments", "transitions"):
        if not folder.recorded(table):
            raise BadInput(f"{folder.path}: {table} were not recorded; run it again with --record=transitions,segments,pcap")
    story = _Tables(folder)
    interfaces: dict[tuple[str, int], int] = {}  # place, by host and type of link
    frames: list[tuple[int, int, int, Frame]] = []
    unknown = 0
    with Progress("pcapng", "capture", len(files)) as progress:
        for file, host in files.items():
            link, captured = _frames(file)
            place = interfaces.setdefault((host, link), len(interfaces))
            comments = story.comments(host, Capture(file).packets()) if captured else {}
            for number, frame in enumerate(captured, 1):
                frame.comment = comments.get(number, "")
                unknown += number in comments and not frame.comment
                frames.append((frame.time_ns, place, number, frame))
            progress.step()
    if unknown:
        told.append(f"of {unknown} of {len(frames)} packets the tables tell nothing; they have no comment")
    frames.sort(key=lambda each: each[:3])
    blocks = [_section(folder)]
    blocks += [_block(INTERFACE, struct.pack("<HHI", link, 0, 0) + _option(NAME, host.encode()) + _option(RESOLUTION, b"\x09") + _END)
               for host, link in interfaces]  # fmt: skip
    return b"".join([*blocks, *(_packet(place, frame) for _, place, _, frame in frames)])


def _host_of(folder: RunFolder, file: Path) -> str | None:
    """Whose capture it is: ``server-to-client-1.pcap`` is the server's."""
    names = [host["name"] for host in folder.hosts if file.stem == host["name"] or file.stem.startswith(f"{host['name']}-to-")]
    return max(names, key=len, default=None)


# ---- what the tables tell


class _Tables:
    """Rows of segments and transitions, as the packets of a capture meet them: of equal segments in order of time."""

    def __init__(self, folder: RunFolder) -> None:
        self.addresses = {host["name"]: set(host["addresses"]) for host in folder.hosts}
        rows: list[Row] = folder.table("segments").to_dict("records")
        self.with_rules = RULES in folder.columns("segments")
        self.fate: dict[int, list[Row]] = {}  # what the link did with a packet, by its number
        for row in rows:
            if row["event"] in ("lost", "delay", "dup", "corrupt"):
                self.fate.setdefault(row["packet"], []).append(row)
        self.dropped = {(row["host"], row["packet"], row["time_s"]): row["reason"] for row in rows if row["event"] == "drop"}
        self.waiting: dict[tuple, deque[Row]] = {}
        for row in rows:
            if row["event"] in ("tx", "rx") and not self._never_left(row):
                key = (row["host"], row["event"], row["local"], row["remote"], *_numbers_of(row))
                self.waiting.setdefault(key, deque()).append(row)
        self.changes: dict[tuple[str, str, str], deque[Row]] = {}
        for row in folder.table("transitions").to_dict("records"):
            self.changes.setdefault((row["host"], row["local"], row["remote"]), deque()).append(row)
        self.state: dict[tuple[str, str, str], str] = {}
        for row in rows:  # in order of time, so that each change of state is told once
            if row["event"] in ("tx", "rx"):
                row["comment"] = self._comment(row)

    def _never_left(self, row: Row) -> bool:
        """Whether a segment was lost within the host that sent it, before a capture could see it."""
        return row["event"] == "tx" and any(fate["event"] == "lost" and fate["where"].partition("/")[0] == row["host"]
                                            for fate in self.fate.get(row["packet"], ()))  # fmt: skip

    def comments(self, host: str, packets: Iterator[Packet]) -> dict[int, str]:
        """By number of the frame; empty where the tables do not tell of a segment."""
        found = {}
        for packet in packets:
            numbers = (packet.flags.replace("none", ""), packet.seq, packet.ack if "." in packet.flags else None, packet.octets)
            waiting = self.waiting.get((host, "tx", packet.local, packet.remote, *numbers))
            waiting = waiting or self.waiting.get((host, "rx", packet.remote, packet.local, *numbers))
            found[packet.frame] = waiting.popleft()["comment"] if waiting else ""
        return found

    def _comment(self, row: Row) -> str:
        sends = row["event"] == "tx"
        lines = [f"{row['host']} {'sends' if sends else 'receives'} packet {row['packet']}" + (f" ({row['reason']})" if sends and row["reason"] else "")]
        lines += self._states(row)
        if not sends and self.with_rules and row[RULES]:
            lines.append(f"rules: {row[RULES]}")
        if not sends and (why := self.dropped.get((row["host"], row["packet"], row["time_s"]))):
            lines.append(f"dropped: {why}")
        words = {"lost": "lost", "delay": "held back", "dup": "duplicated", "corrupt": "damaged"}
        for fate in self.fate.get(row["packet"], ()) if sends else ():
            lines.append(f"{words[fate['event']]} at {fate['where'] or 'the link'}" + (f": {fate['reason']}" if fate["reason"] else ""))
        return "\n".join(lines)

    def _states(self, row: Row) -> list[str]:
        """The state that the segment finds, and the one in which it leaves the host, with the transition."""
        key = (row["host"], row["local"], row["remote"])
        waiting = self.changes.get(key, deque())
        taken = []
        while waiting and waiting[0]["time_s"] <= row["time_s"]:
            now = waiting[0]["time_s"] == row["time_s"]
            # What arrives at an instant moves the state by a segment; what is sent then, after that and by what the user or a timer does.
            if now and row["event"] == "rx" and not re.match("seg|$", waiting[0]["cause"]):
                break
            change = waiting.popleft()
            taken += [change] if now else []
            self.state[key] = change["to"] if not now else self.state.get(key, change["from"])
        before = taken[0]["from"] if taken else self.state.get(key, "")
        if taken:
            self.state[key] = taken[-1]["to"]
            how = ", ".join(" ".join(filter(None, [change["transition"], change["cause"]])) for change in taken)
            return [f"state: {before} -> {self.state[key]}" + (f" ({how})" if how else "")]
        return [f"state: {before}"] if before else []


def _numbers_of(row: Row) -> tuple[Any, ...]:
    acknowledges = "." in row["flags"]
    return row["flags"], int(row["seq"]), int(row["ack"]) if acknowledges else None, int(row["len"])


# ---- files


def _frames(file: Path) -> tuple[int, list[Frame]]:
    """The type of link, and all packets; a BadInput if the file is no pcap or ends in the middle of a packet."""
    try:
        content = file.read_bytes()
    except OSError as problem:
        raise BadInput(f"{file}: cannot be read ({problem.strerror}); expected a pcap file") from None
    order, tick_ns = MAGIC.get(content[:4], ("", 0))
    if not order or len(content) < 24:
        raise BadInput(f"{file}: is no pcap file; expected one that begins with its magic number and 24 octets of header")
    link = struct.unpack_from(f"{order}I", content, 20)[0]
    frames, at = [], 24
    while at < len(content):
        seconds, ticks, kept, length = struct.unpack_from(f"{order}IIII", content, at) if at + 16 <= len(content) else (0, 0, MOST_OCTETS + 1, 0)
        if kept > MOST_OCTETS or at + 16 + kept > len(content):
            raise BadInput(f"{file}: is cut short in the middle of packet {len(frames) + 1}; was the run cut short?")
        frames.append(Frame(seconds * 10**9 + ticks * tick_ns, content[at + 16 : at + 16 + kept], length))
        at += 16 + kept
    return link, frames


_END = struct.pack("<HH", 0, 0)  # of options


def _option(code: int, value: bytes) -> bytes:
    value = value[:65000]
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _section(folder: RunFolder) -> bytes:
    told = f"{folder.manifest['program']} {folder.manifest['module-version']}, seed {folder.manifest['rng-seed']}, run {folder.manifest['rng-run']}"
    return _block(SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + _option(COMMENT, told.encode()) + _END)


def _packet(place: int, frame: Frame) -> bytes:
    body = struct.pack("<IIIII", place, frame.time_ns >> 32, frame.time_ns & 0xFFFFFFFF, len(frame.octets), frame.length)
    body += frame.octets + bytes(-len(frame.octets) % 4)
    return _block(ENHANCED_PACKET, body + (_option(COMMENT, frame.comment.encode()) + _END if frame.comment else b""))
