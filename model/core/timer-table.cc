#include "timer-table.h"

namespace lifecycle
{

std::string_view
ToString(Timer timer)
{
    switch (timer)
    {
    case Timer::USER_TIMEOUT:
        return "user-timeout";
    case Timer::RETRANSMISSION:
        return "retransmission";
    case Timer::KEEPALIVE:
        return "keepalive";
    case Timer::DELAYED_ACK:
        return "delayed-ack";
    case Timer::TIME_WAIT:
        return "time-wait";
    case Timer::ORPHAN:
        return "fin-wait-2";
    }
    return "?";
}

} // namespace lifecycle
