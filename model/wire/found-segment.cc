#include "found-segment.h"

#include "segment-codec.h"
#include "translation.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <vector>

namespace ns3::lifecycle_internal
{

namespace
{

/** The addresses of an IP packet. */
struct IpEnds
{
    lifecycle::Address source;
    lifecycle::Address destination;
};

/** The segment in the first @p length octets of @p payload; Ethernet pads, and has a trailer. */
std::optional<FoundSegment>
SegmentIn(const IpEnds& ends, Ptr<const Packet> payload, uint32_t length)
{
    std::vector<std::uint8_t> octets(std::min(payload->GetSize(), length));
    payload->CopyData(octets.data(), static_cast<uint32_t>(octets.size()));
    const auto tcp = DecodeTcpHeader(octets.data(), octets.size());
    if (!tcp)
    {
        return std::nullopt;
    }
    FoundSegment found{{{ends.source, tcp->sourcePort}, {ends.destination, tcp->destinationPort}},
                       tcp->segment};
    found.segment.len = static_cast<uint32_t>(octets.size() - tcp->length);
    return found;
}

uint32_t
Number16(const uint8_t* octets)
{
    return static_cast<uint32_t>(octets[0]) << 8 | octets[1];
}

constexpr uint32_t IPV4_HEADER = 20;
constexpr uint32_t IPV6_HEADER = 40;

/** Whether an IP packet that fits begins with @p octets, of which @p left are in the frame. */
bool
IsIp(const uint8_t* octets, uint32_t left)
{
    if (octets[0] >> 4 == 4)
    {
        const uint32_t total = Number16(octets + 2);
        return (octets[0] & 0xf) >= 5 && total >= IPV4_HEADER && total <= left;
    }
    return octets[0] >> 4 == 6 && Number16(octets + 4) + IPV6_HEADER <= left;
}

/** A header of the link layer. */
struct LinkHeader
{
    uint32_t size;       ///< [octets]
    uint32_t protocolAt; ///< where the protocol's number stands
    uint32_t ipv4;       ///< the protocol's number of IPv4
    uint32_t ipv6;       ///< the protocol's number of IPv6
    bool hasAddress;     ///< whether the header begins with the receiver's MAC address
};

constexpr LinkHeader LINK_HEADERS[] = {
    {2, 0, 0x0021, 0x0057, false},  // PPP
    {14, 12, 0x0800, 0x86dd, true}, // Ethernet
    {22, 20, 0x0800, 0x86dd, true}, // Ethernet with LLC and SNAP
};

} // namespace

std::optional<FoundSegment>
FindSegment(const Ipv4Header& header, Ptr<const Packet> payload)
{
    if (header.GetProtocol() != TCP_PROTOCOL || header.GetFragmentOffset() != 0)
    {
        return std::nullopt;
    }
    return SegmentIn({ToCore(header.GetSource()), ToCore(header.GetDestination())},
                     payload,
                     header.GetPayloadSize());
}

std::optional<FoundSegment>
FindSegment(const Ipv6Header& header, Ptr<const Packet> payload)
{
    if (header.GetNextHeader() != TCP_PROTOCOL)
    {
        return std::nullopt;
    }
    return SegmentIn({ToCore(header.GetSource()), ToCore(header.GetDestination())},
                     payload,
                     header.GetPayloadLength());
}

std::optional<FoundSegment>
FindSegment(Ptr<const Packet> packet)
{
    Ptr<Packet> copy = packet->Copy();
    uint8_t first = 0;
    copy->CopyData(&first, 1);
    if (first >> 4 == 4 && copy->GetSize() >= IPV4_HEADER)
    {
        Ipv4Header header;
        copy->RemoveHeader(header);
        return FindSegment(header, copy);
    }
    if (first >> 4 == 6 && copy->GetSize() >= IPV6_HEADER)
    {
        Ipv6Header header;
        copy->RemoveHeader(header);
        return FindSegment(header, copy);
    }
    return std::nullopt;
}

std::optional<FramedSegment>
FindSegmentInFrame(Ptr<const Packet> frame)
{
    uint8_t octets[22 + IPV6_HEADER] = {};
    frame->CopyData(octets, sizeof octets);
    const uint32_t size = frame->GetSize();
    Ptr<Packet> packet = frame->Copy();
    std::optional<Mac48Address> destination;
    if (!IsIp(octets, size))
    {
        const auto* const header =
            std::find_if(std::begin(LINK_HEADERS),
                         std::end(LINK_HEADERS),
                         [&](const LinkHeader& candidate) {
                             const uint32_t protocol = Number16(octets + candidate.protocolAt);
                             return size > candidate.size &&
                                    (protocol == candidate.ipv4 || protocol == candidate.ipv6) &&
                                    IsIp(octets + candidate.size, size - candidate.size);
                         });
        if (header == std::end(LINK_HEADERS))
        {
            return std::nullopt;
        }
        if (header->hasAddress)
        {
            destination.emplace();
            destination->CopyFrom(octets);
        }
        packet->RemoveAtStart(header->size);
    }
    const auto found = FindSegment(packet);
    return found ? std::optional(FramedSegment{*found, destination}) : std::nullopt;
}

} // namespace ns3::lifecycle_internal
