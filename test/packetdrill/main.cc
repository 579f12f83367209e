// Plays scripts in the packetdrill language against the TCP of this library; doc/packetdrill.rst.

#include "../../model/core/stack-config.h"
#include "runner.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace
{

constexpr int PASSED = 0;
constexpr int FAILED = 1;
constexpr int WRONG_USAGE = 2;
constexpr int SKIPPED = 77;
constexpr int INTERRUPTED = 130;
constexpr int OUTPUT_LOST = 3; // between the two processes

constexpr std::size_t LARGEST_SCRIPT = 4 << 20; // [octets]: whoever names a device gets no end

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
  -j N            Play N scripts at a time (default 1).
  --trace=DIR     Write a run folder for each script, DIR/NAME; for './lab ladder' and './lab plot'.
                  Its manifest tells the outcome; a script that fails has one, too.
  -v              Name the scripts that pass, too.
  -h, --help      This text.
)";

struct CommandLine
{
    packetdrill::RunOptions run;
    std::set<std::string> defined;
    unsigned jobs{1};
    bool isVerbose{false};
    std::vector<std::string> scripts;
};

struct UsageError : public std::runtime_error
{
    using std::runtime_error::runtime_error;
};

void
ReadRelaxed(const std::string& list, packetdrill::Relaxed& relaxed)
{
    std::istringstream in(list);
    std::string word;
    while (std::getline(in, word, ','))
    {
        const std::map<std::string, bool*> words{{"order", &relaxed.order},
                                                 {"window", &relaxed.window},
                                                 {"ts", &relaxed.timestamps},
                                                 {"sizes", &relaxed.sizes}};
        if (words.count(word) == 0)
        {
            throw UsageError("--relax takes order, window, ts and sizes, not '" + word + "'");
        }
        *words.at(word) = true;
    }
}

packetdrill::Nanoseconds
ReadTail(const std::string& text)
{
    static const std::regex SECONDS("[0-9]{1,5}([.][0-9]{1,9})?");
    const double seconds = std::regex_match(text, SECONDS) ? std::stod(text) : -1;
    if (seconds < 0 || seconds > 86400)
    {
        throw UsageError("--strict-tail takes seconds from 0 to 86400, not '" + text + "'");
    }
    return std::llround(seconds * 1e9);
}

/** The scripts that @p path stands for. */
std::vector<std::string>
ScriptsAt(const std::string& path)
{
    if (!std::filesystem::is_directory(path))
    {
        return {path};
    }
    std::vector<std::string> scripts;
    std::error_code failed;
    std::filesystem::recursive_directory_iterator entry(path, failed);
    for (; !failed && entry != end(entry); entry.increment(failed))
    {
        if (entry->path().extension() == ".pkt" && !entry->is_directory())
        {
            scripts.push_back(entry->path().string());
        }
    }
    if (failed)
    {
        throw UsageError("the folder " + path + " cannot be read: " + failed.message());
    }
    std::sort(scripts.begin(), scripts.end());
    if (scripts.empty())
    {
        throw UsageError("there is no *.pkt in " + path);
    }
    return scripts;
}

/** Where --trace writes the run of @p script. */
std::string
TraceFolderOf(const CommandLine& line, const std::string& script)
{
    return line.run.traceFolder + "/" + std::filesystem::path(script).stem().string();
}

std::string
SharedFolder(const std::string& folder, const std::string& one, const std::string& other)
{
    return "--trace has one folder for " + one + " and " + other + ", " + folder +
           "; play them apart";
}

/** Throws UsageError if the runs of two scripts would go to the same folder. */
void
CheckTraceFolders(const CommandLine& line)
{
    std::map<std::string, std::string> scripts;
    for (const std::string& script : line.scripts)
    {
        const std::string folder = TraceFolderOf(line, script);
        const auto [other, isNew] = scripts.emplace(folder, script);
        if (!isNew)
        {
            throw UsageError(SharedFolder(folder, other->second, script));
        }
    }
}

