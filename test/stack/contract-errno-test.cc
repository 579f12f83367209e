// Every way in which a connection can fail: what the user is told, the errno, the exact reason.
// ns-3's error numbers have no word for most, so that GetCloseReason and ConnectionClosed have.

#include "clause.h"

#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <array>
#include <vector>

using namespace ns3;

namespace
{

/** One way to fail, at the client. */
struct Failure
{
    const char* name;
    const char* rules;
    std::vector<std::pair<const char*, const char*>> attributes; ///< of the client's socket
    void (*provoke)(World& w, Ptr<LifecycleSocket> client);      ///< after a second
    const char* told;
    const char* reason;
    const char* edge; ///< the last one that the client takes
};

void
PrintTo(const Failure& failure, std::ostream* os)
{
    *os << failure.name;
}

void
Nothing(World& /* w */, Ptr<LifecycleSocket> /* client */)
{
}

/** The server is gone without a word, and there is something that it does not acknowledge. */
void
SilenceServer(World& w, Ptr<LifecycleSocket> client)
{
    w.Tcp(w.Server())->Crash();
    client->Send(Create<Packet>(100));
}

/** An ICMP message about the client's SYN: port unreachable. */
void
Unreachable(World& w, Ptr<LifecycleSocket> /* client */)
{
    const LifecycleSegment& syn = w.Of(w.Client()).tx.front();
    const uint16_t port = InetSocketAddress::ConvertFrom(syn.local).GetPort();
    const std::array<uint8_t, 8> payload{static_cast<uint8_t>(port >> 8),
                                         static_cast<uint8_t>(port),
                                         0,
                                         PORT,
                                         static_cast<uint8_t>(syn.seq >> 24),
                                         static_cast<uint8_t>(syn.seq >> 16),
                                         static_cast<uint8_t>(syn.seq >> 8),
                                         static_cast<uint8_t>(syn.seq)};
    const Ipv4Address client("10.0.0.1");
    const Ipv4Address server("10.0.0.2");
    w.Tcp(w.Client())->ReceiveIcmp(server, 64, 3, 3, 0, client, server, payload.data());
}

const std::vector<Failure> FAILURES{
    {"RefusedByAClosedPort", // P02
     "",
     {},
     &Nothing,
     "failed",
     "refused",
     "T11"},
    {"RefusedByIcmp",
     "client->server: drop every SYN",
     {},
     &Unreachable,
     "failed",
     "refused",
     "T45.SS"},
    {"SynTimedOut",
     "client->server: drop every SYN",
     {{"SynRetries", "2"}},
     &Nothing,
     "failed",
     "timed-out",
     "T43.SS"},
    {"SynUserTimeout",
     "client->server: drop every SYN",
     {{"UserTimeout", "5s"}},
     &Nothing,
     "failed",
     "user-timeout",
     "T42.SS"},
    {"Reset",
     "",
     {},
     [](World& w, Ptr<LifecycleSocket> client) {
         w.Tcp(w.Server())->Reboot();
         client->Send(Create<Packet>(100));
     },
     "connected broken",
     "reset",
     "T41.ES"},
    {"DataTimedOut",
     "",
     {{"DataRetries", "2"}},
     &SilenceServer,
     "connected broken",
     "timed-out",
     "T43.ES"},
    {"UserTimeout",
     "",
     {{"UserTimeout", "5s"}},
     &SilenceServer,
     "connected broken",
     "user-timeout",
     "T42.ES"},
    {"Keepalive",
     "",
     {{"KeepAlive", "true"}, {"KeepIdle", "10s"}, {"KeepInterval", "1s"}, {"KeepCount", "2"}},
     [](World& w, Ptr<LifecycleSocket>) { w.Tcp(w.Server())->Crash(); },
     "connected broken",
     "keepalive",
     "T44.ES"},
    {"Aborted",
     "",
     {},
     [](World&, Ptr<LifecycleSocket> client) { client->Abort(); },
     "connected",
     "aborted",
     "T40.ES"},
    {"Crash",
     "",
     {},
     [](World& w, Ptr<LifecycleSocket>) { w.Tcp(w.Client())->Crash(); },
     "connected broken",
     "crash",
     "T08"},
};

class Fails : public ::testing::TestWithParam<Failure>
{
  protected:
    World w;
};

INSTANTIATE_TEST_SUITE_P(Reasons, Fails, ::testing::ValuesIn(FAILURES), [](const auto& info) {
    return std::string(info.param.name);
});

} // namespace

