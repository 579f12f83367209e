#ifndef LIFECYCLE_SCENARIO_DRAWS_H
#define LIFECYCLE_SCENARIO_DRAWS_H

#include <string>

namespace ns3::lifecycle_internal
{

/**
 * Tries what one of ns-3's random variables draws, which some parameters make it search for ever.
 *
 * @param variable As ns-3 reads it.
 * @return What is wrong, as a clause; empty if all is well.
 */
std::string FindProblemOfDraws(const std::string& variable);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_DRAWS_H
