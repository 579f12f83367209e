// What comes of two ends that open to one another at once? One connection, by four segments.

#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"

#include <iostream>

using namespace ns3;

void
PrintSegment(std::string host, const LifecycleSegment& segment)
{
    std::cout << segment.time.As(Time::MS) << " " << host << " sends [" << segment.flags << "]\n";
}

void
PrintState(std::string host, const LifecycleTransition& change)
{
    std::cout << change.time.As(Time::MS) << " " << host << " is " << change.to << "\n";
}

int
main(int argc, char** argv)
{
    Time later;
    CommandLine cmd("lifecycle-simultaneous-open");
    cmd.AddValue("later", "How much later B opens; from 10 ms on, A's SYN finds no socket", later);
    cmd.Parse(argc, argv);

    NodeContainer nodes(2);
    LifecycleStackHelper().Install(nodes);
    const auto devices = ImpairedLinkHelper().Install(nodes.Get(0), nodes.Get(1)); // 10 ms away
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    for (const uint32_t i : {0, 1})
    {
        const std::string name(1, "AB"[i]);
        const auto tcp = LifecycleStackHelper::Of(nodes.Get(i));
        tcp->TraceConnectWithoutContext("StateTransition", MakeBoundCallback(&PrintState, name));
        tcp->TraceConnectWithoutContext("Tx", MakeBoundCallback(&PrintSegment, name));
        Simulator::Schedule(i * later, [tcp, i, &addresses] { // both ends know both ports
            const auto socket = tcp->CreateSocket();
            socket->Bind(InetSocketAddress(addresses.GetAddress(i), 5000));
            socket->Connect(InetSocketAddress(addresses.GetAddress(1 - i), 5000));
        });
    }
    Simulator::Stop(Seconds(1));
    Simulator::Run();
    Simulator::Destroy();
}
