"""Figures: all that a folder supports, the same bytes every time, and their numbers right."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import folders
import numpy as np
import pytest
from folders import figure_of

ROOT = Path(__file__).resolve().parents[2]


def test_draws_what_the_folder_supports_and_says_what_not(life, analysis):
    from analysis.base.run_folder import RunFolder
    from analysis.figures.method.figure import load, names

    status, out, err = analysis("plot", life, "--segments")
    assert status == 0
    lacks = {name: load(name).lacks(RunFolder(life)) for name in names()}
    assert lacks["occupancy"] == "occupancy was not recorded"
    drawn = [name for name, why in lacks.items() if not why]
    assert {"timeline", "ladder", "graph"} <= set(drawn)
    assert {Path(line).name for line in out.splitlines()} == {f"{name}.{kind}" for name in drawn for kind in ("png", "svg")}
    assert all(Path(line).stat().st_size > 1000 for line in out.splitlines())
    assert err == "".join(f"plot: {life}: no {name} figure, because {why}\n" for name, why in lacks.items() if why)


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


def test_runs_that_are_no_replications_are_not_averaged(tmp_path, analysis):
    one, two = folders.occupancy(tmp_path / "one"), folders.occupancy(tmp_path / "two", rate_per_s=40)
    status, out, err = analysis("plot", one, two, "--only", "occupancy", "--format", "svg")
    assert (status, out) == (0, f"{one}/figures/occupancy-panels.svg\n")
    assert f"plot: {two}: no replication of {one}, because arrival-rate differs: each figure has a panel for each folder\n" in err
    other = folders.occupancy(tmp_path / "other", run=2, stacks=[folders.stack(preset="linux")])
    status, _, err = analysis("plot", one, other, "--only", "occupancy")
    assert status == 0 and "because stacks differ:" in err
    cut = folders.occupancy(tmp_path / "cut", run=2, interrupted=True)
    status, _, err = analysis("plot", one, cut, "--only", "occupancy")
    assert status == 0 and "because interrupted differs:" in err


def test_replications_may_differ_in_seed_and_run(tmp_path, analysis):
    """The manifest lists both among the options as well."""
    runs = [
        folders.occupancy(tmp_path / f"run-{i}", run=i, parameters={"msl": "10s", "run": str(i), "seed": str(i)})
        for i in (1, 2)
    ]
    status, _, err = analysis("plot", *runs, "--only", "occupancy", "--format", "svg")
    assert (status, err) == (0, "")


def steady(tmp_path: Path, end_s: float = 120.0, **changes):
    from analysis.base.run_folder import RunFolder
    from analysis.figures.occupancy import steady_part

    folder = folders.occupancy(tmp_path / "run", end_s=end_s, **changes)
    return steady_part(RunFolder(folder), end_s)


def story(tmp_path: Path, **changes) -> str:
    from analysis.base.run_folder import RunFolder
    from analysis.figures.occupancy import _story

    part = steady(tmp_path, **changes)
    return _story([RunFolder(tmp_path / "run")], part, False)


def test_the_manifest_says_when_the_run_is_steady(tmp_path):
    part = steady(tmp_path, average={"from_s": 20, "to_s": 100})
    assert (part.from_s, part.to_s, part.drains) == (20.0, 100.0, True)
    part = steady(tmp_path, average={"from_s": 20, "to_s": 120})
    assert (part.from_s, part.to_s, part.drains) == (20.0, 120.0, False)
    part = steady(tmp_path, end_s=90.0, average={"from_s": 20, "to_s": 120})
    assert (part.from_s, part.to_s, part.drains) == (20.0, 90.0, False)
    assert not steady(tmp_path, end_s=15.0)
    assert steady(tmp_path, average=None) is None


@pytest.mark.parametrize(("from_s", "to_s", "told"), [
    (20, 100, "Shaded: warm-up until 20 s, as long as TIME-WAIT lasts, and drain after 100 s. The mean"),
    (20, 120, "Shaded: warm-up until 20 s, as long as TIME-WAIT lasts. The mean"),
    (5, 100, "Shaded: warm-up until 5 s and drain after 100 s. The mean"),
    (0, 100, "1 run. Shaded: drain after 100 s. The mean"),
    (0, 120, "1 run. The mean"),
])  # fmt: skip
def test_the_caption_tells_what_is_shaded(tmp_path, from_s, to_s, told):
    text = story(tmp_path, average={"from_s": from_s, "to_s": to_s})
    assert text.endswith(f"{told} is the time average over the steady part, {from_s} to {to_s} s.")


def test_the_caption_tells_why_there_is_no_mean(tmp_path):
    assert story(tmp_path, average=None).endswith(" The run names no interval in which it is steady, so there is no mean.")
    assert story(tmp_path, end_s=15.0).endswith(" The warm-up until 20 s outlasts the run, so there is no mean.")


def line_of(folder, group_hosts: list[str], column: str = "TIME-WAIT"):
    from analysis.figures.occupancy import Group, _curves, _Line, steady_part

    return _Line([folder], [_curves(folder)], Group("them", group_hosts, "#000000"), column, steady_part(folder, folder.end_s))


def test_the_mean_is_that_of_the_summary(tmp_path):
    """It is exact, even where occupancy was sampled; but it may be about another time than the steady part."""
    from analysis.base.run_folder import RunFolder

    for to_s, mean in ((120, [399.0]), (100, None)):
        folder = RunFolder(folders.occupancy(tmp_path / "run", average={"from_s": 20, "to_s": to_s}))
        line = line_of(folder, ["server"])
        assert line.means == (mean or [pytest.approx(400, rel=0.05)])
        if mean is None:
            assert line.means != [399.0]


def test_theory_is_not_what_the_summary_says(busy):
    """What it assumes cannot be told from this manifest, so that there is none, whatever stands in the summary."""
    from analysis.base.run_folder import RunFolder

    line = line_of(RunFolder(busy), ["server"])
    assert line.theory is None and line.why_no_theory == "the run does not tell jitter"


# ---- states and hosts

ROW = dict.fromkeys(("LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK",
                     "TIME-WAIT", "syn_queue", "accept_queue"), 0)  # fmt: skip


def held(path: Path, *rows: tuple[float, str, dict[str, int]], clients: int = 1) -> Path:
    """A folder whose hosts hold so many in these states and queues."""
    folder = folders.occupancy(path)
    names = ["client"] if clients == 1 else [f"client-{i + 1}" for i in range(clients)]
    hosts = [folders.host(name, f"10.0.0.{i}") for i, name in enumerate(names)]
    manifest = folders.manifest(record=["occupancy"], hosts=[*hosts, folders.host("server", "10.0.1.1")], end_s=100.0,
                                average={"from_s": 20, "to_s": 100})  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "summary.json").unlink()
    every = [*rows, *((100.0, name, {}) for name in [*names, "server"])]
    lines = [f"{t:.9f},{host}," + ",".join(str(n) for n in {**ROW, **levels}.values()) + "\n" for t, host, levels in every]
    (folder / "occupancy.csv").write_text(folders.OCCUPANCY + "".join(lines))
    return folder


def panels_of(folder: Path, interval=(-math.inf, math.inf), states=None) -> tuple[list[str], str]:
    """The titles of the panels, and the caption."""
    figure = figure_of("occupancy", folder, interval=interval, states=states)
    return [axes.get_title(loc="left") for axes in figure.axes], " ".join(figure.texts[-1].get_text().split())


FLOOD = {"LISTEN": 1, "SYN-RECEIVED": 128, "syn_queue": 128}


def test_all_that_is_not_zero_is_drawn_and_the_rest_named(tmp_path):
    """A SYN flood: TIME-WAIT is empty, the SYN queue is not. A listener is one all the time."""
    titles, text = panels_of(held(tmp_path / "run", (5.0, "server", FLOOD), (50.0, "server", {"LISTEN": 1})))
    assert titles == ["SYN-RECEIVED", "SYN queue"]
    assert "Zero at all times and not drawn: SYN-SENT, ESTABLISHED, FIN-WAIT-1" in text and "SYN-RECEIVED" not in text


def test_states_can_be_chosen(tmp_path, analysis):
    folder = held(tmp_path / "run", (5.0, "server", FLOOD), (50.0, "server", {"LISTEN": 1}))
    assert panels_of(folder, states=("syn_queue", "LISTEN", "CLOSING"))[0] == ["SYN queue", "LISTEN"]
    status, out, err = analysis("plot", folder, "--only", "occupancy", "--states", "CLOSING")
    assert status == 2 and out == "" and "no occupancy figure, because CLOSING is zero throughout" in err
    status, _, err = analysis("plot", folder, "--only", "occupancy", "--states", "SYN_SENT")
    assert status == 2 and "'SYN_SENT' is unknown; choose from LISTEN,SYN-SENT" in err


def test_what_is_zero_in_the_interval_has_no_axes(tmp_path):
    folder = held(tmp_path / "run", (5.0, "server", FLOOD), (50.0, "server", {"TIME-WAIT": 3}))
    assert panels_of(folder)[0] == ["TIME-WAIT", "SYN-RECEIVED", "SYN queue"]
    assert panels_of(folder, (60.0, 90.0))[0] == ["TIME-WAIT"]
    assert panels_of(folder, (6.0, 40.0))[0] == ["SYN-RECEIVED", "SYN queue"]


def test_where_nothing_is_held_there_is_no_figure(tmp_path, analysis):
    status, _, err = analysis("plot", held(tmp_path / "run"), "--only", "occupancy")
    assert status == 2 and "no occupancy figure, because nothing was held throughout" in err


def test_a_state_that_lasts_no_time_is_not_drawn(tmp_path):
    folder = held(tmp_path / "run", (5.0, "server", {"CLOSE-WAIT": 1}), (5.0, "server", {"LAST-ACK": 1}), (6.0, "server", {}))
    assert panels_of(folder)[0] == ["LAST-ACK"]


def test_hosts_beyond_a_handful_are_summed(tmp_path):
    rows = [(1.0 + i, f"client-{i + 1}", {"ESTABLISHED": i + 1}) for i in range(7)]
    folder = held(tmp_path / "run", *rows, (20.0, "server", {"ESTABLISHED": 28}), clients=7)
    figure = figure_of("occupancy", folder, interval=(0.0, 50.0))
    (axes,) = figure.axes
    assert axes.get_title(loc="right") == "most: all clients 28, server 28"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["all clients", "server"]
    assert "Summed: all clients, 7 hosts." in " ".join(figure.texts[-1].get_text().split())
    few = held(tmp_path / "few", *rows[:3], clients=3)
    (axes,) = figure_of("occupancy", few, interval=(0.0, 50.0)).axes
    assert axes.get_title(loc="right") == "most: client-1 1, client-2 2, client-3 3"


def test_the_sum_of_step_curves():
    from analysis.figures.method.step_curve import Curve, total

    one, two = Curve(np.array([0.0, 10.0]), np.array([2, 0])), Curve(np.array([5.0, 10.0]), np.array([3, 4]))
    assert list(total([one, two]).at(np.array([0.0, 5.0, 9.0, 10.0]))) == [2, 5, 5, 4]


def test_the_caption_tells_of_connections_that_could_not_be_opened(busy):
    """Where ports run out, fewer close than Little's law was told."""
    from analysis.base.run_folder import RunFolder
    from analysis.figures.occupancy import _story

    summary = json.loads((busy / "summary.json").read_text())
    for name, value in (("connections-opened", 50), ("opens-failed", 7)):
        summary["metrics"].append({"name": name, "host": "client-1", "unit": "calls", "value": value, "meaning": "m"})
    (busy / "summary.json").write_text(json.dumps(summary))
    text = _story([RunFolder(busy)], None, False)
    assert text.startswith("n = 1 run, 50 connections and 7 that could not be opened.")


