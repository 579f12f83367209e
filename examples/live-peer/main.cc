// A simulated host that real programs can talk to: a web server behind an impaired link and a
// gateway whose other device is a TAP of this machine. `./lab live` makes all that is around it.

#include "ns3/command-line.h"
#include "ns3/double.h"
#include "ns3/fd-net-device.h"
#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/ipv4-address-helper.h"
#include "ns3/ipv4-static-routing-helper.h"
#include "ns3/lifecycle-live-helper.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/lifecycle-trace-helper.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"
#include "ns3/string.h"

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <unistd.h>

using namespace ns3;

namespace
{

constexpr int WRONG_USAGE = 2;
constexpr uint16_t PORT = 80;

/** Throws one sentence about a value of an option. */
[[noreturn]] void
Refuse(const std::string& option, const std::string& value, const std::string& allowed)
{
    throw std::runtime_error("--" + option + ": '" + value + "' is not allowed; allowed is " +
                             allowed);
}

/** Answers each request with one page, and closes. */
class WebServer
{
  public:
    /** Serves pages of @p octets at @p node. */
    WebServer(Ptr<Node> node, uint32_t octets)
        : m_page(octets, '.')
    {
        constexpr uint32_t LINE = 64;
        for (uint32_t at = LINE - 1; at < octets; at += LINE)
        {
            m_page[at] = '\n';
        }
        m_listener = Socket::CreateSocket(node, TypeId::LookupByName("ns3::TcpSocketFactory"));
        m_listener->Bind(InetSocketAddress(Ipv4Address::GetAny(), PORT));
        m_listener->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                      MakeCallback(&WebServer::Accept, this));
        m_listener->Listen();
    }

  private:
    /** What one client has asked, and what it has still to get. */
    struct Visit
    {
        std::string request;
        std::string answer;
    };

    void Accept(Ptr<Socket> client, const Address&)
    {
        m_visits[client];
        client->SetRecvCallback(MakeCallback(&WebServer::Read, this));
        client->SetSendCallback(MakeCallback(&WebServer::Write, this));
        client->SetCloseCallbacks(MakeCallback(&WebServer::PeerClosed, this),
                                  MakeCallback(&WebServer::Forget, this));
    }

    void Read(Ptr<Socket> client)
    {
        Visit& visit = m_visits[client];
        const bool wasComplete = IsComplete(visit.request);
        for (Ptr<Packet> packet = client->Recv(); packet && packet->GetSize() > 0;
             packet = client->Recv())
        {
            std::string text(packet->GetSize(), '\0');
            packet->CopyData(reinterpret_cast<uint8_t*>(text.data()), text.size());
            visit.request += text;
        }
        if (!wasComplete && IsComplete(visit.request))
        {
            visit.answer = "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\nContent-Length: " +
                           std::to_string(m_page.size()) + "\r\n\r\n" + m_page;
            Write(client, 0);
        }
    }

    /** Sends as much of the answer as there is room for, and closes behind its last octet. */
    void Write(Ptr<Socket> client, uint32_t)
    {
        std::string& answer = m_visits[client].answer;
        while (!answer.empty())
        {
            const auto room = std::min<std::size_t>(answer.size(), client->GetTxAvailable());
            if (room == 0)
            {
                return;
            }
            const auto* octets = reinterpret_cast<const uint8_t*>(answer.data());
            const int sent = client->Send(Create<Packet>(octets, room));
            if (sent <= 0)
            {
                return;
            }
            answer.erase(0, sent);
            if (answer.empty())
            {
                client->Close();
                return;
            }
        }
    }

    /** A client that closes before its request is complete gets nothing; others may half-close. */
    void PeerClosed(Ptr<Socket> client)
    {
        if (!IsComplete(m_visits[client].request))
        {
            client->Close();
        }
    }

    void Forget(Ptr<Socket> client)
    {
        m_visits.erase(client);
    }

    static bool IsComplete(const std::string& request)
    {
        return request.find("\r\n\r\n") != std::string::npos;
    }

