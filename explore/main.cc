// Visits every future of two or three hosts and a bad network: see --help.

#include "../model/graph/checkpoint.h"
#include "../model/graph/exploration.h"
#include "../model/graph/liveness.h"
#include "arguments.h"
#include "questions.h"
#include "report.h"
#include "steps-file.h"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <string>
#include <unistd.h>

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

/** Prints @p found, and writes its steps if they are wanted. @return Whether that succeeds. */
bool
Show(const Finding& found, const Futures& futures, const Arguments& arguments)
{
    PrintFinding(futures, found);
    if (arguments.steps.empty() || WriteSteps(arguments.steps, futures, arguments.preset, found))
    {
        return true;
    }
    std::cerr << "lifecycle-explore: '" << arguments.steps << "' cannot be written.\n";
    return false;
}

/** Asks what must come true at last. @return As Explore. */
Outcome
SeekBrokenPromise(const Futures& futures, const Arguments& arguments, Watcher& watcher)
{
    const LivenessResult result = FindBrokenPromise(futures, [&watcher](const Progress& progress) {
        return watcher.MayGoOn(progress);
    });
    watcher.Clear();
    if (result.outcome == Outcome::STOPPED)
    {
        std::cout << (watcher.Why().empty()
                          ? "stopped, because edges can be kept of no more than " +
                                std::to_string(MOST_LIVENESS_WORLDS) + " worlds"
                          : watcher.Why())
                  << ": whether promises are kept is not known\n";
    }
    else if (result.broken)
    {
        Show(FindingOf(*result.broken), futures, arguments);
    }
    else
    {
        std::cout << "all promises are kept, in the graph of " << result.worlds << " worlds and "
                  << result.edges << " edges\n";
    }
    return result.outcome;
}

/** Searches, and prints what is found. @return The exit status. */
int
Search(const Arguments& arguments)
{
    Seconds();
    struct sigaction action = {};
    action.sa_handler = [](int) { g_isInterrupted = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND); // a second Ctrl-C ends at once
    sigaction(SIGINT, &action, nullptr);
    const std::string rules = RulesText(arguments);
    std::cout << rules << std::flush;
    Watcher watcher(arguments);
    Options options;
    options.threads = arguments.threads;
    options.without.assign(arguments.without.begin(), arguments.without.end());
    options.mayGoOn = [&watcher](const Progress& progress) { return watcher.MayGoOn(progress); };
    options.rules = rules;
    options.checkpoint = arguments.checkpoint;
    options.continueFrom = arguments.continueFrom;
    const Futures futures(arguments.rules);
    const Result result = Explore(futures, options);
    watcher.Clear();
    bool isShown = true;
    if (result.counterexample)
    {
        isShown = Show(FindingOf(*result.counterexample), futures, arguments);
    }
    PrintResult(result, watcher.Why(), Seconds());
    Outcome outcome = result.outcome;
    if (outcome == Outcome::EXHAUSTED && arguments.liveness)
    {
        outcome = SeekBrokenPromise(futures, arguments, watcher);
    }
    std::cout << std::flush;
    if (!std::cout || !isShown)
    {
        std::cerr << (isShown ? "lifecycle-explore: the report could not be written.\n" : "");
        return 1;
    }
    return outcome == Outcome::EXHAUSTED ? 0 : outcome == Outcome::BROKEN ? 1 : 3;
}

} // namespace

int
main(int argc, char** argv)
{
    const Arguments arguments = ReadArguments(argc, argv);
    try
    {
        if (!arguments.differing.empty())
        {
            return PrintDifferences(arguments.differing[0], arguments.differing[1]) ? 0 : 1;
        }
        if (arguments.asksQuestions)
        {
            return AskQuestions(arguments.threads, arguments.steps) ? 0 : 1;
        }
        return Search(arguments);
    }
    catch (const CheckpointError& error)
    {
        std::cerr << "lifecycle-explore: " << error.what() << "\n";
        return 2;
    }
}
