// The clock of timestamps: its tick, and an offset of its own for each connection. RFC 7323 5.4.

#include "pair.h"
#include "server.h"

#include <map>
#include <optional>
#include <set>
#include <vector>

namespace lifecycle::test
{
namespace
{

ConnectionConfig
WithTick(Duration tick)
{
    ConnectionConfig config = Plain();
    config.timestamps = true;
    config.timestampTick = tick;
    return config;
}

ConnectionConfig
WithOffset()
{
    ConnectionConfig config = WithTick(1ms);
    config.timestampOffset = true;
    return config;
}

//
TEST(TimestampClock, TicksAsItIsTold)
{
    Ladder l(WithTick(100ms));
    l.At(1050ms).Opens().Moves("T02").Sends(Seq(0).Syn().Ts(10, 0));
    l.At(1199ms).Arrives(Seq(0).Ack(1).Syn().Mss(1460).Ts(5000, 10)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1).Ts(11, 5000));
    l.At(1200ms).UserSends(10).Sends(Seq(1).Ack(1).Len(10).Ts(12, 5000));
}

// Covers R-100: monotonic, so a living connection keeps the clock that it began with
TEST(TimestampClock, OfALivingConnectionCannotBeChanged)
{
    Ladder l(WithTick(1ms));
    l.At(100ms).Opens().Moves("T02").Sends(Seq(0).Syn().Ts(100, 0));
    l.Arrives(Seq(0).Ack(1).Syn().Mss(1460).Ts(5000, 100)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1).Ts(100, 5000));
    l.Configures(WithTick(1s));
    l.At(200ms).UserSends(10).Sends(Seq(1).Ack(1).Len(10).Ts(200, 5000));
}

// Covers R-100: a round trip that only timestamps can tell is counted in ticks
TEST(TimestampClock, MeasuresRoundTripsInTicks)
{
    Ladder l(WithTick(100ms));
    l.At(0s).Opens().Moves("T02").Sends(Seq(0).Syn().Ts(0, 0));
    l.At(1s).Expires().Resends(Seq(0).Syn().Ts(10, 0));
    l.At(1350ms).Arrives(Seq(0).Ack(1).Syn().Mss(1460).Ts(5000, 10)).Moves("T08");
    l.Tells(UserSignal::CONNECTION_ESTABLISHED).Acks(Seq(1).Ack(1).Ts(13, 5000));
    EXPECT_EQ(l.Subject().Rtt().Srtt(), Duration(300ms));
}

/** TSval of each segment that @p side has sent, less the clock, by 4-tuple. */
std::map<std::uint16_t, std::set<std::uint32_t>>
Offsets(const Pair& pair, Side side)
{
    std::map<std::uint16_t, std::set<std::uint32_t>> offsets;
    for (const Pair::Sent& sent : pair.Log())
    {
        if (sent.from == side && sent.segment.timestamps)
        {
            const auto clock = static_cast<std::uint32_t>(sent.at / 1ms);
            const std::uint16_t port = std::max(sent.path.local.port, sent.path.remote.port);
            offsets[port].insert(sent.segment.timestamps->val - clock);
        }
    }
    return offsets;
}

//
TEST(TimestampClock, OfEachConnectionMayHaveAnOffset)
{
    Pair pair(WithOffset());
    pair.Listen(Side::B);
    for (const std::uint16_t port : {1024, 1025, 1026})
    {
        pair.Connect(Side::A, port);
        pair.Step(100ms);
        pair.Send(Side::A, 100);
        pair.Step(100ms);
        pair.Close(Side::A);
        pair.Step(100ms);
        pair.Close(Side::B);
        pair.Step(1s);
        EXPECT_EQ(pair.Delivered(Side::B), 100U);
    }
    for (const Side side : {Side::A, Side::B})
    {
        std::set<std::uint32_t> all;
        for (const auto& [port, offsets] : Offsets(pair, side))
        {
            ASSERT_EQ(offsets.size(), 1U) << port; // from the SYN to the last ACK
            EXPECT_GT(*offsets.begin(), 100000U);
            all.insert(*offsets.begin());
        }
        EXPECT_EQ(all.size(), 3U);
    }
}

