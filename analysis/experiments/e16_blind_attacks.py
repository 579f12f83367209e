"""E16 of doc/requirements.md: an attacker who knows the 4-tuple and no numbers."""

import re

from ..base.closed_forms import Options, ports
from ..base.run_folder import RunFolder
from .method.declaration import Chart, Experiment, Headline, Part
from .method.verdict import Exact, Share, Story

WINDOW = 65535 << 14  # the largest there is: a quarter of all numbers, so that hits can be counted
NUMBERS = 2**32

COMMON = f"""
[fixed]
connections = 200
request-size = 1 # that the server has announced its whole window, as a SYN cannot
response-size = 1
close-first = "nobody"
receive-buffer = {WINDOW}
timestamps = false # else what has none would be dropped in silence
accept-queue-limit = 1000
syn-queue-limit = 1000
stop = "60s"
challenge-ack-limit = 1000000
"""

RESET = 'metrics = ["connections-ended-reset@server", "connections-opened@server"]\n' + COMMON + f"""rfc793-reset = {{old}}
delay = "1ms"

[grid]
inject = ["attacker->server: RST while ESTABLISHED seq random step {WINDOW} at 1s every 10ms times 1",
          "attacker->server: RST while ESTABLISHED seq random step {WINDOW} at 1s every 10ms times 2",
          "attacker->server: RST while ESTABLISHED seq random step {WINDOW} at 1s every 10ms times 3"]
"""

# Every other port holds a connection, and a reset is sent from each; on the client's link, as all connections are of one client.
PORTS = 'metrics = ["connections-ended-reset@server", "segments-injected@client"]\n' + COMMON.replace("connections = 200", "connections = 1000") + """
rfc793-reset = true
delay = "1ms"
ephemeral-first = 50000
ephemeral-last = 51999
inject = "client->server: RST port 50000-51999 at 1s every 1ms times 2000 seq random"
"""

DATA = """metrics = ["connections-established@server"]
record = "segments"
""" + COMMON + """delay = "1ms"
inject = "attacker->server: data while ESTABLISHED seq random ack random at 1s"

[grid]
rfc793-ack = [true, false]
"""

THROTTLE = """metrics = ["connections-established@server"]
record = "segments"

[fixed]
request-size = 0
response-size = 0
close-first = "nobody"
timestamps = false
stop = "60s"
inject = "attacker->server: RST while ESTABLISHED seq rcv.nxt+100 at 1s every 10ms times 1000"
"""

ANATOMY = """metrics = ["connections-ended-reset@server"]
record = "transitions,segments"

[fixed]
request-size = 0
response-size = 0
close-first = "nobody"
stop = "5s"
link-rate = "100Gbps"
inject = "attacker->server: RST while ESTABLISHED seq rcv.nxt+100 at 1s; \
attacker->server: SYN while ESTABLISHED seq rcv.nxt+100 at 2s; attacker->server: RST while ESTABLISHED seq rcv.nxt at 3s"
"""

# Each stands in the client's row, for it seems to come from there.
CHALLENGED = """
0.000 client SYN-SENT
0.000 client [S], seq 0, length 0
0.010 server SYN-RECEIVED
0.010 server [S.], seq 0, ack 1, length 0
0.020 client ESTABLISHED
0.020 client [.], ack 1, length 0
0.030 server ESTABLISHED
1.030 client [R], seq 101, length 0 (bad reset)
1.040 server [.], ack 1, length 0
2.030 client [S], seq 101, length 0 (unexpected SYN)
2.040 server [.], ack 1, length 0
3.030 client [R], seq 1, length 0
3.040 server CLOSED
"""

# The attacker opens in the name of a silent host and guesses the server's number by the clock: it knows the time to 2e + 1 ticks.
GUESS = """metrics = ["connections-established@server", "segments-injected@attacker"]

[fixed]
connections = 1
close-first = "nobody"
isn-policy = "{policy}"
timestamps = false
syn-queue-limit = 100000
accept-queue-limit = 100000
stop = "100s"

[grid]
inject = {attacks}

[compute]
guessed = {{ value = "connections-established@server - 1", unit = "connections" }}
tried = {{ value = "segments-injected@attacker / 2", unit = "connections" }}
"""


def attack(jitter: int) -> str:
    victim = "from 198.51.100.7 port 2000-4999 every 1ms times 3000"
    return f"attacker->server: SYN {victim} at 1s seq 0; attacker->server: ACK {victim} at 2s seq 1 ack clock-247499~{jitter}"


def tries(p: Options) -> int:
    return int(re.findall(r"times (\d+)", p["inject"])[-1])


def jitter(p: Options) -> int:
    return int(re.findall(r"~(\d+)", p["inject"])[-1])


def accepted(folder: RunFolder) -> dict[str, float]:
    """Forged data that reached the server, and how much of it the server did not drop."""
    rows = folder.table("segments", ["host", "event", "packet", "len"])
    sent = set(rows[(rows["host"] == "attacker") & (rows["event"] == "tx")]["packet"])
    server = rows[(rows["host"] == "server") & rows["packet"].isin(sent)]
    arrived, dropped = (set(server[server["event"] == event]["packet"]) for event in ("rx", "drop"))
    return {"arrived": float(len(arrived)), "accepted": float(len(arrived - dropped))}


