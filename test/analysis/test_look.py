"""Figures for a paper: what cannot be is refused in one sentence, before anything is drawn; then formats, width, letters, captions."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import folders
import pytest

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"

REFUSED = {
    "format": (["--format=eps"], "'eps' is unknown; choose from pdf,png,svg"),
    "no-unit": (["--width=84"], "--width: '84' is not allowed; allowed is a length from 40mm to 1000mm with a unit (mm, cm, in, pt)"),
    "narrow": (["--width=5mm"], "--width: '5mm' is not allowed; allowed is a length from 40mm"),
    "wide": (["--width=2000cm"], "--width: '2000cm' is not allowed"),
    "negative": (["--width=-84mm"], "--width: '-84mm' is not allowed"),
    "other-unit": (["--width=84px"], "--width: '84px' is not allowed"),
    "no-font": (["--font=Nonesuch Serif"], "--font: 'Nonesuch Serif' is no font of this machine; the nearest is '"),
    "no-size": (["--font=DejaVu Sans:big"], "--font: 'big' is not allowed; allowed is a size from 4pt to 48pt"),
    "huge": (["--font=DejaVu Sans:480pt"], "--font: '480pt' is not allowed"),
    "no-style": (["--style=nothing.mplstyle"], "--style: nothing.mplstyle is not a style sheet of matplotlib (No such file or directory)"),
    "caption": (["--caption=above"], "invalid choice: 'above'"),
    "title": (["--title="], "'' is not allowed; allowed is a line of 1 to 300 characters"),
    "lines": (["--title=a\nb", "--only=ladder"], "is not allowed; allowed is a line of"),
    "long": (["--x-label=" + 301 * "x", "--only=occupancy"], "is not allowed; allowed is a line of"),
    "of-all": (["--title=Closing"], "--title: 'Closing' is of one figure, but 4 are drawn; choose one with --only"),
    "no-axis": (["--only=ladder", "--x-label=t"], "--x-label: the ladder figure has no x axis to be named; those with one are occupancy, timeline"),
    "one-axis": (["--only=timeline", "--y-label=t"], "--y-label: the timeline figure has no y axis"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused(tmp_path, analysis, name):
    arguments, words = REFUSED[name]
    folder = folders.tables(tmp_path / "run")
    status, out, err = analysis("plot", folder, *arguments)
    assert (status, out) == (2, "")
    assert words in err.splitlines()[-1]
    assert not (folder / "figures").exists()


SHEETS = {
    "no-sheet": ("what is this", "(Missing colon in file"),
    "no-key": ("lines.thickness: 2", "(Bad key lines.thickness in file"),
    "no-value": ("lines.linewidth: thick", "(Key lines.linewidth: Could not convert 'thick' to float"),
    "binary": ("\udcff", "not a style sheet of matplotlib ("),
    "latex": ("text.usetex: True", "text.usetex is not allowed"),
    "no-font": ("font.family: Nonesuch", "font.family: 'Nonesuch' is no font of this machine"),
}


@pytest.mark.parametrize("name", SHEETS)
def test_a_bad_style_sheet_is_refused(tmp_path, analysis, name):
    text, words = SHEETS[name]
    sheet = tmp_path / "paper.mplstyle"
    sheet.write_text(text + "\n", errors="surrogateescape")
    status, out, err = analysis("plot", folders.tables(tmp_path / "run"), f"--style={sheet}")
    assert (status, out) == (2, "")
    assert words in err and len(err.splitlines()) == 1


def test_a_style_of_matplotlib_is_named_where_there_is_no_file(tmp_path, analysis):
    status, _, err = analysis("plot", folders.tables(tmp_path / "run"), "--style=ggplt")
    assert status == 2 and "the style of matplotlib with the nearest name is 'ggplot'" in err


@pytest.fixture
def plotted(tmp_path, analysis):
    """Draws one figure of a folder that holds everything; the files, by ending."""

    def plot(name: str, *options: str) -> dict[str, bytes]:
        out = tmp_path / "out"
        folder = folders.tables(tmp_path / "run")
        status, printed, err = analysis("plot", folder, "--only", name, "-o", out, *options)
        assert status == 0, err
        files = sorted(out.iterdir())
        assert sorted(printed.splitlines()) == [str(file) for file in files]  # it says where it wrote
        return {file.name.partition(".")[2]: file.read_bytes() for file in files}

    return plot


FIGURES = ("graph", "ladder", "occupancy", "timeline")


@pytest.mark.parametrize("name", FIGURES)
def test_text_stays_text(plotted, name):
    """In SVG it is text, also where it had a halo; in PDF its font is TrueType (type 42), not outlines (type 3)."""
    files = plotted(name, "--format=pdf,svg")
    assert files.keys() == {"pdf", "svg"}
    texts = {"".join(text.itertext()) for text in ElementTree.fromstring(files["svg"]).iter(f"{SVG}text")}
    expected = {"graph": "TIME-WAIT", "ladder": "time [s]", "occupancy": "connections", "timeline": "ESTABLISHED"}
    assert expected[name] in texts
    if name == "ladder":
        assert any("seq 0" in text for text in texts)  # along an arrow
    assert b"/CIDFontType2" in files["pdf"] or b"/TrueType" in files["pdf"]
    assert b"/Type3" not in files["pdf"]


RENDER = """
import sys
sys.path[:0] = sys.argv[1:3]
import folders
from pathlib import Path
from analysis.__main__ import main
folder = folders.tables(Path(sys.argv[3]) / "run")
sys.exit(main(["plot", str(folder), "--format=pdf,svg,png", "--width=84mm", "-o", sys.argv[3] + "/out"]))
"""


def test_the_same_run_gives_the_same_bytes(tmp_path):
    """Neither the time nor how Python hashes that day is in a file."""
    made = []
    for seed in ("1", "2"):
        there = tmp_path / seed
        there.mkdir()
        subprocess.run([sys.executable, "-c", RENDER, ROOT, ROOT / "test/analysis", there], check=True, capture_output=True,
                       env={**os.environ, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": f"{seed}000000000"})  # fmt: skip
        made.append({file.name: file.read_bytes() for file in (there / "out").iterdir()})
    assert len(made[0]) == 12
    assert [name for name in made[0] if made[0][name] != made[1].get(name)] == []
    assert not any(b"CreationDate" in content or b"<dc:date>" in content for content in made[0].values())


def size_mm(svg: bytes) -> tuple[float, float]:
    found = re.search(rb'<svg [^>]*width="([0-9.]+)pt" height="([0-9.]+)pt"', svg)
    assert found
    return tuple(float(number) / 72 * 25.4 for number in found.groups())


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("width", ["84mm", "17.4cm", "240pt", "6.5in"])
def test_a_figure_is_as_wide_as_it_is_asked_for(plotted, name, width):
    number, unit = re.fullmatch(r"([0-9.]+)([a-z]+)", width).groups()
    wanted = float(number) * {"mm": 1, "cm": 10, "pt": 25.4 / 72, "in": 25.4}[unit]
    got = size_mm(plotted(name, "--format=svg", f"--width={width}")["svg"])[0]
    assert got == pytest.approx(wanted, abs=0.01) or (name in ("graph", "ladder", "timeline") and got <= wanted)


def test_text_that_must_be_smaller_is_told(tmp_path, analysis):
    """A width for which there is no layout gets the whole smaller."""
    folder = folders.tables(tmp_path / "run")
    status, _, err = analysis("plot", folder, "--only=graph", "--width=60mm", "--format=svg")
    assert status == 0 and re.search(r"the graph figure has room for text of 4\.3 pt instead of 6 pt; it would have for that from "
                                     r"--width=84mm on", err)  # fmt: skip
    svg = (folder / "figures" / "graph.svg").read_text()
    assert "font: 4.2" in svg or "font: 4.3" in svg


@pytest.mark.parametrize("width", ["84mm", "100mm", "130mm", "190mm"])
def test_in_a_column_of_a_paper_text_has_its_size(tmp_path, analysis, width):
    """Ladder, timeline and graph say less where there is less room."""
    folder = folders.tables(tmp_path / "run")
    status, _, err = analysis("plot", folder, "--only=graph,ladder,timeline", f"--width={width}", "--format=svg")
    assert (status, err) == (0, "")
    graph = (folder / "figures" / "graph.svg").read_text()
    narrow = width in ("84mm", "100mm")
    assert ("its ids left out" in " ".join(re.findall(r">([^<>]*)</text>", graph))) == narrow
    assert ("T40" in graph) != narrow and "T08: 1" in graph


def test_letters_are_of_the_family_and_size_that_were_asked_for(plotted):
    svg = plotted("occupancy", "--format=svg", "--font=DejaVu Serif:9pt")["svg"].decode()
    fonts = set(re.findall(r"font: ([^;\"]*)", svg))
    assert fonts and all("'DejaVu Serif'" in font for font in fonts)
    assert any(font.startswith("9px") for font in fonts) and not any(font.startswith(("6px", "7px")) for font in fonts)


def test_a_style_sheet_of_matplotlib_is_followed(tmp_path, plotted):
    sheet = tmp_path / "paper.mplstyle"
    sheet.write_text("font.family: DejaVu Sans Mono\nfont.size: 8\naxes.grid: True\naxes.spines.top: True\nfigure.figsize: 30, 30\nsavefig.dpi: 100\n")
    files = plotted("occupancy", "--format=svg,png", f"--style={sheet}", "--width=84mm")
    svg = files["svg"].decode()
    assert "'DejaVu Sans Mono'" in svg and "font: 8px" in svg
    assert size_mm(files["svg"])[0] == pytest.approx(84, abs=0.01)  # not 30 inches
    assert int.from_bytes(files["png"][16:20], "big") == int(84 / 25.4 * 100)


@pytest.mark.parametrize(("name", "is_dark"), [("ladder", False), ("graph", False), ("occupancy", True)])
def test_a_dark_style_sheet_leaves_pages_white(plotted, name, is_dark):
    """Their colours of states and arrows are for white paper; charts become dark."""
    svg = plotted(name, "--format=svg", "--style=dark_background")["svg"].decode()
    assert ("fill: #ffffff" not in svg.partition("</g>")[0]) == is_dark
    assert f"fill: {'#ffffff' if is_dark else '#222222'}" in svg.partition("<text")[2]


def test_what_one_figure_looked_like_does_not_stay(tmp_path, analysis):
    folder = folders.tables(tmp_path / "run")
    pictures = []
    for options in ((), ("--font=DejaVu Serif:12pt", "--width=100mm", "--style=ggplot"), ()):
        assert analysis("plot", folder, "--only=timeline,occupancy", "--format=png", *options)[0] == 0
        pictures.append([(folder / "figures" / f"{name}.png").read_bytes() for name in ("timeline", "occupancy")])
    assert pictures[0] == pictures[2] != pictures[1]


@pytest.mark.parametrize("name", FIGURES)
def test_the_caption_stands_beside_where_that_was_asked_for(plotted, name):
    files = plotted(name, "--format=svg", "--caption=beside")
    assert files.keys() == {"svg", "caption.txt"}
    caption = files["caption.txt"].decode()
    assert "lifecycle-run 0.1.0" in caption and caption.endswith(".\n")
    assert "lifecycle-run" not in files["svg"].decode()


def test_title_and_labels(plotted):
    svg = plotted("occupancy", "--format=svg", "--title=Who waits?", "--x-label=t [s]", "--y-label=Connections at a host")["svg"].decode()
    for text in ("Who waits?", "t [s]", "Connections at a host"):
        assert f">{text}<" in svg
    assert ">time [s]<" not in svg and ">connections<" not in svg
