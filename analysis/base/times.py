"""Times with units, read and written in one place: ``30s``, ``1.5ms``, whole nanoseconds inside."""

from __future__ import annotations

import re

UNITS_NS = {"h": 3_600_000_000_000, "min": 60_000_000_000, "s": 1_000_000_000, "ms": 1_000_000, "us": 1000, "ns": 1}
UNIT = "|".join(sorted(UNITS_NS, key=len, reverse=True))  # as a pattern, of which the longest must be tried first
TIME = re.compile(rf"([0-9]{{1,19}})(?:\.([0-9]{{1,9}}))?({UNIT})")
MOST_S = 2**63 / 1e9  # the end of simulated time


def time_ns(text: str) -> int | None:
    """A time with its unit [ns]; None if it is none. Half a nanosecond is rounded up."""
    match = TIME.fullmatch(text)
    if text == "0":
        return 0
    if not match:
        return None
    whole, fraction, length = match[1], match[2] or "", UNITS_NS[match[3]]
    return (2 * int(whole + fraction) * length // 10 ** len(fraction) + 1) // 2


def time_text(ns: int) -> str:
    """``2h``, ``30s``, ``250ms``: in the largest unit that is exact, as lifecycle-run writes it."""
    if ns == 0:
        return "0s"
    for unit, length in UNITS_NS.items():
        if ns % length == 0:
            return f"{ns // length}{unit}"
    raise AssertionError(ns)  # whole nanoseconds divide by one


def duration_text(seconds: float) -> str:
    """A time that somebody waits, in words."""
    for unit in ("h", "min"):
        length = UNITS_NS[unit] / 1e9
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} s"
