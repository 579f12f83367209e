#ifndef LIFECYCLE_LINK_INJECTION_H
#define LIFECYCLE_LINK_INJECTION_H

#include "../core/endpoint.h"
#include "../core/instant.h"
#include "../core/segment.h"
#include "../core/state.h"
#include "segment-rule.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lifecycle
{

/** What a sequence or acknowledgment number of an injected segment is counted from. */
enum class NumberBase : std::uint8_t
{
    FIXED,   ///< 0
    RANDOM,  ///< uniform over all numbers
    CLOCK,   ///< the clock of RFC 9293 3.4.1 when the segment is sent: a tick each 4 microseconds
    SND_UNA, ///< this and all that follow are numbers of the connection that is hit
    SND_NXT,
    RCV_NXT,
    ISS,
    IRS,
};

/** How a number of an injected segment comes about; all sums are modulo 2^32. */
struct NumberRule
{
    NumberBase base{NumberBase::FIXED};
    std::uint32_t offset{0}; ///< added to the base
    std::uint32_t spread{0}; ///< a number uniform in [-spread, +spread] is added
    std::uint32_t step{0};   ///< added once more with each further segment

    /** Whether the base is a number of a connection. */
    bool NeedsConnection() const
    {
        return base >= NumberBase::SND_UNA;
    }
};

/** The numbers of the connection that is hit, as its host has them. RFC 9293 3.3.1. */
struct KnownNumbers
{
    std::uint32_t sndUna{0};
    std::uint32_t sndNxt{0};
    std::uint32_t rcvNxt{0};
    std::uint32_t iss{0};
    std::uint32_t irs{0};
};

/** The addresses that share the first @c prefix bits of @c first. */
struct AddressRange
{
    Address first; ///< all bits behind the prefix are 0
    unsigned prefix{32};

    /** Address number @p index, modulo the number of addresses (2^64 if there are more). */
    Address At(std::uint64_t index) const;

    bool Contains(const Address& address) const;
};

/** How the segments of an injection follow one another. */
enum class Pacing : std::uint8_t
{
    ONCE,
    EVERY,   ///< at a fixed gap
    POISSON, ///< a Poisson process
};

/** Segments to be put on a link as if some host had sent them; the grammar is at ParseInjections. */
struct Injection
{
    std::string from; ///< who sends the segments: name of one end of the link
    std::string to;   ///< who gets the segments: name of the other end
    Segment segment;  ///< flags, window, payload length, options; seq and ack follow below
    NumberRule seq;
    NumberRule ack;

    std::optional<State> whileIn;        ///< hit the target's connections in this state
    std::optional<AddressRange> sources; ///< taken in turn; none: the sender's, or the connection's
    std::uint16_t firstPort{0}; ///< the source's ports are taken in turn; 0: drawn from 1024 on
    std::uint16_t lastPort{0};
    std::uint16_t toPort{80};

    Duration at{0}; ///< from the start of the run, or from entering @c whileIn, to the beginning
    Pacing pacing{Pacing::ONCE};
    Duration gap{0};        ///< of EVERY
    double rate{0};         ///< of POISSON [1/s]
    std::uint64_t times{0}; ///< at most so many segments, for each connection hit; 0: no limit
    Duration length{0};     ///< from @c at to the end; 0: no limit
    bool answersWithReset{false}; ///< hosts at @c sources reset what they have no TCB for

    std::string text; ///< the injection as the user wrote it, in one line

    /** Whether the injection stops by itself. */
    bool Ends() const
    {
        return pacing == Pacing::ONCE || times > 0 || length > Duration::zero();
    }
};

/**
 * Reads injections from text.
 *
 *     injections = [ injection ] , { ";" , [ injection ] } ;
 *     injection  = host , "->" , host , ":" , flags , { clause } ;
 *     flags      = "data" | "none" | flag , { "-" , flag } ;
 *     flag       = "SYN" | "ACK" | "FIN" | "RST" | "PSH" | "URG" | "ECE" | "CWR" ;
 *     clause     = "from" , address , [ "/" , digits ] | "port" , ( digits , [ "-" , digits ] | "random" )
 *                | "to-port" , digits | "while" , state
 *                | ( "seq" | "ack" ) , number , [ "step" , digits ]
 *                | "len" , digits | "window" , digits | "mss" , digits | "wscale" , digits | "sackok"
 *                | "tsval" , digits | "tsecr" , digits
 *                | "at" , time | "every" , time | "poisson" , real , "/s"
 *                | "times" , digits | "for" , time | "answer" , "RST" ;
 *     number     = base , [ ( "+" | "-" ) , digits ] , [ "~" , digits ] ;
 *     base       = digits | "random" | "clock" | "snd.una" | "snd.nxt" | "rcv.nxt" | "iss" | "irs" ;
 *     state      = "SYN-SENT" | "SYN-RECEIVED" | "ESTABLISHED" | ... | "TIME-WAIT" ;
 *     time       = real , ( "ns" | "us" | "ms" | "s" | "min" | "h" ) ;
 *     host       = letter , { letter | digit | "-" | "_" } ;
 *
 * Example: `attacker->server: SYN from 198.51.100.0/24 poisson 1000/s for 60s`.
 *
 * Blanks separate words; there are none inside a number. Clauses stand in any order, each at most
 * once. `data` is an ACK with one octet. With `while` there is a connection to hit: both ends of the
 * connection and all its numbers are known, `rcv.nxt` and the like are the target's, and without `seq`
 * and `ack` the segment fits exactly (`rcv.nxt`, `snd.nxt`). Without `while`, `seq` and `ack` that are
 * not given are random. A `random` is drawn for each segment, but with `step` only for the first.
 *
 * @return The injections in the order of the text, none for an empty text; or the first error.
 */
std::variant<std::vector<Injection>, RuleError> ParseInjections(std::string_view text);

/**
 * The number that @p rule gives.
 *
 * @param base What RANDOM has drawn for the number.
 * @param shift What has been drawn from [-spread, +spread].
 * @param index Which segment of the injection the number is for, from 0.
 * @param now When the segment is sent.
 * @param known The connection that is hit, if there is one.
 */
SeqNum NumberBy(const NumberRule& rule,
                std::uint32_t base,
                std::int64_t shift,
                std::uint64_t index,
                Instant now,
                const KnownNumbers& known);

} // namespace lifecycle

#endif // LIFECYCLE_LINK_INJECTION_H