CommandLine
ReadCommandLine(const std::vector<std::string>& arguments)
{
    CommandLine line;
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
            const auto scripts = ScriptsAt(argument);
            line.scripts.insert(line.scripts.end(), scripts.begin(), scripts.end());
        }
        else if (name == "-D")
        {
            line.defined.insert(value());
        }
        else if (name == "--preset")
        {
            line.run.preset = value();
            if (!lifecycle::FindPreset(line.run.preset))
            {
                throw UsageError("--preset is " + lifecycle::PresetsInWords() + ", not '" +
                                 line.run.preset + "'");
            }
        }
        else if (name == "--ip-version")
        {
            const std::string version = value();
            if (version != "ipv4" && version != "ipv6")
            {
                throw UsageError("--ip-version is ipv4 or ipv6, not '" + version + "'");
            }
            line.run.isIpv6 = version == "ipv6";
        }
        else if (name == "--strict-tail")
        {
            line.run.strictTail = true;
            line.run.tail = name == argument ? std::nullopt : std::make_optional(ReadTail(value()));
        }
        else if (name == "--relax")
        {
            ReadRelaxed(value(), line.run.relaxed);
        }
        else if (name == "-j")
        {
            const std::string number = value();
            const std::uint64_t jobs = packetdrill::WholeNumber(number).value_or(0);
            if (jobs == 0 || jobs > 1000)
            {
                throw UsageError("-j takes a number from 1 to 1000, not '" + number + "'");
            }
            line.jobs = static_cast<unsigned>(jobs);
        }
        else if (name == "--trace")
        {
            line.run.traceFolder = value();
            if (line.run.traceFolder.empty())
            {
                throw UsageError("--trace takes the name of a folder, not ''");
            }
        }
        else if (argument == "-v")
        {
            line.isVerbose = true;
        }
        else
        {
            throw UsageError("there is no option '" + argument + "'; see --help");
        }
    }
    if (line.scripts.empty())
    {
        throw UsageError("no script is given; see --help");
    }
    if (!line.run.traceFolder.empty())
    {
        CheckTraceFolders(line);
    }
    return line;
}

/** Throws std::runtime_error if it cannot be had. */
std::string
ReadScript(const std::string& file)
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> in(std::fopen(file.c_str(), "rb"),
                                                             &std::fclose);
    std::string text(LARGEST_SCRIPT + 1, '\0');
    text.resize(in ? std::fread(text.data(), 1, text.size(), in.get()) : 0);
    if (!in || std::ferror(in.get()) != 0)
    {
        throw std::runtime_error(std::string("cannot be read: ") + std::strerror(errno));
    }
    if (text.size() > LARGEST_SCRIPT)
    {
        throw std::runtime_error("is longer than " + std::to_string(LARGEST_SCRIPT) +
                                 " octets, which is the most that a script may have");
    }
    return text;
}

/** How something has ended: with which exit status, and in words. */
struct Ending
{
    int status{PASSED};
    std::string outcome{"passed"};
};

/** Does @p work for @p file, and says on standard output what has gone wrong. */
Ending
Try(const std::string& file, const std::function<void()>& work)
{
    const auto ended = [&file](int status, const std::string& how, int at, const std::string& why) {
        const std::string line = at > 0 ? ":" + std::to_string(at) : "";
        std::cout << file << line << ": " << (status == SKIPPED ? how + ": " : "") << why << "\n";
        const std::string where = at > 0 ? " at line " + std::to_string(at) : "";
        return Ending{status, how + where + ": " + why.substr(0, why.find('\n'))};
    };
    try
    {
        work();
        return {};
    }
    catch (const packetdrill::Unsupported& error)
    {
        return ended(SKIPPED, "not supported", error.line, error.what());
    }
    catch (const packetdrill::Failure& error)
    {
        return ended(FAILED, "failed", error.line, error.what());
    }
    catch (const packetdrill::Interrupted& error)
    {
        std::cout << file << ": " << error.what() << "\n";
        return {INTERRUPTED, "interrupted"};
    }
    catch (const std::exception& error)
    {
        return ended(FAILED, "failed", 0, error.what());
    }
}

/** Plays one script, in this process; says on standard output what is to be said. */
int
Play(const std::string& file, const CommandLine& line)
{
    packetdrill::Script script;
    script.file = file;
    packetdrill::RunOptions options = line.run;
    if (!options.traceFolder.empty())
    {
        options.traceFolder = TraceFolderOf(line, file);
    }
    packetdrill::Runner runner(script, options);
    const Ending run = Try(file, [&] {
        script = packetdrill::ParseScript(file, ReadScript(file), line.defined);
        runner.Run();
        for (const std::string& warning : runner.Warnings())
        {
            std::cout << file << ": " << warning << "\n";
        }
    });
    const Ending trace = Try(file, [&] { runner.FinishTrace(run.outcome); });
    return trace.status == PASSED ? run.status : FAILED;
}

/** The signals that a run waits for: its children's ends, and the wish to end it. */
sigset_t
Signals()
{
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGCHLD, SIGINT, SIGTERM})
    {
        sigaddset(&signals, signal);
    }
    return signals;
}

/** A script that is being played in a process of its own, which takes its simulator with it. */
struct Player
{
    std::string file;
    pid_t process{0}; ///< 0: it has ended
    std::FILE* output{nullptr};
};

