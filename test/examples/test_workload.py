"""What connections do and when they are opened: the workload options of lifecycle-run."""

import json
import math

import pytest

from programs import files, run
from test_runs import connections, metric, path_of, rows


def segments(folder, host: str) -> list[dict]:
    return [r for r in rows(folder, "segments.csv") if r["event"] == "tx" and r["host"] == host]


# ---- opening


def test_simultaneous_open_is_one_connection_in_four_segments(folder):
    """Covers E17, T09, R-17: both ends from SYN-SENT to ESTABLISHED, 2 delays from the start."""
    options = ["--open=simultaneous", "--request-size=10", "--msl=1s"]
    assert run(f"--output={folder}", *options).returncode == 0
    for host in ("client", "server"):
        assert path_of(folder, host)[:3] == ["T02", "T09", "T12"]
        (connection,) = connections(folder, host)
        assert connection["role"] == "active" and connection["reason"] == "normal"
        assert float(connection["established_s"]) == pytest.approx(0.02, abs=1e-3)
    handshake = [r["flags"] for host in ("client", "server") for r in segments(folder, host)][:2]
    assert handshake == ["S", "S."]


@pytest.mark.parametrize(("client", "server", "simultaneous"),
                         [("0s", "9ms", True), ("9ms", "0s", True), ("0s", "11ms", False), ("11ms", "0s", False)])
def test_opens_cross_only_within_the_delay(folder, client, server, simultaneous):
    """Covers E17: outside the delay the first SYN meets CLOSED and is reset."""
    options = ["--open=simultaneous", f"--open-delay={client}", f"--open-delay-server={server}", "--stop=60ms"]
    assert run(f"--output={folder}", *options).returncode == 0
    assert ("T09" in path_of(folder, "client") and "T09" in path_of(folder, "server")) == simultaneous
    refused = [r["reason"] for h in ("client", "server") for r in connections(folder, h)].count("refused")
    assert (refused > 0) == (not simultaneous)


def test_exponential_opens_cross_as_often_as_theory_says(folder):
    """Covers E17: P = 1 - exp(-lambda * delta)."""
    start = "ns3::ExponentialRandomVariable[Mean=0.02]"
    options = ["--open=simultaneous", f"--open-delay={start}", f"--open-delay-server={start}", "--connections=2000",
               "--msl=10ms", "--record=transitions", "--link-rate=10Gbps", "--response-size=1"]
    assert run(f"--output={folder}", *options).returncode == 0
    crossed = path_of(folder, "client").count("T09")
    p = 1 - math.exp(-0.01 / 0.02)
    assert crossed == pytest.approx(2000 * p, abs=4 * math.sqrt(2000 * p * (1 - p)))


# ---- closing


def test_crossing_closes_are_as_frequent_as_theory_says(folder):
    """Covers E04: each end closes after a hold time of its own; P(simultaneous) = 1 - exp(-lambda * delta)."""
    options = ["--close-first=both", "--hold=ns3::ExponentialRandomVariable[Mean=0.02]", "--rate=1000",
               "--duration=2s", "--msl=10ms", "--record=transitions", "--response-size=1"]
    assert run(f"--output={folder}", *options).returncode == 0
    crossed = path_of(folder, "client").count("T25")
    n, p = path_of(folder, "client").count("T08"), 1 - math.exp(-0.01 / 0.02)
    assert n > 1990 and crossed == pytest.approx(n * p, abs=4 * math.sqrt(n * p * (1 - p)))


def test_close_delay_makes_four_segments_of_three(folder):
    """Covers E04: the passive end closes X after the FIN; its ACK waits at most FinAckDelay."""
    fins = {}
    for delay in ("0s", "50ms"):
        assert run(f"--output={folder}", "--force", f"--close-delay={delay}", "--msl=1s").returncode == 0
        fin = next(i for i, r in enumerate(rows(folder, "segments.csv")) if r["event"] == "tx" and "F" in r["flags"])
        fins[delay] = sum(r["event"] == "tx" for r in rows(folder, "segments.csv")[fin:])
    assert fins == {"0s": 3, "50ms": 4}


