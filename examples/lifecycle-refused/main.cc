// How soon does a client learn that nobody listens? After one round trip, as RFC 9293 3.10.7.3 has it;
// ns-3's own TCP sends its SYN six times more and gives up.

#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/internet-stack-helper.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"

#include <iostream>

using namespace ns3;

void
PrintFailure(std::string stack, Ptr<Socket> /* socket */)
{
    std::cout << stack << ": connection failed after " << Simulator::Now().As(Time::S) << "\n";
}

template <class StackHelper>
void
ConnectToClosedPort(const std::string& name)
{
    NodeContainer nodes(2);
    StackHelper().Install(nodes);
    const auto devices = ImpairedLinkHelper().Install(nodes.Get(0), nodes.Get(1));
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);

    const auto factory = TypeId::LookupByName("ns3::TcpSocketFactory");
    const auto socket = Socket::CreateSocket(nodes.Get(0), factory);
    socket->SetConnectCallback(MakeNullCallback<void, Ptr<Socket>>(),
                               MakeBoundCallback(&PrintFailure, name));
    // An event: ns-3's own TCP cannot send before the simulation runs.
    Simulator::ScheduleNow(
        [socket, &addresses] { socket->Connect(InetSocketAddress(addresses.GetAddress(1), 81)); });
    Simulator::Run();
    Simulator::Destroy();
}

int
main(int argc, char** argv)
{
    CommandLine("lifecycle-refused").Parse(argc, argv);
    ConnectToClosedPort<LifecycleStackHelper>("tcp-lifecycle");
    ConnectToClosedPort<InternetStackHelper>("ns-3");
}
