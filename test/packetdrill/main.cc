// Plays scripts in the packetdrill language against the TCP of this library; doc/packetdrill.rst.

#include "runner.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

constexpr int PASSED = 0;
constexpr int FAILED = 1;
constexpr int WRONG_USAGE = 2;
constexpr int SKIPPED = 77;

const char* const HELP =
    R"(Usage: packetdrill [OPTION...] SCRIPT...

Plays scripts in the packetdrill language against tcp-lifecycle's TCP, in simulated time. A folder
stands for all files *.pkt in it. Exit status: 0 all passed, 1 a script failed, 77 none failed but a
script uses something that is not supported, 2 wrong usage.

  -D NAME         #ifdef NAME holds.
  --preset=NAME   The TCP's preset where a script names none: rfc9293 (default), linux, freebsd.
  --ip-version=V  ipv4 (default) or ipv6, where a script names none.
  --strict-tail[=TIME]
                  A packet that is sent within TIME after a script's last line is done fails it.
                  TIME is in seconds; without it, it is the script's tolerance_usecs.
  --relax=WHAT    Do not look at order (of TCP options, and padding), window, ts (TSval), sizes (of
                  buffers, in getsockopt), or several of these with commas between. A warning says so.
  -j N            Play N scripts at a time (default 1).
  --trace=DIR     Write a run folder for each script, DIR/NAME; for './lab ladder' and './lab plot'.
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
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path))
    {
        if (entry.path().extension() == ".pkt")
        {
            scripts.push_back(entry.path().string());
        }
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
            const std::set<std::string> presets{"rfc9293", "linux", "freebsd"};
            if (presets.count(line.run.preset) == 0)
            {
                throw UsageError("--preset is rfc9293, linux or freebsd, not '" + line.run.preset +
                                 "'");
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
            line.jobs = static_cast<unsigned>(std::strtoul(number.c_str(), nullptr, 10));
            if (line.jobs == 0 || line.jobs > 1000)
            {
                throw UsageError("-j takes a number from 1 to 1000, not '" + number + "'");
            }
        }
        else if (name == "--trace")
        {
            line.run.traceFolder = value();
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

/** Plays one script, in this process; says on standard output what is to be said. */
int
Play(const std::string& file, const CommandLine& line)
{
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in)
    {
        std::cout << file << ": cannot be read: " << std::strerror(errno) << "\n";
        return FAILED;
    }
    try
    {
        const auto script = packetdrill::ParseScript(file, text.str(), line.defined);
        packetdrill::RunOptions options = line.run;
        if (!options.traceFolder.empty())
        {
            options.traceFolder = TraceFolderOf(line, file);
        }
        packetdrill::Runner runner(script, options);
        runner.Run();
        for (const std::string& warning : runner.Warnings())
        {
            std::cout << file << ": " << warning << "\n";
        }
        return PASSED;
    }
    catch (const packetdrill::Unsupported& error)
    {
        std::cout << file << ":" << error.line << ": not supported: " << error.what() << "\n";
        return SKIPPED;
    }
    catch (const packetdrill::Failure& error)
    {
        std::cout << file << ":" << error.line << ": " << error.what() << "\n";
        return FAILED;
    }
    catch (const std::exception& error)
    {
        std::cout << file << ": " << error.what() << "\n";
        return FAILED;
    }
}

/** A script that is being played in a process of its own, which takes its simulator with it. */
struct Player
{
    std::string file;
    pid_t process{0};
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
        const int status = Play(file, line);
        std::cout.flush();
        _exit(status);
    }
    return player;
}

/** Waits for @p player and prints what it has said. @return Its status. */
int
Finish(Player& player, bool isVerbose)
{
    int status = 0;
    waitpid(player.process, &status, 0);
    std::rewind(player.output);
    char chunk[4096];
    for (std::size_t n = 0; (n = std::fread(chunk, 1, sizeof chunk, player.output)) > 0;)
    {
        std::cout.write(chunk, static_cast<std::streamsize>(n));
    }
    std::fclose(player.output);
    if (!WIFEXITED(status))
    {
        std::cout << player.file << ": the TCP under test has died\n";
        return FAILED;
    }
    if (isVerbose && WEXITSTATUS(status) == PASSED)
    {
        std::cout << player.file << ": passed\n";
    }
    return WEXITSTATUS(status);
}

int
PlayAll(const CommandLine& line)
{
    unsigned passed = 0;
    unsigned failed = 0;
    unsigned skipped = 0;
    std::vector<Player> players;
    std::size_t next = 0;
    for (std::size_t i = 0; i < line.scripts.size(); ++i)
    {
        while (next < line.scripts.size() && next < i + line.jobs)
        {
            players.push_back(Start(line.scripts[next++], line));
        }
        const int status = Finish(players[i], line.isVerbose);
        ++(status == PASSED ? passed : status == SKIPPED ? skipped : failed);
    }
    std::cout << passed << " passed, " << failed << " failed, " << skipped << " skipped\n";
    return failed > 0 ? FAILED : skipped > 0 ? SKIPPED : PASSED;
}

} // namespace

int
main(int argc, char** argv)
{
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (std::any_of(arguments.begin(), arguments.end(), [](const std::string& argument) {
            return argument == "-h" || argument == "--help";
        }))
    {
        std::cout << HELP;
        return PASSED;
    }
    try
    {
        return PlayAll(ReadCommandLine(arguments));
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
