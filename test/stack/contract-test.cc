// The socket contract clause by clause: ours, and ns-3's own TCP where that keeps it.

#include "../../model/stack/ns3-versions.h"
#include "clause.h"

#include "ns3/boolean.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/string.h"
#include "ns3/tcp-socket.h"
#include "ns3/uinteger.h"

#include <sys/socket.h>
#include <utility>
#include <vector>

using namespace ns3;
using namespace ns3::lifecycle_internal;

namespace
{

INSTANTIATE_TEST_SUITE_P(Stacks, Clause, ::testing::Values(Stack::OURS, Stack::STOCK), NameOf);

} // namespace

TEST_P(Clause, BindTakesAnEphemeralPort)
{
    const auto socket = w.MakeSocket(w.Client());
    EXPECT_EQ(socket->Bind(), 0);
    Address name;
    EXPECT_EQ(socket->GetSockName(name), 0);
    EXPECT_NE(InetSocketAddress::ConvertFrom(name).GetPort(), 0);
}

TEST_P(Clause, BindTakesAnAddressAndAPort)
{
    const auto socket = w.MakeSocket(w.Client());
    EXPECT_EQ(socket->Bind(w.ClientAddress(5000)), 0);
    Address name;
    socket->GetSockName(name);
    EXPECT_EQ(name, w.ClientAddress(5000));
}

TEST_P(Clause, BoundPortIsTaken)
{
    const auto first = w.MakeSocket(w.Client());
    const auto second = w.MakeSocket(w.Client());
    EXPECT_EQ(first->Bind(w.ClientAddress(5000)), 0);
    EXPECT_EQ(second->Bind(w.ClientAddress(5000)), -1);
    EXPECT_EQ(second->GetErrno(), Socket::ERROR_ADDRINUSE);
}

TEST_P(Clause, BindInAllForms)
{
    w.UseIpv6();
    const auto port = [this](const Address& local) -> uint16_t {
        const auto socket = w.MakeSocket(w.Client());
        EXPECT_EQ(socket->Bind(local), 0);
        Address name;
        EXPECT_EQ(socket->GetSockName(name), 0);
        return InetSocketAddress::IsMatchingType(name)
                   ? InetSocketAddress::ConvertFrom(name).GetPort()
                   : Inet6SocketAddress::ConvertFrom(name).GetPort();
    };
    EXPECT_EQ(port(InetSocketAddress(Ipv4Address::GetAny(), 5001)), 5001);
    EXPECT_EQ(port(w.ClientAddress(5002)), 5002);
    EXPECT_NE(port(InetSocketAddress(Ipv4Address::GetAny(), 0)), 0);
    EXPECT_NE(port(w.ClientAddress(0)), 0);
    EXPECT_EQ(port(Inet6SocketAddress(Ipv6Address::GetAny(), 5001)), 5001);
    EXPECT_EQ(port(w.ClientAddress6(5002)), 5002);
    EXPECT_NE(port(Inet6SocketAddress(Ipv6Address::GetAny(), 0)), 0);
    EXPECT_NE(port(w.ClientAddress6(0)), 0);
    const auto six = w.MakeSocket(w.Client());
    EXPECT_EQ(six->Bind6(), 0);
    Address name;
    six->GetSockName(name);
    EXPECT_TRUE(Inet6SocketAddress::IsMatchingType(name));
}

TEST_P(Clause, AddressOfAnotherKindIsInvalid)
{
    const auto socket = w.MakeSocket(w.Client());
    const Address ofDevice = w.devices.Get(0)->GetAddress();
    EXPECT_EQ(socket->Bind(ofDevice), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_INVAL);
    EXPECT_EQ(socket->Connect(ofDevice), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_INVAL);
}

TEST_P(Clause, PortOfAnyAddressIsThatOfEach)
{
    const auto first = w.MakeSocket(w.Client());
    const auto second = w.MakeSocket(w.Client());
    const auto third = w.MakeSocket(w.Client());
    EXPECT_EQ(first->Bind(InetSocketAddress(Ipv4Address::GetAny(), 5000)), 0);
    EXPECT_EQ(third->Bind(InetSocketAddress(Ipv4Address::GetAny(), 5000)), -1);
    EXPECT_EQ(third->GetErrno(), Socket::ERROR_ADDRINUSE);
    STOCK_IS_EXCUSED("it gives the port away again, for one address");
    EXPECT_EQ(second->Bind(w.ClientAddress(5000)), -1);
    EXPECT_EQ(second->GetErrno(), Socket::ERROR_ADDRINUSE);
    EXPECT_EQ(second->Bind(w.ClientAddress(5001)), 0);
    EXPECT_EQ(third->Bind(InetSocketAddress(Ipv4Address::GetAny(), 5001)), -1);
}

