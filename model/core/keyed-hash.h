#ifndef LIFECYCLE_CORE_KEYED_HASH_H
#define LIFECYCLE_CORE_KEYED_HASH_H

#include "endpoint.h"
#include "siphash.h"

#include <cstdint>

namespace lifecycle
{

/** What a keyed hash is for, so that one use of the secret tells nothing about another. */
enum class HashPurpose : std::uint8_t
{
    ISN = 1,        ///< RFC 6528; with a number, IsnPolicy::RANDOM
    PORT = 2,       ///< RFC 6056
    SYN_BUCKET = 3, ///< RFC 4987 3.5
    SYN_DROP = 4,
    SYN_COOKIE = 5, ///< RFC 4987 3.6
    TIMESTAMP = 6,  ///< RFC 7323 5.4
};

/** The hash of 4-tuple and purpose under the host's secret: function F of RFC 6528 and RFC 6056. */
std::uint64_t KeyedHash(const SipHashKey& secret, const FourTuple& path, HashPurpose purpose);

/** Like the other KeyedHash, but the hash covers a varying @p number as well. */
std::uint64_t KeyedHash(const SipHashKey& secret,
                        const FourTuple& path,
                        HashPurpose purpose,
                        std::uint64_t number);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_KEYED_HASH_H
