#include "parameters.h"

#include "../../model/stack/settings.h"

#include <algorithm>
#include <type_traits>

namespace lifecycle_run
{

namespace
{

using std::string;
using std::vector;

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
    std::for_each(all.end() - 5, all.end(), [&](Parameter& p) { p.maySame = !isBoth; });
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
        {"connections", who, "connections in all, if --rate is 0", &c.connections, 0, 1e9});
    all.push_back({"rate",
                   who,
                   "connections opened in a second; 0: all at once",
                   &c.rate,
                   0,
                   1e6,
                   {},
                   "1/s",
                   true,
                   "",
                   1e-6});
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
    all.push_back({"inject",
                   wrong,
                   "crafted segments: 'attacker->server: SYN from 198.51.100.0/24 poisson 1000/s "
                   "for 60s; ...'",
                   &c.inject});

    const string links = "The links";
    all.push_back({"link-rate", links, "of each link, in bps, kbps, Mbps or Gbps", &c.linkRate});
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
                   1e9,
                   {},
                   "",
                   true,
                   "",
                   1e-3});
    all.push_back({"seed", record, "RngSeed", &c.seed, 1, 4294967295.0});
    all.push_back({"run", record, "RngRun: the number of the replication", &c.run, 0, 1e15});
    all.push_back({"quiet", record, "no progress line", &c.quiet, 0, 0, {}, "", false});
    return all;
}

} // namespace lifecycle_run
