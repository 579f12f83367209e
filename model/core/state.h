#ifndef LIFECYCLE_CORE_STATE_H
#define LIFECYCLE_CORE_STATE_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lifecycle
{

/** The states of a connection. Source: RFC 9293 3.3.2. */
enum class State : std::uint8_t
{
    CLOSED,
    LISTEN,
    SYN_SENT,
    SYN_RECEIVED,
    ESTABLISHED,
    FIN_WAIT_1,
    FIN_WAIT_2,
    CLOSE_WAIT,
    CLOSING,
    LAST_ACK,
    TIME_WAIT,
};

/** All eleven states, in the order of the RFC's list. */
constexpr std::array<State, 11> ALL_STATES{
    State::CLOSED,
    State::LISTEN,
    State::SYN_SENT,
    State::SYN_RECEIVED,
    State::ESTABLISHED,
    State::FIN_WAIT_1,
    State::FIN_WAIT_2,
    State::CLOSE_WAIT,
    State::CLOSING,
    State::LAST_ACK,
    State::TIME_WAIT,
};

/**
 * Whether the peer may still send text, and we take it. RFC 9293 3.10.7.4, sixth and seventh check.
 */
constexpr bool
TakesText(State state)
{
    return state == State::ESTABLISHED || state == State::FIN_WAIT_1 || state == State::FIN_WAIT_2;
}

/** How a connection came into SYN-RECEIVED, which decides where a reset takes it. RFC 9293 3.5. */
enum class Origin : std::uint8_t
{
    PASSIVE,
    ACTIVE,
    TIME_WAIT, ///< passive as well, from a record that is restored if the SYN was an old one
};

/** The RFC's name of @p state, such as `SYN-SENT`. */
std::string_view ToString(State state);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_STATE_H
