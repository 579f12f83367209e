// The text form of segment rules, both ways. The grammar is at ParseSegmentRules.

#include "segment-rule.h"

#include <algorithm>
#include <cctype>
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

struct TimeUnit
{
    std::string_view name;
    Duration length;
    bool printed; ///< whether the canonical spelling uses it
};

constexpr TimeUnit TIME_UNITS[] = {
    {"min", std::chrono::minutes(1), false},
    {"s", std::chrono::seconds(1), true},
    {"ms", std::chrono::milliseconds(1), true},
    {"us", std::chrono::microseconds(1), true},
    {"ns", std::chrono::nanoseconds(1), true},
};

constexpr std::size_t MAX_DIGITS = 18;            // of any number: more would overflow 64 bits
constexpr std::int64_t MAX_ORDINAL = 999'999'999; // and number of segments
constexpr std::int64_t MAX_LENGTH = 65535;
constexpr Duration MAX_TIME = std::chrono::hours(24 * 365);

bool
IsDigit(char c)
{
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

bool
IsLetter(char c)
{
    return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

bool
IsBlank(char c)
{
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

/** Removes the digits at the front of a text and returns them. */
std::string_view
TakeDigits(std::string_view& text)
{
    std::size_t count = 0;
    while (count < text.size() && IsDigit(text[count]))
    {
        ++count;
    }
    const std::string_view digits = text.substr(0, count);
    text.remove_prefix(count);
    return digits;
}

/** The number that digits stand for; nothing if there are none or more than MAX_DIGITS. */
std::optional<std::int64_t>
ToNumber(std::string_view digits)
{
    if (digits.empty() || digits.size() > MAX_DIGITS)
    {
        return std::nullopt;
    }
    return std::stoll(std::string(digits));
}

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
    const auto number = ToNumber(TakeDigits(suffix));
    if (!number || *number == 0 || *number > MAX_ORDINAL)
    {
        return std::nullopt;
    }
    const auto ordinal = static_cast<std::uint32_t>(*number);
    return OrdinalText(ordinal) == text ? std::optional(ordinal) : std::nullopt;
}

std::string
TimeText(Duration time)
{
    for (const TimeUnit& unit : TIME_UNITS)
    {
        if (unit.printed && time % unit.length == Duration::zero())
        {
            return std::to_string(time / unit.length) + std::string(unit.name);
        }
    }
    return std::to_string(time.count()) + "ns";
}

/** What the digits behind the point make of a unit; those beyond nanoseconds are cut off. */
Duration
FractionOf(Duration unit, std::string_view digits)
{
    Duration sum{0};
    for (const char digit : digits)
    {
        unit /= 10;
        sum += unit * (digit - '0');
    }
    return sum;
}

std::optional<Duration>
ParseTime(std::string_view text)
{
    const auto whole = ToNumber(TakeDigits(text));
    std::string_view fraction;
    if (!text.empty() && text[0] == '.')
    {
        text.remove_prefix(1);
        fraction = TakeDigits(text);
        if (fraction.empty())
        {
            return std::nullopt;
        }
    }
    for (const TimeUnit& unit : TIME_UNITS)
    {
        if (whole && text == unit.name && *whole <= MAX_TIME / unit.length)
        {
            return *whole * unit.length + FractionOf(unit.length, fraction);
        }
    }
    return std::nullopt;
}

/** RFC 5952's or the dotted spelling, without a port. */
std::string
AddressText(const Address& address)
{
    const std::string withPort = ToString(Endpoint{address, 1});
    return address.family == Family::IPV4 ? withPort.substr(0, withPort.find(':'))
                                          : withPort.substr(1, withPort.find(']') - 1);
}

std::optional<Address>
ParseIpv4(std::string_view text)
{
    Address address;
    for (int i = 0; i < 4; ++i)
    {
        const std::string_view digits = TakeDigits(text);
        const auto octet = ToNumber(digits);
        const bool isLast = i == 3;
        const bool isEnded = isLast ? text.empty() : !text.empty() && text[0] == '.';
        if (!octet || *octet > 255 || std::to_string(*octet) != digits || !isEnded)
        {
            return std::nullopt;
        }
        text.remove_prefix(isLast ? 0 : 1);
        address.octets[i] = static_cast<std::uint8_t>(*octet);
    }
    return address;
}

/** The groups of 16 bits of a part of an IPv6 address; nothing if it is not well formed. */
std::optional<std::vector<unsigned long>>
ParseGroups(std::string_view text)
{
    std::vector<unsigned long> groups;
    while (!text.empty())
    {
        const std::string group(text.substr(0, text.find(':')));
        const bool isLast = group.size() == text.size();
        const bool endsInColon = group.size() + 1 == text.size();
        if (group.empty() || group.size() > 4 || endsInColon ||
            group.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        {
            return std::nullopt;
        }
        groups.push_back(std::stoul(group, nullptr, 16));
        text.remove_prefix(isLast ? group.size() : group.size() + 1);
    }
    return groups;
}

std::optional<Address>
ParseIpv6(std::string_view text)
{
    constexpr std::size_t GROUPS = 8;
    const std::size_t gap = text.find("::");
    const bool hasGap = gap != std::string_view::npos;
    const auto head = ParseGroups(text.substr(0, gap));
    const auto tail = hasGap ? ParseGroups(text.substr(gap + 2)) : ParseGroups("");
    if (!head || !tail)
    {
        return std::nullopt;
    }
    const std::size_t count = head->size() + tail->size();
    if (hasGap ? count >= GROUPS : count != GROUPS)
    {
        return std::nullopt;
    }
    std::vector<unsigned long> groups = *head;
    groups.resize(GROUPS - tail->size());
    groups.insert(groups.end(), tail->begin(), tail->end());
    Address address;
    address.family = Family::IPV6;
    for (std::size_t i = 0; i < GROUPS; ++i)
    {
        address.octets[2 * i] = static_cast<std::uint8_t>(groups[i] >> 8);
        address.octets[2 * i + 1] = static_cast<std::uint8_t>(groups[i] & 0xff);
    }
    return address;
}

/** Reads the rules one word at a time; stops at the first error and keeps it. */
class Parser
{
  public:
    explicit Parser(std::string_view text)
        : m_text(text)
    {
        Advance();
    }

    std::variant<std::vector<SegmentRule>, RuleError> Run();

  private:
    /** A run of letters, digits and `_ - .`, or `->`, or any other single character. */
    struct Token
    {
        std::size_t begin{0};
        std::string_view text; ///< empty at the end
    };

    // Each returns false after an error.
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
    bool ReadTime(Duration& time);
    bool ReadSegmentsBehind(SegmentRule& rule);
    bool ReadExactly(std::string_view text);

    /** Goes on to the next token. */
    void Advance();

    /** Whether the character at a place can be part of a word. */
    bool IsWordAt(std::size_t place) const;

    /** Keeps the error that something else was expected at a place; returns false. */
    bool Fail(const std::string& expected, const Token& found);

    std::string_view m_text;
    Token m_token; ///< the one to be read next
    std::optional<RuleError> m_error;
};

std::variant<std::vector<SegmentRule>, RuleError>
Parser::Run()
{
    std::vector<SegmentRule> rules;
    while (!m_token.text.empty())
    {
        if (m_token.text == ";")
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
        if (!m_token.text.empty() && m_token.text != ";")
        {
            Fail("\"of\", \"from\", \"between\", \";\" or the end of the rules", m_token);
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
    if (m_token.text == "any")
    {
        Advance();
        return true;
    }
    return ReadHost(rule.from) && ReadExactly("->") && ReadHost(rule.to);
}

bool
Parser::ReadHost(std::string& name)
{
    const std::string_view word = m_token.text;
    const bool isName = !word.empty() && IsLetter(word[0]) && word != "any" &&
                        word.find('.') == std::string_view::npos;
    if (!isName)
    {
        return Fail("a host name such as \"client\", or \"any\" for both directions", m_token);
    }
    name = word;
    Advance();
    return true;
}

bool
Parser::ReadAction(SegmentRule& rule)
{
    for (const auto& [action, verb] : VERBS)
    {
        if (m_token.text == verb)
        {
            rule.action = action;
            Advance();
            return ReadSelector(rule) && ReadConditions(rule) && ReadArguments(rule);
        }
    }
    return Fail("\"drop\", \"delay\", \"duplicate\", \"corrupt\" or \"reorder\"", m_token);
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
    if (m_token.text == "every")
    {
        Advance();
        return ReadKind(rule);
    }
    if (m_token.text == "overall")
    {
        rule.overall = true;
        Advance();
    }
    return ReadOrdinals(rule) && ReadKind(rule);
}

bool
Parser::ReadOrdinals(SegmentRule& rule)
{
    const std::string_view word = m_token.text;
    const std::size_t hyphen = word.find('-');
    const auto first = ParseOrdinal(word.substr(0, hyphen));
    if (!first)
    {
        return Fail("an ordinal such as \"1st\"",
                    hyphen == 0 ? m_token : Token{m_token.begin, word.substr(0, hyphen)});
    }
    rule.first = *first;
    rule.last = *first;
    if (hyphen != std::string_view::npos)
    {
        const auto last = ParseOrdinal(word.substr(hyphen + 1));
        if (!last || *last < *first)
        {
            return Fail("an ordinal of at least \"" + OrdinalText(*first) + "\"",
                        Token{m_token.begin + hyphen + 1, word.substr(hyphen + 1)});
        }
        rule.last = *last;
    }
    Advance();
    return true;
}

bool
Parser::ReadKind(SegmentRule& rule)
{
    for (const auto& [kind, name] : KIND_NAMES)
    {
        if (m_token.text == name)
        {
            rule.kind = kind;
            Advance();
            return true;
        }
    }
    return Fail("SYN, SYN-ACK, FIN, ACK, ACK-of-FIN, RST, data or segment", m_token);
}

bool
Parser::ReadConditions(SegmentRule& rule)
{
    while (true)
    {
        bool isWell = false;
        if (m_token.text == "of" && !rule.lengths)
        {
            isWell = ReadLengths(rule.lengths);
        }
        else if (m_token.text == "from" && !rule.hosts)
        {
            isWell = ReadAddresses(rule.hosts);
        }
        else if (m_token.text == "between" && !rule.window)
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
    const std::string_view word = m_token.text;
    const std::size_t hyphen = word.find('-');
    std::string_view first = word.substr(0, hyphen);
    std::string_view last = hyphen == std::string_view::npos ? first : word.substr(hyphen + 1);
    const auto from = ToNumber(TakeDigits(first));
    const auto to = ToNumber(TakeDigits(last));
    if (!from || !to || !first.empty() || !last.empty() || *to < *from || *to > MAX_LENGTH)
    {
        return Fail("a number of octets or a range such as \"100-200\", at most " +
                        std::to_string(MAX_LENGTH),
                    m_token);
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
    const std::size_t begin = m_token.begin;
    const std::size_t end =
        std::min(m_text.find_first_not_of("0123456789abcdefABCDEF.:", begin), m_text.size());
    const std::string_view text = m_text.substr(begin, end - begin);
    const auto parsed =
        text.find(':') == std::string_view::npos ? ParseIpv4(text) : ParseIpv6(text);
    if (!parsed || IsWordAt(end))
    {
        return Fail("an address such as 10.0.0.1 or 2001:db8::1",
                    text.size() > m_token.text.size() ? Token{begin, text} : m_token);
    }
    address = *parsed;
    m_token.text = text;
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
    const Token end = m_token;
    return ReadTime(window->to) &&
           (window->from < window->to || Fail("a time above " + TimeText(window->from), end));
}

bool
Parser::ReadTimes(std::vector<Duration>& times)
{
    times.emplace_back();
    while (ReadTime(times.back()))
    {
        if (m_token.text != "and")
        {
            return true;
        }
        Advance();
        times.emplace_back();
    }
    return false;
}

bool
Parser::ReadTime(Duration& time)
{
    const auto parsed = ParseTime(m_token.text);
    if (!parsed)
    {
        return Fail(
            "a time such as \"30s\" or \"1.5ms\" (units ns, us, ms, s, min; at most a year)",
            m_token);
    }
    time = *parsed;
    Advance();
    return true;
}

bool
Parser::ReadSegmentsBehind(SegmentRule& rule)
{
    std::string_view rest = m_token.text;
    const auto number = ToNumber(TakeDigits(rest));
    if (!number || !rest.empty() || *number == 0 || *number > MAX_ORDINAL)
    {
        return Fail("a number of segments, from 1", m_token);
    }
    rule.behind = static_cast<std::uint32_t>(*number);
    Advance();
    return ReadExactly(*number == 1 ? "segment" : "segments");
}

bool
Parser::ReadExactly(std::string_view text)
{
    if (m_token.text != text)
    {
        return Fail("\"" + std::string(text) + "\"", m_token);
    }
    Advance();
    return true;
}

void
Parser::Advance()
{
    std::size_t begin = m_token.begin + m_token.text.size();
    while (begin < m_text.size() && IsBlank(m_text[begin]))
    {
        ++begin;
    }
    std::size_t end = begin;
    while (IsWordAt(end))
    {
        ++end;
    }
    if (end == begin && begin < m_text.size())
    {
        end += m_text.substr(begin, 2) == "->" ? 2 : 1;
    }
    m_token = {begin, m_text.substr(begin, end - begin)};
}

bool
Parser::IsWordAt(std::size_t place) const
{
    if (place >= m_text.size())
    {
        return false;
    }
    const char c = m_text[place];
    const bool isHyphen = c == '-' && m_text.substr(place, 2) != "->";
    return IsLetter(c) || IsDigit(c) || c == '_' || c == '.' || isHyphen;
}

bool
Parser::Fail(const std::string& expected, const Token& found)
{
    const std::size_t end = found.begin + found.text.size();
    std::size_t ruleBegin = m_text.substr(0, found.begin).rfind(';');
    ruleBegin = ruleBegin == std::string_view::npos ? 0 : ruleBegin + 1;
    while (ruleBegin < found.begin && IsBlank(m_text[ruleBegin]))
    {
        ++ruleBegin;
    }
    const std::size_t ruleEnd =
        std::max(end, std::min(m_text.find(';', found.begin), m_text.size()));

    std::string foundText = "\"" + std::string(found.text) + "\"";
    if (found.text.empty())
    {
        foundText = found.begin < m_text.size() ? "nothing" : "the end";
    }
    std::string message = "rules: expected " + expected + " at character " +
                          std::to_string(found.begin + 1) + " (found " + foundText + "): ";
    message += m_text.substr(ruleBegin, found.begin - ruleBegin);
    message += "[" + std::string(found.text) + "]";
    message += m_text.substr(end, ruleEnd - end);
    m_error = RuleError{found.begin + 1, message};
    return false;
}

} // namespace

namespace
{

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
