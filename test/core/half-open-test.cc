// One end knows nothing of the connection, or too much: RFC 9293 3.5.1, RFC 5961 3.2 and 4.2.

#include "ladder.h"
#include "pair.h"

#include <algorithm>

namespace lifecycle::test
{
namespace
{

// Covers R-35, P31, P03, T41.ES
TEST(HalfOpen, InexactResetIsRepairedOneRoundTripLater)
{
    Pair pair;
    pair.Establish();
    pair.Forget();
    pair.DropNext(Side::A);
    pair.Send(Side::A, 100);
    pair.Abort(Side::A);
    pair.Run();
    EXPECT_EQ(pair.Wire(), (Lines{"A P. 1:101 ack 1 lost", "A R 101", "B . 1 ack 1", "A R 1"}));
    EXPECT_EQ(pair.Moves(Side::B), "T41.ES");
    EXPECT_TRUE(pair.NothingLeft());
}

// Covers R-35: even if the first reset is lost, the next segment of the peer finds nobody
TEST(HalfOpen, LostResetIsRepeatedWhenThePeerSends)
{
    Pair pair;
    pair.Establish();
    pair.Forget();
    pair.DropNext(Side::A);
    pair.Abort(Side::A);
    pair.Step(1s);
    EXPECT_EQ(pair.StateOf(Side::B), State::ESTABLISHED);
    pair.Send(Side::B, 10);
    pair.Run();
    EXPECT_EQ(pair.Wire(), (Lines{"A R 1 lost", "B P. 1:11 ack 1", "A R 1"}));
    EXPECT_TRUE(pair.NothingLeft());
}

// Covers R-40, T43.SS: the known hole, a rebooted peer whose ISS is the RCV.NXT of the old connection
// less one; the old end's ACK acknowledges the new SYN and lacks its own
TEST(HalfOpen, RebootedPeerThatPicksTheExpectedNumberCannotBreakTheOldConnection)
{
    ConnectionConfig config = Plain();
    config.synRetries = 2;
    Ladder l(config);
    l.At(0s).ToSynSent();
    for (const Duration at : {0s, 1s, 3s})
    {
        if (at > 0s)
        {
            l.At(at).Expires().Resends(Seq(0).Syn());
        }
        l.Arrives(Seq(5000).Ack(1)).Drops(DropReason::UNEXPECTED);
    }
    l.At(7s).Expires().Moves("T43.SS").Tells(UserSignal::CONNECTION_TIMED_OUT);
    l.Forgets(CloseReason::TIMED_OUT);
}

// Covers R-85: the user may end what the standard keeps alive
TEST(HalfOpen, PersistingConnectionCanBeAborted)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 1000;
    Pair pair(config);
    pair.Establish();
    pair.ReadsAtOnce(Side::B, false);
    pair.Send(Side::A, 3000);
    pair.RunUntil(30min);
    EXPECT_EQ(pair.StateOf(Side::A), State::ESTABLISHED);
    pair.Abort(Side::A);
    pair.Run();
    EXPECT_TRUE(pair.NothingLeft());
    EXPECT_EQ(pair.Reason(Side::B), CloseReason::RESET);
}

// Covers R-85: a CLOSE waits behind the data as long as probes are answered, and ABORT still ends it
TEST(HalfOpen, PersistingConnectionCanBeClosed)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 1000;
    Pair pair(config);
    pair.Establish();
    pair.ReadsAtOnce(Side::B, false);
    pair.Send(Side::A, 3000);
    pair.RunUntil(30min);
    pair.Close(Side::A);
    pair.RunUntil(60min);
    EXPECT_EQ(pair.StateOf(Side::A), State::FIN_WAIT_1);
    EXPECT_EQ(pair.StateOf(Side::B), State::ESTABLISHED);
    pair.Abort(Side::A);
    pair.Run();
    EXPECT_TRUE(pair.NothingLeft());
    EXPECT_EQ(pair.Reason(Side::B), CloseReason::RESET);
}

// Covers: a full CLOSE during persist; unread data make it an abort, and so does the next data
TEST(HalfOpen, PersistingConnectionCanBeClosedFully)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 1000;
    for (const bool unread : {false, true})
    {
        Pair pair(config);
        pair.Establish();
        pair.ReadsAtOnce(Side::B, false);
        pair.Send(Side::A, 3000);
        if (unread)
        {
            pair.ReadsAtOnce(Side::A, false);
            pair.Send(Side::B, 10);
        }
        pair.RunUntil(30min);
        const ConnectionId id = pair.Of(Side::A)->Id();
        Actions out;
        EXPECT_FALSE(pair.HostOf(Side::A).CloseFully(id, Instant(pair.Now()), out));
        if (unread)
        {
            EXPECT_EQ(pair.HostOf(Side::A).Find(id), nullptr);
            EXPECT_TRUE(std::any_of(out.begin(), out.end(), [](const Action& action) {
                const auto* sent = std::get_if<SendSegment>(&action);
                return sent != nullptr && sent->kind == SegmentKind::RESET;
            }));
            continue;
        }
        pair.RunUntil(60min);
        EXPECT_EQ(pair.StateOf(Side::A), State::FIN_WAIT_1); // it goes on probing
        EXPECT_EQ(pair.StateOf(Side::B), State::ESTABLISHED);
        pair.Send(Side::B, 10); // which nobody will read
        pair.Run();
        EXPECT_TRUE(pair.NothingLeft());
        EXPECT_EQ(pair.Reason(Side::A), CloseReason::RESET);
        EXPECT_EQ(pair.Reason(Side::B), CloseReason::RESET);
    }
}

// Covers R-22: an old duplicate SYN of a peer that has gone lives until the SYN,ACK finds nobody
TEST(HalfOpen, OldSynFromAPeerWithoutATcbLivesOneRoundTrip)
{
    Pair pair;
    pair.Listen(Side::B);
    Segment old;
    old.seq = SeqNum(7);
    old.flags = Flag::SYN;
    pair.Inject(Side::B, old);
    pair.Run();
    EXPECT_EQ(pair.Now(), 20ms);
    EXPECT_EQ(pair.Moves(Side::B), "T03 T14");
    EXPECT_EQ(pair.HostOf(Side::B).Size(), 1U);
}

// Covers R-30, T11, R-44: nobody listens
TEST(HalfOpen, ConnectingToAClosedPortIsRefusedAfterOneRoundTrip)
{
    Pair pair;
    pair.Connect(Side::A);
    pair.Run();
    EXPECT_EQ(pair.Now(), 20ms);
    ASSERT_EQ(pair.Log().size(), 2U);
    EXPECT_EQ(FlagNames(pair.Log()[1].segment.flags), "R.");
    EXPECT_EQ(pair.Log()[1].segment.seq, SeqNum(0));
    EXPECT_EQ(pair.Log()[1].segment.ack, pair.Iss(Side::A) + 1);
    EXPECT_EQ(pair.Reason(Side::A), CloseReason::REFUSED);
    EXPECT_EQ(pair.Told(Side::A), std::vector<UserSignal>{UserSignal::CONNECTION_REFUSED});
    EXPECT_TRUE(pair.NothingLeft());
}

} // namespace
} // namespace lifecycle::test
