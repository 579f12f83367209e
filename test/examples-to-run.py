#! /usr/bin/env python3
"""What ns-3's test.py runs of examples/, in a folder that it deletes: command line, whether, whether under valgrind.

Left out: live-peer, which wants a TAP device, and packetdrill, which wants a script.
"""

cpp_examples = [
    ("lifecycle-blind-reset", "True", "True"),
    ("lifecycle-devices", "True", "True"),
    ("lifecycle-half-close", "True", "True"),
    ("lifecycle-keepalive", "True", "True"),
    ("lifecycle-last-ack", "True", "True"),
    ("lifecycle-load --output=load --duration=10s", "True", "True"),
    ("lifecycle-minimal", "True", "True"),
    ("lifecycle-ports", "True", "True"),
    ("lifecycle-refused", "True", "True"),
    ("lifecycle-run --output=run", "True", "True"),
    ("lifecycle-simultaneous-open", "True", "True"),
    ("lifecycle-stale-syn", "True", "True"),
    ("lifecycle-star", "True", "True"),
    ("lifecycle-syn-flood", "True", "True"),
    ("lifecycle-ticker", "True", "True"),
    ("lifecycle-time-wait", "True", "True"),
]

python_examples = []
