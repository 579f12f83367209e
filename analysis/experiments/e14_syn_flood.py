"""E14 of doc/requirements.md: a SYN flood against a backlog that drops what is too much."""

import math
from typing import Mapping

from ..base.closed_forms import Options, averaged_s, erlang_b, rtt_s
from .method.declaration import Experiment, Headline, Part, lines
from .method.deviation import of_sample
from .method.verdict import Mean

SWEEP = """
metrics = ["syn-received-mean@server", "connections-opened@client", "connections-established@client"]

[fixed]
arrivals = "poisson"
rate = {honest}
request-size = 0
response-size = 0
msl = "1s"
syn-overflow = "{overflow}"
syn-retries = 0 # one attempt is one SYN
warm-up = "{warm_up}"
duration = "{duration}"
stop = "{duration}"
inject = "attacker->server: SYN from 198.51.100.0/24 poisson {rate}/s for {duration}{answer}"

[grid]
syn-queue-limit = {slots}
syn-ack-retries = {retries}

[compute]
blocked = {{ value = "1 - connections-established@client / connections-opened@client", unit = "1" }}
"""

# Spoofed hosts that reset leave within a round trip of 20 ms; a SYN is repeated after 1 s, and again after 2 s.
AGAIN = """
metrics = ["connections-opened@client", "connections-established@client"]

[fixed]
arrivals = "poisson"
rate = 50
request-size = 0
response-size = 0
msl = "1s"
syn-queue-limit = 6
duration = "20s"
stop = "24s"
inject = "attacker->server: SYN from 198.51.100.0/24 poisson 400/s for 24s answer RST"

[grid]
syn-retries = [1, 2]

[compute]
succeeded = { value = "connections-established@client / connections-opened@client", unit = "1" }
"""


def in_the_end(p: Options) -> float:
    """Share of clients that get in with one of their SYNs; the repeated SYNs load the queue as well."""
    blocking = 0.0
    for _ in range(100):
        each = sum(blocking**k for k in range(p["syn-retries"] + 1))
        blocking = erlang_b(p["syn-queue-limit"], (400 + p["rate"] * each) * rtt_s(p))
    return 1 - blocking ** (p["syn-retries"] + 1)


def again_deviation(p: Options) -> float:
    """Of the share of so many clients, each of which gets in by itself."""
    share = in_the_end(p)
    return of_sample(p["rate"] * p["duration"], share, share * (1 - share))


def life(p: Options) -> float:
    """How long a half-open connection lasts that nobody ever answers [s]."""
    return p["initial-rto"] * (2 ** (p["syn-ack-retries"] + 1) - 1)


def early_drop(slots: int, load: float) -> float:
    """Share of refused SYNs where the k-th half-open one is let in with a probability of its own: birth and death."""
    half = slots // 2
    admitted = [1 - max(0, k - half) / (slots - half) for k in range(slots + 1)]
    weights = [1.0]
    for k in range(slots):
        weights.append(weights[k] * admitted[k] * load / (k + 1))
    return 1 - sum(w * a for w, a in zip(weights, admitted)) / sum(weights)


# Standard deviation of a run's share of refused SYNs, as a fraction of the mean, times the root of the time [s] it is taken over, for each
# length of the queue: measured on 60 to 250 runs of a simulation of the queue alone.
DROPS_NEW = {8: 0.54, 12: 0.77, 16: 1.06}
DROPS_EARLY = {8: 0.53, 12: 0.68, 16: 0.74}
RESETS = {16: 0.22}  # the spoofed hosts
HELD = 0.18  # the same of the number held, at most


def part(name: str, rate: int, duration: str, slots: str, retries: str, answer: str, lasts, scatter: Mapping[int, float],
         source: str, *, overflow: str = "drop-new", refuses=erlang_b, formula: str = "Erlang-B(B, a H + b R)") -> Part:  # fmt: skip
    def load(p: Options) -> float:
        return rate * lasts(p) + p["rate"] * rtt_s(p)

    def blocking(p: Options) -> float:
        return refuses(p["syn-queue-limit"], load(p))

    def held(p: Options) -> float:
        return load(p) * (1 - blocking(p))

    sweep = SWEEP.format(rate=rate, duration=duration, slots=slots, overflow=overflow, retries=retries, answer=answer,
                         honest=2 if rate < 100 else 50, warm_up="40s" if rate < 100 else "1s")  # fmt: skip
    return Part(name, sweep, (
        Mean("blocked", blocking, formula, source, deviation=lambda p: scatter[p["syn-queue-limit"]] / math.sqrt(averaged_s(p))),
        Mean("syn-received-mean@server", held, "(a H + b R) (1 - blocked)", source, deviation=lambda p: HELD / math.sqrt(averaged_s(p)))),
        figures=(lines("blocked", x="syn-queue-limit", y_label="share of clients kept out"),) if "," in slots else ())  # fmt: skip


EXPERIMENT = Experiment(
    question="How many honest clients does a SYN flood keep out?",
    answer="A queue of 16 that 4 spoofed SYNs a second fill, each for 7 s, refuses a share of {silent} of all attempts, of {reset} if it resets what it "
           "has no room for, and of {early} if it drops early at random; when the spoofed "
           "hosts answer with a reset each lasts only a round trip, and it takes 1000 a second for {answered}; a client that tries twice gets in with a "
           "share of {again} where 400 such SYNs a second meet a queue of 6.",  # fmt: skip
    parts=(
        part("silent", 4, "1000s", "[8, 12, 16]", "[2]", "", life, DROPS_NEW,
             "E14: Poisson attack, hosts that never answer, H = r0 (2^(n+1) - 1); the blocking does not depend on the law of the lifetime"),
        part("reset", 4, "1000s", "[16]", "[2]", "", life, DROPS_NEW, "E14: what finds no room is answered by a reset in place of nothing",
             overflow="reset"),
        part("early-drop", 4, "1000s", "[8, 12, 16]", "[2]", "", life, DROPS_EARLY,
             "E14 with a rate of admission for each length of the queue: birth and death, whatever the law of the lifetime",
             overflow="random-early-drop", refuses=early_drop,
             formula="1 - sum of w_k a_k / sum of w_k, a_k = 1 - (k - h) / (B - h) above h = B / 2, w_k = a_0 ... a_(k-1) (a H + b R)^k / k!"),
        part("answered", 1000, "30s", "[16]", "[8]", " answer RST", rtt_s, RESETS, "E14: the same with H = R"),
        Part("again", AGAIN, (
            Mean("succeeded", in_the_end, "1 - x^(r+1), x = Erlang-B(B, (a + b (1 + x + ... + x^r)) R)",
                 "E14: r repeated SYNs, 1 s and more apart, 50 times what anything stays in the queue, so that each finds it anew, as a Poisson "
                 "arrival does", deviation=again_deviation),)),
    ),
    headlines={"silent": Headline("silent", "blocked", {"syn-queue-limit": "16"}),
               "reset": Headline("reset", "blocked"), "early": Headline("early-drop", "blocked", {"syn-queue-limit": "16"}),
               "answered": Headline("answered", "blocked"), "again": Headline("again", "succeeded", {"syn-retries": "1"})},
    scaled="A queue of 8 to 16 and 2 retries. With B = 128, a = 10/s and H = 63 s the same formula gives 0.797.",
    refutes=('"backlog is the maximum number of connections": it bounds those that are pending, and a flood needs no more than B / H a second',),
    breakages={"SYN cookies are sent when the queue is full": {"syn-cookies": "on-overflow"}},
)  # fmt: skip
