#ifndef LIFECYCLE_SCENARIO_COMMAND_LINE_H
#define LIFECYCLE_SCENARIO_COMMAND_LINE_H

#include "program.h"

#include <string>
#include <vector>

namespace ns3::lifecycle_internal
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

/** Reads the command line into the options of @p program. @throws UsageError */
Request ReadCommandLine(const std::vector<std::string>& arguments, Program& program);

/** The help text. */
std::string HelpText(Program& program);

/**
 * All that describes the run, as a TOML file that `lab run --config` reads.
 *
 * @throws UsageError if the run makes no sense
 */
std::string ConfigText(Program& program);

/** Build, presets, parameters (name, type, unit, range, default, choices, help) and metrics as JSON. */
std::string DescribeJson(Program& program);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_COMMAND_LINE_H
