// Timeouts: RFC 9293 3.8.3, 3.8.4, 3.8.6.1 and 3.10.8, RFC 6298 5.

#include "connection.h"

#include <cassert>

namespace lifecycle
{

void
Connection::DeadlineReached(Instant now, Actions& out)
{
    while (const auto timer = m_timers.TakeExpired(now))
    {
        Expire(*timer, now, out);
    }
    if (!IsDeleted())
    {
        UpdateTimers(now);
    }
    assert(IsConsistent());
}

void
Connection::Expire(Timer timer, Instant now, Actions& out)
{
    switch (timer)
    {
    case Timer::USER_TIMEOUT:
        Delete(State::CLOSED, Cause::TIMEOUT_USER, UserSignal::USER_TIMEOUT, out);
        break;
    case Timer::RETRANSMISSION:
        RetransmissionTimeout(now, out);
        break;
    case Timer::KEEPALIVE:
        KeepaliveTimeout(now, out);
        break;
    case Timer::DELAYED_ACK:
        SendAck(SegmentKind::ACK, now, out);
        break;
    case Timer::ORPHAN:
        Delete(State::CLOSED, Cause::TIMEOUT_ORPHAN, UserSignal::CONNECTION_CLOSED, out);
        break;
    case Timer::TIME_WAIT:
        Delete(State::CLOSED, Cause::TIMEOUT_2MSL, UserSignal::CONNECTION_CLOSED, out);
        break;
    }
}

std::uint32_t
Connection::RetryLimit() const
{
    if (!m_snd.synAcked)
    {
        return IsPassive() ? m_config->synAckRetries : m_config->synRetries;
    }
    if (m_readerGone && m_config->orphanRetries > 0)
    {
        return m_config->orphanRetries;
    }
    return m_config->dataRetries;
}

/**
 * How long @p timer lasts, if settings alone determine its length; nothing if they do not, or if
 * @p timer is never to expire.
 */
std::optional<Duration>
Connection::Length(Timer timer) const
{
    const auto unlessZero = [](Duration length) {
        return length > Duration(0) ? std::make_optional(length) : std::nullopt;
    };
    const bool opens = !m_snd.synAcked && !IsPassive();
    switch (timer)
    {
    case Timer::USER_TIMEOUT:
        return unlessZero(opens && m_config->openTimeout > Duration(0) ? m_config->openTimeout
                                                                       : m_config->userTimeout);
    case Timer::ORPHAN:
        return unlessZero(m_config->finWait2Timeout);
    case Timer::TIME_WAIT:
        return m_config->TimeWaitLength();
    case Timer::RETRANSMISSION:
    case Timer::KEEPALIVE:
    case Timer::DELAYED_ACK:
        break;
    }
    return std::nullopt;
}

void
Connection::ResetOnGivingUp(bool wanted, Instant now, Actions& out)
{
    if (wanted && m_state != State::SYN_SENT) // RFC 9293 prescribes no reset
    {
        SendOwnReset(now, out);
    }
}

void
Connection::RetransmissionTimeout(Instant now, Actions& out)
{
    if (!m_snd.Outstanding() &&
        m_snd.UsableWindow() > 0) // RFC 9293 3.8.6.2.1: the text was held back long enough
    {
        SendNext(now, out);
        return;
    }
    const bool windowClosed = m_snd.synAcked && m_snd.wnd == 0;
    // Departs from RFC 9293 3.8.6.1 if wished, by which probes that are answered go on for ever
    const bool isTiredOrphan = windowClosed && m_readerGone && m_config->orphanProbesEnd &&
                               m_rtt.ProbeInterval(m_config) >= m_config->maxRto;
    if (isTiredOrphan || m_retransmissions >= RetryLimit()) // R2 of RFC 9293 3.8.3
    {
        ResetOnGivingUp(m_config->resetOnGiveUp, now, out);
        if (m_state == State::SYN_RECEIVED && IsPassive())
        {
            Delete(State::LISTEN, Cause::TIMEOUT_R2, std::nullopt, out);
        }
        else
        {
            Delete(State::CLOSED, Cause::TIMEOUT_R2, UserSignal::CONNECTION_TIMED_OUT, out);
        }
        return;
    }
    ++m_retransmissions;
    m_synTimedOut = m_synTimedOut || !m_snd.synAcked;
    if (m_retransmissions == m_config->r1)
    {
        ReportSoftly(UserSignal::EXCESSIVE_RETRANSMISSIONS, out);
    }
    const bool repeatsSyn = !m_snd.synAcked && !IsPassive();
    if (!repeatsSyn || m_retransmissions > m_config->synLinearRetries)
    {
        m_rtt.BackOff(m_config, repeatsSyn); // RFC 6298 5.5
    }
    m_timers.Arm(Timer::RETRANSMISSION,
                 now +
                     (windowClosed ? m_rtt.ProbeInterval(m_config) : m_rtt.Rto())); // RFC 6298 5.6
    if (m_snd.synAcked && !windowClosed)
    {
        m_congestion.TimedOut(InFlight(), m_retransmissions > 1);
    }
    if (m_snd.Outstanding())
    {
        RetransmitFirst(windowClosed ? SegmentKind::PROBE : SegmentKind::RETRANSMISSION, now, out);
    }
    else if (m_config->emptyProbes)
    {
        // Departs from RFC 9293 3.8.6.1: unacceptable to the peer, who answers with its window
        Segment probe;
        probe.seq = m_snd.una - 1;
        probe.flags = Flag::ACK;
        Emit(probe, SegmentKind::PROBE, now, out);
    }
    else // RFC 9293 3.8.6.1: one octet of new data into the closed window, or the FIN
    {
        const bool onlyFin = m_snd.nxt == m_snd.end;
        SendText(onlyFin ? 0 : 1, onlyFin, SegmentKind::PROBE, now, out);
    }
}

void
Connection::KeepaliveTimeout(Instant now, Actions& out)
{
    if (m_keepalive.GivesUp(m_config))
    {
        ResetOnGivingUp(m_config->keepReset, now, out);
        Delete(State::CLOSED, Cause::TIMEOUT_KEEPALIVE, UserSignal::KEEPALIVE_TIMEOUT, out);
        return;
    }
    Emit(m_keepalive.Probe(m_snd.nxt, m_config, now, m_timers), SegmentKind::KEEPALIVE, now, out);
}

} // namespace lifecycle
