"""live-peer: a simulated web server that real programs reach, each in a network namespace of its own."""

import os
import subprocess
import sys

import pytest

from programs import ROOT, program

PROGRAM = program("live-peer")
UNSHARE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
GET = "import urllib.request; print(len(urllib.request.urlopen('http://10.77.0.2/', timeout=60).read()))"


def beside(folder, *words: str) -> subprocess.CompletedProcess:
    """What `./lab live` runs."""
    assert PROGRAM.exists(), f"{PROGRAM} is missing; ./lab test builds it"
    return subprocess.run(
        [*UNSHARE, sys.executable, str(ROOT / "examples/live-peer/beside.py"), str(PROGRAM), str(folder), *words],
        capture_output=True, text=True, timeout=120, check=False,
    )


def has_namespaces() -> bool:
    """Whether a TAP device can be made in a network namespace here."""
    make = [*UNSHARE, "ip", "tuntap", "add", "sim0", "mode", "tap"]
    return subprocess.run(make, capture_output=True, check=False).returncode == 0


needs_namespaces = pytest.mark.skipif(not has_namespaces(), reason="no network namespace with a TAP can be made here")


@needs_namespaces
def test_page_arrives_through_loss_and_the_ladder_shows_the_retransmissions(folder):
    done = beside(folder, "--loss=0.05", "--rules=host->gateway: drop 2nd data; gateway->host: drop 1st SYN",
                  "--octets=70000", "--", sys.executable, "-c", GET)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "70000\n"
    ladder = subprocess.run([sys.executable, "-m", "analysis", "ladder", str(folder)], cwd=ROOT,
                            env=os.environ | {"COLUMNS": "120"}, capture_output=True, text=True, check=True).stdout
    assert "(retransmission)" in ladder
    assert ladder.count("rule: drop") == 2
    assert "ESTABLISHED" in ladder and "FIN-WAIT-1" in ladder


@needs_namespaces
def test_status_is_that_of_the_command(folder):
    assert beside(folder, "--", "sh", "-c", "exit 7").returncode == 7


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--loss=2", "--loss: '2.000000' is not allowed; allowed is 0 to 1"),
        ("--rules=host->moon: drop 1st SYN", "--rules: "),
        ("--delay=soon", "--delay: 'soon' is not allowed"),
        ("--tap=none-of-yours-and-too-long", "'none-of-yours-and-too-long' is no TAP device; allowed is a name of 1 to 15 characters"),
    ],
)
def test_bad_value_gives_one_sentence(tmp_path, option, sentence):
    done = subprocess.run([str(PROGRAM), f"--output={tmp_path / 'run'}", option], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 2
    assert sentence in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_command_is_needed(tmp_path):
    done = subprocess.run([sys.executable, str(ROOT / "examples/live-peer/beside.py"), str(PROGRAM),
                           str(tmp_path / "run"), "--loss=0"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_live_scenarios_are_skipped_aloud_where_namespaces_are_forbidden(tmp_path):
    forbidden = tmp_path / "unshare"
    forbidden.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted' >&2\nexit 1\n")
    forbidden.chmod(0o755)
    done = subprocess.run([sys.executable, str(ROOT / "test/live/run.py"), str(tmp_path / "results")],
                          env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}",
                                            "PYTHONPATH": str(ROOT / "test/live")},
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 77, done.stderr
    assert done.stdout.startswith("SKIP: ") and "Operation not permitted" in done.stdout
    assert done.stdout.count("\n") == 1
    assert "<skipped" in (tmp_path / "results" / "live.xml").read_text()
