#include "impaired-channel.h"

#include "impairment.h"
#include "segment-rule.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv6-header.h"
#include "ns3/log.h"
#include "ns3/names.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/ppp-header.h"
#include "ns3/random-variable-stream.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/tcp-header.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("ImpairedChannel");
NS_OBJECT_ENSURE_REGISTERED(ImpairedChannel);

namespace
{

constexpr uint16_t PPP_IPV4 = 0x0021; // RFC 1332 3
constexpr uint16_t PPP_IPV6 = 0x0057; // RFC 5072 5
constexpr uint8_t TCP_PROTOCOL = 6;
constexpr uint32_t PPP_HEADER_SIZE = 2;
constexpr uint32_t MIN_IPV4_HEADER_SIZE = 20;
constexpr uint32_t IPV6_HEADER_SIZE = 40;
constexpr uint32_t MIN_TCP_HEADER_SIZE = 20;

lifecycle::Duration
ToDuration(Time time)
{
    return lifecycle::Duration(time.GetNanoSeconds());
}

Time
ToTime(lifecycle::Duration duration)
{
    return NanoSeconds(duration.count());
}

lifecycle::LinkImpairment
ToPure(const LinkImpairments& impairments)
{
    lifecycle::LinkImpairment pure;
    pure.delay = ToDuration(impairments.delay);
    pure.jitter = ToDuration(impairments.jitter);
    pure.lossProbability = impairments.lossProbability;
    pure.duplicateProbability = impairments.duplicateProbability;
    pure.reorderProbability = impairments.reorderProbability;
    pure.keepOrder = impairments.keepOrder;
    return pure;
}

/** What rules look at in a packet. */
struct SeenSegment
{
    lifecycle::FourTuple path;
    lifecycle::Segment segment;
};

lifecycle::Address
ToAddress(Ipv4Address address)
{
    return lifecycle::Address::FromIpv4(address.Get());
}

lifecycle::Address
ToAddress(Ipv6Address address)
{
    lifecycle::Address result;
    result.family = lifecycle::Family::IPV6;
    address.GetBytes(result.octets.data());
    return result;
}

/** The octet at an offset of a packet that is long enough. */
uint8_t
OctetAt(const Packet& packet, uint32_t offset)
{
    std::array<uint8_t, MIN_TCP_HEADER_SIZE> octets{};
    NS_ASSERT(offset < octets.size() && offset < packet.GetSize());
    packet.CopyData(octets.data(), offset + 1);
    return octets[offset];
}

/** Whether a packet is as long as a header of 4-octet words whose number its octet's bits give. */
bool
HoldsWholeHeader(const Packet& packet, uint32_t minSize, uint32_t offset, uint32_t shift)
{
    if (packet.GetSize() < minSize)
    {
        return false;
    }
    const uint32_t size = (OctetAt(packet, offset) >> shift & 0xf) * 4;
    return minSize <= size && size <= packet.GetSize();
}

/** Removes the IPv4 header; gives the octets of TCP if the packet has a TCP header. */
std::optional<uint32_t>
RemoveIpv4(Packet& packet, lifecycle::FourTuple& path)
{
    if (!HoldsWholeHeader(packet, MIN_IPV4_HEADER_SIZE, 0, 0))
    {
        return std::nullopt;
    }
    Ipv4Header header;
    packet.RemoveHeader(header);
    if (header.GetProtocol() != TCP_PROTOCOL || header.GetFragmentOffset() != 0)
    {
        return std::nullopt;
    }
    path.local.address = ToAddress(header.GetSource());
    path.remote.address = ToAddress(header.GetDestination());
    return header.GetPayloadSize();
}

/** Removes the IPv6 header; gives the octets of TCP if the packet has a TCP header. */
std::optional<uint32_t>
RemoveIpv6(Packet& packet, lifecycle::FourTuple& path)
{
    if (packet.GetSize() < IPV6_HEADER_SIZE)
    {
        return std::nullopt;
    }
    Ipv6Header header;
    packet.RemoveHeader(header);
    if (header.GetNextHeader() != TCP_PROTOCOL)
    {
        return std::nullopt;
    }
    path.local.address = ToAddress(header.GetSource());
    path.remote.address = ToAddress(header.GetDestination());
    return header.GetPayloadLength();
}

/** Reads the TCP segment in a packet as the device sends it; nothing if it is something else. */
std::optional<SeenSegment>
SeeSegment(const Packet& sent)
{
    if (sent.GetSize() < PPP_HEADER_SIZE)
    {
        return std::nullopt;
    }
    Ptr<Packet> packet = sent.Copy();
    PppHeader ppp;
    packet->RemoveHeader(ppp);
    SeenSegment seen;
    std::optional<uint32_t> size;
    if (ppp.GetProtocol() == PPP_IPV4)
    {
        size = RemoveIpv4(*packet, seen.path);
    }
    else if (ppp.GetProtocol() == PPP_IPV6)
    {
        size = RemoveIpv6(*packet, seen.path);
    }
    if (!size || !HoldsWholeHeader(*packet, MIN_TCP_HEADER_SIZE, 12, 4))
    {
        return std::nullopt;
    }
    TcpHeader tcp;
    const uint32_t headerSize = packet->RemoveHeader(tcp);
    seen.path.local.port = tcp.GetSourcePort();
    seen.path.remote.port = tcp.GetDestinationPort();
    seen.segment.seq = lifecycle::SeqNum(tcp.GetSequenceNumber().GetValue());
    seen.segment.ack = lifecycle::SeqNum(tcp.GetAckNumber().GetValue());
    seen.segment.flags = lifecycle::Flags::FromBits(tcp.GetFlags());
    seen.segment.wnd = tcp.GetWindowSize();
    seen.segment.len = *size > headerSize ? *size - headerSize : 0;
    return seen;
}

} // namespace

