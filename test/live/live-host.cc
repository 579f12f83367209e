// A simulated host at the other end of a file descriptor, ordered about through standard input:
// what test/live/world.py drives. It prints what its sockets are told and how its states change.

#include "ns3/command-line.h"
#include "ns3/fd-net-device.h"
#include "ns3/inet-socket-address.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-live-helper.h"
#include "ns3/lifecycle-socket.h"
#include "ns3/lifecycle-stack-helper.h"
#include "ns3/lifecycle-trace.h"
#include "ns3/simulator.h"
#include "ns3/string.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace ns3;

namespace
{

constexpr int WRONG_USAGE = 2;
constexpr uint32_t PATTERN = 251; ///< octet k of every stream is k modulo this prime

/** Prints one line: the time in seconds, then @p words. */
void
Say(const std::string& words)
{
    std::printf("%.6f %s\n", Simulator::Now().GetSeconds(), words.c_str());
    std::fflush(stdout);
}

/** Octets @p from to @p from + @p count of the stream. */
Ptr<Packet>
PatternPacket(uint64_t from, uint32_t count)
{
    std::vector<uint8_t> octets(count);
    for (uint32_t i = 0; i < count; ++i)
    {
        octets[i] = (from + i) % PATTERN;
    }
    return Create<Packet>(octets.data(), count);
}

/** A socket under the name that the harness gave it. */
struct Handle
{
    Ptr<LifecycleSocket> socket;
    uint64_t toSend{0};   ///< octets that the user has still to hand over
    uint64_t sent{0};     ///< octets handed over
    uint64_t received{0}; ///< octets read
    bool reads{true};     ///< whether what arrives is read at once
    bool closes{false};   ///< close when all is handed over
    uint32_t accepted{0}; ///< of a listener: children so far
};

/** The host's user: performs orders, reports what it is told. */
class User
{
  public:
    explicit User(Ptr<Node> node)
        : m_tcp(LifecycleStackHelper::Of(node))
    {
        m_tcp->TraceConnectWithoutContext("StateTransition", MakeCallback(&User::Transition, this));
        m_tcp->TraceConnectWithoutContext("ConnectionClosed", MakeCallback(&User::Ended, this));
        m_tcp->TraceConnectWithoutContext("Drop", MakeCallback(&User::Dropped, this));
    }

    /** Performs one line: a verb, a name, arguments. */
    void Order(std::string line)
    {
        std::istringstream words(line);
        std::string verb;
        std::string name;
        words >> verb >> name;
        try
        {
            Perform(verb, name, words);
        }
        catch (const std::exception& error)
        {
            Say("wrong-order '" + line + "': " + error.what());
        }
    }

  private:
    void Perform(const std::string& verb, const std::string& name, std::istringstream& words)
    {
        if (verb == "listen" || verb == "connect")
        {
            Open(verb, name, words);
        }
        else if (verb == "crash")
        {
            m_tcp->Crash();
            m_tcp->Reboot();
        }
        else if (m_handles.count(name) == 0)
        {
            throw std::invalid_argument("there is no such verb or socket");
        }
        else
        {
            PerformOn(m_handles[name], verb, name, words);
        }
    }

    void PerformOn(Handle& handle,
                   const std::string& verb,
                   const std::string& name,
                   std::istringstream& words)
    {
        if (verb == "send")
        {
            uint64_t octets = 0;
            words >> octets;
            handle.toSend += octets;
            HandOver(name);
        }
        else if (verb == "close")
        {
            handle.closes = true;
            HandOver(name);
        }
        else if (verb == "abort")
        {
            handle.socket->Abort();
        }
        else if (verb == "shutdown")
        {
            Say("shutdown " + name + " " + std::to_string(handle.socket->ShutdownSend()));
        }
        else if (verb == "hold")
        {
            handle.reads = false;
        }
        else if (verb == "read")
        {
            handle.reads = true;
            Read(handle.socket, name);
        }
        else if (verb == "accept")
        {
            if (const auto child = DynamicCast<LifecycleSocket>(handle.socket->Accept()))
            {
                Adopt(child, name);
            }
        }
        else if (verb == "forget")
        {
            m_handles.erase(name);
        }
        else
        {
            throw std::invalid_argument("there is no such verb");
        }
    }

    /** `listen NAME PORT ATTRIBUTE=VALUE...` and `connect NAME PORT LOCAL-PORT ATTRIBUTE=VALUE...` */
    void Open(const std::string& verb, const std::string& name, std::istringstream& words)
    {
        const auto socket = DynamicCast<LifecycleSocket>(m_tcp->CreateSocket());
        uint16_t port = 0;
        uint16_t localPort = 0;
        words >> port;
        if (verb == "connect")
        {
            words >> localPort;
        }
        for (std::string setting; words >> setting;)
        {
            const auto equals = setting.find('=');
            socket->SetAttribute(setting.substr(0, equals),
                                 StringValue(setting.substr(equals + 1)));
        }
        m_handles[name] = Handle{socket};
        Listen(name);
        const uint16_t ours = verb == "listen" ? port : localPort;
        int result = socket->Bind(InetSocketAddress(Ipv4Address::GetAny(), ours));
        if (result == 0)
        {
            result = verb == "listen" ? socket->Listen()
                                      : socket->Connect(InetSocketAddress("10.77.0.1", port));
        }
        if (result != 0)
        {
            throw std::runtime_error("errno " + std::to_string(socket->GetErrno()));
        }
        Say(verb + " " + name + " " + std::to_string(result));
    }

