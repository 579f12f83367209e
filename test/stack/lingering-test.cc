// What a connection in TIME-WAIT keeps alive: not the socket of a user who needs it no more.

#include "world.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/object-vector.h"
#include "ns3/uinteger.h"

#include <set>
#include <string>
#include <vector>

namespace ns3
{
namespace
{

/** A client that closes first, and is told that the server has closed as well. */
class StackLingering : public StackTest
{
  protected:
    StackLingering()
        : server(nullptr),
          listener(w.Listen())
    {
        User::ServeNext(listener, server);
    }

    /** Opens a connection, and closes it first; it is in TIME-WAIT soon after. */
    Ptr<Socket> OpenAndClose()
    {
        const Ptr<Socket> socket = w.MakeSocket(w.Client());
        socket->SetConnectCallback([](Ptr<Socket> it) { it->Close(); }, {});
        socket->Connect(w.ServerAddress());
        return socket;
    }

    /** How many sockets the client's connections have. */
    std::size_t Sockets()
    {
        ObjectVectorValue sockets;
        w.Tcp(w.Client())->GetAttribute("Sockets", sockets);
        return sockets.GetN();
    }

    User server;
    Ptr<Socket> listener;
};

} // namespace

TEST_F(StackLingering, SocketThatNobodyHoldsEnds) // Covers T27
{
    OpenAndClose();
    w.Run(Seconds(1));
    ASSERT_EQ(w.Of(w.Client()).timeWait.back(), 1u);
    EXPECT_EQ(Sockets(), 0u);
}

TEST_F(StackLingering, SocketThatSomebodyHoldsCanBeAsked)
{
    const auto socket = DynamicCast<LifecycleSocket>(OpenAndClose());
    w.Run(Seconds(1));
    EXPECT_EQ(Sockets(), 1u);
    EXPECT_EQ(socket->GetStateName(), "TIME-WAIT");
    w.Run(Seconds(300));
    EXPECT_EQ(socket->GetStateName(), "CLOSED");
    EXPECT_EQ(socket->GetCloseReason(), "normal");
}

TEST_F(StackLingering, EndIsTracedInFull) // Covers T30
{
    OpenAndClose();
    w.Run(Seconds(1));
    const auto open = w.Tcp(w.Client())->GetOpenConnections();
    ASSERT_EQ(open.size(), 1u);
    EXPECT_EQ(LifecycleEndName(open[0].remote), "10.0.0.2:80");
    w.Run(Seconds(300));
    const auto& ends = w.Of(w.Client()).ends;
    ASSERT_EQ(ends.size(), 1u);
    EXPECT_EQ(ends[0].reason, "normal");
    EXPECT_EQ(ends[0].opened, open[0].opened);
    EXPECT_EQ(LifecycleEndName(ends[0].local), LifecycleEndName(open[0].local));
    EXPECT_EQ(LifecycleEndName(ends[0].remote), "10.0.0.2:80");
}

/** Many connections in SYN-RECEIVED, more than the driver keeps in full. */
TEST(StackHalfOpen, EndIsTracedInFull) // Covers T14
{
    constexpr std::size_t COUNT = 200;
    constexpr int TOS = 0x60;
    World w;
    w.SetRules("server->client: drop every SYN-ACK");
    const Ptr<Socket> listener = w.Listen();
    listener->SetAttribute("SynAckRetries", UintegerValue(2));
    listener->SetAttribute("SynQueueLimit", UintegerValue(COUNT));
    listener->SetIpTos(TOS);
    std::vector<Ptr<Socket>> sockets;
    for (std::size_t i = 0; i < COUNT; ++i)
    {
        Simulator::Schedule(MilliSeconds(i), [&] {
            sockets.push_back(w.MakeSocket(w.Client()));
            sockets.back()->SetAttribute("SynRetries", UintegerValue(0));
            sockets.back()->Connect(w.ServerAddress());
        });
    }
    std::vector<LifecycleEnd> open;
    Simulator::Schedule(Seconds(2), [&] { open = w.Tcp(w.Server())->GetOpenConnections(); });
    std::set<int> tos;
    w.Tcp(w.Server())
        ->GetObject<Ipv4L3Protocol>()
        ->TraceConnectWithoutContext(
            "SendOutgoing",
            Callback<void, const Ipv4Header&, Ptr<const Packet>, uint32_t>(
                [&tos](const Ipv4Header& header, Ptr<const Packet>, uint32_t) {
                    tos.insert(header.GetTos());
                }));
    w.Run(Seconds(100));
    ASSERT_EQ(open.size(), COUNT + 1); // with the listener
    const auto& ends = w.Of(w.Server()).ends;
    ASSERT_EQ(ends.size(), COUNT);
    for (std::size_t i = 0; i < COUNT; ++i)
    {
        EXPECT_EQ(open[i + 1].opened, ends[i].opened);
        EXPECT_EQ(open[i + 1].retransmissions, 1u);
        EXPECT_GE(ends[i].opened, MilliSeconds(i));
        EXPECT_LT(ends[i].opened, MilliSeconds(i) + MilliSeconds(500));
        EXPECT_EQ(ends[i].retransmissions, 2u);
        EXPECT_EQ(LifecycleEndName(ends[i].remote), LifecycleEndName(open[i + 1].remote));
    }
    EXPECT_EQ(tos, std::set<int>{TOS});
}

} // namespace ns3
