// A crash, a reboot or the end of the node that is demanded inside a callback or a trace sink.

#include "../../model/wire/segment-codec.h"
#include "world.h"

#include "ns3/boolean.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-interface.h"
#include "ns3/ipv4-route.h"
#include "ns3/packet.h"
#include "ns3/uinteger.h"

#include <functional>
#include <string>
#include <tuple>
#include <vector>

namespace ns3
{
namespace
{

using lifecycle::Flag;
using lifecycle::Flags;
using lifecycle::SeqNum;

enum class Demand
{
    CRASH,
    REBOOT,
    DISPOSE,
};

/** Where it is demanded: callbacks of sockets, then trace sources of the node and of sockets. */
const std::vector<std::string> PLACES{
    "request",
    "created",
    "succeeded",
    "failed",
    "room",
    "sent",
    "received",
    "closed",
    "broken",
    "StateTransition",
    "Tx",
    "Rx",
    "Decision",
    "Drop",
    "Signal",
    "ConnectionClosed",
    "TimeWait",
    "SynQueue",
    "AcceptQueue",
    "AcceptOverflows",
    "socket_State",
    "socket_CongestionWindow",
    "socket_RTT",
    "socket_RTO",
    "socket_BytesInFlight",
    "socket_Signal",
};

/**
 * A node that goes through all that is told, and demands once.
 *
 * What arrives is handed to its TCP at once, and what it sends goes nowhere: a device would have to
 * outlive its node.
 */
class DemandInside : public ::testing::TestWithParam<std::tuple<std::string, Demand>>
{
  protected:
    DemandInside()
        : m_node(w.Client()),
          m_tcp(w.Tcp(m_node))
    {
        m_tcp->SetDownTarget(IpL4Protocol::DownTargetCallback(
            [this](Ptr<Packet>, Ipv4Address, Ipv4Address, uint8_t, Ptr<Ipv4Route>) { ++m_sent; }));
        m_listener = w.OurSocket(m_node);
        Watch(m_listener);
        EXPECT_EQ(m_listener->Bind(w.ClientAddress(PORT)), 0);
        EXPECT_EQ(m_listener->Listen(), 0);
        w.Run(MilliSeconds(1)); // nodes start
        WatchNode();
    }

    ~DemandInside() override
    {
        for (const auto& socket : m_sockets)
        {
            ForgetCallbacks(socket);
        }
    }

    /** All that can be told, until the demand. */
    void Live()
    {
        Gets(1000, Flag::SYN, 0);
        Gets(1000, Flag::ACK, 1, 1);
        Gets(1000, Flag::ACK, 1, 1, 10);
        Do([this] { m_child->Send(Create<Packet>(3000)); });
        Gets(1000, Flag::ACK, 11, 3001);
        Gets(1000, Flag::FIN | Flag::ACK, 11, 3001);
        Do([this] { m_child->Close(); });
        Gets(1000, Flag::ACK, 12, 3002);

        Opens(2000); // becomes the first to close
        Gets(2000, Flag::SYN | Flag::ACK, 0, 1);
        Do([this] { m_active->Close(); });
        Gets(2000, Flag::FIN | Flag::ACK, 1, 2);
        Opens(2001); // is refused
        Gets(2001, Flag::RST | Flag::ACK, 0, 1);
        Opens(2002); // is reset
        Gets(2002, Flag::SYN | Flag::ACK, 0, 1);
        Gets(2002, Flag::RST, 1);

        Do([this] { m_listener->SetAttribute("AutoAccept", BooleanValue(false)); });
        Do([this] { m_listener->SetAttribute("AcceptQueueLimit", UintegerValue(1)); });
        for (const uint16_t port : {3000, 3001}) // one finds the queue full
        {
            Gets(port, Flag::SYN, 0);
            Gets(port, Flag::ACK, 1, 1);
        }
    }

    World w;
    Ptr<Node> m_node;
    Ptr<LifecycleL4Protocol> m_tcp;
    Ptr<LifecycleSocket> m_listener;
    std::vector<Ptr<LifecycleSocket>> m_sockets;
    bool m_isMade{false};      ///< the demand
    uint32_t m_sent{0};        ///< segments
    uint32_t m_sentBefore{0};  ///< the demand
    int m_broken{0};           ///< how often the listener was told so
    int m_brokenInside{0};     ///< before the callback of the demand has returned
    bool m_isDealtWith{false}; ///< the input of the demand
    std::string m_toldTooLate; ///< after that

