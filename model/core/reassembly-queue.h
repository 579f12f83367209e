#ifndef LIFECYCLE_CORE_REASSEMBLY_QUEUE_H
#define LIFECYCLE_CORE_REASSEMBLY_QUEUE_H

#include "range-set.h"
#include "segment.h"
#include "seq-num.h"
#include "value.h"

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

namespace lifecycle
{

/**
 * Which octets of the receive window are held though not yet in order, and which of them arrived
 * last.
 * Source: RFC 9293 3.10.7.4, RFC 2018 4.
 *
 * The queue holds sequence numbers, not octets.
 */
class ReassemblyQueue
{
  public:
    /** Adds @p text and returns the parts of @p text that were not held yet, in order. */
    std::vector<SeqRange> Insert(const SeqRange& text);

    /** Removes and returns the octets held from @p next on without a gap; 0 if there are none. */
    std::uint32_t TakeFrom(SeqNum next);

    /**
     * The ranges to report: at most @p limit, the range of the latest arrival first. RFC 2018 4.
     */
    SackBlocks Blocks(std::size_t limit) const;

    bool Holds(SeqNum seq) const
    {
        return m_held.Find(seq).has_value();
    }

    bool IsEmpty() const
    {
        return m_held.Ranges().empty();
    }

    auto Fields() const
    {
        return std::tie(m_held, m_latest);
    }

  private:
    RangeSet m_held;
    std::vector<SeqNum> m_latest; ///< one number of each range that arrived lately, latest first
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_REASSEMBLY_QUEUE_H
