#ifndef LIFECYCLE_GRAPH_WORLD_CHECKS_H
#define LIFECYCLE_GRAPH_WORLD_CHECKS_H

#include "world.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace lifecycle::exploration
{

/** What must be true of each step, whatever the network and the users do. */
struct Check
{
    std::string_view name;
    std::string_view requirements; ///< ids of requirements.csv and requirements.md
    std::string_view claim;
    bool (*isBroken)(const Step& step, const WorldRules& rules);
};

constexpr std::size_t CHECK_COUNT = 26;

/** All checks; a step that breaks several is said to break the first of them. */
extern const std::array<Check, CHECK_COUNT> CHECKS;

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_WORLD_CHECKS_H
