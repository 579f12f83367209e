"""Writing files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Mapping

from .errors import CannotWrite

ROOT = Path(__file__).resolve().parents[2]  # of the project, or where what is installed has its shape
IN_TREE = (ROOT / "CMakeLists.txt").exists()
LAB = "./lab" if IN_TREE else "tcp-lifecycle"  # what a user calls


def write_all(files: Mapping[Path, bytes]) -> None:
    """Writes all of `files` or none, with the folders they need: each beside its place first, then renamed.

    What stands there and is no file, such as a pipe, is written to directly.
    """
    parts: dict[Path, str] = {}  # what was written beside, and where it belongs
    try:
        for path, content in files.items():
            with _refusals(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.exists() and not path.is_file():
                    path.write_bytes(content)
                    continue
                target = os.path.realpath(path)  # a link stays one
                part = Path(target).with_name(f".{path.name[:100]}.{os.getpid()}.part")
                parts[part] = target
                part.write_bytes(content)
        for part, target in list(parts.items()):
            with _refusals(Path(target)):
                os.replace(part, target)
            del parts[part]
    finally:
        for part in parts:
            with contextlib.suppress(OSError):
                part.unlink()


@contextlib.contextmanager
def _refusals(path: Path):
    """Turns what the system says into one sentence about `path`; a full disk names no file of its own accord."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise CannotWrite(f"{path}: {problem.strerror or problem}") from None
