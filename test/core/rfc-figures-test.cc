// The figures of RFC 9293 3.5 and 3.6, with their exact sequence and acknowledgment numbers. What the
// figures call 100 and 300 are here 0 and 0, or 1 and 1 where the figure starts after the SYNs.

#include "ladder.h"
#include "pair.h"

namespace lifecycle::test
{
namespace
{

// Covers R-22, T03, T14, P10
TEST(RfcFigures, Figure8OldDuplicateSynIsAnsweredByAResetAndForgotten)
{
    Pair pair;
    pair.Listen(Side::B);
    pair.HoldNext(Side::A, 100ms);
    pair.Connect(Side::A);
    Segment old;
    old.seq = pair.Iss(Side::A) - 10;
    old.flags = Flag::SYN;
    pair.Inject(Side::B, old);
    pair.RunUntil(50ms);
    EXPECT_EQ(pair.Moves(Side::B), "T03 T14");
    const SeqNum phantom = pair.Iss(Side::B);
    pair.RunUntil(200ms);
    EXPECT_EQ(pair.Wire()[0], "A S 0");
    EXPECT_EQ(pair.Wire()[1], "B S. 0 ack -9");
    EXPECT_EQ(pair.Wire()[2], "A R -9");
    EXPECT_EQ(pair.Log()[3].segment.flags, Flag::SYN | Flag::ACK);
    EXPECT_NE(pair.Log()[3].segment.seq, phantom); // 400 instead of 300
    EXPECT_EQ(pair.Log()[3].segment.ack, pair.Iss(Side::A) + 1);
    EXPECT_EQ(pair.Log()[4].segment.seq, pair.Iss(Side::A) + 1);
    EXPECT_EQ(pair.Log()[4].segment.ack, pair.Log()[3].segment.seq + 1);
    EXPECT_EQ(pair.Log().size(), 5U);
    EXPECT_EQ(pair.Moves(Side::A), "T02 T08");
    EXPECT_EQ(pair.Moves(Side::B), "T03 T14 T03 T12");
}

// Covers R-23, T41.ES
TEST(RfcFigures, Figure9HalfOpenConnectionIsDiscoveredByASyn)
{
    Pair pair;
    pair.Establish();
    pair.Forget();
    pair.Crash(Side::A);
    pair.Connect(Side::A);
    pair.Step(100ms);
    ASSERT_EQ(pair.Log().size(), 3U);
    EXPECT_EQ(FlagNames(pair.Log()[0].segment.flags), "S");
    EXPECT_EQ(pair.Wire()[1], "B . 1 ack 1");
    EXPECT_EQ(pair.Wire()[2], "A R 1");
    EXPECT_EQ(pair.Moves(Side::B), "T41.ES");
    EXPECT_EQ(pair.Reason(Side::B), CloseReason::RESET);
    EXPECT_EQ(pair.StateOf(Side::A), State::SYN_SENT);
    pair.Step(2s); // its SYN again, line 7
    EXPECT_EQ(pair.StateOf(Side::A), State::ESTABLISHED);
    EXPECT_EQ(pair.StateOf(Side::B), State::ESTABLISHED);
}

// Covers R-23, P03, T41.ES
TEST(RfcFigures, Figure10HalfOpenConnectionIsDiscoveredByData)
{
    Pair pair;
    pair.Establish();
    pair.Forget();
    pair.Crash(Side::A);
    pair.Send(Side::B, 10);
    pair.Run();
    EXPECT_EQ(pair.Wire(), (Lines{"B P. 1:11 ack 1", "A R 1"}));
    EXPECT_EQ(pair.Moves(Side::B), "T41.ES");
    EXPECT_TRUE(pair.NothingLeft());
}

// Covers, P05, T14
TEST(RfcFigures, Figure11OldDuplicateSynBetweenTwoListeners)
{
    Pair pair;
    pair.Listen(Side::A, 1024);
    pair.Listen(Side::B);
    Segment old;
    old.seq = SeqNum(7000);
    old.flags = Flag::SYN;
    pair.Inject(Side::B, old);
    pair.Run();
    EXPECT_EQ(pair.Wire(), (Lines{"B S. 0 ack 7001", "A R 7001"}));
    EXPECT_EQ(pair.Moves(Side::A), "");
    EXPECT_EQ(pair.Moves(Side::B), "T03 T14");
    EXPECT_TRUE(pair.NothingLeft());
}

// Covers R-16, T02, T08, T03, T12
TEST(RfcFigures, Figure6BasicThreeWayHandshake)
{
    Pair pair;
    pair.Listen(Side::B);
    pair.Connect(Side::A);
    pair.RunUntil(20ms);
    pair.Send(Side::A, 100);
    pair.RunUntil(100ms);
    EXPECT_EQ(pair.Wire(),
              (Lines{"A S 0", "B S. 0 ack 1", "A . 1 ack 1", "A P. 1:101 ack 1", "B . 1 ack 101"}));
    EXPECT_EQ(pair.Moves(Side::A), "T02 T08");
    EXPECT_EQ(pair.Moves(Side::B), "T03 T12");
}

// Covers R-17, D1, T02, T09, T12
TEST(RfcFigures, Figure7SimultaneousOpenIsOneConnection)
{
    Pair pair;
    pair.Connect(Side::A, 1024, 80);
    pair.Connect(Side::B, 80, 1024);
    pair.RunUntil(1h);
    EXPECT_EQ(pair.Wire(), (Lines{"A S 0", "B S 0", "B S. 0 ack 1", "A S. 0 ack 1"}));
    EXPECT_EQ(pair.Moves(Side::A), "T02 T09 T12");
    EXPECT_EQ(pair.Moves(Side::B), "T02 T09 T12");
    EXPECT_EQ(pair.HostOf(Side::A).Size(), 1U);
    EXPECT_EQ(pair.HostOf(Side::B).Size(), 1U);
    pair.Send(Side::A, 10);
    pair.Send(Side::B, 20);
    pair.Step(1s);
    EXPECT_EQ(pair.Delivered(Side::B), 10U);
    EXPECT_EQ(pair.Delivered(Side::A), 20U);
}

// Covers, T21, T22, T24, T23, T27, T29, T30
TEST(RfcFigures, Figure12NormalClose)
{
    Pair pair;
    pair.Establish();
    pair.Forget();
    pair.Close(Side::A);
    pair.Step(100ms);
    EXPECT_EQ(pair.StateOf(Side::A), State::FIN_WAIT_2);
    EXPECT_EQ(pair.StateOf(Side::B), State::CLOSE_WAIT);
    pair.Close(Side::B);
    pair.Run();
    EXPECT_EQ(pair.Wire(), (Lines{"A F. 1 ack 1", "B . 1 ack 2", "B F. 1 ack 2", "A . 2 ack 2"}));
    EXPECT_EQ(pair.Moves(Side::A), "T21 T24 T27 T30");
    EXPECT_EQ(pair.Moves(Side::B), "T22 T23 T29");
    EXPECT_EQ(pair.Reason(Side::A), CloseReason::NORMAL);
    EXPECT_EQ(pair.Reason(Side::B), CloseReason::NORMAL);
    EXPECT_TRUE(pair.NothingLeft());
}

// Covers, T21, T25, T28, T30
TEST(RfcFigures, Figure13SimultaneousClose)
{
    Pair pair;
    pair.Establish();
    pair.Forget();
    pair.Close(Side::A);
    pair.Close(Side::B);
    pair.Step(15ms);
    EXPECT_EQ(pair.StateOf(Side::A), State::CLOSING);
    EXPECT_EQ(pair.StateOf(Side::B), State::CLOSING);
    pair.Step(10ms);
    EXPECT_EQ(pair.StateOf(Side::A), State::TIME_WAIT);
    EXPECT_EQ(pair.StateOf(Side::B), State::TIME_WAIT);
    pair.Run();
    EXPECT_EQ(pair.Wire(), (Lines{"A F. 1 ack 1", "B F. 1 ack 1", "B . 2 ack 2", "A . 2 ack 2"}));
    EXPECT_EQ(pair.Moves(Side::A), "T21 T25 T28 T30");
    EXPECT_EQ(pair.Moves(Side::B), "T21 T25 T28 T30");
    EXPECT_TRUE(pair.NothingLeft());
}

} // namespace
} // namespace lifecycle::test