/** How many of @p times reopenings TIME-WAIT at B lets in, of a client whose numbers are random. */
int
Reopenings(bool withOffset, int times)
{
    HostConfig random;
    random.isnPolicy = IsnPolicy::RANDOM;
    Host client(random, {5, 6});
    ConnectionConfig config = WithTick(1ms);
    config.timestampOffset = withOffset;
    int letIn = 0;
    for (int i = 0; i < times; ++i)
    {
        Server server({}, {}, WithTick(1ms));
        Instant now(std::chrono::minutes(10 * (i + 1)));
        const auto syn = [&] {
            Actions out;
            const auto opened = client.OpenActive({{THERE, 1024}, {HERE, 80}}, config, now, out);
            const Segment sent = Server::Sent(out);
            EXPECT_FALSE(client.Abort(std::get<ConnectionId>(opened), now, out));
            return sent;
        };
        server.now = now;
        const Segment first = syn();
        const Segment synAck = Server::Sent(server.Arrives(From(1024), first));
        const auto arrives = [&](Flags flags, std::uint32_t seq, std::uint32_t ack) {
            Segment seg = Make(flags, first.seq.Value() + seq, synAck.seq.Value() + ack);
            seg.timestamps = Timestamps{first.timestamps->val, synAck.timestamps->val};
            server.Arrives(From(1024), seg);
        };
        arrives(Flag::ACK, 1, 1);
        Actions out;
        EXPECT_FALSE(server.host.Close(*server.host.Accept(server.listener), now, out));
        arrives(Flag::ACK | Flag::FIN, 1, 2);
        EXPECT_EQ(server.StateOf(From(1024)), State::TIME_WAIT);
        now += 1s;
        server.now = now;
        server.Arrives(From(1024), syn());
        letIn += server.moves.back() == "T31" ? 1 : 0;
    }
    return letIn;
}

// Covers: by an offset each connection, an old record meets a young SYN half of the time
TEST(TimestampClock, OffsetDefeatsTheRuleOfReopening)
{
    constexpr int TIMES = 400;
    EXPECT_EQ(Reopenings(false, TIMES), TIMES);
    const int letIn = Reopenings(true, TIMES);
    EXPECT_NEAR(letIn, 0.5 * TIMES, 3.3 * 10); // 3.3 standard deviations: 99.9 %
}

// Covers: nothing is kept of a SYN that a cookie answers, and yet the clock goes on
TEST(TimestampClock, OffsetIsInACookieToo)
{
    Server s(Cookies(SynCookieUse::ALWAYS), {}, WithOffset());
    s.now = Instant(1s);
    Segment syn = Make(Flag::SYN, 100);
    syn.timestamps = Timestamps{7, 0};
    const Segment synAck = Server::Sent(s.Arrives(From(1), syn));
    Segment ack = Make(Flag::ACK, 101, (synAck.seq + 1).Value(), 10);
    ack.timestamps = Timestamps{8, synAck.timestamps->val};
    s.now = Instant(1100ms);
    const Segment answer = Server::Sent(s.Arrives(From(1), ack));
    ASSERT_EQ(s.StateOf(From(1)), State::ESTABLISHED);
    const std::uint32_t passed = answer.timestamps->val - synAck.timestamps->val;
    EXPECT_GE(passed, 100U);
    EXPECT_LE(passed, 100U + 64U); // the low six bits held options
    EXPECT_GT(synAck.timestamps->val, 100000U);
}

// Covers R-92 on records: they keep the offset
TEST(TimestampClock, OffsetOutlivesCompactRecords)
{
    Server s({}, {}, WithOffset());
    Segment syn = Make(Flag::SYN, 100);
    syn.timestamps = Timestamps{7, 0};
    const Segment first = Server::Sent(s.Arrives(From(1), syn));
    EXPECT_EQ(s.host.CompactSize(), 1U);
    s.now += 10ms;
    const Segment second = Server::Sent(s.Arrives(From(1), syn));
    EXPECT_EQ(second.timestamps->val - first.timestamps->val, 10U);
}

} // namespace
} // namespace lifecycle::test
