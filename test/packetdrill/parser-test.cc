// The packetdrill language: what is refused, with which sentence at which line, and what is read.

#include "../../helper/packetdrill/script.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <limits>

using namespace lifecycle::packetdrill;

namespace
{

using Defined = std::set<std::string>;

Script
Parse(const std::string& text, const Defined& defined = {})
{
    return ParseScript("script.pkt", text, defined);
}

/** `LINE: MESSAGE` or `LINE: not supported: MESSAGE`; "accepted" if nothing is wrong. */
std::string
ErrorOf(const std::string& text, const Defined& defined = {})
{
    try
    {
        Parse(text, defined);
        return "accepted";
    }
    catch (const Failure& error)
    {
        return std::to_string(error.line) + ": " + error.what();
    }
    catch (const Unsupported& error)
    {
        return std::to_string(error.line) + ": not supported: " + error.what();
    }
}

/** The one event of @p text. */
Event
ParseOne(const std::string& text)
{
    const Script script = Parse(text);
    EXPECT_EQ(script.events.size(), 1U) << text;
    return script.events.at(0);
}

TcpPacket
ParsePacket(const std::string& text)
{
    return std::get<TcpPacket>(ParseOne("0 " + text).what);
}

SystemCall
ParseCall(const std::string& text)
{
    return std::get<SystemCall>(ParseOne("0 " + text).what);
}

/** A text, and what ErrorOf says of it. */
struct Wrong
{
    std::string text;
    std::string error;
};

void
ExpectErrors(const std::vector<Wrong>& all)
{
    for (const Wrong& wrong : all)
    {
        EXPECT_EQ(ErrorOf(wrong.text), wrong.error) << wrong.text;
    }
}

std::string
Repeat(const std::string& text, int times)
{
    std::string result;
    for (int i = 0; i < times; ++i)
    {
        result += text;
    }
    return result;
}

const std::string INT = "must be a number from -2147483648 to 4294967295";
const std::string UINT = "must be a number from 0 to 4294967295";

// A line of each kind; everything stands on one line, and nothing can be left out.
const std::string SCRIPT = R"(--tolerance_usecs=1000
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, {sa_family = AF_INET, sin_port = htons(80)}, 16) = -1 EADDRINUSE (in use)
+0 setsockopt(3, SOL_SOCKET, SO_LINGER, {.onoff=1, .linger=-2}, 8) = 0
+0.1 < [ect0] (ttl 9) S 0:0(0) win 65535 <mss 1460,nop,wscale 7>
* > S. 0:0(0) ack 1 <...>
+0...0.5 read(4, "text", 10) = ?
+0 < icmp unreachable frag_needed mtu 500 [1:101(100)]
+0~+1 > P. 1:101(100)! ack 1 win 9 urg 3 <TS val 1 ecr 2,sack 1:2 3:4>
0 `sysctl -w net.ipv4.tcp_sack=0`
+0 %{ assert tcpi_rto == 1 }%
)";

// ---- what is refused

TEST(PacketdrillParser, RefusesWhatHasNoEvents)
{
    ExpectErrors({{"", "1: the script has no events"},
                  {"\n\n", "1: the script has no events"},
                  {"// nothing\n/* at\nall */", "1: the script has no events"},
                  {"# nothing\n", "1: the script has no events"},
                  {"--mtu=9\n\n", "1: the script has no events"},
                  {"#ifdef X\n0 close(3) = 0\n#endif\n", "1: the script has no events"}});
}

TEST(PacketdrillParser, RefusesWhatIsNoText)
{
    ExpectErrors(
        {{std::string("\n0 cl\0ose(3) = 0", 16), "2: a script is text, and here is an octet of 0"},
         {"0 close(\xff\x1b) = 0", R"(1: '\xff' stands where a value belongs)"},
         {"0 \x7f", R"(1: '\x7f' stands where a packet, a system call or a command belongs)"}});
}