def test_mean_of_a_step_curve():
    from analysis.figures.method.step_curve import Curve

    curve = Curve(np.array([0.0, 10.0, 30.0]), np.array([2, 4, 0]))
    assert curve.mean(0, 40) == pytest.approx((2 * 10 + 4 * 20) / 40)
    assert curve.mean(20, 40) == pytest.approx(2.0)
    assert list(curve.at(np.array([-1.0, 0.0, 10.0, 29.9, 50.0]))) == [0, 2, 4, 4, 0]


def test_state_graph_counts_every_transition(life):
    from analysis.base.run_folder import RunFolder
    from analysis.figures.graph import arrows, count_transitions, transition_table

    drawn = arrows(transition_table(), count_transitions(RunFolder(life)), life)
    assert sum(arrow.total for arrow in drawn) == 12
    # Off by default and never taken: not drawn.
    assert not any(edge.id == "T07" for arrow in drawn for edge in arrow.edges)
    pairs = [(arrow.before, arrow.after) for arrow in drawn]
    assert len(pairs) == len(set(pairs))


def test_state_graph_of_a_stack_that_does_not_name_its_transitions(tmp_path, analysis):
    from analysis.base.run_folder import RunFolder
    from analysis.figures.graph import arrows, count_transitions, transition_table

    w = folders.Writer()
    w.change(0, "client-1", "CLOSED", "SYN-SENT", "", "")
    w.change(20_000_000, "client-1", "SYN-SENT", "ESTABLISHED", "", "")
    folder = w.write(tmp_path / "run", **folders.STOCK)
    drawn = arrows(transition_table(), count_transitions(RunFolder(folder)), folder)
    assert {(a.before, a.after): a.total for a in drawn if a.total} == {
        ("CLOSED", "SYN-SENT"): 1, ("SYN-SENT", "ESTABLISHED"): 1,
    }  # fmt: skip
    assert analysis("plot", folder, "--only", "graph", "--format", "svg")[0] == 0
    assert analysis("plot", w.write(tmp_path / "other"), "--only", "graph")[0] == 2


