#include "behaviour-diff.h"

#include "../core/value.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <string_view>
#include <type_traits>
#include <unordered_set>
#include <utility>
#include <variant>

namespace lifecycle::exploration
{

namespace
{

/** Two hosts that have answered alike so far. */
struct Pair
{
    Subject one;
    Subject other;
    Instant now{};
    std::size_t parent{0};
    Input last{Input::Kind::TIMEOUT};
};

/** The fewest inputs that show @p difference; empty if none are found. */
std::vector<Input>
FindInputs(const Difference& difference, std::size_t mostPairs)
{
    std::deque<Pair> pairs{
        {Subject(difference.one, difference.reads), Subject(difference.other, difference.reads)}};
    std::unordered_set<std::uint64_t> seen;
    const auto wayTo = [&pairs](std::size_t place) {
        std::vector<Input> inputs;
        for (; place != 0; place = pairs[place].parent)
        {
            inputs.push_back(pairs[place].last);
        }
        std::reverse(inputs.begin(), inputs.end());
        return inputs;
    };
    std::deque<std::size_t> waiting{0};
    while (!waiting.empty())
    {
        const std::size_t place = waiting.front();
        waiting.pop_front();
        std::vector<Input> inputs = pairs[place].one.Inputs();
        if (!pairs[place].one.NextDeadline() && pairs[place].other.NextDeadline())
        {
            inputs.push_back({Input::Kind::TIMEOUT});
        }
        for (const Input& input : inputs)
        {
            Pair next = pairs[place];
            next.parent = place;
            next.last = input;
            next.now = NextInstant(input, next.one, next.other, next.now);
            const Actions first = next.one.Take(input, next.now);
            const Actions second = next.other.Take(input, next.now);
            if (!AreAlike(first, second))
            {
                std::vector<Input> way = wayTo(place);
                way.push_back(input);
                return way;
            }
            const std::uint64_t hash = Combine(next.one.Hash(next.now), next.other.Hash(next.now));
            if (pairs.size() < mostPairs && seen.insert(hash).second)
            {
                const std::size_t number = pairs.size();
                pairs.push_back(std::move(next));
                if (input.kind == Input::Kind::TIMEOUT)
                {
                    waiting.push_front(number); // that time passes is no effort
                }
                else
                {
                    waiting.push_back(number);
                }
            }
        }
    }
    return {};
}

/**
 * Options that nobody sees who counts no seconds, no octets of a window and no segments, who uses no
 * options of segments, no ECN and no ICMP, and who is the only peer.
 */
constexpr std::array NOT_ASKED{
    // Buffers, of which windows are made
    "Mss",
    "SendBuffer",
    "ReceiveBuffer",
    "RoundReceiveBuffer",
    "MaxReceiveBuffer",
    "AnnounceAllRoom",
    "AcceptAllRoom",
    "RoundWindowUp",
    "HalveReceiveBuffer",
    "FirstWindowInSegments",
    "InitialWindow",
    "InitialSlowStartThreshold",
    "SlowStartAllOctets",
    // Times and numbers of repetitions, beside those that are of worlds
    "KeepAlive",
    "KeepCount",
    "RtoSlop",
    "SynRtoSlop",
    "ClockGranularity",
    "PersistMin",
    "PersistMax",
    "SynLinearRetries",
    "OrphanRetries",
    "ChallengeAckLimit",
    "TimestampTick",
    "QuickAcks",
    "TimeWaitRestartByAck",
    // Limits of many connections
    "EphemeralFirst",
    "EphemeralLast",
    "SynCacheBuckets",
    "SynCacheBucketLimit",
    "TimeWaitLimit",
    "TimeWaitOverflow",
    "SynQueueLimit",
    "AcceptQueueLimit",
    "AcceptQueueRoom",
    "AcceptQueueStopsSyns",
    "SynOverflow",
    "SynCookies",
    "IsnPolicy",
    // Options of segments, ECN, and errors of ICMP, which are no inputs here
    "SynOptionOrder",
    "AnnounceMss",
    "TimeWaitReopenBySequence",
    "TolerateMissingTimestamp",
    "ZeroTimestampUnseen",
    "TimestampOffset",
    "Ecn",
    "EcnSynRetries",
    "EcnAfterPlainSyn",
    "IcmpSequenceCheck",
    "IcmpAbortsOpening",
    "IcmpAbortsSynchronized",
    "IcmpSoftAborts",
    "IcmpProhibitedAborts",
    "IcmpTimeExceededAborts",
    "ReportSoftErrors",
};

/** @p to, but with @p option as @p from has it. */
StackConfig
With(const StackOption& option, StackConfig from, StackConfig to)
{
    std::visit(
        [&](auto* source) {
            using Field = std::remove_pointer_t<decltype(source)>;
            *std::get<Field*>(option.field(to)) = *source;
        },
        option.field(from));
    return to;
}

/** @p stack in ticks, but with what nobody asks for as in @p model. */
StackConfig
WithoutTheRest(const StackConfig& stack, const StackConfig& model)
{
    StackConfig rest = InTicks(stack);
    for (const StackOption& option : StackOptions())
    {
        const auto isThis = [&option](std::string_view name) { return name == option.name; };
        if (std::any_of(NOT_ASKED.begin(), NOT_ASKED.end(), isThis))
        {
            rest = With(option, model, rest);
        }
    }
    rest.host.synCacheBuckets = 0;
    rest.listen.synCookies = SynCookieUse::OFF;
    return rest;
}

/** What some differences need: settings of both hosts, and what their users do. */
struct Surroundings
{
    void (*change)(StackConfig& stack);
    bool reads; ///< users read what has arrived
};

constexpr std::array SURROUNDINGS{
    Surroundings{[](StackConfig&) {}, true},
    Surroundings{[](StackConfig&) {}, false},
    Surroundings{[](StackConfig& stack) { stack.connection.keepAlive = true; }, true},
    Surroundings{[](StackConfig& stack) { stack.connection.rfc793Syn = true; }, true},
    Surroundings{[](StackConfig& stack) { stack.listen.acceptQueueLimit = 0; }, true},
};

/** Finds the fewest inputs that show @p difference, in the first surroundings in which some do. */
void
Show(Difference& difference, std::size_t mostPairs)
{
    const StackConfig one = difference.one;
    const StackConfig other = difference.other;
    for (const Surroundings& around : SURROUNDINGS)
    {
        difference.one = one;
        difference.other = other;
        around.change(difference.one);
        around.change(difference.other);
        difference.reads = around.reads;
        difference.inputs = FindInputs(difference, mostPairs);
        if (!difference.inputs.empty())
        {
            return;
        }
    }
    difference.one = one;
    difference.other = other;
}

} // namespace

BehaviourDiff
Differ(const StackConfig& one, const StackConfig& other, std::size_t mostPairs)
{
    const StackConfig first = WithoutTheRest(one, InTicks(one));
    const StackConfig second = WithoutTheRest(other, InTicks(one));
    BehaviourDiff diff;
    for (const StackOption& option : StackOptions())
    {
        if (ToText(option, first) == ToText(option, second))
        {
            if (ToText(option, one) != ToText(option, other))
            {
                diff.notAsked.push_back(&option);
            }
            continue;
        }
        Difference difference{&option, first, With(option, second, first)};
        Show(difference, mostPairs);
        if (difference.inputs.empty())
        {
            difference.one = With(option, first, second);
            difference.other = second;
            Show(difference, mostPairs);
        }
        diff.differences.push_back(std::move(difference));
    }
    return diff;
}

} // namespace lifecycle::exploration
