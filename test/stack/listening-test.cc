// A listener's policies and counters through ns-3. RFC 4987.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/ipv4.h"
#include "ns3/packet.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <cmath>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

uint64_t
CountOf(World& w, std::string_view name)
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

class StackListening : public StackTest
{
  protected:
    uint64_t Count(std::string_view name)
    {
        return CountOf(w, name);
    }
};

/** How many connections stood for their clients, and of how many of these the server never knew. */
struct OneSided
{
    uint32_t connected{0};
    uint32_t unknown{0};
};

/** Clients that connect and wait for a server that speaks first, over a link that loses segments. */
OneSided
ServerSpeaksFirst(uint32_t clients, double loss, const std::string& cookies)
{
    World w;
    w.SetLoss(loss);
    w.Tcp(w.Server())->SetAttribute("SynCookies", StringValue(cookies));
    w.Tcp(w.Server())->SetAttribute("SynQueueLimit", UintegerValue(clients));
    const auto listener = w.Listen();
    std::vector<Ptr<Socket>> accepted;
    listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>([&](Ptr<Socket> socket, const Address&) {
            socket->Send(Create<Packet>(100));
            accepted.push_back(socket);
        }));
    std::vector<std::unique_ptr<User>> users;
    for (uint32_t i = 0; i < clients; ++i)
    {
        users.push_back(std::make_unique<User>(w.MakeSocket(w.Client())));
        Simulator::Schedule(MilliSeconds(10 * i), [&w, &user = *users.back()] {
            user.socket->Connect(w.ServerAddress());
        });
    }
    w.Run(Minutes(10));
    OneSided result;
    for (const auto& user : users)
    {
        const bool isConnected = user->told.rfind("connected", 0) == 0;
        result.connected += isConnected ? 1 : 0;
        result.unknown += isConnected && user->received == 0 ? 1 : 0;
    }
    EXPECT_EQ(result.connected - result.unknown, accepted.size());
    return result;
}

/** A counter, its trace source, and what makes it move. */
struct Counter
{
    const char* name;
    const char* source;
    std::vector<std::pair<const char*, const char*>> attributes; ///< of the server's TCP
    const char* rules;
    void (*provoke)(World& w);
};

void
PrintTo(const Counter& counter, std::ostream* os)
{
    *os << counter.name;
}

/** @p count connections to the server at once; each client closes when it is connected. */
void
Connect(World& w, int count)
{
    for (int i = 0; i < count; ++i)
    {
        const auto socket = w.MakeSocket(w.Client());
        socket->SetConnectCallback(Callback<void, Ptr<Socket>>([](Ptr<Socket> s) { s->Close(); }),
                                   MakeNullCallback<void, Ptr<Socket>>());
        socket->Connect(w.ServerAddress());
    }
}

/** An ACK that answers no SYN,ACK, from beside the client's TCP. */
void
SendStrayAck(World* w)
{
    const uint8_t ack[20] = {0xc0, 0, 0, PORT, 0, 0, 0, 9, 0, 0, 0, 7, 0x50, 0x10, 1, 0};
    w->Client()->GetObject<Ipv4>()->Send(Create<Packet>(ack, sizeof ack),
                                         "10.0.0.1",
                                         "10.0.0.2",
                                         LifecycleL4Protocol::PROT_NUMBER,
                                         nullptr);
}

