// What a host reports of timers to who asks.

#include "server.h"

namespace lifecycle::test
{
namespace
{

/** A server whose timers are asked for. */
class TimerReports : public ::testing::Test
{
  protected:
    explicit TimerReports(const ConnectionConfig& children = Quick())
        : s(ListenConfig{}, HostConfig{}, children)
    {
        s.host.Report({false, true});
    }

    static ConnectionConfig Quick()
    {
        ConnectionConfig config;
        config.msl = 5s;
        config.delayedAck = 0s;
        config.userTimeout = 0s;
        return config;
    }

    /** `time-wait armed 10s`: timer, event and deadline from the beginning of the test. */
    Strings Of(const Actions& actions) const
    {
        Strings said;
        for (const Action& action : actions)
        {
            if (const auto* change = std::get_if<TimerChanged>(&action))
            {
                const auto at = std::chrono::duration_cast<std::chrono::milliseconds>(
                    change->deadline.time_since_epoch());
                said.push_back(std::string(ToString(change->timer)) + " " +
                               std::string(ToString(change->event)) + " " +
                               std::to_string(at.count()) + "ms");
            }
        }
        return said;
    }

    Actions At(Duration time)
    {
        s.now = Instant(time);
        Actions out;
        s.host.DeadlineReached(s.now, out);
        return out;
    }

    Server s;
    FourTuple path{From(1)};
};

TEST_F(TimerReports, AreMadeForNobodyWhoHasNotAsked)
{
    s.host.Report({});
    EXPECT_TRUE(Of(s.Syn(path)).empty());
    EXPECT_TRUE(Of(At(1s)).empty());
}

// RFC 6298 2.1 and 5.5: the SYN,ACK again after 1 s, then 2 s.
TEST_F(TimerReports, AnExpiryStandsBeforeWhatFollowsFromIt)
{
    EXPECT_EQ(Of(s.Syn(path)), Strings{"retransmission armed 1000ms"});
    const Actions again = At(1s);
    EXPECT_EQ(Of(again), (Strings{"retransmission expired 1000ms", "retransmission armed 3000ms"}));
    EXPECT_TRUE(std::holds_alternative<TimerChanged>(again.front()));
    EXPECT_TRUE(std::holds_alternative<SendSegment>(again.at(1)));
}

TEST_F(TimerReports, WakingUpEarlyTellsNothing)
{
    s.Syn(path);
    EXPECT_TRUE(Of(At(500ms)).empty());
}

TEST_F(TimerReports, TheFinalAckStopsTheTimer)
{
    const Actions synAck = s.Syn(path);
    EXPECT_EQ(Of(s.Arrives(path, Server::FinalAck(synAck))),
              Strings{"retransmission stopped 1000ms"});
}

// A FIN again restarts the wait, also where a compact record stands for the connection.
TEST_F(TimerReports, TimeWaitIsArmedRestartedAndExpires)
{
    const Actions synAck = s.Syn(path);
    s.Arrives(path, Server::FinalAck(synAck));
    const SeqNum iss = Server::Sent(synAck).seq;
    const auto child = s.host.Accept(s.listener);
    ASSERT_TRUE(child);
    Actions out;
    EXPECT_FALSE(s.host.Close(*child, s.now, out));
    EXPECT_EQ(Of(out), Strings{"retransmission armed 1000ms"});
    const Segment fin = Make(Flag::FIN | Flag::ACK, 101, (iss + 2).Value());
    EXPECT_EQ(Of(s.Arrives(path, fin)),
              (Strings{"retransmission stopped 1000ms", "time-wait armed 10000ms"}));
    s.now = Instant(4s);
    EXPECT_EQ(Of(s.Arrives(path, fin)), Strings{"time-wait restarted 14000ms"});
    EXPECT_TRUE(Of(At(10s)).empty());
    EXPECT_EQ(Of(At(14s)), Strings{"time-wait expired 14000ms"});
    EXPECT_EQ(s.host.Size(), 1U);
}

// The end of a connection stops its timers without a report
TEST_F(TimerReports, AResetStopsWhatRunsWithoutAWord)
{
    s.Syn(path);
    EXPECT_TRUE(Of(s.Arrives(path, Make(Flag::RST, 101))).empty());
    EXPECT_TRUE(Of(At(1s)).empty());
    EXPECT_EQ(Of(s.Syn(path)), Strings{"retransmission armed 2000ms"});
}

} // namespace
} // namespace lifecycle::test
