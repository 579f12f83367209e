// Options of both SYNs, window scale and timestamps. RFC 7323, RFC 2018 2.

#include "ladder.h"

namespace lifecycle::test
{
namespace
{

/** Plain, with what RFC 7323 adds. */
ConnectionConfig
WithTimestamps()
{
    ConnectionConfig config = Plain();
    config.timestamps = true;
    return config;
}

ConnectionConfig
WithScaling(std::uint32_t receiveBuffer)
{
    ConnectionConfig config = Plain();
    config.windowScaling = true;
    config.receiveBuffer = receiveBuffer;
    return config;
}

/** Active open at 100 ms; the peer's clock stands at 5000. */
Ladder&
ToEstablishedWithTimestamps(Ladder& l)
{
    l.At(100ms).Opens().Moves("T02").Sends(Seq(0).Syn().Ts(100, 0));
    l.At(150ms).Arrives(Seq(0).Ack(1).Syn().Mss(1460).Ts(5000, 100)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1).Ts(150, 5000));
    return l;
}

//
TEST(Options, AreInForceOnlyIfBothSynsCarryThem)
{
    for (const bool offers : {false, true})
    {
        for (const bool answers : {false, true})
        {
            ConnectionConfig config = Plain();
            config.windowScaling = offers;
            config.timestamps = offers;
            config.sack = offers;
            config.receiveBuffer = 200000;
            Ladder l(config);
            const Seg syn = Seq(0).Syn();
            l.Opens().Moves("T02").Sends(offers ? syn.Scale(2).SackOk().Ts(0, 0) : syn.Bare());
            const Seg synAck = Seq(0).Ack(1).Syn().Mss(1460);
            l.Arrives(answers ? synAck.Scale(3).SackOk().Ts(9, 0) : synAck).Moves("T08");
            l.Tells(UserSignal::CONNECTION_ESTABLISHED);
            const bool both = offers && answers;
            l.Acks(both ? Seq(1).Ack(1).Win(50000).Ts(0, 9) : Seq(1).Ack(1).Win(65535).Bare());
            const AgreedOptions& agreed = l.Subject().Agreed();
            EXPECT_EQ(agreed.windowScaling, both);
            EXPECT_EQ(agreed.timestamps, both);
            EXPECT_EQ(agreed.sack, both);
        }
    }
}

// Covers: who answers offers nothing that was not offered
TEST(Options, OfASynAreAnsweredNotOffered)
{
    Ladder bare{ConnectionConfig()};
    bare.Listens().Moves("T01");
    bare.Arrives(Seq(0).Syn().Mss(1460)).Moves("T03").Sends(Seq(0).Ack(1).Syn().Bare());

    Ladder all{ConnectionConfig()};
    all.Listens().Moves("T01");
    all.Arrives(Seq(0).Syn().Mss(1460).Scale(7).SackOk().Ts(77, 0)).Moves("T03");
    all.Sends(Seq(0).Ack(1).Syn().Scale(0).SackOk().Ts(0, 77));
    all.At(1s).Expires().Resends(Seq(0).Ack(1).Syn().Scale(0).SackOk().Ts(1000, 77));
}

// Covers R-09: the window of a SYN is never scaled, and all others are
TEST(WindowScale, AppliesToAllButSyns)
{
    Ladder l(WithScaling(1000000));
    l.Opens().Moves("T02").Sends(Seq(0).Syn().Scale(4).Win(65535));
    l.Arrives(Seq(0).Ack(1).Syn().Mss(1460).Scale(7).Win(1000)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1).Win(1000000 >> 4));
    EXPECT_EQ(l.Subject().Snd().wnd, 1000U);
    l.Arrives(Seq(1).Ack(1).Win(1000));
    EXPECT_EQ(l.Subject().Snd().wnd, 128000U);
    EXPECT_EQ(l.Subject().Snd().maxWnd, 128000U);
}

// Covers R-09: a shift count above 14 is 14
TEST(WindowScale, FifteenIsFourteen)
{
    Ladder l(WithScaling(65535));
    l.Opens().Moves("T02").Sends(Seq(0).Syn().Scale(0));
    l.Arrives(Seq(0).Ack(1).Syn().Mss(1460).Scale(15)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(1).Ack(1).Win(2).Scale(1)); // means nothing here
    EXPECT_EQ(l.Subject().Snd().wnd, 2U << 14);
}

