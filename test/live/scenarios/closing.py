"""How a connection ends when nothing is lost."""

from scenario import data, fin, scenario
from world import Connection, World


def close_first(world: World, connection: Connection) -> None:
    """The side that opened closes."""
    if world.we_open:
        connection.close()
    else:
        connection.linux.close()


def close_second(world: World, connection: Connection) -> None:
    """The other closes, once it knows."""
    if world.we_open:
        world.until(lambda: connection.linux.at_end, "Linux reads the end of file")
        connection.linux.close()
    else:
        world.until(lambda: connection.told("peer-closed"), "our user is told")
        connection.close()


def ends_normally(world: World, connection: Connection) -> None:
    """Who closed first has been in TIME-WAIT, and nobody is left."""
    world.until(lambda: connection.reason, "our end ends")
    world.expect(connection.reason == "normal", f"the end is a normal one, not `{connection.reason}`")
    last = "TIME-WAIT" if world.we_open else "LAST-ACK"
    world.expect(connection.states[-2] == last, f"from {last}")
    # An ACK that comes after the end, of a FIN that was sent twice, is rightly reset.
    killed = any(s.rst for s in connection.segments)
    world.until(lambda: connection.linux_state() == ("none" if world.we_open or killed else "TIME-WAIT"),
                "Linux's end, too")


@scenario("who closes first waits 2 MSL, the other does not", "RFC 9293 3.6 Figure 12; R-50, R-61, R-67")
def close(world: World) -> None:
    connection = world.open()
    close_first(world, connection)
    close_second(world, connection)
    ends_normally(world, connection)
    fins = connection.sent(True, lambda s: s.fin)
    world.expect(len({s.seq for s in fins}) == 1, "we have sent one FIN")


@scenario("what was sent before CLOSE is delivered before the end of file", "RFC 9293 3.6; R-46, R-57")
def data_then_close(world: World) -> None:
    connection = world.open()
    if world.we_open:
        connection.send(50000)
    else:
        connection.linux.send(50000)
    close_first(world, connection)
    close_second(world, connection)
    ends_normally(world, connection)
    received = connection.linux.received if world.we_open else connection.received
    world.expect(received == 50000, f"all 50000 octets, not {received}")


@scenario("who has sent FIN still receives, and the other still sends", "RFC 9293 3.6.1; R-48")
def half_close(world: World) -> None:
    connection = world.open()
    if world.we_open:
        connection.shutdown()
        world.until(lambda: connection.linux.at_end, "Linux reads the end of file")
        world.until(lambda: connection.state == "FIN-WAIT-2", "we are in FIN-WAIT-2")
        connection.linux.send(100000)
        connection.linux.close()
        world.until(lambda: connection.received == 100000, "we read 100000 octets after our FIN")
    else:
        connection.linux.shutdown()
        world.until(lambda: connection.state == "CLOSE-WAIT", "we are in CLOSE-WAIT")
        connection.send(100000)
        connection.close()
        world.until(lambda: connection.linux.received == 100000, "Linux reads 100000 octets after its FIN")
    ends_normally(world, connection)


@scenario("crossing FINs lead both through CLOSING to TIME-WAIT", "RFC 9293 3.6 Figure 13; R-49")
def simultaneous_close(world: World) -> None:
    connection = world.open()
    ours, theirs = world.hold(fin(True)), world.hold(fin(False))
    closes = [connection.close, connection.linux.close]
    for each in closes if world.we_open else reversed(closes):
        each()
    world.until(lambda: ours.hits and theirs.hits, "both have sent a FIN")
    world.release(ours)
    world.release(theirs)
    world.until(lambda: connection.state == "CLOSED", "our end ends")
    world.expect(connection.states[-4:] == ["FIN-WAIT-1", "CLOSING", "TIME-WAIT", "CLOSED"], "through CLOSING")
    world.expect(connection.linux_state() == "TIME-WAIT", "Linux is in TIME-WAIT, too")


@scenario("CLOSE with unread data resets, so that the peer knows of the loss",
          "RFC 9293 3.6.1, RFC 2525 2.17; R-51, R-44")
def unread_data_at_close(world: World) -> None:
    connection = world.open()
    if world.we_open:
        connection.hold()
        connection.linux.send(1000)
        world.until(lambda: any(s.ack == s0.end for s0 in connection.sent(False, data(False))
                                for s in connection.sent(True)), "we have acknowledged it")
        connection.close()
        world.until(lambda: connection.sent(True, lambda s: s.rst), "we reset")
        world.expect(not connection.sent(True, lambda s: s.fin), "no FIN")
        world.until(lambda: connection.linux.error, "Linux's user is told")
    else:
        connection.linux.reads = False
        connection.send(1000)
        world.until(lambda: any(s.ack == s0.end for s0 in connection.sent(True, data(True))
                                for s in connection.sent(False)), "Linux has acknowledged it")
        connection.linux.close()
        world.until(lambda: connection.reason, "our end ends")
        world.expect(connection.reason == "reset", "our user is told of a reset")


