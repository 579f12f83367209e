#ifndef LIFECYCLE_GRAPH_EXPLORATION_H
#define LIFECYCLE_GRAPH_EXPLORATION_H

#include "fingerprint-set.h"
#include "world-checks.h"
#include "world.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle::exploration
{

/** How far a search has come. */
struct Progress
{
    std::uint64_t worlds{0};     ///< that were seen
    std::uint64_t successors{0}; ///< that were made, seen before or not
    std::uint64_t leftOut{0};    ///< successors with more segments in flight than the rules allow
    std::uint32_t depth{0};      ///< all futures of so many events are seen
    std::size_t frontier{0};     ///< worlds of the next depth so far
    std::size_t memory{0};       ///< of what is kept of each world seen [octets]
};

/** The shortest way to a step that breaks a check. */
struct Counterexample
{
    const Check* check;
    std::vector<Event> events; ///< from the first world on; the last breaks the check
};

enum class Outcome : std::uint8_t
{
    EXHAUSTED, ///< all worlds are seen, and no check is broken
    BROKEN,
    STOPPED, ///< by the caller; no check is broken up to the depth that was reached
};

struct Result
{
    Outcome outcome;
    Progress progress;
    std::vector<std::uint64_t> levels; ///< how many worlds are first reached by so many events
    std::optional<Counterexample> counterexample;
};

struct Options
{
    std::size_t threads{1};
    std::vector<std::string_view> without;          ///< names of checks that may be broken
    std::function<bool(const Progress&)> mayGoOn{}; ///< asked often; none: until the end
    std::string rules{};                            ///< what is searched, in words, for checkpoints
    std::string checkpoint{};   ///< the file that a search which is stopped writes; empty: none
    std::string continueFrom{}; ///< the checkpoint with which the search begins; empty: none
};

/**
 * Visits all futures, breadth first, until a check is broken.
 *
 * The result is the same for any number of threads, and for any number of stops on the way.
 *
 * @throws CheckpointError if a checkpoint cannot be written, or is none of this search.
 */
Result Explore(const Futures& futures, const Options& options);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_EXPLORATION_H
