"""What the figures of one connection share: which it is, and what captions say of it."""

from __future__ import annotations

import argparse

from ...base.ladder import Ladder, ladder
from ...base.run_folder import RunFolder


def chosen(folder: RunFolder, options: argparse.Namespace, notes: list[str], with_rules: bool = False) -> Ladder:
    it = ladder(folder, options.connection, options.interval, with_rules)
    notes += [it.choice] if it.choice else []
    notes += it.notes
    return it


def story(it: Ladder) -> str:
    """Which connection it is, and how much of it there is to see."""
    title = ", ".join(filter(None, [it.title, it.why]))
    segments, changes = sum(not a.duplicate for a in it.arrows), it.state_changes()
    return (f"{title[0].upper()}{title[1:]}: {it.names[0]} {it.addresses[0]}, {it.names[1]} {it.addresses[1]}; "
            f"n = {segments} segment{'s' * (segments != 1)}, {changes} state change{'s' * (changes != 1)}.")  # fmt: skip
