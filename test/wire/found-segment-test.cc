// The TCP segment in a packet, whatever stands before and behind it.

#include "../../model/wire/found-segment.h"
#include "../../model/wire/segment-codec.h"
#include "../../model/wire/translation.h"

#include "ns3/ethernet-header.h"
#include "ns3/llc-snap-header.h"
#include "ns3/ppp-header.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <vector>

using namespace ns3;
using namespace ns3::lifecycle_internal;
using lifecycle::Flag;

namespace
{

constexpr uint32_t PAYLOAD = 10;
constexpr uint32_t SIZE = MIN_TCP_HEADER + PAYLOAD;

/** An ACK with text. */
Ptr<Packet>
Tcp()
{
    lifecycle::Segment segment;
    segment.seq = lifecycle::SeqNum(7);
    segment.flags = lifecycle::Flags{Flag::ACK};
    const lifecycle::FourTuple path{{lifecycle::Address::FromIpv4(1), 49152},
                                    {lifecycle::Address::FromIpv4(2), 80}};
    const auto packet = Create<Packet>(PAYLOAD);
    packet->AddHeader(SegmentHeader(segment, path));
    return packet;
}

Ptr<Packet>
OverIpv4(uint16_t fragmentOffset = 0, uint8_t protocol = TCP_PROTOCOL)
{
    const auto packet = Tcp();
    Ipv4Header ip;
    ip.SetSource(Ipv4Address("10.0.0.1"));
    ip.SetDestination(Ipv4Address("10.0.0.2"));
    ip.SetProtocol(protocol);
    ip.SetFragmentOffset(fragmentOffset);
    ip.SetPayloadSize(static_cast<uint16_t>(packet->GetSize()));
    packet->AddHeader(ip);
    return packet;
}

Ptr<Packet>
OverIpv6()
{
    const auto packet = Tcp();
    Ipv6Header ip;
    ip.SetSource(Ipv6Address("2001:db8::1"));
    ip.SetDestination(Ipv6Address("2001:db8::2"));
    ip.SetNextHeader(TCP_PROTOCOL);
    ip.SetPayloadLength(static_cast<uint16_t>(packet->GetSize()));
    packet->AddHeader(ip);
    return packet;
}

Ptr<Packet>
InPpp(Ptr<Packet> packet, uint16_t protocol)
{
    PppHeader ppp;
    ppp.SetProtocol(protocol);
    packet->AddHeader(ppp);
    return packet;
}

/** In Ethernet, padded to the shortest frame that there is. */
Ptr<Packet>
InEthernet(Ptr<Packet> packet, bool hasLlc)
{
    packet->AddPaddingAtEnd(16);
    uint16_t lengthOrType = 0x0800;
    if (hasLlc)
    {
        LlcSnapHeader llc;
        llc.SetType(lengthOrType);
        packet->AddHeader(llc);
        lengthOrType = static_cast<uint16_t>(packet->GetSize());
    }
    EthernetHeader ethernet(false);
    ethernet.SetDestination(Mac48Address("00:00:00:00:00:09"));
    ethernet.SetLengthType(lengthOrType);
    packet->AddHeader(ethernet);
    return packet;
}

/** @p packet with one octet replaced. */
Ptr<Packet>
With(Ptr<const Packet> packet, uint32_t place, uint8_t octet)
{
    std::vector<uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), packet->GetSize());
    octets.at(place) = octet;
    return Create<Packet>(octets.data(), packet->GetSize());
}

} // namespace

TEST(FoundSegment, IsFoundInFramesOfAnyKind)
{
    const struct
    {
        Ptr<Packet> frame;
        uint32_t begin;
        bool hasAddress;
    } cases[] = {
        {OverIpv4(), 20, false},
        {OverIpv6(), 40, false},
        {InPpp(OverIpv4(), 0x0021), 2 + 20, false},
        {InPpp(OverIpv6(), 0x0057), 2 + 40, false},
        {InEthernet(OverIpv4(), false), 14 + 20, true},
        {InEthernet(OverIpv4(), true), 22 + 20, true},
    };
    for (const auto& each : cases)
    {
        SCOPED_TRACE(each.begin);
        const auto framed = FindSegmentInFrame(each.frame);
        ASSERT_TRUE(framed);
        EXPECT_EQ(framed->begin, each.begin);
        EXPECT_EQ(framed->found.size, SIZE);
        EXPECT_EQ(framed->found.segment.len, PAYLOAD);
        EXPECT_EQ(framed->found.segment.seq, lifecycle::SeqNum(7));
        EXPECT_TRUE(framed->found.segment.Has(Flag::ACK));
        EXPECT_EQ(framed->found.path.local.port, 49152);
        EXPECT_EQ(framed->found.path.remote.port, 80);
        EXPECT_EQ(framed->destination.has_value(), each.hasAddress);
    }
    const auto found = FindSegment(OverIpv4());
    ASSERT_TRUE(found);
    EXPECT_EQ(found->path.local.address, ToCore(Ipv4Address("10.0.0.1")));
    EXPECT_EQ(found->path.remote.address, ToCore(Ipv4Address("10.0.0.2")));
}

TEST(FoundSegment, IsNotFoundWhereNoneBegins)
{
    const auto whole = InPpp(OverIpv4(), 0x0021);
    EXPECT_TRUE(FindSegmentInFrame(whole));
    const Ptr<const Packet> without[] = {
        Create<Packet>(),
        InPpp(OverIpv4(), 0x8021),                   // not of IP
        InPpp(OverIpv4(8), 0x0021),                  // a later fragment
        InPpp(OverIpv4(0, 17), 0x0021),              // UDP
        whole->CreateFragment(0, 2 + 20 + SIZE - 1), // cut short
        With(whole, 2, 0x4f),                        // a header of IP that leaves less than TCP's
        With(whole, 2, 0x44),                        // a header of IP shorter than the shortest
        With(whole, 2 + 20 + 12, 0xf0),              // a header of TCP longer than the segment
        With(whole, 2 + 20 + 12, 0x40),              // a header of TCP shorter than the shortest
    };
    for (const auto& frame : without)
    {
        EXPECT_FALSE(FindSegmentInFrame(frame)) << *frame;
    }
    EXPECT_FALSE(FindSegment(Create<Packet>()));
}
