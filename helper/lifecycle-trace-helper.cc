#include "lifecycle-trace-helper.h"

#include "../model/core/segment.h"
#include "../model/record/run-folder.h"
#include "../model/record/run-recorder.h"
#include "../model/stack/segment-codec.h"
#include "../model/stack/translation.h"

#include "ns3/impaired-channel.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-trace.h"
#include "ns3/names.h"
#include "ns3/node.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/ppp-header.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"
#include "ns3/tcp-socket-base.h"
#include "ns3/traffic-control-layer.h"

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace ns3
{

using lifecycle::RecordedConnection;
using lifecycle::RecordedSegment;

namespace
{

/** @brief The state that has this name. @param name as RFC 9293 writes it @return the state */
lifecycle::State
StateNamed(std::string_view name)
{
    for (const lifecycle::State state : lifecycle::ALL_STATES)
    {
        if (ToString(state) == name)
        {
            return state;
        }
    }
    NS_ABORT_MSG("no state is called " << name);
}

/** @brief Our state for one of ns-3's. @param state of TcpSocketBase @return the state */
lifecycle::State
StateOf(TcpSocket::TcpStates_t state)
{
    using lifecycle::State;
    switch (state)
    {
    case TcpSocket::LISTEN:
        return State::LISTEN;
    case TcpSocket::SYN_SENT:
        return State::SYN_SENT;
    case TcpSocket::SYN_RCVD:
        return State::SYN_RECEIVED;
    case TcpSocket::ESTABLISHED:
        return State::ESTABLISHED;
    case TcpSocket::CLOSE_WAIT:
        return State::CLOSE_WAIT;
    case TcpSocket::LAST_ACK:
        return State::LAST_ACK;
    case TcpSocket::FIN_WAIT_1:
        return State::FIN_WAIT_1;
    case TcpSocket::FIN_WAIT_2:
        return State::FIN_WAIT_2;
    case TcpSocket::CLOSING:
        return State::CLOSING;
    case TcpSocket::TIME_WAIT:
        return State::TIME_WAIT;
    case TcpSocket::CLOSED:
    case TcpSocket::LAST_STATE:
        break;
    }
    return State::CLOSED;
}

std::string
OptionsOf(const lifecycle::Segment& segment)
{
    return segment.mss ? "mss " + std::to_string(*segment.mss) : "";
}

/** A TCP segment found in a packet. */
struct Found
{
    lifecycle::FourTuple path; ///< seen from the sender
    lifecycle::Segment segment;
};

/** The two addresses of a packet. */
struct IpEnds
{
    lifecycle::Address source;
    lifecycle::Address destination;
};

/** @brief Removes the IP header. @return the addresses, if TCP follows at once */
std::optional<IpEnds>
RemoveIpHeader(Ptr<Packet> packet)
{
    uint8_t first = 0;
    packet->CopyData(&first, 1);
    Ipv4Header v4;
    Ipv6Header v6;
    if (first >> 4 == 4 && packet->GetSize() >= v4.GetSerializedSize())
    {
        packet->RemoveHeader(v4);
        return v4.GetProtocol() == LifecycleL4Protocol::PROT_NUMBER
                   ? std::optional(IpEnds{ToCore(v4.GetSource()), ToCore(v4.GetDestination())})
                   : std::nullopt;
    }
    if (first >> 4 == 6 && packet->GetSize() >= v6.GetSerializedSize())
    {
        packet->RemoveHeader(v6);
        return v6.GetNextHeader() == LifecycleL4Protocol::PROT_NUMBER
                   ? std::optional(IpEnds{ToCore(v6.GetSource()), ToCore(v6.GetDestination())})
                   : std::nullopt;
    }
    return std::nullopt;
}

/** @brief The segment in an IP packet. @param packet from its IP header on @return it, if any */
std::optional<Found>
FindSegment(Ptr<const Packet> packet)
{
    Ptr<Packet> copy = packet->Copy();
    const auto ends = RemoveIpHeader(copy);
    if (!ends)
    {
        return std::nullopt;
    }
    std::vector<std::uint8_t> octets(copy->GetSize());
    copy->CopyData(octets.data(), static_cast<uint32_t>(octets.size()));
    const auto tcp = DecodeTcpHeader(octets.data(), octets.size());
    if (!tcp)
    {
        return std::nullopt;
    }
    Found found{{{ends->source, tcp->sourcePort}, {ends->destination, tcp->destinationPort}},
                tcp->segment};
    found.segment.len = static_cast<uint32_t>(octets.size() - tcp->length);
    return found;
}

} // namespace

/** The recorder, and what turns traces into its events. */
class LifecycleTraceHelper::Recording
{
  public:
    Recording(const std::string& folder, bool force)
        : m_folder(folder),
          m_force(force),
          m_begin(std::chrono::steady_clock::now())
    {
        lifecycle::RunFolder::CheckUsable(folder, force);
    }

    void AddHost(Ptr<Node> node, const std::string& name, const std::string& role);
    void AddLink(const NetDeviceContainer& devices);
    void AddSocket(Ptr<Socket> socket, const Address& remote);
    lifecycle::RunRecorder& Recorder();
    void Finish();

    lifecycle::RecordOptions m_options;
    std::vector<std::string> m_record{"transitions", "segments", "occupancy", "connections"};
    std::string m_program{"ns-3"};
    std::string m_stack{"lifecycle"};
    std::string m_preset{"rfc9293"};
    nlohmann::ordered_json m_parameters = nlohmann::ordered_json::object();
    std::vector<std::string> m_changed;
    std::map<std::pair<std::string, std::string>, lifecycle::Metric::ClosedForm> m_closedForms;

  private:
    /** A connection of ns-3's own TCP. */
    struct StockSocket
    {
        std::size_t host;
        Ptr<Socket> socket;
        RecordedConnection connection;
    };

    std::string FirstAddress(Ptr<Node> node) const;

    // Traces of our stack
    void Transition(std::size_t host, const LifecycleTransition& event);
    void Segment(std::size_t host, std::string_view kind, const LifecycleSegment& event);
    void End(std::size_t host, const LifecycleEnd& event);
    void SynQueue(std::size_t host, uint32_t before, uint32_t now);
    void AcceptQueue(std::size_t host, uint32_t before, uint32_t now);

    // Traces of the link
    void Fate(std::string_view kind,
              Ptr<const Packet> packet,
              Ptr<NetDevice> sender,
              const std::string& reason);
    void QueueDrop(Ptr<NetDevice> sender, Ptr<const Packet> packet);
    void TrafficDrop(std::size_t host, Ptr<const Packet> packet);

    // Traces of ns-3's own TCP
    void StockState(std::size_t number, TcpSocket::TcpStates_t before, TcpSocket::TcpStates_t now);
    void StockSegment(std::size_t host,
                      std::string_view kind,
                      Ptr<const Packet> packet,
                      Ptr<Ipv4> ipv4,
                      uint32_t interface);

    void SegmentOfPacket(std::size_t host,
                         std::string_view kind,
                         const Found& found,
                         uint64_t packet,
                         const std::string& reason);

    std::string m_folder;
    bool m_force;
    std::chrono::steady_clock::time_point m_begin;
    std::vector<Ptr<Node>> m_nodes;
    std::vector<lifecycle::RecordedHost> m_hosts;
    std::vector<std::map<std::pair<std::string, std::string>, uint64_t>> m_numbers; ///< by ends
    std::vector<std::pair<uint32_t, uint32_t>> m_queues; ///< SYN and accept queue, by host
    std::map<uint32_t, std::size_t> m_hostOfNode;
    std::vector<StockSocket> m_stockSockets;
    std::optional<lifecycle::RunFolder> m_runFolder;
    std::optional<lifecycle::RunRecorder> m_recorder;
};

lifecycle::RunRecorder&
LifecycleTraceHelper::Recording::Recorder()
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
LifecycleTraceHelper::Recording::FirstAddress(Ptr<Node> node) const
{
    Ptr<Ipv4> ipv4 = node->GetObject<Ipv4>();
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
LifecycleTraceHelper::Recording::AddHost(Ptr<Node> node,
                                         const std::string& name,
                                         const std::string& role)
{
    const std::size_t host = m_hosts.size();
    m_nodes.push_back(node);
    m_hosts.push_back({name, role, ""});
    m_numbers.emplace_back();
    m_queues.emplace_back(0, 0);
    m_hostOfNode[node->GetId()] = host;
    if (Ptr<TrafficControlLayer> queues = node->GetObject<TrafficControlLayer>())
    {
        queues->TraceConnectWithoutContext("TcDrop",
                                           MakeCallback(&Recording::TrafficDrop, this).Bind(host));
    }

    Ptr<LifecycleL4Protocol> tcp = node->GetObject<LifecycleL4Protocol>();
    if (!tcp)
    {
        Ptr<Ipv4> ipv4 = node->GetObject<Ipv4>();
        NS_ABORT_MSG_UNLESS(ipv4, "the host " << name << " has no IPv4");
        using std::string_view_literals::operator""sv;
        const auto trace = [&](const char* source, std::string_view kind) {
            ipv4->TraceConnectWithoutContext(
                source,
                MakeCallback(&Recording::StockSegment, this).Bind(host, kind));
        };
        trace("Tx", "tx"sv);
        trace("Rx", "rx"sv);
        return;
    }
    const auto connect = [&](const char* source, const CallbackBase& callback) {
        NS_ABORT_MSG_UNLESS(tcp->TraceConnectWithoutContext(source, callback),
                            "LifecycleL4Protocol has no trace source " << source);
    };
    connect("StateTransition", MakeCallback(&Recording::Transition, this).Bind(host));
    connect("ConnectionClosed", MakeCallback(&Recording::End, this).Bind(host));
    connect("SynQueue", MakeCallback(&Recording::SynQueue, this).Bind(host));
    connect("AcceptQueue", MakeCallback(&Recording::AcceptQueue, this).Bind(host));
    if (m_options.segments)
    {
        auto segments = MakeCallback(&Recording::Segment, this);
        connect("Tx", segments.Bind(host, std::string_view("tx")));
        connect("Rx", segments.Bind(host, std::string_view("rx")));
        connect("Drop", segments.Bind(host, std::string_view("drop")));
    }
}

void
LifecycleTraceHelper::Recording::AddLink(const NetDeviceContainer& devices)
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
            MakeCallback(&Recording::QueueDrop, this).Bind(*device));
        channels.insert((*device)->GetChannel());
    }
    for (const Ptr<Channel>& channel : channels)
    {
        auto fate = MakeCallback(&Recording::Fate, this);
        channel->TraceConnectWithoutContext("Lost", fate.Bind(std::string_view("lost")));
        channel->TraceConnectWithoutContext("Duplicated", fate.Bind(std::string_view("dup")));
    }
}

