// User calls in every state: RFC 9293 3.10.1 to 3.10.6. Errors first.

#include "ladder.h"

namespace lifecycle::test
{
namespace
{

// Covers R-44: the words are the RFC's
TEST(Calls, ErrorsReadAsInTheRfc)
{
    EXPECT_EQ(ToString(CallError::CONNECTION_DOES_NOT_EXIST), "connection does not exist");
    EXPECT_EQ(ToString(CallError::CONNECTION_ALREADY_EXISTS), "connection already exists");
    EXPECT_EQ(ToString(CallError::CONNECTION_CLOSING), "connection closing");
    EXPECT_EQ(ToString(CallError::REMOTE_SOCKET_UNSPECIFIED), "remote socket unspecified");
    EXPECT_EQ(ToString(CallError::INSUFFICIENT_RESOURCES), "insufficient resources");
}

// Covers section 3.10: all calls but OPEN in CLOSED
TEST(Calls, FailInClosed)
{
    Ladder l;
    l.UserSends(1).Fails(CallError::CONNECTION_DOES_NOT_EXIST);
    l.UserReads(0).Fails(CallError::CONNECTION_DOES_NOT_EXIST);
    l.Closes().Fails(CallError::CONNECTION_DOES_NOT_EXIST);
    l.Aborts().Fails(CallError::CONNECTION_DOES_NOT_EXIST).In(State::CLOSED);
}

// Covers SEND in LISTEN without a remote socket
TEST(Calls, SendFailsOnAListener)
{
    Ladder l;
    l.Listens().Moves("T01");
    l.UserSends(1).Fails(CallError::REMOTE_SOCKET_UNSPECIFIED).In(State::LISTEN);
}

// Covers SEND in FIN-WAIT-1, FIN-WAIT-2, CLOSING, LAST-ACK, TIME-WAIT
TEST(Calls, SendFailsAfterClose)
{
    for (const State state :
         {State::FIN_WAIT_1, State::FIN_WAIT_2, State::CLOSING, State::LAST_ACK, State::TIME_WAIT})
    {
        Ladder l;
        l.To(state);
        l.UserSends(1).Fails(CallError::CONNECTION_CLOSING);
        l.UserSends(0).Fails(CallError::CONNECTION_CLOSING).In(state);
    }
}

// Covers SEND without room, in each state that takes it
TEST(Calls, SendWithoutRoomTakesNothing)
{
    ConnectionConfig config = Plain();
    config.sendBuffer = 100;
    for (const State state :
         {State::SYN_SENT, State::SYN_RECEIVED, State::ESTABLISHED, State::CLOSE_WAIT})
    {
        SCOPED_TRACE(ToString(state));
        Ladder l(config);
        l.To(state);
        EXPECT_EQ(l.Subject().SendRoom(), 100U);
        l.UserSends(101).Fails(CallError::INSUFFICIENT_RESOURCES).In(state);
        EXPECT_EQ(l.Subject().SendRoom(), 100U);
    }
}

// Covers SEND: what is acknowledged makes room
TEST(Calls, SendHasRoomAgainAfterAnAck)
{
    ConnectionConfig config = Plain();
    config.sendBuffer = 100;
    Ladder l(config);
    l.ToEstablished();
    l.UserSends(100).Sends(Seq(1).Ack(1).Len(100));
    l.UserSends(1).Fails(CallError::INSUFFICIENT_RESOURCES);
    l.Arrives(Seq(1).Ack(61)).Releases(1, 60);
    EXPECT_EQ(l.Subject().SendRoom(), 60U);
    l.UserSends(60).Sends(Seq(101).Ack(1).Len(60));
    EXPECT_EQ(l.Subject().SendRoom(), 0U);
}

// Covers SEND in SYN-SENT and SYN-RECEIVED: queued until ESTABLISHED
TEST(Calls, SendIsQueuedBeforeTheHandshakeIsComplete)
{
    Ladder l;
    l.ToSynReceived();
    l.UserSends(10);
    l.UserSends(20).In(State::SYN_RECEIVED);
    l.Arrives(Seq(1).Ack(1)).Moves("T12").OffersChild().Sends(Seq(1).Ack(1).Len(30));
}

// Covers SEND in ESTABLISHED and CLOSE-WAIT, R-107: the last segment is pushed
TEST(Calls, SendGoesOutInFullSegmentsAndTheLastIsPushed)
{
    for (const State state : {State::ESTABLISHED, State::CLOSE_WAIT})
    {
        Ladder l;
        l.To(state);
        const std::uint32_t next = l.RcvNxt();
        l.UserSends(3000).Sends(Seq(1).Ack(next).Len(1460)).Sends(Seq(1461).Ack(next).Len(1460));
        l.Sends(Seq(2921).Ack(next).Len(80).Psh()).In(state);
    }
}

// Covers D13, RECEIVE in CLOSE-WAIT, CLOSING, LAST-ACK, TIME-WAIT: what is there can be taken
TEST(Calls, ReceiveDrainsAfterThePeersFinAndMovesNoWindow)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 1000;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(900).Fin()).Takes(1, 900).Moves("T22");
    l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(902));
    l.UserReads(300);
    l.Closes().Moves("T23").Sends(Seq(1).Ack(902).Fin());
    l.UserReads(600).In(State::LAST_ACK);
    EXPECT_EQ(l.Subject().Rcv().unread, 0U);
}

