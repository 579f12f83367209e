// Every state against every class of segment: the rules that decide, what comes back, where it leads.

#include "../../model/core/host.h"
#include "../golden.h"
#include "ladder.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace lifecycle::test
{
namespace
{

struct SegmentClass
{
    const char* name;
    Flags flags;
    std::int32_t seq;  ///< from RCV.NXT; the end of the window is at WINDOW
    std::int32_t ack;  ///< from SND.NXT
    std::uint32_t len; ///< octets of text
};

constexpr std::int32_t WINDOW = 65535;

const std::vector<SegmentClass>&
Classes()
{
    static const std::vector<SegmentClass> CLASSES{
        {"SYN next", Flag::SYN, 0, 0, 0},
        {"SYN old", Flag::SYN, -100, 0, 0},
        {"SYN in window", Flag::SYN, 100, 0, 0},
        {"SYN text", Flag::SYN, 100, 0, 10},
        {"SYN,FIN", Flag::SYN | Flag::FIN, 100, 0, 0},
        {"SYN,ACK next", Flag::SYN | Flag::ACK, 0, 0, 0},
        {"SYN,ACK old", Flag::SYN | Flag::ACK, -100, 0, 0},
        {"SYN,ACK bad ack", Flag::SYN | Flag::ACK, 0, 1000, 0},
        {"RST next", Flag::RST, 0, 0, 0},
        {"RST in window", Flag::RST, 100, 0, 0},
        {"RST old", Flag::RST, -100, 0, 0},
        {"RST beyond", Flag::RST, WINDOW + 100, 0, 0},
        {"RST,ACK next", Flag::RST | Flag::ACK, 0, 0, 0},
        {"RST,ACK bad ack", Flag::RST | Flag::ACK, 0, 1000, 0},
        {"RST,SYN", Flag::RST | Flag::SYN, 0, 0, 0},
        {"ACK of all", Flag::ACK, 0, 0, 0},
        {"ACK old ack", Flag::ACK, 0, -1, 0},
        {"ACK too old", Flag::ACK, 0, -100000, 0},
        {"ACK of unsent", Flag::ACK, 0, 1000, 0},
        {"ACK old seq", Flag::ACK, -100, 0, 0},
        {"ACK beyond", Flag::ACK, WINDOW + 100, 0, 0},
        {"text next", Flag::ACK, 0, 0, 10},
        {"text old", Flag::ACK, -10, 0, 10},
        {"text overlapping", Flag::ACK, -5, 0, 10},
        {"text ahead", Flag::ACK, 10, 0, 10},
        {"text beyond", Flag::ACK, WINDOW + 100, 0, 10},
        {"text no ACK", Flags(), 0, 0, 10},
        {"FIN next", Flag::FIN | Flag::ACK, 0, 0, 0},
        {"FIN text", Flag::FIN | Flag::ACK, 0, 0, 10},
        {"FIN old ack", Flag::FIN | Flag::ACK, 0, -1, 0},
        {"FIN repeated", Flag::FIN | Flag::ACK, -1, 0, 0},
        {"FIN ahead", Flag::FIN | Flag::ACK, 10, 0, 0},
        {"FIN no ACK", Flag::FIN, 0, 0, 0},
        {"no flags", Flags(), 0, 0, 0},
        {"URG", Flag::URG | Flag::ACK, 0, 0, 0},
        {"all flags", Flags::FromBits(0x3f), 0, 0, 0},
    };
    return CLASSES;
}

/** One way to each state; SYN-RECEIVED twice, for what it came from matters. */
struct Start
{
    std::string name;
    std::function<void(Ladder&)> to;
};

std::vector<Start>
Starts()
{
    std::vector<Start> starts;
    for (const State state : ALL_STATES)
    {
        const std::string name(ToString(state));
        starts.push_back({name, [state](Ladder& l) { l.To(state); }});
        if (state == State::SYN_RECEIVED)
        {
            starts.push_back({name + " active", [](Ladder& l) { l.ToSynReceivedActively(); }});
        }
    }
    return starts;
}

Segment
Make(const SegmentClass& c, SeqNum rcvNxt, SeqNum sndNxt)
{
    Segment seg;
    seg.flags = c.flags;
    seg.seq = rcvNxt + static_cast<std::uint32_t>(c.seq);
    seg.ack = seg.Has(Flag::ACK) ? sndNxt + static_cast<std::uint32_t>(c.ack) : SeqNum();
    seg.len = c.len;
    seg.wnd = 65535;
    seg.up = seg.Has(Flag::URG) ? 5 : 0;
    return seg;
}

/** What a rule prescribes: section 2 of doc/requirements.md, as far as a matrix can see it. */
struct Prescription
{
    const char* rule;
    const char* reply; ///< in the names of that section; in brackets: may be sent, need not
    const char* moves; ///< the transitions it may take
};

const std::vector<Prescription>&
Prescriptions()
{
    static const std::vector<Prescription> ALL{
        {"P01", "-", ""},
        {"P02", "RST0", ""},
        {"P03", "RSTA", ""},
        {"P04", "-", ""},
        {"P05", "RSTA", ""},
        {"P07", "SYNACK", "T03"},
        {"P08", "-", ""},
        {"P09", "-", ""},
        {"P10", "RSTA", ""},
        {"P11", "-", "T11"},
        {"P12", "-", ""},
        {"P14", "ACKN", "T08"},
        {"P15", "SYNACK", "T09"},
        {"P16", "-", ""},
        {"P22", "-", ""},
        {"P23", "ACKN", ""},
        {"P24", "SYNACK", "T31"},
        {"P25", "(ACKN)", ""}, // of what is held because it is early, R-108
        {"P30", "-", "T14 T15 T16 T41.ES T41.F1 T41.F2 T41.CW T41.CG T41.LA"},
        {"P31", "ACKN", ""},
        {"P40", "-", "T17"},
        {"P41", "ACKN", ""},
        {"P50", "-", ""},
        {"P51", "ACKN", ""},
        {"P52", "-", "T12"},
        {"P53", "RSTA", ""},
        {"P54", "-", ""},
        {"P55", "-", ""},
        {"P56", "-", ""},
        {"P57", "-", "T24"},
        {"P58", "-", ""},
        {"P59", "-", "T28"},
        {"P60", "-", "T29"},
        {"P61", "ACKN", ""},
        {"P65", "-", ""},
        {"P66", "-", ""},
        {"P70", "ACKN", ""},
        {"P71", "-", ""},
        {"P76", "ACKN", "T22"},
        {"P77", "ACKN", "T25 T26"},
        {"P78", "ACKN", "T27"},
        {"P79", "-", ""},
        {"P80", "ACKN", ""},
        {"D1", "-", ""},
        {"D3", "SYNACK", ""},
        {"R-66", "-", ""},
    };
    return ALL;
}

/** Steps of the checklist that no row can show, and why. */
const std::map<std::string, std::string>&
NotInTheMatrix()
{
    static const std::map<std::string, std::string> WHY{
        {"P00", "addresses and checksums are looked at before there is a state: host-test.cc"},
        {"P06", "security and compartment are not modelled"},
        {"P13", "security and compartment are not modelled"},
        {"P20", "no segment here has timestamps"},
        {"P21", "no segment here has timestamps"},
        {"P35", "security and compartment are not modelled"},
        {"P75", "there, a FIN is dropped by an earlier step: P01 to P03, P08, P16"},
    };
    return WHY;
}

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

/** CLOSED is no state of a connection, but the lack of one: a host answers. */
Row
MeetNobody(const SegmentClass& c)
{
    const Segment seg = Make(c, Ladder::IRS, Ladder::ISS);
    const FourTuple path = Ladder().Subject().Path();
    Host host({}, {});
    Actions actions;
    host.SegmentArrives(path, seg, {}, actions);
    Row row;
    Describe(actions, seg, Ladder().Subject(), row);
    if (row.drop == "no connection") // the three rules for that differ in what they answer
    {
        const std::string form = row.forms.empty() ? "-" : row.forms.front();
        row.rules = {form == "-" ? "P01" : form == "RST0" ? "P02" : "P03"};
    }
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
    const Segment seg = Make(c, rcvNxt, sndNxt);
    Actions actions;
    connection.SegmentArrives(seg, surroundings, {}, actions);
    Row row;
    Describe(actions, seg, connection, row);
    for (std::size_t value = 0; value < RULE_COUNT; ++value)
    {
        const auto rule = static_cast<Rule>(value);
        if (connection.AppliedRules().Has(rule))
        {
            row.rules.push_back(ToString(rule));
        }
    }
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
        return rule != "P25" && rule != "D1"; // these only let it pass
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

// Covers, P01 to P80
TEST(Matrix, EveryStateMeetsEveryClassOfSegment)
{
    std::vector<std::vector<std::string>> table{
        {"state", "segment", "rules", "replies", "move or state", "effects", "dropped"}};
    std::set<State> states;
    std::set<std::string> seen;
    const auto or_ = [](const std::string& text, const std::string& otherwise) {
        return text.empty() ? otherwise : text;
    };
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
            ExpectExplained(row);
            table.push_back({row.state,
                             row.segment,
                             or_(Joined(row.rules), "NONE"),
                             or_(row.replies, "-"),
                             or_(row.leadsTo, std::string(ToString(before))),
                             or_(row.effects, "-"),
                             or_(row.drop, "-")});
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
