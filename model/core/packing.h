#ifndef LIFECYCLE_CORE_PACKING_H
#define LIFECYCLE_CORE_PACKING_H

#include "actions.h"
#include "instant.h"
#include "seq-num.h"
#include "value.h"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace lifecycle
{

/**
 * Packer and Unpacker are two directions of one code: a function that is given either of them names
 * the fields of a value once, in their order, and the Packer reads the fields and the Unpacker sets
 * them.
 *
 * Packed octets begin with 16 marks, one for each Flag and each Expected. There is no length, and no
 * sign of what is packed: whoever unpacks must name the same fields.
 */
namespace packing
{

constexpr std::size_t MARKS = 16;
constexpr std::size_t MARK_OCTETS = MARKS / 8;

inline std::uint64_t
ToNumber(SeqNum value)
{
    return value.Value();
}

inline std::uint64_t
ToNumber(Instant value)
{
    return static_cast<std::uint64_t>(value.time_since_epoch().count());
}

template <class T, class = std::enable_if_t<std::is_unsigned_v<T>>>
std::uint64_t
ToNumber(T value)
{
    return value;
}

inline void
FromNumber(std::uint64_t number, SeqNum& value)
{
    value = SeqNum(static_cast<std::uint32_t>(number));
}

inline void
FromNumber(std::uint64_t number, Instant& value)
{
    value = Instant(Duration(static_cast<Duration::rep>(number)));
}

template <class T, class = std::enable_if_t<std::is_unsigned_v<T>>>
void
FromNumber(std::uint64_t number, T& value)
{
    value = static_cast<T>(number);
}

/**
 * By how much @p value is beyond @p expected, the short way round the circle of its type; even if
 * it is ahead, odd if it is behind.
 */
template <class T>
std::uint64_t
Fold(const T& value, const T& expected)
{
    std::uint64_t beyond = ToNumber(value) - ToNumber(expected);
    if constexpr (sizeof(T) == sizeof(std::int32_t))
    {
        beyond = static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(beyond)});
    }
    return beyond << 1 ^ (0 - (beyond >> 63));
}

/** The value of which Fold said @p folded. */
template <class T>
T
Unfold(std::uint64_t folded, const T& expected)
{
    T value;
    FromNumber(ToNumber(expected) + (folded >> 1 ^ (0 - (folded & 1))), value);
    return value;
}

} // namespace packing

/** Writes fields as octets. */
template <std::size_t MOST_OCTETS>
class Packer
{
  public:
    /** One that unpacks as false or true, and costs one mark. */
    void Flag(bool value)
    {
        assert(m_mark < packing::MARKS);
        m_octets[m_mark / 8] |= static_cast<std::uint8_t>(value << m_mark % 8);
        ++m_mark;
    }

    /** A number without any bias: as many octets as it has in memory. */
    template <class T>
    void Plain(const T& value)
    {
        static_assert(std::is_trivially_copyable_v<T>);
        Octets(reinterpret_cast<const std::uint8_t*>(&value), sizeof value);
    }

    void Octets(const std::uint8_t* first, std::size_t count)
    {
        assert(m_size + count <= MOST_OCTETS);
        std::memcpy(m_octets.data() + m_size, first, count);
        m_size += count;
    }

    /** A number that is mostly small: one octet for each seven bits. */
    template <class T>
    void Small(const T& value)
    {
        std::uint64_t number = packing::ToNumber(value);
        for (; number >= 0x80; number >>= 7)
        {
            Put(static_cast<std::uint8_t>(number | 0x80));
        }
        Put(static_cast<std::uint8_t>(number));
    }

    /** A number that is mostly @p expected, which then costs one mark, or else near to that. */
    template <class T>
    void Expected(const T& value, const T& expected)
    {
        Flag(value != expected);
        if (value != expected)
        {
            Small(packing::Fold(value, expected));
        }
    }

    const std::uint8_t* Data() const
    {
        return m_octets.data();
    }

    std::size_t Size() const
    {
        return m_size;
    }

  private:
    void Put(std::uint8_t octet)
    {
        assert(m_size < MOST_OCTETS);
        m_octets[m_size++] = octet;
    }

    std::array<std::uint8_t, MOST_OCTETS> m_octets{};
    std::size_t m_size{packing::MARK_OCTETS};
    std::size_t m_mark{0};
};

/** Reads the fields that a Packer has written. */
class Unpacker
{
  public:
    explicit Unpacker(const std::uint8_t* octets)
        : m_marks(octets),
          m_next(octets + packing::MARK_OCTETS)
    {
    }

    void Flag(bool& value)
    {
        value = m_marks[m_mark / 8] >> m_mark % 8 & 1;
        ++m_mark;
    }

    template <class T>
    void Plain(T& value)
    {
        Octets(reinterpret_cast<std::uint8_t*>(&value), sizeof value);
    }

    void Octets(std::uint8_t* first, std::size_t count)
    {
        std::memcpy(first, m_next, count);
        m_next += count;
    }

    template <class T>
    void Small(T& value)
    {
        std::uint64_t number = 0;
        std::uint8_t octet;
        std::size_t shift = 0;
        do
        {
            octet = *m_next++;
            number |= static_cast<std::uint64_t>(octet & 0x7f) << shift;
            shift += 7;
        } while (octet & 0x80);
        packing::FromNumber(number, value);
    }

    template <class T>
    void Expected(T& value, const T& expected)
    {
        value = expected;
        bool differs;
        Flag(differs);
        if (differs)
        {
            std::uint64_t folded;
            Small(folded);
            value = packing::Unfold(folded, expected);
        }
    }

  private:
    const std::uint8_t* m_marks;
    const std::uint8_t* m_next;
    std::size_t m_mark{0};
};

/** Codes the id that stands first in octets which an index finds by it. */
template <class Coder, class Id>
void
CodeId(Coder& coder, Id& id)
{
    coder.Small(id.value);
}

/** The id that stands first in @p octets. */
inline ConnectionId
PackedId(const std::uint8_t* octets)
{
    Unpacker unpacker(octets);
    ConnectionId id;
    CodeId(unpacker, id);
    return id;
}

/** By which an index finds @p id. */
inline std::uint64_t
HashOfId(ConnectionId id)
{
    return Mix(id.value);
}

} // namespace lifecycle

#endif // LIFECYCLE_CORE_PACKING_H
