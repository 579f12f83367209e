// Every edge that is on by default, taken by a socket on an ns-3 node: calls, packets and timers only.

#include "../../model/core/transition-table.h"
#include "../../model/wire/segment-codec.h"
#include "../golden.h"
#include "world.h"

#include "ns3/boolean.h"
#include "ns3/icmpv4.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4.h"
#include "ns3/packet.h"
#include "ns3/uinteger.h"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace ns3
{

using namespace lifecycle_internal;

namespace
{

using lifecycle::Flag;
using lifecycle::Flags;
using lifecycle::SeqNum;

constexpr uint16_t SUBJECT_PORT = 5000;
constexpr uint32_t IRS = 1000000; ///< the peer's initial sequence number

const Flags SYN = Flag::SYN;
const Flags RST = Flag::RST;
const Flags ACK = Flag::ACK;
const Flags SYN_ACK = Flag::SYN | Flag::ACK;
const Flags FIN_ACK = Flag::FIN | Flag::ACK;
const Flags RST_ACK = Flag::RST | Flag::ACK;

/**
 * A socket on one node, and on the other a peer whose TCP is down and whose packets we write.
 *
 * What the peer sends goes through its IP, the link and the socket's IP as any packet does. Numbers
 * are relative: seq to the peer's first, ack to the socket's.
 */
class Walk
{
  public:
    Walk()
        : m_socket(m_world.OurSocket(m_world.Client()))
    {
        m_world.Tcp(m_world.Server())->Crash();
        EXPECT_EQ(m_socket->Bind(m_world.ClientAddress(SUBJECT_PORT)), 0);
        Waits(MilliSeconds(1)); // nodes start
    }

    /** Before anything else happens. */
    Walk& With(const std::string& attribute, const AttributeValue& value)
    {
        m_socket->SetAttribute(attribute, value);
        return *this;
    }

    Walk& Opens()
    {
        EXPECT_EQ(m_socket->Connect(m_world.ServerAddress()), 0);
        return Waits(MilliSeconds(1));
    }

    /** Its first child that is accepted becomes the subject of the calls that follow. */
    Walk& Listens()
    {
        m_listener = m_socket;
        m_socket->SetAcceptCallback(
            MakeNullCallback<bool, Ptr<Socket>, const Address&>(),
            Callback<void, Ptr<Socket>, const Address&>([this](Ptr<Socket> child, const Address&) {
                m_socket = DynamicCast<LifecycleSocket>(child);
            }));
        EXPECT_EQ(m_socket->Listen(), 0);
        return *this;
    }

    Walk& Sends(uint32_t octets)
    {
        EXPECT_EQ(m_socket->Send(Create<Packet>(octets)), static_cast<int>(octets));
        return Waits(MilliSeconds(1));
    }

    /** CLOSE of RFC 9293: no more will be sent. */
    Walk& ClosesToSend()
    {
        EXPECT_EQ(m_socket->ShutdownSend(), 0);
        return Waits(MilliSeconds(1));
    }

    /** In both directions. */
    Walk& Closes()
    {
        EXPECT_EQ(m_socket->Close(), 0);
        return Waits(MilliSeconds(1));
    }

    Walk& ListenerCloses()
    {
        EXPECT_EQ(m_listener->Close(), 0);
        return Waits(MilliSeconds(1));
    }

    Walk& Aborts()
    {
        EXPECT_EQ(m_socket->Abort(), 0);
        return Waits(MilliSeconds(1));
    }

    /** From the peer. */
    Walk& Gets(Flags flags, uint32_t seq, uint32_t ack = 0, uint32_t octets = 0)
    {
        lifecycle::Segment segment;
        segment.flags = flags;
        segment.seq = SeqNum(IRS + seq);
        segment.ack = flags.Has(Flag::ACK) ? SeqNum(Iss() + ack) : SeqNum();
        segment.wnd = 65535;
        const lifecycle::FourTuple path{
            {lifecycle::Address::FromIpv4(PEER.Get()), PORT},
            {lifecycle::Address::FromIpv4(SUBJECT.Get()), SUBJECT_PORT}};
        const Ptr<Packet> packet = Create<Packet>(octets);
        packet->AddHeader(SegmentHeader(segment, path));
        return Arrives(packet, LifecycleL4Protocol::PROT_NUMBER);
    }

    /** Port unreachable, about the socket's SYN. */
    Walk& GetsUnreachable()
    {
        const Ptr<Packet> quoted = m_world.Of(m_world.Client()).tx.back().packet->Copy();
        Ipv4Header header;
        header.SetSource(SUBJECT);
        header.SetDestination(PEER);
        header.SetProtocol(LifecycleL4Protocol::PROT_NUMBER);
        header.SetPayloadSize(static_cast<uint16_t>(quoted->GetSize()));
        header.SetTtl(64);
        Icmpv4DestinationUnreachable unreachable;
        unreachable.SetHeader(header);
        unreachable.SetData(quoted);
        Icmpv4Header icmp;
        icmp.SetType(Icmpv4Header::ICMPV4_DEST_UNREACH);
        icmp.SetCode(Icmpv4DestinationUnreachable::ICMPV4_PORT_UNREACHABLE);
        const Ptr<Packet> packet = Create<Packet>();
        packet->AddHeader(unreachable);
        packet->AddHeader(icmp);
        return Arrives(packet, 1);
    }

    Walk& Waits(Time span)
    {
        m_world.Run(Simulator::Now() + span);
        return *this;
    }

    // Ways into a state

    Walk& ToSynReceived()
    {
        return Listens().Gets(SYN, 0);
    }

    Walk& ToSynReceivedActively()
    {
        return Opens().Gets(SYN, 0);
    }

    Walk& ToEstablished()
    {
        return Opens().Gets(SYN_ACK, 0, 1);
    }

    Walk& ToEstablishedPassively()
    {
        return ToSynReceived().Gets(ACK, 1, 1);
    }

    Walk& ToFinWait1()
    {
        return ToEstablished().ClosesToSend();
    }

    Walk& ToFinWait2()
    {
        return ToFinWait1().Gets(ACK, 1, 2);
    }

    Walk& ToCloseWait()
    {
        return ToEstablished().Gets(FIN_ACK, 1, 1);
    }

    Walk& ToClosing()
    {
        return ToFinWait1().Gets(FIN_ACK, 1, 1);
    }

    Walk& ToLastAck()
    {
        return ToCloseWait().ClosesToSend();
    }

    Walk& ToTimeWait()
    {
        return ToFinWait2().Gets(FIN_ACK, 1, 2);
    }

    /** The edges that the state trace has told of, `T02 T08`. */
    std::string Edges()
    {
        return m_world.Edges(m_world.Client());
    }

    const std::vector<LifecycleTransition>& Transitions()
    {
        return m_world.Of(m_world.Client()).transitions;
    }

  private:
    inline static const Ipv4Address SUBJECT{"10.0.0.1"};
    inline static const Ipv4Address PEER{"10.0.0.2"};

    /** The socket's initial sequence number, in the last SYN it has sent; 0 before that. */
    uint32_t Iss()
    {
        uint32_t iss = 0;
        for (const LifecycleSegment& segment : m_world.Of(m_world.Client()).tx)
        {
            iss = segment.flags.front() == 'S' ? segment.seq : iss;
        }
        return iss;
    }

    Walk& Arrives(Ptr<Packet> packet, uint8_t protocol)
    {
        m_world.Server()->GetObject<Ipv4>()->Send(packet, PEER, SUBJECT, protocol, nullptr);
        return Waits(MilliSeconds(15)); // the link takes 10 ms
    }

    World m_world;
    Ptr<LifecycleSocket> m_socket;
    Ptr<LifecycleSocket> m_listener;
};

/** A walk with a name, and the edges it takes. */
struct NamedWalk
{
    const char* name;
    const char* edges;
    std::function<void(Walk&)> steps;
};

const std::vector<NamedWalk>&
Walks()
{
    const auto longTime = Minutes(10);
    static const std::vector<NamedWalk> ALL{
        // Opening
        {"listen, close", "T01 T06", [](Walk& w) { w.Listens().Closes(); }},
        {"listen, abort", "T01 T40.LI", [](Walk& w) { w.Listens().Aborts(); }},
        {"active open, close", "T02 T10", [](Walk& w) { w.Opens().Closes(); }},
        {"active open, abort", "T02 T40.SS", [](Walk& w) { w.Opens().Aborts(); }},
        {"active open, refused", "T02 T11", [](Walk& w) { w.Opens().Gets(RST_ACK, 0, 1); }},
        {"active open, peer silent", "T02 T43.SS", [=](Walk& w) { w.Opens().Waits(longTime); }},
        {"active open, user timeout",
         "T02 T42.SS",
         [=](Walk& w) { w.With("UserTimeout", TimeValue(Seconds(10))).Opens().Waits(longTime); }},
        {"active open, port unreachable",
         "T02 T45.SS",
         [](Walk& w) { w.Opens().GetsUnreachable(); }},
        {"passive open, reset", "T01 T03 T14", [](Walk& w) { w.ToSynReceived().Gets(RST, 1); }},
        {"passive open, another SYN",
         "T01 T03 T17",
         [](Walk& w) { w.ToSynReceived().Gets(SYN, 10); }},
        {"passive open, peer silent",
         "T01 T03 T18",
         [=](Walk& w) { w.ToSynReceived().Waits(longTime); }},
        {"passive open, listener closes",
         "T01 T03 T06 T51.SR",
         [](Walk& w) { w.ToSynReceived().ListenerCloses(); }},
        {"passive open, listener closes with a child in its queue",
         "T01 T03 T12 T06 T51.ES",
         [](Walk& w) {
             w.With("AutoAccept", BooleanValue(false)).ToEstablishedPassively().ListenerCloses();
         }},
        {"simultaneous open",
         "T02 T09 T12",
         [](Walk& w) { w.ToSynReceivedActively().Gets(SYN_ACK, 0, 1); }},
        {"simultaneous open, refused",
         "T02 T09 T15",
         [](Walk& w) { w.ToSynReceivedActively().Gets(RST, 1); }},
        {"simultaneous open, close",
         "T02 T09 T13",
         [](Walk& w) { w.ToSynReceivedActively().Closes(); }},
        {"simultaneous open, abort",
         "T02 T09 T40.SR",
         [](Walk& w) { w.ToSynReceivedActively().Aborts(); }},
        {"simultaneous open, peer silent",
         "T02 T09 T43.SR",
         [=](Walk& w) { w.ToSynReceivedActively().Waits(longTime); }},
        {"simultaneous open, user timeout",
         "T02 T09 T42.SR",
         [=](Walk& w) {
             w.With("UserTimeout", TimeValue(Seconds(10))).ToSynReceivedActively().Waits(longTime);
         }},
        {"simultaneous open, port unreachable",
         "T02 T09 T45.SR",
         [](Walk& w) { w.ToSynReceivedActively().GetsUnreachable(); }},

        // ESTABLISHED
        {"established, abort", "T02 T08 T40.ES", [](Walk& w) { w.ToEstablished().Aborts(); }},
        {"established, reset", "T02 T08 T41.ES", [](Walk& w) { w.ToEstablished().Gets(RST, 1); }},
        {"established, data never acknowledged",
         "T02 T08 T43.ES",
         [=](Walk& w) { w.ToEstablished().Sends(10).Waits(longTime); }},
        {"established, user timeout",
         "T02 T08 T42.ES",
         [=](Walk& w) {
             w.With("UserTimeout", TimeValue(Seconds(10)));
             w.ToEstablished().Sends(10).Waits(longTime);
         }},
        {"established, keepalive unanswered",
         "T02 T08 T44.ES",
         [](Walk& w) { w.With("KeepAlive", BooleanValue(true)).ToEstablished().Waits(Hours(3)); }},
        {"established, close with unread data",
         "T01 T03 T12 T36",
         [](Walk& w) { w.ToEstablishedPassively().Gets(ACK, 1, 1, 10).Closes(); }},

        // Closing first
        {"first to close, half-close",
         "T02 T08 T21 T24 T27 T30",
         [=](Walk& w) { w.ToTimeWait().Waits(longTime); }},
        {"first to close, FIN with the ACK of ours",
         "T02 T08 T21 T26",
         [](Walk& w) { w.ToFinWait1().Gets(FIN_ACK, 1, 2); }},
        {"simultaneous close",
         "T02 T08 T21 T25 T28",
         [](Walk& w) { w.ToClosing().Gets(ACK, 2, 2); }},
        {"FIN-WAIT-1, abort", "T02 T08 T21 T40.F1", [](Walk& w) { w.ToFinWait1().Aborts(); }},
        {"FIN-WAIT-1, reset", "T02 T08 T21 T41.F1", [](Walk& w) { w.ToFinWait1().Gets(RST, 1); }},
        {"FIN-WAIT-1, peer silent",
         "T02 T08 T21 T43.F1",
         [=](Walk& w) { w.ToFinWait1().Waits(longTime); }},
        {"FIN-WAIT-1, user timeout",
         "T02 T08 T21 T42.F1",
         [=](Walk& w) {
             w.With("UserTimeout", TimeValue(Seconds(10))).ToFinWait1().Waits(longTime);
         }},
        {"FIN-WAIT-1, data for nobody",
         "T02 T08 T21 T34",
         [](Walk& w) { w.ToEstablished().Closes().Gets(ACK, 1, 1, 10); }},
        {"FIN-WAIT-2, abort", "T02 T08 T21 T24 T40.F2", [](Walk& w) { w.ToFinWait2().Aborts(); }},
        {"FIN-WAIT-2, reset",
         "T02 T08 T21 T24 T41.F2",
         [](Walk& w) { w.ToFinWait2().Gets(RST, 1); }},
        {"FIN-WAIT-2, no reader",
         "T02 T08 T21 T24 T33",
         [=](Walk& w) { w.ToEstablished().Closes().Gets(ACK, 1, 2).Waits(longTime); }},
        {"FIN-WAIT-2, data for nobody",
         "T02 T08 T21 T24 T35",
         [](Walk& w) { w.ToEstablished().Closes().Gets(ACK, 1, 2).Gets(ACK, 1, 2, 10); }},
        {"FIN-WAIT-2, keepalive unanswered",
         "T02 T08 T21 T24 T44.F2",
         [](Walk& w) { w.With("KeepAlive", BooleanValue(true)).ToFinWait2().Waits(Hours(3)); }},
        {"CLOSING, abort", "T02 T08 T21 T25 T40.CG", [](Walk& w) { w.ToClosing().Aborts(); }},
        {"CLOSING, reset", "T02 T08 T21 T25 T41.CG", [](Walk& w) { w.ToClosing().Gets(RST, 2); }},
        {"CLOSING, peer silent",
         "T02 T08 T21 T25 T43.CG",
         [=](Walk& w) { w.ToClosing().Waits(longTime); }},
        {"CLOSING, user timeout",
         "T02 T08 T21 T25 T42.CG",
         [=](Walk& w) {
             w.With("UserTimeout", TimeValue(Seconds(10))).ToClosing().Waits(longTime);
         }},
        {"TIME-WAIT, abort",
         "T02 T08 T21 T24 T27 T40.TW",
         [](Walk& w) { w.ToTimeWait().Aborts(); }},
        {"TIME-WAIT, a new SYN and its reset",
         "T01 T03 T12 T21 T26 T31 T16",
         [](Walk& w) {
             w.ToEstablishedPassively().Closes().Gets(FIN_ACK, 1, 2); // TIME-WAIT, and a listener
             w.Gets(SYN, 100).Gets(RST, 101);
         }},

        // Closing second
        {"second to close", "T02 T08 T22 T23 T29", [](Walk& w) { w.ToLastAck().Gets(ACK, 2, 2); }},
        {"CLOSE-WAIT, abort", "T02 T08 T22 T40.CW", [](Walk& w) { w.ToCloseWait().Aborts(); }},
        {"CLOSE-WAIT, reset", "T02 T08 T22 T41.CW", [](Walk& w) { w.ToCloseWait().Gets(RST, 2); }},
        {"CLOSE-WAIT, data never acknowledged",
         "T02 T08 T22 T43.CW",
         [=](Walk& w) { w.ToCloseWait().Sends(10).Waits(longTime); }},
        {"CLOSE-WAIT, user timeout",
         "T02 T08 T22 T42.CW",
         [=](Walk& w) {
             w.With("UserTimeout", TimeValue(Seconds(10)));
             w.ToCloseWait().Sends(10).Waits(longTime);
         }},
        {"CLOSE-WAIT, keepalive unanswered",
         "T02 T08 T22 T44.CW",
         [](Walk& w) { w.With("KeepAlive", BooleanValue(true)).ToCloseWait().Waits(Hours(3)); }},
        {"CLOSE-WAIT, close with unread data",
         "T02 T08 T22 T37",
         [](Walk& w) { w.ToEstablished().Gets(FIN_ACK, 1, 1, 10).Closes(); }},
        {"FIN-WAIT-1, close with unread data",
         "T02 T08 T21 T55.F1",
         [](Walk& w) { w.ToFinWait1().Gets(ACK, 1, 1, 10).Closes(); }},
        {"FIN-WAIT-2, close with unread data",
         "T02 T08 T21 T24 T55.F2",
         [](Walk& w) { w.ToFinWait2().Gets(ACK, 1, 2, 10).Closes(); }},
        {"CLOSING, close with unread data",
         "T02 T08 T21 T25 T55.CG",
         [](Walk& w) { w.ToFinWait1().Gets(FIN_ACK, 1, 1, 10).Closes(); }},
        {"LAST-ACK, close with unread data",
         "T02 T08 T22 T23 T55.LA",
         [](Walk& w) { w.ToEstablished().Gets(FIN_ACK, 1, 1, 10).ClosesToSend().Closes(); }},
        {"LAST-ACK, abort", "T02 T08 T22 T23 T40.LA", [](Walk& w) { w.ToLastAck().Aborts(); }},
        {"LAST-ACK, reset", "T02 T08 T22 T23 T41.LA", [](Walk& w) { w.ToLastAck().Gets(RST, 2); }},
        {"LAST-ACK, peer silent",
         "T02 T08 T22 T23 T43.LA",
         [=](Walk& w) { w.ToLastAck().Waits(longTime); }},
        {"LAST-ACK, user timeout",
         "T02 T08 T22 T23 T42.LA",
         [=](Walk& w) {
             w.With("UserTimeout", TimeValue(Seconds(10))).ToLastAck().Waits(longTime);
         }},
    };
    return ALL;
}

std::string
Padded(std::string_view text, std::size_t width)
{
    return std::string(text) + std::string(width - std::min(width, text.size()), ' ');
}

} // namespace

// Covers T01 to T52 as far as they are on by default
TEST(Edges, EachThatIsOnByDefaultIsTakenThroughNs3)
{
    std::map<std::string_view, std::string> takenBy;
    for (const NamedWalk& named : Walks())
    {
        SCOPED_TRACE(named.name);
        Walk walk;
        named.steps(walk);
        EXPECT_EQ(walk.Edges(), named.edges);
        for (const LifecycleTransition& taken : walk.Transitions())
        {
            takenBy.emplace(taken.transition, named.name); // the first walk counts
        }
    }
    std::string table = "# edge: from -> to by its trigger (class): the first walk of "
                        "test/stack/edges-test.cc that takes it\n";
    std::size_t ofTheStandard = 0;
    std::size_t onByDefault = 0;
    for (const lifecycle::Transition& t : lifecycle::TRANSITIONS)
    {
        if (!t.onByDefault)
        {
            continue;
        }
        ++onByDefault;
        const char letter = lifecycle::Letter(t.transitionClass);
        ofTheStandard += letter == 'F' || letter == 'E' ? 1 : 0;
        const auto found = takenBy.find(t.id);
        EXPECT_NE(found, takenBy.end()) << t.id << " is taken by no walk";
        table += Padded(t.id, 6) + " | " + Padded(ToString(t.from), 12) + " | " +
                 Padded(ToString(t.to), 12) + " | " + Padded(t.trigger, 22) + " | " + letter +
                 " | " + (found == takenBy.end() ? "NONE" : found->second) + "\n";
    }
    EXPECT_EQ(ofTheStandard, 53U);
    EXPECT_EQ(onByDefault, 72U);
    lifecycle::test::ExpectGolden("test/stack/golden/edges.txt", table);
}

} // namespace ns3
