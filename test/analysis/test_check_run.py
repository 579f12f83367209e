"""`lab check-run`: one fault in a folder that is right is found where it stands, and what was not recorded is said."""

from __future__ import annotations

import json
from pathlib import Path

import folders
import pytest
from folders import change_manifest, edit

ENDS = "10.1.0.1:49152,10.1.0.2:80"
BACK = "10.1.0.2:80,10.1.0.1:49152"


@pytest.fixture
def right(tmp_path: Path) -> Path:
    """A folder in which nothing is wrong: losses, reordering, a duplicate, and a last ACK that is lost."""
    folder = folders.lifecycle(tmp_path / "right", record=["transitions", "segments", "timers"])
    for _ in range(2):
        edit(folder / "transitions.csv", "CLOSE / shutdown(WR)", "CLOSE")  # as the transition table has it
    return folder


def in_table(name: str, old: str, new: str):
    """The fault: `new` stands for the first `old` of a table, whose last column may be left out."""
    return lambda folder: edit(folder / f"{name}.csv", old, new)


def without_line(name: str, line: int):
    def change(folder: Path) -> None:
        lines = (folder / f"{name}.csv").read_text().splitlines(keepends=True)
        (folder / f"{name}.csv").write_text("".join(lines[: line - 1] + lines[line:]))

    return change


def before_line(name: str, line: int, *rows: str):
    def change(folder: Path) -> None:
        lines = (folder / f"{name}.csv").read_text().splitlines(keepends=True)
        (folder / f"{name}.csv").write_text("".join([*lines[: line - 1], *(row + "\n" for row in rows), *lines[line - 1 :]]))

    return change


def with_attribute(name: str, value: str, *faults):
    def change(folder: Path) -> None:
        for fault in faults:
            fault(folder)
        stacks = json.loads((folder / "manifest.json").read_text())["stacks"]
        stacks[0]["attributes"][name] = value
        change_manifest(folder, stacks=stacks)

    return change