TEST(PacketdrillParser, RefusesConditionsThatDoNotMatch)
{
    ExpectErrors({{"\n#ifdef", "2: #ifdef needs a name"},
                  {"#ifndef \n#endif", "1: #ifndef needs a name"},
                  {"#ifdef X\n#ifdef Y\n#endif\n", "1: #ifdef without #endif"},
                  {"0 close(3) = 0\n#else\n", "2: #else without #ifdef"},
                  {"0 close(3) = 0\n#endif\n", "2: #endif without #ifdef"},
                  {"#ifdef X\n#else\n#else\n#endif\n", "3: #else stands twice behind one #ifdef"},
                  {"\n#define X", "2: not supported: directive #define"}});
}

TEST(PacketdrillParser, RefusesOptionsThatStandTwiceOrTooLate)
{
    ExpectErrors(
        {{"--mtu=1500\n--mtu=1500\n0 close(3) = 0", "2: option --mtu stands there twice"},
         {"0 close(3) = 0\n--mtu=1500", "2: 'mtu=1500' stands where a time in seconds belongs"}});
}

TEST(PacketdrillParser, NamesWhereBeginsWhatNothingCloses)
{
    ExpectErrors({{"\n0 bind(3, \"here\n\n", "2: no \" closes what begins here"},
                  {"\n0 `sysctl\n", "2: no ` closes what begins here"},
                  {"\n0 %{ assert 1\n}", "2: no }% closes what begins here"},
                  {"\n/* so\n\n", "2: no */ closes what begins here"}});
}

TEST(PacketdrillParser, NamesWhatIsMissingAtTheEnd)
{
    const std::string end = "1: 'end of file' stands where ";
    ExpectErrors({{"0 < [port 2000", end + "']' belongs"},
                  {"0 < (ttl 3", end + "')' belongs"},
                  {"0 < S 0:0(0) win 1 <mss 5", end + "',' belongs"},
                  {"0 < S 0:0(0) win 1 <FO 12", end + "',' belongs"},
                  {"0 < icmp", end + "an ICMP type belongs"},
                  {"0 bind(3, {sin_port", end + "'=' belongs"},
                  {"0 bind(3, [3", end + "',' belongs"},
                  {"0 listen(3, 1", end + "',' belongs"},
                  {"0 close(3) = 0 (because", end + "')' belongs"}});
}

TEST(PacketdrillParser, RefusesWrongTimes)
{
    const std::string span = "1: a span of time ends before it begins";
    const std::string exact = "1: only an outbound packet has a time that is not exact";
    const std::string range = "1: both ends of a range of time must be written with + or without";
    const std::string digits = " must be below 10^9 s and have at most 9 decimals";
    ExpectErrors({{"close(3) = 0", "1: 'close' stands where a time in seconds belongs"},
                  {"+ close(3) = 0", "1: 'close' stands where a time in seconds belongs"},
                  {"-1 close(3) = 0", "1: '-' stands where a time in seconds belongs"},
                  {"+0~1 > S 0:0(0)", range},
                  {"0~+1 > S 0:0(0)", range},
                  {"0~ > S 0:0(0)", "1: '>' stands where a time in seconds belongs"},
                  {"2~1 > S 0:0(0)", span},
                  {"+2...1 close(3) = 0", span},
                  {"0...1 > S 0:0(0)", "1: only a system call blocks"},
                  {"0...1 `true`", "1: only a system call blocks"},
                  {"* close(3) = 0", exact},
                  {"0~1 close(3) = 0", exact},
                  {"0~1 < S 0:0(0) win 1", exact},
                  {"* %{ assert 1 }%", exact},
                  {"+0x10 close(3) = 0", "1: time 0x10" + digits},
                  {"1234567890 close(3) = 0", "1: time 1234567890" + digits},
                  {"0.1234567891 close(3) = 0", "1: time 0.1234567891" + digits},
                  {"999999999 close(3) = 0\n+1 close(3) = 0\n+0.000000001 close(3) = 0",
                   "3: by here the script lasts longer than 10^9 s, which is the most"}});
}

TEST(PacketdrillParser, RefusesLinesWithoutAnEvent)
{
    const std::string event = "stands where a packet, a system call or a command belongs";
    ExpectErrors({{"0", "1: 'end of file' " + event},
                  {"0 \"text\"", "1: 'text' " + event},
                  {"0 = 0", "1: '=' " + event},
                  {"+0 nonsense", "1: 'end of file' stands where '(' belongs"}});
}

