"""The text ladder. After a wanted change: LIFECYCLE_GOLDEN_WRITE=1 pytest test/analysis, then read the diff."""

from __future__ import annotations

import json
import os
from pathlib import Path

import folders
import pytest

from analysis.base.ladder import pause

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("name,options", [("lifecycle", []), ("lifecycle-ascii", ["--ascii", "--interval", "2:"])])
def test_golden(life, name, options):
    from analysis.base.connection import parse_interval
    from analysis.base.ladder import ladder
    from analysis.base.ladder_text import ladder_text
    from analysis.base.run_folder import RunFolder

    interval = parse_interval(options[2] if options else ":")
    text = ladder_text(ladder(RunFolder(life), None, interval), 110, ascii_only=bool(options))
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("LIFECYCLE_GOLDEN_WRITE"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")
    assert not options or text.isascii()


def test_no_line_is_wider_than_asked(life, analysis):
    for width in (80, 100, 140):
        status, out, _ = analysis("ladder", life, "--width", width)
        assert status == 0
        assert max(map(len, out.splitlines())) <= width


def test_says_which_connection_and_how_to_choose_another(life, analysis):
    more = "64.000000000,client-1,2,10.1.0.1:50000,10.1.0.2:80,CLOSED,SYN-SENT,T02,active OPEN\n"
    with (life / "transitions.csv").open("a") as stream:
        stream.write(more)
    status, out, _ = analysis("ladder", life)
    assert status == 0
    told = "of 2 the one with most to tell (3 lost, 3 sent again)"
    assert out.startswith(f"connection 1 of client-1, {told}; choose another with --connection HOST:N\n")
    _, out, _ = analysis("ladder", life, "--connection", "client-1:2")
    assert "10.1.0.1:50000" in out and out.startswith("connection 2 of client-1\n")


def test_each_incarnation_is_a_ladder_of_its_own(life, analysis):
    """The same addresses and ports again, later: numbers are relative to the new initial sequence number."""
    with (life / "transitions.csv").open("a") as stream:
        stream.write(f"64.000000000,client-1,2,{folders.C},{folders.S},CLOSED,SYN-SENT,T02,active OPEN\n")
    with (life / "segments.csv").open("a") as stream:
        stream.write(f"64.000000000,client-1,2,tx,900,{folders.C},{folders.S},S,777,,0,65535,,new,\n")
    _, first, _ = analysis("ladder", life, "--connection", "client-1:1")
    _, second, _ = analysis("ladder", life, "--connection", "client-1:2")
    assert "64.000" not in first and "TIME-WAIT" in first
    assert "ISN 777" in second and "seq 0" in second and "TIME-WAIT" not in second


def test_the_servers_end_gives_the_same_ladder(life, analysis):
    _, ours, _ = analysis("ladder", life)
    _, theirs, _ = analysis("ladder", life, "--connection", "server:2")
    assert ours.splitlines()[1:] == theirs.splitlines()[1:]


def folders_manifest(path: Path, record: list[str]) -> None:
    (path / "manifest.json").write_text(json.dumps(folders.manifest(record=record)))


def model(path: Path, connection: str | None = None, from_s: float = float("-inf"), to_s: float = float("inf")):
    from analysis.base.ladder import ladder
    from analysis.base.run_folder import RunFolder

    return ladder(RunFolder(path), connection, (from_s, to_s))


@pytest.mark.parametrize("connection", [None, "server:2"])
@pytest.mark.parametrize("what", ["both", "segments", "transitions"])
def test_who_opened_stands_left_whatever_is_shown(life, connection, what):
    """The interval from 1.05 s on begins with what the server sends."""
    if what != "both":
        (life / f"{'segments' if what == 'transitions' else 'transitions'}.csv").unlink()
        folders_manifest(life, [what])
    for from_s in (float("-inf"), 1.05, 1.061, 2.05, 2.09, 3.1):
        it = model(life, connection, from_s)
        assert it.names == ("client-1", "server") and it.addresses == (folders.C, folders.S), from_s


def test_zooming_changes_nothing_but_what_is_shown(life):
    """What a segment answers may lie outside the interval: it is no less an answer for that."""
    whole = model(life)
    for from_s in [t + 1e-6 for t in whole.times_s()[:-1]]:
        it = model(life, None, from_s)
        assert [a for a in it.arrows] == [a for a in whole.arrows if a.sent_s >= from_s]
        assert it.changes == [c for c in whole.changes if c.time_s >= from_s]
        assert it.again == [x for x in whole.again if x.time_s >= from_s]


def test_what_crosses_an_edge_of_the_interval_is_left_out_and_counted(life):
    """1.050 to 1.070: four copies are on their way at its beginning, two ACKs at its end."""
    it = model(life, None, 1.05, 1.07)
    assert it.arrows == [] and len(it.changes) == 1
    assert it.notes == ["6 segments on the way at an edge of the interval are left out"]


def test_an_answer_is_no_retransmission_by_a_timer_however_far_one_zooms(tmp_path):
    w = folders.Writer()
    w.send(0, "client-1", "S", 0, reason="retransmission", flight=10**7)
    w.send(10**7, "server", "S.", 0, 1, reason="retransmission")
    assert [a.timed for a in model(w.write(tmp_path / "run"), None, 0.005).arrows] == [False]


def test_timers_tell_whether_a_fin_restarts_time_wait(life):
    """Whatever the machine, and however long TIME-WAIT lasts: nobody works it out."""
    assert [(x.time_s, x.text) for x in model(life).again] == [(3.17, "FIN again: 2MSL restarts")]
    file = life / "timers.csv"
    file.write_text(file.read_text().replace("restarted", "armed"))
    assert [x.text for x in model(life).again] == ["FIN again"]
    file.unlink()
    assert [x.text for x in model(life).again] == ["FIN again"]
    assert model(life).notes == ["whether a repeated FIN restarts 2MSL is not known: timers were not recorded"]


def test_a_restart_is_told_without_segments(life):
    (life / "segments.csv").unlink()
    folders_manifest(life, ["transitions", "timers"])
    assert [(x.time_s, x.text) for x in model(life).again] == [(3.17, "2MSL restarts")]
    (life / "timers.csv").write_text(folders.TIMERS + f"3.170000000,client-1,9,10.1.0.1:5,{folders.S},time-wait,restarted,63.170000000\n")
    assert model(life).again == []  # another connection's


def test_a_crash_ends_a_connection_without_a_transition(tmp_path, analysis):
    """The row of connections.csv tells; what then arrives is dropped without being received."""
    w = folders.Writer()
    w.change(0, "server", "SYN-RECEIVED", "ESTABLISHED", "T12", "seg ACK")
    w.send(10**9, "client-1", ".", 1, 1, reason="keepalive", fate="")
    ends = f"{folders.S},{folders.C}"
    w._add("segments", 1_010_000_000, f"server,0,drop,1,{ends},.,4294967201,1000001,0,65535,,host is down,")
    folder = w.write(tmp_path / "run")
    crash = f"server,2,{folders.S},{folders.C},passive,0.0,0.0,0.500000000,crash,0,0,0,none\n"
    (folder / "connections.csv").write_text(folders.CONNECTIONS + crash)
    it = model(folder)
    assert [(c.time_s, c.before, c.after, c.cause) for c in it.changes][1:] == [(0.5, "ESTABLISHED", "CLOSED", "crash")]
    assert [(a.arrived_s, a.dropped, a.timed) for a in it.arrows] == [(1.01, "host is down", True)]
    _, out, _ = analysis("ladder", folder)
    assert " crash ┃ CLOSED" in out and "crash ()" not in out


def test_what_answers_a_segment_was_not_sent_by_a_timer(tmp_path):
    w = folders.Writer()
    w.send(0, "client-1", "S", 0, reason="retransmission", flight=10**7)
    w.send(10**7, "server", "S.", 0, 1, reason="retransmission")
    assert [a.timed for a in model(w.write(tmp_path / "run")).arrows] == [True, False]


def test_a_wildcard_address_and_parts_that_share_a_number(tmp_path, analysis):
    """ns-3's own TCP: the socket does not know its address at first, and the parts of one write are one packet."""
    w = folders.Writer()
    w.send(0, "client-1", ".", 1, 1, 536)
    w.packets -= 1
    w.send(1_000_000, "client-1", ".", 537, 1, 464, fate="lost")
    w._add("transitions", 0, f"client-1,1,0.0.0.0:49152,{folders.S},CLOSED,SYN-SENT,,")
    it = model(w.write(tmp_path / "run", **folders.STOCK))
    assert it.addresses == (folders.C, folders.S) and [c.after for c in it.changes] == ["SYN-SENT"]
    assert [(a.numbers.split(",")[0], a.arrived_s, a.lost) for a in it.arrows] == [
        ("seq 1:537", 0.02, None), ("seq 537:1001", None, "rule: drop"),
    ]  # fmt: skip


def test_what_the_link_held_back_says_so(tmp_path, analysis):
    w = folders.Writer()
    w.send(0, "client-1", "S", 0, fate="held", flight=10**9, dup_flight=2 * 10**9)
    w.send(10**9, "server", "S.", 0, 1)
    folder = w.write(tmp_path / "run")
    assert [(a.held, a.duplicate) for a in model(folder).arrows] == [("rule: delay", False), ("rule: delay", True), ("", False)]
    _, out, _ = analysis("ladder", folder)
    assert out.count("length 0 (held back)") == 1 and out.count("length 0 (held back, duplicate)") == 1


def test_the_arrow_shows_the_direction_of_a_rule(life):
    file = life / "segments.csv"
    file.write_text(file.read_text().replace("rule: drop", "rule: client->server: drop 1st SYN"))
    assert {a.lost for a in model(life).arrows} == {None, "rule: drop 1st SYN"}


def test_a_host_with_several_addresses_has_one_name(life):
    text = (life / "manifest.json").read_text()
    (life / "manifest.json").write_text(text.replace("10.1.0.2", "10.1.0.99"))
    assert model(life).names == ("client-1", "server")


def test_sequence_numbers_wrap():
    from analysis.base.ladder import relative

    assert relative(5, 2**32 - 10) == 15
    assert relative(2**32 - 10, 5) == -15
    assert relative(7, None) == 7


def test_a_ladder_without_segments_or_without_transitions(life, analysis):
    (life / "segments.csv").unlink()
    folders_manifest(life, ["transitions"])
    status, out, _ = analysis("ladder", life)
    assert status == 0 and "segments were not recorded" in out and "TIME-WAIT" in out


def test_a_ladder_without_transitions(life, analysis):
    (life / "transitions.csv").unlink()
    folders_manifest(life, ["segments"])
    status, out, _ = analysis("ladder", life)
    assert status == 0 and "transitions were not recorded" in out and "Flags [S.]" in out


def test_an_end_outside_the_simulation_is_shown_by_what_is_seen_of_it(life, analysis):
    """As live-peer records: one host, whose peer is a real machine."""
    manifest = json.loads((life / "manifest.json").read_text())
    manifest["hosts"] = [host for host in manifest["hosts"] if host["name"] == "server"]
    (life / "manifest.json").write_text(json.dumps(manifest))
    for name in ("transitions", "segments"):
        header, *rows = (life / f"{name}.csv").read_text().splitlines(keepends=True)
        ours = [row for row in rows if row.split(",")[1] == "server"]
        (life / f"{name}.csv").write_text(header + "".join(ours))
    status, out, _ = analysis("ladder", life)
    assert status == 0
    assert f"{folders.C} was not recorded" in out
    assert "not seen to arrive" not in out
    assert f"ISN {folders.ISN['client-1']}" in out  # from its SYN, as it arrived
    assert "Flags [S], seq 0" in out and "Flags [S.], seq 0, ack 1" in out


# ---- addresses


def at_second_address(path: Path, local: str = "0.0.0.0", **changes) -> Path:
    """A client of two addresses, with ns-3's own TCP, opens by the second; the socket does not know that at first."""
    w = folders.Writer()
    w.change(0, "client-1", "CLOSED", "SYN-SENT", "", "")
    w.send(0, "client-1", "S", 0)
    w.send(20_000_000, "server", "S.", 0, 1)
    folder = w.write(path, hosts=[folders.host("server", "10.1.0.2", "10.1.0.6"), folders.host("client-1", "10.1.0.9", "10.1.0.1")],
                     **folders.STOCK, **changes)  # fmt: skip
    file = folder / "transitions.csv"
    file.write_text(file.read_text().replace("10.1.0.1:", f"{local}:"))
    return folder


@pytest.mark.parametrize("local", ["0.0.0.0", "10.1.0.1"])
def test_a_host_of_two_addresses_is_one_host(tmp_path, local):
    """Nobody was not recorded, no segment is there twice, and each end has its own ISN."""
    it = model(at_second_address(tmp_path / "run", local))
    assert (it.names, it.addresses, it.notes) == (("client-1", "server"), (folders.C, folders.S), [])
    assert it.isn == (folders.ISN["client-1"], folders.ISN["server"])
    assert [(a.side, a.flags) for a in it.arrows] == [(0, "S"), (1, "S.")] and [c.after for c in it.changes] == ["SYN-SENT"]


def test_a_second_address_that_only_receives_was_recorded(tmp_path):
    """The server of two addresses is called by the second, and never answers."""
    w = folders.Writer()
    w.send(0, "client-1", "S", 0, fate="lost")
    w.send(10**9, "client-1", "S", 0, reason="retransmission", fate="lost")
    it = model(w.write(tmp_path / "run", hosts=[folders.host("server", "10.9.0.2", "10.1.0.2"), folders.host("client-1", "10.1.0.1")]))
    assert it.names == ("client-1", "server") and it.notes == [] and len(it.arrows) == 2


def test_a_wildcard_of_which_no_packet_tells_is_the_first_address(tmp_path):
    folder = at_second_address(tmp_path / "run", record=["transitions"])
    (folder / "segments.csv").unlink()
    assert model(folder).addresses == ("10.1.0.9:49152", folders.S)


def test_a_wildcard_of_ipv6(tmp_path):
    folder = at_second_address(tmp_path / "run", local="[::]")
    for file in ("transitions.csv", "segments.csv", "manifest.json"):
        text = (folder / file).read_text()
        for old, new in (("10.1.0.1", "2001:db8::1"), ("10.1.0.2", "2001:db8::2"), ("10.1.0.9", "2001:db8::9"), ("10.1.0.6", "2001:db8::6")):
            text = text.replace(f"{old}:", f"[{new}]:").replace(old, new)
        (folder / file).write_text(text)
    it = model(folder)
    assert (it.names, it.addresses) == (("client-1", "server"), ("[2001:db8::1]:49152", "[2001:db8::2]:80"))
    assert len(it.arrows) == 2 and it.notes == []


# ---- what became of a segment


@pytest.mark.parametrize(("sent", "lost", "said"), [
    ({"fate": ""}, None, "not seen to arrive by the end"),
    ({"fate": "held for good"}, None, "held back by rule: delay"),
    ({"fate": "lost"}, "rule: drop", "rule: drop"),
    ({"fate": "lost", "why": "loss"}, "loss", "loss"),
    ({"fate": "lost", "why": ""}, "lost", ""),
    ({"fate": "lost", "why": "queue"}, "queue full", "queue full"),
    ({"fate": "lost", "why": "queue", "where": "router/1"}, "queue full at router/1", "queue full at router/1"),
    ({"fate": "lost", "why": "receive error", "where": "server/1"}, "receive error at server/1", "receive error at server/1"),
    ({"fate": "lost", "why": "no route", "where": "router"}, "no route at router", "no route at router"),
    ({"fate": "lost", "why": "TTL expired", "where": "node-3"}, "TTL expired at node-3", "TTL expired at node-3"),
])  # fmt: skip
def test_an_arrow_says_what_the_run_tells_and_no_more(tmp_path, analysis, sent, lost, said):
    w = folders.Writer()
    w.send(0, "server", ".", 1, 1, reason="ack")
    w.send(10**9, "client-1", "S", 0, **sent)
    folder = w.write(tmp_path / "run")
    _, arrow = model(folder).arrows
    assert (arrow.arrived_s, arrow.lost) == (None, lost)
    _, out, _ = analysis("ladder", folder, "--width", "80")
    assert ("×" in out) == (lost is not None)
    assert said in out and ("not seen to arrive" in out) == (said == "not seen to arrive by the end")


def test_what_was_damaged_is_not_lost_unless_a_row_says_so(tmp_path):
    w = folders.Writer()
    w.send(0, "client-1", "S", 0, fate="")
    w._add("segments", 0, f"client-1,1,corrupt,1,{folders.C},{folders.S},S,4294967200,,0,65535,,corrupt,link")
    (arrow,) = model(w.write(tmp_path / "run")).arrows
    assert arrow.lost is None and arrow.fate == "corrupt, not seen to arrive by the end"


# ---- an end without a connection


def with_listener(folder: Path, *rows: str) -> Path:
    """`rows` of listeners at the server: from when to when, and why it ended."""
    lines = [f"server,{i},0.0.0.0:80,*,listener,{a},,{b},{why},0,0,0,none\n" for i, (a, b, why) in enumerate(map(str.split, rows), 7)]
    lines = [line.replace(",-,", ",,") for line in lines]
    (folder / "connections.csv").write_text(folders.CONNECTIONS + "".join(lines))
    return folder


def states(folder: Path, side: int = 1, **how) -> list[str]:
    """What an end is in, from when on, and why."""
    it = model(folder, **how)
    return [it.initial[side]] + [f"{c.time_s:g} {c.after}: {c.cause}" for c in it.changes if c.side == side]


def test_a_dropped_syn_leaves_a_listener(tmp_path):
    """The SYN queue is full."""
    w = folders.Writer()
    w.change(10**9, "client-1", "CLOSED", "SYN-SENT", "T02", "active OPEN")
    w.send(10**9, "client-1", "S", 0, drop="SYN queue full")
    folder = w.write(tmp_path / "run")
    assert states(folder) == ["CLOSED"]  # nobody tells of a listener
    assert states(with_listener(folder, "0.5 - open")) == ["LISTEN"]
    assert states(with_listener(folder, "0.5 0.9 normal")) == ["CLOSED"]
    assert states(with_listener(folder, "1.01 - open")) == ["CLOSED", "1.01 LISTEN: passive OPEN"]
    text = (folder / "connections.csv").read_text()
    for other in ("client-1,7,0.0.0.0:80", "server,7,0.0.0.0:81", "server,7,10.1.0.6:80"):
        (folder / "connections.csv").write_text(text.replace("server,7,0.0.0.0:80", other).replace("1.01", "0.5"))
        assert states(folder) == ["CLOSED"], other
    (folder / "connections.csv").write_text(text.replace("0.0.0.0:80", folders.S).replace("1.01", "0.5"))
    assert states(folder) == ["LISTEN"]


def test_a_reset_connection_is_closed_and_the_listener_stays(tmp_path):
    w = folders.Writer()
    w.change(10**9, "client-1", "CLOSED", "SYN-SENT", "T02", "active OPEN")
    w.send(10**9, "client-1", "S", 0)
    w.change(1_020_000_000, "server", "LISTEN", "SYN-RECEIVED", "T03", "seg SYN")
    w.send(1_020_000_000, "client-1", "R", 1)
    w.change(1_040_000_000, "server", "SYN-RECEIVED", "CLOSED", "T40.SR", "seg RST")
    folder = with_listener(w.write(tmp_path / "run"), "0 - open")
    reset = ["LISTEN", "1.02 SYN-RECEIVED: seg SYN", "1.04 CLOSED: seg RST"]
    assert states(folder) == [*reset, "1.04 LISTEN: still listening"]
    assert states(with_listener(folder, "0 1.03 normal")) == reset
    assert model(folder).state_changes() == 3


def rebooted(tmp_path: Path) -> Path:
    """The server crashes at 2 s and is back at 3 s; the client's data at 4 s is answered by RST."""
    w = folders.Writer()
    w.change(10**9, "server", "LISTEN", "SYN-RECEIVED", "T03", "seg SYN")
    w.change(1_100_000_000, "server", "SYN-RECEIVED", "ESTABLISHED", "T12", "seg ACK")
    w.send(4 * 10**9, "client-1", "P.", 1, 1, 10)
    w.send(4_020_000_000, "server", "R", 1)
    folder = with_listener(w.write(tmp_path / "run"), "0 2 crash", "3 - open")
    with (folder / "connections.csv").open("a") as stream:
        stream.write(f"server,2,{folders.S},{folders.C},passive,1.0,1.1,2.0,crash,0,0,0,none\n")
    return folder


def test_a_server_that_has_rebooted_listens(tmp_path):
    before = ["LISTEN", "1 SYN-RECEIVED: seg SYN", "1.1 ESTABLISHED: seg ACK", "2 CLOSED: crash"]
    folder = rebooted(tmp_path)
    assert states(folder) == [*before, "3 LISTEN: passive OPEN"]
    assert states(folder, from_s=3.5) == ["LISTEN"]
    text = (folder / "connections.csv").read_text()
    (folder / "connections.csv").write_text(text.replace("*,listener,3,", "*,listener,2,"))  # back at once
    assert states(folder) == [*before, "2 LISTEN: passive OPEN"]
    (folder / "connections.csv").write_text(text)
    assert states(with_listener(folder, "0 2 crash")) == before[:3]  # that connection has no row now


def test_a_reboot_without_a_connection(tmp_path):
    w = folders.Writer()
    for at in (1, 5, 9):
        w.send(at * 10**9, "client-1", "S", 0)
    w.change(9 * 10**9, "client-1", "SYN-SENT", "CLOSED", "T43.SS", "timer R2")
    folder = with_listener(w.write(tmp_path / "run"), "0 2 crash", "6 20 normal")
    assert states(folder) == ["LISTEN", "2 CLOSED: crash", "6 LISTEN: passive OPEN"]  # what comes after all else is not shown


def test_transitions_tell_of_listeners_where_connections_were_not_recorded(life):
    assert states(life)[0] == "LISTEN" and states(life)[-1] == "3.19 LISTEN: still listening"
    file = life / "transitions.csv"
    closed = f"2.500000000,server,1,{folders.S},*,LISTEN,CLOSED,T04,CLOSE\n"
    rows = file.read_text().splitlines(keepends=True)
    file.write_text("".join([rows[0], *sorted([*rows[1:], closed])]))
    assert states(life)[-1].startswith("3.19 CLOSED")


def test_two_listeners_at_one_end_are_one(tmp_path):
    w = folders.Writer()
    w.send(10**9, "client-1", "S", 0, drop="SYN queue full")
    w.send(5 * 10**9, "client-1", "S", 0, drop="SYN queue full")
    w.change(5 * 10**9, "client-1", "SYN-SENT", "CLOSED", "T43.SS", "timer R2")
    assert states(with_listener(w.write(tmp_path / "run"), "0 3 normal", "2 - open")) == ["LISTEN"]


# ---- rules


def test_rules_that_decided_are_shown_where_they_were_recorded(life, analysis):
    status, out, err = analysis("ladder", life, "--rules")
    assert (status, out) == (2, "") and err == f"ladder: {life}: rules were not recorded; run it again with --record=transitions,segments,rules\n"
    header, *rows = (life / "segments.csv").read_text().splitlines()
    decided = [row + (",P25 P30 R-66" if ",rx," in row else ",") for row in rows]
    (life / "segments.csv").write_text("\n".join([header + ",rules", *decided]) + "\n")
    folders_manifest(life, ["transitions", "segments", "timers", "rules"])
    _, out, _ = analysis("ladder", life)
    assert "P25" not in out
    _, out, _ = analysis("ladder", life, "--rules", "--all")
    received = sum(",rx," in row for row in rows)
    assert out.count("rules: P25 P30 R-66") == received
    assert {a.rules for a in model(life).arrows} == {""}


def test_rules_are_drawn(life, analysis):
    test_rules_that_decided_are_shown_where_they_were_recorded(life, analysis)
    texts = folders.texts_of(folders.figure_of("ladder", life, rules=True).axes[0])
    assert "rules: P25 P30 R-66" in texts and "rules: those by which the receiver decided" in texts


@pytest.mark.parametrize(("seconds", "words"), [(4.2e-9, "4.2 ns"), (0.9996e-3, "1 ms"), (0.0123, "12.3 ms"), (0.99948, "999 ms"),
                                                (0.99952, "1 s"), (3.81, "3.81 s"), (99.96, "100 s"), (7200, "7200 s")])  # fmt: skip
def test_a_pause_has_three_digits_of_the_unit_that_fits(seconds, words):
    assert pause(seconds) == words


def test_states_that_were_not_recorded_are_not_shown(life, analysis):
    manifest = json.loads((life / "manifest.json").read_text())
    manifest["record"].remove("transitions")
    (life / "manifest.json").write_text(json.dumps(manifest))
    (life / "transitions.csv").unlink()
    status, out, err = analysis("ladder", life)
    assert (status, "no states: transitions were not recorded" in out) == (0, True), err
    assert "CLOSED" not in out and "LISTEN" not in out
