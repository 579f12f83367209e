#include "parameters.h"

#include "../../model/stack/settings.h"

#include <type_traits>

namespace lifecycle_run
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

void
AddStackParameters(vector<Parameter>& all, RunConfig& config)
{
    for (const ns3::lifecycle_internal::Parameter& p : ns3::lifecycle_internal::Parameters())
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
    const std::size_t first = all.size();
    const auto add =
        [&](const char* name, const char* help, Target target, double min, double max) {
            all.push_back({name + suffix, group, help + where, target, min, max});
        };
    Direction& d = direction;
    add("delay", "one-way delay", &d.delay, 0, 3600);
    add("jitter", "the delay's unit of deviation", &d.jitter, 0, 3600);
    add("delay-correlation", "of the jitter of successive packets", &d.delayCorrelation, 0, 1);
    add("distribution",
        "how the delay deviates: uniform, normal, pareto, paretonormal or a table file",
        &d.distribution,
        0,
        0);
    add("loss", "probability that a packet is lost", &d.loss, 0, 1);
    add("loss-correlation", "of successive losses", &d.lossCorrelation, 0, 1);
    add("loss-state",
        "losses by a chain of four states: p13[,p31[,p32[,p23[,p14]]]]",
        &d.lossState,
        0,
        0);
    add("loss-gemodel",
        "losses by the Gilbert-Elliott model: p[,r[,1-h[,1-k]]]",
        &d.lossGemodel,
        0,
        0);
    add("duplicate", "probability that a packet is duplicated", &d.duplicate, 0, 1);
    add("duplicate-correlation", "of successive duplications", &d.duplicateCorrelation, 0, 1);
    add("corrupt",
        "probability that one bit of a packet is flipped; needs --checksums",
        &d.corrupt,
        0,
        1);
    add("corrupt-correlation", "of successive corruptions", &d.corruptCorrelation, 0, 1);
    add("reorder", "probability that a packet skips delay, jitter and rate", &d.reorder, 0, 1);
    add("reorder-correlation", "of successive decisions to skip", &d.reorderCorrelation, 0, 1);
    add("reorder-gap",
        "one packet less than this at least waits between two that skip",
        &d.reorderGap,
        1,
        1e9);
    add("netem-rate",
        "tc-netem's rate: packets leave one after the other, none overtakes; 0bps: all at once",
        &d.rate,
        0,
        0);
    add("netem-limit",
        "tc-netem's limit: packets that can wait for delay and rate; 0: any number",
        &d.limit,
        0,
        1e9);
    for (std::size_t i = first; i < all.size(); ++i)
    {
        all[i].maySame = !isBoth;
    }
    all.back().unit = "packets";
    all[all.size() - 3].unit = "packets";
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
                   {"fixed", "poisson", "mmpp", "file"}});
    all.push_back({"burst-rate",
                   who,
                   "connections opened in a second of a burst, with --arrivals=mmpp",
                   &c.burstRate,
                   0,
                   1e6,
                   {},
                   "1/s",
                   true,
                   "",
                   1e-6});
    all.push_back({"quiet-length",
                   who,
                   "mean time between bursts, with --arrivals=mmpp; exponential",
                   &c.quietLength,
                   1e-6,
                   1e9});
    all.push_back({"burst-length",
                   who,
                   "mean length of a burst, with --arrivals=mmpp; exponential",
                   &c.burstLength,
                   1e-6,
                   1e9});
    all.push_back({"arrivals-file",
                   who,
                   "with --arrivals=file: when connections are opened, one time in seconds a line",
                   &c.arrivalsFile});
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
    all.push_back({"open",
                   what,
                   "who opens: the client, or both ends from and to ports that both know",
                   &c.open,
                   0,
                   0,
                   {"client", "simultaneous"}});
    all.push_back({"open-delay",
                   what,
                   "with --open=simultaneous: how long the client waits before",
                   &c.openDelay,
                   0,
                   1e9});
    all.push_back({"open-delay-server",
                   what,
                   "with --open=simultaneous: how long the server waits before",
                   &c.openDelayServer,
                   0,
                   1e9});
    all.push_back({"requests", what, "requests in a connection", &c.requests, 1, 1e6});
    all.push_back(
        {"request-size", what, "octets from the client", &c.requestSize, 0, 1e12, {}, "octets"});
    all.push_back(
        {"response-size", what, "octets from the server", &c.responseSize, 0, 1e12, {}, "octets"});
    all.push_back(
        {"think", what, "time between a response and the next request", &c.think, 0, 1e9});
    all.push_back({"server-first",
                   what,
                   "the server speaks first: each response comes before its request",
                   &c.serverFirst});
    all.push_back({"hold",
                   what,
                   "time between the last response and the close; of each end with "
                   "--close-first=both",
                   &c.hold,
                   0,
                   1e9});
    all.push_back({"close-first",
                   what,
                   "who closes first",
                   &c.closeFirst,
                   0,
                   0,
                   {"client", "server", "both", "abort", "nobody"}});
    all.push_back({"close-first-probability",
                   what,
                   "that it is so; else it is the other one of client and server",
                   &c.closeFirstProbability,
                   0,
                   1});
    all.push_back({"close-delay",
                   what,
                   "time between the other end's close and one's own",
                   &c.closeDelay,
                   0,
                   1e9});
    all.push_back(
        {"half-close", what, "the client closes after its request, then reads", &c.halfClose});
    all.push_back({"accept-time",
                   what,
                   "how long the server is busy with each accept, while others wait in the accept "
                   "queue; 0: it accepts at once",
                   &c.acceptTime,
                   0,
                   1e9});
    all.push_back({"read-delay",
                   what,
                   "how long the server leaves unread what arrives, from accepting on",
                   &c.readDelay,
                   0,
                   1e9});

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
                   "the host that crashes, reboots or exits (server, client, client-2)",
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
        {"quiet-time",
         wrong,
         "after a reboot it opens nothing and does not listen for so long (RFC 9293 3.4.3)",
         &c.quietTime,
         0,
         1e9});
    all.push_back({"exit-at",
                   wrong,
                   "its process exits: all sockets are closed, read or not; 0: never",
                   &c.exitAt,
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
                   {"rfc9293", "linux", "freebsd", "textbook"}});
    AddStackParameters(all, c);

    const string record = "The record";
    all.push_back({"output", record, "the run folder", &c.output, 0, 0, {}, "", false});
    all.push_back(
        {"force", record, "replace the run that is in the folder", &c.force, 0, 0, {}, "", false});
    all.push_back({"record",
                   record,
                   "what to write beside manifest and summary: transitions, segments, timers, "
                   "occupancy, connections, rules (those that decided about each segment), pcap, "
                   "or none",
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
    all.push_back({"seed", record, "RngSeed", &c.seed, 1, 4294944442.0});
    all.push_back({"run", record, "RngRun: the number of the replication", &c.run, 0, 1e15});
    all.push_back({"quiet", record, "no progress line", &c.quiet, 0, 0, {}, "", false});
    return all;
}

} // namespace lifecycle_run
