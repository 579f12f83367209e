"""Plays one scenario in one role, in the namespace it was started in; prints its row as JSON."""

from __future__ import annotations

import itertools
import json
import sys
import traceback

from scenario import Scenario, load
from world import Connection, Failed, World

LONGEST = 12  # items of a list in the table


def run_lengths(words: list[str]) -> str:
    """Words in order, repeats as a number, the middle of a long list left out."""
    counted = [(word, len(list(group))) for word, group in itertools.groupby(words)]
    items = [word if count == 1 else f"{word}x{count}" for word, count in counted]
    if len(items) > LONGEST:
        items = [*items[: LONGEST // 2], "...", *items[-LONGEST // 2 :]]
    return " ".join(items)


def what_linux_did(world: World, states: dict[Connection, str]) -> str:
    """Its segments, its state, what its user was told, and notes."""
    parts = []
    for connection in world.connections:
        words = [run_lengths([s.letters for s in connection.sent(False)]) or "nothing sent", states[connection]]
        if connection.linux and connection.linux.error:
            words.append(connection.linux.error)
        parts.append(", ".join(words))
    return " / ".join(parts + world.notes)


def what_we_did(world: World) -> str:
    """Our segments and states, and why it ended."""
    parts = []
    for connection in world.connections:
        words = [run_lengths([s.letters for s in connection.sent(True)]) or "nothing sent",
                 ">".join(connection.states) or "CLOSED"]
        if connection.reason:
            words.append(connection.reason)
        parts.append(", ".join(words))
    return " / ".join(parts)


def play(chosen: Scenario, role: str) -> dict[str, str]:
    """The row of the table; `verdict` is `holds` or the check that did not."""
    row = {"scenario": chosen.name, "role": role, "required": chosen.requires, "source": chosen.source}
    world = None
    try:
        world = World(role == "active", chosen.settings, chosen.sysctls)
        verdict = "holds"
        try:
            chosen.play(world)
            states = {c: c.linux_state() for c in world.connections}
            world.finish()
        except Failed as failure:
            verdict = str(failure)
            states = {c: c.linux_state() for c in world.connections}
        row["linux"] = what_linux_did(world, states)
        row["ours"] = what_we_did(world)
        row["link"] = world.kind
        if verdict != "holds":
            row["log"] = "\n".join([str(s) for s in world.log[-80:]] +
                                   [f"{at:8.3f} {' '.join(words)}" for at, words in world.reports[-80:]])
    except Exception:  # whatever it was, the row says so
        verdict = traceback.format_exc()
    finally:
        if world:
            world.stop()
    return row | {"verdict": verdict}


if __name__ == "__main__":
    json.dump(play(load()[sys.argv[1]], sys.argv[2]), sys.stdout)
