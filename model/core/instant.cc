#include "instant.h"

#include <cstdint>
#include <utility>

namespace lifecycle
{

std::string
ToText(Duration duration)
{
    constexpr std::pair<const char*, std::int64_t> UNITS[] = {
        {"h", 3600000000000},
        {"min", 60000000000},
        {"s", 1000000000},
        {"ms", 1000000},
        {"us", 1000},
    };
    const std::int64_t ns = duration.count();
    if (ns == 0)
    {
        return "0s";
    }
    for (const auto& [unit, length] : UNITS)
    {
        if (ns % length == 0)
        {
            return std::to_string(ns / length) + unit;
        }
    }
    return std::to_string(ns) + "ns";
}

} // namespace lifecycle
