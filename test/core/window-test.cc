// Windows: RFC 9293 3.8.6 (zero-window probing, silly windows, shrinking), 3.10.7.4 (window update).

#include "ladder.h"
#include "pair.h"

namespace lifecycle::test
{
namespace
{

ConnectionConfig
SmallBuffer(std::uint32_t octets)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = octets;
    return config;
}

// Covers R-84, MUST-36: neither end may answer the other's acknowledgments for ever
TEST(Window, TwoClosedWindowsThatProbeEachOtherDoNotExchangeAcksForEver)
{
    Pair pair(SmallBuffer(1000));
    pair.Establish();
    for (const Side side : {Side::A, Side::B})
    {
        pair.ReadsAtOnce(side, false);
        pair.Send(side, 2000);
    }
    pair.Forget();
    pair.RunUntil(10min);
    EXPECT_LT(pair.Wire().size(), 200U);
    EXPECT_EQ(pair.StateOf(Side::A), State::ESTABLISHED);
    EXPECT_EQ(pair.StateOf(Side::B), State::ESTABLISHED);
    for (const Side side : {Side::A, Side::B})
    {
        pair.Read(side, 1000);
        pair.ReadsAtOnce(side, true);
    }
    pair.RunUntil(20min);
    EXPECT_EQ(pair.Delivered(Side::A), 2000U);
    EXPECT_EQ(pair.Delivered(Side::B), 2000U);
}

// Covers R-105: a buffer that the window field cannot tell of is used all the same
TEST(Window, IsCutToItsFieldAndTheBufferIsNot)
{
    Ladder l(SmallBuffer(68000));
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(1000)).Takes(1, 1000).Acks(Seq(1).Ack(1001).Win(64535));
    l.Arrives(Seq(1001).Ack(1).Len(1000)).Takes(1001, 1000).Acks(Seq(1).Ack(2001).Win(65535));
    l.Arrives(Seq(2001).Ack(1).Len(1000)).Takes(2001, 1000).Acks(Seq(1).Ack(3001).Win(64535));
}

// Covers R-105, MUST-39: against it, where it is wished, as in BSD
TEST(Window, MayGrowByAnyStepUnlessItIsSilly)
{
    ConnectionConfig config = SmallBuffer(3000);
    config.announceAllRoom = true;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(2000)).Takes(1, 2000).Acks(Seq(1).Ack(2001).Win(1000));
    l.UserReads(400);
    l.Arrives(Seq(2001).Ack(1).Len(1)).Takes(2001, 1).Acks(Seq(1).Ack(2002).Win(999)); // silly
    l.UserReads(602); // what is no reason to send anything
    l.Arrives(Seq(2002).Ack(1).Len(1)).Takes(2002, 1).Acks(Seq(1).Ack(2003).Win(2000));
    l.UserReads(7);
    l.Arrives(Seq(2003).Ack(1).Len(1)).Takes(2003, 1).Acks(Seq(1).Ack(2004).Win(2006));
}

// Covers R-105: as in BSD
TEST(Window, BufferMayBeRoundedUpToSegments)
{
    ConnectionConfig config = SmallBuffer(65536);
    config.windowScaling = true;
    config.announceAllRoom = true;
    for (const bool rounds : {false, true})
    {
        config.roundReceiveBuffer = rounds;
        Ladder l(config);
        l.Opens().Moves("T02").Sends(Seq(0).Syn().Scale(1).Win(65535));
        l.Arrives(Seq(0).Ack(1).Syn().Mss(1460).Scale(0)).Moves("T08");
        l.Tells(UserSignal::CONNECTION_ESTABLISHED);
        l.Acks(Seq(1).Ack(1).Win((rounds ? 65700 : 65536) / 2));
    }
}

// Covers, T43.ES
TEST(Window, UnansweredProbesEndTheConnection)
{
    Ladder l;
    l.At(0s).ToSynSent();
    l.At(1ms).Arrives(Seq(0).Ack(1).Syn().Win(0)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.At(10s).UserSends(100);
    l.At(11s).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
    const auto probe = [&](Duration at) {
        return l.At(at).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE), &l;
    };
    probe(13s);
    l.At(17s).Expires().Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS);
    l.Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
    probe(25s);
    probe(41s);
    probe(73s);
    probe(133s);
    l.At(193s).Expires().Moves("T43.ES").Tells(UserSignal::CONNECTION_TIMED_OUT);
    l.Forgets(CloseReason::TIMED_OUT);
}

