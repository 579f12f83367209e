"""How values and names are told in messages."""

from __future__ import annotations

import difflib
from typing import Any, Iterable


def nearest(name: str, names: Iterable[str]) -> str:
    """The one of `names` most like `name`."""
    letters = sorted(name)
    # Among equals the one with the same letters: two of them swapped is the commonest slip.
    return max(names, key=lambda n: (difflib.SequenceMatcher(None, n, name).ratio(), sorted(n) == letters))


def shown(value: Any) -> str:
    """A value as a message shows it."""
    return shortened(repr(value) if isinstance(value, (str, list, dict)) else str(value))


def shortened(text: str, most: int = 80) -> str:
    return text if len(text) <= most else text[: most - 3] + "..."
