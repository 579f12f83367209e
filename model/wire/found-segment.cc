#include "found-segment.h"

#include "segment-codec.h"
#include "translation.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

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
    const uint32_t size = std::min(payload->GetSize(), length);
    std::array<std::uint8_t, MAX_TCP_HEADER> octets;
    const uint32_t read =
        payload->CopyData(octets.data(), std::min<uint32_t>(size, MAX_TCP_HEADER));
    const auto tcp = DecodeTcpHeader(octets.data(), read);
    if (!tcp)
    {
        return std::nullopt;
    }
    FoundSegment found{{{ends.source, tcp->sourcePort}, {ends.destination, tcp->destinationPort}},
                       tcp->segment};
    found.segment.len = size - static_cast<uint32_t>(tcp->length);
    found.size = size;
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
        const uint32_t header = (octets[0] & 0xf) * 4;
        const uint32_t total = Number16(octets + 2);
        return IPV4_HEADER <= header && header <= total && total <= left;
    }
    return octets[0] >> 4 == 6 && Number16(octets + 4) + IPV6_HEADER <= left;
}

/** Removes the IP header at the front of @p packet and finds the segment behind it. */
std::optional<FoundSegment>
TakeSegment(Ptr<Packet> packet)
{
    std::array<uint8_t, IPV6_HEADER> octets{};
    packet->CopyData(octets.data(), IPV6_HEADER);
    if (!IsIp(octets.data(), packet->GetSize()))
    {
        return std::nullopt;
    }
    if (octets[0] >> 4 == 4)
    {
        Ipv4Header header;
        packet->RemoveHeader(header);
        return FindSegment(header, packet);
    }
    Ipv6Header header;
    packet->RemoveHeader(header);
    return FindSegment(header, packet);
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
    return TakeSegment(packet->Copy());
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
    const auto found = TakeSegment(packet);
    const uint32_t begin = size - packet->GetSize();
    return found ? std::optional(FramedSegment{*found, begin, destination}) : std::nullopt;
}

} // namespace ns3::lifecycle_internal
