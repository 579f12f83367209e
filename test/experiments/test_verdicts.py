"""The verdict rules on synthetic measurements: each must be able to agree, to disagree and to stay undecided."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from analysis.experiments.method.declaration import Part  # noqa: E402
from analysis.experiments.method.deviation import of_poisson, of_sample, of_time_mean  # noqa: E402
from analysis.experiments.method.size import UNDECIDED, runs_needed  # noqa: E402
from analysis.experiments.method.verdict import (  # noqa: E402
    LEVEL,
    Exact,
    Mean,
    Share,
    Story,
    Verdict,
    confidence,
    first_difference,
    together,
)


def theory(value):
    return lambda _: value


def mean(**more) -> Mean:
    return Mean("m", theory(10.0), "ten", "nobody", **more)


def share(**more) -> Share:
    return Share("hits", theory(0.25), "a quarter", "nobody", of="tries", **more)


def exact(**more) -> Exact:
    return Exact("m", theory(4), "four", "nobody", **more)


def normal(runs: int, mu: float, sigma: float) -> list[dict[str, float]]:
    draw = random.Random(7)
    return [{"m": draw.gauss(mu, sigma)} for _ in range(runs)]


def verdict(claim, runs, expected) -> Verdict:
    return claim.judge(runs, expected, LEVEL).verdict


# ---- means


def test_a_mean_agrees_if_theory_is_inside_a_narrow_interval():
    assert verdict(mean(), normal(100, 10.0, 1.0), 10.0) is Verdict.AGREES


def test_a_mean_disagrees_if_theory_is_outside_however_wide_the_interval_is():
    assert verdict(mean(), normal(100, 11.0, 1.0), 10.0) is Verdict.DISAGREES
    assert verdict(mean(), normal(100, 30.0, 20.0), 10.0) is Verdict.DISAGREES


def test_a_mean_is_undecided_if_the_interval_is_wider_than_the_resolution():
    runs = normal(10, 10.0, 1.0)
    assert verdict(mean(), runs, 10.0) is Verdict.UNDECIDED
    assert verdict(mean(resolution=0.2), runs, 10.0) is Verdict.AGREES


def test_one_run_decides_nothing():
    assert verdict(mean(), normal(1, 10.0, 0.1), 10.0) is Verdict.UNDECIDED


def test_theory_of_zero_has_no_relative_resolution_so_that_a_mean_never_agrees_with_it():
    assert verdict(mean(), normal(100, 0.0, 1.0), 0.0) is Verdict.UNDECIDED


def test_a_bound_holds_if_the_whole_interval_is_below():
    bound = mean(at_most=True)
    assert verdict(bound, normal(100, 9.0, 1.0), 10.0) is Verdict.WITHIN_BOUND
    assert verdict(bound, normal(100, 10.0, 1.0), 10.0) is Verdict.UNDECIDED
    assert verdict(bound, normal(100, 11.0, 1.0), 10.0) is Verdict.DISAGREES


def test_the_interval_misses_the_truth_as_seldom_as_it_says():
    draw = random.Random(3)
    missed = sum(
        verdict(mean(), [{"m": draw.gauss(10, 0.1)} for _ in range(5)], 10.0) is Verdict.DISAGREES for _ in range(4000)
    )
    assert missed <= 14  # 4 are expected; more than 14 come once in 30,000 times


# ---- shares


def test_a_share_is_pooled_over_the_runs():
    assert verdict(share(), [{"hits": 2500, "tries": 10000}] * 4, 0.25) is Verdict.AGREES
    assert verdict(share(), [{"hits": 10000, "tries": 10000}] + [{"hits": 0, "tries": 10000}] * 3, 0.25) is Verdict.AGREES


def test_a_share_disagrees_or_is_undecided_by_its_number_of_tries():
    assert verdict(share(), [{"hits": 2700, "tries": 10000}] * 4, 0.25) is Verdict.DISAGREES
    assert verdict(share(), [{"hits": 25, "tries": 100}] * 4, 0.25) is Verdict.UNDECIDED


def test_a_share_that_never_happened_is_not_taken_for_impossible():
    assert verdict(share(), [{"hits": 0, "tries": 10}], 0.25) is Verdict.UNDECIDED
    assert verdict(share(), [{"hits": 0, "tries": 1000}], 0.25) is Verdict.DISAGREES
    assert verdict(share(), [{"hits": 0, "tries": 0}], 0.25) is Verdict.UNDECIDED
    assert verdict(share(at_most=True), [{"hits": 0, "tries": 1000}], 0.25) is Verdict.WITHIN_BOUND


# ---- how many runs


@pytest.mark.parametrize("runs", [6, 15, 18, 40])
def test_how_often_a_mean_is_undecided_is_known_beforehand(runs):
    draw, claim = random.Random(5), mean(deviation=0.05)
    told = claim.undecided(runs, {}, 10.0, LEVEL)
    found = [verdict(claim, [{"m": draw.gauss(10, 0.5)} for _ in range(runs)], 10.0) for _ in range(1000)]
    assert found.count(Verdict.UNDECIDED) / 1000 == pytest.approx(told, abs=0.06)


@pytest.mark.parametrize("runs", [5, 20, 30])
def test_how_often_a_bound_is_undecided_is_known_beforehand(runs):
    draw, claim = random.Random(5), mean(at_most=True, lies_at=0.9, deviation=0.1)
    told = claim.undecided(runs, {}, 10.0, LEVEL)
    found = [verdict(claim, [{"m": draw.gauss(9, 1)} for _ in range(runs)], 10.0) for _ in range(1000)]
    assert 1 - found.count(Verdict.WITHIN_BOUND) / 1000 == pytest.approx(told, abs=0.06)


def test_a_share_of_too_few_tries_is_said_to_stay_undecided():
    assert share(trials=100).undecided(60, {}, 0.25, LEVEL) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(("p", "runs", "bound"), [(0.25, 140, 0.1), (0.9, 8, 0.1)])
def test_how_often_a_share_is_undecided_is_bounded_beforehand(p, runs, bound):
    draw, claim = random.Random(5), share(trials=100)
    told = claim.undecided(runs, {}, p, LEVEL)
    tries = [sum(draw.random() < p for _ in range(100 * runs)) for _ in range(20)]
    undecided = sum(verdict(claim, [{"hits": hits, "tries": 100 * runs}], p) is Verdict.UNDECIDED for hits in tries)
    assert told == pytest.approx(bound, abs=0.01)
    assert undecided / 20 <= bound


class Points:
    """A plan of two points."""

    points = (0.25, 0.5)

    def values(self, point):
        return {"share": point}


def test_as_many_runs_are_made_as_are_needed_and_no_more():
    claim = Share("hits", lambda p: p["share"], "", "", of="tries", trials=100)
    part = Part("shares", "", (claim,))
    (needed,) = runs_needed([(part, Points())])
    undecided = [claim.undecided(n, {}, 0.25, confidence(2)) for n in (needed - 1, needed)]
    assert undecided[1] <= UNDECIDED / 2 < undecided[0]
    more = runs_needed([(part, Points()), (Part("exact", "", (exact(),), runs=3), Points()), (part, Points())])
    assert more[0] == more[2] > needed and more[1] == 3, "four intervals must be wider than two"


def test_two_runs_are_enough_of_what_does_not_vary_and_never_one():
    claim = mean(deviation=1e-9)
    assert claim.undecided(1, {}, 10.0, LEVEL) == 1
    assert runs_needed([(Part("fixed", "", (claim,)), Points())]) == [2]


def test_the_deviations_that_are_known_beforehand_are_those_of_simulations():
    draw = random.Random(9)

    def deviation(values):
        middle = sum(values) / len(values)
        return (sum((v - middle) ** 2 for v in values) / (len(values) - 1)) ** 0.5 / middle

    def present(arrivals, life, over):
        """The number present of a Poisson stream, averaged: each is there for that part of its life that lies in the time."""
        t, inside = -life, 0.0
        while (t := t + draw.expovariate(arrivals / over)) < over:
            inside += min(t + life, over) - max(t, 0)
        return inside / over

    assert deviation([present(200, 0.5, 10.0) for _ in range(1000)]) == pytest.approx(of_time_mean(200, 0.5, 0.25), rel=0.1)
    assert of_time_mean(200, 0.5, 0.25) == pytest.approx(of_poisson(200))
    samples = [sum(draw.expovariate(1) for _ in range(20)) / 20 for _ in range(1000)]
    assert deviation(samples) == pytest.approx(of_sample(20, 1, 1), rel=0.1)


# ---- exact counts


def test_an_exact_count_holds_in_every_run_or_not_at_all():
    assert verdict(exact(), [{"m": 4}] * 3, 4) is Verdict.AGREES
    assert verdict(exact(), [{"m": 4}, {"m": 5}, {"m": 3}], 4) is Verdict.DISAGREES
    assert verdict(exact(within=0.5), [{"m": 4.4}], 4) is Verdict.AGREES
    assert verdict(exact(at_most=True), [{"m": 4}, {"m": 0}], 4) is Verdict.WITHIN_BOUND
    assert verdict(exact(at_most=True), [{"m": 5}, {"m": 0}], 4) is Verdict.DISAGREES


def test_the_value_farthest_off_is_told():
    assert exact().judge([{"m": 4}, {"m": 9}, {"m": 5}], 4, LEVEL).measured == 9


# ---- ladders


LADDER = """
0.000 client [S], seq 0, length 0
0.010 server [S.], seq 0, ack 1, length 0
"""
LINES = LADDER.strip().splitlines()


@pytest.mark.parametrize(("told", "expected"), [
    ([LINES], Verdict.AGREES), ([LINES, LINES[:1]], Verdict.DISAGREES), ([[*LINES, "more"]], Verdict.DISAGREES),
    ([LINES[::-1]], Verdict.DISAGREES), ([[]], Verdict.DISAGREES),
])  # fmt: skip
def test_a_ladder_agrees_line_by_line(told, expected):
    assert Story(theory(LADDER), "nobody").judge(told, LADDER).verdict is expected


def test_the_first_difference_is_told():
    assert first_difference(["a", "b"], ["a", "c"]) == "line 2 is 'b', not 'c'"
    assert first_difference(["a"], ["a", "c"]) == "line 2 is 'its end', not 'c'"
    assert first_difference(["a"], ["a"]) == ""


# ---- together


def test_the_worst_finding_is_the_verdict_and_none_is_undecided():
    assert together([Verdict.AGREES, Verdict.WITHIN_BOUND]) is Verdict.WITHIN_BOUND
    assert together([Verdict.AGREES, Verdict.UNDECIDED, Verdict.WITHIN_BOUND]) is Verdict.UNDECIDED
    assert together([Verdict.DISAGREES, Verdict.UNDECIDED]) is Verdict.DISAGREES
    assert together([]) is Verdict.UNDECIDED
    assert [v for v in Verdict if v.holds] == [Verdict.AGREES, Verdict.WITHIN_BOUND]


def test_many_intervals_hold_together_at_the_level_of_one():
    assert confidence(1) == pytest.approx(0.999)
    assert 1 - 20 * (1 - confidence(20)) == pytest.approx(0.999)


@pytest.mark.parametrize(("claim", "lacking"), [(mean(), "m"), (share(), "tries"), (exact(), "m")])
def test_where_a_run_has_no_value_nothing_is_decided(claim, lacking):
    """The mean of those that have one is another."""
    from types import SimpleNamespace

    from analysis.experiments.method.conduct import _finding

    conducted = SimpleNamespace(count=3, useless={})
    runs = [{"m": 4.0, "hits": 25.0, "tries": 100.0} for _ in range(3)]
    assert "no value" not in _finding(conducted, claim, None, runs, 4, 0.95).why
    runs[1][lacking] = float("nan")
    finding = _finding(conducted, claim, None, runs, 4, 0.95)
    assert finding.verdict is Verdict.UNDECIDED and finding.why.startswith("1 of 3 runs have no value of ")
