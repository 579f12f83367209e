"""A half-closed connection that goes on sending for long in the other direction."""

from ..base.run_folder import RunFolder
from .method.declaration import Chart, Experiment, Headline, Part, lines
from .method.verdict import Exact

SWEEP = """
metrics = ["octets-received@client", "connections-ended-normal@client"]
record = "transitions,segments"

[fixed]
half-close = true
request-size = 100
link-rate = "10Mbps"
fin-wait2-timeout = "200ms" # for those without a reader; this client reads on
msl = "1s"

[grid]
response-size = [10000, 100000, 1000000]
"""

IDLE = """
metrics = ["octets-received@client", "connections-ended-normal@client"]
record = "transitions,segments"

[fixed]
half-close = true
request-size = 100
response-size = 1000
fin-wait2-timeout = "1s"
msl = "1s"

[grid]
hold = ["10s", "2h", "48h"]
"""


def half_closed(folder: RunFolder) -> dict[str, float]:
    """What the client, which has closed its side, still gets, and how long it stays in FIN-WAIT-2."""
    segments = folder.table("segments", ["time_s", "host", "event", "flags", "len"])
    fin = segments[(segments["host"] == "client") & (segments["event"] == "tx") & segments["flags"].str.contains("F")]
    after = segments[(segments["host"] == "client") & (segments["event"] == "rx") & (segments["time_s"] > fin["time_s"].iloc[0])]
    states = folder.table("transitions", ["time_s", "host", "from", "to"])
    client = states[states["host"] == "client"]
    entered, left = client[client["to"] == "FIN-WAIT-2"]["time_s"], client[client["from"] == "FIN-WAIT-2"]["time_s"]
    waits, over = client[client["to"] == "TIME-WAIT"]["time_s"], client[client["from"] == "TIME-WAIT"]["time_s"]
    return {"octets-after-fin": float(after["len"].sum()),
            "fin-wait-2": float(left.iloc[0] - entered.iloc[0]) if len(left) else 0.0,
            "time-wait": float(over.iloc[0] - waits.iloc[0]) if len(over) else 0.0}  # fmt: skip


UNITS = {"octets-after-fin": "octets", "fin-wait-2": "s", "time-wait": "s"}
ORPHANS_TIMER = Exact("time-wait", lambda p: 2 * p["msl"], "2 MSL", "RFC 9293 3.6.1; fin-wait2-timeout is another", within=1e-6)
EXPERIMENT = Experiment(
    question="Can a connection that is closed in one direction go on in the other, and for how long?",
    answer="Yes, as long as the other end likes: the client that has sent its FIN still receives {octets}, and a server that holds "
           "its side open for 48 h keeps it in FIN-WAIT-2 for {long}.",  # fmt: skip
    parts=(
        Part("transfer", SWEEP, (
            Exact("octets-after-fin", lambda p: p["response-size"], "all octets of the response", "RFC 9293 3.6: CLOSE is simplex"),
            ORPHANS_TIMER,
            Exact("connections-ended-normal@client", lambda p: 1, "1", "RFC 9293 3.6")), runs=1,
            figures=(lines("octets-after-fin", x="response-size", scale="log", y_label="octets that arrive after the FIN"), Chart("timeline", {"response-size": "1000000"})),
            from_folder=half_closed, folder_units=UNITS),
        Part("idle", IDLE, (
            Exact("fin-wait-2", lambda p: p["hold"], "as long as the server holds its side open",
                  "RFC 9293 3.3.2: neither FIN-WAIT-2 nor CLOSE-WAIT has a timer", within=1e-3),
            ORPHANS_TIMER,
            Exact("connections-ended-normal@client", lambda p: 1, "1", "RFC 9293 3.6")), runs=1,
            figures=(Chart("timeline", {"hold": "10s"}),), from_folder=half_closed, folder_units=UNITS),
    ),
    headlines={"octets": Headline("transfer", "octets-after-fin", {"response-size": "1000000"}),
               "long": Headline("idle", "fin-wait-2", {"hold": "48h"})},
    refutes=('"FIN-WAIT-2 / CLOSE-WAIT time out by the standard": neither has a timer',
             '"`tcp_fin_timeout` sets TIME-WAIT": it is the timer of a FIN-WAIT-2 that nobody reads any more; here it is set, to a '
             'fraction of TIME-WAIT, and changes nothing: TIME-WAIT takes 2 MSL, and FIN-WAIT-2 as long as the program reads'),
    breakages={"the client closes both directions": {"half-close": "false"}},
)  # fmt: skip
