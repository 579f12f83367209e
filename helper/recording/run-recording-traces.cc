// The traces of our stack, of the link and of ns-3's own TCP, as events of the recorder.

#include "../../model/wire/translation.h"
#include "run-recording.h"

#include "ns3/ipv4-l3-protocol.h"
#include "ns3/ipv6-l3-protocol.h"
#include "ns3/tcp-socket-base.h"

#include <type_traits>

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

} // namespace

// Traces of our stack

void
RunRecording::Transition(std::size_t host, const LifecycleTransition& event)
{
    RecordedConnection connection{event.connection, "", ""};
    if (m_options.transitions || m_options.connections) // occupancy alone names nobody
    {
        connection.local = LifecycleEndName(event.local);
        connection.remote = LifecycleEndName(event.remote);
    }
    Recorder().Transition(
        CurrentInstant(),
        host,
        {connection, event.edge->from, event.edge->to, event.transition, event.cause});
}

void
RunRecording::Segment(std::size_t host, std::string_view kind, const LifecycleSegment& event)
{
    // A packet may be lost or held back after its connection has ended.
    if (kind == "tx")
    {
        m_senders[event.uid] = {host, event.connection};
    }
    else if (kind == "rx")
    {
        EndCopy(event.uid);
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
    Write(host, row, kind != "rx" || !m_options.rules);
}

void
RunRecording::Write(std::size_t host, const RecordedSegment& row, bool isDecided)
{
    if (!m_options.rules)
    {
        Recorder().Segment(CurrentInstant(), host, row);
        return;
    }
    m_waiting.push_back({CurrentInstant(), host, row, isDecided});
    WriteDecided(false);
}

/** Writes the rows in front of the first that waits, or @p all. A crash leaves some that wait for ever. */
void
RunRecording::WriteDecided(bool all)
{
    lifecycle::RunRecorder& recorder = Recorder();
    while (!m_waiting.empty() &&
           (all || m_waiting.front().isDecided || m_waiting.front().at < CurrentInstant()))
    {
        const WaitingRow& front = m_waiting.front();
        recorder.Segment(front.at, front.host, front.row);
        m_waiting.pop_front();
    }
}

void
RunRecording::Decision(std::size_t host, const LifecycleDecision& event)
{
    for (WaitingRow& waiting : m_waiting)
    {
        if (!waiting.isDecided && waiting.host == host && waiting.row.packet == event.uid)
        {
            waiting.row.rules = event.rules;
            waiting.isDecided = true;
            break;
        }
    }
    WriteDecided(false);
}

void
RunRecording::Timer(std::size_t host, const LifecycleTimer& event)
{
    const bool runs = event.event == "armed" || event.event == "restarted";
    Recorder().Timer(
        CurrentInstant(),
        host,
        {{event.connection, LifecycleEndName(event.local), LifecycleEndName(event.remote)},
         event.timer,
         event.event,
         runs ? std::optional(lifecycle::Instant(ToDuration(event.expires))) : std::nullopt});
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
    m_hosts[host].synQueue = now;
    Recorder().Queues(CurrentInstant(), host, now, m_hosts[host].acceptQueue);
}

void
RunRecording::AcceptQueue(std::size_t host, uint32_t, uint32_t now)
{
    m_hosts[host].acceptQueue = now;
    Recorder().Queues(CurrentInstant(), host, m_hosts[host].synQueue, now);
}

// Traces of links, queues and IP

void
RunRecording::Fate(std::string_view kind,
                   Ptr<const Packet> packet,
                   Ptr<NetDevice> sender,
                   const std::string& reason)
{
    const auto framed = FindSegmentInFrame(packet);
    if (!framed)
    {
        return;
    }
    auto from = SenderOf(packet->GetUid(), framed->found);
    const auto host = m_hostOfNode.find(sender->GetNode()->GetId());
    if (!from && host != m_hostOfNode.end())
    {
        from = Sender{host->second, 0}; // with an address that is nobody's
    }
    if (from)
    {
        RecordedSegment row = RowOf(framed->found, kind, packet->GetUid());
        row.connection.id = from->connection;
        row.reason = reason;
        row.where = "link";
        Write(from->host, row);
    }
    const auto sent = m_senders.find(packet->GetUid());
    if (kind == "dup" && sent != m_senders.end())
    {
        ++sent->second.underWay;
    }
    else if (kind == "lost")
    {
        EndCopy(packet->GetUid());
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
RunRecording::Dropped(const DroppedSegment& dropped)
{
    if (const auto from = SenderOf(dropped.packet, dropped.found))
    {
        RecordedSegment row = RowOf(dropped.found, "lost", dropped.packet);
        row.connection.id = from->connection;
        row.reason = dropped.reason;
        row.where = dropped.where;
        Write(from->host, row);
    }
    EndCopy(dropped.packet);
}

void
RunRecording::EndCopy(uint64_t packet)
{
    const auto sent = m_senders.find(packet);
    if (sent != m_senders.end() && --sent->second.underWay == 0)
    {
        m_senders.erase(sent);
    }
}

std::optional<RunRecording::Sender>
RunRecording::SenderOf(uint64_t packet, const FoundSegment& found) const
{
    const auto known = m_senders.find(packet);
    if (known != m_senders.end())
    {
        return known->second;
    }
    const auto host = m_hostOfAddress.find(found.path.local.address);
    return host == m_hostOfAddress.end() ? std::nullopt : std::optional(Sender{host->second, 0});
}

uint64_t
RunRecording::StockNumber(std::size_t host, const RecordedConnection& ends) const
{
    const auto& numbers = m_hosts[host].stockNumbers;
    const auto found = numbers.find({ends.local, ends.remote});
    return found == numbers.end() ? 0 : found->second;
}

RecordedSegment
RunRecording::RowOf(const FoundSegment& found, std::string_view kind, uint64_t packet)
{
    RecordedSegment row;
    row.connection.local = ToString(found.path.local);
    row.connection.remote = ToString(found.path.remote);
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
    row.options = OptionsText(found.segment);
    return row;
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
    RecordedSegment row = RowOf(*found, kind, packet->GetUid());
    if (kind == "tx")
    {
        row.reason = "injected";
        m_senders[packet->GetUid()] = {host, 0};
    }
    else
    {
        EndCopy(packet->GetUid());
    }
    Write(host, row);
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
    const uint64_t id = ++m_hosts[host].stockConnections;
    m_stockSockets.push_back({host, socket, {id, "", LifecycleEndName(remote)}});
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
        m_hosts[socket.host].stockNumbers[{socket.connection.local, socket.connection.remote}] =
            socket.connection.id;
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

template <class Ip>
void
RunRecording::FollowStock(std::size_t host, Ptr<Ip> ip)
{
    using std::string_view_literals::operator""sv;
    using Header = std::conditional_t<std::is_same_v<Ip, Ipv4L3Protocol>, Ipv4Header, Ipv6Header>;
    if (ip)
    {
        auto segment = MakeCallback(&RunRecording::StockSegment<Header>, this);
        ip->TraceConnectWithoutContext("SendOutgoing", segment.Bind(host, "tx"sv));
        ip->TraceConnectWithoutContext("LocalDeliver", segment.Bind(host, "rx"sv));
    }
}

template void RunRecording::FollowStock(std::size_t host, Ptr<Ipv4L3Protocol> ip);
template void RunRecording::FollowStock(std::size_t host, Ptr<Ipv6L3Protocol> ip);

template <class Header>
void
RunRecording::StockSegment(std::size_t host,
                           std::string_view kind,
                           const Header& header,
                           Ptr<const Packet> payload,
                           uint32_t /* interface */)
{
    auto found = FindSegment(header, payload);
    if (!found)
    {
        return;
    }
    if (kind == "rx")
    {
        std::swap(found->path.local, found->path.remote);
    }
    RecordedSegment row = RowOf(*found, kind, payload->GetUid());
    row.connection.id = StockNumber(host, row.connection);
    if (kind == "tx")
    {
        m_senders[payload->GetUid()] = {host, row.connection.id};
    }
    else
    {
        EndCopy(payload->GetUid());
    }
    Write(host, row);
}

} // namespace ns3::lifecycle_internal
