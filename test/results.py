"""What the tests came to: counted for lab, and noted for doc/tried.md, the table of what was run where.

``count FOLDER STATUS``                   prints what was skipped or failed, and last the count
``note NOTES COMMAND PROGRAM FOLDER STATUS``  keeps in NOTES what COMMAND came to, with what PROGRAM was built with
``merge NOTES...``                        puts such notes into doc/tried.md
"""

from __future__ import annotations

import csv
import io
import json
import platform
import subprocess
import sys
import xml.etree.ElementTree as xml
from datetime import date
from pathlib import Path

TRIED = Path(__file__).resolve().parents[1] / "doc" / "tried.md"
COLUMNS = ["system", "ns-3", "compiler", "command", "result", "date"]
KEY = ["system", "ns-3", "command"]  # a newer run of the same takes the place of an older one

Row = dict[str, str]


def cases(folder: Path, outcome: str) -> list[str]:
    """Class and name of the tests that passed, failed or were skipped, by the reports in a folder and below."""
    found = []
    for report in sorted(folder.rglob("*.xml")):
        if report.name == "ctest.xml":  # its programs have reports of their own
            continue
        for case in xml.parse(report).iter("testcase"):
            failed = case.find("failure") is not None or case.find("error") is not None
            skipped = case.find("skipped") is not None
            if not failed and not skipped and case.get("status") == "notrun":
                continue  # left out by a filter
            if outcome == ("failed" if failed else "skipped" if skipped else "passed"):
                found.append(f"{case.get('classname')} {case.get('name')}")
    return found


def failures(folder: Path, status: str) -> int:
    """At least one if a program died before it could report."""
    return len(cases(folder, "failed")) or int(status != "0")


def count(folder: str, status: str) -> int:
    """Prints the count, and before it what needs a look; 1 if a test failed or there were none."""
    passed, failed = len(cases(Path(folder), "passed")), failures(Path(folder), status)
    for outcome in ("skipped", "failed"):
        for name in cases(Path(folder), outcome):
            print(f"{outcome}: {name}")
    print(f"{passed} passed, {failed} failed", flush=True)
    return 1 if failed or not passed else 0


def rows_of(path: Path) -> list[Row]:
    """Those of a file that `note` has written; none if there is no such file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv.DictReader(file))


def newest(rows: list[Row]) -> list[Row]:
    """One row a key: of the latest date, and of these the last."""
    kept: dict[tuple[str, ...], Row] = {}
    for row in sorted(rows, key=lambda row: row["date"]):
        kept[tuple(row[name] for name in KEY)] = row
    return [kept[key] for key in sorted(kept)]


def note(notes: str, command: str, program: str, folder: str, status: str) -> int:
    """Writes the row of one run."""
    about = json.loads(subprocess.run([program, "--describe=json"], capture_output=True, check=True, text=True).stdout)
    compiler, version = about["built-with"].split()[:2]
    result = f"{len(cases(Path(folder), 'passed'))} passed, {failures(Path(folder), status)} failed"
    skipped = len(cases(Path(folder), "skipped"))
    row = {
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", platform.platform()),
        "ns-3": about["ns3-version"],
        "compiler": f"{'g++' if compiler == 'GNU' else compiler} {version}",
        "command": command,
        "result": result + (f", {skipped} skipped" if skipped else ""),
        "date": date.today().isoformat(),
    }
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(newest([*rows_of(Path(notes)), row]))
    Path(notes).write_text(text.getvalue(), encoding="utf-8")
    return 0


def table_of(text: str) -> list[Row]:
    """The rows of doc/tried.md."""
    lines = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return [dict(zip(COLUMNS, cells, strict=True)) for cells in lines[2:]]


def with_table(text: str, rows: list[Row]) -> str:
    """The page with these rows for its table, which ends it."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]
    for row in rows:
        lines.append("| " + " | ".join(f"`{row[name]}`" if name == "command" else row[name] for name in COLUMNS) + " |")
    return text.partition("\n| ")[0].rstrip("\n") + "\n\n" + "\n".join(lines) + "\n"


def merge(*notes: str) -> int:
    """Rewrites doc/tried.md; 2 if a file holds no notes."""
    page = TRIED.read_text(encoding="utf-8")
    rows = table_of(page)
    for name in notes:
        found = rows_of(Path(name))
        if not found or any(list(row) != COLUMNS or None in row.values() for row in found):
            print(f"lab: {name} holds no notes of './lab test'.", file=sys.stderr)
            return 2
        rows += found
    TRIED.write_text(with_table(page, newest(rows)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit({"count": count, "note": note, "merge": merge}[sys.argv[1]](*sys.argv[2:]))
