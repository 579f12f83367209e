#ifndef LIFECYCLE_CORE_HOST_H
#define LIFECYCLE_CORE_HOST_H

#include "actions.h"
#include "compact-record.h"
#include "connection.h"
#include "endpoint.h"
#include "instant.h"
#include "listen-counters.h"
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
    bool isListener{false}; ///< else a connection
};

/**
 * All of one machine's TCP: its connections and listeners, ports, initial sequence numbers, and the
 * rules for segments that belong to no connection.
 *
 * A value with the contract of Connection: `now` comes in, actions go out. A crash that loses all
 * state is the assignment of a new Host.
 */
class Host
{
  public:
    /** @p secret keys the initial sequence numbers (RFC 6528) and the choice of ports (RFC 6056). */
    Host(const HostConfig& config, const SipHashKey& secret);

    // Ports, RFC 6056

    /**
     * Takes a local port for whoever binds it; port 0 takes a free ephemeral one.
     *
     * @param isShared only a listener counts, whoever else has the port: RFC 9293 3.9.1.1, MUST-42
     * @return The port, or nothing if it is taken (by this address or the any address) or none is free.
     */
    std::optional<std::uint16_t> BindPort(const Endpoint& local, bool isShared = false);

    /** Gives back what BindPort took. */
    void UnbindPort(const Endpoint& local);

    // User calls, RFC 9293 3.10.1 to 3.10.6

    /**
     * Passive OPEN: a listener on @p local (any address: on all).
     *
     * Answers CONNECTION_ALREADY_EXISTS if there is one. Children inherit @p config.
     */
    OpenResult OpenPassive(const Endpoint& local,
                           const ConnectionConfig& config,
                           const ListenConfig& listen,
                           Actions& out);

    /** The same with limits of the two queues alone. */
    OpenResult OpenPassive(const Endpoint& local,
                           const ConnectionConfig& config,
                           std::uint32_t synQueueLimit,
                           std::uint32_t acceptQueueLimit,
                           Actions& out);

    /**
     * Active OPEN on @p path; local port 0 takes an ephemeral one (RFC 6056).
     *
     * Answers REMOTE_SOCKET_UNSPECIFIED without a unicast remote address and port,
     * CONNECTION_ALREADY_EXISTS if that 4-tuple is in use (TIME-WAIT included), and
     * INSUFFICIENT_RESOURCES if no port is free. The local address must be given.
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
     * Active OPEN of the listener @p id towards @p path, or with @p octets its SEND. It ceases to
     * listen, and children that nobody has accepted end with that.
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

    /** The oldest completed child of @p listener leaves the accept queue; nothing if it is empty. */
    std::optional<ConnectionId> Accept(ConnectionId listener);

    /**
     * STATUS: the connection or listener, or null. Valid until the next call that is not const.
     *
     * It is a copy where a compact record stands for the connection.
     */
    std::shared_ptr<const Connection> Find(ConnectionId id) const;

    /** The connection on @p path; 0 if there is none. */
    ConnectionId IdOf(const FourTuple& path) const;

    /** How many connections and listeners are in @p state. */
    std::size_t CountIn(State state) const
    {
        return m_inState[static_cast<std::size_t>(state)];
    }

    /** Applies new settings to a connection or listener; children inherit what a listener has. */
    void Configure(ConnectionId id, const ConnectionConfig& config, Instant now, Actions& out);

    /** The same for the queues of the listener @p id; who is in them stays. */
    void Configure(ConnectionId id, const ListenConfig& config);

    // Network and clock

    /** Who gets a segment on @p path, as seen from here: local is where the segment went. */
    Receiver ReceiverOf(const FourTuple& path) const;

    /**
     * @p receiver is who ReceiverOf(@p path) says it is, asked since the last call that is not const.
     *
     * @return The connection that got the segment or was made of it; 0 if there is none.
     */
    ConnectionId SegmentArrives(Receiver receiver,
                                const FourTuple& path,
                                const Segment& segment,
                                Instant now,
                                Actions& out);

    /** The same for who does not need to know beforehand who gets the segment. */
    void SegmentArrives(const FourTuple& path, const Segment& segment, Instant now, Actions& out);

