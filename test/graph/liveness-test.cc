// What never comes true must be found: a machine that livelocks, and connections that nothing ends.

#include "../../model/graph/liveness.h"
#include "../../model/graph/machine-pool.h"
#include "../../model/graph/world-encoding.h"

#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

namespace lifecycle::test
{
namespace
{

using namespace lifecycle::exploration;

WorldRules
Rules(std::string_view first, std::string_view second, void (*change)(StackConfig&) = nullptr)
{
    StackConfig stack = InTicks(*FindPreset("rfc9293"));
    if (change != nullptr)
    {
        change(stack);
    }
    WorldRules rules = TwoHosts(stack, ParseScript(first).value(), ParseScript(second).value());
    rules.inFlight = 2;
    return rules;
}

/** The promise that is broken; `kept`, or `not known`. */
std::string
Broken(const WorldRules& rules)
{
    const LivenessResult result = FindBrokenPromise(Futures(rules), nullptr);
    return result.broken                          ? std::string(result.broken->promise->name)
           : result.outcome == Outcome::EXHAUSTED ? "kept"
                                                  : "not known";
}

/** An octet that nobody has sent makes one end acknowledge what the other has not sent, for ever. */
WorldRules
AckStorm()
{
    WorldRules rules =
        Rules("open", "listen", [](StackConfig& s) { s.connection.rfc793Ack = true; });
    rules.attacks = 1;
    return rules;
}

// Near miss of R-38: by RFC 5961 5 the octet is not taken. The budget of R-39 slows the storm, no more.
TEST(Liveness, FindsAnAckStorm)
{
    EXPECT_EQ(Broken(AckStorm()), "livelock");
    WorldRules rules = Rules("open", "listen");
    rules.attacks = 1;
    EXPECT_EQ(Broken(rules), "kept");
}

TEST(Liveness, ARoundLeadsBackToWhereItBegins)
{
    const Futures futures(AckStorm());
    const LivenessResult result = FindBrokenPromise(futures, nullptr);
    ASSERT_TRUE(result.broken);
    const auto& events = result.broken->events;
    ASSERT_LT(result.broken->roundBegin, events.size());
    MachinePool pool;
    World world = futures.First();
    Encoding begin;
    for (std::size_t i = 0; i < events.size(); ++i)
    {
        if (i == result.broken->roundBegin)
        {
            begin = EncodingOf(world, futures);
        }
        Step step;
        ASSERT_TRUE(futures.Take(world, events[i], step));
        World next = Keep(step, pool);
        world = std::move(next);
    }
    EXPECT_EQ(EncodingOf(world, futures), begin);
}

// Without keepalive nothing tells that the peer has crashed.
TEST(Liveness, FindsTheConnectionOfWhichACrashLeavesOneEnd)
{
    EXPECT_EQ(Broken(Rules("open", "listen,crash")), "way-home");
    EXPECT_EQ(
        Broken(
            Rules("open", "listen,crash", [](StackConfig& s) { s.connection.keepAlive = true; })),
        "kept");
}

// RFC 9293 gives FIN-WAIT-2 no timer, R-59: who waits for the FIN of a peer that has crashed waits for ever.
TEST(Liveness, FindsThatACloseDoesNotComeToClosedAfterACrash)
{
    EXPECT_EQ(Broken(Rules("open,close", "listen,crash")), "close-ends");
    EXPECT_EQ(Broken(Rules("open,close-fully", "listen,crash")), "kept");
}

TEST(Liveness, FindsThatNothingEndsAPhantom)
{
    WorldRules rules = Rules("open,close", "listen,close", [](StackConfig& s) {
        s.connection.twoWayHandshake = true;
    });
    rules.losses = 1;
    EXPECT_NE(Broken(rules), "kept");
}

TEST(Liveness, KeepsAllPromisesWhereTheMachineIsRight)
{
    WorldRules rules = Rules("open,close", "listen,close");
    rules.losses = 1;
    EXPECT_EQ(Broken(rules), "kept");
    EXPECT_EQ(Broken(Rules("open", "listen")), "kept");
    EXPECT_EQ(Broken(Rules("open", "")), "kept");
    EXPECT_EQ(Broken(Rules("open,close", "open,close")), "kept");
    EXPECT_EQ(Broken(Rules("open,send,abort", "listen")), "kept");
}

TEST(Liveness, SaysThatItDoesNotKnowIfItIsStopped)
{
    const LivenessResult result =
        FindBrokenPromise(Futures(Rules("open,close", "listen,close")),
                          [](const Progress& progress) { return progress.worlds < 2000; });
    EXPECT_EQ(result.outcome, Outcome::STOPPED);
    EXPECT_FALSE(result.broken);
}

TEST(Promises, CiteRequirementsThatExist)
{
    std::ifstream file(PROJECT_SOURCE_DIR "/doc/requirements.csv");
    std::set<std::string> known;
    for (std::string line; std::getline(file, line);)
    {
        known.insert(line.substr(0, line.find(',')));
    }
    for (const Promise& promise : PROMISES)
    {
        std::istringstream ids{std::string(promise.requirements)};
        for (std::string id; ids >> id;)
        {
            EXPECT_EQ(known.count(id.substr(0, id.find(','))), 1U) << promise.name << ": " << id;
        }
    }
}

} // namespace
} // namespace lifecycle::test
