"""Fixtures of the tests that run whole programs."""

from pathlib import Path

import programs
import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a run may write; it does not exist yet."""
    return tmp_path / "run"


@pytest.fixture(autouse=True)
def each_run_folder_agrees(tmp_path: Path):
    """Whatever program has made it, `lab check-run` finds nothing wrong in a run folder of the test."""
    yield
    for manifest in sorted(tmp_path.rglob("manifest.json")):
        programs.check(manifest.parent)
