#ifndef LIFECYCLE_PACKETDRILL_SCRIPT_H
#define LIFECYCLE_PACKETDRILL_SCRIPT_H

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

namespace lifecycle::packetdrill
{

/**
 * @p text as it can be shown in a message: what is no printable ASCII is written `\x0a`, but for line
 * ends, and of a very long line the middle is left out.
 */
std::string Readable(const std::string& text);

/** The number that is all of @p text: decimal, `0x` hexadecimal or `0` octal; nothing if there is none. */
std::optional<std::uint64_t> WholeNumber(const std::string& text);

/** The sentence that says that @p what is @p is, which is not from @p least to @p most. */
std::string MustBe(const std::string& what,
                   const std::string& is,
                   std::uint64_t least,
                   std::uint64_t most);

/** Why a script was not played to its end. */
struct Ended : public std::runtime_error
{
    /**
     * @param where the line of the script
     * @param what the reason; the first line of it says all
     * @param kindOfIt the reason without what differs from script to script; empty: the first line of
     * @p what. Numbers are left out in any case.
     */
    Ended(int where, const std::string& what, const std::string& kindOfIt);

    int line;
    std::string kind;
};

/** A script that is not in the language, or whose expectation was not met. */
struct Failure : public Ended
{
    Failure(int where, const std::string& what, const std::string& kindOfIt = "")
        : Ended(where, what, kindOfIt)
    {
    }
};

/** A construct of the language that this runner does not know; what() names it. */
struct Unsupported : public Ended
{
    Unsupported(int where, const std::string& what, const std::string& kindOfIt = "")
        : Ended(where, what, kindOfIt)
    {
    }
};

/** Nanoseconds of simulated time. */
using Nanoseconds = std::int64_t;

/** When an event happens, as it is written. */
struct EventTime
{
    bool isAny{false};      ///< `*`
    bool isRelative{false}; ///< `+t`: from when the previous event happened
    Nanoseconds begin{0};
    Nanoseconds end{0};                    ///< of a range `a~b`; else equal to begin
    std::optional<Nanoseconds> blocksTill; ///< `t...t`: when the call returns, counted like begin
};

// TCP flags at their places in the header. Source: RFC 9293 3.1, RFC 3168 6.1.
constexpr std::uint8_t FIN = 0x01;
constexpr std::uint8_t SYN = 0x02;
constexpr std::uint8_t RST = 0x04;
constexpr std::uint8_t PSH = 0x08;
constexpr std::uint8_t ACK = 0x10;
constexpr std::uint8_t URG = 0x20;
constexpr std::uint8_t ECE = 0x40;
constexpr std::uint8_t CWR = 0x80;

// Kinds of TCP options.
constexpr std::uint8_t OPTION_END = 0;
constexpr std::uint8_t OPTION_NOP = 1;
constexpr std::uint8_t OPTION_MSS = 2;
constexpr std::uint8_t OPTION_WINDOW_SCALE = 3;
constexpr std::uint8_t OPTION_SACK_PERMITTED = 4;
constexpr std::uint8_t OPTION_SACK = 5;
constexpr std::uint8_t OPTION_TIMESTAMPS = 8;
constexpr std::uint8_t OPTION_FAST_OPEN = 34;

struct TcpOption
{
    std::uint8_t kind{OPTION_NOP};
    std::vector<std::uint32_t>
        values;         ///< MSS, shift, edges of SACK blocks in pairs, TSval and TSecr
    std::string octets; ///< of an option that is written in hexadecimal
    bool isRaw{false};  ///< there is nothing but the octets

    bool operator==(const TcpOption& other) const
    {
        return kind == other.kind && values == other.values && octets == other.octets;
    }
};

/** What an IP packet carries beside TCP, where the script says it. */
struct IpFields
{
    std::optional<std::uint8_t> ecn; ///< two bits
    std::optional<std::uint8_t> tos; ///< all eight bits
    std::optional<std::uint8_t> ttl;
};

/** Whose address a packet carries. */
enum class Whose
{
    USUAL,
    MULTICAST,
    BROADCAST,
    UNSPECIFIED,
};

struct TcpPacket
{
    bool isInbound{false};
    Whose source{Whose::USUAL};
    Whose destination{Whose::USUAL};
    bool hasBadChecksum{false};
    IpFields ip;
    std::uint8_t flags{0};
    std::uint32_t seq{0};
    bool seqIsAbsolute{false}; ///< `!`: not relative to the initial sequence number
    bool seqIsAny{false};      ///< `...(n)`
    std::uint32_t length{0};   ///< payload [octets]
    std::uint32_t ack{0};
    bool ackIsAbsolute{false};
    bool ackIsAny{false};
    std::optional<std::uint32_t> window; ///< as in the header
    std::uint16_t urgent{0};
    bool optionsAreAny{false}; ///< `<...>`
    std::vector<TcpOption> options;
    std::uint16_t remotePort{0}; ///< 0: the usual one
};

/** What a kind of ICMP message is called in its header. */
struct IcmpNumbers
{
    std::uint8_t type{0};
    std::uint8_t code{0};
};

struct IcmpPacket
{
    std::optional<IcmpNumbers> overIpv4; ///< none: there is no such message over IPv4
    std::optional<IcmpNumbers> overIpv6;
    std::string name; ///< as it is written: `icmp unreachable host_unknown`
    std::uint32_t mtu{0};
    std::uint32_t seq{0};        ///< quoted, relative to our initial sequence number
    std::uint16_t remotePort{0}; ///< 0: the usual one
};

/** An argument of a system call. */
struct Value
{
    enum class Kind
    {
        NUMBER,
        WORD,     ///< a name, or several joined by `|`
        TEXT,     ///< a string
        ELLIPSIS, ///< `...`
        LIST,     ///< `[...]`
        STRUCT,   ///< `{name=value, ...}`
        CALL,     ///< `htons(8080)`
    };

    Kind kind{Kind::ELLIPSIS};
    std::int64_t number{0};
    std::vector<std::string> words;
    std::vector<Value> items;        ///< of a list or call
    std::vector<std::string> fields; ///< names of the items of a struct
};

struct SystemCall
{
    std::string name;
    std::vector<Value> arguments;
    std::optional<Value> result; ///< none: `= ?`
    std::string error;           ///< `ECONNRESET`; empty if none is expected
};

struct Command
{
    std::string text; ///< between the backquotes
};

struct Assertions
{
    std::string text; ///< between `%{` and `}%`
};

struct Event
{
    int line{0};
    EventTime time;
    std::variant<TcpPacket, IcmpPacket, SystemCall, Command, Assertions> what;
};

/** An option in a script. */
struct ScriptOption
{
    std::string value;
    int line{0};
};

struct Script
{
    std::string file;
    std::map<std::string, ScriptOption> options; ///< by name without dashes
    std::vector<Event> events;
};

/**
 * Reads a script; text between `#ifdef NAME` and `#endif` counts if NAME is among @p defined.
 *
 * Throws Failure or Unsupported.
 */
Script ParseScript(const std::string& file,
                   const std::string& text,
                   const std::set<std::string>& defined);

/** One line in tcpdump's manner. */
std::string ToString(const TcpPacket& packet);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_SCRIPT_H