const std::vector<Counter>&
Counters()
{
    static const std::vector<Counter> COUNTERS{
        {"syns-dropped",
         "SynsDropped",
         {{"SynQueueLimit", "1"}},
         "",
         [](World& w) { Connect(w, 3); }},
        {"syns-dropped-early",
         "SynsDroppedEarly",
         {{"SynQueueLimit", "20"}, {"SynOverflow", "random-early-drop"}},
         "",
         [](World& w) { Connect(w, 20); }},
        {"syns-reset",
         "SynsReset",
         {{"SynQueueLimit", "1"}, {"SynOverflow", "reset"}},
         "",
         [](World& w) { Connect(w, 3); }},
        {"syn-queue-evictions",
         "SynQueueEvictions",
         {{"SynQueueLimit", "1"}, {"SynOverflow", "drop-oldest"}},
         "",
         [](World& w) { Connect(w, 3); }},
        {"syn-cache-evictions",
         "SynCacheEvictions",
         {{"SynCacheBuckets", "1"}, {"SynCacheBucketLimit", "1"}},
         "",
         [](World& w) { Connect(w, 3); }},
        {"cookies-sent",
         "CookiesSent",
         {{"SynCookies", "always"}},
         "",
         [](World& w) { Connect(w, 3); }},
        {"cookies-accepted",
         "CookiesAccepted",
         {{"SynCookies", "always"}},
         "",
         [](World& w) { Connect(w, 3); }},
        {"cookies-expired",
         "CookiesExpired",
         {{"SynCookies", "always"}},
         "client->server: drop every FIN; client->server: delay every ACK by 300s",
         [](World& w) { Connect(w, 1); }},
        {"cookies-forged",
         "CookiesForged",
         {{"SynCookies", "always"}},
         "",
         [](World& w) {
             Connect(w, 1);
             Simulator::ScheduleWithContext(w.Client()->GetId(), Seconds(1), &SendStrayAck, &w);
         }},
        {"accept-overflows",
         "AcceptOverflows",
         {{"AcceptQueueLimit", "0"}},
         "",
         [](World& w) { Connect(w, 1); }},
        {"accept-resets",
         "AcceptResets",
         {{"AcceptQueueLimit", "0"}, {"AbortOnOverflow", "true"}},
         "",
         [](World& w) { Connect(w, 1); }},
        {"time-wait-overflows",
         "TimeWaitOverflows",
         {{"TimeWaitLimit", "1"}},
         "",
         [](World& w) {
             for (int i = 0; i < 3; ++i) // it is the server that opens, and closes first
             {
                 const auto socket = w.MakeSocket(w.Server());
                 socket->Connect(w.ClientAddress(PORT));
                 Simulator::Schedule(Seconds(1), &Socket::Close, socket);
             }
         }},
        {"acks-held-back",
         "AcksHeldBack",
         {{"ChallengeAckLimit", "0"}},
         "",
         [](World& w) { // each keepalive probe lies below the window of the server
             const auto socket = w.MakeSocket(w.Client());
             socket->SetAttribute("KeepAlive", BooleanValue(true));
             socket->SetAttribute("KeepIdle", TimeValue(Seconds(10)));
             socket->Connect(w.ServerAddress());
         }},
    };
    return COUNTERS;
}

class CounterTrace : public ::testing::TestWithParam<Counter>
{
  protected:
    World w;
};

INSTANTIATE_TEST_SUITE_P(Stack,
                         CounterTrace,
                         ::testing::ValuesIn(Counters()),
                         [](const auto& info) { return std::string(info.param.source); });

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

/**
 * Nothing repeats the lost ACK: the server has forgotten, and the client has nothing to
 * send. So a share of p of the clients' connections, p the probability of loss, is one-sided. n trials
 * with probability p lie within 3.29 standard deviations of n p in 99.9 % of all runs.
 */
