"""What holds of every figure, also of one that is added: its file is found, told of, and drawn as its golden file has it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import folders
import pytest

from analysis.base.errors import NothingToDraw
from analysis.base.run_folder import COLUMNS, RunFolder
from analysis.figures.method.figure import FOLDER, load, names

HERE = Path(__file__).resolve().parent


def written(figure) -> str:
    """What stands in a figure, a line for each axes and each thing in it, however lines are broken."""
    parts = [f"axes {[axes.get_title(loc='left'), axes.get_title(loc='right')]}, {len(axes.lines)} lines, {len(axes.patches)} patches, "
             f"x {axes.get_xlabel()!r}, y {axes.get_ylabel()!r}" for axes in figure.axes]  # fmt: skip
    texts = [text for axes in figure.axes for text in axes.texts]
    texts += [text for legend in figure.legends for text in legend.get_texts()] + figure.texts
    lines = (" ".join(part.split()) for part in [*parts, *(text.get_text() for text in texts)])
    return "".join(f"{line}\n" for line in lines if line)


def test_there_are_figures():
    assert {"graph", "ladder", "occupancy", "timeline"} <= set(names())
    assert len(names()) == len([path for path in FOLDER.glob("*.py") if path.name != "__init__.py"])


@pytest.mark.parametrize("name", names())
def test_golden(tmp_path, name):
    """Of a folder that holds everything."""
    text = written(folders.figure_of(name, folders.tables(tmp_path / "run")))
    golden = HERE / "golden" / f"figure-{name}.txt"
    if os.environ.get("LIFECYCLE_GOLDEN_WRITE"):
        golden.write_text(text, encoding="utf-8")
    assert golden.is_file(), "./lab golden writes it"
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", names())
def test_plot_finds_it_and_help_tells_of_it(tmp_path, analysis, name):
    folder = folders.tables(tmp_path / "run")
    status, out, _ = analysis("plot", folder, "--only", name, "--format", "svg")
    assert (status, out) == (0, f"{folder}/figures/{name}.svg\n")
    told = " ".join(analysis("plot", "--help")[1].split())
    assert f"{name}: {' '.join(load(name).shows.split())}" in told.replace("- ", "-")


@pytest.mark.parametrize("name", names())
def test_the_handbook_lists_it(monkeypatch, name):
    monkeypatch.syspath_prepend(HERE.parents[1] / "doc")
    lines = sys.modules.get("handbook") or __import__("handbook")
    assert f"   * - ``{name}``" in lines.figures(None)


@pytest.mark.parametrize("name", names())
def test_it_is_not_drawn_where_what_it_declares_was_not_recorded(tmp_path, name):
    figure = load(name)
    assert figure.tables or figure.one_of or figure.metrics
    assert {*figure.tables, *figure.one_of} <= COLUMNS.keys()
    for needed in [*((table,) for table in figure.tables), *([figure.one_of] if figure.one_of else [])]:
        folder = folders.without(folders.tables(tmp_path / "-".join(needed)), *needed)
        with pytest.raises(NothingToDraw, match=f"no {name} figure, because .*not recorded|neither"):
            folders.figure_of(name, folder)
    for metric in figure.metrics:
        folder = folders.tables(tmp_path / metric)
        summary = folder / "summary.json"
        summary.write_text(summary.read_text().replace(f'"{metric}"', '"another"'))
        assert figure.lacks(RunFolder(folder)) == f"summary.json does not tell {metric}"
