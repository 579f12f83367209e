"""E13 of doc/requirements.md: keepalive that ends a connection whose peer is well."""

from ..base.closed_forms import Options, cycle, keepalive_false_alarm, lost_round
from .method.declaration import Experiment, Headline, Part, lines
from .method.deviation import of_sample
from .method.verdict import Exact, Mean, Share

LOSS = """
metrics = ["lifetime-mean@client", "connect-time-mean@client", "connections-ended-keepalive@client"]

[fixed]
connections = 200
request-size = 0 # an idle connection from the start
response-size = 0
close-first = "nobody"
keep-alive = true
keep-alive-host = "client"
keep-idle = "20s"
keep-interval = "2s"
syn-retries = 12
syn-ack-retries = 12
data-retries = 15
syn-queue-limit = 1000
user-timeout = "0s"

[grid]
keep-count = [1, 2, 3]
loss = [0.15, 0.2]

[dependent]
stop = "2000 * keep-idle"

[compute]
time-to-false-alarm = { value = "lifetime-mean@client - connect-time-mean@client", unit = "s" }
"""

OUTAGE = """
metrics = ["connections-ended-keepalive@client", "connections-opened@client"]

[fixed]
arrivals = "poisson"
close-first = "nobody"
keep-alive = true
keep-alive-host = "client"
keep-idle = "20s"
keep-interval = "4s"
keep-count = 3
duration = "320s" # many whole idle times, so that the outage meets the connections at every age of their cycle alike
rate = 3
outage-at = "400s"
stop = "500s"

[grid]
outage-duration = ["6s", "16s", "20s", "24s", "30s"]

[compute]
share = { value = "connections-ended-keepalive@client / connections-opened@client", unit = "1" }
"""


def false_alarm_deviation(p: Options) -> float:
    """Of the mean of all connections: a geometric number of cycles, in each of which up to n - 1 probes are lost, and the last one."""
    alarm, mean = lost_round(p) ** p["keep-count"], cycle(p, 1)
    variance = (1 - alarm) / alarm * (cycle(p, 2) - mean**2) + (1 - alarm) / alarm**2 * mean**2
    return of_sample(p["connections"], keepalive_false_alarm(p), variance)


def killed(p: Options) -> float:
    """P(the outage outlasts all probes) of a connection met at a random age of its cycle."""
    over = p["outage-duration"] - (p["keep-count"] - 1) * p["keep-interval"]
    return min(1.0, max(0.0, over / p["keep-idle"]))


def possible(p: Options) -> float | None:
    return killed(p) if 0 < killed(p) < 1 else None


def certain(p: Options) -> float | None:
    return killed(p) if killed(p) in (0.0, 1.0) else None


METRIC = "time-to-false-alarm"
EXPERIMENT = Experiment(
    question="How often does keepalive kill a connection whose peer is well?",
    answer="At 20 % loss each way an idle time of 20 s with one probe ends a healthy connection after {one} on average, with "
           "three probes after {three}; an outage of 16 s kills a share of {outage}.",  # fmt: skip
    parts=(
        Part("loss", LOSS, (
            Mean(METRIC, keepalive_false_alarm, "I + n J + (1 - x) / x * (I + R + J m), x = l^n, m = l / (1 - l) - n x / (1 - x)",
                 "E13: independent loss; the peer sends nothing by itself", deviation=false_alarm_deviation),),
             figures=(lines(METRIC, x="loss", series="keep-count", scale="log-y"),)),
        Part("outage", OUTAGE, (
            Share("connections-ended-keepalive@client", possible, "(u - (n - 1) J) / I, from 0 to 1",
                  "E13: an outage of length u at a random instant of the cycle", of="connections-opened@client",
                  trials=lambda p: p["rate"] * p["duration"]),
            Exact("share", certain, "0 or 1", "E13: too short for all probes, or longer than a cycle")),
             figures=(lines("connections-ended-keepalive@client", x="outage-duration"),)),
    ),
    headlines={"one": Headline("loss", METRIC, {"keep-count": "1", "loss": "0.2"}),
               "three": Headline("loss", METRIC, {"keep-count": "3", "loss": "0.2"}),
               "outage": Headline("outage", "connections-ended-keepalive@client", {"outage-duration": "16s"})},
    scaled="An idle time of 20 s in place of 2 h, and heavy loss, so that false alarms happen.",
    refutes=('"one missed keepalive means dead": RFC 1122 4.2.3.6 forbids to take it so, and this is why',),
    breakages={"probes come every 3 s": {"keep-interval": "3s"}},
)  # fmt: skip
