// The inputs of a host from network and clock, and when the actions of the host are performed.

#include "host-driver.h"

#include "../wire/translation.h"
#include "ip-layer.h"
#include "node-settings.h"

#include "ns3/simulator.h"

#include <algorithm>
#include <utility>

namespace ns3::lifecycle_internal
{

using namespace lifecycle;

HostDriver::HostDriver(HostObserver& observer, NodeSettings& settings, const IpLayer& ip)
    : m_observer(observer),
      m_settings(settings),
      m_ip(ip),
      m_secretSource(CreateObject<UniformRandomVariable>())
{
}

HostDriver::~HostDriver() = default;

HostDriver::Input::Input(HostDriver& driver)
    : m_driver(driver),
      m_node(driver.m_ip.GetNode())
{
    ++m_driver.m_inputs;
}

HostDriver::Input::~Input()
{
    if (--m_driver.m_inputs == 0)
    {
        m_driver.MeetDemands();
    }
}

Host&
HostDriver::GetHost()
{
    ++m_calls;
    if (!m_host)
    {
        m_host = std::make_unique<Host>(m_settings.InForce().host, DrawSecret());
    }
    m_host->Report(m_observer.WantedReports());
    return *m_host;
}

SipHashKey
HostDriver::DrawSecret()
{
    const auto draw = [this] {
        const uint64_t high = m_secretSource->GetInteger(0, 0xffffffff);
        return high << 32 | m_secretSource->GetInteger(0, 0xffffffff);
    };
    SipHashKey secret;
    secret.k0 = draw();
    secret.k1 = draw();
    return secret;
}

int64_t
HostDriver::AssignStreams(int64_t stream)
{
    m_secretSource->SetStream(stream);
    return 1;
}

HostDriver::Record&
HostDriver::RecordOf(ConnectionId id)
{
    if (Record* record = FindRecord(id))
    {
        return *record;
    }
    const auto connection = Find(id);
    Revive(id, connection ? connection->Path() : FourTuple());
    if (Record* revived = FindRecord(id))
    {
        return *revived;
    }
    Record& record = m_records[id];
    m_lastId = std::max(m_lastId, id.value);
    m_inOrder.clear();
    record.opened = Simulator::Now();
    const Record* listener = connection ? FindRecord(connection->Listener()) : nullptr;
    record.device = listener ? listener->device : nullptr;
    return record;
}

HostDriver::Record*
HostDriver::FindRecord(ConnectionId id)
{
    if (!m_foundRecord || m_found != id)
    {
        const auto found = m_records.find(id);
        m_found = id;
        m_foundRecord = found == m_records.end() ? nullptr : &found->second;
    }
    return m_foundRecord;
}

const HostDriver::Record*
HostDriver::FindRecord(ConnectionId id) const
{
    const auto found = m_records.find(id);
    return found == m_records.end() ? nullptr : &found->second;
}

void
HostDriver::EraseRecord(Records::iterator place)
{
    m_foundRecord = nullptr;
    m_records.erase(place);
    m_inOrder.clear();
}

const std::vector<ConnectionId>&
HostDriver::InOrder() const
{
    if (m_inOrder.empty())
    {
        m_inOrder = m_remnants.Ids();
        for (const auto& entry : m_records)
        {
            m_inOrder.push_back(entry.first);
        }
        std::sort(m_inOrder.begin(), m_inOrder.end());
    }
    return m_inOrder;
}

bool
HostDriver::Admits(Receiver receiver,
                   const FourTuple& path,
                   const Segment& segment,
                   Ptr<NetDevice> device)
{
    const Record* record = FindRecord(receiver.id);
    if (record == nullptr)
    {
        return true; // there is no user to ask: the Host answers the segment
    }
    if (record->device && record->device != device)
    {
        return false;
    }
    const bool opens = segment.Has(Flag::SYN) && !segment.Has(Flag::ACK) && !segment.Has(Flag::RST);
    const User listener = receiver.isListener ? record->user : nullptr;
    return !opens || !listener || listener->Admits(ToAddress(path.remote));
}

bool
HostDriver::SegmentArrives(const FourTuple& path,
                           const Segment& segment,
                           Ptr<Packet> payload,
                           Ptr<NetDevice> device)
{
    const Input input(*this);
    Receiver receiver = GetHost().ReceiverOf(path);
    Revive(receiver.id, path);
    const uint64_t calls = m_calls;
    const bool isAdmitted = Admits(receiver, path, segment, device);
    if (IsDown())
    {
        return true; // the user, when asked, has taken the host down
    }
    if (m_calls != calls)
    {
        // The user, when asked, has called the Host, and may have closed or opened a connection.
        receiver = GetHost().ReceiverOf(path);
    }
    Actions out = TakeBuffer();
    ConnectionId subject;
    if (isAdmitted)
    {
        subject = GetHost().SegmentArrives(receiver, path, segment, CurrentInstant(), out);
    }
    else
    {
        subject = receiver.isListener ? ConnectionId{} : receiver.id;
        GetHost().SegmentForNobody(path, segment, out);
    }
    m_observer.SegmentArrived(path, segment, payload, NumberOf(subject));
    const bool known = std::none_of(out.begin(), out.end(), [](const Action& action) {
        const auto* dropped = std::get_if<Dropped>(&action);
        return dropped != nullptr && dropped->reason == DropReason::NO_CONNECTION;
    });
    Note(receiver.id);
    Run(out, payload);
    return known;
}

void
HostDriver::WakeUp()
{
    m_wakeUpAt.reset();
    Actions out = TakeBuffer();
    GetHost().DeadlineReached(CurrentInstant(), out);
    Run(out);
}

Actions
HostDriver::TakeBuffer()
{
    if (m_buffers.empty())
    {
        return {};
    }
    Actions buffer = std::move(m_buffers.back());
    m_buffers.pop_back();
    return buffer;
}

void
HostDriver::Run(Actions& out, Ptr<const Packet> payload)
{
    if (IsDown())
    {
        return; // somebody, when told of the input, has taken the host down
    }
    for (const Action& action : out)
    {
        if (const auto* send = std::get_if<SendSegment>(&action))
        {
            Note(send->id);
        }
    }
    m_pending.push_back({std::exchange(out, {}), payload});
    if (m_isPerforming || m_willPerform)
    {
        return;
    }
    const Ptr<Node> node = m_ip.GetNode();
    if (Simulator::GetContext() == node->GetId())
    {
        PerformAll();
        return;
    }
    // IP and the devices need the node's context, and before Simulator::Run there is no context.
    m_willPerform = true;
    // The event holds the node, which keeps this driver alive.
    Simulator::ScheduleWithContext(node->GetId(), Time(0), [this, node] { PerformAll(); });
}

void
HostDriver::PerformAll()
{
    const Input input(*this);
    m_willPerform = false;
    m_isPerforming = true;
    for (; m_batch < m_pending.size(); ++m_batch)
    {
        // What is performed may make more batches wait: the actions stay where they are, the
        // batches do not.
        for (m_performed = 0; m_performed < m_pending[m_batch].actions.size();)
        {
            std::visit([this](const auto& action) { Perform(action); },
                       m_pending[m_batch].actions[m_performed++]);
        }
    }
    for (Batch& done : m_pending)
    {
        done.actions.clear();
        m_buffers.push_back(std::move(done.actions));
    }
    m_pending.clear();
    m_batch = 0;
    m_isPerforming = false;
    if (IsDown())
    {
        return;
    }
    TellNumbers();
    Reschedule();
    TellStatus();
    Retire();
}

bool
HostDriver::IsSpent(const Record& record)
{
    const bool isUserDone = record.user ? record.user->IsDone() : record.isUserDone;
    return (record.isHalfOpen ? !record.user : record.lingers && isUserDone) && !record.binding &&
           !record.device && record.sent.Size() == 0 && record.received.IsEmpty();
}

void
HostDriver::Retire()
{
    // What is not spent now is looked at again. To look at more than come in makes the queue short.
    constexpr std::size_t LOOKS = 3;
    for (std::size_t looks = std::min(LOOKS, m_lingering.size()); looks > 0; --looks)
    {
        const ConnectionId id = m_lingering.front();
        m_lingering.pop_front();
        const auto found = m_records.find(id);
        if (found != m_records.end() && !Retire(found))
        {
            m_lingering.push_back(id);
        }
    }
    // Most leave SYN-RECEIVED soon: it is only in a flood that a remnant is worth its making.
    constexpr std::size_t FEW = 64;
    while (m_opening.size() > FEW)
    {
        const ConnectionId id = m_opening.front();
        m_opening.pop_front();
        if (const auto found = m_records.find(id); found != m_records.end())
        {
            Retire(found);
        }
    }
}

bool
HostDriver::Retire(Records::iterator place)
{
    const Record& record = place->second;
    if (!IsSpent(record))
    {
        return false;
    }
    m_remnants.Add(place->first,
                   {record.isHalfOpen,
                    record.opened,
                    record.octetsSent,
                    record.octetsReceived,
                    record.retransmissions});
    const User user = record.user; // may end with the last who holds the driver
    EraseRecord(place);
    return true;
}

HostDriver::Record
HostDriver::RecordFrom(const Remnant& remnant, const FourTuple& path)
{
    Record record;
    record.path = path;
    record.isHalfOpen = remnant.isHalfOpen;
    record.discards = !remnant.isHalfOpen;
    record.peerClosed = !remnant.isHalfOpen;
    record.lingers = !remnant.isHalfOpen;
    record.isUserDone = !remnant.isHalfOpen;
    record.opened = remnant.opened;
    record.octetsSent = remnant.octetsSent;
    record.octetsReceived = remnant.octetsReceived;
    record.retransmissions = remnant.retransmissions;
    return record;
}

void
HostDriver::Revive(ConnectionId id, const FourTuple& path)
{
    if (FindRecord(id))
    {
        return;
    }
    const auto remnant = m_remnants.Take(id);
    if (!remnant)
    {
        return;
    }
    m_records[id] = RecordFrom(*remnant, path);
    m_inOrder.clear();
    (remnant->isHalfOpen ? m_opening : m_lingering).push_back(id);
}

void
HostDriver::ReviveAll()
{
    for (const ConnectionId id : m_remnants.Ids())
    {
        Revive(id, Find(id)->Path());
    }
}

void
HostDriver::Note(ConnectionId id)
{
    const Record* record = FindRecord(id);
    if (record && record->user && record->user->IsWatched())
    {
        m_noted.insert(id);
    }
}

void
HostDriver::TellStatus()
{
    if (m_noted.empty())
    {
        return;
    }
    for (const ConnectionId id : std::exchange(m_noted, {}))
    {
        const Record* record = FindRecord(id); // an earlier sink may have ended the connection
        const auto connection = record ? Find(id) : nullptr;
        if (connection && record->user)
        {
            const User user = record->user; // keeps the user alive, whatever a sink does
            user->StatusChanged(*connection);
        }
    }
}

void
HostDriver::Reschedule()
{
    const auto next = m_host ? m_host->NextDeadline() : std::nullopt;
    if (next && m_wakeUpAt && *m_wakeUpAt <= *next)
    {
        return; // waking up early is harmless, and cheaper than moving the event
    }
    if (m_wakeUpAt)
    {
        m_wakeUp.Remove(); // Cancel would let simulated time run on to the cancelled event
    }
    m_wakeUpAt = next;
    if (!next)
    {
        return;
    }
    m_wakeUp = Simulator::Schedule(ToTime(*next - CurrentInstant()), &HostDriver::WakeUp, this);
}

void
HostDriver::TellNumbers()
{
    if (const uint64_t changes = m_changes; changes != m_changesTold)
    {
        const auto queued = m_host ? m_host->AllQueueLengths() : lifecycle::Host::QueueLengths();
        m_observer.Counted({CountIn(State::TIME_WAIT),
                            static_cast<uint32_t>(queued.halfOpen),
                            static_cast<uint32_t>(queued.completed)});
        m_changesTold = changes; // a sink may have made more, and told of these before these here
    }
    const ListenCounters counters = m_host ? m_host->Counters() : ListenCounters();
    if (counters != m_countersTold)
    {
        m_countersTold = counters;
        m_observer.CountersChanged(Counters());
    }
}

// The end of all connections

void
HostDriver::Crash()
{
    Ask(Demand::CRASH);
}

void
HostDriver::Reboot()
{
    Ask(Demand::REBOOT);
}

void
HostDriver::Dispose()
{
    Ask(Demand::DISPOSE);
}

bool
HostDriver::IsDown() const
{
    return m_isDown || !m_demands.empty();
}

uint32_t
HostDriver::Boot() const
{
    return m_boot;
}

void
HostDriver::Ask(Demand demand)
{
    DropPending();
    m_noted.clear();
    m_demands.push_back(demand);
    if (m_inputs == 0)
    {
        MeetDemands();
    }
}

void
HostDriver::DropPending()
{
    if (!m_isPerforming)
    {
        m_pending.clear();
        return;
    }
    m_pending.resize(m_batch + 1); // has the action that is being performed
    m_performed = m_pending.back().actions.size();
}

void
HostDriver::MeetDemands()
{
    // Users and sinks that are told may make more demands, which wait behind the demands so far.
    ++m_inputs;
    for (; !m_demands.empty(); m_demands.pop_front())
    {
        switch (m_demands.front())
        {
        case Demand::CRASH:
            m_isDown = true;
            LoseEverything();
            break;
        case Demand::REBOOT:
            m_isDown = false; // the demand keeps the host down until all users are told
            LoseEverything();
            break;
        case Demand::DISPOSE:
            m_wakeUp.Cancel();
            m_wakeUpAt.reset();
            for (const auto& [id, record] : TakeRecords())
            {
                if (record.user)
                {
                    record.user->Detached();
                }
            }
            break;
        }
    }
    --m_inputs;
}

std::map<ConnectionId, HostDriver::Record>
HostDriver::TakeRecords()
{
    ReviveAll();
    m_lingering.clear();
    m_opening.clear();
    m_countersBefore = Counters();
    m_host.reset();
    m_bound.clear();
    m_inOrder.clear();
    m_foundRecord = nullptr;
    std::map<ConnectionId, Record> inOrder;
    for (auto& [id, record] : std::exchange(m_records, {}))
    {
        inOrder.emplace(id, std::move(record));
    }
    return inOrder;
}

void
HostDriver::LoseEverything()
{
    m_wakeUp.Remove();
    m_wakeUpAt.reset();
    ++m_boot;
    ++m_changes;
    const auto lost = TakeRecords();
    for (const auto& [id, record] : lost)
    {
        m_observer.ConnectionEnded(Describe(id, record, "crash"));
    }
    m_idsBefore += std::exchange(m_lastId, 0);
    TellNumbers();
    for (const auto& [id, record] : lost)
    {
        if (record.user)
        {
            record.user->Crashed();
        }
    }
}

} // namespace ns3::lifecycle_internal
