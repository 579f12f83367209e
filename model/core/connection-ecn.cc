// Explicit congestion notification: RFC 3168 6.1. What a mark does to the congestion window is in
// congestion-control.cc.

#include "connection.h"

namespace lifecycle
{

/** Sets the ECN flags and the codepoint of a segment that goes out. */
void
Connection::SetEcn(Segment& segment, SegmentKind kind)
{
    if (segment.Has(Flag::SYN) && !segment.Has(Flag::ACK))
    {
        // RFC 3168 6.1.1.1: the network or the peer may drop a SYN that asks for ECN
        m_agreed.ecn = (m_agreed.ecn || m_retransmissions == 0) && m_config->ecn == EcnUse::ON &&
                       m_retransmissions <= m_config->ecnSynRetries;
        m_agreed.ecnEcho = m_agreed.ecnEcho || m_agreed.ecn;
        segment.flags = segment.flags | (m_agreed.ecn ? Flag::ECE | Flag::CWR : Flags());
        return;
    }
    if (segment.Has(Flag::SYN) ? m_agreed.ecn : m_echoesMark)
    {
        segment.flags = segment.flags | Flag::ECE;
    }
    // RFC 3168 6.1.1, 6.1.4 to 6.1.6: ECT is on no SYN, pure ACK, retransmission or probe
    if (m_agreed.ecn && kind == SegmentKind::NEW && segment.len > 0)
    {
        segment.ecn = EcnCodepoint::ECT_0;
        segment.flags = segment.flags | (m_congestion.TakeReduction() ? Flag::CWR : Flags());
    }
}

/**
 * Notes the mark of @p seg, whose text lies in the window or probes a closed one: RFC 3168 6.1.3,
 * 6.1.5, 6.1.6.
 */
void
Connection::NoteMark(const Segment& seg)
{
    if (!m_agreed.ecnEcho || seg.len == 0)
    {
        return;
    }
    m_echoesMark = m_echoesMark && !seg.Has(Flag::CWR);
    if (seg.ecn == EcnCodepoint::CE)
    {
        m_echoesMark = true;
        m_acks.OweNow(m_timers); // lest a CWR for an older mark come before
    }
}

} // namespace lifecycle