def test_who_closes_first_is_drawn(folder):
    """Covers E07: TIME-WAIT is where the first close was."""
    options = ["--rate=200", "--arrivals=poisson", "--duration=60s", "--msl=1s", "--close-first=server",
               "--close-first-probability=0.25", "--record=connections"]
    assert run(f"--output={folder}", *options).returncode == 0
    own = [r["closed_first"] == "self" for r in connections(folder, "server")]
    assert sum(own) == pytest.approx(0.25 * len(own), abs=4 * math.sqrt(len(own) * 0.25 * 0.75))
    for host, share in (("server", 0.25), ("client", 0.75)):
        mean = metric(folder, "time-wait-mean", host)
        assert mean["value"] == pytest.approx(share * 400, rel=0.1)


# ---- talking


def test_several_requests_with_thinking_between(folder):
    options = ["--requests=3", "--think=1s", "--request-size=10", "--response-size=20", "--msl=1s"]
    assert run(f"--output={folder}", *options).returncode == 0
    asked = [float(r["time_s"]) for r in segments(folder, "client") if r["len"] == "10"]
    assert [round(b - a, 1) for a, b in zip(asked, asked[1:])] == [1.0, 1.0]
    (server,) = connections(folder, "server")
    assert (server["octets_sent"], server["octets_received"]) == ("60", "30")


def test_server_that_speaks_first(folder):
    """Covers E03, E15: the first data comes from the server, before any request."""
    assert run(f"--output={folder}", "--server-first", "--requests=2", "--msl=1s").returncode == 0
    data = [(r["host"], r["len"]) for r in rows(folder, "segments.csv") if r["event"] == "tx" and r["len"] != "0"]
    assert data == [("server", "1000"), ("client", "100"), ("server", "1000"), ("client", "100")]
    # The third ACK lost: a client that speaks first repairs that at once, this one not.
    lost = "--rules=client->server: drop 1st ACK"
    assert run(f"--output={folder}", "--force", "--server-first", lost, "--msl=1s").returncode == 0
    (connection,) = connections(folder, "server")
    assert float(connection["established_s"]) > 1


def test_octets_that_probe_a_zero_window_are_sent_too(folder):
    """R-84: a probe carries the next octet of the text."""
    full = ["--request-size=50000", "--receive-buffer=1000", "--read-delay=5s", "--msl=1s"]
    assert run(f"--output={folder}", *full).returncode == 0
    assert any(r["reason"] == "probe" for r in segments(folder, "client"))
    (client,) = connections(folder, "client")
    assert (client["octets_sent"], client["octets_received"]) == ("50000", "1000")


def test_drawn_sizes_are_agreed_by_both_ends(folder):
    options = ["--connections=200", "--request-size=ns3::UniformRandomVariable[Min=0|Max=5000]",
               "--response-size=ns3::ParetoRandomVariable[Scale=100|Shape=1.5|Bound=100000]", "--msl=1s"]
    assert run(f"--output={folder}", *options, "--queue=100000").returncode == 0
    client, server = (connections(folder, host) for host in ("client", "server"))
    assert {r["reason"] for r in client + server} == {"normal"}
    assert len({r["octets_sent"] for r in client}) > 150 and len({r["octets_sent"] for r in server}) > 100
    assert sum(int(r["octets_sent"]) for r in client) == sum(int(r["octets_received"]) for r in server)


def test_accepts_are_bounded_and_the_queue_overflows(folder):
    """One accept in 100 ms: of 50 at once, 8 wait and the others' last ACKs are ignored or reset."""
    options = ["--connections=50", "--accept-time=100ms", "--accept-queue-limit=8", "--stop=10s",
               "--abort-on-overflow", "--record=connections,transitions"]
    assert run(f"--output={folder}", *options).returncode == 0
    assert metric(folder, "accept-queue-max", "server")["value"] == 8
    assert metric(folder, "accept-resets", "server")["value"] == 41
    (first, *_) = [r for r in connections(folder, "server") if r["reason"] == "normal"]
    last = [r for r in connections(folder, "server") if r["reason"] == "normal"][-1]
    assert float(last["closed_s"]) - float(first["closed_s"]) == pytest.approx(0.8, abs=0.05)


