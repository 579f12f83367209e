"""Segments that nobody sent, at an established connection: old ones and blind attacks.

Each is thrown at us and judged; then the same is thrown at Linux, and what Linux does is recorded.
"""

from __future__ import annotations

from scenario import scenario
from scenarios.opening import octets_pass
from segment import ACK, FIN, RST, SYN
from world import Connection, World


def established(world: World) -> Connection:
    """With some octets passed, so that old numbers exist."""
    connection = world.open()
    octets_pass(world, connection)
    world.rest(0.6)  # delayed ACKs, and Linux's limit of one answer in 0.5 s
    return connection


def we_answer(world: World, connection: Connection, wanted: list[str], flags: int, **forged: object) -> None:
    """A forged segment is thrown at us; we send this and no more."""
    before = len(connection.sent(True))
    connection.inject(False, flags, **forged)
    sent = lambda: [s.letters for s in connection.sent(True)[before:]]
    world.until(lambda: len(sent()) >= len(wanted), f"we answer {wanted}")
    world.rest(0.3)
    world.expect(sent() == wanted, f"we answer {wanted}, not {sent()}")


def try_on_linux(world: World, connection: Connection, flags: int, wanted: list[str], **forged: object) -> None:
    """Records what Linux does with the same, beside what the RFC wants."""
    before = len(connection.sent(False))
    connection.inject(True, flags, **forged)
    world.rest(0.5)
    sent = [s.letters for s in connection.sent(False)[before:]]
    said = f"answers [{' '.join(sent)}], {connection.linux_state()}"
    world.note(said if sent == wanted else f"{said}: departs from the RFC, which wants [{' '.join(wanted)}]")


def lives(world: World, connection: Connection) -> None:
    world.expect(connection.state == "ESTABLISHED", "we stay established")
    world.expect(not connection.told("broken"), "our user is told nothing")


@scenario("a RST outside the window is dropped without an answer", "RFC 9293 3.10.7.4; R-34, R-33")
def reset_outside_the_window(world: World) -> None:
    connection = established(world)
    for offset in (-1000, 10_000_000):
        we_answer(world, connection, [], RST, seq=connection.next(False) + offset)
    lives(world, connection)
    try_on_linux(world, connection, RST, [], seq=connection.next(True) - 1000)
    lives(world, connection)


@scenario("a RST inside the window but not at RCV.NXT is challenged", "RFC 5961 3.2; R-34")
def reset_inside_the_window(world: World) -> None:
    connection = established(world)
    we_answer(world, connection, ["."], RST, seq=connection.next(False) + 100)
    world.expect(connection.sent(True)[-1].ack == connection.next(False), "with what we expect next")
    lives(world, connection)
    try_on_linux(world, connection, RST, ["."], seq=connection.next(True) + 100)
    lives(world, connection)


@scenario("a RST at RCV.NXT ends the connection, without an answer", "RFC 9293 3.10.7.4; R-34, R-33, R-44")
def reset_at_the_edge(world: World) -> None:
    connection = established(world)
    try_on_linux(world, connection, RST, [])
    we_answer(world, connection, [], RST)
    world.until(lambda: connection.reason == "reset", "we are reset")


@scenario("a SYN is challenged wherever its number lies", "RFC 5961 4.2, RFC 9293 3.10.7.4; R-37")
def syn_in_established(world: World) -> None:
    connection = established(world)
    for offset in (-1000, 0, 100, 10_000_000):
        we_answer(world, connection, ["."], SYN, seq=connection.next(False) + offset)
    lives(world, connection)
    try_on_linux(world, connection, SYN, ["."], seq=connection.next(True) + 100)
    lives(world, connection)


@scenario("data with an ACK of what we never sent, or of long ago, is dropped and acknowledged",
          "RFC 5961 5.2, RFC 9293 3.10.7.4; R-38, R-102")
def ack_out_of_range(world: World) -> None:
    connection = established(world)
    for offset in (1000, -10_000_000):
        we_answer(world, connection, ["."], ACK, ack=connection.next(True) + offset, payload=b"evil")
    world.expect(connection.received == 2000, "nothing is delivered")
    lives(world, connection)
    try_on_linux(world, connection, ACK, ["."], ack=connection.next(False) + 1000, payload=b"evil")
    octets_more(world, connection)


