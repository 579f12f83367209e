#include "checks.h"

#include "../../model/link/delay-distribution.h"
#include "../../model/record/run-folder.h"
#include "../../model/wire/translation.h"
#include "draws.h"
#include "stock.h"

#include "ns3/data-rate.h"
#include "ns3/lifecycle-injector.h"
#include "ns3/nstime.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

namespace ns3::lifecycle_internal
{

namespace
{

/** Checks what no single option of a direction can tell. @throws UsageError */
template <class Own>
void
CheckDirection(const LifecycleScenario& c, const Own& own, const char* direction)
{
    // A user knows a field as the option that has given its value.
    const auto nameOf = [&](const std::string& field) {
        std::string name = "--" + field;
        lifecycle::ForEachImpairment([&](const auto& row) {
            if (field == row.field)
            {
                name = "--" + (row.option + std::string(row.of(own) ? direction : ""));
            }
        });
        return name;
    };
    const std::string problem =
        ImpairedChannel::FindProblem(ImpairmentsOf(own, c.both), c.checksums, nameOf);
    if (!problem.empty())
    {
        throw UsageError(problem + ".");
    }
}

/** Whether connections are opened in a way that can be. @throws UsageError */
void
CheckArrivals(const LifecycleScenario& c)
{
    if (c.arrivals == "file")
    {
        if (c.arrivalsFile.empty())
        {
            throw UsageError(
                "--arrivals='file' needs --arrivals-file=FILE, a time in seconds a line.");
        }
        if (c.rate > 0 || c.duration.IsStrictlyPositive() || c.connections != 1)
        {
            throw UsageError("--arrivals='file' is not allowed with --rate, --duration or "
                             "--connections; the file says when and how many.");
        }
        return;
    }
    if (!c.arrivalsFile.empty())
    {
        throw UsageError("--arrivals-file: '" + c.arrivalsFile + "' needs --arrivals=file.");
    }
    const bool isMmpp = c.arrivals == "mmpp";
    if (c.burstRate > 0 && !isMmpp)
    {
        throw UsageError("--burst-rate=" + NumberText(c.burstRate) + " needs --arrivals=mmpp.");
    }
    if (isMmpp && c.burstRate == 0)
    {
        throw UsageError(
            "--arrivals='mmpp' needs --burst-rate=N, how many connections are opened in a "
            "second of a burst.");
    }
    const double inACycle =
        c.rate * ToSeconds(c.quietLength) + c.burstRate * ToSeconds(c.burstLength);
    if (isMmpp && inACycle < 1e-6)
    {
        throw UsageError("--arrivals='mmpp' means " + NumberText(inACycle) +
                         " connections in a quiet length and a burst length; allowed is one "
                         "in a million of them or more.");
    }
    if ((c.rate > 0 || isMmpp) && c.duration.IsZero())
    {
        throw UsageError("--rate=" + std::to_string(c.rate) +
                         " needs --duration=TIME, for how long connections are opened.");
    }
    if (c.rate == 0 && c.duration.IsStrictlyPositive() && !isMmpp)
    {
        throw UsageError("--duration=" + ToText(c.duration) +
                         " needs --rate=N, how many connections are opened in a second.");
    }
}

/** Whether what a connection does can be done. @throws UsageError */
void
CheckConversation(const LifecycleScenario& c)
{
    if (c.closeFirst == "both" && c.responseSize.IsZero())
    {
        throw UsageError("--response-size: '0' is not allowed with --close-first=both, which waits "
                         "for the response; allowed is a whole number from 1.");
    }
    if (c.halfClose && c.closeFirst != "client")
    {
        throw UsageError("--half-close: the client closes first, so --close-first='" +
                         c.closeFirst + "' is not allowed with it; allowed is client.");
    }
    const bool isOneRequest = c.requests.IsFixed() && c.requests.fixed == 1;
    if (c.halfClose && (!isOneRequest || c.serverFirst || c.closeFirstProbability < 1))
    {
        throw UsageError("--half-close: the client closes after its one request, so --requests, "
                         "--server-first and --close-first-probability are not allowed with it.");
    }
    const bool isEither = c.closeFirst == "client" || c.closeFirst == "server";
    if (c.closeFirstProbability < 1 && !isEither)
    {
        throw UsageError("--close-first-probability: '" + NumberText(c.closeFirstProbability) +
                         "' is not allowed with --close-first='" + c.closeFirst +
                         "'; allowed is 1, or client or server as the first.");
    }
    if (!c.think.IsZero() && isOneRequest)
    {
        throw UsageError("--think needs --requests=N from 2: it is the time between a response and "
                         "the next request.");
    }
    const bool isSimultaneous = c.open == "simultaneous";
    if ((!c.openDelay.IsZero() || !c.openDelayServer.IsZero()) && !isSimultaneous)
    {
        throw UsageError("--open-delay and --open-delay-server need --open=simultaneous.");
    }
    if (!c.acceptTime.IsZero() && (isSimultaneous || c.stack == "stock"))
    {
        throw UsageError(std::string("--accept-time is not allowed with ") +
                         (isSimultaneous ? "--open=simultaneous, where nobody accepts."
                                         : "--stack=stock, which has no accept queue."));
    }
}

/** Whether what --inject says can be done here; an attacker it names joins @p hosts. @throws UsageError */
void
CheckInjections(const LifecycleScenario& c, std::vector<std::string>& hosts)
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
    if (!needs.endless.empty() && c.stop.IsZero())
    {
        throw UsageError("--inject: '" + needs.endless +
                         "' never ends; say when with 'times', 'for' or --stop=TIME.");
    }
    if (needs.attacker)
    {
        hosts.emplace_back("attacker");
    }
}

/** Whether all random variables can be drawn from. @throws UsageError */
void
CheckDraws(const LifecycleScenario& c)
{
    for (const Option& p : ScenarioOptions())
    {
        const std::string variable = MayBeDrawn(p) ? ToText(p, c) : "";
        const bool isDrawn = variable.rfind("ns3::", 0) == 0;
        const std::string problem = isDrawn ? FindProblemOfDraws(variable) : "";
        if (!problem.empty())
        {
            std::string sentence = "--" + p.name + ": '" + variable;
            sentence += "' is not allowed, as " + problem + "; " + Allowed(p) + ".";
            throw UsageError(sentence);
        }
    }
}

} // namespace

