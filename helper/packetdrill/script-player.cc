#include "script-player.h"

#include "../../model/core/stack-config.h"

#include <algorithm>
#include <cstdio>

namespace lifecycle::packetdrill
{

namespace
{

constexpr std::uint16_t LISTENING_PORT = 8080;
constexpr std::uint16_t REMOTE_PORT = 40000;
constexpr std::uint32_t MIN_MTU = 68; // RFC 791 3.2

/** The value of an option in a script that takes a whole number. */
std::uint32_t
NumberOf(const std::string& name,
         const ScriptOption& option,
         std::uint32_t most,
         std::uint32_t least = 0)
{
    const auto number = WholeNumber(option.value);
    if (!number || *number > most || *number < least)
    {
        throw Failure(option.line, MustBe("--" + name, option.value, least, most));
    }
    return static_cast<std::uint32_t>(*number);
}

/**
 * Whether one packet, cut by the device, can have been @p first and @p next behind @p octets of it.
 *
 * @param within in which time all of it is sent
 */
bool
GoesOn(const Observed& first,
       std::uint32_t octets,
       std::uint8_t lastFlags,
       const Observed& next,
       Nanoseconds within)
{
    constexpr std::uint8_t AT_THE_END = PSH | FIN; // stand on the last piece alone
    const TcpPacket& a = first.packet;
    const TcpPacket& b = next.packet;
    const bool isFull =
        octets % a.length == 0 && b.length <= a.length; // only the last one is short
    return b.length > 0 && isFull && next.time <= first.time + within && b.seq == a.seq + octets &&
           next.localPort == first.localPort && next.remotePort == first.remotePort &&
           (lastFlags & FIN) == 0 && (a.flags & ~AT_THE_END) == (b.flags & ~AT_THE_END) &&
           a.ack == b.ack && a.window == b.window && a.options == b.options &&
           a.ip.tos == b.ip.tos && a.ip.ttl == b.ip.ttl && a.urgent == 0 && b.urgent == 0 &&
           first.checksumIsRight && next.checksumIsRight;
}

std::string
ToString(std::int64_t result, const std::string& error)
{
    return std::to_string(result) + (error.empty() ? "" : " " + error);
}

} // namespace

std::string
InFile(const std::string& name, const std::string& value)
{
    return "option --" + name + (value.empty() ? "" : "=" + value);
}

std::string
Seconds(Nanoseconds time)
{
    char text[32];
    std::snprintf(text,
                  sizeof text,
                  "%lld.%09lld",
                  static_cast<long long>(time / 1000000000),
                  static_cast<long long>(time % 1000000000));
    return text;
}

std::string
Compared(const std::string& expected, const std::string& actual)
{
    return "\n  expected: " + expected + "\n  actual:   " + actual;
}

void
CheckOutcome(const SystemCall& call, const Outcome& outcome, int line)
{
    if (!call.result || call.result->kind == Value::Kind::ELLIPSIS)
    {
        return;
    }
    if (call.result->kind != Value::Kind::NUMBER)
    {
        throw Unsupported(line, "a result that is no number");
    }
    const bool isAnyError = outcome.result == -1 && call.error.empty();
    const std::string error =
        call.error == "EWOULDBLOCK" ? "EAGAIN" : call.error; // two names of one
    if (call.result->number != outcome.result || (error != outcome.error && !isAnyError))
    {
        const std::string expected = ToString(call.result->number, call.error);
        const std::string actual = ToString(outcome.result, outcome.error);
        const std::string kind = "the result of " + call.name + " differs";
        throw Failure(line,
                      kind + ": " + actual + ", not " + expected + Compared(expected, actual),
                      kind);
    }
}

ScriptPlayer::ScriptPlayer(const Script& script, const RunOptions& options)
    : m_script(script),
      m_options(options),
      m_isIpv6(options.isIpv6),
      m_boundPort(LISTENING_PORT)
{
}

void
ScriptPlayer::ReadOptions()
{
    for (const auto& [name, option] : m_script.options)
    {
        const std::string& value = option.value;
        if (name == "ip_version")
        {
            if (value != "ipv4" && value != "ipv6")
            {
                throw Unsupported(option.line, InFile(name, value));
            }
            m_isIpv6 = value == "ipv6";
        }
        else if (name == "tolerance_usecs")
        {
            m_tolerance = Nanoseconds{NumberOf(name, option, 999999999)} * 1000;
        }
        else if (name == "tolerance_percent")
        {
            m_tolerancePercent = NumberOf(name, option, 100);
        }
        else if (name == "mtu")
        {
            m_mtu = NumberOf(name, option, 65535, MIN_MTU);
        }
        else if (name == "preset")
        {
            if (!lifecycle::FindPreset(value))
            {
                throw Failure(option.line,
                              "--preset is '" + value + "' and must be " +
                                  lifecycle::PresetsInWords());
            }
            m_options.preset = value;
        }
        else if (name == "tcp_ts_tick_usecs")
        {
            m_timestampTick = NumberOf(name, option, 1000000);
            m_options.relaxed.timestamps = m_timestampTick == 0;
        }
        else
        {
            throw Unsupported(option.line, InFile(name, value));
        }
    }
    const Relaxed& relaxed = m_options.relaxed;
    for (const auto& [isRelaxed, what] :
         {std::pair(relaxed.order, "warning: the order of options is not looked at"),
          std::pair(relaxed.window, "warning: the window is not looked at"),
          std::pair(relaxed.timestamps, "warning: TSval is not looked at"),
          std::pair(relaxed.sizes, "warning: the sizes of buffers are not looked at")})
    {
        if (isRelaxed)
        {
            m_warnings.emplace_back(what);
        }
    }
}

Nanoseconds
ScriptPlayer::Begin(const EventTime& time) const
{
    return time.begin + (time.isRelative ? m_previous : 0);
}

Nanoseconds
ScriptPlayer::End(const EventTime& time) const
{
    return time.end + (time.isRelative ? m_previous : 0);
}

Nanoseconds
ScriptPlayer::Tolerance(Nanoseconds due) const
{
    const Nanoseconds span = due - m_previous;
    return std::max(m_tolerance,
                    span / 100 * m_tolerancePercent + span % 100 * m_tolerancePercent / 100);
}

Flow&
ScriptPlayer::FlowOf(std::uint16_t remotePort)
{
    if (remotePort == 0 && m_currentFlow != nullptr)
    {
        return *m_currentFlow;
    }
    for (Flow& flow : m_flows)
    {
        if (remotePort != 0 && flow.RemotePort() == remotePort)
        {
            return flow;
        }
    }
    Flow& flow = m_flows.emplace_back(m_boundPort, remotePort == 0 ? REMOTE_PORT : remotePort);
    m_currentFlow = remotePort == 0 ? &flow : m_currentFlow;
    return flow;
}

IcmpPacket
ScriptPlayer::ToLive(const IcmpPacket& packet, int line)
{
    if (!(m_isIpv6 ? packet.overIpv6 : packet.overIpv4))
    {
        throw Failure(line, packet.name + " cannot arrive over " + (m_isIpv6 ? "IPv6" : "IPv4"));
    }
    IcmpPacket live = packet;
    live.seq = FlowOf(packet.remotePort).ToLive(packet.seq);
    return live;
}

void
ScriptPlayer::ThrowNoPacket(const Event& event, Nanoseconds now) const
{
    const auto* packet = std::get_if<TcpPacket>(&event.what);
    const std::string when = event.time.isAny ? "*" : Seconds(Begin(event.time));
    const std::string expected = packet == nullptr ? "?" : ToString(*packet);
    throw Failure(event.line,
                  "no packet: nothing was sent until " + Seconds(now) +
                      Compared(when + " " + expected, "nothing until " + Seconds(now)),
                  "no packet");
}

void
ScriptPlayer::Perform(const Event& event)
{
    if (const auto* packet = std::get_if<TcpPacket>(&event.what))
    {
        Inject(*packet, event.line);
    }
    else if (const auto* icmp = std::get_if<IcmpPacket>(&event.what))
    {
        const Flow& flow = FlowOf(icmp->remotePort);
        Inject(ToLive(*icmp, event.line), flow);
    }
    else if (const auto* call = std::get_if<SystemCall>(&event.what))
    {
        Call(event, *call);
    }
    else if (const auto* command = std::get_if<Command>(&event.what))
    {
        m_commands->Run(command->text, event.line);
    }
    else if (const auto* assertions = std::get_if<Assertions>(&event.what))
    {
        CheckAssertions(
            assertions->text,
            [this](const std::string& field) { return InfoOf(field); },
            event.line);
    }
}

Observed
ScriptPlayer::Match(const Event& event, const TcpPacket& expected)
{
    const EventTime& time = event.time;
    const Nanoseconds begin = Begin(time);
    const Nanoseconds tolerance = Tolerance(begin);
    Observed sent = TakeSent(expected);
    Flow& flow = FlowOf(expected.remotePort);
    const bool isOwned = flow.Owns(sent);
    if (isOwned)
    {
        flow.Learn(sent, expected);
    }
    const TcpPacket actual = flow.ToScript(sent, expected);
    const Nanoseconds tick = Nanoseconds{m_timestampTick == 0 ? 1000U : m_timestampTick} * 1000;
    const auto ticks = static_cast<std::uint32_t>(tolerance / tick + 1);
    Mismatch mismatch =
        isOwned ? Flow::Difference(expected, actual, m_options.relaxed, ticks)
                : Mismatch{"ports differ",
                           "the packet goes from port " + std::to_string(sent.localPort) +
                               " to port " + std::to_string(sent.remotePort)};
    if (mismatch.kind.empty() && !sent.checksumIsRight)
    {
        mismatch = {"the checksum is wrong", "the checksum is wrong"};
    }
    const Nanoseconds early = begin - sent.time;
    const Nanoseconds late = sent.time - End(time);
    if (mismatch.kind.empty() && !time.isAny && std::max(early, late) > tolerance)
    {
        mismatch = {"time is wrong",
                    "time is wrong by more than " + std::to_string(tolerance / 1000) +
                        " us: " + Seconds(std::max(early, late)) + " s too " +
                        (early > late ? "early" : "late")};
    }
    if (!mismatch.kind.empty())
    {
        const std::string when = time.isAny ? "*" : Seconds(begin);
        throw Failure(event.line,
                      mismatch.text + Compared(when + " " + ToString(expected),
                                               Seconds(sent.time) + " " + ToString(actual)),
                      mismatch.kind);
    }
    return sent;
}

/**
 * What was sent first. On Linux a script sees what TCP hands to the device, which may cut it into
 * segments; so there, what goes on at the same instant belongs to it, up to the length of @p expected.
 */
Observed
ScriptPlayer::TakeSent(const TcpPacket& expected)
{
    Observed sent = m_sent.front();
    m_sent.pop_front();
    const auto within = CutsWithin();
    if (!within || sent.packet.length == 0)
    {
        return sent;
    }
    std::uint32_t octets = sent.packet.length;
    std::uint8_t lastFlags = sent.packet.flags;
    while (octets < expected.length && !m_sent.empty() &&
           octets + m_sent.front().packet.length <= expected.length &&
           GoesOn(sent, octets, lastFlags, m_sent.front(), *within))
    {
        octets += m_sent.front().packet.length;
        lastFlags = m_sent.front().packet.flags;
        m_sent.pop_front();
    }
    if (octets > sent.packet.length)
    {
        // Linux sets PSH on whatever the device is to cut, and how much that is, is not modelled.
        sent.packet.flags = static_cast<std::uint8_t>((lastFlags & ~PSH) | (expected.flags & PSH));
        sent.packet.length = octets;
    }
    return sent;
}

void
ScriptPlayer::CheckTail()
{
    if (m_sent.empty())
    {
        return;
    }
    const int line = m_script.events.back().line;
    const Observed& sent = m_sent.front();
    TcpPacket expected;
    expected.window = 0; // so that it is shown
    const std::string packet = ToString(FlowOf(0).ToScript(sent, expected));
    throw Failure(line,
                  "a packet after the last line: " + packet +
                      Compared("nothing", Seconds(sent.time) + " " + packet),
                  "a packet after the last line");
}

} // namespace lifecycle::packetdrill
