#ifndef LIFECYCLE_L4_PROTOCOL_H
#define LIFECYCLE_L4_PROTOCOL_H

#include "lifecycle-host-observer.h"
#include "lifecycle-trace.h"

#include "ns3/net-device.h"
#include "ns3/socket.h"
#include "ns3/tcp-l4-protocol.h"
#include "ns3/traced-callback.h"
#include "ns3/traced-value.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle
{
struct Address;
struct StackConfig;
} // namespace lifecycle

namespace ns3
{

class LifecycleSocket;

namespace lifecycle_internal
{
struct NodeStack;
} // namespace lifecycle_internal

/**
 * @ingroup lifecycle
 * @brief TCP of RFC 9293 for one node, over IPv4 and IPv6.
 *
 * This class holds no TCP rule: it decodes the packets that IP delivers, hands the segments to the
 * node's lifecycle::Host, and does what the Host answers. LifecycleStackHelper installs the
 * protocol; sockets come from the node's TcpSocketFactory as with ns-3's own TCP. Attributes that
 * hold for the whole node (EphemeralFirst, EphemeralLast, IsnPolicy, SynCacheBuckets,
 * SynCacheBucketLimit, TimeWaitLimit, TimeWaitOverflow, BlackHole, DropSynFin, CompactRecords) are
 * read once a boot, when the node first needs them. SynOptionOrder is read whenever a SYN is sent,
 * all other attributes whenever a connection is opened.
 *
 * The base class is TcpL4Protocol because InternetStackHelper, from ns-3.39 on, leaves out ns-3's
 * own TCP on a node that has a TcpL4Protocol, and because scripts ask a node for its TcpL4Protocol.
 * Only the type of the base class is of use. Its attributes have no effect (SocketList stays empty;
 * Sockets lists our sockets), and the sockets that it would make are not ours. A script may have
 * set defaults for ns-3's TCP. The protocol looks at those defaults when it is made and when the
 * simulation begins: a default with a counterpart here counts, unless the counterpart was set
 * explicitly, and stderr names the other defaults.
 */
class LifecycleL4Protocol : public TcpL4Protocol, private lifecycle_internal::HostObserver
{
  public:
    /** @brief Get the type ID. @return The type ID. */
    static TypeId GetTypeId();

    LifecycleL4Protocol();
    ~LifecycleL4Protocol() override;

    LifecycleL4Protocol(const LifecycleL4Protocol&) = delete;
    LifecycleL4Protocol& operator=(const LifecycleL4Protocol&) = delete;

    /** @brief A new socket of this node. @return The socket. */
    Ptr<Socket> CreateSocket();

    /**
     * @brief The node goes down without a word and loses all its connections.
     *
     * Until Reboot the node neither answers nor sends, and calls of its sockets fail. Sockets are
     * told (connection failed, or error close), as processes that are restarted would notice.
     *
     * If a callback or trace sink calls Crash, the node is down at once, but the rest of the crash
     * happens when the callback, and the input that has led to it, have returned. The same holds
     * for Reboot.
     */
    void Crash();

    /** @brief The node has lost all its connections, and answers again. */
    void Reboot();

    /** @brief Whether the node is down. @return True between Crash and Reboot. */
    bool IsDown() const;

    /**
     * @brief The connections and listeners that exist now, with reason `open`.
     * @return The list.
     */
    std::vector<LifecycleEnd> GetOpenConnections() const;

    /**
     * @brief The ends, state and sequence numbers of a connection: for experiments.
     * @param connection its number in the traces
     * @return Where the connection stands; nothing if the connection has ended.
     */
    std::optional<LifecycleNumbers> GetNumbers(uint64_t connection) const;

    /**
     * @brief What became of SYNs, cookies, final ACKs and records where a limit was reached.
     *
     * Each counter is also a trace source: `cookies-sent` is CookiesSent.
     * @return All counters, over all boots, in a fixed order.
     */
    std::vector<LifecycleCounter> GetCounters() const;

    /**
     * @brief How this node departs from the standard on purpose, even if only one of its sockets
     * does.
     * @return Names such as `two-way handshake`, in alphabetical order.
     */
    std::set<std::string> GetCounterfactuals() const;

    /** @brief The configuration in force at this node, whose sockets may differ. @return The values. */
    lifecycle::StackConfig GetConfig() const;

    /** @brief Sets all attributes of parameters at once, to what @p config has. */
    void SetConfig(const lifecycle::StackConfig& config);

    /**
     * @brief Fixes the random stream of the secret behind sequence numbers and ports.
     * @return The number of streams used.
     */
    int64_t AssignStreams(int64_t stream);