def test_server_that_does_not_read_closes_the_window(folder):
    """Covers E18: probes into a zero window until the server reads; nothing is lost."""
    options = ["--request-size=200000", "--receive-buffer=20000", "--read-delay=20s", "--msl=1s"]
    assert run(f"--output={folder}", *options).returncode == 0
    assert [r for r in segments(folder, "client") if r["reason"] == "probe"]
    (server,) = connections(folder, "server")
    assert server["octets_received"] == "200000" and float(server["closed_s"]) > 20


# ---- faults


def test_exit_with_unread_data_resets(folder):
    """RFC 9293 3.6.1: the data is lost, so the peer must hear of it."""
    options = ["--request-size=1000", "--read-delay=50s", "--exit-at=5s"]
    assert run(f"--output={folder}", *options).returncode == 0
    assert [float(r["time_s"]) for r in segments(folder, "server") if "R" in r["flags"]][0] == 5
    (client,) = connections(folder, "client")
    assert client["reason"] == "reset"


def test_exit_closes_and_later_opens_are_refused(folder):
    options = ["--rate=1", "--duration=10s", "--hold=100s", "--exit-at=4.5s", "--msl=1s"]
    assert run(f"--output={folder}", *options).returncode == 0
    reasons = [r["reason"] for r in connections(folder, "client")]
    assert (reasons.count("normal"), reasons.count("refused")) == (4, 5)


def test_quiet_time_after_a_reboot(folder):
    """Covers R-15: the server listens again only when its quiet time is over."""
    options = ["--rate=1", "--duration=20s", "--reboot-at=4.5s", "--quiet-time=10s", "--msl=1s"]
    assert run(f"--output={folder}", *options).returncode == 0
    refused = [float(r["opened_s"]) for r in connections(folder, "client") if r["reason"] == "refused"]
    assert refused == [float(s) for s in range(5, 15)]


def test_instant_of_an_outage_is_drawn(folder):
    begins = set()
    for number in (1, 2, 3):
        options = ["--outage-at=ns3::UniformRandomVariable[Min=1|Max=9]", "--outage-duration=1s", f"--run={number}",
                   "--requests=1000", "--think=10ms", "--stop=10s", "--force"]
        assert run(f"--output={folder}", *options).returncode == 0
        lost = [float(r["time_s"]) for r in rows(folder, "segments.csv") if r["event"] == "lost"]
        assert 1 <= lost[0] and lost[-1] <= 10
        begins.add(lost[0])
    assert len(begins) == 3


# ---- arrivals


def test_arrivals_from_a_file(folder, tmp_path):
    times = tmp_path / "times.txt"
    times.write_text("# opened at\n0.5\n\n1.25  # two at once\n1.25\n")
    assert run(f"--output={folder}", "--arrivals=file", f"--arrivals-file={times}", "--msl=1s").returncode == 0
    assert [r["opened_s"] for r in connections(folder, "client")] == ["0.500000000", "1.250000000", "1.250000000"]
    for text, sentence in (("1\nx\n", f"'{times}', line 2: 'x' is not allowed"), ("2\n1\n", "line 2: '1' is before")):
        times.write_text(text)
        result = run(f"--output={folder}2", "--arrivals=file", f"--arrivals-file={times}")
        assert result.returncode == 2 and sentence in result.stderr and result.stderr.count("\n") == 1
    result = run(f"--output={folder}2", "--arrivals=file", "--arrivals-file=/nowhere")
    assert result.returncode == 2 and result.stderr == "lifecycle-run: --arrivals-file: '/nowhere' cannot be read.\n"


