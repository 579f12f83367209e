"""E08 of doc/requirements.md: Little's law in TIME-WAIT."""

import math

from ..base.closed_forms import Options, averaged_s, rtt_s, time_wait_occupancy, time_wait_s
from ..base.run_folder import RunFolder
from .method.declaration import Experiment, Headline, Part, lines
from .method.deviation import of_poisson, of_time_mean
from .method.verdict import Claim, Exact, Mean, Share

SWEEP = """
metrics = ["time-wait-mean@client"]

[fixed]
arrivals = "{arrivals}"
hold = "200ms" # so that the server's timeout is measured afresh before it sends its FIN

[grid]
msl = ["1s", "2s", "5s"]
rate = {rates}
loss-to-server = {losses}

[dependent]
# Until those that had to repeat their SYN have come to TIME-WAIT as often as later on.
warm-up = "2 * msl + 10s"
duration = "warm-up + 25s"
"""
METRIC = "time-wait-mean@client"

# A glance every 2.5 s: none sees a connection that the one before has seen, so that the counts are independent.
LAW = """
metrics = ["time-waits@client"]
record = "occupancy"

[fixed]
arrivals = "poisson"
rate = 10
msl = "1s"
duration = "2000s"
stop = "2000s"
occupancy-interval = "2500ms"
"""
THRESHOLDS = (20, 22)

# From empty: two glances while TIME-WAIT fills up, and one after.
FILLING = """
metrics = ["time-waits@client"]
record = "occupancy"

[fixed]
arrivals = "poisson"
rate = 200
msl = "3s"
delay = "1ms"
duration = "8s"
stop = "8s"
occupancy-interval = "1s"
"""
TIMES_S = (3, 5, 7)


def glances(folder: RunFolder) -> dict[str, float]:
    """How many rows of the client have at most so many in TIME-WAIT, once it has filled up."""
    rows = folder.table("occupancy", ["time_s", "host", "TIME-WAIT"])
    counts = rows[(rows["host"] == "client") & (rows["time_s"] > 5) & (rows["time_s"] < 2000)]["TIME-WAIT"]
    return {"glances": float(len(counts))} | {f"at-most-{k}": float((counts <= k).sum()) for k in THRESHOLDS}


def at_most(k: int) -> Share:
    def poisson(p: Options) -> float:
        mean = p["rate"] * time_wait_s(p)
        return sum(math.exp(-mean) * mean**i / math.factorial(i) for i in range(k + 1))

    return Share(f"at-most-{k}", poisson, f"P(Poisson(lambda * 2 MSL) <= {k})", "E08, M/D/infinity: Poisson closes, each stays 2 MSL",
                 of="glances", trials=797)  # fmt: skip


def filling(folder: RunFolder) -> dict[str, float]:
    """How many the client has in TIME-WAIT at each of the times."""
    rows = folder.table("occupancy", ["time_s", "host", "TIME-WAIT"])
    counts = rows[rows["host"] == "client"].set_index("time_s")["TIME-WAIT"]
    return {f"after-{t}-s": float(counts[t]) for t in TIMES_S}


def filled(t: float) -> Mean:
    def count(p: Options) -> float:
        return p["rate"] * min(t - 3 * rtt_s(p), time_wait_s(p))

    return Mean(f"after-{t}-s", count, f"lambda * min({t} s - D, 2 MSL)",
                "E08, M/D/infinity from empty: Poisson openings from time 0; D, three round trips, is over before TIME-WAIT",
                deviation=lambda p: of_poisson(count(p)))  # fmt: skip


def occupancy_deviation(p: Options) -> float:
    """A repeated FIN makes at most as many as lose an ACK stay half as long again."""
    life, life_square = 1 + p["loss-to-server"] / 2, 1 + p["loss-to-server"] * (1.5**2 - 1)
    return of_time_mean(p["rate"] * averaged_s(p), life, life_square)


def part(name: str, arrivals: str, rates: str, losses: str, claim: Claim, runs: int = 0) -> Part:
    figure = lines(METRIC, x="msl", series="rate", panels=("loss-to-server",), scale="log")
    return Part(name, SWEEP.format(arrivals=arrivals, rates=rates, losses=losses), (claim,), runs, figures=(figure,))


EXPERIMENT = Experiment(
    question="How many connections sit in TIME-WAIT?",
    answer="As many as are closed in 2 MSL: at 80 closes/s and 2 MSL = 10 s {poisson}; with 10 % of the segments to the "
           "server lost, repeated FINs restart the wait, and it is {lossy}; with Poisson arrivals the number is Poisson too: where 20 are "
           "expected it is 20 at most in a share of {law} of all glances; from empty it grows with time, to {filling} after 3 s at 200 closes/s.",  # fmt: skip
    parts=(
        part("fixed", "fixed", "[20, 80]", "[0]", Exact(
            METRIC, time_wait_occupancy, "lambda * 2 MSL", "E08, Little's law: any arrival law will do; nothing is random", within=1e-6), runs=1),
        part("poisson", "poisson", "[80]", "[0, 0.1]", Mean(
            METRIC, time_wait_occupancy, "lambda * (2 MSL + mean restart extension)",
            "E08, Little's law; the extension is a recursion over the FINs that the server repeats", deviation=occupancy_deviation)),
        Part("law", LAW, tuple(map(at_most, THRESHOLDS)), from_folder=glances,
             folder_units={"glances": "glances"} | {f"at-most-{k}": "glances" for k in THRESHOLDS}),
        Part("filling", FILLING, tuple(map(filled, TIMES_S)), from_folder=filling,
             folder_units={f"after-{t}-s": "connections" for t in TIMES_S}),
    ),
    headlines={"poisson": Headline("poisson", METRIC, {"rate": "80", "msl": "5s", "loss-to-server": "0"}),
               "lossy": Headline("poisson", METRIC, {"rate": "80", "msl": "5s", "loss-to-server": "0.1"}),
               "law": Headline("law", "at-most-20"), "filling": Headline("filling", "after-3-s")},
    scaled="MSL is 1 to 5 s; the law is linear in it: 100 closes/s with MSL = 2 min make 24,000.",
    refutes=('"TIME-WAIT is 2 MSL = 4 min everywhere": it is whatever MSL is set to, and longer where the last ACK is lost',),
    breakages={"TIME-WAIT is not restarted": {"time-wait-restart": "false"},
               "only 200 connections may wait": {"time-wait-limit": "200"}},
)  # fmt: skip
