#include "options.h"

#include <type_traits>
#include <utility>

namespace ns3::lifecycle_internal
{

using std::string;
using std::vector;

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

namespace
{

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

/** A row of the stack's table as an option. */
Option
StackOption(const lifecycle::StackOption& row)
{
    Option option;
    option.name = ToKebab(row.name);
    option.group = "The stack";
    option.help = row.help;
    option.attribute = row.name;
    option.target = [field = row.field](LifecycleScenario& in) {
        return std::visit([](auto* at) { return Target(at); }, field(in.values.Get()));
    };
    LifecycleScenario any;
    option.range.choices =
        std::visit([](auto* at) { return NamesFor(at); }, row.field(any.values.Get()));
    const double unit = option.Holds<Duration>() ? 1e9 : 1;
    option.range.min = static_cast<double>(row.min) / unit;
    option.range.max = static_cast<double>(row.max) / unit;
    return option;
}

/** One impairment of both directions, or of the one that @p direction names, as an option. */
template <class Row, class Fields>
Option
LinkOption(const Row& row, const string& direction, Fields LifecycleScenario::*fields)
{
    const bool isBoth = direction.empty();
    Option option;
    option.name = row.option + direction;
    option.group = "The links";
    option.help = row.help + string(isBoth                      ? ", both directions"
                                    : direction == "-to-server" ? ", to the server"
                                                                : ", to a client");
    option.target = [of = row.of, fields](LifecycleScenario& in) {
        return Target(&of(in.*fields));
    };
    option.range = {row.min, row.max, {}, row.unit};
    return option;
}

/** The target of a field of the scenario itself. */
template <class Field>
auto
At(Field LifecycleScenario::*field)
{
    return [field](LifecycleScenario& in) { return Target(&(in.*field)); };
}

OptionRange
From(double min, double max, const char* unit = "", double leastAboveZero = 0)
{
    return {min, max, {}, unit, leastAboveZero};
}

OptionRange
OneOf(vector<string> choices)
{
    return {0, 0, std::move(choices), "", 0};
}

vector<Option>
MakeScenarioOptions()
{
    using Scenario = LifecycleScenario;
    vector<Option> all;
    const string who = "Who and how many";
    all.push_back({"clients",
                   who,
                   "client hosts, each on a link of its own",
                   At(&Scenario::clients),
                   From(1, 10000)});
    all.push_back({"connections",
                   who,
                   "connections in all, if --rate is 0",
                   At(&Scenario::connections),
                   From(0, 1e9)});
    all.push_back({"rate",
                   who,
                   "connections opened in a second; 0: all at once",
                   At(&Scenario::rate),
                   From(0, 1e6, "1/s", 1e-6)});
    all.push_back({"arrivals",
                   who,
                   "how openings follow one another at --rate",
                   At(&Scenario::arrivals),
                   OneOf({"fixed", "poisson", "mmpp", "file"})});
    all.push_back({"burst-rate",
                   who,
                   "connections opened in a second of a burst, with --arrivals=mmpp",
                   At(&Scenario::burstRate),
                   From(0, 1e6, "1/s", 1e-6)});
    all.push_back({"quiet-length",
                   who,
                   "mean time between bursts, with --arrivals=mmpp; exponential",
                   At(&Scenario::quietLength),
                   From(1e-6, 1e9)});
    all.push_back({"burst-length",
                   who,
                   "mean length of a burst, with --arrivals=mmpp; exponential",
                   At(&Scenario::burstLength),
                   From(1e-6, 1e9)});
    all.push_back({"arrivals-file",
                   who,
                   "with --arrivals=file: when connections are opened, one time in seconds a line",
                   At(&Scenario::arrivalsFile)});
    all.push_back({"duration",
                   who,
                   "how long connections are opened at --rate",
                   At(&Scenario::duration),
                   From(0, 1e9)});
    all.push_back({"warm-up",
                   who,
                   "where the summary's means begin, if --rate is above 0; 0: after 2 MSL",
                   At(&Scenario::warmUp),
                   From(0, 1e9)});
    all.push_back({"stop",
                   who,
                   "end of the simulation; 0: when nothing can happen any more",
                   At(&Scenario::stop),
                   From(0, 1e9)});

    const string what = "What a connection does";
    all.push_back({"open",
                   what,
                   "who opens: the client, or both ends from and to ports that both know",
                   At(&Scenario::open),
                   OneOf({"client", "simultaneous"})});
    all.push_back({"open-delay",
                   what,
                   "with --open=simultaneous: how long the client waits before",
                   At(&Scenario::openDelay),
                   From(0, 1e9)});
    all.push_back({"open-delay-server",
                   what,
                   "with --open=simultaneous: how long the server waits before",
                   At(&Scenario::openDelayServer),
                   From(0, 1e9)});
    all.push_back(
        {"requests", what, "requests in a connection", At(&Scenario::requests), From(1, 1e6)});
    all.push_back({"request-size",
                   what,
                   "octets from the client",
                   At(&Scenario::requestSize),
                   From(0, 1e12, "octets")});
    all.push_back({"response-size",
                   what,
                   "octets from the server",
                   At(&Scenario::responseSize),
                   From(0, 1e12, "octets")});
    all.push_back({"think",
                   what,
                   "time between a response and the next request",
                   At(&Scenario::think),
                   From(0, 1e9)});
    all.push_back({"server-first",
                   what,
                   "the server speaks first: each response comes before its request",
                   At(&Scenario::serverFirst)});
    all.push_back({"hold",
                   what,
                   "time between the last response and the close; of each end with "
                   "--close-first=both",
                   At(&Scenario::hold),
                   From(0, 1e9)});
    all.push_back({"close-first",
                   what,
                   "who closes first",
                   At(&Scenario::closeFirst),
                   OneOf({"client", "server", "both", "abort", "nobody"})});
    all.push_back({"close-first-probability",
                   what,
                   "that it is so; else it is the other one of client and server",
                   At(&Scenario::closeFirstProbability),
                   From(0, 1)});
    all.push_back({"close-delay",
                   what,
                   "time between the other end's close and one's own",
                   At(&Scenario::closeDelay),
                   From(0, 1e9)});
    all.push_back({"half-close",
                   what,
                   "the client closes after its request, then reads",
                   At(&Scenario::halfClose)});
    all.push_back({"accept-time",
                   what,
                   "how long the server is busy with each accept, while others wait in the accept "
                   "queue; 0: it accepts at once",
                   At(&Scenario::acceptTime),
                   From(0, 1e9)});
    all.push_back({"read-delay",
                   what,
                   "how long the server leaves unread what arrives, from accepting on",
                   At(&Scenario::readDelay),
                   From(0, 1e9)});

    all.push_back({"keep-alive-host",
                   what,
                   "whose TCP probes with --keep-alive",
                   At(&Scenario::keepAliveHost),
                   OneOf({"both", "client", "server"})});

    const string wrong = "What goes wrong";
    all.push_back(
        {"listen", wrong, "whether the server listens; if not, it refuses", At(&Scenario::listen)});
    all.push_back({"fault-host",
                   wrong,
                   "the host that crashes, reboots or exits (server, client, client-2)",
                   At(&Scenario::faultHost)});
    all.push_back({"crash-at",
                   wrong,
                   "it loses all state and is silent from then on; 0: never",
                   At(&Scenario::crashAt),
                   From(0, 1e9)});
    all.push_back({"reboot-at",
                   wrong,
                   "it loses all state and answers again from then on; 0: never",
                   At(&Scenario::rebootAt),
                   From(0, 1e9)});
    all.push_back(
        {"quiet-time",
         wrong,
         "after a reboot it opens nothing and does not listen for so long (RFC 9293 3.4.3)",
         At(&Scenario::quietTime),
         From(0, 1e9)});
    all.push_back({"exit-at",
                   wrong,
                   "its process exits: all sockets are closed, read or not; 0: never",
                   At(&Scenario::exitAt),
                   From(0, 1e9)});
    all.push_back({"outage-at",
                   wrong,
                   "the links lose everything from then on",
                   At(&Scenario::outageAt),
                   From(0, 1e9)});
    all.push_back({"outage-duration",
                   wrong,
                   "for so long; 0: no outage",
                   At(&Scenario::outageDuration),
                   From(0, 1e9)});
    all.push_back({"inject",
                   wrong,
                   "crafted segments: 'attacker->server: SYN from 198.51.100.0/24 poisson 1000/s "
                   "for 60s; ...'",
                   At(&Scenario::inject)});

    const string links = "The links";
    all.push_back(
        {"link-rate", links, "of each link, in bps, kbps, Mbps or Gbps", At(&Scenario::linkRate)});
    all.push_back({"queue",
                   links,
                   "packets that a sender's queue holds",
                   At(&Scenario::queue),
                   From(1, 1e6, "packets")});
    const auto addDirection = [&all](const char* direction, auto fields) {
        lifecycle::ForEachImpairment(
            [&](const auto& row) { all.push_back(LinkOption(row, direction, fields)); });
    };
    addDirection("", &Scenario::both);
    addDirection("-to-server", &Scenario::toServer);
    addDirection("-to-client", &Scenario::toClient);
    all.push_back({"rules",
                   links,
                   "rules for single segments: 'server->client: drop 1st FIN; ...'",
                   At(&Scenario::rules)});
    all.push_back({"checksums", links, "compute and verify checksums", At(&Scenario::checksums)});

    all.push_back({"ip-version",
                   links,
                   "internet protocol on the links",
                   At(&Scenario::ipVersion),
                   OneOf({"4", "6"})});

    const string stack = "The stack";
    all.push_back({"stack",
                   stack,
                   "whose TCP: this module's or ns-3's own",
                   At(&Scenario::stack),
                   OneOf({"lifecycle", "stock"})});
    all.push_back({"preset",
                   stack,
                   "the values that are not set below",
                   At(&Scenario::preset),
                   OneOf(lifecycle::PresetNames())});
    for (const lifecycle::StackOption& row : lifecycle::StackOptions())
    {
        all.push_back(StackOption(row));
    }

    const string record = "The record";
    all.push_back({"output", record, "the run folder", At(&Scenario::output), {}, false});
    all.push_back({"force",
                   record,
                   "replace the run that is in the folder",
                   At(&Scenario::force),
                   {},
                   false});
    all.push_back({"record",
                   record,
                   "what to write beside manifest and summary: transitions, segments, timers, "
                   "occupancy, connections, rules (those that decided about each segment), pcap, "
                   "or none",
                   At(&Scenario::record)});
    all.push_back({"occupancy-interval",
                   record,
                   "spacing of the rows in occupancy.csv; 0: at each change",
                   At(&Scenario::occupancyInterval),
                   From(0, 1e9, "", 1e-3)});
    all.push_back({"seed", record, "RngSeed", At(&Scenario::seed), From(1, 4294944442.0)});
    all.push_back({"run",
                   record,
                   "RngRun: the number of the replication",
                   At(&Scenario::run),
                   From(0, 1e15)});
    all.push_back({"quiet", record, "no progress line", At(&Scenario::quiet), {}, false});
    return all;
}

} // namespace

const vector<Option>&
ScenarioOptions()
{
    static const vector<Option> OPTIONS = MakeScenarioOptions();
    return OPTIONS;
}

} // namespace ns3::lifecycle_internal
