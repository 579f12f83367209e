"""What ./lab bench makes of what its programs print."""

import json
import subprocess
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench import cases, measuring, report, targets
from bench.cases import Case, command

ROOT = Path(__file__).resolve().parents[2]
TINY = Case("low", "few", "us_per_connection",
            {stack: command("bench-connections", f"--stack={stack}", "--connections=20") for stack in ("ours", "floor")},
            repeats=2)  # fmt: skip
MEMORY = Case("memory", "heap", "octets_per_connection",
              {"ours, TIME-WAIT": command("bench-lingering", "--from=10", "--connections=50")}, repeats=1)  # fmt: skip
RECORD = Case("record", "whole programs", "us_per_connection",
              {"occupancy": command("lifecycle-run", "--quiet", "--record=occupancy")}, repeats=1, whole_process=True,
              folder="--output=")  # fmt: skip


@pytest.fixture
def measures(monkeypatch):
    """Makes this what is measured."""

    def replace(*timed: Case, counted: tuple[Case, ...] = ()) -> None:
        monkeypatch.setattr(cases, "timed", lambda quick: list(timed))
        monkeypatch.setattr(cases, "counted", lambda quick: list(counted))

    return replace


def verdict_of(results, what):
    return next(verdict for verdict in targets.verdicts(results) if verdict.what.startswith(what))


def test_everything_is_measured_and_written(measures, tmp_path, capsys):
    measures(TINY, RECORD, counted=(MEMORY,))
    assert bench.main(["--quick", "-o", str(tmp_path / "out")]) == 0
    told = json.loads((tmp_path / "out" / "bench.json").read_text())
    assert told.keys() == {"machine", "quick", "cases", "targets"} and told["quick"] is True
    by_name = {case["name"]: case for case in told["cases"]}
    assert [len(lines) for lines in by_name["low"]["commands"].values()] == [2, 2]
    assert all(line["closed"] == 20 for lines in by_name["low"]["commands"].values() for line in lines)
    assert by_name["record"]["commands"]["occupancy"][0].keys() == {"command", "us_per_connection", "cpu_s", "peak_octets"}
    assert by_name["memory"]["commands"]["ours, TIME-WAIT"][0]["at_server"] == 50
    assert (tmp_path / "out" / "bench.png").read_bytes().startswith(b"\x89PNG")
    verdicts = {verdict["what"]: verdict["verdict"] for verdict in told["targets"]}
    assert len(verdicts) == len(targets.TARGETS)
    assert verdicts["1,000/s: ours to the floor (aim: 1.3)"] in ("reached", "not reached")
    assert verdicts["bulk: ours to stock as it comes"] == "not measured"
    table = capsys.readouterr().out
    assert "few [us a connection]" in table and "n=2" in table and "times the floor" in table