    std::string m_page;
    Ptr<Socket> m_listener;
    std::map<Ptr<Socket>, Visit> m_visits; ///< by the client's socket
};

void
SayReady()
{
    // The line is flushed: somebody may wait for it.
    std::cout << "http://10.77.0.2/ is there" << std::endl;
}

bool
SetText(std::string* text, const std::string& value)
{
    *text = value;
    return true;
}

int
Run(int argc, char** argv)
{
    std::string tap = "sim0";
    std::string output = "live-peer";
    double loss = 0;
    std::string delay = "10ms";
    std::string rules;
    uint32_t octets = 50000;
    CommandLine cmd("live-peer");
    cmd.Usage(
        "A web server at 10.77.0.2, behind a simulated link; its gateway, 10.77.1.2, is on a TAP\n"
        "device. './lab live -- curl http://10.77.0.2/' makes the device and the route to it.\n"
        "SIGTERM ends it. Attributes as in --ns3::LifecycleL4Protocol::Msl=30s.");
    cmd.AddValue("tap", "The TAP device", tap);
    cmd.AddValue("output",
                 "Where to write the run folder; an earlier run there is replaced",
                 output);
    cmd.AddValue("loss", "Probability that the link loses a packet, each way", loss);
    cmd.AddValue("delay", "How long the link takes, each way", delay);
    cmd.AddValue("rules",
                 "Rules for single segments: gateway->host: drop 1st SYN",
                 MakeBoundCallback(&SetText, &rules)); // AddValue of a string stops at a space
    cmd.AddValue("octets", "Size of the page", octets);
    cmd.Parse(argc, argv);
    if (!(loss >= 0 && loss <= 1))
    {
        Refuse("loss", std::to_string(loss), "0 to 1");
    }
    if (!std::regex_match(delay, std::regex("[0-9]{1,6}(ns|us|ms|s)")))
    {
        Refuse("delay", delay, "a time such as 20ms");
    }
    if (const auto problem = ImpairedChannel::FindProblemInRules(rules, {"gateway", "host"});
        !problem.empty())
    {
        throw std::runtime_error("--rules: " + problem);
    }
    LifecycleLiveHelper live;
    const int fd = live.OpenTap(tap);

    NodeContainer nodes(2);
    const auto gateway = nodes.Get(0);
    const auto host = nodes.Get(1);
    LifecycleStackHelper stack;
    stack.SetIpv6StackInstall(false);
    stack.Install(nodes);
    ImpairedLinkHelper link;
    link.SetHostNames("gateway", "host");
    link.SetChannelAttribute("Delay", StringValue(delay));
    link.SetChannelAttribute("LossProbability", DoubleValue(loss));
    link.SetRules(rules);
    const auto devices = link.Install(gateway, host);
    Ipv4AddressHelper("10.77.0.0", "255.255.255.0").Assign(devices);
    live.Attach<FdNetDevice>(gateway, fd, {"10.77.1.2", "255.255.255.0"});
    Ipv4StaticRoutingHelper()
        .GetStaticRouting(host->GetObject<Ipv4>())
        ->SetDefaultRoute("10.77.0.1", 1);

    LifecycleTraceHelper trace(output, true);
    trace.SetProgram("live-peer");
    trace.SetParameter("loss", std::to_string(loss), loss != 0);
    trace.SetParameter("delay", delay, delay != "10ms");
    trace.SetParameter("rules", rules, !rules.empty());
    trace.AddHost(host, "host", "server");
    // The gateway's rows tell which segments of the real peer the link loses.
    trace.AddHost(gateway, "gateway", "client");
    trace.Start();
    const WebServer server(host, octets);
    live.StopOnSignal(host);
    Simulator::Schedule(MilliSeconds(1), &SayReady);
    Simulator::Run();
    trace.Finish();
    Simulator::Destroy();
    close(fd);
    return 0;
}

} // namespace

int
main(int argc, char** argv)
{
    try
    {
        return Run(argc, argv);
    }
    catch (const std::exception& error)
    {
        std::cerr << "live-peer: " << error.what() << ".\n";
        return WRONG_USAGE;
    }
}
