"""The language of the scripts, and what the runner says of those it does not play to the end."""

import pytest

LISTENS = """\
--tolerance_usecs=1000 --tolerance_percent=0
 0 `sysctl -w lifecycle.Timestamps=false lifecycle.Sack=false lifecycle.WindowScaling=false`
+0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
"""

# A line each; RIGHT passes, and each change of WRONG makes it fail.
RIGHT = LISTENS + """\
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 win 65535 <mss 1460>
+0.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 write(4, ..., 100) = 100
+0 > P. 1:101(100) ack 1
+1 > P. 1:101(100) ack 1
+0.1 < R 1:1(0) win 0
+0 read(4, ..., 100) = -1 ECONNRESET
"""

WRONG = [
    ("+0 > P. 1:101(100) ack 1\n", "+0 > P. 1:101(100) ack 2\n", 11, "acknowledgment number is 1, not 2"),
    ("+0 > P. 1:101(100)", "+0 > . 1:101(100)", 11, "flags differ: P., not ."),
    ("+0 > P. 1:101(100)", "+0 > P. 2:102(100)", 11, "sequence number is 1, not 2"),
    ("+0 > P. 1:101(100)", "+0 > P. 1:91(90)", 11, "length is 100, not 90"),
    ("+0 > P. 1:101(100) ack 1\n", "", 11, "time is wrong by more than 1000 us"),
    ("+1 > P.", "+1.002 > P.", 12, "time is wrong by more than 1000 us: 0.002000000 s too early"),
    ("+1 > P.", "+0.998 > P.", 12, "no packet: nothing was sent until 1.099000001"),
    ("win 65535 <mss 1460>\n+0.1", "win 65534 <mss 1460>\n+0.1", 7, "window is 65535, not 65534"),
    ("win 65535 <mss 1460>\n+0.1", "win 65535 <mss 1461>\n+0.1", 7, "options differ: <mss 1460>, not <mss 1461>"),
    ("win 65535 <mss 1460>\n+0.1", "win 65535\n+0.1", 7, "options differ"),
    ("win 65535 <mss 1460>\n+0.1", "win 65535 <mss 1460,nop,nop,sackOK>\n+0.1", 7, "options differ"),
    ("= -1 ECONNRESET", "= -1 EPIPE", 14, "the result of read differs: -1 ECONNRESET, not -1 EPIPE"),
    ("= -1 ECONNRESET", "= 0", 14, "the result of read differs"),
    ("+0.1 < R 1:1(0)", "+0.1 < R 9:9(0)", 14, "the result of read differs"),
]


def test_a_script_that_is_right_passes(play):
    status, output = play(RIGHT)
    assert (status, output) == (0, "1 passed, 0 failed, 0 skipped\n")


@pytest.mark.parametrize("old, new, line, message", WRONG)
def test_one_wrong_expectation_fails_with_its_line(play, old, new, line, message):
    assert old in RIGHT
    status, output = play(RIGHT.replace(old, new, 1))
    assert status == 1
    assert output.startswith(f"script.pkt:{line}: ")
    assert message in output.splitlines()[0]
    assert output.endswith("0 passed, 1 failed, 0 skipped\n")


def test_a_mismatch_shows_both_packets(play):
    output = play(RIGHT.replace("+0 > P. 1:101(100) ack 1", "+0 > F. 1:1(0) ack 1", 1))[1]
    assert output.splitlines()[:3] == [
        "script.pkt:11: flags differ: P., not F.",
        "  expected: 0.100000000 > F. 1:1(0) ack 1",
        "  actual:   0.100000000 > P. 1:101(100) ack 1",
    ]


def test_a_packet_after_the_last_line_fails_if_the_tail_is_strict(play):
    text = LISTENS + "+0 < S 0:0(0) win 65535 <mss 1460>\n"
    assert play(text)[0] == 0
    status, output = play(text, "--strict-tail")
    assert status == 1
    assert "a packet after the last line" in output


def test_a_strict_tail_is_as_long_as_is_asked(play):
    text = RIGHT[: RIGHT.index("+1 > P.")]  # what is sent again a second later is not awaited
    assert play(text, "--strict-tail")[0] == 0
    assert play(text, "--strict-tail=0.999")[0] == 0
    status, output = play(text, "--strict-tail=1")
    assert status == 1
    assert output.startswith("script.pkt:11: a packet after the last line: > P. 1:101(100) ack 1")
    assert "actual:   1.100000000 > P. 1:101(100)" in output


