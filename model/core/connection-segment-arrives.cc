// SEGMENT ARRIVES: RFC 9293 3.10.7, with RFC 5961 and RFC 1337. The checks stand in the RFC's order.

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
        SegmentArrivesOtherwise(segment, surroundings, now, out);
        break;
    }
    Finish(now, out);
}

void
Connection::Finish(Instant now, Actions& out)
{
    if (!IsDeleted())
    {
        SendWhatWeMay(now, out);
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
        SendReset(seg.ack, out);
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
    MoveTo(State::SYN_RECEIVED, Cause::SEGMENT_SYN, out);
    HoldText(seg, out);
    SendSyn(SegmentKind::NEW, now, out);
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
    syn.windowScale = surroundings.cookie->options.windowScale;
    syn.sackPermitted = surroundings.cookie->options.sackPermitted;
    syn.timestamps = seg.timestamps; // it has one if we have agreed
    m_origin = Origin::PASSIVE;
    m_snd.iss = seg.ack - 1;
    m_snd.una = m_snd.iss;
    m_snd.nxt = seg.ack;
    m_snd.end = seg.ack;
    TakeSyn(syn, now);
    EnterEstablished(seg, Cause::SEGMENT_ACK, now, out);
    ProcessText(seg, now, out); // seventh and eighth of 3.10.7.4
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
void
Connection::SegmentArrivesOtherwise(const Segment& seg,
                                    const Surroundings& surroundings,
                                    Instant now,
                                    Actions& out)
{
    if (CheckTimestamps(seg, now, out) == Verdict::DONE) // RFC 7323 5.3
    {
        return;
    }
    if (CheckSequence(seg, surroundings, now, out) == Verdict::DONE) // first
    {
        return;
    }
    NoteTimestamp(seg, now);
    if (CheckReset(seg, now, out) == Verdict::DONE) // second, RFC 5961 3.2
    {
        return;
    }
    // third: security and compartment are not modelled
    if (CheckOptions(seg, out) == Verdict::DONE) // RFC 9293 3.1
    {
        return;
    }
    if (CheckSyn(seg, surroundings, now, out) == Verdict::DONE) // fourth, RFC 5961 4.2
    {
        return;
    }
    if (CheckAck(seg, surroundings, now, out) == Verdict::DONE) // fifth, RFC 5961 5.2
    {
        return;
    }
    CheckUrgent(seg, out); // sixth
    if (CheckAbandonedText(seg, out) == Verdict::DONE)
    {
        return;
    }
    ProcessText(seg, now, out); // seventh
    CheckFin(seg, now, out);    // eighth
}

void
Connection::TakeSyn(const Segment& seg, Instant now)
{
    m_rcv.irs = seg.seq;
    m_rcv.nxt = seg.seq + 1;
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
Connection::IsRepeatedSynToAnswer(const Segment& seg) const
{
    // Departs from RFC 9293 3.10.7.4, which answers a repeated SYN with an ACK: common practice
    // repeats the SYN,ACK, which the peer is waiting for.
    return !m_config.strictRepeatedSyn && m_state == State::SYN_RECEIVED && seg.Has(Flag::SYN) &&
           !seg.Has(Flag::ACK) && !seg.Has(Flag::RST) && seg.seq == m_rcv.irs;
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
           seg.Has(Flag::ACK) && seg.End() == m_rcv.nxt;
}

void
Connection::RestartTimeWait(Instant now)
{
    if (m_config.timeWaitRestart)
    {
        m_timers.Arm(Timer::TIME_WAIT, now + 2 * m_config.msl);
    }
}

Connection::Verdict
Connection::CheckSequence(const Segment& seg,
                          const Surroundings& surroundings,
                          Instant now,
                          Actions& out)
{
    if (IsRepeatedSynToAnswer(seg)) // first, because its text may reach into the window
    {
        Apply(Rule::D3);
        RetransmitFirst(SegmentKind::RETRANSMISSION, now, out);
        return Verdict::DONE;
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
        // The same for the ACKs and the RST of a peer whose SND.NXT counts its probe. If we answered
        // such ACKs, two ends that probe each other would answer each other for ever.
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
        AckNow();
        RestartTimeWait(now);
        return Verdict::DONE;
    }
    Apply(Rule::P23);
    AckNow();
    Drop(seg, DropReason::BAD_SEQUENCE, out);
    return Verdict::DONE;
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
    // RFC 5961 3.2: only an exact match at RCV.NXT may reset; elsewhere in the window we ask first,
    // because a blind attacker can hit the window but not the number.
    if (seg.seq != m_rcv.nxt)
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
            RestoreTimeWait(now, out);
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
Connection::IgnoresResetInTimeWait() const
{
    return m_config.rfc1337; // RFC 1337 3: one provoked by an old duplicate must not end TIME-WAIT
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
    // RFC 793 3.9: a SYN in the window is an error. RFC 5961 4 tells what attackers make of it.
    return m_config.rfc793Syn && IsAcceptable(seg);
}

bool
Connection::DropsSynInTimeWait() const
{
    return m_config.timeWaitDropSyn && m_state == State::TIME_WAIT; // RFC 6191 2
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
    if (!DropsSynInTimeWait())
    {
        SendChallengeAck(now, out); // RFC 5961 4.2
    }
    Drop(seg, DropReason::UNEXPECTED_SYN, out);
    return Verdict::DONE;
}

Connection::Verdict
Connection::CheckAck(const Segment& seg,
                     const Surroundings& surroundings,
                     Instant now,
                     Actions& out)
{
    if (!seg.Has(Flag::ACK))
    {
        Apply(Rule::P50);
        Drop(seg, DropReason::NO_ACK, out);
        return Verdict::DONE;
    }
    if (m_state == State::SYN_RECEIVED)
    {
        return CheckAckSynReceived(seg, surroundings, now, out);
    }
    if (!HasPlausibleAck(seg))
    {
        Apply(Rule::P51);
        SendChallengeAck(now, out);
        Drop(seg, DropReason::BAD_ACK, out);
        return Verdict::DONE;
    }
    Apply(m_snd.una < seg.ack ? Rule::P54 : Rule::P55);
    const bool tellsNews = m_agreed.sack && m_congestion.TakeSack(seg.sack, InFlight());
    if (m_snd.una < seg.ack) // SND.UNA < SEG.ACK =< SND.NXT
    {
        TakeAck(seg, now, out);
    }
    else if (tellsNews || (!m_agreed.sack && IsDuplicateAck(seg)))
    {
        m_congestion.Duplicate(InFlight());
    }
    if (m_snd.una <= seg.ack)
    {
        UpdateWindow(seg, now, out);
    }
    if (m_state == State::FIN_WAIT_2)
    {
        Apply(Rule::P58);
    }
    if (m_state == State::CLOSING)
    {
        Apply(Rule::P59);
    }
    if (m_state == State::CLOSING && FinAcked())
    {
        EnterTimeWait(Cause::SEGMENT_ACK, now, out);
    }
    if (m_state == State::LAST_ACK && FinAcked())
    {
        Apply(Rule::P60);
        Delete(State::CLOSED, Cause::SEGMENT_ACK, UserSignal::CONNECTION_CLOSED, out);
        return Verdict::DONE;
    }
    return Verdict::CONTINUE;
}

bool
Connection::HasPlausibleAck(const Segment& seg) const
{
    return m_snd.una - m_snd.maxWnd <= seg.ack && seg.ack <= m_snd.nxt; // RFC 5961 5.2
}

// RFC 5681 2
bool
Connection::IsDuplicateAck(const Segment& seg) const
{
    return Outstanding() && seg.SegLen() == 0 && seg.ack == m_snd.una && WindowOf(seg) == m_snd.wnd;
}

Connection::Verdict
Connection::CheckAckSynReceived(const Segment& seg,
                                const Surroundings& surroundings,
                                Instant now,
                                Actions& out)
{
    if (m_config.synReceivedAckRange && !HasPlausibleAck(seg)) // RFC 5961 5.2, as printed
    {
        Apply(Rule::P51);
        SendChallengeAck(now, out);
        Drop(seg, DropReason::BAD_ACK, out);
        return Verdict::DONE;
    }
    if (!(m_snd.una < seg.ack && seg.ack <= m_snd.nxt))
    {
        Apply(Rule::P53);
        SendReset(seg.ack, out);
        Drop(seg, DropReason::BAD_ACK, out);
        return Verdict::DONE;
    }
    if (IsPassive() && surroundings.acceptQueueFull)
    {
        RefuseFinalAck(seg, out);
        return Verdict::DONE;
    }
    Apply(Rule::P52);
    EnterEstablished(seg, Cause::SEGMENT_ACK, now, out);
    return Verdict::CONTINUE;
}

void
Connection::RefuseFinalAck(const Segment& seg, Actions& out)
{
    Apply(Rule::R96);
    Drop(seg, DropReason::ACCEPT_QUEUE_FULL, out); // the peer or our SYN,ACK timer tries again
    if (!m_config.abortOnOverflow)
    {
        return;
    }
    SendReset(seg.ack, out);
    if (m_state == State::SYN_RECEIVED) // a cookie has left nothing to delete
    {
        Delete(State::CLOSED, Cause::ACCEPT_QUEUE_FULL, std::nullopt, out);
    }
}

void
Connection::EnterEstablished(const Segment& seg, Cause cause, Instant now, Actions& out)
{
    TakeAck(seg, now, out);
    SetWindow(seg); // RFC 1122 4.2.2.20 (f)
    m_timeWait.reset();
    MoveTo(State::ESTABLISHED, cause, out);
    if (IsPassive())
    {
        out.push_back(AcceptReady{m_listener, m_id});
    }
    else
    {
        out.push_back(TellUser{m_id, UserSignal::CONNECTION_ESTABLISHED});
    }
    if (m_snd.finQueued) // a CLOSE that waited for the handshake
    {
        MoveTo(State::FIN_WAIT_1, Cause::CLOSE, out);
    }
}

void
Connection::TakeAck(const Segment& seg, Instant now, Actions& out)
{
    const SeqNum ack = seg.ack;
    const bool acksSyn = !m_snd.synAcked;
    const SeqNum firstText = acksSyn ? m_snd.iss + 1 : m_snd.una;
    const SeqNum ackedText = Earlier(ack, m_snd.end);
    const auto acked = static_cast<std::uint32_t>(std::max(ackedText - firstText, 0));
    m_snd.synAcked = true;
    m_snd.una = ack;
    if (acked > 0)
    {
        out.push_back(ReleaseRange{m_id, firstText, acked});
    }
    if (m_timed && m_timed->end <= ack)
    {
        const auto rtt = m_timed->sentAt ? std::make_optional(now - *m_timed->sentAt)
                                         : RoundTripByTimestamp(seg, now);
        if (rtt)
        {
            m_rtt.Sample(*rtt, m_config);
        }
        m_timed.reset();
    }
    if (acksSyn)
    {
        m_congestion.Start(InitialCwnd(), m_agreed.sack);
        if (m_synTimedOut)
        {
            m_rtt.RestartAfterSynLoss();
        }
    }
    else
    {
        m_congestion.Advanced(acked, InFlight());
    }
    if (m_snd.up && *m_snd.up <= ack)
    {
        m_snd.up.reset();
    }
    m_retransmissions = 0;
    m_timers.Stop(Timer::USER_TIMEOUT);
    m_timers.Stop(Timer::RETRANSMISSION); // RFC 6298 5.2
    if (Outstanding())
    {
        m_timers.Arm(Timer::RETRANSMISSION, now + m_rtt.Rto()); // RFC 6298 5.3
    }
    if (FinAcked())
    {
        out.push_back(TellUser{m_id, UserSignal::CLOSE_ACKNOWLEDGED});
    }
}

void
Connection::UpdateWindow(const Segment& seg, Instant now, Actions& out)
{
    const bool newer = m_snd.wl1 < seg.seq || (m_snd.wl1 == seg.seq && m_snd.wl2 <= seg.ack);
    const bool wasClosed = m_snd.wnd == 0;
    if (newer)
    {
        Apply(Rule::P56);
        SetWindow(seg);
    }
    if (m_snd.wnd == 0)
    {
        m_retransmissions = 0; // RFC 9293 3.8.6.1: never close while probes are answered
        m_timers.Stop(Timer::USER_TIMEOUT);
    }
    else if (wasClosed)
    {
        m_rtt.ForgetBackOff(m_config); // what was backed off were probes
        m_timers.Stop(Timer::RETRANSMISSION);
        if (Outstanding())
        {
            RetransmitFirst(SegmentKind::RETRANSMISSION, now, out);
        }
    }
}

/** RFC 7323 2.3: the window of a SYN is never scaled. */
std::uint32_t
Connection::WindowOf(const Segment& seg) const
{
    return seg.wnd << (seg.Has(Flag::SYN) ? 0 : m_agreed.sndShift);
}

void
Connection::SetWindow(const Segment& seg)
{
    m_snd.wnd = WindowOf(seg);
    m_snd.maxWnd = std::max(m_snd.maxWnd, m_snd.wnd);
    m_snd.wl1 = seg.seq;
    m_snd.wl2 = seg.Has(Flag::ACK) ? seg.ack : m_snd.iss;
}

Connection::Arriving
Connection::TrimToWindow(const Segment& seg) const
{
    Arriving arriving{seg, 0};
    const SeqNum right = m_rcv.nxt + m_rcv.wnd;
    if (right <= seg.TextEnd()) // the FIN needs a place in the window as well
    {
        arriving.seg.flags =
            Flags::FromBits(arriving.seg.flags.Bits() & ~static_cast<std::uint8_t>(Flag::FIN));
    }
    const SeqNum begin = Later(seg.TextBegin(), m_rcv.nxt);
    const SeqNum end = Earlier(seg.TextEnd(), right);
    arriving.seg.flags =
        Flags::FromBits(arriving.seg.flags.Bits() & ~static_cast<std::uint8_t>(Flag::SYN));
    arriving.seg.seq = begin;
    arriving.seg.len = begin < end ? static_cast<std::uint32_t>(end - begin) : 0;
    arriving.cut = static_cast<std::uint32_t>(begin - seg.TextBegin());
    return arriving;
}

void
Connection::HoldText(const Segment& seg, Actions& out)
{
    const Arriving arriving = TrimToWindow(seg);
    const SeqNum begin = arriving.seg.seq;
    for (const SeqRange& fresh : m_rcv.held.Insert({begin, begin + arriving.seg.len}))
    {
        const auto offset = arriving.cut + static_cast<std::uint32_t>(fresh.begin - begin);
        const auto len = static_cast<std::uint32_t>(fresh.end - fresh.begin);
        out.push_back(HoldRange{m_id, fresh.begin, offset, len});
    }
    if (arriving.seg.Has(Flag::FIN) && !m_rcv.fin)
    {
        m_rcv.fin = arriving.seg.TextEnd();
    }
}

std::uint32_t
Connection::DeliverText(Actions& out)
{
    std::uint32_t octets = m_rcv.held.TakeFrom(m_rcv.nxt);
    if (m_rcv.fin && *m_rcv.fin < m_rcv.nxt + octets)
    {
        octets = static_cast<std::uint32_t>(*m_rcv.fin - m_rcv.nxt); // nothing follows a FIN
    }
    if (octets == 0)
    {
        return 0;
    }
    out.push_back(DeliverRange{m_id, m_rcv.nxt, octets});
    m_rcv.nxt += octets;
    m_rcv.wnd -= octets; // RCV.NXT + RCV.WND stays where it is
    m_rcv.unread += octets;
    out.push_back(TellUser{m_id, UserSignal::DATA_ARRIVED});
    return octets;
}

// RFC 9293 3.8.5
void
Connection::CheckUrgent(const Segment& seg, Actions& out)
{
    if (!seg.Has(Flag::URG))
    {
        return;
    }
    if (m_state != State::ESTABLISHED && m_state != State::FIN_WAIT_1 &&
        m_state != State::FIN_WAIT_2)
    {
        Apply(Rule::P66);
        return;
    }
    Apply(Rule::P65);
    const SeqNum up = seg.seq + seg.up;
    if (up <= FirstUnread() || (m_rcv.up && up <= *m_rcv.up))
    {
        return;
    }
    m_rcv.up = up;
    Tell(UserSignal::URGENT_DATA, out); // MUST-32: there was none, or the pointer has advanced
}

Connection::Verdict
Connection::CheckAbandonedText(const Segment& seg, Actions& out)
{
    const bool finWait = m_state == State::FIN_WAIT_1 || m_state == State::FIN_WAIT_2;
    const bool fresh = seg.len > 0 && m_rcv.nxt < seg.TextEnd();
    if (!m_readerGone || !finWait || !fresh)
    {
        return Verdict::CONTINUE;
    }
    Apply(Rule::R51);
    SendReset(seg.ack, out); // RFC 9293 3.6.1, SHLD-3: the peer must learn that data was lost
    Delete(State::CLOSED, Cause::SEGMENT_DATA, UserSignal::CONNECTION_RESET, out);
    return Verdict::DONE;
}

void
Connection::ProcessText(const Segment& seg, Instant now, Actions& out)
{
    if (m_state != State::ESTABLISHED && m_state != State::FIN_WAIT_1 &&
        m_state != State::FIN_WAIT_2)
    {
        if (seg.len > 0)
        {
            Apply(Rule::P71);
            Drop(seg, DropReason::IGNORED_TEXT, out);
        }
        return; // there can be no text behind the peer's FIN
    }
    if (seg.len > 0)
    {
        Apply(Rule::P70);
    }
    const bool hadGap = !m_rcv.held.IsEmpty();
    HoldText(seg, out);
    const std::uint32_t delivered = DeliverText(out);
    const bool leavesGap = delivered == 0 && (seg.len > 0 || seg.Has(Flag::FIN));
    const bool fillsGap = delivered > 0 && hadGap;
    if (leavesGap || fillsGap) // RFC 5681 4.2
    {
        AckNow();
    }
    else if (delivered > 0)
    {
        AckSoon(now);
    }
}

void
Connection::CheckFin(const Segment& seg, Instant now, Actions& out)
{
    if (m_state == State::FIN_WAIT_1 && FinAcked() && !FinReached())
    {
        Apply(Rule::P57);
        MoveTo(State::FIN_WAIT_2, Cause::SEGMENT_ACK, out); // fifth check; else one move does both
    }
    if (m_state == State::TIME_WAIT && seg.Has(Flag::FIN))
    {
        Apply(Rule::P80);
        AckNow();
        RestartTimeWait(now);
    }
    if (seg.Has(Flag::FIN) &&
        (m_state == State::CLOSE_WAIT || m_state == State::CLOSING || m_state == State::LAST_ACK))
    {
        Apply(Rule::P79);
    }
    if (!FinReached())
    {
        return;
    }
    m_rcv.nxt += 1;
    AckNow();
    if (m_state == State::ESTABLISHED)
    {
        Apply(Rule::P76);
        MoveTo(State::CLOSE_WAIT, Cause::SEGMENT_FIN, out);
        if (m_config.finAckDelay > Duration(0))
        {
            m_timers.Arm(Timer::DELAYED_ACK, now + m_config.finAckDelay);
        }
    }
    else if (m_state == State::FIN_WAIT_2)
    {
        Apply(Rule::P78);
        EnterTimeWait(Cause::SEGMENT_FIN, now, out);
    }
    else if (FinAcked())
    {
        Apply(Rule::P77);
        EnterTimeWait(Cause::SEGMENT_FIN_ACK, now, out);
    }
    else
    {
        Apply(Rule::P77);
        MoveTo(State::CLOSING, Cause::SEGMENT_FIN, out);
    }
    out.push_back(TellUser{m_id, UserSignal::CONNECTION_CLOSING});
}

} // namespace lifecycle
