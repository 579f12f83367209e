#include "deadline-queue.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

namespace lifecycle
{

namespace
{

/** The order of a heap whose front is the earliest. */
bool
IsLater(const Deadline& a, const Deadline& b)
{
    return b < a;
}

} // namespace

void
DeadlineRuns::Add(const Deadline& deadline)
{
    constexpr std::size_t FEW = 32; // so many need no runs
    constexpr std::size_t MOST_RUNS = 8;
    ++m_size;
    Run* closest = nullptr; // of the runs that end before, the one that ends last
    for (Run& run : m_runs)
    {
        if (!(deadline < run.back()) && (closest == nullptr || closest->back() < run.back()))
        {
            closest = &run;
        }
    }
    if (closest != nullptr)
    {
        closest->push_back(deadline);
    }
    else if (m_heap.size() < FEW || m_runs.size() == MOST_RUNS)
    {
        m_heap.push_back(deadline);
        std::push_heap(m_heap.begin(), m_heap.end(), IsLater);
    }
    else
    {
        m_runs.push_back({deadline});
    }
}

std::vector<DeadlineRuns::Run>::iterator
DeadlineRuns::EarliestRun()
{
    return std::min_element(m_runs.begin(), m_runs.end(), [](const Run& a, const Run& b) {
        return a.front() < b.front();
    });
}

std::optional<Deadline>
DeadlineRuns::First() const
{
    std::optional<Deadline> first;
    if (!m_heap.empty())
    {
        first = m_heap.front();
    }
    for (const Run& run : m_runs)
    {
        if (!first || run.front() < *first)
        {
            first = run.front();
        }
    }
    return first;
}

void
DeadlineRuns::RemoveFirst()
{
    assert(m_size > 0);
    --m_size;
    const auto run = EarliestRun();
    if (run == m_runs.end() || (!m_heap.empty() && m_heap.front() < run->front()))
    {
        std::pop_heap(m_heap.begin(), m_heap.end(), IsLater);
        m_heap.pop_back();
        return;
    }
    run->pop_front();
    if (run->empty())
    {
        m_runs.erase(run);
    }
}

std::vector<Deadline>
DeadlineRuns::TakeAll()
{
    std::vector<Deadline> all = std::exchange(m_heap, {});
    for (const Run& run : std::exchange(m_runs, {}))
    {
        all.insert(all.end(), run.begin(), run.end());
    }
    m_size = 0;
    std::sort(all.begin(), all.end());
    return all;
}

void
DeadlineRuns::Assign(const std::vector<Deadline>& sorted)
{
    *this = {};
    for (const Deadline& deadline : sorted)
    {
        Add(deadline);
    }
}

void
DeadlineQueue::Remove(const Deadline& deadline)
{
    if (m_added.First() == deadline)
    {
        RemoveFirst();
        return;
    }
    m_removed.Add(deadline);
    constexpr std::size_t FEW = 32;
    if (2 * m_removed.Size() > m_added.Size() + FEW)
    {
        DropRemoved();
    }
}

void
DeadlineQueue::RemoveFirst()
{
    m_added.RemoveFirst();
    while (m_removed.Size() > 0 && m_added.First() == m_removed.First())
    {
        m_added.RemoveFirst();
        m_removed.RemoveFirst();
    }
}

void
DeadlineQueue::DropRemoved()
{
    const std::vector<Deadline> added = m_added.TakeAll();
    const std::vector<Deadline> removed = m_removed.TakeAll();
    std::vector<Deadline> kept;
    kept.reserve(added.size() - removed.size());
    std::set_difference(added.begin(),
                        added.end(),
                        removed.begin(),
                        removed.end(),
                        std::back_inserter(kept));
    m_added.Assign(kept);
}

} // namespace lifecycle
