// ICMP through ns-3: RFC 9293 3.9.2.2, RFC 5927. By injection: ns-3's routers send few errors.

#include "world.h"

#include "ns3/boolean.h"
#include "ns3/impaired-channel.h"

#include <array>
#include <gtest/gtest.h>
#include <optional>

namespace ns3
{
namespace
{

constexpr uint8_t UNREACHABLE = 3; // type
constexpr uint8_t SOURCE_QUENCH = 4;
constexpr uint8_t NET = 0; // code
constexpr uint8_t HOST = 1;
constexpr uint8_t PORT_CODE = 3;

/** What an error quotes of a segment from @p port: its first eight octets. */
std::array<uint8_t, 8>
Quote(uint16_t port, uint32_t seq)
{
    return {static_cast<uint8_t>(port >> 8),
            static_cast<uint8_t>(port),
            PORT >> 8,
            PORT & 0xff,
            static_cast<uint8_t>(seq >> 24),
            static_cast<uint8_t>(seq >> 16),
            static_cast<uint8_t>(seq >> 8),
            static_cast<uint8_t>(seq)};
}

/** An error about @p sent, a segment of the client, @p off octets beside its sequence number. */
void
Arrives(World& w, const LifecycleSegment& sent, uint8_t type, uint8_t code, uint32_t off = 0)
{
    const auto payload =
        Quote(InetSocketAddress::ConvertFrom(sent.local).GetPort(), sent.seq + off);
    w.Tcp(w.Client())
        ->ReceiveIcmp(Ipv4Address("10.0.0.2"),
                      64,
                      type,
                      code,
                      0,
                      Ipv4Address("10.0.0.1"),
                      Ipv4Address("10.0.0.2"),
                      payload.data());
}

/** A client that connects to a peer whose answers are all lost, so that its SYN stays in flight. */
class StackIcmp : public testing::Test
{
  protected:
    StackIcmp()
    {
        w.SetRules("server->client: drop every segment");
        socket = w.OurSocket(w.Client());
        w.Listen();
        socket->Connect(w.ServerAddress());
    }

    /** An error about the client's first segment, @p off octets beside its sequence number. */
    void Arrives(uint8_t type, uint8_t code, uint32_t off = 0)
    {
        ns3::Arrives(w, w.Of(w.Client()).tx.front(), type, code, off);
    }

    World w;
    Ptr<LifecycleSocket> socket;
};

/** A client in the midst of sending, over a link that goes down meanwhile, from 50 ms on. */
class StackIcmpMidway : public StackTest
{
  protected:
    StackIcmpMidway()
    {
        User::ServeNext(w.Listen(), server);
        client.SendPattern(OCTETS, false);
        client.socket->Connect(w.ServerAddress());
        Simulator::Schedule(MilliSeconds(50), [this] { Link()->SetDown(); });
    }

    Ptr<ImpairedChannel> Link()
    {
        return DynamicCast<ImpairedChannel>(w.devices.Get(0)->GetChannel());
    }

    /** An error at @p when about what the client has sent last: it is in flight. */
    void ArrivesAt(Time when, uint8_t code)
    {
        Simulator::Schedule(when, [this, code] {
            Arrives(w, w.Of(w.Client()).tx.back(), UNREACHABLE, code);
        });
    }

    void ExpectAllArrivedAndNothingClosed()
    {
        EXPECT_EQ(server.received, OCTETS);
        EXPECT_TRUE(server.isIntact);
        EXPECT_EQ(server.told, "accepted readable");
        EXPECT_EQ(DynamicCast<LifecycleSocket>(client.socket)->GetStateName(), "ESTABLISHED");
    }

    static constexpr uint64_t OCTETS = 200000;
    User client{w.MakeSocket(w.Client())};
    User server{nullptr};
};

/** "Port unreachable" about @p sent, a segment of the client over IPv6. */
void
PortUnreachableArrives6(World& w, const LifecycleSegment& sent)
{
    constexpr uint8_t UNREACHABLE6 = 1; // type
    constexpr uint8_t PORT_CODE6 = 4;
    const auto payload = Quote(Inet6SocketAddress::ConvertFrom(sent.local).GetPort(), sent.seq);
    w.Tcp(w.Client())
        ->ReceiveIcmp(Ipv6Address("2001:db8::2"),
                      64,
                      UNREACHABLE6,
                      PORT_CODE6,
                      0,
                      Ipv6Address("2001:db8::1"),
                      Ipv6Address("2001:db8::2"),
                      payload.data());
}

/** A hard error about what a client has in flight in some state of an open connection. */
struct HardError
{
    const char* edge; ///< out of that state
    bool serverCloses;
    bool clientCloses;
    bool overIpv6;
};

void
PrintTo(const HardError& error, std::ostream* os)
{
    *os << error.edge << (error.overIpv6 ? " over IPv6" : "");
}

class StackIcmpSynchronized : public testing::TestWithParam<HardError>
{
  protected:
    ~StackIcmpSynchronized() override
    {
        Simulator::Destroy();
    }

