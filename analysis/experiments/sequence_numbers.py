"""Why SYN and FIN take a sequence number each, and a pure ACK none."""

from .method.declaration import Chart, Experiment, Headline, Part
from .method.verdict import Exact, Story

CLEAN = """
metrics = ["octets-received@server"]
record = "segments,transitions"

[fixed]
request-size = 100
response-size = 0
msl = "1s"
link-rate = "100Gbps"
"""

# The SYN,ACK and the server's FIN hold no octet, and yet both are lost, missed, repeated and acknowledged.
LOSSY = CLEAN + 'rules = "server->client: drop 1st SYN-ACK; server->client: drop 1st FIN"\n'

LADDER = """
0.000 client SYN-SENT
0.000 client [S], seq 0, length 0
0.010 server SYN-RECEIVED
0.010 server [S.], seq 0, ack 1, length 0
0.020 client ESTABLISHED
0.020 client FIN-WAIT-1
0.020 client [.], ack 1, length 0
0.020 client [P.], seq 1:101, ack 1, length 100
0.020 client [F.], seq 101, ack 1, length 0
0.030 server ESTABLISHED
0.030 server CLOSE-WAIT
0.030 server LAST-ACK
0.030 server [F.], seq 1, ack 102, length 0
0.040 client TIME-WAIT
0.040 client [.], ack 2, length 0
0.050 server CLOSED
2.040 client CLOSED
"""

REPEATED = """
0.000 client SYN-SENT
0.000 client [S], seq 0, length 0
0.010 server SYN-RECEIVED
0.010 server [S.], seq 0, ack 1, length 0 (lost)
1.000 client [S], seq 0, length 0
1.010 server [S.], seq 0, ack 1, length 0
1.010 server [S.], seq 0, ack 1, length 0 (unexpected SYN)
1.020 client ESTABLISHED
1.020 client FIN-WAIT-1
1.020 client [.], ack 1, length 0
1.020 client [P.], seq 1:101, ack 1, length 100
1.020 client [F.], seq 101, ack 1, length 0
1.020 client [.], ack 1, length 0
1.030 server ESTABLISHED
1.030 server CLOSE-WAIT
1.030 server LAST-ACK
1.030 server [F.], seq 1, ack 102, length 0 (lost)
4.030 server [F.], seq 1, ack 102, length 0
4.040 client TIME-WAIT
4.040 client [.], ack 2, length 0
4.050 server CLOSED
6.040 client CLOSED
"""


def part(name: str, sweep: str, ladder: str, source: str) -> Part:
    octets = Exact("octets-received@server", lambda p: p["request-size"], "octets of the request: SYN and FIN are none", source)
    return Part(name, sweep, (Story(lambda p: ladder, source), octets), runs=3, figures=(Chart("ladder"),))


EXPERIMENT = Experiment(
    question="Why do SYN and FIN take a sequence number, and a pure ACK none?",
    answer="Because they must be acknowledged and repeated like data: 100 octets take the numbers 1 to 100, the SYN 0 and the FIN 101, "
           "and a lost SYN,ACK or FIN is missed by its number; the program still gets {octets}.",  # fmt: skip
    parts=(part("numbers", CLEAN, LADDER, "RFC 9293 3.4"), part("repeated", LOSSY, REPEATED, "RFC 9293 3.4, RFC 6298 5")),
    headlines={"octets": Headline("repeated", "octets-received@server")},
    refutes=('"pure ACKs consume a sequence number": each ACK has the number of what follows it',
             '"FIN has no / an invalid ACK field": each FIN here acknowledges'),
    breakages={"the client's FIN is lost too": {"rules": "client->server: drop 1st FIN"}},
)  # fmt: skip
