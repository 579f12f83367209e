"""The ladder as text for a terminal."""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from .captured import captured
from .command_line import carry_out, parser_of, whole_number
from .connection import add_options
from .errors import BadInput
from .folding import fold
from .ladder import TIMER_REASONS, Again, Arrow, Change, Fold, Ladder, decimals, ladder, pause
from .ladder_markup import mermaid, plantuml
from .run_folder import RunFolder

FORMATS = {"text": None, "mermaid": mermaid, "plantuml": plantuml}
STATE_WIDTH = 12  # the longest state name
MIN_WIDTH, MAX_WIDTH = 80, 10_000
TIMESTAMPS = re.compile(r"TS val \d+ ecr \d+,?")


def main(arguments: list[str] | None = None) -> int:
    """`lab ladder DIR|FILE`."""
    parser = parser_of("ladder", "Prints the message sequence chart of one connection: of a run folder, or of a capture from anywhere, with the "
                       "states that both ends must have had.")  # fmt: skip
    parser.add_argument("path", type=Path, metavar="DIR|FILE", help="run folder, or a capture (pcap or pcapng), which tshark reads; there "
                        "--connection is its number in the file, from 1, and --interval counts from the first packet")  # fmt: skip
    add_options(parser)
    parser.add_argument("--format", choices=tuple(FORMATS), default="text", help="text for the terminal (the default), or the language of Mermaid "
                        "or PlantUML, which draw it")  # fmt: skip
    parser.add_argument("--width", type=whole_number(1, MAX_WIDTH), metavar="N", help="columns, at least 80 (default: the terminal's)")
    parser.add_argument("--ascii", action="store_true", help="use ASCII characters only")
    parser.set_defaults(verb=_print)
    return carry_out(parser, arguments)


def _print(options: argparse.Namespace) -> None:
    if options.path.is_file():
        if options.rules:
            raise BadInput(f"{options.path}: --rules is not allowed, because a capture does not tell by which rules the receiver decided")
        it = captured(options.path, options.connection, options.interval)
    else:
        it = ladder(RunFolder(options.path), options.connection, options.interval, options.rules)
    it.title = it.choice or it.title
    it = it if options.all else fold(it)
    if options.format != "text":
        sys.stdout.write(FORMATS[options.format](it))
        return
    width = options.width or min(shutil.get_terminal_size((110, 24)).columns, MAX_WIDTH)
    plain = options.ascii or "utf" not in (sys.stdout.encoding or "").lower()
    sys.stdout.write(ladder_text(it, width, plain))


@dataclass(frozen=True)
class Strokes:
    """The characters of a ladder."""

    rail: str
    leave_right: str  # the left rail where an arrow starts
    leave_left: str
    line: str
    dashed: str
    head_right: str
    head_left: str
    cross: str
    gap: str
    ellipsis: str


UNICODE = Strokes("┃", "┠", "┨", "─", "╌", "▶", "◀", "×", "┊", "…")
ASCII = Strokes("|", "+", "+", "-", ".", ">", "<", "x", ":", "...")


def ladder_text(it: Ladder, width: int, ascii_only: bool = False) -> str:
    """Time column [s], two rails, tcpdump's words over each arrow, the arrival time [s] at its head."""
    page = _Page(it, max(width, MIN_WIDTH), ASCII if ascii_only else UNICODE)
    lines = page.header()
    previous_s: float | None = None
    busy_until_s = float("-inf")
    for event in it.events():
        time_s = event.time_s
        busy_until_s = max(busy_until_s, previous_s if previous_s is not None else time_s)
        if isinstance(event, Fold):
            lines.append(page.fold(event))
            busy_until_s = max(busy_until_s, event.end_s)
            continue
        if time_s - busy_until_s > it.idle_from_s():
            lines.append(page.gap(time_s - busy_until_s))
        lines += page.arrow(event) if isinstance(event, Arrow) else page.remark(event)
        previous_s = time_s
        if isinstance(event, Arrow) and event.arrived_s is not None:
            busy_until_s = max(busy_until_s, min(event.arrived_s, time_s + it.idle_from_s()))
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    return text.replace("→", "->").replace("µ", "u") if ascii_only else text


