#ifndef LIFECYCLE_CORE_SYN_CACHE_H
#define LIFECYCLE_CORE_SYN_CACHE_H

#include "actions.h"
#include "endpoint.h"
#include "siphash.h"
#include "stack-config.h"
#include "value.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace lifecycle
{

/**
 * Which half-open connections share a bucket. An attacker does not know the key, so his connections
 * can push out only those that happen to share their buckets. Source: RFC 4987 3.5.
 *
 * The cache holds ids; the connections themselves are the Host's.
 */
class SynCache
{
  public:
    SynCache(const HostConfig& config, const SipHashKey& secret);

    /** False if there are no buckets: the cache then does nothing. */
    bool IsOn() const
    {
        return m_buckets != 0;
    }

    void Add(const FourTuple& path, ConnectionId id);
    void Remove(const FourTuple& path, ConnectionId id);

    /** Whether the bucket that @p path belongs to has no room. */
    bool IsFull(const FourTuple& path) const;

    /**
     * The oldest connection in the bucket that @p path belongs to; nothing if the bucket is empty.
     */
    std::optional<ConnectionId> Oldest(const FourTuple& path) const;

    auto Fields() const
    {
        return std::tie(m_content);
    }

  private:
    std::uint32_t BucketOf(const FourTuple& path) const;
    std::size_t SizeOf(const FourTuple& path) const;

    std::uint32_t m_buckets;
    std::uint32_t m_bucketLimit;
    SipHashKey m_secret;
    std::unordered_map<std::uint32_t, std::vector<ConnectionId>, ValueHash>
        m_content; ///< oldest first
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_SYN_CACHE_H
