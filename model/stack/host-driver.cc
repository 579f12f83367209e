#include "host-driver.h"

#include "lifecycle-l4-protocol.h"
#include "lifecycle-socket.h"
#include "translation.h"

#include "ns3/abort.h"
#include "ns3/assert.h"
#include "ns3/log.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("LifecycleHostDriver");

using namespace lifecycle;

HostDriver::HostDriver(LifecycleL4Protocol& tcp)
    : m_tcp(tcp)
{
}

HostDriver::~HostDriver() = default;

Host&
HostDriver::GetHost()
{
    if (!m_host)
    {
        const HostConfig config = m_tcp.Config().host;
        NS_ABORT_MSG_UNLESS(config.ephemeralFirst <= config.ephemeralLast,
                            "EphemeralFirst is " << config.ephemeralFirst
                                                 << " and must not exceed EphemeralLast, which is "
                                                 << config.ephemeralLast);
        m_host = std::make_unique<Host>(config, m_tcp.DrawSecret());
    }
    return *m_host;
}

HostDriver::Record&
HostDriver::RecordOf(ConnectionId id)
{
    const auto [at, isNew] = m_records.try_emplace(id);
    if (isNew)
    {
        m_lastId = std::max(m_lastId, id.value);
        at->second.opened = Simulator::Now();
        const auto connection = Find(id);
        const Record* listener = connection ? FindRecord(connection->Listener()) : nullptr;
        at->second.device = listener ? listener->device : nullptr;
    }
    return at->second;
}

HostDriver::Record*
HostDriver::FindRecord(ConnectionId id)
{
    const auto found = m_records.find(id);
    return found == m_records.end() ? nullptr : &found->second;
}

const HostDriver::Record*
HostDriver::FindRecord(ConnectionId id) const
{
    const auto found = m_records.find(id);
    return found == m_records.end() ? nullptr : &found->second;
}

// Calls of sockets

std::optional<uint16_t>
HostDriver::Bind(const Endpoint& local)
{
    return GetHost().BindPort(local);
}

void
HostDriver::Unbind(const Endpoint& local)
{
    GetHost().UnbindPort(local);
}

OpenResult
HostDriver::OpenPassive(Ptr<LifecycleSocket> socket,
                        const Endpoint& local,
                        const StackConfig& config)
{
    m_tcp.NoteCounterfactuals(config);
    Actions out;
    const OpenResult result = GetHost().OpenPassive(local, config.connection, config.listen, out);
    if (const auto* id = std::get_if<ConnectionId>(&result))
    {
        m_listeners.insert(*id);
    }
    Opened(socket, local, result);
    Run(out);
    return result;
}

OpenResult
HostDriver::OpenActive(Ptr<LifecycleSocket> socket,
                       const FourTuple& path,
                       const StackConfig& config,
                       const std::optional<Endpoint>& binding)
{
    m_tcp.NoteCounterfactuals(config);
    Actions out;
    const OpenResult result = GetHost().OpenActive(path, config.connection, CurrentInstant(), out);
    Opened(socket, binding, result);
    Run(out);
    return result;
}

void
HostDriver::Opened(Ptr<LifecycleSocket> socket,
                   const std::optional<Endpoint>& binding,
                   const OpenResult& result)
{
    if (const auto* id = std::get_if<ConnectionId>(&result))
    {
        Attach(*id, socket);
        RecordOf(*id).binding = binding;
        socket->Opened(*id, Find(*id)->Path());
    }
}

std::optional<CallError>
HostDriver::OpenFromListen(Ptr<LifecycleSocket> socket, ConnectionId id, const FourTuple& path)
{
    Actions out;
    const auto error = GetHost().OpenFromListen(id, path, 0, CurrentInstant(), out);
    if (!error)
    {
        m_listeners.erase(id);
        socket->Opened(id, path);
    }
    Run(out);
    return error;
}

void
HostDriver::Attach(ConnectionId id, Ptr<LifecycleSocket> socket)
{
    Record& record = RecordOf(id);
    record.socket = socket;
    record.device = socket->GetBoundNetDevice();
    if (socket->m_receiveIsShut)
    {
        Discard(id);
    }
}

