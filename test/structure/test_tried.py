"""doc/tried.md is what test/results.py made of the notes of runs, and the newest run of a command counts."""

import json
import re
import runpy
import subprocess
import sys

import pytest
from test_structure import ROOT, text_of

PROGRAM = ROOT / "test" / "results.py"
results = runpy.run_path(str(PROGRAM))
HEAD = "system,ns-3,compiler,command,result,date\n"


def call(*arguments, copy=PROGRAM):
    return subprocess.run([sys.executable, copy, *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def reports(tmp_path):
    """Two parts: one test passed, one was left out by a filter; one failed, one was skipped."""
    for part, cases in {
        "all": '<testcase classname="A" name="a" status="run"/><testcase classname="A" name="b" status="notrun"/>',
        "contrib": '<testcase classname="B" name="c"><failure/></testcase><testcase classname="B" name="d"><skipped/></testcase>',
    }.items():
        (tmp_path / part).mkdir()
        (tmp_path / part / "report.xml").write_text(f"<testsuite>{cases}</testsuite>")
    return tmp_path


@pytest.fixture
def program(tmp_path):
    """What says of itself what lifecycle-run says."""
    about = json.dumps({"ns3-version": "3.48", "built-with": "GNU 16.1.0 -O2"})
    path = tmp_path / "program"
    path.write_text(f"#!/bin/sh\necho '{about}'\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def page(tmp_path):
    """A program of its own beside a page of its own."""
    for name in ("test/results.py", "doc/tried.md"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text_of(ROOT / name))
    return tmp_path / "doc" / "tried.md"


def test_the_page_is_written_by_the_program():
    text = text_of(ROOT / "doc" / "tried.md")
    rows = results["table_of"](text)
    assert results["with_table"](text, results["newest"](rows)) == text, "./lab tried writes it"
    for row in rows:
        assert re.fullmatch(r"\d+ passed, \d+ failed(, \d+ skipped)?", row["result"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["date"])
        assert re.fullmatch(r"\./lab (check|test( --(full|newer|contrib=([\d.]+|DIR)))*)", row["command"])


def test_the_count_is_of_all_parts(reports):
    done = call("count", reports, "0")
    assert (done.returncode, done.stdout) == (1, "skipped: B d\nfailed: B c\n1 passed, 1 failed\n")
    assert call("count", reports / "all", "0").stdout == "1 passed, 0 failed\n"


def test_a_program_that_died_is_a_failure(reports):
    done = call("count", reports / "all", "1")
    assert (done.returncode, done.stdout) == (1, "1 passed, 1 failed\n")


def test_no_test_at_all_is_no_success(tmp_path):
    assert call("count", tmp_path, "0").returncode == 1


def test_a_run_is_noted_with_what_the_program_was_built_with(reports, program):
    notes = reports / "tried.csv"
    for status in ("1", "0"):  # the second takes the place of the first
        assert call("note", notes, "./lab check", program, reports / "all", status).returncode == 0
    assert call("note", notes, "./lab test", program, reports, "1").returncode == 0
    head, *rows = notes.read_text().splitlines(keepends=True)
    assert head == HEAD
    assert [row.split(",", 1)[1].rsplit(",", 1)[0] for row in rows] == [
        '3.48,g++ 16.1.0,./lab check,"1 passed, 0 failed"',
        '3.48,g++ 16.1.0,./lab test,"1 passed, 1 failed, 1 skipped"',
    ]


def test_the_newest_row_of_a_command_is_in_the_page(page, tmp_path):
    def merge(result, day):
        (tmp_path / "notes.csv").write_text(f'{HEAD}Debian 99,9.9,g++ 99,./lab test,"{result}",{day}\n')
        assert call("merge", tmp_path / "notes.csv", copy=tmp_path / "test" / "results.py").returncode == 0
        return [row["result"] for row in results["table_of"](page.read_text()) if row["ns-3"] == "9.9"]

    before = results["table_of"](page.read_text())
    assert merge("2 passed, 0 failed", "2000-01-02") == ["2 passed, 0 failed"]
    assert merge("1 passed, 0 failed", "2000-01-01") == ["2 passed, 0 failed"]
    assert merge("3 passed, 1 failed", "2000-01-02") == ["3 passed, 1 failed"]
    assert [row for row in results["table_of"](page.read_text()) if row["ns-3"] != "9.9"] == before


@pytest.mark.parametrize("text", ["", "no notes\n", HEAD, "a,b\n1,2\n", HEAD + "Debian,3.48\n"])
def test_what_holds_no_notes_changes_nothing(page, tmp_path, text):
    before = page.read_text()
    (tmp_path / "notes.csv").write_text(text)
    done = call("merge", tmp_path / "notes.csv", copy=tmp_path / "test" / "results.py")
    assert (done.returncode, done.stderr) == (2, f"lab: {tmp_path}/notes.csv holds no notes of './lab test'.\n")
    assert page.read_text() == before


def test_lab_names_notes_that_are_not_there(tmp_path):
    done = subprocess.run([ROOT / "lab", "tried", tmp_path / "none.csv"], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stderr == f"lab: there is no file {tmp_path}/none.csv; './lab test' without a FILTER writes build/tried.csv.\n"
