// Headers as octets. Source: RFC 9293 3.1. Not the codec of the library, which is under test.

#include "wire.h"

#include <cstdlib>

namespace lifecycle::packetdrill
{

namespace
{

constexpr std::size_t MIN_HEADER = 20;

void
Put(std::vector<std::uint8_t>& out, std::uint32_t value, int octets)
{
    for (int i = octets - 1; i >= 0; --i)
    {
        out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
}

std::uint32_t
Get(const std::vector<std::uint8_t>& in, std::size_t at, int octets)
{
    std::uint32_t value = 0;
    for (int i = 0; i < octets; ++i)
    {
        value = value << 8 | in[at + i];
    }
    return value;
}

/** Octets of each value of an option. */
int
SizeOfValue(std::uint8_t kind)
{
    return kind == OPTION_MSS ? 2 : kind == OPTION_WINDOW_SCALE ? 1 : 4;
}

void
PutOption(std::vector<std::uint8_t>& out, const TcpOption& option)
{
    if (!option.isRaw)
    {
        out.push_back(option.kind);
        if (option.kind == OPTION_END || option.kind == OPTION_NOP)
        {
            return;
        }
        out.push_back(static_cast<std::uint8_t>(SizeOf(option)));
        for (const std::uint32_t value : option.values)
        {
            Put(out, value, SizeOfValue(option.kind));
        }
    }
    for (std::size_t i = 0; i < option.octets.size(); i += 2)
    {
        Put(out, std::strtoul(option.octets.substr(i, 2).c_str(), nullptr, 16), 1);
    }
}

std::optional<std::vector<TcpOption>>
DecodeOptions(const std::vector<std::uint8_t>& octets, std::size_t end)
{
    std::vector<TcpOption> options;
    for (std::size_t at = MIN_HEADER; at < end;)
    {
        TcpOption option{octets[at], {}, "", false};
        const bool isOver = !options.empty() && options.back().kind == OPTION_END;
        if (isOver && option.kind != OPTION_END)
        {
            return std::nullopt; // RFC 9293 3.1: the header is filled up with zeros
        }
        if (option.kind == OPTION_END || option.kind == OPTION_NOP)
        {
            options.push_back(option);
            ++at;
            continue;
        }
        const std::size_t length = at + 1 < end ? octets[at + 1] : 0;
        if (length < 2 || at + length > end)
        {
            return std::nullopt;
        }
        const int size = SizeOfValue(option.kind);
        const bool isKnown = option.kind <= OPTION_SACK || option.kind == OPTION_TIMESTAMPS;
        for (std::size_t i = 2; isKnown && i + size <= length; i += size)
        {
            option.values.push_back(Get(octets, at + i, size));
        }
        const char* const digits = "0123456789abcdef";
        for (std::size_t i = 2; !isKnown && i < length; ++i)
        {
            option.octets += digits[octets[at + i] >> 4];
            option.octets += digits[octets[at + i] & 15];
        }
        options.push_back(option);
        at += length;
    }
    return options;
}

std::string
ToString(const TcpOption& option)
{
    const auto value = [&option](std::size_t i) {
        return i < option.values.size() ? std::to_string(option.values[i]) : "?";
    };
    switch (option.kind)
    {
    case OPTION_END:
        return "eol";
    case OPTION_NOP:
        return "nop";
    case OPTION_MSS:
        return "mss " + value(0);
    case OPTION_WINDOW_SCALE:
        return "wscale " + value(0);
    case OPTION_SACK_PERMITTED:
        return "sackOK";
    case OPTION_TIMESTAMPS:
        return "TS val " + value(0) + " ecr " + value(1);
    case OPTION_SACK: {
        std::string text = "sack";
        for (std::size_t i = 0; i + 1 < option.values.size(); i += 2)
        {
            text += " " + value(i) + ":" + value(i + 1);
        }
        return text;
    }
    case OPTION_FAST_OPEN:
        return option.octets.empty() ? "FO" : "FO " + option.octets;
    }
    return "kind " + std::to_string(option.kind) + " " + option.octets;
}

} // namespace

std::size_t
SizeOf(const TcpOption& option)
{
    const bool isOctet = option.kind == OPTION_END || option.kind == OPTION_NOP;
    const std::size_t values = option.values.size() * SizeOfValue(option.kind);
    return option.isRaw ? option.octets.size() / 2
           : isOctet    ? 1
                        : 2 + values + option.octets.size() / 2;
}

std::vector<std::uint8_t>
EncodeHeader(const TcpPacket& packet, Ports ports)
{
    std::vector<std::uint8_t> options;
    for (const TcpOption& option : packet.options)
    {
        PutOption(options, option);
    }
    while (options.size() % 4 != 0)
    {
        options.push_back(0);
    }
    std::vector<std::uint8_t> header;
    Put(header, ports.source, 2);
    Put(header, ports.destination, 2);
    Put(header, packet.seq, 4);
    Put(header, packet.ack, 4);
    Put(header, static_cast<std::uint32_t>((MIN_HEADER + options.size()) / 4) << 4, 1);
    Put(header, packet.flags, 1);
    Put(header, packet.window.value_or(0), 2);
    Put(header, 0, 2); // the checksum
    Put(header, packet.urgent, 2);
    header.insert(header.end(), options.begin(), options.end());
    return header;
}

std::optional<TcpPacket>
DecodeSegment(const std::vector<std::uint8_t>& octets)
{
    const std::size_t end = octets.size() < MIN_HEADER ? 0 : (octets[12] >> 4) * std::size_t{4};
    if (end < MIN_HEADER || end > octets.size())
    {
        return std::nullopt;
    }
    TcpPacket packet;
    packet.seq = Get(octets, 4, 4);
    packet.ack = Get(octets, 8, 4);
    packet.flags = octets[13];
    packet.window = Get(octets, 14, 2);
    packet.urgent = static_cast<std::uint16_t>(Get(octets, 18, 2));
    packet.length = static_cast<std::uint32_t>(octets.size() - end);
    const auto options = DecodeOptions(octets, end);
    if (!options)
    {
        return std::nullopt;
    }
    packet.options = *options;
    return packet;
}

std::string
FlagsToString(std::uint8_t flags)
{
    const std::string letters = "FSRP.UEW";
    std::string text;
    for (std::size_t bit = 0; bit < letters.size(); ++bit)
    {
        text += (flags >> bit & 1) != 0 ? std::string(1, letters[bit]) : "";
    }
    return text.empty() ? "-" : text;
}

std::string
OptionsToString(const std::vector<TcpOption>& options)
{
    std::string text;
    for (const TcpOption& option : options)
    {
        text += (text.empty() ? "" : ",") + ToString(option);
    }
    return text;
}

std::string
ToString(const TcpPacket& packet)
{
    std::string text = packet.isInbound ? "<" : ">";
    const auto number = [](std::uint32_t value, bool isAbsolute) {
        return std::to_string(value) + (isAbsolute ? "!" : "");
    };
    if (packet.ip.ecn)
    {
        const char* const names[] = {"noecn", "ect1", "ect0", "ce"};
        text += std::string(" [") + names[*packet.ip.ecn & 3] + "]";
    }
    if (packet.ip.tos)
    {
        text += " (tos " + std::to_string(*packet.ip.tos) + ")";
    }
    if (packet.ip.ttl)
    {
        text += " (ttl " + std::to_string(*packet.ip.ttl) + ")";
    }
    if (packet.remotePort != 0)
    {
        text += " [port " + std::to_string(packet.remotePort) + "]";
    }
    text += " " + FlagsToString(packet.flags) + " ";
    text += packet.seqIsAny
                ? "...(" + std::to_string(packet.length) + ")"
                : std::to_string(packet.seq) + ":" + std::to_string(packet.seq + packet.length) +
                      "(" + number(packet.length, false) + ")" + (packet.seqIsAbsolute ? "!" : "");
    if ((packet.flags & ACK) != 0 || packet.ack != 0)
    {
        text += " ack " + (packet.ackIsAny ? "..." : number(packet.ack, packet.ackIsAbsolute));
    }
    text += packet.window ? " win " + std::to_string(*packet.window) : "";
    text += packet.urgent != 0 ? " urg " + std::to_string(packet.urgent) : "";
    if (packet.optionsAreAny)
    {
        return text + " <...>";
    }
    const std::string options = OptionsToString(packet.options);
    return options.empty() ? text : text + " <" + options + ">";
}

} // namespace lifecycle::packetdrill