def test_a_trigger_with_a_comma_is_quoted(tmp_path):
    from analysis.figures.graph import transition_table

    file = tmp_path / "table.csv"
    file.write_text('id,from,to,class,default,trigger,section\nT30,TIME-WAIT,CLOSED,F,on,"timer 2MSL, ""late""",3.10.8\n')
    (edge,) = transition_table(file)
    assert (edge.id, edge.on, edge.trigger) == ("T30", True, 'timer 2MSL, "late"')


def test_no_label_of_an_arrow_touches_a_state():
    from collections import Counter

    from matplotlib.backends.backend_agg import FigureCanvasAgg

    from analysis.figures.graph import BOX_H, BOX_W, PLACE, arrows, draw, transition_table

    figure = draw(arrows(transition_table(), Counter(), Path()), "")
    renderer = FigureCanvasAgg(figure).get_renderer()
    axes = figure.axes[0]
    labels = [text for text in axes.texts if text.get_text()[:1] == "T" and text.get_text() not in PLACE]
    assert labels
    for label in labels:
        extent = label.get_window_extent(renderer).transformed(axes.transData.inverted())
        for x, y in PLACE.values():
            across = min(extent.xmax, x + BOX_W / 2) - max(extent.xmin, x - BOX_W / 2)
            down = min(extent.ymax, y + BOX_H / 2) - max(extent.ymin, y - BOX_H / 2)
            assert across < -0.05 or down < -0.05, label.get_text()  # [in]


