"""Reading a sweep file, with every check that needs no run. The format is in doc/sweeps.rst."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable, Iterator, Mapping

from ..base.command_line import MOST_SEED
from ..base.errors import BadInput
from ..base.program import MOST, Option, Program
from ..base.run_folder import COLUMNS, RULES
from ..base.theory import CLOSED_FORMS
from ..base.times import time_ns, time_text
from ..base.toml_file import TomlFile
from ..base.words import nearest, shown
from .expression import Expression

TOP = {"question", "program", "metrics", "record", "confidence", "fixed", "grid", "zip", "dependent", "where",
       "compute", "replications", "limits", "figure"}  # fmt: skip
REPLICATIONS = {"count", "metric", "half-width", "at-least", "cap", "common-random-numbers", "seed"}
SET_BY_THE_SWEEP = {"seed": "replications.seed", "run": "replications.count", "record": "record"}
LIMITS = {"timeout", "memory"}
RANGE = {"from", "to", "step", "factor", "count", "scale"}
FIGURE = {"kind", "metric", "x", "y", "series", "panels", "closed-form", "relative", "scale", "title", "x-label", "y-label",
          "intervals"}
KINDS = ("lines", "heat-map")
SCALES = ("linear", "log-x", "log-y", "log")
MEMORY = {"kB": 10**3, "MB": 10**6, "GB": 10**9}
MOST_POINTS = 1_000_000  # before [where], all of which are held in memory
MOST_REPLICATIONS = 100_000  # of a point; without common random numbers the next point's follow
LONGEST_S = 500 * 3600  # a run may take; a little less than what poll() can wait for
MOST_BYTES = 10**14
MOST_TEXT = 300  # characters of a title or a label
MOST_SPLIT = 2  # options that panels can tell apart: rows and columns


@dataclass
class Replications:
    """How often each point is run: `count` times, or until the interval of `metric` is narrow enough."""

    count: int | None = None
    metric: str = ""
    half_width: float = 0.0  # greatest half width of the confidence interval, as a fraction of the mean
    at_least: int = 5
    cap: int = 1000
    common_random_numbers: bool = True
    seed: int = 1


@dataclass
class FigureSpec:
    """One figure of the report; names of options and metrics."""

    kind: str
    metric: str
    x: str
    y: str = ""  # of a heat map
    series: str = ""  # of lines
    panels: tuple[str, ...] = ()
    closed_form: str = ""
    relative: bool = False  # measured / closed form
    scale: str = "linear"
    title: str = ""  # above the figure
    x_label: str = ""  # in place of the words for the option
    y_label: str = ""
    intervals: bool = False  # whether a heat map tells the intervals as well
    about: str = ""  # how the caption begins


@dataclass
class Computed:
    """A metric computed from kept ones and options."""

    formula: Expression
    unit: str


@dataclass
class Sweep:
    """A sweep file that has passed every check."""

    name: str
    text: str
    question: str
    program: str
    metrics: list[str]
    record: str
    confidence: float
    fixed: dict[str, str]
    axes: list[tuple[tuple[str, ...], list[tuple[str, ...]]]]  # names that vary together, and their values
    dependent: dict[str, Expression]
    where: list[Expression]
    computed: dict[str, Computed]
    replications: Replications
    timeout_s: float
    memory_bytes: int
    figures: list[FigureSpec] = field(default_factory=list)
    folder_units: Mapping[str, str] = field(default_factory=dict)  # of metrics that are read from run folders

    @property
    def varied(self) -> list[str]:
        """The options that vary on their own, in the order of the file."""
        return [name for names, _ in self.axes for name in names]

    def unit_of(self, metric: str, program: Program) -> str:
        if metric in self.computed:
            return self.computed[metric].unit
        if metric in self.folder_units:
            return self.folder_units[metric]
        return program.metrics[metric.partition("@")[0]]["unit"]

    def combinations(self) -> Iterator[dict[str, str]]:
        """What grid and zip give, before constraints: canonical texts by name."""
        for rows in itertools.product(*(rows for _, rows in self.axes)):
            yield {n: v for (names, _), row in zip(self.axes, rows) for n, v in zip(names, row)}


class _Reader(TomlFile):
    """A sweep file, and the program, for names."""

    def __init__(self, name: str, text: str, program: Program) -> None:
        super().__init__(name, text)
        self.program = program

    def known(self, table: str, given: dict[str, Any], allowed: set[str]) -> None:
        for key in given:
            if key not in allowed:
                where = f"[{table}]" if table else "a sweep file"
                raise self.refuse(table, key, f"{key!r} is no key of {where}; the nearest is {nearest(key, allowed)!r}")

    def typed(self, table: str, values: dict[str, Any], key: str, kind: type, default: Any, what: str,
              fits: Callable[[Any], bool] = lambda _: True) -> Any:  # fmt: skip
        """A key of a known type; `what` says what is allowed."""
        value = values.get(key, default)
        if key not in values:
            return value
        if kind is float and isinstance(value, int) and not isinstance(value, bool) and abs(value) < MOST:
            value = float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool) or not fits(value):
            raise self.refuse(table, key, f"{key}: {shown(values[key])} is not allowed; allowed is {what}", values[key])
        return value

    def table(self, data: dict[str, Any], key: str) -> dict[str, Any]:
        value = data.get(key, {})
        if not isinstance(value, dict):
            raise self.refuse("", key, f"{key} must be a table: [{key}]")
        return value

    # ---- options

    def option(self, table: str, name: str) -> Option:
        if name in SET_BY_THE_SWEEP:
            raise self.refuse(table, name, f"{name!r} is set by {SET_BY_THE_SWEEP[name]!r}, not as an option")
        try:
            option = self.program.option(name)
        except BadInput as problem:
            raise self.refuse(table, name, str(problem)) from None
        if not option.describes_the_run:
            raise self.refuse(table, name, f"{name!r} is set by the sweep itself")
        return option

    def value(self, table: str, name: str, value: Any) -> str:
        option = self.option(table, name)
        try:
            return option.text(value)
        except BadInput as problem:
            raise self.refuse(table, name, str(problem), value) from None

    def values(self, table: str, name: str, given: Any) -> list[str]:
        """The values of one option: a list, or a range."""
        if isinstance(given, dict):
            given = self._range(table, name, given)
        if not isinstance(given, list) or not given:
            example = "{from = 1, to = 9, step = 2}"
            raise self.refuse(table, name, f"{name}: expected a list of values, or a range such as {example}")
        if len(given) > MOST_POINTS:
            raise self.refuse(table, name, f"{name}: {len(given)} values are too many; allowed are {MOST_POINTS}")
        texts = [self.value(table, name, value) for value in given]
        seen: set[str] = set()
        for text in texts:
            if text in seen:
                raise self.refuse(table, name, f"{name}: {text} stands there twice", text)
            seen.add(text)
        return texts

    def _range(self, table: str, name: str, given: dict[str, Any]) -> list[Any]:
        option = self.option(table, name)
        if option.type not in ("duration", "number", "integer"):
            raise self.refuse(table, name, f"{name}: a range needs numbers or times; {option.allowed()}")
        for key in given:
            if key not in RANGE:
                raise self.refuse(table, name, f"{key!r} is no key of a range; the nearest is {nearest(key, RANGE)!r}")
        ways = [key for key in ("step", "factor", "count") if key in given]
        if len(ways) != 1 or "from" not in given or "to" not in given:
            raise self.refuse(table, name, f"{name}: a range needs from, to, and one of step, factor, count")
        if given.get("scale", "linear") not in ("linear", "log") or ("scale" in given and ways != ["count"]):
            raise self.refuse(table, name, f"{name}: scale goes with count; allowed are linear and log")
        low, high = (option.value(self.value(table, name, given[key])) for key in ("from", "to"))
        numbers = self._steps(table, name, option, given, ways[0], low, high)
        if option.type == "duration":
            return [time_text(round(x * 1e9)) for x in numbers]
        if option.type == "integer":
            return list(dict.fromkeys(round(x) for x in numbers))
        return [float(f"{x:.12g}") for x in numbers]

    def _steps(self, table: str, name: str, option: Option, given: dict[str, Any], way: str, low: float,
               high: float) -> list[float]:  # fmt: skip
        if low >= high:
            raise self.refuse(table, name, f"{name}: a range goes upward, not from {given['from']} to {given['to']}")
        given_step = given[way]
        if way == "step":
            step = option.value(self.value(table, name, given_step))
            if step <= 0:
                raise self.refuse(table, name, f"{name}: the step must be above 0", given_step)
            return [low + i * step for i in range(self._count(table, name, (high - low) / step * (1 + 1e-12) + 1e-9))]
        if isinstance(given_step, bool) or not isinstance(given_step, (int, float)) or not abs(given_step) < MOST:
            raise self.refuse(table, name, f"{name}: {way} must be a number", given_step)
        is_log = way == "factor" or given.get("scale") == "log"
        if is_log and low <= 0:
            raise self.refuse(table, name, f"{name}: a logarithmic range starts above 0, not at {given['from']}")
        if way == "factor":
            if given_step <= 1:
                raise self.refuse(table, name, f"{name}: the factor must be above 1", given_step)
            count = self._count(table, name, math.log(high / low) / math.log(given_step) + 1e-9)
            return [low * given_step**i for i in range(count)]
        if given_step < 2 or given_step != int(given_step):
            raise self.refuse(table, name, f"{name}: count must be a whole number from 2", given_step)
        last = self._count(table, name, given_step - 1) - 1
        if is_log:
            return [low * (high / low) ** (i / last) for i in range(last)] + [high]
        return [low + (high - low) * i / last for i in range(last)] + [high]

    def _count(self, table: str, name: str, steps: float) -> int:
        """How many values so many steps give; refused before any is made where they are too many."""
        if not steps < MOST_POINTS:
            raise self.refuse(table, name, f"{name}: a range of {steps + 1:.7g} values is too long; allowed are {MOST_POINTS}")
        return int(steps) + 1

    # ---- formulas

    def formula(self, table: str, key: str, text: Any, names: set[str]) -> Expression:
        if not isinstance(text, str):
            raise self.refuse(table, key, f"{key}: expected a formula in quotes, not {shown(text)}")
        try:
            formula = Expression(text)
        except BadInput as problem:
            raise self.refuse(table, key, str(problem)) from None
        for name in formula.names:
            if name not in names:
                hint = "; a minus needs blanks around it" if "-" in name else ""
                near = nearest(name, names)
                raise self.refuse(table, key, f"{name!r} in {text!r} is unknown; the nearest is {near!r}{hint}")
        return formula

    def metric(self, table: str, key: str, name: Any) -> str:
        """A metric of one host, checked: ``time-wait-mean@client``."""
        base, _, host = name.partition("@") if isinstance(name, str) else ("", "", "")
        if not base or not host:
            raise self.refuse(table, key, f"{shown(name)} is no metric of a host; expected such as \"time-wait-mean@client\"", name)
        if base not in self.program.metrics:
            near = nearest(base, self.program.metrics)
            raise self.refuse(table, key, f"{base!r} is no metric of {self.program.name}; the nearest is {near!r}", base)
        if not re.fullmatch(r"server|attacker|client(-\d+)?", host):
            raise self.refuse(table, key, f"{host!r} is no host; allowed are server, attacker, client, client-1, client-2, ...", host)
        return name


def read_sweep(name: str, text: str, program: Program) -> Sweep:
    """The sweep that `text` describes; a BadInput with the line and the nearest valid name otherwise."""
    r = _Reader(name, text, program)
    data = r.data
    r.known("", data, TOP)
    wanted = _program(r)
    if wanted and Path(wanted).name not in (program.name, Path(program.path).name):
        raise r.refuse("", "program", f"program: {wanted!r} is not {program.path}, which these runs are of")
    fixed, axes = _options(r, data)
    single = {n for names, _ in axes for n in names} | fixed.keys()
    dependent = {}
    all_names = set(program.options) - {"seed", "run"}
    for key, formula in r.table(data, "dependent").items():
        r.option("dependent", key)
        if key == "preset":
            raise r.refuse("dependent", key, "'preset' cannot be dependent, because others depend on it")
        if key in single:
            raise r.refuse("dependent", key, f"{key!r} is set twice")
        # A dependent value may use those above it, so that no order has to be found.
        dependent[key] = r.formula("dependent", key, formula, all_names)
        if key in dependent[key].names:
            raise r.refuse("dependent", key, f"{key!r} depends on itself")
    where = [r.formula("where", key, f, all_names) for key, f in r.table(data, "where").items()]
    metrics = _metrics(r, data)
    computed = _computed(r, data, metrics, all_names)
    limits = r.table(data, "limits")
    r.known("limits", limits, LIMITS)
    timeout = r.typed("limits", limits, "timeout", str, "10min", "a time from 1ms to 500h, such as \"60s\"",
                      lambda t: 10**6 <= (time_ns(t) or 0) <= LONGEST_S * 10**9)  # fmt: skip
    memory = r.typed("limits", limits, "memory", str, "4GB", "an amount in kB, MB or GB, up to 100000GB, such as \"1GB\"", _memory)
    sweep = Sweep(
        name=name,
        text=text,
        question=r.typed("", data, "question", str, "", "a sentence"),
        program=program.name,
        metrics=metrics,
        record=_record(r, data),
        confidence=r.typed("", data, "confidence", float, 0.95, "a number between 0.5 and 1", lambda c: 0.5 < c < 1),
        fixed=fixed,
        axes=axes,
        dependent=dependent,
        where=where,
        computed=computed,
        replications=_replications(r, data, metrics, computed),
        timeout_s=(time_ns(timeout) or 0) / 1e9,
        memory_bytes=_memory(memory),
    )
    sweep.figures = _figures(r, data, sweep)
    return sweep


def program_of(path: Path, text: str, classic: Path) -> Path:
    """The program that the sweep file `path` names: one beside the `classic` one, which it is if none is named, or, where the name
    has a slash, a path from the file's folder."""
    r = TomlFile(path.name, text)
    wanted = _program(r)
    if not wanted:
        return classic
    found = path.parent / wanted if "/" in wanted else classic.parent / wanted
    if not found.is_file():
        raise r.refuse("", "program", f"program: there is no {found}; allowed is the name of a program in {classic.parent}, "
                                      "or a path with a slash, such as \"./my-program\", from the folder of the sweep file")  # fmt: skip
    return found


