#include "floor.h"

#include "ns3/ipv4-l3-protocol.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bench
{

using namespace ns3;

namespace
{

constexpr int PROTOCOL = 253; // RFC 3692 2.1: for experiments
constexpr std::size_t LARGEST = 1500;

} // namespace

std::vector<Step>
ScriptOf(const std::vector<Wire::Sent>& log, double delay)
{
    constexpr double SAME = 1e-9; // [s]
    std::vector<Step> script;
    for (const Wire::Sent& sent : log)
    {
        Step step{sent.fromClient, sent.octets, std::nullopt, {}};
        double since = log.front().at;
        for (std::size_t i = 0; i < script.size(); ++i)
        {
            const double arrival = log[i].at + delay;
            if (log[i].fromClient != sent.fromClient && arrival <= sent.at + SAME)
            {
                step.after = i;
                since = arrival;
            }
        }
        const double wait = sent.at - since;
        step.wait = wait > SAME ? Seconds(wait) : Time();
        script.push_back(step);
    }
    return script;
}

Floor::Floor(const World& world, bool isClient, const std::vector<Step>& script)
    : m_isClient(isClient),
      m_route(Create<Ipv4Route>()),
      m_steps(script.size()),
      m_replies(script.size() + 1)
{
    m_route->SetSource(AddressOf(isClient));
    m_route->SetDestination(AddressOf(!isClient));
    m_route->SetGateway(Ipv4Address::GetZero());
    m_route->SetOutputDevice(world.Device(isClient));
    for (std::size_t i = 0; i < script.size(); ++i)
    {
        if (script[i].fromClient == isClient)
        {
            m_replies[script[i].after.value_or(m_steps)].push_back(
                {i, script[i].octets, script[i].wait});
        }
    }
    const Ptr<Node> node = isClient ? world.Client() : world.Server();
    const Ptr<Ipv4L3Protocol> ipv4 = node->GetObject<Ipv4L3Protocol>();
    SetDownTarget(MakeCallback(&Ipv4L3Protocol::Send, ipv4));
    ipv4->Insert(Ptr<Floor>(this));
}

void
Floor::Open()
{
    SendAll(m_replies[m_steps]);
}

void
Floor::Send(std::size_t step, std::uint32_t octets)
{
    static std::array<std::uint8_t, LARGEST> content{};
    content[0] = static_cast<std::uint8_t>(step);
    m_down(Create<Packet>(content.data(), octets),
           AddressOf(m_isClient),
           AddressOf(!m_isClient),
           PROTOCOL,
           m_route);
}

void
Floor::SendAll(const std::vector<Reply>& replies)
{
    for (const Reply& reply : replies)
    {
        if (reply.wait.IsZero())
        {
            Send(reply.step, reply.octets);
        }
        else
        {
            Simulator::Schedule(reply.wait, &Floor::Send, this, reply.step, reply.octets);
        }
    }
}

void
Floor::OnArrival(Callback<void, std::size_t, std::uint32_t> arrived)
{
    m_arrived = arrived;
}

int
Floor::GetProtocolNumber() const
{
    return PROTOCOL;
}

IpL4Protocol::RxStatus
Floor::Receive(Ptr<Packet> packet, const Ipv4Header&, Ptr<Ipv4Interface>)
{
    std::uint8_t step = 0;
    packet->CopyData(&step, 1);
    if (!m_arrived.IsNull())
    {
        m_arrived(step, packet->GetSize());
        return RX_OK;
    }
    m_finished += step + 1U == m_steps ? 1 : 0;
    SendAll(m_replies[step]);
    return RX_OK;
}

IpL4Protocol::RxStatus
Floor::Receive(Ptr<Packet>, const Ipv6Header&, Ptr<Ipv6Interface>)
{
    return RX_ENDPOINT_UNREACH;
}

void
Floor::SetDownTarget(DownTargetCallback callback)
{
    m_down = callback;
}

void
Floor::SetDownTarget6(DownTargetCallback6)
{
}

IpL4Protocol::DownTargetCallback
Floor::GetDownTarget() const
{
    return m_down;
}

IpL4Protocol::DownTargetCallback6
Floor::GetDownTarget6() const
{
    return {};
}

} // namespace bench
