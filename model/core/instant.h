#ifndef LIFECYCLE_CORE_INSTANT_H
#define LIFECYCLE_CORE_INSTANT_H

#include <chrono>

namespace lifecycle
{

/** Tags the simulated clock. Nobody reads the clock: every call that needs the time is told it. */
struct SimClock;

/** A span of simulated time, in signed nanoseconds: converts losslessly from ns3::Time. */
using Duration = std::chrono::nanoseconds;

/** A point of simulated time, counted from the start of the simulation. */
using Instant = std::chrono::time_point<SimClock, Duration>;

} // namespace lifecycle

#endif // LIFECYCLE_CORE_INSTANT_H
