#ifndef LIFECYCLE_CORE_LISTEN_COUNTERS_H
#define LIFECYCLE_CORE_LISTEN_COUNTERS_H

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

namespace lifecycle
{

/**
 * What became of SYNs, of final ACKs, and of records of TIME-WAIT on a host that ran full; and how
 * many answers the host has held back.
 */
struct ListenCounters
{
    std::uint64_t synsDropped{0};       ///< the SYN queue was full
    std::uint64_t synsDroppedEarly{0};  ///< by random early drop
    std::uint64_t synsReset{0};         ///< answered with RST, because the SYN queue was full
    std::uint64_t synQueueEvictions{0}; ///< half-open connections that made room in the SYN queue
    std::uint64_t synCacheEvictions{0}; ///< half-open connections that made room in a bucket
    std::uint64_t cookiesSent{0};       ///< SYN,ACKs without any state behind them
    std::uint64_t cookiesAccepted{0};   ///< good cookies that came back
    std::uint64_t cookiesExpired{0};    ///< cookies of ours that came back too late
    std::uint64_t cookiesForged{0};     ///< ACKs without a cookie of ours
    std::uint64_t acceptOverflows{0};   ///< segments ignored, because the accept queue was full
    std::uint64_t acceptResets{0};      ///< final ACKs answered with RST for the same reason
    std::uint64_t timeWaitOverflows{0}; ///< records of TIME-WAIT that were dropped early
    std::uint64_t acksHeldBack{0};      ///< answers that RFC 5961 7 did not let out

    auto Fields() const
    {
        return std::tie(synsDropped,
                        synsDroppedEarly,
                        synsReset,
                        synQueueEvictions,
                        synCacheEvictions,
                        cookiesSent,
                        cookiesAccepted,
                        cookiesExpired,
                        cookiesForged,
                        acceptOverflows,
                        acceptResets,
                        timeWaitOverflows,
                        acksHeldBack);
    }

    ListenCounters& operator+=(const ListenCounters& other);
};

/** A counter under the name that files give it. */
struct NamedCounter
{
    std::string_view name; ///< kebab-case
    std::string_view unit; ///< what is counted
    std::string_view help; ///< which of these are counted
    std::uint64_t ListenCounters::*value;
};

/** All counters, in the order of the fields of ListenCounters. */
extern const std::array<NamedCounter, 13> LISTEN_COUNTERS;

} // namespace lifecycle

#endif // LIFECYCLE_CORE_LISTEN_COUNTERS_H