def test_every_default_arrow_has_a_route():
    from collections import Counter

    from analysis.figures.graph import ROUTES, arrows, transition_table

    drawn = arrows(transition_table(), Counter(), Path())
    assert {(a.before, a.after) for a in drawn} <= ROUTES.keys()


def test_one_colour_per_state():
    from analysis.base.colours import STATE_COLOUR, STATES

    assert set(STATE_COLOUR) == set(STATES) and len(set(STATE_COLOUR.values())) == 11


def drawn_ladder(folder: Path):
    from analysis.base.connection import ALL_TIME
    from analysis.base.ladder import ladder
    from analysis.base.run_folder import RunFolder
    from analysis.figures.ladder import Drawing

    drawing = Drawing(ladder(RunFolder(folder), None, ALL_TIME))
    drawing.draw("")
    return drawing


def timeline(folder: Path, **changes):
    """As it would be drawn, with such options."""
    from analysis.base.run_folder import RunFolder
    from analysis.figures.method.figure import options
    from analysis.figures.timeline import Drawing, read

    return Drawing(read([RunFolder(folder)], options(**changes), []), "")


def test_labels_keep_clear_of_arrows_that_leave_together(tmp_path):
    """A handshake's ACK and the first data, which the link loses."""
    w = folders.Writer()
    w.send(0, "client-1", ".", 1, 1, reason="ack")
    w.send(0, "client-1", "P.", 1, 1, 100, fate="lost")
    w.send(3_000_000_000, "client-1", "P.", 1, 1, 100, reason="retransmission")
    drawing = drawn_ladder(w.write(tmp_path / "run"))
    assert drawing._place_labels()[1:] == (0, 0)
    (_, ack_0, _, ack_1), (_, lost_0, x, lost_1) = drawing.lines[:2]
    assert lost_0 > ack_0 and x < drawing.right_x
    share = (x - drawing.left_x) / (drawing.right_x - drawing.left_x)
    assert lost_1 > ack_0 + share * (ack_1 - ack_0)


