#ifndef LIFECYCLE_SCENARIO_PROGRAM_H
#define LIFECYCLE_SCENARIO_PROGRAM_H

#include "options.h"

#include <string>
#include <vector>

namespace ns3::lifecycle_internal
{

/** What a LifecycleProgramHelper was told. */
struct Program
{
    std::string name;
    std::string help;
    std::vector<Option> options;          ///< those that are its own have their target there
    LifecycleScenario none;               ///< what the options of a program without scenario meet
    LifecycleScenario* scenario{nullptr}; ///< the program's, if it has one

    LifecycleScenario& Scenario()
    {
        return scenario != nullptr ? *scenario : none;
    }
};

/** The name of the program that runs, for messages. */
const std::string& ProgramName();

} // namespace ns3::lifecycle_internal

#endif // LIFECYCLE_SCENARIO_PROGRAM_H
