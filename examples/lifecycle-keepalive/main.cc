// How long until keepalive notices that the peer has died? KeepIdle + KeepCount * KeepInterval after
// the last segment heard; a peer that has rebooted answers the first probe with a reset.

#include "ns3/boolean.h"
#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/uinteger.h"

#include <iostream>

using namespace ns3;

void
PrintEnd(const LifecycleEnd& end)
{
    std::cout << end.time.As(Time::S) << " the connection has ended: " << end.reason << "\n";
}

int
main(int argc, char** argv)
{
    bool reboot = false;
    CommandLine cmd("lifecycle-keepalive");
    cmd.AddValue("reboot", "Whether the server is up again 1 s after its crash", reboot);
    cmd.Parse(argc, argv);

    NodeContainer nodes(2);
    LifecycleStackHelper stack;
    stack.SetAttribute("KeepAlive", BooleanValue(true));
    stack.SetAttribute("KeepIdle", TimeValue(Seconds(60)));
    stack.SetAttribute("KeepInterval", TimeValue(Seconds(10)));
    stack.SetAttribute("KeepCount", UintegerValue(5));
    stack.Install(nodes);
    const auto devices = ImpairedLinkHelper().Install(nodes.Get(0), nodes.Get(1));
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    const auto clientTcp = LifecycleStackHelper::Of(nodes.Get(0));
    const auto serverTcp = LifecycleStackHelper::Of(nodes.Get(1));
    clientTcp->TraceConnectWithoutContext("ConnectionClosed", MakeCallback(&PrintEnd));

    const InetSocketAddress server(addresses.GetAddress(1), 80);
    const auto listener = serverTcp->CreateSocket();
    listener->Bind(server);
    listener->Listen();
    clientTcp->CreateSocket()->Connect(server); // the first ACK of the server is the last one heard
    Simulator::Schedule(Seconds(30), &LifecycleL4Protocol::Crash, serverTcp);
    if (reboot)
    {
        Simulator::Schedule(Seconds(31), &LifecycleL4Protocol::Reboot, serverTcp);
    }
    Simulator::Stop(Hours(1));
    Simulator::Run();
    Simulator::Destroy();
}
