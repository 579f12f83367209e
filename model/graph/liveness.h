#ifndef LIFECYCLE_GRAPH_LIVENESS_H
#define LIFECYCLE_GRAPH_LIVENESS_H

#include "exploration.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace lifecycle::exploration
{

/** What must come true at last, however long it takes. */
struct Promise
{
    std::string_view name;
    std::string_view requirements; ///< ids of requirements.csv and requirements.md
    std::string_view claim;
};

/**
 * The promises. A future in which something that stays possible never happens, such as that a segment
 * arrives, is not counted.
 */
extern const std::array<Promise, 4> PROMISES;

/** The shortest way to a world in which a promise cannot come true. */
struct BrokenPromise
{
    const Promise* promise;
    std::vector<Event> events; ///< from the first world on
    std::size_t roundBegin;    ///< the events from here on lead back to where they begin
};

struct LivenessResult
{
    Outcome outcome;
    std::uint64_t worlds;
    std::uint64_t edges;
    std::optional<BrokenPromise> broken;
};

/** So many worlds can be kept with all edges. */
constexpr std::uint64_t MOST_LIVENESS_WORLDS = 2000000;

/**
 * Visits all worlds, keeps which leads to which, and asks whether each promise comes true.
 *
 * No check is made. Where futures are left out, because too many segments are in flight, whatever was
 * promised is taken for true.
 *
 * @param mayGoOn asked often; none: until MOST_LIVENESS_WORLDS are seen.
 */
LivenessResult FindBrokenPromise(const Futures& futures,
                                 const std::function<bool(const Progress&)>& mayGoOn);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_LIVENESS_H
