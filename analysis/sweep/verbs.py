"""The command line: ``./lab sweep VERB ...``. What a verb needs is imported when it runs."""

from __future__ import annotations

import argparse
import math
import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.command_line import FAILED, INTERRUPTED, Verbs, add_jobs, carry_out, whole_number
from ..base.errors import BadInput, NothingToDraw
from ..base.files import LAB, ROOT
from ..base.look import Look, add_options
from ..base.times import duration_text

if TYPE_CHECKING:
    from ..base.program import Program
    from .plan import Plan
    from .store import Store
    from .sweep_file import Sweep


def main(arguments: list[str] | None = None) -> int:
    """Runs one verb; 0 when it went well, 1 if runs failed or something cannot be written, 2 when the input is bad, 130 after Ctrl-C."""
    return carry_out(_parser(), arguments)


# ---- the parser


def _parser() -> argparse.ArgumentParser:
    verbs = Verbs("sweep", "Plans, runs and reports parameter sweeps.")

    def verb(name, function, text, store="needs"):
        sub = verbs.add(name, function, text)
        sub.add_argument("-o", "--store", type=Path, metavar="DB", required=store == "required",
                         help="the store" + ("" if store == "required" else " (default: the one *.sqlite here)"))  # fmt: skip
        return sub

    def file(sub, **more):
        sub.add_argument("file", type=Path, metavar="FILE", help="the sweep file", **more)

    def filtered(sub):
        sub.add_argument("--filter", metavar="EXPR", help="only points for which it holds: 'msl < 30s and loss == 0'")

    def which(sub):
        file(sub, nargs="?")
        filtered(sub)

    def carrying_out(sub):
        add_jobs(sub)
        sub.add_argument("--engine", choices=("local", "fork-server", "dask"), default="local",
                         help="a process a run (the default), a child of a fork server a run, or dask")  # fmt: skip
        sub.add_argument("--scheduler", metavar="WHERE", help="address or file of a dask scheduler (default: one in here)")
        sub.add_argument("--retries", type=whole_number(0, 1000), default=0, metavar="R", help="times a failed run is tried again")
        policy = sub.add_mutually_exclusive_group()
        policy.add_argument("--fail-fast", action="store_true", help="stop at the first run that fails")
        policy.add_argument("--keep-going", action="store_true", help="do all that can be done (the default)")
        sub.add_argument("--accept-build", action="store_true", help="keep runs of different builds in one store")

    plan = verb("plan", _plan, "say what a sweep file would run, and run nothing")
    file(plan)
    filtered(plan)
    plan.add_argument("--shard", metavar="i/N", help="only part i of N")
    shown = plan.add_mutually_exclusive_group()
    shown.add_argument("--list", action="store_true", help="list every run")
    shown.add_argument("--commands", action="store_true", help="print one shell line a run, for GNU parallel")

    run = verb("run", _run, "run what the store lacks of a sweep", "required")
    file(run)
    filtered(run)
    run.add_argument("--shard", metavar="i/N", help="only part i of N; merge puts the stores together")
    carrying_out(run)

    file(verb("status", _status, "say how far the sweeps of a store are"), nargs="?")
    ls = verb("ls", _ls, "list the runs of a store")
    ls.add_argument("--failed", action="store_true", help="only those that failed, and why")
    which(ls)
    logs = verb("logs", _logs, "print what a failed run said")
    logs.add_argument("key", metavar="KEY", help="the key of the run, or its beginning")
    show = verb("show", _show, "print all about one run")
    show.add_argument("key", metavar="KEY", help="the key of the run, or its beginning")
    show.add_argument("--command", action="store_true", help="the exact command, also under gdb and valgrind")
    rerun = verb("rerun", _rerun, "try failed runs again")
    rerun.add_argument("--failed", action="store_true", required=True, help="those that have only failed so far")
    file(rerun, nargs="?")
    carrying_out(rerun)
    merge = verb("merge", _merge, "put stores together", "required")
    merge.add_argument("stores", type=Path, nargs="+", metavar="DB", help="stores to take from")
    merge.add_argument("--accept-build", action="store_true", help="keep runs of different builds in one store")
    export = verb("export", _export, "write a tidy table")
    which(export)
    export.add_argument("--to", type=Path, metavar="OUT", help="*.csv or *.parquet (default: CSV to standard output)")
    what = export.add_mutually_exclusive_group()
    what.add_argument("--results", action="store_true", help="keys and metrics alone, of the whole store")
    what.add_argument("--points", action="store_true",
                      help="a row for each metric of each point: n, missing, mean, interval, closed form")  # fmt: skip
    page = "write one HTML file: question, options, tables, figures, provenance"
    for name, function, text in (("plot", _plot, "draw the figures of a sweep"), ("report", _report, page)):
        sub = verb(name, function, text)
        which(sub)
        sub.add_argument("--to", type=Path, metavar="OUT", help="where to (default: beside the store)")
        if function is _plot:
            sub.add_argument("--only", type=whole_number(1, 1000), metavar="N", help="the N-th figure of the sweep file alone")
            add_options(sub)
    verb("gc", _gc, "forget failed attempts that succeeded since, and files nobody owns")
    return verbs.parser


