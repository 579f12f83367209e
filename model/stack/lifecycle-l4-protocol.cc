#include "lifecycle-l4-protocol.h"

#include "host-driver.h"
#include "lifecycle-socket-factory.h"
#include "lifecycle-socket.h"
#include "segment-codec.h"
#include "settings.h"
#include "translation.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/log.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/trace-source-accessor.h"

#include <algorithm>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("LifecycleL4Protocol");

NS_OBJECT_ENSURE_REGISTERED(LifecycleL4Protocol);

namespace
{

constexpr uint32_t IPV4_AND_TCP_HEADER = 40; // without options, RFC 9293 3.7.1

std::string
OptionNames(const lifecycle::Segment& segment)
{
    return segment.mss ? "mss " + std::to_string(*segment.mss) : "";
}

LifecycleSegment
Describe(const lifecycle::FourTuple& path,
         const lifecycle::Segment& segment,
         Ptr<const Packet> packet,
         std::string_view reason,
         uint64_t connection)
{
    const bool hasAck = segment.Has(lifecycle::Flag::ACK);
    return LifecycleSegment{connection,
                            ToAddress(path.local),
                            ToAddress(path.remote),
                            FlagNames(segment.flags),
                            segment.seq.Value(),
                            hasAck ? segment.ack.Value() : 0,
                            hasAck,
                            segment.len,
                            segment.wnd,
                            OptionNames(segment),
                            reason,
                            packet ? packet->GetUid() : 0,
                            packet,
                            Simulator::Now()};
}

/** Whether @p address is the broadcast address of a subnet of @p interface. */
bool
IsBroadcastOn(Ptr<Ipv4Interface> interface, Ipv4Address address)
{
    for (uint32_t i = 0; interface && i < interface->GetNAddresses(); ++i)
    {
        const Ipv4InterfaceAddress own = interface->GetAddress(i);
        if (address == own.GetBroadcast() && address != own.GetLocal())
        {
            return true;
        }
    }
    return false;
}

} // namespace

std::string
LifecycleEndName(const Address& end)
{
    const auto endpoint = ToEndpoint(end);
    return endpoint ? ToString(*endpoint) : "*";
}

