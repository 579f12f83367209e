// The text form of injections. The grammar is at ParseInjections.

#include "injection.h"
#include "word-reader.h"

#include <algorithm>
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
    {Flag::ECE, "ECE"},
    {Flag::CWR, "CWR"},
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

constexpr double MAX_RATE = 1e9;

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

std::optional<Flags>
ParseFlags(std::string_view text)
{
    Flags flags;
    while (true)
    {
        const std::string_view word = text.substr(0, text.find('-'));
        const auto flag = FindNamed(FLAG_WORDS, word);
        if (!flag || flags.Has(*flag))
        {
            return std::nullopt;
        }
        flags = flags | *flag;
        if (word.size() == text.size())
        {
            return flags;
        }
        text.remove_prefix(word.size() + 1);
    }
}

/** Reads a number such as `rcv.nxt-1`, `clock+1~25000`, `7`, but not its step. */
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
    const auto base = FindNamed(BASE_WORDS, text);
    if (!base)
    {
        return std::nullopt;
    }
    rule.base = *base;
    return rule;
}

/** A word ends at a blank or a semicolon, before the colon of an injection also at `->` and `:`. */
class Parser : private WordReader
{
  public:
    explicit Parser(std::string_view text)
        : WordReader(text, "inject")
    {
        Advance();
    }

    std::variant<std::vector<Injection>, RuleError> Run();

  private:
    // Each of these returns false after an error.
    bool ReadInjection(Injection& injection);
    bool ReadHost(std::string& name);
    bool ReadFlags(Injection& injection);
    bool ReadClause(Injection& injection, std::set<std::string_view>& said);
    bool ReadSources(Injection& injection);
    bool ReadPorts(Injection& injection);
    bool ReadState(Injection& injection);
    bool ReadNumber(NumberRule& rule);
    bool ReadRate(Injection& injection);
    bool ReadValue(std::string_view clause, Injection& injection);
    bool CheckWhole(Injection& injection, const std::set<std::string_view>& said);

    /** Reads a whole number in [min, max] into @p field. */
    template <class Field>
    bool ReadInteger(Field& field, std::uint64_t min, std::uint64_t max)
    {
        const auto number = ToNumber(m_word.text, max);
        if (!number || *number < min)
        {
            return Fail("a whole number from " + std::to_string(min) + " to " + std::to_string(max),
                        m_word);
        }
        field = static_cast<std::uint32_t>(*number);
        Advance();
        return true;
    }

    bool IsWordAt(std::size_t place) const override;

    bool m_isDirection{true}; ///< before the colon of an injection
};

