#ifndef LIFECYCLE_CORE_DEADLINE_QUEUE_H
#define LIFECYCLE_CORE_DEADLINE_QUEUE_H

#include "actions.h"
#include "instant.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <tuple>
#include <vector>

namespace lifecycle
{

/** When a connection is to be woken. Those of one instant stand in the order of their ids. */
struct Deadline
{
    Instant at;
    ConnectionId id;

    auto Fields() const
    {
        return std::tie(at, id);
    }

    bool operator<(const Deadline& other) const
    {
        return Fields() < other.Fields();
    }
};

/**
 * Gives deadlines back in their order.
 *
 * Deadlines of one length come in the order in which they expire. So each deadline goes behind a
 * run of earlier ones, without a search and in 16 octets; the few that fit behind no run go on a
 * heap.
 */
class DeadlineRuns
{
  public:
    void Add(const Deadline& deadline);

    /** The earliest; nothing if there is none. */
    std::optional<Deadline> First() const;

    void RemoveFirst();

    std::size_t Size() const
    {
        return m_size;
    }

    /** All, in their order; none are left. */
    std::vector<Deadline> TakeAll();

    /** Holds @p sorted, and nothing else. */
    void Assign(const std::vector<Deadline>& sorted);

  private:
    using Run = std::deque<Deadline>;

    std::vector<Run>::iterator EarliestRun();

    std::vector<Run> m_runs; ///< few, none empty
    std::vector<Deadline> m_heap;
    std::size_t m_size{0};
};

/**
 * The deadlines of a host: DeadlineRuns from which any can be withdrawn.
 *
 * What is withdrawn stays where it is until it comes up, or until more are withdrawn than wait.
 */
class DeadlineQueue
{
  public:
    void Add(const Deadline& deadline)
    {
        m_added.Add(deadline);
    }

    /** Withdraws @p deadline, which was added. */
    void Remove(const Deadline& deadline);

    /** The earliest; nothing if there is none. */
    std::optional<Deadline> First() const
    {
        return m_added.First();
    }

    /** Removes the earliest. */
    void RemoveFirst();

    /** How many deadlines take memory, which may be more than wait. */
    std::size_t Stored() const
    {
        return m_added.Size() + m_removed.Size();
    }

  private:
    void DropRemoved();

    DeadlineRuns m_added;
    DeadlineRuns m_removed; ///< the first of m_added is not in here
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_DEADLINE_QUEUE_H
