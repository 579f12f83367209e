"""`lab plot` of several folders that are no replications of one another: one figure of each kind, a panel for each folder."""

from __future__ import annotations

import folders
import pytest

from analysis.base.run_folder import RunFolder
from analysis.figures.method import panels
from analysis.figures.method.figure import load, names, options


@pytest.fixture
def unlike(tmp_path):
    """Two runs with other options."""
    first, second = (folders.tables(tmp_path / name) for name in ("first", "second"))
    folders.change_manifest(second, parameters={"msl": "30s", "delay": "30ms"})
    return first, second


def figure_of(name, *paths, **changes):
    notes: list = []
    return panels.drawn(name, load(name), [RunFolder(path) for path in paths], options(**changes), notes), notes


def test_too_many(tmp_path, analysis):
    paths = [folders.lifecycle(tmp_path / str(i), parameters={"msl": f"{i + 1}s"}) for i in range(13)]
    status, out, err = analysis("plot", *paths, "--only", "graph")
    assert (status, out) == (2, "")
    assert "13 folders that are no replications of one another would be as many panels; allowed are 12" in err


def test_none_of_them_has_it(life, tmp_path, analysis):
    other = folders.lifecycle(tmp_path / "other", parameters={"msl": "1s"})
    status, out, err = analysis("plot", life, other, "--only", "occupancy")
    assert (status, out) == (2, "")
    assert f"plot: {life} and 1 more: no panel in the occupancy figure, because occupancy was not recorded" in err
    assert "nothing to draw; record occupancy" in err


def test_one_of_them_lacks_it(unlike, tmp_path, analysis):
    first, second = unlike
    folders.without(second, "transitions")
    status, out, err = analysis("plot", first, second, "--only", "graph,ladder", "--format", "svg", "-o", tmp_path / "out")
    assert status == 0 and out.split() == [f"{tmp_path}/out/graph-panels.svg", f"{tmp_path}/out/ladder-panels.svg"]
    assert f"plot: {second}: no panel in the graph figure, because transitions were not recorded" in err


def test_one_that_is_damaged_leaves_nothing(unlike, tmp_path, analysis):
    first, second = unlike
    (second / "segments.csv").write_text("")
    status, _, err = analysis("plot", first, second, "-o", tmp_path / "out")
    assert status == 2 and "segments.csv: empty" in err and not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", names())
def test_each_figure_has_a_panel_for_each_folder(unlike, name):
    figure, notes = figure_of(name, *unlike)
    words = [" ".join(text.get_text().split()) for axes in figure.axes for text in axes.texts]
    assert "(A) first" in words and "(B) second" in words
    caption = next(text for text in words if text.startswith("(A) first:"))
    assert "(B) second:" in caption and caption.count("lifecycle-run 0.1.0") == 2
    for axes in figure.axes:
        box = axes.get_position()
        assert box.x0 >= -1e-9 and box.x1 <= 1 + 1e-9 and box.y0 >= -1e-9 and box.y1 <= 1 + 1e-9
    assert all("no panel" not in note for _, note in notes)


def test_panels_hold_what_the_figures_of_each_hold(unlike):
    alone = folders.figure_of("ladder", unlike[0])
    together, _ = figure_of("ladder", *unlike)
    words = [text.get_text() for text in alone.axes[0].texts[:-1] if not text.get_text().startswith("Connection")]
    for axes in together.axes[1:]:
        assert {w for w in words if "\n" not in w} <= {text.get_text() for text in axes.texts}


def test_replications_stay_one_figure(tmp_path, analysis):
    paths = [folders.occupancy(tmp_path / str(i), run=i) for i in (1, 2, 3)]
    status, out, _ = analysis("plot", *paths, "--only", "occupancy", "--format", "png", "-o", tmp_path / "out")
    assert (status, out) == (0, f"{tmp_path}/out/occupancy.png\n")


def test_the_same_folders_give_the_same_octets_and_width_is_kept(unlike, tmp_path, analysis):
    for out in ("a", "b"):
        assert analysis("plot", *unlike, "--format", "svg,pdf", "--width", "170mm", "-o", tmp_path / out)[0] == 0
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 2 * len(names()) and all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)
    assert 'width="481.88' in (tmp_path / "a" / "ladder-panels.svg").read_text()[:1000]  # points
