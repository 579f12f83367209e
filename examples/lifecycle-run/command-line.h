#ifndef LIFECYCLE_RUN_COMMAND_LINE_H
#define LIFECYCLE_RUN_COMMAND_LINE_H

#include "parameters.h"

#include <string>
#include <vector>

namespace lifecycle_run
{

/** What is asked for beside a run. */
enum class Request
{
    RUN,
    HELP,
    DESCRIBE,
    VERSION,
    SERVE,
    PRINT_CONFIG,
};

/** Reads the command line into @p config. @throws UsageError */
Request ReadCommandLine(const std::vector<std::string>& arguments, RunConfig& config);

/** The help text. */
std::string HelpText();

/** All that describes the run @p config, as a TOML file that `lab run --config` reads. */
std::string ConfigText(RunConfig config);

/** Build, presets, parameters (name, type, unit, range, default, choices, help) and metrics as JSON. */
std::string DescribeJson();

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_COMMAND_LINE_H
