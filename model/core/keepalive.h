#ifndef LIFECYCLE_CORE_KEEPALIVE_H
#define LIFECYCLE_CORE_KEEPALIVE_H

#include "instant.h"
#include "segment.h"
#include "seq-num.h"
#include "stack-config.h"
#include "timer-table.h"

#include <cstdint>
#include <tuple>

namespace lifecycle
{

/**
 * Asks a silent peer whether it is still there. Source: RFC 9293 3.8.4.
 *
 * This class has the timer KEEPALIVE of the connection's table to itself: the timer runs for the
 * idle time until the first probe, then for the time between two probes. The class counts the
 * probes that nothing has answered.
 */
class Keepalive
{
  public:
    /** Something has come from the peer. */
    void Heard(TimerTable& timers);

    /** Lets the timer run as long as the connection @p idles, if keepalive is on (MUST-26). */
    static void Watch(bool idles, const ConnectionConfig& config, Instant now, TimerTable& timers);

    /** Settings change from @p old to @p next: a changed idle time counts from now. MUST-24. */
    static void Reconfigure(const ConnectionConfig& old,
                            const ConnectionConfig& next,
                            TimerTable& timers);

    /** Whether the peer has been silent for too long. */
    bool GivesUp(const ConnectionConfig& config) const;

    /** The next probe, for a connection that sends @p nxt next; starts the timer for the answer. */
    Segment Probe(SeqNum nxt, const ConnectionConfig& config, Instant now, TimerTable& timers);

    /** How many probes nothing has answered. */
    std::uint32_t Probes() const
    {
        return m_probes;
    }

    auto Fields() const
    {
        return std::tie(m_probes);
    }

  private:
    std::uint32_t m_probes{0};
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_KEEPALIVE_H
