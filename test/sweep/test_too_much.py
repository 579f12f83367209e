"""Sweep files and formulas that ask for too much, or for what cannot be computed: a sentence at once, nothing lost."""

from __future__ import annotations

import csv
import io
import re
import resource
import time
from pathlib import Path

import pytest
from sweeping import PROGRAM, SMALL, good, sweep, write

from analysis.base.errors import BadInput
from analysis.sweep.expression import Expression
from analysis.sweep.plan import Plan
from analysis.base.program import Program
from analysis.sweep.sweep_file import read_sweep

WHERE = '[where]\na = {}\n[replications]'
TOO_MUCH = {
    "a tower of powers": ("[replications]", WHERE.format('"9**9**9**9 > 1"'), "has no value"),
    "a tower of truths": ("[replications]", WHERE.format('"' + "**".join(["(true + true)"] * 9) + ' > 1"'), "has no value"),
    "a text many times": ("[replications]", WHERE.format("\"'ab' * 1000000000 == 'a'\""), "'ab' is no number"),
    "a text formatted": ("[replications]", WHERE.format("\"'%1000000000d' % 3 == 'a'\""), "is no number"),
    "a number too large": ("[replications]", WHERE.format('"1e999 > 1"'), "1e999 is too large for a number"),
    "digits without end": ("[replications]", WHERE.format('"' + "9" * 900 + ' > 1"'), "is too large for a number"),
    "a root of less than 0": ("[replications]", WHERE.format('"(0 - 8) ** 0.5 > 1"'), "has no value"),
    "a division by zero": ("[replications]", WHERE.format('"1 / (rate - 2) > 1"'), "has no value (division by zero) for rate = 2"),
    "a function alone": ("[replications]", WHERE.format('"min"'), "has no value"),
    "a call of a number": ("[replications]", WHERE.format('"3 (4) > 1"'), "is no formula"),
    "nested brackets": ("[replications]", WHERE.format('"' + "(" * 400 + "1" + ")" * 400 + '"'), "is no formula"),
    "a long formula": ("[replications]", WHERE.format('"' + "1 + " * 1000 + '1"'), "a formula of 4001 characters is not allowed"),
    "a dependent without end": ("[replications]", '[dependent]\nwarm-up = "exp(700)"\n[replications]', "is not allowed"),
    "a dependent that is no text": ("[replications]", '[dependent]\nopen = "1 / 3"\n[replications]', "is not allowed"),
    "a tiny step": ("rate = [2, 4, 8]", "rate = {from = 1, to = 1000000, step = 0.000001}", "rate: a range of 9.99999e+11 values is too long"),
    "a tinier step": ("rate = [2, 4, 8]", "rate = {from = 1, to = 1000000, step = 1e-6}", "is too long"),
    "a tiny factor": ("rate = [2, 4, 8]", "rate = {from = 1, to = 1000000, factor = 1.000000001}", "is too long"),
    "no factor": ("rate = [2, 4, 8]", "rate = {from = 1, to = 1000000, factor = nan}", "factor must be a number"),
    "an infinite factor": ("rate = [2, 4, 8]", "rate = {from = 1, to = 1000000, factor = inf}", "factor must be a number"),
    "a count of values": ("rate = [2, 4, 8]", "rate = {from = 1, to = 1000000, count = 1000000000}", "a range of 1e+09 values is too long; allowed are 1000000"),
    "digits of a count": ("rate = [2, 4, 8]", f"rate = {{from = 1, to = 1000000, count = {'9' * 400}}}", "count must be a number"),
    "a product": ("rate = [2, 4, 8]", 'rate = {from = 1, to = 2000, step = 1}\ndata-retries = {from = 1, to = 15, step = 1}\n'
                  'delay = {from = "1ms", to = "100ms", step = "1ms"}', "points, which are too many; allowed are 1000000"),
    "infinity": ("rate = [2, 4, 8]", "rate = [2, inf]", "rate: Infinity is not allowed"),
    "no number": ("rate = [2, 4, 8]", "rate = [2, nan]", "rate: NaN is not allowed"),
    "a large number": ("rate = [2, 4, 8]", f"rate = [2, {'9' * 400}]", "is not allowed"),
    "a larger number": ("rate = [2, 4, 8]", f"rate = [2, {'9' * 5000}]", "not valid TOML"),
    "a date": ("rate = [2, 4, 8]", "rate = [1979-05-27]", 'rate: "1979-05-27" is not allowed'),
    "nested lists": ("rate = [2, 4, 8]", f"rate = {'[' * 5000}{']' * 5000}", "nested too deeply"),
    "a long time": ('msl = ["500ms", "1s"]', f'msl = ["{"9" * 5000}s"]', "is not allowed"),
    "a fraction of a long time": ('msl = ["500ms", "1s"]', 'msl = ["999999999999999999.123456789h"]', "is not allowed"),
    "replications": ("count = 5", "count = 1000000000", "count: 1000000000 is not allowed; allowed is a whole number from 1 to 100000"),
    "digits of replications": ("count = 5", f"count = {'9' * 400}", "is not allowed; allowed is a whole number"),
    "runs": ("count = 5", "count = 100000\n[zip]\ndelay = [" + ", ".join(f'"{i}ms"' for i in range(1, 9)) + "]", "runs of 48 points are too many"),
    "a confidence": ('question = "How many wait?"', f"confidence = {'9' * 400}", "allowed is a number between 0.5 and 1"),
    "no confidence": ('question = "How many wait?"', "confidence = nan", "allowed is a number between 0.5 and 1"),
    "a timeout": ("[replications]", '[limits]\ntimeout = "100000h"\n[replications]', "allowed is a time from 1ms to 500h"),
    "memory": ("[replications]", f'[limits]\nmemory = "{"9" * 400}GB"\n[replications]', "allowed is an amount in kB, MB or GB, up to"),
    "a large file": ("[fixed]", "#" * 1_000_001 + "\n[fixed]", "larger than 1000000 characters"),
}  # fmt: skip


