"""Small formulas over options and metrics, as they stand in sweep files and after --filter.

Names are written as everywhere else (``keep-idle``, ``time-wait-mean@client``), times with their unit
(``60s``; a time counts in seconds). Because names hold hyphens, a minus needs blanks around it.
"""

from __future__ import annotations

import ast
import math
import re
from typing import Any, Mapping

from ..base.errors import BadInput
from ..base.times import UNIT, time_ns

FUNCTIONS = {"min": min, "max": max, "abs": abs, "round": round, "floor": math.floor, "ceil": math.ceil,
             "sqrt": math.sqrt, "log": math.log, "log2": math.log2, "exp": math.exp}  # fmt: skip
WORDS = {"and", "or", "not", "in"}
CONSTANTS = {"true": "True", "false": "False"}
TOKEN = re.compile(
    rf"""\s*(?:
    (?P<time>[0-9]+(?:\.[0-9]+)?(?:{UNIT})(?![a-z0-9]))
  | (?P<number>[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?(?![a-z0-9_]))
  | (?P<text>'[^']*'|"[^"]*")
  | (?P<name>[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:@[a-z][a-z0-9]*(?:-[a-z0-9]+)*)?)
  | (?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%<>(),])
    )""",
    re.VERBOSE,
)


MOST_CHARACTERS = 1000


class NoValue(BadInput):
    """A formula that cannot be computed for the values at hand."""


def number(value: Any) -> float:
    """An operand. Only numbers are, and all of them as floats, so that no operation takes long or much memory."""
    if not isinstance(value, (int, float)):
        raise TypeError(f"{value!r} is no number")
    return float(value)


class _Checked(ast.NodeTransformer):
    """Passes every operand through `number`, and refuses to call what is no function."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        node.left, node.right = self._operand(node.left), self._operand(node.right)
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Not):
            node.operand = self._operand(node.operand)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS:
            raise SyntaxError
        self.generic_visit(node)
        return node

    @staticmethod
    def _operand(node: ast.expr) -> ast.expr:
        return ast.Call(ast.Name("number", ast.Load()), [node], [])


class Expression:
    """A compiled formula. ``names`` are what it reads; evaluating it is a call with their values."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: list[str] = []
        if len(text) > MOST_CHARACTERS:
            raise BadInput(f"a formula of {len(text)} characters is not allowed; allowed are up to {MOST_CHARACTERS}")
        at, parts = 0, []
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if not match:
                raise BadInput(f"{text!r}: cannot be understood from {text[at:].strip()!r} on")
            parts.append(self._translated(match))
            at = match.end()
        try:
            tree = ast.parse(" ".join(parts), mode="eval")
            self._code = compile(ast.fix_missing_locations(_Checked().visit(tree)), "<expression>", "eval")
        except (SyntaxError, RecursionError, MemoryError):  # the last two: nested too deeply
            raise BadInput(f"{text!r} is no formula; expected such as \"2 * msl + 60s\"") from None

    def _translated(self, match: re.Match[str]) -> str:
        kind, token = match.lastgroup, match.group(match.lastgroup or 0)
        if kind == "time":
            ns = time_ns(token)
            if ns is None:
                raise BadInput(f"{self.text!r}: {token} has too many digits for a time; allowed are 19, and 9 behind the point")
            return repr(ns / 1e9)
        if kind == "number":
            value = float(token)
            if math.isinf(value):
                raise BadInput(f"{self.text!r}: {token} is too large for a number")
            return repr(value)
        if kind == "name" and token not in WORDS and token not in FUNCTIONS:
            if token in CONSTANTS:
                return CONSTANTS[token]
            if token not in self.names:
                self.names.append(token)
            return f"_{self.names.index(token)}"
        return token

    def __call__(self, values: Mapping[str, Any]) -> Any:
        """The value, where `values` has the names: a finite number, a truth or a text. A NoValue where it has none."""
        scope: dict[str, Any] = {f"_{i}": values[name] for i, name in enumerate(self.names)}
        try:
            value = eval(self._code, {"__builtins__": {}, "number": number, **FUNCTIONS}, scope)  # of our own tokens only
            if not isinstance(value, str) and not math.isfinite(value):
                raise ArithmeticError(f"it is {value}")
            return value
        except (ArithmeticError, TypeError, ValueError) as problem:
            where = ", ".join(f"{name} = {values[name]!r}" for name in self.names)
            raise NoValue(f"{self.text!r} has no value ({str(problem).removeprefix('float ')}){' for ' + where if where else ''}") from None
