"""How far something is: where there is no terminal, a line in ten seconds, not more and not less."""

from __future__ import annotations

import time

import folders
import pytest

from analysis.base import progress as module
from analysis.base.progress import Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_is_soon_done_says_nothing(capsys):
    with Progress("plot", "figure", 4) as progress:
        progress.step(4)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("done", "seconds", "line"), [
    (0, 11, "sweep: 0 of 400 runs after 11.0 s"),
    (100, 10, "sweep: 100 of 400 runs, 25 %, about 30.0 s to go"),
    (399, 7200, "sweep: 399 of 400 runs, 100 %, about 18.0 s to go"),
])  # fmt: skip
def test_what_a_line_says(capsys, done, seconds, line):
    clock = Clock()
    progress = Progress("sweep", "run", 400, clock)
    progress.step(done)
    clock.now = seconds
    progress.tell()
    assert capsys.readouterr().err == line + "\n"


def test_more_may_be_expected_later(capsys):
    """A sweep whose number of replications depends on what came out."""
    clock = Clock()
    progress = Progress("sweep", "run", 0, clock)
    progress.expect(10)
    progress.step(10)
    progress.expect(30)
    progress.step(10)
    clock.now = 20
    progress.tell()
    assert capsys.readouterr().err == "sweep: 20 of 40 runs, 50 %, about 20.0 s to go\n"


def test_lines_come_though_nothing_is_done_yet(capsys, monkeypatch):
    """One figure of a big folder may take long."""
    monkeypatch.setattr(module, "LINE_EVERY_S", 0.2)
    with Progress("plot", "figure", 4) as progress:
        time.sleep(0.7)
        progress.step()
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 3 and all(line.startswith("plot: 0 of 4 figures after 0.") for line in lines)


def test_plot_tells_how_far_it_is(tmp_path, analysis, monkeypatch):
    monkeypatch.setattr(module, "LINE_EVERY_S", 0.05)
    status, _, err = analysis("plot", folders.tables(tmp_path / "run"))
    assert status == 0 and "plot: 0 of 4 figures after" in err


def test_nobody_may_read_the_lines(monkeypatch):
    monkeypatch.setattr(module, "LINE_EVERY_S", 0.01)

    class Closed:
        def isatty(self) -> bool:
            return False

        def write(self, _: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    with Progress("plot", "figure", 1):
        time.sleep(0.1)
