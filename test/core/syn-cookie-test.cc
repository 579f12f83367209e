// SYN cookies: what a listener keeps of a SYN is in the number that it answers with. RFC 4987 3.6.

#include "../../model/core/syn-cookie.h"
#include "server.h"

#include <map>
#include <utility>

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

} // namespace
} // namespace lifecycle::test
