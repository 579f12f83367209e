// Can a server go on sending when the client has closed? As long as it likes: a FIN ends one direction
// alone, and the client waits in FIN-WAIT-2.

#include "ns3/command-line.h"
#include "ns3/config.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-client.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-server.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <iostream>

using namespace ns3;

void
PrintState(std::string host, const LifecycleTransition& change)
{
    std::cout << change.time.As(Time::S) << " " << host << " is " << change.to << "\n";
}

void
PrintEnd(std::string host, const LifecycleEnd& end)
{
    std::cout << host << " has received " << end.octetsReceived << " octets\n";
}

int
main(int argc, char** argv)
{
    std::string octets = "100000000";
    CommandLine cmd("lifecycle-half-close");
    cmd.AddValue("octets", "How much the server sends when the client has closed", octets);
    cmd.Parse(argc, argv);
    Config::SetDefault("ns3::LifecycleExchange::HalfClose", StringValue("true"));
    Config::SetDefault("ns3::LifecycleExchange::ResponseSize",
                       StringValue("ns3::ConstantRandomVariable[Constant=" + octets + "]"));
    NodeContainer nodes(2);
    LifecycleStackHelper().Install(nodes);
    const auto devices = ImpairedLinkHelper().Install(nodes.Get(0), nodes.Get(1));
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    for (const uint32_t i : {0, 1})
    {
        const std::string name(i == 0 ? "client" : "server");
        const auto tcp = LifecycleStackHelper::Of(nodes.Get(i));
        tcp->TraceConnectWithoutContext("StateTransition", MakeBoundCallback(&PrintState, name));
        tcp->TraceConnectWithoutContext("ConnectionClosed", MakeBoundCallback(&PrintEnd, name));
    }
    const AddressValue address(InetSocketAddress(addresses.GetAddress(1), 80));
    nodes.Get(1)->AddApplication(CreateObjectWithAttributes<LifecycleServer>("Local", address));
    const auto client = CreateObjectWithAttributes<LifecycleClient>("Remote", address);
    nodes.Get(0)->AddApplication(client);
    Simulator::ScheduleNow(&LifecycleClient::Open, client);
    Simulator::Run();
    Simulator::Destroy();
}
