#include "world-rules.h"

#include <algorithm>
#include <array>

namespace lifecycle::exploration
{

namespace
{

constexpr std::array<std::string_view, 9> CALL_NAMES{"listen",
                                                     "open",
                                                     "send",
                                                     "close",
                                                     "close-fully",
                                                     "abort",
                                                     "crash",
                                                     "reboot",
                                                     "next"};

/** So few octets that a window of congestion never holds one back. */
constexpr std::size_t MOST_OCTETS = 32;

Endpoint
EndpointOf(std::size_t host)
{
    const auto number = static_cast<std::uint32_t>(host);
    const std::uint16_t port = host == 1 ? 80 : static_cast<std::uint16_t>(1024 + number);
    return {Address::FromIpv4(0x0a000001 + number), port};
}

bool
IsWholeTicks(Duration duration)
{
    return duration % TICK == Duration(0);
}

std::optional<std::string>
FindProblem(const StackConfig& stack, bool timeEnds)
{
    const ConnectionConfig& config = stack.connection;
    if (config.timestamps)
    {
        return "Timestamps tell the hosts the time, and worlds are alike whatever the time is: "
               "switch "
               "timestamps off.";
    }
    if (stack.host.isnPolicy == IsnPolicy::RANDOM)
    {
        return "Random initial sequence numbers are different at each instant, so no two worlds "
               "are "
               "alike: use constant, clock or rfc6528.";
    }
    if (stack.host.synCacheBuckets != 0)
    {
        return "The SYN cache depends on keys: switch it off.";
    }
    if (stack.listen.synCookies != SynCookieUse::OFF && !timeEnds)
    {
        return "SYN cookies depend on the time, so that worlds are alike at one time only: switch "
               "them off, or say when time ends.";
    }
    if (stack.host.compactRecords)
    {
        return "Compact records change no behaviour, and worlds have none: switch them off.";
    }
    if (config.minRto != config.maxRto || config.initialRto != config.minRto)
    {
        return "The retransmission timeout must be the same always: initial-rto, min-rto and "
               "max-rto "
               "must be equal.";
    }
    if (config.initialCwnd < 2 || config.mss < 2 * MOST_OCTETS)
    {
        return "The initial window must be at least 2 segments, and a segment at least 64 octets.";
    }
    for (const Duration duration : {config.msl,
                                    config.TimeWaitLength(),
                                    config.initialRto,
                                    config.finWait2Timeout,
                                    config.userTimeout,
                                    config.openTimeout,
                                    config.delayedAck,
                                    config.keepIdle,
                                    config.keepInterval,
                                    config.finAckDelay,
                                    config.challengeAckWindow})
    {
        if (!IsWholeTicks(duration))
        {
            return "Each time must be a whole number of ticks of " + ToText(TICK) + ", not " +
                   ToText(duration) + ".";
        }
    }
    return std::nullopt;
}

} // namespace

std::string_view
ToString(UserCall call)
{
    return CALL_NAMES[static_cast<std::size_t>(call)];
}

std::optional<Script>
ParseScript(std::string_view text)
{
    Script script;
    while (!text.empty())
    {
        const std::size_t end = std::min(text.find(','), text.size());
        const auto* const found =
            std::find(CALL_NAMES.begin(), CALL_NAMES.end(), text.substr(0, end));
        if (found == CALL_NAMES.end())
        {
            return std::nullopt;
        }
        script.push_back(static_cast<UserCall>(found - CALL_NAMES.begin()));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return script;
}

StackConfig
InTicks(const StackConfig& preset)
{
    StackConfig stack = preset;
    stack.host.compactRecords = false; // a record is storage alone
    ConnectionConfig& config = stack.connection;
    config.msl = 2 * TICK;
    config.initialRto = TICK;
    config.minRto = TICK;
    config.maxRto = TICK;
    config.synRetries = 2;
    config.synAckRetries = 2;
    config.dataRetries = 2;
    config.r1 = 0; // nobody is warned
    config.userTimeout = Duration(0);
    config.openTimeout = Duration(0);
    config.finWait2Timeout = 4 * TICK;
    config.delayedAck = Duration(0);
    config.quickAcks = 0;               // no acknowledgment waits
    config.orphanProbesEnd = false;     // their distance never grows
    config.synAgainAfterBadAck = false; // it takes less than a tick
    config.finAckDelay = Duration(0);
    config.keepIdle = 4 * TICK;
    config.keepInterval = TICK;
    config.keepCount = 2;
    config.challengeAckWindow = TICK;
    config.nagle = false; // each octet is a segment of its own
    config.timestamps = false;
    config.windowScaling = false;
    config.sack = false;
    return stack;
}

WorldRules
TwoHosts(const StackConfig& stack, const Script& first, const Script& second)
{
    WorldRules rules;
    rules.parties = {Party{stack, first, 1}, Party{stack, second, 0}};
    return rules;
}

std::optional<std::string>
FindProblem(const WorldRules& rules)
{
    if (rules.parties.size() < 2 || rules.parties.size() > MAX_HOSTS)
    {
        return "A world has two or three hosts.";
    }
    if (rules.inFlight == 0 || rules.inFlight > 16)
    {
        return "There must be place for 1 to 16 segments in flight.";
    }
    if (rules.segmentLifetime == 0 || rules.segmentLifetime > 255)
    {
        return "A segment must live for 1 to 255 ticks.";
    }
    if (rules.ticks > 255)
    {
        return "Time can end after at most 255 ticks.";
    }
    if (rules.losses > 255 || rules.duplicates > 255 || rules.attacks > 255)
    {
        return "The channel can lose and copy, and an attacker forge, at most 255 segments.";
    }
    std::size_t octets = 0;
    for (std::size_t host = 0; host < rules.parties.size(); ++host)
    {
        const Party& party = rules.parties[host];
        if (party.peer >= rules.parties.size() || party.peer == host)
        {
            return "Each user must call another host of the world.";
        }
        if (party.script.size() > 64)
        {
            return "A script has at most 64 calls.";
        }
        octets += std::count(party.script.begin(), party.script.end(), UserCall::SEND);
        if (auto problem = FindProblem(party.stack, rules.ticks > 0))
        {
            return problem;
        }
    }
    return octets <= MOST_OCTETS ? std::nullopt
                                 : std::make_optional("All users together send at most " +
                                                      std::to_string(MOST_OCTETS) + " octets.");
}

FourTuple
PathOf(std::size_t host, std::size_t peer)
{
    return {EndpointOf(host), EndpointOf(peer)};
}

std::size_t
HostAt(const Endpoint& endpoint)
{
    for (std::size_t host = 0; host < MAX_HOSTS; ++host)
    {
        if (endpoint.address == EndpointOf(host).address)
        {
            return host;
        }
    }
    return MAX_HOSTS;
}

} // namespace lifecycle::exploration
