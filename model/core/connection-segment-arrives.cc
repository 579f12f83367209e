// SEGMENT ARRIVES up to the fourth check: RFC 9293 3.10.7, with RFC 5961 and RFC 1337, in the RFC's
// order. The fifth is in connection-acknowledgment.cc, the others are in connection-text.cc.

#include "connection.h"

#include <algorithm>
#include <cassert>

namespace lifecycle
{

namespace
{

/** What a peer takes that does not say: RFC 9293 3.7.1. */
std::uint16_t
DefaultSendMss(Family family)
{
    return family == Family::IPV4 ? 536 : 1220;
}

} // namespace

void
Connection::SegmentArrives(const Segment& segment,
                           const Surroundings& surroundings,
                           Instant now,
                           Actions& out)
{
    m_appliedRules = {};
    Verdict verdict = Verdict::CONTINUE;
    if (!segment.Has(Flag::RST))
    {
        m_keepaliveProbes = 0; // the peer is there: RFC 9293 3.8.4
        m_timers.Stop(Timer::KEEPALIVE);
    }
    switch (m_state)
    {
    case State::CLOSED:
        assert(!"Host answers for connections that do not exist");
        return;
    case State::LISTEN:
        SegmentArrivesListen(segment, surroundings, now, out);
        break;
    case State::SYN_SENT:
        SegmentArrivesSynSent(segment, now, out);
        break;
    case State::SYN_RECEIVED:
    case State::ESTABLISHED:
    case State::FIN_WAIT_1:
    case State::FIN_WAIT_2:
    case State::CLOSE_WAIT:
    case State::CLOSING:
    case State::LAST_ACK:
    case State::TIME_WAIT:
        verdict = SegmentArrivesOtherwise(segment, surroundings, now, out);
        break;
    }
    Finish(verdict, now, out);
}

/** A segment that a check has settled releases no text: it sends its answer alone. */
void
Connection::Finish(Verdict verdict, Instant now, Actions& out)
{
    if (!IsDeleted())
    {
        if (verdict == Verdict::CONTINUE)
        {
            SendWhatWeMay(now, out);
        }
        if (m_ackOwed > 0 && !m_timers.IsArmed(Timer::DELAYED_ACK))
        {
            SendAck(SegmentKind::ACK, now, out);
        }
        UpdateTimers(now);
    }
    assert(IsConsistent());
}

void
Connection::Drop(const Segment& seg, DropReason reason, Actions& out) const
{
    out.push_back(Dropped{m_id, m_path, seg, reason});
}

void
Connection::Apply(Rule rule)
{
    m_appliedRules.Add(rule);
}

// RFC 9293 3.10.7.2
void
Connection::SegmentArrivesListen(const Segment& seg,
                                 const Surroundings& surroundings,
                                 Instant now,
                                 Actions& out)
{
    if (seg.Has(Flag::RST)) // first
    {
        Apply(Rule::P04);
        Drop(seg, DropReason::UNEXPECTED, out);
        return;
    }
    if (surroundings.cookie) // the ACK of a SYN,ACK that nothing but its number remembers
    {
        Apply(Rule::R93);
        CookieArrives(seg, surroundings, now, out);
        return;
    }
    if (seg.Has(Flag::ACK)) // second
    {
        Apply(Rule::P05);
        if (!IgnoresInListen(seg))
        {
            SendReset(seg.ack, out);
        }
        Drop(seg, DropReason::UNEXPECTED, out);
        return;
    }
    if (!seg.Has(Flag::SYN)) // fourth
    {
        Apply(Rule::P08);
        Drop(seg, DropReason::UNEXPECTED, out);
        return;
    }
    Apply(Rule::P07); // third
    m_origin = Origin::PASSIVE;
    m_snd.iss = surroundings.iss;
    m_snd.una = m_snd.iss;
    m_snd.nxt = m_snd.iss + 1;
    m_snd.end = m_snd.iss + 1;
    TakeSyn(seg, now);
    if (EstablishesOnSyn())
    {
        EstablishOnSyn(seg, now, out);
        return;
    }
    MoveTo(State::SYN_RECEIVED, Cause::SEGMENT_SYN, out);
    HoldText(seg, out);
    SendSyn(SegmentKind::NEW, now, out);
}

bool
Connection::IgnoresInListen(const Segment& seg) const
{
    // Departs from RFC 9293 3.10.7.2, whose second check resets whatever has ACK
    return m_config.ignoreSynAckInListen && seg.Has(Flag::SYN);
}

bool
Connection::EstablishesOnSyn() const
{
    return m_config.twoWayHandshake; // Counterfactual: RFC 9293 3.5 tells what the third is for
}

/** The SYN,ACK goes out once, and counts as acknowledged: nobody repeats it. */
void
Connection::EstablishOnSyn(const Segment& seg, Instant now, Actions& out)
{
    MoveTo(State::ESTABLISHED, Cause::SEGMENT_SYN, out);
    SendSyn(SegmentKind::NEW, now, out);
    m_timers.Stop(Timer::RETRANSMISSION);
    m_timed.reset();
    m_snd.una = m_snd.nxt;
    m_snd.synAcked = true;
    m_congestion.Start(InitialCwnd(), m_config.initialSsthresh, m_agreed.sack, m_agreed.ecn);
    TellEstablished(out);
    CheckUrgent(seg, out); // sixth to eighth of 3.10.7.4
    ProcessText(seg, now, out);
    CheckFin(seg, now, out);
}

// RFC 4987 3.6: the TCB is what it would be had it been there since the SYN
void
Connection::CookieArrives(const Segment& seg,
                          const Surroundings& surroundings,
                          Instant now,
                          Actions& out)
{
    if (surroundings.acceptQueueFull)
    {
        RefuseFinalAck(seg, out);
        return;
    }
    Segment syn;
    syn.seq = seg.seq - 1;
    syn.flags = Flag::SYN;
    syn.wnd = seg.wnd;
    syn.mss = surroundings.cookie->mss;
    if (m_config.timestamps) // else ours has not carried any option
    {
        syn.windowScale = surroundings.cookie->options.windowScale;
        syn.sackPermitted = surroundings.cookie->options.sackPermitted;
        syn.flags =
            surroundings.cookie->options.ecn ? Flag::SYN | Flag::ECE | Flag::CWR : Flag::SYN;
        syn.timestamps = seg.timestamps; // it has one if we have agreed
    }
    m_origin = Origin::PASSIVE;
    m_snd.iss = seg.ack - 1;
    m_snd.una = m_snd.iss;
    m_snd.nxt = seg.ack;
    m_snd.end = seg.ack;
    TakeSyn(syn, now);
    m_rcv.lastAckSent = m_rcv.nxt; // by the SYN,ACK with the cookie
    EnterEstablished(seg, Cause::SEGMENT_ACK, now, out);
    CheckUrgent(seg, out); // sixth to eighth of 3.10.7.4
    ProcessText(seg, now, out);
    CheckFin(seg, now, out);
}

// RFC 9293 3.10.7.3
void
Connection::SegmentArrivesSynSent(const Segment& seg, Instant now, Actions& out)
{
    if (seg.Has(Flag::ACK) && !(m_snd.iss < seg.ack && seg.ack <= m_snd.nxt)) // first
    {
        Apply(seg.Has(Flag::RST) ? Rule::P09 : Rule::P10);
        if (!seg.Has(Flag::RST))
        {
            SendReset(seg.ack, out);
        }
        Drop(seg, DropReason::BAD_ACK, out);
        return;
    }
    if (seg.Has(Flag::RST)) // second; RFC 5961 adds nothing here (erratum 8167)
    {
        Apply(seg.Has(Flag::ACK) ? Rule::P11 : Rule::P12);
        if (seg.Has(Flag::ACK))
        {
            Delete(State::CLOSED, Cause::SEGMENT_RST, UserSignal::CONNECTION_REFUSED, out);
            return;
        }
        Drop(seg, DropReason::BAD_RESET, out);
        return;
    }
    // third: security and compartment are not modelled
    if (CheckOptions(seg, out) == Verdict::DONE) // RFC 9293 3.1
    {
        return;
    }
    if (!seg.Has(Flag::SYN)) // fifth
    {
        Apply(Rule::P16);
        Drop(seg, DropReason::UNEXPECTED, out);
        return;
    }
    Apply(seg.Has(Flag::ACK) ? Rule::P14 : Rule::P15); // fourth
    TakeSyn(seg, now);
    if (seg.Has(Flag::ACK))
    {
        EnterEstablished(seg, Cause::SEGMENT_SYN_ACK, now, out);
        AckNow();
        CheckUrgent(seg, out); // sixth to eighth of 3.10.7.4
        ProcessText(seg, now, out);
        CheckFin(seg, now, out);
        return;
    }
    MoveTo(State::SYN_RECEIVED, Cause::SEGMENT_SYN, out);
    HoldText(seg, out);
    SendSyn(SegmentKind::NEW, now, out);
}

// RFC 9293 3.10.7.4
Connection::Verdict
Connection::SegmentArrivesOtherwise(const Segment& seg,
                                    const Surroundings& surroundings,
                                    Instant now,
                                    Actions& out)
{
    if (CheckTimestamps(seg, now, out) == Verdict::DONE) // RFC 7323 5.3
    {
        return Verdict::DONE;
    }
    if (CheckSequence(seg, surroundings, now, out) == Verdict::DONE) // first
    {
        return Verdict::DONE;
    }
    NoteTimestamp(seg, now);
    if (CheckReset(seg, now, out) == Verdict::DONE) // second, RFC 5961 3.2
    {
        return Verdict::DONE;
    }
    // third: security and compartment are not modelled
    if (CheckOptions(seg, out) == Verdict::DONE) // RFC 9293 3.1
    {
        return Verdict::DONE;
    }
    if (CheckSyn(seg, surroundings, now, out) == Verdict::DONE) // fourth, RFC 5961 4.2
    {
        return Verdict::DONE;
    }
    if (CheckAck(seg, surroundings, now, out) == Verdict::DONE) // fifth, RFC 5961 5.2
    {
        return Verdict::DONE;
    }
    CheckUrgent(seg, out); // sixth
    if (CheckAbandonedText(seg, out) == Verdict::DONE)
    {
        return Verdict::DONE;
    }
    ProcessText(seg, now, out); // seventh
    CheckFin(seg, now, out);    // eighth
    return Verdict::CONTINUE;
}

void
Connection::TakeSyn(const Segment& seg, Instant now)
{
    m_rcv.irs = seg.seq;
    m_rcv.nxt = seg.seq + 1;
    m_rcv.lastAckSent = m_rcv.nxt;
    if (m_state != State::SYN_SENT) // which has announced a window
    {
        OfferWindow();
    }
    Agree(seg);
    if (m_agreed.timestamps)
    {
        m_tsRecent = {seg.timestamps->val, now};
    }
    const std::uint16_t announced = seg.mss.value_or(DefaultSendMss(m_path.local.address.family));
    m_snd.mss = std::max(MIN_SEND_MSS, std::min(announced, m_config.mss));
    SetWindow(seg); // RFC 9293 prints this for SYN-SENT; SYN-RECEIVED sets it once more
}

bool
Connection::IsAcceptable(const Segment& seg) const
{
    const auto inWindow = [this](SeqNum seq) {
        return m_rcv.nxt <= seq && seq < m_rcv.nxt + m_rcv.wnd;
    };
    if (seg.SegLen() == 0)
    {
        return m_rcv.wnd == 0 ? seg.seq == m_rcv.nxt : inWindow(seg.seq);
    }
    return inWindow(seg.seq) || inWindow(seg.End() - 1); // never with a zero window
}

bool
Connection::IsSynAckOfSimultaneousOpen(const Segment& seg) const
{
    // Departs from RFC 9293 3.10.7.4, whose first check would refuse this SYN,ACK because its SYN
    // stands before RCV.NXT; Figure 7 needs it accepted.
    return !m_config.strictSimultaneousOpen && m_state == State::SYN_RECEIVED && !IsPassive() &&
           seg.Has(Flag::SYN) && seg.Has(Flag::ACK) && seg.seq == m_rcv.irs;
}

bool
Connection::IsRepeatedSyn(const Segment& seg) const
{
    return m_state == State::SYN_RECEIVED && seg.Has(Flag::SYN) && !seg.Has(Flag::ACK) &&
           !seg.Has(Flag::RST) && seg.seq == m_rcv.irs;
}

bool
Connection::IsSynForAnySequence(const Segment& seg) const
{
    // RFC 5961 4.2: whatever its sequence number; RFC 793 looks at those in the window alone
    return !m_config.rfc793Syn && seg.Has(Flag::SYN) && m_state != State::SYN_RECEIVED;
}

bool
Connection::IsRepeatedFinInTimeWait(const Segment& seg) const
{
    // RFC 9293 3.10.7.4, fifth and eighth check, for TIME-WAIT: the repeated FIN stands before the
    // window, so it is recognised in the first.
    return m_config.timeWaitRestart && m_state == State::TIME_WAIT && seg.Has(Flag::FIN) &&
           seg.Has(Flag::ACK) && HasPlausibleAck(seg) && seg.End() == m_rcv.nxt;
}

void
Connection::RestartTimeWait(Instant now)
{
    if (m_config.timeWaitRestart)
    {
        Start(Timer::TIME_WAIT, now, now);
    }
}

Connection::Verdict
Connection::CheckSequence(const Segment& seg,
                          const Surroundings& surroundings,
                          Instant now,
                          Actions& out)
{
    if (IsRepeatedSyn(seg)) // first, because its text may reach into the window
    {
        HeedEcnOf(seg);
        // Departs from RFC 9293 3.10.7.4, which answers it with an ACK: common practice repeats the
        // SYN,ACK, which the peer is waiting for.
        if (!m_config.strictRepeatedSyn)
        {
            Apply(Rule::D3);
            RetransmitFirst(SegmentKind::RETRANSMISSION, now, out);
            return Verdict::DONE;
        }
    }
    if (IsAcceptable(seg) || IsSynAckOfSimultaneousOpen(seg))
    {
        Apply(IsAcceptable(seg) ? Rule::P25 : Rule::D1);
        return Verdict::CONTINUE;
    }
    if (m_rcv.wnd == 0 && seg.seq == m_rcv.nxt)
    {
        // RFC 9293 3.10.7.4: into a zero window, valid ACKs and RSTs are still taken
        Apply(Rule::R41);
        if (!seg.Has(Flag::RST) && !seg.Has(Flag::SYN)) // a SYN is challenged
        {
            AckNow();
        }
        return Verdict::CONTINUE;
    }
    if (m_rcv.wnd == 0 && seg.seq == m_rcv.nxt + 1 && seg.SegLen() == 0)
    {
        // Departs from RFC 9293 3.10.7.4, which has no allowance for a peer whose SND.NXT counts its
        // probe: its ACKs are taken, and its RST is challenged, not dropped. If we answered such ACKs,
        // two ends that probe each other would answer each other for ever.
        Apply(Rule::R41);
        return Verdict::CONTINUE;
    }
    if (seg.Has(Flag::RST))
    {
        Apply(Rule::P22);
        Drop(seg, DropReason::BAD_SEQUENCE, out);
        return Verdict::DONE;
    }
    if (IsSynForAnySequence(seg) || MayReopen(seg, surroundings))
    {
        return CheckSyn(seg, surroundings, now, out);
    }
    if (IsRepeatedFinInTimeWait(seg))
    {
        Apply(Rule::P61);
        NoteTimestamp(seg, now);
        AckNow();
        RestartTimeWait(now);
        return Verdict::DONE;
    }
    Apply(Rule::P23);
    if (seg.End() == m_rcv.nxt && !seg.Has(Flag::SYN))
    {
        // RFC 7323 5.3 and its Appendix D: a peer whose ACK got lost must have the timestamp of its
        // repetition back, or it takes its own timeout for a round trip.
        NoteTimestamp(seg, now);
    }
    AnswerUnacceptable(seg, now);
    Drop(seg, DropReason::BAD_SEQUENCE, out);
    return Verdict::DONE;
}

/**
 * With an ACK; what carries neither text nor SYN nor FIN draws on a budget, because two ends that find
 * each other's ACKs unacceptable would answer each other for ever. RFC 9293 3.10.7.4, RFC 5961 7.
 */
void
Connection::AnswerUnacceptable(const Segment& seg, Instant now)
{
    const bool isRecord = m_state == State::SYN_RECEIVED || m_state == State::TIME_WAIT; // has one
    const bool hasOwnBudget = m_config.unacceptableAckInterval > Duration(0) && !isRecord;
    const bool mayAnswer =
        seg.SegLen() > 0 ||
        (hasOwnBudget
             ? m_unacceptableAcks.Take(1, m_config.unacceptableAckInterval, now)
             : m_challengeAcks.Take(m_config.challengeAckLimit, m_config.challengeAckWindow, now));
    if (mayAnswer)
    {
        AckNow();
    }
    else
    {
        Apply(Rule::R39);
    }
}

Connection::Verdict
Connection::CheckReset(const Segment& seg, Instant now, Actions& out)
{
    if (!seg.Has(Flag::RST))
    {
        return Verdict::CONTINUE;
    }
    if (seg.seq < m_rcv.nxt) // only its payload reaches into the window
    {
        Apply(Rule::P22);
        Drop(seg, DropReason::BAD_SEQUENCE, out);
        return Verdict::DONE;
    }
    if (!MayReset(seg))
    {
        Apply(Rule::P31);
        SendChallengeAck(now, out);
        Drop(seg, DropReason::BAD_RESET, out);
        return Verdict::DONE;
    }
    Apply(Rule::P30);
    switch (m_state)
    {
    case State::CLOSED:
    case State::LISTEN:
    case State::SYN_SENT:
        assert(!"handled before");
        break;
    case State::SYN_RECEIVED:
        switch (m_origin) // MUST-11
        {
        case Origin::PASSIVE:
            Delete(State::LISTEN, Cause::SEGMENT_RST, std::nullopt, out);
            break;
        case Origin::ACTIVE:
            Delete(State::CLOSED, Cause::SEGMENT_RST, UserSignal::CONNECTION_REFUSED, out);
            break;
        case Origin::TIME_WAIT:
            RestoreTimeWait(Cause::SEGMENT_RST, now, out);
            break;
        }
        break;
    case State::ESTABLISHED:
    case State::FIN_WAIT_1:
    case State::FIN_WAIT_2:
    case State::CLOSE_WAIT:
        Delete(State::CLOSED, Cause::SEGMENT_RST, UserSignal::CONNECTION_RESET, out);
        break;
    case State::CLOSING:
    case State::LAST_ACK:
        Delete(State::CLOSED, Cause::SEGMENT_RST, std::nullopt, out);
        break;
    case State::TIME_WAIT:
        if (IgnoresResetInTimeWait())
        {
            Apply(Rule::R66);
            Drop(seg, DropReason::BAD_RESET, out);
        }
        else
        {
            Delete(State::CLOSED, Cause::SEGMENT_RST, std::nullopt, out);
        }
        break;
    }
    return Verdict::DONE;
}

bool
Connection::MayReset(const Segment& seg) const
{
    // RFC 5961 3.2: only an exact match at RCV.NXT may reset; elsewhere in the window we ask first,
    // because a blind attacker can hit the window but not the number. Counterfactual: RFC 793 3.4.
    return seg.seq == m_rcv.nxt || (m_config.rfc793Reset && IsAcceptable(seg));
}

bool
Connection::IgnoresResetInTimeWait() const
{
    // RFC 1337 3: one provoked by an old duplicate must not end TIME-WAIT. Counterfactual: it does.
    return m_config.rfc1337;
}

Connection::Verdict
Connection::CheckOptions(const Segment& seg, Actions& out)
{
    // RFC 9293 3.1, MUST-7 suggests the reset. LISTEN and TIME-WAIT have nothing to reset.
    if (!m_config.resetIllegalOption || !seg.illegalOption || m_state == State::TIME_WAIT)
    {
        return Verdict::CONTINUE;
    }
    Apply(Rule::R05);
    SendReset(seg.Has(Flag::ACK) ? seg.ack : m_snd.nxt, out);
    Delete(State::CLOSED, Cause::ILLEGAL_OPTION, UserSignal::CONNECTION_RESET, out);
    return Verdict::DONE;
}

bool
Connection::GoesBackToListenOnSyn() const
{
    return m_state == State::SYN_RECEIVED && m_origin == Origin::PASSIVE &&
           !m_config.synReceivedChallenge;
}

bool
Connection::ResetsOnSyn(const Segment& seg) const
{
    // Counterfactual: RFC 793 3.9, where a SYN in the window is an error. RFC 5961 4 tells what
    // attackers make of that.
    return m_config.rfc793Syn && IsAcceptable(seg);
}

bool
Connection::DropsSynInTimeWait(const Segment& seg) const
{
    // RFC 6191 2, which is about requests: a SYN,ACK is none
    return m_config.timeWaitDropSyn && m_state == State::TIME_WAIT && !seg.Has(Flag::ACK);
}

Connection::Verdict
Connection::CheckSyn(const Segment& seg,
                     const Surroundings& surroundings,
                     Instant now,
                     Actions& out)
{
    if (!seg.Has(Flag::SYN) || IsSynAckOfSimultaneousOpen(seg))
    {
        return Verdict::CONTINUE;
    }
    if (GoesBackToListenOnSyn())
    {
        Apply(Rule::P40);
        Delete(State::LISTEN, Cause::SEGMENT_SYN, std::nullopt, out);
        return Verdict::DONE;
    }
    if (MayReopen(seg, surroundings))
    {
        Reopen(seg, surroundings, now, out);
        Apply(Rule::P24);
        return Verdict::DONE;
    }
    if (ResetsOnSyn(seg))
    {
        Apply(Rule::R37);
        SendReset(seg.Has(Flag::ACK) ? seg.ack : m_snd.nxt, out);
        Delete(State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, UserSignal::CONNECTION_RESET, out);
        return Verdict::DONE;
    }
    Apply(Rule::P41);
    if (!DropsSynInTimeWait(seg))
    {
        SendChallengeAck(now, out); // RFC 5961 4.2
    }
    Drop(seg, DropReason::UNEXPECTED_SYN, out);
    return Verdict::DONE;
}

} // namespace lifecycle
