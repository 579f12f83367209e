"""The small programs of examples/, one for each classic question: each prints the answer."""

import subprocess

import pytest

import programs

LINES_AT_MOST = {"lifecycle-minimal": 40, "lifecycle-time-wait": 60, "lifecycle-keepalive": 60, "lifecycle-refused": 60,
                 "lifecycle-simultaneous-open": 60, "lifecycle-last-ack": 60, "lifecycle-syn-flood": 60,
                 "lifecycle-stale-syn": 60, "lifecycle-half-close": 60, "lifecycle-ports": 60,
                 "lifecycle-blind-reset": 60}  # fmt: skip


def lines_of(name: str, *options: str, cwd=None) -> list[str]:
    """What the program prints; it must succeed."""
    program = programs.program(name)
    assert program.exists(), f"{program} is missing; ./lab test builds it"
    result = subprocess.run([str(program), *options], cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout.splitlines()


@pytest.mark.parametrize("name", LINES_AT_MOST)
def test_program_is_short(name):
    source = (programs.ROOT / "examples" / name / "main.cc").read_text(encoding="ascii")
    assert source.count("\n") <= LINES_AT_MOST[name]


def test_minimal_program_leaves_a_run_folder(tmp_path):
    assert lines_of("lifecycle-minimal", cwd=tmp_path) == []
    table = (tmp_path / "my-run" / "connections.csv").read_text(encoding="utf-8").splitlines()
    ended = [line.split(",") for line in table[1:] if ",normal," in line]
    assert sorted(row[9:11] for row in ended) == [["0", "20000"], ["20000", "0"]]  # octets_sent, octets_received
    assert sum(int(row[11]) for row in ended) == 1  # the segment that was lost
    lines_of("lifecycle-minimal", cwd=tmp_path)  # over the first


def test_an_application_of_ones_own(tmp_path):
    assert lines_of("lifecycle-ticker", "--listen=false", cwd=tmp_path) == ["nobody listens"]
    assert lines_of("lifecycle-ticker", cwd=tmp_path) == []
    table = (tmp_path / "ticker" / "segments.csv").read_text(encoding="utf-8").splitlines()
    sent = [line.split(",") for line in table if ",tx," in line and ",P.," in line]
    assert [row[10] for row in sent] == ["1"] * 5  # len
    assert [float(row[0]) - float(sent[0][0]) for row in sent] == pytest.approx(range(5))
    ended = (tmp_path / "ticker" / "connections.csv").read_text(encoding="utf-8")
    assert ended.count(",normal,") == 2 and ",5,0,0,self" in ended


def test_time_wait_holds_what_is_closed_in_2_msl():
    """Covers E08: lambda * 2 MSL."""
    *lines, theory = lines_of("lifecycle-time-wait")
    waiting = {int(line.split(" s: ")[0]): int(line.split(" s: ")[1]) for line in lines}
    assert theory.startswith("theory: 500 ")
    assert [waiting[second] for second in (15, 20, 25, 30)] == [500] * 4
    assert waiting[45] == 0


@pytest.mark.parametrize(
    ("options", "end", "reason"),
    [
        ((), 60 + 5 * 10, "keepalive"),
        (("--reboot",), 60, "reset"),
    ],
)
def test_keepalive_ends_what_has_no_peer(options, end, reason):
    """Covers E12: I + n * J after the last segment heard."""
    (line,) = lines_of("lifecycle-keepalive", *options)
    assert line.endswith(f" the connection has ended: {reason}")
    assert float(line.split("s ")[0]) == pytest.approx(end, abs=0.1)


def test_refusal_is_noticed_after_a_round_trip():
    ours, stock = lines_of("lifecycle-refused")
    assert ours.startswith("tcp-lifecycle: connection failed after +0.02")
    assert stock == "ns-3: connection failed after +189s"


def test_simultaneous_open_makes_one_connection_of_four_segments():
    lines = lines_of("lifecycle-simultaneous-open")
    assert sorted(line.split(" ", 1)[1] for line in lines) == sorted(
        f"{host} {event}"
        for host in "AB"
        for event in ("is SYN-SENT", "sends [S]", "is SYN-RECEIVED", "sends [S.]", "is ESTABLISHED")
    )


def test_opens_that_do_not_cross_are_refused():
    lines = lines_of("lifecycle-simultaneous-open", "--later=20ms")
    assert sum(line.endswith("CLOSED") for line in lines) == 2
    assert not any("ESTABLISHED" in line for line in lines)


def test_lost_last_ack_restarts_time_wait():
    lines = [line.split("s ", 1) for line in lines_of("lifecycle-last-ack")]
    at = {event: float(time) for time, event in lines}
    assert [event for _, event in lines][-3:] == ["client sends [.] ack", "server is CLOSED", "client is CLOSED"]
    assert at["server sends [F.] retransmission"] == pytest.approx(at["server is LAST-ACK"] + 1, abs=0.001)
    assert at["client is CLOSED"] == pytest.approx(at["client sends [.] ack"] + 240, abs=0.01)
    kept = lines_of("lifecycle-last-ack", "--lost=false")
    assert not any("retransmission" in line for line in kept)


def test_cookies_let_honest_clients_through_a_flood():
    """Covers E14: Erlang-B(64, 20/s * 7 s) refuses 54.7 % of 100; within 4 standard deviations."""
    off, on = lines_of("lifecycle-syn-flood")
    assert on == "cookies on-overflow: 100 of 100 connected"
    assert off.startswith("cookies off: ") and off.endswith(" of 100 connected")
    assert 25 <= int(off.split()[2]) <= 65


def states_of(lines: list[str]) -> dict[str, float]:
    """When who came to be what: `server is LAST-ACK`; the last time counts."""
    return {event: float(time) for time, event in (line.split("s ", 1) for line in lines if line.startswith("+"))}


@pytest.mark.parametrize(
    ("options", "seconds", "end", "left"),
    [
        ((), 0.02, "LISTEN: seg RST", 0),  # a round trip, and the client resets
        (("--silent",), 243, "LISTEN: timer R2", 0),  # R + 2R + 4R + ... with R = 1 s, 60 s at most
        (("--two-way",), 0.02, "CLOSED: seg RST", 0),
        (("--silent", "--two-way"), None, None, 1),  # open for ever
    ],
)
def test_a_stale_syn_leaves_what_the_handshake_ends(options, seconds, end, left):
    """Covers E01, E18."""
    *lines, after = lines_of("lifecycle-stale-syn", *options)
    assert after == f"after an hour: {left} open"
    child = "ESTABLISHED" if "--two-way" in options else "SYN-RECEIVED"
    at = states_of(lines[1:])  # the first is the passive OPEN
    assert list(at) == [f"server is {child}: seg SYN", *([f"server is {end}"] if end else [])]
    if end:
        assert at[f"server is {end}"] - at[f"server is {child}: seg SYN"] == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize("octets", [10**8, 10**6])
def test_half_close_lasts_as_long_as_the_server_sends(octets):
    lines = lines_of("lifecycle-half-close", f"--octets={octets}")
    assert lines[-1] == f"client has received {octets} octets"
    assert "server has received 100 octets" in lines
    at = states_of(lines)
    assert at["client is FIN-WAIT-1"] < at["server is CLOSE-WAIT"] < at["client is FIN-WAIT-2"] < at["server is LAST-ACK"]
    sending = at["client is TIME-WAIT"] - at["server is CLOSE-WAIT"]
    assert sending > octets * 8 / 100e6  # all of it came when the server had the FIN, over the link's 100 Mbps


@pytest.mark.parametrize(
    ("rate", "opened"),
    [
        (50, {5: 100, 10: 100, 15: 200, 20: 200, 25: 300, 30: 300}),
        (9, {5: 45, 10: 90, 15: 135, 20: 180, 25: 225, 30: 270}),  # less than P / 2 MSL: none fails
    ],
)
def test_ports_run_out_above_p_by_2_msl(rate, opened):
    """Covers E09: the ports are gone after 100 / rate, and come back 2 MSL = 10 s after each connection."""
    *lines, theory = lines_of("lifecycle-ports", f"--rate={rate}")
    assert theory == "theory: 10 a second for long"
    assert {int(line.split(" s: ")[0]): int(line.split(" s: ")[1]) for line in lines} == opened


@pytest.mark.parametrize(("options", "challenges", "left"), [((), 1, 1), (("--rfc793",), 0, 0)])
def test_a_reset_that_is_not_exact_is_challenged(options, challenges, left):
    """Covers E16, R-34: RFC 5961 3.2, against RFC 793."""
    lines = [line for line in lines_of("lifecycle-blind-reset", *options) if not line.endswith("[S.] new")]
    assert [line.split(" ", 1)[1] for line in lines] == [
        "with rcv.nxt-1: 1 open",
        *["server sends [.] challenge-ack"] * challenges,
        f"with rcv.nxt+100: {left} open",
        "with rcv.nxt: 0 open",
    ]
