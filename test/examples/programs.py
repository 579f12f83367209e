"""Runs lifecycle-run as a user does: as a program, with options, into a folder."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis.base.check_run import verdict
from analysis.base.run_folder import RunFolder

ROOT = Path(__file__).resolve().parents[2]
# ./lab names another one when it tests another build.
PROGRAM = Path(os.environ.get("LIFECYCLE_RUN", ROOT / "build" / "bin" / "lifecycle-run"))

needs_tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is missing, so no one else reads the packets")


def program(name: str) -> Path:
    """An example beside PROGRAM; ns-3 names both alike: `ns3.37-lifecycle-run-default`."""
    return PROGRAM.with_name(PROGRAM.name.replace("lifecycle-run", name))


def run(*options: str, prefix: tuple[str, ...] = ()) -> subprocess.CompletedProcess:
    """The finished program; it must end within two minutes, and what it has recorded must agree with the state graph."""
    assert PROGRAM.exists(), f"{PROGRAM} is missing; ./lab test builds it"
    done = subprocess.run(
        [*prefix, str(PROGRAM), *options], capture_output=True, text=True, timeout=120, check=False
    )
    for option in options:
        if option.startswith("--output="):
            check(Path(option.removeprefix("--output=")))
    return done


_CHECKED: set[tuple[Path, int]] = set()


def check(folder: Path) -> None:
    """What `lab check-run` says of a run folder, if it is one and holds what can be checked."""
    manifest = folder / "manifest.json"
    if not manifest.is_file() or (folder / "unfinished").exists() or (folder, manifest.stat().st_mtime_ns) in _CHECKED:
        return
    run_folder = RunFolder(folder)
    if {"transitions", "segments"} & set(run_folder.manifest["record"]):
        text, is_broken = verdict(run_folder)
        assert not is_broken, text
    _CHECKED.add((folder, manifest.stat().st_mtime_ns))


def files(folder: Path) -> dict[str, bytes]:
    """All files of a run but host.json, which may differ between repeats."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != "host.json"
    }


def golden_is_written() -> bool:
    """Whether ./lab golden is running."""
    return "LIFECYCLE_GOLDEN_WRITE" in os.environ
