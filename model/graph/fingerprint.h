#ifndef LIFECYCLE_GRAPH_FINGERPRINT_H
#define LIFECYCLE_GRAPH_FINGERPRINT_H

#include "../core/value.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <tuple>

namespace lifecycle::exploration
{

/** What stands for an encoding: two encodings that differ have two fingerprints, most likely. */
struct Fingerprint
{
    std::uint64_t high{0};
    std::uint64_t low{0};

    auto Fields() const
    {
        return std::tie(high, low);
    }

    bool operator==(const Fingerprint& other) const
    {
        return Fields() == other.Fields();
    }

    bool operator!=(const Fingerprint& other) const
    {
        return !(*this == other);
    }

    bool operator<(const Fingerprint& other) const
    {
        return Fields() < other.Fields();
    }
};

/** The fingerprint of @p size octets. */
inline Fingerprint
FingerprintOf(const std::uint8_t* octets, std::size_t size)
{
    // Two sums of words, each mixed after each word, that start and go on differently.
    Fingerprint print{size, ~static_cast<std::uint64_t>(size)};
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t))
    {
        std::uint64_t word = 0;
        std::memcpy(&word, octets + at, size - at < sizeof word ? size - at : sizeof word);
        print.high = Combine(print.high, word);
        print.low = Mix((print.low ^ word) * 0xd6e8feb86659fd93);
    }
    return print;
}

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_FINGERPRINT_H
