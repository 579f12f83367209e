// The table of what presets do otherwise says of each row whether inputs show
// it, and inputs do so.

#include "../../model/core/departures.h"
#include "../../model/graph/behaviour-diff.h"

#include <gtest/gtest.h>
#include <set>
#include <string>
#include <string_view>

namespace lifecycle::test
{
namespace
{

using namespace lifecycle::exploration;

using Names = std::set<std::string_view>;

/** The options of which inputs show what preset @p name does otherwise. */
Names
Found(std::string_view name)
{
    constexpr std::size_t MOST_PAIRS = 1000;
    Names names;
    const BehaviourDiff diff = Differ(*FindPreset("rfc9293"), *FindPreset(name), MOST_PAIRS);
    for (const Difference& difference : diff.differences)
    {
        if (!difference.inputs.empty())
        {
            names.insert(difference.option->name);
        }
    }
    return names;
}

/** Those of which the table says so. */
Names
Documented(std::string_view Departure::*preset)
{
    Names names;
    for (const Departure& departure : Departures())
    {
        if (departure.inputsShow && !(departure.*preset).empty())
        {
            names.insert(departure.option);
        }
    }
    return names;
}

TEST(DepartureTable, SaysWhatInputsShowOfLinux)
{
    EXPECT_EQ(Found("linux"), Documented(&Departure::onLinux));
}

TEST(DepartureTable, SaysWhatInputsShowOfFreeBsd)
{
    EXPECT_EQ(Found("freebsd"), Documented(&Departure::onFreeBsd));
}

} // namespace
} // namespace lifecycle::test
