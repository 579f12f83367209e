"""The third segment of the handshake may carry data, and data may stand in for it."""

from .method.declaration import Chart, Experiment, Headline, Part
from .method.verdict import Exact, Story

SWEEP = """
metrics = ["octets-received@server", "retransmissions@server", "retransmissions@client"]
record = "segments,transitions"

[fixed]
request-size = 100
response-size = 0
close-first = "nobody"
link-rate = "100Gbps"
rules = "client->server: drop 1st ACK" # the bare third segment
stop = "20s"
"""

# The server speaks first, so that nothing follows the lost ACK: its SYN,ACK must be repeated.
SERVER_FIRST = SWEEP.replace("request-size = 100\nresponse-size = 0", "request-size = 0\nresponse-size = 100").replace(
    '["octets-received@server"', '["octets-received@client"')

EXPECTED = """
0.000 client SYN-SENT
0.000 client [S], seq 0, length 0
0.010 server SYN-RECEIVED
0.010 server [S.], seq 0, ack 1, length 0
0.020 client ESTABLISHED
0.020 client [.], ack 1, length 0 (lost)
0.020 client [P.], seq 1:101, ack 1, length 100
0.030 server ESTABLISHED
0.230 server [.], ack 101, length 0
"""

LATE = """
0.000 client SYN-SENT
0.000 client [S], seq 0, length 0
0.010 server SYN-RECEIVED
0.010 server [S.], seq 0, ack 1, length 0
0.020 client ESTABLISHED
0.020 client [.], ack 1, length 0 (lost)
1.010 server [S.], seq 0, ack 1, length 0 (unexpected SYN)
1.020 client [.], ack 1, length 0
1.030 server ESTABLISHED
1.030 server [P.], seq 1:101, ack 1, length 100
1.240 client [.], ack 101, length 0
"""

EXPERIMENT = Experiment(
    question="May the third segment of the handshake carry data?",
    answer="Yes: with the bare ACK lost, the data behind it acknowledges the SYN as well, so that the server is ESTABLISHED just as early, "
           "takes {octets}, and repeats nothing ({again}); where the server should speak first nothing follows, and its SYN,ACK must be "
           "repeated after 1 s ({repeated}).",  # fmt: skip
    parts=(
        Part("data", SWEEP, (
            Story(lambda p: EXPECTED, "RFC 9293 3.10.7.4: an acceptable ACK in SYN-RECEIVED, then its text"),
            Exact("octets-received@server", lambda p: p["request-size"], "all octets of the request", "RFC 9293 3.10.7.4"),
            Exact("retransmissions@server", lambda p: 0, "0", "a lost third segment blocks nobody if data follows, E03"),
            Exact("retransmissions@client", lambda p: 0, "0", "the same")), runs=3, figures=(Chart("ladder"),)),
        Part("server-first", SERVER_FIRST, (
            Story(lambda p: LATE, "E03: a server that speaks first is late by r0, the timer of its SYN,ACK"),
            Exact("octets-received@client", lambda p: p["response-size"], "all octets of the response", "the same"),
            Exact("retransmissions@server", lambda p: 1, "1", "the same")), runs=3, figures=(Chart("ladder"),)),
    ),
    headlines={"octets": Headline("data", "octets-received@server"), "again": Headline("data", "retransmissions@server"),
               "repeated": Headline("server-first", "retransmissions@server")},
    refutes=('"data on SYN or on the third segment is illegal": both are legal',),
    breakages={"the data is lost as well": {"rules": "client->server: drop 1st ACK; client->server: drop 1st data"}},
)  # fmt: skip
