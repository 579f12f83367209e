#ifndef LIFECYCLE_CORE_TIMESTAMP_CLOCKS_H
#define LIFECYCLE_CORE_TIMESTAMP_CLOCKS_H

#include "instant.h"
#include "value.h"

#include <cstdint>
#include <optional>
#include <tuple>

namespace lifecycle
{

/** The youngest timestamp of the peer. Source: RFC 7323 4.3. */
struct TimestampRecent
{
    std::uint32_t val{0}; ///< TS.Recent
    Instant since{};      ///< when TS.Recent came: RFC 7323 5.5

    auto Fields() const
    {
        return std::tie(val, since);
    }
};

/** Our timestamp clock, and what the peer has told of its clock. Source: RFC 7323 4 and 5. */
class TimestampClocks
{
  public:
    TimestampClocks() = default;

    /** Our clock is ahead of the simulation's clock by @p offset [ticks], RFC 7323 5.4. */
    explicit TimestampClocks(std::uint32_t offset, const TimestampRecent& recent = {})
        : m_offset(offset),
          m_recent(recent)
    {
    }

    std::uint32_t Offset() const
    {
        return m_offset;
    }

    const TimestampRecent& Recent() const
    {
        return m_recent;
    }

    /** What our clock shows at @p now, if one tick lasts @p tick [ticks]. */
    std::uint32_t Now(Instant now, Duration tick) const;

    /** The peer's clock shows @p val. */
    void TakeRecent(std::uint32_t val, Instant now)
    {
        m_recent = {val, now};
    }

    /**
     * PAWS: whether @p val is older than a TS.Recent that is not void for its age. RFC 7323 5.2,
     * 5.5.
     */
    bool IsOld(std::uint32_t val, Instant now) const;

    /** How long ago we sent @p echoed; nothing if @p echoed cannot be ours. RFC 7323 4.1. */
    std::optional<Duration> Since(std::uint32_t echoed, Instant now, Duration tick) const;

    auto Fields() const
    {
        return std::tie(m_offset, m_recent);
    }

  private:
    std::uint32_t m_offset{0};
    TimestampRecent m_recent;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_TIMESTAMP_CLOCKS_H
