// Stock applications and ns-3's own TCP at the other end, loss, pcap.

#include "../../model/wire/segment-codec.h"
#include "world.h"

#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/flow-monitor-helper.h"
#include "ns3/global-value.h"
#include "ns3/ipv4.h"
#include "ns3/on-off-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/traffic-control-helper.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

using namespace ns3;
using namespace ns3::lifecycle_internal;

namespace
{

constexpr uint64_t TEN_MEGABYTES = 10000000;
const std::string FACTORY = "ns3::TcpSocketFactory";

struct Pairing
{
    const char* name;
    Stack client;
    Stack server;
};

void
PrintTo(const Pairing& pairing, std::ostream* os)
{
    *os << pairing.name;
}

/** Each test with ours at both ends and with ns-3's at either end. */
class Interoperation : public ::testing::TestWithParam<Pairing>
{
  protected:
    World w{GetParam().client, GetParam().server};
};

INSTANTIATE_TEST_SUITE_P(Stacks,
                         Interoperation,
                         ::testing::Values(Pairing{"OursToOurs", Stack::OURS, Stack::OURS},
                                           Pairing{"OursToStock", Stack::OURS, Stack::STOCK},
                                           Pairing{"StockToOurs", Stack::STOCK, Stack::OURS}),
                         [](const auto& info) { return std::string(info.param.name); });

/** A PacketSink on the server. */
Ptr<PacketSink>
InstallSink(World& w)
{
    w.Build();
    PacketSinkHelper helper(FACTORY, InetSocketAddress(Ipv4Address::GetAny(), PORT));
    ApplicationContainer apps = helper.Install(w.Server());
    apps.Start(Seconds(0));
    return DynamicCast<PacketSink>(apps.Get(0));
}

/** Connects once time runs: ns-3's own TCP crashes before. */
void
ConnectLater(User& user, const Address& to)
{
    Simulator::ScheduleWithContext(user.socket->GetNode()->GetId(), Seconds(0), [&user, to] {
        user.socket->Connect(to);
    });
}

/** One transfer of the pattern from client to server, both of which then close. */
void
ExpectIntactTransfer(World& w, uint64_t octets, Time end)
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    User client(w.MakeSocket(w.Client()));
    client.SendPattern(octets);
    ConnectLater(client, w.ServerAddress());
    w.Run(end);
    EXPECT_EQ(server.received, octets);
    EXPECT_TRUE(server.isIntact);
    EXPECT_NE(server.told.find("closed"), std::string::npos) << server.told;
}

/** Checksums on for one test. */
class Checksums
{
  public:
    Checksums()
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    }

    ~Checksums()
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
    }
};

std::string
OutputOf(const std::string& command)
{
    std::string output;
    FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
    char line[512];
    while (pipe != nullptr && std::fgets(line, sizeof line, pipe) != nullptr)
    {
        output += line;
    }
    if (pipe != nullptr)
    {
        pclose(pipe);
    }
    return output;
}

/** Transfers something, and expects each packet to have a number that no other has, at both ends. */
void
ExpectOwnNumbers()
{
    World w;
    ExpectIntactTransfer(w, 100000, Seconds(10));
    const auto numbers = [](const std::vector<LifecycleSegment>& segments) {
        std::vector<uint64_t> list(segments.size());
        std::transform(segments.begin(), segments.end(), list.begin(), [](const auto& segment) {
            return segment.uid;
        });
        return list;
    };
    const auto sent = numbers(w.Of(w.Client()).tx);
    EXPECT_EQ(sent, numbers(w.Of(w.Server()).rx)); // nothing is lost nor overtaken here
    EXPECT_EQ(std::set<uint64_t>(sent.begin(), sent.end()).size(), sent.size());
    EXPECT_EQ(numbers(w.Of(w.Server()).tx), numbers(w.Of(w.Client()).rx));
}

} // namespace

TEST_P(Interoperation, TenMegabytesOverOnePercentLossArriveIntact)
{
    w.SetLoss(0.01);
    ExpectIntactTransfer(w, TEN_MEGABYTES, Seconds(4000));
}

