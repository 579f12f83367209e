"""E15 of doc/requirements.md: what helps against a SYN flood."""

import math

from ..base.closed_forms import Options, loss_to_server, rtt_s
from .method.declaration import Experiment, Headline, Part, lines
from .method.verdict import Exact, Share

FLOOD = 300  # spoofed SYNs a second

SWEEP = f"""
metrics = ["connections-opened@client", "connections-established@client", "connections-established@server"]

[fixed]
arrivals = "poisson"
rate = 5
request-size = 0
response-size = 0
delay = "20ms"
msl = "1s"
syn-retries = 0
duration = "60s"
{{defence}}
inject = "attacker->server: SYN from 198.51.100.0/24 poisson {FLOOD}/s for 61s"

{{grid}}
[compute]
shut-out = {{{{ value = "connections-opened@client - connections-established@server", unit = "connections" }}}}
"""

UNAWARE = """
metrics = ["connections-established@client", "connections-established@server"]

[fixed]
connections = 1000
request-size = 0 # the server speaks first
response-size = 1000
close-first = "server"
msl = "1s"
syn-cookies = "always"
syn-retries = 12
user-timeout = "0s"
stop = "100s"

[grid]
loss-to-server = [0.1, 0.2, 0.3]

[compute]
unaware = { value = "connections-established@client - connections-established@server", unit = "connections" }
"""


def poisson_below(limit: int, mean: float) -> float:
    """P(N < limit) of a Poisson number of that mean."""
    return sum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(limit))


def survives_oldest(p: Options) -> float:
    return poisson_below(p["syn-queue-limit"], (FLOOD + p["rate"]) * rtt_s(p))


def survives_cache(p: Options) -> float:
    return poisson_below(p["syn-cache-bucket-limit"], (FLOOD + p["rate"]) * rtt_s(p) / p["syn-cache-buckets"])


def sweep(defence: str, grid: str = "") -> str:
    return SWEEP.format(defence=defence, grid=grid)


def clients(p: Options) -> float:
    return p["rate"] * p["duration"]


METRIC = "connections-established@server"
EXPERIMENT = Experiment(
    question="What protects honest clients from a SYN flood?",
    answer="Under 300 spoofed SYNs a second a queue of 16 that drops the oldest lets a share of {oldest} through, a cache of four buckets of "
           "4 {cache}, cookies all ({cookies} shut out, and {overflow} where they are only sent when a queue of 16 is full); a forged ACK "
           "passes for a cookie with 8 / 2^32 in each time slot, 1.9e-9: that is computed, not measured; but cookies do not notice a lost ACK: at 20 % loss a share of {unaware} of the clients "
           "waits for a server that speaks first and knows nothing of them.",  # fmt: skip
    parts=(
        Part("drop-oldest", sweep('syn-overflow = "drop-oldest"', "[grid]\nsyn-queue-limit = [12, 16, 20]\n"), (
            Share(METRIC, survives_oldest, "P(Poisson(rate R) < B)", "E15: pushed out if B more come within the round trip",
                  of="connections-opened@client", trials=clients),), figures=(lines(METRIC, x="syn-queue-limit"),)),
        Part("cache", sweep("syn-cache-buckets = 4", "[grid]\nsyn-cache-bucket-limit = [3, 4, 6]\n"), (
            Share(METRIC, survives_cache, "P(Poisson(rate R / h) < c)", "E15: the same within one bucket",
                  of="connections-opened@client", trials=clients),), figures=(lines(METRIC, x="syn-cache-bucket-limit"),)),
        Part("cookies", sweep('syn-cookies = "always"'), (Exact("shut-out", lambda p: 0, "0", "E15: no state, no queue"),), runs=3),
        Part("cookies-on-overflow", sweep('syn-cookies = "on-overflow"\nsyn-queue-limit = 16'), (
            Exact("shut-out", lambda p: 0, "0", "E15: what finds no room in the queue needs none"),), runs=3),
        Part("unaware", UNAWARE, (
            Share("unaware", loss_to_server, "p", "E15: the third message is lost and nobody repeats it",
                  of="connections-established@client", trials=1000),), figures=(lines("unaware", x="loss-to-server", y_label="share of clients unknown to the server"),)),
    ),
    headlines={"oldest": Headline("drop-oldest", METRIC, {"syn-queue-limit": "16"}),
               "cache": Headline("cache", METRIC, {"syn-cache-bucket-limit": "4"}),
               "cookies": Headline("cookies", "shut-out"),
               "overflow": Headline("cookies-on-overflow", "shut-out"), "unaware": Headline("unaware", "unaware", {"loss-to-server": "0.2"})},
    scaled="Queues and buckets of some entries and 300 SYNs a second. 1000/s, R = 0.1 s and B = 128 make 0.996; 1e5/s against 512 buckets of "
           "30 make 0.983. That a forged ACK passes for a cookie is too rare to be sampled, and cannot be scaled.",
    refutes=('"SYN cookies are free": a lost ACK leaves a server that should speak first unaware, and nothing repeats the SYN,ACK',),
    breakages={"the queue drops what is new": {"syn-overflow": "drop-new", "syn-cookies": "off", "syn-cache-buckets": "0"}},
)  # fmt: skip