TEST(PacketdrillParser, RefusesWrongFlagsAndSequences)
{
    ExpectErrors(
        {{"0 < 0:0(0) win 1", "1: '0' stands where flags belongs"},
         {"0 < `a\nb` 0:0(0) win 1", "1: 'a b' stands where flags belongs"},
         {"0 < SX 0:0(0) win 1", "1: 'SX' is no list of flags"},
         {"0 < S", "1: 'end of file' stands where a sequence number belongs"},
         {"0 < S 0:5(0) win 1000", "1: from 0 to 5 are not 0 octets"},
         {"0 > P 5:0(5)", "1: from 5 to 0 are not 5 octets"},
         {"0 < S 0:0 win 1", "1: 'win' stands where '(' belongs"},
         {"0 < S 0(0) win 1", "1: '(' stands where ':' belongs"},
         {"0 < S 4294967296:0(0) win 1", "1: a sequence number is '4294967296' and " + UINT},
         {"0 < S 99999999999999999999:0(0) win 1",
          "1: a sequence number is '99999999999999999999' and " + UINT},
         {"0 < P 0:65496(65496) win 1",
          "1: the length is '65496' and must be a number from 0 to 65495"},
         {"0 < udp (10)", "1: not supported: protocol udp"},
         {"0 > R 1:1(0) win 0/udp(1 > 2)", "1: not supported: a packet in UDP"}});
}

TEST(PacketdrillParser, RefusesWrongFieldsOfAHeader)
{
    ExpectErrors(
        {{"0 > . 0:0(0)", "1: a packet with flag '.' needs an acknowledgment number"},
         {"0 < . 0:0(0) ack 4294967296 win 1",
          "1: an acknowledgment number is '4294967296' and " + UINT},
         {"0 < S 0:0(0)", "1: an inbound packet needs a window"},
         {"0 < S 0:0(0) win", "1: 'end of file' stands where the window belongs"},
         {"0 < S 0:0(0) win 65536",
          "1: the window is '65536' and must be a number from 0 to 65535"},
         {"0 < S 0:0(0) win 08", "1: the window is '08' and must be a number from 0 to 65535"},
         {"0 < S 0:0(0) win 0x", "1: the window is '0x' and must be a number from 0 to 65535"},
         {"0 < U 0:0(0) win 1 urg 65541",
          "1: the urgent pointer is '65541' and must be a number from 0 to 65535"},
         {"0 < S ...(0) win 1", "1: not supported: '...' in an inbound packet"},
         {"0 < . 0:0(0) ack ... win 1", "1: not supported: '...' in an inbound packet"},
         {"0 < S 0:0(0) win 1 <...>", "1: not supported: '...' in an inbound packet"}});
}

TEST(PacketdrillParser, RefusesWrongOptionsOfTcp)
{
    const std::string syn = "0 < S 0:0(0) win 1 ";
    const std::string all = " and must be a number from 0 to 40";
    ExpectErrors(
        {{syn + "<mss 65636>", "1: the MSS is '65636' and must be a number from 0 to 65535"},
         {syn + "<mss>", "1: '>' stands where the MSS belongs"},
         {syn + "<wscale 260>", "1: the shift is '260' and must be a number from 0 to 255"},
         {syn + "<TS val 4294967296 ecr 0>", "1: TSval is '4294967296' and " + UINT},
         {syn + "<TS 1 2>", "1: '1' stands where 'val' belongs"},
         {syn + "<TS val 1>", "1: '>' stands where 'ecr' belongs"},
         {syn + "<sack 1:4294967296>", "1: an edge is '4294967296' and " + UINT},
         {syn + "<sack 1>", "1: '>' stands where ':' belongs"},
         {syn + "<hex 020>", "1: '020' must be octets in hexadecimal"},
         {syn + "<FO 1g>", "1: '1g' must be octets in hexadecimal"},
         {syn + "<1460>", "1: '1460' stands where a TCP option belongs"},
         {syn + "<nop nop>", "1: 'nop' stands where ',' belongs"},
         {syn + "<mptcp 5>", "1: not supported: TCP option mptcp"},
         {syn + "<sack 1:2 3:4 5:6 7:8 9:10>", "1: the length of all options is '42'" + all},
         {syn + "<nop" + Repeat(",nop", 40) + ">", "1: the length of all options is '41'" + all},
         {syn + "<hex " + Repeat("01", 300) + ">", "1: the length of all options is '300'" + all},
         {"0 < P 0:65495(65495) win 1 <mss 1>",
          "1: the length is '65495' and must be a number from 0 to 65491 behind these options"}});
}

