#ifndef LIFECYCLE_CORE_ACK_BUDGET_H
#define LIFECYCLE_CORE_ACK_BUDGET_H

#include "instant.h"
#include "value.h"

#include <cstdint>
#include <tuple>

namespace lifecycle
{

/** How many acknowledgments may still answer segments that were not taken. Source: RFC 5961 7. */
struct AckBudget
{
    Instant windowEnd{};
    std::uint32_t sent{0}; ///< since the window began

    /**
     * Whether one more acknowledgment may go out at @p now, of @p limit in each @p window; if so,
     * the budget counts that acknowledgment.
     */
    bool Take(std::uint32_t limit, Duration window, Instant now)
    {
        if (now >= windowEnd)
        {
            windowEnd = now + window;
            sent = 0;
        }
        const bool isLeft = sent < limit;
        sent += isLeft ? 1 : 0;
        return isLeft;
    }

    auto Fields() const
    {
        return std::tie(windowEnd, sent);
    }
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_ACK_BUDGET_H