TEST(WindowScale, IsTheLeastThatTheBufferNeeds)
{
    EXPECT_EQ(WindowShiftFor(1), 0);
    EXPECT_EQ(WindowShiftFor(65535), 0);
    EXPECT_EQ(WindowShiftFor(65536), 1);
    EXPECT_EQ(WindowShiftFor(1 << 30), 14);
    EXPECT_EQ(WindowShiftFor(0xffffffff), 14);
    ConnectionConfig config = WithScaling(65535);
    config.maxReceiveBuffer = 2 << 20; // as much as it may be some day
    Ladder l(config);
    l.Opens().Moves("T02").Sends(Seq(0).Syn().Scale(6).Win(65535));
    Ladder m(config);
    m.Listens().Moves("T01");
    m.Arrives(Seq(0).Syn().Scale(0)).Moves("T03").Sends(Seq(0).Ack(1).Syn().Scale(6).Win(65535));
}

// Covers R-09: who opened passively opens the rest of the window with the first ACK
TEST(WindowScale, OpensBeyondTheSynAck)
{
    Ladder l(WithScaling(200000));
    l.Listens().Moves("T01");
    l.Arrives(Seq(0).Syn().Mss(1460).Scale(0)).Moves("T03");
    l.Sends(Seq(0).Ack(1).Syn().Scale(2).Win(65535));
    l.Arrives(Seq(1).Ack(1)).Moves("T12").OffersChild();
    l.Arrives(Seq(1).Ack(1).Len(100)).Takes(1, 100).Acks(Seq(1).Ack(101).Win(199900 / 4));
}

// A buffer below the least step of the window field is still a window
TEST(WindowScale, LeavesAWindowOfATinyBuffer)
{
    ConnectionConfig config = WithScaling(1 << 30);
    Ladder l(config);
    l.Opens().Moves("T02").Sends(Seq(0).Syn().Scale(14));
    config.receiveBuffer = 1000;
    l.Configures(config);
    l.Arrives(Seq(0).Ack(1).Syn().Mss(1460).Scale(0)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(1).Ack(1).Len(1460)).Takes(1, 1460).Acks(Seq(1).Ack(1461));
    l.UserReads(1460);
    EXPECT_GT(l.Subject().Rcv().wnd, 0U);
}

// Covers R-08: timestamps take their place from the payload
TEST(Timestamps, ShrinkThePayload)
{
    Ladder l(WithTimestamps());
    ToEstablishedWithTimestamps(l);
    l.UserSends(2000).Sends(Seq(1).Ack(1).Len(1448).Ts(150, 5000));
    l.Sends(Seq(1449).Ack(1).Len(552).Ts(150, 5000));
}

// Covers R-10, P21
TEST(Timestamps, ASegmentWithoutIsDroppedInSilence)
{
    Ladder l(WithTimestamps());
    ToEstablishedWithTimestamps(l);
    l.Arrives(Seq(1).Ack(1).Len(10)).Drops(DropReason::NO_TIMESTAMP);
    l.Arrives(Seq(1).Ack(1).Fin()).Drops(DropReason::NO_TIMESTAMP);
    l.Arrives(Seq(1).Ack(1).Len(10).Ts(5001, 150)).Takes(1, 10).Acks(Seq(1).Ack(11).Ts(150, 5001));
}

// Covers R-10: one that was not agreed upon means nothing
TEST(Timestamps, OneNotAgreedUponIsIgnored)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(10).Ts(7, 0)).Takes(1, 10).Acks(Seq(1).Ack(11).Bare());
    l.Arrives(Seq(11).Ack(1).Len(10).Ts(6, 0)).Takes(11, 10).Acks(Seq(1).Ack(21).Bare());
}