# What is wrong, where it is found, and some words of the sentence.
FAULTS = {
    # transitions.csv
    "no-such-edge": (in_table("transitions", "T08", "T88"), "transitions", 5, "'T88' is no edge of the state graph"),
    "other-edge": (in_table("transitions", "T08,seg SYN+ACK", "T09,seg SYN"), "transitions", 5, "T09 leads from SYN-SENT to SYN-RECEIVED"),
    "other-cause": (in_table("transitions", "T08,seg SYN+ACK", "T08,seg SYN"), "transitions", 5, "not from SYN-SENT to ESTABLISHED by 'seg SYN'"),
    "skipped-state": (without_line("transitions", 9), "transitions", 10, "moves from FIN-WAIT-2 to TIME-WAIT, but it is in FIN-WAIT-1"),
    "begins-late": (without_line("transitions", 3), "segments", 2, "client-1:1 is told of by no transition"),
    "begins-nowhere": (lambda p: [edit(p / "transitions.csv", "CLOSED,SYN-SENT,T02,active OPEN", "SYN-RECEIVED,ESTABLISHED,T12,seg ACK")],
                       "transitions", 3, "begins in SYN-RECEIVED; allowed is CLOSED, LISTEN or TIME-WAIT"),
    "no-listener": (without_line("transitions", 2), "transitions", 3, "comes out of LISTEN, but nobody listens at 10.1.0.2:80"),
    "after-the-end": (before_line("transitions", 13, f"4.000000000,server,2,{BACK},CLOSED,SYN-SENT,T02,active OPEN"),
                      "transitions", 13, "server:2 has ended at 3.190000000 s"),
    "excluded": (in_table("transitions", "ESTABLISHED,T12,seg ACK", "CLOSE-WAIT,T20,seg FIN"), "transitions", 6, "T20 is taken by no machine"),
    "off": (with_attribute("OpenFromListen", "false", before_line("transitions", 3, "0.000000000,server,1,10.1.0.2:80,*,LISTEN,SYN-SENT,T05,active OPEN")),
            "transitions", 3, "takes T05, but OpenFromListen is false"),
    "no-time-wait-before": (in_table("transitions", "LISTEN,SYN-RECEIVED,T03", "TIME-WAIT,SYN-RECEIVED,T31"), "transitions", 4,
                            "comes out of TIME-WAIT, but no connection"),
    # the event that allows a transition
    "syn-never-came": (in_table("segments", "1.020000000,server,2,rx", "1.020000000,server,2,delay"), "segments", 6, "though nothing has arrived"),
    "no-fin-arrived": (in_table("segments", f"rx,13,{BACK},F.", f"rx,13,{BACK},."), "segments", 30, "arrives as [.]"),
    "fin-too-early": (in_table("transitions", "2.120000000,server,2", "2.119000000,server,2"), "transitions", 8, "but no such segment arrives at 2.119"),
    "fin-dropped": (before_line("segments", 31, f"2.120000000,server,2,drop,13,{BACK},F.,155,1000001,0,65535,,bad sequence number,"),
                    "segments", 32, "acknowledges 156, though only what is below 155 has arrived"),
    "own-fin-not-acked": (lambda p: [edit(p / "segments.csv", f"14,{BACK},.,1000001,156", f"14,{BACK},.,1000001,155"),
                                     edit(p / "segments.csv", f"14,{ENDS},.,1000001,156", f"14,{ENDS},.,1000001,155")],
                          "transitions", 9, "takes T24, but no segment acknowledges its FIN, whose number is 155"),
    "own-syn-not-acked": (lambda p: [edit(p / "segments.csv", f"3,{BACK},S.,1000000,4294967201", f"3,{BACK},S.,1000000,4294967200"),
                                     edit(p / "segments.csv", f"3,{ENDS},S.,1000000,4294967201", f"3,{ENDS},S.,1000000,4294967200")],
                          "transitions", 5, "takes T08, but no segment acknowledges its SYN"),
    "no-reset": (in_table("transitions", "LAST-ACK,CLOSED,T29,seg ACK", "LAST-ACK,CLOSED,T41.LA,seg RST"), "transitions", 12, "no such segment arrives"),
    "no-timer": (without_line("timers", 4), "transitions", 13, "no timer time-wait expires at 63.170000000 s"),
    # TIME-WAIT
    "short-time-wait": (lambda p: [edit(p / file, "63.170000000,client-1", "62.170000000,client-1") for file in ("transitions.csv", "timers.csv")],
                        "transitions", 13, "by the last FIN it should at 63.170000000 s"),
    "very-short-time-wait": (lambda p: [edit(p / file, "63.170000000,client-1", "9.170000000,client-1") for file in ("transitions.csv", "timers.csv")],
                             "transitions", 13, "leaves TIME-WAIT at 9.170000000 s, before 62.170000000 s"),
    "no-restart": (without_line("timers", 3), "transitions", 13, "its timer was to expire at 62.170000000 s"),
    "timer-too-long": (in_table("timers", "armed,62.17", "armed,63.17"), "timers", 2, "is to last until 63.170000000 s; 2 MSL from now are over at 62.17"),
    # segments.csv: numbers
    "syn-renumbered": (in_table("segments", f"tx,2,{ENDS},S,4294967200", f"tx,2,{ENDS},S,4294967199"), "segments", 4,
                       "repeats its SYN as number 4294967199, which was 4294967200"),
    "hole": (in_table("segments", f"tx,7,{ENDS},P.,105", f"tx,7,{ENDS},P.,106"), "segments", 12, "sends number 106, though nothing below it from 105 on"),
    "sent-once-more": (before_line("segments", 29, f"2.090000000,client-1,1,tx,19,{ENDS},P.,105,1000001,50,65535,,retransmission,"), "segments", 29,
                       "sends number 105 again, though all below 155 is acknowledged"),
    "fin-renumbered": (in_table("segments", f"tx,17,{BACK},F.,1000001", f"tx,17,{BACK},F.,1000000"), "segments", 37, "again, though all below 1000001"),
    "fin-forgets-text": (in_table("segments", f"tx,13,{ENDS},F.,155", f"tx,13,{ENDS},F.,154"), "segments", 29, "again, though all below 155"),
    "text-behind-fin": (before_line("segments", 32, f"2.130000000,client-1,1,tx,19,{ENDS},P.,155,1000001,9,65535,,retransmission,"), "segments", 32,
                        "sends text up to number 163, though its FIN is number 155"),
    "acks-unsent": (in_table("segments", f"tx,12,{BACK},.,1000001,155", f"tx,12,{BACK},.,1000001,156"), "segments", 27,
                    "acknowledges 156, though only what is below 155 has arrived"),
    "rcv-nxt-back": (in_table("segments", f"tx,14,{BACK},.,1000001,156", f"tx,14,{BACK},.,1000001,154"), "segments", 31, "acknowledges 154, and 155 before"),
    "una-beyond-nxt": (before_line("segments", 29, f"2.080000000,client-1,1,rx,99,10.1.0.1:49152,10.9.9.9:80,.,1000001,999,0,65535,,,"), "segments", 29,
                       "takes the acknowledgment of 999, though it has sent only what is below 155"),
    "no-ack": (in_table("segments", f"tx,6,{ENDS},P.,5,1000001", f"tx,6,{ENDS},P,5,"), "segments", 11, "sends neither SYN nor RST, and no ACK"),
    # segments.csv: states
    "fin-in-established": (before_line("segments", 28, f"2.070000000,client-1,1,tx,19,{ENDS},F.,155,1000001,0,65535,,new,"), "segments", 28,
                           "sends FIN in ESTABLISHED"),
    "text-in-fin-wait-2": (before_line("segments", 33, f"2.145000000,client-1,1,tx,19,{ENDS},P.,105,1000001,50,65535,,retransmission,"), "segments", 33,
                           "sends data in FIN-WAIT-2"),
    "syn-in-established": (before_line("segments", 28, f"2.070000000,client-1,1,tx,19,{ENDS},S,4294967200,,0,65535,,retransmission,"), "segments", 28,
                           "sends SYN in ESTABLISHED"),
    "segment-after-end": (before_line("segments", 41, f"4.000000000,server,2,tx,19,{BACK},.,1000002,156,0,65535,,ack,"), "segments", 41, "has ended at 3.19"),
    "nobodys-number": (in_table("segments", "1.020000000,server,2,tx", "1.020000000,server,3,tx"), "segments", 6, "server:3 is told of by no transition"),
    # resets
    "nobody-sends-text": (before_line("segments", 41, f"3.200000000,server,0,tx,19,{BACK},P.,1,1,1,0,,new,"), "segments", 41, "allowed is a RST"),
    "reset-for-nothing": (before_line("segments", 41, f"3.200000000,server,0,tx,19,{BACK},R,1,,0,0,,reset,"), "segments", 41, "no segment that arrives calls for"),
    # packets
    "out-of-nothing": (without_line("segments", 4), "segments", 4, "packet 2 from 10.1.0.1:49152 arrives at server, but no copy of it is under way"),
    "one-too-many": (without_line("segments", 13), "segments", 18, "packet 7 from 10.1.0.1:49152 arrives at server, but no copy"),
    "changed-under-way": (in_table("segments", f"rx,6,{BACK},P.,5", f"rx,6,{BACK},P.,6"), "segments", 17,
                          "arrives as [P.] seq 6 ack 1000001 length 100; it was sent as [P.] seq 5"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_is_found_where_it_stands(right, analysis, name):
    fault, table, line, words = FAULTS[name]
    fault(right)
    status, out, err = analysis("check-run", right)
    assert (status, err) == (1, "")
    assert out.startswith(f"{right / table}.csv, line {line}: ") and words in out, out


# ---- a connection that is reset


def reset(path: Path) -> Path:
    """The client aborts; the server, to which a listener stays, is reset, and a late segment of it meets nobody."""
    w = folders.Writer()
    ms = 1_000_000
    w.change(0, "server", "CLOSED", "LISTEN", "T01", "passive OPEN", number=0)
    w.change(0, "client-1", "CLOSED", "SYN-SENT", "T02", "active OPEN")
    w.send(0, "client-1", "S", 0)
    w.change(20 * ms, "server", "LISTEN", "SYN-RECEIVED", "T03", "seg SYN")
    w.send(20 * ms, "server", "S.", 0, 1)
    w.change(40 * ms, "client-1", "SYN-SENT", "ESTABLISHED", "T08", "seg SYN+ACK")
    w.send(40 * ms, "client-1", ".", 1, 1, reason="ack")
    w.change(60 * ms, "server", "SYN-RECEIVED", "ESTABLISHED", "T12", "seg ACK")
    w.send(110 * ms, "server", "P.", 1, 1, 10)
    w.change(120 * ms, "client-1", "ESTABLISHED", "CLOSED", "T40.ES", "ABORT")
    w.send(120 * ms, "client-1", "R", 1, reason="reset")
    w.change(140 * ms, "server", "ESTABLISHED", "CLOSED", "T41.ES", "seg RST")
    folder = w.write(path, record=["transitions", "segments"])
    # what the client's host, which has no connection any more, says to the text
    before_line("segments", 11, f"0.130000000,client-1,0,drop,4,{ENDS},P.,1000001,4294967201,10,65535,,no connection,",
                f"0.130000000,client-1,0,tx,6,{ENDS},R,4294967201,,0,0,,reset,")(folder)  # fmt: skip
    edit(folder / "segments.csv", "0.130000000,client-1,1,rx,4", "0.130000000,client-1,0,rx,4")
    return folder


RESET_FAULTS = {
    "reset-number": (lambda p: [edit(p / "segments.csv", f"5,{ends},R,4294967201", f"5,{ends},R,4294967202") for ends in (ENDS, BACK)], "segments",
                     "sends RST with number 4294967202, which is neither SND.NXT, 4294967201"),
    "reset-too-far": (lambda p: [edit(p / "segments.csv", f"{host},{number},{event},5,{ends},R,4294967201", f"{host},{number},{event},5,{ends},R,4294967209")
                                 for host, number, event, ends in (("client-1", 1, "tx", ENDS), ("server", 2, "rx", BACK))]
                      + [edit(p / "segments.csv", "client-1,1,tx,5", "client-1,0,tx,5"), edit(p / "segments.csv", "0,65535,,reset", "0,65535,,injected")],
                      "transitions", "takes T41.ES, but no RST that arrives has an acceptable number"),
    "reset-for-nobody": (in_table("segments", "R,4294967201,,0,0,,reset,", "R,4294967202,,0,0,,reset,"), "segments",
                         "sends RST with number 4294967202, which no segment that arrives calls for"),
    "answered-by-reset": (lambda p: before_line("segments", 14, f"0.140000000,server,0,tx,7,{BACK},R.,0,4294967201,0,0,,reset,")(p), "segments",
                          "answers the RST of line 13 with reset; allowed is a challenge ACK"),
    "answered-by-ack": (lambda p: before_line("segments", 14, f"0.140000000,server,2,tx,7,{BACK},.,1000011,4294967201,0,65535,,ack,")(p), "segments",
                        "answers the RST of line 13 with ack"),
}  # fmt: skip


def test_a_connection_that_is_reset_passes(tmp_path, analysis):
    status, out, _ = analysis("check-run", reset(tmp_path / "reset"))
    assert status == 0, out


@pytest.mark.parametrize("name", RESET_FAULTS)
def test_one_fault_of_a_reset_is_found(tmp_path, analysis, name):
    fault, table, words = RESET_FAULTS[name]
    folder = reset(tmp_path / "reset")
    if name == "answered-by-ack":
        folders.Writer().timer(0, "client-1", "keepalive", "stopped")
        (folder / "timers.csv").write_text(folders.TIMERS)  # so that it is known that no timer was due
    fault(folder)
    status, out, _ = analysis("check-run", folder)
    assert status == 1
    assert out.startswith(f"{folder / table}.csv, line ") and words in out, out


# ---- crashes, and what was not recorded


def test_what_a_crash_has_ended_says_nothing_more(right, analysis):
    rows = [f"client-1,1,{ENDS},active,0.0,1.04,2.06,crash,250,0,2,none\n"]
    (right / "connections.csv").write_text(folders.CONNECTIONS + "".join(rows))
    status, out, _ = analysis("check-run", right)
    assert (status, out) == (1, f"{right / 'segments'}.csv, line 28: client-1:1 was lost in a crash at 2.060000000 s, as connections.csv tells\n")


def test_of_two_copies_at_one_instant_one_may_be_dropped(right, analysis):
    before_line("segments", 32, f"2.130000000,server,2,dup,14,{BACK},.,1000001,156,0,65535,,rule: duplicate,link")(right)
    before_line("segments", 34, f"2.140000000,client-1,1,rx,14,{ENDS},.,1000001,156,0,65535,,,",
                f"2.140000000,client-1,1,drop,14,{ENDS},.,1000001,156,0,65535,,bad sequence number,")(right)  # fmt: skip
    status, out, _ = analysis("check-run", right)
    assert status == 0, out


def test_a_segment_without_flags_can_be_read(right, analysis):
    before_line("segments", 41, f"3.300000000,server,0,tx,19,{BACK},none,1,,0,65535,,injected,")(right)
    status, out, _ = analysis("check-run", right)
    assert status == 0, out


def test_time_wait_that_never_ends_is_found_where_it_began(right, analysis):
    without_line("transitions", 13)(right)
    without_line("timers", 4)(right)
    (right / "connections.csv").write_text(folders.CONNECTIONS)
    status, out, _ = analysis("check-run", right)
    assert status == 1
    assert out.startswith(f"{right / 'transitions'}.csv, line 11: client-1:1 stays in TIME-WAIT until the run ends at 70.000000000 s"), out


def test_a_right_folder_passes_and_what_was_not_recorded_is_said(right, analysis):
    status, out, err = analysis("check-run", right)
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == f"{right}: 12 transitions, 39 segments and 3 timers agree with the state graph and with each other"
    assert [line.split(":")[0] for line in out.splitlines()[1:]] == ["  not checked, as connections were not recorded"]
    folders.without(right, "timers")
    assert "not checked, as timers were not recorded" in analysis("check-run", right)[1]


@pytest.mark.parametrize("table, still", [("transitions", "39 segments"), ("segments", "12 transitions")])
def test_one_of_the_two_tables_is_enough(right, analysis, table, still):
    folders.without(right, table, "timers")
    status, out, _ = analysis("check-run", right)
    assert status == 0
    assert still in out and f"not checked, as {table} were not recorded" in out


def test_ns3s_own_tcp_is_left_out_and_named(right, analysis):
    for row in ("T08,seg SYN+ACK", "T21,CLOSE"):
        edit(right / "transitions.csv", row, ",")
    change_manifest(right, stacks=[folders.stack("stock")])
    status, out, _ = analysis("check-run", right)
    assert status == 0
    assert "not checked: the states and numbers of server, client-1, whose TCP is ns-3's own" in out


def test_a_folder_without_both_tables_is_refused(busy, analysis):
    assert analysis("check-run", busy) == (2, "", f"check-run: {busy}: neither transitions nor segments were recorded; check-run replays these\n")


@pytest.mark.parametrize(
    "damage, words",
    [
        (lambda p: (p / "manifest.json").unlink(), "manifest.json: no such file"),
        (lambda p: (p / "unfinished").touch(), "the run is unfinished"),
        (lambda p: (p / "segments.csv").write_text((p / "segments.csv").read_text()[:-9]), "segments.csv: truncated"),
        (lambda p: edit(p / "transitions.csv", ",T08,seg SYN+ACK", ""), "transitions.csv: the row at line 5 is incomplete"),
        (lambda p: (p / "segments.csv").write_text("time,flags\n"), "segments.csv: unknown column"),
        (lambda p: edit(p / "timers.csv", "time-wait", "2MSL"), "timer is '2MSL'"),
    ],
)
def test_a_folder_that_is_cut_or_foreign_gets_one_sentence(right, analysis, damage, words):
    damage(right)
    status, out, err = analysis("check-run", right)
    assert (status, out) == (2, "")
    assert words in err and len(err.splitlines()) == 1


def test_each_of_several_folders_is_told_of(right, tmp_path, analysis):
    other = folders.lifecycle(tmp_path / "other")
    status, out, _ = analysis("check-run", other, right)
    assert status == 1
    assert out.splitlines()[0].startswith(f"{other / 'transitions'}.csv, line 7: T21 leads from ESTABLISHED to FIN-WAIT-1 by 'CLOSE'")
    assert out.splitlines()[1].startswith(f"{right}: ")
