#include "impaired-channel-world.h"

#include "ns3/config.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-header.h"
#include "ns3/names.h"
#include "ns3/ppp-header.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/tcp-header.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/udp-socket-factory.h"

namespace ns3
{

void
ImpairedChannelTest::SetUp()
{
    RngSeedManager::SetSeed(1);
    RngSeedManager::SetRun(1);
    m_client = CreateObject<Node>();
    m_server = CreateObject<Node>();
}

void
ImpairedChannelTest::TearDown()
{
    Simulator::Destroy();
    Names::Clear();
    Config::Reset();
}

void
ImpairedChannelTest::Connect()
{
    m_devices = m_link.Install(m_client, m_server);
    m_link.AssignStreams(m_devices, 10);
    m_channel = ImpairedLinkHelper::GetChannel(m_devices);
    m_channel->TraceConnectWithoutContext("Lost",
                                          MakeCallback(&ImpairedChannelTest::NoteLost, this));
    m_channel->TraceConnectWithoutContext("Duplicated",
                                          MakeCallback(&ImpairedChannelTest::NoteDuplicated, this));
    m_channel->TraceConnectWithoutContext("Delayed",
                                          MakeCallback(&ImpairedChannelTest::NoteDelayed, this));
    m_channel->TraceConnectWithoutContext("Corrupted",
                                          MakeCallback(&ImpairedChannelTest::NoteCorrupted, this));
    NodeContainer nodes(m_client, m_server);
    InternetStackHelper().Install(nodes);
    Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(m_devices);
}

void
ImpairedChannelTest::SendDatagrams(int count, Time interval)
{
    auto receiver = Socket::CreateSocket(m_server, UdpSocketFactory::GetTypeId());
    receiver->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
    receiver->SetRecvCallback(MakeCallback(&ImpairedChannelTest::NoteArrival, this));
    auto sender = Socket::CreateSocket(m_client, UdpSocketFactory::GetTypeId());
    sender->Connect(InetSocketAddress("10.0.0.2", PORT));
    for (int i = 0; i < count; ++i)
    {
        Simulator::Schedule(i * interval, [this, sender] {
            auto packet = Create<Packet>(100);
            m_sent.push_back(packet->GetUid());
            sender->Send(packet);
        });
    }
    Simulator::Run();
}

void
ImpairedChannelTest::RunConnection(const Address& server)
{
    auto listener = Socket::CreateSocket(m_server, TcpSocketFactory::GetTypeId());
    listener->Bind(server);
    listener->Listen();
    listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                MakeCallback(&ImpairedChannelTest::Serve, this));
    auto socket = Socket::CreateSocket(m_client, TcpSocketFactory::GetTypeId());
    socket->SetConnectCallback(MakeCallback(&ImpairedChannelTest::SendAndClose, this),
                               MakeNullCallback<void, Ptr<Socket>>());
    Simulator::Schedule(Time(0), [socket, server] { socket->Connect(server); });
    Simulator::Stop(Seconds(100));
    Simulator::Run();
}

void
ImpairedChannelTest::RunConnection()
{
    RunConnection(InetSocketAddress("10.0.0.2", PORT));
}

void
ImpairedChannelTest::Serve(Ptr<Socket> socket, const Address&)
{
    socket->SetRecvCallback(MakeCallback(&ImpairedChannelTest::Receive, this));
}

void
ImpairedChannelTest::Receive(Ptr<Socket> socket)
{
    while (auto packet = socket->Recv())
    {
        if (packet->GetSize() == 0)
        {
            break; // end of file
        }
        m_octets += packet->GetSize();
    }
}

void
ImpairedChannelTest::SendAndClose(Ptr<Socket> socket)
{
    m_established = Simulator::Now();
    socket->Send(Create<Packet>(100));
    socket->Close();
}

void
ImpairedChannelTest::NoteArrival(Ptr<Socket> socket)
{
    while (auto packet = socket->Recv())
    {
        m_arrivals.emplace_back(packet->GetUid(), Simulator::Now());
    }
}

void
ImpairedChannelTest::NoteLost(Ptr<const Packet>, Ptr<NetDevice> sender, const std::string& reason)
{
    m_told.push_back(NameOf(sender) + " lost " + reason);
}

void
ImpairedChannelTest::NoteDuplicated(Ptr<const Packet>,
                                    Ptr<NetDevice> sender,
                                    const std::string& reason)
{
    m_told.push_back(NameOf(sender) + " dup " + reason);
}

void
ImpairedChannelTest::NoteCorrupted(Ptr<const Packet> packet,
                                   Ptr<NetDevice> sender,
                                   const std::string& reason)
{
    m_told.push_back(NameOf(sender) + " corrupt " + reason);
    m_beforeDamage.push_back(OctetsOf(packet));
}

std::vector<uint8_t>
ImpairedChannelTest::OctetsOf(Ptr<const Packet> packet)
{
    std::vector<uint8_t> octets(packet->GetSize());
    packet->CopyData(octets.data(), packet->GetSize());
    return octets;
}

void
ImpairedChannelTest::NoteDelayed(Ptr<const Packet>,
                                 Ptr<NetDevice> sender,
                                 Time delay,
                                 const std::string& why)
{
    m_told.push_back(NameOf(sender) + " late " + std::to_string(delay.GetMilliSeconds()) + "ms " +
                     why);
}

std::string
ImpairedChannelTest::NameOf(Ptr<NetDevice> device) const
{
    return device == m_devices.Get(0) ? "client" : "server";
}

bool
HasFin(Ptr<const Packet> packet)
{
    auto copy = packet->Copy();
    PppHeader ppp;
    Ipv4Header ipv4;
    TcpHeader tcp;
    copy->RemoveHeader(ppp);
    copy->RemoveHeader(ipv4);
    copy->RemoveHeader(tcp);
    return (tcp.GetFlags() & TcpHeader::FIN) != 0;
}

} // namespace ns3
