#ifndef LIFECYCLE_GRAPH_ATTACK_H
#define LIFECYCLE_GRAPH_ATTACK_H

#include "../core/connection.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace lifecycle::exploration
{

/** How many kinds of segments an attacker forges. */
constexpr std::size_t ATTACKS = 9;

/**
 * A segment that an attacker who sees nothing forges in the name of the peer. The attacker hits the
 * window, but neither RCV.NXT with a RST nor, with text or FIN, the numbers that the victim waits to
 * have acknowledged: for these one needs 2^32 segments.
 *
 * @param which less than ATTACKS.
 * @return Nothing in states in which the peer is not known yet, or in which nothing can be hurt.
 *
 * Source: RFC 5961 1.
 */
std::optional<Segment> AttackOn(const Connection& victim, std::size_t which);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_ATTACK_H
