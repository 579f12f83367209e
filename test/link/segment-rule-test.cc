// Which segments rules select. Segments are written as their sender, flags and numbers.

#include "../../model/link/segment-rule.h"

#include <gtest/gtest.h>

using namespace lifecycle;
using namespace std::chrono_literals;

namespace
{

constexpr SeqNum CLIENT_ISS{0xfffffffe}; // so that the numbers wrap
constexpr SeqNum SERVER_ISS{5000};

/** One link between "client" and "server", with rules at work on it. */
class Link
{
  public:
    explicit Link(std::string_view rules)
        : m_rules(std::get<std::vector<SegmentRule>>(ParseSegmentRules(rules)))
    {
    }

    /** The connections are told apart by the client's port. */
    std::optional<RuleVerdict> ClientSends(Segment segment, std::uint16_t port = 49152)
    {
        return Keep(m_rules.Decide("client", "server", {Client(port), Server()}, segment, m_now));
    }

    std::optional<RuleVerdict> ServerSends(Segment segment, std::uint16_t port = 49152)
    {
        return Keep(m_rules.Decide("server", "client", {Server(), Client(port)}, segment, m_now));
    }

    const SegmentRules& Rules() const
    {
        return m_rules;
    }

    /** What follows is sent at this time. */
    void At(Duration now)
    {
        m_now = Instant(now);
    }

    /** Held segments that follow right behind the last one sent. */
    const std::vector<std::uint64_t>& Released() const
    {
        return m_released;
    }

  private:
    std::optional<RuleVerdict> Keep(RuleDecision decision)
    {
        m_released = decision.released;
        return decision.verdict;
    }

    static Endpoint Client(std::uint16_t port)
    {
        return {Address::FromIpv4(0x0a000001), port};
    }

    static Endpoint Server()
    {
        return {Address::FromIpv4(0x0a000002), 80};
    }

    SegmentRules m_rules;
    Instant m_now{};
    std::vector<std::uint64_t> m_released;
};

Segment
Seg(Flags flags, SeqNum seq, SeqNum ack = SeqNum(0), std::uint32_t len = 0)
{
    Segment segment;
    segment.flags = flags;
    segment.seq = seq;
    segment.ack = ack;
    segment.len = len;
    return segment;
}

Segment
Syn(SeqNum iss = CLIENT_ISS)
{
    return Seg(Flag::SYN, iss);
}

Segment
SynAck()
{
    return Seg(Flag::SYN | Flag::ACK, SERVER_ISS, CLIENT_ISS + 1);
}

Segment
Fin(SeqNum seq, SeqNum ack)
{
    return Seg(Flag::FIN | Flag::ACK, seq, ack);
}

Segment
Ack(SeqNum seq, SeqNum ack)
{
    return Seg(Flag::ACK, seq, ack);
}

TEST(SegmentRules, TellApartTheKindsOfSegment)
{
    const SeqNum seq{1};
    const SeqNum ack{2};
    struct Case
    {
        Segment segment;
        std::string kinds; // of which it is the first
    };
    for (const Case& c : {Case{Seg(Flag::SYN, seq), "SYN segment"},
                          Case{Seg(Flag::SYN, seq, ack, 3), "SYN data segment"},
                          Case{Seg(Flag::SYN | Flag::ACK, seq, ack), "SYN-ACK segment"},
                          Case{Seg(Flag::FIN | Flag::ACK, seq, ack), "FIN segment"},
                          Case{Seg(Flag::FIN | Flag::ACK, seq, ack, 3), "FIN data segment"},
                          Case{Seg(Flag::ACK, seq, ack), "ACK segment"},
                          Case{Seg(Flag::ACK | Flag::PSH, seq, ack), "ACK segment"},
                          Case{Seg(Flag::ACK | Flag::PSH, seq, ack, 3), "data segment"},
                          Case{Seg(Flag::RST, seq), "RST segment"},
                          Case{Seg(Flag::RST | Flag::ACK, seq, ack), "RST segment"},
                          Case{Seg(Flags(), seq), "segment"}})
    {
        std::string kinds;
        for (const std::string kind :
             {"SYN", "SYN-ACK", "FIN", "ACK", "ACK-of-FIN", "RST", "data", "segment"})
        {
            if (Link("any: drop 1st " + kind).ClientSends(c.segment))
            {
                kinds += (kinds.empty() ? "" : " ") + kind;
            }
        }
        EXPECT_EQ(kinds, c.kinds) << ToString(c.segment);
    }
}

TEST(SegmentRules, SaysWhatToDoAndWhy)
{
    Link link("client->server: delay 1st SYN by 30s");
    const auto verdict = link.ClientSends(Syn());
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->action, RuleAction::DELAY);
    EXPECT_EQ(verdict->times, std::vector<Duration>{30s});
    EXPECT_EQ(verdict->text, "client->server: delay 1st SYN by 30s");
}

