"""E05 of doc/requirements.md: what TIME-WAIT does for the last ACK."""

from ..base.closed_forms import Options, loss_to_client, loss_to_server, never_acknowledged
from .method.declaration import Chart, Experiment, Headline, Part, lines
from .method.verdict import Exact, Share, Story

SWEEP = """
metrics = ["connections-ended-normal@client", "connections-opened@client"]

[fixed]
connections = 1000
close-first = "server" # which keeps TIME-WAIT and sends the last ACK
# The timeout of the client's FIN must be min-rto whatever was lost before: the ten segments of the response and the FIN
# all acknowledge the request, so that one of them arrives, and SYNs are repeated within milliseconds.
request-size = 100
response-size = 14000
delay = "100us"
link-rate = "100Gbps" # all connections begin at once, and no segment may wait in the queue for longer than a round trip
initial-rto = "1ms"
time-wait-restart = {restart}
syn-retries = 15
syn-ack-retries = 15
data-retries = 15
syn-queue-limit = 100000
user-timeout = "0s"
msl = "750ms" # no repeated FIN may come at the very instant at which TIME-WAIT ends: 2 MSL is no (2^k - 1) RTO

[zip]
loss-to-client = [0.4, 0.5, 0.5, 0.5]
min-rto = ["1s", "1s", "400ms", "600ms"] # 1.8 s come too late for a TIME-WAIT of 1.5 s, but 1.2 s after the first repetition do not

[compute]
never-acknowledged = {{ value = "connections-opened@client - connections-ended-normal@client", unit = "connections" }}
"""


ONE = """
metrics = ["connections-ended-normal@server", "connections-ended-reset@server"]
record = "segments,timers,transitions"

[fixed]
request-size = 0
response-size = 0
link-rate = "100Gbps"
msl = "1s"
time-wait-factor = {factor}
rules = "client->server: drop 1st ACK-of-FIN"
"""

CLOSE = """
0.000 client SYN-SENT
0.000 client [S], seq 0, length 0
0.010 server SYN-RECEIVED
0.010 server [S.], seq 0, ack 1, length 0
0.020 client ESTABLISHED
0.020 client FIN-WAIT-1
0.020 client [.], ack 1, length 0
0.020 client [F.], seq 1, ack 1, length 0
0.030 server ESTABLISHED
0.030 server CLOSE-WAIT
0.030 server LAST-ACK
0.030 server [F.], seq 1, ack 2, length 0
0.040 client TIME-WAIT
"""
REPAIRED = CLOSE + """
0.040 client [.], ack 2, length 0 (lost)
1.030 server [F.], seq 1, ack 2, length 0
1.040 client [.], ack 2, length 0
1.050 server CLOSED
3.040 client CLOSED
"""
RESET = CLOSE + """
0.040 client CLOSED
0.040 client [.], ack 2, length 0 (lost)
1.030 server [F.], seq 1, ack 2, length 0 (no connection)
1.040 client [R], seq 2, length 0
1.050 server CLOSED
"""


def with_restart(p: Options) -> float:
    """P(the client's FIN is never acknowledged) when each FIN that arrives in TIME-WAIT restarts it.

    The client sends its FIN at 0, r0, 3 r0, 7 r0, ..., and all arrive; the server acknowledges each that finds it in
    TIME-WAIT, which ends 2 MSL after the one before.
    """
    assert loss_to_server(p) == 0
    failed = loss_to_client(p)
    for k in range(p["data-retries"]):
        if p["min-rto"] * 2**k >= 2 * p["msl"]:
            break
        failed *= loss_to_client(p)
    return failed


def part(name: str, restart: str, theory, formula: str, source: str) -> Part:
    claim = Share("never-acknowledged", theory, formula, source, of="connections-opened@client", trials=1000, resolution=0.1)
    return Part(name, SWEEP.format(restart=restart), (claim,),
                figures=(lines("never-acknowledged", x="min-rto", series="loss-to-client", y_label="share whose last FIN is never acknowledged"),))  # fmt: skip


def one(name: str, factor: int, story: str, end: str, source: str) -> Part:
    claims = (Story(lambda p: story, source), Exact(f"connections-ended-{end}@server", lambda p: 1, "1", source))
    return Part(name, ONE.format(factor=factor), claims, runs=1, figures=(Chart("ladder"),))


AT = {"loss-to-client": "0.5", "min-rto": "600ms"}
EXPERIMENT = Experiment(
    question="How often is the last ACK lost for good, and does that depend on MSL?",
    answer="A lost last ACK is repaired from TIME-WAIT, and without one the passive closer ends in a reset ({reset}); "
           "with half of the ACKs lost, a timeout of 600 ms and a TIME-WAIT of 1.5 s a share of {plain} of the FINs never gets its "
           "ACK, and of {restart} if a repeated FIN restarts the wait: what counts is how many timeouts fit in.",  # fmt: skip
    parts=(
        part("without-restart", "false", never_acknowledged, "p * (1 - (1 - p)(1 - pf))^N, N = ceil(log2(1 + 2 MSL / r0)) - 1",
             "E05: independent loss of ACKs, pf = 0 of FINs; N repeated FINs come in time"),
        part("with-restart", "true", with_restart, "p^(1 + N), N = number of gaps r0 2^k below 2 MSL",
             "E05 with RFC 9293 3.10.7.4: each FIN that arrives begins 2 MSL anew, so that only the gap to the next counts"),
        one("repaired", 2, REPAIRED, "normal", "RFC 9293 3.10.7.4: the FIN that comes again is acknowledged, and 2 MSL begin anew"),
        one("too-late", 0, RESET, "reset", "E05: with no TIME-WAIT nobody is left but the reset of RFC 9293 3.10.7.1"),
    ),
    headlines={"plain": Headline("without-restart", "never-acknowledged", AT),
               "restart": Headline("with-restart", "never-acknowledged", AT),
               "reset": Headline("too-late", "connections-ended-reset@server")},
    scaled="MSL is 0.75 s and loss 40 to 50 %, so that failures are common enough to be counted. With 1 % loss, r0 = 1 s and "
           "2 MSL = 60 s the same formula gives 3e-11. The resolution is 10 % of theory, because the rarest of these shares is 12 %.",
    refutes=('"TIME-WAIT exists only to get the last ACK across": this job of it takes a few timeouts, whatever MSL is',),
    breakages={"TIME-WAIT lasts one MSL": {"time-wait-factor": "1"}, "TIME-WAIT is not restarted": {"time-wait-restart": "false"}},
)  # fmt: skip