    /** Whether a Decided is made of each segment. Who asks is no part of the value. */
    void ReportDecisions(bool wanted)
    {
        m_reportsDecisions = wanted;
    }

    /** An ICMP error about a segment that went out on @p path; ignored if nobody is there. */
    void IcmpArrives(const FourTuple& path, const IcmpError& error, Instant now, Actions& out);

    /** A segment that must not reach whoever is there: as if nobody were, RFC 9293 3.10.7.1. */
    void SegmentForNobody(const FourTuple& path, const Segment& segment, Actions& out) const;

    /** Handles every timer that is due at @p now. */
    void DeadlineReached(Instant now, Actions& out);

    /** When DeadlineReached must be called next; nothing if no timer runs. */
    std::optional<Instant> NextDeadline() const;

    // What there is

    /** Half-open children of @p listener; 0 if there is no such listener. */
    std::size_t SynQueueLength(ConnectionId listener) const;

    /** Completed children of @p listener that nobody has accepted. */
    std::size_t AcceptQueueLength(ConnectionId listener) const;

    /** Connections and listeners that exist. */
    std::size_t Size() const
    {
        return m_entries.size() + m_compact.size();
    }

    /** Those of them that are kept as compact records. */
    std::size_t CompactSize() const
    {
        return m_compact.size();
    }

    /** What has happened so far. History, so no part of the value. */
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
                        m_compact,
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

    /** The queues of one listener; ids grow, so the first is the oldest. */
    struct Queues
    {
        ListenConfig config;
        std::set<ConnectionId> halfOpen;
        std::set<ConnectionId> completed;
        std::optional<Instant> lastCookie; ///< when one was sent last
        std::vector<RefusedPeer> refused;  ///< the latest, and a few

        bool SynQueueFull() const
        {
            return halfOpen.size() >= config.synQueueLimit;
        }

        bool AcceptQueueFull() const
        {
            return completed.size() >= config.acceptQueueLimit;
        }

        auto Fields() const
        {
            return std::tie(config, halfOpen, completed, lastCookie, refused);
        }
    };

    struct Entry
    {
        Connection connection;
        std::optional<Queues> queues;     ///< of a listener
        std::optional<Instant> scheduled; ///< its place in m_deadlines
        State counted{State::CLOSED};     ///< its place in m_inState

        auto Fields() const
        {
            return std::tie(connection, queues);
        }
    };

    /** What Entry is for a connection that is kept as a record. */
    struct CompactEntry
    {
        CompactRecord record;
        std::optional<Instant> scheduled; ///< its place in m_deadlines

        auto Fields() const
        {
            return std::tie(record);
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

    /** The connection or listener, inflated if it was not; null if there is none. */
    Entry* FindEntry(ConnectionId id);
    Entry& EntryOf(ConnectionId id);

    /** Has CountIn know that @p entry is in state @p now; in CLOSED there is nobody. */
    void Count(Entry& entry, State now);

    /** Keeps only a record of @p id, if that is enough. */
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
    void Schedule(ConnectionId id, Entry& entry);
    void Erase(ConnectionId id, Actions& out);
    void CloseChildren(const Queues& queues, Actions& out);

    HostConfig m_config;
    SipHashKey m_secret;
    ConnectionId m_lastId;
    std::uint32_t m_portCounter{0};
    std::unordered_map<ConnectionId, Entry, ValueHash> m_entries;
    std::unordered_map<ConnectionId, CompactEntry, ValueHash> m_compact; ///< in no other table
    std::unordered_map<FourTuple, ConnectionId, ValueHash> m_paths;
    std::unordered_map<Endpoint, ConnectionId, ValueHash> m_listeners;
    std::map<std::uint16_t, std::vector<Address>> m_bound;
    std::set<std::pair<Instant, ConnectionId>> m_deadlines;
    SynCache m_synCache;
    TimeWaitTable m_timeWait;
    ListenCounters m_counters;
    ConfigPool m_configs;
    std::array<std::size_t, ALL_STATES.size()> m_inState{}; ///< for CountIn
    bool m_reportsDecisions{false};
    RuleSet m_notedRules; ///< of the segment being processed
};

/**
 * The answer to a segment for which there is no connection, RFC 9293 3.10.7.1; nothing answers a RST.
 */
std::optional<Segment> ResetFor(const Segment& segment);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_HOST_H
