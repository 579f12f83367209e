"""Experiments as users run them: the program, its files and its exit status; and wrong machines that must not pass."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from scipy.stats import chi2

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from analysis.base.command_line import MOST_SEED  # noqa: E402
from analysis.base.program import Program  # noqa: E402
from analysis.experiments.method import catalogue  # noqa: E402
from analysis.experiments.method.conduct import Request, planned  # noqa: E402
from analysis.experiments.method.declaration import Chart  # noqa: E402
from analysis.experiments.method.size import UNDECIDED, intervals, reason  # noqa: E402
from analysis.experiments.method.verdict import confidence  # noqa: E402

PROGRAM = ROOT / "build" / "bin" / "lifecycle-run"
SEED = os.environ.get("LIFECYCLE_SEED", "1")  # `lab test --full` sets it
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg"}
ALL = {name: catalogue.load(name) for name in catalogue.names()}
FAST = ("e04-segments-to-close", "e18-give-up")
BREAKAGES = [(name, wrong) for name, experiment in ALL.items() for wrong in experiment.breakages]


def experiment(*arguments: object, timeout: float = 600) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-P", "-m", "analysis", "experiment", *map(str, arguments)], env=ENVIRONMENT,
                          capture_output=True, text=True, timeout=timeout, check=False)  # fmt: skip


def result(folder: Path) -> dict:
    return json.loads((folder / "result.json").read_text())


def answer(folder: Path, name: str) -> Path:
    """Where the one answer of an experiment is, whatever seed and machine it is of."""
    (found,) = folder.glob(f"{name}*")
    return found


@pytest.fixture(scope="module")
def program() -> Program:
    return Program.ask(PROGRAM)


@pytest.mark.parametrize("name", ALL)
def test_each_point_has_a_place_of_its_own_in_each_figure(program, name):
    """Else the figure would be refused, and the answer would lack it."""
    for conducted in planned(name, ALL[name], program, Path(), Request(quick=True)):
        for spec in (figure for figure in conducted.part.figures if not isinstance(figure, Chart)):
            shown = [option for option in (spec.x, spec.y, spec.series, *spec.panels) if option]
            places = [tuple(point.given[option] for option in shown) for point in conducted.plan.points]
            assert len(set(places)) == len(places), spec


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
    assert "Told in words instead of drawn: " in (folder / "data-ladder.svg").read_text()
    found = [f for f in result(folder)["findings"] if f["metric"] == "given-up-after" and f["at"].get("data-retries") == "15"]
    assert [(f["measured"], f["theory"], f["verdict"], f["unit"]) for f in found] == [(pytest.approx(924.6), 924.6, "agrees", "s")]


def test_a_listener_is_no_connection():
    """It stands in connections.csv too; what reads the times of the ends out of that finds those of the two ends."""
    import pandas as pd

    from analysis.experiments import e12_keepalive_detection, e17_simultaneous_open, handshake_anatomy, who_is_closed_first

    class Folder:
        """Of one connection, from 1 s to 9 s at the server, to 7 s at the client."""

        manifest = {"parameters": {"close-first": "server"}}
        rows = {"segments": {"time_s": [2.0], "host": ["server"], "event": ["rx"]},
                "connections": {"host": ["server", "server", "client"], "role": ["listener", "passive", "active"],
                                "opened_s": [0.0, 1.0, 1.0], "established_s": [float("nan"), 4.0, 3.0], "closed_s": [float("nan"), 9.0, 7.0]}}

        def table(self, what: str, columns: list[str]) -> pd.DataFrame:
            return pd.DataFrame(self.rows[what])[columns]

    assert e12_keepalive_detection.since_heard(Folder()) == {"since-heard": 7}
    assert who_is_closed_first.gap(Folder()) == {"closed-earlier-by": 2}
    assert handshake_anatomy.asymmetry(Folder()) == {"client-earlier-by": 1, "client-established": 3}
    assert e17_simultaneous_open.course(Folder()) == {"segments-to-open": 0, "open-after": 3, "connections": 2}


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


def test_another_seed_gives_other_numbers_in_a_folder_of_its_own(answered):
    before = (answered / "e04-segments-to-close" / "result.json").read_bytes()
    done = experiment("run", "e04", "--quick", "--seed=7", "-o", answered)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "e04-segments-to-close, seed 7" in done.stdout
    folder = answered / "e04-segments-to-close-seed-7"
    shares = [{f["at"]["fin-ack-delay"]: f["measured"] for f in result(answered / name)["findings"] if f["metric"] == "in-three"}
              for name in ("e04-segments-to-close", folder.name)]  # fmt: skip
    assert shares[0].keys() == shares[1].keys() and all(shares[0][at] != shares[1][at] for at in shares[0])
    assert result(folder)["rng-seed"] == 7
    assert "\nseed = 7\n" in (folder / "random.toml").read_text()
    text = (folder / "answer.md").read_text()
    for part in ("./lab experiment run e04-segments-to-close --quick --seed=7\n", " --seed=7 --run=1 ", "RngSeed 7,"):
        assert part in text
    assert (answered / "e04-segments-to-close" / "result.json").read_bytes() == before


def test_the_greatest_seed_is_what_the_program_takes():
    description = json.loads(subprocess.run([PROGRAM, "--describe=json"], capture_output=True, check=True).stdout)
    assert {p["name"]: p.get("range") for p in description["parameters"]}["seed"] == [1, MOST_SEED]


@pytest.mark.parametrize(("names", "settings", "why"), [
    (["e06", "who-is"], ["ephemeral-last=50001", "request-size=0"], "does not hold what incarnations reads out of it"),
    (["e10"], ["duration=3s"], "ladder-ladder is not drawn: "),
    (["e11", "who-is"], ["stop=1ms"], "46 of 46 runs have no value of time-wait-time-mean@client"),
])  # fmt: skip
def test_runs_that_a_break_makes_useless_are_told_and_the_next_experiment_goes_on(names, settings, why, tmp_path):
    breaks = [word for setting in settings for word in ("--break", setting)]
    done = experiment("run", *names, "--quick", *breaks, "-o", tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    folders = [tmp_path / f"{catalogue.find(name)}-broken" for name in names]
    assert why in (folders[0] / "answer.md").read_text()
    assert result(folders[0])["verdict"] in ("undecided", "disagrees")
    assert (folders[-1] / "answer.md").is_file()


@pytest.mark.parametrize(("arguments", "sentence"), [
    (["run", "e99"], "'e99' is no experiment; the nearest is 'e09-port-exhaustion'"),
    (["run", "e18", "--break", "mls=1s"], "'mls' is no option of lifecycle-run; the nearest is 'msl'"),
    (["run", "e18", "--break", "msl"], "'msl' is not allowed; allowed is NAME=VALUE"),
    (["run", "e18", "--break", "msl=soon"], 'msl: "soon" is not allowed'),
    (["run", "e18", "--break", "syn-retries=2"], "'syn-retries' is varied by e18-give-up itself; allowed is what it holds fixed"),
    (["run", "e17", "e18", "--break", "syn-retries=2"], "'syn-retries' is varied by e18-give-up itself"),
    (["run", "--all", "--break", "data-retries=2"], "'data-retries' is varied by e18-give-up itself"),
    (["run", "e18", "--break", "msl=1s", "--break", "msl=2s"], "msl is given twice"),
    (["run", "e18", "e08", "--break", "time-wait-restart=true"], "time-wait-restart=true is what each of these experiments has anyway"),
    (["run", "e18", "--break", "seed=7"], "'seed' is no option of the machine; allowed is any other than force, output, quiet, "
                                          "record, run and seed (--seed=N gives other random numbers)"),
    *((["run", "e18", f"--break={setting}"], "is no option of the machine; allowed is any other than force, ")
      for setting in ("run=2", "record=none", "output=x", "--quiet=true", "force=true")),
    (["run", "e18", "--break", "rules=client"], "--break: e18-give-up, data: lifecycle-run: --rules: expected"),
    (["run", "e18", "e04", "--break", "duration=1s"], "--break: e18-give-up, data: lifecycle-run: --duration=1s needs --rate=N"),
    *((["run", "e18", f"--seed={seed}"], f"{seed!r} is not allowed; allowed is a whole number from 1 to 4294944442")
      for seed in ("0", "-1", "4294944443", "1.5", "7,11", "today", "")),
    (["run"], "one of the arguments"),
])  # fmt: skip
def test_bad_input_is_one_sentence_before_anything_runs(arguments, sentence, tmp_path):
    done = experiment(*arguments, *(["-o", tmp_path] if len(arguments) > 1 else []))
    assert done.returncode == 2
    assert sentence in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_list_and_show_tell_every_experiment():
    listed = experiment("list").stdout
    for name, declared in ALL.items():
        assert f"{name} " in listed and declared.question in listed
    shown = experiment("show", "e03").stdout
    for part in ("strict-repeated-syn = true", "R + r0 * l / (1 - 2 l)", "count = ", "n follows from the variance, known beforehand: "):
        assert part in shown


@pytest.mark.parametrize("name", ALL)
def test_every_experiment_says_what_it_must(name):
    declared = ALL[name]
    assert declared.question.endswith(("?", ".")) and declared.parts and declared.breakages
    answer = declared.answer.format(**dict.fromkeys(declared.headlines, "x"))
    assert answer != declared.answer
    assert re.findall(r"[.?!](?!\S)", answer) == ["."] and answer.endswith("."), "not one sentence"
    for part in declared.parts:
        assert part.claims and all(claim.source for claim in part.claims)
        charts = [figure for figure in part.figures if isinstance(figure, Chart)]
        assert "record = " in part.sweep or not charts, "a chart has nothing to show"
        assert (part.runs == 0) == any(claim.is_interval for claim in part.claims), "n of an interval follows from its variance"


@pytest.mark.parametrize("name", ALL)
def test_a_fresh_seed_is_decided(name, program, tmp_path):
    parts = planned(name, ALL[name], program, tmp_path, Request(quick=True))
    judged = [(c.count, interval) for c in parts for interval in intervals(c.part, c.theory)]
    level = confidence(len(judged))
    assert sum(claim.undecided(n, p, expected, level) for n, (claim, p, expected) in judged) <= UNDECIDED
    for c in parts:
        told = reason(c.part, c.theory)
        assert bool(told) == any(claim.is_interval for claim in c.part.claims) and "nan" not in told
    assert all(full.count >= quick.count for full, quick in zip(planned(name, ALL[name], program, tmp_path, Request()), parts))


def test_all_experiments_together_are_decided_with_99_percent():
    assert len(ALL) * UNDECIDED < 0.0105


def test_there_are_breakages_enough():
    assert len(BREAKAGES) >= 8


@pytest.mark.parametrize("seed", ["0", "-1", "1.5", "07", "4294944443", "99999999999", "today", ""])
def test_lab_refuses_a_seed_that_is_none_before_it_builds(seed):
    done = subprocess.run([ROOT / "lab", "test", "--full", f"--seed={seed}"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == f"lab: test --seed needs a whole number from 1 to 4294944442, not '{seed}'.\n"


def test_lab_refuses_a_seed_for_tests_that_have_none():
    done = subprocess.run([ROOT / "lab", "test", "--seed=7"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == "lab: test --seed is of the experiments, which only --full runs.\n"


full = pytest.mark.skipif("LIFECYCLE_FULL" not in os.environ, reason="--full runs it, some minutes")


@full
@pytest.mark.parametrize("name", ALL)
def test_the_right_machine_passes(name, tmp_path):
    """Covers E01 to E18. Without this a breakage that is undecided might be so for lack of runs alone."""
    done = experiment("run", name, "--quick", f"--seed={SEED}", "-j", "2", "-o", tmp_path, timeout=1800)
    assert done.returncode == 0, f"./lab test --full --seed={SEED}: {done.stdout}{done.stderr}"
    told = result(answer(tmp_path, name))
    assert told["verdict"] in ("agrees", "within bound")
    for f in told["findings"]:
        if "deviation-expected" in f:  # by so much more once in 100,000 times, where runs are normal
            by_chance = (chi2.isf(1e-5, f["runs"] - 1) / (f["runs"] - 1)) ** 0.5
            assert f["deviation-measured"] <= by_chance * f["deviation-expected"], f


@full
@pytest.mark.parametrize(("name", "wrong"), BREAKAGES)
def test_a_wrong_machine_does_not_pass(name, wrong, tmp_path):
    """The same n as in `run --quick`, with which the right machine passes."""
    settings = [word for key, value in ALL[name].breakages[wrong].items() for word in ("--break", f"{key}={value}")]
    done = experiment("run", name, "--quick", f"--seed={SEED}", "-o", tmp_path, *settings, timeout=1800)
    assert done.returncode == 1, f"./lab test --full --seed={SEED}: {done.stdout}{done.stderr}"
    assert result(answer(tmp_path, name))["verdict"] in ("disagrees", "undecided")
