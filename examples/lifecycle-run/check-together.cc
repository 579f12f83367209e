#include "check-together.h"

#include "stock.h"

#include "ns3/data-rate.h"
#include "ns3/nstime.h"

#include <algorithm>
#include <sstream>
#include <string>
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
    if (c.rate > 0 && c.rate < 1e-6)
    {
        throw UsageError("--rate: so small a rate is not allowed; allowed is 0, or a number from "
                         "0.000001 to 1000000.");
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
    DataRate ignored;
    std::istringstream rate(c.linkRate);
    if (!(rate >> ignored) || ignored.GetBitRate() == 0)
    {
        throw UsageError("--link-rate: '" + c.linkRate +
                         "' is not allowed; allowed is a number with bps, kbps, Mbps or Gbps.");
    }
    std::vector<std::string> hosts{"server"};
    for (std::uint32_t i = 0; i < c.clients; ++i)
    {
        hosts.push_back(c.clients == 1 ? "client" : "client-" + std::to_string(i + 1));
    }
    const bool knownHost = std::find(hosts.begin(), hosts.end(), c.faultHost) != hosts.end();
    if (!knownHost)
    {
        throw UsageError("--fault-host: '" + c.faultHost + "' is not allowed; allowed are " +
                         hosts[0] + ", " + hosts[1] +
                         (c.clients > 1 ? ", ... " + hosts.back() : "") + ".");
    }
    for (const auto* direction : {&c.toServer, &c.toClient})
    {
        const std::string problem = ImpairedChannel::FindProblem(ImpairmentsOf(*direction, c.both));
        if (!problem.empty())
        {
            throw UsageError("The link: " + problem);
        }
    }
    const std::string problem = ImpairedChannel::FindProblemInRules(c.rules, hosts);
    if (!problem.empty())
    {
        throw UsageError("--" + problem);
    }
}

} // namespace lifecycle_run
