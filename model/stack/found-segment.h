#ifndef LIFECYCLE_STACK_FOUND_SEGMENT_H
#define LIFECYCLE_STACK_FOUND_SEGMENT_H

#include "../core/endpoint.h"
#include "../core/segment.h"

#include "ns3/packet.h"
#include "ns3/ptr.h"

#include <optional>

namespace ns3::lifecycle_internal
{

/** A TCP segment found in a packet. */
struct FoundSegment
{
    lifecycle::FourTuple path; ///< seen from the sender
    lifecycle::Segment segment;
};

/**
 * @brief The segment in an IP packet.
 * @param packet from its IP header on
 * @return the segment, if any
 */
std::optional<FoundSegment> FindSegment(Ptr<const Packet> packet);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_FOUND_SEGMENT_H
