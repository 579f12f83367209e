"""How the tests play scripts."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("LIFECYCLE_PACKETDRILL", ROOT / "build" / "bin" / "packetdrill"))


@pytest.fixture
def play(tmp_path):
    """Plays the text of a script. Gives exit status and output, in which it is called `script`."""

    def play_text(text, *options):
        (tmp_path / "script.pkt").write_text(text, encoding="ascii")
        result = subprocess.run(
            [PROGRAM, *options, "script.pkt"], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        return result.returncode, result.stdout + result.stderr

    return play_text


@pytest.fixture(scope="session")
def play_folder():
    """Plays all scripts of a folder. Gives exit status and the lines of the output."""

    def play_all(folder, *options):
        result = subprocess.run(
            [PROGRAM, "-j4", *options, str(folder)], capture_output=True, text=True, timeout=600
        )
        return result.returncode, (result.stdout + result.stderr).splitlines()

    return play_all
