"""What scripts count on that were written for Linux or FreeBSD: offload, options of sockets, TCP_INFO, MTU."""

import pytest

HEAD = "--tolerance_usecs=1000 --tolerance_percent=0\n"
LISTENS = HEAD + """\
 0 `sysctl -w lifecycle.Timestamps=false lifecycle.Sack=false lifecycle.WindowScaling=false lifecycle.DelayedAck=0ms`
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
"""
ACCEPTS = LISTENS + """\
+0 < S 0:0(0) win 65535 <mss 1000>
+0 > S. 0:0(0) ack 1 <...>
+0.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0
"""
PASSES = (0, "1 passed, 0 failed, 0 skipped\n")
WRITES = ACCEPTS + "+0 write(4, ..., 2500) = 2500\n"


@pytest.mark.parametrize(
    "packets, message",
    [
        ("+0 > P. 1:2501(2500) ack 1\n", None),
        ("+0 > . 1:2001(2000) ack 1\n+0 > P. 2001:2501(500) ack 1\n", None),
        ("+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:2501(1500) ack 1\n", None),
        ("+0 > . 1:1001(1000) ack 1\n+0 > . 1001:2001(1000) ack 1\n+0 > P. 2001:2501(500) ack 1\n", None),
        ("+0 > P. 1:2502(2501) ack 1\n", "length is 2500, not 2501"),
        ("+0 > P. 1:2401(2400) ack 1\n", "length is 2000, not 2400"),
        ("+0 > P. 1:2501(2500) ack 2\n", "acknowledgment number is 1, not 2"),
        ("+0 > FP. 1:2501(2500) ack 1\n", "flags differ: P., not FP."),
        ("+0.1 > P. 1:2501(2500) ack 1\n", "time is wrong by more than 1000 us: 0.100000000 s too early"),
    ],
)
def test_linux_hands_the_device_more_than_a_segment(play, packets, message):
    status, output = play(WRITES + packets, "--preset=linux")
    assert (status, message is None or message in output.splitlines()[0]) == (0 if message is None else 1, True), output


def test_only_what_is_sent_at_one_instant_is_of_one_packet(play):
    text = ACCEPTS + "+0 write(4, ..., 1000) = 1000\n+0.0005 write(4, ..., 1000) = 1000\n+0 > P. 1:2001(2000) ack 1\n"
    assert "length is 1000, not 2000" in play(text, "--preset=linux")[1]
    assert play(text.replace("+0.0005", "+0"), "--preset=linux") == PASSES


def test_a_fin_ends_what_is_of_one_packet(play):
    text = WRITES + "+0 close(4) = 0\n+0 > FP. 1:2501(2500) ack 1\n"
    status, output = play(text, "--preset=linux")
    assert (status, "flags differ" in output) == (1, True)  # the text went out before the close
    held = ACCEPTS.replace("win 65535\n", "win 0\n") + "+0 write(4, ..., 2500) = 2500\n+0.1 close(4) = 0\n"
    opens = held + "+0.01 < . 1:1(0) ack 1 win 65535\n+0 > FP. 1:2501(2500) ack 1\n"
    assert play(opens, "--preset=linux") == PASSES


@pytest.mark.parametrize("preset", ["rfc9293", "freebsd"])
def test_no_other_preset_has_offload(play, preset):
    assert "length is 1000, not 2500" in play(WRITES + "+0 > . 1:2501(2500) ack 1\n", "--preset=" + preset)[1]


def test_ethtool_takes_the_offload_away(play):
    packet = "+0 > P. 1:2501(2500) ack 1\n"
    for setting, status in (("tso off gso off", 1), ("gso off", 1), ("tso on gso on", 0)):
        text = f"`ethtool -K tun0 {setting}`\n" + WRITES[len(HEAD) :] + packet
        assert play(HEAD + text, "--preset=linux")[0] == status, setting


STATES = [
    ("", "CLOSED", "TCP_CLOSE"),
    ("+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n", "LISTEN", "TCP_LISTEN"),
    ("+0 fcntl(3, F_SETFL, O_NONBLOCK) = 0\n+0 connect(3, ..., ...) = -1 EINPROGRESS\n+0 > S 0:0(0) <...>\n", "SYN_SENT", "TCP_SYN_SENT"),
]  # fmt: skip


@pytest.mark.parametrize("preset", ["linux", "freebsd"])
@pytest.mark.parametrize("calls, name, of_linux", STATES)
def test_tcp_info_of_a_socket_without_a_connection(play, preset, calls, name, of_linux):
    text = HEAD + "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n" + calls + "+0 %%{ assert tcpi_state == %s }%%\n"
    for constant in (f"TCPI_{name}", f"TCPS_{name}", of_linux):
        assert play(text % constant, "--preset=" + preset) == PASSES
    assert play(text % "TCPI_TIME_WAIT", "--preset=" + preset)[0] == 1
    assert play(text % "TCPI_WAIT", "--preset=" + preset)[0] == 77


def test_assertions_on_several_lines(play):
    text = ACCEPTS + """\
+0 %%{ assert tcpi_state == TCP_ESTABLISHED, tcpi_state; \\
       assert tcpi_snd_cwnd == %d, 'cwnd=%%d' %% tcpi_snd_cwnd   # as RFC 6928 says; not more
assert tcpi_unacked == 0
# assert nonsense
}%%
"""
    assert play(text % 10) == PASSES
    assert "it is not so that tcpi_snd_cwnd == 11" in play(text % 11)[1]


