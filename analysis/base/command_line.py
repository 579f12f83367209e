"""What the command lines have in common: parsers, the exit status, one sentence for an error, kinds of arguments."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from pathlib import Path
from typing import Callable, Sequence

from .errors import BadInput, CannotWrite
from .files import LAB, ROOT

PROGRAM = LAB.removeprefix("./") + " "
FAILED, MISUSE, INTERRUPTED = 1, 2, 130
MOST_JOBS = 1000  # threads, and processes under way
MOST_SEED = 4294944442  # that the random numbers of ns-3 can begin with
# Of writing; where it was a file, `files.write_all` has named it.
OUTPUT_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def parser_of(verb: str, description: str) -> argparse.ArgumentParser:
    """The parser of a verb of `lab`."""
    return argparse.ArgumentParser(prog=f"{PROGRAM}{verb}", description=description)


class _WithVerbs(argparse.ArgumentParser):
    """Its help tells all about each of its verbs."""

    def __init__(self, **more: str) -> None:
        super().__init__(**more)
        self.verbs: list[argparse.ArgumentParser] = []

    def format_help(self) -> str:
        return "\n".join([super().format_help(), *(verb.format_help() for verb in self.verbs)])


class Verbs:
    """The parser of a verb of `lab` that has verbs of its own and works with a program, such as those of sweeps and experiments; and
    the options that several of these have."""

    def __init__(self, verb: str, description: str) -> None:
        self.parser = _WithVerbs(prog=f"{PROGRAM}{verb}", description=description)
        add_program(self.parser, "; it stands before VERB")
        self._verbs = self.parser.add_subparsers(title="verbs", metavar="VERB", required=True, parser_class=argparse.ArgumentParser)

    def add(self, name: str, function: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        """One more verb; `text` says what it does."""
        verb = self._verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        verb.set_defaults(verb=function)
        self.parser.verbs.append(verb)
        return verb


def add_program(parser: argparse.ArgumentParser, more: str = "") -> None:
    parser.add_argument("--program", type=Path, default=ROOT / "build" / "bin" / "lifecycle-run", metavar="FILE",
                        help="what is run in place of lifecycle-run, such as that of another build" + more)  # fmt: skip


def add_jobs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-j", "--jobs", type=whole_number(1, MOST_JOBS), default=os.cpu_count(), metavar="N", help="runs at a time")


def carry_out(parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    """Runs the verb that was chosen; its status, 1 when something cannot be written, 2 when the input is bad, 130
    after Ctrl-C. A shell that completes a line is told what may follow instead."""
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)
    name = parser.prog.removeprefix(PROGRAM)  # as error messages begin
    try:
        _print_anything()
        try:
            options = parser.parse_args(arguments)
        except SystemExit:  # after --help
            sys.stdout.flush()
            raise
        status = options.verb(options) or 0
        sys.stdout.flush()  # at exit it would be too late for a sentence
        return status
    except BadInput as problem:
        return _told(name, problem, MISUSE)
    except CannotWrite as problem:
        return _told(name, problem, FAILED)
    except BrokenPipeError:  # the reader of our output has left
        _discard_output()
        return 0
    except OSError as problem:
        why = problem.strerror or problem
        if problem.filename is None and problem.errno in OUTPUT_ERRORS:
            _discard_output()
            return _told(name, f"standard output: {why}", FAILED)
        return _told(name, f"{problem.filename}: {why}" if problem.filename else why, MISUSE)
    except KeyboardInterrupt:
        return INTERRUPTED


def _told(name: str, sentence: object, status: int) -> int:
    line = str(sentence).replace("\n", "\\n")  # of a value that it quotes
    print(f"{name}: {line}", file=sys.stderr)
    return status


def _print_anything() -> None:
    """What a terminal has no character for is printed as an escape instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _discard_output() -> None:
    """Keeps the interpreter from trying once more, and complaining, at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """The kind of an argument that is a whole number from `least`, which is 0 or more, to `most`."""

    def parse(text: str) -> int:
        fits = text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most
        if not fits:
            raise argparse.ArgumentTypeError(f"{text!r} is not allowed; allowed is a whole number from {least} to {most}")
        return int(text)

    return parse


def some_of(allowed: Sequence[str]) -> Callable[[str], tuple[str, ...]]:
    """The kind of an argument that names some of `allowed`, separated by commas."""

    def parse(text: str) -> tuple[str, ...]:
        names = tuple(dict.fromkeys(text.split(",")))
        unknown = [name for name in names if name not in allowed]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is unknown; choose from {','.join(allowed)}")
        return names

    return parse
