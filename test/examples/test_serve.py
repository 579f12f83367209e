"""The fork server: the same bytes as a process each, limits that hold, crashes that harm nobody else."""

import json
import subprocess

import pytest
from programs import PROGRAM, files, run

OPTIONS = ["--rate=20", "--arrivals=poisson", "--duration=5s", "--msl=1s", "--loss=0.05", "--quiet"]


class Server:
    def __init__(self):
        self.process = subprocess.Popen([PROGRAM, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, options, stderr="/dev/null", timeout_s=60, memory_bytes=0):
        request = {"arguments": options, "stderr": str(stderr), "timeout_s": timeout_s, "memory_bytes": memory_bytes}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture
def server():
    it = Server()
    yield it
    it.process.stdin.close()
    assert it.process.wait(20) == 0


def test_runs_are_those_of_separate_processes(server, tmp_path):
    for number in (1, 2, 1):
        options = [*OPTIONS, f"--run={number}", "--force"]
        assert server([*options, f"--output={tmp_path}/served-{number}"]) == {"exit": 0}
        assert run(*options, f"--output={tmp_path}/alone-{number}").returncode == 0
        assert files(tmp_path / f"served-{number}") == files(tmp_path / f"alone-{number}")
    assert files(tmp_path / "served-1") != files(tmp_path / "served-2")


def test_what_goes_wrong_is_answered_and_the_next_run_is_well(server, tmp_path):
    said = tmp_path / "stderr"
    assert server(["--mls=3s"], said) == {"exit": 2}
    assert said.read_text().startswith("lifecycle-run: --mls is no option; the nearest is --msl")
    endless = ["--close-first=nobody", "--keep-alive", "--keep-idle=1s", "--stop=270000h", "--quiet", "--record=none"]
    assert server([*endless, f"--output={tmp_path}/endless"], timeout_s=0.5) == {"timeout": True}
    answer = server([*OPTIONS, f"--output={tmp_path}/large"], memory_bytes=10_000_000)
    assert answer.get("exit") != 0
    assert server([*OPTIONS, f"--output={tmp_path}/well"]) == {"exit": 0}


def test_a_request_that_cannot_be_understood_ends_the_server():
    result = subprocess.run([PROGRAM, "--serve"], input="{}\n", capture_output=True, text=True, timeout=20)
    assert result.returncode == 2 and result.stderr.startswith("lifecycle-run: --serve: the request '{}' cannot be understood")


def test_the_description_tells_build_presets_and_metrics():
    described = json.loads(run("--describe=json").stdout)
    assert len(described["model-identity"]) == 64 and described["ns3-version"].startswith("3.")
    names = {p["name"] for p in described["parameters"]}
    assert described["presets"]["rfc9293"] == {} and described["presets"]["linux"]["msl"] == "30s"
    assert all(preset.keys() < names for preset in described["presets"].values())
    assert {m["name"]: m["unit"] for m in described["metrics"]}["lifetime-mean"] == "s"
    assert [p["name"] for p in described["parameters"] if not p["describes-the-run"]] == ["output", "force", "quiet"]


def test_only_one_side_probes(tmp_path):
    idle = ["--close-first=nobody", "--keep-alive", "--keep-idle=2s", "--stop=60s", "--quiet"]
    for host, other in (("client", "server"), ("server", "client")):
        folder = tmp_path / host
        assert run(*idle, f"--keep-alive-host={host}", f"--output={folder}").returncode == 0
        probes = [line.split(",")[1] for line in (folder / "segments.csv").read_text().splitlines() if ",keepalive" in line]
        assert len(probes) > 20 and other not in probes
