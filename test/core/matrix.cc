#include "matrix.h"

#include <gtest/gtest.h>

namespace lifecycle::test
{

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
        {"FIN repeated bad", Flag::FIN | Flag::ACK, -1, 1000, 0},
        {"FIN ahead", Flag::FIN | Flag::ACK, 10, 0, 0},
        {"FIN no ACK", Flag::FIN, 0, 0, 0},
        {"no flags", Flags(), 0, 0, 0},
        {"URG", Flag::URG | Flag::ACK, 0, 0, 0},
        {"all flags", Flags::FromBits(0x3f), 0, 0, 0},
    };
    return CLASSES;
}

const std::vector<SegmentClass>&
ClassesWithTimestamps()
{
    static const std::vector<SegmentClass> CLASSES{
        {"SYN next, younger", Flag::SYN, 0, 0, 0, 1},
        {"SYN next, same", Flag::SYN, 0, 0, 0, 0},
        {"SYN next, older", Flag::SYN, 0, 0, 0, -1},
        {"SYN next, none", Flag::SYN, 0, 0, 0},
        {"SYN old, younger", Flag::SYN, -100, 0, 0, 1},
        {"SYN old, same", Flag::SYN, -100, 0, 0, 0},
        {"SYN old, older", Flag::SYN, -100, 0, 0, -1},
        {"SYN old, none", Flag::SYN, -100, 0, 0},
        {"RST next, younger", Flag::RST, 0, 0, 0, 1},
        {"RST next, older", Flag::RST, 0, 0, 0, -1},
        {"RST next, none", Flag::RST, 0, 0, 0},
        {"RST in window, older", Flag::RST, 100, 0, 0, -1},
        {"ACK of all, younger", Flag::ACK, 0, 0, 0, 1},
        {"ACK of all, same", Flag::ACK, 0, 0, 0, 0},
        {"ACK of all, older", Flag::ACK, 0, 0, 0, -1},
        {"ACK of all, none", Flag::ACK, 0, 0, 0},
        {"text next, younger", Flag::ACK, 0, 0, 10, 1},
        {"text next, older", Flag::ACK, 0, 0, 10, -1},
        {"text next, none", Flag::ACK, 0, 0, 10},
        {"text old, older", Flag::ACK, -10, 0, 10, -1},
        {"text beyond, none", Flag::ACK, WINDOW + 100, 0, 10},
        {"FIN next, younger", Flag::FIN | Flag::ACK, 0, 0, 0, 1},
        {"FIN next, older", Flag::FIN | Flag::ACK, 0, 0, 0, -1},
        {"FIN next, none", Flag::FIN | Flag::ACK, 0, 0, 0},
        {"FIN repeated, younger", Flag::FIN | Flag::ACK, -1, 0, 0, 1},
        {"FIN repeated, older", Flag::FIN | Flag::ACK, -1, 0, 0, -1},
        {"no flags, older", Flags(), 0, 0, 0, -1},
    };
    return CLASSES;
}

const std::vector<SegmentClass>&
ClassesForZeroWindow()
{
    static const std::vector<SegmentClass> CLASSES{
        {"ACK of all", Flag::ACK, 0, 0, 0},
        {"ACK old ack", Flag::ACK, 0, -1, 0},
        {"ACK of unsent", Flag::ACK, 0, 1000, 0},
        {"ACK old seq", Flag::ACK, -1, 0, 0},
        {"ACK behind probe", Flag::ACK, 1, 0, 0},
        {"ACK beyond", Flag::ACK, 2, 0, 0},
        {"probe", Flag::ACK, 0, 0, 1},
        {"text next", Flag::ACK, 0, 0, 10},
        {"text of unsent", Flag::ACK, 0, 1000, 10},
        {"text old", Flag::ACK, -10, 0, 10},
        {"text overlapping", Flag::ACK, -5, 0, 10},
        {"text beyond", Flag::ACK, 1, 0, 10},
        {"text no ACK", Flags(), 0, 0, 10},
        {"no flags", Flags(), 0, 0, 0},
        {"FIN next", Flag::FIN | Flag::ACK, 0, 0, 0},
        {"FIN text", Flag::FIN | Flag::ACK, 0, 0, 10},
        {"FIN repeated", Flag::FIN | Flag::ACK, -1, 0, 0},
        {"FIN beyond", Flag::FIN | Flag::ACK, 1, 0, 0},
        {"URG next", Flag::URG | Flag::ACK, 0, 0, 0},
        {"URG text", Flag::URG | Flag::ACK, 0, 0, 10},
        {"URG beyond", Flag::URG | Flag::ACK, 2, 0, 0},
        {"URG text beyond", Flag::URG | Flag::ACK, 1, 0, 10},
        {"RST next", Flag::RST, 0, 0, 0},
        {"RST text", Flag::RST, 0, 0, 10},
        {"RST old", Flag::RST, -1, 0, 0},
        {"RST behind probe", Flag::RST, 1, 0, 0},
        {"RST beyond", Flag::RST, 2, 0, 0},
        {"SYN next", Flag::SYN, 0, 0, 0},
        {"SYN old", Flag::SYN, -100, 0, 0},
        {"SYN beyond", Flag::SYN, 1, 0, 0},
    };
    return CLASSES;
}

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
MakeSegment(const SegmentClass& c, SeqNum rcvNxt, SeqNum sndNxt)
{
    Segment seg;
    seg.flags = c.flags;
    seg.seq = rcvNxt + static_cast<std::uint32_t>(c.seq);
    seg.ack = seg.Has(Flag::ACK) ? sndNxt + static_cast<std::uint32_t>(c.ack) : SeqNum();
    seg.len = c.len;
    seg.wnd = 65535;
    seg.up = seg.Has(Flag::URG) ? 5 : 0;
    if (c.tsVal)
    {
        seg.timestamps = Timestamps{LAST_TSVAL + static_cast<std::uint32_t>(*c.tsVal), 0};
    }
    return seg;
}