TEST(PacketdrillParser, RefusesWrongAnnotations)
{
    const std::string inbound = "1: from, to, bad_checksum and hex are for inbound packets";
    const std::string rest = " S 0:0(0) win 1";
    ExpectErrors(
        {{"0 < [port 70000]" + rest, "1: the port is '70000' and must be a number from 1 to 65535"},
         {"0 < [port 0]" + rest, "1: the port is '0' and must be a number from 1 to 65535"},
         {"0 < (ttl 256)" + rest, "1: the ttl is '256' and must be a number from 0 to 255"},
         {"0 < (tos 0x100)" + rest, "1: the tos is '0x100' and must be a number from 0 to 255"},
         {"0 < [noecn `a\nb`]" + rest, "1: 'a b' stands in an annotation"},
         {"0 < [over mars]" + rest, "1: not supported: annotation over"},
         {"0 < [from mars]" + rest,
          "1: 'mars' stands where multicast, broadcast or unspecified belongs"},
         {"0 > [from multicast] S 0:0(0)", inbound},
         {"0 > [to unspecified] S 0:0(0)", inbound},
         {"0 > [bad_checksum] S 0:0(0)", inbound},
         {"0 > S. 0:0(0) ack 1 <hex 02>", inbound}});
}

TEST(PacketdrillParser, RefusesWrongIcmp)
{
    ExpectErrors(
        {{"0 > icmp unreachable port_unreachable [1:1(0)]", "1: not supported: outbound ICMP"},
         {"0 < icmp [0:0(0)]", "1: '[' stands where an ICMP type belongs"},
         {"0 < icmp router_advertisement [0:0(0)]", "1: not supported: icmp router_advertisement"},
         {"0 < icmp redirect port_unreachable [0:0(0)]",
          "1: not supported: icmp redirect port_unreachable"},
         {"0 < icmp type_256 [0:0(0)]", "1: not supported: icmp type_256"},
         {"0 < icmpv6 unreachable host_unknown [0:0(0)]",
          "1: not supported: icmpv6 unreachable host_unknown"},
         {"0 < icmp unreachable net_unreachable mtu 9 [0:0(0)]",
          "1: only frag_needed and packet_too_big have an MTU"},
         {"0 < icmp unreachable frag_needed mtu 65536 [0:0(0)]",
          "1: the MTU is '65536' and must be a number from 0 to 65535"},
         {"0 < icmp unreachable [1:3(1)]", "1: from 1 to 3 are not 1 octets"},
         {"0 < icmp unreachable [,]", "1: ',' stands where a sequence number belongs"}});
}

TEST(PacketdrillParser, RefusesWrongSystemCalls)
{
    const std::string close = "0 close(3) = ";
    const std::string deep = "1: brackets stand more than 16 deep";
    ExpectErrors(
        {{"0 close = 0", "1: '=' stands where '(' belongs"},
         {"0 close(3)", "1: 'end of file' stands where '=' belongs"},
         {close, "1: 'end of file' stands where a value belongs"},
         {"0 close(-) = 0", "1: ')' stands where a number belongs"},
         {"0 close(3 4) = 0", "1: '4' stands where ',' belongs"},
         {"0 fcntl(3, F_SETFL, O_RDWR|) = 0", "1: ')' stands where a name belongs"},
         {"0 bind(3, {2}, 16) = 0", "1: '2' stands where the name of a field belongs"},
         {"0 bind(3, {a 2}, 16) = 0", "1: '2' stands where '=' belongs"},
         {"0 f({..., a=2}) = 0", "1: '=' stands where ',' belongs"},
         {"0 f({a(2 = 3}) = 0", "1: '=' stands where ',' belongs"},
         {"0 listen(3, 4294967296) = 0", "1: a value is '4294967296' and " + INT},
         {"0 close(-2147483649) = 0", "1: a value is '-2147483649' and " + INT},
         {close + "99999999999999999999", "1: a value is '99999999999999999999' and " + INT},
         {"0 setsockopt(3, SOL_IP, IP_TTL, [0x], 4) = 0", "1: a value is '0x' and " + INT},
         {"0 write(3, ..., 9223372036854775808) = 0",
          "1: a value is '9223372036854775808' and must be a number from -9223372036854775807 to "
          "9223372036854775807"},
         {"0 bind(3, {sa_family = AF_INET, sin_port = htons(70000)}, ...) = 0",
          "1: the port is '70000' and must be a number from 0 to 65535"},
         {"0 bind(3, {sin6_port = -1}, ...) = 0",
          "1: the port is '-1' and must be a number from 0 to 65535"},
         {"0 bind(3, {sin_port = http}, ...) = 0",
          "1: a port must be a number, htons() of one, or '...'"},
         {"0 close(" + Repeat("[", 2000), deep},
         {"0 close(" + Repeat("{a=", 2000), deep},
         {"0 close(" + Repeat("f(", 2000), deep}});
}