// Covers T40.LI, T40.SS, R-53
TEST(Calls, AbortOfWhatIsNotYetOpenSendsNothing)
{
    Ladder l;
    l.Listens().Moves("T01");
    l.Aborts().Moves("T40.LI").Forgets(CloseReason::ABORTED).In(State::CLOSED);
    Ladder m;
    m.ToSynSent();
    m.Aborts().Moves("T40.SS").Forgets(CloseReason::ABORTED).In(State::CLOSED);
}

// Covers T40.SR, T40.ES, T40.F1, T40.F2, T40.CW, R-53
TEST(Calls, AbortResetsThePeerWhoMayStillSend)
{
    const std::pair<State, const char*> cases[] = {
        {State::SYN_RECEIVED, "T40.SR"},
        {State::ESTABLISHED, "T40.ES"},
        {State::FIN_WAIT_1, "T40.F1"},
        {State::FIN_WAIT_2, "T40.F2"},
        {State::CLOSE_WAIT, "T40.CW"},
    };
    for (const auto& [state, id] : cases)
    {
        Ladder l;
        l.To(state);
        const std::uint32_t next = l.SndNxt();
        l.Aborts().Resets(Seq(next).Rst()).Moves(id).Forgets(CloseReason::ABORTED);
        l.In(State::CLOSED);
    }
}

// Covers T40.CG, T40.LA, T40.TW, R-53
TEST(Calls, AbortIsOkAndSilentWhenBothHaveClosed)
{
    const std::pair<State, const char*> cases[] = {
        {State::CLOSING, "T40.CG"},
        {State::LAST_ACK, "T40.LA"},
        {State::TIME_WAIT, "T40.TW"},
    };
    for (const auto& [state, id] : cases)
    {
        Ladder l;
        l.To(state);
        l.Aborts().Moves(id).Forgets(CloseReason::ABORTED).In(State::CLOSED);
    }
}

// Covers R-53: SND.NXT, not what is acknowledged
TEST(Calls, AbortWithDataInFlightResetsAtSndNxt)
{
    Ladder l;
    l.ToEstablished();
    l.UserSends(100).Sends(Seq(1).Ack(1).Len(100));
    l.Aborts().Resets(Seq(101).Rst()).Moves("T40.ES").Forgets(CloseReason::ABORTED);
}

