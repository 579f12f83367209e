"""lifecycle-star, an own program on ns-3's own devices: what is recorded, drawn and captured is what happened."""

import json
import re
import subprocess
import sys

import pytest

import programs
from test_runs import captured, connections, rows

sys.path.insert(0, str(programs.ROOT))

from analysis.base.ladder import ladder  # noqa: E402
from analysis.base.provenance import caption  # noqa: E402
from analysis.base.run_folder import RunFolder  # noqa: E402

MEDIA = [(), ("--bus",), ("--ipv6",), ("--bus", "--ipv6"), ("--error-rate=0.1",), ("--error-rate=0.1", "--bus"),
         ("--error-rate=0.1", "--ipv6")]  # fmt: skip
EVERYTHING = (float("-inf"), float("inf"))
CLIENTS = [f"client-{i}" for i in range(1, 11)]


@pytest.fixture(scope="module", params=MEDIA, ids=lambda options: " ".join(options) or "plain")
def star(request, tmp_path_factory):
    """The options of a run, its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("star") / "run"
    program = programs.program("lifecycle-star")
    assert program.exists(), f"{program} is missing; ./lab test builds it"
    command = [str(program), *request.param, f"--output={folder}"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    return request.param, folder, result.stdout


def test_each_host_states_all_its_addresses_and_what_is_in_force(star):
    options, folder, _ = star
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["program"] == programs.program("lifecycle-star").name and manifest["parameters"] == {}
    addresses = {host["name"]: host["addresses"] for host in manifest["hosts"]}
    assert addresses.keys() == {"server", *CLIENTS}
    assert len(addresses["server"]) == (1 if "--bus" in options else 10)
    assert all((":" in text) == ("--ipv6" in options) for host in addresses.values() for text in host)
    (stack,) = manifest["stacks"]
    assert (stack["preset"], stack["changed"], stack["time-wait_s"]) == ("linux", ["Msl"], 10)
    assert stack["attributes"]["Msl"] == "5s" and stack["attributes"]["UserTimeoutCoversProbes"] == "true"


def test_captions_tell_what_is_in_force(star):
    _, folder, _ = star
    assert re.search(r"preset linux, Msl 5s\b", caption(RunFolder(folder), []))


def test_every_segment_has_a_fate_and_only_a_seen_drop_is_a_loss(star):
    options, folder, _ = star
    segments = rows(folder, "segments.csv")
    sent = {r["packet"] for r in segments if r["event"] == "tx"}
    came = {r["packet"] for r in segments if r["event"] == "rx"}
    lost = {r["packet"]: r for r in segments if r["event"] == "lost"}
    assert sent == came | lost.keys() and not came & lost.keys()
    assert bool(lost) == any("error-rate" in option for option in options)
    for row in lost.values():
        assert row["reason"] == "receive error"
        assert re.fullmatch(r"(server|client-\d+)/\d+", row["where"]) and not row["where"].startswith(row["host"] + "/")
        assert row["connection"] != "0"


def test_every_client_has_a_right_ladder(star):
    options, folder, _ = star
    segments = rows(folder, "segments.csv")
    for client in CLIENTS:
        it = ladder(RunFolder(folder), f"{client}:1", EVERYTHING)
        assert it.names == (client, "server")
        assert not any("not recorded" in note for note in it.notes)
        assert it.isn[0] != it.isn[1]
        end = next(r["local"] for r in segments if r["host"] == client)
        ours = [r for r in segments if end in (r["local"], r["remote"])]
        assert len(it.arrows) == sum(r["event"] == "tx" for r in ours)
        assert sum(a.lost is not None for a in it.arrows) == sum(r["event"] == "lost" for r in ours)
        assert all(a.lost or a.arrived_s > a.sent_s for a in it.arrows)
        assert it.initial == ("CLOSED", "LISTEN")


def test_all_connections_end_in_order(star):
    _, folder, printed = star
    assert {(r["host"], r["reason"]) for r in connections(folder)} == {(host, "normal") for host in ("server", *CLIENTS)}
    assert "  server: 10 opened, 10 established, 10 ended normal" in printed
    assert "hosts more" in printed


@programs.needs_tshark
def test_captures_hold_what_segments_tell(star):
    options, folder, _ = star
    segments = rows(folder, "segments.csv")
    sent = sum(r["event"] == "tx" for r in segments)
    lost = sum(r["event"] == "lost" for r in segments)
    captures = list(folder.glob("*.pcap"))
    assert len(captures) == (11 if "--bus" in options else 20)
    # A capture has what its device sends, and what arrives there whole.
    assert captured(captures) == 2 * sent - lost