Player
Start(const std::string& file, const CommandLine& line)
{
    Player player{file, 0, std::tmpfile()};
    if (player.output == nullptr)
    {
        throw std::runtime_error("there is no temporary file to be had");
    }
    std::cout.flush();
    player.process = fork();
    if (player.process < 0)
    {
        throw std::runtime_error("no process can be started");
    }
    if (player.process == 0)
    {
        dup2(fileno(player.output), STDOUT_FILENO);
        dup2(fileno(player.output), STDERR_FILENO);
        const auto interrupt = [](int) { packetdrill::Interrupt(); };
        std::signal(SIGINT, interrupt);
        std::signal(SIGTERM, interrupt);
        const sigset_t signals = Signals();
        sigprocmask(SIG_UNBLOCK, &signals, nullptr);
        const int status = Play(file, line);
        std::cout.flush();
        _exit(std::cout ? status : OUTPUT_LOST);
    }
    return player;
}

/** All that are played, the one behind the other. */
class Playing
{
  public:
    explicit Playing(const CommandLine& line)
        : m_line(line)
    {
        std::signal(SIGCHLD, SIG_DFL); // whoever started this may have ignored it
        const sigset_t signals = Signals();
        sigprocmask(SIG_BLOCK, &signals, nullptr);
    }

    /** @return The exit status. */
    int All();

  private:
    void StartUpTo(std::size_t end);
    void Await(const Player& player);
    int Finish(Player& player);

    const CommandLine& m_line;
    std::vector<Player> m_players;
    unsigned m_interrupts{0}; ///< how often somebody wished the end
};

void
Playing::StartUpTo(std::size_t end)
{
    while (m_players.size() < std::min(end, m_line.scripts.size()))
    {
        m_players.push_back(Start(m_line.scripts[m_players.size()], m_line));
    }
}

/** Waits until @p player has ended, which makes a zombie of it. */
void
Playing::Await(const Player& player)
{
    siginfo_t ended{};
    while (waitid(P_PID, player.process, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           ended.si_pid == 0)
    {
        const sigset_t signals = Signals();
        const int signal = sigwaitinfo(&signals, nullptr);
        if (signal != SIGINT && signal != SIGTERM)
        {
            continue;
        }
        ++m_interrupts;
        for (const Player& other : m_players)
        {
            if (other.process != 0) // who does not end in peace is ended at the second wish
            {
                kill(other.process, m_interrupts == 1 ? SIGINT : SIGKILL);
            }
        }
    }
}

/** Waits for @p player and prints what it has said. @return Its status. */
int
Playing::Finish(Player& player)
{
    Await(player);
    int status = 0;
    waitpid(std::exchange(player.process, 0), &status, 0);
    std::rewind(player.output);
    char chunk[4096];
    for (std::size_t n = 0; (n = std::fread(chunk, 1, sizeof chunk, player.output)) > 0;)
    {
        std::cout.write(chunk, static_cast<std::streamsize>(n));
    }
    const bool isLost = std::ferror(player.output) != 0;
    std::fclose(player.output);
    if (WIFSIGNALED(status) && m_interrupts > 0)
    {
        return INTERRUPTED;
    }
    if (!WIFEXITED(status))
    {
        std::cout << player.file << ": the TCP under test has died: " << strsignal(WTERMSIG(status))
                  << "\n";
        return FAILED;
    }
    if (isLost || WEXITSTATUS(status) == OUTPUT_LOST)
    {
        std::cout << player.file << ": what was said of it is lost: no temporary file holds it\n";
        return FAILED;
    }
    if (m_line.isVerbose && WEXITSTATUS(status) == PASSED)
    {
        std::cout << player.file << ": passed\n";
    }
    return WEXITSTATUS(status);
}

int
Playing::All()
{
    std::map<int, unsigned> counts;
    for (std::size_t i = 0;
         i < m_line.scripts.size() && (m_interrupts == 0 || i < m_players.size());
         ++i)
    {
        StartUpTo(m_interrupts == 0 ? i + m_line.jobs : 0);
        ++counts[Finish(m_players[i])];
    }
    std::cout << counts[PASSED] << " passed, " << counts[FAILED] << " failed, " << counts[SKIPPED]
              << " skipped\n";
    if (m_interrupts > 0)
    {
        const std::size_t done = counts[PASSED] + counts[FAILED] + counts[SKIPPED];
        std::cerr << "packetdrill: interrupted; " << m_line.scripts.size() - done << " of "
                  << m_line.scripts.size() << " scripts were not played to their end.\n";
        return INTERRUPTED;
    }
    return counts[FAILED] > 0 ? FAILED : counts[SKIPPED] > 0 ? SKIPPED : PASSED;
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
        const CommandLine line = ReadCommandLine(arguments);
        return Playing(line).All();
    }
    catch (const UsageError& error)
    {
        std::cerr << "packetdrill: " << error.what() << ".\n";
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
