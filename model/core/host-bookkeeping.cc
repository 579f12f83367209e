// What a host settles after every input to a connection: tables, queues, records, deadlines.

#include "host.h"

#include <cassert>

namespace lifecycle
{

void
Host::Rename(ConnectionId old, ConnectionId oldListener, ConnectionId next)
{
    const auto oldParent = m_entries.find(oldListener);
    if (oldParent != m_entries.end() && oldParent->second.queues)
    {
        oldParent->second.queues->completed.erase(old);
        Count(*oldParent->second.queues);
    }
    m_timeWait.Remove(old);
    m_reportedTimers.erase(old);
    auto node = m_entries.extract(old);
    node.key() = next;
    Entry& entry = m_entries.insert(std::move(node)).position->second;
    if (entry.scheduled)
    {
        m_deadlines.Remove({*entry.scheduled, old});
        entry.scheduled.reset();
    }
    m_paths[entry.connection.Path()] = next;
    const auto parent = m_entries.find(entry.connection.Listener());
    if (parent != m_entries.end() && parent->second.queues)
    {
        parent->second.queues->halfOpen.Add(next);
        Count(*parent->second.queues);
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
    Count(entry, after);
    Schedule(id, entry);
    ReportTimers(id, entry.connection, out);
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

void
Host::Count(Entry& entry, State now)
{
    if (entry.counted != State::CLOSED)
    {
        --m_inState[static_cast<std::size_t>(entry.counted)];
    }
    if (now != State::CLOSED)
    {
        ++m_inState[static_cast<std::size_t>(now)];
    }
    entry.counted = now;
}

void
Host::Count(Queues& queues)
{
    const QueueLengths now{queues.halfOpen.Size(), queues.completed.size()};
    m_queueLengths.halfOpen += now.halfOpen - queues.counted.halfOpen;
    m_queueLengths.completed += now.completed - queues.counted.completed;
    queues.counted = now;
}

Host::Entry*
Host::FindEntry(ConnectionId id)
{
    if (const auto found = m_entries.find(id); found != m_entries.end())
    {
        return &found->second;
    }
    const auto kept = m_records.Take(id);
    if (!kept)
    {
        return nullptr;
    }
    Entry entry{Connection::Inflate(kept->record), {}, kept->scheduled};
    entry.counted = entry.connection.GetState();
    m_paths.emplace(entry.connection.Path(), id);
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
    if (const auto record = connection.Deflate())
    {
        m_records.Add({*record, found->second.scheduled});
        m_paths.erase(connection.Path());
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
    queues.halfOpen.Remove(connection.Id());
    const bool completed = connection.Snd().synAcked; // false if the user has closed before
    const State state = connection.GetState();
    const bool lives = state != State::CLOSED && state != State::LISTEN;
    if (completed && lives && state != State::TIME_WAIT) // else an old record was restored
    {
        queues.completed.insert(connection.Id());
    }
    Count(queues);
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
    // An entry whose deadline becomes later stays where it stands: waking up early is harmless and
    // costs less than moving the entry for each segment.
    const auto next = entry.connection.NextDeadline();
    if (entry.scheduled && (!next || *next < *entry.scheduled))
    {
        m_deadlines.Remove({*entry.scheduled, id});
        entry.scheduled.reset();
    }
    if (next && !entry.scheduled)
    {
        entry.scheduled = next;
        m_deadlines.Add({*next, id});
    }
}

void
Host::Report(Reports wanted)
{
    m_reports = wanted;
    if (!wanted.timers)
    {
        m_reportedTimers.clear();
    }
}

/** Reports the timers that are due, before what their expiry does. */
void
Host::ReportExpiry(ConnectionId id, const Connection& connection, Instant now, Actions& out)
{
    for (const Timer timer : ALL_TIMERS)
    {
        const auto deadline = connection.Timers().Deadline(timer);
        if (m_reports.timers && deadline && *deadline <= now)
        {
            out.push_back(
                TimerChanged{id, connection.Path(), timer, TimerEvent::EXPIRED, *deadline});
            m_reportedTimers[id].Stop(timer);
        }
    }
}

/** Reports how the timers differ from those last reported. */
void
Host::ReportTimers(ConnectionId id, const Connection& connection, Actions& out)
{
    if (!m_reports.timers)
    {
        return;
    }
    TimerTable& reported = m_reportedTimers[id];
    for (const Timer timer : ALL_TIMERS)
    {
        const auto before = reported.Deadline(timer);
        const auto after = connection.Timers().Deadline(timer);
        if (before != after)
        {
            const TimerEvent event = !before  ? TimerEvent::ARMED
                                     : !after ? TimerEvent::STOPPED
                                              : TimerEvent::RESTARTED;
            const Instant deadline = after ? *after : *before;
            out.push_back(TimerChanged{id, connection.Path(), timer, event, deadline});
        }
    }
    reported = connection.Timers();
}

void
Host::Erase(ConnectionId id, Actions& out)
{
    const auto found = m_entries.find(id);
    Entry gone = std::move(found->second);
    m_entries.erase(found);
    Count(gone, State::CLOSED);
    if (gone.scheduled)
    {
        m_deadlines.Remove({*gone.scheduled, id});
    }
    m_synCache.Remove(gone.connection.Path(), id);
    m_timeWait.Remove(id);
    m_reportedTimers.erase(id);
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
        Count(*parent->second.queues);
    }
}

void
Host::CloseChildren(const Queues& queues, Actions& out)
{
    std::vector<ConnectionId> children = queues.halfOpen.InOrder();
    children.insert(children.end(), queues.completed.begin(), queues.completed.end());
    for (const ConnectionId child : children)
    {
        EntryOf(child).connection.ListenerClosed(out);
        Erase(child, out);
    }
    m_queueLengths.halfOpen -= queues.counted.halfOpen;
    m_queueLengths.completed -= queues.counted.completed;
}

std::size_t
Host::SynQueueLength(ConnectionId listener) const
{
    const auto found = m_entries.find(listener);
    return found == m_entries.end() || !found->second.queues
               ? 0
               : found->second.queues->halfOpen.Size();
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
