// The text form of injections. The grammar is at ParseInjections.

#include "injection.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>
#include <utility>

namespace lifecycle
{
namespace
{

constexpr std::pair<Flag, std::string_view> FLAG_WORDS[] = {
    {Flag::SYN, "SYN"},
    {Flag::ACK, "ACK"},
    {Flag::FIN, "FIN"},
    {Flag::RST, "RST"},
    {Flag::PSH, "PSH"},
    {Flag::URG, "URG"},
};

constexpr std::pair<NumberBase, std::string_view> BASE_WORDS[] = {
    {NumberBase::RANDOM, "random"},
    {NumberBase::CLOCK, "clock"},
    {NumberBase::SND_UNA, "snd.una"},
    {NumberBase::SND_NXT, "snd.nxt"},
    {NumberBase::RCV_NXT, "rcv.nxt"},
    {NumberBase::ISS, "iss"},
    {NumberBase::IRS, "irs"},
};

constexpr std::pair<std::string_view, Duration> TIME_UNITS[] = {
    {"h", std::chrono::hours(1)},
    {"min", std::chrono::minutes(1)},
    {"s", std::chrono::seconds(1)},
    {"ms", std::chrono::milliseconds(1)},
    {"us", std::chrono::microseconds(1)},
    {"ns", std::chrono::nanoseconds(1)},
};

constexpr double MAX_TIME_S = 365.0 * 24 * 3600;
constexpr double MAX_RATE = 1e9;

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

/** The number that digits stand for, if it is at most @p max. */
std::optional<std::uint64_t>
ToNumber(std::string_view digits, std::uint64_t max)
{
    if (digits.empty() || digits.size() > 18 || !std::all_of(digits.begin(), digits.end(), IsDigit))
    {
        return std::nullopt;
    }
    const std::uint64_t number = std::stoull(std::string(digits));
    return number <= max ? std::optional(number) : std::nullopt;
}

/** Takes `12` or `12.5` from the front of a text. */
std::optional<double>
TakeReal(std::string_view& text)
{
    std::string number(TakeDigits(text));
    if (number.empty() || number.size() > 18)
    {
        return std::nullopt;
    }
    if (text.size() > 1 && text[0] == '.' && IsDigit(text[1]))
    {
        text.remove_prefix(1);
        number += "." + std::string(TakeDigits(text));
    }
    return std::stod(number);
}

std::optional<Duration>
ParseTime(std::string_view text)
{
    const auto number = TakeReal(text);
    for (const auto& [unit, length] : TIME_UNITS)
    {
        const double seconds = std::chrono::duration<double>(length).count();
        if (number && text == unit && *number * seconds <= MAX_TIME_S)
        {
            return Duration(std::llround(*number * static_cast<double>(length.count())));
        }
    }
    return std::nullopt;
}

std::optional<Flags>
ParseFlags(std::string_view text)
{
    Flags flags;
    while (true)
    {
        const std::string_view word = text.substr(0, text.find('-'));
        const auto* found = std::find_if(std::begin(FLAG_WORDS),
                                         std::end(FLAG_WORDS),
                                         [&](const auto& known) { return known.second == word; });
        if (found == std::end(FLAG_WORDS) || flags.Has(found->first))
        {
            return std::nullopt;
        }
        flags = flags | found->first;
        if (word.size() == text.size())
        {
            return flags;
        }
        text.remove_prefix(word.size() + 1);
    }
}

/** `rcv.nxt-1`, `clock+1~25000`, `7`; without its step. */
std::optional<NumberRule>
ParseNumber(std::string_view text)
{
    NumberRule rule;
    const std::size_t spread = text.find('~');
    if (spread != std::string_view::npos)
    {
        const auto number = ToNumber(text.substr(spread + 1), 0x7fffffff);
        if (!number)
        {
            return std::nullopt;
        }
        rule.spread = static_cast<std::uint32_t>(*number);
        text = text.substr(0, spread);
    }
    const std::size_t sign = text.find_first_of("+-");
    if (sign != std::string_view::npos)
    {
        const auto number = ToNumber(text.substr(sign + 1), 0xffffffff);
        if (!number)
        {
            return std::nullopt;
        }
        const auto offset = static_cast<std::uint32_t>(*number);
        rule.offset = text[sign] == '+' ? offset : 0 - offset;
        text = text.substr(0, sign);
    }
    if (const auto fixed = ToNumber(text, 0xffffffff))
    {
        rule.offset += static_cast<std::uint32_t>(*fixed);
        return rule;
    }
    for (const auto& [base, word] : BASE_WORDS)
    {
        if (text == word)
        {
            rule.base = base;
            return rule;
        }
    }
    return std::nullopt;
}

/** Reads the injections one word at a time; stops at the first error and keeps it. */
class Parser
{
  public:
    using ParseAddress = std::function<std::optional<Address>(const std::string&)>;

