// What presets linux and freebsd do otherwise than RFC 9293 on a connection that is open or closes,
// each with its option off and on; and that the table of these departures is the presets.

#include "../../model/core/departures.h"
#include "../../model/core/option-rows.h"
#include "ladder.h"
#include "pair.h"

#include <algorithm>
#include <set>
#include <string>

namespace lifecycle::test
{
namespace
{

ConnectionConfig
With(bool ConnectionConfig::*option, bool value = true)
{
    ConnectionConfig config = Plain();
    config.*option = value;
    return config;
}

TEST(Departures, EachOptionThatAPresetSetsHasOneRow)
{
    std::multiset<std::string_view> rows;
    for (const Departure& departure : Departures())
    {
        rows.insert(departure.option);
    }
    const StackConfig rfc = *FindPreset("rfc9293");
    for (const StackOption& option : StackOptions())
    {
        const std::string usual = ToText(option, rfc);
        const bool onLinux = ToText(option, *FindPreset("linux")) != usual;
        const bool onFreeBsd = ToText(option, *FindPreset("freebsd")) != usual;
        EXPECT_EQ(rows.count(option.name), onLinux || onFreeBsd ? 1U : 0U) << option.name;
    }
    EXPECT_EQ(rows.size(), Departures().size());
    for (const std::string_view row : rows)
    {
        EXPECT_TRUE(std::any_of(StackOptions().begin(),
                                StackOptions().end(),
                                [&](const StackOption& option) { return row == option.name; }))
            << row;
    }
}

// What has no range is told in words, of the standard and of each system that does otherwise
TEST(Departures, WordsStandWhereAPresetDepartsAndNowhereElse)
{
    const StackConfig rfc = *FindPreset("rfc9293");
    for (const Departure& departure : Departures())
    {
        const auto option =
            std::find_if(StackOptions().begin(), StackOptions().end(), [&](const auto& candidate) {
                return departure.option == candidate.name;
            });
        ASSERT_NE(option, StackOptions().end()) << departure.option;
        EXPECT_FALSE(departure.source.empty()) << departure.option;
        const std::string usual = ToText(*option, rfc);
        for (const auto& [preset, words] :
             {std::pair{"linux", departure.onLinux}, std::pair{"freebsd", departure.onFreeBsd}})
        {
            const std::string value = ToText(*option, *FindPreset(preset));
            const bool isSwitch = value == "true" || value == "false";
            EXPECT_TRUE(value != usual || words.empty()) << departure.option << " " << preset;
            EXPECT_TRUE(value == usual || !isSwitch || !words.empty())
                << departure.option << " " << preset;
            EXPECT_TRUE(!isSwitch || !departure.standard.empty()) << departure.option;
        }
    }
}

TEST(Departures, EachPresetThatIsASystemNamesItsVersion)
{
    for (const SystemOfPreset& system : SystemsOfPresets())
    {
        EXPECT_TRUE(FindPreset(system.preset)) << system.preset;
        EXPECT_FALSE(system.version.empty() || system.lacks.empty()) << system.preset;
    }
    EXPECT_EQ(SystemsOfPresets().size(), 2U);
}

// Covers P79, P23: what is answered in CLOSING, but for what acknowledges our FIN
TEST(Departures, EachAckInClosingMayRepeatTheFin)
{
    Ladder off;
    off.ToClosing();
    off.Arrives(Seq(1).Ack(1).Fin()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2));

