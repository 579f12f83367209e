#include "command-line.h"

#include "../../model/core/departures.h"
#include "../../model/record/run-recorder.h"
#include "checks.h"
#include "model-identity.h"
#include "stock.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace ns3::lifecycle_internal
{

using std::string;
using std::vector;

namespace
{

constexpr const char* LONG_PREFIX = "ns3::LifecycleL4Protocol::";

/** How unlike two names are: 2 for each letter changed, added or dropped, 1 for two swapped. */
std::size_t
Unlikeness(const string& a, const string& b)
{
    vector<vector<std::size_t>> d(a.size() + 1, vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i)
    {
        for (std::size_t j = 0; j <= b.size(); ++j)
        {
            if (i == 0 || j == 0)
            {
                d[i][j] = 2 * (i + j);
                continue;
            }
            const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 2;
            d[i][j] = std::min({d[i - 1][j] + 2, d[i][j - 1] + 2, d[i - 1][j - 1] + change});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            {
                d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
    }
    return d[a.size()][b.size()];
}

const Option*
FindParameter(const vector<Option>& all, const string& name)
{
    const bool isLong = name.rfind(LONG_PREFIX, 0) == 0;
    const string attribute = isLong ? name.substr(string(LONG_PREFIX).size()) : "";
    for (const Option& p : all)
    {
        if (isLong ? !p.attribute.empty() && p.attribute == attribute : p.name == name)
        {
            return &p;
        }
    }
    return nullptr;
}

[[noreturn]] void
RefuseName(const vector<Option>& all, const string& name)
{
    const auto nearest =
        std::min_element(all.begin(), all.end(), [&](const auto& a, const auto& b) {
            return Unlikeness(a.name, name) < Unlikeness(b.name, name);
        });
    throw UsageError("--" + name + " is no option; the nearest is --" + nearest->name +
                     ", and --help lists all.");
}

/** One argument, its name normalised. */
struct Argument
{
    string name;
    string value;
};

Argument
Split(const string& text)
{
    if (text.rfind("--", 0) != 0)
    {
        throw UsageError("'" + text +
                         "' is no option; options look like --msl=30s, and --help "
                         "lists all.");
    }
    const auto equals = text.find('=');
    return {text.substr(2, equals == string::npos ? equals : equals - 2),
            equals == string::npos ? "" : text.substr(equals + 1)};
}

} // namespace

Request
ReadCommandLine(const vector<string>& arguments, Program& program)
{
    const vector<Option>& all = program.options;
    LifecycleScenario& config = program.Scenario();
    vector<std::pair<const Option*, string>> given;
    Request request = Request::RUN;
    for (const string& text : arguments)
    {
        const Argument argument = Split(text);
        if (argument.name == "help")
        {
            return Request::HELP;
        }
        if (argument.name == "version")
        {
            return Request::VERSION;
        }
        if (argument.name == "serve")
        {
            return Request::SERVE;
        }
        if (text == "--print-config")
        {
            request = Request::PRINT_CONFIG;
            continue;
        }
        if (argument.name == "config")
        {
            throw UsageError("--config: files are read by './lab run --config=FILE' alone.");
        }
        if (argument.name == "describe")
        {
            if (argument.value != "json")
            {
                throw UsageError("--describe: '" + argument.value +
                                 "' is not allowed; allowed is json.");
            }
            return Request::DESCRIBE;
        }
        const Option* p = FindParameter(all, argument.name);
        if (p == nullptr)
        {
            RefuseName(all, argument.name);
        }
        const bool hasValue = text.find('=') != string::npos;
        if (!hasValue && !p->Holds<bool>())
        {
            throw UsageError("--" + p->name + " needs a value: --" + p->name + "=...; " +
                             Allowed(*p) + ".");
        }
        given.emplace_back(p, argument.value);
    }
    // The preset comes first, whatever the order of the options.
    for (const auto& [p, text] : given)
    {
        if (p->name == "preset")
        {
            SetFromText(*p, config, text);
            config.SetPreset(config.preset);
        }
    }
    for (const auto& [p, text] : given)
    {
        SetFromText(*p, config, text);
        config.given.insert(p->name);
    }
    return request;
}

string
HelpText(Program& program)
{
    LifecycleScenario& config = program.Scenario();
    string text = program.name + ": " + program.help + "\n\nUsage: " + program.name;
    text += program.scenario != nullptr ? " --output=DIR [--name=value ...]\n"
                                        : " [--name=value ...]\n";
    string group;
    for (const Option& p : program.options)
    {
        if (p.group != group)
        {
            group = p.group;
            text += "\n" + group + ":\n";
        }
        string line = "  --" + p.name;
        line += "=" + ToText(p, config);
        line.resize(std::max<std::size_t>(line.size() + 2, 34), ' ');
        text += line + p.help;
        if (!p.range.choices.empty())
        {
            text += " (" + Allowed(p).substr(12) + ")";
        }
        text += "\n";
    }
    return text +
           "\nOthers: --help, --version, --describe=json (all of the above for programs), "
           "--serve (runs what\nstandard input asks for; for programs), --print-config (prints the "
           "run as a "
           "TOML file that\n'./lab run --config=FILE' reads, as well as a run folder's "
           "manifest.json). Each option of the stack "
           "is "
           "also accepted as\n--" +
           LONG_PREFIX +
           "Msl=30s.\nExit status: 0 done, 1 something cannot be written, 2 wrong usage, 130 "
           "interrupted.\n";
}

string
ConfigText(Program& program)
{
    LifecycleScenario& config = program.Scenario();
    // Options of the program's own may change the scenario before it runs.
    if (program.scenario != nullptr && program.options.size() == ScenarioOptions().size())
    {
        CheckTogether(config);
    }
    if (config.stack == "stock")
    {
        FillStockDefaults(config);
    }
    string text;
    string group;
    for (const Option& p : program.options)
    {
        if (!IsInForce(config, p))
        {
            continue;
        }
        if (p.group != group)
        {
            text += string(group.empty() ? "" : "\n") + "# " + p.group + "\n\n";
            group = p.group;
        }
        const bool isBare = std::visit(
            [](auto* value) {
                using Value = std::decay_t<decltype(*value)>;
                if constexpr (std::is_same_v<Value, DrawnNumber>)
                {
                    return value->IsFixed();
                }
                return std::is_arithmetic_v<Value> ||
                       std::is_same_v<Value, std::optional<double>> ||
                       std::is_same_v<Value, std::optional<std::uint32_t>>;
            },
            p.target(config));
        const bool isSame = ToText(p, config) == SAME;
        // A TOML string is written as one of JSON.
        text += p.name + " = " +
                (isBare && !isSame ? ToText(p, config) : nlohmann::json(ToText(p, config)).dump()) +
                "\n";
    }
    return text;
}

namespace
{

/** Of each preset the values that are not the defaults. */
nlohmann::ordered_json
PresetsJson()
{
    LifecycleScenario defaults;
    nlohmann::ordered_json presets;
    for (const Option& preset : ScenarioOptions())
    {
        for (const string& name : preset.name == "preset" ? preset.range.choices : vector<string>())
        {
            LifecycleScenario scenario;
            scenario.values.SetPreset(name);
            presets[name] = nlohmann::ordered_json::object();
            for (const Option& option : ScenarioOptions())
            {
                if (ToText(option, scenario) != ToText(option, defaults))
                {
                    presets[name][option.name] = ToText(option, scenario);
                }
            }
        }
    }
    return presets;
}

} // namespace

string
DescribeJson(Program& program)
{
    LifecycleScenario& config = program.Scenario();
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Option& p : program.options)
    {
        nlohmann::ordered_json one{{"name", p.name}, {"group", p.group}};
        const bool isDuration = IsTime(p);
        const bool isRate = p.Holds<DataRate>() || p.Holds<std::optional<DataRate>>();
        const bool isText = p.Holds<string>() || p.Holds<std::optional<string>>() || isRate ||
                            !p.range.choices.empty();
        const bool isFlag = p.Holds<bool>();
        one["type"] = isDuration ? "duration"
                      : isFlag   ? "flag"
                      : isText   ? (p.range.choices.empty() ? "text" : "choice")
                      : p.Holds<double>() || p.Holds<std::optional<double>>() ? "number"
                                                                              : "integer";
        one["unit"] = isDuration ? "s" : p.range.unit;
        if (!isText && !isFlag && p.range.max > p.range.min)
        {
            one["range"] = {nlohmann::json::parse(NumberText(p.range.min)),
                            nlohmann::json::parse(NumberText(p.range.max))};
        }
        if (!p.range.choices.empty())
        {
            one["choices"] = p.range.choices;
        }
        if (p.range.leastAboveZero > 0)
        {
            one["least-above-zero"] = p.range.leastAboveZero;
        }
        if (MayBeDrawn(p))
        {
            one["or-random-variable"] = true;
        }
        if (MayBeSame(p))
        {
            one["also"] = {"same"};
        }
        one["default"] = ToText(p, config);
        one["help"] = p.help;
        if (!p.attribute.empty())
        {
            one["attribute"] = LONG_PREFIX + p.attribute;
        }
        one["describes-the-run"] = p.describesTheRun;
        list.push_back(one);
    }
    nlohmann::ordered_json metrics = nlohmann::ordered_json::array();
    for (const lifecycle::MetricDescription& m : lifecycle::MetricDescriptions())
    {
        metrics.push_back(
            {{"name", m.name}, {"unit", m.unit}, {"meaning", m.meaning}, {"always", m.always}});
    }
    nlohmann::ordered_json systems = nlohmann::ordered_json::array();
    for (const lifecycle::SystemOfPreset& s : lifecycle::SystemsOfPresets())
    {
        systems.push_back({{"preset", s.preset}, {"version", s.version}, {"lacks", s.lacks}});
    }
    nlohmann::ordered_json departures = nlohmann::ordered_json::array();
    for (const lifecycle::Departure& d : lifecycle::Departures())
    {
        departures.push_back({{"attribute", d.option},
                              {"rfc9293", d.standard},
                              {"linux", d.onLinux},
                              {"freebsd", d.onFreeBsd},
                              {"source", d.source},
                              {"inputs-show", d.inputsShow}});
    }
    const nlohmann::ordered_json all{
        {"program", program.name},
        {"module-version", LIFECYCLE_VERSION},
        {"ns3-version", LIFECYCLE_NS3_VERSION},
        {"model-identity", MODEL_IDENTITY},
        {"built-with", BUILT_WITH},
        {"presets", PresetsJson()},
        {"parameters", list},
        {"metrics", metrics},
        {"systems", systems},
        {"departures", departures},
    };
    return all.dump(2) + "\n";
}

} // namespace ns3::lifecycle_internal