def test_an_option_that_is_not_supported_is_named_with_its_line(play):
    for option, status, message in (
        ("--local_ip=192.168.0.1", 77, "not supported: option --local_ip=192.168.0.1"),
        ("--verbose", 77, "not supported: option --verbose"),
        ("--non_fatal=packet", 77, "not supported: option --non_fatal=packet"),
        ("--ip_version=ipv4-mapped-ipv6", 77, "not supported: option --ip_version=ipv4-mapped-ipv6"),
        ("--tcp_ts_tick_usecs=10", 77, "not supported: option --tcp_ts_tick_usecs=10"),
        ("--mtu=much", 1, "--mtu is 'much' and must be a number from 68 to 65535"),
        ("--preset=windows", 1, "--preset is 'windows' and must be rfc9293, linux, freebsd or textbook"),
    ):
        given = play("// A script.\n--tolerance_percent=0\n" + option + "\n0 socket(..., SOCK_STREAM, 0) = 3\n")
        assert given[0] == status
        assert given[1].startswith(f"script.pkt:3: {message}\n")


@pytest.mark.parametrize(
    "line, name",
    [
        ("+0 epoll_create(1) = 4", "system call epoll_create"),
        ("+0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 4", "socket type SOCK_DGRAM"),
        ("+0 socket(AF_UNIX, SOCK_STREAM, IPPROTO_TCP) = 4", "socket domain AF_UNIX"),
        ("+0 socket(0, SOCK_STREAM, IPPROTO_TCP) = 4", "socket domain 0"),
        ("+0 socket(..., 0, IPPROTO_TCP) = 4", "socket type without SOCK_STREAM"),
        ("+0 socket(..., SOCK_STREAM|SOCK_FAST, IPPROTO_TCP) = 4", "socket type SOCK_FAST"),
        ("+0 socket(..., SOCK_STREAM, IPPROTO_MPTCP) = 4", "socket protocol IPPROTO_MPTCP"),
        ("+0 socket(..., SOCK_STREAM, 132) = 4", "socket protocol 132"),
        ("+0 recv(3, ..., 1, MSG_WAITALL) = 1", "recv with MSG_WAITALL"),
        ("+0 recv(3, ..., 1, MSG_PEEK|MSG_OOB) = 1", "recv with MSG_OOB"),
        ("+0 recv(3, ..., 1, 2) = 1", "recv with 2"),
        ("+0 send(3, ..., 1, MSG_MORE) = 1", "send with MSG_MORE"),
        ("+0 sendto(3, ..., 1, MSG_FOO, ..., ...) = 1", "sendto with MSG_FOO"),
        ("+0 recvmsg(3, ..., 0) = 1", "system call recvmsg"),
        ("+0 ioctl(3, SIOCOUTQ, [0]) = 0", "ioctl SIOCOUTQ"),
        ("+0 sendmsg(3, {msg_iov(1)=[{..., 1}]}, MSG_MORE) = 1", "sendmsg with MSG_MORE"),
        ("+0 shutdown(3, SHUT_FOO) = 0", "shutdown SHUT_FOO"),
        ("+0 fcntl(3, F_SETFL, O_RDWR|O_ASYNC) = 0", "F_SETFL O_ASYNC"),
        ("+0 poll([{fd=3, events=POLLRDHUP, revents=0}], 1, 0) = 0", "poll with POLLRDHUP"),
        ("+0 poll([{fd=3, events=POLLIN, revents=POLLNVAL}], 1, 0) = 0", "poll with POLLNVAL"),
        ("+0 setsockopt(3, SOL_FOO, SO_KEEPALIVE, [1], 4) = 0", "socket option SO_KEEPALIVE of level SOL_FOO"),
        ("+0 getsockopt(3, SOL_SOCKET, TCP_MAXSEG, [1], [4]) = 0", "socket option TCP_MAXSEG of level SOL_SOCKET"),
        ("+0 `sysctl -w net.core.somaxconn=many`", "sysctl net.core.somaxconn=many"),
        ("+0 setsockopt(3, SOL_TCP, TCP_FASTOPEN, [1], 4) = 0", "socket option TCP_FASTOPEN"),
        ("+0 `touch made-by-a-shell`", "command 'touch made-by-a-shell'"),
        ("+0 `sysctl -w net.inet.tcp.ecn.enable=3`", "sysctl net.inet.tcp.ecn.enable=3"),
        ("+0 `sysctl -w net.inet.tcp.blackhole=3`", "sysctl net.inet.tcp.blackhole=3"),
        ("+0 `sysctl -w lifecycle.TimeWaitLimit=1`", "sysctl lifecycle.TimeWaitLimit after a connect, a listen or a packet"),
        ("+0 `tc qdisc add dev tun0 root pfifo limit 0`", "command 'tc qdisc add dev tun0 root pfifo limit 0'"),
        ("+0 `sockstat -4 | grep sshd | grep -c LISTEN | grep 1`", "command 'sockstat -4 | grep sshd | grep -c LISTEN | grep 1'"),
        ("+0 `sysctl -w a=1 > made-by-a-shell`", "'>' in a command"),
        ("+0 `sysctl a=1 || true`", "'||' in a command"),
        ("+0 `ethtool -K tun0 rx off`", "command 'ethtool -K tun0 rx off'"),
        ("+0 `set_sysctls.py tcp_sack=1`", "set_sysctls.py with 'tcp_sack=1', which is not /proc/sys/name=value"),
        ("+0 %{ assert abs(1) == 1 }%", "'abs' in an assertion"),
        ("+0 `sysctl -w net.inet.tcp.nonsense=1`", "sysctl net.inet.tcp.nonsense=1"),
        ("+0 %{ assert tcpi_snd_cwnd == 10 }%", "'tcpi_snd_cwnd' in an assertion"),
        ("#define X", "directive #define"),
        ("+0 poll([{fd=9, events=POLLIN, revents=0}], 1, 0) = 0", "poll of a descriptor that is not open"),
    ],
)
def test_what_is_not_supported_is_named(play, tmp_path, line, name):
    status, output = play(LISTENS + line + "\n")
    assert status == 77
    assert output.startswith(f"script.pkt:6: not supported: {name}\n")
    assert output.endswith("0 passed, 0 failed, 1 skipped\n")
    assert [path.name for path in tmp_path.iterdir()] == ["script.pkt"]


