"""E02 of doc/requirements.md: what a lost SYN,ACK does, with three messages and with two."""

from ..base.closed_forms import Options, lost_round, loss_to_client, loss_to_server
from .method.declaration import Chart, Experiment, Headline, Part, lines
from .method.verdict import Exact, Share

COMMON = """
metrics = ["connections-opened@client", "connections-established@client", "connections-established@server"]

[fixed]
connections = 1000
request-size = 0
response-size = 0
close-first = "nobody"
two-way-handshake = {two}
syn-retries = 3
syn-ack-retries = 12
syn-queue-limit = 100000
accept-queue-limit = 100000
user-timeout = "0s"
stop = "10000s"

[grid]
loss = [0.1, 0.2, 0.3]

[compute]
failed = {{ value = "connections-opened@client - connections-established@client", unit = "connections" }}
server-alone = {{ value = "connections-established@server - connections-established@client", unit = "connections" }}
client-alone = {{ value = "connections-established@client - connections-established@server", unit = "connections" }}
"""
LADDER = """
metrics = ["connections-established@server"]
record = "segments,transitions"

[fixed]
request-size = 0
response-size = 0
close-first = "nobody"
two-way-handshake = true
syn-retries = 3
rules = "server->client: drop 1st SYN-ACK"
stop = "60s"
"""


def half_open(p: Options) -> float:
    return (1 - loss_to_server(p) ** (p["syn-retries"] + 1)) * loss_to_client(p)


def fail(p: Options) -> float:
    return loss_to_server(p) ** (p["syn-retries"] + 1) + half_open(p)


def bound(p: Options) -> float:
    return lost_round(p) ** (p["syn-retries"] + 1)


OF = "connections-opened@client"
TRIALS = 1000  # connections
# Fractions of the bounds, at most: simulated with 4,000,000 attempts at each loss; alone a client stays only if the server's 13 tries all fail.
FAILED_LIES_AT, ALONE_LIES_AT = 0.16, 0.05
EXPERIMENT = Experiment(
    question="Why does the handshake take three messages? The SYN,ACK is lost.",
    answer="With two messages the server believes itself connected and never repeats its SYN,ACK: at 20 % loss each way a share of {two} "
           "of all attempts ends half-open; with three a share of {three} fails, and the server is never ESTABLISHED alone.",  # fmt: skip
    parts=(
        Part("two-messages", COMMON.format(two="true"), (
            Share("server-alone", half_open, "(1 - pf^(n+1)) pb", "E02: the server answers once; later SYNs get an ACK, which SYN-SENT drops",
                  of=OF, trials=TRIALS),
            Share("failed", fail, "pf^(n+1) + (1 - pf^(n+1)) pb", "E02", of=OF, trials=TRIALS)),
            figures=(lines("failed", x="loss", y_label="share of openings that fail"),)),
        Part("three-messages", COMMON.format(two="false"), (
            Share("failed", bound, "l^(n+1), l = 1 - (1 - pf)(1 - pb)", "E02: each of n + 1 tries must fail", of=OF, trials=TRIALS, at_most=True,
                  lies_at=FAILED_LIES_AT),
            Exact("server-alone", lambda p: 0, "0", "E02: it is the third message that tells the server", at_most=True),
            Share("client-alone", bound, "l^(n+1)", "E02: a client that says nothing is, where every SYN,ACK or the answer to it is lost", of=OF,
                  trials=TRIALS, at_most=True, lies_at=ALONE_LIES_AT)),),
        Part("deadlock", LADDER, (Exact("connections-established@server", lambda p: 1, "1", "E02"),), runs=1, figures=(Chart("ladder"),)),
    ),
    headlines={"two": Headline("two-messages", "server-alone", {"loss": "0.2"}),
               "three": Headline("three-messages", "failed", {"loss": "0.2"})},
    breakages={"three messages are needed": {"two-way-handshake": "false"}, "two are enough": {"two-way-handshake": "true"}},
)  # fmt: skip
