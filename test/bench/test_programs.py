"""The programs of ./lab bench, each in its smallest size: what they count must be right, whatever the times are."""

import json
import subprocess

import pytest

from bench.cases import AS_SHIPPED, FLOOD_POLICIES

PROGRAMS = ("bench-connections", "bench-bulk", "bench-flood", "bench-lingering")
STACKS = ("ours", "stock", "stock-plain", "floor")


def run(program: str, *options: str) -> subprocess.CompletedProcess:
    path = AS_SHIPPED / program
    assert path.exists(), f"{path} is missing; ./lab test builds it"
    return subprocess.run([str(path), *options], capture_output=True, text=True, timeout=120, check=False)


def told(program: str, *options: str) -> dict:
    """What it says on its one line."""
    result = run(program, *options)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.count("\n") == 1
    return json.loads(result.stdout)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("close", ["client", "server"])
def test_all_connections_are_opened_and_closed(stack, close):
    line = told("bench-connections", f"--stack={stack}", f"--close={close}", "--connections=200")
    assert [line[key] for key in ("opened", "connected", "closed", "failed")] == [200, 200, 200, 0]
    assert line["us_per_connection"] > 0 and not line["limited"]
    assert [point[0] for point in line["curve"]] == [1, 2, 5, 10, 20, 50, 100, 200]


@pytest.mark.parametrize("options", [[], ["--close=server"], ["--hold=0"], ["--request=100"], ["--delay=0.05"]])
def test_the_floor_sends_the_packets_of_ours(options):
    ours, floor = (told("bench-connections", f"--stack={stack}", "--connections=50", "--measure=counts", *options)
                   for stack in ("ours", "floor"))  # fmt: skip
    assert ours["closed"] == floor["closed"] == 50
    assert ours["packets"] == floor["packets"] > 0
    assert ours["octets"] == floor["octets"] > 0
    assert 0 < floor["events"] <= ours["events"]


def test_connections_overlap_and_linger():
    """TIME-WAIT is full when the measurement begins, so the heap does not grow any more."""
    line = told("bench-connections", "--before=2000", "--connections=500", "--rate=10000", "--msl=0.05", "--close=server")
    heap = {opened: octets for opened, _, octets in line["curve"]}
    assert heap[1000] - heap[500] > 1000
    assert heap[2000] - heap[1000] < (heap[1000] - heap[500]) / 2


def test_a_limit_of_time_ends_the_run():
    line = told("bench-connections", "--connections=100000000", "--limit=0.05")
    assert line["limited"] and 0 < line["opened"] < 100_000_000 and line["us_per_connection"] > 0


@pytest.mark.parametrize("stack", STACKS)
def test_bulk_is_delivered(stack):
    line = told("bench-bulk", f"--stack={stack}", "--octets=1000000", "--measure=counts")
    assert line["octets"] <= line["delivered"] < line["octets"] + 1448  # the floor knows whole segments only
    assert line["packets"] >= 691 + 345  # of 1448 octets, and their acknowledgments
    assert told("bench-bulk", f"--stack={stack}", "--octets=1000000")["ns_per_octet"] > 0


@pytest.mark.parametrize("policy", FLOOD_POLICIES)
def test_a_flood_meets_its_policy(policy):
    line = told("bench-flood", f"--policy={policy}", "--syns=1000")
    kept = {"syn-cache": 1000, "cookies-always": 0}
    assert line["half_open"] == kept.get(policy, 128)
    counted = {"drop-new": "syns-dropped", "drop-oldest": "syn-queue-evictions", "random-early-drop": "syns-dropped-early",
               "reset": "syns-reset", "cookies-on-overflow": "cookies-sent", "cookies-always": "cookies-sent"}  # fmt: skip
    assert policy == "syn-cache" or line["counters"][counted[policy]] > 100
    if policy != "syn-cache":
        assert line["heap_at_end"] - line["heap_at_half"] < 500 * 16


@pytest.mark.parametrize("stack", ["ours", "stock"])
@pytest.mark.parametrize("state, ends", [("syn-received", 1), ("established", 2), ("fin-wait-2", 2), ("time-wait", 1)])
def test_connections_stay_where_they_are_to_be(stack, state, ends):
    line = told("bench-lingering", f"--stack={stack}", f"--state={state}", "--from=50", "--connections=200")
    assert (line["at_server"], line["at_client"]) == (200, 200 if ends == 2 else 0)
    assert 16 < line["octets_per_connection"] < 50_000


def test_connections_stay_over_ipv6():
    assert told("bench-lingering", "--ip=6", "--from=50", "--connections=200")["at_server"] == 200


@pytest.mark.parametrize(
    "state, ip, most, ends",
    [("time-wait", 4, 96, 1), ("time-wait", 6, 128, 1), ("syn-received", 4, 128, 1), ("established", 4, 1500, 2)],
)
def test_a_connection_holds_no_more_than_its_target(state, ip, most, ends):
    """What doc/performance.md promises. Octets of the heap do not depend on how busy the machine is."""
    scale = 5 if state == "established" else 100  # half as many were 10% more: tables that have just grown
    line = told("bench-lingering", f"--state={state}", f"--ip={ip}", f"--from={scale * 200}", f"--connections={scale * 1000}")
    assert line["octets_per_connection"] / ends <= most


def test_a_client_without_a_free_port_says_so():
    result = run("bench-lingering", "--state=established", "--from=10", "--connections=64600")
    sentence = "the client has no free port for connection 64513; allowed with --state=established are fewer --connections."
    assert (result.returncode, result.stdout, result.stderr) == (1, "", f"bench-lingering: {sentence}\n")


def test_the_core_alone():
    result = run("bench-core", "--benchmark_format=json", "--benchmark_min_time=0.001")
    each = {line["name"]: line for line in json.loads(result.stdout)["benchmarks"]}
    assert each["WholeConnection/1000"]["in TIME-WAIT"] == pytest.approx(1000, abs=2)
    assert {"DataSegment", "SynOfFlood", "ReceiverOf/50000"} <= each.keys()
    assert all(line["cpu_time"] > 0 for line in each.values())


@pytest.mark.parametrize(
    "program, options, sentence",
    [
        ("bench-connections", ["--rate=0"], "--rate: '0' is not allowed; allowed is a whole number from 1 to 10000000."),
        ("bench-connections", ["--delay=x"], "--delay: 'x' is not allowed; allowed is a number from 0 to 10."),
        ("bench-connections", ["--delay=nan"], "--delay: 'nan' is not allowed; allowed is a number from 0 to 10."),
        ("bench-bulk", ["--stack="], "--stack: '' is not allowed; allowed are ours, stock, stock-plain, floor."),
        ("bench-flood", ["--syns=10.5"], "--syns: '10.5' is not allowed; allowed is a whole number from 10 to 16000000."),
        ("bench-flood", ["five"], "'five' is no option; options look like --msl=30s, and --help lists all."),
        ("bench-lingering", ["--from=5", "--connections=5"],
         "--connections: '5' is not allowed; allowed is more than --from, which is 5."),
        ("bench-lingering", ["--ip=6", "--stack=stock"],
         "--ip: '6' is not allowed; allowed with --state=syn-received and --stack=stock is 4."),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_sentence(program, options, sentence):
    result = run(program, *options)
    assert (result.returncode, result.stdout, result.stderr) == (2, "", f"{program}: {sentence}\n")


@pytest.mark.parametrize("program", PROGRAMS)
def test_help(program):
    result = run(program, "--help")
    assert (result.returncode, result.stderr) == (0, "")
    assert f"Usage: {program} [--name=value ...]\n" in result.stdout
