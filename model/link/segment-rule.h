#ifndef LIFECYCLE_LINK_SEGMENT_RULE_H
#define LIFECYCLE_LINK_SEGMENT_RULE_H

#include "../core/endpoint.h"
#include "../core/instant.h"
#include "segment-watcher.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

namespace lifecycle
{

/** What a rule does to a segment that it selects. */
enum class RuleAction
{
    DROP,
    DELAY,
    DUPLICATE,
    CORRUPT,
    REORDER,
};

/** Octets of payload, [first, last]. */
struct LengthRange
{
    std::uint32_t first{0};
    std::uint32_t last{0};

    auto Fields() const
    {
        return std::tie(first, last);
    }
};

/** The hosts that a segment names as its source and its destination. */
struct HostPair
{
    Address source;
    Address destination;

    auto Fields() const
    {
        return std::tie(source, destination);
    }
};

/** When transmission begins, [from, to). */
struct TimeWindow
{
    Duration from{0};
    Duration to{0};

    auto Fields() const
    {
        return std::tie(from, to);
    }
};

/** One rule about single segments; the grammar is at ParseSegmentRules. */
struct SegmentRule
{
    std::string from; ///< name of the sending end of the link; empty, as is `to`, for `any`
    std::string to;
    RuleAction action{RuleAction::DROP};
    /// How long DELAY delays, or how far behind the packet each copy of DUPLICATE follows; each >= 0.
    std::vector<Duration> times;
    std::uint32_t behind{0}; ///< of REORDER: how many segments pass the held segment, from 1
    bool overall{false};     ///< count over all connections, not in each
    std::uint32_t first{1};  ///< the first that is selected, from 1
    std::uint32_t last{ALL}; ///< the last that is selected, >= first
    SegmentClass kind{SegmentClass::SEGMENT};
    std::optional<LengthRange> lengths; ///< if set, only segments with so much payload
    std::optional<HostPair> hosts;    ///< if set, only segments from the source to the destination
    std::optional<TimeWindow> window; ///< if set, only segments sent in this window

    static constexpr std::uint32_t ALL = std::numeric_limits<std::uint32_t>::max();

