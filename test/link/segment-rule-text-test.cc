// The grammar of rules: what it accepts, what it prints, and where it says an error is.

#include "../../model/link/segment-rule.h"

#include <gtest/gtest.h>

using namespace lifecycle;
using namespace std::chrono_literals;

namespace
{

std::vector<SegmentRule>
Parse(std::string_view text)
{
    auto parsed = ParseSegmentRules(text);
    if (const auto* error = std::get_if<RuleError>(&parsed))
    {
        ADD_FAILURE() << error->message;
        return {};
    }
    return std::get<std::vector<SegmentRule>>(parsed);
}

SegmentRule
ParseOne(std::string_view text)
{
    const auto rules = Parse(text);
    EXPECT_EQ(rules.size(), 1u) << text;
    return rules.empty() ? SegmentRule{} : rules[0];
}

RuleError
ErrorOf(std::string_view text)
{
    const auto parsed = ParseSegmentRules(text);
    if (!std::holds_alternative<RuleError>(parsed))
    {
        ADD_FAILURE() << "accepted: " << text;
        return {};
    }
    return std::get<RuleError>(parsed);
}

TEST(ParseSegmentRules, ReadsTheThreeActions)
{
    const auto rules = Parse("server->client: drop 1st FIN; client->server: delay 1st SYN by 30s; "
                             "any: duplicate 2nd ACK after 10ms");
    ASSERT_EQ(rules.size(), 3u);

    EXPECT_EQ(rules[0].from, "server");
    EXPECT_EQ(rules[0].to, "client");
    EXPECT_EQ(rules[0].action, RuleAction::DROP);
    EXPECT_EQ(rules[0].first, 1u);
    EXPECT_EQ(rules[0].last, 1u);
    EXPECT_EQ(rules[0].kind, SegmentClass::FIN);

    EXPECT_EQ(rules[1].action, RuleAction::DELAY);
    EXPECT_EQ(rules[1].times, std::vector<Duration>{30s});
    EXPECT_EQ(rules[1].kind, SegmentClass::SYN);

    EXPECT_EQ(rules[2].from, "");
    EXPECT_EQ(rules[2].to, "");
    EXPECT_EQ(rules[2].action, RuleAction::DUPLICATE);
    EXPECT_EQ(rules[2].times, std::vector<Duration>{10ms});
    EXPECT_EQ(rules[2].first, 2u);
    EXPECT_EQ(rules[2].kind, SegmentClass::ACK);
}

TEST(ParseSegmentRules, ReadsNothingAsNoRules)
{
    EXPECT_TRUE(Parse("").empty());
    EXPECT_TRUE(Parse(" ;\n; ").empty());
    EXPECT_EQ(Parse("any: drop 1st RST;").size(), 1u);
}

TEST(ParseSegmentRules, ReadsEverySelector)
{
    const SegmentRule range = ParseOne("any: drop 2nd-11th data");
    EXPECT_EQ(range.first, 2u);
    EXPECT_EQ(range.last, 11u);
    EXPECT_FALSE(range.overall);

    const SegmentRule every = ParseOne("any: drop every segment");
    EXPECT_EQ(every.first, 1u);
    EXPECT_EQ(every.last, SegmentRule::ALL);

    const SegmentRule overall = ParseOne("any: drop overall 3rd SYN-ACK");
    EXPECT_TRUE(overall.overall);
    EXPECT_EQ(overall.first, 3u);
    EXPECT_EQ(overall.kind, SegmentClass::SYN_ACK);

    EXPECT_EQ(ParseOne("any: drop 1st ACK-of-FIN").kind, SegmentClass::ACK_OF_FIN);
    EXPECT_EQ(ParseOne("any: drop 1st RST").kind, SegmentClass::RST);
}

TEST(ParseSegmentRules, ReadsSeveralCopies)
{
    const auto rule = ParseOne("any: duplicate 1st SYN after 10ms and 0s and 1.5min");
    EXPECT_EQ(rule.times, (std::vector<Duration>{10ms, 0s, 90s}));
}

TEST(ParseSegmentRules, ReadsCorruptionAndReordering)
{
    EXPECT_EQ(ParseOne("any: corrupt 1st SYN").action, RuleAction::CORRUPT);
    const auto rule = ParseOne("any: reorder 2nd data after 3 segments");
    EXPECT_EQ(rule.action, RuleAction::REORDER);
    EXPECT_EQ(rule.behind, 3u);
    EXPECT_EQ(ParseOne("any: reorder 2nd data after 1 segment").behind, 1u);
}

TEST(ParseSegmentRules, ReadsConditionsInAnyOrder)
{
    const auto rule = ParseOne("any: delay 1st data between 1s and 2s of 10-20 octets "
                               "from 10.0.0.1 to 192.168.0.255 by 5ms");
    ASSERT_TRUE(rule.lengths && rule.hosts && rule.window);
    EXPECT_EQ(*rule.lengths, (LengthRange{10, 20}));
    EXPECT_EQ(rule.hosts->source, Address::FromIpv4(0x0a000001));
    EXPECT_EQ(rule.hosts->destination, Address::FromIpv4(0xc0a800ff));
    EXPECT_EQ(*rule.window, (TimeWindow{1s, 2s}));
    EXPECT_EQ(ToString(rule),
              "any: delay 1st data of 10-20 octets from 10.0.0.1 to 192.168.0.255 between 1s and "
              "2s by 5ms");

    EXPECT_EQ(*ParseOne("any: drop every data of 7 octets").lengths, (LengthRange{7, 7}));
}

TEST(ParseSegmentRules, ReadsIpv6Addresses)
{
    for (const auto& [text, canonical] :
         std::vector<std::pair<std::string, std::string>>{{"2001:db8::1", "2001:db8::1"},
                                                          {"::", "::"},
                                                          {"::1", "::1"},
                                                          {"fe80::", "fe80::"},
                                                          {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
                                                          {"2001:0DB8:0:0::A", "2001:db8::a"}})
    {
        const std::string rule = "any: drop 1st SYN from " + text + " to ::2";
        EXPECT_EQ(ToString(ParseOne(rule)), "any: drop 1st SYN from " + canonical + " to ::2");
    }
}

TEST(ParseSegmentRules, ReadsEnglishOrdinals)
{
    for (const auto& [text, number] :
         std::vector<std::pair<std::string, std::uint32_t>>{{"1st", 1},
                                                            {"2nd", 2},
                                                            {"3rd", 3},
                                                            {"4th", 4},
                                                            {"10th", 10},
                                                            {"11th", 11},
                                                            {"12th", 12},
                                                            {"13th", 13},
                                                            {"21st", 21},
                                                            {"102nd", 102},
                                                            {"111th", 111},
                                                            {"999999999th", 999'999'999}})
    {
        EXPECT_EQ(ParseOne("any: drop " + text + " SYN").first, number);
    }
}

TEST(ParseSegmentRules, ReadsTimesExactly)
{
    const auto time = [](const std::string& text) {
        return ParseOne("any: delay 1st SYN by " + text).times.at(0);
    };
    EXPECT_EQ(time("2min"), 120s);
    EXPECT_EQ(time("1.5min"), 90s);
    EXPECT_EQ(time("1h"), 3600s);
    EXPECT_EQ(time("0.1s"), 100ms);
    EXPECT_EQ(time("5us"), 5us);
    EXPECT_EQ(time("7ns"), 7ns);
    EXPECT_EQ(time("0s"), 0s);
    EXPECT_EQ(time("1.234567891s"), 1'234'567'891ns);
    EXPECT_EQ(time("0.5ns"), 0ns);
}

TEST(ParseSegmentRules, ReadsHostNamesWithHyphens)
{
    const SegmentRule rule = ParseOne("client-3->my_server: drop 1st SYN");
    EXPECT_EQ(rule.from, "client-3");
    EXPECT_EQ(rule.to, "my_server");
}

TEST(ParseSegmentRules, PrintsWhatItReads)
{
    for (const std::string text :
         {"server->client: drop 1st FIN",
          "client-3->server: delay 2nd-4th SYN-ACK by 30s",
          "any: duplicate every ACK-of-FIN after 10ms",
          "any: drop overall 11th data",
          "any: delay 1st segment by 1234567891ns",
          "any: corrupt 1st-2nd FIN",
          "any: duplicate 1st SYN after 10ms and 1s and 0s",
          "any: reorder 1st data after 1 segment",
          "any: reorder overall 3rd data after 12 segments",
          "any: drop every data of 0 octets",
          "any: drop 1st data of 100-65535 octets between 0s and 1ns",
          "any: duplicate 1st ACK from 10.0.0.1 to 10.0.0.2 after 1s and 2s",
          "any: drop 1st ACK from 10.0.0.1 to 10.0.0.2 between 1s and 2s",
          "any: duplicate 1st ACK between 1s and 2s after 1s and 2s"})
    {
        EXPECT_EQ(ToString(ParseOne(text)), text);
    }
    EXPECT_EQ(ToString(ParseOne("  any :drop\n 1st-1st   RST ;")), "any: drop 1st RST");
    EXPECT_EQ(ToString(ParseOne("a -> b: delay 1st SYN by 0.5min")), "a->b: delay 1st SYN by 30s");
}

TEST(ParseSegmentRules, SaysWhereAndWhatIsWrong)
{
    const RuleError error = ErrorOf("server->client: drop frist FIN");
    EXPECT_EQ(error.character, 22u);
    EXPECT_EQ(error.message,
              "rules: expected an ordinal such as \"1st\" at character 22 (found \"frist\"): "
              "server->client: drop [frist] FIN");
}

TEST(ParseSegmentRules, ShowsOnlyTheRuleThatIsWrong)
{
    const RuleError error = ErrorOf("any: drop 1st FIN; any: drop 1st FNI; any: drop 1st SYN");
    EXPECT_EQ(error.character, 34u);
    EXPECT_EQ(error.message,
              "rules: expected SYN, SYN-ACK, FIN, ACK, ACK-of-FIN, RST, data or segment "
              "at character 34 (found \"FNI\"): any: drop 1st [FNI]");
}

TEST(ParseSegmentRules, SaysWhatIsMissingAtTheEnd)
{
    const RuleError error = ErrorOf("any: delay 1st SYN");
    EXPECT_EQ(error.character, 19u);
    EXPECT_EQ(error.message,
              "rules: expected \"by\" at character 19 (found the end): any: delay 1st SYN[]");
    EXPECT_EQ(ErrorOf("any: drop 1st- FIN").message,
              "rules: expected an ordinal of at least \"1st\" at character 15 (found nothing): "
              "any: drop 1st-[] FIN");
    EXPECT_EQ(ErrorOf("any: drop 1st ; any: drop 1st FIN").message,
              "rules: expected SYN, SYN-ACK, FIN, ACK, ACK-of-FIN, RST, data or segment "
              "at character 15 (found \";\"): any: drop 1st [;]");
}

TEST(ParseSegmentRules, SaysItInOneLine)
{
    EXPECT_EQ(ErrorOf("any: drop\n1st\r\nsin\a").message,
              "rules: expected SYN, SYN-ACK, FIN, ACK, ACK-of-FIN, RST, data or segment "
              "at character 16 (found \"sin\"): any: drop 1st  [sin]?");
}

/** A wrong text and the character at which it goes wrong. */
struct WrongText
{
    const char* text;
    std::size_t character;
};

class ParseWrongRules : public ::testing::TestWithParam<WrongText>
{
};

TEST_P(ParseWrongRules, PointsAtTheCharacter)
{
    EXPECT_EQ(ErrorOf(GetParam().text).character, GetParam().character) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    ParseSegmentRules,
    ParseWrongRules,
    ::testing::Values(WrongText{"drop 1st FIN", 6},                   // no direction
                      WrongText{"server client: drop 1st FIN", 8},    // no arrow
                      WrongText{"server-client: drop 1st FIN", 14},   // no arrow
                      WrongText{"server->: drop 1st FIN", 9},         // no receiver
                      WrongText{"->client: drop 1st FIN", 1},         // no sender
                      WrongText{"any->client: drop 1st FIN", 4},      // any is no host
                      WrongText{"client->any: drop 1st FIN", 9},      // any is no host
                      WrongText{"10.0.0.1->client: drop 1st FIN", 1}, // an address is no name
                      WrongText{"a.b->client: drop 1st FIN", 1},      // nor is a domain
                      WrongText{"any drop 1st FIN", 5},               // no colon
                      WrongText{"any: lose 1st FIN", 6},              // no such action
                      WrongText{"any: Drop 1st FIN", 6},              // case differs
                      WrongText{"any: drop FIN", 11},                 // no ordinal
                      WrongText{"any: drop last FIN", 11},            // not known in advance
                      WrongText{"any: drop 0th FIN", 11},             // counts from 1
                      WrongText{"any: drop 1th FIN", 11},             // not English
                      WrongText{"any: drop 11st FIN", 11},            // not English
                      WrongText{"any: drop 1 FIN", 11},               // not an ordinal
                      WrongText{"any: drop -1st FIN", 11},            // no start of range
                      WrongText{"any: drop 1000000000th FIN", 11},    // too large
                      WrongText{"any: drop 1st- FIN", 15},            // no end of range
                      WrongText{"any: drop 3rd-2nd FIN", 15},         // backwards
                      WrongText{"any: drop 1st-3th FIN", 15},         // not English
                      WrongText{"any: drop overall every FIN", 19},   // every needs no overall
                      WrongText{"any: drop 1st fin", 15},             // case differs
                      WrongText{"any: drop 1st SYNACK", 15},          // it is SYN-ACK
                      WrongText{"any: drop 1st FIN by 30s", 19},      // drop takes no time
                      WrongText{"any: drop 1st FIN any: drop 1st SYN", 19}, // no semicolon
                      WrongText{"any: delay 1st SYN after 30s", 20},        // delay goes by
                      WrongText{"any: delay 1st SYN by", 22},               // no time
                      WrongText{"any: delay 1st SYN by 30", 23},            // no unit
                      WrongText{"any: delay 1st SYN by 30 s", 23},          // blank before the unit
                      WrongText{"any: delay 1st SYN by 30d", 23},           // no such unit
                      WrongText{"any: delay 1st SYN by 3.s", 23},       // nothing behind the point
                      WrongText{"any: delay 1st SYN by .5s", 23},       // nothing before it
                      WrongText{"any: delay 1st SYN by -5s", 23},       // negative
                      WrongText{"any: delay 1st SYN by 600000min", 23}, // more than a year
                      WrongText{"any: duplicate 1st ACK by 1s", 24},    // duplicate goes after
                      WrongText{"any: drop 1st FIN\n; client->: drop 1st FIN", 29},
                      WrongText{"any: duplicate 1st ACK after 1s and", 36},        // no time
                      WrongText{"any: duplicate 1st ACK after 1s, 2s", 32},        // goes by and
                      WrongText{"any: delay 1st ACK by 1s and 2s", 26},            // one time only
                      WrongText{"any: corrupt 1st ACK by 1s", 22},                 // takes no time
                      WrongText{"any: reorder 1st data by 1s", 23},                // goes after
                      WrongText{"any: reorder 1st data after 1s", 29},             // no time
                      WrongText{"any: reorder 1st data after 0 segments", 29},     // behind none
                      WrongText{"any: reorder 1st data after 2 segment", 31},      // not English
                      WrongText{"any: reorder 1st data after 1 segments", 31},     // not English
                      WrongText{"any: drop 1st data of octets", 23},               // no number
                      WrongText{"any: drop 1st data of 1-2", 26},                  // no unit
                      WrongText{"any: drop 1st data of 2-1 octets", 23},           // backwards
                      WrongText{"any: drop 1st data of 65536 octets", 23},         // too large
                      WrongText{"any: drop 1st data of 1- octets", 23},            // no end
                      WrongText{"any: drop 1st data of 1 octets of 1 octets", 32}, // twice
                      WrongText{"any: drop 1st SYN from 10.0.0.1", 32},            // no destination
                      WrongText{"any: drop 1st SYN from client to 10.0.0.1", 24},  // no address
                      WrongText{"any: drop 1st SYN from 10.0.0.256 to ::", 24},    // too large
                      WrongText{"any: drop 1st SYN from 10.0.0 to ::", 24},        // too short
                      WrongText{"any: drop 1st SYN from 10.0.0.01 to ::", 24},     // a zero
                      WrongText{"any: drop 1st SYN from 10.0.0.1:80 to ::", 24},   // no ports
                      WrongText{"any: drop 1st SYN from 10.0.0.1 to 1:2", 36},     // too short
                      WrongText{"any: drop 1st SYN from :: to 1::2::3", 30},       // two gaps
                      WrongText{"any: drop 1st SYN from :: to 12345::", 30},       // too long
                      WrongText{"any: drop 1st SYN from :: to 1:2:3:4:5:6:7:", 30}, // open end
                      WrongText{"any: drop 1st SYN from :: to ::g", 30},            // not hex
                      WrongText{"any: drop 1st SYN from :: to ", 30},               // nothing
                      WrongText{"any: drop 1st SYN between 1s", 29},                // no end
                      WrongText{"any: drop 1st SYN between 2s and 1s", 34},         // backwards
                      WrongText{"any: drop 1st SYN between 2s and 2s", 34},         // empty
                      WrongText{"any: drop 1st SYN between 1 and 2s", 27}));        // no unit

TEST(FindUnknownHost, NamesWhatNoHostIsCalled)
{
    const std::vector<std::string> hosts{"client-1", "client-2", "server"};
    EXPECT_FALSE(FindUnknownHost(Parse("client->server: drop 1st SYN; any: drop 1st FIN"), hosts));
    EXPECT_FALSE(FindUnknownHost(Parse("a->b: drop 1st SYN"), {}));
    EXPECT_EQ(FindUnknownHost(Parse("sever->client-2: drop 1st SYN"), hosts),
              "rules: no host is called \"sever\" (hosts: client-1, client-2, server): "
              "sever->client-2: drop 1st SYN");
    EXPECT_TRUE(FindUnknownHost(Parse("client-3->server: drop 1st SYN"), hosts));
}

} // namespace
