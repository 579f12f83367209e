// The trace source Decision: which rules have decided what becomes of a segment.

#include "world.h"

#include <string>
#include <vector>

namespace ns3
{
namespace
{

class DecisionTrace : public ::testing::Test
{
  protected:
    void Watch(Ptr<Node> node)
    {
        m_sink = Callback<void, const LifecycleDecision&>(
            [this](const LifecycleDecision& decision) { told.push_back(decision); });
        ASSERT_TRUE(w.Tcp(node)->TraceConnectWithoutContext("Decision", m_sink));
    }

    void StopWatching(Ptr<Node> node)
    {
        ASSERT_TRUE(w.Tcp(node)->TraceDisconnectWithoutContext("Decision", m_sink));
    }

    /** Whether there is one for each segment that has arrived, of the same packet, end and time. */
    void ExpectOneForEach(const std::vector<LifecycleSegment>& arrived) const
    {
        ASSERT_EQ(told.size(), arrived.size());
        for (std::size_t i = 0; i < told.size(); ++i)
        {
            EXPECT_EQ(told[i].uid, arrived[i].uid);
            EXPECT_EQ(told[i].local, arrived[i].local);
            EXPECT_EQ(told[i].remote, arrived[i].remote);
            EXPECT_EQ(told[i].time, arrived[i].time);
            EXPECT_FALSE(told[i].rules.empty());
        }
    }

    World w;
    std::vector<LifecycleDecision> told;

  private:
    Callback<void, const LifecycleDecision&> m_sink;
};

// A segment for nobody is decided upon as well, P02
TEST_F(DecisionTrace, SynForNobody)
{
    w.Build();
    Watch(w.Server());
    w.MakeSocket(w.Client())->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    ExpectOneForEach(w.Of(w.Server()).rx);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].connection, 0U);
    EXPECT_EQ(told[0].rules, "P02");
}

// The listener is who was there for the SYN, its child for what follows
TEST_F(DecisionTrace, OneForEachSegmentThatArrives)
{
    const auto listener = w.Listen();
    Watch(w.Server());
    const auto client = w.MakeSocket(w.Client());
    client->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    client->Close();
    w.Run(Seconds(2));
    ExpectOneForEach(w.Of(w.Server()).rx);
    ASSERT_GE(told.size(), 3U);
    EXPECT_EQ(told[0].rules, "P07");
    EXPECT_NE(told[0].connection, told[1].connection);
    EXPECT_EQ(told[1].connection, told[2].connection);
}

TEST_F(DecisionTrace, NothingIsToldToWhoNoLongerListens)
{
    const auto listener = w.Listen();
    Watch(w.Server());
    w.MakeSocket(w.Client())->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    const std::size_t before = told.size();
    StopWatching(w.Server());
    w.MakeSocket(w.Client())->Connect(w.ServerAddress());
    w.Run(Seconds(2));
    EXPECT_GT(before, 0U);
    EXPECT_EQ(told.size(), before);
}

// The machine of the next boot is asked as well
TEST_F(DecisionTrace, GoOnAfterAReboot)
{
    const auto listener = w.Listen();
    Watch(w.Server());
    const auto client = w.MakeSocket(w.Client());
    client->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    w.Tcp(w.Server())->Reboot();
    client->Send(Create<Packet>(10));
    w.Run(Seconds(2));
    ExpectOneForEach(w.Of(w.Server()).rx);
    EXPECT_EQ(told.back().rules, "P03");
}

} // namespace
} // namespace ns3
