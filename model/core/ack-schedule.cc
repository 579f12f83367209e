#include "ack-schedule.h"

namespace lifecycle
{

void
AckSchedule::OweNow(TimerTable& timers)
{
    ++m_owed;
    timers.Stop(Timer::DELAYED_ACK);
}

void
AckSchedule::OweSoon(const ConnectionConfig& config, Instant now, TimerTable& timers)
{
    if (m_quick < config.quickAcks)
    {
        ++m_quick;
        OweNow(timers);
    }
    else if (m_owed == 0 && config.delayedAck > Duration(0) && config.delayedAckCount > 1)
    {
        m_owed = 1;
        timers.Arm(Timer::DELAYED_ACK, now + config.delayedAck);
    }
    else if (m_owed + 1 < config.delayedAckCount && timers.IsArmed(Timer::DELAYED_ACK))
    {
        ++m_owed;
    }
    else
    {
        OweNow(timers);
    }
}

void
AckSchedule::Settle(TimerTable& timers)
{
    m_owed = 0;
    timers.Stop(Timer::DELAYED_ACK);
}

} // namespace lifecycle