LinkImpairments
ImpairmentsOf(const lifecycle::ImpairmentFields<LifecycleDirectionTypes>& own,
              const LinkImpairments& both)
{
    LinkImpairments impairments;
    lifecycle::ForEachImpairment(
        [&](const auto& row) { row.of(impairments) = row.of(own).value_or(row.of(both)); });
    return impairments;
}

std::vector<std::string>
InputFilesOf(const LifecycleScenario& c)
{
    std::vector<std::string> files;
    if (c.arrivals == "file")
    {
        files.push_back(c.arrivalsFile);
    }
    for (const auto& own : {c.toServer, c.toClient})
    {
        const std::string distribution = own.distribution.value_or(c.both.distribution);
        if (lifecycle::DelayDistribution::IsFile(distribution))
        {
            files.push_back(distribution);
        }
    }
    return files;
}

void
CheckTogether(const LifecycleScenario& c)
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
    CheckArrivals(c);
    CheckConversation(c);
    if (c.closeFirst == "abort" && c.stack == "stock")
    {
        throw UsageError("--close-first: 'abort' is not allowed with --stack=stock, whose sockets "
                         "have no abort; allowed are client, server, both, nobody.");
    }
    const bool crashes = !c.crashAt.IsZero() || !c.rebootAt.IsZero();
    if (crashes && c.stack == "stock")
    {
        throw UsageError("--crash-at and --reboot-at need --stack=lifecycle; ns-3's own TCP cannot "
                         "lose its state.");
    }
    if (c.stop.IsZero() && c.values.Get().connection.keepAlive && c.closeFirst == "nobody")
    {
        throw UsageError("--close-first='nobody' with --keep-alive never ends; say when with "
                         "--stop=TIME.");
    }
    if (c.values.Get().host.ephemeralFirst > c.values.Get().host.ephemeralLast)
    {
        throw UsageError(
            "--ephemeral-last=" + std::to_string(c.values.Get().host.ephemeralLast) +
            " is below --ephemeral-first=" + std::to_string(c.values.Get().host.ephemeralFirst) +
            "; allowed is any port from there to 65535.");
    }
    const auto& connection = c.values.Get().connection;
    const auto checkOrder = [](const char* least, auto low, const char* greatest, auto high) {
        if (low > high)
        {
            throw UsageError(greatest + ("=" + ToText(high)) + " is below " + least + "=" +
                             ToText(low) + "; allowed is any time from there on.");
        }
    };
    if (c.stack != "stock")
    {
        checkOrder("--min-rto", connection.minRto, "--max-rto", connection.maxRto);
        if (connection.persistMax.count() > 0) // else there is no greatest
        {
            checkOrder("--persist-min",
                       connection.persistMin,
                       "--persist-max",
                       connection.persistMax);
        }
    }
    if (c.warmUp.IsStrictlyPositive() && c.warmUp >= c.duration)
    {
        throw UsageError("--warm-up=" + ToText(c.warmUp) +
                         " leaves nothing to take means over; allowed is any time below "
                         "--duration=" +
                         ToText(c.duration) + ".");
    }
    if (c.keepAliveHost != "both" && (!c.values.Get().connection.keepAlive || c.stack == "stock"))
    {
        throw UsageError("--keep-alive-host: '" + c.keepAliveHost +
                         "' is not allowed without --keep-alive; allowed is both.");
    }
    if (c.quietTime.IsStrictlyPositive() && c.rebootAt.IsZero())
    {
        throw UsageError("--quiet-time=" + ToText(c.quietTime) +
                         " needs --reboot-at=TIME, after which it begins.");
    }
    if (!c.outageAt.IsZero() && c.outageDuration.IsZero())
    {
        throw UsageError("--outage-at=" +
                         (c.outageAt.IsFixed() ? ToText(c.outageAt.fixed) : c.outageAt.variable) +
                         " needs --outage-duration=TIME, how long the links are dead.");
    }
    const bool bothAreKnown = crashes && c.crashAt.IsFixed() && c.rebootAt.IsFixed();
    if (bothAreKnown && !c.rebootAt.IsZero() && c.rebootAt.fixed < c.crashAt.fixed)
    {
        throw UsageError("--reboot-at=" + ToText(c.rebootAt.fixed) + " is before --crash-at=" +
                         ToText(c.crashAt.fixed) + "; allowed is any time after it.");
    }
    if (!IsRate(c.linkRate) || DataRate(c.linkRate).GetBitRate() == 0)
    {
        throw UsageError("--link-rate: '" + c.linkRate +
                         "' is not allowed; allowed is a number above 0 with bps, kbps, Mbps or "
                         "Gbps, from 1bps to 1000000Gbps, such as 10Mbps.");
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
    CheckInjections(c, hosts);
    const std::string problem = ImpairedChannel::FindProblemInRules(c.rules, hosts, c.checksums);
    if (!problem.empty())
    {
        throw UsageError("--" + problem);
    }
    CheckDraws(c);
}

void
CheckFolder(const LifecycleScenario& c)
{
    if (c.output.empty())
    {
        throw UsageError("--output is missing; name the run folder with --output=DIR.");
    }
    ForOutput(c, [&c] { lifecycle::RunFolder::CheckUsable(c.output, c.force); });
}

void
ForOutput(const LifecycleScenario& c, const std::function<void()>& call)
{
    try
    {
        call();
    }
    catch (const lifecycle::FolderNotEmpty&)
    {
        throw UsageError("--output: the folder '" + c.output +
                         "' is not empty; name another one, or use --force to replace the run in "
                         "it.");
    }
    catch (const lifecycle::FolderRefused& error)
    {
        throw UsageError(std::string("--output: ") + error.what());
    }
}

} // namespace ns3::lifecycle_internal
