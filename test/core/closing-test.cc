// Closing: RFC 9293 3.6, 3.10.4, 3.10.7.4 fifth and eighth check. Bad cases first.

#include "ladder.h"
#include "pair.h"

namespace lifecycle::test
{
namespace
{

//
TEST(Closing, SecondCloseIsAnErrorAndSendsNoSecondFin)
{
    for (const State state :
         {State::FIN_WAIT_1, State::FIN_WAIT_2, State::CLOSING, State::LAST_ACK, State::TIME_WAIT})
    {
        SCOPED_TRACE(ToString(state));
        Ladder l;
        l.To(state);
        l.Closes().Fails(CallError::CONNECTION_CLOSING).In(state);
    }
}

// Covers R-55, P75
TEST(Closing, BareFinMeansNothingBeforeTheConnectionIsSynchronized)
{
    for (const State state : {State::LISTEN, State::SYN_SENT})
    {
        Ladder l;
        l.To(state);
        l.Arrives(Seq(0).Fin()).Drops(DropReason::UNEXPECTED).In(state);
    }
}

//
TEST(Closing, FinIsRepeatedUntilItIsAcknowledged)
{
    Ladder l;
    l.At(0s).ToFinWait1();
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Fin());
    l.At(3s).Expires().Resends(Seq(1).Ack(1).Fin());
    l.At(3010ms).Arrives(Seq(1).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T24");
    l.At(4s).Arrives(Seq(1).Ack(2).Fin()).Moves("T27").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(2).Ack(2));
}

//
TEST(Closing, SurvivesTheLossOfFinAndOfItsAckAnyNumberOfTimes)
{
    for (std::size_t lost = 0; lost < 6; ++lost)
    {
        for (const Side side : {Side::A, Side::B})
        {
            Pair pair(NoUserTimeout());
            pair.Establish();
            pair.ClosesWhenTold(Side::B);
            pair.DropNext(side, lost);
            pair.Close(Side::A);
            pair.Run();
            EXPECT_TRUE(pair.NothingLeft()) << lost;
            EXPECT_EQ(pair.Reason(Side::A), CloseReason::NORMAL);
            EXPECT_EQ(pair.Reason(Side::B), CloseReason::NORMAL);
        }
    }
}

// Covers R-56, P25, SHLD-31
TEST(Closing, FinBeforeTheLastDataWaitsForIt)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(11).Ack(1).Len(5).Fin()).Holds(11, 5).Acks(Seq(1).Ack(1)).In(State::ESTABLISHED);
    l.Arrives(Seq(1).Ack(1).Len(10)).Holds(1, 10).Delivers(1, 15).Tells(UserSignal::DATA_ARRIVED);
    l.Moves("T22").Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(17));
    l.In(State::CLOSE_WAIT);
}

// Covers R-57, P76, T22
TEST(Closing, TextInTheSegmentOfTheFinIsDeliveredFirst)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(100).Fin()).Takes(1, 100).Moves("T22");
    l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(102));
}

//
TEST(Closing, FinIntoAZeroWindowIsNotTakenUntilItOpens)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 1000;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(1000)).Takes(1, 1000).Acks(Seq(1).Ack(1001).Win(0));
    l.Arrives(Seq(1001).Ack(1).Fin()).Acks(Seq(1).Ack(1001).Win(0)).In(State::ESTABLISHED);
    l.UserReads(1000).Acks(Seq(1).Ack(1001).Win(1000));
    l.Arrives(Seq(1001).Ack(1).Fin()).Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(1).Ack(1002));
}

