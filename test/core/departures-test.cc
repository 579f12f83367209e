// What presets linux and freebsd do otherwise than RFC 9293 while a connection opens and when it
// ends, each with its option off and on.

#include "ladder.h"
#include "pair.h"
#include "server.h"

#include <string>

namespace lifecycle::test
{
namespace
{

/** The number 0, relative to Ladder::ISS: that of a reset of what has no ACK. */
constexpr std::uint32_t ZERO = 2;

ConnectionConfig
With(bool ConnectionConfig::*option, bool value = true)
{
    ConnectionConfig config = Plain();
    config.*option = value;
    return config;
}

ConnectionConfig
WithAcks(TimeWaitAcks acks)
{
    ConnectionConfig config = Plain();
    config.timeWaitAcks = acks;
    return config;
}

// Covers R-64, T31: RFC 6191 2 has the number behind the FIN for new
TEST(Departures, SynAtRcvNxtNeedNotBeNewInTimeWait)
{
    Ladder off;
    off.ToTimeWait();
    off.SomebodyListens();
    off.Arrives(Seq(2).Syn()).Tells(UserSignal::CONNECTION_CLOSED).Forgets(CloseReason::NORMAL);
    off.Moves("T31").Sends(Seq(2).Ack(3).Syn());

    Ladder l(With(&ConnectionConfig::timeWaitReopenBeyond));
    l.ToTimeWait();
    l.SomebodyListens();
    l.Arrives(Seq(2).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(3).Syn()).Tells(UserSignal::CONNECTION_CLOSED).Forgets(CloseReason::NORMAL);
    l.Moves("T31").Sends(Seq(2).Ack(4).Syn());
}

/** In TIME-WAIT of a connection with timestamps, of which the last one was 500. */
void
ToTimeWaitWithTimestamps(Ladder& l)
{
    l.At(0s).Opens().Moves("T02").Sends(Seq(0).Syn());
    l.Arrives(Seq(0).Ack(1).Syn().Ts(500, 0)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1));
    l.Closes().Moves("T21").Sends(Seq(1).Ack(1).Fin());
    l.Arrives(Seq(1).Ack(2).Fin().Ts(500, 0)).Tells(UserSignal::CLOSE_ACKNOWLEDGED);
    l.Moves("T26").Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(2).Ack(2));
}

// Covers R-64, T31
TEST(Departures, NumberOfASynMayCountMoreThanItsTimestampInTimeWait)
{
    ConnectionConfig config = With(&ConnectionConfig::timestamps);
    Ladder off(config);
    ToTimeWaitWithTimestamps(off);
    off.SomebodyListens(config);
    off.Arrives(Seq(10).Syn().Ts(400, 0)).Challenges(Seq(2).Ack(2));
    off.Drops(DropReason::UNEXPECTED_SYN);

    config.timeWaitReopenBySequence = true;
    Ladder l(config);
    ToTimeWaitWithTimestamps(l);
    l.SomebodyListens(config);
    l.Arrives(Seq(1).Syn().Ts(600, 0)).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(10).Syn().Ts(400, 0)).Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL).Moves("T31").Sends(Seq(2).Ack(11).Syn());
}

// Covers R-65, T47.TW: a new SYN, not an old one
TEST(Departures, NewSynForNobodyMayEndTimeWait)
{
    Ladder off;
    off.ToTimeWait();
    off.NobodyListens();
    off.Arrives(Seq(10).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);

    Ladder l(With(&ConnectionConfig::timeWaitSynEnds));
    l.ToTimeWait();
    l.NobodyListens();
    l.Arrives(Seq(1).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(10).Ack(2).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(10).Syn()).Resets(Seq(ZERO).Ack(11).Rst()).Moves("T47.TW");
    l.Forgets(CloseReason::RESET);
}

// Covers, T47.TW
TEST(Departures, SynByRfc793SparesTimeWaitThatDropsSyns)
{
    ConnectionConfig config = With(&ConnectionConfig::rfc793Syn);
    Ladder off(config);
    off.ToTimeWait();
    off.Arrives(Seq(10).Syn()).Resets(Seq(2).Rst()).Moves("T47.TW");
    off.Tells(UserSignal::CONNECTION_RESET).Forgets(CloseReason::RESET);

    config.timeWaitDropSyn = true;
    Ladder l(config);
    l.ToTimeWait();
    l.Arrives(Seq(10).Syn()).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(10).Ack(2).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.In(State::TIME_WAIT);
}