std::optional<CallError>
HostDriver::Send(ConnectionId id, Ptr<const Packet> packet, bool isUrgent)
{
    const auto connection = Find(id);
    if (connection == nullptr)
    {
        return CallError::CONNECTION_DOES_NOT_EXIST;
    }
    const SeqNum begin = connection->Snd().end;
    Actions out;
    const auto send = isUrgent ? &Host::SendUrgent : &Host::Send;
    const auto error = (GetHost().*send)(id, packet->GetSize(), CurrentInstant(), out);
    if (!error)
    {
        RecordOf(id).sent.Append(begin, packet);
    }
    Run(out);
    return error;
}

std::optional<CallError>
HostDriver::Close(ConnectionId id)
{
    Actions out;
    const auto error = GetHost().Close(id, CurrentInstant(), out);
    Run(out);
    return error;
}

std::optional<CallError>
HostDriver::CloseFully(ConnectionId id)
{
    Actions out;
    const auto error = GetHost().CloseFully(id, CurrentInstant(), out);
    Discard(id);
    Run(out);
    return error;
}

void
HostDriver::IcmpArrives(const FourTuple& path, const IcmpError& error)
{
    Actions out;
    GetHost().IcmpArrives(path, error, CurrentInstant(), out);
    Run(out);
}

std::optional<CallError>
HostDriver::Abort(ConnectionId id)
{
    Actions out;
    const auto error = GetHost().Abort(id, CurrentInstant(), out);
    Run(out);
    return error;
}

Ptr<Packet>
HostDriver::Read(ConnectionId id, uint32_t maxSize)
{
    Record* record = FindRecord(id);
    const uint32_t octets = record ? std::min(maxSize, record->received.Readable()) : 0;
    if (octets == 0)
    {
        return nullptr;
    }
    Ptr<Packet> packet = record->received.Read(octets);
    Actions out;
    if (GetHost().Receive(id, octets, CurrentInstant(), out))
    {
        NS_LOG_LOGIC("connection " << NumberOf(id) << " has ended, what it has left is read");
    }
    Run(out);
    return packet;
}

Ptr<Packet>
HostDriver::Peek(ConnectionId id, uint32_t octets) const
{
    return FindRecord(id)->received.Peek(octets);
}

void
HostDriver::BindToDevice(ConnectionId id, Ptr<NetDevice> device)
{
    RecordOf(id).device = device;
}

void
HostDriver::Discard(ConnectionId id)
{
    if (Record* record = FindRecord(id))
    {
        record->discards = true;
        Read(id, record->received.Readable());
    }
}

std::optional<ConnectionId>
HostDriver::Accept(ConnectionId listener)
{
    const auto child = GetHost().Accept(listener);
    CountQueues();
    return child;
}

uint32_t
HostDriver::Readable(ConnectionId id) const
{
    const Record* record = FindRecord(id);
    return record ? record->received.Readable() : 0;
}

bool
HostDriver::PeerHasClosed(ConnectionId id) const
{
    const Record* record = FindRecord(id);
    return record && record->peerClosed;
}

bool
HostDriver::HasUnacknowledged(ConnectionId id) const
{
    const Record* record = FindRecord(id);
    return record && record->sent.Size() > 0;
}

std::shared_ptr<const Connection>
HostDriver::Find(ConnectionId id) const
{
    return m_host ? m_host->Find(id) : nullptr;
}

void
HostDriver::Configure(ConnectionId id, const StackConfig& config)
{
    m_tcp.NoteCounterfactuals(config);
    Actions out;
    GetHost().Configure(id, config.connection, CurrentInstant(), out);
    GetHost().Configure(id, config.listen);
    if (!out.empty())
    {
        Run(out);
    }
    Reschedule();
}

uint64_t
HostDriver::NumberOf(ConnectionId id) const
{
    return id.value == 0 ? 0 : m_idsBefore + id.value;
}

uint64_t
HostDriver::NumberOf(const FourTuple& path) const
{
    return m_host ? NumberOf(m_host->IdOf(path)) : 0;
}

std::shared_ptr<const lifecycle::Connection>
HostDriver::FindByNumber(uint64_t number) const
{
    if (!m_host || number <= m_idsBefore)
    {
        return nullptr; // of an earlier boot
    }
    return m_host->Find(ConnectionId{number - m_idsBefore});
}

