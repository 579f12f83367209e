#include "command-line.h"

#include "../../model/record/run-recorder.h"
#include "model-identity.h"
#include "stock.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace lifecycle_run
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

const Parameter*
FindParameter(const vector<Parameter>& all, const string& name)
{
    const bool isLong = name.rfind(LONG_PREFIX, 0) == 0;
    const string attribute = isLong ? name.substr(string(LONG_PREFIX).size()) : "";
    for (const Parameter& p : all)
    {
        if (isLong ? !p.attribute.empty() && p.attribute == attribute : p.name == name)
        {
            return &p;
        }
    }
    return nullptr;
}

[[noreturn]] void
RefuseName(const vector<Parameter>& all, const string& name)
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
ReadCommandLine(const vector<string>& arguments, RunConfig& config)
{
    const vector<Parameter> all = ParametersOf(config);
    vector<std::pair<const Parameter*, string>> given;
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
        const Parameter* p = FindParameter(all, argument.name);
        if (p == nullptr)
        {
            RefuseName(all, argument.name);
        }
        const bool hasValue = text.find('=') != string::npos;
        if (!hasValue && !std::holds_alternative<bool*>(p->target))
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
            SetFromText(*p, text);
            config.values = *lifecycle::FindPreset(config.preset);
        }
    }
    for (const auto& [p, text] : given)
    {
        SetFromText(*p, text);
        config.given.insert(p->name);
    }
    return request;
}

string
HelpText()
{
    RunConfig config;
    string text =
        "lifecycle-run: client hosts open connections to one server; what happens to them "
        "is written\ninto a run folder (doc/run-folder.rst).\n\n"
        "Usage: lifecycle-run --output=DIR [--name=value ...]\n";
    string group;
    for (const Parameter& p : ParametersOf(config))
    {
        if (p.group != group)
        {
            group = p.group;
            text += "\n" + group + ":\n";
        }
        string line = "  --" + p.name;
        line += "=" + ToText(p);
        line.resize(std::max<std::size_t>(line.size() + 2, 34), ' ');
        text += line + p.help;
        if (!p.choices.empty())
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
ConfigText(RunConfig config)
{
    if (config.stack == "stock")
    {
        FillStockDefaults(config);
    }
    string text;
    string group;
    for (const Parameter& p : ParametersOf(config))
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
        const bool isBare =
            std::visit(
                [](auto* value) { return std::is_arithmetic_v<std::decay_t<decltype(*value)>>; },
                p.target) ||
            (std::holds_alternative<DrawnNumber*>(p.target) &&
             std::get<DrawnNumber*>(p.target)->IsFixed());
        const bool isSame = p.maySame && ToText(p) == "same";
        // A TOML string is written as one of JSON.
        text += p.name + " = " +
                (isBare && !isSame ? ToText(p) : nlohmann::json(ToText(p)).dump()) + "\n";
    }
    return text;
}

namespace
{

/** Of each preset the values that are not the defaults. */
nlohmann::ordered_json
PresetsJson()
{
    RunConfig defaults;
    const vector<Parameter> byDefault = ParametersOf(defaults);
    nlohmann::ordered_json presets;
    for (const Parameter& preset : byDefault)
    {
        for (const string& name : preset.name == "preset" ? preset.choices : vector<string>())
        {
            RunConfig config;
            config.values = *lifecycle::FindPreset(name);
            const vector<Parameter> here = ParametersOf(config);
            presets[name] = nlohmann::ordered_json::object();
            for (std::size_t i = 0; i < here.size(); ++i)
            {
                if (ToText(here[i]) != ToText(byDefault[i]))
                {
                    presets[name][here[i].name] = ToText(here[i]);
                }
            }
        }
    }
    return presets;
}

} // namespace

string
DescribeJson()
{
    RunConfig config;
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Parameter& p : ParametersOf(config))
    {
        nlohmann::ordered_json one{{"name", p.name}, {"group", p.group}};
        const bool isDuration = IsTime(p);
        const bool isText = std::holds_alternative<string*>(p.target) || !p.choices.empty();
        const bool isFlag = std::holds_alternative<bool*>(p.target);
        one["type"] = isDuration ? "duration"
                      : isFlag   ? "flag"
                      : isText   ? (p.choices.empty() ? "text" : "choice")
                      : std::holds_alternative<double*>(p.target) ? "number"
                                                                  : "integer";
        one["unit"] = isDuration ? "s" : p.unit;
        if (!isText && !isFlag && p.max > p.min)
        {
            one["range"] = {nlohmann::json::parse(NumberText(p.min)),
                            nlohmann::json::parse(NumberText(p.max))};
        }
        if (!p.choices.empty())
        {
            one["choices"] = p.choices;
        }
        if (p.leastAboveZero > 0)
        {
            one["least-above-zero"] = p.leastAboveZero;
        }
        if (MayBeDrawn(p))
        {
            one["or-random-variable"] = true;
        }
        if (p.maySame)
        {
            one["also"] = {"same"};
        }
        one["default"] = ToText(p);
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
    const nlohmann::ordered_json all{
        {"program", "lifecycle-run"},
        {"module-version", LIFECYCLE_VERSION},
        {"ns3-version", LIFECYCLE_NS3_VERSION},
        {"model-identity", MODEL_IDENTITY},
        {"built-with", BUILT_WITH},
        {"presets", PresetsJson()},
        {"parameters", list},
        {"metrics", metrics},
    };
    return all.dump(2) + "\n";
}

} // namespace lifecycle_run
