#ifndef LIFECYCLE_HOST_OBSERVER_H
#define LIFECYCLE_HOST_OBSERVER_H

#include "lifecycle-trace.h"

#include "ns3/net-device.h"
#include "ns3/packet.h"
#include "ns3/ptr.h"

#include <cstdint>
#include <memory>

namespace lifecycle
{
class Connection;
struct ConnectionId;
struct Decided;
struct Dropped;
struct FourTuple;
struct ListenCounters;
struct Segment;
struct SendSegment;
struct StateChanged;
struct TellUser;
enum class CloseReason : std::uint8_t;
} // namespace lifecycle

namespace ns3::lifecycle_internal
{

class ReceiveBuffer;

/** How many a Host has of what is traced. */
struct HostNumbers
{
    uint32_t timeWait;    ///< connections in TIME-WAIT
    uint32_t synQueue;    ///< half-open, all listeners
    uint32_t acceptQueue; ///< not accepted, all listeners
};

// What a HostDriver reports, as it performs what its Host has said. Whoever is told may call back: calls
// queue up behind what is being performed, and a crash, a reboot or the end of the node comes when the
// current input has been dealt with. Connections are named by the number that traces give them.

/**
 * @ingroup lifecycle
 * @brief Hears of all connections of a host: LifecycleL4Protocol, which sends, and traces.
 */
class HostObserver
{
  public:
    virtual ~HostObserver() = default;

    /** @brief @p packet is the payload of a segment that goes out, over @p device if that is not null. */
    virtual void SegmentLeaves(const lifecycle::SendSegment& send,
                               Ptr<Packet> packet,
                               Ptr<NetDevice> device,
                               uint64_t connection) = 0;
    /** @brief A segment has arrived; what comes of it is not yet performed. */
    virtual void SegmentArrived(const lifecycle::FourTuple& path,
                                const lifecycle::Segment& segment,
                                Ptr<const Packet> payload,
                                uint64_t connection) = 0;
    /** @brief Whether SegmentDecided would tell anybody. @return Whether it would. */
    virtual bool IsAskedForDecisions() const = 0;
    /** @brief By which rules it was decided what becomes of a segment that has arrived. */
    virtual void SegmentDecided(const lifecycle::Decided& decided,
                                Ptr<const Packet> payload,
                                uint64_t connection) = 0;
    /** @brief A segment that has arrived is discarded, in whole or its text. */
    virtual void SegmentDropped(const lifecycle::Dropped& dropped,
                                Ptr<const Packet> payload,
                                uint64_t connection) = 0;
    /** @brief A connection has changed its state. */
    virtual void StateChanged(const lifecycle::StateChanged& change, uint64_t connection) = 0;
    /** @brief The user of the connection on @p path is told something. */
    virtual void UserTold(const lifecycle::TellUser& tell,
                          const lifecycle::FourTuple& path,
                          uint64_t connection) = 0;
    /** @brief A connection or listener has come to its end. */
    virtual void ConnectionEnded(const LifecycleEnd& end) = 0;
    /** @brief An input has been dealt with, or all is lost: so many there are now. */
    virtual void Counted(const HostNumbers& now, const lifecycle::ListenCounters& counters) = 0;
};

/**
 * @ingroup lifecycle
 * @brief Hears of the one connection or listener that it uses: LifecycleSocket.
 */
class ConnectionUser
{
  public:
    virtual ~ConnectionUser() = default;

    /** @brief A listener's, of a SYN: whether @p peer may connect. @return Whether it may. */
    virtual bool Admits(const Address& peer) = 0;
    /** @brief It has a fresh connection @p id or, without remote port, listener. */
    virtual void Opened(lifecycle::ConnectionId id, const lifecycle::FourTuple& path) = 0;
    /** @brief The state has changed. */
    virtual void StateChanged(const lifecycle::StateChanged& change) = 0;
    /** @brief The connection tells its user something. */
    virtual void Told(const lifecycle::TellUser& tell,
                      const lifecycle::FourTuple& path,
                      uint64_t connection) = 0;
    /** @brief The listener has a child to accept. */
    virtual void ChildReady() = 0;
    /** @brief There is room for @p octets to send. */
    virtual void RoomFreed(uint32_t octets) = 0;
    /** @brief So many octets went out for the first time. */
    virtual void OctetsSent(uint32_t octets) = 0;
    /** @brief @p packet goes out for it: gets the tags that the user has chosen. */
    virtual void Tag(Ptr<Packet> packet, bool isIpv6) const = 0;
    /** @brief Whether StatusChanged would tell anybody. @return Whether it would. */
    virtual bool IsWatched() const = 0;
    /** @brief Windows, timers or the like may have changed. */
    virtual void StatusChanged(const lifecycle::Connection& connection) = 0;
    /** @brief The connection is no more; @p unread can still be read. */
    virtual void Ended(lifecycle::CloseReason reason, std::unique_ptr<ReceiveBuffer> unread) = 0;
    /** @brief The host has lost everything. */
    virtual void Crashed() = 0;
    /** @brief The node is gone, and nothing more will be told. */
    virtual void Detached() = 0;
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_HOST_OBSERVER_H
