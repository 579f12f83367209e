#ifndef LIFECYCLE_WIRE_FOUND_SEGMENT_H
#define LIFECYCLE_WIRE_FOUND_SEGMENT_H

#include "../core/endpoint.h"
#include "../core/segment.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/mac48-address.h"
#include "ns3/packet.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <optional>

namespace ns3::lifecycle_internal
{

/** A TCP segment found in a packet. */
struct FoundSegment
{
    lifecycle::FourTuple path; ///< seen from the sender
    lifecycle::Segment segment;
    uint32_t size{0}; ///< octets of header and payload
};

/**
 * @brief The segment in an IP packet.
 * @param packet from its IP header on
 * @return the segment, if any
 */
std::optional<FoundSegment> FindSegment(Ptr<const Packet> packet);

/**
 * @brief The segment in the payload of an IP packet.
 * @param header what stood before the payload
 * @param payload all behind the header
 * @return the segment, if any
 */
std::optional<FoundSegment> FindSegment(const Ipv4Header& header, Ptr<const Packet> payload);
std::optional<FoundSegment> FindSegment(const Ipv6Header& header, Ptr<const Packet> payload);

/** A TCP segment found in a frame. */
struct FramedSegment
{
    FoundSegment found;
    uint32_t begin{0};                       ///< where in the frame the TCP header is
    std::optional<Mac48Address> destination; ///< of Ethernet
};

/**
 * @brief The segment in a frame of a device: of PPP, Ethernet (with LLC or without), or bare IP.
 * @param frame from its first octet on
 * @return the segment, if any
 */
std::optional<FramedSegment> FindSegmentInFrame(Ptr<const Packet> frame);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_WIRE_FOUND_SEGMENT_H
