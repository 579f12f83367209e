"""The text ladder. After a wanted change: LIFECYCLE_GOLDEN_WRITE=1 pytest test/analysis, then read the diff."""

from __future__ import annotations

import json
import os
from pathlib import Path

import folders
import pytest

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("name,options", [("lifecycle", []), ("lifecycle-ascii", ["--ascii", "--interval", "2:"])])
def test_golden(life, name, options):
    from analysis.connection import parse_interval
    from analysis.ladder import ladder
    from analysis.ladder_text import ladder_text
    from analysis.run_folder import RunFolder

    interval = parse_interval(options[2] if options else None)
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
        stream.write(f"64.000000000,client-1,2,tx,900,{folders.C},{folders.S},S,777,,0,65535,,new\n")
    _, first, _ = analysis("ladder", life, "--connection", "client-1:1")
    _, second, _ = analysis("ladder", life, "--connection", "client-1:2")
    assert "64.000" not in first and "TIME-WAIT" in first
    assert "ISN 777" in second and "seq 0" in second and "TIME-WAIT" not in second


def test_the_servers_end_gives_the_same_ladder(life, analysis):
    _, ours, _ = analysis("ladder", life)
    _, theirs, _ = analysis("ladder", life, "--connection", "server:2")
    assert ours.splitlines()[1:] == theirs.splitlines()[1:]


def model(path: Path, connection: str | None = None, from_s: float = float("-inf"), to_s: float = float("inf")):
    from analysis.ladder import ladder
    from analysis.run_folder import RunFolder

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
    assert it.notes == ["6 segments that are on their way at an edge of the interval are left out"]


def test_an_answer_is_no_retransmission_by_a_timer_however_far_one_zooms(tmp_path):
    w = folders.Writer()
    w.send(0, "client-1", "S", 0, reason="retransmission", flight=10**7)
    w.send(10**7, "server", "S.", 0, 1, reason="retransmission")
    assert [a.timed for a in model(w.write(tmp_path / "run"), None, 0.005).arrows] == [False]


def ends_at(life: Path, end_s: float | None, **parameters) -> list[str]:
    """What is said of the FIN that comes at 3.170 s, to an end in TIME-WAIT since 2.170 s, where that ends at `end_s`."""
    folder = folders.lifecycle(life, parameters={"msl": "30s", **parameters})
    file = folder / "transitions.csv"
    kept = [line for line in file.read_text().splitlines(keepends=True) if not line.startswith("63.170000000,client-1")]
    last = "" if end_s is None else f"{end_s:.9f},client-1,1,{folders.C},{folders.S},TIME-WAIT,CLOSED,T30,timer 2MSL\n"
    file.write_text("".join(kept) + last)
    return [again.text for again in model(folder).again]


RESTARTS, NOTHING = ["FIN again: 2MSL restarts"], ["FIN again"]


@pytest.mark.parametrize(("factor", "length_s"), [("2", 60), ("1", 30), ("4", 120), ("0.5", 15)])
def test_a_fin_restarts_time_wait_of_whatever_length(life, factor, length_s):
    given = {"time-wait-factor": factor}
    assert ends_at(life, 3.17 + length_s, **given) == RESTARTS
    assert ends_at(life, 2.17 + length_s, **given) == NOTHING  # it ended on time, and so was not started anew
    assert ends_at(life, 2.17 + length_s, **given, **{"time-wait-restart": "false"}) == NOTHING
    assert ends_at(life, None, **given) == RESTARTS  # the run ended before
    assert ends_at(life, None, **given, **{"time-wait-restart": "false"}) == NOTHING


def test_what_nobody_tells_restarts_nothing(life):
    """Without MSL, as an own program may leave it, the length is unknown; a FIN that is discarded changes nothing."""
    assert [again.text for again in model(folders.lifecycle(life, parameters={})).again] == NOTHING
    file = folders.lifecycle(life) / "segments.csv"
    row = next(line for line in file.read_text().splitlines(keepends=True) if line.startswith("3.170000000,client-1,1,rx"))
    file.write_text(file.read_text().replace(row, row + row.replace(",rx,", ",drop,").replace(",\n", ",bad checksum\n")))
    assert [again.text for again in model(life).again] == NOTHING


CONNECTIONS = (
    "host,connection,local,remote,role,opened_s,established_s,closed_s,reason,octets_sent,octets_received,"
    "retransmissions,closed_first\n"
)


def test_a_crash_ends_a_connection_without_a_transition(tmp_path, analysis):
    """The row of connections.csv tells; what then arrives is dropped without being received."""
    w = folders.Writer()
    w.change(0, "server", "SYN-RECEIVED", "ESTABLISHED", "T12", "seg ACK")
    w.send(10**9, "client-1", ".", 1, 1, reason="keepalive", fate="")
    ends = f"{folders.S},{folders.C}"
    w._add("segments", 1_010_000_000, f"server,0,drop,1,{ends},.,4294967201,1000001,0,65535,,host is down")
    folder = w.write(tmp_path / "run")
    crash = f"server,2,{folders.S},{folders.C},passive,0.0,0.0,0.500000000,crash,0,0,0,none\n"
    (folder / "connections.csv").write_text(CONNECTIONS + crash)
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
    it = model(w.write(tmp_path / "run", stack="stock"))
    assert it.addresses == (folders.C, folders.S) and [c.after for c in it.changes] == ["SYN-SENT"]
    assert [(a.numbers.split(",")[0], a.arrived_s, a.lost) for a in it.arrows] == [
        ("seq 1:537", 0.02, None), ("seq 537:1001", None, "rule: drop"),
    ]  # fmt: skip


def test_what_the_link_held_back_says_so(tmp_path, analysis):
    w = folders.Writer()
    w.send(0, "client-1", "S", 0, fate="held", flight=10**9, dup_flight=2 * 10**9)
    w.send(10**9, "server", "S.", 0, 1)
    folder = w.write(tmp_path / "run")
    assert [(a.held, a.duplicate) for a in model(folder).arrows] == [(True, False), (True, True), (False, False)]
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
    from analysis.ladder import relative

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


def folders_manifest(path: Path, record: list[str]) -> None:
    import json

    (path / "manifest.json").write_text(json.dumps(folders.manifest(record=record)))


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
    assert "still under way" not in out
    assert f"ISN {folders.ISN['client-1']}" in out  # from its SYN, as it arrived
    assert "Flags [S], seq 0" in out and "Flags [S.], seq 0, ack 1" in out