/** @brief All that an ImpairedChannel is told and remembers. */
struct ImpairedChannel::Model
{
    /** @brief One direction. */
    struct Direction
    {
        LinkImpairments settings;              ///< as set
        bool settingsChanged{false};           ///< by attributes, not yet in `impaired`
        lifecycle::ImpairedDirection impaired; ///< decides by the settings
        lifecycle::DrawSource draw;            ///< takes from the streams
        std::array<Ptr<UniformRandomVariable>, lifecycle::DRAW_KINDS> streams; ///< one per kind
        std::string senderName;                                                ///< empty: not named
    };

    std::array<Direction, 2> directions;        ///< by the sending device
    lifecycle::SegmentRules rules;              ///< for single segments, both directions
    std::vector<std::pair<Time, Time>> outages; ///< [from, to)
    bool down{false};                           ///< between SetDown and SetUp
};

TypeId
ImpairedChannel::GetTypeId()
{
    static TypeId tid =
        TypeId("ns3::ImpairedChannel")
            .SetParent<PointToPointChannel>()
            .SetGroupName("TcpLifecycle")
            .AddConstructor<ImpairedChannel>()
            .AddAttribute("AddedDelay",
                          "Delay added to every packet on top of Delay, in both directions.",
                          TypeId::ATTR_SET | TypeId::ATTR_CONSTRUCT,
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&ImpairedChannel::SetAddedDelay),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("Jitter",
                          "The delay varies uniformly between minus and plus this, in both "
                          "directions; never so far that a packet arrives before it has left.",
                          TypeId::ATTR_SET | TypeId::ATTR_CONSTRUCT,
                          TimeValue(Time(0)),
                          MakeTimeAccessor(&ImpairedChannel::SetJitter),
                          MakeTimeChecker(Time(0)))
            .AddAttribute("LossProbability",
                          "Probability that a packet is lost, in both directions.",
                          TypeId::ATTR_SET | TypeId::ATTR_CONSTRUCT,
                          DoubleValue(0.0),
                          MakeDoubleAccessor(&ImpairedChannel::SetLossProbability),
                          MakeDoubleChecker<double>(0.0, 1.0))
            .AddAttribute("DuplicateProbability",
                          "Probability that a packet is duplicated, in both directions.",
                          TypeId::ATTR_SET | TypeId::ATTR_CONSTRUCT,
                          DoubleValue(0.0),
                          MakeDoubleAccessor(&ImpairedChannel::SetDuplicateProbability),
                          MakeDoubleChecker<double>(0.0, 1.0))
            .AddAttribute("ReorderProbability",
                          "Probability that a packet skips AddedDelay and Jitter, in both "
                          "directions; needs an AddedDelay.",
                          TypeId::ATTR_SET | TypeId::ATTR_CONSTRUCT,
                          DoubleValue(0.0),
                          MakeDoubleAccessor(&ImpairedChannel::SetReorderProbability),
                          MakeDoubleChecker<double>(0.0, 1.0))
            .AddAttribute("KeepOrder",
                          "Whether jitter lets no packet overtake another, in both directions.",
                          TypeId::ATTR_SET | TypeId::ATTR_CONSTRUCT,
                          BooleanValue(false),
                          MakeBooleanAccessor(&ImpairedChannel::SetKeepOrder),
                          MakeBooleanChecker())
            .AddAttribute(
                "Rules",
                "Rules for single TCP segments, separated by semicolons, for example "
                "\"server->client: drop 1st FIN\".",
                StringValue(""),
                MakeStringAccessor(&ImpairedChannel::SetRules, &ImpairedChannel::GetRules),
                MakeStringChecker())
            .AddTraceSource("Lost",
                            "The channel lost a packet: packet, sending device, reason.",
                            MakeTraceSourceAccessor(&ImpairedChannel::m_lost),
                            "ns3::ImpairedChannel::FateTracedCallback")
            .AddTraceSource("Duplicated",
                            "The channel delivers one more copy of a packet: packet, sending "
                            "device, reason.",
                            MakeTraceSourceAccessor(&ImpairedChannel::m_duplicated),
                            "ns3::ImpairedChannel::FateTracedCallback")
            .AddTraceSource("Delayed",
                            "A rule delays a packet (random delays are not told): packet, "
                            "sending device, delay, reason.",
                            MakeTraceSourceAccessor(&ImpairedChannel::m_delayed),
                            "ns3::ImpairedChannel::DelayTracedCallback");
    return tid;
}

