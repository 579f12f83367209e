#include "listen-counters.h"

namespace lifecycle
{

const std::array<NamedCounter, 13> LISTEN_COUNTERS{{
    {"syns-dropped",
     "segments",
     "SYNs that the host dropped because the SYN queue was full",
     &ListenCounters::synsDropped},
    {"syns-dropped-early",
     "segments",
     "SYNs that the host dropped by random early drop",
     &ListenCounters::synsDroppedEarly},
    {"syns-reset",
     "segments",
     "SYNs that the host answered with RST because the SYN queue was full",
     &ListenCounters::synsReset},
    {"syn-queue-evictions",
     "connections",
     "Half-open connections that the host gave up to make room in the SYN queue",
     &ListenCounters::synQueueEvictions},
    {"syn-cache-evictions",
     "connections",
     "Half-open connections that the host gave up to make room in a bucket of the SYN cache",
     &ListenCounters::synCacheEvictions},
    {"cookies-sent",
     "segments",
     "SYN,ACKs with a cookie, of which the host kept nothing",
     &ListenCounters::cookiesSent},
    {"cookies-accepted",
     "connections",
     "Cookies that came back in time and made a connection",
     &ListenCounters::cookiesAccepted},
    {"cookies-expired",
     "segments",
     "Cookies of the host that came back too late",
     &ListenCounters::cookiesExpired},
    {"cookies-forged",
     "segments",
     "ACKs that could carry a cookie, but no cookie of the host",
     &ListenCounters::cookiesForged},
    {"accept-overflows",
     "segments",
     "Segments that the host ignored because the accept queue was full: final ACKs, SYNs that a "
     "cookie would answer, and what follows either",
     &ListenCounters::acceptOverflows},
    {"accept-resets",
     "segments",
     "Last ACKs of a handshake that the host answered with RST because the accept queue was full",
     &ListenCounters::acceptResets},
    {"time-wait-overflows",
     "connections",
     "Connections that left TIME-WAIT early because there were too many",
     &ListenCounters::timeWaitOverflows},
    {"acks-held-back",
     "segments",
     "Challenge ACKs and answers to unacceptable segments that the host held back because they "
     "were too many",
     &ListenCounters::acksHeldBack},
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