    auto Fields() const
    {
        return std::tie(from,
                        to,
                        action,
                        times,
                        behind,
                        overall,
                        first,
                        last,
                        kind,
                        lengths,
                        hosts,
                        window);
    }
};

/** The rule in its canonical spelling, which parses to the same rule. */
std::string ToString(const SegmentRule& rule);

/** Whether a host is meant by a name in a rule: `client` means `client` and `client-3`. */
bool IsMeantBy(std::string_view host, std::string_view name);

/**
 * Finds a host name that no rule can ever match.
 *
 * @param hosts All hosts there are; if empty, every name passes.
 * @return One sentence naming the first such name and the hosts; nothing if all is well.
 */
std::optional<std::string> FindUnknownHost(const std::vector<SegmentRule>& rules,
                                           const std::vector<std::string>& hosts);

/** Where a text of rules stops making sense. */
struct RuleError
{
    std::size_t character{0}; ///< from 1, counted in octets over the whole text
    std::string message;      ///< what was expected and found, and the rule with [the place]
};

/**
 * Reads rules from text.
 *
 *     rules     = [ rule ] , { ";" , [ rule ] } ;
 *     rule      = direction , ":" , action ;
 *     direction = "any" | host , "->" , host ;
 *     action    = "drop" , selector
 *               | "corrupt" , selector
 *               | "delay" , selector , "by" , time
 *               | "duplicate" , selector , "after" , time , { "and" , time }
 *               | "reorder" , selector , "after" , ( "1 segment" | number , "segments" ) ;
 *     selector  = ( "every" | [ "overall" ] , ordinal , [ "-" , ordinal ] ) , kind , { condition } ;
 *     kind      = "SYN" | "SYN-ACK" | "FIN" | "ACK" | "ACK-of-FIN" | "RST" | "data" | "segment" ;
 *     condition = "of" , number , [ "-" , number ] , "octets"
 *               | "from" , address , "to" , address
 *               | "between" , time , "and" , time ;
 *     ordinal   = "1st" | "2nd" | "3rd" | "4th" | ... | "11th" | ... | "21st" | ... ;
 *     time      = digits , [ "." , digits ] , ( "ns" | "us" | "ms" | "s" | "min" | "h" ) ;
 *     host      = letter , { letter | digit | "-" | "_" } ;
 *     address   = an IPv4 address such as 10.0.0.1, or an IPv6 address such as 2001:db8::1 ;
 *
 * Example: `server->client: drop 1st FIN; client->server: delay 1st-2nd SYN by 30s`, or
 * `any: duplicate 1st data of 100-200 octets between 5s and 10s after 10ms and 3s`.
 *
 * Actions: `corrupt` flips a bit of the segment's checksum, so that the record of the segment is
 * true in all else. `duplicate` makes a copy for each time, which is how far the copy is behind.
 * `reorder` holds the segment until so many further segments of its connection and direction have
 * been sent, retransmissions included. The held segment then arrives right behind the last of them;
 * if so many are never sent, the held segment never arrives.
 *
 * Conditions narrow what is selected and what is counted: `1st data of 1000-1460 octets` is the first
 * that has so much payload (without SYN and FIN; both ends included, at most 65535). `from A to B` are
 * the source and the destination that the IP header names, whatever the link. `between` is the time
 * at which transmission begins, the end excluded. Each condition may stand once, in any order.
 *
 * Blanks and line ends may stand anywhere but inside a word, a time, an address or `1st-3rd`. Upper and
 * lower case differ. Kinds are explained at SegmentClass. An ordinal counts the segments of its kind
 * (and conditions) in each connection and direction apart, so `any` is short for the same rule in both
 * directions; after `overall` it counts those of all connections and directions that the rule
 * covers. A retransmission counts again: `drop 1st FIN` lets the repeated FIN pass. A host is an end of
 * the link; `client` also means `client-1`, `client-2` and so on. An ordinal and a number of segments
 * are at most 999999999, a time at most a year of 365 days, in whole nanoseconds (further digits
 * are cut off).
 *
 * @return The rules in the order of the text, none for an empty text; or the first error.
 */
std::variant<std::vector<SegmentRule>, RuleError> ParseSegmentRules(std::string_view text);

/** What a rule does to one segment. */
struct RuleVerdict
{
    RuleAction action;
    std::vector<Duration> times; ///< of DELAY and DUPLICATE
    std::uint64_t heldAs{0};     ///< of REORDER: the name under which it will be released
    std::string text;            ///< the rule in its canonical spelling
};

/** What becomes of one segment, and of the held segments that waited for this segment. */
struct RuleDecision
{
    std::optional<RuleVerdict> verdict;
    std::vector<std::uint64_t> released; ///< held segments that are to follow right behind
};

/**
 * A list of rules at work on one link: a value that remembers what it has seen.
 *
 * The first rule that selects a segment wins, but every rule counts it.
 */
class SegmentRules
{
  public:
    SegmentRules() = default;
    explicit SegmentRules(std::vector<SegmentRule> rules);

    bool IsEmpty() const
    {
        return m_rules.empty();
    }

    /**
     * Counts a segment and decides about it.
     *
     * @param from Name of the end of the link that sends the segment.
     * @param to Name of the other end.
     * @param path The two ends of the segment's connection as its sender sees them.
     * @param segment The segment. Every segment sent must be shown, in the order of sending.
     * @param now When the segment's transmission begins.
     */
    RuleDecision Decide(std::string_view from,
                        std::string_view to,
                        const FourTuple& path,
                        const Segment& segment,
                        Instant now);

    /** The rules in canonical spelling, joined by `; `. */
    std::string Text() const;

    /** The rules that have not yet decided about any segment, in canonical spelling. */
    std::vector<std::string> Unused() const;

  private:
    struct CountedRule
    {
        SegmentRule rule;
        /// How many segments the rule has covered, by flow; with `overall` those of all flows, under 0.
        std::unordered_map<std::size_t, std::uint32_t> counts;
        bool used{false};
    };

    struct HeldSegment
    {
        std::uint64_t name{0};
        std::size_t flow{0};
        std::uint32_t behind{0}; ///< how many segments must still pass this segment
    };

    std::vector<std::uint64_t> Release(std::size_t flow);

    std::vector<CountedRule> m_rules;
    SegmentWatcher m_watcher;
    std::vector<HeldSegment> m_held;
    std::uint64_t m_lastHeld{0}; ///< name of the segment that was held last
};

} // namespace lifecycle

#endif // LIFECYCLE_LINK_SEGMENT_RULE_H