TEST(PacketdrillParser, NamesTheLineOfTheError)
{
    for (int lines = 0; lines < 20; ++lines)
    {
        const std::string before = Repeat("0 `one\nand two` // and three\n\n", lines);
        EXPECT_EQ(ErrorOf(before + "0 close(-) = 0\n"),
                  std::to_string(3 * lines + 1) + ": ')' stands where a number belongs");
    }
}

TEST(PacketdrillParser, ShowsOfALongLineItsEnds)
{
    const std::string error = ErrorOf("0 < " + Repeat("X", 100000) + " 0:0(0) win 1");
    EXPECT_EQ(error,
              "1: '" + Repeat("X", 109) + " ... " + Repeat("X", 89) + "' is no list of flags");
}

/** Whether a script may end behind @p text, which a line of SCRIPT begins with. */
bool
MayEndBehind(const std::string& text)
{
    try
    {
        Parse("0 close(3) = 0\n" + text);
        return true;
    }
    catch (const Failure&)
    {
        return false;
    }
}

TEST(PacketdrillParser, RefusesACutScriptInTheLineWhereItIsCut)
{
    ASSERT_EQ(ErrorOf(SCRIPT), "accepted");
    unsigned refused = 0;
    for (std::size_t size = 0; size < SCRIPT.size(); ++size)
    {
        const std::string cut = SCRIPT.substr(0, size);
        const std::string lastLine = cut.substr(cut.rfind('\n') + 1);
        const auto line = std::count(cut.begin(), cut.end(), '\n') + 1;
        const std::string error = ErrorOf(cut);
        if (error == "accepted")
        {
            EXPECT_TRUE(lastLine.empty() || MayEndBehind(lastLine)) << cut;
            EXPECT_EQ(Parse(cut).events.size(), line - (lastLine.empty() ? 2 : 1)) << cut;
            continue;
        }
        ++refused;
        const bool isEmpty = lastLine.empty() && line > 1;
        EXPECT_EQ(error.substr(0, error.find(':')), std::to_string(line - (isEmpty ? 1 : 0)))
            << cut;
    }
    EXPECT_GT(refused, SCRIPT.size() / 2);
}

// ---- what is read

TEST(PacketdrillParser, ReadsOptionsOfTheScript)
{
    const Script script = Parse("--ip_version=ipv6 --verbose\n--mtu=a=b\n0 close(3) = 0");
    EXPECT_EQ(script.file, "script.pkt");
    ASSERT_EQ(script.options.size(), 3U);
    EXPECT_EQ(script.options.at("ip_version").value, "ipv6");
    EXPECT_EQ(script.options.at("verbose").value, "");
    EXPECT_EQ(script.options.at("mtu").value, "a=b");
    EXPECT_EQ(script.options.at("mtu").line, 2);
}

