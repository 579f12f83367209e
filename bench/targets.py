"""What is to be reached, and whether it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Callable

from .cases import FLOOD_POLICIES

if TYPE_CHECKING:
    from .measuring import Results


@dataclass(frozen=True)
class Target:
    """A figure and the bound that it must keep."""

    what: str
    goal: float
    at_most: bool
    unit: str
    measure: Callable[["Results"], "Measured | None"]


@dataclass(frozen=True)
class Measured:
    """note: what stands behind the figure. is_bound: the true figure is greater, or may be."""

    figure: float
    note: str = ""
    is_bound: bool = False


@dataclass(frozen=True)
class Verdict:
    what: str
    goal: str
    measured: str
    verdict: str


def verdicts(results: "Results") -> list[Verdict]:
    return [_judge(target, target.measure(results)) for target in TARGETS]


def _judge(target: Target, measured: "Measured | None") -> Verdict:
    goal = f"{'at most' if target.at_most else 'at least'} {target.goal:g} {target.unit}"
    if measured is None:
        return Verdict(target.what, goal, "", "not measured")
    reached = measured.figure <= target.goal if target.at_most else measured.figure >= target.goal
    beyond = "more than " if measured.is_bound and not target.at_most else ""
    number = f"{measured.figure:.3g}" if measured.figure < 1000 else f"{measured.figure:,.0f}"
    figure = f"{beyond}{number} {target.unit}" + (f" ({measured.note})" if measured.note else "")
    if measured.is_bound and reached == target.at_most:  # what is known does not decide it
        return Verdict(target.what, goal, figure, "not shown")
    return Verdict(target.what, goal, figure, "reached" if reached else "not reached")


def _ratio(case: str, upper: str, lower: str) -> Callable[["Results"], Measured | None]:
    """The median of one command in that of another."""

    def measure(results: "Results") -> Measured | None:
        above, below = results.median(case, upper), results.median(case, lower)
        if above is None or not below:
            return None
        ended = [line["opened"] for line in results.of(case, upper) if line.get("limited")]
        note = f"stock's time was over after {max(ended):,} connections" if ended else ""
        return Measured(above / below, note, bool(ended))

    return measure


def _growth(results: "Results") -> Measured | None:
    least = results.median("time-wait-1k", "ours")
    for level in ("1M", "100k"):
        most = results.median(f"time-wait-{level}", "ours")
        if least and most:
            return Measured((most / least - 1) * 100, "" if level == "1M" else f"to {level}", level != "1M")
    return None


def _memory(name: str, ends: int = 1) -> Callable[["Results"], Measured | None]:
    def measure(results: "Results") -> Measured | None:
        octets = results.median("memory", f"ours, {name}")
        if octets is None:
            return None
        line = results.of("memory", f"ours, {name}")[0]
        return Measured(octets / ends, f"between {line['from']:,} and {line['connections']:,}")

    return measure


def _cookies(results: "Results") -> Measured | None:
    lines = results.of("flood", "cookies-always")
    return Measured(max(_flood_growth(line) for line in lines)) if lines else None


def _flood_growth(line: dict) -> float:
    """Octets a SYN, in the second half."""
    return max(0, line["heap_at_end"] - line["heap_at_half"]) / (line["syns"] / 2)


def _flood(results: "Results") -> Measured | None:
    grown = {policy: max(map(_flood_growth, lines)) for policy in FLOOD_POLICIES if (lines := results.of("flood", policy))}
    worst = max(grown, key=grown.__getitem__, default=None)
    return None if worst is None else Measured(grown[worst], f"the most of {len(grown)} policies: {worst}")


def _million(key: str, scale: float) -> Callable[["Results"], Measured | None]:
    def measure(results: "Results") -> Measured | None:
        lines = results.of("million", "occupancy")
        return Measured(lines[0][key] * scale) if lines else None

    return measure


def _events(case: str, data_segments: int) -> Callable[["Results"], Measured | None]:
    """Beyond those of the floor, which sends the same packets."""

    def measure(results: "Results") -> Measured | None:
        ours, floor = results.of(case, "ours"), results.of(case, "floor")
        if not ours or not floor:
            return None
        return Measured((ours[0]["events"] - floor[0]["events"]) / ours[0]["opened"] - data_segments)

    return measure


def _pending(results: "Results") -> Measured | None:
    ours, floor = results.of("events", "ours"), results.of("events", "floor")
    if not ours or not floor:
        return None
    return Measured((ours[0]["mean_pending"] - floor[0]["mean_pending"]) / 2, "beyond the floor's")


TARGETS = [
    Target("1,000/s: ours to the floor (aim: 1.3)", 1.5, True, "times", _ratio("low", "ours", "floor")),
    Target("the same, release build", 1.5, True, "times", _ratio("low", "ours, release build", "floor, release build")),
    Target("1,000/s: stock as it comes to ours", 4, False, "times", _ratio("low", "stock", "ours")),
    Target("1,000/s: stock at its cheapest to ours", 2.6, False, "times", _ratio("low", "stock-plain", "ours")),
    Target("10,000 overlapping at 50 ms: stock to ours", 30, False, "times", _ratio("overlap-10000", "stock", "ours")),
    Target("100,000 in TIME-WAIT: stock to ours", 50, False, "times", _ratio("time-wait-100k", "stock", "ours")),
    Target("growth of time from 1k to 1M in TIME-WAIT", 15, True, "%", _growth),
    Target("TIME-WAIT", 96, True, "B", _memory("TIME-WAIT")),
    Target("TIME-WAIT, IPv6", 128, True, "B", _memory("TIME-WAIT, IPv6")),
    Target("TIME-WAIT, ConnectionClosed heard", 128, True, "B", _memory("TIME-WAIT, ConnectionClosed heard")),
    Target("SYN-RECEIVED", 96, True, "B", _memory("SYN-RECEIVED")),
    Target("SYN cookies, a SYN", 0, True, "B", _cookies),
    Target("ESTABLISHED and idle, with its socket", 1500, True, "B", _memory("ESTABLISHED at both ends", 2)),
    Target("lifecycle-run, a million connections", 60, True, "s", _million("cpu_s", 1)),
    Target("its memory", 400, True, "MB", _million("peak_octets", 1e-6)),
    Target("recording transitions and segments", 1.6, True, "times",
           _ratio("record", "transitions and segments as well", "occupancy")),
    Target("events of a connection beyond its packets'", 3, True, "events", _events("events", 0)),
    Target("the same with a data segment, beyond one for that", 3, True, "events", _events("events-data", 1)),
    Target("events pending for a host", 2, True, "events", _pending),
    Target("bulk: ours to stock as it comes", 1, True, "times", _ratio("bulk", "ours", "stock")),
    Target("flood: growth of the heap, a SYN", 0, True, "B", _flood),
]  # fmt: skip
