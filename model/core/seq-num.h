#ifndef LIFECYCLE_CORE_SEQ_NUM_H
#define LIFECYCLE_CORE_SEQ_NUM_H

#include <cstdint>
#include <tuple>

namespace lifecycle
{

/**
 * A TCP sequence number: a position in a space of 2^32 that wraps. Source: RFC 9293 3.4.
 *
 * Comparison is modular: a < b when b is at most 2^31 - 1 octets ahead of a. That order is not
 * transitive over the whole space, so there is no std::less and no ordered container of sequence
 * numbers.
 * Distances never fail, because the peer chooses them.
 */
class SeqNum
{
  public:
    constexpr SeqNum() = default;

    constexpr explicit SeqNum(std::uint32_t value)
        : m_value(value)
    {
    }

    /** The number as it stands in the header. */
    constexpr std::uint32_t Value() const
    {
        return m_value;
    }

    constexpr SeqNum& operator+=(std::uint32_t octets)
    {
        m_value += octets;
        return *this;
    }

    constexpr auto Fields() const
    {
        return std::tie(m_value);
    }

  private:
    std::uint32_t m_value{0};
};

constexpr SeqNum
operator+(SeqNum a, std::uint32_t octets)
{
    return SeqNum(a.Value() + octets);
}

constexpr SeqNum
operator-(SeqNum a, std::uint32_t octets)
{
    return SeqNum(a.Value() - octets);
}

/** Signed distance from b to a in octets, in [-2^31, 2^31). */
constexpr std::int32_t
operator-(SeqNum a, SeqNum b)
{
    return static_cast<std::int32_t>(a.Value() - b.Value());
}

constexpr bool
operator==(SeqNum a, SeqNum b)
{
    return a.Value() == b.Value();
}

constexpr bool
operator!=(SeqNum a, SeqNum b)
{
    return !(a == b);
}

constexpr bool
operator<(SeqNum a, SeqNum b)
{
    return a - b < 0;
}

constexpr bool
operator<=(SeqNum a, SeqNum b)
{
    return a - b <= 0;
}

constexpr bool
operator>(SeqNum a, SeqNum b)
{
    return b < a;
}

constexpr bool
operator>=(SeqNum a, SeqNum b)
{
    return b <= a;
}

/** The later of the two in sequence order. */
constexpr SeqNum
Later(SeqNum a, SeqNum b)
{
    return a < b ? b : a;
}

/** The earlier of the two in sequence order. */
constexpr SeqNum
Earlier(SeqNum a, SeqNum b)
{
    return a < b ? a : b;
}

/** Sequence numbers [begin, end). */
struct SeqRange
{
    SeqNum begin;
    SeqNum end;

    constexpr auto Fields() const
    {
        return std::tie(begin, end);
    }
};

static_assert(SeqNum(0xffffffff) < SeqNum(0), "the order wraps");
static_assert(SeqNum(0xffffffff) + 2 == SeqNum(1), "addition wraps");

} // namespace lifecycle

#endif // LIFECYCLE_CORE_SEQ_NUM_H
