// What LifecycleL4Protocol traces.

#include "../wire/translation.h"
#include "lifecycle-l4-protocol.h"
#include "node-stack.h"
#include "trace-sources.h"

#include "ns3/log.h"
#include "ns3/simulator.h"

#include <string>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("LifecycleTraces");

using namespace lifecycle_internal;

namespace
{

LifecycleSegment
Describe(const lifecycle::FourTuple& path,
         const lifecycle::Segment& segment,
         Ptr<const Packet> packet,
         std::string_view reason,
         uint64_t connection)
{
    const bool hasAck = segment.Has(lifecycle::Flag::ACK);
    return LifecycleSegment{connection,
                            ToAddress(path.local),
                            ToAddress(path.remote),
                            FlagNames(segment.flags),
                            segment.seq.Value(),
                            hasAck ? segment.ack.Value() : 0,
                            hasAck,
                            segment.len,
                            segment.wnd,
                            OptionsText(segment),
                            reason,
                            packet ? packet->GetUid() : 0,
                            packet,
                            Simulator::Now()};
}

/** Turns `cookies-sent` into `CookiesSent`. */
std::string
CamelCase(std::string_view kebabCase)
{
    std::string camelCase;
    bool isFirst = true;
    for (const char letter : kebabCase)
    {
        if (letter != '-')
        {
            camelCase += isFirst ? static_cast<char>(letter - 'a' + 'A') : letter;
        }
        isFirst = letter == '-';
    }
    return camelCase;
}

} // namespace

std::string
LifecycleEndName(const Address& end)
{
    const auto endpoint = ToEndpoint(end);
    return endpoint ? ToString(*endpoint) : "*";
}

TypeId
LifecycleL4Protocol::AddTraceSources(TypeId tid)
{
    using Tcp = LifecycleL4Protocol;
    const char* const segment = "ns3::LifecycleSegmentCallback";
    const char* const length = "ns3::TracedValueCallback::Uint32";
    Register(
        tid,
        {
            {"StateTransition",
             MakeTraceSourceAccessor(&Tcp::m_stateTransition),
             "A connection has changed its state",
             "ns3::LifecycleTransitionCallback"},
            {"Tx", MakeTraceSourceAccessor(&Tcp::m_tx), "A segment goes down to IP", segment},
            {"Rx", MakeTraceSourceAccessor(&Tcp::m_rx), "A segment has arrived from IP", segment},
            {"Drop",
             MakeTraceSourceAccessor(&Tcp::m_drop),
             "A segment that has arrived is discarded, in whole or its text, or has no route "
             "to go out",
             segment},
            {"Decision",
             MakeTraceSourceAccessor(&Tcp::m_decision),
             "What becomes of a segment that has arrived was decided by these rules",
             "ns3::LifecycleDecisionCallback"},
            {"Timer",
             MakeTraceSourceAccessor(&Tcp::m_timer),
             "A timer of a connection was armed, restarted or stopped, or has expired",
             "ns3::LifecycleTimerCallback"},
            {"Signal",
             MakeTraceSourceAccessor(&Tcp::m_signal),
             "The user of a connection is told something, such as a soft error",
             "ns3::LifecycleSignalCallback"},
            {"ConnectionClosed",
             MakeTraceSourceAccessor(&Tcp::m_connectionClosed),
             "A connection or listener has come to its end",
             "ns3::LifecycleEndCallback"},
            {"TimeWait",
             MakeTraceSourceAccessor(&Tcp::m_timeWait),
             "Number of connections in TIME-WAIT",
             length},
            {"SynQueue",
             MakeTraceSourceAccessor(&Tcp::m_synQueue),
             "Number of half-open connections of all listeners",
             length},
            {"AcceptQueue",
             MakeTraceSourceAccessor(&Tcp::m_acceptQueue),
             "Number of completed connections that wait to be accepted",
             length},
        });
    for (std::size_t i = 0; i < lifecycle::LISTEN_COUNTERS.size(); ++i)
    {
        const lifecycle::NamedCounter& counter = lifecycle::LISTEN_COUNTERS[i];
        const auto find = [i](ObjectBase* object) -> TracedValue<uint64_t>& {
            return dynamic_cast<LifecycleL4Protocol&>(*object).m_counters[i];
        };
        Register(tid,
                 {{CamelCase(counter.name),
                   MakeTraceAccessor(find),
                   std::string(counter.help) + ", so far",
                   "ns3::TracedValueCallback::Uint64"}});
    }
    return tid;
}

