#ifndef LIFECYCLE_GRAPH_CHECKPOINT_H
#define LIFECYCLE_GRAPH_CHECKPOINT_H

#include "../core/chunked-vector.h"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace lifecycle::exploration
{

/** A checkpoint cannot be used; what() is one sentence for the user. */
class CheckpointError : public std::runtime_error
{
  public:
    using std::runtime_error::runtime_error;
};

/**
 * How a search came to all worlds that it has seen: enough to go on from there, or to say the way to
 * any of them.
 */
struct Checkpoint
{
    static constexpr std::size_t CHUNK = 1 << 16;

    std::string rules; ///< what is searched, in words; two searches differ if these differ
    std::uint64_t successors{0};
    std::uint64_t leftOut{0};
    std::vector<std::uint64_t>
        levels;            ///< worlds first reached by so many events, but those of the next
    std::uint64_t done{0}; ///< worlds of the last of the levels whose futures are found

    // Of each world, in the order of their finding
    ChunkedVector<std::uint32_t> parents{CHUNK}; ///< the world before, by its place
    ChunkedVector<std::uint16_t> events{CHUNK};  ///< that has led from there

    void Add(std::uint32_t parent, std::uint16_t event)
    {
        parents.Grow(1, parent);
        events.Grow(1, event);
    }

    std::size_t Size() const
    {
        return parents.Size();
    }
};

/** Writes @p checkpoint, in place of what @p file was. @throws CheckpointError if the disk refuses. */
void WriteCheckpoint(const std::string& file, const Checkpoint& checkpoint);

/** Makes sure that @p file can be written, and changes nothing. @throws CheckpointError */
void CheckWritable(const std::string& file);

/**
 * What WriteCheckpoint has written.
 *
 * @throws CheckpointError if @p file is none, is not whole, or is of a search with other rules than
 * @p rules.
 */
Checkpoint ReadCheckpoint(const std::string& file, const std::string& rules);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_CHECKPOINT_H
