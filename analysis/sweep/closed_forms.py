"""What theory expects of an experiment: closed forms over the parameters of a point, times in seconds.

Each names its assumptions; doc/requirements.md holds the derivations under the ids given as source.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Callable, Mapping

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class ClosedForm:
    """A formula: its value at a point (None where theory has none), and how captions tell of it."""

    value: Callable[[Parameters], float | None]
    formula: str
    source: str


def loss_to_server(p: Parameters) -> float:
    return p["loss"] if p["loss-to-server"] == "same" else p["loss-to-server"]


def loss_to_client(p: Parameters) -> float:
    return p["loss"] if p["loss-to-client"] == "same" else p["loss-to-client"]


def lost_round(p: Parameters) -> float:
    """Probability that a segment or the answer to it is lost."""
    return 1 - (1 - loss_to_server(p)) * (1 - loss_to_client(p))


def rtt_s(p: Parameters) -> float:
    """Round-trip time without transmission times [s]."""
    ways = (p["delay"] if p[key] == "same" else p[key] for key in ("delay-to-server", "delay-to-client"))
    return sum(ways)


def time_wait_s(p: Parameters) -> float:
    """How long TIME-WAIT lasts if nothing restarts it or ends it early [s]; the one place that says so."""
    return p["time-wait-factor"] * p["msl"]


def restart_extension_s(p: Parameters) -> float:
    """How much longer than 2 MSL TIME-WAIT lasts on average, because a repeated FIN restarts it [s].

    The client closes first. The server repeats its FIN after r0, 2 r0, 4 r0, ... (r0 its minimum timeout,
    which a fresh measurement of a short round trip leaves) until an ACK of it arrives; each FIN that
    arrives while TIME-WAIT lasts begins it anew.
    """
    ack_lost, fin_lost = loss_to_server(p), loss_to_client(p)
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


def time_wait_occupancy(p: Parameters) -> float:
    return p["rate"] / p["clients"] * (time_wait_s(p) + restart_extension_s(p))


def erlang_b(servers: int, load: float) -> float:
    """Probability that all `servers` are busy when `load` (in Erlang) is offered."""
    blocking = 1.0
    for n in range(1, servers + 1):
        blocking = load * blocking / (n + load * blocking)
    return blocking


def port_blocking(p: Parameters) -> float:
    """Probability that a connection finds no free port; three round trips before TIME-WAIT; the hold time is a number."""
    ports = p["ephemeral-last"] - p["ephemeral-first"] + 1
    return erlang_b(ports, p["rate"] / p["clients"] * (3 * rtt_s(p) + p["hold"] + time_wait_s(p)))


def port_exhaustion(p: Parameters) -> float:
    return p["rate"] / p["clients"] * (1 - port_blocking(p)) * time_wait_s(p)


def connect_latency(p: Parameters) -> float | None:
    to, back = loss_to_server(p), loss_to_client(p)
    if max(to, back) >= 0.5 or not p["strict-repeated-syn"]:
        return None
    return rtt_s(p) + p["initial-rto"] * (to / (1 - 2 * to) + back / (1 - 2 * back))


def never_acknowledged(p: Parameters) -> float | None:
    if p["time-wait-restart"]:
        return None  # an upper bound only
    resends = math.ceil(math.log2(1 + time_wait_s(p) / p["min-rto"])) - 1
    lost = loss_to_client(p) if p["close-first"] == "server" else loss_to_server(p)  # of ACKs of the other end's FIN
    return lost * lost_round(p) ** min(resends, p["data-retries"])


def unanswered_probes(p: Parameters) -> float:
    """Mean number of unanswered probes in a cycle that ends with an answer."""
    lost, n = lost_round(p), p["keep-count"]
    return lost / (1 - lost) - n * lost**n / (1 - lost**n)


def keepalive_detection(p: Parameters) -> float:
    """Mean time from the crash of the peer, at a random instant, to its detection [s].

    Detection comes I + n J after the last answer. A cycle between answers lasts I + R + J K, with K
    unanswered probes (geometric, below n); the crash meets it at an age of E[C^2] / (2 E[C]) on average.
    """
    idle, interval, n = p["keep-idle"], p["keep-interval"], p["keep-count"]
    lost = lost_round(p)
    weights = [lost**k * (1 - lost) / (1 - lost**n) for k in range(n)]
    cycles = [idle + rtt_s(p) + interval * k for k in range(n)]
    mean = sum(w * c for w, c in zip(weights, cycles))
    square = sum(w * c * c for w, c in zip(weights, cycles))
    return idle + n * interval - square / (2 * mean)


def keepalive_false_alarm(p: Parameters) -> float | None:
    killed = lost_round(p) ** p["keep-count"]
    if killed == 0:
        return None
    idle, interval, n = p["keep-idle"], p["keep-interval"], p["keep-count"]
    survived = idle + rtt_s(p) + interval * unanswered_probes(p)
    return idle + n * interval + (1 - killed) / killed * survived


# What the link may be set to: delay, and losses that are independent of one another.
PLAIN_LINK = {"jitter": 0, "loss-correlation": 0, "loss-state": "", "loss-gemodel": "", "duplicate": 0, "corrupt": 0, "reorder": 0,
              "netem-rate": "0bps", "netem-limit": 0}  # fmt: skip
PLAIN = {"stack": "lifecycle", "rules": "", "inject": "", "outage-duration": 0, "listen": True, "time-wait-limit": 0}


def is_modelled(p: Parameters) -> bool:
    """Whether the network and the hosts are set to what every closed form assumes."""
    ways = ((name + way, plain) for name, plain in PLAIN_LINK.items() for way in ("", "-to-server", "-to-client"))
    return all(p[name] == plain for name, plain in PLAIN.items()) and all(p[name] in (plain, "same") for name, plain in ways)


def given(value: Callable[[Parameters], float | None], holds: Callable[[Parameters], bool]) -> Callable[[Parameters], float | None]:
    """`value` where all is modelled and what `holds` demands is so, else None."""
    return lambda p: value(p) if is_modelled(p) and holds(p) else None


def client_closes(p: Parameters) -> bool:
    """At a steady rate, and the client closes each connection first, so that TIME-WAIT is there."""
    return p["arrivals"] in ("fixed", "poisson") and p["rate"] > 0 and one_closes(p) and p["close-first"] == "client"


def one_closes(p: Parameters) -> bool:
    """The end that is named closes each connection first."""
    return p["close-first"] in ("client", "server") and p["close-first-probability"] == 1


def holds_ports_for_a_time(p: Parameters) -> bool:
    """What a random hold time or losses do to the time that a port is taken is not worked out."""
    return client_closes(p) and not isinstance(p["hold"], str) and lost_round(p) == 0


def one_opens(p: Parameters) -> bool:
    return p["open"] == "client"


def probes(p: Parameters) -> bool:
    return p["keep-alive"]


CLOSED_FORMS = {
    "time-wait-occupancy": ClosedForm(
        given(time_wait_occupancy, client_closes), "lambda * (2 MSL + mean restart extension)", "E08, Little's law"),
    "port-exhaustion": ClosedForm(
        given(port_exhaustion, holds_ports_for_a_time), "lambda * (1 - B(P, lambda * (D + 2 MSL))) * 2 MSL", "E09, Erlang B"),
    "connect-latency": ClosedForm(
        given(connect_latency, one_opens), "R + r0 * (pf / (1 - 2 pf) + pb / (1 - 2 pb))", "E03, strict"),
    "never-acknowledged": ClosedForm(given(never_acknowledged, one_closes), "p * (1 - (1 - pf)(1 - pb))^N", "E05"),
    "keepalive-detection": ClosedForm(given(keepalive_detection, probes), "I + n J - E[C^2] / (2 E[C])", "E12, renewal theory"),
    "keepalive-false-alarm": ClosedForm(
        given(keepalive_false_alarm, probes), "I + n J + (1 - x) / x * (I + R + J m), x = l^n", "E13"),
}  # fmt: skip
