"""The three segments of the handshake: numbers, flags, and who is ESTABLISHED when."""

from ..base.closed_forms import Options
from ..base.run_folder import RunFolder
from .method.connections import connections
from .method.declaration import Chart, Experiment, Headline, Part, lines
from .method.verdict import Exact, Story

LADDER = """
metrics = ["connections-established@client", "connections-established@server"]
record = "segments,transitions"

[fixed]
request-size = 0
response-size = 0
close-first = "nobody"
link-rate = "100Gbps"
"""

ASYMMETRY = """
metrics = ["connections-established@client"]
record = "connections"

[fixed]
request-size = 0
response-size = 0
close-first = "nobody"
link-rate = "100Gbps" # sending takes no time to speak of

[grid]
delay-to-server = ["1ms", "10ms", "50ms", "100ms", "200ms"]
delay-to-client = ["10ms", "100ms"]
"""

EXPECTED = """
0.000 client SYN-SENT
0.000 client [S], seq 0, length 0
0.010 server SYN-RECEIVED
0.010 server [S.], seq 0, ack 1, length 0
0.020 client ESTABLISHED
0.020 client [.], ack 1, length 0
0.030 server ESTABLISHED
"""


def asymmetry(folder: RunFolder) -> dict[str, float]:
    """How much earlier the client is ESTABLISHED than the server, and when it is [s]."""
    rows = connections(folder, "host", "established_s").set_index("host")["established_s"]
    return {"client-earlier-by": float(rows["server"] - rows["client"]), "client-established": float(rows["client"])}


def round_trip(p: Options) -> float:
    return p["delay-to-server"] + p["delay-to-client"]


EXPERIMENT = Experiment(
    question="What do the three segments of the handshake carry, and who is ESTABLISHED when?",
    answer="SYN, SYN,ACK and ACK, each SYN taking one sequence number; the client is ESTABLISHED one round trip after its SYN, the "
           "server one way later: {earlier} later at 200 ms one way.",  # fmt: skip
    parts=(
        Part("ladder", LADDER, (Story(lambda p: EXPECTED, "RFC 9293 3.5, Figure 6"),), runs=3, figures=(Chart("ladder"),)),
        Part("asymmetry", ASYMMETRY, (
            Exact("client-earlier-by", lambda p: p["delay-to-server"], "one-way delay to the server",
                  "the third segment takes so long; no loss", within=1e-6),
            Exact("client-established", round_trip, "R", "no loss; the server answers at once", within=1e-6)), runs=1,
            figures=(lines("client-earlier-by", x="delay-to-server", series="delay-to-client", y_label="client is ESTABLISHED earlier by [s]"),), from_folder=asymmetry,
            folder_units={"client-earlier-by": "s", "client-established": "s"}),
    ),
    headlines={"earlier": Headline("asymmetry", "client-earlier-by", {"delay-to-server": "200ms"})},
    refutes=('"pure ACKs consume a sequence number": what follows the third segment has its number',),
    breakages={"the first SYN,ACK is lost": {"rules": "server->client: drop 1st SYN-ACK"}},
)  # fmt: skip
