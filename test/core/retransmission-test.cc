// Retransmission: RFC 6298, RFC 9293 3.8.1 and 3.8.3; the user timeout, 3.10.8.

#include "ladder.h"
#include "pair.h"

#include <string>

namespace lifecycle::test
{
namespace
{

/** The deadlines at which an unanswered segment is repeated, and the one that gives up. */
constexpr Duration REPEATS[] = {1s, 3s, 7s, 15s, 31s, 63s, 123s};
constexpr Duration GIVES_UP = 183s;

void
IsRepeatedThenGivenUp(Ladder& l, const Seg& seg, std::string_view id)
{
    for (const Duration at : REPEATS)
    {
        l.At(at).Expires();
        if (at == 7s)
        {
            l.Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS); // R1
        }
        l.Resends(seg);
    }
    l.At(GIVES_UP).Expires().Moves(id).Tells(UserSignal::CONNECTION_TIMED_OUT);
    l.Forgets(CloseReason::TIMED_OUT).In(State::CLOSED);
}

// Covers, T43.ES, MUST-20, SHLD-9, SHLD-10, SHLD-11
TEST(Retransmission, GivesUpInEstablished)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    IsRepeatedThenGivenUp(l, Seq(1).Ack(1).Len(10), "T43.ES");
}

// Covers R-74, T43.F1
TEST(Retransmission, GivesUpInFinWait1)
{
    Ladder l;
    l.At(0s).ToFinWait1();
    IsRepeatedThenGivenUp(l, Seq(1).Ack(1).Fin(), "T43.F1");
}

// Covers R-74, T43.CW
TEST(Retransmission, GivesUpInCloseWait)
{
    Ladder l;
    l.At(0s).ToCloseWait();
    l.UserSends(10).Sends(Seq(1).Ack(2).Len(10));
    IsRepeatedThenGivenUp(l, Seq(1).Ack(2).Len(10), "T43.CW");
}

// Covers R-74, T43.CG
TEST(Retransmission, GivesUpInClosing)
{
    Ladder l;
    l.At(0s).ToClosing();
    IsRepeatedThenGivenUp(l, Seq(1).Ack(2).Fin(), "T43.CG");
}

// Covers R-74, T43.LA
TEST(Retransmission, GivesUpInLastAck)
{
    Ladder l;
    l.At(0s).ToLastAck();
    IsRepeatedThenGivenUp(l, Seq(1).Ack(2).Fin(), "T43.LA");
}

// Covers R-26, T43.SR
TEST(Retransmission, GivesUpInSynReceivedOfActiveOrigin)
{
    ConnectionConfig config = Plain();
    config.synRetries = 7;
    Ladder l(config);
    l.At(0s).ToSynReceivedActively();
    IsRepeatedThenGivenUp(l, Seq(0).Ack(1).Syn(), "T43.SR");
}

// Covers R-90, T18: RTO0 * (2^(n+1) - 1), and nobody is told of the end
TEST(Retransmission, ReturnsAPassiveConnectionToListen)
{
    ConnectionConfig config = Plain();
    config.synAckRetries = 2;
    Ladder l(config);
    l.At(0s).ToSynReceived();
    l.At(1s).Expires().Resends(Seq(0).Ack(1).Syn());
    l.At(3s).Expires().Resends(Seq(0).Ack(1).Syn());
    l.At(7s).Expires().Moves("T18").Forgets(CloseReason::TIMED_OUT).In(State::LISTEN);
}

// Covers R-75: what is set while it runs
TEST(Retransmission, R2CanBeChangedOnALivingConnection)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(10));
    ConnectionConfig config = Plain();
    config.dataRetries = 1;
    l.Configures(config);
    l.At(3s).Expires().Moves("T43.ES").Tells(UserSignal::CONNECTION_TIMED_OUT);
    l.Forgets(CloseReason::TIMED_OUT);
}

// Covers: it counts from where it began; 0 is for ever
TEST(Retransmission, UserTimeoutCanBeChangedWhileItRuns)
{
    for (const Duration timeout : {2s, 0s})
    {
        ConnectionConfig config = Plain();
        config.userTimeout = 5s;
        Ladder l(config);
        l.At(0s).ToEstablished();
        l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
        l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(10));
        config.userTimeout = timeout;
        l.Configures(config);
        if (timeout > 0s)
        {
            l.At(2s).Expires().Moves("T42.ES").Tells(UserSignal::USER_TIMEOUT);
            l.Forgets(CloseReason::USER_TIMEOUT);
        }
        else
        {
            l.At(3s).Expires().Resends(Seq(1).Ack(1).Len(10));
            l.At(6s).In(State::ESTABLISHED);
        }
    }
}

