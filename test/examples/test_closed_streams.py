"""./lab with standard input, output or error closed, or the output full: what it says is true, and it ends."""

from __future__ import annotations

import subprocess

import pytest

from programs import ROOT, run

CLOSED = ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"]


def lab(words: str, streams: str) -> subprocess.CompletedProcess:
    return subprocess.run(["sh", "-c", f"'{ROOT}/lab' {words} {streams}"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=300, check=False)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("closed") / "run"
    assert run(f"--output={path}", "--record=transitions,segments").returncode == 0
    return path


@pytest.mark.parametrize("streams", CLOSED)
def test_ladder(folder, streams):
    done = lab(f"ladder '{folder}'", streams)
    if ">&-" in streams.replace("2>&-", ""):
        assert done.returncode == 1
        assert done.stderr == ("" if "2>&-" in streams else "ladder: standard output: Bad file descriptor\n")
    else:
        assert done.returncode == 0 and done.stderr == "" and "SYN-SENT" in done.stdout


@pytest.mark.parametrize("streams", ["<&- 2>&-", "<&- >&- 2>&-"])
def test_figures_hold_no_message(folder, tmp_path, streams):
    """A file that is opened takes no number of a closed stream, to which messages would go."""
    done = lab(f"plot '{folder}' --only graph -o '{tmp_path}/out'", streams)
    assert done.returncode == (1 if " >&-" in streams else 0)
    assert (tmp_path / "out" / "graph.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("streams", [">&-", "<&- >&-", ">/dev/full"])
@pytest.mark.parametrize("words", ["help", "experiment list", "sweep --help", "plot --help"])
def test_output_that_goes_nowhere_is_a_failure(words, streams):
    done = lab(words, streams)
    assert done.returncode != 0 and done.stderr and "Traceback" not in done.stderr and "missing" not in done.stderr


@pytest.mark.parametrize("words", ["nonsense", "plot", "demo nonsense", "test --nonsense", "setup nonsense", "check nonsense", "docs nonsense",
                                   "golden nonsense", "sweep nonsense", "experiment nonsense", "ladder /nowhere"])  # fmt: skip
@pytest.mark.parametrize("streams", ["<&- >&-", "<&- >&- 2>&-"])
def test_wrong_usage_is_still_told(words, streams):
    done = lab(words, streams)
    assert done.returncode == 2
    assert "2>&-" in streams or words.split()[0] in done.stderr or "/nowhere: no such folder" in done.stderr
    assert "Traceback" not in done.stderr and "missing" not in done.stderr
