#include "workload.h"

#include "addresses.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/lifecycle-arrivals.h"
#include "ns3/lifecycle-client.h"
#include "ns3/lifecycle-server.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/string.h"

#include <algorithm>
#include <cmath>

namespace ns3::lifecycle_internal
{

namespace
{

constexpr std::uint16_t SERVER_PORT = 80;

// Ports of connections that both ends open, in turn.
constexpr std::uint16_t FIRST_COMMON_PORT = 10000;
constexpr std::uint16_t COMMON_PORTS = 50000;

// Random streams; those of links and injectors lie above.
constexpr std::int64_t ARRIVALS_STREAM = 10;
constexpr std::int64_t OPEN_DELAY_STREAM = 11;
constexpr std::int64_t SERVER_OPEN_DELAY_STREAM = 12;
constexpr std::int64_t APPLICATIONS_STREAM = 10000000;
constexpr std::int64_t STREAMS_OF_AN_APPLICATION = 10;

} // namespace

Time
DrawTime(const Ptr<RandomVariableStream>& variable)
{
    return NanoSeconds(std::llround(std::min(std::fmax(variable->GetValue(), 0), 1e9) * 1e9));
}

Ptr<RandomVariableStream>
MakeVariable(const DrawnTime& drawn, std::int64_t stream)
{
    PointerValue value;
    value.DeserializeFromString(VariableText(drawn), MakePointerChecker<RandomVariableStream>());
    const Ptr<RandomVariableStream> variable = value.Get<RandomVariableStream>();
    variable->SetStream(stream);
    return variable;
}

Workload::Workload(const LifecycleScenario& config,
                   const NodeContainer& clients,
                   Ptr<Node> server,
                   LifecycleTraceHelper& trace)
    : m_config(config),
      m_clients(clients),
      m_server(server),
      m_trace(trace),
      m_isSilent(clients.GetN(), false),
      m_arrivals(CreateObject<LifecycleArrivals>()),
      m_openDelay(MakeVariable(config.openDelay, OPEN_DELAY_STREAM)),
      m_serverOpenDelay(MakeVariable(config.openDelayServer, SERVER_OPEN_DELAY_STREAM))
{
    MakeServer();
    for (std::uint32_t i = 0; i < m_clients.GetN(); ++i)
    {
        MakeClient(i);
    }
    m_arrivals->SetAttribute("Process", StringValue(config.arrivals));
    m_arrivals->SetAttribute("Rate", DoubleValue(config.rate));
    m_arrivals->SetAttribute("BurstRate", DoubleValue(config.burstRate));
    m_arrivals->SetAttribute("QuietTime", TimeValue(config.quietLength));
    m_arrivals->SetAttribute("BurstTime", TimeValue(config.burstLength));
    m_arrivals->AssignStreams(ARRIVALS_STREAM);
    if (config.arrivals == "file")
    {
        const std::string problem = m_arrivals->ReadFile(config.arrivalsFile);
        if (!problem.empty())
        {
            throw UsageError("--arrivals-file: " + problem + ".");
        }
    }
    PlanNext();
}

Workload::~Workload() = default;

void
Workload::Configure(Ptr<Application> app)
{
    const auto drawn = [&](const char* attribute, const auto& value) {
        app->SetAttribute(attribute, StringValue(VariableText(value)));
    };
    drawn("RequestSize", m_config.requestSize);
    drawn("ResponseSize", m_config.responseSize);
    drawn("Requests", m_config.requests);
    drawn("Think", m_config.think);
    drawn("Hold", m_config.hold);
    drawn("CloseDelay", m_config.closeDelay);
    app->SetAttribute("CloseFirst", StringValue(m_config.closeFirst));
    app->SetAttribute("CloseFirstProbability", DoubleValue(m_config.closeFirstProbability));
    app->SetAttribute("HalfClose", BooleanValue(m_config.halfClose));
    app->SetAttribute("ServerFirst", BooleanValue(m_config.serverFirst));
    app->TraceConnectWithoutContext("Socket", MakeCallback(&Workload::AddStockSocket, this));
}

void
Workload::MakeServer()
{
    m_serverApp = CreateObject<LifecycleServer>();
    Configure(m_serverApp);
    const bool isIpv6 = m_config.ipVersion == "6";
    const Address local = isIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), SERVER_PORT))
                                 : Address(InetSocketAddress(Ipv4Address::GetAny(), SERVER_PORT));
    m_serverApp->SetAttribute("Local", AddressValue(local));
    m_serverApp->SetAttribute("ReadDelay", StringValue(VariableText(m_config.readDelay)));
    if (!m_config.acceptTime.IsZero())
    {
        m_serverApp->SetAttribute("AcceptTime", StringValue(VariableText(m_config.acceptTime)));
    }
    m_serverApp->AssignStreams(APPLICATIONS_STREAM);
    if (m_config.listen)
    {
        m_server->AddApplication(m_serverApp);
    }
    else
    {
        m_serverApp->SetNode(m_server);
    }
}

