#include "run-recorder.h"

#include <chrono>

namespace lifecycle
{

namespace
{

constexpr std::string_view TRANSITIONS_HEADER =
    "time_s,host,connection,local,remote,from,to,transition,cause";
constexpr std::string_view SEGMENTS_HEADER = "time_s,host,connection,event,packet,local,remote,"
                                             "flags,seq,ack,len,window,options,reason,where";
constexpr std::string_view TIMERS_HEADER =
    "time_s,host,connection,local,remote,timer,event,expires_s";
constexpr std::string_view OCCUPANCY_HEADER =
    "time_s,host,LISTEN,SYN-SENT,SYN-RECEIVED,ESTABLISHED,FIN-WAIT-1,FIN-WAIT-2,CLOSE-WAIT,CLOSING,"
    "LAST-ACK,TIME-WAIT,syn_queue,accept_queue";
constexpr std::string_view CONNECTIONS_HEADER =
    "host,connection,local,remote,role,opened_s,established_s,closed_s,reason,octets_sent,"
    "octets_received,retransmissions,closed_first";

std::string
ToSeconds(Instant at)
{
    return lifecycle::ToSeconds(at.time_since_epoch());
}

std::string
ToSeconds(const std::optional<Instant>& at)
{
    return at ? ToSeconds(*at) : "";
}

/** Who has closed first, if @p closing is the last state that tells. */
std::string_view
WhoClosedFirst(State closing)
{
    switch (closing)
    {
    case State::FIN_WAIT_1:
        return "self";
    case State::CLOSE_WAIT:
        return "peer";
    case State::CLOSING:
        return "both";
    case State::CLOSED:
    case State::LISTEN:
    case State::SYN_SENT:
    case State::SYN_RECEIVED:
    case State::ESTABLISHED:
    case State::FIN_WAIT_2:
    case State::LAST_ACK:
    case State::TIME_WAIT:
        break;
    }
    return "none";
}

/** The state in which a connection is counted: LISTEN has the listener alone, not the child that leaves it. */
State
Held(State state, bool isListener)
{
    return state == State::LISTEN && !isListener ? State::CLOSED : state;
}

} // namespace

RunRecorder::RunRecorder(const RunFolder& folder,
                         const RecordOptions& options,
                         std::vector<RecordedHost> hosts)
    : m_options(options),
      m_hosts(std::move(hosts))
{
    for (std::size_t i = 0; i < m_hosts.size(); ++i)
    {
        m_books.emplace_back(Occupancy(options.averageFrom, options.averageTo));
    }
    if (options.transitions)
    {
        m_transitions.emplace(folder, "transitions.csv", TRANSITIONS_HEADER);
    }
    if (options.segments)
    {
        m_segments.emplace(folder,
                           "segments.csv",
                           std::string(SEGMENTS_HEADER) + (options.rules ? ",rules" : ""));
    }
    if (options.timers)
    {
        m_timers.emplace(folder, "timers.csv", TIMERS_HEADER);
    }
    if (options.occupancy)
    {
        m_occupancy.emplace(folder, "occupancy.csv", OCCUPANCY_HEADER);
    }
    if (options.connections)
    {
        m_connections.emplace(folder, "connections.csv", CONNECTIONS_HEADER);
    }
}

void
RunRecorder::Transition(Instant now, std::size_t host, const RecordedTransition& event)
{
    Book& book = m_books[host];
    OccupancyRowsBefore(now, host);
    FollowLife(now, book, event);
    OccupancyChanged(now, host);
    if (m_transitions)
    {
        m_transitions->Row({ToSeconds(now),
                            m_hosts[host].name,
                            std::to_string(event.connection.id),
                            event.connection.local,
                            event.connection.remote,
                            ToString(event.from),
                            ToString(event.to),
                            event.id,
                            event.cause});
    }
}

void
RunRecorder::FollowLife(Instant now, Book& book, const RecordedTransition& event) const
{
    const auto [found, isNew] = book.lives.try_emplace(event.connection.id);
    Life& life = found->second;
    if (isNew)
    {
        if (m_connections)
        {
            life.connection = std::make_unique<const RecordedConnection>(event.connection);
        }
        life.listener = event.to == State::LISTEN;
        life.active = event.to == State::SYN_SENT;
        life.opened = now;
        book.opened += life.listener ? 0 : 1;
    }
    life.state = Held(event.to, life.listener);
    // A connection that takes the place of one in TIME-WAIT is new: the one in TIME-WAIT has ended.
    const State from = isNew ? State::CLOSED : Held(event.from, life.listener);
    book.occupancy.Move(now, from, life.state);
    if (event.to == State::ESTABLISHED)
    {
        life.established = now;
        ++book.established;
        if (!life.listener)
        {
            book.connects.Add(now - life.opened);
        }
    }
    if (event.to == State::TIME_WAIT)
    {
        life.timeWaitFrom = now;
        ++book.timeWaits;
    }
    else if (event.from == State::TIME_WAIT && !isNew)
    {
        book.timeWaitTimes.Add(now - life.timeWaitFrom);
    }
    if (event.to == State::FIN_WAIT_1 || event.to == State::CLOSE_WAIT ||
        event.to == State::CLOSING)
    {
        life.lastClosing = event.to;
    }
}

void
RunRecorder::Segment(Instant now, std::size_t host, const RecordedSegment& event)
{
    if (!m_segments)
    {
        return;
    }
    m_segments->Row({ToSeconds(now),
                     m_hosts[host].name,
                     std::to_string(event.connection.id),
                     event.event,
                     std::to_string(event.packet),
                     event.connection.local,
                     event.connection.remote,
                     event.flags,
                     std::to_string(event.seq),
                     event.ack ? std::to_string(*event.ack) : "",
                     std::to_string(event.len),
                     std::to_string(event.window),
                     event.options,
                     event.reason,
                     event.where},
                    m_options.rules ? std::optional<std::string_view>(event.rules) : std::nullopt);
}

void
RunRecorder::Timer(Instant now, std::size_t host, const RecordedTimer& event)
{
    if (!m_timers)
    {
        return;
    }
    m_timers->Row({ToSeconds(now),
                   m_hosts[host].name,
                   std::to_string(event.connection.id),
                   event.connection.local,
                   event.connection.remote,
                   event.timer,
                   event.event,
                   ToSeconds(event.expires)});
}

void
RunRecorder::Queues(Instant now,
                    std::size_t host,
                    std::uint64_t synQueue,
                    std::uint64_t acceptQueue)
{
    OccupancyRowsBefore(now, host);
    m_books[host].occupancy.SetQueues(now, synQueue, acceptQueue);
    OccupancyChanged(now, host);
}

void
RunRecorder::End(Instant now, std::size_t host, const RecordedEnd& event)
{
    Book& book = m_books[host];
    const auto found = book.lives.find(event.id);
    if (found == book.lives.end())
    {
        return;
    }
    const Life& life = found->second;
    if (life.state == State::TIME_WAIT) // the connection makes room for a new incarnation
    {
        book.timeWaitTimes.Add(now - life.timeWaitFrom);
    }
    if (life.state != State::CLOSED) // no transition tells of a crash or a new incarnation
    {
        OccupancyRowsBefore(now, host);
        book.occupancy.Move(now, life.state, State::CLOSED);
        OccupancyChanged(now, host);
    }
    if (!life.listener)
    {
        ++book.endsByReason[event.reason.empty() ? "unknown" : event.reason];
        book.lifetimes.Add(now - life.opened);
        if (m_options.faultAt && now >= *m_options.faultAt)
        {
            book.detections.Add(now - *m_options.faultAt);
        }
    }
    ConnectionRow(host, life, event, now);
    book.lives.erase(found);
}

void
RunRecorder::ConnectionRow(std::size_t host,
                           const Life& life,
                           const RecordedEnd& end,
                           std::optional<Instant> closed)
{
    Book& book = m_books[host];
    book.retransmissions += end.retransmissions;
    book.octetsSent += end.octetsSent;
    book.octetsReceived += end.octetsReceived;
    if (m_connections)
    {
        const bool tellsAll = m_hosts[host].tellsAll;
        const auto count = [tellsAll](std::uint64_t n) {
            return tellsAll ? std::to_string(n) : "";
        };
        m_connections->Row({m_hosts[host].name,
                            std::to_string(life.connection->id),
                            life.connection->local,
                            life.connection->remote,
                            life.listener ? "listener"
                            : life.active ? "active"
                                          : "passive",
                            ToSeconds(life.opened),
                            ToSeconds(life.established),
                            ToSeconds(closed),
                            end.reason,
                            count(end.octetsSent),
                            count(end.octetsReceived),
                            count(end.retransmissions),
                            tellsAll ? WhoClosedFirst(life.lastClosing) : ""});
    }
}

void
RunRecorder::OccupancyRow(Instant at, std::size_t host, const OccupancyLevels& levels)
{
    if (!m_hosts[host].hasTcp)
    {
        return;
    }
    const auto in = [&](State state) {
        return std::to_string(levels.inState[static_cast<std::size_t>(state)]);
    };
    m_occupancy->Row({ToSeconds(at),
                      m_hosts[host].name,
                      in(State::LISTEN),
                      in(State::SYN_SENT),
                      in(State::SYN_RECEIVED),
                      in(State::ESTABLISHED),
                      in(State::FIN_WAIT_1),
                      in(State::FIN_WAIT_2),
                      in(State::CLOSE_WAIT),
                      in(State::CLOSING),
                      in(State::LAST_ACK),
                      in(State::TIME_WAIT),
                      std::to_string(levels.synQueue),
                      std::to_string(levels.acceptQueue)});
}

void
RunRecorder::OccupancyChanged(Instant now, std::size_t host)
{
    if (m_occupancy && m_options.occupancyInterval == Duration(0))
    {
        OccupancyRow(now, host, m_books[host].occupancy.Levels());
    }
}

void
RunRecorder::OccupancyRowsBefore(Instant now, std::size_t host)
{
    if (!m_occupancy || m_options.occupancyInterval == Duration(0))
    {
        return;
    }
    // Every host gets its rows, so that time never goes back in the file.
    while (m_books[host].nextRow < now)
    {
        const Instant at = m_books[host].nextRow;
        for (std::size_t i = 0; i < m_books.size(); ++i)
        {
            OccupancyRow(at, i, m_books[i].occupancy.Levels());
            m_books[i].nextRow = at + m_options.occupancyInterval;
        }
    }
}

void
RunRecorder::Finish(Instant now, const std::vector<std::vector<RecordedEnd>>& open)
{
    m_end = now;
    if (!m_books.empty())
    {
        OccupancyRowsBefore(now, 0);
    }
    for (std::size_t host = 0; host < m_books.size(); ++host)
    {
        Book& book = m_books[host];
        if (m_occupancy)
        {
            OccupancyRow(now, host, book.occupancy.Levels());
        }
        for (const RecordedEnd& end : open.at(host))
        {
            const auto found = book.lives.find(end.id);
            if (found != book.lives.end())
            {
                ConnectionRow(host, found->second, end, std::nullopt);
                book.openAtEnd += found->second.listener ? 0 : 1;
            }
        }
    }
    for (auto* file : {&m_transitions, &m_segments, &m_timers, &m_occupancy, &m_connections})
    {
        if (*file)
        {
            (*file)->Close();
        }
    }
}

void
RunRecorder::OpenFailed(std::size_t host, const std::string& reason)
{
    ++m_books[host].failedOpens[reason];
}

void
RunRecorder::Counter(std::size_t host,
                     std::string_view name,
                     std::string_view unit,
                     std::uint64_t value)
{
    if (value != 0)
    {
        m_books[host].counters.push_back({std::string(name),
                                          m_hosts[host].name,
                                          std::string(unit),
                                          static_cast<double>(value),
                                          std::nullopt});
    }
}

std::vector<Metric>
RunRecorder::Metrics() const
{
    std::vector<Metric> metrics;
    for (std::size_t host = 0; host < m_books.size(); ++host)
    {
        const Book& book = m_books[host];
        const auto add = [&](const std::string& name, const std::string& unit, double value) {
            metrics.push_back({name, m_hosts[host].name, unit, value, std::nullopt});
        };
        if (!m_hosts[host].hasTcp)
        {
            metrics.insert(metrics.end(), book.counters.begin(), book.counters.end());
            continue;
        }
        const auto count = [](std::uint64_t n) { return static_cast<double>(n); };
        const auto addMean = [&](const std::string& name, State state) {
            if (const auto over = book.occupancy.Averaged(m_end))
            {
                add(name, "connections", book.occupancy.Mean(state, m_end));
                metrics.back().averagedOver = over;
            }
        };
        std::uint64_t failed = 0;
        for (const auto& [reason, opens] : book.failedOpens)
        {
            failed += opens;
        }
        add("opens-failed", "calls", count(failed));
        for (const auto& [reason, opens] : book.failedOpens)
        {
            add("opens-failed-" + reason, "calls", count(opens));
        }
        add("connections-opened", "connections", count(book.opened));
        add("connections-established", "connections", count(book.established));
        for (const auto& [reason, ends] : book.endsByReason)
        {
            add("connections-ended-" + reason, "connections", count(ends));
        }
        add("connections-open-at-end", "connections", count(book.openAtEnd));
        const auto addMeanTime = [&](const std::string& name, const Times& times) {
            if (times.count > 0)
            {
                add(name,
                    "s",
                    std::chrono::duration<double>(times.sum).count() / count(times.count));
            }
        };
        addMeanTime("connect-time-mean", book.connects);
        addMeanTime("lifetime-mean", book.lifetimes);
        addMeanTime("detection-time-mean", book.detections);
        addMeanTime("time-wait-time-mean", book.timeWaitTimes);
        addMean("syn-received-mean", State::SYN_RECEIVED);
        addMean("established-mean", State::ESTABLISHED);
        addMean("time-wait-mean", State::TIME_WAIT);
        add("time-wait-max", "connections", count(book.occupancy.Max(State::TIME_WAIT)));
        add("time-waits", "connections", count(book.timeWaits));
        if (m_hosts[host].tellsAll)
        {
            add("retransmissions", "segments", count(book.retransmissions));
            add("octets-sent", "octets", count(book.octetsSent));
            add("octets-received", "octets", count(book.octetsReceived));
            add("syn-queue-max", "connections", count(book.occupancy.MaxSynQueue()));
            add("accept-queue-max", "connections", count(book.occupancy.MaxAcceptQueue()));
        }
        metrics.insert(metrics.end(), book.counters.begin(), book.counters.end());
    }
    return metrics;
}

} // namespace lifecycle
