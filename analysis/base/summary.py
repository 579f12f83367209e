"""The metrics of a run as a table in the terminal: value, unit, what theory expects or why it expects nothing, meaning."""

from __future__ import annotations

import argparse
import shutil
import sys
import textwrap
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .command_line import carry_out, parser_of
from .errors import BadInput
from .run_folder import RunFolder
from .theory import Theory, theory_of

A_HANDFUL = 5  # hosts of a role that have rows of their own
LEAST_WORDS = 30  # columns for what a metric is
HEAD = ("metric", "host", "value", "unit", "theory")


def main(arguments: list[str] | None = None) -> int:
    """`lab summary DIR`."""
    parser = parser_of("summary", "Prints each metric of a run folder with its unit, what theory expects of it or why that expects nothing, "
                                  "and what it is.")  # fmt: skip
    parser.add_argument("dir", type=Path, metavar="DIR", help="run folder")
    parser.set_defaults(verb=_print)
    return carry_out(parser, arguments)


def _print(options: argparse.Namespace) -> None:
    sys.stdout.write(summary_text(RunFolder(options.dir), shutil.get_terminal_size((130, 24)).columns))


@dataclass
class Row:
    """One metric at one host, or at all hosts of a role."""

    name: str
    host: str
    values: list[float]
    unit: str
    theories: list[Theory]
    meaning: str

    def cells(self) -> tuple[str, ...]:
        expected = sorted({t.value for t in self.theories if t.value is not None})
        theory = _range(expected) if expected else "none" if self.theories else ""
        return self.name, self.host, _range(sorted(self.values)), self.unit, theory


def summary_text(folder: RunFolder, width: int) -> str:
    """The table, and below it each closed form, or what it assumes that is not so here."""
    rows = _rows(folder)
    if not rows:
        raise BadInput(f"{folder.path / 'summary.json'}: no metric; every run writes some")
    table = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(cells[i]) for cells in table) for i in range(len(HEAD))]
    indent = sum(widths) + 2 * len(widths)
    words = ["what it is", *(row.meaning for row in rows)]
    words = [text if text != before else "" for text, before in zip(words, ["", *words])]  # of another host it is the same
    lines = []
    for cells, text in zip(table, words):
        told = "  ".join(c.rjust(w) if head in ("value", "theory") else c.ljust(w) for c, w, head in zip(cells, widths, HEAD))
        first, *more = textwrap.wrap(text, max(LEAST_WORDS, width - indent), break_on_hyphens=False) or [""]
        lines += [f"{told}  {first}".rstrip(), *(" " * indent + line for line in more)]
    return "\n".join([*lines, *_about_theory(rows)]) + "\n"


def _rows(folder: RunFolder) -> list[Row]:
    role_of = {host["name"]: host["role"] for host in folder.hosts}
    many = {role for role, count in Counter(role_of.values()).items() if count > A_HANDFUL}
    options = folder.options()
    rows: dict[tuple[str, str], Row] = {}
    for metric in folder.metrics():
        name, host = metric["name"], metric.get("host", "")
        role = role_of.get(host, "")
        shown = f"each {role}" if role in many else host
        row = rows.setdefault((name, shown), Row(name, shown, [], str(metric.get("unit", "")), [], _meaning(metric)))
        row.values.append(metric["value"])
        theory = theory_of(name, host, options)
        row.theories += [theory] if theory else []
    order = list(dict.fromkeys(name for name, _ in rows))
    return sorted(rows.values(), key=lambda row: order.index(row.name))


def _meaning(metric: dict[str, Any]) -> str:
    """What a metric is; of a time average with its interval."""
    if not {"from_s", "to_s"} <= metric.keys():
        return metric["meaning"]
    interval = f"{metric['from_s']:g} to {metric['to_s']:g} s"
    told = metric["meaning"].replace("from_s to to_s", interval)
    return told if interval in told else f"{told}, {interval}"


def _range(values: list[float]) -> str:
    """``3``, or ``0 to 7`` where hosts differ."""
    low, high = number(values[0]), number(values[-1])
    return low if low == high else f"{low} to {high}"


def number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"


def _about_theory(rows: list[Row]) -> list[str]:
    lines = []
    for row in rows:
        for theory in dict.fromkeys(row.theories):
            of = f"theory of {row.name}, {row.host}: "
            lines.append(of + (f"none, because {theory.why_not}" if theory.value is None else f"{theory.formula} ({theory.source})"))
    return ["", *dict.fromkeys(lines)] if lines else []
