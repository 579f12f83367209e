// What LifecycleSocket traces: STATUS of RFC 9293 3.10.6, and what its user is told.

#include "../wire/translation.h"
#include "lifecycle-socket.h"
#include "trace-sources.h"

#include <memory>
#include <utility>

namespace ns3
{

using namespace lifecycle_internal;

namespace
{

TcpSocket::TcpStates_t
ToTcpSocket(lifecycle::State state)
{
    using lifecycle::State;
    switch (state)
    {
    case State::CLOSED:
        break;
    case State::LISTEN:
        return TcpSocket::LISTEN;
    case State::SYN_SENT:
        return TcpSocket::SYN_SENT;
    case State::SYN_RECEIVED:
        return TcpSocket::SYN_RCVD;
    case State::ESTABLISHED:
        return TcpSocket::ESTABLISHED;
    case State::FIN_WAIT_1:
        return TcpSocket::FIN_WAIT_1;
    case State::FIN_WAIT_2:
        return TcpSocket::FIN_WAIT_2;
    case State::CLOSE_WAIT:
        return TcpSocket::CLOSE_WAIT;
    case State::CLOSING:
        return TcpSocket::CLOSING;
    case State::LAST_ACK:
        return TcpSocket::LAST_ACK;
    case State::TIME_WAIT:
        return TcpSocket::TIME_WAIT;
    }
    return TcpSocket::CLOSED;
}

/** Octets of text that are sent and not acknowledged; SYN and FIN do not count. */
uint32_t
OctetsInFlight(const lifecycle::SendSequence& snd)
{
    const lifecycle::SeqNum begin = Later(snd.una, snd.iss + 1);
    const lifecycle::SeqNum end = Earlier(snd.nxt, snd.end);
    return begin < end ? static_cast<uint32_t>(end - begin) : 0;
}

/** Tells @p sinks of @p now, if @p last was something else. */
template <class Value>
void
TellChange(TracedCallback<Value, Value>& sinks, Value& last, Value now)
{
    if (const Value before = std::exchange(last, now); before != now)
    {
        sinks(before, now);
    }
}

} // namespace

template <class Source>
Ptr<const TraceSourceAccessor>
LifecycleSocket::AccessorOf(Source Traces::*source)
{
    return MakeTraceAccessor([source](ObjectBase* object) -> Source& {
        auto& socket = dynamic_cast<LifecycleSocket&>(*object);
        if (!socket.m_traces)
        {
            socket.m_traces = std::make_unique<Traces>();
        }
        return (*socket.m_traces).*source;
    });
}

TypeId
LifecycleSocket::AddTraceSources(TypeId tid)
{
    const char* const octets = "ns3::TracedValueCallback::Uint32";
    const char* const time = "ns3::TracedValueCallback::Time";
    Register(
        tid,
        {
            {"State", AccessorOf(&Traces::state), "TCP state", "ns3::TcpStatesTracedValueCallback"},
            {"CongestionWindow",
             AccessorOf(&Traces::congestionWindowTrace),
             "cwnd of RFC 5681 [octets]",
             octets},
            {"SlowStartThreshold",
             AccessorOf(&Traces::slowStartThresholdTrace),
             "ssthresh of RFC 5681 [octets]",
             octets},
            {"RTT",
             AccessorOf(&Traces::rttTrace),
             "Smoothed round-trip time, SRTT of RFC 6298",
             time},
            {"RTO",
             AccessorOf(&Traces::rtoTrace),
             "Retransmission timeout of RFC 6298, backed off",
             time},
            {"BytesInFlight",
             AccessorOf(&Traces::bytesInFlightTrace),
             "Text that is sent and not acknowledged [octets]",
             octets},
            {"Signal",
             AccessorOf(&Traces::signal),
             "The user is told something, such as urgent data or a soft error",
             "ns3::LifecycleSignalCallback"},
        });
    return tid;
}

bool
LifecycleSocket::IsWatched() const
{
    return m_traces && (!m_traces->congestionWindowTrace.IsEmpty() ||
                        !m_traces->slowStartThresholdTrace.IsEmpty() ||
                        !m_traces->bytesInFlightTrace.IsEmpty() || !m_traces->rttTrace.IsEmpty() ||
                        !m_traces->rtoTrace.IsEmpty());
}

void
LifecycleSocket::StateChanged(const lifecycle::StateChanged& change)
{
    if (m_traces)
    {
        m_traces->state(ToTcpSocket(change.transition->from), ToTcpSocket(change.transition->to));
    }
}

void
LifecycleSocket::StatusChanged(const lifecycle::Connection& connection)
{
    const Ptr<LifecycleSocket> keepAlive(this);
    // A connection in TIME-WAIT keeps neither windows nor round trips.
    const bool isOver = connection.GetState() == lifecycle::State::TIME_WAIT;
    const uint32_t cwnd = connection.Congestion().Window();
    const uint32_t ssthresh = connection.Congestion().SlowStartThreshold();
    const Time rtt = ToTime(connection.Rtt().Srtt().value_or(lifecycle::Duration(0)));
    const Time rto = ToTime(connection.Rtt().Rto());
    const uint32_t inFlight = OctetsInFlight(connection.Snd());
    Traces& traces = *m_traces; // there are, for somebody watches
    // From here on sinks may end the connection.
    if (!isOver)
    {
        TellChange(traces.congestionWindowTrace, traces.congestionWindow, cwnd);
        TellChange(traces.slowStartThresholdTrace, traces.slowStartThreshold, ssthresh);
        TellChange(traces.rttTrace, traces.rtt, rtt);
        TellChange(traces.rtoTrace, traces.rto, rto);
    }
    TellChange(traces.bytesInFlightTrace, traces.bytesInFlight, inFlight);
}

} // namespace ns3
