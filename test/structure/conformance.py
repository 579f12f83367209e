"""Which test shows which requirement: doc/conformance.md, from the tables and the tests' `Covers`.

A citation is the word `Covers` and the ids behind it, up to a colon, a semicolon or the end of the
sentence: `Covers R-17, T09`, `Covers R-30 to R-38`. It stands beside the head of a test, in the comment before it,
or in its docstring; in a script, in the first line.

A script also says of which rules it is a `Near miss of`: something that the rule's condition just excludes
happens in it, and it would fail if the rule acted nevertheless.
"""

import csv
import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "doc" / "requirements.csv"
STEPS = ROOT / "doc" / "requirements.md"
TRANSITIONS = ROOT / "analysis" / "transition-table.csv"
EXCEPTIONS = ROOT / "doc" / "exceptions.csv"
TABLE = ROOT / "doc" / "conformance.md"

ID = r"(?:[TP]\d+(?:\.[A-Z][A-Z0-9])?|R-\d+)"
COVERS = re.compile(r"\bCovers (.*)")
NEAR_MISS = re.compile(r"\bNear miss of (.*)")
END = re.compile(r"[:;]|\.(?=\s|$)|\"\"\"|\*/")
RANGE = re.compile(rf"({ID}) to ({ID})|({ID})")
ONLY_DEFAULT = "on by default"
CPP_TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)
PYTHON_TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
STEP = re.compile(r"\| (P\d\d) \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|")


class Row(NamedTuple):
    """A thing to be shown: a requirement, a transition, or a step of SEGMENT ARRIVES."""

    id: str
    source: str
    words: str
    rank: str
    needs_script: bool
    on_by_default: bool


class Case(NamedTuple):
    file: str  # from the root
    name: str

    @property
    def is_script(self):
        return self.file.endswith(".pkt")


