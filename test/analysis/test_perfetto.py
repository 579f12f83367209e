"""Perfetto's view of a run: what it cannot show is refused in one sentence; then each state of each connection is a slice, and no other."""

from __future__ import annotations

import json
from pathlib import Path

import folders
import pytest
from folders import edit, without

MS = 1_000_000


def test_what_tells_no_states_is_refused(tmp_path, analysis):
    bare = without(folders.tables(tmp_path / "bare"), "transitions")
    for path, words in ((tmp_path / "none", "no such folder"), (bare, "transitions were not recorded; run it again with --record=transitions")):
        status, out, err = analysis("perfetto", path, "-o", tmp_path / "out.json")
        assert (status, out) == (2, "") and str(path) in err and words in err and len(err.splitlines()) == 1
    assert not (tmp_path / "out.json").exists()


def test_a_damaged_table_writes_nothing(life, analysis, tmp_path):
    edit(life / "transitions.csv", "SYN-SENT", "SYN_SENT")
    status, out, err = analysis("perfetto", life, "-o", tmp_path / "out.json")
    assert (status, out) == (2, "") and "to is 'SYN_SENT'; expected one of CLOSED" in err
    assert not (tmp_path / "out.json").exists()


@pytest.fixture
def traced(tmp_path, analysis):
    """The events of a folder, as Perfetto reads them, by what they are."""

    def trace(folder: Path) -> dict[str, list[dict]]:
        file = tmp_path / "trace.json"
        status, out, err = analysis("perfetto", folder, "-o", file)
        assert status == 0, err
        assert out == f"{file}\n"  # it says where it wrote
        events = json.loads(file.read_text(encoding="utf-8"))["traceEvents"]
        return {kind: [event for event in events if event["ph"] == kind] for kind in "MXi"}

    return trace


def hosts(events: dict[str, list[dict]]) -> dict[int, str]:
    return {event["pid"]: event["args"]["name"] for event in events["M"] if event["name"] == "process_name"}


def connections(events: dict[str, list[dict]]) -> dict[tuple[int, int], str]:
    return {(event["pid"], event["tid"]): event["args"]["name"] for event in events["M"] if event["name"] == "thread_name"}


def slices(events: dict[str, list[dict]], connection: str) -> list[tuple[float, float, str]]:
    """From and to [ms], and the state."""
    (at,) = (at for at, name in connections(events).items() if name == connection)
    mine = [event for event in events["X"] if (event["pid"], event["tid"]) == at]
    return [(event["ts"] / 1000, (event["ts"] + event["dur"]) / 1000, event["name"]) for event in mine]


def test_each_state_of_each_connection_is_a_slice(life, traced):
    events = traced(life)
    assert hosts(events) == {1: "server", 2: "client-1"}  # as in the manifest
    assert sorted((pid, name) for (pid, _), name in connections(events).items()) == [
        (1, "1: 10.1.0.2:80 to *"), (1, "2: 10.1.0.2:80 to 10.1.0.1:49152"), (2, "1: 10.1.0.1:49152 to 10.1.0.2:80"),
    ]  # fmt: skip
    tids = [tid for _, tid in connections(events)]
    assert len(set(tids) | hosts(events).keys()) == 5  # some readers tell threads and processes apart by their numbers alone
    assert slices(events, "1: 10.1.0.1:49152 to 10.1.0.2:80") == [
        (0, 1040, "SYN-SENT"), (1040, 2100, "ESTABLISHED"), (2100, 2140, "FIN-WAIT-1"), (2140, 2170, "FIN-WAIT-2"),
        (2170, 63170, "TIME-WAIT"),
    ]  # fmt: skip
    assert slices(events, "1: 10.1.0.2:80 to *") == [(0, 70000, "LISTEN")]  # the run ended before it
    assert slices(events, "2: 10.1.0.2:80 to 10.1.0.1:49152")[0] == (1020, 1060, "SYN-RECEIVED")
    began = next(event for event in events["X"] if event["name"] == "FIN-WAIT-1")
    assert began["args"] == {"transition": "T21", "cause": "CLOSE / shutdown(WR)"}
    still = next(event for event in events["X"] if event["name"] == "LISTEN")
    assert still["args"]["until"] == "the end of the run"


def test_what_a_crash_ends_ends_there(tmp_path, traced):
    """No transition leads out of it, but connections.csv says when it was over, and why."""
    folder = folders.tables(tmp_path / "run")
    lines = (folder / "transitions.csv").read_text().splitlines(keepends=True)
    (folder / "transitions.csv").write_text("".join(line for line in lines if "T27" not in line and "T30" not in line))
    last = [event for event in traced(folder)["X"] if event["name"] == "FIN-WAIT-2"]
    assert [(event["ts"] + event["dur"], event["args"]["until"]) for event in last] == [(5e6, "crash")]


def test_a_state_that_lasts_no_time_and_a_host_of_any_name(tmp_path, traced):
    w = folders.Writer()
    w.change(5 * MS, "client-1", "ESTABLISHED", "CLOSE-WAIT", "T22", "seg FIN")
    w.change(5 * MS, "client-1", "CLOSE-WAIT", "LAST-ACK", "T23", "CLOSE")
    folder = w.write(tmp_path / "run", hosts=[folders.host("server", "10.1.0.2"), folders.host("client-1", "10.1.0.1")], record=["transitions"])
    for file in ("manifest.json", "transitions.csv"):
        text = (folder / file).read_text().replace("client-1", "Zoë")
        (folder / file).write_text(text, encoding="utf-8")
    events = traced(folder)
    assert slices(events, "1: 10.1.0.1:49152 to 10.1.0.2:80") == [(5, 5, "CLOSE-WAIT"), (5, 70000, "LAST-ACK")]
    assert hosts(events)[2] == "Zoë"


def test_segments_and_timers_are_marks(tmp_path, traced):
    folder = folders.tables(tmp_path / "run")
    it = traced(folder)
    events = it["i"]
    lost = [event for event in events if event["name"] == "lost [S]"]
    assert [(event["ts"], hosts(it)[event["pid"]], event["s"]) for event in lost] == [(0, "client-1", "t")]
    assert connections(it)[lost[0]["pid"], lost[0]["tid"]] == "1: 10.1.0.1:49152 to 10.1.0.2:80"
    assert lost[0]["args"] == {"packet": 1, "seq": folders.ISN["client-1"], "len": 0, "reason": "rule: drop", "where": "link"}
    expired = [event for event in events if event["name"] == "time-wait timer expired"]
    assert [event["ts"] for event in expired] == [63_170_000]
    assert len(events) == sum(len((folder / f"{table}.csv").read_text().splitlines()) - 1 for table in ("segments", "timers"))


def test_the_same_run_gives_the_same_bytes(life, analysis, tmp_path):
    for name in ("a", "b"):
        assert analysis("perfetto", life, "-o", tmp_path / name)[0] == 0
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert analysis("perfetto", life)[1] == f"{life.with_name('life.perfetto.json')}\n"
