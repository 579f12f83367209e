"""Closed forms against the sample numbers of doc/requirements.md, section 6, and against small cases by hand."""

from __future__ import annotations

import random
import sys

import pytest
from sweeping import PROGRAM, ROOT

sys.path.insert(0, str(ROOT))
from analysis.sweep import closed_forms  # noqa: E402
from analysis.sweep.expression import Expression  # noqa: E402
from analysis.sweep.program import Program  # noqa: E402
from analysis.sweep.statistics import interval, misses_by_chance  # noqa: E402


@pytest.fixture(scope="module")
def at():
    """Values of all parameters, the defaults but for those given."""
    program = Program.ask(PROGRAM)

    def make(**given):
        texts = program.defaults("rfc9293")
        return {name: given.get(name.replace("-", "_"), program.parameters[name].value(text)) for name, text in texts.items()}

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
    assert closed_forms.connect_latency(at(loss=0.1, delay=0.025)) is None  # another server


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


OCCUPANCY = {"rate": 100, "msl": 120}


@pytest.mark.parametrize(("form", "given"), [
    ("time-wait-occupancy", OCCUPANCY), ("port-exhaustion", OCCUPANCY), ("connect-latency", {"strict_repeated_syn": True}),
    ("never-acknowledged", {"loss": 0.1, "time_wait_restart": False}), ("keepalive-detection", {"keep_alive": True}),
    ("keepalive-false-alarm", {"keep_alive": True, "loss": 0.1}),
])  # fmt: skip
@pytest.mark.parametrize("beyond", [
    {"loss_gemodel": "0.1,0.5"}, {"loss_state_to_server": "0.1"}, {"loss_correlation": 0.5}, {"corrupt_to_client": 0.1},
    {"duplicate": 0.1}, {"jitter": 0.001, "distribution": "pareto"}, {"rules": "any: drop 1st FIN"}, {"stack": "stock"},
])  # fmt: skip
def test_theory_says_nothing_about_a_network_that_it_does_not_model(at, form, given, beyond):
    value = closed_forms.CLOSED_FORMS[form].value
    assert value(at(**given)) is not None
    assert value(at(**given, **beyond)) is None


@pytest.mark.parametrize(("form", "given"), [
    ("port-exhaustion", {**OCCUPANCY, "hold": "ns3::ExponentialRandomVariable[Mean=1]"}), ("port-exhaustion", {**OCCUPANCY, "loss": 0.1}),
    ("time-wait-occupancy", {**OCCUPANCY, "close_first": "server"}), ("time-wait-occupancy", {**OCCUPANCY, "arrivals": "mmpp"}),
    ("never-acknowledged", {"close_first": "both", "time_wait_restart": False}), ("connect-latency", {}),
    ("keepalive-detection", {}), ("keepalive-false-alarm", {"loss": 0.1}),
])  # fmt: skip
def test_theory_says_nothing_about_what_is_switched_off_or_random(at, form, given):
    assert closed_forms.CLOSED_FORMS[form].value(at(**given)) is None


def test_a_random_hold_time_changes_nothing_in_time_wait(at):
    value = closed_forms.CLOSED_FORMS["time-wait-occupancy"].value
    assert value(at(**OCCUPANCY, hold="ns3::ExponentialRandomVariable[Mean=1]")) == value(at(**OCCUPANCY))


def test_a_time_wait_of_another_factor_is_as_much_longer(at):
    value = closed_forms.CLOSED_FORMS["time-wait-occupancy"].value
    assert value(at(**OCCUPANCY, time_wait_factor=1)) == pytest.approx(12000)