# ---- what verbs share


def _read(path: Path, program: "Program") -> "Sweep":
    from .sweep_file import read_sweep

    # Bytes of a name that are no UTF-8 have no place in a store or a page.
    return read_sweep(os.fsencode(path.name).decode("utf-8", "replace"), _text(path), program)


def _text(path: Path) -> str:
    from ..base.toml_file import text_of

    return text_of(path, "a sweep file")


def _program_of(options: argparse.Namespace, store: "Store | None" = None) -> "Program":
    """The program, as it is now, that FILE or the sweep that was run last into the store names; else the one of --program."""
    from ..base.program import Program
    from .sweep_file import names_program, program_of

    if store and not options.file:
        is_named = names_program(*_last_sweep(store))
        return Program.ask(Path(store.program().path) if is_named else options.program)
    return Program.ask(program_of(options.file, _text(options.file), options.program))


def _the_store(options: argparse.Namespace) -> Path:
    if options.store:
        return options.store
    here = sorted(Path().glob("*.sqlite"))
    if len(here) != 1:
        raise BadInput(f"{'no' if not here else 'more than one'} *.sqlite in this folder; name the store with -o DB")
    return here[0]


def _reading(options: argparse.Namespace) -> "Store":
    from .store import Store

    return Store(_the_store(options))


def _plan_of_file(options: argparse.Namespace) -> "Plan":
    """What is to run of FILE."""
    from .plan import Plan, Shard, matches

    program = _program_of(options)
    sweep = _read(options.file, program)
    condition = matches(options.filter, program) if options.filter else None
    return Plan(sweep, program, condition, Shard.parse(options.shard) if options.shard else None)


def _planned(options: argparse.Namespace, store: "Store") -> "Plan":
    """The plan of FILE, or of the sweep that was run last into the store, with the program of the runs there."""
    from .plan import Plan, matches

    program = store.program()
    condition = getattr(options, "filter", None)
    return Plan(_sweep(options, store, program), program, matches(condition, program) if condition else None)


def _sweep(options: argparse.Namespace, store: "Store", program: "Program") -> "Sweep":
    """FILE, or the sweep that was run last into the store."""
    from .sweep_file import read_sweep

    if options.file:
        return _read(options.file, program)
    return read_sweep(*_last_sweep(store), program)


def _last_sweep(store: "Store") -> tuple[str, str]:
    """Name and text."""
    sweeps = store.sweeps()
    if not sweeps:
        raise BadInput(f"{store.path}: no sweep was run into it; name a FILE")
    return sweeps[0]


def _results(plan: "Plan", store: "Store"):
    from .coordinator import results_of

    metrics = store.metrics() if plan.is_adaptive else {}
    return lambda point: results_of(plan, point, metrics)


# ---- verbs


def _plan(options: argparse.Namespace) -> int:
    from .store import Store

    plan = _plan_of_file(options)
    path = options.store
    store = Store(path) if path and path.is_file() else None
    done = store.done(plan.sweep.metrics) if store else set()
    runs = list(plan.runs(_results(plan, store) if store else None))
    if options.commands:
        for run in runs:
            if run.key not in done:
                print(shlex.join([plan.program.path, *plan.arguments(run), f"--output={run.key}", "--quiet"]))
        return 0
    if options.list:
        print("\t".join(["key", "done", *plan.sweep.varied, "run"]))
        for run in runs:
            print("\t".join([run.key[:12], "yes" if run.key in done else "no", *run.point.varied, str(run.rng_run)]))
        return 0
    have = sum(run.key in done for run in runs)
    print(f"{len(runs)} runs of {len(plan.points)} points{' at least' if plan.is_adaptive else ''}; {have} are done already")
    known, busy_s = store.work() if store else (0, 0.0)
    if have < len(runs):
        left_s = (len(runs) - have) * busy_s / max(known, 1) / (os.cpu_count() or 1)
        print(f"estimated time: {duration_text(left_s)} with -j {os.cpu_count()}" if known else
              "estimated time: not known before some runs are in the store (-o DB)")  # fmt: skip
    return 0


