// What reaches a host from outside: segments, ICMP errors and the clock. RFC 9293 3.10.7.

#include "host.h"

namespace lifecycle
{

namespace
{

/** The port of @p endpoint on the any address of the same family. */
Endpoint
OnAnyAddress(const Endpoint& endpoint)
{
    Endpoint any = endpoint;
    any.address.octets = {};
    return any;
}

/** The rule for @p segment, for which there is no connection. RFC 9293 3.10.7.1. */
Rule
RuleForNobody(const Segment& segment)
{
    if (segment.Has(Flag::RST))
    {
        return Rule::P01;
    }
    return segment.Has(Flag::ACK) ? Rule::P03 : Rule::P02;
}

} // namespace

Host::Host(const HostConfig& config, const SipHashKey& secret)
    : m_config(config),
      m_secret(secret),
      m_synCache(config, secret),
      m_timeWait(config)
{
}

void
Host::SegmentArrives(const FourTuple& path, const Segment& segment, Instant now, Actions& out)
{
    SegmentArrives(ReceiverOf(path), path, segment, now, out);
}

ConnectionId
Host::SegmentArrives(Receiver receiver,
                     const FourTuple& path,
                     const Segment& segment,
                     Instant now,
                     Actions& out)
{
    m_notedRules = {};
    if (!m_reports.decisions)
    {
        return Decide(receiver, path, segment, now, out);
    }
    const std::size_t place = out.size();
    out.emplace_back(Decided{receiver.id, path, {}}); // stands before all that follows
    const ConnectionId connection = Decide(receiver, path, segment, now, out);
    std::get<Decided>(out[place]).rules = m_notedRules;
    return connection;
}

/** Does what the rules say, and notes which rules have decided. */
ConnectionId
Host::Decide(Receiver receiver,
             const FourTuple& path,
             const Segment& segment,
             Instant now,
             Actions& out)
{
    const bool hasConnection = receiver.id.value != 0 && !receiver.isListener;
    const ConnectionId connection = hasConnection ? receiver.id : ConnectionId{};
    // An endpoint may connect to itself, but nobody else may send in our name.
    const bool fromOurselves = path.local == path.remote && !hasConnection;
    if (fromOurselves || !path.local.address.IsUnicast() || !path.remote.address.IsUnicast())
    {
        m_notedRules.Add(Rule::P00);
        out.push_back(Dropped{ConnectionId{}, path, segment, DropReason::INVALID_ADDRESS});
        return connection;
    }
    if (m_config.dropSynFin && segment.Has(Flag::SYN) && segment.Has(Flag::FIN))
    {
        m_notedRules.Add(Rule::P00);
        out.push_back(Dropped{receiver.id, path, segment, DropReason::SYN_WITH_FIN});
        return connection;
    }
    if (hasConnection)
    {
        return ConnectionSegmentArrives(connection, segment, now, out);
    }
    if (receiver.isListener)
    {
        return ListenerSegmentArrives(m_entries.at(receiver.id), path, segment, now, out);
    }
    m_notedRules.Add(RuleForNobody(segment));
    AnswerForNobody(path, segment, out);
    return ConnectionId{};
}

ConnectionId
Host::ConnectionSegmentArrives(ConnectionId id, const Segment& segment, Instant now, Actions& out)
{
    Connection& connection = EntryOf(id).connection;
    const State before = connection.GetState();
    const ConnectionId listener = connection.Listener();
    const Surroundings surroundings = SurroundingsOf(connection, segment, now);
    const std::size_t from = out.size();
    m_notedRules = connection.SegmentArrives(segment, surroundings, now, out).rules;
    m_counters.acksHeldBack += m_notedRules.Has(Rule::R39) ? 1 : 0;
    if (surroundings.acceptQueueFull)
    {
        CountRefusedFinalAck(connection.Config(), out, from);
    }
    const ConnectionId after = connection.Id();
    if (after != id) // the SYN has reopened a record in TIME-WAIT
    {
        m_lastId = after;
        Rename(id, listener, after);
    }
    Settle(after, before, now, out);
    return id;
}

void
Host::SegmentForNobody(const FourTuple& path, const Segment& segment, Actions& out) const
{
    if (m_reports.decisions)
    {
        out.push_back(Decided{ConnectionId{}, path, {RuleForNobody(segment)}});
    }
    AnswerForNobody(path, segment, out);
}

void
Host::AnswerForNobody(const FourTuple& path, const Segment& segment, Actions& out) const
{
    // Departs from RFC 9293 3.10.7.1 if the host is to look as if nobody were there.
    const bool vanishes = m_config.blackHole == BlackHole::ALL ||
                          (m_config.blackHole == BlackHole::SYN && segment.Has(Flag::SYN));
    const auto reset = vanishes ? std::nullopt : ResetFor(segment);
    if (reset)
    {
        out.push_back(SendSegment{ConnectionId{}, path, *reset, SegmentKind::RESET});
    }
    out.push_back(Dropped{ConnectionId{}, path, segment, DropReason::NO_CONNECTION});
}

Receiver
Host::ReceiverOf(const FourTuple& path) const
{
    const ConnectionId connection = IdOf(path);
    if (connection.value != 0)
    {
        return {connection, false};
    }
    const ConnectionId listener = ListenerOn(path.local);
    return {listener, listener.value != 0};
}

ConnectionId
Host::ListenerOn(const Endpoint& local) const
{
    for (const Endpoint& endpoint : {local, OnAnyAddress(local)})
    {
        const auto found = m_listeners.find(endpoint);
        if (found != m_listeners.end())
        {
            return found->second;
        }
    }
    return ConnectionId{};
}

Surroundings
Host::SurroundingsOf(const Connection& connection, const Segment& segment, Instant now)
{
    Surroundings surroundings;
    const bool mayReopen = connection.GetState() == State::TIME_WAIT && segment.Has(Flag::SYN);
    const auto found =
        mayReopen ? m_entries.find(ListenerOn(connection.Path().local)) : m_entries.end();
    const Entry* listener = found == m_entries.end() ? nullptr : &found->second;
    surroundings.nobodyListens = mayReopen && listener == nullptr;
    // No half-open connection makes room for this SYN, whatever SynOverflow says, and a cookie is
    // of no use: its ACK would meet the record. So without room the SYN is challenged, like a SYN
    // that reopens nothing.
    if (listener != nullptr && !listener->queues->SynQueueFull() &&
        !m_synCache.IsFull(connection.Path()))
    {
        surroundings.iss = InitialSequenceNumber(connection.Path(), now);
        const ConnectionConfig& config = listener->connection.Config();
        surroundings.successor =
            Successor{ConnectionId{m_lastId.value + 1},
                      listener->connection.Id(),
                      config,
                      TimestampOffset(config, connection.Path(), surroundings.iss)};
    }
    const auto parent = m_entries.find(connection.Listener());
    if (parent != m_entries.end() && parent->second.queues)
    {
        surroundings.acceptQueueFull = parent->second.queues->AcceptQueueFull();
    }
    return surroundings;
}

void
Host::IcmpArrives(const FourTuple& path, const IcmpError& error, Instant now, Actions& out)
{
    const ConnectionId id = IdOf(path);
    if (id.value == 0)
    {
        return;
    }
    Connection& connection = EntryOf(id).connection;
    const State before = connection.GetState();
    connection.IcmpArrives(error, now, out);
    Settle(id, before, now, out);
}

void
Host::DeadlineReached(Instant now, Actions& out)
{
    for (auto first = m_deadlines.First(); first && first->at <= now; first = m_deadlines.First())
    {
        const ConnectionId id = first->id;
        m_deadlines.RemoveFirst();
        Entry& entry = EntryOf(id);
        entry.scheduled.reset();
        const State before = entry.connection.GetState();
        ReportExpiry(id, entry.connection, now, out);
        entry.connection.DeadlineReached(now, out);
        Settle(id, before, now, out);
    }
}

std::optional<Instant>
Host::NextDeadline() const
{
    const auto first = m_deadlines.First();
    return first ? std::make_optional(first->at) : std::nullopt;
}

} // namespace lifecycle