// Covers R-84: the timeout backs off as ever, and its bounds are for the probes alone
TEST(Window, ProbesKeepBetweenTheirBounds)
{
    ConnectionConfig config = Plain();
    config.persistMin = 5s;
    config.persistMax = 20s;
    Ladder l(config);
    l.At(0s).ToSynSent();
    l.At(1ms).Arrives(Seq(0).Ack(1).Syn().Win(0)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.At(10s).UserSends(100);
    for (const Duration at : {15s, 20s, 25s, 33s, 49s, 69s, 89s})
    {
        l.At(at).Expires();
        if (at == 25s)
        {
            l.Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS);
        }
        l.Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
    }
    l.At(109s).Expires().Moves("T43.ES").Tells(UserSignal::CONNECTION_TIMED_OUT);
    l.Forgets(CloseReason::TIMED_OUT);
    Ladder m(config); // text into an open window is repeated as ever
    m.At(0s).ToEstablished();
    m.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    m.At(1s).Expires().Resends(Seq(1).Ack(1).Len(10));
}

// Covers R-84, MUST-35, MUST-37, SHLD-29, SHLD-30, MAY-8
TEST(Window, PeerThatStaysClosedForAnHourKeepsTheConnectionAlive)
{
    Pair pair(SmallBuffer(1000));
    pair.Establish();
    pair.ReadsAtOnce(Side::B, false);
    pair.Send(Side::A, 3000);
    pair.Step(100ms);
    pair.Forget();
    pair.RunUntil(1h);
    EXPECT_EQ(pair.StateOf(Side::A), State::ESTABLISHED);
    EXPECT_EQ(pair.Told(Side::A), std::vector<UserSignal>());
    std::vector<Duration> probes;
    for (const Pair::Sent& sent : pair.Log())
    {
        if (sent.kind == SegmentKind::PROBE)
        {
            EXPECT_EQ(sent.segment.len, 1U);
            probes.push_back(sent.at);
        }
    }
    ASSERT_GT(probes.size(), 8U);
    const Duration gaps[] = {2s, 4s, 8s, 16s, 32s, 60s, 60s};
    for (std::size_t i = 0; i < std::size(gaps); ++i)
    {
        EXPECT_EQ(probes[i + 1] - probes[i], gaps[i]) << i;
    }
    pair.Read(Side::B, 1000);
    pair.Step(100ms);
    EXPECT_EQ(pair.Delivered(Side::B), 2000U); // what the window allows flows at once
}

// Covers, MUST-37: what is answered never times out, however rare the probes are
TEST(Window, AnsweredProbesOutliveTheUserTimeout)
{
    ConnectionConfig config = SmallBuffer(1000);
    config.userTimeout = 30s; // probes are up to 60 s apart
    Pair pair(config);
    pair.Establish();
    pair.ReadsAtOnce(Side::B, false);
    pair.Send(Side::A, 3000);
    pair.RunUntil(1h);
    EXPECT_EQ(pair.StateOf(Side::A), State::ESTABLISHED);
}

// Covers, T42.ES: it counts from the first probe that nobody has answered
TEST(Window, UserTimeoutCountsFromTheFirstUnansweredProbe)
{
    ConnectionConfig config = Plain();
    config.userTimeout = 30s;
    Ladder l(config);
    const Seg probe = Seq(1).Ack(1).Len(1);
    l.At(0s).ToSynSent();
    l.At(1ms).Arrives(Seq(0).Ack(1).Syn().Win(0)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.At(10s).UserSends(100);
    l.At(11s).Expires().Sends(probe, SegmentKind::PROBE);
    l.At(11100ms).Arrives(Seq(1).Ack(1).Win(0));
    l.At(13s).Expires().Sends(probe, SegmentKind::PROBE);
    l.At(17s).Expires().Sends(probe, SegmentKind::PROBE);
    l.At(25s).Expires().Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS);
    l.Sends(probe, SegmentKind::PROBE);
    l.At(41s).Expires().Sends(probe, SegmentKind::PROBE);
    l.At(43s).Expires().Moves("T42.ES").Tells(UserSignal::USER_TIMEOUT);
    l.Forgets(CloseReason::USER_TIMEOUT);
}

