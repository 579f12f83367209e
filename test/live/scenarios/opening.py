"""How a connection comes to be, or does not."""

from scenario import pure_ack, scenario, syn
from world import Connection, World


def octets_pass(world: World, connection: Connection) -> None:
    """What is established carries data both ways."""
    connection.send(3000)
    connection.linux.send(2000)
    world.until(lambda: connection.linux.received == 3000, "Linux reads our 3000 octets")
    world.until(lambda: connection.received == 2000, "we read Linux's 2000 octets")


@scenario("Figure 6: SYN, SYN-ACK, ACK with its numbers; then data passes both ways",
          "RFC 9293 3.5; R-16, R-101")
def open_in_three_segments(world: World) -> None:
    connection = world.open()
    first, second, third = connection.segments[:3]
    world.expect([s.letters for s in (first, second, third)] == ["S", "S.", "."], "SYN, SYN-ACK, ACK")
    world.expect(second.ack == first.end, "the SYN-ACK acknowledges the SYN")
    world.expect((third.seq, third.ack) == (first.end, second.end), "the ACK has Figure 6's numbers")
    octets_pass(world, connection)


@scenario("options are in force only if both SYNs carry them: all of them",
          "RFC 7323 2, 3.2, RFC 2018 2; R-09, R-10, R-11")
def all_options_agreed(world: World) -> None:
    connection = world.open()
    for segment in connection.segments[:2]:
        world.expect({"mss", "wscale", "ts", "sackOK"} <= segment.options.keys(), "both SYNs offer them")
    octets_pass(world, connection)
    rest = connection.sent(True)[1:]
    world.expect(all("ts" in s.options for s in rest), "each later segment of ours has a timestamp")
    world.expect(not any({"mss", "wscale", "sackOK"} & s.options.keys() for s in rest if not s.syn),
                 "what belongs on SYNs is on SYNs alone")


@scenario("options are in force only if both SYNs carry them: Linux offers none",
          "RFC 7323 2, 3.2, RFC 2018 2; R-06, R-09, R-10, R-11",
          sysctls={"tcp_timestamps": 0, "tcp_sack": 0, "tcp_window_scaling": 0})
def no_options_agreed(world: World) -> None:
    connection = world.open()
    octets_pass(world, connection)
    world.expect(all(not s.options.keys() - {"mss"} for s in connection.sent(True) if not s.syn or s.has_ack),
                 "we use none of them")
    world.expect("mss" in connection.sent(True)[0].options, "our SYN has an MSS")


@scenario("a closed port answers SYN with RST,ACK of sequence number 0, and who is refused is told",
          "RFC 9293 3.10.7.1, 3.10.7.3; R-30, R-36")
def refused(world: World) -> None:
    if world.we_open:
        connection = world.we_connect()
        world.until(lambda: connection.told("failed"), "our user is told")
        world.expect(connection.reason == "refused", "the reason is `refused`")
    else:
        connection = world.linux_connects()
        world.until(lambda: connection.linux.error, "Linux's user is told")
        reset = connection.sent(True)[0]
        world.expect(reset.letters == "R." and reset.seq == 0, "RST,ACK with sequence number 0")
        world.expect(reset.ack == connection.sent(False)[0].end, "it acknowledges the SYN")
        world.expect(len(connection.sent(True)) == 1, "once")


@scenario("crossing SYNs make one connection", "RFC 9293 3.5 Figure 7; R-17")
def simultaneous_open(world: World) -> None:
    ours, theirs = world.hold(syn(True)), world.hold(syn(False))
    dials = [lambda: world.we_connect(our_port=80, port=50001),
             lambda: world.linux_connects(linux_port=50001, port=80, child="c")]
    first, second = (dial() for dial in (dials if world.we_open else reversed(dials)))
    world.until(lambda: ours.hits and theirs.hits, "both have sent a SYN")
    world.release(ours)
    world.release(theirs)
    connection = second if world.we_open else first  # the one that knows Linux's socket
    world.connections = [connection]
    world.until(lambda: connection.state == "ESTABLISHED", "we are established")
    world.until(lambda: connection.linux_state() == "ESTAB", "Linux is established")
    world.expect(connection.states[:3] == ["SYN-SENT", "SYN-RECEIVED", "ESTABLISHED"], "as in Figure 7")
    octets_pass(world, connection)


