"""How many connections sit in TIME-WAIT, over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .colours import HOST_COLOURS, INK, QUIET
from .errors import BadInput
from .picture import FONT_PT, SMALL_PT, new_figure, wrapped
from .run_folder import RunFolder, caption, is_number

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

WIDTH_IN, PLOT_IN = 5.2, 2.7
MOST_HOSTS = len(HOST_COLOURS)
MAY_DIFFER = {"seed", "run", "record"}  # parameters in which replications may differ
GRID = 600  # instants at which replications are compared
MOST_POINTS = 6000  # more are thinned to the extremes within each bin, which look the same


@dataclass
class Curve:
    """A right-continuous step curve: `count` holds from `time_s` [s] on."""

    time_s: "np.ndarray"
    count: "np.ndarray"

    def at(self, times_s: "np.ndarray") -> "np.ndarray":
        """Counts at `times_s` [s]; 0 before the first row."""
        import numpy as np

        index = np.searchsorted(self.time_s, times_s, side="right") - 1
        return np.where(index >= 0, self.count[np.maximum(index, 0)], 0)

    def mean(self, from_s: float, to_s: float) -> float:
        """Time average over [from_s, to_s]."""
        import numpy as np

        inside = (self.time_s > from_s) & (self.time_s < to_s)
        edges = np.concatenate(([from_s], self.time_s[inside], [to_s]))
        return float(np.sum(self.at(edges[:-1]) * np.diff(edges)) / (to_s - from_s))


@dataclass
class Steady:
    """The part of a run over which means are taken [s], and how the caption tells of it."""

    from_s: float
    to_s: float
    drains: bool  # whether arrivals end before the run does

    def __bool__(self) -> bool:
        return self.from_s < self.to_s


def steady_part(folder: RunFolder, end_s: float) -> Steady | None:
    """From the warm-up, in which TIME-WAIT fills up unless the run says otherwise, to the end of arrivals; None where nothing
    arrives at a rate, or MSL is unknown."""
    time_wait_s = folder.time_wait_s()
    if time_wait_s is None:
        return None
    lasts_s = folder.duration_s("duration")
    warm_up_s = folder.duration_s("warm-up") or time_wait_s
    if lasts_s is None:
        # The manifest does not tell when arrivals end, so they are taken to last.
        return Steady(warm_up_s, end_s, False)
    if not folder.rate_per_s() or lasts_s <= 0:
        return None
    return Steady(warm_up_s, min(lasts_s, end_s), lasts_s < end_s)


def occupancy_figure(folders: list[RunFolder], interval_s: tuple[float, float]) -> "Figure":
    """Connections in TIME-WAIT per host over time [s]; warm-up and drain shaded, Little's law dashed.

    One folder gives step curves. Several replications give the mean and the 95 % confidence band of the
    mean (Student's t, at each instant on its own). Where the steady part is flat, a second panel enlarges it.
    """
    runs = [_curves(folder) for folder in folders]
    end_s = min(folder.end_s for folder in folders)
    _check_replications(folders)
    steady = steady_part(folders[0], end_s)
    hosts, sentences = _hosts(runs)
    low, high = max(interval_s[0], 0.0), min(interval_s[1], end_s)
    if low >= high:
        raise BadInput(f"--interval: nothing of the run, which ends at {end_s:g} s, lies within")
    shown = [_Host(folders, runs, host, colour, steady) for host, colour in zip(hosts, HOST_COLOURS)]
    forms = {host.closed_form for host in shown}
    windows = [(low, high)]
    if steady and (near := _enlarged(shown, steady, low, high)):
        windows.append(near)
    figure = new_figure(WIDTH_IN, PLOT_IN * len(windows) + 1.0)
    panels = [figure.add_axes((0, 0, 1, 1), label=str(i)) for i in range(len(windows))]
    for axes, window in zip(panels, windows):
        for host in shown:
            host.draw(axes, end_s)
            if len(forms) > 1:
                host.draw_closed_form(axes, host.colour, f"{host.name}, ")
        if len(forms) == 1:
            shown[0].draw_closed_form(axes, INK, "each host, " if len(shown) > 1 else "")
        _frame(axes, steady, end_s, window, whole=axes is panels[0])
    for axes, letter in zip(panels, "ab"):
        if len(panels) > 1:
            axes.text(-0.085, 1.0, f"({letter})", transform=axes.transAxes, fontsize=FONT_PT, weight="bold",
                      va="bottom")  # fmt: skip
    sentences.insert(0, _story(folders, steady, len(panels) > 1))
    _caption(figure, panels, caption(folders[0], sentences, [f.manifest["rng-run"] for f in folders]))
    return figure


def _enlarged(shown: "list[_Host]", steady: Steady, low: float, high: float) -> tuple[float, float] | None:
    """The window of the second panel, where the steady part is too flat to be read in the first."""
    a, b = max(low, steady.from_s), min(high, steady.to_s)
    if a >= b or len(shown) != 1:
        return None
    least, most = shown[0].extremes(a, b)
    return (a, b) if most > 0 and (most - least) < 0.2 * most else None


def _curves(folder: RunFolder) -> dict[str, Curve]:
    """The TIME-WAIT curve of each host."""
    table = folder.table("occupancy", ["time_s", "host", "TIME-WAIT"])
    if table.empty:
        raise BadInput(f"{folder.path / 'occupancy.csv'}: no rows; expected at least the last row of each host")
    return {
        str(host): Curve(rows["time_s"].to_numpy(), rows["TIME-WAIT"].to_numpy())
        for host, rows in table.groupby("host", sort=False)
    }


def _check_replications(folders: list[RunFolder]) -> None:
    first = folders[0].manifest
    for folder in folders[1:]:
        other = folder.manifest
        for key in ("program", "stack", "preset", "counterfactuals", "interrupted", "parameters"):
            names = [key] if other.get(key) != first.get(key) else []
            if key == "parameters":
                both = (first[key].keys() | other[key].keys()) - MAY_DIFFER
                names = sorted(n for n in both if first[key].get(n) != other[key].get(n))
            if names:
                raise BadInput(
                    f"{folder.path}: no replication of {folders[0].path}, because {', '.join(names)} differs; "
                    "expected runs that differ in seed or run number alone"
                )


def _hosts(runs: list[dict[str, Curve]]) -> tuple[list[str], list[str]]:
    """The hosts to draw, busiest first, and sentences about those left out."""
    peak: dict[str, int] = {}
    for run in runs:
        for host, curve in run.items():
            peak[host] = max(peak.get(host, 0), int(curve.count.max()))
    busy = sorted((h for h in peak if peak[h] > 0), key=lambda h: -peak[h])
    idle = [h for h in peak if peak[h] == 0]
    if not busy:
        return idle[:1], ["No host ever held a connection in TIME-WAIT."]
    sentences = []
    if idle:
        sentences.append(f"Always zero and not drawn: {', '.join(idle) if len(idle) <= 4 else f'{len(idle)} hosts'}.")
    if len(busy) > MOST_HOSTS:
        sentences.append(f"Drawn are the {MOST_HOSTS} of {len(busy)} hosts with the highest peaks.")
    return busy[:MOST_HOSTS], sentences


class _Host:
    """What is drawn of one host: its curves, its means over the steady part, and its closed form."""

    def __init__(
        self, folders: list[RunFolder], runs: list[dict[str, Curve]], name: str, colour: str, steady: Steady | None
    ) -> None:
        self.name, self.colour, self.steady = name, colour, steady
        self.curves = [run[name] for run in runs if name in run]
        self.means: list[float] = []
        if steady:
            told = [_told_mean(folder, name, steady) for folder in folders]
            # The summary integrates exactly, even where occupancy was sampled.
            if None not in told:
                self.means = [mean for mean in told if mean is not None]
            else:
                self.means = [curve.mean(steady.from_s, steady.to_s) for curve in self.curves]
        self.closed_form = _closed_form(folders[0], name)

    def extremes(self, from_s: float, to_s: float) -> tuple[float, float]:
        """The least and the most of all that is drawn between two instants [s]."""
        values = [*self.means, *([self.closed_form[0]] if self.closed_form else [])]
        for curve in self.curves:
            inside = curve.count[(curve.time_s >= from_s) & (curve.time_s <= to_s)]
            values += [*curve.at(_array([from_s])), *([inside.min(), inside.max()] if len(inside) else [])]
        return float(min(values)), float(max(values))

    def draw(self, axes, end_s: float) -> None:
        import numpy as np

        if len(self.curves) == 1:
            times, counts = _thinned(self.curves[0], end_s)
            axes.plot(times, counts, drawstyle="steps-post", color=self.colour, lw=0.7, alpha=0.75, label=self.name)
        else:
            grid = np.linspace(0, end_s, GRID)
            values = np.stack([curve.at(grid) for curve in self.curves])
            centre = values.mean(axis=0)
            half = _half_width(values)
            axes.fill_between(grid, np.maximum(centre - half, 0), centre + half, color=self.colour, alpha=0.25, lw=0)
            label = f"{self.name}, mean of {len(self.curves)} runs"
            axes.plot(grid, centre, color=self.colour, lw=0.9, label=label)
        if self.means and self.steady:
            mean = float(np.mean(self.means))
            label = f"{self.name}, mean over the steady part: "
            half = float(_half_width(np.array(self.means))) if len(self.means) > 1 else 0.0
            places = max(0, 1 - int(f"{half:e}".partition("e")[2])) if half > 0 else 1
            label += f"{mean:.{places}f} ± {half:.{places}f}" if half > 0 else f"{mean:.{places}f}"
            span = (self.steady.from_s, self.steady.to_s)
            axes.plot(span, [mean, mean], color=self.colour, lw=1.5, label=label, zorder=1.9)

    def draw_closed_form(self, axes, colour: str, whose: str) -> None:
        if self.closed_form:
            value, label = self.closed_form
            axes.axhline(value, color=colour, lw=0.9, ls=(0, (5, 2)), zorder=4, label=whose + label)


def _array(values: list[float]) -> "np.ndarray":
    import numpy as np

    return np.array(values)


def _half_width(values: "np.ndarray") -> "np.ndarray":
    """Half of the 95 % confidence interval of the mean over the first axis (Student's t)."""
    import numpy as np
    from scipy import stats

    n = len(values)
    return stats.t.ppf(0.975, n - 1) * values.std(axis=0, ddof=1) / np.sqrt(n)


def _told_mean(folder: RunFolder, host: str, steady: Steady) -> float | None:
    """The time average that summary.json tells, where it is about the steady part."""
    metric = _metric(folder, host) or {}
    value = metric.get("value")
    same = (metric.get("from_s"), metric.get("to_s")) == (steady.from_s, steady.to_s)
    return float(value) if same and value is not None else None


def _metric(folder: RunFolder, host: str) -> dict | None:
    ours = (m for m in folder.metrics() if m["name"] == "time-wait-mean" and m.get("host") == host)
    return next(ours, None)


def _closed_form(folder: RunFolder, host: str) -> tuple[float, str] | None:
    """What theory expects, and how the legend says it."""
    metric = _metric(folder, host)
    form = metric.get("closed-form") if metric else None
    if not form:
        return None
    if not isinstance(form, dict) or not is_number(form.get("value")) or not {"formula", "source"} <= form.keys():
        raise BadInput(
            f"{folder.path / 'summary.json'}: closed-form of time-wait-mean needs a number \"value\", "
            "\"formula\" and \"source\""
        )
    # The source may explain itself behind a colon; the legend has room for its name.
    source = str(form["source"]).partition(":")[0]
    formula = str(form["formula"]).replace("lambda", "λ").replace(" * ", " · ")
    return form["value"], f"{source}: {formula} = {form['value']:.5g}"


def _thinned(curve: Curve, end_s: float) -> tuple["np.ndarray", "np.ndarray"]:
    import numpy as np

    times = np.concatenate(([0.0], curve.time_s, [max(end_s, curve.time_s[-1])]))
    counts = np.concatenate(([0], curve.count, curve.count[-1:]))
    if curve.time_s[0] == 0:
        times, counts = times[1:], counts[1:]
    if len(times) <= MOST_POINTS:
        return times, counts
    keep = {0, len(times) - 1}
    for part in np.array_split(np.arange(len(times)), MOST_POINTS // 3):
        keep |= {part[0], part[counts[part].argmin()], part[counts[part].argmax()]}
    index = np.array(sorted(int(i) for i in keep))
    return times[index], counts[index]


def _frame(axes, steady: Steady | None, end_s: float, window: tuple[float, float], whole: bool) -> None:
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
            axes.text((a + b) / 2, 0.985, name, transform=axes.get_xaxis_transform(), ha="center", va="top",
                      fontsize=SMALL_PT, color=QUIET)  # fmt: skip
    axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 2.5, 5, 10]))
    axes.set_xlabel("time [s]")
    axes.set_ylabel("connections in TIME-WAIT")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(width=0.6, length=3)


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
    time_wait_s = folders[0].time_wait_s()
    if time_wait_s is None:
        return text + " The manifest has no msl, so no warm-up is shaded."
    if steady is None:
        return text + " Connections do not arrive at a rate, so there is no steady part and no mean."
    length = f"{folders[0].time_wait_factor():g} MSL ="
    what = f"warm-up of {length}" if steady.from_s == time_wait_s else "warm-up of"
    if not steady:
        return text + f" The {what} {steady.from_s:g} s outlasts the arrivals, so there is no steady part and no mean."
    if enlarged:
        text += " (a) The whole time; (b) its steady part, enlarged."
    text += f" Shaded: {what} {steady.from_s:g} s" if steady.from_s else ""
    text += f" and drain after the end of arrivals at {steady.to_s:g} s" if steady.drains else ""
    interval = ", ± half its 95 % confidence interval" if n > 1 else ""
    text += f"; the mean is the time average over the steady part, {steady.from_s:g} to {steady.to_s:g} s"
    return text + interval + "."


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


