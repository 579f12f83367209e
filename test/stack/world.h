#ifndef LIFECYCLE_TEST_STACK_WORLD_H
#define LIFECYCLE_TEST_STACK_WORLD_H

#include "ns3/impaired-link-helper.h"
#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"
#include "ns3/lifecycle-l4-protocol.h"
#include "ns3/lifecycle-socket.h"
#include "ns3/lifecycle-trace.h"
#include "ns3/node.h"
#include "ns3/nstime.h"
#include "ns3/simulator.h"
#include "ns3/socket.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace ns3
{

constexpr uint16_t PORT = 80;

/** Which TCP a node has. */
enum class Stack
{
    OURS,
    STOCK,
};

/** Two nodes and a link of 10 ms between them; remembers what our traces tell. */
class World
{
  public:
    explicit World(Stack client = Stack::OURS, Stack server = Stack::OURS);
    ~World();

    World(const World&) = delete;
    World& operator=(const World&) = delete;

    /** The link with these rules, at @p rate; before anything else happens. */
    void SetRules(const std::string& rules);
    void SetLoss(double probability);
    void SetChannelAttribute(const std::string& name, const AttributeValue& value);

    /** Makes link and stacks, if that was not done; sockets and applications need them. */
    void Build();

    Ptr<Node> Client()
    {
        return m_client;
    }

    Ptr<Node> Server()
    {
        return m_server;
    }

    Ptr<LifecycleL4Protocol> Tcp(Ptr<Node> node);

    /** An unbound socket of the node's TCP. */
    Ptr<Socket> MakeSocket(Ptr<Node> node);
    Ptr<LifecycleSocket> OurSocket(Ptr<Node> node);

    /** A listener on PORT of the server. */
    Ptr<Socket> Listen();

    Address ServerAddress(uint16_t port = PORT) const
    {
        return InetSocketAddress("10.0.0.2", port);
    }

    Address ClientAddress(uint16_t port) const
    {
        return InetSocketAddress("10.0.0.1", port);
    }

    /** Gives both ends IPv6: 2001:db8::1 the client, 2001:db8::2 the server, usable at once. */
    void UseIpv6();

    Address ServerAddress6(uint16_t port = PORT) const
    {
        return Inet6SocketAddress("2001:db8::2", port);
    }

    Address ClientAddress6(uint16_t port) const
    {
        return Inet6SocketAddress("2001:db8::1", port);
    }

    /** Runs until @p end. */
    void Run(Time end);

    /** States that our end at @p node went through, as `CLOSED SYN-SENT ...`, all connections. */
    std::string Path(Ptr<Node> node) const;

    /** The edges it took, as `T02 T08 ...`, all connections. */
    std::string Edges(Ptr<Node> node) const;

    /** What @p node has sent, as `S S. . F.`. */
    std::string Sent(Ptr<Node> node) const;

    /** What users at @p node were told but of data, as `connection established, soft error`. */
    std::string Reports(Ptr<Node> node) const;

    struct Events
    {
        std::vector<LifecycleTransition> transitions;
        std::vector<LifecycleSegment> tx;
        std::vector<LifecycleSegment> rx;
        std::vector<LifecycleSegment> drops;
        std::vector<LifecycleEnd> ends;
        std::vector<LifecycleSignal> signals;
        std::vector<uint32_t> timeWait;
        std::vector<uint32_t> synQueue;
        std::vector<uint32_t> acceptQueue;
        std::map<std::string, std::vector<uint64_t>> counters; ///< by trace source
    };

    /** What the traces of @p node have told. */
    Events& Of(Ptr<Node> node)
    {
        return m_events[node->GetId()];
    }

    NetDeviceContainer devices;

  private:
    void Install(Ptr<Node> node, Stack stack);
    void Listen(Ptr<Node> node);

    Stack m_clientStack;
    Stack m_serverStack;
    bool m_isBuilt{false};
    Ptr<Node> m_client;
    Ptr<Node> m_server;
    ImpairedLinkHelper m_link;
    std::map<uint32_t, Events> m_events;
};

/** A user of a socket: sends a pattern, checks that it receives one, remembers what it was told. */
class User
{
  public:
    explicit User(Ptr<Socket> socket);
    ~User();

    User(const User&) = delete;
    User& operator=(const User&) = delete;

    /** Sends @p octets of the pattern as there is room, then closes if @p closes. */
    void SendPattern(uint64_t octets, bool closes = true);

    /** Becomes the user of @p socket. */
    void Serve(Ptr<Socket> socket);

    /** Is nobody's user any more, and holds no pointer. */
    void Release();

    /** Becomes the user of the next socket that @p listener accepts. */
    static void ServeNext(Ptr<Socket> listener, User& user);

    /** The notifications so far, as `connected readable closed`, repetitions left out. */
    std::string told;
    uint64_t received{0};
    bool isIntact{true}; ///< what was received is the pattern
    bool sawEnd{false};  ///< an empty packet was read
    bool closesOnEnd{true};
    Time at; ///< of the last notification other than of data
    Ptr<Socket> socket;

  private:
    void Hook();
    void Note(const std::string& what);
    void Fill();
    void Connected(Ptr<Socket> socket);
    void Failed(Ptr<Socket> socket);
    void Closed(Ptr<Socket> socket);
    void Broken(Ptr<Socket> socket);
    void Readable(Ptr<Socket> socket);
    void Room(Ptr<Socket> socket, uint32_t octets);
    void Accepted(Ptr<Socket> socket, const Address& from);

    uint64_t m_toSend{0};
    uint64_t m_sent{0};
    bool m_closes{false};
};

/** Whoever has set the callbacks of @p socket hears of it no more. */
void ForgetCallbacks(Ptr<Socket> socket);

/** The octet at @p place of the pattern, which has no short period. */
inline uint8_t
PatternAt(uint64_t place)
{
    return static_cast<uint8_t>(place * 167 + (place >> 8) * 31 + (place >> 16) * 7);
}

/** What is written to std::clog while @p call runs. */
template <class Call>
std::string
Said(Call call)
{
    std::ostringstream said;
    std::streambuf* const before = std::clog.rdbuf(said.rdbuf());
    call();
    std::clog.rdbuf(before);
    return said.str();
}

/** Fixture: each test its own world. */
class StackTest : public ::testing::Test
{
  protected:
    World w;
};

} // namespace ns3

#endif // LIFECYCLE_TEST_STACK_WORLD_H
