#include "rule.h"

namespace lifecycle
{

std::string_view
ToString(Rule rule)
{
    switch (rule)
    {
    case Rule::P00:
        return "P00";
    case Rule::P01:
        return "P01";
    case Rule::P02:
        return "P02";
    case Rule::P03:
        return "P03";
    case Rule::P04:
        return "P04";
    case Rule::P05:
        return "P05";
    case Rule::P07:
        return "P07";
    case Rule::P08:
        return "P08";
    case Rule::P09:
        return "P09";
    case Rule::P10:
        return "P10";
    case Rule::P11:
        return "P11";
    case Rule::P12:
        return "P12";
    case Rule::P14:
        return "P14";
    case Rule::P15:
        return "P15";
    case Rule::P16:
        return "P16";
    case Rule::P20:
        return "P20";
    case Rule::P21:
        return "P21";
    case Rule::P22:
        return "P22";
    case Rule::P23:
        return "P23";
    case Rule::P24:
        return "P24";
    case Rule::P25:
        return "P25";
    case Rule::P30:
        return "P30";
    case Rule::P31:
        return "P31";
    case Rule::P40:
        return "P40";
    case Rule::P41:
        return "P41";
    case Rule::P50:
        return "P50";
    case Rule::P51:
        return "P51";
    case Rule::P52:
        return "P52";
    case Rule::P53:
        return "P53";
    case Rule::P54:
        return "P54";
    case Rule::P55:
        return "P55";
    case Rule::P56:
        return "P56";
    case Rule::P57:
        return "P57";
    case Rule::P58:
        return "P58";
    case Rule::P59:
        return "P59";
    case Rule::P60:
        return "P60";
    case Rule::P61:
        return "P61";
    case Rule::P65:
        return "P65";
    case Rule::P66:
        return "P66";
    case Rule::P70:
        return "P70";
    case Rule::P71:
        return "P71";
    case Rule::P76:
        return "P76";
    case Rule::P77:
        return "P77";
    case Rule::P78:
        return "P78";
    case Rule::P79:
        return "P79";
    case Rule::P80:
        return "P80";
    case Rule::D1:
        return "D1";
    case Rule::D3:
        return "D3";
    case Rule::R05:
        return "R-05";
    case Rule::R37:
        return "R-37";
    case Rule::R39:
        return "R-39";
    case Rule::R41:
        return "R-41";
    case Rule::R51:
        return "R-51";
    case Rule::R66:
        return "R-66";
    case Rule::R89:
        return "R-89";
    case Rule::R91:
        return "R-91";
    case Rule::R92:
        return "R-92";
    case Rule::R93:
        return "R-93";
    case Rule::R96:
        return "R-96";
    }
    return "?";
}

std::string
ToString(const RuleSet& rules)
{
    std::string text;
    for (std::size_t i = 0; i < RULE_COUNT; ++i)
    {
        const auto rule = static_cast<Rule>(i);
        if (rules.Has(rule))
        {
            text += (text.empty() ? "" : " ") + std::string(ToString(rule));
        }
    }
    return text;
}

} // namespace lifecycle
