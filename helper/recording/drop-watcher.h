#ifndef LIFECYCLE_RECORDING_DROP_WATCHER_H
#define LIFECYCLE_RECORDING_DROP_WATCHER_H

#include "../../model/wire/found-segment.h"

#include "ns3/net-device.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/queue-item.h"

#include <cstdint>
#include <functional>
#include <string>

namespace ns3::lifecycle_internal
{

/** A TCP segment that ns-3 itself has dropped on its way. */
struct DroppedSegment
{
    FoundSegment found;
    uint64_t packet;    ///< the packet's id
    std::string reason; ///< in words: `queue`, `receive error`, `no route`
    std::string where;  ///< `router`: in its IP; `router/1`: at its device 1
};

/**
 * @ingroup lifecycle
 * @brief Hears of each segment that ns-3's IP, ARP, queues and devices drop, at any node.
 *
 * Source of the trace sources: ns-3's Ipv4L3Protocol, Ipv6L3Protocol, ArpL3Protocol, ArpCache,
 * TrafficControlLayer, QueueDisc, and the devices of point-to-point, csma and network. Devices that
 * trace their drops elsewhere, as those of Wi-Fi do, are not followed.
 */
class DropWatcher
{
  public:
    using Sink = std::function<void(const DroppedSegment&)>;

    /** @brief Tells @p sink of what is dropped. */
    explicit DropWatcher(Sink sink)
        : m_sink(std::move(sink))
    {
    }

    DropWatcher(const DropWatcher&) = delete;
    DropWatcher& operator=(const DropWatcher&) = delete;

    /** @brief Follows @p node, as it is now, under @p name. */
    void Follow(Ptr<Node> node, const std::string& name);

  private:
    void FollowIp(Ptr<Node> node, const std::string& name);
    void FollowDevice(Ptr<NetDevice> device, const std::string& where);

    template <class Header, class Reason, class Ip>
    void IpDrop(std::string where,
                const Header& header,
                Ptr<const Packet> payload,
                Reason reason,
                Ptr<Ip> ip,
                uint32_t interface);
    void IpPacketDrop(std::string where, std::string reason, Ptr<const Packet> packet);
    void QueueDiscDrop(std::string where, Ptr<const QueueDiscItem> item);
    void FrameDrop(std::string where, std::string reason, Ptr<const Packet> frame);
    void SendDrop(const NetDevice* device, std::string where, Ptr<const Packet> frame);
    void ReceiveDrop(const NetDevice* device, std::string where, Ptr<const Packet> frame);

    Sink m_sink;
};

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_RECORDING_DROP_WATCHER_H
