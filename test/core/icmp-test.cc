// ICMP errors: RFC 9293 3.9.2.2, RFC 5461, RFC 5927. Bad cases first.

#include "../../model/core/host.h"
#include "ladder.h"

namespace lifecycle::test
{
namespace
{

/** Something of ours is in flight in every state but FIN-WAIT-2 and TIME-WAIT; where it begins. */
std::uint32_t
InFlight(const Ladder& l)
{
    return l.Subject().Snd().una.Value() - Ladder::ISS.Value();
}

/** As Ladder::To, with one octet sent where that is needed to have something in flight. */
void
ToWithFlight(Ladder& l, State state)
{
    l.To(state);
    if (state == State::ESTABLISHED || state == State::CLOSE_WAIT)
    {
        l.UserSends(1).Sends(Seq(1).Ack(l.RcvNxt()).Len(1));
    }
}

//
TEST(Icmp, ErrorAboutNothingInFlightIsIgnored)
{
    Ladder l;
    l.ToSynSent();
    l.IcmpArrives(IcmpKind::HARD_ERROR, 1).IcmpArrives(IcmpKind::HARD_ERROR, 0xffffffff);
    l.IcmpArrives(IcmpKind::SOFT_ERROR, 5).In(State::SYN_SENT);
}

// Covers R-111, MUST-55
TEST(Icmp, SourceQuenchIsDiscarded)
{
    for (const State state : ALL_STATES)
    {
        if (state != State::CLOSED)
        {
            Ladder l;
            ToWithFlight(l, state);
            l.IcmpArrives(IcmpKind::SOURCE_QUENCH, InFlight(l)).In(state);
        }
    }
}

// Covers R-112, MUST-56, SHLD-25
TEST(Icmp, SoftErrorIsReportedAndEndsNothing)
{
    for (const State state : ALL_STATES)
    {
        const bool hasFlight = state != State::CLOSED && state != State::LISTEN &&
                               state != State::FIN_WAIT_2 && state != State::TIME_WAIT;
        if (hasFlight)
        {
            SCOPED_TRACE(ToString(state));
            Ladder l;
            ToWithFlight(l, state);
            l.IcmpArrives(IcmpKind::SOFT_ERROR, InFlight(l)).Tells(UserSignal::SOFT_ERROR);
            l.In(state);
        }
    }
}

// Covers R-116, SHLD-20: the user may turn reports off
TEST(Icmp, ReportsCanBeTurnedOff)
{
    ConnectionConfig config = Plain();
    config.reportSoftErrors = false;
    config.r1 = 1;
    Ladder l(config);
    l.At(0s).ToSynSent();
    l.IcmpArrives(IcmpKind::SOFT_ERROR, 0);
    l.At(1s).Expires().Resends(Seq(0).Syn());
}

// Covers R-110, MUST-54
TEST(Icmp, ErrorReachesItsConnectionAlone)
{
    Host host(HostConfig{}, {1, 2});
    Actions out;
    const auto path = [](std::uint16_t port) {
        return FourTuple{{Address::FromIpv4(1), port}, {Address::FromIpv4(2), 80}};
    };
    const auto one = std::get<ConnectionId>(host.OpenActive(path(1), {}, Instant{}, out));
    const auto two = std::get<ConnectionId>(host.OpenActive(path(2), {}, Instant{}, out));
    out.clear();
    host.IcmpArrives(path(3), {IcmpKind::HARD_ERROR, SeqNum(), 0}, Instant{}, out);
    EXPECT_TRUE(out.empty());
    host.IcmpArrives(path(2), {IcmpKind::HARD_ERROR, host.Find(two)->Snd().iss, 0}, Instant{}, out);
    EXPECT_EQ(host.Find(two), nullptr);
    EXPECT_NE(host.Find(one), nullptr);
}

// Covers T45.SS, T45.SR, R-113, SHLD-26
TEST(Icmp, HardErrorEndsAConnectionThatIsBeingOpened)
{
    Ladder l;
    l.ToSynSent();
    l.IcmpArrives(IcmpKind::HARD_ERROR, 0).Moves("T45.SS");
    l.Tells(UserSignal::CONNECTION_REFUSED).Forgets(CloseReason::REFUSED).In(State::CLOSED);
    for (const bool active : {false, true})
    {
        Ladder m;
        active ? m.ToSynReceivedActively() : m.ToSynReceived();
        m.IcmpArrives(IcmpKind::HARD_ERROR, 0).Moves("T45.SR");
        m.Tells(UserSignal::CONNECTION_REFUSED).Forgets(CloseReason::REFUSED);
    }
}

struct HardCase
{
    State state;
    const char* id;
};

// Covers T45.ES, T45.F1, T45.F2, T45.CW, T45.CG, T45.LA, R-113
TEST(Icmp, HardErrorEndsASynchronizedConnectionOnlyIfThatIsWished)
{
    for (const auto& [state, id] : {HardCase{State::ESTABLISHED, "T45.ES"},
                                    HardCase{State::FIN_WAIT_1, "T45.F1"},
                                    HardCase{State::FIN_WAIT_2, "T45.F2"},
                                    HardCase{State::CLOSE_WAIT, "T45.CW"},
                                    HardCase{State::CLOSING, "T45.CG"},
                                    HardCase{State::LAST_ACK, "T45.LA"}})
    {
        SCOPED_TRACE(id);
        ConnectionConfig config = Plain();
        config.icmpSequenceCheck = false; // in FIN-WAIT-2 nothing is in flight
        Ladder l(config);
        l.To(state);
        l.IcmpArrives(IcmpKind::HARD_ERROR, 0).Tells(UserSignal::SOFT_ERROR).In(state);
        config.icmpAbortsSynchronized = true;
        l.Configures(config);
        l.IcmpArrives(IcmpKind::HARD_ERROR, 0).Moves(id);
        l.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);
    }
}

// Covers T46.SS, T46.SR, R-115
TEST(Icmp, SoftErrorEndsAnOpeningConnectionOnlyIfThatIsWished)
{
    ConnectionConfig config = Plain();
    config.icmpSoftAborts = true;
    Ladder l(config);
    l.ToSynSent();
    l.IcmpArrives(IcmpKind::SOFT_ERROR, 0).Moves("T46.SS");
    l.Tells(UserSignal::HOST_UNREACHABLE).Forgets(CloseReason::UNREACHABLE);
    Ladder m(config);
    m.ToSynReceived();
    m.IcmpArrives(IcmpKind::SOFT_ERROR, 0).Moves("T46.SR");
    m.Tells(UserSignal::HOST_UNREACHABLE).Forgets(CloseReason::UNREACHABLE);
    Ladder n(config);
    ToWithFlight(n, State::ESTABLISHED);
    n.IcmpArrives(IcmpKind::SOFT_ERROR, 1).Tells(UserSignal::SOFT_ERROR).In(State::ESTABLISHED);
}

// Covers R-113: code 4 belongs to path MTU discovery
TEST(Icmp, PacketTooBigLowersTheMss)
{
    Ladder l;
    l.At(0s).ToEstablished();
    l.UserSends(1460).Sends(Seq(1).Ack(1).Len(1460));
    l.At(100ms).IcmpArrives(IcmpKind::PACKET_TOO_BIG, 1, 1040).Resends(Seq(1).Ack(1).Len(1000));
    l.IcmpArrives(IcmpKind::PACKET_TOO_BIG, 1, 1500);                             // never up
    l.IcmpArrives(IcmpKind::PACKET_TOO_BIG, 1, 0).Resends(Seq(1).Ack(1).Len(48)); // nor to nothing
    l.IcmpArrives(IcmpKind::PACKET_TOO_BIG, 1, 0); // nor does it repeat what is as small already
    l.In(State::ESTABLISHED);
}

// Covers: what was too little for a segment may be enough for a smaller one
TEST(Icmp, PacketTooBigLetsGoWhatWaitedForAFullSegment)
{
    ConnectionConfig config = Plain();
    config.nagle = true;
    Ladder l(config);
    l.ToEstablished();
    l.UserSends(1000).Sends(Seq(1).Ack(1).Len(1000));
    l.UserSends(600);
    l.IcmpArrives(IcmpKind::PACKET_TOO_BIG, 1, 576).Resends(Seq(1).Ack(1).Len(536));
    l.Sends(Seq(1001).Ack(1).Len(536));
}

// Covers: what the types and codes mean
TEST(Icmp, TypesAndCodesMeanWhatTheStandardSays)
{
    const auto v4 = [](int type, int code) {
        return KindOfIcmp(Family::IPV4,
                          static_cast<std::uint8_t>(type),
                          static_cast<std::uint8_t>(code));
    };
    const auto v6 = [](int type, int code) {
        return KindOfIcmp(Family::IPV6,
                          static_cast<std::uint8_t>(type),
                          static_cast<std::uint8_t>(code));
    };
    for (const int code : {0, 1, 5})
    {
        EXPECT_EQ(v4(3, code), IcmpKind::SOFT_ERROR);
    }
    EXPECT_EQ(v4(11, 0), IcmpKind::TIME_EXCEEDED);
    EXPECT_EQ(v4(12, 0), IcmpKind::SOFT_ERROR);
    EXPECT_EQ(v4(3, 2), IcmpKind::HARD_ERROR);
    EXPECT_EQ(v4(3, 3), IcmpKind::HARD_ERROR);
    EXPECT_EQ(v4(3, 4), IcmpKind::PACKET_TOO_BIG);
    EXPECT_EQ(v4(4, 0), IcmpKind::SOURCE_QUENCH);
    EXPECT_FALSE(v4(8, 0));
    EXPECT_EQ(v6(1, 0), IcmpKind::SOFT_ERROR);
    EXPECT_EQ(v6(1, 3), IcmpKind::SOFT_ERROR);
    EXPECT_EQ(v6(3, 0), IcmpKind::TIME_EXCEEDED);
    EXPECT_EQ(v6(4, 2), IcmpKind::SOFT_ERROR);
    EXPECT_EQ(v6(1, 4), IcmpKind::HARD_ERROR);
    EXPECT_EQ(v6(2, 0), IcmpKind::PACKET_TOO_BIG);
    EXPECT_FALSE(v6(128, 0));
}

// Covers R-113: who does not trust them, as with icmp_may_rst=0 in BSD
TEST(Icmp, HardErrorsMaySpareConnectionsThatAreBeingOpened)
{
    ConnectionConfig config = Plain();
    config.icmpAbortsOpening = false;
    for (const State state : {State::SYN_SENT, State::SYN_RECEIVED})
    {
        Ladder l(config);
        l.To(state);
        l.IcmpArrives(IcmpKind::HARD_ERROR, 0).Tells(UserSignal::SOFT_ERROR).In(state);
    }
}

} // namespace
} // namespace lifecycle::test
