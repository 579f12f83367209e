"""`lab why ID...`: what an id of doc/requirements.md says, where that stands, and which tests show it."""

from __future__ import annotations

import argparse
import functools
import re
import shutil
import textwrap
from typing import Iterable, Iterator, NamedTuple

from . import citations, requirements
from .command_line import carry_out, parser_of
from .errors import BadInput
from .files import IN_TREE, LAB
from .requirements import ROOT, Row

NARROWEST, WIDEST = 60, 100  # columns
LONGEST_SHOWN = 30  # characters of what is no id
NEAR = 3  # ids
TYPED = re.compile(r"([A-Za-z])[- ]?0*([0-9]{1,4})(?:[.-]?([A-Za-z][A-Za-z0-9]))?")
KINDS = {"P": ("a step", "steps", " of SEGMENT ARRIVES"), "T": ("a transition", "transitions", ""),
         "R": ("a requirement", "requirements", ""), "D": ("an open point", "open points", " of the standards"),
         "E": ("an experiment", "experiments", "")}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Tells about each id; 0 if all is told, 1 when it cannot be written, 2 if something is no id."""
    parser = parser_of("why", "Says what an id means and which tests show it.")
    ids = parser.add_argument("ids", nargs="*", metavar="ID", help="such as P31, T26, R-17, D5 or E08")
    ids.completer = lambda **_: [row.id for row in requirements.everything()]  # what a shell may complete one to
    parser.set_defaults(verb=_why)
    return carry_out(parser, arguments)


def _why(options: argparse.Namespace) -> None:
    if not options.ids:
        raise BadInput(f"why needs an id; there are {_kinds_there_are()}")
    width = max(NARROWEST, min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST))
    print("\n\n".join("\n".join(_told(row, width)) for row in _rows_for(options.ids)))


# ---- which


@functools.cache
def _known() -> dict[tuple[str, int, str], Row]:
    """By letter, number and state, so that it does not matter how an id is written."""
    return {_key(row.id): row for row in requirements.everything()}


def _key(text: str) -> tuple[str, int, str] | None:
    """What an id means, however it is typed: `r17`, `R-17`, `R-017`; None if that is none."""
    match = TYPED.fullmatch(text)
    return (match[1].upper(), int(match[2]), (match[3] or "").upper()) if match else None


def _rows_for(typed: Iterable[str]) -> list[Row]:
    """In order, each once."""
    words = [word.strip(" .;()") for text in typed for word in text.split(",") if word or not text]
    unknown = [word for word in words if _key(word) not in _known()]
    if unknown:
        raise BadInput(_refusal(list(dict.fromkeys(unknown))))
    return list(dict.fromkeys(_known()[_key(word)] for word in words))


def _refusal(unknown: list[str]) -> str:
    shown = [repr(word if len(word) <= LONGEST_SHOWN else word[:LONGEST_SHOWN] + "...") for word in unknown[:NEAR]]
    what = ", ".join(shown) + (f" and {len(unknown) - NEAR} more" if len(unknown) > NEAR else "")
    near = _near(unknown[0]) if len(unknown) == 1 else []
    return (f"{what} {'is no id' if len(unknown) == 1 else 'are no ids'};"
            + (f" near it are {', '.join(near)};" if near else "") + f" there are {_kinds_there_are()}")  # fmt: skip


def _near(word: str) -> list[str]:
    """Those of the same letter with the nearest numbers."""
    key = _key(word)
    alike = [known for known in _known() if key and known[0] == key[0]]
    return [_known()[known].id for known in sorted(alike, key=lambda known: abs(known[1] - key[1]))[:NEAR]]


def _kinds_there_are() -> str:
    parts = []
    for letter, (_, many, of) in KINDS.items():
        ids = sorted((row.id for row in _known().values() if row.id[0] == letter and not _is_group(row)), key=_key)
        parts.append(f"{ids[0]} to {ids[-1]} ({len(ids)} {many}{of})")
    return ", ".join(parts)


def _is_group(row: Row) -> bool:
    return row.details[0][0] == "edges"


# ---- what is told


def _told(row: Row, width: int) -> Iterator[str]:
    one, _, of = KINDS[row.id[0]]
    yield f"{row.id}  {'a group of transitions' if _is_group(row) else one + of}"
    for name, text in row.details:
        yield from _labelled(name.replace("_", " "), text, width)
    yield from _labelled("stands in", "no standard" if row.source == "none" else row.source, width)
    if IN_TREE:
        yield from _shown(shown_by(row), width)
    else:
        yield from _labelled("", "Which tests show it is told in the source tree: the tests are not installed.", width)


def _labelled(name: str, text: str, width: int) -> Iterator[str]:
    """A part under its name; its lines are wrapped but for those of a table."""
    for i, line in enumerate(text.split("\n")):
        first = f"  {name:<9} " if i == 0 else " " * 12
        rest = " " * (14 if line.startswith("- ") else 12)
        if line.startswith("|"):
            yield first + line
        elif line:
            yield from textwrap.wrap(line, width, initial_indent=first, subsequent_indent=rest,
                                     break_long_words=False, break_on_hyphens=False)  # fmt: skip


@functools.cache
def _cited() -> dict[str, dict[str, list[citations.Case]]]:
    """By title and id."""
    rows = requirements.everything()
    return {
        "Tests": citations.tests_by_id(rows),
        "Near misses, scripts in which it just does not apply": citations.near_misses_by_id(rows),
        "Scenarios beside Linux": citations.scenarios_by_id(),
    }


class Shown(NamedTuple):
    """What shows a rule, of the source tree."""

    cases: dict[str, list[citations.Case]]  # by title
    sentences: list[str]  # what is lacking, and why
    mentions: dict[str, dict[str, set[int]]]  # what else has its id: by title and file, the lines


def shown_by(row: Row) -> Shown:
    """Which tests show the rule, or one of its group, and what else has its id."""
    ids = [row.id, *(each.id for each in _known().values() if each.id.startswith(f"{row.id}."))]
    exceptions = requirements.exceptions()
    reasons = [exceptions[id] for id in ids if id in exceptions]
    cases, sentences = {}, []
    for title, by_id in _cited().items():
        found = sorted({case for id in ids for case in by_id.get(id, [])}, key=lambda case: (case.file, case.line))
        if found:
            cases[title] = found
        elif title == "Tests":
            why = [f": left out, {reason}" for lacks, reason in reasons if lacks == "implementation"]
            sentences.append("No test cites it" + (why[0] if why else "") + ".")
    sentences += [f"No script: {reason}." for reason in dict.fromkeys(reason for lacks, reason in reasons if lacks == "script")]
    mentions: dict[str, dict[str, set[int]]] = {}
    for title, by_id in _mentioned().items():
        for file, numbers in (each for id in ids for each in by_id.get(id, {}).items()):
            mentions.setdefault(title, {}).setdefault(file, set()).update(numbers)
    return Shown(cases, sentences, mentions)


def _shown(it: Shown, width: int) -> Iterator[str]:
    for title, cases in it.cases.items():
        yield f"  {title}:"
        yield from (line for case in cases for line in _case(case, width))
    for sentence in it.sentences:
        yield from _labelled("", sentence, width)
    for title, lines in it.mentions.items():
        yield f"  {title}:"
        for file, numbers in sorted(lines.items()):
            yield f"    {file}:{min(numbers)}{f' and {len(numbers) - 1} more' if len(numbers) > 1 else ''}"


def _case(case: citations.Case, width: int) -> Iterator[str]:
    place = f"    {case.file}:{case.line}"
    if case.is_script:  # its file is named like it
        yield place
    elif len(place) + 2 + len(case.name) <= width:
        yield f"{place}  {case.name}"
    else:
        yield from (place, f"      {case.name}")


@functools.cache
def _mentioned() -> dict[str, dict[str, dict[str, list[int]]]]:
    """By title, id and file."""
    return {
        f"Experiments, {LAB} experiment show NAME": citations.mentions_by_id((ROOT / "analysis" / "experiments").glob("*.py")),
        "Golden files": citations.mentions_by_id((ROOT / "test").glob("*/golden/*.txt")),
    }
