// What a recording is made of: hosts and links at the beginning, files at the end.

#include "run-recording.h"

#include "translation.h"

#include "ns3/channel.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/traffic-control-layer.h"

#include <set>
#include <sstream>
#include <sys/resource.h>
#include <sys/utsname.h>

namespace ns3::lifecycle_internal
{

lifecycle::RunRecorder&
RunRecording::Recorder()
{
    if (!m_recorder)
    {
        for (std::size_t i = 0; i < m_hosts.size(); ++i)
        {
            m_hosts[i].address = FirstAddress(m_nodes[i]);
        }
        m_runFolder.emplace(m_folder, m_force);
        m_recorder.emplace(*m_runFolder, m_options, m_hosts);
    }
    return *m_recorder;
}

std::string
RunRecording::FirstAddress(Ptr<Node> node) const
{
    const Ptr<Ipv4> ipv4 = node->GetObject<Ipv4>();
    std::ostringstream text;
    if (ipv4 && ipv4->GetNInterfaces() > 1 && ipv4->GetNAddresses(1) > 0)
    {
        text << ipv4->GetAddress(1, 0).GetLocal();
        return text.str();
    }
    Ptr<Ipv6> ipv6 = node->GetObject<Ipv6>();
    for (uint32_t i = 0; ipv6 && ipv6->GetNInterfaces() > 1 && i < ipv6->GetNAddresses(1); ++i)
    {
        const Ipv6Address address = ipv6->GetAddress(1, i).GetAddress();
        if (!address.IsLinkLocal())
        {
            text << address;
            break;
        }
    }
    return text.str();
}

void
RunRecording::AddHost(Ptr<Node> node, const std::string& name, const std::string& role)
{
    const std::size_t host = m_hosts.size();
    m_nodes.push_back(node);
    m_hosts.push_back({name, role, ""});
    m_numbers.emplace_back();
    m_queues.emplace_back(0, 0);
    m_hostOfNode[node->GetId()] = host;
    if (Ptr<TrafficControlLayer> queues = node->GetObject<TrafficControlLayer>())
    {
        queues->TraceConnectWithoutContext(
            "TcDrop",
            MakeCallback(&RunRecording::TrafficDrop, this).Bind(host));
    }

    Ptr<LifecycleL4Protocol> tcp = node->GetObject<LifecycleL4Protocol>();
    if (!tcp)
    {
        m_hosts[host].tellsAll = false;
        Ptr<Ipv4> ipv4 = node->GetObject<Ipv4>();
        m_hosts[host].hasTcp = ipv4 != nullptr;
        if (!ipv4)
        {
            return; // the host may have an injector instead, see AddInjector
        }
        using std::string_view_literals::operator""sv;
        const auto trace = [&](const char* source, std::string_view kind) {
            ipv4->TraceConnectWithoutContext(
                source,
                MakeCallback(&RunRecording::StockSegment, this).Bind(host, kind));
        };
        trace("Tx", "tx"sv);
        trace("Rx", "rx"sv);
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
    if (m_options.segments)
    {
        auto segments = MakeCallback(&RunRecording::Segment, this);
        connect("Tx", segments.Bind(host, std::string_view("tx")));
        connect("Rx", segments.Bind(host, std::string_view("rx")));
        connect("Drop", segments.Bind(host, std::string_view("drop")));
    }
}

void
RunRecording::AddLink(const NetDeviceContainer& devices)
{
    if (!m_options.segments)
    {
        return;
    }
    std::set<Ptr<Channel>> channels;
    for (auto device = devices.Begin(); device != devices.End(); ++device)
    {
        (*device)->TraceConnectWithoutContext(
            "MacTxDrop",
            MakeCallback(&RunRecording::QueueDrop, this).Bind(*device));
        channels.insert((*device)->GetChannel());
    }
    for (const Ptr<Channel>& channel : channels)
    {
        auto fate = MakeCallback(&RunRecording::Fate, this);
        channel->TraceConnectWithoutContext("Lost", fate.Bind(std::string_view("lost")));
        channel->TraceConnectWithoutContext("Delayed", MakeCallback(&RunRecording::Delayed, this));
        channel->TraceConnectWithoutContext("Duplicated", fate.Bind(std::string_view("dup")));
        channel->TraceConnectWithoutContext("Corrupted", fate.Bind(std::string_view("corrupt")));
    }
}

// The end

void
RunRecording::AddFailedOpen(Ptr<Node> node, const std::string& reason)
{
    Recorder().OpenFailed(m_hostOfNode.at(node->GetId()), reason);
}

void
RunRecording::Finish()
{
    lifecycle::RunRecorder& recorder = Recorder();
    std::vector<std::vector<lifecycle::RecordedEnd>> open(m_hosts.size());
    std::set<std::string> counterfactuals;
    for (std::size_t host = 0; host < m_hosts.size(); ++host)
    {
        if (Ptr<LifecycleL4Protocol> tcp = m_nodes[host]->GetObject<LifecycleL4Protocol>())
        {
            for (const LifecycleEnd& end : tcp->GetOpenConnections())
            {
                open[host].push_back({end.connection,
                                      "open",
                                      end.octetsSent,
                                      end.octetsReceived,
                                      end.retransmissions});
            }
            counterfactuals.merge(tcp->GetCounterfactuals());
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

    std::vector<lifecycle::Metric> metrics = recorder.Metrics();
    for (lifecycle::Metric& metric : metrics)
    {
        const auto form = m_closedForms.find({metric.name, metric.host});
        if (form != m_closedForms.end())
        {
            metric.closedForm = form->second;
        }
    }
    m_runFolder->Write("summary.json", SummaryJson(metrics));

    nlohmann::ordered_json hosts = nlohmann::ordered_json::array();
    for (const lifecycle::RecordedHost& host : m_hosts)
    {
        hosts.push_back({{"name", host.name}, {"role", host.role}, {"address", host.address}});
    }
    nlohmann::ordered_json manifest{
        {"schema", 1},
        {"program", m_program},
        {"module-version", LIFECYCLE_VERSION},
        {"ns3-version", LIFECYCLE_NS3_VERSION},
        {"stack", m_stack},
        {"preset", m_preset},
        {"counterfactuals", counterfactuals},
        {"rng-seed", RngSeedManager::GetSeed()},
        {"rng-run", RngSeedManager::GetRun()},
        {"parameters", m_parameters},
        {"changed", m_changed},
        {"input-files", m_inputFiles},
        {"hosts", hosts},
        {"record", m_record},
        {"end_s", Simulator::Now().GetSeconds()},
    };
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
