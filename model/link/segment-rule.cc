#include "segment-rule.h"

#include <algorithm>
#include <cctype>

namespace lifecycle
{
namespace
{

std::string
Join(const std::vector<std::string>& parts, const std::string& separator)
{
    std::string text;
    for (const std::string& part : parts)
    {
        text += (text.empty() ? "" : separator) + part;
    }
    return text;
}

/** Whether @p rule is about segments that the end @p from of the link sends to the end @p to. */
bool
CoversEnds(const SegmentRule& rule, std::string_view from, std::string_view to)
{
    return rule.from.empty() || (IsMeantBy(from, rule.from) && IsMeantBy(to, rule.to));
}

bool
MeetsConditions(const SegmentRule& rule, const FourTuple& path, const Segment& segment, Instant now)
{
    const Duration time = now.time_since_epoch();
    return (!rule.lengths ||
            (rule.lengths->first <= segment.len && segment.len <= rule.lengths->last)) &&
           (!rule.hosts || *rule.hosts == HostPair{path.local.address, path.remote.address}) &&
           (!rule.window || (rule.window->from <= time && time < rule.window->to));
}

} // namespace

bool
IsMeantBy(std::string_view host, std::string_view name)
{
    if (host.substr(0, name.size()) != name)
    {
        return false;
    }
    const std::string_view rest = host.substr(name.size());
    return rest.empty() || (rest.size() > 1 && rest[0] == '-' &&
                            std::all_of(rest.begin() + 1, rest.end(), [](unsigned char c) {
                                return std::isdigit(c);
                            }));
}

std::optional<std::string>
FindUnknownHost(const std::vector<SegmentRule>& rules, const std::vector<std::string>& hosts)
{
    for (const SegmentRule& rule : rules)
    {
        for (const std::string& name : {rule.from, rule.to})
        {
            const bool known =
                name.empty() || hosts.empty() ||
                std::any_of(hosts.begin(), hosts.end(), [&name](const std::string& host) {
                    return IsMeantBy(host, name);
                });
            if (!known)
            {
                return "rules: no host is called \"" + name + "\" (hosts: " + Join(hosts, ", ") +
                       "): " + ToString(rule);
            }
        }
    }
    return std::nullopt;
}

SegmentRules::SegmentRules(std::vector<SegmentRule> rules)
{
    for (SegmentRule& rule : rules)
    {
        m_rules.push_back({std::move(rule)});
    }
}

RuleDecision
SegmentRules::Decide(std::string_view from,
                     std::string_view to,
                     const FourTuple& path,
                     const Segment& segment,
                     Instant now)
{
    const SeenSegment seen = m_watcher.See(path, segment);
    RuleDecision decision;
    decision.released = Release(seen.flow);
    for (CountedRule& counted : m_rules)
    {
        const SegmentRule& rule = counted.rule;
        if (seen.beginsConnection && !rule.overall)
        {
            counted.counts.erase(seen.flow);
            counted.counts.erase(seen.flow ^ 1);
        }
        if (!seen.Is(rule.kind) || !CoversEnds(rule, from, to) ||
            !MeetsConditions(rule, path, segment, now))
        {
            continue;
        }
        const std::uint32_t ordinal = ++counted.counts[rule.overall ? 0 : seen.flow];
        if (!decision.verdict && rule.first <= ordinal && ordinal <= rule.last)
        {
            counted.used = true;
            decision.verdict = RuleVerdict{rule.action, rule.times, 0, ToString(rule)};
            if (rule.action == RuleAction::REORDER)
            {
                decision.verdict->heldAs = ++m_lastHeld;
                m_held.push_back({m_lastHeld, seen.flow, rule.behind});
            }
        }
    }
    return decision;
}

/** Counts a segment of @p flow for the held segments; gives the names of those to release now. */
std::vector<std::uint64_t>
SegmentRules::Release(std::size_t flow)
{
    std::vector<std::uint64_t> released;
    for (HeldSegment& held : m_held)
    {
        if (held.flow == flow && --held.behind == 0)
        {
            released.push_back(held.name);
        }
    }
    const auto isReleased = [](const HeldSegment& held) { return held.behind == 0; };
    m_held.erase(std::remove_if(m_held.begin(), m_held.end(), isReleased), m_held.end());
    return released;
}

std::string
SegmentRules::Text() const
{
    std::vector<std::string> texts;
    for (const CountedRule& counted : m_rules)
    {
        texts.push_back(ToString(counted.rule));
    }
    return Join(texts, "; ");
}

std::vector<std::string>
SegmentRules::Unused() const
{
    std::vector<std::string> unused;
    for (const CountedRule& counted : m_rules)
    {
        if (!counted.used)
        {
            unused.push_back(ToString(counted.rule));
        }
    }
    return unused;
}

} // namespace lifecycle
