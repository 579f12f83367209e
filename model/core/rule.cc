#include "rule.h"

namespace lifecycle
{

std::string
ToString(Rule rule)
{
    const auto value = static_cast<unsigned>(rule);
    const std::string number = std::to_string(value % 100);
    switch (value / 100)
    {
    case 0:
        return (number.size() < 2 ? "P0" : "P") + number;
    case 1:
        return "D" + number;
    default:
        return (number.size() < 2 ? "R-0" : "R-") + number;
    }
}

} // namespace lifecycle
