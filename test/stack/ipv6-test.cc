// The same stack over IPv6.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/bulk-send-helper.h"
#include "ns3/global-value.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/uinteger.h"

using namespace ns3;

namespace
{

struct Pairing6
{
    const char* name;
    Stack client;
    Stack server;
};

void
PrintTo(const Pairing6& pairing, std::ostream* os)
{
    *os << pairing.name;
}

class OverIpv6 : public ::testing::TestWithParam<Pairing6>
{
  protected:
    World w{GetParam().client, GetParam().server};

    void SetUp() override
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(true));
    }

    void TearDown() override
    {
        GlobalValue::Bind("ChecksumEnabled", BooleanValue(false));
    }
};

INSTANTIATE_TEST_SUITE_P(Stacks,
                         OverIpv6,
                         ::testing::Values(Pairing6{"OursToOurs", Stack::OURS, Stack::OURS},
                                           Pairing6{"OursToStock", Stack::OURS, Stack::STOCK},
                                           Pairing6{"StockToOurs", Stack::STOCK, Stack::OURS}),
                         [](const auto& info) { return std::string(info.param.name); });

Ptr<Socket>
ListenOn(World& w, const Address& local)
{
    const Ptr<Socket> listener = w.MakeSocket(w.Server());
    EXPECT_EQ(listener->Bind(local), 0);
    EXPECT_EQ(listener->Listen(), 0);
    return listener;
}

void
ConnectWhenRunning(User& user, const Address& to)
{
    Simulator::ScheduleWithContext(user.socket->GetNode()->GetId(), Seconds(0), [&user, to] {
        user.socket->Connect(to);
    });
}

const Address ANY6 = Inet6SocketAddress(Ipv6Address::GetAny(), PORT);

} // namespace

TEST_P(OverIpv6, DataGoesBothWaysAndCloseIsClean)
{
    w.SetLoss(0.01);
    w.UseIpv6();
    User server(nullptr);
    const auto listener = ListenOn(w, ANY6);
    User::ServeNext(listener, server);
    server.SendPattern(20000, false);
    User client(w.MakeSocket(w.Client()));
    client.SendPattern(100000);
    ConnectWhenRunning(client, w.ServerAddress6());
    w.Run(Seconds(600));
    EXPECT_EQ(server.received, 100000u);
    EXPECT_EQ(client.received, 20000u);
    EXPECT_TRUE(server.isIntact);
    EXPECT_TRUE(client.isIntact);
}

TEST_P(OverIpv6, BulkSendAndPacketSinkRunUnchanged)
{
    w.UseIpv6();
    PacketSinkHelper sinks("ns3::TcpSocketFactory", ANY6);
    ApplicationContainer sink = sinks.Install(w.Server());
    sink.Start(Seconds(0));
    BulkSendHelper helper("ns3::TcpSocketFactory", w.ServerAddress6());
    helper.SetAttribute("MaxBytes", UintegerValue(200000));
    helper.Install(w.Client()).Start(Seconds(1));
    w.Run(Seconds(60));
    EXPECT_EQ(DynamicCast<PacketSink>(sink.Get(0))->GetTotalRx(), 200000u);
}

TEST_P(OverIpv6, ConnectToClosedPort)
{
    w.UseIpv6();
    User user(w.MakeSocket(w.Client()));
    ConnectWhenRunning(user, w.ServerAddress6(81));
    w.Run(Seconds(300));
    EXPECT_EQ(user.told, "failed");
    if (GetParam().client == Stack::OURS)
    {
        EXPECT_LT(user.at, MilliSeconds(21));
    }
}

TEST(Ipv6, AddressesInTracesAndNames)
{
    World w;
    w.UseIpv6();
    User server(nullptr);
    User::ServeNext(ListenOn(w, ANY6), server);
    User client(w.MakeSocket(w.Client()));
    EXPECT_EQ(client.socket->Bind(w.ClientAddress6(5000)), 0);
    EXPECT_EQ(client.socket->Connect(w.ServerAddress6()), 0);
    w.Run(Seconds(1));
    EXPECT_EQ(client.told, "connected");
    ASSERT_FALSE(w.Of(w.Client()).tx.empty());
    const LifecycleSegment& syn = w.Of(w.Client()).tx[0];
    EXPECT_EQ(LifecycleEndName(syn.local), "[2001:db8::1]:5000");
    EXPECT_EQ(LifecycleEndName(syn.remote), "[2001:db8::2]:80");
    EXPECT_EQ(syn.options.substr(0, 8), "mss 1440"); // 1500 - 60; RFC 9293 3.7.1
    Address name;
    EXPECT_EQ(server.socket->GetPeerName(name), 0);
    EXPECT_EQ(name, w.ClientAddress6(5000));
    EXPECT_EQ(server.socket->GetSockName(name), 0);
    EXPECT_EQ(name, w.ServerAddress6());
}

TEST(Ipv6, ListenersOfBothFamiliesShareAPort)
{
    World w;
    w.UseIpv6();
    User four(nullptr);
    User::ServeNext(w.Listen(), four);
    User six(nullptr);
    User::ServeNext(ListenOn(w, ANY6), six);
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress6());
    w.Run(Seconds(1));
    EXPECT_EQ(six.told, "accepted");
    EXPECT_EQ(four.told, "");
}

TEST(Ipv6, BindInAllForms)
{
    World w;
    w.UseIpv6();
    const auto any = w.OurSocket(w.Client());
    EXPECT_EQ(any->Bind6(), 0);
    Address name;
    any->GetSockName(name);
    ASSERT_TRUE(Inet6SocketAddress::IsMatchingType(name));
    EXPECT_NE(Inet6SocketAddress::ConvertFrom(name).GetPort(), 0);
    const auto own = w.OurSocket(w.Client());
    EXPECT_EQ(own->Bind(w.ClientAddress6(0)), 0);
    const auto foreign = w.OurSocket(w.Client());
    EXPECT_EQ(foreign->Bind(Inet6SocketAddress("2001:db8::77", 5)), -1);
    EXPECT_EQ(foreign->GetErrno(), Socket::ERROR_ADDRNOTAVAIL);
    // one family is not the other, except that a mapped address is IPv4
    User user(any);
    EXPECT_EQ(any->Connect(w.ServerAddress()), -1);
    EXPECT_EQ(any->GetErrno(), Socket::ERROR_AFNOSUPPORT);
    w.Listen();
    User mapped(w.MakeSocket(w.Client()));
    EXPECT_EQ(mapped.socket->Connect(
                  Inet6SocketAddress(Ipv6Address::MakeIpv4MappedAddress("10.0.0.2"), PORT)),
              0);
    w.Run(Seconds(1));
    EXPECT_EQ(user.told, "failed");
    EXPECT_EQ(mapped.told, "connected");
}

TEST(Ipv6, RulesMeetItsSegments)
{
    World w;
    w.SetRules("client->server: drop 1st SYN; server->client: drop 1st SYN-ACK");
    w.UseIpv6();
    const auto listener = ListenOn(w, ANY6);
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress6());
    w.Run(Seconds(20));
    EXPECT_EQ(client.told, "connected");
    EXPECT_GE(client.at, Seconds(2));
}

TEST(Ipv6, ConnectToOneself)
{
    World w;
    w.UseIpv6();
    User server(nullptr);
    User::ServeNext(ListenOn(w, ANY6), server);
    User local(w.MakeSocket(w.Server()));
    local.SendPattern(3000);
    local.socket->Connect(Inet6SocketAddress(Ipv6Address::GetLoopback(), PORT));
    w.Run(Seconds(2));
    EXPECT_EQ(server.received, 3000u);
}
