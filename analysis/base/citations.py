"""Which tests show which id of doc/requirements.md, from what the tests cite.

A citation is the word `Covers` and the ids behind it, up to a colon, a semicolon or the end of the
sentence: `Covers R-17, T09`, `Covers R-30 to R-38`. It stands beside the head of a test, in the comment before it,
or in its docstring; in a script, in the first line.

A script also says of which rules it is a `Near miss of`: something that the rule's condition just excludes
happens in it, and it would fail if the rule acted nevertheless.

A scenario of test/live has ids beside its sections of RFCs.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterable, Iterator, NamedTuple

from .requirements import ROOT, Row

ID = r"(?:[TP]\d+(?:\.[A-Z][A-Z0-9])?|R-\d+|D\d+|E\d\d)"
COVERS = re.compile(r"\bCovers (.*)")
NEAR_MISS = re.compile(r"\bNear miss of (.*)")
END = re.compile(r"[:;]|\.(?=\s|$)|\"\"\"|\*/")
MENTIONED = re.compile(rf"(?<![\w.-]){ID}(?!\w)")
RANGE = re.compile(rf"({ID}) to ({ID})|({ID})")
ONLY_DEFAULT = "on by default"
CPP_TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
PYTHON_TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
SCENARIO = re.compile(r"^@scenario\((.*?)^def (\w+)\(", re.MULTILINE | re.DOTALL)


class Case(NamedTuple):
    file: str  # from the root
    name: str
    line: int = 1

    @property
    def is_script(self) -> bool:
        return self.file.endswith(".pkt")


Cited = Iterable["tuple[str, Case]"]


# ---- citations


def number_of(id: str) -> int:
    return int(re.search(r"\d+", id)[0])


def ids_in(text: str, rows: list[Row]) -> list[str]:
    """The ids that a citation names. A range has those of `rows` that exist; with the words `on by
    default` behind it, only those of them that are."""
    text = END.split(text)[0]
    found = []
    for first, last, single in RANGE.findall(text):
        found += [single] if single else [
            row.id
            for row in rows
            if row.id[0] == first[0] and number_of(first) <= number_of(row.id) <= number_of(last)
            and (row.on_by_default or ONLY_DEFAULT not in text)
        ]
    return found


def citations(text: str, words: re.Pattern = COVERS) -> Iterator[tuple[int, str]]:
    """Pairs of the place of each citation in `text` that begins with `words` and what stands behind it."""
    for match in words.finditer(text):
        cited = match[1]
        following = text[match.end() :].lstrip("\n").split("\n")
        while cited.rstrip().endswith(",") and following:
            cited = cited.rstrip() + " " + following.pop(0).strip().lstrip("/*# ")
        yield match.start(), cited


def test_at(place: int, text: str, heads: list[re.Match]) -> re.Match | None:
    """The test that a citation at `place` belongs to: the one whose head stands on its line, else the
    one before if it is indented as part of a body, else the next."""
    begin = text.rfind("\n", 0, place) + 1
    end = text.find("\n", place)
    line = text[begin:place]
    before = [head for head in heads if head.start() <= place]
    if before and begin <= before[-1].end() <= end:
        return before[-1]
    if line.startswith("    "):
        return before[-1] if before else None
    return next((head for head in heads if head.start() > place), None)


def line_of(place: int, text: str) -> int:
    return text.count("\n", 0, place) + 1


def cited_in_script(path: Path, rows: list[Row], words: re.Pattern) -> Cited:
    """Pairs of id and test, in the order of the file."""
    script = Case(path.relative_to(ROOT).as_posix(), path.stem)
    text = path.read_text(encoding="utf-8")
    return [(id, script) for _, cited in citations(text, words) for id in ids_in(cited, rows)]


def cited_in(path: Path, rows: list[Row]) -> Cited:
    """Pairs of id and test, in the order of the file."""
    if path.suffix == ".pkt":
        return cited_in_script(path, rows, COVERS)
    text = path.read_text(encoding="utf-8")
    file = path.relative_to(ROOT).as_posix()
    heads = list((PYTHON_TEST if path.suffix == ".py" else CPP_TEST).finditer(text))
    found = []
    for place, cited in citations(text):
        ids = ids_in(cited, rows)
        head = test_at(place, text, heads)
        if ids and head is None:
            raise ValueError(f"{file} has a citation that belongs to no test: {cited}")
        found += [(id, Case(file, ".".join(head.groups()), line_of(head.start(), text))) for id in ids]
    return found


def cited_by_scenarios(path: Path) -> Cited:
    """Pairs of id and scenario, in the order of the file."""
    text = path.read_text(encoding="utf-8")
    file = path.relative_to(ROOT).as_posix()
    return [
        (id, Case(file, match[2].replace("_", "-"), line_of(match.start(2), text)))
        for match in SCENARIO.finditer(text)
        for id in re.findall(ID, match[1])
    ]


# ---- all of them


def files_of_tests() -> list[Path]:
    return sorted(
        path
        for path in (ROOT / "test").rglob("*")
        if path.suffix in (".cc", ".py", ".pkt") and path.parent.name != "structure"
    )


def by_id(pairs: Cited) -> dict[str, list[Case]]:
    found: dict[str, dict[Case, None]] = {}
    for id, test in pairs:
        found.setdefault(id, {})[test] = None
    return {id: list(tests) for id, tests in found.items()}


def tests_by_id(rows: list[Row]) -> dict[str, list[Case]]:
    return by_id(pair for path in files_of_tests() for pair in cited_in(path, rows))


def near_misses_by_id(rows: list[Row]) -> dict[str, list[Case]]:
    scripts = [path for path in files_of_tests() if path.suffix == ".pkt"]
    return by_id(pair for path in scripts for pair in cited_in_script(path, rows, NEAR_MISS))


def scenarios_by_id() -> dict[str, list[Case]]:
    return by_id(pair for path in sorted((ROOT / "test" / "live").rglob("*.py")) for pair in cited_by_scenarios(path))


def mentions_by_id(files: Iterable[Path]) -> dict[str, dict[str, list[int]]]:
    """By id and file, the lines that have it somewhere."""
    found: dict[str, dict[str, list[int]]] = {}
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for id in dict.fromkeys(MENTIONED.findall(line)):
                found.setdefault(id, {}).setdefault(path.relative_to(ROOT).as_posix(), []).append(number)
    return found
