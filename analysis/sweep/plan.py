"""What a sweep will run: its points, the key of each run, and how many replications a point still needs."""

from __future__ import annotations

import hashlib
import json
import math
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Callable, Iterable, Iterator, Mapping, NamedTuple

from ..base.errors import BadInput
from ..base.program import Program
from .expression import Expression, NoValue, number
from .sweep_file import Sweep

SCHEMA = 1
MOST_RUNS = 1_000_000  # all of which are held in memory
Values = Mapping[str, float]  # metrics of one run


@dataclass
class Point:
    """One combination of options. `given` are the canonical texts that differ from point to point."""

    index: int
    given: dict[str, str]
    varied: tuple[str, ...]  # texts of the options that vary on their own
    hash: "hashlib._Hash"  # of the canonical JSON up to the number of the run

    @cached_property
    def number(self) -> int:
        """From the options alone, so that it stays when the grid around the point changes."""
        return int.from_bytes(self.hash.digest()[:8], "big")


class Run(NamedTuple):
    """One run of a point."""

    key: str
    point: Point
    replication: int  # from 1
    rng_run: int


def canonical_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def matches(text: str, program: Program) -> Expression:
    """The condition after --filter, over options."""
    condition = Expression(text)
    for name in condition.names:
        program.option(name)
    return condition


