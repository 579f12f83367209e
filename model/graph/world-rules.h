#ifndef LIFECYCLE_GRAPH_WORLD_RULES_H
#define LIFECYCLE_GRAPH_WORLD_RULES_H

#include "../core/endpoint.h"
#include "../core/instant.h"
#include "../core/siphash.h"
#include "../core/stack-config.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle::exploration
{

/**
 * The step of time in a world. With 3 s, the timeout after a lost SYN of RFC 6298 5.7 is one tick
 * like any other.
 */
constexpr Duration TICK = std::chrono::seconds(3);

constexpr std::size_t MAX_HOSTS = 3;

/** What a user does, or what befalls the host. */
enum class UserCall : std::uint8_t
{
    LISTEN,
    OPEN,
    SEND, ///< one octet
    CLOSE,
    CLOSE_FULLY,
    ABORT,
    CRASH,  ///< all state is lost, and nothing answers
    REBOOT, ///< the host is there again, without any state
    NEXT,   ///< what follows is about the next connection of a listener
};

std::string_view ToString(UserCall call);

/**
 * Calls in their order. Each is made at any time at which it makes sense; when a connection has
 * ended, the calls that are left for that connection are left out.
 */
using Script = std::vector<UserCall>;

/** `listen,send,close`; nothing if @p text has a word that is no call. */
std::optional<Script> ParseScript(std::string_view text);

/** One host and its user. */
struct Party
{
    StackConfig stack;
    Script script;
    std::size_t peer{0}; ///< whom OPEN calls
};

/** All that decides which worlds there are. */
struct WorldRules
{
    std::vector<Party> parties;       ///< two or three
    std::uint32_t losses{0};          ///< segments that the channel may lose
    std::uint32_t duplicates{0};      ///< copies that the channel may make
    std::uint32_t attacks{0};         ///< segments that an attacker may forge, see AttackOn
    std::uint32_t inFlight{4};        ///< futures with more segments in flight are left out
    std::uint32_t segmentLifetime{2}; ///< a segment that is so old is gone [ticks]
    std::uint32_t ticks{0};           ///< when time ends; 0: never
};

/** @p preset with times of a few ticks, so that few instants differ. */
StackConfig InTicks(const StackConfig& preset);

/** Two hosts of @p stack with these scripts; the first calls the second and the second the first. */
WorldRules TwoHosts(const StackConfig& stack, const Script& first, const Script& second);

/** Why no world can be exact under @p rules, as a sentence; nothing if they are all right. */
std::optional<std::string> FindProblem(const WorldRules& rules);

/** From host @p host to host @p peer, as the former sees it. */
FourTuple PathOf(std::size_t host, std::size_t peer);

/** Which host has the address of @p endpoint; MAX_HOSTS if none has. */
std::size_t HostAt(const Endpoint& endpoint);

/** The secret of each host. */
constexpr SipHashKey SECRET{0x0123456789abcdef, 0xfedcba9876543210};

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_WORLD_RULES_H