ImpairedChannel::ImpairedChannel()
    : m_model(std::make_unique<Model>())
{
    for (Model::Direction& direction : m_model->directions)
    {
        for (auto& stream : direction.streams)
        {
            stream = CreateObject<UniformRandomVariable>();
        }
        direction.draw = [&streams = direction.streams](lifecycle::DrawKind kind) {
            return streams[static_cast<std::size_t>(kind)]->GetValue(0.0, 1.0);
        };
    }
}

ImpairedChannel::~ImpairedChannel() = default;

void
ImpairedChannel::SetImpairments(uint32_t sender, const LinkImpairments& impairments)
{
    NS_LOG_FUNCTION(this << sender);
    m_model->directions.at(sender).settings = impairments;
    ApplyImpairments(sender);
}

LinkImpairments
ImpairedChannel::GetImpairments(uint32_t sender) const
{
    return m_model->directions.at(sender).settings;
}

std::string
ImpairedChannel::FindProblem(const LinkImpairments& impairments)
{
    return lifecycle::FindProblem(ToPure(impairments)).value_or("");
}

void
ImpairedChannel::ApplyImpairments(uint32_t sender)
{
    Model::Direction& direction = m_model->directions[sender];
    const lifecycle::LinkImpairment pure = ToPure(direction.settings);
    const auto problem = lifecycle::FindProblem(pure);
    NS_ABORT_MSG_IF(problem, *problem);
    direction.impaired.SetImpairment(pure);
    direction.settingsChanged = false;
}

template <class T>
void
ImpairedChannel::SetBoth(T LinkImpairments::*field, T value)
{
    for (Model::Direction& direction : m_model->directions)
    {
        direction.settings.*field = value;
        direction.settingsChanged = true; // checked when used: other attributes may follow
    }
}

void
ImpairedChannel::SetAddedDelay(Time delay)
{
    SetBoth(&LinkImpairments::delay, delay);
}

void
ImpairedChannel::SetJitter(Time jitter)
{
    SetBoth(&LinkImpairments::jitter, jitter);
}

void
ImpairedChannel::SetLossProbability(double probability)
{
    SetBoth(&LinkImpairments::lossProbability, probability);
}

void
ImpairedChannel::SetDuplicateProbability(double probability)
{
    SetBoth(&LinkImpairments::duplicateProbability, probability);
}

void
ImpairedChannel::SetReorderProbability(double probability)
{
    SetBoth(&LinkImpairments::reorderProbability, probability);
}

void
ImpairedChannel::SetKeepOrder(bool keepOrder)
{
    SetBoth(&LinkImpairments::keepOrder, keepOrder);
}

void
ImpairedChannel::SetRules(const std::string& rules)
{
    NS_LOG_FUNCTION(this << rules);
    auto parsed = lifecycle::ParseSegmentRules(rules);
    if (const auto* error = std::get_if<lifecycle::RuleError>(&parsed))
    {
        NS_ABORT_MSG(error->message);
    }
    m_model->rules =
        lifecycle::SegmentRules(std::get<std::vector<lifecycle::SegmentRule>>(std::move(parsed)));
}

std::string
ImpairedChannel::GetRules() const
{
    return m_model->rules.Text();
}

std::string
ImpairedChannel::FindProblemInRules(const std::string& rules, const std::vector<std::string>& hosts)
{
    const auto parsed = lifecycle::ParseSegmentRules(rules);
    if (const auto* error = std::get_if<lifecycle::RuleError>(&parsed))
    {
        return error->message;
    }
    return lifecycle::FindUnknownHost(std::get<std::vector<lifecycle::SegmentRule>>(parsed), hosts)
        .value_or("");
}

