// Any octets through the codec: what it reads, it writes so that it reads the same again.

#include "../wire/valid-segments.h"
#include "find.h"

#include <cstddef>
#include <cstdint>

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    lifecycle::test::Expect(ns3::ReadsTheSameAgain(octets, size), "a header reads the same again");
    return 0;
}
