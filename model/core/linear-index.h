#ifndef LIFECYCLE_CORE_LINEAR_INDEX_H
#define LIFECYCLE_CORE_LINEAR_INDEX_H

#include "chunked-vector.h"
#include "octet-pool.h"

#include <cstddef>
#include <cstdint>

namespace lifecycle
{

/**
 * Finds items of a pool by a hash: linear hashing (W. Litwin, VLDB 1980), with as many buckets as
 * items, each a chain through link @p LINK of the items.
 *
 * The table grows and shrinks by one bucket at a time, so no call takes long, and none makes memory
 * double. It takes four octets for each item, and four in the item.
 *
 * `items` in the calls has `Link(handle, which)` as a pool has, and `HashOf(handle)`.
 */
template <std::size_t LINK>
class LinearIndex
{
  public:
    template <class Items>
    void Add(Handle handle, std::uint64_t hash, Items& items)
    {
        if (m_size == m_heads.Size())
        {
            Split(items);
        }
        Push(handle, BucketOf(hash), items);
        ++m_size;
    }

    template <class Items>
    void Remove(Handle handle, std::uint64_t hash, Items& items)
    {
        std::uint32_t* at = &m_heads[BucketOf(hash)];
        while (*at != handle)
        {
            at = &items.Link(*at, LINK);
        }
        *at = items.Link(handle, LINK);
        --m_size;
        if (m_size == 0)
        {
            m_heads.Clear();
            m_half = 1;
        }
        else if (2 * m_size < m_heads.Size())
        {
            Join(items);
        }
    }

    /** The item with @p hash that @p matches; NO_HANDLE if there is none. */
    template <class Items, class Matches>
    Handle Find(std::uint64_t hash, const Items& items, Matches matches) const
    {
        if (m_size == 0)
        {
            return NO_HANDLE;
        }
        Handle handle = m_heads[BucketOf(hash)];
        while (handle != NO_HANDLE && !matches(handle))
        {
            handle = items.Link(handle, LINK);
        }
        return handle;
    }

    template <class Items, class Function>
    void ForEach(const Items& items, Function function) const
    {
        for (std::size_t bucket = 0; bucket < m_heads.Size(); ++bucket)
        {
            for (Handle handle = m_heads[bucket]; handle != NO_HANDLE;
                 handle = items.Link(handle, LINK))
            {
                function(handle);
            }
        }
    }

    std::size_t Size() const
    {
        return m_size;
    }

  private:
    static constexpr std::size_t HEADS_IN_CHUNK = 4096;

    /** Where @p hash belongs. */
    std::size_t BucketOf(std::uint64_t hash) const
    {
        const std::size_t bucket = hash & (2 * m_half - 1);
        return bucket < m_heads.Size() ? bucket : bucket - m_half;
    }

    template <class Items>
    void Push(Handle handle, std::size_t bucket, Items& items)
    {
        items.Link(handle, LINK) = m_heads[bucket];
        m_heads[bucket] = handle;
    }

    /** Adds a bucket, and moves there what belongs there. */
    template <class Items>
    void Split(Items& items)
    {
        const std::size_t added = m_heads.Size();
        m_half = added >= 2 * m_half ? 2 * m_half : m_half;
        m_heads.Grow(1, NO_HANDLE);
        if (added > 0)
        {
            Deal(added - m_half, items);
        }
    }

    /** Removes the last bucket, and moves what was there to where it now belongs. */
    template <class Items>
    void Join(Items& items)
    {
        const std::size_t last = m_heads.Size() - 1;
        Handle handle = m_heads[last];
        m_heads.RemoveLast();
        const std::size_t target = last - m_half;
        while (handle != NO_HANDLE)
        {
            const Handle next = items.Link(handle, LINK);
            Push(handle, target, items);
            handle = next;
        }
        m_half = last == m_half && m_half > 1 ? m_half / 2 : m_half;
    }

    /** Puts each item of @p bucket into the bucket where the item belongs. */
    template <class Items>
    void Deal(std::size_t bucket, Items& items)
    {
        Handle handle = m_heads[bucket];
        m_heads[bucket] = NO_HANDLE;
        while (handle != NO_HANDLE)
        {
            const Handle next = items.Link(handle, LINK);
            Push(handle, BucketOf(items.HashOf(handle)), items);
            handle = next;
        }
    }

    ChunkedVector<Handle> m_heads{HEADS_IN_CHUNK};
    std::size_t m_half{1}; ///< the greatest power of two that is not greater than the last bucket
    std::size_t m_size{0};
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_LINEAR_INDEX_H
