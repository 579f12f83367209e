// TIME-WAIT: RFC 9293 3.6.1, 3.10.7.4, 3.10.8, RFC 1337.

#include "ladder.h"
#include "pair.h"

#include <algorithm>
#include <random>
#include <string>

namespace lifecycle::test
{
namespace
{

// Covers P50: without ACK it is not the peer's FIN
TEST(TimeWait, FinWithoutAckDoesNotRestartIt)
{
    Ladder l;
    l.At(0s).ToTimeWait();
    l.At(100s).Arrives(Seq(1).Fin()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2));
    l.At(240s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers P23, P51, R-62: the fifth check, which stands before that of the FIN, would have refused it
TEST(TimeWait, FinWithABadAckDoesNotRestartIt)
{
    for (const std::uint32_t ack : {3U, 2U - 65536U})
    {
        Ladder l;
        l.At(0s).ToTimeWait();
        l.At(100s).Arrives(Seq(1).Ack(ack).Fin()).Drops(DropReason::BAD_SEQUENCE);
        l.Acks(Seq(2).Ack(2));
        l.At(240s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
        l.Forgets(CloseReason::NORMAL);
    }
}

// Covers R-69, P71
TEST(TimeWait, TextIsIgnored)
{
    Ladder l;
    l.At(0s).ToTimeWait();
    l.At(1s).Arrives(Seq(2).Ack(2).Len(10)).Drops(DropReason::IGNORED_TEXT);
    l.In(State::TIME_WAIT);
    l.At(2s).Arrives(Seq(1).Ack(2).Len(1)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2));
    l.At(240s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers R-65, D6, P41
TEST(TimeWait, SynIsChallenged)
{
    Ladder l;
    l.At(0s).ToTimeWait();
    l.At(1s).Arrives(Seq(100000).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.At(2s).Arrives(Seq(100).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.In(State::TIME_WAIT);
}

// Covers R-66: the three steps of RFC 1337 Figure 1
TEST(TimeWait, IsNotAssassinated)
{
    Pair pair;
    pair.Establish();
    pair.ClosesWhenTold(Side::B);
    pair.Close(Side::A);
    pair.Step(1s);
    ASSERT_EQ(pair.StateOf(Side::A), State::TIME_WAIT);
    ASSERT_EQ(pair.StateOf(Side::B), State::CLOSED);
    pair.Forget();
    Segment old;
    old.seq = pair.Iss(Side::B) + 1; // an old duplicate: B's FIN without its ACK of A's
    old.ack = pair.Iss(Side::A) + 1;
    old.flags = Flag::ACK;
    old.len = 1;
    pair.Inject(Side::A, old);
    pair.Step(1s);
    EXPECT_EQ(pair.Wire(), (Lines{"A . 2 ack 2", "B R 2"}));
    EXPECT_EQ(pair.StateOf(Side::A), State::TIME_WAIT);
}

// Covers R-61, T30, MUST-13
TEST(TimeWait, LastsTwoMaximumSegmentLifetimes)
{
    ConnectionConfig config = Plain();
    config.msl = 30s;
    Ladder l(config);
    l.At(5s).ToTimeWait();
    l.At(65s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL).In(State::CLOSED);
}

// Covers R-61, T30: another MSL counts from where TIME-WAIT began, and 0 ends it at once
TEST(TimeWait, ItsLengthCanBeChangedWhileItRuns)
{
    for (const Duration msl : {200s, 30s, 10s, 0s})
    {
        ConnectionConfig config = Plain();
        Ladder l(config);
        l.At(5s).ToTimeWait();
        config.msl = msl;
        l.At(45s).Configures(config);
        l.At(std::max<Duration>(45s, 5s + 2 * msl)).Expires().Moves("T30");
        l.Tells(UserSignal::CONNECTION_CLOSED).Forgets(CloseReason::NORMAL);
    }
}

// Covers R-62, D2, P61, P80
TEST(TimeWait, RepeatedFinIsAcknowledgedAndRestartsIt)
{
    Ladder l;
    l.At(0s).ToTimeWait();
    l.At(100s).Arrives(Seq(1).Ack(2).Fin()).Acks(Seq(2).Ack(2));
    l.At(340s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers D2: with the text before it, as a retransmission may have
TEST(TimeWait, RepeatedFinWithItsTextRestartsItToo)
{
    Ladder l;
    l.At(0s).ToFinWait2();
    l.Arrives(Seq(1).Ack(2).Len(10).Fin()).Takes(1, 10).Moves("T27");
    l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(2).Ack(12));
    l.At(10s).Arrives(Seq(1).Ack(2).Len(10).Fin()).Acks(Seq(2).Ack(12));
    l.At(20s).Arrives(Seq(1).Ack(2).Len(10)).Drops(DropReason::BAD_SEQUENCE);
    l.Acks(Seq(2).Ack(12)); // no FIN: no restart
    l.At(30s).Arrives(Seq(0).Ack(2).Len(10).Fin()).Drops(DropReason::BAD_SEQUENCE);
    l.Acks(Seq(2).Ack(12)); // not the peer's FIN: no restart
    l.At(250s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers P80: as printed, a FIN in the window restarts it
TEST(TimeWait, FinInTheWindowIsAcknowledgedAndRestartsIt)
{
    Ladder l;
    l.At(0s).ToTimeWait();
    l.At(100s).Arrives(Seq(2).Ack(2).Fin()).Acks(Seq(2).Ack(2)).In(State::TIME_WAIT);
    l.At(340s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers R-62: the last ACK is lost
TEST(TimeWait, LostLastAckIsRepeatedForTheRepeatedFin)
{
    Pair pair;
    pair.Establish();
    pair.ClosesWhenTold(Side::B);
    pair.Drop(Side::A, 2);
    pair.Forget();
    pair.Close(Side::A);
    pair.Run();
    EXPECT_EQ(
        pair.Wire(),
        (Lines{"A F. 1 ack 1", "B F. 1 ack 2", "A . 2 ack 2 lost", "B F. 1 ack 2", "A . 2 ack 2"}));
    EXPECT_EQ(pair.Now(), pair.Log()[4].at + 240s);
    EXPECT_TRUE(pair.NothingLeft());
}

//
TEST(TimeWait, StopsAllOtherTimers)
{
    ConnectionConfig config = Plain();
    config.keepAlive = true;
    config.keepIdle = 1s;
    config.userTimeout = 2s;
    Ladder l(config);
    l.At(0s).ToTimeWait();
    EXPECT_EQ(l.Subject().NextDeadline(), Instant(240s));
    l.At(10s).Arrives(Seq(2).Ack(2));
    EXPECT_EQ(l.Subject().NextDeadline(), Instant(240s));
}

// Covers R-67: 1000 closes at random; a segment takes 10 ms
TEST(TimeWait, SitsWithWhoeverClosesBeforeItHearsOfTheOthersClose)
{
    std::mt19937 random(67);
    std::uniform_int_distribution<int> anyTime(0, 39);
    int both = 0;
    for (int i = 0; i < 1000; ++i)
    {
        const Duration a = anyTime(random) * 1ms;
        const Duration b = anyTime(random) * 1ms;
        SCOPED_TRACE(std::to_string(a.count()) + " ns and " + std::to_string(b.count()) + " ns");
        Pair pair;
        pair.Establish();
        pair.Step(1s);
        const Duration start = pair.Now();
        pair.RunUntil(start + std::min(a, b));
        pair.Close(a <= b ? Side::A : Side::B);
        pair.RunUntil(start + std::max(a, b));
        pair.Close(a <= b ? Side::B : Side::A);
        pair.Run(1min);
        const bool aWaits = a < b + 10ms;
        const bool bWaits = b < a + 10ms;
        EXPECT_EQ(pair.StateOf(Side::A) == State::TIME_WAIT, aWaits);
        EXPECT_EQ(pair.StateOf(Side::B) == State::TIME_WAIT, bWaits);
        both += aWaits && bWaits ? 1 : 0;
    }
    EXPECT_GT(both, 200);
    EXPECT_LT(both, 800);
}

//
TEST(TimeWait, SitsWithNobodyAfterAReset)
{
    Pair pair;
    pair.Establish();
    pair.Abort(Side::A);
    pair.Run();
    EXPECT_TRUE(pair.NothingLeft());
    EXPECT_EQ(pair.Moves(Side::A), "T02 T08 T40.ES");
    EXPECT_EQ(pair.Moves(Side::B), "T03 T12 T41.ES");
    EXPECT_EQ(pair.Reason(Side::A), CloseReason::ABORTED);
    EXPECT_EQ(pair.Reason(Side::B), CloseReason::RESET);
}

} // namespace
} // namespace lifecycle::test
