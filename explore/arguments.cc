#include "arguments.h"

#include "../model/core/option-rows.h"
#include "../model/graph/world-checks.h"

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

struct NamedScripts
{
    std::string_view name;
    std::vector<std::string_view>
        scripts; ///< of host a, b and so on; `data` stands for --data SENDs
    std::string_view meaning;
};

const std::vector<NamedScripts>&
ScriptTable()
{
    static const std::vector<NamedScripts> TABLE{
        {"handshake", {"open", "listen"}, "a opens; b listens"},
        {"close", {"open,data,close", "listen,data,close"}, "and both send and close"},
        {"close-fully",
         {"open,data,close-fully", "listen,data,close-fully"},
         "and both give up reading as well"},
        {"abort", {"open,data,abort", "listen,data,close"}, "and a aborts"},
        {"simultaneous", {"open,data,close", "open,data,close"}, "both open and close"},
        {"again",
         {"open,data,close,open,data,close", "listen,data,close,next,data,close"},
         "a second connection of the same two sockets follows"},
        {"reboot",
         {"open,data,close", "listen,crash,reboot,listen"},
         "b loses its memory and listens again"},
    };
    return TABLE;
}

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

void
PrintHelp()
{
    std::cout << "Usage: lifecycle-explore [--OPTION...]\n\n"
                 "Visits every future of two hosts, their users and a bad network, breadth first, "
                 "and checks\n"
                 "each step. Exit status: 0 if all futures are seen and no check is broken, 1 if "
                 "one is, 3 if\n"
                 "the search was stopped before.\n\n"
                 "  --questions       ask the classic questions one after the other, and print one "
                 "table\n"
                 "  --script=NAME     what the users do (close):\n";
    for (const NamedScripts& named : ScriptTable())
    {
        std::cout << "                      " << named.name << ": " << named.meaning << "\n";
    }
    std::cout
        << "  --a=CALL,... --b=CALL,... --c=CALL,...\n"
           "                    instead, what the user of each host does: listen, open, send,\n"
           "                    close, close-fully, abort, crash, reboot, next; c opens to b\n"
           "  --data=N          octets that each user sends before closing (0)\n"
           "  --loss=N          segments that the network may lose (0)\n"
           "  --duplicates=N    copies that the network may make (0)\n"
           "  --in-flight=N     futures with more segments on their way are left out (3)\n"
           "  --lifetime=N      ticks of 3 s after which a segment is gone (2: one MSL)\n"
           "  --preset=NAME     "
        << PresetsInWords()
        << " (rfc9293), with times of a few ticks\n"
           "  --OPTION=VALUE    any option of the stack, as of './lab run'\n"
           "  --without=CHECK   a check that may be broken; again for more\n"
           "  --threads=N       (all cores); the result is the same for any number\n"
           "  --worlds=N --seconds=N --megabytes=N\n"
           "                    when to stop; with three quarters of the memory in use it stops as "
           "well\n"
           "  --quiet           show no progress\n\nChecks:\n";
    for (const Check& check : CHECKS)
    {
        std::cout << "  " << check.name << std::string(19 - check.name.size(), ' ') << check.claim
                  << " (" << check.requirements << ")\n";
    }
    std::exit(0);
}

/** The name and value of each argument. */
std::vector<std::pair<std::string, std::string>>
Split(int argc, char** argv)
{
    static const std::array OWN{"help",
                                "script",
                                "a",
                                "b",
                                "c",
                                "data",
                                "loss",
                                "preset",
                                "in-flight",
                                "without",
                                "duplicates",
                                "threads",
                                "worlds",
                                "questions",
                                "quiet",
                                "seconds",
                                "lifetime",
                                "megabytes"};
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

} // namespace

Arguments
ReadArguments(int argc, char** argv)
{
    Reader reader;
    std::string preset = PresetNames().front();
    const auto given = Split(argc, argv);
    for (const auto& [name, value] : given)
    {
        if (name == "help")
        {
            PrintHelp();
        }
        preset = name == "preset" ? value : preset; // stands below all options of the stack
    }
    const auto isOfQuestions = [](const auto& argument) {
        return argument.first == "questions" || argument.first == "threads";
    };
    const bool asks = std::any_of(given.begin(), given.end(), [](const auto& argument) {
        return argument.first == "questions";
    });
    if (asks && !std::all_of(given.begin(), given.end(), isOfQuestions))
    {
        Misuse("--questions says itself what is searched; beside it there can be only --threads.");
    }
    reader.SetPreset(preset);
    for (const auto& [name, value] : given)
    {
        reader.Set(name, value);
    }
    return reader.Finish();
}

} // namespace lifecycle::exploration
