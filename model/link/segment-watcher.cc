#include "segment-watcher.h"

namespace lifecycle
{
namespace
{

bool
IsLower(const Endpoint& a, const Endpoint& b)
{
    return std::tie(a.address.octets, a.port) < std::tie(b.address.octets, b.port);
}

} // namespace

SeenSegment
SegmentWatcher::See(const FourTuple& path, const Segment& segment)
{
    const bool upwards = IsLower(path.local, path.remote);
    const Conversation fresh{m_conversations.size(), {}};
    Conversation& conversation =
        m_conversations.try_emplace(upwards ? path : FourTuple{path.remote, path.local}, fresh)
            .first->second;
    Direction& direction = conversation.directions[upwards ? 0 : 1];
    const Direction& opposite = conversation.directions[upwards ? 1 : 0];

    SeenSegment seen;
    seen.flow = 2 * conversation.number + (upwards ? 0 : 1);
    seen.beginsConnection = BeginsConnection(direction, segment);
    if (seen.beginsConnection)
    {
        conversation.directions = {};
    }
    for (int i = 0; i < SEGMENT_CLASSES; ++i)
    {
        seen.kinds[i] = IsOfKind(static_cast<SegmentClass>(i), segment, opposite);
    }
    if (segment.Has(Flag::SYN))
    {
        direction.iss = segment.seq;
    }
    if (segment.Has(Flag::FIN))
    {
        direction.finEnd = segment.End();
    }
    return seen;
}

bool
SegmentWatcher::BeginsConnection(const Direction& direction, const Segment& segment)
{
    return segment.Has(Flag::SYN) && !segment.Has(Flag::ACK) &&
           (direction.finEnd || (direction.iss && *direction.iss != segment.seq));
}

bool
SegmentWatcher::IsOfKind(SegmentClass kind, const Segment& segment, const Direction& opposite)
{
    switch (kind)
    {
    case SegmentClass::SYN:
        return segment.Has(Flag::SYN) && !segment.Has(Flag::ACK);
    case SegmentClass::SYN_ACK:
        return segment.Has(Flag::SYN) && segment.Has(Flag::ACK);
    case SegmentClass::FIN:
        return segment.Has(Flag::FIN);
    case SegmentClass::ACK:
        return segment.Has(Flag::ACK) && !segment.Has(Flag::SYN) && !segment.Has(Flag::FIN) &&
               !segment.Has(Flag::RST) && segment.len == 0;
    case SegmentClass::ACK_OF_FIN:
        return IsOfKind(SegmentClass::ACK, segment, opposite) && opposite.finEnd &&
               *opposite.finEnd <= segment.ack;
    case SegmentClass::RST:
        return segment.Has(Flag::RST);
    case SegmentClass::DATA:
        return segment.len > 0;
    case SegmentClass::SEGMENT:
        return true;
    }
    return false;
}

} // namespace lifecycle
