"""`lab summary`: each metric with its unit, what theory expects or why it expects nothing, and what it is."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import folders
import pytest

PROGRAM = Path(os.environ.get("LIFECYCLE_RUN", Path(__file__).resolve().parents[2] / "build" / "bin" / "lifecycle-run"))


@pytest.fixture
def run(tmp_path):
    """A folder of lifecycle-run with these options."""
    assert PROGRAM.exists(), f"{PROGRAM} is missing; ./lab test builds it"

    def with_options(*options: str, status: int = 0) -> Path:
        folder = tmp_path / f"run-{len(list(tmp_path.iterdir()))}"
        result = subprocess.run([PROGRAM, f"--output={folder}", "--record=none", "--quiet", *options], capture_output=True, check=False)
        assert result.returncode == status, result.stderr
        return folder

    return with_options


def lines_of(analysis, folder: Path) -> list[str]:
    status, out, err = analysis("summary", folder)
    assert (status, err) == (0, "")
    return out.splitlines()


def row(lines: list[str], metric: str, host: str) -> list[str]:
    return next(line.split() for line in lines if line.split()[:2] == [metric, host])


@pytest.mark.parametrize("options", [
    ["--rate=20", "--duration=10s", "--msl=1s", "--loss=0.05"], ["--stack=stock"], ["--listen=false"],
    ["--rate=5", "--duration=2s", "--crash-at=1s", "--stop=20s", "--clients=2"],
    ["--inject=attacker->server: SYN from 198.51.100.0/24 poisson 100/s for 5s", "--syn-cookies=on-overflow", "--syn-queue-limit=4"],
    ["--rate=30", "--duration=3s", "--ephemeral-first=50000", "--ephemeral-last=50009"],
    ["--rate=20", "--duration=3s", "--msl=1s", "--time-wait-limit=5"],
], ids=" ".join)  # fmt: skip
def test_every_metric_of_a_run_stands_there_with_its_unit_and_meaning(run, analysis, options):
    folder = run(*options)
    lines = lines_of(analysis, folder)
    text = " ".join(" ".join(lines).split())
    for metric in json.loads((folder / "summary.json").read_text())["metrics"]:
        assert row(lines, metric["name"], metric["host"])[3] == metric["unit"]
        assert metric["meaning"].partition("from_s")[0] in text


LITTLE = ["--rate=100", "--msl=4s", "--duration=30s", "--arrivals=poisson"]


@pytest.mark.parametrize(("options", "host", "value", "words"), [
    ([], "client", "800", "lambda * 2 MSL (E08, Little's law)"),
    (["--time-wait-factor=1"], "client", "400", "lambda * 1 MSL (E08, Little's law)"),
    (["--close-first=server"], "server", "800", "lambda * 2 MSL (E08, Little's law)"),
    (["--close-first=server", "--close-first-probability=0.25"], "server", "200", "p * lambda * 2 MSL (E08, Little's law)"),
    (["--close-first=server"], "client", "none", "none, because it assumes that this host closes connections first"),
    (["--time-wait-limit=200"], "client", "none", "none, because it assumes that any number of connections may be in TIME-WAIT"),
    (["--rules=client->server: drop 1st SYN"], "client", "none", "none, because it assumes that no segment has a rule"),
    (["--stop=20s"], "client", "none", "none, because it assumes that the run is not cut by --stop before the arrivals end"),
    (["--ephemeral-first=50000", "--ephemeral-last=50099", "--arrivals=fixed"], "client", "none", "a client has ports enough"),
    (["--stack=stock"], "client", "none", "none, because it assumes that the TCP is this module's, not ns-3's own"),
])  # fmt: skip
def test_theory_stands_beside_the_measurement_or_why_there_is_none(run, analysis, options, host, value, words):
    lines = lines_of(analysis, run(*LITTLE, *options))
    assert row(lines, "time-wait-mean", host)[4] == value
    assert words in next(line for line in lines if line.startswith(f"theory of time-wait-mean, {host}: "))
    if value != "none":
        assert float(row(lines, "time-wait-mean", host)[2]) == pytest.approx(float(value), rel=0.1)


def test_hosts_beyond_a_handful_share_a_row(run, analysis):
    lines = lines_of(analysis, run("--clients=7", "--rate=7", "--duration=30s", "--msl=1s"))
    (shared,) = [line for line in lines if line.startswith("octets-sent ") and "client" in line]
    assert "each client" in shared and " octets " in shared
    assert "Time average of this host's connections in TIME-WAIT, from 2 to 30 s" in " ".join(" ".join(lines).split())


def test_what_a_program_of_its_own_adds_and_does_not_tell(tmp_path, analysis):
    """No options, so no theory; each metric brings its meaning."""
    folder = folders.occupancy(tmp_path / "own", parameters={})
    summary = json.loads((folder / "summary.json").read_text())
    summary["metrics"].append({"name": "cups-of-tea", "host": "server", "unit": "cups", "value": 3, "meaning": "cups of tea drunk, whole run"})
    (folder / "summary.json").write_text(json.dumps(summary))
    lines = lines_of(analysis, folder)
    assert " ".join(row(lines, "cups-of-tea", "server")[2:]).startswith("3 cups cups of tea")
    assert "time average of this host's connections in TIME-WAIT, 20 to 120 s" in " ".join(" ".join(lines).split())
    summary["metrics"][0]["meaning"] += ", from from_s to to_s"
    (folder / "summary.json").write_text(json.dumps(summary))
    assert "connections in TIME-WAIT, from 20 to 120 s" in " ".join(" ".join(lines_of(analysis, folder)).split())
    assert lines[-1] == "theory of time-wait-mean, server: none, because its program tells no options"


@pytest.mark.parametrize("content", ["{", '{"schema": 2, "metrics": []}', '{"schema": 2, "metrics": [{"name": "time-waits", "meaning": "m"}]}'])
def test_a_summary_that_holds_none(life, analysis, content):
    (life / "summary.json").write_text(content)
    status, out, err = analysis("summary", life)
    assert status == 2 and out == "" and "summary.json" in err and err.count("\n") == 1
