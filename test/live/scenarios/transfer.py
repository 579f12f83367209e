"""Streams: over loss, out of order, against a closed window."""

import itertools

from scenario import data, pure_ack, rst, scenario
from scenarios.closing import close_first, close_second, ends_normally
from segment import ACK, RST, SYN
from world import Connection, World

MEGABYTE = 1 << 20


def send(world: World, connection: Connection, octets: int) -> None:
    """In role `active` we send, in `passive` Linux does."""
    if world.we_open:
        connection.send(octets)
    else:
        connection.linux.send(octets)


def all_arrives(world: World, connection: Connection, octets: int) -> None:
    world.until(lambda: (connection.linux.received if world.we_open else connection.received) == octets,
                f"all {octets} octets are read", seconds=90)


def lose(world: World, every: int) -> None:
    """Each `every`th segment with data and each as manyth ACK is lost, the first time it comes."""
    counts = itertools.count(1)
    world.drop(lambda s: (s.length > 0 or s.is_pure_ack) and next(counts) % every == 0, times=10**6)


@scenario("1 MB arrives whole and in order over a wire that loses each 40th segment",
          "RFC 9293 3.8.1, 3.10.7.4; R-46, R-101")
def megabyte_over_loss(world: World) -> None:
    connection = world.open()
    lose(world, 40)
    send(world, connection, MEGABYTE)
    all_arrives(world, connection, MEGABYTE)
    world.expect(len([s for s in world.log if s.fate == "dropped"]) > 10, "many segments were lost")


@scenario("1 MB arrives whole over the same loss without SACK and timestamps", "RFC 9293 3.8.1; R-46, R-101",
          sysctls={"tcp_sack": 0, "tcp_timestamps": 0})
def megabyte_over_loss_without_options(world: World) -> None:
    connection = world.open()
    lose(world, 40)
    send(world, connection, MEGABYTE)
    all_arrives(world, connection, MEGABYTE)


@scenario("1 MB both ways at once arrives whole over loss, then both close", "RFC 9293 3.6; R-46, R-101")
def megabyte_both_ways(world: World) -> None:
    connection = world.open()
    lose(world, 60)
    connection.send(MEGABYTE)
    connection.linux.send(MEGABYTE)
    world.until(lambda: connection.linux.received == MEGABYTE, "Linux reads 1 MB", 90)
    world.until(lambda: connection.received == MEGABYTE, "we read 1 MB", 90)
    close_first(world, connection)
    close_second(world, connection)
    ends_normally(world, connection)


@scenario("a segment that comes late is put in its place; meanwhile each later one is acknowledged at once",
          "RFC 9293 3.10.7.4, RFC 5681 4.2, RFC 2018 4; R-101, R-108")
def out_of_order(world: World) -> None:
    connection = world.open()
    held = world.hold(data(world.we_open))
    send(world, connection, 4 * 1400)
    world.until(lambda: len(connection.sent(world.we_open, data(world.we_open))) >= 4, "all is sent")
    world.until(lambda: any("sack" in s.options for s in connection.sent(not world.we_open)), "the gap is reported")
    world.release(held)
    all_arrives(world, connection, 4 * 1400)
    if not world.we_open:
        gap = [s for s in connection.sent(True, pure_ack(True)) if s.ack == held.hits[0].seq and "sack" in s.options]
        world.expect(len(gap) >= 2, "each segment beyond the gap is acknowledged")


@scenario("the receiver does not read: the window closes, is probed, and opens again",
          "RFC 9293 3.8.6.1; R-84, R-104", settings={"ReceiveBuffer": "20000"})
def zero_window(world: World) -> None:
    connection = world.open()
    if world.we_open:
        connection.linux.reads = False
        connection.send(12 * MEGABYTE)
        world.until(lambda: connection.sent(False)[-1].window == 0, "Linux's window is closed", 60)
        last = connection.next(True)
        world.rest(0.1)
        probes = len(connection.sent(True))
        world.until(lambda: len(connection.sent(True)) >= probes + 2, "we probe")
        world.expect(connection.state == "ESTABLISHED", "we stay established")
        connection.linux.reads = True
        world.until(lambda: connection.linux.received > MEGABYTE, "the transfer goes on")
        world.expect(connection.next(True) != last, "with new data")
        world.until(lambda: connection.linux.received == 12 * MEGABYTE, "to its end", 90)
    else:
        connection.hold()
        connection.linux.send(100000)
        world.until(lambda: connection.sent(True)[-1].window == 0, "our window is closed")
        count = len(connection.sent(True))
        world.until(lambda: len(connection.sent(True)) >= count + 2, "we answer Linux's probes")
        world.expect(all(s.is_pure_ack for s in connection.sent(True)[count:]), "with ACKs")
        connection.read()
        world.until(lambda: connection.received == 100000, "the transfer goes on to its end")
    world.expect(not [s for s in connection.segments if rst(s.by_us)(s)], "nobody resets")


@scenario("a window update that is lost does not stop the transfer", "RFC 9293 3.8.6.1; R-84",
          settings={"ReceiveBuffer": "20000"}, roles=("passive",))
def lost_window_update(world: World) -> None:
    connection = world.open()
    connection.hold()
    connection.linux.send(100000)
    world.until(lambda: connection.sent(True)[-1].window == 0, "our window is closed")
    lost = world.drop(lambda s: pure_ack(True)(s) and s.window > 0)
    connection.read()
    world.until(lambda: lost.hits, "the window update is lost")
    world.until(lambda: connection.received == 100000, "Linux's probe finds the window open")


@scenario("a RST counts even if the window is closed", "RFC 9293 3.10.7.4; R-41",
          settings={"ReceiveBuffer": "20000"}, roles=("passive",))
def reset_at_a_closed_window(world: World) -> None:
    connection = world.open()
    connection.hold()
    connection.linux.send(100000)
    world.until(lambda: connection.sent(True)[-1].window == 0, "our window is closed")
    world.rest(0.1)
    connection.inject(False, RST, seq=connection.sent(True)[-1].ack)
    world.until(lambda: connection.reason == "reset", "we are reset")


@scenario("without an MSS option we send segments of 536 octets at most", "RFC 9293 3.7.1; R-07",
          roles=("passive",), settings={"Timestamps": "false"})
def no_mss_option(world: World) -> None:
    world.listen()
    peer = Connection(world, "s.1", 80, 50009)
    world.connections.append(peer)
    world.drop(rst(False), times=1000)  # Linux knows nothing of this connection
    peer.inject(False, SYN, seq=1000, window=20000)
    world.until(lambda: peer.sent(True), "we answer")
    world.expect("mss" in peer.sent(True)[0].options, "our SYN-ACK has an MSS, whatever the peer's")
    peer.inject(False, ACK, seq=1001, ack=peer.sent(True)[0].end, window=20000)
    world.until(lambda: peer.told("accepted"), "we accept")
    peer.send(3000)
    world.until(lambda: len(peer.sent(True, data(True))) >= 3, "we send")
    world.expect(max(s.length for s in peer.sent(True)) == 536, "536 octets")


@scenario("a peer that shrinks its window is tolerated", "RFC 9293 3.8.6; R-104", roles=("active",))
def window_shrinks(world: World) -> None:
    connection = world.open()
    connection.send(1000)
    world.until(lambda: connection.linux.received == 1000, "Linux reads")
    world.rest(0.1)
    connection.inject(False, ACK, window=0)
    connection.send(1000)
    world.rest(0.3)
    world.until(lambda: connection.linux.received == 2000, "a probe finds the window open again")
    world.expect(connection.state == "ESTABLISHED", "we stay established")
