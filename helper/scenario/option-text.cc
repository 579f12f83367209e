// The values of options as text, both ways.

#include "../../model/wire/translation.h"
#include "options.h"

#include "ns3/random-variable-stream.h"
#include "ns3/type-id.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <type_traits>

namespace ns3::lifecycle_internal
{

using std::string;

namespace
{

const std::pair<const char*, std::uint64_t> RATE_UNITS[] = {
    {"Gbps", 1000000000},
    {"Mbps", 1000000},
    {"kbps", 1000},
};

} // namespace

string
NumberText(double number)
{
    return number == std::floor(number) && std::abs(number) < 1e15
               ? std::to_string(static_cast<std::int64_t>(number))
               : nlohmann::json(number).dump();
}

string
VariableText(const DrawnTime& drawn)
{
    const double seconds = ToSeconds(drawn.fixed);
    return drawn.IsFixed()
               ? "ns3::ConstantRandomVariable[Constant=" + nlohmann::json(seconds).dump() + "]"
               : drawn.variable;
}

string
VariableText(const DrawnNumber& drawn)
{
    return drawn.IsFixed()
               ? "ns3::ConstantRandomVariable[Constant=" + std::to_string(drawn.fixed) + "]"
               : drawn.variable;
}

bool
IsTime(const Option& p)
{
    return p.Holds<Time>() || p.Holds<std::optional<Time>>() || p.Holds<Duration>() ||
           p.Holds<DrawnTime>();
}

bool
MayBeDrawn(const Option& p)
{
    return p.Holds<DrawnTime>() || p.Holds<DrawnNumber>();
}

bool
MayBeSame(const Option& p)
{
    return p.Holds<std::optional<Time>>() || p.Holds<std::optional<std::uint32_t>>() ||
           p.Holds<std::optional<double>>() || p.Holds<std::optional<string>>() ||
           p.Holds<std::optional<DataRate>>();
}

string
Allowed(const Option& p)
{
    if (!p.range.choices.empty())
    {
        string list;
        for (const string& choice : p.range.choices)
        {
            list += (list.empty() ? "" : ", ") + choice;
        }
        return "allowed are " + list;
    }
    if (p.Holds<bool>())
    {
        return "allowed are true and false";
    }
    string same = MayBeSame(p) ? string(", or ") + SAME + " as in both directions" : "";
    if (MayBeDrawn(p))
    {
        same += string(", or a random variable") + (IsTime(p) ? " in seconds" : "") +
                " such as ns3::ExponentialRandomVariable[Mean=0.5]";
    }
    if (p.Holds<DataRate>() || p.Holds<std::optional<DataRate>>())
    {
        return "allowed is a number with bps, kbps, Mbps or Gbps, from 1bps to 1000000Gbps, such "
               "as 10Mbps, or 0bps for none" +
               same;
    }
    if (IsTime(p))
    {
        string range;
        if (p.range.max > p.range.min)
        {
            const auto text = [](double s) { return ToText(NanoSeconds(std::llround(s * 1e9))); };
            range = p.range.leastAboveZero > 0 ? " of 0, or from " + text(p.range.leastAboveZero)
                                               : " from " + text(p.range.min);
            range += " to " + text(p.range.max);
        }
        return "allowed is a time" + range + " with a unit (ns, us, ms, s, min, h), such as 30s" +
               same;
    }
    const bool fraction = p.Holds<double>() || p.Holds<std::optional<double>>();
    string text = fraction ? "allowed is a number" : "allowed is a whole number";
    if (p.range.max > p.range.min)
    {
        text += p.range.leastAboveZero > 0
                    ? " that is 0, or from " + NumberText(p.range.leastAboveZero)
                    : " from " + NumberText(p.range.min);
        text += " to " + NumberText(p.range.max);
    }
    return text + same;
}

namespace
{

[[noreturn]] void
Refuse(const Option& p, const string& text)
{
    throw UsageError("--" + p.name + ": '" + text + "' is not allowed; " + Allowed(p) + ".");
}

bool
IsTooSmall(const Option& p, double number)
{
    return number > 0 && number < p.range.leastAboveZero;
}

double
ReadNumber(const Option& p, const string& text)
{
    static const std::regex NUMBER("[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+)?");
    const double number =
        std::regex_match(text, NUMBER) ? std::strtod(text.c_str(), nullptr) : std::nan("");
    if (!(number >= p.range.min) || (p.range.max > p.range.min && number > p.range.max) ||
        IsTooSmall(p, number))
    {
        Refuse(p, text);
    }
    return number;
}

constexpr Duration LONGEST_TIME = std::chrono::seconds(9000000000); // sums do not overflow

Time
ReadTime(const Option& p, const string& text)
{
    const auto time = lifecycle::ParseTime(text == "0" ? "0s" : text, LONGEST_TIME);
    const double seconds = std::chrono::duration<double>(time.value_or(Duration(0))).count();
    if (!time || seconds < p.range.min || (p.range.max > p.range.min && seconds > p.range.max) ||
        IsTooSmall(p, seconds))
    {
        Refuse(p, text);
    }
    return ToTime(*time);
}

bool
ReadFlag(const Option& p, const string& text)
{
    if (text.empty() || text == "true" || text == "1" || text == "yes" || text == "on")
    {
        return true;
    }
    if (text == "false" || text == "0" || text == "no" || text == "off")
    {
        return false;
    }
    Refuse(p, text);
}

string
ReadText(const Option& p, const string& text)
{
    if (!p.range.choices.empty() &&
        std::find(p.range.choices.begin(), p.range.choices.end(), text) == p.range.choices.end())
    {
        Refuse(p, text);
    }
    return text;
}

/** Whether @p text is a value of @p attribute, which ns-3 itself would abort to find out. */
bool
IsValueOf(const TypeId::AttributeInformation& attribute, const string& text)
{
    static const std::regex NUMBER("-?[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+)?");
    static const std::regex WHOLE("-?[0-9]{1,9}");
    const string type = attribute.checker->GetValueTypeName();
    return type == "ns3::DoubleValue"    ? std::regex_match(text, NUMBER)
           : type == "ns3::IntegerValue" ? std::regex_match(text, WHOLE)
           : type == "ns3::BooleanValue" ? text == "true" || text == "false"
                                         : false;
}

/** Whether ns-3 can make a random variable of @p text: `ns3::UniformRandomVariable[Min=1|Max=2]`. */
bool
IsVariable(const string& text)
{
    static const std::regex SHAPE("(ns3::[A-Za-z]+RandomVariable)(\\[([^\\[\\]]*)\\])?");
    std::smatch match;
    TypeId type;
    // Those two take what they draw from a table that no attribute can hold.
    if (!std::regex_match(text, match, SHAPE) || match[1] == "ns3::EmpiricalRandomVariable" ||
        match[1] == "ns3::DeterministicRandomVariable" ||
        !TypeId::LookupByNameFailSafe(match[1], &type) ||
        !type.IsChildOf(RandomVariableStream::GetTypeId()) || !type.HasConstructor())
    {
        return false;
    }
    std::istringstream attributes(match[3]);
    for (string one; std::getline(attributes, one, '|');)
    {
        const auto equals = one.find('=');
        TypeId::AttributeInformation information;
        if (equals == string::npos ||
            !type.LookupAttributeByName(one.substr(0, equals), &information) ||
            !IsValueOf(information, one.substr(equals + 1)))
        {
            return false;
        }
    }
    return true;
}

template <class Integer>
Integer
ReadInteger(const Option& p, const string& text)
{
    const double number = ReadNumber(p, text);
    if (number != std::floor(number) ||
        number > static_cast<double>(std::numeric_limits<Integer>::max()))
    {
        Refuse(p, text);
    }
    return static_cast<Integer>(number);
}

/** A rate as text: `10Mbps`. */
string
RateText(DataRate rate)
{
    const std::uint64_t bps = rate.GetBitRate();
    for (const auto& [unit, length] : RATE_UNITS)
    {
        if (bps > 0 && bps % length == 0)
        {
            return std::to_string(bps / length) + unit;
        }
    }
    return std::to_string(bps) + "bps";
}

/** Reads the value of an option. @throws UsageError */
template <class Value>
Value
Read(const Option& p, const string& text)
{
    if constexpr (std::is_same_v<Value, Time>)
    {
        return ReadTime(p, text);
    }
    else if constexpr (std::is_same_v<Value, Duration>)
    {
        return ToDuration(ReadTime(p, text));
    }
    else if constexpr (std::is_same_v<Value, DrawnTime> || std::is_same_v<Value, DrawnNumber>)
    {
        Value drawn;
        if (text.rfind("ns3::", 0) == 0)
        {
            drawn.variable = IsVariable(text) ? text : (Refuse(p, text), "");
            return drawn;
        }
        drawn.fixed = Read<decltype(drawn.fixed)>(p, text);
        return drawn;
    }
    else if constexpr (std::is_same_v<Value, bool>)
    {
        return ReadFlag(p, text);
    }
    else if constexpr (std::is_same_v<Value, double>)
    {
        return ReadNumber(p, text);
    }
    else if constexpr (std::is_same_v<Value, string>)
    {
        return ReadText(p, text);
    }
    else if constexpr (std::is_same_v<Value, DataRate>)
    {
        return IsRate(text) ? DataRate(text) : (Refuse(p, text), DataRate());
    }
    else if constexpr (std::is_enum_v<Value>)
    {
        const auto& choices = p.range.choices;
        const auto at = std::find(choices.begin(), choices.end(), ReadText(p, text));
        return static_cast<Value>(at - choices.begin());
    }
    else
    {
        return ReadInteger<Value>(p, text);
    }
}

template <class Value>
void
Assign(const Option& p, Value& value, const string& text)
{
    value = Read<Value>(p, text);
}

template <class Value>
void
Assign(const Option& p, std::optional<Value>& value, const string& text)
{
    value = text == SAME ? std::nullopt : std::optional(Read<Value>(p, text));
}

template <class Value>
string
TextOf(const Value& value)
{
    if constexpr (std::is_same_v<Value, Time> || std::is_same_v<Value, Duration>)
    {
        return ToText(value);
    }
    else if constexpr (std::is_same_v<Value, DrawnTime> || std::is_same_v<Value, DrawnNumber>)
    {
        return value.IsFixed() ? TextOf(value.fixed) : value.variable;
    }
    else if constexpr (std::is_same_v<Value, bool>)
    {
        return value ? "true" : "false";
    }
    else if constexpr (std::is_same_v<Value, double>)
    {
        return NumberText(value);
    }
    else if constexpr (std::is_same_v<Value, string>)
    {
        return value;
    }
    else if constexpr (std::is_same_v<Value, DataRate>)
    {
        return RateText(value);
    }
    else if constexpr (std::is_enum_v<Value>)
    {
        return lifecycle::NamesOf<Value>::LIST[static_cast<std::size_t>(value)];
    }
    else
    {
        return std::to_string(value);
    }
}

template <class Value>
string
TextOf(const std::optional<Value>& value)
{
    return value ? TextOf(*value) : SAME;
}

} // namespace

bool
IsRate(const string& text)
{
    static const std::regex RATE("([0-9]+(\\.[0-9]+)?)([kMG]?)bps");
    std::smatch match;
    if (!std::regex_match(text, match, RATE))
    {
        return false;
    }
    const double unit = match[3] == "k" ? 1e3 : match[3] == "M" ? 1e6 : match[3] == "G" ? 1e9 : 1;
    const double rate = std::strtod(match[1].str().c_str(), nullptr) * unit;
    return rate == 0 || (rate >= 1 && rate <= 1e15);
}

string
ToText(Time time)
{
    return ToText(ToDuration(time));
}

void
SetFromText(const Option& p, LifecycleScenario& scenario, const string& text)
{
    std::visit([&](auto* value) { Assign(p, *value, text); }, p.target(scenario));
}

string
ToText(const Option& p, const LifecycleScenario& scenario)
{
    // The target is not changed, but has one type for both.
    return std::visit([](const auto* value) { return TextOf(*value); },
                      p.target(const_cast<LifecycleScenario&>(scenario)));
}

} // namespace ns3::lifecycle_internal
