#include "report.h"

#include "../model/graph/machine-pool.h"

#include <ctime>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <utility>

namespace lifecycle::exploration
{

namespace
{

/** Of all threads [s]. */
double
CpuSeconds()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

} // namespace

std::string
RulesText(const Arguments& arguments)
{
    std::ostringstream out;
    const WorldRules& rules = arguments.rules;
    for (std::size_t host = 0; host < rules.parties.size(); ++host)
    {
        out << static_cast<char>('a' + host) << ":";
        for (const UserCall call : rules.parties[host].script)
        {
            out << " " << ToString(call);
        }
        out << "\n";
    }
    const ConnectionConfig& config = rules.parties.front().stack.connection;
    out << "network: loses " << rules.losses << ", copies " << rules.duplicates
        << ", holds at most " << rules.inFlight << " segments, each for less than "
        << rules.segmentLifetime << " ticks, in any order"
        << (rules.attacks > 0 ? "; an attacker forges " + std::to_string(rules.attacks) : "")
        << (rules.ticks > 0 ? "; time ends after " + std::to_string(rules.ticks) + " ticks" : "")
        << "\n"
        << "hosts: preset " << arguments.preset << " in ticks of " << ToText(TICK) << ": RTO "
        << config.initialRto / TICK << ", MSL " << config.msl / TICK << ", TIME-WAIT "
        << config.TimeWaitLength() / TICK << ", " << config.synRetries << " and "
        << config.dataRetries << " retransmissions; no timestamps, window scaling and SACK";
    for (const std::string& changed : arguments.changed)
    {
        out << "; " << changed;
    }
    out << "\n";
    for (const std::string& check : arguments.without)
    {
        out << "not checked: " << check << "\n";
    }
    return out.str();
}

void
PrintFinding(const Futures& futures, const Finding& found)
{
    std::cout << "broken: " << found.name << " (" << found.requirements << "): " << found.claim
              << "\nthe shortest way there, " << found.events.size() << " events:\n";
    MachinePool pool;
    World world = futures.First();
    Step step;
    for (std::size_t i = 0; i < found.events.size(); ++i)
    {
        if (i == found.roundBegin)
        {
            std::cout << "and from here on again and again:\n";
        }
        std::cout << std::setw(4) << i + 1 << "  t=" << world.now.time_since_epoch() / TICK << "  "
                  << ToString(found.events[i], world, futures.Rules()) << "\n";
        futures.Take(world, found.events[i], step);
        for (std::size_t place = 0; place < step.actions.size(); ++place)
        {
            if (step.IsPerformed(place))
            {
                std::cout << "            " << static_cast<char>('a' + step.host) << " "
                          << ToString(step.actions[place]) << "\n";
            }
        }
        World next = Keep(step, pool);
        world = std::move(next);
    }
}

void
PrintResult(const Result& result, const std::string& why, double seconds)
{
    const Progress& progress = result.progress;
    switch (result.outcome)
    {
    case Outcome::EXHAUSTED:
        std::cout << "no check is broken, and all futures are seen\n";
        break;
    case Outcome::STOPPED:
        std::cout << why << ": no check is broken within the first " << progress.depth
                  << " events\n";
        break;
    case Outcome::BROKEN:
        break;
    }
    const double cpu = CpuSeconds();
    std::cout << std::fixed << std::setprecision(1) << progress.worlds << " worlds, "
              << progress.successors << " successors, depth " << progress.depth << "; "
              << progress.leftOut << " successors left out, with too many segments in flight; "
              << static_cast<double>(progress.memory) / static_cast<double>(progress.worlds)
              << " octets a world\n";
    std::cerr << std::fixed << std::setprecision(1) << seconds << " s, " << cpu
              << " s of CPU time: "
              << static_cast<std::uint64_t>(static_cast<double>(progress.successors) / cpu)
              << " successors/s a core\n"; // differs each time, so it is no part of the report
}

} // namespace lifecycle::exploration
