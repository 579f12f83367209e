"""What is measured: programs that are compared on one schedule, and what is counted once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BUILT = Path(__file__).resolve().parents[1] / "build"
AS_SHIPPED = BUILT / "bin"  # with assertions
RELEASE = BUILT / "bench" / "bin"  # as Debian builds ns-3
REPEATS = 5
FLOOD_POLICIES = ("drop-new", "drop-oldest", "random-early-drop", "reset", "syn-cache", "cookies-on-overflow", "cookies-always")
TIME_WAIT = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1M": 1_000_000}


@dataclass(frozen=True)
class Case:
    """Commands that do the same in different ways, by the name of the way; each prints a line of JSON.

    figure: what of it is compared.
    whole_process: the command prints nothing of the kind: CPU time and memory of the process count.
    """

    name: str
    title: str
    figure: str
    commands: dict[str, list[str]]
    repeats: int = REPEATS
    whole_process: bool = False
    operations: int = 1  # of a whole process, that share its time
    folder: str = ""  # an option for the folder that the command writes
    once: tuple[str, ...] = ()  # commands that are not repeated: they take long, and are far from the others


def command(program: str, *options: str, built: Path = AS_SHIPPED) -> list[str]:
    return [str(built / program), *options]


def _stacks(names: str, program: str, *options: str, limit: float = 0) -> dict[str, list[str]]:
    """The same for several stacks; ns-3's own, which may take for ever, within `limit` seconds of CPU time."""
    bound = [f"--limit={limit:g}"] if limit else []
    return {
        name: command(program, f"--stack={name}", *options, *(bound if name.startswith("stock") else []))
        for name in names.split()
    }


def _low_overlap(connections: int) -> list[Case]:
    options = [f"--connections={connections}", "--rate=1000"]
    active = _stacks("ours stock stock-plain floor", "bench-connections", *options)
    for name in ("ours", "floor"):
        active[f"{name}, release build"] = command("bench-connections", f"--stack={name}", *options, built=RELEASE)
    passive = _stacks("ours stock floor", "bench-connections", *options, "--close=server")
    return [
        Case("low", "1,000/s, few open, the client closes first", "us_per_connection", active),
        Case("passive", "the same, the server closes first", "us_per_connection", passive),
    ]


def _overlapping(connections: int, limit: float) -> list[Case]:
    cases = []
    for count in (1_000, 10_000):
        # A connection takes 0.2 s.
        options = [f"--rate={5 * count}", "--delay=0.05", "--hold=0", f"--before={3 * count // 2}", f"--connections={connections}"]
        commands = _stacks("ours stock floor", "bench-connections", *options, limit=limit)
        cases.append(Case(f"overlap-{count}", f"{count:,} overlapping at 50 ms", "us_per_connection", commands, once=("stock",)))
    return cases


def _lingering(levels: list[str], connections: int, limit: float) -> list[Case]:
    cases = []
    for name in levels:
        count = TIME_WAIT[name]
        options = ["--close=server", "--rate=10000", f"--msl={count / 20_000}", f"--before={count + 500}", f"--connections={connections}"]
        # Stock does not get to 100,000 in its time: on the way there it passes 10,000, if it gets so far.
        commands = _stacks("ours stock" if name in ("1k", "100k") else "ours", "bench-connections", *options, limit=limit)
        title = f"{count:,} in TIME-WAIT at one host"
        cases.append(Case(f"time-wait-{name}", title, "us_per_connection", commands, once=("stock",)))
    return cases


def _runs(connections: int, record: str) -> list[str]:
    """lifecycle-run, all of whose connections linger at once."""
    rate = 20_000
    return command("lifecycle-run", "--clients=16", f"--rate={rate}", f"--duration={connections / rate}s", f"--record={record}",
                   "--syn-queue-limit=100000", "--accept-queue-limit=100000", "--occupancy-interval=100ms", "--quiet")  # fmt: skip


