// What a script that was written for ns-3's own TCP meets when LifecycleStackHelper takes the place of
// InternetStackHelper.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/global-value.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/names.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/string.h"
#include "ns3/trace-helper.h"
#include "ns3/uinteger.h"

#include <cstdio>
#include <filesystem>
#include <fstream>

using namespace ns3;

namespace
{

/** ASCII traces print packets, and ns-3 asserts that this is asked for before the first is sent. */
class PrintedPackets : public testing::Environment
{
  public:
    void SetUp() override
    {
        Packet::EnablePrinting();
    }
};

[[maybe_unused]] const auto* const PRINTED_PACKETS =
    testing::AddGlobalTestEnvironment(new PrintedPackets);

/** Attribute @p name of @p object as text. */
std::string
Get(Ptr<Object> object, const std::string& name)
{
    StringValue value;
    object->GetAttribute(name, value);
    return value.Get();
}

class MovingOver : public ::testing::Test
{
  protected:
    void TearDown() override
    {
        Names::Clear();
        Config::Reset();
        Simulator::Destroy();
    }
};

/** Two nodes of a usual script, with their addresses and a bulk transfer from the first. */
class Script
{
  public:
    explicit Script(LifecycleStackHelper stack)
    {
        nodes.Create(2);
        PointToPointHelper link;
        link.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
        link.SetChannelAttribute("Delay", StringValue("5ms"));
        const NetDeviceContainer devices = link.Install(nodes);
        stack.Install(nodes);
        Ipv4AddressHelper addresses("10.1.1.0", "255.255.255.0");
        const Ipv4InterfaceContainer interfaces = addresses.Assign(devices);
        Ipv6AddressHelper("2001:db8::", Ipv6Prefix(64)).Assign(devices);
        BulkSendHelper source("ns3::TcpSocketFactory",
                              InetSocketAddress(interfaces.GetAddress(1), 9));
        source.SetAttribute("MaxBytes", UintegerValue(50000));
        source.Install(nodes.Get(0)).Start(Seconds(1));
        PacketSinkHelper sink("ns3::TcpSocketFactory", InetSocketAddress(Ipv4Address::GetAny(), 9));
        sink.Install(nodes.Get(1)).Start(Seconds(0));
    }

    NodeContainer nodes;
};

} // namespace

TEST_F(MovingOver, HelperInstallsOnAllNodesAndByName)
{
    const auto named = CreateObject<Node>();
    Names::Add("hub", named);
    LifecycleStackHelper stack;
    stack.Install("hub");
    EXPECT_TRUE(LifecycleStackHelper::Of(named));
    Simulator::Destroy();

    NodeContainer nodes;
    nodes.Create(3);
    stack.InstallAll();
    for (uint32_t i = 0; i < nodes.GetN(); ++i)
    {
        EXPECT_TRUE(LifecycleStackHelper::Of(nodes.Get(i))) << i;
    }
}

TEST_F(MovingOver, HelperNamesTheNodeThatItDoesNotFind)
{
    EXPECT_DEATH(LifecycleStackHelper().Install("hub"), "there is no node with the name 'hub'");
}

TEST_F(MovingOver, HelperChoosesRoutingAndProtocolsAndForgetsThem)
{
    LifecycleStackHelper stack;
    stack.SetPreset("linux");
    stack.SetIpv4StackInstall(true);
    stack.SetIpv6StackInstall(false);
    stack.SetIpv4ArpJitter(false);
    stack.SetIpv6NsRsJitter(false);
    stack.SetRoutingHelper(Ipv4StaticRoutingHelper());
    stack.SetRoutingHelper(Ipv6StaticRoutingHelper());
    const auto first = CreateObject<Node>();
    stack.Install(first);
    EXPECT_FALSE(first->GetObject<Ipv6>());
    EXPECT_TRUE(DynamicCast<Ipv4StaticRouting>(first->GetObject<Ipv4>()->GetRoutingProtocol()));
    EXPECT_EQ(Get(LifecycleStackHelper::Of(first), "Preset"), "linux");

    stack.Reset();
    const auto second = CreateObject<Node>();
    stack.Install(second);
    ASSERT_TRUE(LifecycleStackHelper::Of(second));
    EXPECT_TRUE(second->GetObject<Ipv6>());
    EXPECT_FALSE(DynamicCast<Ipv4StaticRouting>(second->GetObject<Ipv4>()->GetRoutingProtocol()));
    EXPECT_EQ(Get(LifecycleStackHelper::Of(second), "Preset"), "rfc9293");
}

