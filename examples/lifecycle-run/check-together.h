#ifndef LIFECYCLE_RUN_CHECK_TOGETHER_H
#define LIFECYCLE_RUN_CHECK_TOGETHER_H

#include "parameters.h"

#include "ns3/impaired-channel.h"

#include <functional>
#include <string>
#include <vector>

namespace lifecycle_run
{

/** Checks what no single option can: options that need or exclude one another. @throws UsageError */
void CheckTogether(const RunConfig& config);

/** Checks that the run folder is named and can be used. @throws UsageError */
void CheckFolder(const RunConfig& config);

/** Calls what uses the run folder. @throws UsageError if the folder is the wrong one */
void ForOutput(const RunConfig& config, const std::function<void()>& call);

/** The impairments of one direction: its own, or those of both. */
ns3::LinkImpairments ImpairmentsOf(const Direction& own, const Direction& both);

/** The files that a run reads, which its manifest names. */
std::vector<std::string> InputFilesOf(const RunConfig& config);

} // namespace lifecycle_run

#endif // LIFECYCLE_RUN_CHECK_TOGETHER_H
