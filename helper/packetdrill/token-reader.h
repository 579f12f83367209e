#ifndef LIFECYCLE_PACKETDRILL_TOKEN_READER_H
#define LIFECYCLE_PACKETDRILL_TOKEN_READER_H

#include "lexer.h"
#include "script.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lifecycle::packetdrill
{

/** A place in a list of tokens. */
class TokenReader
{
  public:
    explicit TokenReader(std::vector<Token> tokens)
        : m_tokens(std::move(tokens))
    {
    }

    const Token& Peek(std::size_t ahead = 0) const;
    Token Take();
    bool Sees(const std::string& text) const;
    bool Sees(Token::Kind kind) const;
    /** Takes the next token if it reads @p text. */
    bool Accept(const std::string& text);
    void Expect(const std::string& text);
    /** A whole number from @p least to @p most; @p what names it in errors. */
    std::uint32_t Number(const std::string& what,
                         std::uint32_t most = UINT32_MAX,
                         std::uint32_t least = 0);
    /** Seconds with up to nine decimals. */
    Nanoseconds Time();
    [[noreturn]] void Fail(const std::string& expected) const;

  private:
    std::vector<Token> m_tokens;
    std::size_t m_at{0};
};

/** A TCP or ICMP packet, from its direction on. */
void ParsePacket(TokenReader& in, Event& event);

/** `1:101(100)`: where the packet begins, and its length. */
void ParseSequence(TokenReader& in, TcpPacket& packet);

/** An ICMP message about a segment to @p remotePort, behind @p protocol, which is `icmp` or `icmpv6`. */
IcmpPacket ParseIcmp(TokenReader& in, const Token& protocol, std::uint16_t remotePort);

/** A system call, from its name on. */
SystemCall ParseSystemCall(TokenReader& in);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_TOKEN_READER_H
