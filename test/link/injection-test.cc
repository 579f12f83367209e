// Injections: what the grammar accepts, where it says an error is, and the numbers that rules give.

#include "../../model/link/injection.h"

#include <gtest/gtest.h>

using namespace lifecycle;
using namespace std::chrono_literals;

namespace
{

std::vector<Injection>
Parse(std::string_view text)
{
    auto parsed = ParseInjections(text);
    if (const auto* error = std::get_if<RuleError>(&parsed))
    {
        ADD_FAILURE() << error->message;
        return {};
    }
    return std::get<std::vector<Injection>>(parsed);
}

Injection
ParseOne(std::string_view text)
{
    const auto all = Parse(text);
    EXPECT_EQ(all.size(), 1u) << text;
    return all.empty() ? Injection{} : all[0];
}

std::string
ErrorOf(std::string_view text)
{
    const auto parsed = ParseInjections(text);
    if (!std::holds_alternative<RuleError>(parsed))
    {
        ADD_FAILURE() << "accepted: " << text;
        return {};
    }
    return std::get<RuleError>(parsed).message;
}

TEST(ParseInjections, ReadsAFlood)
{
    const Injection flood = ParseOne("attacker->server: SYN from 198.51.100.0/24 port 1024-2047 "
                                     "to-port 81 poisson 1000/s at 1.5s for 1min answer RST");
    EXPECT_EQ(flood.from, "attacker");
    EXPECT_EQ(flood.to, "server");
    EXPECT_EQ(FlagNames(flood.segment.flags), "S");
    ASSERT_TRUE(flood.sources);
    EXPECT_EQ(flood.sources->prefix, 24u);
    EXPECT_EQ(flood.firstPort, 1024);
    EXPECT_EQ(flood.lastPort, 2047);
    EXPECT_EQ(flood.toPort, 81);
    EXPECT_EQ(flood.pacing, Pacing::POISSON);
    EXPECT_EQ(flood.rate, 1000);
    EXPECT_EQ(flood.at, 1500ms);
    EXPECT_EQ(flood.length, 60s);
    EXPECT_TRUE(flood.answersWithReset);
    EXPECT_TRUE(flood.Ends());
    EXPECT_EQ(flood.seq.base, NumberBase::RANDOM);
}

TEST(ParseInjections, ReadsABlindSweep)
{
    const Injection sweep =
        ParseOne("attacker->server:RST while ESTABLISHED seq random step 65535 every 10us times 7");
    EXPECT_EQ(sweep.whileIn, State::ESTABLISHED);
    EXPECT_EQ(sweep.seq.base, NumberBase::RANDOM);
    EXPECT_EQ(sweep.seq.step, 65535u);
    EXPECT_EQ(sweep.ack.base, NumberBase::SND_NXT);
    EXPECT_EQ(sweep.gap, 10us);
    EXPECT_EQ(sweep.times, 7u);
}

TEST(ParseInjections, ReadsEveryFieldOfASegment)
{
    const Segment segment =
        ParseOne("a->b: SYN-FIN-URG-PSH len 9 window 8 mss 7 wscale 6 sackok tsval 5 tsecr 4")
            .segment;
    EXPECT_EQ(ToString(segment), "SFPU seq 0 win 8 len 9 <mss 7,sackOK,TS val 5 ecr 4,wscale 6>");
    EXPECT_EQ(ParseOne("a->b: none").segment.flags.Bits(), 0);
    EXPECT_EQ(ParseOne("a->b: data").segment.len, 1u);
    EXPECT_EQ(ParseOne("a->b: data len 500").segment.len, 500u);
}

TEST(ParseInjections, KeepsEachAsItWasWritten)
{
    const auto all = Parse(" a->b: SYN ;; b -> a : RST at 1s \n");
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].text, "a->b: SYN");
    EXPECT_EQ(all[1].text, "b -> a : RST at 1s");
    EXPECT_EQ(ParseOne("a->b:\nSYN\r\n at 1s").text, "a->b: SYN   at 1s");
    EXPECT_TRUE(Parse(" ; ").empty());
}