def test_probes_of_a_closed_window_are_no_retransmissions(play):
    text = ACCEPTS.replace("ack 1 win 65535\n", "ack 1 win 0\n") + """\
+0 write(4, ..., 100) = 100
+1.01 %{ assert tcpi_probes == 1 and tcpi_retransmits == 0 and tcpi_backoff == 1 }%
+0.99 < . 1:1(0) ack 1 win 0
+0 %{ assert tcpi_probes == 0 and tcpi_backoff == 0 }%
"""
    sent = HEAD + text[len(HEAD) :].replace("+1.01", "+1 > . 1:2(1) ack 1\n+0.01")
    assert play(sent) == PASSES
    assert play(sent.replace("tcpi_probes == 1", "tcpi_probes == 0"))[0] == 1


@pytest.mark.parametrize("version, headers", [("ipv4", 40), ("ipv6", 60)])
@pytest.mark.parametrize("mtu", [1280, 1400, 9000, 65535])
def test_the_mtu_bounds_the_mss(play, version, headers, mtu):
    text = f"--mtu={mtu}\n" + LISTENS + "+0 < S 0:0(0) win 65535 <mss 1460>\n+0 > S. 0:0(0) ack 1 <mss %d>\n"
    assert play(text % (mtu - headers), "--ip-version=" + version) == PASSES
    assert play(text % (mtu - headers + 1), "--ip-version=" + version)[0] == 1


def test_reading_may_be_shut(play):
    text = ACCEPTS + """\
+0 shutdown(4, SHUT_RD) = 0
+0 read(4, ..., 100) = 0
+0 < . 1:101(100) ack 1 win 65535
+0 > . 1:1(0) ack 101
+0 read(4, ..., 100) = 100
+0 read(4, ..., 100) = 0
+0 write(4, ..., 10) = 10
+0 > P. 1:11(10) ack 101
"""
    assert play(text, "--preset=linux") == PASSES  # which lets be read what comes later
    assert "the result of read differs: 0, not 100" in play(text)[1]


def test_types_of_service_have_names(play):
    for number, name in ((0x20, "IPTOS_DSCP_CS1"), (0xB8, "IPTOS_DSCP_EF"), (0x10, "IPTOS_LOWDELAY")):
        text = ACCEPTS + f"""\
+0 setsockopt(4, SOL_IP, IP_TOS, [{name}], 4) = 0
+0 getsockopt(4, SOL_IP, IP_TOS, [{number}], [4]) = 0
+0 getsockopt(4, SOL_IP, IP_TOS, [{name}], [4]) = 0
+0 write(4, ..., 10) = 10
+0 > (tos {number}) P. 1:11(10) ack 1
"""
        assert play(text) == PASSES, name
        assert "type of service is" in play(text.replace(f"(tos {number})", "(tos 4)"))[1]
    assert play(ACCEPTS + "+0 setsockopt(4, SOL_IP, IP_TTL, [IPDEFTTL], 4) = 0\n") == PASSES
    assert play(ACCEPTS + "+0 setsockopt(4, SOL_IP, IP_TOS, [IPTOS_FAST], 4) = 0\n")[0] == 1


def test_the_mss_of_a_connection_is_what_a_segment_carries(play):
    text = ACCEPTS + "+0 getsockopt(4, SOL_TCP, TCP_MAXSEG, [%d], [4]) = 0\n"
    assert play(text % 1000, "--preset=linux") == PASSES
    assert play(text % 1460, "--preset=linux")[0] == 1
    assert play(LISTENS + "+0 getsockopt(3, SOL_TCP, TCP_MAXSEG, [1460], [4]) = 0\n") == PASSES


def test_linux_doubles_the_size_of_a_buffer_that_is_set(play):
    text = ACCEPTS + "+0 setsockopt(4, SOL_SOCKET, SO_SNDBUF, [21000], 4) = 0\n"
    text += "+0 getsockopt(4, SOL_SOCKET, SO_SNDBUF, [%d], [4]) = 0\n"
    assert play(text % 42000, "--preset=linux") == PASSES
    assert play(text % 21000, "--preset=rfc9293") == PASSES


def test_what_can_be_read_is_told(play):
    text = ACCEPTS + """\
+0 ioctl(4, SIOCINQ, [0]) = 0
+0 < - 1:1001(1000) win 65535
+0 ioctl(4, SIOCINQ, [0]) = 0
+0 < . 1:1001(1000) ack 1 win 65535
+0 > . 1:1(0) ack 1001
+0 ioctl(4, FIONREAD, [1000]) = 0
+0 read(4, NULL, 400) = -1 EFAULT
+0 recvfrom(4, ..., 400, 0, ..., ...) = 400
+0 ioctl(4, FIONREAD, 600) = 0
"""
    assert play(text) == PASSES


def test_a_message_may_have_several_parts(play):
    text = ACCEPTS + """\
+0 sendmsg(4, {msg_name(...)=..., msg_iov(4)=[{..., 0}, {..., 40}, {..., 0}, {..., 20}], msg_flags=0}, 0) = 60
+0 > P. 1:61(60) ack 1
+0 sendmsg(4, {msg_iov(1)=[{..., 0}], msg_flags=0}, MSG_DONTWAIT) = 0
"""
    assert play(text) == PASSES


def test_the_end_of_the_options_is_written_or_not(play):
    syn_ack = LISTENS + "+0 < S 0:0(0) win 65535 <mss 1460,eol>\n+0 > S. 0:0(0) ack 1 <mss 1460%s>\n"
    assert play(syn_ack % "") == PASSES
    assert "options differ: <mss 1460>, not <mss 1460,eol>" in play(syn_ack % ",eol")[1]