  private:
    void At(const std::string& place)
    {
        m_toldTooLate += m_isDealtWith ? " " + place : "";
        if (m_isMade || place != std::get<std::string>(GetParam()))
        {
            return;
        }
        m_isMade = true;
        m_sentBefore = m_sent;
        switch (std::get<Demand>(GetParam()))
        {
        case Demand::CRASH:
            m_tcp->Crash();
            EXPECT_TRUE(m_tcp->IsDown());
            break;
        case Demand::REBOOT:
            m_tcp->Reboot();
            break;
        case Demand::DISPOSE:
            m_node->Dispose();
            break;
        }
        m_brokenInside = m_broken;
    }

    template <class... Args>
    void Connect(Ptr<Object> object, const std::string& source, const std::string& place)
    {
        ASSERT_TRUE(object->TraceConnectWithoutContext(
            source,
            Callback<void, Args...>([this, place](Args...) { At(place); })));
    }

    void WatchNode()
    {
        Connect<const LifecycleTransition&>(m_tcp, "StateTransition", "StateTransition");
        for (const char* source : {"Tx", "Rx", "Drop"})
        {
            Connect<const LifecycleSegment&>(m_tcp, source, source);
        }
        Connect<const LifecycleDecision&>(m_tcp, "Decision", "Decision");
        Connect<const LifecycleSignal&>(m_tcp, "Signal", "Signal");
        Connect<const LifecycleEnd&>(m_tcp, "ConnectionClosed", "ConnectionClosed");
        for (const char* source : {"TimeWait", "SynQueue", "AcceptQueue"})
        {
            Connect<uint32_t, uint32_t>(m_tcp, source, source);
        }
        Connect<uint64_t, uint64_t>(m_tcp, "AcceptOverflows", "AcceptOverflows");
    }

    void Watch(Ptr<LifecycleSocket> socket)
    {
        m_sockets.push_back(socket);
        using Plain = Callback<void, Ptr<Socket>>;
        using Counted = Callback<void, Ptr<Socket>, uint32_t>;
        const auto plain = [this](const char* place) {
            return Plain([this, place](Ptr<Socket> s) {
                m_broken += s == m_listener && std::string(place) == "broken" ? 1 : 0;
                At(place);
            });
        };
        const auto counted = [this](const char* place) {
            return Counted([this, place](Ptr<Socket>, uint32_t) { At(place); });
        };
        socket->SetConnectCallback(plain("succeeded"), plain("failed"));
        socket->SetCloseCallbacks(plain("closed"), plain("broken"));
        socket->SetRecvCallback(plain("received"));
        socket->SetSendCallback(counted("room"));
        socket->SetDataSentCallback(counted("sent"));
        socket->SetAcceptCallback(
            Callback<bool, Ptr<Socket>, const Address&>([this](Ptr<Socket>, const Address&) {
                At("request");
                return true;
            }),
            Callback<void, Ptr<Socket>, const Address&>([this](Ptr<Socket> s, const Address&) {
                m_child = DynamicCast<LifecycleSocket>(s);
                Watch(m_child);
                At("created");
            }));
        Connect<TcpSocket::TcpStates_t, TcpSocket::TcpStates_t>(socket, "State", "socket_State");
        for (const std::string source : {"CongestionWindow", "BytesInFlight"})
        {
            Connect<uint32_t, uint32_t>(socket, source, "socket_" + source);
        }
        for (const std::string source : {"RTT", "RTO"})
        {
            Connect<Time, Time>(socket, source, "socket_" + source);
        }
        Connect<const LifecycleSignal&>(socket, "Signal", "socket_Signal");
    }

    /** An input, in the context of the node, unless the demand was made. */
    void Do(const std::function<void()>& input)
    {
        if (m_isMade)
        {
            return;
        }
        Simulator::ScheduleWithContext(m_node->GetId(), Time(0), [this, input] {
            input();
            Simulator::ScheduleNow([this] { m_isDealtWith = m_isMade; });
        });
        w.Run(Simulator::Now() + MilliSeconds(1));
    }

