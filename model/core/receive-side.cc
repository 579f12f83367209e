#include "receive-side.h"

#include "agreed-options.h"

#include <algorithm>
#include <cassert>

namespace lifecycle
{

namespace
{

/** Whether the window may grow by @p step without being silly: RFC 9293 3.8.6.2.2. */
bool
IsWorthwhile(std::uint32_t step, const ReceiveSpace& space)
{
    return step >= std::min(space.buffer / 2, space.mss);
}

} // namespace

void
ReceiveSide::Start(SeqNum irs)
{
    m_rcv.irs = irs;
    m_rcv.nxt = irs + 1;
    m_rcv.lastAckSent = m_rcv.nxt;
}

void
ReceiveSide::OfferWindow(std::uint32_t buffer)
{
    m_rcv.wnd = std::min(buffer, MAX_UNSCALED_WINDOW);
}

bool
ReceiveSide::IsAcceptable(const Segment& seg) const
{
    const auto inWindow = [this](SeqNum seq) {
        return m_rcv.nxt <= seq && seq < m_rcv.nxt + Window();
    };
    if (seg.SegLen() == 0)
    {
        return Window() == 0 ? seg.seq == m_rcv.nxt : inWindow(seg.seq);
    }
    return inWindow(seg.seq) || inWindow(seg.End() - 1); // never with a zero window
}

void
ReceiveSide::Hold(const Segment& seg, ConnectionId id, Actions& out)
{
    const SeqNum right = m_rcv.nxt + Window();
    const SeqNum begin = Later(seg.TextBegin(), m_rcv.nxt);
    const SeqNum end = Later(begin, Earlier(seg.TextEnd(), right));
    const auto cut = static_cast<std::uint32_t>(begin - seg.TextBegin());
    for (const SeqRange& fresh : m_rcv.held.Insert({begin, end}))
    {
        const auto offset = cut + static_cast<std::uint32_t>(fresh.begin - begin);
        const auto len = static_cast<std::uint32_t>(fresh.end - fresh.begin);
        out.push_back(HoldRange{id, fresh.begin, offset, len});
    }
    // A FIN needs a place in the window, as text does.
    if (seg.Has(Flag::FIN) && seg.TextEnd() < right && !m_rcv.fin)
    {
        m_rcv.fin = end;
    }
}

std::uint32_t
ReceiveSide::Deliver(ConnectionId id, Actions& out)
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
    out.push_back(DeliverRange{id, m_rcv.nxt, octets});
    m_rcv.nxt += octets;
    m_rcv.wnd -= std::min(octets, m_rcv.wnd); // RCV.NXT + RCV.WND stays where it is
    m_accepted -= std::min(octets, m_accepted);
    m_rcv.unread += octets;
    out.push_back(TellUser{id, UserSignal::DATA_ARRIVED});
    return octets;
}

bool
ReceiveSide::HasNewText(const Segment& seg) const
{
    return (seg.len > 0 && m_rcv.nxt < seg.TextEnd()) || m_rcv.held.Holds(m_rcv.nxt);
}

void
ReceiveSide::TakeFin()
{
    assert(FinReached());
    m_rcv.nxt += 1;
}

void
ReceiveSide::ForgetWhatIsEarly()
{
    m_rcv.held = {};
    if (m_rcv.fin && m_rcv.nxt <= *m_rcv.fin)
    {
        m_rcv.fin.reset();
    }
}

void
ReceiveSide::TakeLateFin(const Segment& seg)
{
    if (!m_rcv.fin && seg.TextEnd() == m_rcv.nxt)
    {
        m_rcv.fin = m_rcv.nxt;
        m_rcv.nxt += 1;
    }
}

bool
ReceiveSide::TakeUrgent(SeqNum up)
{
    if (up <= FirstUnread() || (m_rcv.up && up <= *m_rcv.up))
    {
        return false;
    }
    m_rcv.up = up;
    return true;
}

std::uint32_t
ReceiveSide::UrgentOctets() const
{
    const SeqNum consumed = FirstUnread();
    return m_rcv.up && consumed < *m_rcv.up ? static_cast<std::uint32_t>(*m_rcv.up - consumed) : 0;
}

void
ReceiveSide::Read(std::uint32_t octets)
{
    assert(octets <= m_rcv.unread);
    m_rcv.unread -= octets;
    if (m_rcv.up && *m_rcv.up <= FirstUnread())
    {
        m_rcv.up.reset();
    }
}

void
ReceiveSide::Abandon()
{
    m_rcv.unread = 0;
}

void
ReceiveSide::Acknowledge()
{
    m_rcv.lastAckSent = m_rcv.nxt;
}

void
ReceiveSide::GrowWindow(const ReceiveSpace& space)
{
    const std::uint32_t room = Room(space);
    // Departs from RFC 9293 3.8.6.2.2 if wished: then a window that is not silly grows by any step
    const std::uint32_t step = space.announcesAllRoom ? m_rcv.wnd + room : room;
    m_rcv.wnd += IsWorthwhile(step, space) ? room : 0;
}

bool
ReceiveSide::OwesWindow(const ReceiveSpace& space) const
{
    const std::uint32_t step = Room(space);
    // Departs from RFC 9293 3.8.6.2.2 if wished: then a small step waits for a segment to ride on
    if (space.updateDoubles && (step < m_rcv.wnd || m_rcv.wnd > space.buffer / 2))
    {
        return false;
    }
    const std::uint32_t enough = m_rcv.wnd < space.mss ? 1 : 2 * space.mss; // little window is left
    return step > 0 && IsWorthwhile(step, space) && step >= std::min(enough, space.buffer / 2);
}

SeqNum
ReceiveSide::FirstUnread() const
{
    const SeqNum textEnd = m_rcv.fin ? Earlier(m_rcv.nxt, *m_rcv.fin) : m_rcv.nxt;
    return textEnd - m_rcv.unread;
}

/** By how much the window could grow, as far as the field of the header can tell. */
std::uint32_t
ReceiveSide::Room(const ReceiveSpace& space) const
{
    const std::uint32_t taken = m_rcv.unread + m_rcv.wnd;
    const std::uint32_t room = space.buffer > taken ? space.buffer - taken : 0;
    const std::uint32_t largest = MAX_UNSCALED_WINDOW << space.shift;
    return std::min(room, largest - m_rcv.wnd);
}

} // namespace lifecycle
