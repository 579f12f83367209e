// SYN cookies: what a listener keeps of a SYN is in the number that it answers with. RFC 4987 3.6.

#include "../../model/core/syn-cookie.h"
#include "server.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace lifecycle::test
{
namespace
{

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
        const Segment ack = Server::FinalAck(s.Syn(From(2))); // while there was room
        s.Connect(From(1));
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

// Covers R-96: nothing would remember the peer until there is room
TEST(SynCookie, IsNotSentWhileTheAcceptQueueIsFull)
{
    Server s(Cookies(SynCookieUse::ALWAYS, 128, 1));
    s.Connect(From(1));
    EXPECT_EQ(Words(s.Syn(From(2))), Strings{"dropped: accept queue full"});
    EXPECT_EQ(s.host.Counters().acceptOverflows, 1U);
    EXPECT_EQ(s.host.Counters().cookiesSent, 1U);
    EXPECT_TRUE(s.host.Accept(s.listener));
    s.Connect(From(2));
    EXPECT_EQ(s.StateOf(From(2)), State::ESTABLISHED);
}

// Covers R-96: the peer whose final ACK was ignored is not reset for the text behind it
TEST(SynCookie, TextBehindAnIgnoredFinalAckIsIgnoredAsWell)
{
    Server s(Cookies(SynCookieUse::ALWAYS, 128, 1));
    const std::uint32_t ack = Server::FinalAck(s.Syn(From(2))).ack.Value();
    s.Connect(From(1));
    const Strings ignored{"dropped: accept queue full"};
    EXPECT_EQ(Words(s.Arrives(From(2), Make(Flag::ACK, 101, ack))), ignored);
    EXPECT_EQ(Words(s.Arrives(From(2), Make(Flag::ACK, 101, ack, 10))), ignored);
    EXPECT_EQ(Words(s.Arrives(From(2), Make(Flag::ACK, 111, ack, 10))), ignored);
    // Near miss: nobody else is kept waiting
    EXPECT_EQ(FlagNames(Server::Sent(s.Arrives(From(3), Make(Flag::ACK, 111, ack))).flags), "R");
    EXPECT_TRUE(s.host.Accept(s.listener));
    EXPECT_EQ(Words(s.Arrives(From(2), Make(Flag::ACK, 121, ack, 10))), ignored);
    s.Arrives(From(2), Make(Flag::ACK, 101, ack, 10));
    EXPECT_EQ(s.StateOf(From(2)), State::ESTABLISHED);
}

// Covers R-96, P05: a refused peer is not waited for longer than a cookie lives
TEST(SynCookie, RefusedPeerIsForgottenWithItsCookie)
{
    Server s(Cookies(SynCookieUse::ALWAYS, 128, 1));
    const std::uint32_t ack = Server::FinalAck(s.Syn(From(2))).ack.Value();
    s.Connect(From(1));
    s.Arrives(From(2), Make(Flag::ACK, 101, ack));
    s.now += COOKIE_LIFETIME + 1ns;
    const Actions out = s.Arrives(From(2), Make(Flag::ACK, 111, ack, 10));
    EXPECT_EQ(FlagNames(Server::Sent(out).flags), "R");
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

// Covers R-93, RFC 4987 3.6: whatever a timestamp is to carry, it is never one of the future
TEST(SynCookie, PutsOptionsIntoTheYoungestTimestampThatSaysThem)
{
    std::vector<std::optional<std::uint8_t>> shifts{std::nullopt};
    for (std::uint8_t shift = 0; shift <= 14; ++shift)
    {
        shifts.emplace_back(shift);
    }
    std::vector<std::uint32_t> clocks{0x7fffffff, 0x80000000, 0xffffffff};
    for (std::uint32_t now = 0; now < 70; ++now)
    {
        clocks.push_back(now);
        clocks.push_back(1000000 + now);
    }
    for (const auto& shift : shifts)
    {
        for (const int bits : {0, 1, 2, 3})
        {
            const bool sack = (bits & 1) != 0;
            const bool ecn = (bits & 2) != 0;
            for (const std::uint32_t now : clocks)
            {
                const std::uint32_t stamp = PutOptions({shift, sack, ecn}, now);
                EXPECT_EQ(TakeOptions(stamp).windowScale, shift) << now;
                EXPECT_EQ(TakeOptions(stamp).sackPermitted, sack) << now;
                EXPECT_EQ(TakeOptions(stamp).ecn, ecn) << now;
                EXPECT_GE(SeqNum(now) - SeqNum(stamp), 0) << now;
                EXPECT_LT(SeqNum(now) - SeqNum(stamp), 64) << now; // so there is no younger one
            }
        }
    }
}

// Covers R-93, RFC 7323 2.3: 14 is the greatest shift count, and 15 means none
TEST(SynCookie, RemembersTooGreatAShiftAsTheGreatest)
{
    for (const int shift : {15, 16, 255})
    {
        const CookieOptions options{static_cast<std::uint8_t>(shift), false};
        EXPECT_EQ(TakeOptions(PutOptions(options, 1000)).windowScale, 14) << shift;
    }
}

constexpr std::uint32_t TSVAL = 5000; ///< the client's clock at its SYN

/** Children with a window of 1 MiB, whose shift count is 5. */
ConnectionConfig
WithOptions()
{
    ConnectionConfig config = Plain();
    config.timestamps = true;
    config.windowScaling = true;
    config.sack = true;
    config.receiveBuffer = 1 << 20;
    return config;
}

Segment
SynWithOptions()
{
    Segment syn = Make(Flag::SYN, 100);
    syn.mss = 1460;
    syn.windowScale = 7;
    syn.sackPermitted = true;
    syn.timestamps = Timestamps{TSVAL, 0};
    return syn;
}

/** As the client answers @p synAck; it echoes a timestamp if it has got one. */
Segment
FinalAckWithOptions(const Segment& synAck)
{
    Segment ack = Make(Flag::ACK, 101, (synAck.seq + 1).Value());
    ack.wnd = 1000;
    if (synAck.timestamps)
    {
        ack.timestamps = Timestamps{TSVAL + 20, synAck.timestamps->val};
    }
    return ack;
}

std::shared_ptr<const Connection>
ChildOf(const Server& s)
{
    return s.host.Find(s.host.IdOf(From(1)));
}

// Covers R-93, T07, RFC 4987 3.6: with timestamps, a cookie loses no more than a stateful handshake
TEST(SynCookie, TimestampsBringTheOptionsBack)
{
    Server with(Cookies(SynCookieUse::ALWAYS), {}, WithOptions());
    Server without(Cookies(SynCookieUse::OFF), {}, WithOptions());
    for (Server* s : {&with, &without})
    {
        s->now = Instant(100s);
        const Segment synAck = Server::Sent(s->Arrives(From(1), SynWithOptions()));
        EXPECT_EQ(synAck.windowScale, 5);
        EXPECT_TRUE(synAck.sackPermitted);
        ASSERT_TRUE(synAck.timestamps);
        EXPECT_EQ(synAck.timestamps->ecr, TSVAL);
        EXPECT_LE(synAck.timestamps->val, 100000U);
        EXPECT_GT(synAck.timestamps->val, 100000U - 32);
        s->now += 10ms;
        s->Arrives(From(1), FinalAckWithOptions(synAck));
        ASSERT_EQ(s->StateOf(From(1)), State::ESTABLISHED);
        EXPECT_TRUE(ChildOf(*s)->Agreed().timestamps);
        EXPECT_TRUE(ChildOf(*s)->Agreed().sack);
        EXPECT_TRUE(ChildOf(*s)->Agreed().windowScaling);
        EXPECT_EQ(ChildOf(*s)->Agreed().sndShift, 7);
        EXPECT_EQ(ChildOf(*s)->Agreed().rcvShift, 5);
        EXPECT_EQ(ChildOf(*s)->Snd().wnd, 1000U << 7);
    }
    EXPECT_EQ(with.host.Size(), 2U);
    EXPECT_EQ(ChildOf(with)->Rcv(), ChildOf(without)->Rcv());
    for (Server* s : {&with, &without}) // and it goes on like that
    {
        Actions out;
        EXPECT_FALSE(s->host.Send(ChildOf(*s)->Id(), 100, s->now, out));
        EXPECT_EQ(Server::Sent(out).timestamps, (Timestamps{100010, TSVAL + 20}));
        EXPECT_EQ(Server::Sent(out).wnd, ChildOf(*s)->Rcv().wnd >> 5);
    }
}

// Covers R-93: window scaling and SACK are lost if no timestamp can carry them, on either side
TEST(SynCookie, OptionsAreLostWithoutTimestamps)
{
    for (const bool clientLacksThem : {false, true})
    {
        ConnectionConfig children = WithOptions();
        Segment syn = SynWithOptions();
        if (clientLacksThem)
        {
            syn.timestamps.reset();
        }
        else
        {
            children.timestamps = false;
        }
        Server s(Cookies(SynCookieUse::ALWAYS), {}, children);
        const Segment synAck = Server::Sent(s.Arrives(From(1), syn));
        EXPECT_FALSE(synAck.windowScale);
        EXPECT_FALSE(synAck.sackPermitted);
        EXPECT_FALSE(synAck.timestamps);
        s.Arrives(From(1), FinalAckWithOptions(synAck));
        ASSERT_EQ(s.StateOf(From(1)), State::ESTABLISHED);
        EXPECT_EQ(ChildOf(s)->Agreed(), AgreedOptions{});
        EXPECT_EQ(ChildOf(s)->Snd().wnd, 1000U);
    }
}

// Covers R-93, RFC 7323 3.2: a timestamp in the ACK agrees on nothing that we do not do
TEST(SynCookie, TimestampThatWasNeverOfferedBringsNothing)
{
    ConnectionConfig children = WithOptions();
    children.timestamps = false;
    Server s(Cookies(SynCookieUse::ALWAYS), {}, children);
    Segment ack = FinalAckWithOptions(Server::Sent(s.Arrives(From(1), SynWithOptions())));
    ack.timestamps = Timestamps{TSVAL + 20, PutOptions({7, true}, 100)};
    s.Arrives(From(1), ack);
    ASSERT_EQ(s.StateOf(From(1)), State::ESTABLISHED);
    EXPECT_EQ(ChildOf(s)->Agreed(), AgreedOptions{});
    EXPECT_EQ(ChildOf(s)->Snd().wnd, 1000U);
}

// Covers R-93: a SYN that comes again is answered anew, and the ACK of either answer is good
TEST(SynCookie, RepeatedSynIsAnsweredByAnother)
{
    for (const bool first : {true, false})
    {
        Server s(Cookies(SynCookieUse::ALWAYS), {}, WithOptions());
        s.now = Instant(63500ms); // so that a slot of the cookie ends between the two
        const Segment one = Server::Sent(s.Arrives(From(1), SynWithOptions()));
        s.now += 1s;
        Segment again = SynWithOptions();
        again.timestamps->val += 1000;
        const Segment two = Server::Sent(s.Arrives(From(1), again));
        EXPECT_NE(one.seq, two.seq);
        EXPECT_EQ(two.timestamps->ecr, TSVAL + 1000);
        EXPECT_EQ(s.host.Size(), 1U);
        s.now += 10ms;
        Segment ack = FinalAckWithOptions(first ? one : two);
        ack.timestamps->val += 1000;
        s.Arrives(From(1), ack);
        ASSERT_EQ(s.StateOf(From(1)), State::ESTABLISHED);
        EXPECT_EQ(ChildOf(s)->Snd().iss, first ? one.seq : two.seq);
        EXPECT_TRUE(ChildOf(s)->Agreed().sack);
        EXPECT_EQ(ChildOf(s)->Agreed().sndShift, 7);
        // the SYN,ACK to the other SYN is answered as any segment of the connection
        EXPECT_EQ(Server::Sent(s.Arrives(From(1), again)).flags, Flags(Flag::ACK));
        EXPECT_EQ(s.StateOf(From(1)), State::ESTABLISHED);
    }
}

/** A client connects, sends 10 octets and closes, then the server does. Returns the client's last ACK. */
Segment
LiveAndDie(Server& s, const Segment& finalAck)
{
    s.Arrives(From(1), finalAck);
    const ConnectionId id = *s.host.Accept(s.listener);
    Segment next = finalAck;
    next.flags = Flag::ACK | Flag::FIN;
    next.len = 10;
    s.Arrives(From(1), next);
    Actions out;
    EXPECT_FALSE(s.host.Close(id, s.now, out));
    const Segment last = Make(Flag::ACK, 112, Server::Sent(out).End().Value());
    s.Arrives(From(1), last);
    EXPECT_EQ(s.StateOf(From(1)), State::CLOSED);
    s.moves.clear();
    return last;
}

// Covers R-93, RFC 4987 3.6: nothing remembers that a cookie has served, so as long as it lives, a late
// duplicate of what may bring it back opens one more connection, and its text is delivered again
TEST(SynCookie, LateDuplicateOpensAnotherConnectionWhileTheCookieLives)
{
    for (const SynCookieUse use : {SynCookieUse::ALWAYS, SynCookieUse::OFF})
    {
        for (const std::uint32_t len : {0U, 10U})
        {
            Server s(Cookies(use));
            const Segment finalAck = Server::FinalAck(s.Syn(From(1)));
            const Segment last = LiveAndDie(s, finalAck);
            Segment late = finalAck;
            late.len = len;
            s.now = Instant(256s - 1ns);
            Server expired = s;
            const Strings words = Words(s.Arrives(From(1), late));
            if (use == SynCookieUse::OFF) // no connection, so a reset
            {
                EXPECT_EQ(words.back(), "dropped: unexpected");
                continue;
            }
            EXPECT_EQ(s.moves, Strings{"T07"});
            const auto phantom = s.host.Find(*s.host.Accept(s.listener));
            EXPECT_EQ(phantom->GetState(), State::ESTABLISHED);
            EXPECT_EQ(phantom->Rcv().unread, len);
            expired.now = Instant(256s);
            EXPECT_EQ(Words(expired.Arrives(From(1), late)).back(), "dropped: unexpected");
            EXPECT_EQ(Words(expired.Arrives(From(1), last)).back(), "dropped: unexpected");
        }
    }
}

// Covers R-93: what follows the first octet brings no cookie back, and TIME-WAIT knows a duplicate
TEST(SynCookie, LateDuplicateOpensNothingBehindTheFirstOctetNorInTimeWait)
{
    Server s(Cookies(SynCookieUse::ALWAYS));
    const Segment finalAck = Server::FinalAck(s.Syn(From(1)));
    Server closesFirst = s;
    const Segment last = LiveAndDie(s, finalAck);
    EXPECT_EQ(Words(s.Arrives(From(1), last)).back(), "dropped: unexpected");
    Segment second = finalAck;
    second.seq = second.seq + 5;
    second.len = 5;
    EXPECT_EQ(Words(s.Arrives(From(1), second)).back(), "dropped: unexpected");

    closesFirst.Arrives(From(1), finalAck);
    Actions out;
    EXPECT_FALSE(closesFirst.host.Close(*closesFirst.host.Accept(closesFirst.listener),
                                        closesFirst.now,
                                        out));
    closesFirst.Arrives(From(1), Make(Flag::FIN | Flag::ACK, 101, Server::Sent(out).End().Value()));
    ASSERT_EQ(closesFirst.StateOf(From(1)), State::TIME_WAIT);
    closesFirst.moves.clear();
    closesFirst.Arrives(From(1), finalAck);
    EXPECT_EQ(closesFirst.moves, Strings{});
    EXPECT_EQ(closesFirst.StateOf(From(1)), State::TIME_WAIT);
}

// Covers R-93, MUST-32: the sixth check is made of the ACK that brings a cookie back
TEST(SynCookie, UrgentDataBehindACookieIsToldOf)
{
    Server s(Cookies(SynCookieUse::ALWAYS));
    Segment ack = Server::FinalAck(s.Syn(From(1)));
    ack.flags = ack.flags | Flag::URG;
    ack.len = 10;
    ack.up = 4;
    const Strings words = Words(s.Arrives(From(1), ack));
    EXPECT_EQ(std::count(words.begin(), words.end(), "tell user: urgent data"), 1);
    const auto child = s.host.Find(*s.host.Accept(s.listener));
    EXPECT_EQ(child->UrgentOctets(), 4U);
    EXPECT_EQ(child->Rcv().unread, 10U);
}

} // namespace
} // namespace lifecycle::test
