#include "reassembly-queue.h"

#include <algorithm>

namespace lifecycle
{

std::vector<SeqRange>
ReassemblyQueue::Insert(const SeqRange& text)
{
    if (text.end <= text.begin)
    {
        return {};
    }
    std::vector<SeqRange> fresh = m_held.Insert(text);
    const auto isInIt = [range = *m_held.Find(text.begin)](SeqNum seq) {
        return range.begin <= seq && seq < range.end;
    };
    m_latest.erase(std::remove_if(m_latest.begin(), m_latest.end(), isInIt), m_latest.end());
    m_latest.insert(m_latest.begin(), text.begin);
    m_latest.resize(std::min(m_latest.size(), SackBlocks::MAX));
    return fresh;
}

std::uint32_t
ReassemblyQueue::TakeFrom(SeqNum next)
{
    const auto& ranges = m_held.Ranges();
    if (ranges.empty() || next < ranges.front().begin)
    {
        return 0;
    }
    const SeqNum end = ranges.front().end;
    m_held.RemoveBefore(end);
    const auto isGone = [end](SeqNum seq) { return seq < end; };
    m_latest.erase(std::remove_if(m_latest.begin(), m_latest.end(), isGone), m_latest.end());
    return next < end ? static_cast<std::uint32_t>(end - next) : 0;
}

SackBlocks
ReassemblyQueue::Blocks(std::size_t limit) const
{
    SackBlocks blocks;
    for (const SeqNum seq : m_latest)
    {
        if (const auto range = m_held.Find(seq); range && blocks.Count() < limit)
        {
            blocks.Add(*range);
        }
    }
    // Then the ranges that arrived long ago, while there is room: the sender may have forgotten
    // them.
    for (const SeqRange& range : m_held.Ranges())
    {
        if (blocks.Count() >= limit)
        {
            break;
        }
        if (std::none_of(blocks.begin(), blocks.end(), [&](const SeqRange& told) {
                return told == range;
            }))
        {
            blocks.Add(range);
        }
    }
    return blocks;
}

} // namespace lifecycle
