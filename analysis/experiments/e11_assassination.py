"""E11 of doc/requirements.md: old segments that end TIME-WAIT too early."""

import math

from ..base.closed_forms import Options, loss_to_client
from .method.declaration import Experiment, Headline, Part, lines
from .method.deviation import of_sample
from .method.verdict import Exact, Mean

RATE = 0.2  # old segments a second and connection, written out below

SWEEP = f"""
metrics = ["time-wait-time-mean@client"]

[fixed]
connections = 300
timestamps = false # old segments without them would be dropped in silence
rfc1337 = {{rfc1337}}
challenge-ack-limit = 1000000
syn-retries = 12
inject = "server->client: data while TIME-WAIT poisson {RATE}/s seq rcv.nxt-10"

[grid]
msl = ["5s", "10s", "20s"]
loss-to-client = [0, 0.1]
"""


def assassinated(p: Options) -> float:
    """The old segment must arrive, and so must the RST in the end; no ACK is lost, or B would still be there."""
    hits = RATE * (1 - loss_to_client(p)) * (1 - loss_to_client(p))
    return (1 - math.exp(-hits * 2 * p["msl"])) / hits


def deviation(p: Options) -> float:
    """Of the mean of all connections, each in TIME-WAIT for an exponential time, 2 MSL at most."""
    rate = RATE * (1 - loss_to_client(p)) ** 2
    mean, hits = assassinated(p), rate * 2 * p["msl"]
    return of_sample(p["connections"], mean, 2 / rate**2 * (1 - math.exp(-hits) * (1 + hits)) - mean**2)


METRIC = "time-wait-time-mean@client"
EXPERIMENT = Experiment(
    question="Can an old segment end TIME-WAIT too early?",
    answer="Yes, where resets are honoured there: with an old segment every 5 s a TIME-WAIT of 40 s lasts {short}; with RFC 1337 it lasts "
           "{whole}.",  # fmt: skip
    parts=(
        Part("honoured", SWEEP.format(rfc1337="false"), (
            Mean(METRIC, assassinated, "(1 - e^(-v s 2 MSL)) / (v s), s = (1 - pb)^2",
                 "E11: old segments are Poisson(v) where they are sent; each makes A acknowledge and B, which has no TCB, reset",
                 deviation=deviation),),
            figures=(lines(METRIC, x="msl", series="loss-to-client"),)),
        Part("ignored", SWEEP.format(rfc1337="true").replace("[0, 0.1]", "[0]"), (
            Exact(METRIC, lambda p: 2 * p["msl"], "2 MSL", "RFC 1337 3", within=1e-6),), runs=3,
            figures=(lines(METRIC, x="msl"),)),
    ),
    headlines={"short": Headline("honoured", METRIC, {"msl": "20s", "loss-to-client": "0"}),
               "whole": Headline("ignored", METRIC, {"msl": "20s"})},
    scaled="2 MSL of 10 to 40 s and an old segment every 5 s in place of one every 100 s.",
    refutes=('"RFC 5961 protects TIME-WAIT": its rules for resets are in force here, but the assassinating RST has the exact number',),
    breakages={"RST is honoured in TIME-WAIT": {"rfc1337": "false"}, "RST is ignored in TIME-WAIT": {"rfc1337": "true"}},
)  # fmt: skip