    Ladder l(With(&ConnectionConfig::closingRepeatsFin));
    l.At(0s).ToFinWait1();
    l.Arrives(Seq(1).Ack(1).Fin()).Moves("T25").Tells(UserSignal::CONNECTION_CLOSING);
    l.Resends(Seq(1).Ack(2).Fin()).In(State::CLOSING);
    l.Arrives(Seq(1).Ack(1).Fin()).Resends(Seq(1).Ack(2).Fin()).Drops(DropReason::BAD_SEQUENCE);
    l.Arrives(Seq(2).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(1).Ack(2).Fin()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2));
    l.Arrives(Seq(2).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T28");

    ConnectionConfig insecure = With(&ConnectionConfig::closingRepeatsFin);
    insecure.rfc793Syn = true; // so that a SYN outside of the window is not acceptable
    Ladder m(insecure);
    m.ToFinWait1();
    m.Arrives(Seq(1).Ack(1).Fin()).Moves("T25").Tells(UserSignal::CONNECTION_CLOSING);
    m.Resends(Seq(1).Ack(2).Fin());
    m.Arrives(Seq(70000).Syn()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2));
}

// Covers T28, T24, P23
TEST(Departures, WhatLiesBeforeTheWindowMayAcknowledge)
{
    Ladder off;
    off.ToClosing();
    off.Arrives(Seq(1).Ack(2).Fin()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2));
    off.In(State::CLOSING);

    const ConnectionConfig config = With(&ConnectionConfig::takeOldAck);
    Ladder closing(config);
    closing.ToClosing();
    closing.Arrives(Seq(1).Ack(2).Fin()).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T28");
    closing.Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2)).In(State::TIME_WAIT);

    Ladder finWait(config);
    finWait.ToEstablished();
    finWait.Arrives(Seq(1).Ack(1).Len(5)).Takes(1, 5).Acks(Seq(1).Ack(6));
    finWait.Closes().Moves("T21").Sends(Seq(1).Ack(6).Fin());
    finWait.Arrives(Seq(1).Ack(2).Len(5)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T24");
    finWait.Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(6)).In(State::FIN_WAIT_2);

    Ladder later(config); // what is not old is unacceptable as ever
    later.ToFinWait1();
    later.Arrives(Seq(70000).Ack(2)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(1));
    later.Arrives(Seq(0).Ack(3)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(1));
    later.In(State::FIN_WAIT_1);
}

// Covers P77, R-24
TEST(Departures, FinThatCrossesOurSynMayBeLeft)
{
    for (const bool drops : {false, true})
    {
        Ladder l(With(&ConnectionConfig::synSentDropFin, drops));
        l.ToSynSent();
        l.Arrives(Seq(0).Syn().Fin().Len(3).Mss(1460)).Moves("T09").Holds(1, 3);
        l.Sends(Seq(0).Ack(1).Syn());
        l.Arrives(Seq(4).Ack(1)).Moves("T12").Tells(UserSignal::CONNECTION_ESTABLISHED);
        l.Delivers(1, 3).Tells(UserSignal::DATA_ARRIVED);
        if (!drops)
        {
            l.Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
        }
        l.Acks(Seq(1).Ack(drops ? 4 : 5));
    }
}

//
TEST(Departures, AckOfTheTextOfASynMayWait)
{
    ConnectionConfig config = Plain();
    config.delayedAck = 40ms;
    for (const bool delays : {false, true})
    {
        config.delaySynTextAck = delays;
        Ladder l(config);
        l.At(0s).ToSynSent();
        l.Arrives(Seq(0).Syn().Len(3).Mss(1460)).Moves("T09").Holds(1, 3);
        l.Sends(Seq(0).Ack(1).Syn());
        l.Arrives(Seq(4).Ack(1)).Moves("T12").Tells(UserSignal::CONNECTION_ESTABLISHED);
        l.Delivers(1, 3).Tells(UserSignal::DATA_ARRIVED);
        if (delays)
        {
            l.At(40ms).Expires();
        }
        l.Acks(Seq(1).Ack(4));
    }
}

// Covers T28: both in CLOSING, each of which repeats its FIN
TEST(Departures, TwoEndsInClosingThatRepeatTheirFinsComeToAnEnd)
{
    Pair pair(With(&ConnectionConfig::closingRepeatsFin));
    pair.Establish();
    pair.Close(Side::A);
    pair.Close(Side::B);
    pair.Step(900ms);
    EXPECT_EQ(pair.StateOf(Side::A), State::TIME_WAIT);
    EXPECT_EQ(pair.StateOf(Side::B), State::TIME_WAIT);
    EXPECT_LE(pair.Wire().size(), 3U + 6U);
}

