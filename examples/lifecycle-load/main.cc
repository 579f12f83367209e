// The classic scenario from a program of one's own: how much TIME-WAIT does a load in Erlang leave?

#include "ns3/lifecycle-program-helper.h"
#include "ns3/lifecycle-scenario-helper.h"

using namespace ns3;

int
main(int argc, char** argv)
{
    LifecycleScenario scenario;
    scenario.clients = 4;
    scenario.arrivals = "poisson";
    scenario.duration = Seconds(60);
    scenario.hold = Seconds(2);
    scenario.values.Set("Msl", TimeValue(Seconds(5)));

    double load = 20;
    LifecycleProgramHelper program("lifecycle-load", "how much TIME-WAIT does a load leave?");
    program.AddOption("load", "connections open on average", load, 0.1, 1e5, "Erlang");
    program.AddScenario(scenario);
    return program.Main(argc, argv, [&] {
        scenario.rate = load / scenario.hold.fixed.GetSeconds();
        LifecycleScenarioHelper helper(scenario);
        program.RecordOptions(helper.GetTrace());
        return helper.Run();
    });
}