def _run(options: argparse.Namespace) -> int:
    return _carry_out(_plan_of_file(options), options, only_failed=False)


def _rerun(options: argparse.Namespace) -> int:
    from .plan import Plan

    with _reading(options) as store:
        program = _program_of(options, store)
        sweep = _sweep(options, store, program)
    options.store = store.path
    return _carry_out(Plan(sweep, program), options, only_failed=True)


def _carry_out(plan: "Plan", options: argparse.Namespace, only_failed: bool) -> int:
    from .coordinator import Coordinator, How, scratch_of
    from .engines import DaskEngine, LocalEngine
    from .store import Store

    if options.scheduler and options.engine != "dask":
        raise BadInput(f"--scheduler: {options.scheduler!r} needs --engine dask")
    with Store(options.store, write=True) as store:
        store.admit(plan.program, options.accept_build)
        store.remember(plan.sweep)
        if options.engine == "dask":
            engine = DaskEngine(options.scheduler, options.jobs)
        else:
            scratch = scratch_of(store)
            engine = LocalEngine(options.jobs, scratch, options.engine == "fork-server")
        try:
            how = How(options.retries, options.fail_fast, only_failed)
            outcome = Coordinator(plan, store, engine, how, ROOT).carry_out()
            untold = _untold(plan, store)
        except BaseException:
            engine.kill()
            raise
        finally:
            engine.close()
            if options.engine != "dask":
                shutil.rmtree(scratch, ignore_errors=True)
    done, failed = outcome.done, len(outcome.failed)
    print(f"sweep: {done} runs done, {failed} failed; they are in {options.store}", file=sys.stderr)
    for name, count in untold.items():
        print(f"sweep: {name} has no value in any of {count} runs: none of them could tell it, or none has a host of that name", file=sys.stderr)
    if failed:
        key, message = next(iter(outcome.failed.items()))
        print(f"sweep: the first: {key[:12]}: {message}; '{LAB} sweep ls --failed -o {options.store}' lists all", file=sys.stderr)
    if outcome.interrupted:
        print("sweep: interrupted; the same command goes on from here", file=sys.stderr)
        return INTERRUPTED
    return FAILED if failed else 0


def _untold(plan: Plan, store: Store) -> dict[str, int]:
    """The metrics of a sweep that no run of the store tells, and how many runs they were kept of."""
    kept = list(store.metrics().values())
    values = {name: [run[name] for run in kept if name in run] for name in plan.sweep.metrics}
    return {name: len(of) for name, of in values.items() if of and all(map(math.isnan, of))}


def _status(options: argparse.Namespace) -> int:
    from .plan import Plan
    from .sweep_file import read_sweep

    with _reading(options) as store:
        program = store.program()
        failed = {row[0] for row in store.failed()}
        sweeps = [_read(options.file, program)] if options.file else [read_sweep(*s, program) for s in store.sweeps()]
        for sweep in sweeps:
            plan = Plan(sweep, program)
            done = store.done(sweep.metrics)
            keys = [run.key for run in plan.runs(_results(plan, store))]
            have, bad = sum(k in done for k in keys), sum(k in failed for k in keys)
            print(f"{sweep.name}: {have} of {len(keys)} runs done, {bad} failed, {len(keys) - have - bad} to do")
        total, busy = store.work()
        print(f"{store.path}: {total} runs, {duration_text(busy)} of work; models {', '.join(m[:12] for m in store.models())}")
    return 0


def _ls(options: argparse.Namespace) -> int:
    with _reading(options) as store:
        plan = _planned(options, store)
        failed = {row[0]: row for row in store.failed()}
        done = store.done(plan.sweep.metrics)
        print("\t".join(["key", "state", *plan.sweep.varied, "run", *(["why"] if options.failed else [])]))
        for run in plan.runs(_results(plan, store)):
            state = "done" if run.key in done else "failed" if run.key in failed else "to do"
            if options.failed and state != "failed":
                continue
            cells = [run.key[:12], state, *run.point.varied, str(run.rng_run)]
            if options.failed:
                _, _, _, message, attempts, _ = failed[run.key]
                cells.append(f"{message} ({attempts} attempt{'s' * (attempts != 1)})")
            print("\t".join(cells))
    return 0


def _logs(options: argparse.Namespace) -> int:
    with _reading(options) as store:
        key = store.find(options.key)
        attempts = store.attempts(key)
        if not attempts:
            print(f"{key[:12]} never failed; what a run that succeeds says is not kept")
        for it in attempts:
            print(f"{it.utc} on {it.host}: {it.message} ({it.stderr})")
            print(it.stderr.read_text(errors="replace") if it.stderr.is_file() else "its output is not here", end="")
    return 0


