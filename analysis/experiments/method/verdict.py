"""When a measurement agrees with theory. Pure: numbers in, findings out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Callable, Iterable, Mapping, Sequence, Union

from ...sweep.statistics import Estimate, estimate, quantile

LEVEL = 0.999  # that no interval of an experiment misses the truth
Options = Mapping[str, Any]  # of a point: times in seconds, as the closed forms of sweeps see them
Run = Mapping[str, float]  # the metrics of one run
Known = Union[float, Callable[[Options], float]]  # before anything is run: a number, or one for each point


class Verdict(IntEnum):
    """The greater one wins where several are put together."""

    AGREES = 0
    WITHIN_BOUND = 1
    UNDECIDED = 2
    DISAGREES = 3

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")

    @property
    def holds(self) -> bool:
        return self <= Verdict.WITHIN_BOUND


@dataclass(frozen=True)
class Finding:
    """What one claim came to at one point."""

    verdict: Verdict
    why: str  # one clause
    n: int  # runs
    measured: float | str
    theory: float | str
    low: float = math.nan  # of the interval; nan where the measurement is exact
    high: float = math.nan


def confidence(intervals: int) -> float:
    """Of each of so many intervals, so that with LEVEL none of them misses the truth (Bonferroni)."""
    return 1 - (1 - LEVEL) / max(1, intervals)


@dataclass(frozen=True)
class Claim:
    """Theory about one metric: its value at each point, None where it says nothing."""

    metric: str
    theory: Callable[[Options], float | None]
    formula: str
    source: str  # and what is assumed
    at_most: bool = False  # theory is an upper bound only
    resolution: float = 0.05  # greatest half width of the interval, as a fraction of what theory expects
    lies_at: Known = 1.0  # of an upper bound: where the measurement lies, at most, as a fraction of it

    is_interval = True

    def estimate(self, runs: Sequence[Run], level: float) -> Estimate:
        raise NotImplementedError

    def undecided(self, runs: int, p: Options, expected: float, level: float) -> float:
        """Probability that so many runs of a point, at a seed that nobody has tried, leave the claim undecided."""
        raise NotImplementedError

    def scatter(self, points: Sequence[Options]) -> str:
        """How far runs scatter at `points`, as it is known before anything is run."""
        raise NotImplementedError

    def judge(self, runs: Sequence[Run], expected: float, level: float) -> Finding:
        """Whether `runs` of a point agree with what theory expects there, each interval at confidence `level`."""
        e = self.estimate(runs, level)
        low, high = e.mean - e.half, e.mean + e.half
        return Finding(*self._verdict(e, expected, low, high), e.n, e.mean, expected, low, high)

    def _verdict(self, e: Estimate, expected: float, low: float, high: float) -> tuple[Verdict, str]:
        if math.isnan(e.half):
            return Verdict.UNDECIDED, "one run gives no interval"
        if self.at_most:
            if high <= expected:
                return Verdict.WITHIN_BOUND, "the whole interval lies below the bound"
            if low > expected:
                return Verdict.DISAGREES, "the whole interval lies above the bound"
            return Verdict.UNDECIDED, "the bound lies inside the interval"
        if not low <= expected <= high:
            return Verdict.DISAGREES, "theory lies outside the interval"
        if e.half > self.resolution * abs(expected):
            return Verdict.UNDECIDED, (f"half the interval is {e.half / abs(expected) if expected else math.inf:.1%} of "
                                       f"theory; {self.resolution:.0%} is allowed")  # fmt: skip
        return Verdict.AGREES, "theory lies inside the interval"


@dataclass(frozen=True)
class Mean(Claim):
    """About the mean over the runs. Interval: Student's t, as runs are independent."""

    deviation: Known = math.nan  # standard deviation of a run, as a fraction of what theory expects

    def estimate(self, runs: Sequence[Run], level: float) -> Estimate:
        return estimate([run[self.metric] for run in runs], level)

    def scatter(self, points: Sequence[Options]) -> str:
        return f"deviates from run to run by {_span([100 * known(self.deviation, p) for p in points])} % of theory"

    def undecided(self, runs: int, p: Options, expected: float, level: float) -> float:
        """The variance of normal runs has a chi-squared law, and their mean is independent of it."""
        import numpy
        from scipy.stats import chi2, nct

        if runs < 2:
            return 1.0
        deviation, t = known(self.deviation, p), quantile(runs - 1, level)
        if self.at_most:
            with numpy.errstate(divide="ignore"):  # of what is next to impossible
                return float(nct.cdf(t, runs - 1, (1 - known(self.lies_at, p)) * math.sqrt(runs) / deviation))
        return float(chi2.sf((runs - 1) * runs * (self.resolution / (t * deviation)) ** 2, runs - 1))


