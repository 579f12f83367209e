// What attributes of a socket do to packets: those that TcpSocket has as well, and those of closing.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/impaired-channel.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <vector>

namespace ns3
{
namespace
{

/** A client whose socket, and a server whose listener, get an attribute before they are connected. */
class StackAttributes : public StackTest
{
  protected:
    StackAttributes()
        : client(w.MakeSocket(w.Client())),
          listener(w.Listen())
    {
        User::ServeNext(listener, server);
    }

    void Connect()
    {
        client.socket->Connect(w.ServerAddress());
        w.Run(Seconds(1));
        ASSERT_EQ(client.told, "connected");
    }

    /** Segments with text that the client has sent so far. */
    uint64_t TextSegments()
    {
        const auto& sent = w.Of(w.Client()).tx;
        return static_cast<uint64_t>(
            std::count_if(sent.begin(), sent.end(), [](const LifecycleSegment& segment) {
                return segment.len > 0;
            }));
    }

    /** Acknowledgments without text that the server has sent so far. */
    uint64_t Acks()
    {
        const auto& sent = w.Of(w.Server()).tx;
        return static_cast<uint64_t>(
            std::count_if(sent.begin(), sent.end(), [](const LifecycleSegment& segment) {
                return segment.reason == "ack";
            }));
    }

    User client;
    User server{nullptr};
    Ptr<Socket> listener;
};

/** How many segments with text a fresh connection sends in its first @p span. */
uint64_t
SentIn(Time span, const std::string& attribute, uint32_t value)
{
    World w;
    User client(w.MakeSocket(w.Client()));
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    client.socket->SetAttribute(attribute, UintegerValue(value));
    client.SendPattern(1000000);
    client.socket->Connect(w.ServerAddress());
    w.Run(MilliSeconds(20) + span);
    const auto& sent = w.Of(w.Client()).tx;
    return static_cast<uint64_t>(
        std::count_if(sent.begin(), sent.end(), [](const LifecycleSegment& segment) {
            return segment.len > 0;
        }));
}

} // namespace

TEST(StackWindows, InitialCwndIsTheFirstFlight)
{
    EXPECT_EQ(SentIn(MilliSeconds(15), "InitialCwnd", 2), 2u);
    EXPECT_EQ(SentIn(MilliSeconds(15), "InitialCwnd", 7), 7u);
}

TEST(StackWindows, InitialSlowStartThresholdEndsSlowStart)
{
    const uint32_t atOnce = 14480; // the initial window
    const uint64_t avoiding = SentIn(MilliSeconds(95), "InitialSlowStartThreshold", atOnce);
    const uint64_t starting = SentIn(MilliSeconds(95), "InitialSlowStartThreshold", 0xffffffff);
    EXPECT_GE(avoiding, 10u + 10 + 11 + 12); // one segment more each round trip
    EXPECT_LE(avoiding, 10u + 11 + 12 + 13 + 14);
    EXPECT_GE(starting, 10u + 15 + 22 + 33); // half as much again, as every second is acknowledged
}

TEST_F(StackAttributes, DelAckTimeoutHoldsTheAckBack)
{
    listener->SetAttribute("DelAckTimeout", TimeValue(MilliSeconds(70)));
    Connect();
    client.socket->Send(Create<Packet>(100));
    w.Run(Seconds(2));
    const Time arrived = w.Of(w.Server()).rx.back().time;
    ASSERT_EQ(w.Of(w.Server()).rx.back().len, 100u);
    ASSERT_EQ(w.Of(w.Server()).tx.back().reason, "ack");
    EXPECT_EQ(w.Of(w.Server()).tx.back().time - arrived, MilliSeconds(70));
}

TEST_F(StackAttributes, DelAckCountOfOneAcknowledgesEachSegment)
{
    listener->SetAttribute("DelAckCount", UintegerValue(1));
    Connect();
    client.socket->Send(Create<Packet>(4 * 1448));
    w.Run(Seconds(2));
    EXPECT_EQ(TextSegments(), 4u);
    EXPECT_EQ(Acks(), 4u);
}

TEST_F(StackAttributes, DelAckCountOfFourAcknowledgesTheFourth)
{
    listener->SetAttribute("DelAckCount", UintegerValue(4));
    Connect();
    server.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>()); // no window updates
    client.socket->Send(Create<Packet>(4 * 1448));
    w.Run(Seconds(2));
    EXPECT_EQ(TextSegments(), 4u);
    EXPECT_EQ(Acks(), 1u);
}

