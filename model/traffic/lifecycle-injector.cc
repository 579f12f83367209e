#include "lifecycle-injector.h"

#include "../core/host.h"
#include "../link/injection.h"
#include "../wire/found-segment.h"
#include "../wire/segment-codec.h"
#include "../wire/translation.h"

#include "ns3/ipv4-header.h"
#include "ns3/ipv4.h"
#include "ns3/ipv6-header.h"
#include "ns3/ipv6.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/random-variable-stream.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <utility>

namespace ns3
{

using namespace lifecycle_internal;

NS_OBJECT_ENSURE_REGISTERED(LifecycleInjector);

namespace
{

constexpr uint16_t ETHERTYPE_IPV4 = 0x0800;
constexpr uint16_t ETHERTYPE_IPV6 = 0x86dd;
constexpr uint8_t TIME_TO_LIVE = 64;
constexpr uint16_t FIRST_DRAWN_PORT = 1024;

/** @brief Reads injections that were checked before. @param text to read @return the injections */
std::vector<lifecycle::Injection>
Parse(const std::string& text)
{
    auto parsed = lifecycle::ParseInjections(text);
    if (const auto* error = std::get_if<lifecycle::RuleError>(&parsed))
    {
        NS_ABORT_MSG(error->message);
    }
    return std::get<std::vector<lifecycle::Injection>>(std::move(parsed));
}

} // namespace

/** One stream of segments: the whole injection, or its part that hits one connection. */
struct LifecycleInjector::Process
{
    uint64_t sent{0};
    Time end; ///< the first time at which no segment is sent any more; 0: no end
    uint32_t seqBase{0};
    uint32_t ackBase{0};
    EventId next;
};

struct LifecycleInjector::Source
{
    lifecycle::Injection injection;
    uint64_t sent{0};                              ///< segments over all connections
    std::unordered_map<uint64_t, Process> running; ///< by connection; 0 without `while`
    Ptr<UniformRandomVariable> number{CreateObject<UniformRandomVariable>()};
    Ptr<ExponentialRandomVariable> gap{CreateObject<ExponentialRandomVariable>()};

    /** Both ends of the next segment that hits no connection. */
    lifecycle::FourTuple Path(const lifecycle::Endpoint& own,
                              const lifecycle::Endpoint& destination) const
    {
        const lifecycle::Injection& i = injection;
        lifecycle::FourTuple path{own, destination};
        path.remote.port = i.toPort;
        if (i.sources)
        {
            path.local.address = i.sources->At(sent);
        }
        path.local.port =
            i.firstPort != 0
                ? static_cast<uint16_t>(i.firstPort + sent % (i.lastPort - i.firstPort + 1))
                : static_cast<uint16_t>(number->GetInteger(FIRST_DRAWN_PORT, 65535));
        return path;
    }

    /** A number uniform over all 2^32 numbers. */
    uint32_t Draw() const
    {
        return static_cast<uint32_t>(number->GetInteger(0, 0xffffffff));
    }

