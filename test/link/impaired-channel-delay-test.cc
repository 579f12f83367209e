// When what the channel carries arrives under stock ns-3: delay, jitter, reordering, rate.

#include "impaired-channel-world.h"

#include "ns3/double.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

using namespace ns3;

namespace
{

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

} // namespace
