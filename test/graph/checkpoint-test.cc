// A search that was stopped goes on as if it had not been, and from nothing but its own checkpoint.

#include "../../model/graph/checkpoint.h"
#include "../../model/graph/exploration.h"

#include <cstdio>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <string_view>

namespace lifecycle::test
{
namespace
{

using namespace lifecycle::exploration;

WorldRules
Rules(bool isTwoWay)
{
    StackConfig stack = InTicks(*FindPreset("rfc9293"));
    stack.connection.twoWayHandshake = isTwoWay;
    WorldRules rules =
        TwoHosts(stack, ParseScript("open,close").value(), ParseScript("listen,close").value());
    rules.inFlight = 2;
    rules.losses = 1;
    return rules;
}

/** Each test has a file of its own. */
class ACheckpoint : public testing::Test
{
  protected:
    ACheckpoint()
        : m_file(testing::TempDir() + "checkpoint-" +
                 testing::UnitTest::GetInstance()->current_test_info()->name())
    {
    }

    ~ACheckpoint() override
    {
        (void)std::remove(m_file.c_str());
    }

    /** Searches on until @p worlds are seen; from 0 on if @p begins. */
    Result Search(const WorldRules& rules, std::uint64_t worlds, bool begins) const
    {
        Options options;
        options.rules = m_rules;
        options.checkpoint = m_file;
        options.continueFrom = begins ? "" : m_file;
        options.mayGoOn = [worlds](const Progress& progress) { return progress.worlds < worlds; };
        return Explore(Futures(rules), options);
    }

    /** What is wrong with the checkpoint; nothing if it can be continued. */
    std::string Problem(const std::string& rules) const
    {
        try
        {
            (void)ReadCheckpoint(m_file, rules);
        }
        catch (const CheckpointError& error)
        {
            return error.what();
        }
        return "";
    }

    std::string Content() const
    {
        std::ifstream in(m_file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    void Write(std::string_view content) const
    {
        std::ofstream(m_file, std::ios::binary) << content;
    }

    std::string m_file;
    std::string m_rules{"a: open close\nb: listen close\n"};
};

TEST_F(ACheckpoint, GoesOnAsIfTheSearchHadNotStopped)
{
    for (const bool isTwoWay : {false, true})
    {
        const WorldRules rules = Rules(isTwoWay);
        const Result whole = Explore(Futures(rules), {});
        Result result = Search(rules, 1, true);
        std::size_t stops = 0;
        while (result.outcome == Outcome::STOPPED)
        {
            ++stops;
            result = Search(rules, result.progress.worlds + 1, false);
        }
        EXPECT_GT(stops, 3U);
        EXPECT_EQ(result.outcome, whole.outcome);
        EXPECT_EQ(result.levels, whole.levels);
        EXPECT_EQ(result.progress.worlds, whole.progress.worlds);
        EXPECT_EQ(result.progress.successors, whole.progress.successors);
        EXPECT_EQ(result.progress.leftOut, whole.progress.leftOut);
        ASSERT_EQ(result.counterexample.has_value(), whole.counterexample.has_value());
        if (whole.counterexample)
        {
            EXPECT_EQ(result.counterexample->check, whole.counterexample->check);
            EXPECT_EQ(result.counterexample->events.size(), whole.counterexample->events.size());
        }
    }
}

TEST_F(ACheckpoint, IsRefusedIfItIsNotWhole)
{
    (void)Search(Rules(false), 1000, true);
    const std::string content = Content();
    ASSERT_GT(content.size(), 1000U);
    EXPECT_EQ(Problem(m_rules), "");
    for (std::size_t size = 0; size < content.size(); size += content.size() / 50)
    {
        Write(std::string_view(content).substr(0, size));
        EXPECT_NE(Problem(m_rules), "") << size;
    }
    Write(content + "x");
    EXPECT_NE(Problem(m_rules), "");
}

TEST_F(ACheckpoint, IsRefusedIfAnOctetIsAnother)
{
    (void)Search(Rules(false), 1000, true);
    const std::string content = Content();
    for (std::size_t at = 0; at < content.size(); at += content.size() / 50)
    {
        std::string other = content;
        other[at] = static_cast<char>(other[at] ^ 1);
        Write(other);
        EXPECT_NE(Problem(m_rules), "") << at;
    }
}

TEST_F(ACheckpoint, IsRefusedIfItIsOfAnotherSearch)
{
    (void)Search(Rules(false), 1000, true);
    EXPECT_EQ(Problem("a: open close\nb: listen\n"),
              "'" + m_file +
                  "' is of another search: it has 'b: listen close' where this one has 'b: "
                  "listen'.");
}

TEST_F(ACheckpoint, IsRefusedIfTheMachineIsAnother)
{
    (void)Search(Rules(false), 5000, true);
    EXPECT_THROW((void)Search(Rules(true), 10000, false), CheckpointError);
}

TEST_F(ACheckpoint, IsRefusedWhereThereIsNone)
{
    EXPECT_NE(Problem(m_rules).find("cannot be read"), std::string::npos);
    Write("a: open close\n");
    EXPECT_NE(Problem(m_rules).find("is no checkpoint"), std::string::npos);
}

TEST_F(ACheckpoint, ThatCannotBeWrittenStopsTheSearchBeforeItBegins)
{
    m_file = "/no/such/folder/checkpoint";
    EXPECT_THROW((void)Search(Rules(false), 1000, true), CheckpointError);
}

} // namespace
} // namespace lifecycle::test
