#include "token-reader.h"

#include <algorithm>
#include <cstdlib>

namespace lifecycle::packetdrill
{

const Token&
TokenReader::Peek(std::size_t ahead) const
{
    return m_tokens[std::min(m_at + ahead, m_tokens.size() - 1)];
}

Token
TokenReader::Take()
{
    Token token = Peek();
    m_at += token.kind == Token::Kind::END ? 0 : 1;
    return token;
}

bool
TokenReader::Sees(const std::string& text) const
{
    const Token& token = Peek();
    return (token.kind == Token::Kind::SYMBOL || token.kind == Token::Kind::WORD) &&
           token.text == text;
}

bool
TokenReader::Sees(Token::Kind kind) const
{
    return Peek().kind == kind;
}

bool
TokenReader::Accept(const std::string& text)
{
    const bool isThere = Sees(text);
    if (isThere)
    {
        Take();
    }
    return isThere;
}

void
TokenReader::Expect(const std::string& text)
{
    if (!Accept(text))
    {
        Fail("'" + text + "'");
    }
}

void
TokenReader::Fail(const std::string& expected) const
{
    const Token& token = Peek();
    throw Failure(token.line, token.Shown() + " stands where " + expected + " belongs");
}

std::uint32_t
TokenReader::Number(const std::string& what, std::uint32_t most, std::uint32_t least)
{
    if (!Sees(Token::Kind::NUMBER))
    {
        Fail(what);
    }
    const Token token = Take();
    const auto value = WholeNumber(token.text);
    if (!value || *value > most || *value < least)
    {
        throw Failure(token.line, MustBe(what, token.text, least, most));
    }
    return static_cast<std::uint32_t>(*value);
}

Nanoseconds
TokenReader::Time()
{
    if (!Sees(Token::Kind::NUMBER) && !Sees(Token::Kind::TIME))
    {
        Fail("a time in seconds");
    }
    const Token token = Take();
    const std::size_t point = std::min(token.text.find('.'), token.text.size());
    std::string decimals = token.text.substr(std::min(point + 1, token.text.size()));
    const bool isDecimal = token.text.find('x') == std::string::npos;
    if (decimals.size() > 9 || point > 9 || !isDecimal)
    {
        throw Failure(token.line,
                      "time " + token.text + " must be below 10^9 s and have at most 9 decimals");
    }
    decimals.resize(9, '0');
    const Nanoseconds seconds = std::strtoll(token.text.substr(0, point).c_str(), nullptr, 10);
    return seconds * 1000000000 + std::strtoll(decimals.c_str(), nullptr, 10);
}

} // namespace lifecycle::packetdrill