TEST_P(Clause, PortIsFreeAfterItsSocket)
{
    STOCK_IS_EXCUSED("its socket keeps the port until the node ends");
    {
        const auto dropped = w.MakeSocket(w.Client());
        EXPECT_EQ(dropped->Bind(w.ClientAddress(5000)), 0);
    }
    const auto closed = w.MakeSocket(w.Client());
    EXPECT_EQ(closed->Bind(w.ClientAddress(5000)), 0);
    closed->Close();
    EXPECT_EQ(w.MakeSocket(w.Client())->Bind(w.ClientAddress(5000)), 0);
}

TEST_P(Clause, ListeningTakesAFreshSocketAlone)
{
    const auto listener = w.Listen();
    EXPECT_EQ(listener->Listen(), -1);
    EXPECT_EQ(listener->GetErrno(), Socket::ERROR_INVAL);
    User client(w.MakeSocket(w.Client()));
    ConnectLater(client, w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(client.told, "connected");
    EXPECT_EQ(client.socket->Listen(), -1);
    EXPECT_EQ(client.socket->GetErrno(), Socket::ERROR_INVAL);
}

TEST_P(Clause, OnePortTalksToManyRemotes)
{
    STOCK_IS_EXCUSED("Connect chooses a port that no socket has, whoever the remote is");
    w.Tcp(w.Client())->SetAttribute("EphemeralFirst", UintegerValue(5000));
    w.Tcp(w.Client())->SetAttribute("EphemeralLast", UintegerValue(5000));
    w.Listen();
    const auto other = w.MakeSocket(w.Server());
    other->Bind(w.ServerAddress(81));
    other->Listen();
    User first(w.MakeSocket(w.Client()));
    User second(w.MakeSocket(w.Client()));
    User third(w.MakeSocket(w.Client()));
    EXPECT_EQ(first.socket->Connect(w.ServerAddress()), 0);
    EXPECT_EQ(second.socket->Connect(w.ServerAddress(81)), 0);
    EXPECT_EQ(third.socket->Connect(w.ServerAddress()), -1);
    EXPECT_EQ(third.socket->GetErrno(), Socket::ERROR_ADDRNOTAVAIL);
    w.Run(Seconds(1));
    EXPECT_EQ(first.told, "connected");
    EXPECT_EQ(second.told, "connected");
    EXPECT_EQ(third.told, "failed");
}

TEST_P(Clause, ConnectTwiceIsRefused)
{
    STOCK_IS_EXCUSED("it resets the connection and answers 0");
    User server(nullptr);
    User client(w.MakeSocket(w.Client()));
    Connect(client, server);
    EXPECT_EQ(client.socket->Connect(w.ServerAddress()), -1);
    EXPECT_EQ(client.socket->GetErrno(), Socket::ERROR_ISCONN);
    EXPECT_EQ(m_listener->Connect(w.ClientAddress(81)), -1);
}

TEST_P(Clause, BothFamiliesConnect)
{
    w.UseIpv6();
    const auto listener = w.MakeSocket(w.Server());
    EXPECT_EQ(listener->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), PORT)), 0);
    EXPECT_EQ(listener->Listen(), 0);
    User server(nullptr);
    User::ServeNext(listener, server);
    User client(w.MakeSocket(w.Client()));
    ConnectLater(client, w.ServerAddress6());
    w.Run(Seconds(1));
    EXPECT_EQ(client.told, "connected");
    Address name;
    EXPECT_EQ(client.socket->GetPeerName(name), 0);
    EXPECT_EQ(name, w.ServerAddress6());
    EXPECT_EQ(server.socket->GetPeerName(name), 0);
    EXPECT_EQ(Inet6SocketAddress::ConvertFrom(name).GetIpv6(), Ipv6Address("2001:db8::1"));
}

