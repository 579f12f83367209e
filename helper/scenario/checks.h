#ifndef LIFECYCLE_SCENARIO_CHECKS_H
#define LIFECYCLE_SCENARIO_CHECKS_H

#include "options.h"

#include "ns3/impaired-channel.h"

#include <functional>
#include <string>
#include <vector>

namespace ns3::lifecycle_internal
{

/** Checks what no single option can: options that need or exclude one another. @throws UsageError */
void CheckTogether(const LifecycleScenario& config);

/** Checks that the run folder is named and can be used. @throws UsageError */
void CheckFolder(const LifecycleScenario& config);

/** Calls what uses the run folder. @throws UsageError if the folder is the wrong one */
void ForOutput(const LifecycleScenario& config, const std::function<void()>& call);

/** The impairments of one direction: its own, or those of both. */
LinkImpairments ImpairmentsOf(const lifecycle::ImpairmentFields<LifecycleDirectionTypes>& own,
                              const LinkImpairments& both);

/** The files that a run reads, which its manifest names. */
std::vector<std::string> InputFilesOf(const LifecycleScenario& config);

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_CHECKS_H