def test_the_axis_says_no_time_twice(tmp_path):
    """Two segments that leave 100 ns apart, for which a ladder has no decimals: the second instant has a tick and no words."""
    w = folders.Writer()
    for ns in (0, 100, 10**9):
        w.send(ns, "client-1", ".", 1, 1, reason="ack")
    drawing = drawn_ladder(w.write(tmp_path / "run"))
    said = [clock for _, clock in drawing.guides()]
    assert len(said) > len([clock for clock in said if clock])
    assert [clock for clock in said if clock] == sorted({f"{t:.3f}" for t in drawing.it.times_s()})
    assert [t.get_text() for t in drawing.axes.texts if t.get_position()[0] == drawing.clock_x][1:] == said  # behind "time [s]"


def test_a_circle_and_the_legend_tell_what_was_held_back(tmp_path):
    from analysis.figures.ladder import legend

    def circles(fate):
        w = folders.Writer()
        w.send(0, "client-1", "S", 0, fate=fate, flight=10**9)
        w.send(10**9, "server", "S.", 0, 1)
        drawing = drawn_ladder(w.write(tmp_path / fate))
        return [line for line in drawing.axes.lines if line.get_marker() == "o"], drawing

    assert circles("rx")[0] == [] and "ircle" not in legend(circles("rx")[1].it)
    (circle,), drawing = circles("held")
    x0, y0, x1, y1 = drawing.lines[0]
    (x,), (y,) = circle.get_data()
    assert x0 < x < x1 and (y - y0) * (x1 - x0) == pytest.approx((x - x0) * (y1 - y0))
    assert "Circle: held back" in legend(drawing.it)


def test_what_was_reordered_crosses_what_it_was_held_for(tmp_path):
    w = folders.Writer()
    w.send(0, "client-1", "P.", 1, 1, 100, fate="held")
    w.send(0, "client-1", "P.", 101, 1, 100)
    (_, first_0, _, first_1), (_, second_0, _, second_1) = drawn_ladder(w.write(tmp_path / "run")).lines
    assert first_0 < second_0 and first_1 > second_1


def test_labels_keep_clear_where_two_arrows_cross(tmp_path):
    """A simultaneous close: both FINs are on their way at once."""
    w = folders.Writer()
    w.send(0, "client-1", "F.", 101, 1001)
    w.send(0, "server", "F.", 1001, 101)
    assert drawn_ladder(w.write(tmp_path / "run"))._place_labels()[1:] == (0, 0)