void
LifecycleL4Protocol::Counted(const HostNumbers& now)
{
    m_timeWait = now.timeWait;
    m_synQueue = now.synQueue;
    m_acceptQueue = now.acceptQueue;
}

void
LifecycleL4Protocol::CountersChanged(const lifecycle::ListenCounters& counters)
{
    for (std::size_t i = 0; i < m_counters.size(); ++i)
    {
        m_counters[i] = counters.*lifecycle::LISTEN_COUNTERS[i].value;
    }
}

void
LifecycleL4Protocol::TraceTx(const lifecycle::SendSegment& send,
                             Ptr<const Packet> packet,
                             uint64_t connection)
{
    if (!m_tx.IsEmpty())
    {
        m_tx(Describe(send.path, send.segment, packet, ToString(send.kind), connection));
    }
}

void
LifecycleL4Protocol::SegmentArrived(const lifecycle::FourTuple& path,
                                    const lifecycle::Segment& segment,
                                    Ptr<const Packet> payload,
                                    uint64_t connection)
{
    if (!m_rx.IsEmpty())
    {
        m_rx(Describe(path, segment, payload, "", connection));
    }
}

lifecycle::Reports
LifecycleL4Protocol::WantedReports() const
{
    return {!m_decision.IsEmpty(), !m_timer.IsEmpty()};
}

void
LifecycleL4Protocol::SegmentDecided(const lifecycle::Decided& decided,
                                    Ptr<const Packet> payload,
                                    uint64_t connection)
{
    m_decision(LifecycleDecision{connection,
                                 ToAddress(decided.path.local),
                                 ToAddress(decided.path.remote),
                                 ToString(decided.rules),
                                 payload->GetUid(),
                                 Simulator::Now()});
}

void
LifecycleL4Protocol::SegmentDropped(const lifecycle::Dropped& dropped,
                                    Ptr<const Packet> payload,
                                    uint64_t connection)
{
    TraceDrop(dropped.path, dropped.segment, payload, ToString(dropped.reason), connection);
}

void
LifecycleL4Protocol::TraceDrop(const lifecycle::FourTuple& path,
                               const lifecycle::Segment& segment,
                               Ptr<const Packet> packet,
                               std::string_view reason,
                               uint64_t connection)
{
    NS_LOG_LOGIC("drop " << ToString(segment) << ": " << reason);
    if (!m_drop.IsEmpty())
    {
        m_drop(Describe(path, segment, packet, reason, connection));
    }
}

void
LifecycleL4Protocol::StateChanged(const lifecycle::StateChanged& change, uint64_t connection)
{
    const lifecycle::Transition& edge = *change.transition;
    NS_LOG_LOGIC(connection << " " << edge.id << " " << ToString(edge.from) << " -> "
                            << ToString(edge.to));
    m_timeWait = m_stack->driver.CountIn(lifecycle::State::TIME_WAIT);
    if (!m_stateTransition.IsEmpty())
    {
        m_stateTransition(LifecycleTransition{connection,
                                              ToAddress(change.path.local),
                                              ToAddress(change.path.remote),
                                              ToString(edge.from),
                                              ToString(edge.to),
                                              edge.id,
                                              edge.trigger,
                                              Simulator::Now(),
                                              &edge});
    }
}

void
LifecycleL4Protocol::TimerChanged(const lifecycle::TimerChanged& change, uint64_t connection)
{
    m_timer(LifecycleTimer{connection,
                           ToAddress(change.path.local),
                           ToAddress(change.path.remote),
                           ToString(change.timer),
                           ToString(change.event),
                           ToTime(change.deadline.time_since_epoch()),
                           Simulator::Now()});
}

void
LifecycleL4Protocol::UserTold(const lifecycle::TellUser& tell,
                              const lifecycle::FourTuple& path,
                              uint64_t connection)
{
    TraceSignal(m_signal, tell, path, connection);
}

bool
LifecycleL4Protocol::WantsEnds() const
{
    return !m_connectionClosed.IsEmpty();
}

void
LifecycleL4Protocol::ConnectionEnded(const LifecycleEnd& end)
{
    m_connectionClosed(end);
}

} // namespace ns3
