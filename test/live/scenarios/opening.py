"""How a connection comes to be."""

from scenario import scenario
from world import World


@scenario("three segments open, three or four close, and who closed first waits 2 MSL",
          "RFC 9293 3.5 Figure 6, 3.6 Figure 12; R-16, R-61")
def open_and_close(world: World) -> None:
    connection = world.open()
    syn, syn_ack, ack = connection.segments[:3]
    world.expect([syn.letters, syn_ack.letters, ack.letters] == ["S", "S.", "."], "SYN, SYN-ACK, ACK")
    world.expect(syn_ack.ack == syn.end and ack.seq == syn.end and ack.ack == syn_ack.end, "Figure 6's numbers")
    connection.close()
    world.until(lambda: connection.linux.at_end, "Linux reads the end of file")
    connection.linux.close()
    world.until(lambda: connection.state == "TIME-WAIT", "we wait in TIME-WAIT")
    world.until(lambda: connection.state == "CLOSED", "2 MSL end it")
    world.expect(connection.reason == "normal", "the end is a normal one")
    world.expect(connection.linux_state() == "none", "Linux has no trace of it left")
