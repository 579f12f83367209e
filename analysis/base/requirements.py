"""What the standards require: each id of doc/requirements.md, what it says, and where that stands."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

from .files import ROOT

REQUIREMENTS = ROOT / "doc" / "requirements.csv"
TEXT = ROOT / "doc" / "requirements.md"
CHOICES = ROOT / "doc" / "design.md"
EXCEPTIONS = ROOT / "doc" / "exceptions.csv"
TRANSITIONS = ROOT / "analysis" / "transition-table.csv"

TABLE = re.compile(r"^\|.*(?:\n\|.*)*", re.MULTILINE)
STATE_CODE = re.compile(r"\b([A-Z][A-Z0-9]) ([A-Z]+(?:-[A-Z0-9]+)*)")
EXPERIMENT = re.compile(r"^\*\*(E\d\d) (.*?)\*\*(.*?)(?=^\*\*E\d\d |\Z)", re.MULTILINE | re.DOTALL)
TOLD = {"others": "SYN-RECEIVED or synchronized", "sync": "synchronized"}  # of steps


class Row(NamedTuple):
    """A thing to be shown: a requirement, a transition, a step of SEGMENT ARRIVES ..."""

    id: str
    source: str  # where it stands
    words: str  # in short
    rank: str  # of a requirement; of others class and default
    needs_script: bool
    on_by_default: bool
    details: tuple[tuple[str, str], ...] = ()  # all that it says, each part under its name


def read_csv(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def rows_under(path: Path, *heads: str) -> list[dict[str, str]]:
    """The rows of all tables of a Markdown file that have these heads."""
    found = []
    for table in TABLE.findall(path.read_text(encoding="utf-8")):
        head, _, *lines = ([cell.strip() for cell in line.strip()[1:-1].split("|")] for line in table.split("\n"))
        if set(heads) <= set(head):
            found += [dict(zip(head, cells)) for cells in lines]
    return found


def details(**parts: str) -> tuple[tuple[str, str], ...]:
    """Those that say something, without Markdown's marks."""
    plain = {name: re.sub(r"`|\*\*", "", text).strip() for name, text in parts.items()}
    return tuple((name.strip("_"), text) for name, text in plain.items() if text not in ("", "-"))


# ---- the kinds


def requirements() -> list[Row]:
    return [
        Row(r["id"], r["source"], r["requirement"], r["rank"], r["rank"] in ("core", "important"), True,
            details(requires=r["requirement"], to_show=r["test"], rank=r["rank"]))
        for r in read_csv(REQUIREMENTS)
    ]  # fmt: skip


def transitions() -> list[Row]:
    edges = {row["id"]: row for row in rows_under(TEXT, "id", "guard", "actions")}
    groups = _groups()
    classes = _classes()
    found = []
    for r in read_csv(TRANSITIONS):
        told = edges.get(r["id"]) or groups[r["id"].split(".")[0]]
        edge = f"{r['from']} to {r['to']}"
        all_of_it = details(edge=edge, event=told["event"], guard=told.get("guard", ""), actions=told["actions"],
                            _class=f"{r['class']}, {classes[r['class']]}; {r['default']} by default")  # fmt: skip
        found.append(Row(r["id"], f"RFC 9293 {r['section']}", f"{edge}: {r['trigger']}", f"{r['class']}, {r['default']}",
                         True, r["default"] == "on", all_of_it))  # fmt: skip
    return found


def groups_of_transitions() -> list[Row]:
    """`T41` stands for `T41.ES` and others."""
    edges = transitions()
    found = []
    for id, told in _groups().items():
        members = [row for row in edges if row.id.startswith(f"{id}.")]
        source = "; ".join(dict.fromkeys(row.source for row in members))
        all_of_it = details(edges=", ".join(row.id for row in members), event=told["event"], actions=told["actions"],
                            to=told["to"], _class=told["class"], default=told["def"])  # fmt: skip
        found.append(Row(id, source, told["event"], told["class"], False, True, all_of_it))
    return found


def steps() -> list[Row]:
    replies = {row["name"]: row["segment"] for row in rows_under(TEXT, "name", "segment")}
    names = dict(STATE_CODE.findall(_line("States in ids: ").partition(".")[0])) | TOLD
    found = []
    for r in rows_under(TEXT, "id", "state, step"):
        reply = "; ".join([r["reply"], *(f"{name} is {replies[name]}" for name in replies if name in r["reply"].split())])
        all_of_it = details(_in=_place(r["state, step"], names), _if=r["condition"], reply=reply, effect=r["effect"])
        words = f"{r['state, step']}: {r['condition']}; reply {r['reply']}; {r['effect']}"
        found.append(Row(r["id"], r["source"], words, "on", True, True, all_of_it))
    return found


def open_points() -> list[Row]:
    choices = {row["point"].split()[0]: row for row in rows_under(CHOICES, "point", "choice")}
    found = []
    for r in rows_under(TEXT, "no", "point"):
        choice, attribute = [choices[r["no"]][head] for head in list(choices[r["no"]])[1:3]]
        all_of_it = details(open=r["point"], choice=choice, attribute=attribute)
        found.append(Row(r["no"], r["source"], r["point"], "", False, True, all_of_it))
    return found


def experiments() -> list[Row]:
    text = TEXT.read_text(encoding="utf-8")
    source = "no RFC: a closed form, derived in section 6 of doc/requirements.md"
    return [
        Row(id, source, title, "", False, True, details(asks=title, says=body.strip()))
        for id, title, body in EXPERIMENT.findall(text)
    ]


def to_be_shown() -> dict[str, list[Row]]:
    """By title: all that must have a test, or a reason why there is none."""
    return {"Requirements": requirements(), "Transitions": transitions(), "Steps of SEGMENT ARRIVES": steps()}


def everything() -> list[Row]:
    """All that has an id."""
    return [*requirements(), *groups_of_transitions(), *transitions(), *steps(), *open_points(), *experiments()]


def exceptions() -> dict[str, tuple[str, str]]:
    """By id: what is lacking, `implementation` or `script`, and why."""
    return {row["id"]: (row["lacks"], row["reason"]) for row in read_csv(EXCEPTIONS)}


# ---- parts


def _groups() -> dict[str, dict[str, str]]:
    return {row["group"]: row for row in rows_under(TEXT, "group", "event")}


def _line(begin: str) -> str:
    """What stands behind `begin` in its line."""
    return next(line for line in TEXT.read_text(encoding="utf-8").splitlines() if line.startswith(begin))[len(begin) :]


def _classes() -> dict[str, str]:
    """What the letter of a transition's class means."""
    return dict(part.split(" ", 1) for part in _line("- Class: ").rstrip(".").split("; "))


def _place(text: str, names: dict[str, str]) -> str:
    """`LI 2` in words."""
    states, check = re.fullmatch(r"(.*?)(?: (\d))?", text).groups()
    words = ", ".join(names.get(code, code) for code in states.split(" ")) if "," not in states else states
    if check is None:
        return words
    return f"{words}; check {check}" if check != "0" else f"{words}; before check 1"
