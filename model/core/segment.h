#ifndef LIFECYCLE_CORE_SEGMENT_H
#define LIFECYCLE_CORE_SEGMENT_H

#include "seq-num.h"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

namespace lifecycle
{

/** A control bit, at its place in the header. Source: RFC 9293 3.1. */
enum class Flag : std::uint8_t
{
    FIN = 0x01,
    SYN = 0x02,
    RST = 0x04,
    PSH = 0x08,
    ACK = 0x10,
    URG = 0x20,
    ECE = 0x40, ///< ECN-Echo, RFC 3168 6.1
    CWR = 0x80, ///< congestion window reduced, RFC 3168 6.1
};

/** The ECN field of the IP header. Source: RFC 3168 5. */
enum class EcnCodepoint : std::uint8_t
{
    NOT_ECT = 0,
    ECT_1 = 1,
    ECT_0 = 2,
    CE = 3, ///< congestion experienced
};

/** The control bits of one segment. */
class Flags
{
  public:
    constexpr Flags() = default;

    constexpr Flags(Flag flag) // a single flag is a set of flags, so the conversion is implicit
        : m_bits(static_cast<std::uint8_t>(flag))
    {
    }

    /** Makes flags from the octet of the header. */
    static constexpr Flags FromBits(std::uint8_t bits)
    {
        Flags flags;
        flags.m_bits = bits;
        return flags;
    }

    constexpr std::uint8_t Bits() const
    {
        return m_bits;
    }

    constexpr bool Has(Flag flag) const
    {
        return (m_bits & static_cast<std::uint8_t>(flag)) != 0;
    }

    constexpr Flags operator|(Flags other) const
    {
        return FromBits(m_bits | other.m_bits);
    }

    constexpr auto Fields() const
    {
        return std::tie(m_bits);
    }

  private:
    std::uint8_t m_bits{0};
};

constexpr Flags
operator|(Flag a, Flag b)
{
    return Flags(a) | Flags(b);
}

/** The Timestamps option. Source: RFC 7323 3.2. */
struct Timestamps
{
    std::uint32_t val{0}; ///< TSval, by the clock of the sender
    std::uint32_t ecr{0}; ///< TSecr, the TSval that is echoed; meaningful only with the ACK flag

    constexpr auto Fields() const
    {
        return std::tie(val, ecr);
    }
};

/**
 * The blocks of a SACK option, at most four: what is held behind the cumulative acknowledgment.
 * Source: RFC 2018 3.
 */
class SackBlocks
{
  public:
    static constexpr std::size_t MAX = 4;

    constexpr void Add(const SeqRange& block)
    {
        assert(m_count < MAX);
        m_blocks[m_count++] = block;
    }

    constexpr std::size_t Count() const
    {
        return m_count;
    }

    constexpr const SeqRange* begin() const
    {
        return m_blocks.data();
    }

    constexpr const SeqRange* end() const
    {
        return m_blocks.data() + m_count;
    }

    auto Fields() const
    {
        return std::tie(m_blocks, m_count);
    }

  private:
    std::array<SeqRange, MAX> m_blocks{};
    std::size_t m_count{0};
};

/**
 * One TCP segment without its payload octets: the header's fields and how long the payload is.
 * Source: RFC 9293 3.1 and the SEG.* variables of 3.3.1.
 */
struct Segment
{
    SeqNum seq;           ///< SEG.SEQ
    SeqNum ack;           ///< SEG.ACK; meaningful only with the ACK flag
    Flags flags;          ///< control bits
    std::uint32_t wnd{0}; ///< SEG.WND as it stands in the header, before any scaling
    std::uint32_t len{0}; ///< payload octets, without SYN and FIN
    std::uint16_t up{0};  ///< SEG.UP; meaningful only with the URG flag
    EcnCodepoint ecn{};   ///< of the IP packet that carries the segment

    // Options, RFC 9293 3.2
    std::optional<std::uint16_t> mss;        ///< Maximum Segment Size; on SYN segments only
    std::optional<std::uint8_t> windowScale; ///< shift count, RFC 7323 2.2; on SYN segments only
    bool sackPermitted{false};               ///< RFC 2018 2; on SYN segments only
    std::optional<Timestamps> timestamps;    ///< RFC 7323 3.2
    SackBlocks sack;                         ///< RFC 2018 3
    bool illegalOption{false};               ///< an option's length is impossible, RFC 9293 3.1

    bool Has(Flag flag) const
    {
        return flags.Has(flag);
    }

    /** SEG.LEN: the sequence numbers occupied, counting SYN and FIN. */
    std::uint32_t SegLen() const
    {
        return len + (Has(Flag::SYN) ? 1 : 0) + (Has(Flag::FIN) ? 1 : 0);
    }

    /** The sequence number just behind the segment. */
    SeqNum End() const
    {
        return seq + SegLen();
    }

    /** Where the payload starts: behind the SYN, if there is one. */
    SeqNum TextBegin() const
    {
        return seq + (Has(Flag::SYN) ? 1 : 0);
    }

    /** The sequence number just behind the payload, where a FIN stands. */
    SeqNum TextEnd() const
    {
        return TextBegin() + len;
    }

    auto Fields() const
    {
        return std::tie(seq,
                        ack,
                        flags,
                        wnd,
                        len,
                        up,
                        ecn,
                        mss,
                        windowScale,
                        sackPermitted,
                        timestamps,
                        sack,
                        illegalOption);
    }
};

/**
 * The answer to a segment for which there is no connection, RFC 9293 3.10.7.1; nothing if
 * @p segment is a RST.
 */
std::optional<Segment> ResetFor(const Segment& segment);

/** The flags as tcpdump prints flags: letters S F R P U E W and `.` for ACK; `none` when empty. */
std::string FlagNames(Flags flags);

/**
 * The options as tcpdump prints options: `mss 1460,sackOK,TS val 3 ecr 0,wscale 7`; empty if none.
 */
std::string OptionsText(const Segment& segment);

/**
 * The segment as one line in tcpdump's manner, with absolute numbers:
 * `S. seq 7 ack 3 win 65535 len 0 <mss 1460>`.
 */
std::string ToString(const Segment& segment);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_SEGMENT_H
