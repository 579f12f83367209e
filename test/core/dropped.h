#ifndef LIFECYCLE_TEST_DROPPED_H
#define LIFECYCLE_TEST_DROPPED_H

#include "../../model/core/connection.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <tuple>
#include <variant>

namespace lifecycle::test
{

/** Whether the segment was dropped whole and the connection goes on. */
inline bool
IsDroppedWhole(const Actions& actions)
{
    bool dropped = false;
    for (const Action& action : actions)
    {
        const auto* drop = std::get_if<Dropped>(&action);
        // text that is ignored has an ACK that counts
        dropped = dropped || (drop != nullptr && drop->reason != DropReason::IGNORED_TEXT);
        if (std::holds_alternative<StateChanged>(action) || std::holds_alternative<Forget>(action))
        {
            return false;
        }
    }
    return dropped;
}

/**
 * A segment that is dropped changes nothing and sends nothing but its answer.
 *
 * It may start the idle time of keepalive anew (RFC 9293 3.8.4), leave its timestamp (RFC 7323 5.3) and
 * draw on the budgets of answers (RFC 5961 7), and a repeated SYN may withdraw ECN (RFC 3168 6.1.1).
 * The answer announces the window of this moment. Options that depart from RFC 9293 allow the
 * answer to repeat the FIN, and the segment to restart TIME-WAIT or the timer of a SYN.
 */
inline void
CheckDropChangesNothing(const Connection& before, const Connection& after, const Actions& actions)
{
    if (!IsDroppedWhole(actions))
    {
        return;
    }
    EXPECT_EQ(after.GetState(), before.GetState());
    EXPECT_TRUE(after.Snd() == before.Snd());
    const ConnectionConfig& config = before.Config();
    const bool repeatsFin = config.closingRepeatsFin && before.GetState() == State::CLOSING;
    EXPECT_TRUE(repeatsFin || after.Congestion() == before.Congestion());
    EXPECT_TRUE(after.Rtt() == before.Rtt());
    AgreedOptions agreed = before.Agreed();
    agreed.ecn = after.Agreed().ecn;
    agreed.ecnEcho = after.Agreed().ecnEcho;
    EXPECT_TRUE(after.Agreed() == agreed);
    EXPECT_EQ(after.Retransmissions(), before.Retransmissions());
    const auto& timers = std::get<const TimerTable&>(before.Fields());
    for (const Timer timer :
         {Timer::USER_TIMEOUT, Timer::RETRANSMISSION, Timer::TIME_WAIT, Timer::ORPHAN})
    {
        const bool mayMove = (timer == Timer::TIME_WAIT && config.timeWaitRestartByAck) ||
                             (timer == Timer::RETRANSMISSION && config.synAgainAfterBadAck &&
                              before.GetState() == State::SYN_SENT);
        EXPECT_TRUE(mayMove || std::get<const TimerTable&>(after.Fields()).Deadline(timer) ==
                                   timers.Deadline(timer));
    }
    ReceiveSequence rcv = before.Rcv();
    EXPECT_GE(after.Rcv().wnd, rcv.wnd);
    rcv.wnd = after.Rcv().wnd;
    rcv.lastAckSent = after.Rcv().lastAckSent;
    EXPECT_TRUE(after.Rcv() == rcv);
    int answers = 0;
    for (const Action& action : actions)
    {
        if (const auto* sent = std::get_if<SendSegment>(&action))
        {
            ++answers;
            const bool isFin = repeatsFin && sent->segment.Has(Flag::FIN);
            EXPECT_EQ(sent->segment.SegLen(), isFin ? 1U : 0U) << ToString(action);
        }
    }
    EXPECT_LE(answers, 1);
}

} // namespace lifecycle::test

#endif // LIFECYCLE_TEST_DROPPED_H
