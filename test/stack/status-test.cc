// What trace sources of a socket tell of its connection: STATUS, RFC 9293 3.9.1.5, 3.10.6.

#include "world.h"

#include "ns3/tcp-socket.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace ns3
{
namespace
{

template <class Value>
using Changes = std::vector<std::pair<Value, Value>>;

/** Keeps what trace source @p name of @p socket tells. */
template <class Value>
void
Keep(Ptr<Socket> socket, const std::string& name, Changes<Value>& changes)
{
    EXPECT_TRUE(socket->TraceConnectWithoutContext(
        name,
        Callback<void, Value, Value>(
            [&changes](Value before, Value now) { changes.emplace_back(before, now); })));
}

/** Each value follows the last, and differs. */
template <class Value>
void
ExpectChain(const Changes<Value>& changes, Value first)
{
    for (const auto& [before, now] : changes)
    {
        EXPECT_EQ(before, first);
        EXPECT_NE(now, first);
        first = now;
    }
}

/** A transfer of 300 kB over a round trip of 20 ms, whose 30th segment is lost. */
class StackStatus : public StackTest
{
  protected:
    StackStatus()
    {
        w.SetRules("client->server: drop 30th data");
        client.Serve(w.MakeSocket(w.Client()));
        client.socket->SetAttribute("MinRto", TimeValue(MilliSeconds(200)));
        client.SendPattern(OCTETS);
        User::ServeNext(w.Listen(), server);
    }

    void Transfer()
    {
        client.socket->Connect(w.ServerAddress());
        w.Run(Seconds(10));
        ASSERT_EQ(server.received, OCTETS);
        ASSERT_TRUE(server.isIntact);
    }

    static constexpr uint64_t OCTETS = 300000;
    static constexpr uint32_t MSS = 1448;
    User client{nullptr};
    User server{nullptr};
};

} // namespace

TEST_F(StackStatus, StateIsTracedAsInTcpSocketBase)
{
    Changes<TcpSocket::TcpStates_t> states;
    Keep(client.socket, "State", states);
    Transfer();
    const Changes<TcpSocket::TcpStates_t> expected{{TcpSocket::CLOSED, TcpSocket::SYN_SENT},
                                                   {TcpSocket::SYN_SENT, TcpSocket::ESTABLISHED},
                                                   {TcpSocket::ESTABLISHED, TcpSocket::FIN_WAIT_1},
                                                   {TcpSocket::FIN_WAIT_1, TcpSocket::TIME_WAIT}};
    EXPECT_EQ(states, expected);
}

TEST_F(StackStatus, CongestionWindowGrowsAndFallsWithTheLoss)
{
    Changes<uint32_t> cwnd;
    Changes<uint32_t> ssthresh;
    Keep(client.socket, "CongestionWindow", cwnd);
    Keep(client.socket, "SlowStartThreshold", ssthresh);
    Transfer();
    ExpectChain<uint32_t>(cwnd, 0);
    ExpectChain<uint32_t>(ssthresh, 0);
    ASSERT_GT(cwnd.size(), 10u);
    EXPECT_EQ(cwnd.front().second, 10 * MSS);
    const auto falls =
        std::count_if(cwnd.begin(), cwnd.end(), [](const auto& c) { return c.second < c.first; });
    EXPECT_EQ(falls, 1);
    ASSERT_EQ(ssthresh.size(), 2u);
    EXPECT_EQ(ssthresh[0].second, UINT32_MAX);
    const auto fall =
        std::find_if(cwnd.begin(), cwnd.end(), [](const auto& c) { return c.second < c.first; });
    EXPECT_EQ(ssthresh[1].second, fall->second); // RFC 6675 5 (4.2)
    EXPECT_LT(ssthresh[1].second, fall->first);
    EXPECT_GE(ssthresh[1].second, 2 * MSS);
}

TEST_F(StackStatus, RoundTripAndTimeoutFollowTheSamples)
{
    Changes<Time> rtt;
    Changes<Time> rto;
    Keep(client.socket, "RTT", rtt);
    Keep(client.socket, "RTO", rto);
    Transfer();
    ExpectChain(rtt, Time(0));
    ExpectChain(rto, Time(0));
    ASSERT_FALSE(rtt.empty());
    EXPECT_EQ(rtt.front().second.RoundTo(Time::MS), MilliSeconds(20));
    ASSERT_GE(rto.size(), 2u);
    EXPECT_EQ(rto[0].second, Seconds(1)); // before any sample
    EXPECT_EQ(rto[1].second, MilliSeconds(200));
}

TEST_F(StackStatus, OctetsInFlightFitTheWindowUntilTheLossAndEndAtNone)
{
    Changes<uint32_t> inFlight;
    Changes<uint32_t> atMost; // with cwnd at that time
    uint32_t cwnd = 0;
    bool hasFallen = false;
    Keep(client.socket, "BytesInFlight", inFlight);
    client.socket->TraceConnectWithoutContext(
        "CongestionWindow",
        Callback<void, uint32_t, uint32_t>([&](uint32_t before, uint32_t now) {
            cwnd = now;
            hasFallen = hasFallen || now < before;
        }));
    client.socket->TraceConnectWithoutContext(
        "BytesInFlight",
        Callback<void, uint32_t, uint32_t>([&](uint32_t, uint32_t now) {
            if (!hasFallen)
            {
                atMost.emplace_back(now, cwnd);
            }
        }));
    Transfer();
    ExpectChain<uint32_t>(inFlight, 0);
    ASSERT_GT(atMost.size(), 20u);
    for (const auto& [octets, window] : atMost)
    {
        EXPECT_LE(octets, window + 2 * MSS); // RFC 3042: two segments while a loss is suspected
        EXPECT_GT(octets, 0u);
    }
    EXPECT_EQ(inFlight.back().second, 0u);
}

TEST_F(StackStatus, SinkMayEndTheConnection)
{
    client.socket->TraceConnectWithoutContext(
        "CongestionWindow",
        Callback<void, uint32_t, uint32_t>([this](uint32_t, uint32_t now) {
            if (now > 20 * MSS)
            {
                DynamicCast<LifecycleSocket>(client.socket)->Abort();
            }
        }));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(10));
    EXPECT_EQ(w.Edges(w.Client()), "T02 T08 T40.ES");
    EXPECT_EQ(server.told, "accepted readable broken");
}

} // namespace ns3
