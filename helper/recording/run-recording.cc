// What a recording is made of: hosts and links at the beginning, files at the end.

#include "run-recording.h"

#include "../../model/stack/settings.h"
#include "../../model/wire/translation.h"

#include "ns3/channel.h"
#include "ns3/double.h"
#include "ns3/impaired-channel.h"
#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/names.h"
#include "ns3/node-list.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-socket-base.h"

#include <algorithm>
#include <cerrno>
#include <set>
#include <sstream>
#include <sys/resource.h>
#include <sys/utsname.h>

namespace ns3::lifecycle_internal
{

std::string
NameOf(Ptr<Node> node)
{
    const std::string name = Names::FindName(node);
    return name.empty() ? "node-" + std::to_string(node->GetId()) : name;
}

namespace
{

/** All addresses of @p node but those of the loopback interface and IPv6's link-local ones. */
std::vector<std::pair<lifecycle::Address, std::string>>
AddressesOf(Ptr<Node> node)
{
    std::vector<std::pair<lifecycle::Address, std::string>> addresses; // each with its text
    const auto add = [&addresses](const auto& address) {
        std::ostringstream text;
        text << address;
        addresses.emplace_back(ToCore(address), text.str());
    };
    const Ptr<Ipv4> ipv4 = node->GetObject<Ipv4>();
    for (uint32_t i = 1; ipv4 && i < ipv4->GetNInterfaces(); ++i)
    {
        for (uint32_t j = 0; j < ipv4->GetNAddresses(i); ++j)
        {
            add(ipv4->GetAddress(i, j).GetLocal());
        }
    }
    const Ptr<Ipv6> ipv6 = node->GetObject<Ipv6>();
    for (uint32_t i = 1; ipv6 && i < ipv6->GetNInterfaces(); ++i)
    {
        for (uint32_t j = 0; j < ipv6->GetNAddresses(i); ++j)
        {
            const Ipv6Address address = ipv6->GetAddress(i, j).GetAddress();
            if (!address.IsLinkLocal())
            {
                add(address);
            }
        }
    }
    return addresses;
}

/** The attributes of ns-3's own TCP that new sockets get, and which of them a script has changed. */
nlohmann::ordered_json
StockAttributes()
{
    nlohmann::ordered_json values = nlohmann::ordered_json::object();
    nlohmann::ordered_json changed = nlohmann::ordered_json::array();
    for (const TypeId& tid : {TcpSocket::GetTypeId(), TcpSocketBase::GetTypeId()})
    {
        for (std::size_t i = 0; i < tid.GetAttributeN(); ++i)
        {
            const TypeId::AttributeInformation about = tid.GetAttribute(i);
            const std::string type = about.checker->GetValueTypeName();
            if (type == "ns3::CallbackValue" || type == "ns3::PointerValue")
            {
                continue; // no text tells them
            }
            const std::string value = about.initialValue->SerializeToString(about.checker);
            const auto* time = dynamic_cast<const TimeValue*>(PeekPointer(about.initialValue));
            values[about.name] = time ? lifecycle::ToText(ToDuration(time->Get())) : value;
            if (value != about.originalInitialValue->SerializeToString(about.checker))
            {
                changed.push_back(about.name);
            }
        }
    }
    return {{"attributes", values}, {"changed", changed}};
}

/** How long TIME-WAIT lasts with ns-3's own TCP [s]: it knows no other factor. */
double
StockTimeWait()
{
    TypeId::AttributeInformation msl;
    TcpSocketBase::GetTypeId().LookupAttributeByName("MaxSegLifetime", &msl);
    return 2 * dynamic_cast<const DoubleValue&>(*msl.initialValue).Get();
}

} // namespace

lifecycle::RunRecorder&
RunRecording::Recorder()
{
    if (!m_recorder)
    {
        for (std::size_t i = 0; i < m_hosts.size(); ++i)
        {
            for (const auto& [address, text] : AddressesOf(m_hosts[i].node))
            {
                m_hosts[i].addresses.push_back(text);
                m_hostOfAddress.emplace(address, i);
            }
        }
        m_runFolder.emplace(m_folder, m_force);
        m_recorder.emplace(*m_runFolder, m_options, m_recordedHosts);
        if (m_options.segments)
        {
            FollowLinks();
        }
    }
    return *m_recorder;
}

void
RunRecording::AddHost(Ptr<Node> node, const std::string& name, const std::string& role)
{
    const std::size_t host = m_hosts.size();
    m_hosts.push_back({node, role});
    m_recordedHosts.push_back({name});
    m_hostOfNode[node->GetId()] = host;

    Ptr<LifecycleL4Protocol> tcp = node->GetObject<LifecycleL4Protocol>();
    if (!tcp)
    {
        m_recordedHosts[host].tellsAll = false;
        m_recordedHosts[host].hasTcp = node->GetObject<TcpL4Protocol>() != nullptr;
        if (m_options.segments && m_recordedHosts[host].hasTcp)
        {
            FollowStock(host, node->GetObject<Ipv4L3Protocol>());
            FollowStock(host, node->GetObject<Ipv6L3Protocol>());
        }
        return;
    }
    const auto connect = [&](const char* source, const CallbackBase& callback) {
        NS_ABORT_MSG_UNLESS(tcp->TraceConnectWithoutContext(source, callback),
                            "LifecycleL4Protocol has no trace source " << source);
    };
    connect("StateTransition", MakeCallback(&RunRecording::Transition, this).Bind(host));
    connect("ConnectionClosed", MakeCallback(&RunRecording::End, this).Bind(host));
    connect("SynQueue", MakeCallback(&RunRecording::SynQueue, this).Bind(host));
    connect("AcceptQueue", MakeCallback(&RunRecording::AcceptQueue, this).Bind(host));
    if (m_options.timers)
    {
        connect("Timer", MakeCallback(&RunRecording::Timer, this).Bind(host));
    }
    if (m_options.segments)
    {
        auto segments = MakeCallback(&RunRecording::Segment, this);
        connect("Tx", segments.Bind(host, std::string_view("tx")));
        connect("Rx", segments.Bind(host, std::string_view("rx")));
        connect("Drop", segments.Bind(host, std::string_view("drop")));
    }
    if (m_options.rules)
    {
        connect("Decision", MakeCallback(&RunRecording::Decision, this).Bind(host));
    }
}

/** Follows what becomes of packets at all nodes, not only at hosts, and on all our channels. */
void
RunRecording::FollowLinks()
{
    std::set<Ptr<Channel>> channels;
    for (auto node = NodeList::Begin(); node != NodeList::End(); ++node)
    {
        const auto host = m_hostOfNode.find((*node)->GetId());
        m_drops.Follow(*node,
                       host != m_hostOfNode.end() ? m_recordedHosts[host->second].name
                                                  : NameOf(*node));
        for (uint32_t i = 0; i < (*node)->GetNDevices(); ++i)
        {
            if (const Ptr<Channel> channel = (*node)->GetDevice(i)->GetChannel())
            {
                channels.insert(channel);
            }
        }
    }
    for (const Ptr<Channel>& channel : channels)
    {
        for (const auto& [source, kind] : {std::pair("Lost", "lost"),
                                           std::pair("Duplicated", "dup"),
                                           std::pair("Corrupted", "corrupt")})
        {
            // Any channel that tells as ImpairedChannel does
            TypeId::TraceSourceInformation about;
            if (channel->GetInstanceTypeId().LookupTraceSourceByName(source, &about) &&
                about.callback == "ns3::ImpairedChannel::FateTracedCallback")
            {
                auto fate = MakeCallback(&RunRecording::Fate, this);
                channel->TraceConnectWithoutContext(source, fate.Bind(std::string_view(kind)));
            }
        }
        if (DynamicCast<ImpairedChannel>(channel))
        {
            channel->TraceConnectWithoutContext("Delayed",
                                                MakeCallback(&RunRecording::Delayed, this));
        }
    }
}

// The end

void
RunRecording::AddFailedOpen(Ptr<Node> node, const std::string& reason)
{
    Recorder().OpenFailed(m_hostOfNode.at(node->GetId()), reason);
}

/** What is in force at @p host, for the manifest. */
nlohmann::ordered_json
RunRecording::StackOf(const Host& host) const
{
    if (const auto tcp = host.node->GetObject<LifecycleL4Protocol>())
    {
        StringValue preset;
        tcp->GetAttribute("Preset", preset);
        const lifecycle::StackConfig config = tcp->GetConfig();
        const lifecycle::StackConfig asPreset = *lifecycle::FindPreset(preset.Get());
        nlohmann::ordered_json attributes = nlohmann::ordered_json::object();
        nlohmann::ordered_json changed = nlohmann::ordered_json::array();
        for (const lifecycle::StackOption& option : lifecycle::StackOptions())
        {
            const std::string value = ToText(option, config);
            attributes[option.name] = value;
            if (value != ToText(option, asPreset))
            {
                changed.push_back(option.name);
            }
        }
        return {{"tcp", "lifecycle"},
                {"preset", preset.Get()},
                {"attributes", attributes},
                {"changed", changed},
                {"counterfactuals", tcp->GetCounterfactuals()},
                {"time-wait_s", ToTime(config.connection.TimeWaitLength()).GetSeconds()}};
    }
    if (host.node->GetObject<TcpL4Protocol>())
    {
        nlohmann::ordered_json stack = StockAttributes();
        return {{"tcp", "stock"},
                {"attributes", stack["attributes"]},
                {"changed", stack["changed"]},
                {"counterfactuals", nlohmann::ordered_json::array()},
                {"time-wait_s", StockTimeWait()}};
    }
    return {{"tcp", "none"},
            {"attributes", nlohmann::ordered_json::object()},
            {"changed", nlohmann::ordered_json::array()},
            {"counterfactuals", nlohmann::ordered_json::array()}};
}

std::string
RunRecording::Summary() const
{
    return m_recorder ? SummaryText(m_recorder->Metrics()) : "";
}

void
RunRecording::Finish()
{
    lifecycle::RunRecorder& recorder = Recorder();
    WriteDecided(true);
    std::vector<std::vector<lifecycle::RecordedEnd>> open(m_hosts.size());
    for (std::size_t host = 0; host < m_hosts.size(); ++host)
    {
        if (Ptr<LifecycleL4Protocol> tcp = m_hosts[host].node->GetObject<LifecycleL4Protocol>())
        {
            for (const LifecycleEnd& end : tcp->GetOpenConnections())
            {
                open[host].push_back({end.connection,
                                      "open",
                                      end.octetsSent,
                                      end.octetsReceived,
                                      end.retransmissions});
            }
            for (const LifecycleCounter& counter : tcp->GetCounters())
            {
                recorder.Counter(host, counter.name, counter.unit, counter.value);
            }
        }
    }
    for (const StockSocket& socket : m_stockSockets)
    {
        if (socket.socket)
        {
            open[socket.host].push_back({socket.connection.id, "open", 0, 0, 0});
        }
    }
    std::map<std::size_t, uint64_t> injected; // a host may have several injectors, one a link
    for (const Ptr<LifecycleInjector>& injector : m_injectors)
    {
        injected[m_hostOfNode.at(injector->GetNode()->GetId())] += injector->GetCount();
    }
    for (const auto& [host, segments] : injected)
    {
        recorder.Counter(host, "segments-injected", "segments", segments);
    }
    recorder.Finish(CurrentInstant(), open);

    m_runFolder->Write("summary.json", SummaryJson(recorder.Metrics()));

    nlohmann::ordered_json stacks = nlohmann::ordered_json::array();
    nlohmann::ordered_json hosts = nlohmann::ordered_json::array();
    for (std::size_t host = 0; host < m_hosts.size(); ++host)
    {
        const nlohmann::ordered_json stack = StackOf(m_hosts[host]);
        const auto known = std::find(stacks.begin(), stacks.end(), stack);
        const auto number = known - stacks.begin();
        if (known == stacks.end())
        {
            stacks.push_back(stack);
        }
        hosts.push_back({{"name", m_recordedHosts[host].name},
                         {"role", m_hosts[host].role},
                         {"addresses", m_hosts[host].addresses},
                         {"stack", number}});
    }
    nlohmann::ordered_json manifest{
        {"schema", 2},
        {"program", m_program.empty() ? program_invocation_short_name : m_program},
        {"module-version", LIFECYCLE_VERSION},
        {"ns3-version", LIFECYCLE_NS3_VERSION},
        {"stacks", stacks},
        {"rng-seed", RngSeedManager::GetSeed()},
        {"rng-run", RngSeedManager::GetRun()},
        {"parameters", m_parameters},
        {"changed", m_changed},
        {"input-files", m_inputFiles},
        {"hosts", hosts},
        {"record", m_record},
        {"end_s", Simulator::Now().GetSeconds()},
    };
    if (m_options.averageTo != lifecycle::Instant::max())
    {
        const auto seconds = [](lifecycle::Instant at) {
            return ToTime(at.time_since_epoch()).GetSeconds();
        };
        manifest["average"] = {{"from_s", seconds(m_options.averageFrom)},
                               {"to_s", seconds(m_options.averageTo)}};
    }
    if (m_isInterrupted)
    {
        manifest["interrupted"] = true;
    }

    utsname machine{};
    uname(&machine);
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - m_begin;
    const nlohmann::ordered_json host{
        {"machine", std::string(machine.sysname) + " " + machine.release + " " + machine.machine},
        {"wall-time_s", wall.count()},
        {"peak-memory_bytes", usage.ru_maxrss * 1024},
        {"events", Simulator::GetEventCount()},
    };
    m_runFolder->Write("host.json", host.dump(2) + "\n");
    m_runFolder->Write("manifest.json", manifest.dump(2) + "\n");
    m_runFolder->Finish();
}

} // namespace ns3::lifecycle_internal