TEST(SegmentRules, LetTheRetransmissionPass)
{
    Link link("client->server: drop 1st SYN");
    EXPECT_TRUE(link.ClientSends(Syn()));
    EXPECT_FALSE(link.ClientSends(Syn()));
    EXPECT_FALSE(link.ClientSends(Syn()));
}

TEST(SegmentRules, SelectRangesAndEverySegment)
{
    Link range("any: drop 2nd-3rd SYN");
    EXPECT_FALSE(range.ClientSends(Syn()));
    EXPECT_TRUE(range.ClientSends(Syn()));
    EXPECT_TRUE(range.ClientSends(Syn()));
    EXPECT_FALSE(range.ClientSends(Syn()));

    Link every("any: drop every SYN");
    for (int i = 0; i < 5; ++i)
    {
        EXPECT_TRUE(every.ClientSends(Syn()));
    }
}

TEST(SegmentRules, ActOnlyInTheirDirection)
{
    Link link("server->client: drop every segment");
    EXPECT_FALSE(link.ClientSends(Syn()));
    EXPECT_TRUE(link.ServerSends(SynAck()));
}

TEST(SegmentRules, CountEachDirectionOfAnyByItself)
{
    Link link("any: drop 1st FIN");
    EXPECT_TRUE(link.ClientSends(Fin(CLIENT_ISS + 1, SERVER_ISS + 1)));
    EXPECT_TRUE(link.ServerSends(Fin(SERVER_ISS + 1, CLIENT_ISS + 2)));
}

TEST(SegmentRules, CountEachConnectionByItself)
{
    Link link("any: drop 1st SYN");
    EXPECT_TRUE(link.ClientSends(Syn(), 49152));
    EXPECT_TRUE(link.ClientSends(Syn(), 49153));
    EXPECT_FALSE(link.ClientSends(Syn(), 49152));
    EXPECT_FALSE(link.ClientSends(Syn(), 49153));
}

TEST(SegmentRules, CountOverAllConnectionsWhenTold)
{
    Link link("client->server: drop overall 2nd SYN");
    EXPECT_FALSE(link.ClientSends(Syn(), 49152));
    EXPECT_TRUE(link.ClientSends(Syn(), 49153));
    EXPECT_FALSE(link.ClientSends(Syn(), 49152));
    EXPECT_FALSE(link.ClientSends(Syn(), 49154));
}

TEST(SegmentRules, CountAfreshWhenThe4TupleIsReused)
{
    Link link("client->server: drop 1st SYN");
    EXPECT_TRUE(link.ClientSends(Syn()));
    EXPECT_FALSE(link.ClientSends(Syn()));
    EXPECT_TRUE(link.ClientSends(Syn(CLIENT_ISS + 1000))) << "another initial sequence number";
    EXPECT_FALSE(link.ClientSends(Syn(CLIENT_ISS + 1000)));

    link.ClientSends(Fin(CLIENT_ISS + 1001, SERVER_ISS + 1));
    EXPECT_TRUE(link.ClientSends(Syn(CLIENT_ISS + 1000))) << "the same number after a FIN";
}

// RFC 9293 3.5, figure 7: both sides send SYN and then SYN,ACK, all on one connection.
TEST(SegmentRules, SeeOneConnectionInASimultaneousOpen)
{
    Link link("any: drop 2nd segment");
    EXPECT_FALSE(link.ClientSends(Syn()));
    EXPECT_FALSE(link.ServerSends(Seg(Flag::SYN, SERVER_ISS)));
    EXPECT_TRUE(link.ClientSends(Seg(Flag::SYN | Flag::ACK, CLIENT_ISS, SERVER_ISS + 1)));
    EXPECT_TRUE(link.ServerSends(SynAck()));
}

