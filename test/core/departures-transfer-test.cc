// What presets linux and freebsd do otherwise than the standards about congestion, acknowledgments,
// timers and ICMP, each with its option off and on.

#include "../../model/core/host.h"
#include "ladder.h"

namespace lifecycle::test
{
namespace
{

// Covers R-76: RFC 3168 6.1.1
TEST(Departures, SynAckOfASimultaneousOpenMayAgreeToEcnLate)
{
    ConnectionConfig config = Plain();
    config.ecn = EcnUse::PASSIVE;
    for (const bool late : {false, true})
    {
        config.ecnAfterPlainSyn = late;
        Ladder l(config);
        l.ToSynSent();
        l.Arrives(Seq(0).Syn().Ece().Cwr().Mss(1460)).Moves("T09");
        l.Sends(late ? Seq(0).Ack(1).Syn().Ece() : Seq(0).Ack(1).Syn());
        EXPECT_EQ(l.Subject().Agreed().ecn, late);
    }
    config.ecn = EcnUse::OFF;
    Ladder off(config);
    off.ToSynSent();
    off.Arrives(Seq(0).Syn().Ece().Cwr().Mss(1460)).Moves("T09").Sends(Seq(0).Ack(1).Syn());
}

/** How far one ACK of @p acked octets opens the window of slow start. */
std::uint32_t
Opening(bool allOctets, std::uint32_t acked, std::uint32_t ssthresh = UINT32_MAX)
{
    ConnectionConfig config = Plain();
    config.slowStartAllOctets = allOctets;
    config.mss = 1000;
    config.initialSsthresh = ssthresh;
    Ladder l(config);
    l.ToEstablished();
    l.UserSends(5000);
    for (std::uint32_t seq = 1; seq < 5001; seq += 1000)
    {
        l.Sends(Seq(seq).Ack(1).Len(1000));
    }
    const std::uint32_t before = l.Subject().Congestion().Window();
    l.Arrives(Seq(1).Ack(1 + acked)).Releases(1, acked);
    return l.Subject().Congestion().Window() - before;
}

// Covers R-28: RFC 5681 3.1
TEST(Departures, SlowStartMayCountAllOctets)
{
    EXPECT_EQ(Opening(false, 5000), 1000U);
    EXPECT_EQ(Opening(true, 5000), 5000U);
    EXPECT_EQ(Opening(true, 500), 500U);
    EXPECT_EQ(Opening(true, 5000, 12000), 2000U); // up to the end of slow start
}

/** How many octets go out when an ACK follows @p duplicates of the one before, in a window of 4000. */
std::uint32_t
SentAfterDuplicates(bool allOctets, bool sack, std::uint32_t duplicates)
{
    ConnectionConfig config = Plain();
    config.slowStartAllOctets = allOctets;
    config.sack = sack;
    config.mss = 1000;
    config.initialCwnd = 4;
    Ladder l(config);
    l.Opens().Moves("T02").Sends(sack ? Seq(0).Syn().SackOk() : Seq(0).Syn());
    l.Arrives(sack ? Seq(0).Ack(1).Syn().Mss(1000).SackOk() : Seq(0).Ack(1).Syn().Mss(1000));
    l.Moves("T08").Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.UserSends(20000);
    for (std::uint32_t seq = 1; seq < 4001; seq += 1000)
    {
        l.Sends(Seq(seq).Ack(1).Len(1000));
    }
    for (std::uint32_t i = 0; i < duplicates; ++i)
    {
        const Seg duplicate = Seq(1).Ack(1);
        l.Arrives(sack ? duplicate.Sack(1001, 2001 + 1000 * i) : duplicate);
        l.Sends(Seq(4001 + 1000 * i).Ack(1).Len(1000)); // RFC 3042
    }
    const SeqNum before = l.Subject().Snd().nxt;
    l.Arrives(Seq(1).Ack(3001)).Releases(1, 3000);
    const auto sent = static_cast<std::uint32_t>(l.Subject().Snd().nxt - before);
    for (std::uint32_t octets = 0; octets < sent; octets += 1000)
    {
        l.Sends(Seq(4001 + 1000 * duplicates + octets).Ack(1).Len(1000));
    }
    return sent;
}

// Covers R-28: what the peer has told of before has let text out already
TEST(Departures, SlowStartCountsNoOctetTwice)
{
    for (const bool sack : {false, true})
    {
        EXPECT_EQ(SentAfterDuplicates(true, sack, 0), 6000U);
        EXPECT_EQ(SentAfterDuplicates(true, sack, 1), 4000U); // 4000 + 2000 - (5000 - 3000)
        EXPECT_EQ(SentAfterDuplicates(true, sack, 2), 2000U);
        EXPECT_EQ(SentAfterDuplicates(false, sack, 2), 2000U);
    }
}

/** The window of congestion, of four segments at first, after @p sent of them are acknowledged. */
std::uint32_t
WindowAfter(ConnectionConfig config, std::uint32_t sent)
{
    config.mss = 1000;
    config.initialCwnd = 4;
    Ladder l(config);
    l.ToEstablished();
    l.UserSends(1000 * sent);
    for (std::uint32_t i = 0; i < sent; ++i)
    {
        l.Sends(Seq(1 + 1000 * i).Ack(1).Len(1000));
    }
    for (std::uint32_t i = 0; i < sent; ++i)
    {
        l.Arrives(Seq(1).Ack(1001 + 1000 * i)).Releases(1 + 1000 * i, 1000);
    }
    return l.Subject().Congestion().Window();
}

// Covers R-28: RFC 5681 3.1
TEST(Departures, CongestionWindowMayGrowOnlyWhileItIsUsed)
{
    ConnectionConfig config = Plain();
    EXPECT_EQ(WindowAfter(config, 2), 6000U);

    config.cwndGrowsIfUsed = true;
    EXPECT_EQ(WindowAfter(config, 2), 4000U); // half of it: not more than half was in flight
    EXPECT_EQ(WindowAfter(config, 3), 6000U); // up to twice of what was in flight
    EXPECT_EQ(WindowAfter(config, 4), 8000U); // all of it

    config.initialSsthresh = 2000; // congestion avoidance
    EXPECT_EQ(WindowAfter(config, 3), 4000U);
    EXPECT_EQ(WindowAfter(config, 4), 5000U);
}

// Covers R-84: below the window, as often as others
TEST(Departures, ProbesOfAClosedWindowMayBeEmpty)
{
    ConnectionConfig config = NoUserTimeout();
    config.emptyProbes = true;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(0));
    l.UserSends(10);
    l.At(1s).Expires().Sends(Seq(0).Ack(1), SegmentKind::PROBE);
    l.Arrives(Seq(1).Ack(1).Win(0));
    l.At(3s).Expires().Sends(Seq(0).Ack(1), SegmentKind::PROBE); // nothing of the text is in flight
    l.Closes().Moves("T21");
    l.At(7s).Expires().Sends(Seq(0).Ack(1), SegmentKind::PROBE);
    l.Arrives(Seq(1).Ack(1)).Sends(Seq(1).Ack(1).Len(10).Fin());
}

// Covers: the time of the user runs from the first probe, until one is answered
TEST(Departures, EmptyProbesWaitForAnAnswerLikeOthers)
{
    ConnectionConfig config = Plain();
    config.emptyProbes = true;
    config.userTimeout = 10s;
    for (const bool covers : {false, true})
    {
        config.userTimeoutCoversProbes = covers;
        Ladder l(config);
        l.At(0s).ToEstablished();
        l.Arrives(Seq(1).Ack(1).Win(0));
        l.UserSends(10);
        l.At(1s).Expires().Sends(Seq(0).Ack(1), SegmentKind::PROBE);
        l.Arrives(Seq(1).Ack(1).Win(0));
        l.At(3s).Expires().Sends(Seq(0).Ack(1), SegmentKind::PROBE);
        l.At(7s).Expires().Sends(Seq(0).Ack(1), SegmentKind::PROBE);
        l.At(covers ? 11s : 13s).Expires().Moves("T42.ES").Tells(UserSignal::USER_TIMEOUT);
        l.Forgets(CloseReason::USER_TIMEOUT);
    }
    config.userTimeoutCoversProbes = true; // a window that opens is an answer
    Ladder opens(config);
    opens.At(0s).ToEstablished();
    opens.Arrives(Seq(1).Ack(1).Win(0));
    opens.UserSends(10);
    opens.At(1s).Expires().Sends(Seq(0).Ack(1), SegmentKind::PROBE);
    opens.Arrives(Seq(1).Ack(1)).Sends(Seq(1).Ack(1).Len(10));
    opens.Arrives(Seq(1).Ack(11).Win(0)).Releases(1, 10);
    EXPECT_FALSE(opens.Subject().NextDeadline());
}

//
TEST(Departures, FirstSegmentsMayBeAcknowledgedAtOnce)
{
    ConnectionConfig config = Plain();
    config.delayedAck = 40ms;
    config.quickAcks = 2;
    Ladder l(config);
    l.At(0s).ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.Arrives(Seq(11).Ack(1).Len(10)).Takes(11, 10).Acks(Seq(1).Ack(21));
    l.Arrives(Seq(21).Ack(1).Len(10)).Takes(21, 10);
    l.At(40ms).Expires().Acks(Seq(1).Ack(31));

    Ladder exchange(config); // a reply ends it
    exchange.At(0s).ToEstablished();
    exchange.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    exchange.UserSends(5).Sends(Seq(1).Ack(11).Len(5));
    exchange.Arrives(Seq(11).Ack(6).Len(10)).Releases(1, 5).Takes(11, 10);
    exchange.At(40ms).Expires().Acks(Seq(6).Ack(21));

    Ladder request(config); // what goes out first is no reply
    request.At(0s).ToEstablished();
    request.UserSends(5).Sends(Seq(1).Ack(1).Len(5));
    request.Arrives(Seq(1).Ack(6).Len(10)).Releases(1, 5).Takes(1, 10).Acks(Seq(6).Ack(11));
}

// Covers: 1, 2, 4 s, and each but the first with the slop
TEST(Departures, TimeoutOfARepeatedSynMayHaveSlop)
{
    ConnectionConfig config = Plain();
    config.rtoSlop = 200ms;
    Ladder off(config);
    off.At(0s).ToSynSent();
    off.At(1s).Expires().Resends(Seq(0).Syn());
    off.At(3s).Expires().Resends(Seq(0).Syn());
    off.At(7s).Expires().Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS).Resends(Seq(0).Syn());

