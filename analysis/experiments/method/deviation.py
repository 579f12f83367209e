"""Standard deviations that are known before anything is run, as fractions of the mean: `Mean.deviation`."""

from __future__ import annotations

import math


def of_poisson(mean: float) -> float:
    """Of a number with Poisson's law."""
    return 1 / math.sqrt(mean)


def of_time_mean(arrivals: float, life: float, life_square: float) -> float:
    """Of the number present, averaged over a time in which so many arrive on average.

    Arrivals are Poisson, each stays a time of its own, with mean `life` and mean square `life_square`. The
    covariance of the numbers at two instants u apart is rate * E[max(0, L - u)], whose integral over all u is
    rate * E[L^2]. In a time that is not long against L it is less.
    """
    return math.sqrt(life_square / arrivals) / life


def of_sample(count: float, mean: float, variance: float) -> float:
    """Of the mean of so many independent values."""
    return math.sqrt(variance / count) / mean
