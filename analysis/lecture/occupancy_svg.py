"""Occupancy on the page: a panel for each state and queue, its curves in seconds and counts themselves, so that the script can read them."""

from __future__ import annotations

from dataclasses import dataclass

from ..base.picture import SMALL_PT, text_width
from ..figures.method.step_curve import thinned
from ..figures.occupancy import Occupancy
from .svg import UNITS, drawing, line, tag, text, units

WIDTH_IN, HIGH_IN, LOW_IN, GAP_IN = 6.5, 1.2, 0.5, 0.24
MOST_POINTS = 2000  # of a curve


@dataclass(frozen=True)
class Picture:
    """The column of numbers, and what may be stretched beside it."""

    names: str
    svg: str
    hosts: list[tuple[int, str]]  # which of the colours, and whose it is
    interval_s: list[float]
    instants_s: list[float]  # at which something changes
    thinned: bool


def occupancy_svg(it: Occupancy, ends: tuple[str, ...]) -> Picture:
    """`ends`: the hosts at the left and the right of the ladder, whose colours come first."""
    from matplotlib.ticker import MaxNLocator

    windows = [(panel, window) for panel, window in it.windows if window == panel.window]
    (low_s, high_s) = windows[0][1]
    hosts = list(dict.fromkeys([*ends, *(line.group.name for panel, _ in windows for line in panel.lines)]))
    scale = WIDTH_IN * UNITS / (high_s - low_s)
    names: list[str] = []
    parts: list[str] = []
    instants: set[float] = set()
    is_thinned = False
    wide = max(text_width(f"{panel.label}  {max(panel.most.values()):,}", SMALL_PT) for panel, _ in windows) * 1.1 + 0.15
    y = 0.1
    for i, (panel, _) in enumerate(windows):
        height = HIGH_IN if i == 0 else LOW_IN
        most = max(panel.most.values())
        names += [text(wide - 0.06, y + height / 2, panel.label, "", "end"), text(wide - 0.06, y + 0.04, f"{most:,}", "quiet", "end"),
                  text(wide - 0.06, y + height, "0", "quiet", "end")]  # fmt: skip
        parts += [line(0.0, y + height, WIDTH_IN, y + height, "guide"), line(0.0, y, WIDTH_IN, y, "guide")]
        for drawn in panel.lines:
            curve = drawn.curves[0]
            times, counts = thinned(curve, it.end_s, MOST_POINTS)
            is_thinned |= len(times) < len(curve.time_s)
            instants.update(float(t) for t in times)
            d = f"M{_number(times[0])} {counts[0]}" + "".join(
                f"H{_number(t)}" + f"V{n}" * bool(n != before) for t, n, before in zip(times[1:], counts[1:], counts))  # fmt: skip
            placed = f"matrix({scale:.6g} 0 0 {-height * UNITS / most:.6g} {-low_s * scale:.6g} {units(y + height)})"
            parts.append(tag("g", tag("path", d=d, class_=f"curve h{hosts.index(drawn.group.name) % 5}"), transform=placed, class_="stretch",
                             data_host=drawn.group.name, data_what=panel.label))  # fmt: skip
        y += height + GAP_IN
    axis_y = y - GAP_IN + 0.06
    for at_s in MaxNLocator(6).tick_values(low_s, high_s):
        x = WIDTH_IN * (at_s - low_s) / (high_s - low_s)
        if -1e-9 <= x <= WIDTH_IN + 1e-9:
            anchor = "start" if x < 0.1 else "end" if x > WIDTH_IN - 0.2 else "middle"
            parts += [line(x, axis_y, x, axis_y + 0.04, "ink"), text(x, axis_y + 0.12, f"{at_s:.6g}", "", anchor)]
    parts.append(line(0.0, axis_y, WIDTH_IN, axis_y, "ink"))
    parts.append(line(0.0, 0.04, 0.0, axis_y, "cursor"))
    names.append(text(wide - 0.06, axis_y + 0.12, "time [s]", "quiet", "end"))
    label = "How many connections each host holds in each state over time"
    height = axis_y + 0.22
    return Picture(drawing(names, 0.0, 0.0, wide, height, "names", label), drawing(parts, 0.0, 0.0, WIDTH_IN, height, "occupancy", label),
                   [(i % 5, host) for i, host in enumerate(hosts) if any(host == line.group.name for panel, _ in windows for line in panel.lines)], [low_s, high_s], sorted(t for t in instants if low_s <= t <= high_s), is_thinned)  # fmt: skip


def _number(time_s: float) -> str:
    """An instant without the zeros behind it."""
    return f"{time_s:.9f}".rstrip("0").rstrip(".")
