"""What the runner leaves behind when a script fails, when it is interrupted, and when nobody takes its output."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from conftest import PROGRAM, ROOT

from analysis.base.check_run import verdict
from analysis.base.run_folder import RunFolder

HEAD = "--tolerance_usecs=1000 --tolerance_percent=0\n"
LISTENS = HEAD + "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
WRONG = LISTENS + """\
+0 < S 0:0(0) win 65535 <mss 1460>
+0 > S. 0:0(0) ack 1 <...>
+0.1 < . 1:1(0) ack 1 win 65535
+0 accept(3, ..., ...) = 4
+0 write(4, ..., 100) = 100
+0 > P. 1:101(100) ack 2
"""
FILES = ["connections.csv", "host.json", "manifest.json", "occupancy.csv", "segments.csv", "summary.json"]
FILES += ["timers.csv", "transitions.csv"]


def manifest(folder):
    assert sorted(path.name for path in folder.iterdir()) == FILES
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_a_script_that_fails_has_a_run_folder_that_says_so(play, tmp_path):
    assert play(WRONG, "--trace=runs")[0] == 1
    run = manifest(tmp_path / "runs" / "script")
    assert run["parameters"]["outcome"] == "failed at line 10: acknowledgment number is 1, not 2"
    assert run["changed"] == ["outcome"]  # so that captions name it
    assert "T12" in (tmp_path / "runs" / "script" / "transitions.csv").read_text(encoding="ascii")
    ladder = subprocess.run(
        [sys.executable, "-m", "analysis", "ladder", "--ascii", tmp_path / "runs" / "script"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert (ladder.returncode, "seq 1:101, ack 1" in ladder.stdout) == (0, True), ladder.stderr


@pytest.mark.parametrize(
    "line, outcome",
    [
        ("+0 close(3) = 0\n", "passed"),
        ("+0 close(3) = 1\n", "failed at line 5: the result of close differs: 0, not 1"),
        ("+0 epoll_create(1) = 4\n", "not supported at line 5: system call epoll_create"),
        ("+0 close(\n", "failed at line 5: 'end of file' stands where a value belongs"),
        ("+0 %{ assert 1 // 0 }%\n", "failed at line 5: an assertion cannot calculate 1 // 0"),
        ("+1 > S. 0:0(0) ack 1\n", "failed at line 5: no packet: nothing was sent until 1.001000001"),
        ("--mtu=9\n", "failed at line 5: 'mtu=9' stands where a time in seconds belongs"),
    ],
)
def test_the_manifest_tells_each_outcome(play, tmp_path, line, outcome):
    play(WRONG, "--trace=runs")  # an earlier run there does not stay
    play(LISTENS + line, "--trace=runs")
    run = manifest(tmp_path / "runs" / "script")
    assert run["parameters"] == {"script": "script.pkt", "outcome": outcome}
    assert "SYN-RECEIVED" not in (tmp_path / "runs" / "script" / "transitions.csv").read_text(encoding="ascii")


def test_each_of_several_scripts_has_its_run_folder(play, tmp_path):
    (tmp_path / "right.pkt").write_text(LISTENS, encoding="ascii")
    (tmp_path / "strange.pkt").write_text(LISTENS + "+0 dup(3) = 4\n", encoding="ascii")
    status, output = play(WRONG, "--trace=runs", "-j3", "right.pkt", "strange.pkt")
    assert (status, output.splitlines()[-1]) == (1, "1 passed, 1 failed, 1 skipped")
    outcomes = [manifest(tmp_path / "runs" / name)["parameters"]["outcome"] for name in ("right", "strange", "script")]
    assert [outcome.split()[0] for outcome in outcomes] == ["passed", "not", "failed"]


def test_what_failed_is_told_although_the_run_folder_is_not_to_be_had(play, tmp_path):
    (tmp_path / "runs").write_text("a file", encoding="ascii")
    status, output = play("0 close(", "--trace=runs")
    assert status == 1
    first, second = output.splitlines()[:2]
    assert first == "script.pkt:1: 'end of file' stands where a value belongs"
    assert second.startswith("script.pkt: The folder 'runs/script' cannot be made: ")


ENDLESS = WRONG[: WRONG.index("+0 write")].replace(
    "0 socket", "0 `sysctl -w lifecycle.KeepAlive=true lifecycle.KeepIdle=1ms lifecycle.KeepInterval=1ms "
    "lifecycle.KeepCount=1000000`\n+0 socket", 1) + "+999999 close(4) = 0\n"  # fmt: skip


@pytest.mark.parametrize("to_all", [False, True])
def test_an_interrupted_run_leaves_its_folder(tmp_path, to_all):
    (tmp_path / "endless.pkt").write_text(ENDLESS, encoding="ascii")
    (tmp_path / "wrong.pkt").write_text(WRONG, encoding="ascii")
    process = subprocess.Popen(
        [PROGRAM, "--trace=runs", "endless.pkt", "wrong.pkt"], cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    segments = tmp_path / "runs" / "endless" / "segments.csv"
    for _ in range(300):
        if segments.exists() and segments.stat().st_size > 0:
            break
        time.sleep(0.1)
    (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert output.startswith("endless.pkt: interrupted at ")
    assert errors == "packetdrill: interrupted; 2 of 2 scripts were not played to their end.\n"
    run = manifest(tmp_path / "runs" / "endless")
    assert (run["interrupted"], run["parameters"]["outcome"]) == (True, "interrupted")


@pytest.mark.parametrize("arguments", [["-v"], ["-v", "-j2"], ["--help"], []])
def test_output_that_nobody_takes_is_a_failure(tmp_path, arguments):
    (tmp_path / "script.pkt").write_text(LISTENS, encoding="ascii")
    said = "packetdrill: standard output cannot be written: "
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run(
            [PROGRAM, *arguments, "script.pkt"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (result.returncode, result.stderr) == (1, said + "No space left on device.\n")
    closed = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", PROGRAM, *arguments, "script.pkt"], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    assert (closed.returncode, closed.stderr) == (1, said + "Bad file descriptor.\n")


def test_the_run_folders_of_all_scripts_agree_with_the_state_graph(play_folder, tmp_path):
    scripts = ROOT / "test" / "packetdrill" / "scripts"
    assert play_folder(scripts, f"--trace={tmp_path}")[0] == 0
    found = [verdict(RunFolder(folder)) for folder in sorted(tmp_path.iterdir())]
    assert len(found) == len(list(scripts.glob("*.pkt")))
    assert [text for text, is_broken in found if is_broken] == []
