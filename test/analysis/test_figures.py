"""Figures: all that a folder supports, the same bytes every time, and their numbers right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import folders
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_draws_what_the_folder_supports_and_says_what_not(life, analysis):
    status, out, err = analysis("plot", life, "--segments")
    assert status == 0
    names = {Path(line).name for line in out.splitlines()}
    assert names == {f"{name}.{kind}" for name in ("timeline", "ladder", "graph") for kind in ("png", "svg")}
    assert all(Path(line).stat().st_size > 1000 for line in out.splitlines())
    assert err == f"analysis: {life}: no occupancy figure, because occupancy was not recorded\n"


@pytest.mark.parametrize("make", [folders.lifecycle, folders.occupancy])
def test_the_same_folder_gives_the_same_bytes(tmp_path, make):
    """Two processes, so that hash seeds and caches differ."""
    folder = make(tmp_path / "run")
    for out in ("one", "two"):
        subprocess.run(
            [sys.executable, "-m", "analysis", "plot", folder, "-o", tmp_path / out],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files
    for name in files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_one_figure_about_all_replications(tmp_path, analysis):
    runs = [folders.occupancy(tmp_path / f"run-{i}", run=i) for i in (1, 2, 3)]
    status, out, _ = analysis("plot", *runs, "--only", "occupancy", "--format", "svg", "-o", tmp_path / "out")
    assert status == 0
    assert out.split() == [str(tmp_path / "out" / "occupancy.svg")]


def test_refuses_runs_that_are_no_replications(tmp_path, analysis):
    one, two = folders.occupancy(tmp_path / "one"), folders.occupancy(tmp_path / "two", rate_per_s=40)
    status, _, err = analysis("plot", one, two, "--only", "occupancy")
    assert status == 2 and "arrival-rate differs" in err


def test_mean_of_a_step_curve():
    from analysis.occupancy import Curve

    curve = Curve(np.array([0.0, 10.0, 30.0]), np.array([2, 4, 0]))
    assert curve.mean(0, 40) == pytest.approx((2 * 10 + 4 * 20) / 40)
    assert curve.mean(20, 40) == pytest.approx(2.0)
    assert list(curve.at(np.array([-1.0, 0.0, 10.0, 29.9, 50.0]))) == [0, 2, 4, 4, 0]


def test_state_graph_counts_every_transition(life):
    from analysis.run_folder import RunFolder
    from analysis.state_graph import arrows, count_transitions, transition_table

    drawn = arrows(transition_table(), count_transitions(RunFolder(life)), life)
    assert sum(arrow.total for arrow in drawn) == 12
    # Off by default and never taken: not drawn.
    assert not any(edge.id == "T07" for arrow in drawn for edge in arrow.edges)
    pairs = [(arrow.before, arrow.after) for arrow in drawn]
    assert len(pairs) == len(set(pairs))


def test_every_default_arrow_has_a_route():
    from collections import Counter

    from analysis.state_graph import ROUTES, arrows, transition_table

    drawn = arrows(transition_table(), Counter(), Path())
    assert {(a.before, a.after) for a in drawn} <= ROUTES.keys()


def test_one_colour_per_state():
    from analysis.colours import STATE_COLOUR, STATES

    assert set(STATE_COLOUR) == set(STATES) and len(set(STATE_COLOUR.values())) == 11


def test_ladder_labels_do_not_overlap(life):
    from analysis.ladder import ladder
    from analysis.ladder_figure import _Drawing
    from analysis.run_folder import RunFolder

    drawing = _Drawing(ladder(RunFolder(life), None, (float("-inf"), float("inf"))), "")
    drawing.draw()
    assert drawing._place_labels()[1] == 0


def test_time_never_runs_backwards_on_a_broken_axis():
    from analysis.picture import idle_gaps, linear_with_breaks

    times = [0.0, 0.02, 0.04, 1.04, 1.06, 1.08, 61.08, 61.1]
    gaps = idle_gaps(times, 0.06)
    assert gaps == [(0.04, 1.04), (1.08, 61.08)]
    place = linear_with_breaks(times, gaps, 1.0, 5.0, 0.4)
    places = [place(t) for t in times]
    assert places == sorted(places) and places[0] == 1.0 and places[-1] == pytest.approx(6.0)


def test_things_that_want_the_same_place_are_spread():
    from analysis.picture import spread

    places = spread([1.0, 1.0, 1.0, 5.0], [0.5] * 4, 0.0)
    assert all(b - a >= 0.5 - 1e-9 for a, b in zip(places, places[1:]))
    assert places[1] == pytest.approx(1.0) and places[3] == 5.0


def test_a_ladder_too_long_for_a_page_is_cut_and_says_so(tmp_path, analysis):
    writer = folders.Writer()
    for i in range(400):
        writer.send(i * 30_000_000, "client-1", "P.", 1 + i, 1, 1)
    folder = writer.write(tmp_path / "long", record=["segments"])
    (folder / "transitions.csv").unlink()
    status, _, err = analysis("plot", folder, "--only", "ladder", "--format", "svg")
    assert status == 0 and "first 300 of 400" in err and "--interval" in err
