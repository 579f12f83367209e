"""Experiments as users run them: the program, its files and its exit status; and wrong machines that must not pass."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from analysis.experiments.method import catalogue  # noqa: E402

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg"}
ALL = {name: catalogue.load(name) for name in catalogue.names()}
FAST = ("e04-segments-to-close", "e18-give-up")
BREAKAGES = [(name, wrong) for name, experiment in ALL.items() for wrong in experiment.breakages]


def experiment(*arguments: object, timeout: float = 600) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-P", "-m", "analysis.experiments", *map(str, arguments)], env=ENVIRONMENT,
                          capture_output=True, text=True, timeout=timeout, check=False)  # fmt: skip


def result(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())


@pytest.fixture(scope="module")
def answered(tmp_path_factory) -> Path:
    """Where two short experiments have left their answers."""
    folder = tmp_path_factory.mktemp("answers")
    done = experiment("run", *FAST, "--quick", "-j", "2", "-o", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_an_answer_has_question_numbers_figures_and_how_to_repeat_it(answered):
    folder = answered / "e18-give-up"
    text = (folder / "answer.md").read_text()
    for part in (ALL["e18-give-up"].question, "Verdict: **agrees**", "924.6 s", "| 15 |", "./lab experiment run e18-give-up --quick",
                 "./lab run ", "![data-ladder](data-ladder.png)"):  # fmt: skip
        assert part in text
    for name in ("data-ladder.png", "data-ladder.svg", "data.toml"):
        assert (folder / name).stat().st_size > 0
    found = [f for f in result(folder)["findings"] if f["metric"] == "given-up-after" and f["at"].get("data-retries") == "15"]
    assert [(f["measured"], f["theory"], f["verdict"], f["unit"]) for f in found] == [(pytest.approx(924.6), 924.6, "agrees", "s")]


def test_the_same_command_runs_nothing_again_and_says_the_same(answered):
    name = FAST[0]
    before = (answered / name / "result.json").read_bytes()
    written = sorted(path.stat().st_mtime_ns for path in (answered / name).glob("runs.sqlite.files/runs/*/segments.csv"))
    assert written and experiment("run", name, "--quick", "-o", answered).returncode == 0
    assert (answered / name / "result.json").read_bytes() == before
    after = sorted(path.stat().st_mtime_ns for path in (answered / name).glob("runs.sqlite.files/runs/*/segments.csv"))
    assert after == written


def test_a_broken_machine_turns_the_verdict_and_the_exit_status(answered):
    done = experiment("run", "e18", "--quick", "--break", "user-timeout=20s", "-o", answered)
    assert done.returncode == 1, done.stdout + done.stderr
    told = result(answered / "e18-give-up-broken")
    assert told["verdict"] == "disagrees" and told["broken"] == {"user-timeout": "20s"}
    assert "BROKEN ON PURPOSE: user-timeout = 20s" in (answered / "e18-give-up-broken" / "answer.md").read_text()
    assert result(answered / "e18-give-up")["verdict"] == "agrees"


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["run", "e99"], "'e99' is no experiment; the nearest is 'e09-port-exhaustion'"),
    (["run", "e18", "--break", "mls=1s"], "'mls' is no parameter of lifecycle-run; the nearest is 'msl'"),
    (["run", "e18", "--break", "msl"], "'msl' is not allowed; allowed is NAME=VALUE"),
    (["run", "e18", "--break", "msl=soon"], 'msl: "soon" is not allowed'),
    (["run", "e18", "--break", "syn-retries=2"], "'syn-retries' is varied by the experiment itself"),
    (["run"], "one of the arguments"),
])  # fmt: skip
def test_bad_input_is_one_sentence(arguments, sentence, tmp_path):
    done = experiment(*arguments, *(["-o", tmp_path] if len(arguments) > 1 else []))
    assert done.returncode == 2
    assert sentence in done.stderr and "Traceback" not in done.stderr


def test_list_and_show_tell_every_experiment():
    listed = experiment("list").stdout
    for name, declared in ALL.items():
        assert f"{name} " in listed and declared.question in listed
    shown = experiment("show", "e03").stdout
    for part in ("strict-repeated-syn = true", "R + r0 * l / (1 - 2 l)", "count = "):
        assert part in shown


@pytest.mark.parametrize("name", ALL)
def test_every_experiment_says_what_it_must(name):
    declared = ALL[name]
    assert declared.question.endswith(("?", ".")) and declared.parts and declared.breakages
    answer = declared.answer.format(**dict.fromkeys(declared.headlines, "x"))
    assert answer != declared.answer
    assert re.findall(r"[.?!](?!\S)", answer) == ["."] and answer.endswith("."), "not one sentence"
    for part in declared.parts:
        assert part.claims and part.runs >= part.quick_runs
        assert all(claim.source for claim in part.claims)


def test_there_are_breakages_enough():
    assert len(BREAKAGES) >= 8


full = pytest.mark.skipif("LIFECYCLE_FULL" not in os.environ, reason="--full runs it, some minutes")


@full
@pytest.mark.parametrize("name", ALL)
def test_the_right_machine_passes(name, tmp_path):
    """Covers E01 to E18. Without this a breakage that is undecided might be so for lack of runs alone."""
    done = experiment("run", name, "--quick", "-j", "2", "-o", tmp_path, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    assert result(tmp_path / name)["verdict"] in ("agrees", "within bound")


@full
@pytest.mark.parametrize(("name", "wrong"), BREAKAGES)
def test_a_wrong_machine_does_not_pass(name, wrong, tmp_path):
    """The same n as in `run --quick`, with which the right machine passes."""
    settings = [word for key, value in ALL[name].breakages[wrong].items() for word in ("--break", f"{key}={value}")]
    done = experiment("run", name, "--quick", "-o", tmp_path, *settings, timeout=1800)
    assert done.returncode == 1, done.stdout + done.stderr
    assert result(tmp_path / f"{name}-broken")["verdict"] in ("disagrees", "undecided")
