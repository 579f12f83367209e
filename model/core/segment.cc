#include "segment.h"

#include <utility>

namespace lifecycle
{

std::string
FlagNames(Flags flags)
{
    constexpr std::pair<Flag, char> NAMES[] = {
        {Flag::SYN, 'S'},
        {Flag::FIN, 'F'},
        {Flag::RST, 'R'},
        {Flag::PSH, 'P'},
        {Flag::ACK, '.'},
        {Flag::URG, 'U'},
    };
    std::string text;
    for (const auto& [flag, name] : NAMES)
    {
        if (flags.Has(flag))
        {
            text += name;
        }
    }
    return text.empty() ? "none" : text;
}

std::string
ToString(const Segment& segment)
{
    std::string text = FlagNames(segment.flags) + " seq " + std::to_string(segment.seq.Value());
    if (segment.Has(Flag::ACK))
    {
        text += " ack " + std::to_string(segment.ack.Value());
    }
    text += " win " + std::to_string(segment.wnd) + " len " + std::to_string(segment.len);
    if (segment.mss)
    {
        text += " <mss " + std::to_string(*segment.mss) + ">";
    }
    return text;
}

} // namespace lifecycle
