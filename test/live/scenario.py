"""The table of scenarios: each names what the RFC requires of us, and is played in its roles."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from segment import Segment
from world import World


@dataclass(frozen=True)
class Scenario:
    """One row a role. In role `active` we open, and close first; in `passive` Linux does."""

    name: str
    requires: str  # of us, in one sentence
    source: str  # who says so
    play: Callable[[World], None]
    roles: tuple[str, ...]
    settings: dict[str, str] = field(default_factory=dict)
    sysctls: dict[str, int] = field(default_factory=dict)


Matcher = Callable[[Segment], bool]


def syn(by_us: bool) -> Matcher:
    """The SYN of one side, or its SYN-ACK."""
    return lambda s: s.by_us == by_us and s.syn


def fin(by_us: bool) -> Matcher:
    return lambda s: s.by_us == by_us and s.fin


def rst(by_us: bool) -> Matcher:
    return lambda s: s.by_us == by_us and s.rst


def pure_ack(by_us: bool) -> Matcher:
    return lambda s: s.by_us == by_us and s.is_pure_ack


def data(by_us: bool) -> Matcher:
    return lambda s: s.by_us == by_us and s.length > 0


def anything(by_us: bool) -> Matcher:
    return lambda s: s.by_us == by_us


SCENARIOS: dict[str, Scenario] = {}
BOTH = ("active", "passive")


def scenario(requires: str, source: str, roles: tuple[str, ...] = BOTH,
             settings: dict[str, str] | None = None, sysctls: dict[str, int] | None = None):
    """Enters a function into the table under its name, with dashes."""

    def enter(play: Callable[[World], None]) -> Callable[[World], None]:
        name = play.__name__.replace("_", "-")
        assert name not in SCENARIOS, name
        SCENARIOS[name] = Scenario(name, requires, source, play, roles, settings or {}, sysctls or {})
        return play

    return enter


def load() -> dict[str, Scenario]:
    """All scenarios, topic by topic."""
    for path in sorted((Path(__file__).parent / "scenarios").glob("*.py")):
        importlib.import_module(f"scenarios.{path.stem}")
    return SCENARIOS
