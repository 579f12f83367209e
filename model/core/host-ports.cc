// What a host chooses for its connections: ports, ISNs, clocks. RFC 6056, RFC 6528.

#include "host.h"
#include "keyed-hash.h"

#include <algorithm>

namespace lifecycle
{

namespace
{

/** Whether a port that is taken on @p one is taken on @p other as well. */
bool
Overlap(const Address& one, const Address& other)
{
    return one.family == other.family && (one.IsAny() || other.IsAny() || one == other);
}

} // namespace

bool
Host::IsBound(const Endpoint& local) const
{
    const auto found = m_bound.find(local.port);
    if (found == m_bound.end())
    {
        return false;
    }
    return std::any_of(found->second.begin(), found->second.end(), [&](const Address& bound) {
        return Overlap(bound, local.address);
    });
}

bool
Host::HasListenerOn(const Endpoint& local) const
{
    return std::any_of(m_listeners.begin(), m_listeners.end(), [&](const auto& listener) {
        return listener.first.port == local.port && Overlap(listener.first.address, local.address);
    });
}

std::optional<std::uint16_t>
Host::BindPort(const Endpoint& local, bool isShared)
{
    Endpoint chosen = local;
    if (local.port == 0)
    {
        const auto port = ChooseEphemeralPort({local, {}}, {}); // no connection is in the way
        if (!port)
        {
            return std::nullopt;
        }
        chosen.port = *port;
    }
    if (isShared ? HasListenerOn(chosen) : IsBound(chosen))
    {
        return std::nullopt;
    }
    m_bound[chosen.port].push_back(chosen.address);
    return chosen.port;
}

void
Host::UnbindPort(const Endpoint& local)
{
    const auto found = m_bound.find(local.port);
    if (found == m_bound.end())
    {
        return;
    }
    auto& addresses = found->second;
    const auto bound = std::find(addresses.begin(), addresses.end(), local.address);
    if (bound != addresses.end())
    {
        addresses.erase(bound);
    }
    if (addresses.empty())
    {
        m_bound.erase(found);
    }
}

std::optional<std::uint16_t>
Host::ChooseEphemeralPort(const FourTuple& path, Instant now)
{
    // RFC 6056 3.3.3: a keyed offset for each destination and one counter that always moves on
    const std::uint32_t first = m_config.ephemeralFirst;
    const std::uint32_t count =
        first <= m_config.ephemeralLast ? m_config.ephemeralLast - first + 1 : 0;
    const std::uint64_t offset = KeyedHash(m_secret, path, HashPurpose::PORT);
    for (std::uint32_t tries = 0; tries < count; ++tries)
    {
        FourTuple candidate = path;
        candidate.local.port =
            static_cast<std::uint16_t>(first + (offset + m_portCounter++) % count);
        if (!IsBound(candidate.local) && ListenerOn(candidate.local).value == 0 &&
            !IsTaken(candidate, now)) // RFC 6056 3.1
        {
            return candidate.local.port;
        }
    }
    return std::nullopt;
}

/** Whether an active OPEN cannot have @p path, because a connection is on it and must stay. */
bool
Host::IsTaken(const FourTuple& path, Instant now) const
{
    const ConnectionId id = IdOf(path);
    if (id.value == 0)
    {
        return false;
    }
    const auto kept = m_records.Find(id);
    if (kept && !ConfigOf(kept->record).timeWaitReuse)
    {
        return true; // decided without inflating the record
    }
    return !Find(id)->MayReopenActively(now);
}

SeqNum
Host::InitialSequenceNumber(const FourTuple& path, Instant now) const
{
    const auto ticks = now.time_since_epoch() / std::chrono::microseconds(4);
    const SeqNum clock(static_cast<std::uint32_t>(ticks));
    const auto hash = [&](auto... number) {
        return static_cast<std::uint32_t>(KeyedHash(m_secret, path, HashPurpose::ISN, number...));
    };
    switch (m_config.isnPolicy)
    {
    case IsnPolicy::CONSTANT:
        return SeqNum(0);
    case IsnPolicy::CLOCK:
        return clock;
    case IsnPolicy::RANDOM:
        return SeqNum(hash(HashValue(now)));
    case IsnPolicy::RFC6528:
        break;
    }
    return clock + hash(); // RFC 6528 3: M, which ticks every 4 microseconds, plus F
}

/**
 * By how many ticks the timestamps of a connection are ahead of the clock. The offset follows from
 * @p path and @p iss, so that the ACK of a cookie yields the offset again. RFC 7323 5.4.
 */
std::uint32_t
Host::TimestampOffset(const ConnectionConfig& config, const FourTuple& path, SeqNum iss) const
{
    return config.timestampOffset
               ? static_cast<std::uint32_t>(
                     KeyedHash(m_secret, path, HashPurpose::TIMESTAMP, iss.Value()))
               : 0;
}

} // namespace lifecycle
