// A listener that runs full: its SYN queue and its accept queue. RFC 4987 2.2, 3.4.

#include "server.h"

#include <algorithm>
#include <string>

namespace lifecycle::test
{
namespace
{

// ---- the SYN queue

// Covers R-89: drop the new one; nobody else notices
TEST(SynQueue, DropsWhatIsNew)
{
    Server s(Limits(2));
    s.Syn(From(1));
    const Actions second = s.Syn(From(2));
    EXPECT_EQ(Words(s.Syn(From(3))), Strings{"dropped: SYN queue full"});
    EXPECT_EQ(s.host.Counters().synsDropped, 1U);
    s.Arrives(From(2), Server::FinalAck(second));
    EXPECT_EQ(s.StateOf(From(2)), State::ESTABLISHED);
    s.Connect(From(3));
    EXPECT_EQ(s.StateOf(From(3)), State::ESTABLISHED);
}

// Covers R-89: a refusal that the peer hears
TEST(SynQueue, ResetsWhatIsNew)
{
    ListenConfig listen = Limits(1);
    listen.synOverflow = SynOverflow::RESET;
    Server s(listen);
    s.Syn(From(1));
    EXPECT_EQ(Words(s.Syn(From(2))),
              (Strings{"send R. seq 0 ack 101 win 0 len 0 (reset)", "dropped: SYN queue full"}));
    EXPECT_EQ(s.host.Counters().synsReset, 1U);
    EXPECT_EQ(s.host.Counters().synsDropped, 0U);
}

// Covers T19, R-91: the oldest goes without a word, and its ACK then meets the listener
TEST(SynQueue, DropsTheOldest)
{
    ListenConfig listen = Limits(2);
    listen.synOverflow = SynOverflow::DROP_OLDEST;
    Server s(listen);
    const Actions first = s.Syn(From(1));
    const Actions second = s.Syn(From(2));
    s.moves.clear();
    const Actions third = s.Syn(From(3));
    EXPECT_EQ(s.moves, (Strings{"T19", "T03"}));
    EXPECT_TRUE(std::holds_alternative<Forget>(third[1]));
    EXPECT_EQ(s.host.SynQueueLength(s.listener), 2U);
    EXPECT_EQ(s.host.Counters().synQueueEvictions, 1U);
    EXPECT_EQ(Words(s.Arrives(From(1), Server::FinalAck(first)))[1], "dropped: unexpected");
    s.Arrives(From(2), Server::FinalAck(second));
    EXPECT_EQ(s.StateOf(From(2)), State::ESTABLISHED);
}

// Covers R-89 with no queue at all
TEST(SynQueue, OfNoLengthTakesNothingWhateverThePolicy)
{
    for (const SynOverflow policy : {SynOverflow::DROP_NEW,
                                     SynOverflow::DROP_OLDEST,
                                     SynOverflow::RANDOM_EARLY_DROP,
                                     SynOverflow::RESET})
    {
        ListenConfig listen = Limits(0);
        listen.synOverflow = policy;
        Server s(listen);
        EXPECT_EQ(Words(s.Syn(From(1))).back(), "dropped: SYN queue full");
        EXPECT_EQ(s.host.Size(), 1U);
    }
}

// Covers R-89: none below half, all at the limit, some between; the same again for the same secret
TEST(SynQueue, DropsEarlyMoreAndMoreOften)
{
    const auto run = [] {
        ListenConfig listen = Limits(200);
        listen.synOverflow = SynOverflow::RANDOM_EARLY_DROP;
        Server s(listen);
        std::string fates;
        for (std::uint16_t port = 1; port <= 600; ++port)
        {
            const Actions out = s.Syn(From(port));
            const auto* dropped = std::get_if<Dropped>(&out[0]);
            fates += dropped == nullptr                                 ? '.'
                     : dropped->reason == DropReason::SYN_DROPPED_EARLY ? 'e'
                                                                        : 'f';
        }
        EXPECT_EQ(s.host.Counters().synsDroppedEarly,
                  static_cast<std::uint64_t>(std::count(fates.begin(), fates.end(), 'e')));
        return fates;
    };
    const std::string fates = run();
    EXPECT_EQ(fates.find('e'), fates.find_first_not_of('.'));
    EXPECT_GT(fates.find('e'), 100U);
    EXPECT_LT(fates.find('e'), 150U);
    const std::string middle = fates.substr(100, 300); // the queue is between half and full
    EXPECT_GT(std::count(middle.begin(), middle.end(), 'e'), 100);
    EXPECT_GT(std::count(middle.begin(), middle.end(), '.'), 50);
    EXPECT_EQ(fates, run());
}

// ---- the accept queue

// Covers T52.SR, R-96
TEST(AcceptQueue, ResetsTheFinalAckIfToldTo)
{
    ConnectionConfig children = Plain();
    children.abortOnOverflow = true;
    Server s(Limits(128, 1), {}, children);
    s.Connect(From(1));
    s.moves.clear();
    const Actions out = s.Connect(From(2));
    EXPECT_EQ(s.moves, (Strings{"T03", "T52.SR"}));
    EXPECT_EQ(Words(out)[0], "dropped: accept queue full");
    EXPECT_EQ(FlagNames(Server::Sent(out).flags), "R");
    EXPECT_EQ(s.host.Counters().acceptResets, 1U);
    EXPECT_EQ(s.host.SynQueueLength(s.listener), 0U);
    EXPECT_EQ(s.host.Size(), 2U);
}

// Covers T52.SR: what one child does
TEST(AcceptQueue, ResetAsALadder)
{
    ConnectionConfig config = Plain();
    config.abortOnOverflow = true;
    Ladder(config)
        .ToSynReceived()
        .AcceptQueueFull(true)
        .Arrives(Seq(1).Ack(1))
        .Drops(DropReason::ACCEPT_QUEUE_FULL)
        .Resets(Seq(1).Rst())
        .Moves("T52.SR")
        .Forgets(CloseReason::ABORTED);
}

// Covers R-96: by default the final ACK is ignored and counts later
TEST(AcceptQueue, IgnoresTheFinalAckAndCountsThat)
{
    Server s(Limits(128, 1));
    s.Connect(From(1));
    EXPECT_EQ(Words(s.Connect(From(2))), Strings{"dropped: accept queue full"});
    EXPECT_EQ(s.host.Counters().acceptOverflows, 1U);
    EXPECT_EQ(s.StateOf(From(2)), State::SYN_RECEIVED);
}

// ---- counters

TEST(ListenCountersTest, NamesEachFieldOnce)
{
    EXPECT_EQ(LISTEN_COUNTERS.size(), std::tuple_size_v<decltype(ListenCounters().Fields())>);
    ListenCounters sum;
    for (const NamedCounter& counter : LISTEN_COUNTERS)
    {
        ListenCounters one;
        one.*counter.value = 1;
        sum += one;
        EXPECT_NE(one, ListenCounters{});
    }
    for (const NamedCounter& counter : LISTEN_COUNTERS)
    {
        EXPECT_EQ(sum.*counter.value, 1U) << counter.name;
    }
}

} // namespace
} // namespace lifecycle::test
