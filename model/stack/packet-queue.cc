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
        if (!m_content)
        {
            m_content = Content();
        }
        m_content->chunks.push_back({m_content->end, packet});
        m_content->end += packet->GetSize();
    }
}

void
PacketQueue::RemoveFront(uint32_t octets)
{
    NS_ASSERT(octets <= Size());
    if (octets == 0)
    {
        return;
    }
    Content& content = *m_content;
    std::vector<Chunk>& chunks = content.chunks;
    content.begin += octets;
    if (content.begin == content.end)
    {
        chunks.clear();
        content.head = 0;
        return;
    }
    while (content.head + 1 < chunks.size() && chunks[content.head + 1].begin <= content.begin)
    {
        chunks[content.head++].packet = nullptr;
    }
    if (content.head > chunks.size() / 2)
    {
        chunks.erase(chunks.begin(), chunks.begin() + static_cast<std::ptrdiff_t>(content.head));
        content.head = 0;
    }
}

std::size_t
PacketQueue::Content::Find(uint64_t place) const
{
    const auto behind =
        std::upper_bound(chunks.begin() + static_cast<std::ptrdiff_t>(head),
                         chunks.end(),
                         place,
                         [](uint64_t value, const Chunk& chunk) { return value < chunk.begin; });
    return static_cast<std::size_t>(behind - chunks.begin()) - 1;
}

void
PacketQueue::CopyTo(Ptr<Packet> out, uint32_t from, uint32_t octets) const
{
    NS_ASSERT(uint64_t{from} + octets <= Size());
    if (octets == 0)
    {
        return;
    }
    uint64_t place = m_content->begin + from;
    const uint64_t end = place + octets;
    for (std::size_t i = m_content->Find(place); place < end; ++i)
    {
        const Chunk& chunk = m_content->chunks[i];
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
    const Chunk* first = octets > 0 ? &m_content->chunks[m_content->head] : nullptr;
    if (first && m_content->begin == first->begin && octets == first->packet->GetSize())
    {
        taken = first->packet->Copy();
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
