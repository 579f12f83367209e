// The life of one connection over a device of choice, with ns-3's own applications at its ends.

#include "ns3/bulk-send-helper.h"
#include "ns3/command-line.h"
#include "ns3/csma-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/lifecycle-trace-helper.h"
#include "ns3/mobility-helper.h"
#include "ns3/names.h"
#include "ns3/node-container.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/packet-sink.h"
#include "ns3/point-to-point-helper.h"
#include "ns3/simulator.h"
#include "ns3/string.h"
#include "ns3/uinteger.h"
#include "ns3/wifi-helper.h"
#include "ns3/yans-wifi-helper.h"

#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

using namespace ns3;

namespace
{

constexpr int WRONG_USAGE = 2;
constexpr uint16_t PORT = 80;
const std::string FACTORY = "ns3::TcpSocketFactory";

NetDeviceContainer
InstallWifi(const NodeContainer& nodes)
{
    MobilityHelper mobility; // puts both nodes in one place
    mobility.Install(nodes);
    YansWifiPhyHelper phy;
    phy.SetChannel(YansWifiChannelHelper::Default().Create());
    WifiMacHelper mac;
    mac.SetType("ns3::AdhocWifiMac"); // no access point, no beacons
    return WifiHelper().Install(phy, mac, nodes);
}

/** Installs devices of @p kind; returns nothing if the kind is unknown. */
std::optional<NetDeviceContainer>
InstallDevices(const std::string& kind, const NodeContainer& nodes)
{
    if (kind == "point-to-point")
    {
        PointToPointHelper pointToPoint;
        pointToPoint.SetDeviceAttribute("DataRate", StringValue("10Mbps"));
        pointToPoint.SetChannelAttribute("Delay", StringValue("5ms"));
        return pointToPoint.Install(nodes);
    }
    if (kind == "csma")
    {
        return CsmaHelper().Install(nodes);
    }
    if (kind == "wifi")
    {
        return InstallWifi(nodes);
    }
    return std::nullopt;
}

void
PrintTransition(std::string host, const LifecycleTransition& transition)
{
    std::printf("%.6f %s %s -> %s (%s)\n",
                transition.time.GetSeconds(),
                host.c_str(),
                std::string(transition.from).c_str(),
                std::string(transition.to).c_str(),
                std::string(transition.transition).c_str());
}

int
Run(int argc, char** argv)
{
    std::string device = "point-to-point";
    uint32_t octets = 100000;
    std::string output;
    CommandLine cmd("lifecycle-devices");
    cmd.Usage("One connection: BulkSend connects, sends and closes, PacketSink reads and closes.\n"
              "Prints each change of state. Attributes as in --ns3::LifecycleL4Protocol::Msl=30s.");
    cmd.AddValue("device", "What lies below: point-to-point, csma or wifi", device);
    cmd.AddValue("octets", "How much is sent", octets);
    cmd.AddValue("output", "Where to write a run folder, if anywhere", output);
    cmd.Parse(argc, argv);

    NodeContainer nodes(2);
    Names::Add("client", nodes.Get(0));
    Names::Add("server", nodes.Get(1));
    const auto devices = InstallDevices(device, nodes);
    if (!devices || octets == 0)
    {
        std::cerr << "lifecycle-devices: "
                  << (devices ? "--octets: '0' is not allowed; allowed is 1 and more"
                              : "--device: '" + device +
                                    "' is not allowed; allowed are point-to-point, csma and wifi")
                  << ".\n";
        return WRONG_USAGE;
    }
    LifecycleStackHelper().Install(nodes);
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(*devices);
    for (const auto* host : {"client", "server"})
    {
        LifecycleStackHelper::Of(Names::Find<Node>(host))
            ->TraceConnectWithoutContext("StateTransition",
                                         MakeBoundCallback(&PrintTransition, std::string(host)));
    }
    std::unique_ptr<LifecycleTraceHelper> trace;
    if (!output.empty())
    {
        trace = std::make_unique<LifecycleTraceHelper>(output);
        trace->SetProgram("lifecycle-devices");
        trace->Install(nodes);
    }

    PacketSinkHelper sinkHelper(FACTORY, InetSocketAddress(Ipv4Address::GetAny(), PORT));
    const auto sink = DynamicCast<PacketSink>(sinkHelper.Install(nodes.Get(1)).Get(0));
    BulkSendHelper source(FACTORY, InetSocketAddress(addresses.GetAddress(1), PORT));
    source.SetAttribute("MaxBytes", UintegerValue(octets));
    source.Install(nodes.Get(0)).Start(Seconds(1));

    Simulator::Stop(Minutes(10)); // TIME-WAIT lasts four minutes by default
    Simulator::Run();
    std::printf("%llu of %u octets arrived over %s\n",
                static_cast<unsigned long long>(sink->GetTotalRx()),
                octets,
                device.c_str());
    if (trace)
    {
        trace->Finish();
    }
    Simulator::Destroy();
    return sink->GetTotalRx() == octets ? 0 : 1;
}

} // namespace

int
main(int argc, char** argv)
{
    try
    {
        return Run(argc, argv);
    }
    catch (const std::exception& error) // the run folder cannot be used
    {
        std::cerr << "lifecycle-devices: " << error.what() << "\n";
        return WRONG_USAGE;
    }
}