TEST(PacketdrillParser, LeavesOutWhatAConditionDoesNotHold)
{
    const std::string text = "#ifdef A\n0 a() = 0\n#ifndef B\n0 b() = 0\n#define X\n#else\n"
                             "0 c() = 0\n#endif\n#else\n0 d() = 0\n#endif\n0 e() = 0\n";
    const auto names = [&text](const Defined& defined) {
        std::string found;
        for (const Event& event : Parse(text, defined).events)
        {
            found += std::get<SystemCall>(event.what).name + std::to_string(event.line) + " ";
        }
        return found;
    };
    EXPECT_EQ(names({}), "d10 e12 ");
    EXPECT_EQ(names({"B"}), "d10 e12 ");
    EXPECT_EQ(names({"A", "B"}), "a2 c7 e12 ");
    EXPECT_EQ(ErrorOf(text, {"A"}), "5: not supported: directive #define");
}

TEST(PacketdrillParser, ReadsTimes)
{
    const auto time = [](const std::string& text) { return ParseOne(text + " > S 0:0(0)").time; };
    EXPECT_EQ(time("1.5").begin, 1500000000);
    EXPECT_EQ(time("1.5").end, 1500000000);
    EXPECT_FALSE(time("1.5").isRelative);
    EXPECT_TRUE(time("+.25").isRelative);
    EXPECT_EQ(time("+.25").begin, 250000000);
    EXPECT_EQ(time("0.000000001").begin, 1);
    EXPECT_EQ(time("999999999.999999999").begin, 999999999999999999);
    EXPECT_EQ(time("010").begin, 10000000000); // in seconds, not octal
    EXPECT_EQ(time("1~2.5").end, 2500000000);
    EXPECT_EQ(time("+1~+2").end, 2000000000);
    EXPECT_TRUE(time("*").isAny);
    EXPECT_FALSE(time("1~2").blocksTill);

    const EventTime call = ParseOne("+1...2.5 close(3) = 0").time;
    EXPECT_EQ(call.begin, 1000000000);
    EXPECT_EQ(call.blocksTill, 2500000000);
    EXPECT_EQ(ParseOne("1...1 close(3) = 0").time.blocksTill, 1000000000);

    const EventTime command = ParseOne("`true`").time;
    EXPECT_TRUE(command.isRelative);
    EXPECT_EQ(command.begin, 0);
}

TEST(PacketdrillParser, ReadsPackets)
{
    const TcpPacket packet =
        ParsePacket("< [ce, port 2000] (tos 0x13) (ttl 7) [from multicast, to broadcast] "
                    "[bad_checksum] FSRP.UEW 5:10(5)! ack 7! win 0xffff urg 3");
    EXPECT_TRUE(packet.isInbound);
    EXPECT_EQ(packet.ip.ecn, 3);
    EXPECT_EQ(packet.ip.tos, 0x13);
    EXPECT_EQ(packet.ip.ttl, 7);
    EXPECT_EQ(packet.remotePort, 2000);
    EXPECT_EQ(packet.source, Whose::MULTICAST);
    EXPECT_EQ(packet.destination, Whose::BROADCAST);
    EXPECT_TRUE(packet.hasBadChecksum);
    EXPECT_EQ(packet.flags, FIN | SYN | RST | PSH | ACK | URG | ECE | CWR);
    EXPECT_EQ(packet.seq, 5U);
    EXPECT_EQ(packet.length, 5U);
    EXPECT_TRUE(packet.seqIsAbsolute);
    EXPECT_EQ(packet.ack, 7U);
    EXPECT_TRUE(packet.ackIsAbsolute);
    EXPECT_EQ(packet.window, 65535U);
    EXPECT_EQ(packet.urgent, 3);
    EXPECT_TRUE(packet.options.empty());
}

TEST(PacketdrillParser, ReadsWhatIsAnyAndWhatIsLeftOut)
{
    const TcpPacket any = ParsePacket("> . ...(8) ack ... <...>");
    EXPECT_FALSE(any.isInbound);
    EXPECT_TRUE(any.seqIsAny && any.ackIsAny && any.optionsAreAny);
    EXPECT_EQ(any.length, 8U);
    EXPECT_FALSE(any.window);

    const TcpPacket bare = ParsePacket("> - 0:0(0)");
    EXPECT_EQ(bare.flags, 0);
    EXPECT_FALSE(bare.seqIsAny || bare.ackIsAny || bare.optionsAreAny || bare.seqIsAbsolute);
    EXPECT_EQ(bare.source, Whose::USUAL);
    EXPECT_FALSE(bare.ip.ecn || bare.ip.tos || bare.ip.ttl);
    EXPECT_EQ(ParsePacket("> P 4294967295:4(5)").length, 5U) << "sequence numbers wrap";
}

