"""What the sweep tool costs, as printed figures: python3 bench/sweep.py [--runs N], on a quiet machine.

Each figure stands beside what it is meant to stay below. Nothing here fails.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from analysis.sweep.coordinator import Coordinator, How  # noqa: E402
from analysis.sweep.engines import DaskEngine, LocalEngine  # noqa: E402
from analysis.sweep.plan import Plan  # noqa: E402
from analysis.base.program import Program  # noqa: E402
from analysis.sweep.store import Store  # noqa: E402
from analysis.sweep.sweep_file import read_sweep  # noqa: E402
from analysis.sweep.worker import Result  # noqa: E402

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
# A refused connection: one SYN, one RST, well below a millisecond of work.
SHORT = 'metrics = ["connections-opened@client"]\n[fixed]\nlisten = false\n[replications]\ncount = {runs}\n'
LARGE = """metrics = ["connections-opened@client"]
[grid]
msl = {{from = "1s", to = "{points}s", step = "1s"}}
[dependent]
stop = "4 * msl"
"""
POINTS = 100_000


def say(what: str, figure: str, goal: str) -> None:
    print(f"{what:62} {figure:>12}   {goal}", flush=True)


def plan_of(text: str) -> Plan:
    program = Program.ask(ROOT / "build" / "bin" / "lifecycle-run")
    return Plan(read_sweep("bench.toml", text, program), program)


def processes_alone(plan: Plan, folder: Path) -> float:
    """Seconds a run if its processes are started and waited for, and nothing else."""
    runs = list(plan.runs())
    begin = time.perf_counter()
    for run in runs:
        options = [*plan.arguments(run), f"--output={folder}/{run.key}", "--quiet"]
        os.waitpid(os.posix_spawn(plan.program.path, [plan.program.path, *options], os.environ), 0)
    took = (time.perf_counter() - begin) / len(runs)
    shutil.rmtree(folder)
    return took


def own_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def with_engine(plan: Plan, make_engine, folder: Path) -> tuple[float, float]:
    """Seconds a run through coordinator, engine and store, one at a time; and CPU seconds of this process."""
    with Store(folder / "a.sqlite", write=True) as store:
        store.admit(plan.program, False)
        (folder / "scratch").mkdir()
        engine = make_engine(folder / "scratch")
        coordinator = Coordinator(plan, store, engine, How(), ROOT)
        begin, cpu = time.perf_counter(), own_cpu()
        outcome = coordinator.carry_out()
        took, cpu = (time.perf_counter() - begin) / outcome.done, (own_cpu() - cpu) / outcome.done
        engine.close()
        assert not outcome.failed
    return took, cpu


@contextlib.contextmanager
def dask_cluster(folder: Path):
    """A scheduler and one worker on loopback: the scheduler's file."""
    file = folder / "scheduler.json"
    python = [sys.executable, "-m"]
    quiet = {"env": ENVIRONMENT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = subprocess.Popen([*python, "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0",
                                  "--no-dashboard", "--scheduler-file", file], **quiet)  # fmt: skip
    worker = subprocess.Popen([*python, "distributed.cli.dask_worker", "--scheduler-file", file, "--host", "127.0.0.1",
                               "--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", folder], **quiet)  # fmt: skip
    try:
        while not file.exists():
            if scheduler.poll() is not None:
                sys.exit(f"bench: {sys.executable} cannot start a dask scheduler; /usr/bin/python3 has Debian's python3-distributed")
            time.sleep(0.1)
        time.sleep(3)
        yield str(file)
    finally:
        for process in (worker, scheduler):
            process.kill()
            process.wait()


def engines(runs: int, folder: Path) -> None:
    plan = plan_of(SHORT.format(runs=runs))
    makes = {"local": lambda scratch: LocalEngine(1, scratch), "fork server": lambda scratch: LocalEngine(1, scratch, True)}
    took: dict[str, float] = {}
    cpu: dict[str, float] = {}
    with dask_cluster(folder) as scheduler:
        makes["dask"] = lambda _: DaskEngine(scheduler, 1)
        for turn in range(3):  # the least of three, taken in turns, so that a busy moment hits none alone
            for name, measure in {"alone": None, **makes}.items():
                here = folder / f"{name}-{turn}"
                here.mkdir()
                took_now, cpu_now = with_engine(plan, measure, here) if measure else (processes_alone(plan, here), 0.0)
                took[name] = min(took.get(name, took_now), took_now)
                cpu[name] = min(cpu.get(name, cpu_now), cpu_now)
    alone = took["alone"]
    say("a process a run, nothing else", f"{alone * 1e3:.2f} ms", "")
    say("local engine, beyond the process", f"{(took['local'] - alone) * 1e3:.2f} ms", "goal: at most 1 ms")
    say("dask engine, beyond the process", f"{(took['dask'] - alone) * 1e3:.2f} ms", "goal: at most 2.5 ms")
    for name in makes:
        say(f"CPU of the coordinator, {name}", f"{cpu[name] * 1e3:.2f} ms", "")
    say("fork server", f"{took['fork server'] * 1e3:.2f} ms", "")
    say("fork server, runs a second against a process a run", f"{alone / took['fork server']:.1f} x", "goal: at least 5 x")


def planning(folder: Path) -> None:
    text = LARGE.format(points=POINTS)
    plan = plan_of(text)
    file, store_file = folder / "large.toml", folder / "large.sqlite"
    file.write_text(text)
    with Store(store_file, write=True) as store:
        store.admit(plan.program, False)
        environment = ("bench",) * 7
        store.insert((Result(run.key, {"connections-opened@client": 1.0}, argv=[]), {"msl": run.point.given["msl"]}, 1,
                      run.rng_run, plan.program.model, environment) for run in plan.runs())  # fmt: skip
    begin = time.perf_counter()
    told = subprocess.run([sys.executable, "-m", "analysis", "sweep", "plan", file, "-o", store_file], env=ENVIRONMENT, check=True,
                          capture_output=True, text=True).stdout  # fmt: skip
    took = time.perf_counter() - begin
    assert told.startswith(f"{POINTS} runs of {POINTS} points; {POINTS} are done already"), told
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    say(f"planning {POINTS} runs, all of them done", f"{took:.2f} s", "goal: below 3 s")
    say("its peak memory", f"{peak / 1e6:.0f} MB", "goal: below 500 MB")


def help_text() -> None:
    times = []
    for _ in range(10):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-m", "analysis", "sweep", "--help"], env=ENVIRONMENT, check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    say("sweep --help, median of 10", f"{sorted(times)[5] * 1e3:.0f} ms", "goal: below 150 ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="runs for each engine and turn")
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        help_text()
        planning(Path(folder))
        engines(options.runs, Path(folder))


if __name__ == "__main__":
    main()
