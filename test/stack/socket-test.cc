// The socket contract over the machine, ours at both ends; bad cases first.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/uinteger.h"

using namespace ns3;

namespace
{

using SocketContract = StackTest;

std::vector<std::string>
Reasons(const std::vector<LifecycleSegment>& segments)
{
    std::vector<std::string> reasons;
    reasons.reserve(segments.size());
    for (const LifecycleSegment& segment : segments)
    {
        reasons.emplace_back(segment.reason);
    }
    return reasons;
}

} // namespace

// Connections that cannot be

TEST_F(SocketContract, ConnectToClosedPortFailsWithinOneRoundTrip) // Covers R-30, P02, T11
{
    const auto socket = w.OurSocket(w.Client());
    User user(socket);
    EXPECT_EQ(socket->Connect(w.ServerAddress(81)), 0);
    EXPECT_EQ(user.told, ""); // never at once
    w.Run(Seconds(300));
    EXPECT_EQ(user.told, "failed");
    EXPECT_LT(user.at, MilliSeconds(21));
    EXPECT_EQ(socket->GetCloseReason(), "refused");
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_NOTCONN);
    EXPECT_EQ(w.Path(w.Client()), "CLOSED SYN-SENT CLOSED");
    EXPECT_EQ(w.Sent(w.Client()), "S");
    EXPECT_EQ(w.Sent(w.Server()), "R.");
    ASSERT_EQ(w.Of(w.Client()).ends.size(), 1u);
    EXPECT_EQ(w.Of(w.Client()).ends[0].reason, "refused");
    EXPECT_EQ(Reasons(w.Of(w.Server()).drops), std::vector<std::string>{"no connection"});
}