// Covers: progress starts the count anew
TEST(Retransmission, AnAckOfNewDataEndsTheCount)
{
    ConnectionConfig config = Plain();
    config.dataRetries = 1;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.UserSends(2000).Sends(Seq(1).Ack(1).Len(1460)).Sends(Seq(1461).Ack(1).Len(540));
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(1460));
    l.At(1010ms).Arrives(Seq(1).Ack(1461)).Releases(1, 1460);
    l.Resends(Seq(1461).Ack(1).Len(540)); // what was in flight is taken for lost, RFC 5681 3.1
    l.At(3010ms).Expires().Resends(Seq(1461).Ack(1).Len(540)); // still backed off: 2 s
    l.At(3020ms).Arrives(Seq(1).Ack(2001)).Releases(1461, 540);
    l.At(10min).In(State::ESTABLISHED);
}

// Covers R-73: RFC 6298 5.1 to 5.3
TEST(Retransmission, OneTimerStartsWithTheFirstAndRestartsWithNewAcks)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.At(600ms).UserSends(10).Sends(Seq(11).Ack(1).Len(10)); // the timer runs already
    EXPECT_EQ(l.Subject().NextDeadline(), Instant(1s));
    l.At(700ms).Arrives(Seq(1).Ack(1)); // a duplicate restarts nothing
    EXPECT_EQ(l.Subject().NextDeadline(), Instant(1s));
    l.At(800ms).Arrives(Seq(1).Ack(11)).Releases(1, 10);
    EXPECT_EQ(l.Subject().Rtt().Srtt(), 100ms); // an eighth of 800 ms: the first one was timed
    EXPECT_EQ(l.Subject().NextDeadline(), Instant(800ms) + l.Subject().Rtt().Rto());
    l.At(900ms).Arrives(Seq(1).Ack(21)).Releases(11, 10);
    EXPECT_FALSE(l.Subject().NextDeadline());
}

//
TEST(Retransmission, GivesNoSample)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    const auto before = l.Subject().Rtt();
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(10));
    l.At(1700ms).Arrives(Seq(1).Ack(11)).Releases(1, 10);
    EXPECT_EQ(l.Subject().Rtt().Srtt(), before.Srtt());
    EXPECT_EQ(l.Subject().Rtt().Rto(), 2s); // kept until there is a sample
    l.At(5s).UserSends(10).Sends(Seq(11).Ack(1).Len(10));
    l.At(5100ms).Arrives(Seq(1).Ack(21)).Releases(11, 10);
    EXPECT_EQ(l.Subject().Rtt().Rto(), 1s);
}

// Covers R-70: only the ACK of the whole segment ends the measurement
TEST(Retransmission, PartialAckGivesNoSample)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.UserSends(100).Sends(Seq(1).Ack(1).Len(100));
    l.At(80ms).Arrives(Seq(1).Ack(41)).Releases(1, 40);
    EXPECT_EQ(l.Subject().Rtt().Srtt(), 0ms);
    l.At(160ms).Arrives(Seq(1).Ack(101)).Releases(41, 60);
    EXPECT_EQ(l.Subject().Rtt().Srtt(), 20ms);
}

// Covers: our SYN went out a second time, with an ACK
TEST(Retransmission, SimultaneousOpenGivesNoSample)
{
    Ladder l;
    l.At(0s).ToSynReceivedActively();
    l.At(10ms).Arrives(Seq(0).Ack(1).Syn()).Moves("T12").Tells(UserSignal::CONNECTION_ESTABLISHED);
    EXPECT_FALSE(l.Subject().Rtt().Srtt());
}

// Covers: RFC 6298 5.7
TEST(Retransmission, LossOfTheFirstSynMakesTheFirstRtoOfData3Seconds)
{
    Ladder l;
    l.At(0s).ToSynSent();
    l.At(1s).Expires().Resends(Seq(0).Syn());
    l.At(1010ms).Arrives(Seq(0).Ack(1).Syn()).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    EXPECT_FALSE(l.Subject().Rtt().Srtt());
    l.At(2s).UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.At(5s).Expires().Resends(Seq(1).Ack(1).Len(10));
    l.At(11s).Expires().Resends(Seq(1).Ack(1).Len(10));
}

//
TEST(Retransmission, LossOfTheSynAckMakesTheFirstRtoOfData3SecondsToo)
{
    Ladder l;
    l.At(0s).ToSynReceived();
    l.At(1s).Expires().Resends(Seq(0).Ack(1).Syn());
    l.At(1010ms).Arrives(Seq(1).Ack(1)).Moves("T12").OffersChild();
    l.At(2s).UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.At(5s).Expires().Resends(Seq(1).Ack(1).Len(10));
}

