// How many connections sit in TIME-WAIT? As many as are closed in 2 MSL.

#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-client.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-server.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"

#include <cstdio>

using namespace ns3;

uint32_t g_waiting = 0;

void
CountWaiting(uint32_t /* before */, uint32_t now)
{
    g_waiting = now;
}

int
main(int argc, char** argv)
{
    double rate = 50;
    Time msl = Seconds(5);
    CommandLine cmd("lifecycle-time-wait");
    cmd.AddValue("rate", "Connections that the client opens, and closes at once, a second", rate);
    cmd.AddValue("msl", "Maximum segment lifetime", msl);
    cmd.Parse(argc, argv);

    NodeContainer nodes(2);
    LifecycleStackHelper stack;
    stack.SetAttribute("Msl", TimeValue(msl));
    stack.Install(nodes);
    const auto devices = ImpairedLinkHelper().Install(nodes.Get(0), nodes.Get(1));
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);

    const AddressValue address(InetSocketAddress(addresses.GetAddress(1), 80));
    nodes.Get(1)->AddApplication(CreateObjectWithAttributes<LifecycleServer>("Local", address));
    const auto client = CreateObjectWithAttributes<LifecycleClient>("Remote", address);
    nodes.Get(0)->AddApplication(client);
    for (double at = 1; at < 30; at += 1 / rate)
    {
        Simulator::Schedule(Seconds(at), &LifecycleClient::Open, client);
    }
    LifecycleStackHelper::Of(nodes.Get(0))
        ->TraceConnectWithoutContext("TimeWait", MakeCallback(&CountWaiting));
    for (int second = 5; second <= 50; second += 5)
    {
        Simulator::Schedule(Seconds(second),
                            [second] { std::printf("%2d s: %u\n", second, g_waiting); });
    }
    Simulator::Run();
    Simulator::Destroy();
    std::printf("theory: %g while connections are opened\n", rate * 2 * msl.GetSeconds());
}
