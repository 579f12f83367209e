#include "draws.h"

#include "ns3/pointer.h"
#include "ns3/random-variable-stream.h"
#include "ns3/string.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <ctime>
#include <fcntl.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ns3::lifecycle_internal
{

namespace
{

// Of processor time, so that a busy machine refuses nothing.
constexpr time_t LONGEST = 1;                        ///< [s] for a draw
constexpr std::clock_t ENOUGH = CLOCKS_PER_SEC / 20; ///< for all

constexpr int DRAWS = 1000;
// Exit statuses
constexpr int NO_NUMBER = 3;
constexpr int NOT_TAKEN = 4;

/**
 * Whether each value in @p variable, `ns3::Type[name=value|...]`, is one that @p type allows. What it
 * does not allow, ns-3 leaves out in silence, so that the variable would draw from what the memory
 * held before.
 */
bool
AllowsParameters(TypeId type, const std::string& variable)
{
    const auto begin = std::min(variable.find('['), variable.size() - 1) + 1;
    std::istringstream parameters(variable.substr(begin, variable.find(']') - begin));
    for (std::string parameter; std::getline(parameters, parameter, '|');)
    {
        const auto equal = std::min(parameter.find('='), parameter.size());
        const StringValue value(parameter.substr(std::min(equal + 1, parameter.size())));
        TypeId::AttributeInformation info;
        if (!type.LookupAttributeByName(parameter.substr(0, equal), &info) ||
            !info.checker->CreateValidValue(value))
        {
            return false;
        }
    }
    return true;
}

/** In a process of its own, as ns-3 aborts where it does not like a parameter. */
[[noreturn]] void
Try(const std::string& variable)
{
    const int nothing = open("/dev/null", O_WRONLY);
    dup2(nothing, STDERR_FILENO); // where ns-3 would explain itself
    const rlimit noCore{0, 0};
    setrlimit(RLIMIT_CORE, &noCore);
    const itimerval timer{{0, 0}, {LONGEST, 0}};
    std::signal(SIGVTALRM, SIG_DFL);
    setitimer(ITIMER_VIRTUAL, &timer, nullptr);

    PointerValue value;
    value.DeserializeFromString(variable, MakePointerChecker<RandomVariableStream>());
    const Ptr<RandomVariableStream> stream = value.Get<RandomVariableStream>();
    if (!AllowsParameters(stream->GetInstanceTypeId(), variable))
    {
        _exit(NOT_TAKEN);
    }
    stream->SetStream(1);
    const std::clock_t end = std::clock() + ENOUGH;
    for (int i = 0; i < DRAWS && std::clock() < end; ++i)
    {
        if (std::isnan(stream->GetValue()))
        {
            _exit(NO_NUMBER);
        }
    }
    _exit(0);
}

} // namespace

std::string
FindProblemOfDraws(const std::string& variable)
{
    const pid_t child = fork();
    if (child < 0)
    {
        throw std::runtime_error("No process can be made to try '" + variable + "'.");
    }
    if (child == 0)
    {
        Try(variable);
    }
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
    {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    {
        return "";
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == NO_NUMBER ? "what it draws is no number"
           : WIFSIGNALED(status) && WTERMSIG(status) == SIGVTALRM
               ? "one draw takes more than " + std::to_string(LONGEST) + " s"
               : "ns-3 does not take its parameters";
}

} // namespace ns3::lifecycle_internal