def _caption(figure: "Figure", panels: list, text: str) -> None:
    """Makes room below the axes for the legend and the caption, sizes in inches."""
    handles, labels = panels[0].get_legend_handles_labels()
    lines = wrapped(text, WIDTH_IN - 0.2, SMALL_PT)
    legend_in = 0.115 * len(labels) + 0.04
    below = 0.44 + legend_in + 0.115 * len(lines) + 0.1
    heights = [PLOT_IN, PLOT_IN * 0.62][: len(panels)]
    gap = 0.5
    total = sum(heights) + gap * (len(panels) - 1) + below + 0.16
    figure.set_size_inches(WIDTH_IN, total)
    bottom = total - 0.16
    for axes, height in zip(panels, heights):
        bottom -= height
        axes.set_position((0.6 / WIDTH_IN, bottom / total, (WIDTH_IN - 0.75) / WIDTH_IN, height / total))
        bottom -= gap
    figure.legend(handles, labels, loc="upper left", frameon=False, borderaxespad=0, handlelength=2.2,
                  bbox_to_anchor=(0.6 / WIDTH_IN, (below - 0.4) / total), labelspacing=0.35, borderpad=0)  # fmt: skip
    figure.text(0.1 / WIDTH_IN, (0.115 * len(lines) + 0.05) / total, "\n".join(lines), fontsize=SMALL_PT, va="top",
                linespacing=1.3)  # fmt: skip
