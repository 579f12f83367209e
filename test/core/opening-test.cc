// Opening a connection: RFC 9293 3.5, 3.10.7.2, 3.10.7.3. Bad cases first.

#include "ladder.h"
#include "pair.h"

namespace lifecycle::test
{
namespace
{

// Covers, T11, P11
TEST(Opening, ResetThatAcknowledgesOurSynRefusesTheConnection)
{
    Ladder l;
    l.At(0ms).ToSynSent();
    l.At(20ms).Arrives(Seq(0).Ack(1).Rst()).Moves("T11").Tells(UserSignal::CONNECTION_REFUSED);
    l.Forgets(CloseReason::REFUSED).In(State::CLOSED);
}

// Covers R-36, P09, P12
TEST(Opening, OtherResetsLeaveSynSentAlone)
{
    Ladder l;
    l.ToSynSent();
    l.Arrives(Seq(0).Rst()).Drops(DropReason::BAD_RESET);
    l.Arrives(Seq(0).Ack(2).Rst()).Drops(DropReason::BAD_ACK);
    l.Arrives(Seq(0).Ack(0).Rst()).Drops(DropReason::BAD_ACK);
    l.In(State::SYN_SENT);
}

// Covers, T43.SS
TEST(Opening, SynIsRepeatedForThreeMinutesAndThenGivenUp)
{
    Ladder l(NoUserTimeout());
    l.At(0s).ToSynSent();
    l.At(1s).Expires().Resends(Seq(0).Syn());
    l.At(3s).Expires().Resends(Seq(0).Syn());
    l.At(7s).Expires().Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS).Resends(Seq(0).Syn());
    l.At(15s).Expires().Resends(Seq(0).Syn());
    l.At(31s).Expires().Resends(Seq(0).Syn());
    l.At(63s).Expires().Resends(Seq(0).Syn());
    l.At(123s).Expires().Resends(Seq(0).Syn());
    l.At(183s).Expires().Resends(Seq(0).Syn());
    l.At(243s).Expires().Moves("T43.SS").Tells(UserSignal::CONNECTION_TIMED_OUT);
    l.Forgets(CloseReason::TIMED_OUT).In(State::CLOSED);
}

// Covers R-45, P04, P05, P08
TEST(Opening, ListenerAnswersAcksAloneWithAReset)
{
    Ladder l;
    l.Listens().Moves("T01");
    l.Arrives(Seq(0).Rst()).Drops(DropReason::UNEXPECTED);
    l.Arrives(Seq(0).Ack(7).Rst()).Drops(DropReason::UNEXPECTED);
    l.Arrives(Seq(0).Ack(7)).Resets(Seq(7).Rst()).Drops(DropReason::UNEXPECTED);
    l.Arrives(Seq(0).Ack(7).Syn()).Resets(Seq(7).Rst()).Drops(DropReason::UNEXPECTED);
    l.Arrives(Seq(0).Ack(7).Fin()).Resets(Seq(7).Rst()).Drops(DropReason::UNEXPECTED);
    l.Arrives(Seq(0)).Drops(DropReason::UNEXPECTED);
    l.Arrives(Seq(0).Len(10)).Drops(DropReason::UNEXPECTED);
    l.Arrives(Seq(0).Syn().Rst()).Drops(DropReason::UNEXPECTED);
    l.In(State::LISTEN);
}

// Covers P16
TEST(Opening, SegmentsWithoutSynMeanNothingInSynSent)
{
    Ladder l;
    l.ToSynSent();
    l.Arrives(Seq(5).Ack(1)).Drops(DropReason::UNEXPECTED);
    l.Arrives(Seq(5).Ack(1).Len(10)).Drops(DropReason::UNEXPECTED);
    l.Arrives(Seq(5).Len(10)).Drops(DropReason::UNEXPECTED);
    l.In(State::SYN_SENT);
}

// Covers R-96, P52, T12: the final ACK is ignored and comes again
TEST(Opening, FullAcceptQueueDelaysTheEndOfTheHandshake)
{
    Ladder l;
    l.At(0s).ToSynReceived();
    l.AcceptQueueFull(true);
    l.At(10ms).Arrives(Seq(1).Ack(1)).Drops(DropReason::ACCEPT_QUEUE_FULL);
    l.At(20ms).Arrives(Seq(1).Ack(1).Len(5)).Drops(DropReason::ACCEPT_QUEUE_FULL);
    l.At(1s).Expires().Resends(Seq(0).Ack(1).Syn()).In(State::SYN_RECEIVED);
    l.AcceptQueueFull(false);
    l.At(1010ms).Arrives(Seq(1).Ack(1)).Moves("T12").OffersChild().In(State::ESTABLISHED);
}

// Covers R-96: an active connection needs no place in an accept queue
TEST(Opening, FullAcceptQueueDoesNotConcernASimultaneousOpen)
{
    Ladder l;
    l.ToSynReceivedActively();
    l.AcceptQueueFull(true);
    l.Arrives(Seq(1).Ack(1)).Moves("T12").Tells(UserSignal::CONNECTION_ESTABLISHED);
    l.In(State::ESTABLISHED);
}

// Covers R-17, D1: the one whose SYN,ACK was lost learns of it from an ACK
TEST(Opening, SimultaneousOpenSurvivesTheLossOfEitherSynAck)
{
    for (const Side side : {Side::A, Side::B})
    {
        Pair pair;
        pair.Drop(side, 2);
        pair.Connect(Side::A, 1024, 80);
        pair.Connect(Side::B, 80, 1024);
        pair.RunUntil(1min);
        EXPECT_EQ(pair.StateOf(Side::A), State::ESTABLISHED);
        EXPECT_EQ(pair.StateOf(Side::B), State::ESTABLISHED);
        EXPECT_EQ(pair.Wire().size(), 6U);
    }
}

// Covers R-47: any one segment of the handshake may be lost
TEST(Opening, HandshakeSurvivesTheLossOfAnySegment)
{
    for (const Side side : {Side::A, Side::B})
    {
        for (std::size_t n = 1; n <= 2; ++n)
        {
            Pair pair;
            pair.Listen(Side::B);
            pair.Drop(side, n);
            pair.Connect(Side::A);
            pair.RunUntil(1min);
            pair.Send(Side::A, 100);
            pair.Step(10s);
            EXPECT_EQ(pair.StateOf(Side::A), State::ESTABLISHED);
            EXPECT_EQ(pair.StateOf(Side::B), State::ESTABLISHED);
            EXPECT_EQ(pair.Delivered(Side::B), 100U);
        }
    }
}

// Covers, T02, T08
TEST(Opening, ThreeWayHandshakeThenDataUnderTheSameSequenceNumber)
{
    Ladder l;
    l.At(0ms).ToEstablished();
    l.At(1ms).UserSends(100).Sends(Seq(1).Ack(1).Len(100).Psh());
}

// Covers R-17, T02, T09, T12
TEST(Opening, SimultaneousOpenTakesFourSegments)
{
    Ladder l;
    l.At(0ms).ToSynSent();
    l.At(5ms).Arrives(Seq(0).Syn()).Moves("T09").Sends(Seq(0).Ack(1).Syn());
    l.At(10ms).Arrives(Seq(0).Ack(1).Syn()).Moves("T12").Tells(UserSignal::CONNECTION_ESTABLISHED);
    l.In(State::ESTABLISHED);
}

} // namespace
} // namespace lifecycle::test
