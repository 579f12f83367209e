// Performs the actions of a host: one overload for each kind of action.

#include "../wire/translation.h"
#include "host-driver.h"

#include "ns3/assert.h"
#include "ns3/simulator.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace ns3::lifecycle_internal
{

using namespace lifecycle;

uint32_t
HostDriver::Record::CountSent(const Segment& segment)
{
    const SeqNum end = segment.TextEnd();
    const int32_t beyond = end - sentUpTo.value_or(segment.TextBegin());
    if (segment.len == 0 || beyond <= 0)
    {
        return 0;
    }
    sentUpTo = end;
    octetsSent += static_cast<uint32_t>(beyond);
    return static_cast<uint32_t>(beyond);
}

bool
HostDriver::IsNeedless(const SendSegment& send) const
{
    if (send.kind != SegmentKind::ACK)
    {
        return false; // of no other kind is one needless
    }
    std::size_t next = m_performed;
    for (std::size_t batch = m_batch; batch < m_pending.size(); ++batch, next = 0)
    {
        const Actions& actions = m_pending[batch].actions;
        const bool isNeedless =
            std::any_of(actions.begin() + static_cast<std::ptrdiff_t>(next),
                        actions.end(),
                        [&send](const Action& later) { return MakesNeedless(later, send); });
        if (isNeedless)
        {
            return true;
        }
    }
    return false;
}

void
HostDriver::Perform(const SendSegment& send)
{
    if (IsNeedless(send))
    {
        return;
    }
    Revive(send.id, send.path);
    const bool isGarbage = send.kind == SegmentKind::KEEPALIVE; // RFC 9293 3.8.4
    Ptr<Packet> packet = Create<Packet>(isGarbage ? send.segment.len : 0);
    Record* record = FindRecord(send.id);
    if (!isGarbage && send.segment.len > 0)
    {
        NS_ASSERT(record);
        // An empty packet would take over the UID of the packet that is added to it, if printing of
        // packets is enabled.
        packet = Create<Packet>(1);
        record->sent.CopyTo(packet, send.segment.TextBegin(), send.segment.len);
        packet->RemoveAtStart(1);
    }
    const uint32_t fresh = record && !isGarbage ? record->CountSent(send.segment) : 0;
    if (record && send.kind == SegmentKind::RETRANSMISSION)
    {
        ++record->retransmissions;
    }
    const User user = record ? record->user : nullptr;
    Tag(send, record, packet);
    m_observer.SegmentLeaves(send, packet, record ? record->device : nullptr, NumberOf(send.id));
    if (user && fresh > 0)
    {
        user->OctetsSent(fresh);
    }
}

void
HostDriver::Tag(const SendSegment& send, const Record* record, Ptr<Packet> packet) const
{
    const auto child = record && !record->user && !record->isUserDone ? Find(send.id) : nullptr;
    if (child)
    {
        record = FindRecord(child->Listener()); // nobody has accepted the child yet
    }
    const ConnectionUser* user = record ? record->user.get() : nullptr;
    if (send.id == ConnectionId{})
    {
        user = BoundTo(send.path.local);
    }
    if (user)
    {
        user->Tag(packet, send.path.remote.address.family == Family::IPV6);
    }
}

void
HostDriver::Perform(const HoldRange& hold)
{
    const Ptr<const Packet>& payload = m_pending[m_batch].payload;
    NS_ASSERT(payload && payload->GetSize() >= hold.offset + hold.len);
    RecordOf(hold.id).received.Hold(hold.seq, payload->CreateFragment(hold.offset, hold.len));
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
    const User user = record.user;
    if (const auto connection = Find(release.id); user && connection)
    {
        user->RoomFreed(connection->SendRoom());
    }
}

void
HostDriver::Perform(const AcceptReady& ready)
{
    if (const User listener = RecordOf(ready.listener).user)
    {
        listener->ChildReady();
    }
}

void
HostDriver::Perform(const TellUser& tell)
{
    Record& record = RecordOf(tell.id);
    record.peerClosed = record.peerClosed || tell.signal == UserSignal::CONNECTION_CLOSING;
    const User user = record.user;
    const FourTuple path = record.path;
    m_observer.UserTold(tell, path, NumberOf(tell.id));
    if (user)
    {
        user->Told(tell, path, NumberOf(tell.id));
    }
}

void
HostDriver::Perform(const StateChanged& change)
{
    ++m_changes;
    Revive(change.id, change.path);
    Record& record = RecordOf(change.id);
    record.path = change.path;
    record.lingers = change.transition->to == State::TIME_WAIT;
    record.isHalfOpen = change.transition->to == State::SYN_RECEIVED;
    if (record.lingers)
    {
        m_lingering.push_back(change.id);
    }
    else if (record.isHalfOpen && !record.user)
    {
        m_opening.push_back(change.id);
    }
    const User user = record.user;
    m_observer.StateChanged(change, NumberOf(change.id));
    if (user)
    {
        user->StateChanged(change);
    }
}

void
HostDriver::Perform(const Dropped& dropped)
{
    m_observer.SegmentDropped(dropped, m_pending[m_batch].payload, NumberOf(dropped.id));
}

void
HostDriver::Perform(const Decided& decided)
{
    m_observer.SegmentDecided(decided, m_pending[m_batch].payload, NumberOf(decided.id));
}

void
HostDriver::Perform(const TimerChanged& change)
{
    m_observer.TimerChanged(change, NumberOf(change.id));
}

void
HostDriver::Perform(const Forget& forget)
{
    const auto found = m_records.find(forget.id);
    Record record = std::move(found->second);
    EraseRecord(found);
    if (record.binding)
    {
        GetHost().UnbindPort(*record.binding);
    }
    if (m_observer.WantsEnds())
    {
        m_observer.ConnectionEnded(Describe(forget.id, record, ToString(forget.reason)));
    }
    if (record.user)
    {
        record.user->Ended(forget.reason,
                           record.received.Readable() > 0
                               ? std::make_unique<ReceiveBuffer>(std::move(record.received))
                               : nullptr);
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
    for (const ConnectionId id : InOrder())
    {
        const Record* record = FindRecord(id);
        open.push_back(
            Describe(id,
                     record ? *record : RecordFrom(*m_remnants.Find(id), Find(id)->Path()),
                     "open"));
    }
    return open;
}

} // namespace ns3::lifecycle_internal
