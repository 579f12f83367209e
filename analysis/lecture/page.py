"""`lab page DIR...`: one self-contained HTML file in which a class steps through runs."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

from ..base.colours import STATE_COLOUR, STATES, text_colour
from ..base.command_line import carry_out, parser_of
from ..base.connection import add_choice
from ..base.errors import BadInput
from ..base.progress import Progress
from . import run_view, words

HERE = Path(__file__).resolve().parent
MOST_SHOWN = 3000  # segments and changes of state of a run; a browser is slow with more
SIZES = {"kB": 10**3, "MB": 10**6, "GB": 10**9}


def main(arguments: list[str] | None = None) -> int:
    """0 when it went well, 1 when the page cannot be written, 2 when the input is bad."""
    return carry_out(_parser(), arguments)


def _parser() -> argparse.ArgumentParser:
    parser = parser_of("page", "Writes one HTML file that shows run folders side by side, to be stepped through in any browser, without a "
                               "network: ladder, timeline, state graph, occupancy. Press ? in it for its keys.")  # fmt: skip
    parser.add_argument("dirs", nargs="+", type=Path, metavar="DIR", help="run folder; several share one clock")
    add_choice(parser)
    parser.add_argument("--max-size", type=_octets, default=_octets("20MB"), metavar="SIZE",
                        help="how large the file may be; what does not fit is left out, and the page and standard error say so (default: 20MB)")  # fmt: skip
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="file to write (default: figures/page.html in the first DIR)")
    parser.set_defaults(verb=_page, states=None)
    return parser


def _octets(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)(kB|MB|GB)", text)
    if not match or float(match[1]) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not allowed; allowed is a size above 0 with a unit ({', '.join(SIZES)}), such as 20MB")
    return round(float(match[1]) * SIZES[match[2]])


def _page(options: argparse.Namespace) -> None:
    from ..base.files import write_all

    runs = []
    with Progress("page", "folder", len(options.dirs)) as progress:
        for path in options.dirs:
            runs.append(run_view.read(path, options))
            progress.step()
    html, left_out = page(runs, options.max_size)
    for note in left_out:
        print(f"page: {note}", file=sys.stderr)
    output = options.output or options.dirs[0] / "figures" / "page.html"
    write_all({output: html})
    print(output)


def page(runs: list[run_view.Run], most_octets: int) -> tuple[bytes, list[str]]:
    """The page, and what was left out of it; the same runs give the same octets."""
    most = MOST_SHOWN
    while True:
        views = [run_view.view(run, i, most, len(runs)) for i, run in enumerate(runs)]
        html = _filled(views)
        if len(html) <= most_octets:
            break
        largest = min(most, max(run.size for run in runs))
        if largest <= 1:
            raise BadInput(f"--max-size: the page takes {len(html):,} octets even without segments, which is more than {most_octets:,}")
        most = max(1, min(largest - 1, largest * most_octets // len(html)))
    return html, [f"{run.folder.path}: the ladder holds {view['cut']}; choose others with --interval" for run, view in zip(runs, views) if view["cut"]]


def _filled(views: list[dict[str, Any]]) -> bytes:
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    ids = {id for view in views for tip in view["data"]["tips"].values() for id in tip[2]}
    data = {"runs": [view["data"] for view in views], "glossary": words.glossary(ids)}
    states = {state for view in views for state in view["states"]}
    colours = [(state, STATE_COLOUR[state], text_colour(STATE_COLOUR[state])) for state in STATES]
    return environment.from_string(_text("page.html")).render(
        views=views, markup=Markup, style=Markup(_text("page.css")), stretched=Markup(_text("stretched.js")), script=Markup(_text("page.js")), data=Markup(_json(data)),
        colours=colours, states=[each for each in colours if each[0] in states],
        title=" and ".join(view["name"] for view in views),
    ).encode("utf-8", "replace")  # fmt: skip


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _json(data: Any) -> str:
    """As it may stand in a script element, of which a text of a run cannot break out."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c").replace("&", "\\u0026")