def names_program(name: str, text: str) -> bool:
    """Whether a sweep file says what program its runs are of."""
    return "program" in TomlFile(name, text).data


def _program(r: TomlFile) -> str:
    """The program that a sweep file names; empty if none."""
    wanted = r.data.get("program", "")
    if not isinstance(wanted, str) or "\0" in wanted or ("program" in r.data and not wanted):
        raise r.refuse("", "program", f"program: {shown(wanted)} is not allowed; allowed is the name of a program, or its path")
    return wanted


def _memory(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]+)?)(kB|MB|GB)", text)
    amount = int(float(match.group(1)) * MEMORY[match.group(2)]) if match else 0
    return amount if amount <= MOST_BYTES else 0


def _options(r: _Reader, data: dict[str, Any]) -> tuple[dict[str, str], list]:
    fixed = {key: r.value("fixed", key, value) for key, value in r.table(data, "fixed").items()}
    axes: list[tuple[tuple[str, ...], list[tuple[str, ...]]]] = []
    for key, values in r.table(data, "grid").items():
        if key in fixed:
            raise r.refuse("grid", key, f"{key!r} is set twice")
        axes.append(((key,), [(text,) for text in r.values("grid", key, values)]))
        _check_size(r, "grid", key, axes)
    together = r.table(data, "zip")
    columns = {}
    for key, values in together.items():
        if key in fixed or (key,) in [names for names, _ in axes]:
            raise r.refuse("zip", key, f"{key!r} is set twice")
        if not isinstance(values, list) or not values:
            raise r.refuse("zip", key, f"{key}: expected a list of values")
        columns[key] = [r.value("zip", key, value) for value in values]
        first = next(iter(columns))
        if len(values) != len(columns[first]):
            raise r.refuse("zip", key, f"{key} has {len(values)} values, but {first} has {len(columns[first])}")
    if columns:
        axes.append((tuple(columns), list(zip(*columns.values()))))
        _check_size(r, "zip", next(iter(columns)), axes)
    return fixed, axes


