"""`lab run --config=FILE`: the options that a TOML file or a manifest stands for, in front of those of the command line."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from .errors import BadInput
from .program import Program
from .run_folder import manifest_of
from .toml_file import TomlFile, text_of

AT_A_TIME = 1_000_000  # octets of an input file
MOST_OCTETS = 2**26  # of an input file, as the program has it


def options_of(name: str, text: str, program: Program) -> list[str]:
    """`--msl=30s` for each `msl = "30s"`; a BadInput with the line and the nearest valid name otherwise."""
    file = TomlFile(name, text)
    options = []
    for key, value in file.data.items():
        if isinstance(value, dict):
            raise file.refuse("", key, f"[{key}] is not allowed; allowed are lines such as msl = \"30s\", in no table")
        try:
            options.append(f"--{key}={program.option(key).text(value)}")
        except BadInput as problem:
            raise file.refuse("", key, str(problem), None if isinstance(value, list) else value) from None
    return options


def options_of_manifest(file: Path, program: Program) -> list[str]:
    """The options that repeat the run; a BadInput where this program, or what it would read, is another one."""
    manifest = manifest_of(file)
    if manifest["program"] != program.name:
        raise BadInput(f"{file}: a run of {manifest['program']}; only one of {program.name} can be repeated")
    if not manifest["parameters"]:
        raise BadInput(f"{file}: tells no options, without which the run cannot be repeated")
    if manifest.get("interrupted"):
        print(f"lifecycle-run: the run of {file} was interrupted at {manifest['end_s']:g} s; this one goes on to its end, or to --stop.",
              file=sys.stderr)  # fmt: skip
    values = manifest["parameters"] | {"seed": manifest["rng-seed"], "run": manifest["rng-run"]}
    if unknown := sorted(values.keys() - program.options.keys()):
        raise BadInput(f"{file}: {', '.join(unknown)} {'is no option' if len(unknown) == 1 else 'are no options'} of {program.name} now")
    for name, told in manifest["input-files"].items():
        found = _fnv1a_64(Path(name))
        if found != told:
            raise BadInput(f"{name}: not the file that the run of {file} read, whose hash is {told}, not {found}")
    return [f"--{name}={value}" for name, value in values.items()]


def _fnv1a_64(path: Path) -> str:
    """The hash of a file as the manifest writes it."""
    number = 0xCBF29CE484222325
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > MOST_OCTETS:
            raise BadInput(f"{path}: no regular file of at most {MOST_OCTETS} octets, as the run read it")
        with path.open("rb") as stream:
            while octets := stream.read(AT_A_TIME):
                for octet in octets:
                    number = (number ^ octet) * 0x100000001B3 % 2**64
    except (OSError, ValueError) as problem:
        raise BadInput(f"{path}: cannot be read ({getattr(problem, 'strerror', None) or problem}); the run read it") from None
    return f"fnv1a-64:{number:016x}"


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
        raise BadInput("--config needs one file, or one run folder: --config=FILE.toml")
    return files[0], others


def main(arguments: list[str]) -> int:
    """Becomes the program that the first argument names; 2 when the file is bad."""
    program = Path(arguments[0])
    try:
        name, others = split(arguments[1:])
        options = _options(name, program)
        # What the command line says stands last, and so wins.
        os.execv(program, [str(program), *options, *others])
    except BadInput as problem:
        print(f"lifecycle-run: {problem}.", file=sys.stderr)
    except (OSError, ValueError) as problem:
        print(f"lifecycle-run: {program} cannot be started with what --config says ({problem}).", file=sys.stderr)
    return 2


def _options(name: str, program: Path) -> list[str]:
    path = Path(name)
    if path.is_dir() or path.suffix == ".json":
        return options_of_manifest(path / "manifest.json" if path.is_dir() else path, Program.ask(program))
    try:
        text = text_of(path, "lines such as msl = \"30s\", or the manifest.json of a run")
    except BadInput as problem:
        raise BadInput(f"--config: {problem}") from None
    return options_of(name, text, Program.ask(program))
