"""What the runner says of scripts that nobody can mean (parser-test.cc has more of them), and how calls answer
arguments that Linux refuses."""

import os
import subprocess

import pytest
from conftest import PROGRAM

LISTENS = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
ACCEPTS = LISTENS + """\
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <...>
+0.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
"""
PASSES = (0, "1 passed, 0 failed, 0 skipped\n")


def told(result):
    """The one line that says why a script has failed."""
    status, output = result
    lines = output.splitlines()
    assert (status, lines[1:]) == (1, ["0 passed, 1 failed, 0 skipped"]), output
    return lines[0]


@pytest.fixture(params=["ipv4", "ipv6"])
def play_both(play, request):
    """Plays over IPv4 and over IPv6."""
    return lambda text: play(text, f"--ip-version={request.param}")


@pytest.mark.parametrize(
    "line, message",
    [
        ('sysctl -w net.ipv4.tcp_rmem="1 x 3"', "sysctl net.ipv4.tcp_rmem is '1 x 3' and must be three whole numbers below 10^10"),
        ('sysctl -w net.ipv4.tcp_rmem="1 2"', "sysctl net.ipv4.tcp_rmem is '1 2' and must be three whole numbers below 10^10"),
        ("sysctl -w net.ipv4.tcp_syn_retries=many", "sysctl net.ipv4.tcp_syn_retries is 'many' and must be a whole number below 10^10"),
        ("sysctl -w net.ipv4.tcp_syn_retries=-1", "sysctl net.ipv4.tcp_syn_retries is '-1' and must be a whole number below 10^10"),
        ("sysctl -w net.inet.tcp.msl=1.5", "sysctl net.inet.tcp.msl is '1.5' and must be a whole number below 10^10"),
        ("sysctl -w net.ipv4.tcp_retries2=9999999999", "attribute DataRetries cannot be '9999999999' (from sysctl net.ipv4.tcp_retries2=9999999999): it takes uint32_t 0:1000000"),
        ("sysctl -w lifecycle.Mss=5x", "attribute Mss cannot be '5x' (from sysctl lifecycle.Mss=5x): it takes uint32_t 48:65495"),
        ("sysctl -w lifecycle.Msl=18446744074s", "attribute Msl cannot be '18446744074s' (from sysctl lifecycle.Msl=18446744074s): it takes Time +0ns:+1e+18ns"),
        ("sysctl -w lifecycle.TimeWaitFactor=two", "attribute TimeWaitFactor cannot be 'two' (from sysctl lifecycle.TimeWaitFactor=two): it takes double 0:1000"),
        ("sysctl -w lifecycle.Nonsense=1", "attribute Nonsense cannot be '1' (from sysctl lifecycle.Nonsense=1): there is no such attribute"),
        ('sysctl -w net.ipv4.tcp_rmem="1 2 3', 'no " closes what it opens in a command'),
        ("sysctl -w lifecycle.MinRto=100s", "sysctl leaves MinRto longer than MaxRto"),
        ("sysctl -w net.inet.tcp.rexmit_min=70000", "sysctl leaves MinRto longer than MaxRto"),
        ("sysctl -w lifecycle.EphemeralLast=9", "sysctl leaves EphemeralFirst greater than EphemeralLast"),
        ("sysctl -w", "sysctl is given no name=value"),
        ("netstat | | grep -c LISTEN | grep 1", "there is no command beside a '|'"),
        ("sockstat | grep packet | grep LISTEN", "expected some in LISTEN, there are 0"),
        ("../common/set_sysctls.py /proc/sys/net/ipv4/tcp_sack=x", "sysctl net.ipv4.tcp_sack is 'x' and must be a whole number below 10^10"),
        ("netstat | grep -c LISTEN | grep few", "what grep looks for is 'few' and must be a number from 0 to 4294967295"),
    ],
)  # fmt: skip
def test_a_command_with_a_bad_value_fails_in_one_sentence(play_both, line, message):
    assert told(play_both(f"0 `{line}`\n")) == f"script.pkt:1: {message}"


def test_a_command_that_is_not_known_is_named_from_its_beginning(play):
    status, output = play(LISTENS + "+0 `netstat -n | grep -c NOWHERE | grep 1`\n")
    message = "script.pkt:4: not supported: command 'netstat -n | grep -c NOWHERE | grep 1'\n"
    assert (status, output.startswith(message)) == (77, True)


