#ifndef LIFECYCLE_EXPLORE_DIFFER_H
#define LIFECYCLE_EXPLORE_DIFFER_H

#include "../model/core/stack-config.h"

#include <string>

namespace lifecycle::exploration
{

/** A stack as the command line names it. */
struct NamedStack
{
    std::string name; ///< `linux`, `rfc9293+rfc1337=false`
    StackConfig stack;
};

/**
 * Prints in what two stacks differ, each with the fewest inputs that show it, as two ladders.
 *
 * @return Whether no input shows anything.
 */
bool PrintDifferences(const NamedStack& one, const NamedStack& other);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_EXPLORE_DIFFER_H