def _check_size(r: _Reader, table: str, key: str, axes: list) -> None:
    points = math.prod(len(rows) for _, rows in axes)
    if points > MOST_POINTS:
        raise r.refuse(table, key, f"{key}: with it there are {points} points, which are too many; allowed are {MOST_POINTS}")


def _record(r: _Reader, data: dict[str, Any]) -> str:
    record = data.get("record", "none")
    allowed = (*COLUMNS, RULES, "pcap")
    parts = record.split(",") if isinstance(record, str) else [record]
    for part in parts:
        if part not in allowed and parts != ["none"]:
            which = f"{', '.join(allowed)}, separated by commas, or none"
            raise r.refuse("", "record", f"record: {part!r} is not allowed; allowed are {which}")
    if RULES in parts and "segments" not in parts:
        raise r.refuse("", "record", "record: rules stand in the rows of segments, which are not recorded", record)
    return record


def _metrics(r: _Reader, data: dict[str, Any]) -> list[str]:
    metrics = data.get("metrics")
    if not isinstance(metrics, list) or not metrics:
        raise r.refuse("", "metrics", "metrics: expected a list of metrics to keep, such as [\"time-wait-mean@client\"]")
    seen: set[str] = set()
    for metric in metrics:
        if r.metric("", "metrics", metric) in seen:
            raise r.refuse("", "metrics", f"metrics: {metric!r} stands there twice", metric)
        seen.add(metric)
    return metrics


