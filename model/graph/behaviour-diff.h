#ifndef LIFECYCLE_GRAPH_BEHAVIOUR_DIFF_H
#define LIFECYCLE_GRAPH_BEHAVIOUR_DIFF_H

#include "../core/option-rows.h"
#include "../core/stack-config.h"
#include "subject.h"

#include <cstddef>
#include <vector>

namespace lifecycle::exploration
{

/** Inputs on which two stacks differ that are alike but for one option. */
struct Difference
{
    const StackOption* option;
    StackConfig one;   ///< as the first of the two stacks has the option
    StackConfig other; ///< as the second
    bool reads{true};  ///< the users read what has arrived
    /** The fewest, but for timeouts; the last shows the difference. Empty: none was found. */
    std::vector<Input> inputs{};
};

/** What two stacks differ in. */
struct BehaviourDiff
{
    std::vector<Difference> differences; ///< a row an option, in the order of options
    std::vector<const StackOption*>
        notAsked; ///< of options, buffers, limits and times, which no single input shows
};

/**
 * Finds for each option in which two stacks differ the fewest inputs that show it.
 *
 * Both get the same inputs, in a product walk over pairs of hosts that have answered alike so far: all
 * else as in the first stack, and if that shows nothing, all else as in the second. Times come from
 * neither, as in worlds. Where nothing is shown so, users who do not read, keepalive, a SYN of RFC 793
 * and a full accept queue are tried as well.
 *
 * @param mostPairs to visit for one option.
 */
BehaviourDiff Differ(const StackConfig& one, const StackConfig& other, std::size_t mostPairs);

} // namespace lifecycle::exploration

#endif // LIFECYCLE_GRAPH_BEHAVIOUR_DIFF_H
