#include "script.h"

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <sstream>

namespace lifecycle::packetdrill
{

namespace
{

/** The first line of @p what, with `N` in the place of each number. */
std::string
KindOf(const std::string& what)
{
    const auto isOfWord = [](char letter) {
        return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
    };
    const auto isDigit = [](char letter) { return letter >= '0' && letter <= '9'; };
    std::string kind;
    for (std::size_t i = 0; i < what.size() && what[i] != '\n'; ++i)
    {
        if (!isDigit(what[i]) || (i > 0 && isOfWord(what[i - 1])))
        {
            kind += what[i];
            continue;
        }
        kind += 'N';
        while (i + 1 < what.size() &&
               (isOfWord(what[i + 1]) ||
                (what[i + 1] == '.' && i + 2 < what.size() && isDigit(what[i + 2]))))
        {
            ++i;
        }
    }
    return kind;
}

} // namespace

Ended::Ended(int where, const std::string& what, const std::string& kindOfIt)
    : std::runtime_error(Readable(what)),
      line(where),
      kind(Readable(KindOf(kindOfIt.empty() ? what : kindOfIt)))
{
}

std::string
Readable(const std::string& text)
{
    constexpr std::size_t MOST = 240; // of one line
    constexpr std::size_t KEPT = 110; // at either end of a longer one
    std::istringstream lines(text);
    std::string result;
    for (std::string line; std::getline(lines, line);)
    {
        if (line.size() > MOST)
        {
            line = line.substr(0, KEPT) + " ... " + line.substr(line.size() - KEPT);
        }
        result += result.empty() ? "" : "\n";
        for (const char letter : line)
        {
            char octet[5];
            std::snprintf(octet, sizeof octet, "\\x%02x", static_cast<unsigned char>(letter));
            const bool isPrintable = letter >= ' ' && letter <= '~';
            result += isPrintable ? std::string(1, letter) : octet;
        }
    }
    return result;
}

std::optional<std::uint64_t>
WholeNumber(const std::string& text)
{
    const bool isHex = text.rfind("0x", 0) == 0;
    const std::string digits = text.substr(isHex ? 2 : 0);
    const bool isOctal = !isHex && text.size() > 1 && text[0] == '0';
    const char* const known = isHex     ? "0123456789abcdefABCDEF"
                              : isOctal ? "01234567"
                                        : "0123456789";
    if (digits.empty() || digits.find_first_not_of(known) != std::string::npos)
    {
        return std::nullopt;
    }
    errno = 0;
    const std::uint64_t value = std::strtoull(text.c_str(), nullptr, 0);
    return errno == 0 ? std::make_optional(value) : std::nullopt;
}

std::string
MustBe(const std::string& what, const std::string& is, std::uint64_t least, std::uint64_t most)
{
    return what + " is '" + is + "' and must be a number from " + std::to_string(least) + " to " +
           std::to_string(most);
}

} // namespace lifecycle::packetdrill
