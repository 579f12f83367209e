"""The command line: ``./lab experiment VERB ...``. What a verb needs is imported when it runs."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ...base.command_line import FAILED, INTERRUPTED, MOST_SEED, Verbs, add_jobs, carry_out, whole_number
from ...base.errors import BadInput
from ...base.look import Look, add_options


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb; 0 if all verdicts agree or are within bound, 1 if not or something cannot be written, 2 if the input is bad, 130 after Ctrl-C."""
    return carry_out(_parser(), arguments)


def _parser() -> argparse.ArgumentParser:
    verbs = Verbs("experiment", "Asks classic questions and checks the answers.")
    verbs.add("list", _list, "list the questions")
    show = verbs.add("show", _show, "show what an experiment does and what theory says")
    show.add_argument("name", metavar="NAME", help="name of an experiment, or its beginning: e03").completer = _names
    run = verbs.add("run", _run, "carry experiments out and judge them")
    which = run.add_mutually_exclusive_group(required=True)
    which.add_argument("names", metavar="NAME", nargs="*", default=[], help="name of an experiment, or its beginning: e03").completer = _names
    which.add_argument("--all", action="store_true", help="all experiments")
    run.add_argument("--quick", action="store_true", help="fewer runs, so that all of them take some minutes")
    run.add_argument("--seed", type=whole_number(1, MOST_SEED), default=1, metavar="N",
                     help="other random numbers (default: 1); the answers go to NAME-seed-N/")  # fmt: skip
    add_jobs(run)
    run.add_argument("-o", "--output", type=Path, default=Path("experiments"), metavar="DIR",
                     help="where a folder for each goes (default: experiments)")  # fmt: skip
    run.add_argument("--break", dest="broken", action="append", default=[], metavar="NAME=VALUE",
                     help="give an option of the machine another value than theory assumes; the verdict should turn; "
                          "the answers go to NAME-broken/")  # fmt: skip
    add_options(run, labels=False)
    return verbs.parser


def _names(**_: object) -> list[str]:
    """What a shell may complete a name to."""
    from .catalogue import names

    return names()


def _list(_: argparse.Namespace) -> int:
    from .catalogue import load, names

    width = max(map(len, names()))
    for name in names():
        print(f"{name:<{width}}  {load(name).question}")
    return 0


def _show(options: argparse.Namespace) -> int:
    from ...base.program import Program
    from .catalogue import find, load
    from .conduct import Request, planned, sweep_text
    from .size import reason

    name = find(options.name)
    experiment = load(name)
    program = Program.ask(options.program)
    few, many = (planned(name, experiment, program, Path(), Request(quick=quick)) for quick in (True, False))
    print(f"{name}: {experiment.question}")
    if experiment.scaled:
        print(f"\nScaled: {experiment.scaled}")
    for part, quick, full in zip(experiment.parts, few, many):
        print(f"\n--- {part.name}: {full.count} runs of each point" + (f", {quick.count} with --quick" if quick.count < full.count else ""))
        for claim in part.claims:
            print(f"{claim.metric} {'<=' if getattr(claim, 'at_most', False) else '='} {claim.formula}   ({claim.source})")
        if why := reason(part, full.theory):
            print(why)
        print("\n" + sweep_text(part, experiment.question, full.count, seed=1))
    for text in experiment.refutes:
        print(f"Refutes: {text}")
    for wrong, broken in experiment.breakages.items():
        print(f"Turns when {wrong}: " + " ".join(f"--break {name}={value}" for name, value in broken.items()))
    return 0


def _run(options: argparse.Namespace) -> int:
    from ...base.program import Program
    from . import answer
    from .catalogue import find, load, names
    from .conduct import Interrupted, Request, conduct, planned

    chosen = names() if options.all else list(dict.fromkeys(find(name) for name in options.names))
    request = Request(options.quick, options.seed, _broken(options.broken))
    program = Program.ask(options.program)
    plans = {name: planned(name, load(name), program, options.output, request) for name in chosen}  # what is wrong shows before any runs
    if request.broken and not any(conducted.is_broken for parts in plans.values() for conducted in parts):
        raise BadInput(f"--break: {' '.join(options.broken)} is what each of these experiments has anyway; allowed is another value")
    holds = True
    for name, parts in plans.items():
        begin = time.monotonic()
        folder = options.output / request.folder(name)
        try:
            outcome = conduct(name, load(name), request, parts, options.jobs)
        except Interrupted:
            print("experiment: interrupted; the same command goes on from here", file=sys.stderr)
            return INTERRUPTED
        files = answer.write(outcome, folder, Look.of(options))
        print(answer.line(outcome, time.monotonic() - begin))
        print(f"              {answer.sentence(outcome)}")
        print(f"              {files[0]}", flush=True)
        holds = holds and outcome.verdict.holds
    return 0 if holds else FAILED


def _broken(texts: list[str]) -> dict[str, str]:
    broken: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.removeprefix("--").partition("=")
        if not (name and equals):
            raise BadInput(f"--break: {text!r} is not allowed; allowed is NAME=VALUE, such as time-wait-restart=false")
        if name in broken:
            raise BadInput(f"--break: {name} is given twice; allowed is one value, {broken[name]!r} or {value!r}")
        broken[name] = value
    return broken
