"""Commands as the public suites write them: known words are interpreted, whatever surrounds them as in a shell."""

import pytest

LISTENS = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
SYN = "+0 < S 0:0(0) win 65535 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 3>\n"
PLAIN = "+0 > S. 0:0(0) ack 1 <mss 1460>\n"
PASSES = (0, "1 passed, 0 failed, 0 skipped\n")


@pytest.mark.parametrize(
    "command",
    [
        "sysctl -w net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0 net.ipv4.tcp_window_scaling=0",
        "sysctl -q net.ipv4.tcp_sack=0 ; sysctl -e -q net/ipv4/tcp_timestamps=0;sysctl net.ipv4.tcp_window_scaling=0;",
        "sysctl net.ipv4.tcp_sack=0 && sysctl net.ipv4.tcp_timestamps=0\n\n  sysctl net.ipv4.tcp_window_scaling=0 # off",
        "sysctl net.ipv4.tcp_sack=0 \\\n  net.ipv4.tcp_timestamps=0 \\\n net.ipv4.tcp_window_scaling=0 > /dev/null 2>&1",
        "sysctl net.ipv4.tcp_sack='0' \"net.ipv4.tcp_timestamps=0\" net.ipv4.tcp_window_scaling=0 2>/dev/null",
        "../common/set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0 \\\n /proc/sys/net/ipv4/tcp_timestamps=0 "
        "/proc/sys/net/ipv4/tcp_window_scaling=0",
    ],
)
def test_settings_may_be_written_in_many_ways(play, command):
    assert play(f"`{command}`\n" + LISTENS + SYN + PLAIN) == PASSES
    assert play(LISTENS + SYN + PLAIN)[0] == 1


def test_a_comment_hides_the_rest_of_its_line(play):
    text = "`sysctl net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0 # net.ipv4.tcp_window_scaling=0\n`\n"
    assert "options differ: <mss 1460,nop,wscale" in play(text + LISTENS + SYN + PLAIN)[1]


def test_what_set_sysctls_has_set_is_restored(play):
    text = "`../common/set_sysctls.py /proc/sys/net/ipv4/tcp_sack=0`\n" + LISTENS
    restored = text + "`/tmp/sysctl_restore_${PPID}.sh`\n+0 close(3) = 0\n" + LISTENS.replace("0 socket", "+0 socket", 1)
    sack = "+0 < S 0:0(0) win 65535 <mss 1460,sackOK>\n+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>\n"
    assert play(text + sack)[0] == 1
    assert play(restored + sack) == PASSES
    assert play("`/tmp/sysctl_restore_${PPID}.sh`\n" + LISTENS + sack) == PASSES  # there was nothing to restore


def test_the_defaults_of_the_linux_suite(play):
    offer = "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 1 ecr 1,nop,wscale 8>\n"
    for folder in ("", "../common/", "../../common/"):
        assert play(f"`{folder}defaults.sh`\n" + LISTENS + SYN + offer, "--preset=linux") == PASSES
    assert play(f"`defaults.sh loud`\n" + LISTENS)[0] == 77


def test_what_is_set_for_the_host_counts_for_what_comes_later(play):
    refused = "+0 < S 0:0(0) win 65535 <mss 1460>\n+0 > R. 0:0(0) ack 1 win 0\n"
    text = "0 close(3) = -1 EBADF\n" + refused + "+0 `sysctl -w net.inet.tcp.blackhole=%d`\n+0 < S 0:0(0) win 65535\n"
    assert play(text % 1, "--strict-tail") == PASSES
    assert "a packet after the last line: > R. 0:0(0) ack 1 win 0" in play(text % 0, "--strict-tail")[1]
    dropped = LISTENS + "+0 `sysctl -w net.inet.tcp.drop_synfin=%d`\n+0 < SF 0:0(0) win 65535 <mss 1460>\n"
    assert play(dropped % 1, "--strict-tail") == PASSES
    assert play(dropped % 0, "--strict-tail")[0] == 1


COUNTED = LISTENS + """\
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <...>
+0 `%s`
"""


@pytest.mark.parametrize(
    "pipeline, status",
    [
        ("sockstat -4 -P tcp -s | grep packetdril | grep -c SYN_RCVD | grep 1", 0),
        ("sockstat -4 -P tcp -s | grep packetdril | grep -c SYN_RCVD | grep 0", 1),
        ("netstat -n | grep SYN_RCVD | grep packetdrill | grep -c packet | grep 1", 0),
        ("netstat -n | grep SYN_RCVD | grep -c packet | grep -w 2", 1),
        ("netstat -n | grep SYN_RCVD", 0),
        ("netstat -n | grep TIME_WAIT", 1),
        ("netstat -n | grep -c LISTEN | grep 1", 0),
        ("netstat -n | grep -c CLOSED | grep 0", 0),
        ("netstat -n | grep -c CLOSED | grep 1", 1),
        ("netstat -n | grep SYN_RCVD | grep LISTEN", 77),
        ("netstat -n | grep -c SYN_RCVD", 77),
        ("netstat -n | wc -l", 77),
    ],
)
def test_sockets_are_counted_by_state(play, pipeline, status):
    assert play(COUNTED % pipeline)[0] == status


def test_a_socket_that_was_never_connected_is_closed(play):
    opened = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 `netstat -n | grep -c CLOSED | grep %d`\n"
    assert play(opened % 1) == PASSES
    assert play(opened % 0)[0] == 1
