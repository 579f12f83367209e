#include "stream-buffers.h"

#include "ns3/assert.h"

#include <algorithm>

namespace ns3::lifecycle_internal
{

void
SendBuffer::Append(lifecycle::SeqNum seq, Ptr<const Packet> packet)
{
    if (m_queue.Size() == 0)
    {
        m_first = seq;
    }
    NS_ASSERT(m_first + m_queue.Size() == seq);
    m_queue.Append(packet);
}

void
SendBuffer::Release(uint32_t octets)
{
    m_queue.RemoveFront(octets);
    m_first += octets;
}

void
SendBuffer::CopyTo(Ptr<Packet> out, lifecycle::SeqNum seq, uint32_t octets) const
{
    m_queue.CopyTo(out, static_cast<uint32_t>(seq - m_first), octets);
}

void
ReceiveBuffer::Hold(lifecycle::SeqNum seq, Ptr<const Packet> packet)
{
    if (!m_held)
    {
        m_held = Held();
    }
    (*m_held)[seq.Value()] = packet;
}

void
ReceiveBuffer::Deliver(lifecycle::SeqNum seq, uint32_t octets)
{
    while (octets > 0)
    {
        const auto found = m_held->find(seq.Value());
        NS_ASSERT(found != m_held->end() && found->second->GetSize() <= octets);
        const uint32_t size = found->second->GetSize();
        m_readable.Append(found->second);
        m_held->erase(found);
        seq += size;
        octets -= size;
    }
}

} // namespace ns3::lifecycle_internal
