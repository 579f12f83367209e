#ifndef LIFECYCLE_CORE_REASSEMBLY_QUEUE_H
#define LIFECYCLE_CORE_REASSEMBLY_QUEUE_H

#include "seq-num.h"
#include "value.h"

#include <cstdint>
#include <tuple>
#include <vector>

namespace lifecycle
{

/** Octets [begin, end) of a stream. */
struct SeqRange
{
    SeqNum begin;
    SeqNum end;

    auto Fields() const
    {
        return std::tie(begin, end);
    }
};

/**
 * Which octets of the receive window are held though not yet in order. Source: RFC 9293 3.10.7.4.
 *
 * It holds numbers, not octets. Everything in it lies within one window, so the order is sound there.
 */
class ReassemblyQueue
{
  public:
    /**
     * Adds @p text and returns those parts of it that were not held yet, in order.
     *
     * At most one part more than there are gaps; empty if all of @p text is held.
     */
    std::vector<SeqRange> Insert(SeqRange text);

    /** Removes and returns the octets held from @p next on without a gap; 0 if there are none. */
    std::uint32_t TakeFrom(SeqNum next);

    bool IsEmpty() const
    {
        return m_ranges.empty();
    }

    auto Fields() const
    {
        return std::tie(m_ranges);
    }

  private:
    std::vector<SeqRange> m_ranges; ///< sorted; disjoint and not touching
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_REASSEMBLY_QUEUE_H