def _computed(r: _Reader, data: dict[str, Any], metrics: list[str], names: set[str]) -> dict[str, Computed]:
    computed = {}
    for key, given in r.table(data, "compute").items():
        if not isinstance(given, dict) or given.keys() != {"value", "unit"} or not isinstance(given["unit"], str):
            raise r.refuse("compute", key, f"{key}: expected {{value = \"formula\", unit = \"unit\"}}")
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", key):
            raise r.refuse("compute", key, f"{key!r} is no name for a metric; expected small letters and hyphens")
        computed[key] = Computed(r.formula("compute", key, given["value"], names | set(metrics)), given["unit"])
    return computed


def _replications(r: _Reader, data: dict[str, Any], metrics: list[str], computed: dict[str, Computed]) -> Replications:
    given = r.table(data, "replications")
    r.known("replications", given, REPLICATIONS)
    of = lambda key, kind, default, what, fits: r.typed("replications", given, key, kind, default, what, fits)  # noqa: E731
    whole = lambda low: (f"a whole number from {low} to {MOST_REPLICATIONS}", lambda n: low <= n <= MOST_REPLICATIONS)  # noqa: E731
    metric = of("metric", str, "", "one of the metrics kept or computed", lambda _: True)
    adaptive = {"metric", "half-width"} & given.keys()
    if adaptive and (len(adaptive) < 2 or "count" in given):
        raise r.refuse("replications", next(iter(adaptive)), "replications: either count, or metric and half-width")
    if metric and metric not in metrics and metric not in computed:
        near = nearest(metric, [*metrics, *computed])
        raise r.refuse("replications", "metric", f"metric: {metric!r} is not kept; the nearest is {near!r}")
    result = Replications(
        count=None if adaptive else of("count", int, 1, *whole(1)),
        metric=metric,
        half_width=of("half-width", float, 0.0, "a fraction of the mean, such as 0.03", lambda x: 0 < x < 1),
        at_least=of("at-least", int, 5, *whole(2)),
        cap=of("cap", int, 1000, *whole(2)),
        common_random_numbers=of("common-random-numbers", bool, True, "true or false", lambda _: True),
        seed=of("seed", int, 1, f"a whole number from 1 to {MOST_SEED}", lambda n: 1 <= n <= MOST_SEED),
    )
    for key in ("at-least", "cap"):
        if key in given and not adaptive:
            raise r.refuse("replications", key, f"replications: {key} goes with metric and half-width")
    if result.cap < result.at_least:
        raise r.refuse("replications", "cap", f"replications: cap = {result.cap} is below at-least = {result.at_least}")
    return result


