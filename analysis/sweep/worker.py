"""Doing one run, as a pure function of its task. Engines call it, here or on another machine.

Only the standard library: a dask worker needs nothing else of us.
"""

from __future__ import annotations

import functools
import json
import math
import os
import platform
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Callable

from ..base.program import description_of

STDERR_KEPT = 64 * 1024  # octets of what a failed run said


@dataclass
class Task:
    """One run to do. Plain values only, so that it travels."""

    key: str
    program: str
    model: str
    arguments: list[str]
    metrics: list[str]
    counts: list[str]  # of the metrics those that are 0 where the summary has none
    timeout_s: float
    memory_bytes: int
    keep: str = ""  # where the run folder goes; empty: it is thrown away
    may_lack: list[str] = field(default_factory=list)  # of the metrics those that may have no value, such as the mean of nothing


@dataclass
class Result:
    """What became of a task: metrics, or why there are none."""

    key: str
    metrics: dict[str, float | None] = field(default_factory=dict)  # None: it has no value
    units: dict[str, str] = field(default_factory=dict)
    counterfactuals: list[str] = field(default_factory=list)  # of all stacks, as the manifest names them
    wall_s: float = 0.0
    utc: str = ""
    host: str = ""
    cpu: str = ""
    argv: list[str] = field(default_factory=list)
    failure: str = ""  # exit, signal, timeout, result, program
    code: int = 0
    message: str = ""
    stderr: str = ""

    @property
    def ok(self) -> bool:
        return not self.failure


class Failure(Exception):
    """Why a run gave no result."""

    def __init__(self, kind: str, code: int, message: str) -> None:
        super().__init__(message)
        self.kind, self.code = kind, code


# How to run a list of options: (program, options, file for stderr, timeout [s], memory [octets]).
Runner = Callable[[str, list[str], str, float, int], None]


def execute(task: Task, scratch: str | None = None, runner: Runner | None = None) -> Result:
    """Does one run in a folder of its own under `scratch`, which is gone afterwards."""
    result = Result(task.key, argv=[task.program, *task.arguments], host=platform.node(), cpu=_cpu(),
                    utc=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))  # fmt: skip
    begin = time.perf_counter()
    folder = ""
    try:
        if model_of(task.program) != task.model:
            raise Failure("program", 0, f"{task.program} on {result.host} is another build than the coordinator's")
        folder = tempfile.mkdtemp(prefix=task.key[:12] + "-", dir=scratch)
        options = [*task.arguments, f"--output={folder}/run", "--quiet"]
        (runner or run_process)(task.program, options, f"{folder}/stderr", task.timeout_s, task.memory_bytes)
        result.metrics, result.units, result.counterfactuals = read_result(Path(folder, "run"), task)
        if task.keep:
            _keep(Path(folder, "run"), Path(task.keep))
    except Failure as failure:
        result.failure, result.code, result.message = failure.kind, failure.code, str(failure)
    except OSError as problem:
        result.failure, result.message = "result", f"{problem.filename or folder}: {problem.strerror or problem}"
    except Exception as problem:  # whoever waits for a result must get one
        result.failure, result.message = "result", f"the run left what cannot be read ({problem!r:.200})"
    if folder:
        if result.failure:
            result.stderr = _tail(Path(folder, "stderr"))
        shutil.rmtree(folder, ignore_errors=True)
    result.wall_s = time.perf_counter() - begin
    return result


