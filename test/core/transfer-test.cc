// When text and acknowledgments go out, and what is sent again. RFC 9293 3.7.4 and 3.8.6, RFC 5681,
// RFC 6582, RFC 6675, RFC 2018.

#include "ladder.h"
#include "pair.h"

#include <algorithm>

namespace lifecycle::test
{
namespace
{

constexpr std::uint32_t MSS = 1460;

/** The real defaults, but without timestamps, so that a segment holds a round number of octets. */
ConnectionConfig
Untimed()
{
    ConnectionConfig config;
    config.timestamps = false;
    return config;
}

/** Established, both ends willing to use SACK. */
Ladder&
ToEstablishedWithSack(Ladder& l)
{
    l.Opens().Moves("T02").Sends(Seq(0).Syn().SackOk());
    l.Arrives(Seq(0).Ack(1).Syn().Mss(MSS).SackOk()).Moves("T08");
    return l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
}

/** The user sends @p count full segments, and all of them go out. The first is number 0. */
void
SendsFull(Ladder& l, std::uint32_t first, std::uint32_t count)
{
    l.UserSends(count * MSS);
    for (std::uint32_t i = first; i < first + count; ++i)
    {
        l.Sends(Seq(1 + i * MSS).Ack(1).Len(MSS));
    }
}

/** Where segment @p i begins. */
std::uint32_t
At(std::uint32_t i)
{
    return 1 + i * MSS;
}

// ---- delayed acknowledgments

// Covers R-86, SHLD-18, MUST-40
TEST(DelayedAck, WaitsForASecondSegmentOrForItsTime)
{
    Ladder l(Untimed());
    l.ToEstablished();
    l.At(0s).Arrives(Seq(1).Ack(1).Len(100)).Takes(1, 100);
    l.At(200ms).Expires().Acks(Seq(1).Ack(101));
    l.At(1s).Arrives(Seq(101).Ack(1).Len(100)).Takes(101, 100);
    l.At(1100ms).Arrives(Seq(201).Ack(1).Len(100)).Takes(201, 100).Acks(Seq(1).Ack(301));
    l.At(2s).Arrives(Seq(301).Ack(1).Len(100)).Takes(301, 100);
    l.At(2199ms).UserSends(10).Sends(Seq(1).Ack(401).Len(10)); // it rides
    l.At(2500ms);
}

//
TEST(DelayedAck, CountAndTimeCanBeSet)
{
    ConnectionConfig config = Untimed();
    config.delayedAck = 40ms;
    config.delayedAckCount = 3;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(1)).Takes(1, 1);
    l.Arrives(Seq(2).Ack(1).Len(1)).Takes(2, 1);
    l.Arrives(Seq(3).Ack(1).Len(1)).Takes(3, 1).Acks(Seq(1).Ack(4));
    l.Arrives(Seq(4).Ack(1).Len(1)).Takes(4, 1);
    l.At(40ms).Expires().Acks(Seq(1).Ack(5));
    config.delayedAckCount = 1;
    l.Configures(config);
    l.Arrives(Seq(5).Ack(1).Len(1)).Takes(5, 1).Acks(Seq(1).Ack(6));
}

// Covers R-108, RFC 5681 4.2: what is out of order, fills a gap, or ends the stream
TEST(DelayedAck, IsNotForWhatThePeerMustKnowAtOnce)
{
    Ladder l(Untimed());
    l.ToEstablished();
    l.Arrives(Seq(11).Ack(1).Len(10)).Holds(11, 10).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(21).Ack(1).Len(10)).Holds(21, 10).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(1).Ack(1).Len(10)).Holds(1, 10).Delivers(1, 30);
    l.Tells(UserSignal::DATA_ARRIVED).Acks(Seq(1).Ack(31));
    l.Arrives(Seq(31).Ack(1).Len(10).Fin()).Takes(31, 10).Moves("T22");
    l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(42));
}

// ---- Nagle and silly windows