def octets_more(world: World, connection: Connection) -> None:
    """The connection still carries what the users send, and nothing else."""
    connection.send(1000)
    connection.linux.send(1000)
    world.until(lambda: connection.linux.received == 4000, "Linux reads 1000 octets more")
    world.until(lambda: connection.received == 3000, "we read 1000 octets more")


@scenario("data behind the window is dropped and acknowledged, data before it too",
          "RFC 9293 3.10.7.4; R-32, R-97")
def data_out_of_window(world: World) -> None:
    connection = established(world)
    for offset in (-1500, 10_000_000):
        we_answer(world, connection, ["."], ACK, seq=connection.next(False) + offset, payload=b"x" * 100)
    lives(world, connection)
    try_on_linux(world, connection, ACK, ["."], seq=connection.next(True) - 1500, payload=b"x" * 100)
    octets_more(world, connection)


@scenario("PAWS: a timestamp older than the last drops data and ACKs; a RST with one still works",
          "RFC 7323 5.3, 5.2; R-98, R-43")
def old_timestamp(world: World) -> None:
    connection = established(world)
    stamp, echo = connection.sent(False)[-1].options["ts"]
    we_answer(world, connection, ["."], ACK, payload=b"old!", ts=((stamp - 100000) % (1 << 32), echo))
    world.expect(connection.received == 2000, "nothing is delivered")
    stamp, echo = connection.sent(True)[-1].options["ts"]
    try_on_linux(world, connection, ACK, ["."], payload=b"old!", ts=((stamp - 100000) % (1 << 32), echo))
    lives(world, connection)
    octets_more(world, connection)
    stamp, echo = connection.sent(False)[-1].options["ts"]
    world.rest(0.3)
    we_answer(world, connection, [], RST, ts=((stamp - 100000) % (1 << 32), echo))
    world.until(lambda: connection.reason == "reset", "a RST is exempt from PAWS")


@scenario("a segment without the agreed timestamp is dropped silently", "RFC 7323 3.2; R-10")
def timestamp_missing(world: World) -> None:
    connection = established(world)
    before = len(connection.sent(True))
    forged = {"seq": connection.next(False), "ack": connection.next(True)}
    connection.inject(False, ACK, payload=b"bare", without_ts=True, **forged)
    world.rest(0.5)
    world.expect(len(connection.sent(True)) == before, "no answer")
    world.expect(connection.received == 2000, "nothing is delivered")
    lives(world, connection)
    try_on_linux(world, connection, ACK, [], payload=b"", without_ts=True)
    octets_more(world, connection)


@scenario("a segment with a wrong checksum vanishes, whatever its flags", "RFC 9293 3.1; R-01")
def wrong_checksum(world: World) -> None:
    connection = established(world)
    for flags, payload in ((RST, b""), (SYN, b""), (ACK | FIN, b""), (ACK, b"evil")):
        we_answer(world, connection, [], flags, payload=payload, corrupt=True)
    world.expect(connection.received == 2000, "nothing is delivered")
    lives(world, connection)
    before = world.counter("InCsumErrors")
    try_on_linux(world, connection, RST, [], corrupt=True)
    world.note(f"counts {world.counter('InCsumErrors') - before} InCsumErrors")
    octets_more(world, connection)


@scenario("a RST may carry data, which is not delivered", "RFC 9293 3.5.3; R-42, R-34")
def reset_with_data(world: World) -> None:
    connection = established(world)
    we_answer(world, connection, [], RST, payload=b"because I say so")
    world.until(lambda: connection.reason == "reset", "it resets")
    world.expect(connection.received == 2000, "nothing is delivered")


@scenario("an unknown segment without ACK is dropped", "RFC 9293 3.10.7.4; R-32")
def no_ack_flag(world: World) -> None:
    connection = established(world)
    we_answer(world, connection, [], 0, payload=b"evil")
    world.expect(connection.received == 2000, "nothing is delivered")
    lives(world, connection)
    try_on_linux(world, connection, 0, [], payload=b"evil")
    octets_more(world, connection)
