// What LifecycleSocket traces: STATUS of RFC 9293 3.10.6, and what its user is told.

#include "../wire/translation.h"
#include "lifecycle-socket.h"
#include "trace-sources.h"

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

TypeId
LifecycleSocket::AddTraceSources(TypeId tid)
{
    using Self = LifecycleSocket;
    const char* const octets = "ns3::TracedValueCallback::Uint32";
    const char* const time = "ns3::TracedValueCallback::Time";
    Register(tid,
             {
                 {"State",
                  MakeTraceSourceAccessor(&Self::m_stateTrace),
                  "TCP state",
                  "ns3::TcpStatesTracedValueCallback"},
                 {"CongestionWindow",
                  MakeTraceSourceAccessor(&Self::m_congestionWindowTrace),
                  "cwnd of RFC 5681 [octets]",
                  octets},
                 {"SlowStartThreshold",
                  MakeTraceSourceAccessor(&Self::m_slowStartThresholdTrace),
                  "ssthresh of RFC 5681 [octets]",
                  octets},
                 {"RTT",
                  MakeTraceSourceAccessor(&Self::m_rttTrace),
                  "Smoothed round-trip time, SRTT of RFC 6298",
                  time},
                 {"RTO",
                  MakeTraceSourceAccessor(&Self::m_rtoTrace),
                  "Retransmission timeout of RFC 6298, backed off",
                  time},
                 {"BytesInFlight",
                  MakeTraceSourceAccessor(&Self::m_bytesInFlightTrace),
                  "Text that is sent and not acknowledged [octets]",
                  octets},
                 {"Signal",
                  MakeTraceSourceAccessor(&Self::m_signal),
                  "The user is told something, such as urgent data or a soft error",
                  "ns3::LifecycleSignalCallback"},
             });
    return tid;
}

bool
LifecycleSocket::IsWatched() const
{
    return !m_congestionWindowTrace.IsEmpty() || !m_slowStartThresholdTrace.IsEmpty() ||
           !m_bytesInFlightTrace.IsEmpty() || !m_rttTrace.IsEmpty() || !m_rtoTrace.IsEmpty();
}

void
LifecycleSocket::StateChanged(const lifecycle::StateChanged& change)
{
    m_stateTrace(ToTcpSocket(change.transition->from), ToTcpSocket(change.transition->to));
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
    // From here on sinks may end the connection.
    if (!isOver)
    {
        TellChange(m_congestionWindowTrace, m_status.congestionWindow, cwnd);
        TellChange(m_slowStartThresholdTrace, m_status.slowStartThreshold, ssthresh);
        TellChange(m_rttTrace, m_status.rtt, rtt);
        TellChange(m_rtoTrace, m_status.rto, rto);
    }
    TellChange(m_bytesInFlightTrace, m_status.bytesInFlight, inFlight);
}

} // namespace ns3
