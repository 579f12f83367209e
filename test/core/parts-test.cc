// The parts of a connection on their own. The receive side has a file of its own.

#include "../../model/core/ack-budget.h"
#include "../../model/core/ack-schedule.h"
#include "../../model/core/keepalive.h"
#include "../../model/core/reassembly-queue.h"
#include "../../model/core/rto-estimator.h"
#include "../../model/core/send-sequence.h"
#include "../../model/core/timer-table.h"
#include "../../model/core/timestamp-clocks.h"

#include <gtest/gtest.h>
#include <random>
#include <set>

namespace lifecycle::test
{
namespace
{

using namespace std::chrono_literals;

ConnectionConfig
NoMinimum()
{
    ConnectionConfig config;
    config.minRto = 0s;
    return config;
}

// Covers R-70, MUST-18: computed by hand from RFC 6298 2
TEST(RtoEstimate, FollowsTheGoldenSequence)
{
    const ConnectionConfig config = NoMinimum();
    RtoEstimator rtt(config);
    EXPECT_EQ(rtt.Rto(), 1s);
    EXPECT_FALSE(rtt.Srtt());
    rtt.Sample(100ms, config); // SRTT 100, RTTVAR 50
    EXPECT_EQ(rtt.Srtt(), 100ms);
    EXPECT_EQ(rtt.Rto(), 300ms);
    rtt.Sample(180ms, config); // RTTVAR 3/4*50 + 1/4*80 = 57.5, SRTT 7/8*100 + 1/8*180 = 110
    EXPECT_EQ(rtt.Srtt(), 110ms);
    EXPECT_EQ(rtt.Rto(), 340ms);
    rtt.Sample(30ms, config); // RTTVAR 43.125 + 20 = 63.125, SRTT 96.25 + 3.75 = 100
    EXPECT_EQ(rtt.Srtt(), 100ms);
    EXPECT_EQ(rtt.Rto(), 352500us);
}

// Covers R-70: G counts where the variance is smaller
TEST(RtoEstimate, AddsTheGranularityAtLeast)
{
    ConnectionConfig config = NoMinimum();
    config.clockGranularity = 10ms;
    RtoEstimator rtt(config);
    for (int i = 0; i < 100; ++i)
    {
        rtt.Sample(80ms, config);
    }
    EXPECT_EQ(rtt.Rto(), 90ms);
}

// Covers: as in BSD, for peers that delay their ACKs; it stands apart from the doubling
TEST(RtoEstimate, AddsItsSlopOnce)
{
    ConnectionConfig config = NoMinimum();
    config.rtoSlop = 200ms;
    RtoEstimator rtt(config);
    rtt.BackOff(config);
    EXPECT_EQ(rtt.Rto(), 2s); // no round trip has been measured
    rtt.Sample(100ms, config);
    EXPECT_EQ(rtt.Rto(), 500ms);
    rtt.BackOff(config);
    EXPECT_EQ(rtt.Rto(), 800ms);
    rtt.BackOff(config);
    EXPECT_EQ(rtt.Rto(), 1400ms);
}

//
TEST(RtoEstimate, StaysBetweenMinimumAndMaximum)
{
    const ConnectionConfig config;
    RtoEstimator rtt(config);
    rtt.Sample(1ms, config);
    EXPECT_EQ(rtt.Rto(), 1s);
    rtt.Sample(1000s, config);
    EXPECT_EQ(rtt.Rto(), 60s);
}

// Covers R-71: what a peer claims by echoing a timestamp of nobody's, with ticks of 1 s
TEST(RtoEstimate, RecoversFromARoundTripOf68Years)
{
    const ConnectionConfig config;
    RtoEstimator rtt(config);
    for (int i = 0; i < 3; ++i)
    {
        rtt.Sample(INT32_MAX * 1s, config);
        EXPECT_EQ(rtt.Rto(), 60s);
    }
    for (int i = 0; i < 60; ++i)
    {
        rtt.Sample(100ms, config);
    }
    EXPECT_EQ(rtt.Rto(), 1s);
}

// Covers: RFC 6298 5.5
TEST(RtoEstimate, DoublesUpToTheMaximumAndForgets)
{
    const ConnectionConfig config;
    RtoEstimator rtt(config);
    for (const Duration expected : {2s, 4s, 8s, 16s, 32s, 60s, 60s})
    {
        rtt.BackOff(config);
        EXPECT_EQ(rtt.Rto(), expected);
    }
    rtt.ForgetBackOff(config);
    EXPECT_EQ(rtt.Rto(), 1s);
    rtt.Sample(500ms, config);
    rtt.BackOff(config);
    EXPECT_EQ(rtt.Rto(), 3s);
    rtt.ForgetBackOff(config);
    EXPECT_EQ(rtt.Rto(), 1500ms);
}

// Covers R-71: a maximum below what is in use does not shorten it
TEST(RtoEstimate, BackOffNeverShortens)
{
    ConnectionConfig config;
    config.initialRto = 100s;
    RtoEstimator rtt(config);
    rtt.BackOff(config);
    EXPECT_EQ(rtt.Rto(), 100s);
}

//
TEST(RtoEstimate, RestartsWithThreeSecondsAfterSynLoss)
{
    const ConnectionConfig config;
    RtoEstimator rtt(config);
    rtt.BackOff(config);
    rtt.RestartAfterSynLoss();
    EXPECT_EQ(rtt.Rto(), 3s);
}

SeqRange
Range(std::uint32_t begin, std::uint32_t end)
{
    return {SeqNum(begin), SeqNum(end)};
}

TEST(Reassembly, ReturnsWhatIsNew)
{
    using Ranges = std::vector<SeqRange>;
    ReassemblyQueue queue;
    EXPECT_TRUE(queue.Insert(Range(5, 5)).empty());
    EXPECT_TRUE(queue.IsEmpty());
    EXPECT_EQ(queue.Insert(Range(10, 20)), Ranges{Range(10, 20)});
    EXPECT_TRUE(queue.Insert(Range(12, 18)).empty());
    EXPECT_EQ(queue.Insert(Range(30, 40)), Ranges{Range(30, 40)});
    EXPECT_EQ(queue.Insert(Range(5, 45)), (Ranges{Range(5, 10), Range(20, 30), Range(40, 45)}));
    EXPECT_EQ(queue.TakeFrom(SeqNum(4)), 0U);
    EXPECT_EQ(queue.TakeFrom(SeqNum(5)), 40U);
    EXPECT_TRUE(queue.IsEmpty());
    EXPECT_EQ(queue.TakeFrom(SeqNum(45)), 0U);
}

TEST(Reassembly, TouchingRangesAreOneValue)
{
    RangeSet a;
    a.Insert(Range(0xfffffff0, 0xfffffff8));
    a.Insert(Range(0xfffffff8, 8));
    RangeSet b;
    b.Insert(Range(0xfffffff0, 8));
    EXPECT_EQ(a, b);
    EXPECT_EQ(HashValue(a), HashValue(b));
    ReassemblyQueue queue;
    queue.Insert(Range(0xfffffff8, 8));
    queue.Insert(Range(0xfffffff0, 0xfffffff8));
    EXPECT_EQ(queue.TakeFrom(SeqNum(0xfffffff4)), 20U);
}

// Covers: against a plain set of octets, across the wrap
TEST(Reassembly, AgreesWithASetOfOctets)
{
    for (std::uint32_t seed = 0; seed < 200; ++seed)
    {
        std::mt19937 random(seed);
        ReassemblyQueue queue;
        std::set<int> held;
        const SeqNum base(0xffffff80);
        for (int i = 0; i < 60; ++i)
        {
            const int begin = static_cast<int>(random() % 300);
            const int end = begin + static_cast<int>(random() % 40);
            std::set<int> fresh;
            for (int at = begin; at < end; ++at)
            {
                if (held.insert(at).second)
                {
                    fresh.insert(at);
                }
            }
            std::set<int> returned;
            for (const SeqRange& range : queue.Insert({base + begin, base + end}))
            {
                for (int at = range.begin - base; at < range.end - base; ++at)
                {
                    EXPECT_TRUE(returned.insert(at).second);
                }
            }
            ASSERT_EQ(returned, fresh) << seed;
        }
        if (held.empty())
        {
            continue;
        }
        const int first = *held.begin();
        int count = 0;
        while (held.count(first + count) != 0)
        {
            ++count;
        }
        EXPECT_EQ(queue.TakeFrom(base + first), static_cast<std::uint32_t>(count));
    }
}

TEST(Timers, ExpireInTheirOrderAndOnce)
{
    TimerTable timers;
    EXPECT_FALSE(timers.NextDeadline());
    timers.Arm(Timer::TIME_WAIT, Instant(1s));
    timers.Arm(Timer::RETRANSMISSION, Instant(2s));
    timers.Arm(Timer::USER_TIMEOUT, Instant(2s));
    EXPECT_EQ(timers.NextDeadline(), Instant(1s));
    EXPECT_FALSE(timers.TakeExpired(Instant(999ms)));
    EXPECT_EQ(timers.TakeExpired(Instant(3s)), Timer::USER_TIMEOUT);
    EXPECT_EQ(timers.TakeExpired(Instant(3s)), Timer::RETRANSMISSION);
    EXPECT_EQ(timers.TakeExpired(Instant(3s)), Timer::TIME_WAIT);
    EXPECT_FALSE(timers.TakeExpired(Instant(3s)));
    timers.Arm(Timer::KEEPALIVE, Instant(5s));
    EXPECT_TRUE(timers.IsArmed(Timer::KEEPALIVE));
    timers.StopAll();
    EXPECT_FALSE(timers.IsArmed(Timer::KEEPALIVE));
    EXPECT_FALSE(timers.NextDeadline());
}

Instant
At(Duration sinceStart)
{
    return Instant(sinceStart);
}

// Covers R-80, MUST-26: the timer runs only while the connection idles, and anew from each segment
TEST(KeepaliveAlone, WatchesAnIdleConnection)
{
    ConnectionConfig config;
    TimerTable timers;
    Keepalive keepalive;
    Keepalive::Watch(true, config, At(0s), timers);
    EXPECT_FALSE(timers.IsArmed(Timer::KEEPALIVE)); // off by default, MUST-25
    config.keepAlive = true;
    config.keepIdle = 100s;
    Keepalive::Watch(true, config, At(5s), timers);
    Keepalive::Watch(true, config, At(50s), timers); // it runs already
    EXPECT_EQ(timers.Deadline(Timer::KEEPALIVE), At(105s));
    keepalive.Heard(timers);
    Keepalive::Watch(true, config, At(60s), timers);
    EXPECT_EQ(timers.Deadline(Timer::KEEPALIVE), At(160s));
    Keepalive::Watch(false, config, At(61s), timers);
    EXPECT_FALSE(timers.IsArmed(Timer::KEEPALIVE));
}

// Covers, MUST-29: only a run of unanswered probes counts
TEST(KeepaliveAlone, GivesUpAfterARunOfProbes)
{
    ConnectionConfig config;
    config.keepAlive = true;
    config.keepInterval = 10s;
    config.keepCount = 2;
    TimerTable timers;
    Keepalive keepalive;
    const Segment probe = keepalive.Probe(SeqNum(0), config, At(1s), timers);
    EXPECT_EQ(probe.seq, SeqNum(0xffffffff));
    EXPECT_EQ(probe.flags, Flags(Flag::ACK));
    EXPECT_EQ(timers.Deadline(Timer::KEEPALIVE), At(11s));
    keepalive.Heard(timers);
    EXPECT_EQ(keepalive.Probes(), 0U);
    keepalive.Probe(SeqNum(0), config, At(2s), timers);
    EXPECT_FALSE(keepalive.GivesUp(config));
    keepalive.Probe(SeqNum(0), config, At(12s), timers);
    EXPECT_TRUE(keepalive.GivesUp(config));
}

// Covers R-39: a number in each window of time, counted from the first
TEST(AckBudgetAlone, StartsAnewWhenItsWindowHasEnded)
{
    AckBudget budget;
    EXPECT_TRUE(budget.Take(2, 5s, At(1s)));
    EXPECT_TRUE(budget.Take(2, 5s, At(5s)));
    EXPECT_FALSE(budget.Take(2, 5s, At(5999ms)));
    EXPECT_TRUE(budget.Take(2, 5s, At(6s)));
    EXPECT_FALSE(AckBudget().Take(0, 5s, At(0s)));
}

// Covers R-86, MUST-40, SHLD-18, SHLD-19
TEST(AckScheduleAlone, WaitsForASecondSegmentOrTheTimer)
{
    const ConnectionConfig config; // two segments, 200 ms
    TimerTable timers;
    AckSchedule acks;
    acks.OweSoon(config, At(1s), timers);
    EXPECT_FALSE(acks.IsDue(timers));
    EXPECT_EQ(timers.Deadline(Timer::DELAYED_ACK), At(1s) + config.delayedAck);
    acks.OweSoon(config, At(1s), timers);
    EXPECT_TRUE(acks.Owes());
    EXPECT_TRUE(acks.IsDue(timers));
    acks.Settle(timers);
    EXPECT_FALSE(acks.Owes());
    acks.OweNow(timers);
    EXPECT_TRUE(acks.IsDue(timers));
    AckSchedule::Delay(At(2s), timers);
    EXPECT_FALSE(acks.IsDue(timers));
    acks.OweSoon(config, At(1s), timers); // it goes with this one
    EXPECT_TRUE(acks.IsDue(timers));
}

// Covers: older than the youngest, unless that is 24 days old; the order wraps
TEST(TimestampClocksAlone, KnowWhatIsOldUntilItIsVoid)
{
    TimestampClocks clocks;
    clocks.TakeRecent(5, At(0s));
    EXPECT_TRUE(clocks.IsOld(4, At(0s)));
    EXPECT_FALSE(clocks.IsOld(5, At(0s)));
    EXPECT_TRUE(clocks.IsOld(0xffffffff, At(24h * 24)));
    EXPECT_FALSE(clocks.IsOld(0xffffffff, At(24h * 24 + 1ms)));
}

//
TEST(TimestampClocksAlone, CountTicksFromTheOffset)
{
    const TimestampClocks clocks(0xffffffff);
    EXPECT_EQ(clocks.Now(At(3ms), 1ms), 2U);
    EXPECT_EQ(clocks.Since(1, At(3ms), 1ms), Duration(1ms));
    EXPECT_EQ(clocks.Since(3, At(3ms), 1ms), std::nullopt); // we have not sent it yet
}

// Covers: SYN and FIN have a number each, and the peer may shrink its window
TEST(SendSequenceAlone, CountsSynTextAndFin)
{
    SendSequence snd;
    snd.Start(SeqNum(0xffffffff));
    EXPECT_TRUE(snd.Outstanding());
    EXPECT_FALSE(snd.Unsent());
    EXPECT_EQ(snd.Room(100), 100U);
    snd.synAcked = true;
    snd.una = snd.nxt;
    snd.end += 10;
    snd.finQueued = true;
    snd.wnd = 8;
    EXPECT_EQ(snd.Room(100), 90U);
    EXPECT_EQ(snd.Next(100).octets, 8U);
    EXPECT_FALSE(snd.Next(100).fin); // no place is left for it
    snd.wnd = 11;
    EXPECT_EQ(snd.Next(100).octets, 10U);
    EXPECT_TRUE(snd.Next(100).fin);
    snd.nxt = snd.end + 1;
    EXPECT_TRUE(snd.FinSent());
    EXPECT_FALSE(snd.FinAcked());
    snd.wnd = 5;
    EXPECT_EQ(snd.UsableWindow(), 0U);
    snd.una = snd.nxt;
    EXPECT_TRUE(snd.FinAcked());
}

} // namespace
} // namespace lifecycle::test
