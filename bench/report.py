"""What was measured as a table, as JSON and as a figure."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from analysis.base.colours import HOST_COLOURS, QUIET
from analysis.base.files import write_all
from analysis.base.look import Look
from analysis.base.picture import files, new_figure, pt, width_of

from .cases import TIME_WAIT
from .targets import Verdict, verdicts

if TYPE_CHECKING:
    from .measuring import Results

UNITS = {"us_per_connection": "us a connection", "ns_per_octet": "ns an octet", "us_per_syn": "us a SYN"}
STACK_COLOUR = dict(zip(("ours", "stock", "floor"), HOST_COLOURS))


def table(results: "Results", quick: bool) -> str:
    """For people, in the terminal."""
    parts = [_times(results), _counts(results), _core(results), _targets(verdicts(results))]
    head = "CPU time, median of the repeats (least to most)" + ("; small numbers: --quick" if quick else "")
    return "\n\n".join([head, *(part for part in parts if part)])


def _times(results: "Results") -> str:
    parts = []
    for name, case in results.cases.items():
        if case.figure not in UNITS:
            continue
        lines = [f"{case.title} [{UNITS[case.figure]}]"]
        base = results.median(name, "floor") or results.median(name, "ours")
        to = "the floor" if results.median(name, "floor") else "ours"
        for command in case.commands:
            figures = results.figures(name, command)
            if not figures:
                continue
            middle = results.median(name, command)
            text = f"  {command:34}{middle:10.4g}  ({min(figures):.4g} to {max(figures):.4g}, n={len(figures)})"
            if base and name not in ("flood", "record", "million"):
                text += f"  {middle / base:.2f} times {to}"
            ended = [line["opened"] for line in results.of(name, command) if line.get("limited")]
            if ended:
                text += f"; ended by its limit of CPU time after {max(ended):,} connections"
            lines.append(text)
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _counts(results: "Results") -> str:
    lines = []
    if "memory" in results.cases:
        lines.append("heap that a connection holds [B]; with two ends both together")
        for command in results.cases["memory"].commands:
            octets = results.median("memory", command)
            if octets is not None:
                lines.append(f"  {command:54}{octets:10,.0f}")
    for name in ("events", "events-data"):
        for stack in ("ours", "stock", "floor"):
            for line in results.of(name, stack):
                opened = line["opened"]
                lines.append(f"{results.cases[name].title}, {stack}: {line['events'] / opened:.2f} events, "
                             f"{line['packets'] / opened:.2f} packets, {line['mean_pending']:,.1f} pending")  # fmt: skip
    for stack in ("ours", "stock", "floor"):
        for line in results.of("bulk-packets", stack):
            lines.append(f"{results.cases['bulk-packets'].title} of {line['octets']:,} octets, {stack}: "
                         f"{line['packets']:,} packets, {line['events']:,} events")  # fmt: skip
    return "\n".join(lines)


def _core(results: "Results") -> str:
    lines = []
    for told in results.of("core", "ours"):
        lines.append("the core alone [ns a call]")
        lines += [f"  {each['name']:34}{each['cpu_time']:10,.0f}" for each in told["benchmarks"]]
    return "\n".join(lines)


def _targets(all_verdicts: list[Verdict]) -> str:
    rows = [("target", "goal", "measured", ""), *((v.what, v.goal, v.measured, v.verdict) for v in all_verdicts)]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    return "\n".join("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]]).rstrip() for row in rows)


def write_json(folder: Path, results: "Results", quick: bool) -> None:
    """All lines that the programs have printed, and the verdicts."""
    content = {
        "machine": {"cores": os.cpu_count(), "processor": _processor(), "system": platform.platform(),
                    "load_average": os.getloadavg()[0]},
        "quick": quick,
        "cases": [
            {"name": name, "title": case.title, "figure": case.figure,
             "commands": {command: results.of(name, command) for command in case.commands if results.of(name, command)}}
            for name, case in results.cases.items()
        ],
        "targets": [vars(verdict) for verdict in verdicts(results)],
    }  # fmt: skip
    write_all({folder / "bench.json": (json.dumps(content, indent=1) + "\n").encode()})


def _processor() -> str:
    """What Linux calls it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def write(folder: Path, results: "Results", quick: bool, look: Look = Look(("png",))) -> list[Path]:
    """JSON and figure; their paths."""
    write_json(folder, results, quick)
    with look.taken():
        made = files(folder / "bench", _figure(results), look.formats)
    write_all(made)
    return [folder / "bench.json", *made]


