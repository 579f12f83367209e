#ifndef LIFECYCLE_STACK_HOST_DRIVER_H
#define LIFECYCLE_STACK_HOST_DRIVER_H

#include "../core/host.h"
#include "lifecycle-host-observer.h"
#include "lifecycle-trace.h"
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
#include <vector>

namespace ns3::lifecycle_internal
{

class IpLayer;
class NodeSettings;

/**
 * @ingroup lifecycle
 * @brief Runs one lifecycle::Host in ns-3: calls it, performs its actions, wakes it up.
 *
 * Actions are performed first in, first out, in the context of the node. A call that a user makes
 * inside a callback appends its actions behind those that wait, and only the outermost call performs.
 * Who demands inside a callback that the host crash, reboot or end is obeyed at the end of the outermost
 * input. From the demand on the host is down: what the input would still do is lost, and calls fail.
 * Payload lives here, by connection: it has a place before and after there is a socket.
 */
class HostDriver
{
  public:
    using ConnectionId = lifecycle::ConnectionId;
    using CallError = lifecycle::CallError;

    /** @brief For the node of @p ip, with what @p settings say; all that happens is told @p observer. */
    HostDriver(HostObserver& observer, NodeSettings& settings, const IpLayer& ip);
    ~HostDriver();

    HostDriver(const HostDriver&) = delete;
    HostDriver& operator=(const HostDriver&) = delete;

    // Calls of users: Host's, with octets instead of their number

    using User = std::shared_ptr<ConnectionUser>; ///< also keeps alive who uses a connection

    std::optional<uint16_t> Bind(const lifecycle::Endpoint& local, bool isShared);
    void Unbind(const lifecycle::Endpoint& local);

    /** @brief Listens on @p local, whose binding is given back when that ends. @return As Host. */
    lifecycle::OpenResult OpenPassive(const User& user,
                                      Ptr<NetDevice> device,
                                      const lifecycle::Endpoint& local,
                                      const lifecycle::StackConfig& config);
    /** @brief Connects; @p binding, if any, is given back when that ends. @return As Host. */
    lifecycle::OpenResult OpenActive(const User& user,
                                     Ptr<NetDevice> device,
                                     const lifecycle::FourTuple& path,
                                     const lifecycle::StackConfig& config,
                                     const std::optional<lifecycle::Endpoint>& binding);
    /** @brief Takes the listener @p id out of LISTEN, to @p path. @return As Host. */
    std::optional<CallError> OpenFromListen(ConnectionId id, const lifecycle::FourTuple& path);
    std::optional<CallError> Send(ConnectionId id, Ptr<const Packet> packet, bool isUrgent);
    std::optional<CallError> Close(ConnectionId id);
    /** @brief Closes both directions; what is unread, or arrives later, is lost. @return As Close. */
    std::optional<CallError> CloseFully(ConnectionId id);
    std::optional<CallError> Abort(ConnectionId id);

    /** @brief An ICMP error has arrived about a segment that went out on @p path. */
    void IcmpArrives(const lifecycle::FourTuple& path, const lifecycle::IcmpError& error);

    /** @brief Reads up to @p maxSize octets; null if there are none. @return The octets. */
    Ptr<Packet> Read(ConnectionId id, uint32_t maxSize);

    /** @brief A copy of the first @p octets to read; there must be as many. @return The octets. */
    Ptr<Packet> Peek(ConnectionId id, uint32_t octets) const;

    /** @brief From now on @p id uses @p device alone; null: any. */
    void BindToDevice(ConnectionId id, Ptr<NetDevice> device);

    /** @brief What has arrived and what will arrive is thrown away, so that the window stays open. */
    void Discard(ConnectionId id);

    /** @brief The oldest completed child, for whom there is a user now. @return It. */
    std::optional<ConnectionId> Accept(ConnectionId listener);

    /** @brief @p id is the connection of @p user, and uses @p device alone; null: any. */
    void Attach(ConnectionId id, const User& user, Ptr<NetDevice> device);

    uint32_t Readable(ConnectionId id) const;
    bool HasUnacknowledged(ConnectionId id) const;
    bool PeerHasClosed(ConnectionId id) const;
    std::shared_ptr<const lifecycle::Connection> Find(ConnectionId id) const;
    void Configure(ConnectionId id, const lifecycle::StackConfig& config);

    /** @brief The number that traces call @p id: unlike it, not reused after a crash. @return It. */
    uint64_t NumberOf(ConnectionId id) const;

    /** @brief The connection that traces call @p number; null if it has ended. @return It. */
    std::shared_ptr<const lifecycle::Connection> FindByNumber(uint64_t number) const;

    /** @brief All connections and listeners there are, by number. @return Them, as `open`. */
    std::vector<LifecycleEnd> Open() const;

    /** @brief How many users have a connection or listen. @return The number. */
    uint32_t CountUsers() const;

    /** @brief The one with number @p index, from 0, in the order of their connections. @return It. */
    ConnectionUser* GetUser(uint32_t index) const;

    /** @brief What has happened to listeners and TIME-WAIT so far, over all boots. @return It. */
    lifecycle::ListenCounters Counters() const;

    /** @brief How many connections and listeners are in @p state. @return The number. */
    uint32_t CountIn(lifecycle::State state) const;

    /** @brief Fixes the random stream of secrets. @return The number of streams used. */
    int64_t AssignStreams(int64_t stream);

    // The network and the clock