TEST_F(MovingOver, HelperWritesPcapAndAsciiOfIp)
{
    const auto folder = std::filesystem::path(::testing::TempDir()) / "lifecycle-moving-over";
    std::filesystem::create_directories(folder);
    const std::string prefix = (folder / "run").string();
    {
        LifecycleStackHelper stack;
        const Script script(stack);
        stack.EnablePcapIpv4All(prefix);
        stack.EnablePcapIpv6(prefix + "6", script.nodes);
        stack.EnableAsciiIpv4(AsciiTraceHelper().CreateFileStream(prefix + ".tr"), script.nodes);
        stack.EnableAsciiIpv6All(prefix + "6");
        Simulator::Stop(Seconds(5));
        Simulator::Run();
        Simulator::Destroy();
    }
    EXPECT_GT(std::filesystem::file_size(prefix + "-n0-i1.pcap"), 50000u);
    EXPECT_TRUE(std::filesystem::exists(prefix + "6-n0-i1.pcap"));
    EXPECT_TRUE(std::filesystem::exists(prefix + "6-n0-i1.tr"));
    std::stringstream text;
    text << std::ifstream(prefix + ".tr").rdbuf();
    EXPECT_NE(text.str().find("ns3::Ipv4Header"), std::string::npos) << text.str().substr(0, 1000);
    std::filesystem::remove_all(folder);
}

TEST_F(MovingOver, NodeHasATcpL4Protocol)
{
    const auto node = CreateObject<Node>();
    LifecycleStackHelper().Install(node);
    EXPECT_EQ(node->GetObject<TcpL4Protocol>(), LifecycleStackHelper::Of(node));
}

TEST_F(MovingOver, SocketsAreReachedByPath)
{
    const Script script{LifecycleStackHelper()};
    const std::string sources = "/NodeList/0/$ns3::LifecycleL4Protocol/Sockets/0/";
    uint32_t largest = 0;
    uint32_t calls = 0;
    Callback<void, uint32_t, uint32_t> note([&](uint32_t, uint32_t now) {
        largest = std::max(largest, now);
        ++calls;
    });
    Simulator::Schedule(Seconds(1.001), [&] {
        Config::ConnectWithoutContext(sources + "CongestionWindow", note);
        const std::string all = "/NodeList/*/$ns3::LifecycleL4Protocol/Sockets/*";
        EXPECT_EQ(Config::LookupMatches(all).GetN(), 2u); // one sends, one listens
    });
    Simulator::Stop(Seconds(5));
    Simulator::Run();
    EXPECT_GT(largest, 20000u);
    EXPECT_GT(calls, 10u);
}

namespace
{

/** A default of ns-3's own TCP, and what ours makes of it. */
struct Default
{
    const char* stock;
    const char* value;
    const char* ours;
    const char* becomes;
};

void
PrintTo(const Default& it, std::ostream* os)
{
    *os << it.stock << "=" << it.value;
}

class StockDefault : public ::testing::TestWithParam<Default>
{
  protected:
    void TearDown() override
    {
        Config::Reset();
        Simulator::Destroy();
    }
};

INSTANTIATE_TEST_SUITE_P(
    Of,
    StockDefault,
    ::testing::Values(
        Default{"TcpSocket::SndBufSize", "131072", "SendBuffer", "131072"},
        Default{"TcpSocket::RcvBufSize", "131072", "ReceiveBuffer", "131072"},
        Default{"TcpSocket::SegmentSize", "536", "Mss", "536"},
        Default{"TcpSocket::SegmentSize", "1000", "Mss", "1000"},
        Default{"TcpSocket::InitialSlowStartThreshold",
                "9999",
                "InitialSlowStartThreshold",
                "9999"},
        Default{"TcpSocket::InitialCwnd", "1", "InitialWindow", "1"},
        Default{"TcpSocket::ConnTimeout", "3s", "InitialRto", "+3e+09ns"},
        Default{"TcpSocket::ConnCount", "6", "SynRetries", "6"},
        Default{"TcpSocket::DataRetries", "6", "DataRetries", "6"},
        Default{"TcpSocket::DelAckTimeout", "100ms", "DelayedAck", "+1e+08ns"},
        Default{"TcpSocket::DelAckCount", "1", "DelayedAckCount", "1"},
        Default{"TcpSocket::TcpNoDelay", "true", "Nagle", "false"},
        Default{"TcpSocket::PersistTimeout", "6s", "PersistMin", "+6e+09ns"},
        Default{"TcpSocketBase::MaxSegLifetime", "15", "Msl", "+1.5e+10ns"},
        Default{"TcpSocketBase::MinRto", "200ms", "MinRto", "+2e+08ns"},
        Default{"TcpSocketBase::ClockGranularity", "5ms", "ClockGranularity", "+5e+06ns"},
        Default{"TcpSocketBase::WindowScaling", "false", "WindowScaling", "false"},
        Default{"TcpSocketBase::Timestamp", "false", "Timestamps", "false"},
        Default{"TcpSocketBase::Sack", "false", "Sack", "false"},
        Default{"TcpSocketBase::UseEcn", "On", "Ecn", "on"},
        Default{"TcpSocketBase::UseEcn", "AcceptOnly", "Ecn", "passive"},
        Default{"TcpSocketBase::UseEcn", "Off", "Ecn", "off"}));

} // namespace

