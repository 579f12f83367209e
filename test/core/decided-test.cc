// Which rules have decided about a segment, as the host reports it to who asks.

#include "server.h"

namespace lifecycle::test
{
namespace
{

/** A server whose decisions are asked for. */
class Asked : public Server
{
  public:
    explicit Asked(const ListenConfig& listen, const HostConfig& config = {})
        : Server(listen, config)
    {
        host.Report({true, false});
    }

    /** What decides about @p seg, which stands before all that follows, and once. */
    std::string Rules(const FourTuple& path, const Segment& seg)
    {
        last = Arrives(path, seg);
        const auto decided = [](const Action& action) {
            return std::holds_alternative<Decided>(action);
        };
        EXPECT_EQ(std::count_if(last.begin(), last.end(), decided), 1);
        const auto* first = std::get_if<Decided>(&last.front());
        EXPECT_NE(first, nullptr);
        if (first == nullptr)
        {
            return "";
        }
        EXPECT_EQ(first->path, path);
        id = first->id;
        return ToString(first->rules);
    }

    Actions last;
    ConnectionId id; ///< who has decided
};

ListenConfig
Limits(std::uint32_t synQueue, std::uint32_t acceptQueue = 10)
{
    ListenConfig listen;
    listen.synQueueLimit = synQueue;
    listen.acceptQueueLimit = acceptQueue;
    return listen;
}

TEST(Decisions, AreMadeForNobodyWhoHasNotAsked)
{
    Server s(Limits(10));
    for (const Flags flags : {Flags(Flag::SYN), Flags(Flag::RST), Flags(Flag::ACK)})
    {
        for (const Action& action : s.Arrives(From(1), Make(flags, 100)))
        {
            EXPECT_FALSE(std::holds_alternative<Decided>(action));
        }
    }
}

// Covers P00 to P03, of which nothing exists that could remember them
TEST(Decisions, AreToldOfSegmentsForNobody)
{
    HostConfig config;
    config.dropSynFin = true;
    Asked s(Limits(10), config);
    FourTuple elsewhere = From(1);
    elsewhere.local.port = 81;
    EXPECT_EQ(s.Rules(elsewhere, Make(Flag::RST, 1)), "P01");
    EXPECT_EQ(s.Rules(elsewhere, Make(Flag::SYN, 1)), "P02");
    EXPECT_EQ(s.Rules(elsewhere, Make(Flag::ACK, 1, 1)), "P03");
    EXPECT_EQ(s.id, ConnectionId{});
    EXPECT_EQ(s.Rules(From(1, Address::FromIpv4(0xffffffff)), Make(Flag::SYN, 1)), "P00");
    EXPECT_EQ(s.Rules(From(1), Make(Flag::SYN | Flag::FIN, 1)), "P00");
    EXPECT_EQ(s.id, s.listener);
    Actions out;
    s.host.SegmentForNobody(From(1), Make(Flag::SYN, 1), out);
    EXPECT_EQ(ToString(out.front()), "decided: P02");
}

// Covers P04, P05, P07, P08, R-89: the listener's own
TEST(Decisions, AreToldOfAListener)
{
    Asked s(Limits(1));
    EXPECT_EQ(s.Rules(From(1), Make(Flag::RST, 1)), "P04");
    EXPECT_EQ(s.Rules(From(1), Make(Flag::ACK, 1, 1)), "P05");
    EXPECT_EQ(s.Rules(From(1), Make(Flag::FIN, 1)), "P08");
    EXPECT_EQ(s.Rules(From(1), Make(Flag::SYN, 1)), "P07");
    EXPECT_EQ(s.id, s.listener);
    EXPECT_EQ(s.Rules(From(2), Make(Flag::SYN, 1)), "P07 R-89");
    EXPECT_EQ(s.id, s.listener);
}

// Covers R-91: before what the eviction does to the other
TEST(Decisions, AreToldOfASynThatTakesThePlaceOfAnother)
{
    ListenConfig listen = Limits(1);
    listen.synOverflow = SynOverflow::DROP_OLDEST;
    Asked s(listen);
    s.Syn(From(1));
    EXPECT_EQ(s.Rules(From(2), Make(Flag::SYN, 1)), "P07 R-91");
}

//
TEST(Decisions, AreToldOfTheSynCache)
{
    HostConfig config;
    config.synCacheBuckets = 1;
    config.synCacheBucketLimit = 1;
    Asked s(Limits(10), config);
    s.Syn(From(1));
    EXPECT_EQ(s.Rules(From(2), Make(Flag::SYN, 1)), "P07 R-92");
}

//
TEST(Decisions, AreToldOfCookies)
{
    ListenConfig listen = Limits(10, 1);
    listen.synCookies = SynCookieUse::ALWAYS;
    Asked s(listen);
    EXPECT_EQ(s.Rules(From(1), Make(Flag::SYN, 100)), "P07 R-93");
    const Segment first = Server::FinalAck(s.last);
    const Segment second = Server::FinalAck(s.Syn(From(2)));
    EXPECT_EQ(s.Rules(From(1), first).substr(0, 4), "R-93");
    EXPECT_EQ(s.Rules(From(2), second), "R-93 R-96"); // the accept queue is full
    EXPECT_EQ(s.Rules(From(2), Make(Flag::ACK, 500, 7, 10)), "R-96");
    EXPECT_EQ(s.Rules(From(3), Make(Flag::SYN, 100)), "P07 R-96");
}

// Covers P30: the connection that has decided is gone, and its record in TIME-WAIT is compact
TEST(Decisions, OutliveWhoHasMadeThem)
{
    Asked s(Limits(10));
    s.Connect(From(1));
    const ConnectionId child = s.host.IdOf(From(1));
    EXPECT_EQ(s.Rules(From(1), Make(Flag::RST, 101)), "P25 P30");
    EXPECT_EQ(s.id, child);
    EXPECT_EQ(s.host.IdOf(From(1)), ConnectionId{});

    const SeqNum ours = Server::Sent(s.Syn(From(2))).seq + 1;
    s.Arrives(From(2), Make(Flag::ACK, 101, ours.Value()));
    Actions out;
    EXPECT_FALSE(s.host.Close(s.host.IdOf(From(2)), s.now, out));
    s.Arrives(From(2), Make(Flag::FIN | Flag::ACK, 101, (ours + 1).Value()));
    EXPECT_EQ(s.host.CompactSize(), 1U);
    EXPECT_EQ(s.Rules(From(2), Make(Flag::RST, 102)), "P25 P30 R-66");
    EXPECT_EQ(s.host.CompactSize(), 1U);
}

} // namespace
} // namespace lifecycle::test
