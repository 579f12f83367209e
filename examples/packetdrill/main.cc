// Plays scripts in the packetdrill language against the TCP of this library; doc/packetdrill.rst.

#include "ns3/lifecycle-packetdrill-helper.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <iomanip>
#include <iostream>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

constexpr int PASSED = 0;
constexpr int FAILED = 1;
constexpr int WRONG_USAGE = 2;
constexpr int SKIPPED = 77;
constexpr int INTERRUPTED = 130;

const char* const HELP =
    R"(Usage: packetdrill [OPTION...] SCRIPT...

Plays scripts in the packetdrill language against tcp-lifecycle's TCP, in simulated time. A folder
stands for all files *.pkt in it. Exit status: 0 all passed, 1 a script failed, 77 none failed but a
script uses something that is not supported, 2 wrong usage, 130 interrupted.

  -D NAME         #ifdef NAME holds.
  --preset=NAME   The TCP's preset where a script names none: rfc9293 (default), linux,
                  freebsd or textbook.
  --ip-version=V  ipv4 (default) or ipv6, where a script names none.
  --strict-tail[=TIME]
                  A packet that is sent within TIME after a script's last line is done fails it.
                  TIME is in seconds; without it, it is the script's tolerance_usecs.
  --relax=WHAT    Do not look at order (of TCP options, and padding), window, ts (TSval), sizes (of
                  buffers, in getsockopt), or several of these with commas between. A warning says so.
  --against=kernel
                  Play against the kernel of this machine, in real time: packets through a TUN device
                  in a network namespace of each script, system calls on real sockets.
  --summary       Before the last line, count the scripts by why they have ended.
  -j N            Play N scripts at a time (default 1).
  --trace=DIR     Write a run folder for each script, DIR/NAME; for './lab ladder' and './lab plot'.
                  Its manifest tells the outcome; a script that fails has one, too.
  -v              Name the scripts that pass, too.
  -h, --help      This text.
)";

struct UsageError : public std::runtime_error
{
    using std::runtime_error::runtime_error;
};

Time
ReadTail(const std::string& text)
{
    static const std::regex SECONDS("[0-9]{1,5}([.][0-9]{1,9})?");
    const double seconds = std::regex_match(text, SECONDS) ? std::stod(text) : -1;
    if (seconds < 0 || seconds > 86400)
    {
        throw UsageError("--strict-tail takes seconds from 0 to 86400, not '" + text + "'");
    }
    return NanoSeconds(std::llround(seconds * 1e9));
}

unsigned
ReadJobs(const std::string& text)
{
    const int jobs = std::regex_match(text, std::regex("[0-9]{1,4}")) ? std::stoi(text) : 0;
    if (jobs < 1 || jobs > 1000)
    {
        throw UsageError("-j takes a number from 1 to 1000, not '" + text + "'");
    }
    return jobs;
}

void
AddScripts(const std::string& path, LifecyclePacketdrillHelper& packetdrill)
{
    try
    {
        packetdrill.Add(path);
    }
    catch (const std::invalid_argument& error)
    {
        throw UsageError(error.what());
    }
}

// The options whose value is handed over as it is.
const std::map<std::string, void (LifecyclePacketdrillHelper::*)(const std::string&)> SETTERS{
    {"-D", &LifecyclePacketdrillHelper::Define},
    {"--preset", &LifecyclePacketdrillHelper::SetPreset},
    {"--ip-version", &LifecyclePacketdrillHelper::SetIpVersion},
    {"--relax", &LifecyclePacketdrillHelper::Relax},
    {"--trace", &LifecyclePacketdrillHelper::SetTrace},
    {"--against", &LifecyclePacketdrillHelper::SetAgainst},
};

