// Compact records are storage: whatever happens to a connection, happens alike if it was deflated.

#include "../../model/core/host.h"
#include "ladder.h"

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace lifecycle::test
{
namespace
{

static_assert(sizeof(HalfOpenRecord) <= 168, "a half-open connection is to be small");
static_assert(sizeof(TimeWaitRecord) <= 160, "a connection in TIME-WAIT is to be small");
static_assert(3 * sizeof(CompactRecord) <= sizeof(Connection), "a record is to be worth it");

const Endpoint HERE{Address::FromIpv4(0x0a000001), 80};

FourTuple
From(std::uint16_t port)
{
    return {HERE, {Address::FromIpv4(0x0a000002), port}};
}

Segment
Make(Flags flags, SeqNum seq, SeqNum ack = {}, std::uint32_t len = 0)
{
    Segment seg;
    seg.flags = flags;
    seg.seq = seq;
    seg.ack = ack;
    seg.len = len;
    seg.wnd = 65535;
    return seg;
}

/** Two hosts to which the same happens: one that keeps compact records, and one that does not. */
class Twins
{
  public:
    explicit Twins(HostConfig config = {},
                   const ListenConfig& listen = {},
                   const ConnectionConfig& children = {})
        : m_full(Without(config), {3, 4}),
          m_compact(config, {3, 4})
    {
        Both([&](Host& host, Actions& out) { host.OpenPassive(HERE, children, listen, out); });
    }

    /** Does the same to both, and demands the same actions and the same state. */
    Actions Both(const std::function<void(Host&, Actions&)>& input)
    {
        Actions full;
        Actions compact;
        input(m_full, full);
        input(m_compact, compact);
        EXPECT_EQ(Words(full), Words(compact));
        EXPECT_TRUE(full == compact);
        EXPECT_EQ(m_full.NextDeadline(), m_compact.NextDeadline());
        EXPECT_EQ(m_full.Size(), m_compact.Size());
        EXPECT_EQ(m_full.Counters(), m_compact.Counters());
        EXPECT_EQ(m_full.CompactSize(), 0U);
        for (const State state : ALL_STATES)
        {
            EXPECT_EQ(m_full.CountIn(state), m_compact.CountIn(state)) << ToString(state);
        }
        for (std::uint64_t id = 1; id <= LAST_ID; ++id)
        {
            const auto a = m_full.Find({id});
            const auto b = m_compact.Find({id});
            EXPECT_EQ(a == nullptr, b == nullptr) << id;
            EXPECT_TRUE(a == nullptr || b == nullptr || *a == *b) << id;
        }
        return full;
    }

    Actions Arrives(const FourTuple& path, const Segment& seg)
    {
        return Both([&](Host& host, Actions& out) { host.SegmentArrives(path, seg, m_now, out); });
    }

    /** From now on the peer has all options: it offers them, and its segments carry timestamps. */
    void PeerHasOptions()
    {
        m_peerHasOptions = true;
    }

    /** The peer's clock is an hour ahead. */
    Timestamps PeerTimestamps() const
    {
        const auto ours = static_cast<std::uint32_t>(m_now.time_since_epoch() / 1ms);
        return {ours + 3600000, ours};
    }

    /** From port 1, with the options that the peer has. */
    Actions FromPeer(Segment seg)
    {
        if (m_peerHasOptions)
        {
            seg.timestamps = PeerTimestamps();
            seg.sackPermitted = seg.Has(Flag::SYN);
            if (seg.Has(Flag::SYN))
            {
                seg.windowScale = 7;
            }
        }
        return Arrives(From(1), seg);
    }

    /** Until no timer runs. */
    void RunOut()
    {
        for (int i = 0; i < 100 && m_full.NextDeadline() && !testing::Test::HasFailure(); ++i)
        {
            Wait(*m_full.NextDeadline() - m_now);
        }
    }

    void Wait(Duration span)
    {
        m_now += span;
        Both([&](Host& host, Actions& out) { host.DeadlineReached(m_now, out); });
    }

    std::shared_ptr<const Connection> Subject(std::uint16_t port = 1) const
    {
        return m_full.Find(m_full.IdOf(From(port)));
    }

    std::size_t CompactSize() const
    {
        return m_compact.CompactSize();
    }

    Instant Now() const
    {
        return m_now;
    }

    // Ways into the states that have records

    void ToSynReceived()
    {
        Segment syn = Make(Flag::SYN, SeqNum(0xfffffffe));
        syn.mss = 1000;
        FromPeer(syn);
    }

    void ToEstablished()
    {
        ToSynReceived();
        FromPeer(Make(Flag::ACK, Subject()->Rcv().nxt, Subject()->Snd().nxt));
        Both([&](Host& host, Actions&) { host.Accept({1}); });
    }

    void Closes()
    {
        const ConnectionId id = Subject()->Id();
        Both([&](Host& host, Actions& out) { EXPECT_FALSE(host.Close(id, m_now, out)); });
    }

    void ToTimeWait()
    {
        ToEstablished();
        Closes();
        Fin();
        EXPECT_EQ(Subject()->GetState(), State::TIME_WAIT);
    }

    void ToTimeWaitActively()
    {
        Both([&](Host& host, Actions& out) { host.OpenActive(From(1), {}, m_now, out); });
        FromPeer(Make(Flag::SYN | Flag::ACK, SeqNum(0xfffffffe), Subject()->Snd().nxt));
        Closes();
        Fin();
        EXPECT_EQ(Subject()->GetState(), State::TIME_WAIT);
    }

    void Fin()
    {
        FromPeer(Make(Flag::FIN | Flag::ACK, Subject()->Rcv().nxt, Subject()->Snd().nxt));
    }

  private:
    static constexpr std::uint64_t LAST_ID = 40;

    static HostConfig Without(HostConfig config)
    {
        config.compactRecords = false;
        return config;
    }

    static std::vector<std::string> Words(const Actions& actions)
    {
        std::vector<std::string> words;
        for (const Action& action : actions)
        {
            words.push_back(ToString(action));
        }
        return words;
    }

    Host m_full;
    Host m_compact;
    Instant m_now{};
    bool m_peerHasOptions{false};
};

/** Segments of all kinds at all places, seen from @p connection. */
std::vector<Segment>
Classes(const Connection& connection)
{
    const Flags kinds[] = {
        Flags(),
        Flag::ACK,
        Flag::SYN,
        Flag::FIN,
        Flag::RST,
        Flag::SYN | Flag::ACK,
        Flag::FIN | Flag::ACK,
        Flag::RST | Flag::ACK,
        Flag::SYN | Flag::FIN,
        Flag::SYN | Flag::RST,
        Flag::SYN | Flag::FIN | Flag::ACK,
        Flags::FromBits(0x3f),
    };
    const SeqNum nxt = connection.Rcv().nxt;
    const SeqNum right = nxt + connection.Rcv().wnd;
    std::vector<Segment> all;
    for (const Flags kind : kinds)
    {
        for (const SeqNum seq :
             {nxt - 2, nxt - 1, nxt, nxt + 1, right - 1, right, nxt + 0x80000000})
        {
            for (const SeqNum ack : {connection.Snd().iss,
                                     connection.Snd().nxt,
                                     connection.Snd().nxt + 1,
                                     connection.Snd().nxt - 100000})
            {
                for (const std::uint32_t len : {0, 1, 500})
                {
                    all.push_back(Make(kind, seq, ack, len));
                    all.back().wnd = len == 1 ? 0 : 65535;
                }
            }
        }
    }
    return all;
}

/** From @p start, each class of segments alone; and a second time; and then until nothing runs. */
void
Compare(const std::function<void(Twins&)>& start, const Twins& empty)
{
    Twins origin = empty;
    start(origin);
    ASSERT_EQ(origin.CompactSize(), 1U);
    const auto classes = Classes(*origin.Subject());
    ASSERT_GE(classes.size(), 24U);
    for (const Segment& segment : classes)
    {
        SCOPED_TRACE(ToString(segment));
        Twins twins = origin;
        twins.Wait(100ms);
        twins.Arrives(From(1), segment);
        twins.Arrives(From(1), segment);
        twins.RunOut();
        if (testing::Test::HasFailure())
        {
            return;
        }
    }
}

// Covers R-92: SYN-RECEIVED against all classes of segments
TEST(CompactRecords, MakeNoDifferenceInSynReceived)
{
    Compare([](Twins& t) { t.ToSynReceived(); }, Twins());
    Compare(
        [](Twins& t) { // after timeouts
            t.ToSynReceived();
            t.Wait(1s);
            t.Wait(2s);
        },
        Twins());
    Compare(
        [](Twins& t) { // after the SYN came again
            t.ToSynReceived();
            t.Wait(10ms);
            t.ToSynReceived();
        },
        Twins());
    Compare(
        [](Twins& t) { // after a challenge
            t.ToSynReceived();
            t.Arrives(From(1), Make(Flag::RST, t.Subject()->Rcv().nxt + 5));
        },
        Twins());
    ConnectionConfig config;
    config.userTimeout = 0ns;
    config.abortOnOverflow = true;
    ListenConfig full;
    full.acceptQueueLimit = 0;
    Compare([](Twins& t) { t.ToSynReceived(); }, Twins({}, full, config));
}

// Covers by comparison: TIME-WAIT against all classes of segments
TEST(CompactRecords, MakeNoDifferenceInTimeWait)
{
    Compare([](Twins& t) { t.ToTimeWait(); }, Twins());
    Compare([](Twins& t) { t.ToTimeWaitActively(); }, Twins());
    Compare(
        [](Twins& t) { // the last ACK was lost
            t.ToTimeWait();
            t.Wait(1s);
            t.Arrives(
                From(1),
                Make(Flag::FIN | Flag::ACK, t.Subject()->Rcv().nxt - 1, t.Subject()->Snd().nxt));
        },
        Twins());
    Compare(
        [](Twins& t) { // after data, losses and measured round trips
            t.ToEstablished();
            const ConnectionId id = t.Subject()->Id();
            t.Both([&](Host& h, Actions& out) { EXPECT_FALSE(h.Send(id, 3000, t.Now(), out)); });
            t.Wait(1s);
            t.Arrives(From(1), Make(Flag::ACK, t.Subject()->Rcv().nxt, t.Subject()->Snd().nxt));
            t.Closes();
            t.Fin();
        },
        Twins());
    ConnectionConfig config;
    config.rfc1337 = false;
    config.challengeAckLimit = 1;
    Compare([](Twins& t) { t.ToTimeWait(); }, Twins({}, {}, config));
}

/** All options in force, with a window that needs scaling. */
ConnectionConfig
WideWindow()
{
    ConnectionConfig config;
    config.receiveBuffer = 1 << 20;
    config.msl = 2s;
    return config;
}

/** Empty twins whose peer has all options. */
Twins
WithOptions(const HostConfig& host = {})
{
    Twins twins(host, {}, WideWindow());
    twins.PeerHasOptions();
    return twins;
}

void
ExpectAllAgreed(const Connection& connection)
{
    EXPECT_TRUE(connection.Agreed().timestamps);
    EXPECT_TRUE(connection.Agreed().sack);
    EXPECT_EQ(connection.Agreed().sndShift, 7);
    EXPECT_EQ(connection.Agreed().rcvShift, 5);
}

/**
 * From @p start, where all options are agreed: segments in and about the window, each with a timestamp
 * that is new, the last one, an old one, older than half of the circle, and none.
 */
void
CompareWithOptions(const std::function<void(Twins&)>& start)
{
    Twins origin = WithOptions();
    start(origin);
    ASSERT_EQ(origin.CompactSize(), 1U);
    ExpectAllAgreed(*origin.Subject());
    const Timestamps last = origin.PeerTimestamps();
    const Flags kinds[] = {Flag::ACK,
                           Flag::SYN,
                           Flag::RST,
                           Flag::SYN | Flag::ACK,
                           Flag::FIN | Flag::ACK,
                           Flag::RST | Flag::ACK};
    const SeqNum nxt = origin.Subject()->Rcv().nxt;
    for (const Flags kind : kinds)
    {
        for (const SeqNum seq : {nxt - 1, nxt, nxt + 1, nxt + 100000, nxt + 0x80000000})
        {
            for (const std::optional<std::uint32_t> val : {std::optional(last.val + 100),
                                                           std::optional(last.val),
                                                           std::optional(last.val - 1),
                                                           std::optional(last.val + 0x80000000),
                                                           std::optional<std::uint32_t>()})
            {
                for (const std::uint32_t len : {0, 500})
                {
                    Segment segment = Make(kind, seq, origin.Subject()->Snd().nxt, len);
                    if (val)
                    {
                        segment.timestamps = Timestamps{*val, last.ecr};
                    }
                    if (kind == Flags(Flag::SYN))
                    {
                        segment.windowScale = 9;
                        segment.sackPermitted = true;
                    }
                    segment.sack.Add({nxt, nxt + 10}); // of nothing that we have sent
                    SCOPED_TRACE(ToString(segment));
                    Twins twins = origin;
                    twins.Wait(100ms);
                    twins.Arrives(From(1), segment);
                    twins.Arrives(From(1), segment);
                    twins.RunOut();
                    if (testing::Test::HasFailure())
                    {
                        return;
                    }
                }
            }
        }
    }
}

// Covers R-92, P20, P21 by comparison
TEST(CompactRecords, MakeNoDifferenceInSynReceivedWithOptions)
{
    CompareWithOptions([](Twins& t) { t.ToSynReceived(); });
    CompareWithOptions([](Twins& t) { // after a timeout and the SYN again
        t.ToSynReceived();
        t.Wait(1s);
        t.ToSynReceived();
    });
}

// Covers, P20, P21, P24 by comparison
TEST(CompactRecords, MakeNoDifferenceInTimeWaitWithOptions)
{
    CompareWithOptions([](Twins& t) { t.ToTimeWait(); });
    CompareWithOptions([](Twins& t) { // after data, in segments and measured round trips
        t.ToEstablished();
        const ConnectionId id = t.Subject()->Id();
        t.Both([&](Host& h, Actions& out) { EXPECT_FALSE(h.Send(id, 3000, t.Now(), out)); });
        t.Wait(50ms);
        t.FromPeer(Make(Flag::ACK, t.Subject()->Rcv().nxt, t.Subject()->Snd().nxt));
        t.Closes();
        t.Wait(50ms);
        t.Fin();
    });
}

/** The transitions and reasons to drop among @p actions. */
std::vector<std::string>
Moves(const Actions& actions)
{
    std::vector<std::string> moves;
    for (const Action& action : actions)
    {
        if (const auto* change = std::get_if<StateChanged>(&action))
        {
            moves.emplace_back(change->transition->id);
        }
        else if (const auto* dropped = std::get_if<Dropped>(&action))
        {
            moves.emplace_back(ToString(dropped->reason));
        }
    }
    return moves;
}

// Covers R-64, T31, T16, P24 on a record: its TS.Recent decides, whatever the sequence number
TEST(CompactRecords, AreReopenedByTheirTimestamp)
{
    using Strings = std::vector<std::string>;
    for (const bool younger : {true, false})
    {
        Twins twins = WithOptions();
        twins.ToTimeWait();
        ASSERT_EQ(twins.CompactSize(), 1U);
        const SeqNum nxt = twins.Subject()->Rcv().nxt;
        Segment syn = Make(Flag::SYN, nxt - 1000); // by its number an old one
        syn.timestamps = twins.PeerTimestamps();
        syn.timestamps->val += younger ? 1 : 0;
        const Actions out = twins.Arrives(From(1), syn);
        EXPECT_EQ(Moves(out), younger ? Strings{"T31"} : Strings{"unexpected SYN"});
        if (younger)
        {
            // an old duplicate after all: the record comes back, with its options
            EXPECT_EQ(Moves(twins.Arrives(From(1), Make(Flag::RST, nxt - 999))), Strings{"T16"});
        }
        EXPECT_EQ(twins.Subject()->GetState(), State::TIME_WAIT);
        EXPECT_EQ(twins.CompactSize(), 1U);
        ExpectAllAgreed(*twins.Subject());
        twins.RunOut();
    }
}

// Covers P20, P21 on records in both states
TEST(CompactRecords, RefuseOldTimestamps)
{
    using Strings = std::vector<std::string>;
    for (const bool timeWait : {false, true})
    {
        Twins twins = WithOptions();
        timeWait ? twins.ToTimeWait() : twins.ToSynReceived();
        const auto subject = twins.Subject();
        Segment old = Make(Flag::ACK, subject->Rcv().nxt, subject->Snd().nxt, 10);
        old.timestamps = twins.PeerTimestamps();
        old.timestamps->val -= 1;
        EXPECT_EQ(Moves(twins.Arrives(From(1), old)), Strings{"old timestamp"});
        EXPECT_EQ(twins.CompactSize(), 1U);
        old.timestamps.reset();
        EXPECT_EQ(Moves(twins.Arrives(From(1), old)), Strings{"no timestamp"});
        EXPECT_EQ(twins.CompactSize(), 1U);
        ExpectAllAgreed(*twins.Subject());
    }
}

// Covers what a record has no place for
TEST(CompactRecords, AreNotMadeWhereSomethingWouldBeLost)
{
    Twins withText;
    withText.Arrives(From(1), Make(Flag::SYN, SeqNum(7), {}, 30));
    EXPECT_EQ(withText.CompactSize(), 0U);

    HostConfig cache;
    cache.synCacheBuckets = 4;
    Twins withoutText(cache); // RFC 4987 3.5: nothing of the text is kept, so nothing can be lost
    withoutText.Arrives(From(1), Make(Flag::SYN, SeqNum(7), {}, 30));
    EXPECT_EQ(withoutText.CompactSize(), 1U);

    Twins unread;
    unread.ToEstablished();
    unread.Closes();
    const SeqNum nxt = unread.Subject()->Rcv().nxt;
    unread.Arrives(From(1), Make(Flag::FIN | Flag::ACK, nxt, unread.Subject()->Snd().nxt, 10));
    EXPECT_EQ(unread.Subject()->GetState(), State::TIME_WAIT);
    EXPECT_EQ(unread.CompactSize(), 0U);
    const ConnectionId id = unread.Subject()->Id();
    unread.Both(
        [&](Host& host, Actions& out) { EXPECT_FALSE(host.Receive(id, 10, unread.Now(), out)); });
    EXPECT_EQ(unread.CompactSize(), 1U);
}

// Covers user calls and settings on a connection that is kept as a record
TEST(CompactRecords, HearTheirUser)
{
    for (const bool timeWait : {false, true})
    {
        Twins origin;
        timeWait ? origin.ToTimeWait() : origin.ToSynReceived();
        const ConnectionId id = origin.Subject()->Id();
        const Instant now = origin.Now();
        ConnectionConfig config;
        config.msl = 1s;
        config.initialRto = 7s;
        const std::function<void(Host&, Actions&)> calls[] = {
            [&](Host& h, Actions& out) { static_cast<void>(h.Send(id, 10, now, out)); },
            [&](Host& h, Actions& out) { static_cast<void>(h.Close(id, now, out)); },
            [&](Host& h, Actions& out) { static_cast<void>(h.Abort(id, now, out)); },
            [&](Host& h, Actions& out) { static_cast<void>(h.Receive(id, 0, now, out)); },
            [&](Host& h, Actions& out) { h.Configure(id, config, now, out); },
            [&](Host& h, Actions&) { h.Accept(id); },
            [&](Host& h, Actions& out) { static_cast<void>(h.Close({1}, now, out)); },
            [&](Host& h, Actions& out) { h.OpenActive(From(1), {}, now, out); },
        };
        for (const auto& call : calls)
        {
            Twins twins = origin;
            twins.Both(call);
            twins.RunOut();
        }
    }
}

// Covers R-61: settings reach a record, which then ends as a connection does
TEST(CompactRecords, EndWhenTheirChangedMslSaysSo)
{
    for (const Duration msl : {200s, 30s})
    {
        Twins twins;
        twins.ToTimeWait();
        const Instant began = twins.Now();
        const ConnectionId id = twins.Subject()->Id();
        ConnectionConfig config;
        config.msl = msl;
        twins.Wait(10s);
        twins.Both([&](Host& h, Actions& out) { h.Configure(id, config, twins.Now(), out); });
        EXPECT_EQ(twins.CompactSize(), 1U);
        twins.RunOut();
        EXPECT_EQ(twins.Now() - began, 2 * msl);
    }
}

// Covers the value of a Host with records: equal if its history is, copied with them
TEST(CompactRecords, ArePartOfTheValue)
{
    const auto make = [](std::uint32_t isn) {
        Host host{HostConfig{}, {1, 2}};
        Actions out;
        host.OpenPassive(HERE, {}, 5, 5, out);
        host.SegmentArrives(From(1), Make(Flag::SYN, SeqNum(isn)), Instant{}, out);
        EXPECT_EQ(host.CompactSize(), 1U);
        return host;
    };
    EXPECT_EQ(make(5), make(5)); // though each has its own copy of the configuration
    EXPECT_EQ(HashValue(make(5)), HashValue(make(5)));
    EXPECT_NE(make(5), make(6));
    EXPECT_NE(HashValue(make(5)), HashValue(make(6)));
}

// Covers all of it at random: some steps of one history on both
TEST(CompactRecords, MakeNoDifferenceWhateverHappens)
{
    std::size_t compacted = 0;
    for (std::uint32_t seed = 1; seed <= 40 && !testing::Test::HasFailure(); ++seed)
    {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        const auto draw = [&random](std::uint32_t below) { return random() % below; };
        HostConfig config;
        config.synCacheBuckets = draw(2) * 2;
        config.synCacheBucketLimit = 1;
        config.timeWaitLimit = draw(3);
        ListenConfig listen;
        listen.synQueueLimit = 3;
        listen.acceptQueueLimit = 2;
        listen.synOverflow = static_cast<SynOverflow>(draw(4));
        listen.synCookies = static_cast<SynCookieUse>(draw(2));
        ConnectionConfig children;
        children.msl = 2s;
        Twins twins(config, listen, children);
        const bool options = draw(2) == 0;
        for (int step = 0; step < 300 && !testing::Test::HasFailure(); ++step)
        {
            const auto port = static_cast<std::uint16_t>(1 + draw(5));
            const auto subject = twins.Subject(port);
            const ConnectionId id = subject ? subject->Id() : ConnectionId{};
            switch (draw(8))
            {
            case 0:
                twins.Wait(std::chrono::milliseconds(draw(3000)));
                break;
            case 1:
                twins.Both([&](Host& h, Actions& out) {
                    static_cast<void>(h.Close(id, twins.Now(), out));
                });
                break;
            case 2:
                twins.Both([](Host& h, Actions&) { h.Accept({1}); });
                break;
            default: {
                const Flags flags[] = {Flag::ACK,
                                       Flag::SYN,
                                       Flag::FIN | Flag::ACK,
                                       Flag::FIN | Flag::ACK,
                                       Flag::RST};
                const Flags kind = subject ? flags[draw(draw(4) ? 4 : 5)] : Flags(Flag::SYN);
                const SeqNum seq = subject ? subject->Rcv().nxt - (draw(4) == 0) : SeqNum(random());
                const SeqNum ack = subject ? subject->Snd().nxt - (draw(6) == 0) : SeqNum();
                Segment segment = Make(kind, seq, ack);
                if (options)
                {
                    segment.timestamps = twins.PeerTimestamps();
                    segment.timestamps->val -= draw(5) == 0 ? 1000 : 0;
                    segment.sackPermitted = kind == Flags(Flag::SYN);
                    segment.windowScale = kind == Flags(Flag::SYN)
                                              ? std::make_optional<std::uint8_t>(3)
                                              : std::nullopt;
                }
                twins.Arrives(From(port), segment);
                break;
            }
            }
            compacted += twins.CompactSize();
        }
    }
    EXPECT_GT(compacted, 5000U);
}

} // namespace
} // namespace lifecycle::test
