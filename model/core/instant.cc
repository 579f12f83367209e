#include "instant.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>

namespace lifecycle
{

namespace
{

constexpr std::pair<std::string_view, Duration> UNITS[] = {
    {"h", std::chrono::hours(1)},
    {"min", std::chrono::minutes(1)},
    {"s", std::chrono::seconds(1)},
    {"ms", std::chrono::milliseconds(1)},
    {"us", std::chrono::microseconds(1)},
    {"ns", std::chrono::nanoseconds(1)},
};

/** Removes the digits at the front of @p text and returns them. */
std::string_view
TakeDigits(std::string_view& text)
{
    const std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
    text.remove_prefix(digits.size());
    return digits;
}

} // namespace

std::string
ToText(Duration duration, Duration longestUnit)
{
    if (duration == Duration::zero())
    {
        return "0s";
    }
    for (const auto& [name, length] : UNITS)
    {
        if (length <= longestUnit && duration % length == Duration::zero())
        {
            return std::to_string(duration / length).append(name);
        }
    }
    return "";
}

std::optional<Duration>
ParseTime(std::string_view text, Duration longest)
{
    const std::string_view digits = TakeDigits(text);
    std::string_view fraction;
    if (!text.empty() && text[0] == '.')
    {
        text.remove_prefix(1);
        fraction = TakeDigits(text);
        if (fraction.empty())
        {
            return std::nullopt;
        }
    }
    const auto* const unit = std::find_if(std::begin(UNITS),
                                          std::end(UNITS),
                                          [text](const auto& u) { return u.first == text; });
    std::int64_t whole = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), whole);
    if (unit == std::end(UNITS) || read.ec != std::errc() || whole > longest / unit->second)
    {
        return std::nullopt;
    }
    Duration time = whole * unit->second;
    Duration place = unit->second;
    for (const char digit : fraction)
    {
        place /= 10;
        time += place * (digit - '0');
    }
    return time <= longest ? std::optional(time) : std::nullopt;
}

} // namespace lifecycle
