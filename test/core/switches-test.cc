// What the settings change that are off by default: open points of the standards, older ways, options.

#include "ladder.h"

#include <utility>

namespace lifecycle::test
{
namespace
{

ConnectionConfig
With(bool ConnectionConfig::*setting, bool value = true)
{
    ConnectionConfig config = Plain();
    config.*setting = value;
    return config;
}

using StateAndId = std::pair<State, const char*>;

// Covers T05, T04
TEST(Switches, ListenerMayOpenActively)
{
    Ladder off;
    off.To(State::LISTEN);
    off.OpensFromListen().Fails(CallError::CONNECTION_ALREADY_EXISTS).In(State::LISTEN);

    Ladder l(With(&ConnectionConfig::openFromListen));
    l.To(State::LISTEN);
    l.OpensFromListen().Moves("T05").Sends(Seq(0).Syn()).In(State::SYN_SENT);

    Ladder m(With(&ConnectionConfig::openFromListen));
    m.To(State::LISTEN);
    m.OpensFromListen(1000000).Fails(CallError::INSUFFICIENT_RESOURCES);
    m.OpensFromListen(100).Moves("T04").Sends(Seq(0).Syn()).In(State::SYN_SENT);
    m.Arrives(Seq(0).Ack(1).Syn()).Moves("T08").Tells(UserSignal::CONNECTION_ESTABLISHED);
    m.Sends(Seq(1).Ack(1).Len(100));
}

// Covers D1: six segments
TEST(Switches, StrictSimultaneousOpenAnswersTheSynAckByAnAck)
{
    Ladder l(With(&ConnectionConfig::strictSimultaneousOpen));
    l.ToSynReceivedActively();
    l.Arrives(Seq(0).Ack(1).Syn()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(1));
    l.In(State::SYN_RECEIVED);
    l.Arrives(Seq(1).Ack(1)).Moves("T12").Tells(UserSignal::CONNECTION_ESTABLISHED);
}

// Covers D2: as the first check reads
TEST(Switches, RepeatedFinNeedNotRestartTimeWait)
{
    Ladder l(With(&ConnectionConfig::timeWaitRestart, false));
    l.At(0s).ToTimeWait();
    l.At(100s).Arrives(Seq(1).Ack(2).Fin()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2));
    l.At(101s).Arrives(Seq(2).Ack(2).Fin()).Acks(Seq(2).Ack(2));
    l.At(240s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers D3, R-29
TEST(Switches, StrictRepeatedSynIsAnsweredByAnAck)
{
    Ladder l(With(&ConnectionConfig::strictRepeatedSyn));
    l.ToSynReceived();
    l.Arrives(Seq(0).Syn()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(1));
    l.In(State::SYN_RECEIVED);
}

// Covers D4, T50.SR, T50.ES, T50.F1, T50.F2, T50.CW, R-54
TEST(Switches, WhoAbortsMayKeepTimeWait)
{
    for (const auto& [state, id] : {StateAndId{State::SYN_RECEIVED, "T50.SR"},
                                    StateAndId{State::ESTABLISHED, "T50.ES"},
                                    StateAndId{State::FIN_WAIT_1, "T50.F1"},
                                    StateAndId{State::FIN_WAIT_2, "T50.F2"},
                                    StateAndId{State::CLOSE_WAIT, "T50.CW"}})
    {
        SCOPED_TRACE(id);
        Ladder l(With(&ConnectionConfig::abortLingers));
        l.At(0s).To(state);
        const std::uint32_t next = l.SndNxt();
        const std::uint32_t peer = l.RcvNxt();
        l.Aborts().Resets(Seq(next).Rst()).Moves(id).In(State::TIME_WAIT);
        l.Arrives(Seq(peer).Ack(next).Len(5)).Drops(DropReason::IGNORED_TEXT);
        l.In(State::TIME_WAIT);
        l.At(240s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
        l.Forgets(CloseReason::ABORTED);
    }
    for (const auto& [state, id] : {StateAndId{State::LISTEN, "T40.LI"},
                                    StateAndId{State::SYN_SENT, "T40.SS"},
                                    StateAndId{State::CLOSING, "T40.CG"},
                                    StateAndId{State::LAST_ACK, "T40.LA"},
                                    StateAndId{State::TIME_WAIT, "T40.TW"}})
    {
        Ladder l(With(&ConnectionConfig::abortLingers)); // no reset is sent here
        l.To(state);
        l.Aborts().Moves(id).Forgets(CloseReason::ABORTED);
    }
}

// Covers D7: RFC 5961 5 before the check of SYN-RECEIVED
TEST(Switches, AckRangeMayHideTheResetInSynReceived)
{
    Ladder l(With(&ConnectionConfig::synReceivedAckRange));
    l.ToSynReceived();
    l.Arrives(Seq(1).Ack(2)).Challenges(Seq(1).Ack(1)).Drops(DropReason::BAD_ACK);
    l.Arrives(Seq(1).Ack(0)).Resets(Seq(0).Rst()).Drops(DropReason::BAD_ACK); // in the range
    l.In(State::SYN_RECEIVED);
}

// Covers D11
TEST(Switches, GivingUpMaySendAReset)
{
    ConnectionConfig config = With(&ConnectionConfig::resetOnGiveUp);
    config.dataRetries = 0;
    config.synAckRetries = 0;
    config.synRetries = 0;
    Ladder l(config);
    l.At(0s).ToFinWait1();
    l.At(1s).Expires().Resets(Seq(2).Rst()).Moves("T43.F1");
    l.Tells(UserSignal::CONNECTION_TIMED_OUT).Forgets(CloseReason::TIMED_OUT);
    Ladder m(config);
    m.At(0s).ToSynReceived();
    m.At(1s).Expires().Resets(Seq(1).Rst()).Moves("T18").Forgets(CloseReason::TIMED_OUT);
    Ladder n(config); // nobody is there yet
    n.At(0s).ToSynSent();
    n.At(1s).Expires().Moves("T43.SS").Tells(UserSignal::CONNECTION_TIMED_OUT);
    n.Forgets(CloseReason::TIMED_OUT);
}

// Covers D11, T44.ES
TEST(Switches, KeepaliveMayEndWithAReset)
{
    ConnectionConfig config = With(&ConnectionConfig::keepReset);
    config.keepAlive = true;
    config.keepIdle = 10s;
    config.keepInterval = 1s;
    config.keepCount = 1;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.At(10s).Expires().Sends(Seq(0).Ack(1), SegmentKind::KEEPALIVE);
    l.At(11s).Expires().Resets(Seq(1).Rst()).Moves("T44.ES");
    l.Tells(UserSignal::KEEPALIVE_TIMEOUT).Forgets(CloseReason::KEEPALIVE);
}

// Covers D12
TEST(Switches, SynInTheWindowOfAPassiveSynReceivedMayBeChallenged)
{
    Ladder l(With(&ConnectionConfig::synReceivedChallenge));
    l.ToSynReceived();
    l.Arrives(Seq(5).Syn()).Challenges(Seq(1).Ack(1)).Drops(DropReason::UNEXPECTED_SYN);
    l.In(State::SYN_RECEIVED);
}

// Covers D13
TEST(Switches, ReceiveMayRefuseToDrain)
{
    for (const bool drains : {true, false})
    {
        Ladder l(With(&ConnectionConfig::drainAfterClose, drains));
        l.ToEstablished();
        l.Arrives(Seq(1).Ack(1).Len(10).Fin()).Takes(1, 10).Moves("T22");
        l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(12));
        l.UserReads(1);
        l.Closes().Moves("T23").Sends(Seq(1).Ack(12).Fin());
        l.UserReads(9);
        if (!drains)
        {
            l.Fails(CallError::CONNECTION_CLOSING);
        }
        l.In(State::LAST_ACK);
    }
}

// Covers T47.SR, T47.ES, T47.F1, T47.F2, T47.CW, T47.CG, T47.LA, T47.TW, R-37
TEST(Switches, SynInTheWindowMayReset)
{
    for (const auto& [state, id] : {StateAndId{State::SYN_RECEIVED, "T47.SR"},
                                    StateAndId{State::ESTABLISHED, "T47.ES"},
                                    StateAndId{State::FIN_WAIT_1, "T47.F1"},
                                    StateAndId{State::FIN_WAIT_2, "T47.F2"},
                                    StateAndId{State::CLOSE_WAIT, "T47.CW"},
                                    StateAndId{State::CLOSING, "T47.CG"},
                                    StateAndId{State::LAST_ACK, "T47.LA"},
                                    StateAndId{State::TIME_WAIT, "T47.TW"}})
    {
        SCOPED_TRACE(id);
        Ladder l(With(&ConnectionConfig::rfc793Syn));
        state == State::SYN_RECEIVED ? l.ToSynReceivedActively() : l.To(state);
        const std::uint32_t next = l.SndNxt();
        const std::uint32_t peer = l.RcvNxt();
        l.Arrives(Seq(peer - 2).Syn()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(next).Ack(peer));
        l.Arrives(Seq(peer).Syn()).Resets(Seq(next).Rst()).Moves(id);
        l.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);
    }
    Ladder l(With(&ConnectionConfig::rfc793Syn));
    l.ToEstablished();
    l.Arrives(Seq(0).Ack(1).Syn().Fin())
        .Challenges(Seq(1).Ack(1)); // its FIN alone is in the window
    l.Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(7).Ack(1).Syn()).Resets(Seq(1).Rst()).Moves("T47.ES");
    l.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);
}

