// What does an old SYN leave at a listener? A half-open connection, until the host that seems to have
// sent it answers the SYN,ACK with a reset, or nobody answers and the server gives up.

#include "ns3/boolean.h"
#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-injector.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"

#include <iostream>

using namespace ns3;

void
PrintState(const LifecycleTransition& change)
{
    std::cout << change.time.As(Time::S) << " server is " << change.to << ": " << change.cause
              << "\n";
}

int
main(int argc, char** argv)
{
    bool silent = false;
    bool twoWay = false;
    CommandLine cmd("lifecycle-stale-syn");
    cmd.AddValue("silent", "Whether the client is down by then, and resets nothing", silent);
    cmd.AddValue("two-way", "Whether the server takes the SYN alone for a connection", twoWay);
    cmd.Parse(argc, argv);
    NodeContainer nodes(2);
    LifecycleStackHelper stack;
    stack.SetAttribute("TwoWayHandshake", BooleanValue(twoWay));
    stack.Install(nodes);
    const auto devices = ImpairedLinkHelper().Install(nodes.Get(0), nodes.Get(1));
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    const InetSocketAddress client(addresses.GetAddress(0), 0);
    const InetSocketAddress server(addresses.GetAddress(1), 80);
    const auto duplicate = CreateObject<LifecycleInjector>();
    duplicate->SetLink(devices.Get(0), client, nodes.Get(1), server);
    duplicate->SetInjections("client->server: SYN at 1s", "client", "server");
    nodes.Get(0)->AddApplication(duplicate);
    if (silent)
    {
        LifecycleStackHelper::Of(nodes.Get(0))->Crash();
    }
    const auto serverTcp = LifecycleStackHelper::Of(nodes.Get(1));
    serverTcp->TraceConnectWithoutContext("StateTransition", MakeCallback(&PrintState));
    const auto listener = serverTcp->CreateSocket();
    listener->Bind(server);
    listener->Listen();
    Simulator::Stop(Hours(1));
    Simulator::Run();
    std::cout << "after an hour: " << serverTcp->GetOpenConnections().size() - 1 << " open\n";
    Simulator::Destroy();
}