// That it was set counts, not that it differs: SegmentSize=536 is as good as any
TEST_P(StockDefault, CountsBelowWhatOursWasTold)
{
    Config::SetDefault(std::string("ns3::") + GetParam().stock, StringValue(GetParam().value));
    World w;
    w.Tcp(w.Client())->SetAttribute("Preset", StringValue("linux"));
    EXPECT_EQ(Get(w.Tcp(w.Client()), GetParam().ours), GetParam().becomes);
    EXPECT_EQ(Get(w.OurSocket(w.Client()), GetParam().ours), GetParam().becomes);
    EXPECT_EQ(Said([&] { w.Run(Seconds(1)); }), "");
}

TEST_P(StockDefault, CountsThoughTheStackIsThereAlready)
{
    World w;
    w.Build();
    Config::SetDefault(std::string("ns3::") + GetParam().stock, StringValue(GetParam().value));
    w.Run(Seconds(1));
    EXPECT_EQ(Get(w.OurSocket(w.Client()), GetParam().ours), GetParam().becomes);
}

TEST_F(MovingOver, OurOwnNameWinsOverThatOfStock)
{
    Config::SetDefault("ns3::TcpSocketBase::MinRto", TimeValue(MilliSeconds(200)));
    LifecycleStackHelper stack;
    stack.SetAttribute("MinRto", TimeValue(MilliSeconds(300)));
    const auto node = CreateObject<Node>();
    stack.Install(node);
    EXPECT_EQ(Get(LifecycleStackHelper::Of(node), "MinRto"), "+3e+08ns");
}

TEST_F(MovingOver, EachStockSettingWithoutEffectIsNamedOnce)
{
    Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::TcpVegas"));
    Config::SetDefault("ns3::TcpSocketState::EnablePacing", BooleanValue(true));
    Config::SetDefault("ns3::TcpCubic::Beta", DoubleValue(0.5));
    Config::SetDefault("ns3::TcpSocketBase::LimitedTransmit", BooleanValue(false));
    World w;
    const std::string said = Said([&] { w.Run(Seconds(1)); });
    const std::string_view sentences[] = {
        "LifecycleL4Protocol: ns3::TcpL4Protocol::SocketType is ns3::TcpVegas, which has no effect "
        "here: "
        "congestion control is NewReno's\n",
        "LifecycleL4Protocol: ns3::TcpSocketState::EnablePacing is true, which has no effect here: "
        "nothing is paced\n",
        "LifecycleL4Protocol: ns3::TcpCubic::Beta is 0.5, which has no effect here: "
        "congestion control is NewReno's\n",
        "LifecycleL4Protocol: ns3::TcpSocketBase::LimitedTransmit is false, which has no effect "
        "here: "
        "limited transmit is always on\n"};
    std::size_t length = 0;
    for (const auto& sentence : sentences)
    {
        EXPECT_NE(said.find(sentence), std::string::npos) << sentence << "in\n" << said;
        length += sentence.size();
    }
    EXPECT_EQ(said.size(), length) << said;
}

TEST_F(MovingOver, StockSettingOfANodeIsNamedOnce)
{
    World w;
    w.Build();
    Config::Set("/NodeList/*/$ns3::TcpL4Protocol/SocketType", StringValue("ns3::TcpVegas"));
    EXPECT_EQ(
        Said([&] { w.Run(Seconds(1)); }),
        "LifecycleL4Protocol: ns3::TcpL4Protocol::SocketType is ns3::TcpVegas, which has no effect "
        "here: congestion control is NewReno's\n");
}

// What is so anyway, and what concerns other nodes alone, is not worth a word
TEST_F(MovingOver, NothingIsSaidWithoutNeed)
{
    Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::TcpNewReno"));
    Config::SetDefault("ns3::TcpSocketBase::LimitedTransmit", BooleanValue(true));
    {
        World w;
        EXPECT_EQ(Said([&] { w.Run(Seconds(1)); }), "");
    }
    Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::TcpVegas"));
    World stock(Stack::STOCK, Stack::STOCK);
    EXPECT_EQ(Said([&] { stock.Run(Seconds(1)); }), "");
}
