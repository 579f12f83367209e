// An application of one's own: it opens a connection, sends one octet each second, and closes.

#include "ns3/application.h"
#include "ns3/command-line.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/lifecycle-trace-helper.h"
#include "ns3/packet-sink-helper.h"
#include "ns3/simulator.h"
#include "ns3/tcp-socket-factory.h"

#include <iostream>

using namespace ns3;

class Ticker : public Application
{
  public:
    Address server;   ///< whom it talks to
    uint32_t left{5}; ///< octets to send

  private:
    void StartApplication() override
    {
        const auto socket = Socket::CreateSocket(GetNode(), TcpSocketFactory::GetTypeId());
        socket->SetConnectCallback(MakeCallback(&Ticker::Tick, this),
                                   MakeCallback(&Ticker::Fail, this));
        socket->Connect(server);
    }

    void Tick(Ptr<Socket> socket)
    {
        if (left == 0)
        {
            socket->Close();
            return;
        }
        --left;
        socket->Send(Create<Packet>(1));
        Simulator::Schedule(Seconds(1), &Ticker::Tick, this, socket);
    }

    void Fail(Ptr<Socket>)
    {
        std::cout << "nobody listens\n";
    }
};

int
main(int argc, char** argv)
{
    bool isListening = true;
    CommandLine cmd("lifecycle-ticker");
    cmd.AddValue("listen", "Whether somebody listens", isListening);
    cmd.Parse(argc, argv);
    NodeContainer nodes(2);
    LifecycleStackHelper().Install(nodes);
    const auto devices = ImpairedLinkHelper().Install(nodes.Get(0), nodes.Get(1));
    const auto addresses = Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
    const auto ticker = CreateObject<Ticker>();
    ticker->server = InetSocketAddress(addresses.GetAddress(1), 80);
    nodes.Get(0)->AddApplication(ticker);
    if (isListening)
    {
        PacketSinkHelper("ns3::TcpSocketFactory", ticker->server).Install(nodes.Get(1));
    }
    LifecycleTraceHelper trace("ticker", true); // true: an earlier run there is replaced
    trace.Install(nodes);
    Simulator::Run();
    trace.Finish();
    Simulator::Destroy();
}
