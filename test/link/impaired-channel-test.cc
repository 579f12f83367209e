// The channel under stock ns-3: its devices, its IP stack, its TCP and UDP.

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/global-value.h"
#include "ns3/impaired-channel.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/names.h"
#include "ns3/packet.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/ppp-header.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/string.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/udp-socket-factory.h"
#include "ns3/uinteger.h"

#include <gtest/gtest.h>
#include <set>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

constexpr uint16_t PORT = 80;

/** Two nodes, one link, the stock stack; remembers what arrives and what the channel tells. */
class ImpairedChannelTest : public ::testing::Test
{
  protected:
    void SetUp() override
    {
        RngSeedManager::SetSeed(1);
        RngSeedManager::SetRun(1);
        m_client = CreateObject<Node>();
        m_server = CreateObject<Node>();
    }

    void TearDown() override
    {
        Simulator::Destroy();
        Names::Clear();
        Config::Reset();
    }

    /** Joins the nodes and gives them the stack and addresses; 10.0.0.1 is the client. */
    void Connect()
    {
        m_devices = m_link.Install(m_client, m_server);
        m_link.AssignStreams(m_devices, 10);
        m_channel = ImpairedLinkHelper::GetChannel(m_devices);
        m_channel->TraceConnectWithoutContext("Lost",
                                              MakeCallback(&ImpairedChannelTest::NoteLost, this));
        m_channel->TraceConnectWithoutContext(
            "Duplicated",
            MakeCallback(&ImpairedChannelTest::NoteDuplicated, this));
        m_channel->TraceConnectWithoutContext(
            "Delayed",
            MakeCallback(&ImpairedChannelTest::NoteDelayed, this));
        m_channel->TraceConnectWithoutContext(
            "Corrupted",
            MakeCallback(&ImpairedChannelTest::NoteCorrupted, this));
        NodeContainer nodes(m_client, m_server);
        InternetStackHelper().Install(nodes);
        Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(m_devices);
    }

    /** Sends packets of 100 octets at intervals from the client, from time 0 on; notes arrivals. */
    void SendDatagrams(int count, Time interval)
    {
        auto receiver = Socket::CreateSocket(m_server, UdpSocketFactory::GetTypeId());
        receiver->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        receiver->SetRecvCallback(MakeCallback(&ImpairedChannelTest::NoteArrival, this));
        auto sender = Socket::CreateSocket(m_client, UdpSocketFactory::GetTypeId());
        sender->Connect(InetSocketAddress("10.0.0.2", PORT));
        for (int i = 0; i < count; ++i)
        {
            Simulator::Schedule(i * interval, [this, sender] {
                auto packet = Create<Packet>(100);
                m_sent.push_back(packet->GetUid());
                sender->Send(packet);
            });
        }
        Simulator::Run();
    }

