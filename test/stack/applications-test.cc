// Applications and helpers of ns-3 that know nothing of us, with ours at each end.

#include "world.h"

#include "ns3/data-rate.h"
#include "ns3/flow-monitor-helper.h"
#include "ns3/ipv4-flow-classifier.h"
#include "ns3/pcap-file.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/pointer.h"
#include "ns3/string.h"
#include "ns3/three-gpp-http-client.h"
#include "ns3/three-gpp-http-helper.h"
#include "ns3/three-gpp-http-server.h"
#include "ns3/three-gpp-http-variables.h"
#include "ns3/udp-client-server-helper.h"
#include "ns3/uinteger.h"

#include <string>

using namespace ns3;

namespace
{

struct Ends
{
    const char* name;
    Stack client;
    Stack server;
};

void
PrintTo(const Ends& ends, std::ostream* os)
{
    *os << ends.name;
}

class Applications : public ::testing::TestWithParam<Ends>
{
  protected:
    World w{GetParam().client, GetParam().server};
};

INSTANTIATE_TEST_SUITE_P(Stacks,
                         Applications,
                         ::testing::Values(Ends{"OursToOurs", Stack::OURS, Stack::OURS},
                                           Ends{"OursToStock", Stack::OURS, Stack::STOCK},
                                           Ends{"StockToOurs", Stack::STOCK, Stack::OURS},
                                           Ends{"StockToStock", Stack::STOCK, Stack::STOCK}),
                         [](const auto& info) { return std::string(info.param.name); });

/** Counts and adds up what a browser and its server tell. */
struct Browsing
{
    uint32_t mainObjectsMade{0};
    uint32_t embeddedObjectsMade{0};
    uint32_t mainObjectsRead{0};
    uint32_t embeddedObjectsRead{0};
    uint32_t connections{0};
};

/** Browses from the client to the server from 1 s to @p stop. */
void
Browse(World& w, Time stop, Browsing& seen)
{
    w.Build();
    const Ptr<Application> server =
        ThreeGppHttpServerHelper(Ipv4Address("10.0.0.2")).Install(w.Server()).Get(0);
    const Ptr<Application> client =
        ThreeGppHttpClientHelper(Ipv4Address("10.0.0.2")).Install(w.Client()).Get(0);
    // Drawn when it is made, from a stream that depends on the tests before; with options, 1460 octets
    // of ns-3's own TCP would be sent in fragments.
    DynamicCast<ThreeGppHttpServer>(server)->SetMtuSize(536);
    int64_t stream = 500; // else the draws would depend on the tests before
    for (const auto& application : {server, client})
    {
        PointerValue variables;
        application->GetAttribute("Variables", variables);
        stream += variables.Get<ThreeGppHttpVariables>()->AssignStreams(stream);
    }
    client->SetStartTime(Seconds(1));
    client->SetStopTime(stop);
    server->TraceConnectWithoutContext("MainObject", Callback<void, uint32_t>([&seen](uint32_t) {
                                           ++seen.mainObjectsMade;
                                       }));
    server->TraceConnectWithoutContext(
        "EmbeddedObject",
        Callback<void, uint32_t>([&seen](uint32_t) { ++seen.embeddedObjectsMade; }));
    using Object = Callback<void, Ptr<const ThreeGppHttpClient>, Ptr<const Packet>>;
    client->TraceConnectWithoutContext(
        "RxMainObject",
        Object(
            [&seen](Ptr<const ThreeGppHttpClient>, Ptr<const Packet>) { ++seen.mainObjectsRead; }));
    client->TraceConnectWithoutContext(
        "RxEmbeddedObject",
        Object([&seen](Ptr<const ThreeGppHttpClient>, Ptr<const Packet>) {
            ++seen.embeddedObjectsRead;
        }));
    client->TraceConnectWithoutContext(
        "ConnectionEstablished",
        Callback<void, Ptr<const ThreeGppHttpClient>>(
            [&seen](Ptr<const ThreeGppHttpClient>) { ++seen.connections; }));
}

} // namespace

