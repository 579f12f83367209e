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

struct ActionWords
{
    RuleAction action;
    std::string_view verb;
    std::string_view timeWord; ///< stands before the time; empty if there is none
};

constexpr ActionWords ACTION_WORDS[] = {
    {RuleAction::DROP, "drop", ""},
    {RuleAction::DELAY, "delay", "by"},
    {RuleAction::DUPLICATE, "duplicate", "after"},
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

constexpr std::size_t MAX_DIGITS = 18; // of any number: more would overflow 64 bits
constexpr std::int64_t MAX_ORDINAL = 999'999'999;
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
    bool ReadTime(SegmentRule& rule);
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
            Fail("\";\" or the end of the rules", m_token);
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
    for (const ActionWords& words : ACTION_WORDS)
    {
        if (m_token.text == words.verb)
        {
            rule.action = words.action;
            Advance();
            return ReadSelector(rule) &&
                   (words.timeWord.empty() || (ReadExactly(words.timeWord) && ReadTime(rule)));
        }
    }
    return Fail("\"drop\", \"delay\" or \"duplicate\"", m_token);
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
Parser::ReadTime(SegmentRule& rule)
{
    const auto time = ParseTime(m_token.text);
    if (!time)
    {
        return Fail(
            "a time such as \"30s\" or \"1.5ms\" (units ns, us, ms, s, min; at most a year)",
            m_token);
    }
    rule.time = *time;
    Advance();
    return true;
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

std::string
ToString(const SegmentRule& rule)
{
    std::string text = rule.from.empty() ? "any" : rule.from + "->" + rule.to;
    text += ": ";
    const ActionWords& words = ACTION_WORDS[static_cast<std::size_t>(rule.action)];
    text += words.verb;
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
    if (!words.timeWord.empty())
    {
        text += " " + std::string(words.timeWord) + " " + TimeText(rule.time);
    }
    return text;
}

std::variant<std::vector<SegmentRule>, RuleError>
ParseSegmentRules(std::string_view text)
{
    return Parser(text).Run();
}

} // namespace lifecycle
