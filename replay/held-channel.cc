#include "held-channel.h"

#include "ns3/ipv4-l3-protocol.h"
#include "ns3/node.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <list>

namespace replay
{

ns3::TypeId
HeldChannel::GetTypeId()
{
    static ns3::TypeId tid = ns3::TypeId("replay::HeldChannel")
                                 .SetParent<ns3::SimpleChannel>()
                                 .AddConstructor<HeldChannel>();
    return tid;
}

void
HeldChannel::Connect(std::size_t host, ns3::Ptr<ns3::SimpleNetDevice> device)
{
    m_receivers.resize(std::max(m_receivers.size(), host + 1));
    const auto losses = ns3::CreateObject<ns3::ListErrorModel>();
    device->SetReceiveErrorModel(losses);
    m_receivers[host] = {device, losses};
}

void
HeldChannel::Deliver(std::size_t number, std::size_t host, bool isLost)
{
    Arrive(m_packets.at(number - 1), m_receivers.at(host), isLost);
}

void
HeldChannel::Forge(ns3::Ptr<ns3::Packet> packet, std::size_t host)
{
    Arrive({packet, ns3::Ipv4L3Protocol::PROT_NUMBER, ns3::Mac48Address()},
           m_receivers.at(host),
           false);
}

void
HeldChannel::Arrive(const Held& held, const Receiver& receiver, bool isLost)
{
    const auto arrive = [held, receiver, isLost] {
        const std::list<std::uint32_t> none;
        const std::list<std::uint32_t> lost{static_cast<std::uint32_t>(held.packet->GetUid())};
        receiver.losses->SetList(isLost ? lost : none);
        receiver.device->Receive(held.packet->Copy(),
                                 held.protocol,
                                 ns3::Mac48Address::ConvertFrom(receiver.device->GetAddress()),
                                 held.from);
    };
    ns3::Simulator::ScheduleWithContext(receiver.device->GetNode()->GetId(), ns3::Time(0), arrive);
}

void
HeldChannel::Send(ns3::Ptr<ns3::Packet> packet,
                  std::uint16_t protocol,
                  ns3::Mac48Address /* to */,
                  ns3::Mac48Address from,
                  ns3::Ptr<ns3::SimpleNetDevice> /* sender */)
{
    m_packets.push_back({packet->Copy(), protocol, from});
}

} // namespace replay
