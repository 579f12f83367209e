"""Engines: they take tasks and hand back results, in any order. All of them call the same worker function."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..base.errors import BadInput
from .worker import ForkServer, Result, Task, execute, kill_all

if TYPE_CHECKING:
    import distributed


class Engine(Protocol):
    """What the coordinator needs of an engine."""

    window: int  # most tasks that may be under way

    def submit(self, task: Task) -> None: ...

    def finished(self, timeout_s: float) -> list[Result]:
        """What has ended since; waits up to `timeout_s` for the first."""
        ...

    def withdraw(self) -> list[str]:
        """Takes back what nobody has begun; returns the keys."""
        ...

    def kill(self) -> None:
        """Ends what is under way at once."""
        ...

    def close(self) -> None: ...


def drain(done: "queue.SimpleQueue", timeout_s: float) -> list:
    """All that is in the queue; waits for the first."""
    items = []
    try:
        items.append(done.get(timeout=timeout_s))
        while True:
            items.append(done.get_nowait())
    except queue.Empty:
        return items


class LocalEngine:
    """Threads that start a process a run, or, with `fork_server`, ask a fork server each."""

    def __init__(self, jobs: int, scratch: Path, fork_server: bool = False) -> None:
        self.window = 2 * jobs  # one under way and one waiting for each thread
        self._scratch = str(scratch)
        self._fork_server = fork_server
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(jobs)]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        server = None
        while (task := self._tasks.get()) is not None:
            if self._fork_server and (server is None or not server.alive):
                server = ForkServer(task.program)
            self._done.put(execute(task, self._scratch, server))
        if server:
            server.close()

    def submit(self, task: Task) -> None:
        self._tasks.put(task)

    def finished(self, timeout_s: float) -> list[Result]:
        return drain(self._done, timeout_s)

    def withdraw(self) -> list[str]:
        keys = []
        with contextlib.suppress(queue.Empty):
            while True:
                task = self._tasks.get_nowait()
                keys += [task.key] if task else []
        return keys

    def kill(self) -> None:
        self.withdraw()
        kill_all()

    def close(self) -> None:
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()


class DaskEngine:
    """The workers of a dask scheduler, on this machine or others.

    Short runs travel together, because a future costs milliseconds. A future is released once its
    results are here, so that the scheduler forgets what is done: a worker that is killed repeats only
    what it had in flight.
    """

    BATCH_S = 0.1  # of work in one future
    MOST_IN_BATCH = 16

    def __init__(self, scheduler: str | None, jobs: int) -> None:
        try:
            import distributed
        except ImportError:
            raise BadInput("--engine dask needs python3-distributed, which this Python lacks") from None
        try:
            if scheduler is None:  # our own, on this machine only
                # Threads of this process, which a Ctrl-C in the terminal leaves alone.
                self._cluster = distributed.LocalCluster(n_workers=1, threads_per_worker=jobs, processes=False,
                                                         dashboard_address=None)  # fmt: skip
                self._client = distributed.Client(self._cluster)
            else:
                self._cluster = None
                is_file = Path(scheduler).is_file()
                to = {"scheduler_file": scheduler} if is_file else {"address": scheduler}
                self._client = distributed.Client(**to, timeout=8)
        except (OSError, ValueError, TypeError) as problem:  # the last: a tls:// address without certificates
            raise BadInput(f"--scheduler: {scheduler!r} does not answer ({problem}); expected the address or the file of a "
                           "dask scheduler") from None  # fmt: skip
        self._done: queue.SimpleQueue["distributed.Future"] = queue.SimpleQueue()
        self._unsent: list[Task] = []
        self._under_way: dict[str, tuple["distributed.Future", list[Task]]] = {}  # by the future's key
        self._batch = 1  # runs in a future
        self._threads, self._look_again = 1, 0.0

    @property
    def window(self) -> int:
        """Four futures a thread of the workers, which come and go."""
        if time.monotonic() > self._look_again:
            threads = sum(w["nthreads"] for w in self._client.scheduler_info()["workers"].values())
            self._threads = max(1, threads)
            self._look_again = time.monotonic() + 1
        return 4 * self._threads * self._batch

    def submit(self, task: Task) -> None:
        self._unsent.append(task)

    def _send(self) -> None:
        from .worker import execute_plain

        while self._unsent:
            batch, self._unsent = self._unsent[: self._batch], self._unsent[self._batch :]
            # Not pure: a second attempt is no repetition of the first, whose future may not be forgotten yet.
            future = self._client.submit(execute_plain, [asdict(task) for task in batch], pure=False)
            self._under_way[future.key] = future, batch
            future.add_done_callback(self._done.put)

    def finished(self, timeout_s: float) -> list[Result]:
        self._send()
        futures = [f for f in drain(self._done, timeout_s) if f.key in self._under_way]
        good = [f for f in futures if f.status == "finished"]
        answers = self._client.gather(good) if good else []
        results = [Result(**answer) for batch in answers for answer in batch]
        if results:
            mean_s = sum(result.wall_s for result in results) / len(results)
            self._batch = max(1, min(self.MOST_IN_BATCH, int(self.BATCH_S / max(mean_s, 1e-6))))
        for future in futures:
            _, batch = self._under_way.pop(future.key)
            if future.status != "finished":
                results += self._lost(future, batch)
            future.release()
        return results

    def _lost(self, future: "distributed.Future", batch: list[Task]) -> list[Result]:
        problem = future.exception() if future.status == "error" else "cancelled"
        if isinstance(problem, ModuleNotFoundError):
            raise BadInput(f"the dask workers cannot import our worker ({problem}); start them with PYTHONPATH set to the "
                           "folder of this project, and with the same Python")  # fmt: skip
        return [Result(task.key, failure="lost", message=f"no worker finished it: {problem}") for task in batch]

    def withdraw(self) -> list[str]:
        keys, self._unsent = [task.key for task in self._unsent], []
        return keys  # the scheduler has handed out nearly all of the others

    def kill(self) -> None:
        self._client.cancel([future for future, _ in self._under_way.values()], force=True)
        kill_all()  # of those that run in this process

    def close(self) -> None:
        self._client.close()
        if self._cluster:
            self._cluster.close()
