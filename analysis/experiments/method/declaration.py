"""What an experiment declares."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Union

from ...base.run_folder import RunFolder
from ...sweep.sweep_file import FigureSpec
from .verdict import Claim, Story


@dataclass(frozen=True)
class Chart:
    """A figure of one connection in one run: the first replication of a point."""

    kind: str  # ladder or timeline
    at: Mapping[str, str] = field(default_factory=dict)  # the point, by texts of options that vary
    connection: str | None = None  # HOST:N; the one with most to tell where none is named


def lines(metric: str, x: str, series: str = "", panels: tuple[str, ...] = (), **more: Any) -> FigureSpec:
    """A figure over all points of a part; what a claim says of the metric is drawn over it."""
    return FigureSpec("lines", metric, x, series=series, panels=panels, **more)


@dataclass(frozen=True)
class Part:
    """One sweep of an experiment, and what theory says about it."""

    name: str
    sweep: str  # a sweep file without replications (doc/sweeps.rst)
    claims: tuple[Union[Claim, Story], ...]
    runs: int = 0  # of each point: RngRun 1 to this; 0: as many as its intervals need (`size.py`)
    figures: tuple[Union[FigureSpec, Chart], ...] = ()
    # Metrics that only the run folder tells, such as the time between two events, and their units.
    from_folder: Callable[[RunFolder], Mapping[str, float]] | None = None
    folder_units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Headline:
    """The finding that the answer quotes: of which claim, at which point."""

    part: str
    metric: str
    at: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Experiment:
    """A question, how it is asked of the machine, and what theory answers."""

    question: str
    answer: str  # one sentence; {name} is a headline: measured value, interval and theory
    parts: tuple[Part, ...]
    headlines: Mapping[str, Headline]
    scaled: str = ""  # what is smaller here than in the world, and why that does not matter
    refutes: tuple[str, ...] = ()  # common teaching errors (doc/teaching-errors.rst)
    # Wrong machines that must not pass: what is wrong in words, and the options that make it so.
    breakages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
