#include "word-reader.h"

#include <arpa/inet.h>
#include <cctype>

namespace lifecycle
{
namespace
{

constexpr Duration MAX_TIME = std::chrono::hours(24 * 365);
constexpr std::size_t MAX_DIGITS = 18; // of any number: more would overflow 64 bits

} // namespace

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

bool
IsHostName(std::string_view word)
{
    return !word.empty() && IsLetter(word[0]) && std::all_of(word.begin(), word.end(), [](char c) {
        return IsLetter(c) || IsDigit(c) || c == '-' || c == '_';
    });
}

std::string
OneLine(std::string text)
{
    std::replace_if(text.begin(), text.end(), IsBlank, ' ');
    std::replace_if(
        text.begin(),
        text.end(),
        [](unsigned char c) { return std::iscntrl(c) != 0; },
        '?');
    return text;
}

std::string_view
TakeDigits(std::string_view& text)
{
    const auto* end = std::find_if_not(text.begin(), text.end(), IsDigit);
    const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(digits.size());
    return digits;
}

std::optional<std::uint64_t>
ToNumber(std::string_view digits, std::uint64_t max)
{
    if (digits.empty() || digits.size() > MAX_DIGITS ||
        !std::all_of(digits.begin(), digits.end(), IsDigit))
    {
        return std::nullopt;
    }
    const std::uint64_t number = std::stoull(std::string(digits));
    return number <= max ? std::optional(number) : std::nullopt;
}

std::optional<Address>
ParseAddress(const std::string& text)
{
    for (const auto& [family, number] :
         {std::pair(Family::IPV4, AF_INET), std::pair(Family::IPV6, AF_INET6)})
    {
        Address address;
        address.family = family;
        if (text.find('\0') == std::string::npos && // inet_pton would stop there
            inet_pton(number, text.c_str(), address.octets.data()) == 1)
        {
            return address;
        }
    }
    return std::nullopt;
}

std::string
TimeText(Duration time)
{
    return ToText(time, std::chrono::seconds(1));
}

WordReader::WordReader(std::string_view text, std::string_view name)
    : m_text(text),
      m_name(name)
{
}

void
WordReader::Advance()
{
    std::size_t begin = m_word.begin + m_word.text.size();
    while (begin < m_text.size() && IsBlank(m_text[begin]))
    {
        ++begin;
    }
    std::size_t end = begin;
    while (end < m_text.size() && IsWordAt(end))
    {
        ++end;
    }
    if (end == begin && begin < m_text.size())
    {
        end += m_text.substr(begin, 2) == "->" ? 2 : 1;
    }
    m_word = {begin, m_text.substr(begin, end - begin)};
}

bool
WordReader::ReadExactly(std::string_view text)
{
    if (m_word.text != text)
    {
        return Fail("\"" + std::string(text) + "\"", m_word);
    }
    Advance();
    return true;
}

bool
WordReader::ReadTime(Duration& time, Duration least)
{
    const auto parsed = ParseTime(m_word.text, MAX_TIME);
    if (!parsed || *parsed < least)
    {
        const std::string bound =
            least > Duration(0) ? "at least " + TimeText(least) + " and " : "";
        return Fail("a time such as \"30s\" or \"1.5ms\" (units ns, us, ms, s, min, h; " + bound +
                        "at most a year)",
                    m_word);
    }
    time = *parsed;
    Advance();
    return true;
}

bool
WordReader::Fail(const std::string& expected, const Word& found)
{
    const std::size_t end = found.begin + found.text.size();
    std::size_t sentence = m_text.substr(0, found.begin).rfind(';');
    sentence = sentence == std::string_view::npos ? 0 : sentence + 1;
    while (sentence < found.begin && IsBlank(m_text[sentence]))
    {
        ++sentence;
    }
    const std::size_t sentenceEnd =
        std::max(end, std::min(m_text.find(';', found.begin), m_text.size()));

    std::string foundText = "\"" + std::string(found.text) + "\"";
    if (found.text.empty())
    {
        foundText = found.begin < m_text.size() ? "nothing" : "the end";
    }
    std::string message = std::string(m_name) + ": expected " + expected + " at character " +
                          std::to_string(found.begin + 1) + " (found " + foundText + "): ";
    message += m_text.substr(sentence, found.begin - sentence);
    message += "[" + std::string(found.text) + "]";
    message += m_text.substr(end, sentenceEnd - end);
    m_error = RuleError{found.begin + 1, OneLine(message)};
    return false;
}

} // namespace lifecycle
