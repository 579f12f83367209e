// A listener that runs full, and one that is flooded. RFC 4987.

#include "../../model/core/host.h"
#include "../../model/core/syn-cookie.h"
#include "ladder.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace lifecycle::test
{
namespace
{

using Strings = std::vector<std::string>;

const Address HERE = Address::FromIpv4(0x0a000001);
const Address THERE = Address::FromIpv4(0x0a000002);

FourTuple
From(std::uint16_t port, Address remote = THERE)
{
    return {{HERE, 80}, {remote, port}};
}

Segment
Make(Flags flags, std::uint32_t seq, std::uint32_t ack = 0, std::uint32_t len = 0)
{
    Segment seg;
    seg.flags = flags;
    seg.seq = SeqNum(seq);
    seg.ack = SeqNum(ack);
    seg.len = len;
    seg.wnd = 65535;
    return seg;
}

/** One host with a listener on port 80, and whoever sends to it. */
class Server
{
  public:
    explicit Server(const ListenConfig& listen,
                    const HostConfig& config = {},
                    const ConnectionConfig& children = {})
        : host(config, {7, 9})
    {
        Actions out;
        listener = std::get<ConnectionId>(host.OpenPassive({HERE, 80}, children, listen, out));
    }

    Actions Arrives(const FourTuple& path, const Segment& seg)
    {
        Actions out;
        host.SegmentArrives(path, seg, now, out);
        for (const Action& action : out)
        {
            if (const auto* change = std::get_if<StateChanged>(&action))
            {
                moves.emplace_back(change->transition->id);
            }
        }
        return out;
    }

    Actions Syn(const FourTuple& path, std::uint32_t isn = 100)
    {
        return Arrives(path, Make(Flag::SYN, isn));
    }

    /** A SYN and the ACK of what answers it; what that ACK does. */
    Actions Connect(const FourTuple& path, std::uint32_t isn = 100)
    {
        return Arrives(path, FinalAck(Syn(path, isn), isn));
    }

    static Segment FinalAck(const Actions& synAck, std::uint32_t isn = 100)
    {
        return Make(Flag::ACK, isn + 1, (Sent(synAck).seq + 1).Value());
    }

    static const Segment& Sent(const Actions& actions)
    {
        const auto found = std::find_if(actions.begin(), actions.end(), [](const Action& action) {
            return std::holds_alternative<SendSegment>(action);
        });
        static const Segment NOTHING;
        EXPECT_NE(found, actions.end()) << "nothing is sent";
        return found == actions.end() ? NOTHING : std::get<SendSegment>(*found).segment;
    }

    void Wait(Duration span)
    {
        const Instant end = now + span;
        while (host.NextDeadline() && *host.NextDeadline() <= end)
        {
            now = *host.NextDeadline();
            Actions out;
            host.DeadlineReached(now, out);
        }
        now = end;
    }

    State StateOf(const FourTuple& path) const
    {
        const auto connection = host.Find(host.IdOf(path));
        return connection == nullptr ? State::CLOSED : connection->GetState();
    }

    Host host;
    ConnectionId listener;
    Instant now{};
    Strings moves;
};

Strings
Words(const Actions& actions)
{
    Strings words;
    for (const Action& action : actions)
    {
        words.push_back(ToString(action));
    }
    return words;
}

ListenConfig
Limits(std::uint32_t synQueue, std::uint32_t acceptQueue = 128)
{
    ListenConfig listen;
    listen.synQueueLimit = synQueue;
    listen.acceptQueueLimit = acceptQueue;
    return listen;
}

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

// ---- SYN cookies

ListenConfig
Cookies(SynCookieUse use, std::uint32_t synQueue = 128, std::uint32_t acceptQueue = 128)
{
    ListenConfig listen = Limits(synQueue, acceptQueue);
    listen.synCookies = use;
    return listen;
}

// Covers R-93: an ACK that nobody asked for stays one, whatever it carries
TEST(SynCookie, ForgedOnesAreReset)
{
    Server s(Cookies(SynCookieUse::ALWAYS));
    const Segment synAck = Server::Sent(s.Syn(From(1)));
    const std::uint32_t cookie = synAck.seq.Value();
    const Segment good = Make(Flag::ACK, 101, cookie + 1);
    for (std::uint32_t bit = 0; bit < 32; ++bit)
    {
        if (bit >= 24 && bit < 27)
        {
            continue; // the three bits of the MSS are not covered, RFC 4987 A
        }
        Segment forged = good;
        forged.ack = SeqNum((cookie ^ 1U << bit) + 1);
        EXPECT_EQ(Words(s.Arrives(From(1), forged)).back(), "dropped: unexpected") << bit;
    }
    EXPECT_EQ(s.host.Counters().cookiesForged, 29U);
    EXPECT_EQ(Words(s.Arrives(From(2), good)).back(), "dropped: unexpected"); // another 4-tuple
    EXPECT_EQ(Words(s.Arrives(From(1), Make(Flag::ACK, 102, cookie + 1))).back(),
              "dropped: unexpected"); // another sequence number
    EXPECT_EQ(Words(s.Arrives(From(1), Make(Flag::RST | Flag::ACK, 101, cookie + 1))),
              Strings{"dropped: unexpected"});
    EXPECT_EQ(Words(s.Arrives(From(1), Make(Flag::SYN | Flag::ACK, 101, cookie + 1))).back(),
              "dropped: unexpected");
    EXPECT_EQ(s.host.Size(), 1U);
    s.Arrives(From(1), good);
    EXPECT_EQ(s.StateOf(From(1)), State::ESTABLISHED);
}

// Covers R-93: a cookie lives from 192 to 256 s, by where in its slot it was made
TEST(SynCookie, ExpiresWithItsSlot)
{
    for (const auto& [made, goodUntil] : {std::pair(Duration(0s), Duration(256s)),
                                          std::pair(Duration(64s - 1ns), Duration(256s)),
                                          std::pair(Duration(64s), Duration(320s)),
                                          std::pair(Duration(10000s), Duration(10240s))})
    {
        Server s(Cookies(SynCookieUse::ALWAYS));
        s.now = Instant(made);
        const Segment ack = Server::FinalAck(s.Syn(From(1)));
        s.now = Instant(goodUntil);
        EXPECT_EQ(Words(s.Arrives(From(1), ack)).back(), "dropped: unexpected");
        EXPECT_EQ(s.host.Counters().cookiesExpired, 1U) << made.count();
        s.now = Instant(made + 32 * 64s); // the five bits are the same again
        EXPECT_EQ(Words(s.Arrives(From(1), ack)).back(), "dropped: unexpected");
        EXPECT_EQ(s.host.Counters().cookiesForged, 1U);
        s.now = Instant(goodUntil - 1ns);
        s.Arrives(From(1), ack);
        EXPECT_EQ(s.StateOf(From(1)), State::ESTABLISHED);
        EXPECT_EQ(s.host.Counters().cookiesAccepted, 1U);
    }
}

// Covers R-93: nothing is kept, so nothing is repeated, and no timer runs
TEST(SynCookie, KeepsNothing)
{
    Server s(Cookies(SynCookieUse::ALWAYS));
    Segment syn = Make(Flag::SYN, 100, 0, 50);
    syn.mss = 1000;
    const Actions out = s.Arrives(From(1), syn);
    ASSERT_EQ(out.size(), 1U);
    const Segment& answer = Server::Sent(out);
    EXPECT_EQ(FlagNames(answer.flags), "S.");
    EXPECT_EQ(answer.ack, SeqNum(101)); // the text must come again
    EXPECT_EQ(answer.mss, 1460);
    EXPECT_EQ(answer.wnd, 65535U);
    EXPECT_EQ(std::get<SendSegment>(out[0]).id, s.listener);
    EXPECT_EQ(s.host.Size(), 1U);
    EXPECT_EQ(s.host.SynQueueLength(s.listener), 0U);
    EXPECT_FALSE(s.host.NextDeadline());
    EXPECT_EQ(s.host.Counters().cookiesSent, 1U);
}

// Covers T07: the child is what one of a handshake with state would be, but for its measured round trip
TEST(SynCookie, RebuildsTheConnection)
{
    Server with(Cookies(SynCookieUse::ALWAYS));
    Server without(Cookies(SynCookieUse::OFF));
    const auto connect = [](Server& s) {
        Segment syn = Make(Flag::SYN, 0xffffffff);
        syn.mss = 1360;
        const Segment synAck = Server::Sent(s.Arrives(From(1), syn));
        s.moves.clear();
        s.now += 10ms;
        return s.Arrives(From(1), Make(Flag::ACK, 0, (synAck.seq + 1).Value()));
    };
    const Actions out = connect(with);
    connect(without);
    EXPECT_EQ(with.moves, Strings{"T07"});
    EXPECT_EQ(without.moves, Strings{"T12"});
    const auto child = with.host.Accept(with.listener);
    ASSERT_TRUE(child);
    EXPECT_EQ(std::get<AcceptReady>(out.back()).child, *child);
    const auto a = with.host.Find(*child);
    const auto b = without.host.Find(*without.host.Accept(without.listener));
    EXPECT_EQ(a->GetState(), State::ESTABLISHED);
    EXPECT_EQ(a->Rcv(), b->Rcv());
    EXPECT_EQ(a->Snd().mss, b->Snd().mss);
    EXPECT_EQ(a->Snd().wnd, b->Snd().wnd);
    EXPECT_EQ(a->Snd().una, a->Snd().iss + 1);
    EXPECT_EQ(a->Snd().nxt, a->Snd().una);
    EXPECT_EQ(a->SendRoom(), b->SendRoom());
    Actions sent;
    EXPECT_FALSE(with.host.Send(*child, 100, with.now, sent));
    EXPECT_EQ(Server::Sent(sent).len, 100U);
}

// Covers T07, R-95: data and even the FIN may come first when the ACK is lost
TEST(SynCookie, ComesBackWithDataAndFin)
{
    Server s(Cookies(SynCookieUse::ALWAYS));
    const Segment ack = Server::FinalAck(s.Syn(From(1)));
    s.moves.clear();
    const Actions out = s.Arrives(From(1), Make(Flag::ACK | Flag::FIN, 101, ack.ack.Value(), 20));
    EXPECT_EQ(s.moves, (Strings{"T07", "T22"}));
    EXPECT_EQ(Server::Sent(out).ack, SeqNum(122));
}

// Covers R-95: the segment behind the lost one says nothing about the SYN
TEST(SynCookie, IsNotFoundInLaterData)
{
    Server s(Cookies(SynCookieUse::ALWAYS));
    const Segment ack = Server::FinalAck(s.Syn(From(1)));
    EXPECT_EQ(Words(s.Arrives(From(1), Make(Flag::ACK, 111, ack.ack.Value(), 20))).back(),
              "dropped: unexpected");
}

// Covers R-93: the MSS is rounded down, never below what we use at least
TEST(SynCookie, QuantizesTheMss)
{
    const std::map<int, int> expected{{-1, 536}, // not said
                                      {1, 48},
                                      {48, 48},
                                      {535, 48},
                                      {536, 536},
                                      {1023, 536},
                                      {1024, 1024},
                                      {1300, 1220},
                                      {1439, 1360},
                                      {1440, 1440},
                                      {1459, 1452},
                                      {1460, 1460},
                                      {8960, 1460}};
    std::uint16_t port = 0;
    Server s(Cookies(SynCookieUse::ALWAYS));
    for (const auto& [said, remembered] : expected)
    {
        Segment syn = Make(Flag::SYN, 100);
        if (said > 0)
        {
            syn.mss = static_cast<std::uint16_t>(said);
        }
        const FourTuple path = From(++port);
        s.Arrives(path, Server::FinalAck(s.Arrives(path, syn)));
        ASSERT_EQ(s.StateOf(path), State::ESTABLISHED);
        EXPECT_EQ(s.host.Find(s.host.IdOf(path))->Snd().mss, remembered) << said;
    }
}

// Covers R-96 with T07: there is nothing to keep waiting, but the ACK may come again
TEST(SynCookie, FindsAFullAcceptQueue)
{
    for (const bool aborts : {false, true})
    {
        ConnectionConfig children = Plain();
        children.abortOnOverflow = aborts;
        Server s(Cookies(SynCookieUse::ALWAYS, 128, 1), {}, children);
        s.Connect(From(1));
        const Segment ack = Server::FinalAck(s.Syn(From(2)));
        const Actions out = s.Arrives(From(2), ack);
        EXPECT_EQ(Words(out)[0], "dropped: accept queue full");
        EXPECT_EQ(out.size(), aborts ? 2U : 1U);
        EXPECT_EQ(s.host.Counters().acceptOverflows, aborts ? 0U : 1U);
        EXPECT_EQ(s.host.Counters().acceptResets, aborts ? 1U : 0U);
        EXPECT_EQ(s.host.Size(), 2U);
        EXPECT_TRUE(s.host.Accept(s.listener));
        s.Arrives(From(2), ack);
        EXPECT_EQ(s.StateOf(From(2)), State::ESTABLISHED);
    }
}

// Covers R-94: only what has no room is answered with a cookie
TEST(SynCookie, OnOverflowAlone)
{
    Server s(Cookies(SynCookieUse::ON_OVERFLOW, 1));
    const std::uint32_t stray = Server::Sent(s.Syn(From(1))).seq.Value();
    s.moves.clear();
    s.Arrives(From(2), Make(Flag::ACK, 101, stray));
    EXPECT_EQ(s.host.Counters().cookiesForged, 0U); // none is out, so none is looked for
    const Segment ack = Server::FinalAck(s.Syn(From(2)));
    EXPECT_EQ(s.host.Counters().cookiesSent, 1U);
    EXPECT_EQ(s.host.SynQueueLength(s.listener), 1U);
    s.Arrives(From(2), ack);
    EXPECT_EQ(s.moves, Strings{"T07"});
    EXPECT_EQ(s.host.AcceptQueueLength(s.listener), 1U);
}

// Covers R-93: cookies of another secret, as after a crash, are worth nothing
TEST(SynCookie, DependsOnTheSecret)
{
    const FourTuple path = From(1);
    const SeqNum cookie = MakeSynCookie({1, 2}, path, SeqNum(100), 1460, Instant(1s));
    using Verdict = SynCookieCheck::Verdict;
    EXPECT_EQ(CheckSynCookie({1, 2}, path, SeqNum(100), cookie, Instant(1s)).verdict,
              Verdict::GOOD);
    EXPECT_EQ(CheckSynCookie({1, 3}, path, SeqNum(100), cookie, Instant(1s)).verdict,
              Verdict::FORGED);
    EXPECT_EQ(CheckSynCookie({1, 2}, path, SeqNum(100), cookie, Instant(1s)).mss, 1460);
}

// ---- the SYN cache

HostConfig
Cache(std::uint32_t buckets, std::uint32_t limit)
{
    HostConfig config;
    config.synCacheBuckets = buckets;
    config.synCacheBucketLimit = limit;
    return config;
}

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

// ---- TIME-WAIT

/** Port @p port connects, the server closes, and the peer does so too. */
void
ToTimeWait(Server& s, std::uint16_t port)
{
    const Segment ack = Server::FinalAck(s.Syn(From(port)));
    s.Arrives(From(port), ack);
    const ConnectionId child = *s.host.Accept(s.listener);
    Actions out;
    EXPECT_FALSE(s.host.Close(child, s.now, out));
    s.Arrives(From(port), Make(Flag::FIN | Flag::ACK, 101, ack.ack.Value() + 1));
}

// Covers T38: which of them goes is a matter of the policy
TEST(TimeWaitLimit, DropsTheOldestOrTheNewest)
{
    for (const bool oldest : {true, false})
    {
        HostConfig config;
        config.timeWaitLimit = 2;
        config.timeWaitOverflow =
            oldest ? TimeWaitOverflow::DROP_OLDEST : TimeWaitOverflow::DROP_NEW;
        Server s(Limits(10), config);
        ToTimeWait(s, 1);
        ToTimeWait(s, 2);
        EXPECT_EQ(s.host.Counters().timeWaitOverflows, 0U);
        s.moves.clear();
        ToTimeWait(s, 3);
        EXPECT_EQ(s.moves, (Strings{"T03", "T12", "T26", "T38"}));
        EXPECT_EQ(s.host.Counters().timeWaitOverflows, 1U);
        EXPECT_EQ(s.StateOf(From(1)), oldest ? State::CLOSED : State::TIME_WAIT);
        EXPECT_EQ(s.StateOf(From(2)), State::TIME_WAIT);
        EXPECT_EQ(s.StateOf(From(3)), oldest ? State::TIME_WAIT : State::CLOSED);
        s.Wait(240s);
        EXPECT_EQ(s.host.Size(), 1U);
        ToTimeWait(s, 4); // those that have ended count no more
        ToTimeWait(s, 5);
        EXPECT_EQ(s.host.Counters().timeWaitOverflows, 1U);
    }
}

// ---- a flood

/** Of 100 clients that connect during a flood of spoofed SYNs, how many succeed within 10 s. */
int
SurviveFlood(const ListenConfig& listen, const HostConfig& config = {})
{
    Server s(listen, config);
    std::uint32_t spoofed = 0x0b000000;
    const auto flood = [&](int syns) {
        for (int i = 0; i < syns; ++i)
        {
            s.Wait(1ms);
            ++spoofed;
            s.Syn({{HERE, 80}, {Address::FromIpv4(spoofed), 1024}}, spoofed * 7919);
        }
    };
    flood(1000);
    int connected = 0;
    for (std::uint16_t client = 1; client <= 100; ++client)
    {
        for (const int patience : {1000, 2000, 4000}) // the client repeats its SYN
        {
            const Actions answer = s.Syn(From(client));
            flood(50); // one round trip
            for (const Action& action : answer)
            {
                const auto* sent = std::get_if<SendSegment>(&action);
                if (sent != nullptr && sent->segment.Has(Flag::SYN))
                {
                    s.Arrives(From(client), Make(Flag::ACK, 101, (sent->segment.seq + 1).Value()));
                }
            }
            if (s.StateOf(From(client)) == State::ESTABLISHED)
            {
                s.host.Accept(s.listener);
                ++connected;
                break;
            }
            flood(patience - 50);
        }
    }
    return connected;
}

// Covers R-89, R-91, R-92, R-93, R-94: 1000 spoofed SYNs a second against a queue of 128
TEST(SynFlood, LegitimateSuccessUnderEachPolicy)
{
    ListenConfig listen = Limits(128);
    EXPECT_LE(SurviveFlood(listen), 5); // the queue is full of what never answers
    listen.synOverflow = SynOverflow::RESET;
    EXPECT_LE(SurviveFlood(listen), 5);
    listen.synOverflow = SynOverflow::RANDOM_EARLY_DROP;
    EXPECT_LE(SurviveFlood(listen), 10);
    listen.synOverflow = SynOverflow::DROP_OLDEST; // 128 ms of flood fit in; a round trip lasts 50
    EXPECT_EQ(SurviveFlood(listen), 100);
    listen.synQueueLimit = 40; // 40 ms do not
    EXPECT_EQ(SurviveFlood(listen), 0);
    EXPECT_GE(SurviveFlood(Limits(100000), Cache(16, 10)), 95); // 160 in all: each SYN one chance
    EXPECT_EQ(SurviveFlood(Cookies(SynCookieUse::ALWAYS, 0)), 100);
    EXPECT_EQ(SurviveFlood(Cookies(SynCookieUse::ON_OVERFLOW, 128)), 100);
    EXPECT_EQ(SurviveFlood(Cookies(SynCookieUse::ON_OVERFLOW, 100000), Cache(64, 4)), 100);
}

// Covers R-96: a listener is as full as its user lets it become
TEST(SynFlood, DoesNotFillTheAcceptQueue)
{
    Server s(Cookies(SynCookieUse::ON_OVERFLOW, 4, 4));
    for (std::uint32_t i = 1; i <= 1000; ++i)
    {
        s.Syn({{HERE, 80}, {Address::FromIpv4(0x0b000000 + i), 1024}});
    }
    EXPECT_EQ(s.host.AcceptQueueLength(s.listener), 0U);
    EXPECT_EQ(s.host.SynQueueLength(s.listener), 4U);
    EXPECT_EQ(s.host.Counters().cookiesSent, 996U);
    s.Wait(300s);
    EXPECT_EQ(s.host.Size(), 1U);
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
