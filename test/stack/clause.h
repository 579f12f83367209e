#ifndef LIFECYCLE_TEST_STACK_CLAUSE_H
#define LIFECYCLE_TEST_STACK_CLAUSE_H

#include "world.h"

#include <functional>
#include <string>

namespace ns3
{

/** Fixture: a clause of the socket contract, with ours or with ns3::TcpSocketBase at both ends. */
class Clause : public ::testing::TestWithParam<Stack>
{
  protected:
    World w{GetParam(), GetParam()};

    bool IsStock() const
    {
        return GetParam() == Stack::STOCK;
    }

    /** A connection that stands, both users known. */
    void Connect(User& client, User& server)
    {
        User::ServeNext(m_listener = w.Listen(), server);
        ConnectLater(client, w.ServerAddress());
        w.Run(Seconds(1));
        ASSERT_EQ(client.told, "connected");
        ASSERT_EQ(server.told, "accepted");
    }

    /** Once time runs: ns-3's own TCP crashes before. */
    void ConnectLater(User& user, const Address& to)
    {
        Later(Seconds(0), user.socket, [&user, to] { user.socket->Connect(to); });
    }

    /** Does @p what after @p delay, in the context of the node of @p socket. */
    static void Later(Time delay, Ptr<Socket> socket, const std::function<void()>& what)
    {
        Simulator::ScheduleWithContext(socket->GetNode()->GetId(), delay, [what] { what(); });
    }

    Ptr<Socket> m_listener;
};

/** The name of a stack in a test's. */
inline std::string
NameOf(const ::testing::TestParamInfo<Stack>& info)
{
    return info.param == Stack::OURS ? "Ours" : "Stock";
}

} // namespace ns3

/** Ends a test for ns-3's own TCP, and says why. */
#define STOCK_IS_EXCUSED(why)                                       \
    if (IsStock())                                                  \
    {                                                               \
        GTEST_SKIP() << "ns3::TcpSocketBase is excused: " << (why); \
    }

#endif // LIFECYCLE_TEST_STACK_CLAUSE_H
