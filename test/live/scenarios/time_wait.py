"""TIME-WAIT: what disturbs it, and what may end it early."""

from scenario import rst, scenario, syn
from scenarios.closing import close_first, close_second
from scenarios.opening import octets_pass
from segment import ACK, FIN, RST, SYN
from world import Connection, World

NO_STAMPS = {"tcp_timestamps": 0}


def to_time_wait(world: World) -> Connection:
    """A connection that has come to TIME-WAIT at the end that opened it."""
    connection = world.open()
    close_first(world, connection)
    close_second(world, connection)
    if world.we_open:
        world.until(lambda: connection.state == "TIME-WAIT", "we are in TIME-WAIT")
    else:
        world.until(lambda: connection.reason == "normal", "our end ends")
        world.until(lambda: connection.linux_state() == "TIME-WAIT", "Linux is in TIME-WAIT")
    world.rest(0.1)
    return connection


def note_assassination(world: World, connection: Connection) -> None:
    """Our end has forgotten, and so resets what Linux answers from TIME-WAIT."""
    world.until(lambda: connection.sent(True, rst(True)), "we reset what belongs to no connection (R-30)")
    world.rest(0.1)
    if connection.linux_state() == "none":
        world.note("our RST ends its TIME-WAIT: departs from RFC 1337")


@scenario("a forged RST does not end our TIME-WAIT", "RFC 1337 3; R-66", settings={"Msl": "20s", "MinRto": "2s"})
def reset_in_time_wait(world: World) -> None:
    connection = to_time_wait(world)
    connection.inject(not world.we_open, RST)
    world.rest(0.5)
    if world.we_open:
        world.expect(connection.state == "TIME-WAIT", "still in TIME-WAIT")
        world.expect(not connection.sent(True, lambda s: s.rst), "and no answer")
    else:
        world.expect(connection.reason == "normal", "our end stays a normal one")
        world.note("its TIME-WAIT " + ("survives the RST" if connection.linux_state() == "TIME-WAIT"
                                       else "is ended by the RST: departs from RFC 1337 (tcp_rfc1337 is 0)"))


@scenario("old data and old ACKs in TIME-WAIT are answered by an ACK, never by a reset",
          "RFC 9293 3.10.7.4; R-32, R-69", settings={"Msl": "20s", "MinRto": "2s"})
def old_data_in_time_wait(world: World) -> None:
    connection = to_time_wait(world)
    before = len(connection.sent(world.we_open))
    connection.inject(not world.we_open, ACK, seq=connection.next(not world.we_open) - 100, payload=b"x" * 50)
    world.until(lambda: len(connection.sent(world.we_open)) > before, "it is answered")
    answer = connection.sent(world.we_open)[-1]
    if world.we_open:
        world.expect(answer.is_pure_ack and answer.ack == connection.next(False), "by an ACK")
        world.expect(connection.state == "TIME-WAIT", "we stay")
    else:
        world.note(f"answers [{answer.letters}]")
        world.expect(connection.reason == "normal", "our end stays a normal one")


@scenario("a repeated FIN in TIME-WAIT is acknowledged each time", "RFC 9293 3.10.7.4; R-62",
          settings={"Msl": "20s", "MinRto": "2s"})
def repeated_fin_in_time_wait(world: World) -> None:
    connection = to_time_wait(world)
    before = len(connection.sent(world.we_open))
    for count in (1, 2):
        connection.inject(not world.we_open, FIN | ACK, seq=connection.next(not world.we_open) - 1)
        world.rest(0.6)  # Linux answers such a segment once in 0.5 s
        if world.we_open:
            world.until(lambda: len(connection.sent(True)) == before + count, "an ACK")
            world.expect(connection.sent(True)[-1].is_pure_ack, "it is a pure one")
    if world.we_open:
        world.expect(connection.state == "TIME-WAIT", "we stay")
    else:
        world.note(f"acknowledges {len(connection.sent(False)) - before} of 2")
        note_assassination(world, connection)
        world.expect(connection.reason == "normal", "our end stays a normal one")


def reopens(world: World) -> None:
    """The end that opened and did not close first opens the same 4-tuple again."""
    wait_here, world.we_open = world.we_open, not world.we_open
    connection = world.open()
    world.we_open = wait_here
    close_first(world, connection)
    close_second(world, connection)
    if wait_here:
        world.until(lambda: connection.state == "TIME-WAIT", "we are in TIME-WAIT")
    else:
        world.until(lambda: connection.linux_state() == "TIME-WAIT", "Linux is in TIME-WAIT")
    world.rest(1.2)  # so that timestamps and the clock of initial numbers have moved on
    connection.forget()
    if wait_here:
        new = world.linux_connects(child="s.2")
        world.until(lambda: "T31" in new.transitions, "TIME-WAIT gives way to the new SYN")
        world.until(lambda: new.told("accepted"), "we accept")
    else:
        new = world.we_connect(handle="again")
        world.until(lambda: new.told("connected"), "we are connected")
        world.accept(world.listener, new)
        syns = [s for s in new.sent(True, syn(True)) if s.seq != connection.segments[0].seq]
        world.note("opens its TIME-WAIT " + ("at the first SYN" if len(syns) == 1 else f"after {len(syns)} SYNs"))
    world.connections = [new]
    octets_pass(world, new)


@scenario("a SYN with a newer timestamp opens TIME-WAIT for a listener; ours is new enough for Linux",
          "RFC 6191 2; R-63, R-64", settings={"Msl": "20s", "MinRto": "2s"})
def reuse_with_timestamps(world: World) -> None:
    reopens(world)


@scenario("a SYN with a higher sequence number opens TIME-WAIT; ours is higher by RFC 6528's clock",
          "RFC 6191 2, RFC 6528 3; R-63, R-64, R-12", settings={"Msl": "20s", "MinRto": "2s"}, sysctls=NO_STAMPS)
def reuse_without_timestamps(world: World) -> None:
    reopens(world)


@scenario("an old duplicate SYN does not open TIME-WAIT; it is answered by a challenge ACK",
          "RFC 6191 2, RFC 9293 3.10.7.4; R-65", settings={"Msl": "20s", "MinRto": "2s"}, sysctls=NO_STAMPS)
def old_syn_in_time_wait(world: World) -> None:
    connection = to_time_wait(world)
    before = len(connection.sent(world.we_open))
    first = connection.sent(not world.we_open, lambda s: s.syn)[0]
    connection.inject(not world.we_open, SYN, seq=first.seq - 1000)
    if world.we_open:
        world.until(lambda: len(connection.sent(True)) > before, "we answer")
    world.rest(0.5)
    answers = connection.sent(world.we_open)[before:]
    if world.we_open:
        world.expect([s.letters for s in answers] == ["."], "one ACK")
        world.expect(answers[0].ack == connection.next(False), "with what we expect next")
        world.expect(connection.state == "TIME-WAIT", "we stay in TIME-WAIT")
    else:
        world.note("answers " + (", ".join(s.letters for s in answers) or "nothing"))
        note_assassination(world, connection)
        world.expect(connection.reason == "normal", "our end stays a normal one")
