// Plays in ns-3 what lifecycle-explore has found, and writes a run folder: see --help.

#include "player.h"
#include "script.h"
#include "steps.h"

#include "ns3/lifecycle-trace-helper.h"
#include "ns3/simulator.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <getopt.h>
#include <iostream>
#include <sstream>
#include <string>

namespace
{

using namespace replay;

struct Arguments
{
    std::string steps;
    std::string output;
    bool force{false};
};

[[noreturn]] void
Refuse(const std::string& sentence)
{
    std::cerr << "lifecycle-replay: " << sentence << "\n";
    std::exit(2);
}

void
PrintHelp()
{
    std::cout << "Usage: lifecycle-replay --steps=FILE --output=DIR [--force]\n\n"
                 "Plays in ns-3 the steps that 'lifecycle-explore --steps=FILE' has written: each "
                 "call, segment and\n"
                 "timer at the same instant and in the same order, with the same settings. Writes "
                 "the run folder DIR,\n"
                 "and in it steps.json, a copy of FILE, and a script in the packetdrill language "
                 "for each host, HOST.pkt, where "
                 "one can say it.\n\n"
                 "  --force  an earlier run in DIR is replaced\n\n"
                 "Exit status: 0 if ns-3 does the same at each step, 1 if it differs, 2 for wrong "
                 "usage.\n";
    std::exit(0);
}

Arguments
Read(int argc, char** argv)
{
    const std::array<option, 5> options{{{"steps", required_argument, nullptr, 's'},
                                         {"output", required_argument, nullptr, 'o'},
                                         {"force", no_argument, nullptr, 'f'},
                                         {"help", no_argument, nullptr, 'h'},
                                         {nullptr, 0, nullptr, 0}}};
    Arguments arguments;
    opterr = 0;
    for (int found = 0; (found = getopt_long(argc, argv, "", options.data(), nullptr)) != -1;)
    {
        switch (found)
        {
        case 's':
            arguments.steps = optarg;
            break;
        case 'o':
            arguments.output = optarg;
            break;
        case 'f':
            arguments.force = true;
            break;
        case 'h':
            PrintHelp();
            break;
        default:
            Refuse("'" + std::string(argv[optind - 1]) + "' is not understood; '--help' says all.");
        }
    }
    if (optind < argc)
    {
        Refuse("'" + std::string(argv[optind]) + "' is no option; '--help' says all.");
    }
    if (arguments.steps.empty() || arguments.output.empty())
    {
        Refuse("it needs --steps=FILE and --output=DIR; '--help' says all.");
    }
    return arguments;
}

/** Writes into @p folder what was played, and a script for each host. @return Whether that succeeds. */
bool
WriteBeside(const Steps& steps, const std::string& text, const std::string& folder)
{
    std::ofstream copy(folder + "/steps.json");
    copy << text;
    copy.close();
    bool isWritten = !copy.fail();
    for (std::size_t host = 0; host < steps.hosts.size(); ++host)
    {
        const std::string& name = steps.hosts[host].name;
        try
        {
            const std::string said = ScriptOf(steps, host);
            std::string script(folder);
            script.append("/").append(name).append(".pkt");
            std::ofstream out(script);
            out << said;
            out.close();
            isWritten = isWritten && !out.fail();
        }
        catch (const StepsError& error)
        {
            std::cout << "no script of host " << name << ": " << error.what() << "\n";
        }
    }
    return isWritten;
}

int
Play(const Arguments& arguments)
{
    const Steps steps = ReadSteps(arguments.steps);
    std::ostringstream text; // the file may be one of an earlier run in the folder
    text << std::ifstream(arguments.steps).rdbuf();
    Player player(steps);
    ns3::LifecycleTraceHelper trace(arguments.output, arguments.force);
    trace.SetProgram("lifecycle-replay");
    trace.Record("transitions,segments,timers,occupancy,connections,rules");
    trace.SetParameter("check", steps.check, true);
    for (std::size_t host = 0; host < steps.hosts.size(); ++host)
    {
        trace.AddHost(player.Nodes()[host], steps.hosts[host].name, "host");
    }
    if (player.Attacker() != nullptr)
    {
        trace.AddHost(player.Attacker(), "attacker", "attacker");
        player.OnInjector(
            [&trace](ns3::Ptr<ns3::LifecycleInjector> injector) { trace.AddInjector(injector); });
    }
    trace.Start();
    const auto difference = player.Play();
    trace.Finish();
    ns3::Simulator::Destroy();
    if (difference)
    {
        std::cout << *difference << "\n";
        return 1;
    }
    std::cout << "ns-3 does the same in all " << steps.steps.size() << " steps, to the one that "
              << "breaks " << steps.check << "\n";
    return WriteBeside(steps, text.str(), arguments.output) && std::cout.flush() ? 0 : 1;
}

} // namespace

int
main(int argc, char** argv)
{
    try
    {
        return Play(Read(argc, argv));
    }
    catch (const std::exception& error)
    {
        Refuse(error.what());
    }
}
