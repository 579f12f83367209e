// More connections in TIME-WAIT than there may be.

#include "server.h"

namespace lifecycle::test
{
namespace
{

/** Port @p port connects, the server closes, and the peer does so too. */
void
ToTimeWait(Server& s, std::uint16_t port)
{
    const Segment ack = Server::FinalAck(s.Syn(From(port)));
    s.Arrives(From(port), ack);
    const ConnectionId child = *s.host.Accept(s.listener);
    Actions out;
    EXPECT_FALSE(s.host.Close(child, s.now, out));
    s.Arrives(From(port), Make(Flag::FIN | Flag::ACK, 101, ack.ack.Value() + 1));
}

// Covers T38: which of them goes is a matter of the policy
TEST(TimeWaitLimit, DropsTheOldestOrTheNewest)
{
    for (const bool oldest : {true, false})
    {
        HostConfig config;
        config.timeWaitLimit = 2;
        config.timeWaitOverflow =
            oldest ? TimeWaitOverflow::DROP_OLDEST : TimeWaitOverflow::DROP_NEW;
        Server s(Limits(10), config);
        ToTimeWait(s, 1);
        ToTimeWait(s, 2);
        EXPECT_EQ(s.host.Counters().timeWaitOverflows, 0U);
        s.moves.clear();
        ToTimeWait(s, 3);
        EXPECT_EQ(s.moves, (Strings{"T03", "T12", "T26", "T38"}));
        EXPECT_EQ(s.host.Counters().timeWaitOverflows, 1U);
        EXPECT_EQ(s.host.CountIn(State::TIME_WAIT), 2U);
        EXPECT_EQ(s.host.CountIn(State::LISTEN), 1U);
        EXPECT_EQ(s.StateOf(From(1)), oldest ? State::CLOSED : State::TIME_WAIT);
        EXPECT_EQ(s.StateOf(From(2)), State::TIME_WAIT);
        EXPECT_EQ(s.StateOf(From(3)), oldest ? State::TIME_WAIT : State::CLOSED);
        s.Wait(240s);
        EXPECT_EQ(s.host.Size(), 1U);
        ToTimeWait(s, 4); // those that have ended count no more
        ToTimeWait(s, 5);
        EXPECT_EQ(s.host.Counters().timeWaitOverflows, 1U);
    }
}

} // namespace
} // namespace lifecycle::test
