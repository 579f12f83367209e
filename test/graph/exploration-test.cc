// What an exploration must find, and what it must not: bad machines and bad networks first.

#include "../../model/graph/exploration.h"
#include "../../model/graph/machine-pool.h"
#include "../../model/graph/world-encoding.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace lifecycle::test
{
namespace
{

using namespace lifecycle::exploration;

StackConfig
Stack()
{
    return InTicks(*FindPreset("rfc9293"));
}

Script
Calls(std::string_view text)
{
    return ParseScript(text).value();
}

WorldRules
Rules(std::string_view first, std::string_view second, const StackConfig& stack = Stack())
{
    WorldRules rules = TwoHosts(stack, Calls(first), Calls(second));
    rules.inFlight = 3;
    return rules;
}

/** The check that @p rules break first; `none`, or `not exhausted`. */
std::string
BrokenBy(const WorldRules& rules, const std::vector<std::string_view>& without = {})
{
    Options options;
    options.without = without;
    options.mayGoOn = [](const Progress& progress) { return progress.worlds < 1000000; };
    const Result result = Explore(Futures(rules), options);
    if (result.counterexample)
    {
        return std::string(result.counterexample->check->name);
    }
    return result.outcome == Outcome::EXHAUSTED ? "none" : "not exhausted";
}

// A host without TIME-WAIT, whose numbers begin anew each time, takes old octets for new ones.
TEST(Exploration, FindsTheOldOctetThatTimeWaitKeepsOut)
{
    StackConfig stack = Stack();
    stack.connection.timeWaitFactor = 0;
    stack.host.isnPolicy = IsnPolicy::CONSTANT;
    WorldRules rules = Rules("open,send,abort,open,send", "listen", stack);
    rules.duplicates = 1;
    EXPECT_EQ(BrokenBy(rules, {"time-wait-length", "acks-unsent"}), "old-octet");
}

TEST(Exploration, FindsThatTimeWaitIsTooShort)
{
    StackConfig stack = Stack();
    stack.connection.timeWaitFactor = 1;
    EXPECT_EQ(BrokenBy(Rules("open,close", "listen,close", stack)), "time-wait-length");
}

TEST(Exploration, FindsThatARepeatedFinDoesNotRestartTimeWait)
{
    StackConfig stack = Stack();
    stack.connection.timeWaitRestart = false;
    WorldRules rules = Rules("open,close", "listen,close", stack);
    rules.losses = 1;
    EXPECT_EQ(BrokenBy(rules), "time-wait-length");
}

// RFC 1337 3: an old segment of the connection provokes a reset, which must not end TIME-WAIT.
TEST(Exploration, FindsTheAssassinationOfTimeWait)
{
    for (const bool ignoresResets : {false, true})
    {
        StackConfig stack = Stack();
        stack.connection.rfc1337 = ignoresResets;
        WorldRules rules = Rules("open,close", "listen,close", stack);
        rules.inFlight = 2;
        rules.duplicates = 1;
        EXPECT_EQ(BrokenBy(rules), ignoresResets ? "none" : "time-wait-length");
    }
}

// What comes of an old SYN if nobody asks whether it is one: the reset of the other end may be lost.
TEST(Exploration, FindsThePhantomOfATwoWayHandshake)
{
    for (const bool isTwoWay : {true, false})
    {
        StackConfig stack = Stack();
        stack.connection.twoWayHandshake = isTwoWay;
        WorldRules rules = Rules("open,close", "listen,close", stack);
        rules.inFlight = 2;
        rules.losses = 1;
        EXPECT_EQ(BrokenBy(rules), isTwoWay ? "phantom" : "none");
    }
}

TEST(Exploration, FindsAResetThatNeedsNoExactNumber)
{
    StackConfig stack = Stack();
    stack.connection.rfc793Reset = true;
    EXPECT_EQ(BrokenBy(Rules("open,send,abort", "listen", stack)), "bad-reset-heeded");
    EXPECT_EQ(BrokenBy(Rules("open,send,abort", "listen")), "none");
}

// TIME-WAIT protects only the end that closes first; the other needs numbers that differ.
TEST(Exploration, FindsWhatConstantNumbersConfuse)
{
    StackConfig stack = Stack();
    stack.host.isnPolicy = IsnPolicy::CONSTANT;
    WorldRules rules = Rules("open,close,open,close", "listen,close", stack);
    rules.inFlight = 2;
    rules.duplicates = 1;
    EXPECT_EQ(BrokenBy(rules), "acks-unsent");
}

/** A counterexample, done again step by step, breaks its check at its last step and none before. */
TEST(Exploration, CounterexampleLeadsToTheStepThatBreaksTheCheck)
{
    StackConfig stack = Stack();
    stack.connection.timeWaitFactor = 1;
    const Futures futures(Rules("open,close", "listen,close", stack));
    const Result result = Explore(futures, {});
    ASSERT_TRUE(result.counterexample);
    EXPECT_EQ(result.counterexample->events.size(), result.progress.depth + 1U);
    MachinePool pool;
    World world = futures.First();
    const auto& events = result.counterexample->events;
    for (std::size_t i = 0; i < events.size(); ++i)
    {
        Step step;
        ASSERT_TRUE(futures.Take(world, events[i], step));
        const bool isLast = i + 1 == events.size();
        for (const Check& check : CHECKS)
        {
            const bool isToBreak = isLast && &check == result.counterexample->check;
            EXPECT_EQ(check.isBroken(step, futures.Rules()), isToBreak) << check.name;
        }
        World next = Keep(step, pool);
        world = std::move(next);
    }
}

struct SmallWorld
{
    const char* first;
    const char* second;
    std::uint32_t losses;
    std::uint32_t duplicates;
    std::uint32_t inFlight;
    std::uint64_t worlds;
    std::uint64_t successors;
};

class SmallWorlds : public testing::TestWithParam<SmallWorld>
{
};

/** Nothing is broken, and neither chance nor the number of threads decides how much is seen. */
TEST_P(SmallWorlds, AreExhaustedAlikeByAnyNumberOfThreads)
{
    const SmallWorld& small = GetParam();
    WorldRules rules = Rules(small.first, small.second);
    rules.losses = small.losses;
    rules.duplicates = small.duplicates;
    rules.inFlight = small.inFlight;
    std::vector<std::uint64_t> levels;
    for (const std::size_t threads : {1, 2, 3})
    {
        Options options;
        options.threads = threads;
        const Result result = Explore(Futures(rules), options);
        EXPECT_EQ(result.outcome, Outcome::EXHAUSTED);
        EXPECT_EQ(result.progress.worlds, small.worlds);
        EXPECT_EQ(result.progress.successors, small.successors);
        EXPECT_TRUE(threads == 1 || levels == result.levels);
        levels = result.levels;
    }
}

INSTANTIATE_TEST_SUITE_P(
    Exploration,
    SmallWorlds,
    testing::Values(SmallWorld{"open", "", 0, 0, 2, 20, 40},
                    SmallWorld{"open", "listen", 0, 0, 2, 155, 336},
                    SmallWorld{"open", "open", 0, 0, 3, 3702, 9480},
                    SmallWorld{"open,abort", "listen", 1, 0, 2, 791, 2567},
                    SmallWorld{"open,close", "listen,close", 1, 0, 2, 14059, 40501},
                    SmallWorld{"open,close", "open,close", 0, 0, 2, 10484, 28634}));

/** What one search visits, until there are @p most worlds. */
template <class Use>
void
ForEachWorld(const Futures& futures, std::size_t most, const Use& use)
{
    std::vector<World> level{futures.First()};
    std::set<Encoding> seen{EncodingOf(level.front(), futures)};
    MachinePool pool;
    Step step;
    std::vector<Event> events;
    while (!level.empty())
    {
        std::vector<World> next;
        for (const World& world : level)
        {
            use(world);
            futures.FindEvents(world, events);
            for (const Event& event : events)
            {
                if (seen.size() < most && futures.Take(world, event, step) &&
                    seen.insert(EncodingOf(step.after, futures)).second)
                {
                    next.push_back(Keep(step, pool));
                }
            }
        }
        level = std::move(next);
    }
}

/** Also where one machine stands for another in many worlds. */
TEST(WorldEncoding, FingerprintsDifferExactlyWhereEncodingsDo)
{
    WorldRules rules = Rules("open,send,close,open,close", "listen,send,close,next,close");
    rules.losses = 1;
    rules.duplicates = 1;
    const Futures futures(rules);
    std::map<Fingerprint, std::size_t> byPrint; // the hash of the encoding
    std::size_t worlds = 0;
    const std::size_t most = std::getenv("LIFECYCLE_FULL") == nullptr ? 20000 : 1000000;
    ForEachWorld(futures, most, [&](const World& world) {
        ++worlds;
        const Encoding encoding = EncodingOf(world, futures);
        const Fingerprint print = EncodeWorld(world, futures);
        EXPECT_TRUE(byPrint.emplace(print, HashValue(encoding)).second) << "seen before";
        for (std::size_t host = 0; host < futures.Hosts(); ++host)
        {
            const Seat& seat = world.seats[host];
            EXPECT_EQ(seat.fingerprint,
                      EncodeMachine(*seat.machine, world.now, rules.parties[host].stack));
        }
    });
    EXPECT_EQ(worlds, most);
}

/** Two machines that are alike may yet be two hosts: then neither may stand for the other. */
TEST(MachinePool, KeepsHostsApartThatAreAlike)
{
    const Futures futures(Rules("listen", "listen"));
    MachinePool pool;
    World world = futures.First();
    Step step;
    for (const std::uint8_t host : {0, 1})
    {
        ASSERT_TRUE(futures.Take(world, {EventKind::CALL, host}, step));
        World next = Keep(step, pool);
        world = std::move(next);
    }
    EXPECT_EQ(world.seats[0].fingerprint, world.seats[1].fingerprint);
    for (std::size_t host = 0; host < 2; ++host)
    {
        const Receiver receiver =
            world.seats[host].machine->host.ReceiverOf(PathOf(host, 1 - host));
        EXPECT_TRUE(receiver.isListener) << host;
    }
}

/** The world after @p idle ticks and then, @p steps times, the first event that is possible. */
Encoding
After(const Futures& futures, std::size_t idle, std::size_t steps)
{
    MachinePool pool;
    World world = futures.First();
    Step step;
    std::vector<Event> events;
    for (std::size_t i = 0; i < idle + steps; ++i)
    {
        futures.FindEvents(world, events);
        if (i < idle)
        {
            events.erase(events.begin(), events.end() - 1);
        }
        EXPECT_EQ(events.back().kind, EventKind::TICK);
        std::size_t first = 0;
        while (!futures.Take(world, events[first], step))
        {
            ++first;
        }
        World next = Keep(step, pool);
        world = std::move(next);
    }
    return EncodingOf(world, futures);
}

// Covers the canonical form: other initial sequence numbers and other instants, the same futures
TEST(WorldEncoding, DoesNotDependOnWhenSomethingBegins)
{
    const Futures futures(Rules("open,send,close", "listen,close"));
    for (std::size_t steps = 0; steps < 12; ++steps)
    {
        EXPECT_EQ(After(futures, 1, steps), After(futures, 0, steps)) << steps;
        EXPECT_EQ(After(futures, 7, steps), After(futures, 0, steps)) << steps;
    }
    EXPECT_NE(After(futures, 0, 3), After(futures, 0, 2));
}

TEST(WorldRulesProblems, NameWhatNoWorldCanHave)
{
    const auto problemOf = [](auto change) {
        WorldRules rules = Rules("open", "listen");
        change(rules);
        return FindProblem(rules).value_or("none");
    };
    const auto stackProblem = [&](auto change) {
        return problemOf([&](WorldRules& rules) { change(rules.parties[1].stack); });
    };
    EXPECT_EQ(problemOf([](WorldRules&) {}), "none");
    EXPECT_NE(problemOf([](WorldRules& r) { r.parties.pop_back(); }), "none");
    EXPECT_NE(problemOf([](WorldRules& r) { r.parties[0].peer = 0; }), "none");
    EXPECT_NE(problemOf([](WorldRules& r) { r.inFlight = 0; }), "none");
    EXPECT_NE(problemOf([](WorldRules& r) { r.segmentLifetime = 0; }), "none");
    EXPECT_NE(problemOf([](WorldRules& r) { r.losses = 256; }), "none");
    EXPECT_NE(problemOf([](WorldRules& r) { r.parties[0].script = Script(33, UserCall::SEND); }),
              "none");
    EXPECT_NE(stackProblem([](StackConfig& s) { s.connection.timestamps = true; }), "none");
    EXPECT_NE(stackProblem([](StackConfig& s) { s.host.isnPolicy = IsnPolicy::RANDOM; }), "none");
    EXPECT_NE(stackProblem([](StackConfig& s) { s.host.compactRecords = true; }), "none");
    EXPECT_NE(stackProblem([](StackConfig& s) { s.connection.maxRto = 2 * TICK; }), "none");
    EXPECT_NE(stackProblem([](StackConfig& s) { s.connection.msl = TICK / 2; }), "none");
    EXPECT_NE(stackProblem([](StackConfig& s) { s.listen.synCookies = SynCookieUse::ALWAYS; }),
              "none");
    EXPECT_FALSE(ParseScript("open,fly"));
    EXPECT_FALSE(ParseScript("open,,close"));
    EXPECT_EQ(ParseScript("")->size(), 0U);
}

TEST(WorldChecks, CiteRequirementsThatExist)
{
    std::ifstream file(PROJECT_SOURCE_DIR "/doc/requirements.csv");
    std::set<std::string> known;
    for (std::string line; std::getline(file, line);)
    {
        known.insert(line.substr(0, line.find(',')));
    }
    ASSERT_GT(known.size(), 50U);
    std::set<std::string_view> names;
    for (const Check& check : CHECKS)
    {
        EXPECT_TRUE(names.insert(check.name).second) << check.name;
        std::istringstream ids{std::string(check.requirements)};
        std::string id;
        while (ids >> id)
        {
            EXPECT_EQ(known.count(id.substr(0, id.find(','))), 1U) << check.name << ": " << id;
        }
    }
}

} // namespace
} // namespace lifecycle::test
