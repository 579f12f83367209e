#ifndef LIFECYCLE_CORE_RANGE_SET_H
#define LIFECYCLE_CORE_RANGE_SET_H

#include "seq-num.h"
#include "value.h"

#include <cstdint>
#include <tuple>
#include <vector>

namespace lifecycle
{

/**
 * A set of sequence numbers as ranges, sorted, disjoint and not touching.
 *
 * Everything in it lies within one window, so the order is sound there.
 */
class RangeSet
{
  public:
    /**
     * Adds @p range and returns those parts of it that were not there yet, in order.
     *
     * At most one part more than there are gaps; empty if all of it was there.
     */
    std::vector<SeqRange> Insert(const SeqRange& range);

    /** Removes all that lies before @p limit. */
    void RemoveBefore(SeqNum limit);

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
