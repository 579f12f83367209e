"""The closed window of E18 of doc/requirements.md: the segment that opens it again is lost."""

import math

from ..base.closed_forms import Options, loss_to_client
from ..base.run_folder import RunFolder
from .method.declaration import Chart, Experiment, Headline, Part, lines
from .method.deviation import of_sample
from .method.verdict import Exact, Mean, Share

# The first 1000 octets of 1500 close the window at once, and nothing moves until the server reads.
COMMON = """
request-size = 1500
receive-buffer = 1000
mss = 500
delayed-ack = "0s"
timestamps = false # as they would take room in segments
min-rto = "200ms"
max-rto = "5s" # that the server has said that the window is closed before it reads, whatever was lost
data-retries = 60
syn-retries = 20
syn-ack-retries = 20
user-timeout = "0s"
msl = "1s"
stop = "1h"
"""

SILENT = """
metrics = ["connections-established@client", "connections-open-at-end@client"]

[fixed]
rate = 100
duration = "10s"
read-delay = "60s"
persist-min = "1000h" # the first probe would come long after the end
""" + COMMON + """
[grid]
loss-to-client = [0.2, 0.3, 0.4]
"""

PROBED = """
metrics = ["connections-established@client", "connections-open-at-end@client"]
record = "segments"

[fixed]
rate = 60
duration = "10s"
read-delay = "ns3::UniformRandomVariable[Min=40|Max=50]" # whole intervals: any instant between two probes alike
persist-min = "5s"
loss-to-client = 0.4
""" + COMMON

ONE = """
metrics = ["connections-open-at-end@client"]
record = "segments,transitions"

[fixed]
read-delay = "13s"
persist-min = "5s"
rules = "server->client: drop 1st ACK between 13s and 14s"
""" + COMMON


def waits(folder: RunFolder) -> dict[str, float]:
    """How much later those clients hear of the open window whose update is lost [s]: on average, most for each loss."""
    rows = folder.table("segments", ["time_s", "host", "event", "remote", "ack", "window", "packet"])
    arrived = set(rows["packet"][(rows["host"] == "client") & (rows["event"] == "rx")])
    said = rows[(rows["host"] == "server") & (rows["event"] == "tx")]
    edges, opened, late, told, most = {}, {}, {}, set(), 0.0
    for time_s, client, ack, window, packet in zip(*(said[name] for name in ("time_s", "remote", "ack", "window", "packet"))):
        # The right edge stands where the SYN,ACK has put it until the server reads.
        if (ack + window) % 2**32 != edges.setdefault(client, (ack + window) % 2**32) and client not in told:
            opened.setdefault(client, []).append(time_s)
            if packet in arrived:
                told.add(client)
                losses = len(opened[client]) - 1
                if losses:
                    late[client] = time_s - opened[client][0]
                    most = max(most, late[client] / losses)
    return {"delay-by-loss": math.fsum(late.values()) / len(late), "most-for-a-loss": most}


def mean_wait(p: Options) -> float:
    lost = loss_to_client(p)
    return p["persist-min"] * (1 / 2 + lost / (1 - lost))


def wait_deviation(p: Options) -> float:
    """Of the mean of those whose update is lost: a uniform part of an interval, and a geometric number of whole ones."""
    lost = loss_to_client(p)
    return of_sample(p["rate"] * p["duration"] * lost, mean_wait(p), p["persist-min"] ** 2 * (1 / 12 + lost / (1 - lost) ** 2))


UNITS = {"delay-by-loss": "s", "most-for-a-loss": "s"}
OPEN = "connections-open-at-end@client"
EXPERIMENT = Experiment(
    question="What if the segment is lost that opens a closed window again?",
    answer="A sender that does not probe waits for ever: a share of {deadlock} of all connections at a loss of 0.4; with a probe every "
           "5 s none does, each loss costs {most}, and who misses the segment hears of the window {mean} later on average.",  # fmt: skip
    parts=(
        Part("not-probed", SILENT, (
            Share(OPEN, loss_to_client, "p", "E18: the update is sent once and a pure ACK is never repeated",
                  of="connections-established@client", trials=999),),
            figures=(lines(OPEN, x="loss-to-client"),)),
        Part("probed", PROBED, (
            Exact(OPEN, lambda p: 0, "0", "E18, RFC 9293 3.8.6.1"),
            Exact("most-for-a-loss", lambda p: p["persist-min"], "T", "E18: one probe interval a loss", at_most=True, within=1e-3),
            Mean("delay-by-loss", mean_wait, "T (1/2 + p / (1 - p))",
                 "E18: of those whose update is lost, at any instant between two probes; each further answer lost costs an interval",
                 deviation=wait_deviation)),
            from_folder=waits, folder_units=UNITS),
        Part("one", ONE, (
            Exact(OPEN, lambda p: 0, "0", "E18, RFC 9293 3.8.6.1"),
            Exact("most-for-a-loss", lambda p: p["persist-min"], "T", "E18", at_most=True, within=1e-3)),
            runs=1, from_folder=waits, folder_units=UNITS, figures=(Chart("ladder"),)),
    ),
    headlines={"deadlock": Headline("not-probed", OPEN, {"loss-to-client": "0.4"}),
               "most": Headline("probed", "most-for-a-loss"),
               "mean": Headline("probed", "delay-by-loss")},
    scaled="The sender that does not probe is one whose first probe is due after 1000 h; the experiment ends after one.",
    breakages={"probes come every 20 s": {"persist-min": "20s"}},
)  # fmt: skip
