// The host of a node between network and clock: its inputs, and when what it answers is performed.

#include "host-driver.h"

#include "lifecycle-l4-protocol.h"
#include "lifecycle-socket.h"
#include "translation.h"

#include "ns3/abort.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <utility>

namespace ns3
{

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
        m_host = std::make_unique<Host>(m_tcp.Config().host, m_tcp.DrawSecret());
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
    const ConnectionId receiver = GetHost().ReceiverOf(path).id;
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
    if (next && !m_wakeUp.IsExpired() && m_wakeUpAt <= *next)
    {
        return; // waking up early is harmless, and comes cheaper than moving the event
    }
    m_wakeUp.Remove(); // simulated time would run on to a cancelled event
    if (!next)
    {
        return;
    }
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
    m_wakeUp.Remove();
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

} // namespace ns3
