"""E18 of doc/requirements.md: how long a sender goes on."""

from ..base.closed_forms import Options
from ..base.run_folder import RunFolder
from .method.connections import connections
from .method.declaration import Chart, Experiment, Headline, Part
from .method.verdict import Exact

DATA = """
metrics = ["lifetime-mean@client", "connections-ended-timed-out@client"]
record = "segments,transitions,connections"

[fixed]
rules = "client->server: drop every data" # a black hole, but for the handshake
user-timeout = "0s"
keep-alive = false
stop = "2h"

[zip] # Linux; this module's default; a short one
min-rto = ["200ms", "1s", "500ms"]
max-rto = ["2min", "1min", "4s"]
data-retries = [15, 7, 5]
"""

SYN = """
metrics = ["connections-ended-timed-out@client"]
record = "segments,transitions,connections"

[fixed]
rules = "client->server: drop every SYN"
user-timeout = "0s"
stop = "2h"

[grid]
syn-retries = [4, 6, 8]
"""


def of_the_data(folder: RunFolder) -> dict[str, float]:
    """From the first octet sent to the end [s]."""
    segments = folder.table("segments", ["time_s", "host", "event", "len"])
    sent = segments[(segments["host"] == "client") & (segments["event"] == "tx") & (segments["len"] > 0)]
    return {"given-up-after": _closed_s(folder) - float(sent["time_s"].iloc[0]), "sent": float(len(sent))}


def of_the_syn(folder: RunFolder) -> dict[str, float]:
    segments = folder.table("segments", ["time_s", "host", "event"])
    sent = segments[(segments["host"] == "client") & (segments["event"] == "tx")]["time_s"]
    return {"given-up-after": _closed_s(folder), "last-syn": float(sent.iloc[-1]), "sent": float(len(sent))}


def _closed_s(folder: RunFolder) -> float:
    ends = connections(folder, "host", "closed_s")
    return float(ends[ends["host"] == "client"]["closed_s"].iloc[0])


def waits(first: float, most: float, retries: int) -> list[float]:
    return [min(first * 2**i, most) for i in range(retries + 1)]


def data_given_up(p: Options) -> float:
    return sum(waits(p["min-rto"], p["max-rto"], p["data-retries"]))


def syn_given_up(p: Options) -> float:
    return sum(waits(p["initial-rto"], p["max-rto"], p["syn-retries"]))


def last_syn(p: Options) -> float:
    return sum(waits(p["initial-rto"], p["max-rto"], p["syn-retries"])[:-1])


UNITS = {"given-up-after": "s", "last-syn": "s", "sent": "segments"}
EXPERIMENT = Experiment(
    question="How long does a sender go on when nobody answers?",
    answer="With Linux's numbers it gives up {linux} after the data was first sent; with RFC 9293's a SYN is sent for the last "
           "time after {last} and given up after {syn}, which is the 3 min that RFC 9293 demands.",  # fmt: skip
    parts=(
        Part("data", DATA, (
            Exact("given-up-after", data_given_up, "sum over i = 0..n of min(r0 2^i, M)",
                  "E18: a black hole; the round trip was measured and is short, so that r0 is the least timeout", within=1e-6),
            Exact("sent", lambda p: 1 + p["data-retries"], "1 + n", "E18")), runs=1,
             figures=(Chart("ladder", {"data-retries": "5"}),), from_folder=of_the_data, folder_units=UNITS),
        Part("syn", SYN, (
            Exact("given-up-after", syn_given_up, "sum over i = 0..n of min(r0 2^i, M), r0 = 1 s", "E18; RFC 6298 2.1", within=1e-6),
            Exact("last-syn", last_syn, "the same without the last", "E18: 1, 3, 7, 15, 31, 63, 123, 183 s", within=1e-6)), runs=1,
             figures=(Chart("ladder", {"syn-retries": "8"}),), from_folder=of_the_syn, folder_units=UNITS),
    ),
    headlines={"linux": Headline("data", "given-up-after", {"data-retries": "15"}),
               "last": Headline("syn", "last-syn", {"syn-retries": "8"}),
               "syn": Headline("syn", "given-up-after", {"syn-retries": "8"})},
    refutes=('"initial RTO is 3 s": 1 s since RFC 6298',),
    breakages={"a user timeout of 20 s ends it before": {"user-timeout": "20s"}},
)  # fmt: skip
