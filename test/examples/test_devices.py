"""lifecycle-devices: the same life of a connection, whatever device lies below."""

import csv
import re
import subprocess

import pytest

import programs

PROGRAM = programs.program("lifecycle-devices")
DEVICES = ("point-to-point", "csma", "wifi")
EDGE = re.compile(r"(\d+\.\d{6}) (client|server) (\S+) -> (\S+) \((T\d\d)\)")


def run(*options: str) -> subprocess.CompletedProcess:
    """The finished program."""
    assert PROGRAM.exists(), f"{PROGRAM} is missing; ./lab test builds it"
    return subprocess.run(
        [str(PROGRAM), *options], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--device=carrier-pigeon", "--device: 'carrier-pigeon' is not allowed; allowed are point-to-point"),
        ("--octets=0", "--octets: '0' is not allowed"),
    ],
)
def test_bad_value_gives_one_sentence(option, sentence):
    result = run(option)
    assert result.returncode == 2
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_folder_in_use_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    result = run(f"--output={tmp_path}")
    assert result.returncode == 2
    assert str(tmp_path) in result.stderr


@pytest.mark.parametrize("device", DEVICES)
def test_life_is_the_same_over_each_device(device):
    """Covers T01, T02, T03, T08, T12, T21, T22, T23, T26, T29, T30."""
    result = run(f"--device={device}", "--octets=50000")
    assert result.returncode == 0, result.stderr
    *lines, last = result.stdout.splitlines()
    edges = [EDGE.fullmatch(line) for line in lines]
    assert all(edges), result.stdout
    assert [e[5] for e in edges if e[2] == "client"] == ["T02", "T08", "T21", "T26", "T30"]
    assert [e[5] for e in edges if e[2] == "server"] == ["T01", "T03", "T12", "T22", "T23", "T29"]
    assert last == f"50000 of 50000 octets arrived over {device}"


def test_devices_differ_in_time():
    outputs = {device: run(f"--device={device}").stdout for device in DEVICES}
    assert len(set(outputs.values())) == len(DEVICES)
    assert outputs["wifi"] == run("--device=wifi").stdout  # but each repeats itself


def test_run_folder_holds_what_is_printed(tmp_path):
    folder = tmp_path / "run"
    result = run("--device=csma", f"--output={folder}", "--ns3::LifecycleL4Protocol::Msl=5s")
    assert result.returncode == 0, result.stderr
    with open(folder / "transitions.csv", encoding="utf-8", newline="") as table:
        written = [(row["host"], row["transition"]) for row in csv.DictReader(table)]
    printed = [EDGE.fullmatch(line) for line in result.stdout.splitlines()[:-1]]
    assert written == [(edge[2], edge[5]) for edge in printed]
    times = {edge[5]: float(edge[1]) for edge in printed}
    assert times["T30"] == pytest.approx(times["T26"] + 10, abs=0.001)
