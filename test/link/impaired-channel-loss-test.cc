// What the channel loses under stock ns-3: at random, in outages, by rules.

#include "impaired-channel-world.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/global-value.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/string.h"

#include <string>
#include <vector>

using namespace ns3;

namespace
{

TEST_F(ImpairedChannelTest, LosesAtRandomAndSaysSo)
{
    m_link.SetChannelAttribute("LossProbability", DoubleValue(0.1));
    Connect();
    SendDatagrams(2000, MilliSeconds(1));
    EXPECT_EQ(m_arrivals.size() + m_told.size(), 2000u);
    EXPECT_NEAR(m_told.size(), 200.0, 5 * 13.4); // five standard deviations
    EXPECT_EQ(m_told.at(0), "client lost loss");
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

} // namespace