    /**
     * @brief A segment has arrived over @p device.
     *
     * Who is bound to another device does not see it, and a listener's user may refuse a SYN: then it
     * is for nobody.
     * @return Whether some connection or listener exists for it.
     */
    bool SegmentArrives(const lifecycle::FourTuple& path,
                        const lifecycle::Segment& segment,
                        Ptr<Packet> payload,
                        Ptr<NetDevice> device);

    // What ends all connections; inside an input, when that has been dealt with

    /** @brief All state is gone, users are told, and the host stays down. */
    void Crash();

    /** @brief All state is gone, users are told, and the host is up. */
    void Reboot();

    /** @brief All state is gone, nobody is told, nothing more will happen. */
    void Dispose();

    /** @brief Whether the host is down, or about to be. @return Whether it is. */
    bool IsDown() const;

    /** @brief How often all state was lost so far: what was bound before that is not bound now. */
    uint32_t Boot() const;

  private:
    /** An action that waits, and the payload that came with its cause. */
    struct Pending
    {
        lifecycle::Action action;
        Ptr<const Packet> payload;
    };

    /** What ends all connections. */
    enum class Demand
    {
        CRASH,
        REBOOT,
        DISPOSE,
    };

    /** While one is alive, demands wait, and so does the end of the node and its TCP. */
    class Input
    {
      public:
        explicit Input(HostDriver& driver);
        ~Input();
        Input(const Input&) = delete;
        Input& operator=(const Input&) = delete;

      private:
        HostDriver& m_driver;
        Ptr<Node> m_node; ///< keeps alive all that is aggregated to it
    };

    /** What ns-3 keeps for one connection or listener. */
    struct Record
    {
        User user;             ///< null for a child that nobody has accepted
        Ptr<NetDevice> device; ///< the only one to use, or null
        SendBuffer sent;
        ReceiveBuffer received;
        std::optional<lifecycle::Endpoint> binding; ///< to give back
        lifecycle::FourTuple path;
        bool discards{false};   ///< the user does not read
        bool peerClosed{false}; ///< no more data will come
        Time opened;
        std::optional<lifecycle::SeqNum> sentUpTo; ///< behind the last octet sent so far
        uint64_t octetsSent{0};
        uint64_t octetsReceived{0};
        uint32_t retransmissions{0};

        /** @brief Counts a segment that goes out. @return How many of its octets never went before. */
        uint32_t CountSent(const lifecycle::Segment& segment);
    };

    /** @brief What an OPEN has made belongs to @p user, before anybody hears of it. */
    void Opened(const User& user,
                Ptr<NetDevice> device,
                const std::optional<lifecycle::Endpoint>& binding,
                const lifecycle::OpenResult& result);
    /** @brief Whether the user of @p receiver is there for a segment. @return Whether it is. */
    bool Admits(lifecycle::Receiver receiver,
                const lifecycle::FourTuple& path,
                const lifecycle::Segment& segment,
                Ptr<NetDevice> device);
    /** @brief Tags @p packet with what the user of @p id has said of its packets. */
    void Tag(ConnectionId id, lifecycle::Family family, Ptr<Packet> packet) const;
    /** @brief The Host, made when first needed, for a call that may change it. @return It. */
    lifecycle::Host& GetHost();
    /** @brief A fresh secret. @return The secret. */
    lifecycle::SipHashKey DrawSecret();
    Record& RecordOf(ConnectionId id);
    Record* FindRecord(ConnectionId id);
    const Record* FindRecord(ConnectionId id) const;

    /** @brief Performs what waits. */
    void PerformAll();
    void Ask(Demand demand);
    void MeetDemands();
    /** @brief The host is no more. @return What there was. */
    std::map<ConnectionId, Record> TakeRecords();
    void LoseEverything();
    /** @brief Performs @p out, or leaves it to whoever is performing. */
    void Run(lifecycle::Actions& out, Ptr<const Packet> payload = nullptr);
    /** @brief An input to @p id may have changed what its user watches. */
    void Note(ConnectionId id);
    /** @brief Tells the users of whom Note has heard what has changed. */
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
    void Perform(const lifecycle::Forget& forget);
    LifecycleEnd Describe(ConnectionId id, const Record& record, std::string_view reason) const;

    HostObserver& m_observer;
    NodeSettings& m_settings;
    const IpLayer& m_ip;
    Ptr<UniformRandomVariable> m_secretSource;
    std::unique_ptr<lifecycle::Host> m_host; ///< made when first needed, after all settings
    uint64_t m_calls{0};                     ///< of GetHost
    std::map<ConnectionId, Record> m_records;
    std::set<ConnectionId> m_listeners;
    std::deque<Pending> m_pending;
    std::set<ConnectionId> m_noted; ///< for TellStatus
    std::deque<Demand> m_demands;
    uint32_t m_inputs{0};        ///< those inside another included
    bool m_isDown{false};        ///< since a crash
    uint32_t m_boot{0};          ///< for Boot
    Ptr<const Packet> m_payload; ///< of the action that is being performed
    bool m_isPerforming{false};
    bool m_willPerform{false}; ///< an event will
    EventId m_wakeUp;
    lifecycle::Instant m_wakeUpAt;
    uint64_t m_lastId{0};                       ///< the greatest that the Host has given
    uint64_t m_idsBefore{0};                    ///< given by Hosts before the last crash
    lifecycle::ListenCounters m_countersBefore; ///< of those Hosts
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_STACK_HOST_DRIVER_H
