"""Small formulas over parameters and metrics, as they stand in sweep files and after --filter.

Names are written as everywhere else (``keep-idle``, ``time-wait-mean@client``), times with their unit
(``60s``; a time counts in seconds). Because names hold hyphens, a minus needs blanks around it.
"""

from __future__ import annotations

import math
import re
from typing import Any, Mapping

from ..errors import BadInput
from ..run_folder import UNIT_S

FUNCTIONS = {"min": min, "max": max, "abs": abs, "round": round, "floor": math.floor, "ceil": math.ceil,
             "sqrt": math.sqrt, "log": math.log, "log2": math.log2, "exp": math.exp}  # fmt: skip
WORDS = {"and", "or", "not", "in"}
CONSTANTS = {"true": "True", "false": "False"}
TOKEN = re.compile(
    r"""\s*(?:
    (?P<time>\d+(?:\.\d+)?(?:ns|us|ms|min|s|h)(?![a-z0-9]))
  | (?P<number>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?(?![a-z0-9_]))
  | (?P<text>'[^']*'|"[^"]*")
  | (?P<name>[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:@[a-z][a-z0-9]*(?:-[a-z0-9]+)*)?)
  | (?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%<>(),])
    )""",
    re.VERBOSE,
)


class Expression:
    """A compiled formula. ``names`` are what it reads; evaluating it is a call with their values."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: list[str] = []
        at, parts = 0, []
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if not match:
                raise BadInput(f"{text!r}: cannot be understood from {text[at:].strip()!r} on")
            parts.append(self._translated(match))
            at = match.end()
        try:
            self._code = compile(" ".join(parts), "<expression>", "eval")
        except SyntaxError:
            raise BadInput(f"{text!r} is no formula; expected such as \"2 * msl + 60s\"") from None

    def _translated(self, match: re.Match[str]) -> str:
        kind, token = match.lastgroup, match.group(match.lastgroup or 0)
        if kind == "time":
            number, unit = re.fullmatch(r"([0-9.]+)([a-z]+)", token).groups()  # type: ignore[union-attr]
            return repr(float(number) * UNIT_S[unit])
        if kind == "name" and token not in WORDS and token not in FUNCTIONS:
            if token in CONSTANTS:
                return CONSTANTS[token]
            if token not in self.names:
                self.names.append(token)
            return f"_{self.names.index(token)}"
        return token

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """The value, where `values` has the names; a BadInput where it has none."""
        scope: dict[str, Any] = {f"_{i}": values[name] for i, name in enumerate(self.names)}
        try:
            return eval(self._code, {"__builtins__": {}, **FUNCTIONS}, scope)  # of our own tokens only
        except (ArithmeticError, TypeError, ValueError) as problem:
            where = ", ".join(f"{name} = {values[name]!r}" for name in self.names)
            raise BadInput(f"{self.text!r} has no value ({problem}){' for ' + where if where else ''}") from None