@scenario("data for a user who has closed is answered by RST", "RFC 9293 3.6.1; R-51, R-44")
def data_after_close(world: World) -> None:
    connection = world.open()
    close_first(world, connection)
    if world.we_open:
        world.until(lambda: connection.state == "FIN-WAIT-2", "Linux has acknowledged our FIN")
        connection.linux.send(1000)
        world.until(lambda: connection.sent(True, lambda s: s.rst), "we reset")
        world.until(lambda: connection.linux.error, "Linux's user is told")
        reset = connection.sent(True, lambda s: s.rst)[0]
        world.expect(reset.seq == connection.next(True), "with an acceptable sequence number")
    else:
        world.until(lambda: connection.state == "CLOSE-WAIT", "we know")
        connection.send(1000)
        world.until(lambda: connection.reason, "our end ends")
        world.expect(connection.reason == "reset", f"with `reset`, not `{connection.reason}`")


@scenario("ABORT sends one RST at SND.NXT, and the peer's user is told", "RFC 9293 3.10.5; R-53, R-34")
def abort(world: World) -> None:
    connection = world.open()
    if world.we_open:
        connection.abort()
        world.until(lambda: connection.linux.error, "Linux's user is told")
        resets = connection.sent(True, lambda s: s.rst)
        world.expect(len(resets) == 1 and resets[0].seq == connection.next(True), "one RST, at SND.NXT")
    else:
        connection.linux.abort()
        world.until(lambda: connection.told("broken"), "our user is told")
        world.expect(connection.reason == "reset", "the reason is `reset`")
        world.expect(not connection.sent(True, lambda s: s.rst), "a RST is not answered by one (R-33)")
    world.until(lambda: connection.state == "CLOSED", "our end ends")
    world.expect("TIME-WAIT" not in connection.states, "without TIME-WAIT")


@scenario("SO_LINGER with time 0: CLOSE is ABORT", "RFC 9293 3.10.5; R-53, R-44",
          settings={"LingerZero": "true"})
def linger_zero(world: World) -> None:
    connection = world.open()
    if world.we_open:
        connection.close()
        world.until(lambda: connection.linux.error, "Linux's user is told")
        world.expect([s.letters[0] for s in connection.sent(True)][-1] == "R", "our last segment is a RST")
        world.expect(not connection.sent(True, lambda s: s.fin), "no FIN")
    else:
        connection.linux.send(500)
        world.until(lambda: connection.received == 500, "we read")
        connection.linux.abort()
        world.until(lambda: connection.reason == "reset", "our end is reset")
    world.until(lambda: connection.state == "CLOSED", "our end ends")
    world.expect("TIME-WAIT" not in connection.states, "without TIME-WAIT")


@scenario("FIN-WAIT-2 without a reader may end by itself; CLOSE-WAIT does not",
          "RFC 9293 3.10.4; R-59, R-60", settings={"FinWait2Timeout": "1s"}, sysctls={"tcp_fin_timeout": 1})
def fin_wait_2_timeout(world: World) -> None:
    connection = world.open()
    close_first(world, connection)
    if world.we_open:
        world.until(lambda: connection.state == "FIN-WAIT-2", "Linux has acknowledged our FIN")
        world.until(lambda: connection.state == "CLOSED", "FIN-WAIT-2 ends")
        world.expect("T33" in connection.transitions, "by its timer")
        world.expect(connection.linux_state() == "CLOSE-WAIT", "Linux stays in CLOSE-WAIT")
        connection.linux.send(10)
        world.until(lambda: connection.linux.error, "and is reset when it sends (R-30)")
    else:
        world.until(lambda: connection.state == "CLOSE-WAIT", "we know")
        world.until(lambda: connection.linux_state() == "none", "Linux's FIN-WAIT-2 ends")
        world.rest(0.5)
        world.expect(connection.state == "CLOSE-WAIT", "we stay in CLOSE-WAIT")
        connection.send(10)
        world.until(lambda: connection.reason == "reset", "and are reset when we send")


@scenario("a half-closed connection with a reader has no timer in FIN-WAIT-2", "RFC 9293 3.6.1; R-59, R-48",
          settings={"FinWait2Timeout": "500ms"}, sysctls={"tcp_fin_timeout": 1})
def half_close_waits(world: World) -> None:
    connection = world.open()
    if world.we_open:
        connection.shutdown()
        world.until(lambda: connection.state == "FIN-WAIT-2", "we are in FIN-WAIT-2")
        world.rest(1.5)
        world.expect(connection.state == "FIN-WAIT-2", "we stay there")
        connection.linux.send(777)
        world.until(lambda: connection.received == 777, "we still receive")
    else:
        connection.linux.shutdown()
        world.until(lambda: connection.state == "CLOSE-WAIT", "we know")
        world.rest(1.5)
        connection.send(777)
        world.until(lambda: connection.linux.received == 777, "Linux still receives")
        world.expect(connection.state == "CLOSE-WAIT", "we stay in CLOSE-WAIT")


@scenario("a second CLOSE sends no second FIN", "RFC 9293 3.10.4; R-52", roles=("active",))
def close_twice(world: World) -> None:
    connection = world.open()
    connection.close()
    world.until(lambda: connection.state == "FIN-WAIT-2", "our FIN is acknowledged")
    connection.close()
    world.rest(0.3)
    world.expect(len(connection.sent(True, lambda s: s.fin)) == 1, "one FIN")
    close_second(world, connection)
    ends_normally(world, connection)


