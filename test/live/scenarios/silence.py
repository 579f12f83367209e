"""Peers that say nothing: keepalive, user timeout, retransmissions used up, peers that have forgotten."""

import socket

from scenario import anything, data, rst, scenario
from world import Connection, World

KEEPALIVE = {"KeepIdle": "500ms", "KeepInterval": "500ms", "KeepCount": "3"}


def keeps_alive(sock: socket.socket) -> None:
    """Linux probes after a second."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in ((socket.TCP_KEEPIDLE, 1), (socket.TCP_KEEPINTVL, 1), (socket.TCP_KEEPCNT, 2)):
        sock.setsockopt(socket.IPPROTO_TCP, option, value)


def probes(connection: Connection, by_us: bool) -> list:
    """Keepalive probes: below SND.NXT."""
    return [s for s in connection.sent(by_us) if not s.syn and s.length <= 1 and s.seq == connection.next(by_us) - 1]


@scenario("a keepalive probe has SEQ=SND.NXT-1; who answers it stays connected", "RFC 9293 3.8.4; R-80, R-81",
          settings=KEEPALIVE | {"KeepAlive": "true"})
def keepalive_answered(world: World) -> None:
    connection = world.open()
    world.until(lambda: len(probes(connection, True)) >= 4, "we probe on and on")
    world.expect(connection.state == "ESTABLISHED", "we stay established")
    world.expect(all(not s.length for s in probes(connection, True)), "probes are empty")


@scenario("Linux's keepalive probe, below our window, is answered by an ACK", "RFC 9293 3.10.7.4; R-32, R-81")
def keepalive_of_linux(world: World) -> None:
    connection = world.open()
    keeps_alive(connection.linux.sock)
    world.until(lambda: len(probes(connection, False)) >= 3, "Linux probes")
    world.until(lambda: len([s for s in connection.sent(True) if s.is_pure_ack]) >= 3, "we answer each")
    world.expect(connection.linux_state() == "ESTAB" and connection.state == "ESTABLISHED", "it lives")


@scenario("keepalive without answers gives up after KeepCount probes and tells the user",
          "RFC 9293 3.8.4; R-80, R-82", settings=KEEPALIVE | {"KeepAlive": "true"})
def keepalive_unanswered(world: World) -> None:
    connection = world.open()
    world.drop(anything(False), times=1000)
    world.until(lambda: connection.reason, "we give up")
    world.expect("T44" in connection.transitions[-1], "because of keepalive")
    world.expect(len(probes(connection, True)) == 3, "after three probes")
    world.expect(not connection.sent(True, lambda s: s.rst), "no RST is prescribed")
    world.expect(connection.linux_state() == "ESTAB", "Linux knows nothing of it")


@scenario("we are reset when Linux's keepalive gives up on us", "RFC 9293 3.10.7.4; R-44, R-34")
def keepalive_of_linux_unanswered(world: World) -> None:
    connection = world.open()
    keeps_alive(connection.linux.sock)
    world.drop(anything(True), times=1000)
    world.until(lambda: connection.linux.error, "Linux gives up")
    world.rest(0.2)
    resets = connection.sent(False, lambda s: s.rst)
    world.note("sends RST" if resets else "sends no RST")
    state = "CLOSED" if resets else "ESTABLISHED"
    world.until(lambda: connection.state == state, "we end exactly if it resets us")


@scenario("the user timeout aborts while data is unacknowledged", "RFC 9293 3.10.8; R-77",
          settings={"UserTimeout": "2s"})
def user_timeout(world: World) -> None:
    connection = world.open()
    world.drop(data(True), times=1000)
    connection.send(1000)
    world.until(lambda: connection.reason, "we give up")
    world.expect("T42" in connection.transitions[-1], "because of the user timeout")
    world.until(lambda: connection.told("broken"), "our user is told")


@scenario("we are not disturbed by Linux's user timeout, beyond its RST", "RFC 9293 3.10.7.4; R-34, R-44")
def user_timeout_of_linux(world: World) -> None:
    connection = world.open()
    connection.linux.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1500)
    world.drop(data(False), times=1000)
    connection.linux.send(1000)
    world.until(lambda: connection.linux.error, "Linux gives up")
    world.rest(0.2)
    resets = connection.sent(False, lambda s: s.rst)
    world.note("sends RST" if resets else "sends no RST")
    state = "CLOSED" if resets else "ESTABLISHED"
    world.until(lambda: connection.state == state, "we end only by a RST")
    world.expect(connection.received == 0, "nothing was delivered")


@scenario("R2: data is given up after DataRetries retransmissions", "RFC 9293 3.8.3; R-75",
          settings={"DataRetries": "2", "MinRto": "300ms"})
def retransmissions_used_up(world: World) -> None:
    connection = world.open()
    world.drop(data(True), times=1000)
    connection.send(500)
    world.until(lambda: connection.reason, "we give up")
    world.expect("T43" in connection.transitions[-1], "because of R2")
    world.expect(len(connection.sent(True, data(True))) == 3, "one segment and two more")
    world.expect(not connection.sent(True, rst(True)), "no RST is prescribed")


def forget(world: World, connection: Connection) -> None:
    """Linux forgets the connection without a word, as if it had been restarted."""
    tcp_repair = 19
    connection.linux.sock.setsockopt(socket.IPPROTO_TCP, tcp_repair, 1)
    connection.linux.sock.close()
    connection.linux.sock = None
    world.until(lambda: connection.linux_state() == "none", "Linux has forgotten")


@scenario("data for a connection that we have forgotten is answered by a RST at SEG.ACK",
          "RFC 9293 3.5.1 Figure 10; R-23, R-30")
def we_have_forgotten(world: World) -> None:
    connection = world.open()
    world.order("crash")
    world.until(lambda: connection.reason, "we have forgotten")
    connection.linux.send(100)
    world.until(lambda: connection.linux.error, "Linux's user is told")
    reset = connection.sent(True, rst(True))[0]
    cause = connection.sent(False, data(False))[0]
    world.expect(reset.letters == "R" and reset.seq == cause.ack, "RST with SEQ=SEG.ACK and no ACK")


@scenario("a RST from a peer that has forgotten ends the connection as soon as we send",
          "RFC 9293 3.5.1 Figure 10; R-23, R-44")
def linux_has_forgotten(world: World) -> None:
    connection = world.open()
    forget(world, connection)
    world.rest(0.2)
    world.expect(connection.state == "ESTABLISHED", "we cannot know")
    connection.send(100)
    world.until(lambda: connection.reason == "reset", "we are reset")
    world.until(lambda: connection.told("broken"), "our user is told")


@scenario("a keepalive probe finds the peer that has forgotten", "RFC 9293 3.8.4; R-83",
          settings=KEEPALIVE | {"KeepAlive": "true"})
def keepalive_finds_out(world: World) -> None:
    connection = world.open()
    forget(world, connection)
    world.until(lambda: connection.reason == "reset", "its RST ends the connection")
    world.expect(len(probes(connection, True)) >= 1, "after a probe")
