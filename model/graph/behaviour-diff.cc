#include "behaviour-diff.h"

#include "../core/value.h"

#include <algorithm>
#include <cstdint>
#include <deque>
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

/** The fewest inputs on which two stacks differ; empty if none are found. */
std::vector<Input>
FindInputs(const StackConfig& one, const StackConfig& other, std::size_t mostPairs)
{
    std::deque<Pair> pairs{{Subject(one), Subject(other)}};
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

/** What of @p stack no input to one connection shows, or what worlds do not have, as in @p model. */
StackConfig
WithoutTheRest(const StackConfig& stack, const StackConfig& model)
{
    StackConfig rest = InTicks(stack);
    // Buffers, of which windows are made
    ConnectionConfig& config = rest.connection;
    const ConnectionConfig& usual = model.connection;
    config.mss = usual.mss;
    config.sendBuffer = usual.sendBuffer;
    config.receiveBuffer = usual.receiveBuffer;
    config.roundReceiveBuffer = usual.roundReceiveBuffer;
    config.maxReceiveBuffer = usual.maxReceiveBuffer;
    config.announceAllRoom = usual.announceAllRoom;
    config.initialCwnd = usual.initialCwnd;
    config.initialSsthresh = usual.initialSsthresh;
    // Schedules
    config.rtoSlop = usual.rtoSlop;
    config.clockGranularity = usual.clockGranularity;
    config.timestampTick = usual.timestampTick;
    config.persistMin = usual.persistMin;
    config.persistMax = usual.persistMax;
    config.synLinearRetries = usual.synLinearRetries;
    // Limits that take many connections, and what answers when there are so many
    rest.host.ephemeralFirst = model.host.ephemeralFirst;
    rest.host.ephemeralLast = model.host.ephemeralLast;
    rest.host.synCacheBuckets = 0;
    rest.host.synCacheBucketLimit = model.host.synCacheBucketLimit;
    rest.host.timeWaitLimit = model.host.timeWaitLimit;
    rest.host.timeWaitOverflow = model.host.timeWaitOverflow;
    rest.host.isnPolicy = model.host.isnPolicy;
    rest.host.synOptionOrder = model.host.synOptionOrder;
    rest.listen.synQueueLimit = model.listen.synQueueLimit;
    rest.listen.acceptQueueLimit = model.listen.acceptQueueLimit;
    rest.listen.synOverflow = model.listen.synOverflow;
    rest.listen.synCookies = SynCookieUse::OFF;
    return rest;
}

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

} // namespace

BehaviourDiff
Differ(const StackConfig& one, const StackConfig& other, std::size_t mostPairs)
{
    const StackConfig first = WithoutTheRest(one, one);
    const StackConfig second = WithoutTheRest(other, one);
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
        Difference difference{&option, first, With(option, second, first), {}};
        difference.inputs = FindInputs(difference.one, difference.other, mostPairs);
        if (difference.inputs.empty())
        {
            difference.one = With(option, first, second);
            difference.other = second;
            difference.inputs = FindInputs(difference.one, difference.other, mostPairs);
        }
        diff.differences.push_back(std::move(difference));
    }
    return diff;
}

} // namespace lifecycle::exploration
