#include "meter.h"

#include <cstdlib>
#include <ctime>
#include <iostream>
#include <malloc.h>
#include <sys/resource.h>

namespace bench
{

double
CpuSeconds()
{
    timespec used;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
}

std::size_t
HeapOctets()
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

std::size_t
PeakMemory()
{
    rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

bool
IsPointOfCurve(std::uint64_t count)
{
    while (count >= 10 && count % 10 == 0)
    {
        count /= 10;
    }
    return count == 1 || count == 2 || count == 5;
}

void
PrintAndEnd(const nlohmann::ordered_json& result)
{
    std::cout << result.dump() << std::endl;
    std::_Exit(std::cout ? 0 : 1);
}

} // namespace bench
