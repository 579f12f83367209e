// A SYN or an active OPEN in TIME-WAIT: RFC 9293 3.6.1 (MAY-2), RFC 6191 2. Bad cases first.

#include "ladder.h"
#include "pair.h"
#include "server.h"

namespace lifecycle::test
{
namespace
{

/** In SYN-RECEIVED; our old FIN was 1, the peer's too. The new SYNs are 2 and 10. */
void
ToReopened(Ladder& l)
{
    l.ToTimeWait();
    l.SomebodyListens();
    l.Arrives(Seq(10).Syn()).Tells(UserSignal::CONNECTION_CLOSED).Forgets(CloseReason::NORMAL);
    l.Moves("T31").Sends(Seq(2).Ack(11).Syn()).In(State::SYN_RECEIVED);
}

// Covers R-64, D6: without timestamps, the SYN of the old connection again and what is older
TEST(Reopening, OldSynIsChallenged)
{
    Ladder l;
    l.ToTimeWait();
    l.SomebodyListens();
    for (const std::uint32_t seq : {0U, 1U})
    {
        l.Arrives(Seq(seq).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    }
    l.In(State::TIME_WAIT);
}

// Covers R-65, D6
TEST(Reopening, OldSynIsDroppedIfThatIsWished)
{
    ConnectionConfig config = Plain();
    config.timeWaitDropSyn = true;
    Ladder l(config);
    l.ToTimeWait();
    l.SomebodyListens();
    l.Arrives(Seq(1).Syn()).Drops(DropReason::UNEXPECTED_SYN).In(State::TIME_WAIT);
}

// Covers T31: nobody listens, it is more than a SYN, or it is switched off
TEST(Reopening, NeedsAListenerAndABareSyn)
{
    Ladder l;
    l.ToTimeWait();
    l.Arrives(Seq(10).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.SomebodyListens();
    l.Arrives(Seq(10).Syn().Ack(2)).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
    l.Arrives(Seq(10).Syn().Rst()).Challenges(Seq(2).Ack(2)).Drops(DropReason::BAD_RESET);

    ConnectionConfig config = Plain();
    config.timeWaitReopen = false;
    Ladder m(config);
    m.ToTimeWait();
    m.SomebodyListens();
    m.Arrives(Seq(10).Syn()).Challenges(Seq(2).Ack(2)).Drops(DropReason::UNEXPECTED_SYN);
}

// Covers T31, R-63, R-64, P24: the least SYN that is new, the window's last and far beyond it
TEST(Reopening, NewSynOpensAChildOfTheListener)
{
    for (const std::uint32_t seq : {2U, 3U, 65537U, 1000000000U})
    {
        Ladder l;
        l.ToTimeWait();
        l.SomebodyListens();
        l.Arrives(Seq(seq).Syn()).Tells(UserSignal::CONNECTION_CLOSED);
        l.Forgets(CloseReason::NORMAL).Moves("T31").Sends(Seq(2).Ack(seq + 1).Syn());
        EXPECT_EQ(l.Subject().Id(), ConnectionId{3});
        EXPECT_EQ(l.Subject().Listener(), ConnectionId{1});
        l.Arrives(Seq(seq + 1).Ack(3)).Moves("T12").OffersChild().In(State::ESTABLISHED);
    }
}

// Covers T16, R-18, R-63, MUST-11: the SYN was an old one after all
TEST(Reopening, ResetRestoresTimeWait)
{
    Ladder l;
    l.At(0s);
    ToReopened(l);
    l.At(500ms).Arrives(Seq(11).Rst()).Moves("T16").In(State::TIME_WAIT);
    EXPECT_EQ(l.SndNxt(), 2U);
    EXPECT_EQ(l.RcvNxt(), 2U);
    l.At(1s).Arrives(Seq(1).Ack(2).Fin()).Acks(Seq(2).Ack(2)); // it is the old record
    l.At(241s).Expires().Moves("T30").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);
}

// Covers T18, D12: a child like any other, but for T14 and T17
TEST(Reopening, ChildIsChallengedBySynsAndGivesUp)
{
    ConnectionConfig config = Plain();
    config.synAckRetries = 0;
    Ladder l;
    l.At(0s).ToTimeWait();
    l.SomebodyListens(config);
    l.Arrives(Seq(10).Syn()).Tells(UserSignal::CONNECTION_CLOSED).Forgets(CloseReason::NORMAL);
    l.Moves("T31").Sends(Seq(2).Ack(11).Syn());
    l.Arrives(Seq(20).Syn()).Challenges(Seq(3).Ack(11)).Drops(DropReason::UNEXPECTED_SYN);
    l.At(1s).Expires().Moves("T18").Forgets(CloseReason::TIMED_OUT).In(State::LISTEN);
}

// Covers T31, T12, R-63 between two hosts; a fresh port pair would not meet the record
TEST(Reopening, PeerReconnectsFromTheSamePort)
{
    Pair pair;
    pair.Establish();
    pair.ClosesWhenTold(Side::A);
    pair.Close(Side::B); // so that TIME-WAIT sits with the listening end
    pair.Step(1s);
    ASSERT_EQ(pair.StateOf(Side::B), State::TIME_WAIT);
    pair.Forget();
    pair.Connect(Side::A);
    pair.Step(1s);
    EXPECT_EQ(pair.Moves(Side::A), "T02 T08");
    EXPECT_EQ(pair.Moves(Side::B), "T31 T12");
    EXPECT_EQ(pair.StateOf(Side::A), State::ESTABLISHED);
    EXPECT_EQ(pair.StateOf(Side::B), State::ESTABLISHED);
    pair.Send(Side::A, 1000);
    pair.Step(1s);
    pair.Abort(Side::A);
    pair.Run();
    EXPECT_TRUE(pair.NothingLeft());
}

// Covers T16 and the host's books: the child leaves the SYN queue
TEST(Reopening, RestoredRecordIsNoChildAnyMore)
{
    Pair pair;
    pair.Establish();
    const ConnectionId listener{1};
    pair.ClosesWhenTold(Side::A);
    pair.Close(Side::B);
    pair.Step(1s);
    Segment old;
    old.seq = pair.Iss(Side::A) + 100;
    old.flags = Flag::SYN;
    pair.DropNext(Side::B);
    pair.Inject(Side::B, old);
    pair.Step(20ms);
    EXPECT_EQ(pair.HostOf(Side::B).SynQueueLength(listener), 1U);
    Segment reset;
    reset.seq = pair.Iss(Side::A) + 101;
    reset.flags = Flag::RST;
    pair.Inject(Side::B, reset);
    pair.Step(20ms);
    EXPECT_EQ(pair.HostOf(Side::B).SynQueueLength(listener), 0U);
    EXPECT_EQ(pair.HostOf(Side::B).AcceptQueueLength(listener), 0U);
    pair.Run();
    EXPECT_TRUE(pair.NothingLeft());
}

ConnectionConfig
WithReuse()
{
    ConnectionConfig config = Plain();
    config.timeWaitReuse = true;
    return config;
}

// Covers T32, R-68
TEST(Reopening, ActiveOpenTakesTheRecordAfterASecond)
{
    Ladder l(WithReuse());
    l.At(0s).ToTimeWait();
    l.At(999ms);
    EXPECT_FALSE(l.Subject().MayReopenActively(Instant(999ms)));
    l.At(1s).OpensFromTimeWait().Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL).Moves("T32").Sends(Seq(2).Syn()).In(State::SYN_SENT);
}

// Covers T32, R-68, T38 at a host
TEST(Reopening, HostReusesAndLimitsRecords)
{
    for (const bool reuse : {false, true})
    {
        Pair pair(reuse ? WithReuse() : ConnectionConfig());
        pair.Establish();
        pair.ClosesWhenTold(Side::B);
        pair.Close(Side::A);
        pair.Step(2s);
        ASSERT_EQ(pair.StateOf(Side::A), State::TIME_WAIT);
        Actions out;
        const auto result = pair.HostOf(Side::A).OpenActive(pair.Path(Side::A, 1024, 80),
                                                            {},
                                                            Instant(pair.Now()),
                                                            out);
        EXPECT_EQ(std::holds_alternative<ConnectionId>(result), reuse);
    }
}

// Covers T32, R-68, R-123: an ephemeral port whose record may be taken is free
TEST(Reopening, ActiveOpenChoosesAPortWhoseRecordMayBeTaken)
{
    for (const bool compact : {false, true})
    {
        HostConfig ports;
        ports.ephemeralFirst = 2000;
        ports.ephemeralLast = 2001;
        ports.compactRecords = compact;
        Host host(ports, {1, 2});
        ConnectionConfig config = WithReuse();
        config.abortLingers = true; // a short way into TIME-WAIT
        const FourTuple anyPort{{HERE, 0}, {THERE, 80}};
        const auto open = [&](Instant now) {
            Actions out;
            return host.OpenActive(anyPort, config, now, out);
        };
        for (int i = 0; i < 2; ++i)
        {
            const auto id = std::get<ConnectionId>(open(Instant{}));
            Segment synAck = Make(Flag::SYN | Flag::ACK, 0, host.Find(id)->Snd().nxt.Value());
            Actions out;
            host.SegmentArrives(host.Find(id)->Path(), synAck, Instant{}, out);
            EXPECT_FALSE(host.Abort(id, Instant{}, out));
            EXPECT_EQ(host.Find(id)->GetState(), State::TIME_WAIT);
        }
        EXPECT_EQ(std::get<CallError>(open(Instant(999ms))), CallError::INSUFFICIENT_RESOURCES);
        EXPECT_TRUE(std::holds_alternative<ConnectionId>(open(Instant(1s))));
        EXPECT_TRUE(std::holds_alternative<ConnectionId>(open(Instant(1s))));
        EXPECT_EQ(std::get<CallError>(open(Instant(1s))), CallError::INSUFFICIENT_RESOURCES);
    }
}

// Covers T38
TEST(Reopening, RecordBeyondTheLimitIsDropped)
{
    Ladder l;
    l.ToTimeWait();
    l.OverflowsTimeWait().Moves("T38").Tells(UserSignal::CONNECTION_CLOSED);
    l.Forgets(CloseReason::NORMAL);

    HostConfig limits;
    limits.timeWaitLimit = 1;
    limits.timeWaitOverflow = TimeWaitOverflow::DROP_NEW;
    Host host(limits, {1, 2});
    ConnectionConfig config = Plain();
    config.abortLingers = true; // a short way into TIME-WAIT
    std::size_t dropped = 0;
    for (std::uint16_t port = 1; port <= 3; ++port)
    {
        const FourTuple path{{Address::FromIpv4(1), port}, {Address::FromIpv4(2), 80}};
        Actions out;
        const auto id = std::get<ConnectionId>(host.OpenActive(path, config, Instant{}, out));
        Segment synAck;
        synAck.flags = Flag::SYN | Flag::ACK;
        synAck.ack = host.Find(id)->Snd().nxt;
        host.SegmentArrives(path, synAck, Instant{}, out);
        EXPECT_FALSE(host.Abort(id, Instant{}, out));
        dropped += host.Find(id) == nullptr ? 1 : 0;
    }
    EXPECT_EQ(dropped, 2U);
    EXPECT_EQ(host.Size(), 1U);
}

} // namespace
} // namespace lifecycle::test
