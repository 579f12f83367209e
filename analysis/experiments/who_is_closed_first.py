"""By how much the passive closer is CLOSED before the active one."""

from ..base.closed_forms import Options
from ..base.run_folder import RunFolder
from .method.connections import connections
from .method.declaration import Chart, Experiment, Headline, Part, lines
from .method.verdict import Exact

SWEEP = """
metrics = ["connections-ended-normal@client"]
record = "connections,transitions,segments"

[fixed]
link-rate = "100Gbps"

[grid]
close-first = ["client", "server"]
msl = ["1s", "30s", "2min"]
delay = ["10ms", "100ms"]
"""


def gap(folder: RunFolder) -> dict[str, float]:
    """From CLOSED at the passive closer to CLOSED at the active one [s]."""
    closed = connections(folder, "host", "closed_s").set_index("host")["closed_s"]
    active = folder.manifest["parameters"]["close-first"]
    passive = "server" if active == "client" else "client"
    return {"closed-earlier-by": float(closed[active] - closed[passive])}


def expected(p: Options) -> float:
    return 2 * p["msl"] - p["delay"]


METRIC = "closed-earlier-by"
EXPERIMENT = Experiment(
    question="Which end is CLOSED first, and by how much?",
    answer="The one that closed second, which leaves LAST-ACK as soon as the last ACK arrives: {gap} before the other with MSL = 2 min.",
    parts=(
        Part("gap", SWEEP, (
            Exact(METRIC, expected, "2 MSL - one-way delay", "RFC 9293 3.6: LAST-ACK ends with the ACK, TIME-WAIT 2 MSL after it was sent",
                  within=1e-6),), runs=1,
            figures=(lines(METRIC, x="msl", series="delay", panels=("close-first",), scale="log", y_label="the other end is CLOSED earlier by [s]"),
                     Chart("timeline", {"msl": "1s", "delay": "100ms"})),
            from_folder=gap, folder_units={METRIC: "s"}),
    ),
    headlines={"gap": Headline("gap", METRIC, {"msl": "2min", "delay": "10ms", "close-first": "client"})},
    refutes=('"LAST-ACK goes to TIME-WAIT": it goes to CLOSED, a one-way delay after TIME-WAIT has begun at the other end',),
    breakages={"TIME-WAIT lasts one MSL": {"time-wait-factor": "1"}},
)  # fmt: skip
