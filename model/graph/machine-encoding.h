#ifndef LIFECYCLE_GRAPH_MACHINE_ENCODING_H
#define LIFECYCLE_GRAPH_MACHINE_ENCODING_H

#include "fingerprint.h"
#include "octet-writer.h"
#include "world.h"

#include <cstddef>

namespace lifecycle::exploration
{

/**
 * Octets that are the same for two worlds (or machines) exactly if the worlds have the same
 * futures.
 *
 * Sequence numbers are relative to the numbers with which a connection began, instants to now.
 * Settings are left out, because all worlds of one search have them in common. What no rule reads
 * is left out: the round trips where the timeout is always the same, the congestion window beyond
 * what users send in all, numbers that a state does not use yet. Between the numbers of two
 * connections, a distance that no window spans counts as one such distance, however far it is:
 * rules ask only which of the two is greater.
 */
Encoding EncodingOf(const Machine& machine, Instant now, const StackConfig& stack);

/** The fingerprint of EncodingOf(@p machine), without its distances to other machines. */
Fingerprint EncodeMachine(const Machine& machine, Instant now, const StackConfig& stack);

/**
 * The same for two machines only if each may stand for the other in any world: not alike alone, as
 * their fingerprints say, but the same host, with the same numbers and instants.
 */
Fingerprint IdentityOf(const Machine& machine,
                       std::size_t host,
                       const Fingerprint& canonical,
                       Instant now);

/** The connection in TIME-WAIT whose place @p connection takes, if a reset may bring it back; else null. */
const OldIncarnation* OldOf(const Connection& connection);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_MACHINE_ENCODING_H