TEST_P(Clause, AcceptingAsksThenTells)
{
    const auto listener = w.Listen();
    std::string calls;
    listener->SetAcceptCallback(
        Callback<bool, Ptr<Socket>, const Address&>([&](Ptr<Socket> asked, const Address& from) {
            EXPECT_EQ(asked, listener);
            EXPECT_EQ(InetSocketAddress::ConvertFrom(from).GetIpv4(), Ipv4Address("10.0.0.1"));
            calls += "asked ";
            return true;
        }),
        Callback<void, Ptr<Socket>, const Address&>([&](Ptr<Socket> child, const Address& from) {
            Address peer;
            EXPECT_NE(child, listener);
            EXPECT_EQ(child->GetPeerName(peer), 0);
            EXPECT_EQ(peer, from);
            calls += "told ";
        }));
    User client(w.MakeSocket(w.Client()));
    ConnectLater(client, w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(calls, "asked told ");
}

TEST_P(Clause, UnboundSocketHasNameAndType)
{
    const auto socket = w.MakeSocket(w.Client());
    Address name;
    EXPECT_EQ(socket->GetSockName(name), 0);
    EXPECT_EQ(socket->GetSocketType(), Socket::NS3_SOCK_STREAM);
    EXPECT_EQ(socket->GetNode(), w.Client());
    EXPECT_EQ(socket->GetPeerName(name), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_NOTCONN);
    EXPECT_FALSE(socket->SetAllowBroadcast(true)); // TCP has none
    EXPECT_TRUE(socket->SetAllowBroadcast(false));
    EXPECT_FALSE(socket->GetAllowBroadcast());
}

TEST_P(Clause, BothEndsKnowTheirNames)
{
    User server(nullptr);
    User client(w.MakeSocket(w.Client()));
    Connect(client, server);
    Address mine;
    Address theirs;
    EXPECT_EQ(client.socket->GetSockName(mine), 0);
    EXPECT_EQ(server.socket->GetPeerName(theirs), 0);
    EXPECT_EQ(mine, theirs);
    EXPECT_EQ(client.socket->GetPeerName(theirs), 0);
    EXPECT_EQ(theirs, w.ServerAddress());
}

TEST_P(Clause, RefusedRequestMakesNoConnection)
{
    const auto listener = w.Listen();
    int asked = 0;
    int accepted = 0;
    listener->SetAcceptCallback(
        Callback<bool, Ptr<Socket>, const Address&>([&](Ptr<Socket>, const Address&) {
            ++asked;
            return false;
        }),
        Callback<void, Ptr<Socket>, const Address&>(
            [&](Ptr<Socket>, const Address&) { ++accepted; }));
    User client(w.MakeSocket(w.Client()));
    ConnectLater(client, w.ServerAddress());
    w.Run(Seconds(300));
    EXPECT_GE(asked, 1);
    EXPECT_EQ(accepted, 0);
    EXPECT_EQ(client.told, "failed");
}

TEST_P(Clause, SendTakesAPartOrFails)
{
    User server(nullptr);
    const auto socket = w.MakeSocket(w.Client());
    socket->SetAttribute("SndBufSize", UintegerValue(1000));
    User client(socket);
    Connect(client, server);
    EXPECT_EQ(socket->GetTxAvailable(), 1000u);
    EXPECT_EQ(socket->Send(Create<Packet>(600)), 600);
    EXPECT_EQ(socket->GetTxAvailable(), 400u);
    STOCK_IS_EXCUSED("it takes a packet whole or not at all");
    EXPECT_EQ(socket->Send(Create<Packet>(600)), 400);
    EXPECT_EQ(socket->Send(Create<Packet>(600)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_MSGSIZE);
}

TEST_P(Clause, RoomIsToldAgain)
{
    User server(nullptr);
    const auto socket = w.MakeSocket(w.Client());
    socket->SetAttribute("SndBufSize", UintegerValue(1000));
    User client(socket);
    Connect(client, server);
    std::vector<uint32_t> room;
    socket->SetSendCallback(Callback<void, Ptr<Socket>, uint32_t>(
        [&room](Ptr<Socket>, uint32_t octets) { room.push_back(octets); }));
    EXPECT_EQ(socket->Send(Create<Packet>(1000)), 1000);
    EXPECT_EQ(socket->GetTxAvailable(), 0u);
    EXPECT_EQ(socket->Send(Create<Packet>(1)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_MSGSIZE);
    EXPECT_TRUE(room.empty());
    w.Run(Seconds(2));
    ASSERT_FALSE(room.empty());
    EXPECT_EQ(room.back(), 1000u);
    EXPECT_EQ(server.received, 1000u);
}

TEST_P(Clause, DataSentIsTold)
{
    User server(nullptr);
    User client(w.MakeSocket(w.Client()));
    Connect(client, server);
    uint32_t sent = 0;
    client.socket->SetDataSentCallback(Callback<void, Ptr<Socket>, uint32_t>(
        [&sent](Ptr<Socket>, uint32_t octets) { sent += octets; }));
    client.socket->Send(Create<Packet>(5000));
    w.Run(Seconds(2));
    EXPECT_EQ(sent, 5000u);
}

TEST_P(Clause, EmptyPacketIsTheEndOfTheStream)
{
    User server(nullptr);
    server.closesOnEnd = false;
    User client(w.MakeSocket(w.Client()));
    Connect(client, server);
    EXPECT_EQ(server.socket->GetRxAvailable(), 0u);
    EXPECT_EQ(server.socket->Recv(), nullptr); // nothing yet
    client.socket->Send(Create<Packet>(10));
    client.socket->Close();
    w.Run(Seconds(2));
    EXPECT_EQ(server.received, 10u);
    const auto end = server.socket->Recv();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->GetSize(), 0u);
}

TEST_P(Clause, RecvFromNamesTheSender)
{
    User server(nullptr);
    User client(w.MakeSocket(w.Client()));
    Connect(client, server);
    server.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    const Address elsewhere = InetSocketAddress("10.0.0.77", 7); // a stream has one destination
    EXPECT_EQ(client.socket->SendTo(Create<Packet>(500), 0, elsewhere), 500);
    w.Run(Seconds(2));
    EXPECT_EQ(server.socket->GetRxAvailable(), 500u);
    Address from;
    const auto packet = server.socket->RecvFrom(300, 0, from);
    ASSERT_TRUE(packet);
    EXPECT_EQ(packet->GetSize(), 300u);
    EXPECT_EQ(InetSocketAddress::ConvertFrom(from).GetIpv4(), Ipv4Address("10.0.0.1"));
    EXPECT_EQ(server.socket->GetRxAvailable(), 200u);
}

TEST_P(Clause, PeekingLeavesTheData)
{
    STOCK_IS_EXCUSED("it ends the program when Recv is given a flag");
    User server(nullptr);
    User client(w.MakeSocket(w.Client()));
    Connect(client, server);
    server.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    const std::vector<uint8_t> sent{1, 2, 3, 4};
    client.socket->Send(sent.data(), 4, 0);
    w.Run(Seconds(2));
    for (const uint32_t flags : std::vector<uint32_t>{MSG_PEEK, MSG_PEEK, 0})
    {
        std::vector<uint8_t> got(4);
        EXPECT_EQ(server.socket->Recv(got.data(), 4, flags), 4);
        EXPECT_EQ(got, sent);
    }
    EXPECT_EQ(server.socket->GetRxAvailable(), 0u);
    EXPECT_EQ(server.socket->Recv(4, MSG_OOB), nullptr);
    EXPECT_EQ(server.socket->GetErrno(), Socket::ERROR_OPNOTSUPP);
    EXPECT_EQ(client.socket->Send(Create<Packet>(1), MSG_OOB), 1);
    EXPECT_EQ(client.socket->Send(Create<Packet>(1), MSG_OOB | MSG_DONTROUTE), -1);
    EXPECT_EQ(client.socket->GetErrno(), Socket::ERROR_OPNOTSUPP);
}

TEST_P(Clause, NothingIsSentAfterShutdown)
{
    User server(nullptr);
    User client(w.MakeSocket(w.Client()));
    Connect(client, server);
    EXPECT_EQ(client.socket->ShutdownSend(), 0);
    EXPECT_EQ(client.socket->Send(Create<Packet>(1)), -1);
    STOCK_IS_EXCUSED("its errno is that of a socket that was never connected");
    EXPECT_EQ(client.socket->GetErrno(), Socket::ERROR_SHUTDOWN);
}

TEST_P(Clause, CloseMayComeTwice)
{
    User server(nullptr);
    User client(w.MakeSocket(w.Client()));
    Connect(client, server);
    EXPECT_EQ(client.socket->Close(), 0);
    client.socket->Close();
    w.Run(Seconds(2));
    EXPECT_EQ(server.told, "accepted closed");
}

TEST_P(Clause, TosTtlAndPriorityReachIp)
{
    User server(nullptr);
    const auto socket = w.MakeSocket(w.Client());
    socket->SetIpTtl(7);
    User client(socket);
    Ipv4Header header;
    uint8_t priority = 0;
    w.Client()->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
        "SendOutgoing",
        Callback<void, const Ipv4Header&, Ptr<const Packet>, uint32_t>(
            [&](const Ipv4Header& sent, Ptr<const Packet> packet, uint32_t) {
                SocketPriorityTag tag;
                header = sent;
                priority = packet->PeekPacketTag(tag) ? tag.GetPriority() : 0;
            }));
    Connect(client, server);
    EXPECT_EQ(header.GetTtl(), 7);
    EXPECT_EQ(header.GetTos(), 0);
    EXPECT_EQ(priority, 0);
    socket->SetIpTos(0x10);
    socket->SetPriority(6);
    socket->Send(Create<Packet>(10));
    w.Run(Seconds(2));
    EXPECT_EQ(header.GetTtl(), 7);
    EXPECT_EQ(header.GetTos() & 0xfc, 0x10);
    EXPECT_EQ(priority, 6);
}

// Covers: whoever has bound a port speaks for it, until he opens it or gives it back
TEST_P(Clause, ResetsOfABoundPortHaveItsTosAndTtl)
{
    STOCK_IS_EXCUSED("its resets have neither");
    w.Build();
    std::vector<std::pair<int, int>> resets; // TOS and TTL
    w.Server()->GetObject<Ipv4L3Protocol>()->TraceConnectWithoutContext(
        "SendOutgoing",
        Callback<void, const Ipv4Header&, Ptr<const Packet>, uint32_t>(
            [&resets](const Ipv4Header& sent, Ptr<const Packet>, uint32_t) {
                resets.emplace_back(sent.GetTos(), sent.GetTtl());
            }));
    const auto meet = [this](Time at) {
        Simulator::Schedule(at, [this] { w.MakeSocket(w.Client())->Connect(w.ServerAddress()); });
    };
    std::vector<Ptr<Socket>> bound;
    for (const int tos : {0x20, 0x40})
    {
        bound.push_back(w.MakeSocket(w.Server()));
        bound.back()->SetAttribute("SharePort", BooleanValue(true));
        bound.back()->SetIpTos(tos);
        bound.back()->SetIpTtl(tos);
        EXPECT_EQ(bound.back()->Bind(w.ServerAddress()), 0);
    }
    const Ptr<Socket> other = w.MakeSocket(w.Server());
    other->SetIpTos(0x60);
    EXPECT_EQ(other->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT + 1)), 0);
    meet(Seconds(1));
    Simulator::Schedule(Seconds(2), [&bound] { bound[0]->Close(); });
    meet(Seconds(3));
    Simulator::Schedule(Seconds(4), [&] { bound[1]->Connect(w.ClientAddress(5000)); }); // refused
    meet(Seconds(5));
    Simulator::Schedule(Seconds(6),
                        [this] { w.MakeSocket(w.Client())->Connect(w.ServerAddress(PORT + 1)); });
    w.Run(Seconds(7));
    const std::vector<std::pair<int, int>> expected{
        {0x20, 0x20},
        {0x40, 0x40},
        {0x40, 0x40}, // the SYN of the connect
        {0, 64},
        {0x60, 64},
    };
    EXPECT_EQ(resets, expected);
}

