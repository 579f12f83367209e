#include "serve.h"

#include "options.h"

#include "ns3/rng-stream.h"

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <istream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace ns3::lifecycle_internal
{

namespace
{

struct RunRequest
{
    std::vector<std::string> arguments;
    std::string errorFile;
    double timeout{0};    ///< [s]; 0: none
    std::uint64_t memory; ///< [octets]; 0: no limit
};

RunRequest
ReadRequest(const std::string& line)
{
    try
    {
        const nlohmann::json json = nlohmann::json::parse(line);
        return {json.at("arguments"),
                json.at("stderr"),
                json.at("timeout_s"),
                json.at("memory_bytes")};
    }
    catch (const nlohmann::json::exception& error)
    {
        throw UsageError("--serve: the request '" + line + "' cannot be understood (" +
                         error.what() + ").");
    }
}

/** The next line of @p in; nothing at its end. @throws UsageError */
std::optional<std::string>
NextLine(std::istream& in)
{
    constexpr std::size_t MAX_LENGTH = 1 << 20;
    std::string line(MAX_LENGTH, '\0');
    if (!in.getline(line.data(), MAX_LENGTH))
    {
        if (in.gcount() > 0)
        {
            throw UsageError("--serve: a request has more than " + std::to_string(MAX_LENGTH) +
                             " octets.");
        }
        return std::nullopt;
    }
    line.resize(std::strlen(line.c_str()));
    return line;
}

/** In the child: where its words go, its limits, and that it ends with the server @p parent. */
void
Confine(const RunRequest& request, pid_t parent)
{
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent)
    {
        _exit(EXIT_FAILURE); // the server has ended before that
    }
    const int nothing = open("/dev/null", O_RDWR);
    const int errors = open(request.errorFile.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(errors < 0 ? nothing : errors, STDERR_FILENO);
    if (request.memory > 0)
    {
        const rlimit limit{request.memory, request.memory};
        setrlimit(RLIMIT_AS, &limit);
    }
    if (request.timeout > 0)
    {
        double whole = 0;
        const double part = std::modf(request.timeout, &whole);
        const itimerval timer{{0, 0},
                              {static_cast<time_t>(whole), static_cast<suseconds_t>(part * 1e6)}};
        setitimer(ITIMER_REAL, &timer, nullptr); // SIGALRM, which nobody handles
    }
}

nlohmann::json
Answer(int status, const RunRequest& request)
{
    if (WIFEXITED(status))
    {
        return {{"exit", WEXITSTATUS(status)}};
    }
    if (WTERMSIG(status) == SIGALRM && request.timeout > 0)
    {
        return {{"timeout", true}};
    }
    return {{"signal", WTERMSIG(status)}};
}

} // namespace

int
Serve(std::istream& in,
      const std::function<void(const std::string&)>& print,
      const std::function<int(const std::vector<std::string>&)>& run)
{
    // Half of a short run's time goes into tables that the first of these makes for all. By itself it
    // takes no stream number, as a random variable would.
    const RngStream warmUp(1, 1, 1);
    const pid_t self = getpid();
    while (const auto line = NextLine(in))
    {
        const RunRequest request = ReadRequest(*line);
        const pid_t child = fork();
        if (child < 0)
        {
            throw std::runtime_error("--serve: no process can be made for a run.");
        }
        if (child == 0)
        {
            Confine(request, self);
            const int status = run(request.arguments);
            std::fflush(nullptr);
            _exit(status); // nothing to tidy up: the files are closed
        }
        int status = 0;
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        {
        }
        print(Answer(status, request).dump() + "\n");
    }
    return 0;
}

} // namespace ns3::lifecycle_internal
