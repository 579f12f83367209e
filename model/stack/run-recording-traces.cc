// The traces of our stack, of the link and of ns-3's own TCP, as events of the recorder.

#include "run-recording.h"
#include "translation.h"

#include "ns3/ppp-header.h"
#include "ns3/tcp-socket-base.h"

namespace ns3::lifecycle_internal
{

using lifecycle::RecordedConnection;
using lifecycle::RecordedSegment;

namespace
{

/** @brief Our state for a state of ns-3's TCP. @param state of TcpSocketBase @return our state */
lifecycle::State
StateOf(TcpSocket::TcpStates_t state)
{
    using lifecycle::State;
    switch (state)
    {
    case TcpSocket::LISTEN:
        return State::LISTEN;
    case TcpSocket::SYN_SENT:
        return State::SYN_SENT;
    case TcpSocket::SYN_RCVD:
        return State::SYN_RECEIVED;
    case TcpSocket::ESTABLISHED:
        return State::ESTABLISHED;
    case TcpSocket::CLOSE_WAIT:
        return State::CLOSE_WAIT;
    case TcpSocket::LAST_ACK:
        return State::LAST_ACK;
    case TcpSocket::FIN_WAIT_1:
        return State::FIN_WAIT_1;
    case TcpSocket::FIN_WAIT_2:
        return State::FIN_WAIT_2;
    case TcpSocket::CLOSING:
        return State::CLOSING;
    case TcpSocket::TIME_WAIT:
        return State::TIME_WAIT;
    case TcpSocket::CLOSED:
    case TcpSocket::LAST_STATE:
        break;
    }
    return State::CLOSED;
}

std::string
OptionsOf(const lifecycle::Segment& segment)
{
    return OptionsText(segment);
}

} // namespace

// Traces of our stack

void
RunRecording::Transition(std::size_t host, const LifecycleTransition& event)
{
    const RecordedConnection connection{event.connection,
                                        LifecycleEndName(event.local),
                                        LifecycleEndName(event.remote)};
    Recorder().Transition(
        CurrentInstant(),
        host,
        {connection, event.edge->from, event.edge->to, event.transition, event.cause});
}

void
RunRecording::Segment(std::size_t host, std::string_view kind, const LifecycleSegment& event)
{
    // The link may lose or delay a packet after the connection of the packet has ended.
    if (kind == "tx" && event.connection != 0)
    {
        m_connectionOfPacket[event.uid] = event.connection;
    }
    else if (kind == "rx")
    {
        m_connectionOfPacket.erase(event.uid);
    }
    RecordedSegment row;
    row.connection = {event.connection,
                      LifecycleEndName(event.local),
                      LifecycleEndName(event.remote)};
    row.event = kind;
    row.packet = event.uid;
    row.flags = event.flags;
    row.seq = event.seq;
    row.ack = event.hasAck ? std::optional(event.ack) : std::nullopt;
    row.len = event.len;
    row.window = event.window;
    row.options = event.options;
    row.reason = event.reason;
    Recorder().Segment(CurrentInstant(), host, row);
}

void
RunRecording::End(std::size_t host, const LifecycleEnd& event)
{
    Recorder().End(CurrentInstant(),
                   host,
                   {event.connection,
                    std::string(event.reason),
                    event.octetsSent,
                    event.octetsReceived,
                    event.retransmissions});
}

void
RunRecording::SynQueue(std::size_t host, uint32_t, uint32_t now)
{
    m_queues[host].first = now;
    Recorder().Queues(CurrentInstant(), host, now, m_queues[host].second);
}

void
RunRecording::AcceptQueue(std::size_t host, uint32_t, uint32_t now)
{
    m_queues[host].second = now;
    Recorder().Queues(CurrentInstant(), host, m_queues[host].first, now);
}

// Traces of the link

void
RunRecording::Fate(std::string_view kind,
                   Ptr<const Packet> packet,
                   Ptr<NetDevice> sender,
                   const std::string& reason)
{
    const auto host = m_hostOfNode.find(sender->GetNode()->GetId());
    Ptr<Packet> copy = packet->Copy();
    PppHeader ppp;
    copy->RemoveHeader(ppp);
    const auto found = FindSegment(copy);
    if (host != m_hostOfNode.end() && found)
    {
        SegmentOfPacket(host->second, kind, *found, packet->GetUid(), reason);
    }
}

void
RunRecording::Delayed(Ptr<const Packet> packet,
                      Ptr<NetDevice> sender,
                      Time, // the rows of sending and arriving tell the delay
                      const std::string& reason)
{
    Fate("delay", packet, sender, reason);
}

void
RunRecording::QueueDrop(Ptr<NetDevice> sender, Ptr<const Packet> packet)
{
    Fate("lost", packet, sender, "queue");
}

void
RunRecording::TrafficDrop(std::size_t host, Ptr<const Packet> packet)
{
    // The device's queue was full, so the packet has not reached the device.
    const auto found = FindSegment(packet);
    if (found)
    {
        SegmentOfPacket(host, "lost", *found, packet->GetUid(), "queue");
    }
}

uint64_t
RunRecording::NumberOf(std::size_t host, uint64_t packet, const RecordedConnection& ends) const
{
    if (m_hosts[host].tellsAll)
    {
        const auto found = m_connectionOfPacket.find(packet);
        return found == m_connectionOfPacket.end() ? 0 : found->second;
    }
    const auto found = m_numbers[host].find({ends.local, ends.remote});
    return found == m_numbers[host].end() ? 0 : found->second;
}

void
RunRecording::SegmentOfPacket(std::size_t host,
                              std::string_view kind,
                              const FoundSegment& found,
                              uint64_t packet,
                              const std::string& reason)
{
    RecordedSegment row;
    row.connection.local = ToString(found.path.local);
    row.connection.remote = ToString(found.path.remote);
    row.connection.id = NumberOf(host, packet, row.connection);
    row.event = kind;
    row.packet = packet;
    row.flags = FlagNames(found.segment.flags);
    row.seq = found.segment.seq.Value();
    if (found.segment.Has(lifecycle::Flag::ACK))
    {
        row.ack = found.segment.ack.Value();
    }
    row.len = found.segment.len;
    row.window = found.segment.wnd;
    row.options = OptionsOf(found.segment);
    row.reason = reason;
    Recorder().Segment(CurrentInstant(), host, row);
}

// Traces of injectors

void
RunRecording::AddInjector(Ptr<LifecycleInjector> injector)
{
    m_injectors.push_back(injector);
    if (m_options.segments)
    {
        const std::size_t host = m_hostOfNode.at(injector->GetNode()->GetId());
        auto trace = MakeCallback(&RunRecording::Injected, this);
        injector->TraceConnectWithoutContext("Tx", trace.Bind(host, std::string_view("tx")));
        injector->TraceConnectWithoutContext("Rx", trace.Bind(host, std::string_view("rx")));
    }
}

void
RunRecording::Injected(std::size_t host, std::string_view kind, Ptr<const Packet> packet)
{
    auto found = FindSegment(packet);
    if (!found)
    {
        return;
    }
    if (kind == "rx")
    {
        std::swap(found->path.local, found->path.remote);
    }
    SegmentOfPacket(host, kind, *found, packet->GetUid(), kind == "tx" ? "injected" : "");
}

// Traces of ns-3's own TCP

void
RunRecording::AddSocket(Ptr<Socket> socket, const Address& remote)
{
    Ptr<TcpSocketBase> tcp = DynamicCast<TcpSocketBase>(socket);
    if (!tcp)
    {
        return; // the traces of LifecycleL4Protocol tell of our sockets
    }
    const std::size_t host = m_hostOfNode.at(socket->GetNode()->GetId());
    const std::size_t number = m_stockSockets.size();
    m_stockSockets.push_back({host, socket, {number + 1, "", LifecycleEndName(remote)}});
    tcp->TraceConnectWithoutContext("State",
                                    MakeCallback(&RunRecording::StockState, this).Bind(number));
    Address peer;
    const bool accepted = socket->GetPeerName(peer) == 0 && peer == remote;
    if (accepted) // nobody has traced the states of the socket so far
    {
        StockState(number, TcpSocket::LISTEN, TcpSocket::ESTABLISHED);
    }
}

void
RunRecording::StockState(std::size_t number,
                         TcpSocket::TcpStates_t before,
                         TcpSocket::TcpStates_t now)
{
    StockSocket& socket = m_stockSockets[number];
    Address local;
    if (socket.connection.local.empty() && socket.socket->GetSockName(local) == 0)
    {
        // The socket knows its local end from the first change on.
        socket.connection.local = LifecycleEndName(local);
        m_numbers[socket.host][{socket.connection.local, socket.connection.remote}] = number + 1;
    }
    Recorder().Transition(CurrentInstant(),
                          socket.host,
                          {socket.connection, StateOf(before), StateOf(now), "", ""});
    if (StateOf(now) == lifecycle::State::CLOSED)
    {
        // Any other way to CLOSED may be a reset or a timeout, and the socket does not tell which.
        const char* reason = before == TcpSocket::TIME_WAIT ? "normal" : "";
        Recorder().End(CurrentInstant(), socket.host, {socket.connection.id, reason, 0, 0, 0});
        socket.socket = nullptr;
    }
}

void
RunRecording::StockSegment(std::size_t host,
                           std::string_view kind,
                           Ptr<const Packet> packet,
                           Ptr<Ipv4>,
                           uint32_t)
{
    auto found = FindSegment(packet);
    if (!found)
    {
        return;
    }
    if (kind == "rx")
    {
        std::swap(found->path.local, found->path.remote);
    }
    SegmentOfPacket(host, kind, *found, packet->GetUid(), "");
}

} // namespace ns3::lifecycle_internal
