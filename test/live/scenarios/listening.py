"""Listeners: queues that are full, cookies, and what does not belong there."""

from scenario import pure_ack, rst, scenario, syn
from scenarios.opening import octets_pass
from segment import ACK, FIN, RST, SYN
from world import Connection, World


def overflow(world: World, aborts: bool) -> None:
    """One connection more than the accept queue takes."""
    if world.we_open:
        listener = world.linux_listens()
        held = world.hold(pure_ack(True), times=2)
        first, second = (world.we_connect(our_port=40001 + i, handle=f"c{i}") for i in range(2))
        world.until(lambda: len(held.hits) == 2, "both have their SYN-ACK")
        listener.listen(0)  # takes one connection
        world.release(held)
        if aborts:
            world.until(lambda: second.reason == "reset", "its RST ends the second connection")
            world.expect(first.state == "ESTABLISHED", "not the first")
        else:
            world.until(lambda: len(second.sent(False, syn(False))) >= 2, "its SYN-ACK comes again")
            world.accept(listener, first)
            world.until(lambda: second.linux_state() == "ESTAB", "our ACK of it opens the connection")
            world.accept(listener, second)
            octets_pass(world, second)
        return
    world.listen(AutoAccept="false", AcceptQueueLimit="1", AbortOnOverflow="true" if aborts else "false",
                 SynAckRetries="20")
    first = world.linux_connects(linux_port=50001, child="s.1")
    world.until(lambda: first.state == "ESTABLISHED", "the first fills the queue")
    second = world.linux_connects(linux_port=50002, child="s.2")
    if aborts:
        world.until(lambda: second.linux.error, "Linux's user is told")
        world.expect(second.sent(True, rst(True)), "the last ACK is answered by a RST")
    else:
        world.until(lambda: len(second.sent(True, syn(True))) >= 2, "the SYN-ACK is sent again")
        world.expect(second.state == "SYN-RECEIVED", "the last ACK is ignored")
        world.order("accept s")
        world.until(lambda: second.state == "ESTABLISHED", "it is established once there is room")
        world.order("accept s")
        world.until(lambda: second.told("accepted"), "and accepted")
        octets_pass(world, second)


@scenario("a full accept queue ignores the last ACK until there is room", "tcp(7) tcp_abort_on_overflow; R-96",
          sysctls={"tcp_abort_on_overflow": 0})
def full_accept_queue(world: World) -> None:
    overflow(world, False)


@scenario("a full accept queue resets if it is told to", "tcp(7) tcp_abort_on_overflow; R-96",
          sysctls={"tcp_abort_on_overflow": 1})
def full_accept_queue_aborts(world: World) -> None:
    overflow(world, True)


@scenario("a SYN cookie brings a connection into being by its ACK alone", "RFC 4987 3.6; R-93",
          sysctls={"tcp_syncookies": 2})
def syn_cookies(world: World) -> None:
    connection = world.open(**({} if world.we_open else {"SynCookies": "always"}))
    if world.we_open:
        world.note(f"cookies sent {world.counter('SyncookiesSent')}, received {world.counter('SyncookiesRecv')}")
    else:
        world.expect("T07" in connection.transitions, "straight from LISTEN to ESTABLISHED")
    octets_pass(world, connection)


@scenario("a forged ACK is no SYN cookie: it is answered by a RST", "RFC 4987 3.6, RFC 9293 3.10.7.2; R-93, R-45",
          roles=("passive",))
def forged_cookie(world: World) -> None:
    world.listen(SynCookies="always")
    stranger = Connection(world, "s.1", 80, 50009)
    world.connections.append(stranger)
    stranger.inject(False, ACK, seq=1000, ack=123456789)
    world.until(lambda: stranger.sent(True), "it is answered")
    world.expect(stranger.sent(True)[0].letters == "R" and stranger.sent(True)[0].seq == 123456789, "RST at SEG.ACK")
    world.expect(not stranger.told("accepted"), "no connection")


