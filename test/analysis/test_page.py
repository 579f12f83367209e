"""`lab page`: what it refuses, what stands in it, and its bound. What a browser makes of it is tested in test_page_in_browser.py."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import folders
import pytest

from analysis.lecture import page as lecture_page


class Page(HTMLParser):
    """What a reader of the file sees of it: elements, and the data of its script."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)[1])

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def of_class(self, name):
        return [attributes for _, attributes in self.elements if name in (attributes.get("class") or "").split()]


@pytest.fixture
def made(tmp_path, analysis):
    """Makes the page of folders: the page, and what was said on standard error."""

    def make(*paths, options=()):
        status, out, err = analysis("page", *paths, *options, "-o", tmp_path / "page.html")
        assert (status, out) == (0, f"{tmp_path / 'page.html'}\n"), err
        return Page((tmp_path / "page.html").read_text(encoding="utf-8")), err

    return make


# ---- what is refused


def test_no_folder(analysis):
    status, out, err = analysis("page")
    assert (status, out) == (2, "") and "DIR" in err


def test_missing_folder(tmp_path, analysis):
    status, out, err = analysis("page", tmp_path / "nowhere", "-o", tmp_path / "page.html")
    assert (status, out) == (2, "") and "nowhere: no such folder" in err and err.count("\n") == 1
    assert not (tmp_path / "page.html").exists()


def test_one_missing_among_several_leaves_no_page(life, tmp_path, analysis):
    status, _, err = analysis("page", life, tmp_path / "nowhere", "-o", tmp_path / "page.html")
    assert status == 2 and "nowhere" in err and not (tmp_path / "page.html").exists()


def test_a_table_that_is_cut(life, analysis):
    text = (life / "segments.csv").read_text()
    (life / "segments.csv").write_text(text[:-40])
    status, out, err = analysis("page", life)
    assert (status, out) == (2, "") and "segments.csv: truncated" in err and not (life / "figures").exists()


def test_a_folder_of_which_there_is_nothing_to_show(life, analysis):
    folders.without(life, "segments", "transitions")
    status, _, err = analysis("page", life)
    assert status == 2 and "neither segments nor transitions nor occupancy were recorded; a page needs one of them" in err


@pytest.mark.parametrize("size", ["20", "0MB", "-1MB", "20mb", "1e3MB", "MB", "20 MB", "20MiB", "99999999MB"])
def test_a_size_that_is_none(life, analysis, size):
    status, _, err = analysis("page", life, f"--max-size={size}")
    assert status == 2 and f"'{size}' is not allowed; allowed is a size above 0 with a unit (kB, MB, GB), such as 20MB" in err


def test_a_size_that_is_too_small_for_any_page(life, analysis):
    status, _, err = analysis("page", life, "--max-size=10kB")
    assert status == 2 and re.search(r"--max-size: the page takes [\d,]+ octets even without segments, which is more than 10,000$", err.strip())


def test_output_that_cannot_be_written(life, tmp_path, analysis):
    (tmp_path / "file").write_text("")
    status, out, err = analysis("page", life, "-o", tmp_path / "file" / "page.html")
    assert (status, out) == (1, "") and f"page: {tmp_path / 'file' / 'page.html'}: " in err and err.count("\n") == 1


@pytest.mark.parametrize(("options", "words"), [(["--connection", "nobody:1"], "not in"), (["--interval", "5:1"], "expected A:B"),
                                               (["--interval", "500:600"], "no event")])  # fmt: skip
def test_bad_choice(life, analysis, options, words):
    status, _, err = analysis("page", life, *options)
    assert status == 2 and words in err and not (life / "figures").exists()


# ---- what is left out is said


def test_without_segments_the_states_are_shown(life, made):
    page, _ = made(folders.without(life, "segments"))
    assert "No arrows: segments were not recorded." in page.html
    assert page.of_class("timeline") and not page.of_class("shaft")
    assert page.data["runs"][0]["states"]


def test_what_was_not_recorded_is_said(life, made):
    (life / "timers.csv").unlink()
    page, err = made(life)
    assert err == ""
    for words in ("Timers were not recorded.", "Occupancy was not recorded.", "Which rules decided was not recorded (--record=...,rules)."):
        assert f"<li>{words}</li>" in page.html


def test_occupancy_alone(busy, made):
    page, _ = made(busy)
    assert not page.of_class("ladder") and page.of_class("occupancy")
    instants = page.data["runs"][0]["instants"]
    assert 100 < len(instants) <= 500 and instants == sorted(instants)


def test_a_page_keeps_its_bound_and_says_what_it_left_out(tmp_path, made):
    w = folders.Writer()
    w.change(0, "client-1", "CLOSED", "SYN-SENT", "T02", "active OPEN")
    for i in range(400):
        w.send(1_000_000 * i, "client-1", "P.", 1 + 100 * i, 1, 100, options=f"ts {i}")
    folder = w.write(tmp_path / "long")
    page, err = made(folder, options=["--all", "--max-size=150kB"])
    assert len(page.html.encode()) <= 150_000
    cut = re.search(r"the ladder holds (the first (\d+) of 401 segments and state changes, until [\d.]+ s)", err)
    assert cut and err == f"page: {folder}: {cut[0]}; choose others with --interval\n"
    assert f"Left out: {cut[0]}." in page.html
    assert int(cut[2]) > 20 and len([k for k in page.data["runs"][0]["tips"] if k[0] == "a"]) == int(cut[2]) - 1