@dataclass(frozen=True)
class Share(Claim):
    """About the probability of one trial, many of which a run holds and which are independent of one another.

    `metric` counts in how many it happened, `of` how many there were. Interval: Clopper and Pearson's, which is
    never too narrow, drawn out to the same width on both sides.
    """

    of: str = ""
    trials: Known = math.nan  # in a run, on average

    def scatter(self, points: Sequence[Options]) -> str:
        return f"is binomial, with {_span([known(self.trials, p) for p in points])} trials a run"

    def estimate(self, runs: Sequence[Run], level: float) -> Estimate:
        happened, trials = (math.fsum(run[name] for run in runs) for name in (self.metric, self.of))
        if trials == 0:
            return Estimate(len(runs), math.nan, math.nan)
        return Estimate(len(runs), happened / trials, float(clopper_pearson(happened, trials, level)), "Clopper-Pearson")

    def undecided(self, runs: int, p: Options, expected: float, level: float) -> float:
        """From the binomial law of how often it happens. Fewer trials by 4 standard deviations than on average are
        taken, as their number may itself be random, of a Poisson law."""
        import numpy
        from scipy.stats import binom

        mean = runs * known(self.trials, p)
        trials = math.floor(mean - 4 * math.sqrt(mean))
        if trials < 1:
            return 1.0
        law = binom(trials, expected * (known(self.lies_at, p) if self.at_most else 1))
        happened = numpy.arange(law.ppf(1e-9), law.isf(1e-9) + 1)
        half = clopper_pearson(happened, trials, level)
        too_wide = happened / trials + half > expected if self.at_most else half > self.resolution * expected
        return float(law.pmf(happened)[too_wide].sum())


def known(what: Known, p: Options) -> float:
    return what(p) if callable(what) else what


def _span(values: Sequence[float]) -> str:
    least, most = (f"{float(f'{value:.3g}'):g}" for value in (min(values), max(values)))
    return least if least == most else f"{least} to {most}"


def clopper_pearson(happened: Any, trials: float, level: float) -> Any:
    """Half of the interval of a share, its wider side; `happened` is a number, or an array of them."""
    import numpy
    from scipy.stats import beta

    share, tail = happened / trials, (1 - level) / 2
    with numpy.errstate(invalid="ignore"):
        low = numpy.where(happened > 0, beta.ppf(tail, happened, trials - happened + 1), 0.0)
        high = numpy.where(happened < trials, beta.isf(tail, happened + 1, trials - happened), 1.0)
    return numpy.maximum(share - low, high - share)


@dataclass(frozen=True)
class Exact(Claim):
    """About every single run: the metric is what theory says, up to `within` in the unit of the metric."""

    within: float = 0.0

    is_interval = False

    def estimate(self, runs: Sequence[Run], level: float) -> Estimate:
        """The value farthest off is judged; the mean is only drawn."""
        return Estimate(len(runs), math.fsum(run[self.metric] for run in runs) / len(runs), 0.0, "exact")

    def judge(self, runs: Sequence[Run], expected: float, level: float) -> Finding:
        values = [run[self.metric] for run in runs]
        if self.at_most:
            worst = max(values)
            holds, good, bad = worst <= expected + self.within, Verdict.WITHIN_BOUND, "above the bound"
        else:
            worst = max(values, key=lambda value: abs(value - expected))
            holds, good, bad = abs(worst - expected) <= self.within, Verdict.AGREES, "not what theory says"
        if holds:
            return Finding(good, f"in {_each(len(runs))}", len(runs), worst, expected)
        return Finding(Verdict.DISAGREES, bad, len(runs), worst, expected)


@dataclass(frozen=True)
class Story:
    """About every single run: these segments and changes of state, in this order, and no others.

    Theory is the text that `story_of` should tell.
    """

    theory: Callable[[Options], str | None]
    source: str
    connection: str | None = None  # HOST:N; the one with most to tell where none is named

    is_interval = False
    metric = "the ladder"
    formula = "line by line"

    def judge(self, told: Sequence[list[str]], expected: str) -> Finding:
        wanted = [line for line in (line.strip() for line in expected.splitlines()) if line]
        for lines in told:
            difference = first_difference(lines, wanted)
            if difference:
                return Finding(Verdict.DISAGREES, difference, len(told), f"{len(lines)} lines", f"{len(wanted)} lines")
        n = len(wanted)
        return Finding(Verdict.AGREES, f"line by line in {_each(len(told))}", len(told), f"{n} lines", f"{n} lines")


def first_difference(told: Sequence[str], wanted: Sequence[str]) -> str:
    """Where two stories part, in words; empty if they are the same."""
    for i in range(max(len(told), len(wanted))):
        here = told[i] if i < len(told) else "its end"
        there = wanted[i] if i < len(wanted) else "the end"
        if here != there:
            return f"line {i + 1} is {here!r}, not {there!r}"
    return ""


def _each(runs: int) -> str:
    return "the one run" if runs == 1 else f"each of {runs} runs"


def together(findings: Iterable[Verdict]) -> Verdict:
    """The verdict of an experiment: the worst of its findings; undecided without any."""
    return max(findings, default=Verdict.UNDECIDED)
