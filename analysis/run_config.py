"""`lab run --config FILE`: the options that a TOML file stands for, in front of those of the command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from .errors import BadInput
from .sweep.program import Program
from .toml_file import TomlFile, text_of


def options_of(name: str, text: str, program: Program) -> list[str]:
    """`--msl=30s` for each `msl = "30s"`; a BadInput with the line and the nearest valid name otherwise."""
    file = TomlFile(name, text)
    options = []
    for key, value in file.data.items():
        if isinstance(value, dict):
            raise file.refuse("", key, f"[{key}] is not allowed; allowed are lines such as msl = \"30s\", in no table")
        try:
            options.append(f"--{key}={program.parameter(key).text(value)}")
        except BadInput as problem:
            raise file.refuse("", key, str(problem), None if isinstance(value, list) else value) from None
    return options


def split(arguments: list[str]) -> tuple[str, list[str]]:
    """The one file that `--config` names, and all other arguments."""
    files, others = [], []
    rest = iter(arguments)
    for argument in rest:
        if argument == "--config":
            files.append(next(rest, ""))
        elif argument.startswith("--config="):
            files.append(argument.partition("=")[2])
        else:
            others.append(argument)
    if len(files) != 1 or not files[0]:
        raise BadInput("--config needs one file: --config=FILE.toml")
    return files[0], others


def main(arguments: list[str]) -> int:
    """Becomes the program that the first argument names; 2 when the file is bad."""
    path = Path(arguments[0])
    try:
        name, others = split(arguments[1:])
        try:
            text = text_of(Path(name), "lines such as msl = \"30s\"")
        except BadInput as problem:
            raise BadInput(f"--config: {problem}") from None
        # What the command line says stands last, and so wins.
        options = options_of(name, text, Program.ask(path)) + others
    except BadInput as problem:
        print(f"lifecycle-run: {problem}.", file=sys.stderr)
        return 2
    os.execv(path, [str(path), *options])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
