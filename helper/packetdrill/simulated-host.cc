#include "simulated-host.h"

#include "../../model/wire/segment-codec.h"
#include "../../model/wire/translation.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simple-channel.h"
#include "ns3/simple-net-device.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <regex>
#include <set>
#include <vector>

namespace lifecycle::packetdrill
{

using ns3::lifecycle_internal::ToAddress;
using ns3::lifecycle_internal::ToCore;
using ns3::lifecycle_internal::ToIpv4;
using ns3::lifecycle_internal::ToIpv6;

namespace
{

constexpr std::uint8_t DEFAULT_TTL = 64;
constexpr std::uint32_t INTERFACE = 1;

/** The address that @p whose stands for on an Ethernet of 192.168/16 or in IPv6. */
lifecycle::Address
AddressOf(Whose whose, bool isIpv6, const lifecycle::Address& usual)
{
    switch (whose)
    {
    case Whose::USUAL:
        return usual;
    case Whose::MULTICAST:
        return isIpv6 ? ToCore(ns3::Ipv6Address("ff02::1")) : ToCore(ns3::Ipv4Address("224.0.0.1"));
    case Whose::BROADCAST: // in IPv6 the nearest thing to it
        return isIpv6 ? ToCore(ns3::Ipv6Address("ff02::1"))
                      : ToCore(ns3::Ipv4Address("192.168.255.255"));
    case Whose::UNSPECIFIED:
        return isIpv6 ? ToCore(ns3::Ipv6Address::GetAny()) : ToCore(ns3::Ipv4Address::GetAny());
    }
    return usual;
}

/** Whether ns-3 can read @p value as one of @p type: where it cannot, it often ends the program. */
bool
CanRead(const std::string& type, const std::string& value)
{
    static const std::regex TIME("[0-9]{1,19}([.][0-9]{1,9})?(ns|us|ms|s|min|h|d)");
    static const std::regex DECIMAL("[0-9]{1,9}([.][0-9]{1,9})?");
    static const std::regex WHOLE("[0-9]{1,18}");
    if (type == "ns3::TimeValue")
    {
        constexpr double MOST_SECONDS = 9e9; // of 2^63 ns
        static const std::map<std::string, double> UNITS{{"ns", 1e-9},
                                                         {"us", 1e-6},
                                                         {"ms", 1e-3},
                                                         {"s", 1},
                                                         {"min", 60},
                                                         {"h", 3600},
                                                         {"d", 86400}};
        std::smatch match;
        return std::regex_match(value, match, TIME) &&
               std::stod(value) * UNITS.at(match[2].str()) <= MOST_SECONDS;
    }
    return type == "ns3::UintegerValue" ? std::regex_match(value, WHOLE)
           : type == "ns3::DoubleValue" ? std::regex_match(value, DECIMAL)
                                        : true;
}

} // namespace

SimulatedHost::SimulatedHost(bool isIpv6, std::uint32_t mtu, const std::string& preset)
    : m_isIpv6(isIpv6),
      m_preset(preset),
      m_node(ns3::CreateObject<ns3::Node>())
{
    ns3::Config::SetGlobal("ChecksumEnabled", ns3::BooleanValue(true));
    // No packets of IPv6's own, and no wait before an address may be used.
    ns3::Config::SetDefault("ns3::Icmpv6L4Protocol::DAD", ns3::BooleanValue(false));
    ns3::LifecycleStackHelper stack;
    stack.SetPreset(preset);
    stack.Install(m_node);
    stack.AssignStreams(ns3::NodeContainer(m_node), 1);
    m_tcp = ns3::LifecycleStackHelper::Of(m_node);
    const auto device = ns3::CreateObject<ns3::SimpleNetDevice>();
    device->SetChannel(ns3::CreateObject<ns3::SimpleChannel>());
    device->SetAddress(ns3::Mac48Address::Allocate());
    device->SetMtu(static_cast<std::uint16_t>(mtu));
    m_node->AddDevice(device);
    if (isIpv6)
    {
        const ns3::Ipv6Address local("fd3d:fa7b:d17d::1");
        const auto ip = m_node->GetObject<ns3::Ipv6>();
        const auto interface = ip->AddInterface(device);
        ip->AddAddress(interface, ns3::Ipv6InterfaceAddress(local, ns3::Ipv6Prefix(64)));
        ip->SetUp(interface);
        ns3::Ipv6StaticRoutingHelper().GetStaticRouting(ip)->SetDefaultRoute(
            ns3::Ipv6Address("fd3d:fa7b:d17d::2"),
            interface);
        m_local = ToCore(local);
        m_remote = ToCore(ns3::Ipv6Address("2001:db8::1"));
    }
    else
    {
        const ns3::Ipv4Address local("192.168.0.1");
        const auto ip = m_node->GetObject<ns3::Ipv4>();
        const auto interface = ip->AddInterface(device);
        ip->AddAddress(interface, ns3::Ipv4InterfaceAddress(local, ns3::Ipv4Mask("255.255.0.0")));
        ip->SetUp(interface);
        ns3::Ipv4StaticRoutingHelper().GetStaticRouting(ip)->SetDefaultRoute(
            ns3::Ipv4Address("192.168.0.2"),
            interface);
        m_local = ToCore(local);
        m_remote = ToCore(ns3::Ipv4Address("192.0.2.1"));
    }
    m_tcp->SetDownTarget(ns3::MakeCallback(&SimulatedHost::Sent4, this));
    m_tcp->SetDownTarget6(ns3::MakeCallback(&SimulatedHost::Sent6, this));
    m_tcp->TraceConnectWithoutContext("StateTransition",
                                      ns3::MakeCallback(&SimulatedHost::Moved, this));
    m_tcp->TraceConnectWithoutContext("AcceptQueue",
                                      ns3::MakeCallback(&SimulatedHost::AcceptQueue, this));
    m_tcp->TraceConnectWithoutContext("Tx", ns3::MakeCallback(&SimulatedHost::Counted, this));
}

ns3::Ptr<ns3::LifecycleSocket>
SimulatedHost::CreateSocket() const
{
    const auto socket = ns3::DynamicCast<ns3::LifecycleSocket>(m_tcp->CreateSocket());
    socket->SetAttribute("AutoAccept", ns3::BooleanValue(false));
    return socket;
}

ns3::Address
SimulatedHost::LocalAddress(std::uint16_t port) const
{
    return ToAddress({m_local, port});
}

ns3::Address
SimulatedHost::RemoteAddress(std::uint16_t port) const
{
    return ToAddress({m_remote, port});
}

void
SimulatedHost::Inject(const TcpPacket& packet, std::uint16_t localPort, std::uint16_t remotePort)
{
    Start();
    std::vector<std::uint8_t> octets = EncodeHeader(packet, {remotePort, localPort});
    octets.resize(octets.size() + packet.length);
    const lifecycle::Address source = AddressOf(packet.source, m_isIpv6, m_remote);
    const lifecycle::Address destination = AddressOf(packet.destination, m_isIpv6, m_local);
    const std::uint16_t checksum =
        ns3::lifecycle_internal::TcpChecksum(source, destination, octets.data(), octets.size());
    octets[16] = static_cast<std::uint8_t>(checksum >> 8 ^ (packet.hasBadChecksum ? 1 : 0));
    octets[17] = static_cast<std::uint8_t>(checksum);
    const auto arriving = ns3::Create<ns3::Packet>(octets.data(), octets.size());
    const std::uint8_t octet = packet.ip.tos.value_or(0);
    const auto tos = static_cast<std::uint8_t>((octet & ~3) | packet.ip.ecn.value_or(octet & 3));
    const std::uint8_t ttl = packet.ip.ttl.value_or(DEFAULT_TTL);
    if (m_isIpv6)
    {
        ns3::Ipv6Header header;
        header.SetSource(ToIpv6(source));
        header.SetDestination(ToIpv6(destination));
        header.SetNextHeader(ns3::LifecycleL4Protocol::PROT_NUMBER);
        header.SetPayloadLength(static_cast<std::uint16_t>(octets.size()));
        header.SetTrafficClass(tos);
        header.SetHopLimit(ttl);
        m_tcp->Receive(arriving,
                       header,
                       m_node->GetObject<ns3::Ipv6L3Protocol>()->GetInterface(INTERFACE));
        return;
    }
    ns3::Ipv4Header header;
    header.SetSource(ToIpv4(source));
    header.SetDestination(ToIpv4(destination));
    header.SetProtocol(ns3::LifecycleL4Protocol::PROT_NUMBER);
    header.SetPayloadSize(static_cast<std::uint16_t>(octets.size()));
    header.SetTos(tos);
    header.SetTtl(ttl);
    m_tcp->Receive(arriving,
                   header,
                   m_node->GetObject<ns3::Ipv4L3Protocol>()->GetInterface(INTERFACE));
}

void
SimulatedHost::Inject(const IcmpPacket& packet, std::uint16_t localPort, std::uint16_t remotePort)
{
    TcpPacket quoted;
    quoted.seq = packet.seq;
    const std::vector<std::uint8_t> header = EncodeHeader(quoted, {localPort, remotePort});
    const auto [type, code] = (m_isIpv6 ? packet.overIpv6 : packet.overIpv4).value();
    if (m_isIpv6)
    {
        m_tcp->ReceiveIcmp(ToIpv6(m_remote),
                           DEFAULT_TTL,
                           type,
                           code,
                           packet.mtu,
                           ToIpv6(m_local),
                           ToIpv6(m_remote),
                           header.data());
        return;
    }
    m_tcp->ReceiveIcmp(ToIpv4(m_remote),
                       DEFAULT_TTL,
                       type,
                       code,
                       packet.mtu,
                       ToIpv4(m_local),
                       ToIpv4(m_remote),
                       header.data());
}

bool
SimulatedHost::IsFixed(const std::string& name) const
{
    static const std::set<std::string> SIZES{"SynCacheBuckets",
                                             "SynCacheBucketLimit",
                                             "TimeWaitLimit",
                                             "TimeWaitOverflow"};
    return m_isStarted && SIZES.count(name) > 0;
}

std::uint64_t
SimulatedHost::CountOf(const std::string& name) const
{
    ns3::UintegerValue value;
    m_tcp->GetAttribute(name, value);
    return value.Get();
}

Nanoseconds
SimulatedHost::TimeOf(const std::string& name) const
{
    ns3::TimeValue value;
    m_tcp->GetAttribute(name, value);
    return value.Get().GetNanoSeconds();
}

bool
SimulatedHost::SetAttribute(const std::string& name, const std::string& value)
{
    ns3::TypeId::AttributeInformation attribute;
    const bool isThere =
        ns3::LifecycleL4Protocol::GetTypeId().LookupAttributeByName(name, &attribute);
    return isThere && CanRead(attribute.checker->GetValueTypeName(), value) &&
           m_tcp->SetAttributeFailSafe(name, ns3::StringValue(value));
}

std::string
SimulatedHost::AllowedFor(const std::string& name)
{
    ns3::TypeId::AttributeInformation attribute;
    if (!ns3::LifecycleL4Protocol::GetTypeId().LookupAttributeByName(name, &attribute))
    {
        return "there is no such attribute";
    }
    return attribute.checker->HasUnderlyingTypeInformation()
               ? "it takes " + attribute.checker->GetUnderlyingTypeInformation()
               : "it takes true or false";
}

unsigned
SimulatedHost::CountIn(const std::string& state) const
{
    unsigned count = 0;
    for (const auto& [connection, now] : m_states)
    {
        count += now == state ? 1 : 0;
    }
    return count;
}

unsigned
SimulatedHost::RetransmissionsOf(std::uint64_t connection) const
{
    const auto count = m_retransmissions.find(connection);
    return count == m_retransmissions.end() ? 0 : count->second;
}

void
SimulatedHost::AcceptQueue(uint32_t /* before */, uint32_t now)
{
    m_acceptQueue = now;
}

void
SimulatedHost::Counted(const ns3::LifecycleSegment& segment)
{
    m_retransmissions[segment.connection] += segment.reason == "retransmission" ? 1 : 0;
    const bool counts = segment.flags.find_first_of("SF") != std::string::npos;
    if (segment.reason == "new" && (segment.len > 0 || counts))
    {
        m_ends[segment.connection].push_back(lifecycle::SeqNum(segment.seq) + segment.len +
                                             (counts ? 1 : 0));
    }
}

unsigned
SimulatedHost::UnacknowledgedOf(std::uint64_t connection, lifecycle::SeqNum una) const
{
    const auto ends = m_ends.find(connection);
    return ends == m_ends.end()
               ? 0
               : static_cast<unsigned>(std::count_if(ends->second.begin(),
                                                     ends->second.end(),
                                                     [una](auto end) { return una < end; }));
}

void
SimulatedHost::Moved(const ns3::LifecycleTransition& transition)
{
    const std::string path =
        ns3::LifecycleEndName(transition.local) + " " + ns3::LifecycleEndName(transition.remote);
    if (transition.to == "CLOSED" || transition.to == "LISTEN")
    {
        m_states.erase(path);
    }
    else
    {
        m_states[path] = transition.to;
    }
}

void
SimulatedHost::Sent4(ns3::Ptr<ns3::Packet> packet,
                     ns3::Ipv4Address /* source */,
                     ns3::Ipv4Address /* destination */,
                     uint8_t /* protocol */,
                     ns3::Ptr<ns3::Ipv4Route> /* route */)
{
    ns3::SocketIpTosTag tos;
    ns3::SocketIpTtlTag ttl;
    Sent(packet,
         packet->PeekPacketTag(tos) ? tos.GetTos() : 0,
         packet->PeekPacketTag(ttl) ? ttl.GetTtl() : DEFAULT_TTL);
}

void
SimulatedHost::Sent6(ns3::Ptr<ns3::Packet> packet,
                     ns3::Ipv6Address /* source */,
                     ns3::Ipv6Address /* destination */,
                     uint8_t /* protocol */,
                     ns3::Ptr<ns3::Ipv6Route> /* route */)
{
    ns3::SocketIpv6TclassTag tos;
    ns3::SocketIpv6HopLimitTag ttl;
    Sent(packet,
         packet->PeekPacketTag(tos) ? tos.GetTclass() : 0,
         packet->PeekPacketTag(ttl) ? ttl.GetHopLimit() : DEFAULT_TTL);
}

void
SimulatedHost::Sent(ns3::Ptr<ns3::Packet> packet, std::uint8_t tos, std::uint8_t ttl)
{
    std::vector<std::uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), packet->GetSize());
    const auto segment = DecodeSegment(octets);
    Observed observed;
    observed.time = ns3::Simulator::Now().GetNanoSeconds();
    observed.checksumIsRight =
        segment &&
        ns3::lifecycle_internal::TcpChecksum(m_local, m_remote, octets.data(), octets.size()) == 0;
    observed.packet = segment.value_or(TcpPacket{});
    observed.packet.ip.tos = tos;
    observed.packet.ip.ttl = ttl;
    if (segment)
    {
        observed.localPort = static_cast<std::uint16_t>(octets[0] << 8 | octets[1]);
        observed.remotePort = static_cast<std::uint16_t>(octets[2] << 8 | octets[3]);
    }
    onSent(observed);
}

} // namespace lifecycle::packetdrill
