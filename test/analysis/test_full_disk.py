"""A disk that is full, or an output that cannot be written: a sentence that names it, status 1, and no half of a file."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg"}


def with_small_files() -> None:
    """No file may grow beyond 20 kB, as on a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def analysis(*arguments: object, **how) -> subprocess.CompletedProcess:
    command = [sys.executable, "-P", "-m", "analysis", *map(str, arguments)]
    how = {"stdout": subprocess.PIPE, **how}
    return subprocess.run(command, env=ENVIRONMENT, stderr=subprocess.PIPE, text=True, timeout=300, check=False, **how)


def assert_refused(result: subprocess.CompletedProcess, words: str) -> None:
    assert result.returncode == 1 and not result.stdout
    told = [line for line in result.stderr.splitlines() if not re.match(r"plot: \d+ of \d+ figures", line)]  # on a slow machine
    assert len(told) == 1 and words in told[0], result.stderr


def test_figures_appear_whole_or_not_at_all(life):
    old = life / "figures" / "graph.png"
    old.parent.mkdir()
    old.write_text("an earlier one")
    assert_refused(analysis("plot", life, "--only", "timeline,graph", preexec_fn=with_small_files), f"{old.parent}/")
    assert [file.name for file in old.parent.iterdir()] == ["graph.png"] and old.read_text() == "an earlier one"


@pytest.mark.parametrize("verb", [["ladder"], ["plot", "--only", "graph", "--format", "svg"]])
def test_standard_output_that_is_full(life, verb):
    with open("/dev/full", "w") as full:
        result = analysis(*verb[:1], life, *verb[1:], stdout=full)
    assert_refused(result, f"{verb[0]}: standard output: No space left on device")


def test_help_on_a_full_output():
    with open("/dev/full", "w") as full:
        assert_refused(analysis("plot", "--help", stdout=full), "standard output: No space left on device")


def test_a_small_disk(life, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", disk], capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted: {mounted.stderr.strip()}")
    try:
        result = analysis("plot", life, "--only", "timeline,graph", "-o", disk / "figures")
        assert_refused(result, "No space left on device")
        assert f"plot: {disk}/figures/" in result.stderr
        assert [file for file in disk.rglob("*") if file.is_file()] == []
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_pipe_is_written_to_and_a_link_stays_one(tmp_path):
    from analysis.base.files import write_all

    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    read, write = os.pipe()
    write_all({tmp_path / "link": b"new", Path(f"/dev/fd/{write}"): b"through", tmp_path / "a" / "b": b"deep"})
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"
    assert os.read(read, 100) == b"through" and (tmp_path / "a" / "b").read_text() == "deep"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a", "link", "real"]
