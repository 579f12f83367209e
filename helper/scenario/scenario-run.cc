#include "scenario-run.h"

#include "addresses.h"
#include "checks.h"
#include "clock-guard.h"
#include "interrupt.h"
#include "program.h"
#include "stock.h"

#include "ns3/boolean.h"
#include "ns3/global-value.h"
#include "ns3/icmpv6-l4-protocol.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-static-routing-helper.h"
#include "ns3/ipv6.h"
#include "ns3/lifecycle-injector.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace ns3::lifecycle_internal
{

namespace
{

void
AssignAddress(Ptr<NetDevice> device, Ipv6Address address)
{
    const Ptr<Node> node = device->GetNode();
    // Without duplicate address detection, which would keep the address unusable for a second.
    node->GetObject<Icmpv6L4Protocol>()->SetAttribute("DAD", BooleanValue(false));
    const Ptr<Ipv6> ipv6 = node->GetObject<Ipv6>();
    const uint32_t interface = ipv6->AddInterface(device);
    ipv6->SetMetric(interface, 1);
    ipv6->SetUp(interface);
    ipv6->AddAddress(interface, Ipv6InterfaceAddress(address, Ipv6Prefix(64)));
}

void
AssignAddress(Ptr<NetDevice> device, Ipv4Address address)
{
    // Not by Ipv4AddressHelper, which would put a queue discipline in front of the device's queue.
    Ptr<Ipv4> ipv4 = device->GetNode()->GetObject<Ipv4>();
    const uint32_t interface = ipv4->AddInterface(device);
    ipv4->AddAddress(interface, Ipv4InterfaceAddress(address, Ipv4Mask("/30")));
    ipv4->SetMetric(interface, 1);
    ipv4->SetUp(interface);
}

/** When a fault happens, drawn once; nothing if it is never to happen. */
std::optional<Time>
DrawFault(const DrawnTime& at, std::int64_t stream)
{
    if (at.IsZero())
    {
        return std::nullopt;
    }
    return DrawTime(MakeVariable(at, stream));
}

/** Calls the library, whose errors do not know our options. @throws UsageError */
template <class Call>
void
ForOption(const std::string& option, const Call& call)
{
    try
    {
        call();
    }
    catch (const std::runtime_error& error)
    {
        throw UsageError(option + ": " + error.what());
    }
}

} // namespace

ScenarioRun::ScenarioRun(const LifecycleScenario& config)
    : m_config(config)
{
    if (IsStock())
    {
        FillStockDefaults(m_config);
    }
    GuardClock();
    RngSeedManager::SetSeed(config.seed);
    RngSeedManager::SetRun(config.run);
    GlobalValue::Bind("ChecksumEnabled", BooleanValue(config.checksums));
    m_crashAt = DrawFault(m_config.crashAt, 13);
    m_rebootAt = DrawFault(m_config.rebootAt, 14);
    m_exitAt = DrawFault(m_config.exitAt, 15);
    m_outageAt = DrawFault(m_config.outageAt, 16).value_or(Time());
    ForOutput(config, [this] {
        m_trace = std::make_unique<LifecycleTraceHelper>(m_config.output, m_config.force);
    });
    ForOption("--record", [this] { m_trace->Record(m_config.record); });
    MakeHosts();
    InstallStacks();
    MakeLinks();
    SetUpTrace();
    m_workload = std::make_unique<Workload>(m_config, m_clients, m_server, *m_trace);
    for (const std::string& file : InputFilesOf(m_config))
    {
        m_trace->AddInputFile(file);
    }
    InstallInjectors();
    PlanFaults();
}

ScenarioRun::~ScenarioRun()
{
    m_workload.reset();
    m_trace.reset();
    Simulator::Destroy();
}

bool
ScenarioRun::IsStock() const
{
    return m_config.stack == "stock";
}

std::string
ScenarioRun::ClientName(std::uint32_t index) const
{
    return m_config.clients == 1 ? "client" : "client-" + std::to_string(index + 1);
}

void
ScenarioRun::MakeHosts()
{
    m_server = CreateObject<Node>();
    m_clients.Create(m_config.clients);
    if (LifecycleInjector::FindNeeds(m_config.inject).attacker)
    {
        m_attacker = CreateObject<Node>();
    }
}

void
ScenarioRun::InstallStacks()
{
    NodeContainer all(m_server);
    all.Add(m_clients);
    if (IsStock())
    {
        ConfigureStock(m_config);
        InternetStackHelper stack;
        stack.SetIpv6StackInstall(false);
        stack.Install(all);
        stack.AssignStreams(all, 1000);
        return;
    }
    LifecycleStackHelper stack;
    stack.SetPreset(m_config.preset);
    stack.Install(all);
    for (std::uint32_t i = 0; i < all.GetN(); ++i)
    {
        lifecycle::StackConfig values = m_config.values.Get();
        const char* role = all.Get(i) == m_server ? "server" : "client";
        values.connection.keepAlive &=
            m_config.keepAliveHost == "both" || m_config.keepAliveHost == role;
        LifecycleStackHelper::Of(all.Get(i))->SetConfig(values);
    }
    stack.AssignStreams(all, 1000);
}

void
ScenarioRun::MakeLinks()
{
    ImpairedLinkHelper helper;
    helper.SetDeviceAttribute("DataRate", StringValue(m_config.linkRate));
    helper.SetChannelAttribute("Delay", TimeValue(Seconds(0))); // the impairments have it
    helper.SetQueueAttribute("MaxSize", StringValue(std::to_string(m_config.queue) + "p"));
    helper.SetImpairments(0, ImpairmentsOf(m_config.toServer, m_config.both));
    helper.SetImpairments(1, ImpairmentsOf(m_config.toClient, m_config.both));
    helper.SetRules(m_config.rules);
    if (m_config.outageDuration.IsStrictlyPositive())
    {
        helper.AddOutage(m_outageAt, m_outageAt + m_config.outageDuration);
    }
    NetDeviceContainer all;
    NodeContainer others(m_clients);
    others.Add(m_attacker ? NodeContainer(m_attacker) : NodeContainer());
    for (std::uint32_t i = 0; i < others.GetN(); ++i)
    {
        helper.SetHostNames(NameInRules(i), "server");
        m_links.push_back(helper.Install(others.Get(i), m_server));
        for (const std::uint32_t end : {0, 1})
        {
            if (m_links[i].Get(end)->GetNode() == m_attacker)
            {
                continue; // it has no IP
            }
            if (m_config.ipVersion == "6")
            {
                AssignAddress(m_links[i].Get(end), Ipv6AddressAt(i, end));
            }
            else
            {
                AssignAddress(m_links[i].Get(end), Ipv4AddressAt(i, end));
            }
        }
        all.Add(m_links[i]);
    }
    helper.AssignStreams(all, 100000);
    if (m_attacker)
    {
        RouteToAttacker();
    }
}

std::string
ScenarioRun::NameInRules(std::uint32_t link) const
{
    // A client always has its number there: rules may leave it out.
    return link < m_config.clients ? "client-" + std::to_string(link + 1) : "attacker";
}

void
ScenarioRun::RouteToAttacker()
{
    // All addresses that are nobody's are the attacker's to use.
    const std::uint32_t link = m_config.clients;
    const Ptr<NetDevice> device = m_links[link].Get(1);
    if (m_config.ipVersion == "6")
    {
        const Ptr<Ipv6> ipv6 = m_server->GetObject<Ipv6>();
        const auto interface = static_cast<uint32_t>(ipv6->GetInterfaceForDevice(device));
        Ipv6StaticRoutingHelper().GetStaticRouting(ipv6)->SetDefaultRoute(Ipv6AddressAt(link, 0),
                                                                          interface);
        return;
    }
    const Ptr<Ipv4> ipv4 = m_server->GetObject<Ipv4>();
    const auto interface = static_cast<uint32_t>(ipv4->GetInterfaceForDevice(device));
    Ipv4StaticRoutingHelper().GetStaticRouting(ipv4)->SetDefaultRoute(Ipv4AddressAt(link, 0),
                                                                      interface);
}

void
ScenarioRun::InstallInjectors()
{
    if (m_config.inject.empty())
    {
        return;
    }
    for (std::uint32_t link = 0; link < m_links.size(); ++link)
    {
        InstallInjector(link, 0);
        if (link < m_config.clients)
        {
            InstallInjector(link, 1);
        }
    }
}

void
ScenarioRun::InstallInjector(std::uint32_t link, std::uint32_t end)
{
    const std::string other = NameInRules(link);
    const Ptr<NetDevice> device = m_links[link].Get(end);
    const Ptr<LifecycleInjector> injector = CreateObject<LifecycleInjector>();
    injector->SetLink(device,
                      EndAt(m_config, link, end, 0),
                      m_links[link].Get(1 - end)->GetNode(),
                      EndAt(m_config, link, 1 - end, 0));
    injector->SetInjections(m_config.inject,
                            end == 0 ? other : "server",
                            end == 0 ? "server" : other);
    injector->AssignStreams(1000000 + 1000 * (2 * link + end));
    device->GetNode()->AddApplication(injector);
    m_injectors.push_back(injector);
    m_trace->AddInjector(injector);
}

void
ScenarioRun::SetUpTrace()
{
    LifecycleScenario defaults;
    defaults.SetPreset(m_config.preset);
    defaults.preset = LifecycleScenario().preset; // the name of another preset is told as a change
    if (IsStock())
    {
        FillStockDefaults(defaults);
    }
    for (const Option& option : ScenarioOptions())
    {
        if (IsInForce(m_config, option))
        {
            const std::string value = ToText(option, m_config);
            m_trace->SetParameter(option.name, value, value != ToText(option, defaults));
        }
    }
    m_trace->SetProgram(ProgramName());
    m_trace->SetOccupancyInterval(m_config.occupancyInterval);
    // TIME-WAIT has filled up after 2 MSL, and drains when no more connections are opened.
    const Time warmUp = m_config.WarmUp();
    const Time end = m_config.duration;
    if (m_config.rate > 0 && warmUp < end)
    {
        m_trace->SetAverageInterval(warmUp, end);
    }
    if (m_crashAt)
    {
        m_trace->SetFault(*m_crashAt);
    }
    for (std::uint32_t i = 0; i < m_config.clients; ++i)
    {
        m_trace->AddHost(m_clients.Get(i), ClientName(i), "client");
    }
    m_trace->AddHost(m_server, "server", "server");
    if (m_attacker)
    {
        m_trace->AddHost(m_attacker, "attacker", "attacker");
    }
}

Ptr<Node>
ScenarioRun::FaultNode() const
{
    for (std::uint32_t i = 0; i < m_config.clients; ++i)
    {
        if (m_config.faultHost == ClientName(i) ||
            m_config.faultHost == "client-" + std::to_string(i + 1))
        {
            return m_clients.Get(i);
        }
    }
    return m_server;
}

void
ScenarioRun::PlanFaults()
{
    const auto plan = [this](const std::optional<Time>& at, void (ScenarioRun::*fault)()) {
        if (at)
        {
            Simulator::ScheduleWithContext(FaultNode()->GetId(), *at, fault, this);
        }
    };
    plan(m_crashAt, &ScenarioRun::Crash);
    plan(m_rebootAt, &ScenarioRun::Reboot);
    plan(m_exitAt, &ScenarioRun::Exit);
}

void
ScenarioRun::Crash()
{
    FaultNode()->GetObject<LifecycleL4Protocol>()->Crash();
}

void
ScenarioRun::Reboot()
{
    FaultNode()->GetObject<LifecycleL4Protocol>()->Reboot();
    if (m_config.quietTime.IsZero())
    {
        m_workload->Restart(FaultNode());
        return;
    }
    // RFC 9293 3.4.3: it neither opens nor answers a SYN with a number of its own meanwhile.
    m_workload->Silence(FaultNode());
    Simulator::Schedule(m_config.quietTime, &Workload::Restart, m_workload.get(), FaultNode());
}

void
ScenarioRun::Exit()
{
    m_workload->Exit(FaultNode());
}

void
ScenarioRun::EnablePcap()
{
    if (m_config.record.find("pcap") == std::string::npos)
    {
        return;
    }
    for (std::uint32_t i = 0; i < m_config.clients; ++i)
    {
        const std::string folder = m_config.output + "/";
        m_captures.Add(folder + ClientName(i) + ".pcap", m_links[i].Get(0));
        m_captures.Add(folder + "server-to-" + ClientName(i) + ".pcap", m_links[i].Get(1));
    }
}

void
ScenarioRun::Progress(Ptr<const Packet>)
{
    using Clock = std::chrono::steady_clock;
    static const Clock::time_point begin = Clock::now();
    static Clock::time_point next = begin + std::chrono::seconds(2);
    if (++m_packets % 1024 != 0 || Clock::now() < next)
    {
        return;
    }
    next = Clock::now() + std::chrono::seconds(1);
    const bool isTerminal = isatty(STDERR_FILENO) != 0;
    const double seconds = Simulator::Now().GetSeconds();
    const double horizon = std::max(m_config.duration, m_config.stop).GetSeconds();
    std::fprintf(stderr, "%s%.1f s simulated", isTerminal ? "\r\033[K" : "", seconds);
    if (seconds > 0 && seconds < horizon)
    {
        const double spent = std::chrono::duration<double>(Clock::now() - begin).count();
        const double left = spent * (horizon - seconds) / seconds;
        std::fprintf(stderr, " of %.0f s, about %.0f s to go", horizon, left);
    }
    const auto opened = static_cast<unsigned long long>(m_workload->Opened());
    std::fprintf(stderr, ", %llu connections opened%s", opened, isTerminal ? "" : "\n");
    m_progressShown = isTerminal;
}

void
ScenarioRun::Simulate()
{
    EndOnInterrupt();
    ForOutput(m_config, [this] { m_trace->Start(); });
    EnablePcap();
    if (!m_config.quiet)
    {
        for (const NetDeviceContainer& link : m_links)
        {
            link.Get(1)->TraceConnectWithoutContext("PhyRxEnd",
                                                    MakeCallback(&ScenarioRun::Progress, this));
        }
    }
    if (m_config.stop.IsStrictlyPositive())
    {
        Simulator::Stop(m_config.stop);
    }
    if (!WasInterrupted()) // the simulator forgets that it is to stop when it begins
    {
        Simulator::Run();
    }
    SimulatorHasEnded();
    if (m_progressShown)
    {
        std::fprintf(stderr, "\r\033[K");
    }
    if (WasInterrupted())
    {
        m_trace->SetInterrupted();
    }
    m_captures.Close();
    m_trace->Finish();
}

int
ScenarioRun::Run()
{
    Simulate();
    const std::string& program = ProgramName();
    for (const std::string& rule : UnusedRules())
    {
        std::cerr << program << ": no segment matched the rule '" << rule << "'.\n";
    }
    for (const std::string& injection : UnusedInjections())
    {
        std::cerr << program << ": nothing was sent by the injection '" << injection << "'.\n";
    }
    if (!m_config.quiet)
    {
        std::cerr << Summary();
    }
    if (WasInterrupted())
    {
        std::cerr << program << ": interrupted; the folder holds the run up to there.\n";
        return INTERRUPTED;
    }
    return 0;
}

std::vector<std::string>
ScenarioRun::UnusedRules() const
{
    // A rule may be meant for some links only: it is unused if it is so on every link.
    std::vector<std::string> unused;
    for (std::size_t i = 0; i < m_links.size(); ++i)
    {
        const std::vector<std::string> here =
            ImpairedLinkHelper::GetChannel(m_links[i])->GetUnusedRules();
        if (i == 0)
        {
            unused = here;
        }
        const auto usedHere = [&](const std::string& rule) {
            return std::find(here.begin(), here.end(), rule) == here.end();
        };
        unused.erase(std::remove_if(unused.begin(), unused.end(), usedHere), unused.end());
    }
    return unused;
}

std::vector<std::string>
ScenarioRun::UnusedInjections() const
{
    std::map<std::string, uint64_t> sent; // one may go over several links
    for (const Ptr<LifecycleInjector>& injector : m_injectors)
    {
        for (const auto& [text, count] : injector->GetCounts())
        {
            sent[text] += count;
        }
    }
    std::vector<std::string> unused;
    for (const auto& [text, count] : sent)
    {
        if (count == 0)
        {
            unused.push_back(text);
        }
    }
    return unused;
}

std::string
ScenarioRun::Summary() const
{
    std::ostringstream text;
    const auto opened = m_workload->Opened() - m_workload->Failed();
    text << ProgramName() << ": " << opened
         << (opened == 1 ? " connection in " : " connections in ") << Simulator::Now().GetSeconds()
         << " simulated seconds";
    if (m_workload->Failed() > 0)
    {
        text << ", " << m_workload->Failed()
             << " more could not be opened (opens-failed in summary.json)";
    }
    text << "; the run is in " << m_config.output << "\n" << m_trace->Summary();
    return text.str();
}

} // namespace ns3::lifecycle_internal