TEST_P(Clause, TclassAndHopLimitReachIpv6)
{
    w.UseIpv6();
    User server(nullptr);
    const auto listener = w.MakeSocket(w.Server());
    listener->Bind(Inet6SocketAddress(Ipv6Address::GetAny(), PORT));
    listener->Listen();
    User::ServeNext(listener, server);
    const auto socket = w.MakeSocket(w.Client());
    socket->SetIpv6Tclass(0x20);
    socket->SetIpv6HopLimit(9);
    User client(socket);
    Ipv6Header header;
    w.Client()->GetObject<Ipv6L3Protocol>()->TraceConnectWithoutContext(
        "SendOutgoing",
        Callback<void, const Ipv6Header&, Ptr<const Packet>, uint32_t>(
            [&header](const Ipv6Header& sent, Ptr<const Packet>, uint32_t) {
                header = sent.GetNextHeader() == 6 ? sent : header;
            }));
    ConnectLater(client, w.ServerAddress6());
    w.Run(Seconds(1));
    ASSERT_EQ(client.told, "connected");
    EXPECT_EQ(header.GetTrafficClass() & 0xfc, 0x20);
    EXPECT_EQ(header.GetHopLimit(), 9);
}

TEST_P(Clause, AddressBringsItsTos)
{
    const auto local = versions::WithTos(InetSocketAddress("10.0.0.1", 5000), 0x20, 0);
    const auto remote = versions::WithTos(InetSocketAddress("10.0.0.2", PORT), 0x10, 0);
    if (!local || !remote)
    {
        GTEST_SKIP() << "this ns-3 knows no TOS of an address";
    }
    w.Listen();
    const auto socket = w.MakeSocket(w.Client());
    EXPECT_EQ(socket->Bind(*local), 0);
    EXPECT_EQ(socket->GetIpTos() & 0xfc, 0x20);
    User client(socket);
    ConnectLater(client, *remote);
    w.Run(Seconds(1));
    EXPECT_EQ(socket->GetIpTos() & 0xfc, 0x10);
}

