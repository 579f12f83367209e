"""`lab diff`: in what two run folders differ."""

from __future__ import annotations

import json
import subprocess
import tracemalloc
from pathlib import Path

import folders
import pytest
from folders import change_manifest, edit

LAB = Path(__file__).resolve().parents[2] / "lab"


@pytest.fixture
def two(tmp_path) -> tuple[Path, Path]:
    """Two folders alike but for host.json."""
    made = []
    for name in ("a", "b"):
        folder = folders.occupancy(folders.lifecycle(tmp_path / name), end_s=70.0, record=["transitions", "segments", "timers", "occupancy", "connections"])
        (folder / "connections.csv").write_text(folders.CONNECTIONS + f"client-1,1,{folders.C},{folders.S},active,0.0,1.04,5.0,normal,250,0,2,self\n"
                                                f"server,2,{folders.S},{folders.C},passive,1.02,1.06,,open,0,250,1,peer\n")  # fmt: skip
        (folder / "host.json").write_text(f'{{"machine": "{name}"}}')
        made.append(folder)
    return made[0], made[1]


def differences(analysis, two) -> list[str]:
    status, out, err = analysis("diff", *two)
    assert (status, err) == (1, "")
    return [" ".join(line.split()) for line in out.splitlines()]


def test_nothing_but_host_json_differs(two, analysis):
    assert analysis("diff", *two) == (0, "no difference\n", "")


def test_each_option_that_differs_has_a_line(two, analysis):
    change_manifest(two[0], parameters={"msl": "10s", "loss": "0"}, **{"module-version": "0.1.0", "rng-run": 1, "input-files": {"t": "x"}})
    change_manifest(two[1], parameters={"msl": "20s", "loss": "0", "rules": "drop 1st SYN"}, **{"module-version": "0.2.0", "rng-run": 2})
    assert differences(analysis, two) == ["manifest.json", "A B", "module-version 0.1.0 0.2.0", "rng-run 1 2", "option msl 10s 20s",
                                          "input file t x -", "option rules - drop 1st SYN"]  # fmt: skip


def test_stacks_are_told_by_host_however_they_are_numbered(two, analysis):
    """What differs at several hosts is one line."""
    linux = folders.stack(preset="linux", attributes={"Msl": "5s", "KeepAlive": "false"}, **{"time-wait_s": 20.0})
    change_manifest(two[0], stacks=[folders.stack(**{"time-wait_s": 20.0}), linux])
    hosts = [folders.host("server", "10.1.0.2"), folders.host("client-1", "10.1.0.1")]
    change_manifest(two[1], stacks=[linux, folders.stack(**{"time-wait_s": 20.0})], hosts=[host | {"stack": 1} for host in hosts])
    assert analysis("diff", *two)[:2] == (0, "no difference\n")
    change_manifest(two[1], hosts=hosts)
    assert differences(analysis, two)[2:] == ["server and 1 more: preset rfc9293 linux", "server and 1 more: Msl 30s 5s"]
    change_manifest(two[1], hosts=[hosts[0] | {"stack": 1}, hosts[1] | {"stack": 1, "addresses": ["10.1.0.1", "10.1.0.9"]}])
    assert differences(analysis, two)[2:] == ["client-1: addresses 10.1.0.1 10.1.0.1, 10.1.0.9"]
    change_manifest(two[1], hosts=[hosts[0] | {"stack": 1}, folders.host("client", "10.1.0.1", stack=1)])
    assert differences(analysis, two)[2:] == ["hosts server, client-1 server, client"]


def test_the_first_row_in_simulated_time_of_all_tables(two, analysis):
    """The tables are not looked at one after the other."""
    edit(two[1] / "transitions.csv", "T24", "T25")  # at 2.14 s
    edit(two[1] / "timers.csv", "restarted", "armed")  # at 3.17 s
    edit(two[1] / "segments.csv", "1.060000000,server,2,rx,4,10.1.0.2:80,10.1.0.1:49152,.", "1.060000000,server,2,rx,4,10.1.0.2:80,10.1.0.1:49152,.E")
    line = 1 + [row.startswith("1.060000000,server,2,rx,4,") for row in (two[1] / "segments.csv").read_text().splitlines()].index(True)
    assert differences(analysis, two) == [
        f"first difference of the tables at 1.060000000 s: segments.csv, line {line}, in flags",
        "A: 1.060000000,server,2,rx,4,10.1.0.2:80,10.1.0.1:49152,.,4294967201,1000001,0,65535,,,",
        "B: 1.060000000,server,2,rx,4,10.1.0.2:80,10.1.0.1:49152,.E,4294967201,1000001,0,65535,,,",
    ]


def test_the_time_is_that_of_the_earlier_row(two, analysis):
    edit(two[0] / "transitions.csv", "63.170000000", "62.500000000")
    assert differences(analysis, two)[0].startswith("first difference of the tables at 62.500000000 s: transitions.csv, line 13, in time_s")


def test_a_table_that_ends_earlier(two, analysis):
    rows = (two[1] / "transitions.csv").read_text().splitlines(keepends=True)
    (two[1] / "transitions.csv").write_text("".join(rows[:-1]))
    at, ours, theirs = differences(analysis, two)
    assert at == f"first difference of the tables at 63.170000000 s: transitions.csv, line {len(rows)}, where one of them ends"
    assert ours.startswith("A: 63.170000000,client-1") and theirs == "B: no row"
    assert analysis("diff", *two[::-1])[1].splitlines()[1] == "  A: no row"


