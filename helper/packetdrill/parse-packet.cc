// Packets: the part of the language behind `<` and `>`.

#include "token-reader.h"
#include "wire.h"

#include <algorithm>
#include <cctype>
#include <map>

namespace lifecycle::packetdrill
{

namespace
{

constexpr std::uint32_t MAX_PAYLOAD = 65495; // of an IPv4 packet without options
constexpr std::size_t MAX_OPTIONS = 40;      // what the Data Offset can tell

const std::map<char, std::uint8_t> FLAG_LETTERS{{'F', FIN},
                                                {'S', SYN},
                                                {'R', RST},
                                                {'P', PSH},
                                                {'.', ACK},
                                                {'U', URG},
                                                {'E', ECE},
                                                {'W', CWR}};

Whose
ParseWhose(TokenReader& in)
{
    static const std::map<std::string, Whose> ADDRESSES{{"multicast", Whose::MULTICAST},
                                                        {"broadcast", Whose::BROADCAST},
                                                        {"unspecified", Whose::UNSPECIFIED}};
    const auto address = ADDRESSES.find(in.Peek().text);
    if (address == ADDRESSES.end())
    {
        in.Fail("multicast, broadcast or unspecified");
    }
    in.Take();
    return address->second;
}

/** `[ect0]`, `[port 2000]`, `[to multicast]`, `[bad_checksum]`, `(tos 0x10)`, `(hlim 64)`. */
void
ParseAnnotations(TokenReader& in, TcpPacket& packet)
{
    while (in.Sees("[") || in.Sees("("))
    {
        const std::string closing = in.Take().text == "[" ? "]" : ")";
        while (!in.Accept(closing))
        {
            if (in.Sees(Token::Kind::END))
            {
                in.Fail("'" + closing + "'");
            }
            const Token word = in.Take();
            static const std::map<std::string, std::uint8_t> CODEPOINTS{{"noecn", 0},
                                                                        {"ect1", 1},
                                                                        {"ect0", 2},
                                                                        {"ce", 3}};
            if (CODEPOINTS.count(word.text) > 0)
            {
                packet.ip.ecn = CODEPOINTS.at(word.text);
            }
            else if (word.text == "tos" || word.text == "class" || word.text == "ttl" ||
                     word.text == "hlim")
            {
                const bool isTos = word.text == "tos" || word.text == "class";
                (isTos ? packet.ip.tos : packet.ip.ttl) =
                    static_cast<std::uint8_t>(in.Number("the " + word.text, 255));
            }
            else if (word.text == "port")
            {
                packet.remotePort = static_cast<std::uint16_t>(in.Number("the port", 65535, 1));
            }
            else if (word.text == "from" || word.text == "to")
            {
                (word.text == "from" ? packet.source : packet.destination) = ParseWhose(in);
            }
            else if (word.text == "bad_checksum")
            {
                packet.hasBadChecksum = true;
            }
            else if (word.kind == Token::Kind::WORD)
            {
                throw Unsupported(word.line, "annotation " + word.text);
            }
            else if (word.text != ",")
            {
                throw Failure(word.line, word.Shown() + " stands in an annotation");
            }
        }
    }
}

std::uint8_t
ParseFlags(TokenReader& in)
{
    std::uint8_t flags = 0;
    bool isEmpty = true;
    while (!in.Sees(Token::Kind::NUMBER) && !in.Sees("..."))
    {
        if (!in.Sees(Token::Kind::WORD) && !in.Sees(".") && !in.Sees("-"))
        {
            in.Fail(isEmpty ? "flags" : "a sequence number");
        }
        const Token letters = in.Take();
        isEmpty = false;
        for (const char letter : letters.text)
        {
            if (letter == '-')
            {
                continue;
            }
            if (FLAG_LETTERS.count(letter) == 0)
            {
                if (std::islower(static_cast<unsigned char>(letters.text[0])) != 0)
                {
                    throw Unsupported(letters.line, "protocol " + letters.text);
                }
                throw Failure(letters.line, letters.Shown() + " is no list of flags");
            }
            flags |= FLAG_LETTERS.at(letter);
        }
    }
    if (isEmpty)
    {
        in.Fail("flags");
    }
    return flags;
}

} // namespace

void
ParseSequence(TokenReader& in, TcpPacket& packet)
{
    const int line = in.Peek().line;
    std::uint32_t end = 0;
    packet.seqIsAny = in.Accept("...");
    if (!packet.seqIsAny)
    {
        packet.seq = in.Number("a sequence number");
        in.Expect(":");
        end = in.Number("a sequence number");
    }
    in.Expect("(");
    packet.length = in.Number("the length", MAX_PAYLOAD);
    in.Expect(")");
    packet.seqIsAbsolute = in.Accept("!");
    if (!packet.seqIsAny && end - packet.seq != packet.length)
    {
        throw Failure(line,
                      "from " + std::to_string(packet.seq) + " to " + std::to_string(end) +
                          " are not " + std::to_string(packet.length) + " octets");
    }
}

namespace
{

/** Octets in hexadecimal, up to the end of the option. */
std::string
ParseOctets(TokenReader& in)
{
    const int line = in.Peek().line;
    std::string octets;
    while (in.Sees(Token::Kind::NUMBER) || in.Sees(Token::Kind::WORD))
    {
        octets += in.Take().text;
    }
    if (octets.size() % 2 != 0 ||
        octets.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
    {
        throw Failure(line, "'" + octets + "' must be octets in hexadecimal");
    }
    return octets;
}

/** The option named @p word, behind its name. */
TcpOption
ParseOption(TokenReader& in, const Token& word)
{
    if (word.text == "mss")
    {
        return {OPTION_MSS, {in.Number("the MSS", 65535)}, "", false};
    }
    if (word.text == "wscale")
    {
        return {OPTION_WINDOW_SCALE, {in.Number("the shift", 255)}, "", false};
    }
    if (word.text == "sackOK")
    {
        return {OPTION_SACK_PERMITTED, {}, "", false};
    }
    if (word.text == "nop" || word.text == "eol")
    {
        return {word.text == "nop" ? OPTION_NOP : OPTION_END, {}, "", false};
    }
    if (word.text == "sack")
    {
        TcpOption sack{OPTION_SACK, {}, "", false};
        while (in.Sees(Token::Kind::NUMBER))
        {
            sack.values.push_back(in.Number("an edge"));
            in.Expect(":");
            sack.values.push_back(in.Number("an edge"));
        }
        return sack;
    }
    if (word.text == "TS")
    {
        in.Expect("val");
        const std::uint32_t val = in.Number("TSval");
        in.Expect("ecr");
        return {OPTION_TIMESTAMPS, {val, in.Number("TSecr")}, "", false};
    }
    if (word.text == "FO")
    {
        return {OPTION_FAST_OPEN, {}, ParseOctets(in), false};
    }
    if (word.text == "hex")
    {
        return {OPTION_NOP, {}, ParseOctets(in), true};
    }
    throw Unsupported(word.line, "TCP option " + word.text);
}

void
ParseOptions(TokenReader& in, TcpPacket& packet)
{
    if (in.Accept("..."))
    {
        packet.optionsAreAny = true;
        in.Expect(">");
        return;
    }
    while (!in.Accept(">"))
    {
        if (!in.Sees(Token::Kind::WORD))
        {
            in.Fail("a TCP option");
        }
        const Token word = in.Take();
        packet.options.push_back(ParseOption(in, word));
        if (!in.Sees(">"))
        {
            in.Expect(",");
        }
    }
}

/** Throws Failure if header and packet do not have the room for options and payload. */
void
CheckSize(const TcpPacket& packet, int line)
{
    std::size_t options = 0;
    for (const TcpOption& option : packet.options)
    {
        options += SizeOf(option);
    }
    if (options > MAX_OPTIONS)
    {
        throw Failure(line,
                      MustBe("the length of all options", std::to_string(options), 0, MAX_OPTIONS));
    }
    const std::size_t filled = (options + 3) / 4 * 4;
    if (packet.length + filled > MAX_PAYLOAD)
    {
        throw Failure(line,
                      MustBe("the length", std::to_string(packet.length), 0, MAX_PAYLOAD - filled) +
                          " behind these options");
    }
}

} // namespace

void
ParsePacket(TokenReader& in, Event& event)
{
    TcpPacket packet;
    packet.isInbound = in.Take().text == "<";
    ParseAnnotations(in, packet);
    if (in.Sees("icmp") || in.Sees("icmpv6"))
    {
        const Token word = in.Take();
        if (!packet.isInbound)
        {
            throw Unsupported(word.line, "outbound ICMP");
        }
        event.what = ParseIcmp(in, word, packet.remotePort);
        return;
    }
    packet.flags = ParseFlags(in);
    ParseSequence(in, packet);
    if (in.Accept("ack"))
    {
        packet.ackIsAny = in.Accept("...");
        packet.ack = packet.ackIsAny ? 0 : in.Number("an acknowledgment number");
        packet.ackIsAbsolute = in.Accept("!");
    }
    else if ((packet.flags & ACK) != 0)
    {
        throw Failure(event.line, "a packet with flag '.' needs an acknowledgment number");
    }
    if (in.Accept("win"))
    {
        packet.window = in.Number("the window", 65535);
    }
    else if (packet.isInbound)
    {
        throw Failure(event.line, "an inbound packet needs a window");
    }
    if (in.Accept("urg"))
    {
        packet.urgent = static_cast<std::uint16_t>(in.Number("the urgent pointer", 65535));
    }
    if (in.Accept("<"))
    {
        ParseOptions(in, packet);
    }
    if (in.Sees("/"))
    {
        throw Unsupported(event.line, "a packet in UDP");
    }
    if (packet.isInbound && (packet.optionsAreAny || packet.seqIsAny || packet.ackIsAny))
    {
        throw Unsupported(event.line, "'...' in an inbound packet");
    }
    CheckSize(packet, event.line);
    const bool hasRawOption = std::any_of(packet.options.begin(),
                                          packet.options.end(),
                                          [](const TcpOption& o) { return o.isRaw; });
    const bool isOdd = packet.source != Whose::USUAL || packet.destination != Whose::USUAL;
    if (!packet.isInbound && (isOdd || packet.hasBadChecksum || hasRawOption))
    {
        throw Failure(event.line, "from, to, bad_checksum and hex are for inbound packets");
    }
    event.what = packet;
}

} // namespace lifecycle::packetdrill
