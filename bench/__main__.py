"""The command line: ``./lab bench [--quick] [-o DIR]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from analysis.base.command_line import FAILED, INTERRUPTED, carry_out, parser_of
from analysis.base.look import Look, add_options

from . import cases, report
from .measuring import Measuring


def main(arguments: list[str] | None = None) -> int:
    """0 whatever the times are; 1 when a program broke or something cannot be written, 2 when the input is bad, 130
    after Ctrl-C, with what was measured until then."""
    return carry_out(_parser(), arguments)


def _parser() -> argparse.ArgumentParser:
    parser = parser_of(
        "bench", "Measures CPU time and memory of connections over our TCP, over ns-3's, and over the floor: the same packets "
        "without TCP. Prints a table; DIR gets bench.json and bench.png.")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="smaller numbers, below 3 minutes")
    parser.add_argument("-o", "--output", type=Path, default=cases.BUILT / "bench-results", metavar="DIR",
                        help="folder to write to (default build/bench-results)")  # fmt: skip
    add_options(parser, formats=("png",), labels=False, captions=False)
    parser.set_defaults(verb=_measure)
    return parser


def _measure(options: argparse.Namespace) -> int:
    measuring = Measuring(options.output, options.quick)
    status = 0
    try:
        measuring.run(cases.timed(options.quick), cases.counted(options.quick))
    except KeyboardInterrupt:
        print("bench: interrupted; this was measured until then:", file=sys.stderr)
        status = INTERRUPTED
    finally:
        measuring.end_progress()
    for problem in dict.fromkeys(measuring.broken):
        print(f"bench: {problem}", file=sys.stderr)
        status = status or FAILED
    print(report.table(measuring.results, options.quick))
    written = report.write(options.output, measuring.results, options.quick, Look.of(options))
    print(f"\nwritten: {', '.join(map(str, written))}")
    return status


if __name__ == "__main__":
    sys.exit(main())
