#include "playing.h"

#include "kernel-runner.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace lifecycle::packetdrill
{

namespace
{

// The exit statuses of a script's process.
constexpr int PASSED = 0;
constexpr int FAILED = 1;
constexpr int SKIPPED = 2;
constexpr int INTERRUPTED = 3;
constexpr int OUTPUT_LOST = 4;

constexpr std::size_t LARGEST_SCRIPT = 4 << 20; // [octets]: whoever names a device gets no end

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

/** How something has ended. */
struct Ending
{
    int status{PASSED};
    std::string outcome{"passed"}; ///< in words
    std::string kind; ///< why, the same for all scripts that end so; empty: it has passed
};

/** Does @p work for @p file, and says on standard output what has gone wrong. */
Ending
Try(const std::string& file, const std::function<void()>& work)
{
    const auto ended = [&file](int status,
                               const std::string& how,
                               int at,
                               const std::string& why,
                               const std::string& kind) {
        const std::string line = at > 0 ? ":" + std::to_string(at) : "";
        std::cout << file << line << ": " << (status == SKIPPED ? how + ": " : "") << why << "\n";
        const std::string where = at > 0 ? " at line " + std::to_string(at) : "";
        return Ending{status, how + where + ": " + why.substr(0, why.find('\n')), kind};
    };
    try
    {
        work();
        return {};
    }
    catch (const Unsupported& error)
    {
        return ended(SKIPPED, "not supported", error.line, error.what(), error.kind);
    }
    catch (const Failure& error)
    {
        return ended(FAILED, "failed", error.line, error.what(), error.kind);
    }
    catch (const NoKernel& error)
    {
        return ended(SKIPPED, "not supported", 0, error.what(), error.kind);
    }
    catch (const Interrupted& error)
    {
        std::cout << file << ": " << error.what() << "\n";
        return {INTERRUPTED, "interrupted", "interrupted"};
    }
    catch (const std::exception& error)
    {
        return ended(FAILED, "failed", 0, error.what(), error.what());
    }
}

void
Warn(const std::string& file, const std::vector<std::string>& warnings)
{
    for (const std::string& warning : warnings)
    {
        std::cout << file << ": " << warning << "\n";
    }
}

/** Plays one script, in this process; says on standard output what is to be said. */
Ending
Play(const std::string& file, const Playlist& list)
{
    Script script;
    script.file = file;
    RunOptions options = list.run;
    if (!options.traceFolder.empty())
    {
        options.traceFolder = list.TraceFolderOf(file);
    }
    if (options.againstKernel)
    {
        return Try(file, [&] {
            script = ParseScript(file, ReadScript(file), list.defined);
#ifdef __linux__
            KernelRunner runner(script, options);
            runner.Run();
            Warn(file, runner.Warnings());
#else
            throw NoKernel("only a kernel of Linux can be played against");
#endif
        });
    }
    Runner runner(script, options);
    const Ending run = Try(file, [&] {
        script = ParseScript(file, ReadScript(file), list.defined);
        runner.Run();
        Warn(file, runner.Warnings());
    });
    const Ending trace = Try(file, [&] { runner.FinishTrace(run.outcome); });
    return trace.status == PASSED ? run : trace;
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
    std::FILE* kind{nullptr}; ///< holds that of its Ending
};

/** All that @p file holds, which is closed; nothing if it cannot be read. */
std::optional<std::string>
TakeAll(std::FILE* file)
{
    std::string text;
    std::rewind(file);
    char chunk[4096];
    for (std::size_t n = 0; (n = std::fread(chunk, 1, sizeof chunk, file)) > 0;)
    {
        text.append(chunk, n);
    }
    const bool isLost = std::ferror(file) != 0;
    std::fclose(file);
    return isLost ? std::nullopt : std::make_optional(text);
}

Player
Start(const std::string& file, const Playlist& list)
{
    Player player{file, 0, std::tmpfile(), std::tmpfile()};
    if (player.output == nullptr || player.kind == nullptr)
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
        const auto interrupt = [](int) { Interrupt(); };
        std::signal(SIGINT, interrupt);
        std::signal(SIGTERM, interrupt);
        const sigset_t signals = Signals();
        sigprocmask(SIG_UNBLOCK, &signals, nullptr);
        const Ending ending = Play(file, list);
        std::cout.flush();
        const bool isSaid = std::cout && std::fputs(ending.kind.c_str(), player.kind) >= 0 &&
                            std::fflush(player.kind) == 0;
        _exit(isSaid ? ending.status : OUTPUT_LOST);
    }
    return player;
}

/** All that are played, the one behind the other. */
class Playing
{
  public:
    explicit Playing(const Playlist& list)
        : m_list(list)
    {
        std::signal(SIGCHLD, SIG_DFL); // whoever started this may have ignored it
        const sigset_t signals = Signals();
        sigprocmask(SIG_BLOCK, &signals, nullptr);
    }

    ns3::LifecyclePacketdrillCounts All();

  private:
    void StartUpTo(std::size_t end);
    void Await(const Player& player);
    Ending Finish(Player& player);

    const Playlist& m_list;
    std::vector<Player> m_players;
    unsigned m_interrupts{0}; ///< how often somebody wished the end
};

void
Playing::StartUpTo(std::size_t end)
{
    while (m_players.size() < std::min(end, m_list.scripts.size()))
    {
        m_players.push_back(Start(m_list.scripts[m_players.size()], m_list));
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

/** Waits for @p player and prints what it has said. @return How it has ended. */
Ending
Playing::Finish(Player& player)
{
    const auto failed = [&player](const std::string& kind, const std::string& more) {
        std::cout << player.file << ": " << kind << more << "\n";
        return Ending{FAILED, "failed", kind};
    };
    Await(player);
    int status = 0;
    waitpid(std::exchange(player.process, 0), &status, 0);
    const auto output = TakeAll(player.output);
    const auto kind = TakeAll(player.kind);
    std::cout << output.value_or("");
    if (WIFSIGNALED(status) && m_interrupts > 0)
    {
        return {INTERRUPTED, "interrupted", "interrupted"};
    }
    if (!WIFEXITED(status))
    {
        return failed("the TCP under test has died",
                      std::string(": ") + strsignal(WTERMSIG(status)));
    }
    if (!output || !kind || WEXITSTATUS(status) == OUTPUT_LOST)
    {
        return failed("what was said of it is lost", ": no temporary file holds it");
    }
    if (m_list.isVerbose && WEXITSTATUS(status) == PASSED)
    {
        std::cout << player.file << ": passed\n";
    }
    return {WEXITSTATUS(status), "", *kind};
}

ns3::LifecyclePacketdrillCounts
Playing::All()
{
    ns3::LifecyclePacketdrillCounts counts;
    for (std::size_t i = 0;
         i < m_list.scripts.size() && (m_interrupts == 0 || i < m_players.size());
         ++i)
    {
        StartUpTo(m_interrupts == 0 ? i + m_list.jobs : 0);
        const Ending ending = Finish(m_players[i]);
        counts.passed += ending.status == PASSED ? 1 : 0;
        counts.unplayed += ending.status == INTERRUPTED ? 1 : 0;
        if (ending.status == SKIPPED)
        {
            ++counts.skipped;
            ++counts.skippedBecause[ending.kind];
        }
        if (ending.status == FAILED)
        {
            ++counts.failed;
            ++counts.failedBecause[ending.kind];
        }
    }
    counts.unplayed += static_cast<unsigned>(m_list.scripts.size() - m_players.size());
    counts.isInterrupted = m_interrupts > 0;
    return counts;
}

} // namespace

std::string
Playlist::TraceFolderOf(const std::string& script) const
{
    return run.traceFolder + "/" + std::filesystem::path(script).stem().string();
}

ns3::LifecyclePacketdrillCounts
PlayAll(const Playlist& list)
{
    return Playing(list).All();
}

} // namespace lifecycle::packetdrill