// Covers R-50, T36
TEST(Departures, ClosingWithUnreadTextMaySendAFin)
{
    Ladder off;
    off.ToEstablished();
    off.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    off.ClosesFully().Resets(Seq(1).Rst()).Moves("T36").Forgets(CloseReason::ABORTED);

    Ladder l(With(&ConnectionConfig::closeUnreadFin));
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.ClosesFully().Moves("T21").Sends(Seq(1).Ack(11).Fin()).In(State::FIN_WAIT_1);
}

// Covers P71, R-51
TEST(Departures, TextBehindTheFinMayBeReset)
{
    const auto toLastAckWithoutReader = [](Ladder& l) {
        l.ToCloseWait();
        l.ClosesFully().Moves("T23").Sends(Seq(1).Ack(2).Fin()).In(State::LAST_ACK);
    };
    Ladder off;
    toLastAckWithoutReader(off);
    off.Arrives(Seq(2).Ack(1).Len(10)).Drops(DropReason::IGNORED_TEXT).In(State::LAST_ACK);

    Ladder l(With(&ConnectionConfig::resetTextBehindFin));
    toLastAckWithoutReader(l);
    l.Arrives(Seq(2).Ack(1).Len(10)).Resets(Seq(1).Rst()).Moves("T56.LA");
    l.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);

    Ladder closing(With(&ConnectionConfig::resetTextBehindFin));
    closing.ToEstablished();
    closing.ClosesFully().Moves("T21").Sends(Seq(1).Ack(1).Fin());
    closing.Arrives(Seq(1).Ack(1).Fin()).Moves("T25").Tells(UserSignal::CONNECTION_CLOSING);
    closing.Acks(Seq(2).Ack(2));
    closing.Arrives(Seq(2).Ack(1).Len(10)).Resets(Seq(1).Rst()).Moves("T56.CG");
    closing.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);

    Ladder reads(With(&ConnectionConfig::resetTextBehindFin)); // somebody may still read
    reads.ToLastAck();
    reads.Arrives(Seq(2).Ack(1).Len(10)).Drops(DropReason::IGNORED_TEXT).In(State::LAST_ACK);
}

// Covers P22, T41.CW, T41.CG, T41.LA
TEST(Departures, ResetOneBelowRcvNxtMayResetBehindTheFin)
{
    Ladder off;
    off.ToCloseWait();
    off.Arrives(Seq(1).Rst()).Drops(DropReason::BAD_SEQUENCE).In(State::CLOSE_WAIT);

    const ConnectionConfig config = With(&ConnectionConfig::resetBelowFin);
    Ladder closeWait(config);
    closeWait.ToCloseWait();
    closeWait.Arrives(Seq(0).Rst()).Drops(DropReason::BAD_SEQUENCE);
    closeWait.Arrives(Seq(1).Rst()).Moves("T41.CW").Tells(UserSignal::CONNECTION_RESET);
    closeWait.Forgets(CloseReason::RESET);

    Ladder closing(config);
    closing.ToClosing();
    closing.Arrives(Seq(1).Rst()).Moves("T41.CG").Forgets(CloseReason::RESET);

    Ladder lastAck(config);
    lastAck.ToLastAck();
    lastAck.Arrives(Seq(1).Rst()).Moves("T41.LA").Forgets(CloseReason::RESET);

    Ladder established(config); // there is no FIN to count
    established.ToEstablished();
    established.Arrives(Seq(0).Rst()).Drops(DropReason::BAD_SEQUENCE).In(State::ESTABLISHED);
}

