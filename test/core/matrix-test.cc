// Every state against every class of segment: what comes back, where it leads, why it is dropped.

#include "../../model/core/host.h"
#include "../golden.h"
#include "ladder.h"

#include <functional>
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

/** `name: replies | moves | other effects | drop reason`, numbers relative to the two ISS. */
std::string
Row(const Actions& actions, State before)
{
    std::string replies;
    std::string moves;
    std::string effects;
    std::string drop;
    const auto add = [](std::string& to, const std::string& what) {
        to += (to.empty() ? "" : ", ") + what;
    };
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
            add(replies, reply + " (" + std::string(ToString(sent->kind)) + ")");
        }
        else if (const auto* change = std::get_if<StateChanged>(&action))
        {
            add(moves,
                std::string(change->transition->id) + " " +
                    std::string(ToString(change->transition->to)));
        }
        else if (const auto* dropped = std::get_if<Dropped>(&action))
        {
            drop = ToString(dropped->reason);
        }
        else if (const auto* told = std::get_if<TellUser>(&action))
        {
            add(effects, std::string(ToString(told->signal)));
        }
        else if (std::holds_alternative<HoldRange>(action))
        {
            add(effects, "hold");
        }
        else if (std::holds_alternative<DeliverRange>(action))
        {
            add(effects, "deliver");
        }
        else if (std::holds_alternative<AcceptReady>(action))
        {
            add(effects, "accept ready");
        }
    }
    const auto or_ = [](const std::string& text, const char* otherwise) {
        return text.empty() ? std::string(otherwise) : text;
    };
    return or_(replies, "-") + " | " + or_(moves, std::string(ToString(before)).c_str()) + " | " +
           or_(effects, "-") + " | " + or_(drop, "-");
}

// Covers, P01 to P80
TEST(Matrix, EveryStateMeetsEveryClassOfSegment)
{
    std::string text = "# state: segment: replies | move or state | effects | why dropped\n"
                       "# Numbers are relative to the ISS of who sends them.\n";
    for (const Start& start : Starts())
    {
        for (const SegmentClass& c : Classes())
        {
            Ladder l;
            start.to(l);
            Connection connection = l.Subject();
            const State before = connection.GetState();
            Actions actions;
            if (before == State::CLOSED)
            {
                const Segment seg = Make(c, Ladder::IRS, Ladder::ISS);
                if (const auto reset = ResetFor(seg))
                {
                    actions.push_back(SendSegment{{}, {}, *reset, SegmentKind::RESET});
                }
                actions.push_back(Dropped{{}, {}, seg, DropReason::NO_CONNECTION});
            }
            else
            {
                const bool known = before != State::LISTEN && before != State::SYN_SENT;
                const SeqNum rcvNxt = known ? connection.Rcv().nxt : Ladder::IRS;
                const SeqNum sndNxt = before == State::LISTEN ? Ladder::ISS : connection.Snd().nxt;
                if (before == State::LISTEN)
                {
                    connection = connection.MakeChild(ConnectionId{2}, connection.Path());
                }
                Surroundings surroundings{Ladder::ISS, false};
                surroundings.successor = Successor{ConnectionId{3}, ConnectionId{1}, {}};
                connection.SegmentArrives(Make(c, rcvNxt, sndNxt), surroundings, {}, actions);
            }
            text += start.name + ": " + c.name + ": " + Row(actions, before) + "\n";
        }
        text += "\n";
    }
    EXPECT_GE(Classes().size(), 24U);
    ExpectGolden("test/core/golden/matrix.txt", text);
}

} // namespace
} // namespace lifecycle::test
