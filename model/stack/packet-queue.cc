#include "packet-queue.h"

#include "ns3/assert.h"

#include <algorithm>

namespace ns3::lifecycle_internal
{

void
PacketQueue::Append(Ptr<const Packet> packet)
{
    if (packet->GetSize() > 0)
    {
        m_chunks.push_back({m_end, packet});
        m_end += packet->GetSize();
    }
}

void
PacketQueue::RemoveFront(uint32_t octets)
{
    NS_ASSERT(octets <= Size());
    m_begin += octets;
    if (m_begin == m_end)
    {
        m_chunks.clear();
        m_head = 0;
        return;
    }
    while (m_head + 1 < m_chunks.size() && m_chunks[m_head + 1].begin <= m_begin)
    {
        m_chunks[m_head++].packet = nullptr;
    }
    if (m_head > m_chunks.size() / 2)
    {
        m_chunks.erase(m_chunks.begin(), m_chunks.begin() + static_cast<std::ptrdiff_t>(m_head));
        m_head = 0;
    }
}

std::size_t
PacketQueue::Find(uint64_t place) const
{
    const auto behind =
        std::upper_bound(m_chunks.begin() + static_cast<std::ptrdiff_t>(m_head),
                         m_chunks.end(),
                         place,
                         [](uint64_t value, const Chunk& chunk) { return value < chunk.begin; });
    return static_cast<std::size_t>(behind - m_chunks.begin()) - 1;
}

void
PacketQueue::CopyTo(Ptr<Packet> out, uint32_t from, uint32_t octets) const
{
    NS_ASSERT(uint64_t{from} + octets <= Size());
    uint64_t place = m_begin + from;
    const uint64_t end = place + octets;
    for (std::size_t i = place < end ? Find(place) : 0; place < end; ++i)
    {
        const Chunk& chunk = m_chunks[i];
        const auto skip = static_cast<uint32_t>(place - chunk.begin);
        const auto take =
            static_cast<uint32_t>(std::min<uint64_t>(end - place, chunk.packet->GetSize() - skip));
        out->AddAtEnd(chunk.packet->CreateFragment(skip, take));
        place += take;
    }
}

Ptr<Packet>
PacketQueue::Take(uint32_t octets)
{
    Ptr<Packet> taken;
    if (octets > 0 && m_begin == m_chunks[m_head].begin &&
        octets == m_chunks[m_head].packet->GetSize())
    {
        taken = m_chunks[m_head].packet->Copy();
    }
    else
    {
        taken = Create<Packet>();
        CopyTo(taken, 0, octets);
    }
    RemoveFront(octets);
    return taken;
}

} // namespace ns3::lifecycle_internal
