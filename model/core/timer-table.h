#ifndef LIFECYCLE_CORE_TIMER_TABLE_H
#define LIFECYCLE_CORE_TIMER_TABLE_H

#include "instant.h"
#include "value.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>

namespace lifecycle
{

/** The timers of one connection. Timers that are due at one instant expire in this order. */
enum class Timer : std::uint8_t
{
    USER_TIMEOUT,   ///< what was sent is unanswered for too long, RFC 9293 3.10.8
    RETRANSMISSION, ///< RFC 6298; probes a zero window as well, RFC 9293 3.8.6.1
    KEEPALIVE,      ///< idle, or between two probes, RFC 9293 3.8.4
    DELAYED_ACK,    ///< an acknowledgment may wait no longer, RFC 9293 3.8.6.3
    TIME_WAIT,      ///< 2 MSL, RFC 9293 3.4.2
    ORPHAN,         ///< FIN-WAIT-2 without a reader: not in the standard
};

constexpr std::array<Timer, 6> ALL_TIMERS{Timer::USER_TIMEOUT,
                                          Timer::RETRANSMISSION,
                                          Timer::KEEPALIVE,
                                          Timer::DELAYED_ACK,
                                          Timer::TIME_WAIT,
                                          Timer::ORPHAN};

std::string_view ToString(Timer timer);

/** At most one deadline for each timer. */
class TimerTable
{
  public:
    void Arm(Timer timer, Instant at)
    {
        m_deadlines[Index(timer)] = at;
    }

    void Stop(Timer timer)
    {
        m_deadlines[Index(timer)] = NEVER;
    }

    void StopAll()
    {
        m_deadlines.fill(NEVER);
    }

    bool IsArmed(Timer timer) const
    {
        return m_deadlines[Index(timer)] != NEVER;
    }

    std::optional<Instant> Deadline(Timer timer) const
    {
        return Existing(m_deadlines[Index(timer)]);
    }

    /** The earliest deadline; nothing if no timer is armed. */
    std::optional<Instant> NextDeadline() const
    {
        return Existing(*std::min_element(m_deadlines.begin(), m_deadlines.end()));
    }

    /** Stops and returns the first timer that is due at @p now; nothing if none is. */
    std::optional<Timer> TakeExpired(Instant now)
    {
        for (std::size_t i = 0; i < m_deadlines.size(); ++i)
        {
            if (m_deadlines[i] <= now)
            {
                m_deadlines[i] = NEVER;
                return static_cast<Timer>(i);
            }
        }
        return std::nullopt;
    }

    auto Fields() const
    {
        return std::tie(m_deadlines);
    }

  private:
    static constexpr Instant NEVER = Instant::max(); ///< the deadline of a timer that is not armed

    static std::optional<Instant> Existing(Instant deadline)
    {
        return deadline == NEVER ? std::nullopt : std::make_optional(deadline);
    }

    static constexpr std::size_t Index(Timer timer)
    {
        return static_cast<std::size_t>(timer);
    }

    std::array<Instant, ALL_TIMERS.size()> m_deadlines{NEVER, NEVER, NEVER, NEVER, NEVER, NEVER};
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_TIMER_TABLE_H