@pytest.mark.parametrize(
    "line, message",
    [
        ("+0 `sysctl -w net.ipv4.tcp_sack=maybe`", "sysctl net.ipv4.tcp_sack is 'maybe' and must be a whole number below 10^10"),
        ("+0 %{ assert 1 // 0 }%", "an assertion cannot calculate 1 // 0"),
        ("+0 %{ assert 0x10g == 1 }%", "a number of an assertion is '0x10g' and must be a number from 0 to 9223372036854775807"),
        ("+0 `sysctl -w lifecycle.Msl=blue`", "attribute Msl cannot be 'blue' (from sysctl lifecycle.Msl=blue): it takes Time +0ns:+1e+18ns"),
        ("+0 poll([{fd=3, events=POLLIN, revents=0}]) = 0", "poll takes a list of descriptors, their number"),
    ],
)
def test_what_is_no_script_fails_with_its_line(play, line, message):
    status, output = play(LISTENS + line + "\n")
    assert status == 1
    assert message in output.splitlines()[0]
    assert output.startswith("script.pkt:")


def test_conditions(play):
    text = LISTENS + "#ifdef RIGHT\n+0 listen(3, 1) = -1 EINVAL\n#else\n+0 listen(3, 1) = 0\n#endif\n"
    assert play(text, "-D", "RIGHT")[0] == 0
    assert play(text)[0] == 1
    assert "script.pkt:9: " in play(text, "-D", "OTHER")[1]


def test_times(play):
    syn = "+0 < S 0:0(0) win 65535 <mss 1460>\n+0 > S. 0:0(0) ack 1 <...>\n"
    for time in ("+1", "1", "+0.9~+1.1", "0.9~1.1", "*"):
        assert play(LISTENS + syn + f"{time} > S. 0:0(0) ack 1 <...>\n")[0] == 0, time
    for time in ("+1.1", "0.9", "+1.1~+1.2", "0~0.9"):
        assert play(LISTENS + syn + f"{time} > S. 0:0(0) ack 1 <...>\n")[0] == 1, time


