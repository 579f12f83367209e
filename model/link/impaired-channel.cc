#include "impaired-channel.h"

#include "../wire/found-segment.h"
#include "../wire/translation.h"
#include "impairment.h"
#include "segment-rule.h"

#include "ns3/double.h"
#include "ns3/log.h"
#include "ns3/names.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/random-variable-stream.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace ns3
{

using namespace lifecycle_internal;

NS_LOG_COMPONENT_DEFINE("ImpairedChannel");
NS_OBJECT_ENSURE_REGISTERED(ImpairedChannel);

namespace
{

constexpr uint32_t LAST_CHECKSUM_BIT = 17 * 8 + 7; // of the TCP header, RFC 9293 3.1

/** A copy of @p packet, UID included, with one bit flipped; bit 0 is the first octet's highest. */
Ptr<Packet>
WithFlippedBit(const Packet& packet, uint32_t bit)
{
    std::vector<uint8_t> octets(packet.GetSize());
    packet.CopyData(octets.data(), packet.GetSize());
    octets[bit / 8] ^= static_cast<uint8_t>(0x80 >> bit % 8);
    Ptr<Packet> damaged = packet.Copy();
    damaged->RemoveAtEnd(packet.GetSize() - bit / 8);
    damaged->AddAtEnd(Create<Packet>(octets.data() + bit / 8, packet.GetSize() - bit / 8));
    return damaged;
}

/** Translates a field into the pure model's. @return What is wrong; empty if all is well. */
template <class Value>
std::string
Translate(const Value& value, Value& pure)
{
    pure = value;
    return "";
}

std::string
Translate(Time value, lifecycle::Duration& pure)
{
    pure = ToDuration(value);
    return "";
}

std::string
Translate(DataRate value, std::uint64_t& pure)
{
    pure = value.GetBitRate();
    return "";
}

/** Takes what was parsed, or tells the problem that stands in its place. */
template <class Parsed, class Pure>
std::string
Take(Parsed parsed, Pure& pure)
{
    if (const auto* wrong = std::get_if<std::string>(&parsed))
    {
        return *wrong;
    }
    pure = std::get<0>(std::move(parsed));
    return "";
}

std::string
Translate(const std::string& text, lifecycle::DelayDistribution& pure)
{
    return text.empty() ? "" : Take(lifecycle::DelayDistribution::FromText(text), pure);
}

std::string
Translate(const std::string& text, std::optional<lifecycle::StateLoss>& pure)
{
    return text.empty() ? "" : Take(lifecycle::ParseStateLoss(text), pure);
}

std::string
Translate(const std::string& text, std::optional<lifecycle::GilbertElliottLoss>& pure)
{
    return text.empty() ? "" : Take(lifecycle::ParseGilbertElliott(text), pure);
}

/** The impairments in the terms of the pure model; or one sentence that says what is wrong. */
std::variant<lifecycle::LinkImpairment, std::string>
ToPure(const LinkImpairments& impairments,
       bool checksums,
       const ImpairedChannel::FieldNames& givenNames)
{
    const lifecycle::FieldNames nameOf = [&givenNames](std::string_view field) {
        return givenNames ? givenNames(std::string(field)) : std::string(field);
    };
    lifecycle::LinkImpairment pure;
    std::string problem;
    lifecycle::ForEachImpairment([&](const auto& row) {
        const std::string wrong = Translate(row.of(impairments), row.of(pure));
        if (!wrong.empty() && problem.empty())
        {
            problem = nameOf(row.field) + ": " + wrong;
        }
    });
    if (!problem.empty())
    {
        return problem;
    }
    if (const auto found = lifecycle::FindProblem(pure, checksums, nameOf))
    {
        return *found;
    }
    return pure;
}

/** How a field appears as an attribute. */
struct TimeForm
{
    using Value = TimeValue;

    static Ptr<const AttributeChecker> Checker(double /* min */)
    {
        return MakeTimeChecker(Time(0));
    }
};

struct FractionForm
{
    using Value = DoubleValue;

    static Ptr<const AttributeChecker> Checker(double /* min */)
    {
        return MakeDoubleChecker<double>(0.0, 1.0);
    }
};

struct CountForm
{
    using Value = UintegerValue;

    static Ptr<const AttributeChecker> Checker(double min)
    {
        return MakeUintegerChecker<uint32_t>(static_cast<uint32_t>(min));
    }
};

struct TextForm
{
    using Value = StringValue;

    static Ptr<const AttributeChecker> Checker(double /* min */)
    {
        return MakeStringChecker();
    }
};

struct RateForm
{
    using Value = DataRateValue;

    static Ptr<const AttributeChecker> Checker(double /* min */)
    {
        return MakeDataRateChecker();
    }
};

TimeForm
FormOf(const Time& /* field */)
{
    return {};
}

FractionForm
FormOf(double /* field */)
{
    return {};
}

CountForm
FormOf(uint32_t /* field */)
{
    return {};
}

TextForm
FormOf(const std::string& /* field */)
{
    return {};
}

RateForm
FormOf(const DataRate& /* field */)
{
    return {};
}

} // namespace

/** @brief A packet and what was decided about it. */
struct ImpairedChannel::Transmission
{
    Ptr<const Packet> packet;                      ///< as the device sends it
    Ptr<PointToPointNetDevice> src;                ///< the device
    Time txTime;                                   ///< how long the transmission takes
    lifecycle::Passage passage;                    ///< what the impairments decided
    std::optional<lifecycle::RuleVerdict> verdict; ///< what a rule decided, if any
    Time sent;                                     ///< when the transmission began

    /** @brief Whether a rule demands @p action. @param action to look for @return whether so */
    bool IsTo(lifecycle::RuleAction action) const
    {
        return verdict && verdict->action == action;
    }

    /** @brief The reason that traces give if a rule has decided. @return the reason */
    std::string RuleReason() const
    {
        return "rule: " + verdict->text;
    }
};

/** @brief All that an ImpairedChannel is told and remembers. */
struct ImpairedChannel::Model
{
    /** @brief One direction. */
    struct Direction
    {
        LinkImpairments settings;               ///< as set
        bool settingsChanged{false};            ///< attributes are set, not yet in `impaired`
        std::optional<LinkImpairments> inForce; ///< the settings in `impaired`
        lifecycle::ImpairedDirection impaired;  ///< decides about each packet
        lifecycle::DrawSource draw;             ///< draws from `streams`
        std::array<Ptr<UniformRandomVariable>, lifecycle::DRAW_KINDS> streams; ///< one per kind
        std::string senderName; ///< empty: none given
    };

    std::array<Direction, 2> directions;        ///< by the sending device
    lifecycle::SegmentRules rules;              ///< for single segments, both directions
    std::map<uint64_t, Transmission> held;      ///< held by a rule, by name in `rules`
    std::vector<std::pair<Time, Time>> outages; ///< [from, to)
    bool down{false};                           ///< between SetDown and SetUp
};

/** @brief Sets one field in both directions, as attributes do. */
class ImpairedChannel::ImpairmentAccessor : public AttributeAccessor
{
  public:
    /** How a field is set from the value of an attribute. */
    using Setter = std::function<bool(LinkImpairments& in, const AttributeValue& value)>;

    explicit ImpairmentAccessor(Setter set)
        : m_set(std::move(set))
    {
    }

    bool Set(ObjectBase* object, const AttributeValue& value) const override
    {
        auto* channel = dynamic_cast<ImpairedChannel*>(object);
        bool isSet = channel != nullptr;
        for (std::size_t i = 0; isSet && i < 2; ++i)
        {
            Model::Direction& direction = channel->m_model->directions[i];
            isSet = m_set(direction.settings, value);
            // Settings are checked only when used: other attributes may follow.
            direction.settingsChanged = true;
        }
        return isSet;
    }

    bool Get(const ObjectBase* /* object */, AttributeValue& /* attribute */) const override
    {
        return false; // the two directions may differ
    }

    bool HasGetter() const override
    {
        return false;
    }

    bool HasSetter() const override
    {
        return true;
    }

  private:
    Setter m_set;
};

TypeId
ImpairedChannel::AddImpairments(TypeId tid)
{
    LinkImpairments initial;
    lifecycle::ForEachImpairment([&](const auto& row) {
        const auto form = FormOf(row.of(initial));
        using Value = typename decltype(form)::Value;
        const auto set = [of = row.of](LinkImpairments& in, const AttributeValue& value) {
            const auto* given = dynamic_cast<const Value*>(&value);
            if (given != nullptr)
            {
                of(in) = static_cast<std::decay_t<decltype(of(in))>>(given->Get());
            }
            return given != nullptr;
        };
        tid.AddAttribute(row.attribute,
                         std::string(row.help) + ", in both directions",
                         TypeId::ATTR_SET | TypeId::ATTR_CONSTRUCT,
                         Value(row.of(initial)),
                         Create<ImpairmentAccessor>(set),
                         form.Checker(row.min));
    });
    return tid;
}

TypeId
ImpairedChannel::GetTypeId()
{
    static TypeId tid =
        AddImpairments(TypeId("ns3::ImpairedChannel")
                           .SetParent<PointToPointChannel>()
                           .SetGroupName("TcpLifecycle")
                           .AddConstructor<ImpairedChannel>())
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
            .AddTraceSource("Corrupted",
                            "The channel delivers a packet with one bit flipped: packet as it was "
                            "sent, sending device, reason.",
                            MakeTraceSourceAccessor(&ImpairedChannel::m_corrupted),
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
ImpairedChannel::FindProblem(const LinkImpairments& impairments,
                             bool checksums,
                             const FieldNames& nameOf)
{
    const auto pure = ToPure(impairments, checksums, nameOf);
    const auto* problem = std::get_if<std::string>(&pure);
    return problem ? *problem : "";
}

void
ImpairedChannel::ApplyImpairments(uint32_t sender)
{
    Model::Direction& direction = m_model->directions[sender];
    direction.settingsChanged = false;
    const auto pure = ToPure(direction.settings, Node::ChecksumEnabled(), {});
    if (const auto* problem = std::get_if<std::string>(&pure))
    {
        NS_ABORT_MSG_UNLESS(direction.inForce, *problem);
        std::clog << "ImpairedChannel: " << *problem
                  << "; the link keeps what it had when it carried a packet last" << std::endl;
        direction.settings = *direction.inForce;
        return;
    }
    direction.impaired.SetImpairment(std::get<lifecycle::LinkImpairment>(pure));
    direction.inForce = direction.settings;
}

void
ImpairedChannel::SetRules(const std::string& rules)
{
    NS_LOG_FUNCTION(this << rules);
    const std::string problem = FindProblemInRules(rules);
    NS_ABORT_MSG_UNLESS(problem.empty(), problem);
    m_model->rules = lifecycle::SegmentRules(
        std::get<std::vector<lifecycle::SegmentRule>>(lifecycle::ParseSegmentRules(rules)));
    m_model->held.clear();
}

std::string
ImpairedChannel::GetRules() const
{
    return m_model->rules.Text();
}

std::string
ImpairedChannel::FindProblemInRules(const std::string& rules,
                                    const std::vector<std::string>& hosts,
                                    bool checksums)
{
    const auto parsed = lifecycle::ParseSegmentRules(rules);
    if (const auto* error = std::get_if<lifecycle::RuleError>(&parsed))
    {
        return error->message;
    }
    const auto& all = std::get<std::vector<lifecycle::SegmentRule>>(parsed);
    for (const lifecycle::SegmentRule& rule : all)
    {
        if (rule.action == lifecycle::RuleAction::CORRUPT && !checksums)
        {
            return "rules: corrupt needs checksums, because nobody would notice the damage: " +
                   ToString(rule);
        }
    }
    return lifecycle::FindUnknownHost(all, hosts).value_or("");
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
    if (direction.settingsChanged || !direction.inForce)
    {
        ApplyImpairments(sender);
    }

    // Impairments and rules are asked about every packet, also a lost one: see the class comment.
    const lifecycle::Instant now = CurrentInstant();
    Transmission transmission{p, src, txTime, {}, {}, Simulator::Now()};
    transmission.passage =
        direction.impaired.Decide(now + ToDuration(txTime), p->GetSize(), direction.draw);
    std::vector<uint64_t> released;
    if (!m_model->rules.IsEmpty())
    {
        if (const auto tcp = FindSegmentInFrame(p))
        {
            auto decision = m_model->rules.Decide(GetHostName(sender),
                                                  GetHostName(1 - sender),
                                                  tcp->found.path,
                                                  tcp->found.segment,
                                                  now);
            transmission.verdict = std::move(decision.verdict);
            released = std::move(decision.released);
        }
    }
    const bool isThrough = Transmit(transmission);
    for (const uint64_t name : released)
    {
        Release(name, transmission);
    }
    return isThrough;
}

bool
ImpairedChannel::Transmit(const Transmission& t)
{
    using lifecycle::RuleAction;
    if (IsDown())
    {
        return Lose(t, "outage");
    }
    if (t.IsTo(RuleAction::DROP))
    {
        return Lose(t, t.RuleReason());
    }
    if (t.passage.IsLost())
    {
        return Lose(t, t.passage.isOverLimit ? "limit" : "loss");
    }
    if (t.IsTo(RuleAction::REORDER))
    {
        m_model->held.emplace(t.verdict->heldAs, t);
        return true;
    }
    Time late;
    if (t.IsTo(RuleAction::DELAY))
    {
        late = ToTime(t.verdict->times.at(0));
        m_delayed(t.packet, t.src, late, t.RuleReason());
    }
    const auto deliver = [&](const lifecycle::Delivery& delivery, Time more) {
        return Deliver(t, ToTime(delivery.wait) + more, delivery.damage.value_or(-1.0));
    };
    const bool isThrough = deliver(*t.passage.original, late);
    if (t.passage.copy)
    {
        m_duplicated(t.packet, t.src, "duplicate");
        deliver(*t.passage.copy, late);
    }
    if (t.IsTo(RuleAction::DUPLICATE))
    {
        for (const lifecycle::Duration behind : t.verdict->times)
        {
            m_duplicated(t.packet, t.src, t.RuleReason());
            deliver(*t.passage.original, ToTime(behind));
        }
    }
    return isThrough;
}

void
ImpairedChannel::Release(uint64_t name, const Transmission& last)
{
    const auto node = m_model->held.extract(name);
    if (node.empty())
    {
        return; // the packet was lost when it was sent, so nothing holds it
    }
    Transmission& t = node.mapped();
    m_delayed(t.packet, t.src, last.sent - t.sent, t.RuleReason());
    t.verdict.reset();
    t.txTime = last.txTime;
    if (last.passage.original)
    {
        t.passage.original->wait = std::max(t.passage.original->wait, last.passage.original->wait);
    }
    Transmit(t);
}

bool
ImpairedChannel::Lose(const Transmission& t, const std::string& reason)
{
    NS_LOG_LOGIC("lost " << t.packet->GetUid() << ": " << reason);
    m_lost(t.packet, t.src, reason);
    return false;
}

bool
ImpairedChannel::Deliver(const Transmission& t, Time wait, double damage)
{
    Ptr<const Packet> packet = t.packet;
    const bool isByRule = t.IsTo(lifecycle::RuleAction::CORRUPT);
    if (isByRule || damage >= 0.0)
    {
        const auto tcp = FindSegmentInFrame(packet);
        if (!tcp)
        {
            return Lose(t, "corrupt");
        }
        m_corrupted(packet, t.src, isByRule ? t.RuleReason() : "corrupt");
        const uint32_t bit =
            isByRule ? LAST_CHECKSUM_BIT : static_cast<uint32_t>(damage * tcp->found.size * 8);
        packet = WithFlippedBit(*packet, tcp->begin * 8 + bit);
    }
    // Jitter may be larger than all delays together, but no packet arrives before its transmission
    // ends.
    PointToPointChannel::TransmitStart(packet,
                                       t.src,
                                       t.txTime + std::max(wait, Time(0) - GetDelay()));
    return true;
}

} // namespace ns3
