#include "syn-source.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/simulator.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-l4-protocol.h"

#include <utility>

namespace bench
{

using namespace ns3;

namespace
{

constexpr std::uint32_t FIRST_ADDRESS = 0xc6120000; // 198.18.0.0/15, for benchmarks: RFC 2544 C.2.2
constexpr std::uint64_t ADDRESSES = 256; // few: ns-3's IP keeps 64 octets for each it has sent to
constexpr std::uint16_t FIRST_PORT = 1024;

} // namespace

SynSource::SynSource(const World& world, std::uint16_t port, std::uint64_t perSecond)
    : m_device(world.Device(true)),
      m_destination(world.Device(false)->GetAddress()),
      m_port(port),
      m_gap(Seconds(1.0 / static_cast<double>(perSecond)))
{
}

void
SynSource::SendUntil(std::uint64_t count)
{
    m_until = count;
    SendNext();
}

void
SynSource::OnSent(std::function<void(std::uint64_t)> sent)
{
    m_onSent = std::move(sent);
}

void
SynSource::SendNext()
{
    if (m_sent == m_until)
    {
        return;
    }
    const std::uint64_t round = m_sent / ADDRESSES;
    TcpHeader tcp;
    tcp.SetSourcePort(static_cast<std::uint16_t>(FIRST_PORT + round));
    tcp.SetDestinationPort(m_port);
    tcp.SetSequenceNumber(SequenceNumber32(static_cast<std::uint32_t>(m_sent)));
    tcp.SetFlags(TcpHeader::SYN);
    tcp.SetWindowSize(65535);
    Ipv4Header ip;
    ip.SetSource(Ipv4Address(static_cast<std::uint32_t>(FIRST_ADDRESS + m_sent % ADDRESSES)));
    ip.SetDestination(AddressOf(false));
    ip.SetProtocol(TcpL4Protocol::PROT_NUMBER);
    ip.SetTtl(64);
    ip.SetPayloadSize(static_cast<std::uint16_t>(tcp.GetSerializedSize()));
    const Ptr<Packet> packet = Create<Packet>();
    packet->AddHeader(tcp);
    packet->AddHeader(ip);
    m_device->Send(packet, m_destination, Ipv4L3Protocol::PROT_NUMBER);
    ++m_sent;
    if (m_onSent)
    {
        m_onSent(m_sent);
    }
    Simulator::Schedule(m_gap, &SynSource::SendNext, this);
}

} // namespace bench