// Covers R-66, P31
TEST(Departures, InexactResetMayBeDroppedInTimeWait)
{
    Ladder off;
    off.ToTimeWait();
    off.Arrives(Seq(3).Rst()).Challenges(Seq(2).Ack(2)).Drops(DropReason::BAD_RESET);

    ConnectionConfig config = With(&ConnectionConfig::timeWaitDropReset);
    config.rfc1337 = false;
    Ladder l(config);
    l.ToTimeWait();
    l.Arrives(Seq(3).Rst()).Drops(DropReason::BAD_RESET).In(State::TIME_WAIT);
    l.Arrives(Seq(2).Rst()).Moves("T41.TW").Forgets(CloseReason::RESET);

    Ladder m(config); // elsewhere it is challenged as ever
    m.ToFinWait2();
    m.Arrives(Seq(3).Rst()).Challenges(Seq(2).Ack(1)).Drops(DropReason::BAD_RESET);
}

// Covers R-69, P71, P61
TEST(Departures, TextMayBeAcknowledgedInTimeWait)
{
    Ladder off;
    off.ToTimeWait();
    off.Arrives(Seq(2).Ack(2).Len(10)).Drops(DropReason::IGNORED_TEXT).In(State::TIME_WAIT);

    for (const TimeWaitAcks acks : {TimeWaitAcks::ALL_BUT_REPETITION, TimeWaitAcks::ALL_BUT_EMPTY})
    {
        Ladder l(WithAcks(acks));
        l.ToTimeWait();
        l.Arrives(Seq(2).Ack(2).Len(10)).Drops(DropReason::IGNORED_TEXT).Acks(Seq(2).Ack(2));
        l.Arrives(Seq(2).Ack(2).Fin()).Acks(Seq(2).Ack(2));
        l.Arrives(Seq(9).Ack(2)).Acks(Seq(2).Ack(2)); // out of order
        l.Arrives(Seq(1).Ack(2)).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2));
        l.Arrives(Seq(2).Ack(2)); // a repetition
        l.In(State::TIME_WAIT);
    }
}

// Covers P50, P51, P61: where the two systems differ
TEST(Departures, EmptySegmentsInTimeWaitAreAnsweredByWhatTheyAcknowledgeOrNot)
{
    Ladder off;
    off.ToTimeWait();
    off.Arrives(Seq(2).Ack(3)).Challenges(Seq(2).Ack(2)).Drops(DropReason::BAD_ACK);
    off.Arrives(Seq(2).Ack(1));
    off.Arrives(Seq(2).Fin()).Drops(DropReason::NO_ACK);
    off.Arrives(Seq(1).Fin()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2));

    Ladder freeBsd(WithAcks(TimeWaitAcks::ALL_BUT_REPETITION));
    freeBsd.ToTimeWait();
    freeBsd.Arrives(Seq(2).Ack(3)).Drops(DropReason::BAD_ACK).Acks(Seq(2).Ack(2));
    freeBsd.Arrives(Seq(2).Ack(1)).Acks(Seq(2).Ack(2));
    freeBsd.Arrives(Seq(2).Fin()).Drops(DropReason::NO_ACK);
    freeBsd.Arrives(Seq(1).Fin()).Drops(DropReason::BAD_SEQUENCE);

    Ladder onLinux(WithAcks(TimeWaitAcks::ALL_BUT_EMPTY));
    onLinux.ToTimeWait();
    onLinux.Arrives(Seq(2).Ack(3)).Drops(DropReason::BAD_ACK);
    onLinux.Arrives(Seq(2).Ack(1));
    onLinux.Arrives(Seq(2).Fin()).Drops(DropReason::NO_ACK).Acks(Seq(2).Ack(2));
    onLinux.Arrives(Seq(1).Fin()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(2).Ack(2));
}