    Parser(std::string_view text, const ParseAddress& parseAddress)
        : m_text(text),
          m_parseAddress(parseAddress)
    {
        Advance();
    }

    std::variant<std::vector<Injection>, RuleError> Run();

  private:
    struct Token
    {
        std::size_t begin{0};
        std::string_view text; ///< empty at the end
    };

    // Each returns false after an error.
    bool ReadInjection(Injection& injection);
    bool ReadHost(std::string& name);
    bool ReadFlags(Injection& injection);
    bool ReadClause(Injection& injection, std::set<std::string_view>& said);
    bool ReadSources(Injection& injection);
    bool ReadPorts(Injection& injection);
    bool ReadState(Injection& injection);
    bool ReadNumber(NumberRule& rule);
    bool ReadRate(Injection& injection);
    bool ReadTime(Duration& time, Duration least);
    bool ReadExactly(std::string_view text);
    bool ReadValue(std::string_view clause, Injection& injection);
    bool CheckWhole(Injection& injection, const std::set<std::string_view>& said);

    /** A whole number in [min, max] for @p field. */
    template <class Field>
    bool ReadInteger(Field& field, std::uint64_t min, std::uint64_t max)
    {
        const auto number = ToNumber(m_token.text, max);
        if (!number || *number < min)
        {
            return Fail("a whole number from " + std::to_string(min) + " to " + std::to_string(max),
                        m_token);
        }
        field = static_cast<std::uint32_t>(*number);
        Advance();
        return true;
    }

    void Advance();
    bool Fail(const std::string& expected, const Token& found);

