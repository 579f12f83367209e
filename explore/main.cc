// Visits every future of two or three hosts and a bad network: see --help.

#include "../model/graph/exploration.h"
#include "../model/graph/machine-pool.h"
#include "arguments.h"
#include "questions.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <string>
#include <unistd.h>
#include <utility>

namespace
{

using namespace lifecycle;
using namespace lifecycle::exploration;

volatile std::sig_atomic_t g_isInterrupted = 0;

double
Seconds()
{
    static const auto BEGIN = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - BEGIN).count();
}

/** Of all threads [s]. */
double
CpuSeconds()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

/** The part of the memory that is in use [octets]. */
std::uint64_t
Memory()
{
    std::ifstream file("/proc/self/statm");
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    file >> all >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/** So much memory may be used if nobody says otherwise: three quarters of what there is. */
std::uint64_t
MostMemory()
{
    return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
           static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) / 4 * 3;
}

/** Shows how far the search has come, and says when the search must end. */
class Watcher
{
  public:
    explicit Watcher(const Arguments& arguments)
        : m_arguments(arguments),
          m_mostMemory(arguments.mostMegabytes != 0 ? arguments.mostMegabytes << 20 : MostMemory())
    {
    }

    bool MayGoOn(const Progress& progress)
    {
        Show(progress);
        if (g_isInterrupted != 0)
        {
            m_why = "interrupted";
        }
        else if (m_arguments.mostWorlds != 0 && progress.worlds >= m_arguments.mostWorlds)
        {
            m_why = "stopped by --worlds";
        }
        else if (m_arguments.mostSeconds > 0 && Seconds() >= m_arguments.mostSeconds)
        {
            m_why = "stopped by --seconds";
        }
        else if (Memory() >= m_mostMemory)
        {
            m_why =
                "stopped, because " + std::to_string(m_mostMemory >> 20) + " megabytes are in use";
        }
        else if (progress.worlds > UINT32_MAX - (1U << 24))
        {
            m_why = "stopped, because no more worlds can be counted";
        }
        return m_why.empty();
    }

    const std::string& Why() const
    {
        return m_why;
    }

    void Clear() const
    {
        if (m_hasShown)
        {
            std::cerr << "\r\033[K" << std::flush;
        }
    }

  private:
    void Show(const Progress& progress)
    {
        constexpr double INTERVAL = 0.5; // [s]
        if (m_arguments.isQuiet || isatty(STDERR_FILENO) == 0 || Seconds() < m_next)
        {
            return;
        }
        m_next = Seconds() + INTERVAL;
        m_hasShown = true;
        std::cerr << "\r\033[K" << progress.worlds << " worlds, depth " << progress.depth
                  << ", frontier " << progress.frontier << ", "
                  << static_cast<std::uint64_t>(static_cast<double>(progress.successors) /
                                                Seconds())
                  << " successors/s" << std::flush;
    }

    const Arguments& m_arguments;
    std::uint64_t m_mostMemory; ///< [octets]
    double m_next{0};
    bool m_hasShown{false};
    std::string m_why;
};

void
PrintRules(const Arguments& arguments)
{
    const WorldRules& rules = arguments.rules;
    for (std::size_t host = 0; host < rules.parties.size(); ++host)
    {
        std::cout << static_cast<char>('a' + host) << ":";
        for (const UserCall call : rules.parties[host].script)
        {
            std::cout << " " << ToString(call);
        }
        std::cout << "\n";
    }
    const ConnectionConfig& config = rules.parties.front().stack.connection;
    std::cout << "network: loses " << rules.losses << ", copies " << rules.duplicates
              << ", holds at most " << rules.inFlight << " segments, each for less than "
              << rules.segmentLifetime << " ticks, in any order\n"
              << "hosts: preset " << arguments.preset << " in ticks of " << ToText(TICK) << ": RTO "
              << config.initialRto / TICK << ", MSL " << config.msl / TICK << ", TIME-WAIT "
              << config.TimeWaitLength() / TICK << ", " << config.synRetries << " and "
              << config.dataRetries << " retransmissions; no timestamps, window scaling and SACK";
    for (const std::string& changed : arguments.changed)
    {
        std::cout << "; " << changed;
    }
    std::cout << "\n";
    for (const std::string& check : arguments.without)
    {
        std::cout << "not checked: " << check << "\n";
    }
}

void
PrintCounterexample(const Futures& futures, const Counterexample& found)
{
    std::cout << "broken: " << found.check->name << " (" << found.check->requirements
              << "): " << found.check->claim << "\nthe shortest way there, " << found.events.size()
              << " events:\n";
    MachinePool pool;
    World world = futures.First();
    Step step;
    for (std::size_t i = 0; i < found.events.size(); ++i)
    {
        std::cout << std::setw(4) << i + 1 << "  t=" << world.now.time_since_epoch() / TICK << "  "
                  << ToString(found.events[i], world, futures.Rules()) << "\n";
        futures.Take(world, found.events[i], step);
        for (const Action& action : step.actions)
        {
            std::cout << "            " << static_cast<char>('a' + step.host) << " "
                      << ToString(action) << "\n";
        }
        World next = Keep(step, pool);
        world = std::move(next);
    }
}

void
PrintResult(const Result& result, const std::string& why)
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
    std::cerr << std::fixed << std::setprecision(1) << Seconds() << " s, " << cpu
              << " s of CPU time: "
              << static_cast<std::uint64_t>(static_cast<double>(progress.successors) / cpu)
              << " successors/s a core\n"; // differs each time, so it is no part of the report
}

} // namespace

int
main(int argc, char** argv)
{
    const Arguments arguments = ReadArguments(argc, argv);
    if (arguments.asksQuestions)
    {
        return AskQuestions(arguments.threads) ? 0 : 1;
    }
    Seconds();
    struct sigaction action = {};
    action.sa_handler = [](int) { g_isInterrupted = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND); // a second Ctrl-C ends at once
    sigaction(SIGINT, &action, nullptr);
    PrintRules(arguments);
    std::cout << std::flush;
    Watcher watcher(arguments);
    Options options;
    options.threads = arguments.threads;
    options.without.assign(arguments.without.begin(), arguments.without.end());
    options.mayGoOn = [&watcher](const Progress& progress) { return watcher.MayGoOn(progress); };
    const Futures futures(arguments.rules);
    const Result result = Explore(futures, options);
    watcher.Clear();
    if (result.counterexample)
    {
        PrintCounterexample(futures, *result.counterexample);
    }
    PrintResult(result, watcher.Why());
    std::cout << std::flush;
    if (!std::cout)
    {
        std::cerr << "lifecycle-explore: the report could not be written.\n";
        return 1;
    }
    return result.outcome == Outcome::EXHAUSTED ? 0 : result.outcome == Outcome::BROKEN ? 1 : 3;
}
