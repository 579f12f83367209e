// The general program: client hosts open connections to a server, and a run folder tells what happened.

#include "check-together.h"
#include "command-line.h"
#include "interrupt.h"
#include "scenario.h"
#include "serve.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace
{

constexpr int FAILED = 1; // the disk is full, or may not be written
constexpr int WRONG_USAGE = 2;

using lifecycle_run::Request;

int
Run(const lifecycle_run::RunConfig& config)
{
    lifecycle_run::CheckTogether(config);
    lifecycle_run::CheckFolder(config);
    lifecycle_run::Scenario scenario(config);
    scenario.Run();
    for (const std::string& rule : scenario.UnusedRules())
    {
        std::cerr << "lifecycle-run: no segment matched the rule '" << rule << "'.\n";
    }
    for (const std::string& injection : scenario.UnusedInjections())
    {
        std::cerr << "lifecycle-run: nothing was sent by the injection '" << injection << "'.\n";
    }
    if (!config.quiet)
    {
        std::cerr << scenario.Summary();
    }
    if (lifecycle_run::WasInterrupted())
    {
        std::cerr << "lifecycle-run: interrupted; the folder holds the run up to there.\n";
        return lifecycle_run::INTERRUPTED;
    }
    return 0;
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

int Obey(const std::vector<std::string>& arguments);

/** Does what the command line asks for; an error becomes one sentence. */
int
Attempt(const std::vector<std::string>& arguments)
{
    try
    {
        lifecycle_run::RunConfig config;
        switch (lifecycle_run::ReadCommandLine(arguments, config))
        {
        case Request::HELP:
            Print(lifecycle_run::HelpText());
            return 0;
        case Request::DESCRIBE:
            Print(lifecycle_run::DescribeJson());
            return 0;
        case Request::VERSION:
            Print("lifecycle-run " LIFECYCLE_VERSION "\n");
            return 0;
        case Request::SERVE:
            return lifecycle_run::Serve(std::cin, Print, Obey);
        case Request::PRINT_CONFIG:
            lifecycle_run::CheckTogether(config);
            Print(lifecycle_run::ConfigText(config));
            return 0;
        case Request::RUN:
            break;
        }
        return Run(config);
    }
    catch (const lifecycle_run::UsageError& error)
    {
        std::cerr << "lifecycle-run: " << error.what() << "\n";
        return WRONG_USAGE;
    }
    catch (const std::bad_alloc&)
    {
        std::cerr << "lifecycle-run: There is not enough memory.\n";
        return FAILED;
    }
    catch (const std::exception& error)
    {
        std::cerr << "lifecycle-run: " << error.what() << "\n";
        return FAILED;
    }
}

/** The same, and it fails if what it has to say cannot be written. */
int
Obey(const std::vector<std::string>& arguments)
{
    const int status = Attempt(arguments);
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

int
main(int argc, char** argv)
{
    OpenStandardFiles();
    return Obey({argv + 1, argv + argc});
}