TEST_P(Applications, ThreeGppHttpRunsUnchanged)
{
    Browsing seen;
    Browse(w, Seconds(600), seen);
    w.Run(Seconds(700));
    EXPECT_GE(seen.connections, 1u);
    EXPECT_GE(seen.mainObjectsRead, 5u);
    EXPECT_GE(seen.embeddedObjectsRead, 10u);
    EXPECT_LE(seen.mainObjectsMade - seen.mainObjectsRead, 1u); // the last may be cut off
    EXPECT_LE(seen.embeddedObjectsMade - seen.embeddedObjectsRead, 1u);
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

TEST_P(Applications, ServerOfHttpSetsItsSegmentLifetime)
{
    Browsing seen;
    Browse(w, Seconds(60), seen);
    w.Run(Seconds(100));
    const auto tcp = w.Tcp(w.Server());
    if (tcp == nullptr)
    {
        GTEST_SKIP() << "ns3::TcpSocketBase is excused: it does not tell what closes when";
    }
    for (const LifecycleEnd& end : w.Of(w.Server()).ends)
    {
        EXPECT_EQ(end.reason, "normal");
        EXPECT_LT(end.time, Seconds(62)); // MaxSegLifetime is 20 ms there
    }
    EXPECT_FALSE(w.Of(w.Server()).ends.empty());
}

TEST_P(Applications, UdpRunsBeside)
{
    w.Build();
    Browsing seen;
    Browse(w, Seconds(60), seen);
    UdpServerHelper serverHelper(PORT); // the same number: another protocol's
    const ApplicationContainer server = serverHelper.Install(w.Server());
    UdpClientHelper clientHelper(Ipv4Address("10.0.0.2"), PORT);
    clientHelper.SetAttribute("MaxPackets", UintegerValue(50));
    clientHelper.SetAttribute("Interval", TimeValue(MilliSeconds(100)));
    clientHelper.Install(w.Client()).Start(Seconds(2));
    w.Run(Seconds(60));
    EXPECT_EQ(DynamicCast<UdpServer>(server.Get(0))->GetReceived(), 50u);
    EXPECT_GE(seen.mainObjectsRead, 1u);
}

TEST_P(Applications, FlowMonitorSeesBothProtocols)
{
    w.Build();
    FlowMonitorHelper helper;
    const auto monitor = helper.InstallAll();
    Browsing seen;
    Browse(w, Seconds(60), seen);
    UdpServerHelper(7).Install(w.Server());
    UdpClientHelper clientHelper(Ipv4Address("10.0.0.2"), 7);
    clientHelper.SetAttribute("MaxPackets", UintegerValue(5));
    clientHelper.Install(w.Client()).Start(Seconds(2));
    w.Run(Seconds(100));
    const auto classifier = DynamicCast<Ipv4FlowClassifier>(helper.GetClassifier());
    uint32_t tcpSent = 0;
    uint32_t udpSent = 0;
    for (const auto& [id, flow] : monitor->GetFlowStats())
    {
        const bool isTcp = classifier->FindFlow(id).protocol == 6;
        (isTcp ? tcpSent : udpSent) += flow.txPackets;
        EXPECT_EQ(flow.txPackets, flow.rxPackets);
    }
    EXPECT_EQ(udpSent, 5u);
    if (GetParam().client == Stack::OURS && GetParam().server == Stack::OURS)
    {
        EXPECT_EQ(tcpSent, w.Of(w.Client()).tx.size() + w.Of(w.Server()).tx.size());
    }
    EXPECT_GT(tcpSent, 100u);
}

TEST_P(Applications, PcapHelperWritesEachSegment)
{
    const std::string prefix = ::testing::TempDir() + "lifecycle-applications";
    std::size_t segments = 0;
    {
        World recorded(GetParam().client, GetParam().server);
        recorded.Build();
        PointToPointHelper().EnablePcap(prefix, recorded.devices.Get(0), true, true);
        Browsing seen;
        Browse(recorded, Seconds(20), seen);
        recorded.Run(Seconds(30));
        segments =
            recorded.Of(recorded.Client()).tx.size() + recorded.Of(recorded.Client()).rx.size();
    }
    PcapFile file;
    file.Open(prefix, std::ios::in);
    ASSERT_FALSE(file.Fail());
    std::size_t packets = 0;
    uint8_t octets[2048];
    uint32_t seconds = 0;
    uint32_t micros = 0;
    uint32_t captured = 0;
    uint32_t original = 0;
    uint32_t read = 0;
    file.Read(octets, sizeof octets, seconds, micros, captured, original, read);
    while (!file.Eof() && !file.Fail())
    {
        EXPECT_EQ(octets[2 + 9], 6); // PPP, then IPv4's protocol
        ++packets;
        file.Read(octets, sizeof octets, seconds, micros, captured, original, read);
    }
    EXPECT_GT(packets, 20u);
    if (GetParam().client == Stack::OURS)
    {
        EXPECT_EQ(packets, segments);
    }
}