// Covers, T23
TEST(Closing, FinOfOursProbesAZeroWindow)
{
    Ladder l;
    l.At(0s).ToCloseWait();
    l.Arrives(Seq(2).Ack(1).Win(0));
    l.Closes().In(State::CLOSE_WAIT); // LAST-ACK begins with the FIN
    l.Closes().Fails(CallError::CONNECTION_CLOSING);
    l.UserSends(1).Fails(CallError::CONNECTION_CLOSING);
    l.At(1s).Expires().Moves("T23").Sends(Seq(1).Ack(2).Fin(), SegmentKind::PROBE);
    l.At(1010ms).Arrives(Seq(2).Ack(1).Win(0));
    l.At(3s).Expires().Sends(Seq(1).Ack(2).Fin(), SegmentKind::PROBE);
    l.At(3010ms).Arrives(Seq(2).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T29");
    l.Tells(UserSignal::CONNECTION_CLOSED).Forgets(CloseReason::NORMAL);
}

// Covers R-69, P71, P79
TEST(Closing, TextAndFinBehindThePeersFinAreIgnored)
{
    for (const State state : {State::CLOSE_WAIT, State::CLOSING, State::LAST_ACK})
    {
        SCOPED_TRACE(ToString(state));
        Ladder l;
        l.To(state);
        const std::uint32_t una = l.Subject().Snd().una.Value() - Ladder::ISS.Value();
        l.Arrives(Seq(2).Ack(una).Len(10)).Drops(DropReason::IGNORED_TEXT).In(state);
        l.Arrives(Seq(2).Ack(una).Fin()).In(state);
        l.Arrives(Seq(2).Ack(una).Len(10).Fin());
        l.Drops(DropReason::IGNORED_TEXT).In(state);
        EXPECT_EQ(l.RcvNxt(), 2U);
    }
}

// Covers R-32, P23: the FIN that was acknowledged already
TEST(Closing, RepeatedFinIsAcknowledgedAgain)
{
    for (const State state : {State::CLOSE_WAIT, State::CLOSING, State::LAST_ACK})
    {
        Ladder l;
        l.To(state);
        l.Arrives(Seq(1).Ack(1).Fin()).Drops(DropReason::BAD_SEQUENCE);
        l.Acks(Seq(l.SndNxt()).Ack(2)).In(state);
    }
}

// Covers P59
TEST(Closing, AckThatIsNotForTheFinLeavesClosingAlone)
{
    Ladder l;
    l.ToEstablished();
    l.UserSends(100).Sends(Seq(1).Ack(1).Len(100));
    l.Closes().Moves("T21").Sends(Seq(101).Ack(1).Fin());
    l.Arrives(Seq(1).Ack(1).Fin()).Moves("T25").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(102).Ack(2));
    l.Arrives(Seq(2).Ack(101)).Releases(1, 100).In(State::CLOSING);
    l.Arrives(Seq(2).Ack(102)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T28");
    l.In(State::TIME_WAIT);
}

// Covers P54, P57, P60: data first, then the FIN
TEST(Closing, AckOfTheDataAloneLeavesFinWait1AndLastAckAlone)
{
    Ladder l;
    l.ToEstablished();
    l.UserSends(100).Sends(Seq(1).Ack(1).Len(100));
    l.Closes().Moves("T21").Sends(Seq(101).Ack(1).Fin());
    l.Arrives(Seq(1).Ack(101)).Releases(1, 100).In(State::FIN_WAIT_1);

    Ladder m;
    m.ToCloseWait();
    m.UserSends(100).Sends(Seq(1).Ack(2).Len(100));
    m.Closes().Moves("T23").Sends(Seq(101).Ack(2).Fin());
    m.Arrives(Seq(2).Ack(101)).Releases(1, 100).In(State::LAST_ACK);
    m.Arrives(Seq(2).Ack(102)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T29");
    m.Tells(UserSignal::CONNECTION_CLOSED).Forgets(CloseReason::NORMAL);
}

// Covers R-46, T21: FIN-WAIT-1 begins at once though the FIN goes out later
TEST(Closing, CloseIsGracefulAndWaitsForAllThatWasSent)
{
    Ladder l(WithMss(1000)); // so that the window takes whole segments
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(1000));
    l.UserSends(1500).Sends(Seq(1).Ack(1).Len(1000));
    l.Closes().Moves("T21").In(State::FIN_WAIT_1);
    l.UserSends(1).Fails(CallError::CONNECTION_CLOSING);
    l.Arrives(Seq(1).Ack(1001).Win(1000)).Releases(1, 1000);
    l.Sends(Seq(1001).Ack(1).Len(500).Fin().Psh()).In(State::FIN_WAIT_1);
    l.Arrives(Seq(1).Ack(1502)).Releases(1001, 500).Tells(UserSignal::CLOSE_ACKNOWLEDGED);
    l.Moves("T24");
}

// Covers R-46: the FIN needs a place in the window as well
TEST(Closing, FinWaitsWhenTheTextFillsTheWindow)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(100));
    l.UserSends(100).Sends(Seq(1).Ack(1).Len(100));
    l.Closes().Moves("T21");
    l.Arrives(Seq(1).Ack(101).Win(1)).Releases(1, 100).Sends(Seq(101).Ack(1).Fin());
}

