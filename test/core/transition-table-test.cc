// The licence of all moves: RFC 9293 3.3.2 and its Figure 5, 3.10.

#include "../../model/core/actions.h"
#include "../../model/core/transition-table.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace lifecycle::test
{
namespace
{

TEST(TransitionTable, HasThisManyRowsOfEachKind)
{
    std::map<char, int> classes;
    int on = 0;
    int standardAndOn = 0;
    for (const Transition& t : TRANSITIONS)
    {
        const char letter = Letter(t.transitionClass);
        ++classes[letter];
        on += t.onByDefault;
        standardAndOn += t.onByDefault && (letter == 'F' || letter == 'E');
    }
    EXPECT_EQ(TRANSITIONS.size(), 122U);
    EXPECT_EQ(on, 72);
    EXPECT_EQ(standardAndOn, 53);
    const std::map<char, int>
        expected{{'F', 21}, {'E', 35}, {'O', 34}, {'I', 14}, {'L', 8}, {'X', 8}, {'C', 2}};
    EXPECT_EQ(classes, expected);
}

TEST(TransitionTable, NamesEachEdgeOnce)
{
    std::set<std::string_view> ids;
    std::set<std::tuple<State, Cause, State>> edges;
    for (const Transition& t : TRANSITIONS)
    {
        EXPECT_TRUE(ids.insert(t.id).second) << t.id;
        EXPECT_TRUE(edges.insert({t.from, t.cause, t.to}).second) << t.id;
        EXPECT_NE(t.from, t.to) << t.id;
        EXPECT_FALSE(t.trigger.empty()) << t.id;
        EXPECT_EQ(t.section[0], '3') << t.id;
    }
}

TEST(TransitionTable, Has34OrderedPairsAnd28ByDefault)
{
    std::set<std::pair<State, State>> all;
    std::set<std::pair<State, State>> byDefault;
    for (const Transition& t : TRANSITIONS)
    {
        all.insert({t.from, t.to});
        if (t.onByDefault)
        {
            byDefault.insert({t.from, t.to});
        }
    }
    EXPECT_EQ(all.size(), 34U);
    EXPECT_EQ(byDefault.size(), 28U);
}

TEST(TransitionTable, FindsEveryEdgeAndNoOther)
{
    for (const Transition& t : TRANSITIONS)
    {
        EXPECT_EQ(FindTransition(t.from, t.cause, t.to), &t);
    }
    EXPECT_EQ(FindTransition(State::LISTEN, Cause::SEGMENT_SYN_ACK, State::ESTABLISHED), nullptr);
    EXPECT_EQ(FindTransition(State::CLOSED, Cause::SEGMENT_SYN, State::SYN_RECEIVED), nullptr);
    EXPECT_EQ(FindTransition(State::CLOSE_WAIT, Cause::CLOSE, State::CLOSING), nullptr);
}

TEST(TransitionTable, LeadsFromClosedEverywhereAndBack)
{
    const auto reach = [](State start, bool backwards) {
        std::set<State> reached{start};
        for (std::size_t size = 0; size != reached.size();)
        {
            size = reached.size();
            for (const Transition& t : TRANSITIONS)
            {
                if (t.onByDefault && reached.count(backwards ? t.to : t.from) != 0)
                {
                    reached.insert(backwards ? t.from : t.to);
                }
            }
        }
        return reached.size();
    };
    EXPECT_EQ(reach(State::CLOSED, false), ALL_STATES.size());
    EXPECT_EQ(reach(State::CLOSED, true), ALL_STATES.size());
}

TEST(TransitionTable, GroupsCarryTheirState)
{
    const std::map<std::string_view, State> suffixes{
        {"LI", State::LISTEN},
        {"SS", State::SYN_SENT},
        {"SR", State::SYN_RECEIVED},
        {"ES", State::ESTABLISHED},
        {"F1", State::FIN_WAIT_1},
        {"F2", State::FIN_WAIT_2},
        {"CW", State::CLOSE_WAIT},
        {"CG", State::CLOSING},
        {"LA", State::LAST_ACK},
        {"TW", State::TIME_WAIT},
    };
    for (const Transition& t : TRANSITIONS)
    {
        if (t.id.size() > 3)
        {
            EXPECT_EQ(t.id[3], '.');
            EXPECT_EQ(suffixes.at(t.id.substr(4)), t.from) << t.id;
        }
    }
}

// Covers R-44: the reason says how it ended
TEST(TransitionTable, EdgesIntoClosedGiveTheirReason)
{
    const auto reasonOf = [](std::string_view id) {
        const auto* found = std::find_if(TRANSITIONS.begin(),
                                         TRANSITIONS.end(),
                                         [&](const Transition& t) { return t.id == id; });
        return ReasonOf(*found);
    };
    for (const char* id : {"T06", "T10", "T29", "T30"})
    {
        EXPECT_EQ(reasonOf(id), CloseReason::NORMAL) << id;
    }
    for (const char* id : {"T11", "T14", "T15", "T45.SS", "T45.SR"})
    {
        EXPECT_EQ(reasonOf(id), CloseReason::REFUSED) << id;
    }
    for (const char* id : {"T17", "T41.ES", "T41.TW", "T47.ES"})
    {
        EXPECT_EQ(reasonOf(id), CloseReason::RESET) << id;
    }
    for (const char* id : {"T36", "T40.LI", "T40.TW", "T51.SR", "T51.ES", "T52.SR"})
    {
        EXPECT_EQ(reasonOf(id), CloseReason::ABORTED) << id;
    }
    EXPECT_EQ(reasonOf("T18"), CloseReason::TIMED_OUT);
    EXPECT_EQ(reasonOf("T43.LA"), CloseReason::TIMED_OUT);
    EXPECT_EQ(reasonOf("T42.ES"), CloseReason::USER_TIMEOUT);
    EXPECT_EQ(reasonOf("T44.CW"), CloseReason::KEEPALIVE);
}

} // namespace
} // namespace lifecycle::test
