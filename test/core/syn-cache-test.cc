// The SYN cache: half-open connections in keyed buckets. RFC 4987 3.5, 3.7.

#include "server.h"

#include <map>
#include <string>

namespace lifecycle::test
{
namespace
{

// Covers R-92: a full bucket loses its oldest, and no other bucket loses anything
TEST(SynCacheTest, OverflowsOneBucketAtATime)
{
    Server s(Limits(1000), Cache(4, 5));
    std::map<std::uint16_t, Actions> answers;
    for (std::uint16_t port = 1; port <= 40; ++port)
    {
        answers[port] = s.Syn(From(port));
    }
    EXPECT_LE(s.host.SynQueueLength(s.listener), 20U);
    EXPECT_EQ(s.host.SynQueueLength(s.listener) + s.host.Counters().synCacheEvictions, 40U);
    EXPECT_GT(s.host.Counters().synCacheEvictions, 19U);
    std::size_t completed = 0;
    for (const auto& [port, answer] : answers)
    {
        const Segment& synAck = std::get<SendSegment>(answer.back()).segment;
        s.Arrives(From(port), Make(Flag::ACK, 101, (synAck.seq + 1).Value()));
        completed += s.StateOf(From(port)) == State::ESTABLISHED;
    }
    EXPECT_EQ(completed, 40U - s.host.Counters().synCacheEvictions);
    s.moves.clear();
    s.Syn(From(50));
    EXPECT_EQ(s.moves, Strings{"T03"}); // those that have left the bucket count no more
}

// Covers R-92: the key decides who shares a bucket
TEST(SynCacheTest, BucketsAreKeyed)
{
    const auto survivors = [](std::uint64_t key) {
        SynCache cache(Cache(8, 1), {key, 0});
        std::string text;
        for (std::uint16_t port = 1; port <= 64; ++port)
        {
            text += cache.IsFull(From(port)) ? '1' : '0';
            cache.Add(From(port), ConnectionId{port});
        }
        return text;
    };
    EXPECT_EQ(survivors(1), survivors(1));
    EXPECT_NE(survivors(1), survivors(2));
}

// Covers R-92: text on the SYN is not kept, and the SYN,ACK is repeated
TEST(SynCacheTest, KeepsNoText)
{
    Server s(Limits(10), Cache(4, 5));
    const Actions out = s.Arrives(From(1), Make(Flag::SYN, 100, 0, 30));
    EXPECT_EQ(Server::Sent(out).ack, SeqNum(101));
    for (const Action& action : out)
    {
        EXPECT_FALSE(std::holds_alternative<HoldRange>(action));
    }
    Actions again;
    s.host.DeadlineReached(Instant(1s), again);
    EXPECT_EQ(Server::Sent(again), Server::Sent(out));
}

// Covers R-92 with T51.SR: buckets are empty when the listener is gone
TEST(SynCacheTest, ForgetsTheChildrenOfAClosedListener)
{
    Server s(Limits(10), Cache(1, 2));
    s.Syn(From(1));
    s.Syn(From(2));
    Actions out;
    EXPECT_FALSE(s.host.Close(s.listener, s.now, out));
    EXPECT_EQ(s.host.Size(), 0U);
    EXPECT_TRUE(
        std::holds_alternative<ConnectionId>(s.host.OpenPassive({HERE, 80}, {}, Limits(10), out)));
    s.Syn(From(3));
    s.Syn(From(4));
    EXPECT_EQ(s.host.Counters().synCacheEvictions, 0U);
}

// Covers R-94: cache first, cookies on overflow, and nobody is pushed out
TEST(SynCacheTest, LeavesTheOverflowToCookies)
{
    Server s(Cookies(SynCookieUse::ON_OVERFLOW, 1000), Cache(2, 3));
    for (std::uint16_t port = 1; port <= 50; ++port)
    {
        s.Connect(From(port));
        s.Syn(From(static_cast<std::uint16_t>(1000 + port)));
    }
    EXPECT_EQ(s.host.Counters().synCacheEvictions, 0U);
    EXPECT_GT(s.host.Counters().cookiesSent, 50U);
    EXPECT_EQ(s.host.AcceptQueueLength(s.listener), 50U);
}

/** A record in TIME-WAIT on @p path, whose peer has used the numbers up to 102. */
void
LeaveTimeWait(Server& s, const FourTuple& path)
{
    s.Connect(path);
    const ConnectionId id = *s.host.Accept(s.listener);
    Actions out;
    EXPECT_FALSE(s.host.Close(id, s.now, out));
    s.Arrives(path, Make(Flag::FIN | Flag::ACK, 101, s.host.Find(id)->Snd().nxt.Value()));
    EXPECT_EQ(s.StateOf(path), State::TIME_WAIT);
    s.moves.clear();
}

// Covers R-92, T39 with T31: what opens a record in TIME-WAIT takes a place in its bucket, and is
// that record again when it makes room
TEST(SynCacheTest, HoldsReopenedRecords)
{
    Server s(Limits(10), Cache(1, 1));
    LeaveTimeWait(s, From(1));
    const Actions other = s.Syn(From(2)); // takes the only place
    EXPECT_EQ(Words(s.Syn(From(1), 200)).back(), "dropped: unexpected SYN");
    EXPECT_EQ(s.StateOf(From(1)), State::TIME_WAIT);
    EXPECT_EQ(s.StateOf(From(2)), State::SYN_RECEIVED);
    s.Arrives(From(2), Server::FinalAck(other));
    s.moves.clear();
    s.Syn(From(1), 200);
    EXPECT_EQ(s.moves, Strings{"T31"});
    s.Syn(From(3));
    EXPECT_EQ(s.moves, (Strings{"T31", "T39", "T03"}));
    EXPECT_EQ(s.host.Counters().synCacheEvictions, 1U);
    EXPECT_EQ(s.host.SynQueueLength(s.listener), 1U);
    EXPECT_EQ(s.StateOf(From(1)), State::TIME_WAIT);
}

// Covers T39, R-91, R-63: the record is the old one, lasts 2 MSL from now, and may open again
TEST(SynQueue, EvictionBringsTimeWaitBack)
{
    ListenConfig listen = Limits(1);
    listen.synOverflow = SynOverflow::DROP_OLDEST;
    Server s(listen);
    LeaveTimeWait(s, From(1));
    const auto numbers = [&s] {
        const auto record = s.host.Find(s.host.IdOf(From(1)));
        return std::make_pair(record->Snd().nxt, record->Rcv().nxt);
    };
    const auto old = numbers();
    s.Wait(100s);
    s.Syn(From(1), 200);
    EXPECT_NE(numbers(), old);
    const Actions other = s.Syn(From(2));
    EXPECT_EQ(s.moves, (Strings{"T31", "T39", "T03"}));
    EXPECT_EQ(s.host.Counters().synQueueEvictions, 1U);
    EXPECT_EQ(numbers(), old);
    s.Arrives(From(2), Server::FinalAck(other));
    s.Wait(239s);
    EXPECT_EQ(s.StateOf(From(1)), State::TIME_WAIT);
    Server again = s;
    s.Wait(1s);
    EXPECT_EQ(s.StateOf(From(1)), State::CLOSED);
    again.Connect(From(1), 200);
    EXPECT_EQ(again.StateOf(From(1)), State::ESTABLISHED);
}

// Covers R-92 with T16: a restored record leaves its bucket
TEST(SynCacheTest, LosesRestoredRecords)
{
    Server s(Limits(10), Cache(1, 1));
    LeaveTimeWait(s, From(1));
    s.Syn(From(1), 200);
    s.Arrives(From(1), Make(Flag::RST, 201));
    EXPECT_EQ(s.moves, (Strings{"T31", "T16"}));
    s.Syn(From(2));
    EXPECT_EQ(s.host.Counters().synCacheEvictions, 0U);
    EXPECT_EQ(s.StateOf(From(1)), State::TIME_WAIT);
}

// Covers with T31, D6: a record in TIME-WAIT is opened if there is room, else challenged
TEST(SynQueue, MakesNoRoomForReopenedRecords)
{
    for (const SynOverflow overflow : {SynOverflow::DROP_NEW,
                                       SynOverflow::DROP_OLDEST,
                                       SynOverflow::RANDOM_EARLY_DROP,
                                       SynOverflow::RESET})
    {
        for (const SynCookieUse use : {SynCookieUse::OFF, SynCookieUse::ON_OVERFLOW})
        {
            ListenConfig listen = Cookies(use, 1);
            listen.synOverflow = overflow;
            Server s(listen);
            LeaveTimeWait(s, From(1));
            const Actions other = s.Syn(From(2));
            const Actions answer = s.Syn(From(1), 200);
            EXPECT_EQ(Server::Sent(answer).flags, Flags(Flag::ACK));
            EXPECT_EQ(Words(answer).back(), "dropped: unexpected SYN");
            EXPECT_EQ(s.StateOf(From(1)), State::TIME_WAIT);
            s.Arrives(From(2), Server::FinalAck(other));
            EXPECT_EQ(s.StateOf(From(2)), State::ESTABLISHED);
            s.moves.clear();
            s.Syn(From(1), 200);
            EXPECT_EQ(s.moves, Strings{"T31"});
            EXPECT_EQ(s.host.Counters().cookiesSent, 0U);
        }
    }
}

// Covers R-93 with T31: there is a record already, so a cookie would save nothing
TEST(SynCookie, IsNotSentForARecordInTimeWait)
{
    Server s(Cookies(SynCookieUse::ALWAYS));
    LeaveTimeWait(s, From(1));
    const std::uint64_t before = s.host.Counters().cookiesSent;
    const Segment synAck = Server::Sent(s.Syn(From(1), 200));
    EXPECT_EQ(s.moves, Strings{"T31"});
    EXPECT_EQ(s.host.Counters().cookiesSent, before);
    s.Arrives(From(1), Make(Flag::ACK, 201, (synAck.seq + 1).Value()));
    EXPECT_EQ(s.moves, (Strings{"T31", "T12"}));
}

} // namespace
} // namespace lifecycle::test
