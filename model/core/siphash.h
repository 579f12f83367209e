#ifndef LIFECYCLE_CORE_SIPHASH_H
#define LIFECYCLE_CORE_SIPHASH_H

#include "value.h"

#include <cstddef>
#include <cstdint>
#include <tuple>

namespace lifecycle
{

/** A secret of 128 bits. */
struct SipHashKey
{
    std::uint64_t k0{0};
    std::uint64_t k1{0};

    auto Fields() const
    {
        return std::tie(k0, k1);
    }
};

/**
 * SipHash-2-4, the keyed function F that RFC 6528 3 asks for.
 *
 * Source: J.-P. Aumasson, D. J. Bernstein, "SipHash: a fast short-input PRF", 2012.
 */
std::uint64_t SipHash(const SipHashKey& key, const std::uint8_t* octets, std::size_t size);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_SIPHASH_H
