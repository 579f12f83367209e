// Times as text, both ways.

#include "../../model/core/instant.h"

#include <gtest/gtest.h>
#include <optional>

namespace lifecycle::test
{
namespace
{

using namespace std::chrono_literals;

TEST(Instant, TimesAreReadExactly)
{
    const auto read = [](std::string_view text) { return ParseTime(text, 1h); };
    EXPECT_EQ(read("30s"), 30s);
    EXPECT_EQ(read("1.5ms"), 1500us);
    EXPECT_EQ(read("0.25min"), 15s);
    EXPECT_EQ(read("7ns"), 7ns);
    EXPECT_EQ(read("0.333333333h"), 1'199'999'998'800ns);
    EXPECT_EQ(read("0.0000000019s"), 1ns); // cut off
    EXPECT_EQ(read("1h"), 1h);
    for (const char* text : {"",
                             "1",
                             "s",
                             ".5s",
                             "1.s",
                             "1 s",
                             "-1s",
                             "+1s",
                             "1S",
                             "1e3s",
                             "1.2.3s",
                             "2d",
                             "0x1s",
                             "1.0000001h",
                             "61min",
                             "3600000000001ns",
                             "99999999999999999999s"})
    {
        EXPECT_EQ(read(text), std::nullopt) << text;
    }
    EXPECT_EQ(ParseTime("9223372036854775807ns", Duration::max()), Duration::max());
    EXPECT_EQ(ParseTime("9223372036854775808ns", Duration::max()), std::nullopt);
}

TEST(Instant, TextIsInTheLongestUnitThatServes)
{
    EXPECT_EQ(ToText(0s), "0s");
    EXPECT_EQ(ToText(2h), "2h");
    EXPECT_EQ(ToText(90min), "90min");
    EXPECT_EQ(ToText(75s), "75s");
    EXPECT_EQ(ToText(1500ms), "1500ms");
    EXPECT_EQ(ToText(1001us), "1001us");
    EXPECT_EQ(ToText(1ns), "1ns");
    EXPECT_EQ(ToText(2h, 1s), "7200s");
}

} // namespace
} // namespace lifecycle::test
