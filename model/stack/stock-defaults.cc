// The settings of a script for ns-3's own TCP: which of them count here, and which have no effect.

#include "stock-defaults.h"

#include "../wire/translation.h"
#include "lifecycle-l4-protocol.h"
#include "settings.h"

#include "ns3/boolean.h"
#include "ns3/double.h"
#include "ns3/node-list.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/string.h"
#include "ns3/tcp-socket.h"
#include "ns3/uinteger.h"

#include <algorithm>
#include <iostream>
#include <set>
#include <string_view>

namespace ns3::lifecycle_internal
{

namespace
{

using lifecycle::ConnectionConfig;
using lifecycle::EcnUse;
using Information = TypeId::AttributeInformation;

/** An attribute of ns-3's TCP that has a counterpart among our settings. */
struct Heeded
{
    const char* type;
    const char* name;
    void (*take)(Settings& settings, const Information& information);
};

/** Takes the value of an attribute without change. */
template <auto field, class Value>
void
Take(Settings& settings, const Information& information)
{
    using Field = std::decay_t<decltype(ConnectionConfig().*field)>;
    const auto value = dynamic_cast<const Value&>(*information.initialValue).Get();
    if constexpr (std::is_same_v<Value, TimeValue>)
    {
        settings.Set(field, ToDuration(value));
    }
    else
    {
        settings.Set(field, static_cast<Field>(value));
    }
}

void
TakeSegmentSize(Settings& settings, const Information& information)
{
    const auto octets = dynamic_cast<const UintegerValue&>(*information.initialValue).Get();
    settings.Set(&ConnectionConfig::mss, static_cast<uint16_t>(std::min<uint64_t>(octets, 0xffff)));
}

void
TakeNoDelay(Settings& settings, const Information& information)
{
    const bool noDelay = dynamic_cast<const BooleanValue&>(*information.initialValue).Get();
    settings.Set(&ConnectionConfig::nagle, !noDelay);
}

void
TakeMaxSegLifetime(Settings& settings, const Information& information)
{
    const double seconds = dynamic_cast<const DoubleValue&>(*information.initialValue).Get();
    settings.Set(&ConnectionConfig::msl, ToDuration(Seconds(seconds)));
}

/** The value as text. */
std::string
TextOf(const Information& information, Ptr<const AttributeValue> value)
{
    return value->SerializeToString(information.checker);
}

void
TakeUseEcn(Settings& settings, const Information& information)
{
    const std::string text = TextOf(information, information.initialValue);
    settings.Set(&ConnectionConfig::ecn,
                 text == "On"    ? EcnUse::ON
                 : text == "Off" ? EcnUse::OFF
                                 : EcnUse::PASSIVE);
}

// clang-format off
constexpr Heeded HEEDED[]{
    {"ns3::TcpSocket", "SndBufSize", Take<&ConnectionConfig::sendBuffer, UintegerValue>},
    {"ns3::TcpSocket", "RcvBufSize", Take<&ConnectionConfig::receiveBuffer, UintegerValue>},
    {"ns3::TcpSocket", "SegmentSize", TakeSegmentSize},
    {"ns3::TcpSocket", "InitialSlowStartThreshold", Take<&ConnectionConfig::initialSsthresh, UintegerValue>},
    {"ns3::TcpSocket", "InitialCwnd", Take<&ConnectionConfig::initialCwnd, UintegerValue>},
    {"ns3::TcpSocket", "ConnTimeout", Take<&ConnectionConfig::initialRto, TimeValue>},
    {"ns3::TcpSocket", "ConnCount", Take<&ConnectionConfig::synRetries, UintegerValue>},
    {"ns3::TcpSocket", "DataRetries", Take<&ConnectionConfig::dataRetries, UintegerValue>},
    {"ns3::TcpSocket", "DelAckTimeout", Take<&ConnectionConfig::delayedAck, TimeValue>},
    {"ns3::TcpSocket", "DelAckCount", Take<&ConnectionConfig::delayedAckCount, UintegerValue>},
    {"ns3::TcpSocket", "TcpNoDelay", TakeNoDelay},
    {"ns3::TcpSocket", "PersistTimeout", Take<&ConnectionConfig::persistMin, TimeValue>},
    {"ns3::TcpSocketBase", "MaxSegLifetime", TakeMaxSegLifetime},
    {"ns3::TcpSocketBase", "MinRto", Take<&ConnectionConfig::minRto, TimeValue>},
    {"ns3::TcpSocketBase", "ClockGranularity", Take<&ConnectionConfig::clockGranularity, TimeValue>},
    {"ns3::TcpSocketBase", "WindowScaling", Take<&ConnectionConfig::windowScaling, BooleanValue>},
    {"ns3::TcpSocketBase", "Timestamp", Take<&ConnectionConfig::timestamps, BooleanValue>},
    {"ns3::TcpSocketBase", "Sack", Take<&ConnectionConfig::sack, BooleanValue>},
    {"ns3::TcpSocketBase", "UseEcn", TakeUseEcn},
};

/** What holds here instead of attributes of ns-3's TCP. The first entry that fits counts. */
struct Instead
{
    const char* type;    ///< a type; derived types count, too
    const char* name;    ///< of the attribute; empty: every attribute of the type
    const char* alike;   ///< the value that asks for what we do; null: the default
    const char* meaning; ///< what holds here
};

constexpr const char* CONGESTION_CONTROL = "congestion control is NewReno's";
constexpr const char* RECOVERY = "losses are repaired by RFC 6675, without SACK by RFC 6582";
constexpr const char* ROUND_TRIPS = "round trips are estimated by RFC 6298, and InitialRto is the timeout before the first";

constexpr Instead INSTEAD[]{
    {"ns3::TcpL4Protocol", "SocketType", "ns3::TcpNewReno", CONGESTION_CONTROL},
    {"ns3::TcpL4Protocol", "RecoveryType", "", RECOVERY},
    {"ns3::TcpL4Protocol", "RttEstimatorType", nullptr, ROUND_TRIPS},
    {"ns3::RttEstimator", "", nullptr, ROUND_TRIPS},
    {"ns3::TcpCubic", "", nullptr, CONGESTION_CONTROL}, // its TypeId has TcpSocketBase for a parent
    {"ns3::TcpCongestionOps", "", nullptr, CONGESTION_CONTROL},
    {"ns3::TcpRecoveryOps", "", nullptr, RECOVERY},
    {"ns3::TcpSocketState", "", nullptr, "nothing is paced"},
    {"ns3::TcpSocketBase", "MaxWindowSize", nullptr, "ReceiveBuffer is what bounds the window"},
    {"ns3::TcpSocketBase", "ReTxThreshold", nullptr, "it takes three duplicates to see a loss"},
    {"ns3::TcpSocketBase", "LimitedTransmit", nullptr, "limited transmit is always on"},
    {"ns3::TcpSocketBase", "", nullptr, "LifecycleSocket has no such thing"},
};
// clang-format on

/** Whether @p information tells of a default that was set, even if to its original value. */
bool
WasSet(const Information& information)
{
    return information.initialValue != information.originalInitialValue;
}

/** Whether all defaults of TcpSocket were set, as a file of ConfigStore sets them. */
bool
AllWereSet()
{
    const TypeId tid = TcpSocket::GetTypeId();
    for (std::size_t i = 0; i < tid.GetAttributeN(); ++i)
    {
        if (!WasSet(tid.GetAttribute(i)))
        {
            return false;
        }
    }
    return true;
}

/** Whether somebody has chosen the default that @p information tells of. */
bool
WasChosen(const Information& information)
{
    return WasSet(information) &&
           (!AllWereSet() || TextOf(information, information.initialValue) !=
                                 TextOf(information, information.originalInitialValue));
}

bool
IsHeeded(const std::string& type, const std::string& name)
{
    return std::any_of(std::begin(HEEDED), std::end(HEEDED), [&](const Heeded& heeded) {
        return type == heeded.type && name == heeded.name;
    });
}

/** What holds instead of attribute @p name of @p tid; null if ns-3's TCP has no part in @p tid. */
const Instead*
FindInstead(TypeId tid, const std::string& name)
{
    for (const Instead& instead : INSTEAD)
    {
        TypeId ancestor;
        if (TypeId::LookupByNameFailSafe(instead.type, &ancestor) &&
            (tid == ancestor || tid.IsChildOf(ancestor)) &&
            (std::string_view(instead.name).empty() || name == instead.name))
        {
            return &instead;
        }
    }
    return nullptr;
}

/** Says that the value @p text of the attribute of @p information has no effect here, if so. */
void
Warn(TypeId tid, const Information& information, const std::string& text)
{
    const Instead* instead = FindInstead(tid, information.name);
    if (instead == nullptr || IsHeeded(tid.GetName(), information.name) ||
        text == (instead->alike ? instead->alike
                                : TextOf(information, information.originalInitialValue)))
    {
        return;
    }
    // NS_LOG_UNCOND would say nothing in an optimized build of ns-3.
    std::clog << "LifecycleL4Protocol: " << tid.GetName() << "::" << information.name << " is "
              << text << ", which has no effect here: " << instead->meaning << std::endl;
}

/** Names the attributes of TcpL4Protocol that were set without effect at nodes with our TCP. */
void
WarnOfNodes()
{
    const TypeId tid = TcpL4Protocol::GetTypeId();
    for (std::size_t i = 0; i < tid.GetAttributeN(); ++i)
    {
        const Information information = tid.GetAttribute(i);
        const std::string byDefault = TextOf(information, information.initialValue);
        std::set<std::string> texts; // each value once, however many nodes have it
        for (auto node = NodeList::Begin(); node != NodeList::End(); ++node)
        {
            StringValue value;
            const auto tcp = (*node)->GetObject<LifecycleL4Protocol>();
            if (tcp && tcp->GetAttributeFailSafe(information.name, value) &&
                value.Get() != byDefault)
            {
                texts.insert(value.Get());
            }
        }
        for (const std::string& text : texts)
        {
            Warn(tid, information, text);
        }
    }
}

} // namespace

void
HeedStockDefaults(Settings& settings)
{
    for (const Heeded& heeded : HEEDED)
    {
        Information information;
        if (TypeId::LookupByName(heeded.type).LookupAttributeByName(heeded.name, &information) &&
            WasChosen(information))
        {
            heeded.take(settings, information);
        }
    }
}

void
WarnOfStockSettings()
{
    for (uint16_t i = 0; i < TypeId::GetRegisteredN(); ++i)
    {
        const TypeId tid = TypeId::GetRegistered(i);
        for (std::size_t j = 0; j < tid.GetAttributeN(); ++j)
        {
            const Information information = tid.GetAttribute(j);
            if (WasChosen(information))
            {
                Warn(tid, information, TextOf(information, information.initialValue));
            }
        }
    }
    WarnOfNodes();
}

} // namespace ns3::lifecycle_internal
