#include "lifecycle-l4-protocol.h"

#include "host-driver.h"
#include "lifecycle-socket-factory.h"
#include "lifecycle-socket.h"
#include "segment-codec.h"
#include "settings.h"
#include "translation.h"

#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-routing-protocol.h"
#include "ns3/ipv6-interface.h"
#include "ns3/ipv6-routing-protocol.h"
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
constexpr uint32_t IPV6_AND_TCP_HEADER = 60;

/** The payload that fits a packet of @p mtu octets; at least 1. */
uint16_t
PayloadOf(uint32_t mtu, lifecycle::Family family)
{
    const uint32_t headers =
        family == lifecycle::Family::IPV4 ? IPV4_AND_TCP_HEADER : IPV6_AND_TCP_HEADER;
    return static_cast<uint16_t>(std::max(std::min(mtu, 65535u), headers + 1) - headers);
}

template <class Ip>
uint32_t
LeastMtu(Ptr<Ip> ip)
{
    uint32_t mtu = 65535;
    for (uint32_t i = 0; i < ip->GetNInterfaces(); ++i)
    {
        mtu = std::min<uint32_t>(mtu, ip->GetMtu(i));
    }
    return mtu;
}

std::string
OptionNames(const lifecycle::Segment& segment)
{
    return OptionsText(segment);
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

/** `cookies-sent` as `CookiesSent`. */
std::string
CamelCase(std::string_view kebabCase)
{
    std::string camelCase;
    bool isFirst = true;
    for (const char letter : kebabCase)
    {
        if (letter != '-')
        {
            camelCase += isFirst ? static_cast<char>(letter - 'a' + 'A') : letter;
        }
        isFirst = letter == '-';
    }
    return camelCase;
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
    static TypeId tid = AddTraceSources(
        AddParameters(TypeId("ns3::LifecycleL4Protocol")
                          .SetParent<IpL4Protocol>()
                          .SetGroupName("TcpLifecycle")
                          .AddConstructor<LifecycleL4Protocol>()
                          .AddAttribute("Preset",
                                        "Set of values for all that is not set explicitly: "
                                        "rfc9293, linux or freebsd",
                                        StringValue("rfc9293"),
                                        MakeStringAccessor(&LifecycleL4Protocol::m_preset),
                                        MakePresetChecker()),
                      false,
                      ACCESS));
    return tid;
}

/** Connects sinks to one of the counters. */
class LifecycleL4Protocol::CounterAccessor : public TraceSourceAccessor
{
  public:
    explicit CounterAccessor(std::size_t index)
        : m_index(index)
    {
    }

    bool ConnectWithoutContext(ObjectBase* object, const CallbackBase& sink) const override
    {
        Counter(object).ConnectWithoutContext(sink);
        return true;
    }

    bool Connect(ObjectBase* object, std::string context, const CallbackBase& sink) const override
    {
        Counter(object).Connect(sink, context);
        return true;
    }

    bool DisconnectWithoutContext(ObjectBase* object, const CallbackBase& sink) const override
    {
        Counter(object).DisconnectWithoutContext(sink);
        return true;
    }

    bool Disconnect(ObjectBase* object,
                    std::string context,
                    const CallbackBase& sink) const override
    {
        Counter(object).Disconnect(sink, context);
        return true;
    }

  private:
    TracedValue<uint64_t>& Counter(ObjectBase* object) const
    {
        return dynamic_cast<LifecycleL4Protocol&>(*object).m_counters[m_index];
    }

    std::size_t m_index;
};

TypeId
LifecycleL4Protocol::AddTraceSources(TypeId tid)
{
    const auto add = [&tid](const char* name, auto source, const char* help, const char* callback) {
        tid.AddTraceSource(name, help, MakeTraceSourceAccessor(source), callback);
    };
    using Tcp = LifecycleL4Protocol;
    const char* const segment = "ns3::LifecycleSegmentCallback";
    const char* const length = "ns3::TracedValueCallback::Uint32";
    add("StateTransition",
        &Tcp::m_stateTransition,
        "A connection has changed its state",
        "ns3::LifecycleTransitionCallback");
    add("Tx", &Tcp::m_tx, "A segment goes down to IP", segment);
    add("Rx", &Tcp::m_rx, "A segment has arrived from IP", segment);
    add("Drop",
        &Tcp::m_drop,
        "A segment that has arrived is discarded, in whole or its text, or has no route to go out",
        segment);
    add("Signal",
        &Tcp::m_signal,
        "The user of a connection is told something, such as a soft error",
        "ns3::LifecycleSignalCallback");
    add("ConnectionClosed",
        &Tcp::m_connectionClosed,
        "A connection or listener has come to its end",
        "ns3::LifecycleEndCallback");
    add("TimeWait", &Tcp::m_timeWait, "Number of connections in TIME-WAIT", length);
    add("SynQueue", &Tcp::m_synQueue, "Number of half-open connections of all listeners", length);
    add("AcceptQueue",
        &Tcp::m_acceptQueue,
        "Number of completed connections that wait to be accepted",
        length);
    for (std::size_t i = 0; i < lifecycle::LISTEN_COUNTERS.size(); ++i)
    {
        const lifecycle::NamedCounter& counter = lifecycle::LISTEN_COUNTERS[i];
        tid.AddTraceSource(CamelCase(counter.name),
                           std::string(counter.help) + ", so far",
                           Create<CounterAccessor>(i),
                           "ns3::TracedValueCallback::Uint64");
    }
    return tid;
}

LifecycleL4Protocol::LifecycleL4Protocol()
    : m_settings(std::make_unique<Settings>()),
      m_driver(std::make_unique<HostDriver>(*this)),
      m_secretSource(CreateObject<UniformRandomVariable>()),
      m_counters(lifecycle::LISTEN_COUNTERS.size())
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
    const Ptr<Ipv6> ipv6 = GetObject<Ipv6>();
    if (!m_node && node && (ipv4 || ipv6))
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
    if (ipv6 && m_downTarget6.IsNull())
    {
        m_ipv6 = ipv6;
        ipv6->Insert(this);
        SetDownTarget6(MakeCallback(&Ipv6::Send, ipv6));
    }
    IpL4Protocol::NotifyNewAggregate();
}

