#ifndef LIFECYCLE_RUN_DRAWS_H
#define LIFECYCLE_RUN_DRAWS_H

#include <string>

namespace lifecycle_run
{

/**
 * Tries what one of ns-3's random variables draws, which some parameters make it search for ever.
 *
 * @param variable As ns-3 reads it.
 * @return What is wrong, as a clause; empty if all is well.
 */
std::string FindProblemOfDraws(const std::string& variable);

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_DRAWS_H
