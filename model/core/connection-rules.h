#ifndef LIFECYCLE_CORE_CONNECTION_RULES_H
#define LIFECYCLE_CORE_CONNECTION_RULES_H

#include "connection.h"

#include <cstdint>

namespace lifecycle
{

// What a check asks about a connection that stays as it is; most of it depends on how the
// connection is set.

/** RCV.BUFF of RFC 9293 3.8.6.2.2, fitted to the connection once the peer's SYN has come [octets]. */
std::uint32_t ReceiveBufferOf(const Connection& connection);

/** The window of a SYN of ours, which is not scaled: RFC 7323 2.2 [octets]. */
std::uint32_t FirstWindow(const ConnectionConfig& config, const AgreedOptions& agreed);

/**
 * How many octets behind RCV.NXT are acceptable, if that is more than RCV.WND: all that fits the
 * buffer, and what rounding up has announced. RFC 9293 3.4 [octets].
 */
std::uint32_t AcceptableOctets(const Connection& connection);

/** Whether a listener ignores @p seg, which has ACK: RFC 9293 3.10.7.2, second check. */
bool IgnoresInListen(const ConnectionConfig& config, const Segment& seg);

/** Whether a SYN that repeats the first one has come: RFC 9293 3.10.7.4, first check. */
bool IsRepeatedSyn(const Connection& connection, const Segment& seg);

/** Whether the acceptable RST @p seg may reset: RFC 5961 3.2. */
bool MayReset(const ConnectionConfig& config, const ReceiveSide& side, const Segment& seg);

/** Whether @p seg is a RST that counts although it stands just below RCV.NXT. */
bool ResetsBelowFin(const Connection& connection, const Segment& seg);

/** Whether the SYN @p seg resets the connection: RFC 793 3.9. */
bool ResetsOnSyn(const Connection& connection, const ReceiveSide& side, const Segment& seg);

/** The answer to a SYN @p seg that resets the connection so. */
Segment ResetForSyn(const Connection& connection, const Segment& seg);

/** Whether the SYN @p seg resets the connection if no user reads any more. */
bool ResetsOrphan(const Connection& connection, const ReceiveSide& side, const Segment& seg);

/** Whether an ACK is to carry our FIN again, if it answers @p seg. */
bool RepeatsFin(const Connection& connection, const Segment& seg);

// In TIME-WAIT; those that ask about a connection are false in any other state

/** Whether @p seg is the peer's FIN again: RFC 9293 3.10.7.4, fifth and eighth check. */
bool IsRepeatedFinInTimeWait(const Connection& connection, const Segment& seg);

/** Whether @p seg restarts the wait, whatever else becomes of it. */
bool RestartsTimeWait(const Connection& connection, const Segment& seg);

/** Whether no RST ends TIME-WAIT: RFC 1337 3. */
bool IgnoresResetInTimeWait(const ConnectionConfig& config);

/** Whether a RST that must not reset gets no challenge. */
bool DropsResetInTimeWait(const Connection& connection);

/** Whether the SYN @p seg gets no challenge: RFC 6191 2. */
bool DropsSynInTimeWait(const Connection& connection, const Segment& seg);

/**
 * Whether an acceptable segment is answered like one that is not, instead of being asked what the
 * fifth to eighth check ask.
 */
bool AnswersAllInTimeWait(const Connection& connection);

/**
 * Whether nobody answers @p seg, which is neither SYN nor RST. The answer would be an empty ACK of
 * RCV.NXT at SND.NXT, and a peer that is in TIME-WAIT, too, does not answer that.
 */
bool IsSilentInTimeWait(const Connection& connection, const Segment& seg);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_CONNECTION_RULES_H
