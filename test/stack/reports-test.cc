// What users are told of a living connection: RFC 9293 3.8.3, 3.8.5, 3.9.1.8.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/packet.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <sys/socket.h>

namespace ns3
{
namespace
{

/** A connection that stands after a second, and whose users do nothing. */
class StackReports : public StackTest
{
  protected:
    void Connect()
    {
        client.Serve(w.MakeSocket(w.Client()));
        User::ServeNext(w.Listen(), server);
        client.socket->Connect(w.ServerAddress());
        w.Run(Seconds(1));
        ASSERT_EQ(client.told.substr(0, 9), "connected");
        ASSERT_EQ(server.told.substr(0, 8), "accepted");
    }

    User client{nullptr};
    User server{nullptr};
};

TEST_F(StackReports, R1IsReportedAfterThreeRetransmissionsAndEndsNothing)
{
    w.SetRules("client->server: drop every data");
    Connect();
    std::vector<std::string> toldToSocket;
    client.socket->TraceConnectWithoutContext(
        "Signal",
        Callback<void, const LifecycleSignal&>([&toldToSocket](const LifecycleSignal& told) {
            toldToSocket.emplace_back(told.signal);
        }));
    client.socket->Send(Create<Packet>(100));
    w.Run(Seconds(20));
    EXPECT_EQ(w.Reports(w.Client()), "connection established, excessive retransmissions");
    EXPECT_EQ(toldToSocket, std::vector<std::string>{"excessive retransmissions"});
    const LifecycleSignal& report = w.Of(w.Client()).signals.back();
    EXPECT_EQ(report.time, Seconds(1 + 1 + 2 + 4)); // with the third one
    Address local;
    client.socket->GetSockName(local);
    EXPECT_EQ(report.connection,
              DynamicCast<LifecycleSocket>(client.socket)->GetConnectionNumber());
    EXPECT_EQ(report.local, local);
    EXPECT_EQ(report.remote, w.ServerAddress());
    EXPECT_EQ(DynamicCast<LifecycleSocket>(client.socket)->GetStateName(), "ESTABLISHED");
}

TEST_F(StackReports, R1IsNotReportedToWhoeverDoesNotWantTo) // Covers R-116, MUST-47
{
    w.SetRules("client->server: drop every data");
    Connect();
    client.socket->SetAttribute("ReportSoftErrors", BooleanValue(false));
    client.socket->Send(Create<Packet>(100));
    w.Run(Seconds(20));
    EXPECT_EQ(w.Reports(w.Client()), "connection established");
}

TEST_F(StackReports, EachEndOfALifeIsReported)
{
    client.SendPattern(1000);
    Connect();
    w.Run(Seconds(500));
    EXPECT_EQ(w.Reports(w.Client()),
              "connection established, close acknowledged, connection closing, connection closed");
    EXPECT_EQ(w.Reports(w.Server()), "connection closing, close acknowledged, connection closed");
}

TEST_F(StackReports, UrgentDataAreAnnouncedAndCounted) // Covers R-109, MUST-31, MUST-32, MUST-33
{
    Connect();
    server.socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
    const auto receiver = DynamicCast<LifecycleSocket>(server.socket);
    EXPECT_EQ(receiver->GetUrgentOctets(), 0u);
    EXPECT_EQ(client.socket->Send(Create<Packet>(10), 0), 10);
    EXPECT_EQ(client.socket->Send(Create<Packet>(3), MSG_OOB), 3);
    EXPECT_EQ(client.socket->Send(Create<Packet>(5), 0), 5);
    w.Run(Seconds(2));
    EXPECT_EQ(w.Reports(w.Server()), "urgent data");
    EXPECT_EQ(receiver->GetRxAvailable(), 18u);
    EXPECT_EQ(receiver->GetUrgentOctets(), 13u);
    EXPECT_EQ(receiver->Recv(12, 0)->GetSize(), 12u);
    EXPECT_EQ(receiver->GetUrgentOctets(), 1u);
    EXPECT_EQ(receiver->Recv(1, 0)->GetSize(), 1u);
    EXPECT_EQ(receiver->GetUrgentOctets(), 0u);
    EXPECT_EQ(receiver->Recv(100, 0)->GetSize(), 5u);

    EXPECT_EQ(client.socket->Send(Create<Packet>(1), MSG_OOB), 1);
    w.Run(Seconds(3));
    EXPECT_EQ(w.Reports(w.Server()), "urgent data, urgent data");
    EXPECT_EQ(receiver->GetUrgentOctets(), 1u);
    const auto& sent = w.Of(w.Client()).tx;
    EXPECT_TRUE(std::any_of(sent.begin(), sent.end(), [](const LifecycleSegment& segment) {
        return segment.flags.find('U') != std::string::npos;
    }));
}

} // namespace
} // namespace ns3
