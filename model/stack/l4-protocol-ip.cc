// What passes between TCP and IP: segments down and up, ICMP errors, routes.

#include "host-driver.h"
#include "lifecycle-l4-protocol.h"
#include "segment-codec.h"
#include "translation.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-routing-protocol.h"

#include <algorithm>

namespace ns3
{

namespace
{

constexpr uint32_t IPV4_AND_TCP_HEADER = 40; // without options, RFC 9293 3.7.1
constexpr uint32_t IPV6_AND_TCP_HEADER = 60;

/** The payload that fits a packet of @p mtu octets; at least 1. */
uint16_t
PayloadOf(uint32_t mtu, lifecycle::Family family)
{
    const uint32_t headers =
        family == lifecycle::Family::IPV4 ? IPV4_AND_TCP_HEADER : IPV6_AND_TCP_HEADER;
    return static_cast<uint16_t>(std::max(std::min(mtu, 65535u), headers + 1) - headers);
}

constexpr uint8_t DIFFERENTIATED_SERVICES = 0xfc; // of the octet; the rest is ECN's, RFC 3168 5

/** The user's differentiated services with @p ecn, which is TCP's alone. RFC 2474 3. */
void
SetCodepoint(Ptr<Packet> packet, lifecycle::EcnCodepoint ecn, lifecycle::Family family)
{
    SocketIpTosTag tos;
    SocketIpv6TclassTag tclass;
    const auto codepoint = static_cast<uint8_t>(ecn);
    if (family == lifecycle::Family::IPV4)
    {
        const uint8_t set = packet->PeekPacketTag(tos) ? tos.GetTos() : 0;
        tos.SetTos((set & DIFFERENTIATED_SERVICES) | codepoint);
        packet->ReplacePacketTag(tos);
        return;
    }
    const uint8_t set = packet->PeekPacketTag(tclass) ? tclass.GetTclass() : 0;
    tclass.SetTclass((set & DIFFERENTIATED_SERVICES) | codepoint);
    packet->ReplacePacketTag(tclass);
}

template <class Ip>
uint32_t
LeastMtu(Ptr<Ip> ip)
{
    uint32_t mtu = 65535;
    for (uint32_t i = 0; i < ip->GetNInterfaces(); ++i)
    {
        mtu = std::min<uint32_t>(mtu, ip->GetMtu(i));
    }
    return mtu;
}

/** Whether @p address is the broadcast address of a subnet of @p interface. */
bool
IsBroadcastOn(Ptr<Ipv4Interface> interface, Ipv4Address address)
{
    for (uint32_t i = 0; interface && i < interface->GetNAddresses(); ++i)
    {
        const Ipv4InterfaceAddress own = interface->GetAddress(i);
        if (address == own.GetBroadcast() && address != own.GetLocal())
        {
            return true;
        }
    }
    return false;
}

} // namespace

int
LifecycleL4Protocol::GetProtocolNumber() const
{
    return PROT_NUMBER;
}

struct LifecycleL4Protocol::Arrival
{
    lifecycle::Address source;
    lifecycle::Address destination;
    lifecycle::EcnCodepoint ecn;
    bool isBroadcast;
    Ptr<NetDevice> device;
};

IpL4Protocol::RxStatus
LifecycleL4Protocol::Receive(Ptr<Packet> packet,
                             const Ipv4Header& header,
                             Ptr<Ipv4Interface> incomingInterface)
{
    return Take(packet,
                {ToCore(header.GetSource()),
                 ToCore(header.GetDestination()),
                 static_cast<lifecycle::EcnCodepoint>(header.GetEcn()), // RFC 3168 5, both
                 IsBroadcastOn(incomingInterface, header.GetDestination()),
                 incomingInterface ? incomingInterface->GetDevice() : nullptr});
}

IpL4Protocol::RxStatus
LifecycleL4Protocol::Receive(Ptr<Packet> packet,
                             const Ipv6Header& header,
                             Ptr<Ipv6Interface> incomingInterface)
{
    return Take(packet,
                {ToCore(header.GetSource()),
                 ToCore(header.GetDestination()),
                 static_cast<lifecycle::EcnCodepoint>(header.GetEcn()), // RFC 3168 5, both
                 false,
                 incomingInterface ? incomingInterface->GetDevice() : nullptr});
}

void
LifecycleL4Protocol::ReceiveIcmp(Ipv4Address /* icmpSource */,
                                 uint8_t /* icmpTtl */,
                                 uint8_t icmpType,
                                 uint8_t icmpCode,
                                 uint32_t icmpInfo,
                                 Ipv4Address payloadSource,
                                 Ipv4Address payloadDestination,
                                 const uint8_t payload[8])
{
    TakeIcmp(ToCore(payloadSource),
             ToCore(payloadDestination),
             icmpType,
             icmpCode,
             icmpInfo,
             payload);
}

void
LifecycleL4Protocol::ReceiveIcmp(Ipv6Address /* icmpSource */,
                                 uint8_t /* icmpTtl */,
                                 uint8_t icmpType,
                                 uint8_t icmpCode,
                                 uint32_t icmpInfo,
                                 Ipv6Address payloadSource,
                                 Ipv6Address payloadDestination,
                                 const uint8_t payload[8])
{
    TakeIcmp(ToCore(payloadSource),
             ToCore(payloadDestination),
             icmpType,
             icmpCode,
             icmpInfo,
             payload);
}

void
LifecycleL4Protocol::TakeIcmp(const lifecycle::Address& local,
                              const lifecycle::Address& remote,
                              uint8_t type,
                              uint8_t code,
                              uint32_t info,
                              const uint8_t* payload)
{
    const auto kind = lifecycle::KindOfIcmp(local.family, type, code);
    if (m_isDown || !kind)
    {
        return;
    }
    // The first eight octets of our segment come back: its ports and its sequence number.
    const auto number = [payload](int from, int size) {
        uint32_t value = 0;
        for (int i = from; i < from + size; ++i)
        {
            value = value << 8 | payload[i];
        }
        return value;
    };
    const lifecycle::FourTuple path{{local, static_cast<uint16_t>(number(0, 2))},
                                    {remote, static_cast<uint16_t>(number(2, 2))}};
    m_driver->IcmpArrives(path, {*kind, lifecycle::SeqNum(number(4, 4)), info});
}

IpL4Protocol::RxStatus
LifecycleL4Protocol::Take(Ptr<Packet> packet, const Arrival& arrival)
{
    SegmentHeader tcp;
    if (Node::ChecksumEnabled())
    {
        tcp.EnableChecksum(arrival.source, arrival.destination);
    }
    packet->PeekHeader(tcp);
    const TcpHeaderFields& fields = tcp.Fields();
    const lifecycle::FourTuple path{{arrival.destination, fields.destinationPort},
                                    {arrival.source, fields.sourcePort}};
    lifecycle::Segment segment = fields.segment;
    if (!tcp.IsChecksumRight())
    {
        TraceDrop(path, segment, packet, "bad checksum", 0);
        return RX_CSUM_FAILED;
    }
    if (!tcp.IsWellFormed())
    {
        TraceDrop(path, segment, packet, "malformed header", 0);
        return RX_OK;
    }
    packet->RemoveAtStart(static_cast<uint32_t>(fields.length));
    segment.len = packet->GetSize();
    segment.ecn = arrival.ecn;
    if (m_isDown || !m_node)
    {
        TraceDrop(path, segment, packet, "host is down", 0);
        return RX_OK;
    }
    if (arrival.isBroadcast)
    {
        TraceDrop(path, segment, packet, "invalid address", 0); // RFC 9293 3.9.2.3, MUST-57
        return RX_OK;
    }
    return m_driver->SegmentArrives(path, segment, packet, arrival.device) ? RX_OK
                                                                           : RX_ENDPOINT_CLOSED;
}

void
LifecycleL4Protocol::SetDownTarget(DownTargetCallback callback)
{
    m_downTarget = callback;
}

void
LifecycleL4Protocol::SetDownTarget6(DownTargetCallback6 callback)
{
    m_downTarget6 = callback;
}

IpL4Protocol::DownTargetCallback
LifecycleL4Protocol::GetDownTarget() const
{
    return m_downTarget;
}

IpL4Protocol::DownTargetCallback6
LifecycleL4Protocol::GetDownTarget6() const
{
    return m_downTarget6;
}

lifecycle::Address
LifecycleL4Protocol::Route::Source() const
{
    return v4 ? ToCore(v4->GetSource()) : ToCore(v6->GetSource());
}

Ptr<NetDevice>
LifecycleL4Protocol::Route::Device() const
{
    return v4 ? v4->GetOutputDevice() : v6->GetOutputDevice();
}

LifecycleL4Protocol::Route
LifecycleL4Protocol::RouteTo(const lifecycle::Address& source,
                             const lifecycle::Address& destination,
                             Ptr<NetDevice> device) const
{
    Socket::SocketErrno error = Socket::ERROR_NOTERROR;
    Route route;
    if (destination.family == lifecycle::Family::IPV4 && m_ipv4 && m_ipv4->GetRoutingProtocol())
    {
        Ipv4Header header;
        header.SetSource(ToIpv4(source));
        header.SetDestination(ToIpv4(destination));
        header.SetProtocol(PROT_NUMBER);
        route.v4 = m_ipv4->GetRoutingProtocol()->RouteOutput(nullptr, header, device, error);
    }
    if (destination.family == lifecycle::Family::IPV6 && m_ipv6 && m_ipv6->GetRoutingProtocol())
    {
        Ipv6Header header;
        header.SetSource(ToIpv6(source));
        header.SetDestination(ToIpv6(destination));
        header.SetNextHeader(PROT_NUMBER);
        route.v6 = m_ipv6->GetRoutingProtocol()->RouteOutput(nullptr, header, device, error);
    }
    return route;
}

uint16_t
LifecycleL4Protocol::MssLimit(const Route& route) const
{
    return PayloadOf(route.Device()->GetMtu(), route.Source().family);
}

uint16_t
LifecycleL4Protocol::MssLimit(const lifecycle::Address& local) const
{
    const bool isIpv4 = local.family == lifecycle::Family::IPV4;
    return PayloadOf(isIpv4 ? LeastMtu(m_ipv4) : LeastMtu(m_ipv6), local.family);
}

bool
LifecycleL4Protocol::HasAddress(const lifecycle::Address& address) const
{
    return address.family == lifecycle::Family::IPV4
               ? m_ipv4->GetInterfaceForAddress(ToIpv4(address)) >= 0
               : m_ipv6->GetInterfaceForAddress(ToIpv6(address)) >= 0;
}

bool
LifecycleL4Protocol::Speaks(const lifecycle::Address& address) const
{
    return address.family == lifecycle::Family::IPV4 ? bool(m_ipv4) : bool(m_ipv6);
}

void
LifecycleL4Protocol::SendDown(const lifecycle::SendSegment& send,
                              Ptr<Packet> packet,
                              Ptr<NetDevice> device)
{
    const lifecycle::Address& source = send.path.local.address;
    const lifecycle::Address& destination = send.path.remote.address;
    const bool isSyn = send.segment.Has(lifecycle::Flag::SYN);
    const auto order = isSyn ? Config().host.synOptionOrder : lifecycle::SynOptionOrder{};
    SegmentHeader tcp(send.segment, send.path, order);
    if (Node::ChecksumEnabled())
    {
        tcp.EnableChecksum(source, destination);
    }
    packet->AddHeader(tcp);
    SetCodepoint(packet, send.segment.ecn, source.family);
    const Route route = RouteTo(source, destination, device);
    if (!route)
    {
        TraceDrop(send.path, send.segment, packet, "no route", m_driver->NumberOf(send.id));
        return;
    }
    TraceTx(send, packet);
    if (route.v4)
    {
        m_downTarget(packet, ToIpv4(source), ToIpv4(destination), PROT_NUMBER, route.v4);
        return;
    }
    m_downTarget6(packet, ToIpv6(source), ToIpv6(destination), PROT_NUMBER, route.v6);
}

} // namespace ns3