// Covers, T11, T40.ES, T41.ES, T42.ES, T42.SS, T43.ES, T43.SS, T44.ES, T45.SS
TEST_P(Fails, UserLearnsErrnoAndReason)
{
    const Failure& failure = GetParam();
    if (failure.rules[0] != '\0')
    {
        w.SetRules(failure.rules);
    }
    w.Build();
    if (std::string(failure.name) != "RefusedByAClosedPort")
    {
        w.Listen();
    }
    const auto socket = w.OurSocket(w.Client());
    for (const auto& [name, value] : failure.attributes)
    {
        socket->SetAttribute(name, StringValue(value));
    }
    User client(socket);
    EXPECT_EQ(socket->Connect(w.ServerAddress()), 0);
    Simulator::ScheduleWithContext(w.Client()->GetId(), Seconds(1), [&] {
        failure.provoke(w, socket);
    });
    w.Run(Seconds(400));
    EXPECT_EQ(client.told, failure.told);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_NOTCONN);
    EXPECT_EQ(socket->GetCloseReason(), failure.reason);
    ASSERT_EQ(w.Of(w.Client()).ends.size(), 1u);
    EXPECT_EQ(w.Of(w.Client()).ends[0].reason, failure.reason);
    EXPECT_EQ(w.Of(w.Client()).transitions.back().transition, failure.edge);
    EXPECT_EQ(socket->Send(Create<Packet>(1)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_NOTCONN);
}

TEST(FailsToOpen, EachReasonHasItsErrno)
{
    World w;
    w.Build();
    const auto connect = [&w](const Address& to) {
        const auto socket = w.OurSocket(w.Client());
        User user(socket);
        EXPECT_EQ(socket->Connect(to), -1);
        EXPECT_EQ(user.told, ""); // never at once
        w.Run(Simulator::Now() + Seconds(1));
        EXPECT_EQ(user.told, "failed");
        return socket->GetErrno();
    };
    EXPECT_EQ(connect(InetSocketAddress("192.168.7.7", PORT)), Socket::ERROR_NOROUTETOHOST);
    EXPECT_EQ(connect(w.ServerAddress(0)), Socket::ERROR_INVAL);
    w.Tcp(w.Client())->SetAttribute("EphemeralFirst", UintegerValue(5000));
    w.Tcp(w.Client())->SetAttribute("EphemeralLast", UintegerValue(5000));
    w.Tcp(w.Client())->Reboot(); // the range is read by a fresh host
    const auto holder = w.MakeSocket(w.Client());
    EXPECT_EQ(holder->Bind(), 0);
    EXPECT_EQ(connect(w.ServerAddress()), Socket::ERROR_ADDRNOTAVAIL);
    w.Tcp(w.Client())->Crash();
    EXPECT_EQ(connect(w.ServerAddress()), Socket::ERROR_NODEV);
}

TEST(FailsToOpen, ConnectionInTimeWaitExistsAlready)
{
    World w;
    w.Listen()->ShutdownSend(); // its children close when the client does
    const auto client = w.OurSocket(w.Client());
    client->Connect(w.ServerAddress());
    Simulator::Schedule(Seconds(1), &Socket::Close, client);
    w.Run(Seconds(2));
    EXPECT_EQ(client->GetStateName(), "TIME-WAIT");
    Address taken;
    client->GetSockName(taken);
    const auto again = w.MakeSocket(w.Client());
    EXPECT_EQ(again->Bind(taken), 0); // Connect has chosen the port, nobody has bound it
    User user(again);
    EXPECT_EQ(again->Connect(w.ServerAddress()), -1);
    EXPECT_EQ(again->GetErrno(), Socket::ERROR_ADDRINUSE);
    w.Run(Seconds(300));
    EXPECT_EQ(again->Connect(w.ServerAddress()), 0);
    w.Run(Seconds(301));
    EXPECT_EQ(user.told, "failed connected");
}

TEST(FailsToOpen, BoundPortIsTakenThroughTimeWait)
{
    World w;
    w.Listen()->ShutdownSend();
    const auto client = w.OurSocket(w.Client());
    client->Bind(w.ClientAddress(5000));
    client->Connect(w.ServerAddress());
    Simulator::Schedule(Seconds(1), &Socket::Close, client);
    w.Run(Seconds(2));
    const auto again = w.MakeSocket(w.Client());
    EXPECT_EQ(again->Bind(w.ClientAddress(5000)), -1);
    EXPECT_EQ(again->GetErrno(), Socket::ERROR_ADDRINUSE);
    w.Run(Seconds(300));
    EXPECT_EQ(again->Bind(w.ClientAddress(5000)), 0);
}

TEST(FailsToOpen, SynThatAFullQueueResetsIsRefused)
{
    World w;
    w.Tcp(w.Server())->SetAttribute("SynQueueLimit", UintegerValue(0));
    w.Tcp(w.Server())->SetAttribute("SynOverflow", StringValue("reset"));
    w.Listen();
    const auto socket = w.OurSocket(w.Client());
    User client(socket);
    socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(client.told, "failed");
    EXPECT_EQ(socket->GetCloseReason(), "refused");
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_NOTCONN);
}
