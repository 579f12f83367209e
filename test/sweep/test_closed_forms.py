"""Closed forms against the sample numbers of doc/requirements.md, section 6, and against small cases by hand; their conditions."""

from __future__ import annotations

import random
import sys

import pytest
from sweeping import PROGRAM, ROOT, SMALL

sys.path.insert(0, str(ROOT))
from analysis.base import closed_forms  # noqa: E402
from analysis.base.program import Program  # noqa: E402
from analysis.base.theory import CLOSED_FORMS, OF_METRIC, theory_of  # noqa: E402
from analysis.sweep.expression import Expression  # noqa: E402
from analysis.sweep.statistics import interval, misses_by_chance  # noqa: E402


@pytest.fixture(scope="module")
def at():
    """Values of all options, the defaults but for those given."""
    program = Program.ask(PROGRAM)

    def make(**given):
        texts = program.defaults("rfc9293")
        return {name: given.get(name.replace("-", "_"), program.options[name].value(text)) for name, text in texts.items()}

    return make


def test_occupancy_without_loss_is_littles_law(at):
    assert closed_forms.time_wait_occupancy(at(rate=100, msl=120)) == pytest.approx(24000)
    assert closed_forms.time_wait_occupancy(at(rate=100, msl=30, clients=2)) == pytest.approx(3000)


def test_restart_extension_by_hand(at):
    # r0 = 1 s: a second FIN comes after 1 s if the ACK was lost; a third, 2 s later, finds TIME-WAIT of 2 s over.
    assert closed_forms.restart_extension_s(at(loss_to_server=0.1, msl=1)) == pytest.approx(0.1)
    # TIME-WAIT of 4 s is still there: 1 s, then 2 s more; the fourth, 4 s later, comes too late.
    assert closed_forms.restart_extension_s(at(loss_to_server=0.1, msl=2)) == pytest.approx(0.1 * 1 + 0.01 * 2)
    assert closed_forms.restart_extension_s(at(loss_to_server=0.1, msl=2, time_wait_restart=False)) == 0


def test_restart_extension_against_a_simulation_of_its_own(at):
    p = at(loss_to_server=0.2, loss_to_client=0.3, msl=4)
    draw = random.Random(1)

    def one() -> float | None:
        """From the first FIN that arrives to the last that arrives in time."""
        first = last = None
        time, gap = 0.0, 1.0
        for _ in range(p["data-retries"] + 1):
            if draw.random() >= 0.3:
                if last is not None and time - last >= 8:
                    break
                first, last = time if first is None else first, time
                if draw.random() >= 0.2:
                    break
            time, gap = time + gap, gap * 2
        return None if first is None else last - first

    found = [x for x in (one() for _ in range(200_000)) if x is not None]
    mean, half = interval(found, 0.999)
    assert abs(closed_forms.restart_extension_s(p) - mean) < half < 0.03 * mean


def test_connect_latency_of_e03(at):
    assert closed_forms.connect_latency(at(loss=0.1, delay=0.025, strict_repeated_syn=True)) == pytest.approx(0.300)
    assert CLOSED_FORMS["connect-latency"].value(at(loss=0.1, delay=0.025)) is None  # another server


@pytest.mark.parametrize(("lasts", "rto", "loss", "expected"), [
    (240, 1, 0.1, 8.9e-7), (60, 0.2, 0.3, 1.4e-3), (60, 1, 0.01, 3.1e-11), (30, 1, 0.1, 1.3e-4), (1, 0.2, 0.3, 7.8e-2),
])  # fmt: skip
def test_never_acknowledged_of_e05(at, lasts, rto, loss, expected):
    p = at(msl=lasts / 2, min_rto=rto, loss=loss, time_wait_restart=False, data_retries=15)
    assert closed_forms.never_acknowledged(p) == pytest.approx(expected, rel=0.05)


def test_erlang_b_of_e14():
    assert closed_forms.erlang_b(128, 630) == pytest.approx(0.797, abs=5e-4)
    assert closed_forms.erlang_b(256, 630) == pytest.approx(0.595, abs=5e-4)
    assert closed_forms.erlang_b(1, 1) == pytest.approx(0.5)


def test_port_exhaustion_is_littles_law_while_ports_last(at):
    assert closed_forms.port_exhaustion(at(rate=100, msl=30, delay=0.0)) == pytest.approx(6000)
    assert closed_forms.port_exhaustion(at(rate=10000, msl=30, delay=0.0)) == pytest.approx(64512, rel=1e-3)


def test_keepalive_of_e12_and_e13(at):
    linux = {"keep_idle": 7200, "keep_interval": 75, "keep_count": 9, "delay": 0.0}
    assert closed_forms.keepalive_detection(at(**linux)) == pytest.approx(4275)
    # One probe decides: killed with probability l after each idle time.
    one = at(keep_idle=10, keep_interval=5, keep_count=1, delay=0.5, loss_to_server=0.2)
    assert closed_forms.keepalive_false_alarm(one) == pytest.approx(10 + 5 + 4 * 11)
    assert closed_forms.keepalive_false_alarm(at(**linux)) is None


