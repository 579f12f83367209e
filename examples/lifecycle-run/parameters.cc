#include "parameters.h"

#include "../../model/record/run-recorder.h"
#include "../../model/stack/settings.h"
#include "model-identity.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>
#include <string_view>
#include <type_traits>

namespace lifecycle_run
{

namespace
{

using std::string;
using std::vector;

const std::pair<const char*, std::int64_t> TIME_UNITS[] = {
    {"h", 3600000000000},
    {"min", 60000000000},
    {"s", 1000000000},
    {"ms", 1000000},
    {"us", 1000},
    {"ns", 1},
};

constexpr const char* LONG_PREFIX = "ns3::LifecycleL4Protocol::";

/** `KeepIdle` is `keep-idle`. */
string
ToKebab(const string& camel)
{
    string kebab;
    for (std::size_t i = 0; i < camel.size(); ++i)
    {
        const char c = camel[i];
        const bool upper = c >= 'A' && c <= 'Z';
        if (upper && i > 0)
        {
            kebab += '-';
        }
        kebab += upper ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return kebab;
}

/** The names that what @p field points to can have; none if it is no enumeration. */
template <class Field>
vector<string>
NamesFor(Field* /* field */)
{
    if constexpr (std::is_enum_v<Field>)
    {
        return {lifecycle::NamesOf<Field>::LIST.begin(), lifecycle::NamesOf<Field>::LIST.end()};
    }
    else
    {
        return {};
    }
}

void
AddStackParameters(vector<Parameter>& all, RunConfig& config)
{
    for (const ns3::Parameter& p : ns3::Parameters())
    {
        Parameter mine;
        mine.name = ToKebab(p.name);
        mine.group = "The stack";
        mine.help = p.help;
        mine.attribute = p.name;
        mine.min = static_cast<double>(p.min);
        mine.max = static_cast<double>(p.max);
        mine.target = std::visit([](auto* field) { return Target(field); }, p.field(config.values));
        mine.choices = std::visit([](auto* field) { return NamesFor(field); }, mine.target);
        if (std::holds_alternative<Duration*>(mine.target))
        {
            mine.min /= 1e9;
            mine.max /= 1e9;
        }
        all.push_back(mine);
    }
}

void
AddDirection(vector<Parameter>& all, Direction& direction, const string& suffix)
{
    const string group = "The links";
    const bool isBoth = suffix.empty();
    const string where = isBoth                   ? ", both directions"
                         : suffix == "-to-server" ? ", to the server"
                                                  : ", to a client";
    const auto name = [&](const char* what) { return what + suffix; };
    all.push_back({name("delay"), group, "one-way delay" + where, &direction.delay, 0, 3600});
    all.push_back({name("jitter"),
                   group,
                   "the delay varies uniformly by up to so much" + where,
                   &direction.jitter,
                   0,
                   3600});
    all.push_back(
        {name("loss"), group, "probability that a packet is lost" + where, &direction.loss, 0, 1});
    all.push_back({name("duplicate"),
                   group,
                   "probability that a packet is duplicated" + where,
                   &direction.duplicate,
                   0,
                   1});
    all.push_back({name("reorder"),
                   group,
                   "probability that a packet skips the delay" + where,
                   &direction.reorder,
                   0,
                   1});
}

} // namespace

vector<Parameter>
ParametersOf(RunConfig& c)
{
    vector<Parameter> all;
    const string who = "Who and how many";
    all.push_back(
        {"clients", who, "client hosts, each on a link of its own", &c.clients, 1, 10000});
    all.push_back(
        {"connections", who, "connections in all, if --rate is 0", &c.connections, 1, 1e9});
    all.push_back({"rate",
                   who,
                   "connections opened in a second; 0: all at once",
                   &c.rate,
                   0,
                   1e6,
                   {},
                   "1/s"});
    all.push_back({"arrivals",
                   who,
                   "how openings follow one another at --rate",
                   &c.arrivals,
                   0,
                   0,
                   {"fixed", "poisson"}});
    all.push_back(
        {"duration", who, "how long connections are opened at --rate", &c.duration, 0, 1e9});
    all.push_back({"warm-up",
                   who,
                   "where the summary's means begin, if --rate is above 0; 0: after 2 MSL",
                   &c.warmUp,
                   0,
                   1e9});
    all.push_back({"stop",
                   who,
                   "end of the simulation; 0: when nothing can happen any more",
                   &c.stop,
                   0,
                   1e9});

    const string what = "What a connection does";
    all.push_back(
        {"request-size", what, "octets from the client", &c.requestSize, 0, 1e12, {}, "octets"});
    all.push_back(
        {"response-size", what, "octets from the server", &c.responseSize, 0, 1e12, {}, "octets"});
    all.push_back({"hold", what, "time between the response and the close", &c.hold, 0, 1e9});
    all.push_back({"close-first",
                   what,
                   "who closes first",
                   &c.closeFirst,
                   0,
                   0,
                   {"client", "server", "both", "abort", "nobody"}});
    all.push_back(
        {"half-close", what, "the client closes after its request, then reads", &c.halfClose});

    all.push_back({"keep-alive-host",
                   what,
                   "whose TCP probes with --keep-alive",
                   &c.keepAliveHost,
                   0,
                   0,
                   {"both", "client", "server"}});

    const string wrong = "What goes wrong";
    all.push_back({"listen", wrong, "whether the server listens; if not, it refuses", &c.listen});
    all.push_back({"fault-host",
                   wrong,
                   "the host that crashes or reboots (server, client, client-2)",
                   &c.faultHost});
    all.push_back({"crash-at",
                   wrong,
                   "it loses all state and is silent from then on; 0: never",
                   &c.crashAt,
                   0,
                   1e9});
    all.push_back({"reboot-at",
                   wrong,
                   "it loses all state and answers again from then on; 0: never",
                   &c.rebootAt,
                   0,
                   1e9});
    all.push_back(
        {"outage-at", wrong, "the links lose everything from then on", &c.outageAt, 0, 1e9});
    all.push_back(
        {"outage-duration", wrong, "for so long; 0: no outage", &c.outageDuration, 0, 1e9});

    const string links = "The links";
    all.push_back({"link-rate", links, "of each link, in ns-3's spelling (10Mbps)", &c.linkRate});
    all.push_back(
        {"queue", links, "packets that a sender's queue holds", &c.queue, 1, 1e6, {}, "packets"});
    AddDirection(all, c.both, "");
    AddDirection(all, c.toServer, "-to-server");
    AddDirection(all, c.toClient, "-to-client");
    all.push_back({"rules",
                   links,
                   "rules for single segments: 'server->client: drop 1st FIN; ...'",
                   &c.rules});
    all.push_back({"checksums", links, "compute and verify checksums", &c.checksums});

    all.push_back(
        {"ip-version", links, "internet protocol on the links", &c.ipVersion, 0, 0, {"4", "6"}});

    const string stack = "The stack";
    all.push_back({"stack",
                   stack,
                   "whose TCP: this module's or ns-3's own",
                   &c.stack,
                   0,
                   0,
                   {"lifecycle", "stock"}});
    all.push_back({"preset",
                   stack,
                   "the values that are not set below",
                   &c.preset,
                   0,
                   0,
                   {"rfc9293", "linux", "freebsd"}});
    AddStackParameters(all, c);

    const string record = "The record";
    all.push_back({"output", record, "the run folder", &c.output, 0, 0, {}, "", false});
    all.push_back(
        {"force", record, "replace the run that is in the folder", &c.force, 0, 0, {}, "", false});
    all.push_back({"record",
                   record,
                   "what to write beside manifest and summary: transitions, segments, occupancy, "
                   "connections, pcap, or none",
                   &c.record});
    all.push_back({"occupancy-interval",
                   record,
                   "spacing of the rows in occupancy.csv; 0: at each change",
                   &c.occupancyInterval,
                   0,
                   1e9});
    all.push_back({"seed", record, "RngSeed", &c.seed, 1, 4294967295.0});
    all.push_back({"run", record, "RngRun: the number of the replication", &c.run, 0, 1e15});
    all.push_back({"quiet", record, "no progress line", &c.quiet, 0, 0, {}, "", false});
    return all;
}

string
ToText(Duration duration)
{
    const std::int64_t ns = duration.count();
    for (const auto& [unit, length] : TIME_UNITS)
    {
        if (ns % length == 0 && (ns != 0 || string(unit) == "s"))
        {
            return std::to_string(ns / length) + unit;
        }
    }
    return std::to_string(ns) + "ns";
}

namespace
{

/** The shortest text that reads back. */
string
NumberText(double number)
{
    return number == std::floor(number) && std::abs(number) < 1e15
               ? std::to_string(static_cast<std::int64_t>(number))
               : nlohmann::json(number).dump();
}

/** What is allowed, in words. */
string
Allowed(const Parameter& p)
{
    if (!p.choices.empty())
    {
        string list;
        for (const string& choice : p.choices)
        {
            list += (list.empty() ? "" : ", ") + choice;
        }
        return "allowed are " + list;
    }
    if (std::holds_alternative<bool*>(p.target))
    {
        return "allowed are true and false";
    }
    if (std::holds_alternative<Duration*>(p.target))
    {
        string range;
        if (p.max > p.min)
        {
            const auto text = [](double s) {
                return ToText(Duration(static_cast<std::int64_t>(std::llround(s * 1e9))));
            };
            range = " from " + text(p.min) + " to " + text(p.max);
        }
        return "allowed is a time" + range + " with a unit (ns, us, ms, s, min, h), such as 30s";
    }
    const bool fraction = std::holds_alternative<double*>(p.target);
    string text = fraction ? "allowed is a number" : "allowed is a whole number";
    if (p.max > p.min)
    {
        text += " from " + NumberText(p.min) + " to " + NumberText(p.max);
    }
    return text;
}

[[noreturn]] void
Refuse(const Parameter& p, const string& text)
{
    throw UsageError("--" + p.name + ": '" + text + "' is not allowed; " + Allowed(p) + ".");
}

double
ReadNumber(const Parameter& p, const string& text)
{
    static const std::regex NUMBER("[0-9]+(\\.[0-9]*)?([eE][-+]?[0-9]+)?");
    const double number =
        std::regex_match(text, NUMBER) ? std::strtod(text.c_str(), nullptr) : std::nan("");
    if (!(number >= p.min) || (p.max > p.min && number > p.max))
    {
        Refuse(p, text);
    }
    return number;
}

Duration
ReadDuration(const Parameter& p, const string& text)
{
    static const std::regex TIME("([0-9]+)(\\.([0-9]+))?(ns|us|ms|s|min|h)");
    std::smatch match;
    if (text == "0")
    {
        return p.min <= 0 ? Duration(0) : (Refuse(p, text), Duration(0));
    }
    if (!std::regex_match(text, match, TIME) || match[1].length() > 19 || match[3].length() > 9)
    {
        Refuse(p, text);
    }
    std::int64_t unit = 1;
    for (const auto& [name, length] : TIME_UNITS)
    {
        unit = match[4] == name ? length : unit;
    }
    const double whole = std::stod(match[1]);
    const double seconds =
        (whole + (match[3].length() > 0 ? std::stod("0." + match[3].str()) : 0)) *
        static_cast<double>(unit) / 1e9;
    if (seconds < p.min || (p.max > p.min && seconds > p.max) || seconds > 9e9)
    {
        Refuse(p, text);
    }
    std::int64_t ns = std::stoll(match[1]) * unit;
    if (match[3].length() > 0)
    {
        ns += std::llround(std::stod("0." + match[3].str()) * static_cast<double>(unit));
    }
    return Duration(ns);
}

bool
ReadFlag(const Parameter& p, const string& text)
{
    if (text.empty() || text == "true" || text == "1" || text == "yes" || text == "on")
    {
        return true;
    }
    if (text == "false" || text == "0" || text == "no" || text == "off")
    {
        return false;
    }
    Refuse(p, text);
}

string
ReadText(const Parameter& p, const string& text)
{
    if (!p.choices.empty() &&
        std::find(p.choices.begin(), p.choices.end(), text) == p.choices.end())
    {
        Refuse(p, text);
    }
    return text;
}

template <class Integer>
Integer
ReadInteger(const Parameter& p, const string& text)
{
    const double number = ReadNumber(p, text);
    if (number != std::floor(number) ||
        number > static_cast<double>(std::numeric_limits<Integer>::max()))
    {
        Refuse(p, text);
    }
    return static_cast<Integer>(number);
}

} // namespace

void
SetFromText(const Parameter& p, const string& text)
{
    std::visit(
        [&](auto* target) {
            using T = std::remove_pointer_t<decltype(target)>;
            if constexpr (std::is_same_v<T, Duration>)
            {
                *target = ReadDuration(p, text);
            }
            else if constexpr (std::is_same_v<T, bool>)
            {
                *target = ReadFlag(p, text);
            }
            else if constexpr (std::is_same_v<T, double>)
            {
                *target = ReadNumber(p, text);
            }
            else if constexpr (std::is_same_v<T, string>)
            {
                *target = ReadText(p, text);
            }
            else if constexpr (std::is_enum_v<T>)
            {
                const string name = ReadText(p, text);
                const auto at = std::find(p.choices.begin(), p.choices.end(), name);
                *target = static_cast<T>(at - p.choices.begin());
            }
            else
            {
                *target = ReadInteger<T>(p, text);
            }
        },
        p.target);
}

string
ToText(const Parameter& p)
{
    return std::visit(
        [&](auto* target) -> string {
            using T = std::remove_pointer_t<decltype(target)>;
            if constexpr (std::is_same_v<T, Duration>)
            {
                return target->count() < 0 ? "same" : ToText(*target);
            }
            else if constexpr (std::is_same_v<T, bool>)
            {
                return *target ? "true" : "false";
            }
            else if constexpr (std::is_same_v<T, double>)
            {
                return *target < 0 ? "same" : NumberText(*target);
            }
            else if constexpr (std::is_same_v<T, string>)
            {
                return *target;
            }
            else if constexpr (std::is_enum_v<T>)
            {
                return lifecycle::NamesOf<T>::LIST[static_cast<std::size_t>(*target)];
            }
            else
            {
                return std::to_string(*target);
            }
        },
        p.target);
}

namespace
{

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
    }
    return Request::RUN;
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
           "--serve (runs what\nstandard input asks for; for programs). Each option of the stack "
           "is "
           "also accepted as\n--" +
           LONG_PREFIX + "Msl=30s.\n";
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
        const bool isDuration = std::holds_alternative<Duration*>(p.target);
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
            {{"name", m.name}, {"unit", m.unit}, {"help", m.help}, {"always", m.always}});
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
