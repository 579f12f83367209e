"""Scripts against the kernel of this machine, which has to let everybody have a network namespace and a TUN device."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import PROGRAM

ACCEPTS = """\
0 `sysctl -w lifecycle.Timestamps=false lifecycle.Sack=false net.ipv4.tcp_window_scaling=0`
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss %d>
+0.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 accept(3, ..., ...) = -1 EAGAIN
"""
PASSES = (0, "1 passed, 0 failed, 0 skipped\n")


@pytest.fixture(params=["ipv4", "ipv6"])
def play_real(play, request):
    """Plays text behind the opening of a connection against the kernel; without a kernel it skips the test."""

    def play_text(text, accepts=ACCEPTS):
        opening = accepts % (1460 if request.param == "ipv4" else 1440) if "%d" in accepts else accepts
        return unless_it_cannot(play(opening + text, "--against=kernel", "--ip-version=" + request.param))

    return play_text


def unless_it_cannot(played):
    """Exit status and output of a script; skips the test where the machine has no namespace, or no device, or no time."""
    status, output = played
    for reason in ("no network namespace", "/dev/net/tun", "no TUN device", "tun0 takes no", "is too busy"):
        if status == 77 and reason in output:
            pytest.skip(output.splitlines()[0])
    return status, output


def test_a_connection_from_the_cradle_to_the_grave(play_real):
    text = """\
