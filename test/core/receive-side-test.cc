// The receive side on its own: window, held text, FIN, urgent data. RFC 9293 3.4, 3.8.5, 3.8.6.2.2.

#include "../../model/core/receive-side.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace lifecycle::test
{
namespace
{

constexpr SeqNum IRS(0xfffffffe); // so that the text wraps
constexpr ConnectionId ID{1};

/** In a window of 10 octets, at the start of the text. */
ReceiveSide
Started(std::uint32_t window = 10)
{
    ReceiveSide side;
    side.Start(IRS);
    side.OfferWindow(window);
    return side;
}

/** @p len octets of text from number @p at on, which is counted from the first of the text. */
Segment
Text(std::int32_t at, std::uint32_t len, Flags flags = Flag::ACK)
{
    Segment seg;
    seg.seq = IRS + 1 + static_cast<std::uint32_t>(at);
    seg.len = len;
    seg.flags = flags;
    return seg;
}

std::vector<std::string>
Words(const Actions& actions)
{
    std::vector<std::string> words;
    for (const Action& action : actions)
    {
        words.push_back(ToString(action));
    }
    return words;
}

using Strings = std::vector<std::string>;

// Covers R-97: the four cases
TEST(ReceiveSideAlone, AcceptsWhatTouchesTheWindow)
{
    const ReceiveSide open = Started();
    EXPECT_TRUE(open.IsAcceptable(Text(0, 0)));
    EXPECT_TRUE(open.IsAcceptable(Text(9, 0)));
    EXPECT_FALSE(open.IsAcceptable(Text(10, 0)));
    EXPECT_FALSE(open.IsAcceptable(Text(-1, 0)));
    EXPECT_TRUE(open.IsAcceptable(Text(-5, 6)));
    EXPECT_FALSE(open.IsAcceptable(Text(-5, 5)));
    EXPECT_TRUE(open.IsAcceptable(Text(9, 100)));
    const ReceiveSide closed = Started(0);
    EXPECT_TRUE(closed.IsAcceptable(Text(0, 0)));
    EXPECT_FALSE(closed.IsAcceptable(Text(0, 1)));
}

// Covers R-101: both ends are cut, what is early is held, nothing is delivered twice
TEST(ReceiveSideAlone, DeliversInOrderWhatTheWindowLetsIn)
{
    ReceiveSide side = Started();
    Actions out;
    side.Hold(Text(4, 100), ID, out); // 4 to 10
    EXPECT_EQ(Words(out), Strings{"hold [3, +6) from offset 0"});
    EXPECT_EQ(side.Deliver(ID, out), 0U);
    EXPECT_TRUE(side.HasGap());
    out.clear();
    side.Hold(Text(-2, 8), ID, out); // 0 to 4; the rest is there
    EXPECT_EQ(side.Deliver(ID, out), 10U);
    EXPECT_EQ(Words(out),
              (Strings{"hold [4294967295, +4) from offset 2",
                       "deliver [4294967295, +10)",
                       "tell user: data arrived"}));
    EXPECT_FALSE(side.HasGap());
    EXPECT_EQ(side.Sequence().wnd, 0U);
    EXPECT_EQ(side.Sequence().unread, 10U);
}

// Covers: the FIN needs a place in the window, counts where the gap is filled, and ends all
TEST(ReceiveSideAlone, TakesTheFinInItsTurn)
{
    Actions out;
    ReceiveSide full = Started();
    full.Hold(Text(0, 10, Flag::FIN | Flag::ACK), ID, out);
    EXPECT_FALSE(full.Sequence().fin);

    ReceiveSide side = Started();
    side.Hold(Text(2, 3, Flag::FIN | Flag::ACK), ID, out);
    EXPECT_FALSE(side.FinReached());
    side.Hold(Text(0, 9), ID, out); // the peer has lied about either
    EXPECT_EQ(side.Deliver(ID, out), 5U);
    EXPECT_TRUE(side.FinReached());
    side.TakeFin();
    EXPECT_FALSE(side.FinReached());
    EXPECT_EQ(side.Sequence().nxt, IRS + 1 + 6U);
}

// Covers R-109, MUST-32: told when it comes and when it advances; read, it is gone
TEST(ReceiveSideAlone, KnowsHowMuchUrgentDataIsAhead)
{
    ReceiveSide side = Started();
    Actions out;
    EXPECT_TRUE(side.TakeUrgent(IRS + 1 + 3U));
    EXPECT_FALSE(side.TakeUrgent(IRS + 1 + 2U));
    EXPECT_TRUE(side.TakeUrgent(IRS + 1 + 5U));
    EXPECT_EQ(side.UrgentOctets(), 5U);
    side.Hold(Text(0, 8), ID, out);
    side.Deliver(ID, out);
    side.Read(4);
    EXPECT_EQ(side.UrgentOctets(), 1U);
    side.Read(1);
    EXPECT_EQ(side.UrgentOctets(), 0U);
    EXPECT_FALSE(side.TakeUrgent(IRS + 1 + 5U));
}

// Covers R-105, MUST-39: by a good step or not at all
TEST(ReceiveSideAlone, OpensTheWindowByGoodSteps)
{
    const ReceiveSpace space{10, 4, 0, false, false};
    ReceiveSide side = Started();
    Actions out;
    side.Hold(Text(0, 10), ID, out);
    side.Deliver(ID, out);
    side.Read(3);
    side.GrowWindow(space);
    EXPECT_EQ(side.Sequence().wnd, 0U);
    EXPECT_FALSE(side.OwesWindow(space));
    side.Read(1);
    EXPECT_TRUE(side.OwesWindow(space));
    side.GrowWindow(space);
    EXPECT_EQ(side.Sequence().wnd, 4U);
    EXPECT_FALSE(side.OwesWindow(space));
    const ReceiveSpace any{10, 4, 0, true, false};
    side.Read(1);
    side.GrowWindow(any); // not silly, since it was large enough before
    EXPECT_EQ(side.Sequence().wnd, 5U);
}

// Covers R-09: what the field of the header cannot tell is not announced
TEST(ReceiveSideAlone, AnnouncesNoMoreThanTheFieldCanHold)
{
    ReceiveSide side = Started(1000000);
    EXPECT_EQ(side.Sequence().wnd, 65535U);
    side.GrowWindow({1000000, 1000, 2, false});
    EXPECT_EQ(side.Sequence().wnd, 65535U << 2);
}

} // namespace
} // namespace lifecycle::test
