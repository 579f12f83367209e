"""Each requirement, transition and step is shown by a test, or it is said why not; doc/conformance.md."""

import os

import conformance
import pytest

from analysis.base import citations, requirements
from analysis.base.requirements import Row
from analysis.base.citations import Case

KNOWN = [
    Row("R-30", "", "", "core", True, True),
    Row("R-31", "", "", "later", False, True),
    Row("T40.ES", "", "", "on", True, True),
    Row("T41.TW", "", "", "off", True, False),
]


def all_rows():
    return [row for rows in requirements.to_be_shown().values() for row in rows]


def test_the_table_is_up_to_date():
    text = conformance.table()
    if os.environ.get("LIFECYCLE_GOLDEN_WRITE"):
        conformance.TABLE.write_text(text, encoding="utf-8")
    assert conformance.TABLE.read_text(encoding="utf-8") == text, "./lab golden writes it"


def test_nothing_is_open():
    rows, why = all_rows(), requirements.exceptions()
    assert len(rows) > 250
    tests, near_misses = citations.tests_by_id(rows), citations.near_misses_by_id(rows)
    states = {row.id: conformance.status_of(row, tests, near_misses, why) for row in rows}
    assert {id: state for id, state in states.items() if state.startswith("OPEN")} == {}


def test_each_exception_is_needed():
    why = requirements.exceptions()
    rows = [row for row in all_rows() if why.get(row.id, [""])[0] != "implementation"]
    tests, near_misses = citations.tests_by_id(rows), citations.near_misses_by_id(rows)
    assert why.keys() <= {row.id for row in all_rows()}
    for id, (lacks, reason) in why.items():
        assert lacks in ("implementation", "script") and reason, id
        cited = [t for t in tests.get(id, []) if t.is_script or lacks == "implementation"]
        cited += near_misses.get(id, [])
        assert not cited, f"{id} is shown by {cited[0]}"


def test_each_citation_names_a_row():
    rows = requirements.everything()
    tests, near_misses = citations.tests_by_id(rows), citations.near_misses_by_id(rows)
    assert tests.keys() | near_misses.keys() | citations.scenarios_by_id().keys() <= {row.id for row in rows}


def test_no_script_is_both_for_one_rule():
    rows = all_rows()
    tests, near_misses = citations.tests_by_id(rows), citations.near_misses_by_id(rows)
    both = {id: set(tests.get(id, [])) & set(scripts) for id, scripts in near_misses.items()}
    assert {id: scripts for id, scripts in both.items() if scripts} == {}


@pytest.mark.parametrize(
    "text, ids",
    [
        ("R-30", ["R-30"]),
        ("R-30, T40.ES: R-31 is elsewhere", ["R-30", "T40.ES"]),
        ("R-30. As R-31 says", ["R-30"]),
        ("T40.ES; RFC 9293 3.5", ["T40.ES"]),
        ("R-30 to R-99, MUST-1", ["R-30", "R-31"]),
        ("T01 to T52", ["T40.ES", "T41.TW"]),
        ("T01 to T52 as far as they are on by default", ["T40.ES"]),
        ("what has no id", []),
    ],
)
def test_what_a_citation_names(text, ids):
    assert citations.ids_in(text, KNOWN) == ids


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.cc", "TEST(Some, Thing) // Covers R-30\n{\n}\n\nTEST(Other, Thing)\n{\n}\n"),
        ("a.cc", "TEST(Other, Thing)\n{\n}\n\n// Covers R-30\nTEST(Some, Thing)\n{\n}\n"),
        ("a.cc", "TEST(Some, Thing)\n{\n    // Covers R-30\n}\n\nTEST(Other, Thing)\n{\n}\n"),
        ("a.cc", "// Covers\n/**\n * Covers R-30\n */\nTEST_P(Some,\n       Thing)\n{\n}\n"),
        ("a.py", 'def test_other():\n    pass\n\n\ndef test_it():\n    """Covers R-30."""\n'),
        ("test_it.pkt", "// Covers T40.ES,\n// R-30\n"),
    ],
)
def test_whose_a_citation_is(tmp_path, monkeypatch, name, text):
    monkeypatch.setattr(citations, "ROOT", tmp_path)
    (tmp_path / name).write_text(text, encoding="ascii")
    cited = citations.cited_in(tmp_path / name, KNOWN)
    id, case = cited[-1]
    assert (id, case[:2]) == ("R-30", (name, "Some.Thing" if name == "a.cc" else "test_it"))
    assert case.name.split(".")[0] in text.splitlines()[case.line - 1] or case.is_script


def test_what_a_script_just_misses(tmp_path, monkeypatch):
    monkeypatch.setattr(citations, "ROOT", tmp_path)
    (tmp_path / "a.pkt").write_text("// Covers R-30\n// Near miss of T40.ES,\n// R-31\n", encoding="ascii")
    cited = citations.cited_in_script(tmp_path / "a.pkt", KNOWN, citations.NEAR_MISS)
    assert [id for id, _ in cited] == ["T40.ES", "R-31"]
    assert citations.cited_in(tmp_path / "a.pkt", KNOWN) == [("R-30", Case("a.pkt", "a"))]


def test_what_is_missing_is_open():
    core, later = KNOWN[:2]
    script, unit = Case("a.pkt", "a"), Case("a.cc", "A.A")
    missed = {"R-30": [Case("b.pkt", "b")]}
    status = conformance.status_of
    assert status(core, {}, missed, {}) == "OPEN: no test"
    assert status(later, {}, {}, {}) == "OPEN: no test"
    assert status(core, {"R-30": [unit]}, missed, {}) == "OPEN: no script"
    assert status(core, {"R-30": [unit, script]}, {}, {}) == "OPEN: no near miss"
    assert status(core, {"R-30": [unit, script]}, missed, {}) == "shown"
    assert status(later, {"R-31": [unit]}, {}, {}) == "shown"
    assert status(core, {"R-30": [unit]}, {}, {"R-30": ("script", "x")}) == "shown; no script: x"
    assert status(core, {}, {}, {"R-30": ("script", "x")}) == "OPEN: no test"
    assert status(core, {}, {}, {"R-30": ("implementation", "x")}) == "left out: x"
