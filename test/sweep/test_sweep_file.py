"""Sweep files: what is refused before anything runs, with the line and the nearest valid name."""

from __future__ import annotations

import pytest
from sweeping import SMALL, good, sweep, write

BAD = {
    "unknown-option": ('msl = ["500ms", "1s"]', 'mls = ["1s"]', 10, "'mls' is no option of lifecycle-run; the nearest is 'msl'"),
    "no-unit": ('msl = ["500ms", "1s"]', "msl = [30]", 10, 'msl: 30 is not allowed; allowed is a time'),
    "wrong-unit": ('msl = ["500ms", "1s"]', 'msl = ["30 minutes"]', 10, 'msl: "30 minutes" is not allowed'),
    "unit-on-a-number": ("rate = [2, 4, 8]", 'rate = ["2s"]', 11, 'rate: "2s" is not allowed; allowed is a number, 0 or from 1e-06 to 1000000'),
    "out-of-range": ("rate = [2, 4, 8]", "rate = [2, 4, -8]", 11, "rate: -8 is not allowed"),
    "line-of-the-value": ("rate = [2, 4, 8]", "rate = [\n  2,\n  -4,\n]", 13, "rate: -4 is not allowed"),
    "no-choice": ('arrivals = "poisson"', 'arrivals = "often"', 6, 'arrivals: "often" is not allowed; allowed are fixed, poisson'),
    "flag": ('arrivals = "poisson"', "keep-alive = 1", 6, "keep-alive: 1 is not allowed; allowed are true and false"),
    "unknown-table": ("[fixed]", "[fixd]", 5, "'fixd' is no key of a sweep file; the nearest is 'fixed'"),
    "unknown-key": ("count = 5", "cuont = 5", 14, "'cuont' is no key of [replications]; the nearest is 'count'"),
    "unknown-metric": ('"time-wait-mean@client", ', '"time-wait-men@client", ', 3, "the nearest is 'time-wait-mean'"),
    "no-host": ('"time-wait-mean@client", ', '"time-wait-mean", ', 3, "is no metric of a host"),
    "set-twice": ('arrivals = "poisson"', 'msl = "1s"', 10, "'msl' is set twice"),
    "twice-the-same": ("rate = [2, 4, 8]", "rate = [2, 4, 4.0]", 11, "rate: 4 stands there twice"),
    "seed": ('arrivals = "poisson"', "seed = 3", 6, "'seed' is set by 'replications.seed'"),
    "output": ('arrivals = "poisson"', 'output = "x"', 6, "'output' is set by the sweep itself"),
    "range-without-step": ("rate = [2, 4, 8]", "rate = {from = 1, to = 9}", 11, "one of step, factor, count"),
    "range-downward": ("rate = [2, 4, 8]", "rate = {from = 9, to = 1, step = 1}", 11, "goes upward"),
    "log-from-zero": ("rate = [2, 4, 8]", "rate = {from = 0, to = 9, factor = 2}", 11, "starts above 0"),
    "zip-lengths": ("[replications]", '[zip]\ndelay = ["1ms", "2ms"]\nloss = [0]\n[replications]', 15, "loss has 1 values, but delay has 2"),
    "formula-name": ("[replications]", '[where]\na = "msl < reate"\n[replications]', 14, "'reate' in 'msl < reate' is unknown; the nearest is"),
    "formula-minus": ("[replications]", '[where]\na = "msl-1s > 0"\n[replications]', 14, "a minus needs blanks"),
    "formula-syntax": ("[replications]", '[where]\na = "msl <"\n[replications]', 14, "is no formula"),
    "formula-escape": ("[replications]", '[where]\na = "__import__(1)"\n[replications]', 14, "cannot be understood"),
    "no-point": ("[replications]", '[where]\na = "msl > 1h"\n[replications]', None, "[where] leaves no point"),
    "timeout": ("[replications]", '[limits]\ntimeout = 60\n[replications]', 14, "timeout: 60 is not allowed"),
    "memory": ("[replications]", '[limits]\nmemory = "much"\n[replications]', 14, "memory: 'much' is not allowed"),
    "count-and-width": ("count = 5", 'count = 5\nmetric = "time-wait-mean@client"\nhalf-width = 0.1', None, "either count, or metric and half-width"),
    "confidence": ('question = "How many wait?"', "confidence = 95", 2, "confidence: 95 is not allowed; allowed is a number between"),
    "record": ('question = "How many wait?"', 'record = "all"', 2, "record: 'all' is not allowed; allowed are transitions"),
    "rules alone": ('question = "How many wait?"', 'record = "rules"', 2, "record: rules stand in the rows of segments"),
    "figure": ('x = "msl"', 'x = "mls"', 18, "x: 'mls' is not allowed; the nearest is 'msl'"),
    "closed-form": ('"time-wait-occupancy"', '"time-wait-ocupancy"', 20, "the nearest is 'time-wait-occupancy'"),
    "no-toml": ("rate = [2, 4, 8]", "rate = [2, 4, 8", 13, "not valid TOML"),
    "other-program": ('question = "How many wait?"', 'program = "ls"', 2, "program: 'ls' is not "),
}


