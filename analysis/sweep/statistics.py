"""Means with confidence intervals, and how many misses chance allows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Sequence


@dataclass
class Estimate:
    """The mean over the replications of a point, and half of its confidence interval (nan for one run).

    `n` counts those that have a value; with none of them the mean is nan.
    """

    n: int
    mean: float
    half: float
    method: str = "Student's t"


def interval(values: Sequence[float], confidence: float) -> tuple[float, float]:
    """Mean, and half of the confidence interval of the mean (Student's t); nan where there are too few values for it."""
    n, mean = len(values), math.nan
    try:
        mean = math.fsum(values) / n if n else mean
        variance = math.fsum((v - mean) ** 2 for v in values) / (n - 1) if n > 1 else math.nan
    except OverflowError:
        return mean, math.nan
    return mean, math.nan if n < 2 else quantile(n - 1, confidence) * math.sqrt(variance / n)


_quantiles: dict[tuple[int, float], float] = {}


def quantile(freedom: int, confidence: float) -> float:
    """Student's t for a two-sided interval."""
    if (freedom, confidence) not in _quantiles:
        from scipy.special import stdtrit

        _quantiles[freedom, confidence] = float(stdtrit(freedom, (1 + confidence) / 2))
    return _quantiles[freedom, confidence]


def estimate(values: Sequence[float], confidence: float) -> Estimate:
    """Of those of `values` that are there, which nan is not."""
    values = [value for value in values if value == value]
    mean, half = interval(values, confidence)
    return Estimate(len(values), mean, half)


def misses_by_chance(points: int, confidence: float) -> int:
    """Most intervals of `points` independent ones that miss the truth, but for one time in a thousand."""
    from scipy.stats import binom

    return int(binom.ppf(0.999, points, 1 - confidence)) if points else 0
