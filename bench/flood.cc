// A SYN flood: what each SYN costs a server that answers by this policy, in time and memory.

#include "meter.h"
#include "syn-source.h"
#include "world.h"

#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-program-helper.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/tcp-socket-factory.h"

#include <map>

using namespace bench;
using namespace ns3;

namespace
{

constexpr std::uint16_t PORT = 1000;

/** What a policy sets. */
const std::map<std::string, Settings> POLICIES{
    {"drop-new", {{"SynOverflow", "drop-new"}}},
    {"drop-oldest", {{"SynOverflow", "drop-oldest"}}},
    {"random-early-drop", {{"SynOverflow", "random-early-drop"}}},
    {"reset", {{"SynOverflow", "reset"}}},
    {"syn-cache", {{"SynQueueLimit", "1000000"}, {"SynCacheBuckets", "512"}}},
    {"cookies-on-overflow", {{"SynCookies", "on-overflow"}}},
    {"cookies-always", {{"SynCookies", "always"}}}};

std::vector<std::string>
PolicyNames()
{
    std::vector<std::string> names;
    names.reserve(POLICIES.size());
    for (const auto& [name, settings] : POLICIES)
    {
        names.push_back(name);
    }
    return names;
}

struct Options
{
    std::string policy{"drop-new"};
    std::uint64_t syns{1000000};
    std::uint64_t rate{100000};
};

int
Measure(const Options& options)
{
    WorldConfig config;
    config.msl = 30;
    config.clientIsBare = true;
    config.settings = POLICIES.at(options.policy);
    const World world(config);
    const Ptr<Socket> listener =
        Socket::CreateSocket(world.Server(), TcpSocketFactory::GetTypeId());
    listener->Bind(world.AnyAt(PORT));
    listener->Listen();

    SynSource source(world, PORT, options.rate);
    const std::uint64_t half = options.syns / 2;
    std::size_t heapHalf = 0;
    std::size_t heapEnd = 0;
    source.OnSent([&](std::uint64_t sent) {
        if (sent == half)
        {
            heapHalf = HeapOctets();
        }
        if (sent == options.syns)
        {
            heapEnd = HeapOctets();
            Simulator::Stop(Seconds(0.01)); // what is under way arrives
        }
    });
    Simulator::ScheduleWithContext(world.Client()->GetId(),
                                   Seconds(1),
                                   &SynSource::SendUntil,
                                   &source,
                                   options.syns);
    const double begin = CpuSeconds();
    Simulator::Run();
    const double took = CpuSeconds() - begin;
    const Ptr<LifecycleL4Protocol> tcp = LifecycleStackHelper::Of(world.Server());
    nlohmann::ordered_json counters;
    for (const LifecycleCounter& counter : tcp->GetCounters())
    {
        if (counter.value > 0)
        {
            counters[counter.name] = counter.value;
        }
    }
    PrintAndEnd({{"program", "flood"},
                 {"policy", options.policy},
                 {"syns", options.syns},
                 {"us_per_syn", took * 1e6 / static_cast<double>(options.syns)},
                 {"cpu_s", took},
                 {"heap_at_half", heapHalf},
                 {"heap_at_end", heapEnd},
                 {"half_open", tcp->GetOpenConnections().size() - 1},
                 {"counters", counters},
                 {"peak_octets", PeakMemory()}});
}

} // namespace

int
main(int argc, char** argv)
{
    Options options;
    LifecycleProgramHelper program(
        "bench-flood",
        "floods a server of ours with SYNs of forged addresses, and prints what each costs as one "
        "line of JSON: CPU time, not wall time, the sender's included");
    program.AddChoice("policy", "what the server does about it", options.policy, PolicyNames());
    program.AddOption("syns", "how many are sent", options.syns, 10, 16000000);
    program.AddOption("rate", "SYNs sent in a second", options.rate, 1, 10000000);
    return program.Main(argc, argv, [&options] { return Measure(options); });
}