// Traces of our stack

void
LifecycleTraceHelper::Recording::Transition(std::size_t host, const LifecycleTransition& event)
{
    const RecordedConnection connection{event.connection,
                                        LifecycleEndName(event.local),
                                        LifecycleEndName(event.remote)};
    m_numbers[host][{connection.local, connection.remote}] = event.connection;
    Recorder().Transition(
        CurrentInstant(),
        host,
        {connection, StateNamed(event.from), StateNamed(event.to), event.transition, event.cause});
}

void
LifecycleTraceHelper::Recording::Segment(std::size_t host,
                                         std::string_view kind,
                                         const LifecycleSegment& event)
{
    RecordedSegment row;
    row.connection = {event.connection,
                      LifecycleEndName(event.local),
                      LifecycleEndName(event.remote)};
    row.event = kind;
    row.packet = event.uid;
    row.flags = event.flags;
    row.seq = event.seq;
    row.ack = event.hasAck ? std::optional(event.ack) : std::nullopt;
    row.len = event.len;
    row.window = event.window;
    row.options = event.options;
    row.reason = event.reason;
    Recorder().Segment(CurrentInstant(), host, row);
}

void
LifecycleTraceHelper::Recording::End(std::size_t host, const LifecycleEnd& event)
{
    m_numbers[host].erase({LifecycleEndName(event.local), LifecycleEndName(event.remote)});
    Recorder().End(CurrentInstant(),
                   host,
                   {event.connection,
                    std::string(event.reason),
                    event.octetsSent,
                    event.octetsReceived,
                    event.retransmissions});
}