def challenges(folder: RunFolder) -> dict[str, float]:
    rows = folder.table("segments", ["host", "event", "reason"])
    return {"challenge-acks": float(((rows["host"] == "server") & (rows["event"] == "tx") & (rows["reason"] == "challenge-ack")).sum())}


def at_unknown_port(p: Options) -> float:
    return WINDOW / NUMBERS * p["connections"] / ports(p)


def in_window(p: Options) -> float:
    return WINDOW / NUMBERS


def good_ack(p: Options) -> float:
    return 1 / 2 if p["rfc793-ack"] else (WINDOW + 1) / NUMBERS


RST = "connections-ended-reset@server"
EXPERIMENT = Experiment(
    question="What can an attacker do who knows addresses and ports, but no numbers?",
    answer="With a window of a quarter of all numbers one blind reset ends a share of {old} of all connections by RFC 793's rules and {new} of "
           "200 by RFC 5961's; with two ports to try for each connection a reset hits with {port}; blind data passes with {data793} and {data5961}; a number taken from the clock is guessed with {guess}.",
    parts=(
        Part("reset-793", RESET.format(old="true"), (
            Share(RST, lambda p: min(1.0, tries(p) * WINDOW / NUMBERS), "N W / 2^32", "E16: N resets a window apart",
                  of="connections-opened@server", trials=200),)),
        Part("reset-5961", RESET.format(old="false"), (
            Exact(RST, lambda p: 0, "0: N / 2^32 is too small to be seen", "E16, RFC 5961 3.2"),), runs=5),
        Part("ports", PORTS, (
            Share(RST, at_unknown_port, "W / 2^32 * C / P", "E16: one reset from each of P ports, C of which hold a connection; divided by P if it is one",
                  of="segments-injected@client", trials=2000),)),
        Part("data", DATA, (
            Share("accepted", lambda p: in_window(p) * good_ack(p), "W / 2^32 * 1/2 (RFC 793), * (MAX.SND.WND + 1) / 2^32 (RFC 5961)",
                  "E16: sequence number in the window, and an acknowledgment that is old enough to be thought possible", of="arrived", trials=200,
                  resolution=0.1),), from_folder=accepted,
             folder_units={"accepted": "segments", "arrived": "segments"}),
        Part("throttle", THROTTLE, (
            Exact("challenge-acks", lambda p: p["challenge-ack-limit"] * 3, "10 in each 5 s", "RFC 5961 7; the attack lasts 10 s", at_most=True),),
            runs=1, from_folder=challenges, folder_units={"challenge-acks": "segments"}),
        Part("anatomy", ANATOMY, (
            Story(lambda p: CHALLENGED, "RFC 5961 3.2 and 4.2: a reset and a SYN in the window are challenged, the exact reset is taken"),
            Exact(RST, lambda p: 1, "1", "RFC 5961 3.2")), runs=1,
            figures=(Chart("ladder"),)),
        Part("clock", GUESS.format(policy="clock", attacks=[attack(k) for k in (2, 3)]).replace("'", '"'), (
            Share("guessed", lambda p: 1 / (2 * jitter(p) + 1), "1 / (2 e + 1)", "E16: a clock of 4 us known to e ticks either way", of="tried", trials=3000),)),
        Part("rfc6528", GUESS.format(policy="rfc6528", attacks=[attack(k) for k in (2, 3)]).replace("'", '"'), (
            Exact("guessed", lambda p: 0, "0: N / 2^32 is too small to be seen", "E16, RFC 6528 3"),), runs=3),
        Part("random", GUESS.format(policy="random", attacks=[attack(k) for k in (2, 3)]).replace("'", '"'), (
            Exact("guessed", lambda p: 0, "0: N / 2^32 is too small to be seen", "E16: each number is drawn anew"),), runs=3),
    ),
    headlines={"old": Headline("reset-793", RST), "new": Headline("reset-5961", RST),
               "data793": Headline("data", "accepted", {"rfc793-ack": "true"}), "data5961": Headline("data", "accepted", {"rfc793-ack": "false"}),
               "guess": Headline("clock", "guessed"), "port": Headline("ports", RST)},
    scaled="Windows of a quarter of all numbers, and a clock that is known to some ticks. With 64 KiB the chance of one reset by RFC 793's rules "
           "is 1.5e-5. The resolution for data is 10 % of theory, because the rarer of the two is 6 %.",
    refutes=('"any RST in the window kills": RFC 5961 takes only SEQ = RCV.NXT; else it challenges',
             '"SYN in ESTABLISHED resets": it is challenged, and the state stays'),
    breakages={"resets are taken by RFC 793's rules": {"rfc793-reset": "true"}, "and by RFC 5961's": {"rfc793-reset": "false"}},
)  # fmt: skip
