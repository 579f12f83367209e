#include "listen-counters.h"

namespace lifecycle
{

const std::array<NamedCounter, 12> LISTEN_COUNTERS{{
    {"syns-dropped", "segments", &ListenCounters::synsDropped},
    {"syns-dropped-early", "segments", &ListenCounters::synsDroppedEarly},
    {"syns-reset", "segments", &ListenCounters::synsReset},
    {"syn-queue-evictions", "connections", &ListenCounters::synQueueEvictions},
    {"syn-cache-evictions", "connections", &ListenCounters::synCacheEvictions},
    {"cookies-sent", "segments", &ListenCounters::cookiesSent},
    {"cookies-accepted", "connections", &ListenCounters::cookiesAccepted},
    {"cookies-expired", "segments", &ListenCounters::cookiesExpired},
    {"cookies-forged", "segments", &ListenCounters::cookiesForged},
    {"accept-overflows", "segments", &ListenCounters::acceptOverflows},
    {"accept-resets", "segments", &ListenCounters::acceptResets},
    {"time-wait-overflows", "connections", &ListenCounters::timeWaitOverflows},
}};

ListenCounters&
ListenCounters::operator+=(const ListenCounters& other)
{
    for (const NamedCounter& counter : LISTEN_COUNTERS)
    {
        this->*counter.value += other.*counter.value;
    }
    return *this;
}

} // namespace lifecycle