/** Hands @p arguments over. @return Whether a summary is wanted. */
bool
ReadCommandLine(const std::vector<std::string>& arguments, LifecyclePacketdrillHelper& packetdrill)
{
    bool isSummed = false;
    bool hasScripts = false;
    for (std::size_t i = 0; i < arguments.size(); ++i)
    {
        const std::string& argument = arguments[i];
        const std::size_t equals = std::min(argument.find('='), argument.size());
        const bool isLong = argument.rfind("--", 0) == 0;
        const std::string name = isLong ? argument.substr(0, equals) : argument.substr(0, 2);
        const auto value = [&]() -> std::string {
            const std::size_t begin = isLong ? equals + 1 : 2;
            if (begin < argument.size() + (isLong && equals < argument.size() ? 1 : 0))
            {
                return argument.substr(begin);
            }
            if (++i >= arguments.size())
            {
                throw UsageError(name + " needs a value");
            }
            return arguments[i];
        };
        if (argument == "-" || argument[0] != '-')
        {
            AddScripts(argument, packetdrill);
            hasScripts = true;
        }
        else if (const auto setter = SETTERS.find(name); setter != SETTERS.end())
        {
            (packetdrill.*setter->second)(value());
        }
        else if (argument == "--strict-tail")
        {
            packetdrill.SetStrictTail();
        }
        else if (name == "--strict-tail")
        {
            packetdrill.SetStrictTail(ReadTail(value()));
        }
        else if (name == "-j")
        {
            packetdrill.SetJobs(ReadJobs(value()));
        }
        else if (argument == "--summary")
        {
            isSummed = true;
        }
        else if (argument == "-v")
        {
            packetdrill.SetVerbose();
        }
        else
        {
            throw UsageError("there is no option '" + argument + "'; see --help");
        }
    }
    if (!hasScripts)
    {
        throw UsageError("no script is given; see --help");
    }
    return isSummed;
}

/** A line for each of @p reasons, the most frequent first. */
void
TellReasons(const std::string& outcome, const std::map<std::string, unsigned>& reasons)
{
    std::vector<std::pair<std::string, unsigned>> sorted(reasons.begin(), reasons.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return a.second > b.second;
    });
    for (const auto& [reason, count] : sorted)
    {
        std::cout << std::setw(6) << count << "  " << outcome << ": " << reason << "\n";
    }
}

/** Says how the scripts have ended. @return The exit status. */
int
Tell(const LifecyclePacketdrillCounts& counts, bool isSummed)
{
    if (isSummed)
    {
        std::cout << std::setw(6) << counts.passed << "  passed\n";
        TellReasons("not supported", counts.skippedBecause);
        TellReasons("failed", counts.failedBecause);
    }
    std::cout << counts.passed << " passed, " << counts.failed << " failed, " << counts.skipped
              << " skipped\n";
    if (counts.isInterrupted)
    {
        const unsigned all = counts.passed + counts.failed + counts.skipped + counts.unplayed;
        std::cerr << "packetdrill: interrupted; " << counts.unplayed << " of " << all
                  << " scripts were not played to their end.\n";
        return INTERRUPTED;
    }
    return counts.failed > 0 ? FAILED : counts.skipped > 0 ? SKIPPED : PASSED;
}

/** Does what is asked for. @return The exit status. */
int
Obey(const std::vector<std::string>& arguments)
{
    if (std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
            return argument == "-h" || argument == "--help";
        }))
    {
        std::cout << HELP;
        return PASSED;
    }
    try
    {
        LifecyclePacketdrillHelper packetdrill;
        const bool isSummed = ReadCommandLine(arguments, packetdrill);
        return Tell(packetdrill.Play(), isSummed);
    }
    catch (const UsageError& error)
    {
        std::cerr << "packetdrill: " << error.what() << ".\n";
        return WRONG_USAGE;
    }
    catch (const std::invalid_argument& error) // begins with the name of what was set
    {
        std::cerr << "packetdrill: --" << error.what() << ".\n";
        return WRONG_USAGE;
    }
    catch (const std::exception& error)
    {
        std::cerr << "packetdrill: " << error.what() << ".\n";
        return FAILED;
    }
}

} // namespace

int
main(int argc, char** argv)
{
    // If it were closed, the first file to be opened would take its place.
    const bool isOpen = fcntl(STDOUT_FILENO, F_GETFD) != -1;
    const int status = isOpen ? Obey({argv + 1, argv + argc}) : FAILED;
    errno = isOpen ? 0 : EBADF;
    if (isOpen && std::cout.flush())
    {
        return status;
    }
    std::cerr << "packetdrill: standard output cannot be written"
              << (errno != 0 ? std::string(": ") + std::strerror(errno) : "") << ".\n";
    return status == WRONG_USAGE || status == INTERRUPTED ? status : FAILED;
}
