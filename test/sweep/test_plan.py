"""Keys and plans: what decides which runs there are."""

from __future__ import annotations

import hashlib
import json
import pathlib
import re
import subprocess
import sys

import pytest
from sweeping import PROGRAM, ROOT, SMALL

sys.path.insert(0, str(ROOT))
from analysis.base.errors import BadInput  # noqa: E402
from analysis.base.program import Program  # noqa: E402
from analysis.sweep.plan import Plan, Shard, canonical_json, matches  # noqa: E402
from analysis.sweep.sweep_file import read_sweep  # noqa: E402


@pytest.fixture(scope="module")
def program():
    return Program.ask(PROGRAM)


@pytest.fixture
def plan(program):
    def make(text=SMALL, **how):
        return Plan(read_sweep("small.toml", text, program), program, **how)

    return make


def keys(a_plan):
    return [run.key for run in a_plan.runs()]


def test_the_key_is_the_hash_of_the_canonical_json_of_everything(plan, program):
    a = plan()
    run = next(a.runs())
    everything = {"schema": 1, "model": program.model, "parameters": a.options(run.point), "rng-seed": 1, "rng-run": 1}
    assert run.key == hashlib.sha256(canonical_json(everything).encode()).hexdigest()
    assert a.options(run.point).keys() == program.defaults("rfc9293").keys()


def test_a_run_tells_the_options_that_were_planned(plan, tmp_path):
    """Defaults filled in and units normalised here are those of the program, whatever the spelling."""
    a = plan(SMALL.replace('"500ms"', '"0.5s"').replace("[fixed]", '[fixed]\npreset = "linux"\nloss = 1e-5\njitter = "0.25ms"'))
    run = next(a.runs())
    subprocess.run([PROGRAM, *a.arguments(run), f"--output={tmp_path}/run", "--quiet"], check=True)
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    told = manifest["parameters"]
    assert {**a.options(run.point), "seed": "1", "run": "1"} == told
    assert told["msl"] == "500ms" and told["min-rto"] == "200ms" and told["loss"] == "1e-05"


def test_spelling_and_order_do_not_change_keys(plan):
    other = SMALL.replace('["500ms", "1s"]', '["1000ms", "0.5s"]').replace("[2, 4, 8]", "[8.0, 4, 2]")
    assert keys(plan(other)) != keys(plan()) and sorted(keys(plan(other))) == sorted(keys(plan()))


def test_a_value_set_to_its_default_does_not_change_keys(plan):
    assert keys(plan(SMALL.replace("[fixed]", '[fixed]\ndelay = "10ms"\npreset = "rfc9293"'))) == keys(plan())


@pytest.mark.parametrize(("old", "new"), [("[fixed]", '[fixed]\ndelay = "11ms"'), ("count = 5", "count = 5\nseed = 2"),
                                          ("[fixed]", '[fixed]\npreset = "linux"')])  # fmt: skip
def test_anything_else_changes_every_key(plan, old, new):
    assert not set(keys(plan(SMALL.replace(old, new)))) & set(keys(plan()))


def test_what_a_file_holds_changes_the_keys_of_the_points_that_read_it(plan, tmp_path):
    table = tmp_path / "table.dist"
    varied = SMALL.replace("[grid]", f'[grid]\ndistribution = ["uniform", "{table}"]')
    fixed = SMALL.replace("[fixed]", f'[fixed]\ndistribution = "{table}"')

    def planned(content):
        table.write_text(content)
        return {run.key for run in plan(varied).runs()}, {run.key for run in plan(fixed).runs()}

    first, other = planned("0 1\n"), planned("0 2\n")
    assert planned("0 1\n") == first
    assert first[1] < first[0] and other[1] < other[0], "fixed or varied, it is the same run"
    assert first[0] & other[0] == first[0] - first[1] and len(first[1]) == len(first[0]) / 2


def test_a_file_that_cannot_be_read_is_named(plan, tmp_path, monkeypatch):
    table = tmp_path / "table.dist"
    table.write_text("0 1\n")

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(pathlib.Path, "read_bytes", refuse)  # root may read anything
    with pytest.raises(BadInput, match=re.escape(f"distribution: '{table}' cannot be read (Permission denied)")):
        plan(SMALL.replace("[fixed]", f'[fixed]\ndistribution = "{table}"'))


def test_another_model_changes_every_key(plan, program):
    other = Program(program.path, {**program.description, "model-identity": "f" * 64})
    assert not set(keys(Plan(read_sweep("small.toml", SMALL, other), other))) & set(keys(plan()))


def test_common_random_numbers_or_not(plan):
    common = list(plan().runs())
    assert {run.rng_run for run in common} == {1, 2, 3, 4, 5}
    apart = list(plan(SMALL.replace("count = 5", "count = 5\ncommon-random-numbers = false")).runs())
    assert len({run.rng_run for run in apart}) == len(apart) == 30
    # They stay when the grid grows around them.
    grown = plan(SMALL.replace("count = 5", "count = 6\ncommon-random-numbers = false").replace("[2, 4, 8]", "[1, 2, 4, 8]"))
    assert {run.key for run in apart} < set(keys(grown))


def test_shards_are_a_partition(plan):
    parts = [keys(plan(shard=Shard(i, 4))) for i in (1, 2, 3, 4)]
    assert all(parts) and sorted(sum(parts, [])) == sorted(keys(plan()))
    for text in ("0/4", "5/4", "1", "a/b", "1/0"):
        with pytest.raises(BadInput, match="allowed is i/N"):
            Shard.parse(text)


def test_filter_leaves_keys_as_they_are(plan, program):
    some = keys(plan(filter=matches("rate * msl >= 4 and arrivals == 'poisson'", program)))
    assert len(some) == 15 and set(some) < set(keys(plan()))


ADAPTIVE = SMALL.replace("count = 5", 'metric = "time-wait-mean@client"\nhalf-width = 0.1\nat-least = 4\ncap = 20')


def test_replications_until_the_interval_is_narrow(plan):
    a = plan(ADAPTIVE)
    point = a.points[0]

    def wanted(values):
        return a.wanted(point, lambda _: [{"time-wait-mean@client": v} for v in values])

    assert wanted([]) == 4 and wanted([10, 10, 10]) == 4  # nothing is decided before at-least
    assert wanted([10, 10.1, 9.9, 10]) == 4  # narrow
    assert wanted([5, 15, 5, 15]) == 6  # half as many again
    wide = [5, 15] * 20
    assert wanted(wide) == 20  # the cap
    # The first ones decide, whatever else is known already.
    assert wanted([10, 10.1, 9.9, 10, 99, 1, 99]) == 4


def test_planning_does_not_import_what_it_does_not_need():
    code = ("import sys; sys.argv = ['x', '--help']\nfrom analysis.sweep.verbs import main\n"
            "try: main()\nexcept SystemExit: pass\n"
            "heavy = {'numpy', 'pandas', 'scipy', 'matplotlib', 'jinja2', 'tqdm', 'distributed', 'sqlite3', 'argcomplete'}\n"
            "sys.exit(repr(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)")  # fmt: skip
    result = subprocess.run([sys.executable, "-P", "-c", code], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
