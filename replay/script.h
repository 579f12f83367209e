#ifndef LIFECYCLE_REPLAY_SCRIPT_H
#define LIFECYCLE_REPLAY_SCRIPT_H

#include "steps.h"

#include <cstddef>
#include <string>

namespace replay
{

/**
 * What the host of number @p host meets and does, as a script in the packetdrill language.
 *
 * The order of a timer and a segment of one instant is the runner's, so a script may not pass: whoever
 * writes one plays it.
 *
 * @throws StepsError if no script says it, with a sentence that says why.
 */
std::string ScriptOf(const Steps& steps, std::size_t host);

} // namespace replay

#endif // LIFECYCLE_REPLAY_SCRIPT_H