// Covers: text that waits for the window is not unacknowledged
TEST(Window, UserTimeoutDoesNotRunBeforeTheFirstProbe)
{
    ConnectionConfig config = Plain();
    config.userTimeout = 5s;
    config.persistMin = 20s;
    Ladder l(config);
    l.At(0s).ToSynSent();
    l.At(1ms).Arrives(Seq(0).Ack(1).Syn().Win(0)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.At(10s).UserSends(100);
    l.At(30s).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
    l.At(35s).Expires().Moves("T42.ES").Tells(UserSignal::USER_TIMEOUT);
    l.Forgets(CloseReason::USER_TIMEOUT);
}

// Covers R-77, T42.ES: as in Linux, answers do not help; a window that opens does
TEST(Window, UserTimeoutMayCoverAnsweredProbes)
{
    ConnectionConfig config = Plain();
    config.userTimeout = 10s;
    config.userTimeoutCoversProbes = true;
    for (const bool opens : {false, true})
    {
        Ladder l(config);
        const Seg probe = Seq(1).Ack(1).Len(1);
        l.At(0s).ToSynSent();
        l.At(1ms).Arrives(Seq(0).Ack(1).Syn().Win(0)).Moves("T08");
        l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
        l.At(10s).UserSends(1);
        l.At(11s).Expires().Sends(probe, SegmentKind::PROBE);
        l.At(11100ms).Arrives(Seq(1).Ack(1).Win(0));
        l.At(13s).Expires().Sends(probe, SegmentKind::PROBE);
        l.At(13100ms).Arrives(Seq(1).Ack(1).Win(0));
        if (opens)
        {
            l.At(16s).Arrives(Seq(1).Ack(1).Win(1000)).Resends(probe);
            l.At(16s + 1s).Expires().Resends(probe);
            l.At(16s + 3s).Expires().Resends(probe);
            l.At(16s + 7s).Expires().Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS).Resends(probe);
            l.At(16s + 10s).Expires();
        }
        else
        {
            l.At(17s).Expires().Sends(probe, SegmentKind::PROBE);
            l.At(17100ms).Arrives(Seq(1).Ack(1).Win(0));
            l.At(21s).Expires();
        }
        l.Moves("T42.ES").Tells(UserSignal::USER_TIMEOUT).Forgets(CloseReason::USER_TIMEOUT);
    }
}

//
TEST(Window, LostWindowUpdateIsRecoveredByAProbe)
{
    Pair pair(SmallBuffer(1000));
    pair.Establish();
    pair.ReadsAtOnce(Side::B, false);
    pair.Send(Side::A, 1500);
    pair.Step(100ms);
    EXPECT_EQ(pair.Of(Side::A)->Snd().wnd, 0U);
    pair.DropNext(Side::B);
    pair.Read(Side::B, 1000);
    pair.Step(500ms);
    EXPECT_EQ(pair.Delivered(Side::B), 1000U);
    pair.Step(2s);
    EXPECT_EQ(pair.Delivered(Side::B), 1500U);
}

// Covers R-84, P56
TEST(Window, OpeningSendsAtOnceAndStartsWithTheProbedOctet)
{
    Ladder l;
    l.At(0s).ToSynSent();
    l.At(1ms).Arrives(Seq(0).Ack(1).Syn().Win(0).Mss(1460)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.At(1s).UserSends(100);
    l.At(2s).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
    l.At(2001ms).Arrives(Seq(1).Ack(1).Win(0));
    l.At(3s).Arrives(Seq(1).Ack(1).Win(1000)).Resends(Seq(1).Ack(1).Len(1));
    l.Sends(Seq(2).Ack(1).Len(99).Psh());
    EXPECT_EQ(l.Subject().NextDeadline(), Instant(4s)); // only probes were backed off
    l.At(3001ms).Arrives(Seq(1).Ack(101)).Releases(1, 100);
}

//
TEST(Window, OfTheSynAckBoundsTheFirstFlight)
{
    Ladder l;
    l.ToSynSent();
    l.UserSends(5000);
    l.Arrives(Seq(0).Ack(1).Syn().Win(1072)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED);
    l.Sends(Seq(1).Ack(1).Len(536)).Sends(Seq(537).Ack(1).Len(536));
}

//
TEST(Window, OfTheFinalAckBoundsTheFirstFlight)
{
    Ladder l;
    l.ToSynReceived();
    l.Arrives(Seq(1).Ack(1).Win(1460)).Moves("T12").OffersChild();
    l.UserSends(5000).Sends(Seq(1).Ack(1).Len(1460));
}

//
TEST(Window, IsUnsigned)
{
    ConnectionConfig config = Plain();
    config.initialCwnd = 40;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(40000));
    l.UserSends(50000);
    for (std::uint32_t sent = 0; sent + 1460 <= 40000; sent += 1460)
    {
        l.Sends(Seq(1 + sent).Ack(1).Len(1460));
    }
    l.In(State::ESTABLISHED);
}

