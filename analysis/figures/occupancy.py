"""How many connections sit in each state, and in the listen queues, over time."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..base.colours import HOST_COLOURS, QUIET, STATES
from ..base.command_line import some_of
from ..base.errors import BadInput, NothingToDraw
from ..base.picture import FONT_PT, SMALL_PT, caption_lines, new_figure, open_frame, pt, styled, width_of, worn
from ..base.run_folder import RunFolder
from ..base.theory import pretty, theory_of
from .method.figure import Figure
from .method.panels import Panel, Sheet, unlike
from .method.step_curve import Curve, thinned, total

if TYPE_CHECKING:
    import numpy as np
    from matplotlib import figure as mpl

WIDTH_IN = 5.2
ONLY_IN, MAIN_IN, NEAR_IN, SMALL_IN = 2.7, 1.9, 1.4, 0.55  # heights: of the only panel, the main one, its enlarged part, others
GAP_IN, SMALL_GAP_IN = 0.5, 0.27
QUEUES = {"syn_queue": "SYN queue", "accept_queue": "accept queue"}
COLUMNS = (*STATES[1:], *QUEUES)
UNASKED = tuple(name for name in COLUMNS if name != "LISTEN")  # a listener is one all the time
A_HANDFUL = 4  # hosts of a role that have lines of their own
GRID = 600  # instants at which replications are compared


@dataclass
class Steady:
    """The part of a run over which means are taken [s], and how the caption tells of it."""

    from_s: float
    to_s: float
    drains: bool  # whether the run goes on after it

    def __bool__(self) -> bool:
        return self.from_s < self.to_s


def steady_part(folder: RunFolder, end_s: float) -> Steady | None:
    """The interval that the manifest names, as far as the run reaches; None where it names none."""
    if folder.average_s is None:
        return None
    from_s, to_s = folder.average_s
    return Steady(from_s, min(to_s, end_s), to_s < end_s)


@dataclass
class Occupancy:
    """What is to be seen: panels, and which part of the time of each."""

    folders: list[RunFolder]
    end_s: float
    steady: Steady | None
    groups: list[Group]
    panels: list[_Panel]
    windows: list[tuple[_Panel, tuple[float, float]]]  # as they stand below one another
    enlarged: bool  # whether the second enlarges the first
    zero: list[str]  # what is not drawn

    def draw_window(self, axes, i: int) -> None:
        """The one in that place; where there is an enlarged one, both have letters."""
        panel, window = self.windows[i]
        panel.draw(axes, self.end_s, window, named=i == 0)
        if self.enlarged and i < 2:
            axes.text(-0.085, 1.0, f"({'ab'[i]})", transform=axes.transAxes, fontsize=pt(FONT_PT), weight="bold", va="bottom")


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--states", type=some_of(COLUMNS), metavar="NAMES",
                        help=f"states and queues of the occupancy figure, separated by commas, of {','.join(COLUMNS)} "
                             "(default: all that are not zero, but LISTEN)")  # fmt: skip


def read(folders: list[RunFolder], options: argparse.Namespace, notes: list[str]) -> Occupancy:
    end_s = min(folder.end_s for folder in folders)
    if why := unlike(folders):
        raise BadInput(f"{why}; expected runs that differ in seed or run number alone")
    low, high = max(options.interval[0], 0.0), min(options.interval[1], end_s)
    if low >= high:
        raise BadInput(f"--interval: nothing of the run, which ends at {end_s:g} s, lies within")
    steady = steady_part(folders[0], end_s)
    runs = [_curves(folder) for folder in folders]
    groups = _groups(folders[0], runs)
    panels = [_Panel(folders, runs, groups, column, steady, (low, high)) for column in options.states or UNASKED]
    zero = [panel.label for panel in panels if not panel.lines]
    panels = [panel for panel in panels if panel.lines]
    if not panels:
        told = options.states or ()
        what = f"{', '.join(told)} {'is' if len(told) == 1 else 'are'} zero" if told else "nothing was held"
        raise NothingToDraw(f"{what} throughout")
    main = next((panel for panel in panels if panel.steady), None) or max(panels, key=lambda panel: panel.highest())
    near = main.enlarged()
    windows = [(main, (low, high)), *([(main, near)] if near else []), *((p, (low, high)) for p in panels if p is not main)]
    return Occupancy(folders, end_s, steady, groups, panels, windows, near is not None, zero)


def caption(it: Occupancy) -> list[str]:
    sentences = [_story(it.folders, it.steady, it.enlarged)]
    sentences += [sentence for panel in it.panels for sentence in panel.why_no_theory()]
    sentences += [f"Zero at all times and not drawn: {', '.join(it.zero)}."] if it.zero else []
    return sentences + [f"Summed: {group.name}, {len(group.hosts)} hosts." for group in it.groups if len(group.hosts) > 1]


def draw(it: Occupancy, caption: str) -> mpl.Figure:
    """What each host holds over time [s], a panel for each state and queue that is not zero, or for those that were asked for.
    Warm-up and drain are shaded; over TIME-WAIT stands its mean, and dashed what theory expects.

    One folder gives step curves. Several replications give the mean and the 95 % confidence band of the
    mean (Student's t, at each instant on its own). Where the steady part is flat, a second panel enlarges it.
    """
    figure = new_figure(width_of(WIDTH_IN), 8)
    figure.set_label(caption)
    axes = [figure.add_axes((0, 0, 1, 1), label=str(i)) for i in range(len(it.windows))]
    for i in range(len(it.windows)):
        it.draw_window(axes[i], i)
    _lay_out(figure, axes, it.groups, it.enlarged, caption)
    return figure


def panel(it: Occupancy) -> Panel:
    """The same among others: its legend stands below, and who they are beside."""
    heights = _heights(len(it.windows), it.enlarged)
    gaps = [GAP_IN if it.enlarged and i < 2 else SMALL_GAP_IN for i in range(len(heights))]
    height = sum(heights) + sum(gaps) + 0.9

    def ink(sheet: Sheet) -> None:
        top, drawn = 0.12, []
        for i in range(len(it.windows)):
            axes = sheet.axes(0.6, top, WIDTH_IN - 0.75, heights[i])
            it.draw_window(axes, i)
            axes.tick_params(labelbottom=i == len(heights) - 1 or (it.enlarged and i < 2))
            drawn.append(axes)
            top += heights[i] + gaps[i]
        drawn[0].set_ylabel(worn().y_label or "connections")
        drawn[-1].set_xlabel(worn().x_label or "time [s]")
        drawn[-1].legend(handles=_handles(drawn, it.groups), loc="upper left", frameon=False, borderaxespad=0, handlelength=2.2, labelspacing=0.35,
                         borderpad=0, bbox_to_anchor=(0, -0.42 / heights[-1]))  # fmt: skip

    return Panel(WIDTH_IN, height + 0.115 * len(it.groups), ink, beside=True)


FIGURE = Figure(
    shows="how many connections each host holds in each state and queue over time",
    read=read, caption=caption, draw=draw, panel=panel, tables=("occupancy",), of_replications=True, add_options=add_options,
    axes="xy", fits=True,
)  # fmt: skip


@dataclass
class Group:
    """One host, or all of a role that has more than a handful, and its colour."""

    name: str
    hosts: list[str]
    colour: str


Curves = dict[str, dict[str, Curve]]  # by column and host


def _curves(folder: RunFolder) -> Curves:
    table = folder.table("occupancy")
    if table.empty:
        raise BadInput(f"{folder.path / 'occupancy.csv'}: no rows; expected at least the last row of each host")
    # A state that lasts no time has been left in the last row of its instant.
    by_host = [(str(host), rows.drop_duplicates("time_s", keep="last")) for host, rows in table.groupby("host", sort=False)]
    return {name: {host: Curve(rows["time_s"].to_numpy(), rows[name].to_numpy()) for host, rows in by_host} for name in COLUMNS}


def _groups(folder: RunFolder, runs: list[Curves]) -> list[Group]:
    """The hosts as they are drawn; each role in the order of the manifest, and hosts that this does not know."""
    present = list(dict.fromkeys(host for run in runs for host in run["LISTEN"]))
    role_of = {host["name"]: host["role"] for host in folder.hosts}
    by_role: dict[str, list[str]] = {}
    for host in sorted(present, key=lambda h: list(role_of).index(h) if h in role_of else len(role_of)):
        by_role.setdefault(role_of.get(host, host), []).append(host)
    named = []
    for role, hosts in by_role.items():
        named += [(f"all {role}s", hosts)] if len(hosts) > A_HANDFUL else [(host, [host]) for host in hosts]
    return [Group(name, hosts, HOST_COLOURS[i % len(HOST_COLOURS)]) for i, (name, hosts) in enumerate(named)]


class _Panel:
    """One state or queue, and the hosts at which it is not zero in the window that is shown."""

    def __init__(self, folders: list[RunFolder], runs: list[Curves], groups: list[Group], column: str, steady: Steady | None,
                 window: tuple[float, float]) -> None:  # fmt: skip
        self.column, self.window = column, window
        self.label = QUEUES.get(column, column)
        self.steady = steady if column == "TIME-WAIT" else None
        lines = [_Line(folders, runs, group, column, self.steady) for group in groups]
        self.most = {line.group.name: max(curve.most(*window) for curve in line.curves) for line in lines}
        self.lines = [line for line in lines if self.most[line.group.name] > 0]
        self.all_steady = steady

    def highest(self) -> float:
        return max(curve.mean(*self.window) for line in self.lines for curve in line.curves)

    def enlarged(self) -> tuple[float, float] | None:
        """The window of a panel of its own, where the steady part is too flat to be read in this one."""
        if not self.steady or len(self.lines) != 1:
            return None
        a, b = max(self.window[0], self.steady.from_s), min(self.window[1], self.steady.to_s)
        if a >= b or (a, b) == self.window:
            return None
        least, most = self.lines[0].extremes(a, b)
        return (a, b) if 0 < most - least < 0.2 * most else None

    def why_no_theory(self) -> list[str]:
        """Sentences about the lines of which theory expects nothing."""
        if self.column != "TIME-WAIT":
            return []
        why: dict[str, list[str]] = {}
        for line in self.lines:
            if line.why_no_theory:
                why.setdefault(line.why_no_theory, []).append(line.group.name)
        return [f"No theory for {', '.join(names)}: {reason}." for reason, names in why.items()]

    def draw(self, axes, end_s: float, window: tuple[float, float], named: bool) -> None:
        for line in self.lines:
            line.draw(axes, end_s)
        expected = {line.theory for line in self.lines}
        if len(expected) == 1:  # one line for all
            self.lines[0].draw_theory(axes, "#222222", "each host, " if len(self.lines) > 1 else "")
        else:
            for line in self.lines:
                line.draw_theory(axes, line.group.colour, f"{line.group.name}, ")
        _frame(axes, self.all_steady, end_s, window, whole=window == self.window, named=named)
        most = ", ".join(f"{line.group.name} {self.most[line.group.name]:,}" for line in self.lines)
        axes.set_title(self.label, loc="left", fontsize=pt(SMALL_PT), weight="bold", pad=pt(2.5))
        if window == self.window:
            axes.set_title(f"most: {most}", loc="right", fontsize=pt(SMALL_PT - 0.5), color=QUIET, pad=pt(2.5))


class _Line:
    """What is drawn of one host or role: its curve in each run, its means over the steady part, and what theory expects."""

    def __init__(self, folders: list[RunFolder], runs: list[Curves], group: Group, column: str, steady: Steady | None) -> None:
        self.group, self.steady = group, steady
        here = [[run[column][host] for host in group.hosts if host in run[column]] for run in runs]
        self.curves = [total(curves) for curves in here if curves]
        self.means: list[float] = []
        if steady:
            told = [_told_mean(folder, group, steady) for folder in folders]
            # The summary integrates exactly, even where occupancy was sampled.
            if None not in told:
                self.means = [mean for mean in told if mean is not None]
            else:
                self.means = [curve.mean(steady.from_s, steady.to_s) for curve in self.curves]
        self.theory, self.why_no_theory = _theory(folders[0], group) if column == "TIME-WAIT" else (None, "")

    def extremes(self, from_s: float, to_s: float) -> tuple[float, float]:
        """The least and the most of all that is drawn between two instants [s]."""
        import numpy as np

        values = [*self.means, *([self.theory[0]] if self.theory else [])]
        for curve in self.curves:
            inside = curve.count[(curve.time_s >= from_s) & (curve.time_s <= to_s)]
            values += [*curve.at(np.array([from_s])), *([inside.min(), inside.max()] if len(inside) else [])]
        return float(min(values)), float(max(values))

    def draw(self, axes, end_s: float) -> None:
        import numpy as np

        name, colour = self.group.name, self.group.colour
        if len(self.curves) == 1:
            times, counts = thinned(self.curves[0], end_s)
            axes.plot(times, counts, drawstyle="steps-post", color=colour, lw=styled("lines.linewidth", pt(0.7)), alpha=0.75)
        else:
            grid = np.linspace(0, end_s, GRID)
            values = np.stack([curve.at(grid) for curve in self.curves])
            centre = values.mean(axis=0)
            half = _half_width(values)
            axes.fill_between(grid, np.maximum(centre - half, 0), centre + half, color=colour, alpha=0.25, lw=0)
            axes.plot(grid, centre, color=colour, lw=styled("lines.linewidth", pt(0.9)))
        if self.means and self.steady:
            mean = float(np.mean(self.means))
            label = f"{name}, mean of TIME-WAIT over the steady part: "
            half = float(_half_width(np.array(self.means))) if len(self.means) > 1 else 0.0
            places = max(0, 1 - int(f"{half:e}".partition("e")[2])) if half > 0 else 1
            label += f"{mean:.{places}f} ± {half:.{places}f}" if half > 0 else f"{mean:.{places}f}"
            span = (self.steady.from_s, self.steady.to_s)
            axes.plot(span, [mean, mean], color=colour, lw=pt(1.5), label=label, zorder=1.9)

    def draw_theory(self, axes, colour: str, whose: str) -> None:
        if self.theory:
            value, label = self.theory
            axes.axhline(value, color=colour, lw=pt(0.9), ls=(0, (5, 2)), zorder=4, label=whose + label)


def _half_width(values: "np.ndarray") -> "np.ndarray":
    """Half of the 95 % confidence interval of the mean over the first axis (Student's t)."""
    import numpy as np
    from scipy import stats

    n = len(values)
    return stats.t.ppf(0.975, n - 1) * values.std(axis=0, ddof=1) / np.sqrt(n)


def _told_mean(folder: RunFolder, group: Group, steady: Steady) -> float | None:
    """The time average of TIME-WAIT that summary.json tells, where it is about the steady part."""
    told = {m.get("host"): m for m in folder.metrics() if m["name"] == "time-wait-mean"}
    values = []
    for metric in (told.get(host, {}) for host in group.hosts):
        same = (metric.get("from_s"), metric.get("to_s")) == (steady.from_s, steady.to_s)
        if not same or metric.get("value") is None:
            return None
        values.append(float(metric["value"]))
    return sum(values)


def _theory(folder: RunFolder, group: Group) -> tuple[tuple[float, str] | None, str]:
    """What theory expects in TIME-WAIT and how the legend says it, or why it expects nothing."""
    options = folder.options()
    parts = [theory_of("time-wait-mean", host, options) for host in group.hosts]
    for part in parts:
        if part is None or part.value is None:
            return None, part.why_not if part else ""
    first = parts[0]
    value = sum(part.value for part in parts)
    formula = (f"{len(parts)} * " if len(parts) > 1 else "") + first.formula
    return (value, f"{first.source.rpartition(', ')[2]}: {pretty(formula)} = {value:.5g}"), ""


def _frame(axes, steady: Steady | None, end_s: float, window: tuple[float, float], whole: bool, named: bool) -> None:
    from matplotlib.ticker import MaxNLocator

    low, high = window
    drawn = [y for line in axes.lines for y in _visible(line, low, high)]
    for band in axes.collections:
        drawn += [y for x, y in band.get_paths()[0].vertices if low <= x <= high]
    top, bottom = max([*drawn, 1]), min(drawn)
    axes.set_xlim(low, high)
    if whole:
        axes.set_ylim(0, top * 1.1)
    else:
        room = max((top - bottom) * 0.12, 0.5)
        axes.set_ylim(bottom - room, top + room)
    if steady:
        parts = [("warm-up", 0.0, min(steady.from_s, end_s))]
        parts += [("drain", steady.to_s, end_s)] if steady.drains else []
        for name, a, b in ((n, max(a, low), min(b, high)) for n, a, b in parts):
            if a >= b:
                continue
            axes.axvspan(a, b, color="#eeeeee", zorder=0, lw=0)
            wide_in = (b - a) / (high - low) * axes.get_position().width * axes.figure.get_figwidth()
            if not named or wide_in < len(name) * 0.6 * pt(SMALL_PT) / 72:  # the caption tells, too
                continue
            axes.text((a + b) / 2, 0.985, name, transform=axes.get_xaxis_transform(), ha="center", va="top",
                      fontsize=pt(SMALL_PT), color=QUIET)  # fmt: skip
    axes.yaxis.set_major_locator(MaxNLocator("auto" if named else 2, integer=True, steps=[1, 2, 2.5, 5, 10]))
    axes.ticklabel_format(axis="y", style="plain")
    open_frame(axes)
    axes.tick_params(width=pt(0.6), length=pt(3))


def _visible(line, low: float, high: float) -> list[float]:
    """The heights of a line between two instants [s]."""
    import numpy as np

    xs, ys = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
    if len(xs) == 2 and ys[0] == ys[1]:
        return [float(ys[0])]
    inside = (xs >= low) & (xs <= high)
    inside[max(0, int(np.searchsorted(xs, low, side="right")) - 1)] = True
    return [float(ys[inside].min()), float(ys[inside].max())]


def _story(folders: list[RunFolder], steady: Steady | None, enlarged: bool) -> str:
    n = len(folders)
    opened = _counted(folders, "connections-opened")
    of = f", {opened} connection{'s' * (opened != 1)}" if opened else ""
    failed = _counted(folders, "opens-failed")
    of += f" and {failed} that could not be opened" if failed else ""
    if n > 1:
        text = f"Mean and 95 % confidence band of the mean over n = {n} replications{of}."
    else:
        text = f"n = 1 run{of}."
    if steady is None:
        return text + " The run names no interval in which it is steady, so there is no mean."
    if not steady:
        return text + f" The warm-up until {steady.from_s:g} s outlasts the run, so there is no mean."
    if enlarged:
        text += " (a) The whole time; (b) its steady part, enlarged."
    waits = {stack["time-wait_s"] for stack in folders[0].stacks().values()}
    shaded = [f"warm-up until {steady.from_s:g} s{', as long as TIME-WAIT lasts,' * (waits == {steady.from_s})}"] if steady.from_s else []
    shaded += [f"drain after {steady.to_s:g} s"] if steady.drains else []
    text += f" Shaded: {' and '.join(shaded).rstrip(',')}." if shaded else ""
    interval = ", ± half its 95 % confidence interval" if n > 1 else ""
    return text + f" The mean is the time average over the steady part, {steady.from_s:g} to {steady.to_s:g} s{interval}."


def _counted(folders: list[RunFolder], name: str) -> int | None:
    """The metric `name` of the clients, summed over all runs; None where no summary tells."""
    clients = {host["name"] for host in folders[0].hosts if host["role"] == "client"}
    counts = [
        metric.get("value")
        for folder in folders
        for metric in folder.metrics()
        if metric["name"] == name and metric.get("host") in clients
    ]
    return int(sum(counts)) if counts and None not in counts else None


def _heights(count: int, enlarged: bool) -> list[float]:
    """Of so many panels, of which the second may enlarge the first [inches]."""
    large = 2 if enlarged else 1
    return [ONLY_IN if count == large else MAIN_IN, *([NEAR_IN] if enlarged else []), *[SMALL_IN] * (count - large)]


def _handles(panels: list, groups: list[Group]) -> list:
    """What the legend explains."""
    from matplotlib.lines import Line2D

    drawn = {line.get_color() for axes in panels for line in axes.lines}
    handles = [Line2D([], [], color=group.colour, lw=pt(0.9), label=group.name) for group in groups if group.colour in drawn]
    return handles + panels[0].get_legend_handles_labels()[0]


def _lay_out(figure: mpl.Figure, panels: list, groups: list[Group], enlarged: bool, text: str) -> None:
    """Places the panels one below the other, and makes room for the legend and the caption; sizes in inches."""
    width_in = width_of(WIDTH_IN)
    heights = _heights(len(panels), enlarged)
    handles = _handles(panels, groups)
    lines = caption_lines(width_in, text)
    below = 0.44 + 0.115 * len(handles) + 0.04 + (0.115 * len(lines) + 0.1 if lines else 0)
    above = 0.46 if worn().title else 0.24
    # Only the last panel of those that show the same time has its numbers, but an enlarged one has other ones.
    numbered = [i for i in range(len(panels)) if i == len(panels) - 1 or (enlarged and i < 2)]
    gaps = [GAP_IN if i in numbered else SMALL_GAP_IN for i in range(len(panels) - 1)]
    total_in = sum(heights) + sum(gaps) + below + above
    figure.set_size_inches(pt(width_in), pt(total_in))
    bottom = total_in - above
    for i, (axes, height) in enumerate(zip(panels, heights)):
        bottom -= height
        axes.set_position((0.6 / width_in, bottom / total_in, (width_in - 0.75) / width_in, height / total_in))
        bottom -= gaps[i] if i < len(gaps) else 0
        if i not in numbered:
            axes.tick_params(labelbottom=False)
        if heights[i] > SMALL_IN:
            axes.set_ylabel(worn().y_label or "connections")
    panels[-1].set_xlabel(worn().x_label or "time [s]")
    figure.legend(handles=handles, loc="upper left", frameon=False, borderaxespad=0, handlelength=2.2,
                  bbox_to_anchor=(0.6 / width_in, (below - 0.4) / total_in), labelspacing=0.35, borderpad=0)  # fmt: skip
    if lines:
        figure.text(0.1 / width_in, (0.115 * len(lines) + 0.05) / total_in, "\n".join(lines), fontsize=pt(SMALL_PT), va="top",
                    linespacing=1.3)  # fmt: skip
    if worn().title:
        figure.text(0.5, 1 - 0.12 / total_in, worn().title, fontsize=pt(FONT_PT + 1), ha="center", va="center")
