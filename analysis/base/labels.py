"""What axes and legends call options and metrics: words, with the unit, instead of names."""

from __future__ import annotations

# Where the name alone would not make words. Others are told by their own name, its parts apart and abbreviations in capitals.
OPTIONS = {
    "rate": "connections opened",
    "clients": "number of clients",
    "connections": "number of connections",
    "delay": "delay, each way",
    "delay-to-server": "delay to the server",
    "delay-to-client": "delay to the client",
    "loss": "probability of loss, each way",
    "loss-to-server": "probability of loss to the server",
    "loss-to-client": "probability of loss to the client",
    "duplicate": "probability of a duplicate",
    "corrupt": "probability of damage",
    "reorder": "probability of reordering",
    "hold": "time held open",
    "stop": "end of the run",
    "keep-idle": "keepalive idle time",
    "keep-interval": "keepalive interval",
    "keep-count": "keepalive probes",
    "min-rto": "least RTO",
    "max-rto": "greatest RTO",
    "time-wait-factor": "length of TIME-WAIT in MSL",
    "time-wait-limit": "limit of TIME-WAIT",
    "close-first-probability": "probability that the named end closes first",
    "crash-at": "instant of the crash",
    "reboot-at": "instant of the reboot",
    "outage-at": "beginning of the outage",
    "outage-duration": "length of the outage",
}
METRICS = {
    "connect-time-mean": "mean time to connect",
    "detection-time-mean": "mean time to detection",
    "time-wait-time-mean": "mean time in TIME-WAIT",
    "lifetime-mean": "mean lifetime",
    "time-wait-mean": "mean in TIME-WAIT",
    "time-wait-max": "most in TIME-WAIT",
    "time-waits": "came to TIME-WAIT",
    "established-mean": "mean in ESTABLISHED",
    "syn-received-mean": "mean in SYN-RECEIVED",
    "syn-queue-max": "longest SYN queue",
    "accept-queue-max": "longest accept queue",
    "connections-ended-normal": "connections ended normally",
    "connections-ended-keepalive": "connections ended by keepalive",
    "connections-ended-crash": "connections ended by a crash",
    "connections-ended-user-timeout": "connections ended by the user timeout",
    "opens-failed": "openings that failed",
}
CAPITALS = {"ack", "ecn", "fin", "ip", "isn", "iss", "msl", "mss", "mtu", "rst", "rto", "rtt", "sack", "syn", "tcp"}
STATES = (("time wait", "TIME-WAIT"), ("syn received", "SYN-RECEIVED"), ("syn sent", "SYN-SENT"), ("fin wait 2", "FIN-WAIT-2"),
          ("fin wait2", "FIN-WAIT-2"), ("close wait", "CLOSE-WAIT"), ("last ack", "LAST-ACK"))  # fmt: skip


def option_words(name: str) -> str:
    """``MSL`` for ``msl``, ``keepalive idle time`` for ``keep-idle``."""
    return OPTIONS.get(name) or _spaced(name)


def metric_words(name: str) -> str:
    """``mean in TIME-WAIT`` for ``time-wait-mean``; the metric's host is not told."""
    return METRICS.get(name) or _spaced(name)


def with_unit(words: str, unit: str) -> str:
    """``MSL [s]``; of what has no unit the words alone."""
    return f"{words} [{unit}]" if unit and unit != "1" else words


def _spaced(name: str) -> str:
    words = name.replace("-", " ")
    for plain, state in STATES:
        words = words.replace(plain, state)
    return " ".join(word.upper() if word in CAPITALS else word for word in words.split(" "))
