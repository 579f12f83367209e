#include "segment-counter.h"

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

Ordinals
SegmentCounter::Count(const FourTuple& path, const Segment& segment)
{
    const bool upwards = IsLower(path.local, path.remote);
    Conversation& conversation =
        m_conversations[upwards ? path : FourTuple{path.remote, path.local}];
    Direction& direction = conversation[upwards ? 0 : 1];
    const Direction& opposite = conversation[upwards ? 1 : 0];

    if (BeginsConnection(direction, segment))
    {
        conversation = Conversation{};
    }
    Ordinals ordinals;
    for (int i = 0; i < SEGMENT_CLASSES; ++i)
    {
        const auto kind = static_cast<SegmentClass>(i);
        if (IsOfKind(kind, segment, opposite))
        {
            ordinals.Of(kind) = ++direction.counts.Of(kind);
        }
    }
    if (segment.Has(Flag::SYN))
    {
        direction.iss = segment.seq;
    }
    if (segment.Has(Flag::FIN))
    {
        direction.finEnd = segment.End();
    }
    return ordinals;
}

bool
SegmentCounter::BeginsConnection(const Direction& direction, const Segment& segment)
{
    return segment.Has(Flag::SYN) && !segment.Has(Flag::ACK) &&
           (direction.finEnd || (direction.iss && *direction.iss != segment.seq));
}

bool
SegmentCounter::IsOfKind(SegmentClass kind, const Segment& segment, const Direction& opposite)
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
