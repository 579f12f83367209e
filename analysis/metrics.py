"""What each metric of summary.json is: what is counted, at which host, from when to when. Each has one sentence, here."""

from __future__ import annotations

_FAILED = "calls of this host's programs to open a connection that failed, so that there never was one, whole run: "
_ENDED = "connections of this host that ended so, whole run: "
_DESCRIPTIONS = {
    "opens-failed": _FAILED + "all of them",
    "opens-failed-no-port": _FAILED + "all ephemeral ports were taken, as by TIME-WAIT",
    "opens-failed-port-in-use": _FAILED + "the port asked for was taken",
    "opens-failed-no-route": _FAILED + "there was no route",
    "opens-failed-host-down": _FAILED + "the host was down",
    "opens-failed-other": _FAILED + "for any other reason",
    "connections-opened": "connections that left CLOSED at this host, whole run: those it opened, and at a listener the child of each SYN "
    "that it took, an attacker's as well as a client's",
    "connections-established": "of these, connections that reached ESTABLISHED at this host, whole run",
    "connections-ended-normal": _ENDED + "closed in order",
    "connections-ended-refused": _ENDED + "the peer refused to open",
    "connections-ended-reset": _ENDED + "the peer sent RST",
    "connections-ended-aborted": _ENDED + "aborted by this host, or its listener was closed",
    "connections-ended-timed-out": _ENDED + "retransmissions were used up, a child's SYN,ACK included",
    "connections-ended-user-timeout": _ENDED + "what was sent stayed unanswered for the user timeout",
    "connections-ended-keepalive": _ENDED + "keepalive probes stayed unanswered",
    "connections-ended-crash": _ENDED + "this host crashed or rebooted",
    "connections-ended-unknown": _ENDED + "the stack does not tell why",
    "connections-open-at-end": "connections of this host that had not ended when the run did",
    "connect-time-mean": "mean time from leaving CLOSED to ESTABLISHED at this host, of all that got there, whole run: at a client from its "
    "first SYN, at a server from the child's creation, which with SYN cookies is the handshake's last ACK",
    "lifetime-mean": "mean time from leaving CLOSED to the end at this host, TIME-WAIT included, of those that ended, whole run",
    "detection-time-mean": "mean time from the crash (--crash-at) to the end at this host, of connections that ended after it",
    "time-wait-time-mean": "mean time spent in TIME-WAIT at this host, of those that left it, whole run",
    "retransmissions": "segments that this host sent again, whole run",
    "octets-sent": "octets of payload that this host sent, each counted once, whole run",
    "octets-received": "octets of payload that this host received in order, whole run",
    "syn-received-mean": "time average of this host's connections in SYN-RECEIVED",
    "established-mean": "time average of this host's connections in ESTABLISHED",
    "time-wait-mean": "time average of this host's connections in TIME-WAIT",
    "time-wait-max": "most connections that this host had in TIME-WAIT at a time, whole run",
    "time-waits": "connections that came to TIME-WAIT at this host, whole run",
    "syn-queue-max": "longest SYN queue, summed over this host's listeners, whole run",
    "accept-queue-max": "longest accept queue, summed over this host's listeners, whole run",
    "segments-injected": "crafted segments that --inject put on this host's link, whole run",
    "syns-dropped": "SYNs that this host dropped because the SYN queue was full, whole run",
    "syns-dropped-early": "SYNs that this host dropped by random early drop, whole run",
    "syns-reset": "SYNs that this host answered with RST because the SYN queue was full, whole run",
    "syn-queue-evictions": "half-open connections that this host gave up to make room in the SYN queue, whole run",
    "syn-cache-evictions": "half-open connections that this host gave up to make room in a bucket of the SYN cache, whole run",
    "cookies-sent": "SYN,ACKs with a cookie, of which this host kept nothing, whole run",
    "cookies-accepted": "cookies that came back in time and made a connection at this host, whole run",
    "cookies-expired": "cookies of this host that came back too late, whole run",
    "cookies-forged": "cookies that were never this host's, whole run",
    "accept-overflows": "segments that this host ignored because the accept queue was full, whole run",
    "accept-resets": "last ACKs of a handshake that this host answered with RST because the accept queue was full, whole run",
    "time-wait-overflows": "connections that left TIME-WAIT early at this host because there were too many (--time-wait-limit), whole run",
    "acks-held-back": "answers that this host held back because it had sent as many challenge ACKs as it may, whole run",
}


def described() -> list[str]:
    """The names of all metrics that have a description, in the order of summaries."""
    return list(_DESCRIPTIONS)


def description_of(name: str) -> str:
    """What the metric `name` is; empty where nobody knows, as of one that a program of its own has added."""
    return _DESCRIPTIONS.get(name, "")
