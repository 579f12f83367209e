"""`lab handout`: one page of runs that it makes itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from analysis.base.files import ROOT
from analysis.lecture import handout

PROGRAM = ROOT / "build" / "bin" / "lifecycle-run"
TITLES = ["Three-way handshake", "Four-way close", "Half-close", "Simultaneous close", "The last ACK is lost", "A SYN flood",
          "The same flood with SYN cookies"]  # fmt: skip


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handout")
    return [(story, handout._run(PROGRAM, story, folder / str(i))) for i, story in enumerate(handout.STORIES)]


# ---- what is refused


def test_no_program(tmp_path, analysis):
    status, out, err = analysis("handout", "--program", tmp_path / "nothing", "-o", tmp_path / "h.pdf")
    assert (status, out) == (2, "") and "nothing: cannot make the run of 'Three-way handshake'" in err and not (tmp_path / "h.pdf").exists()


def test_a_program_that_fails(tmp_path, analysis):
    status, _, err = analysis("handout", "--program", "/bin/false", "-o", tmp_path / "h.pdf")
    assert status == 2 and "/bin/false: the run of 'Three-way handshake' ended with status 1 (it says nothing)" in err


def test_output_that_cannot_be_written(tmp_path, analysis):
    (tmp_path / "file").write_text("")
    status, out, err = analysis("handout", "--program", PROGRAM, "-o", tmp_path / "file" / "h.pdf")
    assert (status, out) == (1, "") and f"handout: {tmp_path / 'file' / 'h.pdf'}: " in err and err.count("\n") == 1


def test_no_arguments_are_taken(tmp_path, analysis):
    assert analysis("handout", tmp_path)[0] == 2


# ---- what is on the page


def test_all_of_it_stands_on_the_page(runs):
    figure = handout._page(runs)
    assert [text.get_text() for text in figure.texts if text.get_text() in TITLES] == [TITLES[i] for i in (0, 2, 4, 1, 3, 5, 6)]
    width, height = figure.get_size_inches()
    assert (round(width * 25.4), round(height * 25.4)) == (210, 297)
    for axes in figure.axes:
        box = axes.get_position()
        assert 0.03 < box.y0 and box.y1 < 0.97 and 0 < box.x0 and box.x1 < 1
    foot = next(text for text in figure.texts if text.get_text().startswith("Time runs downward"))
    assert foot.get_position()[1] < min(axes.get_position().y0 for axes in figure.axes), "the last line stands below all figures"


def test_sentences_tell_what_the_runs_tell(runs):
    said = [story.sentence(folder) for story, folder in runs]
    assert "the client knows after 40 ms, one round trip, the server after 60 ms" in said[0]
    assert "2 MSL, here 2 s" in said[1]
    assert "still receives 2,000 octets" in said[2]
    assert "both wait in TIME-WAIT" in said[3]
    assert "repeats its FIN once" in said[4] and "3 s in all" in said[4]
    flooded, with_cookies = (re.search(r"(\d+) of (\d+) honest clients get in", text).groups() for text in said[5:])
    assert int(flooded[0]) < int(flooded[1]) / 10 and with_cookies[0] == with_cookies[1] == flooded[1]


def test_ladders_show_what_their_titles_say(runs):
    seen = {story.title: handout._ladder(folder, story) for story, folder in runs if not story.flood}
    assert [arrow.text for arrow in seen["Three-way handshake"].arrows] == ["SYN 0", "SYN 0, ACK 1", "ACK 1"]
    assert [arrow.text for arrow in seen["Four-way close"].arrows] == ["FIN 1, ACK 1", "ACK 2", "FIN 1, ACK 2", "ACK 2"]
    assert {change.after for change in seen["Simultaneous close"].changes} == {"FIN-WAIT-1", "CLOSING", "TIME-WAIT", "CLOSED"}
    assert sum(arrow.octets for arrow in seen["Half-close"].arrows if arrow.side == 1) == 2000
    lost = [arrow for arrow in seen["The last ACK is lost"].arrows if arrow.lost]
    assert [arrow.text for arrow in lost] == ["ACK 2"] and any(again.restarts for again in seen["The last ACK is lost"].again)


def test_the_file_has_fonts_of_type_42_and_no_date(tmp_path, analysis):
    status, out, err = analysis("handout", "--program", PROGRAM, "-o", tmp_path / "h.pdf")
    assert (status, out) == (0, f"{tmp_path / 'h.pdf'}\n"), err
    octets = (tmp_path / "h.pdf").read_bytes()
    assert octets.count(b"/Type /Page ") + octets.count(b"/Type /Page\n") == 1
    assert b"/CIDFontType2" in octets and b"/Type3" not in octets and b"CreationDate" not in octets
    assert analysis("handout", "--program", PROGRAM, "-o", tmp_path / "again.pdf")[0] == 0
    assert (tmp_path / "again.pdf").read_bytes() == octets
    assert [path.name for path in Path(tmp_path).iterdir() if path.suffix != ".pdf"] == []