def _figure(results: "Results"):
    """How time and memory grow with the number of connections in TIME-WAIT."""
    wide = width_of(7)
    beside = wide > 5
    figure = new_figure(wide, 3 if beside else 5.2)
    time, memory = figure.subplots(*((1, 2) if beside else (2, 1)))
    for stack, colour in STACK_COLOUR.items():
        levels = [(count, figures) for name, count in TIME_WAIT.items()
                  if (figures := _complete(results, f"time-wait-{name}", stack))]  # fmt: skip
        if levels:
            middle = [results.median(f"time-wait-{name}", stack) for name, count in TIME_WAIT.items()
                      if any(count == level for level, _ in levels)]  # fmt: skip
            below = [m - min(figures) for m, (_, figures) in zip(middle, levels)]
            above = [max(figures) - m for m, (_, figures) in zip(middle, levels)]
            time.errorbar([count for count, _ in levels], middle, (below, above), marker="o", markersize=pt(3), linewidth=pt(1),
                          color=colour, label=f"{stack}, median, least to most")  # fmt: skip
        curve = _curve(results, stack)
        if stack == "stock" and len(curve) > 1:
            steps = [(b[0], (b[1] - a[1]) / (b[0] - a[0]) * 1e6) for a, b in zip(curve, curve[1:]) if b[0] >= 100]
            time.plot(*zip(*steps), linestyle="--", linewidth=pt(1), color=colour, label="stock, while TIME-WAIT fills")
        grown = [(count, heap - curve[0][2]) for count, _, heap in curve if heap > curve[0][2] and count >= 10]
        if grown:
            memory.plot(*zip(*grown), marker="o", markersize=pt(3), linewidth=pt(1), color=colour, label=stack)
    floor = results.median("low", "floor")
    if floor:
        time.axhline(floor, color=QUIET, linewidth=pt(1), linestyle=":", label="floor: the packets alone")
    for axes, label in ((time, "CPU time a connection [us]"), (memory, "growth of the heap [B]")):
        axes.set_xscale("log")
        axes.set_yscale("log")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(_number)  # matplotlib's own would be a formula, which our look does not read
            axis.set_minor_formatter(_between(axis))
        axes.set_xlabel("connections in TIME-WAIT at one host")
        axes.set_ylabel(label)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(frameon=False)
        else:
            axes.text(0.5, 0.5, "not measured", ha="center", va="center", color=QUIET, transform=axes.transAxes)
    figure.tight_layout()
    return figure


def _number(value: float, _: int) -> str:
    """10, 1k, 100M"""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def _between(axis) -> Callable[[float, int], str]:
    """Numbers between the powers of ten, where an axis may show but one of these."""

    def text(value: float, _: int) -> str:
        low, high = axis.get_view_interval()
        return _number(value, 0) if high < 30 * low and f"{value:e}"[0] in "235" else ""

    return text


def _complete(results: "Results", case: str, stack: str) -> list[float]:
    """The figures of those that were not ended by their limit of time."""
    return [line["us_per_connection"] for line in results.of(case, stack) if not line["limited"]]


def _curve(results: "Results", stack: str) -> list[list[float]]:
    """Connections opened, CPU time [s] and heap [B], of a run in which the most were to be in TIME-WAIT."""
    curves = [line["curve"] for name in TIME_WAIT for line in results.of(f"time-wait-{name}", stack)]
    return curves[-1] if curves else []