@pytest.mark.parametrize(
    "text",
    [
        "write(4, ..., -5) = -1 EFAULT",
        "read(4, ..., -5) = -1 EFAULT",
        "recv(4, ..., -5, 0) = -1 EAGAIN",
        "write(-1, ..., 5) = -1 EBADF",
        "write(2147483647, ..., 5) = -1 EBADF",
        "close(-1) = -1 EBADF",
        "write(4, NULL, 5) = -1 EFAULT",
        "sendto(4, NULL, 5, 0, ..., ...) = -1 EFAULT",
        "read(4, NULL, 5) = -1 EAGAIN",
        "read(4, ..., 5) = -1 EWOULDBLOCK",
        "setsockopt(4, SOL_IP, IP_MTU_DISCOVER, [IP_PMTUDISC_DONT], 1) = 0",
        "ioctl(3, SIOCINQ, [0]) = -1 EINVAL",
        "setsockopt(4, SOL_IP, IP_TTL, [256], 4) = -1 EINVAL",
        "setsockopt(4, SOL_IP, IP_TTL, [0], 4) = -1 EINVAL",
        "setsockopt(4, SOL_IP, IP_TTL, [-1], 4) = 0",
        "setsockopt(4, SOL_IPV6, IPV6_TCLASS, [256], 4) = -1 EINVAL",
        "setsockopt(4, SOL_IPV6, IPV6_UNICAST_HOPS, [-2], 4) = -1 EINVAL",
        "setsockopt(4, SOL_TCP, TCP_KEEPIDLE, [-1], 4) = -1 EINVAL",
        "setsockopt(4, SOL_TCP, TCP_KEEPCNT, [0], 4) = -1 EINVAL",
        "setsockopt(4, SOL_TCP, TCP_MAXSEG, [65536], 4) = -1 EINVAL",
        "setsockopt(4, SOL_TCP, TCP_USER_TIMEOUT, [-1], 4) = -1 EINVAL",
        "setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 3) = -1 EINVAL",
        "setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=2}, 7) = -1 EINVAL",
        "setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=-5}, 8) = 0\n+0...0 close(4) = -1",
        "getsockopt(4, SOL_TCP, TCP_NODELAY, [1], [-1]) = -1 EINVAL",
        "socket(..., SOCK_STREAM, 0) = 5\n+0 bind(5, {sin_port = htons(9)}, ...) = 0\n+0 listen(5, -1) = 0",
        "poll([{fd=4, events=POLLIN, revents=0}], 1, 4294967295) = -1 EAGAIN",
    ],
)
def test_a_call_answers_as_linux_does(play_both, text):
    """Each as it was measured on Linux 6, but for the two that wait for ever there: -5 s and -1 ms have no sign."""
    result = play_both(ACCEPTS + "+0 " + text + "\n")
    if "= -1\n" in text + "\n":
        assert "close has not returned in time" in result[1]
    else:
        assert result == PASSES


def test_an_error_without_a_name_is_any(play_both):
    assert play_both(ACCEPTS + "+0 write(-1, ..., 5) = -1\n") == PASSES
    assert "the result of write differs: 5, not -1" in play_both(ACCEPTS + "+0 write(4, ..., 5) = -1\n")[1]


def test_a_send_of_more_than_all_memory_fills_the_buffer(play_both):
    for size in ("-5", "5000000000"):
        text = ACCEPTS.replace("0 socket", "0 `sysctl -w lifecycle.SendBuffer=1000`\n+0 socket", 1)
        assert play_both(text + "+0 fcntl(4, F_SETFL, O_NONBLOCK) = 0\n"
                         f"+0 send(4, ..., {size}, 0) = 1000\n+0 > P. 1:1001(1000) ack 1\n") == PASSES  # fmt: skip


def test_a_call_that_makes_no_sense_fails_in_one_sentence(play):
    for call, message in (
        ("ioctl(4, SIOCINQ) = 0", "ioctl takes a descriptor, SIOCINQ and a number"),
        ("ioctl(4, FIONREAD, [1]) = 0", "FIONREAD: expected 1, it is 0"),
        ("sendmsg(4, {msg_name(...)=...}, 0) = 0", "the message of sendmsg must be a structure with msg_iov"),
        ("sendmsg(4, {msg_iov(1)=[{..., -1}]}, 0) = 0", "each part of msg_iov must be {..., LENGTH}"),
        ("sendmsg(4, {msg_iov(1)=[5]}, 0) = 0", "each part of msg_iov must be {..., LENGTH}"),
    ):
        assert told(play(ACCEPTS + "+0 " + call + "\n")) == "script.pkt:8: " + message


def test_poll_is_told_how_many_descriptors_it_has(play):
    text = ACCEPTS + "+0 poll([{fd=4, events=POLLIN, revents=0}], 7, 0) = 0\n"
    assert told(play(text)) == "script.pkt:8: poll is told of 7 descriptors and given 1"