+0 %{ assert tcpi_state == TCP_ESTABLISHED and tcpi_snd_mss == 1000 and tcpi_options == 0 }%
+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
+0 write(4, ..., 2500) = 2500
+0 > P. 1:2501(2500) ack 1
+0...0.2 read(4, ..., 100) = 10
+0.2 < FP. 1:11(10) ack 2501 win 65535
+0~+0.06 > . 2501:2501(0) ack 12
+0 read(4, ..., 100) = 0
+0 `netstat -n | grep packetdrill | grep -c CLOSE_WAIT | grep 1`
+0 close(4) = 0
+0 > F. 2501:2501(0) ack 12
+0.1 < . 12:12(0) ack 2502 win 65535
+0 `netstat -n | grep -c LAST_ACK | grep 0`
+0.1 < . 12:12(0) ack 2502 win 65535
+0 > R 2502:2502(0)
"""
    assert play_real(text) == PASSES


@pytest.mark.parametrize(
    "text, message",
    [
        ("+0 write(4, ..., 10) = 10\n+0 > P. 1:12(11) ack 1\n", "length is 10, not 11"),
        ("+0 write(4, ..., 10) = 11\n", "the result of write differs: 10, not 11"),
        ("+0 read(4, ..., 10) = -1 ECONNRESET\n", "the result of read differs: -1 EAGAIN, not -1 ECONNRESET"),
        ("+0.1 > P. 1:2(1) ack 1\n", "no packet: nothing was sent until 0.2"),
        ("+0...0.1 read(4, ..., 10) = 1\n", "read has not returned in time"),
        ("+0 write(4, ..., 1) = 1\n+0.1 > P. 1:2(1) ack 1\n", "s too early"),
        ("+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0\n", "SO_ERROR: expected ECONNRESET, it is 0"),
        ("+0 ioctl(4, SIOCINQ, [7]) = 0\n", "SIOCINQ: expected 7, it is 0"),
        ("+0 %{ assert tcpi_advmss == 1 }%\n", "it is not so that tcpi_advmss == 1; tcpi_advmss is 14"),
        ("+0 `netstat | grep -c ESTABLISHED | grep 2`\n", "expected 2 in ESTABLISHED, there are 1"),
        ("+0 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 0) = 1\n", "poll: expected events 1, they are 0"),
    ],
)
def test_what_the_kernel_does_otherwise_is_said(play_real, text, message):
    status, output = play_real(text)
    assert (status, message in output.splitlines()[0]) == (1, True), output


@pytest.mark.parametrize(
    "text, message",
    [
        ("+0 `sysctl -w lifecycle.Msl=1s`\n", "lifecycle.Msl=1s against a kernel"),
        ("+0 `sysctl -w net.inet.tcp.msl=1`\n", "sysctl net.inet.tcp.msl against a kernel"),
        ("+0 `sysctl -w net.ipv4.tcp_nonsense=1`\n", "/proc/sys/net/ipv4/tcp_nonsense=1 in this kernel: No such file or directory"),
        ("+0 `tcpdrop -s LISTEN`\n", "tcpdrop against a kernel"),
        ("+0 < [from multicast] . 1:1(0) ack 1 win 1\n", "another address in a packet to a kernel"),
        ("+0 setsockopt(4, SOL_TCP, TCP_NOOPT, [1], 4) = 0\n", "socket option TCP_NOOPT"),
        ("+0 epoll_create(1) = 5\n", "system call epoll_create"),
    ],
)  # fmt: skip
def test_what_the_kernel_lacks_is_named(play_real, text, message):
    status, output = play_real(text)
    assert (status, f"not supported: {message}\n" in output) == (77, True), output


def test_a_script_of_another_system_is_not_played(play_real):
    status, output = play_real("", "--preset=freebsd\n0 close(3) = -1 EBADF\n")
    assert (status, "option --preset=freebsd against a kernel" in output) == (77, True)


def test_icmp_arrives(play_real):
    text = """\
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0...0.2 connect(3, ..., ...) = -1 ECONNREFUSED
+0 > S 0:0(0) <...>
+0.2 < icmp unreachable port_unreachable [0:0(0)]
"""
    assert play_real("", text) == PASSES


def test_wrong_usage(play):
    text = "0 close(3) = -1 EBADF\n"
    assert play(text, "--against=windows") == (2, "packetdrill: --against is kernel, not 'windows'.\n")
    told = "packetdrill: --trace has nothing to tell of a kernel; leave out --against.\n"
    assert play(text, "--against=kernel", "--trace=runs") == (2, told)


SCRIPTS = Path(__file__).parent / "scripts"
DOCUMENT = Path(__file__).parents[2] / "doc" / "packetdrill.rst"
EVENT = re.compile(r"(\+?)(\d+(?:\.\d+)?)(?:(?:\.\.\.|~)\+?\d+(?:\.\d+)?)?\s")


def seconds_of(script):
    """How long it takes: the sum of its relative times."""
    clock = 0.0
    for line in script.read_text(encoding="ascii").splitlines():
        if event := EVENT.match(line):
            clock = clock + float(event[2]) if event[1] else max(clock, float(event[2]))
    return clock


def rows_of_the_document():
    """The table of what the kernel does otherwise: for each row the beginnings of names, and the reason."""
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text[text.index("what the kernel does\n") :].split("\n====")[1].partition("\n")[2]
    rows = [re.split(r"\s{2,}", line, maxsplit=1) for line in table.splitlines()]
    return [(tuple(names.split(", ")), reason) for names, reason in rows if names]


def outcomes_of(scripts):
    """Plays them at once, each in a namespace of its own. Gives for each name of a script what was said of it first."""
    command = [PROGRAM, "--against=kernel", "-j20", "-v", *map(str, scripts)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    said = {}
    for line in done.stdout.splitlines():
        if match := re.match(rf"{re.escape(str(SCRIPTS))}/([\w.-]+)\.pkt(?::\d+)?: (.*)", line):
            said.setdefault(match[1], match[2])
    assert len(said) == len(scripts), done.stdout + done.stderr
    return said


def differs(words):
    return words != "passed" and "not supported" not in words


def is_unexplained(name, words, explained):
    return differs(words) and not name.startswith(explained)


def agrees(names, said):
    """Whether those of a row that were played, if any, all passed."""
    words = [words for name, words in said.items() if name.startswith(names)]
    return bool(words) and not any(differs(each) or "is too busy" in each for each in words)


@pytest.mark.skipif("LIFECYCLE_FULL" not in os.environ, reason="--full plays them, below two minutes")
def test_the_kernel_accepts_what_preset_linux_does_but_for_the_rows_of_the_document(play):
    assert unless_it_cannot(play("0 close(3) = -1 EBADF\n", "--against=kernel")) == PASSES
    scripts = [path for path in sorted(SCRIPTS.glob("*.pkt")) if "--preset=linux" in path.read_text(encoding="ascii")]
    said = outcomes_of([script for script in scripts if seconds_of(script) <= 70])
    rows = rows_of_the_document()
    explained = sum((names for names, _ in rows), ())
    for _ in range(2):  # time is real: whom the machine made wait, or who differs without a row, has another try
        again = [name for name, words in said.items() if "is too busy" in words or is_unexplained(name, words, explained)]
        said |= outcomes_of([SCRIPTS / f"{name}.pkt" for name in again]) if again else {}
    busy = [name for name, words in said.items() if "is too busy" in words]
    unexplained = [name for name, words in said.items() if is_unexplained(name, words, explained)]
    stale = [names for names, reason in rows if agrees(names, said) and "late" not in reason]  # a timer may be in time
    release = os.uname().release
    if f"Linux {'.'.join(release.split('.')[:2])}." not in DOCUMENT.read_text(encoding="utf-8"):
        pytest.skip(f"Linux {release} is not the one of doc/packetdrill.rst; it differs in {unexplained} as well")
    if busy:
        pytest.skip(f"the machine is too busy for {busy}; of the others unexplained: {unexplained}")
    assert (unexplained, stale) == ([], [])
