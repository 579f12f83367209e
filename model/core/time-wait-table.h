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

/** Who is in TIME-WAIT since when, and who must go when there are too many. Costs nothing unlimited. */
class TimeWaitTable
{
  public:
    explicit TimeWaitTable(const HostConfig& config)
        : m_limit(config.timeWaitLimit),
          m_overflow(config.timeWaitOverflow)
    {
    }

    /** @p id has entered TIME-WAIT. Returns who must leave it for that, if anybody. */
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

    /** @p id is in TIME-WAIT no more. */
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
    std::map<std::uint64_t, ConnectionId> m_order; ///< who came first stands first
    std::unordered_map<ConnectionId, std::uint64_t, ValueHash> m_places;
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_TIME_WAIT_TABLE_H