    config.synRtoSlop = true;
    Ladder l(config);
    l.At(0s).ToSynSent();
    l.At(1s).Expires().Resends(Seq(0).Syn());
    l.At(3200ms).Expires().Resends(Seq(0).Syn());
    l.At(7400ms).Expires().Tells(UserSignal::EXCESSIVE_RETRANSMISSIONS).Resends(Seq(0).Syn());
    l.At(15600ms).Expires().Resends(Seq(0).Syn());

    Ladder synAck(config); // that of a SYN,ACK has none
    synAck.At(0s).ToSynReceived();
    synAck.At(1s).Expires().Resends(Seq(0).Ack(1).Syn());
    synAck.At(3s).Expires().Resends(Seq(0).Ack(1).Syn());
}

// Covers: answered probes of who has closed, 1, 2 and 4 s apart
TEST(Departures, AnsweredProbesOfAnOrphanMayComeToAnEnd)
{
    ConnectionConfig config = NoUserTimeout();
    config.maxRto = 4s;
    for (const bool ends : {false, true})
    {
        config.orphanProbesEnd = ends;
        Ladder l(config);
        l.At(0s).ToEstablished();
        l.Arrives(Seq(1).Ack(1).Win(0));
        l.UserSends(10);
        l.ClosesFully().Moves("T21");
        for (const Duration at : {1s, 3s})
        {
            l.At(at).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
            l.Arrives(Seq(1).Ack(1).Win(0));
        }
        l.At(7s).Expires();
        if (ends)
        {
            l.Moves("T43.F1").Tells(UserSignal::CONNECTION_TIMED_OUT);
            l.Forgets(CloseReason::TIMED_OUT);
        }
        else
        {
            l.Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
        }
    }

    config.orphanProbesEnd = true; // who may still read goes on
    Ladder reads(config);
    reads.At(0s).ToEstablished();
    reads.Arrives(Seq(1).Ack(1).Win(0));
    reads.UserSends(10);
    reads.Closes().Moves("T21");
    reads.At(1s).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
    reads.Arrives(Seq(1).Ack(1).Win(0));
    reads.At(3s).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
    reads.Arrives(Seq(1).Ack(1).Win(0));
    reads.At(7s).Expires().Sends(Seq(1).Ack(1).Len(1), SegmentKind::PROBE);
}

