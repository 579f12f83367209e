"""One scenario's world: a namespace with Linux in it, the simulated host, and the wire between them.

Everything happens in one thread: `until` and `rest` pass frames on, read what the simulated host
reports, and serve Linux's sockets. Times are wall-clock seconds since the world began.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from link import NAME, Link, packet_socket
from segment import ACK, LINUX_IP, OUR_IP, RST, Segment, build, distance, parse

PROGRAM = Path(os.environ.get("LIVE_HOST", Path(__file__).resolve().parents[2] / "build" / "bin" / "live-host"))
PATTERN = bytes(i % 251 for i in range(251 * 1024))
LONG_S = 30  # what must happen happens within this, however busy the machine

# Short enough for a test, long enough for a busy machine. The scenarios name what they change.
SETTINGS = {
    "Msl": "500ms",
    "InitialRto": "500ms",
    "MinRto": "500ms",
    "DelayedAck": "40ms",
    "FinWait2Timeout": "20s",
    "UserTimeout": "60s",
}
SYSCTLS = {"tcp_ecn": 0, "tcp_no_metrics_save": 1, "tcp_rto_min_us": 200000}

Matcher = Callable[[Segment], bool]


class Failed(Exception):
    """A check did not hold; the sentence says which."""


@dataclass
class Rule:
    """What the wire does with the segments it matches, so many times."""

    matches: Matcher
    fate: str
    times: int
    frames: list[tuple[bytes, Segment]] = field(default_factory=list)

    @property
    def hits(self) -> list[Segment]:
        """What it has met."""
        return [segment for _, segment in self.frames]


class LinuxEnd:
    """A socket of Linux and its user, who reads and sends like the simulated host's."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock: socket.socket | None = sock
        sock.setblocking(False)
        self.reads = True
        self.received = 0
        self.at_end = False
        self.error = ""
        self._to_send = self._sent = 0
        self._closes = False

    def send(self, octets: int) -> None:
        """Hands over so many octets of the pattern, as there is room."""
        self._to_send += octets

    def close(self) -> None:
        """Closes, once all is handed over."""
        self._closes = True
        self.serve()

    def abort(self) -> None:
        """Closes with SO_LINGER and time 0."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        self.sock = None

    def shutdown(self) -> None:
        """No more from here."""
        self.sock.shutdown(socket.SHUT_WR)

    def serve(self) -> None:
        """What its user does whenever there is something to do."""
        if self.sock is None:
            return
        try:
            self._read()
            while self._to_send:
                start = self._sent % 251
                count = self.sock.send(PATTERN[start : start + min(self._to_send, 65536)])
                self._sent += count
                self._to_send -= count
        except BlockingIOError:
            pass
        except OSError as fault:
            if fault.errno != errno.ENOTCONN:
                self.error = self.error or errno.errorcode[fault.errno]
        self.error = self.error or errno.errorcode.get(self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "")
        if self._closes and (not self._to_send or self.error):
            self.sock.close()
            self.sock = None

    def _read(self) -> None:
        while self.reads and not self.at_end:
            try:
                octets = self.sock.recv(65536)
            except BlockingIOError:
                return
            start = self.received % 251
            if octets != PATTERN[start : start + len(octets)]:
                raise Failed(f"Linux read wrong octets after {self.received}")
            self.received += len(octets)
            self.at_end = not octets


class Connection:
    """One connection, seen from both ends. `handle` names our socket, `linux` is Linux's."""

    def __init__(self, world: World, handle: str, our_port: int, linux_port: int) -> None:
        self.world = world
        self.handle = handle
        self.our_port = our_port
        self.linux_port = linux_port
        self.linux: LinuxEnd | None = None

    # ---- our user's orders

    def send(self, octets: int) -> None:
        self.world.order(f"send {self.handle} {octets}")

    def close(self) -> None:
        self.world.order(f"close {self.handle}")

    def abort(self) -> None:
        self.world.order(f"abort {self.handle}")

    def shutdown(self) -> None:
        self.world.order(f"shutdown {self.handle}")

    def hold(self) -> None:
        """Our user reads no more until `read`."""
        self.world.order(f"hold {self.handle}")

    def read(self) -> None:
        self.world.order(f"read {self.handle}")

    def forget(self) -> None:
        """Our user drops the socket, and with it what it has bound."""
        self.world.order(f"forget {self.handle}")

    # ---- what our host reports

    def told(self, verb: str) -> bool:
        """Whether our user was told this."""
        return any(words[:2] == [verb, self.handle] for _, words in self.world.reports)

    @property
    def received(self) -> int:
        """Octets that our user has read."""
        numbers = [int(w[2]) for _, w in self.world.reports if w[:2] == ["received", self.handle]]
        return numbers[-1] if numbers else 0

    def _ours(self, verb: str) -> list[list[str]]:
        ends = [f"{OUR_IP}:{self.our_port}", f"{LINUX_IP}:{self.linux_port}"]
        return [words[3:] for _, words in self.world.reports if words[0] == verb and words[1:3] == ends]

    @property
    def states(self) -> list[str]:
        """The states our end has been in, after CLOSED or LISTEN."""
        return [words[1] for words in self._ours("transition")]

    @property
    def transitions(self) -> list[str]:
        """The ids of our end's changes of state."""
        return [words[2] for words in self._ours("transition")]

    @property
    def state(self) -> str:
        """Where our end is."""
        return self.states[-1] if self.states else "CLOSED"

    @property
    def reason(self) -> str:
        """Why our end ended; empty while it lives."""
        ended = self._ours("ended")
        return ended[-1][0] if ended else ""

    # ---- what went over the wire

    @property
    def segments(self) -> list[Segment]:
        return [s for s in self.world.log if self.owns(s)]

    def owns(self, segment: Segment) -> bool:
        """Whether a segment is of this 4-tuple."""
        ports = (self.our_port, self.linux_port)
        return ports == ((segment.source_port, segment.destination_port) if segment.by_us
                         else (segment.destination_port, segment.source_port))

    def sent(self, by_us: bool, matches: Matcher = lambda _: True) -> list[Segment]:
        """What one side really sent."""
        return [s for s in self.segments if s.by_us == by_us and s.fate not in ("injected", "released") and matches(s)]

    def next(self, by_us: bool) -> int:
        """The sequence number behind the last that one side has sent: its SND.NXT."""
        segments = self.sent(by_us, lambda s: not s.rst and s.seq_length > 0)
        end = segments[0].end
        for segment in segments:
            end = segment.end if distance(end, segment.end) > 0 else end
        return end

    def inject(self, by_us: bool, flags: int, seq: int | None = None, ack: int | None = None,
               payload: bytes = b"", corrupt: bool = False, ts: tuple[int, int] | None = None,
               window: int = 1000, without_ts: bool = False) -> Segment:
        """Forges a segment in the name of one side; what is not said is what that side would send."""
        ports = (self.our_port, self.linux_port) if by_us else (self.linux_port, self.our_port)
        stamps = [s.options["ts"][0] for s in self.sent(by_us) if "ts" in s.options]
        theirs = [s.options["ts"][0] for s in self.sent(not by_us) if "ts" in s.options]
        forged = Segment(by_us, *ports,
                         seq=self.next(by_us) if seq is None else seq % (1 << 32),
                         ack=0 if not flags & ACK else self.next(not by_us) if ack is None else ack % (1 << 32),
                         flags=flags, window=window, length=len(payload), fate="injected")
        if ts is not None:
            forged.options["ts"] = ts
        elif stamps and theirs and not flags & RST and not without_ts:
            forged.options["ts"] = (stamps[-1], theirs[-1])
        self.world.inject(forged, payload, corrupt)
        return forged

    # ---- Linux's opinion

    def linux_state(self) -> str:
        """As ss(8) says: ESTAB, FIN-WAIT-2, ...; none if Linux knows nothing of it."""
        lines = subprocess.run(["ss", "-tanH"], check=True, capture_output=True, text=True).stdout
        ends = [f"{LINUX_IP}:{self.linux_port}", f"{OUR_IP}:{self.our_port}"]
        states = [line.split()[0] for line in lines.splitlines() if line.split()[3:5] == ends]
        # Newer versions of ss also list the socket that a program still holds when its connection is in TIME-WAIT or gone.
        states = [state for state in states if state != "UNCONN"]
        return states[0] if states else "none"