// Covers R-98, P20: PAWS comes before the check of the sequence number
TEST(Timestamps, ASegmentOfOnceUponATimeIsDroppedAndAnswered)
{
    Ladder l(WithTimestamps());
    ToEstablishedWithTimestamps(l);
    l.Arrives(Seq(1).Ack(1).Len(10).Ts(5000, 150)).Takes(1, 10); // equal is not older
    l.Acks(Seq(1).Ack(11));
    l.Arrives(Seq(11).Ack(1).Len(10).Ts(4999, 150)).Drops(DropReason::OLD_TIMESTAMP);
    l.Acks(Seq(1).Ack(11).Ts(150, 5000));
    l.Arrives(Seq(11).Ack(1).Fin().Ts(4999, 150)).Drops(DropReason::OLD_TIMESTAMP);
    l.Acks(Seq(1).Ack(11)).In(State::ESTABLISHED);
}

// Covers R-98: TS.Recent follows what is acknowledged, not what is merely in the window
TEST(Timestamps, RecentIsThatOfTheSegmentAtTheLeftEdge)
{
    Ladder l(WithTimestamps());
    ToEstablishedWithTimestamps(l);
    l.Arrives(Seq(11).Ack(1).Len(10).Ts(5010, 150)).Holds(11, 10);
    l.Acks(Seq(1).Ack(1).Ts(150, 5000)); // the gap keeps the older one
    l.Arrives(Seq(1).Ack(1).Len(10).Ts(5005, 150)).Holds(1, 10).Delivers(1, 20);
    l.Tells(UserSignal::DATA_ARRIVED).Acks(Seq(1).Ack(21).Ts(150, 5005));
}

// Covers R-72, RFC 7323 Appendix D: the ACK was lost, and the text comes again
TEST(Timestamps, OfARepetitionAreEchoed)
{
    Ladder l(WithTimestamps());
    ToEstablishedWithTimestamps(l);
    l.Arrives(Seq(1).Ack(1).Len(10).Ts(5000, 150)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.At(2s).Arrives(Seq(1).Ack(1).Len(10).Ts(6000, 150)).Drops(DropReason::BAD_SEQUENCE);
    l.Acks(Seq(1).Ack(11).Ts(2000, 6000));
    l.Arrives(Seq(1).Ack(1).Len(5).Ts(7000, 150)).Drops(DropReason::BAD_SEQUENCE);
    l.Acks(Seq(1).Ack(11).Ts(2000, 6000)); // not the repetition: a guess may say anything
}

// Covers R-43: RST is not subject to PAWS
TEST(Timestamps, AnOldOneOnAResetDoesNotSaveTheConnection)
{
    for (const bool has : {false, true})
    {
        Ladder l(WithTimestamps());
        ToEstablishedWithTimestamps(l);
        const Seg rst = Seq(1).Rst();
        l.Arrives(has ? rst.Ts(1, 0) : rst).Moves("T41.ES").Tells(UserSignal::CONNECTION_RESET);
        l.Forgets(CloseReason::RESET);
    }
}

//
TEST(Timestamps, AreVoidAfter24DaysOfSilence)
{
    ConnectionConfig config = WithTimestamps();
    Ladder l(config);
    ToEstablishedWithTimestamps(l);
    l.At(24h * 24 + 150ms).Arrives(Seq(1).Ack(1).Len(1).Ts(4000, 150));
    l.Drops(DropReason::OLD_TIMESTAMP).Acks(Seq(1).Ack(1));
    l.At(24h * 24 + 151ms).Arrives(Seq(1).Ack(1).Len(1).Ts(4000, 150)).Takes(1, 1);
    l.Acks(Seq(1).Ack(2).Ts(static_cast<std::uint32_t>((24h * 24 + 151ms) / 1ms), 4000));
    l.Arrives(Seq(2).Ack(1).Len(1).Ts(3999, 150)).Drops(DropReason::OLD_TIMESTAMP);
    l.Acks(Seq(1).Ack(2));
}

// Covers R-100: 1 ms a tick, and the clock wraps as sequence numbers do
TEST(Timestamps, TickMillisecondsAndWrap)
{
    Ladder l(WithTimestamps());
    const Duration beforeWrap = std::chrono::milliseconds(0xffffffff);
    l.At(beforeWrap).Opens().Moves("T02").Sends(Seq(0).Syn().Ts(0xffffffff, 0));
    l.At(beforeWrap + 2ms).Arrives(Seq(0).Ack(1).Syn().Ts(0xfffffffe, 0xffffffff)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1).Ts(1, 0xfffffffe));
    l.Arrives(Seq(1).Ack(1).Len(1).Ts(1, 1)).Takes(1, 1).Acks(Seq(1).Ack(2).Ts(1, 1));
}