def test_interval_is_students(at):
    mean, half = interval([1, 2, 3, 4, 5], 0.95)
    assert (mean, half) == (pytest.approx(3), pytest.approx(2.776445 * (2.5 / 5) ** 0.5))
    assert interval([2.0], 0.95)[1] != interval([2.0], 0.95)[1]  # not a number


def test_misses_by_chance():
    assert misses_by_chance(100, 0.99) == 5
    assert misses_by_chance(0, 0.99) == 0


@pytest.mark.parametrize(("text", "value"), [
    ("2 * msl + 1min", 80.0), ("120 / rate", 30.0), ("rate ** 2 - 1", 15), ("max(msl, 250ms) >= 10s and not rate == 3", True),
    ("ip-version == '4'", True), ("rate in (2, 4)", True), ("1e3 * 2", 2000.0), ("keep-alive", False),
])  # fmt: skip
def test_expressions(text, value):
    assert Expression(text)({"msl": 10.0, "rate": 4, "ip-version": "4", "keep-alive": False}) == value


def test_an_expression_without_value_says_for_what():
    with pytest.raises(Exception, match=r"'1 / rate' has no value \(division by zero\) for rate = 0"):
        Expression("1 / rate")({"rate": 0})


TIME_WAIT = {"rate": 100, "msl": 120, "duration": 2000}
PORTS = {**TIME_WAIT, "arrivals": "poisson"}
LATENCY = {"strict_repeated_syn": True}
ACKNOWLEDGED = {"loss": 0.1, "time_wait_restart": False}
IDLE = {"keep_alive": True, "close_first": "nobody"}
DETECTION = {**IDLE, "crash_at": 100}
ALARM = {**IDLE, "loss": 0.1}
FULFILLED = [("time-wait-occupancy", TIME_WAIT), ("port-exhaustion", PORTS), ("connect-latency", LATENCY),
             ("never-acknowledged", ACKNOWLEDGED), ("keepalive-detection", DETECTION), ("keepalive-false-alarm", ALARM)]  # fmt: skip


@pytest.mark.parametrize(("form", "given"), FULFILLED)
@pytest.mark.parametrize(("beyond", "why"), [
    ({"loss_gemodel": "0.1,0.5"}, "the link only delays"), ({"loss_state_to_server": "0.1"}, "the link only delays"),
    ({"loss_correlation": 0.5}, "the link only delays"), ({"corrupt_to_client": 0.1}, "the link only delays"), ({"duplicate": 0.1}, "the link only"),
    ({"jitter": 0.001, "distribution": "pareto"}, "the link only delays"), ({"rules": "any: drop 1st FIN"}, "no segment has a rule"),
    ({"stack": "stock"}, "not ns-3's own"), ({"inject": "x"}, "no segment is injected"), ({"outage_duration": 1}, "the link has no outage"),
    ({"listen": False}, "the server listens"),
])  # fmt: skip
def test_theory_says_nothing_about_a_network_that_it_does_not_model(at, form, given, beyond, why):
    form = CLOSED_FORMS[form]
    assert form.value(at(**given)) is not None and form.why_not(at(**given)) == ""
    assert form.value(at(**given, **beyond)) is None and why in form.why_not(at(**given, **beyond))
    interrupted = {**at(**given), "interrupted": True}
    assert form.value(interrupted) is None and form.why_not(interrupted) == "it assumes that the run was not interrupted"


RANDOM = "ns3::ExponentialRandomVariable[Mean=1]"