@dataclass
class Shard:
    """Part `number` of `of`, counted from 1."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Shard":
        part, slash, of = text.partition("/")
        if not (slash and part.isdecimal() and of.isdecimal() and len(text) < 20 and 1 <= int(part) <= int(of)):
            raise BadInput(f"--shard: {text!r} is not allowed; allowed is i/N with i from 1 to N, such as 1/4")
        return cls(int(part), int(of))

    def has(self, number: int) -> bool:
        return number % self.of == self.number - 1


@dataclass
class Plan:
    """All runs of a sweep with one program."""

    sweep: Sweep
    program: Program
    filter: Expression | None = None
    shard: Shard | None = None
    points: list[Point] = field(init=False)

    def __post_init__(self) -> None:
        self.points = list(self._points())
        r = self.sweep.replications
        runs = len(self.points) * (r.count or r.at_least)
        if runs > MOST_RUNS:
            raise BadInput(f"{self.sweep.name}: {runs} runs of {len(self.points)} points are too many; allowed are {MOST_RUNS}")

    @cached_property
    def unvaried(self) -> dict[str, str]:
        """Texts of all options that hold at every point, defaults and preset filled in."""
        sweep = self.sweep
        values = self.program.defaults(sweep.fixed.get("preset"))
        values["record"] = sweep.record
        values.update(sweep.fixed)
        return values

    def options(self, point: Point) -> dict[str, str]:
        """Texts of all options of a point but seed and run."""
        return {**self._base(point.given), **point.given}

    def values(self, point: Point) -> dict[str, Any]:
        """What formulas see of a point: all options, times in seconds."""
        return self._values(self.options(point))

    def arguments(self, run: Run) -> list[str]:
        """The options of a run, but where to write."""
        given = {**self.sweep.fixed, **run.point.given, "record": self.sweep.record}
        options = [f"--{name}={text}" for name, text in given.items()]
        return [*options, f"--seed={self.sweep.replications.seed}", f"--run={run.rng_run}"]

    def run(self, point: Point, replication: int) -> Run:
        common = self.sweep.replications.common_random_numbers
        # Else a run of its own for every point, from the point alone: 10^9 blocks of 10^5 replications.
        rng_run = replication if common else point.number % 10**9 * 10**5 + replication
        hashed = point.hash.copy()
        hashed.update(f'"rng-run":{rng_run},"rng-seed":{self.sweep.replications.seed},"schema":{SCHEMA}}}'.encode())
        return Run(hashed.hexdigest(), point, replication, rng_run)

    def runs(self, results: Callable[[Point], list[Values]] | None = None) -> Iterator[Run]:
        """Every run, in order. With `half-width` the number depends on the `results` so far, in order of replication."""
        for point in self.points:
            if self.is_adaptive and self.shard and not self.shard.has(point.number):
                continue
            for replication in range(1, self.wanted(point, results) + 1):
                run = self.run(point, replication)
                if self.is_adaptive or not self.shard or self.shard.has(int(run.key[:12], 16)):
                    yield run

    @property
    def is_adaptive(self) -> bool:
        return self.sweep.replications.count is None

    def wanted(self, point: Point, results: Callable[[Point], list[Values]] | None = None) -> int:
        """How many replications a point needs, as far as its results tell.

        Decided at fixed numbers of replications and from the first ones only, so that the answer does not
        depend on the order in which they end.
        """
        r = self.sweep.replications
        if r.count is not None:
            return r.count
        from .statistics import estimate

        have = results(point) if results else []
        n = r.at_least
        options = self.values(point) if r.metric in self.sweep.computed else {}
        while n < r.cap and len(have) >= n:
            e = estimate([self.metric(r.metric, options, v) for v in have[:n]], self.sweep.confidence)
            if e.half <= r.half_width * abs(e.mean):
                break
            n = min(r.cap, n + max(1, n // 2))
        return n

    def metric(self, name: str, options: Mapping[str, Any], metrics: Values) -> float:
        """A metric of one run, kept or computed; nan where it has no value, as where its formula divides by zero or needs
        another that has none."""
        if name not in self.sweep.computed:
            return metrics[name]
        formula = self.sweep.computed[name].formula
        if any(math.isnan(metrics.get(needed, 0)) for needed in formula.names):
            return math.nan
        try:
            return number(formula({**options, **metrics}))
        except (NoValue, TypeError):  # the latter: it is a text
            return math.nan

    # ---- points

    def _base(self, given: Mapping[str, str]) -> dict[str, str]:
        if "preset" not in given:
            return self.unvaried
        values = self.program.defaults(given["preset"])
        values["record"] = self.sweep.record
        return {**values, **self.sweep.fixed}

    def _values(self, texts: Mapping[str, str]) -> dict[str, Any]:
        return {name: self._value(name, text) for name, text in texts.items()}

    def _value(self, name: str, text: str) -> Any:
        cache = self.__dict__.setdefault("_value_cache", {})
        if (name, text) not in cache:
            cache[name, text] = self.program.options[name].value(text)
        return cache[name, text]

    def _points(self) -> Iterator[Point]:
        sweep = self.sweep
        depends = [f for f in [*sweep.dependent.values(), *sweep.where, self.filter] if f is not None]
        needed = {name for formula in depends for name in formula.names}
        index = 0
        seen: set[tuple[str, ...]] = set()
        for given in sweep.combinations():
            base = self._base(given)
            values = {name: self._value(name, given.get(name, base[name])) for name in needed if name in base}
            varied = tuple(given.values())
            for name, formula in sweep.dependent.items():
                option = self.program.options[name]
                try:
                    given[name] = option.text_of_result(formula(values))
                except BadInput as problem:
                    raise BadInput(f"{sweep.name}, [dependent] {name} = {formula.text!r}: {problem}") from None
                values[name] = self._value(name, given[name])
            if all(condition(values) for condition in sweep.where) and (self.filter is None or self.filter(values)):
                yield Point(index, given, varied, self._hash(base, given))
                index += 1
        if index == 0 and self.filter is None:
            raise BadInput(f"{sweep.name}: [where] leaves no point")

    def _hash(self, base: Mapping[str, str], given: Mapping[str, str]) -> "hashlib._Hash":
        """SHA-256 of the canonical JSON of model and options, up to where the number of the run stands."""
        fragments = self.__dict__.setdefault("_fragments", {})
        shape = (id(base) if base is self.unvaried else base.get("preset"), tuple(given))
        if shape not in fragments:
            held = {name: self._in_key(name, text) for name, text in {**base, **given}.items()}
            fragments[shape] = _template(held, given, self.program.model)
        literals, names = fragments[shape]
        parts = [literals[0]]
        for literal, name in zip(literals[1:], names):
            parts += [self._in_key(name, given[name]), literal]
        return hashlib.sha256("".join(parts).encode())

    def _in_key(self, name: str, text: str) -> str:
        """The canonical JSON of a value: its text; where that names a file, also the SHA-256 of what the file holds."""
        cache = self.__dict__.setdefault("_key_cache", {})
        if (name, text) not in cache:
            is_file = self.program.options[name].type == "text" and os.path.isfile(text)
            try:
                value = [text, hashlib.sha256(Path(text).read_bytes()).hexdigest()] if is_file else text
            except OSError as problem:
                raise BadInput(f"{name}: {text!r} cannot be read ({problem.strerror})") from None
            cache[name, text] = canonical_json(value)
        return cache[name, text]


def _template(values: Mapping[str, str], given: Iterable[str], model: str) -> tuple[list[str], list[str]]:
    """The canonical JSON, of which `values` are parts, cut at those of `given`: the text between, and their names in order."""
    literals, names, text = [], [], f'{{"model":{json.dumps(model)},"parameters":{{'
    for i, name in enumerate(sorted(values)):
        text += f"{',' if i else ''}{json.dumps(name)}:"
        if name in given:
            literals.append(text)
            names.append(name)
            text = ""
        else:
            text += values[name]
    return [*literals, text + "},"], names
