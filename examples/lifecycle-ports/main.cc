// When does a client that closes first run out of P ports? At more than P / 2 MSL connections a
// second: each keeps its port in TIME-WAIT. The program prints how many were opened so far.

#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-client.h"
#include "ns3/lifecycle-server.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

#include <cstdio>

using namespace ns3;

uint32_t g_failed = 0;

void
CountFailure(Ptr<Node> /* node */, const std::string& /* reason: no-port */)
{
    ++g_failed;
}

int
main(int argc, char** argv)
{
    uint32_t rate = 50;
    Time msl = Seconds(5);
    CommandLine cmd("lifecycle-ports");
    cmd.AddValue("rate", "Connections that the client opens, and closes at once, a second", rate);
    cmd.AddValue("msl", "Maximum segment lifetime", msl);
    cmd.Parse(argc, argv);
    NodeContainer nodes(2);
    LifecycleStackHelper stack;
    stack.SetAttribute("Msl", TimeValue(msl));
    stack.SetAttribute("EphemeralFirst", UintegerValue(50000));
    stack.SetAttribute("EphemeralLast", UintegerValue(50099));
    stack.Install(nodes);
    const auto devices = ImpairedLinkHelper().Install(nodes.Get(0), nodes.Get(1));
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    const AddressValue address(InetSocketAddress(addresses.GetAddress(1), 80));
    nodes.Get(1)->AddApplication(CreateObjectWithAttributes<LifecycleServer>("Local", address));
    const auto client = CreateObjectWithAttributes<LifecycleClient>("Remote", address);
    client->TraceConnectWithoutContext("OpenFailed", MakeCallback(&CountFailure));
    nodes.Get(0)->AddApplication(client);
    for (uint32_t i = 1; i <= 30 * rate; ++i)
    {
        Simulator::Schedule(Seconds(double(i) / rate), &LifecycleClient::Open, client);
    }
    for (uint32_t s = 5; s <= 30; s += 5)
    {
        Simulator::Schedule(Seconds(s),
                            [=] { std::printf("%2u s: %u\n", s, s * rate - g_failed); });
    }
    Simulator::Run();
    Simulator::Destroy();
    std::printf("theory: %g a second for long\n", 100 / (2 * msl.GetSeconds()));
}