TEST_F(StackAttributes, TcpNoDelaySendsSmallSegmentsAtOnce)
{
    client.socket->SetAttribute("TcpNoDelay", BooleanValue(true));
    Connect();
    client.socket->Send(Create<Packet>(10));
    client.socket->Send(Create<Packet>(10));
    w.Run(Seconds(1) + MilliSeconds(1));
    EXPECT_EQ(TextSegments(), 2u);
}

TEST_F(StackAttributes, WithoutTcpNoDelayTheSecondSmallSegmentWaits)
{
    client.socket->SetAttribute("TcpNoDelay", BooleanValue(false));
    Connect();
    client.socket->Send(Create<Packet>(10));
    client.socket->Send(Create<Packet>(10));
    w.Run(Seconds(1) + MilliSeconds(100)); // the ACK of the first is delayed
    EXPECT_EQ(TextSegments(), 1u);
    w.Run(Seconds(2));
    EXPECT_EQ(TextSegments(), 2u);
    EXPECT_EQ(server.received, 20u);
}

//
TEST_F(StackAttributes, PersistTimeoutIsTheLeastTimeBetweenProbes)
{
    client.socket->SetAttribute("PersistTimeout", TimeValue(Seconds(8)));
    listener->SetAttribute("RcvBufSize", UintegerValue(2000));
    Connect();
    server.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    client.socket->Send(Create<Packet>(5000));
    w.Run(Seconds(30));
    std::vector<Time> probes;
    for (const LifecycleSegment& segment : w.Of(w.Client()).tx)
    {
        if (segment.reason == "probe")
        {
            probes.push_back(segment.time);
        }
    }
    ASSERT_EQ(probes.size(), 3u); // at 9, 17 and 25 s; without it at 2, 4, 8 and 16 s
    EXPECT_EQ(probes[1] - probes[0], Seconds(8));
    EXPECT_EQ(probes[2] - probes[1], Seconds(8));
}

TEST_F(StackAttributes, LingerZeroResets) // Covers T40.ES
{
    client.socket->SetAttribute("LingerZero", BooleanValue(true));
    Connect();
    client.socket->Close();
    w.Run(Seconds(2));
    EXPECT_EQ(w.Of(w.Client()).tx.back().reason, "reset");
    EXPECT_EQ(w.Edges(w.Client()), "T02 T08 T40.ES");
    EXPECT_EQ(server.told, "accepted broken");
}

TEST_F(StackAttributes, LingerZeroDropsWhatWaitsForTheConnection)
{
    client.socket->SetAttribute("LingerZero", BooleanValue(true));
    client.socket->Connect(w.ServerAddress());
    EXPECT_EQ(client.socket->Send(Create<Packet>(100)), 100);
    client.socket->Close();
    EXPECT_EQ(DynamicCast<LifecycleSocket>(client.socket)->GetStateName(), "CLOSED");
    w.Run(Seconds(10));
    EXPECT_EQ(TextSegments(), 0u);
    EXPECT_EQ(server.received, 0u);
    EXPECT_TRUE(w.Tcp(w.Client())->GetOpenConnections().empty());
}

TEST_F(StackAttributes, WithoutItWhatWaitsIsSentAndThenClosed)
{
    client.socket->Connect(w.ServerAddress());
    EXPECT_EQ(client.socket->Send(Create<Packet>(100)), 100);
    client.socket->Close();
    w.Run(Seconds(10));
    EXPECT_EQ(server.received, 100u);
    EXPECT_TRUE(server.sawEnd);
    EXPECT_EQ(w.Edges(w.Client()), "T02 T08 T21 T26");
}

TEST_F(StackAttributes, OrphanRetriesBoundWhatFollowsAClose)
{
    client.socket->SetAttribute("OrphanRetries", UintegerValue(2));
    Connect();
    DynamicCast<ImpairedChannel>(w.devices.Get(0)->GetChannel())->SetDown();
    client.socket->Send(Create<Packet>(100));
    client.socket->Close();
    w.Run(Seconds(100));
    ASSERT_EQ(w.Of(w.Client()).ends.size(), 1u);
    const LifecycleEnd& end = w.Of(w.Client()).ends.front();
    EXPECT_EQ(end.reason, "timed-out");
    EXPECT_EQ(end.retransmissions, 2u);
    EXPECT_EQ(end.time, Seconds(1 + 1 + 2 + 4));
}

} // namespace ns3