// Covers R-46: the same where text and FIN wait together
TEST(Closing, FinStaysBehindWhenTheLastTextFillsTheWindow)
{
    Ladder l(WithMss(100)); // so that the window takes whole segments
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(100));
    l.UserSends(150).Sends(Seq(1).Ack(1).Len(100));
    l.Closes().Moves("T21");
    l.Arrives(Seq(1).Ack(101).Win(50)).Releases(1, 100).Sends(Seq(101).Ack(1).Len(50).Psh());
    l.Arrives(Seq(1).Ack(151).Win(50)).Releases(101, 50).Sends(Seq(151).Ack(1).Fin());
}

// Covers P57, T25: both closed, but our FIN is still behind unsent data
TEST(Closing, PeersFinWhileOurFinIsNotYetSentLeadsToClosing)
{
    Ladder l(WithMss(100)); // so that the window takes whole segments
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(100));
    l.UserSends(150).Sends(Seq(1).Ack(1).Len(100));
    l.Closes().Moves("T21");
    l.Arrives(Seq(1).Ack(1).Fin().Win(100)).Moves("T25").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(101).Ack(2));
    l.Arrives(Seq(2).Ack(101).Win(100)).Releases(1, 100).Sends(Seq(101).Ack(2).Len(50).Fin());
    l.In(State::CLOSING);
    l.Arrives(Seq(2).Ack(152)).Releases(101, 50).Tells(UserSignal::CLOSE_ACKNOWLEDGED);
    l.Moves("T28");
}

// Covers R-50, P77, T26
TEST(Closing, FinThatAlsoAcknowledgesOursLeadsStraightToTimeWait)
{
    Ladder l;
    l.ToFinWait1();
    l.Arrives(Seq(1).Ack(2).Fin()).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T26");
    l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(2).Ack(2)).In(State::TIME_WAIT);
}

// Covers R-50, P77, T26: the FIN came early and the hole is filled by what acknowledges ours
TEST(Closing, HeldFinAndAckOfOursInOneSegmentAreOneMove)
{
    Ladder l;
    l.ToFinWait1();
    l.Arrives(Seq(11).Ack(1).Fin()).Acks(Seq(2).Ack(1)).In(State::FIN_WAIT_1);
    l.Arrives(Seq(1).Ack(2).Len(10)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Takes(1, 10);
    l.Moves("T26").Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(2).Ack(12));
}

// Covers, T26: the needless ACK of the FIN is left out
TEST(Closing, TakesThreeSegmentsIfThePeerClosesWhenTold)
{
    Pair pair;
    pair.Establish();
    pair.Forget();
    pair.ClosesWhenTold(Side::B);
    pair.Close(Side::A);
    pair.Run();
    EXPECT_EQ(pair.Wire(), (Lines{"A F. 1 ack 1", "B F. 1 ack 2", "A . 2 ack 2"}));
    EXPECT_EQ(pair.Moves(Side::A), "T21 T26 T30");
    EXPECT_EQ(pair.Moves(Side::B), "T22 T23 T29");
    EXPECT_TRUE(pair.NothingLeft());
}

ConnectionConfig
WithFinAckDelay()
{
    ConnectionConfig config = Plain();
    config.finAckDelay = 200ms;
    return config;
}

