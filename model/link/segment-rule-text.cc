// The text form of segment rules, both ways. The grammar is at ParseSegmentRules.

#include "segment-rule.h"
#include "word-reader.h"

#include <algorithm>
#include <utility>

namespace lifecycle
{
namespace
{

constexpr std::pair<SegmentClass, std::string_view> KIND_NAMES[] = {
    {SegmentClass::SYN, "SYN"},
    {SegmentClass::SYN_ACK, "SYN-ACK"},
    {SegmentClass::FIN, "FIN"},
    {SegmentClass::ACK, "ACK"},
    {SegmentClass::ACK_OF_FIN, "ACK-of-FIN"},
    {SegmentClass::RST, "RST"},
    {SegmentClass::DATA, "data"},
    {SegmentClass::SEGMENT, "segment"},
};

constexpr std::pair<RuleAction, std::string_view> VERBS[] = {
    {RuleAction::DROP, "drop"},
    {RuleAction::DELAY, "delay"},
    {RuleAction::DUPLICATE, "duplicate"},
    {RuleAction::CORRUPT, "corrupt"},
    {RuleAction::REORDER, "reorder"},
};

constexpr std::uint64_t MAX_ORDINAL = 999'999'999; // also for a number of segments
constexpr std::uint64_t MAX_LENGTH = 65535;
std::string
OrdinalText(std::uint32_t number)
{
    const std::uint32_t tens = number / 10 % 10;
    const std::uint32_t units = number % 10;
    const bool regular = tens == 1 || units == 0 || units > 3;
    constexpr const char* SUFFIXES[] = {"th", "st", "nd", "rd"};
    return std::to_string(number) + SUFFIXES[regular ? 0 : units];
}

std::optional<std::uint32_t>
ParseOrdinal(std::string_view text)
{
    std::string_view suffix = text;
    const auto number = ToNumber(TakeDigits(suffix), MAX_ORDINAL);
    if (!number || *number == 0)
    {
        return std::nullopt;
    }
    const auto ordinal = static_cast<std::uint32_t>(*number);
    return OrdinalText(ordinal) == text ? std::optional(ordinal) : std::nullopt;
}

/** An address without a port, in the spelling of RFC 5952 if IPv6, dotted if IPv4. */
std::string
AddressText(const Address& address)
{
    const std::string withPort = ToString(Endpoint{address, 1});
    return address.family == Family::IPV4 ? withPort.substr(0, withPort.find(':'))
                                          : withPort.substr(1, withPort.find(']') - 1);
}

/** A word is a run of letters, digits and `_ - .`. */
class Parser : private WordReader
{
  public:
    explicit Parser(std::string_view text)
        : WordReader(text, "rules")
    {
        Advance();
    }

    std::variant<std::vector<SegmentRule>, RuleError> Run();

