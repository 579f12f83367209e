#ifndef LIFECYCLE_SCENARIO_MODEL_IDENTITY_H
#define LIFECYCLE_SCENARIO_MODEL_IDENTITY_H

namespace ns3::lifecycle_internal
{

/**
 * What decides, beside the parameters, what a run gives: SHA-256, in hexadecimal, over the module's
 * sources (each with its path) and the version of ns-3. The build writes it.
 */
extern const char* const MODEL_IDENTITY;

/** Compiler and flags of the build, as one line. */
extern const char* const BUILT_WITH;

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_MODEL_IDENTITY_H
