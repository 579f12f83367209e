"""Segments of a teardown lost one by one."""

from scenario import Matcher, data, fin, pure_ack, scenario
from scenarios.closing import close_first, close_second, ends_normally
from segment import Segment
from world import Connection, Rule, World


def sent_again(world: World, lost: Rule, connection: Connection) -> None:
    """What was lost came again, the same."""
    segment = lost.hits[0]
    again = [s for s in connection.sent(segment.by_us) if s.end == segment.end and s.fin == segment.fin]
    world.expect(len(again) >= 2, "what was lost was sent again, with its number")


def acks_the_fin(connection: Connection, of_us: bool) -> Matcher:
    """A pure ACK that covers the FIN of one side."""

    def matches(segment: Segment) -> bool:
        fins = connection.sent(of_us, fin(of_us))
        return bool(fins) and pure_ack(not of_us)(segment) and segment.ack == fins[0].end

    return matches


@scenario("a lost FIN of who closes first is sent again", "RFC 9293 3.8.1; R-47")
def lost_first_fin(world: World) -> None:
    connection = world.open()
    lost = world.drop(fin(world.we_open))
    close_first(world, connection)
    close_second(world, connection)
    ends_normally(world, connection)
    sent_again(world, lost, connection)


@scenario("a FIN that comes again because its ACK was lost is acknowledged again", "RFC 9293 3.10.7.4; R-47, R-32")
def lost_ack_of_first_fin(world: World) -> None:
    connection = world.open()
    lost = world.drop(acks_the_fin(connection, world.we_open))
    close_first(world, connection)
    world.until(lambda: lost.hits, "the ACK of the FIN is lost")
    world.until(lambda: len(connection.sent(world.we_open, lambda s: s.fin)) >= 2, "the FIN comes again")
    world.until(lambda: connection.state == ("FIN-WAIT-2" if world.we_open else "CLOSE-WAIT"), "its ACK, too")
    close_second(world, connection)
    ends_normally(world, connection)


@scenario("a lost FIN of who closes last is sent again", "RFC 9293 3.8.1; R-47")
def lost_second_fin(world: World) -> None:
    connection = world.open()
    lost = world.drop(fin(not world.we_open))
    close_first(world, connection)
    close_second(world, connection)
    ends_normally(world, connection)
    sent_again(world, lost, connection)


@scenario("the last ACK is lost: TIME-WAIT acknowledges the FIN again and starts 2 MSL anew",
          "RFC 9293 3.10.7.4; R-62, R-47", settings={"Msl": "1s"})
def lost_last_ack(world: World) -> None:
    connection = world.open()
    lost = world.drop(acks_the_fin(connection, not world.we_open))
    close_first(world, connection)
    close_second(world, connection)
    world.until(lambda: lost.hits, "the last ACK is lost")
    ends_normally(world, connection)
    fins = connection.sent(not world.we_open, lambda s: s.fin)
    acks = connection.sent(world.we_open, lambda s: s.is_pure_ack and s.ack == fins[0].end)
    world.expect(len(fins) >= 2 and len(acks) >= 2, "FIN and ACK twice")
    if world.we_open:
        times = {words[5]: at for at, words in world.reports if words[0] == "transition"}
        world.expect(times["T30"] - times.get("T27", times.get("T26", 0)) > 2.05, "more than one 2 MSL of 2 s")


@scenario("data sent before CLOSE is lost: the FIN behind it waits until the gap is filled",
          "RFC 9293 3.10.7.4; R-56, R-46")
def fin_out_of_order(world: World) -> None:
    connection = world.open()
    lost = world.drop(lambda s: data(world.we_open)(s) and not s.fin)
    if world.we_open:
        connection.send(5000)
    else:
        connection.linux.send(5000)
    close_first(world, connection)
    close_second(world, connection)
    ends_normally(world, connection)
    world.expect(lost.hits, "data was lost")
    received = connection.linux.received if world.we_open else connection.received
    world.expect(received == 5000, "all of it is delivered before the end of file")


@scenario("data and its ACK are lost three times over: the timeout backs off, nothing is lost",
          "RFC 9293 3.8.1, RFC 6298 5.5; R-74")
def same_data_lost_thrice(world: World) -> None:
    connection = world.open()
    lost = world.drop(data(world.we_open), times=3)
    if world.we_open:
        connection.send(1000)
        world.until(lambda: connection.linux.received == 1000, "Linux reads it at last")
        times = [s.options["ts"][0] for s in connection.sent(True, data(True))][:4]  # our clock, in ms
        gaps = [b - a for a, b in zip(times, times[1:])]
        world.expect(len(lost.hits) == 3 and gaps[1:] == [2 * gaps[0], 4 * gaps[0]], f"gaps double: {gaps} ms")
    else:
        connection.linux.send(1000)
        world.until(lambda: connection.received == 1000, "we read it at last")
    world.expect(connection.state == "ESTABLISHED", "we are established")


@scenario("data arrives twice: it is delivered once, and acknowledged again", "RFC 9293 3.10.7.4; R-32, R-101")
def lost_ack_of_data(world: World) -> None:
    connection = world.open()
    sent = lambda: connection.sent(world.we_open, data(world.we_open))
    lost = world.drop(lambda s: pure_ack(not world.we_open)(s) and bool(sent()))
    if world.we_open:
        connection.send(1000)
    else:
        connection.linux.send(1000)
    world.until(lambda: lost.hits and len(sent()) >= 2, "it comes again")
    world.until(lambda: len(connection.sent(not world.we_open, lambda s: s.is_pure_ack)) >= 2, "its ACK, too")
    world.rest(0.2)
    received = connection.linux.received if world.we_open else connection.received
    world.expect(received == 1000, f"once: 1000 octets, not {received}")
