#include "differ.h"

#include "../model/graph/behaviour-diff.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <string>
#include <variant>
#include <vector>

namespace lifecycle::exploration
{

namespace
{

/** Enough for all that a few inputs can show. */
constexpr std::size_t MOST_PAIRS = 2000;

std::string
ToText(const Input& input, const Subject& subject)
{
    switch (input.kind)
    {
    case Input::Kind::CALL:
        return std::string(ToString(input.call));
    case Input::Kind::SEGMENT:
        return "> " + subject.ToText(input.segment, false);
    case Input::Kind::TIMEOUT:
        return "a timer is due";
    }
    return {};
}

/** What a host does, an action a line, and by which rules. */
std::vector<std::string>
ToLines(const Actions& actions, const Subject& subject)
{
    std::vector<std::string> lines;
    std::string rules;
    for (const Action& action : actions)
    {
        if (const auto* send = std::get_if<SendSegment>(&action))
        {
            lines.push_back("< " + subject.ToText(send->segment, true));
        }
        else if (const auto* decided = std::get_if<Decided>(&action))
        {
            rules = ToString(decided->rules);
        }
        else
        {
            lines.push_back(ToString(action));
        }
    }
    if (lines.empty())
    {
        lines.emplace_back("nothing");
    }
    lines.back() += rules.empty() ? "" : "  [" + rules + "]";
    return lines;
}

/** The two ladders side by side: the inputs, and under each what both do. */
void
PrintLadders(const Difference& difference,
             const std::string& nameOfOne,
             const std::string& nameOfOther)
{
    constexpr int WIDTH = 60;
    Subject first(difference.one, difference.reads);
    Subject second(difference.other, difference.reads);
    Instant now{};
    std::cout << "    " << std::left << std::setw(WIDTH) << nameOfOne << " " << nameOfOther << "\n";
    for (const Input& input : difference.inputs)
    {
        now = NextInstant(input, first, second, now);
        std::cout << "  " << ToText(input, first) << "\n";
        const Actions one = first.Take(input, now, true);
        const Actions other = second.Take(input, now, true);
        const auto left = ToLines(one, first);
        auto right = ToLines(other, second);
        if (AreAlike(one, other))
        {
            right.assign(1, "the same");
        }
        for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i)
        {
            std::cout << "    " << std::setw(WIDTH) << (i < left.size() ? left[i] : "") << " "
                      << (i < right.size() ? right[i] : "") << "\n";
        }
    }
}

} // namespace

bool
PrintDifferences(const NamedStack& one, const NamedStack& other)
{
    const BehaviourDiff diff = Differ(one.stack, other.stack, MOST_PAIRS);
    const auto isShown = [](const Difference& difference) { return !difference.inputs.empty(); };
    for (const Difference& difference : diff.differences)
    {
        const StackOption& option = *difference.option;
        const std::string first = lifecycle::ToText(option, difference.one);
        const std::string second = lifecycle::ToText(option, difference.other);
        if (isShown(difference))
        {
            std::cout << option.name << ": " << first << ", " << second << ": shown by "
                      << difference.inputs.size() << " inputs\n";
            PrintLadders(difference, one.name + ", " + first, other.name + ", " + second);
        }
        else
        {
            std::cout << option.name << ": " << first << ", " << second
                      << ": no input was found that shows it\n";
        }
    }
    for (const StackOption* option : diff.notAsked)
    {
        std::cout << option->name << ": " << lifecycle::ToText(*option, one.stack) << ", "
                  << lifecycle::ToText(*option, other.stack)
                  << ": not asked, see doc/exploration.rst\n";
    }
    return std::none_of(diff.differences.begin(), diff.differences.end(), isShown);
}

} // namespace lifecycle::exploration
