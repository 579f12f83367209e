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

std::optional<RuleVerdict>
SegmentRules::Decide(std::string_view from,
                     std::string_view to,
                     const FourTuple& path,
                     const Segment& segment)
{
    const Ordinals ordinals = m_counter.Count(path, segment);
    std::optional<RuleVerdict> verdict;
    for (CountedRule& counted : m_rules)
    {
        const SegmentRule& rule = counted.rule;
        std::uint32_t ordinal = ordinals.Of(rule.kind);
        if (ordinal == 0 || !Covers(rule, from, to))
        {
            continue;
        }
        ++counted.overallCount;
        if (rule.overall)
        {
            ordinal = counted.overallCount;
        }
        if (!verdict && rule.first <= ordinal && ordinal <= rule.last)
        {
            counted.used = true;
            verdict = RuleVerdict{rule.action, rule.time, ToString(rule)};
        }
    }
    return verdict;
}

bool
SegmentRules::Covers(const SegmentRule& rule, std::string_view from, std::string_view to)
{
    return rule.from.empty() || (IsMeantBy(from, rule.from) && IsMeantBy(to, rule.to));
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
