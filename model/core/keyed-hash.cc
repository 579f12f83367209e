#include "keyed-hash.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace lifecycle
{

namespace
{

constexpr std::size_t PATH_SIZE = 36;

/** Writes @p path to @p at and returns the place behind it. */
std::uint8_t*
WritePath(const FourTuple& path, std::uint8_t* at)
{
    for (const Endpoint* end : {&path.local, &path.remote})
    {
        at = std::copy(end->address.octets.begin(), end->address.octets.end(), at);
        *at++ = static_cast<std::uint8_t>(end->port >> 8);
        *at++ = static_cast<std::uint8_t>(end->port);
    }
    return at;
}

} // namespace

std::uint64_t
KeyedHash(const SipHashKey& secret, const FourTuple& path, HashPurpose purpose)
{
    std::array<std::uint8_t, PATH_SIZE + 1> octets{};
    *WritePath(path, octets.data()) = static_cast<std::uint8_t>(purpose);
    return SipHash(secret, octets.data(), octets.size());
}

std::uint64_t
KeyedHash(const SipHashKey& secret,
          const FourTuple& path,
          HashPurpose purpose,
          std::uint64_t number)
{
    std::array<std::uint8_t, PATH_SIZE + 1 + 8> octets{};
    std::uint8_t* at = WritePath(path, octets.data());
    *at++ = static_cast<std::uint8_t>(purpose);
    for (int shift = 56; shift >= 0; shift -= 8)
    {
        *at++ = static_cast<std::uint8_t>(number >> shift);
    }
    return SipHash(secret, octets.data(), octets.size());
}

} // namespace lifecycle
