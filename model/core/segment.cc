#include "segment.h"

#include <utility>

namespace lifecycle
{

std::optional<Segment>
ResetFor(const Segment& segment)
{
    if (segment.Has(Flag::RST))
    {
        return std::nullopt;
    }
    Segment reset;
    if (segment.Has(Flag::ACK))
    {
        reset.seq = segment.ack;
        reset.flags = Flag::RST;
    }
    else
    {
        reset.ack = segment.End();
        reset.flags = Flag::RST | Flag::ACK;
    }
    return reset;
}

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
        {Flag::ECE, 'E'},
        {Flag::CWR, 'W'},
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
OptionsText(const Segment& segment)
{
    std::string text;
    const auto add = [&text](const std::string& option) {
        text += (text.empty() ? "" : ",") + option;
    };
    if (segment.mss)
    {
        add("mss " + std::to_string(*segment.mss));
    }
    if (segment.sackPermitted)
    {
        add("sackOK");
    }
    if (segment.timestamps)
    {
        add("TS val " + std::to_string(segment.timestamps->val) + " ecr " +
            std::to_string(segment.timestamps->ecr));
    }
    if (segment.windowScale)
    {
        add("wscale " + std::to_string(*segment.windowScale));
    }
    if (segment.sack.Count() > 0)
    {
        std::string blocks = "sack " + std::to_string(segment.sack.Count()) + " ";
        for (const SeqRange& block : segment.sack)
        {
            blocks += '{' + std::to_string(block.begin.Value()) + ':' +
                      std::to_string(block.end.Value()) + '}';
        }
        add(blocks);
    }
    return text;
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
    const std::string options = OptionsText(segment);
    return options.empty() ? text : text + " <" + options + ">";
}

} // namespace lifecycle