@scenario("LISTEN: an ACK is answered by RST at SEG.ACK; RST, FIN and data alone by nothing",
          "RFC 9293 3.10.7.2; R-45, R-55, R-33", roles=("passive",))
def strays_at_a_listener(world: World) -> None:
    world.listen()
    stranger = Connection(world, "s.1", 80, 50009)
    world.connections.append(stranger)
    for flags in (RST, FIN, 0):
        stranger.inject(False, flags, seq=1000, payload=b"stray" if not flags else b"")
    world.rest(0.4)
    world.expect(not stranger.sent(True), "no answer")
    for flags in (ACK, SYN | ACK, FIN | ACK):
        count = len(stranger.sent(True))
        stranger.inject(False, flags, seq=1000, ack=777)
        world.until(lambda: len(stranger.sent(True)) > count, "an answer")
        answer = stranger.sent(True)[-1]
        world.expect(answer.letters == "R" and answer.seq == 777, "RST at SEG.ACK")
    twin = world.linux_connects()
    world.until(lambda: twin.told("accepted"), "the listener is none the worse")


@scenario("CLOSED: all but RST is answered by a RST that its sender accepts", "RFC 9293 3.10.7.1; R-30, R-33",
          roles=("passive",))
def strays_at_a_closed_port(world: World) -> None:
    stranger = Connection(world, "none", 81, 50009)
    world.connections.append(stranger)
    stranger.inject(False, RST, seq=1000)
    world.rest(0.3)
    world.expect(not stranger.sent(True), "a RST is not answered")
    for flags, payload, letters, seq, ack in ((SYN, b"", "R.", 0, 1001), (SYN, b"abc", "R.", 0, 1004),
                                              (FIN, b"", "R.", 0, 1001), (ACK, b"abc", "R", 777, 0),
                                              (FIN | ACK, b"", "R", 777, 0)):
        count = len(stranger.sent(True))
        stranger.inject(False, flags, seq=1000, ack=777, payload=payload)
        world.until(lambda: len(stranger.sent(True)) > count, "an answer")
        answer = stranger.sent(True)[-1]
        world.expect((answer.letters, answer.seq, answer.ack) == (letters, seq, ack), f"{letters} for {flags}")


@scenario("a half-open connection whose SYN was an old duplicate goes back to LISTEN by Linux's RST",
          "RFC 9293 3.5 Figure 8, 11; R-22", roles=("passive",))
def old_duplicate_syn(world: World) -> None:
    world.listen()
    phantom = Connection(world, "s.1", 80, 50009)
    world.connections.append(phantom)
    phantom.inject(False, SYN, seq=1000)
    world.until(lambda: phantom.sent(False, rst(False)), "Linux resets what it never asked for")
    world.until(lambda: phantom.states == ["SYN-RECEIVED", "LISTEN"], "we are back in LISTEN")
    world.expect("T14" in phantom.transitions and not phantom.told("accepted"), "our user is not told")


@scenario("a SYN queue that is full drops SYNs; Linux's comes through when there is room",
          "RFC 4987 2.2; R-89", roles=("passive",), settings={"SynAckRetries": "1", "InitialRto": "300ms"})
def full_syn_queue(world: World) -> None:
    world.listen(SynQueueLimit="2")
    world.drop(rst(False), times=1000)  # Linux would reset the phantoms
    phantoms = [Connection(world, "none", 80, port) for port in (50007, 50008)]
    for phantom in phantoms:
        phantom.inject(False, SYN, seq=1000)
    world.until(lambda: all(p.state == "SYN-RECEIVED" for p in phantoms), "it is full")
    connection = world.linux_connects()
    world.until(lambda: connection.sent(False, syn(False)), "Linux sends a SYN")
    world.rest(0.2)
    world.expect(not connection.sent(True), "it is not answered")
    world.until(lambda: connection.told("accepted"), "a later one is")