    /** Opens a stock TCP connection at time 0, sends 100 octets, closes; runs to the end. */
    void RunConnection(const Address& server)
    {
        auto listener = Socket::CreateSocket(m_server, TcpSocketFactory::GetTypeId());
        listener->Bind(server);
        listener->Listen();
        listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                    MakeCallback(&ImpairedChannelTest::Serve, this));
        auto socket = Socket::CreateSocket(m_client, TcpSocketFactory::GetTypeId());
        socket->SetConnectCallback(MakeCallback(&ImpairedChannelTest::SendAndClose, this),
                                   MakeNullCallback<void, Ptr<Socket>>());
        Simulator::Schedule(Time(0), [socket, server] { socket->Connect(server); });
        Simulator::Stop(Seconds(100));
        Simulator::Run();
    }

    void RunConnection()
    {
        RunConnection(InetSocketAddress("10.0.0.2", PORT));
    }

    void Serve(Ptr<Socket> socket, const Address&)
    {
        socket->SetRecvCallback(MakeCallback(&ImpairedChannelTest::Receive, this));
    }

    void Receive(Ptr<Socket> socket)
    {
        while (auto packet = socket->Recv())
        {
            if (packet->GetSize() == 0)
            {
                break; // end of file
            }
            m_octets += packet->GetSize();
        }
    }

    void SendAndClose(Ptr<Socket> socket)
    {
        m_established = Simulator::Now();
        socket->Send(Create<Packet>(100));
        socket->Close();
    }

    void NoteArrival(Ptr<Socket> socket)
    {
        while (auto packet = socket->Recv())
        {
            m_arrivals.emplace_back(packet->GetUid(), Simulator::Now());
        }
    }

    void NoteLost(Ptr<const Packet>, Ptr<NetDevice> sender, const std::string& reason)
    {
        m_told.push_back(NameOf(sender) + " lost " + reason);
    }

    void NoteDuplicated(Ptr<const Packet>, Ptr<NetDevice> sender, const std::string& reason)
    {
        m_told.push_back(NameOf(sender) + " dup " + reason);
    }

    void NoteCorrupted(Ptr<const Packet> packet, Ptr<NetDevice> sender, const std::string& reason)
    {
        m_told.push_back(NameOf(sender) + " corrupt " + reason);
        m_beforeDamage.push_back(OctetsOf(packet));
    }

    static std::vector<uint8_t> OctetsOf(Ptr<const Packet> packet)
    {
        std::vector<uint8_t> octets(packet->GetSize());
        packet->CopyData(octets.data(), packet->GetSize());
        return octets;
    }

    void NoteDelayed(Ptr<const Packet>, Ptr<NetDevice> sender, Time delay, const std::string& why)
    {
        m_told.push_back(NameOf(sender) + " late " + std::to_string(delay.GetMilliSeconds()) +
                         "ms " + why);
    }

    std::string NameOf(Ptr<NetDevice> device) const
    {
        return device == m_devices.Get(0) ? "client" : "server";
    }

    Ptr<Node> m_client;
    Ptr<Node> m_server;
    ImpairedLinkHelper m_link;
    NetDeviceContainer m_devices;
    Ptr<ImpairedChannel> m_channel;

    std::vector<std::pair<uint64_t, Time>> m_arrivals; // UID and when
    std::vector<uint64_t> m_sent;
    std::vector<std::string> m_told; // by the trace sources
    std::vector<std::vector<uint8_t>> m_beforeDamage;
    Time m_established;
    uint32_t m_octets{0}; // received by the server over TCP
};

/** Whether a packet of TCP over IPv4 and PPP carries a FIN. */
bool
HasFin(Ptr<const Packet> packet)
{
    auto copy = packet->Copy();
    PppHeader ppp;
    Ipv4Header ipv4;
    TcpHeader tcp;
    copy->RemoveHeader(ppp);
    copy->RemoveHeader(ipv4);
    copy->RemoveHeader(tcp);
    return (tcp.GetFlags() & TcpHeader::FIN) != 0;
}

