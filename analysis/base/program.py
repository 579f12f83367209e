"""What a program says of itself with --describe=json: options, presets, metrics, build."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import BadInput
from .times import MOST_S, time_ns, time_text
from .words import nearest, shortened

MOST = 1e300  # of any number
CLASSIC = "lifecycle-run"  # whose sources are part of its own model identity


def number_text(number: float) -> str:
    """The shortest text that reads back, as lifecycle-run writes it."""
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(float(number))


@dataclass(frozen=True)
class Option:
    """One option of a program, under its one name."""

    name: str
    type: str  # duration, flag, text, choice, number, integer
    unit: str
    default: str
    low: float | None
    high: float | None
    least_above_zero: float  # nothing between 0 and it is allowed
    choices: tuple[str, ...]
    also: tuple[str, ...]  # texts that are allowed beside all that
    may_be_drawn: bool  # whether a random variable of ns-3 is, too
    describes_the_run: bool
    help: str

    def allowed(self) -> str:
        if self.choices:
            return f"allowed are {', '.join(self.choices)}"
        if self.type == "flag":
            return "allowed are true and false"
        if self.type == "text":
            return "allowed is a text"
        drawn = ", or a random variable such as ns3::ExponentialRandomVariable[Mean=0.5]" if self.may_be_drawn else ""
        reach = ""
        if self.low is not None and self.high is not None:
            show = (lambda s: time_text(round(s * 1e9))) if self.type == "duration" else number_text
            reach = f" from {show(self.low)} to {show(self.high)}"
            if self.least_above_zero:
                reach = f", 0 or from {show(self.least_above_zero)} to {show(self.high)}"
        if self.type == "duration":
            return f"allowed is a time{reach} with a unit (ns, us, ms, s, min, h), such as \"30s\"{drawn}"
        return f"allowed is a {'whole ' if self.type == 'integer' else ''}number{reach}{drawn}"

    def text(self, value: Any) -> str:
        """The canonical text of a value as it stands in a sweep file; a BadInput if it is not allowed."""
        text = self._text(value)
        if text is None:
            shown = shortened(json.dumps(value, default=str))
            raise BadInput(f"{self.name}: {shown} is not allowed; {self.allowed()}")
        return text

    def _text(self, value: Any) -> str | None:
        if isinstance(value, str) and (value in self.also or self.is_drawn(value)):
            return value
        if self.type == "flag":
            return {True: "true", False: "false"}[value] if isinstance(value, bool) else None
        if self.type in ("text", "choice"):
            if not isinstance(value, str):
                value = str(value) if isinstance(value, int) and str(value) in self.choices else None
            return None if value is None or (self.choices and value not in self.choices) else value
        if self.type == "duration":
            ns = time_ns(value) if isinstance(value, str) else 0 if value == 0 and not isinstance(value, bool) else None
            return None if ns is None or not self._reaches(ns / 1e9) else time_text(ns)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        if not abs(value) < MOST or not self._reaches(value) or (self.type == "integer" and value != int(value)):
            return None
        return number_text(value)

    def is_drawn(self, text: str) -> bool:
        """Whether it is a random variable, which only the program itself can check."""
        return self.may_be_drawn and text.startswith("ns3::")

    def _reaches(self, value: float) -> bool:
        above = value == 0 or value >= self.least_above_zero
        return above and (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def text_of_result(self, result: Any) -> str:
        """The canonical text of what a formula gave: a time in seconds, a number, a flag, a text."""
        if self.type == "duration" and isinstance(result, (int, float)) and not isinstance(result, bool):
            result = time_text(round(result * 1e9)) if 0 <= result < MOST_S else f"{result} s"
        elif self.type == "integer" and isinstance(result, float) and result.is_integer():
            result = int(result)
        return self.text(result)

    def value(self, text: str) -> Any:
        """What formulas see: seconds, numbers, booleans, texts."""
        if text in self.also or self.is_drawn(text):
            return text
        if self.type == "duration":
            return (time_ns(text) or 0) / 1e9
        if self.type == "integer":
            return int(text)
        if self.type == "number":
            return float(text)
        if self.type == "flag":
            return text == "true"
        return text


def description_of(path: Path) -> dict[str, Any]:
    """What the program prints for --describe=json. The sources of another program than lifecycle-run are not known, so that the file
    and the libraries that it loads become part of its model identity: what was built anew never meets results of before."""
    result = subprocess.run([path, "--describe=json"], capture_output=True, text=True, timeout=60, check=False)
    description = json.loads(result.stdout)
    if description["program"] != CLASSIC:
        hashed = hashlib.sha256(description["model-identity"].encode())
        for file in (path, *_libraries(path)):
            hashed.update(hashlib.sha256(file.read_bytes()).digest())
        description["model-identity"] = hashed.hexdigest()
    return description


def _libraries(path: Path) -> list[Path]:
    """The shared libraries that a program loads, none if it is a script."""
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, timeout=60, check=False).stdout
    return sorted({Path(file) for file in re.findall(r"(/\S+) \(0x", listed)})


class Program:
    """A program and what it can do, read from its own description."""

    def __init__(self, path: str, description: dict[str, Any]) -> None:
        self.path = path
        self.description = description
        self.name = description["program"]
        self.model = description["model-identity"]
        self.ns3_version = description["ns3-version"]
        self.built_with = description["built-with"]
        self.presets = description["presets"]
        self.metrics = {m["name"]: m for m in description["metrics"]}
        self.options = {p["name"]: _option(p) for p in description["parameters"]}

    @classmethod
    def ask(cls, path: Path) -> "Program":
        """Runs the program once, to ask what it is."""
        try:
            return cls(str(path.resolve()), description_of(path.resolve()))
        except (OSError, subprocess.TimeoutExpired, ValueError, LookupError, TypeError) as problem:
            raise BadInput(f"{path}: does not answer --describe=json as lifecycle-run does ({problem!r})") from None

    def option(self, name: str) -> Option:
        """The option of that name; a BadInput with the nearest name if there is none."""
        if name not in self.options:
            raise BadInput(f"{name!r} is no option of {self.name}; the nearest is {nearest(name, self.options)!r}")
        return self.options[name]

    def objection(self, arguments: list[str]) -> str:
        """What the program has against a command line, which it checks and does not run; empty if nothing."""
        told = subprocess.run([self.path, *arguments, "--print-config"], capture_output=True, text=True, timeout=60, check=False)
        return "" if told.returncode == 0 else shortened(told.stderr.strip().rpartition("\n")[2].removesuffix("."), 300)

    def defaults(self, preset: str | None = None) -> dict[str, str]:
        """Text by name of everything that describes a run, but seed, run and what is written beside the summary; with a preset, or
        the one that holds where none is named."""
        values = {p.name: p.default for p in self.options.values() if p.describes_the_run}
        values.update(self.presets.get(preset or values.get("preset", ""), {}))
        values.pop("seed")
        values.pop("run")
        return values


def _option(p: dict[str, Any]) -> Option:
    low, high = p.get("range", (None, None))
    if p["type"] in ("duration", "number", "integer") and low is None:
        low = 0  # the program knows no negative values
    return Option(p["name"], p["type"], p["unit"], p["default"], low, high, p.get("least-above-zero", 0),
                     tuple(p.get("choices", ())), tuple(p.get("also", ())), p.get("or-random-variable", False), p["describes-the-run"], p["help"])  # fmt: skip