TEST(ParseInjections, PointsAtTheError)
{
    const std::pair<const char*, const char*> errors[] = {
        {"a: SYN", "expected \"->\" at character 2 (found \":\"): a[:] SYN"},
        {"a->b: SIN", "or none at character 7 (found \"SIN\"): a->b: [SIN]"},
        {"a->b: SYN-SYN", "at character 7 (found \"SYN-SYN\")"},
        {"a->b: SYN; a->b: RST sequence 1",
         "at character 22 (found \"sequence\"): a->b: RST [sequence] 1"},
        {"a->b: SYN from nowhere", "an address such as 198.51.100.7"},
        {"a->b: SYN from 198.51.100.0/33",
         "a prefix length from 0 to 32 at character 29 (found \"33\")"},
        {"a->b: SYN from 198.51.100.0/2", "whose bits behind the prefix are 0"},
        {"a->b: SYN port 0", "a port from 1 to 65535"},
        {"a->b: SYN port 9-8", "a port from 1 to 65535"},
        {"a->b: SYN seq rcv.next", "at character 15 (found \"rcv.next\")"},
        {"a->b: SYN seq rcv.nxt", "expected \"while\" and a state"},
        {"a->b: SYN seq 4294967296", "expected a number such as"},
        {"a->b: RST while OPEN", "one of the states SYN-SENT, SYN-RECEIVED, ESTABLISHED"},
        {"a->b: RST while LISTEN", "(found \"LISTEN\")"},
        {"a->b: RST while TIME-WAIT port 5", "no \"port\" with \"while\""},
        {"a->b: SYN at 1s at 2s", "expected \"at\" only once at character 17"},
        {"a->b: SYN every 0s", "a time such as \"30s\""},
        {"a->b: SYN poisson 0/s", "a rate above 0"},
        {"a->b: SYN every 1s poisson 1/s", "either \"every\" or \"poisson\""},
        {"a->b: SYN times 3", "\"every\" or \"poisson\" with \"times\""},
        {"a->b: SYN answer RST", "\"from\" with \"answer\""},
        {"a->b: SYN wscale 256", "a whole number from 0 to 255"},
        {"a->b:", "at character 6 (found the end): a->b:[]"},
        {"a->b:\nSIN", "(found \"SIN\"): a->b: [SIN]"},
        {"a->b: S\aN", "(found \"S?N\"): a->b: [S?N]"},
        {"a\b->b: SYN", "a host name such as \"attacker\" at character 1"},
        {"a->b.c: SYN", "a host name such as \"attacker\" at character 4 (found \"b.c\")"},
    };
    for (const auto& [text, message] : errors)
    {
        EXPECT_NE(ErrorOf(text).find(message), std::string::npos) << text << "\n" << ErrorOf(text);
    }
}

TEST(InjectedNumbers, FollowTheirRule)
{
    const KnownNumbers known{1, 2, 3, 4, 5};
    const Instant second{1s};
    const auto number = [&](const char* rule, std::uint64_t index = 0, std::int64_t shift = 0) {
        const Injection injection =
            ParseOne(std::string("a->b: RST while ESTABLISHED seq ") + rule);
        return NumberBy(injection.seq, 1000, shift, index, second, known).Value();
    };
    EXPECT_EQ(number("7"), 7u);
    EXPECT_EQ(number("random"), 1000u);
    EXPECT_EQ(number("random step 100", 3), 1300u);
    EXPECT_EQ(number("clock"), 250000u);
    EXPECT_EQ(number("snd.una"), 1u);
    EXPECT_EQ(number("snd.nxt"), 2u);
    EXPECT_EQ(number("rcv.nxt+10"), 13u);
    EXPECT_EQ(number("iss-5"), 0xffffffffu);
    EXPECT_EQ(number("irs~9 step 4294967295", 2, -9), 0xfffffffau);
}

TEST(AddressRange, TakesItsAddressesInTurnAndKnowsThem)
{
    const AddressRange v4 = *ParseOne("a->b: SYN from 198.51.100.0/24").sources;
    EXPECT_EQ(v4.At(0).ToIpv4(), 0xc6336400u);
    EXPECT_EQ(v4.At(255).ToIpv4(), 0xc63364ffu);
    EXPECT_EQ(v4.At(256).ToIpv4(), 0xc6336400u);
    EXPECT_TRUE(v4.Contains(v4.At(77)));
    EXPECT_FALSE(v4.Contains(Address::FromIpv4(0xc6336500)));
    const AddressRange v6 = *ParseOne("a->b: SYN from 2001:db8::/48").sources;
    EXPECT_EQ(ToString(Endpoint{v6.At(0x1234), 80}), "[2001:db8::1234]:80");
    EXPECT_TRUE(v6.Contains(v6.At(0x1234)));
    EXPECT_FALSE(v6.Contains(v4.At(0)));
}

} // namespace
