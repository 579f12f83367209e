// A listener's policies and counters through ns-3. RFC 4987.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <gtest/gtest.h>

using namespace ns3;

namespace
{

class StackListening : public StackTest
{
  protected:
    uint64_t Count(std::string_view name)
    {
        for (const LifecycleCounter& counter : w.Tcp(w.Server())->GetCounters())
        {
            if (counter.name == name)
            {
                return counter.value;
            }
        }
        ADD_FAILURE() << "no counter " << name;
        return 0;
    }
};

} // namespace

TEST_F(StackListening, CookieMakesAConnection) // Covers T07, R-93
{
    w.Tcp(w.Server())->SetAttribute("SynCookies", StringValue("always"));
    const auto listener = w.Listen();
    User server(nullptr);
    User::ServeNext(listener, server);
    User client(w.MakeSocket(w.Client()));
    client.SendPattern(5000);
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(5));
    EXPECT_EQ(server.received, 5000u);
    EXPECT_TRUE(server.isIntact);
    EXPECT_EQ(w.Edges(w.Server()), "T01 T07 T22 T23 T29");
    EXPECT_EQ(Count("cookies-sent"), 1u);
    EXPECT_EQ(Count("cookies-accepted"), 1u);
    EXPECT_TRUE(w.Of(w.Server()).synQueue.empty());
}

TEST_F(StackListening, CookieSurvivesTheLossOfTheFinalAckIfTheClientSpeaks)
{
    w.SetRules("client->server: drop 2nd segment"); // the ACK; data follows at once
    w.Tcp(w.Server())->SetAttribute("SynCookies", StringValue("always"));
    const auto listener = w.Listen();
    User server(nullptr);
    User::ServeNext(listener, server);
    User client(w.MakeSocket(w.Client()));
    client.SendPattern(100);
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(10));
    ASSERT_GT(w.Of(w.Server()).rx.size(), 1u);
    EXPECT_EQ(w.Of(w.Server()).rx[1].len, 100u); // the ACK itself did not come
    EXPECT_EQ(server.received, 100u);
    EXPECT_TRUE(server.isIntact);
}

TEST_F(StackListening, OldestGoesAndTheClientComesBack) // Covers T19, R-91
{
    w.Tcp(w.Server())->SetAttribute("SynOverflow", StringValue("drop-oldest"));
    w.Tcp(w.Server())->SetAttribute("SynQueueLimit", UintegerValue(1));
    w.Listen();
    User first(w.MakeSocket(w.Client()));
    User second(w.MakeSocket(w.Client()));
    first.socket->Connect(w.ServerAddress());
    second.socket->Connect(w.ServerAddress());
    w.Run(Seconds(5));
    EXPECT_EQ(Count("syn-queue-evictions"), 1u);
    EXPECT_EQ(second.told, "connected");
    EXPECT_EQ(first.told, "connected broken"); // RFC 4987 3.4: its ACK met nothing but the listener
}

TEST_F(StackListening, FullAcceptQueueResetsIfTold) // Covers T52.SR, R-96
{
    w.Tcp(w.Server())->SetAttribute("AbortOnOverflow", BooleanValue(true));
    w.Tcp(w.Server())->SetAttribute("AcceptQueueLimit", UintegerValue(0));
    w.Listen();
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(5));
    EXPECT_EQ(client.told, "connected broken");
    EXPECT_EQ(w.Edges(w.Server()), "T01 T03 T52.SR");
    EXPECT_EQ(Count("accept-resets"), 1u);
}

TEST_F(StackListening, TimeWaitIsLimited) // Covers T38
{
    w.Tcp(w.Client())->SetAttribute("TimeWaitLimit", UintegerValue(1));
    const auto listener = w.Listen();
    for (int i = 0; i < 2; ++i)
    {
        User server(nullptr);
        User::ServeNext(listener, server);
        User client(w.MakeSocket(w.Client()));
        client.SendPattern(10);
        client.socket->Connect(w.ServerAddress());
        w.Run(Seconds(1 + i));
    }
    const std::string edges = w.Edges(w.Client());
    EXPECT_EQ(edges.substr(edges.size() - 3), "T38");
    EXPECT_EQ(w.Of(w.Client()).timeWait, (std::vector<uint32_t>{1, 2, 1}));
}

TEST_F(StackListening, CountersSurviveACrash)
{
    w.Tcp(w.Server())->SetAttribute("SynQueueLimit", UintegerValue(0));
    w.Listen();
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(0.5));
    EXPECT_EQ(Count("syns-dropped"), 1u);
    w.Tcp(w.Server())->Reboot();
    EXPECT_EQ(Count("syns-dropped"), 1u);
}
