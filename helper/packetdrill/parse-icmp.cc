// ICMP messages: the part of the language behind `icmp`.

#include "token-reader.h"

#include <map>
#include <utility>

namespace lifecycle::packetdrill
{

namespace
{

constexpr std::uint8_t UNREACHABLE = 3;
constexpr std::uint8_t FRAG_NEEDED = 4;
constexpr std::uint8_t REDIRECT = 5;
constexpr std::uint8_t TIME_EXCEEDED = 11;
constexpr std::uint8_t PARAMETER_PROBLEM = 12;
constexpr std::uint8_t UNREACHABLE_V6 = 1;
constexpr std::uint8_t PACKET_TOO_BIG = 2;
constexpr std::uint8_t TIME_EXCEEDED_V6 = 3;
constexpr std::uint8_t PARAMETER_PROBLEM_V6 = 4;

using Types = std::map<std::string, std::uint8_t>;
using Codes = std::map<std::pair<std::uint8_t, std::string>, std::uint8_t>; ///< by type and name

// RFC 792
const Types TYPES_V4{{"unreachable", UNREACHABLE},
                     {"source_quench", 4},
                     {"redirect", REDIRECT},
                     {"time_exceeded", TIME_EXCEEDED},
                     {"parameter_problem", PARAMETER_PROBLEM}};

// RFC 792, RFC 1122 3.2.2.1, RFC 1191 4, RFC 1812 5.2.7.1
const Codes CODES_V4{{{UNREACHABLE, "net_unreachable"}, 0},
                     {{UNREACHABLE, "host_unreachable"}, 1},
                     {{UNREACHABLE, "protocol_unreachable"}, 2},
                     {{UNREACHABLE, "port_unreachable"}, 3},
                     {{UNREACHABLE, "frag_needed"}, FRAG_NEEDED},
                     {{UNREACHABLE, "source_route_failed"}, 5},
                     {{UNREACHABLE, "net_unknown"}, 6},
                     {{UNREACHABLE, "host_unknown"}, 7},
                     {{UNREACHABLE, "source_host_isolated"}, 8},
                     {{UNREACHABLE, "net_prohibited"}, 9},
                     {{UNREACHABLE, "host_prohibited"}, 10},
                     {{UNREACHABLE, "net_unreachable_for_tos"}, 11},
                     {{UNREACHABLE, "host_unreachable_for_tos"}, 12},
                     {{UNREACHABLE, "packet_filtered"}, 13},
                     {{UNREACHABLE, "precedence_violation"}, 14},
                     {{UNREACHABLE, "precedence_cutoff"}, 15},
                     {{REDIRECT, "redirect_for_net"}, 0},
                     {{REDIRECT, "redirect_for_host"}, 1},
                     {{REDIRECT, "redirect_for_tos_and_net"}, 2},
                     {{REDIRECT, "redirect_for_tos_and_host"}, 3},
                     {{TIME_EXCEEDED, "ttl_exceeded_in_transit"}, 0},
                     {{TIME_EXCEEDED, "frag_reass_exceeded"}, 1}};

// RFC 4443 3
const Types TYPES_V6{{"unreachable", UNREACHABLE_V6},
                     {"packet_too_big", PACKET_TOO_BIG},
                     {"time_exceeded", TIME_EXCEEDED_V6},
                     {"parameter_problem", PARAMETER_PROBLEM_V6}};

const Codes CODES_V6{{{UNREACHABLE_V6, "no_route"}, 0},
                     {{UNREACHABLE_V6, "adm_prohibited"}, 1},
                     {{UNREACHABLE_V6, "admin_prohibited"}, 1},
                     {{UNREACHABLE_V6, "beyond_scope"}, 2},
                     {{UNREACHABLE_V6, "not_neighbour"}, 2},
                     {{UNREACHABLE_V6, "address_unreachable"}, 3},
                     {{UNREACHABLE_V6, "port_unreachable"}, 4},
                     {{TIME_EXCEEDED_V6, "exceeded_hop_limit"}, 0},
                     {{TIME_EXCEEDED_V6, "exceeded_frag_time"}, 1},
                     {{PARAMETER_PROBLEM_V6, "header_field"}, 0},
                     {{PARAMETER_PROBLEM_V6, "unknown_next_header"}, 1},
                     {{PARAMETER_PROBLEM_V6, "unknown_option"}, 2}};

/** `type_11` and `code_1`: any type or code by its number, behind @p start. */
std::optional<std::uint8_t>
Numbered(const std::string& name, const std::string& start)
{
    const auto number = name.compare(0, start.size(), start) == 0
                            ? WholeNumber(name.substr(start.size()))
                            : std::nullopt;
    return number && *number <= UINT8_MAX ? std::make_optional(static_cast<std::uint8_t>(*number))
                                          : std::nullopt;
}

/** What @p type and @p code, which may be empty, are in a header; nothing if they are nothing there. */
std::optional<IcmpNumbers>
Find(const Types& types, const Codes& codes, const std::string& type, const std::string& code)
{
    const auto named = types.find(type);
    const auto number =
        named != types.end() ? std::make_optional(named->second) : Numbered(type, "type_");
    if (!number || code.empty())
    {
        return number ? std::make_optional(IcmpNumbers{*number, 0}) : std::nullopt;
    }
    const auto known = codes.find({*number, code});
    const auto second =
        known != codes.end() ? std::make_optional(known->second) : Numbered(code, "code_");
    return second ? std::make_optional(IcmpNumbers{*number, *second}) : std::nullopt;
}

} // namespace

IcmpPacket
ParseIcmp(TokenReader& in, const Token& protocol, std::uint16_t remotePort)
{
    IcmpPacket packet;
    packet.remotePort = remotePort;
    if (!in.Sees(Token::Kind::WORD))
    {
        in.Fail("an ICMP type");
    }
    const Token type = in.Take();
    const bool hasCode = in.Sees(Token::Kind::WORD) && !in.Sees("mtu");
    const std::string code = hasCode ? in.Take().text : "";
    packet.name = protocol.text + " " + type.text + (hasCode ? " " : "") + code;
    if (protocol.text == "icmp")
    {
        packet.overIpv4 = Find(TYPES_V4, CODES_V4, type.text, code);
    }
    packet.overIpv6 =
        Find(TYPES_V6, CODES_V6, type.text, code); // `icmp` is that of the script's IP
    const auto& v4 = packet.overIpv4;
    const auto& v6 = packet.overIpv6;
    if (!v4 && !v6)
    {
        throw Unsupported(type.line, packet.name);
    }
    if (in.Sees("mtu"))
    {
        const bool isTooBig = v6 && v6->type == PACKET_TOO_BIG;
        if (!isTooBig && !(v4 && v4->type == UNREACHABLE && v4->code == FRAG_NEEDED))
        {
            throw Failure(in.Peek().line, "only frag_needed and packet_too_big have an MTU");
        }
        in.Take();
        packet.mtu = in.Number("the MTU", isTooBig ? UINT32_MAX : UINT16_MAX);
    }
    in.Expect("[");
    while (!in.Sees(Token::Kind::NUMBER)) // flags may be quoted, too
    {
        if (!in.Sees(Token::Kind::WORD) && !in.Sees("."))
        {
            in.Fail("a sequence number");
        }
        in.Take();
    }
    TcpPacket quoted;
    ParseSequence(in, quoted);
    packet.seq = quoted.seq;
    in.Expect("]");
    return packet;
}

} // namespace lifecycle::packetdrill
