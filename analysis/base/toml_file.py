"""A TOML file that somebody has written by hand: what is wrong in it is refused with its line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from .errors import BadInput


MOST_CHARACTERS = 1_000_000  # of a file


def text_of(path: Path, expected: str) -> str:
    """What the file holds; a BadInput if it cannot be read or is too large for a file written by hand."""
    try:
        with path.open(encoding="utf-8") as stream:
            text = stream.read(MOST_CHARACTERS + 1)
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or problem
        raise BadInput(f"{path}: cannot be read ({why}); expected {expected}") from None
    if len(text) > MOST_CHARACTERS:
        raise BadInput(f"{path}: larger than {MOST_CHARACTERS} characters; expected {expected}")
    return text


class TomlFile:
    """A text and what it says; a BadInput with the line if it is no TOML."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        try:
            self.data = tomllib.loads(text)
        except RecursionError:
            raise BadInput(f"{name}: not valid TOML: nested too deeply") from None
        except ValueError as problem:  # TOMLDecodeError, or what Python says of a number of thousands of digits
            place = re.search(r"\(at line (\d+), column \d+\)", str(problem))
            line = place.group(1) if place else str(max(1, len(text.splitlines())))
            what = str(problem).partition(" (at ")[0]
            raise BadInput(f"{name}, line {line}: not valid TOML: {what}") from None

    def line(self, table: str, key: str, value: Any = None) -> int:
        """The line on which `key` of `table` stands, or, within its value, the one that shows `value`."""
        lines, here, found = self.text.splitlines(), "", 0
        for number, line in enumerate(lines, 1):
            header = re.fullmatch(r"\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?", line)
            if header:
                here = header.group(1).replace('"', "")
                if f"{table}.{key}".strip(".") == here or (here == key and not table):
                    found = found or number
            elif here == table and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line):
                found = number
                break
        if not found:
            return 1
        if value is not None:
            shown = re.compile(rf"(?<![\w.]){re.escape(value if isinstance(value, str) else repr(value))}(?![\w.])")
            lines[found - 1] = lines[found - 1].partition("=")[2]
            for number in range(found, min(found + 40, len(lines)) + 1):
                if shown.search(lines[number - 1]):
                    return number
        return found

    def refuse(self, table: str, key: str, sentence: str, value: Any = None) -> BadInput:
        return BadInput(f"{self.name}, line {self.line(table, key, value)}: {sentence}")
