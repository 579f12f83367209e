"""Each fault that is seeded into the machine is found: by the explorer with a counterexample, and by a ladder."""

from __future__ import annotations

import csv
import io
import os
import subprocess

import pytest

import mutation
from mutation import BUILD, QUICK, SURVIVES, TABLE

FULL = "LIFECYCLE_FULL" in os.environ
COLUMNS = ["mutant", "fault", "explorer", "world", "ladders"]
ALL = {mutant.name: mutant for mutant in mutation.mutants()}
LOOKED_AT = [mutant for mutant in ALL.values() if FULL or mutant.name in QUICK]
MOST_WORLDS = 100_000  # of the right machine, which has no counterexample at which the search ends
HEAD = "Fault: all is lost\nExplorer: phantom, --script=close\nLadders: see it\n"


@pytest.mark.parametrize(
    "head",
    ["", "Fault: x\n", HEAD.replace("Fault", "fault"), HEAD.replace("phantom, --script=close", "phantom"), HEAD.replace("see it", "maybe"),
     HEAD.replace("phantom, --script=close", "survives:"), HEAD.replace("phantom, --script=close", "survives because")],
)  # fmt: skip
def test_a_patch_without_its_head_is_refused(tmp_path, head):
    (tmp_path / "x.patch").write_text(head)
    with pytest.raises(ValueError, match="expected lines Fault, Explorer and Ladders"):
        mutation.read(tmp_path / "x.patch")


def patch_of(file: str, lines: list[str]) -> str:
    return f"{HEAD}\n--- a/model/core/{file}\n+++ b/model/core/{file}\n@@ -1,2 +1,3 @@\n {lines[0]}\n+// more\n {lines[1]}\n"


def lines_of(file: str) -> list[str]:
    return (mutation.CORE / file).read_text(encoding="ascii").splitlines()


@pytest.mark.parametrize("file, lines", [("host.cc", ["a line that", "is not there"]), ("no-such-host.cc", lines_of("host.cc"))])
def test_a_patch_that_does_not_apply_fails(tmp_path, file, lines):
    (tmp_path / "x.patch").write_text(patch_of(file, lines))
    with pytest.raises(RuntimeError, match="git apply .*x.patch"):
        mutation.patched(mutation.read(tmp_path / "x.patch"), tmp_path / "core")


def test_a_patch_of_a_header_is_refused(tmp_path):
    (tmp_path / "x.patch").write_text(patch_of("host.h", lines_of("host.h")))
    with pytest.raises(RuntimeError, match="changes host.h; expected sources, no headers"):
        mutation.patched(mutation.read(tmp_path / "x.patch"), tmp_path / "core")


def test_there_is_no_mutant_of_another_name(capsys):
    assert mutation.main(["no-such"]) == 2
    assert "there is no mutant 'no-such'; there are: " in capsys.readouterr().err


@pytest.mark.parametrize("name", ALL)
def test_each_patch_applies(tmp_path, name):
    assert len(mutation.patched(ALL[name], tmp_path / "core")) == 1


def test_there_are_forty():
    assert len(ALL) >= 40
    assert set(QUICK) <= ALL.keys()


@pytest.fixture(scope="module")
def seen() -> dict[str, mutation.Seen | Exception]:
    """What has seen the mutants: all with ./lab test --full, else some."""
    return mutation.look_at_all(LOOKED_AT)


@pytest.mark.parametrize("mutant", LOOKED_AT, ids=lambda mutant: mutant.name)
def test_what_is_to_see_a_mutant_sees_it(seen, mutant):
    found = seen[mutant.name]
    assert not isinstance(found, Exception), found
    if mutant.explorer.startswith(SURVIVES):
        assert found.check == ""
        assert not mutant.world or "all futures are seen" in found.report
    else:
        assert found.check == mutant.explorer, found.report
        assert found.events > 0
    assert bool(found.ladders) == (mutant.ladders == "see it"), found.ladders


@pytest.mark.parametrize("world", dict.fromkeys(mutant.world for mutant in LOOKED_AT if mutant.world), ids=" ".join)
def test_the_right_machine_breaks_nothing_there(world):
    """Else the world tells nothing of the mutant."""
    done = subprocess.run([BUILD / "bin" / "lifecycle-explore", *world, "--quiet", f"--worlds={MOST_WORLDS}"], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 3), done.stdout


@pytest.mark.skipif(not FULL, reason="the table is of all mutants, which ./lab test --full looks at")
def test_the_table_of_the_handbook_says_so(seen):
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(seen[mutant.name].row(mutant) for mutant in LOOKED_AT if not isinstance(seen[mutant.name], Exception))
    if "LIFECYCLE_GOLDEN_WRITE" in os.environ:
        TABLE.write_text(text.getvalue(), encoding="utf-8")
    assert TABLE.read_text(encoding="utf-8") == text.getvalue()
