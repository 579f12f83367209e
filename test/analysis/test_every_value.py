"""Every value of a run folder made wrong, one at a time: a sentence or a figure, never a traceback.

What ends in a traceback raises here, because the command line runs in this process.
"""

from __future__ import annotations

import copy
import csv
import json
import shutil
import warnings
from pathlib import Path
from typing import Any, Iterator

import folders
import pytest

from analysis.base.run_folder import COLUMNS

VALUES = ["", " ", "0", "-1", "0.5", "1e400", "nan", "inf", "9" * 5000, "x", "\ud800", '"', "*"]
DRAWN = ["a\0b", '"a\nb $\\x$ \u00e9\u2192"']  # what every figure must be able to draw, or refuse
JSON_VALUES = [None, True, -1, 1e308, float("nan"), 10**400, "", "x", "\ud800", "1e999s", [None], ["x"], {"a": []}]


@pytest.fixture
def run(tmp_path) -> Path:
    return folders.tables(tmp_path / "run")


@pytest.fixture
def answer(analysis, run, monkeypatch):
    """Asks for all that may be drawn of the folder; each must be done or refused with a sentence."""
    # What stands in a table has been judged before anything is rendered, which takes most of the time.
    monkeypatch.setattr("analysis.base.picture.rendered", lambda figure, kind: figure.canvas.draw() or b"figure")

    def ask(what: str, *commands: str) -> list[int]:
        statuses = []
        for verb, *options in map(str.split, commands or ("plot --rules", "ladder --rules")):
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", message=r"Glyph|.*missing from current font")
                try:
                    status, out, err = analysis(verb, run, *options)
                except Exception as problem:
                    raise AssertionError(f"{verb}, {what}: {problem!r}") from problem
            assert status in (0, 2) and "Traceback" not in err, (what, err)
            if status == 2:
                said = err.splitlines()[-1]
                assert out == "" and said.startswith(f"{verb}: ") and len(said) < 1000, (what, err)
                assert not (run / "figures").exists()
            shutil.rmtree(run / "figures", ignore_errors=True)
            statuses.append(status)
        return statuses

    return ask


def wrong_tables(table: str, text: str) -> Iterator[tuple[str, bool, bytes]]:
    """What a table may look like, and whether all is to be drawn: one value wrong, then more."""
    rows = list(csv.reader(text.splitlines()))
    for column, name in enumerate(rows[0]):
        for value in VALUES + DRAWN:
            lines = [list(row) for row in rows]
            lines[2][column] = value
            yield f"{table}.{name} {value[:20]!r}", value in DRAWN, encoded(lines)
        yield f"{table} without column {name}", False, encoded([row[:column] + row[column + 1 :] for row in rows])
        yield f"{table} with column {name} twice", False, encoded([row[:column] + row[column : column + 1] + row[column:] for row in rows])
    whole = text.encode()
    for cut in {0, 1, len(whole) // 3, len(whole) // 2, len(whole) - 20, len(whole) - 1}:
        yield f"{table} cut at {cut}", False, whole[:cut]
        yield f"{table} cut at {cut} with a line end", False, whole[:cut] + b"\n"
    yield f"{table} with NULs", False, whole[:-30] + b"\0" * 30
    yield f"{table} of zeros", False, bytes(1000)
    yield f"{table} with Latin-1", False, whole.replace(b"client", b"cli\xe9nt")
    yield f"{table} with CRLF", False, whole.replace(b"\n", b"\r\n")
    yield f"{table} with a mark", False, b"\xef\xbb\xbf" + whole
    yield f"{table} without rows", False, whole.partition(b"\n")[0] + b"\n"
    yield f"{table} with a blank line", False, whole + b"\n"
    yield f"{table} backwards", False, encoded([rows[0], *rows[:0:-1]])
    yield f"{table} twice", False, encoded([*rows, *rows[1:]])


def encoded(rows: list[list[str]]) -> bytes:
    return "".join(",".join(row) + "\n" for row in rows).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("table", COLUMNS)
def test_a_wrong_value_in_a_table(run, answer, table):
    file = run / f"{table}.csv"
    assert answer("the right folder") == [0, 0]
    quick = ("plot --only occupancy",) if table == "occupancy" else ("ladder --rules",)
    refused = 0
    for what, draw, content in wrong_tables(table, file.read_text()):
        file.write_bytes(content)
        status = answer(what, *quick)
        refused += 2 in status
        if draw and status == [0]:
            answer(what, "plot")
    assert refused > len(COLUMNS[table])


def wrong_objects(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """The same object with one thing in it wrong, or missing."""
    if isinstance(value, (dict, list)):
        for key in value if isinstance(value, dict) else range(min(len(value), 2)):
            for what, part in wrong_objects(value[key], f"{at}.{key}"):
                changed = copy.copy(value)
                changed[key] = part
                yield what, changed
            changed = copy.copy(value)
            del changed[key]
            yield f"no {at}.{key}", changed
    for wrong in JSON_VALUES:
        yield f"{at} is {str(wrong)[:20]!r}", wrong


@pytest.mark.parametrize("name", ["manifest.json", "summary.json"])
def test_a_wrong_value_in_an_object(run, answer, name):
    whole = json.loads((run / name).read_text())
    if name == "summary.json":
        whole["metrics"] = whole["metrics"][:2]
    for what, value in wrong_objects(whole):
        (run / name).write_text(json.dumps(value))
        answer(f"{name} {what}", "plot --only occupancy", "summary", *(["ladder"] if name == "manifest.json" else []))
    whole_texts = json.dumps(whole)
    for text in ("client-1", "connections", "lifecycle-run", "rfc9293", "30s", "10Mbps", "10.1.0.2", "it is so"):
        drawn = "a\n\0$\\x$"
        (run / name).write_text(whole_texts.replace(json.dumps(text), json.dumps(drawn)))
        answer(f"{name} with {drawn!r} for {text}", "plot")
    for content in (b"", b"\0", b"\xff", b"[" * 100_000, b'{"schema": ' + b"9" * 5000 + b"}", b'{"a":' * 5000, json.dumps(whole).encode()[:-1]):
        (run / name).write_bytes(content)
        assert answer(f"{name} holds {content[:20]!r}", "plot --only occupancy") == [2]


def test_octets_that_are_no_whole_number(run, answer, analysis):
    file = run / "connections.csv"
    file.write_text(file.read_text().replace(",250,0,", ",0.5,0,"))
    assert answer("octets_sent of 0.5") == [2, 2]
    assert "connections.csv: cannot be read as CSV" in analysis("ladder", run)[2]
