// ICMP through ns-3: RFC 9293 3.9.2.2, RFC 5927. By injection: ns-3's routers send few errors.

#include "world.h"

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
constexpr uint8_t PORT_CODE = 3;

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
        const LifecycleSegment& syn = w.Of(w.Client()).tx.front();
        const uint16_t port = InetSocketAddress::ConvertFrom(syn.local).GetPort();
        const uint32_t seq = syn.seq + off;
        const std::array<uint8_t, 8> payload{static_cast<uint8_t>(port >> 8),
                                             static_cast<uint8_t>(port),
                                             PORT >> 8,
                                             PORT & 0xff,
                                             static_cast<uint8_t>(seq >> 24),
                                             static_cast<uint8_t>(seq >> 16),
                                             static_cast<uint8_t>(seq >> 8),
                                             static_cast<uint8_t>(seq)};
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

    World w;
    Ptr<LifecycleSocket> socket;
};

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

} // namespace
} // namespace ns3
