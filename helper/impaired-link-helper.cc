#include "impaired-link-helper.h"

#include "ns3/abort.h"
#include "ns3/data-rate.h"
#include "ns3/mac48-address.h"
#include "ns3/net-device-queue-interface.h"
#include "ns3/packet.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/queue-size.h"
#include "ns3/queue.h"
#include "ns3/string.h"

#include <set>

namespace ns3
{

ImpairedLinkHelper::ImpairedLinkHelper()
{
    m_deviceFactory.SetTypeId(PointToPointNetDevice::GetTypeId());
    m_deviceFactory.Set("DataRate", DataRateValue(DataRate("100Mbps")));
    m_channelFactory.SetTypeId(ImpairedChannel::GetTypeId());
    m_channelFactory.Set("Delay", TimeValue(MilliSeconds(10)));
    m_queueFactory.SetTypeId("ns3::DropTailQueue<Packet>");
    m_queueFactory.Set("MaxSize", QueueSizeValue(QueueSize("1000p")));
}

void
ImpairedLinkHelper::SetDeviceAttribute(const std::string& name, const AttributeValue& value)
{
    m_deviceFactory.Set(name, value);
}

void
ImpairedLinkHelper::SetChannelAttribute(const std::string& name, const AttributeValue& value)
{
    m_channelFactory.Set(name, value);
}

void
ImpairedLinkHelper::SetQueueAttribute(const std::string& name, const AttributeValue& value)
{
    m_queueFactory.Set(name, value);
}

void
ImpairedLinkHelper::SetImpairments(uint32_t sender, const LinkImpairments& impairments)
{
    const std::string problem = ImpairedChannel::FindProblem(impairments);
    NS_ABORT_MSG_UNLESS(problem.empty(), problem);
    m_impairments.at(sender) = impairments;
}

void
ImpairedLinkHelper::SetRules(const std::string& rules)
{
    const std::string problem = ImpairedChannel::FindProblemInRules(rules);
    NS_ABORT_MSG_UNLESS(problem.empty(), problem);
    m_channelFactory.Set("Rules", StringValue(rules));
}

void
ImpairedLinkHelper::SetHostNames(const std::string& first, const std::string& second)
{
    m_hostNames = {first, second};
}

void
ImpairedLinkHelper::AddOutage(Time from, Time to)
{
    m_outages.emplace_back(from, to);
}

NetDeviceContainer
ImpairedLinkHelper::Install(Ptr<Node> first, Ptr<Node> second) const
{
    auto channel = m_channelFactory.Create<ImpairedChannel>();
    NetDeviceContainer devices;
    devices.Add(InstallDevice(first, channel));
    devices.Add(InstallDevice(second, channel));
    for (uint32_t i = 0; i < 2; ++i)
    {
        channel->SetHostName(i, m_hostNames[i]);
        if (m_impairments[i])
        {
            channel->SetImpairments(i, *m_impairments[i]);
        }
    }
    for (const auto& [from, to] : m_outages)
    {
        channel->AddOutage(from, to);
    }
    return devices;
}

Ptr<NetDevice>
ImpairedLinkHelper::InstallDevice(Ptr<Node> node, Ptr<ImpairedChannel> channel) const
{
    auto device = m_deviceFactory.Create<PointToPointNetDevice>();
    device->SetAddress(Mac48Address::Allocate());
    node->AddDevice(device);
    auto queue = m_queueFactory.Create<Queue<Packet>>();
    device->SetQueue(queue);
    // The interface lets the traffic control layer stop in time; else a full queue loses packets.
    auto queueInterface = CreateObject<NetDeviceQueueInterface>();
    queueInterface->GetTxQueue(0)->ConnectQueueTraces(queue);
    device->AggregateObject(queueInterface);
    device->Attach(channel);
    return device;
}

Ptr<ImpairedChannel>
ImpairedLinkHelper::GetChannel(const NetDeviceContainer& devices)
{
    return DynamicCast<ImpairedChannel>(devices.Get(0)->GetChannel());
}

int64_t
ImpairedLinkHelper::AssignStreams(const NetDeviceContainer& devices, int64_t stream) const
{
    std::set<Ptr<Channel>> done; // the two devices of a link share one channel
    int64_t next = stream;
    for (auto device = devices.Begin(); device != devices.End(); ++device)
    {
        auto channel = DynamicCast<ImpairedChannel>((*device)->GetChannel());
        if (channel && done.insert(channel).second)
        {
            next += channel->AssignStreams(next);
        }
    }
    return next - stream;
}

} // namespace ns3