def _figures(r: _Reader, data: dict[str, Any], sweep: Sweep) -> list[FigureSpec]:
    specs = []
    given_list = data.get("figure", [])
    if not isinstance(given_list, list):
        raise r.refuse("", "figure", "figure must be a list of tables: [[figure]]")
    for given in given_list:
        r.known("figure", given, FIGURE)
        text = lambda key, default="", given=given: r.typed("figure", given, key, str, default, "a text")  # noqa: E731
        panels = given.get("panels", [])
        panels = [panels] if isinstance(panels, str) else panels
        if not isinstance(panels, list):
            raise r.refuse("figure", "panels", "panels: expected the name of an option, or a list of names")
        spec = FigureSpec(text("kind", "lines"), text("metric"), text("x"), text("y"), text("series"), tuple(panels),
                          text("closed-form"), r.typed("figure", given, "relative", bool, False, "true or false"),
                          text("scale", "linear"), *(_line(r, key, text(key)) for key in ("title", "x-label", "y-label")),
                          r.typed("figure", given, "intervals", bool, False, "true or false"))  # fmt: skip
        _check_figure(r, spec, sweep)
        specs.append(spec)
    return specs


def _line(r: _Reader, key: str, text: str) -> str:
    if len(text) > MOST_TEXT or "\n" in text:
        raise r.refuse("figure", key, f"{key}: {shown(text)} is not allowed; allowed is a line of up to {MOST_TEXT} characters", text)
    return text


