"""E07 of doc/requirements.md: which end is left with TIME-WAIT."""

from ..base.closed_forms import Options, averaged_s
from .method.declaration import Chart, Experiment, Headline, Part
from .method.deviation import of_time_mean
from .method.verdict import Exact, Mean

WAITS = """
metrics = ["time-waits@client", "time-waits@server"]
record = "transitions,segments"

[fixed]
connections = 100
msl = "5s"

[grid]
close-first = ["client", "server", "both", "abort"]
"""

LOAD = """
metrics = ["time-wait-mean@client", "time-wait-mean@server"]

[fixed]
arrivals = "poisson"
rate = 100
msl = "2s"
duration = "30s"

[grid]
{who}
"""


def share_of(host: str, p: Options) -> float:
    """Probability that `host` comes to TIME-WAIT."""
    if p["close-first"] == "both":
        return 1
    return p["close-first-probability"] if p["close-first"] == host else 1 - p["close-first-probability"]


def waits_of(host: str):
    return lambda p: p["connections"] if p["close-first"] in (host, "both") else 0


def load_of(host: str):
    return lambda p: p["rate"] * 2 * p["msl"] * share_of(host, p) or None


def count(host: str) -> Exact:
    return Exact(f"time-waits@{host}", waits_of(host), "connections it closed first or simultaneously, none if reset",
                 "E07; no loss, so each is exact")  # fmt: skip


def load(host: str) -> Mean:
    return Mean(f"time-wait-mean@{host}", load_of(host), "lambda * 2 MSL * P(it closes first or simultaneously)",
                "E07 with Little's law", deviation=lambda p: load_deviation(host, p))  # fmt: skip


def load_deviation(host: str, p: Options) -> float:
    """All stay in TIME-WAIT equally long."""
    return of_time_mean(p["rate"] * share_of(host, p) * averaged_s(p), 1, 1)


def free(p: Options) -> float | None:
    """Whoever never closes first has nothing in TIME-WAIT."""
    return None if load_of("server")(p) is not None else 0


EXPERIMENT = Experiment(
    question="Who is left with TIME-WAIT, and what does it cost a server to close first?",
    answer="Whoever closes first: of 100 connections that the server closed first it holds {server} in TIME-WAIT and the "
           "client {client}; at 100 closes/s and 2 MSL = 4 s that makes {load}, or, where the server is the first with a probability of "
           "0.4 only, {mixed_server} there and {mixed_client} at the client.",  # fmt: skip
    parts=(
        Part("counts", WAITS, (count("client"), count("server")), runs=1,
             figures=(Chart("timeline", {"close-first": "server"}), Chart("timeline", {"close-first": "both"}))),
        Part("load", LOAD.format(who='close-first = ["client", "server", "both"]'), (load("client"), load("server"), Exact("time-wait-mean@server", free, "0", "E07"))),
        Part("mixed", LOAD.format(who='close-first = ["server"]\nclose-first-probability = [0.4]'), (load("client"), load("server"))),
    ),
    headlines={"server": Headline("counts", "time-waits@server", {"close-first": "server"}),
               "client": Headline("counts", "time-waits@client", {"close-first": "server"}),
               "load": Headline("load", "time-wait-mean@server", {"close-first": "server"}),
               "mixed_server": Headline("mixed", "time-wait-mean@server"), "mixed_client": Headline("mixed", "time-wait-mean@client")},
    refutes=('"TIME-WAIT is on the client / server": on the first closer, and on both after a simultaneous close',
             '"SO_LINGER 0 close is clean": it is a reset, so that nobody waits and nothing protects the next connection'),
    breakages={"there is room for 50 only in TIME-WAIT": {"time-wait-limit": "50"}},
)  # fmt: skip