// RFC 9293 3.6, figure 12: a close, its second half later.
TEST(SegmentRules, FindTheAckThatCoversAFin)
{
    Link link("any: drop 1st ACK-of-FIN");
    link.ClientSends(Syn());
    link.ServerSends(SynAck());
    EXPECT_FALSE(link.ClientSends(Ack(CLIENT_ISS + 1, SERVER_ISS + 1))) << "no FIN yet";
    EXPECT_FALSE(link.ClientSends(Fin(CLIENT_ISS + 1, SERVER_ISS + 1)));
    EXPECT_FALSE(link.ServerSends(Ack(SERVER_ISS + 1, CLIENT_ISS + 1))) << "below the FIN";
    EXPECT_TRUE(link.ServerSends(Ack(SERVER_ISS + 1, CLIENT_ISS + 2)));
    EXPECT_FALSE(link.ServerSends(Ack(SERVER_ISS + 1, CLIENT_ISS + 2))) << "the second of them";
    EXPECT_FALSE(link.ServerSends(Fin(SERVER_ISS + 1, CLIENT_ISS + 2)));
    EXPECT_TRUE(link.ClientSends(Ack(CLIENT_ISS + 2, SERVER_ISS + 2)));
}

TEST(SegmentRules, LookBehindThePayloadOfAFin)
{
    Link link("any: drop 1st ACK-of-FIN");
    link.ClientSends(Seg(Flag::FIN | Flag::ACK, CLIENT_ISS + 1, SERVER_ISS + 1, 10));
    EXPECT_FALSE(link.ServerSends(Ack(SERVER_ISS + 1, CLIENT_ISS + 11))) << "all but the FIN";
    EXPECT_TRUE(link.ServerSends(Ack(SERVER_ISS + 1, CLIENT_ISS + 12)));
}

TEST(SegmentRules, LetTheFirstRuleWinAndAllCount)
{
    Link link("any: drop 1st FIN; client->server: delay 1st segment by 1s; "
              "any: duplicate overall 2nd segment after 1ms");
    EXPECT_EQ(link.ClientSends(Fin(CLIENT_ISS, SERVER_ISS))->action, RuleAction::DROP);
    EXPECT_EQ(link.ClientSends(Syn(CLIENT_ISS + 9))->action, RuleAction::DELAY)
        << "the first of a new connection";
    EXPECT_FALSE(link.ClientSends(Ack(CLIENT_ISS + 10, SERVER_ISS))) << "overall it is the third";
}

TEST(SegmentRules, KnowWhichRulesWereOfNoUse)
{
    Link link("any: drop 1st FIN; any: drop 1st RST");
    EXPECT_EQ(link.Rules().Unused().size(), 2u);
    link.ClientSends(Fin(CLIENT_ISS, SERVER_ISS));
    EXPECT_EQ(link.Rules().Unused(), std::vector<std::string>{"any: drop 1st RST"});
    EXPECT_EQ(link.Rules().Text(), "any: drop 1st FIN; any: drop 1st RST");
}

TEST(SegmentRules, AreValues)
{
    Link link("any: drop 2nd SYN");
    link.ClientSends(Syn());
    Link copy = link;
    EXPECT_TRUE(link.ClientSends(Syn()));
    EXPECT_TRUE(copy.ClientSends(Syn())) << "the copy remembers, and goes its own way";
}

Segment
Data(std::uint32_t len)
{
    return Seg(Flag::ACK | Flag::PSH, CLIENT_ISS + 1, SERVER_ISS + 1, len);
}

TEST(SegmentRules, SelectAndCountByPayloadLength)
{
    Link link("any: drop 2nd data of 100-200 octets");
    EXPECT_FALSE(link.ClientSends(Data(99)));
    EXPECT_FALSE(link.ClientSends(Data(100)));
    EXPECT_FALSE(link.ClientSends(Data(201))) << "not counted";
    EXPECT_TRUE(link.ClientSends(Data(200)));
    EXPECT_FALSE(link.ClientSends(Data(200)));

    Link none("any: drop 1st FIN of 0 octets");
    EXPECT_FALSE(none.ClientSends(Seg(Flag::FIN | Flag::ACK, CLIENT_ISS + 1, SERVER_ISS, 5)));
    EXPECT_TRUE(none.ClientSends(Fin(CLIENT_ISS + 6, SERVER_ISS)));
}