@pytest.fixture(scope="module")
def program():
    return Program.ask(PROGRAM)


@pytest.fixture
def little_memory():
    """Half a gigabyte more than now, and it is an error."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 500_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("what", TOO_MUCH)
def test_too_much_is_refused_at_once(program, little_memory, tmp_path, what):
    from analysis.base.toml_file import text_of

    old, new, sentence = TOO_MUCH[what]
    assert old in SMALL
    file = write(tmp_path, SMALL.replace(old, new, 1))
    began = time.process_time()
    with pytest.raises(BadInput) as refusal:
        Plan(read_sweep("small.toml", text_of(file, "a sweep file"), program), program)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 3000
    assert time.process_time() - began < 5


def test_a_formula_has_a_number_a_truth_or_a_text():
    assert Expression("7 // 2 + round(2.4) + floor(1.5)")({}) == 6
    assert Expression("msl < 2s and 'a' in ('a', 'b')")({"msl": 1.0}) is True
    assert Expression("max(count, 2) ** 2")({"count": 3}) == 9


COMPUTED = SMALL.replace("[replications]", """[compute]
share = { value = "connections-opened@client / (rate - 2)", unit = "1" }
large = { value = "(1e200 + connections-opened@client * 1e190) * rate", unit = "1" }
none = { value = "1 / (rate - rate)", unit = "1" }
text = { value = "arrivals", unit = "1" }
[replications]""") + "".join(f'[[figure]]\nmetric = "{name}"\nx = "msl"\nseries = "rate"\n' for name in ("share", "large"))  # fmt: skip


def test_what_cannot_be_computed_is_an_empty_cell_and_counted(tmp_path):
    """All else that the store holds can be read."""
    file, store = write(tmp_path, COMPUTED), tmp_path / "a.sqlite"
    good("run", file, "-o", store, "--engine", "fork-server", "-j", 2)
    exported = sweep("export", "-o", store)
    assert exported.returncode == 0
    rows = list(csv.DictReader(io.StringIO(exported.stdout)))
    cells = {(row["metric"], row["rate"]): row["value"] for row in rows}
    assert len(rows) == 30 * 6
    assert cells["share", "2"] == "" and float(cells["share", "4"]) > 0 and float(cells["large", "2"]) > 1e200
    assert all(row["value"] == "" for row in rows if row["metric"] in ("none", "text"))
    assert "sweep: share has no value in 10 of 30 runs; their cells are empty\n" in exported.stderr
    good("report", "-o", store)
    page = (tmp_path / "a.sqlite.html").read_text()
    assert "share has no value in 10 of 30 runs" in page and "none has no value in 30 of 30 runs" in page
    assert len(good("plot", "-o", store).splitlines()) == 6


def test_a_figure_without_any_value_is_left_out_and_the_others_drawn(tmp_path):
    file = write(tmp_path, COMPUTED.replace('metric = "share"', 'metric = "none"'))
    store = tmp_path / "a.sqlite"
    good("run", file, "-o", store, "--engine", "fork-server", "-j", 2, "--filter", "rate == 2")
    drawn = sweep("plot", "-o", store, "--to", tmp_path)
    assert drawn.returncode == 0 and drawn.stderr.endswith("sweep: a figure is left out: none: no value to draw\n")  # behind how far it is, on a slow machine
    assert [Path(line).name for line in drawn.stdout.splitlines()] == ["1-time-wait-mean.png", "1-time-wait-mean.svg", "3-large.png", "3-large.svg"]
    good("report", "-o", store, "--to", tmp_path / "a.html")
    assert "Figure 2 is left out: none: no value to draw." in (tmp_path / "a.html").read_text()


def test_without_any_value_at_all_there_is_no_figure(tmp_path):
    text = COMPUTED.replace('metric = "share"', 'metric = "none"').replace('metric = "large"', 'metric = "text"')
    file = write(tmp_path, re.sub(r'\[\[figure\]\]\nmetric = "time-wait-mean.*?(?=\[\[|\Z)', "", text, flags=re.DOTALL))
    store = tmp_path / "a.sqlite"
    good("run", file, "-o", store, "--engine", "fork-server", "-j", 2, "--filter", "rate == 2")
    refused = sweep("plot", "-o", store)
    assert refused.returncode == 2 and refused.stderr.endswith("sweep: none: no value to draw\n")


@pytest.mark.parametrize("fixed", ["loss = 1", "min-rto = \"0s\"", "loss-to-client = 1\nmin-rto = \"1ms\"", "keep-alive = true\nloss = 1"])
def test_a_closed_form_that_has_no_number_is_none(program, fixed):
    """At the edges of what may be set, theory divides by zero."""
    from analysis.base.theory import CLOSED_FORMS
    from analysis.sweep.tables import Cell

    try:
        plan = Plan(read_sweep("small.toml", SMALL.replace("[fixed]", f"[fixed]\n{fixed}"), program), program)
    except BadInput:
        return  # the program does not allow it
    for point in plan.points:
        cell = Cell(point, plan.values(point))
        for name in CLOSED_FORMS:
            truth = cell.closed_form(name, "time-wait-mean@client")
            assert truth is None or abs(truth) < 1e300


FIGURES = [
    ('delay-to-server = ["same", "5ms", "1ms"]', 'x = "delay-to-server"', ""),
    ('delay-to-server = ["same", "5ms"]', 'x = "delay-to-server"\nscale = "log"', "delay-to-server takes texts"),
    ('arrivals = ["poisson", "fixed"]', 'x = "arrivals"\nscale = "log-x"', "arrivals takes texts"),
    ('arrivals = ["poisson", "fixed"]\nloss = [0, 0.1]', 'kind = "heat-map"\nx = "arrivals"\ny = "loss"\nscale = "log"', ""),
    ("listen = [true, false]", 'x = "listen"\nscale = "log"\ntitle = "$\\\\x$ \\u0001"', ""),
    ("loss = [0, 1]", 'x = "loss"\nscale = "log"\nclosed-form = "time-wait-occupancy"\nrelative = true', ""),
]


@pytest.mark.parametrize(("grid", "figure", "refusal"), FIGURES)
@pytest.mark.parametrize("values", [(0.0, 0.0, 0.0), (1.0, 1e6, 1e9), (float("nan"), 1e-300, 1e299), (float("nan"),) * 3])
def test_a_figure_of_anything_is_drawn_or_refused(program, grid, figure, refusal, values):
    """Texts along an axis, names with dollar signs, values that are none or far apart."""
    from analysis.base.picture import rendered
    from analysis.sweep.figures import draw
    from analysis.sweep.statistics import estimate
    from analysis.sweep.tables import Cell, Estimates

    metric = "time-wait-mean@client"
    text = f'metrics = ["{metric}"]\n[grid]\n{grid}\n[[figure]]\nmetric = "{metric}"\n{figure}\n'
    plan = Plan(read_sweep("small.toml", text, program), program)
    cells = [Cell(point, plan.values(point), {metric: estimate([value, value * 1.1], 0.95)}, runs=2)
             for point, value in zip(plan.points, [*values, *values])]  # fmt: skip
    table = Estimates(plan, cells, 2 * len(cells))
    try:
        rendered(draw(table, plan.sweep.figures[0]), "svg")
    except BadInput as problem:
        assert "no value to draw" in str(problem) or (refusal and refusal in str(problem))
    else:
        assert not refusal
