"""The one place that says what theory expects and under which conditions: sweeps, figures of one run and summaries ask here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Callable

from . import conditions as given
from .closed_forms import (Options, connect_latency, keepalive_detection, keepalive_false_alarm, never_acknowledged, occupancy_formula,
                           port_exhaustion, port_exhaustion_formula, time_wait_occupancy)  # fmt: skip

KNOWN_ANYWAY = {"stack", "interrupted", "host"}  # of a run whose program tells no options
NOT_TO_BE_SAID = (ArithmeticError, ValueError, TypeError, RecursionError)  # a TypeError: an option is drawn at random


@dataclass(frozen=True)
class ClosedForm:
    """A formula with its conditions, and how captions tell of it."""

    law: Callable[[Options], float | None]
    formula: str
    source: str
    conditions: tuple[given.Condition, ...] = ()
    formula_of: Callable[[Options], str] | None = None  # where options make it simpler or another

    def at(self, p: Options) -> tuple[float | None, str]:
        """What theory expects at `p`; or None, and why as a clause: a condition is not fulfilled, or there is no finite
        number, as where all packets are lost."""
        for condition in self.conditions:
            try:
                if not condition.holds(p):
                    return None, f"it assumes that {condition.sentence}"
            except KeyError as missing:
                return None, f"the run does not tell {missing.args[0]}" if p.keys() - KNOWN_ANYWAY else "its program tells no options"
            except NOT_TO_BE_SAID:
                return None, f"it assumes that {condition.sentence}, which options that are drawn at random leave open"
        try:
            value = self.law(p)
        except NOT_TO_BE_SAID:
            value = None
        if value is None or not math.isfinite(value):
            return None, "its formula gives no finite number"
        return value, ""

    def value(self, p: Options) -> float | None:
        return self.at(p)[0]

    def why_not(self, p: Options) -> str:
        return self.at(p)[1]

    def formula_at(self, p: Options) -> str:
        return self.formula_of(p) if self.formula_of else self.formula


CLOSED_FORMS = {
    "time-wait-occupancy": ClosedForm(
        time_wait_occupancy, "lambda * (2 MSL + mean restart extension)", "E08, Little's law",
        (*given.PLAIN, *given.NO_FAULTS, *given.CLOSES_IN_ORDER, *given.STEADY, given.CLOSES_FIRST, given.PORTS_SUFFICE),
        occupancy_formula),
    "port-exhaustion": ClosedForm(
        port_exhaustion, "lambda * (1 - B(P, lambda * (D + 2 MSL))) * 2 MSL", "E09, Erlang B",
        (*given.PLAIN, *given.NO_FAULTS, *given.CLOSES_IN_ORDER, *given.STEADY, given.CLIENT_CLOSES, given.POISSON, given.NO_LOSS,
         given.FIXED_HOLD),
        port_exhaustion_formula),
    "connect-latency": ClosedForm(
        connect_latency, "R + r0 * (pf / (1 - 2 pf) + pb / (1 - 2 pb))", "E03, strict",
        (*given.PLAIN, *given.NO_FAULTS, given.CLIENTS_METRIC, given.CLIENT_OPENS, given.STRICT_SERVER, given.LESS_THAN_HALF_LOST,
         given.RETRIES_SUFFICE, given.SYN_QUEUE_SUFFICES, given.ALL_HAVE_OPENED)),
    "never-acknowledged": ClosedForm(
        never_acknowledged, "p * (1 - (1 - pf)(1 - pb))^N", "E05",
        (*given.PLAIN, *given.NO_FAULTS, *given.CLOSES_IN_ORDER, given.NO_RESTART, given.NOT_STOPPED)),
    "keepalive-detection": ClosedForm(
        keepalive_detection, "I + n J - E[C^2] / (2 E[C])", "E12, renewal theory",
        (*given.PLAIN, *given.KEEPALIVE, given.CLIENTS_METRIC, given.SERVER_CRASHES, given.ALL_HAVE_NOTICED)),
    "keepalive-false-alarm": ClosedForm(
        keepalive_false_alarm, "I + n J + (1 - x) / x * (I + R + J m), x = l^n", "E13",
        (*given.PLAIN, *given.NO_FAULTS, *given.KEEPALIVE, given.SOME_LOSS, given.ALARMS_HAVE_COME)),
}  # fmt: skip

# What speaks of a metric of summary.json; of several forms the first whose conditions are fulfilled.
OF_METRIC = {
    "time-wait-mean": ("time-wait-occupancy", "port-exhaustion"),
    "connect-time-mean": ("connect-latency",),
    "detection-time-mean": ("keepalive-detection",),
}


@dataclass(frozen=True)
class Theory:
    """What theory expects of a metric of one run: a value, or why there is none."""

    value: float | None
    formula: str
    source: str
    why_not: str


def theory_of(metric: str, host: str, options: Options) -> Theory | None:
    """What theory expects of a metric at a host; None where no closed form speaks of that metric."""
    names = OF_METRIC.get(metric, ())
    p = {**options, "host": host}
    theories = []
    for form in (CLOSED_FORMS[name] for name in names):
        value, why_not = form.at(p)
        if value is not None:
            return Theory(value, form.formula_at(p), form.source, "")
        theories.append(Theory(None, form.formula, form.source, why_not))
    return theories[0] if theories else None


def pretty(formula: str) -> str:
    return formula.replace("lambda", "λ").replace(" * ", " · ")