// Covers T48.SS, T48.SR, T48.ES, T48.F1, T48.F2, T48.CW, T48.CG, T48.LA, R-05, MUST-7
TEST(Switches, IllegalOptionMayReset)
{
    for (const auto& [state, id] : {StateAndId{State::SYN_SENT, "T48.SS"},
                                    StateAndId{State::SYN_RECEIVED, "T48.SR"},
                                    StateAndId{State::ESTABLISHED, "T48.ES"},
                                    StateAndId{State::FIN_WAIT_1, "T48.F1"},
                                    StateAndId{State::FIN_WAIT_2, "T48.F2"},
                                    StateAndId{State::CLOSE_WAIT, "T48.CW"},
                                    StateAndId{State::CLOSING, "T48.CG"},
                                    StateAndId{State::LAST_ACK, "T48.LA"}})
    {
        SCOPED_TRACE(id);
        Ladder l(With(&ConnectionConfig::resetIllegalOption));
        l.To(state);
        const std::uint32_t next = l.SndNxt();
        const Seg seg = state == State::SYN_SENT ? Seq(0).Ack(1).Syn() : Seq(l.RcvNxt()).Ack(next);
        l.Arrives(seg.IllegalOption()).Resets(Seq(next).Rst()).Moves(id);
        l.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);
    }
    Ladder l(With(&ConnectionConfig::resetIllegalOption)); // nothing to reset
    l.ToTimeWait();
    l.Arrives(Seq(2).Ack(2).IllegalOption()).In(State::TIME_WAIT);
    Ladder m; // MUST-7: survives
    m.ToEstablished();
    m.Arrives(Seq(1).Ack(1).IllegalOption()).In(State::ESTABLISHED);
}