def test_a_huge_folder_is_cut_to_what_a_browser_can_show(tmp_path, made):
    w = folders.Writer()
    for i in range(5000):
        w.send(1_000_000 * i, "client-1", "P.", 1 + 100 * (i % 1000), 1, 100)
    page, err = made(w.write(tmp_path / "huge"), options=["--all"])
    assert f"the first {lecture_page.MOST_SHOWN} of 5000 segments and state changes" in err
    assert len(page.html.encode()) < 20_000_000


# ---- what stands in it


def test_nothing_is_fetched(life, made):
    page, _ = made(life)
    policy = next(a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none';")
    refers = [value for _, attributes in page.elements for name, value in attributes.items() if name in ("src", "href", "xlink:href", "srcset")]
    assert refers == [] and "http://" not in page.html.replace("http://www.w3.org", "") and "@import" not in page.html


def test_each_segment_and_change_is_a_thing_in_ladder_and_timeline(tmp_path, made):
    from analysis.base.connection import ALL_TIME
    from analysis.base.ladder import ladder
    from analysis.base.run_folder import RunFolder

    folder = folders.tables(tmp_path / "run")
    page, _ = made(folder, options=["--all"])
    it = ladder(RunFolder(folder), None, ALL_TIME)
    keys = [attributes["data-k"] for attributes in page.of_class("thing")]
    arrows = [key for key in keys if key.startswith("0a")]
    assert sorted(arrows) == sorted(2 * [f"0a{i}" for i in range(len(it.arrows))])
    assert set(keys) == {f"0{key}" for key in page.data["runs"][0]["tips"]}
    assert [state[:2] for state in page.data["runs"][0]["states"]] == [[c.time_s, c.side] for c in it.changes]


def test_tips_tell_flags_numbers_fate_and_rules(tmp_path, made):
    page, _ = made(folders.tables(tmp_path / "run"))
    run = page.data["runs"][0]
    head, lines, ids = run["tips"]["a0"]
    assert head == "[S], seq 0, length 0"
    assert lines == ["client-1 to server: SYN", "sent at 0.000 s", "window 65535, options mss 1460", "lost: rule: drop"] and ids == []
    head, lines, ids = run["tips"]["a1"]
    assert "sent at 1.000 s, retransmission, by a timer" in lines and "arrived at 1.020 s" in lines and ids == ["P25", "P30"]
    assert set(page.data["glossary"]) >= {"P25", "P30", "T08"}
    assert page.data["glossary"]["T08"][0].startswith("SYN-SENT to ESTABLISHED")


def test_timers_are_told_with_their_deadlines(tmp_path, made):
    run = made(folders.tables(tmp_path / "run"))[0].data["runs"][0]
    assert [row[1:4] for row in run["timers"]] == [[0, "time-wait", "armed"], [0, "time-wait", "restarted"], [0, "time-wait", "expired"]]
    assert any(text == "client-1: timer time-wait restarted until 63.170 s" for _, text, _, _ in run["happens"])


def test_curves_hold_times_and_counts(tmp_path, made):
    page, _ = made(folders.tables(tmp_path / "run"))
    curves = [attributes["d"] for attributes in page.of_class("curve") if attributes["d"] != "M0 4H26"]
    assert "M0 0H1V1H70V0H70" in curves and "M0 0H2V1H70H70" in curves


def test_several_runs_stand_in_their_order(life, busy, made):
    page, _ = made(life, busy, life)
    assert [a["aria-label"] for tag, a in page.elements if tag == "article"] == ["life", "busy", "life"]
    assert len(page.data["runs"]) == 3


def test_a_text_of_a_run_cannot_break_out(life, made):
    folders.edit(life / "transitions.csv", "active OPEN", "</script><script>alert(1)</script>&amp;")
    page, _ = made(life)
    assert [tag for tag, _ in page.elements].count("script") == 2 and "<script>alert" not in page.html
    assert any("</script><script>alert(1)</script>&amp;" in text for _, text, _, _ in page.data["runs"][0]["happens"])


def test_the_same_folders_give_the_same_octets(tmp_path, made):
    folder = folders.tables(tmp_path / "run")
    first = made(folder)[0].html
    (tmp_path / "other").mkdir()
    assert made(folder.rename(tmp_path / "other" / "run"))[0].html == first  # wherever they stand


def test_without_an_output_it_goes_beside_the_figures(life, analysis):
    status, out, _ = analysis("page", life)
    assert (status, out) == (0, f"{life}/figures/page.html\n") and (life / "figures" / "page.html").stat().st_size > 10_000


def test_colours_never_stand_alone(life, made):
    """Of a lost segment there is a cross, of a copy a dash, of each end a shape."""
    page, _ = made(life, options=["--all"])
    lost = [attributes for attributes in page.of_class("lost") if "shaft" in attributes["class"]]
    crosses = [attributes for tag, attributes in page.elements if tag == "path" and attributes.get("class") == "lost"]
    assert lost and len(crosses) == len(lost)
    assert re.search(r"\.copy \{ stroke-dasharray", page.html) and re.search(r"\.lit1 \{[^}]*stroke-dasharray", page.html)
    assert "● client-1" in page.html and "■ server" in page.html
