"""In what two run folders differ: the manifest, the first row in simulated time, the metrics."""

from __future__ import annotations

import argparse
import csv
import filecmp
import json
import sys
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Iterator

from .command_line import carry_out, parser_of
from .errors import BadInput
from .run_folder import COLUMNS, RunFolder, check_header
from .times import MOST_S
from .words import shortened

NOTHING = "-"  # where one of them has no such thing
LONGEST_SHOWN = 60  # characters of a value
LONGEST_ROW = 300


def main(arguments: list[str] | None = None) -> int:
    """`lab diff A B`."""
    parser = parser_of("diff", "Says in what two run folders differ: the manifests, the first row in simulated time, the metrics. "
                               "Exit status: 0 if nothing but host.json differs, 1 if they differ, 2 if one cannot be read.")  # fmt: skip
    parser.add_argument("a", type=Path, metavar="A", help="run folder")
    parser.add_argument("b", type=Path, metavar="B", help="another")
    parser.set_defaults(verb=_print)
    return carry_out(parser, arguments)


def _print(options: argparse.Namespace) -> int:
    text = diff_text(RunFolder(options.a), RunFolder(options.b))
    sys.stdout.write(text or "no difference\n")
    return 1 if text else 0


@dataclass
class Difference:
    """The first row in which a table differs; None where one of the two has none any more."""

    time_s: float
    what: str
    line: int
    columns: list[str]  # that differ
    rows: tuple[list[str] | None, list[str] | None]


def diff_text(a: RunFolder, b: RunFolder) -> str:
    """What differs, in words; empty if nothing does. The file host.json may always differ."""
    parts = [_listed("manifest.json", _manifest_differences(a, b)), *_of_tables(a, b), _listed("summary.json", _metric_differences(a, b)),
             *_of_captures(a, b)]  # fmt: skip
    return "".join(f"{part}\n" for part in filter(None, parts))


def _listed(title: str, differences: list[tuple[str, str, str]]) -> str:
    """A title, and below it a line for each difference: name, A's value, B's value."""
    rows = [("", "A", "B"), *((name, *(shortened(value, LONGEST_SHOWN) for value in values)) for name, *values in differences)]
    widths = [max(len(row[i]) for row in rows) for i in (0, 1)]
    lines = [f"  {name:<{widths[0]}}  {one:<{widths[1]}}  {other}" for name, one, other in rows]
    return "\n".join([title, *lines]) if differences else ""


# ---- manifest


