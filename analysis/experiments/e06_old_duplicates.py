"""E06 of doc/requirements.md: an old duplicate meets the next incarnation of its connection."""

import re

from ..base.closed_forms import Options
from ..base.run_folder import RunFolder
from .method.declaration import Chart, Experiment, Headline, Part
from .method.verdict import Exact

# One client port, so that each connection follows the one before between the same ends. The request of the second is late,
# so that the old one, 1000 octets of the first, comes when the server waits for it.
INCARNATIONS = """
metrics = ["connections-established@server"]
record = "segments,timers,transitions"

[fixed]
ephemeral-first = 50000
ephemeral-last = 50000
request-size = 1000
response-size = 100
rate = 0.1
duration = "25s"
msl = "60s"
rules = "client->server: duplicate overall 1st data after 10025ms; client->server: delay overall 2nd data by 100ms"

[grid]
isn-policy = ["constant", "clock", "random", "rfc6528"]
timestamps = [false, true]
time-wait-factor = [0, 2]
"""

LIVES = (1, 4, 9)  # [s]
REACH = f"""
metrics = ["connections-established@server"]
record = "segments,timers,transitions"

[fixed]
ephemeral-first = 50000
ephemeral-last = 50000
request-size = 1000
response-size = 100
rate = 10 # tried until the port is free
duration = "25s"
msl = "10s"

[grid]
rules = [{", ".join(f'"client->server: duplicate overall 1st data after {life}s"' for life in LIVES)}]
time-wait-factor = [0, 0.5, 1, 2]
"""


def old_data(folder: RunFolder):
    """Rows at the server of the first segment with data, and when its second connection was ESTABLISHED [s]."""
    rows = folder.table("segments", ["time_s", "host", "event", "packet", "len"])
    first = rows[(rows["host"] == "client") & (rows["event"] == "tx") & (rows["len"] > 0)]["packet"].iloc[0]
    states = folder.table("transitions", ["time_s", "host", "to"])
    established = states[(states["host"] == "server") & (states["to"] == "ESTABLISHED")]["time_s"].tolist()
    return rows[(rows["host"] == "server") & (rows["packet"] == first)], established[1] if len(established) > 1 else float("inf")


def stale(folder: RunFolder) -> dict[str, float]:
    """Octets of the first connection that the second one took for its own."""
    rows, second_s = old_data(folder)
    late = rows[rows["time_s"] > second_s]
    taken = (late["event"] == "rx").sum() > (late["event"] == "drop").sum()
    return {"stale-octets": float(late["len"].iloc[0]) if len(late) and taken else 0.0}


def reached(folder: RunFolder) -> dict[str, float]:
    rows, second_s = old_data(folder)
    return {"reached": float((rows[rows["event"] == "rx"]["time_s"] > second_s).any())}


def taken(p: Options) -> float:
    unprotected = p["isn-policy"] == "constant" and not p["timestamps"] and p["time-wait-factor"] == 0
    return p["request-size"] if unprotected else 0


def reaches(p: Options) -> float:
    life = float(re.findall(r"after (\d+)s", p["rules"])[0])
    return float(life > p["time-wait-factor"] * p["msl"])


NAKED = {"isn-policy": "constant", "timestamps": "false", "time-wait-factor": "0"}
EXPERIMENT = Experiment(
    question="What keeps old duplicates out of the next incarnation of a connection?",
    answer="TIME-WAIT, initial numbers that go on, and timestamps, each by itself: with none of them the second connection takes {naked} of "
           "the first for its own, with a clock for its numbers {clock}, with timestamps {timestamps}, with TIME-WAIT {waiting}.",
    parts=(
        Part("incarnations", INCARNATIONS, (
            Exact("stale-octets", taken, "all of the old segment only with constant numbers, no timestamps and no TIME-WAIT",
                  "E06: 10 s of the clock are 2.5e6 numbers, more than was sent; a random number meets the window once in 65,536 times; an "
                  "older timestamp is refused, RFC 7323 5"),), runs=3, figures=(Chart("ladder", NAKED, "client:2"),),
            from_folder=stale, folder_units={"stale-octets": "octets"}),
        Part("reach", REACH, (
            Exact("reached", reaches, "1 if L > T_W, else 0", "E06: life L after TIME-WAIT begins, reopened within 0.1 s of its end; "
                  "for L uniform up to MSL that is 1 - T_W / MSL"),), runs=1, from_folder=reached, folder_units={"reached": "1"}),
    ),
    headlines={"naked": Headline("incarnations", "stale-octets", NAKED),
               "clock": Headline("incarnations", "stale-octets", {**NAKED, "isn-policy": "clock"}),
               "timestamps": Headline("incarnations", "stale-octets", {**NAKED, "timestamps": "true"}),
               "waiting": Headline("incarnations", "stale-octets", {**NAKED, "time-wait-factor": "2"})},
    refutes=('"TIME-WAIT exists only to get the last ACK across": it is also what lets old duplicates die',),
    breakages={"MSL is 1 s where it should be 10": {"msl": "1s"}},
)  # fmt: skip
