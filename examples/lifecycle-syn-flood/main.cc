// How many honest clients does a SYN flood keep out, and what do SYN cookies change?

#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/lifecycle-client.h"
#include "ns3/lifecycle-injector.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-server.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <iostream>

using namespace ns3;

int
main(int argc, char** argv)
{
    const std::string flood = "client->server: SYN from 198.51.100.0/24 poisson 20/s for 100s";
    CommandLine("lifecycle-syn-flood").Parse(argc, argv);
    for (const std::string cookies : {"off", "on-overflow"})
    {
        NodeContainer nodes(2);
        LifecycleStackHelper stack;
        stack.SetAttribute("SynQueueLimit", UintegerValue(64));
        stack.SetAttribute("SynCookies", StringValue(cookies));
        stack.SetAttribute("SynAckRetries", UintegerValue(2)); // half-open for 1 + 2 + 4 s
        stack.SetAttribute("SynRetries", UintegerValue(0));
        stack.Install(nodes);
        const auto devices = ImpairedLinkHelper().Install(nodes.Get(0), nodes.Get(1));
        const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
        const InetSocketAddress own(addresses.GetAddress(0), 0);
        const InetSocketAddress server(addresses.GetAddress(1), 80);
        auto routes = Ipv4StaticRoutingHelper().GetStaticRouting(nodes.Get(1)->GetObject<Ipv4>());
        routes->SetDefaultRoute(own.GetIpv4(), 1); // answers to forged addresses go that way
        const auto attacker = CreateObject<LifecycleInjector>();
        attacker->SetLink(devices.Get(0), own, nodes.Get(1), server);
        attacker->SetInjections(flood, "client", "server");
        nodes.Get(0)->AddApplication(attacker);
        const AddressValue address(server);
        nodes.Get(1)->AddApplication(CreateObjectWithAttributes<LifecycleServer>("Local", address));
        const auto client = CreateObjectWithAttributes<LifecycleClient>("Remote", address);
        client->SetAttribute("CloseFirst", StringValue("nobody"));
        nodes.Get(0)->AddApplication(client);
        for (int i = 0; i < 100; ++i) // while the flood goes on
        {
            Simulator::Schedule(Seconds(50 + i / 2.0), &LifecycleClient::Open, client);
        }
        Simulator::Stop(Seconds(110));
        Simulator::Run();
        const auto open = LifecycleStackHelper::Of(nodes.Get(0))->GetOpenConnections().size();
        std::cout << "cookies " << cookies << ": " << open << " of 100 connected\n";
        Simulator::Destroy();
    }
}
