// Closing both directions: RFC 9293 3.6.1 (MAY-1, SHLD-3), and what remains without a user.

#include "ladder.h"

#include <algorithm>

namespace lifecycle::test
{
namespace
{

// Covers T36, R-51, SHLD-3
TEST(FullClose, UnreadTextInEstablishedIsAnsweredByAReset)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.UserReads(9);
    l.ClosesFully().Resets(Seq(1).Rst()).Moves("T36").Forgets(CloseReason::ABORTED);
    l.In(State::CLOSED);
}

// Covers T37, R-51
TEST(FullClose, UnreadTextInCloseWaitIsAnsweredByAReset)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(10).Fin()).Takes(1, 10).Moves("T22");
    l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(12));
    l.ClosesFully().Resets(Seq(1).Rst()).Moves("T37").Forgets(CloseReason::ABORTED);
}

// Covers R-51: unread text matters to CLOSE of both directions alone
TEST(FullClose, HalfCloseKeepsUnreadText)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.Closes().Moves("T21").Sends(Seq(1).Ack(11).Fin());
    l.UserReads(10).In(State::FIN_WAIT_1);
}

// Covers T34, R-51
TEST(FullClose, TextInFinWait1IsAnsweredByAReset)
{
    Ladder l;
    l.ToEstablished();
    l.ClosesFully().Moves("T21").Sends(Seq(1).Ack(1).Fin());
    l.Arrives(Seq(1).Ack(1).Len(10)).Resets(Seq(1).Rst()).Moves("T34");
    l.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET).In(State::CLOSED);
}

// Covers T35, R-51
TEST(FullClose, TextInFinWait2IsAnsweredByAReset)
{
    Ladder l;
    l.ToFinWait2();
    l.ClosesFully().In(State::FIN_WAIT_2);
    l.Arrives(Seq(0).Ack(2).Len(1)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(1));
    l.Arrives(Seq(1).Ack(2).Len(10)).Resets(Seq(2).Rst()).Moves("T35");
    l.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);
}

// Covers T27, R-59: a FIN without text ends it as usual
TEST(FullClose, FinWithoutTextIsTaken)
{
    Ladder l;
    l.ToFinWait2();
    l.ClosesFully();
    l.ClosesFully().Fails(CallError::CONNECTION_CLOSING);
    l.Arrives(Seq(1).Ack(2).Fin()).Moves("T27").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(2).Ack(2)).In(State::TIME_WAIT);
}

// Covers T55.F1, T55.F2, R-51, SHLD-3: it is lost after a half-close as well
TEST(FullClose, UnreadTextAfterAHalfCloseIsAnsweredByAReset)
{
    Ladder l;
    l.ToFinWait1();
    l.Arrives(Seq(1).Ack(1).Len(100)).Takes(1, 100).Acks(Seq(2).Ack(101));
    l.UserReads(40);
    l.ClosesFully().Resets(Seq(2).Rst()).Moves("T55.F1").Forgets(CloseReason::ABORTED);

    Ladder m;
    m.ToFinWait2();
    m.Arrives(Seq(1).Ack(2).Len(100)).Takes(1, 100).Acks(Seq(2).Ack(101));
    m.UserReads(40);
    m.ClosesFully().Resets(Seq(2).Rst()).Moves("T55.F2").Forgets(CloseReason::ABORTED);
}

// Covers T55.CG, T55.LA, R-51, SHLD-3
TEST(FullClose, UnreadTextIsAnsweredByAResetThoughBothHaveClosed)
{
    Ladder l;
    l.ToFinWait1();
    l.Arrives(Seq(1).Ack(1).Len(10).Fin()).Takes(1, 10).Moves("T25");
    l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(2).Ack(12));
    l.ClosesFully().Resets(Seq(2).Rst()).Moves("T55.CG").Forgets(CloseReason::ABORTED);

    Ladder m;
    m.ToEstablished();
    m.Arrives(Seq(1).Ack(1).Len(10).Fin()).Takes(1, 10).Moves("T22");
    m.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(12));
    m.Closes().Moves("T23").Sends(Seq(1).Ack(12).Fin());
    m.ClosesFully().Resets(Seq(1 + 1).Rst()).Moves("T55.LA").Forgets(CloseReason::ABORTED);
}

// Covers R-51, D13: near misses: all was read, nothing can be read any more, or both ends are done
TEST(FullClose, AfterAHalfCloseNothingIsResetIfNothingIsLost)
{
    Ladder l;
    l.ToFinWait2();
    l.Arrives(Seq(1).Ack(2).Len(100)).Takes(1, 100).Acks(Seq(2).Ack(101));
    l.UserReads(100);
    l.ClosesFully().In(State::FIN_WAIT_2);

    ConnectionConfig config = Plain();
    config.drainAfterClose = false;
    Ladder m(config);
    m.ToFinWait1();
    m.Arrives(Seq(1).Ack(1).Len(10).Fin()).Takes(1, 10).Moves("T25");
    m.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(2).Ack(12));
    m.ClosesFully().In(State::CLOSING);

    Ladder n;
    n.ToFinWait2();
    n.Arrives(Seq(1).Ack(2).Len(10).Fin()).Takes(1, 10).Moves("T27");
    n.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(2).Ack(12));
    n.ClosesFully().In(State::TIME_WAIT);
}

