// What does a reset do that has not the exact number? In the window, by RFC 5961, a challenge ACK
// answers the reset and the connection lives on; by RFC 793 the reset ends the connection. Out of
// the window a reset does nothing.

#include "ns3/boolean.h"
#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-injector.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"

#include <iostream>

using namespace ns3;

void
PrintSegment(const LifecycleSegment& segment)
{
    std::cout << segment.time.As(Time::S) << " server sends [" << segment.flags << "] "
              << segment.reason << "\n";
}

int
main(int argc, char** argv)
{
    bool rfc793 = false;
    CommandLine cmd("lifecycle-blind-reset");
    cmd.AddValue("rfc793", "Whether any number in the window will do", rfc793);
    cmd.Parse(argc, argv);
    for (const std::string seq : {"rcv.nxt-1", "rcv.nxt+100", "rcv.nxt"})
    {
        NodeContainer nodes(2);
        LifecycleStackHelper stack;
        stack.SetAttribute("Rfc793Reset", BooleanValue(rfc793));
        stack.Install(nodes);
        const auto devices = ImpairedLinkHelper().Install(nodes.Get(0), nodes.Get(1));
        const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
        const InetSocketAddress client(addresses.GetAddress(0), 0);
        const InetSocketAddress server(addresses.GetAddress(1), 80);
        const auto forger = CreateObject<LifecycleInjector>();
        forger->SetLink(devices.Get(0), client, nodes.Get(1), server);
        const std::string reset = "client->server: RST while ESTABLISHED at 1s seq ";
        forger->SetInjections(reset + seq, "client", "server");
        nodes.Get(0)->AddApplication(forger);
        const auto serverTcp = LifecycleStackHelper::Of(nodes.Get(1));
        serverTcp->TraceConnectWithoutContext("Tx", MakeCallback(&PrintSegment));
        const auto listener = serverTcp->CreateSocket();
        listener->Bind(server);
        listener->Listen();
        LifecycleStackHelper::Of(nodes.Get(0))->CreateSocket()->Connect(server);
        Simulator::Run();
        const auto open = serverTcp->GetOpenConnections().size() - 1; // all but the listener
        std::cout << "RST with " << seq << ": " << open << " open\n";
        Simulator::Destroy();
    }
}
