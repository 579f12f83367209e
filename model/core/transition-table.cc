#include "transition-table.h"

#include <algorithm>

namespace lifecycle
{

// One row a line, so that the table reads as a table.
// clang-format off
const std::array<Transition, TRANSITION_COUNT> TRANSITIONS{{
    {"T01", State::CLOSED, State::LISTEN, Cause::PASSIVE_OPEN, TransitionClass::FIGURE, true, "passive OPEN", "3.10.1"},
    {"T02", State::CLOSED, State::SYN_SENT, Cause::ACTIVE_OPEN, TransitionClass::FIGURE, true, "active OPEN", "3.10.1"},
    {"T03", State::LISTEN, State::SYN_RECEIVED, Cause::SEGMENT_SYN, TransitionClass::FIGURE, true, "seg SYN", "3.10.7.2"},
    {"T04", State::LISTEN, State::SYN_SENT, Cause::SEND, TransitionClass::FIGURE, false, "SEND", "3.10.2"},
    {"T05", State::LISTEN, State::SYN_SENT, Cause::ACTIVE_OPEN, TransitionClass::EVENT_TEXT, false, "active OPEN", "3.10.1"},
    {"T06", State::LISTEN, State::CLOSED, Cause::CLOSE, TransitionClass::FIGURE, true, "CLOSE", "3.10.4"},
    {"T07", State::LISTEN, State::ESTABLISHED, Cause::SEGMENT_ACK, TransitionClass::IMPLEMENTATION, false, "seg ACK", "3.10.7.2"},
    {"T08", State::SYN_SENT, State::ESTABLISHED, Cause::SEGMENT_SYN_ACK, TransitionClass::FIGURE, true, "seg SYN+ACK", "3.10.7.3"},
    {"T09", State::SYN_SENT, State::SYN_RECEIVED, Cause::SEGMENT_SYN, TransitionClass::FIGURE, true, "seg SYN", "3.10.7.3"},
    {"T10", State::SYN_SENT, State::CLOSED, Cause::CLOSE, TransitionClass::FIGURE, true, "CLOSE", "3.10.4"},
    {"T11", State::SYN_SENT, State::CLOSED, Cause::SEGMENT_RST, TransitionClass::EVENT_TEXT, true, "seg RST", "3.10.7.3"},
    {"T12", State::SYN_RECEIVED, State::ESTABLISHED, Cause::SEGMENT_ACK, TransitionClass::FIGURE, true, "seg ACK", "3.10.7.4"},
    {"T13", State::SYN_RECEIVED, State::FIN_WAIT_1, Cause::CLOSE, TransitionClass::FIGURE, true, "CLOSE", "3.10.4"},
    {"T14", State::SYN_RECEIVED, State::LISTEN, Cause::SEGMENT_RST, TransitionClass::FIGURE, true, "seg RST", "3.10.7.4"},
    {"T15", State::SYN_RECEIVED, State::CLOSED, Cause::SEGMENT_RST, TransitionClass::EVENT_TEXT, true, "seg RST", "3.10.7.4"},
    {"T16", State::SYN_RECEIVED, State::TIME_WAIT, Cause::SEGMENT_RST, TransitionClass::OPTIONAL, true, "seg RST", "3.10.7.4"},
    {"T17", State::SYN_RECEIVED, State::LISTEN, Cause::SEGMENT_SYN, TransitionClass::EVENT_TEXT, true, "seg SYN", "3.10.7.4"},
    {"T18", State::SYN_RECEIVED, State::LISTEN, Cause::TIMEOUT_R2, TransitionClass::IMPLEMENTATION, true, "timer R2", "3.8.3"},
    {"T19", State::SYN_RECEIVED, State::LISTEN, Cause::BACKLOG_EVICTION, TransitionClass::IMPLEMENTATION, false, "backlog eviction", "3.10.7.2"},
    {"T20", State::SYN_RECEIVED, State::CLOSE_WAIT, Cause::SEGMENT_FIN, TransitionClass::EXCLUDED, false, "seg FIN", "3.10.7.4"},
    {"T21", State::ESTABLISHED, State::FIN_WAIT_1, Cause::CLOSE, TransitionClass::FIGURE, true, "CLOSE", "3.10.4"},
    {"T22", State::ESTABLISHED, State::CLOSE_WAIT, Cause::SEGMENT_FIN, TransitionClass::FIGURE, true, "seg FIN", "3.10.7.4"},
    {"T23", State::CLOSE_WAIT, State::LAST_ACK, Cause::CLOSE, TransitionClass::FIGURE, true, "CLOSE", "3.10.4"},
    {"T24", State::FIN_WAIT_1, State::FIN_WAIT_2, Cause::SEGMENT_ACK, TransitionClass::FIGURE, true, "seg ACK", "3.10.7.4"},
    {"T25", State::FIN_WAIT_1, State::CLOSING, Cause::SEGMENT_FIN, TransitionClass::FIGURE, true, "seg FIN", "3.10.7.4"},
    {"T26", State::FIN_WAIT_1, State::TIME_WAIT, Cause::SEGMENT_FIN_ACK, TransitionClass::FIGURE, true, "seg FIN+ACK", "3.10.7.4"},
    {"T27", State::FIN_WAIT_2, State::TIME_WAIT, Cause::SEGMENT_FIN, TransitionClass::FIGURE, true, "seg FIN", "3.10.7.4"},
    {"T28", State::CLOSING, State::TIME_WAIT, Cause::SEGMENT_ACK, TransitionClass::FIGURE, true, "seg ACK", "3.10.7.4"},
    {"T29", State::LAST_ACK, State::CLOSED, Cause::SEGMENT_ACK, TransitionClass::FIGURE, true, "seg ACK", "3.10.7.4"},
    {"T30", State::TIME_WAIT, State::CLOSED, Cause::TIMEOUT_2MSL, TransitionClass::FIGURE, true, "timer 2MSL", "3.10.8"},
    {"T31", State::TIME_WAIT, State::SYN_RECEIVED, Cause::SEGMENT_SYN, TransitionClass::OPTIONAL, true, "seg SYN", "3.10.7.4"},
    {"T32", State::TIME_WAIT, State::SYN_SENT, Cause::ACTIVE_OPEN, TransitionClass::IMPLEMENTATION, false, "active OPEN", "3.10.1"},
    {"T33", State::FIN_WAIT_2, State::CLOSED, Cause::TIMEOUT_ORPHAN, TransitionClass::IMPLEMENTATION, true, "timer orphan", "3.6.1"},
    {"T34", State::FIN_WAIT_1, State::CLOSED, Cause::SEGMENT_DATA, TransitionClass::OPTIONAL, true, "seg data", "3.10.7.4"},
    {"T35", State::FIN_WAIT_2, State::CLOSED, Cause::SEGMENT_DATA, TransitionClass::OPTIONAL, true, "seg data", "3.10.7.4"},
    {"T36", State::ESTABLISHED, State::CLOSED, Cause::CLOSE_UNREAD, TransitionClass::OPTIONAL, true, "CLOSE with unread data", "3.10.4"},
    {"T37", State::CLOSE_WAIT, State::CLOSED, Cause::CLOSE_UNREAD, TransitionClass::OPTIONAL, true, "CLOSE with unread data", "3.10.4"},
    {"T38", State::TIME_WAIT, State::CLOSED, Cause::TABLE_OVERFLOW, TransitionClass::IMPLEMENTATION, false, "table overflow", "3.6.1"},
    {"T39", State::SYN_RECEIVED, State::TIME_WAIT, Cause::BACKLOG_EVICTION, TransitionClass::IMPLEMENTATION, false, "backlog eviction", "3.6.1"},
    {"T40.LI", State::LISTEN, State::CLOSED, Cause::ABORT, TransitionClass::EVENT_TEXT, true, "ABORT", "3.10.5"},
    {"T40.SS", State::SYN_SENT, State::CLOSED, Cause::ABORT, TransitionClass::EVENT_TEXT, true, "ABORT", "3.10.5"},
    {"T40.SR", State::SYN_RECEIVED, State::CLOSED, Cause::ABORT, TransitionClass::EVENT_TEXT, true, "ABORT", "3.10.5"},
    {"T40.ES", State::ESTABLISHED, State::CLOSED, Cause::ABORT, TransitionClass::EVENT_TEXT, true, "ABORT", "3.10.5"},
    {"T40.F1", State::FIN_WAIT_1, State::CLOSED, Cause::ABORT, TransitionClass::EVENT_TEXT, true, "ABORT", "3.10.5"},
    {"T40.F2", State::FIN_WAIT_2, State::CLOSED, Cause::ABORT, TransitionClass::EVENT_TEXT, true, "ABORT", "3.10.5"},
    {"T40.CW", State::CLOSE_WAIT, State::CLOSED, Cause::ABORT, TransitionClass::EVENT_TEXT, true, "ABORT", "3.10.5"},
    {"T40.CG", State::CLOSING, State::CLOSED, Cause::ABORT, TransitionClass::EVENT_TEXT, true, "ABORT", "3.10.5"},
    {"T40.LA", State::LAST_ACK, State::CLOSED, Cause::ABORT, TransitionClass::EVENT_TEXT, true, "ABORT", "3.10.5"},
    {"T40.TW", State::TIME_WAIT, State::CLOSED, Cause::ABORT, TransitionClass::EVENT_TEXT, true, "ABORT", "3.10.5"},
    {"T41.ES", State::ESTABLISHED, State::CLOSED, Cause::SEGMENT_RST, TransitionClass::EVENT_TEXT, true, "seg RST", "3.10.7.4"},
    {"T41.F1", State::FIN_WAIT_1, State::CLOSED, Cause::SEGMENT_RST, TransitionClass::EVENT_TEXT, true, "seg RST", "3.10.7.4"},
    {"T41.F2", State::FIN_WAIT_2, State::CLOSED, Cause::SEGMENT_RST, TransitionClass::EVENT_TEXT, true, "seg RST", "3.10.7.4"},
    {"T41.CW", State::CLOSE_WAIT, State::CLOSED, Cause::SEGMENT_RST, TransitionClass::EVENT_TEXT, true, "seg RST", "3.10.7.4"},
    {"T41.CG", State::CLOSING, State::CLOSED, Cause::SEGMENT_RST, TransitionClass::EVENT_TEXT, true, "seg RST", "3.10.7.4"},
    {"T41.LA", State::LAST_ACK, State::CLOSED, Cause::SEGMENT_RST, TransitionClass::EVENT_TEXT, true, "seg RST", "3.10.7.4"},
    {"T41.TW", State::TIME_WAIT, State::CLOSED, Cause::SEGMENT_RST, TransitionClass::EVENT_TEXT, false, "seg RST", "3.10.7.4"},
    {"T42.SS", State::SYN_SENT, State::CLOSED, Cause::TIMEOUT_USER, TransitionClass::EVENT_TEXT, true, "timer user", "3.10.8"},
    {"T42.SR", State::SYN_RECEIVED, State::CLOSED, Cause::TIMEOUT_USER, TransitionClass::EVENT_TEXT, true, "timer user", "3.10.8"},
    {"T42.ES", State::ESTABLISHED, State::CLOSED, Cause::TIMEOUT_USER, TransitionClass::EVENT_TEXT, true, "timer user", "3.10.8"},
    {"T42.F1", State::FIN_WAIT_1, State::CLOSED, Cause::TIMEOUT_USER, TransitionClass::EVENT_TEXT, true, "timer user", "3.10.8"},
    {"T42.CW", State::CLOSE_WAIT, State::CLOSED, Cause::TIMEOUT_USER, TransitionClass::EVENT_TEXT, true, "timer user", "3.10.8"},
    {"T42.CG", State::CLOSING, State::CLOSED, Cause::TIMEOUT_USER, TransitionClass::EVENT_TEXT, true, "timer user", "3.10.8"},
    {"T42.LA", State::LAST_ACK, State::CLOSED, Cause::TIMEOUT_USER, TransitionClass::EVENT_TEXT, true, "timer user", "3.10.8"},
    {"T43.SS", State::SYN_SENT, State::CLOSED, Cause::TIMEOUT_R2, TransitionClass::EVENT_TEXT, true, "timer R2", "3.8.3"},
    {"T43.SR", State::SYN_RECEIVED, State::CLOSED, Cause::TIMEOUT_R2, TransitionClass::EVENT_TEXT, true, "timer R2", "3.8.3"},
    {"T43.ES", State::ESTABLISHED, State::CLOSED, Cause::TIMEOUT_R2, TransitionClass::EVENT_TEXT, true, "timer R2", "3.8.3"},
    {"T43.F1", State::FIN_WAIT_1, State::CLOSED, Cause::TIMEOUT_R2, TransitionClass::EVENT_TEXT, true, "timer R2", "3.8.3"},
    {"T43.CW", State::CLOSE_WAIT, State::CLOSED, Cause::TIMEOUT_R2, TransitionClass::EVENT_TEXT, true, "timer R2", "3.8.3"},
    {"T43.CG", State::CLOSING, State::CLOSED, Cause::TIMEOUT_R2, TransitionClass::EVENT_TEXT, true, "timer R2", "3.8.3"},
    {"T43.LA", State::LAST_ACK, State::CLOSED, Cause::TIMEOUT_R2, TransitionClass::EVENT_TEXT, true, "timer R2", "3.8.3"},
    {"T44.ES", State::ESTABLISHED, State::CLOSED, Cause::TIMEOUT_KEEPALIVE, TransitionClass::OPTIONAL, true, "timer keepalive", "3.8.4"},
    {"T44.CW", State::CLOSE_WAIT, State::CLOSED, Cause::TIMEOUT_KEEPALIVE, TransitionClass::OPTIONAL, true, "timer keepalive", "3.8.4"},
    {"T44.F2", State::FIN_WAIT_2, State::CLOSED, Cause::TIMEOUT_KEEPALIVE, TransitionClass::OPTIONAL, true, "timer keepalive", "3.8.4"},
    {"T45.SS", State::SYN_SENT, State::CLOSED, Cause::ICMP_HARD_ERROR, TransitionClass::OPTIONAL, true, "ICMP hard error", "3.9.2.2"},
    {"T45.SR", State::SYN_RECEIVED, State::CLOSED, Cause::ICMP_HARD_ERROR, TransitionClass::OPTIONAL, true, "ICMP hard error", "3.9.2.2"},
    {"T45.ES", State::ESTABLISHED, State::CLOSED, Cause::ICMP_HARD_ERROR, TransitionClass::OPTIONAL, false, "ICMP hard error", "3.9.2.2"},
    {"T45.F1", State::FIN_WAIT_1, State::CLOSED, Cause::ICMP_HARD_ERROR, TransitionClass::OPTIONAL, false, "ICMP hard error", "3.9.2.2"},
    {"T45.F2", State::FIN_WAIT_2, State::CLOSED, Cause::ICMP_HARD_ERROR, TransitionClass::OPTIONAL, false, "ICMP hard error", "3.9.2.2"},
    {"T45.CW", State::CLOSE_WAIT, State::CLOSED, Cause::ICMP_HARD_ERROR, TransitionClass::OPTIONAL, false, "ICMP hard error", "3.9.2.2"},
    {"T45.CG", State::CLOSING, State::CLOSED, Cause::ICMP_HARD_ERROR, TransitionClass::OPTIONAL, false, "ICMP hard error", "3.9.2.2"},
    {"T45.LA", State::LAST_ACK, State::CLOSED, Cause::ICMP_HARD_ERROR, TransitionClass::OPTIONAL, false, "ICMP hard error", "3.9.2.2"},
    {"T46.SS", State::SYN_SENT, State::CLOSED, Cause::ICMP_SOFT_ERROR, TransitionClass::IMPLEMENTATION, false, "ICMP soft error treated as hard", "3.9.2.2"},
    {"T46.SR", State::SYN_RECEIVED, State::CLOSED, Cause::ICMP_SOFT_ERROR, TransitionClass::IMPLEMENTATION, false, "ICMP soft error treated as hard", "3.9.2.2"},
    {"T47.SR", State::SYN_RECEIVED, State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, TransitionClass::LEGACY, false, "seg SYN in window", "3.10.7.4"},
    {"T47.ES", State::ESTABLISHED, State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, TransitionClass::LEGACY, false, "seg SYN in window", "3.10.7.4"},
    {"T47.F1", State::FIN_WAIT_1, State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, TransitionClass::LEGACY, false, "seg SYN in window", "3.10.7.4"},
    {"T47.F2", State::FIN_WAIT_2, State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, TransitionClass::LEGACY, false, "seg SYN in window", "3.10.7.4"},
    {"T47.CW", State::CLOSE_WAIT, State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, TransitionClass::LEGACY, false, "seg SYN in window", "3.10.7.4"},
    {"T47.CG", State::CLOSING, State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, TransitionClass::LEGACY, false, "seg SYN in window", "3.10.7.4"},
    {"T47.LA", State::LAST_ACK, State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, TransitionClass::LEGACY, false, "seg SYN in window", "3.10.7.4"},
    {"T47.TW", State::TIME_WAIT, State::CLOSED, Cause::SEGMENT_SYN_IN_WINDOW, TransitionClass::LEGACY, false, "seg SYN in window", "3.10.7.4"},
    {"T48.SS", State::SYN_SENT, State::CLOSED, Cause::ILLEGAL_OPTION, TransitionClass::OPTIONAL, false, "illegal option length", "3.1"},
    {"T48.SR", State::SYN_RECEIVED, State::CLOSED, Cause::ILLEGAL_OPTION, TransitionClass::OPTIONAL, false, "illegal option length", "3.1"},
    {"T48.ES", State::ESTABLISHED, State::CLOSED, Cause::ILLEGAL_OPTION, TransitionClass::OPTIONAL, false, "illegal option length", "3.1"},
    {"T48.F1", State::FIN_WAIT_1, State::CLOSED, Cause::ILLEGAL_OPTION, TransitionClass::OPTIONAL, false, "illegal option length", "3.1"},
    {"T48.F2", State::FIN_WAIT_2, State::CLOSED, Cause::ILLEGAL_OPTION, TransitionClass::OPTIONAL, false, "illegal option length", "3.1"},
    {"T48.CW", State::CLOSE_WAIT, State::CLOSED, Cause::ILLEGAL_OPTION, TransitionClass::OPTIONAL, false, "illegal option length", "3.1"},
    {"T48.CG", State::CLOSING, State::CLOSED, Cause::ILLEGAL_OPTION, TransitionClass::OPTIONAL, false, "illegal option length", "3.1"},
    {"T48.LA", State::LAST_ACK, State::CLOSED, Cause::ILLEGAL_OPTION, TransitionClass::OPTIONAL, false, "illegal option length", "3.1"},
    {"T49.ES", State::ESTABLISHED, State::CLOSED, Cause::SECURITY_MISMATCH, TransitionClass::EXCLUDED, false, "security/compartment mismatch", "3.10.7.4"},
    {"T49.F1", State::FIN_WAIT_1, State::CLOSED, Cause::SECURITY_MISMATCH, TransitionClass::EXCLUDED, false, "security/compartment mismatch", "3.10.7.4"},
    {"T49.F2", State::FIN_WAIT_2, State::CLOSED, Cause::SECURITY_MISMATCH, TransitionClass::EXCLUDED, false, "security/compartment mismatch", "3.10.7.4"},
    {"T49.CW", State::CLOSE_WAIT, State::CLOSED, Cause::SECURITY_MISMATCH, TransitionClass::EXCLUDED, false, "security/compartment mismatch", "3.10.7.4"},
    {"T49.CG", State::CLOSING, State::CLOSED, Cause::SECURITY_MISMATCH, TransitionClass::EXCLUDED, false, "security/compartment mismatch", "3.10.7.4"},
    {"T49.LA", State::LAST_ACK, State::CLOSED, Cause::SECURITY_MISMATCH, TransitionClass::EXCLUDED, false, "security/compartment mismatch", "3.10.7.4"},
    {"T49.TW", State::TIME_WAIT, State::CLOSED, Cause::SECURITY_MISMATCH, TransitionClass::EXCLUDED, false, "security/compartment mismatch", "3.10.7.4"},
    {"T50.SR", State::SYN_RECEIVED, State::TIME_WAIT, Cause::ABORT_LINGER, TransitionClass::OPTIONAL, false, "ABORT, issuer lingers", "3.10.5"},
    {"T50.ES", State::ESTABLISHED, State::TIME_WAIT, Cause::ABORT_LINGER, TransitionClass::OPTIONAL, false, "ABORT, issuer lingers", "3.10.5"},
    {"T50.F1", State::FIN_WAIT_1, State::TIME_WAIT, Cause::ABORT_LINGER, TransitionClass::OPTIONAL, false, "ABORT, issuer lingers", "3.10.5"},
    {"T50.F2", State::FIN_WAIT_2, State::TIME_WAIT, Cause::ABORT_LINGER, TransitionClass::OPTIONAL, false, "ABORT, issuer lingers", "3.10.5"},
    {"T50.CW", State::CLOSE_WAIT, State::TIME_WAIT, Cause::ABORT_LINGER, TransitionClass::OPTIONAL, false, "ABORT, issuer lingers", "3.10.5"},
    {"T51.SR", State::SYN_RECEIVED, State::CLOSED, Cause::LISTENER_CLOSED, TransitionClass::IMPLEMENTATION, true, "listener closed", "3.10.4"},
    {"T51.ES", State::ESTABLISHED, State::CLOSED, Cause::LISTENER_CLOSED, TransitionClass::IMPLEMENTATION, true, "listener closed", "3.10.4"},
    {"T52.SR", State::SYN_RECEIVED, State::CLOSED, Cause::ACCEPT_QUEUE_FULL, TransitionClass::IMPLEMENTATION, false, "accept queue full", "3.10.7.4"},
    {"T53", State::LISTEN, State::ESTABLISHED, Cause::SEGMENT_SYN, TransitionClass::COUNTERFACTUAL, false, "seg SYN", "3.10.7.2"},
    {"T54", State::FIN_WAIT_1, State::TIME_WAIT, Cause::SEGMENT_ACK, TransitionClass::COUNTERFACTUAL, false, "seg ACK", "3.10.7.4"},
    {"T55.F1", State::FIN_WAIT_1, State::CLOSED, Cause::CLOSE_UNREAD, TransitionClass::OPTIONAL, true, "CLOSE with unread data", "3.10.4"},
    {"T55.F2", State::FIN_WAIT_2, State::CLOSED, Cause::CLOSE_UNREAD, TransitionClass::OPTIONAL, true, "CLOSE with unread data", "3.10.4"},
    {"T55.CG", State::CLOSING, State::CLOSED, Cause::CLOSE_UNREAD, TransitionClass::OPTIONAL, true, "CLOSE with unread data", "3.10.4"},
    {"T55.LA", State::LAST_ACK, State::CLOSED, Cause::CLOSE_UNREAD, TransitionClass::OPTIONAL, true, "CLOSE with unread data", "3.10.4"},
    {"T56.CG", State::CLOSING, State::CLOSED, Cause::SEGMENT_DATA, TransitionClass::IMPLEMENTATION, false, "seg data", "3.10.7.4"},
    {"T56.LA", State::LAST_ACK, State::CLOSED, Cause::SEGMENT_DATA, TransitionClass::IMPLEMENTATION, false, "seg data", "3.10.7.4"},
}};
// clang-format on

char
Letter(TransitionClass transitionClass)
{
    switch (transitionClass)
    {
    case TransitionClass::FIGURE:
        return 'F';
    case TransitionClass::EVENT_TEXT:
        return 'E';
    case TransitionClass::OPTIONAL:
        return 'O';
    case TransitionClass::IMPLEMENTATION:
        return 'I';
    case TransitionClass::LEGACY:
        return 'L';
    case TransitionClass::EXCLUDED:
        return 'X';
    case TransitionClass::COUNTERFACTUAL:
        return 'C';
    }
    return '?';
}

const Transition*
FindTransition(State from, Cause cause, State to)
{
    const auto* found =
        std::find_if(TRANSITIONS.begin(), TRANSITIONS.end(), [=](const Transition& t) {
            return t.from == from && t.cause == cause && t.to == to;
        });
    return found == TRANSITIONS.end() ? nullptr : found;
}

} // namespace lifecycle
