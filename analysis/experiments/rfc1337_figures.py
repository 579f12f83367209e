"""RFC 1337's four figures: an old duplicate ends TIME-WAIT, and what can come of that."""

from ..base.run_folder import RunFolder
from .method.declaration import Chart, Experiment, Headline, Part
from .method.verdict import Exact, Story

COMMON = """
metrics = ["connections-opened@client"]
record = "segments,timers,transitions"

[fixed]
response-size = 0
link-rate = "100Gbps"
timestamps = false
"""

FIGURE_1 = COMMON + """request-size = 0
half-close = true
hold = "20ms" # the server closes later, so that FIN and ACK are apart, as there
msl = "5s"
rfc1337 = {rfc1337}
inject = "server->client: ACK while TIME-WAIT at 1s seq rcv.nxt-46 ack snd.una-68"
"""

FIGURES_2_3 = COMMON + """request-size = {size}
close-first = "nobody"
mss = 100
initial-window = 1
sack = false
stop = "{stop}"
inject = "client->server: data while ESTABLISHED len 80 seq rcv.nxt+60 at 50ms"
"""

FIGURE_4 = COMMON + """request-size = 0
close-first = "nobody"
stop = "20s"
rfc793-reset = {old}
inject = "server->client: ACK while SYN-SENT seq 300 ack snd.nxt+22"
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
0.030 server [.], ack 2, length 0
0.040 client FIN-WAIT-2
0.050 server LAST-ACK
0.050 server [F.], seq 1, ack 2, length 0
0.060 client TIME-WAIT
0.060 client [.], ack 2, length 0
0.070 server CLOSED
1.060 server [.], ack -66, length 0 (bad sequence number)
1.070 client [.], ack 2, length 0 (unexpected)
"""
ASSASSINATED = CLOSE + """
1.080 server [R], seq 2, length 0
1.090 client CLOSED
"""
IGNORED = CLOSE + """
1.080 server [R], seq 2, length 0 (bad reset)
10.060 client CLOSED
"""

OPEN = """
0.000 client SYN-SENT
0.000 client [S], seq 0, length 0
0.010 server SYN-RECEIVED
0.010 server [S.], seq 0, ack 1, length 0
0.020 client ESTABLISHED
0.020 client [.], ack 1, length 0
0.020 client [.], seq 1:101, ack 1, length 100
0.030 server ESTABLISHED
0.080 client [.], seq 161:241, ack 1, length 80
0.090 server [.], ack 101, length 0
"""
# The old octets lurk until the gap before them is filled; then the server acknowledges 40 that this client never sent.
ACCEPTED = OPEN + """
0.100 client [.], seq 101:201, ack 1, length 100
0.100 client [.], seq 201:301, ack 1, length 100
0.110 server [.], ack 241, length 0
0.110 server [.], ack 301, length 0
0.120 client [P.], seq 301:401, ack 1, length 100
0.330 server [.], ack 401, length 0
"""
LOOP = OPEN + """
0.100 client [P.], seq 101:201, ack 1, length 100
0.110 server [.], ack 241, length 0 (bad ACK)
0.120 client [.], ack 1, length 0 (bad sequence number)
0.130 server [.], ack 241, length 0 (bad ACK)
0.140 client [.], ack 1, length 0 (bad sequence number)
0.150 server [.], ack 241, length 0 (bad ACK)
0.160 client [.], ack 1, length 0
"""

DIED = """
0.000 client SYN-SENT
0.000 client [S], seq 0, length 0
0.000 server [.], ack 23, length 0 (bad ACK)
0.010 client [R], seq 23, length 0
0.010 server SYN-RECEIVED
0.010 server [S.], seq 0, ack 1, length 0
0.020 server LISTEN
0.020 client ESTABLISHED
0.020 client [.], ack 1, length 0 (unexpected)
0.030 server [R], seq 1, length 0
0.040 client CLOSED
"""
CHALLENGED = """
0.000 client SYN-SENT
0.000 client [S], seq 0, length 0
0.000 server [.], ack 23, length 0 (bad ACK)
0.010 client [R], seq 23, length 0 (bad reset)
0.010 server SYN-RECEIVED
0.010 server [S.], seq 0, ack 1, length 0
0.020 server [.], ack 1, length 0
0.020 client ESTABLISHED
0.020 client [.], ack 1, length 0
0.030 server ESTABLISHED
"""


def loop_acks(folder: RunFolder) -> dict[str, float]:
    """How often the server said that it has 40 octets which the client never sent."""
    rows = folder.table("segments", ["host", "event", "reason"])
    return {"loop-acks": float(((rows["host"] == "client") & (rows["event"] == "drop") & (rows["reason"] == "bad ACK")).sum())}


def ladder(name: str, sweep: str, expected: str, source: str) -> Part:
    return Part(name, sweep, (Story(lambda p: expected, source),), runs=3, figures=(Chart("ladder"),))


EXPERIMENT = Experiment(
    question="What comes of an old duplicate that ends TIME-WAIT? The four figures of RFC 1337.",
    answer="Each happens segment by segment as drawn there; today's rules undo the first and the fourth, and stop the ACK loop of the third "
           "after {stopped} where it would go on for ever: {endless} in the first second.",  # fmt: skip
    parts=(
        ladder("figure-1", FIGURE_1.format(rfc1337="false"), ASSASSINATED, "RFC 1337 Figure 1: the RST that an old ACK provokes ends TIME-WAIT"),
        ladder("figure-1-ignored", FIGURE_1.format(rfc1337="true"), IGNORED, "RFC 1337 3: RST is ignored in TIME-WAIT"),
        ladder("figure-2", FIGURES_2_3.format(size=400, stop="2s"), ACCEPTED, "RFC 1337 Figure 2, continued by 7a to 9a: old data is taken"),
        ladder("figure-3", FIGURES_2_3.format(size=200, stop="165ms"), LOOP, "RFC 1337 Figure 3, lines 7b to 9b, again and again"),
        Part("figure-3-throttled", FIGURES_2_3.format(size=200, stop="1s"), (
            Exact("loop-acks", lambda p: p["challenge-ack-limit"] + 1, "1 + 10 in 5 s", "RFC 5961 7: such answers are limited"),), runs=1,
            from_folder=loop_acks, folder_units={"loop-acks": "segments"}),
        Part("figure-3-endless", FIGURES_2_3.format(size=200, stop="1s") + "challenge-ack-limit = 1000000\n", (
            Exact("loop-acks", lambda p: round((p["stop"] - 0.12) / (2 * p["delay"])), "one each round trip", "RFC 1337 2.3"),), runs=1,
            from_folder=loop_acks, folder_units={"loop-acks": "segments"}),
        ladder("figure-4", FIGURE_4.format(old="true"), DIED, "RFC 1337 Figure 4: by RFC 793's rule any RST in the window resets"),
        ladder("figure-4-today", FIGURE_4.format(old="false"), CHALLENGED, "RFC 5961 3.2: it is challenged, and the connection opens"),
    ),
    headlines={"stopped": Headline("figure-3-throttled", "loop-acks"), "endless": Headline("figure-3-endless", "loop-acks")},
    refutes=('"RFC 5961 protects TIME-WAIT": in the first figure its rules are in force',
             '"RST is acknowledged / consumes a number": nothing answers any of these',
             '"RST in SYN-RECEIVED closes": in the fourth figure the server returns to LISTEN'),
    breakages={"RST is honoured in TIME-WAIT": {"rfc1337": "false"}, "RST is ignored in TIME-WAIT": {"rfc1337": "true"}},
)  # fmt: skip
