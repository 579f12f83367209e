#ifndef LIFECYCLE_PACKETDRILL_COMMANDS_H
#define LIFECYCLE_PACKETDRILL_COMMANDS_H

#include "simulated-host.h"
#include "system.h"

#include <string>

namespace lifecycle::packetdrill
{

/**
 * Does what a shell would do with @p text, of the few commands that are known; none is ever started.
 *
 * Throws Unsupported for any other, Failure where the command would fail.
 */
void RunCommand(const std::string& text, SimulatedHost& host, System& system, int line);

/** Checks each `assert` of @p text, which stands between `%{` and `}%`. */
void CheckAssertions(const std::string& text, const System& system, int line);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_COMMANDS_H
