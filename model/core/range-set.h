#ifndef LIFECYCLE_CORE_RANGE_SET_H
#define LIFECYCLE_CORE_RANGE_SET_H

#include "seq-num.h"
#include "value.h"

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

namespace lifecycle
{

/**
 * A set of sequence numbers as ranges, sorted, disjoint and not touching.
 *
 * All numbers of a set lie within one window, so their order is sound.
 */
class RangeSet
{
  public:
    /**
     * Adds @p range and returns the parts of @p range that were not there yet, in order.
     *
     * There is at most one part more than the set has ranges; no part if all of @p range was there.
     */
    std::vector<SeqRange> Insert(const SeqRange& range);

    /** Removes all that lies before @p limit. */
    void RemoveBefore(SeqNum limit);

    /** The range that @p seq is in; nothing if @p seq is in no range. */
    std::optional<SeqRange> Find(SeqNum seq) const;

    /** How many numbers of @p range are in the set. */
    std::uint32_t CountIn(const SeqRange& range) const;

    const std::vector<SeqRange>& Ranges() const
    {
        return m_ranges;
    }

    auto Fields() const
    {
        return std::tie(m_ranges);
    }

  private:
    std::vector<SeqRange> m_ranges;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_RANGE_SET_H
