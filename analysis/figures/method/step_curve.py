"""A count that changes at instants: how many connections are in a state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

MOST_POINTS = 6000  # more are thinned to the extremes within each bin, which look the same


@dataclass
class Curve:
    """A right-continuous step curve: `count` holds from `time_s` [s] on."""

    time_s: "np.ndarray"
    count: "np.ndarray"

    def at(self, times_s: "np.ndarray") -> "np.ndarray":
        """Counts at `times_s` [s]; 0 before the first row."""
        import numpy as np

        index = np.searchsorted(self.time_s, times_s, side="right") - 1
        return np.where(index >= 0, self.count[np.maximum(index, 0)], 0)

    def mean(self, from_s: float, to_s: float) -> float:
        """Time average over [from_s, to_s]."""
        import numpy as np

        inside = (self.time_s > from_s) & (self.time_s < to_s)
        edges = np.concatenate(([from_s], self.time_s[inside], [to_s]))
        return float(np.sum(self.at(edges[:-1]) * np.diff(edges)) / (to_s - from_s))

    def most(self, from_s: float, to_s: float) -> int:
        """The highest count over [from_s, to_s]."""
        import numpy as np

        inside = self.count[(self.time_s > from_s) & (self.time_s <= to_s)]
        return int(max([self.at(np.array([from_s]))[0], *([inside.max()] if len(inside) else [])]))


def total(curves: list[Curve]) -> Curve:
    """The sum of several curves."""
    import numpy as np

    if len(curves) == 1:
        return curves[0]
    times = np.concatenate([curve.time_s for curve in curves])
    steps = np.concatenate([np.diff(curve.count, prepend=0) for curve in curves])
    order = np.argsort(times, kind="stable")
    return Curve(times[order], np.cumsum(steps[order]))


def thinned(curve: Curve, end_s: float, most: int = MOST_POINTS) -> tuple["np.ndarray", "np.ndarray"]:
    """Times [s] and counts of `curve` until `end_s`, of more than `most` points the extremes in bins."""
    import numpy as np

    times = np.concatenate(([0.0], curve.time_s, [max(end_s, curve.time_s[-1])]))
    counts = np.concatenate(([0], curve.count, curve.count[-1:]))
    if curve.time_s[0] == 0:
        times, counts = times[1:], counts[1:]
    if len(times) <= most:
        return times, counts
    keep = {0, len(times) - 1}
    for part in np.array_split(np.arange(len(times)), most // 3):
        keep |= {part[0], part[counts[part].argmin()], part[counts[part].argmax()]}
    index = np.array(sorted(int(i) for i in keep))
    return times[index], counts[index]
