#ifndef LIFECYCLE_RECORD_OCCUPANCY_H
#define LIFECYCLE_RECORD_OCCUPANCY_H

#include "../core/instant.h"
#include "../core/state.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace lifecycle
{

/** What one host's TCP holds at one moment. */
struct OccupancyLevels
{
    std::array<std::uint64_t, ALL_STATES.size()> inState{}; ///< connections, by State
    std::uint64_t synQueue{0};
    std::uint64_t acceptQueue{0};
};

/** The interval of an average; begin < end. */
struct AveragedOver
{
    Instant begin{};
    Instant end{};
};

/** How many connections of one host are in each state, and the exact time averages. */
class Occupancy
{
  public:
    /** The averages cover the time in [@p from, @p to); the levels are kept at any time. */
    Occupancy(Instant from, Instant to);

    /** Moves one connection. CLOSED counts none: a connection begins and ends in CLOSED. */
    void Move(Instant now, State from, State to);

    void SetQueues(Instant now, std::uint64_t synQueue, std::uint64_t acceptQueue);

    const OccupancyLevels& Levels() const
    {
        return m_levels;
    }

    /** The interval of the averages, cut off at @p now; none if the interval has not begun. */
    std::optional<AveragedOver> Averaged(Instant now) const;

    /** Mean number of connections in @p state over Averaged(@p now), which must not be none. */
    double Mean(State state, Instant now) const;

    /** The largest number of connections that @p state has ever held. */
    std::uint64_t Max(State state) const;

    std::uint64_t MaxSynQueue() const
    {
        return m_maxSynQueue;
    }

    std::uint64_t MaxAcceptQueue() const
    {
        return m_maxAcceptQueue;
    }

  private:
    static std::size_t Index(State state)
    {
        return static_cast<std::size_t>(state);
    }

    Duration Overlap(Instant until) const;
    void Advance(Instant now);
    void Add(State state);
    void Remove(State state);

    Instant m_from;
    Instant m_to;
    Instant m_last{};
    OccupancyLevels m_levels;
    std::array<double, ALL_STATES.size()> m_integral{}; ///< connections x nanoseconds
    std::array<std::uint64_t, ALL_STATES.size()> m_max{};
    std::uint64_t m_maxSynQueue{0};
    std::uint64_t m_maxAcceptQueue{0};
};

} // namespace lifecycle

#endif // LIFECYCLE_RECORD_OCCUPANCY_H
