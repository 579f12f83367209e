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
 * Whether the peer is owed an acknowledgment, and whether the acknowledgment goes out at once or
 * may wait for the timer DELAYED_ACK or for another segment. Source: RFC 9293 3.8.6.3,
 * RFC 5681 4.2.
 *
 * Between two inputs an acknowledgment is owed only while that timer runs. The timer belongs to the
 * schedule alone.
 */
class AckSchedule
{
  public:
    /**
     * The next segment carries an acknowledgment; if no segment goes out by itself, an empty
     * acknowledgment does.
     */
    void OweNow(TimerTable& timers);

    /** Like OweNow, but the acknowledgment may wait, as the settings say. */
    void OweSoon(const ConnectionConfig& config, Instant now, TimerTable& timers);

    /** The owed acknowledgment may wait until @p until. */
    static void Delay(Instant until, TimerTable& timers)
    {
        timers.Arm(Timer::DELAYED_ACK, until);
    }

    /** An acknowledgment has gone out, or none will ever have to go out. */
    void Settle(TimerTable& timers);

    /**
     * Text goes out. An exchange in both directions has begun if text has come as well, and what
     * is to come is acknowledged by the replies.
     */
    void EndQuickAcks(const ConnectionConfig& config)
    {
        m_quick = m_quick > 0 ? config.quickAcks : 0;
    }

    /** No text will come any more. */
    void ForgetQuickAcks()
    {
        m_quick = 0;
    }

    /** Whether something is to be acknowledged. */
    bool Owes() const
    {
        return m_owed > 0;
    }

    /** Whether an acknowledgment is owed and may not wait. */
    bool IsDue(const TimerTable& timers) const
    {
        return Owes() && !timers.IsArmed(Timer::DELAYED_ACK);
    }

    auto Fields() const
    {
        return std::tie(m_owed, m_quick);
    }

  private:
    std::uint32_t m_owed{0};  ///< inputs that are to be acknowledged
    std::uint32_t m_quick{0}; ///< segments that count for quickAcks
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_ACK_SCHEDULE_H