def _show(options: argparse.Namespace) -> int:
    with _reading(options) as store:
        key = store.find(options.key)
        run, attempts = store.run(key), store.attempts(key)
        argv = run.argv if run else attempts[-1].argv
        if options.command:
            line = shlex.join([*argv, f"--output={key[:12]}"])
            print(line)
            print(f"gdb --args {line}")
            print(f"valgrind {line}")
            return 0
        print(f"key\t{key}")
        if run:
            told = {"state": "done", "model": run.model, "rng-seed": run.rng_seed, "rng-run": run.rng_run, "utc": run.utc,
                    "host": run.host, "cpu": run.cpu, "wall time [s]": f"{run.wall_s:.3f}",
                    "module commit": f"{run.module_commit} ({run.dirty})", "ns-3": run.ns3_version, "built with": run.built_with,
                    "tool version": run.tool_version, "command": shlex.join(argv)}  # fmt: skip
            units = store.units()
            told |= {f"{name} [{units.get(name, '')}]": "no value" if value is None else repr(value) for name, value in run.metrics.items()}
            told |= {f"--{name}": text for name, text in run.options.items()}
        else:
            told = {"state": f"failed, {len(attempts)} attempts", "command": shlex.join(argv)}
        for name, value in told.items():
            print(f"{name}\t{value}")
    return 0


def _merge(options: argparse.Namespace) -> int:
    from .store import Store

    with Store(options.store, write=True) as store:
        for path in options.stores:
            if path.resolve() == options.store.resolve():
                raise BadInput(f"{path}: cannot be merged into itself")
            with Store(path) as other:
                new = store.merge(other, options.accept_build)
            print(f"sweep: {new} new runs from {path} are in {options.store}", file=sys.stderr)
    return 0


def _export(options: argparse.Namespace) -> int:
    from . import tables
    from .points import points_table

    with _reading(options) as store:
        if options.results:
            table = tables.results_table(store)
        else:
            plan = _planned(options, store)
            table = points_table(plan, store) if options.points else tables.tidy_table(plan, store)
        tables.write(table, options.to)
        for sentence in () if options.results or options.points else tables.without_value(table):
            print(f"sweep: {sentence}", file=sys.stderr)
    if options.to:
        print(options.to)
    return 0


def _plot(options: argparse.Namespace) -> int:
    from ..base import picture
    from ..base.files import write_all
    from ..base.progress import Progress
    from .figures import draw
    from .tables import estimates

    with _reading(options) as store:
        plan = _planned(options, store)
        if not plan.sweep.figures:
            raise BadInput(f"{plan.sweep.name}: names no figure; add a [[figure]]")
        to = options.to or Path(f"{store.path}.figures")
        table = estimates(plan, store)
    specs = [(i, spec) for i, spec in enumerate(plan.sweep.figures, 1) if options.only in (None, i)]
    if not specs:
        raise BadInput(f"--only: {options.only} is not allowed; {plan.sweep.name} names {len(plan.sweep.figures)} figures")
    look = Look.of(options)
    look.of_one_figure(len(specs), "--only")
    files: dict[Path, bytes] = {}
    left_out = []
    with look.taken(), Progress("sweep", "figure", len(specs)) as progress:
        for i, spec in specs:
            try:
                files |= picture.files(to / f"{i}-{spec.metric.partition('@')[0]}", draw(table, spec), look.formats)
            except NothingToDraw as problem:
                left_out.append(problem)
            progress.step()
    if not files:
        raise left_out[0]
    for problem in left_out:
        print(f"sweep: a figure is left out: {problem}", file=sys.stderr)
    write_all(files)
    print(*files, sep="\n")
    return 0


def _report(options: argparse.Namespace) -> int:
    from ..base.files import write_all
    from .report import report
    from .tables import estimates

    with _reading(options) as store:
        plan = _planned(options, store)
        to = options.to or Path(f"{store.path}.html")
        page = report(plan, store, estimates(plan, store))
    write_all({to: page.encode("utf-8")})
    print(to)
    return 0


def _gc(options: argparse.Namespace) -> int:
    from .store import Store

    path = _the_store(options)
    if not path.is_file():
        raise BadInput(f"{path}: no such file")
    with Store(path, write=True) as store:
        attempts, files = store.collect_garbage()
    print(f"sweep: {attempts} failed attempts forgotten, {files} files removed", file=sys.stderr)
    return 0