@scenario("a lost SYN is sent again with the same number, and one connection results",
          "RFC 9293 3.8.1, RFC 6298 2.1; R-27")
def lost_syn(world: World) -> None:
    lost = world.drop(syn(world.we_open))
    connection = world.open()
    sent = connection.sent(world.we_open, lambda s: s.syn)
    world.expect(lost.hits and len(sent) >= 2 and len({s.seq for s in sent}) == 1, "the SYN again, its number the same")
    octets_pass(world, connection)
    world.expect(connection.states.count("ESTABLISHED") == 1, "one connection")


@scenario("a lost SYN-ACK is sent again with the same number", "RFC 9293 3.10.7.4, 3.8.1; R-26, R-29")
def lost_syn_ack(world: World) -> None:
    lost = world.drop(syn(not world.we_open))
    connection = world.open()
    sent = connection.sent(not world.we_open, lambda s: s.syn)
    world.expect(lost.hits and len(sent) >= 2 and len({s.seq for s in sent}) == 1, "the SYN-ACK again, the same")
    octets_pass(world, connection)


@scenario("the SYN-ACK that comes again for a lost ACK is acknowledged; ours is sent again",
          "RFC 9293 3.10.7.4; R-32, R-26")
def lost_handshake_ack(world: World) -> None:
    lost = world.drop(pure_ack(world.we_open))
    connection = world.open()
    world.until(lambda: len(connection.sent(not world.we_open, lambda s: s.syn)) >= 2, "the SYN-ACK comes again")
    world.until(lambda: len(connection.sent(world.we_open, lambda s: s.is_pure_ack)) >= 2, "and the ACK")
    world.expect(lost.hits, "the ACK was lost")
    octets_pass(world, connection)


@scenario("a SYN that nobody answers is repeated at doubling intervals, then given up",
          "RFC 9293 3.8.3; R-26", settings={"SynRetries": "2", "SynAckRetries": "2", "InitialRto": "300ms"},
          sysctls={"tcp_syn_retries": 1, "tcp_syn_linear_timeouts": 0})
def syn_never_answered(world: World) -> None:
    world.drop(syn(False) if world.we_open else syn(True), times=1000)
    connection = world.start_open()
    if world.we_open:
        world.until(lambda: connection.told("failed"), "our user is told")
        sent = connection.sent(True, lambda s: s.syn)
        world.expect(len(sent) == 3, "one SYN and two more")
        first, second, third = (s.options["ts"][0] for s in sent)  # our clock, in ms
        world.expect((second - first, third - second) == (300, 600), "after 300 ms, then 600 ms")
        world.expect(connection.reason == "timed-out", "the reason is that nobody answered")
    else:
        world.until(lambda: connection.linux.error, "Linux's user is told")
        world.until(lambda: "T18" in connection.transitions, "we forget the half-open connection")
        world.expect(not connection.told("accepted"), "our user is not told")


@scenario("a FIN or data on the way before the ACK of the handshake is held until established",
          "RFC 9293 3.10.7.4; R-56, R-101")
def data_before_the_handshake_ack(world: World) -> None:
    held = world.hold(pure_ack(world.we_open))
    connection = world.start_open()
    world.until(lambda: held.hits, "the ACK is held")
    if world.we_open:
        connection.send(100)
        world.finish_open(connection)
        world.until(lambda: connection.linux.received == 100, "Linux reads")
    else:
        connection.linux.send(100)
        world.until(lambda: connection.received == 100, "we read what came ahead of the ACK")
    world.release(held)
    octets = connection.linux.received, connection.received
    world.rest(0.2)
    world.expect(octets == (connection.linux.received, connection.received), "the late ACK changes nothing")
    world.expect(connection.state == "ESTABLISHED", "we are established")
