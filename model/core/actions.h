#ifndef LIFECYCLE_CORE_ACTIONS_H
#define LIFECYCLE_CORE_ACTIONS_H

#include "endpoint.h"
#include "rule.h"
#include "segment.h"
#include "timer-table.h"
#include "transition-table.h"
#include "value.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace lifecycle
{

/**
 * Names one connection of a host. Ids count from 1 and are never reused; 0 stands where there is no
 * TCB.
 */
struct ConnectionId
{
    std::uint64_t value{0};

    auto Fields() const
    {
        return std::tie(value);
    }

    bool operator<(ConnectionId other) const
    {
        return value < other.value;
    }
};

/** Why a segment is sent. */
enum class SegmentKind : std::uint8_t
{
    NEW,            ///< SYN, data or FIN for the first time
    RETRANSMISSION, ///< SYN, data or FIN again
    PROBE,          ///< into a zero window, RFC 9293 3.8.6.1
    KEEPALIVE,      ///< RFC 9293 3.8.4
    ACK,            ///< ordinary empty acknowledgment or window update
    CHALLENGE_ACK,  ///< empty acknowledgment of something unacceptable
    RESET,
};

/** Why an arriving segment had no effect. */
enum class DropReason : std::uint8_t
{
    INVALID_ADDRESS,   ///< not from or to exactly one host
    SYN_WITH_FIN,      ///< the host is set to drop such a segment
    NO_CONNECTION,     ///< no TCB: P01 to P03
    UNEXPECTED,        ///< P04, P05, P08, P09, P12, P16: the segment means nothing in this state
    SYN_QUEUE_FULL,    ///< P07
    SYN_DROPPED_EARLY, ///< by random early drop
    ACCEPT_QUEUE_FULL, ///< the final ACK of a handshake is ignored, or answered with a RST
    BAD_SEQUENCE,      ///< P22, P23
    BAD_RESET,         ///< P31, or RFC 1337 in TIME-WAIT
    UNEXPECTED_SYN,    ///< P41
    NO_ACK,            ///< P50
    BAD_ACK,           ///< P10, P51, P53
    OLD_TIMESTAMP,     ///< P20: PAWS
    NO_TIMESTAMP,      ///< P21
    IGNORED_TEXT,      ///< P71: only the text is ignored, all else of the segment counts
};

/** What the user is told. The signals before CONNECTION_CLOSED are about a living connection. */
enum class UserSignal : std::uint8_t
{
    CONNECTION_ESTABLISHED,    ///< an active open has succeeded
    DATA_ARRIVED,              ///< there is something to RECEIVE
    CONNECTION_CLOSING,        ///< the peer has sent FIN: there will be no more data
    CLOSE_ACKNOWLEDGED,        ///< "ok" to the CLOSE: the peer has our FIN
    EXCESSIVE_RETRANSMISSIONS, ///< R1 is reached
    URGENT_DATA,               ///< there is more urgent data ahead, RFC 9293 3.8.5
    SOFT_ERROR,                ///< an ICMP error that does not end the connection
    CONNECTION_CLOSED,         ///< the TCB is deleted after a regular close
    CONNECTION_REFUSED,
    CONNECTION_RESET,
    CONNECTION_TIMED_OUT, ///< R2 is exceeded
    USER_TIMEOUT,
    KEEPALIVE_TIMEOUT,
    HOST_UNREACHABLE, ///< an ICMP soft error has ended the opening
};

/** How a connection came to its end. */
enum class CloseReason : std::uint8_t
{
    NORMAL,
    REFUSED,
    RESET,
    ABORTED,
    TIMED_OUT,
    USER_TIMEOUT,
    KEEPALIVE,
    UNREACHABLE,
};

/**
 * The reason for the end that the edge @p last gives: an edge into CLOSED, or of a child back to
 * LISTEN.
 */
CloseReason ReasonOf(const Transition& last);

std::string_view ToString(SegmentKind kind);
std::string_view ToString(DropReason reason);
std::string_view ToString(UserSignal signal);
std::string_view ToString(CloseReason reason);

/**
 * Hand @c segment to IP. The payload is the octets of the send stream from TextBegin() to
 * TextEnd().
 */
struct SendSegment
{
    ConnectionId id;
    FourTuple path;
    Segment segment;
    SegmentKind kind{SegmentKind::NEW};

    auto Fields() const
    {
        return std::tie(id, path, segment, kind);
    }
};

/** Keep @c len octets of the arriving payload from @c offset: the octets stand at @c seq. */
struct HoldRange
{
    ConnectionId id;
    SeqNum seq;
    std::uint32_t offset{0};
    std::uint32_t len{0};

    auto Fields() const
    {
        return std::tie(id, seq, offset, len);
    }
};

/** The held octets [seq, seq + len) are next in order: give these octets to the user. */
struct DeliverRange
{
    ConnectionId id;
    SeqNum seq;
    std::uint32_t len{0};

    auto Fields() const
    {
        return std::tie(id, seq, len);
    }
};

/** The octets [seq, seq + len) are acknowledged: forget these octets. */
struct ReleaseRange
{
    ConnectionId id;
    SeqNum seq;
    std::uint32_t len{0};

    auto Fields() const
    {
        return std::tie(id, seq, len);
    }
};

/** A child has completed its handshake and waits in the accept queue of its listener. */
struct AcceptReady
{
    ConnectionId listener;
    ConnectionId child;

    auto Fields() const
    {
        return std::tie(listener, child);
    }
};

struct TellUser
{
    ConnectionId id;
    UserSignal signal{UserSignal::DATA_ARRIVED};

    auto Fields() const
    {
        return std::tie(id, signal);
    }
};

/** The connection has moved along one edge of TRANSITIONS. */
struct StateChanged
{
    ConnectionId id;
    FourTuple path;
    const Transition* transition{nullptr}; ///< into TRANSITIONS, never null

    auto Fields() const
    {
        return std::tie(id, path, transition);
    }
};

/**
 * The arriving segment had no effect on the connection @c id (0: there is none) but that of the
 * other actions.
 */
struct Dropped
{
    ConnectionId id;
    FourTuple path;
    Segment segment;
    DropReason reason{DropReason::UNEXPECTED};

    auto Fields() const
    {
        return std::tie(id, path, segment, reason);
    }
};

/**
 * These rules have decided what becomes of an arriving segment. A host makes this action once for each
 * segment, before all that follows from the segment, and only if the host is asked for it.
 */
struct Decided
{
    ConnectionId id; ///< who got the segment: a connection, a listener, or 0 for nobody
    FourTuple path;
    RuleSet rules;

    auto Fields() const
    {
        return std::tie(id, path, rules);
    }
};

/** What happens to a timer. */
enum class TimerEvent : std::uint8_t
{
    ARMED,
    RESTARTED, ///< the timer was running, and has another deadline now
    STOPPED,
    EXPIRED,
};

std::string_view ToString(TimerEvent event);

/**
 * Something has happened to a timer of the connection on @c path. A host makes this action only if
 * the host is asked for it. The deletion of a TCB stops the timers of the TCB without this action.
 */
struct TimerChanged
{
    ConnectionId id;
    FourTuple path;
    Timer timer{Timer::RETRANSMISSION};
    TimerEvent event{TimerEvent::ARMED};
    Instant deadline; ///< the new one, or the one that has come or was given up

    auto Fields() const
    {
        return std::tie(id, path, timer, event, deadline);
    }
};

/** The TCB is deleted; nothing about @c id follows. */
struct Forget
{
    ConnectionId id;
    CloseReason reason{CloseReason::NORMAL};

    auto Fields() const
    {
        return std::tie(id, reason);
    }
};

using Action = std::variant<SendSegment,
                            HoldRange,
                            DeliverRange,
                            ReleaseRange,
                            AcceptReady,
                            TellUser,
                            StateChanged,
                            Dropped,
                            Decided,
                            TimerChanged,
                            Forget>;

/** Actions, in the order in which they must happen. */
using Actions = std::vector<Action>;

/**
 * Whether @p later makes @p pending needless: @p pending is an ordinary empty acknowledgment, and
 * @p later a segment of the same connection that acknowledges as much.
 *
 * Whoever performs actions asks so about each action that waits behind a segment to be sent. So a
 * user who closes when told of the peer's FIN makes a close of three segments (RFC 9293 3.10.7.4:
 * an acknowledgment is piggybacked where possible).
 */
bool MakesNeedless(const Action& later, const SendSegment& pending);

/** The action as one line, for people and failure messages. */
std::string ToString(const Action& action);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_ACTIONS_H
