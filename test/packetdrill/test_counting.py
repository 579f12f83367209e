"""How --summary counts scripts by why they have ended."""

from test_language import RIGHT


def test_scripts_are_counted_by_why_they_have_ended(play, tmp_path):
    changes = {
        "a": ("", ""),
        "b": ("ack 1\n+1 >", "ack 2\n+1 >"),
        "c": ("ack 1\n+0.1 <", "ack 3\n+0.1 <"),
        "d": ("> P. 1:101(100)", "> F. 1:101(100)"),
        "e": ("+0 accept", "+0 `tc qdisc show`\n+0 accept"),
        "f": ("+0 accept", "+0 `tc qdisc add dev tun0`\n+0 accept"),
        "g": ("+0 accept", "+0 epoll_create(1) = 5\n+0 accept"),
        "h": ("1 ECONNRESET", "1 EPIPE"),
    }
    for name, (old, new) in changes.items():
        assert old in RIGHT
        (tmp_path / f"{name}.pkt").write_text(RIGHT.replace(old, new, 1), encoding="ascii")
    status, output = play(RIGHT, "--summary", *(f"{name}.pkt" for name in changes), "i.pkt")
    assert status == 1
    assert output.splitlines()[-8:] == [
        "     2  passed",
        "     2  not supported: command tc",
        "     1  not supported: system call epoll_create",
        "     2  failed: acknowledgment number differs",
        "     1  failed: cannot be read: No such file or directory",
        "     1  failed: flags differ",
        "     1  failed: the result of read differs",
        "2 passed, 5 failed, 3 skipped",
    ]
    assert "not supported" not in play(RIGHT, *(f"{name}.pkt" for name in "ab"))[1]