    void Opens(uint16_t port)
    {
        Do([this, port] {
            m_active = w.OurSocket(m_node);
            Watch(m_active);
            EXPECT_EQ(m_active->Bind(w.ClientAddress(port)), 0);
            m_active->Connect(w.ServerAddress(port));
        });
    }

    /** From the peer's @p port; numbers are relative, seq to the peer's first, ack to ours. */
    void Gets(uint16_t port, Flags flags, uint32_t seq, uint32_t ack = 0, uint32_t octets = 0)
    {
        const uint16_t local = port / 1000 == 2 ? port : PORT;
        lifecycle::Segment segment;
        segment.flags = flags;
        segment.seq = SeqNum(1000000 + seq);
        segment.ack = flags.Has(Flag::ACK) ? SeqNum(Iss(port) + ack) : SeqNum();
        segment.wnd = 65535;
        const lifecycle::FourTuple path{{lifecycle::Address::FromIpv4(PEER.Get()), port},
                                        {lifecycle::Address::FromIpv4(SUBJECT.Get()), local}};
        const Ptr<Packet> packet = Create<Packet>(octets);
        packet->AddHeader(lifecycle_internal::SegmentHeader(segment, path));
        Ipv4Header header;
        header.SetSource(PEER);
        header.SetDestination(SUBJECT);
        header.SetProtocol(LifecycleL4Protocol::PROT_NUMBER);
        Do([this, packet, header] { m_tcp->Receive(packet, header, Ptr<Ipv4Interface>()); });
    }

    /** Of the connection with the peer's @p port: our initial sequence number. */
    uint32_t Iss(uint16_t port)
    {
        uint32_t iss = 0;
        for (const LifecycleSegment& segment : w.Of(m_node).tx)
        {
            const bool isSyn = segment.flags.front() == 'S';
            const auto remote = InetSocketAddress::ConvertFrom(segment.remote);
            iss = isSyn && remote.GetPort() == port ? segment.seq : iss;
        }
        return iss;
    }

    inline static const Ipv4Address SUBJECT{"10.0.0.1"};
    inline static const Ipv4Address PEER{"10.0.0.2"};

    Ptr<LifecycleSocket> m_child;
    Ptr<LifecycleSocket> m_active;
};

INSTANTIATE_TEST_SUITE_P(
    Places,
    DemandInside,
    ::testing::Combine(::testing::ValuesIn(PLACES),
                       ::testing::Values(Demand::CRASH, Demand::REBOOT, Demand::DISPOSE)),
    [](const auto& info) {
        const Demand demand = std::get<Demand>(info.param);
        const char* name = demand == Demand::CRASH    ? "Crash"
                           : demand == Demand::REBOOT ? "Reboot"
                                                      : "Dispose";
        return std::get<std::string>(info.param) + "_" + name;
    });

} // namespace

TEST_P(DemandInside, IsMetWhenTheInputHasBeenDealtWith)
{
    const auto& [place, demand] = GetParam();
    Live();
    ASSERT_TRUE(m_isMade) << "it was told nothing";
    const uint32_t stillGoesOut = place == "Tx" && demand != Demand::DISPOSE ? 1 : 0;
    EXPECT_EQ(m_sent, m_sentBefore + stillGoesOut) << "it goes down without a word";
    EXPECT_EQ(m_tcp->IsDown(), demand == Demand::CRASH);
    EXPECT_TRUE(m_tcp->GetOpenConnections().empty());
    for (const auto& socket : m_sockets)
    {
        EXPECT_EQ(socket->GetStateName(), "CLOSED");
        EXPECT_EQ(socket->Send(Create<Packet>(1)), -1);
    }
    EXPECT_EQ(m_broken, demand == Demand::DISPOSE ? 0 : 1);
    const bool isAnEvent = place == "succeeded" || place == "sent"; // which no input waits for
    EXPECT_EQ(m_brokenInside, isAnEvent ? m_broken : 0);
    w.Run(Seconds(900));
    EXPECT_EQ(m_toldTooLate, "");
    if (demand == Demand::REBOOT)
    {
        const auto next = w.OurSocket(m_node);
        EXPECT_EQ(next->Bind(w.ClientAddress(PORT)), 0);
        EXPECT_EQ(next->Listen(), 0);
    }
}

} // namespace ns3
