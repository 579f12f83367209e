#include "impaired-frame.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/ppp-header.h"

#include <algorithm>
#include <array>
#include <vector>

namespace ns3::lifecycle_internal
{
namespace
{

constexpr uint16_t PPP_IPV4 = 0x0021; // RFC 1332 3
constexpr uint16_t PPP_IPV6 = 0x0057; // RFC 5072 5
constexpr uint8_t TCP_PROTOCOL = 6;
constexpr uint32_t PPP_HEADER_SIZE = 2;
constexpr uint32_t MIN_IPV4_HEADER_SIZE = 20;
constexpr uint32_t IPV6_HEADER_SIZE = 40;
constexpr uint32_t MIN_TCP_HEADER_SIZE = 20;

lifecycle::Address
ToAddress(Ipv4Address address)
{
    return lifecycle::Address::FromIpv4(address.Get());
}

lifecycle::Address
ToAddress(Ipv6Address address)
{
    lifecycle::Address result;
    result.family = lifecycle::Family::IPV6;
    address.GetBytes(result.octets.data());
    return result;
}

/** Reads a number of @p size octets at @p offset of @p packet, which must be long enough. */
uint32_t
NumberAt(const Packet& packet, uint32_t offset, uint32_t size)
{
    std::array<uint8_t, MIN_TCP_HEADER_SIZE> octets{};
    NS_ASSERT(offset + size <= octets.size() && offset + size <= packet.GetSize());
    packet.CopyData(octets.data(), offset + size);
    uint32_t number = 0;
    for (uint32_t i = offset; i < offset + size; ++i)
    {
        number = number << 8 | octets[i];
    }
    return number;
}

/**
 * Whether @p packet holds a whole header. Four bits of the octet at @p offset, from bit @p shift
 * on, give the length of the header in words of 4 octets.
 */
bool
HoldsWholeHeader(const Packet& packet, uint32_t minSize, uint32_t offset, uint32_t shift)
{
    if (packet.GetSize() < minSize)
    {
        return false;
    }
    const uint32_t size = (NumberAt(packet, offset, 1) >> shift & 0xf) * 4;
    return minSize <= size && size <= packet.GetSize();
}

/** Removes the IPv4 header; gives the size of the TCP segment, if one begins behind the header. */
std::optional<uint32_t>
RemoveIpv4(Packet& packet, lifecycle::FourTuple& path)
{
    if (!HoldsWholeHeader(packet, MIN_IPV4_HEADER_SIZE, 0, 0))
    {
        return std::nullopt;
    }
    Ipv4Header header;
    packet.RemoveHeader(header);
    if (header.GetProtocol() != TCP_PROTOCOL || header.GetFragmentOffset() != 0)
    {
        return std::nullopt;
    }
    path.local.address = ToAddress(header.GetSource());
    path.remote.address = ToAddress(header.GetDestination());
    return header.GetPayloadSize();
}

/** Removes the IPv6 header; gives the size of the TCP segment, if one begins behind the header. */
std::optional<uint32_t>
RemoveIpv6(Packet& packet, lifecycle::FourTuple& path)
{
    if (packet.GetSize() < IPV6_HEADER_SIZE)
    {
        return std::nullopt;
    }
    Ipv6Header header;
    packet.RemoveHeader(header);
    if (header.GetNextHeader() != TCP_PROTOCOL)
    {
        return std::nullopt;
    }
    path.local.address = ToAddress(header.GetSource());
    path.remote.address = ToAddress(header.GetDestination());
    return header.GetPayloadLength();
}

} // namespace

std::optional<FoundTcp>
FindTcp(const Packet& sent)
{
    if (sent.GetSize() < PPP_HEADER_SIZE)
    {
        return std::nullopt;
    }
    Ptr<Packet> packet = sent.Copy();
    PppHeader ppp;
    packet->RemoveHeader(ppp);
    FoundTcp found;
    std::optional<uint32_t> size;
    if (ppp.GetProtocol() == PPP_IPV4)
    {
        size = RemoveIpv4(*packet, found.path);
    }
    else if (ppp.GetProtocol() == PPP_IPV6)
    {
        size = RemoveIpv6(*packet, found.path);
    }
    if (!size || !HoldsWholeHeader(*packet, MIN_TCP_HEADER_SIZE, 12, 4))
    {
        return std::nullopt;
    }
    found.begin = sent.GetSize() - packet->GetSize();
    found.size = std::min(packet->GetSize(), *size);
    found.path.local.port = static_cast<uint16_t>(NumberAt(*packet, 0, 2));
    found.path.remote.port = static_cast<uint16_t>(NumberAt(*packet, 2, 2));
    found.segment.seq = lifecycle::SeqNum(NumberAt(*packet, 4, 4));
    found.segment.ack = lifecycle::SeqNum(NumberAt(*packet, 8, 4));
    const uint32_t headerSize = (NumberAt(*packet, 12, 1) >> 4) * 4;
    found.segment.flags =
        lifecycle::Flags::FromBits(static_cast<uint8_t>(NumberAt(*packet, 13, 1)));
    found.segment.wnd = NumberAt(*packet, 14, 2);
    found.segment.len = *size > headerSize ? *size - headerSize : 0;
    return found;
}

Ptr<Packet>
WithFlippedBit(const Packet& packet, uint32_t bit)
{
    std::vector<uint8_t> octets(packet.GetSize());
    packet.CopyData(octets.data(), packet.GetSize());
    octets[bit / 8] ^= static_cast<uint8_t>(0x80 >> bit % 8);
    Ptr<Packet> damaged = packet.Copy();
    damaged->RemoveAtEnd(packet.GetSize() - bit / 8);
    damaged->AddAtEnd(Create<Packet>(octets.data() + bit / 8, packet.GetSize() - bit / 8));
    return damaged;
}

} // namespace ns3::lifecycle_internal