// Covers T26, T22, T23
TEST(Closing, TakesThreeSegmentsIfThePeerClosesWithinTheDelayOfItsAck)
{
    Ladder l(WithFinAckDelay());
    l.At(0s).ToEstablished();
    l.At(1s).Arrives(Seq(1).Ack(1).Fin()).Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
    l.At(1199ms).Closes().Moves("T23").Sends(Seq(1).Ack(2).Fin());
    l.At(1210ms).Arrives(Seq(2).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T29");
    l.Tells(UserSignal::CONNECTION_CLOSED).Forgets(CloseReason::NORMAL);
}

// Covers T24, T22
TEST(Closing, TakesFourSegmentsIfThePeerClosesAfterTheDelayOfItsAck)
{
    Ladder l(WithFinAckDelay());
    l.At(0s).ToEstablished();
    l.At(1s).Arrives(Seq(1).Ack(1).Fin()).Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
    l.At(1200ms).Expires().Acks(Seq(1).Ack(2));
    l.At(1201ms).Closes().Moves("T23").Sends(Seq(1).Ack(2).Fin());
}

// Covers R-47: the peer repeats its FIN because it has not heard from us
TEST(Closing, RepeatedFinEndsTheDelayOfItsAck)
{
    Ladder l(WithFinAckDelay());
    l.At(0s).ToEstablished();
    l.At(1s).Arrives(Seq(1).Ack(1).Fin()).Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
    l.At(1100ms).Arrives(Seq(1).Ack(1).Fin()).Drops(DropReason::BAD_SEQUENCE);
    l.Acks(Seq(1).Ack(2));
    l.At(2s).In(State::CLOSE_WAIT); // no timer is left
}

// Covers, P70, P78, T27
TEST(Closing, HalfClosedEndReceivesAsLongAsThePeerSends)
{
    Pair pair;
    pair.Establish();
    pair.Close(Side::A);
    for (int minute = 1; minute <= 10; ++minute)
    {
        pair.RunUntil(std::chrono::minutes(minute));
        pair.Send(Side::B, 10000);
    }
    pair.RunUntil(2h);
    EXPECT_EQ(pair.Delivered(Side::A), 100000U);
    EXPECT_EQ(pair.StateOf(Side::A), State::FIN_WAIT_2);
    EXPECT_EQ(pair.StateOf(Side::B), State::CLOSE_WAIT); // no timer of its own
    pair.Close(Side::B);
    pair.Run();
    EXPECT_TRUE(pair.NothingLeft());
}

// Covers P58, P70: text in FIN-WAIT-1 and FIN-WAIT-2 is taken
TEST(Closing, TextIsTakenAfterClose)
{
    for (const State state : {State::FIN_WAIT_1, State::FIN_WAIT_2})
    {
        Ladder l;
        l.To(state);
        const std::uint32_t una = l.Subject().Snd().una.Value() - Ladder::ISS.Value();
        l.Arrives(Seq(1).Ack(una).Len(10)).Takes(1, 10).Acks(Seq(2).Ack(11)).In(state);
    }
}

// Covers T13, P57
TEST(Closing, CloseInSynReceivedSendsTheFinAtOnce)
{
    Ladder l;
    l.At(0s).ToSynReceived();
    l.Closes().Moves("T13").Sends(Seq(1).Ack(1).Fin()).In(State::FIN_WAIT_1);
    l.At(1s).Expires().Resends(Seq(0).Ack(1).Syn()); // the SYN is the first that lacks an ACK
    l.At(1010ms).Arrives(Seq(1).Ack(1));
    l.At(1020ms).Arrives(Seq(1).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T24");
}

// Covers T13, P55, R-73: the SYN is repeated, and repeated again, when a window opens too early
TEST(Closing, CloseInSynReceivedKeepsItsTimerWhenTheWindowOpens)
{
    Ladder l;
    l.At(0s).Listens().Moves("T01");
    l.Arrives(Seq(0).Syn().Win(0)).Moves("T03").Sends(Seq(0).Ack(1).Syn());
    l.Closes().Moves("T13").Sends(Seq(1).Ack(1).Fin());
    l.At(500ms).Arrives(Seq(1).Ack(0).Win(1000)).Resends(Seq(0).Ack(1).Syn());
    l.At(1500ms).Expires().Resends(Seq(0).Ack(1).Syn()).In(State::FIN_WAIT_1);
}

// Covers T13, T12, T21
TEST(Closing, CloseInSynReceivedBehindASendWaitsForTheHandshake)
{
    Ladder l;
    l.ToSynReceivedActively();
    l.UserSends(10);
    l.Closes().In(State::SYN_RECEIVED);
    l.Closes().Fails(CallError::CONNECTION_CLOSING);
    l.Arrives(Seq(1).Ack(1)).Moves("T12").Tells(UserSignal::CONNECTION_ESTABLISHED).Moves("T21");
    l.Sends(Seq(1).Ack(1).Len(10).Fin().Psh()).In(State::FIN_WAIT_1);
}

// Covers T10
TEST(Closing, CloseInSynSentForgetsAndSendsNothing)
{
    Ladder l;
    l.ToSynSent();
    l.Closes().Moves("T10").Forgets(CloseReason::NORMAL).In(State::CLOSED);
}

// Covers T06
TEST(Closing, CloseOfAListener)
{
    Ladder l;
    l.Listens().Moves("T01");
    l.Closes().Moves("T06").Forgets(CloseReason::NORMAL).In(State::CLOSED);
}

// Covers R-49, T25, T28
TEST(Closing, SimultaneousCloseFromTheLadder)
{
    Ladder l;
    l.At(0s).ToClosing();
    l.At(1ms).Arrives(Seq(2).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T28");
    l.At(1ms + 240s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

} // namespace
} // namespace lifecycle::test
