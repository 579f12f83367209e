"""Makes long ladders short: what repeats is told once, and data in bulk is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Hashable

from .ladder import Again, Arrow, Change, Fold, Ladder, pause

LONGEST_PERIOD = 4  # segments and the like that repeat together: a probe, its answer ...
LEAST_ROUNDS = 4  # of which all but the first are folded
LEAST_BULK = 12  # segments in a row that carry data, or acknowledge it, and nothing else
SHOWN_OF_BULK = 3  # at its beginning, and at its end

Event = "Arrow | Change | Again | Fold"


def fold(it: Ladder) -> Ladder:
    """`it` with folds in place of long repetitions and of data in bulk."""
    events = _without_bulk(it, _without_repetitions(it.events()))
    it.arrows = [e for e in events if isinstance(e, Arrow)]
    it.changes = [e for e in events if isinstance(e, Change)]
    it.again = [e for e in events if isinstance(e, Again)]
    it.folds = [e for e in events if isinstance(e, Fold)]
    return it


def about_folds(it: Ladder) -> str:
    """A sentence for captions; empty where nothing is folded."""
    count = sum(f.arrows for f in it.folds)
    return f"Told in words instead of drawn: {count:,} segments; --all shows each." if count else ""


# ---- repetitions


def _without_repetitions(events: list[Event]) -> list[Event]:
    signs = [_sign(event) for event in events]
    kept: list[Event] = []
    i = 0
    while i < len(events):
        found = [(p * n, -p) for p in range(1, LONGEST_PERIOD + 1) if (n := _rounds(signs, i, p)) >= LEAST_ROUNDS]
        if not found:
            kept.append(events[i])
            i += 1
            continue
        covered, period = max(found)[0], -max(found)[1]
        rounds = covered // period
        kept += events[i : i + period]
        last = i + period * rounds
        kept.append(_alike(events[i:last], period))
        i = last
    return kept


def _sign(event: Event) -> Hashable:
    """What makes two events alike; None for what is never folded."""
    if isinstance(event, Again):
        return ("again", event.side, event.text)
    if isinstance(event, Arrow):
        fate = (event.fate if event.arrived_s is None else "", event.dropped, event.duplicate, event.held, event.rules)
        return (event.side, event.flags, event.numbers, event.reason, event.window == 0, fate)
    return None


def _rounds(signs: list[Hashable], start: int, period: int) -> int:
    """How often what begins at `start` comes in a row; 0 for what is never folded."""
    first = signs[start : start + period]
    if None in first:
        return 0
    rounds = 1
    while len(first) == period and signs[start + rounds * period : start + (rounds + 1) * period] == first:
        rounds += 1
    return rounds


def _alike(events: list[Event], period: int) -> Fold:
    """All but the first of the rounds that `events` are."""
    begins = [event.time_s for event in events[::period]]
    gaps = [b - a for a, b in zip(begins, begins[1:])]
    low, high = pause(min(gaps)), pause(max(gaps))
    what = "alike" if period == 1 else f"rounds of these {period}"
    text = f"{len(gaps)} more {what}, {low if low == high else f'{low} to {high}'} apart"
    return _told(events[period:], text)


# ---- bulk


def _without_bulk(it: Ladder, events: list[Event]) -> list[Event]:
    kept: list[Event] = []
    run: list[Event] = []
    for event in [*events, None]:
        if event is not None and _is_plain(event):
            run.append(event)
            continue
        kept += _shortened(it, run)
        run = []
        kept += [event] if event is not None else []
    return kept


def _is_plain(event: Event) -> bool:
    """Data or its acknowledgment, which arrived, and of which there is nothing else to tell."""
    return (isinstance(event, Arrow) and set(event.flags) <= set(".P") and event.reason in ("", "new", "ack") and event.arrived_s is not None
            and not (event.lost or event.dropped or event.duplicate or event.held) and event.window > 0)  # fmt: skip


def _shortened(it: Ladder, run: list[Event]) -> list[Event]:
    if len(run) < LEAST_BULK or not any(arrow.octets for arrow in run):
        return run
    middle = run[SHOWN_OF_BULK:-SHOWN_OF_BULK]
    told = []
    for side in (0, 1):
        data = [arrow for arrow in middle if arrow.side == side and arrow.octets]
        if data:
            count = f"{len(data):,} segments" if len(data) > 1 else "1 segment"
            told.append(f"{count}, {sum(a.octets for a in data):,} octets to the {'right' if side == 0 else 'left'}")
    bare = sum(not arrow.octets for arrow in middle)
    told += [f"{bare:,} ACKs" if bare > 1 else "1 ACK"] if bare else []
    return [*run[:SHOWN_OF_BULK], _told(middle, "; ".join(told)), *run[-SHOWN_OF_BULK:]]


def _told(events: list[Event], text: str) -> Fold:
    ends = [event.time_s for event in events] + [a.arrived_s for a in events if isinstance(a, Arrow) and a.arrived_s is not None]
    arrows = sum(isinstance(event, Arrow) for event in events)
    return Fold(events[0].time_s, max(ends), text, arrows, events[0].order)
