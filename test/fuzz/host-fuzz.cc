// Any octets are a sequence of calls, segments and time steps against one host.

#include "../core/chaos.h"

#include <cstddef>
#include <cstdint>
#include <gtest/gtest.h>

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    // A failed EXPECT ends the program in a way that libFuzzer sees: nobody catches what it throws.
    testing::GTEST_FLAG(throw_on_failure) = true;
    const std::uint8_t* const end = octets + size;
    // An octet decides most draws; the multiplication spreads it over sequence numbers too.
    lifecycle::test::Chaos chaos(1, [&] {
        return octets == end ? 0 : (*octets++ + 1) * 0x01000193U >> 1;
    });
    while (octets != end)
    {
        chaos.Step();
    }
    chaos.AbortAll();
    return 0;
}
