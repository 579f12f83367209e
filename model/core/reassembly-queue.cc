#include "reassembly-queue.h"

#include <algorithm>

namespace lifecycle
{

std::vector<SeqRange>
ReassemblyQueue::Insert(SeqRange text)
{
    if (text.end <= text.begin)
    {
        return {};
    }
    const auto first = std::find_if(m_ranges.begin(), m_ranges.end(), [&](const SeqRange& held) {
        return text.begin <= held.end;
    });
    auto last = first; // behind the last range that text touches
    std::vector<SeqRange> fresh;
    SeqRange merged = text;
    SeqNum next = text.begin;
    for (; last != m_ranges.end() && last->begin <= text.end; ++last)
    {
        if (next < last->begin)
        {
            fresh.push_back({next, last->begin});
        }
        next = Later(next, last->end);
        merged = {Earlier(merged.begin, last->begin), Later(merged.end, last->end)};
    }
    if (next < text.end)
    {
        fresh.push_back({next, text.end});
    }
    m_ranges.insert(m_ranges.erase(first, last), merged);
    return fresh;
}

std::uint32_t
ReassemblyQueue::TakeFrom(SeqNum next)
{
    if (m_ranges.empty() || next < m_ranges.front().begin)
    {
        return 0;
    }
    const std::int32_t octets = m_ranges.front().end - next;
    m_ranges.erase(m_ranges.begin());
    return octets > 0 ? static_cast<std::uint32_t>(octets) : 0;
}

} // namespace lifecycle
