#ifndef LIFECYCLE_LINK_IMPAIRED_FRAME_H
#define LIFECYCLE_LINK_IMPAIRED_FRAME_H

#include "../core/endpoint.h"
#include "../core/segment.h"

#include "ns3/packet.h"

#include <cstdint>
#include <optional>

namespace ns3::lifecycle_internal
{

/** The TCP segment in a PPP frame: the fields for rules, and where the segment lies. */
struct FoundTcp
{
    lifecycle::FourTuple path;
    lifecycle::Segment segment;
    uint32_t begin{0}; ///< offset of the TCP header
    uint32_t size{0};  ///< octets of header and payload
};

/** Finds the TCP segment in a PPP frame; nothing if the frame holds something else. */
std::optional<FoundTcp> FindTcp(const Packet& sent);

/** A copy of @p packet, UID included, with one bit flipped; bit 0 is the first octet's highest. */
Ptr<Packet> WithFlippedBit(const Packet& packet, uint32_t bit);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_LINK_IMPAIRED_FRAME_H
