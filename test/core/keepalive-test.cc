// Keepalive: RFC 9293 3.8.4, RFC 1122 4.2.3.6.

#include "ladder.h"
#include "pair.h"

namespace lifecycle::test
{
namespace
{

ConnectionConfig
KeepAlive()
{
    ConnectionConfig config = Plain();
    config.keepAlive = true;
    config.keepIdle = 100s;
    config.keepInterval = 10s;
    config.keepCount = 3;
    return config;
}

// Covers R-79, MUST-24, MUST-25
TEST(Keepalive, IsOffByDefault)
{
    for (const State state : {State::ESTABLISHED, State::FIN_WAIT_2, State::CLOSE_WAIT})
    {
        Ladder l;
        l.At(0s).To(state);
        l.At(3h).In(state);
    }
}

// Covers R-80, MUST-26: the retransmission timer rules where something is outstanding
TEST(Keepalive, NeverProbesWhileDataIsOutstanding)
{
    ConnectionConfig config = KeepAlive();
    config.keepIdle = 500ms;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.At(400ms).UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.At(1400ms).Expires().Resends(Seq(1).Ack(1).Len(10));
    l.At(1410ms).Arrives(Seq(1).Ack(11)).Releases(1, 10);
    l.At(1910ms).Expires().Sends(Seq(10).Ack(1), SegmentKind::KEEPALIVE);
}

// Covers R-80: nor while a FIN is
TEST(Keepalive, NeverProbesWhileAFinIsOutstanding)
{
    for (const State state : {State::FIN_WAIT_1, State::CLOSING, State::LAST_ACK})
    {
        ConnectionConfig config = KeepAlive();
        config.keepIdle = 500ms;
        Ladder l(config);
        l.At(0s).To(state);
        EXPECT_EQ(l.Subject().NextDeadline(), Instant(1s));
    }
}

// Covers R-79, MUST-24: a connection that is idle already is probed from then on, or no longer
TEST(Keepalive, IsSwitchedOnAndOffWhileTheConnectionIsIdle)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.At(1000s).Configures(KeepAlive());
    l.At(1100s).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
    l.At(1101s).Arrives(Seq(1).Ack(1));
    l.At(1150s).Configures(Plain());
    l.At(3h).In(State::ESTABLISHED);
}

// Covers R-82, MUST-29, T44.ES, T44.CW, T44.F2: I + n * J after the last segment
TEST(Keepalive, EndsTheConnectionAfterARunOfUnansweredProbes)
{
    const std::pair<State, const char*> cases[] = {
        {State::ESTABLISHED, "T44.ES"},
        {State::CLOSE_WAIT, "T44.CW"},
        {State::FIN_WAIT_2, "T44.F2"},
    };
    for (const auto& [state, id] : cases)
    {
        Ladder l(KeepAlive());
        l.At(0s).To(state);
        const Seg probe = Seq(l.SndNxt() - 1).Ack(l.RcvNxt());
        l.At(100s).Expires().Sends(probe, SegmentKind::KEEPALIVE);
        l.At(110s).Expires().Sends(probe, SegmentKind::KEEPALIVE);
        l.At(120s).Expires().Sends(probe, SegmentKind::KEEPALIVE);
        l.At(130s).Expires().Moves(id).Tells(UserSignal::KEEPALIVE_TIMEOUT);
        l.Forgets(CloseReason::KEEPALIVE).In(State::CLOSED);
    }
}

// Covers: nothing is unacknowledged, so the user timeout has nothing to count
TEST(Keepalive, UserTimeoutDoesNotCountItsProbes)
{
    ConnectionConfig config = KeepAlive();
    config.userTimeout = 5s;
    Ladder l(config);
    l.At(0s).ToEstablished();
    for (const Duration at : {100s, 110s, 120s})
    {
        l.At(at).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
    }
    l.At(130s).Expires().Moves("T44.ES").Tells(UserSignal::KEEPALIVE_TIMEOUT);
    l.Forgets(CloseReason::KEEPALIVE);
}

// Covers R-82, T44.ES: as in Linux, so much silence decides, whatever the number of probes
TEST(Keepalive, UserTimeoutMayEndItInstead)
{
    const std::pair<Duration, int> cases[] = {{5s, 1}, {111s, 2}, {160s, 6}};
    for (const auto& [timeout, probes] : cases)
    {
        ConnectionConfig config = KeepAlive();
        config.userTimeout = timeout;
        config.userTimeoutCoversProbes = true;
        Ladder l(config);
        l.At(0s).ToEstablished();
        for (int i = 0; i < probes; ++i)
        {
            l.At(100s + i * 10s).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
        }
        l.At(100s + probes * 10s).Expires().Moves("T44.ES");
        l.Tells(UserSignal::KEEPALIVE_TIMEOUT).Forgets(CloseReason::KEEPALIVE);
    }
}

//
TEST(Keepalive, SurvivesTheLossOfAllProbesButTheLast)
{
    Ladder l(KeepAlive());
    l.At(0s).ToEstablished();
    l.At(100s).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
    l.At(110s).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
    l.At(120s).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
    l.At(121s).Arrives(Seq(1).Ack(1));
    l.At(221s).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
    l.At(231s).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
    l.At(241s).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
    l.At(251s).Expires().Moves("T44.ES").Tells(UserSignal::KEEPALIVE_TIMEOUT);
    l.Forgets(CloseReason::KEEPALIVE);
}

// Covers R-80, MUST-27
TEST(Keepalive, IdleTimeStartsAnewWithEverySegment)
{
    Ladder l(KeepAlive());
    l.At(0s).ToEstablished();
    l.At(60s).Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.At(120s).Arrives(Seq(11).Ack(1));
    l.At(180s).Arrives(Seq(10).Ack(1)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(11));
    l.At(280s).Expires().Sends(Seq(0).Ack(11), SegmentKind::KEEPALIVE);
}

// Covers R-79, MUST-28
TEST(Keepalive, IdleTimeIsTwoHoursByDefault)
{
    ConnectionConfig config = Plain();
    config.keepAlive = true;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.At(2h).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
}

// Covers R-81, SHLD-12, MAY-6
TEST(Keepalive, GarbageOctetIsNeitherCountedNorDelivered)
{
    ConnectionConfig config = KeepAlive();
    config.keepGarbageOctet = true;
    Pair pair(config);
    pair.Establish();
    pair.Forget();
    pair.RunUntil(150s);
    EXPECT_EQ(pair.Wire(), (Lines{"A . 0:1 ack 1", "B . 1 ack 1"}));
    EXPECT_EQ(pair.Delivered(Side::A), 0U);
    EXPECT_EQ(pair.Delivered(Side::B), 0U);
}

// Covers R-81: a peer answers because the probe lies below its window
TEST(Keepalive, LivingPeerAnswersForEver)
{
    Pair pair(KeepAlive());
    pair.Establish();
    pair.RunUntil(2h);
    EXPECT_EQ(pair.StateOf(Side::A), State::ESTABLISHED);
    EXPECT_EQ(pair.StateOf(Side::B), State::ESTABLISHED);
    EXPECT_EQ(pair.Told(Side::B), std::vector<UserSignal>());
}

// Covers R-83, T41.ES
TEST(Keepalive, RebootedPeerResetsOneRoundTripAfterTheFirstProbe)
{
    Pair pair(KeepAlive());
    pair.Establish();
    pair.Crash(Side::B);
    pair.Forget();
    pair.Run();
    EXPECT_EQ(pair.Wire(), (Lines{"A . 0 ack 1", "B R 1"}));
    EXPECT_EQ(pair.Moves(Side::A), "T41.ES");
    EXPECT_EQ(pair.Now(), 20ms + 100s + 20ms);
    EXPECT_TRUE(pair.NothingLeft());
}

// Covers R-80: it may be switched on while nothing happens, and off again
TEST(Keepalive, CanBeSwitchedOnAnIdleConnection)
{
    Ladder l(NoUserTimeout());
    l.At(0s).ToEstablished();
    l.At(1000s).Configures(KeepAlive());
    l.At(1100s).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
    l.Configures(NoUserTimeout());
    l.At(10000s).In(State::ESTABLISHED);
}

// Covers R-82: detection takes I + n * J
TEST(Keepalive, SilentDeathIsDetectedInTime)
{
    Pair pair(KeepAlive());
    pair.Establish();
    pair.Impair([](Side, const Segment&) { return Pair::Fate{}; });
    pair.Run();
    EXPECT_EQ(pair.Reason(Side::A), CloseReason::KEEPALIVE);
    EXPECT_EQ(pair.Reason(Side::B), CloseReason::KEEPALIVE);
    EXPECT_EQ(pair.Now(), 30ms + 100s + 3 * 10s);
}

} // namespace
} // namespace lifecycle::test
