"""What the command lines have in common: the exit status, one sentence for an error, kinds of arguments."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from typing import Callable, Sequence

from .errors import BadInput, CannotWrite

FAILED, MISUSE, INTERRUPTED = 1, 2, 130
MOST_JOBS = 1000  # threads, and processes under way
MOST_SEED = 4294944442  # that the random numbers of ns-3 can begin with
# Of writing; where it was a file, `files.write_all` has named it.
OUTPUT_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}


def carry_out(name: str, parser: argparse.ArgumentParser, arguments: Sequence[str] | None) -> int:
    """Runs the verb that was chosen; its status, 1 when something cannot be written, 2 when the input is bad, 130
    after Ctrl-C.

    name: What error messages call the command.
    """
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