def test_a_call_that_blocks(play):
    text = LISTENS + """\
+0...0.2 accept(3, ..., ...) = 4
+0.1 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <...>
+0.1 < . 1:1(0) ack 1 win 65535
+0.3...0.7 read(4, ..., 100) = 10
+0.4 < P. 1:11(10) ack 1 win 65535
"""
    assert play(text) == (0, "1 passed, 0 failed, 0 skipped\n")
    assert "accept has not returned in time" in play(text.replace("0...0.2", "0...0.15"))[1]
    assert "accept has returned at the wrong time" in play(text.replace("0...0.2", "0...0.25"))[1]
    assert "read has not returned in time" in play(text.replace("+0.4 < P.", "+0.4 < .").replace("1:11(10)", "1:1(0)"))[1]


def test_the_tolerance_is_the_larger_of_the_two(play):
    text = RIGHT.replace("+1 > P.", "+1.04 > P.")
    assert play(text)[0] == 1
    assert play(text.replace("--tolerance_percent=0", "--tolerance_percent=5"))[0] == 0
    assert play(text.replace("--tolerance_usecs=1000", "--tolerance_usecs=40000"))[0] == 0


def test_relaxing_is_said(play):
    text = RIGHT.replace("win 65535 <mss 1460>\n+0.1", "win 1 <eol,mss 1460>\n+0.1".replace("eol,", "nop,"))
    assert play(text)[0] == 1
    status, output = play(text, "--relax=order,window")
    assert status == 0
    assert output.splitlines()[:2] == [
        "script.pkt: warning: the order of options is not looked at",
        "script.pkt: warning: the window is not looked at",
    ]


def test_sizes_may_be_relaxed(play):
    text = LISTENS + "+0 getsockopt(3, SOL_SOCKET, SO_RCVBUF, [1], [4]) = 0\n"
    assert "SO_RCVBUF: expected 1, it is 65535" in play(text)[1]
    status, output = play(text, "--relax=sizes")
    assert status == 0
    assert output.splitlines()[0] == "script.pkt: warning: the sizes of buffers are not looked at"
    keepalive = text.replace("SO_RCVBUF", "SO_KEEPALIVE")
    assert play(keepalive, "--relax=sizes")[0] == 1


ACCEPTS = LISTENS + """\
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <...>
+0.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
"""


def test_close_waits_as_long_as_it_lingers(play):
    text = ACCEPTS + """\
+0 setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=2}, 8) = 0
+0...0.3 close(4) = 0
+0 > F. 1:1(0) ack 1
+0.3 < . 1:1(0) ack 2 win 65535
"""
    assert play(text) == (0, "1 passed, 0 failed, 0 skipped\n")
    never = text.replace("ack 2 win", "ack 1 win")
    assert "close has not returned in time" in play(never)[1]
    in_vain = never.replace("0...0.3 close", "0...2 close") + "+0.7 > F. 1:1(0) ack 1\n+1 close(3) = 0\n"
    assert play(in_vain) == (0, "1 passed, 0 failed, 0 skipped\n")
    reset = text.replace("< . 1:1(0) ack 2 win 65535", "< R 1:1(0) win 0")
    assert play(reset) == (0, "1 passed, 0 failed, 0 skipped\n")


def test_peeking_leaves_the_octets(play):
    text = ACCEPTS + """\
+0 recv(4, ..., 5, MSG_PEEK) = -1 EAGAIN
+0 < P. 1:11(10) ack 1 win 65535
+0 recv(4, ..., 5, MSG_PEEK) = 5
+0 recv(4, ..., 100, MSG_PEEK|MSG_NOSIGNAL) = 10
+0 recv(4, ..., 100, 0) = 10
+0 recv(4, ..., 100, 0) = -1 EAGAIN
"""
    assert play(text) == (0, "1 passed, 0 failed, 0 skipped\n")
    assert "the result of recv differs" in play(text.replace("100, MSG_PEEK|", "100, "))[1]


def test_urgent_octets_are_sent(play):
    text = ACCEPTS + "+0 send(4, ..., 10, MSG_OOB) = 10\n+0 > P.U 1:11(10) ack 1 urg 10\n"
    assert play(text) == (0, "1 passed, 0 failed, 0 skipped\n")
    assert play(text.replace("MSG_OOB", "MSG_NOSIGNAL"))[0] == 1
    assert play(text.replace("send(4, ..., 10, MSG_OOB)", "sendto(4, ..., 10, MSG_OOB, ..., ...)"))[0] == 0
    assert "write takes 3 arguments" in play(text.replace("send(", "write("))[1]


