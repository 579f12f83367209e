"""How far something is that takes its time: a bar in a terminal; elsewhere, as in a log, a line in ten seconds."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any, Callable

from .times import duration_text

LINE_EVERY_S = 10.0
BAR_AFTER_S = 1.0  # what is done by then needs none


class Progress:
    """Of `total` things called `unit`, on standard error; lines begin with `who`, and come also while one thing takes its time."""

    def __init__(self, who: str, unit: str, total: int = 0, clock: Callable[[], float] = time.monotonic) -> None:
        self._who, self._unit, self.total = who, unit, total
        self._clock = clock
        self.done = 0
        self._bar: Any = None
        self._begin = clock()
        self._over = threading.Event()
        self._teller = threading.Thread(target=self._tell_again, daemon=True)

    def __enter__(self) -> "Progress":
        self._begin = self._clock()
        if sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self.total, unit=self._unit, dynamic_ncols=True, smoothing=0.05, delay=BAR_AFTER_S)
        else:
            self._teller.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
        else:
            self._over.set()
            self._teller.join()

    def expect(self, more: int) -> None:
        """So many are still to be done."""
        self.total = self.done + more
        if self._bar is not None:
            self._bar.total = self.total
            self._bar.refresh()

    def step(self, count: int = 1) -> None:
        """So many have been done."""
        self.done += count
        if self._bar is not None:
            self._bar.update(count)

    def tell(self) -> None:
        """Prints the line."""
        print(f"{self._who}: {self._line(self._clock() - self._begin)}", file=sys.stderr, flush=True)

    def _tell_again(self) -> None:
        while not self._over.wait(LINE_EVERY_S):
            try:
                self.tell()
            except (OSError, ValueError):  # nobody reads it any more
                return

    def _line(self, passed_s: float) -> str:
        share = f"{self.done} of {self.total} {self._unit}s"
        if not self.done:
            return f"{share} after {duration_text(passed_s)}"
        left_s = passed_s / self.done * (self.total - self.done)
        return f"{share}, {100 * self.done / max(self.total, 1):.0f} %, about {duration_text(left_s)} to go"