def _check_figure(r: _Reader, spec: FigureSpec, sweep: Sweep) -> None:
    def one_of(key: str, value: str, allowed: list[str]) -> None:
        if value not in allowed:
            near = nearest(value, allowed)
            raise r.refuse("figure", key, f"{key}: {value!r} is not allowed; the nearest is {near!r}", value)

    one_of("kind", spec.kind, list(KINDS))
    one_of("metric", spec.metric, [*sweep.metrics, *sweep.computed])
    one_of("scale", spec.scale, list(SCALES))
    used = [("x", spec.x)]
    used += [("y", spec.y)] if spec.kind == "heat-map" else []
    used += [("series", spec.series)] if spec.series else []
    used += [("panels", name) for name in spec.panels]
    if not sweep.varied:
        raise r.refuse("", "figure", "figure: nothing varies; a figure needs [grid] or [zip]")
    for key, value in used:
        one_of(key, value, sweep.varied)
    if len(spec.panels) > MOST_SPLIT:
        raise r.refuse("figure", "panels", f"panels: {', '.join(spec.panels)} are {len(spec.panels)} options; allowed are up to "
                       f"{MOST_SPLIT}, whose values are the rows and columns of a grid")  # fmt: skip
    if spec.intervals and spec.kind != "heat-map":
        raise r.refuse("figure", "intervals", "intervals: lines show theirs anyway; allowed in a heat-map")
    if spec.closed_form:
        one_of("closed-form", spec.closed_form, list(CLOSED_FORMS))
    if spec.relative and not spec.closed_form:
        raise r.refuse("figure", "relative", "relative: measured / closed form needs closed-form")
