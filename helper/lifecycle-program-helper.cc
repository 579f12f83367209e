#include "lifecycle-program-helper.h"

#include "scenario/command-line.h"
#include "scenario/program.h"
#include "scenario/serve.h"

#include "ns3/abort.h"
#include "ns3/lifecycle-trace-helper.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <new>
#include <stdexcept>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace ns3
{

using namespace lifecycle_internal;

namespace
{

constexpr int FAILED = 1; // the disk is full, or may not be written
constexpr int WRONG_USAGE = 2;

std::string&
NameOfProgram()
{
    static std::string name = program_invocation_short_name;
    return name;
}

/** Writes to standard output. @throws std::runtime_error */
void
Print(const std::string& text)
{
    std::cout << text << std::flush;
    if (!std::cout)
    {
        throw std::runtime_error(
            "Standard output cannot be written: " + std::generic_category().message(errno) + ".");
    }
}

using Run = std::function<int()>;
using Arguments = std::vector<std::string>;

int Obey(Program& program, const Arguments& arguments, const Run& run);

/** Does what the command line asks for. @throws std::exception */
int
Do(Program& program, const Arguments& arguments, const Run& run)
{
    switch (ReadCommandLine(arguments, program))
    {
    case Request::HELP:
        Print(HelpText(program));
        return 0;
    case Request::DESCRIBE:
        Print(DescribeJson(program));
        return 0;
    case Request::VERSION:
        Print(program.name + " " LIFECYCLE_VERSION "\n");
        return 0;
    case Request::SERVE:
        return Serve(std::cin, Print, [&](const Arguments& of) { return Obey(program, of, run); });
    case Request::PRINT_CONFIG:
        Print(ConfigText(program));
        return 0;
    case Request::RUN:
        break;
    }
    return run();
}

/** The same; an error becomes one sentence. */
int
Attempt(Program& program, const Arguments& arguments, const Run& run)
{
    try
    {
        return Do(program, arguments, run);
    }
    catch (const UsageError& error)
    {
        std::cerr << program.name << ": " << error.what() << "\n";
        return WRONG_USAGE;
    }
    catch (const std::bad_alloc&)
    {
        std::cerr << program.name << ": There is not enough memory.\n";
        return FAILED;
    }
    catch (const std::exception& error)
    {
        std::cerr << program.name << ": " << error.what() << "\n";
        return FAILED;
    }
}

/** The same, and it fails if what it has to say cannot be written. */
int
Obey(Program& program, const Arguments& arguments, const Run& run)
{
    const int status = Attempt(program, arguments, run);
    const bool isSaid = std::cerr && std::ferror(stderr) == 0;
    return status == 0 && !isSaid ? FAILED : status;
}

/**
 * Sees to it that 0, 1 and 2 are open, so that no file of the run gets such a number, and what is said
 * with it. Nobody misses what is said where nobody listens; a missing standard output is an error.
 */
void
OpenStandardFiles()
{
    for (const auto& [file, mode] : {std::pair(STDIN_FILENO, O_WRONLY),
                                     std::pair(STDOUT_FILENO, O_RDONLY),
                                     std::pair(STDERR_FILENO, O_WRONLY)})
    {
        if (fcntl(file, F_GETFD) < 0 && open("/dev/null", mode) != file)
        {
            std::exit(FAILED); // no /dev/null: else it has the lowest free number, which is this
        }
    }
}

} // namespace

const std::string&
lifecycle_internal::ProgramName()
{
    return NameOfProgram();
}

LifecycleProgramHelper::LifecycleProgramHelper(const std::string& name, const std::string& help)
    : m_program(std::make_unique<Program>())
{
    m_program->name = name;
    m_program->help = help;
    NameOfProgram() = name;
}

LifecycleProgramHelper::~LifecycleProgramHelper() = default;

void
LifecycleProgramHelper::AddScenario(LifecycleScenario& scenario)
{
    m_program->scenario = &scenario;
    for (const Option& option : ScenarioOptions())
    {
        Add(option);
    }
}

void
LifecycleProgramHelper::Add(const lifecycle_internal::Option& option)
{
    const auto& all = m_program->options;
    const auto hasName = [&option](const Option& other) { return other.name == option.name; };
    NS_ABORT_MSG_IF(std::any_of(all.begin(), all.end(), hasName),
                    "there is an option --" << option.name << " already");
    m_program->options.push_back(option);
}

template <class Value>
void
LifecycleProgramHelper::AddOption(const std::string& name,
                                  const std::string& help,
                                  Value& value,
                                  double min,
                                  double max,
                                  const std::string& unit)
{
    const auto target = [&value](LifecycleScenario&) { return Target(&value); };
    Add({name, "This program", help, target, {min, max, {}, unit}});
}

template void LifecycleProgramHelper::AddOption(const std::string&,
                                                const std::string&,
                                                bool&,
                                                double,
                                                double,
                                                const std::string&);
template void LifecycleProgramHelper::AddOption(const std::string&,
                                                const std::string&,
                                                uint32_t&,
                                                double,
                                                double,
                                                const std::string&);
template void LifecycleProgramHelper::AddOption(const std::string&,
                                                const std::string&,
                                                uint64_t&,
                                                double,
                                                double,
                                                const std::string&);
template void LifecycleProgramHelper::AddOption(const std::string&,
                                                const std::string&,
                                                double&,
                                                double,
                                                double,
                                                const std::string&);
template void LifecycleProgramHelper::AddOption(const std::string&,
                                                const std::string&,
                                                std::string&,
                                                double,
                                                double,
                                                const std::string&);
template void LifecycleProgramHelper::AddOption(const std::string&,
                                                const std::string&,
                                                Time&,
                                                double,
                                                double,
                                                const std::string&);

void
LifecycleProgramHelper::AddChoice(const std::string& name,
                                  const std::string& help,
                                  std::string& value,
                                  const std::vector<std::string>& choices)
{
    const auto target = [&value](LifecycleScenario&) { return Target(&value); };
    Add({name, "This program", help, target, {0, 0, choices}});
}

void
LifecycleProgramHelper::RecordOptions(LifecycleTraceHelper& trace) const
{
    for (const Option& option : m_program->options)
    {
        if (option.group == "This program")
        {
            trace.SetParameter(option.name, ToText(option, m_program->Scenario()), true);
        }
    }
}

int
LifecycleProgramHelper::Main(int argc, char** argv, const std::function<int()>& run)
{
    OpenStandardFiles();
    return Obey(*m_program, {argv + 1, argv + argc}, run);
}

} // namespace ns3