@pytest.mark.parametrize(("form", "given", "why"), [
    ("port-exhaustion", {**PORTS, "hold": RANDOM}, "the hold time is a number"), ("port-exhaustion", {**PORTS, "loss": 0.1}, "nothing is lost"),
    ("port-exhaustion", TIME_WAIT, "arrivals are Poisson"),
    ("port-exhaustion", {**PORTS, "close_first": "server"}, "the client closes each connection first"),
    ("time-wait-occupancy", {**TIME_WAIT, "close_first": "server"}, "this host closes connections first"),
    ("time-wait-occupancy", {**TIME_WAIT, "close_first": "both"}, "an end is named that closes"),
    ("time-wait-occupancy", {**TIME_WAIT, "arrivals": "mmpp"}, "at a steady rate"),
    ("time-wait-occupancy", {**TIME_WAIT, "time_wait_limit": 200}, "any number of connections may be in TIME-WAIT"),
    ("time-wait-occupancy", {**TIME_WAIT, "linger_zero": True}, "closed, not aborted"),
    ("time-wait-occupancy", {**TIME_WAIT, "crash_at": 10}, "no host crashes"),
    ("time-wait-occupancy", {**TIME_WAIT, "duration": 200}, "for longer than the warm-up lasts"),
    ("time-wait-occupancy", {**TIME_WAIT, "warm_up": 50}, "TIME-WAIT has filled up when the means begin"),
    ("time-wait-occupancy", {**TIME_WAIT, "hold": 200}, "TIME-WAIT has filled up when the means begin"),
    ("time-wait-occupancy", {**TIME_WAIT, "stop": 1000}, "not cut by --stop before the arrivals end"),
    ("time-wait-occupancy", {**TIME_WAIT, "ephemeral_first": 50000, "ephemeral_last": 50999}, "a client has ports enough"),
    ("never-acknowledged", {**ACKNOWLEDGED, "close_first": "both"}, "an end is named"),
    ("never-acknowledged", {"loss": 0.1}, "a repeated FIN does not restart TIME-WAIT"),
    ("never-acknowledged", {**ACKNOWLEDGED, "stop": 60}, "not cut by --stop"),
    ("connect-latency", {}, "by its own timer only"), ("connect-latency", {**LATENCY, "loss": 0.6}, "less than half is lost"),
    ("connect-latency", {**LATENCY, "loss": 0.4}, "hardly any opening gives up"),
    ("connect-latency", {**LATENCY, "loss": 0.1, "stop": 5}, "not cut by --stop before all have opened"),
    ("connect-latency", {**LATENCY, "connections": 1000}, "the server has room"),
    ("keepalive-detection", {**DETECTION, "keep_alive": False}, "keepalive is on"), ("keepalive-detection", IDLE, "the server crashes"),
    ("keepalive-detection", {**DETECTION, "stop": 7300}, "before all have noticed"),
    ("keepalive-detection", {**DETECTION, "close_first": "client"}, "nobody closes"),
    ("keepalive-false-alarm", {"loss": 0.1}, "keepalive is on"), ("keepalive-false-alarm", IDLE, "something is lost"),
    ("keepalive-false-alarm", {**ALARM, "stop": 1e5}, "before nearly all have been ended"),
])  # fmt: skip
def test_theory_says_why_it_says_nothing(at, form, given, why):
    assert CLOSED_FORMS[form].value(at(**given)) is None
    assert CLOSED_FORMS[form].why_not(at(**given)).startswith("it assumes that ") and why in CLOSED_FORMS[form].why_not(at(**given))


def test_every_condition_has_a_case(at):
    """Each sentence is said somewhere above, or here."""
    said = {c.sentence for form in CLOSED_FORMS.values() for c in form.conditions}
    cases = [m.args for t in (test_theory_says_why_it_says_nothing, test_theory_says_nothing_about_a_network_that_it_does_not_model)
             for m in t.pytestmark]  # fmt: skip
    words = [case[-1] for _, rows in cases for case in rows if isinstance(case[-1], str)] + ["the run was not interrupted"]
    unsaid = {sentence for sentence in said if not any(word in sentence for word in words)}
    assert unsaid == {"the client alone opens", "the metric is a client's"}
    assert "the client alone opens" in CLOSED_FORMS["connect-latency"].why_not(at(**LATENCY, open="simultaneous"))
    assert "the metric is a client's" in CLOSED_FORMS["connect-latency"].why_not({**at(**LATENCY), "host": "server"})


def test_theory_of_a_run_that_does_not_tell_all():
    assert CLOSED_FORMS["time-wait-occupancy"].why_not({"stack": "lifecycle"}) == "its program tells no options"
    assert CLOSED_FORMS["time-wait-occupancy"].why_not({"stack": "lifecycle", "msl": 30.0}) == "the run does not tell jitter"


@pytest.mark.parametrize(("hold", "expected"), [(RANDOM, 24000), (0.2, 24000)])
def test_a_hold_time_changes_nothing_in_time_wait(at, hold, expected):
    assert CLOSED_FORMS["time-wait-occupancy"].value(at(**TIME_WAIT, hold=hold)) == pytest.approx(expected)


@pytest.mark.parametrize(("factor", "expected"), [(1, 12000), (4, 48000), (0, 0)])
def test_a_time_wait_of_another_factor_is_as_much_longer(at, factor, expected):
    form = CLOSED_FORMS["time-wait-occupancy"]
    p = at(**TIME_WAIT, time_wait_factor=factor)
    assert form.value(p) == pytest.approx(expected) and form.formula_at(p) == f"lambda * {factor} MSL"


