#include "timestamp-clocks.h"

#include "seq-num.h"

namespace lifecycle
{

namespace
{

constexpr Duration VOID_AFTER = std::chrono::hours(24 * 24); // RFC 7323 5.5

} // namespace

std::uint32_t
TimestampClocks::Now(Instant now, Duration tick) const
{
    return static_cast<std::uint32_t>(now.time_since_epoch() / tick) + m_offset;
}

bool
TimestampClocks::IsOld(std::uint32_t val, Instant now) const
{
    // the order of timestamps wraps as that of sequence numbers does
    return SeqNum(val) < SeqNum(m_recent.val) && now - m_recent.since <= VOID_AFTER;
}

std::optional<Duration>
TimestampClocks::Since(std::uint32_t echoed, Instant now, Duration tick) const
{
    const std::int32_t ticks = SeqNum(Now(now, tick)) - SeqNum(echoed);
    return ticks >= 0 ? std::make_optional(ticks * tick) : std::nullopt;
}

} // namespace lifecycle
