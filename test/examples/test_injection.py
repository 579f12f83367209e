"""Crafted segments: --inject of lifecycle-run, what it reaches and what becomes of it."""

import math
import time

import pytest

from programs import files, run
from test_runs import metric, path_of, rows

FLOOD = "attacker->server: SYN from 198.51.100.0/24 poisson {rate}/s for {length}"


def injected(folder) -> list[dict]:
    return [r for r in rows(folder, "segments.csv") if r["event"] == "tx" and r["reason"] == "injected"]


def test_stale_syn_is_undone_by_the_clients_reset(folder):
    """Covers E01, T14: half open for one round trip, because the client has no TCB."""
    assert run(f"--output={folder}", "--connections=0", "--inject=client->server: SYN at 1s").returncode == 0
    assert path_of(folder, "server") == ["T03", "T14"]
    (syn,) = injected(folder)
    assert syn["host"] == "client" and syn["local"].startswith("10.0.1.2:") and syn["flags"] == "S"
    entered, left = [float(r["time_s"]) for r in rows(folder, "transitions.csv")[1:]]
    assert left - entered == pytest.approx(0.02, abs=1e-4)
    assert metric(folder, "segments-injected", "client")["value"] == 1


def test_flood_of_silent_hosts_fills_the_queue_and_answering_ones_empty_it(folder):
    """Covers E14: B half-open connections at most; hosts that reset keep a slot for one round trip."""
    flood = FLOOD.format(rate=1000, length="2s")
    options = ["--connections=0", "--syn-queue-limit=64", "--stop=3s", "--force", f"--output={folder}"]
    assert run(*options, f"--inject={flood}").returncode == 0
    assert metric(folder, "syn-queue-max", "server")["value"] == 64
    sent = metric(folder, "segments-injected", "attacker")["value"]
    assert sent == pytest.approx(2000, abs=4 * math.sqrt(2000))
    assert metric(folder, "syns-dropped", "server")["value"] > 0.9 * sent
    assert len({r["local"].split(":")[0] for r in injected(folder)}) == 256
    assert run(*options, f"--inject={flood} answer RST").returncode == 0
    assert metric(folder, "syn-queue-max", "server")["value"] < 64
    assert metric(folder, "connections-open-at-end", "server")["value"] == 0


def test_flood_of_ten_thousand_a_second_is_fast(folder):
    started = time.monotonic()
    flood = FLOOD.format(rate=10000, length="10s")
    assert run(f"--output={folder}", "--stop=10s", "--record=none", f"--inject={flood}").returncode == 0
    assert metric(folder, "segments-injected", "attacker")["value"] > 99000
    assert time.monotonic() - started < 30


@pytest.mark.parametrize(("number", "transitions"), [
    ("rcv.nxt", ["T03", "T12", "T41.ES"]),  # exact: RFC 5961 3.2 resets
    ("rcv.nxt+1", ["T03", "T12"]),  # in the window: challenged
])
def test_blind_reset_needs_the_exact_number(folder, number, transitions):
    """Covers E16, R-34."""
    inject = f"--inject=attacker->server: RST while ESTABLISHED seq {number} at 1s"
    assert run(f"--output={folder}", "--close-first=nobody", "--stop=5s", inject).returncode == 0
    assert path_of(folder, "server") == transitions
    (reset,) = injected(folder)
    assert reset["host"] == "attacker" and reset["local"].startswith("10.0.1.2:")


def test_sweep_in_strides_covers_the_numbers_in_order(folder):
    inject = "--inject=attacker->server: RST while ESTABLISHED seq random step 65535 every 1ms times 50"
    assert run(f"--output={folder}", "--close-first=nobody", "--stop=5s", inject).returncode == 0
    numbers = [int(r["seq"]) for r in injected(folder)]
    assert len(numbers) == 50
    assert {(b - a) % 2**32 for a, b in zip(numbers, numbers[1:])} == {65535}


def test_old_data_in_time_wait_is_an_assassination_without_rfc_1337(folder):
    """Covers E11, T41.TW: the ACK that it draws is reset by the end that has forgotten."""
    inject = "--inject=server->client: data while TIME-WAIT at 5s seq rcv.nxt-10"
    options = [f"--output={folder}", "--force", "--msl=10s", "--timestamps=false", inject]
    assert run(*options).returncode == 0
    assert path_of(folder, "client")[-1] == "T30"
    assert run(*options, "--rfc1337=false").returncode == 0
    assert path_of(folder, "client")[-1] == "T41.TW"