ListenCounters
HostDriver::Counters() const
{
    ListenCounters counters = m_countersBefore;
    if (m_host)
    {
        counters += m_host->Counters();
    }
    return counters;
}

// The network and the clock

bool
HostDriver::Admits(ConnectionId receiver,
                   const FourTuple& path,
                   const Segment& segment,
                   Ptr<NetDevice> device)
{
    const Record* record = FindRecord(receiver);
    if (record == nullptr)
    {
        return true; // nobody is there, which the Host answers
    }
    if (record->device && record->device != device)
    {
        return false;
    }
    const bool opens = segment.Has(Flag::SYN) && !segment.Has(Flag::ACK) && !segment.Has(Flag::RST);
    const Ptr<LifecycleSocket> listener =
        m_listeners.count(receiver) != 0 ? record->socket : nullptr;
    return !opens || !listener || listener->NotifyConnectionRequest(ToAddress(path.remote));
}

bool
HostDriver::SegmentArrives(const FourTuple& path,
                           const Segment& segment,
                           Ptr<Packet> payload,
                           Ptr<NetDevice> device)
{
    const uint64_t before = m_tcp.m_rx.IsEmpty() ? 0 : NumberOf(path);
    const ConnectionId receiver = GetHost().ReceiverOf(path);
    const bool isAdmitted = Admits(receiver, path, segment, device);
    if (m_tcp.IsDown() || !m_tcp.GetNode())
    {
        return true; // the user, being asked, has pulled the plug
    }
    Actions out;
    if (isAdmitted)
    {
        GetHost().SegmentArrives(path, segment, CurrentInstant(), out);
    }
    else
    {
        GetHost().SegmentForNobody(path, segment, out);
    }
    const uint32_t boot = m_tcp.m_bootCount;
    if (!m_tcp.m_rx.IsEmpty())
    {
        m_tcp.TraceRx(path, segment, payload, before != 0 ? before : NumberOf(path));
    }
    if (m_tcp.m_bootCount != boot || !m_tcp.GetNode())
    {
        return true; // a sink has crashed the host whose actions these are
    }
    const bool known = std::none_of(out.begin(), out.end(), [](const Action& action) {
        const auto* dropped = std::get_if<Dropped>(&action);
        return dropped != nullptr && dropped->reason == DropReason::NO_CONNECTION;
    });
    Note(receiver);
    Run(out, payload);
    return known;
}

void
HostDriver::WakeUp()
{
    Actions out;
    GetHost().DeadlineReached(CurrentInstant(), out);
    Run(out);
}

void
HostDriver::Run(Actions& out, Ptr<const Packet> payload)
{
    for (Action& action : out)
    {
        if (const auto* send = std::get_if<SendSegment>(&action))
        {
            Note(send->id);
        }
        m_pending.push_back({std::move(action), payload});
    }
    if (m_isPerforming || m_willPerform)
    {
        return;
    }
    const Ptr<Node> node = m_tcp.GetNode();
    if (Simulator::GetContext() == node->GetId())
    {
        PerformAll();
        return;
    }
    // IP and the devices want the node's context, and before Simulator::Run there is none.
    m_willPerform = true;
    Simulator::ScheduleWithContext(node->GetId(),
                                   Time(0),
                                   &LifecycleL4Protocol::PerformAll,
                                   Ptr<LifecycleL4Protocol>(&m_tcp));
}

void
HostDriver::PerformAll()
{
    const Ptr<LifecycleL4Protocol> keepAlive(&m_tcp); // whatever a callback does
    m_willPerform = false;
    m_isPerforming = true;
    while (!m_pending.empty())
    {
        const Pending next = std::move(m_pending.front());
        m_pending.pop_front();
        m_payload = next.payload;
        std::visit([this](const auto& action) { Perform(action); }, next.action);
    }
    m_payload = nullptr;
    m_isPerforming = false;
    CountQueues();
    Reschedule();
    TraceStatus();
}

void
HostDriver::Note(ConnectionId id)
{
    const Record* record = FindRecord(id);
    if (record && record->socket && record->socket->IsWatched())
    {
        m_noted.insert(id);
    }
}

