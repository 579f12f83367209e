"""What whole runs do: determinism, faults, comparison with ns-3's own TCP, and pcap files."""

import csv
import json
import shutil
import subprocess

import pytest

from programs import files, needs_tshark, run


def rows(folder, name: str) -> list[dict]:
    with open(folder / name, encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def connections(folder, host: str | None = None) -> list[dict]:
    """The rows of connections.csv, of one host or of all, listeners left out."""
    return [r for r in rows(folder, "connections.csv") if r["role"] != "listener" and host in (None, r["host"])]


def path_of(folder, host: str) -> list[str]:
    """The transition ids of a host's connections, the listener's left out."""
    return [
        r["transition"]
        for r in rows(folder, "transitions.csv")
        if r["host"] == host and r["transition"] not in {"T01", "T06"}
    ]


def metric(folder, name: str, host: str) -> dict:
    for m in json.loads((folder / "summary.json").read_text())["metrics"]:
        if (m["name"], m["host"]) == (name, host):
            return m
    raise AssertionError(f"no metric {name} of {host}")


BUSY = ["--clients=3", "--rate=20", "--arrivals=poisson", "--duration=20s", "--msl=2s",
        "--loss=0.05", "--jitter=3ms", "--duplicate=0.02", "--reorder=0.02",
        "--response-size=20000", "--record=transitions,segments,timers,occupancy,connections,rules,pcap"]


def test_same_seed_gives_the_same_bytes_wherever_memory_lies(folder, tmp_path):
    if shutil.which("setarch") is None:
        pytest.skip("setarch is missing, so address-space layout cannot be fixed")
    other = tmp_path / "other"
    assert run(f"--output={folder}", *BUSY).returncode == 0
    assert run(f"--output={other}", *BUSY, prefix=("setarch", "-R")).returncode == 0
    assert files(folder).keys() == files(other).keys()
    assert len(files(folder)) >= 13  # 2 + 5 tables + 6 pcap
    for name, octets in files(folder).items():
        assert octets == files(other)[name], name


def test_another_run_number_gives_another_run(folder, tmp_path):
    other = tmp_path / "other"
    assert run(f"--output={folder}", *BUSY).returncode == 0
    assert run(f"--output={other}", *BUSY, "--run=2").returncode == 0
    assert files(folder)["segments.csv"] != files(other)["segments.csv"]


def test_refused_connection_fails_within_one_round_trip(folder):
    """Covers R-30, T11. Stock ns-3 takes 189 s for the same."""
    assert run(f"--output={folder}", "--listen=false").returncode == 0
    (connection,) = connections(folder)
    assert connection["reason"] == "refused"
    assert float(connection["closed_s"]) < 0.021  # two delays of 10 ms and two transmissions
    assert path_of(folder, "client") == ["T02", "T11"]


def test_stock_tcp_ignores_a_refusal(folder):
    assert run(f"--output={folder}", "--listen=false", "--stack=stock").returncode == 0
    (connection,) = connections(folder)
    assert float(connection["closed_s"]) == pytest.approx(189, abs=1)


def test_cookies_are_options_and_their_counters_metrics(folder):
    """Covers T07, R-93: a listener that keeps nothing of a SYN."""
    result = run(f"--output={folder}", "--syn-cookies=always", "--connections=5", "--request-size=10")
    assert result.returncode == 0
    assert path_of(folder, "server").count("T07") == 5
    assert metric(folder, "cookies-sent", "server")["value"] == 5
    assert metric(folder, "cookies-accepted", "server")["value"] == 5
    assert metric(folder, "syn-queue-max", "server")["value"] == 0
    wrong = run(f"--output={folder}", "--force", "--syn-cookies=maybe")
    assert wrong.returncode != 0 and "off, on-overflow, always" in wrong.stderr


def test_lost_last_ack_is_repaired_from_time_wait(folder):
    """Covers R-62: the FIN comes again, is acknowledged again, and 2 MSL start again."""
    result = run(f"--output={folder}", "--msl=15s", "--rules=client->server: drop 1st ACK-of-FIN")
    assert result.returncode == 0
    transitions = rows(folder, "transitions.csv")
    entered = next(float(r["time_s"]) for r in transitions if r["to"] == "TIME-WAIT")
    left = next(float(r["time_s"]) for r in transitions if r["from"] == "TIME-WAIT")
    assert left - entered == pytest.approx(31, abs=0.1)  # 30 s and the FIN's timeout of 1 s
    assert {r["reason"] for r in connections(folder)} == {"normal"}


def test_stock_tcp_does_not_repair_a_lost_last_ack(folder):
    options = ["--msl=15s", "--stack=stock", "--rules=client->server: drop 1st ACK-of-FIN"]
    assert run(f"--output={folder}", *options).returncode == 0
    transitions = rows(folder, "transitions.csv")
    entered = next(float(r["time_s"]) for r in transitions if r["to"] == "TIME-WAIT")
    left = next(float(r["time_s"]) for r in transitions if r["from"] == "TIME-WAIT")
    assert left - entered == pytest.approx(30, abs=0.1)


@pytest.mark.parametrize(
    ("options", "client", "server"),
    [
        ([], "T02 T08 T21 T26 T30", "T03 T12 T22 T23 T29"),
        (["--close-first=server"], "T02 T08 T22 T23 T29", "T03 T12 T21 T26 T30"),
        (["--close-first=both"], "T02 T08 T21 T25 T28 T30", "T03 T12 T21 T25 T28 T30"),
        (["--close-first=abort"], "T02 T08 T40.ES", "T03 T12 T41.ES"),
        (["--half-close"], "T02 T08 T21 T24 T27 T30", "T03 T12 T22 T23 T29"),
        (["--hold=10s", "--reboot-at=5s"], "T02 T08 T21 T41.F1", "T03 T12"),
        (["--hold=10s", "--crash-at=5s"], "T02 T08 T21 T43.F1", "T03 T12"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_way_through_the_states(folder, options, client, server):
    assert run(f"--output={folder}", *options).returncode == 0
    assert path_of(folder, "client") == client.split()
    assert path_of(folder, "server") == server.split()


def test_keepalive_finds_a_dead_peer_after_idle_and_count_intervals(folder):
    """Covers R-82, T44.ES: silence began at 0.040 s, so 10 + 3 * 2 s later."""
    options = ["--close-first=nobody", "--keep-alive", "--keep-idle=10s", "--keep-interval=2s",
               "--keep-count=3", "--crash-at=5s", "--stop=60s"]
    assert run(f"--output={folder}", *options).returncode == 0
    end = next(r for r in rows(folder, "transitions.csv") if r["transition"] == "T44.ES")
    assert float(end["time_s"]) == pytest.approx(16.04, abs=0.01)


def test_outage_is_survived_by_retransmission(folder):
    """Covers R-46."""
    options = ["--response-size=1000000", "--outage-at=50ms", "--outage-duration=5s"]
    assert run(f"--output={folder}", *options).returncode == 0
    assert metric(folder, "octets-received", "client")["value"] == 1000000
    assert metric(folder, "retransmissions", "server")["value"] > 0
    assert any(r["reason"] == "outage" for r in rows(folder, "segments.csv"))


@pytest.mark.parametrize("stack", ["lifecycle", "stock"])
def test_all_octets_arrive_through_a_bad_network(folder, stack):
    options = ["--loss=0.02", "--reorder=0.05", "--jitter=2ms", "--request-size=300000",
               "--response-size=300000", f"--stack={stack}"]
    assert run(f"--output={folder}", *options).returncode == 0
    if stack == "lifecycle":
        for host in ("client", "server"):
            assert metric(folder, "octets-received", host)["value"] == 300000
    # ns-3's own TCP does not tell how the end without TIME-WAIT came about.
    assert [r["reason"] for r in connections(folder) if r["role"] == "active"] == ["normal"]
    assert {r["reason"] for r in connections(folder)} <= {"normal", "" if stack == "stock" else "normal"}


def test_what_stock_tcp_does_not_tell_is_empty(folder):
    assert run(f"--output={folder}", "--stack=stock", "--stop=1s").returncode == 0
    client, server = sorted(connections(folder), key=lambda r: r["host"])
    for row in (client, server):
        assert [row[name] for name in ("octets_sent", "octets_received", "retransmissions", "closed_first")] == [""] * 4
    assert (server["reason"], client["reason"]) == ("", "open")
    names = {m["name"] for m in json.loads((folder / "summary.json").read_text())["metrics"]}
    assert not {"octets-sent", "octets-received", "retransmissions", "accept-queue-max"} & names
    assert metric(folder, "connections-open-at-end", "client")["value"] == 1


def test_opens_that_fail_for_want_of_ports_are_counted(folder):
    """Covers R-62: TIME-WAIT holds each of 10 ports for 2 MSL, so that 10 of 30 connections open."""
    options = ["--rate=10", "--duration=3.05s", "--msl=30s", "--record=connections",
               "--ephemeral-first=50000", "--ephemeral-last=50009"]
    result = run(f"--output={folder}", *options)
    assert result.returncode == 0
    assert metric(folder, "connections-opened", "client")["value"] == 10
    assert metric(folder, "opens-failed", "client")["value"] == 20
    assert metric(folder, "opens-failed-no-port", "client")["value"] == 20
    assert metric(folder, "opens-failed", "server")["value"] == 0
    assert "20 more could not be opened" in result.stderr


def test_what_is_lost_after_an_abort_is_still_the_connections(folder):
    """The reset is lost on the link when its connection is no more."""
    options = ["--close-first=abort", "--rules=client->server: drop 1st RST", "--stop=5s"]
    assert run(f"--output={folder}", *options).returncode == 0
    segments = rows(folder, "segments.csv")
    lost = [r for r in segments if r["event"] == "lost"]
    assert [r["flags"].strip(".") for r in lost] == ["R"]
    sent = [r for r in segments if r["event"] == "tx" and r["packet"] == lost[0]["packet"]]
    assert [r["connection"] for r in sent + lost] == ["1", "1"]


def test_every_packet_is_accounted_for(folder):
    """What a full queue, the link and a rule lose, and what the link makes twice."""
    options = ["--queue=2", "--response-size=20000", "--loss=0.05", "--duplicate=0.05",
               "--rules=client->server: drop 1st data"]
    assert run(f"--output={folder}", *options).returncode == 0
    count = {event: 0 for event in ("tx", "rx", "lost", "dup", "drop")}
    reasons = set()
    for row in rows(folder, "segments.csv"):
        count[row["event"]] += 1
        if row["event"] == "lost":
            reasons.add(row["reason"].split(":")[0])
    assert count["rx"] + count["lost"] == count["tx"] + count["dup"]
    assert reasons == {"queue", "loss", "rule"}


def test_every_damaged_segment_is_dropped_for_its_checksum(folder):
    """Covers R-01. A bit of the TCP header or payload is flipped; nothing comes of such a segment."""
    options = ["--corrupt=0.1", "--checksums", "--response-size=20000", "--rules=client->server: corrupt 1st SYN"]
    assert run(f"--output={folder}", *options).returncode == 0
    segments = rows(folder, "segments.csv")
    damaged = [r for r in segments if r["event"] == "corrupt"]
    dropped = [r for r in segments if r["event"] == "drop" and r["reason"] == "bad checksum"]
    assert damaged[0]["reason"] == "rule: client->server: corrupt 1st SYN"
    assert {r["reason"] for r in damaged[1:]} == {"corrupt"} and len(damaged) > 3
    assert sorted(r["packet"] for r in damaged) == sorted(r["packet"] for r in dropped)
    count = {event: sum(r["event"] == event for r in segments) for event in ("tx", "rx")}
    assert count["rx"] + len(dropped) == count["tx"]
    assert next(c for c in connections(folder) if c["host"] == "client")["reason"] == "normal"


def test_what_a_rule_holds_back_has_a_row_when_it_is_decided(folder):
    """A delay is known when the segment is sent; what is reordered leaves behind the segment that it waited for."""
    rules = ["client->server: delay 1st SYN by 50ms", "client->server: reorder 1st data after 1 segment"]
    assert run(f"--output={folder}", "--delay=10ms", "--request-size=4000", f"--rules={'; '.join(rules)}").returncode == 0
    segments = rows(folder, "segments.csv")
    held = [r for r in segments if r["event"] == "delay"]
    assert [(r["host"], r["reason"]) for r in held] == [("client", f"rule: {rule}") for rule in rules]
    sent, arrived = ({r["packet"]: float(r["time_s"]) for r in segments if r["event"] == event} for event in ("tx", "rx"))
    syn, data = held
    assert float(syn["time_s"]) == pytest.approx(sent[syn["packet"]], abs=1e-4)
    assert arrived[syn["packet"]] - sent[syn["packet"]] == pytest.approx(0.06, abs=1e-4)
    texts = [r["packet"] for r in segments if (r["event"], r["host"]) == ("tx", "client") and int(r["len"]) > 0]
    behind = texts[texts.index(data["packet"]) + 1]
    assert sent[data["packet"]] <= sent[behind] < float(data["time_s"]) < arrived[behind] <= arrived[data["packet"]]


def fnv1a_64(content: bytes) -> str:
    number = 0xCBF29CE484222325
    for octet in content:
        number = (number ^ octet) * 0x100000001B3 % 2**64
    return f"fnv1a-64:{number:016x}"


def test_the_manifest_tells_the_content_of_what_was_read(folder, tmp_path):
    """Names of files do not repeat a run: what was in them does."""
    table, times = tmp_path / "late.dist", tmp_path / "times.txt"
    options = ["--arrivals=file", f"--arrivals-file={times}", "--jitter=1ms", f"--distribution={table}",
               "--distribution-to-client=normal", "--msl=1s"]
    times.write_text("0.5\n")
    for numbers in ("0 8192\n", "0 4096\n"):
        table.write_text(numbers)
        assert run(f"--output={folder}", *options, "--force").returncode == 0
        told = json.loads((folder / "manifest.json").read_text())["input-files"]
        assert told == {str(path): fnv1a_64(path.read_bytes()) for path in (table, times)}


def test_a_run_that_reads_no_file_tells_none(folder):
    assert run(f"--output={folder}", "--jitter=1ms", "--distribution=pareto").returncode == 0
    assert json.loads((folder / "manifest.json").read_text())["input-files"] == {}


def test_gemodel_loses_its_stationary_share(folder):
    """(p(1-h) + r(1-k)) / (p + r) with p = 0.05, r = 0.45, 1-h = 0.5, 1-k = 0: 5 %."""
    options = ["--loss-gemodel=0.05,0.45,0.5,0", "--rate=100", "--duration=50s", "--msl=1s", "--clients=4"]
    assert run(f"--output={folder}", *options).returncode == 0
    segments = rows(folder, "segments.csv")
    sent = sum(r["event"] == "tx" for r in segments)
    lost = [r["reason"] for r in segments if r["event"] == "lost"]
    assert set(lost) == {"loss"} and sent > 20000
    # Variance per packet: 0.0475 + 2 (0.1)(0.9)(0.25)(0.5 / 0.5); five standard deviations.
    assert abs(len(lost) / sent - 0.05) < 5 * (0.0925 / sent) ** 0.5


def test_netem_limit_is_a_queue(folder):
    options = ["--netem-rate=1Mbps", "--netem-limit=5", "--response-size=100000"]
    assert run(f"--output={folder}", *options).returncode == 0
    lost = [r["reason"] for r in rows(folder, "segments.csv") if r["event"] == "lost"]
    assert lost and set(lost) == {"limit"}


def test_time_wait_occupancy_is_that_of_littles_law(folder):
    options = ["--rate=100", "--arrivals=poisson", "--duration=200s", "--msl=5s", "--record=none"]
    assert run(f"--output={folder}", *options).returncode == 0
    mean = metric(folder, "time-wait-mean", "client")
    assert (mean["from_s"], mean["to_s"]) == (10, 200)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["average"] == {"from_s": 10, "to_s": 200}
    assert {stack["time-wait_s"] for stack in manifest["stacks"]} == {10}
    assert mean["value"] == pytest.approx(1000, rel=0.02)
    assert sorted(p.name for p in folder.iterdir()) == ["host.json", "manifest.json",
                                                        "summary.json"]


@needs_tshark
def test_pcap_has_nothing_to_object_to(folder):
    options = ["--record=pcap", "--checksums", "--connections=5", "--close-first=client",
               "--rules=client->server: drop 1st SYN; server->client: drop 1st FIN"]
    assert run(f"--output={folder}", *options).returncode == 0
    captures = sorted(folder.glob("*.pcap"))
    assert len(captures) == 2
    for capture in captures:
        command = ["tshark", "-r", str(capture), "-o", "tcp.check_checksum:TRUE",
                   "-o", "ip.check_checksum:TRUE", "-T", "fields", "-E", "separator=|",
                   "-e", "tcp.flags.str", "-e", "_ws.expert.message", "-e", "_ws.malformed",
                   "-e", "tcp.checksum.status", "-e", "ip.checksum.status"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        packets = [line.split("|") for line in output.splitlines()]
        assert len(packets) > 30
        # what a lost SYN and a lost FIN must look like to a third party, and nothing else
        expected = ("Connection establish", "Connection finish", "This frame initiates",
                    "This frame undergoes", "This frame is a (suspected) retransmission",
                    "This frame is a (suspected) out-of-order segment",  # as tshark 4.4 calls the same
                    "Ambiguous ACK following Karn",  # as tshark 4.6 adds to it
                    "Duplicate ACK", "Previous segment(s) not captured")
        for _, messages, malformed, tcp_sum, ip_sum in packets:
            assert malformed == ""
            assert tcp_sum == "1", "a bad checksum"
            assert ip_sum == "1"
            for message in filter(None, messages.split(",")):
                assert message.strip().startswith(expected), message


def test_over_ipv6_the_same_life(folder, tmp_path):
    run("--ip-version=6", "--rules=client->server: drop 1st SYN", f"--output={folder}")
    assert path_of(folder, "client") == ["T02", "T08", "T21", "T26", "T30"]
    segments = rows(folder, "segments.csv")
    assert {r["remote"] for r in segments if r["host"] == "client"} == {"[2001:db8:0:1::1]:80"}
    lost = [r for r in segments if r["event"] == "lost"]
    assert [r["flags"] for r in lost] == ["S"]
    hosts = json.loads((folder / "manifest.json").read_text())["hosts"]
    assert [h["addresses"] for h in hosts] == [["2001:db8:0:1::2"], ["2001:db8:0:1::1"]]


def counterfactuals(folder) -> list[str]:
    stacks = json.loads((folder / "manifest.json").read_text())["stacks"]
    return sorted({name for stack in stacks for name in stack["counterfactuals"]})


def test_two_way_handshake_gets_stuck_where_its_syn_ack_is_lost(folder):
    """Covers T53."""
    assert run(f"--output={folder}", "--two-way-handshake", "--syn-retries=3", "--stop=60s",
               "--rules=server->client: drop 1st SYN-ACK").returncode == 0
    assert counterfactuals(folder) == ["two-way handshake"]
    assert path_of(folder, "server") == ["T53"]  # ESTABLISHED for ever
    assert path_of(folder, "client") == ["T02", "T43.SS"]


def test_time_wait_of_half_an_msl(folder):
    """Covers T30."""
    assert run(f"--output={folder}", "--time-wait-factor=0.5", "--msl=20s").returncode == 0
    assert counterfactuals(folder) == ["TIME-WAIT of other than two MSL"]
    client = [r for r in rows(folder, "transitions.csv") if r["host"] == "client"]
    entered, left = (next(float(r["time_s"]) for r in client if r[way] == "TIME-WAIT") for way in ("to", "from"))
    assert left - entered == pytest.approx(10, abs=1e-9)


def test_a_standard_run_names_no_counterfactual(folder):
    assert run(f"--output={folder}", "--preset=linux").returncode == 0
    assert counterfactuals(folder) == []


# ---- what the folder states


def captured(captures) -> int:
    """How many TCP segments tshark reads in captures, of which none may be cut."""
    merged = subprocess.run(["mergecap", "-w", "-", *captures], capture_output=True, check=True)
    told = subprocess.run(["tshark", "-r", "-", "-Y", "tcp"], input=merged.stdout, capture_output=True, check=True)
    return len(told.stdout.splitlines())


def assert_captures_hold_what_segments_tell(folder, hosts):
    segments = rows(folder, "segments.csv")
    assert segments
    for host, captures in hosts.items():
        passed = sum(r["host"] == host and r["event"] in ("tx", "rx") for r in segments)
        assert captured(captures) == passed > 0, host


@pytest.mark.parametrize("connections", [1, 599])
@needs_tshark
def test_captures_are_whole_and_hold_what_segments_tell(folder, connections):
    assert run(f"--output={folder}", f"--connections={connections}", "--msl=1s", "--record=segments,pcap").returncode == 0
    assert_captures_hold_what_segments_tell(
        folder, {"client": [folder / "client.pcap"], "server": [folder / "server-to-client.pcap"]})


def test_a_host_with_several_addresses_states_each(folder):
    assert run(f"--output={folder}", "--clients=3", "--connections=3", "--msl=1s").returncode == 0
    hosts = {h["name"]: h["addresses"] for h in json.loads((folder / "manifest.json").read_text())["hosts"]}
    assert [len(hosts[name]) for name in ("client-1", "client-2", "client-3", "server")] == [1, 1, 1, 3]
    there = {end.rpartition(":")[0] for r in rows(folder, "segments.csv") for end in (r["local"], r["remote"])}
    assert there == {address for addresses in hosts.values() for address in addresses}


def test_timers_are_recorded_as_events(folder):
    """Covers R-62: the lost last ACK makes the FIN come again, which restarts 2 MSL."""
    assert run(f"--output={folder}", "--msl=15s", "--rules=client->server: drop 1st ACK-of-FIN").returncode == 0
    events = [(r["event"], r["expires_s"]) for r in rows(folder, "timers.csv") if (r["host"], r["timer"]) == ("client", "time-wait")]
    assert [event for event, _ in events] == ["armed", "restarted", "expired"]
    armed, restarted, expired = (expires for _, expires in events)
    assert float(restarted) == pytest.approx(float(armed) + 1, abs=0.1) and expired == ""


def test_rules_that_decided_stand_beside_what_arrived(folder):
    assert run(f"--output={folder}", "--record=segments,rules").returncode == 0
    segments = rows(folder, "segments.csv")
    assert all(bool(r["rules"]) == (r["event"] == "rx") for r in segments)
    assert next(r for r in segments if r["host"] == "server" and r["event"] == "rx")["rules"] == "P07"
    wrong = run(f"--output={folder}", "--force", "--record=rules")
    assert wrong.returncode == 2 and "only be recorded with 'segments'" in wrong.stderr


def test_a_listener_has_a_row_of_its_own(folder):
    assert run(f"--output={folder}", "--hold=10s", "--fault-host=server", "--reboot-at=5s", "--stop=20s").returncode == 0
    listeners = [r for r in rows(folder, "connections.csv") if r["role"] == "listener"]
    assert [(r["host"], r["remote"], r["closed_s"], r["reason"]) for r in listeners] == [
        ("server", "*", "5.000000000", "crash"), ("server", "*", "", "open")]


def test_connections_of_stock_tcp_are_numbered_at_their_host(folder):
    assert run(f"--output={folder}", "--stack=stock", "--clients=3", "--connections=6", "--msl=1s").returncode == 0
    numbers = {host: sorted(int(r["connection"]) for r in connections(folder, host)) for host in ("client-1", "client-3", "server")}
    assert numbers == {"client-1": [1, 2], "client-3": [1, 2], "server": [1, 2, 3, 4, 5, 6]}


def test_a_run_ends_with_the_few_numbers_that_matter(folder):
    told = run(f"--output={folder}", "--connections=3", "--msl=1s").stderr
    assert "  client: 3 opened, 3 established, 3 ended normal, 3 at most in TIME-WAIT" in told, told
