#ifndef LIFECYCLE_CORE_SURROUNDINGS_H
#define LIFECYCLE_CORE_SURROUNDINGS_H

#include "actions.h"
#include "instant.h"
#include "segment.h"
#include "seq-num.h"
#include "stack-config.h"
#include "syn-cookie.h"

#include <cstdint>
#include <optional>

namespace lifecycle
{

/** What is left of a SYN in the good cookie that an ACK brings back. Source: RFC 4987 3.6. */
struct RememberedSyn
{
    std::uint16_t mss{0}; ///< [octets]
    CookieOptions options{};
};

/**
 * What a TIME-WAIT record becomes when a SYN reopens it: a child of the listener on its local end.
 */
struct Successor
{
    ConnectionId id;
    ConnectionId listener;
    ConnectionConfig config;
    std::uint32_t tsOffset{0};
};

/** What a connection must know about its host when a segment arrives. */
struct Surroundings
{
    SeqNum iss;                           ///< ISS for the answer to a SYN
    bool acceptQueueFull{false};          ///< no room for one more completed child
    std::optional<RememberedSyn> cookie;  ///< if SEG.ACK-1 is a good cookie
    std::optional<Successor> successor{}; ///< in TIME-WAIT, if somebody listens and has room
    bool nobodyListens{false};            ///< in TIME-WAIT, when a SYN arrives
};

/**
 * One arriving segment, and what is known when it comes. Only valid while the segment is processed.
 */
struct Arrival
{
    const Segment& segment;
    const Surroundings& surroundings;
    Instant now;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_SURROUNDINGS_H
