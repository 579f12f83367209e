"""E10 of doc/requirements.md: a new SYN for a connection that is in TIME-WAIT."""

from ..base.closed_forms import Options
from .method.declaration import Chart, Experiment, Headline, Part
from .method.verdict import Exact, Share

# One port, so that every connection is an incarnation of the one before, whose TIME-WAIT is at the server.
COMMON = """
metrics = ["connections-opened@client", "connections-established@client"]

[fixed]
ephemeral-first = 50000
ephemeral-last = 50000
close-first = "server"
request-size = 0
response-size = 1
syn-retries = 0 # each attempt is one SYN
msl = "100s"
timestamps = {timestamps}
isn-policy = "{policy}"
rate = {rate}
duration = "{duration}"
{more}
[compute]
tried = {{ value = "connections-opened@client - 1", unit = "connections" }}
reopened = {{ value = "connections-established@client - 1", unit = "connections" }}
"""

SIZE = 6_000_000
# 6,000,000 octets are 24 s of the clock: a SYN after 10 or 20 s has a number that is used already, one after 30 s not.
FAST = COMMON.format(timestamps="false", policy="rfc6528", rate=0.1, duration="200s", more=f"""link-rate = "1Gbps"
request-size = {SIZE}
receive-buffer = 1000000
send-buffer = 8000000
""").replace("request-size = 0\n", "")

# The clock is ahead by less than half of all numbers for 8589.9 s; the second connection opens 6 s before that, or 9 s after.
UPPER = COMMON.replace("rate = {rate}\n", "").replace('msl = "100s"', 'msl = "2h"').format(
    timestamps="false", policy="rfc6528", duration="21500s", more="[grid]\nrate = [0.0001165, 0.0001163]")  # fmt: skip


TRIED = 498  # in 1000 s, one every 2 s, after the first


def below_half(p: Options) -> int:
    return int(250_000 / p["rate"] < 2**31)


def half(p: Options) -> float:
    """Numbers behind the FIN's, by less than half of all."""
    return (2**31 - 1) / 2**32


def part(name: str, policy: str, timestamps: str, claim, rate=0.5, duration="1000s", **how) -> Part:
    sweep = COMMON.format(policy=policy, timestamps=timestamps, rate=rate, duration=duration, more=how.pop("more", ""))
    if "figures" in how:
        sweep = 'record = "segments,transitions"\n' + sweep.lstrip()
    return Part(name, sweep, (claim,), **how)


def all_of(source: str) -> Exact:
    return Exact("reopened", lambda p: round(p["rate"] * p["duration"]) - 2, "all", source)


EXPERIMENT = Experiment(
    question="Can a connection be reopened while its last incarnation is in TIME-WAIT?",
    answer="With random initial numbers a share of {random} of the SYNs is taken; with RFC 6528's clock or with timestamps every one; where "
           "each connection's timestamps begin at a random number, a share of {offsets}; and where the old connection ran ahead of the clock, "
           "by 6 MB at full speed, only the SYN 30 s later, {fast} of 18 in all; a SYN 8598 s later, when the clock is ahead by half of all "
           "numbers, opens {late}.",
    parts=(
        part("random-numbers", "random", "false",
             Share("reopened", half, "(2^31 - 1) / 2^32", "E10: the new number is uniform, the old one was the FIN's", of="tried", trials=TRIED)),
        part("clock", "rfc6528", "false", all_of("E10: 250000 t > octets sent, RFC 6528 3"), runs=2),
        part("timestamps", "random", "true", all_of("E10: a later timestamp is enough, RFC 6191 2"), runs=2),
        part("timestamp-offsets", "rfc6528", "true\ntimestamp-offset = true",
             Share("reopened", half, "(2^31 - 1) / 2^32", "E10: the timestamp alone decides, RFC 6191 2, and each connection's is ahead of the "
                   "clock by a random number, RFC 7323 5.4", of="tried", trials=TRIED)),
        Part("fast", FAST, (Exact("reopened", lambda p: 6, "one in three", "E10: 250000 t - octets > 0 only every 30 s"),), runs=2),
        Part("upper-bound", UPPER, (
            Exact("reopened", below_half, "1 if 250000 t < 2^31, else 0", "E10: a number ahead by half of all or more is behind; t the gap 1 / "
                  "lambda, no octets"),), runs=2),
        part("ladder", "rfc6528", "false", all_of("E10"), duration="6s", runs=1,
             figures=(Chart("ladder", connection="client:2"),)),
    ),
    headlines={"random": Headline("random-numbers", "reopened"), "offsets": Headline("timestamp-offsets", "reopened"),
               "fast": Headline("fast", "reopened"), "late": Headline("upper-bound", "reopened", {"rate": "0.0001163"})},
    breakages={"TIME-WAIT takes no SYN": {"time-wait-reopen": "false"}},
)  # fmt: skip
