#ifndef LIFECYCLE_CORE_INSTANT_H
#define LIFECYCLE_CORE_INSTANT_H

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace lifecycle
{

/** Tags the simulated clock. Nobody reads the clock: every call that needs the time is told it. */
struct SimClock;

/** A span of simulated time, in signed nanoseconds: converts losslessly from ns3::Time. */
using Duration = std::chrono::nanoseconds;

/** A point of simulated time, counted from the start of the simulation. */
using Instant = std::chrono::time_point<SimClock, Duration>;

/**
 * `90s`, `1500ms`, `2h`: a whole number of the longest unit in which @p duration is one, of those
 * up to @p longestUnit, which is one second at least.
 */
std::string ToText(Duration duration, Duration longestUnit = std::chrono::hours(1));

/**
 * The time that @p text spells: `30s`, `1.5ms`. Units are ns, us, ms, s, min and h; digits beyond
 * nanoseconds are cut off.
 *
 * Nothing if the text is no such time, or one above @p longest.
 */
std::optional<Duration> ParseTime(std::string_view text, Duration longest);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_INSTANT_H
