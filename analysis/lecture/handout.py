"""`lab handout`: one A4 page of seven classic runs, which it makes itself, each a small figure and a sentence."""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from ..base.colours import HOST_COLOURS, INK, QUIET
from ..base.command_line import add_program, carry_out, parser_of
from ..base.connection import ALL_TIME
from ..base.errors import BadInput
from ..base.ladder import Arrow, Ladder, ladder, pause
from ..base.picture import FONT_PT, SMALL_PT, new_figure, rendered, wrapped
from ..base.progress import Progress
from ..base.run_folder import RunFolder
from ..figures.ladder import Drawing

if TYPE_CHECKING:
    from matplotlib import figure as mpl

A4_IN = (8.27, 11.69)
EDGE_IN, GUTTER_IN = 0.42, 0.16
COLUMN_IN = (A4_IN[0] - 2 * EDGE_IN - GUTTER_IN) / 2
TITLE_IN, LINE_IN, NAME_IN, GAP_IN = 0.2, 0.125, 0.14, 0.16
TOP_IN = 0.53  # of a ladder's own picture, where addresses would stand
NAMES = {"S": "SYN", "F": "FIN", "R": "RST"}
CHART_IN = 1.1  # high, of a flood
HEAD = "How TCP connections open and close"
LINK = ("--delay=20ms", "--link-rate=100Gbps")  # so fast that all but the delay is nothing
EMPTY = ("--request-size=0", "--response-size=0")
SECONDS = 20  # of a flood
FLOOD = (f"--inject=attacker->server: SYN from 198.51.100.0/24 poisson 20/s for {SECONDS}s", "--syn-queue-limit=16", "--syn-retries=0", "--rate=5",
         f"--duration={SECONDS}s", f"--stop={SECONDS + 1}s", *EMPTY, "--msl=1s", "--record=connections")  # fmt: skip


@dataclass(frozen=True)
class Story:
    """A run, and what is said of it: `sentence` gets what the run tells."""

    title: str
    options: tuple[str, ...]
    sentence: Callable[[RunFolder], str]
    from_fin: bool = False  # whether the ladder begins with the first FIN
    flood: bool = False


def main(arguments: list[str] | None = None) -> int:
    """0 when it went well, 1 when the page cannot be written, 2 when a run fails."""
    parser = parser_of("handout", "Makes seven runs, some seconds, and puts them on one A4 page: three-way handshake, four-way close, half-close, "
                                  "simultaneous close, a lost last ACK, a SYN flood without and with cookies.")  # fmt: skip
    add_program(parser)
    parser.add_argument("-o", "--output", type=Path, default=Path("handout.pdf"), metavar="FILE", help="PDF file to write (default: handout.pdf)")
    parser.set_defaults(verb=_handout)
    return carry_out(parser, arguments)


def _handout(options: argparse.Namespace) -> None:
    from ..base.files import write_all

    with tempfile.TemporaryDirectory(prefix="lab-handout-") as folder:
        runs = []
        with Progress("handout", "run", len(STORIES)) as progress:
            for i, story in enumerate(STORIES):
                runs.append((story, _run(options.program, story, Path(folder) / f"{i}")))
                progress.step()
        write_all({options.output: rendered(_page(runs), "pdf")})
    print(options.output)


