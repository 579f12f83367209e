#include "held-channel.h"

#include "ns3/node.h"
#include "ns3/simulator.h"
#include "ns3/trace-source-accessor.h"

namespace replay
{

ns3::TypeId
HeldChannel::GetTypeId()
{
    static ns3::TypeId tid =
        ns3::TypeId("replay::HeldChannel")
            .SetParent<ns3::SimpleChannel>()
            .AddConstructor<HeldChannel>()
            .AddTraceSource("Lost",
                            "A packet is lost: packet, sending device, reason.",
                            ns3::MakeTraceSourceAccessor(&HeldChannel::m_lost),
                            "ns3::ImpairedChannel::FateTracedCallback")
            .AddTraceSource("Duplicated",
                            "There is one more copy of a packet: packet, sending device, reason.",
                            ns3::MakeTraceSourceAccessor(&HeldChannel::m_duplicated),
                            "ns3::ImpairedChannel::FateTracedCallback");
    return tid;
}

void
HeldChannel::Connect(ns3::Ptr<ns3::SimpleNetDevice> device)
{
    m_receivers.push_back(device);
}

void
HeldChannel::Deliver(std::size_t number, std::size_t host, bool isCopied)
{
    const Held held = m_packets.at(number - 1);
    if (isCopied)
    {
        m_duplicated(held.packet, held.sender, "");
    }
    Arrive(held, host);
}

void
HeldChannel::Lose(std::size_t number)
{
    const Held held = m_packets.at(number - 1);
    m_lost(held.packet, held.sender, "loss");
}

void
HeldChannel::Aim(ns3::Ptr<ns3::SimpleNetDevice> attacker, std::size_t host)
{
    m_attacker = attacker;
    m_victim = host;
}

void
HeldChannel::Arrive(const Held& held, std::size_t host) const
{
    const auto device = m_receivers.at(host);
    const auto arrive = [held, device] {
        device->Receive(held.packet->Copy(),
                        held.protocol,
                        ns3::Mac48Address::ConvertFrom(device->GetAddress()),
                        held.from);
    };
    ns3::Simulator::ScheduleWithContext(device->GetNode()->GetId(), ns3::Time(0), arrive);
}

void
HeldChannel::Send(ns3::Ptr<ns3::Packet> packet,
                  std::uint16_t protocol,
                  ns3::Mac48Address /* to */,
                  ns3::Mac48Address from,
                  ns3::Ptr<ns3::SimpleNetDevice> sender)
{
    const Held held{packet->Copy(), protocol, from, sender};
    if (sender == m_attacker)
    {
        Arrive(held, m_victim);
    }
    else
    {
        m_packets.push_back(held);
    }
}

} // namespace replay
