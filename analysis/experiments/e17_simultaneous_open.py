"""E17 of doc/requirements.md: both ends open at once."""

import math

from ..base.closed_forms import Options
from ..base.run_folder import RunFolder
from .method.connections import connections
from .method.declaration import Chart, Experiment, Headline, Part, lines
from .method.verdict import Exact, Share

CROSSING = """
metrics = ["connections-established@client", "connections-opened@client"]

[fixed]
open = "simultaneous"
connections = 200
request-size = 0
response-size = 0
msl = "1s"
{offsets}

[grid]
delay = ["20ms", "50ms", "100ms"]
"""
UNIFORM = 'open-delay = "200ms"\nopen-delay-server = "ns3::UniformRandomVariable[Min=0|Max=0.4]"'
EXPONENTIAL = 'open-delay = "ns3::ExponentialRandomVariable[Mean=0.1]"\nopen-delay-server = "ns3::ExponentialRandomVariable[Mean=0.1]"'

AT_ONCE = """
metrics = ["connections-established@client", "connections-established@server"]
record = "segments,transitions,connections"

[fixed]
open = "simultaneous"
request-size = 0
response-size = 0
close-first = "nobody"
link-rate = "100Gbps"
stop = "10s"

[grid]
strict-simultaneous-open = [false, true]
delay = ["10ms", "100ms"]
"""


def course(folder: RunFolder) -> dict[str, float]:
    """Segments of the opening, and when both ends were ESTABLISHED [s]."""
    segments = folder.table("segments", ["event"])
    rows = connections(folder, "host", "opened_s", "established_s")
    return {"segments-to-open": float((segments["event"] == "tx").sum()),
            "open-after": float(rows["established_s"].max() - rows["opened_s"].max()), "connections": float(len(rows))}  # fmt: skip


def uniform(p: Options) -> float:
    return p["delay"] / 0.2


def exponential(p: Options) -> float:
    return 1 - math.exp(-p["delay"] / 0.1)


TRIALS = 200  # connections


def part(name: str, offsets: str, theory, formula: str) -> Part:
    return Part(name, CROSSING.format(offsets=offsets), (
        Share("connections-established@client", theory, formula,
              "E17: simultaneous if the starts differ by less than the one-way delay; else the first SYN meets CLOSED",
              of="connections-opened@client", trials=TRIALS, resolution=0.1),),
        figures=(lines("connections-established@client", x="delay"),))  # fmt: skip


UNITS = {"segments-to-open": "segments", "open-after": "s", "connections": "connections"}
EXPERIMENT = Experiment(
    question="What happens when both ends open at the same time, and how likely is that?",
    answer="One connection comes of it, with {four} and ESTABLISHED {after} after both have started with 10 ms one way; starts drawn from "
           "0.4 s cross with a probability of {uniform} at 50 ms one way, else both are refused.",  # fmt: skip
    parts=(
        Part("at-once", AT_ONCE, (
            Exact("segments-to-open", lambda p: 6 if p["strict-simultaneous-open"] else 4, "4; 6 by the letter of the acceptability test",
                  "E17, D1"),
            Exact("open-after", lambda p: (3 if p["strict-simultaneous-open"] else 2) * p["delay"], "2 delta; 3 delta", "E17, D1", within=1e-6),
            Exact("connections", lambda p: 2, "one TCB at each end", "RFC 9293 3.5")), runs=1,
            figures=(Chart("ladder", {"strict-simultaneous-open": "false", "delay": "10ms"}),
                     Chart("ladder", {"strict-simultaneous-open": "true", "delay": "10ms"})), from_folder=course, folder_units=UNITS),
        part("uniform", UNIFORM, uniform, "delta / w, offset uniform on [-w, w]"),
        part("exponential", EXPONENTIAL, exponential, "1 - e^(-lambda delta), starts exponential"),
    ),
    headlines={"four": Headline("at-once", "segments-to-open", {"strict-simultaneous-open": "false"}),
               "after": Headline("at-once", "open-after", {"strict-simultaneous-open": "false", "delay": "10ms"}),
               "uniform": Headline("uniform", "connections-established@client", {"delay": "50ms"})},
    scaled="The resolution of the probabilities is 10 % of theory, because the least of them is 10 %.",
    refutes=('"simultaneous open takes 2 messages" or "makes two connections": two SYN and two SYN,ACK, and one connection',),
    breakages={"the delay is not the same both ways": {"delay-to-server": "200ms"}},
)  # fmt: skip
