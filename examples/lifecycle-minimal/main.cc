// A program of one's own: one connection that loses a segment, recorded in the folder my-run.

#include "ns3/bulk-send-helper.h"
#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/lifecycle-trace-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/simulator.h"
#include "ns3/uinteger.h"

using namespace ns3;

int
main(int argc, char** argv)
{
    CommandLine("lifecycle-minimal").Parse(argc, argv);
    NodeContainer nodes(2);
    LifecycleStackHelper stack;
    stack.SetAttribute("Msl", TimeValue(Seconds(15)));
    stack.Install(nodes);
    ImpairedLinkHelper link;
    link.SetRules("any: drop 1st data");
    const auto devices = link.Install(nodes.Get(0), nodes.Get(1));
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);

    const InetSocketAddress server(addresses.GetAddress(1), 80);
    PacketSinkHelper("ns3::TcpSocketFactory", server).Install(nodes.Get(1));
    BulkSendHelper client("ns3::TcpSocketFactory", server);
    client.SetAttribute("MaxBytes", UintegerValue(20000));
    client.Install(nodes.Get(0)).Start(Seconds(1));

    LifecycleTraceHelper trace("my-run", true); // true: an earlier run there is replaced
    trace.Install(nodes);
    Simulator::Stop(Minutes(5));
    Simulator::Run();
    trace.Finish();
    Simulator::Destroy();
}