class World:
    """See the module."""

    def __init__(self, opens: bool, settings: dict[str, str], sysctls: dict[str, int]) -> None:
        self.we_open = opens
        self.started = time.monotonic()
        self.log: list[Segment] = []
        self.captured: list[Segment] = []
        self.reports: list[tuple[float, list[str]]] = []
        self.notes: list[str] = []
        self.connections: list[Connection] = []
        self._rules: list[Rule] = []
        self._ends: list[LinuxEnd] = []
        self._text = b""
        self._link = Link()
        self.kind = self._link.kind
        for name, value in (SYSCTLS | sysctls).items():
            self._set_sysctl(name, value)
        self._capture = packet_socket(NAME)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        options = [f"--ns3::LifecycleL4Protocol::{name}={value}" for name, value in (SETTINGS | settings).items()]
        self._host = subprocess.Popen(
            [str(PROGRAM), f"--fd={theirs.fileno()}", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[theirs.fileno()])
        theirs.close()
        ours.setblocking(False)
        self._host_frames = ours
        os.set_blocking(self._host.stdout.fileno(), False)
        self.until(lambda: any(w[0] == "ready" for _, w in self.reports), "the simulated host starts")

    @staticmethod
    def _set_sysctl(name: str, value: int) -> None:
        path = f"/proc/sys/net/ipv4/{name}"
        if os.path.exists(path):  # older kernels lack some
            with open(path, "w", encoding="ascii") as switch:
                switch.write(str(value))

    @property
    def now(self) -> float:
        return time.monotonic() - self.started

    # ---- the two hosts

    def order(self, words: str) -> None:
        """Tells our host's user to do something."""
        self._host.stdin.write((words + "\n").encode())
        self._host.stdin.flush()

    def listen(self, port: int = 80, **settings: str) -> None:
        """Our host listens; its socket is called `s`."""
        self.order(f"listen s {port} " + " ".join(f"{k}={v}" for k, v in settings.items()))
        self.until(lambda: any(w[:2] == ["listen", "s"] for _, w in self.reports), "our host listens")

    def linux_listens(self, port: int = 5000, backlog: int = 16) -> socket.socket:
        """Linux listens."""
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((LINUX_IP, port))
        sock.listen(backlog)
        sock.setblocking(False)
        return sock

    def we_connect(self, our_port: int = 40001, port: int = 5000, handle: str = "c", **settings: str) -> Connection:
        """Our host connects to Linux."""
        connection = Connection(self, handle, our_port, port)
        self.connections.append(connection)
        self.order(f"connect {handle} {port} {our_port} " + " ".join(f"{k}={v}" for k, v in settings.items()))
        return connection

    def linux_connects(self, linux_port: int = 50001, port: int = 80, child: str = "s.1",
                       prepare: Callable[[socket.socket], None] = lambda _: None) -> Connection:
        """Linux connects to our host; the child is called `child`."""
        connection = Connection(self, child, port, linux_port)
        self.connections.append(connection)
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        prepare(sock)
        sock.bind((LINUX_IP, linux_port))
        sock.setblocking(False)
        connection.linux = self.linux_end(sock)
        try:
            sock.connect((OUR_IP, port))
        except BlockingIOError:
            pass
        return connection

    def linux_end(self, sock: socket.socket) -> LinuxEnd:
        """Lets the world serve a socket of Linux."""
        end = LinuxEnd(sock)
        self._ends.append(end)
        return end

    def accept(self, listener: socket.socket, connection: Connection) -> None:
        """Waits until Linux's user can accept, and does."""
        self.until(lambda: select.select([listener], [], [], 0)[0], "Linux accepts")
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.linux = self.linux_end(sock)

    def open(self, prepare: Callable[[socket.socket], None] = lambda _: None, **settings: str) -> Connection:
        """An established connection; we open it or Linux does, as the role says."""
        connection = self.start_open(prepare, **settings)
        self.finish_open(connection)
        return connection

    def start_open(self, prepare: Callable[[socket.socket], None] = lambda _: None, **settings: str) -> Connection:
        """Begins what `open` does; rules for the handshake belong in front of it."""
        if self.we_open:
            self.listener = self.linux_listens()
            prepare(self.listener)
            return self.we_connect(**settings)
        self.listen(**settings)
        return self.linux_connects(prepare=prepare)

    def finish_open(self, connection: Connection) -> None:
        """Waits until both ends are established."""
        if self.we_open:
            self.until(lambda: connection.told("connected"), "we are connected")
            self.accept(self.listener, connection)
        else:
            self.until(lambda: connection.told("accepted"), "we accept")
        self.until(lambda: connection.linux_state() == "ESTAB", "Linux is in ESTABLISHED")

    # ---- the wire

    def rule(self, fate: str, matches: Matcher, times: int = 1) -> Rule:
        """The wire shall drop or hold the next segments that match."""
        rule = Rule(matches, fate, times)
        self._rules.append(rule)
        return rule

    def drop(self, matches: Matcher, times: int = 1) -> Rule:
        return self.rule("dropped", matches, times)

    def hold(self, matches: Matcher, times: int = 1) -> Rule:
        return self.rule("held", matches, times)

    def release(self, rule: Rule) -> None:
        """Lets what a rule holds go on."""
        rule.times = 0
        for frame, segment in rule.frames:
            self.log.append(replace(segment, time=self.now, fate="released"))
            self._forward(frame, segment.by_us)

    def inject(self, segment: Segment, payload: bytes = b"", corrupt: bool = False) -> None:
        """A forged segment arrives."""
        segment.time = self.now
        self.log.append(segment)
        self._forward(build(segment, self._link.mac, payload, corrupt), segment.by_us)

    def _forward(self, frame: bytes, by_us: bool) -> None:
        if by_us:
            self._link.write(frame)
        else:
            self._host_frames.send(frame)

    def _pass(self, frame: bytes, by_us: bool) -> None:
        segment = parse(frame)
        if segment is None:
            self._forward(frame, by_us)
            return
        segment.time = self.now
        self.log.append(segment)
        for rule in self._rules:
            if rule.times > len(rule.frames) and rule.matches(segment):
                rule.frames.append((frame, segment))
                segment.fate = rule.fate
                return
        self._forward(frame, by_us)

    def _read_capture(self) -> None:
        while True:
            try:
                frame, address = self._capture.recvfrom(65536)
            except BlockingIOError:
                return
            if (segment := parse(frame)) is not None:
                assert segment.by_us == (address[2] != socket.PACKET_OUTGOING)
                self.captured.append(segment)

    def _read_reports(self) -> None:
        text = self._host.stdout.read()
        if text == b"":
            raise Failed(f"the simulated host ended by itself, with {self._host.wait()}")
        self._text += text or b""
        *lines, self._text = self._text.split(b"\n")
        for line in lines:
            at, *words = line.decode().split()
            if words[0] in ("wrong-order", "corrupt"):
                raise Failed("our host: " + " ".join(words))
            self.reports.append((float(at), words))

    def step(self, seconds: float) -> None:
        """Serves everybody; waits so long for something to do."""
        ready, _, _ = select.select(
            [self._link, self._host_frames, self._capture, self._host.stdout]
            + [end.sock for end in self._ends if end.sock and end.reads and not end.at_end and not end.error],
            [], [], seconds)
        for _ in range(64):
            frame = self._link.read()
            if frame is None:
                break
            if frame:
                self._pass(frame, False)
        for _ in range(64):
            try:
                frame = self._host_frames.recv(65536)
            except BlockingIOError:
                break
            if not frame:
                break
            self._pass(frame, True)
        self._read_capture()
        if self._host.stdout in ready:
            self._read_reports()
        for end in self._ends:
            end.serve()

    def rest(self, seconds: float) -> None:
        """Lets time pass."""
        until = self.now + seconds
        while (left := until - self.now) > 0:
            self.step(min(left, 0.05))

    def until(self, holds: Callable[[], object], what: str, seconds: float = LONG_S) -> None:
        """Waits for something that must happen; fails with `what` if it does not."""
        end = self.now + seconds
        while not holds():
            if self.now > end:
                raise Failed(f"this did not happen: {what}")
            self.step(0.02)

    def expect(self, holds: object, what: str) -> None:
        """A check: the sentence says what the RFC requires of us."""
        if not holds:
            raise Failed(f"this does not hold: {what}")

    def note(self, text: str) -> None:
        """Something about Linux for the table: recorded, not judged."""
        self.notes.append(text)

    # ---- the judges

    def counter(self, name: str) -> int:
        """One of Linux's TCP counters in this namespace, from /proc/net/netstat or /proc/net/snmp."""
        for path in ("/proc/net/netstat", "/proc/net/snmp"):
            with open(path, encoding="ascii") as table:
                lines = [line.split() for line in table]
            for names, values in zip(lines[::2], lines[1::2]):
                if names[0] in ("TcpExt:", "Tcp:") and name in names:
                    return int(values[names.index(name)])
        raise Failed(f"Linux has no counter {name}")

    def finish(self) -> None:
        """Ends both, and makes sure that what the wire did is what the capture shows."""
        self.rest(0.05)
        self._host.stdin.close()
        try:
            code = self._host.wait(LONG_S)
        except subprocess.TimeoutExpired:
            self._host.kill()
            raise Failed("the simulated host did not end") from None
        self.expect(code == 0, f"the simulated host ended well, not with {code}")
        self._read_capture()
        for by_us in (True, False):
            passed = [s for s in self.log if s.by_us == by_us and s.fate not in
                      (("dropped", "held") if by_us else ("injected", "released"))]
            seen = [s for s in self.captured if s.by_us == by_us]
            self.expect([(s.seq, s.ack, s.flags) for s in passed] ==
                        [(s.seq, s.ack, s.flags) for s in seen[: len(passed)]],
                        f"the capture shows the wire's {len(passed)} segments, it has {len(seen)}")
        ours = [s for s in self.log if s.by_us and s.fate != "injected"]
        self.expect(all(s.checksum_is_right for s in ours), "each checksum of ours is right (R-01)")

    def stop(self) -> None:
        """Ends the simulated host if it still runs."""
        if self._host.poll() is None:
            self._host.kill()
            self._host.wait()