// Covers R-106, SHLD-7
TEST(Nagle, HoldsLittleTextWhileSomeIsUnacknowledged)
{
    Ladder l(Untimed());
    l.ToEstablished();
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.UserSends(20);
    l.UserSends(30);
    l.Arrives(Seq(1).Ack(11)).Releases(1, 10).Sends(Seq(11).Ack(1).Len(50));
    l.UserSends(MSS + 1).Sends(Seq(61).Ack(1).Len(MSS)); // a full segment waits for nothing
    l.Closes().Moves("T21").Sends(Seq(61 + MSS).Ack(1).Len(1).Fin()); // nor does a FIN
}

// Covers R-106, MUST-17
TEST(Nagle, CanBeSwitchedOff)
{
    ConnectionConfig config = Untimed();
    config.nagle = false;
    Ladder l(config);
    l.ToEstablished();
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.UserSends(20).Sends(Seq(11).Ack(1).Len(20));
}

// Covers R-106, MUST-17: on a living connection, too
TEST(Nagle, SwitchedOffLetsGoWhatItHasHeld)
{
    ConnectionConfig config = Untimed();
    Ladder l(config);
    l.ToEstablished();
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.UserSends(20);
    config.nagle = false;
    l.Configures(config).Sends(Seq(11).Ack(1).Len(20));
}

// Covers R-105: RFC 9293 3.8.6.2.1
TEST(SillyWindow, OfThePeerIsNotFilledAtOnce)
{
    Ladder l(Untimed());
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(100));
    l.UserSends(1000); // 100 are neither a segment, nor all, nor half the largest window
    l.At(500ms).Expires().Sends(Seq(1).Ack(1).Len(100));
    l.Arrives(Seq(1).Ack(101).Win(65535)).Releases(1, 100).Sends(Seq(101).Ack(1).Len(900));
}

