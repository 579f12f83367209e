"""Fixtures of the tests that run whole programs."""

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a run may write; it does not exist yet."""
    return tmp_path / "run"