TEST_P(Clause, AddressWithoutTosTakesNoneAway)
{
    STOCK_IS_EXCUSED("up to ns-3.41 it takes away the one that was set");
    w.Listen();
    const auto socket = w.MakeSocket(w.Client());
    socket->SetIpTos(0x08);
    EXPECT_EQ(socket->Connect(w.ServerAddress()), 0);
    EXPECT_EQ(socket->GetIpTos(), 0x08);
}

TEST_P(Clause, ConnectionKeepsToItsDevice)
{
    User server(nullptr);
    const auto socket = w.MakeSocket(w.Client());
    socket->BindToNetDevice(w.devices.Get(0));
    EXPECT_EQ(socket->GetBoundNetDevice(), w.devices.Get(0));
    User client(socket);
    Connect(client, server);
    socket->BindToNetDevice(w.Client()->GetDevice(1)); // loopback: nothing comes that way
    ASSERT_NE(w.Client()->GetDevice(1), w.devices.Get(0));
    server.socket->Send(Create<Packet>(10));
    w.Run(Seconds(2));
    EXPECT_EQ(client.received, 0u);
    STOCK_IS_EXCUSED("it tells the reset that the peer gets as a normal close");
    EXPECT_EQ(server.told, "accepted broken"); // as if nobody were there
}

