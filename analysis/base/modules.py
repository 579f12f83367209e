"""Folders in which each file declares one thing and is named as it: an experiment, a figure. Nothing else lists them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any


def names_in(folder: Path) -> list[str]:
    """All names, in order: ``e03-connect-latency``."""
    return sorted(file.stem.replace("_", "-") for file in folder.glob("*.py") if not file.stem.startswith("_"))


def declared(package: str, name: str, what: str) -> Any:
    """What the file of that name declares as `what`."""
    return getattr(import_module(f"{package}.{name.replace('-', '_')}"), what)