// Covers T40.ES: what Linux and BSD send instead
TEST(Calls, AbortResetsWithAnAckIfWished)
{
    ConnectionConfig config = Plain();
    config.resetHasAck = true;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.Aborts().Resets(Seq(1).Ack(11).Rst().Win(65525)).Moves("T40.ES");
    l.Forgets(CloseReason::ABORTED);

    config.timestamps = true; // RFC 7323 3.2: it should have some
    Ladder m(config);
    m.At(0s).Opens().Moves("T02").Sends(Seq(0).Syn());
    m.Arrives(Seq(0).Ack(1).Syn().Ts(500, 0)).Moves("T08");
    m.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    m.At(7s).Aborts().Resets(Seq(1).Ack(1).Rst().Win(65535).Ts(7000, 500)).Moves("T40.ES");
    m.Forgets(CloseReason::ABORTED);
    EXPECT_TRUE(FindPreset("linux")->connection.resetHasAck);
    EXPECT_TRUE(FindPreset("freebsd")->connection.resetHasAck);
}

// Covers T51.SR, T51.ES
TEST(Calls, CloseOfTheListenerResetsChildrenThatNobodyHasSeen)
{
    Ladder l;
    l.ToSynReceived();
    l.ListenerCloses().Resets(Seq(1).Rst()).Moves("T51.SR").Forgets(CloseReason::ABORTED);
    Ladder m;
    m.ToEstablishedPassively();
    m.ListenerCloses().Resets(Seq(1).Rst()).Moves("T51.ES").Forgets(CloseReason::ABORTED);
}

// Covers T40.CW: a child whose peer has closed already
TEST(Calls, CloseOfTheListenerAbortsAChildInCloseWait)
{
    Ladder l;
    l.ToEstablishedPassively();
    l.Arrives(Seq(1).Ack(1).Fin()).Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(1).Ack(2));
    l.ListenerCloses().Resets(Seq(1).Rst()).Moves("T40.CW").Forgets(CloseReason::ABORTED);
}

// Covers R-117: STATUS tells of windows, queues and timeouts
TEST(Calls, StatusTellsWindowsQueuesAndTimeouts)
{
    ConnectionConfig config = Plain();
    config.sendBuffer = 5000;
    config.receiveBuffer = 1000;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(2920));
    l.UserSends(4000).Sends(Seq(1).Ack(1).Len(1460)).Sends(Seq(1461).Ack(1).Len(1460));
    const Connection& status = l.Subject();
    EXPECT_EQ(status.Snd().wnd, 2920U);
    EXPECT_EQ(status.Snd().nxt - status.Snd().una, 2920); // unacknowledged
    EXPECT_EQ(status.Snd().end - status.Snd().nxt, 1080); // queued
    EXPECT_EQ(status.SendRoom(), 1000U);
    EXPECT_EQ(status.Congestion().Window(), 10U * 1460);
    EXPECT_EQ(status.Congestion().SlowStartThreshold(), UINT32_MAX);
    EXPECT_EQ(status.Rtt().Rto(), 1s);
    EXPECT_EQ(status.NextDeadline(), Instant(1s));

    l.At(100ms).Arrives(Seq(1).Ack(1).Len(600).Win(2920)).Takes(1, 600).Acks(Seq(2921).Ack(601));
    l.Arrives(Seq(701).Ack(1).Len(100).Win(2920)).Holds(701, 100).Acks(Seq(2921).Ack(601));
    EXPECT_EQ(status.Rcv().unread, 600U);
    EXPECT_EQ(status.Rcv().wnd, 400U);
    EXPECT_FALSE(status.Rcv().held.IsEmpty());
    l.Arrives(Seq(601).Ack(2921)).Releases(1, 2920).Sends(Seq(2921).Ack(601).Len(1080).Psh());
    EXPECT_EQ(status.Rtt().Srtt(), 12500us); // RFC 6298 2.3: the handshake took no time
    EXPECT_EQ(status.SendRoom(), 3920U);
}

// Covers R-117: STATUS in every state
TEST(Calls, StatusIsReadableInEveryState)
{
    for (const State state : ALL_STATES)
    {
        Ladder l;
        l.To(state).In(state);
    }
}

} // namespace
} // namespace lifecycle::test
