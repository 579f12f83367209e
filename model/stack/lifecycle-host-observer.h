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
struct Reports;
struct Segment;
struct SendSegment;
struct StateChanged;
struct TellUser;
struct TimerChanged;
enum class CloseReason : std::uint8_t;
} // namespace lifecycle

namespace ns3::lifecycle_internal
{

class ReceiveBuffer;

/** The numbers of connections of a Host that are traced. */
struct HostNumbers
{
    uint32_t timeWait;    ///< connections in TIME-WAIT
    uint32_t synQueue;    ///< half-open connections of all listeners
    uint32_t acceptQueue; ///< unaccepted connections of all listeners
};

// A HostDriver reports to these interfaces while it performs the actions of its Host. The receiver
// of a report may call back: the actions of such a call queue up behind the waiting actions, and a
// crash, a reboot or the end of the node happens when the current input has been dealt with.
// Reports name a connection by its number in traces.

/**
 * @ingroup lifecycle
 * @brief Hears of all connections of a host. LifecycleL4Protocol, which sends and traces, is a
 * HostObserver.
 */
class HostObserver
{
  public:
    virtual ~HostObserver() = default;

    /** @brief A segment with payload @p packet goes out, over @p device alone unless null. */
    virtual void SegmentLeaves(const lifecycle::SendSegment& send,
                               Ptr<Packet> packet,
                               Ptr<NetDevice> device,
                               uint64_t connection) = 0;
    /** @brief A segment has arrived; the actions that follow from it are not yet performed. */
    virtual void SegmentArrived(const lifecycle::FourTuple& path,
                                const lifecycle::Segment& segment,
                                Ptr<const Packet> payload,
                                uint64_t connection) = 0;
    /** @brief To which of SegmentDecided and TimerChanged anybody listens. @return Which. */
    virtual lifecycle::Reports WantedReports() const = 0;
    /** @brief Rules have decided what becomes of a segment that has arrived. */
    virtual void SegmentDecided(const lifecycle::Decided& decided,
                                Ptr<const Packet> payload,
                                uint64_t connection) = 0;
    /** @brief A segment that has arrived is discarded, as a whole or only its text. */
    virtual void SegmentDropped(const lifecycle::Dropped& dropped,
                                Ptr<const Packet> payload,
                                uint64_t connection) = 0;
    /** @brief A connection has changed its state. */
    virtual void StateChanged(const lifecycle::StateChanged& change, uint64_t connection) = 0;
    /** @brief Something has happened to a timer of a connection. */
    virtual void TimerChanged(const lifecycle::TimerChanged& change, uint64_t connection) = 0;
    /** @brief The user of the connection on @p path is told something. */
    virtual void UserTold(const lifecycle::TellUser& tell,
                          const lifecycle::FourTuple& path,
                          uint64_t connection) = 0;
    /** @brief Whether anybody listens to ConnectionEnded. @return Whether so. */
    virtual bool WantsEnds() const = 0;
    /** @brief A connection or listener has come to its end. */
    virtual void ConnectionEnded(const LifecycleEnd& end) = 0;
    /** @brief @p now holds once an input is dealt with, or all state is lost. */
    virtual void Counted(const HostNumbers& now) = 0;
    /** @brief @p counters hold from now on. */
    virtual void CountersChanged(const lifecycle::ListenCounters& counters) = 0;
};

/**
 * @ingroup lifecycle
 * @brief Hears of the one connection or listener that it uses. LifecycleSocket is a ConnectionUser.
 */
class ConnectionUser
{
  public:
    virtual ~ConnectionUser() = default;

    /**
     * @brief Asks the user of a listener, at a SYN, whether @p peer may connect.
     * @return Whether so.
     */
    virtual bool Admits(const Address& peer) = 0;
    /**
     * @brief The user has a fresh connection @p id or, if @p path has no remote port, a fresh
     * listener.
     */
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
    /** @brief @p octets have gone out for the first time. */
    virtual void OctetsSent(uint32_t octets) = 0;
    /**
     * @brief @p packet goes out for the connection and must get the tags that the user has chosen.
     */
    virtual void Tag(Ptr<Packet> packet, bool isIpv6) const = 0;
    /**
     * @brief Whether nobody would notice if the user of a connection in TIME-WAIT were gone: he has
     * closed, has been told so, is held by the connection alone, and has chosen no tags.
     * @return Whether so.
     */
    virtual bool IsDone() const = 0;
    /** @brief Whether anybody listens to StatusChanged. @return Whether so. */
    virtual bool IsWatched() const = 0;
    /** @brief Windows, timers or the like may have changed. */
    virtual void StatusChanged(const lifecycle::Connection& connection) = 0;
    /** @brief The connection is no more; @p unread, null if there is none, can still be read. */
    virtual void Ended(lifecycle::CloseReason reason, std::unique_ptr<ReceiveBuffer> unread) = 0;
    /** @brief The host has lost everything. */
    virtual void Crashed() = 0;
    /** @brief The node is gone, and nothing more will be told. */
    virtual void Detached() = 0;
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_HOST_OBSERVER_H