void
HostDriver::TraceStatus()
{
    for (const ConnectionId id : std::exchange(m_noted, {}))
    {
        const Record* record = FindRecord(id); // a sink before may have ended it
        const auto connection = record ? Find(id) : nullptr;
        if (connection && record->socket)
        {
            record->socket->TraceStatus(*connection);
        }
    }
}

void
HostDriver::Reschedule()
{
    const auto next = m_host ? m_host->NextDeadline() : std::nullopt;
    if (!next || (m_wakeUp.IsRunning() && m_wakeUpAt <= *next))
    {
        return; // waking up early is harmless, and comes cheaper than moving the event
    }
    m_wakeUp.Cancel();
    m_wakeUpAt = *next;
    m_wakeUp = Simulator::Schedule(ToTime(*next - CurrentInstant()), &HostDriver::WakeUp, this);
}

void
HostDriver::CountQueues()
{
    std::size_t halfOpen = 0;
    std::size_t completed = 0;
    for (const ConnectionId listener : m_listeners)
    {
        halfOpen += GetHost().SynQueueLength(listener);
        completed += GetHost().AcceptQueueLength(listener);
    }
    m_tcp.m_synQueue = static_cast<uint32_t>(halfOpen);
    m_tcp.m_acceptQueue = static_cast<uint32_t>(completed);
    m_tcp.TraceCounters(Counters());
}

void
HostDriver::LoseEverything()
{
    m_wakeUp.Cancel();
    m_pending.clear();
    m_countersBefore = Counters();
    m_host.reset();
    ++m_tcp.m_bootCount;
    m_listeners.clear();
    const auto lost = std::exchange(m_records, {});
    for (const auto& [id, record] : lost)
    {
        TraceEnd(id, record, "crash");
    }
    m_idsBefore += std::exchange(m_lastId, 0);
    m_tcp.m_timeWait = 0;
    m_tcp.m_synQueue = 0;
    m_tcp.m_acceptQueue = 0;
    for (const auto& [id, record] : lost)
    {
        if (record.socket)
        {
            record.socket->Crashed();
        }
    }
}

void
HostDriver::Dispose()
{
    m_wakeUp.Cancel();
    m_pending.clear();
    m_countersBefore = Counters();
    m_host.reset();
    m_listeners.clear();
    for (const auto& [id, record] : std::exchange(m_records, {}))
    {
        if (record.socket)
        {
            record.socket->Detach();
        }
    }
}

// Actions

void
HostDriver::Perform(const SendSegment& send)
{
    const bool needless =
        std::any_of(m_pending.begin(), m_pending.end(), [&send](const Pending& later) {
            return MakesNeedless(later.action, send);
        });
    if (needless)
    {
        return;
    }
    const bool isProbe = send.kind == SegmentKind::KEEPALIVE; // RFC 9293 3.8.4: with garbage
    Ptr<Packet> packet = Create<Packet>(isProbe ? send.segment.len : 0);
    Record* record = FindRecord(send.id);
    if (!isProbe && send.segment.len > 0)
    {
        NS_ASSERT(record);
        // An empty packet would take the number of what it gets, when packets can be printed.
        packet = Create<Packet>(1);
        record->sent.CopyTo(packet, send.segment.TextBegin(), send.segment.len);
        packet->RemoveAtStart(1);
    }
    if (record && send.kind == SegmentKind::NEW)
    {
        record->octetsSent += send.segment.len;
    }
    if (record && send.kind == SegmentKind::RETRANSMISSION)
    {
        ++record->retransmissions;
    }
    const Ptr<LifecycleSocket> socket = record ? record->socket : nullptr;
    Tag(send.id, send.path.remote.address.family, packet);
    m_tcp.SendDown(send, packet, record ? record->device : nullptr);
    if (socket && send.kind == SegmentKind::NEW && send.segment.len > 0)
    {
        Simulator::ScheduleNow(&LifecycleSocket::DataSent, socket, send.segment.len);
    }
}

void
HostDriver::Tag(ConnectionId id, Family family, Ptr<Packet> packet) const
{
    const Record* record = FindRecord(id);
    const auto connection = Find(id);
    if (record && !record->socket && connection)
    {
        record = FindRecord(connection->Listener()); // nobody has accepted it yet
    }
    if (record && record->socket)
    {
        record->socket->Tag(packet, family == Family::IPV6);
    }
}