TEST_P(Interoperation, BulkSendAndPacketSinkRunUnchanged)
{
    const Ptr<PacketSink> sink = InstallSink(w);
    BulkSendHelper helper(FACTORY, w.ServerAddress());
    helper.SetAttribute("MaxBytes", UintegerValue(1000000));
    helper.Install(w.Client()).Start(Seconds(1));
    w.Run(Seconds(600));
    EXPECT_EQ(sink->GetTotalRx(), 1000000u);
    // nothing is left behind but listeners
    for (const Ptr<Node>& node : {w.Client(), w.Server()})
    {
        if (const auto tcp = w.Tcp(node))
        {
            for (const LifecycleEnd& open : tcp->GetOpenConnections())
            {
                EXPECT_EQ(LifecycleEndName(open.remote), "*");
            }
        }
    }
}

TEST_P(Interoperation, OnOffRunsUnchanged)
{
    const Ptr<PacketSink> sink = InstallSink(w);
    OnOffHelper helper(FACTORY, w.ServerAddress());
    helper.SetConstantRate(DataRate("1Mbps"), 500);
    helper.SetAttribute("MaxBytes", UintegerValue(100000));
    ApplicationContainer apps = helper.Install(w.Client());
    apps.Start(Seconds(1));
    apps.Stop(Seconds(5));
    w.Run(Seconds(10));
    EXPECT_EQ(sink->GetTotalRx(), 100000u);
}

TEST_P(Interoperation, ChecksumsAreRight)
{
    const Checksums on;
    ExpectIntactTransfer(w, 100000, Seconds(100));
    EXPECT_TRUE(w.Of(w.Client()).drops.empty());
    EXPECT_TRUE(w.Of(w.Server()).drops.empty());
}

TEST_P(Interoperation, HalfClose)
{
    User server(nullptr);
    server.closesOnEnd = false;
    User::ServeNext(w.Listen(), server);
    User client(w.MakeSocket(w.Client()));
    client.closesOnEnd = false;
    client.SendPattern(10);
    ConnectLater(client, w.ServerAddress());
    w.Run(Seconds(5));
    EXPECT_EQ(server.received, 10u);
    const std::vector<uint8_t> answer{PatternAt(0), PatternAt(1), PatternAt(2)};
    EXPECT_EQ(server.socket->Send(answer.data(), 3, 0), 3);
    server.socket->Close();
    w.Run(Seconds(10));
    EXPECT_EQ(client.received, 3u);
    EXPECT_TRUE(client.isIntact);
}

TEST_P(Interoperation, ConnectToClosedPort) // Covers R-30, P02
{
    User user(w.MakeSocket(w.Client()));
    ConnectLater(user, w.ServerAddress(81));
    w.Run(Seconds(300));
    EXPECT_EQ(user.told, "failed");
    if (GetParam().client == Stack::OURS)
    {
        EXPECT_LT(user.at, MilliSeconds(21));
    }
    else
    {
        EXPECT_EQ(user.at.GetSeconds(), 189); // ns-3's own ignores the reset
    }
}

TEST(Stack, BadChecksumIsDropped) // Covers R-01, P00
{
    const Checksums on;
    World w;
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    // a datagram with a header that is right but for its checksum, from beside TCP
    Simulator::Schedule(Seconds(1), [&w] {
        const uint8_t syn[20] = {0xc0, 0, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 1, 0, 0xba, 0xd0};
        w.Client()->GetObject<Ipv4>()->Send(Create<Packet>(syn, sizeof syn),
                                            "10.0.0.1",
                                            "10.0.0.2",
                                            6,
                                            nullptr);
    });
    w.Run(Seconds(2));
    ASSERT_EQ(w.Of(w.Server()).drops.size(), 1u);
    EXPECT_EQ(w.Of(w.Server()).drops[0].reason, "bad checksum");
    EXPECT_TRUE(w.Of(w.Server()).tx.empty());
}

/** Octets of @p segment from the client to PORT of the server, with the right checksum. */
std::vector<uint8_t>
OctetsOf(const lifecycle::Segment& segment, uint16_t clientPort)
{
    const lifecycle::FourTuple path{{lifecycle::Address::FromIpv4(0x0a000001), clientPort},
                                    {lifecycle::Address::FromIpv4(0x0a000002), PORT}};
    SegmentHeader header(segment, path);
    header.EnableChecksum(path.local.address, path.remote.address);
    const Ptr<Packet> packet = Create<Packet>(segment.len);
    packet->AddHeader(header);
    std::vector<uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), packet->GetSize());
    return octets;
}

