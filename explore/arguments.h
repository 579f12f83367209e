#ifndef LIFECYCLE_EXPLORE_ARGUMENTS_H
#define LIFECYCLE_EXPLORE_ARGUMENTS_H

#include "../model/graph/world-rules.h"
#include "differ.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lifecycle::exploration
{

/** What the command line asks for. */
struct Arguments
{
    WorldRules rules;
    std::string preset{"rfc9293"};
    std::vector<std::string>
        changed; ///< options of the stack that differ: `two-way-handshake=true`
    std::vector<std::string> without; ///< checks that may be broken
    std::size_t threads{1};
    std::uint64_t mostWorlds{0};    ///< 0: any number
    double mostSeconds{0};          ///< 0: any time
    std::uint64_t mostMegabytes{0}; ///< of memory; 0: three quarters of what there is
    std::string steps;              ///< where the way to a broken check is written; empty: nowhere
    std::string checkpoint;         ///< that a search which is stopped writes; empty: none
    std::string continueFrom;       ///< the checkpoint with which the search begins; empty: none
    bool liveness{false};           ///< whether promises are kept is asked as well
    bool asksQuestions{false};      ///< the questions of questions.h instead of these rules
    std::vector<NamedStack> differing; ///< two, whose differences are asked for instead; or none
    bool isQuiet{false};               ///< no progress is shown
};

/**
 * What @p argv says.
 *
 * Ends the program after `--help` (status 0), and after one sentence on what is wrong (status 2).
 */
Arguments ReadArguments(int argc, char** argv);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_EXPLORE_ARGUMENTS_H