void
HostDriver::Perform(const HoldRange& hold)
{
    NS_ASSERT(m_payload && m_payload->GetSize() >= hold.offset + hold.len);
    RecordOf(hold.id).received.Hold(hold.seq, m_payload->CreateFragment(hold.offset, hold.len));
}

void
HostDriver::Perform(const DeliverRange& deliver)
{
    Record& record = RecordOf(deliver.id);
    record.octetsReceived += deliver.len;
    record.received.Deliver(deliver.seq, deliver.len);
    if (record.discards)
    {
        Discard(deliver.id);
    }
}

void
HostDriver::Perform(const ReleaseRange& release)
{
    Record& record = RecordOf(release.id);
    record.sent.Release(release.len);
    const Ptr<LifecycleSocket> socket = record.socket;
    if (const auto connection = Find(release.id); socket && connection)
    {
        socket->SpaceAvailable(connection->SendRoom());
    }
}

void
HostDriver::Perform(const AcceptReady& ready)
{
    if (const Ptr<LifecycleSocket> listener = RecordOf(ready.listener).socket)
    {
        listener->ChildReady();
    }
}

void
HostDriver::Perform(const TellUser& tell)
{
    Record& record = RecordOf(tell.id);
    record.peerClosed = record.peerClosed || tell.signal == UserSignal::CONNECTION_CLOSING;
    const Ptr<LifecycleSocket> socket = record.socket;
    if (!m_tcp.m_signal.IsEmpty() || (socket && !socket->m_signal.IsEmpty()))
    {
        const LifecycleSignal signal{NumberOf(tell.id),
                                     ToAddress(record.path.local),
                                     ToAddress(record.path.remote),
                                     ToString(tell.signal),
                                     Simulator::Now()};
        m_tcp.m_signal(signal);
        if (socket)
        {
            socket->m_signal(signal);
        }
    }
    if (socket && socket->IsOpen()) // else a sink has crashed the host
    {
        socket->Told(tell.signal);
    }
}

void
HostDriver::Perform(const StateChanged& change)
{
    Record& record = RecordOf(change.id);
    record.path = change.path;
    const Ptr<LifecycleSocket> socket = record.socket;
    if (change.transition->to == State::TIME_WAIT)
    {
        ++m_tcp.m_timeWait;
    }
    if (change.transition->from == State::TIME_WAIT)
    {
        --m_tcp.m_timeWait;
    }
    m_tcp.TraceTransition(change, NumberOf(change.id));
    if (socket)
    {
        socket->TraceState(change.transition->from, change.transition->to);
    }
}

void
HostDriver::Perform(const Dropped& dropped)
{
    m_tcp.TraceDrop(dropped.path,
                    dropped.segment,
                    m_payload,
                    ToString(dropped.reason),
                    NumberOf(dropped.id));
}

void
HostDriver::Perform(const Forget& forget)
{
    const auto found = m_records.find(forget.id);
    Record record = std::move(found->second);
    m_records.erase(found);
    m_listeners.erase(forget.id);
    if (record.binding)
    {
        GetHost().UnbindPort(*record.binding);
    }
    TraceEnd(forget.id, record, ToString(forget.reason));
    if (record.socket)
    {
        record.socket->Ended(forget.reason,
                             std::make_unique<ReceiveBuffer>(std::move(record.received)));
    }
}

void
HostDriver::TraceEnd(ConnectionId id, const Record& record, std::string_view reason)
{
    if (!m_tcp.m_connectionClosed.IsEmpty())
    {
        m_tcp.m_connectionClosed(Describe(id, record, reason));
    }
}

LifecycleEnd
HostDriver::Describe(ConnectionId id, const Record& record, std::string_view reason) const
{
    return LifecycleEnd{NumberOf(id),
                        ToAddress(record.path.local),
                        ToAddress(record.path.remote),
                        reason,
                        record.opened,
                        Simulator::Now(),
                        record.octetsSent,
                        record.octetsReceived,
                        record.retransmissions};
}

std::vector<LifecycleEnd>
HostDriver::Open() const
{
    std::vector<LifecycleEnd> open;
    for (const auto& [id, record] : m_records)
    {
        open.push_back(Describe(id, record, "open"));
    }
    return open;
}

} // namespace ns3