def read_csv(path):
    with open(path, encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def requirements():
    rows = read_csv(REQUIREMENTS)
    ranked = ("core", "important")
    return [Row(r["id"], r["source"], r["requirement"], r["rank"], r["rank"] in ranked, True) for r in rows]


def transitions():
    rows = read_csv(TRANSITIONS)
    return [
        Row(r["id"], f"class {r['class']}", f"{r['from']} to {r['to']}: {r['trigger']}", r["default"], True,
            r["default"] == "on")
        for r in rows
    ]


def steps():
    found = STEP.findall(STEPS.read_text(encoding="utf-8"))
    return [
        Row(id, "RFC 9293 3.10.7", f"{state}: {condition}; reply {reply}; {effect}", "on", True, True)
        for id, state, condition, reply, effect in found
    ]


def exceptions():
    """By id: what is lacking, `implementation` or `script`, and why."""
    return {row["id"]: (row["lacks"], row["reason"]) for row in read_csv(EXCEPTIONS)}


# ---- citations


def number_of(id):
    return int(re.search(r"\d+", id)[0])


def ids_in(text, rows):
    """The ids that a citation names. A range has those of @p rows that exist; with the words `on by
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


def citations(text, words=COVERS):
    """Pairs of the place of each citation in @p text that begins with @p words and what stands behind it."""
    for match in words.finditer(text):
        cited = match[1]
        following = text[match.end() :].lstrip("\n").split("\n")
        while cited.rstrip().endswith(",") and following:
            cited = cited.rstrip() + " " + following.pop(0).strip().lstrip("/*# ")
        yield match.start(), cited


def test_at(place, text, heads):
    """The test that a citation at @p place belongs to: the one whose head stands on its line, else the
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


def cited_in_script(path, rows, words):
    """Pairs of id and test, in the order of the file."""
    script = Case(path.relative_to(ROOT).as_posix(), path.stem)
    text = path.read_text(encoding="utf-8")
    return [(id, script) for _, cited in citations(text, words) for id in ids_in(cited, rows)]


def cited_in(path, rows):
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
        found += [(id, Case(file, ".".join(head.groups()))) for id in ids]
    return found


def files_of_tests():
    return sorted(
        path
        for path in (ROOT / "test").rglob("*")
        if path.suffix in (".cc", ".py", ".pkt") and path.parent != Path(__file__).parent
    )


def by_id(pairs):
    found = {}
    for id, test in pairs:
        found.setdefault(id, {})[test] = None
    return {id: list(tests) for id, tests in found.items()}


def tests_by_id(rows):
    return by_id(pair for path in files_of_tests() for pair in cited_in(path, rows))


def near_misses_by_id(rows):
    scripts = [path for path in files_of_tests() if path.suffix == ".pkt"]
    return by_id(pair for path in scripts for pair in cited_in_script(path, rows, NEAR_MISS))


# ---- the table


def status_of(row, tests, near_misses, exceptions):
    """What the last column says; `OPEN` where something is missing."""
    lacks, reason = exceptions.get(row.id, ("", ""))
    if lacks == "implementation":
        return f"left out: {reason}"
    if row.id not in tests:
        return "OPEN: no test"
    if lacks == "script":
        return f"shown; no script: {reason}"
    if row.needs_script and not any(test.is_script for test in tests[row.id]):
        return "OPEN: no script"
    if row.needs_script and row.id not in near_misses:
        return "OPEN: no near miss"
    return "shown"


def together(names):
    """Names of scripts, those that differ in one word only as one: `p22-{es,f1}-reset`."""
    groups = {}
    for name in names:
        first, state, *rest = name.split("-", 2)
        key = (first, *rest) if len(state) == 2 and rest else (name,)
        groups.setdefault(key, []).append(state)
    for key, states in groups.items():
        if len(key) == 1:
            yield key[0]
        else:
            yield f"{key[0]}-{states[0] if len(states) == 1 else '{' + ','.join(states) + '}'}-{key[1]}"


def shown_by(tests):
    scripts = sorted(test.name for test in tests if test.is_script)
    names = [*dict.fromkeys(test.name for test in tests if not test.is_script), *together(scripts)]
    return ", ".join(f"`{name}`" for name in names)


def section(title, rows, tests, near_misses, exceptions):
    cell = "| {} | {} | {} | {} | {} | {} | {} |".format
    heads = ("id", "source", "in short", "rank or default", "test", "near miss", "status")
    lines = [f"## {title}", "", cell(*heads), "|---|---|---|---|---|---|---|"]
    for row in rows:
        words = row.words.replace("|", "\\|")
        shown, missed = shown_by(tests.get(row.id, [])), shown_by(near_misses.get(row.id, []))
        status = status_of(row, tests, near_misses, exceptions)
        lines.append(cell(row.id, row.source, words, row.rank, shown, missed, status))
    return [*lines, ""]


def rows_by_title():
    return {
        "Requirements": requirements(),
        "Transitions": transitions(),
        "Steps of SEGMENT ARRIVES": steps(),
    }


def all_rows():
    return [row for rows in rows_by_title().values() for row in rows]


def table():
    """The text of doc/conformance.md."""
    why = exceptions()
    shown = [row for row in all_rows() if why.get(row.id, [""])[0] != "implementation"]
    tests, near_misses = tests_by_id(shown), near_misses_by_id(shown)
    states = [status_of(row, tests, near_misses, why) for row in all_rows()]
    left_out = sum(state.startswith("left out") for state in states)
    lines = [
        "# What is shown by which test",
        "",
        "Written by `./lab golden` from `requirements.csv`, the transition table, section 2 of",
        "`requirements.md` and the word `Covers` in the tests; `exceptions.csv` has the reasons. Names with",
        "dashes are scripts of `test/packetdrill/scripts`. A near miss is a script in which the rule just does",
        "not apply, and which fails if it acts. Do not edit.",
        "",
        f"Of {len(states)} rows {len(states) - left_out} are shown, {left_out} are left out.",
        "",
    ]
    for title, rows in rows_by_title().items():
        lines += section(title, rows, tests, near_misses, why)
    return "\n".join(lines[:-1]) + "\n"
