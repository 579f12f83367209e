"""Plays all scenarios, each in a network namespace of its own, and writes the table.

usage: run.py FOLDER [-j N] [FILTER]    into FOLDER go table.md and live.xml (JUnit)

Exit status: 0 all hold, 1 one does not, 77 namespaces are forbidden here.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scenario import Scenario, load
from world import PROGRAM

HERE = Path(__file__).resolve().parent
SKIPPED = 77
LONGEST_S = 240
AT_LEAST = 4  # scenarios
AT_A_TIME = 6  # for each core: they mostly wait
UNSHARE = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--net"]
COLUMNS = {"scenario": "scenario", "role": "role", "required": "required of us", "source": "source",
           "linux": "what Linux did", "ours": "what we did", "verdict": "verdict"}


def reason_to_skip() -> str | None:
    """Why nothing can be played here; None if it can."""
    for tool in ("unshare", "ip", "ss"):
        if subprocess.run(["sh", "-c", f"command -v {tool}"], capture_output=True, check=False).returncode:
            return f"there is no command '{tool}'"
    code = "import link; print(link.Link().kind)"
    attempt = subprocess.run([*UNSHARE, sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=False)
    if attempt.returncode:
        lines = (attempt.stderr or "it says nothing").strip().splitlines()
        return f"no network namespace with a TAP or veth device can be made: {lines[-1]}"
    return None


def play(chosen: Scenario, role: str) -> dict[str, str]:
    """The row of one scenario in one role."""
    command = [*UNSHARE, sys.executable, str(HERE / "play.py"), chosen.name, role]
    started = time.monotonic()
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_S, check=False)
        row = json.loads(done.stdout)
        if done.stderr:
            row["log"] = row.get("log", "") + "\n" + done.stderr
    except (subprocess.TimeoutExpired, json.JSONDecodeError) as fault:
        row = {"scenario": chosen.name, "role": role, "verdict": f"it did not end well: {fault}"}
    return row | {"seconds": f"{time.monotonic() - started:.1f}"}


def write_table(rows: list[dict[str, str]], path: Path) -> None:
    """The table, as Markdown; a line a row."""
    lines = ["| " + " | ".join(COLUMNS.values()) + " |", "|" + " --- |" * len(COLUMNS)]
    for row in rows:
        cells = [" ".join(row.get(column, "").replace("|", "/").split()) for column in COLUMNS]
        lines.append("| " + " | ".join(cells) + " |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_junit(rows: list[dict[str, str]], path: Path) -> None:
    """What `lab test` counts."""
    suite = xml.Element("testsuite", name="live")
    for row in rows:
        case = xml.SubElement(suite, "testcase", classname="live", name=f"{row['scenario']} ({row['role']})",
                              time=row.get("seconds", "0"))
        if row["verdict"] == "skipped":
            xml.SubElement(case, "skipped")
        elif row["verdict"] != "holds":
            xml.SubElement(case, "failure", message=row["verdict"]).text = row.get("log", "")
    xml.ElementTree(suite).write(path, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("filter", nargs="?", default="")
    parser.add_argument("-j", type=int, default=AT_A_TIME * (os.cpu_count() or 1), dest="at_a_time")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    scenarios = load()
    assert len(scenarios) >= AT_LEAST, f"only {len(scenarios)} scenarios"
    wanted = [(s, role) for s in scenarios.values() for role in s.roles if options.filter in f"live.{s.name}"]
    if not wanted:
        return 0
    if reason := reason_to_skip():
        print(f"SKIP: {reason}")
        rows = [{"scenario": s.name, "role": role, "verdict": "skipped"} for s, role in wanted]
        write_junit(rows, options.folder / "live.xml")
        return SKIPPED
    assert PROGRAM.exists(), f"{PROGRAM} is missing; ./lab test builds it"
    with ThreadPoolExecutor(options.at_a_time) as pool:
        rows = list(pool.map(lambda both: play(*both), wanted))
    table = options.folder / "live.md"
    write_table(rows, table)
    write_junit(rows, options.folder / "live.xml")
    written = len(table.read_text(encoding="utf-8").splitlines()) - 2
    failed = [row for row in rows if row["verdict"] != "holds"]
    for row in failed:
        print(f"--- {row['scenario']} ({row['role']}): {row['verdict']}\n{row.get('log', '')}")
    print(f"live: {len(wanted)} rows of {len({s.name for s, _ in wanted})} scenarios, {len(failed)} failed; {table}")
    if written != len(wanted) or any(not row.get("linux") or not row.get("ours") for row in rows if row not in failed):
        print(f"live: the table has {written} rows, or rows that say nothing; it must have {len(wanted)}")
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