void
LifecycleL4Protocol::DoDispose()
{
    m_driver->Dispose();
    m_node = nullptr;
    m_ipv4 = nullptr;
    m_ipv6 = nullptr;
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
    all.reserve(lifecycle::LISTEN_COUNTERS.size());
    for (const lifecycle::NamedCounter& counter : lifecycle::LISTEN_COUNTERS)
    {
        all.push_back({counter.name, counter.unit, counters.*counter.value});
    }
    return all;
}

void
LifecycleL4Protocol::TraceCounters(const lifecycle::ListenCounters& counters)
{
    for (std::size_t i = 0; i < m_counters.size(); ++i)
    {
        m_counters[i] = counters.*lifecycle::LISTEN_COUNTERS[i].value;
    }
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

struct LifecycleL4Protocol::Arrival
{
    lifecycle::Address source;
    lifecycle::Address destination;
    bool isBroadcast;
    Ptr<NetDevice> device;
};

IpL4Protocol::RxStatus
LifecycleL4Protocol::Receive(Ptr<Packet> packet,
                             const Ipv4Header& header,
                             Ptr<Ipv4Interface> incomingInterface)
{
    return Take(packet,
                {ToCore(header.GetSource()),
                 ToCore(header.GetDestination()),
                 IsBroadcastOn(incomingInterface, header.GetDestination()),
                 incomingInterface ? incomingInterface->GetDevice() : nullptr});
}

IpL4Protocol::RxStatus
LifecycleL4Protocol::Receive(Ptr<Packet> packet,
                             const Ipv6Header& header,
                             Ptr<Ipv6Interface> incomingInterface)
{
    return Take(packet,
                {ToCore(header.GetSource()),
                 ToCore(header.GetDestination()),
                 false,
                 incomingInterface ? incomingInterface->GetDevice() : nullptr});
}

void
LifecycleL4Protocol::ReceiveIcmp(Ipv4Address /* icmpSource */,
                                 uint8_t /* icmpTtl */,
                                 uint8_t icmpType,
                                 uint8_t icmpCode,
                                 uint32_t icmpInfo,
                                 Ipv4Address payloadSource,
                                 Ipv4Address payloadDestination,
                                 const uint8_t payload[8])
{
    TakeIcmp(ToCore(payloadSource),
             ToCore(payloadDestination),
             icmpType,
             icmpCode,
             icmpInfo,
             payload);
}

void
LifecycleL4Protocol::ReceiveIcmp(Ipv6Address /* icmpSource */,
                                 uint8_t /* icmpTtl */,
                                 uint8_t icmpType,
                                 uint8_t icmpCode,
                                 uint32_t icmpInfo,
                                 Ipv6Address payloadSource,
                                 Ipv6Address payloadDestination,
                                 const uint8_t payload[8])
{
    TakeIcmp(ToCore(payloadSource),
             ToCore(payloadDestination),
             icmpType,
             icmpCode,
             icmpInfo,
             payload);
}

void
LifecycleL4Protocol::TakeIcmp(const lifecycle::Address& local,
                              const lifecycle::Address& remote,
                              uint8_t type,
                              uint8_t code,
                              uint32_t info,
                              const uint8_t* payload)
{
    const auto kind = lifecycle::KindOfIcmp(local.family, type, code);
    if (m_isDown || !kind)
    {
        return;
    }
    // The first eight octets of our segment come back: its ports and its sequence number.
    const auto number = [payload](int from, int size) {
        uint32_t value = 0;
        for (int i = from; i < from + size; ++i)
        {
            value = value << 8 | payload[i];
        }
        return value;
    };
    const lifecycle::FourTuple path{{local, static_cast<uint16_t>(number(0, 2))},
                                    {remote, static_cast<uint16_t>(number(2, 2))}};
    m_driver->IcmpArrives(path, {*kind, lifecycle::SeqNum(number(4, 4)), info});
}

IpL4Protocol::RxStatus
LifecycleL4Protocol::Take(Ptr<Packet> packet, const Arrival& arrival)
{
    SegmentHeader tcp;
    if (Node::ChecksumEnabled())
    {
        tcp.EnableChecksum(arrival.source, arrival.destination);
    }
    packet->PeekHeader(tcp);
    const TcpHeaderFields& fields = tcp.Fields();
    const lifecycle::FourTuple path{{arrival.destination, fields.destinationPort},
                                    {arrival.source, fields.sourcePort}};
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
    if (arrival.isBroadcast)
    {
        TraceDrop(path, segment, packet, "invalid address", 0); // RFC 9293 3.9.2.3, MUST-57
        return RX_OK;
    }
    return m_driver->SegmentArrives(path, segment, packet, arrival.device) ? RX_OK
                                                                           : RX_ENDPOINT_CLOSED;
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

lifecycle::Address
LifecycleL4Protocol::Route::Source() const
{
    return v4 ? ToCore(v4->GetSource()) : ToCore(v6->GetSource());
}

Ptr<NetDevice>
LifecycleL4Protocol::Route::Device() const
{
    return v4 ? v4->GetOutputDevice() : v6->GetOutputDevice();
}

LifecycleL4Protocol::Route
LifecycleL4Protocol::RouteTo(const lifecycle::Address& source,
                             const lifecycle::Address& destination,
                             Ptr<NetDevice> device) const
{
    Socket::SocketErrno error = Socket::ERROR_NOTERROR;
    Route route;
    if (destination.family == lifecycle::Family::IPV4 && m_ipv4 && m_ipv4->GetRoutingProtocol())
    {
        Ipv4Header header;
        header.SetSource(ToIpv4(source));
        header.SetDestination(ToIpv4(destination));
        header.SetProtocol(PROT_NUMBER);
        route.v4 = m_ipv4->GetRoutingProtocol()->RouteOutput(nullptr, header, device, error);
    }
    if (destination.family == lifecycle::Family::IPV6 && m_ipv6 && m_ipv6->GetRoutingProtocol())
    {
        Ipv6Header header;
        header.SetSource(ToIpv6(source));
        header.SetDestination(ToIpv6(destination));
        header.SetNextHeader(PROT_NUMBER);
        route.v6 = m_ipv6->GetRoutingProtocol()->RouteOutput(nullptr, header, device, error);
    }
    return route;
}

uint16_t
LifecycleL4Protocol::MssLimit(const Route& route) const
{
    return PayloadOf(route.Device()->GetMtu(), route.Source().family);
}

uint16_t
LifecycleL4Protocol::MssLimit(const lifecycle::Address& local) const
{
    const bool isIpv4 = local.family == lifecycle::Family::IPV4;
    return PayloadOf(isIpv4 ? LeastMtu(m_ipv4) : LeastMtu(m_ipv6), local.family);
}

bool
LifecycleL4Protocol::HasAddress(const lifecycle::Address& address) const
{
    return address.family == lifecycle::Family::IPV4
               ? m_ipv4->GetInterfaceForAddress(ToIpv4(address)) >= 0
               : m_ipv6->GetInterfaceForAddress(ToIpv6(address)) >= 0;
}

bool
LifecycleL4Protocol::Speaks(const lifecycle::Address& address) const
{
    return address.family == lifecycle::Family::IPV4 ? bool(m_ipv4) : bool(m_ipv6);
}

void
LifecycleL4Protocol::SendDown(const lifecycle::SendSegment& send,
                              Ptr<Packet> packet,
                              Ptr<NetDevice> device)
{
    const lifecycle::Address& source = send.path.local.address;
    const lifecycle::Address& destination = send.path.remote.address;
    const bool isSyn = send.segment.Has(lifecycle::Flag::SYN);
    const auto order = isSyn ? Config().host.synOptionOrder : lifecycle::SynOptionOrder{};
    SegmentHeader tcp(send.segment, send.path, order);
    if (Node::ChecksumEnabled())
    {
        tcp.EnableChecksum(source, destination);
    }
    packet->AddHeader(tcp);
    const Route route = RouteTo(source, destination, device);
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
    if (route.v4)
    {
        m_downTarget(packet, ToIpv4(source), ToIpv4(destination), PROT_NUMBER, route.v4);
        return;
    }
    m_downTarget6(packet, ToIpv6(source), ToIpv6(destination), PROT_NUMBER, route.v6);
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