// Covers R-01, P00: wherever the wrong bit stands, the segment vanishes
TEST(Stack, NoSegmentWithOneWrongBitHasAnyEffect)
{
    const Checksums on;
    World w;
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    User client(w.MakeSocket(w.Client()));
    TrafficControlHelper().Uninstall(w.devices); // its queue reads headers, and not with care
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    ASSERT_EQ(server.told, "accepted");
    const LifecycleSegment last = w.Of(w.Client()).tx.back();
    const uint16_t port = InetSocketAddress::ConvertFrom(last.local).GetPort();
    lifecycle::Segment next; // what the client could send now
    next.seq = lifecycle::SeqNum(last.seq);
    next.ack = lifecycle::SeqNum(last.ack);
    next.wnd = last.window;
    const auto arrives = [&w](const std::vector<uint8_t>& octets) {
        w.Client()->GetObject<Ipv4>()->Send(Create<Packet>(octets.data(), octets.size()),
                                            "10.0.0.1",
                                            "10.0.0.2",
                                            6,
                                            nullptr);
    };
    using lifecycle::Flag;
    using lifecycle::Flags;
    const std::size_t sent = w.Of(w.Server()).tx.size();
    std::size_t wrong = 0;
    for (const auto& [flags, len] : {std::pair<Flags, uint32_t>(Flag::SYN, 0),
                                     std::pair<Flags, uint32_t>(Flag::ACK, 3),
                                     std::pair<Flags, uint32_t>(Flag::FIN | Flag::ACK, 0),
                                     std::pair<Flags, uint32_t>(Flag::RST, 0)})
    {
        next.flags = flags;
        next.len = len;
        const std::vector<uint8_t> octets = OctetsOf(next, port);
        for (std::size_t bit = 0; bit < 8 * octets.size(); ++bit)
        {
            std::vector<uint8_t> corrupted = octets;
            corrupted[bit / 8] ^= static_cast<uint8_t>(1U << bit % 8);
            arrives(corrupted);
            ++wrong;
        }
    }
    w.Run(Seconds(2));
    EXPECT_EQ(w.Of(w.Server()).drops.size(), wrong);
    EXPECT_EQ(w.Of(w.Server()).tx.size(), sent);
    EXPECT_EQ(server.told, "accepted");
    EXPECT_EQ(DynamicCast<LifecycleSocket>(server.socket)->GetStateName(), "ESTABLISHED");

    arrives(OctetsOf(next, port)); // the last of them, without the wrong bit: RST
    w.Run(Seconds(3));
    EXPECT_EQ(server.told, "accepted broken");
}

TEST(Stack, TruncatedHeaderIsDropped)
{
    World w;
    w.Listen();
    TrafficControlHelper().Uninstall(w.devices); // its queue reads headers, and not with care
    Simulator::Schedule(Seconds(1), [&w] {
        for (uint32_t size = 0; size < 20; ++size)
        {
            w.Client()->GetObject<Ipv4>()->Send(Create<Packet>(size),
                                                "10.0.0.1",
                                                "10.0.0.2",
                                                6,
                                                nullptr);
        }
    });
    w.Run(Seconds(2));
    ASSERT_EQ(w.Of(w.Server()).drops.size(), 20u);
    EXPECT_EQ(w.Of(w.Server()).drops[0].reason, "malformed header");
}

TEST(Stack, PacketKeepsItsNumberToTheReceiver)
{
    ExpectOwnNumbers();
}

TEST(Stack, PacketKeepsItsNumberIfPacketsCanBePrinted)
{
    const auto run = [] {
        Packet::EnablePrinting(); // until the program ends
        ExpectOwnNumbers();
        std::_Exit(testing::Test::HasFailure() ? 1 : 0);
    };
    EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
}

