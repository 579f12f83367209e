#include "drop-watcher.h"

#include "ns3/arp-cache.h"
#include "ns3/arp-l3-protocol.h"
#include "ns3/channel.h"
#include "ns3/impaired-channel.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv4-queue-disc-item.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/ipv6-queue-disc-item.h"
#include "ns3/mac48-address.h"
#include "ns3/pointer.h"
#include "ns3/queue-disc.h"
#include "ns3/traffic-control-layer.h"

namespace ns3::lifecycle_internal
{

namespace
{

std::string
ReasonText(Ipv4L3Protocol::DropReason reason)
{
    switch (reason)
    {
    case Ipv4L3Protocol::DROP_TTL_EXPIRED:
        return "TTL expired";
    case Ipv4L3Protocol::DROP_NO_ROUTE:
    case Ipv4L3Protocol::DROP_ROUTE_ERROR:
        return "no route";
    case Ipv4L3Protocol::DROP_BAD_CHECKSUM:
        return "bad IP checksum";
    case Ipv4L3Protocol::DROP_INTERFACE_DOWN:
        return "interface down";
    case Ipv4L3Protocol::DROP_FRAGMENT_TIMEOUT:
        return "fragment missing";
    default:
        return "dropped by IP"; // newer versions of ns-3 may know more reasons
    }
}

std::string
ReasonText(Ipv6L3Protocol::DropReason reason)
{
    switch (reason)
    {
    case Ipv6L3Protocol::DROP_TTL_EXPIRED:
        return "hop limit reached";
    case Ipv6L3Protocol::DROP_NO_ROUTE:
    case Ipv6L3Protocol::DROP_ROUTE_ERROR:
        return "no route";
    case Ipv6L3Protocol::DROP_INTERFACE_DOWN:
        return "interface down";
    case Ipv6L3Protocol::DROP_FRAGMENT_TIMEOUT:
        return "fragment missing";
    default:
        return "dropped by IP";
    }
}

} // namespace

template <class Header, class Reason, class Ip>
void
DropWatcher::IpDrop(std::string where,
                    const Header& header,
                    Ptr<const Packet> payload,
                    Reason reason,
                    Ptr<Ip> /* ip */,
                    uint32_t /* interface */)
{
    if (const auto found = FindSegment(header, payload))
    {
        m_sink({*found, payload->GetUid(), ReasonText(reason), where});
    }
}

void
DropWatcher::Follow(Ptr<Node> node, const std::string& name)
{
    FollowIp(node, name);
    Ptr<TrafficControlLayer> control = node->GetObject<TrafficControlLayer>();
    if (control)
    {
        // The device's queue is full, and no queue disc waits in front of it.
        control->TraceConnectWithoutContext(
            "TcDrop",
            MakeCallback(&DropWatcher::IpPacketDrop, this).Bind(name, std::string("queue")));
    }
    for (uint32_t i = 0; i < node->GetNDevices(); ++i)
    {
        const std::string where = name + "/" + std::to_string(i);
        FollowDevice(node->GetDevice(i), where);
        Ptr<QueueDisc> disc =
            control ? control->GetRootQueueDiscOnDevice(node->GetDevice(i)) : nullptr;
        if (disc)
        {
            disc->TraceConnectWithoutContext(
                "Drop",
                MakeCallback(&DropWatcher::QueueDiscDrop, this).Bind(where));
        }
    }
}

void
DropWatcher::FollowIp(Ptr<Node> node, const std::string& name)
{
    const auto unresolved =
        MakeCallback(&DropWatcher::IpPacketDrop, this).Bind(name, std::string("no ARP answer"));
    if (Ptr<Ipv4L3Protocol> ip = node->GetObject<Ipv4L3Protocol>())
    {
        ip->TraceConnectWithoutContext(
            "Drop",
            MakeCallback(&DropWatcher::IpDrop<Ipv4Header, Ipv4L3Protocol::DropReason, Ipv4>, this)
                .Bind(name));
        for (uint32_t i = 0; i < ip->GetNInterfaces(); ++i)
        {
            if (Ptr<ArpCache> cache = ip->GetInterface(i)->GetArpCache())
            {
                cache->TraceConnectWithoutContext("Drop", unresolved);
            }
        }
    }
    if (Ptr<ArpL3Protocol> arp = node->GetObject<ArpL3Protocol>())
    {
        arp->TraceConnectWithoutContext("Drop", unresolved);
    }
    if (Ptr<Ipv6L3Protocol> ip = node->GetObject<Ipv6L3Protocol>())
    {
        ip->TraceConnectWithoutContext(
            "Drop",
            MakeCallback(&DropWatcher::IpDrop<Ipv6Header, Ipv6L3Protocol::DropReason, Ipv6>, this)
                .Bind(name));
    }
}

void
DropWatcher::FollowDevice(Ptr<NetDevice> device, const std::string& where)
{
    // A callback that held the device would keep the device, and captures of it open, for ever.
    const NetDevice* const own = PeekPointer(device);
    const auto send = MakeCallback(&DropWatcher::SendDrop, this).Bind(own, where);
    const auto receive = MakeCallback(&DropWatcher::ReceiveDrop, this).Bind(own, where);
    const bool tellsOfQueue = device->TraceConnectWithoutContext("MacTxDrop", send);
    device->TraceConnectWithoutContext("PhyRxDrop", receive);
    if (!DynamicCast<ImpairedChannel>(device->GetChannel())) // else the channel tells why
    {
        device->TraceConnectWithoutContext("PhyTxDrop",
                                           MakeCallback(&DropWatcher::FrameDrop, this)
                                               .Bind(where, std::string("not transmitted")));
    }
    PointerValue queue;
    if (!tellsOfQueue && device->GetAttributeFailSafe("TxQueue", queue) && queue.Get<Object>())
    {
        queue.Get<Object>()->TraceConnectWithoutContext("Drop", send); // as of SimpleNetDevice
    }
}

void
DropWatcher::IpPacketDrop(std::string where, std::string reason, Ptr<const Packet> packet)
{
    if (const auto found = FindSegment(packet))
    {
        m_sink({*found, packet->GetUid(), reason, where});
    }
}

void
DropWatcher::QueueDiscDrop(std::string where, Ptr<const QueueDiscItem> item)
{
    const auto tell = [&](const std::optional<FoundSegment>& found) {
        if (found)
        {
            m_sink({*found, item->GetPacket()->GetUid(), "queue", where});
        }
    };
    if (const auto v4 = DynamicCast<const Ipv4QueueDiscItem>(item))
    {
        tell(FindSegment(v4->GetHeader(), v4->GetPacket()));
    }
    else if (const auto v6 = DynamicCast<const Ipv6QueueDiscItem>(item))
    {
        tell(FindSegment(v6->GetHeader(), v6->GetPacket()));
    }
}

void
DropWatcher::FrameDrop(std::string where, std::string reason, Ptr<const Packet> frame)
{
    if (const auto framed = FindSegmentInFrame(frame))
    {
        m_sink({framed->found, frame->GetUid(), reason, where});
    }
}

void
DropWatcher::SendDrop(const NetDevice* device, std::string where, Ptr<const Packet> frame)
{
    FrameDrop(where, device->IsLinkUp() ? "queue" : "link down", frame);
}

void
DropWatcher::ReceiveDrop(const NetDevice* device, std::string where, Ptr<const Packet> frame)
{
    const auto framed = FindSegmentInFrame(frame);
    if (!framed)
    {
        return;
    }
    // Where many hear a frame, only the loss at its receiver is a loss.
    const bool isShared = device->GetChannel() && device->GetChannel()->GetNDevices() > 2;
    const bool isOurs =
        framed->destination && Address(*framed->destination) == device->GetAddress();
    if (!isShared || isOurs)
    {
        m_sink({framed->found, frame->GetUid(), "receive error", where});
    }
}

} // namespace ns3::lifecycle_internal
