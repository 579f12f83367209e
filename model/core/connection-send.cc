// What goes out: RFC 9293 3.7 and 3.8, RFC 6298 5.

#include "connection.h"

#include <algorithm>
#include <cassert>

namespace lifecycle
{

namespace
{

/** The largest window that the header can announce without scaling: RFC 9293 3.1. */
constexpr std::uint32_t MAX_UNSCALED_WINDOW = 65535;

} // namespace

std::uint32_t
Connection::InitialWindow() const
{
    return std::min(m_config.receiveBuffer, MAX_UNSCALED_WINDOW);
}

void
Connection::OpenWindow(Actions& out)
{
    const std::uint32_t buffer = InitialWindow();
    const std::uint32_t room = buffer > m_rcv.unread ? buffer - m_rcv.unread : 0;
    const std::uint32_t worthwhile = std::min<std::uint32_t>(buffer / 2, m_config.mss);
    // RFC 9293 3.8.6.2.2: the right edge moves by a good step or not at all
    if (room >= m_rcv.wnd + worthwhile)
    {
        m_rcv.wnd = room;
        SendAck(SegmentKind::ACK, out);
    }
}

std::uint32_t
Connection::UsableWindow() const
{
    const std::int32_t usable = m_snd.una + m_snd.wnd - m_snd.nxt;
    return usable > 0 ? static_cast<std::uint32_t>(usable) : 0; // the peer may have shrunk it
}

void
Connection::Emit(Segment segment, SegmentKind kind, Actions& out)
{
    segment.wnd = m_rcv.wnd;
    if (segment.Has(Flag::ACK))
    {
        segment.ack = m_rcv.nxt;
        m_ackPending = false;
        m_timers.Stop(Timer::FIN_ACK);
    }
    if (m_snd.up && segment.seq < *m_snd.up && !segment.Has(Flag::SYN)) // RFC 9293 3.8.5
    {
        segment.flags = segment.flags | Flag::URG;
        segment.up = static_cast<std::uint16_t>(std::min(*m_snd.up - segment.seq, 65535));
    }
    out.push_back(SendSegment{m_id, m_path, segment, kind});
}

void
Connection::SendSyn(SegmentKind kind, Instant now, Actions& out)
{
    Segment segment;
    segment.seq = m_snd.iss;
    segment.flags = m_state == State::SYN_SENT ? Flags(Flag::SYN) : Flag::SYN | Flag::ACK;
    segment.mss = m_config.mss;
    Emit(segment, kind, out);
    if (kind == SegmentKind::NEW)
    {
        // RFC 6298 3: our SYN goes out a second time when it crosses the peer's
        const bool isFirst = m_state == State::SYN_SENT || IsPassive();
        m_timed = isFirst ? std::make_optional(TimedSegment{m_snd.iss + 1, now}) : std::nullopt;
        m_timers.Stop(Timer::RETRANSMISSION);
    }
    if (!m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        m_timers.Arm(Timer::RETRANSMISSION, now + m_rtt.Rto());
    }
}

void
Connection::SendWhatWeMay(Instant now, Actions& out)
{
    const bool maySend = m_state == State::ESTABLISHED || m_state == State::FIN_WAIT_1 ||
                         m_state == State::CLOSE_WAIT || m_state == State::CLOSING;
    if (!maySend || !m_snd.synAcked)
    {
        return;
    }
    for (std::uint32_t usable = UsableWindow(); Unsent() && usable > 0; usable = UsableWindow())
    {
        const auto unsent = static_cast<std::uint32_t>(m_snd.end - m_snd.nxt);
        const std::uint32_t octets = std::min({unsent, usable, std::uint32_t{m_snd.mss}});
        const bool fin = m_snd.finQueued && octets == unsent && octets < usable;
        SendText(octets, fin, SegmentKind::NEW, now, out);
    }
    if (Unsent() && !m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        m_timers.Arm(Timer::RETRANSMISSION, now + m_rtt.Rto()); // RFC 9293 3.8.6.1: to probe
    }
}

void
Connection::SendText(std::uint32_t octets, bool fin, SegmentKind kind, Instant now, Actions& out)
{
    Segment segment;
    segment.seq = m_snd.nxt;
    segment.flags = Flag::ACK;
    segment.len = octets;
    m_snd.nxt += octets;
    if (octets > 0 && m_snd.nxt == m_snd.end)
    {
        segment.flags = segment.flags | Flag::PSH;
    }
    if (fin)
    {
        segment.flags = segment.flags | Flag::FIN;
        m_snd.nxt += 1;
        if (m_state == State::CLOSE_WAIT)
        {
            MoveTo(State::LAST_ACK, Cause::CLOSE, out);
        }
    }
    Emit(segment, kind, out);
    if (!m_timed)
    {
        m_timed = TimedSegment{m_snd.nxt, now};
    }
    if (!m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        m_timers.Arm(Timer::RETRANSMISSION, now + m_rtt.Rto()); // RFC 6298 5.1
    }
}

void
Connection::RetransmitFirst(SegmentKind kind, Instant now, Actions& out)
{
    m_timed.reset(); // RFC 6298 3: no sample from a segment sent twice
    if (!m_snd.synAcked)
    {
        SendSyn(kind, now, out);
        return;
    }
    const SeqNum textEnd = Earlier(m_snd.nxt, m_snd.end);
    Segment segment;
    segment.seq = m_snd.una;
    segment.flags = Flag::ACK;
    segment.len =
        std::min<std::uint32_t>(static_cast<std::uint32_t>(textEnd - m_snd.una), m_snd.mss);
    if (segment.len > 0 && segment.TextEnd() == m_snd.end)
    {
        segment.flags = segment.flags | Flag::PSH;
    }
    if (FinSent() && segment.TextEnd() == m_snd.end)
    {
        segment.flags = segment.flags | Flag::FIN;
    }
    Emit(segment, kind, out);
    if (!m_timers.IsArmed(Timer::RETRANSMISSION))
    {
        m_timers.Arm(Timer::RETRANSMISSION, now + m_rtt.Rto());
    }
}

void
Connection::SendAck(SegmentKind kind, Actions& out)
{
    Segment segment;
    segment.seq = m_snd.nxt;
    segment.flags = Flag::ACK;
    Emit(segment, kind, out);
}

void
Connection::SendChallengeAck(Instant now, Actions& out)
{
    if (now >= m_challengeWindowEnd)
    {
        m_challengeWindowEnd = now + m_config.challengeAckWindow;
        m_challengeAcks = 0;
    }
    if (m_challengeAcks < m_config.challengeAckLimit) // RFC 5961 7
    {
        ++m_challengeAcks;
        SendAck(SegmentKind::CHALLENGE_ACK, out);
    }
}

void
Connection::SendReset(SeqNum seq, Actions& out)
{
    Segment segment;
    segment.seq = seq;
    segment.flags = Flag::RST;
    out.push_back(SendSegment{m_id, m_path, segment, SegmentKind::RESET});
}

} // namespace lifecycle
