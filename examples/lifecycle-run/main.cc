// The general program: client hosts open connections to a server, and a run folder tells what happened.

#include "ns3/lifecycle-program-helper.h"
#include "ns3/lifecycle-scenario-helper.h"

int
main(int argc, char** argv)
{
    ns3::LifecycleScenario scenario;
    ns3::LifecycleProgramHelper program(
        "lifecycle-run",
        "client hosts open connections to one server; what happens to them is written\ninto a run "
        "folder (doc/run-folder.rst).");
    program.AddScenario(scenario);
    return program.Main(argc, argv, [&scenario] {
        return ns3::LifecycleScenarioHelper(scenario).Run();
    });
}
