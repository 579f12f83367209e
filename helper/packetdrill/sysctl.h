#ifndef LIFECYCLE_PACKETDRILL_SYSCTL_H
#define LIFECYCLE_PACKETDRILL_SYSCTL_H

#include "simulated-host.h"

#include <string>

namespace lifecycle::packetdrill
{

/** Does what `sysctl -w name=value` would do; @p line is where the script asks for it. */
void SetSysctl(SimulatedHost& host, const std::string& name, const std::string& value, int line);

/** Throws Failure if two attributes do not go together; what needs both is to be set by one command. */
void CheckTogether(const SimulatedHost& host, int line);

} // namespace lifecycle::packetdrill

#endif // LIFECYCLE_PACKETDRILL_SYSCTL_H