// Covers R-72: of a segment that was sent twice, TSecr tells which copy was acknowledged
TEST(Timestamps, GiveARoundTripWhereKarnWouldGiveNone)
{
    Ladder l(WithTimestamps());
    ToEstablishedWithTimestamps(l);
    const auto before = *l.Subject().Rtt().Srtt();
    EXPECT_EQ(before, 50ms);
    l.At(1s).UserSends(100).Sends(Seq(1).Ack(1).Len(100).Ts(1000, 5000));
    l.At(2s).Expires().Resends(Seq(1).Ack(1).Len(100).Ts(2000, 5000));
    l.At(2010ms).Arrives(Seq(1).Ack(101).Ts(6000, 1000)).Releases(1, 100); // of the first
    EXPECT_EQ(*l.Subject().Rtt().Srtt(), (7 * before + 1010ms) / 8);

    l.At(3s).UserSends(100).Sends(Seq(101).Ack(1).Len(100).Ts(3000, 6000));
    const auto rto = l.Subject().Rtt().Rto();
    l.At(3s + rto).Expires().Resends(Seq(101).Ack(1).Len(100));
    const auto srtt = *l.Subject().Rtt().Srtt();
    const auto ours = static_cast<std::uint32_t>((3s + rto) / 1ms);
    l.At(3s + rto + 20ms).Arrives(Seq(1).Ack(201).Ts(6100, ours)).Releases(101, 100);
    EXPECT_NEAR((*l.Subject().Rtt().Srtt()).count(), ((7 * srtt + 20ms) / 8).count(), 1e6);
}

/** One row of RFC 6191 2: whether a SYN opens a record in TIME-WAIT. */
struct ReopenRow
{
    bool hadTimestamps;
    std::optional<std::int32_t> val; ///< TSval of the SYN less that of the old connection
    bool isBehindFin;
    bool opens;
};

// Covers R-64, P24, T31: the truth table
TEST(Timestamps, DecideWhichSynOpensTimeWait)
{
    const ReopenRow rows[] = {
        {true, 1, false, true},
        {true, 0, true, true},
        {true, 0, false, false},
        {true, -1, true, false},
        {true, std::nullopt, true, true},
        {true, std::nullopt, false, false},
        {false, -7, false, true},
        {false, std::nullopt, true, true},
        {false, std::nullopt, false, false},
    };
    for (const ReopenRow& row : rows)
    {
        ConnectionConfig config = WithTimestamps();
        config.timestamps = row.hadTimestamps;
        const auto stamped = [&](const Seg& seg) {
            return row.hadTimestamps ? seg.Ts(5000, 0) : seg;
        };
        Ladder l(config);
        l.Opens().Moves("T02").Sends(Seq(0).Syn());
        l.Arrives(stamped(Seq(0).Ack(1).Syn())).Moves("T08");
        l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
        l.Closes().Moves("T21").Sends(Seq(1).Ack(1).Fin());
        l.Arrives(stamped(Seq(1).Ack(2).Fin())).Tells(UserSignal::CLOSE_ACKNOWLEDGED);
        l.Moves("T26").Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(2).Ack(2));
        l.SomebodyListens(WithTimestamps());
        Seg syn = Seq(row.isBehindFin ? 2 : 1).Syn();
        syn = row.val ? syn.Ts(static_cast<std::uint32_t>(5000 + *row.val), 0) : syn;
        l.At(1s).Arrives(syn);
        if (row.opens)
        {
            l.Tells(UserSignal::CONNECTION_CLOSED).Forgets(CloseReason::NORMAL).Moves("T31");
            l.Sends(Seq(2).Ack(row.isBehindFin ? 3 : 2).Syn());
        }
        else
        {
            l.Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN).In(State::TIME_WAIT);
        }
    }
}

} // namespace
} // namespace lifecycle::test
