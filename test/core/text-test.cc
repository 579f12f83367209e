// Segment text: reassembly, trimming, acknowledgments: RFC 9293 3.10.7.4 seventh check.

#include "ladder.h"
#include "pair.h"
#include "server.h"

#include <algorithm>
#include <random>
#include <vector>

namespace lifecycle::test
{
namespace
{

// Covers R-108, P25, P70, MAY-13
TEST(Text, OutOfOrderIsHeldAndAcknowledgedAtOnce)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(21).Ack(1).Len(10)).Holds(21, 10).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(21).Ack(1).Len(10)).Acks(Seq(1).Ack(1)); // it is there already
    l.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.Arrives(Seq(11).Ack(1).Len(10)).Holds(11, 10).Delivers(11, 20);
    l.Tells(UserSignal::DATA_ARRIVED).Acks(Seq(1).Ack(31));
}

// Covers R-101, P25
TEST(Text, OverlapsAreCut)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Acks(Seq(1).Ack(11));
    l.Arrives(Seq(5).Ack(1).Len(10)).Holds(11, 4, 6).Delivers(11, 4);
    l.Tells(UserSignal::DATA_ARRIVED).Acks(Seq(1).Ack(15));
    l.Arrives(Seq(20).Ack(1).Len(5)).Holds(20, 5).Acks(Seq(1).Ack(15));
    l.Arrives(Seq(10).Ack(1).Len(20)).Holds(15, 5, 5).Holds(25, 5, 15).Delivers(15, 15);
    l.Tells(UserSignal::DATA_ARRIVED).Acks(Seq(1).Ack(30));
}

// Covers R-101, P25
TEST(Text, BeyondTheWindowIsCut)
{
    ConnectionConfig config;
    config.receiveBuffer = 100;
    Ladder l(config);
    l.ToEstablished();
    l.Arrives(Seq(91).Ack(1).Len(50).Fin()).Holds(91, 10).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(1).Ack(1).Len(90)).Holds(1, 90).Delivers(1, 100);
    l.Tells(UserSignal::DATA_ARRIVED).Acks(Seq(1).Ack(101).Win(0)).In(State::ESTABLISHED);
}

// Covers R-56: nothing can stand behind a FIN
TEST(Text, BehindAHeldFinIsNotDelivered)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(11).Ack(1).Fin()).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(1).Ack(1).Len(20)).Holds(1, 20).Delivers(1, 10);
    l.Tells(UserSignal::DATA_ARRIVED).Moves("T22").Tells(UserSignal::CONNECTION_CLOSING);
    l.Acks(Seq(1).Ack(12)).In(State::CLOSE_WAIT);
}

// Covers R-56: the first FIN that lies in the window stands
TEST(Text, SecondFinElsewhereIsIgnored)
{
    Ladder l;
    l.ToEstablished();
    l.Arrives(Seq(11).Ack(1).Fin()).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(21).Ack(1).Fin()).Acks(Seq(1).Ack(1));
    l.Arrives(Seq(1).Ack(1).Len(10)).Takes(1, 10).Moves("T22");
    l.Tells(UserSignal::CONNECTION_CLOSING).Acks(Seq(1).Ack(12)).In(State::CLOSE_WAIT);
}

// Covers R-87: one acknowledgment for all that one segment brings, on the data if there is any
TEST(Text, AcknowledgmentRidesOnData)
{
    Ladder l(WithMss(100)); // so that the window takes whole segments
    l.ToEstablished();
    l.Arrives(Seq(1).Ack(1).Win(100));
    l.UserSends(150).Sends(Seq(1).Ack(1).Len(100));
    l.Arrives(Seq(1).Ack(101).Len(10).Win(100)).Releases(1, 100).Takes(1, 10);
    l.Sends(Seq(101).Ack(11).Len(50));
}

// Covers R-87, MUST-58, MUST-59: who has segments waiting hands them all in before it performs what
// they ask for, and of their acknowledgments the last makes the others needless
TEST(Text, QueuedSegmentsAreAcknowledgedOnce)
{
    for (const bool inOrder : {true, false})
    {
        Server s({}, {}, Plain());
        s.Connect(From(1));
        const SeqNum ack = s.host.Find(s.host.IdOf(From(1)))->Snd().nxt;
        Actions queued;
        for (std::uint32_t i = 0; i < 5; ++i)
        {
            const std::uint32_t at = 101 + 100 * (inOrder ? i : 4 - i);
            s.host.SegmentArrives(From(1), Make(Flag::ACK, at, ack.Value(), 100), s.now, queued);
        }
        std::vector<Segment> sent;
        std::size_t asked = 0;
        for (auto action = queued.begin(); action != queued.end(); ++action)
        {
            const auto* send = std::get_if<SendSegment>(&*action);
            asked += send != nullptr ? 1 : 0;
            const bool needless =
                send != nullptr && std::any_of(action + 1, queued.end(), [&](const Action& later) {
                    return MakesNeedless(later, *send);
                });
            if (send != nullptr && !needless)
            {
                sent.push_back(send->segment);
            }
        }
        EXPECT_EQ(asked, 5U);
        ASSERT_EQ(sent.size(), 1U);
        EXPECT_EQ(sent.front().ack, SeqNum(601));
    }
}

