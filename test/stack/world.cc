#include "world.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/icmpv6-l4-protocol.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv6.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/node-container.h"
#include "ns3/packet.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-factory.h"

namespace ns3
{

World::World(Stack client, Stack server)
    : m_clientStack(client),
      m_serverStack(server),
      m_client(CreateObject<Node>()),
      m_server(CreateObject<Node>())
{
    RngSeedManager::SetSeed(1);
    RngSeedManager::SetRun(1);
    m_link.SetChannelAttribute("Delay", StringValue("10ms"));
    m_link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    m_link.SetHostNames("client", "server");
}

World::~World()
{
    Simulator::Destroy();
}

void
World::SetRules(const std::string& rules)
{
    m_link.SetRules(rules);
}

void
World::SetLoss(double probability)
{
    SetChannelAttribute("LossProbability", DoubleValue(probability));
}

void
World::SetChannelAttribute(const std::string& name, const AttributeValue& value)
{
    m_link.SetChannelAttribute(name, value);
}

void
World::Build()
{
    if (m_isBuilt)
    {
        return;
    }
    m_isBuilt = true;
    devices = m_link.Install(m_client, m_server);
    m_link.AssignStreams(devices, 100);
    Install(m_client, m_clientStack);
    Install(m_server, m_serverStack);
    Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
}

void
World::Install(Ptr<Node> node, Stack stack)
{
    if (stack == Stack::STOCK)
    {
        InternetStackHelper().Install(node);
        return;
    }
    LifecycleStackHelper helper;
    helper.Install(node);
    helper.AssignStreams(NodeContainer(node), 10 + 100 * node->GetId() % 1000);
    Listen(node);
}

void
World::Listen(Ptr<Node> node)
{
    const Ptr<LifecycleL4Protocol> tcp = Tcp(node);
    Events& events = Of(node);
    const auto keep = [](auto& list) {
        return Callback<void, typename std::decay_t<decltype(list)>::const_reference>(
            [&list](const auto& event) { list.push_back(event); });
    };
    tcp->TraceConnectWithoutContext("StateTransition", keep(events.transitions));
    tcp->TraceConnectWithoutContext("Tx", keep(events.tx));
    tcp->TraceConnectWithoutContext("Rx", keep(events.rx));
    tcp->TraceConnectWithoutContext("Drop", keep(events.drops));
    tcp->TraceConnectWithoutContext("ConnectionClosed", keep(events.ends));
    tcp->TraceConnectWithoutContext("Signal", keep(events.signals));
    const auto count = [](std::vector<uint32_t>& list) {
        return Callback<void, uint32_t, uint32_t>(
            [&list](uint32_t, uint32_t now) { list.push_back(now); });
    };
    tcp->TraceConnectWithoutContext("TimeWait", count(events.timeWait));
    tcp->TraceConnectWithoutContext("SynQueue", count(events.synQueue));
    tcp->TraceConnectWithoutContext("AcceptQueue", count(events.acceptQueue));
    for (std::size_t i = 0; i < LifecycleL4Protocol::GetTypeId().GetTraceSourceN(); ++i)
    {
        const auto source = LifecycleL4Protocol::GetTypeId().GetTraceSource(i);
        if (source.callback == "ns3::TracedValueCallback::Uint64")
        {
            tcp->TraceConnectWithoutContext(
                source.name,
                Callback<void, uint64_t, uint64_t>(
                    [list = &events.counters[source.name]](uint64_t, uint64_t now) {
                        list->push_back(now);
                    }));
        }
    }
}

void
World::UseIpv6()
{
    Build();
    for (uint32_t i = 0; i < devices.GetN(); ++i)
    {
        const Ptr<Node> node = devices.Get(i)->GetNode();
        node->GetObject<Icmpv6L4Protocol>()->SetAttribute("DAD", BooleanValue(false));
        const Ptr<Ipv6> ipv6 = node->GetObject<Ipv6>();
        const int32_t known = ipv6->GetInterfaceForDevice(devices.Get(i));
        const uint32_t interface =
            known >= 0 ? static_cast<uint32_t>(known) : ipv6->AddInterface(devices.Get(i));
        ipv6->SetMetric(interface, 1);
        ipv6->SetUp(interface);
        const std::string address = "2001:db8::" + std::to_string(i + 1);
        ipv6->AddAddress(interface, Ipv6InterfaceAddress(address.c_str(), Ipv6Prefix(64)));
    }
}

Ptr<LifecycleL4Protocol>
World::Tcp(Ptr<Node> node)
{
    Build();
    return LifecycleStackHelper::Of(node);
}

Ptr<Socket>
World::MakeSocket(Ptr<Node> node)
{
    Build();
    return Socket::CreateSocket(node, TcpSocketFactory::GetTypeId());
}

Ptr<LifecycleSocket>
World::OurSocket(Ptr<Node> node)
{
    return DynamicCast<LifecycleSocket>(MakeSocket(node));
}

Ptr<Socket>
World::Listen()
{
    const Ptr<Socket> listener = MakeSocket(m_server);
    EXPECT_EQ(listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT)), 0);
    EXPECT_EQ(listener->Listen(), 0);
    return listener;
}

void
World::Run(Time end)
{
    Build();
    Simulator::Stop(end - Simulator::Now());
    Simulator::Run();
}

