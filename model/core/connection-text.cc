// SEGMENT ARRIVES, sixth to eighth check: URG, text and FIN. RFC 9293 3.10.7.4.

#include "connection-rules.h"
#include "connection.h"

namespace lifecycle
{

namespace
{

bool
AwaitsFin(const ConnectionConfig& config)
{
    return config.awaitFin; // Counterfactual: TIME-WAIT as soon as our own FIN is acknowledged
}

} // namespace

// RFC 9293 3.8.5
void
Connection::CheckUrgent(const Segment& seg, Actions& out)
{
    if (!seg.Has(Flag::URG))
    {
        return;
    }
    if (!TakesText(m_state))
    {
        Note(Rule::P66);
        return;
    }
    Note(Rule::P65);
    if (m_receiveSide.TakeUrgent(seg.seq + seg.up))
    {
        Tell(UserSignal::URGENT_DATA, out);
    }
}

Connection::Verdict
Connection::CheckAbandonedText(const Segment& seg, Actions& out)
{
    const bool finWait = m_state == State::FIN_WAIT_1 || m_state == State::FIN_WAIT_2;
    // Departs from RFC 9293 3.10.7.4 if wished, whose seventh check ignores text behind a FIN
    const bool isBehindFin =
        m_config->resetTextBehindFin && (m_state == State::CLOSING || m_state == State::LAST_ACK);
    if (!m_readerGone || !(finWait || isBehindFin) || !m_receiveSide.HasNewText(seg))
    {
        return Verdict::CONTINUE;
    }
    Note(Rule::R51);
    SendReset(seg.ack, out); // RFC 9293 3.6.1, SHLD-3: the peer must learn that data was lost
    Delete(State::CLOSED, Cause::SEGMENT_DATA, UserSignal::CONNECTION_RESET, out);
    return Verdict::DONE;
}

void
Connection::ProcessText(const Segment& seg, Instant now, Actions& out)
{
    if (!TakesText(m_state))
    {
        if (seg.len > 0)
        {
            Note(Rule::P71);
            Drop(seg, DropReason::IGNORED_TEXT, out);
        }
        return; // there can be no text behind the peer's FIN
    }
    if (seg.len > 0)
    {
        Note(Rule::P70);
    }
    NoteMark(seg);
    const bool hadGap = m_receiveSide.HasGap();
    m_receiveSide.Hold(seg, m_id, out);
    const std::uint32_t delivered = m_receiveSide.Deliver(m_id, out);
    const bool leavesGap = delivered == 0 && (seg.len > 0 || seg.Has(Flag::FIN));
    const bool fillsGap = delivered > 0 && hadGap;
    if (leavesGap || fillsGap) // RFC 5681 4.2
    {
        m_acks.OweNow(m_timers);
    }
    else if (delivered > 0)
    {
        m_acks.OweSoon(m_config, now, m_timers);
    }
}

void
Connection::CheckFin(const Segment& seg, Instant now, Actions& out)
{
    if (m_state == State::FIN_WAIT_1 && m_snd.FinAcked() && !m_receiveSide.FinReached())
    {
        Note(Rule::P57);
        if (AwaitsFin(m_config))
        {
            MoveTo(State::FIN_WAIT_2,
                   Cause::SEGMENT_ACK,
                   out); // fifth check; with a FIN in order, one move does both
        }
        else
        {
            m_receiveSide.ForgetWhatIsEarly();
            EnterTimeWait(Cause::SEGMENT_ACK, now, out);
        }
    }
    if (m_state == State::TIME_WAIT && seg.Has(Flag::FIN))
    {
        Note(Rule::P80);
        if (!AwaitsFin(m_config))
        {
            m_receiveSide.TakeLateFin(seg); // the FIN counts for the first time
        }
        m_acks.OweNow(m_timers);
        RestartTimeWait(now);
    }
    if (seg.Has(Flag::FIN) &&
        (m_state == State::CLOSE_WAIT || m_state == State::CLOSING || m_state == State::LAST_ACK))
    {
        Note(Rule::P79);
    }
    if (!m_receiveSide.FinReached())
    {
        return;
    }
    m_receiveSide.TakeFin();
    m_acks.OweNow(m_timers);
    if (m_state == State::ESTABLISHED)
    {
        Note(Rule::P76);
        MoveTo(State::CLOSE_WAIT, Cause::SEGMENT_FIN, out);
        if (m_config->finAckDelay > Duration(0))
        {
            AckSchedule::Delay(now + m_config->finAckDelay, m_timers);
        }
    }
    else if (m_state == State::FIN_WAIT_2)
    {
        Note(Rule::P78);
        EnterTimeWait(Cause::SEGMENT_FIN, now, out);
    }
    else if (m_snd.FinAcked())
    {
        Note(Rule::P77);
        EnterTimeWait(Cause::SEGMENT_FIN_ACK, now, out);
    }
    else
    {
        Note(Rule::P77);
        MoveTo(State::CLOSING, Cause::SEGMENT_FIN, out);
    }
    out.push_back(TellUser{m_id, UserSignal::CONNECTION_CLOSING});
    if (RepeatsFin(*this, seg))
    {
        Retransmit({m_snd.end, m_snd.nxt}, SegmentKind::RETRANSMISSION, now, out);
    }
}

} // namespace lifecycle
