"""The ladder as text that other programs draw: Mermaid's sequence diagrams and PlantUML's."""

from __future__ import annotations

from typing import Callable

from .ladder import TIMER_REASONS, Again, Arrow, Change, Fold, Ladder, decimals, pause


def mermaid(it: Ladder) -> str:
    """A sequence diagram of Mermaid, as Markdown on many sites draws it in a block ``mermaid``."""
    lines = ["sequenceDiagram", f"    %% {_plain(it.title)}", f"    participant A as {_mermaid(it.names[0])}",
             f"    participant B as {_mermaid(it.names[1])}"]  # fmt: skip
    lines += [f"    Note over A,B: {_mermaid(note)}" for note in it.notes]
    lines += [f"    Note over {'AB'[side]}: {_mermaid(state)}" for side, state in enumerate(it.initial) if state]

    def arrow(arrow: Arrow, words: str) -> str:
        stroke = "-" if not arrow.duplicate else "--"
        head = "x" if arrow.arrived_s is None else ">>"
        return f"    {_ends(arrow, stroke + head)}: {_mermaid(words)}"

    return _told(it, lines, arrow, lambda side, words: f"    Note {'left' if side == 0 else 'right'} of {'AB'[side]}: {_mermaid(words)}",
                 lambda words: f"    Note over A,B: {_mermaid(words)}")  # fmt: skip


def plantuml(it: Ladder) -> str:
    """A sequence diagram of PlantUML."""
    lines = ["@startuml", f"title {_plantuml(it.title)}", f'participant "{_plantuml(it.names[0])}" as A', f'participant "{_plantuml(it.names[1])}" as B']
    lines += [f"note over A, B: {_plantuml(note)}" for note in it.notes]
    lines += [f"hnote over {'AB'[side]}: {_plantuml(state)}" for side, state in enumerate(it.initial) if state]

    def arrow(arrow: Arrow, words: str) -> str:
        stroke = "-" if not arrow.duplicate else "--"
        return f"{_ends(arrow, f' {stroke}>' + ('x ' if arrow.arrived_s is None else ' '))} : {_plantuml(words)}"

    return _told(it, lines, arrow, lambda side, words: f"hnote over {'AB'[side]}: {_plantuml(words)}",
                 lambda words: f"...{_plantuml(words)}...") + "@enduml\n"  # fmt: skip


def _told(it: Ladder, lines: list[str], arrow: Callable[[Arrow, str], str], note: Callable[[int, str], str], aside: Callable[[str], str]) -> str:
    """`lines` and what happened, in order; a pause is told."""
    places = decimals(it.times_s(), it.flight_s())
    busy_until_s = None
    for event in it.events():
        if busy_until_s is not None and event.time_s - busy_until_s > it.idle_from_s() and not isinstance(event, Fold):
            lines.append(aside(f"{pause(event.time_s - busy_until_s)} idle"))
        until_s = event.time_s
        if isinstance(event, Fold):
            lines.append(aside(event.text))
            until_s = event.end_s
        elif isinstance(event, Arrow):
            lines.append(arrow(event, _words(event, places)))
            until_s = event.arrived_s if event.arrived_s is not None else event.time_s
        elif isinstance(event, Change):
            cause = " ".join(filter(None, [event.cause, f"({event.transition})" if event.transition else ""]))
            lines.append(note(event.side, f"{event.after} at {event.time_s:.{places}f} s{': ' + cause if cause else ''}"))
        elif isinstance(event, Again):
            lines.append(note(event.side, f"{event.text} at {event.time_s:.{places}f} s"))
        busy_until_s = max(until_s, busy_until_s or 0.0)
    return "\n".join(lines) + "\n"


def _words(arrow: Arrow, places: int) -> str:
    """When it was sent, what it is, and what became of it; the rules by which the receiver decided, where they are to be shown."""
    marks = [TIMER_REASONS.get(arrow.reason, arrow.reason)] if arrow.reason else []
    marks += ["held back"] * bool(arrow.held) + ["duplicate"] * arrow.duplicate
    marks += [arrow.fate] if arrow.arrived_s is None else []
    marks += [f"dropped: {arrow.dropped}"] if arrow.dropped else []
    marks += [f"rules: {arrow.rules}"] if arrow.rules else []
    return f"{arrow.sent_s:.{places}f} s {arrow.text}" + (f" ({', '.join(marks)})" if marks else "")


def _ends(arrow: Arrow, between: str) -> str:
    return f"{'AB'[arrow.side]}{between}{'BA'[arrow.side]}"


def _plain(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _mermaid(text: str) -> str:
    """What would end a statement, or begin an entity or a tag, stands as an entity (``#59;``)."""
    return "".join(f"#{ord(c)};" if c in "#;<>{}\"%" else c for c in _plain(text))


def _plantuml(text: str) -> str:
    """What PlantUML would take for markup is escaped by ~ or stands as an entity."""
    told = "".join(f"<U+{ord(c):04X}>" if c in "<>\"%\\~" else c for c in _plain(text))
    for twice in ("**", "//", "__", "--", "..."):
        told = told.replace(twice, "~" + twice)
    return told