    /** Hears all that the socket of @p name is told. */
    void Listen(const std::string& name)
    {
        const auto socket = m_handles[name].socket;
        socket->SetConnectCallback(MakeCallback(&User::Connected, this).Bind(name),
                                   MakeCallback(&User::Failed, this).Bind(name));
        socket->SetAcceptCallback(MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
                                  MakeCallback(&User::Accepted, this).Bind(name));
        socket->SetRecvCallback(MakeCallback(&User::Readable, this).Bind(name));
        socket->SetSendCallback(MakeCallback(&User::Room, this).Bind(name));
        socket->SetCloseCallbacks(MakeCallback(&User::Closed, this).Bind(name),
                                  MakeCallback(&User::Broken, this).Bind(name));
    }

    void Adopt(Ptr<LifecycleSocket> child, const std::string& listener)
    {
        const auto name = listener + "." + std::to_string(++m_handles[listener].accepted);
        m_handles[name] = Handle{child};
        m_handles[name].reads = m_handles[listener].reads;
        Listen(name);
        Say("accepted " + name);
    }

    void Accepted(std::string listener, Ptr<Socket> child, const Address&)
    {
        Adopt(DynamicCast<LifecycleSocket>(child), listener);
    }

    void Connected(std::string name, Ptr<Socket>)
    {
        Say("connected " + name);
    }

    void Failed(std::string name, Ptr<Socket>)
    {
        Say("failed " + name + " " + m_handles[name].socket->GetCloseReason());
    }

    void Closed(std::string name, Ptr<Socket>)
    {
        Say("peer-closed " + name);
    }

    void Broken(std::string name, Ptr<Socket>)
    {
        Say("broken " + name + " " + m_handles[name].socket->GetCloseReason());
    }

    void Readable(std::string name, Ptr<Socket> socket)
    {
        Read(socket, name);
    }

    void Room(std::string name, Ptr<Socket>, uint32_t)
    {
        HandOver(name);
    }

    void Read(Ptr<Socket> socket, const std::string& name)
    {
        Handle& handle = m_handles[name];
        if (!handle.reads || socket != handle.socket)
        {
            return;
        }
        while (const Ptr<Packet> packet = socket->Recv())
        {
            if (packet->GetSize() == 0)
            {
                Say("end-of-file " + name);
                break;
            }
            std::vector<uint8_t> octets(packet->GetSize());
            packet->CopyData(octets.data(), octets.size());
            for (const uint8_t octet : octets)
            {
                if (octet != handle.received++ % PATTERN)
                {
                    Say("corrupt " + name + " " + std::to_string(handle.received - 1));
                    return;
                }
            }
            Say("received " + name + " " + std::to_string(handle.received));
        }
    }

    /** Gives the socket what it has room for, and closes behind it if that is due. */
    void HandOver(const std::string& name)
    {
        Handle& handle = m_handles[name];
        while (handle.toSend > 0)
        {
            constexpr uint64_t LARGEST = 4096;
            const auto room =
                std::min({handle.toSend, uint64_t{handle.socket->GetTxAvailable()}, LARGEST});
            if (room == 0 || handle.socket->Send(PatternPacket(handle.sent, room)) <= 0)
            {
                return;
            }
            handle.toSend -= room;
            handle.sent += room;
        }
        if (std::exchange(handle.closes, false))
        {
            Say("close " + name + " " + std::to_string(handle.socket->Close()));
        }
    }

    void Transition(const LifecycleTransition& change)
    {
        Say("transition " + LifecycleEndName(change.local) + " " + LifecycleEndName(change.remote) +
            " " + std::string(change.from) + " " + std::string(change.to) + " " +
            std::string(change.transition));
    }

    void Ended(const LifecycleEnd& end)
    {
        Say("ended " + LifecycleEndName(end.local) + " " + LifecycleEndName(end.remote) + " " +
            std::string(end.reason));
    }

    void Dropped(const LifecycleSegment& segment)
    {
        Say("discarded " + LifecycleEndName(segment.local) + " " +
            LifecycleEndName(segment.remote) + " " + segment.flags + " " +
            std::string(segment.reason));
    }

    Ptr<LifecycleL4Protocol> m_tcp;          ///< of the host
    std::map<std::string, Handle> m_handles; ///< by the names that the harness gives
};

/** Ends the simulation. */
void
EndRun()
{
    Simulator::Stop();
}

} // namespace

int
main(int argc, char** argv)
{
    int fd = -1;
    CommandLine cmd("live-host");
    cmd.Usage("A host at 10.77.0.2 whose frames pass through a file descriptor; orders on standard "
              "input, one a line. Attributes as in --ns3::LifecycleL4Protocol::Msl=1s.");
    cmd.AddValue("fd", "The descriptor: one Ethernet frame a read or write", fd);
    cmd.Parse(argc, argv);
    if (fd < 0)
    {
        std::cerr << "live-host: --fd: '" << fd
                  << "' is not allowed; allowed is an open descriptor.\n";
        return WRONG_USAGE;
    }
    LifecycleLiveHelper live;
    const auto node = CreateObject<Node>();
    LifecycleStackHelper stack;
    stack.SetIpv6StackInstall(false);
    stack.Install(node);
    live.Attach<FdNetDevice>(node, fd, {"10.77.0.2", "255.255.255.0"}, "02:00:00:00:77:02");
    User user(node);
    const uint32_t context = node->GetId();
    Simulator::Schedule(MilliSeconds(20), &Say, std::string("ready"));
    std::thread orders([&user, context] {
        for (std::string line; std::getline(std::cin, line);)
        {
            Simulator::ScheduleWithContext(context, Time(0), &User::Order, &user, line);
        }
        Simulator::ScheduleWithContext(context, Time(0), &EndRun);
    });
    Simulator::Run();
    orders.join();
    Simulator::Destroy();
    return 0;
}
