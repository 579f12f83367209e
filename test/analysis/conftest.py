"""Puts the repository root on the path, and builds the run folders that several tests read."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

import folders  # noqa: E402


@pytest.fixture
def life(tmp_path: Path) -> Path:
    return folders.lifecycle(tmp_path / "life")


@pytest.fixture
def busy(tmp_path: Path) -> Path:
    return folders.occupancy(tmp_path / "busy")


@pytest.fixture
def analysis(capsys, monkeypatch):
    """Runs the command line in this process: (status, standard output, standard error)."""
    from analysis.__main__ import main

    monkeypatch.setenv("COLUMNS", "110")  # whatever terminal the tests run in
    monkeypatch.setattr("analysis.base.progress.LINE_EVERY_S", 86400.0)  # however slow the machine is

    def run(*arguments) -> tuple[int, str, str]:
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            status = int(stop.code or 0)
        out = capsys.readouterr()
        return status, out.out, out.err

    return run