def test_the_timeline_shows_what_was_sent_again_and_lost(life):
    from analysis.figures.timeline import AGAIN

    drawing = timeline(life)
    client, server = drawing.marks
    assert [(mark, what) for _, mark, what in client[0]] == [("retransmission", "SYN"), ("retransmission", "data")]
    assert [what for _, _, what in client[1]] == ["SYN", "data", "ACK"]
    assert [(mark, what) for _, mark, what in server[0]] == [("retransmission", "FIN")]
    assert (pytest.approx(3.17), "FIN again: 2MSL restarts") in drawing.remarks(0)
    entries = [entry for row in drawing.legend for entry in row]
    assert {"retransmission", "lost", AGAIN} <= set(entries)
    # With the segments drawn, a lost one has its cross there.
    assert len(timeline(life, segments=True).marks[0]) == 1


def test_the_timeline_names_segments_without_their_bits_of_ecn(tmp_path):
    w = folders.Writer()
    w.send(0, "client-1", "SEW", 0, fate="lost")
    w.send(1000, "server", "S.E", 0, 1, reason="retransmission")
    client, server = timeline(w.write(tmp_path / "run")).marks
    assert [what for _, _, what in client[0]] == ["SYN"]
    assert [what for _, _, what in server[0]] == ["SYN,ACK"]


def test_a_state_begins_at_the_tick_of_its_cause(life):
    """The client is CLOSED until it opens, at the first instant of the picture."""
    drawing = timeline(life)
    drawing.draw()
    (left, opens, first), (begins, _, second) = drawing.bars[0][:2]
    assert (first, second) == ("CLOSED", "SYN-SENT")
    assert left < opens == begins == drawing.time(0.0)
    assert "CLOSED" in drawing.legend[0]
    # Where the picture begins within a state, that state reaches its edge.
    drawing = timeline(life, interval=(0.5, math.inf))
    drawing.draw()
    assert drawing.bars[0][0][0] == left and drawing.bars[0][0][2] == "SYN-SENT"


def test_ladder_labels_do_not_overlap(life):
    assert drawn_ladder(life)._place_labels()[1] == 0


def test_time_never_runs_backwards_on_a_broken_axis():
    from analysis.base.picture import idle_gaps, linear_with_breaks

    times = [0.0, 0.02, 0.04, 1.04, 1.06, 1.08, 61.08, 61.1]
    gaps = idle_gaps(times, 0.06)
    assert gaps == [(0.04, 1.04), (1.08, 61.08)]
    place = linear_with_breaks(times, gaps, 1.0, 5.0, 0.4)
    places = [place(t) for t in times]
    assert places == sorted(places) and places[0] == 1.0 and places[-1] == pytest.approx(6.0)


def test_things_that_want_the_same_place_are_spread():
    from analysis.base.picture import spread

    places = spread([1.0, 1.0, 1.0, 5.0], [0.5] * 4, 0.0)
    assert all(b - a >= 0.5 - 1e-9 for a, b in zip(places, places[1:]))
    assert places[1] == pytest.approx(1.0) and places[3] == 5.0


@pytest.mark.parametrize("apart_ns", [0, 1_000_000, 30_000_000, 10**9])
def test_a_ladder_too_long_for_a_page_is_cut_and_says_so(tmp_path, analysis, apart_ns):
    writer = folders.Writer()
    for i in range(400):
        writer.send(i * apart_ns, "client-1", "P.", 1 + i, 1, 1)
    folder = writer.write(tmp_path / "long", record=["segments"])
    (folder / "transitions.csv").unlink()
    status, out, err = analysis("plot", folder, "--only", "ladder", "--format", "png", "--all")
    assert status == 0 and "of 400 segments" in err and "--interval" in err
    width, height = (int.from_bytes(Path(out.strip()).read_bytes()[at : at + 4], "big") for at in (16, 20))
    assert 2500 < height < 8000 and width < 2000