def test_connections_stand_where_they_ended(two, analysis):
    edit(two[1] / "connections.csv", ",250,1,peer", ",250,2,peer")
    at = "first difference of the tables at 70.000000000 s: connections.csv, line 3, in retransmissions"
    assert differences(analysis, two)[0] == at
    edit(two[1] / "connections.csv", ",5.0,normal", ",4.0,normal")
    assert differences(analysis, two)[0] == "first difference of the tables at 4.000000000 s: connections.csv, line 2, in closed_s"


def test_what_one_has_not_recorded(two, analysis):
    change_manifest(two[1], record=["transitions", "segments", "rules", "occupancy", "connections"])
    (two[1] / "timers.csv").unlink()
    header, *rows = (two[1] / "segments.csv").read_text().splitlines()
    (two[1] / "segments.csv").write_text("\n".join([header + ",rules", *(row + ",P25" for row in rows)]) + "\n")
    record, only = differences(analysis, two)[2:]
    assert record.startswith("record transitions, segments, timers, occupancy") and only == "timers.csv: only in A"


def test_metrics_that_differ(two, analysis):
    edit(two[1] / "summary.json", "399.0", "401.5")
    edit(two[1] / "summary.json", '"meaning"', '"unit": "connections", "meaning"')
    expected = ["summary.json", "A B", "time-wait-mean, server 399 connections (20 to 120 s) 401.5 connections (20 to 120 s)"]
    assert differences(analysis, two) == expected
    (two[0] / "summary.json").unlink()
    assert differences(analysis, two)[2] == "time-wait-mean, server - 401.5 connections (20 to 120 s)"


def test_metrics_of_a_host_that_only_one_has_are_left_out(two, analysis):
    for folder, name in zip(two, ("client-1", "client-2")):
        change_manifest(folder, hosts=[folders.host("server", "10.1.0.2"), folders.host(name, "10.1.0.1")])
        summary = json.loads((folder / "summary.json").read_text())
        summary["metrics"].append({"name": "time-waits", "host": name, "unit": "connections", "value": 1, "meaning": "m"})
        (folder / "summary.json").write_text(json.dumps(summary))
    assert differences(analysis, two) == ["manifest.json", "A B", "hosts server, client-1 server, client-2"]


def test_captures_that_differ(two, analysis):
    for folder in two:
        (folder / "server-1.pcap").write_bytes(folder.name.encode())
    (two[1] / "client-1.pcap").touch()
    assert differences(analysis, two) == ["client-1.pcap: only in B", "server-1.pcap: differs"]


@pytest.mark.parametrize(("damage", "words"), [
    (lambda folder: (folder / "manifest.json").unlink(), "manifest.json: no such file"),
    (lambda folder: change_manifest(folder, schema=1), "schema 1 is older"),
    (lambda folder: (folder / "unfinished").touch(), "unfinished"),
    (lambda folder: (folder / "timers.csv").unlink(), "timers.csv: no such file, though"),
    (lambda folder: edit(folder / "transitions.csv", "cause", "why"), "unknown column 'why'"),
    (lambda folder: edit(folder / "transitions.csv", ",T08,seg SYN+ACK", ""), "the row at line 5 has 7 fields; expected 9"),
    (lambda folder: edit(folder / "transitions.csv", "0.000000000", "soon"), "transitions.csv: 'soon' is no time in seconds"),
    (lambda folder: edit(folder / "transitions.csv", "0.000000000", "-5"), "transitions.csv: '-5' is no time in seconds"),
    (lambda folder: edit(folder / "transitions.csv", "0.000000000", "nan"), "transitions.csv: 'nan' is no time in seconds"),
    (lambda folder: edit(folder / "summary.json", '"value"', '"worth"'), "expected a list of objects with name, value and meaning"),
    (lambda folder: edit(folder / "transitions.csv", ",T08,", ',"T08,'), "transitions.csv: cannot be read as CSV"),
    (lambda folder: (folder / "segments.csv").write_bytes(folders.SEGMENTS.encode() + b"\xff\n"), "segments.csv: cannot be read as CSV"),
])  # fmt: skip
@pytest.mark.parametrize("which", [0, 1])
def test_a_folder_that_cannot_be_read(two, analysis, damage, words, which):
    damage(two[which])
    status, out, err = analysis("diff", *two)
    assert (status, out) == (2, "") and words in err and str(two[which]) in err and err.count("\n") == 1


def test_large_tables_need_no_memory(two, analysis):
    row = f"1.000000000,client-1,1,tx,1,{folders.C},{folders.S},S,1,,0,65535,,new,\n"
    for folder in two:
        (folder / "segments.csv").write_text(folders.SEGMENTS + 200_000 * row + (row if folder == two[0] else ""))
    tracemalloc.start()
    assert differences(analysis, two)[0].startswith("first difference of the tables at 1.000000000 s: segments.csv, line 200002, where")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 5_000_000 < (two[0] / "segments.csv").stat().st_size


def test_the_front_door_hands_over(two):
    for arguments, status, words in ((two, 0, "no difference\n"), (two[:1], 2, ""), ((), 2, "")):
        done = subprocess.run([LAB, "diff", *arguments], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout) == (status, words)
