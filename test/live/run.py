"""Plays all scenarios, each in a network namespace of its own, and writes the table.

usage: run.py FOLDER [-j N] [FILTER]    into FOLDER go live.md, the table, and live.xml (JUnit)

Exit status: 0 all hold, 1 one does not, 77 namespaces are forbidden here.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
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
AT_LEAST = 40  # scenarios
AT_A_TIME = 6  # for each core: they mostly wait
WAYS_IN = (["unshare", "--net"], ["unshare", "--map-root-user", "--net"])  # as root, as anybody
ENVIRONMENT = os.environ | {"PYTHONPATH": str(HERE)}
COLUMNS = {"scenario": "scenario", "role": "role", "required": "required of us", "source": "source",
           "linux": "what Linux did", "ours": "what we did", "verdict": "verdict"}


def way_in() -> tuple[list[str], str]:
    """What starts a program in a namespace of its own; or nothing, and why there is none."""
    for tool in ("unshare", "ip", "ss"):
        if shutil.which(tool) is None:
            return [], f"there is no command '{tool}'"
    for way in WAYS_IN:
        attempt = subprocess.run([*way, sys.executable, str(HERE / "link.py")], env=ENVIRONMENT,
                                 capture_output=True, text=True, check=False)
        if attempt.returncode == 0:
            return way, ""
    said = attempt.stderr.strip().splitlines() or ["it does not say why"]
    return [], f"no network namespace with a TAP or veth device can be made here: {said[-1]}"


def play(way: list[str], chosen: Scenario, role: str) -> dict[str, str]:
    """The row of one scenario in one role."""
    command = [*way, sys.executable, str(HERE / "play.py"), chosen.name, role]
    started = time.monotonic()
    try:
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=LONGEST_S, check=False)
        row = json.loads(done.stdout)
        row["log"] = row.get("log", "") + done.stderr
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
    """What `lab test` counts. Without rows, one test that was skipped."""
    suite = xml.Element("testsuite", name="live")
    for row in rows:
        case = xml.SubElement(suite, "testcase", classname="live", name=f"{row['scenario']} ({row['role']})",
                              time=row["seconds"])
        if row["verdict"] != "holds":
            xml.SubElement(case, "failure", message=row["verdict"]).text = row.get("log", "")
    if not rows:
        xml.SubElement(xml.SubElement(suite, "testcase", classname="live", name="all scenarios"), "skipped")
    xml.ElementTree(suite).write(path, encoding="utf-8")


def problem_with(table: Path, rows: list[dict[str, str]], wanted: int) -> str:
    """What is wrong with the table: a row for each scenario and role, each with both sides' deeds."""
    written = table.read_text(encoding="utf-8").splitlines()[2:]
    if len(written) != wanted:
        return f"the table has {len(written)} rows; it must have {wanted}"
    silent = [row["scenario"] for row in rows if row["verdict"] == "holds" and not (row["linux"] and row["ours"])]
    return f"rows that say nothing: {silent}" if silent else ""


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
    way, reason = way_in()
    if not way:
        print(f"SKIP: {reason}")
        write_junit([], options.folder / "live.xml")
        return SKIPPED
    assert PROGRAM.exists(), f"{PROGRAM} is missing; ./lab test builds it"
    with ThreadPoolExecutor(options.at_a_time) as pool:
        rows = list(pool.map(lambda both: play(way, *both), wanted))
    table = options.folder / "live.md"
    write_table(rows, table)
    write_junit(rows, options.folder / "live.xml")
    failed = [row for row in rows if row["verdict"] != "holds"]
    for row in failed:
        print(f"--- {row['scenario']} ({row['role']}): {row['verdict']}\n{row.get('log', '')}")
    for row in rows:
        print(f"{row['scenario']} ({row['role']}): Linux: {row.get('linux')}; we: {row.get('ours')}")
    kinds = " and ".join(sorted({row["link"] for row in rows if "link" in row}))
    print(f"live: {len(rows)} rows of {len({s.name for s, _ in wanted})} scenarios over {kinds}, "
          f"{len(failed)} failed; {table}")
    if problem := problem_with(table, rows, len(wanted)):
        print(f"live: {problem}")
    return 1 if failed or problem else 0


if __name__ == "__main__":
    sys.exit(main())