// Covers: what a middlebox may dislike goes, and what the first SYN has offered still counts
TEST(Switches, SynSentAgainMayLoseItsOptions)
{
    ConnectionConfig config = With(&ConnectionConfig::sack);
    config.windowScaling = true;
    config.timestamps = true;
    config.synsWithOptions = 2;
    Ladder l(config);
    const Seg syn = Seq(0).Syn().Mss(1460);
    l.At(0s).Opens().Moves("T02").Sends(syn.Scale(0).SackOk().Ts(0, 0));
    l.At(1s).Expires().Resends(syn.Scale(0).SackOk().Ts(1000, 0));
    l.At(3s).Expires().Resends(syn.Bare());
    l.Arrives(Seq(0).Ack(1).Syn().Scale(3)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    EXPECT_TRUE(l.Subject().Agreed().windowScaling);
    EXPECT_FALSE(l.Subject().Agreed().timestamps);
}

// Covers P05, P08: as FreeBSD; whatever else has ACK is reset as ever
TEST(Switches, SynAckMayMeetAListenerInSilence)
{
    Ladder l(With(&ConnectionConfig::ignoreSynAckInListen));
    l.To(State::LISTEN);
    l.Arrives(Seq(0).Ack(100).Syn()).Drops(DropReason::UNEXPECTED);
    l.Arrives(Seq(0).Ack(100)).Resets(Seq(100).Rst()).Drops(DropReason::UNEXPECTED);
    l.In(State::LISTEN);
}

// Covers T25, P77: as BSD, whose every ACK carries the FIN that stands to be acknowledged
TEST(Switches, EnteringClosingMayRepeatTheFin)
{
    Ladder l(With(&ConnectionConfig::closingRepeatsFin));
    l.At(0s).ToFinWait1();
    l.At(500ms).Arrives(Seq(1).Ack(1).Fin()).Moves("T25").Tells(UserSignal::CONNECTION_CLOSING);
    l.Resends(Seq(1).Ack(2).Fin()).In(State::CLOSING);
    l.At(1s).Expires().Resends(Seq(1).Ack(2).Fin()); // the timer is that of the first
    l.Arrives(Seq(2).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T28");
}

// Covers P77, P78: there is no FIN to repeat before it was sent, nor where it is acknowledged
TEST(Switches, ClosingRepeatsNoFinThatHasNotBeenSentOrIsAcknowledged)
{
    ConnectionConfig config = With(&ConnectionConfig::closingRepeatsFin);
    Ladder l(config);
    l.ToFinWait2();
    l.Arrives(Seq(1).Ack(2).Fin()).Moves("T27").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(2).Ack(2));

    Ladder m(config);
    m.At(0s).Listens().Moves("T01");
    m.Arrives(Seq(0).Syn().Win(10)).Moves("T03").Sends(Seq(0).Ack(1).Syn());
    m.Arrives(Seq(1).Ack(1).Win(10)).Moves("T12").OffersChild();
    m.UserSends(20).Sends(Seq(1).Ack(1).Len(10));
    m.Closes().Moves("T21");
    m.Arrives(Seq(1).Ack(1).Fin().Win(10)).Moves("T25").Tells(UserSignal::CONNECTION_CLOSING);
    m.Acks(Seq(11).Ack(2)).In(State::CLOSING);
}

// Covers R-65, D6: a SYN,ACK is no request, so it is answered
TEST(Switches, OnlyASynWithoutAckIsDroppedInTimeWait)
{
    Ladder l(With(&ConnectionConfig::timeWaitDropSyn));
    l.ToTimeWait();
    l.Arrives(Seq(1).Syn()).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(1).Ack(2).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.In(State::TIME_WAIT);
}

} // namespace
} // namespace lifecycle::test