class _Page:
    def __init__(self, it: Ladder, width: int, strokes: Strokes) -> None:
        self.it = it
        self.strokes = strokes
        self.places = decimals(it.times_s(), it.flight_s())
        longest = max((len(self._clock(t)) for t in it.times_s()), default=8)
        self.time_width = max(longest, len("time [s]"))
        side = max(STATE_WIDTH, longest)
        self.side = side
        self.channel = width - self.time_width - 2 * side - 6

    def _clock(self, time_s: float) -> str:
        return f"{time_s:.{self.places}f}"

    def _row(self, time: str, left: str, rail_l: str, middle: str, rail_r: str, right: str) -> str:
        return f"{time:>{self.time_width}}  {left:>{self.side}} {rail_l}{middle}{rail_r} {right}"

    def _plain(self, time: str = "", left: str = "", middle: str = "", right: str = "") -> str:
        return self._row(time, left, self.strokes.rail, middle.ljust(self.channel), self.strokes.rail, right)

    def header(self) -> list[str]:
        it = self.it
        lines = [it.title, *it.notes, ""]
        indent = self.time_width + 2 + self.side + 1
        isn = ["" if number is None else f"ISN {number}" for number in it.isn]
        for left, right in (it.names, it.addresses, isn):
            if left or right:
                lines.append(" " * indent + left + right.rjust(self.channel + 2 - len(left)))
        lines.append(self._plain("time [s]", it.initial[0], "", it.initial[1]))
        return lines

    def gap(self, seconds: float) -> str:
        return self._aside(f"{pause(seconds)} idle")

    def fold(self, fold: Fold) -> str:
        return self._aside(fold.text)

    def _aside(self, words: str) -> str:
        dots = self.strokes.gap
        return self._row("", "", dots, f" {self._fit(words)} ".center(self.channel), dots, "")

    def remark(self, event: Change | Again) -> list[str]:
        """What happened at one end: the state and why, or a FIN again."""
        if isinstance(event, Change):
            words, state = f"{event.cause} ({event.transition})" if event.transition else event.cause, event.after
        else:
            words, state = event.text, ""
        words = self._fit(words)
        if event.side == 0:
            return [self._plain(self._clock(event.time_s), state, " " + words)]
        return [self._plain(self._clock(event.time_s), "", words.rjust(self.channel - 1), state)]

    def arrow(self, arrow: Arrow) -> list[str]:
        # Where room is short the options go first, then the window; the marks stay.
        versions = [_words(arrow, *which) for which in ((True, True), (True, False), (False, False))]
        words = next((v for v in versions if len(v) <= self.channel - 2), versions[-1])
        words = self._fit(words).center(self.channel)
        lines = [self._plain(self._clock(arrow.sent_s), "", words), self._shaft(arrow)]
        for note in (f"dropped: {arrow.dropped}" if arrow.dropped else "", f"rules: {arrow.rules}" if arrow.rules else ""):
            if note:
                note = self._fit(note)
                lines.append(self._plain("", "", f" {note}" if arrow.side == 1 else note.rjust(self.channel - 1)))
        return lines

    def _shaft(self, arrow: Arrow) -> str:
        s = self.strokes
        stroke = s.dashed if arrow.duplicate else s.line
        reaches = arrow.arrived_s is not None
        if reaches:
            length, tip = self.channel - 1, s.head_right if arrow.side == 0 else s.head_left
            after = ""
        else:
            tip = s.cross if arrow.lost else s.ellipsis
            after = f" {arrow.fate}" if arrow.fate != "lost" else ""
            length = max(self.channel // 4, min(self.channel * 3 // 5, self.channel - len(tip) - len(after)))
        room = self.channel - length - len(tip)
        after = after if len(after) <= room else after[: max(0, room - len(s.ellipsis))] + s.ellipsis
        arrival = self._clock(arrow.arrived_s) if arrow.arrived_s is not None else ""
        if arrow.side == 0:
            middle = (stroke * length + tip + after).ljust(self.channel)
            return self._row("", "", s.leave_right, middle, s.rail, arrival)
        middle = (after.strip() + " " if after else "") + tip + stroke * length
        return self._row("", arrival, s.rail, middle.rjust(self.channel), s.leave_left, "")

    def _fit(self, words: str) -> str:
        room = self.channel - 2
        return words if len(words) <= room else words[: room - len(self.strokes.ellipsis)] + self.strokes.ellipsis


def _words(arrow: Arrow, with_window: bool, with_options: bool) -> str:
    head, _, length = arrow.numbers.rpartition("length")
    window = f"win {arrow.window}, " if with_window else ""
    # Every segment has timestamps once the SYNs have agreed on them: there they say nothing.
    shown = arrow.options if "S" in arrow.flags else TIMESTAMPS.sub("", arrow.options)
    options = f"options [{shown}], " if shown and with_options else ""
    text = f"Flags [{arrow.flags}], {head}{window}{options}length{length}"
    marks = [TIMER_REASONS.get(arrow.reason, arrow.reason)] if arrow.reason else []
    marks += ["held back"] if arrow.held else []
    marks += ["duplicate"] if arrow.duplicate else []
    return text + (f" ({', '.join(marks)})" if marks else "")
