"""What doc/conformance.md says: which test shows which requirement, transition and step, or why none does."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from analysis.base.citations import near_misses_by_id, tests_by_id  # noqa: E402
from analysis.base.requirements import exceptions, to_be_shown  # noqa: E402

TABLE = ROOT / "doc" / "conformance.md"


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


def table():
    """The text of doc/conformance.md."""
    by_title, why = to_be_shown(), exceptions()
    rows = [row for rows in by_title.values() for row in rows]
    shown = [row for row in rows if why.get(row.id, [""])[0] != "implementation"]
    tests, near_misses = tests_by_id(shown), near_misses_by_id(shown)
    states = [status_of(row, tests, near_misses, why) for row in rows]
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
    for title, rows in by_title.items():
        lines += section(title, rows, tests, near_misses, why)
    return "\n".join(lines[:-1]) + "\n"
