#include "siphash.h"

namespace lifecycle
{

namespace
{

std::uint64_t
RotateLeft(std::uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

struct SipState
{
    std::uint64_t v0;
    std::uint64_t v1;
    std::uint64_t v2;
    std::uint64_t v3;

    void Rounds(int count)
    {
        for (int i = 0; i < count; ++i)
        {
            v0 += v1;
            v2 += v3;
            v1 = RotateLeft(v1, 13) ^ v0;
            v3 = RotateLeft(v3, 16) ^ v2;
            v0 = RotateLeft(v0, 32);
            v2 += v1;
            v0 += v3;
            v1 = RotateLeft(v1, 17) ^ v2;
            v3 = RotateLeft(v3, 21) ^ v0;
            v2 = RotateLeft(v2, 32);
        }
    }

    void Absorb(std::uint64_t word)
    {
        v3 ^= word;
        Rounds(2);
        v0 ^= word;
    }
};

/** Up to eight octets as a little-endian number. */
std::uint64_t
Word(const std::uint8_t* octets, std::size_t size)
{
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < size; ++i)
    {
        word |= static_cast<std::uint64_t>(octets[i]) << (8 * i);
    }
    return word;
}

} // namespace

std::uint64_t
SipHash(const SipHashKey& key, const std::uint8_t* octets, std::size_t size)
{
    SipState state{key.k0 ^ 0x736f6d6570736575,
                   key.k1 ^ 0x646f72616e646f6d,
                   key.k0 ^ 0x6c7967656e657261,
                   key.k1 ^ 0x7465646279746573};
    const std::size_t whole = size / 8 * 8;
    for (std::size_t i = 0; i < whole; i += 8)
    {
        state.Absorb(Word(octets + i, 8));
    }
    state.Absorb(Word(octets + whole, size - whole) | static_cast<std::uint64_t>(size) << 56);
    state.v2 ^= 0xff;
    state.Rounds(4);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

} // namespace lifecycle