TEST_F(SocketContract, ConnectWithoutRouteFailsLater)
{
    const auto socket = w.OurSocket(w.Client());
    User user(socket);
    EXPECT_EQ(socket->Connect(InetSocketAddress("192.168.7.7", PORT)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_NOROUTETOHOST);
    EXPECT_EQ(user.told, "");
    w.Run(Seconds(1));
    EXPECT_EQ(user.told, "failed");
}

TEST_F(SocketContract, SilentPeerTimesOut) // Covers R-26, T43.SS
{
    w.SetRules("client->server: drop every SYN");
    w.Build();
    const auto socket = w.OurSocket(w.Client());
    socket->SetAttribute("SynRetries", UintegerValue(2));
    User user(socket);
    socket->Connect(w.ServerAddress());
    w.Run(Seconds(60));
    EXPECT_EQ(user.told, "failed");
    EXPECT_EQ(user.at, Seconds(7)); // 1 + 2 + 4
    EXPECT_EQ(w.Edges(w.Client()), "T02 T43.SS");
    EXPECT_EQ(socket->GetCloseReason(), "timed-out");
    EXPECT_EQ(w.Sent(w.Client()), "S S S");
    EXPECT_EQ(Reasons(w.Of(w.Client()).tx),
              (std::vector<std::string>{"new", "retransmission", "retransmission"}));
}

TEST_F(SocketContract, CallsOutOfPlaceGiveErrors)
{
    const auto socket = w.OurSocket(w.Client());
    Address address;
    EXPECT_EQ(socket->GetSocketType(), Socket::NS3_SOCK_STREAM);
    EXPECT_EQ(socket->GetSockName(address), 0);
    EXPECT_EQ(InetSocketAddress::ConvertFrom(address).GetPort(), 0);
    EXPECT_EQ(socket->GetPeerName(address), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_NOTCONN);
    EXPECT_EQ(socket->Send(Create<Packet>(10)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_NOTCONN);
    EXPECT_EQ(socket->Recv(), nullptr);
    EXPECT_EQ(socket->Abort(), -1);
    EXPECT_EQ(socket->Accept(), nullptr);
    EXPECT_EQ(socket->Bind(InetSocketAddress("1.2.3.4", 5)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_ADDRNOTAVAIL);
    EXPECT_EQ(socket->Connect(InetSocketAddress(Ipv4Address("10.0.0.2"), 0)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_INVAL);
    EXPECT_EQ(socket->Close(), 0);
    EXPECT_EQ(socket->Close(), 0);
}

TEST_F(SocketContract, PortIsTakenOnce)
{
    const auto first = w.OurSocket(w.Server());
    const auto second = w.OurSocket(w.Server());
    EXPECT_EQ(first->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT)), 0);
    EXPECT_EQ(first->Bind(InetSocketAddress(Ipv4Address::GetAny(), 81)), -1);
    EXPECT_EQ(second->Bind(InetSocketAddress("10.0.0.2", PORT)), -1);
    EXPECT_EQ(second->GetErrno(), Socket::ERROR_ADDRINUSE);
    first->Close();
    EXPECT_EQ(second->Bind(InetSocketAddress("10.0.0.2", PORT)), 0);
}

TEST_F(SocketContract, ListenerGivesItsPortBack)
{
    const auto first = w.Listen();
    first->Close();
    w.Run(Seconds(1));
    w.Listen();
    EXPECT_EQ(w.Path(w.Server()), "CLOSED LISTEN CLOSED");
}

// The life of a connection

TEST_F(SocketContract, MslOfATimeWaitThatRunsCanBeChanged) // Covers R-61
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    const auto socket = w.OurSocket(w.Client());
    User user(socket);
    socket->Connect(w.ServerAddress());
    Simulator::Schedule(Seconds(1), &Socket::Close, socket);
    w.Run(Seconds(10));
    EXPECT_EQ(socket->GetStateName(), "TIME-WAIT");
    socket->SetAttribute("Msl", TimeValue(Seconds(15)));
    w.Run(Seconds(200));
    const LifecycleTransition& last = w.Of(w.Client()).transitions.back();
    EXPECT_EQ(last.transition, "T30");
    EXPECT_GT(last.time, Seconds(31)); // closed after one
    EXPECT_LT(last.time, Seconds(32));
}

TEST_F(SocketContract, SimulationEndsWithTheLastThingThatHappens)
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    const auto socket = w.OurSocket(w.Client());
    socket->SetAttribute("KeepIdle", TimeValue(Hours(2)));
    User user(socket);
    socket->Connect(w.ServerAddress());
    Simulator::Run();
    EXPECT_EQ(user.told, "connected");
    EXPECT_LT(Simulator::Now(), MilliSeconds(50)) << "no timer runs, be it that of the SYN";
    socket->SetAttribute("KeepAlive", BooleanValue(true));
    Simulator::Schedule(Seconds(1), &Socket::Close, socket);
    Simulator::Run();
    EXPECT_GE(Simulator::Now(), Seconds(241)) << "2 MSL";
    EXPECT_LT(Simulator::Now(), Seconds(242)) << "keepalive went with the connection";
}

TEST_F(SocketContract, DataGoesBothWaysAndCloseIsClean) // Covers T01, T02, T03, T08, T12, T30
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    server.SendPattern(70000, false);
    User client(w.MakeSocket(w.Client()));
    client.SendPattern(200000);
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(300));
    EXPECT_EQ(client.told, "connected readable closed");
    EXPECT_EQ(server.told, "accepted readable closed");
    EXPECT_EQ(client.received, 70000u);
    EXPECT_EQ(server.received, 200000u);
    EXPECT_TRUE(client.isIntact);
    EXPECT_TRUE(server.isIntact);
    EXPECT_TRUE(client.sawEnd);
    EXPECT_TRUE(server.sawEnd);
    EXPECT_EQ(w.Path(w.Client()), "CLOSED SYN-SENT ESTABLISHED FIN-WAIT-1 TIME-WAIT CLOSED");
    EXPECT_EQ(w.Path(w.Server()),
              "CLOSED LISTEN SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED");
    EXPECT_EQ(w.Edges(w.Client()), "T02 T08 T21 T26 T30");
    EXPECT_EQ(w.Edges(w.Server()), "T01 T03 T12 T22 T23 T29");
    EXPECT_EQ(w.Of(w.Client()).timeWait, (std::vector<uint32_t>{1, 0}));
    ASSERT_EQ(w.Of(w.Client()).ends.size(), 1u);
    EXPECT_EQ(w.Of(w.Client()).ends[0].octetsSent, 200000u);
    EXPECT_EQ(w.Of(w.Client()).ends[0].octetsReceived, 70000u);
}

