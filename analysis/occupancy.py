"""How many connections sit in TIME-WAIT, over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .colours import HOST_COLOURS, INK, QUIET
from .errors import BadInput
from .picture import SMALL_PT, new_figure, wrapped
from .run_folder import RunFolder, caption

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

WIDTH_IN, PLOT_IN = 5.2, 2.7
MOST_HOSTS = len(HOST_COLOURS)
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


def occupancy_figure(folders: list[RunFolder], interval_s: tuple[float, float]) -> "Figure":
    """Connections in TIME-WAIT per host over time [s]; 2 MSL of warm-up shaded, Little's law dashed.

    One folder gives step curves. Several replications give the mean and the 95 % confidence band of the
    mean (Student's t, at each instant on its own).
    """
    runs = [_curves(folder) for folder in folders]
    end_s = min(folder.end_s for folder in folders)
    _check_replications(folders)
    msl_s = folders[0].duration_s("msl")
    warm_s = 2 * msl_s if msl_s is not None else 0.0
    hosts, sentences = _hosts(runs)
    figure = new_figure(WIDTH_IN, PLOT_IN + 1.0)
    axes = figure.add_axes((0.6 / WIDTH_IN, 0, (WIDTH_IN - 0.75) / WIDTH_IN, 1))
    # A measured mean after the warm-up would be a number about nothing where the run ends before it.
    measured_s = (warm_s, end_s) if warm_s < end_s else None
    for host, colour in zip(hosts, HOST_COLOURS):
        _draw_host(axes, [run[host] for run in runs if host in run], host, colour, end_s, measured_s)
        _draw_closed_form(axes, folders[0], host, colour, len(hosts) > 1)
    _frame(axes, warm_s, end_s, interval_s)
    sentences.insert(0, _story(len(folders), msl_s, measured_s))
    _caption(figure, axes, caption(folders[0], sentences, [f.manifest["rng-run"] for f in folders]))
    return figure


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
        for key in ("program", "stack", "preset", "counterfactuals", "parameters"):
            if other[key] != first[key]:
                names = [key]
                if key == "parameters":
                    both = first[key].keys() | other[key].keys()
                    names = sorted(n for n in both if first[key].get(n) != other[key].get(n))
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


def _draw_host(
    axes, curves: list[Curve], host: str, colour: str, end_s: float, measured_s: tuple[float, float] | None
) -> None:
    import numpy as np

    means = [curve.mean(*measured_s) for curve in curves] if measured_s else []
    label = host
    if len(curves) == 1:
        times, counts = _thinned(curves[0], end_s)
        axes.plot(times, counts, drawstyle="steps-post", color=colour, lw=0.7, alpha=0.7, label=label)
    else:
        from scipy import stats

        grid = np.linspace(0, end_s, GRID)
        values = np.stack([curve.at(grid) for curve in curves])
        centre = values.mean(axis=0)
        half = stats.t.ppf(0.975, len(curves) - 1) * values.std(axis=0, ddof=1) / np.sqrt(len(curves))
        axes.fill_between(grid, np.maximum(centre - half, 0), centre + half, color=colour, alpha=0.25, lw=0)
        axes.plot(grid, centre, color=colour, lw=0.9, label=f"{label}, mean of {len(curves)} runs")
    if means and measured_s:
        mean = float(np.mean(means))
        axes.plot(measured_s, [mean, mean], color=colour, lw=1.3, label=f"{host}, mean after warm-up: {mean:.5g}")


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


def _draw_closed_form(axes, folder: RunFolder, host: str, colour: str, several: bool) -> None:
    for metric in folder.metrics():
        form = metric.get("closed-form")
        if metric["name"] != "time-wait-mean" or metric.get("host") != host or not form:
            continue
        try:
            value, label = float(form["value"]), f"{form['source']}: {form['formula']} = {float(form['value']):.5g}"
        except (KeyError, TypeError, ValueError):
            raise BadInput(
                f"{folder.path / 'summary.json'}: closed-form of time-wait-mean needs a number \"value\", "
                "\"formula\" and \"source\""
            ) from None
        label = f"{host}, {label}" if several else label
        axes.axhline(value, color=INK if not several else colour, lw=0.9, ls=(0, (5, 2)), label=label)


def _frame(axes, warm_s: float, end_s: float, interval_s: tuple[float, float]) -> None:
    low, high = max(interval_s[0], 0.0), min(interval_s[1], end_s)
    if low >= high:
        raise BadInput(f"--interval: nothing of the run, which ends at {end_s:g} s, lies within")
    axes.set_xlim(low, high)
    axes.set_ylim(bottom=0, top=max(axes.dataLim.y1, *(line.get_ydata()[0] for line in axes.lines), 1) * 1.08)
    if warm_s > low:
        axes.axvspan(low, min(warm_s, high), color="#eeeeee", zorder=0, lw=0)
        axes.text((low + min(warm_s, high)) / 2, 0.97, "warm-up", transform=axes.get_xaxis_transform(), ha="center",
                  va="top", fontsize=SMALL_PT, color=QUIET)  # fmt: skip
    axes.set_xlabel("time [s]")
    axes.set_ylabel("connections in TIME-WAIT")
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(width=0.6, length=3)


def _story(n: int, msl_s: float | None, measured_s: tuple[float, float] | None) -> str:
    if n > 1:
        text = f"Mean and 95 % confidence band of the mean over n = {n} replications."
    else:
        text = "n = 1 run."
    if msl_s is None:
        return text + " The manifest has no msl, so no warm-up is shaded."
    text += f" Shaded: warm-up of 2 MSL = {2 * msl_s:g} s"
    if measured_s is None:
        return text + ", which outlasts the run; no mean."
    return text + f"; the mean is the time average from {measured_s[0]:g} to {measured_s[1]:g} s."


def _caption(figure: "Figure", axes, text: str) -> None:
    """Makes room below the axes for the legend and the caption, sizes in inches."""
    handles, labels = axes.get_legend_handles_labels()
    lines = wrapped(text, WIDTH_IN - 0.2, SMALL_PT)
    legend_in = 0.115 * len(labels) + 0.04
    below = 0.44 + legend_in + 0.115 * len(lines) + 0.1
    total = PLOT_IN + below + 0.08
    figure.set_size_inches(WIDTH_IN, total)
    axes.set_position((0.6 / WIDTH_IN, below / total, (WIDTH_IN - 0.75) / WIDTH_IN, PLOT_IN / total))
    figure.legend(handles, labels, loc="upper left", frameon=False, borderaxespad=0, handlelength=2.2,
                  bbox_to_anchor=(0.6 / WIDTH_IN, (below - 0.4) / total), labelspacing=0.35, borderpad=0)  # fmt: skip
    figure.text(0.1 / WIDTH_IN, (0.115 * len(lines) + 0.05) / total, "\n".join(lines), fontsize=SMALL_PT, va="top",
                linespacing=1.3)  # fmt: skip