namespace
{

/** A connection in @p state: all but CLOSED, LISTEN and SYN-SENT. The peer sends @p text octets. */
Connection
Reach(State state, bool actively, const ConnectionConfig& config, std::uint32_t text = 0)
{
    Actions out;
    Connection c(ConnectionId{1}, Ladder().Subject().Path(), config);
    const auto arrives = [&](Flags flags, bool acksAll = true, std::uint32_t len = 0) {
        const auto tsVal = config.timestamps ? std::optional<std::int32_t>(0) : std::nullopt;
        const SegmentClass plain{"", flags, 0, 0, len, tsVal};
        const bool known = !flags.Has(Flag::SYN);
        Segment seg = MakeSegment(plain, known ? c.Rcv().nxt : Ladder::IRS, c.Snd().nxt);
        seg.ack = acksAll ? seg.ack : c.Snd().una;
        c.SegmentArrives(seg, Surroundings{Ladder::ISS, false}, {}, out);
    };
    if (actively)
    {
        c.OpenActive(Ladder::ISS, {}, out);
    }
    else
    {
        c.OpenPassive(out);
        c = c.MakeChild(ConnectionId{2}, c.Path());
    }
    if (state == State::SYN_RECEIVED)
    {
        arrives(Flag::SYN);
    }
    else
    {
        arrives(Flag::SYN | Flag::ACK);
    }
    if (text > 0)
    {
        arrives(Flag::ACK, true, text);
    }
    if (state == State::CLOSE_WAIT || state == State::LAST_ACK)
    {
        arrives(Flag::FIN | Flag::ACK);
    }
    if (state != State::SYN_RECEIVED && state != State::ESTABLISHED && state != State::CLOSE_WAIT)
    {
        EXPECT_FALSE(c.Close({}, out));
    }
    if (state == State::FIN_WAIT_2 || state == State::TIME_WAIT)
    {
        arrives(Flag::ACK);
    }
    if (state == State::CLOSING || state == State::TIME_WAIT)
    {
        arrives(Flag::FIN | Flag::ACK, state == State::TIME_WAIT);
    }
    EXPECT_EQ(c.GetState(), state);
    return c;
}

} // namespace

Connection
ReachWithTimestamps(State state, bool actively)
{
    ConnectionConfig config = Plain();
    config.timestamps = true;
    Connection c = Reach(state, actively, config);
    EXPECT_TRUE(c.Agreed().timestamps);
    return c;
}

Connection
ReachUnread(State state, std::uint32_t text)
{
    ConnectionConfig config = Plain();
    config.receiveBuffer = 1000;
    config.abortLingers = true;
    return Reach(state, true, config, text);
}

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
        {"P20", "ACKN", ""},
        {"P21", "-", ""},
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
        {"R-41", "(ACKN)", ""}, // of what has a length: RFC 9293 3.8.6.1 has a probe answered
        {"R-66", "-", ""},
    };
    return ALL;
}

const std::map<std::string, std::string>&
NotInTheMatrix()
{
    static const std::map<std::string, std::string> WHY{
        {"P00", "addresses and checksums are looked at before there is a state: host-test.cc"},
        {"P06", "security and compartment are not modelled"},
        {"P13", "security and compartment are not modelled"},
        {"P35", "security and compartment are not modelled"},
        {"P75", "there, a FIN is dropped by an earlier step: P01 to P03, P08, P16"},
    };
    return WHY;
}

} // namespace lifecycle::test
