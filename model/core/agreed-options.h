#ifndef LIFECYCLE_CORE_AGREED_OPTIONS_H
#define LIFECYCLE_CORE_AGREED_OPTIONS_H

#include "instant.h"

#include <cstdint>
#include <tuple>

namespace lifecycle
{

/**
 * What both SYNs have offered, so that it is in force. Source: RFC 7323 2.2 and 3.2, RFC 2018 2, RFC
 * 3168 6.1.1.
 */
struct AgreedOptions
{
    bool timestamps{false};
    bool sack{false};
    bool windowScaling{false};
    bool ecn{false};          ///< until the peer's SYN came, what ours has offered
    bool ecnEcho{false};      ///< whether marks are echoed, be it that ecn was given up: 6.1.1
    std::uint8_t sndShift{0}; ///< Snd.Wind.Shift; 0 without windowScaling
    std::uint8_t rcvShift{0}; ///< Rcv.Wind.Shift; until the peer's SYN came, what ours has offered

    auto Fields() const
    {
        return std::tie(timestamps, sack, windowScaling, ecn, ecnEcho, sndShift, rcvShift);
    }
};

/** The youngest timestamp of the peer. Source: RFC 7323 4.3. */
struct TimestampRecent
{
    std::uint32_t val{0}; ///< TS.Recent
    Instant since{};      ///< when it came: RFC 7323 5.5

    auto Fields() const
    {
        return std::tie(val, since);
    }
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_AGREED_OPTIONS_H
