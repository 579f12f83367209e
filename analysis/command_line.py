"""What the command lines have in common: the exit status, one sentence for an error, kinds of arguments."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Callable

from .errors import BadInput

FAILED, MISUSE, INTERRUPTED = 1, 2, 130


def carry_out(name: str, options: argparse.Namespace) -> int:
    """Runs the verb that was chosen; its status, 2 when the input is bad, 130 after Ctrl-C.

    name: What error messages call the command.
    """
    try:
        return options.verb(options) or 0
    except BadInput as problem:
        print(f"{name}: {problem}", file=sys.stderr)
    except BrokenPipeError:
        # The reader of our output has left; keep the interpreter from complaining about it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as problem:
        print(f"{name}: {problem.filename or ''}: {problem.strerror or problem}", file=sys.stderr)
    except KeyboardInterrupt:
        return INTERRUPTED
    return MISUSE


def whole_number(least: int) -> Callable[[str], int]:
    """The kind of an argument that is a whole number from `least`, which is 0 or more."""

    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise argparse.ArgumentTypeError(f"{text!r} is not allowed; allowed is a whole number from {least}")
        return int(text)

    return parse