def test_a_call_told_not_to_wait_does_not(play):
    data = "+0.2 < P. 1:11(10) ack 1 win 65535\n"
    text = ACCEPTS + "+0...0.2 recv(4, ..., 100, 0) = 10\n" + data
    assert play(text)[0] == 0
    hasty = text.replace("100, 0", "100, MSG_DONTWAIT")
    assert "actual:   -1 EAGAIN" in play(hasty)[1]
    assert play(hasty.replace("+0...0.2", "+0...0").replace("= 10", "= -1 EAGAIN"))[0] == 0


def test_somaxconn_bounds_the_backlog(play):
    def handshake(port):
        text = f"+0 < [port {port}] S 0:0(0) win 65535 <mss 1460>\n"
        text += f"+0 > [port {port}] S. 0:0(0) ack 1 <...>\n"
        return text + f"+0.1 < [port {port}] . 1:1(0) ack 1 win 65535\n"

    queue = LISTENS.replace("listen(3, 1)", "listen(3, 5)") + handshake(1001) + handshake(1002)
    full = queue.replace("+0 listen", "+0 `sysctl -w net.core.somaxconn=1`\n+0 listen")
    rest = "+0 `netstat -n | grep -c ESTABLISHED | grep %d`\n"
    assert play(queue + rest % 2)[0] == 0
    assert play(full + rest % 1)[0] == 0
    assert play(full.replace("somaxconn=1", "somaxconn=2") + rest % 2)[0] == 0


def test_poll_waits(play):
    text = LISTENS + """\
+0...0.1 poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, 500) = 1
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <...>
+0.1 < . 1:1(0) ack 1 win 65535
"""
    assert play(text) == (0, "1 passed, 0 failed, 0 skipped\n")
    assert "poll: expected POLLIN clear, it is set" in play(text.replace("revents=POLLIN", "revents=0"))[1]
    assert "the result of poll differs" in play(text.replace("500) = 1", "500) = 0"))[1]
    nobody = text.replace("< . 1:1", "< R 1:1")
    assert "poll has not returned in time" in play(nobody)[1]
    in_vain = nobody.replace("0...0.1", "0...0.5").replace("revents=POLLIN", "revents=0").replace("= 1", "= 0")
    assert play(in_vain + "+0.5 close(3) = 0\n") == (0, "1 passed, 0 failed, 0 skipped\n")


@pytest.mark.parametrize(
    "assertion, status",
    [
        ("tcpi_rtt == 100000", 0),
        ("tcpi_rtt == 100001", 1),
        ("tcpi_rto == 1000000 and tcpi_total_retrans == 0", 0),
        ("tcpi_total_retrans == 1", 1),
        ("tcpi_rttvar == 37500 and tcpi_retransmits == 0", 0),
        ("tcpi_unacked == 0", 0),
        ("tcpi_unacked == 1", 1),
        ("9 < tcpi_snd_cwnd <= 12", 0),
        ("12 < tcpi_snd_cwnd <= 99", 1),
        ("tcpi_snd_ssthresh == 2147483647 and tcpi_snd_wnd == 1000", 0),
        ("tcpi_snd_mss == 1460 and tcpi_snd_wscale + tcpi_rcv_wscale == 0", 0),
        ("tcpi_options | TCPI_OPT_SACK == 1", 1),
        ("tcpi_state == TCP_ESTABLISHED == 1", 0),
        ("not 7 // 2 == 3", 1),
        ("1 + 2 * 3 == 7 and 7 % 4 == 1 << 1 or 7 & 4 ^ 1 == 4", 1),
    ],
)
def test_information_about_a_connection(play, assertion, status):
    text = ACCEPTS + "+0 write(4, ..., 10) = 10\n+0 > P. 1:11(10) ack 1\n+0.1 < . 1:1(0) ack 11 win 1000\n"
    assert play(text + f"+0 %{{ assert {assertion} }}%\n")[0] == status


def test_freebsd_numbers_states_and_counts_windows_in_its_own_way(play):
    said = "+0 %{ assert tcpi_state == TCPS_ESTABLISHED == 4 and tcpi_snd_cwnd == 14600 and tcpi_rcv_space > 65000 }%\n"
    assert play(ACCEPTS + said, "--preset=freebsd")[0] == 0
    assert "it is not so that" in play(ACCEPTS + said.replace("== 4", "== 1"), "--preset=freebsd")[1]
    linux = said.replace("== 4", "== 1").replace("14600", "10")
    assert "'tcpi_rcv_space' in an assertion" in play(ACCEPTS + linux)[1]