// Covers: the text comes before its FIN however often it is lost
TEST(Retransmission, CarriesAsMuchAsASegmentTakesAndTheFin)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.UserSends(10).Sends(Seq(11).Ack(1).Len(10));
    l.Closes().Moves("T21").Sends(Seq(21).Ack(1).Fin());
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(20).Fin().Psh());
    l.At(1010ms).Arrives(Seq(1).Ack(22)).Releases(1, 20).Tells(UserSignal::CLOSE_ACKNOWLEDGED);
    l.Moves("T24");
}

// Covers R-102: part of a segment
TEST(Retransmission, StartsAtTheFirstOctetThatIsNotAcknowledged)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.UserSends(100).Sends(Seq(1).Ack(1).Len(100));
    l.At(100ms).Arrives(Seq(1).Ack(41)).Releases(1, 40);
    l.At(1100ms).Expires().Resends(Seq(41).Ack(1).Len(60));
}

ConnectionConfig
UserTimeoutOf10Seconds()
{
    ConnectionConfig config = Plain();
    config.userTimeout = 10s;
    config.initialRto = 20s;
    config.minRto = 20s;
    return config;
}

// Covers R-77, D16, T42.SS, T42.SR, T42.F1, T42.CG, T42.LA
TEST(UserTimeout, EndsTheConnectionWhereverSomethingIsUnacknowledged)
{
    const std::pair<State, const char*> cases[] = {
        {State::SYN_SENT, "T42.SS"},
        {State::SYN_RECEIVED, "T42.SR"},
        {State::FIN_WAIT_1, "T42.F1"},
        {State::CLOSING, "T42.CG"},
        {State::LAST_ACK, "T42.LA"},
    };
    for (const auto& [state, id] : cases)
    {
        Ladder l(UserTimeoutOf10Seconds());
        l.At(0s).To(state);
        l.At(10s).Expires().Moves(id).Tells(UserSignal::USER_TIMEOUT);
        l.Forgets(CloseReason::USER_TIMEOUT).In(State::CLOSED);
    }
}

// Covers R-77, T42.ES, T42.CW
TEST(UserTimeout, EndsTheConnectionWhenDataIsUnacknowledged)
{
    const std::pair<State, const char*> cases[] = {
        {State::ESTABLISHED, "T42.ES"},
        {State::CLOSE_WAIT, "T42.CW"},
    };
    for (const auto& [state, id] : cases)
    {
        Ladder l(UserTimeoutOf10Seconds());
        l.At(0s).To(state);
        l.At(5s).UserSends(10).Sends(Seq(1).Ack(l.RcvNxt()).Len(10));
        l.At(15s).Expires().Moves(id).Tells(UserSignal::USER_TIMEOUT);
        l.Forgets(CloseReason::USER_TIMEOUT).In(State::CLOSED);
    }
}

//
TEST(UserTimeout, DoesNotRunWhenNothingIsUnacknowledged)
{
    for (const State state : {State::ESTABLISHED, State::FIN_WAIT_2, State::CLOSE_WAIT})
    {
        Ladder l(UserTimeoutOf10Seconds());
        l.At(0s).To(state);
        l.At(1h).In(state);
    }
}

// Covers R-77: five minutes, counted from the last progress
TEST(UserTimeout, IsFiveMinutesByDefaultAndRestartsWithProgress)
{
    ConnectionConfig config = Plain();
    config.dataRetries = 100;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.UserSends(2000).Sends(Seq(1).Ack(1).Len(1460)).Sends(Seq(1461).Ack(1).Len(540));
    l.At(500ms).Arrives(Seq(1).Ack(1461)).Releases(1, 1460);
    Actions out;
    Connection c = l.Subject();
    for (Instant at = *c.NextDeadline(); c.GetState() != State::CLOSED; at = *c.NextDeadline())
    {
        c.DeadlineReached(at, out);
        if (c.GetState() == State::CLOSED)
        {
            EXPECT_EQ(at, Instant(500ms) + 5min);
            break;
        }
    }
    EXPECT_EQ(ToString(out.back()), "forget: user-timeout");
}

// Covers, D16: whichever comes first
TEST(UserTimeout, ComesBeforeR2AtOneInstant)
{
    ConnectionConfig config = Plain();
    config.userTimeout = 1s;
    config.dataRetries = 0;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.UserSends(10).Sends(Seq(1).Ack(1).Len(10));
    l.At(1s).Expires().Moves("T42.ES").Tells(UserSignal::USER_TIMEOUT);
    l.Forgets(CloseReason::USER_TIMEOUT);
}

} // namespace
} // namespace lifecycle::test
