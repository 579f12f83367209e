#ifndef LIFECYCLE_CORE_OCTET_POOL_H
#define LIFECYCLE_CORE_OCTET_POOL_H

#include "chunked-vector.h"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace lifecycle
{

/** Names an item of an OctetPool while the item exists. */
using Handle = std::uint32_t;

constexpr Handle NO_HANDLE = UINT32_MAX;

/**
 * Stores many items of a few octets each, in slots of a multiple of four octets that stand densely
 * in chunks and are used again. Beside its octets each item has @p LINKS numbers for its owner.
 *
 * An item does not know how long it is. Items do not move, but a pointer into one is valid only
 * until the next Add.
 */
template <std::size_t LINKS>
class OctetPool
{
  public:
    static constexpr std::size_t MOST_OCTETS = 240; ///< in one item

    Handle Add(const std::uint8_t* octets, std::size_t count)
    {
        assert(0 < count && count <= MOST_OCTETS);
        const std::uint32_t number = StoreFor((count + 3) / 4);
        Store& store = m_stores[number];
        std::uint32_t place = store.free;
        if (place == NO_HANDLE)
        {
            place = static_cast<std::uint32_t>(store.slots.Size() / store.words);
            assert(place < PLACES);
            store.slots.Grow(store.words);
        }
        else
        {
            store.free = store.slots[place * store.words];
        }
        ++store.used;
        const Handle handle = number * PLACES + place;
        std::memcpy(Slot(handle) + LINKS, octets, count);
        return handle;
    }

    void Remove(Handle handle)
    {
        Store& store = m_stores[handle / PLACES];
        if (--store.used == 0)
        {
            store.slots.Clear();
            store.free = NO_HANDLE;
            return;
        }
        *Slot(handle) = store.free;
        store.free = handle % PLACES;
    }

    const std::uint8_t* At(Handle handle) const
    {
        return reinterpret_cast<const std::uint8_t*>(Slot(handle) + LINKS);
    }

    std::uint32_t& Link(Handle handle, std::size_t which)
    {
        return Slot(handle)[which];
    }

    std::uint32_t Link(Handle handle, std::size_t which) const
    {
        return Slot(handle)[which];
    }

  private:
    static constexpr std::uint32_t PLACES = 1U << 26; ///< the rest of a handle is a store

    /** The slots of one size. A free slot begins with the place of the next free one. */
    struct Store
    {
        static constexpr std::size_t SLOTS_IN_CHUNK = 1024;

        explicit Store(std::size_t wordsOfSlot)
            : words(wordsOfSlot),
              slots(SLOTS_IN_CHUNK * wordsOfSlot)
        {
        }

        std::size_t words; ///< of a slot, with its links
        ChunkedVector<std::uint32_t> slots;
        std::uint32_t free{NO_HANDLE};
        std::uint32_t used{0};
    };

    /** The number of the store for items of so many words. */
    std::uint32_t StoreFor(std::size_t wordsOfItem)
    {
        std::uint32_t number = 0;
        while (number < m_stores.size() && m_stores[number].words != LINKS + wordsOfItem)
        {
            ++number;
        }
        if (number == m_stores.size())
        {
            m_stores.emplace_back(LINKS + wordsOfItem);
        }
        return number;
    }

    std::uint32_t* Slot(Handle handle)
    {
        Store& store = m_stores[handle / PLACES];
        return &store.slots[(handle % PLACES) * store.words];
    }

    const std::uint32_t* Slot(Handle handle) const
    {
        const Store& store = m_stores[handle / PLACES];
        return &store.slots[(handle % PLACES) * store.words];
    }

    std::vector<Store> m_stores; ///< as they were needed
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_OCTET_POOL_H
