#include "range-set.h"

#include <algorithm>

namespace lifecycle
{

std::vector<SeqRange>
RangeSet::Insert(const SeqRange& range)
{
    if (range.end <= range.begin)
    {
        return {};
    }
    const auto first =
        std::partition_point(m_ranges.begin(), m_ranges.end(), [&](const SeqRange& held) {
            return held.end < range.begin;
        });
    auto last = first; // behind the last held range that range touches
    std::vector<SeqRange> fresh;
    SeqRange merged = range;
    SeqNum next = range.begin;
    for (; last != m_ranges.end() && last->begin <= range.end; ++last)
    {
        if (next < last->begin)
        {
            fresh.push_back({next, last->begin});
        }
        next = Later(next, last->end);
        merged = {Earlier(merged.begin, last->begin), Later(merged.end, last->end)};
    }
    if (next < range.end)
    {
        fresh.push_back({next, range.end});
    }
    m_ranges.insert(m_ranges.erase(first, last), merged);
    return fresh;
}

void
RangeSet::RemoveBefore(SeqNum limit)
{
    const auto first = std::find_if(m_ranges.begin(), m_ranges.end(), [&](const SeqRange& held) {
        return limit < held.end;
    });
    m_ranges.erase(m_ranges.begin(), first);
    if (!m_ranges.empty())
    {
        m_ranges.front().begin = Later(m_ranges.front().begin, limit);
    }
}

std::optional<SeqRange>
RangeSet::Find(SeqNum seq) const
{
    const auto range = std::partition_point(m_ranges.begin(),
                                            m_ranges.end(),
                                            [&](const SeqRange& held) { return held.end <= seq; });
    return range != m_ranges.end() && range->begin <= seq ? std::make_optional(*range)
                                                          : std::nullopt;
}

std::uint32_t
RangeSet::CountIn(const SeqRange& range) const
{
    std::uint32_t count = 0;
    for (const SeqRange& held : m_ranges)
    {
        const SeqNum begin = Later(held.begin, range.begin);
        const SeqNum end = Earlier(held.end, range.end);
        count += begin < end ? static_cast<std::uint32_t>(end - begin) : 0;
    }
    return count;
}

} // namespace lifecycle