// Covers R-105: half of the largest window that there ever was is enough
TEST(SillyWindow, OfAPeerWithLittleRoomIsNoReasonToWait)
{
    Ladder l(Untimed());
    l.ToSynSent();
    l.Arrives(Seq(0).Ack(1).Syn().Mss(MSS).Win(200)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.UserSends(1000).Sends(Seq(1).Ack(1).Len(200));
    l.Arrives(Seq(1).Ack(201).Win(100)).Releases(1, 200).Sends(Seq(201).Ack(1).Len(100));
    l.Arrives(Seq(1).Ack(301).Win(99)).Releases(201, 100);
    l.At(500ms).Expires().Sends(Seq(301).Ack(1).Len(99));
}

// ---- the congestion window

// Covers R-28, RFC 5681 3.1: the handshake grows nothing, and a lost SYN leaves one segment
TEST(CongestionWindow, BeginsWithTenSegmentsOrOneIfASynWasLost)
{
    Ladder l(Untimed());
    l.ToEstablished();
    EXPECT_EQ(l.Subject().Congestion().Window(), 10 * MSS);

    Ladder lost(Untimed());
    lost.ToSynSent();
    lost.At(1s).Expires().Resends(Seq(0).Syn());
    lost.Arrives(Seq(0).Ack(1).Syn().Mss(MSS)).Moves("T08");
    lost.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    EXPECT_EQ(lost.Subject().Congestion().Window(), MSS);
}

// Covers R-76: slow start, RFC 5681 3.1 (2)
TEST(CongestionWindow, GrowsByASegmentForEachAcknowledgmentAtFirst)
{
    ConnectionConfig config = Untimed();
    config.initialCwnd = 2;
    Ladder l(config);
    l.ToEstablished();
    l.UserSends(20 * MSS).Sends(Seq(At(0)).Ack(1).Len(MSS)).Sends(Seq(At(1)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(At(1))).Releases(At(0), MSS);
    l.Sends(Seq(At(2)).Ack(1).Len(MSS)).Sends(Seq(At(3)).Ack(1).Len(MSS));
    EXPECT_EQ(l.Subject().Congestion().Window(), 3 * MSS);
    l.Arrives(Seq(1).Ack(At(3))).Releases(At(1), 2 * MSS); // two at once count as one
    for (std::uint32_t i = 4; i < 7; ++i)
    {
        l.Sends(Seq(At(i)).Ack(1).Len(MSS));
    }
    EXPECT_EQ(l.Subject().Congestion().Window(), 4 * MSS);
}

// RFC 5681 3.1: ssthresh may be set to what is known of the path
TEST(CongestionWindow, GrowsByASegmentARoundTripFromTheInitialThresholdOn)
{
    ConnectionConfig config = Untimed();
    config.initialCwnd = 2;
    config.initialSsthresh = 3 * MSS;
    Ladder l(config);
    l.ToEstablished();
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 3 * MSS);
    for (const std::uint32_t grown : {3, 3, 3, 4}) // slow start, then one for three
    {
        const auto sent = static_cast<std::uint32_t>(l.Subject().Snd().nxt - Ladder::ISS - 1) / MSS;
        SendsFull(l, sent, 1);
        l.Arrives(Seq(1).Ack(At(sent + 1))).Releases(At(sent), MSS);
        EXPECT_EQ(l.Subject().Congestion().Window(), grown * MSS);
    }
}

// RFC 5681 4.1
TEST(CongestionWindow, IsNoLargerAfterSilenceThanAtTheStart)
{
    ConnectionConfig config = Untimed();
    config.initialCwnd = 2;
    Ladder l(config);
    l.ToEstablished();
    for (std::uint32_t i = 0; i < 4; ++i)
    {
        SendsFull(l, i, 1);
        l.Arrives(Seq(1).Ack(At(i + 1))).Releases(At(i), MSS);
    }
    EXPECT_EQ(l.Subject().Congestion().Window(), 6 * MSS);
    l.At(2s).UserSends(3 * MSS).Sends(Seq(At(4)).Ack(1).Len(MSS)).Sends(Seq(At(5)).Ack(1).Len(MSS));
}

// RFC 5681 4.1: that a SYN was lost once does not count for ever
TEST(CongestionWindow, AfterSilenceIsTheUsualOneThoughASynWasLost)
{
    Ladder l(Untimed());
    l.At(0s).Opens().Moves("T02").Sends(Seq(0).Syn());
    l.At(1s).Expires().Resends(Seq(0).Syn());
    l.Arrives(Seq(0).Ack(1).Syn().Mss(MSS)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    EXPECT_EQ(l.Subject().Congestion().Window(), MSS);
    std::uint32_t sent = 0;
    for (int i = 0; i < 11; ++i)
    {
        SendsFull(l, sent, 1);
        ++sent;
        l.Arrives(Seq(1).Ack(At(sent))).Releases(At(sent - 1), MSS);
    }
    EXPECT_EQ(l.Subject().Congestion().Window(), 12 * MSS);
    l.At(10s);
    SendsFull(l, sent, 10);
    EXPECT_EQ(l.Subject().Congestion().Window(), 10 * MSS);
}

// Covers R-76, RFC 6582 3.2: duplicates without end inflate cwnd no further than any window goes
TEST(CongestionWindow, IsInflatedUpToABound)
{
    constexpr std::uint32_t GREATEST = 65535U << 14; // RFC 7323 2.3
    CongestionControl congestion;
    congestion.Start(10 * MSS, ConnectionConfig{}, false);
    const Flight flight{SeqNum(0), SeqNum(10 * MSS), MSS};
    for (std::uint32_t i = 0; i < GREATEST / MSS + 10; ++i)
    {
        congestion.Duplicate(flight);
        ASSERT_LE(congestion.Window(), GREATEST) << i;
    }
    EXPECT_EQ(congestion.Window(), GREATEST);
}

// ---- recovery without SACK

// Covers: RFC 5681 3.2, RFC 6582 3.2, RFC 3042
TEST(FastRetransmit, OfTheThirdDuplicateAndOfEachPartialAcknowledgment)
{
    Ladder l(Untimed());
    l.ToEstablished();
    SendsFull(l, 0, 10);
    l.UserSends(20 * MSS);
    l.Arrives(Seq(1).Ack(1)).Sends(Seq(At(10)).Ack(1).Len(MSS)); // limited transmit
    l.Arrives(Seq(1).Ack(1)).Sends(Seq(At(11)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(1)).Resends(Seq(At(0)).Ack(1).Len(MSS)); // the third
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 5 * MSS);
    for (int i = 0; i < 4; ++i)
    {
        l.Arrives(Seq(1).Ack(1)); // cwnd grows to the 12 in flight
    }
    l.Arrives(Seq(1).Ack(1)).Sends(Seq(At(12)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(At(4))).Releases(At(0), 4 * MSS);
    l.Resends(Seq(At(4)).Ack(1).Len(MSS)); // partial
    l.Sends(Seq(At(13)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(At(12))).Releases(At(4), 8 * MSS); // all that was in flight
    EXPECT_EQ(l.Subject().Congestion().Window(), 3 * MSS);  // what is in flight and one more
    l.Sends(Seq(At(14)).Ack(1).Len(MSS));
}

// What is no duplicate in the sense of RFC 5681 2
TEST(FastRetransmit, CountsOnlyEmptySegmentsThatChangeNothing)
{
    Ladder l(Plain());
    l.ToEstablished();
    SendsFull(l, 0, 2);
    for (std::uint32_t i = 0; i < 4; ++i)
    {
        l.Arrives(Seq(1 + i).Ack(1).Len(1)).Takes(1 + i, 1).Acks(Seq(At(2)).Ack(2 + i));
        l.Arrives(Seq(2 + i).Ack(1).Win(60000 + i));
    }
    EXPECT_EQ(l.Subject().Congestion().Window(), 10 * MSS);
}

// RFC 5681 3.1 after a timeout; ssthresh falls once for a segment
TEST(Timeout, RepairsWhatWasInFlightInSlowStart)
{
    Ladder l(Untimed());
    l.At(0s).ToEstablished();
    SendsFull(l, 0, 8);
    l.At(1s).Expires().Resends(Seq(At(0)).Ack(1).Len(MSS));
    EXPECT_EQ(l.Subject().Congestion().Window(), MSS);
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 4 * MSS);
    l.At(3s).Expires().Resends(Seq(At(0)).Ack(1).Len(MSS));
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 4 * MSS);
    l.Arrives(Seq(1).Ack(At(1))).Releases(At(0), MSS);
    l.Resends(Seq(At(1)).Ack(1).Len(MSS)).Resends(Seq(At(2)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(At(8))).Releases(At(1), 7 * MSS);
}

// Covers R-104: a peer that shrinks its window gets no new text, and old text only inside it
TEST(Timeout, RespectsAWindowThatHasShrunk)
{
    Ladder l(Untimed());
    l.At(0s).ToEstablished();
    SendsFull(l, 0, 8);
    l.Arrives(Seq(1).Ack(1).Win(MSS));
    l.At(1s).Expires().Resends(Seq(At(0)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(At(1)).Win(MSS)).Releases(At(0), MSS);
    l.Resends(Seq(At(1)).Ack(1).Len(MSS)).In(State::ESTABLISHED);
}

// ---- SACK

// Covers R-11, RFC 2018 4
TEST(Sack, ReportsTheLatestArrivalFirst)
{
    Ladder l(Untimed());
    ToEstablishedWithSack(l);
    l.Arrives(Seq(11).Ack(1).Len(10)).Holds(11, 10).Acks(Seq(1).Ack(1).Sack(11, 21));
    l.Arrives(Seq(51).Ack(1).Len(10)).Holds(51, 10);
    l.Acks(Seq(1).Ack(1).Sack(51, 61).Sack(11, 21));
    l.Arrives(Seq(31).Ack(1).Len(10)).Holds(31, 10);
    l.Acks(Seq(1).Ack(1).Sack(31, 41).Sack(51, 61).Sack(11, 21));
    l.Arrives(Seq(21).Ack(1).Len(5)).Holds(21, 5);
    l.Acks(Seq(1).Ack(1).Sack(11, 26).Sack(31, 41).Sack(51, 61));
    l.Arrives(Seq(71).Ack(1).Len(1)).Holds(71, 1);
    l.Acks(Seq(1).Ack(1).Sack(71, 72).Sack(11, 26).Sack(31, 41).Sack(51, 61));
    l.Arrives(Seq(81).Ack(1).Len(1)).Holds(81, 1); // four have room
    l.Acks(Seq(1).Ack(1).Sack(81, 82).Sack(71, 72).Sack(11, 26).Sack(31, 41));
    l.Arrives(Seq(1).Ack(1).Len(10)).Holds(1, 10).Delivers(1, 25).Tells(UserSignal::DATA_ARRIVED);
    l.Acks(Seq(1).Ack(26).Sack(81, 82).Sack(71, 72).Sack(31, 41).Sack(51, 61));
}

//
TEST(Sack, IsNotSentToAPeerThatDidNotAskForIt)
{
    Ladder l(Untimed());
    l.ToEstablished();
    l.Arrives(Seq(11).Ack(1).Len(10)).Holds(11, 10).Acks(Seq(1).Ack(1).Bare());
}

// Covers R-08: blocks take their place from the payload
TEST(Sack, OfWhatIsHeldShrinksTheText)
{
    Ladder l(Untimed());
    ToEstablishedWithSack(l);
    l.Arrives(Seq(11).Ack(1).Len(10)).Holds(11, 10).Acks(Seq(1).Ack(1).Sack(11, 21));
    l.UserSends(MSS - 12).Sends(Seq(1).Ack(1).Len(MSS - 12).Sack(11, 21));
}

// RFC 6675: the holes, each once, and new text as the pipe allows
TEST(Sack, TellsWhichSegmentsToSendAgain)
{
    Ladder l(Untimed());
    ToEstablishedWithSack(l);
    SendsFull(l, 0, 10);
    l.UserSends(20 * MSS);
    l.Arrives(Seq(1).Ack(1).Sack(At(1), At(2))).Sends(Seq(At(10)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(1).Sack(At(1), At(2))); // no news
    l.Arrives(Seq(1).Ack(1).Sack(At(3), At(4)).Sack(At(1), At(2)));
    l.Sends(Seq(At(11)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(1).Sack(At(3), At(5)).Sack(At(1), At(2))); // three above the first hole
    l.Resends(Seq(At(0)).Ack(1).Len(MSS));
    EXPECT_EQ(l.Subject().Congestion().Window(), 5 * MSS);
    l.Arrives(Seq(1).Ack(1).Sack(At(3), At(8)).Sack(At(1), At(2))); // the pipe is full
    l.Arrives(Seq(1).Ack(1).Sack(At(3), At(9)).Sack(At(1), At(2)));
    l.Resends(Seq(At(2)).Ack(1).Len(MSS)); // the second hole is lost as well
    l.Arrives(Seq(1).Ack(1).Sack(At(3), At(10)).Sack(At(1), At(2)));
    l.Sends(Seq(At(12)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(At(12))).Releases(At(0), 12 * MSS); // recovery ends
    for (std::uint32_t i = 13; i < 17; ++i)
    {
        l.Sends(Seq(At(i)).Ack(1).Len(MSS));
    }
}

// RFC 2018 8: a timeout forgets what was reported
TEST(Sack, IsForgottenWhenTheTimerExpires)
{
    Ladder l(Untimed());
    l.At(0s);
    ToEstablishedWithSack(l);
    SendsFull(l, 0, 3);
    l.Arrives(Seq(1).Ack(1).Sack(At(1), At(2)));
    l.At(1s).Expires().Resends(Seq(At(0)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(At(1))).Releases(At(0), MSS); // it has discarded the second
    l.Resends(Seq(At(1)).Ack(1).Len(MSS)).Resends(Seq(At(2)).Ack(1).Len(MSS));
}

// Blocks that cannot be are ignored
TEST(Sack, OfNonsenseMeansNothing)
{
    Ladder l(Untimed());
    ToEstablishedWithSack(l);
    SendsFull(l, 0, 2);
    l.UserSends(10 * MSS);
    for (std::uint32_t i = 2; i < 10; ++i)
    {
        l.Sends(Seq(At(i)).Ack(1).Len(MSS));
    }
    l.Arrives(Seq(1).Ack(1).Sack(At(100), At(101)).Sack(At(3), At(2)).Sack(1, 1));
    l.Arrives(Seq(1).Ack(1).Sack(0, At(1)).Sack(At(9), At(11)));
    EXPECT_EQ(l.Subject().Congestion().Window(), 10 * MSS);
}

// Blocks whose ends lie half the number space apart must not disorder the scoreboard
TEST(Sack, OfBlocksAcrossHalfTheNumberSpaceMeansNothing)
{
    Ladder l(Untimed());
    ToEstablishedWithSack(l);
    l.UserSends(100).Sends(Seq(1).Ack(1).Len(100));
    l.Arrives(Seq(1).Ack(1).Sack(0x10001, 0x80010000).Sack(0x7fffff01, 0xffffff00));
    EXPECT_EQ(l.Subject().Congestion().Window(), 10 * MSS);
}

// A peer that reports every second octet gets no storm of one-octet segments
TEST(Sack, OfManyHolesIsHeededToALimit)
{
    ConnectionConfig config = Untimed();
    config.nagle = false;
    Ladder l(config);
    l.At(0s);
    ToEstablishedWithSack(l);
    SendsFull(l, 0, 10);
    l.At(1s).Expires().Resends(Seq(At(0)).Ack(1).Len(MSS));
    for (std::uint32_t octet = At(1); octet + 8 < At(10); octet += 8)
    {
        l.Arrives(Seq(1)
                      .Ack(1)
                      .Sack(octet + 1, octet + 2)
                      .Sack(octet + 3, octet + 4)
                      .Sack(octet + 5, octet + 6)
                      .Sack(octet + 7, octet + 8));
    }
    CongestionControl after = l.Subject().Congestion();
    const Flight flight{l.Subject().Snd().una, l.Subject().Snd().nxt, MSS};
    int repairs = 0;
    while (const auto hole = after.NextRepair(flight, false))
    {
        after.Repaired(hole->end);
        ++repairs;
    }
    EXPECT_LT(repairs, 100);
}

// RFC 2018 4: what arrived long ago is told of again while there is room
TEST(Sack, TellsOfAllThatHasRoom)
{
    Ladder l(Untimed());
    ToEstablishedWithSack(l);
    l.Arrives(Seq(1001).Ack(1).Len(10)).Holds(1001, 10).Acks(Seq(1).Ack(1).Sack(1001, 1011));
    for (std::uint32_t begin = 11; begin < 80; begin += 20)
    {
        l.Arrives(Seq(begin).Ack(1).Len(10)).Holds(begin, 10).Acks(Seq(1).Ack(1));
    }
    l.Arrives(Seq(1).Ack(1).Len(80)).Holds(1, 10).Holds(21, 10, 20).Holds(41, 10, 40);
    l.Holds(61, 10, 60).Delivers(1, 80).Tells(UserSignal::DATA_ARRIVED);
    l.Acks(Seq(1).Ack(81).Sack(1001, 1011));
}

// Covers R-76: RFC 6582 3.2, the duplicates of what was sent again for nothing
TEST(FastRetransmit, IsNotForTheDuplicatesOfATimeout)
{
    Ladder l(Untimed());
    l.At(0s).ToEstablished();
    SendsFull(l, 0, 4);
    l.At(1s).Expires().Resends(Seq(At(0)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(At(4))).Releases(At(0), 4 * MSS); // the timeout was too early
    l.UserSends(3 * MSS).Sends(Seq(At(4)).Ack(1).Len(MSS)).Sends(Seq(At(5)).Ack(1).Len(MSS));
    for (int i = 0; i < 4; ++i)
    {
        l.Arrives(Seq(1).Ack(At(4)));
    }
    EXPECT_EQ(l.Subject().Congestion().SlowStartThreshold(), 2 * MSS);
    EXPECT_EQ(l.Subject().Congestion().Window(), 2 * MSS);
}

// Covers R-41: answered probes of a closed window are no duplicates
TEST(FastRetransmit, IsNotForAnsweredProbes)
{
    Ladder l(Untimed());
    l.At(0s).ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(0));
    l.UserSends(MSS);
    l.At(1s).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
    Duration at = 1s;
    for (const Duration wait : {2s, 4s, 8s, 16s})
    {
        l.Arrives(Seq(1).Ack(1).Win(0));
        at += wait;
        l.At(at).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
    }
    EXPECT_EQ(l.Subject().Congestion().Window(), 10 * MSS);
    l.Arrives(Seq(1).Ack(2)).Releases(1, 1).Sends(Seq(2).Ack(1).Len(MSS - 1));
}

// Covers R-105, RFC 6298 5.1: the time that text was held back is none of its timeout
TEST(SillyWindow, WaitIsNoPartOfTheTimeout)
{
    Ladder l(Untimed());
    l.At(0s).ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(100));
    l.UserSends(1000);
    l.At(499ms).Arrives(Seq(1).Ack(1).Win(65535)).Sends(Seq(1).Ack(1).Len(1000));
    l.At(1499ms).Expires().Resends(Seq(1).Ack(1).Len(1000));
    l.Arrives(Seq(1).Ack(1001).Win(100)).Releases(1, 1000);

    Ladder m(Untimed());
    m.At(0s).ToEstablished();
    m.Arrives(Seq(1).Ack(1).Win(100));
    m.UserSends(1000);
    m.At(400ms).Arrives(Seq(1).Ack(1).Win(0));
    m.At(1400ms).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE); // SHLD-29
}

// Covers R-104: a window that was shut on text in flight has lost that text
TEST(Timeout, IsNotAwaitedWhenTheWindowReopens)
{
    Ladder l(Untimed());
    l.At(0s).ToEstablished();
    SendsFull(l, 0, 4);
    l.Arrives(Seq(1).Ack(1).Win(0));
    l.Arrives(Seq(1).Ack(1).Win(65535)).Resends(Seq(At(0)).Ack(1).Len(MSS));
    l.Arrives(Seq(1).Ack(At(1))).Releases(At(0), MSS);
    l.Resends(Seq(At(1)).Ack(1).Len(MSS)).Resends(Seq(At(2)).Ack(1).Len(MSS));
}

// ---- two ends

/** A transfer of @p octets over a wire that loses every @p n th segment with text; false if it hangs. */
bool
Arrives(const ConnectionConfig& config, std::uint32_t octets, std::uint32_t n)
{
    Pair p(config);
    p.Establish();
    std::uint32_t count = 0;
    p.DropIf(Side::A, [&](const Segment& seg) { return seg.len > 0 && ++count % n == 0; });
    std::uint32_t sent = 0;
    while (sent < octets && p.Now() < 24h)
    {
        const std::uint32_t room = std::min(octets - sent, p.Of(Side::A)->SendRoom());
        if (room > 0)
        {
            p.Send(Side::A, room);
            sent += room;
        }
        p.Step(5ms);
    }
    p.RunUntil(p.Now() + 24h);
    return p.Delivered(Side::B) == octets;
}

// Covers R-46: all octets arrive with any set of options
TEST(Transfer, SurvivesLossWithAnySetOfOptions)
{
    for (const bool sack : {false, true})
    {
        for (const bool timestamps : {false, true})
        {
            for (const std::uint32_t buffer : {3000U, 65535U, 300000U})
            {
                ConnectionConfig config;
                config.sack = sack;
                config.timestamps = timestamps;
                config.receiveBuffer = buffer;
                EXPECT_TRUE(Arrives(config, 1000000, 7)) << sack << timestamps << buffer;
                EXPECT_TRUE(Arrives(config, 300000, 3)) << sack << timestamps << buffer;
            }
        }
    }
}

// Covers: where only acknowledgments are lost, timestamps do not inflate the timeout
TEST(Transfer, LostAcknowledgmentsCostNoMoreWithTimestamps)
{
    const auto time = [](bool timestamps) {
        ConnectionConfig config;
        config.timestamps = timestamps;
        Pair p(config);
        p.Establish();
        std::uint32_t count = 0;
        p.DropIf(Side::B, [&](const Segment& seg) { return seg.len == 0 && ++count % 4 == 0; });
        for (int i = 0; i < 100; ++i)
        {
            p.Send(Side::A, 10);
            while (p.Of(Side::A)->Snd().una != p.Of(Side::A)->Snd().nxt)
            {
                p.Step(10ms);
            }
        }
        return p.Now();
    };
    EXPECT_LE(time(true), time(false));
}

} // namespace
} // namespace lifecycle::test