TEST(PacketdrillParser, ReadsOptionsOfTcp)
{
    const auto options = ParsePacket("< S 0:0(0) win 1 <mss 1460,sackOK,TS val 1 ecr 0x10,nop,"
                                     "wscale 7,FO 0a1B,hex 0801,eol>")
                             .options;
    ASSERT_EQ(options.size(), 8U);
    EXPECT_EQ(options[0], (TcpOption{OPTION_MSS, {1460}, "", false}));
    EXPECT_EQ(options[1], (TcpOption{OPTION_SACK_PERMITTED, {}, "", false}));
    EXPECT_EQ(options[2], (TcpOption{OPTION_TIMESTAMPS, {1, 16}, "", false}));
    EXPECT_EQ(options[3], (TcpOption{OPTION_NOP, {}, "", false}));
    EXPECT_EQ(options[4], (TcpOption{OPTION_WINDOW_SCALE, {7}, "", false}));
    EXPECT_EQ(options[5], (TcpOption{OPTION_FAST_OPEN, {}, "0a1B", false}));
    EXPECT_TRUE(options[6].isRaw);
    EXPECT_EQ(options[6].octets, "0801");
    EXPECT_EQ(options[7].kind, OPTION_END);
    EXPECT_EQ(ParsePacket("> . 0:0(0) ack 1 <sack 1:2 3:4>").options.at(0).values,
              (std::vector<std::uint32_t>{1, 2, 3, 4}));
}

TEST(PacketdrillParser, ReadsIcmp)
{
    const auto icmp = [](const std::string& text) {
        return std::get<IcmpPacket>(ParseOne("0 < " + text).what);
    };
    const IcmpPacket packet = icmp("[port 9] icmp unreachable frag_needed mtu 500 [P. 1:101(100)]");
    ASSERT_TRUE(packet.overIpv4);
    EXPECT_EQ(packet.overIpv4->type, 3);
    EXPECT_EQ(packet.overIpv4->code, 4);
    EXPECT_FALSE(packet.overIpv6) << "there is no frag_needed over IPv6";
    EXPECT_EQ(packet.name, "icmp unreachable frag_needed");
    EXPECT_EQ(packet.mtu, 500U);
    EXPECT_EQ(packet.seq, 1U);
    EXPECT_EQ(packet.remotePort, 9);
    const auto numbers = [](const std::optional<IcmpNumbers>& is) {
        return is ? std::to_string(is->type) + "/" + std::to_string(is->code) : "none";
    };
    struct Row
    {
        std::string text;
        std::string overIpv4;
        std::string overIpv6;
    };
    for (const Row& row : {Row{"icmp source_quench", "4/0", "none"},
                           Row{"icmp redirect", "5/0", "none"},
                           Row{"icmp unreachable packet_filtered", "3/13", "none"},
                           Row{"icmp unreachable port_unreachable", "3/3", "1/4"},
                           Row{"icmp time_exceeded ttl_exceeded_in_transit", "11/0", "none"},
                           Row{"icmp time_exceeded exceeded_hop_limit", "none", "3/0"},
                           Row{"icmp parameter_problem code_2", "12/2", "4/2"},
                           Row{"icmp parameter_problem unknown_option", "none", "4/2"},
                           Row{"icmp type_9 code_255", "9/255", "9/255"},
                           Row{"icmpv6 unreachable port_unreachable", "none", "1/4"},
                           Row{"icmpv6 unreachable admin_prohibited", "none", "1/1"}})
    {
        const IcmpPacket read = icmp(row.text + " [0:0(0)]");
        EXPECT_EQ(numbers(read.overIpv4), row.overIpv4) << row.text;
        EXPECT_EQ(numbers(read.overIpv6), row.overIpv6) << row.text;
    }
    EXPECT_EQ(icmp("icmpv6 packet_too_big mtu 65536 [0:0(0)]").mtu, 65536U);
}

