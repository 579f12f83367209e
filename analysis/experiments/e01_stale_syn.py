"""E01 of doc/requirements.md: what a stale SYN does to a listener, with three messages and with two."""

from ..base.closed_forms import Options, averaged_s, lost_round, loss_to_server, rtt_s
from .method.declaration import Experiment, Headline, Part, lines
from .method.deviation import of_time_mean
from .method.verdict import Exact, Mean

RATE = 20  # stale SYNs a second, written out in the injections below

# The few real connections are there only because means begin after a warm-up where there are some. Their ports are no stale SYN's: a
# client that still has such a connection answers the SYN,ACK with an ACK in place of a reset.
THREE = f"""
metrics = ["syn-received-mean@server", "octets-received@server"]

[fixed]
rate = 0.02
request-size = 0
response-size = 0
warm-up = "100s"
duration = "600s"
stop = "600s"
syn-ack-retries = 5
syn-queue-limit = 100000
delay = "50ms"
ephemeral-first = 60000
inject = "client->server: SYN port 1024-59999 len 100 poisson {RATE}/s for 600s"

[grid]
loss = [0, 0.1, 0.2]
"""

TWO = f"""
metrics = ["established-mean@server", "octets-received@server", "segments-injected@client"]

[fixed]
rate = 0.02
request-size = 0
response-size = 0
two-way-handshake = true
keep-alive = true
keep-alive-host = "server"
keep-interval = "1s"
keep-count = 2
warm-up = "100s"
duration = "300s"
stop = "301s" # the last ones arrive
syn-queue-limit = 100000
accept-queue-limit = 100000
delay = "50ms"
rules = "server->client: drop every segment" # nobody resets what nobody has opened
ephemeral-first = 60000
inject = "client->server: SYN port 1024-59999 len 100 poisson {RATE}/s for 300s"

[grid]
keep-idle = ["10s", "30s", "60s"]

[compute]
stale-octets = {{ value = "octets-received@server / segments-injected@client", unit = "octets" }}
"""


def life(p: Options, power: int) -> float:
    """E[L^power], L the time from a SYN that arrives to the reset that its SYN,ACK provokes, or to the end of retries."""
    first, retries = p["initial-rto"], p["syn-ack-retries"]
    unanswered = lost_round(p)
    told = sum((1 - unanswered) * unanswered**k * (first * (2**k - 1) + rtt_s(p)) ** power for k in range(retries + 1))
    return told + unanswered ** (retries + 1) * (first * (2 ** (retries + 1) - 1)) ** power


def half_open(p: Options) -> float:
    return RATE * (1 - loss_to_server(p)) * life(p, 1)


def half_open_deviation(p: Options) -> float:
    return of_time_mean(RATE * (1 - loss_to_server(p)) * averaged_s(p), life(p, 1), life(p, 2))


def phantoms(p: Options) -> float:
    return RATE * (p["keep-idle"] + p["keep-count"] * p["keep-interval"])


def phantoms_deviation(p: Options) -> float:
    return of_time_mean(RATE * averaged_s(p), 1, 1)  # all stay equally long


EXPERIMENT = Experiment(
    question="Why does the handshake take three messages? A stale SYN arrives.",
    answer="With three messages 20 stale SYNs a second leave {three} half-open on average and not one stale octet is delivered; if two "
           "were enough, the server would hold {two} phantom connections until keepalive ends them after 32 s, and take the data.",
    parts=(
        Part("three-messages", THREE, (
            Mean("syn-received-mean@server", half_open, "v (1 - pf) E[L], E[L] = sum of q (1 - q)^k (r0 (2^k - 1) + R) + ...",
                 "E01: the host that is said to have sent the SYN knows nothing of it and resets; q = (1 - p)^2",
                 deviation=half_open_deviation),
            Exact("octets-received@server", lambda p: 0, "0", "RFC 9293 3.4: data on a SYN waits for ESTABLISHED")),
            figures=(lines("syn-received-mean@server", x="loss"),)),
        Part("two-messages", TWO, (
            Mean("established-mean@server", phantoms, "v T, T = I + n J of keepalive",
                 "E01: ESTABLISHED on SYN; nobody answers, so that only keepalive ends it; without it T has no bound",
                 deviation=phantoms_deviation),
            Exact("stale-octets", lambda p: 100, "the 100 octets on each SYN", "E01: delivered at once")),
            figures=(lines("established-mean@server", x="keep-idle"),)),
    ),
    headlines={"three": Headline("three-messages", "syn-received-mean@server", {"loss": "0.1"}),
               "two": Headline("two-messages", "established-mean@server", {"keep-idle": "30s"})},
    refutes=('"data on SYN or on the third segment is illegal": both are legal, and data on a SYN is held until ESTABLISHED',),
    breakages={"two messages are enough": {"two-way-handshake": "true"}, "three are needed": {"two-way-handshake": "false"}},
)  # fmt: skip
