"""E12 of doc/requirements.md: how long until keepalive notices a dead peer."""

from ..base.closed_forms import Options, cycle, keepalive_detection, rtt_s
from ..base.run_folder import RunFolder
from .method.connections import connections
from .method.declaration import Chart, Experiment, Headline, Part, lines
from .method.deviation import of_sample
from .method.verdict import Exact, Mean

# As the textbooks tell it: a client dies, and its server waits.
PRESETS = """
metrics = ["lifetime-mean@server"]
record = "connections,transitions,segments"

[fixed]
close-first = "nobody"
keep-alive = true
keep-alive-host = "server"
fault-host = "client"
crash-at = "1h"
stop = "10h"

[grid] # of rfc9293, where it is up to the user, linux and freebsd: 2 h and 75 s, the number of probes differs
preset = ["rfc9293", "textbook", "linux", "freebsd"]
"""

MINUTES = PRESETS[: PRESETS.index("[grid]")] + """
[grid]
keep-idle = ["10min"]
keep-interval = ["30s"]
keep-count = [3]
"""

OFF = """
metrics = ["connections-open-at-end@server"]

[fixed]
close-first = "nobody"
fault-host = "client"
crash-at = "1h"
stop = "240h"
"""

SILENT = """
metrics = ["detection-time-mean@client"]

[fixed]
arrivals = "poisson"
close-first = "nobody"
keep-alive = true
keep-alive-host = "client"
keep-count = 5
fault-host = "server"

[grid]
keep-idle = ["20s", "40s"]
keep-interval = ["1s", "4s"]
loss = [0, 0.1]

[dependent]
# Many whole idle times, so that the crash meets the connections at every age of their cycle alike.
duration = "16 * keep-idle"
rate = "400 / duration"
crash-at = "20 * keep-idle"
stop = "crash-at + keep-idle + keep-count * keep-interval + 10s"
"""

REBOOTED = """
metrics = ["detection-time-mean@client"]

[fixed]
arrivals = "poisson"
close-first = "nobody"
keep-alive = true
keep-alive-host = "client"
fault-host = "server"
keep-interval = "4s"
delay = "50ms"

[grid]
keep-idle = ["10s", "20s", "40s"]

[dependent]
duration = "16 * keep-idle"
rate = "400 / duration"
crash-at = "20 * keep-idle"
reboot-at = "crash-at"
stop = "crash-at + keep-idle + 30s"
"""


def since_heard(folder: RunFolder) -> dict[str, float]:
    """From the last segment that the server received to the end of its connection [s]."""
    segments = folder.table("segments", ["time_s", "host", "event"])
    ends = connections(folder, "host", "closed_s")
    heard = segments[(segments["host"] == "server") & (segments["event"] == "rx")]["time_s"].iloc[-1]
    closed = ends[ends["host"] == "server"]["closed_s"].iloc[0]
    return {"since-heard": float(closed - heard)}


def silence(p: Options) -> float:
    return p["keep-idle"] + p["keep-count"] * p["keep-interval"]


def deviation(p: Options) -> float:
    """Of the mean of 400 connections, each met by the crash at a random age of its cycle."""
    mean, square, cube = (cycle(p, power) for power in (1, 2, 3))
    return of_sample(p["rate"] * p["duration"], keepalive_detection(p), cube / (3 * mean) - (square / (2 * mean)) ** 2)


def at_first_probe(p: Options) -> float:
    return (p["keep-idle"] + rtt_s(p)) / 2 + rtt_s(p) / 2


def at_first_probe_deviation(p: Options) -> float:
    """Of the mean of 400 uniform ones."""
    return of_sample(p["rate"] * p["duration"], at_first_probe(p), (p["keep-idle"] + rtt_s(p)) ** 2 / 12)


METRIC = "detection-time-mean@client"
EXPERIMENT = Experiment(
    question="How long until keepalive notices that the peer has died?",
    answer="Without keepalive a server never notices that its client has crashed: {off} is still open after ten days; with 2 h, 75 s and the 10 probes of the textbooks "
           "it ends {textbook} after the last segment heard, with Linux's 9 {linux}; from the crash it is {mean} on average for 40 s, 5 probes of 4 s; a "
           "peer that has rebooted is noticed at the first probe, after {rebooted}.",  # fmt: skip
    parts=(
        Part("presets", PRESETS, (
            Exact("since-heard", silence, "I + n J", "E12: probes at I + j J, j = 0 to n - 1; nothing unacknowledged", within=1e-6),),
            runs=1, from_folder=since_heard, folder_units={"since-heard": "s"}),
        Part("minutes", MINUTES, (
            Exact("since-heard", silence, "I + n J", "E12", within=1e-6),),
            runs=1, figures=(Chart("timeline"),), from_folder=since_heard, folder_units={"since-heard": "s"}),
        Part("off", OFF, (
            Exact("connections-open-at-end@server", lambda p: 1, "1", "RFC 9293 3.8.4: off unless the user asks for it"),), runs=1),
        Part("silent", SILENT, (
            Mean(METRIC, keepalive_detection, "I + n J - E[C^2] / (2 E[C]); I / 2 + n J without loss",
                 "E12, renewal theory: the crash meets the cycle of idle time and probes at a random instant",
                 deviation=deviation),),
            figures=(lines(METRIC, x="keep-idle", series="keep-interval", panels=("loss",)),)),
        Part("rebooted", REBOOTED, (
            Mean(METRIC, at_first_probe, "(I + R) / 2 + R / 2",
                 "E12: uniform in the cycle of I + R; the answer to a probe under way at the reboot may be the reset",
                 deviation=at_first_probe_deviation),),
            figures=(lines(METRIC, x="keep-idle"),)),
    ),
    headlines={"off": Headline("off", "connections-open-at-end@server"),
               "linux": Headline("presets", "since-heard", {"preset": "linux"}),
               "textbook": Headline("presets", "since-heard", {"preset": "textbook"}),
               "mean": Headline("silent", METRIC, {"keep-idle": "40s", "keep-interval": "4s", "loss": "0"}),
               "rebooted": Headline("rebooted", METRIC, {"keep-idle": "40s"})},
    scaled="The part presets has the times of the standard and of real systems; the means are of shorter idle times.",
    refutes=('"keepalive is part of TCP, on by default, 10 probes, then a silent close": it is off unless asked for, and number '
             'and spacing of the probes are the implementation\'s',
             '"one missed keepalive means dead": with loss the means hold only because n probes in a row must fail'),
    breakages={"the peer that crashes sends the probes": {"keep-alive-host": "server"}},
)  # fmt: skip
