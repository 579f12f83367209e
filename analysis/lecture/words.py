"""What the page says of a segment, a change of state, a timer: what a tip shows, and what happens at an instant."""

from __future__ import annotations

from typing import Any, Callable

from ..base import requirements
from ..base.ladder import TIMER_REASONS, Arrow, Change, Ladder

FLAGS = {"S": "SYN", "F": "FIN", "R": "RST", "P": "PSH", ".": "ACK", "U": "URG", "E": "ECE", "W": "CWR"}
Clock = Callable[[float], str]
Tip = list[Any]  # a headline, lines, and ids of the glossary


def of_arrow(arrow: Arrow, it: Ladder, clock: Clock) -> Tip:
    """All that the run tells of one copy of a segment."""
    sender, receiver = it.names[arrow.side], it.names[1 - arrow.side]
    flags = ", ".join(FLAGS[letter] for letter in arrow.flags) or "no flag"
    lines = [f"{sender} to {receiver}: {flags}"]
    why = TIMER_REASONS.get(arrow.reason, arrow.reason)
    lines.append(f"sent at {clock(arrow.sent_s)} s" + f", {why}" * bool(why) + ", by a timer" * arrow.timed)
    lines.append(f"window {arrow.window}" + f", options {arrow.options}" * bool(arrow.options))
    lines += ["one more copy, which the link made"] * arrow.duplicate
    lines += [f"held back by {arrow.held}"] * bool(arrow.held)
    lines += ["the link flipped a bit of it"] * arrow.damaged
    lines.append(became(arrow, clock))
    lines += [f"dropped by {receiver}: {arrow.dropped}"] * bool(arrow.dropped)
    return [arrow.text, lines, arrow.rules.split()]


def became(arrow: Arrow, clock: Clock) -> str:
    if arrow.arrived_s is not None:
        return f"arrived at {clock(arrow.arrived_s)} s"
    return "lost" + f": {arrow.lost}" * (arrow.lost != "lost") if arrow.lost else arrow.fate


def of_change(change: Change, it: Ladder) -> str:
    whose = "listener of " if change.of_listener else ""
    return f"{whose}{it.names[change.side]}: {change.before} → {change.after}" + f" ({change.cause})" * bool(change.cause)


def of_timer(side: int, timer: str, event: str, expires: str, it: Ladder) -> str:
    return f"{it.names[side]}: timer {timer} {event}" + f" until {expires} s" * bool(expires)


def glossary(ids: set[str]) -> dict[str, list[str]]:
    """What each id says, and where that stands; without those that are not known."""
    rows = {row.id: row for row in requirements.everything()} if ids else {}
    return {id: [_said(rows[id]), "" if rows[id].source == "none" else rows[id].source] for id in sorted(ids) if id in rows}


def _said(row: requirements.Row) -> str:
    parts = dict(row.details)
    if "if" not in parts:  # not a step of SEGMENT ARRIVES
        return row.words
    effect = parts.get("effect", "")
    return f"in {parts['in']}, if {parts['if']}: {effect}{'; ' * bool(effect)}reply {parts.get('reply', 'none').partition('; ')[0]}"
