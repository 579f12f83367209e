#include "stock.h"

#include "ns3/config.h"
#include "ns3/double.h"
#include "ns3/nstime.h"
#include "ns3/string.h"
#include "ns3/type-id.h"
#include "ns3/uinteger.h"

#include <chrono>
#include <map>
#include <string>
#include <type_traits>
#include <variant>

namespace ns3::lifecycle_internal
{

namespace
{

/** The settings of ns-3's own TCP that mean what one of ours means. */
const std::map<std::string, std::string> STOCK_ATTRIBUTES{
    {"msl", "ns3::TcpSocketBase::MaxSegLifetime"},
    {"min-rto", "ns3::TcpSocketBase::MinRto"},
    {"initial-rto", "ns3::TcpSocket::ConnTimeout"},
    {"syn-retries", "ns3::TcpSocket::ConnCount"},
    {"data-retries", "ns3::TcpSocket::DataRetries"},
    {"mss", "ns3::TcpSocket::SegmentSize"},
    {"send-buffer", "ns3::TcpSocket::SndBufSize"},
    {"receive-buffer", "ns3::TcpSocket::RcvBufSize"},
};

/** One of those attributes as ns-3 has it. */
TypeId::AttributeInformation
InformationOf(const std::string& attribute)
{
    const auto colons = attribute.rfind("::");
    TypeId::AttributeInformation information;
    TypeId::LookupByName(attribute.substr(0, colons))
        .LookupAttributeByName(attribute.substr(colons + 2), &information);
    return information;
}

/** Writes what ns-3 has into a field of ours. */
void
Assign(Target target, const AttributeValue& value)
{
    std::visit(
        [&](auto* field) {
            using Field = std::remove_pointer_t<decltype(field)>;
            if constexpr (std::is_same_v<Field, Duration>)
            {
                const auto* seconds = dynamic_cast<const DoubleValue*>(&value);
                const Time time = seconds != nullptr ? Seconds(seconds->Get())
                                                     : dynamic_cast<const TimeValue&>(value).Get();
                *field = Duration(time.GetNanoSeconds());
            }
            else if constexpr (std::is_integral_v<Field> && !std::is_same_v<Field, bool>)
            {
                *field = static_cast<Field>(dynamic_cast<const UintegerValue&>(value).Get());
            }
        },
        target);
}

} // namespace

bool
IsStockSetting(const std::string& name)
{
    return STOCK_ATTRIBUTES.count(name) > 0;
}

bool
IsInForce(const LifecycleScenario& config, const Option& parameter)
{
    const bool isOurs = !parameter.attribute.empty() || parameter.name == "preset";
    return parameter.describesTheRun &&
           !(config.stack == "stock" && isOurs && !IsStockSetting(parameter.name));
}

void
FillStockDefaults(LifecycleScenario& config)
{
    for (const Option& p : ScenarioOptions())
    {
        if (IsStockSetting(p.name) && config.given.count(p.name) == 0)
        {
            const auto information = InformationOf(STOCK_ATTRIBUTES.at(p.name));
            Assign(p.target(config), *information.originalInitialValue);
            if (p.name == "syn-retries") // ns-3 counts the first SYN, too
            {
                --config.values.Get().connection.synRetries;
            }
        }
    }
}

void
ConfigureStock(LifecycleScenario config)
{
    for (const Option& p : ScenarioOptions())
    {
        if (!IsStockSetting(p.name) || config.given.count(p.name) == 0)
        {
            continue;
        }
        const double seconds =
            std::chrono::duration<double>(config.values.Get().connection.msl).count();
        const std::string value =
            p.name == "msl" ? std::to_string(seconds) // a number there
            : p.name == "syn-retries"
                ? std::to_string(config.values.Get().connection.synRetries + 1)
                : ToText(p, config);
        Config::SetDefault(STOCK_ATTRIBUTES.at(p.name), StringValue(value));
    }
}

void
CheckStock(LifecycleScenario config)
{
    if (config.given.count("preset") > 0)
    {
        throw UsageError("--preset: '" + config.preset +
                         "' is not allowed with --stack=stock, which has no presets.");
    }
    for (const Option& p : ScenarioOptions())
    {
        if (!p.attribute.empty() && config.given.count(p.name) > 0 && !IsStockSetting(p.name))
        {
            std::string allowed;
            for (const auto& [name, attribute] : STOCK_ATTRIBUTES)
            {
                allowed += (allowed.empty() ? "" : ", ") + name;
            }
            throw UsageError("--" + p.name + ": '" + ToText(p, config) +
                             "' is not allowed with --stack=stock, which has no such setting; "
                             "allowed are " +
                             allowed + ".");
        }
    }
}

} // namespace ns3::lifecycle_internal
