#include "host.h"

#include "keyed-hash.h"

#include <algorithm>
#include <cassert>

namespace lifecycle
{

namespace
{

/** The address any of the same family. */
Endpoint
OnAnyAddress(const Endpoint& endpoint)
{
    Endpoint any = endpoint;
    any.address.octets = {};
    return any;
}

} // namespace

std::optional<Segment>
ResetFor(const Segment& segment)
{
    if (segment.Has(Flag::RST))
    {
        return std::nullopt;
    }
    Segment reset;
    if (segment.Has(Flag::ACK))
    {
        reset.seq = segment.ack;
        reset.flags = Flag::RST;
    }
    else
    {
        reset.ack = segment.End();
        reset.flags = Flag::RST | Flag::ACK;
    }
    return reset;
}

Host::Host(const HostConfig& config, const SipHashKey& secret)
    : m_config(config),
      m_secret(secret),
      m_synCache(config, secret),
      m_timeWait(config)
{
}

// Ports

bool
Host::IsBound(const Endpoint& local) const
{
    const auto found = m_bound.find(local.port);
    if (found == m_bound.end())
    {
        return false;
    }
    return std::any_of(found->second.begin(), found->second.end(), [&](const Address& bound) {
        return bound.family == local.address.family &&
               (bound.IsAny() || local.address.IsAny() || bound == local.address);
    });
}

std::optional<std::uint16_t>
Host::BindPort(const Endpoint& local)
{
    Endpoint chosen = local;
    if (local.port == 0)
    {
        const auto port = ChooseEphemeralPort({local, {}});
        if (!port)
        {
            return std::nullopt;
        }
        chosen.port = *port;
    }
    if (IsBound(chosen))
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
Host::ChooseEphemeralPort(const FourTuple& path)
{
    // RFC 6056 3.3.3: a keyed offset for each destination and one counter that always moves on
    const std::uint32_t first = m_config.ephemeralFirst;
    const std::uint32_t count = m_config.ephemeralLast - first + 1;
    const std::uint64_t offset = KeyedHash(m_secret, path, HashPurpose::PORT);
    for (std::uint32_t tries = 0; tries < count; ++tries)
    {
        FourTuple candidate = path;
        candidate.local.port =
            static_cast<std::uint16_t>(first + (offset + m_portCounter++) % count);
        if (!IsBound(candidate.local) && FindListener(candidate.local) == nullptr &&
            m_paths.count(candidate) == 0) // RFC 6056 3.1
        {
            return candidate.local.port;
        }
    }
    return std::nullopt;
}

SeqNum
Host::InitialSequenceNumber(const FourTuple& path, Instant now) const
{
    // RFC 6528 3: M, which ticks every 4 microseconds, plus F
    const auto ticks = now.time_since_epoch() / std::chrono::microseconds(4);
    return SeqNum(static_cast<std::uint32_t>(ticks)) +
           static_cast<std::uint32_t>(KeyedHash(m_secret, path, HashPurpose::ISN));
}

// User calls

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
    Connection listener(id, {local, {}}, config);
    listener.OpenPassive(out);
    Queues queues;
    queues.config = listen;
    m_entries.emplace(id, Entry{std::move(listener), std::move(queues), std::nullopt});
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
        const auto port = ChooseEphemeralPort(path);
        if (!port)
        {
            return CallError::INSUFFICIENT_RESOURCES;
        }
        chosen.local.port = *port;
    }
    if (const auto found = m_paths.find(chosen); found != m_paths.end())
    {
        if (Find(found->second)->MayReopenActively(now))
        {
            return ReopenActively(found->second, config, now, out);
        }
        return CallError::CONNECTION_ALREADY_EXISTS;
    }
    const ConnectionId id = NewId();
    const auto entry =
        m_entries.emplace(id, Entry{Connection(id, chosen, config), std::nullopt, std::nullopt});
    m_paths.emplace(chosen, id);
    entry.first->second.connection.OpenActive(InitialSequenceNumber(chosen, now), now, out);
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
    connection.ReopenActively(id, config, iss, now, out);
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
    if (m_paths.count(path) != 0)
    {
        return CallError::CONNECTION_ALREADY_EXISTS;
    }
    Entry& entry = found->second;
    const Endpoint listened = entry.connection.Path().local;
    const SeqNum iss = InitialSequenceNumber(path, now);
    const auto error = entry.connection.OpenFromListen(path, iss, octets, now, out);
    if (!error)
    {
        m_listeners.erase(listened);
        m_paths.emplace(path, id);
        const Queues queues = std::move(*entry.queues);
        entry.queues.reset();
        Schedule(id, entry);
        CloseChildren(queues, out); // nobody is left to accept them
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
    return oldest;
}

std::shared_ptr<const Connection>
Host::Find(ConnectionId id) const
{
    if (const auto found = m_entries.find(id); found != m_entries.end())
    {
        return {std::shared_ptr<const Connection>(), &found->second.connection}; // owns nothing
    }
    const auto found = m_compact.find(id);
    return found == m_compact.end()
               ? nullptr
               : std::make_shared<const Connection>(Connection::Inflate(found->second.record));
}

ConnectionId
Host::IdOf(const FourTuple& path) const
{
    const auto found = m_paths.find(path);
    return found == m_paths.end() ? ConnectionId{} : found->second;
}

void
Host::Configure(ConnectionId id, const ConnectionConfig& config, Instant now)
{
    if (Entry* entry = FindEntry(id))
    {
        entry->connection.Configure(config, now);
        Schedule(id, *entry);
        Compact(id);
    }
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

// Network and clock

void
Host::SegmentArrives(const FourTuple& path, const Segment& segment, Instant now, Actions& out)
{
    // A connection with itself may be opened, but nobody else may send in our name.
    if (m_config.dropSynFin && segment.Has(Flag::SYN) && segment.Has(Flag::FIN))
    {
        out.push_back(Dropped{ReceiverOf(path), path, segment, DropReason::SYN_WITH_FIN});
        return;
    }
    const bool fromOurselves = path.local == path.remote && m_paths.count(path) == 0;
    if (fromOurselves || !path.local.address.IsUnicast() || !path.remote.address.IsUnicast())
    {
        out.push_back(Dropped{ConnectionId{}, path, segment, DropReason::INVALID_ADDRESS});
        return;
    }
    const auto found = m_paths.find(path);
    if (found != m_paths.end())
    {
        const ConnectionId id = found->second;
        Connection& connection = EntryOf(id).connection;
        const State before = connection.GetState();
        const ConnectionId listener = connection.Listener();
        const Surroundings surroundings = SurroundingsOf(connection, segment, now);
        const std::size_t from = out.size();
        connection.SegmentArrives(segment, surroundings, now, out);
        if (surroundings.acceptQueueFull)
        {
            CountRefusedFinalAck(connection.Config(), out, from);
        }
        const ConnectionId after = connection.Id();
        if (after != id) // the SYN has opened a record in TIME-WAIT
        {
            m_lastId = after;
            Rename(id, listener, after);
        }
        Settle(after, before, out);
        return;
    }
    if (Entry* listener = FindListener(path.local))
    {
        ListenerSegmentArrives(*listener, path, segment, now, out);
        return;
    }
    SegmentForNobody(path, segment, out);
}

void
Host::SegmentForNobody(const FourTuple& path, const Segment& segment, Actions& out) const
{
    // Departs from RFC 9293 3.10.7.1 if it is to be as if nobody were here.
    const bool vanishes = m_config.blackHole == BlackHole::ALL ||
                          (m_config.blackHole == BlackHole::SYN && segment.Has(Flag::SYN));
    const auto reset = vanishes ? std::nullopt : ResetFor(segment);
    if (reset)
    {
        out.push_back(SendSegment{ConnectionId{}, path, *reset, SegmentKind::RESET});
    }
    out.push_back(Dropped{ConnectionId{}, path, segment, DropReason::NO_CONNECTION});
}

ConnectionId
Host::ReceiverOf(const FourTuple& path) const
{
    const ConnectionId connection = IdOf(path);
    if (connection.value != 0)
    {
        return connection;
    }
    for (const Endpoint& endpoint : {path.local, OnAnyAddress(path.local)})
    {
        const auto found = m_listeners.find(endpoint);
        if (found != m_listeners.end())
        {
            return found->second;
        }
    }
    return ConnectionId{};
}

Host::Entry*
Host::FindListener(const Endpoint& local)
{
    for (const Endpoint& endpoint : {local, OnAnyAddress(local)})
    {
        const auto found = m_listeners.find(endpoint);
        if (found != m_listeners.end())
        {
            return &m_entries.at(found->second);
        }
    }
    return nullptr;
}

Surroundings
Host::SurroundingsOf(const Connection& connection, const Segment& segment, Instant now)
{
    Surroundings surroundings;
    const bool mayReopen = connection.GetState() == State::TIME_WAIT && segment.Has(Flag::SYN);
    const Entry* listener = mayReopen ? FindListener(connection.Path().local) : nullptr;
    // Nobody else makes room for it, whatever SynOverflow says, and a cookie is of no use: its ACK would
    // meet the record. So without room the SYN is challenged, as one that opens nothing.
    if (listener != nullptr && !listener->queues->SynQueueFull() &&
        !m_synCache.IsFull(connection.Path()))
    {
        surroundings.iss = InitialSequenceNumber(connection.Path(), now);
        surroundings.successor = Successor{ConnectionId{m_lastId.value + 1},
                                           listener->connection.Id(),
                                           listener->connection.Config()};
    }
    const auto parent = m_entries.find(connection.Listener());
    if (parent != m_entries.end() && parent->second.queues)
    {
        surroundings.acceptQueueFull = parent->second.queues->AcceptQueueFull();
    }
    return surroundings;
}

// Listening, RFC 4987

void
Host::IcmpArrives(const FourTuple& path, const IcmpError& error, Instant now, Actions& out)
{
    const auto found = m_paths.find(path);
    if (found == m_paths.end())
    {
        return;
    }
    const ConnectionId id = found->second;
    Connection& connection = EntryOf(id).connection;
    const State before = connection.GetState();
    connection.IcmpArrives(error, now, out);
    Settle(id, before, out);
}

void
Host::DeadlineReached(Instant now, Actions& out)
{
    while (!m_deadlines.empty() && m_deadlines.begin()->first <= now)
    {
        const ConnectionId id = m_deadlines.begin()->second;
        m_deadlines.erase(m_deadlines.begin());
        Entry& entry = EntryOf(id);
        entry.scheduled.reset();
        const State before = entry.connection.GetState();
        entry.connection.DeadlineReached(now, out);
        Settle(id, before, out);
    }
}

std::optional<Instant>
Host::NextDeadline() const
{
    return m_deadlines.empty() ? std::nullopt : std::make_optional(m_deadlines.begin()->first);
}

// Bookkeeping after every input to a connection

void
Host::Rename(ConnectionId old, ConnectionId oldListener, ConnectionId next)
{
    const auto oldParent = m_entries.find(oldListener);
    if (oldParent != m_entries.end() && oldParent->second.queues)
    {
        oldParent->second.queues->completed.erase(old);
    }
    m_timeWait.Remove(old);
    auto node = m_entries.extract(old);
    node.key() = next;
    Entry& entry = m_entries.insert(std::move(node)).position->second;
    if (entry.scheduled)
    {
        m_deadlines.erase({*entry.scheduled, old});
        entry.scheduled.reset();
    }
    m_paths[entry.connection.Path()] = next;
    const auto parent = m_entries.find(entry.connection.Listener());
    if (parent != m_entries.end() && parent->second.queues)
    {
        parent->second.queues->halfOpen.insert(next);
        m_synCache.Add(entry.connection.Path(), next);
    }
}

void
Host::Settle(ConnectionId id, State before, Actions& out)
{
    Entry& entry = m_entries.at(id);
    const State after = entry.connection.GetState();
    if (before == State::SYN_RECEIVED && after != before)
    {
        LeaveSynQueue(entry.connection);
    }
    const bool childWentBack = after == State::LISTEN && entry.connection.Listener().value != 0;
    if (after == State::CLOSED || childWentBack)
    {
        Erase(id, out);
        return;
    }
    Schedule(id, entry);
    Compact(id);
    if (before == State::TIME_WAIT && after != before)
    {
        m_timeWait.Remove(id);
    }
    else if (after == State::TIME_WAIT && after != before)
    {
        EnterTimeWait(id, out);
    }
}

Host::Entry*
Host::FindEntry(ConnectionId id)
{
    if (const auto found = m_entries.find(id); found != m_entries.end())
    {
        return &found->second;
    }
    const auto found = m_compact.find(id);
    if (found == m_compact.end())
    {
        return nullptr;
    }
    Entry entry{Connection::Inflate(found->second.record), std::nullopt, found->second.scheduled};
    m_compact.erase(found);
    return &m_entries.emplace(id, std::move(entry)).first->second;
}

Host::Entry&
Host::EntryOf(ConnectionId id)
{
    Entry* entry = FindEntry(id);
    assert(entry != nullptr);
    return *entry;
}

void
Host::Compact(ConnectionId id)
{
    const auto found = m_entries.find(id);
    const Connection& connection = found->second.connection;
    const State state = connection.GetState();
    if (!m_config.compactRecords || (state != State::SYN_RECEIVED && state != State::TIME_WAIT))
    {
        return;
    }
    if (const auto record = connection.Deflate(m_configs.Share(connection.Config())))
    {
        m_compact.emplace(id, CompactEntry{*record, found->second.scheduled});
        m_entries.erase(found);
    }
}

void
Host::LeaveSynQueue(const Connection& connection)
{
    m_synCache.Remove(connection.Path(), connection.Id());
    const auto parent = m_entries.find(connection.Listener());
    if (parent == m_entries.end())
    {
        return;
    }
    Queues& queues = *parent->second.queues;
    queues.halfOpen.erase(connection.Id());
    const bool completed = connection.Snd().synAcked; // not if the user has closed before
    const State state = connection.GetState();
    const bool lives = state != State::CLOSED && state != State::LISTEN;
    if (completed && lives && state != State::TIME_WAIT) // restored
    {
        queues.completed.insert(connection.Id());
    }
}

void
Host::EnterTimeWait(ConnectionId id, Actions& out)
{
    if (const auto tooMany = m_timeWait.Add(id))
    {
        ++m_counters.timeWaitOverflows;
        EntryOf(*tooMany).connection.CutTimeWait(out);
        Settle(*tooMany, State::TIME_WAIT, out);
    }
}

void
Host::Schedule(ConnectionId id, Entry& entry)
{
    // Later deadlines are left where they stand: waking up early is harmless and costs less than
    // moving the entry for each segment.
    const auto next = entry.connection.NextDeadline();
    if (next && (!entry.scheduled || *next < *entry.scheduled))
    {
        if (entry.scheduled)
        {
            m_deadlines.erase({*entry.scheduled, id});
        }
        entry.scheduled = next;
        m_deadlines.insert({*next, id});
    }
}

void
Host::Erase(ConnectionId id, Actions& out)
{
    const auto found = m_entries.find(id);
    Entry gone = std::move(found->second);
    m_entries.erase(found);
    if (gone.scheduled)
    {
        m_deadlines.erase({*gone.scheduled, id});
    }
    m_synCache.Remove(gone.connection.Path(), id);
    m_timeWait.Remove(id);
    if (gone.queues)
    {
        m_listeners.erase(gone.connection.Path().local);
        CloseChildren(*gone.queues, out);
        return;
    }
    m_paths.erase(gone.connection.Path());
    const auto parent = m_entries.find(gone.connection.Listener());
    if (parent != m_entries.end() && parent->second.queues)
    {
        parent->second.queues->completed.erase(id);
    }
}

void
Host::CloseChildren(const Queues& queues, Actions& out)
{
    for (const std::set<ConnectionId>* children : {&queues.halfOpen, &queues.completed})
    {
        for (const ConnectionId child : *children)
        {
            EntryOf(child).connection.ListenerClosed(out);
            Erase(child, out);
        }
    }
}

std::size_t
Host::SynQueueLength(ConnectionId listener) const
{
    const auto found = m_entries.find(listener);
    return found == m_entries.end() || !found->second.queues
               ? 0
               : found->second.queues->halfOpen.size();
}

std::size_t
Host::AcceptQueueLength(ConnectionId listener) const
{
    const auto found = m_entries.find(listener);
    return found == m_entries.end() || !found->second.queues
               ? 0
               : found->second.queues->completed.size();
}

} // namespace lifecycle
