"""The text ladder. After a wanted change: LIFECYCLE_GOLDEN_WRITE=1 pytest test/analysis, then read the diff."""

from __future__ import annotations

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
    assert out.startswith("connection 1 of client-1, the first of 2; choose another with --connection HOST:N\n")
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
