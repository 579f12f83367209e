// Options of sockets, as attributes of LifecycleSocket. doc/packetdrill.rst has the table.

#include "../../model/core/connection-rules.h"
#include "system.h"

#include "ns3/boolean.h"
#include "ns3/nstime.h"
#include "ns3/uinteger.h"

#include <cerrno>
#include <optional>
#include <utility>

namespace lifecycle::packetdrill
{

namespace
{

enum class Form
{
    SECONDS,
    MILLISECONDS,
    NUMBER,
    BOOLEAN,
    OPPOSITE, ///< true where the option is 0
};

struct Option
{
    Form form;
    const char* attribute;
};

const std::map<std::string, Option> OPTIONS{
    {"SO_RCVBUF", {Form::NUMBER, "ReceiveBuffer"}},
    {"SO_SNDBUF", {Form::NUMBER, "SendBuffer"}},
    {"SO_KEEPALIVE", {Form::BOOLEAN, "KeepAlive"}},
    {"SO_REUSEADDR", {Form::BOOLEAN, "SharePort"}},
    {"SO_REUSEPORT", {Form::BOOLEAN, "SharePort"}},
    {"TCP_NODELAY", {Form::OPPOSITE, "Nagle"}},
    {"TCP_MAXSEG", {Form::NUMBER, "Mss"}},
    {"TCP_KEEPIDLE", {Form::SECONDS, "KeepIdle"}},
    {"TCP_KEEPINTVL", {Form::SECONDS, "KeepInterval"}},
    {"TCP_KEEPCNT", {Form::NUMBER, "KeepCount"}},
    {"TCP_KEEPINIT", {Form::SECONDS, "OpenTimeout"}},
    {"TCP_USER_TIMEOUT", {Form::MILLISECONDS, "UserTimeout"}},
    {"TCP_SYNCNT", {Form::NUMBER, "SynRetries"}},
    {"TCP_LINGER2", {Form::SECONDS, "FinWait2Timeout"}}};

ns3::Ptr<ns3::AttributeValue>
ToAttribute(Form form, std::int64_t value)
{
    switch (form)
    {
    case Form::SECONDS:
        return ns3::Create<ns3::TimeValue>(ns3::Seconds(value));
    case Form::MILLISECONDS:
        return ns3::Create<ns3::TimeValue>(ns3::MilliSeconds(value));
    case Form::NUMBER:
        return ns3::Create<ns3::UintegerValue>(static_cast<std::uint64_t>(value));
    case Form::BOOLEAN:
        return ns3::Create<ns3::BooleanValue>(value != 0);
    case Form::OPPOSITE:
        return ns3::Create<ns3::BooleanValue>(value == 0);
    }
    return nullptr;
}

std::int64_t
FromAttribute(const ns3::ObjectBase& object, const Option& option)
{
    ns3::TimeValue time;
    ns3::UintegerValue number;
    ns3::BooleanValue flag;
    switch (option.form)
    {
    case Form::SECONDS:
        object.GetAttribute(option.attribute, time);
        return static_cast<std::int64_t>(time.Get().GetSeconds());
    case Form::MILLISECONDS:
        object.GetAttribute(option.attribute, time);
        return time.Get().GetMilliSeconds();
    case Form::NUMBER:
        object.GetAttribute(option.attribute, number);
        return static_cast<std::int64_t>(number.Get());
    case Form::BOOLEAN:
        object.GetAttribute(option.attribute, flag);
        return flag.Get() ? 1 : 0;
    case Form::OPPOSITE:
        object.GetAttribute(option.attribute, flag);
        return flag.Get() ? 0 : 1;
    }
    return 0;
}

/** The least length of an option's value on Linux [octets]. */
std::int64_t
LeastLength(const std::string& name)
{
    const bool isOctet = name == "IP_TOS" || name == "IP_TTL" || name == "IP_MTU_DISCOVER";
    return isOctet ? 1 : name == "SO_LINGER" ? 8 : 4;
}

/** The octet of the IP header that an option is about; nothing for any other option. */
std::optional<std::int64_t>
OctetOfHeader(const ns3::Socket& socket, const std::string& name)
{
    constexpr std::int64_t DEFAULT_TTL = 64;
    if (name == "IP_TOS")
    {
        return socket.GetIpTos();
    }
    if (name == "IPV6_TCLASS")
    {
        return socket.GetIpv6Tclass();
    }
    if (name == "IP_TTL")
    {
        return socket.GetIpTtl() != 0 ? socket.GetIpTtl() : DEFAULT_TTL;
    }
    if (name == "IPV6_UNICAST_HOPS")
    {
        return socket.GetIpv6HopLimit() != 0 ? socket.GetIpv6HopLimit() : DEFAULT_TTL;
    }
    return std::nullopt;
}

bool
IsOctetOfHeader(const std::string& name)
{
    return name == "IP_TOS" || name == "IP_TTL" || name == "IPV6_TCLASS" ||
           name == "IPV6_UNICAST_HOPS";
}

/** Whether an option with this name is of no concern to TCP here. */
bool
IsOfNoConcern(const std::string& name)
{
    return name == "SO_DEBUG" || name == "IP_MTU_DISCOVER";
}

/** Throws Unsupported if there is no option with this name. */
void
CheckIsKnown(const std::string& name, int line)
{
    if (OPTIONS.count(name) == 0 && !IsOctetOfHeader(name) && !IsOfNoConcern(name) &&
        name != "SO_LINGER" && name != "TCP_NOOPT")
    {
        throw Unsupported(line, "socket option " + name);
    }
}

/** Names that stand for a number, as in `[IPTOS_LOWDELAY]`; nothing for any other name. */
std::optional<std::int64_t>
NumberNamed(const std::string& name)
{
    // RFC 1349 4; RFC 2474 4.2.2.1, RFC 2597 6, RFC 3246 2.7, RFC 5865 2.3; netinet/ip.h
    static const std::map<std::string, std::int64_t> NUMBERS{
        {"IPTOS_LOWDELAY", 0x10},  {"IPTOS_THROUGHPUT", 0x08}, {"IPTOS_RELIABILITY", 0x04},
        {"IPTOS_MINCOST", 0x02},   {"IPTOS_DSCP_CS0", 0x00},   {"IPTOS_DSCP_CS1", 0x20},
        {"IPTOS_DSCP_AF11", 0x28}, {"IPTOS_DSCP_AF12", 0x30},  {"IPTOS_DSCP_AF13", 0x38},
        {"IPTOS_DSCP_CS2", 0x40},  {"IPTOS_DSCP_AF21", 0x48},  {"IPTOS_DSCP_AF22", 0x50},
        {"IPTOS_DSCP_AF23", 0x58}, {"IPTOS_DSCP_CS3", 0x60},   {"IPTOS_DSCP_AF31", 0x68},
        {"IPTOS_DSCP_AF32", 0x70}, {"IPTOS_DSCP_AF33", 0x78},  {"IPTOS_DSCP_CS4", 0x80},
        {"IPTOS_DSCP_AF41", 0x88}, {"IPTOS_DSCP_AF42", 0x90},  {"IPTOS_DSCP_AF43", 0x98},
        {"IPTOS_DSCP_CS5", 0xa0},  {"IPTOS_DSCP_VA", 0xb0},    {"IPTOS_DSCP_EF", 0xb8},
        {"IPTOS_DSCP_CS6", 0xc0},  {"IPTOS_DSCP_CS7", 0xe0},   {"IPDEFTTL", 64},
        {"MAXTTL", 255},           {"IP_PMTUDISC_DONT", 0},    {"IP_PMTUDISC_WANT", 1}};
    const auto number = NUMBERS.find(name);
    return number == NUMBERS.end() ? std::nullopt : std::make_optional(number->second);
}

/** @p value, or the number that it is the name of. */
Value
Resolved(const Value& value)
{
    const auto number =
        value.kind == Value::Kind::WORD ? NumberNamed(value.words[0]) : std::nullopt;
    if (!number || value.words.size() > 1)
    {
        return value;
    }
    Value resolved;
    resolved.kind = Value::Kind::NUMBER;
    resolved.number = *number;
    return resolved;
}

} // namespace

Value
ArgumentOf(const SystemCall& call, int line)
{
    if (call.arguments.size() < 4)
    {
        throw Failure(line, call.name + " takes a level, an option and its value");
    }
    const Value& given = call.arguments[3];
    const Value& value =
        given.kind == Value::Kind::LIST && given.items.size() == 1 ? given.items[0] : given;
    if (value.kind == Value::Kind::LIST || value.kind == Value::Kind::TEXT ||
        value.kind == Value::Kind::CALL)
    {
        throw Failure(line,
                      "the value for " + call.name +
                          " must be a number, a name, a structure or '...', alone or as [value]");
    }
    return Resolved(value);
}

std::int64_t
LengthOf(const SystemCall& call, int line)
{
    const Value* length = call.arguments.size() == 5 ? &call.arguments[4] : nullptr;
    if (length != nullptr && length->kind == Value::Kind::LIST && length->items.size() == 1)
    {
        length = &length->items[0];
    }
    if (length == nullptr || length->kind != Value::Kind::NUMBER)
    {
        throw Failure(line, call.name + " takes five arguments, the last of them a length");
    }
    return length->number;
}

std::int64_t
FieldOf(const Value& value, const std::string& name, int line)
{
    for (std::size_t i = 0; i < value.fields.size(); ++i)
    {
        if (value.fields[i] == name && value.items[i].kind == Value::Kind::NUMBER)
        {
            return value.items[i].number;
        }
    }
    throw Failure(line, "there is no number " + name + " in the structure");
}

std::string
LingerOf(bool isOn, std::int64_t seconds)
{
    return std::string("{onoff=") + (isOn ? "1" : "0") + ", linger=" + std::to_string(seconds) +
           "}";
}

std::string
Expected(const Value& value, int line)
{
    return value.kind == Value::Kind::WORD ? value.words[0]
           : value.kind == Value::Kind::STRUCT
               ? LingerOf(FieldOf(value, "onoff", line) != 0, FieldOf(value, "linger", line))
               : std::to_string(value.number);
}

namespace
{

/** Sets it as Linux does: -1 is the default, and IP_TOS takes the low eight bits of any number. */
Outcome
SetOctetOfHeader(ns3::Socket& socket, const std::string& name, std::int64_t value)
{
    const auto number = static_cast<std::int32_t>(value);
    const bool isTos = name == "IP_TOS";
    const std::int32_t least = name == "IP_TTL" ? 1 : 0;
    if (!isTos && number != -1 && (number < least || number > 255))
    {
        return {-1, "EINVAL"};
    }
    const auto octet = static_cast<std::uint8_t>(number == -1 && !isTos ? 0 : number);
    isTos                   ? socket.SetIpTos(octet)
    : name == "IP_TTL"      ? socket.SetIpTtl(octet)
    : name == "IPV6_TCLASS" ? socket.SetIpv6Tclass(octet)
                            : socket.SetIpv6HopLimit(octet);
    return {};
}

/** Throws Unsupported unless the option with this name is one of the level that @p call names. */
void
CheckLevel(const SystemCall& call, const std::string& name, int line)
{
    static const std::map<std::string, std::set<std::string>> LEVELS{
        {"SO", {"SOL_SOCKET"}},
        {"TCP", {"SOL_TCP", "IPPROTO_TCP"}},
        {"IP", {"SOL_IP", "IPPROTO_IP"}},
        {"IPV6", {"SOL_IPV6", "IPPROTO_IPV6"}}};
    const std::string level = NameOf(call, 1, line);
    const auto levels = LEVELS.find(name.substr(0, name.find('_')));
    if (levels == LEVELS.end() || levels->second.count(level) == 0)
    {
        throw Unsupported(line, "socket option " + name + " of level " + level);
    }
}

/** What getsockopt says of the option with this name, as a script would. */
std::string
ValueOf(Descriptor& descriptor,
        const std::string& name,
        bool byName,
        const SimulatedHost& host,
        int line)
{
    if (name == "SO_ERROR")
    {
        static const std::map<std::string, int> NUMBERS{{"", 0},
                                                        {"ECONNREFUSED", ECONNREFUSED},
                                                        {"ECONNRESET", ECONNRESET},
                                                        {"ECONNABORTED", ECONNABORTED},
                                                        {"EHOSTUNREACH", EHOSTUNREACH},
                                                        {"ETIMEDOUT", ETIMEDOUT}};
        const std::string error = std::exchange(descriptor.pendingError, "");
        return byName && !error.empty() ? error : std::to_string(NUMBERS.at(error));
    }
    if (const auto octet = OctetOfHeader(*descriptor.socket, name))
    {
        return std::to_string(*octet);
    }
    if (name == "SO_LINGER" || name == "TCP_NOOPT")
    {
        const Option option{name == "SO_LINGER" ? Form::BOOLEAN : Form::OPPOSITE,
                            name == "SO_LINGER" ? "LingerZero" : "AnnounceMss"};
        const std::int64_t value = FromAttribute(*descriptor.socket, option);
        const bool isOn = value != 0 || !descriptor.linger.IsZero();
        const auto seconds = static_cast<std::int64_t>(descriptor.linger.GetSeconds());
        return name == "SO_LINGER" ? LingerOf(isOn, seconds) : std::to_string(value);
    }
    if (const auto connection = descriptor.socket->GetConnection();
        connection && name == "SO_RCVBUF" && connection->Config().roundReceiveBuffer)
    {
        return std::to_string(lifecycle::ReceiveBufferOf(*connection));
    }
    const auto option = OPTIONS.find(name);
    if (option == OPTIONS.end())
    {
        throw Unsupported(line, "socket option " + name);
    }
    if (const auto connection = descriptor.socket->GetConnection();
        connection && connection->Snd().synAcked && name == "TCP_MAXSEG")
    {
        return std::to_string(host.IsBsd() ? connection->Snd().mss : PayloadOf(*connection));
    }
    const bool isDoubled = host.IsLinux() && descriptor.sizesSet.count(name) > 0;
    return std::to_string(FromAttribute(*descriptor.socket, option->second) * (isDoubled ? 2 : 1));
}

} // namespace

Outcome
SetSocketOption(Descriptor& descriptor, const SystemCall& call, int line)
{
    const std::string name = NameOf(call, 2, line);
    CheckLevel(call, name, line);
    CheckIsKnown(name, line);
    const Value value = ArgumentOf(call, line);
    if (LengthOf(call, line) < LeastLength(name))
    {
        return {-1, "EINVAL"};
    }
    if (name == "SO_LINGER")
    {
        const bool isOn = FieldOf(value, "onoff", line) != 0;
        const auto given = static_cast<std::uint32_t>(FieldOf(value, "linger", line));
        const std::uint32_t seconds = isOn ? given : 0; // to Linux it has no sign
        descriptor.linger = ns3::Seconds(seconds);
        descriptor.socket->SetAttribute("LingerZero", ns3::BooleanValue(isOn && seconds == 0));
        return {};
    }
    if (value.kind != Value::Kind::NUMBER)
    {
        throw Failure(line, "the value of " + name + " must be a number");
    }
    if (IsOfNoConcern(name))
    {
        return {};
    }
    if (IsOctetOfHeader(name))
    {
        return SetOctetOfHeader(*descriptor.socket, name, value.number);
    }
    if (name == "TCP_NOOPT")
    {
        for (const char* const option : {"AnnounceMss", "WindowScaling", "Timestamps", "Sack"})
        {
            descriptor.socket->SetAttribute(option, ns3::BooleanValue(value.number == 0));
        }
        return {};
    }
    const Option& option = OPTIONS.at(name);
    // Linux doubles either size, and with HalveReceiveBuffer half of what is set is window
    ns3::BooleanValue halves;
    descriptor.socket->GetAttribute("HalveReceiveBuffer", halves);
    const bool isDoubled = name == "SO_RCVBUF" && halves.Get();
    const auto attribute = ToAttribute(option.form, isDoubled ? 2 * value.number : value.number);
    if (!descriptor.socket->SetAttributeFailSafe(option.attribute, *attribute))
    {
        return {-1, "EINVAL"};
    }
    if (name == "SO_SNDBUF")
    {
        descriptor.sizesSet.insert(name);
    }
    return {};
}

Outcome
GetSocketOption(Descriptor& descriptor,
                const SystemCall& call,
                const SimulatedHost& host,
                bool looksAtSizes,
                int line)
{
    const std::string name = NameOf(call, 2, line);
    CheckLevel(call, name, line);
    const Value value = ArgumentOf(call, line);
    if (LengthOf(call, line) < 0)
    {
        return {-1, "EINVAL"};
    }
    if (name == "TCP_INFO")
    {
        return {}; // the fields are asked for in %{ }%
    }
    const std::string actual =
        ValueOf(descriptor, name, value.kind == Value::Kind::WORD, host, line);
    const std::string expected = Expected(value, line);
    const bool isSize = name == "SO_RCVBUF" || name == "SO_SNDBUF";
    const bool isLookedAt = value.kind != Value::Kind::ELLIPSIS && (looksAtSizes || !isSize);
    if (isLookedAt && actual != expected)
    {
        throw Failure(line, name + ": expected " + expected + ", it is " + actual);
    }
    return {};
}

} // namespace lifecycle::packetdrill