TEST(SegmentRules, SelectByTheAddressesOfTheSegment)
{
    Link link("any: drop every segment from 10.0.0.1 to 10.0.0.2; "
              "any: drop every segment from 10.0.0.1 to 10.0.0.3; "
              "any: drop every segment from 2001:db8::1 to 2001:db8::2");
    EXPECT_EQ(link.ClientSends(Syn())->text, "any: drop every segment from 10.0.0.1 to 10.0.0.2");
    EXPECT_FALSE(link.ServerSends(SynAck()));
    EXPECT_EQ(link.Rules().Unused().size(), 2u);
}

TEST(SegmentRules, SelectByTheTimeOfSending)
{
    Link link("any: drop 1st SYN between 5s and 10s");
    link.At(4999ms);
    EXPECT_FALSE(link.ClientSends(Syn()));
    link.At(5s);
    EXPECT_TRUE(link.ClientSends(Syn()));
    link.At(6s);
    EXPECT_FALSE(link.ClientSends(Syn())) << "the second within";

    Link every("any: drop every SYN between 5s and 10s");
    every.At(10s);
    EXPECT_FALSE(every.ClientSends(Syn())) << "the end is excluded";
}

TEST(SegmentRules, CountAfreshUnderConditionsToo)
{
    Link link("any: drop 1st data of 100 octets");
    link.ClientSends(Syn());
    EXPECT_TRUE(link.ClientSends(Data(100)));
    EXPECT_FALSE(link.ClientSends(Data(100)));
    link.ClientSends(Syn(CLIENT_ISS + 1000));
    EXPECT_TRUE(link.ClientSends(Data(100)));
}

TEST(SegmentRules, ReleaseAHeldSegmentBehindAsManyOthersAsTheySay)
{
    Link link("client->server: reorder 1st data after 2 segments");
    const auto held = link.ClientSends(Data(10));
    ASSERT_TRUE(held);
    EXPECT_EQ(held->action, RuleAction::REORDER);
    EXPECT_TRUE(link.Released().empty()) << "it does not count itself";
    link.ServerSends(Ack(SERVER_ISS + 1, CLIENT_ISS + 1));
    link.ClientSends(Data(10), 49153);
    EXPECT_TRUE(link.Released().empty()) << "neither the other direction nor the other connection";
    link.ClientSends(Data(10));
    EXPECT_TRUE(link.Released().empty());
    link.ClientSends(Data(10));
    EXPECT_EQ(link.Released(), std::vector<std::uint64_t>{held->heldAs});
    link.ClientSends(Data(10));
    EXPECT_TRUE(link.Released().empty()) << "once";
}

TEST(SegmentRules, HoldSeveralSegmentsAtATime)
{
    Link link("client->server: reorder 1st data after 3 segments; "
              "client->server: reorder 2nd data after 2 segments");
    const auto first = link.ClientSends(Data(10));
    const auto second = link.ClientSends(Data(10));
    ASSERT_TRUE(first && second);
    EXPECT_NE(first->heldAs, second->heldAs);
    link.ClientSends(Data(10));
    EXPECT_TRUE(link.Released().empty());
    link.ClientSends(Data(10));
    EXPECT_EQ(link.Released(), (std::vector<std::uint64_t>{first->heldAs, second->heldAs}));
}

TEST(IsMeantBy, TakesANumberBehindTheName)
{
    EXPECT_TRUE(IsMeantBy("client", "client"));
    EXPECT_TRUE(IsMeantBy("client-3", "client"));
    EXPECT_TRUE(IsMeantBy("client-12", "client"));
    EXPECT_TRUE(IsMeantBy("client-3", "client-3"));
    EXPECT_FALSE(IsMeantBy("client", "client-3"));
    EXPECT_FALSE(IsMeantBy("client-31", "client-3"));
    EXPECT_FALSE(IsMeantBy("client-", "client"));
    EXPECT_FALSE(IsMeantBy("client-a", "client"));
    EXPECT_FALSE(IsMeantBy("clients", "client"));
    EXPECT_FALSE(IsMeantBy("server", "client"));
}

} // namespace
