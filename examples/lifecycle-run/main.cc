// The general program: client hosts open connections to a server, and a run folder tells what happened.

#include "check-together.h"
#include "command-line.h"
#include "scenario.h"
#include "serve.h"

#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace
{

constexpr int FAILED = 1; // the disk is full, or may not be written
constexpr int WRONG_USAGE = 2;
constexpr int INTERRUPTED = 130;

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
        std::cerr << scenario.Summary() << "\n";
    }
    if (scenario.WasInterrupted())
    {
        std::cerr << "lifecycle-run: interrupted; the folder holds the run up to there.\n";
        return INTERRUPTED;
    }
    return 0;
}

/** Does what the command line asks for; an error becomes one sentence. */
int
Obey(const std::vector<std::string>& arguments)
{
    try
    {
        lifecycle_run::RunConfig config;
        switch (lifecycle_run::ReadCommandLine(arguments, config))
        {
        case Request::HELP:
            std::cout << lifecycle_run::HelpText();
            return 0;
        case Request::DESCRIBE:
            std::cout << lifecycle_run::DescribeJson();
            return 0;
        case Request::VERSION:
            std::cout << "lifecycle-run " << LIFECYCLE_VERSION << "\n";
            return 0;
        case Request::SERVE:
            return lifecycle_run::Serve(std::cin, std::cout, Obey);
        case Request::PRINT_CONFIG:
            lifecycle_run::CheckTogether(config);
            std::cout << lifecycle_run::ConfigText(config);
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
    catch (const std::exception& error)
    {
        std::cerr << "lifecycle-run: " << error.what() << "\n";
        return FAILED;
    }
}

} // namespace

int
main(int argc, char** argv)
{
    return Obey({argv + 1, argv + argc});
}