def test_what_stock_tcp_does_not_tell_may_be_empty(tmp_path, analysis):
    writer = folders.Writer()
    writer.change(0, "client-1", "CLOSED", "SYN-SENT", "", "")
    row = "client-1,1,10.1.0.1:49152,10.1.0.2:80,active,0.000000000,,1.000000000,,,,,\n"
    for stack, status in (("stock", 0), ("lifecycle", 2)):
        folder = writer.write(tmp_path / stack, stacks=[folders.stack(stack)], record=["transitions", "segments", "connections"])
        (folder / "connections.csv").write_text(folders.CONNECTIONS + row)
        assert analysis("plot", folder, "--only", "timeline", "--format", "svg")[0] == status, stack


def test_one_host_with_stock_tcp_lets_what_it_does_not_tell_be_empty(tmp_path, analysis):
    """Which rows are whose is not looked at: a table is of all hosts."""
    writer = folders.Writer()
    writer.change(0, "client-1", "CLOSED", "SYN-SENT", "", "")
    hosts = [folders.host("server", "10.1.0.2"), folders.host("client-1", "10.1.0.1", stack=1)]
    for tcp, status in (("stock", 0), ("none", 2)):
        folder = writer.write(tmp_path / tcp, stacks=[folders.stack(), folders.stack(tcp)], hosts=hosts)
        assert analysis("plot", folder, "--only", "timeline", "--format", "svg")[0] == status, tcp


def test_what_closed_forms_take_for_the_stack(tmp_path):
    from analysis.base.run_folder import RunFolder

    both = [folders.stack(), folders.stack("stock"), folders.stack("none")]
    for server, client, stack in ((0, 0, "lifecycle"), (1, 1, "stock"), (0, 1, "mixed"), (0, 2, "lifecycle"), (2, 2, "none")):
        hosts = [folders.host("server", "10.1.0.2", stack=server), folders.host("client-1", "10.1.0.1", stack=client)]
        folder = RunFolder(folders.lifecycle(tmp_path / "run", stacks=both, hosts=hosts, parameters={"stack": "lifecycle", "msl": "30s"}))
        assert folder.options() == {"stack": stack, "msl": 30.0, "interrupted": False}
        assert folder.manifest["stacks"][folder.hosts[0]["stack"]]["tcp"] == both[server]["tcp"]


def test_the_drawn_ladder_says_why_and_where_a_segment_was_lost(tmp_path):
    from analysis.base.picture import SMALL_PT, text_width
    from analysis.figures.ladder import legend
    from analysis.figures.method.ladder_layout import LOST_AT

    w = folders.Writer()
    w.send(0, "client-1", "S", 0)
    w.send(1, "client-1", "P.", 1, 1, 10, fate="lost", why="receive error", where="server/1")
    w.send(2, "client-1", "P.", 11, 1, 10, fate="")
    w.send(3, "client-1", "P.", 21, 1, 10, fate="held for good")
    drawing = drawn_ladder(w.write(tmp_path / "run"))
    texts = [text.get_text() for text in drawing.axes.texts]
    assert {"receive error at server/1", "held back"} <= set(texts) and texts.count("\u2026") == 2
    assert (1 - LOST_AT) * (drawing.right_x - drawing.left_x) > text_width("receive error at server/1", SMALL_PT)
    words = legend(drawing.it)
    assert "not seen to arrive by the end" in words and "cross: lost" in words.lower()


