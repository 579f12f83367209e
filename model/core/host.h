#ifndef LIFECYCLE_CORE_HOST_H
#define LIFECYCLE_CORE_HOST_H

#include "actions.h"
#include "boxed.h"
#include "connection.h"
#include "deadline-queue.h"
#include "endpoint.h"
#include "id-set.h"
#include "instant.h"
#include "listen-counters.h"
#include "record-table.h"
#include "siphash.h"
#include "stack-config.h"
#include "syn-cache.h"
#include "time-wait-table.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace lifecycle
{

/** An OPEN gives a connection or says why not. */
using OpenResult = std::variant<ConnectionId, CallError>;

/** Who gets the segments of a 4-tuple. */
struct Receiver
{
    ConnectionId id;        ///< 0: nobody
    bool isListener{false}; ///< false for a connection and for nobody
};

/** The actions that a host makes only if somebody asks for them. */
struct Reports
{
    bool decisions{false}; ///< Decided, for each segment that arrives
    bool timers{false};    ///< TimerChanged
};

/**
 * All of one machine's TCP: its connections and listeners, ports, initial sequence numbers, and the
 * rules for segments that belong to no connection.
 *
 * A Host is a value with the contract of Connection: `now` comes in, actions go out. A crash that
 * loses all state is the assignment of a new Host.
 */
class Host
{
  public:
    /**
     * @p secret keys the initial sequence numbers (RFC 6528) and the choice of ports (RFC 6056).
     */
    Host(const HostConfig& config, const SipHashKey& secret);

    // Ports, RFC 6056

    /**
     * Takes the local port of @p local for its user; port 0 takes a free ephemeral port.
     *
     * @param isShared whether the port is taken only if a listener has it: RFC 9293 3.9.1.1,
     * MUST-42
     * @return The port; nothing if the port is taken (the any address overlaps with each address),
     * or if no port is free.
     */
    std::optional<std::uint16_t> BindPort(const Endpoint& local, bool isShared = false);

    /** Gives back what BindPort took. */
    void UnbindPort(const Endpoint& local);

    // User calls, RFC 9293 3.10.1 to 3.10.6

    /**
     * Passive OPEN: a listener on @p local (any address: on all addresses).
     *
     * Answers CONNECTION_ALREADY_EXISTS if there is such a listener. Children inherit @p config.
     */
    OpenResult OpenPassive(const Endpoint& local,
                           const ConnectionConfig& config,
                           const ListenConfig& listen,
                           Actions& out);

    /** Like the other OpenPassive, with default settings but for the limits of the two queues. */
    OpenResult OpenPassive(const Endpoint& local,
                           const ConnectionConfig& config,
                           std::uint32_t synQueueLimit,
                           std::uint32_t acceptQueueLimit,
                           Actions& out);

    /**
     * Active OPEN on @p path; local port 0 takes an ephemeral port (RFC 6056).
     *
     * Answers REMOTE_SOCKET_UNSPECIFIED without a unicast remote address and port,
     * CONNECTION_ALREADY_EXISTS if that 4-tuple is in use (in TIME-WAIT as well, unless
     * timeWaitReuse allows the OPEN), and INSUFFICIENT_RESOURCES if no port is free. The local
     * address must be given.
     */
    OpenResult OpenActive(const FourTuple& path,
                          const ConnectionConfig& config,
                          Instant now,
                          Actions& out);

    [[nodiscard]] std::optional<CallError> Send(ConnectionId id,
                                                std::uint32_t octets,
                                                Instant now,
                                                Actions& out);

    [[nodiscard]] std::optional<CallError> SendUrgent(ConnectionId id,
                                                      std::uint32_t octets,
                                                      Instant now,
                                                      Actions& out);

    /**
     * Active OPEN of the listener @p id towards @p path, or, with @p octets, SEND of the listener.
     * The listener ceases to listen, and children that nobody has accepted end.
     */
    [[nodiscard]] std::optional<CallError> OpenFromListen(ConnectionId id,
                                                          const FourTuple& path,
                                                          std::uint32_t octets,
                                                          Instant now,
                                                          Actions& out);

    [[nodiscard]] std::optional<CallError> Receive(ConnectionId id,
                                                   std::uint32_t octets,
                                                   Instant now,
                                                   Actions& out);

    [[nodiscard]] std::optional<CallError> Close(ConnectionId id, Instant now, Actions& out);

    /** CLOSE by a user who gives up reading as well. */
    [[nodiscard]] std::optional<CallError> CloseFully(ConnectionId id, Instant now, Actions& out);

    [[nodiscard]] std::optional<CallError> Abort(ConnectionId id, Instant now, Actions& out);

    /**
     * The oldest completed child of @p listener leaves the accept queue; nothing if the queue is
     * empty.
     */
    std::optional<ConnectionId> Accept(ConnectionId listener);

    /**
     * STATUS: the connection or listener, or null. The pointer is valid until the next call
     * that is not const.
     *
     * The pointer is to a copy where a compact record stands for the connection.
     */
    std::shared_ptr<const Connection> Find(ConnectionId id) const;

    /** The connection on @p path; 0 if there is none. */
    ConnectionId IdOf(const FourTuple& path) const;

    /** How many connections and listeners are in @p state. */
    std::size_t CountIn(State state) const
    {
        return m_inState[static_cast<std::size_t>(state)];
    }

    /**
     * Applies new settings to a connection or listener; children inherit the listener's settings.
     */
    void Configure(ConnectionId id, const ConnectionConfig& config, Instant now, Actions& out);

    /** Applies new settings of the host itself; the limits of SYN cache and TIME-WAIT stay. */
    void Configure(const HostConfig& config);

    /** Applies new settings to the queues of the listener @p id; children in the queues stay. */
    void Configure(ConnectionId id, const ListenConfig& config);

    // Network and clock

    /** Who gets a segment on @p path, whose local end is where the segment was sent to. */
    Receiver ReceiverOf(const FourTuple& path) const;

    /**
     * A segment arrives for @p receiver, which is what ReceiverOf(@p path) has answered since the
     * last call that is not const.
     *
     * @return The connection that got the segment or was made by it; 0 if there is none.
     */
    ConnectionId SegmentArrives(Receiver receiver,
                                const FourTuple& path,
                                const Segment& segment,
                                Instant now,
                                Actions& out);

    /** A segment arrives on @p path, for whoever ReceiverOf(@p path) says. */
    void SegmentArrives(const FourTuple& path, const Segment& segment, Instant now, Actions& out);

    /** Says what to report from now on. What is asked for is no part of the value. */
    void Report(Reports wanted);

    /**
     * An ICMP error about a segment that went out on @p path; ignored if no connection is on
     * @p path.
     */
    void IcmpArrives(const FourTuple& path, const IcmpError& error, Instant now, Actions& out);

    /**
     * A segment arrives that must not reach the receiver on @p path: the answer is as if there were
     * no receiver, RFC 9293 3.10.7.1.
     */
    void SegmentForNobody(const FourTuple& path, const Segment& segment, Actions& out) const;

    /** Handles every timer that is due at @p now. */
    void DeadlineReached(Instant now, Actions& out);

    /** When DeadlineReached must be called next; nothing if no timer runs. */
    std::optional<Instant> NextDeadline() const;

    // What there is

    /** How many half-open children @p listener has; 0 if there is no such listener. */
    std::size_t SynQueueLength(ConnectionId listener) const;

    /** How many completed children of @p listener nobody has accepted. */
    std::size_t AcceptQueueLength(ConnectionId listener) const;

    /** The lengths of the queues of all listeners together. */
    struct QueueLengths
    {
        std::size_t halfOpen{0};  ///< as SynQueueLength
        std::size_t completed{0}; ///< as AcceptQueueLength
    };

    QueueLengths AllQueueLengths() const
    {
        return m_queueLengths;
    }

    /** How many connections and listeners exist. */
    std::size_t Size() const
    {
        return m_entries.size() + m_records.Size();
    }

    /** How many connections are kept as compact records. */
    std::size_t CompactSize() const
    {
        return m_records.Size();
    }

    /** What has happened so far. The counters are history, so no part of the value. */
    const ListenCounters& Counters() const
    {
        return m_counters;
    }

    auto Fields() const
    {
        return std::tie(m_config,
                        m_secret,
                        m_lastId,
                        m_portCounter,
                        m_entries,
                        m_records,
                        m_bound,
                        m_synCache,
                        m_timeWait);
    }

  private:
    /** A peer that brought back a good cookie when the accept queue was full, and when. */
    struct RefusedPeer
    {
        FourTuple path;
        Instant at;

        auto Fields() const
        {
            return std::tie(path, at);
        }
    };

    /** The queues of one listener; ids grow, so the first id of a set is the oldest. */
    struct Queues
    {
        ListenConfig config;
        IdSet halfOpen;
        std::set<ConnectionId> completed;
        std::optional<Instant> lastCookie; ///< when a cookie was sent last
        std::vector<RefusedPeer> refused;  ///< the latest, and only a few
        QueueLengths counted;              ///< the part of the queues in m_queueLengths

        bool SynQueueFull() const
        {
            return halfOpen.Size() >= config.synQueueLimit;
        }

        bool AcceptQueueFull() const
        {
            return completed.size() >= config.AcceptQueuePlaces();
        }

        auto Fields() const
        {
            return std::tie(config, halfOpen, completed, lastCookie, refused);
        }
    };

    struct Entry
    {
        Connection connection;
        Boxed<Queues> queues;             ///< of a listener
        std::optional<Instant> scheduled; ///< the place of the entry in m_deadlines
        State counted{State::CLOSED};     ///< the place of the entry in m_inState

        auto Fields() const
        {
            return std::tie(connection, queues);
        }
    };

    /** Makes one user call on the connection @p id and settles what follows from it. */
    template <class UserCall>
    std::optional<CallError> Call(ConnectionId id, Actions& out, UserCall call)
    {
        Entry* entry = FindEntry(id);
        if (entry == nullptr)
        {
            return CallError::CONNECTION_DOES_NOT_EXIST;
        }
        const State before = entry->connection.GetState();
        const auto error = call(entry->connection);
        Settle(id, before, out);
        return error;
    }

    /** The entry of @p id, inflated if it was a compact record; null if there is none. */
    Entry* FindEntry(ConnectionId id);
    Entry& EntryOf(ConnectionId id);

    /** Makes CountIn count @p entry in state @p now; an entry in CLOSED is not counted. */
    void Count(Entry& entry, State now);

    /** Makes AllQueueLengths count @p queues as long as they are now. */
    void Count(Queues& queues);

    /** Keeps only a compact record of @p id, if a record has place for all of the connection. */
    void Compact(ConnectionId id);

    ConnectionId NewId();
    SeqNum InitialSequenceNumber(const FourTuple& path, Instant now) const;
    std::uint32_t TimestampOffset(const ConnectionConfig& config,
                                  const FourTuple& path,
                                  SeqNum iss) const;
    std::optional<std::uint16_t> ChooseEphemeralPort(const FourTuple& path, Instant now);
    bool IsTaken(const FourTuple& path, Instant now) const;
    bool IsBound(const Endpoint& local) const;
    bool HasListenerOn(const Endpoint& local) const;
    ConnectionId ListenerOn(const Endpoint& local) const;
    ConnectionId ConnectionSegmentArrives(ConnectionId id,
                                          const Segment& segment,
                                          Instant now,
                                          Actions& out);
    Surroundings SurroundingsOf(const Connection& connection, const Segment& segment, Instant now);
    OpenResult ReopenActively(ConnectionId old,
                              const ConnectionConfig& config,
                              Instant now,
                              Actions& out);
    void Rename(ConnectionId old, ConnectionId oldListener, ConnectionId next);
    ConnectionId Decide(Receiver receiver,
                        const FourTuple& path,
                        const Segment& segment,
                        Instant now,
                        Actions& out);
    void AnswerForNobody(const FourTuple& path, const Segment& segment, Actions& out) const;
    ConnectionId ListenerSegmentArrives(Entry& listener,
                                        const FourTuple& path,
                                        const Segment& segment,
                                        Instant now,
                                        Actions& out);
    static bool FollowsRefusedAck(const Queues& queues, const FourTuple& path, Instant now);
    static void Refuse(Queues& queues, const FourTuple& path, Instant now);
    ConnectionId SynArrives(Entry& listener,
                            const FourTuple& path,
                            const Segment& segment,
                            Instant now,
                            Actions& out);
    void DropForFullAcceptQueue(const Entry& listener,
                                const FourTuple& path,
                                const Segment& segment,
                                Actions& out);
    bool MakeRoom(Entry& listener,
                  const FourTuple& path,
                  const Segment& segment,
                  Instant now,
                  Actions& out);
    bool DrawsEarlyDrop(const Queues& queues,
                        const FourTuple& path,
                        const Segment& segment,
                        Instant now) const;
    void Evict(ConnectionId id, Instant now, Actions& out);
    void SendCookie(Entry& listener,
                    const FourTuple& path,
                    const Segment& segment,
                    Instant now,
                    Actions& out);
    std::optional<RememberedSyn> CheckCookie(const Queues& queues,
                                             const FourTuple& path,
                                             const Segment& segment,
                                             Instant now);
    void CountRefusedFinalAck(const ConnectionConfig& config, const Actions& out, std::size_t from);
    void LeaveSynQueue(const Connection& connection);
    void EnterTimeWait(ConnectionId id, Actions& out);
    void Settle(ConnectionId id, State before, Actions& out);
    void ReportExpiry(ConnectionId id, const Connection& connection, Instant now, Actions& out);
    void ReportTimers(ConnectionId id, const Connection& connection, Actions& out);
    void Schedule(ConnectionId id, Entry& entry);
    void Erase(ConnectionId id, Actions& out);
    void CloseChildren(const Queues& queues, Actions& out);

    HostConfig m_config;
    SipHashKey m_secret;
    ConnectionId m_lastId;
    std::uint32_t m_portCounter{0};
    std::unordered_map<ConnectionId, Entry, ValueHash> m_entries;
    RecordTable m_records; ///< of connections that are not in m_entries
    std::unordered_map<FourTuple, ConnectionId, EndHash> m_paths; ///< of those in m_entries
    std::unordered_map<Endpoint, ConnectionId, EndHash> m_listeners;
    std::map<std::uint16_t, std::vector<Address>> m_bound;
    DeadlineQueue m_deadlines;
    SynCache m_synCache;
    TimeWaitTable m_timeWait;
    ListenCounters m_counters;
    ConfigPool m_configs;
    std::array<std::size_t, ALL_STATES.size()> m_inState{}; ///< for CountIn
    QueueLengths m_queueLengths;                            ///< for AllQueueLengths
    Reports m_reports;
    RuleSet m_notedRules; ///< rules for the segment being processed
    std::unordered_map<ConnectionId, TimerTable, ValueHash> m_reportedTimers; ///< as last reported
};

} // namespace lifecycle

#endif // LIFECYCLE_CORE_HOST_H
