#ifndef LIFECYCLE_EXPLORE_STEPS_FILE_H
#define LIFECYCLE_EXPLORE_STEPS_FILE_H

#include "../model/graph/exploration.h"
#include "../model/graph/liveness.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle::exploration
{

/** The shortest way to a step that breaks a check, or to a world in which a promise cannot come true. */
struct Finding
{
    std::string_view name; ///< of the check or promise
    std::string_view requirements;
    std::string_view claim;
    std::vector<Event> events;
    std::size_t roundBegin; ///< the events from here on may come again and again; else their number
};

/** What breaks a check. */
Finding FindingOf(const Counterexample& counterexample);
/** What breaks a promise. */
Finding FindingOf(const BrokenPromise& broken);

/**
 * Writes the way to @p found, and what each host does at each step, for lifecycle-replay.
 *
 * @param preset of all hosts, whose other settings are in @p futures.
 * @return Whether @p file could be written.
 */
bool WriteSteps(const std::string& file,
                const Futures& futures,
                const std::string& preset,
                const Finding& found);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_EXPLORE_STEPS_FILE_H
