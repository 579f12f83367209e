// The state graph as a graph: what the transitions make together. Source: RFC 9293 Figure 5.

#include "../../model/graph/state-graph.h"
#include "../golden.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string_view>
#include <utility>

namespace lifecycle::test
{
namespace
{

std::set<std::pair<State, State>>
Pairs(Edges edges)
{
    std::set<std::pair<State, State>> pairs;
    for (const Transition* row : Rows(edges))
    {
        pairs.insert({row->from, row->to});
    }
    return pairs;
}

bool
Has(std::string_view id, Edges edges)
{
    const auto rows = Rows(edges);
    return std::any_of(rows.begin(), rows.end(), [id](const Transition* row) {
        return row->id == id;
    });
}

TEST(StateGraph, EveryStateIsReachableFromClosed)
{
    for (const Edges edges : {Edges::ALL, Edges::ON_BY_DEFAULT, Edges::STANDARD_ON_DEFAULT})
    {
        EXPECT_EQ(ReachableFrom(State::CLOSED, edges).size(), ALL_STATES.size());
    }
}

TEST(StateGraph, ClosedIsReachableFromEveryState)
{
    for (const Edges edges : {Edges::ALL, Edges::ON_BY_DEFAULT, Edges::STANDARD_ON_DEFAULT})
    {
        EXPECT_EQ(StatesReaching(State::CLOSED, edges).size(), ALL_STATES.size());
    }
}

TEST(StateGraph, CountsAreThoseOfTheRequirements)
{
    EXPECT_EQ(Rows(Edges::ALL).size(), 122U);
    EXPECT_EQ(Rows(Edges::ON_BY_DEFAULT).size(), 72U);
    EXPECT_EQ(Rows(Edges::STANDARD_ON_DEFAULT).size(), 53U);
    EXPECT_EQ(Pairs(Edges::ON_BY_DEFAULT).size(), 28U);
}

// The edges that Figure 5 draws, its notes 1 and 2 included, by id.
TEST(StateGraph, FigureFiveIsThere)
{
    for (const char* id : {"T01", "T02", "T03", "T06", "T08", "T09", "T10", "T12", "T13", "T14",
                           "T21", "T22", "T23", "T24", "T25", "T26", "T27", "T28", "T29", "T30"})
    {
        EXPECT_TRUE(Has(id, Edges::STANDARD_ON_DEFAULT)) << id;
    }
    EXPECT_TRUE(Has("T04", Edges::ALL)) << "SEND in LISTEN is drawn, but off";
}

TEST(StateGraph, WhatTheFigureForbidsIsNotThere)
{
    const auto pairs = Pairs(Edges::ON_BY_DEFAULT);
    EXPECT_EQ(pairs.count({State::LAST_ACK, State::TIME_WAIT}), 0U);
    EXPECT_EQ(pairs.count({State::FIN_WAIT_2, State::CLOSING}), 0U);
    EXPECT_EQ(pairs.count({State::LISTEN, State::ESTABLISHED}), 0U);
    EXPECT_EQ(pairs.count({State::ESTABLISHED, State::TIME_WAIT}), 0U);
}

TEST(StateGraph, FromSynSentToTimeWaitTakesThreeTransitions)
{
    const auto walk = ShortestWalk(State::SYN_SENT, State::TIME_WAIT, Edges::STANDARD_ON_DEFAULT);
    ASSERT_EQ(walk.size(), 3U);
    EXPECT_EQ(walk.front()->from, State::SYN_SENT);
    EXPECT_EQ(walk.back()->to, State::TIME_WAIT);
}

TEST(StateGraph, NoWalkLeadsNowhere)
{
    EXPECT_TRUE(ShortestWalk(State::TIME_WAIT, State::TIME_WAIT, Edges::ALL).empty());
}

TEST(StateGraph, DotIsGolden)
{
    ExpectGolden("doc/state-graph.dot", ToDot(Edges::ON_BY_DEFAULT));
}

TEST(StateGraph, TableOfTheAnalysisIsOurs)
{
    ExpectGolden("analysis/transition-table.csv", ToCsv());
}

} // namespace
} // namespace lifecycle::test
