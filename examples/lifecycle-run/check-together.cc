#include "check-together.h"

#include "../../model/record/run-folder.h"
#include "stock.h"

#include "ns3/data-rate.h"
#include "ns3/lifecycle-injector.h"
#include "ns3/nstime.h"

#include <algorithm>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace lifecycle_run
{

using namespace ns3;

namespace
{

Time
ToTime(Duration duration)
{
    return NanoSeconds(duration.count());
}

/** The value for one direction: its own, or that of both. */
template <class T>
T
Either(T own, T both)
{
    return own < T{} ? both : own;
}

/** Checks the one thing that no single option of a direction can tell. @throws UsageError */
void
CheckDirection(const RunConfig& c, const Direction& own, const std::string& suffix)
{
    const LinkImpairments impairments = ImpairmentsOf(own, c.both);
    if (impairments.reorderProbability > 0 && impairments.delay.IsZero())
    {
        throw UsageError("--reorder" + (own.reorder < 0 ? "" : suffix) + ": '" +
                         NumberText(impairments.reorderProbability) +
                         "' is not allowed with --delay" + (own.delay < Duration(0) ? "" : suffix) +
                         "=0s, because reordered packets skip the delay; allowed is 0.");
    }
}

/** Whether what --inject says can be done here; an attacker it names joins @p hosts. @throws UsageError */
void
CheckInjections(const RunConfig& c, std::vector<std::string>& hosts)
{
    std::vector<std::pair<std::string, std::string>> links{{"attacker", "server"}};
    for (const std::string& host : hosts)
    {
        if (host != "server")
        {
            links.emplace_back(host, "server");
            links.emplace_back("server", host);
        }
    }
    const std::string problem = LifecycleInjector::FindProblem(c.inject, links);
    if (!problem.empty())
    {
        throw UsageError("--" + problem);
    }
    const auto needs = LifecycleInjector::FindNeeds(c.inject);
    if (needs.numbers && c.stack == "stock")
    {
        throw UsageError(
            "--inject: 'while' needs --stack=lifecycle; what ns-3's own TCP does cannot "
            "be seen from outside.");
    }
    if (!needs.endless.empty() && c.stop.count() == 0)
    {
        throw UsageError("--inject: '" + needs.endless +
                         "' never ends; say when with 'times', 'for' or --stop=TIME.");
    }
    if (needs.attacker)
    {
        hosts.emplace_back("attacker");
    }
}

/** Whether the run folder can be used. @throws UsageError */
void
CheckFolder(const RunConfig& c)
{
    try
    {
        lifecycle::RunFolder::CheckUsable(c.output, c.force);
    }
    catch (const lifecycle::FolderNotEmpty&)
    {
        throw UsageError("--output: the folder '" + c.output +
                         "' is not empty; name another one, or use --force to replace the run in "
                         "it.");
    }
    catch (const lifecycle::RunFolderError& error)
    {
        throw UsageError(std::string("--output: ") + error.what());
    }
}

} // namespace

LinkImpairments
ImpairmentsOf(const Direction& own, const Direction& both)
{
    LinkImpairments impairments;
    impairments.delay = ToTime(Either(own.delay, both.delay));
    impairments.jitter = ToTime(Either(own.jitter, both.jitter));
    impairments.lossProbability = Either(own.loss, both.loss);
    impairments.duplicateProbability = Either(own.duplicate, both.duplicate);
    impairments.reorderProbability = Either(own.reorder, both.reorder);
    return impairments;
}

void
CheckTogether(const RunConfig& c)
{
    if (c.stack == "stock")
    {
        CheckStock(c);
    }
    if (c.stack == "stock" && c.ipVersion == "6")
    {
        throw UsageError("--ip-version: '6' is not allowed with --stack=stock, whose segments are "
                         "seen over IPv4 only; allowed is 4.");
    }
    if (c.output.empty())
    {
        throw UsageError("--output is missing; name the run folder with --output=DIR.");
    }
    if (c.rate > 0 && c.duration.count() == 0)
    {
        throw UsageError("--rate=" + std::to_string(c.rate) +
                         " needs --duration=TIME, for how long connections are opened.");
    }
    if (c.rate == 0 && c.duration.count() > 0)
    {
        throw UsageError("--duration=" + ToText(c.duration) +
                         " needs --rate=N, how many connections are opened in a second.");
    }
    if (c.closeFirst == "abort" && c.stack == "stock")
    {
        throw UsageError("--close-first: 'abort' is not allowed with --stack=stock, whose sockets "
                         "have no abort; allowed are client, server, both, nobody.");
    }
    if (c.closeFirst == "both" && c.responseSize == 0)
    {
        throw UsageError("--response-size: '0' is not allowed with --close-first=both, which waits "
                         "for the response; allowed is a whole number from 1.");
    }
    if (c.halfClose && c.closeFirst != "client")
    {
        throw UsageError("--half-close: the client closes first, so --close-first='" +
                         c.closeFirst + "' is not allowed with it; allowed is client.");
    }
    const bool crashes = c.crashAt.count() > 0 || c.rebootAt.count() > 0;
    if (crashes && c.stack == "stock")
    {
        throw UsageError("--crash-at and --reboot-at need --stack=lifecycle; ns-3's own TCP cannot "
                         "lose its state.");
    }
    if (c.stop.count() == 0 && c.values.connection.keepAlive && c.closeFirst == "nobody")
    {
        throw UsageError("--close-first='nobody' with --keep-alive never ends; say when with "
                         "--stop=TIME.");
    }
    if (c.values.host.ephemeralFirst > c.values.host.ephemeralLast)
    {
        throw UsageError(
            "--ephemeral-last=" + std::to_string(c.values.host.ephemeralLast) +
            " is below --ephemeral-first=" + std::to_string(c.values.host.ephemeralFirst) +
            "; allowed is any port from there to 65535.");
    }
    if (c.warmUp.count() > 0 && c.warmUp >= c.duration)
    {
        throw UsageError("--warm-up=" + ToText(c.warmUp) +
                         " leaves nothing to take means over; allowed is any time below "
                         "--duration=" +
                         ToText(c.duration) + ".");
    }
    if (c.keepAliveHost != "both" && (!c.values.connection.keepAlive || c.stack == "stock"))
    {
        throw UsageError("--keep-alive-host: '" + c.keepAliveHost +
                         "' is not allowed without --keep-alive; allowed is both.");
    }
    if (c.outageAt.count() > 0 && c.outageDuration.count() == 0)
    {
        throw UsageError("--outage-at=" + ToText(c.outageAt) +
                         " needs --outage-duration=TIME, how long the links are dead.");
    }
    if (c.crashAt.count() > 0 && c.rebootAt.count() > 0 && c.rebootAt < c.crashAt)
    {
        throw UsageError("--reboot-at=" + ToText(c.rebootAt) + " is before --crash-at=" +
                         ToText(c.crashAt) + "; allowed is any time after it.");
    }
    // ns-3 takes a number without a unit for bits per second, which is hardly ever meant.
    static const std::regex RATE("[0-9]+(\\.[0-9]+)?[kMG]?bps");
    if (!std::regex_match(c.linkRate, RATE) || DataRate(c.linkRate).GetBitRate() == 0)
    {
        throw UsageError("--link-rate: '" + c.linkRate +
                         "' is not allowed; allowed is a number above 0 with bps, kbps, Mbps or "
                         "Gbps, such as 10Mbps.");
    }
    std::vector<std::string> hosts{"server"};
    for (std::uint32_t i = 0; i < c.clients; ++i)
    {
        hosts.push_back("client-" + std::to_string(i + 1));
    }
    // One client needs no number, but may have it.
    const bool isOnlyClient = c.clients == 1 && c.faultHost == "client";
    if (!isOnlyClient && std::find(hosts.begin(), hosts.end(), c.faultHost) == hosts.end())
    {
        throw UsageError("--fault-host: '" + c.faultHost +
                         "' is not allowed; allowed are server, " +
                         (c.clients == 1 ? "client" : "client-1, ... " + hosts.back()) + ".");
    }
    CheckDirection(c, c.toServer, "-to-server");
    CheckDirection(c, c.toClient, "-to-client");
    CheckFolder(c);
    CheckInjections(c, hosts);
    const std::string problem = ImpairedChannel::FindProblemInRules(c.rules, hosts);
    if (!problem.empty())
    {
        throw UsageError("--" + problem);
    }
}

} // namespace lifecycle_run
