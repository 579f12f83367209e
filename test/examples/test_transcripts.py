"""Whole lives as transcripts: what both hosts sent and in which states they were, as golden files.

Read the golden files as prose: test/examples/golden/*.txt. ./lab golden writes them.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from programs import ROOT, golden_is_written, run

GOLDEN = Path(__file__).parent / "golden"

LIVES = {
    # RFC 9293 Figures 6, 12 and 13, and the ways to close
    "close-in-three-segments": [],
    "close-in-four-segments": ["--half-close", "--response-size=0", "--hold=1s"],
    "half-close": ["--half-close", "--hold=1s"],
    "simultaneous-close": ["--close-first=both", "--hold=1s"],
    "server-closes-first": ["--close-first=server"],
    "abort": ["--close-first=abort"],
    "refused": ["--listen=false"],
    # every single segment of the handshake and of the close lost
    "lost-syn": ["--rules=client->server: drop 1st SYN"],
    "lost-syn-ack": ["--rules=server->client: drop 1st SYN-ACK"],
    "lost-handshake-ack": ["--rules=client->server: drop 1st ACK"],
    "lost-fin": ["--rules=client->server: drop 1st FIN"],
    "lost-second-fin": ["--rules=server->client: drop 1st FIN"],
    "lost-last-ack": ["--rules=client->server: drop 1st ACK-of-FIN"],
    # old duplicates: RFC 9293 Figure 8, RFC 1337
    "stale-syn-at-a-listener": ["--rules=client->server: duplicate 1st SYN after 300s"],
    "stale-syn-in-established": ["--hold=5s", "--rules=client->server: duplicate 1st SYN after 2s"],
    "stale-data-in-time-wait": ["--rules=server->client: duplicate 1st data after 5s"],
    # half-open connections: RFC 9293 Figures 9 and 10
    "server-rebooted": ["--hold=10s", "--reboot-at=5s"],
    "server-rebooted-keepalive": ["--close-first=nobody", "--keep-alive", "--keep-idle=10s",
                                  "--reboot-at=5s", "--stop=60s"],
    "server-crashed": ["--hold=10s", "--crash-at=5s", "--data-retries=3"],
    "server-crashed-keepalive": ["--close-first=nobody", "--keep-alive", "--keep-idle=10s",
                                 "--keep-interval=2s", "--keep-count=3", "--crash-at=5s",
                                 "--stop=60s"],
    "corrupted": ["--checksums", "--rules=client->server: corrupt 1st SYN; server->client: corrupt 1st data"],
    "reordered": ["--request-size=4000", "--rules=client->server: reorder 1st data after 1 segment"],
    "out-of-order": ["--request-size=4000", "--rules=client->server: delay 1st data by 1ms"],
}


@pytest.mark.parametrize("life", LIVES)
def test_transcript_is_the_golden_one(folder, life):
    options = ["--msl=15s", *LIVES[life]]
    assert run(f"--output={folder}", *options).returncode == 0
    ladder = subprocess.run(
        [sys.executable, "-m", "analysis", "ladder", "--ascii", "--width", "100", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout
    text = f"lifecycle-run {' '.join(repr(o) if ' ' in o else o for o in options)}\n\n{ladder}"
    golden = GOLDEN / f"{life}.txt"
    if golden_is_written():
        GOLDEN.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
        return
    assert golden.exists(), f"{golden} is missing; ./lab golden writes it"
    assert text == golden.read_text(encoding="utf-8"), "if the change is meant, run ./lab golden"


def test_every_golden_file_is_compared():
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(LIVES)
