// What if the last ACK is lost? The server repeats its FIN, and the client, in TIME-WAIT,
// acknowledges it once more and starts 2 MSL anew.

#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-client.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-server.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"

#include <iostream>

using namespace ns3;

void
PrintSegment(std::string host, const LifecycleSegment& segment)
{
    std::cout << segment.time.As(Time::S) << " " << host << " sends [" << segment.flags << "] "
              << segment.reason << "\n";
}

void
PrintState(std::string host, const LifecycleTransition& change)
{
    std::cout << change.time.As(Time::S) << " " << host << " is " << change.to << "\n";
}

int
main(int argc, char** argv)
{
    bool lost = true;
    CommandLine cmd("lifecycle-last-ack");
    cmd.AddValue("lost", "Whether the last ACK is lost", lost);
    cmd.Parse(argc, argv);

    NodeContainer nodes(2);
    LifecycleStackHelper().Install(nodes);
    ImpairedLinkHelper link;
    link.SetHostNames("client", "server");
    link.SetRules(lost ? "client->server: drop 1st ACK-of-FIN" : "");
    const auto devices = link.Install(nodes.Get(0), nodes.Get(1));
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    for (const uint32_t i : {0, 1})
    {
        const std::string name(i == 0 ? "client" : "server");
        const auto tcp = LifecycleStackHelper::Of(nodes.Get(i));
        tcp->TraceConnectWithoutContext("StateTransition", MakeBoundCallback(&PrintState, name));
        tcp->TraceConnectWithoutContext("Tx", MakeBoundCallback(&PrintSegment, name));
    }
    const AddressValue address(InetSocketAddress(addresses.GetAddress(1), 80));
    nodes.Get(1)->AddApplication(CreateObjectWithAttributes<LifecycleServer>("Local", address));
    const auto client = CreateObjectWithAttributes<LifecycleClient>("Remote", address);
    nodes.Get(0)->AddApplication(client);
    Simulator::Schedule(Seconds(1), &LifecycleClient::Open, client);
    Simulator::Run();
    Simulator::Destroy();
}
