"""A replication in which a metric has no value is a result: missing for that metric alone, counted, and named."""

from __future__ import annotations

import csv
import io
import re

import pytest
from sweeping import good, rows, sweep, texts_of, write

# A run of one second may see no connection, or none that ends.
SOME = """
question = "How long does a connection live?"
metrics = ["lifetime-mean@client", "connections-opened@client", "time-wait-mean@client"]

[fixed]
arrivals = "poisson"
duration = "1s"
msl = "100ms"

[grid]
rate = [1, 4]
delay = ["5ms", "10ms"]

[compute]
twice = { value = "2 * lifetime-mean@client", unit = "s" }
at-least = { value = "max(0, lifetime-mean@client)", unit = "s" }

[replications]
count = 8

[[figure]]
kind = "heat-map"
metric = "lifetime-mean@client"
x = "rate"
y = "delay"

[[figure]]
metric = "lifetime-mean@client"
x = "rate"
series = "delay"

[[figure]]
kind = "heat-map"
metric = "connections-opened@client"
x = "rate"
y = "delay"
"""


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    folder = tmp_path_factory.mktemp("some")
    store = folder / "a.sqlite"
    good("run", write(folder, SOME), "-o", store, "--engine", "fork-server", "-j", 2)
    return store


def cells(store) -> dict[tuple[str, str, str], list[str]]:
    exported = sweep("export", "-o", store)
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in csv.DictReader(io.StringIO(exported.stdout)):
        found.setdefault((row["metric"], row["rate"], row["delay"]), []).append(row["value"])
    return found


def test_the_run_counts_and_its_other_metrics_survive(some):
    values = cells(some)
    assert {len(v) for v in values.values()} == {8} and rows(some, "SELECT count(*) FROM attempts") == [(0,)]
    for delay in ("5ms", "10ms"):
        lived, opened = values["lifetime-mean", "1", delay], values["connections-opened", "1", delay]
        assert 0 < lived.count("") < 8 and [v == "" for v in lived] == [float(v) == 0 for v in opened]
        for computed in ("twice", "at-least"):  # also where the formula would make a number of it
            assert [v == "" for v in values[computed, "1", delay]] == [v == "" for v in lived]
    assert "30 of" not in good("status", "-o", some) and "32 of 32 runs done, 0 failed" in good("status", "-o", some)


def test_exports_have_an_empty_cell_and_say_so(some):
    lacking = sum(v.count("") for (metric, *_), v in cells(some).items() if metric == "lifetime-mean")
    assert f"sweep: lifetime-mean@client has no value in {lacking} of 32 runs; their cells are empty\n" in sweep("export", "-o", some).stderr
    lines = list(csv.DictReader(io.StringIO(good("export", "-o", some, "--results"))))
    assert sum(line["lifetime-mean@client"] == "" for line in lines) == lacking
    assert all(line["connections-opened@client"] for line in lines)


def test_figures_and_report_say_of_how_many_a_mean_is(some, tmp_path):
    values = cells(some)
    good("plot", "-o", some, "--to", tmp_path)
    for name in ("1-lifetime-mean", "2-lifetime-mean"):
        told = texts_of(tmp_path / f"{name}.svg")
        text = " ".join(told)
        for delay in ("5ms", "10ms"):
            n = 8 - values["lifetime-mean", "1", delay].count("")
            assert f"{n} of 8" in told
        assert "runs have no value of lifetime-mean@client" in text and "no run yet" not in text and "Mean of 8 replications" in text
    text = " ".join(texts_of(tmp_path / "3-connections-opened.svg"))
    assert "no value" not in text
    good("report", "-o", some, "--to", tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert "lifetime-mean@client has no value in" in page and f"({8 - values['lifetime-mean', '1', '5ms'].count('')} of 8)" in page


def test_a_point_without_any_value_is_named(tmp_path):
    file = write(tmp_path, SOME.replace("rate = [1, 4]", "rate = [1, 4]\nduration = [\"1ms\", \"1s\"]").replace('duration = "1s"\n', "", 1)
                 .replace("count = 8", "count = 2").replace('x = "rate"', 'x = "rate"\npanels = "duration"'))  # fmt: skip
    store = tmp_path / "a.sqlite"
    good("run", file, "-o", store, "--engine", "fork-server", "-j", 2)
    good("plot", "-o", store, "--to", tmp_path)
    for name in ("1", "2"):
        told = texts_of(tmp_path / f"{name}-lifetime-mean.svg")
        assert re.search("At [4-8] of 8 points no run has one", " ".join(told)) and ("no value" in told) == (name == "1")
    good("report", "-o", store, "--to", tmp_path / "a.html")
    assert '<td class="number">no value</td>' in (tmp_path / "a.html").read_text()


def test_replications_go_on_over_those_that_have_a_value(tmp_path):
    text = SOME.replace("count = 8", 'metric = "lifetime-mean@client"\nhalf-width = 0.5\nat-least = 4\ncap = 30').replace("[1, 4]", "[1]")
    file, store = write(tmp_path, text), tmp_path / "a.sqlite"
    good("run", file, "-o", store, "--engine", "fork-server", "-j", 2)
    assert 8 <= len(rows(store)) < 60


@pytest.mark.parametrize("metric", ["octets-sent@client", "time-wait-mean@client", "connections-opened@client-7"])
def test_what_this_run_cannot_tell_is_no_failure(tmp_path, metric):
    """ns-3's own TCP does not tell all; a run may end before its steady part; a host may not be in it."""
    settings = {"octets-sent@client": 'stack = "stock"', "time-wait-mean@client": 'rate = 2\nduration = "5s"\nmsl = "1s"\nstop = "1s"'}
    text = f'metrics = ["{metric}", "connections-opened@client"]\n[fixed]\n{settings.get(metric, "")}\n[grid]\ndelay = ["5ms"]\n'
    file, store = write(tmp_path, text), tmp_path / "a.sqlite"
    said = sweep("run", file, "-o", store)
    assert said.returncode == 0
    assert f"sweep: {metric} has no value in any of 1 runs: none of them could tell it, or none has a host of that name\n" in said.stderr
    assert "connections-opened@client has no value" not in said.stderr
    lines = good("export", "-o", store, "--results").splitlines()
    assert len(lines) == 2 and "" in lines[1].split(",")


def test_a_failed_run_is_named_beside_what_has_no_value(tmp_path):
    from sweeping import misbehaving

    program = misbehaving(tmp_path, "3) exit 1 ;;")
    file, store = write(tmp_path, SOME), tmp_path / "a.sqlite"
    assert sweep("--program", program, "run", file, "-o", store).returncode == 1
    good("plot", "-o", store, "--to", tmp_path)
    text = " ".join(texts_of(tmp_path / "1-lifetime-mean.svg"))
    assert "4 runs FAILED" in text and "Mean of 2 replications" in text
