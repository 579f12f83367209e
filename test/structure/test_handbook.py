"""The handbook names only what exists, and builds without a warning."""

import os
import re
import subprocess

import pytest
from conformance import ROOT

from analysis.base import citations
from analysis.experiments.method import catalogue

PAGE = ROOT / "doc" / "teaching-errors.rst"
ROW = re.compile(r"   \* - (.*)\n     - (.*)\n     - (.*)\n")
NAMED = re.compile(r":(experiment|test):`([^`]*)`")


def rows():
    """Claim, what the standard says, what shows it; of each error."""
    head, *errors = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert head == ("claim", "what the standards say", "shown by")
    assert len(errors) > 25
    return errors


def names_of_tests():
    return {
        ".".join(head.groups())
        for path in citations.files_of_tests()
        for head in citations.CPP_TEST.finditer(path.read_text(encoding="utf-8"))
    }


def test_each_teaching_error_is_refuted_by_what_exists():
    known = {"experiment": set(catalogue.names()), "test": names_of_tests()}
    assert all(known.values())
    wrong = [f"{claim}: nothing" for claim, _, shown in rows() if not NAMED.search(shown)]
    wrong += [f"{claim}: {name}" for claim, _, shown in rows() for kind, name in NAMED.findall(shown) if name not in known[kind]]
    assert wrong == []


def test_each_error_that_an_experiment_refutes_names_it():
    """What an experiment says it refutes stands in the table, with that experiment."""
    shown_by = {claim.replace("``", "`"): dict.fromkeys(name for _, name in NAMED.findall(shown)) for claim, _, shown in rows()}
    refuted = {(name, re.match(r'"[^"]*"', text)[0]) for name in catalogue.names() for text in catalogue.load(name).refutes}
    assert refuted
    assert sorted((name, claim) for name, claim in refuted if name not in shown_by.get(claim, {})) == []


@pytest.mark.skipif("LIFECYCLE_FULL" not in os.environ, reason="takes about a minute: ./lab test --full")
def test_the_handbook_builds_without_a_warning():
    result = subprocess.run([str(ROOT / "lab"), "docs"], capture_output=True, text=True, timeout=600, check=False)
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stderr
    assert (ROOT / "build" / "docs" / "html" / "index.html").is_file()
