"""Both ends close at once."""

import math

from ..base.run_folder import RunFolder
from .method.declaration import Chart, Experiment, Headline, Part, lines
from .method.verdict import Exact, Share

SWEEP = """
metrics = ["time-waits@client", "time-waits@server"]
record = "transitions,segments"

[fixed]
close-first = "both"
request-size = 0
hold = "1s"
msl = "1s"
link-rate = "100Gbps"

[grid]
delay-to-server = ["1ms", "20ms", "100ms"]
delay-to-client = ["5ms", "50ms"]
"""


CROSSING = """
metrics = ["time-waits@client", "time-waits@server", "connections-established@client"]

[fixed]
connections = 500
close-first = "both"
request-size = 0
hold = "ns3::ExponentialRandomVariable[Mean=0.1]"
response-size = 1
syn-queue-limit = 10000
accept-queue-limit = 10000
msl = "5s"

[grid]
delay = ["20ms", "50ms", "100ms"]

[compute]
crossed = { value = "time-waits@client + time-waits@server - connections-established@client", unit = "connections" }
"""


def course(folder: RunFolder) -> dict[str, float]:
    """How long each end is in FIN-WAIT-1 and CLOSING [s], and how many segments the close took."""
    states = folder.table("transitions", ["time_s", "host", "from", "to"])
    found = {}
    for host, rows in states.groupby("host"):
        for state in ("FIN-WAIT-1", "CLOSING"):
            entered, left = rows[rows["to"] == state]["time_s"], rows[rows["from"] == state]["time_s"]
            found[f"{state.lower()}-{host}"] = float(left.iloc[0] - entered.iloc[0]) if len(entered) and len(left) else 0.0
    segments = folder.table("segments", ["event", "flags"])
    sent = segments[segments["event"] == "tx"]["flags"].tolist()
    found["segments-to-close"] = float(len(sent) - next(i for i, flags in enumerate(sent) if "F" in flags))
    return found


UNITS = {f"{state}-{host}": "s" for state in ("fin-wait-1", "closing") for host in ("client", "server")} | {"segments-to-close": "segments"}


def way_to(host: str):
    return lambda p: p[f"delay-to-{host}"]


def exact(metric: str, theory, formula: str) -> Exact:
    return Exact(metric, theory, formula, "RFC 9293 3.6, Figure 13; no loss", within=1e-6 if metric in UNITS and UNITS[metric] == "s" else 0)



EXPERIMENT = Experiment(
    question="What happens when both ends close at the same time?",
    answer="Both FINs cross: each end is in FIN-WAIT-1 until the other's FIN arrives, then in CLOSING until its own is acknowledged, and "
           "both end in TIME-WAIT, after {segments}; closes drawn with a mean of 0.1 s cross with a probability of {crossed} at 50 ms one way.",  # fmt: skip
    parts=(
        Part("course", SWEEP, (
            exact("fin-wait-1-client", way_to("client"), "one-way delay to the client"),
            exact("fin-wait-1-server", way_to("server"), "one-way delay to the server"),
            exact("closing-client", way_to("server"), "R less the time in FIN-WAIT-1"),
            exact("closing-server", way_to("client"), "R less the time in FIN-WAIT-1"),
            exact("segments-to-close", lambda p: 4, "2 FIN + 2 ACK"),
            Exact("time-waits@client", lambda p: 1, "1", "E07"), Exact("time-waits@server", lambda p: 1, "1", "E07")), runs=1,
            figures=(lines("closing-client", x="delay-to-server", series="delay-to-client", y_label="time in CLOSING, client [s]"),
                     Chart("ladder", {"delay-to-server": "20ms", "delay-to-client": "5ms"})),
            from_folder=course, folder_units=UNITS),
        Part("crossing", CROSSING, (
            Share("crossed", lambda p: 1 - math.exp(-p["delay"] / 0.1), "1 - e^(-lambda delta)",
                  "E04: each end closes an exponential time of mean 1 / lambda = 0.1 s after one instant; who closes at most delta "
                  "after the other has not heard of it", of="connections-established@client", trials=500),),
             figures=(lines("crossed", x="delay", y_label="share of closes that cross"),)),
    ),
    headlines={"crossed": Headline("crossing", "crossed", {"delay": "50ms"}), "segments": Headline("course", "segments-to-close")},
    refutes=('"FIN+ACK in FIN-WAIT-1 goes to CLOSING": only where its ACK does not cover our FIN; else straight to TIME-WAIT',
             '"closing always needs four segments": four here, but each end sends two at once'),
    breakages={"the server's FIN is lost": {"rules": "server->client: drop 1st FIN"}},
)  # fmt: skip
