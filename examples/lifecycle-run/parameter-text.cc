// The values of parameters as text, both ways.

#include "parameters.h"

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

namespace lifecycle_run
{

using std::string;

namespace
{

const std::pair<const char*, std::int64_t> TIME_UNITS[] = {
    {"h", 3600000000000},
    {"min", 60000000000},
    {"s", 1000000000},
    {"ms", 1000000},
    {"us", 1000},
    {"ns", 1},
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
    const double seconds = std::chrono::duration<double>(drawn.fixed).count();
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
IsTime(const Parameter& p)
{
    return std::holds_alternative<Duration*>(p.target) ||
           std::holds_alternative<DrawnTime*>(p.target);
}

bool
MayBeDrawn(const Parameter& p)
{
    return std::holds_alternative<DrawnTime*>(p.target) ||
           std::holds_alternative<DrawnNumber*>(p.target);
}

string
Allowed(const Parameter& p)
{
    if (!p.choices.empty())
    {
        string list;
        for (const string& choice : p.choices)
        {
            list += (list.empty() ? "" : ", ") + choice;
        }
        return "allowed are " + list;
    }
    if (std::holds_alternative<bool*>(p.target))
    {
        return "allowed are true and false";
    }
    string same = p.maySame ? string(", or ") + SAME + " as in both directions" : "";
    if (MayBeDrawn(p))
    {
        same += string(", or a random variable") + (IsTime(p) ? " in seconds" : "") +
                " such as ns3::ExponentialRandomVariable[Mean=0.5]";
    }
    if (IsTime(p))
    {
        string range;
        if (p.max > p.min)
        {
            const auto text = [](double s) {
                return ToText(Duration(static_cast<std::int64_t>(std::llround(s * 1e9))));
            };
            range = p.leastAboveZero > 0 ? " of 0, or from " + text(p.leastAboveZero)
                                         : " from " + text(p.min);
            range += " to " + text(p.max);
        }
        return "allowed is a time" + range + " with a unit (ns, us, ms, s, min, h), such as 30s" +
               same;
    }
    const bool fraction = std::holds_alternative<double*>(p.target);
    string text = fraction ? "allowed is a number" : "allowed is a whole number";
    if (p.max > p.min)
    {
        text += p.leastAboveZero > 0 ? " that is 0, or from " + NumberText(p.leastAboveZero)
                                     : " from " + NumberText(p.min);
        text += " to " + NumberText(p.max);
    }
    return text + same;
}

namespace
{

[[noreturn]] void
Refuse(const Parameter& p, const string& text)
{
    throw UsageError("--" + p.name + ": '" + text + "' is not allowed; " + Allowed(p) + ".");
}

bool
IsTooSmall(const Parameter& p, double number)
{
    return number > 0 && number < p.leastAboveZero;
}

double
ReadNumber(const Parameter& p, const string& text)
{
    static const std::regex NUMBER("[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+)?");
    const double number =
        std::regex_match(text, NUMBER) ? std::strtod(text.c_str(), nullptr) : std::nan("");
    if (!(number >= p.min) || (p.max > p.min && number > p.max) || IsTooSmall(p, number))
    {
        Refuse(p, text);
    }
    return number;
}

Duration
ReadDuration(const Parameter& p, const string& text)
{
    static const std::regex TIME("([0-9]+)(\\.([0-9]+))?(ns|us|ms|s|min|h)");
    std::smatch match;
    if (text == "0")
    {
        return p.min <= 0 ? Duration(0) : (Refuse(p, text), Duration(0));
    }
    if (!std::regex_match(text, match, TIME) || match[1].length() > 19 || match[3].length() > 9)
    {
        Refuse(p, text);
    }
    std::int64_t unit = 1;
    for (const auto& [name, length] : TIME_UNITS)
    {
        unit = match[4] == name ? length : unit;
    }
    const double whole = std::stod(match[1]);
    const double seconds =
        (whole + (match[3].length() > 0 ? std::stod("0." + match[3].str()) : 0)) *
        static_cast<double>(unit) / 1e9;
    if (seconds < p.min || (p.max > p.min && seconds > p.max) || seconds > 9e9 ||
        IsTooSmall(p, seconds))
    {
        Refuse(p, text);
    }
    std::int64_t ns = std::stoll(match[1]) * unit;
    if (match[3].length() > 0)
    {
        ns += std::llround(std::stod("0." + match[3].str()) * static_cast<double>(unit));
    }
    return Duration(ns);
}

bool
ReadFlag(const Parameter& p, const string& text)
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
ReadText(const Parameter& p, const string& text)
{
    if (!p.choices.empty() &&
        std::find(p.choices.begin(), p.choices.end(), text) == p.choices.end())
    {
        Refuse(p, text);
    }
    return text;
}

/** Whether @p text is a value of @p attribute, which ns-3 itself would abort to find out. */
bool
IsValueOf(const ns3::TypeId::AttributeInformation& attribute, const string& text)
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
    ns3::TypeId type;
    // Those two take what they draw from a table that no attribute can hold.
    if (!std::regex_match(text, match, SHAPE) || match[1] == "ns3::EmpiricalRandomVariable" ||
        match[1] == "ns3::DeterministicRandomVariable" ||
        !ns3::TypeId::LookupByNameFailSafe(match[1], &type) ||
        !type.IsChildOf(ns3::RandomVariableStream::GetTypeId()) || !type.HasConstructor())
    {
        return false;
    }
    std::istringstream attributes(match[3]);
    for (string one; std::getline(attributes, one, '|');)
    {
        const auto equals = one.find('=');
        ns3::TypeId::AttributeInformation information;
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
ReadInteger(const Parameter& p, const string& text)
{
    const double number = ReadNumber(p, text);
    if (number != std::floor(number) ||
        number > static_cast<double>(std::numeric_limits<Integer>::max()))
    {
        Refuse(p, text);
    }
    return static_cast<Integer>(number);
}

} // namespace

void
SetFromText(const Parameter& p, const string& text)
{
    std::visit(
        [&](auto* target) {
            using T = std::remove_pointer_t<decltype(target)>;
            if constexpr (std::is_same_v<T, Duration>)
            {
                *target = p.maySame && text == SAME ? Duration(-1) : ReadDuration(p, text);
            }
            else if constexpr (std::is_same_v<T, DrawnTime> || std::is_same_v<T, DrawnNumber>)
            {
                *target = T();
                if (text.rfind("ns3::", 0) == 0)
                {
                    target->variable = IsVariable(text) ? text : (Refuse(p, text), "");
                }
                else if constexpr (std::is_same_v<T, DrawnTime>)
                {
                    target->fixed = ReadDuration(p, text);
                }
                else
                {
                    target->fixed = ReadInteger<std::uint64_t>(p, text);
                }
            }
            else if constexpr (std::is_same_v<T, bool>)
            {
                *target = ReadFlag(p, text);
            }
            else if constexpr (std::is_same_v<T, double>)
            {
                *target = p.maySame && text == SAME ? -1 : ReadNumber(p, text);
            }
            else if constexpr (std::is_same_v<T, string>)
            {
                *target = ReadText(p, text);
            }
            else if constexpr (std::is_enum_v<T>)
            {
                const string name = ReadText(p, text);
                const auto at = std::find(p.choices.begin(), p.choices.end(), name);
                *target = static_cast<T>(at - p.choices.begin());
            }
            else if constexpr (std::is_same_v<T, std::uint32_t>)
            {
                *target = p.maySame && text == SAME ? SAME_NUMBER : ReadInteger<T>(p, text);
            }
            else
            {
                *target = ReadInteger<T>(p, text);
            }
        },
        p.target);
}

string
ToText(const Parameter& p)
{
    return std::visit(
        [&](auto* target) -> string {
            using T = std::remove_pointer_t<decltype(target)>;
            if constexpr (std::is_same_v<T, Duration>)
            {
                return target->count() < 0 ? SAME : ToText(*target);
            }
            else if constexpr (std::is_same_v<T, DrawnTime>)
            {
                return target->IsFixed() ? ToText(target->fixed) : target->variable;
            }
            else if constexpr (std::is_same_v<T, DrawnNumber>)
            {
                return target->IsFixed() ? std::to_string(target->fixed) : target->variable;
            }
            else if constexpr (std::is_same_v<T, bool>)
            {
                return *target ? "true" : "false";
            }
            else if constexpr (std::is_same_v<T, double>)
            {
                return *target < 0 ? SAME : NumberText(*target);
            }
            else if constexpr (std::is_same_v<T, string>)
            {
                return *target;
            }
            else if constexpr (std::is_enum_v<T>)
            {
                return lifecycle::NamesOf<T>::LIST[static_cast<std::size_t>(*target)];
            }
            else
            {
                if (p.maySame && *target == SAME_NUMBER)
                {
                    return SAME;
                }
                return std::to_string(*target);
            }
        },
        p.target);
}

} // namespace lifecycle_run
