// Every state against every class of segment: the rules that decide, what comes back, where it leads.

#include "../../model/core/host.h"
#include "../golden.h"
#include "ladder.h"
#include "matrix.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace lifecycle::test
{
namespace
{

/** One row of the matrix. */
struct Row
{
    std::string state;
    std::string segment;
    std::vector<std::string> rules; ///< as the machine reports them
    std::vector<std::string> forms; ///< of the replies, by the names of the prescriptions
    std::vector<std::string> moves; ///< T-ids
    std::string replies;
    std::string leadsTo;
    std::string effects;
    std::string drop;
};

void
Add(std::string& to, const std::string& what, const char* between = ", ")
{
    to += (to.empty() ? "" : between) + what;
}

/** Which of the reply formats of section 2 @p reply to @p seg is; `?` if none. */
std::string
FormOf(const Segment& reply, const Segment& seg, const Connection& after)
{
    if (reply.flags == Flags(Flag::RST) && seg.Has(Flag::ACK) && reply.seq == seg.ack)
    {
        return "RSTA";
    }
    if (reply.flags == (Flag::RST | Flag::ACK) && !seg.Has(Flag::ACK) && reply.seq == SeqNum(0) &&
        reply.ack == seg.End())
    {
        return "RST0";
    }
    if (reply.flags == (Flag::SYN | Flag::ACK) && reply.seq == after.Snd().iss &&
        reply.ack == after.Rcv().nxt)
    {
        return "SYNACK";
    }
    if (reply.flags == Flags(Flag::ACK) && reply.seq == after.Snd().nxt &&
        reply.ack == after.Rcv().nxt && reply.len == 0)
    {
        return "ACKN";
    }
    return "?";
}

/** Takes down what @p actions do; numbers relative to the ISS of who sends them. */
void
Describe(const Actions& actions, const Segment& seg, const Connection& after, Row& row)
{
    for (const Action& action : actions)
    {
        if (const auto* sent = std::get_if<SendSegment>(&action))
        {
            std::string reply = FlagNames(sent->segment.flags) + " " +
                                std::to_string(sent->segment.seq - Ladder::ISS);
            if (sent->segment.Has(Flag::ACK))
            {
                reply += " ack " + std::to_string(sent->segment.ack - Ladder::IRS);
            }
            Add(row.replies, reply + " (" + std::string(ToString(sent->kind)) + ")");
            row.forms.push_back(FormOf(sent->segment, seg, after));
        }
        else if (const auto* change = std::get_if<StateChanged>(&action))
        {
            const Transition& t = *change->transition;
            Add(row.leadsTo, std::string(t.id) + " " + std::string(ToString(t.to)));
            row.moves.emplace_back(t.id);
        }
        else if (const auto* dropped = std::get_if<Dropped>(&action))
        {
            Add(row.drop, std::string(ToString(dropped->reason)));
        }
        else if (const auto* told = std::get_if<TellUser>(&action))
        {
            Add(row.effects, std::string(ToString(told->signal)));
        }
        else if (std::holds_alternative<HoldRange>(action))
        {
            Add(row.effects, "hold");
        }
        else if (std::holds_alternative<DeliverRange>(action))
        {
            Add(row.effects, "deliver");
        }
        else if (std::holds_alternative<AcceptReady>(action))
        {
            Add(row.effects, "accept ready");
        }
    }
}

/** The rules of @p decided, one by one. */
std::vector<std::string>
RulesOf(const Decided& decided)
{
    std::istringstream ids(ToString(decided.rules));
    return {std::istream_iterator<std::string>(ids), {}};
}

/** CLOSED is no state of a connection, but the lack of one: a host answers. */
Row
MeetNobody(const SegmentClass& c)
{
    const Segment seg = MakeSegment(c, Ladder::IRS, Ladder::ISS);
    const FourTuple path = Ladder().Subject().Path();
    Host host({}, {});
    host.Report({true, false});
    Actions actions;
    host.SegmentArrives(path, seg, {}, actions);
    Row row;
    Describe(actions, seg, Ladder().Subject(), row);
    row.rules = RulesOf(std::get<Decided>(actions.front()));
    return row;
}

Row
Meet(Connection connection, const SegmentClass& c)
{
    const State before = connection.GetState();
    const bool known = before != State::LISTEN && before != State::SYN_SENT;
    const SeqNum rcvNxt = known ? connection.Rcv().nxt : Ladder::IRS;
    const SeqNum sndNxt = before == State::LISTEN ? Ladder::ISS : connection.Snd().nxt;
    if (before == State::LISTEN)
    {
        connection = connection.MakeChild(ConnectionId{2}, connection.Path());
    }
    Surroundings surroundings{Ladder::ISS, false};
    surroundings.successor = Successor{ConnectionId{3}, ConnectionId{1}, {}};
    const Segment seg = MakeSegment(c, rcvNxt, sndNxt);
    Actions actions;
    const Decided decided = connection.SegmentArrives(seg, surroundings, {}, actions);
    Row row;
    Describe(actions, seg, connection, row);
    row.rules = RulesOf(decided);
    return row;
}

bool
Names(const std::string& words, const std::string& word)
{
    return (" " + words + " ").find(" " + word + " ") != std::string::npos;
}

/** The rules that the machine has named must explain all that it has done, and no less. */
void
ExpectExplained(const Row& row)
{
    SCOPED_TRACE(row.state + " meets " + row.segment);
    EXPECT_TRUE(std::any_of(row.rules.begin(), row.rules.end(), [](const std::string& rule) {
        return rule != "P25" && rule != "D1" && rule != "R-41"; // these only let it pass
    })) << "no rule decides this";
    std::string mayReply;
    std::string mustReply;
    std::string moves;
    for (const std::string& rule : row.rules)
    {
        const auto found = std::find_if(Prescriptions().begin(),
                                        Prescriptions().end(),
                                        [&](const auto& p) { return p.rule == rule; });
        ASSERT_NE(found, Prescriptions().end()) << "the checklist has no " << rule;
        const std::string reply = found->reply;
        if (reply.front() == '(')
        {
            Add(mayReply, reply.substr(1, reply.size() - 2), " ");
        }
        else if (reply != "-")
        {
            Add(mustReply, reply, " ");
        }
        Add(moves, found->moves, " ");
    }
    EXPECT_LE(row.forms.size(), 1U);
    for (const std::string& form : row.forms)
    {
        EXPECT_TRUE(Names(mustReply, form) || Names(mayReply, form)) << "no rule asks for " << form;
    }
    EXPECT_TRUE(mustReply.empty() || !row.forms.empty()) << mustReply << " is missing";
    for (const std::string& move : row.moves)
    {
        EXPECT_TRUE(Names(moves, move)) << "no rule leads along " << move;
    }
}

std::string
Joined(const std::vector<std::string>& words)
{
    std::string joined;
    for (const std::string& word : words)
    {
        Add(joined, word, " ");
    }
    return joined;
}

/** Rows with their columns under each other. */
std::string
Table(const std::vector<std::vector<std::string>>& rows)
{
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& row : rows)
    {
        for (std::size_t i = 0; i < row.size(); ++i)
        {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    std::string text;
    for (const auto& row : rows)
    {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i)
        {
            line += (i == 0 ? "" : " | ") + row[i] +
                    (i + 1 < row.size() ? std::string(widths[i] - row[i].size(), ' ') : "");
        }
        text += line + "\n";
    }
    return text;
}

/** The ids in the first column of the checklist. */
std::set<std::string>
ChecklistIds()
{
    std::ifstream in(std::string(PROJECT_SOURCE_DIR) + "/doc/requirements.md");
    std::set<std::string> ids;
    for (std::string line; std::getline(in, line);)
    {
        if (line.rfind("| P", 0) == 0 && line.find(" |", 2) == 5) // as in `| P22 | others 1`
        {
            ids.insert(line.substr(2, 3));
        }
    }
    return ids;
}

using Rows = std::vector<std::vector<std::string>>;

const std::vector<std::string>
    HEADINGS{"state", "segment", "rules", "replies", "move or state", "effects", "dropped"};

/** Adds @p row, of a segment that came in the state @p before, if its rules explain it. */
void
Enter(const Row& row, State before, Rows& table)
{
    ExpectExplained(row);
    const auto or_ = [](const std::string& text, const std::string& otherwise) {
        return text.empty() ? otherwise : text;
    };
    table.push_back({row.state,
                     row.segment,
                     or_(Joined(row.rules), "NONE"),
                     or_(row.replies, "-"),
                     or_(row.leadsTo, std::string(ToString(before))),
                     or_(row.effects, "-"),
                     or_(row.drop, "-")});
}

/** All that have agreed on timestamps meet what these decide about; the rules that were seen. */
std::set<std::string>
MeetTimestamps()
{
    Rows table{HEADINGS};
    std::set<std::string> seen;
    const auto meet = [&](State state, bool actively, const std::string& name) {
        for (const SegmentClass& c : ClassesWithTimestamps())
        {
            Row row = Meet(ReachWithTimestamps(state, actively), c);
            row.state = name;
            row.segment = c.name;
            seen.insert(row.rules.begin(), row.rules.end());
            Enter(row, state, table);
        }
    };
    meet(State::SYN_RECEIVED, false, "SYN-RECEIVED");
    meet(State::SYN_RECEIVED, true, "SYN-RECEIVED active");
    for (const State state : SYNCHRONIZED)
    {
        meet(state, true, std::string(ToString(state)));
    }
    ExpectGolden(
        "test/core/golden/matrix-timestamps.txt",
        "# Connections with timestamps: who meets what, as in matrix.txt. The age is that of "
        "the segment's\n# TSval against the last one; none: the segment has no timestamp.\n" +
            Table(table));
    return seen;
}

// Covers, P22, P23, P25: the two cases of the first check in which the window is zero
TEST(Matrix, EachStateThatCanHaveAZeroWindowMeetsWhatThatDecidesAbout)
{
    Rows table{HEADINGS};
    const auto meet = [&table](const Connection& connection, const std::string& name) {
        EXPECT_EQ(connection.Rcv().wnd, 0U) << name;
        for (const SegmentClass& c : ClassesForZeroWindow())
        {
            Row row = Meet(connection, c);
            row.state = name;
            row.segment = c.name;
            Enter(row, connection.GetState(), table);
        }
    };
    for (const State state : SYNCHRONIZED)
    {
        const bool hasFin =
            state != State::ESTABLISHED && state != State::FIN_WAIT_1 && state != State::FIN_WAIT_2;
        if (hasFin) // for which there was room, and which takes none
        {
            EXPECT_EQ(ReachUnread(state, 999).Rcv().wnd, 1U) << ToString(state);
            continue;
        }
        meet(ReachUnread(state, 1000), std::string(ToString(state)));
    }
    Connection aborted = ReachUnread(State::ESTABLISHED, 1000);
    Actions out;
    EXPECT_FALSE(aborted.Abort({}, out)); // T50: TIME-WAIT without the peer's FIN
    EXPECT_EQ(aborted.GetState(), State::TIME_WAIT);
    meet(aborted, "TIME-WAIT aborted");
    ExpectGolden(
        "test/core/golden/matrix-zero-window.txt",
        "# Connections whose receive window is zero: who meets what, as in matrix.txt. A probe "
        "is one octet of\n# text; behind it stands what a peer sends that counts its probe.\n"
        "# Behind the FIN of the peer no window is zero.\n" +
            Table(table));
}

// Covers, P01 to P80
TEST(Matrix, EveryStateMeetsEveryClassOfSegment)
{
    Rows table{HEADINGS};
    std::set<State> states;
    std::set<std::string> seen = MeetTimestamps();
    EXPECT_EQ(seen.count("P20") + seen.count("P21") + seen.count("P24"), 3U);
    for (const Start& start : Starts())
    {
        for (const SegmentClass& c : Classes())
        {
            Ladder l;
            start.to(l);
            const State before = l.Subject().GetState();
            Row row = before == State::CLOSED ? MeetNobody(c) : Meet(l.Subject(), c);
            row.state = start.name;
            row.segment = c.name;
            states.insert(before);
            seen.insert(row.rules.begin(), row.rules.end());
            Enter(row, before, table);
        }
    }
    EXPECT_EQ(states.size(), 11U);
    EXPECT_GE(Classes().size(), 24U);
    ExpectGolden(
        "test/core/golden/matrix.txt",
        "# Who meets what; which rules of doc/requirements.md the machine has applied; what "
        "it does.\n# Numbers are relative to the ISS of who sends them.\n" +
            Table(table));

    const std::set<std::string> checklist = ChecklistIds();
    EXPECT_GT(checklist.size(), 40U);
    for (const std::string& id : checklist)
    {
        const bool excused = NotInTheMatrix().count(id) == 1;
        EXPECT_NE(seen.count(id) == 1, excused) << id << (excused ? " is seen" : " is never seen");
    }
}

} // namespace
} // namespace lifecycle::test
