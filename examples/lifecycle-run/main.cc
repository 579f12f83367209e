// The general program: client hosts open connections to a server, and a run folder tells what happened.

#include "check-together.h"
#include "command-line.h"
#include "scenario.h"

#include <cstdio>
#include <exception>
#include <iostream>

namespace
{

constexpr int FAILED = 1; // the disk is full, or may not be written
constexpr int WRONG_USAGE = 2;
constexpr int INTERRUPTED = 130;

int
Run(int argc, char** argv)
{
    lifecycle_run::RunConfig config;
    switch (lifecycle_run::ReadCommandLine(argc, argv, config))
    {
    case lifecycle_run::Request::HELP:
        std::cout << lifecycle_run::HelpText();
        return 0;
    case lifecycle_run::Request::DESCRIBE:
        std::cout << lifecycle_run::DescribeJson();
        return 0;
    case lifecycle_run::Request::VERSION:
        std::cout << "lifecycle-run " << LIFECYCLE_VERSION << "\n";
        return 0;
    case lifecycle_run::Request::RUN:
        break;
    }
    lifecycle_run::CheckTogether(config);
    lifecycle_run::Scenario scenario(config);
    scenario.Run();
    for (const std::string& rule : scenario.UnusedRules())
    {
        std::cerr << "lifecycle-run: no segment matched the rule '" << rule << "'.\n";
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

} // namespace

int
main(int argc, char** argv)
{
    try
    {
        return Run(argc, argv);
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