def execute_plain(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`execute` one after another with dictionaries, for engines that send both over a network."""
    return [asdict(execute(Task(**task))) for task in tasks]


def model_of(program: str) -> str:
    """The model identity that a program says it was built from; asked again when the file has changed."""
    try:
        stat = os.stat(program)
    except OSError as problem:
        raise Failure("program", 0, f"{program}: {problem.strerror}") from None
    return _model_of(program, stat.st_mtime_ns, stat.st_ino)


@functools.lru_cache(maxsize=16)
def _model_of(program: str, _changed: int, _inode: int) -> str:
    try:
        return description_of(Path(program))["model-identity"]
    except (OSError, ValueError, LookupError, TypeError, subprocess.TimeoutExpired) as problem:
        raise Failure("program", 0, f"{program} does not answer --describe=json ({problem!r})") from None


@functools.lru_cache(maxsize=1)
def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.machine()


# ---- processes

_running: set[int] = set()
_running_lock = threading.Lock()


def kill_all() -> None:
    """Kills every run that is under way in this process."""
    with _running_lock:
        for pid in _running:
            os.killpg(pid, signal.SIGKILL)


def run_process(program: str, options: list[str], stderr: str, timeout_s: float, memory_bytes: int) -> None:
    """Runs the program to its end in a session of its own; a Failure if it fails, or takes too long or too much."""
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666),
    ]
    with _running_lock:
        pid = os.posix_spawn(program, [program, *options], os.environ, file_actions=actions, setsid=True)
        _running.add(pid)
    try:
        _limit(pid, timeout_s, memory_bytes)
        pidfd = os.pidfd_open(pid)
        try:
            poll = select.poll()
            poll.register(pidfd, select.POLLIN)
            timed_out = not poll.poll(timeout_s * 1000)
        finally:
            os.close(pidfd)
        if timed_out:
            os.killpg(pid, signal.SIGKILL)
    finally:
        # Reaped under the lock, so that nobody kills a process that has inherited the number.
        with _running_lock:
            _, status = os.waitpid(pid, 0)
            _running.discard(pid)
    if timed_out:
        raise Failure("timeout", 0, f"not finished after {timeout_s:g} s")
    check_status(os.waitstatus_to_exitcode(status))


def _limit(pid: int, timeout_s: float, memory_bytes: int) -> None:
    try:
        resource.prlimit(pid, resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        # Ends a run that has lost its coordinator and goes on for ever.
        cpu_s = math.ceil(timeout_s) + 1
        resource.prlimit(pid, resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    except ProcessLookupError:
        pass  # it has ended already


def check_status(code: int) -> None:
    """`code` as subprocess has it: negative for a signal."""
    if code < 0:
        raise Failure("signal", -code, f"ended by {signal.Signals(-code).name}")
    if code > 0:
        raise Failure("exit", code, f"ended with status {code}")


class ForkServer:
    """A runner that asks one `lifecycle-run --serve` to fork a child for each run."""

    def __init__(self, program: str) -> None:
        # All symbols are bound once instead of once in every child.
        self.process = subprocess.Popen([program, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env={**os.environ, "LD_BIND_NOW": "1"}, start_new_session=True)  # fmt: skip
        with _running_lock:
            _running.add(self.process.pid)

    def __call__(self, program: str, options: list[str], stderr: str, timeout_s: float, memory_bytes: int) -> None:
        assert self.process.stdin and self.process.stdout
        request = {"arguments": options, "stderr": stderr, "timeout_s": timeout_s, "memory_bytes": memory_bytes}
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        except (OSError, ValueError):
            raise Failure("lost", 0, "the fork server has gone") from None
        if "timeout" in answer:
            raise Failure("timeout", 0, f"not finished after {timeout_s:g} s")
        check_status(-answer["signal"] if "signal" in answer else answer["exit"])

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        with _running_lock:
            _running.discard(self.process.pid)
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.close()
        except OSError:
            pass
        self.process.wait()
        self.process.stdout.close()


# ---- results


def read_result(folder: Path, task: Task) -> tuple[dict[str, float | None], dict[str, str], list[str]]:
    """The metrics asked for, their units, and the names of counterfactuals; a Failure if the folder does not hold what it should.

    That a metric has no value is a result, too.
    """
    manifest, summary = (_json(folder / name) for name in ("manifest.json", "summary.json"))
    told = {**_of_kind(dict, manifest, "parameters", "manifest.json"),
            "seed": str(manifest.get("rng-seed")), "run": str(manifest.get("rng-run"))}  # fmt: skip
    is_stock = "--stack=stock" in task.arguments
    for option in task.arguments:
        name, _, text = option.removeprefix("--").partition("=")
        if is_stock and name not in told:
            continue  # it does not tell of options that ns-3's own TCP has not
        if told.get(name) != text:
            raise Failure("result", 0, f"manifest.json: {name} is {told.get(name)!r:.200}, but {text!r} was asked for")
    stacks = _of_kind(list, manifest, "stacks", "manifest.json")
    unlike = [stack.get("counterfactuals") if isinstance(stack, dict) else None for stack in stacks]
    if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in unlike):
        raise Failure("result", 0, "manifest.json: a stack has no list of names of counterfactuals")
    metrics: dict[str, float | None] = {}
    units = {}
    listed = _of_kind(list, summary, "metrics", "summary.json")
    found = {f"{m.get('name')}@{m.get('host')}": m for m in listed if isinstance(m, dict)}
    for name in task.metrics:
        if name not in found and _has_no_value(name, manifest, task, is_stock):
            metrics[name] = None
            continue
        metric = found.get(name, {"value": 0, "unit": ""} if name in task.counts else {})
        value, unit = metric.get("value"), metric.get("unit")
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e300:
            raise Failure("result", 0, f"summary.json: no number for {name}")
        if not isinstance(unit, str):
            raise Failure("result", 0, f"summary.json: no unit for {name}")
        metrics[name] = float(value)
        if unit:
            units[name] = unit
    return metrics, units, list(dict.fromkeys(name for names in unlike for name in names))


def _has_no_value(name: str, manifest: dict[str, Any], task: Task, is_stock: bool) -> bool:
    """Whether a metric that the summary lacks may be lacking: of nothing there is no mean, ns-3's own TCP does not tell
    all, and the host may not be in this run."""
    hosts = _of_kind(list, manifest, "hosts", "manifest.json")
    is_here = any(isinstance(host, dict) and host.get("name") == name.partition("@")[2] for host in hosts)
    of_stock = is_stock and name not in task.counts
    return name in task.may_lack or of_stock or not is_here


def _of_kind(kind: type, whole: dict[str, Any], key: str, file: str) -> Any:
    """A part of `whole` that must be a list or an object, and may be missing."""
    value = whole.get(key, kind())
    if not isinstance(value, kind):
        raise Failure("result", 0, f"{file}: {key} is of the wrong type")
    return value


def _json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise Failure("result", 0, f"{file.name}: the run wrote none") from None
    except (ValueError, RecursionError) as problem:
        raise Failure("result", 0, f"{file.name}: not valid JSON ({problem}); cut short?") from None
    if not isinstance(value, dict):
        raise Failure("result", 0, f"{file.name}: expected one JSON object")
    return value


def _keep(folder: Path, target: Path) -> None:
    """Moves a run folder to where it stays, replacing what an attempt that was cut short may have left."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".", dir=target.parent))
        try:
            shutil.move(str(folder), part / "run")
            shutil.rmtree(target, ignore_errors=True)
            os.replace(part / "run", target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except shutil.Error as problem:  # of a folder: source, target and why of each file
        raise Failure("result", 0, f"{target}: cannot be kept ({problem.args[0][0][2]})") from None
    except OSError as problem:
        raise Failure("result", 0, f"{target}: cannot be kept ({problem.strerror})") from None


def _tail(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            stream.seek(max(0, stream.seek(0, os.SEEK_END) - STDERR_KEPT))
            return stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