TEST(SynCookies, LeaveTheClientOpenAndTheServerUnawareAsOftenAsAnAckIsLost)
{
    constexpr uint32_t CLIENTS = 1000;
    for (const double p : {0.02, 0.1, 0.3})
    {
        SCOPED_TRACE(p);
        const OneSided with = ServerSpeaksFirst(CLIENTS, p, "always");
        const double n = with.connected;
        EXPECT_GT(n, 0.9 * CLIENTS); // a lost SYN or SYN,ACK is repaired by the client's timer
        EXPECT_NEAR(with.unknown, n * p, 3.29 * std::sqrt(n * p * (1 - p)));
    }
    const OneSided without = ServerSpeaksFirst(CLIENTS, 0.1, "off");
    EXPECT_EQ(without.connected, CLIENTS);
    EXPECT_EQ(without.unknown, 0U); // the server repeats its SYN,ACK
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
    EXPECT_EQ(w.Of(w.Client()).timeWait, (std::vector<uint32_t>{1})) << "never more than may be";
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

TEST_P(CounterTrace, TellsEachStep)
{
    if (GetParam().rules[0] != '\0')
    {
        w.SetRules(GetParam().rules);
    }
    for (const auto& [name, value] : GetParam().attributes)
    {
        w.Tcp(w.Server())->SetAttribute(name, StringValue(value));
    }
    for (const auto& node : {w.Server(), w.Client()})
    {
        const auto listener = w.MakeSocket(node);
        listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        listener->Listen();
        listener->ShutdownSend(); // whoever is accepted closes when the peer does
    }
    GetParam().provoke(w);
    w.Run(Seconds(400));
    const uint64_t count = CountOf(w, GetParam().name);
    ASSERT_GE(count, 1u);
    std::vector<uint64_t> steps(count);
    std::iota(steps.begin(), steps.end(), 1);
    EXPECT_EQ(w.Of(w.Server()).counters[GetParam().source], steps);
}

TEST(CounterTraces, AreThereForEveryCounter)
{
    World w;
    std::vector<std::string> names;
    for (const LifecycleCounter& counter : w.Tcp(w.Server())->GetCounters())
    {
        names.emplace_back(counter.name);
    }
    std::vector<std::string> tried;
    for (const Counter& counter : Counters())
    {
        tried.emplace_back(counter.name);
    }
    EXPECT_EQ(names, tried);
}

// Settings of a listener that listens already

TEST_F(StackListening, BacklogMayChangeWhileItListens)
{
    const auto listener = w.Listen();
    listener->SetAttribute("AutoAccept", BooleanValue(false));
    listener->SetAttribute("Backlog", UintegerValue(1));
    User first(w.MakeSocket(w.Client()));
    User second(w.MakeSocket(w.Client()));
    first.socket->Connect(w.ServerAddress());
    second.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(w.Of(w.Server()).acceptQueue.back(), 1u);
}

TEST_F(StackListening, PoliciesMayChangeWhileItListens)
{
    const auto listener = w.Listen();
    listener->SetAttribute("SynQueueLimit", UintegerValue(0));
    User ignored(w.MakeSocket(w.Client()));
    ignored.socket->Connect(w.ServerAddress());
    w.Run(MilliSeconds(500));
    EXPECT_EQ(ignored.told, "");
    listener->SetAttribute("SynOverflow", StringValue("reset"));
    User refused(w.MakeSocket(w.Client()));
    refused.socket->Connect(w.ServerAddress());
    w.Run(MilliSeconds(600));
    EXPECT_EQ(refused.told, "failed");
    EXPECT_EQ(Count("cookies-sent"), 0u);
    listener->SetAttribute("SynCookies", StringValue("always"));
    User served(w.MakeSocket(w.Client()));
    served.socket->Connect(w.ServerAddress());
    w.Run(MilliSeconds(700));
    EXPECT_EQ(served.told, "connected");
    EXPECT_EQ(Count("cookies-sent"), 1u);
}

TEST_F(StackListening, KeepaliveMayBeginWhenAConnectionIsAccepted)
{
    w.Listen()->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>([](Ptr<Socket> child, const Address&) {
            child->SetAttribute("KeepIdle", StringValue("10s"));
            child->SetAttribute("KeepAlive", BooleanValue(true));
        }));
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(15));
    const LifecycleSegment& probe = w.Of(w.Server()).tx.back();
    EXPECT_EQ(probe.reason, "keepalive");
    EXPECT_EQ(probe.time.RoundTo(Time::MS), Seconds(10) + MilliSeconds(30)); // the third segment's
    EXPECT_EQ(w.Of(w.Client()).tx.back().time.RoundTo(Time::MS), Seconds(10) + MilliSeconds(40));
}

// Active OPEN of a listener, RFC 9293 3.10.1

