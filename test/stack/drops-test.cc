// What ns-3 itself drops is told in segments.csv: why, and where. Nothing else is told to be lost.

#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/drop-tail-queue.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/lifecycle-trace-helper.h"
#include "ns3/names.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/point-to-point-channel.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/pointer.h"
#include "ns3/queue-size.h"
#include "ns3/queue.h"
#include "ns3/simple-net-device-helper.h"
#include "ns3/simple-net-device.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/traffic-control-helper.h"
#include "ns3/uinteger.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace lifecycle::test
{
namespace
{

using namespace ns3;

/** A link that carries nothing. */
class CutChannel : public PointToPointChannel
{
  public:
    bool TransmitStart(Ptr<const Packet> /* packet */,
                       Ptr<PointToPointNetDevice> /* sender */,
                       Time /* txTime */) override
    {
        return false;
    }
};

/** client - router - server, each link with what the test chooses. */
class Drops : public testing::Test
{
  protected:
    Drops()
        : m_folder(testing::TempDir() +
                   testing::UnitTest::GetInstance()->current_test_info()->name()),
          nodes(3)
    {
        for (uint32_t i = 0; i < 3; ++i)
        {
            Names::Add(std::vector<std::string>{"client", "router", "server"}[i], nodes.Get(i));
        }
        LifecycleStackHelper().Install(nodes);
        link.SetDeviceAttribute("DataRate", StringValue("1Mbps"));
    }

    ~Drops() override
    {
        Simulator::Destroy();
        Names::Clear();
        std::filesystem::remove_all(m_folder);
    }

    /** Links, addresses and routes: the client's network is 1, the server's is 2. */
    void Build()
    {
        near = link.Install(nodes.Get(0), nodes.Get(1));
        far = link.Install(nodes.Get(1), nodes.Get(2));
        Ipv4AddressHelper("10.0.1.0", "255.255.255.0").Assign(near);
        Ipv4AddressHelper("10.0.2.0", "255.255.255.0").Assign(far);
        Ipv4StaticRoutingHelper routes;
        routes.GetStaticRouting(nodes.Get(0)->GetObject<Ipv4>())->SetDefaultRoute("10.0.1.2", 1);
        routes.GetStaticRouting(nodes.Get(2)->GetObject<Ipv4>())->SetDefaultRoute("10.0.2.1", 1);
    }

    void BuildIpv6()
    {
        near = link.Install(nodes.Get(0), nodes.Get(1));
        far = link.Install(nodes.Get(1), nodes.Get(2));
        nodes.Get(1)->GetObject<Ipv6>()->SetAttribute("IpForward", BooleanValue(true));
        Ipv6AddressHelper addresses;
        addresses.SetBase("fd00:1::", 64);
        auto interfaces = addresses.Assign(near);
        interfaces.SetForwarding(1, true);
        interfaces.SetDefaultRouteInAllNodes(1);
        addresses.SetBase("fd00:2::", 64);
        interfaces = addresses.Assign(far);
        interfaces.SetForwarding(0, true);
        interfaces.SetDefaultRouteInAllNodes(0);
        m_server = Inet6SocketAddress(interfaces.GetAddress(1, 1), 80);
    }

    /** Sends so much, from 3 s on, that a queue of one packet overflows. */
    void SendMuch()
    {
        const Address any = InetSocketAddress::IsMatchingType(m_server)
                                ? Address(InetSocketAddress(Ipv4Address::GetAny(), 80))
                                : Address(Inet6SocketAddress(Ipv6Address::GetAny(), 80));
        PacketSinkHelper("ns3::TcpSocketFactory", any).Install(nodes.Get(2));
        BulkSendHelper source("ns3::TcpSocketFactory", m_server);
        source.SetAttribute("MaxBytes", UintegerValue(100000));
        source.Install(nodes.Get(0)).Start(Seconds(3));
    }

    /** A SYN of the client, at 3 s. */
    void Connect(const Address& remote, uint8_t ttl = 64)
    {
        Simulator::ScheduleWithContext(nodes.Get(0)->GetId(), Seconds(3), [this, remote, ttl] {
            const auto socket = Socket::CreateSocket(nodes.Get(0), TcpSocketFactory::GetTypeId());
            socket->SetIpTtl(ttl);
            socket->SetIpv6HopLimit(ttl);
            socket->Connect(remote);
        });
    }

    /** Has @p device send slowly, behind a queue and a queue disc of one packet each. */
    static void Narrow(Ptr<NetDevice> device)
    {
        device->SetAttribute("DataRate", StringValue("100kbps"));
        PointerValue queue;
        device->GetAttribute("TxQueue", queue);
        queue.Get<Queue<Packet>>()->SetMaxSize(QueueSize("1p"));
        TrafficControlHelper control;
        control.SetRootQueueDisc("ns3::FifoQueueDisc", "MaxSize", StringValue("1p"));
        control.Uninstall(device);
        control.Install(device);
    }

    /** Why and where segments were lost, as `queue router/1`; runs for a minute. */
    std::set<std::string> Lost()
    {
        LifecycleTraceHelper trace(m_folder);
        trace.Install(NodeContainer(nodes.Get(0), nodes.Get(2))); // the router is no host
        Simulator::Stop(Minutes(1));
        Simulator::Run();
        trace.Finish();
        std::ifstream table(m_folder + "/segments.csv");
        std::set<std::string> found;
        for (std::string line; std::getline(table, line);)
        {
            if (line.find(",lost,") != std::string::npos)
            {
                const auto where = line.rfind(',');
                const auto why = line.rfind(',', where - 1);
                found.insert(line.substr(why + 1, where - why - 1) + " " + line.substr(where + 1));
            }
        }
        return found;
    }

    /** `router/2` for a device of the router. */
    static std::string At(const std::string& node, Ptr<NetDevice> device)
    {
        return node + "/" + std::to_string(device->GetIfIndex());
    }

    std::string m_folder;
    Address m_server{InetSocketAddress("10.0.2.2", 80)};
    NodeContainer nodes;
    PointToPointHelper link;
    NetDeviceContainer near;
    NetDeviceContainer far;
};

TEST_F(Drops, NothingIsLostWhereNothingIsDropped)
{
    Build();
    Connect(m_server);
    EXPECT_EQ(Lost(), std::set<std::string>{});
}

TEST_F(Drops, QueueOfADeviceIsFull)
{
    link.SetQueue("ns3::DropTailQueue", "MaxSize", QueueSizeValue(QueueSize("1p")));
    link.DisableFlowControl(); // so that no queue disc is installed, and the device drops
    Build();
    SendMuch();
    EXPECT_EQ(Lost(), std::set<std::string>{"queue " + At("client", near.Get(0))});
}

TEST_F(Drops, QueueOfADeviceWithFlowControlIsFull)
{
    link.SetQueue("ns3::DropTailQueue", "MaxSize", QueueSizeValue(QueueSize("1p")));
    Build();
    TrafficControlHelper().Uninstall(near);
    TrafficControlHelper().Uninstall(far);
    SendMuch();
    EXPECT_EQ(Lost(), std::set<std::string>{"queue client"});
}

TEST_F(Drops, QueueDiscOfARouterIsFull)
{
    Build();
    Narrow(far.Get(0));
    SendMuch();
    EXPECT_EQ(Lost(), std::set<std::string>{"queue " + At("router", far.Get(0))});
}

TEST_F(Drops, QueueDiscOfARouterIsFullOverIpv6)
{
    BuildIpv6();
    Narrow(far.Get(0));
    SendMuch();
    EXPECT_EQ(Lost(), std::set<std::string>{"queue " + At("router", far.Get(0))});
}

TEST_F(Drops, RouterHasNoRoute)
{
    Build();
    Connect(InetSocketAddress("10.9.9.9", 80));
    EXPECT_EQ(Lost(), std::set<std::string>{"no route router"});
}

TEST_F(Drops, TimeToLiveEnds)
{
    Build();
    Connect(m_server, 1);
    EXPECT_EQ(Lost(), std::set<std::string>{"TTL expired router"});
}

TEST_F(Drops, HopLimitIsReached)
{
    BuildIpv6();
    Connect(m_server, 1);
    EXPECT_EQ(Lost(), std::set<std::string>{"hop limit reached router"});
}

TEST_F(Drops, LinkCarriesNothing)
{
    Build();
    const auto cut = CreateObject<CutChannel>();
    const auto device = CreateObject<PointToPointNetDevice>();
    const auto other = CreateObject<PointToPointNetDevice>();
    NetDeviceContainer ends;
    for (const auto& [node, end] :
         {std::pair(nodes.Get(0), device), std::pair(nodes.Get(2), other)})
    {
        end->SetAddress(Mac48Address::Allocate());
        end->SetQueue(CreateObject<DropTailQueue<Packet>>());
        node->AddDevice(end);
        end->Attach(cut);
        ends.Add(end);
    }
    Ipv4AddressHelper("10.0.3.0", "255.255.255.0").Assign(ends);
    Connect(InetSocketAddress("10.0.3.2", 80));
    EXPECT_EQ(Lost(), std::set<std::string>{"not transmitted " + At("client", device)});
}

TEST_F(Drops, NobodyAnswersArp)
{
    const auto devices = SimpleNetDeviceHelper().Install(NodeContainer(nodes.Get(0), nodes.Get(2)));
    Ipv4AddressHelper("10.0.4.0", "255.255.255.0").Assign(devices);
    Connect(InetSocketAddress("10.0.4.99", 80));
    EXPECT_EQ(Lost(), std::set<std::string>{"no ARP answer client"});
}

TEST_F(Drops, QueueOfASimpleDeviceIsFull)
{
    SimpleNetDeviceHelper simple;
    simple.SetQueue("ns3::DropTailQueue", "MaxSize", QueueSizeValue(QueueSize("1p")));
    simple.SetDeviceAttribute("DataRate", StringValue("1Mbps"));
    simple.SetNetDevicePointToPointMode(true);
    simple.DisableFlowControl();
    const auto devices = simple.Install(NodeContainer(nodes.Get(0), nodes.Get(2)));
    const auto addresses = Ipv4AddressHelper("10.0.4.0", "255.255.255.0").Assign(devices);
    m_server = InetSocketAddress(addresses.GetAddress(1), 80);
    SendMuch();
    EXPECT_EQ(Lost(), std::set<std::string>{"queue " + At("client", devices.Get(0))});
}

} // namespace
} // namespace lifecycle::test