@pytest.fixture(scope="module")
def read():
    """Reads a text in this process: asking the program once is enough for the whole table."""
    import sys

    from sweeping import PROGRAM, ROOT

    sys.path.insert(0, str(ROOT))
    from analysis.base.program import Program
    from analysis.sweep.plan import Plan
    from analysis.sweep.sweep_file import read_sweep

    program = Program.ask(PROGRAM)
    return lambda text: Plan(read_sweep("small.toml", text, program), program)


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_with_line_and_nearest_name(read, what):
    old, new, line, sentence = BAD[what]
    assert old in SMALL
    with pytest.raises(Exception) as refusal:
        read(SMALL.replace(old, new, 1))
    assert type(refusal.value).__name__ == "BadInput"
    text = str(refusal.value)
    assert sentence in text
    assert line is None or text.startswith(f"small.toml, line {line}: "), text


def test_a_refusal_is_one_sentence_and_leaves_nothing_behind(tmp_path):
    file = write(tmp_path, SMALL.replace("msl =", "mls ="))
    result = sweep("run", file, "-o", tmp_path / "a.sqlite")
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr == "sweep: small.toml, line 10: 'mls' is no option of lifecycle-run; the nearest is 'msl'\n"
    assert list(tmp_path.iterdir()) == [file]


RANGES = [
    ("rate", "{from = 1, to = 9, step = 2}", ["1", "3", "5", "7", "9"]),
    ("rate", "{from = 1, to = 8, factor = 2}", ["1", "2", "4", "8"]),
    ("loss", "{from = 0, to = 0.3, step = 0.1}", ["0", "0.1", "0.2", "0.3"]),
    ("loss", '{from = 0.001, to = 0.1, count = 3, scale = "log"}', ["0.001", "0.01", "0.1"]),
    ("msl", '{from = "500ms", to = "2s", step = "500ms"}', ["500ms", "1s", "1500ms", "2s"]),
    ("msl", '{from = "1s", to = "1min", count = 2}', ["1s", "1min"]),
    ("keep-count", "{from = 1, to = 4, count = 4}", ["1", "2", "3", "4"]),
    ("delay", '["0.5ms", "500us", "1000000ns"]', None),  # the first two are one value
]


@pytest.mark.parametrize(("name", "given", "texts"), RANGES)
def test_lists_and_ranges(read, name, given, texts):
    text = f'metrics = ["time-wait-mean@client"]\n[grid]\n{name} = {given}\n'
    if texts is None:
        with pytest.raises(Exception, match="500us stands there twice"):
            read(text)
    else:
        assert [point.given[name] for point in read(text).points] == texts


def test_zip_goes_together_and_where_and_dependent_see_all_options(read):
    plan = read(
        'metrics = ["time-wait-mean@client"]\n[grid]\nmsl = ["1s", "2s", "4s"]\n[zip]\ndelay = ["1ms", "5ms"]\nloss = [0, 0.1]\n'
        '[dependent]\nduration = "2 * msl + 10 * delay"\nstop = "duration + 1s"\n'
        '[where]\nsmall = "msl * loss < 0.3 and not (delay == 1ms and msl == 4s) and ip-version == \'4\'"\n'
    )
    assert [tuple(p.given.values()) for p in plan.points] == [
        ("1s", "1ms", "0", "2010ms", "3010ms"), ("1s", "5ms", "0.1", "2050ms", "3050ms"),
        ("2s", "1ms", "0", "4010ms", "5010ms"), ("2s", "5ms", "0.1", "4050ms", "5050ms"),
    ]  # fmt: skip


def test_a_dependent_value_is_held_to_what_the_program_allows(read):
    with pytest.raises(Exception, match="loss = 'rate': loss: 4.0 is not allowed; allowed is a number from 0 to 1"):
        read('metrics = ["time-wait-mean@client"]\n[grid]\nrate = [4]\n[dependent]\nloss = "rate"\n')


def test_every_shipped_sweep_can_be_planned(read):
    from sweeping import ROOT

    files = sorted((ROOT / "examples" / "sweeps").glob("*.toml"))
    assert len(files) >= 5
    for file in files:
        plan = read(file.read_text())
        assert plan.points and plan.sweep.question and plan.sweep.figures
        assert any(spec.closed_form for spec in plan.sweep.figures)


def test_plan_counts_lists_and_prints_commands(tmp_path):
    file = write(tmp_path)
    assert good("plan", file).startswith("30 runs of 6 points; 0 are done already")
    lines = good("plan", file, "--filter", "rate > 2 and msl < 1s", "--commands").splitlines()
    assert len(lines) == 10
    assert all("--msl=500ms" in line and "--record=none --seed=1 --run=" in line and "--output=" in line for line in lines)
    bad = sweep("plan", file, "--filter", "mls < 1s")
    assert bad.returncode == 2 and "the nearest is 'msl'" in bad.stderr
