// What passes between TCP and IP: segments down and up, ICMP errors, routes.

#include "../wire/segment-codec.h"
#include "../wire/translation.h"
#include "lifecycle-l4-protocol.h"
#include "node-stack.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv6-interface.h"
#include "ns3/node.h"
#include "ns3/socket.h"

namespace ns3
{

using namespace lifecycle_internal;

namespace
{

// Bits of the TOS or traffic class. ECN has the other bits, RFC 3168 5.
constexpr uint8_t DIFFERENTIATED_SERVICES = 0xfc;

/** Adds @p ecn, which TCP alone sets, to the differentiated services of the user. RFC 2474 3. */
void
SetCodepoint(Ptr<Packet> packet, lifecycle::EcnCodepoint ecn, lifecycle::Family family)
{
    const auto codepoint = static_cast<uint8_t>(ecn);
    if (family == lifecycle::Family::IPV4)
    {
        SocketIpTosTag tos;
        const uint8_t set = packet->PeekPacketTag(tos) ? tos.GetTos() : 0;
        tos.SetTos((set & DIFFERENTIATED_SERVICES) | codepoint);
        if (tos.GetTos() != set) // without a tag IP sends 0
        {
            packet->ReplacePacketTag(tos);
        }
        return;
    }
    SocketIpv6TclassTag tclass;
    const uint8_t set = packet->PeekPacketTag(tclass) ? tclass.GetTclass() : 0;
    tclass.SetTclass((set & DIFFERENTIATED_SERVICES) | codepoint);
    if (tclass.GetTclass() != set)
    {
        packet->ReplacePacketTag(tclass);
    }
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
                 // RFC 3168 5 gives the codepoints of both enumerations.
                 static_cast<lifecycle::EcnCodepoint>(header.GetEcn()),
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
                 // RFC 3168 5 gives the codepoints of both enumerations.
                 static_cast<lifecycle::EcnCodepoint>(header.GetEcn()),
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
    if (IsDown() || !kind)
    {
        return;
    }
    // The payload is the first eight octets of our segment: ports and sequence number.
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
    m_stack->driver.IcmpArrives(path, {*kind, lifecycle::SeqNum(number(4, 4)), info});
}

IpL4Protocol::RxStatus
LifecycleL4Protocol::Take(Ptr<Packet> packet, const Arrival& arrival)
{
    SegmentHeader tcp;
    if (Node::ChecksumEnabled())
    {
        tcp.EnableChecksum(arrival.source, arrival.destination);
    }
    tcp.Peek(packet);
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
    if (IsDown() || !m_stack->ip.GetNode())
    {
        TraceDrop(path, segment, packet, "host is down", 0);
        return RX_OK;
    }
    if (arrival.isBroadcast)
    {
        TraceDrop(path, segment, packet, "invalid address", 0); // RFC 9293 3.9.2.3, MUST-57
        return RX_OK;
    }
    const bool isKnown = m_stack->driver.SegmentArrives(path, segment, packet, arrival.device);
    return isKnown ? RX_OK : RX_ENDPOINT_CLOSED;
}

void
LifecycleL4Protocol::SetDownTarget(DownTargetCallback callback)
{
    m_stack->ip.SetDownTarget(callback);
}

void
LifecycleL4Protocol::SetDownTarget6(DownTargetCallback6 callback)
{
    m_stack->ip.SetDownTarget6(callback);
}

IpL4Protocol::DownTargetCallback
LifecycleL4Protocol::GetDownTarget() const
{
    return m_stack->ip.GetDownTarget();
}

IpL4Protocol::DownTargetCallback6
LifecycleL4Protocol::GetDownTarget6() const
{
    return m_stack->ip.GetDownTarget6();
}

void
LifecycleL4Protocol::SegmentLeaves(const lifecycle::SendSegment& send,
                                   Ptr<Packet> packet,
                                   Ptr<NetDevice> device,
                                   uint64_t connection)
{
    const lifecycle::Address& source = send.path.local.address;
    const lifecycle::Address& destination = send.path.remote.address;
    const bool isSyn = send.segment.Has(lifecycle::Flag::SYN);
    const auto order =
        isSyn ? m_stack->settings.InForce().host.synOptionOrder : lifecycle::SynOptionOrder{};
    SegmentHeader tcp(send.segment, send.path, order);
    if (Node::ChecksumEnabled())
    {
        tcp.EnableChecksum(source, destination);
    }
    packet->AddHeader(tcp);
    SetCodepoint(packet, send.segment.ecn, source.family);
    const IpLayer& ip = m_stack->ip;
    const Route route = ip.RouteTo(source, destination, device);
    if (!route)
    {
        TraceDrop(send.path, send.segment, packet, "no route", connection);
        return;
    }
    TraceTx(send, packet, connection);
    if (ip.GetNode()) // a sink of Tx may have ended the node
    {
        ip.Send(packet, source, destination, route);
    }
}

} // namespace ns3
