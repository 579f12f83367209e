// How data are carried: RFC 5681, RFC 6675, RFC 7323, beside ns-3's own TCP on the same link.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/config.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/seq-ts-size-header.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/uinteger.h"

#include <iostream>

using namespace ns3;

namespace
{

const std::string FACTORY = "ns3::TcpSocketFactory";
constexpr uint64_t SEND_SIZE = 1400; // octets of one Send, number included

/** 20 ms of round trip, 2 % loss and 1 % of packets out of order. */
void
Impair(World& w)
{
    w.SetChannelAttribute("Delay", StringValue("0ms"));
    w.SetChannelAttribute("AddedDelay", StringValue("10ms"));
    w.SetChannelAttribute("ReorderProbability", DoubleValue(0.01));
    w.SetLoss(0.02);
}

/** What became of a bulk transfer. */
struct Bulk
{
    uint64_t octets{0};
    uint32_t numbered{0}; ///< packets of the sender that were received
    bool inOrder{true};   ///< as their numbers tell
    Time finished;        ///< the last octet was received
};

/** BulkSend to PacketSink over that link. */
Bulk
Transfer(Stack stack, uint64_t octets)
{
    World w(stack, stack);
    Impair(w);
    w.Build();
    Bulk bulk;
    PacketSinkHelper sinks(FACTORY, InetSocketAddress(Ipv4Address::GetAny(), PORT));
    sinks.SetAttribute("EnableSeqTsSizeHeader", BooleanValue(true));
    const auto sink = DynamicCast<PacketSink>(sinks.Install(w.Server()).Get(0));
    sink->TraceConnectWithoutContext("Rx",
                                     Callback<void, Ptr<const Packet>, const Address&>(
                                         [&](Ptr<const Packet> packet, const Address&) {
                                             bulk.octets += packet->GetSize();
                                             bulk.finished = Simulator::Now();
                                         }));
    sink->TraceConnectWithoutContext(
        "RxWithSeqTsSize",
        Callback<void, Ptr<const Packet>, const Address&, const Address&, const SeqTsSizeHeader&>(
            [&](Ptr<const Packet>, const Address&, const Address&, const SeqTsSizeHeader& header) {
                bulk.inOrder = bulk.inOrder && header.GetSeq() == bulk.numbered++;
            }));
    BulkSendHelper senders(FACTORY, w.ServerAddress());
    senders.SetAttribute("MaxBytes", UintegerValue(octets));
    senders.SetAttribute("SendSize", UintegerValue(SEND_SIZE));
    senders.SetAttribute("EnableSeqTsSizeHeader", BooleanValue(true));
    senders.Install(w.Client()).Start(Seconds(0.1));
    w.Run(Seconds(4000));
    return bulk;
}

} // namespace

// Covers R-46: byte-exact
TEST(BulkTransfer, EveryOctetArrivesAsItWasSent)
{
    constexpr uint64_t OCTETS = 10000000;
    World w;
    Impair(w);
    User client(w.MakeSocket(w.Client()));
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    client.SendPattern(OCTETS);
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1000));
    EXPECT_EQ(server.received, OCTETS);
    EXPECT_TRUE(server.isIntact);
    EXPECT_TRUE(server.sawEnd);
}

// Covers R-46: complete, and at least as fast as NewReno with SACK
TEST(BulkTransfer, AHundredMegabytesTakeNoLongerThanWithStockTcp)
{
    constexpr uint64_t OCTETS = 100000000;
    Config::SetDefault("ns3::TcpL4Protocol::SocketType", StringValue("ns3::TcpNewReno"));
    Config::SetDefault("ns3::TcpSocketBase::Sack", BooleanValue(true));
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
    const Bulk stock = Transfer(Stack::STOCK, OCTETS);
    Config::Reset();
    const Bulk ours = Transfer(Stack::OURS, OCTETS);
    std::cout << "ours " << ours.finished.As(Time::S) << ", stock " << stock.finished.As(Time::S)
              << '\n';
    EXPECT_EQ(ours.octets, OCTETS);
    EXPECT_TRUE(ours.inOrder);
    EXPECT_EQ(ours.numbered, (OCTETS + SEND_SIZE - 1) / SEND_SIZE);
    EXPECT_EQ(stock.octets, OCTETS);
    EXPECT_LE(ours.finished, stock.finished);
}