  private:
    // Each of these returns false after an error.
    bool ReadRule(SegmentRule& rule);
    bool ReadDirection(SegmentRule& rule);
    bool ReadHost(std::string& name);
    bool ReadAction(SegmentRule& rule);
    bool ReadSelector(SegmentRule& rule);
    bool ReadOrdinals(SegmentRule& rule);
    bool ReadKind(SegmentRule& rule);
    bool ReadConditions(SegmentRule& rule);
    bool ReadLengths(std::optional<LengthRange>& lengths);
    bool ReadAddresses(std::optional<HostPair>& hosts);
    bool ReadAddress(Address& address);
    bool ReadWindow(std::optional<TimeWindow>& window);
    bool ReadArguments(SegmentRule& rule);
    bool ReadTimes(std::vector<Duration>& times);
    bool ReadSegmentsBehind(SegmentRule& rule);
    bool IsWordAt(std::size_t place) const override;
};

std::variant<std::vector<SegmentRule>, RuleError>
Parser::Run()
{
    std::vector<SegmentRule> rules;
    while (!m_word.text.empty())
    {
        if (m_word.text == ";")
        {
            Advance();
            continue;
        }
        SegmentRule rule;
        if (!ReadRule(rule))
        {
            return *m_error;
        }
        rules.push_back(std::move(rule));
        if (!m_word.text.empty() && m_word.text != ";")
        {
            Fail("\"of\", \"from\", \"between\", \";\" or the end of the rules", m_word);
            return *m_error;
        }
    }
    return rules;
}

bool
Parser::ReadRule(SegmentRule& rule)
{
    return ReadDirection(rule) && ReadExactly(":") && ReadAction(rule);
}

bool
Parser::ReadDirection(SegmentRule& rule)
{
    if (m_word.text == "any")
    {
        Advance();
        return true;
    }
    return ReadHost(rule.from) && ReadExactly("->") && ReadHost(rule.to);
}

bool
Parser::ReadHost(std::string& name)
{
    if (!IsHostName(m_word.text) || m_word.text == "any")
    {
        return Fail("a host name such as \"client\", or \"any\" for both directions", m_word);
    }
    name = m_word.text;
    Advance();
    return true;
}

bool
Parser::ReadAction(SegmentRule& rule)
{
    if (const auto action = FindNamed(VERBS, m_word.text))
    {
        rule.action = *action;
        Advance();
        return ReadSelector(rule) && ReadConditions(rule) && ReadArguments(rule);
    }
    return Fail("\"drop\", \"delay\", \"duplicate\", \"corrupt\" or \"reorder\"", m_word);
}

bool
Parser::ReadArguments(SegmentRule& rule)
{
    switch (rule.action)
    {
    case RuleAction::DROP:
    case RuleAction::CORRUPT:
        return true;
    case RuleAction::DELAY:
        rule.times.emplace_back();
        return ReadExactly("by") && ReadTime(rule.times[0]);
    case RuleAction::DUPLICATE:
        return ReadExactly("after") && ReadTimes(rule.times);
    case RuleAction::REORDER:
        return ReadExactly("after") && ReadSegmentsBehind(rule);
    }
    return false;
}

bool
Parser::ReadSelector(SegmentRule& rule)
{
    if (m_word.text == "every")
    {
        Advance();
        return ReadKind(rule);
    }
    if (m_word.text == "overall")
    {
        rule.overall = true;
        Advance();
    }
    return ReadOrdinals(rule) && ReadKind(rule);
}

bool
Parser::ReadOrdinals(SegmentRule& rule)
{
    const std::string_view word = m_word.text;
    const std::size_t hyphen = word.find('-');
    const auto first = ParseOrdinal(word.substr(0, hyphen));
    if (!first)
    {
        return Fail("an ordinal such as \"1st\"",
                    hyphen == 0 ? m_word : Word{m_word.begin, word.substr(0, hyphen)});
    }
    rule.first = *first;
    rule.last = *first;
    if (hyphen != std::string_view::npos)
    {
        const auto last = ParseOrdinal(word.substr(hyphen + 1));
        if (!last || *last < *first)
        {
            return Fail("an ordinal of at least \"" + OrdinalText(*first) + "\"",
                        Word{m_word.begin + hyphen + 1, word.substr(hyphen + 1)});
        }
        rule.last = *last;
    }
    Advance();
    return true;
}

bool
Parser::ReadKind(SegmentRule& rule)
{
    if (const auto kind = FindNamed(KIND_NAMES, m_word.text))
    {
        rule.kind = *kind;
        Advance();
        return true;
    }
    return Fail("SYN, SYN-ACK, FIN, ACK, ACK-of-FIN, RST, data or segment", m_word);
}

bool
Parser::ReadConditions(SegmentRule& rule)
{
    while (true)
    {
        bool isWell = false;
        if (m_word.text == "of" && !rule.lengths)
        {
            isWell = ReadLengths(rule.lengths);
        }
        else if (m_word.text == "from" && !rule.hosts)
        {
            isWell = ReadAddresses(rule.hosts);
        }
        else if (m_word.text == "between" && !rule.window)
        {
            isWell = ReadWindow(rule.window);
        }
        else
        {
            return true;
        }
        if (!isWell)
        {
            return false;
        }
    }
}

bool
Parser::ReadLengths(std::optional<LengthRange>& lengths)
{
    Advance(); // "of"
    const std::string_view word = m_word.text;
    const std::size_t hyphen = word.find('-');
    const auto from = ToNumber(word.substr(0, hyphen), MAX_LENGTH);
    const auto to =
        hyphen == std::string_view::npos ? from : ToNumber(word.substr(hyphen + 1), MAX_LENGTH);
    if (!from || !to || *to < *from)
    {
        return Fail("a number of octets or a range such as \"100-200\", at most " +
                        std::to_string(MAX_LENGTH),
                    m_word);
    }
    lengths = LengthRange{static_cast<std::uint32_t>(*from), static_cast<std::uint32_t>(*to)};
    Advance();
    return ReadExactly("octets");
}

bool
Parser::ReadAddresses(std::optional<HostPair>& hosts)
{
    Advance(); // "from"
    hosts.emplace();
    return ReadAddress(hosts->source) && ReadExactly("to") && ReadAddress(hosts->destination);
}

bool
Parser::ReadAddress(Address& address)
{
    // An address is no word: it may hold colons.
    const std::size_t begin = m_word.begin;
    const std::size_t end =
        std::min(m_text.find_first_not_of("0123456789abcdefABCDEF.:", begin), m_text.size());
    const std::string_view text = m_text.substr(begin, end - begin);
    const auto parsed = ParseAddress(std::string(text));
    if (!parsed || (end < m_text.size() && IsWordAt(end)))
    {
        return Fail("an address such as 10.0.0.1 or 2001:db8::1",
                    text.size() > m_word.text.size() ? Word{begin, text} : m_word);
    }
    address = *parsed;
    m_word.text = text;
    Advance();
    return true;
}

bool
Parser::ReadWindow(std::optional<TimeWindow>& window)
{
    Advance(); // "between"
    window.emplace();
    if (!ReadTime(window->from) || !ReadExactly("and"))
    {
        return false;
    }
    const Word end = m_word;
    return ReadTime(window->to) &&
           (window->from < window->to || Fail("a time above " + TimeText(window->from), end));
}

bool
Parser::ReadTimes(std::vector<Duration>& times)
{
    times.emplace_back();
    while (ReadTime(times.back()))
    {
        if (m_word.text != "and")
        {
            return true;
        }
        Advance();
        times.emplace_back();
    }
    return false;
}

bool
Parser::ReadSegmentsBehind(SegmentRule& rule)
{
    const auto number = ToNumber(m_word.text, MAX_ORDINAL);
    if (!number || *number == 0)
    {
        return Fail("a number of segments, from 1", m_word);
    }
    rule.behind = static_cast<std::uint32_t>(*number);
    Advance();
    return ReadExactly(*number == 1 ? "segment" : "segments");
}

bool
Parser::IsWordAt(std::size_t place) const
{
    const char c = m_text[place];
    const bool isHyphen = c == '-' && m_text.substr(place, 2) != "->";
    return IsLetter(c) || IsDigit(c) || c == '_' || c == '.' || isHyphen;
}

std::string
ConditionsText(const SegmentRule& rule)
{
    std::string text;
    if (rule.lengths)
    {
        const auto& [first, last] = *rule.lengths;
        text += " of " + std::to_string(first);
        text += (last == first ? "" : "-" + std::to_string(last)) + " octets";
    }
    if (rule.hosts)
    {
        text += " from " + AddressText(rule.hosts->source);
        text += " to " + AddressText(rule.hosts->destination);
    }
    if (rule.window)
    {
        text += " between " + TimeText(rule.window->from) + " and " + TimeText(rule.window->to);
    }
    return text;
}

std::string
ArgumentsText(const SegmentRule& rule)
{
    switch (rule.action)
    {
    case RuleAction::DROP:
    case RuleAction::CORRUPT:
        return "";
    case RuleAction::DELAY:
        return " by " + TimeText(rule.times.at(0));
    case RuleAction::DUPLICATE: {
        std::string text;
        for (const Duration time : rule.times)
        {
            text += (text.empty() ? " after " : " and ") + TimeText(time);
        }
        return text;
    }
    case RuleAction::REORDER:
        return " after " + std::to_string(rule.behind) +
               (rule.behind == 1 ? " segment" : " segments");
    }
    return "";
}

} // namespace

std::string
ToString(const SegmentRule& rule)
{
    std::string text = rule.from.empty() ? "any" : rule.from + "->" + rule.to;
    text += ": ";
    text += VERBS[static_cast<std::size_t>(rule.action)].second;
    if (rule.last == SegmentRule::ALL)
    {
        text += " every";
    }
    else
    {
        text += (rule.overall ? " overall " : " ") + OrdinalText(rule.first);
        text += rule.last == rule.first ? "" : "-" + OrdinalText(rule.last);
    }
    text += " ";
    text += KIND_NAMES[static_cast<std::size_t>(rule.kind)].second;
    return text + ConditionsText(rule) + ArgumentsText(rule);
}

std::variant<std::vector<SegmentRule>, RuleError>
ParseSegmentRules(std::string_view text)
{
    return Parser(text).Run();
}

} // namespace lifecycle