// Covers R-62, T30
TEST(Departures, AnyAckMayRestartTimeWait)
{
    Ladder off;
    off.At(0s).ToTimeWait();
    off.At(100s).Arrives(Seq(2).Ack(2));
    off.At(240s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    off.Forgets(CloseReason::NORMAL);

    Ladder l(With(&ConnectionConfig::timeWaitRestartByAck));
    l.At(0s).ToTimeWait();
    l.At(100s).Arrives(Seq(2).Ack(2));
    l.At(200s).Arrives(Seq(2).Rst().Ack(2)).Drops(DropReason::BAD_RESET);
    l.At(340s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

/** Both ends of a connection in TIME-WAIT, after a simultaneous close. */
void
ToTimeWaitOnBothSides(Pair& pair)
{
    pair.Establish();
    pair.Close(Side::A);
    pair.Close(Side::B);
    pair.Step(1s);
    ASSERT_EQ(pair.StateOf(Side::A), State::TIME_WAIT);
    ASSERT_EQ(pair.StateOf(Side::B), State::TIME_WAIT);
    pair.Forget();
}

// Covers: what one answers is a repetition to the other
TEST(Departures, TwoEndsInTimeWaitDoNotAnswerEachOther)
{
    for (const char* name : {"linux", "freebsd"})
    {
        SCOPED_TRACE(name);
        ConnectionConfig config = FindPreset(name)->connection;
        config.timestamps = false;
        config.keepAlive = false;
        Pair pair(config);
        ToTimeWaitOnBothSides(pair);
        Segment text;
        text.flags = Flag::ACK;
        text.seq = pair.Of(Side::A)->Rcv().nxt;
        text.ack = pair.Of(Side::A)->Snd().nxt;
        text.len = 7;
        pair.Inject(Side::A, text);
        pair.Step(10s);
        EXPECT_EQ(pair.Wire(), (Lines{"A . 2 ack 2"}));
    }
}

// Covers R-39: ends that do not agree answer each other as often as RFC 5961 7 allows
TEST(Departures, EndsInTimeWaitThatDisagreeAreBounded)
{
    for (const TimeWaitAcks acks : {TimeWaitAcks::ALL_BUT_REPETITION, TimeWaitAcks::ALL_BUT_EMPTY})
    {
        ConnectionConfig config = WithAcks(acks);
        config.challengeAckLimit = 3;
        config.challengeAckWindow = 1s;
        Ladder l(config);
        l.At(0s).ToTimeWait();
        for (int i = 0; i < 3; ++i)
        {
            l.Arrives(Seq(7).Ack(2)).Acks(Seq(2).Ack(2));
        }
        l.Arrives(Seq(7).Ack(2));
        l.At(1s).Arrives(Seq(7).Ack(2)).Acks(Seq(2).Ack(2));
    }
}

// Covers P40, T17
TEST(Departures, AnotherSynToAHalfOpenChildMayGetTheSynAckAgain)
{
    Ladder off;
    off.ToSynReceived();
    off.Arrives(Seq(10).Syn()).Moves("T17").Forgets(CloseReason::RESET);

    Ladder l(With(&ConnectionConfig::synReceivedRepeat));
    l.ToSynReceived();
    for (const std::uint32_t seq : {10U, 70000U, 0U - 10U})
    {
        l.Arrives(Seq(seq).Syn()).Resends(Seq(0).Ack(1).Syn()).In(State::SYN_RECEIVED);
    }
    l.Arrives(Seq(1).Ack(1)).Moves("T12").OffersChild();

    Ladder m(With(&ConnectionConfig::synReceivedRepeat)); // who opened has a state of its own
    m.ToSynReceivedActively();
    m.Arrives(Seq(10).Syn()).Challenges(Seq(1).Ack(1)).Drops(DropReason::UNEXPECTED_SYN);
}

// Covers P40, T17
TEST(Departures, AnotherSynToAHalfOpenChildMayBeReset)
{
    ConnectionConfig config = With(&ConnectionConfig::synReceivedReset);
    Ladder l(config);
    l.ToSynReceived();
    l.Arrives(Seq(10).Syn()).Resets(Seq(ZERO).Ack(11).Rst()).Moves("T17");
    l.Forgets(CloseReason::RESET);

    Ladder m(config);
    m.ToSynReceived();
    m.Arrives(Seq(10).Ack(1).Syn()).Resets(Seq(1).Rst()).Moves("T17").Forgets(CloseReason::RESET);

    Ladder outside(config);
    outside.ToSynReceived();
    outside.Arrives(Seq(70000).Syn()).Drops(DropReason::BAD_SEQUENCE).Acks(Seq(1).Ack(1));
    outside.In(State::SYN_RECEIVED);
}

// Covers T13, T40.SR
TEST(Departures, CloseInSimultaneousOpenMayBeSilent)
{
    Ladder off;
    off.ToSynReceivedActively();
    off.ClosesFully().Moves("T13").Sends(Seq(1).Ack(1).Fin()).In(State::FIN_WAIT_1);

    Ladder l(With(&ConnectionConfig::synReceivedCloseSilent));
    l.ToSynReceivedActively();
    l.ClosesFully().Moves("T40.SR").Forgets(CloseReason::ABORTED);
}

// Covers T51.SR, T51.ES
TEST(Departures, ListenerMayCloseWithoutTellingHalfOpenPeers)
{
    Ladder off;
    off.ToSynReceived();
    off.ListenerCloses().Resets(Seq(1).Rst()).Moves("T51.SR").Forgets(CloseReason::ABORTED);

    Ladder l(With(&ConnectionConfig::listenerCloseSilent));
    l.ToSynReceived();
    l.ListenerCloses().Moves("T51.SR").Forgets(CloseReason::ABORTED);

    Ladder m(With(&ConnectionConfig::listenerCloseSilent)); // a whole connection is another matter
    m.ToEstablishedPassively();
    m.ListenerCloses().Resets(Seq(1).Rst()).Moves("T51.ES").Forgets(CloseReason::ABORTED);
}

// Covers P10
TEST(Departures, BadAckInSynSentMayBringTheSynAgain)
{
    Ladder off;
    off.At(0s).ToSynSent();
    off.At(10ms).Arrives(Seq(0).Ack(5)).Resets(Seq(5).Rst()).Drops(DropReason::BAD_ACK);
    off.At(1s).Expires().Resends(Seq(0).Syn());

    Ladder l(With(&ConnectionConfig::synAgainAfterBadAck));
    l.At(0s).ToSynSent();
    l.At(10ms).Arrives(Seq(0).Ack(5)).Resets(Seq(5).Rst()).Drops(DropReason::BAD_ACK);
    l.At(12ms).Expires().Resends(Seq(0).Syn());
    l.At(20ms).Arrives(Seq(0).Ack(5)).Resets(Seq(5).Rst()).Drops(DropReason::BAD_ACK); // only once
    l.At(2012ms).Expires().Resends(Seq(0).Syn());
}

// Covers P07
TEST(Departures, ListenerMayDropASynWithFin)
{
    ListenConfig listen = Limits(10, 10);
    Server off(listen);
    off.Arrives(From(1000), Make(Flag::SYN | Flag::FIN, 100));
    EXPECT_EQ(off.host.SynQueueLength(off.listener), 1U);

    listen.listenDropSynFin = true;
    Server server(listen);
    server.Arrives(From(1000), Make(Flag::SYN | Flag::FIN, 100));
    EXPECT_EQ(server.host.SynQueueLength(server.listener), 0U);
    server.Syn(From(1000));
    EXPECT_EQ(server.host.SynQueueLength(server.listener), 1U);
}

// Covers R-89: the lesser of both limits
TEST(Departures, BacklogMayBoundTheSynQueue)
{
    const auto places = [](bool byBacklog,
                           std::uint32_t synQueue,
                           std::uint32_t acceptQueue,
                           AcceptQueueRoom room = AcceptQueueRoom::LIMIT) {
        ListenConfig listen = Limits(synQueue, acceptQueue);
        listen.acceptQueueRoom = room;
        listen.synQueueByBacklog = byBacklog;
        Server server(listen);
        for (std::uint16_t port = 1000; port < 1010; ++port)
        {
            server.Syn(From(port));
        }
        return server.host.SynQueueLength(server.listener);
    };
    EXPECT_EQ(places(false, 5, 3), 5U);
    EXPECT_EQ(places(true, 5, 3), 3U);
    EXPECT_EQ(places(true, 2, 3), 2U);
    EXPECT_EQ(places(true, 5, 3, AcceptQueueRoom::ONE_MORE), 4U);
}

// Covers: N, N + 1, and 3N/2 + 1
TEST(Departures, BacklogHoldsMoreThanItsNumber)
{
    const auto places = [](AcceptQueueRoom room, std::uint32_t limit) {
        ListenConfig listen = Limits(1000, limit);
        listen.acceptQueueRoom = room;
        Server server(listen);
        for (std::uint16_t port = 1000; port < 1300; ++port)
        {
            server.Connect(From(port));
        }
        return server.host.AcceptQueueLength(server.listener);
    };
    EXPECT_EQ(places(AcceptQueueRoom::LIMIT, 1), 1U);
    EXPECT_EQ(places(AcceptQueueRoom::ONE_MORE, 1), 2U);
    EXPECT_EQ(places(AcceptQueueRoom::HALF_MORE, 1), 2U);
    EXPECT_EQ(places(AcceptQueueRoom::ONE_MORE, 0), 1U);
    EXPECT_EQ(places(AcceptQueueRoom::LIMIT, 128), 128U);
    EXPECT_EQ(places(AcceptQueueRoom::ONE_MORE, 128), 129U);
    EXPECT_EQ(places(AcceptQueueRoom::HALF_MORE, 128), 193U);
}

//
TEST(Departures, FullAcceptQueueMayStopSyns)
{
    ListenConfig listen = Limits(128, 1);
    Server off(listen);
    off.Connect(From(1000));
    off.Syn(From(1001));
    EXPECT_EQ(off.StateOf(From(1001)), State::SYN_RECEIVED);

    listen.acceptQueueStopsSyns = true;
    Server server(listen);
    server.Connect(From(1000));
    server.Syn(From(1001));
    EXPECT_EQ(server.StateOf(From(1001)), State::CLOSED);
    EXPECT_EQ(server.host.Counters().acceptOverflows, 1U);
    EXPECT_TRUE(server.host.Accept(server.listener));
    server.Syn(From(1001));
    EXPECT_EQ(server.StateOf(From(1001)), State::SYN_RECEIVED);
}

} // namespace
} // namespace lifecycle::test
