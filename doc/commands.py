"""Plays the tutorial and then the how-to guides as a reader would: runs their commands in order, and compares what these print with what
the pages quote.

usage: commands.py FOLDER

FOLDER is made anew; what the commands write stays there. In a block of the language `console` a command begins with `$ `, and goes on
in the next line after a backslash; what stands below it is its standard output, in which `...` is anything. A block with a caption is
the file of that name. Exit status: 0 if all is as the page says, 1 if not; the first difference is printed.
"""

from __future__ import annotations

import doctest
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
DOC = ROOT / "doc"
CLONE = "tcp-lifecycle"  # where the tutorial leads, and the other pages begin
BLOCK = re.compile(r"^\.\. code-block:: (\S+)\n((?:   :.*\n)*)\n((?:(?:   .*)?\n)+)", re.MULTILINE)
CAPTION = re.compile(r":caption: (\S+)")
ADDRESS = "ADDRESS"  # what the page calls the place of the repository
LONGEST_S = 600  # a command may take
LIKE = doctest.ELLIPSIS | doctest.REPORT_NDIFF


class Command(NamedTuple):
    line: int  # of the page, from 1
    text: str
    printed: str  # nothing: whatever it prints is right


class File(NamedTuple):
    name: str
    text: str


class Wrong(Exception):
    """What is not as the page says, in words."""


def steps(page: str) -> Iterator[Command | File]:
    """What a reader does, in order."""
    for block in BLOCK.finditer(page):
        language, options, body = block[1], block[2], textwrap.dedent(block[3])
        if caption := CAPTION.search(options):
            yield File(caption[1], body.strip("\n") + "\n")
        elif language == "console":
            line = page.count("\n", 0, block.start(3)) + 1
            for part in re.split(r"^(?=\$ )", body, flags=re.MULTILINE):
                if part.startswith("$ "):
                    text, printed = re.match(r"\$ ((?:.*\\\n)*.*)\n?((?:.*\n?)*)", part).groups()
                    yield Command(line, text, printed.strip("\n"))
                line += part.count("\n")


def pages() -> list[Path]:
    return [DOC / "tutorial.rst", *sorted(DOC.glob("howto-*.rst"))]


def play(page: str, here: Path) -> int:
    """Does all of it, beginning `here`; the number of commands, or a Wrong."""
    count = 0
    environment = {**os.environ, "COLUMNS": "100", "LC_ALL": "C.UTF-8"}
    for step in steps(page):
        if isinstance(step, File):
            (here / step.name).write_text(step.text, encoding="utf-8")
            continue
        count += 1
        if step.text.startswith("cd "):
            here /= step.text[3:]
            continue
        if step.text.startswith("git clone ") and not (ROOT / ".git").exists():
            print("commands: left out: git clone, since this tree is no clone", file=sys.stderr)
            use_this_build(here / step.text.split()[-1])
            continue
        text = step.text.replace(ADDRESS, f"'{ROOT}'")
        done = subprocess.run(text, shell=True, cwd=here, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=LONGEST_S, check=False)  # fmt: skip
        if done.returncode:
            raise Wrong(f"line {step.line}: '{step.text}' ended with {done.returncode}:\n{done.stderr or done.stdout}")
        example = doctest.Example(step.text, step.printed)
        if step.printed and not doctest.OutputChecker().check_output(example.want, done.stdout, LIKE):
            told = doctest.OutputChecker().output_difference(example, done.stdout, LIKE)
            raise Wrong(f"line {step.line}: '{step.text}' prints something else:\n{told}")
        if text.startswith("git clone "):
            use_this_build(here / text.split()[-1])
    return count


def use_this_build(clone: Path) -> None:
    """Has the clone's `lab` be that of this tree, which is built."""
    clone.mkdir(exist_ok=True)
    (clone / "lab").unlink(missing_ok=True)
    (clone / "lab").symlink_to(ROOT / "lab")


def main() -> int:
    (folder,) = map(Path, sys.argv[1:])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for page in pages():
        try:
            play(page.read_text(encoding="utf-8"), folder if page.stem == "tutorial" else folder / CLONE)
        except Wrong as problem:
            print(f"{page.relative_to(ROOT)}, {problem}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
