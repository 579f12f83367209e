"""How far something is: where there is no terminal, a line in ten seconds, not more and not less."""

from __future__ import annotations

from analysis.base.progress import Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_is_soon_done_says_nothing(capsys):
    clock = Clock()
    with Progress("plot", "figure", 4, clock) as progress:
        for clock.now in (1, 4, 6, 9.9):
            progress.step()
    assert capsys.readouterr().err == ""


def test_a_line_in_ten_seconds(capsys):
    clock = Clock()
    with Progress("sweep", "run", 1000, clock) as progress:
        for second in range(1, 36):
            clock.now = second
            progress.step(10)
    assert capsys.readouterr().err.splitlines() == [
        "sweep: 100 of 1000 runs, 10 %, about 90.0 s to go",
        "sweep: 200 of 1000 runs, 20 %, about 80.0 s to go",
        "sweep: 300 of 1000 runs, 30 %, about 70.0 s to go",
    ]


def test_nothing_done_is_told_too(capsys):
    clock = Clock()
    with Progress("e08-occupancy, loss", "run", 2, clock) as progress:
        clock.now = 11
        progress.step(0)
    assert capsys.readouterr().err == "e08-occupancy, loss: 0 of 2 runs after 11.0 s\n"


def test_more_may_be_expected_later(capsys):
    """A sweep whose number of replications depends on what came out."""
    clock = Clock()
    with Progress("sweep", "run", 0, clock) as progress:
        progress.expect(10)
        progress.step(10)
        progress.expect(30)
        clock.now = 20
        progress.step(10)
    assert capsys.readouterr().err == "sweep: 20 of 40 runs, 50 %, about 20.0 s to go\n"
