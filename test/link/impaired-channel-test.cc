// The channel under stock ns-3: a plain link, and who its ends are.

#include "impaired-channel-world.h"

#include "ns3/names.h"
#include "ns3/point-to-point-net-device.h"

#include <string>
#include <vector>

using namespace ns3;

namespace
{

TEST_F(ImpairedChannelTest, IsAPlainLinkByDefault)
{
    Connect();
    SendDatagrams(3, MilliSeconds(1));
    ASSERT_EQ(m_arrivals.size(), 3u);
    EXPECT_EQ(m_arrivals[0].second, PASSAGE);
    EXPECT_EQ(m_arrivals[2].second, MilliSeconds(2) + PASSAGE);
    EXPECT_TRUE(m_told.empty());
}

TEST_F(ImpairedChannelTest, NeverMatchesOtherProtocolsWithRules)
{
    m_link.SetRules("any: drop every segment");
    Connect();
    SendDatagrams(3, MilliSeconds(1));
    EXPECT_EQ(m_arrivals.size(), 3u);
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

} // namespace
