"""`lab run --config=MANIFEST`: a run is repeated from its manifest. A small program stands for lifecycle-run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import folders
import pytest

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = ["seed", "run", "msl", "rules", "arrivals-file", "record", "quiet"]
PROGRAM = """#!{python}
import json, sys
if sys.argv[1:] == ["--describe=json"]:
    print(json.dumps({description!r}))
else:
    print(json.dumps(sys.argv[1:]))
"""


@pytest.fixture
def program(tmp_path) -> Path:
    """It prints the options that it gets."""
    options = [{"name": name, "type": "text", "unit": "", "default": "", "describes-the-run": True, "help": ""} for name in PARAMETERS]
    description = {"program": "lifecycle-run", "model-identity": "", "ns3-version": "", "built-with": "", "presets": {}, "metrics": [],
                   "parameters": options}  # fmt: skip
    file = tmp_path / "lifecycle-run"
    file.write_text(PROGRAM.format(python=sys.executable, description=description))
    file.chmod(0o755)
    return file


def manifest(tmp_path: Path, **changes) -> Path:
    given = {"msl": "30s", "rules": "client->server: drop 1st SYN", "seed": "1", "run": "1", "record": "segments,timers"}
    file = tmp_path / "run" / "manifest.json"
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(folders.manifest(**{"parameters": given, **changes})))
    return file


def run(program: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-m", "analysis", "run", str(program), *arguments], cwd=ROOT, capture_output=True,
                          text=True, timeout=60, check=False)  # fmt: skip


def options(program: Path, *arguments: str) -> list[str]:
    done = run(program, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def refusal(program: Path, *arguments: str) -> str:
    done = run(program, *arguments)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr.count("\n") == 1
    return done.stderr


def test_a_run_is_repeated_with_its_options_seed_and_run(program, tmp_path):
    file = manifest(tmp_path, **{"rng-seed": 7, "rng-run": 9})
    expected = ["--msl=30s", "--rules=client->server: drop 1st SYN", "--seed=7", "--run=9", "--record=segments,timers", "--output=x"]
    assert options(program, f"--config={file}", "--output=x") == expected
    assert options(program, "--config", str(file.parent), "--output=x") == expected


def test_the_command_line_wins(program, tmp_path):
    """What stands last counts."""
    given = options(program, "--msl=7s", f"--config={manifest(tmp_path)}", "--quiet")
    assert given.index("--msl=30s") < given.index("--msl=7s") and given[-1] == "--quiet"


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"program": "lifecycle-last-ack"}, "a run of lifecycle-last-ack; only one of lifecycle-run can be repeated"),
    ({"parameters": {}}, "tells no options, without which the run cannot be repeated"),
    ({"parameters": {"msl": "30s", "mls": "3s"}}, "mls is no option of lifecycle-run now"),
    ({"parameters": {"msl": "30s", "b": "", "a": ""}}, "a, b are no options of lifecycle-run now"),
    ({"schema": 1}, "schema 1 is older than this analysis"),
])  # fmt: skip
def test_a_manifest_that_cannot_be_repeated_is_refused(program, tmp_path, changes, sentence):
    file = manifest(tmp_path, **changes)
    assert refusal(program, f"--config={file}").startswith(f"lifecycle-run: {file}: {sentence}")


def test_what_the_run_read_must_be_the_same(program, tmp_path):
    times = tmp_path / "times.txt"
    file = manifest(tmp_path, **{"input-files": {str(times): "fnv1a-64:af63dc4c8601ec8c"}})  # of "a", by the algorithm's authors
    assert f"{times}: cannot be read (No such file or directory); the run read it" in refusal(program, f"--config={file}")
    times.write_text("a")
    assert "--msl=30s" in options(program, f"--config={file}")
    times.write_text("b")
    assert f"{times}: not the file that the run of {file} read, whose hash is fnv1a-64:af63dc4c8601ec8c, not fnv1a-64:af63df4c8601f1a5" in (
        refusal(program, f"--config={file}"))  # fmt: skip


def test_a_folder_without_a_manifest(program, tmp_path):
    assert "manifest.json: no such file" in refusal(program, f"--config={tmp_path}")


def test_a_run_that_was_interrupted_goes_on_to_its_end_and_says_so(program, tmp_path):
    file = manifest(tmp_path, interrupted=True, end_s=12.5)
    done = run(program, f"--config={file}")
    assert done.returncode == 0 and "--msl=30s" in json.loads(done.stdout)
    assert "was interrupted at 12.5 s; this one goes on to its end" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.parametrize(("value", "words"), [("a\0b", "cannot be started with what --config says"), pytest.param("x" * 3_000_000, "cannot be started", id="long"),
                                              ({"a": 1}, "each of \"parameters\" needs a value, which is a text"),
                                              (None, "each of \"parameters\" needs a value, which is a text")])  # fmt: skip
def test_a_value_that_no_program_takes_is_one_sentence(program, tmp_path, value, words):
    assert words in refusal(program, f"--config={manifest(tmp_path, parameters={'msl': value})}")


def test_a_manifest_that_is_a_folder_is_one_sentence(program, tmp_path):
    (tmp_path / "manifest.json").mkdir()
    assert "manifest.json: cannot be read" in refusal(program, f"--config={tmp_path}")


def test_an_input_file_that_never_ends_is_not_read(program, tmp_path):
    file = manifest(tmp_path, **{"input-files": {"/dev/zero": "fnv1a-64:0"}})
    assert "/dev/zero: no regular file" in refusal(program, f"--config={file}")