    World w;
};

INSTANTIATE_TEST_SUITE_P(States,
                         StackIcmpSynchronized,
                         testing::Values(HardError{"T45.ES", false, false, false},
                                         HardError{"T45.ES", false, false, true},
                                         HardError{"T45.F1", false, true, false},
                                         HardError{"T45.F1", false, true, true},
                                         HardError{"T45.CW", true, false, false},
                                         HardError{"T45.CW", true, false, true},
                                         HardError{"T45.LA", true, true, false},
                                         HardError{"T45.LA", true, true, true}));

// Covers T45.ES, T45.F1, T45.CW, T45.LA, R-113: off by default, then it is a soft one
TEST_P(StackIcmpSynchronized, HardErrorEndsTheConnectionOnlyIfItShall)
{
    const HardError& error = GetParam();
    w.UseIpv6();
    const Ptr<Socket> listener = w.MakeSocket(w.Server());
    listener->Bind(error.overIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), PORT))
                                  : InetSocketAddress(Ipv4Address::GetAny(), PORT));
    listener->Listen();
    Ptr<Socket> server;
    listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                Callback<void, Ptr<Socket>, const Address&>(
                                    [&](Ptr<Socket> child, const Address&) { server = child; }));
    const Ptr<LifecycleSocket> client = w.OurSocket(w.Client());
    client->Connect(error.overIpv6 ? w.ServerAddress6() : w.ServerAddress());
    w.Run(MilliSeconds(100));
    ASSERT_TRUE(server);
    if (error.serverCloses)
    {
        server->ShutdownSend();
    }
    w.Run(MilliSeconds(200));
    DynamicCast<ImpairedChannel>(w.devices.Get(0)->GetChannel())->SetDown();
    client->Send(Create<Packet>(100));
    if (error.clientCloses)
    {
        client->ShutdownSend();
    }
    w.Run(MilliSeconds(210));
    const std::string before = w.Edges(w.Client());
    const auto unreachable = [&] {
        const LifecycleSegment sent = w.Of(w.Client()).tx.back();
        error.overIpv6 ? PortUnreachableArrives6(w, sent)
                       : Arrives(w, sent, UNREACHABLE, PORT_CODE);
    };
    unreachable();
    w.Run(MilliSeconds(220));
    EXPECT_EQ(w.Edges(w.Client()), before);
    EXPECT_EQ(w.Of(w.Client()).signals.back().signal, "soft error");
    client->SetAttribute("IcmpAbortsSynchronized", BooleanValue(true));
    unreachable();
    w.Run(MilliSeconds(230));
    EXPECT_EQ(w.Edges(w.Client()), before + " " + error.edge);
    EXPECT_EQ(client->GetCloseReason(), "reset");
}

TEST_F(StackIcmp, ErrorAboutANumberNotInFlightIsIgnored)
{
    Simulator::Schedule(MilliSeconds(5), [this] { Arrives(UNREACHABLE, PORT_CODE, 1000); });
    w.Run(MilliSeconds(100));
    EXPECT_EQ(socket->GetStateName(), "SYN-SENT");
}

TEST_F(StackIcmp, SoftErrorAndSourceQuenchEndNothing)
{
    Simulator::Schedule(MilliSeconds(5), [this] {
        Arrives(UNREACHABLE, NET);
        Arrives(SOURCE_QUENCH, 0);
    });
    w.Run(MilliSeconds(100));
    EXPECT_EQ(socket->GetStateName(), "SYN-SENT");
}

TEST_F(StackIcmp, HardErrorRefusesAConnectionThatIsBeingOpened) // Covers, T45.SS
{
    Simulator::Schedule(MilliSeconds(5), [this] { Arrives(UNREACHABLE, PORT_CODE); });
    w.Run(MilliSeconds(100));
    EXPECT_EQ(socket->GetCloseReason(), "refused");
    EXPECT_EQ(w.Of(w.Client()).transitions.back().transition, "T45.SS");
}

TEST_F(StackIcmpMidway, SoftErrorIsReportedAndTheConnectionGoesOn) // Covers, SHLD-25
{
    ArrivesAt(MilliSeconds(60), NET);
    Simulator::Schedule(MilliSeconds(70), [this] { Link()->SetUp(); });
    w.Run(Seconds(100));
    EXPECT_EQ(w.Reports(w.Client()), "connection established, soft error");
    EXPECT_EQ(w.Of(w.Client()).signals.back().time, MilliSeconds(60));
    ExpectAllArrivedAndNothingClosed();
}

TEST_F(StackIcmpMidway, SoftErrorIsNotReportedToWhoeverDoesNotWantTo) // Covers R-116, MUST-47
{
    client.socket->SetAttribute("ReportSoftErrors", BooleanValue(false));
    ArrivesAt(MilliSeconds(60), NET);
    Simulator::Schedule(MilliSeconds(70), [this] { Link()->SetUp(); });
    w.Run(Seconds(100));
    EXPECT_EQ(w.Reports(w.Client()), "connection established");
    ExpectAllArrivedAndNothingClosed();
}

// Covers, MUST-56: the link is down for long, routers say so, and it comes back
TEST_F(StackIcmpMidway, UnreachablePeerEndsNothingAndSendingResumes)
{
    ArrivesAt(MilliSeconds(60), NET);
    ArrivesAt(Seconds(2), HOST);
    Simulator::Schedule(Seconds(20), [this] { Link()->SetUp(); });
    w.Run(Seconds(10));
    EXPECT_LT(server.received, OCTETS);
    w.Run(Seconds(100));
    EXPECT_EQ(w.Reports(w.Client()),
              "connection established, soft error, soft error, excessive retransmissions");
    ExpectAllArrivedAndNothingClosed();
}

} // namespace
} // namespace ns3