TEST(Stack, EachArrivalIsTracedWithItsConnection)
{
    World w;
    ExpectIntactTransfer(w, 1000, Seconds(10));
    for (const auto& segment : w.Of(w.Server()).rx)
    {
        EXPECT_EQ(segment.connection, 2u); // the listener is 1
        EXPECT_EQ(LifecycleEndName(segment.local), "10.0.0.2:80");
    }
    EXPECT_EQ(w.Of(w.Server()).rx[0].options.rfind("mss 1460", 0), 0u);
    EXPECT_EQ(w.Of(w.Server()).rx[0].flags, "S");
    EXPECT_FALSE(w.Of(w.Server()).rx[0].hasAck);
}

TEST(Stack, TwoRunsAreEqual)
{
    const auto run = [] {
        World w;
        w.SetLoss(0.05);
        ExpectIntactTransfer(w, 200000, Seconds(1000));
        std::vector<std::tuple<int64_t, uint32_t, uint32_t, std::string>> log;
        for (const auto& segment : w.Of(w.Client()).tx)
        {
            log.emplace_back(segment.time.GetNanoSeconds(),
                             segment.seq,
                             segment.ack,
                             segment.flags);
        }
        return log;
    };
    EXPECT_EQ(run(), run());
}

// Covers R-08, MUST-16, MUST-67: the options of a segment take their room from its payload
TEST(Stack, PayloadFitsTheMtuOfEitherEnd)
{
    for (const auto& [end, timestamps, expected] : {std::tuple(0U, false, 536U),
                                                    std::tuple(1U, false, 536U),
                                                    std::tuple(0U, true, 524U),
                                                    std::tuple(1U, true, 524U)})
    {
        World w;
        w.Build();
        w.Tcp(w.Client())->SetAttribute("Timestamps", BooleanValue(timestamps));
        w.devices.Get(end)->SetMtu(576);
        ExpectIntactTransfer(w, 10000, Seconds(10));
        EXPECT_EQ(w.Of(w.Client()).tx[0].options.rfind("mss 536", 0) == 0, end == 0);
        EXPECT_EQ(w.Of(w.Server()).tx[0].options.rfind("mss 536", 0) == 0, end == 1);
        uint32_t largest = 0;
        for (const LifecycleSegment& segment : w.Of(w.Client()).tx)
        {
            largest = std::max(largest, segment.len);
        }
        EXPECT_EQ(largest, expected);
    }
}

TEST(Stack, FlowMonitorCountsItsSegments)
{
    World w;
    w.Build();
    FlowMonitorHelper helper;
    const auto monitor = helper.InstallAll();
    ExpectIntactTransfer(w, 10000, Seconds(10));
    ASSERT_EQ(monitor->GetFlowStats().size(), 2u);
    EXPECT_EQ(monitor->GetFlowStats().at(1).txPackets, w.Of(w.Client()).tx.size());
    EXPECT_EQ(monitor->GetFlowStats().at(1).rxPackets, w.Of(w.Client()).tx.size());
}

TEST(Stack, LoopbackWorks)
{
    World w;
    w.Build();
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    User client(w.MakeSocket(w.Server()));
    client.SendPattern(100000);
    client.socket->Connect(InetSocketAddress(Ipv4Address::GetLoopback(), PORT));
    w.Run(Seconds(10));
    EXPECT_EQ(server.received, 100000u);
    EXPECT_TRUE(server.isIntact);
}

TEST(Stack, TsharkFindsNothingWrong)
{
    if (std::system("command -v tshark >/dev/null 2>&1") != 0)
    {
        GTEST_SKIP() << "tshark is not installed";
    }
    const std::string prefix = ::testing::TempDir() + "lifecycle-stack";
    {
        const Checksums on;
        World w;
        w.SetRules("client->server: drop 2nd data; server->client: drop 1st FIN");
        w.Build();
        PointToPointHelper().EnablePcap(prefix, w.devices, true);
        ExpectIntactTransfer(w, 5000, Seconds(300));
    }
    const std::string read =
        "tshark -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -r " + prefix + "-0-0.pcap ";
    EXPECT_EQ(OutputOf(read + "-Y '_ws.malformed || tcp.checksum.status == 0 || "
                              "ip.checksum.status == 0 || tcp.analysis.lost_segment'"),
              "");
    EXPECT_NE(OutputOf(read + "-Y 'tcp.options.mss_val == 1460 && tcp.checksum.status == 1'"), "");
}