std::string
World::Path(Ptr<Node> node) const
{
    std::string path;
    for (const LifecycleTransition& transition : m_events.at(node->GetId()).transitions)
    {
        path += path.empty() ? std::string(transition.from) : "";
        path += " " + std::string(transition.to);
    }
    return path;
}

std::string
World::Edges(Ptr<Node> node) const
{
    std::string edges;
    for (const LifecycleTransition& transition : m_events.at(node->GetId()).transitions)
    {
        edges += (edges.empty() ? "" : " ") + std::string(transition.transition);
    }
    return edges;
}

std::string
World::Sent(Ptr<Node> node) const
{
    std::string sent;
    for (const LifecycleSegment& segment : m_events.at(node->GetId()).tx)
    {
        sent += (sent.empty() ? "" : " ") + segment.flags;
    }
    return sent;
}

std::string
World::Reports(Ptr<Node> node) const
{
    std::string reports;
    for (const LifecycleSignal& told : m_events.at(node->GetId()).signals)
    {
        if (told.signal != "data arrived")
        {
            reports += (reports.empty() ? "" : ", ") + std::string(told.signal);
        }
    }
    return reports;
}

User::User(Ptr<Socket> theSocket)
{
    if (theSocket)
    {
        Serve(theSocket);
    }
}

User::~User()
{
    Release();
}

void
User::Serve(Ptr<Socket> theSocket)
{
    socket = theSocket;
    Hook();
}

void
User::Release()
{
    if (socket)
    {
        socket->SetConnectCallback(MakeNullCallback<void, Ptr<Socket>>(),
                                   MakeNullCallback<void, Ptr<Socket>>());
        socket->SetCloseCallbacks(MakeNullCallback<void, Ptr<Socket>>(),
                                  MakeNullCallback<void, Ptr<Socket>>());
        socket->SetRecvCallback(MakeNullCallback<void, Ptr<Socket>>());
        socket->SetSendCallback(MakeNullCallback<void, Ptr<Socket>, uint32_t>());
        socket = nullptr;
    }
}

void
User::Hook()
{
    socket->SetConnectCallback(MakeCallback(&User::Connected, this),
                               MakeCallback(&User::Failed, this));
    socket->SetCloseCallbacks(MakeCallback(&User::Closed, this), MakeCallback(&User::Broken, this));
    socket->SetRecvCallback(MakeCallback(&User::Readable, this));
    socket->SetSendCallback(MakeCallback(&User::Room, this));
}

void
User::ServeNext(Ptr<Socket> listener, User& user)
{
    listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                MakeCallback(&User::Accepted, &user));
}

void
User::Accepted(Ptr<Socket> theSocket, const Address& /* from */)
{
    socket = theSocket;
    Note("accepted");
    Hook();
    Fill();
}

void
User::SendPattern(uint64_t octets, bool closes)
{
    m_toSend = octets;
    m_closes = closes;
}

void
User::Note(const std::string& what)
{
    const std::string last = told.substr(told.rfind(' ') + 1);
    if (last != what)
    {
        told += (told.empty() ? "" : " ") + what;
    }
    at = what == "readable" ? at : Simulator::Now();
}

void
User::Fill()
{
    while (m_sent < m_toSend)
    {
        std::vector<uint8_t> octets(std::min<uint64_t>(1000, m_toSend - m_sent));
        for (std::size_t i = 0; i < octets.size(); ++i)
        {
            octets[i] = PatternAt(m_sent + i);
        }
        const int taken = socket->Send(octets.data(), octets.size(), 0);
        if (taken <= 0)
        {
            return;
        }
        m_sent += static_cast<uint64_t>(taken);
    }
    if (m_closes && m_toSend > 0)
    {
        m_closes = false;
        socket->ShutdownSend();
    }
}

void
User::Connected(Ptr<Socket> /* socket */)
{
    Note("connected");
    Fill();
}

void
User::Failed(Ptr<Socket> /* socket */)
{
    Note("failed");
}

void
User::Closed(Ptr<Socket> /* socket */)
{
    Note("closed");
    Readable(socket);
    if (closesOnEnd)
    {
        socket->Close();
    }
}

void
User::Broken(Ptr<Socket> /* socket */)
{
    Note("broken");
}

void
User::Room(Ptr<Socket> /* socket */, uint32_t /* octets */)
{
    Fill();
}

void
User::Readable(Ptr<Socket> /* socket */)
{
    while (const Ptr<Packet> packet = socket->Recv())
    {
        if (packet->GetSize() == 0)
        {
            sawEnd = true;
            return;
        }
        Note("readable");
        std::vector<uint8_t> octets(packet->GetSize());
        packet->CopyData(octets.data(), packet->GetSize());
        for (const uint8_t octet : octets)
        {
            isIntact = isIntact && octet == PatternAt(received);
            ++received;
        }
    }
}

void
ForgetCallbacks(Ptr<Socket> socket)
{
    const auto plain = MakeNullCallback<void, Ptr<Socket>>();
    const auto counted = MakeNullCallback<void, Ptr<Socket>, uint32_t>();
    socket->SetConnectCallback(plain, plain);
    socket->SetCloseCallbacks(plain, plain);
    socket->SetRecvCallback(plain);
    socket->SetSendCallback(counted);
    socket->SetDataSentCallback(counted);
    socket->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                              MakeNullCallback<void, Ptr<Socket>, const Address&>());
}

} // namespace ns3
