// The table of the worlds that were seen.

#include "../../model/graph/fingerprint-set.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <vector>

namespace lifecycle::test
{
namespace
{

using exploration::Fingerprint;
using exploration::FingerprintSet;

Fingerprint
Random(std::uint64_t number)
{
    return {Mix(number), Mix(number + 0x9e3779b97f4a7c15)};
}

TEST(FingerprintSet, TakesEachOnceAndForgetsNone)
{
    FingerprintSet set;
    constexpr std::uint64_t COUNT = 100000;
    for (std::uint64_t i = 1; i <= COUNT; ++i)
    {
        EXPECT_FALSE(set.Has(Random(i)));
        EXPECT_TRUE(set.Add(Random(i)));
        EXPECT_FALSE(set.Add(Random(i / 2 + 1)));
    }
    for (std::uint64_t i = 1; i <= COUNT; ++i)
    {
        EXPECT_TRUE(set.Has(Random(i)));
        EXPECT_FALSE(set.Has(Random(i + COUNT)));
    }
    EXPECT_EQ(set.Size(), COUNT);
}

/** With 6 octets for the way to a world, 24 in all. */
TEST(FingerprintSet, TakesAtMost18OctetsEach)
{
    FingerprintSet set;
    for (std::uint64_t i = 1; i <= 300000; ++i)
    {
        set.Add(Random(i));
        if (i > 100000 && i % 1000 == 0)
        {
            EXPECT_LE(set.Memory(), 18 * i) << i;
        }
    }
}

TEST(FingerprintSet, TakesThoseThatCrowdInOnePlace)
{
    for (const std::uint64_t high : {std::uint64_t{0}, ~std::uint64_t{0}})
    {
        FingerprintSet set;
        for (std::uint64_t i = 0; i < 2000; ++i)
        {
            EXPECT_TRUE(set.Add({high, i << 38}));
        }
        for (std::uint64_t i = 0; i < 2000; ++i)
        {
            EXPECT_FALSE(set.Add({high, i << 38}));
        }
        EXPECT_EQ(set.Size(), 2000U);
    }
}

} // namespace
} // namespace lifecycle::test
