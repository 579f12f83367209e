// Resets that arrive: RFC 9293 3.5.2, 3.5.3, 3.10.7.4 second check, RFC 5961 3. And those that
// we send. Bad cases first.

#include "ladder.h"

#include <string>

namespace lifecycle::test
{
namespace
{

constexpr std::array<State, 8> OTHERS{
    State::SYN_RECEIVED,
    State::ESTABLISHED,
    State::FIN_WAIT_1,
    State::FIN_WAIT_2,
    State::CLOSE_WAIT,
    State::CLOSING,
    State::LAST_ACK,
    State::TIME_WAIT,
};

// Covers, P22
TEST(Reset, OutsideTheWindowIsIgnoredInEveryState)
{
    for (const State state : OTHERS)
    {
        SCOPED_TRACE(ToString(state));
        Ladder l;
        l.To(state);
        const std::uint32_t next = l.RcvNxt();
        const std::uint32_t window = l.Subject().Rcv().wnd;
        l.Arrives(Seq(next - 1).Rst()).Drops(DropReason::BAD_SEQUENCE);
        l.Arrives(Seq(next + window).Rst()).Drops(DropReason::BAD_SEQUENCE);
        l.Arrives(Seq(next + 0x80000000).Rst()).Drops(DropReason::BAD_SEQUENCE);
        l.In(state);
    }
}

// Covers R-34: RFC 5961 3.2 asks where the number is, not where the payload ends
TEST(Reset, NumberOutsideTheWindowIsIgnoredEvenIfItsPayloadReachesIn)
{
    for (const State state : OTHERS)
    {
        SCOPED_TRACE(ToString(state));
        Ladder l;
        l.To(state);
        l.Arrives(Seq(l.RcvNxt() - 10).Len(20).Rst()).Drops(DropReason::BAD_SEQUENCE);
        l.In(state);
    }
}

// Covers, D1
TEST(Reset, SynAckOfASimultaneousOpenWithResetIsOutsideTheWindow)
{
    Ladder l;
    l.ToSynReceivedActively();
    l.Arrives(Seq(0).Ack(1).Syn().Rst()).Drops(DropReason::BAD_SEQUENCE);
    l.In(State::SYN_RECEIVED);
}

// Covers R-34, P31
TEST(Reset, ElsewhereInTheWindowIsChallengedInEveryState)
{
    for (const State state : OTHERS)
    {
        SCOPED_TRACE(ToString(state));
        Ladder l;
        l.To(state);
        const std::uint32_t next = l.RcvNxt();
        const std::uint32_t last = next + l.Subject().Rcv().wnd - 1;
        l.Arrives(Seq(next + 1).Rst()).Challenges(Seq(l.SndNxt()).Ack(next));
        l.Drops(DropReason::BAD_RESET);
        l.Arrives(Seq(last).Rst()).Challenges(Seq(l.SndNxt()).Ack(next));
        l.Drops(DropReason::BAD_RESET).In(state);
    }
}

//
TEST(Reset, ChallengesAreTenInFiveSecondsAtMost)
{
    Ladder l;
    l.ToEstablished();
    for (int i = 0; i < 1000; ++i)
    {
        l.Arrives(Seq(2 + i).Rst());
        if (i < 10)
        {
            l.Challenges(Seq(1).Ack(1));
        }
        l.Drops(DropReason::BAD_RESET);
    }
    l.At(4999ms).Arrives(Seq(2).Rst()).Drops(DropReason::BAD_RESET);
    l.At(5s).Arrives(Seq(2).Rst()).Challenges(Seq(1).Ack(1)).Drops(DropReason::BAD_RESET);
    l.In(State::ESTABLISHED);
}

//
TEST(Reset, ChallengesAreLimitedByTheConfiguration)
{
    ConnectionConfig config = Plain();
    config.challengeAckLimit = 1;
    config.challengeAckWindow = 500ms;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(2).Rst()).Challenges(Seq(1).Ack(1)).Drops(DropReason::BAD_RESET);
    l.Arrives(Seq(2).Rst()).Drops(DropReason::BAD_RESET);
    l.At(500ms).Arrives(Seq(2).Rst()).Challenges(Seq(1).Ack(1)).Drops(DropReason::BAD_RESET);
}

// Covers R-66, D5, P30
TEST(Reset, IsIgnoredInTimeWaitAsRfc1337Asks)
{
    Ladder l;
    l.At(0s).ToTimeWait();
    l.At(1s).Arrives(Seq(2).Rst()).Drops(DropReason::BAD_RESET).In(State::TIME_WAIT);
    l.At(240s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers R-66, T41.TW
TEST(Reset, EndsTimeWaitIfRfc1337IsOff)
{
    ConnectionConfig config = Plain();
    config.rfc1337 = false;
    Ladder l(config);
    l.ToTimeWait();
    l.Arrives(Seq(2).Rst()).Moves("T41.TW").Forgets(CloseReason::RESET).In(State::CLOSED);
}

// Covers R-18, T14, P30
TEST(Reset, ReturnsAPassiveConnectionToListen)
{
    Ladder l;
    l.ToSynReceived();
    l.Arrives(Seq(1).Rst()).Moves("T14").Forgets(CloseReason::REFUSED).In(State::LISTEN);
}

// Covers, T15, P30
TEST(Reset, RefusesAnActiveConnectionInSynReceived)
{
    Ladder l;
    l.ToSynReceivedActively();
    l.Arrives(Seq(1).Rst()).Moves("T15").Tells(UserSignal::CONNECTION_REFUSED);
    l.Forgets(CloseReason::REFUSED).In(State::CLOSED);
}

// Covers, P30, T41.ES, T41.F1, T41.F2, T41.CW
TEST(Reset, IsReportedWhereTheUserHasNotYetClosedOrStillReads)
{
    const std::pair<State, const char*> cases[] = {
        {State::ESTABLISHED, "T41.ES"},
        {State::FIN_WAIT_1, "T41.F1"},
        {State::FIN_WAIT_2, "T41.F2"},
        {State::CLOSE_WAIT, "T41.CW"},
    };
    for (const auto& [state, id] : cases)
    {
        Ladder l;
        l.To(state);
        l.Arrives(Seq(l.RcvNxt()).Rst()).Moves(id).Tells(UserSignal::CONNECTION_RESET);
        l.Forgets(CloseReason::RESET).In(State::CLOSED);
    }
}

// Covers, P30, T41.CG, T41.LA
TEST(Reset, EndsClosingAndLastAckSilently)
{
    const std::pair<State, const char*> cases[] = {
        {State::CLOSING, "T41.CG"},
        {State::LAST_ACK, "T41.LA"},
    };
    for (const auto& [state, id] : cases)
    {
        Ladder l;
        l.To(state);
        l.Arrives(Seq(2).Rst()).Moves(id).Forgets(CloseReason::RESET).In(State::CLOSED);
    }
}

//
TEST(Reset, MayCarryTextWhichIsNotDelivered)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(1).Len(20).Rst()).Moves("T41.ES").Tells(UserSignal::CONNECTION_RESET);
    l.Forgets(CloseReason::RESET);
}

//
TEST(Reset, IsTakenIntoAZeroWindow)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 1000;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(1000)).Takes(1, 1000).Acks(Seq(1).Ack(1001).Win(0));
    l.Arrives(Seq(1003).Rst()).Drops(DropReason::BAD_SEQUENCE);
    // It may come from a peer that has sent a probe: asked, that one has no TCB and is exact.
    l.Arrives(Seq(1002).Rst()).Challenges(Seq(1).Ack(1001)).Drops(DropReason::BAD_RESET);
    l.Arrives(Seq(1001).Rst()).Moves("T41.ES").Tells(UserSignal::CONNECTION_RESET);
    l.Forgets(CloseReason::RESET);
}

