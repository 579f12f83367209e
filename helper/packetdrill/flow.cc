#include "flow.h"

#include "wire.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace lifecycle::packetdrill
{

namespace
{

constexpr std::size_t VAL = 0;
constexpr std::size_t ECR = 1;

TcpOption*
FindTimestamps(TcpPacket& packet)
{
    for (TcpOption& option : packet.options)
    {
        if (option.kind == OPTION_TIMESTAMPS && option.values.size() == 2)
        {
            return &option;
        }
    }
    return nullptr;
}

/** Filled up to four octets, as they are in a header. */
std::vector<TcpOption>
Filled(std::vector<TcpOption> options)
{
    std::size_t size = 0;
    for (const TcpOption& option : options)
    {
        size += SizeOf(option);
    }
    options.resize(options.size() + (4 - size % 4) % 4, TcpOption{OPTION_END, {}, "", false});
    return options;
}

/** In an order of their own, without padding. */
std::vector<TcpOption>
Sorted(std::vector<TcpOption> options)
{
    options.erase(std::remove_if(options.begin(),
                                 options.end(),
                                 [](const TcpOption& o) { return o.kind <= OPTION_NOP; }),
                  options.end());
    std::sort(options.begin(), options.end(), [](const TcpOption& a, const TcpOption& b) {
        return std::tie(a.kind, a.values, a.octets) < std::tie(b.kind, b.values, b.octets);
    });
    return options;
}

} // namespace

bool
Flow::Owns(const Observed& observed)
{
    if (observed.remotePort != m_remotePort)
    {
        return false;
    }
    if (m_localPort == 0 && (observed.packet.flags & SYN) != 0)
    {
        m_localPort = observed.localPort;
    }
    return observed.localPort == m_localPort;
}

TcpPacket
Flow::ToLive(const TcpPacket& scripted)
{
    TcpPacket live = scripted;
    if ((scripted.flags & (SYN | ACK)) == SYN)
    {
        m_mayLearn = m_mayLearn || m_peersIsn != scripted.seq;
        m_peersIsn = scripted.seq;
    }
    if ((scripted.flags & ACK) != 0 && !scripted.ackIsAbsolute)
    {
        live.ack += m_seqOffset;
    }
    for (TcpOption& option : live.options)
    {
        if (option.kind == OPTION_SACK)
        {
            for (std::uint32_t& edge : option.values)
            {
                edge += m_seqOffset;
            }
        }
    }
    if (TcpOption* option = FindTimestamps(live))
    {
        std::uint32_t& ecr = option->values[ECR];
        const auto known = m_times.find(ecr);
        ecr = known != m_times.end() ? known->second
              : ecr == 0             ? 0
                                     : ecr + m_timeOffset.value_or(0);
    }
    return live;
}

void
Flow::Learn(const Observed& observed, const TcpPacket& expected)
{
    TcpPacket live = observed.packet;
    TcpPacket scripted = expected;
    if (m_mayLearn && (live.flags & scripted.flags & SYN) != 0)
    {
        m_seqOffset = live.seq - scripted.seq;
        m_timeOffset.reset();
        m_times.clear();
        m_mayLearn = false;
    }
    const TcpOption* sent = FindTimestamps(live);
    const TcpOption* said = FindTimestamps(scripted);
    if (sent != nullptr && said != nullptr)
    {
        m_timeOffset = m_timeOffset.value_or(sent->values[VAL] - said->values[VAL]);
        m_times[said->values[VAL]] = sent->values[VAL];
    }
}

TcpPacket
Flow::ToScript(const Observed& observed, const TcpPacket& expected)
{
    TcpPacket packet = observed.packet;
    packet.seqIsAbsolute = expected.seqIsAbsolute;
    packet.ackIsAbsolute = expected.ackIsAbsolute;
    packet.seq -= packet.seqIsAbsolute ? 0 : m_seqOffset;
    if (TcpOption* option = FindTimestamps(packet))
    {
        option->values[VAL] -= m_timeOffset.value_or(0);
    }
    if (expected.ip.ecn)
    {
        packet.ip.ecn = packet.ip.tos.value_or(0) & 3;
    }
    if (!expected.ip.tos)
    {
        packet.ip.tos.reset();
    }
    if (!expected.ip.ttl)
    {
        packet.ip.ttl.reset();
    }
    if (!expected.window)
    {
        packet.window.reset();
    }
    packet.remotePort = expected.remotePort;
    return packet;
}

Mismatch
Flow::Difference(const TcpPacket& expected,
                 const TcpPacket& actual,
                 const Relaxed& relaxed,
                 std::uint32_t ticks)
{
    const auto differs = [](const std::string& what, std::uint32_t wanted, std::uint32_t is) {
        return Mismatch{what + " differs",
                        what + " is " + std::to_string(is) + ", not " + std::to_string(wanted)};
    };
    if (expected.flags != actual.flags)
    {
        return {"flags differ",
                "flags differ: " + FlagsToString(actual.flags) + ", not " +
                    FlagsToString(expected.flags)};
    }
    if (!expected.seqIsAny && expected.seq != actual.seq)
    {
        return differs("sequence number", expected.seq, actual.seq);
    }
    if (expected.length != actual.length)
    {
        return differs("length", expected.length, actual.length);
    }
    if (!expected.ackIsAny && expected.ack != actual.ack)
    {
        return differs("acknowledgment number", expected.ack, actual.ack);
    }
    if (expected.window != actual.window && !relaxed.window)
    {
        return differs("window", *expected.window, *actual.window);
    }
    if (expected.urgent != actual.urgent)
    {
        return differs("urgent pointer", expected.urgent, actual.urgent);
    }
    for (const auto field : {&IpFields::ecn, &IpFields::tos, &IpFields::ttl})
    {
        if (expected.ip.*field != actual.ip.*field)
        {
            const std::string name = field == &IpFields::ecn   ? "ECN codepoint"
                                     : field == &IpFields::tos ? "type of service"
                                                               : "time to live";
            return differs(name, (expected.ip.*field).value_or(0), (actual.ip.*field).value_or(0));
        }
    }
    if (expected.optionsAreAny)
    {
        return {};
    }
    TcpPacket wanted = expected;
    TcpPacket is = actual;
    TcpOption* const said = FindTimestamps(wanted);
    const TcpOption* const sent = FindTimestamps(is);
    if (said != nullptr && sent != nullptr)
    {
        const auto off = static_cast<std::int32_t>(sent->values[VAL] - said->values[VAL]);
        if (relaxed.timestamps || static_cast<std::uint32_t>(std::abs(off)) <= ticks)
        {
            said->values[VAL] = sent->values[VAL];
        }
    }
    const bool areSame = relaxed.order ? Sorted(wanted.options) == Sorted(is.options)
                                       : Filled(wanted.options) == Filled(is.options);
    return areSame ? Mismatch{}
                   : Mismatch{"options differ",
                              "options differ: <" + OptionsToString(actual.options) + ">, not <" +
                                  OptionsToString(expected.options) + ">"};
}

} // namespace lifecycle::packetdrill
