#include "occupancy.h"

#include <algorithm>
#include <cassert>

namespace lifecycle
{

Occupancy::Occupancy(Instant from, Instant to)
    : m_from(from),
      m_to(to)
{
}

Duration
Occupancy::Overlap(Instant until) const
{
    const Instant begin = std::max(m_last, m_from);
    const Instant end = std::min(until, m_to);
    return begin < end ? end - begin : Duration(0);
}

void
Occupancy::Advance(Instant now)
{
    const auto span = static_cast<double>(Overlap(now).count());
    if (span > 0)
    {
        for (std::size_t i = 0; i < m_integral.size(); ++i)
        {
            m_integral[i] += span * static_cast<double>(m_levels.inState[i]);
        }
    }
    m_last = now;
}

void
Occupancy::Add(State state)
{
    if (state != State::CLOSED)
    {
        const auto count = ++m_levels.inState[Index(state)];
        m_max[Index(state)] = std::max(m_max[Index(state)], count);
    }
}

void
Occupancy::Remove(State state)
{
    if (state != State::CLOSED)
    {
        assert(m_levels.inState[Index(state)] > 0);
        --m_levels.inState[Index(state)];
    }
}

void
Occupancy::Move(Instant now, State from, State to)
{
    Advance(now);
    Remove(from);
    Add(to);
}

void
Occupancy::SetQueues(Instant now, std::uint64_t synQueue, std::uint64_t acceptQueue)
{
    Advance(now);
    m_levels.synQueue = synQueue;
    m_levels.acceptQueue = acceptQueue;
    m_maxSynQueue = std::max(m_maxSynQueue, synQueue);
    m_maxAcceptQueue = std::max(m_maxAcceptQueue, acceptQueue);
}

std::optional<AveragedOver>
Occupancy::Averaged(Instant now) const
{
    const Instant end = std::min(now, m_to);
    return m_from < end ? std::optional(AveragedOver{m_from, end}) : std::nullopt;
}

double
Occupancy::Mean(State state, Instant now) const
{
    const auto over = Averaged(now);
    assert(over);
    const double integral =
        m_integral[Index(state)] + static_cast<double>(Overlap(now).count()) *
                                       static_cast<double>(m_levels.inState[Index(state)]);
    return integral / static_cast<double>((over->end - over->begin).count());
}

std::uint64_t
Occupancy::Max(State state) const
{
    return m_max[Index(state)];
}

} // namespace lifecycle
