#ifndef LIFECYCLE_CORE_TRANSITION_TABLE_H
#define LIFECYCLE_CORE_TRANSITION_TABLE_H

#include "state.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lifecycle
{

/** What makes a connection change state. A cause and the two states name one transition. */
enum class Cause : std::uint8_t
{
    PASSIVE_OPEN,
    ACTIVE_OPEN,
    SEND,
    CLOSE,
    CLOSE_UNREAD, ///< full close with received data that nobody will read
    ABORT,
    ABORT_LINGER, ///< abort after which the sender of the RST keeps TIME-WAIT
    LISTENER_CLOSED,
    SEGMENT_SYN,
    SEGMENT_SYN_ACK,
    SEGMENT_SYN_IN_WINDOW, ///< RFC 793's reset on a SYN in the window
    SEGMENT_ACK,
    SEGMENT_FIN,
    SEGMENT_FIN_ACK, ///< a FIN whose segment also acknowledges our FIN
    SEGMENT_RST,
    SEGMENT_DATA, ///< data for a user who has given up reading
    ILLEGAL_OPTION,
    SECURITY_MISMATCH,
    ICMP_HARD_ERROR,
    ICMP_SOFT_ERROR,
    TIMEOUT_R2,
    TIMEOUT_2MSL,
    TIMEOUT_ORPHAN,
    TIMEOUT_USER,
    TIMEOUT_KEEPALIVE,
    BACKLOG_EVICTION,
    ACCEPT_QUEUE_FULL,
    TABLE_OVERFLOW,
};

/** Where a transition comes from: what the standard says about it. */
enum class TransitionClass : std::uint8_t
{
    FIGURE,         ///< F: drawn in RFC 9293 Figure 5 or its notes 1 and 2
    EVENT_TEXT,     ///< E: only in the event text, RFC 9293 3.5, 3.8, 3.10
    OPTIONAL,       ///< O: MAY, SHOULD or suggested
    IMPLEMENTATION, ///< I: practice outside the RFCs
    LEGACY,         ///< L: RFC 793 behaviour that RFC 5961 replaced
    EXCLUDED,       ///< X: printed but unreachable, or multilevel security only
    COUNTERFACTUAL, ///< C: against the standard, to show what a rule is for
};

/** The class as one letter: F E O I L X C. */
char Letter(TransitionClass transitionClass);

/** One edge of the state graph. */
struct Transition
{
    std::string_view id; ///< T08, T41.ES
    State from;
    State to;
    Cause cause;
    TransitionClass transitionClass;
    bool onByDefault;
    std::string_view trigger; ///< the cause in words, as it stands in transitions.csv
    std::string_view section; ///< of RFC 9293, where the event is described
};

constexpr std::size_t TRANSITION_COUNT = 122;

/** Every edge there is, standard or not, in the order of the ids. */
extern const std::array<Transition, TRANSITION_COUNT> TRANSITIONS;

/** The edge from @p from to @p to by @p cause, or null if that move is forbidden. */
const Transition* FindTransition(State from, Cause cause, State to);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_TRANSITION_TABLE_H