// Covers, T45.SS
TEST(Departures, WhatIsProhibitedMayEndTheOpening)
{
    Ladder off;
    off.ToSynSent();
    off.IcmpArrives(IcmpKind::PROHIBITED, 0).Tells(UserSignal::SOFT_ERROR).In(State::SYN_SENT);

    ConnectionConfig config = Plain();
    config.icmpProhibitedAborts = true;
    Ladder l(config);
    l.ToSynSent();
    l.IcmpArrives(IcmpKind::TIME_EXCEEDED, 0).Tells(UserSignal::SOFT_ERROR);
    l.IcmpArrives(IcmpKind::PROHIBITED, 1); // quotes nothing in flight
    l.IcmpArrives(IcmpKind::PROHIBITED, 0).Moves("T45.SS").Tells(UserSignal::CONNECTION_REFUSED);
    l.Forgets(CloseReason::REFUSED);

    Ladder open(config);
    open.ToEstablished();
    open.UserSends(5).Sends(Seq(1).Ack(1).Len(5));
    open.IcmpArrives(IcmpKind::PROHIBITED, 1).Tells(UserSignal::SOFT_ERROR).In(State::ESTABLISHED);
}

// Covers, T46.SS
TEST(Departures, TimeExceededMayEndTheOpening)
{
    Ladder off;
    off.ToSynSent();
    off.IcmpArrives(IcmpKind::TIME_EXCEEDED, 0).Tells(UserSignal::SOFT_ERROR).In(State::SYN_SENT);

    ConnectionConfig config = Plain();
    config.icmpTimeExceededAborts = true;
    Ladder l(config);
    l.ToSynSent();
    l.IcmpArrives(IcmpKind::SOFT_ERROR, 0).Tells(UserSignal::SOFT_ERROR);
    l.IcmpArrives(IcmpKind::TIME_EXCEEDED, 0).Moves("T46.SS");
    l.Tells(UserSignal::HOST_UNREACHABLE).Forgets(CloseReason::UNREACHABLE);

    config.icmpAbortsOpening = false; // as with net.inet.tcp.icmp_may_rst=0
    Ladder m(config);
    m.ToSynSent();
    m.IcmpArrives(IcmpKind::TIME_EXCEEDED, 0).Tells(UserSignal::SOFT_ERROR).In(State::SYN_SENT);
}

