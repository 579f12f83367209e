#ifndef LIFECYCLE_PACKETDRILL_LEXER_H
#define LIFECYCLE_PACKETDRILL_LEXER_H

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace lifecycle::packetdrill
{

struct Token
{
    enum class Kind
    {
        NUMBER, ///< digits, hexadecimal with 0x
        TIME,   ///< digits with a decimal point
        WORD,
        TEXT,    ///< "..."
        COMMAND, ///< `...`
        CODE,    ///< %{ ... }%
        OPTION,  ///< --name=value, without the dashes
        SYMBOL,  ///< `...`, or one character
        END,
    };

    /** @return It as a message of one line names it. */
    std::string Shown() const;

    Kind kind{Kind::END};
    std::string text;
    int line{0};
};

/**
 * Cuts a script into tokens, without comments and without what `#ifdef` leaves out.
 *
 * The last token is END. Throws Failure.
 */
std::vector<Token> Tokens(const std::string& text, const std::set<std::string>& defined);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_LEXER_H
