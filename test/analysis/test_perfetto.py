"""`lab perfetto`: what cannot be is refused, then hosts, connections and states in Chrome's trace format."""

from __future__ import annotations

import json

import folders
import pytest


def events_of(analysis, folder, told: str = ""):
    status, out, err = analysis("perfetto", folder)
    assert status == 0 and told in err and bool(err) == bool(told)
    assert out == f"{folder.with_name(folder.name + '.perfetto.json')}\n"
    return json.loads(folder.with_name(f"{folder.name}.perfetto.json").read_text())


def states(events, host: str, number: int) -> list[tuple[str, float, float]]:
    """State, from and to [s] of a connection, in their order."""
    (pid,) = (event["pid"] for event in events if event["name"] == "process_name" and event["args"]["name"] == host)
    return [(e["name"], e["ts"] / 1e6, (e["ts"] + e["dur"]) / 1e6) for e in events if (e["ph"], e["pid"], e["tid"]) == ("X", pid, number)]


def test_without_transitions_there_are_no_states(tmp_path, analysis):
    folder = folders.without(folders.tables(tmp_path / "run"), "transitions")
    status, out, err = analysis("perfetto", folder, "-o", tmp_path / "a.json")
    assert (status, out) == (2, "") and "transitions were not recorded; run it again with --record=transitions,connections" in err
    assert not (tmp_path / "a.json").exists()


def test_what_is_no_run_folder_is_refused(tmp_path, analysis):
    assert analysis("perfetto", tmp_path / "none")[0] == 2


def test_output_that_cannot_be_written(life, analysis):
    status, _, err = analysis("perfetto", life, "-o", life / "manifest.json" / "a.json")
    assert status == 1 and "manifest.json" in err


def test_each_state_is_a_slice_from_one_change_to_the_next(life, analysis):
    events = events_of(analysis, life)
    found = states(events, "client-1", 1)
    assert [name for name, *_ in found] == ["SYN-SENT", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT"]
    assert found[0][1:] == (0.0, 1.04) and found[-1][2] == pytest.approx(63.17)
    assert [to_s for *_, to_s in found[:-1]] == pytest.approx([from_s for _, from_s, _ in found[1:]])
    assert states(events, "server", 1) == [("LISTEN", 0.0, 70.0)]  # until the end of the run
    assert [name for name, *_ in states(events, "server", 2)] == ["SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK"]
    names = [event["args"]["name"] for event in events if event["name"] == "thread_name"]
    assert names == ["connection 1: 10.1.0.2:80 - *", "connection 2: 10.1.0.2:80 - 10.1.0.1:49152", "connection 1: 10.1.0.1:49152 - 10.1.0.2:80"]
    (first,) = (event for event in events if event["name"] == "SYN-SENT")
    assert first["args"] == {"transition": "T02", "cause": "active OPEN"}


def test_what_a_crash_ended_ends_there(tmp_path, analysis):
    """No transition tells of a crash; the table of connections does, and where it is missing that is said."""
    writer = folders.Writer()
    writer.change(0, "client-1", "CLOSED", "SYN-SENT", "T02", "active OPEN")
    writer.change(10**9, "client-1", "SYN-SENT", "ESTABLISHED", "T08", "seg SYN+ACK")
    folder = writer.write(tmp_path / "run", record=["transitions", "segments"], end_s=9.0)
    said = "shown as open until the end of the run: 1; whether a crash ended them is not known, because connections were not recorded"
    assert states(events_of(analysis, folder, said), "client-1", 1)[-1] == ("ESTABLISHED", 1.0, 9.0)
    (folder / "connections.csv").write_text(folders.CONNECTIONS + f"client-1,1,{folders.C},{folders.S},active,0.0,1.0,5.0,crash,0,0,0,none\n")
    folders.change_manifest(folder, record=["transitions", "segments", "connections"])
    assert states(events_of(analysis, folder), "client-1", 1)[-1] == ("ESTABLISHED", 1.0, 5.0)


def test_the_same_folder_gives_the_same_octets(life, analysis, tmp_path):
    for name in ("a.json", "b.json"):
        assert analysis("perfetto", life, "-o", tmp_path / name)[0] == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
