#include "syn-cache.h"

#include "keyed-hash.h"

#include <algorithm>

namespace lifecycle
{

SynCache::SynCache(const HostConfig& config, const SipHashKey& secret)
    : m_buckets(config.synCacheBuckets),
      m_bucketLimit(config.synCacheBucketLimit),
      m_secret(secret)
{
}

std::uint32_t
SynCache::BucketOf(const FourTuple& path) const
{
    return static_cast<std::uint32_t>(KeyedHash(m_secret, path, HashPurpose::SYN_BUCKET) %
                                      m_buckets);
}

std::size_t
SynCache::SizeOf(const FourTuple& path) const
{
    const auto found = IsOn() ? m_content.find(BucketOf(path)) : m_content.end();
    return found == m_content.end() ? 0 : found->second.size();
}

void
SynCache::Add(const FourTuple& path, ConnectionId id)
{
    if (IsOn())
    {
        m_content[BucketOf(path)].push_back(id);
    }
}

void
SynCache::Remove(const FourTuple& path, ConnectionId id)
{
    const auto found = IsOn() ? m_content.find(BucketOf(path)) : m_content.end();
    if (found == m_content.end())
    {
        return;
    }
    auto& bucket = found->second;
    bucket.erase(std::remove(bucket.begin(), bucket.end(), id), bucket.end());
    if (bucket.empty())
    {
        m_content.erase(found);
    }
}

bool
SynCache::IsFull(const FourTuple& path) const
{
    return IsOn() && SizeOf(path) >= m_bucketLimit;
}

std::optional<ConnectionId>
SynCache::Oldest(const FourTuple& path) const
{
    const auto found = IsOn() ? m_content.find(BucketOf(path)) : m_content.end();
    return found == m_content.end() ? std::nullopt : std::make_optional(found->second.front());
}

} // namespace lifecycle
