#ifndef LIFECYCLE_LINK_SEGMENT_RULE_H
#define LIFECYCLE_LINK_SEGMENT_RULE_H

#include "../core/instant.h"
#include "segment-counter.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
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
};

/** One rule about single segments; the grammar is at ParseSegmentRules. */
struct SegmentRule
{
    std::string from; ///< name of the sending end of the link; empty, as is `to`, for `any`
    std::string to;
    RuleAction action{RuleAction::DROP};
    Duration time{0};        ///< how long to delay, or how far behind the copy follows; >= 0
    bool overall{false};     ///< count over all connections, not in each
    std::uint32_t first{1};  ///< the first that is selected, from 1
    std::uint32_t last{ALL}; ///< the last that is selected, >= first
    SegmentClass kind{SegmentClass::SEGMENT};

    static constexpr std::uint32_t ALL = std::numeric_limits<std::uint32_t>::max();

    auto Fields() const
    {
        return std::tie(from, to, action, time, overall, first, last, kind);
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
 *               | "delay" , selector , "by" , time
 *               | "duplicate" , selector , "after" , time ;
 *     selector  = ( "every" | [ "overall" ] , ordinal , [ "-" , ordinal ] ) , kind ;
 *     kind      = "SYN" | "SYN-ACK" | "FIN" | "ACK" | "ACK-of-FIN" | "RST" | "data" | "segment" ;
 *     ordinal   = "1st" | "2nd" | "3rd" | "4th" | ... | "11th" | ... | "21st" | ... ;
 *     time      = digits , [ "." , digits ] , ( "ns" | "us" | "ms" | "s" | "min" ) ;
 *     host      = letter , { letter | digit | "-" | "_" } ;
 *
 * Example: `server->client: drop 1st FIN; client->server: delay 1st-2nd SYN by 30s`.
 *
 * Blanks and line ends may stand anywhere but inside a word, a time or `1st-3rd`. Upper and lower
 * case differ. Kinds are explained at SegmentClass. An ordinal counts the segments of its kind in
 * each connection and direction apart, so `any` is short for the same rule in both directions;
 * after `overall` it counts them over all connections and directions that the rule covers. A
 * retransmission counts again: `drop 1st FIN` lets the repeated FIN pass. A host is an end of the
 * link; `client` also means `client-1`, `client-2` and so on. An ordinal is at most 999999999, a
 * time at most a year of 365 days, in whole nanoseconds (further digits are cut off).
 *
 * @return The rules in the order of the text, none for an empty one; or the first error.
 */
std::variant<std::vector<SegmentRule>, RuleError> ParseSegmentRules(std::string_view text);

/** What a rule wants done with one segment. */
struct RuleVerdict
{
    RuleAction action;
    Duration time;    ///< of DELAY and DUPLICATE
    std::string text; ///< the rule in its canonical spelling
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
     * @param from Name of the end of the link that sends it.
     * @param to Name of the other end.
     * @param path The two ends of its connection as its sender sees them.
     * @param segment The segment; every one that is sent must be shown, in the order of sending.
     */
    std::optional<RuleVerdict> Decide(std::string_view from,
                                      std::string_view to,
                                      const FourTuple& path,
                                      const Segment& segment);

    /** The rules in canonical spelling, joined by `; `. */
    std::string Text() const;

    /** The rules that have not yet decided about any segment, in canonical spelling. */
    std::vector<std::string> Unused() const;

  private:
    struct CountedRule
    {
        SegmentRule rule;
        std::uint32_t overallCount{0}; ///< segments of its kind and direction so far
        bool used{false};
    };

    static bool Covers(const SegmentRule& rule, std::string_view from, std::string_view to);

    std::vector<CountedRule> m_rules;
    SegmentCounter m_counter;
};

} // namespace lifecycle

#endif // LIFECYCLE_LINK_SEGMENT_RULE_H