    /** A number by @p rule. RANDOM means @p base, or a number drawn now if @p rule has no step. */
    lifecycle::SeqNum Number(const lifecycle::NumberRule& rule,
                             uint32_t base,
                             uint64_t index,
                             const lifecycle::KnownNumbers& known) const
    {
        if (rule.base == lifecycle::NumberBase::RANDOM && rule.step == 0)
        {
            base = Draw();
        }
        const double spread = rule.spread;
        const auto shift =
            rule.spread == 0 ? 0 : std::llround(number->GetValue(-spread - 0.5, spread + 0.5));
        return lifecycle::NumberBy(rule, base, shift, index, CurrentInstant(), known);
    }
};

struct LifecycleInjector::Crafted
{
    lifecycle::FourTuple path; ///< as the apparent sender sees the connection
    lifecycle::Segment segment;
};

TypeId
LifecycleInjector::GetTypeId()
{
    static TypeId tid = TypeId("ns3::LifecycleInjector")
                            .SetParent<Application>()
                            .SetGroupName("TcpLifecycle")
                            .AddConstructor<LifecycleInjector>()
                            .AddTraceSource("Tx",
                                            "A packet is put on the link; from its IP header on.",
                                            MakeTraceSourceAccessor(&LifecycleInjector::m_tx),
                                            "ns3::LifecycleInjector::PacketCallback")
                            .AddTraceSource("Rx",
                                            "A packet has arrived at a node without an internet "
                                            "stack; from its IP header on.",
                                            MakeTraceSourceAccessor(&LifecycleInjector::m_rx),
                                            "ns3::LifecycleInjector::PacketCallback");
    return tid;
}

LifecycleInjector::LifecycleInjector() = default;

LifecycleInjector::~LifecycleInjector() = default;

void
LifecycleInjector::SetLink(Ptr<NetDevice> device,
                           Address own,
                           Ptr<Node> target,
                           Address destination)
{
    NS_ABORT_MSG_UNLESS(device->IsPointToPoint(),
                        "LifecycleInjector needs a point-to-point device");
    m_device = device;
    m_own = own;
    m_target = target;
    m_destination = destination;
}

void
LifecycleInjector::SetInjections(const std::string& injections,
                                 const std::string& from,
                                 const std::string& to)
{
    m_sources.clear();
    for (lifecycle::Injection& injection : Parse(injections))
    {
        if (lifecycle::IsMeantBy(from, injection.from) && lifecycle::IsMeantBy(to, injection.to))
        {
            m_sources.push_back(std::make_unique<Source>());
            m_sources.back()->injection = std::move(injection);
        }
    }
}

std::string
LifecycleInjector::FindProblem(const std::string& injections,
                               const std::vector<std::pair<std::string, std::string>>& links)
{
    const auto parsed = lifecycle::ParseInjections(injections);
    if (const auto* error = std::get_if<lifecycle::RuleError>(&parsed))
    {
        return error->message;
    }
    for (const auto& injection : std::get<std::vector<lifecycle::Injection>>(parsed))
    {
        const bool fits = std::any_of(links.begin(), links.end(), [&](const auto& link) {
            return lifecycle::IsMeantBy(link.first, injection.from) &&
                   lifecycle::IsMeantBy(link.second, injection.to);
        });
        if (!fits && !links.empty())
        {
            std::string all;
            for (const auto& [from, to] : links)
            {
                all += all.empty() ? "" : ", ";
                all += from;
                all += "->";
                all += to;
            }
            return "inject: there is no link " + injection.from + "->" + injection.to +
                   " (links: " + all + "): " + injection.text;
        }
    }
    return "";
}

LifecycleInjector::Needs
LifecycleInjector::FindNeeds(const std::string& injections)
{
    Needs needs;
    for (const lifecycle::Injection& injection : Parse(injections))
    {
        needs.attacker |= injection.from == "attacker";
        needs.numbers |= injection.whileIn.has_value();
        if (!injection.Ends() && !injection.whileIn && needs.endless.empty())
        {
            needs.endless = injection.text;
        }
    }
    return needs;
}

std::vector<std::pair<std::string, uint64_t>>
LifecycleInjector::GetCounts() const
{
    std::vector<std::pair<std::string, uint64_t>> counts;
    for (const auto& source : m_sources)
    {
        counts.emplace_back(source->injection.text, source->sent);
    }
    return counts;
}

int64_t
LifecycleInjector::AssignStreams(int64_t stream)
{
    const int64_t first = stream;
    for (const auto& source : m_sources)
    {
        source->number->SetStream(stream++);
        source->gap->SetStream(stream++);
    }
    return stream - first;
}

void
LifecycleInjector::StartApplication()
{
    m_isAlone = !GetNode()->GetObject<Ipv4>() && !GetNode()->GetObject<Ipv6>();
    if (m_isAlone)
    {
        GetNode()->RegisterProtocolHandler(MakeCallback(&LifecycleInjector::Arrive, this),
                                           0,
                                           m_device);
    }
    bool listens = false;
    for (const auto& source : m_sources)
    {
        if (!source->injection.whileIn)
        {
            Begin(source.get(), 0);
        }
        else if (!std::exchange(listens, true))
        {
            const auto tcp = m_target->GetObject<LifecycleL4Protocol>();
            NS_ABORT_MSG_UNLESS(tcp, "LifecycleInjector: while needs LifecycleL4Protocol");
            tcp->TraceConnectWithoutContext("StateTransition",
                                            MakeCallback(&LifecycleInjector::Entered, this));
        }
    }
}

void
LifecycleInjector::StopApplication()
{
    for (const auto& source : m_sources)
    {
        for (auto& [connection, process] : source->running)
        {
            process.next.Cancel();
        }
        source->running.clear();
    }
}

void
LifecycleInjector::DoDispose()
{
    StopApplication();
    m_sources.clear();
    m_device = nullptr;
    m_target = nullptr;
    Application::DoDispose();
}

void
LifecycleInjector::Entered(const LifecycleTransition& transition)
{
    for (const auto& source : m_sources)
    {
        const auto wanted = source->injection.whileIn;
        if (!wanted || *wanted != transition.edge->to)
        {
            continue;
        }
        const auto peer = ToEndpoint(transition.remote);
        const auto own = ToEndpoint(m_own);
        if (m_isAlone || (peer && own && peer->address == own->address))
        {
            Begin(source.get(), transition.connection);
        }
    }
}

void
LifecycleInjector::Begin(Source* source, uint64_t connection)
{
    const lifecycle::Injection& injection = source->injection;
    Process& process = source->running[connection];
    process.next.Cancel(); // a connection may enter the state once more
    process = Process();
    const Time begin = Simulator::Now() + ToTime(injection.at);
    process.end = injection.length.count() > 0 ? begin + ToTime(injection.length) : Time();
    process.seqBase = source->Draw();
    process.ackBase = source->Draw();
    Schedule(source, connection, begin);
}

void
LifecycleInjector::Schedule(Source* source, uint64_t connection, Time earliest)
{
    const lifecycle::Injection& injection = source->injection;
    Process& process = source->running.at(connection);
    Time at = earliest;
    switch (injection.pacing)
    {
    case lifecycle::Pacing::ONCE:
        break;
    case lifecycle::Pacing::EVERY:
        at += process.sent > 0 ? ToTime(injection.gap) : Time();
        break;
    case lifecycle::Pacing::POISSON:
        at += Seconds(source->gap->GetValue(1 / injection.rate, 0));
        break;
    }
    const bool isLast = injection.pacing == lifecycle::Pacing::ONCE && process.sent > 0;
    const bool isEnough = injection.times > 0 && process.sent >= injection.times;
    if (isLast || isEnough || (!process.end.IsZero() && at >= process.end))
    {
        source->running.erase(connection);
        return;
    }
    process.next = Simulator::Schedule(at - Simulator::Now(),
                                       &LifecycleInjector::Fire,
                                       this,
                                       source,
                                       connection);
}

void
LifecycleInjector::Fire(Source* source, uint64_t connection)
{
    lifecycle::KnownNumbers known;
    std::optional<lifecycle::FourTuple> path;
    if (source->injection.whileIn)
    {
        const auto numbers = m_target->GetObject<LifecycleL4Protocol>()->GetNumbers(connection);
        if (!numbers || numbers->state != ToString(*source->injection.whileIn))
        {
            source->running.erase(connection);
            return;
        }
        known = {numbers->sndUna, numbers->sndNxt, numbers->rcvNxt, numbers->iss, numbers->irs};
        path = lifecycle::FourTuple{*ToEndpoint(numbers->remote), *ToEndpoint(numbers->local)};
    }
    Process& process = source->running.at(connection);
    const lifecycle::Injection& injection = source->injection;
    Crafted crafted{path ? *path : source->Path(*ToEndpoint(m_own), *ToEndpoint(m_destination)),
                    injection.segment};
    crafted.segment.seq = source->Number(injection.seq, process.seqBase, process.sent, known);
    if (crafted.segment.Has(lifecycle::Flag::ACK))
    {
        crafted.segment.ack = source->Number(injection.ack, process.ackBase, process.sent, known);
    }
    ++process.sent;
    ++source->sent;
    Schedule(source, connection, Simulator::Now());
    ++m_count;
    Send(crafted);
}

void
LifecycleInjector::Send(const Crafted& crafted)
{
    const lifecycle::Address& source = crafted.path.local.address;
    const lifecycle::Address& destination = crafted.path.remote.address;
    const Ptr<Packet> packet = Create<Packet>(crafted.segment.len);
    SegmentHeader tcp(crafted.segment, crafted.path);
    if (Node::ChecksumEnabled())
    {
        tcp.EnableChecksum(source, destination);
    }
    packet->AddHeader(tcp);
    const bool isIpv4 = source.family == lifecycle::Family::IPV4;
    if (isIpv4)
    {
        Ipv4Header ip;
        ip.SetSource(ToIpv4(source));
        ip.SetDestination(ToIpv4(destination));
        ip.SetProtocol(LifecycleL4Protocol::PROT_NUMBER);
        ip.SetPayloadSize(static_cast<uint16_t>(packet->GetSize()));
        ip.SetTtl(TIME_TO_LIVE);
        ip.SetIdentification(m_identification++);
        if (Node::ChecksumEnabled())
        {
            ip.EnableChecksum();
        }
        packet->AddHeader(ip);
    }
    else
    {
        Ipv6Header ip;
        ip.SetSource(ToIpv6(source));
        ip.SetDestination(ToIpv6(destination));
        ip.SetNextHeader(LifecycleL4Protocol::PROT_NUMBER);
        ip.SetPayloadLength(static_cast<uint16_t>(packet->GetSize()));
        ip.SetHopLimit(TIME_TO_LIVE);
        packet->AddHeader(ip);
    }
    m_tx(packet);
    m_device->Send(packet, m_device->GetBroadcast(), isIpv4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
}

void
LifecycleInjector::Arrive(Ptr<NetDevice> /* device */,
                          Ptr<const Packet> packet,
                          uint16_t /* protocol */,
                          const Address& /* from */,
                          const Address& /* to */,
                          NetDevice::PacketType /* type */)
{
    m_rx(packet);
    const auto found = FindSegment(packet);
    if (!found)
    {
        return;
    }
    const lifecycle::FourTuple back{found->path.remote, found->path.local};
    const bool answers =
        std::any_of(m_sources.begin(), m_sources.end(), [&back](const auto& source) {
            const lifecycle::Injection& injection = source->injection;
            return injection.answersWithReset && injection.sources->Contains(back.local.address);
        });
    const auto reset = lifecycle::ResetFor(found->segment);
    if (answers && reset)
    {
        Send({back, *reset});
    }
}

} // namespace ns3
