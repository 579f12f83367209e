// What the channel duplicates and corrupts under stock ns-3.

#include "impaired-channel-world.h"

#include "ns3/boolean.h"
#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/global-value.h"

#include <string>
#include <vector>

using namespace ns3;

namespace
{

/** Notes in @p fins when @p device hears a FIN. */
void
NoteFins(Ptr<NetDevice> device, std::vector<Time>& fins)
{
    Callback<void, Ptr<const Packet>> note([&fins](Ptr<const Packet> packet) {
        if (HasFin(packet))
        {
            fins.push_back(Simulator::Now());
        }
    });
    device->TraceConnectWithoutContext("MacRx", note);
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

TEST_F(ImpairedChannelTest, DuplicatesASegment)
{
    m_link.SetRules("client->server: duplicate 1st FIN after 10ms");
    Connect();
    std::vector<Time> fins;
    NoteFins(m_devices.Get(1), fins);
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
    NoteFins(m_devices.Get(1), fins);
    RunConnection();
    ASSERT_EQ(fins.size(), 3u);
    EXPECT_EQ(fins[1] - fins[0], MilliSeconds(10));
    EXPECT_EQ(fins[2] - fins[0], MilliSeconds(30));
    EXPECT_EQ(m_told.size(), 2u);
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

} // namespace
