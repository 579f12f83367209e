#include "keepalive.h"

namespace lifecycle
{

void
Keepalive::Heard(TimerTable& timers)
{
    m_probes = 0;
    timers.Stop(Timer::KEEPALIVE);
}

void
Keepalive::Watch(bool idles, const ConnectionConfig& config, Instant now, TimerTable& timers)
{
    if (!config.keepAlive || !idles)
    {
        timers.Stop(Timer::KEEPALIVE);
    }
    else if (!timers.IsArmed(Timer::KEEPALIVE))
    {
        timers.Arm(Timer::KEEPALIVE, now + config.keepIdle);
    }
}

void
Keepalive::Reconfigure(const ConnectionConfig& old,
                       const ConnectionConfig& next,
                       TimerTable& timers)
{
    // RFC 9293 3.8.4, MUST-24: keepalive can be switched for each connection, even while it idles
    if (next.keepAlive != old.keepAlive || next.keepIdle != old.keepIdle)
    {
        timers.Stop(Timer::KEEPALIVE);
    }
}

bool
Keepalive::GivesUp(const ConnectionConfig& config) const
{
    // RFC 9293 3.8.4, MUST-29: a single unanswered probe must not end the connection.
    // Counterfactual: a keepCount of 1.
    if (config.userTimeoutCoversProbes && config.userTimeout > Duration(0))
    {
        // Departs from MUST-29 if wished: then the length of the silence counts, not the number of
        // probes
        const Duration silence = config.keepIdle + m_probes * config.keepInterval;
        return m_probes > 0 && silence >= config.userTimeout;
    }
    return m_probes >= config.keepCount;
}

Segment
Keepalive::Probe(SeqNum nxt, const ConnectionConfig& config, Instant now, TimerTable& timers)
{
    ++m_probes;
    timers.Arm(Timer::KEEPALIVE, now + config.keepInterval);
    Segment probe;
    probe.seq = nxt - 1; // below the peer's window, so that the peer must answer
    probe.flags = Flag::ACK;
    probe.len = config.keepGarbageOctet ? 1 : 0;
    return probe;
}

} // namespace lifecycle