// Covers R-103, P56
TEST(Window, OldSegmentsDoNotRollItBack)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(101).Ack(1).Len(1).Win(2000)).Holds(101, 1).Acks(Seq(1).Ack(1));
    EXPECT_EQ(l.Subject().Snd().wnd, 2000U);
    l.Arrives(Seq(1).Ack(1).Win(10)); // older SEQ
    EXPECT_EQ(l.Subject().Snd().wnd, 2000U);
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.Arrives(Seq(101).Ack(11).Win(3000)).Releases(1, 10);
    EXPECT_EQ(l.Subject().Snd().wnd, 3000U);
    l.Arrives(Seq(101).Ack(1).Win(20)); // same SEQ, older ACK
    EXPECT_EQ(l.Subject().Snd().wnd, 3000U);
    l.Arrives(Seq(101).Ack(11).Win(30)); // same SEQ, same ACK
    EXPECT_EQ(l.Subject().Snd().wnd, 30U);
    l.Arrives(Seq(102).Ack(1).Win(40)); // newer SEQ, but an ACK before SND.UNA
    EXPECT_EQ(l.Subject().Snd().wnd, 30U);
}

// Covers R-104, MUST-34
TEST(Window, ShrunkBelowWhatIsInFlightStopsNewDataAndRepeatsOld)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.UserSends(2920).Sends(Seq(1).Ack(1).Len(1460)).Sends(Seq(1461).Ack(1).Len(1460));
    l.At(10ms).Arrives(Seq(1).Ack(1).Win(500));
    l.UserSends(100); // waits
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(1460));
    l.At(1010ms).Arrives(Seq(1).Ack(2921).Win(500)).Releases(1, 2920);
    l.Sends(Seq(2921).Ack(1).Len(100)).In(State::ESTABLISHED);
}

// Covers R-104: our own right edge never moves to the left
TEST(Window, OfOursDoesNotShrink)
{
    Ladder l(SmallBuffer(4000));
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(1000)).Takes(1, 1000).Acks(Seq(1).Ack(1001).Win(3000));
    l.Arrives(Seq(1001).Ack(1).Len(1000)).Takes(1001, 1000).Acks(Seq(1).Ack(2001).Win(2000));
    l.Arrives(Seq(2001).Ack(1).Len(2000)).Takes(2001, 2000).Acks(Seq(1).Ack(4001).Win(0));
}

// Covers R-105, MUST-39
TEST(Window, ReadingOctetByOctetMovesTheRightEdgeByGoodSteps)
{
    Ladder l(SmallBuffer(4000));
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(4000)).Takes(1, 4000).Acks(Seq(1).Ack(4001).Win(0));
    for (int i = 1; i <= 4000; ++i)
    {
        l.UserReads(1);
        if (i == 1460 || i == 1460 + 2000) // an MSS while there is none, then half the buffer
        {
            l.Acks(Seq(1).Ack(4001).Win(i));
        }
    }
    EXPECT_EQ(l.Subject().Rcv().wnd, 3460U);
}

// Covers R-105: with a small buffer, half of it counts
TEST(Window, HalfASmallBufferIsAGoodStep)
{
    Ladder l(SmallBuffer(1000));
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(1000)).Takes(1, 1000).Acks(Seq(1).Ack(1001).Win(0));
    l.UserReads(499);
    l.UserReads(1).Acks(Seq(1).Ack(1001).Win(500));
}

// Covers R-84, P23: probes into our closed window are answered with where we stand
TEST(Window, OfOursClosedAnswersProbesAndTakesTheirAck)
{
    Ladder l(SmallBuffer(1000));
    l.ToEstablished();
    l.UserSends(50).Sends(Seq(1).Ack(1).Len(50));
    l.Arrives(Seq(1).Ack(1).Len(1000)).Takes(1, 1000).Acks(Seq(51).Ack(1001).Win(0));
    l.Arrives(Seq(1001).Ack(51).Len(1)).Releases(1, 50).Acks(Seq(51).Ack(1001).Win(0));
    l.UserSends(50).Sends(Seq(51).Ack(1001).Len(50));
    l.Arrives(Seq(1002).Ack(101)).Releases(51, 50); // its SND.NXT counts the probe
}

} // namespace
} // namespace lifecycle::test
