// User calls of a host: RFC 9293 3.10.1 to 3.10.6.

#include "host.h"

#include <cassert>
#include <utility>

namespace lifecycle
{

ConnectionId
Host::NewId()
{
    ++m_lastId.value;
    return m_lastId;
}

OpenResult
Host::OpenPassive(const Endpoint& local,
                  const ConnectionConfig& config,
                  const ListenConfig& listen,
                  Actions& out)
{
    if (m_listeners.count(local) != 0)
    {
        return CallError::CONNECTION_ALREADY_EXISTS;
    }
    const ConnectionId id = NewId();
    Connection listener(id, {local, {}}, m_configs.Share(config));
    listener.OpenPassive(out);
    Queues queues;
    queues.config = listen;
    const auto entry =
        m_entries.emplace(id, Entry{std::move(listener), std::move(queues), std::nullopt});
    Count(entry.first->second, State::LISTEN);
    m_listeners.emplace(local, id);
    return id;
}

OpenResult
Host::OpenPassive(const Endpoint& local,
                  const ConnectionConfig& config,
                  std::uint32_t synQueueLimit,
                  std::uint32_t acceptQueueLimit,
                  Actions& out)
{
    ListenConfig listen;
    listen.synQueueLimit = synQueueLimit;
    listen.acceptQueueLimit = acceptQueueLimit;
    return OpenPassive(local, config, listen, out);
}

OpenResult
Host::OpenActive(const FourTuple& path, const ConnectionConfig& config, Instant now, Actions& out)
{
    assert(!path.local.address.IsAny());
    if (!path.remote.address.IsUnicast() || path.remote.port == 0)
    {
        return CallError::REMOTE_SOCKET_UNSPECIFIED;
    }
    FourTuple chosen = path;
    if (path.local.port == 0)
    {
        const auto port = ChooseEphemeralPort(path, now);
        if (!port)
        {
            return CallError::INSUFFICIENT_RESOURCES;
        }
        chosen.local.port = *port;
    }
    if (IsTaken(chosen, now))
    {
        return CallError::CONNECTION_ALREADY_EXISTS;
    }
    if (const ConnectionId old = IdOf(chosen); old.value != 0)
    {
        return ReopenActively(old, config, now, out);
    }
    const ConnectionId id = NewId();
    const auto entry =
        m_entries.emplace(id,
                          Entry{Connection(id, chosen, m_configs.Share(config)), {}, std::nullopt});
    m_paths.emplace(chosen, id);
    const SeqNum iss = InitialSequenceNumber(chosen, now);
    Connection& connection = entry.first->second.connection;
    connection.OffsetTimestamps(TimestampOffset(config, chosen, iss));
    connection.OpenActive(iss, now, out);
    Settle(id, State::CLOSED, out);
    return id;
}

std::optional<CallError>
Host::Send(ConnectionId id, std::uint32_t octets, Instant now, Actions& out)
{
    return Call(id, out, [&](Connection& c) { return c.Send(octets, now, out); });
}

OpenResult
Host::ReopenActively(ConnectionId old, const ConnectionConfig& config, Instant now, Actions& out)
{
    const ConnectionId id = NewId();
    Connection& connection = EntryOf(old).connection;
    const SeqNum iss = InitialSequenceNumber(connection.Path(), now);
    const ConnectionId oldListener = connection.Listener();
    const std::uint32_t tsOffset = TimestampOffset(config, connection.Path(), iss);
    connection.ReopenActively(id, config, iss, tsOffset, now, out);
    Rename(old, oldListener, id);
    Settle(id, State::TIME_WAIT, out);
    return id;
}

std::optional<CallError>
Host::SendUrgent(ConnectionId id, std::uint32_t octets, Instant now, Actions& out)
{
    return Call(id, out, [&](Connection& c) { return c.SendUrgent(octets, now, out); });
}

std::optional<CallError>
Host::OpenFromListen(ConnectionId id,
                     const FourTuple& path,
                     std::uint32_t octets,
                     Instant now,
                     Actions& out)
{
    const auto found = m_entries.find(id);
    if (found == m_entries.end())
    {
        return CallError::CONNECTION_DOES_NOT_EXIST;
    }
    if (!path.remote.address.IsUnicast() || path.remote.port == 0)
    {
        return CallError::REMOTE_SOCKET_UNSPECIFIED;
    }
    if (IdOf(path).value != 0)
    {
        return CallError::CONNECTION_ALREADY_EXISTS;
    }
    Entry& entry = found->second;
    const Endpoint listened = entry.connection.Path().local;
    const SeqNum iss = InitialSequenceNumber(path, now);
    entry.connection.OffsetTimestamps(TimestampOffset(entry.connection.Config(), path, iss));
    const auto error = entry.connection.OpenFromListen(path, iss, octets, now, out);
    if (!error)
    {
        m_listeners.erase(listened);
        m_paths.emplace(path, id);
        const auto queues = std::exchange(entry.queues, {});
        Count(entry, entry.connection.GetState());
        Schedule(id, entry);
        CloseChildren(*queues, out); // nobody is left to accept the children
    }
    return error;
}

std::optional<CallError>
Host::Receive(ConnectionId id, std::uint32_t octets, Instant now, Actions& out)
{
    return Call(id, out, [&](Connection& c) { return c.Receive(octets, now, out); });
}

std::optional<CallError>
Host::Close(ConnectionId id, Instant now, Actions& out)
{
    return Call(id, out, [&](Connection& c) { return c.Close(now, out); });
}

std::optional<CallError>
Host::CloseFully(ConnectionId id, Instant now, Actions& out)
{
    return Call(id, out, [&](Connection& c) { return c.CloseFully(now, out); });
}

std::optional<CallError>
Host::Abort(ConnectionId id, Instant now, Actions& out)
{
    return Call(id, out, [&](Connection& c) { return c.Abort(now, out); });
}

std::optional<ConnectionId>
Host::Accept(ConnectionId listener)
{
    const auto found = m_entries.find(listener);
    if (found == m_entries.end() || !found->second.queues ||
        found->second.queues->completed.empty())
    {
        return std::nullopt;
    }
    auto& completed = found->second.queues->completed;
    const ConnectionId oldest = *completed.begin();
    completed.erase(completed.begin());
    Count(*found->second.queues);
    return oldest;
}

std::shared_ptr<const Connection>
Host::Find(ConnectionId id) const
{
    if (const auto found = m_entries.find(id); found != m_entries.end())
    {
        return {std::shared_ptr<const Connection>(), &found->second.connection}; // owns nothing
    }
    const auto kept = m_records.Find(id);
    return kept ? std::make_shared<const Connection>(Connection::Inflate(kept->record)) : nullptr;
}

ConnectionId
Host::IdOf(const FourTuple& path) const
{
    const auto found = m_paths.find(path);
    return found == m_paths.end() ? m_records.IdOf(path) : found->second;
}

void
Host::Configure(ConnectionId id, const ConnectionConfig& config, Instant now, Actions& out)
{
    if (Entry* entry = FindEntry(id))
    {
        entry->connection.Configure(config, now, out);
        Schedule(id, *entry);
        Compact(id);
    }
}

void
Host::Configure(const HostConfig& config)
{
    const HostConfig before = m_config;
    m_config = config;
    m_config.synCacheBuckets = before.synCacheBuckets;
    m_config.synCacheBucketLimit = before.synCacheBucketLimit;
    m_config.timeWaitLimit = before.timeWaitLimit;
    m_config.timeWaitOverflow = before.timeWaitOverflow;
}

void
Host::Configure(ConnectionId id, const ListenConfig& config)
{
    const auto found = m_entries.find(id);
    if (found != m_entries.end() && found->second.queues)
    {
        found->second.queues->config = config;
    }
}

} // namespace lifecycle