namespace
{

/** A listener of the server that may open actively, and one of the client on another port. */
class StackOpenFromListen : public StackTest
{
  protected:
    static constexpr uint16_t OTHER_PORT = 7;

    StackOpenFromListen()
        : listener(w.Listen()),
          user(listener),
          other(w.MakeSocket(w.Client()))
    {
        EXPECT_EQ(other->Bind(w.ClientAddress(OTHER_PORT)), 0);
        EXPECT_EQ(other->Listen(), 0);
    }

    std::string State() const
    {
        return DynamicCast<LifecycleSocket>(listener)->GetStateName();
    }

    Ptr<Socket> listener;
    User user;
    Ptr<Socket> other;
};

} // namespace

TEST_F(StackOpenFromListen, ConnectAndSendFailByDefault)
{
    EXPECT_EQ(listener->Connect(w.ClientAddress(OTHER_PORT)), -1);
    EXPECT_EQ(listener->GetErrno(), Socket::ERROR_OPNOTSUPP);
    EXPECT_EQ(listener->Send(Create<Packet>(1)), -1);
    EXPECT_EQ(listener->GetErrno(), Socket::ERROR_NOTCONN);
    EXPECT_EQ(State(), "LISTEN");
}

TEST_F(StackOpenFromListen, ConnectTakesTheListenerOutOfListen) // Covers T05
{
    listener->SetAttribute("OpenFromListen", BooleanValue(true));
    EXPECT_EQ(listener->Send(Create<Packet>(1)), -1); // without a remote end
    EXPECT_EQ(listener->GetErrno(), Socket::ERROR_NOTCONN);
    EXPECT_EQ(listener->Connect(w.ClientAddress(OTHER_PORT)), 0);
    EXPECT_EQ(State(), "SYN-SENT");
    w.Run(Seconds(1));
    EXPECT_EQ(user.told, "connected");
    EXPECT_EQ(State(), "ESTABLISHED");
    EXPECT_EQ(w.Edges(w.Server()), "T01 T05 T08");
    Address name;
    EXPECT_EQ(listener->GetSockName(name), 0);
    EXPECT_EQ(name, w.ServerAddress());
    EXPECT_EQ(listener->GetPeerName(name), 0);
    EXPECT_EQ(name, w.ClientAddress(OTHER_PORT));
    User late(w.MakeSocket(w.Client()));
    late.socket->Connect(w.ServerAddress());
    w.Run(Seconds(2));
    EXPECT_EQ(late.told, "failed"); // nobody listens any more
    EXPECT_EQ(listener->Connect(w.ClientAddress(OTHER_PORT)), -1);
    EXPECT_EQ(listener->GetErrno(), Socket::ERROR_ISCONN);
}

TEST_F(StackOpenFromListen, ConnectResetsWhoeverWaitsToBeAccepted) // Covers T05, T51.ES
{
    listener->SetAttribute("OpenFromListen", BooleanValue(true));
    listener->SetAttribute("AutoAccept", BooleanValue(false));
    User waiting(w.MakeSocket(w.Client()));
    waiting.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(waiting.told, "connected");
    EXPECT_EQ(listener->Connect(w.ClientAddress(OTHER_PORT)), 0);
    w.Run(Seconds(2));
    EXPECT_EQ(waiting.told, "connected broken");
    EXPECT_EQ(user.told, "connected");
    EXPECT_EQ(w.Of(w.Server()).acceptQueue.back(), 0u);
}

TEST_F(StackOpenFromListen, ConnectThatFailsLeavesTheListener)
{
    listener->SetAttribute("OpenFromListen", BooleanValue(true));
    EXPECT_EQ(listener->Connect(InetSocketAddress("192.168.7.7", PORT)), -1);
    EXPECT_EQ(listener->GetErrno(), Socket::ERROR_NOROUTETOHOST);
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(State(), "LISTEN");
    EXPECT_EQ(user.told, "");
    EXPECT_EQ(client.told, "connected");
}