TypeId
LifecycleL4Protocol::GetTypeId()
{
    static const SettingsAccess ACCESS{
        [](ObjectBase* object, std::size_t index, const AttributeValue& value) {
            dynamic_cast<LifecycleL4Protocol&>(*object).m_settings->Set(index, value);
        },
        [](const ObjectBase* object) {
            return dynamic_cast<const LifecycleL4Protocol&>(*object).Config();
        }};
    static TypeId tid = AddParameters(
        TypeId("ns3::LifecycleL4Protocol")
            .SetParent<IpL4Protocol>()
            .SetGroupName("TcpLifecycle")
            .AddConstructor<LifecycleL4Protocol>()
            .AddAttribute("Preset",
                          "Set of values for all that is not set explicitly: rfc9293, linux or "
                          "freebsd",
                          StringValue("rfc9293"),
                          MakeStringAccessor(&LifecycleL4Protocol::m_preset),
                          MakePresetChecker())
            .AddTraceSource("StateTransition",
                            "A connection has changed its state",
                            MakeTraceSourceAccessor(&LifecycleL4Protocol::m_stateTransition),
                            "ns3::LifecycleTransitionCallback")
            .AddTraceSource("Tx",
                            "A segment goes down to IP",
                            MakeTraceSourceAccessor(&LifecycleL4Protocol::m_tx),
                            "ns3::LifecycleSegmentCallback")
            .AddTraceSource("Rx",
                            "A segment has arrived from IP",
                            MakeTraceSourceAccessor(&LifecycleL4Protocol::m_rx),
                            "ns3::LifecycleSegmentCallback")
            .AddTraceSource("Drop",
                            "A segment that has arrived is discarded, or has no route to go out",
                            MakeTraceSourceAccessor(&LifecycleL4Protocol::m_drop),
                            "ns3::LifecycleSegmentCallback")
            .AddTraceSource("ConnectionClosed",
                            "A connection or listener has come to its end",
                            MakeTraceSourceAccessor(&LifecycleL4Protocol::m_connectionClosed),
                            "ns3::LifecycleEndCallback")
            .AddTraceSource("TimeWait",
                            "Number of connections in TIME-WAIT",
                            MakeTraceSourceAccessor(&LifecycleL4Protocol::m_timeWait),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("SynQueue",
                            "Number of half-open connections of all listeners",
                            MakeTraceSourceAccessor(&LifecycleL4Protocol::m_synQueue),
                            "ns3::TracedValueCallback::Uint32")
            .AddTraceSource("AcceptQueue",
                            "Number of completed connections that wait to be accepted",
                            MakeTraceSourceAccessor(&LifecycleL4Protocol::m_acceptQueue),
                            "ns3::TracedValueCallback::Uint32"),
        false,
        ACCESS);
    return tid;
}

LifecycleL4Protocol::LifecycleL4Protocol()
    : m_settings(std::make_unique<Settings>()),
      m_driver(std::make_unique<HostDriver>(*this)),
      m_secretSource(CreateObject<UniformRandomVariable>())
{
}

LifecycleL4Protocol::~LifecycleL4Protocol() = default;

lifecycle::StackConfig
LifecycleL4Protocol::Config() const
{
    auto config = *lifecycle::FindPreset(m_preset);
    m_settings->ApplyTo(config);
    return config;
}

lifecycle::SipHashKey
LifecycleL4Protocol::DrawSecret()
{
    const auto draw = [this] {
        const uint64_t high = m_secretSource->GetInteger(0, 0xffffffff);
        return high << 32 | m_secretSource->GetInteger(0, 0xffffffff);
    };
    lifecycle::SipHashKey secret;
    secret.k0 = draw();
    secret.k1 = draw();
    return secret;
}

int64_t
LifecycleL4Protocol::AssignStreams(int64_t stream)
{
    m_secretSource->SetStream(stream);
    return 1;
}

Ptr<Node>
LifecycleL4Protocol::GetNode() const
{
    return m_node;
}

// Being part of a node

void
LifecycleL4Protocol::NotifyNewAggregate()
{
    const Ptr<Node> node = GetObject<Node>();
    const Ptr<Ipv4> ipv4 = GetObject<Ipv4>();
    if (!m_node && node && ipv4)
    {
        m_node = node;
        const Ptr<LifecycleSocketFactory> factory = CreateObject<LifecycleSocketFactory>();
        factory->SetTcp(this);
        node->AggregateObject(factory);
    }
    if (ipv4 && m_downTarget.IsNull())
    {
        m_ipv4 = ipv4;
        ipv4->Insert(this);
        SetDownTarget(MakeCallback(&Ipv4::Send, ipv4));
    }
    IpL4Protocol::NotifyNewAggregate();
}

void
LifecycleL4Protocol::DoDispose()
{
    m_driver->Dispose();
    m_node = nullptr;
    m_ipv4 = nullptr;
    m_downTarget.Nullify();
    m_downTarget6.Nullify();
    IpL4Protocol::DoDispose();
}

Ptr<Socket>
LifecycleL4Protocol::CreateSocket()
{
    const Ptr<LifecycleSocket> socket = CreateObject<LifecycleSocket>();
    socket->m_tcp = this;
    return socket;
}

void
LifecycleL4Protocol::Crash()
{
    NS_LOG_FUNCTION(this);
    m_isDown = true;
    m_driver->LoseEverything();
}

void
LifecycleL4Protocol::Reboot()
{
    NS_LOG_FUNCTION(this);
    m_isDown = true; // while sockets are told
    m_driver->LoseEverything();
    m_isDown = false;
}

std::vector<LifecycleEnd>
LifecycleL4Protocol::GetOpenConnections() const
{
    return m_driver->Open();
}

std::vector<LifecycleCounter>
LifecycleL4Protocol::GetCounters() const
{
    const lifecycle::ListenCounters counters = m_driver->Counters();
    std::vector<LifecycleCounter> all;
    for (const lifecycle::NamedCounter& counter : lifecycle::LISTEN_COUNTERS)
    {
        all.push_back({counter.name, counter.unit, counters.*counter.value});
    }
    return all;
}

void
LifecycleL4Protocol::PerformAll()
{
    m_driver->PerformAll();
}

// Below: IP

int
LifecycleL4Protocol::GetProtocolNumber() const
{
    return PROT_NUMBER;
}

IpL4Protocol::RxStatus
LifecycleL4Protocol::Receive(Ptr<Packet> packet,
                             const Ipv4Header& header,
                             Ptr<Ipv4Interface> incomingInterface)
{
    const auto source = ToCore(header.GetSource());
    const auto destination = ToCore(header.GetDestination());
    SegmentHeader tcp;
    if (Node::ChecksumEnabled())
    {
        tcp.EnableChecksum(source, destination);
    }
    packet->PeekHeader(tcp);
    const TcpHeaderFields& fields = tcp.Fields();
    const lifecycle::FourTuple path{{destination, fields.destinationPort},
                                    {source, fields.sourcePort}};
    lifecycle::Segment segment = fields.segment;
    if (!tcp.IsChecksumRight())
    {
        TraceDrop(path, segment, packet, "bad checksum", 0);
        return RX_CSUM_FAILED;
    }
    if (!tcp.IsWellFormed())
    {
        TraceDrop(path, segment, packet, "malformed header", 0);
        return RX_OK;
    }
    packet->RemoveAtStart(static_cast<uint32_t>(fields.length));
    segment.len = packet->GetSize();
    if (m_isDown || !m_node)
    {
        TraceDrop(path, segment, packet, "host is down", 0);
        return RX_OK;
    }
    if (IsBroadcastOn(incomingInterface, header.GetDestination()))
    {
        TraceDrop(path, segment, packet, "invalid address", 0); // RFC 9293 3.9.2.3, MUST-57
        return RX_OK;
    }
    return m_driver->SegmentArrives(path, segment, packet) ? RX_OK : RX_ENDPOINT_CLOSED;
}

IpL4Protocol::RxStatus
LifecycleL4Protocol::Receive(Ptr<Packet> /* packet */,
                             const Ipv6Header& /* header */,
                             Ptr<Ipv6Interface> /* incomingInterface */)
{
    return RX_ENDPOINT_UNREACH;
}

void
LifecycleL4Protocol::SetDownTarget(DownTargetCallback callback)
{
    m_downTarget = callback;
}

void
LifecycleL4Protocol::SetDownTarget6(DownTargetCallback6 callback)
{
    m_downTarget6 = callback;
}

IpL4Protocol::DownTargetCallback
LifecycleL4Protocol::GetDownTarget() const
{
    return m_downTarget;
}

IpL4Protocol::DownTargetCallback6
LifecycleL4Protocol::GetDownTarget6() const
{
    return m_downTarget6;
}

Ptr<Ipv4Route>
LifecycleL4Protocol::RouteTo(Ipv4Address source,
                             Ipv4Address destination,
                             Ptr<NetDevice> device) const
{
    if (!m_ipv4 || !m_ipv4->GetRoutingProtocol())
    {
        return nullptr;
    }
    Ipv4Header header;
    header.SetSource(source);
    header.SetDestination(destination);
    header.SetProtocol(PROT_NUMBER);
    Socket::SocketErrno error = Socket::ERROR_NOTERROR;
    return m_ipv4->GetRoutingProtocol()->RouteOutput(nullptr, header, device, error);
}

uint16_t
LifecycleL4Protocol::MssLimit(Ptr<Ipv4Route> route) const
{
    uint32_t mtu = 65535;
    if (route)
    {
        mtu = std::min<uint32_t>(mtu, route->GetOutputDevice()->GetMtu());
    }
    for (uint32_t i = 0; !route && i < m_ipv4->GetNInterfaces(); ++i)
    {
        mtu = std::min<uint32_t>(mtu, m_ipv4->GetMtu(i));
    }
    return static_cast<uint16_t>(std::max(mtu, IPV4_AND_TCP_HEADER + 1) - IPV4_AND_TCP_HEADER);
}

bool
LifecycleL4Protocol::HasAddress(Ipv4Address address) const
{
    return m_ipv4->GetInterfaceForAddress(address) >= 0;
}

void
LifecycleL4Protocol::SendDown(const lifecycle::SendSegment& send,
                              Ptr<Packet> packet,
                              Ptr<NetDevice> device)
{
    const Ipv4Address source = ToIpv4(send.path.local.address);
    const Ipv4Address destination = ToIpv4(send.path.remote.address);
    SegmentHeader tcp(send.segment, send.path);
    if (Node::ChecksumEnabled())
    {
        tcp.EnableChecksum(send.path.local.address, send.path.remote.address);
    }
    packet->AddHeader(tcp);
    const Ptr<Ipv4Route> route = RouteTo(source, destination, device);
    if (!route)
    {
        TraceDrop(send.path, send.segment, packet, "no route", m_driver->NumberOf(send.id));
        return;
    }
    if (!m_tx.IsEmpty())
    {
        m_tx(Describe(send.path,
                      send.segment,
                      packet,
                      ToString(send.kind),
                      m_driver->NumberOf(send.id)));
    }
    m_downTarget(packet, source, destination, PROT_NUMBER, route);
}

// Trace sources

void
LifecycleL4Protocol::TraceRx(const lifecycle::FourTuple& path,
                             const lifecycle::Segment& segment,
                             Ptr<const Packet> packet,
                             uint64_t connection)
{
    m_rx(Describe(path, segment, packet, "", connection));
}

void
LifecycleL4Protocol::TraceDrop(const lifecycle::FourTuple& path,
                               const lifecycle::Segment& segment,
                               Ptr<const Packet> packet,
                               std::string_view reason,
                               uint64_t connection)
{
    NS_LOG_LOGIC("drop " << ToString(segment) << ": " << reason);
    if (!m_drop.IsEmpty())
    {
        m_drop(Describe(path, segment, packet, reason, connection));
    }
}

void
LifecycleL4Protocol::TraceTransition(const lifecycle::StateChanged& change, uint64_t connection)
{
    const lifecycle::Transition& edge = *change.transition;
    NS_LOG_LOGIC(connection << " " << edge.id << " " << ToString(edge.from) << " -> "
                            << ToString(edge.to));
    if (!m_stateTransition.IsEmpty())
    {
        m_stateTransition(LifecycleTransition{connection,
                                              ToAddress(change.path.local),
                                              ToAddress(change.path.remote),
                                              ToString(edge.from),
                                              ToString(edge.to),
                                              edge.id,
                                              edge.trigger,
                                              Simulator::Now()});
    }
}

} // namespace ns3
