"""How many runs an experiment needs: from the variance that is known beforehand, and from nothing that a seed has shown."""

from __future__ import annotations

from typing import Sequence

from ...sweep.plan import Plan
from .declaration import Part
from .verdict import Claim, Options, confidence

# That a finding of an experiment is undecided at a fresh seed. There are about 25, so that all are decided together with 99 %.
UNDECIDED = 0.0004
FULL = 2  # times the runs of --quick, whose intervals are narrow enough already
MOST = 10_000  # runs of a point

Interval = tuple[Claim, Options, float]  # a claim at a point, and what theory expects there


def intervals(part: Part, theory: Plan) -> list[Interval]:
    """What of a part is judged by an interval."""
    values = [theory.values(point) for point in theory.points]
    claims = [claim for claim in part.claims if claim.is_interval]
    judged = [(claim, p, claim.theory(p)) for claim in claims for p in values]
    return [(claim, p, expected) for claim, p, expected in judged if expected is not None]


def runs_needed(parts: Sequence[tuple[Part, Plan]]) -> list[int]:
    """Of each point of each part with --quick: the least number with which, at a fresh seed, nothing is undecided."""
    judged = [intervals(part, theory) for part, theory in parts]
    together = sum(map(len, judged))
    return [part.runs or max(_needed(interval, together) for interval in its) for (part, _), its in zip(parts, judged)]


def reason(part: Part, theory: Plan) -> str:
    """How the number of runs follows from the variance, in words; empty where nothing is judged by an interval."""
    points: dict[Claim, list[Options]] = {}
    for claim, p, _ in intervals(part, theory):
        points.setdefault(claim, []).append(p)
    told = "; ".join(f"{claim.metric} {claim.scatter(at)}" for claim, at in points.items())
    return told and (f"n follows from the variance, known beforehand: {told}. At a seed that nobody has tried all intervals of this "
                     f"experiment are narrow enough with {100 * (1 - UNDECIDED):.4g} %, those of all experiments with 99 %.")  # fmt: skip


def _needed(interval: Interval, together: int) -> int:
    claim, p, expected = interval
    level, allowed = confidence(together), UNDECIDED / together

    def is_enough(runs: int) -> bool:
        return claim.undecided(runs, p, expected, level) <= allowed

    few, enough = 0, 1
    while not is_enough(enough):
        few, enough = enough, 2 * enough
        assert few < MOST, f"{claim.metric}: no number of runs is enough"
    while enough - few > 1:
        middle = (few + enough) // 2
        few, enough = (few, middle) if is_enough(middle) else (middle, enough)
    return enough