void
LifecycleTraceHelper::Recording::SynQueue(std::size_t host, uint32_t, uint32_t now)
{
    m_queues[host].first = now;
    Recorder().Queues(CurrentInstant(), host, now, m_queues[host].second);
}

void
LifecycleTraceHelper::Recording::AcceptQueue(std::size_t host, uint32_t, uint32_t now)
{
    m_queues[host].second = now;
    Recorder().Queues(CurrentInstant(), host, m_queues[host].first, now);
}

// Traces of the link

void
LifecycleTraceHelper::Recording::Fate(std::string_view kind,
                                      Ptr<const Packet> packet,
                                      Ptr<NetDevice> sender,
                                      const std::string& reason)
{
    const auto host = m_hostOfNode.find(sender->GetNode()->GetId());
    Ptr<Packet> copy = packet->Copy();
    PppHeader ppp;
    copy->RemoveHeader(ppp);
    const auto found = FindSegment(copy);
    if (host != m_hostOfNode.end() && found)
    {
        SegmentOfPacket(host->second, kind, *found, packet->GetUid(), reason);
    }
}

void
LifecycleTraceHelper::Recording::QueueDrop(Ptr<NetDevice> sender, Ptr<const Packet> packet)
{
    Fate("lost", packet, sender, "queue");
}

