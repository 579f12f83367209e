#ifndef LIFECYCLE_STACK_HOST_DRIVER_H
#define LIFECYCLE_STACK_HOST_DRIVER_H

#include "../core/host.h"
#include "lifecycle-host-observer.h"
#include "lifecycle-trace.h"
#include "remnant-table.h"
#include "stream-buffers.h"

#include "ns3/event-id.h"
#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/packet.h"
#include "ns3/random-variable-stream.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ns3::lifecycle_internal
{

class IpLayer;
class NodeSettings;

/**
 * @ingroup lifecycle
 * @brief Runs one lifecycle::Host in ns-3: calls the Host, performs its actions, wakes it up.
 *
 * Actions are performed first in, first out, in the context of the node. A call that a user makes
 * inside a callback appends its actions behind the waiting actions, and only the outermost call
 * performs actions. A crash, reboot or end of the host that is demanded inside a callback happens
 * at the end of the outermost input. From the demand on the host is down: the remaining actions of
 * the input are lost, and calls fail. The driver keeps payload by connection, so that payload has a
 * place before there is a socket and after.
 */
class HostDriver
{
  public:
    using ConnectionId = lifecycle::ConnectionId;
    using CallError = lifecycle::CallError;

    /**
     * @brief Drives the host of the node of @p ip with @p settings; tells @p observer all that
     * happens.
     */
    HostDriver(HostObserver& observer, NodeSettings& settings, const IpLayer& ip);
    ~HostDriver();

    HostDriver(const HostDriver&) = delete;
    HostDriver& operator=(const HostDriver&) = delete;

    // Calls of users: the calls of Host, but with octets instead of the number of octets

    using User = std::shared_ptr<ConnectionUser>; ///< also keeps the user of a connection alive

    /**
     * @brief Binds @p local, whose resets get the tags of @p user until that opens or unbinds it.
     * @return The port; nothing if there is none.
     */
    std::optional<uint16_t> Bind(const ConnectionUser& user,
                                 const lifecycle::Endpoint& local,
                                 bool isShared);
    void Unbind(const ConnectionUser& user, const lifecycle::Endpoint& local);

    /**
     * @brief Listens on @p local; gives the binding of @p local back when listening ends.
     * @return As Host.
     */
    lifecycle::OpenResult OpenPassive(const User& user,
                                      Ptr<NetDevice> device,
                                      const lifecycle::Endpoint& local,
                                      const lifecycle::StackConfig& config);
    /**
     * @brief Connects; gives @p binding, if any, back when the connection ends.
     * @return As Host.
     */
    lifecycle::OpenResult OpenActive(const User& user,
                                     Ptr<NetDevice> device,
                                     const lifecycle::FourTuple& path,
                                     const lifecycle::StackConfig& config,
                                     const std::optional<lifecycle::Endpoint>& binding);
    /**
     * @brief Takes the listener @p id out of LISTEN and connects it on @p path.
     * @return As Host.
     */
    std::optional<CallError> OpenFromListen(ConnectionId id, const lifecycle::FourTuple& path);
    std::optional<CallError> Send(ConnectionId id, Ptr<const Packet> packet, bool isUrgent);
    std::optional<CallError> Close(ConnectionId id);
    /**
     * @brief Closes both directions; unread octets, and octets that arrive later, are lost.
     * @return As Close.
     */
    std::optional<CallError> CloseFully(ConnectionId id);
    std::optional<CallError> Abort(ConnectionId id);

    /** @brief Takes an ICMP error about a segment that went out on @p path. */
    void IcmpArrives(const lifecycle::FourTuple& path, const lifecycle::IcmpError& error);

    /** @brief Reads up to @p maxSize octets; null if no octets are readable. @return The octets. */
    Ptr<Packet> Read(ConnectionId id, uint32_t maxSize);

    /** @brief A copy of the first @p octets to read; so many must be readable. @return The copy. */
    Ptr<Packet> Peek(ConnectionId id, uint32_t octets) const;

    /** @brief From now on @p id uses @p device alone; null: any. */
    void BindToDevice(ConnectionId id, Ptr<NetDevice> device);

    /**
     * @brief Throws away the octets that have arrived or will arrive, so that the window stays
     * open.
     */
    void Discard(ConnectionId id);

    /**
     * @brief Takes the oldest completed child of @p listener from its accept queue.
     * @return The child.
     */
    std::optional<ConnectionId> Accept(ConnectionId listener);

    /**
     * @brief Makes @p user the user of the connection @p id, which uses @p device alone; null: any
     * device.
     */
    void Attach(ConnectionId id, const User& user, Ptr<NetDevice> device);

    uint32_t Readable(ConnectionId id) const;
    bool HasUnacknowledged(ConnectionId id) const;
    bool PeerHasClosed(ConnectionId id) const;
    std::shared_ptr<const lifecycle::Connection> Find(ConnectionId id) const;
    void Configure(ConnectionId id, const lifecycle::StackConfig& config);
    /** @brief Takes over what has changed in the settings of the host itself. */
    void HeedSettings();

    /**
     * @brief The number of @p id in traces, which, unlike @p id, is not reused after a crash.
     * @return The number.
     */
    uint64_t NumberOf(ConnectionId id) const;

    /**
     * @brief The connection with @p number in traces; null if it has ended.
     * @return The connection.
     */
    std::shared_ptr<const lifecycle::Connection> FindByNumber(uint64_t number) const;

    /**
     * @brief All connections and listeners that exist, by number, with reason `open`.
     * @return The list.
     */
    std::vector<LifecycleEnd> Open() const;

    /** @brief How many users have a connection or listen. @return The number. */
    uint32_t CountUsers() const;

    /**
     * @brief The user with number @p index, from 0, in the order of connections.
     * @return The user.
     */
    ConnectionUser* GetUser(uint32_t index) const;

    /** @brief The counters of listeners and TIME-WAIT, over all boots. @return The counters. */
    lifecycle::ListenCounters Counters() const;

    /** @brief How many connections and listeners are in @p state. @return The number. */
    uint32_t CountIn(lifecycle::State state) const;

    /** @brief Fixes the random stream of secrets. @return The number of streams used. */
    int64_t AssignStreams(int64_t stream);

    // The network and the clock

    /**
     * @brief Takes a segment that has arrived over @p device.
     *
     * A user that is bound to another device does not see the segment, and a listener's user may
     * refuse a SYN. In both cases the segment is for nobody.
     * @return Whether some connection or listener exists for the segment.
     */
    bool SegmentArrives(const lifecycle::FourTuple& path,
                        const lifecycle::Segment& segment,
                        Ptr<Packet> payload,
                        Ptr<NetDevice> device);

    // These calls end all connections. Inside an input they wait until the input has been dealt
    // with.

    /** @brief Drops all state, tells users, and leaves the host down. */
    void Crash();

    /** @brief Drops all state, tells users, and leaves the host up. */
    void Reboot();

    /** @brief Drops all state and tells nobody; nothing more will happen. */
    void Dispose();

    /** @brief Whether the host is down, or about to go down. @return Whether so. */
    bool IsDown() const;

    /**
     * @brief How often all state was lost so far; ports bound in an earlier boot are no longer
     * bound.
     */
    uint32_t Boot() const;

  private:
    /** The waiting actions of one input, and the payload that came with the input. */
    struct Batch
    {
        lifecycle::Actions actions;
        Ptr<const Packet> payload;
    };

    /** A demand that ends all connections. */
    enum class Demand
    {
        CRASH,
        REBOOT,
        DISPOSE,
    };

    /** While an Input is alive, demands wait, and so does the end of the node and its TCP. */
    class Input
    {
      public:
        explicit Input(HostDriver& driver);
        ~Input();
        Input(const Input&) = delete;
        Input& operator=(const Input&) = delete;

      private:
        HostDriver& m_driver;
        Ptr<Node> m_node; ///< keeps all aggregated objects alive
    };

    /** What ns-3 keeps for one connection or listener. */
    struct Record
    {
        User user;             ///< null for a child that nobody has accepted
        Ptr<NetDevice> device; ///< the only one to use, or null
        SendBuffer sent;
        ReceiveBuffer received;
        std::optional<lifecycle::Endpoint> binding; ///< to give back at the end
        lifecycle::FourTuple path;
        bool discards{false};   ///< the user does not read
        bool lingers{false};    ///< the connection is in TIME-WAIT
        bool isHalfOpen{false}; ///< the connection is in SYN-RECEIVED
        bool isUserDone{false}; ///< there was a user, whom nobody needs any more
        bool peerClosed{false}; ///< no more data will come
        Time opened;
        std::optional<lifecycle::SeqNum> sentUpTo; ///< behind the last octet sent so far
        uint64_t octetsSent{0};
        uint64_t octetsReceived{0};
        uint32_t retransmissions{0};

        /**
         * @brief Counts a segment that goes out.
         * @return How many of its octets go out for the first time.
         */
        uint32_t CountSent(const lifecycle::Segment& segment);
    };

    using Records = std::unordered_map<ConnectionId, Record, lifecycle::ValueHash>;

    /** @brief Whether a remnant says all that @p record does. @return Whether so. */
    static bool IsSpent(const Record& record);
    static Record RecordFrom(const Remnant& remnant, const lifecycle::FourTuple& path);
    /** @brief Takes the record at @p place away. */
    void EraseRecord(Records::iterator place);
    /** @brief Makes remnants of records that have become spent. */
    void Retire();
    /** @brief Makes a remnant of the record at @p place, if it is spent. @return Whether it was. */
    bool Retire(Records::iterator place);
    /** @brief Makes a record of the remnant, if any, of the connection @p id on @p path. */
    void Revive(ConnectionId id, const lifecycle::FourTuple& path);
    void ReviveAll();

    /**
     * @brief Gives @p user the connection or listener that an OPEN has made, before anybody hears
     * of it.
     */
    void Opened(const User& user,
                Ptr<NetDevice> device,
                const std::optional<lifecycle::Endpoint>& binding,
                const lifecycle::OpenResult& result);
    /**
     * @brief Whether the user of @p receiver takes a segment from @p device.
     * @return Whether so.
     */
    bool Admits(lifecycle::Receiver receiver,
                const lifecycle::FourTuple& path,
                const lifecycle::Segment& segment,
                Ptr<NetDevice> device);
    /**
     * @brief Gives @p packet, which carries @p send, the tags that the user of its connection, who
     * has @p record, has chosen; or, of a reset for nobody, who has bound its port.
     */
    void Tag(const lifecycle::SendSegment& send, const Record* record, Ptr<Packet> packet) const;
    /** @brief Who has bound @p local first, and not opened it; null if nobody. @return The user. */
    const ConnectionUser* BoundTo(const lifecycle::Endpoint& local) const;
    /** @brief Forgets that @p user has bound @p local. */
    void ForgetBound(const ConnectionUser& user, const lifecycle::Endpoint& local);
    /**
     * @brief The Host, made when first needed, for a call that may change the Host.
     * @return The Host.
     */
    lifecycle::Host& GetHost();
    /** @brief A fresh secret. @return The secret. */
    lifecycle::SipHashKey DrawSecret();
    Record& RecordOf(ConnectionId id);
    Record* FindRecord(ConnectionId id);
    const Record* FindRecord(ConnectionId id) const;

    /** @brief An empty list that mostly has room for the actions of an input. @return The list. */
    lifecycle::Actions TakeBuffer();
    /** @brief Whether an action that waits makes @p send needless. @return Whether so. */
    bool IsNeedless(const lifecycle::SendSegment& send) const;
    /** @brief Takes the host's waiting actions away. */
    void DropPending();
    /** @brief Who has a record, in the order of OPENs. @return The list. */
    const std::vector<ConnectionId>& InOrder() const;
    /** @brief Performs the waiting actions. */
    void PerformAll();
    void Ask(Demand demand);
    void MeetDemands();
    /** @brief Deletes the Host. @return The records that it had. */
    std::map<ConnectionId, Record> TakeRecords();
    void LoseEverything();
    /** @brief Performs @p out, or queues @p out for the call that is performing; empties @p out. */
    void Run(lifecycle::Actions& out, Ptr<const Packet> payload = nullptr);
    /** @brief Notes that an input may have changed what the user of @p id watches. */
    void Note(ConnectionId id);
    /** @brief Tells the users of the connections that Note has noted what has changed. */
    void TellStatus();
    void Reschedule();
    void WakeUp();
    void TellNumbers();

    void Perform(const lifecycle::SendSegment& send);
    void Perform(const lifecycle::HoldRange& hold);
    void Perform(const lifecycle::DeliverRange& deliver);
    void Perform(const lifecycle::ReleaseRange& release);
    void Perform(const lifecycle::AcceptReady& ready);
    void Perform(const lifecycle::TellUser& tell);
    void Perform(const lifecycle::StateChanged& change);
    void Perform(const lifecycle::Dropped& dropped);
    void Perform(const lifecycle::Decided& decided);
    void Perform(const lifecycle::TimerChanged& change);
    void Perform(const lifecycle::Forget& forget);
    LifecycleEnd Describe(ConnectionId id, const Record& record, std::string_view reason) const;

    HostObserver& m_observer;
    NodeSettings& m_settings;
    const IpLayer& m_ip;
    Ptr<UniformRandomVariable> m_secretSource;
    std::unique_ptr<lifecycle::Host> m_host; ///< made when first needed, after all settings
    uint64_t m_calls{0};                     ///< calls of GetHost
    Records m_records;
    ConnectionId m_found;                        ///< whom FindRecord has found last
    Record* m_foundRecord{nullptr};              ///< of m_found; null if gone since
    mutable std::vector<ConnectionId> m_inOrder; ///< for InOrder; empty if not known
    RemnantTable m_remnants;                     ///< of connections that are not in m_records
    std::deque<ConnectionId> m_lingering;        ///< in m_records and TIME-WAIT; for Retire
    std::deque<ConnectionId> m_opening; ///< the latest in SYN-RECEIVED, and others; for Retire
    /** Sockets that have bound an endpoint and not opened it, in that order. */
    std::
        unordered_map<lifecycle::Endpoint, std::vector<const ConnectionUser*>, lifecycle::ValueHash>
            m_bound;
    std::vector<lifecycle::Actions> m_buffers; ///< for TakeBuffer
    std::vector<Batch> m_pending;
    std::size_t m_batch{0};         ///< which of m_pending is being performed
    std::size_t m_performed{0};     ///< how many of its actions were performed
    std::set<ConnectionId> m_noted; ///< for TellStatus
    std::deque<Demand> m_demands;
    uint32_t m_inputs{0}; ///< nested inputs included
    bool m_isDown{false}; ///< since a crash
    uint32_t m_boot{0};   ///< for Boot
    bool m_isPerforming{false};
    bool m_willPerform{false}; ///< an event is scheduled to perform
    EventId m_wakeUp;
    std::optional<lifecycle::Instant> m_wakeUpAt; ///< when m_wakeUp comes, if it is still to come
    uint64_t m_lastId{0};                         ///< the greatest id that the Host has given
    uint64_t m_idsBefore{0};                      ///< ids given by Hosts before the last crash
    uint64_t m_changes{1};                        ///< of states and queues so far
    uint64_t m_changesTold{0};                    ///< m_changes when numbers were told last
    lifecycle::ListenCounters m_countersBefore;   ///< of those Hosts
    lifecycle::ListenCounters m_countersTold;     ///< of this Host
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_HOST_DRIVER_H
