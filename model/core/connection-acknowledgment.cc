// SEGMENT ARRIVES, fifth check: the ACK field. RFC 9293 3.10.7.4, RFC 5961 5, RFC 5681 2.

#include "connection-rules.h"
#include "connection.h"

#include <algorithm>

namespace lifecycle
{

namespace
{

// RFC 5681 2
bool
IsDuplicateAck(const Connection& connection, const Segment& seg)
{
    const SendSequence& snd = connection.Snd();
    // The answers to probes of a closed window tell of no loss.
    return snd.Outstanding() && snd.wnd > 0 && seg.SegLen() == 0 && seg.ack == snd.una &&
           connection.Agreed().WindowOf(seg) == snd.wnd;
}

/** What timestamps say of a round trip of a segment that was sent twice. RFC 7323 4.1. */
std::optional<Duration>
RoundTripByTimestamp(const Connection& connection,
                     const TimestampClocks& clocks,
                     const Segment& seg,
                     Instant now)
{
    if (!connection.Agreed().timestamps || !seg.timestamps)
    {
        return std::nullopt;
    }
    return clocks.Since(seg.timestamps->ecr, now, connection.Config().timestampTick);
}

} // namespace

Connection::Verdict
Connection::CheckAck(const Arrival& arrival, Actions& out)
{
    const auto& [seg, surroundings, now] = arrival;
    if (AnswersAllInTimeWait(*this))
    {
        Note(seg.Has(Flag::ACK) ? Rule::P61 : Rule::P50);
        AnswerUnacceptable(seg, now, out);
        if (seg.len > 0 || !seg.Has(Flag::ACK))
        {
            Drop(seg, seg.Has(Flag::ACK) ? DropReason::IGNORED_TEXT : DropReason::NO_ACK, out);
        }
        return Verdict::DONE;
    }
    if (!seg.Has(Flag::ACK))
    {
        Note(Rule::P50);
        Drop(seg, DropReason::NO_ACK, out);
        return Verdict::DONE;
    }
    if (m_state == State::SYN_RECEIVED)
    {
        return CheckAckSynReceived(arrival, out);
    }
    if (!m_snd.IsPlausible(seg.ack, m_config->rfc793Ack))
    {
        Note(Rule::P51);
        SendChallengeAck(now, out);
        Drop(seg, DropReason::BAD_ACK, out);
        return Verdict::DONE;
    }
    Note(m_snd.una < seg.ack ? Rule::P54 : Rule::P55);
    if (m_agreed.TellsOfMark(seg) && m_snd.una <= seg.ack)
    {
        m_congestion.Marked(seg.ack, InFlight());
    }
    const bool tellsNews = m_agreed.sack && m_congestion.TakeSack(seg.sack, InFlight());
    if (m_snd.una < seg.ack) // SND.UNA < SEG.ACK =< SND.NXT
    {
        TakeAck(seg, now, out);
    }
    else if (tellsNews || (!m_agreed.sack && IsDuplicateAck(*this, seg)))
    {
        m_congestion.Duplicate(InFlight());
    }
    if (m_snd.una <= seg.ack)
    {
        UpdateWindow(seg, now, out);
    }
    if (m_state == State::FIN_WAIT_2)
    {
        Note(Rule::P58);
    }
    if (m_state == State::CLOSING)
    {
        Note(Rule::P59);
    }
    if (m_state == State::CLOSING && m_snd.FinAcked())
    {
        EnterTimeWait(Cause::SEGMENT_ACK, now, out);
    }
    if (m_state == State::LAST_ACK && m_snd.FinAcked())
    {
        Note(Rule::P60);
        Delete(State::CLOSED, Cause::SEGMENT_ACK, UserSignal::CONNECTION_CLOSED, out);
        return Verdict::DONE;
    }
    return Verdict::CONTINUE;
}

Connection::Verdict
Connection::CheckAckSynReceived(const Arrival& arrival, Actions& out)
{
    const auto& [seg, surroundings, now] = arrival;
    if (m_config->synReceivedAckRange &&
        !m_snd.IsPlausible(seg.ack, m_config->rfc793Ack)) // RFC 5961 5.2, as printed
    {
        Note(Rule::P51);
        SendChallengeAck(now, out);
        Drop(seg, DropReason::BAD_ACK, out);
        return Verdict::DONE;
    }
    if (!(m_snd.una < seg.ack && seg.ack <= m_snd.nxt))
    {
        Note(Rule::P53);
        SendReset(seg.ack, out);
        Drop(seg, DropReason::BAD_ACK, out);
        return Verdict::DONE;
    }
    if (IsPassive() && surroundings.acceptQueueFull)
    {
        RefuseFinalAck(seg, out);
        return Verdict::DONE;
    }
    Note(Rule::P52);
    if (seg.Has(Flag::SYN)) // the SYN,ACK of a simultaneous open
    {
        m_agreed.HeedEcnOf(seg);
    }
    EnterEstablished(seg, Cause::SEGMENT_ACK, now, out);
    return Verdict::CONTINUE;
}

void
Connection::RefuseFinalAck(const Segment& seg, Actions& out)
{
    Note(Rule::R96);
    Drop(seg, DropReason::ACCEPT_QUEUE_FULL, out); // the peer or our SYN,ACK timer tries again
    if (!m_config->abortOnOverflow)
    {
        return;
    }
    SendReset(seg.ack, out);
    if (m_state == State::SYN_RECEIVED) // with a cookie there is nothing to delete
    {
        Delete(State::CLOSED, Cause::ACCEPT_QUEUE_FULL, std::nullopt, out);
    }
}

void
Connection::EnterEstablished(const Segment& seg, Cause cause, Instant now, Actions& out)
{
    TakeAck(seg, now, out);
    m_snd.TakeWindow(seg, m_agreed.WindowOf(seg)); // RFC 1122 4.2.2.20 (f)
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
                                         : RoundTripByTimestamp(*this, m_timestamps, seg, now);
        if (rtt)
        {
            m_rtt.Sample(*rtt, m_config);
        }
        m_timed.reset();
    }
    if (acksSyn)
    {
        m_congestion.Start(InitialCwnd(), m_config, m_agreed.sack, m_agreed.ecn);
        if (m_synTimedOut)
        {
            m_rtt.RestartAfterSynLoss();
            m_synTimedOut = false; // RFC 5681 3.1 is about the first flight, 4.1 about later ones
        }
    }
    else
    {
        m_congestion.Advanced(acked, InFlight(), m_agreed.TellsOfMark(seg));
    }
    if (m_snd.up && *m_snd.up <= ack)
    {
        m_snd.up.reset();
    }
    m_retransmissions = 0;
    m_timers.Stop(Timer::USER_TIMEOUT);
    m_timers.Stop(Timer::RETRANSMISSION); // RFC 6298 5.2
    if (m_snd.Outstanding())
    {
        m_timers.Arm(Timer::RETRANSMISSION, now + m_rtt.Rto()); // RFC 6298 5.3
    }
    if (m_snd.FinAcked())
    {
        out.push_back(TellUser{m_id, UserSignal::CLOSE_ACKNOWLEDGED});
    }
}

void
Connection::UpdateWindow(const Segment& seg, Instant now, Actions& out)
{
    const bool wasClosed = m_snd.wnd == 0;
    if (m_snd.HasOlderWindowThan(seg))
    {
        Note(Rule::P56);
        m_snd.TakeWindow(seg, m_agreed.WindowOf(seg));
    }
    if (m_snd.wnd == 0)
    {
        m_retransmissions = 0; // RFC 9293 3.8.6.1: never close while probes are answered
        if (!wasClosed && !m_snd.Outstanding())
        {
            m_timers.Stop(Timer::RETRANSMISSION); // the timer held text back; now it must probe
        }
    }
    else if (wasClosed)
    {
        m_rtt.ForgetBackOff(m_config); // the timeout was backed off for probes
        m_timers.Stop(Timer::USER_TIMEOUT);
        m_timers.Stop(Timer::RETRANSMISSION);
        if (InFlight().Size() > EffectiveMss())
        {
            m_congestion.TimedOut(InFlight(), true); // segments that met a closed window are gone
        }
        if (m_snd.Outstanding())
        {
            RetransmitFirst(SegmentKind::RETRANSMISSION, now, out);
        }
    }
}

} // namespace lifecycle
