"""What happened to one connection as lines of text, for experiments whose theory is a ladder."""

from __future__ import annotations

from ...base.connection import ALL_TIME
from ...base.ladder import ladder
from ...base.run_folder import RunFolder


def story_of(folder: RunFolder, connection: str | None = None) -> list[str]:
    """Each segment when it is sent and each change of state, in order of time [s, milliseconds shown].

    ``0.000 client SYN-SENT``, ``0.000 client [S], seq 0, length 0``; numbers relative to each ISN, as tcpdump has
    them. What happens at one instant at one end tells the state first.
    """
    it = ladder(folder, connection, ALL_TIME)
    lines = [(c.time_s, c.side, 0, f"{it.names[c.side]} {c.after}") for c in it.changes if not c.of_listener]
    for arrow in it.arrows:
        fate = " (copy)" if arrow.duplicate else ""
        fate += " (lost)" if arrow.lost else f" ({arrow.dropped})" if arrow.dropped else ""
        lines.append((arrow.sent_s, arrow.side, 1, f"{it.names[arrow.side]} {arrow.text}{fate}"))
    return [f"{time_s:.3f} {text}" for time_s, _, _, text in sorted(lines, key=lambda line: line[:3])]
