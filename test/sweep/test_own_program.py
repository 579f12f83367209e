"""Sweeps of a program of one's own, which is compiled and lies outside of the tree."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from sweeping import ROOT, good, rows, sweep

BUILD = ROOT / "build"
SOURCE = ROOT / "examples" / "lifecycle-load" / "main.cc"

LOAD = """
question = "How many wait, by load?"
program = "./my-load"
metrics = ["time-wait-mean@client-1", "time-wait-mean@client-2"]

[fixed]
clients = 2
duration = "2min"

[grid]
load = [8, 32]

[replications]
count = 4
"""


def compiled(source: Path, program: Path, libraries: Path = BUILD / "lib") -> Path:
    """`program`, made from `source` with the headers and libraries of the build alone."""
    command = next(entry["command"] for entry in json.loads((BUILD / "compile_commands.json").read_text()) if entry["file"] == str(SOURCE))
    flags = shlex.split(command)
    assert [flag for flag in flags if flag.startswith(f"-I{ROOT}")] == [f"-I{BUILD / 'include'}"]
    flags[flags.index("-o") + 1], flags[-1] = f"{program}.o", str(source)
    subprocess.run(flags, check=True, cwd=program.parent)
    ours = libraries / "libns3-tcp-lifecycle.so"
    loaded = subprocess.run(["ldd", ours], check=True, capture_output=True, text=True).stdout
    of_ns3 = re.findall(r"(/\S*libns3\S+) \(0x", loaded)
    subprocess.run(["c++", f"{program}.o", "-o", program, ours, *of_ns3, f"-Wl,-rpath,{libraries}"], check=True)
    return program


@pytest.fixture(scope="module")
def mine(tmp_path_factory) -> Path:
    """A folder with the program and the sweep file."""
    folder = tmp_path_factory.mktemp("mine")
    compiled(SOURCE, folder / "my-load")
    (folder / "load.toml").write_text(LOAD)
    return folder


def test_a_path_is_found_from_the_folder_of_the_sweep_file(mine, tmp_path):
    """The option of the program's own is an axis; the mean is Little's law: rate times 2 MSL, 5 s each."""
    store = tmp_path / "a.sqlite"
    assert "8 runs of 2 points" in good("plan", mine / "load.toml")
    good("run", mine / "load.toml", "-o", store)
    table = csv.DictReader(good("export", "-o", store).splitlines())
    waiting = {"8": 0.0, "32": 0.0}  # at both clients, mean of four runs
    for row in table:
        waiting[row["load"]] += float(row["value"]) / 4
    assert waiting == {"8": pytest.approx(8 / 2 * 10, rel=0.15), "32": pytest.approx(32 / 2 * 10, rel=0.15)}
    for verb in ("status", "ls", "report"):
        good(verb, "-o", store)


def test_the_fork_server_gives_the_same(mine, tmp_path):
    for engine, store in (("local", tmp_path / "a.sqlite"), ("fork-server", tmp_path / "b.sqlite")):
        good("run", mine / "load.toml", "-o", store, "--engine", engine)
    assert good("export", "--results", "-o", tmp_path / "a.sqlite") == good("export", "--results", "-o", tmp_path / "b.sqlite")


def test_a_rebuilt_program_or_library_never_meets_old_rows(mine, tmp_path):
    libraries = Path(shutil.copytree(BUILD / "lib", tmp_path / "lib", symlinks=True))
    shutil.copy(mine / "load.toml", tmp_path)
    compiled(SOURCE, tmp_path / "my-load", libraries)
    store = tmp_path / "a.sqlite"
    good("run", tmp_path / "load.toml", "-o", store)
    assert "8 runs of 2 points; 8 are done already" in good("plan", tmp_path / "load.toml", "-o", store)

    with open(libraries / "libns3-tcp-lifecycle.so", "ab") as library:
        library.write(b"\0")
    assert "8 runs of 2 points; 0 are done already" in good("plan", tmp_path / "load.toml", "-o", store)
    other = tmp_path / "other.cc"
    other.write_text(SOURCE.read_text().replace("scenario.hold = Seconds(2)", "scenario.hold = Seconds(4)"))
    compiled(other, tmp_path / "my-load")
    refused = sweep("run", tmp_path / "load.toml", "-o", store)
    assert refused.returncode == 2 and "holds runs of model" in refused.stderr and "--accept-build" in refused.stderr
    good("run", tmp_path / "load.toml", "-o", store, "--accept-build")
    assert rows(store, "SELECT count(*), count(DISTINCT model) FROM runs") == [(16, 2)]


def test_a_program_of_the_build_needs_its_name_alone(tmp_path):
    (tmp_path / "load.toml").write_text(LOAD.replace("./my-load", "lifecycle-load"))
    assert "8 runs of 2 points" in good("plan", tmp_path / "load.toml")


def test_failed_runs_are_tried_again_with_the_program_that_failed(mine, tmp_path):
    """A sweep in the store has no folder from which a path could begin."""
    script = tmp_path / "my-load"
    script.write_text(f'#!/bin/sh\ncase "$*" in *--describe*) exec {mine}/my-load "$@" ;; esac\n[ -e {tmp_path}/well ] || exit 7\n'
                      f'exec {mine}/my-load "$@"\n')  # fmt: skip
    script.chmod(0o755)
    shutil.copy(mine / "load.toml", tmp_path)
    store = tmp_path / "a.sqlite"
    assert sweep("run", tmp_path / "load.toml", "-o", store).returncode == 1
    (tmp_path / "well").touch()
    good("rerun", "--failed", "-o", store)
    assert rows(store, "SELECT count(*) FROM runs") == [(8,)]


@pytest.mark.parametrize(
    "program, said",
    [
        ('"./nothing"', "program: there is no "),
        ('"lifecycle-nothing"', "allowed is the name of a program in "),
        ('"."', "program: there is no "),
        ("7", "program: 7 is not allowed; allowed is the name of a program, or its path"),
        ('""', "program: '' is not allowed"),
        ('"./plain"', "does not answer --describe=json"),
        ('"./text"', "does not answer --describe=json"),
    ],
)
def test_what_cannot_be_run_is_refused_in_one_sentence(tmp_path, program, said):
    (tmp_path / "plain").write_text("#!/bin/sh\necho hello\n")
    os.chmod(tmp_path / "plain", 0o755)
    (tmp_path / "text").write_text("no program")
    (tmp_path / "load.toml").write_text(LOAD.replace('"./my-load"', program))
    refused = sweep("run", tmp_path / "load.toml", "-o", tmp_path / "a.sqlite")
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1 and said in refused.stderr, refused.stderr
    assert not (tmp_path / "a.sqlite").exists()


def test_an_unknown_option_is_told_with_the_nearest_of_the_program(mine, tmp_path):
    shutil.copy(mine / "my-load", tmp_path)
    (tmp_path / "load.toml").write_text(LOAD.replace("load = [8, 32]", "laod = [8, 32]"))
    refused = sweep("plan", tmp_path / "load.toml")
    assert refused.returncode == 2 and "'laod' is no option of lifecycle-load; the nearest is 'load'" in refused.stderr