    std::string_view m_text;
    const ParseAddress& m_parseAddress;
    bool m_isDirection{true}; ///< before the colon of an injection, where "->" and ":" are words
    Token m_token;            ///< the one to be read next
    std::optional<RuleError> m_error;
};

std::variant<std::vector<Injection>, RuleError>
Parser::Run()
{
    std::vector<Injection> injections;
    while (!m_token.text.empty())
    {
        if (m_token.text == ";")
        {
            Advance();
            continue;
        }
        Injection injection;
        const std::size_t begin = m_token.begin;
        if (!ReadInjection(injection))
        {
            return *m_error;
        }
        std::string_view text = m_text.substr(begin, m_token.begin - begin);
        while (IsBlank(text.back()))
        {
            text.remove_suffix(1);
        }
        injection.text = text;
        injections.push_back(std::move(injection));
        m_isDirection = true;
    }
    return injections;
}

bool
Parser::ReadInjection(Injection& injection)
{
    if (!ReadHost(injection.from) || !ReadExactly("->") || !ReadHost(injection.to))
    {
        return false;
    }
    if (m_token.text != ":")
    {
        return Fail("\":\"", m_token);
    }
    m_isDirection = false;
    Advance();
    std::set<std::string_view> said;
    if (!ReadFlags(injection))
    {
        return false;
    }
    while (!m_token.text.empty() && m_token.text != ";")
    {
        if (!ReadClause(injection, said))
        {
            return false;
        }
    }
    return CheckWhole(injection, said);
}

bool
Parser::ReadHost(std::string& name)
{
    if (m_token.text.empty() || !IsLetter(m_token.text[0]))
    {
        return Fail("a host name such as \"attacker\"", m_token);
    }
    name = m_token.text;
    Advance();
    return true;
}

bool
Parser::ReadFlags(Injection& injection)
{
    Segment& segment = injection.segment;
    segment.wnd = 65535;
    if (m_token.text == "data")
    {
        segment.flags = Flag::ACK;
        segment.len = 1;
    }
    else if (m_token.text != "none")
    {
        const auto flags = ParseFlags(m_token.text);
        if (!flags)
        {
            return Fail("flags such as SYN, RST-ACK or FIN-ACK, or data, or none", m_token);
        }
        segment.flags = *flags;
    }
    Advance();
    return true;
}

bool
Parser::ReadClause(Injection& injection, std::set<std::string_view>& said)
{
    constexpr std::string_view CLAUSES[] = {"from",
                                            "port",
                                            "to-port",
                                            "while",
                                            "seq",
                                            "ack",
                                            "len",
                                            "window",
                                            "mss",
                                            "wscale",
                                            "tsval",
                                            "sackok",
                                            "tsecr",
                                            "at",
                                            "for",
                                            "every",
                                            "poisson",
                                            "times",
                                            "answer"};
    const Token clause = m_token;
    if (std::find(std::begin(CLAUSES), std::end(CLAUSES), clause.text) == std::end(CLAUSES))
    {
        std::string all;
        for (const std::string_view word : CLAUSES)
        {
            all += (all.empty() ? "" : ", ") + std::string(word);
        }
        return Fail("\";\" or one of " + all, clause);
    }
    if (!said.insert(clause.text).second)
    {
        return Fail("\"" + std::string(clause.text) + "\" only once", clause);
    }
    Advance();
    return ReadValue(clause.text, injection);
}

bool
Parser::ReadValue(std::string_view clause, Injection& injection)
{
    Segment& segment = injection.segment;
    if (clause == "from")
    {
        return ReadSources(injection);
    }
    if (clause == "port")
    {
        return ReadPorts(injection);
    }
    if (clause == "to-port")
    {
        return ReadInteger(injection.toPort, 1, 65535);
    }
    if (clause == "while")
    {
        return ReadState(injection);
    }
    if (clause == "seq" || clause == "ack")
    {
        return ReadNumber(clause == "seq" ? injection.seq : injection.ack);
    }
    if (clause == "len")
    {
        return ReadInteger(segment.len, 0, 65000);
    }
    if (clause == "window")
    {
        return ReadInteger(segment.wnd, 0, 65535);
    }
    if (clause == "mss")
    {
        return ReadInteger(segment.mss.emplace(), 0, 65535);
    }
    if (clause == "wscale")
    {
        return ReadInteger(segment.windowScale.emplace(), 0, 255);
    }
    if (clause == "sackok")
    {
        segment.sackPermitted = true;
        return true;
    }
    if (clause == "tsval" || clause == "tsecr")
    {
        if (!segment.timestamps)
        {
            segment.timestamps.emplace();
        }
        return ReadInteger(clause == "tsval" ? segment.timestamps->val : segment.timestamps->ecr,
                           0,
                           0xffffffff);
    }
    if (clause == "at")
    {
        return ReadTime(injection.at, Duration(0));
    }
    if (clause == "for")
    {
        return ReadTime(injection.length, Duration(1));
    }
    if (clause == "every")
    {
        injection.pacing = Pacing::EVERY;
        return ReadTime(injection.gap, Duration(1));
    }
    if (clause == "poisson")
    {
        return ReadRate(injection);
    }
    if (clause == "times")
    {
        return ReadInteger(injection.times, 1, 1'000'000'000);
    }
    injection.answersWithReset = true;
    return ReadExactly("RST");
}

bool
Parser::ReadSources(Injection& injection)
{
    const std::string_view word = m_token.text;
    const std::size_t slash = word.find('/');
    const auto address = m_parseAddress(std::string(word.substr(0, slash)));
    if (!address)
    {
        return Fail("an address such as 198.51.100.7 or 198.51.100.0/24", m_token);
    }
    const unsigned bits = address->family == Family::IPV4 ? 32 : 128;
    AddressRange range{*address, bits};
    if (slash != std::string_view::npos)
    {
        const auto prefix = ToNumber(word.substr(slash + 1), bits);
        if (!prefix)
        {
            return Fail("a prefix length from 0 to " + std::to_string(bits),
                        {m_token.begin + slash + 1, word.substr(slash + 1)});
        }
        range.prefix = static_cast<unsigned>(*prefix);
    }
    for (unsigned bit = range.prefix; bit < bits; ++bit)
    {
        if ((address->octets[bit / 8] & 0x80U >> bit % 8) != 0)
        {
            return Fail("an address whose bits behind the prefix are 0", m_token);
        }
    }
    injection.sources = range;
    Advance();
    return true;
}

bool
Parser::ReadPorts(Injection& injection)
{
    if (m_token.text == "random")
    {
        Advance();
        return true;
    }
    const std::size_t hyphen = m_token.text.find('-');
    const auto first = ToNumber(m_token.text.substr(0, hyphen), 65535);
    const auto last =
        hyphen == std::string_view::npos ? first : ToNumber(m_token.text.substr(hyphen + 1), 65535);
    if (!first || !last || *first == 0 || *last < *first)
    {
        return Fail("a port from 1 to 65535, a range such as 1024-2047, or \"random\"", m_token);
    }
    injection.firstPort = static_cast<std::uint16_t>(*first);
    injection.lastPort = static_cast<std::uint16_t>(*last);
    Advance();
    return true;
}

bool
Parser::ReadState(Injection& injection)
{
    std::string all;
    for (const State state : ALL_STATES)
    {
        if (state == State::CLOSED || state == State::LISTEN)
        {
            continue; // nothing to hit
        }
        if (m_token.text == ToString(state))
        {
            injection.whileIn = state;
            Advance();
            return true;
        }
        all += (all.empty() ? "" : ", ") + std::string(ToString(state));
    }
    return Fail("one of the states " + all, m_token);
}

bool
Parser::ReadNumber(NumberRule& rule)
{
    const auto number = ParseNumber(m_token.text);
    if (!number)
    {
        return Fail(
            "a number such as 7, random, clock~1000, snd.una, snd.nxt, rcv.nxt-1, iss or irs",
            m_token);
    }
    rule = *number;
    Advance();
    if (m_token.text == "step")
    {
        Advance();
        return ReadInteger(rule.step, 1, 0xffffffff);
    }
    return true;
}

bool
Parser::ReadRate(Injection& injection)
{
    std::string_view word = m_token.text;
    const auto rate = TakeReal(word);
    if (!rate || *rate <= 0 || *rate > MAX_RATE || word != "/s")
    {
        return Fail("a rate above 0 such as 1000/s", m_token);
    }
    injection.pacing = Pacing::POISSON;
    injection.rate = *rate;
    Advance();
    return true;
}

bool
Parser::ReadTime(Duration& time, Duration least)
{
    const auto read = ParseTime(m_token.text);
    if (!read || *read < least)
    {
        return Fail("a time such as 30s or 1.5ms (units ns, us, ms, s, min, h; at most a year)",
                    m_token);
    }
    time = *read;
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

bool
Parser::CheckWhole(Injection& injection, const std::set<std::string_view>& said)
{
    if (!injection.whileIn)
    {
        if (injection.seq.NeedsConnection() || injection.ack.NeedsConnection())
        {
            return Fail("\"while\" and a state, because a number of a connection is used", m_token);
        }
        injection.seq.base = said.count("seq") == 0 ? NumberBase::RANDOM : injection.seq.base;
        injection.ack.base = said.count("ack") == 0 ? NumberBase::RANDOM : injection.ack.base;
    }
    else
    {
        for (const std::string_view clause : {"from", "port", "to-port"})
        {
            if (said.count(clause) > 0)
            {
                return Fail("no \"" + std::string(clause) +
                                "\" with \"while\", which takes both ends from the connection",
                            m_token);
            }
        }
        injection.seq.base = said.count("seq") == 0 ? NumberBase::RCV_NXT : injection.seq.base;
        injection.ack.base = said.count("ack") == 0 ? NumberBase::SND_NXT : injection.ack.base;
    }
    if (said.count("every") + said.count("poisson") > 1)
    {
        return Fail("either \"every\" or \"poisson\"", m_token);
    }
    if (injection.pacing == Pacing::ONCE && (injection.times > 0 || injection.length.count() > 0))
    {
        return Fail("\"every\" or \"poisson\" with \"times\" or \"for\"", m_token);
    }
    if (injection.answersWithReset && !injection.sources)
    {
        return Fail("\"from\" with \"answer\", which says who answers", m_token);
    }
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
    const auto ends = [this](std::size_t place) {
        if (place >= m_text.size() || IsBlank(m_text[place]) || m_text[place] == ';')
        {
            return true;
        }
        return m_isDirection && (m_text[place] == ':' || m_text.substr(place, 2) == "->");
    };
    std::size_t end = begin;
    while (!ends(end))
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
Parser::Fail(const std::string& expected, const Token& found)
{
    const std::size_t end = found.begin + found.text.size();
    std::size_t begin = m_text.substr(0, found.begin).rfind(';');
    begin = begin == std::string_view::npos ? 0 : begin + 1;
    while (begin < found.begin && IsBlank(m_text[begin]))
    {
        ++begin;
    }
    const std::size_t last = std::max(end, std::min(m_text.find(';', found.begin), m_text.size()));
    std::string foundText = "\"" + std::string(found.text) + "\"";
    if (found.text.empty())
    {
        foundText = found.begin < m_text.size() ? "nothing" : "the end";
    }
    std::string message = "inject: expected " + expected + " at character " +
                          std::to_string(found.begin + 1) + " (found " + foundText + "): ";
    message += m_text.substr(begin, found.begin - begin);
    message += "[" + std::string(found.text) + "]";
    message += m_text.substr(end, last - end);
    m_error = RuleError{found.begin + 1, message};
    return false;
}

} // namespace

std::variant<std::vector<Injection>, RuleError>
ParseInjections(std::string_view text,
                const std::function<std::optional<Address>(const std::string&)>& parseAddress)
{
    return Parser(text, parseAddress).Run();
}

} // namespace lifecycle
