"""One run folder as the page shows it: its pictures, and what the script knows of it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace
from typing import Any

from ..base.connection import timers_of
from ..base.errors import BadInput, NothingToDraw
from ..base.folding import about_folds, fold
from ..base.ladder import Ladder, ladder
from ..base.picture import Dress, dressed
from ..base.provenance import caption
from ..base.run_folder import RULES, RunFolder
from ..figures import ladder as ladders
from ..figures import occupancy as occupancies
from ..figures import timeline as timelines
from ..figures.method.ladder_layout import Layout
from . import graph_svg, ladder_svg, occupancy_svg, timeline_svg, words

ROOM_IN = (None, 5.0, 3.4)  # wide is a ladder of one run, of two side by side, and of more, so that its text can be read on a projector
MOST_INSTANTS = 500  # at which one stops, of a run of which only occupancy is told
NO_TCB = ("CLOSED", "LISTEN")


@dataclass
class Run:
    """What a folder tells, read once; times in seconds."""

    folder: RunFolder
    interval_s: tuple[float, float]
    it: Ladder | None = None  # of which connection the page tells, if it tells of one
    timers: list[list[Any]] | None = None  # [time, side, timer, event, expires], where recorded
    occupancy: occupancies.Occupancy | None = None
    lacks: list[str] = field(default_factory=list)  # what the page says that it cannot show

    @property
    def size(self) -> int:
        """How many segments and changes of state there are to draw."""
        return len(self.it.arrows) + self.it.state_changes() if self.it else 0


def read(path, options: argparse.Namespace) -> Run:
    """The run in a folder; a BadInput where nothing was recorded that the page could show."""
    folder = RunFolder(path)
    run = Run(folder, options.interval)
    tables = {what: folder.recorded(what) for what in ("segments", "transitions", "timers", "occupancy")}
    if not (tables["segments"] or tables["transitions"] or tables["occupancy"]):
        raise BadInput(f"{path}: neither segments nor transitions nor occupancy were recorded; a page needs one of them")
    if tables["segments"] or tables["transitions"]:
        with_rules = tables["segments"] and RULES in folder.columns("segments")
        try:
            it = ladder(folder, options.connection, options.interval, with_rules)
            run.it = it if options.all else fold(it)
        except BadInput as problem:
            if not tables["occupancy"] or "no connection was recorded" not in str(problem):
                raise
            run.lacks.append("no connection was recorded")
        if run.it and not with_rules and tables["segments"]:
            run.lacks.append("which rules decided was not recorded (--record=...,rules)")
        if run.it and tables["timers"]:
            run.timers = _timers(folder, run.it)
        elif run.it:
            run.lacks.append("timers were not recorded")
    if tables["occupancy"]:
        try:
            run.occupancy = occupancies.read([folder], options, [])
        except NothingToDraw as problem:
            run.lacks.append(f"no occupancy: {problem}")
    else:
        run.lacks.append("occupancy was not recorded")
    return run


def _timers(folder: RunFolder, it: Ladder) -> list[list[Any]]:
    found = []
    for row in timers_of(folder, it.end).to_dict("records"):
        expires = row["expires_s"]
        side = 0 if row["local"] == it.addresses[0] else 1
        found.append([float(row["time_s"]), side, row["timer"], row["event"], None if expires != expires else float(expires)])
    return found


def view(run: Run, number: int, most: int, count: int = 1) -> dict[str, Any]:
    """What the template fills in, and under ``data`` what the script knows; of at most so many segments and changes, in a page of `count` runs."""
    shown: dict[str, Any] = {"number": number, "name": run.folder.name, "caption": caption(run.folder, []), "lacks": list(run.lacks),
                             "cut": "", "title": "", "names": [], "ladder": "", "timeline": None, "graph": "", "occupancy": None, "folds": "", "legend": "", "states": []}  # fmt: skip
    data: dict[str, Any] = {"names": [], "initial": [], "places": 3, "instants": [], "knots": [], "happens": [], "tips": {}, "states": [], "timers": None}  # fmt: skip
    if run.it:
        it = ladders.cut(replace(run.it), float("inf"), most) if run.size > most else run.it
        shown["cut"] = it.cut or ""
        shown["title"] = ", ".join(filter(None, [it.title, it.why]))
        shown["names"] = list(it.names)
        shown["lacks"] += it.notes
        shown["folds"] = about_folds(it)
        _draw(run, it, number, ROOM_IN[min(count, len(ROOM_IN)) - 1], shown, data)
    if run.occupancy:
        picture = occupancy_svg.occupancy_svg(run.occupancy, tuple(shown["names"]))
        shown["occupancy"] = picture
        data["occupancy"] = {"interval": picture.interval_s}
        if picture.thinned:
            shown["lacks"].append("curves of occupancy are thinned to their extremes, and the numbers at the cursor are those of the curves")
        if not run.it:
            every = -(-len(picture.instants_s) // MOST_INSTANTS)
            data["instants"] = picture.instants_s[::every]
    shown["data"] = data
    return shown


def _draw(run: Run, it: Ladder, number: int, room_in: float | None, shown: dict[str, Any], data: dict[str, Any]) -> None:
    # The rules stand in tips and in what happens; there they are told in words.
    with dressed(Dress(width_in=room_in)):
        drawn = Layout(replace(it, arrows=[replace(arrow, rules="") for arrow in it.arrows]))
        drawn.arrange()
    clock = drawn.clock
    last_s = it.times_s()[-1] if it.cut else run.folder.end_s
    from_s, to_s = max(run.interval_s[0], 0.0), min(run.interval_s[1], last_s)
    timers = [row for row in run.timers or [] if row[0] <= to_s]
    shown["ladder"] = ladder_svg.ladder_svg(drawn, number)
    shown["legend"] = ladders.legend(drawn.it)
    shown["states"] = sorted({change.after for change in it.changes} | set(filter(None, it.initial)))
    if it.changes or any(it.initial):
        picture = timelines.Drawing(timelines.Timeline(it, last_s, run.interval_s, len(it.arrows) <= timelines.MOST_ARROWS), "")
        shown["timeline"] = timeline_svg.timeline_svg(picture, _spans(it, timers, to_s), ladder_svg.moments(drawn), number)
        shown["graph"] = graph_svg.graph_svg(it, run.folder.path / "transitions.csv")
        data["axis"] = shown["timeline"].axis
        if it.arrows and not picture.arrows:
            shown["lacks"].append(f"the timeline has no segments, because {len(it.arrows)} are more than {timelines.MOST_ARROWS}")
    _tell(it, clock, [row for row in timers if row[0] >= from_s], ladder_svg.moments(drawn), data)
    data["names"], data["initial"] = list(it.names), list(it.initial)
    data["knots"] = ladder_svg.knots(drawn)
    data["places"] = drawn.places
    data["timers"] = None if run.timers is None else timers
    data["states"] = [[c.time_s, c.side, c.before, c.after, graph_svg.place_of(c)] for c in it.changes]


def _tell(it: Ladder, clock: words.Clock, timers: list[list[Any]], moments: ladder_svg.Moments, data: dict[str, Any]) -> None:
    """What happens at each instant, and what each tip says."""
    happens: list[tuple[float, int, str, str, list[str]]] = []  # time, rank, words, key, ids
    at_moment: dict[str, list[str]] = {key: [] for key in moments.values()}
    ids_at: dict[str, list[str]] = {key: [] for key in moments.values()}

    def at_end(time_s: float, rank: int, side: int, text: str, ids: list[str]) -> None:
        key = moments.get((side, time_s), "")
        happens.append((time_s, rank, text, key, ids))
        if key:
            at_moment[key].append(text)
            ids_at[key] += [id for id in ids if id not in ids_at[key]]

    for change in it.changes:
        at_end(change.time_s, 1, change.side, words.of_change(change, it), [change.transition] if change.transition else [])
    for again in it.again:
        at_end(again.time_s, 1, again.side, f"{it.names[again.side]}: {again.text}", [])
    for time_s, side, timer, event, expires_s in timers:
        expires = "" if expires_s is None else clock(expires_s)
        at_end(time_s, 0 if event == "expired" else 3, side, words.of_timer(side, timer, event, expires, it), [])
    for i, arrow in enumerate(it.arrows):
        key, sender, receiver = f"a{i}", it.names[arrow.side], it.names[1 - arrow.side]
        data["tips"][key] = words.of_arrow(arrow, it, clock)
        sends = "the link copies" if arrow.duplicate else f"{sender} sends"
        ends = "" if arrow.arrived_s is not None else f", {words.became(arrow, clock)}"
        happens.append((arrow.sent_s, 2, f"{sends} {arrow.text}{ends}", key, []))
        if arrow.arrived_s is not None:
            dropped = f", and drops it: {arrow.dropped}" if arrow.dropped else ""
            happens.append((arrow.arrived_s, 0, f"{receiver} receives {arrow.text}{dropped}", key, arrow.rules.split()))
    for (side, time_s), key in moments.items():
        data["tips"][key] = [f"{it.names[side]} at {clock(time_s)} s", list(dict.fromkeys(at_moment[key])), ids_at[key]]
    happens.sort(key=lambda each: each[:2])
    data["happens"] = [[time_s, text, key, ids] for time_s, _, text, key, ids in happens]
    data["instants"] = sorted({each[0] for each in happens})


def _spans(it: Ladder, timers: list[list[Any]], end_s: float) -> list[timeline_svg.Span]:
    """How long each timer ran. The end of a connection stops its timers without a row."""
    ended = {side: [c.time_s for c in it.changes if c.side == side and c.after in NO_TCB and not c.of_listener] for side in (0, 1)}
    running: dict[tuple[int, str], float] = {}
    spans = []
    for time_s, side, timer, event, _ in timers:
        key = (side, timer)
        if key in running:
            gone_s = next((t for t in ended[side] if running[key] <= t < time_s), None)
            how = "expired" if event == "expired" else "stopped"
            spans.append(timeline_svg.Span(side, timer, running.pop(key), time_s if gone_s is None else gone_s, how if gone_s is None else "stopped"))
        if event in ("armed", "restarted"):
            running[key] = time_s
    for (side, timer), from_s in running.items():
        gone_s = next((t for t in ended[side] if from_s <= t), end_s)
        spans.append(timeline_svg.Span(side, timer, from_s, gone_s, "stopped"))
    return sorted(spans, key=lambda span: (span.from_s, span.side, span.timer))