void
LifecycleTraceHelper::Recording::TrafficDrop(std::size_t host, Ptr<const Packet> packet)
{
    const auto found = FindSegment(packet); // the device's queue was full: it never got there
    if (found)
    {
        SegmentOfPacket(host, "lost", *found, packet->GetUid(), "queue");
    }
}

void
LifecycleTraceHelper::Recording::SegmentOfPacket(std::size_t host,
                                                 std::string_view kind,
                                                 const Found& found,
                                                 uint64_t packet,
                                                 const std::string& reason)
{
    RecordedSegment row;
    row.connection.local = ToString(found.path.local);
    row.connection.remote = ToString(found.path.remote);
    const auto number = m_numbers[host].find({row.connection.local, row.connection.remote});
    row.connection.id = number == m_numbers[host].end() ? 0 : number->second;
    row.event = kind;
    row.packet = packet;
    row.flags = FlagNames(found.segment.flags);
    row.seq = found.segment.seq.Value();
    if (found.segment.Has(lifecycle::Flag::ACK))
    {
        row.ack = found.segment.ack.Value();
    }
    row.len = found.segment.len;
    row.window = found.segment.wnd;
    row.options = OptionsOf(found.segment);
    row.reason = reason;
    Recorder().Segment(CurrentInstant(), host, row);
}

// Traces of ns-3's own TCP

void
LifecycleTraceHelper::Recording::AddSocket(Ptr<Socket> socket, const Address& remote)
{
    Ptr<TcpSocketBase> tcp = DynamicCast<TcpSocketBase>(socket);
    if (!tcp)
    {
        return; // ours speaks for itself
    }
    const std::size_t host = m_hostOfNode.at(socket->GetNode()->GetId());
    const std::size_t number = m_stockSockets.size();
    m_stockSockets.push_back({host, socket, {number + 1, "", LifecycleEndName(remote)}});
    tcp->TraceConnectWithoutContext("State",
                                    MakeCallback(&Recording::StockState, this).Bind(number));
    Address peer;
    const bool accepted = socket->GetPeerName(peer) == 0 && peer == remote;
    if (accepted) // its way here was not to be seen
    {
        StockState(number, TcpSocket::LISTEN, TcpSocket::ESTABLISHED);
    }
}

void
LifecycleTraceHelper::Recording::StockState(std::size_t number,
                                            TcpSocket::TcpStates_t before,
                                            TcpSocket::TcpStates_t now)
{
    StockSocket& socket = m_stockSockets[number];
    Address local;
    if (socket.connection.local.empty() && socket.socket->GetSockName(local) == 0)
    {
        socket.connection.local = LifecycleEndName(local); // known from the first change on
        m_numbers[socket.host][{socket.connection.local, socket.connection.remote}] = number + 1;
    }
    Recorder().Transition(CurrentInstant(),
                          socket.host,
                          {socket.connection, StateOf(before), StateOf(now), "", ""});
    if (StateOf(now) == lifecycle::State::CLOSED)
    {
        const char* reason = before == TcpSocket::SYN_SENT ? "timed-out" : "normal";
        Recorder().End(CurrentInstant(), socket.host, {socket.connection.id, reason, 0, 0, 0});
        socket.socket = nullptr;
    }
}

void
LifecycleTraceHelper::Recording::StockSegment(std::size_t host,
                                              std::string_view kind,
                                              Ptr<const Packet> packet,
                                              Ptr<Ipv4>,
                                              uint32_t)
{
    auto found = FindSegment(packet);
    if (!found)
    {
        return;
    }
    if (kind == "rx")
    {
        std::swap(found->path.local, found->path.remote);
    }
    SegmentOfPacket(host, kind, *found, packet->GetUid(), "");
}

// The end

