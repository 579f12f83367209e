"""What closed forms assume: each condition as code, and as the sentence that is said where it is not fulfilled.

A condition reads the options of a run as closed forms see them: times in seconds, flags as truths; ``host`` is whose
metric it is, ``interrupted`` whether Ctrl-C ended the run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Callable

from .closed_forms import (Options, averaged_s, busy_s, closes_first, erlang_b, keepalive_false_alarm, loss_to_client, loss_to_server,
                           ports, ports_wanted, rtt_s, time_wait_s)  # fmt: skip

NEGLIGIBLE = 0.005  # share by which what a condition leaves out may change the value


@dataclass(frozen=True)
class Condition:
    """`holds` is whether it is so at some options; `sentence` ends "it assumes that ..."."""

    sentence: str
    holds: Callable[[Options], bool]


def _is(name: str, value: Any, sentence: str) -> Condition:
    return Condition(sentence, lambda p: p[name] == value)


# What the link may be set to: delay, and losses that are independent of one another.
PLAIN_LINK = {"jitter": 0, "loss-correlation": 0, "loss-state": "", "loss-gemodel": "", "duplicate": 0, "corrupt": 0, "reorder": 0,
              "netem-rate": "0bps", "netem-limit": 0}  # fmt: skip


def _plain_link(p: Options) -> bool:
    ways = ((name + way, plain) for name, plain in PLAIN_LINK.items() for way in ("", "-to-server", "-to-client"))
    return all(p[name] in (plain, "same") for name, plain in ways)


def _whole(p: Options, least_s: float) -> bool:
    """Whether --stop does not end the run before an instant [s]."""
    return p["stop"] == 0 or p["stop"] >= least_s * (1 - 1e-9)


def _last_opening_s(p: Options) -> float:
    return p["duration"] if p["rate"] > 0 else 0.0


# ---- network and hosts

PLAIN = (
    _is("stack", "lifecycle", "the TCP is this module's, not ns-3's own"),
    Condition("the link only delays packets and loses them independently of one another", _plain_link),
    _is("rules", "", "no segment has a rule"),
    _is("inject", "", "no segment is injected"),
    _is("outage-duration", 0, "the link has no outage"),
    _is("listen", True, "the server listens"),
    Condition("the run was not interrupted", lambda p: not p.get("interrupted", False)),
)
NO_FAULTS = (
    Condition("no host crashes, reboots or ends its process", lambda p: all(p[n] == 0 for n in ("crash-at", "reboot-at", "exit-at"))),
)
CLIENT_OPENS = _is("open", "client", "the client alone opens")
CLIENTS_METRIC = Condition("the metric is a client's", lambda p: p.get("host", "client").startswith("client"))
NO_LOSS = Condition("nothing is lost", lambda p: _losses(p) == (0, 0))
SOME_LOSS = Condition("something is lost, or it never happens", lambda p: max(_losses(p)) > 0)


def _losses(p: Options) -> tuple[float, float]:
    return loss_to_server(p), loss_to_client(p)


# ---- closing and TIME-WAIT

CLOSES_IN_ORDER = (
    CLIENT_OPENS,
    Condition("an end is named that closes each connection first", lambda p: p["close-first"] in ("client", "server")),
    _is("linger-zero", False, "connections are closed, not aborted"),
    _is("time-wait-limit", 0, "any number of connections may be in TIME-WAIT (--time-wait-limit=0)"),
)
CLIENT_CLOSES = Condition(
    "the client closes each connection first, and the metric is its own",
    lambda p: CLIENTS_METRIC.holds(p) and (p["close-first"], p["close-first-probability"]) == ("client", 1))  # fmt: skip
NO_RESTART = Condition("a repeated FIN does not restart TIME-WAIT (else it is an upper bound), and one end closes each connection first",
                       lambda p: not p["time-wait-restart"] and p["close-first-probability"] == 1)  # fmt: skip
NOT_STOPPED = Condition("the run is not cut by --stop", lambda p: p["stop"] == 0)


CLOSES_FIRST = Condition("this host closes connections first", lambda p: closes_first(p) > 0)


def _filled(p: Options) -> bool:
    """Whether TIME-WAIT that fills up a little late changes the mean too little to be seen."""
    lasts = time_wait_s(p)
    late = max(0.0, busy_s(p) + lasts - (p["duration"] - averaged_s(p)))
    return lasts == 0 or late**2 <= 2 * NEGLIGIBLE * lasts * averaged_s(p)


STEADY = (
    Condition("connections are opened at a steady rate", lambda p: p["arrivals"] in ("fixed", "poisson") and p["rate"] > 0),
    Condition("connections are opened for longer than the warm-up lasts", lambda p: averaged_s(p) > 0),
    Condition("TIME-WAIT has filled up when the means begin (--warm-up)", _filled),
    Condition("the run is not cut by --stop before the arrivals end", lambda p: _whole(p, p["duration"])),
)
POISSON = _is("arrivals", "poisson", "arrivals are Poisson")
# What a random hold time does to the time that a port is taken is not worked out.
FIXED_HOLD = Condition("the hold time is a number", lambda p: not isinstance(p["hold"], str))


def _ports_suffice(p: Options) -> bool:
    wanted, there = ports_wanted(p), ports(p)
    if p["arrivals"] == "fixed" or wanted > there:
        return wanted <= there
    return wanted + 6 * math.sqrt(wanted) <= there or erlang_b(there, wanted) <= NEGLIGIBLE


PORTS_SUFFICE = Condition("a client has ports enough for all that are open or in TIME-WAIT (--ephemeral-first, --ephemeral-last)", _ports_suffice)

# ---- opening

STRICT_SERVER = _is("strict-repeated-syn", True, "the server answers a repeated SYN by its own timer only (--strict-repeated-syn)")
LESS_THAN_HALF_LOST = Condition("less than half is lost each way", lambda p: max(_losses(p)) < 0.5)


def _doublings(p: Options) -> float:
    """How often the timeout of a SYN doubles before the sender gives up, or it may grow no further."""
    least = min(p["syn-retries"], p["syn-ack-retries"]) + 1
    allowed = [p["max-rto"], *(p[name] for name in ("user-timeout", "open-timeout") if p[name] > 0)]
    return min(least, math.floor(math.log2(max(1.0, min(allowed) / p["initial-rto"]))) + 1)


RETRIES_SUFFICE = Condition("hardly any opening gives up, or meets the longest timeout (--syn-retries, --max-rto, --user-timeout)",
                            lambda p: (2 * max(_losses(p))) ** _doublings(p) <= 2 * NEGLIGIBLE)  # fmt: skip


def _syn_queue_suffices(p: Options) -> bool:
    at_once = p["connections"] if p["rate"] == 0 else p["rate"] * (rtt_s(p) + 2 * max(_losses(p)) * p["initial-rto"])
    return at_once <= p["syn-queue-limit"] and p["accept-time"] == 0


SYN_QUEUE_SUFFICES = Condition("the server has room for all that are being opened (--syn-queue-limit) and accepts at once", _syn_queue_suffices)


def _all_have_opened(p: Options) -> bool:
    waits = sum(min(p["initial-rto"] * 2**k, p["max-rto"]) for k in range(int(_doublings(p))))
    return _whole(p, _last_opening_s(p) + waits)


ALL_HAVE_OPENED = Condition("the run is not cut by --stop before all have opened", _all_have_opened)

# ---- keepalive

KEEPALIVE = (
    _is("keep-alive", True, "keepalive is on"),
    _is("close-first", "nobody", "nobody closes, so that connections are idle (--close-first=nobody)"),
)
SERVER_CRASHES = Condition(
    "the server crashes, and the client probes (--crash-at, --fault-host, --keep-alive-host)",
    lambda p: p["crash-at"] != 0 and p["fault-host"] == "server" and p["keep-alive-host"] in ("client", "both"))  # fmt: skip
ALL_HAVE_NOTICED = Condition(
    "the run is not cut by --stop before all have noticed",
    lambda p: p["stop"] == 0 or _whole(p, p["crash-at"] + p["keep-idle"] + p["keep-count"] * p["keep-interval"]))  # fmt: skip


def _alarms_have_come(p: Options) -> bool:
    mean = keepalive_false_alarm(p)
    return p["stop"] == 0 or mean is None or _whole(p, _last_opening_s(p) + 10 * mean)  # exp(-10) are left


ALARMS_HAVE_COME = Condition("the run is not cut by --stop before nearly all have been ended", _alarms_have_come)
