#include "ip-layer.h"

#include "../wire/translation.h"

#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv6-routing-protocol.h"
#include "ns3/tcp-l4-protocol.h"

#include <algorithm>

namespace ns3::lifecycle_internal
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

} // namespace

void
IpLayer::SetNode(Ptr<Node> node)
{
    m_node = node;
}

void
IpLayer::SetIpv4(Ptr<Ipv4> ipv4)
{
    m_ipv4 = ipv4;
}

void
IpLayer::SetIpv6(Ptr<Ipv6> ipv6)
{
    m_ipv6 = ipv6;
}

void
IpLayer::SetDownTarget(IpL4Protocol::DownTargetCallback target)
{
    m_downTarget = target;
}

void
IpLayer::SetDownTarget6(IpL4Protocol::DownTargetCallback6 target)
{
    m_downTarget6 = target;
}

IpL4Protocol::DownTargetCallback
IpLayer::GetDownTarget() const
{
    return m_downTarget;
}

IpL4Protocol::DownTargetCallback6
IpLayer::GetDownTarget6() const
{
    return m_downTarget6;
}

Ptr<Node>
IpLayer::GetNode() const
{
    return m_node;
}

lifecycle::Address
Route::Source() const
{
    return v4 ? ToCore(v4->GetSource()) : ToCore(v6->GetSource());
}

Ptr<NetDevice>
Route::Device() const
{
    return v4 ? v4->GetOutputDevice() : v6->GetOutputDevice();
}

Route
IpLayer::RouteTo(const lifecycle::Address& source,
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
        header.SetProtocol(TcpL4Protocol::PROT_NUMBER);
        route.v4 = m_ipv4->GetRoutingProtocol()->RouteOutput(nullptr, header, device, error);
    }
    if (destination.family == lifecycle::Family::IPV6 && m_ipv6 && m_ipv6->GetRoutingProtocol())
    {
        Ipv6Header header;
        header.SetSource(ToIpv6(source));
        header.SetDestination(ToIpv6(destination));
        header.SetNextHeader(TcpL4Protocol::PROT_NUMBER);
        route.v6 = m_ipv6->GetRoutingProtocol()->RouteOutput(nullptr, header, device, error);
    }
    return route;
}

uint16_t
IpLayer::MssLimit(const Route& route) const
{
    return PayloadOf(route.Device()->GetMtu(), route.Source().family);
}

uint16_t
IpLayer::MssLimit(const lifecycle::Address& local) const
{
    const bool isIpv4 = local.family == lifecycle::Family::IPV4;
    return PayloadOf(isIpv4 ? LeastMtu(m_ipv4) : LeastMtu(m_ipv6), local.family);
}

bool
IpLayer::HasAddress(const lifecycle::Address& address) const
{
    return address.family == lifecycle::Family::IPV4
               ? m_ipv4->GetInterfaceForAddress(ToIpv4(address)) >= 0
               : m_ipv6->GetInterfaceForAddress(ToIpv6(address)) >= 0;
}

bool
IpLayer::Speaks(const lifecycle::Address& address) const
{
    return address.family == lifecycle::Family::IPV4 ? bool(m_ipv4) : bool(m_ipv6);
}

void
IpLayer::Send(Ptr<Packet> packet,
              const lifecycle::Address& source,
              const lifecycle::Address& destination,
              const Route& route) const
{
    const uint8_t protocol = TcpL4Protocol::PROT_NUMBER;
    if (route.v4)
    {
        m_downTarget(packet, ToIpv4(source), ToIpv4(destination), protocol, route.v4);
        return;
    }
    m_downTarget6(packet, ToIpv6(source), ToIpv6(destination), protocol, route.v6);
}

} // namespace ns3::lifecycle_internal