def timed(quick: bool) -> list[Case]:
    """What is repeated, in turns."""
    levels = [name for name in TIME_WAIT if name != "1M" or not quick]
    octets = 100_000_000 if quick else 1_000_000_000
    syns = 50_000 if quick else 1_000_000
    recorded = 5_000 if quick else 50_000
    records = {"occupancy": "occupancy", "transitions and segments as well": "occupancy,transitions,segments"}
    cases = [
        *_low_overlap(5_000 if quick else 50_000),
        *_overlapping(5_000 if quick else 30_000, 5 if quick else 60),
        *_lingering(levels, 5_000 if quick else 20_000, 5 if quick else 60),
        Case("bulk", f"{octets:,} octets in bulk", "ns_per_octet",
             _stacks("ours stock floor", "bench-bulk", f"--octets={octets}")),  # fmt: skip
        Case("flood", f"a flood of {syns:,} SYNs, by policy", "us_per_syn",
             {policy: command("bench-flood", f"--policy={policy}", f"--syns={syns}") for policy in FLOOD_POLICIES}),  # fmt: skip
        Case("record", f"lifecycle-run with {recorded:,} connections, by what it records", "us_per_connection",
             {name: _runs(recorded, record) for name, record in records.items()}, whole_process=True, operations=recorded,
             folder="--output="),  # fmt: skip
    ]
    if not quick:
        cases.append(Case("million", "lifecycle-run with 1,000,000 connections", "us_per_connection",
                          {"occupancy": _runs(1_000_000, "occupancy")}, repeats=1, whole_process=True, operations=1_000_000,
                          folder="--output="))  # fmt: skip
    return cases


def counted(quick: bool) -> list[Case]:
    """What is the same each time, and so measured once: memory, packets, events."""
    small, large = (10_000, 30_000) if quick else (100_000, 1_000_000)
    few, many = (1_000, 5_000) if quick else (5_000, 50_000)

    def lingering(state: str, least: int, most: int, *options: str) -> list[str]:
        return command("bench-lingering", f"--state={state}", f"--from={least}", f"--connections={most}", *options)

    memory = {
        "ours, SYN-RECEIVED": lingering("syn-received", small, large),
        "ours, ESTABLISHED at both ends": lingering("established", few, many),
        "ours, FIN-WAIT-2, CLOSE-WAIT at the other end": lingering("fin-wait-2", few, many),
        "ours, TIME-WAIT": lingering("time-wait", small, large),
        "ours, TIME-WAIT, IPv6": lingering("time-wait", small, large, "--ip=6"),
        "ours, TIME-WAIT, ConnectionClosed heard": lingering("time-wait", small, large, "--heard=yes"),
        **{f"stock, {name}": lingering(state, 1_000, 5_000, "--stack=stock")
           for name, state in (("SYN-RECEIVED", "syn-received"), ("ESTABLISHED at both ends", "established"),
                               ("FIN-WAIT-2, CLOSE-WAIT at the other end", "fin-wait-2"), ("TIME-WAIT", "time-wait"))},
    }  # fmt: skip
    options = ["--connections=5000", "--rate=1000", "--measure=counts"]
    return [
        Case("memory", "heap that a connection holds", "octets_per_connection", memory, repeats=1),
        Case("events", "events of short connections", "events", _stacks("ours stock floor", "bench-connections", *options), repeats=1),
        Case("events-data", "events of short connections with one data segment", "events",
             _stacks("ours stock floor", "bench-connections", *options, "--request=100"), repeats=1),
        Case("bulk-packets", "packets of a bulk transfer", "packets",
             _stacks("ours stock floor", "bench-bulk", "--octets=20000000", "--measure=counts"), repeats=1),
        Case("core", "the core alone", "cpu_time",
             {"ours": command("bench-core", "--benchmark_format=json", *(["--benchmark_min_time=0.05"] if quick else []))}, repeats=1),
    ]  # fmt: skip