TEST(PacketdrillParser, ReadsSystemCalls)
{
    using Kind = Value::Kind;
    const SystemCall call = ParseCall(
        "f(-2, 0x10, 010, A|B, \"x y\", ..., [1, {.a=2, b = ...}], htons(80)) = -1 EBAD (so)");
    EXPECT_EQ(call.name, "f");
    ASSERT_EQ(call.arguments.size(), 8U);
    EXPECT_EQ(call.arguments[0].number, -2);
    EXPECT_EQ(call.arguments[1].number, 16);
    EXPECT_EQ(call.arguments[2].number, 8);
    EXPECT_EQ(call.arguments[3].kind, Kind::WORD);
    EXPECT_EQ(call.arguments[3].words, (std::vector<std::string>{"A", "B"}));
    EXPECT_EQ(call.arguments[4].kind, Kind::TEXT);
    EXPECT_EQ(call.arguments[4].words, std::vector<std::string>{"x y"});
    EXPECT_EQ(call.arguments[5].kind, Kind::ELLIPSIS);
    EXPECT_EQ(call.arguments[6].kind, Kind::LIST);
    const Value& structure = call.arguments[6].items.at(1);
    EXPECT_EQ(structure.kind, Kind::STRUCT);
    EXPECT_EQ(structure.fields, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(structure.items.at(0).number, 2);
    EXPECT_EQ(call.arguments[7].kind, Kind::CALL);
    EXPECT_EQ(call.arguments[7].items.at(0).number, 80);
    EXPECT_EQ(call.result->number, -1);
    EXPECT_EQ(call.error, "EBAD");

    const Value message =
        ParseCall("f({a(...)=..., b(2)=[{..., 40}, {..., 5}]}) = 45").arguments[0];
    EXPECT_EQ(message.fields, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(message.items.at(1).items.at(1).items.at(1).number, 5);

    EXPECT_FALSE(ParseCall("f() = ?").result);
    EXPECT_TRUE(ParseCall("f() = ?").arguments.empty());
    EXPECT_EQ(ParseCall("f() = 0x2 (flags O_RDWR)").result->number, 2);
}

TEST(PacketdrillParser, ReadsNumbersAsWideAsCDoes)
{
    EXPECT_EQ(ParseCall("close(-2147483648) = 4294967295").arguments[0].number, -2147483648LL);
    EXPECT_EQ(ParseCall("close(3) = 4294967295").result->number, 4294967295);
    constexpr std::int64_t MOST = std::numeric_limits<std::int64_t>::max();
    const SystemCall write = ParseCall("write(3, ..., -9223372036854775807) = 9223372036854775807");
    EXPECT_EQ(write.arguments[2].number, -MOST);
    EXPECT_EQ(write.result->number, MOST);
}

TEST(PacketdrillParser, ReadsCommandsAndAssertionsAsTheyStand)
{
    const Script script = Parse("`a \"b\"`\n0 `c\nd` // not this\n+0 %{ assert\n1 }%\n+0 %{ e %}");
    ASSERT_EQ(script.events.size(), 4U);
    EXPECT_EQ(std::get<Command>(script.events[0].what).text, "a \"b\"");
    EXPECT_EQ(std::get<Command>(script.events[1].what).text, "c\nd");
    EXPECT_EQ(std::get<Assertions>(script.events[2].what).text, " assert\n1 ");
    EXPECT_EQ(std::get<Assertions>(script.events[3].what).text, " e ");
    EXPECT_EQ(script.events[2].line, 4);
    EXPECT_EQ(script.events[3].line, 6);
}

TEST(PacketdrillParser, ReadsWhatItWrites)
{
    for (const std::string text : {"> S 0:0(0) win 65535 <mss 1460,nop,nop,sackOK>",
                                   "> [ect0] (tos 2) (ttl 64) [port 9] FSRP.UEW 1:9(8)! ack 3!",
                                   "> . ...(5) ack ... <...>",
                                   "> - 7:7(0) urg 4 <TS val 1 ecr 2,wscale 3,eol,FO 0a,sack 1:2>"})
    {
        EXPECT_EQ(ToString(ParsePacket(text)), text);
    }
}

} // namespace
