#include "arguments.h"

#include "../model/core/option-rows.h"
#include "../model/graph/world-checks.h"
#include "help.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <getopt.h>
#include <iostream>
#include <map>
#include <optional>
#include <thread>

namespace lifecycle::exploration
{

namespace
{

[[noreturn]] void
Misuse(const std::string& sentence)
{
    std::cerr << "lifecycle-explore: " << sentence << "\n";
    std::exit(2);
}

/** `timeWaitFactor` or `TimeWaitFactor` as `time-wait-factor`. */
std::string
InKebabCase(std::string_view camelCase)
{
    std::string kebab;
    for (std::size_t i = 0; i < camelCase.size(); ++i)
    {
        const char letter = camelCase[i];
        const bool isUpper = std::isupper(static_cast<unsigned char>(letter)) != 0;
        kebab += i > 0 && isUpper ? "-" : "";
        kebab += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    return kebab;
}

template <class Number>
std::optional<Number>
ParseNumber(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::make_optional(number)
                                                                    : std::nullopt;
}

std::uint64_t
ReadCount(const std::string& name, const std::string& text, std::uint64_t least, std::uint64_t most)
{
    const auto number = ParseNumber<std::uint64_t>(text);
    if (!number || *number < least || most < *number)
    {
        Misuse("--" + name + " needs a whole number from " + std::to_string(least) + " to " +
               std::to_string(most) + ", not '" + text + "'.");
    }
    return *number;
}

/** Sets the field to what @p text spells. @return Whether @p text is allowed. */
template <class Field>
bool
SetField(Field& field, const StackOption& option, const std::string& text)
{
    if constexpr (std::is_same_v<Field, bool>)
    {
        field = text == "true" || text.empty();
        return field || text == "false";
    }
    else if constexpr (std::is_enum_v<Field>)
    {
        const auto& names = NamesOf<Field>::LIST;
        const auto found = std::find(names.begin(), names.end(), text);
        field = static_cast<Field>(found == names.end() ? 0 : found - names.begin());
        return found != names.end();
    }
    else if constexpr (std::is_same_v<Field, Duration>)
    {
        const auto time = ParseTime(text, Duration(option.max));
        field = time.value_or(field);
        return time && time->count() >= option.min;
    }
    else
    {
        const auto number = ParseNumber<Field>(text);
        field = number.value_or(field);
        return number && static_cast<double>(*number) >= static_cast<double>(option.min) &&
               static_cast<double>(*number) <= static_cast<double>(option.max);
    }
}

void
SetOption(const StackOption& option, const std::string& text, StackConfig& stack)
{
    const bool isRight = std::visit([&](auto* field) { return SetField(*field, option, text); },
                                    option.field(stack));
    if (!isRight)
    {
        Misuse("--" + InKebabCase(option.name) + " cannot be '" + text + "'. " + option.help + ".");
    }
}

/** The name and value of each argument. */
std::vector<std::pair<std::string, std::string>>
Split(int argc, char** argv)
{
    static const std::array OWN{"help",       "script",     "a",        "b",         "c",
                                "data",       "loss",       "preset",   "in-flight", "without",
                                "duplicates", "attacks",    "ticks",    "threads",   "worlds",
                                "questions",  "quiet",      "seconds",  "lifetime",  "megabytes",
                                "liveness",   "checkpoint", "continue", "steps"};
    std::vector<std::string> names(OWN.begin(), OWN.end());
    for (const StackOption& option : StackOptions())
    {
        names.push_back(InKebabCase(option.name));
    }
    std::vector<option> options;
    options.reserve(names.size() + 1);
    for (const std::string& name : names)
    {
        options.push_back({name.c_str(), optional_argument, nullptr, 0});
    }
    options.push_back({nullptr, 0, nullptr, 0});
    opterr = 0;
    std::vector<std::pair<std::string, std::string>> arguments;
    for (int place = 0, found = 0;
         (found = getopt_long(argc, argv, "", options.data(), &place)) != -1;)
    {
        if (found != 0)
        {
            Misuse("there is no option '" + std::string(argv[optind - 1]) +
                   "'; '--help' lists all.");
        }
        arguments.emplace_back(names[static_cast<std::size_t>(place)],
                               optarg == nullptr ? "" : optarg);
    }
    if (optind < argc)
    {
        Misuse("'" + std::string(argv[optind]) + "' is no option; '--help' lists all.");
    }
    return arguments;
}

/** The script that @p text spells, in which `data` stands for @p octets SENDs. */
Script
ReadScript(std::string_view text, std::uint64_t octets)
{
    std::string spelled;
    while (!text.empty())
    {
        const std::size_t end = std::min(text.find(','), text.size());
        const std::string word(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        for (std::uint64_t i = word == "data" ? octets : 1; i > 0; --i)
        {
            spelled += (spelled.empty() ? "" : ",") + (word == "data" ? "send" : word);
        }
    }
    const auto script = ParseScript(spelled);
    if (!script)
    {
        Misuse(
            "a script is made of listen, open, send, close, close-fully, abort, crash, reboot and "
            "next, not '" +
            spelled + "'.");
    }
    return *script;
}

/** Reads the arguments one by one, those of the network and the search by a table of names. */
class Reader
{
  public:
    Reader()
    {
        m_arguments.threads = std::max(1U, std::thread::hardware_concurrency());
        m_arguments.rules.inFlight = 3;
    }

    void SetPreset(const std::string& name)
    {
        const auto preset = FindPreset(name);
        if (!preset)
        {
            Misuse("--preset must be " + PresetsInWords() + ", not '" + name + "'.");
        }
        m_arguments.preset = name;
        m_stack = InTicks(*preset);
    }

    void Set(const std::string& name, const std::string& value);
    Arguments Finish();

  private:
    bool SetOfSearch(const std::string& name, const std::string& value);
    void SetOfStack(const std::string& name, const std::string& value);

    Arguments m_arguments;
    StackConfig m_stack;
    std::string m_script{"close"};
    std::map<std::string, std::string> m_scripts; ///< by host, instead
    std::uint64_t m_octets{0};
};

void
Reader::Set(const std::string& name, const std::string& value)
{
    WorldRules& rules = m_arguments.rules;
    const std::map<std::string, std::uint32_t*> counts{{"loss", &rules.losses},
                                                       {"duplicates", &rules.duplicates},
                                                       {"attacks", &rules.attacks},
                                                       {"ticks", &rules.ticks},
                                                       {"in-flight", &rules.inFlight},
                                                       {"lifetime", &rules.segmentLifetime}};
    if (const auto count = counts.find(name); count != counts.end())
    {
        *count->second = static_cast<std::uint32_t>(ReadCount(name, value, 0, 255));
    }
    else if (name == "a" || name == "b" || name == "c")
    {
        m_scripts[name] = value;
    }
    else if (name == "script")
    {
        m_script = value;
    }
    else if (name == "data")
    {
        m_octets = ReadCount(name, value, 0, 8);
    }
    else if (!SetOfSearch(name, value))
    {
        SetOfStack(name, value);
    }
}

bool
Reader::SetOfSearch(const std::string& name, const std::string& value)
{
    const auto isNamed = [&value](const Check& check) { return check.name == value; };
    if (name == "without")
    {
        if (std::none_of(CHECKS.begin(), CHECKS.end(), isNamed))
        {
            Misuse("there is no check '" + value + "'; '--help' lists all.");
        }
        m_arguments.without.push_back(value);
    }
    else if (name == "threads")
    {
        m_arguments.threads = ReadCount(name, value, 1, 1024);
    }
    else if (name == "worlds")
    {
        m_arguments.mostWorlds = ReadCount(name, value, 1, UINT32_MAX - 1);
    }
    else if (name == "seconds")
    {
        m_arguments.mostSeconds = static_cast<double>(ReadCount(name, value, 1, 10000000));
    }
    else if (name == "megabytes")
    {
        m_arguments.mostMegabytes = ReadCount(name, value, 1, 100000000);
    }
    else if (name == "steps" || name == "checkpoint" || name == "continue")
    {
        if (value.empty())
        {
            Misuse("--" + name + " needs the name of a file.");
        }
        (name == "steps"        ? m_arguments.steps
         : name == "checkpoint" ? m_arguments.checkpoint
                                : m_arguments.continueFrom) = value;
    }
    else if (name == "liveness")
    {
        m_arguments.liveness = true;
    }
    else if (name == "questions")
    {
        m_arguments.asksQuestions = true;
    }
    else if (name == "quiet")
    {
        m_arguments.isQuiet = true;
    }
    else
    {
        return name == "preset"; // which was set before
    }
    return true;
}

void
Reader::SetOfStack(const std::string& name, const std::string& value)
{
    for (const StackOption& option : StackOptions())
    {
        if (InKebabCase(option.name) == name)
        {
            SetOption(option, value, m_stack);
            m_arguments.changed.push_back(name + "=" + ToText(option, m_stack));
        }
    }
}

Arguments
Reader::Finish()
{
    const auto& table = ScriptTable();
    const auto named = std::find_if(table.begin(), table.end(), [this](const NamedScripts& row) {
        return row.name == m_script;
    });
    if (named == table.end())
    {
        Misuse("there is no script '" + m_script + "'; '--help' lists all.");
    }
    std::vector<std::string> scripts(named->scripts.begin(), named->scripts.end());
    if (!m_scripts.empty())
    {
        scripts = {m_scripts["a"], m_scripts["b"]};
        if (const auto third = m_scripts.find("c"); third != m_scripts.end())
        {
            scripts.push_back(third->second);
        }
    }
    auto& parties = m_arguments.rules.parties;
    for (const std::string& script : scripts)
    {
        const std::size_t peer = parties.size() == 1 ? 0 : 1;
        parties.push_back({m_stack, ReadScript(script, m_octets), peer});
    }
    if (const auto problem = FindProblem(m_arguments.rules))
    {
        Misuse(*problem);
    }
    return m_arguments;
}

/** `linux`, or `rfc9293+rfc1337=false+nagle=false`. */
NamedStack
ReadStack(const std::string& text)
{
    std::size_t end = std::min(text.find('+'), text.size());
    const auto preset = FindPreset(text.substr(0, end));
    if (!preset)
    {
        Misuse("--differ needs " + PresetsInWords() +
               ", each with options behind it or without, as in rfc9293+rfc1337=false, not '" +
               text + "'.");
    }
    NamedStack named{text, *preset};
    while (end < text.size())
    {
        const std::size_t begin = end + 1;
        end = std::min(text.find('+', begin), text.size());
        const std::string part = text.substr(begin, end - begin);
        const std::size_t equals = std::min(part.find('='), part.size());
        const auto& all = StackOptions();
        const auto option = std::find_if(all.begin(), all.end(), [&](const StackOption& candidate) {
            return InKebabCase(candidate.name) == part.substr(0, equals);
        });
        if (option == all.end())
        {
            Misuse("there is no option '" + part.substr(0, equals) +
                   "' of the stack; './lab run --help' lists all.");
        }
        SetOption(*option, part.substr(std::min(equals + 1, part.size())), named.stack);
    }
    return named;
}

} // namespace

Arguments
ReadArguments(int argc, char** argv)
{
    if (argc > 1 && argv[1] == std::string_view("--differ"))
    {
        if (argc != 4)
        {
            Misuse("--differ needs two stacks and nothing else, as in --differ rfc9293 linux.");
        }
        Arguments arguments;
        arguments.differing = {ReadStack(argv[2]), ReadStack(argv[3])};
        return arguments;
    }
    Reader reader;
    std::string preset = PresetNames().front();
    const auto given = Split(argc, argv);
    for (const auto& [name, value] : given)
    {
        if (name == "help")
        {
            PrintHelp();
            std::exit(0);
        }
        preset = name == "preset" ? value : preset; // stands below all options of the stack
    }
    const auto isOfQuestions = [](const auto& argument) {
        return argument.first == "questions" || argument.first == "threads" ||
               argument.first == "steps";
    };
    const bool asks = std::any_of(given.begin(), given.end(), [](const auto& argument) {
        return argument.first == "questions";
    });
    if (asks && !std::all_of(given.begin(), given.end(), isOfQuestions))
    {
        Misuse(
            "--questions says itself what is searched; beside it there can be only --threads and "
            "--steps.");
    }
    reader.SetPreset(preset);
    for (const auto& [name, value] : given)
    {
        reader.Set(name, value);
    }
    return reader.Finish();
}

} // namespace lifecycle::exploration
