#ifndef LIFECYCLE_EXPLORE_HELP_H
#define LIFECYCLE_EXPLORE_HELP_H

#include <string_view>
#include <vector>

namespace lifecycle::exploration
{

struct NamedScripts
{
    std::string_view name;
    std::vector<std::string_view>
        scripts; ///< of host a, b and so on; `data` stands for --data SENDs
    std::string_view meaning;
};

/** What may stand behind `--script=`. */
const std::vector<NamedScripts>& ScriptTable();

/** Prints what `--help` says. */
void PrintHelp();

} // namespace lifecycle::exploration

#endif // LIFECYCLE_EXPLORE_HELP_H