def test_socket_options_are_read_as_they_were_set(play):
    for level, name, before, after in (
        ("SOL_SOCKET", "SO_LINGER", "{onoff=0, linger=0}", "{onoff=1, linger=5}"),
        ("SOL_IP", "IP_TTL", "[64]", "[20]"),
        ("IPPROTO_IP", "IP_TOS", "[0]", "[16]"),
        ("IPPROTO_TCP", "TCP_NOOPT", "[0]", "[1]"),
    ):
        socket = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
        set_it = f"+0 setsockopt(3, {level}, {name}, {after}, 8) = 0\n"
        read = f"+0 getsockopt(3, {level}, {name}, %s, [8]) = 0\n"
        assert play(socket + read % before)[0] == 0, name
        assert play(socket + set_it + read % after)[0] == 0, name
        assert play(socket + set_it + read % before)[0] == 1, name


def test_results_may_be_explained_and_listeners_counted(play):
    text = LISTENS + "+0 fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)\n+0 `sockstat -s | grep -c LISTEN | grep 1`\n"
    assert play(text)[0] == 0
    assert play(text.replace("0x2", "0x3"))[0] == 1
    assert "expected 2 in LISTEN, there are 1" in play(text.replace("grep 1", "grep 2"))[1]


def test_the_step_of_timestamps(play):
    text = """\
--tcp_ts_tick_usecs=10000 --tolerance_percent=0
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS
+0 > S 0:0(0) <mss 1460,nop,nop,sackOK,nop,wscale 0,nop,nop,TS val 100 ecr 0>
+1 > S 0:0(0) <mss 1460,nop,nop,sackOK,nop,wscale 0,nop,nop,TS val 200 ecr 0>
"""
    assert play(text)[0] == 0
    assert play(text.replace("=10000", "=1000"))[0] == 1
    assert play(text.replace("=10000", "=1000"), "--relax=ts")[0] == 1  # the script wins
    assert play(text.replace("=10000", "=0"))[0] == 0
    assert "not supported: option --tcp_ts_tick_usecs=10" in play(text.replace("=10000", "=10"))[1]


def test_presets(play):
    syns = LISTENS.replace("+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n", """\
+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 connect(3, ..., ...) = -1 EINPROGRESS
+0 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
+1 > S 0:0(0) <...>
""")
    assert play(syns, "--preset=linux")[0] == 0
    assert play(syns, "--preset", "rfc9293")[0] == 1
    assert play(syns)[0] == 1


@pytest.mark.parametrize(
    "options, message",
    [
        (["--preset=windows"], "--preset is rfc9293, linux, freebsd or textbook, not 'windows'"),
        (["--ip-version=5"], "--ip-version is ipv4 or ipv6, not '5'"),
        (["--relax=all"], "--relax takes order, window, ts and sizes, not 'all'"),
        (["-j", "0"], "-j takes a number from 1 to 1000, not '0'"),
        (["--strict-tail=long"], "--strict-tail takes seconds from 0 to 86400, not 'long'"),
        (["--strict-tail="], "--strict-tail takes seconds from 0 to 86400, not ''"),
        (["--strict-tail=-1"], "--strict-tail takes seconds from 0 to 86400, not '-1'"),
        (["--loud"], "there is no option '--loud'; see --help"),
    ],
)
def test_wrong_usage(play, options, message):
    assert play(RIGHT, *options) == (2, f"packetdrill: {message}.\n")


def test_a_script_that_is_not_there(play):
    status, output = play(RIGHT, "elsewhere.pkt")
    assert status == 1
    assert "elsewhere.pkt: cannot be read: No such file or directory" in output


def test_a_run_folder_of_each_script(play, tmp_path):
    assert play(RIGHT, "--trace=runs")[0] == 0
    folder = tmp_path / "runs" / "script"
    assert (folder / "manifest.json").is_file()
    assert "T12" in (folder / "transitions.csv").read_text(encoding="ascii")


def test_two_scripts_do_not_share_a_run_folder(play, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "script.pkt").write_text(RIGHT, encoding="ascii")
    told = "packetdrill: --trace has one folder for other/script.pkt and script.pkt, runs/script; play them apart.\n"
    assert play(RIGHT, "--trace=runs", "other") == (2, told)
    assert not (tmp_path / "runs").exists()
    assert play(RIGHT, "other")[0] == 0
