#ifndef LIFECYCLE_CORE_ID_SET_H
#define LIFECYCLE_CORE_ID_SET_H

#include "actions.h"
#include "value.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

namespace lifecycle
{

/** A set of ids that mostly come in ascending order and may leave in any: 8 octets for each. */
class IdSet
{
  public:
    /** Adds @p id, which is not in the set. */
    void Add(ConnectionId id)
    {
        const auto at = PlaceOf(id);
        if (at != m_items.end() && at->id == id.value)
        {
            at->isGone = false;
            m_first = std::min(m_first, static_cast<std::size_t>(at - m_items.begin()));
        }
        else
        {
            m_first = std::min(m_first, static_cast<std::size_t>(at - m_items.begin()));
            m_items.insert(at, Item{id.value, false});
        }
        ++m_size;
    }

    /** Removes @p id, if it is in the set. */
    void Remove(ConnectionId id)
    {
        const auto at = PlaceOf(id);
        if (at == m_items.end() || at->id != id.value || at->isGone)
        {
            return;
        }
        at->isGone = true;
        --m_size;
        constexpr std::size_t FEW = 32;
        if (m_items.size() > 2 * m_size + FEW || m_size == 0)
        {
            const auto isGone = [](const Item& item) { return item.isGone; };
            m_items.erase(std::remove_if(m_items.begin(), m_items.end(), isGone), m_items.end());
            m_first = 0;
        }
        while (m_first < m_items.size() && m_items[m_first].isGone)
        {
            ++m_first;
        }
    }

    /** The least id, of a set that is not empty. */
    ConnectionId First() const
    {
        return {m_items[m_first].id};
    }

    std::size_t Size() const
    {
        return m_size;
    }

    /** All, in ascending order. */
    std::vector<ConnectionId> InOrder() const
    {
        std::vector<ConnectionId> ids;
        ids.reserve(m_size);
        for (const Item& item : m_items)
        {
            if (!item.isGone)
            {
                ids.push_back({item.id});
            }
        }
        return ids;
    }

    auto Fields() const
    {
        return std::make_tuple(InOrder());
    }

  private:
    struct Item
    {
        std::uint64_t id : 63;
        std::uint64_t isGone : 1;
    };

    std::vector<Item>::iterator PlaceOf(ConnectionId id)
    {
        if (m_items.empty() || m_items.back().id < id.value)
        {
            return m_items.end();
        }
        return std::lower_bound(
            m_items.begin(),
            m_items.end(),
            id.value,
            [](const Item& item, std::uint64_t value) { return item.id < value; });
    }

    std::vector<Item> m_items; ///< ascending; what is gone stays until many are
    std::size_t m_first{0};    ///< the first that is not gone
    std::size_t m_size{0};     ///< without those that are gone
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_ID_SET_H
