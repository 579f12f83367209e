"""E04 of doc/requirements.md: how many segments a close takes."""

import math

from ..base.closed_forms import Options
from ..base.run_folder import RunFolder
from .method.declaration import Chart, Experiment, Headline, Part, lines
from .method.verdict import Exact, Share

CLOSES = """
metrics = ["connections-established@client"]
record = "segments,transitions"

[fixed]
request-size = 0
response-size = 0
msl = "1s"

[grid]
close-first = ["client", "server", "abort"]
"""

TOGETHER = """
metrics = ["connections-established@client"]
record = "segments,transitions"

[fixed]
close-first = "both" # once the client has the response
request-size = 0
hold = "1s" # the acknowledgment of the response is out before
msl = "1s"
"""

HELD = """
metrics = ["connections-established@client"]
record = "segments,transitions"

[fixed]
request-size = 0
response-size = 0
half-close = true # the server's program closes the hold time after the client's FIN has reached it
msl = "1s"

[grid]
fin-ack-delay = ["0s", "40ms"]
hold = ["0s", "20ms", "60ms"]
"""


RANDOM = """
metrics = ["connections-established@client"]
record = "segments"

[fixed]
connections = 1000
request-size = 0
response-size = 0
close-delay = "ns3::ExponentialRandomVariable[Mean=0.05]"
syn-queue-limit = 10000
accept-queue-limit = 10000
msl = "1s"

[grid]
fin-ack-delay = ["20ms", "50ms", "100ms"]
"""


def threes(folder: RunFolder) -> dict[str, float]:
    """Of how many closes three segments were enough: each connection is three to open, and three or four to close."""
    sent = int((folder.table("segments", ["event"])["event"] == "tx").sum())
    closes = int(folder.manifest["parameters"]["connections"])
    return {"closes": float(closes), "in-three": float(7 * closes - sent)}


def closing(folder: RunFolder) -> dict[str, float]:
    """Segments from the first FIN or RST on, both ends together."""
    segments = folder.table("segments", ["event", "flags"])
    sent = segments[segments["event"] == "tx"]["flags"].tolist()
    first = next((i for i, flags in enumerate(sent) if set(flags) & set("FR")), len(sent))
    return {"segments-to-close": float(len(sent) - first)}


def by_who_closes(p: Options) -> int:
    return 1 if p["close-first"] == "abort" else 3


def by_delay(p: Options) -> int:
    return 3 if p["hold"] < p["fin-ack-delay"] else 4


UNITS = {"segments-to-close": "segments"}
EXPERIMENT = Experiment(
    question="Four segments to close, three, or fewer?",
    answer="{together} when the passive side closes at once, because its ACK and its FIN share a segment, {apart} when it closes "
           "later, {both} when both close at once, and {abort} for an abort.",  # fmt: skip
    parts=(
        Part("who", CLOSES, (Exact("segments-to-close", by_who_closes, "3; an abort 1", "E04: the passive program closes as soon as it is told"),), runs=1,
             figures=(Chart("ladder", {"close-first": "client"}), Chart("ladder", {"close-first": "abort"})),
             from_folder=closing, folder_units=UNITS),
        Part("simultaneous", TOGETHER, (Exact("segments-to-close", lambda p: 4, "4", "E04: both close at one instant"),), runs=1,
             figures=(Chart("ladder"),), from_folder=closing, folder_units=UNITS),
        Part("held", HELD, (
            Exact("segments-to-close", by_delay, "3 if X < D, else 4",
                  "E04: X is when the passive program closes, D how long the ACK of the FIN may wait"),), runs=1,
             figures=(Chart("ladder", {"fin-ack-delay": "0s", "hold": "20ms"}), Chart("ladder", {"fin-ack-delay": "40ms", "hold": "20ms"})),
             from_folder=closing, folder_units=UNITS),
        Part("random", RANDOM, (
            Share("in-three", lambda p: 1 - math.exp(-p["fin-ack-delay"] / 0.05), "1 - e^(-mu D)",
                  "E04: X exponential with a mean of 1 / mu = 50 ms", of="closes", trials=1000),),
             figures=(lines("in-three", x="fin-ack-delay", y_label="share of closes with three segments"),), from_folder=threes,
             folder_units={"in-three": "closes", "closes": "closes"}),
    ),
    headlines={"together": Headline("who", "segments-to-close", {"close-first": "client"}),
               "apart": Headline("held", "segments-to-close", {"fin-ack-delay": "0s", "hold": "20ms"}),
               "both": Headline("simultaneous", "segments-to-close"),
               "abort": Headline("who", "segments-to-close", {"close-first": "abort"})},
    refutes=('"closing always needs four segments": three when ACK and FIN share one, one for an abort, four for a simultaneous close',
             '"FIN has no / an invalid ACK field": each FIN on these ladders carries an ACK, and without it would be dropped'),
    breakages={"the first FIN is lost": {"rules": "client->server: drop 1st FIN"}},
)  # fmt: skip