TEST_F(SocketContract, CloseInsideCloseCallbackMakesThreeSegments) // Covers R-50, T26
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress());
    Simulator::Schedule(Seconds(1), &Socket::Close, client.socket);
    w.Run(Seconds(2));
    EXPECT_EQ(w.Sent(w.Client()), "S . F. .");
    EXPECT_EQ(w.Sent(w.Server()), "S. F.");
}

TEST_F(SocketContract, HalfCloseLeavesTheOtherDirectionOpen) // Covers R-48, T24, T27
{
    User server(nullptr);
    server.closesOnEnd = false;
    User::ServeNext(w.Listen(), server);
    User client(w.MakeSocket(w.Client()));
    client.closesOnEnd = false;
    client.SendPattern(10);
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(5));
    EXPECT_EQ(server.told, "accepted readable closed");
    EXPECT_EQ(client.told, "connected");
    EXPECT_EQ(client.socket->Send(Create<Packet>(1)), -1);
    EXPECT_EQ(client.socket->GetErrno(), Socket::ERROR_SHUTDOWN);
    const std::vector<uint8_t> answer{PatternAt(0), PatternAt(1), PatternAt(2)};
    EXPECT_EQ(server.socket->Send(answer.data(), 3, 0), 3);
    w.Run(Seconds(6));
    EXPECT_EQ(client.received, 3u);
    EXPECT_TRUE(client.isIntact);
    server.socket->Close();
    w.Run(Seconds(7));
    EXPECT_EQ(client.told, "connected readable closed");
    EXPECT_EQ(w.Edges(w.Client()), "T02 T08 T21 T24 T27");
}

TEST_F(SocketContract,
       SimultaneousOpenGivesOneConnection) // Covers R-17, T09, T12; RFC 9293 Figure 7
{
    User a(w.MakeSocket(w.Client()));
    User b(w.MakeSocket(w.Server()));
    a.socket->Bind(w.ClientAddress(5000));
    b.socket->Bind(w.ServerAddress(6000));
    a.SendPattern(3000);
    b.SendPattern(4000);
    a.socket->Connect(w.ServerAddress(6000));
    b.socket->Connect(w.ClientAddress(5000));
    w.Run(Seconds(10));
    EXPECT_EQ(a.told.substr(0, 9), "connected");
    EXPECT_EQ(b.told.substr(0, 9), "connected");
    EXPECT_EQ(a.received, 4000u);
    EXPECT_EQ(b.received, 3000u);
    EXPECT_EQ(w.Edges(w.Client()), "T02 T09 T12 T21 T25 T28");
    EXPECT_EQ(w.Edges(w.Server()), "T02 T09 T12 T21 T25 T28");
    for (const auto& transition : w.Of(w.Client()).transitions)
    {
        EXPECT_EQ(transition.connection, 1u);
    }
}

TEST_F(SocketContract, LostLastAckIsRepairedFromTimeWait) // Covers R-62
{
    w.SetRules("client->server: drop 1st ACK-of-FIN");
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    User client(w.MakeSocket(w.Client()));
    client.SendPattern(10);
    client.socket->SetAttribute("Msl", TimeValue(Seconds(30)));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(100));
    EXPECT_EQ(w.Path(w.Client()), "CLOSED SYN-SENT ESTABLISHED FIN-WAIT-1 TIME-WAIT CLOSED");
    EXPECT_EQ(w.Path(w.Server()),
              "CLOSED LISTEN SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED");
    EXPECT_EQ(w.Of(w.Server()).tx.back().flags, "F.");
    EXPECT_EQ(w.Of(w.Server()).tx.back().reason, "retransmission");
    ASSERT_EQ(w.Of(w.Client()).ends.size(), 1u);
    const Time repeated = w.Of(w.Server()).tx.back().time;
    EXPECT_GT(w.Of(w.Client()).ends[0].time, repeated + Seconds(60)); // 2 MSL run again
}

