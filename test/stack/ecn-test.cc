// ECN through ns-3's own queues: RFC 3168 6.1.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/codel-queue-disc.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/queue-size.h"
#include "ns3/string.h"
#include "ns3/traffic-control-helper.h"
#include "ns3/uinteger.h"

#include <algorithm>

using namespace ns3;

namespace
{

constexpr uint64_t OCTETS = 3000000;

/** What became of a transfer over a slow link whose queue is CoDel's, or only long. */
struct Outcome
{
    uint64_t received{0};
    bool isIntact{false};
    uint32_t marked{0};
    uint32_t dropped{0};
    uint32_t retransmissions{0};
    uint32_t inFlight{0}; ///< at most, in the second half of the transfer
};

Outcome
Transfer(const std::string& ecn, bool manages, bool isIpv6 = false)
{
    World w;
    w.Build();
    const auto device = DynamicCast<PointToPointNetDevice>(w.devices.Get(0));
    device->SetAttribute("DataRate", StringValue("5Mbps"));
    device->GetQueue()->SetMaxSize(QueueSize("2p")); // so that packets wait in the queue disc
    TrafficControlHelper control;
    control.Uninstall(device);
    if (manages)
    {
        control.SetRootQueueDisc("ns3::CoDelQueueDisc", "UseEcn", BooleanValue(true));
    }
    else
    {
        control.SetRootQueueDisc("ns3::FifoQueueDisc", "MaxSize", StringValue("1000p"));
    }
    const Ptr<QueueDisc> queue = control.Install(device).Get(0);
    if (isIpv6)
    {
        w.UseIpv6();
    }
    for (const Ptr<Node>& node : {w.Client(), w.Server()})
    {
        w.Tcp(node)->SetAttribute("Ecn", StringValue(ecn));
        w.Tcp(node)->SetAttribute("ReceiveBuffer", UintegerValue(1000000));
        w.Tcp(node)->SetAttribute("SendBuffer", UintegerValue(1000000));
    }
    const Ptr<Socket> listener = w.MakeSocket(w.Server());
    listener->Bind(isIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                          : Address(InetSocketAddress(Ipv4Address::GetAny(), PORT)));
    listener->Listen();
    User server(nullptr);
    User::ServeNext(listener, server);
    User client(w.MakeSocket(w.Client()));
    Outcome outcome;
    client.socket->TraceConnectWithoutContext(
        "BytesInFlight",
        Callback<void, uint32_t, uint32_t>([&](uint32_t, uint32_t now) {
            outcome.inFlight =
                server.received > OCTETS / 2 ? std::max(outcome.inFlight, now) : outcome.inFlight;
        }));
    client.socket->Connect(isIpv6 ? w.ServerAddress6() : w.ServerAddress());
    client.SendPattern(OCTETS);
    w.Run(Seconds(60));
    outcome.received = server.received;
    outcome.isIntact = server.isIntact;
    outcome.marked = queue->GetStats().nTotalMarkedPackets;
    outcome.dropped = queue->GetStats().nTotalDroppedPackets;
    for (const LifecycleSegment& segment : w.Of(w.Client()).tx)
    {
        outcome.retransmissions += segment.reason == "retransmission" ? 1 : 0;
    }
    return outcome;
}

} // namespace

// Covers R-76: over both families a queue that marks has less of us in it, and nothing gets lost
TEST(StackEcn, MarksInsteadOfLossesShortenTheQueue)
{
    const Outcome without = Transfer("on", false);
    EXPECT_EQ(without.marked, 0u);
    for (const bool isIpv6 : {false, true})
    {
        const Outcome marked = Transfer("on", true, isIpv6);
        EXPECT_EQ(marked.received, OCTETS);
        EXPECT_TRUE(marked.isIntact);
        EXPECT_GT(marked.marked, 0u);
        EXPECT_EQ(marked.dropped, 0u);
        EXPECT_EQ(marked.retransmissions, 0u);
        EXPECT_LT(marked.inFlight, without.inFlight / 2);
    }
}

// Covers R-76: whose packets are not ECN-capable, that queue drops
TEST(StackEcn, WithoutItTheSameQueueDrops)
{
    const Outcome dropped = Transfer("off", true);
    EXPECT_EQ(dropped.received, OCTETS);
    EXPECT_TRUE(dropped.isIntact);
    EXPECT_EQ(dropped.marked, 0u);
    EXPECT_GT(dropped.dropped, 0u);
    EXPECT_GT(dropped.retransmissions, 0u);
}

// Covers R-76: two that only answer never begin
TEST(StackEcn, PassiveEndsDoNotAskEachOther)
{
    EXPECT_EQ(Transfer("passive", true).marked, 0u);
}