std::vector<std::string>
ImpairedChannel::GetUnusedRules() const
{
    return m_model->rules.Unused();
}

void
ImpairedChannel::SetHostName(uint32_t device, const std::string& name)
{
    m_model->directions.at(device).senderName = name;
}

std::string
ImpairedChannel::GetHostName(uint32_t device) const
{
    const std::string& given = m_model->directions.at(device).senderName;
    if (!given.empty())
    {
        return given;
    }
    std::string named = Names::FindName(GetPointToPointDevice(device)->GetNode());
    if (!named.empty())
    {
        return named;
    }
    return device == 0 ? "client" : "server";
}

void
ImpairedChannel::AddOutage(Time from, Time to)
{
    NS_LOG_FUNCTION(this << from << to);
    NS_ABORT_MSG_UNLESS(from < to,
                        "outage from " << from.As(Time::S) << " to " << to.As(Time::S)
                                       << ": it must end after it begins");
    m_model->outages.emplace_back(from, to);
}

void
ImpairedChannel::SetDown()
{
    NS_LOG_FUNCTION(this);
    m_model->down = true;
}

void
ImpairedChannel::SetUp()
{
    NS_LOG_FUNCTION(this);
    m_model->down = false;
}

bool
ImpairedChannel::IsDown() const
{
    const Time now = Simulator::Now();
    for (const auto& [from, to] : m_model->outages)
    {
        if (from <= now && now < to)
        {
            return true;
        }
    }
    return m_model->down;
}

int64_t
ImpairedChannel::AssignStreams(int64_t stream)
{
    NS_LOG_FUNCTION(this << stream);
    int64_t next = stream;
    for (Model::Direction& direction : m_model->directions)
    {
        for (auto& variable : direction.streams)
        {
            variable->SetStream(next);
            ++next;
        }
    }
    return next - stream;
}

bool
ImpairedChannel::TransmitStart(Ptr<const Packet> p, Ptr<PointToPointNetDevice> src, Time txTime)
{
    NS_LOG_FUNCTION(this << p << src << txTime);
    const uint32_t sender = src == GetSource(0) ? 0 : 1;
    Model::Direction& direction = m_model->directions[sender];
    if (direction.settingsChanged)
    {
        ApplyImpairments(sender);
    }

    // Asked for every packet, whatever becomes of it: see the class comment.
    const lifecycle::Instant sent(ToDuration(Simulator::Now() + txTime));
    const lifecycle::Passage passage = direction.impaired.Decide(sent, direction.draw);
    std::optional<lifecycle::RuleVerdict> rule;
    if (!m_model->rules.IsEmpty())
    {
        if (const auto seen = SeeSegment(*p))
        {
            rule = m_model->rules.Decide(GetHostName(sender),
                                         GetHostName(1 - sender),
                                         seen->path,
                                         seen->segment);
        }
    }

    if (IsDown())
    {
        return Lose(p, src, "outage");
    }
    const std::string ruleReason = rule ? "rule: " + rule->text : "";
    if (rule && rule->action == lifecycle::RuleAction::DROP)
    {
        return Lose(p, src, ruleReason);
    }
    if (passage.IsLost())
    {
        return Lose(p, src, "loss");
    }
    Time late;
    if (rule && rule->action == lifecycle::RuleAction::DELAY)
    {
        late = ToTime(rule->time);
        m_delayed(p, src, late, ruleReason);
    }
    Deliver(p, src, txTime, late + ToTime(*passage.original));
    if (passage.copy)
    {
        m_duplicated(p, src, "duplicate");
        Deliver(p, src, txTime, late + ToTime(*passage.copy));
    }
    if (rule && rule->action == lifecycle::RuleAction::DUPLICATE)
    {
        m_duplicated(p, src, ruleReason);
        Deliver(p, src, txTime, ToTime(*passage.original + rule->time));
    }
    return true;
}

bool
ImpairedChannel::Lose(Ptr<const Packet> p,
                      Ptr<PointToPointNetDevice> src,
                      const std::string& reason)
{
    NS_LOG_LOGIC("lost " << p->GetUid() << ": " << reason);
    m_lost(p, src, reason);
    return false;
}

void
ImpairedChannel::Deliver(Ptr<const Packet> p,
                         Ptr<PointToPointNetDevice> src,
                         Time txTime,
                         Time extra)
{
    // Jitter may be larger than all delays together, but nothing arrives before it has left.
    PointToPointChannel::TransmitStart(p, src, txTime + std::max(extra, Time(0) - GetDelay()));
}

} // namespace ns3
