// Ten clients of one server, over devices of ns-3 that lose packets: what becomes of each segment?

#include "ns3/command-line.h"
#include "ns3/csma-helper.h"
#include "ns3/double.h"
#include "ns3/error-model.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv6-address-helper.h"
#include "ns3/lifecycle-client.h"
#include "ns3/lifecycle-server.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/lifecycle-trace-helper.h"
#include "ns3/names.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/pointer.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <iostream>

using namespace ns3;

/** Numbers what lies between @p nodes. @return The address of the last of them, with port 80. */
Address
Number(const NetDeviceContainer& devices, bool isIpv6, uint32_t network)
{
    const std::string number = std::to_string(network);
    if (isIpv6)
    {
        Ipv6AddressHelper addresses;
        addresses.SetBase(("2001:db8:0:" + number + "::").c_str(), Ipv6Prefix(64));
        const auto interfaces = addresses.Assign(devices);
        return Inet6SocketAddress(interfaces.GetAddress(interfaces.GetN() - 1, 1), 80);
    }
    Ipv4AddressHelper addresses(("10.0." + number + ".0").c_str(), "255.255.255.0");
    const auto interfaces = addresses.Assign(devices);
    return InetSocketAddress(interfaces.GetAddress(interfaces.GetN() - 1), 80);
}

int
main(int argc, char** argv)
{
    bool isBus = false;
    bool isIpv6 = false;
    double errorRate = 0;
    std::string output{"star"};
    CommandLine cmd("lifecycle-star");
    cmd.AddValue("bus", "One CSMA bus instead of a link for each client", isBus);
    cmd.AddValue("ipv6", "IPv6 instead of IPv4", isIpv6);
    cmd.AddValue("error-rate", "Share of packets that a RateErrorModel of ns-3 damages", errorRate);
    cmd.AddValue("output", "Where to write the run folder, and captures", output);
    cmd.Parse(argc, argv);

    NodeContainer nodes(11);
    const Ptr<Node> server = nodes.Get(10);
    Names::Add("server", server);
    LifecycleStackHelper stack;
    stack.SetPreset("linux");
    stack.SetAttribute("Msl", TimeValue(Seconds(5)));
    stack.Install(nodes);
    const auto errors = CreateObjectWithAttributes<RateErrorModel>("ErrorUnit",
                                                                   StringValue("ERROR_UNIT_PACKET"),
                                                                   "ErrorRate",
                                                                   DoubleValue(errorRate));
    CsmaHelper bus;
    PointToPointHelper link;
    link.SetDeviceAttribute("DataRate", StringValue("1Mbps"));
    link.SetDeviceAttribute("ReceiveErrorModel", PointerValue(errors));
    bus.SetDeviceAttribute("ReceiveErrorModel", PointerValue(errors));
    const auto onBus = isBus ? bus.Install(nodes) : NetDeviceContainer();
    const Address shared = isBus ? Number(onBus, isIpv6, 0) : Address();

    const Address any = isIpv6 ? Address(Inet6SocketAddress(Ipv6Address::GetAny(), 80))
                               : Address(InetSocketAddress(Ipv4Address::GetAny(), 80));
    server->AddApplication(CreateObjectWithAttributes<LifecycleServer>("Local", AddressValue(any)));
    for (uint32_t i = 0; i < 10; ++i)
    {
        Names::Add("client-" + std::to_string(i + 1), nodes.Get(i));
        const Address remote =
            isBus ? shared : Number(link.Install(nodes.Get(i), server), isIpv6, i + 1);
        const auto client =
            CreateObjectWithAttributes<LifecycleClient>("Remote", AddressValue(remote));
        nodes.Get(i)->AddApplication(client);
        Simulator::Schedule(Seconds(5 + 0.001 * i), &LifecycleClient::Open, client);
    }
    LifecycleTraceHelper trace(output, true);
    trace.Install(nodes);
    Simulator::Stop(Minutes(5));
    trace.Start(); // makes the folder, for the captures as well
    link.EnablePcapAll(output + "/link");
    bus.EnablePcapAll(output + "/bus", false);
    Simulator::Run();
    trace.Finish();
    std::cout << trace.Summary();
    Simulator::Destroy();
}
