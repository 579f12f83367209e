#include "world.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/icmpv6-l4-protocol.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simple-net-device-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/tcp-socket-base.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace bench
{

using namespace ns3;

const std::vector<std::string> STACK_NAMES{"ours", "stock", "stock-plain", "floor"};

namespace
{

Ipv6Address
Ipv6AddressOf(bool isClient)
{
    return Ipv6Address(isClient ? "2001:db8::1" : "2001:db8::2");
}

void
AssignIpv4(Ptr<NetDevice> device, bool isClient)
{
    // Not by Ipv4AddressHelper, which would put a queue discipline in front of the device's queue.
    const Ptr<Ipv4> ipv4 = device->GetNode()->GetObject<Ipv4>();
    const uint32_t interface = ipv4->AddInterface(device);
    ipv4->AddAddress(interface, Ipv4InterfaceAddress(AddressOf(isClient), Ipv4Mask("/30")));
    ipv4->SetMetric(interface, 1);
    ipv4->SetUp(interface);
}

void
AssignIpv6(Ptr<NetDevice> device, bool isClient)
{
    const Ptr<Node> node = device->GetNode();
    // Without duplicate address detection, which would keep the address unusable for a second.
    node->GetObject<Icmpv6L4Protocol>()->SetAttribute("DAD", BooleanValue(false));
    const Ptr<Ipv6> ipv6 = node->GetObject<Ipv6>();
    const uint32_t interface = ipv6->AddInterface(device);
    ipv6->SetMetric(interface, 1);
    ipv6->SetUp(interface);
    ipv6->AddAddress(interface, Ipv6InterfaceAddress(Ipv6AddressOf(isClient), Ipv6Prefix(64)));
}

void
InstallOurs(const WorldConfig& config, const NodeContainer& nodes)
{
    LifecycleStackHelper stack;
    stack.SetIpv6StackInstall(config.isIpv6);
    stack.SetAttribute("Msl", TimeValue(Seconds(config.msl)));
    for (const auto& [name, value] : config.settings)
    {
        stack.SetAttribute(name, StringValue(value));
    }
    stack.Install(nodes);
    stack.AssignStreams(nodes, 1000);
}

void
InstallStock(const WorldConfig& config, const NodeContainer& nodes)
{
    Config::SetDefault("ns3::TcpSocketBase::MaxSegLifetime", DoubleValue(config.msl));
    if (config.stack == Stack::STOCK_PLAIN)
    {
        Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::TcpNewReno"));
        for (const char* option : {"Sack", "Timestamp", "WindowScaling"})
        {
            Config::SetDefault(std::string("ns3::TcpSocketBase::") + option, BooleanValue(false));
        }
    }
    InternetStackHelper stack;
    stack.SetIpv6StackInstall(config.isIpv6);
    stack.Install(nodes);
    stack.AssignStreams(nodes, 1000);
}

} // namespace

Stack
StackOf(const std::string& name)
{
    const auto found = std::find(STACK_NAMES.begin(), STACK_NAMES.end(), name);
    return static_cast<Stack>(found - STACK_NAMES.begin());
}

Ipv4Address
AddressOf(bool isClient)
{
    return Ipv4Address(isClient ? "10.0.0.1" : "10.0.0.2");
}

World::World(const WorldConfig& config)
    : m_config(config),
      m_client(CreateObject<Node>()),
      m_server(CreateObject<Node>())
{
    NodeContainer hosts(m_server);
    if (!config.clientIsBare)
    {
        hosts.Add(m_client);
    }
    if (config.stack == Stack::OURS)
    {
        InstallOurs(config, hosts);
    }
    else
    {
        InstallStock(config, hosts);
    }
    SimpleNetDeviceHelper link;
    link.SetNetDevicePointToPointMode(true); // no ARP
    link.SetQueue("ns3::DropTailQueue<Packet>", "MaxSize", StringValue("1000000p"));
    link.SetChannelAttribute("Delay", TimeValue(Seconds(config.delay)));
    m_devices = link.Install(NodeContainer(m_client, m_server));
    for (uint32_t i = 0; i < hosts.GetN(); ++i)
    {
        const bool isClient = hosts.Get(i) == m_client;
        const Ptr<NetDevice> device = Device(isClient);
        config.isIpv6 ? AssignIpv6(device, isClient) : AssignIpv4(device, isClient);
    }
    if (config.clientIsBare) // its addresses are anybody's
    {
        Ipv4StaticRoutingHelper()
            .GetStaticRouting(m_server->GetObject<Ipv4>())
            ->SetDefaultRoute(AddressOf(true), 1);
    }
}

Address
World::ServerAt(std::uint16_t port) const
{
    return m_config.isIpv6 ? Address(Inet6SocketAddress(Ipv6AddressOf(false), port))
                           : Address(InetSocketAddress(AddressOf(false), port));
}

Address
World::AnyAt(std::uint16_t port) const
{
    return m_config.isIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), port))
                           : Address(InetSocketAddress(Ipv4Address::GetAny(), port));
}

void
Wire::Watch(const World& world, bool keeps)
{
    m_keeps = keeps;
    for (const bool isClient : {true, false})
    {
        const auto note = [this, isClient](const Ipv4Header&, Ptr<const Packet> packet, uint32_t) {
            Note(isClient, packet);
        };
        const Ptr<Node> node = isClient ? world.Client() : world.Server();
        node->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
            "SendOutgoing",
            Callback<void, const Ipv4Header&, Ptr<const Packet>, uint32_t>(note));
    }
}

void
Wire::Note(bool fromClient, Ptr<const Packet> packet)
{
    ++m_packets;
    m_octets += packet->GetSize();
    if (m_keeps)
    {
        m_log.push_back({Simulator::Now().GetSeconds(), fromClient, packet->GetSize()});
    }
}

} // namespace bench
