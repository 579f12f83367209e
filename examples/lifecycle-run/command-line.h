#ifndef LIFECYCLE_RUN_COMMAND_LINE_H
#define LIFECYCLE_RUN_COMMAND_LINE_H

#include "parameters.h"

#include <string>

namespace lifecycle_run
{

/** What is asked for beside a run. */
enum class Request
{
    RUN,
    HELP,
    DESCRIBE,
    VERSION,
};

/** Reads the command line into @p config. @throws UsageError */
Request ReadCommandLine(int argc, char** argv, RunConfig& config);

/** The help text. */
std::string HelpText();

/** All parameters as JSON: name, type, unit, range, default, choices, help. */
std::string DescribeJson();

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_COMMAND_LINE_H