def test_the_timeline_never_draws_a_listener_closed(life):
    drawing = timeline(life)
    drawing.draw()
    assert [state for _, _, state in drawing.bars[1]] == ["LISTEN", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT", "LAST-ACK", "LISTEN"]
    assert (3.19, "seg ACK \u2192 CLOSED") in drawing.remarks(1)


def test_a_label_that_is_longer_than_its_lost_arrow_covers_neither_it_nor_why_it_was_lost(tmp_path):
    """The arrow ends in a cross before it is as long as what is written along it."""
    from analysis.figures.method.ladder_layout import _box, _overlap

    w = folders.Writer()
    w.send(0, "client-1", ".", 1, 1)
    w.send(1000, "client-1", "P.", 1000000, 1000000, 1000, fate="lost")
    drawing = drawn_ladder(w.write(tmp_path / "run"))
    (i,) = (i for i, arrow in enumerate(drawing.it.arrows) if arrow.lost)
    box, line = label_box(drawing, i), drawing.lines[i]
    assert not _overlap(box, [line[:2], line[2:]])
    assert not _overlap(box, _box(*drawing.beside[i]))


def label_box(drawing, i: int):
    from analysis.base.picture import SMALL_PT, text_width
    from analysis.figures.method.ladder_layout import _box

    return _box(drawing.labels[i], text_width(drawing.texts[i], SMALL_PT))


@pytest.mark.parametrize(("width_mm", "first", "label"), [
    (84, 10001, "[P.] 10001:10101, ack 1"), (84, 1, "[P.], seq 1:101, ack 1"), (150, 1, "[P.], seq 1:101, ack 1, length 100")])  # fmt: skip
def test_a_ladder_says_less_where_there_is_less_room(tmp_path, width_mm, first, label):
    """In a column of a paper its text has the usual size, and no label meets another or the rails."""
    from analysis.base import picture
    from analysis.figures.method.ladder_layout import _overlap

    w = folders.Writer()
    w.change(0, "client-1", "CLOSED", "SYN-SENT", "T02", "active OPEN")
    w.send(0, "client-1", "S", 0, fate="lost")
    w.send(10**9, "client-1", "S", 0, reason="retransmission")
    w.send(10**9 + 10**7, "server", "S.", 0, 1)
    w.send(10**9 + 30 * 10**6, "client-1", "P.", first, 1, 100)
    with picture.dressed(picture.Dress(width_in=width_mm / 25.4)):
        drawing = drawn_ladder(w.write(tmp_path / "run"))
        boxes = [label_box(drawing, i) for i in range(len(drawing.texts))]
        assert label in drawing.texts and drawing.width <= width_mm / 25.4 + 1e-9
        for i, box in enumerate(boxes):
            assert not [other for other in boxes[:i] if _overlap(box, other)]
            assert all(drawing.left_x < x < drawing.right_x for x, _ in box)


def test_labels_of_arrows_that_cross_do_not_meet_in_a_column_of_a_paper(tmp_path):
    from analysis.base import picture
    from analysis.figures.method.ladder_layout import _overlap

    w = folders.Writer()
    w.change(0, "client-1", "ESTABLISHED", "FIN-WAIT-1", "T21", "CLOSE")
    w.change(0, "server", "ESTABLISHED", "FIN-WAIT-1", "T21", "CLOSE")
    w.send(0, "client-1", "F.", 101, 1001)
    w.send(0, "server", "F.", 1001, 101)
    with picture.dressed(picture.Dress(width_in=84 / 25.4)):
        drawing = drawn_ladder(w.write(tmp_path / "run"))
        assert not _overlap(*(label_box(drawing, i) for i in (0, 1)))


def test_why_a_segment_did_not_arrive_crosses_no_other_arrow(tmp_path):
    """Two segments that leave one shortly after the other, of which the second is held back for ever."""
    from analysis.figures.method.ladder_layout import _box, _overlap, why_beside

    w = folders.Writer()
    w.send(0, "client-1", ".", 1, 1)
    w.send(1000, "client-1", "P.", 1, 1, 100, fate="lost")
    drawing = drawn_ladder(w.write(tmp_path / "run"))
    (i,) = (i for i, arrow in enumerate(drawing.it.arrows) if why_beside(arrow))
    box = _box(*drawing.beside[i])
    assert not any(_overlap(box, [line[:2], line[2:]]) for j, line in enumerate(drawing.lines) if j != i)


def test_what_different_rules_held_back_arrives_in_the_order_in_which_it_was_sent(tmp_path):
    w = folders.Writer()
    for i, rule in enumerate(("rule: z", "rule: a")):
        w.send(i * 1000, "client-1", ".", 1 + i, 1, why=rule, fate="held", flight=10**7 - i * 1000)
    drawing = drawn_ladder(w.write(tmp_path / "run"))
    first, second = (drawing.lines[i][3] for i in (0, 1))
    assert first < second