def test_mmpp_has_its_mean_rate_and_is_burstier_than_poisson(folder):
    """Mean rate (r1 q + r2 b) / (q + b); index of dispersion of counts above 1."""
    options = ["--arrivals=mmpp", "--rate=10", "--burst-rate=110", "--quiet-length=1s", "--burst-length=250ms",
               "--duration=400s", "--record=connections", "--msl=10ms"]
    assert run(f"--output={folder}", *options).returncode == 0
    opened = [float(r["opened_s"]) for r in connections(folder, "client")]
    assert len(opened) == pytest.approx(400 * 30, rel=0.15)
    counts = [0] * 400
    for at in opened:
        counts[int(at)] += 1
    mean = sum(counts) / 400
    assert sum((n - mean) ** 2 for n in counts) / 399 / mean > 5


# ---- what goes for all of them


def test_drawn_runs_repeat_with_the_seed(folder, tmp_path):
    draw = "ns3::ExponentialRandomVariable[Mean=0.1]"
    options = ["--clients=3", "--connections=30", f"--hold={draw}", f"--think={draw}", f"--close-delay={draw}",
               "--requests=ns3::UniformRandomVariable[Min=1|Max=4]", f"--accept-time={draw}", "--msl=1s",
               "--close-first-probability=0.5"]
    again = tmp_path / "again"
    assert run(f"--output={folder}", *options).returncode == 0
    assert run(f"--output={again}", *options).returncode == 0
    assert files(folder) == files(again)
    assert json.loads((folder / "manifest.json").read_text())["parameters"]["hold"] == draw
    assert run(f"--output={again}", "--force", "--run=2", *options).returncode == 0
    assert files(folder)["segments.csv"] != files(again)["segments.csv"]


def test_stock_tcp_does_the_same_work(folder):
    options = ["--stack=stock", "--requests=2", "--think=1s", "--server-first", "--msl=1s", "--close-delay=10ms"]
    assert run(f"--output={folder}", *options).returncode == 0
    assert [r["reason"] for r in connections(folder, "client")] == ["normal"]


@pytest.mark.parametrize(("options", "sentence"), [
    (["--hold=ns3::ExponentialRandomVariable[Moan=1]"], "--hold: 'ns3::ExponentialRandomVariable[Moan=1]' is not allowed; "
     "allowed is a time from 0s to"),
    (["--hold=ns3::Node"], "or a random variable in seconds such as ns3::"),
    (["--hold=0.5"], "--hold: '0.5' is not allowed"),
    (["--requests=0"], "--requests: '0' is not allowed; allowed is a whole number from 1"),
    (["--requests=ns3::UniformRandomVariable[Min=x]"], "--requests: 'ns3::UniformRandomVariable[Min=x]' is not"),
    (["--think=1s"], "--think needs --requests=N from 2"),
    (["--open-delay=1s"], "need --open=simultaneous"),
    (["--open=simultaneous", "--accept-time=1s"], "--accept-time is not allowed with --open=simultaneous"),
    (["--stack=stock", "--accept-time=1s"], "--stack=stock, which has no accept queue"),
    (["--close-first=both", "--close-first-probability=0.5"], "--close-first-probability: '0.5' is not allowed with"),
    (["--half-close", "--requests=2"], "--half-close: the client closes after its one request"),
    (["--arrivals=mmpp", "--duration=1s"], "--arrivals='mmpp' needs --burst-rate"),
    (["--arrivals=mmpp", "--burst-rate=0.1", "--burst-length=1us", "--duration=1s"],
     "--arrivals='mmpp' means 1e-07 connections in a quiet length and a burst length; allowed is one in a million"),
    (["--burst-rate=5"], "--burst-rate=5 needs --arrivals=mmpp"),
    (["--arrivals=file"], "--arrivals='file' needs --arrivals-file"),
    (["--arrivals-file=x"], "--arrivals-file: 'x' needs --arrivals=file"),
    (["--arrivals=file", "--arrivals-file=/dev/null", "--rate=1"], "the file says when and how many"),
    (["--quiet-time=5s"], "--quiet-time=5s needs --reboot-at"),
])
def test_what_does_not_go_together_is_refused(folder, options, sentence):
    result = run(f"--output={folder}", *options)
    assert result.returncode == 2 and sentence in result.stderr, result.stderr
    assert result.stderr.count("\n") == 1 and not folder.exists()