void
Workload::MakeClient(std::uint32_t index)
{
    const Ptr<LifecycleClient> app = CreateObject<LifecycleClient>();
    Configure(app);
    app->SetAttribute("Remote", AddressValue(EndAt(m_config, index, 1, SERVER_PORT)));
    app->TraceConnectWithoutContext("OpenFailed", MakeCallback(&Workload::OpenFailed, this));
    app->SetServer(m_serverApp);
    app->AssignStreams(APPLICATIONS_STREAM + (index + 1) * STREAMS_OF_AN_APPLICATION);
    m_clients.Get(index)->AddApplication(app);
    m_clientApps.push_back(app);
}

void
Workload::AddStockSocket(Ptr<Socket> socket, const Address& remote)
{
    m_trace.AddSocket(socket, remote);
}

void
Workload::OpenFailed(Ptr<Node> node, const std::string& reason)
{
    ++m_failed;
    m_trace.AddFailedOpen(node, reason);
}

void
Workload::PlanNext()
{
    if (m_arrivals->HasNext())
    {
        Simulator::Schedule(m_arrivals->NextGap(), &Workload::OpenNext, this);
    }
}

void
Workload::OpenNext()
{
    const bool isOver = m_config.arrivals == "file" ? false
                        : m_config.duration.IsStrictlyPositive()
                            ? Simulator::Now() >= m_config.duration
                            : m_opened >= m_config.connections;
    if (isOver)
    {
        return;
    }
    Open(static_cast<std::uint32_t>(m_opened++ % m_config.clients));
    PlanNext();
}

void
Workload::Open(std::uint32_t client)
{
    if (m_config.open == "simultaneous")
    {
        OpenBothEnds(client);
        return;
    }
    if (!m_isSilent[client])
    {
        Simulator::ScheduleWithContext(m_clients.Get(client)->GetId(),
                                       Seconds(0),
                                       &LifecycleClient::Open,
                                       m_clientApps[client]);
    }
}

void
Workload::OpenBothEnds(std::uint32_t client)
{
    const auto port = static_cast<std::uint16_t>(FIRST_COMMON_PORT + (m_opened - 1) % COMMON_PORTS);
    const Address here = EndAt(m_config, client, 0, port);
    const Address there = EndAt(m_config, client, 1, port);
    Simulator::ScheduleWithContext(m_clients.Get(client)->GetId(),
                                   DrawTime(m_openDelay),
                                   &LifecycleClient::OpenFrom,
                                   m_clientApps[client],
                                   here,
                                   there);
    Simulator::ScheduleWithContext(m_server->GetId(),
                                   DrawTime(m_serverOpenDelay),
                                   &LifecycleServer::OpenFrom,
                                   m_serverApp,
                                   there,
                                   here);
}

void
Workload::Silence(Ptr<Node> node)
{
    for (std::uint32_t i = 0; i < m_clients.GetN(); ++i)
    {
        m_isSilent[i] = m_isSilent[i] || m_clients.Get(i) == node;
    }
}

void
Workload::Restart(Ptr<Node> node)
{
    for (std::uint32_t i = 0; i < m_clients.GetN(); ++i)
    {
        m_isSilent[i] = m_isSilent[i] && m_clients.Get(i) != node;
    }
    if (node == m_server && m_config.listen)
    {
        m_serverApp->Listen();
    }
}

void
Workload::Exit(Ptr<Node> node)
{
    if (node == m_server)
    {
        m_serverApp->Exit();
        return;
    }
    for (std::uint32_t i = 0; i < m_clients.GetN(); ++i)
    {
        if (m_clients.Get(i) == node)
        {
            m_isSilent[i] = true; // nobody is there to open
            m_clientApps[i]->Exit();
        }
    }
}

} // namespace ns3::lifecycle_internal
