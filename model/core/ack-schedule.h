#ifndef LIFECYCLE_CORE_ACK_SCHEDULE_H
#define LIFECYCLE_CORE_ACK_SCHEDULE_H

#include "instant.h"
#include "stack-config.h"
#include "timer-table.h"

#include <cstdint>
#include <tuple>

namespace lifecycle
{

/**
 * When an acknowledgment is owed: at once, or when the timer DELAYED_ACK or another segment comes.
 * Source: RFC 9293 3.8.6.3, RFC 5681 4.2.
 *
 * Between two inputs something is owed only while the timer runs, which is the schedule's own.
 */
class AckSchedule
{
  public:
    /** The next segment carries one, and if none goes out by itself, an empty one does. */
    void OweNow(TimerTable& timers);

    /** The same, but it may wait, as the settings have it. */
    void OweSoon(const ConnectionConfig& config, Instant now, TimerTable& timers);

    /** What is owed may wait until @p until. */
    static void Delay(Instant until, TimerTable& timers)
    {
        timers.Arm(Timer::DELAYED_ACK, until);
    }

    /** One has gone out, or will never have to. */
    void Settle(TimerTable& timers);

    /** Something is to be acknowledged. */
    bool Owes() const
    {
        return m_owed > 0;
    }

    /** That may not wait. */
    bool IsDue(const TimerTable& timers) const
    {
        return Owes() && !timers.IsArmed(Timer::DELAYED_ACK);
    }

    auto Fields() const
    {
        return std::tie(m_owed);
    }

  private:
    std::uint32_t m_owed{0}; ///< inputs that are to be acknowledged
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_ACK_SCHEDULE_H