def test_what_bench_does_not_know_is_refused_before_it_builds():
    for words, told in (
        (["--frob"], "not '--frob'."), (["low"], "not 'low'."), (["-o"], "bench -o needs a folder."), (["--quick", "-o"], "needs a folder."),
        (["--caption=beside"], "not '--caption=beside'."),
    ):  # fmt: skip
        done = subprocess.run([ROOT / "lab", "bench", *words], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (2, "") and told in done.stderr


def test_its_figure_goes_into_a_paper_too(measures, tmp_path, capsys):
    measures(TINY)
    assert bench.main(["--width=84", "-o", str(tmp_path)]) == 2 and "--width: '84' is not allowed" in capsys.readouterr().err
    assert bench.main(["--quick", "-o", str(tmp_path), "--format=svg,pdf", "--width=84mm"]) == 0
    assert capsys.readouterr().out.endswith(f"written: {tmp_path}/bench.json, {tmp_path}/bench.svg, {tmp_path}/bench.pdf\n")
    assert 'width="238.1' in (tmp_path / "bench.svg").read_text()


def test_after_ctrl_c_what_was_measured_stays(measures, monkeypatch, tmp_path, capsys):
    measures(TINY)
    measure, count = measuring._measure, iter(range(10))

    def interrupted(case, name):
        if next(count) == 3:
            raise KeyboardInterrupt
        return measure(case, name)

    monkeypatch.setattr(measuring, "_measure", interrupted)
    assert bench.main(["-o", str(tmp_path)]) == 130
    (case,) = json.loads((tmp_path / "bench.json").read_text())["cases"]
    assert {name: len(lines) for name, lines in case["commands"].items()} == {"ours": 2, "floor": 1}
    assert "n=2" in capsys.readouterr().out


def test_a_program_that_breaks_is_named_and_takes_nothing_else_with_it(measures, tmp_path, capsys):
    broken = Case("overlap-1000", "many", "us_per_connection", {"ours": command("bench-connections", "--rate=0")}, repeats=2)
    measures(broken, TINY)
    assert bench.main(["-o", str(tmp_path)]) == 1
    table, sentence = capsys.readouterr()
    assert "few [us a connection]" in table and "n=2" in table
    assert sentence.count("\n") == 1 and "bench-connections --rate=0' ended with status 2: bench-connections: --rate" in sentence


def test_a_program_that_is_not_there_is_named(measures, tmp_path, capsys):
    measures(Case("low", "few", "us_per_connection", {"ours": command("bench-nothing")}))
    assert bench.main(["-o", str(tmp_path)]) == 1
    assert capsys.readouterr().err.endswith("bench-nothing: No such file or directory; './lab bench' builds it\n")


def results_of(**lines):
    """What would have been measured at low overlap: by stack, what each repeat cost."""
    results = measuring.Results()
    case = Case("low", "few", "us_per_connection", {})
    for stack, figures in lines.items():
        for figure in figures:
            results.add(case, stack, {"us_per_connection": figure})
    return results


@pytest.mark.parametrize("ours, verdict", [([10, 14, 90], "reached"), ([10, 16, 17], "not reached"), ([], "not measured")])
def test_the_median_is_judged(ours, verdict):
    assert verdict_of(results_of(ours=ours, floor=[9, 10, 11]), "1,000/s: ours to the floor").verdict == verdict


@pytest.mark.parametrize("stock, verdict", [(3100, "reached"), (2900, "not shown")])
def test_what_was_ended_by_its_limit_is_a_bound(stock, verdict):
    results = measuring.Results()
    case = Case("overlap-10000", "many", "us_per_connection", {})
    results.add(case, "ours", {"us_per_connection": 100})
    results.add(case, "stock", {"us_per_connection": stock, "limited": True, "opened": 1234})
    judged = verdict_of(results, "10,000 overlapping")
    assert judged.verdict == verdict
    assert judged.measured.startswith("more than ") and "after 1,234 connections" in judged.measured


@pytest.mark.parametrize("level, cost, verdict",
                         [("1M", 114, "reached"), ("1M", 116, "not reached"), ("100k", 114, "not shown"), ("100k", 116, "not reached")])  # fmt: skip
def test_growth_is_judged_at_a_million(level, cost, verdict):
    results = measuring.Results()
    for name, figure in (("1k", 100), (level, cost)):
        results.add(Case(f"time-wait-{name}", name, "us_per_connection", {}), "ours", {"us_per_connection": figure})
    assert verdict_of(results, "growth of time").verdict == verdict


def test_an_axis_within_a_power_of_ten_has_numbers():
    results = results_of(floor=[16])
    results.add(Case("time-wait-1k", "some", "us_per_connection", {}), "ours", {"us_per_connection": 45, "limited": False, "curve": []})
    figure = report._figure(results)
    figure.canvas.draw()
    low, high = figure.axes[0].get_ylim()
    shown = {text.get_text() for text in figure.axes[0].get_yticklabels(which="minor")}
    assert 10 < low < 20 and 40 < high < 100 and {"20", "30"} <= shown


def test_a_panel_without_figures_says_so():
    time, memory = report._figure(results_of(floor=[10])).axes
    assert [text.get_text() for text in memory.texts] == ["not measured"] and not time.texts


def test_what_is_compared_is_built():
    """Each command names a program of the build, and cases are named once."""
    for quick in (True, False):
        every = [*cases.timed(quick), *cases.counted(quick)]
        assert len({case.name for case in every}) == len(every)
        programs = {line[0] for case in every for line in case.commands.values()}
        assert {name.rpartition("/")[2] for name in programs} == {
            "bench-connections", "bench-bulk", "bench-flood", "bench-lingering", "bench-core", "lifecycle-run"}  # fmt: skip