// Covers R-31, P10
TEST(Reset, AnswersTheAcknowledgmentOfSomethingNotSentInSynSent)
{
    Ladder l;
    l.ToSynSent();
    l.Arrives(Seq(0).Ack(0).Syn()).Resets(Seq(0).Rst()).Drops(DropReason::BAD_ACK);
    l.Arrives(Seq(0).Ack(2).Syn()).Resets(Seq(2).Rst()).Drops(DropReason::BAD_ACK);
    l.Arrives(Seq(0).Ack(2)).Resets(Seq(2).Rst()).Drops(DropReason::BAD_ACK);
    l.In(State::SYN_SENT);
}

// Covers R-31, D7, P53
TEST(Reset, AnswersTheAcknowledgmentOfSomethingNotSentInSynReceived)
{
    for (const std::uint32_t ack : {0U, 2U, 0x80000000U})
    {
        Ladder l;
        l.ToSynReceived();
        l.Arrives(Seq(1).Ack(ack)).Resets(Seq(ack).Rst()).Drops(DropReason::BAD_ACK);
        l.Arrives(Seq(1).Ack(ack).Len(5)).Resets(Seq(ack).Rst()).Drops(DropReason::BAD_ACK);
        l.In(State::SYN_RECEIVED);
    }
}

// Covers P22, P31: what is dropped releases no text, though there is room for more since a timeout
TEST(Reset, ThatIsDroppedOrChallengedReleasesNoText)
{
    ConnectionConfig config = Plain();
    config.sack = true;
    config.initialCwnd = 2;
    Ladder l(config);
    l.At(0s).ToSynSent();
    l.Arrives(Seq(0).Ack(1).Syn().Mss(48).SackOk()).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.UserSends(200).Sends(Seq(1).Ack(1).Len(48)).Sends(Seq(49).Ack(1).Len(48));
    for (const std::uint32_t early : {11, 21, 31, 41}) // four blocks leave 12 of 48 octets for text
    {
        l.Arrives(Seq(early).Ack(1).Len(1)).Holds(early, 1).Acks(Seq(97).Ack(1));
    }
    l.At(1s).Expires().Resends(Seq(1).Ack(1).Len(12));
    l.Arrives(Seq(0).Rst()).Drops(DropReason::BAD_SEQUENCE);
    l.Arrives(Seq(2).Rst()).Challenges(Seq(97).Ack(1)).Drops(DropReason::BAD_RESET);
    l.Arrives(Seq(0).Ack(1)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(97).Ack(1));
    l.Arrives(Seq(1).Ack(1)).Sends(Seq(97).Ack(1).Len(12)); // whose ACK counts
    l.Sends(Seq(109).Ack(1).Len(12)).Sends(Seq(121).Ack(1).Len(12));
}

} // namespace
} // namespace lifecycle::test