def test_while_hits_each_connection_and_only_in_that_state(folder):
    inject = "--inject=server->client: data while TIME-WAIT at 500ms every 1s seq rcv.nxt-10"
    assert run(f"--output={folder}", "--clients=2", "--connections=6", "--msl=2500ms", inject).returncode == 0
    by_port = {}
    for row in injected(folder):
        by_port.setdefault(row["remote"], []).append(float(row["time_s"]))
    assert len(by_port) == 6 and all(len(times) == 5 for times in by_port.values())


def test_guessed_cookie_or_number_does_not_complete_a_handshake(folder):
    """Covers E16: an ACK with the wrong number in SYN-RECEIVED is reset; with the right one it completes."""
    syn = "attacker->server: SYN from 198.51.100.7 port 5000 seq 100 at 1s"
    for number, states in (("iss+1", ["T03", "T12"]), ("iss+2", ["T03"])):
        inject = f"{syn}; attacker->server: ACK while SYN-RECEIVED ack {number} at 1ms"
        options = ["--connections=0", "--stop=1100ms", "--force", f"--output={folder}"]
        assert run(*options, f"--inject={inject}").returncode == 0
        assert path_of(folder, "server") == states


def test_injections_are_subject_to_the_link_and_its_rules(folder):
    options = ["--connections=0", "--rules=client->server: drop 1st SYN; attacker->server: drop 1st SYN"]
    inject = "client->server: SYN port 5000 seq 7 every 1s times 2; attacker->server: SYN from 198.51.100.7"
    assert run(f"--output={folder}", *options, f"--inject={inject}").returncode == 0
    lost = [r for r in rows(folder, "segments.csv") if r["event"] == "lost"]
    assert sorted(r["host"] for r in lost) == ["attacker", "client"]
    assert path_of(folder, "server") == ["T03", "T14"]


@pytest.mark.parametrize("version", ["4", "6"])
def test_checksums_of_injected_segments_are_right(folder, version):
    source = {"4": "198.51.100.7", "6": "2001:db8:ffff::7"}[version]
    inject = f"--inject=attacker->server: SYN from {source} answer RST; client->server: SYN at 1s"
    options = [f"--output={folder}", "--connections=0", "--checksums", f"--ip-version={version}", inject]
    assert run(*options).returncode == 0
    assert sorted(path_of(folder, "server")) == ["T03", "T03", "T14", "T14"]


def test_stock_tcp_can_be_attacked_too(folder):
    inject = "--inject=attacker->server: SYN from 198.51.100.7 at 1s; client->server: RST seq random at 2s"
    assert run(f"--output={folder}", "--stack=stock", "--hold=5s", inject).returncode == 0
    assert metric(folder, "segments-injected", "attacker")["value"] == 1
    assert any(r["host"] == "server" and r["flags"] == "S." and r["remote"].startswith("198.51.100.7:")
               for r in rows(folder, "segments.csv"))


def test_injections_repeat_with_the_seed(folder, tmp_path):
    flood = FLOOD.format(rate=500, length="1s") + " seq clock~1000"
    again = tmp_path / "again"
    options = ["--connections=3", "--stop=2s", f"--inject={flood}"]
    assert run(f"--output={folder}", *options).returncode == 0
    assert run(f"--output={again}", *options).returncode == 0
    assert files(folder) == files(again)
    assert run(f"--output={again}", "--force", "--run=2", *options).returncode == 0
    assert injected(folder) != injected(again)


@pytest.mark.parametrize(("options", "sentence"), [
    (["--inject=attacker->server: SIN"], '--inject: expected flags such as SYN'),
    (["--inject=attacker->client: SYN"], "--inject: there is no link attacker->client (links: attacker->server,"),
    (["--inject=server->client-2: SYN"], "there is no link server->client-2"),
    (["--inject=client->server: SYN every 1s"], "'client->server: SYN every 1s' never ends"),
    (["--stack=stock", "--inject=client->server: RST while ESTABLISHED"], "'while' needs --stack=lifecycle"),
])
def test_bad_injection_gives_one_sentence(folder, options, sentence):
    result = run(f"--output={folder}", *options)
    assert result.returncode == 2 and sentence in result.stderr and result.stderr.count("\n") == 1
    assert not folder.exists()


def test_injection_that_sent_nothing_is_reported(folder):
    result = run(f"--output={folder}", "--inject=server->client: data while CLOSING")
    assert result.returncode == 0
    assert "nothing was sent by the injection 'server->client: data while CLOSING'" in result.stderr