void
LifecycleTraceHelper::Recording::Finish()
{
    lifecycle::RunRecorder& recorder = Recorder();
    std::vector<std::vector<lifecycle::RecordedEnd>> open(m_hosts.size());
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
            for (const LifecycleCounter& counter : tcp->GetCounters())
            {
                recorder.Counter(host, counter.name, counter.unit, counter.value);
            }
        }
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
    const nlohmann::ordered_json manifest{
        {"schema", 1},
        {"program", m_program},
        {"module-version", LIFECYCLE_VERSION},
        {"ns3-version", LIFECYCLE_NS3_VERSION},
        {"stack", m_stack},
        {"preset", m_preset},
        {"counterfactuals", nlohmann::ordered_json::array()},
        {"rng-seed", RngSeedManager::GetSeed()},
        {"rng-run", RngSeedManager::GetRun()},
        {"parameters", m_parameters},
        {"changed", m_changed},
        {"hosts", hosts},
        {"record", m_record},
        {"end_s", Simulator::Now().GetSeconds()},
    };
    m_runFolder->Write("manifest.json", manifest.dump(2) + "\n");

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
}

// The public face

LifecycleTraceHelper::LifecycleTraceHelper(const std::string& folder, bool force)
    : m_recording(std::make_unique<Recording>(folder, force))
{
}

LifecycleTraceHelper::~LifecycleTraceHelper() = default;

void
LifecycleTraceHelper::Record(const std::string& what)
{
    const std::set<std::string> known{"transitions",
                                      "segments",
                                      "occupancy",
                                      "connections",
                                      "pcap"};
    std::set<std::string> wanted;
    std::istringstream list(what);
    for (std::string name; std::getline(list, name, ',');)
    {
        if (name != "none" && known.count(name) == 0)
        {
            throw std::runtime_error("--record: '" + name +
                                     "' is not allowed; allowed are transitions, segments, "
                                     "occupancy, connections and pcap, separated by commas, or "
                                     "none.");
        }
        wanted.insert(name);
    }
    lifecycle::RecordOptions& options = m_recording->m_options;
    options.transitions = wanted.count("transitions") > 0;
    options.segments = wanted.count("segments") > 0;
    options.occupancy = wanted.count("occupancy") > 0;
    options.connections = wanted.count("connections") > 0;
    wanted.erase("none");
    m_recording->m_record.assign(wanted.begin(), wanted.end());
}

void
LifecycleTraceHelper::SetOccupancyInterval(Time spacing)
{
    m_recording->m_options.occupancyInterval = ToDuration(spacing);
}

void
LifecycleTraceHelper::SetAverageInterval(Time from, Time to)
{
    m_recording->m_options.averageFrom = lifecycle::Instant(ToDuration(from));
    m_recording->m_options.averageTo = lifecycle::Instant(ToDuration(to));
}

void
LifecycleTraceHelper::SetFault(Time at)
{
    m_recording->m_options.faultAt = lifecycle::Instant(ToDuration(at));
}

void
LifecycleTraceHelper::SetProgram(const std::string& program)
{
    m_recording->m_program = program;
}

void
LifecycleTraceHelper::SetStack(const std::string& stack, const std::string& preset)
{
    m_recording->m_stack = stack;
    m_recording->m_preset = preset;
}

void
LifecycleTraceHelper::SetParameter(const std::string& name, const std::string& value, bool changed)
{
    m_recording->m_parameters[name] = value;
    if (changed)
    {
        m_recording->m_changed.push_back(name);
    }
}

void
LifecycleTraceHelper::AddHost(Ptr<Node> node, const std::string& name, const std::string& role)
{
    m_recording->AddHost(node, name, role);
}

void
LifecycleTraceHelper::AddLink(const NetDeviceContainer& devices)
{
    m_recording->AddLink(devices);
}

void
LifecycleTraceHelper::AddSocket(Ptr<Socket> socket, const Address& remote)
{
    m_recording->AddSocket(socket, remote);
}

void
LifecycleTraceHelper::Install(const NodeContainer& nodes, const NetDeviceContainer& devices)
{
    for (auto node = nodes.Begin(); node != nodes.End(); ++node)
    {
        const std::string name = Names::FindName(*node);
        AddHost(*node, name.empty() ? "node-" + std::to_string((*node)->GetId()) : name, "host");
    }
    AddLink(devices);
}

void
LifecycleTraceHelper::AddClosedForm(const std::string& metric,
                                    const std::string& host,
                                    double value,
                                    const std::string& formula,
                                    const std::string& source)
{
    m_recording->m_closedForms[{metric, host}] = {value, formula, source};
}

void
LifecycleTraceHelper::Start()
{
    m_recording->Recorder();
}

void
LifecycleTraceHelper::Finish()
{
    m_recording->Finish();
}

} // namespace ns3