TEST_F(SocketContract, SendIsPartialAndRoomIsTold)
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    const auto socket = w.OurSocket(w.Client());
    socket->SetAttribute("SndBufSize", UintegerValue(1000));
    User client(socket);
    socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(socket->GetTxAvailable(), 1000u);
    EXPECT_EQ(socket->Send(Create<Packet>(600)), 600);
    EXPECT_EQ(socket->Send(Create<Packet>(600)), 400);
    EXPECT_EQ(socket->Send(Create<Packet>(600)), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_MSGSIZE);
    EXPECT_EQ(socket->GetTxAvailable(), 0u);
    w.Run(Seconds(2));
    EXPECT_EQ(socket->GetTxAvailable(), 1000u);
    EXPECT_EQ(server.received, 1000u);
}

TEST_F(SocketContract, WhatWasSentBeforeConnectingGoesBeforeTheFin)
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    const auto socket = w.OurSocket(w.Client());
    socket->Connect(w.ServerAddress());
    EXPECT_EQ(socket->Send(Create<Packet>(5000)), 5000);
    EXPECT_EQ(socket->Close(), 0);
    w.Run(Seconds(2));
    EXPECT_EQ(server.received, 5000u);
    EXPECT_EQ(server.told, "accepted readable closed");
}

// Covers T34, R-51: nobody will read what still comes, and its sender must learn it
TEST_F(SocketContract, ReaderThatHasClosedResetsAPeerThatSendsOn)
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    server.closesOnEnd = false;
    User client(w.MakeSocket(w.Client()));
    client.closesOnEnd = false;
    client.SendPattern(1000000);
    client.socket->Connect(w.ServerAddress());
    Simulator::Schedule(MilliSeconds(60), [&] { server.socket->Close(); });
    w.Run(Seconds(300));
    for (const auto& node : {w.Server(), w.Client()})
    {
        const auto& ends = w.Of(node).ends;
        ASSERT_EQ(ends.size(), 1u);
        EXPECT_EQ(ends[0].reason, "reset");
        EXPECT_LT(ends[0].time, Seconds(1));
    }
    EXPECT_LT(w.Of(w.Server()).ends[0].octetsReceived, 1000000u);
}

TEST_F(SocketContract, SlowReaderClosesAndOpensTheWindow) // Covers R-84
{
    User client(w.MakeSocket(w.Client()));
    client.SendPattern(300000);
    Ptr<Socket> accepted;
    const auto listener = w.Listen();
    listener->SetAcceptCallback(
        MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
        Callback<void, Ptr<Socket>, const Address&>(
            [&accepted](Ptr<Socket> socket, const Address&) { accepted = socket; }));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->GetRxAvailable(), 65535u);
    EXPECT_EQ(accepted->Recv(10, 0)->GetSize(), 10u);
    EXPECT_EQ(accepted->GetRxAvailable(), 65525u);
    uint64_t read = 10;
    for (int second = 2; second < 40; ++second)
    {
        while (const auto packet = accepted->Recv(5000, 0))
        {
            if (packet->GetSize() == 0)
            {
                break;
            }
            EXPECT_LE(packet->GetSize(), 5000u);
            read += packet->GetSize();
        }
        w.Run(Seconds(second));
    }
    EXPECT_EQ(read, 300000u);
}

TEST_F(SocketContract, AbortResetsThePeer) // Covers T40.ES, T41.ES
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    const auto socket = w.OurSocket(w.Client());
    User client(socket);
    socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(socket->Abort(), 0);
    w.Run(Seconds(2));
    EXPECT_EQ(client.told, "connected");
    EXPECT_EQ(socket->GetCloseReason(), "aborted");
    EXPECT_EQ(server.told, "accepted broken");
    EXPECT_EQ(DynamicCast<LifecycleSocket>(server.socket)->GetCloseReason(), "reset");
    EXPECT_EQ(w.Sent(w.Client()), "S . R");
}

