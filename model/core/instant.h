#ifndef LIFECYCLE_CORE_INSTANT_H
#define LIFECYCLE_CORE_INSTANT_H

#include <chrono>
#include <string>

namespace lifecycle
{

/** Tags the simulated clock. Nobody reads the clock: every call that needs the time is told it. */
struct SimClock;

/** A span of simulated time, in signed nanoseconds: converts losslessly from ns3::Time. */
using Duration = std::chrono::nanoseconds;

/** A point of simulated time, counted from the start of the simulation. */
using Instant = std::chrono::time_point<SimClock, Duration>;

/** `90s`, `1500ms`, `2h`: a whole number of the longest unit in which @p duration is one. */
std::string ToText(Duration duration);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_INSTANT_H
