// What a connection in TIME-WAIT keeps alive: not the socket of a user who needs it no more.

#include "world.h"

#include "ns3/object-vector.h"
#include "ns3/uinteger.h"

#include <string>

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

} // namespace ns3