TEST_F(SocketContract, SocketCanConnectAgain)
{
    const auto socket = w.OurSocket(w.Client());
    User user(socket);
    socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(user.told, "failed");
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    EXPECT_EQ(socket->Connect(w.ServerAddress()), 0);
    EXPECT_EQ(socket->Connect(w.ServerAddress()), -1);
    EXPECT_EQ(socket->GetErrno(), Socket::ERROR_ISCONN);
    w.Run(Seconds(2));
    EXPECT_EQ(user.told, "failed connected");
}

// Accepting

TEST_F(SocketContract, ChildrenWaitForAcceptIfTold)
{
    const auto listener = DynamicCast<LifecycleSocket>(w.Listen());
    listener->SetAttribute("AutoAccept", BooleanValue(false));
    User client(w.MakeSocket(w.Client()));
    client.SendPattern(100);
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(w.Of(w.Server()).acceptQueue, (std::vector<uint32_t>{1}));
    User server(listener->Accept());
    ASSERT_TRUE(server.socket);
    EXPECT_EQ(listener->Accept(), nullptr);
    EXPECT_EQ(listener->GetErrno(), Socket::ERROR_AGAIN);
    EXPECT_EQ(w.Of(w.Server()).acceptQueue, (std::vector<uint32_t>{1, 0}));
    w.Run(Seconds(2));
    EXPECT_EQ(server.told, "readable closed"); // what came before the socket was
    EXPECT_EQ(server.received, 100u);
    EXPECT_TRUE(server.isIntact);
}

TEST_F(SocketContract, RefusedRequestIsReset)
{
    const auto listener = w.Listen();
    listener->SetAcceptCallback(Callback<bool, Ptr<Socket>, const Address&>(
                                    [](Ptr<Socket>, const Address&) { return false; }),
                                MakeNullCallback<void, Ptr<Socket>, const Address&>());
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    EXPECT_EQ(client.told, "failed");
    EXPECT_EQ(w.Path(w.Server()), "CLOSED LISTEN"); // asked before there is a connection
}

TEST_F(SocketContract, ChildInheritsShutdownSendAndClosesItself)
{
    const auto listener = w.Listen();
    listener->ShutdownSend(); // as PacketSink does
    User server(nullptr);
    server.closesOnEnd = false;
    User::ServeNext(listener, server);
    User client(w.MakeSocket(w.Client()));
    client.SendPattern(100);
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(2));
    EXPECT_EQ(w.Path(w.Server()),
              "CLOSED LISTEN SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED");
}

TEST_F(SocketContract, ChildInheritsSettings)
{
    const auto listener = w.Listen();
    listener->SetAttribute("Msl", TimeValue(Seconds(7)));
    listener->SetAttribute("KeepAlive", BooleanValue(true));
    User server(nullptr);
    User::ServeNext(listener, server);
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    TimeValue msl;
    server.socket->GetAttribute("Msl", msl);
    EXPECT_EQ(msl.Get(), Seconds(7));
    server.socket->Close();
    client.socket->Close();
    w.Run(Seconds(20));
    ASSERT_EQ(w.Of(w.Server()).ends.size(), 1u);
    EXPECT_LT(w.Of(w.Server()).ends[0].time, Seconds(16));
}

// Crash and reboot

TEST_F(SocketContract, CrashedHostIsSilentAndForgets)
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    const std::size_t sent = w.Of(w.Server()).tx.size();
    w.Tcp(w.Server())->Crash();
    EXPECT_EQ(server.told, "accepted broken");
    EXPECT_EQ(DynamicCast<LifecycleSocket>(server.socket)->GetCloseReason(), "crash");
    EXPECT_EQ(server.socket->Send(Create<Packet>(1)), -1);
    client.socket->Send(Create<Packet>(100));
    w.Run(Seconds(2));
    EXPECT_EQ(w.Of(w.Server()).tx.size(), sent);
    EXPECT_EQ(Reasons(w.Of(w.Server()).drops), std::vector<std::string>{"host is down"});
    ASSERT_EQ(w.Of(w.Server()).ends.size(), 2u); // the listener too
    EXPECT_EQ(w.Of(w.Server()).ends[1].reason, "crash");
    EXPECT_EQ(client.told, "connected");
}

