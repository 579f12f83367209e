"""What the caption of a figure of run folders says beside what is drawn: what a reader needs to repeat it."""

from __future__ import annotations

import re
from typing import Any

from .run_folder import RunFolder

# What the caption says elsewhere, or what does not change the simulated world.
TOLD = {"stack", "preset", "seed", "run", "record", "output", "force", "quiet"}


def caption(folder: RunFolder, sentences: list[str], runs: list[int] | None = None) -> str:
    """What a reader needs to repeat the figure: its own `sentences`, then program, seed, `runs` and options."""
    m = folder.manifest
    stacks = folder.stacks()
    program = " ".join(filter(None, [m["program"], m.get("module-version")]))
    if m["parameters"] and stacks:
        kinds = {host: _kind(stack) for host, stack in stacks.items()}
        program += ", " + (_by_hosts(folder, kinds) if len(set(kinds.values())) > 1 else next(iter(kinds.values())))
    unlike = {name: [host for host, stack in stacks.items() if name in stack["counterfactuals"]]
              for name in sorted({name for stack in stacks.values() for name in stack["counterfactuals"]})}  # fmt: skip
    if unlike:
        told = [name if len(hosts) == len(stacks) else f"{name} at {_together(folder, hosts)}" for name, hosts in unlike.items()]
        program += f", COUNTERFACTUAL: {', '.join(told)}"
    if m.get("interrupted"):
        program += f", INTERRUPTED at {folder.end_s:g} s"
    program += f"; seed {m['rng-seed']}, run {_ranges(runs or [m['rng-run']])}."
    return " ".join([*filter(None, sentences), program, _options(folder)])


def _kind(stack: dict[str, Any]) -> str:
    return f"stack lifecycle, preset {stack['preset']}" if stack["tcp"] == "lifecycle" else "stack stock"  # which has no preset


def _options(folder: RunFolder) -> str:
    """The options that differ from their defaults, and what differs in stacks but is no option; of a program that tells no
    options, what its stacks tell."""
    values, changed = folder.manifest["parameters"], folder.manifest["changed"]
    if values:
        differ = {name: values[name] for name in changed if name in values and name not in TOLD}
        more = {host: _listed({name: stack["attributes"][name] for name in stack["changed"]
                               if values.get(_option(name)) != stack["attributes"][name]})
                for host, stack in folder.stacks().items()}  # fmt: skip
        told = [*filter(None, [_listed(differ), _by_hosts(folder, {host: text for host, text in more.items() if text})])]
        return "; ".join([*told, "all else at its default."]) if told else "All options at their defaults."
    stacks = {host: f"{_of_preset(stack)}, {_listed({name: stack['attributes'][name] for name in stack['changed']}) or 'all at its default'}"
            for host, stack in folder.stacks().items()}  # fmt: skip
    return f"Options not recorded; {_by_hosts(folder, stacks)}." if stacks else "Options not recorded."


def _option(attribute: str) -> str:
    """``time-wait-factor`` for ``TimeWaitFactor``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", attribute).lower()


def _of_preset(stack: dict[str, Any]) -> str:
    return f"preset {stack['preset']}" if stack["tcp"] == "lifecycle" else "ns-3's own TCP"


def _by_hosts(folder: RunFolder, told: dict[str, str]) -> str:
    """``server: preset linux; client: preset rfc9293``: hosts of which the same is told stand together."""
    hosts: dict[str, list[str]] = {}
    for host, text in told.items():
        hosts.setdefault(text, []).append(host)
    return "; ".join(f"{_together(folder, names)}: {text}" for text, names in hosts.items())


def _together(folder: RunFolder, names: list[str]) -> str:
    """``all hosts``, or each by its name, but all of a role together where there are several."""
    roles: dict[str, list[str]] = {}
    having = folder.stacks()
    for host in folder.hosts:
        if host["name"] in having:
            roles.setdefault(host["role"], []).append(host["name"])
    if len(names) > 1 and len(names) == len(having):
        return "all hosts"
    found = []
    for role, hosts in roles.items():
        there = [name for name in hosts if name in names]
        found += [f"all {role}s"] if len(there) == len(hosts) > 1 and role != "host" else there
    return ", ".join(found)


def _listed(values: dict[str, Any]) -> str:
    """``msl 15s, rules "drop 1st SYN"``; quoted where the value would not hold together."""
    return ", ".join(f'{name} "{value}"' if " " in str(value) else f"{name} {value}" for name, value in values.items())


def _ranges(numbers: list[int]) -> str:
    """``1-5`` for a row of neighbours, otherwise all `numbers`, in ascending order."""
    ordered = sorted(set(numbers))
    if len(ordered) > 2 and ordered[-1] - ordered[0] == len(ordered) - 1:
        return f"{ordered[0]}-{ordered[-1]}"
    return ", ".join(map(str, ordered))