// Covers T34, R-51: text of the peer's SYN, held until the handshake is over, is lost as well
TEST(FullClose, HeldTextOfTheSynIsAnsweredByAReset)
{
    Ladder l;
    l.ToSynSent();
    l.Arrives(Seq(0).Syn().Len(10)).Moves("T09").Holds(1, 10);
    l.Sends(Seq(0).Ack(1).Syn());
    l.ClosesFully().Moves("T13").Sends(Seq(1).Ack(1).Fin());
    l.Arrives(Seq(11).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Resets(Seq(2).Rst());
    l.Moves("T34").Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);
}

// Covers T33, R-59
TEST(FullClose, FinWait2WithoutAReaderEndsAfterAMinute)
{
    Ladder l;
    l.At(0s).ToFinWait2();
    l.At(1s).ClosesFully();
    l.At(61s).Expires().Moves("T33").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);

    Ladder m;
    m.At(0s).ToEstablished();
    m.ClosesFully().Moves("T21").Sends(Seq(1).Ack(1).Fin());
    m.At(500ms).Arrives(Seq(1).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T24");
    m.At(60500ms).Expires().Moves("T33").Tells(UserSignal::CONNECTION_CLOSED);
    m.Forgets(CloseReason::NORMAL);
}

// Covers T33, R-59: changed while it runs, it counts from where it began; 0 is for ever
TEST(FullClose, OrphanTimerCanBeChangedWhileItRuns)
{
    for (const Duration timeout : {90s, 30s, 5s, 0s})
    {
        ConnectionConfig config = Plain();
        Ladder l(config);
        l.At(0s).ToFinWait2();
        l.At(1s).ClosesFully();
        config.finWait2Timeout = timeout;
        l.At(11s).Configures(config);
        if (timeout == 0s)
        {
            EXPECT_FALSE(l.Subject().NextDeadline());
            continue;
        }
        l.At(std::max<Duration>(11s, 1s + timeout)).Expires().Moves("T33");
        l.Tells(UserSignal::CONNECTION_CLOSED).Forgets(CloseReason::NORMAL);
    }
}

// Covers R-59: with a reader it waits for ever, and so it does if that is wished
TEST(FullClose, FinWait2WithAReaderHasNoTimer)
{
    Ladder l;
    l.ToFinWait2();
    EXPECT_FALSE(l.Subject().NextDeadline());

    ConnectionConfig config = Plain();
    config.finWait2Timeout = Duration(0);
    Ladder m(config);
    m.ToFinWait2();
    m.ClosesFully();
    EXPECT_FALSE(m.Subject().NextDeadline());
}

// Covers T13, T34: closed before the handshake was over, with something to send
TEST(FullClose, WaitsForTheHandshakeIfSomethingWasSent)
{
    Ladder l;
    l.ToSynReceived();
    l.UserSends(5);
    l.ClosesFully().In(State::SYN_RECEIVED);
    l.Arrives(Seq(1).Ack(1).Len(3)).Moves("T12").OffersChild().Moves("T21");
    l.Resets(Seq(1).Rst()).Moves("T34").Tells(UserSignal::CONNECTION_RESET);
    l.Forgets(CloseReason::RESET);
}

// Covers T06, T10
TEST(FullClose, IsTheSameAsCloseBeforeThereIsAConnection)
{
    Ladder l;
    l.To(State::LISTEN);
    l.ClosesFully().Moves("T06").Forgets(CloseReason::NORMAL);
    Ladder m;
    m.ToSynSent();
    m.ClosesFully().Moves("T10").Forgets(CloseReason::NORMAL);
    m.ClosesFully().Fails(CallError::CONNECTION_DOES_NOT_EXIST);
}

// Covers T40.ES: SO_LINGER with time 0
TEST(FullClose, AbortsWithLingerZero)
{
    ConnectionConfig config = Plain();
    config.lingerZero = true;
    Ladder l(config);
    l.ToEstablished();
    l.ClosesFully().Resets(Seq(1).Rst()).Moves("T40.ES").Forgets(CloseReason::ABORTED);
}

// Covers T55.LA, T40.LA, R-51: ABORT is silent where both have closed, but not if text is lost
TEST(FullClose, LosesNoTextInSilenceWithLingerZero)
{
    ConnectionConfig config = Plain();
    config.lingerZero = true;
    for (const bool reads : {false, true})
    {
        Ladder l(config);
        l.ToEstablished();
        l.Arrives(Seq(1).Ack(1).Len(10).Fin()).Takes(1, 10).Moves("T22");
        l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(12));
        l.Closes().Moves("T23").Sends(Seq(1).Ack(12).Fin());
        if (reads)
        {
            l.UserReads(10);
            l.ClosesFully().Moves("T40.LA").Forgets(CloseReason::ABORTED);
        }
        else
        {
            l.ClosesFully().Resets(Seq(2).Rst()).Moves("T55.LA").Forgets(CloseReason::ABORTED);
        }
    }
}

// Covers T43.F1: R2 of an orphan
TEST(FullClose, OrphanHasItsOwnR2)
{
    ConnectionConfig config = NoUserTimeout();
    config.orphanRetries = 1;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.ClosesFully().Moves("T21").Sends(Seq(1).Ack(1).Fin());
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Fin());
    l.At(3s).Expires().Moves("T43.F1").Tells(UserSignal::CONNECTION_TIMED_OUT);
    l.Forgets(CloseReason::TIMED_OUT);
}

} // namespace
} // namespace lifecycle::test
