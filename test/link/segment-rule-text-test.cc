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
    EXPECT_EQ(rules[1].time, 30s);
    EXPECT_EQ(rules[1].kind, SegmentClass::SYN);

    EXPECT_EQ(rules[2].from, "");
    EXPECT_EQ(rules[2].to, "");
    EXPECT_EQ(rules[2].action, RuleAction::DUPLICATE);
    EXPECT_EQ(rules[2].time, 10ms);
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
        return ParseOne("any: delay 1st SYN by " + text).time;
    };
    EXPECT_EQ(time("2min"), 120s);
    EXPECT_EQ(time("1.5min"), 90s);
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
    for (const std::string text : {"server->client: drop 1st FIN",
                                   "client-3->server: delay 2nd-4th SYN-ACK by 30s",
                                   "any: duplicate every ACK-of-FIN after 10ms",
                                   "any: drop overall 11th data",
                                   "any: delay 1st segment by 1234567891ns"})
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
                      WrongText{"any: delay 1st SYN by 30h", 23},           // no such unit
                      WrongText{"any: delay 1st SYN by 3.s", 23},       // nothing behind the point
                      WrongText{"any: delay 1st SYN by .5s", 23},       // nothing before it
                      WrongText{"any: delay 1st SYN by -5s", 23},       // negative
                      WrongText{"any: delay 1st SYN by 600000min", 23}, // more than a year
                      WrongText{"any: duplicate 1st ACK by 1s", 24},    // duplicate goes after
                      WrongText{"any: drop 1st FIN\n; client->: drop 1st FIN", 29}));

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