// Covers P41, T47.F2
TEST(Departures, SynMayResetAnOrphanInFinWait2)
{
    const auto toOrphan = [](Ladder& l) {
        l.ToEstablished();
        l.ClosesFully().Moves("T21").Sends(Seq(1).Ack(1).Fin());
        l.Arrives(Seq(1).Ack(2)).Tells(UserSignal::CLOSE_ACKNOWLEDGED).Moves("T24");
    };
    Ladder off;
    toOrphan(off);
    off.Arrives(Seq(1).Syn()).Challenges(Seq(2).Ack(1)).Drops(DropReason::UNEXPECTED_SYN);

    const ConnectionConfig config = With(&ConnectionConfig::orphanSynReset);
    Ladder l(config);
    toOrphan(l);
    l.Arrives(Seq(0).Syn()).Challenges(Seq(2).Ack(1)).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(1).Syn()).Resets(Seq(2).Ack(2).Rst()).Moves("T47.F2"); // the number is 0
    l.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);

    Ladder read(config);
    read.ToFinWait2();
    read.Arrives(Seq(1).Syn()).Challenges(Seq(2).Ack(1)).Drops(DropReason::UNEXPECTED_SYN);
}

// Covers R-37, T47.ES
TEST(Departures, ResetOfASynByRfc793MayHaveAck)
{
    ConnectionConfig config = With(&ConnectionConfig::rfc793Syn);
    Ladder off(config);
    off.ToEstablished();
    off.Arrives(Seq(1).Syn()).Resets(Seq(1).Rst()).Moves("T47.ES");
    off.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);

    config.rfc793SynResetHasAck = true;
    Ladder l(config);
    l.ToFinWait1();
    l.Arrives(Seq(1).Ack(1).Syn()).Resets(Seq(2).Ack(1).Rst().Win(0)).Moves("T47.F1");
    l.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);
}

// Covers R-97, P25: the header cannot announce all of the buffer
TEST(Departures, WhatFitsTheBufferMayBeAcceptable)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 70000;
    Ladder off(config);
    off.ToEstablished();
    off.Arrives(Seq(65535).Ack(1).Len(1)).Holds(65535, 1).Acks(Seq(1).Ack(1));
    off.Arrives(Seq(65536).Ack(1).Len(1)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(1));

    config.acceptAllRoom = true;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(70000).Ack(1).Len(1)).Holds(70000, 1).Acks(Seq(1).Ack(1).Win(65535));
    l.Arrives(Seq(70001).Ack(1).Len(1)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(1).Ack(1).Len(69999))
        .Holds(1, 69999)
        .Delivers(1, 70000)
        .Tells(UserSignal::DATA_ARRIVED)
        .Acks(Seq(1).Ack(70001).Win(0));

    Ladder child(config); // of which only a record is kept
    child.ToSynReceived();
    child.Arrives(Seq(65536).Ack(1)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(1));
    child.Arrives(Seq(65535).Ack(1)).Moves("T12").OffersChild();
}

/** Opens with window scale in both directions; what the ACK of the SYN,ACK announces is @p window. */
void
ToEstablishedWithScale(Ladder& l, std::uint32_t first, std::uint8_t shift, std::uint32_t window)
{
    l.At(0s).Opens().Moves("T02").Sends(Seq(0).Syn().Win(first).Scale(shift));
    l.Arrives(Seq(0).Ack(1).Syn().Mss(1460).Scale(0)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1).Win(window));
}

//
TEST(Departures, WindowUpdateMayWaitUntilTheWindowHasDoubled)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 8000;
    config.mss = 1000;
    for (const bool doubles : {false, true})
    {
        config.windowUpdateDoubles = doubles;
        Ladder l(config);
        l.ToEstablished();
        std::uint32_t seq = 1;
        for (std::uint32_t i = 0; i < 6; ++i, seq += 1000)
        {
            l.Arrives(Seq(seq).Ack(1).Len(1000)).Takes(seq, 1000);
            l.Acks(Seq(1).Ack(seq + 1000).Win(7000 - 1000 * i));
        }
        l.UserReads(1000); // a segment fits more: too little for both
        l.UserReads(500);
        l.UserReads(500);
        if (!doubles)
        {
            l.Acks(Seq(1).Ack(6001).Win(4000));
            continue;
        }
        l.Acks(Seq(1).Ack(6001).Win(4000));
        l.UserReads(3999);
        l.UserReads(1).Acks(Seq(1).Ack(6001).Win(8000));
    }
}