def _run(program: Path, story: Story, folder: Path) -> RunFolder:
    command = [str(program), f"--output={folder}", *LINK, *story.options, "--quiet"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise BadInput(f"{program}: cannot make the run of {story.title!r} ({problem}); lifecycle-run is expected") from None
    if result.returncode:
        told = result.stderr.strip().splitlines()
        raise BadInput(f"{program}: the run of {story.title!r} ended with status {result.returncode} ({told[-1] if told else 'it says nothing'})")
    return RunFolder(folder)


# ---- what is said


def _after(folder: RunFolder, host: str, state: str) -> float:
    """When a host first comes to a state [s]."""
    rows = folder.table("transitions", ["time_s", "host", "to"])
    return float(rows[(rows["host"] == host) & (rows["to"] == state)]["time_s"].iloc[0])


def _left(folder: RunFolder, host: str, state: str) -> float:
    """How long a host is in a state, the first time [s]."""
    rows = folder.table("transitions", ["time_s", "host", "from"])
    return float(rows[(rows["host"] == host) & (rows["from"] == state)]["time_s"].iloc[0]) - _after(folder, host, state)


def _handshake(folder: RunFolder) -> str:
    return (f"Each end tells its initial sequence number and has it acknowledged: the client knows after {pause(_after(folder, 'client', 'ESTABLISHED'))}, "
            f"one round trip, the server after {pause(_after(folder, 'server', 'ESTABLISHED'))}.")  # fmt: skip


def _four_way(folder: RunFolder) -> str:
    return (f"Each direction is closed by a FIN of its own and the ACK of that. Who closes first waits in TIME-WAIT for 2 MSL, here "
            f"{pause(_left(folder, 'client', 'TIME-WAIT'))}; the other one is done with the last ACK.")  # fmt: skip


def _half_close(folder: RunFolder) -> str:
    rows = folder.table("segments", ["time_s", "host", "event", "flags", "len"])
    fin_s = rows[(rows["host"] == "client") & (rows["event"] == "tx") & rows["flags"].str.contains("F", regex=False)]["time_s"].iloc[0]
    later = rows[(rows["host"] == "client") & (rows["event"] == "rx") & (rows["time_s"] > fin_s)]
    return (f"A FIN ends one direction alone: the client has closed and still receives {int(later['len'].sum()):,} octets, "
            "which it acknowledges, until the server closes, too.")  # fmt: skip


def _simultaneous(folder: RunFolder) -> str:
    ends = sum(folder.table("transitions", ["to"])["to"] == "TIME-WAIT")
    return f"Both send a FIN before they see the other's: both pass through CLOSING, and {'both wait' if ends == 2 else 'one waits'} in TIME-WAIT."


def _last_ack(folder: RunFolder) -> str:
    again = folder.table("segments", ["event", "flags", "reason"])
    fins = int(((again["event"] == "tx") & (again["reason"] == "retransmission") & again["flags"].str.contains("F", regex=False)).sum())
    return (f"That is what TIME-WAIT is for: the server repeats its FIN {'once' if fins == 1 else f'{fins} times'}, the client, which is still there, acknowledges "
            f"it again, and its wait starts anew: {pause(_left(folder, 'client', 'TIME-WAIT'))} in all.")  # fmt: skip


def _counts(folder: RunFolder) -> tuple[int, int]:
    """How many clients tried, and how many got in."""
    rows = folder.table("connections", ["role", "established_s"])
    ours = rows[rows["role"] == "active"]
    return len(ours), int(ours["established_s"].notna().sum())


def _flooded(folder: RunFolder) -> str:
    tried, got_in = _counts(folder)
    return (f"20 SYNs a second from addresses that never answer fill the server's queue of 16 half-open connections: {got_in} of {tried} honest "
            "clients get in.")  # fmt: skip


def _with_cookies(folder: RunFolder) -> str:
    tried, got_in = _counts(folder)
    return (f"When the queue is full the server keeps nothing of a SYN: its SYN,ACK carries a cookie as sequence number, which the client's ACK brings back. "
            f"{got_in} of {tried} honest clients get in.")  # fmt: skip


CLOSING = (*EMPTY, "--hold=200ms", "--msl=1s", "--record=transitions,segments,timers")
STORIES = (
    Story("Three-way handshake", (*EMPTY, "--close-first=nobody", "--stop=200ms", "--record=transitions,segments"), _handshake),
    Story("Four-way close", (*CLOSING, "--close-delay=60ms"), _four_way, from_fin=True),
    Story("Half-close", ("--half-close", "--request-size=0", "--response-size=2000", "--hold=60ms", "--msl=1s", "--record=transitions,segments,timers"),
          _half_close, from_fin=True),
    Story("Simultaneous close", ("--close-first=both", "--request-size=0", "--response-size=1", "--hold=1s", "--msl=1s",
                                 "--record=transitions,segments,timers"), _simultaneous, from_fin=True),
    Story("The last ACK is lost", (*CLOSING, "--close-delay=60ms", "--rules=client->server: drop 1st ACK-of-FIN"), _last_ack, from_fin=True),
    Story("A SYN flood", FLOOD, _flooded, flood=True),
    Story("The same flood with SYN cookies", (*FLOOD, "--syn-cookies=on-overflow"), _with_cookies, flood=True),
)  # fmt: skip


# ---- the page


class _Brief(Arrow):
    """A segment whose label has each flag with its number, to be short."""

    @property
    def text(self) -> str:
        """``FIN 1, ACK 1``; of data ``data 1:101, ACK 1``."""
        first = re.search(r"seq ([0-9:]+)", self.numbers)
        told = re.search(r"ack ([0-9]+)", self.numbers)
        names = [NAMES[flag] for flag in self.flags if flag in NAMES]
        seq = f" {first[1]}" if first else ""
        words = [f"data{seq}", *names] if self.octets else [f"{name}{seq}" for name in names]
        return ", ".join(words + ([f"ACK {told[1]}"] if told else []))


def _ladder(folder: RunFolder, story: Story) -> Ladder:
    """What is to be seen of a run: without what the listener does when the connection is over."""
    it = ladder(folder, None, ALL_TIME)
    if story.from_fin:
        fin_s = next(arrow.sent_s for arrow in it.arrows if "F" in arrow.flags)
        it = ladder(folder, None, (fin_s, float("inf")))
    it.arrows = [_Brief(**vars(arrow)) for arrow in it.arrows]
    it.changes = [change for change in it.changes if not change.of_listener]
    it.addresses, it.isn = ("", ""), (None, None)
    return it


@dataclass
class _Cell:
    """A story as it stands in a column; sizes in inches."""

    story: Story
    folder: RunFolder
    drawing: Drawing | None
    scale: float
    lines: list[str]

    @property
    def height(self) -> float:
        inner = CHART_IN + 0.32 if self.drawing is None else (self.drawing.bottom - TOP_IN + 0.08) * self.scale + NAME_IN
        return TITLE_IN + inner + LINE_IN * len(self.lines) + GAP_IN


def _cell(story: Story, folder: RunFolder) -> _Cell:
    drawing, scale = None, 1.0
    if not story.flood:
        drawing = Drawing(_ladder(folder, story), narrow=True)
        drawing.arrange()
        scale = min(1.0, COLUMN_IN / drawing.width)
    return _Cell(story, folder, drawing, scale, wrapped(story.sentence(folder), COLUMN_IN, FONT_PT))


def _page(runs: list[tuple[Story, RunFolder]]) -> "mpl.Figure":
    cells = [_cell(story, folder) for story, folder in runs]
    figure = new_figure(*A4_IN)
    place = _Place(figure)
    place.write(EDGE_IN, EDGE_IN, HEAD, FONT_PT + 5, weight="bold")
    top = EDGE_IN + 0.38
    # Two and two side by side; both charts, which are low, beside the longest ladder.
    left, right = cells[0:5:2], [*cells[1:5:2], *cells[5:]]
    for x, column in ((EDGE_IN, left), (EDGE_IN + COLUMN_IN + GUTTER_IN, right)):
        y = top
        for cell in column:
            place.draw(cell, x, y)
            y += cell.height
    version = runs[0][1].manifest.get("module-version", "")
    foot = ("Time runs downward, in seconds; the delay of the link is 20 ms each way. A number beside SYN or FIN is its sequence number, beside ACK the "
            f"next octet that is expected, both counted from the initial one. Runs of lifecycle-run {version}, seed {runs[0][1].manifest['rng-seed']}.")
    lines = wrapped(foot, A4_IN[0] - 2 * EDGE_IN, SMALL_PT)
    place.write(EDGE_IN, A4_IN[1] - EDGE_IN - LINE_IN * len(lines), "\n".join(lines), SMALL_PT, color=QUIET)
    return figure


class _Place:
    """Puts things onto a page whose places are in inches from the top left."""

    def __init__(self, figure: "mpl.Figure") -> None:
        self.figure = figure

    def write(self, x: float, y: float, words: str, size_pt: float, **how) -> None:
        self.figure.text(x / A4_IN[0], 1 - y / A4_IN[1], words, fontsize=size_pt, va="top", linespacing=1.3, **how)

    def axes(self, x: float, y: float, width: float, height: float):
        return self.figure.add_axes((x / A4_IN[0], 1 - (y + height) / A4_IN[1], width / A4_IN[0], height / A4_IN[1]))

    def draw(self, cell: _Cell, x: float, y: float) -> None:
        self.write(x, y, cell.story.title, FONT_PT + 1.5, weight="bold")
        y += TITLE_IN
        self.write(x, y, "\n".join(cell.lines), FONT_PT)
        y += LINE_IN * len(cell.lines)
        if cell.drawing is None:
            _chart(self.axes(x + 0.4, y + 0.1, COLUMN_IN - 0.5, CHART_IN), cell.folder)
            return
        drawing, scale = cell.drawing, cell.scale
        for name, rail in zip(drawing.it.names, (drawing.left_x, drawing.right_x)):
            self.write(x + rail * scale, y + 0.02, name, FONT_PT, ha="center", weight="bold")
        y += NAME_IN
        height = drawing.bottom - TOP_IN + 0.05
        axes = self.axes(x, y, drawing.width * scale, height * scale)
        axes.set_xlim(0, drawing.width)
        axes.set_ylim(drawing.bottom + 0.05, TOP_IN)
        axes.axis("off")
        drawing.ink(axes)
        for text in axes.texts:
            text.set_fontsize(text.get_fontsize() * scale)
            text.set_visible(text.get_position()[1] > TOP_IN)


def _chart(axes, folder: RunFolder) -> None:
    """How many clients have tried, and how many have got in, over time [s]."""
    rows = folder.table("connections", ["role", "opened_s", "established_s"])
    ours = rows[rows["role"] == "active"]
    for column, label, colour, line, width in (("established_s", "clients that have got in", HOST_COLOURS[0], "-", 2.2),
                                               ("opened_s", "clients that have tried", INK, (0, (4, 2)), 0.9)):  # fmt: skip
        times = sorted(float(t) for t in ours[column] if t == t)
        axes.plot([0, *times, SECONDS], [*range(len(times) + 1), len(times)], drawstyle="steps-post", lw=width, color=colour, ls=line, label=label)
    axes.set_xlim(0, SECONDS)
    axes.set_ylim(0, len(ours) * 1.05)
    axes.set_xlabel("time [s]", fontsize=SMALL_PT, labelpad=1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", frameon=False, fontsize=SMALL_PT)