    int GetProtocolNumber() const override;
    RxStatus Receive(Ptr<Packet> packet,
                     const Ipv4Header& header,
                     Ptr<Ipv4Interface> incomingInterface) override;
    RxStatus Receive(Ptr<Packet> packet,
                     const Ipv6Header& header,
                     Ptr<Ipv6Interface> incomingInterface) override;
    void ReceiveIcmp(Ipv4Address icmpSource,
                     uint8_t icmpTtl,
                     uint8_t icmpType,
                     uint8_t icmpCode,
                     uint32_t icmpInfo,
                     Ipv4Address payloadSource,
                     Ipv4Address payloadDestination,
                     const uint8_t payload[8]) override;
    void ReceiveIcmp(Ipv6Address icmpSource,
                     uint8_t icmpTtl,
                     uint8_t icmpType,
                     uint8_t icmpCode,
                     uint32_t icmpInfo,
                     Ipv6Address payloadSource,
                     Ipv6Address payloadDestination,
                     const uint8_t payload[8]) override;
    void SetDownTarget(DownTargetCallback callback) override;
    void SetDownTarget6(DownTargetCallback6 callback) override;
    DownTargetCallback GetDownTarget() const override;
    DownTargetCallback6 GetDownTarget6() const override;

  protected:
    void NotifyNewAggregate() override;
    void DoInitialize() override;
    void DoDispose() override;

  private:
    /** @brief Adds all trace sources to @p tid. @return The type ID. */
    static TypeId AddTraceSources(TypeId tid);

    void SetPreset(std::string name);
    std::string GetPreset() const;
    /** @brief How many sockets have a connection or listen. @return The number. */
    uint32_t CountSockets() const;
    /**
     * @brief The socket with number @p index, from 0, in the order of OPENs.
     * @return The socket.
     */
    Ptr<LifecycleSocket> GetSocket(uint32_t index) const;

    /** What IP knows of an arriving packet. */
    struct Arrival;
    /** @brief Takes a segment that has come over IPv4 or IPv6. @return What IP needs to know. */
    RxStatus Take(Ptr<Packet> packet, const Arrival& arrival);
    /** @brief Hands the host an ICMP message about a segment from @p local to @p remote. */
    void TakeIcmp(const lifecycle::Address& local,
                  const lifecycle::Address& remote,
                  uint8_t type,
                  uint8_t code,
                  uint32_t info,
                  const uint8_t* payload);
    void TraceTx(const lifecycle::SendSegment& send, Ptr<const Packet> packet, uint64_t connection);
    void TraceDrop(const lifecycle::FourTuple& path,
                   const lifecycle::Segment& segment,
                   Ptr<const Packet> packet,
                   std::string_view reason,
                   uint64_t connection);

    // What the driver reports
    void SegmentLeaves(const lifecycle::SendSegment& send,
                       Ptr<Packet> packet,
                       Ptr<NetDevice> device,
                       uint64_t connection) override;
    void SegmentArrived(const lifecycle::FourTuple& path,
                        const lifecycle::Segment& segment,
                        Ptr<const Packet> payload,
                        uint64_t connection) override;
    lifecycle::Reports WantedReports() const override;
    void SegmentDecided(const lifecycle::Decided& decided,
                        Ptr<const Packet> payload,
                        uint64_t connection) override;
    void SegmentDropped(const lifecycle::Dropped& dropped,
                        Ptr<const Packet> payload,
                        uint64_t connection) override;
    void StateChanged(const lifecycle::StateChanged& change, uint64_t connection) override;
    void TimerChanged(const lifecycle::TimerChanged& change, uint64_t connection) override;
    void UserTold(const lifecycle::TellUser& tell,
                  const lifecycle::FourTuple& path,
                  uint64_t connection) override;
    bool WantsEnds() const override;
    void ConnectionEnded(const LifecycleEnd& end) override;
    void Counted(const lifecycle_internal::HostNumbers& now) override;
    void CountersChanged(const lifecycle::ListenCounters& counters) override;

    std::shared_ptr<lifecycle_internal::NodeStack> m_stack; ///< shared with the node's sockets

    TracedCallback<const LifecycleTransition&> m_stateTransition; ///< each change of state
    TracedCallback<const LifecycleSegment&> m_tx;                 ///< each segment sent
    TracedCallback<const LifecycleSegment&> m_rx;                 ///< each segment that arrives
    TracedCallback<const LifecycleSegment&> m_drop;               ///< each segment discarded
    TracedCallback<const LifecycleDecision&> m_decision;    ///< rules that decided about a segment
    TracedCallback<const LifecycleTimer&> m_timer;          ///< what happens to timers
    TracedCallback<const LifecycleSignal&> m_signal;        ///< what users are told
    TracedCallback<const LifecycleEnd&> m_connectionClosed; ///< each connection's end
    TracedValue<uint32_t> m_timeWait{0};                    ///< connections in TIME-WAIT
    TracedValue<uint32_t> m_synQueue{0};           ///< half-open connections of all listeners
    TracedValue<uint32_t> m_acceptQueue{0};        ///< unaccepted connections of all listeners
    std::vector<TracedValue<uint64_t>> m_counters; ///< the counters of GetCounters
};

} // namespace ns3

#endif // LIFECYCLE_L4_PROTOCOL_H
