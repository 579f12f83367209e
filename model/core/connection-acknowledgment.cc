// SEGMENT ARRIVES, fifth check: the ACK field. RFC 9293 3.10.7.4, RFC 5961 5, RFC 5681 2.

#include "connection.h"

#include <algorithm>

namespace lifecycle
{

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
    if (TellsOfMark(seg) && m_snd.una <= seg.ack)
    {
        m_congestion.Marked(seg.ack, InFlight());
    }
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
    const bool isYoung = m_snd.una - m_snd.maxWnd <= seg.ack; // RFC 5961 5.2
    return (isYoung || TakesAnyOldAck()) && seg.ack <= m_snd.nxt;
}

bool
Connection::TakesAnyOldAck() const
{
    return m_config.rfc793Ack; // Counterfactual: RFC 793 3.9 minds only those beyond SND.NXT
}

// RFC 5681 2
bool
Connection::IsDuplicateAck(const Segment& seg) const
{
    // The answers to probes of a closed window tell of no loss.
    return Outstanding() && m_snd.wnd > 0 && seg.SegLen() == 0 && seg.ack == m_snd.una &&
           WindowOf(seg) == m_snd.wnd;
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
    if (seg.Has(Flag::SYN)) // of a simultaneous open
    {
        HeedEcnOf(seg);
    }
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
    TellEstablished(out);
    if (m_snd.finQueued) // a CLOSE that waited for the handshake
    {
        MoveTo(State::FIN_WAIT_1, Cause::CLOSE, out);
    }
}

void
Connection::TellEstablished(Actions& out)
{
    if (IsPassive())
    {
        out.push_back(AcceptReady{m_listener, m_id});
    }
    else
    {
        out.push_back(TellUser{m_id, UserSignal::CONNECTION_ESTABLISHED});
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
        m_congestion.Start(InitialCwnd(), m_config.initialSsthresh, m_agreed.sack, m_agreed.ecn);
        if (m_synTimedOut)
        {
            m_rtt.RestartAfterSynLoss();
            m_synTimedOut = false; // RFC 5681 3.1 is about the first flight, 4.1 about later ones
        }
    }
    else
    {
        m_congestion.Advanced(acked, InFlight(), TellsOfMark(seg));
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
        if (!wasClosed && !Outstanding())
        {
            m_timers.Stop(Timer::RETRANSMISSION); // it held text back; now it must probe
        }
    }
    else if (wasClosed)
    {
        m_rtt.ForgetBackOff(m_config); // what was backed off were probes
        m_timers.Stop(Timer::USER_TIMEOUT);
        m_timers.Stop(Timer::RETRANSMISSION);
        if (InFlight().Size() > EffectiveMss())
        {
            m_congestion.TimedOut(InFlight(), true); // what met a closed window is gone
        }
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

} // namespace lifecycle