TEST_P(Clause, AttributesOfTcpSocketKeepTheirValues)
{
    const std::vector<std::pair<const char*, const char*>> values{
        {"SndBufSize", "5000"},
        {"RcvBufSize", "6000"},
        {"SegmentSize", "1000"},
        {"InitialSlowStartThreshold", "7000"},
        {"InitialCwnd", "3"},
        {"ConnTimeout", "4s"},
        {"ConnCount", "5"},
        {"DataRetries", "9"},
        {"DelAckTimeout", "50ms"},
        {"DelAckCount", "1"},
        {"TcpNoDelay", "false"},
        {"PersistTimeout", "8s"},
    };
    const auto socket = w.MakeSocket(w.Client());
    for (const auto& [name, text] : values)
    {
        SCOPED_TRACE(name);
        TypeId::AttributeInformation info;
        ASSERT_TRUE(socket->GetInstanceTypeId().LookupAttributeByName(name, &info));
        EXPECT_TRUE(socket->SetAttributeFailSafe(name, StringValue(text)));
        StringValue now;
        socket->GetAttribute(name, now);
        EXPECT_EQ(
            now.Get(),
            info.checker->CreateValidValue(StringValue(text))->SerializeToString(info.checker));
    }
    EXPECT_EQ(TcpSocket::GetTypeId().GetAttributeN(), values.size());
    EXPECT_EQ(socket->GetTxAvailable(), 5000u);
}

