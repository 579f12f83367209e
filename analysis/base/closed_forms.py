"""Closed forms over the options of a run, times in seconds; `theory` says when they hold.

doc/requirements.md holds the derivations. They may say under ``host`` of which host a metric is; without that it is
the client's.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, Mapping

Options = Mapping[str, Any]

def is_server(p: Options) -> bool:
    return p.get("host", "client") == "server"


def loss_to_server(p: Options) -> float:
    return p["loss"] if p["loss-to-server"] == "same" else p["loss-to-server"]


def loss_to_client(p: Options) -> float:
    return p["loss"] if p["loss-to-client"] == "same" else p["loss-to-client"]


def lost_round(p: Options) -> float:
    """Probability that a segment or the answer to it is lost."""
    return 1 - (1 - loss_to_server(p)) * (1 - loss_to_client(p))


def rtt_s(p: Options) -> float:
    """Round-trip time without transmission times [s]."""
    ways = (p["delay"] if p[key] == "same" else p[key] for key in ("delay-to-server", "delay-to-client"))
    return sum(ways)


def time_wait_s(p: Options) -> float:
    """How long TIME-WAIT lasts if nothing restarts it or ends it early [s]; the one place that says so."""
    return p["time-wait-factor"] * p["msl"]


def averaged_s(p: Options) -> float:
    """How long the time is over which means are taken [s]: from --warm-up on, or once TIME-WAIT may have filled up."""
    return p["duration"] - (p["warm-up"] or time_wait_s(p))


def restart_extension_s(p: Options) -> float:
    """How much longer than 2 MSL TIME-WAIT lasts on average, because a repeated FIN restarts it [s].

    The host closes first. The other end repeats its FIN after r0, 2 r0, 4 r0, ... (r0 its minimum timeout,
    which a fresh measurement of a short round trip leaves) until an ACK of it arrives; each FIN that
    arrives while TIME-WAIT lasts begins it anew.
    """
    ack_lost, fin_lost = loss_to_server(p), loss_to_client(p)
    if is_server(p):
        ack_lost, fin_lost = fin_lost, ack_lost
    lasts = time_wait_s(p)
    gaps = [min(p["min-rto"] * 2**k, p["max-rto"]) for k in range(p["data-retries"] + 1)]

    @lru_cache(maxsize=None)
    def after_arrival(i: int) -> float:
        return ack_lost * until_arrival(i + 1, gaps[i])

    @lru_cache(maxsize=None)
    def until_arrival(i: int, waited: float) -> float:
        if i >= len(gaps) or waited >= lasts:
            return 0.0
        return fin_lost * until_arrival(i + 1, waited + gaps[i]) + (1 - fin_lost) * (waited + after_arrival(i))

    if not p["time-wait-restart"]:
        return 0.0
    first = [fin_lost**i * (1 - fin_lost) for i in range(len(gaps))]
    return sum(f * after_arrival(i) for i, f in enumerate(first)) / sum(first)


def closes_first(p: Options) -> float:
    """Which share of its connections the host closes first, where one end is named."""
    share = p["close-first-probability"]
    return share if p["close-first"] == ("server" if is_server(p) else "client") else 1 - share


def time_wait_occupancy(p: Options) -> float:
    opened = p["rate"] if is_server(p) else p["rate"] / p["clients"]
    return closes_first(p) * opened * (time_wait_s(p) + restart_extension_s(p))


def time_wait_formula(p: Options) -> str:
    return f"{p['time-wait-factor']:g} MSL"


def occupancy_formula(p: Options) -> str:
    length = time_wait_formula(p)
    length = length if restart_extension_s(p) == 0 else f"({length} + mean restart extension)"
    return ("p * " if closes_first(p) < 1 else "") + f"lambda * {length}"


@lru_cache(maxsize=4096)
def erlang_b(servers: int, load: float) -> float:
    """Probability that all `servers` are busy when `load` (in Erlang) is offered."""
    blocking = 1.0
    for n in range(1, servers + 1):
        blocking = load * blocking / (n + load * blocking)
    return blocking


def ports(p: Options) -> int:
    """How many ephemeral ports a client has towards the server."""
    count = int(p["ephemeral-last"] - p["ephemeral-first"] + 1)
    if not 0 < count < 2**16:
        raise ValueError(f"{count} ephemeral ports")
    return count


def busy_s(p: Options) -> float:
    """From the opening of a connection to TIME-WAIT [s]: three round trips and what the user takes; times that are drawn
    at random are not counted."""
    fixed = lambda name: 0 if isinstance(p[name], str) else p[name]  # noqa: E731
    more = max(0, fixed("requests") - 1)
    return 3 * rtt_s(p) + fixed("hold") + fixed("close-delay") + more * (rtt_s(p) + fixed("think"))


def ports_wanted(p: Options) -> float:
    """How many ports a client would hold at a time, had it any number of them."""
    return p["rate"] / p["clients"] * (busy_s(p) + time_wait_s(p) + restart_extension_s(p))


def port_blocking(p: Options) -> float:
    """Probability that a connection finds no free port; the hold time is a number."""
    return erlang_b(ports(p), p["rate"] / p["clients"] * (busy_s(p) + time_wait_s(p)))


def port_exhaustion(p: Options) -> float:
    return p["rate"] / p["clients"] * (1 - port_blocking(p)) * time_wait_s(p)


def port_exhaustion_formula(p: Options) -> str:
    return f"lambda * (1 - B(P, lambda * (D + {time_wait_formula(p)}))) * {time_wait_formula(p)}"


def connect_latency(p: Options) -> float:
    to, back = loss_to_server(p), loss_to_client(p)
    return rtt_s(p) + p["initial-rto"] * (to / (1 - 2 * to) + back / (1 - 2 * back))


def never_acknowledged(p: Options) -> float:
    resends = math.ceil(math.log2(1 + time_wait_s(p) / p["min-rto"])) - 1
    lost = loss_to_client(p) if p["close-first"] == "server" else loss_to_server(p)  # of ACKs of the other end's FIN
    return lost * lost_round(p) ** min(resends, p["data-retries"])


def unanswered(p: Options) -> list[float]:
    """Probability of 0, 1, ... unanswered probes in a cycle that ends with an answer: geometric, below n."""
    lost, n = lost_round(p), p["keep-count"]
    return [lost**k * (1 - lost) / (1 - lost**n) for k in range(n)]


def cycle(p: Options, power: int) -> float:
    """E[C^power], C = I + R + J K the time between answers to keepalive, with K unanswered probes."""
    return sum(w * (p["keep-idle"] + rtt_s(p) + p["keep-interval"] * k) ** power for k, w in enumerate(unanswered(p)))


def keepalive_detection(p: Options) -> float:
    """Mean time from the crash of the peer, at a random instant, to its detection [s].

    Detection comes I + n J after the last answer; the crash meets the cycle between answers at an age of
    E[C^2] / (2 E[C]) on average.
    """
    return p["keep-idle"] + p["keep-count"] * p["keep-interval"] - cycle(p, 2) / (2 * cycle(p, 1))


def keepalive_false_alarm(p: Options) -> float | None:
    killed = lost_round(p) ** p["keep-count"]
    if killed == 0:
        return None
    return p["keep-idle"] + p["keep-count"] * p["keep-interval"] + (1 - killed) / killed * cycle(p, 1)
