"""Which experiments there are: every file of the folder above is one, and named as the file."""

from __future__ import annotations

from pathlib import Path

from ...base.errors import BadInput
from ...base.modules import declared, names_in
from ...base.words import nearest
from .declaration import Experiment

FOLDER = Path(__file__).resolve().parents[1]


def names() -> list[str]:
    """All names, in order: ``e03-connect-latency``."""
    return names_in(FOLDER)


def find(wanted: str) -> str:
    """The one name that `wanted` is or begins: ``e03``. A BadInput with the nearest name otherwise."""
    known = names()
    if wanted in known:
        return wanted
    found = [name for name in known if name.startswith(wanted)]
    if len(found) != 1:
        raise BadInput(f"{wanted!r} is no experiment; the nearest is {nearest(wanted, known)!r} ('list' shows all)")
    return found[0]


def load(name: str) -> Experiment:
    return declared(__package__.rpartition(".")[0], name, "EXPERIMENT")