// 128 octets of IP and 2 of PPP at 100 Mbps take 10.4 us; the link's Delay is 10 ms.
const Time PASSAGE = MilliSeconds(10) + NanoSeconds(10'400);

TEST_F(ImpairedChannelTest, IsAPlainLinkByDefault)
{
    Connect();
    SendDatagrams(3, MilliSeconds(1));
    ASSERT_EQ(m_arrivals.size(), 3u);
    EXPECT_EQ(m_arrivals[0].second, PASSAGE);
    EXPECT_EQ(m_arrivals[2].second, MilliSeconds(2) + PASSAGE);
    EXPECT_TRUE(m_told.empty());
}

TEST_F(ImpairedChannelTest, AddsTheDelayOfOneDirection)
{
    LinkImpairments impairments;
    impairments.delay = MilliSeconds(7);
    m_link.SetImpairments(1, impairments);
    Connect();
    Simulator::Schedule(MicroSeconds(500), [this, impairments] {
        m_channel->SetImpairments(0, impairments); // from the second packet on
    });
    SendDatagrams(2, MilliSeconds(1));
    ASSERT_EQ(m_arrivals.size(), 2u);
    EXPECT_EQ(m_arrivals[0].second, PASSAGE);
    EXPECT_EQ(m_arrivals[1].second, MilliSeconds(1 + 7) + PASSAGE);
}

TEST_F(ImpairedChannelTest, SpreadsArrivalsByJitter)
{
    m_link.SetChannelAttribute("Jitter", TimeValue(MilliSeconds(2)));
    Connect();
    SendDatagrams(500, MilliSeconds(100));
    ASSERT_EQ(m_arrivals.size(), 500u);
    std::set<Time> offsets;
    for (int i = 0; i < 500; ++i)
    {
        const Time offset = m_arrivals[i].second - i * MilliSeconds(100) - PASSAGE;
        EXPECT_LE(Abs(offset), MilliSeconds(2));
        offsets.insert(offset);
    }
    EXPECT_LT(*offsets.begin(), MilliSeconds(-1));
    EXPECT_GT(*offsets.rbegin(), MilliSeconds(1));
}

TEST_F(ImpairedChannelTest, NeverDeliversBeforeTheLastBitHasLeft)
{
    m_link.SetChannelAttribute("Jitter", TimeValue(Seconds(1)));
    Connect();
    SendDatagrams(50, Seconds(10));
    ASSERT_EQ(m_arrivals.size(), 50u);
    int atOnce = 0;
    for (int i = 0; i < 50; ++i)
    {
        const Time passage = m_arrivals[i].second - i * Seconds(10);
        EXPECT_GE(passage, NanoSeconds(10'400));
        atOnce += passage == NanoSeconds(10'400) ? 1 : 0;
    }
    EXPECT_GT(atOnce, 10);
}

TEST_F(ImpairedChannelTest, LosesAtRandomAndSaysSo)
{
    m_link.SetChannelAttribute("LossProbability", DoubleValue(0.1));
    Connect();
    SendDatagrams(2000, MilliSeconds(1));
    EXPECT_EQ(m_arrivals.size() + m_told.size(), 2000u);
    EXPECT_NEAR(m_told.size(), 200.0, 5 * 13.4); // five standard deviations
    EXPECT_EQ(m_told.at(0), "client lost loss");
}

TEST_F(ImpairedChannelTest, DeliversDuplicatesTwiceUnderOneUid)
{
    m_link.SetChannelAttribute("DuplicateProbability", DoubleValue(1.0));
    Connect();
    SendDatagrams(2, MilliSeconds(1));
    ASSERT_EQ(m_arrivals.size(), 4u);
    EXPECT_EQ(m_arrivals[0], m_arrivals[1]);
    EXPECT_EQ(m_arrivals[0].first, m_sent[0]);
    EXPECT_EQ(m_told, std::vector<std::string>(2, "client dup duplicate"));
}

TEST_F(ImpairedChannelTest, LetsTheReorderedOvertake)
{
    m_link.SetChannelAttribute("ReorderProbability", DoubleValue(0.3));
    m_link.SetChannelAttribute("AddedDelay", TimeValue(MilliSeconds(5)));
    Connect();
    SendDatagrams(200, MilliSeconds(1));
    std::vector<uint64_t> order;
    for (const auto& [uid, time] : m_arrivals)
    {
        order.push_back(uid);
    }
    EXPECT_NE(order, m_sent);
    EXPECT_TRUE(std::is_permutation(order.begin(), order.end(), m_sent.begin(), m_sent.end()));
}

TEST_F(ImpairedChannelTest, LosesWhatIsSentDuringAnOutage)
{
    m_link.AddOutage(MilliSeconds(2), MilliSeconds(4));
    Connect();
    Simulator::Schedule(MicroSeconds(6500), [this] { m_channel->SetDown(); });
    Simulator::Schedule(MicroSeconds(8500), [this] { m_channel->SetUp(); });
    SendDatagrams(10, MilliSeconds(1));
    std::vector<int> passed;
    for (const auto& [uid, time] : m_arrivals)
    {
        passed.push_back((time - PASSAGE).GetMilliSeconds());
    }
    EXPECT_EQ(passed, (std::vector<int>{0, 1, 4, 5, 6, 9}));
    EXPECT_EQ(m_told, std::vector<std::string>(4, "client lost outage"));
}

TEST_F(ImpairedChannelTest, FiresPhyTxDropForWhatIsLost)
{
    m_link.AddOutage(Seconds(0), Seconds(1));
    Connect();
    int drops = 0;
    Callback<void, Ptr<const Packet>> count([&drops](Ptr<const Packet>) { ++drops; });
    m_devices.Get(0)->TraceConnectWithoutContext("PhyTxDrop", count);
    SendDatagrams(3, MilliSeconds(1));
    EXPECT_EQ(drops, 3);
}

TEST_F(ImpairedChannelTest, NeverMatchesOtherProtocolsWithRules)
{
    m_link.SetRules("any: drop every segment");
    Connect();
    SendDatagrams(3, MilliSeconds(1));
    EXPECT_EQ(m_arrivals.size(), 3u);
}

// Stock TCP sends its SYN again after its ConnTimeout of 3 s; the handshake then takes one RTT.
TEST_F(ImpairedChannelTest, DropsTheFirstSynOfStockTcp)
{
    m_link.SetRules("client->server: drop 1st SYN");
    Connect();
    RunConnection();
    EXPECT_EQ(m_told, (std::vector<std::string>{"client lost rule: client->server: drop 1st SYN"}));
    EXPECT_GT(m_established, Seconds(3.02));
    EXPECT_LT(m_established, Seconds(3.03));
    EXPECT_EQ(m_octets, 100u);
    EXPECT_TRUE(m_channel->GetUnusedRules().empty());
}

TEST_F(ImpairedChannelTest, DropsTheFirstSynOverIpv6)
{
    m_link.SetRules("client->server: drop 1st SYN");
    Connect();
    Ipv6AddressHelper addresses(Ipv6Address("2001:db8::"), Ipv6Prefix(64));
    const auto interfaces = addresses.Assign(m_devices);
    RunConnection(Inet6SocketAddress(interfaces.GetAddress(1, 1), PORT));
    EXPECT_EQ(m_told.size(), 1u);
    EXPECT_GT(m_established, Seconds(3.02));
    EXPECT_EQ(m_octets, 100u);
}

TEST_F(ImpairedChannelTest, DelaysTheSynAck)
{
    m_link.SetRules("server->client: delay 1st SYN-ACK by 500ms");
    Connect();
    RunConnection();
    EXPECT_EQ(m_told,
              (std::vector<std::string>{
                  "server late 500ms rule: server->client: delay 1st SYN-ACK by 500ms"}));
    EXPECT_GT(m_established, Seconds(0.52));
    EXPECT_LT(m_established, Seconds(0.53));
}

TEST_F(ImpairedChannelTest, DuplicatesASegment)
{
    m_link.SetRules("client->server: duplicate 1st FIN after 10ms");
    Connect();
    std::vector<Time> fins;
    Callback<void, Ptr<const Packet>> note([&fins](Ptr<const Packet> packet) {
        if (HasFin(packet))
        {
            fins.push_back(Simulator::Now());
        }
    });
    m_devices.Get(1)->TraceConnectWithoutContext("MacRx", note);
    RunConnection();
    ASSERT_EQ(fins.size(), 2u);
    EXPECT_EQ(fins[1] - fins[0], MilliSeconds(10));
    EXPECT_EQ(m_told,
              (std::vector<std::string>{
                  "client dup rule: client->server: duplicate 1st FIN after 10ms"}));
}

TEST_F(ImpairedChannelTest, MakesSeveralCopiesOfASegment)
{
    m_link.SetRules("client->server: duplicate 1st FIN after 10ms and 30ms");
    Connect();
    std::vector<Time> fins;
    Callback<void, Ptr<const Packet>> note([&fins](Ptr<const Packet> packet) {
        if (HasFin(packet))
        {
            fins.push_back(Simulator::Now());
        }
    });
    m_devices.Get(1)->TraceConnectWithoutContext("MacRx", note);
    RunConnection();
    ASSERT_EQ(fins.size(), 3u);
    EXPECT_EQ(fins[1] - fins[0], MilliSeconds(10));
    EXPECT_EQ(fins[2] - fins[0], MilliSeconds(30));
    EXPECT_EQ(m_told.size(), 2u);
}

// SYN, ACK, then FIN with 100 octets: the FIN overtakes the ACK before it.
TEST_F(ImpairedChannelTest, ReordersASegmentBehindTheNext)
{
    m_link.SetRules("client->server: reorder 2nd segment after 1 segment");
    Connect();
    std::vector<bool> hasFin;
    Callback<void, Ptr<const Packet>> note(
        [&hasFin](Ptr<const Packet> packet) { hasFin.push_back(HasFin(packet)); });
    m_devices.Get(1)->TraceConnectWithoutContext("MacRx", note);
    RunConnection();
    EXPECT_EQ(hasFin, (std::vector<bool>{false, true, false}));
    EXPECT_EQ(m_octets, 100u);
    EXPECT_EQ(m_told,
              (std::vector<std::string>{"client late 0ms rule: client->server: reorder 2nd segment "
                                        "after 1 segment"}));
}

// Stock TCP drops what has a wrong checksum, and sends its SYN again after 3 s.
TEST_F(ImpairedChannelTest, CorruptsASegment)
{
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    m_link.SetRules("client->server: corrupt 1st SYN");
    Connect();
    std::vector<std::vector<uint8_t>> arrived;
    Callback<void, Ptr<const Packet>> note(
        [&arrived](Ptr<const Packet> packet) { arrived.push_back(OctetsOf(packet)); });
    m_devices.Get(1)->TraceConnectWithoutContext("MacRx", note);
    RunConnection();
    EXPECT_EQ(m_told,
              (std::vector<std::string>{"client corrupt rule: client->server: corrupt 1st SYN"}));
    EXPECT_GT(m_established, Seconds(3.02));
    EXPECT_EQ(m_octets, 100u);
    ASSERT_FALSE(arrived.empty());
    ASSERT_EQ(arrived[0].size(), m_beforeDamage[0].size());
    for (std::size_t i = 0; i < arrived[0].size(); ++i)
    {
        const int damage = i == 2 + 20 + 17 ? 1 : 0; // the last bit of the TCP checksum
        EXPECT_EQ(arrived[0][i] ^ m_beforeDamage[0][i], damage) << i;
    }
}

TEST_F(ImpairedChannelTest, CorruptsAtRandomOneBitBehindTheIpHeader)
{
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    for (const char* option : {"Timestamp", "Sack", "WindowScaling"})
    {
        // ns-3's TCP reads options before it verifies the checksum, and asserts that they are sound.
        Config::SetDefault(std::string("ns3::TcpSocketBase::") + option, BooleanValue(false));
    }
    m_link.SetChannelAttribute("CorruptProbability", DoubleValue(0.5));
    Connect();
    m_link.AssignStreams(m_devices, 400); // of which some are below a half
    std::vector<std::vector<uint8_t>> arrived;
    Callback<void, Ptr<const Packet>> note(
        [&arrived](Ptr<const Packet> packet) { arrived.push_back(OctetsOf(packet)); });
    m_devices.Get(0)->TraceConnectWithoutContext("MacRx", note);
    m_devices.Get(1)->TraceConnectWithoutContext("MacRx", note);
    RunConnection();
    EXPECT_EQ(m_octets, 100u) << "in spite of all damage";
    ASSERT_GT(m_told.size(), 2u);
    std::size_t found = 0;
    for (const auto& before : m_beforeDamage)
    {
        int differing = 0;
        for (const auto& after : arrived)
        {
            if (after.size() != before.size())
            {
                continue;
            }
            int bits = 0;
            for (std::size_t i = 0; i < after.size(); ++i)
            {
                const int flipped = __builtin_popcount(after[i] ^ before[i]);
                bits += i < 22 ? 100 * flipped : flipped; // 2 of PPP, 20 of IP
            }
            differing += bits == 1 ? 1 : 0;
        }
        found += differing > 0 ? 1 : 0;
    }
    EXPECT_EQ(found, m_beforeDamage.size()) << "each arrived with one bit flipped";
}

TEST_F(ImpairedChannelTest, LosesWhatItCorruptsOfOtherProtocols)
{
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    m_link.SetChannelAttribute("CorruptProbability", DoubleValue(1.0));
    Connect();
    SendDatagrams(3, MilliSeconds(1));
    EXPECT_TRUE(m_arrivals.empty());
    EXPECT_EQ(m_told, std::vector<std::string>(3, "client lost corrupt"));
}

// 130 octets take 10.4 ms at 100 kbps.
TEST_F(ImpairedChannelTest, SendsAtARateOfItsOwn)
{
    m_link.SetChannelAttribute("Rate", StringValue("100kbps"));
    m_link.SetChannelAttribute("Limit", UintegerValue(2));
    Connect();
    SendDatagrams(4, MilliSeconds(1));
    ASSERT_EQ(m_arrivals.size(), 2u);
    EXPECT_EQ(m_arrivals[0].second, PASSAGE + MicroSeconds(10'400));
    EXPECT_EQ(m_arrivals[1].second, PASSAGE + MicroSeconds(2 * 10'400));
    EXPECT_EQ(m_told, std::vector<std::string>(2, "client lost limit"));
}

TEST_F(ImpairedChannelTest, LosesByGemodel)
{
    m_link.SetChannelAttribute("LossGemodel", StringValue("0.1,0.3,1,0"));
    Connect();
    SendDatagrams(2000, MilliSeconds(1));
    EXPECT_EQ(m_arrivals.size() + m_told.size(), 2000u);
    EXPECT_NEAR(m_told.size() / 2000.0, 0.25, 5 * 0.0194); // variance (3/16)(1 + 2 * 0.6 / 0.4) / n
    EXPECT_EQ(m_told.at(0), "client lost loss");
}

TEST_F(ImpairedChannelTest, KnowsTheAckOfAFin)
{
    m_link.SetRules("server->client: drop 1st ACK-of-FIN");
    Connect();
    RunConnection();
    EXPECT_EQ(m_told,
              (std::vector<std::string>{"server lost rule: server->client: drop 1st ACK-of-FIN"}));
}

TEST_F(ImpairedChannelTest, ReadsSegmentsWithChecksumsToo)
{
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    m_client = CreateObject<Node>();
    m_server = CreateObject<Node>();
    m_link.SetRules("client->server: drop 1st SYN");
    Connect();
    RunConnection();
    EXPECT_EQ(m_told.size(), 1u);
    EXPECT_EQ(m_octets, 100u);
}

TEST_F(ImpairedChannelTest, TakesTheNamesOfItsEndsFromWhereTheyAreGiven)
{
    Connect();
    EXPECT_EQ(m_channel->GetHostName(0), "client");
    EXPECT_EQ(m_channel->GetHostName(1), "server");
    Names::Add("alice", m_client);
    EXPECT_EQ(m_channel->GetHostName(0), "alice");
    m_channel->SetHostName(0, "client-3");
    EXPECT_EQ(m_channel->GetHostName(0), "client-3");
}

TEST_F(ImpairedChannelTest, MeansNumberedHostsToo)
{
    m_link.SetHostNames("client-3", "server");
    m_link.SetRules("client-2->server: drop every SYN; client->server: drop 1st SYN");
    Connect();
    RunConnection();
    EXPECT_EQ(m_told.size(), 1u);
    EXPECT_EQ(m_channel->GetUnusedRules(),
              std::vector<std::string>{"client-2->server: drop every SYN"});
}

TEST_F(ImpairedChannelTest, SurvivesPacketsThatAreCutShort)
{
    m_link.SetRules("any: drop every segment");
    Connect();
    auto device = DynamicCast<PointToPointNetDevice>(m_devices.Get(0));
    const uint8_t ipv4[] = {0x00, 0x21, 0x4f, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0,
                            0,    10,   0,    0, 1, 10, 0, 0, 2, 0, 80, 0, 80};
    for (uint32_t size = 0; size <= sizeof ipv4; ++size)
    {
        EXPECT_TRUE(m_channel->TransmitStart(Create<Packet>(ipv4, size), device, Time(0)));
    }
    const uint8_t ipv6[] = {0x00, 0x57, 0x60, 0, 0, 0, 0, 20, 6, 64};
    EXPECT_TRUE(m_channel->TransmitStart(Create<Packet>(ipv6, sizeof ipv6), device, Time(0)));
    EXPECT_TRUE(m_told.empty());
}

/** The arrivals of a run over a link that does everything at once. */
std::vector<std::pair<int64_t, int64_t>>
ArrivalsOfARun(int64_t stream, double loss)
{
    RngSeedManager::SetSeed(3);
    auto client = CreateObject<Node>();
    auto server = CreateObject<Node>();
    ImpairedLinkHelper link;
    link.SetChannelAttribute("LossProbability", DoubleValue(loss));
    link.SetChannelAttribute("DuplicateProbability", DoubleValue(0.2));
    link.SetChannelAttribute("Jitter", TimeValue(MilliSeconds(3)));
    auto devices = link.Install(client, server);
    link.AssignStreams(devices, stream);

    std::vector<std::pair<int64_t, int64_t>> arrivals; // size, when
    devices.Get(1)->SetReceiveCallback(
        [&arrivals](Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t, const Address&) {
            arrivals.emplace_back(packet->GetSize(), Simulator::Now().GetNanoSeconds());
            return true;
        });
    for (int i = 0; i < 300; ++i)
    {
        Simulator::Schedule(Seconds(i), [devices, i] {
            devices.Get(0)->Send(Create<Packet>(i + 1), devices.Get(1)->GetAddress(), 0x0800);
        });
    }
    Simulator::Run();
    Simulator::Destroy();
    return arrivals;
}

TEST(ImpairedChannelRuns, AreEqualForEqualStreams)
{
    const auto first = ArrivalsOfARun(50, 0.2);
    EXPECT_GT(first.size(), 200u);
    EXPECT_EQ(first, ArrivalsOfARun(50, 0.2));
    EXPECT_NE(first, ArrivalsOfARun(90, 0.2));
}

TEST(ImpairedChannelRuns, MeetTheSameJitterUnderAnotherLoss)
{
    const auto lossy = ArrivalsOfARun(50, 0.2);
    const auto lossless = ArrivalsOfARun(50, 1e-9);
    const std::set<std::pair<int64_t, int64_t>> all(lossless.begin(), lossless.end());
    EXPECT_LT(lossy.size(), lossless.size());
    int unknown = 0;
    for (const auto& arrival : lossy)
    {
        unknown += all.count(arrival) == 0 ? 1 : 0;
    }
    EXPECT_EQ(unknown, 0);
}

TEST(ImpairedLinkHelper, AssignsAFixedNumberOfStreamsToEachLink)
{
    ImpairedLinkHelper link;
    NetDeviceContainer devices = link.Install(CreateObject<Node>(), CreateObject<Node>());
    EXPECT_EQ(link.AssignStreams(devices, 5), 24);
    devices.Add(link.Install(CreateObject<Node>(), CreateObject<Node>()));
    EXPECT_EQ(link.AssignStreams(devices, 5), 48);
    Simulator::Destroy();
}

TEST(ImpairedLinkHelper, SetsDefaultsThatSuitTcp)
{
    ImpairedLinkHelper link;
    NetDeviceContainer devices = link.Install(CreateObject<Node>(), CreateObject<Node>());
    DataRateValue rate;
    devices.Get(0)->GetAttribute("DataRate", rate);
    EXPECT_EQ(rate.Get(), DataRate("100Mbps"));
    TimeValue delay;
    ImpairedLinkHelper::GetChannel(devices)->GetAttribute("Delay", delay);
    EXPECT_EQ(delay.Get(), MilliSeconds(10));
    Simulator::Destroy();
}

TEST(ImpairedChannelSettings, AreReadBack)
{
    auto channel = CreateObject<ImpairedChannel>();
    channel->SetAttribute("LossProbability", DoubleValue(0.25));
    LinkImpairments impairments;
    impairments.delay = MilliSeconds(5);
    channel->SetImpairments(1, impairments);
    EXPECT_EQ(channel->GetImpairments(0).lossProbability, 0.25);
    EXPECT_EQ(channel->GetImpairments(1).lossProbability, 0.0);
    EXPECT_EQ(channel->GetImpairments(1).delay, MilliSeconds(5));
    channel->SetAttribute("Rules", StringValue(" any:drop 1st FIN ;"));
    EXPECT_EQ(channel->GetRules(), "any: drop 1st FIN");
}

TEST(ImpairedChannelSettings, AreCheckedBeforehand)
{
    LinkImpairments impairments;
    EXPECT_EQ(ImpairedChannel::FindProblem(impairments), "");
    impairments.lossProbability = 2.0;
    EXPECT_EQ(ImpairedChannel::FindProblem(impairments),
              "lossProbability is 2: a probability lies in [0, 1]");
    impairments.lossProbability = 0.0;
    impairments.lossGemodel = "0.1,x";
    EXPECT_EQ(
        ImpairedChannel::FindProblem(impairments),
        "lossGemodel: r is 'x', which is no number from 0 to 1; allowed is p[,r[,1-h[,1-k]]]");
    const auto inCapitals = [](const std::string& field) {
        return field == "lossGemodel" ? "GEMODEL" : field;
    };
    EXPECT_EQ(ImpairedChannel::FindProblem(impairments, false, inCapitals).substr(0, 8),
              "GEMODEL:");
    impairments.lossGemodel = "";
    impairments.corruptProbability = 0.5;
    EXPECT_EQ(ImpairedChannel::FindProblem(impairments),
              "corruptProbability is 0.5 but checksums is false: nobody would notice the damage");
    EXPECT_EQ(ImpairedChannel::FindProblem(impairments, true), "");
    EXPECT_EQ(ImpairedChannel::FindProblemInRules("any: drop 1st FIN; any: corrupt 2nd FIN"),
              "rules: corrupt needs checksums, because nobody would notice the damage: "
              "any: corrupt 2nd FIN");
    EXPECT_EQ(ImpairedChannel::FindProblemInRules("any: corrupt 2nd FIN", {}, true), "");
    EXPECT_EQ(ImpairedChannel::FindProblemInRules("any: drop 1st FIN"), "");
    EXPECT_EQ(ImpairedChannel::FindProblemInRules("any: drop 1st"),
              "rules: expected SYN, SYN-ACK, FIN, ACK, ACK-of-FIN, RST, data or segment "
              "at character 14 (found the end): any: drop 1st[]");
    EXPECT_EQ(ImpairedChannel::FindProblemInRules("a->server: drop 1st FIN", {"b", "server"}),
              "rules: no host is called \"a\" (hosts: b, server): a->server: drop 1st FIN");
}

TEST(ImpairedChannelSettingsDeathTest, AbortWithTheSameSentence)
{
    auto channel = CreateObject<ImpairedChannel>();
    LinkImpairments impairments;
    impairments.reorderProbability = 0.5;
    EXPECT_DEATH(channel->SetImpairments(0, impairments), "reordering needs a delay to skip");
    EXPECT_DEATH(channel->SetRules("any: lose 1st FIN"), "expected \"drop\", \"delay\"");
    EXPECT_DEATH(channel->AddOutage(Seconds(2), Seconds(1)), "must end after it begins");
}

} // namespace
