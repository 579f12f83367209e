// Any octets through the codec: what it reads, it writes so that it reads the same again.

#include "../stack/valid-segments.h"

#include <cstdlib>

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size)
{
    if (!ns3::ReadsTheSameAgain(octets, size))
    {
        std::abort();
    }
    return 0;
}