@pytest.mark.parametrize("opening", ["(", "not ", "-", "-(not "])
def test_assertions_may_be_nested_but_not_without_end(play, opening):
    def asserts(count):
        return play(LISTENS + "+0 %{ assert " + opening * count + "0" + ")" * opening.count("(") * count + " == 0 }%\n")

    assert asserts(20)[0] == 0
    assert told(asserts(100000)) == "script.pkt:4: brackets, 'not' and signs stand more than 100 deep in an assertion"


@pytest.mark.parametrize("condition", ["9223372036854775807 + 1", "1 << 31 << 31 << 31", "-9223372036854775807 - 2"])
def test_assertions_do_not_wrap_around(play, condition):
    assert "an assertion cannot calculate" in told(play(LISTENS + f"+0 %{{ assert {condition} }}%\n"))


def test_times_do_not_wrap_around(play):
    text = LISTENS + "+999999999 fcntl(3, F_GETFL) = 2\n"
    assert play(text) == PASSES
    message = "script.pkt:6: by here the script lasts longer than 10^9 s, which is the most"
    assert told(play(text + "+0.5 close(3) = 0\n+0.500000001 close(3) = 0\n")) == message


def test_icmp_is_of_the_version_that_the_script_runs_over(play):
    text = LISTENS + "+0 < %s unreachable port_unreachable [0:0(0)]\n"
    assert play(text % "icmp")[0] == play(text % "icmpv6", "--ip-version=ipv6")[0] == 0
    assert play(text % "icmp", "--ip-version=ipv6")[0] == 0  # it is the one of the script's IP
    assert told(play(text % "icmpv6")) == "script.pkt:4: icmpv6 unreachable port_unreachable cannot arrive over IPv4"
    over_ipv4 = text.replace("port_unreachable", "host_unknown") % "icmp"
    message = "script.pkt:4: icmp unreachable host_unknown cannot arrive over IPv6"
    assert told(play(over_ipv4, "--ip-version=ipv6")) == message


def play_octets(folder, octets):
    (folder / "script.pkt").write_bytes(octets)
    result = subprocess.run([PROGRAM, "script.pkt"], cwd=folder, capture_output=True, timeout=60)
    return result.returncode, (result.stdout + result.stderr).decode("ascii")


def test_octets_that_are_no_text(tmp_path):
    right = LISTENS.encode("ascii")
    assert told(play_octets(tmp_path, right + b"+0 cl\0ose(3) = 0\n")) == (
        "script.pkt:4: a script is text, and here is an octet of 0"
    )
    assert told(play_octets(tmp_path, right + b"+0 close(\xff\x1b) = 0\n")) == (
        r"script.pkt:4: '\xff' stands where a value belongs"
    )
    assert play_octets(tmp_path, right + b"// caf\xe9\n") == PASSES


def test_megabytes_on_a_line(tmp_path):
    for octets, message in (
        (b"x" * 3000000, "script.pkt:1: 'xxxx"),
        (b"0 close(" + b"3, " * 200000 + b"4) = 0", "script.pkt:1: "),
        (b"0 %{ assert 1 %} " * 40000, "script.pkt:1: "),
        (b"#ifdef X\n" * 300000, "script.pkt:300000: #ifdef without #endif"),
        (b"0 < S 0:0(0) win 1 <" + b"sackOK," * 100000, "script.pkt:1: "),
    ):
        status, output = play_octets(tmp_path, octets)
        assert (status, output.startswith(message)) in ((1, True), (0, False)), output[:300]
        assert max(map(len, output.splitlines())) < 300


def run(*arguments, **options):
    result = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60, **options)
    return result.returncode, result.stdout + result.stderr


def test_files_that_are_no_scripts(tmp_path):
    (tmp_path / "empty.pkt").touch()
    assert told(run("empty.pkt", cwd=tmp_path)) == "empty.pkt:1: the script has no events"
    assert told(run("/dev/null")) == "/dev/null:1: the script has no events"
    assert told(run("/dev/zero")) == "/dev/zero: is longer than 4194304 octets, which is the most that a script may have"
    assert told(run("", cwd=tmp_path)) == ": cannot be read: No such file or directory"
    (tmp_path / "folder" / "sub.pkt").mkdir(parents=True)
    assert run("folder", cwd=tmp_path) == (2, "packetdrill: there is no *.pkt in folder.\n")
    assert run("--trace=", "empty.pkt", cwd=tmp_path) == (2, "packetdrill: --trace takes the name of a folder, not ''.\n")
    assert run("-j", "3x", "empty.pkt", cwd=tmp_path)[0] == 2
    assert run("/dev/stdin", input=LISTENS) == PASSES


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)
    assert run(str(tmp_path)) == (2, f"packetdrill: the folder {tmp_path} cannot be read: Permission denied.\n")