// Covers: over IPv6; over IPv4 it never does
TEST(Departures, WhatIsTooBigMayLowerTheMssOfASyn)
{
    Address v6 = Address::FromIpv4(0x0a000002);
    v6.family = Family::IPV6;
    Address ownV6 = v6;
    ownV6.octets.back() = 1;
    const FourTuple overIpv6{{ownV6, 1024}, {v6, 80}};
    const FourTuple overIpv4{{Address::FromIpv4(0x0a000001), 1024},
                             {Address::FromIpv4(0x0a000002), 80}};
    for (const auto& [path, lowers, mss] : {std::tuple{overIpv6, true, 1240},
                                            std::tuple{overIpv6, false, 1460},
                                            std::tuple{overIpv4, true, 1460}})
    {
        ConnectionConfig config = Plain();
        config.icmpLowersOffer = lowers;
        Host host{HostConfig{}, {7, 9}};
        Actions out;
        ASSERT_TRUE(
            std::holds_alternative<ConnectionId>(host.OpenActive(path, config, Instant(), out)));
        for (const std::uint32_t mtu : {1300U, 1400U}) // the second lowers nothing
        {
            const SeqNum iss = std::get<SendSegment>(out.back()).segment.seq;
            out.clear();
            host.IcmpArrives(path, {IcmpKind::PACKET_TOO_BIG, iss, mtu}, Instant(), out);
            EXPECT_TRUE(out.empty());
            ASSERT_TRUE(host.NextDeadline());
            host.DeadlineReached(*host.NextDeadline(), out);
            EXPECT_EQ(std::get<SendSegment>(out.back()).segment.mss, mss);
        }
    }
}

// Covers R-112: types and codes of the messages
TEST(Departures, KindsOfIcmpMessages)
{
    for (const std::uint8_t code : {9, 10, 13})
    {
        EXPECT_EQ(KindOfIcmp(Family::IPV4, 3, code), IcmpKind::PROHIBITED);
    }
    for (const std::uint8_t code : {0, 1, 5, 6, 7, 8, 11, 12, 14, 15})
    {
        EXPECT_EQ(KindOfIcmp(Family::IPV4, 3, code), IcmpKind::SOFT_ERROR);
    }
    EXPECT_EQ(KindOfIcmp(Family::IPV4, 11, 0), IcmpKind::TIME_EXCEEDED);
    EXPECT_EQ(KindOfIcmp(Family::IPV4, 11, 1), IcmpKind::SOFT_ERROR);
    EXPECT_EQ(KindOfIcmp(Family::IPV6, 3, 0), IcmpKind::TIME_EXCEEDED);
    EXPECT_EQ(KindOfIcmp(Family::IPV6, 3, 1), IcmpKind::SOFT_ERROR);
}

} // namespace
} // namespace lifecycle::test