TEST_P(Clause, ListenerOfAnotherDeviceHearsNothing)
{
    const auto listener = w.Listen();
    listener->BindToNetDevice(w.Server()->GetDevice(1)); // loopback
    ASSERT_NE(w.Server()->GetDevice(1), w.devices.Get(1));
    User client(w.MakeSocket(w.Client()));
    ConnectLater(client, w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(client.told.find("connected"), std::string::npos);
    STOCK_IS_EXCUSED("it leaves the SYN unanswered");
    EXPECT_EQ(client.told, "failed");
    listener->BindToNetDevice(w.devices.Get(1));
    User again(w.MakeSocket(w.Client()));
    again.socket->Connect(w.ServerAddress());
    w.Run(Seconds(2));
    EXPECT_EQ(again.told, "connected");
}

TEST_P(Clause, BacklogBoundsTheAcceptQueue)
{
    STOCK_IS_EXCUSED("it has no accept queue");
    const auto listener = w.Listen();
    UintegerValue backlog;
    listener->GetAttribute("Backlog", backlog);
    EXPECT_EQ(backlog.Get(), 128u);
    const auto small = w.MakeSocket(w.Server());
    small->SetAttribute("Backlog", UintegerValue(1));
    small->SetAttribute("AutoAccept", BooleanValue(false));
    small->Bind(w.ServerAddress(81));
    EXPECT_EQ(small->Listen(), 0);
    User first(w.MakeSocket(w.Client()));
    User second(w.MakeSocket(w.Client()));
    first.socket->Connect(w.ServerAddress(81));
    second.socket->Connect(w.ServerAddress(81));
    w.Run(Seconds(1));
    EXPECT_EQ(w.Of(w.Server()).acceptQueue.back(), 1u);
}

TEST_P(Clause, WhoeverIsAskedMayCloseTheListener)
{
    STOCK_IS_EXCUSED("it accepts for a listener that is closed");
    const auto listener = w.Listen();
    listener->SetAcceptCallback(
        Callback<bool, Ptr<Socket>, const Address&>([](Ptr<Socket> asked, const Address&) {
            asked->Close();
            return true;
        }),
        MakeNullCallback<void, Ptr<Socket>, const Address&>());
    User client(w.MakeSocket(w.Client()));
    ConnectLater(client, w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(client.told, "failed");
}

TEST_P(Clause, AcceptTakesTheOldestFirst)
{
    STOCK_IS_EXCUSED("it has no Accept");
    const auto listener = DynamicCast<LifecycleSocket>(w.Listen());
    listener->SetAttribute("AutoAccept", BooleanValue(false));
    int readable = 0;
    listener->SetRecvCallback(
        Callback<void, Ptr<Socket>>([&readable](Ptr<Socket>) { ++readable; }));
    std::vector<Address> names;
    for (int i = 0; i < 3; ++i)
    {
        const auto client = w.MakeSocket(w.Client());
        Simulator::Schedule(MilliSeconds(i), [&names, client, this] {
            client->Connect(w.ServerAddress());
            names.emplace_back();
            client->GetSockName(names.back());
        });
    }
    w.Run(Seconds(1));
    EXPECT_EQ(readable, 3);
    for (const Address& name : names)
    {
        const auto child = listener->Accept();
        ASSERT_TRUE(child);
        Address peer;
        EXPECT_EQ(child->GetPeerName(peer), 0);
        EXPECT_EQ(peer, name);
    }
    EXPECT_EQ(listener->Accept(), nullptr);
    EXPECT_EQ(listener->GetErrno(), Socket::ERROR_AGAIN);
}

TEST_P(Clause, WhoeverWaitsIsResetWhenTheListenerCloses)
{
    STOCK_IS_EXCUSED("nobody waits there");
    const auto listener = w.Listen();
    listener->SetAttribute("AutoAccept", BooleanValue(false));
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(client.told, "connected");
    listener->Close();
    w.Run(Seconds(2));
    EXPECT_EQ(client.told, "connected broken");
    EXPECT_TRUE(w.Tcp(w.Server())->GetOpenConnections().empty());
}