// Covers: random segments against a byte stream
TEST(Text, RandomSegmentsAreReassembledIntoTheStream)
{
    constexpr std::uint32_t SIZE = 3000;
    const FourTuple path{{Address::FromIpv4(1), 1}, {Address::FromIpv4(2), 2}};
    for (std::uint32_t seed = 0; seed < 40; ++seed)
    {
        std::mt19937 random(seed);
        const auto draw = [&](std::uint32_t bound) {
            return static_cast<std::uint32_t>(random() % bound);
        };
        ConnectionConfig config;
        config.receiveBuffer = 700;
        Connection c(ConnectionId{1}, path, config);
        Actions out;
        c.OpenActive(Ladder::ISS, Instant{}, out);
        Segment seg;
        seg.seq = SeqNum(0xffffff00 + seed);
        seg.ack = Ladder::ISS + 1;
        seg.flags = Flag::SYN | Flag::ACK;
        c.SegmentArrives(seg, {}, Instant{}, out);
        const SeqNum base = seg.seq + 1;
        const auto octetAt = [](std::uint32_t at) { return static_cast<std::uint8_t>(Mix(at)); };
        std::vector<std::uint8_t> held(SIZE);
        std::vector<std::uint8_t> stream;
        bool closed = false;
        for (int i = 0; i < 20000 && !closed; ++i)
        {
            const std::uint32_t next = c.Rcv().nxt - base;
            const std::uint32_t low = next > 200 ? next - 200 : 0;
            const std::uint32_t begin = std::min(SIZE, low + draw(1000));
            seg.seq = base + begin;
            seg.len = std::min(SIZE - begin, draw(120));
            seg.flags = Flag::ACK;
            if (begin + seg.len == SIZE)
            {
                seg.flags = seg.flags | Flag::FIN;
            }
            Actions actions;
            c.SegmentArrives(seg, {}, Instant{}, actions);
            for (const Action& action : actions)
            {
                if (const auto* hold = std::get_if<HoldRange>(&action))
                {
                    ASSERT_LE(hold->offset + hold->len, seg.len);
                    for (std::uint32_t k = 0; k < hold->len; ++k)
                    {
                        held.at((hold->seq - base) + k) = octetAt(begin + hold->offset + k);
                    }
                }
                else if (const auto* deliver = std::get_if<DeliverRange>(&action))
                {
                    const std::uint32_t at = deliver->seq - base;
                    ASSERT_EQ(at, stream.size());
                    stream.insert(stream.end(),
                                  held.begin() + at,
                                  held.begin() + at + deliver->len);
                }
                closed = closed || std::holds_alternative<StateChanged>(action);
            }
            Actions ignored;
            EXPECT_FALSE(c.Receive(draw(c.Rcv().unread + 1), {}, ignored));
        }
        ASSERT_EQ(c.GetState(), State::CLOSE_WAIT) << seed;
        ASSERT_EQ(stream.size(), SIZE);
        for (std::uint32_t at = 0; at < SIZE; ++at)
        {
            ASSERT_EQ(stream[at], octetAt(at));
        }
    }
}

// Covers: over a wire that loses, repeats and reorders
TEST(Text, ArrivesWholeOverABadWireAndBeforeTheFin)
{
    for (std::uint32_t seed = 0; seed < 25; ++seed)
    {
        SCOPED_TRACE(seed);
        ConnectionConfig config = NoUserTimeout();
        config.dataRetries = 50;
        config.synRetries = 50;
        config.synAckRetries = 50;
        config.receiveBuffer = 5000;
        Pair pair(config);
        std::mt19937 random(seed);
        pair.Impair([&random](Side, const Segment&) {
            Pair::Fate fate;
            while (random() % 100 < 85)
            {
                fate.push_back(10ms + std::chrono::milliseconds(random() % 30));
                if (random() % 100 < 90)
                {
                    break;
                }
            }
            return fate;
        });
        pair.Listen(Side::B);
        pair.Connect(Side::A);
        pair.Step(5min);
        pair.Send(Side::A, 100000);
        pair.Close(Side::A);
        pair.Run(1h);
        EXPECT_EQ(pair.StateOf(Side::A), State::FIN_WAIT_2);
        EXPECT_EQ(pair.Delivered(Side::B), 100000U);
        pair.Send(Side::B, 50000);
        pair.Close(Side::B);
        pair.Run();
        EXPECT_EQ(pair.Delivered(Side::A), 50000U);
        EXPECT_TRUE(pair.NothingLeft());
        EXPECT_EQ(pair.Reason(Side::A), CloseReason::NORMAL);
    }
}

} // namespace
} // namespace lifecycle::test
