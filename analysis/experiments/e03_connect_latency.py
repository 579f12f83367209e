"""E03 of doc/requirements.md: connecting over a lossy path, for three kinds of server."""

from ..base.closed_forms import Options, connect_latency, lost_round, loss_to_client, loss_to_server, rtt_s
from .method.declaration import Experiment, Headline, Part, lines
from .method.deviation import of_sample
from .method.verdict import Claim, Exact, Mean

COMMON = """
metrics = ["connect-time-mean@client"]

[fixed]
connections = 1000
request-size = 0
response-size = 0
close-first = "nobody"
delay = "25ms"
link-rate = "100Gbps" # all begin at once: at 100 Mbps they would wait 2.6 ms for one another, 2 % of what is measured
syn-queue-limit = 100000
syn-retries = 12 # the closed form has no end of retries; with these 1e-12 of all give up at the highest loss
syn-ack-retries = 12
max-rto = "1h"
user-timeout = "0s"
stop = "3h"
{server}

[grid]
# Timeouts double, so that only with 8 l < 1 the mean over runs has a third moment and is as good as normal.
loss = {losses}
"""


def answered_again(p: Options) -> float:
    """Mean time to connect to a server that answers every SYN and has no timer of its own [s]."""
    lost = lost_round(p)
    return rtt_s(p) + p["initial-rto"] * lost / (1 - 2 * lost)


def repeats_variance(p: Options, lost: float) -> float:
    """Of the time that timeouts take until one thing gets through [s^2]: r0 (2^N - 1), N times lost."""
    return p["initial-rto"] ** 2 * ((1 - lost) / (1 - 4 * lost) - ((1 - lost) / (1 - 2 * lost)) ** 2)


# Means of 1000 connects are skewed, so that their variance is great by chance more often than that of normal ones. With deviations that much
# greater as many sets of runs are too wide as should be: simulated, 20,000 sets at each loss.
SKEWED = 1.15


def strict_deviation(p: Options) -> float:
    return SKEWED * of_sample(p["connections"], connect_latency(p), repeats_variance(p, loss_to_server(p)) + repeats_variance(p, loss_to_client(p)))


def answered_again_deviation(p: Options) -> float:
    return SKEWED * of_sample(p["connections"], answered_again(p), repeats_variance(p, lost_round(p)))


def part(name: str, server: str, claim: Claim, losses: str, runs: int = 0) -> Part:
    figures = (lines(claim.metric, x="loss"),) if "," in losses else ()
    return Part(name, COMMON.format(server=server, losses=losses), (claim,), runs, figures)


METRIC = "connect-time-mean@client"
# Student's interval holds what it promises: a connect has a skewness of 6 to 24 at these losses, a run, the mean of 1000, of 0.2
# to 0.8, and the mean of 100 runs of 0.02 to 0.08 (drawn from the closed form's own law).
LOSSES = "[0.03, 0.06]"
EXPERIMENT = Experiment(
    question="How long does it take to connect when segments are lost?",
    answer="At 6 % loss each way a connect takes {strict} on average if only the server's timer repeats the SYN,ACK, and "
           "{stateless} if a stateless server answers each SYN; at 10 % a server that does both takes {both}.",  # fmt: skip
    parts=(
        part("no-loss", "", Exact(
            METRIC, rtt_s, "R", "E03 without loss: no time but that of the two ways", within=1e-5), "[0]", runs=1),
        part("strict", "strict-repeated-syn = true", Mean(
            METRIC, connect_latency, "R + r0 * (pf / (1 - 2 pf) + pb / (1 - 2 pb))",
            "E03: losses independent, retries without end, no upper limit of the timeout; a SYN again is only acknowledged",
            deviation=strict_deviation), LOSSES),
        part("stateless", 'syn-cookies = "always"', Mean(
            METRIC, answered_again, "R + r0 * l / (1 - 2 l), l = 1 - (1 - pf)(1 - pb)",
            "E03: as before; SYN cookies keep no state, so that no timer repeats the SYN,ACK",
            deviation=answered_again_deviation), LOSSES),
        part("both", "", Mean(
            METRIC, lambda p: min(connect_latency(p), answered_again(p)), "the lesser of the other two",
            "E03: what either of the two would repair is repaired by whichever comes first", at_most=True,
            lies_at=0.935, deviation=0.064), "[0.1]"), # both simulated, with 5,000 means of 1000 connects
    ),
    headlines={"strict": Headline("strict", METRIC, {"loss": "0.06"}), "stateless": Headline("stateless", METRIC, {"loss": "0.06"}),
               "both": Headline("both", METRIC, {"loss": "0.1"})},
    refutes=('"initial RTO is 3 s": it is 1 s, and the whole cost of a lost SYN or SYN,ACK is counted in it',),
    breakages={"the first timeout is 1.5 s": {"initial-rto": "1500ms"}},
)  # fmt: skip