def _manifest_differences(a: RunFolder, b: RunFolder) -> list[tuple[str, str, str]]:
    found = list(_unequal(_facts(a.manifest), _facts(b.manifest)))
    # What differs at many hosts in the same way is one line.
    hosts: dict[tuple[str, str, str], list[str]] = {}
    ours, theirs = _facts_of_hosts(a), _facts_of_hosts(b)
    for host in filter(theirs.__contains__, ours):
        for difference in _unequal(ours[host], theirs[host]):
            hosts.setdefault(difference, []).append(host)
    for (name, one, other), names in hosts.items():
        found.append((f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''}: {name}", one, other))
    return found


def _facts(manifest: dict[str, Any]) -> dict[str, str]:
    facts = {}
    for key, value in manifest.items():
        if key == "parameters":
            facts |= {f"option {name}": _text(text) for name, text in value.items()}
        elif key == "input-files":
            facts |= {f"input file {name}": text for name, text in value.items()}
        elif key == "hosts":
            facts[key] = _text([host["name"] for host in value])
        elif key != "stacks":
            facts[key] = _text(value)
    return facts


def _facts_of_hosts(folder: RunFolder) -> dict[str, dict[str, str]]:
    """What the manifest says of each host and of its stack."""
    facts = {}
    for host in folder.hosts:
        stack = folder.manifest["stacks"][host["stack"]]
        told = {**host, **stack, **stack["attributes"]}
        facts[host["name"]] = {key: _text(value) for key, value in told.items() if key not in ("name", "stack", "attributes")}
    return facts


def _unequal(ours: dict[str, str], theirs: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(name, NOTHING), theirs.get(name, NOTHING)
        if one != other:
            yield name, one, other


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value)


# ---- tables


def _of_tables(a: RunFolder, b: RunFolder) -> list[str]:
    """The table that only one of them has, and the first difference of all others."""
    told, found = [], []
    for what in COLUMNS:
        recorded = a.recorded(what), b.recorded(what)
        if all(recorded):
            difference = _first_difference(a, b, what, min((it.time_s for it in found), default=float("inf")))
            found += [difference] if difference else []
        elif any(recorded):
            told.append(f"{what}.csv: only in {'A' if recorded[0] else 'B'}")
    if found:
        it = min(found, key=lambda difference: difference.time_s)
        told.append(f"first difference of the tables at {it.time_s:.9f} s: {it.what}.csv, line {it.line}, {_what_differs(it)}")
        told += [f"  {name}: {shortened(','.join(row), LONGEST_ROW) if row else 'no row'}" for name, row in zip("AB", it.rows)]
    return told


def _what_differs(it: Difference) -> str:
    return f"in {', '.join(it.columns)}" if it.columns else "where one of them ends"


def _first_difference(a: RunFolder, b: RunFolder, what: str, until_s: float) -> Difference | None:
    """Both tables are read line by line, up to there, or up to `until_s`: all are in order of time."""
    ours, theirs = a.columns(what), b.columns(what)
    both = [(name, ours.index(name), theirs.index(name)) for name in ours if name in theirs]
    for (in_a, one), (in_b, other) in zip_longest(_rows(a, what), _rows(b, what), fillvalue=(0, None)):
        line = in_a or in_b
        if one is None:
            return Difference(_time_s(b, what, other), what, line, [], (one, other))
        if other is None:
            return Difference(_time_s(a, what, one), what, line, [], (one, other))
        if one != other and (names := [name for name, i, j in both if one[i] != other[j]]):
            return Difference(min(_time_s(a, what, one), _time_s(b, what, other)), what, line, names, (one, other))
        if until_s < float("inf") and _time_s(a, what, one) > until_s:
            return None
    return None


def _rows(folder: RunFolder, what: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table, each with the line on which it ends."""
    file, columns = folder.path / f"{what}.csv", folder.columns(what)
    check_header(file, columns)
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            next(reader)
            for row in reader:
                if len(row) != len(columns):
                    raise BadInput(f"{file}: the row at line {reader.line_num} has {len(row)} fields; expected {len(columns)}")
                yield reader.line_num, row
    except (csv.Error, ValueError) as problem:
        raise BadInput(f"{file}: cannot be read as CSV ({shortened(str(problem))})") from None


def _time_s(folder: RunFolder, what: str, row: list[str]) -> float:
    """When a row was written; one of a connection when that ended, or the run."""
    columns = folder.columns(what)
    text = row[columns.index("time_s" if "time_s" in columns else "closed_s")]
    try:
        time_s = float(text) if text or "time_s" in columns else folder.end_s
    except ValueError:
        time_s = float("nan")
    if not 0 <= time_s <= MOST_S:
        raise BadInput(f"{folder.path / what}.csv: {text!r} is no time in seconds")
    return time_s


# ---- metrics, captures


def _metric_differences(a: RunFolder, b: RunFolder) -> list[tuple[str, str, str]]:
    names = [{host["name"] for host in folder.hosts} for folder in (a, b)]
    of_one = names[0] ^ names[1]  # hosts that the other does not have, as the manifests tell
    ours, theirs = ({f"{m['name']}, {m.get('host', '')}": _measured(m) for m in folder.metrics() if m.get("host") not in of_one}
                    for folder in (a, b))  # fmt: skip
    return list(_unequal(ours, theirs))


def _measured(metric: dict[str, Any]) -> str:
    over = f" ({metric['from_s']:g} to {metric['to_s']:g} s)" if {"from_s", "to_s"} <= metric.keys() else ""
    return f"{metric['value']:.15g} {metric.get('unit', '')}{over}"


def _of_captures(a: RunFolder, b: RunFolder) -> Iterator[str]:
    names = sorted({file.name for folder in (a, b) for file in folder.path.glob("*.pcap")})
    for name in names:
        files = [folder.path / name for folder in (a, b)]
        there = [file.is_file() for file in files]
        if not all(there):
            yield f"{name}: only in {'A' if there[0] else 'B'}"
        elif not filecmp.cmp(*files, shallow=False):
            yield f"{name}: differs"
