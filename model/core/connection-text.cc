// SEGMENT ARRIVES, sixth to eighth check: URG, text and FIN. RFC 9293 3.10.7.4.

#include "connection.h"

namespace lifecycle
{

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
    const bool fresh = (seg.len > 0 && m_rcv.nxt < seg.TextEnd()) || m_rcv.held.Holds(m_rcv.nxt);
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
    NoteMark(seg);
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
        if (AwaitsFin())
        {
            MoveTo(State::FIN_WAIT_2,
                   Cause::SEGMENT_ACK,
                   out); // fifth check; else one move does both
        }
        else
        {
            m_rcv.held = {};
            m_rcv.fin.reset();
            EnterTimeWait(Cause::SEGMENT_ACK, now, out);
        }
    }
    if (m_state == State::TIME_WAIT && seg.Has(Flag::FIN))
    {
        Apply(Rule::P80);
        if (!AwaitsFin())
        {
            TakeFinUnawaited(seg);
        }
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
    if (m_state == State::CLOSING && m_config.closingRepeatsFin && FinSent())
    {
        Retransmit({m_snd.end, m_snd.nxt}, SegmentKind::RETRANSMISSION, now, out);
    }
}

bool
Connection::AwaitsFin() const
{
    return m_config.awaitFin; // Counterfactual: TIME-WAIT as soon as our own FIN is acknowledged
}

/** In TIME-WAIT, where the peer's FIN counts for the first time if it follows all that was taken. */
void
Connection::TakeFinUnawaited(const Segment& seg)
{
    if (!m_rcv.fin && seg.TextEnd() == m_rcv.nxt)
    {
        m_rcv.fin = m_rcv.nxt;
        m_rcv.nxt += 1;
    }
}

} // namespace lifecycle
