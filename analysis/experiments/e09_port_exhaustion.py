"""E09 of doc/requirements.md: ephemeral ports and TIME-WAIT."""

from ..base.closed_forms import Options, averaged_s, port_exhaustion, ports, rtt_s
from .method.declaration import Experiment, Headline, Part, lines
from .method.deviation import of_time_mean
from .method.verdict import Exact, Mean

PORTS = """
ephemeral-first = 50000
ephemeral-last = 50099
delay = "1ms"
"""

BLOCKING = f"""
metrics = ["time-wait-mean@client"]

[fixed]
arrivals = "poisson"
msl = "1s"
warm-up = "50s" # all ports are taken in one burst at first, and come back in one, which disperses only by and by
duration = "90s"
{PORTS}
[grid]
rate = [40, 48, 60, 72]
"""

EXHAUSTION = f"""
metrics = ["connections-opened@client", "opens-failed@client"]

[fixed]
msl = "5s"
duration = "10s" # no port comes back before
{PORTS}
[grid]
rate = [8, 20, 50, 200]
"""

SUSTAINED = f"""
metrics = ["connections-opened@client", "opens-failed@client"]

[fixed]
msl = "5s"
duration = "100s"
{PORTS}
[grid]
rate = [9.9, 10.1]
"""


REUSE = f"""
metrics = ["connections-opened@client", "opens-failed@client"]

[fixed]
msl = "5s"
duration = "30s"
time-wait-reuse = true
{PORTS}
[grid]
rate = [9.9, 20, 90]
"""

REUSABLE_AFTER = 1  # s in TIME-WAIT


def tried(p: Options) -> int:
    """Openings before the end, at a fixed rate and with the first after one gap."""
    return round(p["duration"] * p["rate"]) - 1


def blocked(p: Options) -> float | None:
    """No connection fails up to P / (D + 2 MSL)."""
    return 0 if p["rate"] * (3 * rtt_s(p) + 2 * p["msl"]) <= ports(p) else None


def blocked_with_reuse(p: Options) -> float | None:
    """The same with what remains of TIME-WAIT for an active OPEN."""
    return 0 if p["rate"] * (3 * rtt_s(p) + REUSABLE_AFTER) <= ports(p) else None


def waiting_deviation(p: Options) -> float:
    """At most: as if no port were ever missing, since those that are keep the number from varying."""
    return of_time_mean(p["rate"] * averaged_s(p), 1, 1)


METRIC = "time-wait-mean@client"
EXPERIMENT = Experiment(
    question="When does a client that closes first run out of ephemeral ports?",
    answer="When it opens more than P / 2 MSL a second: 100 ports at 50/s are gone after {exhausted}, that is 2 s; "
           "with Poisson arrivals at 48/s and 2 MSL = 2 s it keeps {erlang} in TIME-WAIT, the rest being refused; "
           "where an active OPEN may take a 4-tuple out of TIME-WAIT after 1 s, of 2,699 at 90/s {reused} fail.",  # fmt: skip
    parts=(
        Part("exhaustion", EXHAUSTION, (
            Exact("connections-opened@client", lambda p: min(tried(p), ports(p)), "the P ports, all of them gone after P / lambda",
                  "E09, from empty at a fixed rate; none comes back within 2 MSL"),
            Exact("opens-failed@client", lambda p: max(0, tried(p) - ports(p)), "the rest", "E09")), runs=1),
        Part("sustained", SUSTAINED, (
            Exact("opens-failed@client", blocked, "0 up to lambda = P / (D + 2 MSL)", "E09, fixed rate"),), runs=1),
        Part("reuse", REUSE, (
            Exact("opens-failed@client", blocked_with_reuse, "0 up to lambda = P / (D + 1 s)",
                  "E09, fixed rate; a port whose record may be taken is free (TimeWaitReuse, as tcp_tw_reuse of Linux)"),), runs=1),
        Part("blocking", BLOCKING, (
            Mean(METRIC, port_exhaustion, "lambda * (1 - B(P, lambda * (D + 2 MSL))) * 2 MSL",
                 "E09: Erlang B, Poisson arrivals that fail at once and do not try again", deviation=waiting_deviation),),
             figures=(lines(METRIC, x="rate"),)),
    ),
    headlines={"exhausted": Headline("exhaustion", "connections-opened@client", {"rate": "50"}),
               "erlang": Headline("blocking", METRIC, {"rate": "48"}),
               "reused": Headline("reuse", "opens-failed@client", {"rate": "90"})},
    scaled="100 ports and 2 MSL of 2 to 10 s. The rate scales as P / 2 MSL: Linux's 28,232 ports and 60 s make 470.5/s, "
           "RFC 6056's 64,512 ports and 4 min 268.8/s. Not measured: that a port tried at random is busy with probability "
           "lambda (D + 2 MSL) / P; ports are tried in turn here (RFC 6056 3.3.3), and no metric counts the tries.",
    refutes=('"a server has only 65,535 ports": a connection is a 4-tuple; it is the client that runs out, towards one server',),
    breakages={"TIME-WAIT lasts one MSL": {"time-wait-factor": "1"}, "no record is taken": {"time-wait-reuse": "false"}},
)  # fmt: skip
