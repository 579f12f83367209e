// Two stacks that differ in one option: the fewest inputs show it, or none does.

#include "../../model/graph/behaviour-diff.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle::test
{
namespace
{

using namespace lifecycle::exploration;

constexpr std::size_t MOST_PAIRS = 1000;

/** The inputs that show what @p change changes: `listen, S, ., RST`; `none`, or `not asked`. */
std::string
Shown(void (*change)(StackConfig&))
{
    const StackConfig one = *FindPreset("rfc9293");
    StackConfig other = one;
    change(other);
    const BehaviourDiff diff = Differ(one, other, MOST_PAIRS);
    if (diff.differences.empty())
    {
        return diff.notAsked.empty() ? "alike" : "not asked";
    }
    EXPECT_EQ(diff.differences.size(), 1U);
    std::string words;
    for (const Input& input : diff.differences.front().inputs)
    {
        words += words.empty() ? "" : ", ";
        words += input.kind == Input::Kind::CALL      ? std::string(ToString(input.call))
                 : input.kind == Input::Kind::TIMEOUT ? "timeout"
                                                      : FlagNames(input.segment.flags);
    }
    return words.empty() ? "none" : words;
}

TEST(BehaviourDiff, OfAStackAndItselfIsEmpty)
{
    EXPECT_EQ(Shown([](StackConfig&) {}), "alike");
}

TEST(BehaviourDiff, FindsWhatOneSegmentShows)
{
    EXPECT_EQ(Shown([](StackConfig& s) { s.host.blackHole = BlackHole::ALL; }), "S");
    EXPECT_EQ(Shown([](StackConfig& s) { s.connection.ignoreSynAckInListen = true; }),
              "listen, S.");
}

TEST(BehaviourDiff, FindsTheShortestWayToAResetThatOneHeeds)
{
    EXPECT_EQ(Shown([](StackConfig& s) { s.connection.rfc793Reset = true; }), "listen, S, R");
    EXPECT_EQ(Shown([](StackConfig& s) { s.connection.rfc1337 = false; }), "open, S, close, F., R");
}

TEST(BehaviourDiff, FindsWhatNeedsSurroundings)
{
    EXPECT_EQ(Shown([](StackConfig& s) { s.connection.abortOnOverflow = true; }), "listen, S, .");
    EXPECT_EQ(Shown([](StackConfig& s) { s.connection.keepReset = true; }),
              "open, S., timeout, timeout, timeout, timeout");
}

TEST(BehaviourDiff, AsksNothingOfBuffersTimesAndOptions)
{
    EXPECT_EQ(Shown([](StackConfig& s) { s.connection.receiveBuffer = 1000; }), "not asked");
    EXPECT_EQ(Shown([](StackConfig& s) { s.connection.maxRto = std::chrono::seconds(120); }),
              "not asked");
    EXPECT_EQ(Shown([](StackConfig& s) { s.host.synOptionOrder = SynOptionOrder::MSS_WS_SACK_TS; }),
              "not asked");
}

/** An option that matters only if another one is on. */
TEST(BehaviourDiff, LooksForAnOptionAmongThoseOfTheOtherStack)
{
    const StackConfig one = *FindPreset("rfc9293");
    StackConfig other = one;
    other.connection.lingerZero = true;
    other.connection.resetHasAck = true;
    const BehaviourDiff diff = Differ(one, other, MOST_PAIRS);
    ASSERT_EQ(diff.differences.size(), 2U);
    for (const Difference& difference : diff.differences)
    {
        EXPECT_FALSE(difference.inputs.empty()) << difference.option->name;
    }
}

TEST(BehaviourDiff, SaysWhereItFindsNothing)
{
    EXPECT_EQ(Shown([](StackConfig& s) { s.connection.userTimeoutCoversProbes = true; }), "none");
}

/** Played again, the inputs are answered alike but for the last. */
TEST(BehaviourDiff, OfPresetsIsShownByTheLastInputAlone)
{
    const BehaviourDiff diff = Differ(*FindPreset("rfc9293"), *FindPreset("freebsd"), MOST_PAIRS);
    std::size_t shown = 0;
    for (const Difference& difference : diff.differences)
    {
        Subject one(difference.one, difference.reads);
        Subject other(difference.other, difference.reads);
        Instant now{};
        for (std::size_t i = 0; i < difference.inputs.size(); ++i)
        {
            now = NextInstant(difference.inputs[i], one, other, now);
            const Actions first = one.Take(difference.inputs[i], now);
            const Actions second = other.Take(difference.inputs[i], now);
            EXPECT_EQ(AreAlike(first, second), i + 1 < difference.inputs.size())
                << difference.option->name;
        }
        shown += difference.inputs.empty() ? 0 : 1;
    }
    EXPECT_GT(shown, 2U);
}

} // namespace
} // namespace lifecycle::test