// Covers: 65700 octets are 1026.6 steps
TEST(Departures, ScaledWindowMayBeRoundedUp)
{
    ConnectionConfig config = Plain();
    config.windowScaling = true;
    config.receiveBuffer = 65700;
    config.maxReceiveBuffer = 2 << 20;
    Ladder off(config);
    ToEstablishedWithScale(off, 65535, 6, 1023); // 65535: the window grows by an MSS at least

    config.announceAllRoom = true;
    Ladder down(config);
    ToEstablishedWithScale(down, 65535, 6, 1026);

    config.roundWindowUp = true;
    Ladder l(config);
    ToEstablishedWithScale(l, 65535, 6, 1027);
    l.Arrives(Seq(65728).Ack(1).Len(1)).Holds(65728, 1).Acks(Seq(1).Ack(1)); // as was announced
}

// Covers R-105: 131072 octets, the half of them, and whole segments of that
TEST(Departures, WindowMayBeHalfTheBufferAndWholeSegments)
{
    ConnectionConfig config = Plain();
    config.windowScaling = true;
    config.receiveBuffer = 131072;
    config.maxReceiveBuffer = 6291456;
    Ladder off(config);
    ToEstablishedWithScale(off, 65535, 7, 131072 / 128);

    config.halveReceiveBuffer = true;
    Ladder half(config);
    ToEstablishedWithScale(half, 65535, 7, 65535 / 128);

    config.firstWindowInSegments = true;
    config.roundWindowUp = true;
    Ladder l(config);
    ToEstablishedWithScale(l, 64240, 7, 502);
}

// Covers P21
TEST(Departures, SegmentWithoutTheTimestampMayBeTaken)
{
    ConnectionConfig config = With(&ConnectionConfig::timestamps);
    for (const bool tolerates : {false, true})
    {
        config.tolerateMissingTimestamp = tolerates;
        Ladder l(config);
        l.At(0s).Opens().Moves("T02").Sends(Seq(0).Syn());
        l.Arrives(Seq(0).Ack(1).Syn().Ts(500, 0)).Moves("T08");
        l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
        l.Arrives(Seq(1).Ack(1).Len(5));
        if (tolerates)
        {
            l.Takes(1, 5).Acks(Seq(1).Ack(6).Ts(0, 500));
        }
        else
        {
            l.Drops(DropReason::NO_TIMESTAMP);
        }
    }
}

// Covers P20
TEST(Departures, TimestampZeroOfASynMayCountForNone)
{
    ConnectionConfig config = With(&ConnectionConfig::timestamps);
    const std::uint32_t early = 0x90000000; // before 0 by the order of timestamps
    for (const bool unseen : {false, true})
    {
        config.zeroTimestampUnseen = unseen;
        Ladder l(config);
        l.At(0s).Opens().Moves("T02").Sends(Seq(0).Syn());
        l.Arrives(Seq(0).Ack(1).Syn().Ts(0, 0)).Moves("T08");
        l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
        l.Arrives(Seq(1).Ack(1).Len(5).Ts(early, 0));
        if (unseen)
        {
            l.Takes(1, 5).Acks(Seq(1).Ack(6).Ts(0, early));
            l.Arrives(Seq(6).Ack(1).Len(5).Ts(early - 1, 0)).Drops(DropReason::OLD_TIMESTAMP);
            l.Acks(Seq(1).Ack(6));
        }
        else
        {
            l.Drops(DropReason::OLD_TIMESTAMP).Acks(Seq(1).Ack(1));
        }
    }
}

} // namespace
} // namespace lifecycle::test
