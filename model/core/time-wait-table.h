#ifndef LIFECYCLE_CORE_TIME_WAIT_TABLE_H
#define LIFECYCLE_CORE_TIME_WAIT_TABLE_H

#include "actions.h"
#include "stack-config.h"
#include "value.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>

namespace lifecycle
{

/**
 * Which connections are in TIME-WAIT, in the order of their coming, and which must go when there
 * are too many. Without a limit the table stores nothing.
 */
class TimeWaitTable
{
  public:
    explicit TimeWaitTable(const HostConfig& config)
        : m_limit(config.timeWaitLimit),
          m_overflow(config.timeWaitOverflow)
    {
    }

    /**
     * @p id has entered TIME-WAIT. Returns the connection that must leave TIME-WAIT for that, if
     * any.
     */
    std::optional<ConnectionId> Add(ConnectionId id)
    {
        if (m_limit == 0)
        {
            return std::nullopt;
        }
        m_places.emplace(id, ++m_lastPlace);
        m_order.emplace(m_lastPlace, id);
        if (m_order.size() <= m_limit)
        {
            return std::nullopt;
        }
        return m_overflow == TimeWaitOverflow::DROP_NEW ? id : m_order.begin()->second;
    }

    /** @p id is no longer in TIME-WAIT. */
    void Remove(ConnectionId id)
    {
        const auto found = m_places.find(id);
        if (found != m_places.end())
        {
            m_order.erase(found->second);
            m_places.erase(found);
        }
    }

    auto Fields() const
    {
        return std::tie(m_order);
    }

  private:
    std::uint32_t m_limit;
    TimeWaitOverflow m_overflow;
    std::uint64_t m_lastPlace{0};
    std::map<std::uint64_t, ConnectionId> m_order; ///< the oldest connection stands first
    std::unordered_map<ConnectionId, std::uint64_t, ValueHash> m_places;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_TIME_WAIT_TABLE_H