def test_the_formula_that_is_told_is_the_one_that_is_calculated(at):
    """Also of the ports that run out, and under figures and in reports, which are of many points."""
    from analysis.sweep.figures import draw
    from analysis.sweep.plan import Plan
    from analysis.sweep.report import _verdict
    from analysis.sweep.statistics import estimate
    from analysis.sweep.sweep_file import read_sweep
    from analysis.sweep.tables import Cell, Estimates

    ports = CLOSED_FORMS["port-exhaustion"]
    assert ports.formula_at(at(**PORTS)) == "lambda * (1 - B(P, lambda * (D + 2 MSL))) * 2 MSL"
    assert ports.formula_at(at(**PORTS, time_wait_factor=1)) == "lambda * (1 - B(P, lambda * (D + 1 MSL))) * 1 MSL"
    program, metric = Program.ask(PROGRAM), "time-wait-mean@client"
    for factors, told in (("1", "λ · 1 MSL"), ("1, 4", "λ · 1 MSL or λ · 4 MSL")):
        text = SMALL.replace('msl = ["500ms", "1s"]', f'msl = ["500ms"]\ntime-wait-factor = [{factors}]').replace('x = "msl"', 'x = "time-wait-factor"')
        plan = Plan(read_sweep("small.toml", text.replace('"5s"', '"50s"'), program), program)
        table = Estimates(plan, [Cell(point, plan.values(point), {metric: estimate([1, 2], 0.95)}, runs=2) for point in plan.points], 12)
        assert _verdict(table, metric, "time-wait-occupancy")["formula"] == told
        caption = " ".join(" ".join(words.get_text() for words in draw(table, plan.sweep.figures[0]).texts).split())
        assert f"Dashed: {told} (E08, Little's law)." in caption


def test_whoever_closes_first_has_its_share_of_time_wait(at):
    """All clients' connections are the server's."""
    p = at(**TIME_WAIT, close_first="server", close_first_probability=0.25, clients=2)
    server, client = (theory_of("time-wait-mean", host, p) for host in ("server", "client-2"))
    assert (server.value, client.value) == (pytest.approx(0.25 * 24000), pytest.approx(0.75 * 12000))
    assert server.formula == client.formula == "p * lambda * 2 MSL"
    assert theory_of("time-wait-mean", "server", at(**TIME_WAIT, close_first="server")).value == pytest.approx(24000)


def test_the_server_waits_longer_where_its_ack_is_lost_on_the_way_to_the_client(at):
    lossy = {"rate": 10, "msl": 1, "duration": 2000, "close_first": "server"}
    p = {**at(**lossy, loss_to_client=0.1), "host": "server"}
    assert CLOSED_FORMS["time-wait-occupancy"].value(p) == pytest.approx(10 * (2 + 0.1))
    assert CLOSED_FORMS["time-wait-occupancy"].formula_at(p) == "lambda * (2 MSL + mean restart extension)"
    assert CLOSED_FORMS["time-wait-occupancy"].value({**at(**lossy, loss_to_server=0.1), "host": "server"}) == pytest.approx(20, rel=0.01)


def test_the_law_ends_where_the_ports_do(at):
    """990 of 1,000 are in TIME-WAIT at most; with Poisson arrivals Erlang's formula goes on where Little's law ends."""
    few = {"msl": 5, "duration": 500, "ephemeral_first": 50000, "ephemeral_last": 50999}
    below, beyond = (at(**few, rate=rate, arrivals="poisson") for rate in (80, 240))
    assert theory_of("time-wait-mean", "client", below).value == pytest.approx(800)
    further = theory_of("time-wait-mean", "client", beyond)
    assert 980 < further.value < 1000 and further.source == "E09, Erlang B"
    fixed = theory_of("time-wait-mean", "client", at(**few, rate=240))
    assert fixed.value is None and "a client has ports enough" in fixed.why_not


def test_theory_speaks_of_metrics_that_there_are(at):
    metrics = Program.ask(PROGRAM).metrics
    assert OF_METRIC.keys() <= metrics.keys() and {name for names in OF_METRIC.values() for name in names} <= CLOSED_FORMS.keys()
    assert theory_of("octets-sent", "client", at()) is None


@pytest.mark.parametrize("name", ["time-wait", "port-exhaustion", "connect-latency", "never-acknowledged", "keepalive-detection", "keepalive-false-alarm"])
def test_the_shipped_sweeps_fulfil_the_conditions_at_every_point(name):
    """Each file says how it makes the assumptions true."""
    from analysis.sweep.plan import Plan
    from analysis.sweep.sweep_file import read_sweep
    from analysis.sweep.tables import Cell

    file = ROOT / "examples" / "sweeps" / f"{'last-ack' if name == 'never-acknowledged' else name}.toml"
    program = Program.ask(PROGRAM)
    plan = Plan(read_sweep(file.name, file.read_text(), program), program)
    for point in plan.points:
        for spec in plan.sweep.figures:
            assert Cell(point, plan.values(point)).why_no_theory(spec.closed_form, spec.metric) == ""