TEST_F(SocketContract, KeepaliveNoticesTheCrash) // Covers R-82, T44.ES
{
    w.Listen();
    const auto socket = w.OurSocket(w.Client());
    socket->SetAttribute("KeepAlive", BooleanValue(true));
    socket->SetAttribute("KeepIdle", TimeValue(Seconds(10)));
    socket->SetAttribute("KeepInterval", TimeValue(Seconds(2)));
    socket->SetAttribute("KeepCount", UintegerValue(3));
    User client(socket);
    socket->Connect(w.ServerAddress());
    Simulator::Schedule(Seconds(5), &LifecycleL4Protocol::Crash, w.Tcp(w.Server()));
    w.Run(Seconds(60));
    EXPECT_EQ(client.told, "connected broken");
    EXPECT_EQ(socket->GetCloseReason(), "keepalive");
    EXPECT_EQ(client.at.GetMilliSeconds(), 20 + 10000 + 3 * 2000);
    EXPECT_EQ(Reasons(w.Of(w.Client()).tx),
              (std::vector<std::string>{"new", "ack", "keepalive", "keepalive", "keepalive"}));
}

TEST_F(SocketContract, KeepaliveProbeMayCarryAnOctet) // RFC 9293 3.8.4
{
    w.Listen();
    const auto socket = w.OurSocket(w.Client());
    socket->SetAttribute("KeepAlive", BooleanValue(true));
    socket->SetAttribute("KeepIdle", TimeValue(Seconds(10)));
    socket->SetAttribute("KeepGarbageOctet", BooleanValue(true));
    User client(socket);
    socket->Connect(w.ServerAddress());
    socket->Send(Create<Packet>(100)); // acknowledged, and gone, before the probe
    w.Run(Seconds(15));
    const LifecycleSegment& probe = w.Of(w.Client()).tx.back();
    EXPECT_EQ(probe.reason, "keepalive");
    EXPECT_EQ(probe.len, 1u);
    EXPECT_EQ(w.Of(w.Server()).tx.back().ack, probe.seq + 1);
    EXPECT_EQ(client.told, "connected");
}

TEST_F(SocketContract, CrashInsideCallback)
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    const auto socket = w.MakeSocket(w.Client());
    socket->SetRecvCallback(Callback<void, Ptr<Socket>>([this](Ptr<Socket> told) {
        w.Tcp(w.Client())->Crash();
        EXPECT_EQ(told->Send(Create<Packet>(1)), -1);
    }));
    server.SendPattern(5000);
    socket->Connect(w.ServerAddress());
    w.Run(Seconds(2));
    EXPECT_EQ(w.Of(w.Client()).ends.back().reason, "crash");
}

TEST_F(SocketContract, ShutdownRecvThrowsAwayAndKeepsTheWindowOpen)
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    server.SendPattern(300000);
    const auto socket = w.OurSocket(w.Client());
    socket->ShutdownRecv();
    User client(socket);
    socket->Connect(w.ServerAddress());
    w.Run(Seconds(5));
    EXPECT_EQ(client.told, "connected closed");
    EXPECT_EQ(client.received, 0u);
}

TEST_F(SocketContract,
       RebootedHostResetsWhatItHasForgotten) // Covers R-30, P03, T41.ES; RFC 9293 3.5.1
{
    User server(nullptr);
    User::ServeNext(w.Listen(), server);
    User client(w.MakeSocket(w.Client()));
    client.socket->Connect(w.ServerAddress());
    w.Run(Seconds(1));
    w.Tcp(w.Server())->Reboot();
    client.socket->Send(Create<Packet>(100));
    w.Run(Seconds(2));
    EXPECT_EQ(client.told, "connected broken");
    EXPECT_EQ(DynamicCast<LifecycleSocket>(client.socket)->GetCloseReason(), "reset");

    User again(w.MakeSocket(w.Client()));
    User::ServeNext(w.Listen(), server);
    again.socket->Connect(w.ServerAddress());
    w.Run(Seconds(3));
    EXPECT_EQ(again.told, "connected");
    EXPECT_EQ(w.Of(w.Server()).transitions.back().connection, 4u); // numbers are never reused
}