std::variant<std::vector<Injection>, RuleError>
Parser::Run()
{
    std::vector<Injection> injections;
    while (!m_word.text.empty())
    {
        if (m_word.text == ";")
        {
            Advance();
            continue;
        }
        Injection injection;
        const std::size_t begin = m_word.begin;
        if (!ReadInjection(injection))
        {
            return *m_error;
        }
        std::string_view text = m_text.substr(begin, m_word.begin - begin);
        while (IsBlank(text.back()))
        {
            text.remove_suffix(1);
        }
        injection.text = OneLine(std::string(text));
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
    if (m_word.text != ":")
    {
        return Fail("\":\"", m_word);
    }
    m_isDirection = false;
    Advance();
    std::set<std::string_view> said;
    if (!ReadFlags(injection))
    {
        return false;
    }
    while (!m_word.text.empty() && m_word.text != ";")
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
    if (!IsHostName(m_word.text))
    {
        return Fail("a host name such as \"attacker\"", m_word);
    }
    name = m_word.text;
    Advance();
    return true;
}

bool
Parser::ReadFlags(Injection& injection)
{
    Segment& segment = injection.segment;
    segment.wnd = 65535;
    if (m_word.text == "data")
    {
        segment.flags = Flag::ACK;
        segment.len = 1;
    }
    else if (m_word.text != "none")
    {
        const auto flags = ParseFlags(m_word.text);
        if (!flags)
        {
            return Fail("flags such as SYN, RST-ACK or FIN-ACK, or data, or none", m_word);
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
    const Word clause = m_word;
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
        return ReadTime(injection.at);
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
    const std::string_view word = m_word.text;
    const std::size_t slash = word.find('/');
    const auto address = ParseAddress(std::string(word.substr(0, slash)));
    if (!address)
    {
        return Fail("an address such as 198.51.100.7 or 198.51.100.0/24", m_word);
    }
    const unsigned bits = address->family == Family::IPV4 ? 32 : 128;
    AddressRange range{*address, bits};
    if (slash != std::string_view::npos)
    {
        const auto prefix = ToNumber(word.substr(slash + 1), bits);
        if (!prefix)
        {
            return Fail("a prefix length from 0 to " + std::to_string(bits),
                        {m_word.begin + slash + 1, word.substr(slash + 1)});
        }
        range.prefix = static_cast<unsigned>(*prefix);
    }
    for (unsigned bit = range.prefix; bit < bits; ++bit)
    {
        if ((address->octets[bit / 8] & 0x80U >> bit % 8) != 0)
        {
            return Fail("an address whose bits behind the prefix are 0", m_word);
        }
    }
    injection.sources = range;
    Advance();
    return true;
}

bool
Parser::ReadPorts(Injection& injection)
{
    if (m_word.text == "random")
    {
        Advance();
        return true;
    }
    const std::size_t hyphen = m_word.text.find('-');
    const auto first = ToNumber(m_word.text.substr(0, hyphen), 65535);
    const auto last =
        hyphen == std::string_view::npos ? first : ToNumber(m_word.text.substr(hyphen + 1), 65535);
    if (!first || !last || *first == 0 || *last < *first)
    {
        return Fail("a port from 1 to 65535, a range such as 1024-2047, or \"random\"", m_word);
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
            continue; // no connection to hit
        }
        if (m_word.text == ToString(state))
        {
            injection.whileIn = state;
            Advance();
            return true;
        }
        all += (all.empty() ? "" : ", ") + std::string(ToString(state));
    }
    return Fail("one of the states " + all, m_word);
}

bool
Parser::ReadNumber(NumberRule& rule)
{
    const auto number = ParseNumber(m_word.text);
    if (!number)
    {
        return Fail(
            "a number such as 7, random, clock~1000, snd.una, snd.nxt, rcv.nxt-1, iss or irs",
            m_word);
    }
    rule = *number;
    Advance();
    if (m_word.text == "step")
    {
        Advance();
        return ReadInteger(rule.step, 1, 0xffffffff);
    }
    return true;
}

bool
Parser::ReadRate(Injection& injection)
{
    std::string_view word = m_word.text;
    const auto rate = TakeReal(word);
    if (!rate || *rate <= 0 || *rate > MAX_RATE || word != "/s")
    {
        return Fail("a rate above 0 such as 1000/s", m_word);
    }
    injection.pacing = Pacing::POISSON;
    injection.rate = *rate;
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
            return Fail("\"while\" and a state, because a number of a connection is used", m_word);
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
                            m_word);
            }
        }
        injection.seq.base = said.count("seq") == 0 ? NumberBase::RCV_NXT : injection.seq.base;
        injection.ack.base = said.count("ack") == 0 ? NumberBase::SND_NXT : injection.ack.base;
    }
    if (said.count("every") + said.count("poisson") > 1)
    {
        return Fail("either \"every\" or \"poisson\"", m_word);
    }
    if (injection.pacing == Pacing::ONCE && (injection.times > 0 || injection.length.count() > 0))
    {
        return Fail("\"every\" or \"poisson\" with \"times\" or \"for\"", m_word);
    }
    if (injection.answersWithReset && !injection.sources)
    {
        return Fail("\"from\" with \"answer\", which says who answers", m_word);
    }
    return true;
}

bool
Parser::IsWordAt(std::size_t place) const
{
    const char c = m_text[place];
    const bool isBetweenHosts = c == ':' || m_text.substr(place, 2) == "->";
    return !IsBlank(c) && c != ';' && !(m_isDirection && isBetweenHosts);
}

} // namespace

std::variant<std::vector<Injection>, RuleError>
ParseInjections(std::string_view text)
{
    return Parser(text).Run();
}

} // namespace lifecycle
