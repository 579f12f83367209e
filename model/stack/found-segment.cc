#include "found-segment.h"

#include "segment-codec.h"
#include "translation.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/lifecycle-l4-protocol.h"

#include <cstdint>
#include <vector>

namespace ns3::lifecycle_internal
{

namespace
{

/** The two addresses of a packet. */
struct IpEnds
{
    lifecycle::Address source;
    lifecycle::Address destination;
};

/** @brief Removes the IP header. @return the addresses, if TCP follows at once */
std::optional<IpEnds>
RemoveIpHeader(Ptr<Packet> packet)
{
    uint8_t first = 0;
    packet->CopyData(&first, 1);
    Ipv4Header v4;
    Ipv6Header v6;
    if (first >> 4 == 4 && packet->GetSize() >= v4.GetSerializedSize())
    {
        packet->RemoveHeader(v4);
        return v4.GetProtocol() == LifecycleL4Protocol::PROT_NUMBER
                   ? std::optional(IpEnds{ToCore(v4.GetSource()), ToCore(v4.GetDestination())})
                   : std::nullopt;
    }
    if (first >> 4 == 6 && packet->GetSize() >= v6.GetSerializedSize())
    {
        packet->RemoveHeader(v6);
        return v6.GetNextHeader() == LifecycleL4Protocol::PROT_NUMBER
                   ? std::optional(IpEnds{ToCore(v6.GetSource()), ToCore(v6.GetDestination())})
                   : std::nullopt;
    }
    return std::nullopt;
}

} // namespace

std::optional<FoundSegment>
FindSegment(Ptr<const Packet> packet)
{
    Ptr<Packet> copy = packet->Copy();
    const auto ends = RemoveIpHeader(copy);
    if (!ends)
    {
        return std::nullopt;
    }
    std::vector<std::uint8_t> octets(copy->GetSize());
    copy->CopyData(octets.data(), static_cast<uint32_t>(octets.size()));
    const auto tcp = DecodeTcpHeader(octets.data(), octets.size());
    if (!tcp)
    {
        return std::nullopt;
    }
    FoundSegment found{{{ends->source, tcp->sourcePort}, {ends->destination, tcp->destinationPort}},
                       tcp->segment};
    found.segment.len = static_cast<uint32_t>(octets.size() - tcp->length);
    return found;
}

} // namespace ns3::lifecycle_internal
