#include "listen-counters.h"

namespace lifecycle
{

const std::array<NamedCounter, 13> LISTEN_COUNTERS{{
    {"syns-dropped",
     "segments",
     "SYNs dropped, because the SYN queue was full",
     &ListenCounters::synsDropped},
    {"syns-dropped-early",
     "segments",
     "SYNs dropped by random early drop",
     &ListenCounters::synsDroppedEarly},
    {"syns-reset",
     "segments",
     "SYNs answered with RST, because the SYN queue was full",
     &ListenCounters::synsReset},
    {"syn-queue-evictions",
     "connections",
     "Half-open connections that made room in the SYN queue",
     &ListenCounters::synQueueEvictions},
    {"syn-cache-evictions",
     "connections",
     "Half-open connections that made room in a bucket of the SYN cache",
     &ListenCounters::synCacheEvictions},
    {"cookies-sent",
     "segments",
     "SYN,ACKs without any state behind them",
     &ListenCounters::cookiesSent},
    {"cookies-accepted",
     "connections",
     "Good cookies that came back",
     &ListenCounters::cookiesAccepted},
    {"cookies-expired",
     "segments",
     "Cookies of ours that came back too late",
     &ListenCounters::cookiesExpired},
    {"cookies-forged",
     "segments",
     "ACKs that could be of a cookie, but never were ours",
     &ListenCounters::cookiesForged},
    {"accept-overflows",
     "segments",
     "Final ACKs, SYNs that a cookie would answer, and what follows either, ignored because the "
     "accept queue was full",
     &ListenCounters::acceptOverflows},
    {"accept-resets",
     "segments",
     "Final ACKs answered with RST, because the accept queue was full",
     &ListenCounters::acceptResets},
    {"time-wait-overflows",
     "connections",
     "Records of TIME-WAIT that were dropped early",
     &ListenCounters::timeWaitOverflows},
    {"acks-held-back",
     "segments",
     "Challenge ACKs and answers to unacceptable segments that were too many to be sent",
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
